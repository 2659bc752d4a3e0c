//! How each fact changes the state: the only place that writes the state tables.

mod payments;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::added::document_of;
use super::event::{Arrival, Bound, Event, Kept, Mac, Purpose, StatementFact, Vouched};
use super::numbering::{self, Apart, Numbering};
use super::oversight;
use super::receipts;
use super::records::WAITS_FOR_A_PERSON;
use super::spending;
use super::sqlite::storage;
use super::state::{BatchState, EntryState, InboundState, OutboundState, PaymentState};
use super::{EntryMatch, JournalError, NewEntry, NewFact, Rows};
use crate::document::{Amount, Makeup};

/// One fact being folded into the state.
struct Fold<'a> {
    db: &'a Connection,
    path: &'a Path,
    at: &'a str,
    seq: u64,
    fact: &'a NewFact,
}

/// Folds one fact and its rows into the state.
pub(super) fn apply(
    db: &Connection,
    path: &Path,
    at: &str,
    seq: u64,
    fact: &NewFact,
    rows: Rows<'_>,
) -> Result<(), JournalError> {
    let fold = Fold { db, path, at, seq, fact };
    fold.event()?;
    match rows {
        Rows::None => Ok(()),
        Rows::Payments(payments) => fold.payments(payments),
        Rows::Changes(changes) => changes.iter().try_for_each(|change| fold.change(change)),
        Rows::Matches(matches) => fold.matches(matches),
        Rows::Entries(entries) => fold.entries(entries),
    }
}

impl Fold<'_> {
    fn event(&self) -> Result<(), JournalError> {
        match &self.fact.event {
            Event::Received(arrival) | Event::Fetched(arrival) => self.arrival(arrival),
            Event::Cleared => self.set("inbound", "cleared = 1", &[]),
            Event::Duplicate { of } => self.inbound(InboundState::Duplicate, Some(of)),
            Event::Admitted { .. } => self.inbound(InboundState::Received, None),
            Event::Opened { content, signer, vouched } => self.opened(content, signer.as_deref(), vouched),
            Event::Read { kind, format, .. } => self.read(kind, format),
            Event::Matched { .. } => self.inbound(InboundState::Matched, None),
            Event::Checked { .. } => self.checked(),
            Event::Refused { findings, reason } => {
                let first = findings.first().map(|f| f.message.en.clone());
                self.refused(reason.clone().or(first), reason.is_some())
            }
            Event::Held { reasons } if self.fact.subject.starts_with('I') => {
                self.inbound(InboundState::Held, Some(&reasons.join("; ")))
            }
            Event::Held { reasons } => {
                let held = json(reasons);
                self.batch(BatchState::Held)?;
                self.set("batch", "held = ?2", &[&held])
            }
            Event::Released { digest, bound, .. } => self.released(digest, bound.as_deref()),
            Event::Cancelled { .. } => self.cancelled(),
            Event::Numbered(numbering) => self.numbered(numbering),
            Event::Merged { outbound, groups_before } => self.merged(outbound, *groups_before),
            Event::LeftElsewhere(numbering) => self.left_elsewhere(numbering),
            Event::Written { content } => self.bytes("written", content, OutboundState::Written),
            Event::Sealed { content, .. } => self.bytes("sealed", content, OutboundState::Sealed),
            Event::Queued { not_before } => {
                self.outbound(OutboundState::Queued, None)?;
                self.set("outbound", "not_before = ?2", &[not_before])
            }
            Event::Sending { attempt, temporary } => {
                self.may_send()?;
                self.outbound(OutboundState::Sending, None)?;
                self.set("outbound", "attempt = ?2, temporary = ?3", &[&(*attempt as i64), temporary])
            }
            Event::Publishing { .. } => {
                self.may_send()?;
                self.run("UPDATE standing SET last_publishing = ?1", &[&(self.seq as i64)])?;
                self.outbound(OutboundState::Publishing, None)
            }
            Event::Sent(seen) | Event::Published(seen) => self.outbound(OutboundState::Sent, Some(&seen.evidence)),
            Event::Unconfirmed(seen) => self.outbound(OutboundState::Unconfirmed, Some(&seen.evidence)),
            Event::Unknown(seen) => self.unknown(&seen.evidence),
            Event::Resolved { sent, reason } => {
                let state = if *sent { OutboundState::Sent } else { OutboundState::Cancelled };
                self.outbound_by(OutboundState::leads_to_by_word, state, Some(reason))
            }
            Event::PaymentResolved { sent, state, .. } => self.payment_resolved(*sent, *state),
            Event::Failed { error, retry_at, .. } => self.failed(error, retry_at.as_deref()),
            Event::Recovered { .. } => self.recovered(),
            Event::Freed { .. } => self.freed(),
            Event::Answered(_) => self.answered(),
            Event::StatementKept(statement) => self.statement(statement),
            Event::ReceiptKept(receipt) => receipts::fold(self.db, self.path, &self.fact.subject, receipt),
            Event::EntryMatched { document, entry, how, sure, rest, .. } => {
                let (how, sure, rest) = (Some(how.as_str()), Some(sure.as_str()), Some(*rest));
                self.entry(*document, *entry, EntryState::Matched, how, sure, rest)
            }
            Event::EntryUnmatched { document, entry, .. } => {
                self.entry(*document, *entry, EntryState::Unmatched, None, None, None)
            }
            Event::Founded { .. }
            | Event::Fenced { .. }
            | Event::Unfenced { .. }
            | Event::Alarmed(_)
            | Event::AlarmCleared
            | Event::AlarmTold { .. }
            | Event::AlarmNotTold { .. }
            | Event::Reported(_) => oversight::fold(self.db, self.path, self.at, self.fact),
            Event::Proposed { .. } => self.proposed(),
            Event::Approved { proposal: Some(proposal), .. } => self.approved(*proposal),
            Event::Resent { .. } => self.resent(),
            Event::Suspected { .. }
            | Event::Noticed { .. }
            | Event::Approved { proposal: None, .. }
            | Event::Entered { .. }
            | Event::ConfigChanged { .. }
            | Event::ConfigSettings { .. }
            | Event::ConfigConfirmed(_)
            | Event::Booked { .. }
            | Event::Incident { .. }
            | Event::Renewal(_)
            | Event::UnfenceProposed { .. }
            | Event::Started { .. }
            | Event::Stopped => Ok(()),
        }
    }

    /// A second copy sends nothing to banks: here, so that no caller can forget it.
    fn may_send(&self) -> Result<(), JournalError> {
        let sql = "SELECT count(*) FROM standing, outbound
                   WHERE fenced IS NOT NULL AND id = ?1 AND purpose = 'payments'";
        let fenced: i64 = self
            .db
            .prepare_cached(sql)
            .and_then(|mut s| s.query_row([&self.fact.subject], |row| row.get(0)))
            .map_err(|e| storage(self.path, &e))?;
        match fenced {
            0 => Ok(()),
            _ => Err(self.conflict(&self.fact.subject, "in a second copy that is fenced", self.fact.event.word())),
        }
    }

    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, JournalError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|e| storage(self.path, &e))
    }

    /// Sets columns of the fact's subject.
    fn set(&self, table: &str, columns: &str, values: &[&dyn ToSql]) -> Result<(), JournalError> {
        let mut all: Vec<&dyn ToSql> = vec![&self.fact.subject];
        all.extend_from_slice(values);
        let changed = self.run(&format!("UPDATE {table} SET {columns} WHERE id = ?1"), &all)?;
        if changed == 1 { Ok(()) } else { Err(JournalError::Missing(self.fact.subject.clone())) }
    }

    /// The state word of the fact's subject.
    fn state_in(&self, table: &str, id: &str) -> Result<String, JournalError> {
        self.db
            .prepare_cached(&format!("SELECT state FROM {table} WHERE id = ?1"))
            .and_then(|mut s| s.query_row([id], |row| row.get::<_, String>(0)).optional())
            .map_err(|e| storage(self.path, &e))?
            .ok_or_else(|| JournalError::Missing(id.to_string()))
    }

    fn conflict(&self, subject: &str, state: &str, wanted: &str) -> JournalError {
        JournalError::Conflict { subject: subject.into(), state: state.into(), wanted: wanted.into() }
    }

    fn arrival(&self, a: &Arrival) -> Result<(), JournalError> {
        let sql =
            "INSERT INTO inbound (id, party, folder, name, claim, lies_at, state, sha256, size, path, cleared, side,
                   failures, came_at, since) VALUES (?1,?2,?3,?4,?5,?6,'received',?7,?8,?9,?10,?11,0,?12,?12)";
        let (size, side, cleared) = (a.kept.size as i64, json(&a.side), i64::from(a.stays));
        let id = &self.fact.subject;
        if let Some(other) = self.claimed_as(&a.party, &a.claim)? {
            return Err(self.conflict(&other, InboundState::Received.word(), id));
        }
        self.run(
            sql,
            &[
                id,
                &a.party,
                &a.folder,
                &a.name,
                &a.claim,
                &a.lies_at,
                &a.kept.sha256,
                &size,
                &a.kept.path,
                &cleared,
                &side,
                &self.at,
            ],
        )
        .map(drop)
    }

    /// The inbound file that a party's file became before.
    fn claimed_as(&self, party: &str, claim: &str) -> Result<Option<String>, JournalError> {
        self.db
            .prepare_cached("SELECT id FROM inbound WHERE party = ?1 AND claim = ?2")
            .and_then(|mut s| s.query_row([party, claim], |row| row.get(0)).optional())
            .map_err(|e| storage(self.path, &e))
    }

    fn inbound(&self, to: InboundState, note: Option<&str>) -> Result<(), JournalError> {
        let word = self.state_in("inbound", &self.fact.subject)?;
        let from = InboundState::of(&word).filter(|from| from.leads_to().contains(&to));
        from.ok_or_else(|| self.conflict(&self.fact.subject, &word, to.word()))?;
        let columns = "state = ?2, note = coalesce(?3, note), failures = 0, retry_at = NULL, since = ?4";
        self.set("inbound", columns, &[&to.word(), &note, &self.at])
    }

    fn opened(&self, content: &Kept, signer: Option<&str>, vouched: &Vouched) -> Result<(), JournalError> {
        self.inbound(InboundState::Opened, None)?;
        let columns = "content_sha256 = ?2, content_size = ?3, content_path = ?4, signer = ?5";
        self.set("inbound", columns, &[&content.sha256, &(content.size as i64), &content.path, &signer])?;
        self.vouched(vouched)
    }

    /// What speaks for the file; of two files under one code the second is refused.
    fn vouched(&self, vouched: &Vouched) -> Result<(), JournalError> {
        if let Some(mac) = &vouched.mac
            && let Some(other) = self.mac_used_by(mac)?
        {
            return Err(self.conflict(&other, "the file of this counter", InboundState::Opened.word()));
        }
        let key = vouched.mac.as_ref().map(|mac| &mac.key);
        let counter = vouched.mac.as_ref().map(|mac| mac.counter as i64);
        self.set("inbound", "vouched = ?2, mac_key = ?3, mac_counter = ?4", &[&json(vouched), &key, &counter])
    }

    fn mac_used_by(&self, mac: &Mac) -> Result<Option<String>, JournalError> {
        let sql = "SELECT id FROM inbound WHERE party = (SELECT party FROM inbound WHERE id = ?1)
                   AND mac_key = ?2 AND mac_counter = ?3 AND id <> ?1";
        self.db
            .prepare_cached(sql)
            .and_then(|mut s| {
                s.query_row(params![self.fact.subject, mac.key, mac.counter as i64], |row| row.get(0)).optional()
            })
            .map_err(|e| storage(self.path, &e))
    }

    fn read(&self, kind: &str, format: &str) -> Result<(), JournalError> {
        self.inbound(InboundState::Read, None)?;
        self.set("inbound", "kind = ?2, format = ?3", &[&kind, &format])
    }

    /// The inbound file has become a batch.
    fn checked(&self) -> Result<(), JournalError> {
        let Event::Checked { batch, bank, totals, message_id, makeup, .. } = &self.fact.event else { return Ok(()) };
        self.inbound(InboundState::Matched, None)?;
        let sql = "INSERT INTO batch (id, inbound, party, bank, name, state, count, sums, digest, message_id, held,
                   since, makeup, collects)
                   SELECT ?1, id, party, ?3, name, 'checked', ?4, ?5, ?6, ?7, '[]', ?8, ?9, ?10
                   FROM inbound WHERE id = ?2";
        let (count, sums) = (totals.count as i64, json(&totals.sums));
        let (inbound, collects) = (&self.fact.subject, makeup.as_ref().is_some_and(Makeup::collects));
        let makeup = makeup.as_ref().map(json);
        self.run(sql, &[batch, inbound, bank, &count, &sums, &totals.digest, message_id, &self.at, &makeup, &collects])
            .map(drop)
    }

    fn batch(&self, to: BatchState) -> Result<(), JournalError> {
        let word = self.state_in("batch", &self.fact.subject)?;
        let from = BatchState::of(&word).filter(|from| from.leads_to().contains(&to));
        from.ok_or_else(|| self.conflict(&self.fact.subject, &word, to.word()))?;
        self.set("batch", "state = ?2, since = ?3", &[&to.word(), &self.at])?;
        if matches!(to, BatchState::Refused | BatchState::Cancelled) {
            let sql = "UPDATE inbound SET told = 0 WHERE id = (SELECT inbound FROM batch WHERE id = ?1)";
            self.run(sql, &[&self.fact.subject])?;
        }
        Ok(())
    }

    /// A release is bound to the digest that the releasing person saw.
    fn released(&self, digest: &str, bound: Option<&Bound>) -> Result<(), JournalError> {
        let id = &self.fact.subject;
        let real: Option<(String, i64, String)> = self
            .db
            .query_row("SELECT digest, count, sums FROM batch WHERE id = ?1", [id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
            .map_err(|e| storage(self.path, &e))?;
        let is_it = real.is_some_and(|(real, count, sums)| {
            real == digest && bound.is_none_or(|b| b.count as i64 == count && json(&b.sums) == sums)
        });
        if !is_it {
            return Err(self.conflict(id, "another content than the one released", BatchState::Released.word()));
        }
        self.batch(BatchState::Released)?;
        self.set("batch", "released_by = ?2", &[&self.fact.actor])
    }

    fn proposed(&self) -> Result<(), JournalError> {
        let Event::Proposed { what, digest, reason, reference, expires } = &self.fact.event else { return Ok(()) };
        let sql =
            "INSERT INTO proposal (fact, subject, kase, what, digest, reason, reference, proposed_by, proposed_at,
                   expires) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
        let (fact, word) = (self.seq as i64, what.word());
        let (subject, case, actor) = (&self.fact.subject, &self.fact.case, &self.fact.actor);
        self.run(sql, &[&fact, subject, case, &word, digest, reason, reference, actor, &self.at, expires]).map(drop)
    }

    /// Another person, the very same thing, in time, and once: here and nowhere else it is made sure of.
    fn approved(&self, proposal: u64) -> Result<(), JournalError> {
        let Event::Approved { what, digest, .. } = &self.fact.event else { return Ok(()) };
        let sql = "UPDATE proposal SET approved_by = ?1, approved_at = ?2 WHERE fact = ?3 AND subject = ?4
                   AND what = ?5 AND digest = ?6 AND approved_by IS NULL AND proposed_by <> ?1 AND expires > ?2";
        let (fact, word) = (proposal as i64, what.word());
        let (subject, actor) = (&self.fact.subject, &self.fact.actor);
        match self.run(sql, &[actor, &self.at, &fact, subject, &word, digest])? {
            1 => Ok(()),
            _ => Err(self.conflict(subject, "not proposed so by another person in time", "approved")),
        }
    }

    /// A bank that takes one file at a time need not answer this one before the next; what may not have left at all
    /// cannot be passed over.
    fn freed(&self) -> Result<(), JournalError> {
        let sql = "UPDATE outbound SET freed = 1 WHERE id = ?1 AND state IN ('sent', 'answered') AND freed = 0";
        match self.run(sql, &[&self.fact.subject])? {
            1 => Ok(()),
            _ => Err(self.conflict(&self.fact.subject, "not with the party, or passed over already", "freed")),
        }
    }

    /// The very same bytes wait for their window once more; one confirmed proposal lets it happen once.
    fn resent(&self) -> Result<(), JournalError> {
        let subject = &self.fact.subject;
        let word = self.state_in("outbound", subject)?;
        let to = OutboundState::Queued;
        let from = OutboundState::of(&word).filter(|from| from.leads_to_by_resend().contains(&to));
        let from = from.ok_or_else(|| self.conflict(subject, &word, to.word()))?;
        let asked_again = super::query::asked_again(self.db, subject).map_err(|e| storage(self.path, &e))?;
        if let Some(batch) = asked_again {
            return Err(self.conflict(subject, &format!("asked for again in {batch}"), to.word()));
        }
        let rejected = super::query::is_rejected(self.db, subject).map_err(|e| storage(self.path, &e))?;
        if from == OutboundState::Answered || rejected {
            self.take_rejections_back()?;
        }
        let sql = "UPDATE proposal SET used = 1 WHERE fact = (SELECT max(fact) FROM proposal WHERE subject = ?1
                   AND what = 'resend' AND approved_by IS NOT NULL AND used = 0)";
        if self.run(sql, &[subject])? != 1 {
            return Err(self.conflict(subject, "not confirmed by two people", to.word()));
        }
        let columns = "state = ?2, resends = resends + 1, not_before = NULL, failures = 0, retry_at = NULL, since = ?3,
                       freed = 0";
        self.set("outbound", columns, &[&to.word(), &self.at])
    }

    /// Payments that the bank rejected as not received wait once more; what it has taken on is never sent again.
    fn take_rejections_back(&self) -> Result<(), JournalError> {
        let subject = &self.fact.subject;
        if !super::query::is_rejected(self.db, subject).map_err(|e| storage(self.path, &e))? {
            return Err(self.conflict(subject, "answered, and not rejected as a whole", "queued"));
        }
        let (seq, word) = (self.seq as i64, PaymentState::Queued.word());
        let carried = "FROM payment p JOIN carried c ON c.batch = p.batch AND p.seq BETWEEN c.first AND c.last
                       WHERE c.outbound = ?1";
        let sql = format!("INSERT INTO payment_change (fact, payment, state) SELECT ?2, p.id, ?3 {carried}");
        self.run(&sql, &[subject, &seq, &word])?;
        let sql = format!(
            "UPDATE payment SET state = NULL, bank_status = NULL, reason = NULL WHERE id IN (SELECT p.id {carried})"
        );
        self.run(&sql, &[subject]).map(drop)
    }

    fn refused(&self, note: Option<String>, by_person: bool) -> Result<(), JournalError> {
        if self.fact.subject.starts_with('B') {
            return self.batch(BatchState::Refused);
        }
        let word = self.state_in("inbound", &self.fact.subject)?;
        if word != InboundState::Refused.word() {
            return self.inbound(InboundState::Refused, note.as_deref());
        }
        if !by_person {
            return Err(self.conflict(&self.fact.subject, &word, InboundState::Refused.word()));
        }
        // What was wrong with it stays its note.
        self.inbound(InboundState::Refused, None)
    }

    fn cancelled(&self) -> Result<(), JournalError> {
        match self.fact.subject.starts_with('B') {
            true => self.batch(BatchState::Cancelled),
            // What may be at the party already is not taken back as if it had never left: it is in doubt again.
            false if self.awaits_resend()? => {
                Err(self.conflict(&self.fact.subject, "waiting to be sent once more", OutboundState::Cancelled.word()))
            }
            false => self.outbound(OutboundState::Cancelled, None),
        }
    }

    fn awaits_resend(&self) -> Result<bool, JournalError> {
        let sql = "SELECT count(*) FROM outbound WHERE id = ?1 AND state = 'queued' AND resends > 0";
        let found: i64 = self
            .db
            .prepare_cached(sql)
            .and_then(|mut s| s.query_row([&self.fact.subject], |row| row.get(0)))
            .map_err(|e| storage(self.path, &e))?;
        Ok(found > 0)
    }

    /// A file is in doubt; one that was to be sent once more is so again when that is taken back.
    fn unknown(&self, evidence: &str) -> Result<(), JournalError> {
        if !self.awaits_resend()? {
            return self.outbound(OutboundState::Unknown, Some(evidence));
        }
        self.reject_again()?;
        let columns = "state = 'unknown', evidence = ?2, failures = 0, retry_at = NULL, since = ?3";
        self.set("outbound", columns, &[&evidence, &self.at])
    }

    /// What the bank had rejected before people had it sent once more is rejected as it was.
    fn reject_again(&self) -> Result<(), JournalError> {
        let (subject, seq) = (&self.fact.subject, self.seq as i64);
        let rejected = |column: &str| {
            format!(
                "(SELECT {column} FROM payment_change r WHERE r.payment = p.id AND r.state = 'rejected'
                 ORDER BY r.fact DESC LIMIT 1)"
            )
        };
        let (status, reason) = (rejected("bank_status"), rejected("reason"));
        let sql = format!(
            "INSERT INTO payment_change (fact, payment, state, bank_status, reason)
             SELECT ?2, p.id, 'rejected', {status}, {reason} FROM payment p
             JOIN carried c ON c.batch = p.batch AND p.seq BETWEEN c.first AND c.last
             WHERE c.outbound = ?1 AND p.state IS NULL AND (SELECT q.state FROM payment_change q
               WHERE q.payment = p.id ORDER BY q.fact DESC LIMIT 1) = 'queued'"
        );
        self.run(&sql, &[subject, &seq])?;
        let sql = "UPDATE payment SET (state, bank_status, reason) = (SELECT state, bank_status, reason
                   FROM payment_change WHERE payment = id AND fact = ?1)
                   WHERE id IN (SELECT payment FROM payment_change WHERE fact = ?1)";
        self.run(sql, &[&seq]).map(drop)
    }

    /// A batch that has no file yet gets one that is in doubt from the beginning.
    fn left_elsewhere(&self, n: &Numbering) -> Result<(), JournalError> {
        self.made(n, OutboundState::Unknown)?;
        let batch = self.batch_of(n)?;
        let from = [BatchState::Checked, BatchState::Held, BatchState::Released];
        if !from.iter().any(|state| state.word() == batch.1) {
            return Err(self.conflict(&batch.0, &batch.1, BatchState::Numbered.word()));
        }
        self.carries_all(&batch.0)
    }

    fn made(&self, n: &Numbering, state: OutboundState) -> Result<(), JournalError> {
        let sql =
            "INSERT INTO outbound (id, kase, party, purpose, source, document, format, message_id, created, folder,
                   name, totals, state, attempt, failures, since)
                   VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?14,0,0,?13)";
        let (id, document) = (&self.fact.subject, n.document as i64);
        let totals = n.totals.as_ref().map(json);
        self.run(
            sql,
            &[
                id,
                &self.fact.case,
                &n.party,
                &n.purpose.word(),
                &n.source,
                &document,
                &n.format,
                &n.message_id,
                &n.created,
                &n.folder,
                &n.name,
                &totals,
                &self.at,
                &state.word(),
            ],
        )
        .map(drop)
    }

    fn numbered(&self, n: &Numbering) -> Result<(), JournalError> {
        self.made(n, OutboundState::Numbered)?;
        numbering::count(self.db, self.path, &self.fact.subject, n)?;
        match n.purpose {
            Purpose::Payments => self.carries(n),
            Purpose::Refusal => self.run("UPDATE inbound SET told = 1 WHERE id = ?1", &[&n.source]).map(drop),
            Purpose::Status
            | Purpose::Acceptance
            | Purpose::Statement
            | Purpose::Balances
            | Purpose::Reconciliation
            | Purpose::Receipt
            | Purpose::Receipts => Ok(()),
        }
    }

    /// The outbound file carries the whole batch of its source, or its part of it.
    fn carries(&self, n: &Numbering) -> Result<(), JournalError> {
        let batch = self.batch_of(n)?;
        // The parts of a batch are numbered together: the first moves it, the others find it moved.
        let later = n.part.as_ref().is_some_and(|part| part.number > 1) || n.apart.is_some();
        let from = if later { BatchState::Numbered } else { BatchState::Released };
        if batch.1 != from.word() {
            return Err(self.conflict(&batch.0, &batch.1, BatchState::Numbered.word()));
        }
        if let Some(apart) = &n.apart {
            self.leaves(&batch.0, apart)?;
        }
        let Some(part) = &n.part else { return self.carries_all(&batch.0) };
        let sql = "INSERT INTO carried (outbound, batch, first, last) VALUES (?1, ?2, ?3, ?4)";
        for (first, last) in &part.ranges {
            self.run(sql, &[&self.fact.subject, &batch.0, &(*first as i64), &(*last as i64)])?;
        }
        self.has_files(&batch.0)
    }

    /// Id and state of the batch that a file is numbered for.
    fn batch_of(&self, n: &Numbering) -> Result<(String, String), JournalError> {
        let sql = "SELECT id, state FROM batch WHERE inbound = ?1";
        let batch = self.db.query_row(sql, [&n.source], |row| Ok((row.get(0)?, row.get(1)?)));
        batch.map_err(|e| storage(self.path, &e))
    }

    fn carries_all(&self, batch: &str) -> Result<(), JournalError> {
        let sql = "INSERT INTO carried (outbound, batch, first, last)
                   SELECT ?1, ?2, min(seq), max(seq) FROM payment WHERE batch = ?2";
        self.run(sql, &[&self.fact.subject, &batch])?;
        self.has_files(batch)
    }

    fn has_files(&self, batch: &str) -> Result<(), JournalError> {
        self.run("UPDATE batch SET state = 'numbered', since = ?2 WHERE id = ?1", &[&batch, &self.at]).map(drop)
    }

    /// A batch goes in a file that was numbered for another one; its groups are counted on from those before them.
    fn merged(&self, outbound: &str, groups_before: u64) -> Result<(), JournalError> {
        let id = &self.fact.subject;
        let (batch, file) = (self.state_in("batch", id)?, self.state_in("outbound", outbound)?);
        if batch != BatchState::Released.word() || file != OutboundState::Numbered.word() {
            return Err(self.conflict(id, &batch, BatchState::Numbered.word()));
        }
        let sql = "INSERT INTO carried (outbound, batch, first, last)
                   SELECT ?1, ?2, min(seq), max(seq) FROM payment WHERE batch = ?2";
        self.run(sql, &[&outbound, id])?;
        self.count_groups_on(id, groups_before as i64)?;
        self.run("UPDATE batch SET state = 'numbered', since = ?2 WHERE id = ?1", &[id, &self.at]).map(drop)
    }

    /// A batch leaves a merged file that was cancelled before anything of it was written.
    fn leaves(&self, batch: &str, apart: &Apart) -> Result<(), JournalError> {
        let sql = "DELETE FROM carried WHERE outbound = ?1 AND batch = ?2 AND EXISTS (SELECT 1 FROM outbound
                   WHERE id = ?1 AND state = 'cancelled' AND written_sha256 IS NULL)";
        if self.run(sql, &[&apart.file, &batch])? != 1 {
            return Err(self.conflict(batch, "in a file that may have left", BatchState::Numbered.word()));
        }
        self.count_groups_on(batch, -(apart.groups_before as i64))
    }

    fn count_groups_on(&self, batch: &str, groups: i64) -> Result<(), JournalError> {
        if groups == 0 {
            return Ok(());
        }
        let sql = "UPDATE payment SET grp = CAST(CAST(grp AS INTEGER) + ?2 AS TEXT) WHERE batch = ?1";
        self.run(sql, &[&batch, &groups]).map(drop)
    }

    fn outbound(&self, to: OutboundState, evidence: Option<&str>) -> Result<(), JournalError> {
        self.outbound_by(OutboundState::leads_to, to, evidence)
    }

    fn outbound_by(
        &self,
        table: fn(OutboundState) -> &'static [OutboundState],
        to: OutboundState,
        evidence: Option<&str>,
    ) -> Result<(), JournalError> {
        let word = self.state_in("outbound", &self.fact.subject)?;
        let from = OutboundState::of(&word);
        let may = from.filter(|from| table(*from).contains(&to));
        may.ok_or_else(|| self.conflict(&self.fact.subject, &word, to.word()))?;
        let columns = "state = ?2, evidence = coalesce(?3, evidence), failures = 0, retry_at = NULL, since = ?4";
        self.set("outbound", columns, &[&to.word(), &evidence, &self.at])?;
        let there = |state| matches!(state, Some(OutboundState::Sent | OutboundState::Answered));
        if there(Some(to)) && !there(from) {
            spending::remember_payees(self.db, &self.fact.subject).map_err(|e| storage(self.path, &e))?;
        }
        if to == OutboundState::Cancelled {
            let sql = "UPDATE inbound SET told = 0 WHERE id IN (SELECT b.inbound FROM carried c
                       JOIN batch b ON b.id = c.batch WHERE c.outbound = ?1)";
            self.run(sql, &[&self.fact.subject])?;
        }
        Ok(())
    }

    fn bytes(&self, which: &str, content: &Kept, state: OutboundState) -> Result<(), JournalError> {
        self.outbound(state, None)?;
        let columns = format!("{which}_sha256 = ?2, {which}_size = ?3, {which}_path = ?4");
        self.set("outbound", &columns, &[&content.sha256, &(content.size as i64), &content.path])
    }

    /// A failed try counts; the state stays.
    fn failed(&self, error: &str, retry_at: Option<&str>) -> Result<(), JournalError> {
        let retry_at = retry_at.unwrap_or(WAITS_FOR_A_PERSON);
        let subject = &self.fact.subject;
        match subject.as_bytes().first() {
            Some(b'I') => {
                self.set("inbound", "failures = failures + 1, retry_at = ?2, note = ?3", &[&retry_at, &error])
            }
            Some(b'O') => {
                self.set("outbound", "failures = failures + 1, retry_at = ?2, evidence = ?3", &[&retry_at, &error])
            }
            _ => {
                let sql = "INSERT INTO contact (party, failures, retry_at, note, since) VALUES (?1, 1, ?2, ?3, ?4)
                           ON CONFLICT (party) DO UPDATE SET failures = failures + 1, retry_at = ?2, note = ?3";
                self.run(sql, &[subject, &retry_at, &error, &self.at]).map(drop)
            }
        }
    }

    fn recovered(&self) -> Result<(), JournalError> {
        let subject = &self.fact.subject;
        match subject.as_bytes().first() {
            Some(b'I') => self.set("inbound", "failures = 0, retry_at = NULL", &[]),
            Some(b'O') => self.set("outbound", "failures = 0, retry_at = NULL", &[]),
            _ => self.run("DELETE FROM contact WHERE party = ?1", &[subject]).map(drop),
        }
    }

    /// An answer proves that the bank has the file, whatever we knew before.
    fn answered(&self) -> Result<(), JournalError> {
        // A file that was to be sent once more is not, when the bank speaks of the first one meanwhile.
        let sql = "UPDATE outbound SET state = 'answered', failures = 0, retry_at = NULL, since = ?2
                   WHERE id = ?1 AND state = 'queued' AND resends > 0";
        if self.run(sql, &[&self.fact.subject, &self.at])? == 1 {
            return spending::remember_payees(self.db, &self.fact.subject).map_err(|e| storage(self.path, &e));
        }
        let sql = "SELECT attempt FROM outbound WHERE id = ?1 AND state = 'cancelled'";
        let attempt: Option<i64> = self
            .db
            .query_row(sql, [&self.fact.subject], |row| row.get(0))
            .optional()
            .map_err(|e| storage(self.path, &e))?;
        if attempt == Some(0) {
            let (cancelled, answered) = (OutboundState::Cancelled.word(), OutboundState::Answered.word());
            return Err(self.conflict(&self.fact.subject, cancelled, answered));
        }
        self.outbound(OutboundState::Answered, None)
    }

    fn statement(&self, s: &StatementFact) -> Result<(), JournalError> {
        let sql = "INSERT INTO statement (inbound, document, kind, sid, number, account, date, entries, matched,
                   credit_sum, debit_sum, balances, digest, repeats)
                   VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
        let (document, entries, matched) = (s.document as i64, s.entries as i64, s.matched as i64);
        let (credit, debit, date) = (s.credit_sum.to_string(), s.debit_sum.to_string(), s.date.map(|d| d.to_string()));
        let balances = json(&s.balances);
        let inbound = &self.fact.subject;
        self.run(
            sql,
            &[
                inbound, &document, &s.kind, &s.id, &s.number, &s.account, &date, &entries, &matched, &credit, &debit,
                &balances, &s.digest, &s.repeats,
            ],
        )?;
        let Some(replaces) = &s.replaces else { return Ok(()) };
        let sql = "UPDATE statement SET replaced_by = ?2 WHERE inbound || '/' || document = ?1 AND replaced_by IS NULL";
        self.run(sql, &[replaces, &format!("{inbound}/{document}")]).map(drop)
    }

    fn matches(&self, matches: &[EntryMatch]) -> Result<(), JournalError> {
        let Some(document) = document_of(&self.fact.event).map(|document| document as i64) else { return Ok(()) };
        let sql = "INSERT INTO entry_match (inbound, document, entry, detail, payment, how, sure, fact)
                   VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
        let fact = self.seq as i64;
        for m in matches {
            let (entry, detail) = (m.entry as i64, m.detail as i64);
            self.run(sql, &[&self.fact.subject, &document, &entry, &detail, &m.payment, &m.how, &m.sure, &fact])?;
        }
        Ok(())
    }

    fn entries(&self, entries: &mut dyn Iterator<Item = std::io::Result<NewEntry>>) -> Result<(), JournalError> {
        let sql = "INSERT INTO entry (inbound, document, seq, amount, currency, indicator, status, booking_date,
                   value_date, reference, bank_reference, code, counterparty_name, counterparty_account, info, state,
                   why, how, sure, rest) VALUES
                   (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)";
        let mut statement = self.db.prepare_cached(sql).map_err(|e| storage(self.path, &e))?;
        for entry in entries {
            let e = entry?;
            let values = params![
                self.fact.subject,
                e.document as i64,
                e.seq as i64,
                e.amount.to_string(),
                e.currency.as_str(),
                e.indicator.code(),
                e.status,
                e.booking_date.map(|d| d.to_string()),
                e.value_date.map(|d| d.to_string()),
                e.reference,
                e.bank_reference,
                e.code,
                e.counterparty_name,
                e.counterparty_account,
                e.info,
                e.state.word(),
                e.why,
                e.how,
                e.sure,
                e.rest.to_string()
            ];
            statement.execute(values).map_err(|e| storage(self.path, &e))?;
        }
        Ok(())
    }

    /// Moves an entry to `matched` with what its match is, or back to `unmatched` with all of its amount.
    fn entry(
        &self,
        document: u64,
        seq: u64,
        to: EntryState,
        how: Option<&str>,
        sure: Option<&str>,
        rest: Option<Amount>,
    ) -> Result<(), JournalError> {
        let (inbound, document, seq) = (&self.fact.subject, document as i64, seq as i64);
        // What it was is kept: from there it can be folded once more.
        let sql = "INSERT INTO entry_before (inbound, document, seq, fact, state, why, how, sure, rest)
                   SELECT inbound, document, seq, ?4, state, why, how, sure, rest FROM entry
                   WHERE inbound = ?1 AND document = ?2 AND seq = ?3";
        self.run(sql, &[inbound, &document, &seq, &(self.seq as i64)])?;
        let sql = "UPDATE entry SET state = ?4, how = ?5, sure = ?6, rest = coalesce(?7, amount), why = NULL
                   WHERE inbound = ?1 AND document = ?2 AND seq = ?3 AND (state = 'matched') = (?4 = 'unmatched')";
        let rest = rest.map(|rest| rest.to_string());
        if self.run(sql, &[inbound, &document, &seq, &to.word(), &how, &sure, &rest])? == 0 {
            let name = format!("{inbound}/{document}/{seq}");
            let sql = "SELECT state FROM entry WHERE inbound = ?1 AND document = ?2 AND seq = ?3";
            let state: Option<String> = self
                .db
                .query_row(sql, params![inbound, document, seq], |row| row.get(0))
                .optional()
                .map_err(|e| storage(self.path, &e))?;
            return Err(match state {
                Some(state) => self.conflict(&name, &state, to.word()),
                None => JournalError::Missing(name),
            });
        }
        if to == EntryState::Unmatched {
            let sql = "INSERT INTO entry_match_gone (place, inbound, document, entry, detail, payment, how, sure, fact,
                       gone) SELECT rowid, inbound, document, entry, detail, payment, how, sure, fact, ?4
                       FROM entry_match WHERE inbound = ?1 AND document = ?2 AND entry = ?3";
            self.run(sql, &[inbound, &document, &seq, &(self.seq as i64)])?;
            let sql = "DELETE FROM entry_match WHERE inbound = ?1 AND document = ?2 AND entry = ?3";
            self.run(sql, &[inbound, &document, &seq])?;
        }
        let step: i64 = if to == EntryState::Matched { 1 } else { -1 };
        let sql = "UPDATE statement SET matched = matched + ?3 WHERE inbound = ?1 AND document = ?2";
        self.run(sql, &[inbound, &document, &step]).map(drop)
    }
}

/// JSON of a value that has no reason to fail: maps with string keys, strings, numbers.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
