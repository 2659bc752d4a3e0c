//! What a bank owes us by when: answers and statements.

use serde::Deserialize;

use crate::calendar::{Hour, Length};
use crate::document::Account;

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

/// `[statements]`: which accounts have a statement of every banking day, and by when on the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatementsDue {
    /// The accounts; all that the bank keeps where none is named.
    pub accounts: Vec<Account>,
    /// The hour on the next banking day; none: nothing is expected.
    pub by: Option<Hour>,
}
