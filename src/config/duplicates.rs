//! What is done about something that came before, level by level.

use serde::Deserialize;

/// How far back an installation remembers, and what it does about what it finds there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DuplicatePolicy {
    /// Months of history that are looked at. Banks reject doubles of days; an ERP's year may be run again after one.
    pub months: u32,
    /// The same content, from any ERP.
    pub content: Verdict,
    /// The same file name with another content.
    pub name: Verdict,
    /// The same message id of the ERP's.
    pub message: Verdict,
    /// The same number of payments and the same sums from the same accounts.
    pub totals: Verdict,
    /// The same payment: payer, payee, amount, currency and text, within [`days`](DuplicatePolicy::days).
    pub payment: Verdict,
    /// Days between two execution dates within which a payment counts as the same.
    pub days: u32,
}

impl Default for DuplicatePolicy {
    fn default() -> DuplicatePolicy {
        DuplicatePolicy {
            months: 13,
            content: Verdict::Hold,
            name: Verdict::Hold,
            message: Verdict::Hold,
            totals: Verdict::Hold,
            payment: Verdict::Hold,
            days: 5,
        }
    }
}

/// What is done about a suspected duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It goes on; that it was noticed is stated.
    Pass,
    /// A second person decides.
    Hold,
    /// It is refused, and the ERP is told.
    Refuse,
}

impl Verdict {
    /// The word in `bankferry.toml` and in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Hold => "hold",
            Verdict::Refuse => "refuse",
        }
    }
}
