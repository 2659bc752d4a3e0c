//! What a result file says of the numbers and sums of its rows, by what became of them.

use super::super::item::Item;
use super::super::value::Value;
use super::{amount, number};
use crate::document::{Amount, PaymentStatus, REFUSED_CODES, SETTLED_CODES};
use crate::finding::{Finding, Place};
use crate::text;
use crate::words::Text;

/// Rows of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rows {
    count: u64,
    sum: Amount,
}

impl Rows {
    fn add(&mut self, amount: Amount) {
        self.count += 1;
        // Sums that are too large are told where all amounts are added up.
        self.sum = self.sum.checked_add(amount).unwrap_or(Amount::MAX);
    }
}

/// Number and sum that the file says of rows of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    count: Option<u64>,
    sum: Option<Amount>,
}

/// The rows of a result file by what became of them, and what the file says of that.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tally {
    executed: Rows,
    rejected: Rows,
    /// Rows that are neither, by a word that is not known or does not decide: the bank may count them with either.
    open: Rows,
    said_executed: Said,
    said_rejected: Said,
}

impl Tally {
    /// Counts a row.
    pub fn row(&mut self, status: &PaymentStatus) {
        let amount = status.amount.unwrap_or_default();
        match status.status.as_deref() {
            Some(code) if SETTLED_CODES.contains(&code) => self.executed.add(amount),
            Some(code) if REFUSED_CODES.contains(&code) => self.rejected.add(amount),
            _ => self.open.add(amount),
        }
    }

    /// Takes in what the file says; whether the item is one of these.
    pub fn said(&mut self, item: Item, value: &Value<'_>) -> bool {
        match item {
            Item::ExecutedCount => self.said_executed.count = number(value),
            Item::ExecutedSum => self.said_executed.sum = amount(value),
            Item::RejectedCount => self.said_rejected.count = number(value),
            Item::RejectedSum => self.said_rejected.sum = amount(value),
            _ => return false,
        }
        true
    }

    /// What a file that is written says.
    pub fn get(&self, item: Item) -> Option<Value<'static>> {
        match item {
            Item::ExecutedCount => Some(Value::Number(self.executed.count)),
            Item::ExecutedSum => Some(Value::Amount(self.executed.sum)),
            Item::RejectedCount => Some(Value::Number(self.rejected.count)),
            Item::RejectedSum => Some(Value::Amount(self.rejected.sum)),
            _ => None,
        }
    }

    /// What the file says of its rows and they are not.
    pub fn wrong(&self) -> Vec<Finding> {
        let kinds = [
            (("executed", "成功"), self.said_executed, self.executed),
            (("rejected", "失败"), self.said_rejected, self.rejected),
        ];
        kinds.into_iter().flat_map(|(word, said, rows)| self.of_kind(word, said, rows)).collect()
    }

    fn of_kind(&self, (en, zh): (&str, &str), said: Said, rows: Rows) -> Vec<Finding> {
        let mut wrong = Vec::new();
        let error = |rule, message: Text| Finding::error(rule, Place::default(), message);
        if let Some(said) = said.count.filter(|said| !(rows.count..=rows.count + self.open.count).contains(said)) {
            let there = rows.count;
            let message = text!(
                "{said} payments are said to be {en}, {there} are by their rows",
                "申报{zh} {said} 笔，逐笔为 {there} 笔"
            );
            wrong.push(error("count-mismatch", message));
        }
        let most = rows.sum.checked_add(self.open.sum).unwrap_or(Amount::MAX);
        if let Some(said) = said.sum.filter(|said| *said < rows.sum || *said > most) {
            let there = rows.sum;
            let message = text!(
                "a sum of {said} is said to be {en}, {there} is by the rows",
                "申报{zh}金额 {said}，逐笔合计 {there}"
            );
            wrong.push(error("sum-mismatch", message));
        }
        wrong
    }
}
