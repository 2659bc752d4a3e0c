//! What should have happened by now and has not: missing answers, missing statements, a cut-off that comes near.
//!
//! Nothing here is stated in the journal: a notice is derived from it and from the hour, and is gone when its
//! reason is. Who tells people of it remembers by [`Notice::key`] what was told.

mod answers;
mod cut_offs;
mod statements;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::{Config, Party};
use crate::finding::{Finding, Place};
use crate::journal::{InboundState, JournalError, Oversight, Records};
use crate::route::officers;
use crate::words::Text;

/// How the key of an alarm begins that tells what is overdue; a notice's own key follows.
pub const OVERDUE: &str = "overdue ";

/// Something that a person should know of before somebody else tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What kind it is, in kebab-case; stable.
    pub kind: &'static str,
    /// The party that it is about.
    pub party: String,
    /// The batch, file or account, with a day where it is about one.
    pub subject: String,
    /// When it was due.
    pub due: Timestamp,
    /// What has not happened.
    pub what: Text,
    /// Whether money has moved.
    pub money: Text,
    /// What to do.
    pub hint: Text,
}

impl Notice {
    /// What makes it the same notice from one look to the next.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.kind, self.party, self.subject)
    }
}

/// All notices of an installation at a moment, the one that was due first in front.
///
/// Walks the files of the last weeks and the statements of the expected accounts: meant for a look every minute or
/// so, not for every round.
///
/// # Errors
/// [`JournalError`].
pub fn notices<R: Records + Oversight>(
    config: &Config,
    records: &R,
    now: Timestamp,
) -> Result<Vec<Notice>, JournalError> {
    let mut notices = Vec::new();
    cut_offs::look(config, records, now, &mut notices)?;
    answers::look(config, records, now, &mut notices)?;
    statements::look(config, records, now, &mut notices)?;
    if officers::waits_for_officers(config, records)? {
        // What is kept unread until the officers confirm may be just that.
        let unread = records.inbounds(&[InboundState::Received, InboundState::Opened])?;
        let is_cut_off = |notice: &Notice| notice.kind.starts_with("cut-off");
        notices.retain(|notice| is_cut_off(notice) || !unread.iter().any(|file| file.party == notice.party));
    }
    notices.sort_by_key(|n| n.due);
    Ok(notices)
}

/// What an ERP is told with a statement of a bank that does not join the one before it: a number that is skipped, an
/// opening balance that is not the closing one.
///
/// # Errors
/// [`JournalError`].
pub fn about_statement(
    records: &dyn Records,
    bank: &Party,
    inbound: &str,
    document: u64,
    now: Timestamp,
) -> Result<Vec<Finding>, JournalError> {
    let notices = statements::about(records, bank, inbound, document, now)?;
    let finding = |notice: Notice| Finding::warning(notice.kind, Place::default(), notice.what).hint(notice.hint);
    Ok(notices.into_iter().map(finding).collect())
}
