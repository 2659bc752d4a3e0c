//! Rows of the journal's tables as records: which columns, and what each of them says.

use std::str::FromStr;

use rusqlite::{Row, types::Type};

use super::records::{
    Batch, EntryMatch, EntryRecord, Fact, Inbound, NewEntry, Outbound, PaymentRecord, Proposal, StatementRecord,
};
use super::{Act, BatchState, EntryState, InboundState, Kept, OutboundState, PaymentState, Purpose, Totals};
use crate::document::{Amount, Authenticity, Currency, Indicator};

pub(super) const INBOUND: &str =
    "id, party, folder, name, lies_at, state, sha256, size, path, cleared, side, content_sha256,
    content_size, content_path, signer, kind, format, note, failures, retry_at, came_at, since, vouched";
pub(super) const BATCH: &str =
    "b.id, b.inbound, b.party, b.bank, b.name, b.state, b.count, b.sums, b.digest, b.message_id,
     b.held, b.released_by, b.since,
     (SELECT json_extract(i.vouched, '$.authenticity') FROM inbound i WHERE i.id = b.inbound), b.makeup";
pub(super) const OUTBOUND: &str =
    "id, kase, party, purpose, source, document, format, message_id, created, folder, name, totals,
    state, attempt, temporary, written_sha256, written_size, written_path, sealed_sha256, sealed_size, sealed_path,
    not_before, evidence, failures, retry_at, since, resends";
pub(super) const PAYMENT: &str =
    "p.id, p.batch, p.seq, o.id, p.end_to_end_id, p.amount, p.currency, p.account, p.creditor_name,
    p.creditor_account, p.grp, p.execution_date, p.state, o.state, b.state, p.bank_status, p.reason, p.creditor_agent";
pub(super) const STATEMENT: &str =
    "s.inbound, s.document, i.party, s.kind, s.sid, s.number, s.account, s.date, s.entries, s.matched,
    s.credit_sum, s.debit_sum, s.balances, s.digest, s.replaced_by, s.repeats";
pub(super) const PROPOSAL: &str =
    "fact, subject, kase, what, digest, reason, reference, proposed_by, proposed_at, expires, approved_by";
pub(super) const ENTRY: &str =
    "e.inbound, i.party, s.kind, s.account, e.document, e.seq, e.amount, e.currency, e.indicator, e.status,
    e.booking_date, e.value_date, e.reference, e.bank_reference, e.code, e.counterparty_name,
    e.counterparty_account, e.info, e.state, e.why, e.how, e.sure, e.rest";

pub(super) fn broken(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.to_string().into())
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    u64::try_from(n).map_err(|_| broken(column, "a negative number"))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|e| broken(column, &e.to_string()))
}

pub(super) fn optional<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|t| serde_json::from_str(&t)).transpose().map_err(|e| broken(column, &e.to_string()))
}

pub(super) fn state<T>(row: &Row<'_>, column: usize, of: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    of(&word).ok_or_else(|| broken(column, &format!("`{word}` is not a state")))
}

pub(super) fn amount(row: &Row<'_>, column: usize) -> rusqlite::Result<Amount> {
    Amount::from_str(row.get_ref(column)?.as_str()?).map_err(|e| broken(column, &e.to_string()))
}

pub(super) fn currency(row: &Row<'_>, column: usize) -> rusqlite::Result<Currency> {
    Currency::parse(row.get_ref(column)?.as_str()?).ok_or_else(|| broken(column, "not a currency"))
}

/// A payment's state from its own, its outbound file's and its batch's, in that order.
pub(super) fn effective(row: &Row<'_>, column: usize) -> rusqlite::Result<PaymentState> {
    if row.get_ref(column)?.as_str_or_null()?.is_some() {
        return state(row, column, PaymentState::of);
    }
    if row.get_ref(column + 1)?.as_str_or_null()?.is_some() {
        return state(row, column + 1, OutboundState::of).map(OutboundState::of_payments);
    }
    state(row, column + 2, BatchState::of).map(BatchState::of_payments)
}

pub(super) fn kept(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Kept>> {
    let Some(sha256) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    Ok(Some(Kept { sha256, size: number(row, column + 1)?, path: row.get(column + 2)? }))
}

pub(super) fn inbound(row: &Row<'_>) -> rusqlite::Result<Inbound> {
    Ok(Inbound {
        id: row.get(0)?,
        party: row.get(1)?,
        folder: row.get(2)?,
        name: row.get(3)?,
        lies_at: row.get(4)?,
        state: state(row, 5, InboundState::of)?,
        kept: Kept { sha256: row.get(6)?, size: number(row, 7)?, path: row.get(8)? },
        cleared: row.get::<_, i64>(9)? != 0,
        side: json(row, 10)?,
        content: kept(row, 11)?,
        signer: row.get(14)?,
        kind: row.get(15)?,
        format: row.get(16)?,
        note: row.get(17)?,
        failures: number(row, 18)?,
        retry_at: row.get(19)?,
        came_at: row.get(20)?,
        since: row.get(21)?,
        vouched: optional(row, 22)?.unwrap_or_default(),
    })
}

pub(super) fn proposal(row: &Row<'_>) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        fact: number(row, 0)?,
        subject: row.get(1)?,
        case: row.get(2)?,
        what: state(row, 3, Act::of)?,
        digest: row.get(4)?,
        reason: row.get(5)?,
        reference: row.get(6)?,
        proposed_by: row.get(7)?,
        proposed_at: row.get(8)?,
        expires: row.get(9)?,
        approved_by: row.get(10)?,
    })
}

pub(super) fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch {
        id: row.get(0)?,
        inbound: row.get(1)?,
        party: row.get(2)?,
        bank: row.get(3)?,
        name: row.get(4)?,
        state: state(row, 5, BatchState::of)?,
        totals: Totals { count: number(row, 6)?, sums: json(row, 7)?, digest: row.get(8)? },
        message_id: row.get(9)?,
        held: json(row, 10)?,
        released_by: row.get(11)?,
        since: row.get(12)?,
        authenticity: row
            .get::<_, Option<String>>(13)?
            .map_or(Ok(Authenticity::default()), |word| Authenticity::of(&word).ok_or_else(|| broken(13, &word)))?,
        makeup: optional(row, 14)?,
    })
}

pub(super) fn outbound(row: &Row<'_>) -> rusqlite::Result<Outbound> {
    let totals = optional(row, 11)?;
    Ok(Outbound {
        id: row.get(0)?,
        case: row.get(1)?,
        party: row.get(2)?,
        purpose: state(row, 3, |word| {
            serde_json::from_value::<Purpose>(serde_json::Value::String(word.to_string())).ok()
        })?,
        source: row.get(4)?,
        document: number(row, 5)?,
        format: row.get(6)?,
        message_id: row.get(7)?,
        created: row.get(8)?,
        folder: row.get(9)?,
        name: row.get(10)?,
        totals,
        state: state(row, 12, OutboundState::of)?,
        attempt: number(row, 13)?,
        temporary: row.get(14)?,
        written: kept(row, 15)?,
        sealed: kept(row, 18)?,
        not_before: row.get(21)?,
        evidence: row.get(22)?,
        failures: number(row, 23)?,
        retry_at: row.get(24)?,
        since: row.get(25)?,
        resends: number(row, 26)?,
    })
}

pub(super) fn payment(row: &Row<'_>) -> rusqlite::Result<PaymentRecord> {
    Ok(PaymentRecord {
        row: row.get(0)?,
        batch: row.get(1)?,
        seq: number(row, 2)?,
        outbound: row.get(3)?,
        end_to_end_id: row.get(4)?,
        amount: amount(row, 5)?,
        currency: currency(row, 6)?,
        account: row.get(7)?,
        creditor_name: row.get(8)?,
        creditor_account: row.get(9)?,
        creditor_agent: row.get(17)?,
        group: row.get(10)?,
        execution_date: row.get(11)?,
        state: effective(row, 12)?,
        bank_status: row.get(15)?,
        reason: row.get(16)?,
    })
}

pub(super) fn entry_match(row: &Row<'_>) -> rusqlite::Result<EntryMatch> {
    Ok(EntryMatch {
        entry: number(row, 0)?,
        detail: number(row, 1)?,
        payment: row.get(2)?,
        how: row.get::<_, String>(3)?.into(),
        sure: row.get::<_, String>(4)?.into(),
    })
}

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

pub(super) fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    Ok(Fact {
        seq: number(row, 0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        case: row.get(3)?,
        subject: row.get(4)?,
        event: json(row, 5)?,
    })
}
