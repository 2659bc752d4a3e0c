//! What a fact adds to the tables of rows, as a digest that its link covers.
//!
//! Payments, entries, matches and changes of payments are too many to stand in a fact. So the fact's link covers a
//! digest of the rows that were added with it: whoever edits one of them afterwards breaks the word of the chain, and
//! [`replay`](super::replay) sees it.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, params};
use sha2::{Digest, Sha256};

use super::chain::Link;
use super::{Event, NewFact};

/// The table whose rows a fact adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// `payment`: the payments of a batch.
    Payments,
    /// `entry`: the entries of a bank's file.
    Entries,
    /// `entry_match`: which entries of a statement belong to which payments.
    Matches,
    /// `payment_change`: new states of payments.
    Changes,
}

impl Added {
    /// The table whose rows an event adds; `None` where all that it says stands in the fact.
    pub fn by(event: &Event) -> Option<Added> {
        match event {
            Event::Checked { .. } => Some(Added::Payments),
            Event::Read { .. } => Some(Added::Entries),
            Event::StatementKept(_) | Event::EntryMatched { .. } => Some(Added::Matches),
            Event::Answered(_) | Event::Booked { .. } | Event::EntryUnmatched { .. } => Some(Added::Changes),
            _ => None,
        }
    }

    /// The last row that was there before a fact is folded.
    pub fn last(self, db: &Connection) -> rusqlite::Result<i64> {
        let sql = match self {
            Added::Payments => "SELECT coalesce(max(id), 0) FROM payment",
            Added::Changes => "SELECT coalesce(max(rowid), 0) FROM payment_change",
            Added::Entries | Added::Matches => return Ok(0),
        };
        db.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }

    /// The digest of the rows that a fact has added, when it is folded; `last` is the last row before it.
    pub fn digest(self, db: &Connection, seq: u64, fact: &NewFact, last: i64) -> rusqlite::Result<Link> {
        match self {
            Added::Payments => {
                let sql = "SELECT id, batch, seq, end_to_end_id, amount, currency, account, creditor_name,
                           creditor_account, creditor_agent, payee_bank, grp, execution_date, likeness
                           FROM payment WHERE id > ?1 ORDER BY id";
                of_rows(db, sql, [last])
            }
            Added::Changes => {
                let sql = "SELECT payment, state, bank_status, reason FROM payment_change WHERE rowid > ?1
                           ORDER BY rowid";
                of_rows(db, sql, [last])
            }
            Added::Entries => {
                let sql = "SELECT document, seq, amount, currency, indicator, status, booking_date, value_date,
                           reference, bank_reference, code, counterparty_name, counterparty_account, info, state, why,
                           how, sure, rest FROM entry WHERE inbound = ?1 ORDER BY document, seq";
                of_rows(db, sql, [&fact.subject])
            }
            Added::Matches => {
                let sql = "SELECT entry, detail, payment, how, sure FROM entry_match
                           WHERE inbound = ?1 AND document = ?2 AND fact = ?3 ORDER BY rowid";
                let document = document_of(&fact.event).unwrap_or_default() as i64;
                of_rows(db, sql, params![fact.subject, document, seq as i64])
            }
        }
    }
}

/// Which statement of its file an event about entries speaks of.
pub(super) fn document_of(event: &Event) -> Option<u64> {
    match event {
        Event::StatementKept(statement) => Some(statement.document),
        Event::EntryMatched { document, .. } | Event::EntryUnmatched { document, .. } => Some(*document),
        _ => None,
    }
}

/// Every value with its kind and its length, so that none can flow into the next.
fn of_rows(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<Link> {
    let (mut hash, mut statement) = (Sha256::new(), db.prepare_cached(sql)?);
    let columns = statement.column_count();
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let number;
            let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(value) => {
                    number = value.to_be_bytes();
                    (1, &number)
                }
                ValueRef::Real(value) => {
                    number = value.to_be_bytes();
                    (2, &number)
                }
                ValueRef::Text(text) => (3, text),
                ValueRef::Blob(bytes) => (4, bytes),
            };
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    Ok(hash.finalize().into())
}
