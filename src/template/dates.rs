//! What is done about an execution date on which a bank cannot pay.

use serde::Deserialize;

use crate::text;
use crate::words::Text;

/// `[dates]`: what is done about execution dates, by the bank's calendar, when a batch is judged and again when its
/// file is numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionDates {
    /// The date is over. What `keep` lets through is the rule `execution-date-past`'s.
    pub past: DateVerdict,
    /// The date is no banking day.
    pub non_banking: DateVerdict,
    /// The file leaves after the day's cut-off, so that the bank works on it only later.
    pub late: DateVerdict,
}

impl ExecutionDates {
    /// Whether anything is done about dates at all.
    pub fn are_asked(&self) -> bool {
        [self.past, self.non_banking, self.late].iter().any(|verdict| *verdict != DateVerdict::Keep)
    }

    /// The key that cannot be meant, and why.
    pub fn mistake(&self) -> Option<(&'static str, Text)> {
        let back = [("past", self.past), ("late", self.late)].into_iter().find(|(_, v)| *v == DateVerdict::Previous);
        back.map(|(name, _)| {
            let what = text!(
                "`dates.{name}` cannot be `previous`: that banking day is over",
                "`dates.{name}` 不能为 `previous`：该工作日已过"
            );
            (name, what)
        })
    }
}

/// What is done about an execution date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateVerdict {
    /// It is written as the ERP asked.
    #[default]
    Keep,
    /// The next banking day on which the bank can pay is written.
    Next,
    /// The banking day before is written, where the bank can still pay on it; else the next.
    Previous,
    /// A second person decides; released, it is written as the ERP asked.
    Hold,
    /// The batch is refused, and the ERP is told.
    Refuse,
}
