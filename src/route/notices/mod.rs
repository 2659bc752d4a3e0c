//! What should have happened by now and has not: missing answers, missing statements, a cut-off that comes near.
//!
//! Nothing here is stated in the journal: a notice is derived from it and from the hour, and is gone when its
//! reason is. Who tells people of it remembers by [`Notice::key`] what was told.

mod answers;
mod statements;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Config;
use crate::journal::{BatchState, JournalError, Records};
use crate::text;
use crate::words::Text;

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
pub fn notices(config: &Config, records: &dyn Records, now: Timestamp) -> Result<Vec<Notice>, JournalError> {
    let mut notices = Vec::new();
    cut_offs(config, records, now, &mut notices)?;
    answers::look(config, records, now, &mut notices)?;
    statements::look(config, records, now, &mut notices)?;
    notices.sort_by_key(|n| n.due);
    Ok(notices)
}

/// Batches that wait for a person while their bank's window closes.
fn cut_offs(
    config: &Config,
    records: &dyn Records,
    now: Timestamp,
    notices: &mut Vec<Notice>,
) -> Result<(), JournalError> {
    for batch in records.batches(&[BatchState::Held])? {
        let Some(window) = config.party(&batch.bank).map(|bank| &bank.window) else { continue };
        let currencies: Vec<_> = batch.totals.sums.keys().copied().collect();
        let Some(closes) = window.closes(now, &currencies) else { continue };
        let near = closes > now && closes.duration_since(now) <= window.hours().warning();
        if !near || window.next(now, &currencies) != Ok(now) {
            continue;
        }
        let (id, bank, minutes) = (&batch.id, &batch.bank, closes.duration_since(now).as_mins());
        notices.push(Notice {
            kind: "cut-off-near",
            party: batch.bank.clone(),
            subject: batch.id.clone(),
            due: closes,
            what: text!(
                "batch `{id}` still waits for a person, and `{bank}` takes files for {minutes} more minutes today",
                "批次 `{id}` 仍待人工处理，`{bank}` 今日仅剩 {minutes} 分钟收单"
            ),
            money: text!("no money has moved", "资金未动"),
            hint: text!(
                "`bankferry show {id}`, then release or refuse it",
                "请用 `bankferry show {id}` 查看后放行或拒绝"
            ),
        });
    }
    Ok(())
}
