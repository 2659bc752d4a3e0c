//! Leaving out the payments that a rule refused, where the party's policy lets the others go on.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Amount, Currency, Declared, Part};
use crate::finding::Finding;
use crate::format::{ReadError, Reader};
use crate::journal::{Event, JournalError, Records};

/// Reads another reader's payments without those on some lines.
///
/// Declared totals are those of the whole file and are taken away; the end part counts what is left.
pub(super) struct Without<R> {
    inner: R,
    lines: BTreeSet<u64>,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
}

impl<R: Reader> Without<R> {
    /// Leaves out the payments on `lines`; with none it changes nothing.
    pub(super) fn new(inner: R, lines: BTreeSet<u64>) -> Without<R> {
        Without { inner, lines, count: 0, sums: BTreeMap::new() }
    }

    fn leaves_out(&self, line: Option<u64>) -> bool {
        line.is_some_and(|line| self.lines.contains(&line))
    }
}

impl<R: Reader> Reader for Without<R> {
    fn format(&self) -> &str {
        self.inner.format()
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            let mut part = self.inner.next_part()?;
            if self.lines.is_empty() {
                return Ok(part);
            }
            match &mut part {
                Some(Part::Payment(payment)) if self.leaves_out(payment.place.line) => continue,
                Some(Part::Payment(payment)) => {
                    self.count += 1;
                    let sum = self.sums.entry(payment.currency).or_default();
                    // An overflow is the checks' to tell; the sum is theirs too.
                    *sum = sum.checked_add(payment.amount).unwrap_or(*sum);
                }
                Some(Part::Payments(head)) => head.declared = Declared::default(),
                Some(Part::Group(group)) => group.declared = Declared::default(),
                Some(Part::PaymentsEnd(end)) => {
                    end.count = std::mem::take(&mut self.count);
                    end.sums = std::mem::take(&mut self.sums);
                    let lines = &self.lines;
                    end.findings.retain(|f| !f.place.line.is_some_and(|line| lines.contains(&line)));
                }
                _ => {}
            }
            return Ok(part);
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.inner.take_findings()
    }
}

/// The lines of the payments that may be left out: every error must be one payment's own, told whole.
pub(super) fn lines_of(findings: &[Finding]) -> Option<BTreeSet<u64>> {
    let errors = findings.iter().filter(|f| f.is_error());
    errors.map(|f| f.place.line.filter(|_| f.place.field.is_some() && !f.rule.starts_with("control-"))).collect()
}

/// The lines that were left out of a batch when it was checked.
pub(super) fn left_out(records: &dyn Records, inbound: &str) -> Result<BTreeSet<u64>, JournalError> {
    let facts = records.facts_of(inbound)?;
    let lines = facts.into_iter().find_map(|fact| match fact.event {
        Event::Checked { left_out, .. } => Some(left_out),
        _ => None,
    });
    Ok(lines.unwrap_or_default().into_iter().collect())
}
