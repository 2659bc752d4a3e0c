//! Payments that are about to miss their bank's cut-off, or have missed it.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Notice;
use crate::config::{Config, Party};
use crate::document::{Currency, Date};
use crate::journal::{Batch, BatchState, JournalError, Outbound, OutboundState, Purpose, Records, Totals};
use crate::route::in_flight;
use crate::text;
use crate::words::Text;

pub(super) fn look(
    config: &Config,
    records: &dyn Records,
    now: Timestamp,
    notices: &mut Vec<Notice>,
) -> Result<(), JournalError> {
    for batch in records.batches(&[BatchState::Held])? {
        let Some(bank) = config.party(&batch.bank) else { continue };
        let (since, by) = (batch.since.parse().unwrap_or(now), due_day(records, bank, &[&batch])?);
        notices.extend(about(bank, &Waits { id: &batch.id, why: Why::Person, since, by, totals: &batch.totals }, now));
    }
    for batch in records.batches(&[BatchState::Released])? {
        let Some(bank) = config.party(&batch.bank).filter(|bank| !bank.template.out.merge.is_empty()) else { continue };
        let (since, by) = (batch.since.parse().unwrap_or(now), due_day(records, bank, &[&batch])?);
        let waits = Waits { id: &batch.id, why: Why::Others, since, by, totals: &batch.totals };
        notices.extend(about(bank, &waits, now).filter(|notice| !leaves_before(bank, now, notice.due)));
    }
    for (file, totals) in files(config, records, now)? {
        let Some(bank) = config.party(&file.party) else { continue };
        let batches = records.carried_by(&file.id)?;
        let by = due_day(records, bank, &batches.iter().collect::<Vec<_>>())?;
        let since = file.created.parse().unwrap_or(now);
        notices.extend(about(bank, &Waits { id: &file.id, why: Why::Bank, since, by, totals: &totals }, now));
    }
    Ok(())
}

/// Files of payments that should have left and cannot: a try failed, the bank cannot be reached, or it takes one file
/// at a time and has one.
fn files(config: &Config, records: &dyn Records, now: Timestamp) -> Result<Vec<(Outbound, Totals)>, JournalError> {
    use OutboundState::{Numbered, Queued, Sealed, Sending, Written};
    let mut away: HashSet<String> = records.contacts()?.into_iter().map(|contact| contact.party).collect();
    for bank in &config.parties {
        away.extend(in_flight::ahead(records, bank, now)?.map(|file| file.party));
    }
    let files = records.outbounds(&[Numbered, Written, Sealed, Queued, Sending])?.into_iter();
    let stuck = files.filter(|f| f.purpose == Purpose::Payments && (f.retry_at.is_some() || away.contains(&f.party)));
    Ok(stuck.filter_map(|mut file| file.totals.take().map(|totals| (file, totals))).collect())
}

/// Whether the next hour at which a bank's batches are put together is before this one.
fn leaves_before(bank: &Party, now: Timestamp, closes: Timestamp) -> bool {
    let hours = bank.template.out.merge.iter();
    // A year without a table is told elsewhere.
    hours.filter_map(|hour| bank.window.deadline(now, *hour).ok()).any(|leaves| leaves < closes)
}

/// The last day on which batches reach their bank in time for the first day of their execution; none where they name
/// no day.
fn due_day(records: &dyn Records, bank: &Party, batches: &[&Batch]) -> Result<Option<Date>, JournalError> {
    let mut first: Option<(Date, &Batch)> = None;
    for batch in batches {
        let days = records.execution_dates(&batch.id)?.into_iter().map(|day| (day, *batch));
        first = days.chain(first).min_by_key(|(day, _)| *day);
    }
    Ok(first.map(|(day, batch)| {
        let currencies: Vec<Currency> = batch.totals.sums.keys().copied().collect();
        // A year without a table is told elsewhere.
        bank.window.banking_day_until(day, &currencies).unwrap_or(day)
    }))
}

/// What waits.
struct Waits<'a> {
    id: &'a str,
    why: Why,
    since: Timestamp,
    /// The day by which the bank must have it; none for at once.
    by: Option<Date>,
    totals: &'a Totals,
}

/// For whom it waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// A person.
    Person,
    /// The hour at which the bank's batches are put together.
    Others,
    /// The bank.
    Bank,
}

fn about(bank: &Party, waits: &Waits<'_>, now: Timestamp) -> Option<Notice> {
    let window = &bank.window;
    let currencies: Vec<Currency> = waits.totals.sums.keys().copied().collect();
    let is_early = |closes: &Timestamp| waits.by.is_some_and(|by| window.day(*closes) < by);
    let closes = window.closes(now, &currencies).filter(|closes| *closes > now && !is_early(closes));
    let near = closes.filter(|closes| closes.duration_since(now) <= window.hours().warning());
    if let Some(closes) = near.filter(|_| window.next(now, &currencies) == Ok(now)) {
        return Some(notice("cut-off-near", bank, waits, closes, true));
    }
    let latest = window.closed_before(now, &currencies).filter(|closed| !is_early(closed))?;
    // What missed its own day missed that one, however many are over by now.
    let own = waits.by.and_then(|by| window.closes(window.midnight(by), &currencies));
    let closed = own.filter(|own| *own > waits.since && *own <= latest).unwrap_or(latest);
    (waits.since < closed).then(|| notice("cut-off-missed", bank, waits, closed, false))
}

fn notice(kind: &'static str, bank: &Party, waits: &Waits<'_>, closes: Timestamp, near: bool) -> Notice {
    let (id, name) = (waits.id, &bank.name);
    let (hour, day) = (bank.window.local(closes).strftime("%H:%M"), bank.window.day(closes));
    let what = match (waits.why, near) {
        (Why::Person, true) => text!(
            "batch `{id}` still waits for a person, and `{name}` takes files only until {hour} today",
            "批次 `{id}` 仍待人工处理，`{name}` 今日收单仅至 {hour}"
        ),
        (Why::Others, true) => text!(
            "batch `{id}` waits for the next hour of `out.merge`, and `{name}` takes files only until {hour} today: it \
             goes on another day",
            "批次 `{id}` 等待 `out.merge` 的下一时刻，而 `{name}` 今日收单仅至 {hour}：将于他日发出"
        ),
        (Why::Others, false) => text!(
            "batch `{id}` waited for an hour of `out.merge` and missed the cut-off of `{name}` at {hour} on {day}",
            "批次 `{id}` 因等待 `out.merge` 的下一时刻，错过 `{name}` {day} {hour} 的截止时间"
        ),
        (Why::Person, false) => text!(
            "batch `{id}` waited for a person and missed the cut-off of `{name}` at {hour} on {day}",
            "批次 `{id}` 因等待人工处理，错过 `{name}` {day} {hour} 的截止时间"
        ),
        (Why::Bank, true) => text!(
            "file `{id}` cannot be sent yet, and `{name}` takes files only until {hour} today",
            "文件 `{id}` 尚无法发出，`{name}` 今日收单仅至 {hour}"
        ),
        (Why::Bank, false) => text!(
            "file `{id}` could not be sent and missed the cut-off of `{name}` at {hour} on {day}",
            "文件 `{id}` 未能发出，错过 `{name}` {day} {hour} 的截止时间"
        ),
    };
    Notice {
        kind,
        party: bank.name.clone(),
        subject: id.to_string(),
        due: closes,
        what,
        money: text!("no money has moved", "资金未动"),
        hint: hint(bank, waits),
    }
}

fn hint(bank: &Party, waits: &Waits<'_>) -> Text {
    let (id, name) = (waits.id, &bank.name);
    if waits.why == Why::Others {
        return text!(
            "name an hour shortly before the cut-off in `out.merge`; `bankferry cancel {id}` takes it back",
            "请在 `out.merge` 中加入截止前不久的时刻；`bankferry cancel {id}` 可撤回"
        );
    }
    if waits.why == Why::Person {
        return text!(
            "`bankferry show {id}`, then release or refuse it",
            "请用 `bankferry show {id}` 查看后放行或拒绝"
        );
    }
    text!(
        "`bankferry show {id}` says why; `bankferry check --connect {name}`",
        "用 `bankferry show {id}` 查看原因；再运行 `bankferry check --connect {name}`"
    )
}
