//! Banks that take one file of payments at a time: which file is on its way, and which wait behind it.
//!
//! A file is on its way from the fact that its sending begins, which is on disk before its first byte leaves, until the
//! bank has said about it what its template asks for ([`FreedBy`]), a statement has shown all of it, or a person has
//! said that the bank does not have it. So nothing but the journal decides, after a crash as before.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::next::Step;
use crate::config::Party;
use crate::journal::{JournalError, Outbound, OutboundState, PaymentState, Purpose, Records, WAITS_FOR_A_PERSON};
use crate::template::FreedBy;

/// Days after which an answered file in which payments are still open holds up nothing any more: what is missing then
/// is a matter for reconciliation.
const DAYS_BACK: i64 = 40;

/// The file of payments about which a bank has to say more before it may have the next one; `None` where nothing is on
/// its way, and at a bank that takes several at a time.
///
/// # Errors
/// [`JournalError`].
pub fn ahead(records: &dyn Records, bank: &Party, now: Timestamp) -> Result<Option<Outbound>, JournalError> {
    use PaymentState::{Accepted, Sent, Unknown};
    let since = now.saturating_sub(SignedDuration::from_hours(24 * DAYS_BACK)).unwrap_or(Timestamp::MIN);
    let since = format!("O{}", bank.window.day(since).strftime("%Y%m%d"));
    let (open, answered_after): (&[PaymentState], _) = match bank.template.out.one_in_flight {
        None => return Ok(None),
        Some(FreedBy::Received) => (&[Sent, Unknown], None),
        Some(FreedBy::Accepted) => (&[Sent, Unknown], Some(since.as_str())),
        Some(FreedBy::Executed) => (&[Sent, Unknown, Accepted], Some(since.as_str())),
    };
    records.on_its_way(&bank.name, open, answered_after)
}

/// The files of payments that could go to a bank now, or could soon, in the order in which they go.
///
/// # Errors
/// [`JournalError`].
pub fn behind(records: &dyn Records, bank: &Party) -> Result<Vec<Outbound>, JournalError> {
    let mut files = records.outbounds(&[OutboundState::Queued])?;
    files.retain(|file| file.party == bank.name && file.purpose == Purpose::Payments && !waits_for_a_person(file));
    Ok(files)
}

/// Whether a person may let others go past a file: the bank has it. What may not have left at all is resolved first.
pub fn may_be_passed(file: &Outbound) -> bool {
    matches!(file.state, OutboundState::Sent | OutboundState::Answered)
}

fn waits_for_a_person(file: &Outbound) -> bool {
    file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON)
}

/// The places of one round's files before banks that take one at a time: files go in the order of their numbers.
#[derive(Debug, Default)]
pub struct Line {
    /// Banks before which a file has the first place.
    taken: HashSet<String>,
}

impl Line {
    /// Gives a file its place; whether no other one of its bank is before it. One that waits for a person, or for a
    /// window of its own, lets the others pass; one that is written yet, or tried again soon, does not.
    pub fn place(&mut self, file: &Outbound, bank: &Party, step: Step, now: Timestamp) -> bool {
        let in_line = bank.template.out.one_in_flight.is_some() && file.purpose == Purpose::Payments;
        if !in_line || matches!(file.state, OutboundState::Sending | OutboundState::Publishing) {
            return true;
        }
        let tried_again = file.retry_at.as_deref().and_then(|at| at.parse().ok()).is_some_and(|at: Timestamp| at > now);
        if waits_for_a_person(file) || matches!(step, Step::Wait(_)) && !tried_again {
            return false;
        }
        self.taken.insert(bank.name.clone())
    }
}
