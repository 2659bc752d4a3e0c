//! `iban-check-digits`, `debtor-account-missing`, `debtor-account-not-allowed`: the accounts themselves.

use super::field::{Field, ours, theirs};
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::document::{Account, Group, Method, Payment};
use crate::finding::Place;
use crate::text;

pub(super) static IBAN: Rule = Rule {
    name: "iban-check-digits",
    grade: Grade::Error,
    firm: false,
    demands: (
        "an IBAN has its country's length and right check digits (ISO 13616)",
        "IBAN 长度符合所在国规定且校验位正确（ISO 13616）",
    ),
};

pub(super) static OURS_MISSING: Rule = Rule {
    name: "debtor-account-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every group says which of our accounts it is for", "每组付款都注明我方账号"),
};

pub(super) static NOT_ALLOWED: Rule = Rule {
    name: "debtor-account-not-allowed",
    grade: Grade::Error,
    firm: false,
    demands: ("payments are made from the accounts that were agreed", "付款账号在约定的账号范围内"),
};

pub(super) fn look_at_group(group: &Group, rules: &Rules, place: &Place, notes: &mut Notes) {
    let field = ours(group.method).account;
    let Some(account) = &group.account else {
        let message = text!("our account is not given", "未注明我方账号");
        let hint = text!("fill in the account that pays or collects", "请填写付款（或收款）的我方账号");
        notes.note(&OURS_MISSING, place.clone().field(field.name()), message, hint);
        return;
    };
    look_at_iban(&account.id, field, place, notes);
    let same = |allowed: &Account| allowed.compact() == account.id.compact();
    if !rules.debtor_accounts.is_empty() && !rules.debtor_accounts.iter().any(same) {
        let id = &account.id;
        let message = text!("our account `{id}` is not allowed here", "我方账号 `{id}` 不在允许范围内");
        let hint = text!(
            "use an agreed account, or add it to `debtor_accounts` of the bank's template",
            "请使用约定的账号，或将其加入银行模板的 `debtor_accounts`"
        );
        notes.note(&NOT_ALLOWED, place.clone().field(field.name()), message, hint);
    }
}

pub(super) fn look_at_payment(payment: &Payment, method: Method, notes: &mut Notes) {
    if let Some(account) = &payment.counterparty.account {
        look_at_iban(account, theirs(method).account, &payment.place, notes);
    }
}

fn look_at_iban(account: &Account, field: Field, place: &Place, notes: &mut Notes) {
    if account.is_broken_iban() {
        let message = text!(
            "`{account}` is not a valid IBAN: wrong length or check digits",
            "`{account}` 不是有效的 IBAN：长度或校验位有误"
        );
        let hint = text!("compare it with the owner's own paper, digit by digit", "请与户主提供的资料逐位核对");
        notes.note(&IBAN, place.clone().field(field.name()), message, hint);
    }
}
