//! The arithmetic of a statement: what its entries and balances have to do with each other.

use super::super::xml::message::Context;
use crate::document::{Amount, Balance, Currency, Entry, Indicator};
use crate::format::ReadError;
use crate::text;

/// Sums over a statement's entries, and what the bank says of them.
#[derive(Default)]
pub(super) struct Sums {
    /// Entries.
    pub entries: u64,
    /// Effective credits.
    pub credit: Amount,
    /// Effective debits.
    pub debit: Amount,
    /// Booked entries in the currency of the first one, credits less debits.
    booked: Amount,
    currency: Option<Currency>,
    mixed: bool,
    /// Declared number of entries.
    pub declared: Option<u64>,
    /// Declared sum of credits.
    pub declared_credit: Option<Amount>,
    /// Declared sum of debits.
    pub declared_debit: Option<Amount>,
}

impl Sums {
    /// Counts an entry. Pending and informative entries do not move the booked balance.
    pub fn add(&mut self, entry: &Entry, cx: &Context<'_>) -> Result<(), ReadError> {
        let overflow = || cx.refused("sum-overflow", text!("the sum is beyond all money", "金额合计超出范围"));
        self.entries += 1;
        let (sum, signed) = match entry.indicator {
            Indicator::Credit => (&mut self.credit, entry.amount),
            Indicator::Debit => (&mut self.debit, -entry.amount),
        };
        *sum = sum.checked_add(entry.amount).ok_or_else(overflow)?;
        if matches!(entry.status.as_deref(), None | Some("BOOK")) {
            self.mixed |= self.currency.is_some_and(|currency| currency != entry.currency);
            self.currency = Some(entry.currency);
            self.booked = self.booked.checked_add(signed).ok_or_else(overflow)?;
        }
        Ok(())
    }

    /// Notes where opening balance and booked entries do not give the closing balance.
    pub fn check_balances(&self, balances: &[Balance], cx: &mut Context<'_>) {
        let first = |kind: &str| balances.iter().find(|b| b.kind == kind);
        let (Some(opening), Some(closing)) = (first("OPBD").or_else(|| first("PRCD")), first("CLBD")) else {
            return;
        };
        let other = |currency: Option<Currency>| currency.is_some() && currency != self.currency;
        if self.mixed || self.currency.is_some() && (other(opening.currency) || other(closing.currency)) {
            let message = text!(
                "the balances are not checked: the entries are in other currencies",
                "分录币种与余额不同，未核对余额"
            );
            cx.warn("balance-unchecked", message);
            return;
        }
        let (opening, closing) = (opening.signed(), closing.signed());
        let expected = opening.checked_add(self.booked);
        if expected != Some(closing) {
            let booked = self.booked;
            let message = text!(
                "opening balance {opening} and booked entries {booked} do not give closing balance {closing}",
                "期初余额 {opening} 加已记账分录 {booked} 不等于期末余额 {closing}"
            );
            cx.warn("balance-mismatch", message);
        }
    }

    /// Notes where the bank's own summary of the entries says something else.
    pub fn check_summary(&self, cx: &mut Context<'_>) {
        let entries = self.entries;
        if let Some(says) = self.declared.filter(|&says| says != entries) {
            let message = text!(
                "the summary says {says} entries, {entries} are there",
                "汇总为 {says} 条分录，实际 {entries} 条"
            );
            cx.warn("summary-mismatch", message);
        }
        for (declared, sum) in [(self.declared_credit, self.credit), (self.declared_debit, self.debit)] {
            if let Some(says) = declared.filter(|&says| says != sum) {
                let message =
                    text!("the summary says a sum of {says}, {sum} is there", "汇总金额为 {says}，实际 {sum}");
                cx.warn("summary-mismatch", message);
            }
        }
    }
}
