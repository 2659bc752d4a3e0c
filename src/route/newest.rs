//! Which of several intraday reports or notifications is the newest: files may come in any order.

use std::cmp::Ordering;

use super::pages::running_number;
use crate::document::Moment;
use crate::journal::{Event, JournalError, Records, StatementRecord};

/// The one that its bank made last: by when it says to have made it, else by its number, else the one that came last.
///
/// # Errors
/// [`JournalError`].
pub fn newest<'a>(
    records: &dyn Records,
    reports: impl IntoIterator<Item = &'a StatementRecord>,
) -> Result<Option<&'a StatementRecord>, JournalError> {
    let mut newest: Option<(&StatementRecord, Option<Moment>)> = None;
    for report in reports {
        let made = made(records, report)?;
        let is_older = newest.as_ref().is_some_and(|(known, of)| order(of, known, &made, report) == Ordering::Greater);
        if !is_older {
            newest = Some((report, made));
        }
    }
    Ok(newest.map(|(report, _)| report))
}

fn order(
    made: &Option<Moment>,
    one: &StatementRecord,
    other_made: &Option<Moment>,
    other: &StatementRecord,
) -> Ordering {
    let by_hour = made.zip(*other_made).map_or(Ordering::Equal, |(one, other)| one.order(&other));
    by_hour.then_with(|| numbers(one).zip(numbers(other)).map_or(Ordering::Equal, |(one, other)| one.cmp(&other)))
}

/// When the bank says to have made it.
fn made(records: &dyn Records, report: &StatementRecord) -> Result<Option<Moment>, JournalError> {
    let facts = records.facts_of(&report.inbound)?.into_iter();
    let mut kept = facts.filter_map(|fact| match fact.event {
        Event::StatementKept(kept) if kept.document == report.document => Some(kept.created),
        _ => None,
    });
    Ok(kept.next().flatten())
}

/// Its running number, and what stands behind it: `00123/002` is after `123/1`.
fn numbers(report: &StatementRecord) -> Option<(u64, u64)> {
    let number = running_number(report)?.parse().ok()?;
    let behind = report.number.as_deref()?.split_once('/').map_or("", |(_, behind)| behind);
    Some((number, behind.trim().parse().unwrap_or_default()))
}
