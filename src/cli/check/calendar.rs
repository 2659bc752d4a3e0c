//! Calendars: a table for this year, and for the next one in good time.

use jiff::ToSpan;

use super::Notes;
use crate::cli::desk::Desk;
use crate::text;

/// Days before the end of the year at which the next one's table is missed.
const DAYS_AHEAD: i64 = 60;

pub(super) fn check(desk: &Desk<'_>, notes: &mut Notes) {
    for party in &desk.config.parties {
        let today = party.window.day(desk.now());
        let soon = today.checked_add(DAYS_AHEAD.days()).unwrap_or(today);
        for (calendar, year) in missing(party, today.year()).chain(missing(party, soon.year())) {
            let name = &party.name;
            let what = text!(
                "calendar `{calendar}` has no table for {year}: batches for `{name}` with days in it will be held",
                "日历 `{calendar}` 没有 {year} 年的数据：发往 `{name}` 且涉及该年日期的批次将被挂起"
            );
            let hint = text!(
                "write `[year.{year}]` with its source into `templates/calendars/{calendar}.toml`",
                "请在 `templates/calendars/{calendar}.toml` 中写入 `[year.{year}]` 并注明来源"
            );
            if year == today.year() {
                notes.error("calendar", what, hint)
            } else {
                notes.warning("calendar", what, hint)
            }
        }
    }
}

fn missing(party: &crate::config::Party, year: i16) -> impl Iterator<Item = (String, i16)> + '_ {
    party.window.without_table(year).into_iter().map(move |calendar| (calendar.name.clone(), year))
}
