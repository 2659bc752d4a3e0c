//! The engine: looks, decides, states, lets do. The only one that appends for the program.
//!
//! A round takes what came back, states it in one transaction, asks [`next`] what
//! everything needs, states the intents, and only then hands out the work. What was handed out and
//! not stated is simply done again after a crash: it was harmless, or the table in
//! [`doubt`] decides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::backoff::{MOST_LOGINS, next_try};
use super::carry::{Done, Job, Listing, Outcome, Porter, Take, temporary_name};
use super::doubt::{self, Decision, Last, Seen};
use super::intake::{self, Intake};
use super::next::{self, Step};
use super::paper::{Digest, Draft, Finished, Output, Pool, Stated, Work, payment_rows};
use super::{PROGRAM, Shared, Trouble, judge, number};
use crate::carrier::{Claimed, ErrorKind, PublishMode};
use crate::config::Party;
use crate::journal::{
    Answer, Batch, BatchState, Change, EntryMatch, Event, IdKind, Inbound, InboundState, Journal, JournalError,
    NewFact, Outbound, OutboundState, Purpose, Records, Rows, SqliteJournal, WAITS_FOR_A_PERSON,
};
use crate::template::PartyKind;
use crate::words::Remedy;

/// The most files that are with one thread at a time; the rest waits in the journal.
const MOST_AT_A_PORTER: usize = 64;
/// The most pieces of paper work that wait for the pool.
const MOST_AT_THE_POOL: usize = 64;
/// Threads for paper work.
const POOL: usize = 2;

/// What comes back to the engine.
#[derive(Debug)]
pub enum Message {
    /// From a party's thread.
    Carried(Box<Done>),
    /// From the pool.
    Finished(Box<Finished>),
    /// Somebody saw something: look at the folders now.
    LookNow,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Whether anything was stated or handed out.
    pub busy: bool,
    /// Pieces of work that are out.
    pub out: usize,
    /// The next moment at which something is due, where one is known.
    pub due: Option<Timestamp>,
}

/// Rows that belong to a fact, owned.
enum OwnedRows {
    None,
    Payments(Box<Inbound>),
    Changes(Vec<Change>),
    Matches(Vec<EntryMatch>),
}

/// Facts that stand or fall together, and what is handed out once they are on disk.
#[derive(Default)]
struct Entry {
    facts: Vec<(NewFact, OwnedRows)>,
    then: Vec<(String, String, Job)>,
}

/// One party's folders.
struct Watch {
    intake: Intake,
    next_look: Timestamp,
    looks: u64,
}

/// The engine of one installation.
pub struct Engine {
    shared: Arc<Shared>,
    journal: SqliteJournal,
    pool: Pool,
    porters: BTreeMap<String, Porter>,
    watches: BTreeMap<String, Watch>,
    inbox: Receiver<Message>,
    sender: Sender<Message>,
    /// Subjects that are with a porter, by party, or with the pool.
    out: HashMap<String, String>,
    /// Files that are being taken, party, folder and name, by the id that they get.
    taking: HashMap<String, (String, String, String)>,
}

impl Engine {
    /// An engine over an installation whose instance lock the caller holds.
    ///
    /// # Errors
    /// [`JournalError`] for the journal, [`Trouble`] where the system gives no threads.
    pub fn start(shared: Arc<Shared>, journal: SqliteJournal) -> Result<Engine, Trouble> {
        let (sender, inbox) = channel();
        let pool = Pool::start(&shared, POOL, &sender)?;
        let mut engine = Engine {
            shared,
            journal,
            pool,
            porters: BTreeMap::new(),
            watches: BTreeMap::new(),
            inbox,
            sender,
            out: HashMap::new(),
            taking: HashMap::new(),
        };
        for party in engine.shared.config.parties.clone() {
            let now = engine.shared.clock.now();
            engine.watches.insert(party.name.clone(), Watch { intake: Intake::new(), next_look: now, looks: 0 });
            let name = party.name.clone();
            let porter = Porter::start(Arc::clone(&engine.shared), party, engine.sender.clone())?;
            engine.porters.insert(name, porter);
        }
        engine.state_one(fact(PROGRAM, "", Event::Started { version: env!("CARGO_PKG_VERSION").into() }))?;
        Ok(engine)
    }

    /// A sender through which a watcher says that something changed.
    pub fn sender(&self) -> Sender<Message> {
        self.sender.clone()
    }

    /// The journal, for looking things up.
    pub fn journal(&self) -> &SqliteJournal {
        &self.journal
    }

    /// One round: takes what came back, waiting at most `patience` for it, and hands out what is due.
    ///
    /// # Errors
    /// [`JournalError`]: the engine must not be used again.
    pub fn round(&mut self, patience: Duration) -> Result<Round, JournalError> {
        let messages = self.receive(patience);
        let mut round = Round::default();
        let mut entries = Vec::new();
        for message in messages {
            if message.is_listing() {
                // A listing still shows what was taken a moment before: the journal must know that first.
                round.busy |= !entries.is_empty();
                self.state(std::mem::take(&mut entries))?;
            }
            match message {
                Message::Carried(done) => self.carried(*done, &mut entries)?,
                Message::Finished(finished) => self.finished(*finished, &mut entries)?,
                Message::LookNow => self.look_soon(),
            }
        }
        round.busy |= !entries.is_empty();
        self.state(entries)?;
        let mut due = Vec::new();
        self.decide(&mut due, &mut round)?;
        round.busy |= !due.is_empty();
        self.state(due)?;
        self.look(&mut round);
        round.out = self.out.len() + self.taking.len();
        Ok(round)
    }

    /// How often each party has been looked at since the start.
    pub fn looks(&self) -> u64 {
        self.watches.values().map(|w| w.looks).min().unwrap_or(0)
    }

    /// Whether files lie in folders that may become complete by waiting alone.
    pub fn is_waiting_for_files(&self) -> bool {
        self.watches.values().any(|w| w.intake.is_waiting())
    }

    /// Whether every party was looked at since the start, or cannot be.
    pub fn looked_at_all(&self) -> bool {
        let stopped = self.stopped(self.now()).unwrap_or_default();
        self.watches.iter().all(|(name, w)| w.looks > 0 || stopped.contains(name))
    }

    /// Ends all threads after their present work and states that the program ended.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn stop(&mut self) -> Result<(), JournalError> {
        self.pool.stop();
        self.porters.values_mut().for_each(Porter::stop);
        self.state_one(fact(PROGRAM, "", Event::Stopped))
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn party(&self, name: &str) -> Option<&Party> {
        self.shared.config.party(name)
    }

    fn receive(&self, patience: Duration) -> Vec<Message> {
        let mut messages = Vec::new();
        match self.inbox.recv_timeout(patience) {
            Ok(first) => messages.push(first),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return messages,
        }
        messages.extend(self.inbox.try_iter().take(4 * MOST_AT_A_PORTER));
        messages
    }

    // ---- stating -------------------------------------------------------------------------------

    /// States entries in one transaction; where one of them conflicts with what a person did
    /// meanwhile, each on its own, and the conflicting ones not at all.
    fn state(&mut self, entries: Vec<Entry>) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let all: Vec<&Entry> = entries.iter().collect();
        let mut kept = vec![true; entries.len()];
        match self.append(&all) {
            Ok(()) => {}
            Err(JournalError::Conflict { .. } | JournalError::Missing(_) | JournalError::Rows(_)) => {
                for (entry, kept) in entries.iter().zip(&mut kept) {
                    *kept = self.state_alone(entry)?;
                }
            }
            Err(e) => return Err(e),
        }
        for (entry, kept) in entries.into_iter().zip(kept) {
            for (party, subject, job) in entry.then {
                // What a person decided meanwhile is not with a porter.
                if kept { self.give(&party, subject, job) } else { drop(self.out.remove(&subject)) }
            }
        }
        Ok(())
    }

    /// States one entry; `false` when a person was faster, or its rows cannot be had: that waits for a person.
    fn state_alone(&mut self, entry: &Entry) -> Result<bool, JournalError> {
        match self.append(&[entry]) {
            Ok(()) => Ok(true),
            Err(JournalError::Conflict { .. } | JournalError::Missing(_)) => Ok(false),
            Err(error @ JournalError::Rows(_)) => {
                if let Some((first, _)) = entry.facts.first() {
                    let trouble = Trouble { remedy: Remedy::Person, ..Trouble::from(error) };
                    self.state_one(fact(&first.case, &first.subject, failure(&trouble, None)))?;
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn append(&mut self, entries: &[&Entry]) -> Result<(), JournalError> {
        let at = self.now();
        let all: Vec<&(NewFact, OwnedRows)> = entries.iter().flat_map(|e| &e.facts).collect();
        let mut payments: Vec<_> = Vec::new();
        for (_, rows) in &all {
            if let OwnedRows::Payments(file) = rows {
                let rows = payment_rows(&self.shared, file)
                    .map_err(|t| JournalError::Rows(std::io::Error::other(t.what.en)))?;
                payments.push(rows);
            }
        }
        let mut payments = payments.iter_mut();
        let facts = all.into_iter().map(|(fact, rows)| {
            let rows = match rows {
                OwnedRows::None => Rows::None,
                OwnedRows::Payments(_) => payments.next().map_or(Rows::None, |rows| Rows::Payments(rows)),
                OwnedRows::Changes(changes) => Rows::Changes(changes),
                OwnedRows::Matches(matches) => Rows::Matches(matches),
            };
            (fact.clone(), rows)
        });
        let facts = facts.collect();
        self.journal.append(at, facts)
    }

    fn state_one(&mut self, fact: NewFact) -> Result<(), JournalError> {
        let at = self.now();
        self.journal.append(at, vec![(fact, Rows::None)])
    }

    fn give(&mut self, party: &str, subject: String, job: Job) {
        let Some(porter) = self.porters.get(party) else { return };
        self.out.insert(subject.clone(), party.to_string());
        porter.give(subject, job);
    }

    // ---- what came back ------------------------------------------------------------------------

    fn carried(&mut self, done: Done, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        self.out.remove(&done.subject);
        self.taking.remove(&done.subject);
        let Some(party) = self.party(&done.party).cloned() else { return Ok(()) };
        match done.outcome {
            Ok(outcome) => {
                self.reached(&party, entries)?;
                self.came(&party, &done.subject, outcome, entries)
            }
            Err(trouble) => self.failed(&party, &done.subject, &trouble, entries),
        }
    }

    fn came(
        &mut self,
        party: &Party,
        subject: &str,
        outcome: Outcome,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        match outcome {
            Outcome::Listed(listings) => self.listed(party, listings, entries),
            Outcome::Taken(arrival) => {
                let folder = matches!(party.carrier, crate::config::CarrierSettings::Folder);
                let event = if folder { Event::Received(*arrival) } else { Event::Fetched(*arrival) };
                entries.push(Entry::of(fact(subject, subject, event)));
                Ok(())
            }
            Outcome::Cleared => {
                entries.push(Entry::of(fact(subject, subject, Event::Cleared)));
                Ok(())
            }
            Outcome::Uploaded(size) => {
                let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
                let mut entry = Entry::of(fact(&file.case, subject, Event::Publishing { size }));
                entry.then.push((party.name.clone(), subject.into(), Job::Publish(Box::new(file))));
                entries.push(entry);
                Ok(())
            }
            Outcome::Published(evidence) => self.sent(party, subject, evidence, entries),
            Outcome::Swept => Ok(()),
            Outcome::Seen { temporary, final_name } => self.judge_doubt(party, subject, temporary, final_name, entries),
        }
    }

    fn sent(
        &mut self,
        party: &Party,
        subject: &str,
        evidence: String,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        let event = if party.is_bank() { Event::Sent { evidence } } else { Event::Published { evidence } };
        entries.push(Entry::of(fact(&file.case, subject, event)));
        Ok(())
    }

    /// The table decides about a file that was cut off.
    fn judge_doubt(
        &mut self,
        party: &Party,
        subject: &str,
        temporary: Seen,
        final_name: Seen,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        let last = match file.state {
            OutboundState::Sending => Last::Sending,
            OutboundState::Publishing => Last::Publishing,
            _ => return Ok(()),
        };
        let size = file.payload().map_or(0, |p| p.size);
        let decision = doubt::decide(last, party.template.out.publish, size, temporary, final_name);
        let case = file.case.clone();
        let entry = match decision {
            Decision::NextAttempt => self.attempt(party, file),
            Decision::RenameSame => {
                self.give(&party.name, subject.into(), Job::Publish(Box::new(file)));
                return Ok(());
            }
            Decision::Sent { remove_temporary } => {
                if remove_temporary {
                    self.give(&party.name, format!("{subject} leftover"), Job::Sweep(Box::new(file.clone())));
                }
                return self.sent(party, subject, format!("found at the party as `{}`", file.name), entries);
            }
            Decision::Unconfirmed(seen) => Entry::of(fact(&case, subject, Event::Unconfirmed { evidence: seen.en })),
            Decision::Unknown(seen) => Entry::of(fact(&case, subject, Event::Unknown { evidence: seen.en })),
        };
        entries.push(entry);
        Ok(())
    }

    /// The intent of the next attempt, and the upload once it is on disk.
    fn attempt(&self, party: &Party, mut file: Outbound) -> Entry {
        file.attempt += 1;
        let temporary = temporary_name(party, &file.name, file.attempt);
        file.temporary = Some(temporary.clone());
        let event = Event::Sending { attempt: file.attempt, temporary };
        let mut entry = Entry::of(fact(&file.case, &file.id, event));
        entry.then.push((party.name.clone(), file.id.clone(), Job::Upload(Box::new(file))));
        entry
    }

    fn finished(&mut self, finished: Finished, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        self.out.remove(&finished.subject);
        let subject = finished.subject.as_str();
        match finished.result {
            Ok(stated) => {
                let entry = self.stated(subject, stated)?;
                entries.extend(entry);
            }
            Err(trouble) => entries.extend(self.paper_failed(subject, &trouble)?),
        }
        Ok(())
    }

    fn stated(&mut self, subject: &str, stated: Stated) -> Result<Option<Entry>, JournalError> {
        Ok(match stated {
            Stated::Opened { content, signer } => {
                Some(Entry::of(fact(subject, subject, Event::Opened { content, signer })))
            }
            Stated::Checked(draft) => self.checked(subject, *draft)?,
            Stated::Digested(digest) => Some(self.digested(subject, *digest)?),
            Stated::Written(content) => self.about_outbound(subject, Event::Written { content })?,
            Stated::Sealed { content, recipients, signer } => {
                self.about_outbound(subject, Event::Sealed { content, recipients, signer })?
            }
        })
    }

    fn about_outbound(&self, id: &str, event: Event) -> Result<Option<Entry>, JournalError> {
        Ok(self.journal.outbound(id)?.map(|file| Entry::of(fact(&file.case, id, event))))
    }

    fn checked(&mut self, subject: &str, draft: Draft) -> Result<Option<Entry>, JournalError> {
        let Some(file) = self.journal.inbound(subject)? else { return Ok(None) };
        let batch = self.journal.next_id(IdKind::Batch, self.shared.today())?;
        let read = Event::Read { kind: "payments".into(), format: draft.format, documents: 1 };
        let checked = Event::Checked {
            batch,
            bank: draft.bank,
            totals: draft.totals,
            message_id: draft.message_id,
            findings: draft.findings,
        };
        let mut entry = Entry::of(fact(subject, subject, read));
        entry.facts.push((fact(subject, subject, checked), OwnedRows::Payments(Box::new(file))));
        Ok(Some(entry))
    }

    fn digested(&mut self, subject: &str, digest: Digest) -> Result<Entry, JournalError> {
        let read = Event::Read { kind: digest.kind, format: digest.format, documents: digest.documents };
        let mut entry = Entry::of(fact(subject, subject, read));
        for incident in digest.incidents {
            entry.push(fact(subject, subject, Event::Incident { what: incident.en, what_zh: incident.zh }));
        }
        for (outbound, answer, changes) in digest.answers {
            let Some(file) = self.journal.outbound(&outbound)? else { continue };
            let answer = Event::Answered(Answer { inbound: subject.into(), ..answer });
            entry.facts.push((fact(&file.case, &outbound, answer), OwnedRows::Changes(changes)));
        }
        for (statement, matches, changes) in digest.statements {
            let booked = booked(subject, &changes);
            entry.facts.push((fact(subject, subject, Event::StatementKept(statement)), OwnedRows::Matches(matches)));
            if let Some(booked) = booked {
                entry.facts.push((fact(subject, subject, booked), OwnedRows::Changes(changes)));
            }
        }
        let mut outputs = Vec::new();
        for output in &digest.outputs {
            let Some((id, numbered)) = self.output(output, subject)? else { continue };
            entry.push(numbered);
            outputs.push(id);
        }
        entry.push(fact(subject, subject, Event::Matched { outputs }));
        Ok(entry)
    }

    /// Numbers a file for an ERP.
    fn output(&mut self, output: &Output, source: &str) -> Result<Option<(String, NewFact)>, JournalError> {
        let Some(erp) = self.party(&output.party).cloned() else { return Ok(None) };
        let now = self.now();
        let id = self.journal.next_id(IdKind::Outbound, self.shared.day(now))?;
        let numbering = number::for_erp(&self.shared.config, &erp, output, source, &id, now);
        Ok(Some((id.clone(), fact(source, &id, Event::Numbered(numbering)))))
    }

    // ---- what failed ---------------------------------------------------------------------------

    /// The party answered: what was broken is whole again.
    fn reached(&mut self, party: &Party, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        if self.journal.contacts()?.iter().any(|c| c.party == party.name) {
            let reason = "the party can be reached again".into();
            entries.push(Entry::of(fact("", &party.name, Event::Recovered { reason })));
        }
        Ok(())
    }

    fn failed(
        &mut self,
        party: &Party,
        subject: &str,
        trouble: &Trouble,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let now = self.now();
        let contacts = self.journal.contacts()?;
        let before = contacts.iter().find(|c| c.party == party.name).map_or(0, |c| c.failures);
        if is_contact(trouble.kind) && !entries.iter().any(|e| e.is_failure_of(&party.name)) {
            let lets = if trouble.kind == Some(ErrorKind::Login) && before + 1 < MOST_LOGINS {
                Remedy::Wait
            } else {
                trouble.remedy
            };
            let retry_at = next_try(before, if lets == Remedy::Unknown { Remedy::Wait } else { lets }, now);
            entries.push(Entry::of(fact("", &party.name, failure(trouble, retry_at))));
        }
        match subject.as_bytes().first() {
            Some(b'O') if subject.contains(' ') => Ok(()),
            Some(b'O') => self.send_failed(party, subject, trouble, now, entries),
            Some(b'I') => {
                let Some(file) = self.journal.inbound(subject)? else {
                    return self.take_failed(party, trouble, entries);
                };
                let retry_at = next_try(file.failures, Remedy::Wait, now);
                entries.push(Entry::of(fact(subject, subject, failure(trouble, retry_at))));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A file that could not be taken stays at the party and is tried again with the next look.
    fn take_failed(&mut self, party: &Party, trouble: &Trouble, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        if is_contact(trouble.kind) {
            return Ok(());
        }
        let wait = SignedDuration::from_secs(30);
        let Some(watch) = self.watches.get_mut(&party.name) else { return Ok(()) };
        let later = self.shared.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        watch.next_look = watch.next_look.max(later);
        if !watch.intake.is_new(&trouble.what) {
            return Ok(());
        }
        let event = Event::Incident { what: trouble.what.en.clone(), what_zh: trouble.what.zh.clone() };
        entries.push(Entry::of(fact("", &party.name, event)));
        Ok(())
    }

    fn send_failed(
        &mut self,
        party: &Party,
        subject: &str,
        trouble: &Trouble,
        now: Timestamp,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        // What only a person can change at the party waits with the party; the file itself is looked at again.
        let remedy =
            if is_contact(trouble.kind) || trouble.remedy == Remedy::Unknown { Remedy::Wait } else { trouble.remedy };
        let retry_at = next_try(file.failures, remedy, now);
        let mut entry = Entry::default();
        let never_began = is_contact(trouble.kind) && !trouble.happened;
        if party.template.out.publish == PublishMode::Direct && file.state == OutboundState::Sending && never_began {
            entry.push(fact(&file.case, subject, Event::Queued { not_before: file.not_before.clone() }));
        }
        entry.push(fact(&file.case, subject, failure(trouble, retry_at)));
        entries.push(entry);
        Ok(())
    }

    fn paper_failed(&mut self, subject: &str, trouble: &Trouble) -> Result<Option<Entry>, JournalError> {
        if subject.starts_with('O') {
            return self.outbound_failed(subject, trouble);
        }
        let Some(file) = self.journal.inbound(subject)? else { return Ok(None) };
        let refused =
            !trouble.refusal.is_empty() || (file.state == InboundState::Received && trouble.remedy == Remedy::Person);
        if refused {
            let findings = trouble.findings();
            return Ok(Some(Entry::of(fact(subject, subject, Event::Refused { findings, reason: None }))));
        }
        let retry_at = next_try(file.failures, trouble.remedy, self.now());
        Ok(Some(Entry::of(fact(subject, subject, failure(trouble, retry_at)))))
    }

    /// A file that the bank's dialect cannot carry is taken back before anything left; the ERP is told.
    fn outbound_failed(&mut self, subject: &str, trouble: &Trouble) -> Result<Option<Entry>, JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(None) };
        let event = match trouble.refusal.first() {
            Some(_) if file.purpose == Purpose::Payments => Event::Cancelled { reason: trouble.what.en.clone() },
            _ => failure(trouble, next_try(file.failures, trouble.remedy, self.now())),
        };
        Ok(Some(Entry::of(fact(&file.case, subject, event))))
    }

    // ---- what is due ---------------------------------------------------------------------------

    fn decide(&mut self, due: &mut Vec<Entry>, round: &mut Round) -> Result<(), JournalError> {
        let now = self.now();
        let stopped = self.stopped(now)?;
        for file in self.journal.uncleared()? {
            self.inbound_step(&file, &stopped, now, due, round)?;
        }
        for file in self.journal.inbounds(&[InboundState::Received, InboundState::Opened])? {
            self.inbound_step(&file, &stopped, now, due, round)?;
        }
        for file in self.journal.untold()? {
            self.tell_refusal(&file, due)?;
        }
        for batch in self.journal.batches(&[BatchState::Checked, BatchState::Released])? {
            self.batch_step(&batch, due)?;
        }
        use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Written};
        for file in self.journal.outbounds(&[Numbered, Written, Sealed, Queued, Sending, Publishing])? {
            self.outbound_step(file, &stopped, now, due, round);
        }
        Ok(())
    }

    /// Parties that are left alone until later, or until a person helps.
    fn stopped(&self, now: Timestamp) -> Result<HashSet<String>, JournalError> {
        let contacts = self.journal.contacts()?;
        let late = |at: &str| at == WAITS_FOR_A_PERSON || at.parse::<Timestamp>().is_ok_and(|at| at > now);
        Ok(contacts.into_iter().filter(|c| late(&c.retry_at)).map(|c| c.party).collect())
    }

    fn has_room(&self, party: &str) -> bool {
        self.out.values().filter(|p| *p == party).count() < MOST_AT_A_PORTER
    }

    fn pool_has_room(&self) -> bool {
        self.out.values().filter(|p| p.is_empty()).count() < MOST_AT_THE_POOL
    }

    fn inbound_step(
        &mut self,
        file: &Inbound,
        stopped: &HashSet<String>,
        now: Timestamp,
        due: &mut Vec<Entry>,
        round: &mut Round,
    ) -> Result<(), JournalError> {
        let Some(party) = self.party(&file.party).cloned() else { return Ok(()) };
        if self.out.contains_key(&file.id) {
            return Ok(());
        }
        match next::inbound(file, &party, now) {
            Step::Wait(at) => round.wait(at),
            Step::Clear if !stopped.contains(&party.name) && self.has_room(&party.name) => {
                self.give(&party.name, file.id.clone(), Job::Clear(Box::new(file.clone())));
            }
            Step::Open => {
                if let Some(of) = self.seen_before(file)? {
                    due.push(Entry::of(fact(&file.id, &file.id, Event::Duplicate { of })));
                } else {
                    self.paper(Work::Open(Box::new(file.clone())));
                }
            }
            Step::Read => self.paper(Work::Read(Box::new(file.clone()))),
            _ => {}
        }
        Ok(())
    }

    fn paper(&mut self, work: Work) {
        if self.pool_has_room() && !self.out.contains_key(work.subject()) {
            self.out.insert(work.subject().to_string(), String::new());
            self.pool.give(work);
        }
    }

    /// An earlier file of the same party with the same content, unless it was refused or a person let this one through.
    fn seen_before(&self, file: &Inbound) -> Result<Option<String>, JournalError> {
        let same = self.journal.inbounds_by_hash(&file.party, &file.kept.sha256)?;
        let earlier = same.into_iter().take_while(|f| f.id != file.id).find(|f| f.state != InboundState::Refused);
        let Some(earlier) = earlier else { return Ok(None) };
        let facts = self.journal.facts_of(&file.id)?;
        let admitted = facts.iter().any(|f| matches!(f.event, Event::Admitted { .. }));
        Ok((!admitted).then_some(earlier.id))
    }

    /// The refusal that the sender of a file is told.
    fn tell_refusal(&mut self, file: &Inbound, due: &mut Vec<Entry>) -> Result<(), JournalError> {
        let Some(erp) = self.party(&file.party).cloned() else { return Ok(()) };
        if erp.template.kind != PartyKind::Erp {
            return Ok(());
        }
        let about = self.journal.batch_of(&file.id)?.map(|b| b.id).unwrap_or_default();
        let mut entry = Entry::default();
        for format in &erp.template.outputs.refusal {
            let output = Output {
                party: erp.name.clone(),
                purpose: Purpose::Refusal,
                document: 0,
                format: format.clone(),
                account: String::new(),
                about: about.clone(),
            };
            if let Some((_, numbered)) = self.output(&output, &file.id)? {
                entry.push(numbered);
            }
        }
        if !entry.facts.is_empty() {
            due.push(entry);
        }
        Ok(())
    }

    fn batch_step(&mut self, batch: &Batch, due: &mut Vec<Entry>) -> Result<(), JournalError> {
        let (Some(erp), Some(bank)) = (self.party(&batch.party).cloned(), self.party(&batch.bank).cloned()) else {
            return Ok(());
        };
        let event = match next::batch(batch) {
            Step::Judge => {
                let reasons = judge::reasons_to_hold(batch, &erp, &bank);
                if reasons.is_empty() {
                    Event::Released { digest: batch.totals.digest.clone(), reason: "policy".into() }
                } else {
                    Event::Held { reasons }
                }
            }
            Step::Number => {
                let now = self.now();
                let id = self.journal.next_id(IdKind::Outbound, self.shared.day(now))?;
                let numbering = number::for_bank(&self.shared.config, &bank, batch, &id, now);
                due.push(Entry::of(fact(&batch.inbound, &id, Event::Numbered(numbering))));
                return Ok(());
            }
            _ => return Ok(()),
        };
        due.push(Entry::of(fact(&batch.inbound, &batch.id, event)));
        Ok(())
    }

    fn outbound_step(
        &mut self,
        file: Outbound,
        stopped: &HashSet<String>,
        now: Timestamp,
        due: &mut Vec<Entry>,
        round: &mut Round,
    ) {
        let Some(party) = self.party(&file.party).cloned() else { return };
        if self.out.contains_key(&file.id) {
            return;
        }
        let reachable = !stopped.contains(&party.name) && self.has_room(&party.name);
        match next::outbound(&file, &party, now) {
            Step::Wait(at) => round.wait(at),
            Step::Write => self.paper(Work::Write(Box::new(file))),
            Step::Seal => self.paper(Work::Seal(Box::new(file))),
            Step::Queue => due.push(Entry::of(fact(&file.case, &file.id, Event::Queued { not_before: None }))),
            Step::Send { .. } if reachable => {
                self.out.insert(file.id.clone(), party.name.clone());
                due.push(self.attempt(&party, file));
            }
            Step::Probe(_) if reachable => {
                self.give(&party.name, file.id.clone(), Job::Probe(Box::new(file)));
            }
            _ => {}
        }
    }

    // ---- looking -------------------------------------------------------------------------------

    fn look_soon(&mut self) {
        let now = self.now();
        self.watches.values_mut().for_each(|w| w.next_look = now);
    }

    /// Looks at every party whose time has come.
    fn look(&mut self, round: &mut Round) {
        let now = self.now();
        let Ok(stopped) = self.stopped(now) else { return };
        let due: Vec<String> =
            self.watches.iter().filter(|(_, w)| w.next_look <= now).map(|(n, _)| n.clone()).collect();
        for name in due {
            let subject = look_subject(&name);
            if self.out.contains_key(&subject) || stopped.contains(&name) {
                continue;
            }
            let seconds = self.party(&name).map_or(30, |p| p.template.inward.every_seconds.max(1)) as i64;
            if let Some(watch) = self.watches.get_mut(&name) {
                watch.next_look = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
            }
            self.give(&name, subject, Job::Look);
            round.busy = true;
        }
        if let Some(next) = self.watches.values().map(|w| w.next_look).min() {
            round.wait(next);
        }
    }

    fn listed(&mut self, party: &Party, listings: Vec<Listing>, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        let now = self.now();
        if let Some(watch) = self.watches.get_mut(&party.name) {
            watch.looks += 1;
        }
        for listing in listings {
            let begun = self.begun(&listing.claimed)?;
            let Some(watch) = self.watches.get_mut(&party.name) else { continue };
            let (takes, lost) = watch.intake.recover(party, &listing, &begun);
            let (candidates, troubles) = watch.intake.look(party, &listing, now);
            if watch.intake.is_waiting() {
                let soon = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
                watch.next_look = watch.next_look.min(soon);
            }
            takes.into_iter().for_each(|take| self.start_taking(party, take));
            for what in lost.into_iter().chain(troubles) {
                let event = Event::Incident { what: what.en, what_zh: what.zh };
                entries.push(Entry::of(fact("", &party.name, event)));
            }
            for candidate in candidates {
                if !self.has_room(&party.name) {
                    self.look_again(&party.name);
                    break;
                }
                self.take(party, candidate)?;
            }
        }
        Ok(())
    }

    /// More files are ready than a porter holds: it looks again as soon as it has dealt with those that it was given.
    fn look_again(&mut self, party: &str) {
        let now = self.now();
        if let Some(watch) = self.watches.get_mut(party) {
            watch.next_look = now;
        }
    }

    /// What was claimed before a crash and is neither in the journal nor being taken: the claim is the id.
    fn begun(&self, claimed: &[Claimed]) -> Result<Vec<Claimed>, JournalError> {
        let mut begun = Vec::new();
        for one in claimed.iter().filter(|c| c.claim.starts_with('I') && !self.out.contains_key(&c.claim)) {
            if self.journal.inbound(&one.claim)?.is_none() {
                begun.push(one.clone());
            }
        }
        Ok(begun)
    }

    fn start_taking(&mut self, party: &Party, take: Take) {
        self.taking.insert(take.id.clone(), (party.name.clone(), take.folder.clone(), take.name.clone()));
        self.give(&party.name, take.id.clone(), Job::Take(Box::new(take)));
    }

    fn take(&mut self, party: &Party, candidate: intake::Candidate) -> Result<(), JournalError> {
        let key = (party.name.clone(), candidate.folder.clone(), candidate.name.clone());
        if self.taking.values().any(|taken| *taken == key) {
            return Ok(());
        }
        if let Some(identity) = &candidate.identity
            && self.journal.inbound_by_claim(&party.name, identity)?.is_some()
        {
            return Ok(());
        }
        let id = self.journal.next_id(IdKind::Inbound, self.shared.today())?;
        self.start_taking(party, intake::take(candidate, id));
        Ok(())
    }
}

impl Message {
    fn is_listing(&self) -> bool {
        matches!(self, Message::Carried(done) if matches!(done.outcome, Ok(Outcome::Listed(_))))
    }
}

impl Entry {
    fn of(fact: NewFact) -> Entry {
        Entry { facts: vec![(fact, OwnedRows::None)], then: Vec::new() }
    }

    fn push(&mut self, fact: NewFact) {
        self.facts.push((fact, OwnedRows::None));
    }

    fn is_failure_of(&self, party: &str) -> bool {
        self.facts.iter().any(|(f, _)| f.subject == party && matches!(f.event, Event::Failed { .. }))
    }
}

impl Round {
    fn wait(&mut self, at: Timestamp) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }
}

fn fact(case: &str, subject: &str, event: Event) -> NewFact {
    NewFact { actor: PROGRAM.into(), case: case.into(), subject: subject.into(), event }
}

fn look_subject(party: &str) -> String {
    format!("look {party}")
}

fn failure(trouble: &Trouble, retry_at: Option<Timestamp>) -> Event {
    Event::Failed {
        error: trouble.what.en.clone(),
        error_zh: trouble.what.zh.clone(),
        retry_at: retry_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}

/// Errors that are about reaching the party, not about one file.
fn is_contact(kind: Option<ErrorKind>) -> bool {
    matches!(kind, Some(ErrorKind::Connect | ErrorKind::TimedOut | ErrorKind::HostKey | ErrorKind::Login))
}

/// What a statement says of our payments, counted by their new state.
fn booked(inbound: &str, changes: &[Change]) -> Option<Event> {
    let mut payments: BTreeMap<String, u64> = BTreeMap::new();
    for change in changes {
        if let Change::One(one) = change {
            *payments.entry(one.state.word().into()).or_default() += 1;
        }
    }
    (!payments.is_empty()).then(|| Event::Booked { inbound: inbound.into(), payments })
}
