//! What single fields must be.

use super::layout::{addenda, batch_header, entry, file_header};
use super::records::Record;
use crate::document::Indicator;
use crate::finding::Finding;
use crate::format::swift::values;
use crate::text;
use crate::words::Text;

/// What is wrong with a file header.
pub(super) fn file(record: &Record) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, want) in [
        (file_header::PRIORITY, "01"),
        (file_header::RECORD_SIZE, "094"),
        (file_header::BLOCKING, "10"),
        (file_header::FORMAT, "1"),
    ] {
        let (name, got) = (field.name, record.raw(field));
        if got != want {
            let message = text!("{name} is `{got}`, it must be `{want}`", "{name} 为 `{got}`，应为 `{want}`");
            findings.push(Finding::error("file-header", record.place(field), message));
        }
    }
    let destination = record.raw(file_header::DESTINATION);
    if record.is_blank(file_header::DESTINATION) {
        findings.push(missing(record, file_header::DESTINATION));
    } else if destination.strip_prefix(' ').is_some_and(|number| !is_routing_number(number)) {
        let message = text!(
            "`{destination}` is not a routing number: its check digit is wrong",
            "`{destination}` 不是有效路由号：校验位错误"
        );
        findings.push(Finding::error("check-digit", record.place(file_header::DESTINATION), message));
    }
    if values::date(record.raw(file_header::DATE)).is_none() {
        findings.push(missing(record, file_header::DATE));
    }
    findings
}

/// What is wrong with a batch header.
pub(super) fn batch(record: &Record) -> Vec<Finding> {
    let mut findings = Vec::new();
    let class = record.raw(batch_header::CLASS);
    let international = class.eq_ignore_ascii_case("IAT");
    let service = record.raw(batch_header::SERVICE);
    if !matches!(service, "200" | "220" | "225" | "280") {
        findings.push(unknown(record, batch_header::SERVICE));
    }
    if !class.bytes().all(|b| b.is_ascii_alphabetic()) {
        findings.push(unknown(record, batch_header::CLASS));
    } else if class.bytes().any(|b| b.is_ascii_lowercase()) {
        let message = text!("the class `{class}` is in small letters", "类别 `{class}` 使用了小写字母");
        findings.push(Finding::warning("class-case", record.place(batch_header::CLASS), message));
    }
    if !international && record.is_blank(batch_header::COMPANY) {
        findings.push(missing(record, batch_header::COMPANY));
    }
    if record.is_blank(batch_header::DESCRIPTION) {
        findings.push(missing(record, batch_header::DESCRIPTION));
    }
    let status = record.raw(batch_header::STATUS);
    if !(matches!(status, "1" | "2") || status == "0" && (international || class.eq_ignore_ascii_case("ADV"))) {
        findings.push(unknown(record, batch_header::STATUS));
    }
    findings
}

/// What is wrong with an entry of a class, apart from its amount.
pub(super) fn of_entry(record: &Record, class: &str, odfi: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if direction(record.raw(entry::CODE)).is_none() {
        findings.push(unknown(record, entry::CODE));
    }
    let number = format!("{}{}", record.raw(entry::RDFI), record.raw(entry::CHECK_DIGIT));
    if !is_routing_number(&number) {
        let message = text!(
            "`{number}` is not a routing number: its check digit is wrong",
            "`{number}` 不是有效路由号：校验位错误"
        );
        findings.push(Finding::error("check-digit", record.place(entry::RDFI), message));
    }
    if !matches!(record.raw(entry::ADDENDA), "0" | "1") {
        findings.push(unknown(record, entry::ADDENDA));
    }
    if class != "ADV" && !record.raw(entry::TRACE).starts_with(odfi) {
        let message = text!(
            "the trace number does not begin with the batch's ODFI `{odfi}`",
            "跟踪号与批次的发起行 `{odfi}` 不一致"
        );
        findings.push(Finding::error("trace-number", record.place(entry::TRACE), message));
    }
    if class == "TEL" && record.is_blank(entry::NAME) {
        findings.push(missing(record, entry::NAME));
    }
    if class == "SHR" && !matches!(record.raw(entry::CARD_MONTH).parse(), Ok(1..=12)) {
        findings.push(unknown(record, entry::CARD_MONTH));
    }
    findings
}

/// What is wrong with the code of a return or of a notification of change.
pub(super) fn of_addenda(record: &Record) -> Option<Finding> {
    let number = |letter: char, field| record.raw(field).strip_prefix(letter).and_then(|n: &str| n.parse::<u8>().ok());
    match record.raw(addenda::TYPE) {
        "98" => {
            let known = matches!(number('C', addenda::CHANGE_CODE), Some(1..=9 | 13 | 14 | 61..=69));
            (!known).then(|| unknown(record, addenda::CHANGE_CODE))
        }
        "99" => {
            let code = number('R', addenda::RETURN_CODE);
            let known = matches!(code, Some(1..=47 | 50..=53 | 61 | 62 | 67..=77 | 80..=85));
            (!known).then(|| unknown(record, addenda::RETURN_CODE))
        }
        "02" | "05" | "10" | "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" => None,
        _ => Some(unknown(record, addenda::TYPE)),
    }
}

/// Which way the money goes by the transaction code: the counterparty is paid, or collected from.
pub(super) fn direction(code: &str) -> Option<Indicator> {
    match code {
        "21" | "22" | "23" | "24" | "31" | "32" | "33" | "34" | "41" | "42" | "43" | "44" | "51" | "52" | "53"
        | "54" | "81" | "83" | "85" | "87" => Some(Indicator::Credit),
        "26" | "27" | "28" | "29" | "36" | "37" | "38" | "39" | "46" | "47" | "48" | "49" | "55" | "56" | "82"
        | "84" | "86" | "88" => Some(Indicator::Debit),
        _ => None,
    }
}

/// Nine digits with weights 3, 7, 1 that make a multiple of ten (ABA routing number).
pub(super) fn is_routing_number(text: &str) -> bool {
    let digits = text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit());
    digits && weighted(text).is_multiple_of(10)
}

/// The check digit of eight digits.
pub(super) fn check_digit(digits: &str) -> u32 {
    (10 - weighted(digits) % 10) % 10
}

fn weighted(digits: &str) -> u32 {
    digits.bytes().zip([3, 7, 1].into_iter().cycle()).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum()
}

fn missing(record: &Record, field: super::layout::Field) -> Finding {
    let name = field.name;
    Finding::error("field-missing", record.place(field), text!("{name} is missing", "缺少 {name}"))
}

fn unknown(record: &Record, field: super::layout::Field) -> Finding {
    let (name, value) = (field.name, record.raw(field));
    let message: Text = text!("{name} `{value}` does not exist", "{name} `{value}` 不存在");
    Finding::error("code", record.place(field), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_numbers_have_a_check_digit() {
        assert!(is_routing_number("231380104") && is_routing_number("031300012"));
        assert!(!is_routing_number("987654321") && !is_routing_number("23138010") && !is_routing_number("23138010a"));
    }
}
