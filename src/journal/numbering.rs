//! What an outbound file is numbered with: name, ids, and which payments of which batches it carries.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::JournalError;
use super::event::{Purpose, Totals};
use super::sqlite::storage;
use super::state::OutboundState;
use crate::document::Date;

/// All that writing needs beyond the document, allocated once, so that writing is a pure function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbering {
    /// Who it is for.
    pub party: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The inbound file whose document it carries.
    pub source: String,
    /// Which document of that file, from 1; 0 for all of it.
    pub document: u64,
    /// Format to write, a full name such as `pain.001.001.09`.
    pub format: String,
    /// Message id, where the format has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Creation time, RFC 3339 in UTC.
    pub created: String,
    /// Folder at the party.
    pub folder: String,
    /// Final name at the party; unique for ever.
    pub name: String,
    /// Count, sums and digest that the written file must have again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Which part of the batch it carries, where the bank's limits split it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<NumberedPart>,
    /// The batches that it carries, where a window of the bank's merged several; the first is that of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedBatch>,
    /// The merged file that could not be written and that it takes the place of, for one batch of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Apart>,
    /// Execution dates that are written other than they were asked for, because the bank cannot pay on them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<Date, Date>,
    /// The batch that a status report is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Its number in the bank's sequence, where its name has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<FileNumber>,
    /// Which time that the file for the bank stopped in line it tells of, from 1; 0 where it tells of something else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stopped: u64,
    /// The file for a bank of which it tells in our own words what the fact before it says; none where it tells of
    /// something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_file: Option<String>,
}

/// A file's number in its bank's sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNumber {
    /// The number.
    pub number: u64,
    /// The day whose files are counted; none where all are, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
}

/// Under what the last number of a sequence is kept among the counters.
pub(super) fn sequence_key(party: &str, day: Option<Date>) -> [String; 2] {
    [format!("sequence {party}"), day.map(|day| day.strftime("%Y%m%d").to_string()).unwrap_or_default()]
}

/// Gives the number of a party's sequence that a file has: each is higher than the one before it.
pub(super) fn count(db: &Connection, path: &Path, file: &str, numbering: &Numbering) -> Result<(), JournalError> {
    let Some(given) = numbering.sequence else { return Ok(()) };
    let [letter, day] = sequence_key(&numbering.party, given.day);
    let sql = "INSERT INTO counter (letter, day, last) VALUES (?1, ?2, ?3)
               ON CONFLICT (letter, day) DO UPDATE SET last = excluded.last WHERE excluded.last > last";
    let changed = db.prepare_cached(sql).and_then(|mut s| s.execute(params![letter, day, given.number as i64]));
    match changed.map_err(|e| storage(path, &e))? {
        1 => Ok(()),
        _ => Err(JournalError::Conflict {
            subject: file.to_string(),
            state: "in a sequence that went on".into(),
            wanted: OutboundState::Numbered.word().into(),
        }),
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A batch in a file of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedBatch {
    /// The batch.
    pub batch: String,
    /// The inbound file that it came as.
    pub source: String,
    /// Groups in the file before its own.
    pub groups_before: u64,
}

/// A merged file that one batch leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// The file, which is cancelled.
    pub file: String,
    /// Groups in it before those of the batch.
    pub groups_before: u64,
}

/// A part of a batch that goes into a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchPart {
    /// First and last row of its payments, in order.
    pub ranges: Vec<(u64, u64)>,
    /// What it holds.
    pub totals: Totals,
}

/// A part with its place among the parts of its batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedPart {
    /// Which, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
    /// First and last row of its payments, in order.
    pub ranges: Vec<(u64, u64)>,
}
