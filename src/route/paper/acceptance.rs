//! What an ERP is told when its batch waits for its bank: when the bank takes the file, and when it is to have
//! answered. When the file stops in line, because its approval counts no longer, the ERP is told that instead.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Party;
use crate::format::csv::AcceptanceFile;
use crate::journal::moment;
use crate::journal::{
    Event, Fact, Inbound, JournalError, Outbound, OutboundState, PaymentFilter, PaymentState, Purpose, Records,
    SqliteJournal, Sums,
};
use crate::route::number::numbering_of;
use crate::route::{Shared, Trouble};
use crate::text;
use crate::words::{Lang, Remedy, Text};

/// When the bank takes a file and owes its answers: nothing where the file stopped. Moments are RFC 3339 in UTC.
#[derive(Default, Serialize)]
struct Expected {
    /// The bank takes the file from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// Any answer at all is here by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_expected: Option<String>,
    /// Every payment is taken on or refused by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    acceptance_expected: Option<String>,
    /// Every payment is carried out or refused by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_expected: Option<String>,
}

/// The file in JSON lines: one line, and the end.
#[derive(Serialize)]
struct Acceptance<'a> {
    r#type: &'static str,
    batch: &'a str,
    /// The ERP's own file.
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    bank: &'a str,
    bank_file: &'a str,
    count: u64,
    sums: Sums,
    at: &'a str,
    #[serde(flatten)]
    expected: Expected,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

/// What is told of a file in line.
struct Told {
    /// Since when it is so.
    since: String,
    /// `queued`, or `held` where it stopped; `unknown` or `cancelled` where that came before it could be told.
    status: &'static str,
    expected: Expected,
    /// Why it stopped.
    message: String,
}

/// Why a file stopped in line for its bank, each time, with the moment.
///
/// # Errors
/// [`JournalError`].
pub fn stops(records: &dyn Records, file: &Outbound) -> Result<Vec<(String, Text)>, JournalError> {
    let facts = records.facts_of(&file.id)?.into_iter().filter(|fact| fact.subject == file.id);
    let stop = |fact: Fact| match fact.event {
        Event::Failed { error, error_zh, retry_at: None } => Some((fact.at, Text { en: error, zh: error_zh })),
        _ => None,
    };
    Ok(facts.filter_map(stop).collect())
}

/// Which of the files for a bank that an ERP's file became an acceptance speaks of, from 1.
///
/// # Errors
/// [`JournalError`].
pub fn place_of(records: &dyn Records, file: &Outbound) -> Result<u64, JournalError> {
    let all = payments_files(records, &file.source)?;
    Ok(all.iter().position(|known| known.id == file.id).map_or(0, |at| at as u64 + 1))
}

fn payments_files(records: &dyn Records, source: &str) -> Result<Vec<Outbound>, JournalError> {
    let mut all = records.outbounds_of(source)?;
    all.retain(|file| file.purpose == Purpose::Payments);
    Ok(all)
}

/// Writes the acceptance that `file` was numbered for.
pub(super) fn write(
    shared: &Shared,
    records: &SqliteJournal,
    source: &Inbound,
    file: &Outbound,
    lang: Lang,
    output: impl Write,
) -> Result<(), Trouble> {
    let at = usize::try_from(file.document.saturating_sub(1)).unwrap_or(usize::MAX);
    let sent = payments_files(records, &source.id)?.into_iter().nth(at);
    // A merged file carries batches of several ERPs: each is told of its own.
    let numbering = numbering_of(records, &file.id)?;
    let stopped = numbering.as_ref().map_or(0, |numbering| numbering.stopped);
    let about = numbering.and_then(|numbering| numbering.about);
    let batch = about.map(|id| records.batch(&id)).transpose()?.flatten();
    let Some((sent, batch)) = sent.zip(batch) else {
        let id = &source.id;
        let what = text!("`{id}` has no file for a bank", "`{id}` 没有发往银行的文件");
        return Err(Trouble::new(what, Remedy::Person));
    };
    let bank = shared.party(&sent.party)?;
    let told = match stopped {
        0 => waits(records, bank, &sent, lang)?,
        nth => stopped_then(records, &sent, nth, lang)?,
    };
    let (batch, bank, name) = (batch, bank.name.as_str(), sent.name.as_str());
    if file.format == "csv" {
        return rows(records, [&sent.id, &batch.id], &told, [bank, name], lang, output);
    }
    let is_merged = records.carried_by(&sent.id)?.len() > 1;
    let totals = sent.totals.clone().filter(|_| !is_merged).unwrap_or_else(|| batch.totals.clone());
    let head = Acceptance {
        r#type: "acceptance",
        batch: &batch.id,
        file: &batch.name,
        message_id: batch.message_id.as_deref(),
        bank,
        bank_file: name,
        count: totals.count,
        sums: totals.sums,
        at: &told.since,
        expected: told.expected,
        status: told.status,
        message: &told.message,
    };
    let mut output = output;
    let end = serde_json::json!({ "type": "end", "format": "jsonl", "documents": 1, "findings": [] });
    writeln!(output, "{}\n{end}", serde_json::to_string(&head).map_err(std::io::Error::from)?)?;
    Ok(output.flush()?)
}

fn rows(
    records: &SqliteJournal,
    [sent, batch]: [&str; 2],
    told: &Told,
    [bank, name]: [&str; 2],
    lang: Lang,
    output: impl Write,
) -> Result<(), Trouble> {
    let mut rows = AcceptanceFile::new(output, lang)?;
    let filter = PaymentFilter { outbound: Some(sent.into()), batch: Some(batch.into()), ..PaymentFilter::default() };
    let or_empty = |moment: &Option<String>| moment.clone().unwrap_or_default();
    let expected = &told.expected;
    let (answer, acceptance) = (or_empty(&expected.answer_expected), or_empty(&expected.acceptance_expected));
    let (from, execution) = (or_empty(&expected.expected), or_empty(&expected.execution_expected));
    let mut written = Ok(());
    records.each_payment(&filter, &mut |payment| {
        written = rows.write([
            &payment.batch,
            payment.end_to_end_id.as_deref().unwrap_or_default(),
            &payment.amount.to_string(),
            payment.currency.as_str(),
            told.status,
            &from,
            &answer,
            &acceptance,
            &execution,
            bank,
            name,
            &told.since,
            &told.message,
        ]);
        written.is_ok()
    })?;
    written?;
    Ok(rows.finish()?.flush()?)
}

/// Since when the file waited for its window first, and what was expected then; what became of it meanwhile.
fn waits(records: &SqliteJournal, bank: &Party, sent: &Outbound, lang: Lang) -> Result<Told, Trouble> {
    let facts = records.facts_of(&sent.id)?;
    let queued = facts.into_iter().find_map(|fact| match fact.event {
        Event::Queued { not_before } if fact.subject == sent.id => Some((fact.at, not_before)),
        _ => None,
    });
    let (since, not_before) = queued.ok_or_else(|| {
        let id = &sent.id;
        Trouble::new(text!("`{id}` does not wait for its bank yet", "`{id}` 尚未排队等待银行"), Remedy::Wait)
    })?;
    let start = not_before.unwrap_or_else(|| since.clone());
    let due = &bank.template.answers;
    let from: Timestamp = start.parse().unwrap_or(Timestamp::MIN);
    let by = |hour| bank.window.deadline(from, hour).ok().map(moment);
    let acceptance_expected = due.accepted_by.and_then(by);
    let within = due.received_within.and_then(|within| from.checked_add(within.0).ok()).map(moment);
    let expected = Expected {
        expected: Some(start),
        answer_expected: within.or_else(|| acceptance_expected.clone()),
        acceptance_expected,
        execution_expected: due.executed_by.and_then(by),
    };
    // What became of the file before this could be told is above what was expected of it.
    let (status, why) = match sent.state {
        OutboundState::Unknown | OutboundState::Unconfirmed => (
            PaymentState::Unknown.word(),
            text!("whether the bank has the file is not known", "银行是否已收到该文件不明"),
        ),
        OutboundState::Cancelled => (PaymentState::Cancelled.word(), text!("the file was taken back", "该文件已撤回")),
        _ => {
            return Ok(Told { since, status: OutboundState::Queued.word(), expected, message: String::new() });
        }
    };
    Ok(Told { since: sent.since.clone(), status, expected: Expected::default(), message: why.to(lang).to_string() })
}

/// Why the file stopped, the n-th time: it leaves when a person lets it go, and nobody can say when that is.
fn stopped_then(records: &SqliteJournal, sent: &Outbound, nth: u64, lang: Lang) -> Result<Told, Trouble> {
    let at = usize::try_from(nth.saturating_sub(1)).unwrap_or(usize::MAX);
    let (since, why) = stops(records, sent)?.into_iter().nth(at).ok_or_else(|| {
        let id = &sent.id;
        Trouble::new(text!("`{id}` has not stopped in line", "`{id}` 并未在排队中停下"), Remedy::Person)
    })?;
    let (status, message) = (PaymentState::Held.word(), why.to(lang).to_string());
    Ok(Told { since, status, expected: Expected::default(), message })
}
