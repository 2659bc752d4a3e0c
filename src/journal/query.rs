//! Looking things up in the SQLite journal.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row, ToSql};

use super::chain::{self, ChainReport, Covered, GENESIS, Link};
use super::filters::{conditions, entry_conditions};
use super::fold::json as as_json;
use super::likeness;
use super::numbering::sequence_key;
use super::receipts::{self, ReceiptFilter, ReceiptRecord};
use super::records::{
    Batch, BookingRecord, Contact, EntryFilter, EntryMatch, EntryRecord, Fact, Inbound, Outbound, PaymentFilter,
    PaymentRecord, PaymentStep, Proposal, Records, StatementRecord, UnknownPayments,
};
use super::rows::{
    BATCH, ENTRY, INBOUND, OUTBOUND, PAYMENT, PROPOSAL, STATEMENT, amount, batch, currency, effective, entry,
    entry_match, fact, inbound, json, number, outbound, payment, proposal, state, statement,
};
use super::sqlite::{SqliteJournal, head};
use super::{BatchState, InboundState, JournalError, OutboundState, PaymentState, Sums};
use super::{EXECUTED_ELSEWHERE, RESTORED_COPY};
use crate::document::{Amount, Currency, Date};

/// A payment with its batch and the newest outbound file that carries it.
const PAYMENT_FROM: &str = "payment p JOIN batch b ON b.id = p.batch
    LEFT JOIN carried c ON c.batch = p.batch AND p.seq BETWEEN c.first AND c.last
    LEFT JOIN outbound o ON o.id = c.outbound";
/// The most facts that are looked through for one that moved payments.
const MOST_LOOKED_THROUGH: u64 = 10_000;
/// Facts after which no payment may be paid of which that could not be said before.
const MOVES_NOTHING: &str = "'received', 'fetched', 'cleared', 'opened', 'read', 'checked', 'suspected', 'noticed',
    'held', 'released', 'proposed', 'approved', 'entered', 'numbered', 'merged', 'written', 'sealed', 'queued',
    'sending', 'publishing', 'sent', 'published', 'failed', 'recovered', 'receipt-kept', 'incident', 'started',
    'stopped', 'alarmed', 'alarm-cleared', 'alarm-told', 'alarm-not-told', 'reported'";
/// Statements that were neither replaced nor repeat another.
pub(super) const COUNTS: &str = "s.replaced_by IS NULL AND s.repeats IS NULL";

impl SqliteJournal {
    fn all<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalError> {
        let list = || -> rusqlite::Result<Vec<T>> { self.db.prepare_cached(sql)?.query_map(values, read)?.collect() };
        list().map_err(|e| self.storage(e))
    }

    /// Shows each row to `each` without holding them all.
    fn each<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        mut each: impl FnMut(T),
    ) -> Result<(), JournalError> {
        let mut walk = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                each(read(row)?);
            }
            Ok(())
        };
        walk().map_err(|e| self.storage(e))
    }

    fn one<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, JournalError> {
        let row = || -> rusqlite::Result<Option<T>> { self.db.prepare_cached(sql)?.query_row(values, read).optional() };
        row().map_err(|e| self.storage(e))
    }
}

impl SqliteJournal {
    /// The accounts that a batch pays from, in order.
    fn accounts_of(&self, batch: &str) -> Result<Vec<Option<String>>, JournalError> {
        let sql = "SELECT DISTINCT account FROM payment WHERE batch = ?1 ORDER BY account";
        self.all(sql, &[&batch], |row| row.get(0))
    }
}

/// A batch that came before the one of parameter 3 and since the moment of parameter 4, and that is history; also one
/// that was taken back here while another hand may have sent it.
pub(super) fn earlier() -> String {
    format!(
        "b.rowid < (SELECT rowid FROM batch WHERE id = ?3) AND i.came_at >= ?4
         AND (b.state NOT IN ('refused', 'cancelled')
           OR b.held LIKE '%{EXECUTED_ELSEWHERE}%' OR b.held LIKE '%{RESTORED_COPY}%')"
    )
}

/// `WHERE` clause for a list of state words; the words come from the tables in `state`, never from outside.
fn states<'a>(column: &str, words: impl Iterator<Item = &'a str>) -> String {
    let list: Vec<String> = words.map(|w| format!("'{w}'")).collect();
    if list.is_empty() { String::new() } else { format!(" WHERE {column} IN ({})", list.join(",")) }
}

impl Records for SqliteJournal {
    fn inbound(&self, id: &str) -> Result<Option<Inbound>, JournalError> {
        self.one(&format!("SELECT {INBOUND} FROM inbound WHERE id = ?1"), &[&id], inbound)
    }

    fn inbounds(&self, wanted: &[InboundState]) -> Result<Vec<Inbound>, JournalError> {
        let wanted = states("state", wanted.iter().map(|s| s.word()));
        self.all(&format!("SELECT {INBOUND} FROM inbound{wanted} ORDER BY rowid"), &[], inbound)
    }

    fn uncleared(&self) -> Result<Vec<Inbound>, JournalError> {
        self.all(&format!("SELECT {INBOUND} FROM inbound WHERE cleared = 0 ORDER BY rowid"), &[], inbound)
    }

    fn refused_of(&self, parties: &[&str]) -> Result<Vec<Inbound>, JournalError> {
        let sql = format!(
            "SELECT {INBOUND} FROM inbound WHERE state = 'refused' AND party IN (SELECT value FROM json_each(?1))
             AND (SELECT json_extract(f.event, '$.reason') FROM fact f WHERE f.subject = inbound.id
                  AND json_extract(f.event, '$.event') = 'refused' ORDER BY f.seq DESC LIMIT 1) IS NULL ORDER BY rowid"
        );
        self.all(&sql, &[&as_json(&parties)], inbound)
    }

    fn untold(&self) -> Result<Vec<Inbound>, JournalError> {
        let sql = format!(
            "SELECT {INBOUND} FROM inbound WHERE told = 0 AND (state = 'refused'
             OR EXISTS (SELECT 1 FROM batch b WHERE b.inbound = inbound.id AND b.state IN ('refused', 'cancelled'))
             OR EXISTS (SELECT 1 FROM batch b JOIN carried c ON c.batch = b.id JOIN outbound o ON o.id = c.outbound
                        WHERE b.inbound = inbound.id AND o.state = 'cancelled')) ORDER BY rowid"
        );
        self.all(&sql, &[], inbound)
    }

    fn was_in_contact(&self, party: &str) -> Result<bool, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM inbound WHERE party = ?1)
                   OR EXISTS (SELECT 1 FROM outbound WHERE party = ?1)";
        Ok(self.one(sql, &[&party], |row| row.get(0))?.unwrap_or(false))
    }

    fn contacts(&self) -> Result<Vec<Contact>, JournalError> {
        self.all("SELECT party, failures, retry_at, note, since FROM contact ORDER BY party", &[], |row| {
            Ok(Contact {
                party: row.get(0)?,
                failures: number(row, 1)?,
                retry_at: row.get(2)?,
                note: row.get(3)?,
                since: row.get(4)?,
            })
        })
    }

    fn inbound_by_claim(&self, party: &str, claim: &str) -> Result<Option<Inbound>, JournalError> {
        self.one(&format!("SELECT {INBOUND} FROM inbound WHERE party = ?1 AND claim = ?2"), &[&party, &claim], inbound)
    }

    fn inbounds_by_hash(&self, party: &str, sha256: &str) -> Result<Vec<Inbound>, JournalError> {
        let sql = format!("SELECT {INBOUND} FROM inbound WHERE party = ?1 AND sha256 = ?2 ORDER BY rowid");
        self.all(&sql, &[&party, &sha256], inbound)
    }

    fn inbound_by_name(&self, file: &Inbound, since: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT id FROM inbound WHERE party = ?1 AND name = ?2 AND folder = ?3 AND sha256 <> ?4
             AND state <> 'refused' AND came_at >= ?5 AND rowid < (SELECT rowid FROM inbound WHERE id = ?6)
             ORDER BY rowid DESC LIMIT 1";
        let values: &[&dyn ToSql] = &[&file.party, &file.name, &file.folder, &file.kept.sha256, &since, &file.id];
        self.one(sql, values, |row| row.get(0))
    }

    fn came_since(&self, party: &str, day: Date, since: &str) -> Result<Vec<Inbound>, JournalError> {
        // Ids begin with their day, so that no more than the files of a day or two are looked through.
        let sql = format!(
            "SELECT {INBOUND} FROM inbound WHERE id >= ?1 AND id < 'J' AND party = ?2 AND came_at >= ?3
             AND state = 'matched' ORDER BY rowid"
        );
        self.all(&sql, &[&format!("I{}", day.strftime("%Y%m%d")), &party, &since], inbound)
    }

    fn inbound_beside(
        &self,
        party: &str,
        folder: &str,
        stem: &str,
        between: &[String; 2],
    ) -> Result<Option<Inbound>, JournalError> {
        // A slash is the letter behind the dot: names that begin with the stem and a dot lie before it.
        let sql = format!(
            "SELECT {INBOUND} FROM inbound WHERE party = ?1 AND folder = ?2 AND name >= ?3 AND name < ?3 || '/'
             AND came_at BETWEEN ?4 AND ?5 AND lower(name) NOT LIKE '%.ctl'
             AND (name = ?3 OR instr(name, ?3 || '.') = 1 AND instr(substr(name, length(?3) + 2), '.') = 0)
             ORDER BY name = ?3 DESC, rowid DESC LIMIT 1"
        );
        self.one(&sql, &[&party, &folder, &stem, &between[0], &between[1]], inbound)
    }

    fn batch_by_message_id(&self, batch: &Batch, since: &str) -> Result<Option<String>, JournalError> {
        let Some(id) = &batch.message_id else { return Ok(None) };
        let earlier = earlier();
        let sql = format!(
            "SELECT b.id FROM batch b JOIN inbound i ON i.id = b.inbound
             WHERE b.party = ?1 AND b.message_id = ?2 AND {earlier} ORDER BY b.rowid LIMIT 1"
        );
        self.one(&sql, &[&batch.party, id, &batch.id, &since], |row| row.get(0))
    }

    fn batch_by_totals(&self, batch: &Batch, since: &str) -> Result<Option<String>, JournalError> {
        let earlier = earlier();
        let sql = format!(
            "SELECT b.id, b.sums FROM batch b JOIN inbound i ON i.id = b.inbound
             WHERE b.bank = ?1 AND b.count = ?2 AND {earlier} ORDER BY b.rowid"
        );
        let values: &[&dyn ToSql] = &[&batch.bank, &(batch.totals.count as i64), &batch.id, &since];
        let candidates: Vec<(String, Sums)> = self.all(&sql, values, |row| Ok((row.get(0)?, json(row, 1)?)))?;
        let mut accounts = None;
        for (id, _) in candidates.into_iter().filter(|(_, sums)| *sums == batch.totals.sums) {
            let ours = match &accounts {
                Some(ours) => ours,
                None => accounts.insert(self.accounts_of(&batch.id)?),
            };
            if self.accounts_of(&id)? == *ours {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn may_have_moved(&self, seq: u64) -> Result<bool, JournalError> {
        let (head, _) = self.head()?;
        if head.saturating_sub(seq) > MOST_LOOKED_THROUGH {
            return Ok(true);
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM fact WHERE seq > ?1
             AND json_extract(event, '$.event') NOT IN ({MOVES_NOTHING}))"
        );
        Ok(self.one(&sql, &[&(seq as i64)], |row| row.get(0))?.unwrap_or(true))
    }

    fn payments_seen_before(
        &self,
        batch: &Batch,
        since: &str,
        days: u32,
    ) -> Result<Option<(String, u64)>, JournalError> {
        let sql = likeness::seen_before();
        let values: &[&dyn ToSql] = &[&batch.party, &batch.bank, &batch.id, &since, &days];
        let found = self.one(&sql, values, |row| {
            let count: Option<i64> = row.get(1)?;
            Ok(count.map(|n| Ok::<_, rusqlite::Error>((row.get::<_, String>(2)?, n.unsigned_abs()))).transpose())
        })?;
        found.transpose().map(Option::flatten).map_err(|e| self.storage(e))
    }

    fn payments_let_go_later(&self, batch: &str, days: u32) -> Result<Option<(String, u64)>, JournalError> {
        // Nearly always there is none, and a million rows need not be looked at.
        let later = "SELECT 1 FROM batch WHERE rowid > (SELECT rowid FROM batch WHERE id = ?1)
                     AND state IN ('released', 'numbered') LIMIT 1";
        if self.one(later, &[&batch], |_| Ok(()))?.is_none() {
            return Ok(None);
        }
        self.one(likeness::LET_GO_LATER, &[&batch, &days], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })
    }

    fn alike(&self, batch: &str, most: u64) -> Result<Vec<(i64, i64)>, JournalError> {
        self.all(likeness::ALIKE, &[&batch, &(most as i64)], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn mac_counter(&self, party: &str, key: &str, counter: u64) -> Result<(Option<String>, u64), JournalError> {
        let sql = "SELECT (SELECT id FROM inbound WHERE party = ?1 AND mac_key = ?2 AND mac_counter = ?3),
                   (SELECT max(mac_counter) FROM inbound
                    WHERE party = ?1 AND mac_key = ?2 AND mac_counter IS NOT NULL)";
        let row = self.one(sql, &[&party, &key, &(counter as i64)], |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0).unsigned_abs()))
        })?;
        Ok(row.unwrap_or_default())
    }

    fn open_proposals(&self, at: &str) -> Result<Vec<Proposal>, JournalError> {
        let sql = format!("SELECT {PROPOSAL} FROM proposal WHERE approved_by IS NULL AND expires > ?1 ORDER BY fact");
        self.all(&sql, &[&at], proposal)
    }

    fn proposals_of(&self, subject: &str) -> Result<Vec<Proposal>, JournalError> {
        let sql = format!("SELECT {PROPOSAL} FROM proposal WHERE subject = ?1 ORDER BY fact");
        self.all(&sql, &[&subject], proposal)
    }

    fn batch(&self, id: &str) -> Result<Option<Batch>, JournalError> {
        self.one(&format!("SELECT {BATCH} FROM batch b WHERE b.id = ?1"), &[&id], batch)
    }

    fn batches(&self, wanted: &[BatchState]) -> Result<Vec<Batch>, JournalError> {
        let wanted = states("b.state", wanted.iter().map(|s| s.word()));
        self.all(&format!("SELECT {BATCH} FROM batch b{wanted} ORDER BY b.rowid"), &[], batch)
    }

    fn batch_of(&self, inbound: &str) -> Result<Option<Batch>, JournalError> {
        self.one(&format!("SELECT {BATCH} FROM batch b WHERE b.inbound = ?1"), &[&inbound], batch)
    }

    fn outbound(&self, id: &str) -> Result<Option<Outbound>, JournalError> {
        self.one(&format!("SELECT {OUTBOUND} FROM outbound WHERE id = ?1"), &[&id], outbound)
    }

    fn outbounds(&self, wanted: &[OutboundState]) -> Result<Vec<Outbound>, JournalError> {
        let wanted = states("state", wanted.iter().map(|s| s.word()));
        self.all(&format!("SELECT {OUTBOUND} FROM outbound{wanted} ORDER BY rowid"), &[], outbound)
    }

    fn on_its_way(
        &self,
        party: &str,
        open: &[PaymentState],
        answered_after: Option<&str>,
    ) -> Result<Option<Outbound>, JournalError> {
        // The words come from the table in `state`, never from outside.
        let words = open.iter().map(|state| format!("'{}'", state.word())).collect::<Vec<_>>().join(",");
        let is_open = format!(
            "EXISTS (SELECT 1 FROM carried c JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last
             WHERE c.outbound = outbound.id AND (p.state IS NULL OR p.state IN ({words})))"
        );
        let sql = format!(
            "SELECT {OUTBOUND} FROM outbound WHERE party = ?1 AND purpose = 'payments' AND freed = 0
             AND state IN ('sending', 'publishing', 'sent', 'unconfirmed', 'unknown')
             AND (state IN ('sending', 'publishing') OR {is_open}) ORDER BY id LIMIT 1"
        );
        let unanswered = self.one(&sql, &[&party], outbound)?;
        let Some(after) = answered_after.filter(|_| unanswered.is_none()) else { return Ok(unanswered) };
        let sql = format!(
            "SELECT {OUTBOUND} FROM outbound WHERE party = ?1 AND purpose = 'payments' AND freed = 0
             AND state = 'answered' AND id > ?2 AND {is_open} ORDER BY id LIMIT 1"
        );
        self.one(&sql, &[&party, &after], outbound)
    }

    fn outbounds_of(&self, case: &str) -> Result<Vec<Outbound>, JournalError> {
        self.all(&format!("SELECT {OUTBOUND} FROM outbound WHERE kase = ?1 ORDER BY rowid"), &[&case], outbound)
    }

    fn outbound_by_message_id(&self, party: &str, message_id: &str) -> Result<Option<Outbound>, JournalError> {
        let sql = format!(
            "SELECT {OUTBOUND} FROM outbound WHERE party = ?1 AND message_id = ?2 AND purpose = 'payments' LIMIT 1"
        );
        self.one(&sql, &[&party, &message_id], outbound)
    }

    fn last_file_number(&self, party: &str, day: Option<Date>) -> Result<u64, JournalError> {
        let [letter, day] = sequence_key(party, day);
        let sql = "SELECT last FROM counter WHERE letter = ?1 AND day = ?2";
        Ok(self.one(sql, &[&letter, &day], |row| number(row, 0))?.unwrap_or(0))
    }

    fn is_name_given(&self, party: &str, folder: &str, name: &str) -> Result<bool, JournalError> {
        let sql = "SELECT 1 FROM outbound WHERE party = ?1 AND folder = ?2 AND name = ?3";
        Ok(self.one(sql, &[&party, &folder, &name], |_| Ok(()))?.is_some())
    }

    fn outbounds_named_in(&self, party: &str, text: &str) -> Result<Vec<Outbound>, JournalError> {
        let sql = format!(
            "SELECT {OUTBOUND} FROM outbound WHERE party = ?1 AND purpose = 'payments' AND (instr(?2, upper(message_id))
             OR instr(?2, upper(id)) OR instr(?2, upper(replace(id, '-', '')))) ORDER BY rowid"
        );
        self.all(&sql, &[&party, &text.to_ascii_uppercase()], outbound)
    }

    fn carried_by(&self, id: &str) -> Result<Vec<Batch>, JournalError> {
        let sql = format!(
            "SELECT {BATCH} FROM batch b WHERE b.id IN (SELECT batch FROM carried WHERE outbound = ?1) ORDER BY b.rowid"
        );
        self.all(&sql, &[&id], batch)
    }

    fn carrying(&self, batch: &str) -> Result<Vec<Outbound>, JournalError> {
        let sql = format!(
            "SELECT {OUTBOUND} FROM outbound WHERE id IN (SELECT outbound FROM carried WHERE batch = ?1) ORDER BY rowid"
        );
        self.all(&sql, &[&batch], outbound)
    }

    fn groups_of(&self, batch: &str) -> Result<u64, JournalError> {
        let sql = "SELECT coalesce(max(CAST(grp AS INTEGER)), 0) FROM payment WHERE batch = ?1";
        Ok(self.one(sql, &[&batch], |row| number(row, 0))?.unwrap_or(0))
    }

    fn execution_dates(&self, batch: &str) -> Result<Vec<Date>, JournalError> {
        let sql =
            "SELECT DISTINCT execution_date FROM payment WHERE batch = ?1 AND execution_date IS NOT NULL ORDER BY 1";
        let dates: Vec<String> = self.all(sql, &[&batch], |row| row.get(0))?;
        Ok(dates.iter().filter_map(|date| crate::document::parse_date(date)).collect())
    }

    fn share_ids(&self, batch: &str, others: &[&str]) -> Result<bool, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM payment p JOIN payment other ON other.end_to_end_id = p.end_to_end_id
                   WHERE p.batch = ?1 AND other.batch IN (SELECT value FROM json_each(?2))
                   AND trim(p.end_to_end_id) NOT IN ('', 'NOTPROVIDED'))";
        let others = serde_json::Value::from(others.to_vec()).to_string();
        Ok(self.one(sql, &[&batch, &others], |row| row.get(0))?.unwrap_or(false))
    }

    fn payments(&self, filter: &PaymentFilter) -> Result<Vec<PaymentRecord>, JournalError> {
        let mut found = Vec::new();
        self.each_payment(filter, &mut |payment| {
            found.push(payment);
            true
        })?;
        Ok(found)
    }

    fn each_payment(
        &self,
        filter: &PaymentFilter,
        each: &mut dyn FnMut(PaymentRecord) -> bool,
    ) -> Result<(), JournalError> {
        let (wanted, values) = conditions(filter);
        let most = if filter.most == 0 { String::new() } else { format!(" LIMIT {}", filter.most) };
        let order = if filter.newest_first { "DESC" } else { "ASC" };
        let sql = format!("SELECT {PAYMENT} FROM {PAYMENT_FROM}{wanted} ORDER BY p.id {order}{most}");
        let mut walk = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(&sql)?;
            let values: Vec<&dyn ToSql> = values.iter().map(|v| v as &dyn ToSql).collect();
            let mut rows = statement.query(values.as_slice())?;
            while let Some(row) = rows.next()? {
                if !each(payment(row)?) {
                    break;
                }
            }
            Ok(())
        };
        walk().map_err(|e| self.storage(e))
    }

    fn payment(&self, row: i64) -> Result<Option<PaymentRecord>, JournalError> {
        self.one(&format!("SELECT {PAYMENT} FROM {PAYMENT_FROM} WHERE p.id = ?1"), &[&row], payment)
    }

    fn payment_at(&self, batch: &str, seq: u64) -> Result<Option<PaymentRecord>, JournalError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let sql = format!("SELECT {PAYMENT} FROM {PAYMENT_FROM} WHERE p.batch = ?1 AND p.seq = ?2");
        self.one(&sql, &[&batch, &seq], payment)
    }

    fn payments_out_of_step(&self, batch: &str) -> Result<Vec<u64>, JournalError> {
        // What is sent once more is where its file is again.
        let sql = "SELECT p.seq FROM payment p WHERE p.batch = ?1 AND coalesce(p.state, 'queued') <> coalesce(
                     (SELECT c.state FROM payment_change c WHERE c.payment = p.id ORDER BY c.fact DESC, c.rowid DESC
                      LIMIT 1), 'queued') ORDER BY p.seq";
        self.all(sql, &[&batch], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
    }

    fn asked_anew(&self, row: i64) -> Result<Option<PaymentRecord>, JournalError> {
        let sql = format!(
            "SELECT {PAYMENT} FROM {PAYMENT_FROM} WHERE p.id > ?1 AND p.likeness IS NOT NULL
             AND p.likeness = (SELECT likeness FROM payment WHERE id = ?1)
             AND b.state NOT IN ('refused', 'cancelled') AND coalesce(o.state, '') <> 'cancelled'
             AND coalesce(p.state, '') NOT IN ('rejected', 'refused', 'cancelled') ORDER BY p.id LIMIT 1"
        );
        self.one(&sql, &[&row], payment)
    }

    fn rejected_together(&self, row: i64) -> Result<Vec<i64>, JournalError> {
        let of_file = "SELECT q.id FROM carried c JOIN carried d ON d.outbound = c.outbound
             JOIN payment q ON q.batch = d.batch AND q.seq BETWEEN d.first AND d.last
             JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last WHERE p.id = ?1 AND q.id <> ?1";
        let last =
            |id: &str| format!("(SELECT max(fact) FROM payment_change WHERE payment = {id} AND state = 'rejected')");
        let (its, ours) = (last("q.id"), last("?1"));
        let sql = format!(
            "SELECT id FROM payment q WHERE id IN ({of_file}) AND state = 'rejected' AND {its} = {ours}
             AND NOT EXISTS (SELECT 1 FROM payment q WHERE id IN ({of_file}) AND ({its} IS NULL OR {its} <> {ours}))"
        );
        self.all(&sql, &[&row], |row| row.get(0))
    }

    fn open_groups(&self, party: &str, since: &str) -> Result<Vec<(String, Option<String>)>, JournalError> {
        let sql = "SELECT o.id, p.grp FROM outbound o JOIN carried c ON c.outbound = o.id
             JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last
             WHERE o.party = ?1 AND o.purpose = 'payments' AND o.id >= ?2
             AND (o.attempt > 0 AND (o.state <> 'queued' OR o.resends > 0) OR o.state IN ('sent', 'answered'))
             AND (p.state IS NULL OR p.state IN ('sent', 'unknown', 'accepted', 'executed'))
             GROUP BY o.id, p.grp HAVING count(*) > 1 ORDER BY o.id, min(p.seq)";
        self.all(sql, &[&party, &since], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn rows_of_file(&self, outbound: &str) -> Result<Vec<i64>, JournalError> {
        let sql = "SELECT p.id FROM payment p
             JOIN carried c ON c.batch = p.batch AND p.seq BETWEEN c.first AND c.last WHERE c.outbound = ?1
             ORDER BY p.batch, min(p.seq) OVER (PARTITION BY p.batch, p.grp), p.seq";
        self.all(sql, &[&outbound], |row| row.get(0))
    }

    fn batch_with_end_to_end_id(&self, id: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT p.batch FROM payment p JOIN batch b ON b.id = p.batch
                   WHERE p.end_to_end_id = ?1 AND b.state NOT IN ('refused', 'cancelled') LIMIT 1";
        self.one(sql, &[&id], |row| row.get(0))
    }

    fn id_used_meanwhile(&self, batch: &Batch) -> Result<Option<(u64, String, String)>, JournalError> {
        let when = |event: &str| {
            format!("(SELECT max(seq) FROM fact WHERE subject = ?1 AND json_extract(event, '$.event') = '{event}')")
        };
        let sql = format!(
            "SELECT p.seq, p.end_to_end_id, q.batch FROM fact f JOIN batch b ON b.inbound = f.subject
             JOIN payment q ON q.batch = b.id
             JOIN payment p ON p.end_to_end_id = q.end_to_end_id AND p.batch = ?2
             WHERE f.seq > {} AND f.seq < {} AND json_extract(f.event, '$.event') = 'checked'
             AND b.state NOT IN ('refused', 'cancelled')
             AND trim(q.end_to_end_id) NOT IN ('', 'NOTPROVIDED') LIMIT 1",
            when("opened"),
            when("checked")
        );
        self.one(&sql, &[&batch.inbound, &batch.id], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?, row.get(2)?)))
    }

    fn payment_states(&self, filter: &PaymentFilter) -> Result<BTreeMap<String, u64>, JournalError> {
        let (wanted, values) = conditions(filter);
        let sql = format!("SELECT p.state, o.state, b.state, count(*) FROM {PAYMENT_FROM}{wanted} GROUP BY 1, 2, 3");
        let values: Vec<&dyn ToSql> = values.iter().map(|v| v as &dyn ToSql).collect();
        let rows = self.all(&sql, &values, |row| Ok((effective(row, 0)?, row.get::<_, i64>(3)? as u64)))?;
        let mut counts = BTreeMap::new();
        for (state, count) in rows {
            *counts.entry(state.word().to_string()).or_default() += count;
        }
        Ok(counts)
    }

    fn is_rejected(&self, outbound: &str) -> Result<bool, JournalError> {
        is_rejected(&self.db, outbound).map_err(|e| self.storage(e))
    }

    fn asked_again(&self, outbound: &str) -> Result<Option<String>, JournalError> {
        asked_again(&self.db, outbound).map_err(|e| self.storage(e))
    }

    fn payment_totals(
        &self,
        filter: &PaymentFilter,
    ) -> Result<Vec<(PaymentState, Currency, u64, Amount)>, JournalError> {
        let (wanted, values) = conditions(filter);
        let sql = format!("SELECT p.state, o.state, b.state, p.currency, p.amount FROM {PAYMENT_FROM}{wanted}");
        let values: Vec<&dyn ToSql> = values.iter().map(|v| v as &dyn ToSql).collect();
        let mut totals: Vec<(PaymentState, Currency, u64, Amount)> = Vec::new();
        let add = |row: &Row<'_>| Ok((effective(row, 0)?, currency(row, 3)?, amount(row, 4)?));
        // Amounts are exact decimals kept as text: SQL would add them as floats, so they are added here.
        self.each(&sql, &values, add, |(state, currency, amount)| {
            match totals.iter_mut().find(|t| t.0 == state && t.1 == currency) {
                Some(total) => (total.2, total.3) = (total.2 + 1, total.3 + amount),
                None => totals.push((state, currency, 1, amount)),
            }
        })?;
        Ok(totals)
    }

    fn bookings_of(&self, row: i64) -> Result<Vec<BookingRecord>, JournalError> {
        bookings_of(&self.db, row).map_err(|e| self.storage(e))
    }

    fn unknown_payments(&self) -> Result<Vec<UnknownPayments>, JournalError> {
        let sql = "SELECT b.bank, p.currency, p.amount, p.batch || '/' || p.seq, coalesce((SELECT max(f.at)
                   FROM payment_change c JOIN fact f ON f.seq = c.fact
                   WHERE c.payment = p.id AND c.state = 'unknown'), b.since)
                   FROM payment p JOIN batch b ON b.id = p.batch WHERE p.state = 'unknown' ORDER BY b.bank, p.id";
        let mut found: Vec<UnknownPayments> = Vec::new();
        let read = |row: &Row<'_>| {
            let one: (String, String, String) = (row.get(0)?, row.get(3)?, row.get(4)?);
            Ok((one, currency(row, 1)?, amount(row, 2)?))
        };
        self.each(sql, &[], read, |((bank, name, since), currency, amount)| {
            if found.last().is_none_or(|last| last.party != bank) {
                let (oldest, first) = (since.clone(), name.clone());
                found.push(UnknownPayments { party: bank, count: 0, sums: Sums::new(), oldest, first });
            }
            let Some(of_bank) = found.last_mut() else { return };
            of_bank.count += 1;
            *of_bank.sums.entry(currency).or_default() += amount;
            if since < of_bank.oldest {
                (of_bank.oldest, of_bank.first) = (since, name);
            }
        })?;
        Ok(found)
    }

    fn state_at(&self, row: i64, fact: u64) -> Result<Option<PaymentState>, JournalError> {
        let sql = "SELECT state FROM payment_change WHERE payment = ?1 AND fact <= ?2 ORDER BY fact DESC, rowid DESC
                   LIMIT 1";
        let found = self.all(sql, &[&row, &(fact as i64)], |row| state(row, 0, PaymentState::of))?;
        Ok(found.into_iter().next())
    }

    fn payment_steps(&self, row: i64) -> Result<Vec<PaymentStep>, JournalError> {
        let sql = "SELECT c.fact, f.at, CASE json_extract(f.event, '$.event') WHEN 'payment-resolved' THEN f.actor
                   ELSE coalesce(json_extract(f.event, '$.inbound'), f.subject) END, c.state,
                   c.bank_status, c.reason
                   FROM payment_change c JOIN fact f ON f.seq = c.fact WHERE c.payment = ?1 ORDER BY c.fact";
        self.all(sql, &[&row], |row| {
            Ok(PaymentStep {
                seq: number(row, 0)?,
                at: row.get(1)?,
                inbound: row.get(2)?,
                state: state(row, 3, PaymentState::of)?,
                bank_status: row.get(4)?,
                reason: row.get(5)?,
            })
        })
    }

    fn statements_of(&self, inbound: &str) -> Result<Vec<StatementRecord>, JournalError> {
        let sql = format!(
            "SELECT {STATEMENT} FROM statement s JOIN inbound i ON i.id = s.inbound
             WHERE s.inbound = ?1 ORDER BY s.document"
        );
        self.all(&sql, &[&inbound], statement)
    }

    fn statements(&self, account: Option<&str>) -> Result<Vec<StatementRecord>, JournalError> {
        let sql = format!(
            "SELECT {STATEMENT} FROM statement s JOIN inbound i ON i.id = s.inbound
             WHERE ?1 IS NULL OR s.account = ?1 ORDER BY s.rowid"
        );
        self.all(&sql, &[&account], statement)
    }

    fn matches(
        &self,
        inbound: &str,
        document: u64,
        entries: RangeInclusive<u64>,
    ) -> Result<Vec<EntryMatch>, JournalError> {
        let sql = "SELECT entry, detail, payment, how, sure FROM entry_match
                   WHERE inbound = ?1 AND document = ?2 AND entry BETWEEN ?3 AND ?4 ORDER BY entry, detail, payment";
        let bound = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.all(sql, &[&inbound, &bound(document), &bound(*entries.start()), &bound(*entries.end())], entry_match)
    }

    fn each_entry(&self, filter: &EntryFilter, each: &mut dyn FnMut(EntryRecord) -> bool) -> Result<(), JournalError> {
        let (clause, values) = entry_conditions(filter);
        let order = if filter.newest_first { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT {ENTRY} FROM entry e JOIN statement s ON s.inbound = e.inbound AND s.document = e.document
             JOIN inbound i ON i.id = e.inbound{clause}
             ORDER BY e.inbound {order}, e.document {order}, e.seq {order}"
        );
        let mut walk = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(&sql)?;
            let values: Vec<&dyn ToSql> = values.iter().map(|v| v as &dyn ToSql).collect();
            let mut rows = statement.query(values.as_slice())?;
            while let Some(row) = rows.next()? {
                if !each(entry(row)?) {
                    break;
                }
            }
            Ok(())
        };
        walk().map_err(|e| self.storage(e))
    }

    fn entries_of(&self, row: i64) -> Result<Vec<(String, u64, u64)>, JournalError> {
        let sql = format!(
            "SELECT DISTINCT m.inbound, m.document, m.entry FROM entry_match m
             JOIN statement s ON s.inbound = m.inbound AND s.document = m.document
             LEFT JOIN entry e ON e.inbound = m.inbound AND e.document = m.document AND e.seq = m.entry
             WHERE m.payment = ?1 AND coalesce(e.status, 'BOOK') = 'BOOK' AND {COUNTS}
             ORDER BY s.kind = 'statement' DESC, m.rowid"
        );
        self.all(&sql, &[&row], |row| Ok((row.get(0)?, number(row, 1)?, number(row, 2)?)))
    }

    fn each_receipt(
        &self,
        filter: &ReceiptFilter,
        each: &mut dyn FnMut(ReceiptRecord) -> bool,
    ) -> Result<(), JournalError> {
        receipts::each(&self.db, filter, each).map_err(|e| self.storage(e))
    }

    fn facts_of(&self, id: &str) -> Result<Vec<Fact>, JournalError> {
        let sql = "SELECT seq, at, actor, kase, subject, event FROM fact WHERE kase = ?1 OR subject = ?1 ORDER BY seq";
        self.all(sql, &[&id], fact)
    }

    fn last_facts_about(&self, subject: &str, most: u64) -> Result<Vec<Fact>, JournalError> {
        let sql = "SELECT seq, at, actor, kase, subject, event FROM fact WHERE subject = ?1 ORDER BY seq DESC LIMIT ?2";
        let mut facts = self.all(sql, &[&subject, &(most as i64)], fact)?;
        facts.reverse();
        Ok(facts)
    }

    fn facts_after(&self, seq: u64, most: u64) -> Result<Vec<Fact>, JournalError> {
        let sql = "SELECT seq, at, actor, kase, subject, event FROM fact WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        self.all(sql, &[&(seq as i64), &(most as i64)], fact)
    }

    fn row_counts(&self) -> Result<[u64; 3], JournalError> {
        let sql =
            "SELECT (SELECT count(*) FROM inbound), (SELECT count(*) FROM batch), (SELECT count(*) FROM outbound)";
        Ok(self.one(sql, &[], |row| Ok([number(row, 0)?, number(row, 1)?, number(row, 2)?]))?.unwrap_or_default())
    }

    fn head(&self) -> Result<(u64, Link), JournalError> {
        head(&self.db).map_err(|e| self.storage(e))
    }

    fn last_publishing(&self) -> Result<u64, JournalError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM fact WHERE json_extract(event, '$.event') = 'publishing'";
        Ok(self.one(sql, &[], |row| number(row, 0))?.unwrap_or(0))
    }

    fn open_sums(&self) -> Result<BTreeMap<String, Sums>, JournalError> {
        let sql = format!(
            "SELECT p.state, o.state, b.state, p.currency, p.amount FROM {PAYMENT_FROM}
                           WHERE coalesce(p.state, '') NOT IN ('booked', 'returned', 'rejected')"
        );
        let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
        let add = |row: &Row<'_>| Ok((effective(row, 0)?, currency(row, 3)?, amount(row, 4)?));
        self.each(&sql, &[], add, |(state, currency, amount)| {
            *sums.entry(state.word().to_string()).or_default().entry(currency).or_default() += amount;
        })?;
        Ok(sums)
    }

    fn verify_chain(&self, each: &mut dyn FnMut(u64)) -> Result<ChainReport, JournalError> {
        let mut walk = || -> rusqlite::Result<ChainReport> {
            let sql = "SELECT seq, at, actor, kase, subject, event, link, added FROM fact ORDER BY seq";
            // A journal that no program of this version has opened yet covers no rows.
            let mut statement = match self.covers_rows()? {
                true => self.db.prepare(sql)?,
                false => self.db.prepare(&sql.replace(", added", ", NULL"))?,
            };
            let mut rows = statement.query([])?;
            let mut report = ChainReport { head: chain::hex(&GENESIS), ..ChainReport::default() };
            let mut prev = GENESIS;
            while let Some(row) = rows.next()? {
                let text = |i: usize| -> rusqlite::Result<&str> { Ok(row.get_ref(i)?.as_str()?) };
                let (seq, added) = (number(row, 0)?, row.get::<_, Option<Link>>(7)?);
                let covered = Covered {
                    seq: report.facts + 1,
                    at: text(1)?,
                    actor: text(2)?,
                    case: text(3)?,
                    subject: text(4)?,
                    event: text(5)?,
                    added: added.as_ref(),
                };
                let link = chain::link(&prev, &covered);
                if seq != covered.seq || link != row.get::<_, Link>(6)? {
                    report.broken_at = Some(covered.seq);
                    return Ok(report);
                }
                prev = link;
                report.facts += 1;
                report.head = chain::hex(&link);
                each(report.facts);
            }
            Ok(report)
        };
        walk().map_err(|e| self.storage(e))
    }

    fn link_of(&self, seq: u64) -> Result<Option<Link>, JournalError> {
        self.one("SELECT link FROM fact WHERE seq = ?1", &[&(seq as i64)], |row| row.get(0))
    }
}

/// The state of a payment that the journal holds, else `None`.
pub(super) fn payment_state(db: &Connection, row: i64) -> rusqlite::Result<Option<PaymentState>> {
    db.prepare_cached(&format!("SELECT p.state, o.state, b.state FROM {PAYMENT_FROM} WHERE p.id = ?1"))?
        .query_row([row], |row| effective(row, 0))
        .optional()
}

/// Whether the bank rejected every payment of a file.
pub(super) fn is_rejected(db: &Connection, outbound: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE p.state = 'rejected') FROM payment p
               JOIN carried c ON c.batch = p.batch AND p.seq BETWEEN c.first AND c.last WHERE c.outbound = ?1";
    let (all, rejected): (i64, i64) =
        db.prepare_cached(sql)?.query_row([outbound], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(all > 0 && all == rejected)
}

/// A later batch, of another file, that asks for a payment of a file again: by its end-to-end id, or by all that makes
/// it the same.
pub(super) fn asked_again(db: &Connection, outbound: &str) -> rusqlite::Result<Option<String>> {
    let again = |same: &str| {
        format!(
            "SELECT q.batch FROM carried c JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last
             JOIN payment q ON {same} AND q.batch <> p.batch JOIN batch later ON later.id = q.batch
             WHERE c.outbound = ?1 AND later.rowid > (SELECT rowid FROM batch WHERE id = p.batch)
             AND later.state NOT IN ('refused', 'cancelled')
             AND q.batch NOT IN (SELECT batch FROM carried WHERE outbound = ?1) LIMIT 1"
        )
    };
    for same in ["q.end_to_end_id = p.end_to_end_id", "q.likeness = p.likeness AND q.likeness IS NOT NULL"] {
        let found = db.prepare_cached(&again(same))?.query_row([outbound], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The entries that show a payment as booked or returned, of statements that count.
///
/// Money leaves for a payment and comes for a collection; what goes the other way brings it back. An entry of an older
/// journal has no row: then it is a booking.
pub(super) fn bookings_of(db: &Connection, row: i64) -> rusqlite::Result<Vec<BookingRecord>> {
    let sql = format!(
        "SELECT s.inbound, s.document, s.kind, coalesce(e.booking_date, s.date), e.bank_reference,
           coalesce((e.indicator = 'CRDT') <> b.collects, 0)
         FROM entry_match m JOIN statement s ON s.inbound = m.inbound AND s.document = m.document
         JOIN payment p ON p.id = m.payment JOIN batch b ON b.id = p.batch
         LEFT JOIN entry e ON e.inbound = m.inbound AND e.document = m.document AND e.seq = m.entry
         WHERE m.payment = ?1 AND coalesce(e.status, 'BOOK') = 'BOOK' AND {COUNTS} ORDER BY m.rowid"
    );
    let read = |row: &Row<'_>| {
        let (inbound, document): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok(BookingRecord {
            statement: format!("{inbound}/{document}"),
            inbound,
            kind: row.get(2)?,
            date: row.get(3)?,
            bank_reference: row.get(4)?,
            back: row.get(5)?,
        })
    };
    db.prepare_cached(&sql)?.query_map([row], read)?.collect()
}
