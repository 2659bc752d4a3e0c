//! How many bytes a file for a bank will have, found by writing it to nowhere, and parts that keep to the bank's most.
//!
//! What a payment weighs depends on the format, its groups and its neighbours, so nothing is estimated: each part is
//! written, counted, and cut again where it is too large. Message id and creation time are not known yet; the longest
//! that can be given stand in for them, so that the real file is never larger than the measured one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::write::{Dress, fill, member_of};
use crate::config::Party;
use crate::finding::{Finding, Place};
use crate::journal::{BatchPart, Inbound, Totals};
use crate::route::number::longest_message_id;
use crate::route::{Shared, Trouble};
use crate::text;

/// A next part is guessed a little smaller than it might be, in hundredths, so that few have to be measured twice.
const AIR: u128 = 103;

/// A batch that is measured.
pub(super) struct Scale<'a> {
    pub shared: &'a Shared,
    pub bank: &'a Party,
    pub file: &'a Inbound,
    /// Lines of payments that are left out.
    pub left_out: &'a BTreeSet<u64>,
}

/// Rows of a batch: first and last of each run.
type Ranges = Vec<(u64, u64)>;

impl Scale<'_> {
    /// The parts, cut until a file of each has at most so many bytes.
    ///
    /// # Errors
    /// [`Trouble`]; a refusal where one payment alone makes a larger file, or the bank's dialect cannot carry one.
    pub(super) fn cut(&self, parts: Vec<BatchPart>, most: u64) -> Result<Vec<BatchPart>, Trouble> {
        let mut done = Vec::new();
        for part in parts {
            self.cut_one(part, most, &mut done)?;
        }
        done.sort_by_key(|part| part.ranges.first().copied());
        Ok(done)
    }

    /// Takes as many rows from the front as one file holds, until none are left.
    fn cut_one(&self, part: BatchPart, most: u64, done: &mut Vec<BatchPart>) -> Result<(), Trouble> {
        let (mut rest, mut left, mut guess) = (part.ranges, part.totals.count, part.totals.count);
        while left > 0 {
            let (front, behind) = parted(&rest, guess.clamp(1, left));
            let (size, totals) = self.weigh(front.clone())?;
            let fitting = u128::from(totals.count) * u128::from(most) * 100 / (u128::from(size.max(1)) * AIR);
            guess = u64::try_from(fitting).unwrap_or(u64::MAX);
            if size > most {
                guess = guess.clamp(1, totals.count.saturating_sub(1).max(1));
                if totals.count < 2 {
                    return Err(self.too_large(&front, size, most));
                }
                continue;
            }
            left -= totals.count;
            rest = behind;
            done.push(BatchPart { ranges: front, totals });
        }
        Ok(())
    }

    /// Bytes of a file with these rows, and what it holds.
    fn weigh(&self, ranges: Ranges) -> Result<(u64, Totals), Trouble> {
        let bytes = Counting::default();
        let dress = Dress {
            format: self.bank.template.payments.format.clone(),
            message_id: Some(longest_message_id(&self.shared.config, self.bank)),
            created: "2999-12-31T23:59:59Z".into(),
            // Every date is as long as any other.
            dates: BTreeMap::new(),
        };
        let member = member_of(self.shared, self.file, self.left_out.clone(), ranges, 0)?;
        let (totals, _) = fill(self.shared, self.bank, &dress, vec![member], Box::new(bytes.clone()))?;
        let totals = Totals { count: totals.count, sums: totals.sums, digest: totals.payees_digest };
        Ok((bytes.0.load(Ordering::Relaxed), totals))
    }

    fn too_large(&self, ranges: &Ranges, size: u64, most: u64) -> Trouble {
        let (seq, bank) = (ranges.first().map_or(0, |(first, _)| *first), &self.bank.name);
        let message = text!(
            "payment {seq} alone makes a file of {size} bytes, `{bank}` takes at most {most}",
            "第 {seq} 笔付款单独成文件即为 {size} 字节，`{bank}` 最多接收 {most} 字节"
        );
        let hint =
            text!("shorten its texts, or agree on larger files with the bank", "请缩短其文字，或与银行商定更大的文件");
        Trouble::refused(vec![
            Finding::error("file-too-large", Place::path(format!("payment {seq}")), message).hint(hint),
        ])
    }
}

/// The first so many rows, and those behind them.
fn parted(ranges: &Ranges, count: u64) -> (Ranges, Ranges) {
    let (mut front, mut behind, mut room) = (Vec::new(), Vec::new(), count);
    for &(first, last) in ranges {
        let taken = room.min(last - first + 1);
        if taken > 0 {
            front.push((first, first + taken - 1));
        }
        if first + taken <= last {
            behind.push((first + taken, last));
        }
        room -= taken;
    }
    (front, behind)
}

/// Counts bytes and keeps none.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_parted_is_whole(runs in proptest::collection::vec((1u64..9, 1u64..9), 1..9), count in 1u64..40) {
            let mut at = 0;
            let ranges: Ranges = runs
                .iter()
                .map(|(gap, length)| {
                    let first = at + gap;
                    at = first + length - 1;
                    (first, at)
                })
                .collect();
            let rows = |ranges: &Ranges| ranges.iter().flat_map(|(a, b)| *a..=*b).collect::<Vec<u64>>();
            let (front, behind) = parted(&ranges, count);
            let all = rows(&ranges);
            prop_assert_eq!(rows(&front).len(), all.len().min(count as usize));
            prop_assert_eq!([rows(&front), rows(&behind)].concat(), all);
        }
    }
}
