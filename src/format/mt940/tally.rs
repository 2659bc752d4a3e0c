//! What a statement adds up to, and what is said of it.

use crate::document::{Amount, Balance, Entry, Indicator, StatementEnd, is_within_money};
use crate::finding::{Finding, Place};
use crate::format::notes::balances_disagree;
use crate::text;

/// Counts and sums of the current statement.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub entries: u64,
    booked: Amount,
    credit: (u64, Amount),
    debit: (u64, Amount),
    pub balances: Vec<Balance>,
}

impl Tally {
    /// Takes an entry in. `false` when the sums grow beyond what a decimal holds.
    pub fn add(&mut self, entry: &Entry) -> bool {
        self.entries += 1;
        let side = if entry.indicator == Indicator::Credit { &mut self.credit } else { &mut self.debit };
        let signed = if entry.indicator == Indicator::Credit { entry.amount } else { -entry.amount };
        let sum = side.1.checked_add(entry.amount).filter(|sum| is_within_money(*sum));
        side.0 += 1;
        side.1 = sum.unwrap_or(side.1);
        let booked =
            if entry.status.as_deref() == Some("PDNG") { Some(self.booked) } else { self.booked.checked_add(signed) };
        self.booked = booked.unwrap_or(self.booked);
        sum.is_some() && booked.is_some()
    }

    /// The balance of a kind.
    pub fn balance(&self, kind: &str) -> Option<&Balance> {
        self.balances.iter().find(|balance| balance.kind == kind)
    }

    /// Says so where opening balance and booked entries do not give the closing balance; `None` also
    /// where one of them is missing.
    pub fn add_up(&self) -> Option<Finding> {
        let (opening, closing) = (self.balance("OPBD")?, self.balance("CLBD")?);
        balances_disagree(opening.signed(), self.booked, closing.signed(), Place::path("62"))
    }

    /// Compares the number and sum that an intraday report gives (field 90) with what it holds.
    pub fn compare(&self, indicator: Indicator, count: u64, sum: Amount, line: u64) -> Option<Finding> {
        let (counted, summed) = if indicator == Indicator::Credit { self.credit } else { self.debit };
        if (count, sum) == (counted, summed) {
            return None;
        }
        let code = indicator.code();
        let message = text!(
            "the report says {count} entries of {sum} ({code}) and holds {counted} of {summed}",
            "报告声明 {count} 笔共 {sum}（{code}），实际 {counted} 笔共 {summed}"
        );
        Some(Finding::warning("control-total", Place::line(line), message))
    }

    /// The end of the statement; the tally is empty again.
    pub fn end(&mut self, findings: Vec<Finding>) -> StatementEnd {
        let tally = std::mem::take(self);
        StatementEnd {
            entries: tally.entries,
            credit_sum: tally.credit.1,
            debit_sum: tally.debit.1,
            balances: tally.balances,
            findings,
            ..StatementEnd::default()
        }
    }
}
