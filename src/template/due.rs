//! What a bank owes us by when: answers and statements.

use serde::Deserialize;

use crate::calendar::{Hour, Length};
use crate::document::{Account, Date};

/// `[answers]`: by when a bank has said something about a file that it has. Hours are on the bank's clock and banking
/// days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswersDue {
    /// Any answer at all, so long after the file was sent.
    pub received_within: Option<Length>,
    /// Every payment is taken on or refused, by this hour.
    pub accepted_by: Option<Hour>,
    /// Every payment is done or refused, by this hour.
    pub executed_by: Option<Hour>,
}

/// What a bank has said about a file of payments when it may have the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FreedBy {
    /// Anything at all about the file.
    Received,
    /// Every payment is taken on or refused.
    Accepted,
    /// Every payment is done or refused.
    Executed,
}

/// `[statements]`: which accounts have a statement of every banking day, and by when on the next one; what is thought
/// of what they show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatementsDue {
    /// The accounts; all that the bank keeps where none is named.
    pub accounts: Vec<Account>,
    /// The hour on the next banking day; none: nothing is expected.
    pub by: Option<Hour>,
    /// The first day whose statement is missed: those of before are settled, whether they came or not.
    pub since: Option<Date>,
    /// Accounts from which nobody but us pays: a debit that is none of our payments, and by its code no charge,
    /// interest or tax of the bank's, is an incident. Of other accounts the daily control report counts them.
    pub only_ours: Vec<Account>,
    /// What is done with a statement that cannot be right as it stands: its balances, count or sums contradict its
    /// entries, or its day is to come.
    pub doubtful: Doubtful,
    /// Days by which a statement's day may be ahead of the bank's clock before it is one to come.
    pub days_ahead: u32,
}

impl Default for StatementsDue {
    fn default() -> StatementsDue {
        StatementsDue {
            accounts: Vec::new(),
            by: None,
            since: None,
            only_ours: Vec::new(),
            doubtful: Doubtful::Hold,
            days_ahead: 1,
        }
    }
}

/// What is done with a statement that cannot be right as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubtful {
    /// It waits for a person, and counts nowhere.
    #[default]
    Hold,
    /// It counts and is told to the ERP; the doubt is an incident.
    Tell,
}
