//! What the journal keeps of the files by which our next keys reach a bank.

use serde::{Deserialize, Serialize};

use super::event::Kept;
use super::evidence::Evidence;

/// A file about one of our keys, on its way to a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalFact {
    /// How far it is.
    pub step: RenewalStep,
    /// What it brings.
    pub brings: Brings,
    /// Fingerprint of the key that it is about.
    pub fingerprint: String,
    /// Folder at the bank.
    pub folder: String,
    /// Name at the bank.
    pub name: String,
    /// The bytes.
    pub content: Kept,
    /// What is known of it, in words.
    #[serde(flatten)]
    pub seen: Evidence,
}

/// What a file about a key brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Brings {
    /// Our next OpenPGP certificate.
    Certificate,
    /// The public half of our next SSH key.
    SshKey,
    /// The word that the bank is to use the key from now on.
    Activation,
}

/// How far a file about a key is. A `sending` that nothing follows is an unknown: the program ended meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RenewalStep {
    /// It is about to be given to the bank.
    Sending,
    /// The bank has it, as the evidence says.
    Sent,
    /// It is not known whether the bank has it.
    Unknown,
    /// The bank does not have it.
    NotSent,
}

impl RenewalStep {
    /// The steps that may follow; `again` where a person says that the same bytes are to be sent once more.
    pub fn leads_to(self, again: bool) -> &'static [RenewalStep] {
        use RenewalStep::*;
        match (self, again) {
            (Sending, false) => &[Sent, Unknown, NotSent],
            (Unknown, false) => &[Sent, NotSent],
            (Sent, false) => &[],
            (NotSent, _) | (Sending | Unknown | Sent, true) => &[Sending],
        }
    }
}
