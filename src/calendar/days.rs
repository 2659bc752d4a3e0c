//! Banking days: tables with a source, and the two calendars whose rule is stable.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{CalendarError, Weekday};
use crate::document::{Date, parse_date};
use crate::text;
use crate::words::library::carried;

/// A calendar, as its file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    /// Who says so.
    pub source: String,
    /// When that was last looked up, `YYYY-MM-DD`.
    pub checked: String,
    /// The rule, for years without a table.
    #[serde(default)]
    pub rule: Option<Rule>,
    /// Days of the week that are closed.
    #[serde(default = "weekend")]
    pub weekend: Vec<Weekday>,
    /// The tables by year, `[year.2026]`.
    #[serde(default, rename = "year", deserialize_with = "years")]
    pub years: BTreeMap<i16, Holidays>,
}

/// A calendar whose rule is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// T2, the Eurosystem's settlement system.
    Target2,
    /// The Federal Reserve Banks.
    UsFed,
}

/// What differs from the week in one year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holidays {
    /// Closed, whatever the weekday.
    pub closed: Vec<MonthDays>,
    /// Open although on a weekend, such as working weekends (调休).
    pub open: Vec<MonthDays>,
}

/// A day, or the days from one to another: `10-01`, `10-01..10-07`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MonthDays {
    from: (i8, i8),
    until: (i8, i8),
}

impl TryFrom<String> for MonthDays {
    type Error = String;

    fn try_from(text: String) -> Result<MonthDays, String> {
        // 2024 has every day that any year has.
        let day = |day: &str| parse_date(&format!("2024-{day}")).map(|d| (d.month(), d.day()));
        let (from, until) = text.split_once("..").unwrap_or((&text, &text));
        match (day(from), day(until)) {
            (Some(from), Some(until)) if from <= until => Ok(MonthDays { from, until }),
            _ => Err(carried(text!(
                "`{text}` is neither a day such as `10-01` nor days such as `10-01..10-07`",
                "`{text}` 既不是如 `10-01` 的日期，也不是如 `10-01..10-07` 的期间"
            ))),
        }
    }
}

impl MonthDays {
    fn holds(self, date: Date) -> bool {
        (self.from..=self.until).contains(&(date.month(), date.day()))
    }
}

impl Calendar {
    /// The calendar with the tables of `above` in the place of its own, where `above` has them.
    pub fn overridden(mut self, above: Calendar) -> Calendar {
        self.years.extend(above.years);
        let rule = above.rule.or(self.rule);
        Calendar { rule, years: self.years, ..above }
    }

    /// Whether something is known of a year.
    pub fn knows(&self, year: i16) -> bool {
        self.years.contains_key(&year) || self.rule.is_some_and(|rule| year >= rule.first_year())
    }

    /// Whether banks of this calendar work on a day.
    ///
    /// # Errors
    /// [`CalendarError::NoTable`] where nothing is known of the year.
    pub fn is_banking_day(&self, date: Date) -> Result<bool, CalendarError> {
        let weekend = self.weekend.iter().any(|day| day.is(date.weekday()));
        if let Some(table) = self.years.get(&date.year()) {
            let within = |days: &[MonthDays]| days.iter().any(|d| d.holds(date));
            return Ok(within(&table.open) || !weekend && !within(&table.closed));
        }
        match self.rule {
            Some(rule) if date.year() >= rule.first_year() => Ok(!weekend && !rule.is_holiday(date)),
            _ => Err(CalendarError::NoTable { calendar: self.name.clone(), year: date.year() }),
        }
    }
}

impl Rule {
    /// The first year for which the rule is right.
    fn first_year(self) -> i16 {
        match self {
            Rule::Target2 => 2002,
            Rule::UsFed => 2022,
        }
    }

    fn is_holiday(self, date: Date) -> bool {
        match self {
            Rule::Target2 => {
                let from_easter = easter_sunday(date.year()).map(|easter| days_from(easter, date));
                matches!((date.month(), date.day()), (1, 1) | (5, 1) | (12, 25 | 26))
                    || matches!(from_easter, Some(-2 | 1))
            }
            Rule::UsFed => is_us_holiday(date),
        }
    }
}

/// A federal holiday on its weekday; one on a Sunday is kept on Monday, one on a Saturday is not kept.
fn is_us_holiday(date: Date) -> bool {
    let fixed = |date: Date| matches!((date.month(), date.day()), (1, 1) | (6, 19) | (7, 4) | (11, 11) | (12, 25));
    let monday = Weekday::Mon.is(date.weekday());
    let kept = monday && date.yesterday().is_ok_and(fixed);
    let week = (date.day() - 1) / 7 + 1;
    let by_weekday = match date.month() {
        // Third Mondays: Martin Luther King, Washington. First and second: Labor Day, Columbus Day.
        1 | 2 => monday && week == 3,
        5 => monday && date.day() > 24,
        9 => monday && week == 1,
        10 => monday && week == 2,
        11 => Weekday::Thu.is(date.weekday()) && week == 4,
        _ => false,
    };
    fixed(date) || kept || by_weekday
}

/// Easter Sunday of the Gregorian calendar, by the rule of Meeus, Jones and Butcher.
fn easter_sunday(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?).ok()
}

fn days_from(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn weekend() -> Vec<Weekday> {
    vec![Weekday::Sat, Weekday::Sun]
}

/// TOML has text keys only.
fn years<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<i16, Holidays>, D::Error> {
    let tables = BTreeMap::<String, Holidays>::deserialize(from)?;
    let year = |(year, table): (String, Holidays)| match year.parse() {
        Ok(number) if (1900..=2999).contains(&number) => Ok((number, table)),
        _ => Err(serde::de::Error::custom(carried(text!("`{year}` is not a year", "`{year}` 不是年份")))),
    };
    tables.into_iter().map(year).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn by_rule(rule: Rule) -> Calendar {
        Calendar { name: "x".into(), rule: Some(rule), weekend: weekend(), ..Calendar::default() }
    }

    /// The weekdays of a year that are closed, `MM-DD`.
    fn closed(calendar: &Calendar, year: i16) -> String {
        let mut days = Vec::new();
        let mut at = Date::constant(year, 1, 1);
        while at.year() == year {
            let week = !matches!(at.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
            if week && !calendar.is_banking_day(at).unwrap_or_else(|e| panic!("{e}")) {
                days.push(at.strftime("%m-%d").to_string());
            }
            at = at.tomorrow().unwrap_or_else(|e| panic!("{e}"));
        }
        days.join(" ")
    }

    #[test]
    fn the_rules_give_the_published_days() {
        let target2 = by_rule(Rule::Target2);
        assert_eq!(closed(&target2, 2025), "01-01 04-18 04-21 05-01 12-25 12-26");
        assert_eq!(closed(&target2, 2026), "01-01 04-03 04-06 05-01 12-25");
        assert_eq!(closed(&target2, 2027), "01-01 03-26 03-29");
        let fed = by_rule(Rule::UsFed);
        assert_eq!(closed(&fed, 2024), "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25");
        assert_eq!(closed(&fed, 2026), "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25");
        assert_eq!(closed(&fed, 2027), "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25");
    }

    #[test]
    fn a_working_weekend_is_a_banking_day_and_an_unknown_year_is_an_error() {
        let text =
            "source = \"x\"\nchecked = \"2026-11-25\"\n[year.2026]\nclosed = [\"10-01..10-07\"]\nopen = [\"10-10\"]\n";
        let mut calendar: Calendar = toml::from_str(text).unwrap_or_else(|e| panic!("{e}"));
        calendar.name = "mine".into();
        assert_eq!(calendar.is_banking_day(day("2026-10-07")), Ok(false));
        assert_eq!(calendar.is_banking_day(day("2026-10-08")), Ok(true));
        assert_eq!(calendar.is_banking_day(day("2026-10-10")), Ok(true), "a Saturday that is worked");
        assert_eq!(calendar.is_banking_day(day("2026-10-11")), Ok(false));
        let missing = CalendarError::NoTable { calendar: "mine".into(), year: 2027 };
        assert_eq!(calendar.is_banking_day(day("2027-01-04")), Err(missing));
        assert!(!by_rule(Rule::UsFed).knows(2021));
    }

    #[test]
    fn an_installations_table_takes_the_place_of_a_year() {
        let table = |closed: &str| Holidays {
            closed: vec![MonthDays::try_from(closed.to_string()).unwrap_or_else(|e| panic!("{e}"))],
            open: Vec::new(),
        };
        let with =
            |year: i16, closed: &str| Calendar { years: [(year, table(closed))].into(), ..by_rule(Rule::Target2) };
        let both = with(2026, "03-03").overridden(with(2027, "04-05"));
        assert_eq!(closed(&both, 2026), "03-03");
        assert_eq!(closed(&both, 2027), "04-05");
        assert_eq!(closed(&both, 2028), "04-14 04-17 05-01 12-25 12-26");
    }

    #[test]
    fn days_that_are_no_days_are_refused() {
        for wrong in ["13-01", "02-30", "10-07..10-01", "1-1", "10-01..", ""] {
            assert!(MonthDays::try_from(wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
