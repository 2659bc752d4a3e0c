//! Alarms: what a person has to know, raised once, told until it is over, told further when it grows old.
//!
//! A [`Watch`] looks at the state every few seconds. What [`Sources`] name and is not on is raised
//! ([`Event::Alarmed`]); what is on and is not named any more is cleared. Both are facts, and so is every try to tell
//! them. Telling is the work of a thread of its own: a webhook that is dead holds up no payment.

mod room;
pub mod sources;
pub mod tell;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::AlarmRoute;
use crate::journal::{
    AlarmFact, AlarmRecord, Event, IdKind, Journal, JournalError, NewFact, Oversight, Rows, SqliteJournal, Telling,
};
use crate::route::{PROGRAM, Shared, Trouble};

pub use sources::Sources;
pub use tell::{Teller, last_words, try_all};

/// Seconds between two looks.
const EVERY_SECONDS: i64 = 5;
/// Minutes after which what is overdue is told although not every party could be asked yet.
const ASKING_MINUTES: i64 = 5;
/// Wait after the first failure of a route, in seconds; it doubles.
const FIRST_SECONDS: i64 = 30;
/// The longest wait, in seconds.
const LONGEST_SECONDS: i64 = 3_600;

/// Looks at the state, raises and clears alarms, and has them told.
pub struct Watch {
    shared: Arc<Shared>,
    journal: SqliteJournal,
    teller: Teller,
    next_look: Timestamp,
    /// Alarm and route of what is being told.
    under_way: HashSet<(String, String)>,
    sources: Sources,
    /// Since when it looks, and whether the parties were asked since.
    began: Timestamp,
    asked: bool,
}

impl Watch {
    /// A watch over an installation, with a connection to the journal of its own.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn start(shared: &Arc<Shared>) -> Result<Watch, Trouble> {
        Ok(Watch {
            journal: SqliteJournal::open(&shared.config.journal())?,
            teller: Teller::start(shared)?,
            shared: Arc::clone(shared),
            next_look: Timestamp::MIN,
            under_way: HashSet::new(),
            sources: Sources::default(),
            began: shared.clock.now(),
            asked: false,
        })
    }

    /// States what came of telling, and looks when it is time. `quiet` says that every party was asked what it has, and
    /// that nothing which came of it is left to do.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn round(&mut self, quiet: bool) -> Result<(), JournalError> {
        let now = self.shared.clock.now();
        self.asked |= quiet || now.duration_since(self.began) >= SignedDuration::from_mins(ASKING_MINUTES);
        for told in self.teller.results() {
            self.under_way.remove(&(told.alarm.clone(), told.route.clone()));
            self.state_told(told, now)?;
        }
        if now < self.next_look && self.next_look.duration_since(now) < SignedDuration::from_secs(2 * EVERY_SECONDS) {
            return Ok(());
        }
        self.next_look = later(now, EVERY_SECONDS);
        self.look(now)?;
        self.tell(now)
    }

    /// Looks once more at what the work of this run came to.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn look_at_the_end(&mut self) -> Result<(), JournalError> {
        let now = self.shared.clock.now();
        self.sources = Sources::default();
        self.look(now)?;
        self.tell(now)
    }

    /// Waits for what is being told, for some seconds at most, and states it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn stop(&mut self) -> Result<(), JournalError> {
        let now = self.shared.clock.now();
        for told in self.teller.stop() {
            self.state_told(told, now)?;
        }
        Ok(())
    }

    /// Raises what is new, clears what is over.
    fn look(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let notices = self.sources.notices(&self.shared, &self.journal, self.asked, now)?;
        let on: Vec<AlarmRecord> =
            self.journal.alarms(false)?.into_iter().filter(|alarm| alarm.cleared_at.is_none()).collect();
        for notice in &notices {
            if !on.iter().any(|alarm| alarm.key == notice.key) {
                let id = self.journal.next_id(IdKind::Alarm, self.shared.day(now))?;
                self.state(&id, Event::Alarmed(notice.clone()), now)?;
            }
        }
        for alarm in on.iter().filter(|alarm| !notices.iter().any(|notice| notice.key == alarm.key)) {
            self.state(&alarm.id, Event::AlarmCleared, now)?;
        }
        Ok(())
    }

    /// Hands to the teller what a route has not been told and whose time has come.
    fn tell(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        for alarm in self.journal.alarms(false)? {
            for route in &shared.config.alarms.route {
                let pair = (alarm.id.clone(), route.name.clone());
                if !self.under_way.contains(&pair) && is_due(&alarm, route, now) {
                    self.under_way.insert(pair);
                    self.teller.tell(&alarm, route);
                }
            }
        }
        Ok(())
    }

    fn state_told(&mut self, told: tell::Told, now: Timestamp) -> Result<(), JournalError> {
        let event = match told.result {
            Ok(()) => Event::AlarmTold { route: told.route },
            Err(error) => {
                let failures = self
                    .journal
                    .alarms(true)?
                    .into_iter()
                    .find(|a| a.id == told.alarm)
                    .map_or(0, |a| a.told.iter().find(|t| t.route == told.route).map_or(0, |t| t.failures));
                let wait = FIRST_SECONDS.checked_shl(failures.min(16) as u32).unwrap_or(LONGEST_SECONDS);
                let retry_at = later(now, wait.clamp(FIRST_SECONDS, LONGEST_SECONDS)).to_string();
                Event::AlarmNotTold { route: told.route, error, retry_at }
            }
        };
        self.state(&told.alarm, event, now)
    }

    fn state(&mut self, subject: &str, event: Event, now: Timestamp) -> Result<(), JournalError> {
        let fact = NewFact { actor: PROGRAM.into(), case: String::new(), subject: subject.into(), event };
        match self.journal.append(now, vec![(fact, Rows::None)]) {
            // Raised or cleared by another hand meanwhile.
            Err(JournalError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Whether a route has to be told of an alarm, or of its end, now.
pub fn is_due(alarm: &AlarmRecord, route: &AlarmRoute, now: Timestamp) -> bool {
    let telling: Option<&Telling> = alarm.told.iter().find(|t| t.route == route.name);
    let waits = telling.and_then(|t| t.retry_at.as_deref()).and_then(|at| at.parse::<Timestamp>().ok());
    if waits.is_some_and(|at| at > now) {
        return false;
    }
    let told = telling.is_some_and(|t| t.told_at.is_some());
    if alarm.cleared_at.is_some() {
        // Only who heard of it hears that it is over.
        return told && telling.is_some_and(|t| t.over_told_at.is_none());
    }
    let age = SignedDuration::from_hours(i64::from(route.after_hours));
    !told && alarm.raised_at.parse::<Timestamp>().is_ok_and(|raised| now.duration_since(raised) >= age)
}

/// What is sent to a person who wants to see that alarms arrive.
pub fn test_alarm(now: Timestamp) -> AlarmRecord {
    AlarmRecord {
        id: "A-TEST".into(),
        key: "test".into(),
        party: String::new(),
        what: crate::text!("this is a test of the alarm route", "这是告警通道的测试"),
        money: sources::nothing_moved(),
        hint: crate::text!("nothing has to be done", "无需处理"),
        raised_at: now.to_string(),
        cleared_at: None,
        told: Vec::new(),
    }
}

impl AlarmFact {
    /// A notice about a party, or about the installation where that is empty.
    pub(crate) fn new(
        key: String,
        party: &str,
        what: crate::words::Text,
        money: crate::words::Text,
        hint: crate::words::Text,
    ) -> AlarmFact {
        AlarmFact { key, party: party.into(), what, money, hint }
    }
}

impl From<AlarmRecord> for AlarmFact {
    fn from(alarm: AlarmRecord) -> AlarmFact {
        let AlarmRecord { key, party, what, money, hint, .. } = alarm;
        AlarmFact { key, party, what, money, hint }
    }
}

#[cfg(test)]
mod tests;
