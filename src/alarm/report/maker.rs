//! Which reports are due, and the thread that makes them: one look at a bank's payments may take a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::{SignedDuration, Timestamp};

use super::make;
use crate::calendar::{Hour, Window};
use crate::config::Party;
use crate::document::Date;
use crate::journal::{AlarmFact, JournalError, Oversight, Records, ReportFact, ReportRecord, SqliteJournal};
use crate::route::{Shared, Trouble};
use crate::text;
use crate::words::Text;

/// The most days that are looked through for a banking day.
const MOST_DAYS: usize = 400;
/// Days of a journal without any report for which each day gets its own.
const MOST_DAYS_AT_FIRST: i32 = 31;
/// Seconds between two looks for what is due.
const LOOK_SECONDS: i64 = 5;
/// Seconds until a report that could not be made is tried again.
const AGAIN_SECONDS: i64 = 300;

/// Makes what is due, one report at a time.
#[derive(Default)]
pub struct Maker {
    thread: Option<(String, JoinHandle<Result<ReportFact, Trouble>>)>,
    /// Banks whose report could not be made: when it is tried again, and why.
    failed: BTreeMap<String, (Timestamp, Text)>,
    /// When it was last looked for what is due, where nothing was.
    looked: Option<Timestamp>,
}

impl Maker {
    /// What was made since the last call; begins the next that is due.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn round(
        &mut self,
        shared: &Arc<Shared>,
        journal: &SqliteJournal,
        now: Timestamp,
    ) -> Result<Option<ReportFact>, JournalError> {
        if self.thread.as_ref().is_some_and(|(_, thread)| !thread.is_finished()) {
            return Ok(None);
        }
        if let Some(made) = self.taken(now) {
            return Ok(Some(made));
        }
        let age = |looked: Timestamp| now.duration_since(looked).abs() < SignedDuration::from_secs(LOOK_SECONDS);
        if self.looked.is_some_and(age) {
            return Ok(None);
        }
        self.looked = Some(now);
        // A second copy has the numbers of the first one: it would tell of the same days with other words.
        if journal.standing()?.is_some_and(|standing| standing.fenced.is_some()) {
            return Ok(None);
        }
        for bank in shared.config.banks() {
            let waits = self.failed.get(&bank.name).is_some_and(|(again, _)| *again > now);
            let Some((day, last)) = due(shared, journal, bank, now)?.filter(|_| !waits) else { continue };
            self.begin(shared, bank, day, last, now);
            self.looked = None;
            break;
        }
        Ok(None)
    }

    /// Waits for the one that is being made; the next round looks for what is due whenever it comes.
    pub fn wait(&mut self, now: Timestamp) -> Option<ReportFact> {
        self.looked = None;
        self.taken(now)
    }

    /// That a report could not be made, as what a person has to know.
    pub fn notices(&self) -> Vec<AlarmFact> {
        let notice = |(bank, (_, Text { en, zh })): (&String, &(Timestamp, Text))| {
            AlarmFact::new(
                format!("report {bank}"),
                bank,
                text!("the control report of `{bank}` cannot be made: {en}", "无法生成 `{bank}` 的控制日报：{zh}"),
                text!("no money has moved because of it", "资金未因此划转"),
                text!(
                    "`bankferry verify` and `bankferry check` look deeper",
                    "请运行 `bankferry verify` 和 `bankferry check`"
                ),
            )
        };
        self.failed.iter().map(notice).collect()
    }

    fn begin(&mut self, shared: &Arc<Shared>, bank: &Party, day: Date, last: Option<ReportRecord>, now: Timestamp) {
        let (shared, bank, name) = (Arc::clone(shared), bank.clone(), bank.name.clone());
        let work = move || make(&shared, &bank, day, last.as_ref());
        match std::thread::Builder::new().name("report".into()).spawn(work) {
            Ok(thread) => self.thread = Some((name, thread)),
            Err(error) => self.fail(name, Trouble::from(error).what, now),
        }
    }

    fn taken(&mut self, now: Timestamp) -> Option<ReportFact> {
        let (bank, thread) = self.thread.take()?;
        match thread.join() {
            Ok(Ok(made)) => {
                self.failed.remove(&bank);
                Some(made)
            }
            Ok(Err(trouble)) => {
                self.fail(bank, trouble.what, now);
                None
            }
            Err(_) => {
                self.fail(bank, text!("a part of the program broke", "程序的一部分出现故障"), now);
                None
            }
        }
    }

    fn fail(&mut self, bank: String, why: Text, now: Timestamp) {
        let again = now.saturating_add(SignedDuration::from_secs(AGAIN_SECONDS)).unwrap_or(Timestamp::MAX);
        self.failed.insert(bank, (again, why));
    }
}

/// The oldest day of a bank whose report is due and not made, with the report before it.
fn due(
    shared: &Shared,
    journal: &SqliteJournal,
    bank: &Party,
    now: Timestamp,
) -> Result<Option<(Date, Option<ReportRecord>)>, JournalError> {
    let Some(over) = latest_over(&bank.window, shared.config.reports.at, now) else { return Ok(None) };
    if let Some(last) = journal.last_report(&bank.name)? {
        let day = banking_day_after(&bank.window, last.day).filter(|day| *day <= over);
        return Ok(day.map(|day| (day, Some(last))));
    }
    let Some(first) = journal.facts_after(0, 1)?.pop() else { return Ok(None) };
    let began = first.at.parse().map(|at| bank.window.day(at)).unwrap_or(over);
    let day = if days_between(began, over) > MOST_DAYS_AT_FIRST {
        // A journal from before there were reports: the first covers all of it.
        banking_day_until(&bank.window, over)
    } else {
        banking_day_from(&bank.window, began)
    };
    Ok(day.filter(|day| *day >= began && *day <= over).map(|day| (day, None)))
}

/// The latest day that is over, and whose hour of reporting has come.
fn latest_over(window: &Window, at: Hour, now: Timestamp) -> Option<Date> {
    let here = window.local(now);
    let yesterday = here.date().yesterday().ok()?;
    if here.time() >= at.0 { Some(yesterday) } else { yesterday.yesterday().ok() }
}

/// A year without a table is no reason to be silent.
fn is_banking_day(window: &Window, day: Date) -> bool {
    window.is_banking_day(day, &[]).unwrap_or(true)
}

fn banking_day_after(window: &Window, day: Date) -> Option<Date> {
    banking_day_from(window, day.tomorrow().ok()?)
}

fn banking_day_from(window: &Window, day: Date) -> Option<Date> {
    let days = std::iter::successors(Some(day), |day| day.tomorrow().ok());
    days.take(MOST_DAYS).find(|day| is_banking_day(window, *day))
}

fn days_between(from: Date, until: Date) -> i32 {
    from.until(until).map_or(0, |span| span.get_days())
}

fn banking_day_until(window: &Window, day: Date) -> Option<Date> {
    let days = std::iter::successors(Some(day), |day| day.yesterday().ok());
    days.take(MOST_DAYS).find(|day| is_banking_day(window, *day))
}
