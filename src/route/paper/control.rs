//! A control file that comes after the file that it speaks of was taken: held against what that file holds.

use super::Stated;
use super::read::{content_of, reader};
use crate::config::Party;
use crate::finding::Finding;
use crate::format::ReadError;
use crate::journal::event::SideFile;
use crate::journal::{Inbound, InboundState, JournalError, Records, moment};
use crate::route::authenticity::{CONTROL, LATE};
use crate::route::{Shared, Trouble};
use crate::text;
use crate::words::Remedy;

use std::io::Read;

use jiff::Timestamp;

/// The largest control file, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// Whether a file of an ERP is a control file. One that is there in time is taken beside its file.
pub fn is_control(party: &Party, name: &str) -> bool {
    !party.is_bank() && name.to_ascii_lowercase().ends_with(CONTROL)
}

/// The file that a control file of this name speaks of, which came at `at` and lies alone: one that was taken shortly
/// before, without a control file, and is not waited for any more.
///
/// # Errors
/// [`JournalError`].
pub fn spoken_of(
    records: &dyn Records,
    party: &str,
    folder: &str,
    name: &str,
    at: Timestamp,
) -> Result<Option<Inbound>, JournalError> {
    let between = [moment(at.saturating_sub(LATE).unwrap_or(Timestamp::MIN)), moment(at)];
    let stem = name.get(..name.len().saturating_sub(CONTROL.len())).unwrap_or_default();
    let found = records.inbound_beside(party, folder, stem, &between)?;
    let controlled = |file: &Inbound| file.side.keys().any(|side| side.to_ascii_lowercase().ends_with(CONTROL));
    let at_rest = |file: &Inbound| matches!(file.state, InboundState::Matched | InboundState::Refused);
    Ok(found.filter(|file| !controlled(file) && at_rest(file)))
}

/// Reads the file that a control file speaks of once more, as if that had come in time.
pub(super) fn look(shared: &Shared, erp: &Party, control: &Inbound) -> Result<Stated, Trouble> {
    let records = shared.records()?;
    let came = control.came_at.parse().unwrap_or_else(|_| shared.clock.now());
    let Some(mut file) = spoken_of(&records, &erp.name, &control.folder, &control.name, came)? else {
        let name = &control.name;
        let what = text!("`{name}` speaks of no file that is known", "`{name}` 所指的文件不存在");
        return Err(Trouble::new(what, Remedy::Person));
    };
    let mut bytes = Vec::new();
    content_of(shared, control)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    file.side.insert(control.name.clone(), SideFile::new(control.name.clone(), bytes));
    // What was refused has no batch: its control file has nothing to stop.
    let batch = records.batch_of(&file.id)?;
    let against = if batch.is_some() { against(shared, erp, &file)? } else { None };
    Ok(Stated::Controlled { of: file.id, batch: batch.map(|batch| batch.id), against: against.map(Box::new) })
}

/// What a file is refused for with its control file, and was not without it.
fn against(shared: &Shared, erp: &Party, file: &Inbound) -> Result<Option<Finding>, Trouble> {
    let mut reader = match reader(shared, erp, file) {
        Ok(reader) => reader,
        Err(trouble) => return trouble.refusal.first().cloned().map(Some).ok_or(trouble),
    };
    let is_it = |finding: &Finding| finding.rule == "control-total" && finding.is_error();
    loop {
        match reader.next_part() {
            Ok(Some(part)) => {
                if let Some(found) = part.end_findings().into_iter().flatten().find(|f| is_it(f)) {
                    return Ok(Some(found.clone()));
                }
            }
            Ok(None) => return Ok(reader.take_findings().into_iter().find(is_it)),
            Err(ReadError::Refused(found)) if is_it(&found) => return Ok(Some(*found)),
            Err(error) => return Err(error.into()),
        }
    }
}
