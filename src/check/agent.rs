//! `bic-form`, `cnaps-check-digit`: the bank's own number.

use super::field::{Field, ours, theirs};
use super::note::Notes;
use super::rules::{Grade, Rule};
use crate::document::{Bic, Cnaps, Group, Method, Payment};
use crate::finding::Place;
use crate::text;

pub(super) static BIC: Rule = Rule {
    name: "bic-form",
    grade: Grade::Error,
    firm: false,
    demands: (
        "a bank's number with letters is a BIC of 8 or 11 characters (ISO 9362), or a clearing code with its number",
        "含字母的行号须为 8 或 11 位 BIC（ISO 9362），或清算系统代码加号码",
    ),
};

pub(super) static CNAPS: Rule = Rule {
    name: "cnaps-check-digit",
    grade: Grade::Warning,
    firm: false,
    demands: ("the last digit of a CNAPS number is its check digit", "联行号末位校验位正确"),
};

pub(super) fn look_at_group(group: &Group, place: &Place, notes: &mut Notes) {
    look(group.agent.as_deref(), ours(group.method).agent, place, notes);
}

pub(super) fn look_at_payment(payment: &Payment, method: Method, notes: &mut Notes) {
    look(payment.counterparty.agent.as_deref(), theirs(method).agent, &payment.place, notes);
}

fn look(agent: Option<&str>, field: Field, place: &Place, notes: &mut Notes) {
    let Some(agent) = agent.map(str::trim).filter(|a| !a.is_empty()) else { return };
    let place = || place.clone().field(field.name());
    if Cnaps::parse(agent).is_some_and(|cnaps| !cnaps.check_digit_is_right()) {
        let message = text!("the check digit of the CNAPS number `{agent}` is wrong", "联行号 `{agent}` 的校验位有误");
        let hint = text!("look the number up in the bank directory", "请在行名行号库中核对");
        notes.note(&CNAPS, place(), message, hint);
    }
    let lettered = agent.chars().any(|c| !c.is_ascii_digit());
    if lettered && Bic::parse(agent).is_none() && !is_clearing_number(agent) {
        let message = text!(
            "`{agent}` is not a BIC: 8 or 11 characters, the fifth and sixth a country",
            "`{agent}` 不是有效的 BIC：应为 8 或 11 位，第 5、6 位为国家代码"
        );
        let hint = text!("ask the counterparty for the bank's BIC", "请向对方索取开户行 BIC");
        notes.note(&BIC, place(), message, hint);
    }
}

/// A clearing system's code before its member's number, such as `USABA021000021`, or a number in
/// groups, such as `20-00-00`.
fn is_clearing_number(agent: &str) -> bool {
    let number = agent.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let code = agent.len() - number.len();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    code <= 5 && digits >= 5 && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b' '))
}
