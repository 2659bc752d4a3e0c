//! Looking into a bank's file that waits for a person: what it says, before any of it counts.

use serde::Serialize;

use super::read::reader;
use crate::document::{Entry, Part, Statement, StatementEnd};
use crate::journal::Inbound;
use crate::route::{Shared, Trouble};

/// A statement of a file that is not in the journal's tables.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// Which document of the file, from 1.
    pub document: u64,
    /// Its head.
    pub statement: Statement,
    /// Its first entries.
    pub entries: Vec<Entry>,
    /// Its balances and sums.
    pub end: StatementEnd,
}

/// The statements of a file, each with at most so many entries. Nothing is stated.
///
/// # Errors
/// [`Trouble`] where the file has not been opened yet, or cannot be read to its end.
pub fn look_in(shared: &Shared, file: &Inbound, most: usize) -> Result<Vec<Waiting>, Trouble> {
    let mut reader = reader(shared, shared.party(&file.party)?, file)?;
    let (mut document, mut found, mut open) = (0, Vec::new(), None);
    while let Some(part) = reader.next_part()? {
        document += u64::from(part.is_head());
        match part {
            Part::Statement(statement) => open = Some((*statement, Vec::new())),
            Part::Entry(entry) => {
                let entries = open.as_mut().map(|(_, entries): &mut (_, Vec<Entry>)| entries);
                entries.filter(|entries| entries.len() < most).into_iter().for_each(|list| list.push((*entry).clone()));
            }
            Part::StatementEnd(end) => {
                if let Some((statement, entries)) = open.take() {
                    found.push(Waiting { document, statement, entries, end: *end });
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
