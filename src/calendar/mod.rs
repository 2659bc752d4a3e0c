//! Banking days, cut-offs and maintenance windows: when a bank takes a file.
//!
//! Everything here is a pure function of tables, settings and a moment. The tables are files in
//! `templates/calendars`, each with its source; a year that no table speaks of is an error, never
//! an ordinary year.

mod days;
mod hours;
mod window;

pub use days::{Calendar, Holidays, MonthDays, Rule};
pub use hours::{Hour, Length, Maintenance, Weekday};
pub use window::{CurrencyHours, Hours, Window};

use crate::document::Date;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// Why it cannot be said when a bank takes a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No table speaks of the year.
    #[error("calendar `{calendar}` has no table for {year}")]
    NoTable {
        /// The calendar.
        calendar: String,
        /// The year.
        year: i16,
    },
    /// The hours leave no moment in the days that were looked at.
    #[error("no moment within a year after {from} is a banking hour")]
    Never {
        /// The first day that was looked at.
        from: Date,
    },
}

impl Explain for CalendarError {
    fn what(&self) -> Text {
        match self {
            CalendarError::NoTable { calendar, year } => text!(
                "calendar `{calendar}` has no table for {year}, so nobody knows the banking days; nothing was sent",
                "日历 `{calendar}` 没有 {year} 年的数据，无法判断银行工作日；未发送任何内容"
            ),
            CalendarError::Never { from } => text!(
                "the hours of this bank leave no moment within a year after {from}; nothing was sent",
                "该银行的时间设置在 {from} 之后一年内没有可发送的时刻；未发送任何内容"
            ),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            CalendarError::NoTable { calendar, year } => vec![text!(
                "write `[year.{year}]` with its source into `templates/calendars/{calendar}.toml`, then release again",
                "请在 `templates/calendars/{calendar}.toml` 中写入 `[year.{year}]` 并注明来源，然后重新放行"
            )],
            CalendarError::Never { .. } => {
                vec![text!("look at `[calendar]` of the bank", "请检查该银行的 `[calendar]`")]
            }
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::Person
    }
}
