//! `creditor-id-check-digits`: who collects, where the identifier's own digits say so.

use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::document::CreditorId;
use crate::finding::Place;
use crate::text;

pub(super) static RULE: Rule = Rule {
    name: "creditor-id-check-digits",
    grade: Grade::Error,
    firm: false,
    demands: (
        "a creditor identifier of direct debits has right check digits, where they were agreed",
        "在约定校验时，直接借记的收款人标识校验位正确",
    ),
};

pub(super) fn look(field: Field, text: &str, rules: &Rules, place: &Place, notes: &mut Notes) {
    if field != Field::CreditorId || !rules.creditor_id_check_digits || CreditorId::parse(text).is_some() {
        return;
    }
    let message = text!(
        "`{text}` is not a creditor identifier: a country, two check digits, three characters, the national number",
        "`{text}` 不是有效的收款人标识：应为国家代码、两位校验位、三位业务代码和国内编号"
    );
    let hint = text!("write it as the letter that gave it to you has it", "请按发放该标识的通知书填写");
    notes.note(&RULE, place.clone().field(field.name()), message, hint);
}
