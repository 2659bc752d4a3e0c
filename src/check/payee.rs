//! `creditor-account-missing`, `creditor-name-missing`: whom the money is for.

use super::field::theirs;
use super::note::Notes;
use super::rules::{Grade, Rule};
use crate::document::{Method, Payment};
use crate::text;

pub(super) static ACCOUNT_MISSING: Rule = Rule {
    name: "creditor-account-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every payment names the counterparty's account", "每笔付款都注明对方账号"),
};

pub(super) static NAME_MISSING: Rule = Rule {
    name: "creditor-name-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every payment names the counterparty", "每笔付款都注明对方户名"),
};

pub(super) fn look(payment: &Payment, method: Method, notes: &mut Notes) {
    let (side, other) = (theirs(method), &payment.counterparty);
    if other.account.is_none() {
        let message = text!("the counterparty's account is missing", "缺少对方账号");
        let hint = text!("fill in the account in the ERP and export again", "请在 ERP 中补全账号后重新导出");
        notes.note(&ACCOUNT_MISSING, payment.place.clone().field(side.account.name()), message, hint);
    }
    if other.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
        let message = text!("the counterparty's name is missing", "缺少对方户名");
        let hint = text!("fill in the name in the ERP and export again", "请在 ERP 中补全户名后重新导出");
        notes.note(&NAME_MISSING, payment.place.clone().field(side.name.name()), message, hint);
    }
}
