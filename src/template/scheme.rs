//! What a template cannot mean of a payment scheme: `[payments.scheme]`, and the fields that `[checks]` speaks of.

use super::Template;
use crate::check::Field;
use crate::document::{CHARGE_BEARERS, Iban, SEQUENCE_TYPES};
use crate::format::AddressShape;
use crate::text;
use crate::words::library::{Said, did_you_mean};

/// What a scheme allows has a meaning in the message, and room there.
pub(super) fn mistakes(template: &Template) -> Vec<Said> {
    let (payments, scheme) = (&template.payments, &template.payments.scheme);
    let path = |key: &'static str| ["payments", "scheme", key];
    let mut said = Vec::new();
    let room = [("name_length", scheme.name_length, 1, 140), ("address_lines", scheme.address_lines, 0, 7)];
    for (key, value, least, most) in room {
        if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
            let what = text!("ISO 20022 has no room for {value} here", "ISO 20022 不支持此处为 {value}");
            let hint = text!("write a number from {least} to {most}", "请写 {least} 至 {most} 的数字");
            said.push(Said::new(what).or_write(hint).at(&path(key)));
        }
    }
    if scheme.remittance_join && scheme.remittance_lines.is_none_or(|most| most == 0) {
        let what = text!("nothing is joined where any number of texts fits, or none", "附言行数不限或为零时，无可合并");
        let hint = text!("write `remittance_lines = 1`, or leave it out", "请写 `remittance_lines = 1`，或删除");
        said.push(Said::new(what).or_write(hint).at(&path("remittance_join")));
    }
    if payments.address == AddressShape::None && !scheme.address_needs.is_empty() {
        let what = text!("no address is written at all", "根本不写地址");
        let hint = text!("leave it out, or write another `payments.address`", "请删除，或改写 `payments.address`");
        said.push(Said::new(what).or_write(hint).at(&path("address_needs")));
    }
    said
}

/// What is demanded of single fields can be met.
pub(super) fn of_fields(template: &Template) -> Vec<Said> {
    let checks = &template.checks;
    let mut said = Vec::new();
    for (at, country) in checks.iban_countries.iter().enumerate() {
        if !Iban::is_meant(&format!("{country}00")) {
            let what = text!("`{country}` is no country with IBANs", "`{country}` 不是使用 IBAN 的国家");
            let hint = text!("write its code of two capitals, such as `DE`", "请写两位大写国家代码，如 `DE`");
            said.push(Said::new(what).or_write(hint).at(&["checks", "iban_countries", &at.to_string()]));
        }
    }
    let closed = [(Field::ChargeBearer, &CHARGE_BEARERS), (Field::SequenceType, &SEQUENCE_TYPES)];
    for (field, values) in &checks.values {
        let path = ["checks", "values", field.name()];
        if values.is_empty() {
            let name = field.name();
            let what = text!("no value of `{name}` would be allowed", "不允许 `{name}` 的任何取值");
            let hint = text!("write the values that are, or leave it out", "请写允许的取值，或删除");
            said.push(Said::new(what).or_write(hint).at(&path));
        }
        let known = closed.iter().find(|(closed, _)| closed == field).map(|(_, known)| *known);
        let wrong = |value: &&String| known.is_some_and(|known| !known.contains(&value.as_str()));
        if let Some(value) = values.iter().find(wrong) {
            let what = text!("`{value}` is no code of ISO 20022 for it", "`{value}` 不是 ISO 20022 代码");
            said.push(Said::new(what).or_write(did_you_mean(value, known.map_or(&[][..], |known| known))).at(&path));
        }
    }
    said
}
