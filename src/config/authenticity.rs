//! What must speak for an ERP's files before a batch of theirs may go without a second person.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::document::{Amount, Authenticity, Currency};

/// How an ERP shows that its files are its own.
///
/// Side files are looked at only where a party has this table; without it every file of the party is
/// [`L0`](Authenticity::L0), or [`L3`](Authenticity::L3) where its seal policy has it sign the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthenticityPolicy {
    /// The least level: batches below it are held as `unauthenticated`.
    pub required: Authenticity,
    /// Where the ERP puts control files for [`L1`](Authenticity::L1): a folder that is written by another path, and by
    /// other rights, than the inbox. Relative to the installation.
    pub control_folder: Option<PathBuf>,
    /// Seconds for which a file waits for what speaks for it; then it goes on without, and its batch is held.
    pub wait_seconds: u64,
    /// Hours after which the code of [`L2`](Authenticity::L2) is too old.
    pub hours: u64,
    /// The highest sum of a batch of [`L1`](Authenticity::L1) or [`L2`](Authenticity::L2) that may go without a second
    /// person, by level and currency; none where a level or currency is not listed.
    pub limits: BTreeMap<Authenticity, BTreeMap<Currency, Amount>>,
}

impl Default for AuthenticityPolicy {
    fn default() -> AuthenticityPolicy {
        AuthenticityPolicy {
            required: Authenticity::L1,
            control_folder: None,
            wait_seconds: 60,
            hours: 72,
            limits: BTreeMap::new(),
        }
    }
}

impl AuthenticityPolicy {
    /// Whether the level alone lets a batch of this sum go.
    pub fn lets(&self, level: Authenticity, currency: Currency, sum: Amount) -> bool {
        match level {
            Authenticity::L0 => false,
            Authenticity::L1 | Authenticity::L2 => {
                self.limits.get(&level).and_then(|by| by.get(&currency)).is_some_and(|most| sum <= *most)
            }
            Authenticity::L3 => true,
        }
    }
}
