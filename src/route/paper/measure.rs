//! Parts of a batch that keep to the bank's most bytes of a file, found by writing them to nowhere.
//!
//! What a payment weighs depends on the format, its groups and its neighbours, so nothing is estimated: each part is
//! written, counted, and cut again where it is too large.

use super::trial::{Ranges, Trial};
use crate::finding::{Finding, Place};
use crate::journal::BatchPart;
use crate::route::Trouble;
use crate::text;

/// A next part is guessed a little smaller than it might be, in hundredths, so that few have to be measured twice.
const AIR: u128 = 103;

/// Parts that are cut to size.
#[derive(Default)]
pub(super) struct Cut {
    pub parts: Vec<BatchPart>,
    /// What their files do not carry as it was asked for.
    pub noticed: Vec<Finding>,
}

/// The parts, cut until a file of each has at most so many bytes.
///
/// # Errors
/// [`Trouble`]; a refusal where one payment alone makes a larger file, or the bank's file cannot carry one.
pub(super) fn cut(trial: &Trial<'_>, parts: Vec<BatchPart>, most: u64) -> Result<Cut, Trouble> {
    let mut done = Cut::default();
    for part in parts {
        cut_one(trial, part, most, &mut done)?;
    }
    done.parts.sort_by_key(|part| part.ranges.first().copied());
    Ok(done)
}

/// Takes as many rows from the front as one file holds, until none are left.
fn cut_one(trial: &Trial<'_>, part: BatchPart, most: u64, done: &mut Cut) -> Result<(), Trouble> {
    let (mut rest, mut left, mut guess) = (part.ranges, part.totals.count, part.totals.count);
    while left > 0 {
        let (front, behind) = parted(&rest, guess.clamp(1, left));
        let tried = trial.rows(front.clone())?;
        let (size, totals) = (tried.bytes, tried.totals);
        let fitting = u128::from(totals.count) * u128::from(most) * 100 / (u128::from(size.max(1)) * AIR);
        guess = u64::try_from(fitting).unwrap_or(u64::MAX);
        if size > most {
            guess = guess.clamp(1, totals.count.saturating_sub(1).max(1));
            if totals.count < 2 {
                return Err(too_large(trial, &front, size, most));
            }
            continue;
        }
        left -= totals.count;
        rest = behind;
        done.parts.push(BatchPart { ranges: front, totals });
        done.noticed.extend(tried.noticed);
    }
    Ok(())
}

fn too_large(trial: &Trial<'_>, ranges: &Ranges, size: u64, most: u64) -> Trouble {
    let (seq, bank) = (ranges.first().map_or(0, |(first, _)| *first), &trial.bank.name);
    let message = text!(
        "payment {seq} alone makes a file of {size} bytes, `{bank}` takes at most {most}",
        "第 {seq} 笔付款单独成文件即为 {size} 字节，`{bank}` 最多接收 {most} 字节"
    );
    let hint =
        text!("shorten its texts, or agree on larger files with the bank", "请缩短其文字，或与银行商定更大的文件");
    Trouble::refused(vec![Finding::error("file-too-large", Place::path(format!("payment {seq}")), message).hint(hint)])
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
