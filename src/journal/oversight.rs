//! What the journal keeps about itself: whose it is, what alarms are on, which control reports were made.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};

use super::event::{Event, Kept};
use super::fold::json as as_json;
use super::rows::{amount, currency, json, number, optional};
use super::sqlite::storage;
use super::{JournalError, NewFact, PaymentState, Records, SqliteJournal, moment};
use crate::document::{Amount, Currency, Date};
use crate::words::Text;

/// Whose journal it is, and whether it may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The installation's number.
    pub installation: String,
    /// The machine that it sends from, empty where the system has no id.
    pub machine: String,
    /// The epoch, from 1; a second copy begins a new one.
    pub epoch: u64,
    /// Number of the last `publishing`, 0 when there is none.
    pub last_publishing: u64,
    /// What shows that it is a second copy; absent where it may send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fenced: Option<Text>,
    /// Since when it is fenced, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fenced_at: Option<String>,
}

/// An alarm as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRecord {
    /// Its id: `A20261123-0001`.
    pub id: String,
    /// What makes it one alarm.
    pub key: String,
    /// Whom it concerns; empty for the installation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub party: String,
    /// The file, batch or account that it is about, where it is about one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What happened.
    pub what: Text,
    /// Whether money has moved.
    pub money: Text,
    /// What to do.
    pub hint: Text,
    /// Since when, RFC 3339.
    pub raised_at: String,
    /// When it was over, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<String>,
    /// Whom it was told.
    pub told: Vec<Telling>,
}

/// How an alarm is told by one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// The route.
    pub route: String,
    /// When it was told, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_at: Option<String>,
    /// When its end was told, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_told_at: Option<String>,
    /// Tries that failed since the last success.
    pub failures: u64,
    /// Next try not before, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A control report as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// The bank.
    pub bank: String,
    /// Its running number.
    pub number: u64,
    /// The day.
    pub day: Date,
    /// Number of the last fact that it covers.
    pub until: u64,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// The report.
    pub content: Kept,
    /// Its signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Kept>,
    /// Whom it was told.
    pub told: Vec<Telling>,
}

impl ReportRecord {
    /// Its id: `R20261127-acme`.
    pub fn id(&self) -> String {
        report_id(self.day, &self.bank)
    }
}

/// The id of the control report of a day and bank.
pub fn report_id(day: Date, bank: &str) -> String {
    format!("R{}-{bank}", day.strftime("%Y%m%d"))
}

/// Looks up what the journal keeps about itself.
pub trait Oversight {
    /// Whose journal it is; `None` before the program first began to work on it.
    ///
    /// # Errors
    /// [`JournalError`].
    fn standing(&self) -> Result<Option<Standing>, JournalError>;

    /// Alarms: those that are on, and those whose end was not told yet; with `all` every one.
    ///
    /// # Errors
    /// [`JournalError`].
    fn alarms(&self, all: bool) -> Result<Vec<AlarmRecord>, JournalError>;

    /// Whether an alarm of this key was ever raised.
    ///
    /// # Errors
    /// [`JournalError`].
    fn was_alarmed(&self, key: &str) -> Result<bool, JournalError>;

    /// Control reports of a bank, or of all, of this day and later, the newest first.
    ///
    /// # Errors
    /// [`JournalError`].
    fn reports(&self, bank: Option<&str>, since: Date) -> Result<Vec<ReportRecord>, JournalError>;

    /// The latest control report of a bank.
    ///
    /// # Errors
    /// [`JournalError`].
    fn last_report(&self, bank: &str) -> Result<Option<ReportRecord>, JournalError>;

    /// Number of the last fact from before a moment; 0 where there is none.
    ///
    /// # Errors
    /// [`JournalError`].
    fn last_fact_before(&self, at: Timestamp) -> Result<u64, JournalError>;

    /// Shows `each` payment of a bank once that a fact after the first and until the second changed: the states that it
    /// went through, its currency and amount.
    ///
    /// # Errors
    /// [`JournalError`].
    fn changed(
        &self,
        bank: &str,
        after: u64,
        until: u64,
        each: &mut dyn FnMut(&[PaymentState], Currency, Amount),
    ) -> Result<(), JournalError>;
}

impl Oversight for SqliteJournal {
    fn standing(&self) -> Result<Option<Standing>, JournalError> {
        standing(&self.db).map_err(|e| self.storage(e))
    }

    fn was_alarmed(&self, key: &str) -> Result<bool, JournalError> {
        let look = || self.db.query_row("SELECT EXISTS (SELECT 1 FROM alarm WHERE key = ?1)", [key], |row| row.get(0));
        look().map_err(|e| self.storage(e))
    }

    fn alarms(&self, all: bool) -> Result<Vec<AlarmRecord>, JournalError> {
        let sql = "SELECT id, key, party, what, money, hint, raised_at, cleared_at,
                   (SELECT json_extract(f.event, '$.subject') FROM fact f WHERE f.subject = id ORDER BY f.seq LIMIT 1)
                   FROM alarm
                   WHERE ?1 OR cleared_at IS NULL OR EXISTS (SELECT 1 FROM alarm_route r
                     WHERE r.alarm = id AND r.told_at IS NOT NULL AND r.over_told_at IS NULL)
                   ORDER BY raised_at DESC, id DESC";
        let look = || -> rusqlite::Result<Vec<AlarmRecord>> {
            let mut alarms: Vec<AlarmRecord> =
                self.db.prepare_cached(sql)?.query_map([all], alarm)?.collect::<Result<_, _>>()?;
            let mut routes = self.db.prepare_cached(TELLINGS)?;
            for alarm in &mut alarms {
                alarm.told = routes.query_map([&alarm.id], telling)?.collect::<Result<_, _>>()?;
            }
            Ok(alarms)
        };
        look().map_err(|e| self.storage(e))
    }

    fn reports(&self, bank: Option<&str>, since: Date) -> Result<Vec<ReportRecord>, JournalError> {
        self.reports_where(
            "(?1 IS NULL OR bank = ?1) AND day >= ?2 ORDER BY day DESC, bank",
            &[&bank, &as_json(&since)],
        )
    }

    fn last_report(&self, bank: &str) -> Result<Option<ReportRecord>, JournalError> {
        Ok(self.reports_where("bank = ?1 ORDER BY number DESC LIMIT 1", &[&bank])?.pop())
    }

    fn last_fact_before(&self, at: Timestamp) -> Result<u64, JournalError> {
        let (at, mut low, mut high) = (moment(at), 0, self.head()?.0);
        let sql = "SELECT at < ?2 FROM fact WHERE seq = ?1";
        let look = |seq: u64| -> rusqlite::Result<bool> {
            self.db.prepare_cached(sql)?.query_row(params![seq as i64, at], |row| row.get(0))
        };
        // Facts are in the order of time, apart from a clock that was put back.
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let before = look(middle).map_err(|e| self.storage(e))?;
            if before { low = middle } else { high = middle - 1 }
        }
        Ok(low)
    }

    fn changed(
        &self,
        bank: &str,
        after: u64,
        until: u64,
        each: &mut dyn FnMut(&[PaymentState], Currency, Amount),
    ) -> Result<(), JournalError> {
        let sql = "SELECT group_concat(DISTINCT c.state), p.currency, p.amount
                   FROM payment_change c JOIN payment p ON p.id = c.payment JOIN batch b ON b.id = p.batch
                   WHERE c.fact > ?1 AND c.fact <= ?2 AND b.bank = ?3 GROUP BY c.payment";
        let mut look = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query(params![after as i64, until as i64, bank])?;
            while let Some(row) = rows.next()? {
                let words: String = row.get(0)?;
                let states: Vec<PaymentState> = words.split(',').filter_map(PaymentState::of).collect();
                each(&states, currency(row, 1)?, amount(row, 2)?);
            }
            Ok(())
        };
        look().map_err(|e| self.storage(e))
    }
}

fn standing(db: &Connection) -> rusqlite::Result<Option<Standing>> {
    let sql = "SELECT installation, machine, epoch, fenced, fenced_zh, fenced_at, last_publishing FROM standing";
    let row = |row: &Row<'_>| {
        let fenced: Option<String> = row.get(3)?;
        let zh: Option<String> = row.get(4)?;
        Ok(Standing {
            installation: row.get(0)?,
            machine: row.get(1)?,
            epoch: number(row, 2)?,
            fenced: fenced.map(|en| Text { zh: zh.unwrap_or_else(|| en.clone()), en }),
            last_publishing: number(row, 6)?,
            fenced_at: row.get(5)?,
        })
    };
    db.prepare_cached(sql)?.query_row([], row).optional()
}

fn alarm(row: &Row<'_>) -> rusqlite::Result<AlarmRecord> {
    Ok(AlarmRecord {
        id: row.get(0)?,
        key: row.get(1)?,
        party: row.get(2)?,
        what: json(row, 3)?,
        money: json(row, 4)?,
        hint: json(row, 5)?,
        raised_at: row.get(6)?,
        cleared_at: row.get(7)?,
        subject: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
        told: Vec::new(),
    })
}

fn telling(row: &Row<'_>) -> rusqlite::Result<Telling> {
    Ok(Telling {
        route: row.get(0)?,
        told_at: row.get(1)?,
        over_told_at: row.get(2)?,
        failures: number(row, 3)?,
        retry_at: row.get(4)?,
        note: row.get(5)?,
    })
}

fn report(row: &Row<'_>) -> rusqlite::Result<ReportRecord> {
    Ok(ReportRecord {
        bank: row.get(0)?,
        number: number(row, 1)?,
        day: json(row, 2)?,
        until: number(row, 3)?,
        made_at: row.get(4)?,
        content: json(row, 5)?,
        signature: optional(row, 6)?,
        told: Vec::new(),
    })
}

const TELLINGS: &str = "SELECT route, told_at, over_told_at, failures, retry_at, note FROM alarm_route
    WHERE alarm = ?1 ORDER BY route";

impl SqliteJournal {
    fn reports_where(&self, wanted: &str, values: &[&dyn ToSql]) -> Result<Vec<ReportRecord>, JournalError> {
        let sql = format!("SELECT bank, number, day, until, made_at, content, signature FROM report WHERE {wanted}");
        let look = || -> rusqlite::Result<Vec<ReportRecord>> {
            let mut reports: Vec<ReportRecord> =
                self.db.prepare_cached(&sql)?.query_map(values, report)?.collect::<Result<_, _>>()?;
            let mut routes = self.db.prepare_cached(TELLINGS)?;
            for report in &mut reports {
                report.told = routes.query_map([report.id()], telling)?.collect::<Result<_, _>>()?;
            }
            Ok(reports)
        };
        look().map_err(|e| self.storage(e))
    }
}

/// Folds a fact about the journal itself.
pub(super) fn fold(db: &Connection, path: &Path, at: &str, fact: &NewFact) -> Result<(), JournalError> {
    let fold = Fold { db, path, at, fact };
    match &fact.event {
        Event::Founded { installation, machine } => fold.founded(installation, machine),
        Event::Fenced { epoch, what, what_zh } => fold.fenced(*epoch, what, what_zh),
        Event::Unfenced { machine, .. } => fold.unfenced(machine),
        Event::Alarmed(_) | Event::AlarmCleared => fold.alarm(),
        Event::AlarmTold { route } => fold.told(route),
        Event::AlarmNotTold { route, error, retry_at } => fold.not_told(route, error, retry_at),
        Event::Reported(_) => fold.reported(),
        _ => Ok(()),
    }
}

struct Fold<'a> {
    db: &'a Connection,
    path: &'a Path,
    at: &'a str,
    fact: &'a NewFact,
}

impl Fold<'_> {
    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, JournalError> {
        let run = || self.db.prepare_cached(sql)?.execute(values);
        run().map_err(|e| storage(self.path, &e))
    }

    fn standing(&self) -> Result<Option<Standing>, JournalError> {
        standing(self.db).map_err(|e| storage(self.path, &e))
    }

    fn conflict<T>(&self, state: &str) -> Result<T, JournalError> {
        let wanted = self.fact.event.word().to_string();
        Err(JournalError::Conflict { subject: self.fact.subject.clone(), state: state.into(), wanted })
    }

    fn founded(&self, installation: &str, machine: &str) -> Result<(), JournalError> {
        if self.standing()?.is_some() {
            return self.conflict("founded");
        }
        let sql = "INSERT INTO standing (one, installation, machine, epoch, last_publishing) SELECT 1, ?1, ?2, 1,
                   coalesce(max(seq), 0) FROM fact WHERE json_extract(event, '$.event') = 'publishing'";
        self.run(sql, &[&installation, &machine]).map(drop)
    }

    fn fenced(&self, epoch: u64, what: &str, what_zh: &str) -> Result<(), JournalError> {
        match self.standing()? {
            Some(standing) if standing.epoch >= epoch => return self.conflict("in this epoch"),
            Some(_) => {}
            None => return self.conflict("not founded"),
        }
        let sql = "UPDATE standing SET epoch = ?1, fenced = ?2, fenced_zh = ?3, fenced_at = ?4";
        self.run(sql, &[&(epoch as i64), &what, &what_zh, &self.at]).map(drop)
    }

    /// One proposal that another person confirmed since the fence lifts it, once.
    fn unfenced(&self, machine: &str) -> Result<(), JournalError> {
        if self.standing()?.is_none_or(|standing| standing.fenced.is_none()) {
            return self.conflict("not fenced");
        }
        let sql = "UPDATE proposal SET used = 1 WHERE fact = (SELECT max(fact) FROM proposal WHERE what = 'unfence'
                   AND approved_by IS NOT NULL AND used = 0 AND proposed_at >= (SELECT fenced_at FROM standing))";
        if self.run(sql, &[])? != 1 {
            return self.conflict("fenced, and not confirmed by two people");
        }
        let sql = "UPDATE standing SET machine = ?1, fenced = NULL, fenced_zh = NULL, fenced_at = NULL";
        self.run(sql, &[&machine]).map(drop)
    }

    fn alarm(&self) -> Result<(), JournalError> {
        let id = &self.fact.subject;
        let Event::Alarmed(alarm) = &self.fact.event else {
            let sql = "UPDATE alarm SET cleared_at = ?2 WHERE id = ?1 AND cleared_at IS NULL";
            return match self.run(sql, &[id, &self.at])? {
                1 => Ok(()),
                _ => self.conflict("over"),
            };
        };
        let on = "SELECT id FROM alarm WHERE key = ?1 AND cleared_at IS NULL";
        let on: Option<String> = self
            .db
            .prepare_cached(on)
            .and_then(|mut s| s.query_row([&alarm.key], |row| row.get(0)).optional())
            .map_err(|e| storage(self.path, &e))?;
        if on.as_ref() == Some(id) {
            return self.reworded(alarm);
        }
        if on.is_some() {
            return self.conflict("on");
        }
        let sql = "INSERT INTO alarm (id, key, party, what, money, hint, raised_at) VALUES (?1,?2,?3,?4,?5,?6,?7)";
        let (what, money, hint) = (as_json(&alarm.what), as_json(&alarm.money), as_json(&alarm.hint));
        self.run(sql, &[id, &alarm.key, &alarm.party, &what, &money, &hint, &self.at]).map(drop)
    }

    /// More came to an alarm that is on: whoever heard of it is told anew.
    fn reworded(&self, alarm: &super::AlarmFact) -> Result<(), JournalError> {
        let (what, money, hint) = (as_json(&alarm.what), as_json(&alarm.money), as_json(&alarm.hint));
        let sql = "UPDATE alarm SET what = ?2, money = ?3, hint = ?4 WHERE id = ?1";
        self.run(sql, &[&self.fact.subject, &what, &money, &hint])?;
        let sql = "UPDATE alarm_route SET told_at = NULL WHERE alarm = ?1";
        self.run(sql, &[&self.fact.subject]).map(drop)
    }

    fn told(&self, route: &str) -> Result<(), JournalError> {
        // A control report is never over.
        let sql = "INSERT INTO alarm_route (alarm, route, told_at, over_told_at, failures)
                   SELECT ?1, ?2, ?3, (SELECT ?3 FROM alarm WHERE id = ?1 AND cleared_at IS NOT NULL), 0 WHERE true
                   ON CONFLICT (alarm, route) DO UPDATE SET failures = 0, retry_at = NULL, note = NULL,
                   told_at = coalesce(told_at, excluded.told_at), over_told_at = excluded.over_told_at";
        self.run(sql, &[&self.fact.subject, &route, &self.at]).map(drop)
    }

    fn not_told(&self, route: &str, error: &str, retry_at: &str) -> Result<(), JournalError> {
        let sql = "INSERT INTO alarm_route (alarm, route, failures, retry_at, note) VALUES (?1, ?2, 1, ?3, ?4)
                   ON CONFLICT (alarm, route) DO UPDATE SET failures = failures + 1, retry_at = ?3, note = ?4";
        self.run(sql, &[&self.fact.subject, &route, &retry_at, &error]).map(drop)
    }

    /// Numbers have no gap, so that a missing report shows.
    fn reported(&self) -> Result<(), JournalError> {
        let Event::Reported(report) = &self.fact.event else { return Ok(()) };
        let next: i64 = self
            .db
            .query_row("SELECT coalesce(max(number), 0) + 1 FROM report WHERE bank = ?1", params![report.bank], |r| {
                r.get(0)
            })
            .map_err(|e| storage(self.path, &e))?;
        if report.number as i64 != next {
            return self.conflict("at another number");
        }
        let (content, signature) = (as_json(&report.content), report.signature.as_ref().map(as_json));
        let sql = "INSERT INTO report (bank, number, day, content, signature, until, made_at)
                   VALUES (?1,?2,?3,?4,?5,?6,?7)";
        let until = report.until as i64;
        self.run(sql, &[&report.bank, &next, &as_json(&report.day), &content, &signature, &until, &self.at]).map(drop)
    }
}
