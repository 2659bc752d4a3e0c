//! Statements and their entries: those that count, and those of a file that waits for a person.

use serde::Serialize;

use super::{MOST_PAYMENTS, Match, Page, Story};
use crate::cli::CliError;
use crate::cli::desk::Desk;
use crate::cli::list::{entry_columns, entry_row};
use crate::cli::print::{Column, amount};
use crate::cli::run::trouble;
use crate::cli::tongue::kind;
use crate::document::{Balance, Entry, Indicator};
use crate::journal::{EntryFilter, Event, Fact, Inbound, InboundState, Records, SqliteJournal, StatementRecord};
use crate::route::PROGRAM;
use crate::route::paper::{Waiting, look_in};
use crate::text;

/// A statement of a file with its first entries, or with the one that is asked for.
pub(super) fn story(
    desk: &Desk<'_>,
    records: &SqliteJournal,
    inbound: &str,
    document: u64,
    seq: Option<u64>,
) -> Result<Option<Story>, CliError> {
    let Some(file) = records.inbound(inbound)? else { return Ok(None) };
    let facts = records.facts_of(inbound)?;
    let statement = records.statements_of(inbound)?.into_iter().find(|s| s.document == document);
    let Some(statement) = statement else {
        let mut waiting = waiting(desk, &file, Some(document))?;
        waiting.iter_mut().for_each(|one| one.entries.retain(|entry| seq.is_none_or(|seq| entry.seq == seq)));
        waiting.retain(|one| seq.is_none() || !one.entries.is_empty());
        let story = Story { inbound: Some(file), waiting, facts, ..Story::default() };
        return Ok((!story.waiting.is_empty()).then_some(story));
    };
    let mut entries = Vec::new();
    let filter =
        EntryFilter { inbound: Some(inbound.to_string()), document: Some(document), seq, ..EntryFilter::default() };
    records.each_entry(&filter, &mut |entry| {
        entries.push(entry);
        (entries.len() as u64) < MOST_PAYMENTS
    })?;
    if seq.is_some() && entries.is_empty() {
        return Ok(None);
    }
    let last = entries.last().map_or(0, |entry| entry.entry.seq);
    let found = records.matches(inbound, document, seq.unwrap_or(0)..=seq.unwrap_or(last))?;
    let matched = |m: crate::journal::EntryMatch| {
        let by = matched_by(&facts, document, m.entry);
        Match::of(records, m, by)
    };
    let matches = found.into_iter().map(matched).collect::<Result<_, _>>()?;
    let about = |fact: &Fact| seq.is_none_or(|seq| is_about(fact, document, seq));
    let facts = facts.into_iter().filter(about).collect();
    Ok(Some(Story { inbound: Some(file), statements: vec![statement], entries, matches, facts, ..Story::default() }))
}

/// Who matched an entry: the person who did it last, else the program when it read the statement.
pub(super) fn matched_by(facts: &[Fact], document: u64, seq: u64) -> String {
    let by = |fact: &&Fact| match &fact.event {
        Event::EntryMatched { document: d, entry, .. } => (*d, *entry) == (document, seq),
        _ => false,
    };
    facts.iter().rev().find(by).map_or(PROGRAM, |fact| fact.actor.as_str()).to_string()
}

/// Whether a fact of a file concerns one entry of it: what happened to that entry, or to all of the file.
fn is_about(fact: &Fact, document: u64, seq: u64) -> bool {
    match &fact.event {
        Event::EntryMatched { document: d, entry, .. } | Event::EntryUnmatched { document: d, entry, .. } => {
            (*d, *entry) == (document, seq)
        }
        Event::StatementKept(statement) => statement.document == document,
        Event::Numbered(_) | Event::Written { .. } | Event::Queued { .. } | Event::Published(_) => false,
        Event::Sending { .. } | Event::Publishing { .. } | Event::Sealed { .. } => false,
        // What was proposed of another entry is that one's.
        _ => !fact.subject.contains('/') || fact.subject.ends_with(&format!("/{document}/{seq}")),
    }
}

/// What a bank's file says that waits for a person; nothing where it is read already, or cannot be.
pub(super) fn waiting(desk: &Desk<'_>, file: &Inbound, document: Option<u64>) -> Result<Vec<Waiting>, CliError> {
    let of_bank = desk.config.party(&file.party).is_some_and(|party| party.is_bank());
    if !of_bank || file.state != InboundState::Held || file.content.is_none() {
        return Ok(Vec::new());
    }
    let most = usize::try_from(MOST_PAYMENTS).unwrap_or(usize::MAX);
    let mut all = look_in(&desk.shared()?, file, if document.is_some() { most } else { 0 }).map_err(|t| trouble(&t))?;
    all.retain(|one| document.is_none_or(|document| one.document == document));
    Ok(all)
}

impl Page<'_> {
    pub(super) fn statement(&mut self, s: &StatementRecord) {
        let what = self.say(&kind(&s.kind));
        let (entries, matched) = (s.entries, s.matched);
        let balances = balances_of(&s.balances);
        let counts = match (&s.replaced_by, &s.repeats) {
            (Some(by), _) => text!("no: replaced by `{by}`", "否：已由 `{by}` 取代"),
            (_, Some(of)) => text!("no: it repeats `{of}`", "否：与 `{of}` 相同"),
            (None, None) => text!("yes", "是"),
        };
        let counted =
            self.say(&text!("{entries}, {matched} of our payments", "{entries} 条，{matched} 条对应我方付款"));
        self.sheet(&[
            (text!("statement", "对账单"), format!("{}/{}", s.inbound, s.document)),
            (text!("kind", "种类"), what),
            (text!("bank", "银行"), s.party.clone()),
            (text!("account", "账户"), s.account.clone()),
            (
                text!("id", "编号"),
                [s.id.as_deref(), s.number.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
            ),
            (text!("date", "日期"), s.date.clone().unwrap_or_default()),
            (text!("entries", "分录"), counted),
            (text!("credit", "贷方合计"), amount(s.credit_sum)),
            (text!("debit", "借方合计"), amount(s.debit_sum)),
            (text!("balances", "余额"), balances),
            (text!("counts", "是否计入"), self.say(&counts)),
        ]);
    }

    /// A statement that counts nowhere yet.
    pub(super) fn waiting(&mut self, waiting: &Waiting) {
        let Waiting { document, statement, entries, end } = waiting;
        let account = statement.account_number().map(|account| account.to_string()).unwrap_or_default();
        let ids = [statement.id.as_deref(), statement.number.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        let date = statement.to_date.or(end.balances.iter().rev().find_map(|b| b.date));
        let counts = self.say(&text!("no: it waits for a person", "否：待人工判定"));
        self.sheet(&[
            (text!("statement", "对账单"), document.to_string()),
            (text!("account", "账户"), account),
            (text!("id", "编号"), ids.join(" ")),
            (text!("date", "日期"), date.map(|date| date.to_string()).unwrap_or_default()),
            (text!("entries", "分录"), end.entries.to_string()),
            (text!("credit", "贷方合计"), amount(end.credit_sum)),
            (text!("debit", "借方合计"), amount(end.debit_sum)),
            (text!("balances", "余额"), balances_of(&end.balances)),
            (text!("counts", "是否计入"), counts),
        ]);
        let columns = [
            (Column::Number, text!("ENTRY", "分录")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("AMOUNT", "金额")),
            (Column::Free, text!("REFERENCE, COUNTERPARTY, TEXT", "参考、对方、摘要")),
        ];
        let rows: Vec<Vec<String>> = entries.iter().map(row_of).collect();
        self.table(&text!("ENTRIES, NOT COUNTED YET", "分录（尚未计入）"), &columns, &rows);
    }

    /// The first entries of a statement, or the one that was asked for.
    pub(super) fn entries(&mut self, story: &Story) {
        let lang = self.lang();
        let rows: Vec<Vec<String>> = story.entries.iter().map(|entry| entry_row(entry, lang)).collect();
        let (shown, all) = (rows.len() as u64, story.statements.first().map_or(0, |s| s.entries));
        let title = match shown {
            1 => text!("ENTRY", "分录"),
            _ if all > shown => text!("THE FIRST {shown} OF {all} ENTRIES", "前 {shown} 条分录（共 {all} 条）"),
            _ => text!("ENTRIES", "分录"),
        };
        self.table(&title, &entry_columns(), &rows);
    }
}

fn balances_of(balances: &[Balance]) -> String {
    let one = |b: &Balance| {
        let currency = b.currency.map(|c| c.to_string()).unwrap_or_default();
        let date = b.date.map(|d| d.to_string()).unwrap_or_default();
        [b.kind.clone(), currency, amount(b.amount), code(&b.indicator), date].join(" ").trim_end().to_string()
    };
    balances.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A row of an entry that is not in the journal; what was paid is negative.
fn row_of(entry: &Entry) -> Vec<String> {
    let signed = if entry.indicator == Indicator::Debit { -entry.amount } else { entry.amount };
    let detail = entry.details.first();
    let words = [
        detail.and_then(|d| d.end_to_end_id.as_ref()).or(entry.reference.as_ref()),
        detail.and_then(|d| d.counterparty.name.as_ref()),
        entry.info.as_ref(),
    ];
    vec![
        entry.seq.to_string(),
        entry.booking_date.map(|day| day.to_string()).unwrap_or_default(),
        format!("{} {}", entry.currency, amount(signed)),
        words.into_iter().flatten().cloned().collect::<Vec<_>>().join(" "),
    ]
}

/// The standard's code of a value, as it stands in JSON.
fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
