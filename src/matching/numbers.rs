//! Numbers that stand beside a word about a whole file or group, held against what was sent and against the word.

use super::{Bundle, Verdict};
use crate::document::{Amount, GroupStatus, StatusCount, StatusReport};

/// What a bank counts in the file or group that it answers.
#[derive(Clone, Default)]
pub(super) struct Numbers {
    count: Option<u64>,
    sum: Option<Amount>,
    by_status: Vec<StatusCount>,
}

impl Numbers {
    pub fn of_report(report: &StatusReport) -> Numbers {
        let (count, sum) = (report.original_count, report.original_sum);
        Numbers { count, sum, by_status: report.status_counts.clone() }
    }

    pub fn of_group(status: &GroupStatus) -> Numbers {
        let (count, sum) = (status.original_count, status.original_sum);
        Numbers { count, sum, by_status: status.status_counts.clone() }
    }

    /// Whether they can be those of the payments that were sent, and what the bank says of all of them.
    pub fn agree(&self, sent: &Bundle, verdict: Option<Verdict>) -> bool {
        let sum = sent.sums.values().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(*amount));
        let same = |count: Option<u64>, told: Option<Amount>| {
            count.is_none_or(|count| count == sent.count) && told.is_none_or(|told| Some(told) == sum)
        };
        same(self.count, self.sum) && verdict.is_none_or(|verdict| self.stand_beside(verdict, same))
    }

    /// A word that is final is of all payments: none has another status, and all of them are counted under it.
    fn stand_beside(&self, verdict: Verdict, same: impl Fn(Option<u64>, Option<Amount>) -> bool) -> bool {
        if !matches!(verdict, Verdict::Executed | Verdict::Rejected) {
            return true;
        }
        let counted = self.by_status.iter().filter(|counted| counted.count > 0);
        let (as_said, others): (Vec<_>, Vec<_>) =
            counted.partition(|counted| Verdict::of_code(counted.status.trim()) == verdict);
        let count = as_said.iter().try_fold(0_u64, |count, counted| count.checked_add(counted.count));
        let sums = as_said.iter().map(|counted| counted.sum).collect::<Option<Vec<Amount>>>();
        let sum = sums.and_then(|sums| sums.into_iter().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(amount)));
        others.is_empty() && (as_said.is_empty() || count.is_some() && same(count, sum))
    }
}
