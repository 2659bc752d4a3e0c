//! Alarms: what a person has to know, raised once, told until it is over, told further when it grows old.
//!
//! A [`Watch`] looks at the state every few seconds. What [`Sources`] name and is not on is raised
//! ([`Event::Alarmed`]); what is on and is not named any more is cleared. Both are facts, and so is every try to tell
//! them. Telling is the work of a thread of its own: a webhook that is dead holds up no payment.

pub mod report;
mod folders;
pub mod incident;
mod keys;
mod over;
mod room;
pub mod sources;
pub mod tell;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::AlarmRoute;
use crate::document::Date;
use crate::journal::{
    AlarmFact, AlarmRecord, Event, IdKind, Journal, JournalError, NewFact, Oversight, ReportFact, Rows, SqliteJournal,
    Telling, moment, report_id,
};
use crate::route::{PROGRAM, Shared, Trouble};

pub use sources::Sources;
pub use tell::{News, Target, Teller, last_words, tell_all, try_all, unreadable};

/// Seconds between two looks.
const EVERY_SECONDS: i64 = 5;
/// Minutes after which what is overdue is told although not every party could be asked yet.
const ASKING_MINUTES: i64 = 5;
/// Days for which a control report is told.
const REPORT_DAYS: i64 = 7;
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
    maker: report::Maker,
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
            teller: Teller::new(shared),
            shared: Arc::clone(shared),
            next_look: Timestamp::MIN,
            under_way: HashSet::new(),
            sources: Sources::default(),
            maker: report::Maker::default(),
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
            self.under_way.remove(&(told.id.clone(), told.route.clone()));
            self.state_told(told, now)?;
        }
        if self.asked
            && let Some(made) = self.maker.round(&self.shared, &self.journal, now)?
        {
            self.state_made(made, now)?;
            // Nobody waits for the next look before the sign of life is given.
            self.next_look = now;
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
        while let Some(made) = self.made(now)? {
            self.state_made(made, now)?;
        }
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
        let mut notices = self.sources.notices(&self.shared, &self.journal, self.asked, now)?;
        notices.extend(self.maker.notices());
        let on: Vec<AlarmRecord> =
            self.journal.alarms(false)?.into_iter().filter(|alarm| alarm.cleared_at.is_none()).collect();
        for notice in &notices {
            let id = match on.iter().find(|alarm| alarm.key == notice.key) {
                None => self.journal.next_id(IdKind::Alarm, self.shared.day(now))?,
                Some(alarm) if sources::grows(&alarm.key) && alarm.what != notice.what => alarm.id.clone(),
                Some(_) => continue,
            };
            self.state(&id, Event::Alarmed(notice.clone()), now)?;
        }
        let is_over =
            |alarm: &&AlarmRecord| !self.sources.keeps(alarm) && !notices.iter().any(|notice| notice.key == alarm.key);
        for alarm in on.iter().filter(is_over).cloned().collect::<Vec<_>>() {
            self.state(&alarm.id, Event::AlarmCleared, now)?;
        }
        Ok(())
    }

    /// Hands to the teller what a route has not been told and whose time has come.
    fn tell(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let shared = Arc::clone(&self.shared);
        let alarms = self.journal.alarms(false)?;
        for alarm in &alarms {
            for route in &shared.config.alarms.route {
                let pair = (alarm.id.clone(), route.name.clone());
                if !self.under_way.contains(&pair) && is_due(alarm, route, now) {
                    let told = match alarm.cleared_at {
                        Some(_) => over::end_of(&self.journal, &alarms, alarm)?,
                        None => alarm.clone(),
                    };
                    self.under_way.insert(pair);
                    self.teller.tell(News::Alarm(Box::new(told)), Target::Route(route.clone()));
                }
            }
        }
        self.tell_reports(now)
    }

    /// The same for the control reports of the last days: whoever is new is not told of old times.
    fn tell_reports(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let since = later(now, -24 * 3_600 * REPORT_DAYS);
        let takers = self.shared.config.alarms.route.iter().filter(|route| route.takes_reports());
        let targets: Vec<Target> = takers.cloned().map(Target::Route).chain(std::iter::once(Target::Folder)).collect();
        for report in self.journal.reports(None, self.shared.day(since))? {
            for target in &targets {
                let pair = (report.id(), target.name().to_string());
                let telling = report.told.iter().find(|t| t.route == target.name());
                if !self.under_way.contains(&pair) && !waits(telling, now) && !is_told(telling) {
                    self.under_way.insert(pair);
                    self.teller.tell(News::Report(Box::new(report.clone())), target.clone());
                }
            }
        }
        Ok(())
    }

    /// Makes the reports that are due, and waits for them.
    fn made(&mut self, now: Timestamp) -> Result<Option<ReportFact>, JournalError> {
        if let Some(made) = self.maker.wait(now) {
            return Ok(Some(made));
        }
        match self.asked {
            true => Ok(self.maker.round(&self.shared, &self.journal, now)?.or_else(|| self.maker.wait(now))),
            false => Ok(None),
        }
    }

    fn state_made(&mut self, made: ReportFact, now: Timestamp) -> Result<(), JournalError> {
        let subject = report_id(made.day, &made.bank);
        self.state(&subject, Event::Reported(made), now)
    }

    fn state_told(&mut self, told: tell::Told, now: Timestamp) -> Result<(), JournalError> {
        let event = match &told.result {
            Ok(()) => Event::AlarmTold { route: told.route.clone() },
            Err(error) => {
                let failures = self.failures(&told)?;
                let wait = FIRST_SECONDS.checked_shl(failures.min(16) as u32).unwrap_or(LONGEST_SECONDS);
                let retry_at = moment(later(now, wait.clamp(FIRST_SECONDS, LONGEST_SECONDS)));
                Event::AlarmNotTold { route: told.route.clone(), error: error.clone(), retry_at }
            }
        };
        self.state(&told.id, event, now)
    }

    /// How often this route failed to take this since it last took it.
    fn failures(&self, told: &tell::Told) -> Result<u64, JournalError> {
        let alarms = self.journal.alarms(true)?.into_iter().filter(|alarm| alarm.id == told.id);
        let reports = self.journal.reports(None, Date::MIN)?.into_iter().filter(|report| report.id() == told.id);
        let mut tellings = alarms.flat_map(|alarm| alarm.told).chain(reports.flat_map(|report| report.told));
        Ok(tellings.find(|telling| telling.route == told.route).map_or(0, |telling| telling.failures))
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
    if waits(telling, now) {
        return false;
    }
    let told = is_told(telling);
    if alarm.cleared_at.is_some() {
        // Only who heard of it hears that it is over.
        return told && telling.is_some_and(|t| t.over_told_at.is_none());
    }
    let age = SignedDuration::from_hours(i64::from(route.after_hours));
    !told && alarm.raised_at.parse::<Timestamp>().is_ok_and(|raised| now.duration_since(raised) >= age)
}

/// Whether a route that failed is left alone until later.
fn waits(telling: Option<&Telling>, now: Timestamp) -> bool {
    let retry_at = telling.and_then(|t| t.retry_at.as_deref()).and_then(|at| at.parse::<Timestamp>().ok());
    retry_at.is_some_and(|at| at > now)
}

fn is_told(telling: Option<&Telling>) -> bool {
    telling.is_some_and(|t| t.told_at.is_some())
}

/// What is sent to a person who wants to see that alarms arrive.
pub fn test_alarm(now: Timestamp) -> AlarmRecord {
    AlarmRecord {
        id: "A-TEST".into(),
        key: "test".into(),
        party: String::new(),
        subject: String::new(),
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
        AlarmFact { key, party: party.into(), subject: String::new(), what, money, hint }
    }

    /// The same about a file, batch or account.
    pub(crate) fn about(self, subject: &str) -> AlarmFact {
        AlarmFact { subject: subject.into(), ..self }
    }
}

impl From<AlarmRecord> for AlarmFact {
    fn from(alarm: AlarmRecord) -> AlarmFact {
        let AlarmRecord { key, party, subject, what, money, hint, .. } = alarm;
        AlarmFact { key, party, subject, what, money, hint }
    }
}

#[cfg(test)]
mod tests;
