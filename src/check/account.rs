//! `iban-check-digits`, `account-not-iban`, `account-country`, `account-signs`, `account-letter-o`,
//! `debtor-account-missing`, `debtor-account-not-allowed`: the accounts themselves.

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

pub(super) static NOT_IBAN: Rule = Rule {
    name: "account-not-iban",
    grade: Grade::Error,
    firm: false,
    demands: ("accounts are IBANs where the bank takes nothing else", "银行只接受 IBAN 时，账号均为 IBAN"),
};

pub(super) static COUNTRY: Rule = Rule {
    name: "account-country",
    grade: Grade::Error,
    firm: false,
    demands: ("IBANs are of the countries that were agreed", "IBAN 所属国家在约定范围内"),
};

pub(super) static SIGNS: Rule = Rule {
    name: "account-signs",
    grade: Grade::Error,
    firm: false,
    demands: (
        "an account's number has plain digits and Latin letters: none of full width, no other script, no power of ten",
        "账号只含半角数字和拉丁字母：不得有全角数字、汉字或科学计数法",
    ),
};

pub(super) static LETTER_O: Rule = Rule {
    name: "account-letter-o",
    grade: Grade::Warning,
    firm: false,
    demands: ("no letter O stands in a number that has digits only otherwise", "纯数字账号中没有误作 0 的字母 O"),
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
    look_at_number(&account.id, field, place, notes);
    look_at_scheme(&account.id, field, rules, place, notes);
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

pub(super) fn look_at_payment(payment: &Payment, method: Method, rules: &Rules, notes: &mut Notes) {
    if let Some(account) = &payment.counterparty.account {
        look_at_number(account, theirs(method).account, &payment.place, notes);
        look_at_scheme(account, theirs(method).account, rules, &payment.place, notes);
    }
}

/// Whether the scheme pays from and to such accounts.
fn look_at_scheme(account: &Account, field: Field, rules: &Rules, place: &Place, notes: &mut Notes) {
    let place = || place.clone().field(field.name());
    let Some(iban) = account.iban() else {
        // A broken IBAN has a finding of its own.
        if rules.iban_required && !account.is_broken_iban() {
            let message = text!(
                "`{account}` is not an IBAN, and this bank takes IBANs only",
                "`{account}` 不是 IBAN，该银行只接受 IBAN"
            );
            let hint =
                text!("write the account's IBAN; its owner's bank knows it", "请填写该账户的 IBAN，可向开户银行索取");
            notes.note(&NOT_IBAN, place(), message, hint);
        }
        return;
    };
    let country = iban.country();
    if !rules.iban_countries.is_empty() && !rules.iban_countries.iter().any(|known| known == country) {
        let message = text!("an IBAN of `{country}` is not taken here", "此处不接受国家代码为 `{country}` 的 IBAN");
        let hint = text!(
            "pay it through a bank or template that reaches {country}",
            "请改由可付往 {country} 的银行或模板办理"
        );
        notes.note(&COUNTRY, place(), message, hint);
    }
}

fn look_at_number(account: &Account, field: Field, place: &Place, notes: &mut Notes) {
    if account.iban().is_some() {
        return;
    }
    look_at_iban(account, field, place, notes);
    look_at_signs(account, field, place, notes);
}

/// What nobody's account has, whatever the file was: it would go to the bank as it stands.
fn look_at_signs(account: &Account, field: Field, place: &Place, notes: &mut Notes) {
    let number = account.as_str();
    let place = || place.clone().field(field.name());
    let hint = || text!("write the number as the owner's bank has it", "请按开户银行的号码填写");
    let foreign: String = number.chars().filter(|c| !c.is_ascii() && c.is_alphanumeric()).take(5).collect();
    if !foreign.is_empty() {
        let message = text!(
            "`{account}` is not an account's number: `{foreign}` are no plain digits or Latin letters",
            "`{account}` 不是账号：`{foreign}` 不是半角数字或拉丁字母"
        );
        notes.note(&SIGNS, place(), message, hint());
    } else if is_power_of_ten(number) {
        let message = text!(
            "`{account}` is a power of ten and not an account's number: digits are lost",
            "`{account}` 是科学计数法而不是账号：数字已丢失"
        );
        let hint = text!("format the column as text and export again", "请把该列设为文本格式后重新导出");
        notes.note(&SIGNS, place(), message, hint);
    } else if has_letter_o(number) {
        let message = text!(
            "`{account}` has the letter O among its digits: is it a zero?",
            "`{account}` 的数字中有字母 O：是否应为数字 0？"
        );
        notes.note(&LETTER_O, place(), message, hint());
    }
}

/// Such as `6.22202E+18` and `6E+18`; `12E45` may be a number of an account.
fn is_power_of_ten(number: &str) -> bool {
    let Some((digits, power)) = number.split_once(['E', 'e']) else { return false };
    let whole = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let parted = digits.split_once(['.', ',']);
    let signed = power.strip_prefix('+');
    parted.map_or(whole(digits), |(a, b)| whole(a) && whole(b))
        && whole(signed.unwrap_or(power))
        && (signed.is_some() || parted.is_some())
}

/// Digits alone but for an O with digits on both sides.
fn has_letter_o(number: &str) -> bool {
    let inner = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_o = |c: char| matches!(c, 'O' | 'o');
    inner.len() < number.len() && inner.starts_with(is_o) && inner.chars().all(|c| c.is_ascii_digit() || is_o(c))
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
