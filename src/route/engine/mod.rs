//! The engine: looks, decides, states, lets do. The only one that appends for the program.
//!
//! A round takes what came back, states it in one transaction, asks [`next`] what
//! everything needs, states the intents, and only then hands out the work. What was handed out and
//! not stated is simply done again after a crash: it was harmless, or the table in
//! [`doubt`] decides.

mod came;
mod due;
mod gate;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::carrier::{Claimed, ErrorKind, PublishMode};
use crate::config::{Party, Verdict, changed_parts};
use crate::finding::Finding;
use crate::journal::{
    Answer, Apart, Batch, BatchPart, BatchState, Change, EntryMatch, Event, Evidence, IdKind, Inbound, InboundState,
    IncidentKind, Journal, JournalError, MergedBatch, NewFact, NumberedPart, Outbound, OutboundState, PaymentFilter,
    PaymentState, Purpose, Records, Rows, SqliteJournal, WAITS_FOR_A_PERSON, moment,
};
use crate::route::backoff::{MOST_LOGINS, next_try};
use crate::route::carry::{Done, Job, Listing, Outcome, Porter, Take, temporary_name};
use crate::route::dates::{self, Dates};
use crate::route::doubt::{self, Decision, Last, Seen};
use crate::route::fence::{Elsewhere, Fence};
use crate::route::for_erp::ForErp;
use crate::route::in_flight::{self, Line};
use crate::route::intake::{self, Intake};
use crate::route::merge::{self, Pack};
use crate::route::next::{self, Step};
use crate::route::number::{Counted, Identity, Load, numbering_of};
use crate::route::officers::Heard;
use crate::route::paper::{
    Digest, Draft, Finished, Output, Pool, Stands, Stated, Work, entry_rows, payment_rows, place_of, stops,
};
use crate::route::{
    PROGRAM, Shared, Trouble, absent, decide, duplicates, elsewhere, fence, judge, number, officers, wall,
};
use crate::text;
use crate::words::{Remedy, Text};

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
    /// Whether a file began to leave.
    pub leaves: bool,
}

/// Rows that belong to a fact, owned.
enum OwnedRows {
    None,
    Payments(Box<Inbound>, BTreeSet<u64>),
    Changes(Vec<Change>),
    Matches(Vec<EntryMatch>),
    Entries(Box<Inbound>, Stands),
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
    /// The file of each bank that was read last.
    reading: HashMap<String, String>,
    /// Whether this is a second copy that sends nothing to banks, or was one.
    fence: Fence,
    /// What the officers have said of the configuration, and the last fact that it was read from.
    heard: (u64, Heard),
    /// Banks of which files lie here that are about to be read.
    unread: HashSet<String>,
    /// What other copies left where checkpoints are kept elsewhere.
    elsewhere: Elsewhere,
    /// Whether a file began to leave in this round.
    leaves: bool,
    /// Parties whose server the journal knows to be of this environment.
    entered: HashSet<String>,
    /// The highest number of each bank's sequence of files that is given and not stated yet.
    given: BTreeMap<String, u64>,
    /// Files that are being taken, party, folder and name, by the id that they get.
    taking: HashMap<String, (String, String, String)>,
    /// The last fact before a batch was compared with earlier payments last, by batch that has not left.
    compared: HashMap<String, u64>,
}

impl Engine {
    /// An engine over an installation whose instance lock the caller holds.
    ///
    /// # Errors
    /// [`JournalError`] for the journal, [`Trouble`] where the system gives no threads.
    pub fn start(shared: Arc<Shared>, journal: SqliteJournal) -> Result<Engine, Trouble> {
        let (sender, inbox) = channel();
        let pool = Pool::start(&shared, POOL, &sender)?;
        let (fence, elsewhere) = (Fence::of(&journal)?, Elsewhere::at_start(&shared));
        let mut engine = Engine {
            shared,
            journal,
            pool,
            porters: BTreeMap::new(),
            watches: BTreeMap::new(),
            inbox,
            sender,
            out: HashMap::new(),
            reading: HashMap::new(),
            fence,
            heard: (0, Heard::default()),
            unread: HashSet::new(),
            elsewhere,
            leaves: false,
            entered: HashSet::new(),
            given: BTreeMap::new(),
            taking: HashMap::new(),
            compared: HashMap::new(),
        };
        for party in engine.shared.config.parties.clone() {
            wall::is_pinned(&engine.journal, &party, engine.shared.config.environment)?;
            let now = engine.shared.clock.now();
            engine.watches.insert(party.name.clone(), Watch { intake: Intake::new(), next_look: now, looks: 0 });
            let name = party.name.clone();
            let porter = Porter::start(Arc::clone(&engine.shared), party, engine.sender.clone())?;
            engine.porters.insert(name, porter);
        }
        wall::is_of(&engine.journal, engine.shared.config.environment)?;
        engine.state_one(fact(PROGRAM, "", Event::Started { version: env!("CARGO_PKG_VERSION").into() }))?;
        engine.state_config()?;
        Ok(engine)
    }

    /// States the configuration where it is another than the one stated last: what ran under which is known for ever.
    /// It is stated too where the journal does not yet say of which environment it is.
    fn state_config(&mut self) -> Result<(), Trouble> {
        let ours = self.shared.config.environment;
        let known_environment = wall::is_of(&self.journal, ours)?;
        let (digest, parts) = (self.shared.config.digest(), self.shared.config.parts.clone());
        let facts = self.journal.facts_of(officers::CONFIG)?;
        let last = facts.into_iter().rev().find_map(|fact| match fact.event {
            Event::ConfigChanged { digest, parts, .. } => Some((digest, parts)),
            _ => None,
        });
        let (before, known) = last.unwrap_or_default();
        if before == digest && known_environment {
            return Ok(());
        }
        let changed = changed_parts(&known, &parts);
        let environment = Some(ours.word().to_string());
        let needs_officers = Some(self.shared.config.needs_officers());
        let event = Event::ConfigChanged { digest, parts, changed, environment, needs_officers };
        Ok(self.state_one(fact(PROGRAM, officers::CONFIG, event))?)
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
        round.leaves = std::mem::take(&mut self.leaves);
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

    /// States entries in one transaction; where one of them conflicts with what a person did
    /// meanwhile, each on its own, and the conflicting ones not at all.
    fn state(&mut self, entries: Vec<Entry>) -> Result<(), JournalError> {
        // From here on the journal knows which numbers are given.
        self.given.clear();
        if entries.is_empty() {
            return Ok(());
        }
        let all: Vec<&Entry> = entries.iter().collect();
        let mut kept = vec![true; entries.len()];
        match self.append(&all) {
            Ok(()) => {}
            Err(JournalError::Conflict { .. } | JournalError::Missing(_) | JournalError::Rows { .. }) => {
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

    /// States one entry; `false` when a person was faster, or its rows cannot be had: that waits, as the cause says.
    fn state_alone(&mut self, entry: &Entry) -> Result<bool, JournalError> {
        match self.append(&[entry]) {
            Ok(()) => Ok(true),
            Err(JournalError::Conflict { .. } | JournalError::Missing(_)) => Ok(false),
            Err(error @ JournalError::Rows { .. }) => {
                if let Some((first, _)) = entry.facts.first() {
                    let trouble = Trouble::from(error);
                    let before = self.journal.inbound(&first.subject)?.map_or(0, |file| file.failures);
                    let retry_at = next_try(before, trouble.remedy, self.now());
                    self.state_one(fact(&first.case, &first.subject, failure(&trouble, retry_at)))?;
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn append(&mut self, entries: &[&Entry]) -> Result<(), JournalError> {
        let at = self.now();
        let all: Vec<&(NewFact, OwnedRows)> = entries.iter().flat_map(|e| &e.facts).collect();
        let (mut payments, mut lines) = (Vec::new(), Vec::new());
        let failed = |t: Trouble| JournalError::Rows { why: t.what, remedy: t.remedy };
        for (_, rows) in &all {
            match rows {
                OwnedRows::Payments(file, left_out) => {
                    payments.push(payment_rows(&self.shared, file, left_out).map_err(failed)?);
                }
                OwnedRows::Entries(file, stands) => {
                    lines.push(entry_rows(&self.shared, file, stands).map_err(failed)?);
                }
                _ => {}
            }
        }
        let (mut payments, mut lines) = (payments.iter_mut(), lines.iter_mut());
        let facts = all.into_iter().map(|(fact, rows)| {
            let rows = match rows {
                OwnedRows::None => Rows::None,
                OwnedRows::Payments(..) => payments.next().map_or(Rows::None, |rows| Rows::Payments(rows)),
                OwnedRows::Changes(changes) => Rows::Changes(changes),
                OwnedRows::Matches(matches) => Rows::Matches(matches),
                OwnedRows::Entries(..) => lines.next().map_or(Rows::None, |rows| Rows::Entries(rows)),
            };
            (fact.clone(), rows)
        });
        let facts = facts.collect();
        self.journal.append(at, facts)?;
        // Before anything of it can leave: what is handed out waits for this.
        let leaves =
            |(fact, _): &(NewFact, OwnedRows)| matches!(fact.event, Event::Sending { .. } | Event::Publishing { .. });
        if entries.iter().flat_map(|e| &e.facts).any(leaves) {
            fence::mark(&self.shared.config.archive(), &self.journal)?;
            self.leaves = true;
        }
        Ok(())
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
}

impl Message {
    fn is_listing(&self) -> bool {
        matches!(self, Message::Carried(done) if matches!(done.outcome, Ok(Outcome::Listed(..))))
    }
}

impl Entry {
    fn of(fact: NewFact) -> Entry {
        Entry { facts: vec![(fact, OwnedRows::None)], then: Vec::new() }
    }

    fn push(&mut self, fact: NewFact) {
        self.facts.push((fact, OwnedRows::None));
    }

    fn refuses_a_batch(&self) -> bool {
        self.facts.iter().any(|(f, _)| f.subject.starts_with('B') && matches!(f.event, Event::Refused { .. }))
    }

    fn is_failure_of(&self, subject: &str) -> bool {
        self.facts.iter().any(|(f, _)| f.subject == subject && matches!(f.event, Event::Failed { .. }))
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

fn found_as(file: &Outbound) -> Evidence {
    let name = &file.name;
    text!("found at the party as `{name}`", "已在对方处找到 `{name}`").into()
}

fn leftover_subject(id: &str) -> String {
    format!("{id} leftover")
}

fn look_subject(party: &str) -> String {
    format!("look {party}")
}

fn happened(kind: IncidentKind, what: Text) -> Event {
    Event::Incident { what: what.en, what_zh: what.zh, kind }
}

/// A batch is held for one more reason.
fn held_too(batch: &Batch, reason: &str) -> Event {
    let others = batch.held.iter().filter(|held| *held != reason).cloned();
    Event::Held { reasons: others.chain([reason.to_string()]).collect() }
}

/// A batch for whose file the bank's sequence has no number waits for a person.
fn used_up(batch: &Batch) -> Entry {
    Entry::of(fact(&batch.inbound, &batch.id, held_too(batch, number::USED_UP)))
}

/// A file waits for a person, because its release counts no longer.
fn stop(file: &Outbound, reason: &str) -> NewFact {
    let trouble = Trouble::new(decide::fallen_words(reason), Remedy::Person);
    fact(&file.case, &file.id, failure(&trouble, None))
}

fn failure(trouble: &Trouble, retry_at: Option<Timestamp>) -> Event {
    Event::Failed { error: trouble.what.en.clone(), error_zh: trouble.what.zh.clone(), retry_at: retry_at.map(moment) }
}

/// Errors that are about reaching the party, not about one file.
pub(super) fn is_contact(kind: Option<ErrorKind>) -> bool {
    matches!(kind, Some(ErrorKind::Connect | ErrorKind::TimedOut | ErrorKind::HostKey | ErrorKind::Login))
}

/// What a statement says of our payments, counted by their new state.
pub fn booked(inbound: &str, changes: &[Change]) -> Option<Event> {
    let mut payments: BTreeMap<String, u64> = BTreeMap::new();
    for change in changes {
        let (state, count) = match change {
            Change::One(one) | Change::Back { change: one, .. } => (one.state, 1),
            Change::Many { payments, state, .. } => (*state, payments.len() as u64),
            Change::Contradicted { payments, .. } => (PaymentState::Unknown, payments.len() as u64),
            Change::All { .. } => continue,
        };
        *payments.entry(state.word().into()).or_default() += count;
    }
    (!payments.is_empty()).then(|| Event::Booked { inbound: inbound.into(), payments })
}
