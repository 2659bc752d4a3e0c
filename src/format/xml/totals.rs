//! Totals: what was counted against what was declared.

use std::collections::BTreeMap;

use super::message::Context;
use crate::document::{Amount, Currency, Declared};
use crate::text;

/// Counts and sums while payments pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    /// Payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: BTreeMap<Currency, Amount>,
    /// Whether a sum went beyond what an amount can hold.
    overflow: bool,
}

impl Totals {
    /// Counts a payment.
    pub fn add(&mut self, amount: Amount, currency: Currency) {
        self.count += 1;
        let sum = self.sums.entry(currency).or_default();
        match sum.checked_add(amount) {
            Some(more) => *sum = more,
            None => self.overflow = true,
        }
    }

    /// The sum of all, currencies mixed, as `CtrlSum` has it; `None` beyond what an amount can hold.
    pub fn sum(&self) -> Option<Amount> {
        let sums = self.sums.values();
        let all = sums.copied().try_fold(Amount::ZERO, Amount::checked_add);
        all.filter(|_| !self.overflow)
    }

    /// Notes an error where the declared totals are others.
    pub fn compare(&self, declared: &Declared, cx: &mut Context<'_>) {
        let count = self.count;
        if let Some(says) = declared.count.filter(|&says| says != count) {
            let message = text!("{says} payments are declared, {count} are there", "申报 {says} 笔，实际 {count} 笔");
            cx.error("count-mismatch", message);
        }
        let Some(sum) = self.sum() else {
            return cx.error("sum-overflow", text!("the sum is beyond all money", "金额合计超出范围"));
        };
        if let Some(says) = declared.sum.filter(|&says| says != sum) {
            let message = text!("a sum of {says} is declared, {sum} is there", "申报金额合计 {says}，实际 {sum}");
            cx.error("sum-mismatch", message);
        }
    }
}
