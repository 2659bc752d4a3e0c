//! When a bank takes a file: banking days, hours, cut-offs, maintenance.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Calendar, CalendarError, Hour, Maintenance};
use crate::document::{Currency, Date};
use crate::text;
use crate::words::Text;

/// How many steps are taken to find a moment: more than a year's days with a maintenance each.
const MOST_STEPS: usize = 1_000;

/// `[calendar]`: when a bank takes files. All hours are on the bank's clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hours {
    /// Names of the calendars that must all call a day a banking day; none: every day is one.
    pub banking_days: Vec<String>,
    /// Time zone of the bank, an IANA name; the installation's where it is not said.
    pub time_zone: Option<String>,
    /// Nothing is sent before this hour.
    pub send_from: Option<Hour>,
    /// Nothing is sent from this hour on.
    pub send_until: Option<Hour>,
    /// What comes later is worked on the next banking day, so it waits for that.
    pub cut_off: Option<Hour>,
    /// Weekly hours in which the server rests.
    pub maintenance: Vec<Maintenance>,
    /// Minutes before the cut-off at which a batch that still waits is told of.
    pub warn_minutes: u16,
    /// Further calendars and an earlier cut-off for files with payments in a currency.
    pub currency: BTreeMap<Currency, CurrencyHours>,
}

impl Default for Hours {
    fn default() -> Hours {
        Hours {
            banking_days: Vec::new(),
            time_zone: None,
            send_from: None,
            send_until: None,
            cut_off: None,
            maintenance: Vec::new(),
            warn_minutes: 30,
            currency: BTreeMap::new(),
        }
    }
}

/// What a currency asks beyond the bank's own hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CurrencyHours {
    /// Calendars that must call a day a banking day too.
    pub banking_days: Vec<String>,
    /// The cut-off, where it is not the bank's.
    pub cut_off: Option<Hour>,
}

impl Hours {
    /// The names of all calendars that are asked.
    pub fn calendars(&self) -> impl Iterator<Item = &str> {
        self.banking_days.iter().chain(self.currency.values().flat_map(|c| &c.banking_days)).map(String::as_str)
    }

    /// What cannot be together, in a sentence.
    pub fn contradiction(&self) -> Option<Text> {
        let ends = self.currency.values().filter_map(|c| c.cut_off).chain(self.cut_off).chain(self.send_until);
        let first = ends.min()?;
        let from = self.send_from.filter(|from| *from >= first)?;
        Some(text!(
            "nothing can be sent from {from} when the day ends at {first}",
            "日终为 {first}，而 {from} 起才发送，没有可发送的时刻"
        ))
    }

    fn cut_off(&self, currencies: &[Currency]) -> Option<Hour> {
        let of = |currency: &Currency| self.currency.get(currency).and_then(|c| c.cut_off);
        let own = currencies.iter().filter_map(of).min();
        // A file with one currency that has its own cut-off keeps to that; a mixed one to the earliest of all.
        let all_own = !currencies.is_empty() && currencies.iter().all(|c| of(c).is_some());
        if all_own { own } else { own.into_iter().chain(self.cut_off).min() }
    }
}

/// The hours of a bank with the tables that they name.
#[derive(Clone, Debug)]
pub struct Window {
    hours: Hours,
    calendars: BTreeMap<String, Arc<Calendar>>,
    zone: TimeZone,
}

impl Window {
    /// The hours of a bank; `calendars` holds all that `hours` names.
    pub fn new(hours: Hours, calendars: BTreeMap<String, Arc<Calendar>>, zone: TimeZone) -> Window {
        Window { hours, calendars, zone }
    }

    /// The settings.
    pub fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The day on the bank's clock.
    pub fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// Whether the bank works on a day, and so do the currencies.
    ///
    /// # Errors
    /// [`CalendarError::NoTable`].
    pub fn is_banking_day(&self, date: Date, currencies: &[Currency]) -> Result<bool, CalendarError> {
        let further = currencies.iter().filter_map(|c| self.hours.currency.get(c)).flat_map(|c| &c.banking_days);
        for name in self.hours.banking_days.iter().chain(further) {
            let unknown = || CalendarError::NoTable { calendar: name.clone(), year: date.year() };
            if !self.calendars.get(name).ok_or_else(unknown)?.is_banking_day(date)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first moment, `now` or later, at which a file with these currencies may be sent.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn next(&self, now: Timestamp, currencies: &[Currency]) -> Result<Timestamp, CalendarError> {
        let mut at = now;
        for _ in 0..MOST_STEPS {
            let day = self.day(at);
            let later = self.later(at, day, currencies)?;
            match later {
                None => return Ok(at),
                Some(next) if next > at => at = next,
                Some(_) => break,
            }
        }
        Err(CalendarError::Never { from: self.day(now) })
    }

    /// The end of the window in which `at` lies, where it has one: the cut-off of that day.
    pub fn closes(&self, at: Timestamp, currencies: &[Currency]) -> Option<Timestamp> {
        self.close_of(self.day(at), currencies)
    }

    /// The end of the latest window that is over, where the days have ends; `None` also for a year without a table.
    pub fn closed_before(&self, now: Timestamp, currencies: &[Currency]) -> Option<Timestamp> {
        let mut day = self.day(now);
        for _ in 0..MOST_STEPS {
            let closed = self.close_of(day, currencies)?;
            if closed <= now && self.is_banking_day(day, currencies).ok()? {
                return Some(closed);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// The zone of the bank's clock, an IANA name.
    pub fn zone(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_string()
    }

    /// A moment on the bank's clock.
    pub fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        self.zone.to_datetime(at)
    }

    /// The moment of an hour on the first banking day whose hour is not over; for what must be there by then.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn deadline(&self, from: Timestamp, hour: Hour) -> Result<Timestamp, CalendarError> {
        self.deadline_from(self.day(from), from, hour)
    }

    fn deadline_from(&self, first: Date, from: Timestamp, hour: Hour) -> Result<Timestamp, CalendarError> {
        let mut day = first;
        for _ in 0..MOST_STEPS {
            let at = self.ends(day, hour.0);
            if at > from && self.is_banking_day(day, &[])? {
                return Ok(at);
            }
            let Ok(tomorrow) = day.tomorrow() else { break };
            day = tomorrow;
        }
        Err(CalendarError::Never { from: self.day(from) })
    }

    /// The moment of an hour on the first banking day after a day.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn deadline_after(&self, day: Date, hour: Hour) -> Result<Timestamp, CalendarError> {
        let tomorrow = day.tomorrow().map_err(|_| CalendarError::Never { from: day })?;
        // A second earlier, so that midnight itself is not over.
        let before = self.midnight(tomorrow).saturating_sub(SignedDuration::from_secs(1));
        self.deadline_from(tomorrow, before.unwrap_or(Timestamp::MIN), hour)
    }

    /// When a day begins on the bank's clock.
    pub fn midnight(&self, day: Date) -> Timestamp {
        self.begins(day, Time::midnight())
    }

    /// The banking day before a day.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn banking_day_before(&self, date: Date) -> Result<Date, CalendarError> {
        let yesterday = date.yesterday().map_err(|_| CalendarError::Never { from: date })?;
        self.banking_day_until(yesterday, &[])
    }

    /// The last banking day up to a day.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn banking_day_until(&self, date: Date, currencies: &[Currency]) -> Result<Date, CalendarError> {
        self.banking_day(date, currencies, |day| day.yesterday().ok())
    }

    /// The first banking day from a day on.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn banking_day_from(&self, date: Date, currencies: &[Currency]) -> Result<Date, CalendarError> {
        self.banking_day(date, currencies, |day| day.tomorrow().ok())
    }

    fn banking_day(
        &self,
        date: Date,
        currencies: &[Currency],
        step: impl Fn(&Date) -> Option<Date>,
    ) -> Result<Date, CalendarError> {
        for day in std::iter::successors(Some(date), step).take(MOST_STEPS) {
            if self.is_banking_day(day, currencies)? {
                return Ok(day);
            }
        }
        Err(CalendarError::Never { from: date })
    }

    /// Calendars that know nothing of a year.
    pub fn without_table(&self, year: i16) -> Vec<&Calendar> {
        self.calendars.values().filter(|c| !c.knows(year)).map(Arc::as_ref).collect()
    }

    /// A later moment to look at; `None` where nothing is against this one.
    fn later(&self, at: Timestamp, day: Date, currencies: &[Currency]) -> Result<Option<Timestamp>, CalendarError> {
        let tomorrow = || day.tomorrow().map_or(Timestamp::MAX, |day| self.begins(day, Time::midnight()));
        if !self.is_banking_day(day, currencies)? {
            return Ok(Some(tomorrow()));
        }
        let opens = self.hours.send_from.map(|hour| self.begins(day, hour.0));
        if let Some(opens) = opens.filter(|opens| at < *opens) {
            return Ok(Some(opens));
        }
        if self.close_of(day, currencies).is_some_and(|closes| at >= closes) {
            return Ok(Some(tomorrow()));
        }
        Ok(self.hours.maintenance.iter().filter_map(|m| self.rests_until(m, at, day)).max())
    }

    fn close_of(&self, day: Date, currencies: &[Currency]) -> Option<Timestamp> {
        let hour = self.hours.cut_off(currencies).into_iter().chain(self.hours.send_until).min()?;
        Some(self.ends(day, hour.0))
    }

    /// The end of a maintenance in which `at` lies; it may have begun the day before.
    fn rests_until(&self, maintenance: &Maintenance, at: Timestamp, day: Date) -> Option<Timestamp> {
        let over_night = maintenance.until <= maintenance.from;
        let begun = [Some(day), day.yesterday().ok()];
        begun.into_iter().flatten().filter(|d| maintenance.day.is_none_or(|w| w.is(d.weekday()))).find_map(|first| {
            let last = if over_night { first.tomorrow().ok()? } else { first };
            let (from, until) = (self.ends(first, maintenance.from.0), self.reopens(last, maintenance.until.0));
            (from <= at && at < until).then_some(until)
        })
    }

    /// When something begins: an hour that the clock skips is the moment after the gap, a doubled one the first.
    fn begins(&self, day: Date, hour: Time) -> Timestamp {
        let at = self.zone.to_ambiguous_timestamp(day.to_datetime(hour)).compatible();
        at.unwrap_or(Timestamp::MAX)
    }

    /// When something ends: an hour that the clock skips is the real moment before the gap, a doubled one the first.
    fn ends(&self, day: Date, hour: Time) -> Timestamp {
        let ambiguous = self.zone.to_ambiguous_timestamp(day.to_datetime(hour));
        ambiguous.earlier().unwrap_or(Timestamp::MIN)
    }

    /// When a rest is over for certain: the later of two.
    fn reopens(&self, day: Date, hour: Time) -> Timestamp {
        self.zone.to_ambiguous_timestamp(day.to_datetime(hour)).later().unwrap_or(Timestamp::MAX)
    }
}

impl Default for Window {
    /// Open always.
    fn default() -> Window {
        Window::new(Hours::default(), BTreeMap::new(), TimeZone::UTC)
    }
}

impl Hours {
    /// How long before the cut-off a waiting batch is told of.
    pub fn warning(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.warn_minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(settings: &str, zone: &str, tables: &[(&str, &str)]) -> Window {
        let hours: Hours = toml::from_str(settings).unwrap_or_else(|e| panic!("{e}"));
        let calendar = |name: &str, text: &str| {
            let text = format!("source = \"x\"\nchecked = \"2026-11-25\"\n{text}");
            let calendar: Calendar = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
            (name.to_string(), Arc::new(Calendar { name: name.into(), ..calendar }))
        };
        let tables = tables.iter().map(|(name, text)| calendar(name, text)).collect();
        Window::new(hours, tables, TimeZone::get(zone).unwrap_or_else(|e| panic!("{e}")))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    const CHINA: (&str, &str) = ("china", "[year.2026]\nclosed = [\"10-01..10-07\"]\nopen = [\"10-10\"]\n");

    #[test]
    fn what_misses_the_cut_off_waits_for_the_next_banking_day() {
        let w =
            window("banking_days = [\"china\"]\nsend_from = \"08:30\"\ncut_off = \"16:30\"", "Asia/Shanghai", &[CHINA]);
        let next = |now: &str| w.next(at(now), &[]);
        assert_eq!(next("2026-09-30T16:29:59+08:00"), Ok(at("2026-09-30T16:29:59+08:00")));
        assert_eq!(next("2026-09-30T16:30:00+08:00"), Ok(at("2026-10-08T08:30:00+08:00")), "over the long holiday");
        assert_eq!(next("2026-10-09T18:00:00+08:00"), Ok(at("2026-10-10T08:30:00+08:00")), "a worked Saturday");
        assert_eq!(next("2026-10-10T18:00:00+08:00"), Ok(at("2026-10-12T08:30:00+08:00")));
    }

    #[test]
    fn holiday_table_missing() {
        let w = window("banking_days = [\"china\"]\ncut_off = \"16:30\"", "Asia/Shanghai", &[CHINA]);
        let missing = CalendarError::NoTable { calendar: "china".into(), year: 2027 };
        assert_eq!(w.next(at("2026-12-31T17:00:00+08:00"), &[]), Err(missing));
        assert_eq!(w.without_table(2027).len(), 1);
        assert!(w.without_table(2026).is_empty());
    }

    #[test]
    fn dst_gap_at_the_cutoff() {
        // On 2026-03-29 the clock in Berlin goes from 02:00 to 03:00.
        let w = window("cut_off = \"02:30\"", "Europe/Berlin", &[]);
        let closes = w.closes(at("2026-03-29T00:00:00Z"), &[]);
        assert_eq!(closes, Some(at("2026-03-29T00:30:00Z")), "01:30, which is a real moment before the gap");
        assert_eq!(w.next(at("2026-03-29T00:30:00Z"), &[]), Ok(at("2026-03-29T22:00:00Z")));
        // On 2026-10-25 the hour from 02:00 to 03:00 comes twice.
        assert_eq!(w.closes(at("2026-10-25T00:00:00Z"), &[]), Some(at("2026-10-25T00:30:00Z")), "the first of two");
        let opens = window("send_from = \"02:30\"", "Europe/Berlin", &[]);
        assert_eq!(opens.next(at("2026-03-29T00:00:00Z"), &[]), Ok(at("2026-03-29T01:30:00Z")), "03:30, after the gap");
    }

    #[test]
    fn a_deadline_that_the_clock_skips_or_has_twice_comes_once() {
        let w = window("", "Europe/Berlin", &[]);
        let half_past_two = Hour::try_from("02:30".to_string()).unwrap_or_else(|e| panic!("{e}"));
        let next = |from: &str| w.deadline(at(from), half_past_two);
        // Skipped: half past one, and then the next day's.
        assert_eq!(next("2026-03-29T00:00:00Z"), Ok(at("2026-03-29T00:30:00Z")));
        assert_eq!(next("2026-03-29T00:30:00Z"), Ok(at("2026-03-30T00:30:00Z")));
        // Twice: the first, and then the next day's.
        assert_eq!(next("2026-10-25T00:00:00Z"), Ok(at("2026-10-25T00:30:00Z")));
        assert_eq!(next("2026-10-25T00:30:00Z"), Ok(at("2026-10-26T01:30:00Z")), "not the second of the same day");
        // A zone that skips midnight: the day begins behind the gap, and an hour of it is in it.
        let beirut = window("", "Asia/Beirut", &[]);
        let quarter = Hour::try_from("00:15".to_string()).unwrap_or_else(|e| panic!("{e}"));
        let sunday = jiff::civil::date(2026, 3, 29);
        assert_eq!(beirut.day(beirut.midnight(sunday)), sunday);
        let due = beirut.deadline(beirut.midnight(sunday), quarter).unwrap_or_else(|e| panic!("{e}"));
        assert!(due > beirut.midnight(sunday), "{due}");
    }

    #[test]
    fn a_maintenance_over_midnight_is_waited_for() {
        let settings = "maintenance = [{ day = \"sat\", from = \"17:00\", until = \"01:00\" }]";
        let w = window(settings, "America/New_York", &[]);
        let next = |now: &str| w.next(at(now), &[]);
        assert_eq!(next("2026-11-28T16:59:00-05:00"), Ok(at("2026-11-28T16:59:00-05:00")));
        assert_eq!(next("2026-11-28T17:00:00-05:00"), Ok(at("2026-11-29T01:00:00-05:00")));
        assert_eq!(next("2026-11-29T00:59:59-05:00"), Ok(at("2026-11-29T01:00:00-05:00")));
        assert_eq!(next("2026-11-27T18:00:00-05:00"), Ok(at("2026-11-27T18:00:00-05:00")), "a Friday");
    }

    #[test]
    fn a_currency_adds_its_calendar_and_its_cut_off() {
        let settings = "banking_days = [\"china\"]\ncut_off = \"16:30\"\n[currency.EUR]\nbanking_days = [\"t2\"]\n\
                        cut_off = \"15:00\"";
        let t2 = ("t2", "rule = \"target2\"");
        let w = window(settings, "Asia/Shanghai", &[CHINA, t2]);
        let (eur, cny) = (Currency::parse("EUR").into_iter().collect::<Vec<_>>(), Currency::parse("CNY"));
        let cny: Vec<Currency> = cny.into_iter().collect();
        let friday = at("2026-04-03T10:00:00+08:00");
        assert_eq!(w.next(friday, &cny), Ok(friday));
        assert_eq!(w.next(friday, &eur), Ok(at("2026-04-07T00:00:00+08:00")), "Good Friday and Easter Monday");
        let late = at("2026-04-08T15:30:00+08:00");
        assert_eq!(w.next(late, &cny), Ok(late));
        assert_eq!(w.next(late, &eur), Ok(at("2026-04-09T00:00:00+08:00")));
        let both: Vec<Currency> = [eur, cny].concat();
        assert_eq!(w.next(late, &both), Ok(at("2026-04-09T00:00:00+08:00")), "the earlier of two");
    }

    #[test]
    fn hours_that_leave_no_moment_are_told() {
        let always = "maintenance = [{ from = \"00:00\", until = \"00:00\" }]";
        assert!(matches!(
            window(always, "UTC", &[]).next(at("2026-11-25T10:00:00Z"), &[]),
            Err(CalendarError::Never { .. })
        ));
        let hours: Hours =
            toml::from_str("send_from = \"17:00\"\ncut_off = \"16:30\"").unwrap_or_else(|e| panic!("{e}"));
        assert!(hours.contradiction().is_some());
    }

    #[test]
    fn a_deadline_falls_on_a_banking_day() {
        let w = window("banking_days = [\"china\"]", "Asia/Shanghai", &[CHINA]);
        let six = Hour::try_from("18:00".to_string()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(w.deadline(at("2026-09-30T10:00:00+08:00"), six), Ok(at("2026-09-30T18:00:00+08:00")));
        assert_eq!(w.deadline(at("2026-09-30T18:30:00+08:00"), six), Ok(at("2026-10-08T18:00:00+08:00")));
    }
}
