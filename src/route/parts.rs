//! Splitting a batch by what one file of its bank may hold: payments, sums, groups. Bytes are measured afterwards.
//!
//! The parts are found while the batch is checked and stated with it, so that numbering and writing repeat them to the
//! letter. Every payment is in exactly one part; the parts' totals add up to the batch's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::check::Tally;
use crate::config::Party;
use crate::document::{Amount, Currency, Declared, Group, Part};
use crate::finding::{Finding, Place};
use crate::format::{ReadError, Reader};
use crate::journal::{BatchPart, Totals};
use crate::text;

use super::paper::GroupNumbers;

/// The most ranges of rows that the parts of a batch may have: a file that changes its group with every row is sorted
/// by its ERP first.
const MOST_RANGES: usize = 100_000;

/// What one file may hold.
#[derive(Clone, Debug)]
pub struct Limits {
    payments: Option<u64>,
    sums: BTreeMap<Currency, Amount>,
    one_group: bool,
}

impl Limits {
    /// The limits of a bank that wants a batch split rather than refused; `None` where it does not.
    pub fn of(bank: &Party) -> Option<Limits> {
        let (template, checks) = (&bank.template, &bank.template.checks);
        template.out.split.then(|| Limits {
            payments: checks.max_count,
            sums: checks.max_sum.clone(),
            one_group: template.payments.one_group,
        })
    }
}

/// Splits a batch while it is read.
pub struct Splitter {
    limits: Limits,
    group: Option<String>,
    open: BTreeMap<Option<String>, Open>,
    done: Vec<BatchPart>,
    ranges: usize,
}

#[derive(Default)]
struct Open {
    ranges: Vec<(u64, u64)>,
    tally: Tally,
}

impl Splitter {
    /// For one batch.
    pub fn new(limits: Limits) -> Splitter {
        Splitter { limits, group: None, open: BTreeMap::new(), done: Vec::new(), ranges: 0 }
    }

    /// Looks at the next part of the batch.
    pub fn look(&mut self, part: &Part) {
        match part {
            Part::Group(group) => self.group.clone_from(&group.id),
            Part::Payment(payment) => {
                let key = self.group.clone().filter(|_| self.limits.one_group);
                if self.open.get(&key).is_some_and(|open| self.is_full(open, payment.currency, payment.amount)) {
                    self.close(&key);
                }
                let open = self.open.entry(key).or_default();
                match open.ranges.last_mut() {
                    Some((_, last)) if *last + 1 == payment.seq => *last = payment.seq,
                    _ => {
                        open.ranges.push((payment.seq, payment.seq));
                        self.ranges += 1;
                    }
                }
                open.tally.look(part);
            }
            _ => {}
        }
    }

    /// The parts in the order of their first payments; one where the batch fits into one file.
    ///
    /// # Errors
    /// A finding where the rows change their group too often.
    pub fn finish(mut self) -> Result<Vec<BatchPart>, Box<Finding>> {
        if self.ranges > MOST_RANGES {
            let message = text!(
                "the bank takes one group a file, and the rows change their group too often to be split",
                "银行每个文件只收一组，而各行分组交替过于频繁，无法拆分"
            );
            let hint = text!("sort the file by account and date", "请按账户和日期排序后重新提交");
            return Err(Box::new(Finding::error("split", Place::default(), message).hint(hint)));
        }
        let keys: Vec<_> = self.open.keys().cloned().collect();
        keys.iter().for_each(|key| self.close(key));
        self.done.sort_by_key(|part| part.ranges.first().copied());
        Ok(self.done)
    }

    fn is_full(&self, open: &Open, currency: Currency, amount: Amount) -> bool {
        let sum = open.tally.sums().get(&currency).copied().unwrap_or_default().checked_add(amount);
        let over = |most: &Amount| sum.is_none_or(|sum| sum > *most);
        self.limits.payments.is_some_and(|most| open.tally.count() >= most.max(1))
            || self.limits.sums.get(&currency).is_some_and(over)
    }

    fn close(&mut self, key: &Option<String>) {
        let Some(Open { ranges, tally }) = self.open.remove(key) else { return };
        let totals = tally.finish();
        let totals = Totals { count: totals.count, sums: totals.sums, digest: totals.payees_digest };
        self.done.push(BatchPart { ranges, totals });
    }
}

/// Reads the payments of one part of a batch; its groups are numbered as those of the whole batch.
pub struct PartOf<R> {
    inner: R,
    /// Empty for the whole batch.
    ranges: Vec<(u64, u64)>,
    numbers: Rc<RefCell<GroupNumbers>>,
    group: Option<Box<Group>>,
    waiting: Option<Part>,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
}

impl<R: Reader> PartOf<R> {
    /// The payments of these rows; every group of the batch is given its number.
    pub fn new(inner: R, ranges: Vec<(u64, u64)>, numbers: Rc<RefCell<GroupNumbers>>) -> PartOf<R> {
        PartOf { inner, ranges, numbers, group: None, waiting: None, count: 0, sums: BTreeMap::new() }
    }

    fn holds(&self, seq: u64) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= seq);
        self.ranges.is_empty() || after.checked_sub(1).is_some_and(|at| seq <= self.ranges[at].1)
    }
}

impl<R: Reader> Reader for PartOf<R> {
    fn format(&self) -> &str {
        self.inner.format()
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        if let Some(part) = self.waiting.take() {
            return Ok(Some(part));
        }
        loop {
            match self.inner.next_part()? {
                Some(Part::Group(mut group)) => {
                    self.numbers.borrow_mut().number(group.id.as_deref());
                    if self.ranges.is_empty() {
                        return Ok(Some(Part::Group(group)));
                    }
                    group.declared = Declared::default();
                    self.group = Some(group);
                }
                Some(Part::Payment(payment)) if !self.holds(payment.seq) => {}
                Some(Part::Payment(payment)) => {
                    self.count += 1;
                    let sum = self.sums.entry(payment.currency).or_default();
                    // The sum of the part was found exact when the batch was checked.
                    *sum = sum.checked_add(payment.amount).unwrap_or(*sum);
                    let payment = Part::Payment(payment);
                    return Ok(Some(match self.group.take() {
                        Some(group) => {
                            self.waiting = Some(payment);
                            Part::Group(group)
                        }
                        None => payment,
                    }));
                }
                Some(Part::Payments(mut head)) if !self.ranges.is_empty() => {
                    head.declared = Declared::default();
                    return Ok(Some(Part::Payments(head)));
                }
                Some(Part::PaymentsEnd(mut end)) if !self.ranges.is_empty() => {
                    end.count = std::mem::take(&mut self.count);
                    end.sums = std::mem::take(&mut self.sums);
                    return Ok(Some(Part::PaymentsEnd(end)));
                }
                other => return Ok(other),
            }
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.inner.take_findings()
    }
}
