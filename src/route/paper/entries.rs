//! The entries of a bank's file as rows for the journal.
//!
//! The journal keeps every entry with what it is, in few words: that is what is listed and counted, and a statement
//! of any size is found in it by place. What it does not keep, the whole text and all ids, is read again from the
//! archived file, which is the proof, whenever an entry is to be matched anew.

use std::collections::HashMap;

use super::read::reader;
use crate::document::{Amount, Entry, EntryCode, Part};
use crate::format::ReadError;
use crate::journal::{EntryState, Inbound, NewEntry};
use crate::matching::{Stand, Why, stranger};
use crate::route::{Shared, Trouble};

/// What entries are, by document and place; where one is missing, nothing was found for it.
///
/// A million entries are of few kinds: each takes four bytes, and the kinds are kept once.
#[derive(Debug, Default)]
pub struct Stands {
    kinds: Vec<Stand>,
    known: HashMap<Stand, u32>,
    /// The kind of each entry by document, one more than its place in `kinds`; 0 for nothing.
    places: HashMap<u64, Vec<u32>>,
}

impl Stands {
    /// Says what the entry in this place of this document is.
    pub fn insert(&mut self, document: u64, seq: u64, stand: Stand) {
        let Some(at) = seq.checked_sub(1).and_then(|at| usize::try_from(at).ok()) else { return };
        let kind = *self.known.entry(stand).or_insert_with(|| {
            self.kinds.push(stand);
            self.kinds.len() as u32
        });
        let places = self.places.entry(document).or_default();
        if places.len() <= at {
            places.resize(at + 1, 0);
        }
        places[at] = kind;
    }

    /// What the entry in this place of this document is.
    pub fn get(&self, document: u64, seq: u64) -> Option<&Stand> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        let kind = self.places.get(&document)?.get(at).copied().filter(|kind| *kind > 0)?;
        self.kinds.get(kind as usize - 1)
    }
}

/// The most characters of an entry's text that the journal keeps.
const MOST_INFO: usize = 140;

/// Rows of entries.
pub type EntryRows<'a> = Box<dyn Iterator<Item = std::io::Result<NewEntry>> + 'a>;

/// The entries of a file that was read, as rows for the journal.
///
/// # Errors
/// [`Trouble`] when the content cannot be opened any more.
pub fn entry_rows<'a>(shared: &Shared, file: &Inbound, stands: &'a Stands) -> Result<EntryRows<'a>, Trouble> {
    let bank = shared.party(&file.party)?;
    let mut reader = reader(shared, bank, file)?;
    let (mut document, mut format) = (0, String::new());
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            match reader.next_part() {
                Ok(None) => return None,
                Ok(Some(part)) => {
                    document += u64::from(part.is_head());
                    match part {
                        Part::Statement(statement) => format = statement.format,
                        Part::Entry(entry) => {
                            return Some(Ok(row(document, &entry, &format, stands.get(document, entry.seq))));
                        }
                        _ => {}
                    }
                }
                Err(ReadError::Io(e)) => return Some(Err(e)),
                Err(e) => return Some(Err(std::io::Error::other(e.to_string()))),
            }
        }
    })))
}

fn row(document: u64, entry: &Entry, format: &str, stand: Option<&Stand>) -> NewEntry {
    let nothing = Stand { matched: false, why: Some(Why::NothingFound), how: None, sure: None, rest: entry.amount };
    let stand = stand.unwrap_or(&nothing);
    let unknown = matches!(stand.why, Some(Why::NothingFound)) && stand.how.is_none();
    let stranger = if unknown { stranger(entry, format) } else { None };
    let (state, why) = match (stand.matched, stranger) {
        (true, _) => (EntryState::Matched, stand.why.map(word_of)),
        (false, Some(stranger)) => (EntryState::NotOurs, Some(word(&stranger))),
        (false, None) => (EntryState::Unmatched, stand.why.map(word_of)),
    };
    let only = if entry.details.len() == 1 { entry.details.first() } else { None };
    let id = only.and_then(|d| d.end_to_end_id.clone());
    NewEntry {
        document,
        seq: entry.seq,
        amount: entry.amount,
        currency: entry.currency,
        indicator: entry.indicator,
        status: entry.status.clone(),
        booking_date: entry.booking_date,
        value_date: entry.value_date,
        reference: id.or_else(|| entry.reference.clone()),
        bank_reference: entry.bank_reference.clone(),
        code: code(&entry.code),
        counterparty_name: only.and_then(|d| d.counterparty.name.clone()),
        counterparty_account: only.and_then(|d| d.counterparty.account.as_ref().map(|a| a.to_string())),
        info: info(entry),
        state,
        why,
        how: stand.how.map(|how| how.word().to_string()),
        sure: stand.sure.map(|sure| sure.word().to_string()),
        rest: if stand.matched { stand.rest } else { stand.rest.max(Amount::ZERO) },
    }
}

fn code(code: &EntryCode) -> Option<String> {
    let iso = [&code.domain, &code.family, &code.sub_family].into_iter().flatten().cloned().collect::<Vec<_>>();
    let iso = iso.join("/");
    code.proprietary.clone().filter(|_| iso.is_empty()).or((!iso.is_empty()).then_some(iso))
}

fn info(entry: &Entry) -> Option<String> {
    let remittance = entry.details.iter().take(1).flat_map(|d| d.remittance.iter());
    let words: Vec<&str> = entry.info.iter().chain(remittance).map(String::as_str).collect();
    let text: String = words.join(" ").chars().take(MOST_INFO).collect();
    (!text.is_empty()).then_some(text)
}

/// The word of a reason: `nothing-found`, `ambiguous` ….
fn word_of(why: Why) -> String {
    match why {
        Why::Ambiguous(_) => "ambiguous".into(),
        other => word(&other),
    }
}

/// The serde word of a unit variant.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
