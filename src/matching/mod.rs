//! Matching: which answer or entry belongs to which payment, and how sure that is.
//!
//! Nothing here decides what a payment's state becomes: a match is a statement of evidence, and the
//! route weighs it. Three rules hold throughout.
//!
//! * What is not proven is not matched: two possible payments are none, and that is said.
//! * Payments are counted, not compared as sets: two equal payments need two entries.
//! * An unlisted code is [`Verdict::Unknown`]: never success, never failure.
//!
//! The payments themselves are asked of a [`Ledger`], wherever they are kept. Memory grows with the
//! ids that one file names, never with what they stand for.

mod answer;
mod entry;
mod evidence;
mod ledger;
mod numbers;
mod said;
mod stand;
mod taken;
mod transaction;
mod unnamed;
mod verdict;

pub use answer::{Answer, Answers, Except, Scope};
pub use entry::{Entries, EntryMatch, Item, Outcome, Why};
pub use evidence::Named;
pub use ledger::{Booking, Bundle, Candidate, Ledger, Phase};
pub use stand::{Stand, Stranger, stranger};
pub use taken::Seen;
pub use transaction::{Doubt, Effect, Match};
pub use verdict::Verdict;

use serde::{Deserialize, Serialize};

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sureness {
    /// It fits, and nothing else does; a person should look before money is moved on its account.
    Weak,
    /// It is one of several equal payments to one account, the oldest that was free: which of them does not matter.
    Interchangeable,
    /// A reference that is ours, and amount and account agree.
    Strong,
    /// The id that is unique for ever, and everything that is known of both sides agrees.
    Exact,
}

/// By what a match was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The end-to-end id.
    EndToEndId,
    /// The instruction id.
    InstructionId,
    /// The account owner's reference, which a bank may have cut to 16 characters.
    Reference,
    /// The end-to-end id within the entry's free text.
    Text,
    /// Its running number in the file, where the bank's line repeats no id.
    Row,
    /// The payee's account and name and the amount, where the bank's line repeats no id.
    Payee,
    /// Account, amount and day alone.
    Amount,
    /// The group's id.
    PaymentInformationId,
    /// The file's message id.
    MessageId,
}

impl Sureness {
    /// The word in the journal and in files.
    pub fn word(self) -> &'static str {
        match self {
            Sureness::Weak => "weak",
            Sureness::Interchangeable => "interchangeable",
            Sureness::Strong => "strong",
            Sureness::Exact => "exact",
        }
    }
}

impl How {
    /// The word in the journal and in files.
    pub fn word(self) -> &'static str {
        match self {
            How::EndToEndId => "end-to-end-id",
            How::InstructionId => "instruction-id",
            How::Reference => "reference",
            How::Text => "text",
            How::Row => "row",
            How::Payee => "payee",
            How::Amount => "amount",
            How::PaymentInformationId => "payment-information-id",
            How::MessageId => "message-id",
        }
    }
}

/// What stands in an id's place where there is none, in ISO 20022 and in SWIFT MT.
const NO_ID: &[&str] = &["NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE", "-"];

/// The id without spaces around it; `None` where there is none.
fn real_id(id: Option<&str>) -> Option<&str> {
    id.map(str::trim).filter(|id| !id.is_empty() && !NO_ID.contains(&id.to_ascii_uppercase().as_str()))
}

#[cfg(test)]
mod dirty;
#[cfg(test)]
mod months;
#[cfg(test)]
mod tests;
