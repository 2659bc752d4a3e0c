//! What a file or batch needs next: pure functions of its state and the moment.
//!
//! The same history and the same moment give the same step. Start, retry and recovery are one road:
//! look at the state, do the next step, state what happened. There is no other recovery code.

use jiff::Timestamp;

use super::doubt::Last;
use crate::calendar::{CalendarError, Hour};
use crate::config::Party;
use crate::journal::{Batch, BatchState, Inbound, InboundState, Outbound, OutboundState};
use crate::route::backoff::is_to_come;
use crate::template::Clear;

/// The next step of a file or batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing until something happens to it.
    Rest,
    /// Nothing before this moment.
    Wait(Timestamp),
    /// Remove or move the original at the party.
    Clear,
    /// Verify and decrypt.
    Open,
    /// Read, check or match, and state what follows.
    Read,
    /// Let it go, or hold it for a second person.
    Judge,
    /// Allocate message id, name and creation time.
    Number,
    /// Write, and read back.
    Write,
    /// Sign and encrypt.
    Seal,
    /// Put it in line for its window.
    Queue,
    /// State the intent and upload under the temporary name of this attempt.
    Send {
        /// Attempt, from 1.
        attempt: u64,
    },
    /// Look at both names at the party and decide by the table.
    Probe(Last),
}

/// What an inbound file needs next.
///
/// The original is cleared as soon as the file is received, whatever happens to it afterwards: it is
/// in the archive and in the journal.
pub fn inbound(file: &Inbound, party: &Party, now: Timestamp) -> Step {
    if let Some(wait) = not_yet(file.retry_at.as_deref(), now) {
        return wait;
    }
    if !file.cleared && party.template.inward.clear != Clear::Leave {
        return Step::Clear;
    }
    match file.state {
        InboundState::Received => Step::Open,
        InboundState::Opened => Step::Read,
        // `Read` is stated together with what follows from it; alone it means nothing is left to do.
        InboundState::Read
        | InboundState::Duplicate
        | InboundState::Held
        | InboundState::Matched
        | InboundState::Refused => Step::Rest,
    }
}

/// What a batch needs next. Where its bank merges, a released batch waits for the window; what is numbered then at one
/// moment for one bank goes into one file.
pub fn batch(batch: &Batch, bank: &Party, now: Timestamp) -> Step {
    match batch.state {
        BatchState::Checked => Step::Judge,
        BatchState::Released => match merges_at(batch, bank) {
            Some(at) if at > now => Step::Wait(at),
            _ => Step::Number,
        },
        BatchState::Held | BatchState::Numbered | BatchState::Refused | BatchState::Cancelled => Step::Rest,
    }
}

/// The window at which a released batch is merged with others; `None` where its bank takes each batch alone, and where
/// no table tells of its banking days: putting its file in line says so.
pub fn merges_at(batch: &Batch, bank: &Party) -> Option<Timestamp> {
    let released: Timestamp = batch.since.parse().ok()?;
    let at = |hour: &Hour| bank.window.deadline(released, *hour).ok();
    bank.template.out.merge.iter().filter_map(at).min()
}

/// What an outbound file needs next.
pub fn outbound(file: &Outbound, party: &Party, now: Timestamp) -> Step {
    if let Some(wait) = not_yet(file.retry_at.as_deref(), now) {
        return wait;
    }
    match file.state {
        OutboundState::Numbered => Step::Write,
        OutboundState::Written if party.template.seal.seals() => Step::Seal,
        OutboundState::Written | OutboundState::Sealed => Step::Queue,
        // By the calendar as it is now: it may be another one than when the file was put in line.
        OutboundState::Queued => match window(file, party, now) {
            Ok(at) if at > now => Step::Wait(at),
            Ok(_) => Step::Send { attempt: file.attempt + 1 },
            // Putting it in line again tells why.
            Err(_) => Step::Queue,
        },
        OutboundState::Sending => Step::Probe(Last::Sending),
        OutboundState::Publishing => Step::Probe(Last::Publishing),
        OutboundState::Sent
        | OutboundState::Unconfirmed
        | OutboundState::Unknown
        | OutboundState::Answered
        | OutboundState::Cancelled => Step::Rest,
    }
}

/// The first moment at which the party takes the file: by its banking days and hours, and by those of the currencies.
///
/// # Errors
/// [`CalendarError`] where no table tells.
pub fn window(file: &Outbound, party: &Party, now: Timestamp) -> Result<Timestamp, CalendarError> {
    let currencies = file.totals.as_ref().map(|t| t.sums.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
    party.window.next(now, &currencies)
}

/// The moment of a next try, where it is still to come. One that cannot be read waits for a person.
fn not_yet(at: Option<&str>, now: Timestamp) -> Option<Step> {
    match at?.parse::<Timestamp>() {
        Ok(at) if is_to_come(at, now) => Some(Step::Wait(at)),
        Ok(_) => None,
        Err(_) => Some(Step::Rest),
    }
}
