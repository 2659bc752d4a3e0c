//! What is sent is what the chain says was checked, released, written and sealed, whatever a table says.
//!
//! The tables are looked up every day, and whoever can write the journal's file can change them without touching a
//! fact. So before the first byte of a payment file leaves, facts are held against facts, each by its link, and the
//! row of the file against them: the batches that it is numbered for, their checked totals against the file's, their
//! releases against the checked content, and the bytes that will leave against those that were written and sealed.

use crate::journal::{
    BatchState, Event, Fact, JournalError, Kept, Numbering, Outbound, Records, SqliteJournal, Totals,
};
use crate::route::merge::together;
use crate::text;
use crate::words::Text;

/// The reason why a file stops whose row or release is not what the facts say.
pub const REASON: &str = "not-what-the-facts-say";

/// Words for [`REASON`].
pub fn words() -> Text {
    text!(
        "what would leave is not what the journal's facts say was checked, released and written: somebody changed the \
         journal's tables; `bankferry verify` names what",
        "即将发出的内容与日志记录中已检查、放行和生成的内容不符：日志的状态表被改动；`bankferry verify` 会指明何处"
    )
}

/// Whether a payment file may leave by the word of the facts alone.
///
/// # Errors
/// [`JournalError`].
pub fn may_leave(journal: &SqliteJournal, file: &Outbound) -> Result<bool, JournalError> {
    let of_file = journal.facts_of(&file.id)?;
    if journal.broken_link_of(&file.id)?.is_some() {
        return Ok(false);
    }
    let Some(numbering) = of_file.iter().rev().find_map(|fact| match &fact.event {
        Event::Numbered(numbering) if fact.subject == file.id => Some(numbering),
        _ => None,
    }) else {
        return Ok(false);
    };
    if !is_row_of(file, numbering, &of_file) {
        return Ok(false);
    }
    let mut sources: Vec<&str> = numbering.merged.iter().map(|one| one.source.as_str()).collect();
    if sources.is_empty() {
        sources.push(&numbering.source);
    }
    let mut all: Option<Totals> = None;
    for source in sources {
        if journal.broken_link_of(source)?.is_some() {
            return Ok(false);
        }
        let facts = journal.facts_of(source)?;
        let Some(totals) = released(&facts, numbering, &file.party) else { return Ok(false) };
        all = match all {
            None => Some(totals),
            Some(before) => together(&before, &totals),
        };
    }
    Ok(all.is_some() && all == numbering.totals)
}

/// Whether the row of the file is what its facts say: where it goes, under which name, with which bytes.
fn is_row_of(file: &Outbound, numbering: &Numbering, facts: &[Fact]) -> bool {
    let last = |which: fn(&Event) -> Option<&Kept>| {
        facts.iter().rev().filter(|fact| fact.subject == file.id).find_map(|fact| which(&fact.event))
    };
    let written = last(|event| match event {
        Event::Written { content } => Some(content),
        _ => None,
    });
    let sealed = last(|event| match event {
        Event::Sealed { content, .. } => Some(content),
        _ => None,
    });
    (&file.party, &file.folder, &file.name, &file.format)
        == (&numbering.party, &numbering.folder, &numbering.name, &numbering.format)
        && file.totals == numbering.totals
        && file.written.as_ref() == written
        && file.sealed.as_ref() == sealed
}

/// What a batch, or its part in the file, holds, where it was checked for this bank and stands released.
fn released(facts: &[Fact], numbering: &Numbering, bank: &str) -> Option<Totals> {
    let (batch, totals, parts) = facts.iter().rev().find_map(|fact| match &fact.event {
        Event::Checked { batch, bank: of, totals, parts, .. } if of == bank => Some((batch, totals, parts)),
        _ => None,
    })?;
    let word = facts.iter().rev().filter(|fact| fact.subject == *batch).find_map(|fact| match &fact.event {
        Event::Released { digest, .. } => Some((BatchState::Released, digest.as_str())),
        Event::Held { .. } => Some((BatchState::Held, "")),
        Event::Refused { .. } => Some((BatchState::Refused, "")),
        Event::Cancelled { .. } => Some((BatchState::Cancelled, "")),
        _ => None,
    })?;
    if word != (BatchState::Released, totals.digest.as_str()) {
        return None;
    }
    match &numbering.part {
        None => Some(totals.clone()),
        Some(part) => {
            let at = usize::try_from(part.number).ok()?.checked_sub(1)?;
            parts.get(at).filter(|checked| checked.ranges == part.ranges).map(|checked| checked.totals.clone())
        }
    }
}
