//! Statements, their entries and matches as rows of the SQLite journal.

use rusqlite::Row;

use super::query::{amount, broken, currency, json, number, state};
use super::records::{EntryFilter, EntryMatch, EntryRecord, NewEntry, StatementRecord};
use super::state::EntryState;
use crate::document::Indicator;

/// The columns of a statement.
pub(super) const STATEMENT: &str =
    "s.inbound, s.document, i.party, s.kind, s.sid, s.number, s.account, s.date, s.entries, s.matched,
    s.credit_sum, s.debit_sum, s.balances, s.digest, s.replaced_by, s.repeats";
/// Statements that were neither replaced nor repeat another.
pub(super) const COUNTS: &str = "s.replaced_by IS NULL AND s.repeats IS NULL";
/// The columns of an entry.
pub(super) const ENTRY: &str =
    "e.inbound, i.party, s.kind, s.account, e.document, e.seq, e.amount, e.currency, e.indicator, e.status,
    e.booking_date, e.value_date, e.reference, e.bank_reference, e.code, e.counterparty_name,
    e.counterparty_account, e.info, e.state, e.why, e.how, e.sure, e.rest";

/// The `WHERE` clause of a filter for entries, and its values.
pub(super) fn entry_conditions(filter: &EntryFilter) -> (String, Vec<String>) {
    let mut wanted: Vec<String> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let number = |n: Option<u64>| n.map(|n| n.to_string());
    let day = |day: Option<crate::document::Date>| day.map(|day| day.to_string());
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    let plain = [
        ("e.inbound = ?", filter.inbound.clone()),
        ("e.document = CAST(? AS INTEGER)", number(filter.document)),
        ("e.seq = CAST(? AS INTEGER)", number(filter.seq)),
        ("s.account = ?", filter.account.clone()),
        ("i.party = ?", filter.party.clone()),
        ("coalesce(e.booking_date, s.date) >= ?", day(filter.from)),
        ("coalesce(e.booking_date, s.date) <= ?", day(filter.until)),
        (
            "instr(lower(coalesce(e.reference, '') || ' ' || coalesce(e.bank_reference, '') || ' '
              || coalesce(e.counterparty_name, '') || ' ' || coalesce(e.counterparty_account, '') || ' '
              || coalesce(e.info, '')), ?) > 0",
            text,
        ),
    ];
    for (sql, value) in plain {
        if let Some(value) = value {
            values.push(value);
            wanted.push(sql.replace('?', &format!("?{}", values.len())));
        }
    }
    if filter.inbound.is_none() {
        wanted.push(COUNTS.to_string());
    }
    if !filter.states.is_empty() {
        // The words come from the table in `state`, never from outside.
        let words: Vec<String> = filter.states.iter().map(|s| format!("'{}'", s.word())).collect();
        wanted.push(format!("e.state IN ({})", words.join(",")));
    }
    let clause = if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) };
    (clause, values)
}

/// A match of an entry from its row.
pub(super) fn entry_match(row: &Row<'_>) -> rusqlite::Result<EntryMatch> {
    Ok(EntryMatch {
        entry: number(row, 0)?,
        detail: number(row, 1)?,
        payment: row.get(2)?,
        how: row.get::<_, String>(3)?.into(),
        sure: row.get::<_, String>(4)?.into(),
    })
}

/// An entry from its row of [`ENTRY`].
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<EntryRecord> {
    let indicator = match row.get_ref(8)?.as_str()? {
        "CRDT" => Indicator::Credit,
        "DBIT" => Indicator::Debit,
        _ => return Err(broken(8, "not an indicator")),
    };
    let day = |column: usize| -> rusqlite::Result<Option<crate::document::Date>> {
        Ok(row.get_ref(column)?.as_str_or_null()?.and_then(crate::document::parse_date))
    };
    let entry = NewEntry {
        document: number(row, 4)?,
        seq: number(row, 5)?,
        amount: amount(row, 6)?,
        currency: currency(row, 7)?,
        indicator,
        status: row.get(9)?,
        booking_date: day(10)?,
        value_date: day(11)?,
        reference: row.get(12)?,
        bank_reference: row.get(13)?,
        code: row.get(14)?,
        counterparty_name: row.get(15)?,
        counterparty_account: row.get(16)?,
        info: row.get(17)?,
        state: state(row, 18, EntryState::of)?,
        why: row.get(19)?,
        how: row.get(20)?,
        sure: row.get(21)?,
        rest: amount(row, 22)?,
    };
    Ok(EntryRecord { inbound: row.get(0)?, party: row.get(1)?, kind: row.get(2)?, account: row.get(3)?, entry })
}

/// A statement from its row of [`STATEMENT`].
pub(super) fn statement(row: &Row<'_>) -> rusqlite::Result<StatementRecord> {
    Ok(StatementRecord {
        inbound: row.get(0)?,
        document: number(row, 1)?,
        party: row.get(2)?,
        kind: row.get(3)?,
        id: row.get(4)?,
        number: row.get(5)?,
        account: row.get(6)?,
        date: row.get(7)?,
        entries: number(row, 8)?,
        matched: number(row, 9)?,
        credit_sum: amount(row, 10)?,
        debit_sum: amount(row, 11)?,
        balances: json(row, 12)?,
        digest: row.get(13)?,
        replaced_by: row.get(14)?,
        repeats: row.get(15)?,
    })
}
