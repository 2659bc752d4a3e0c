//! Statements that cannot be right as they stand: they contradict themselves, or are of a day to come.

use jiff::{Timestamp, ToSpan};

use crate::config::Party;
use crate::document::StatementEnd;
use crate::journal::StatementFact;
use crate::text;
use crate::words::Text;

/// What a reason to hold begins with where a statement contradicts itself.
const CONTRADICTORY: &str = "contradictory-statement";
/// The same, where its day is to come.
const FUTURE: &str = "future-statement";

/// What a reader notices of a statement whose parts do not agree.
const CONTRADICTIONS: [&str; 3] = ["balance-mismatch", "count-mismatch", "sum-mismatch"];

/// Why a statement cannot be right, as reasons to hold it. Reports and notifications are not looked at: they are no
/// last word.
pub(super) fn doubts(bank: &Party, now: Timestamp, new: &StatementFact, end: &StatementEnd) -> Vec<String> {
    let mut reasons = Vec::new();
    let document = new.document;
    if new.kind != "statement" || new.repeats.is_some() {
        return reasons;
    }
    if end.findings.iter().any(|finding| CONTRADICTIONS.contains(&&*finding.rule)) {
        reasons.push(format!("{CONTRADICTORY} {document}"));
    }
    let last = bank.window.day(now).checked_add(i64::from(bank.template.statements.days_ahead).days());
    if let Some(day) = new.date.filter(|day| last.is_ok_and(|last| *day > last)) {
        reasons.push(format!("{FUTURE} {document} {day}"));
    }
    reasons
}

/// The words for such a reason; `None` for any other.
pub fn doubt_words(reason: &str) -> Option<Text> {
    let mut words = reason.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some(CONTRADICTORY), Some(document), _) => Some(text!(
            "statement {document} contradicts itself: its balances, count or sums are not those of its entries",
            "第 {document} 份对账单自相矛盾：余额、笔数或合计与分录不符"
        )),
        (Some(FUTURE), Some(document), Some(day)) => {
            Some(text!("statement {document} is of {day}, a day to come", "第 {document} 份对账单日期为未来的 {day}"))
        }
        _ => None,
    }
}
