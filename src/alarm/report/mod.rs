//! The daily control report of a bank: what came, left, was answered and rejected on a banking day, and what is open.
//!
//! It is signed, has a running number and names the one before it: an auditor sees a gap without asking us, and a day
//! without a report says that nobody is at work.

mod check;
mod maker;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::incident::concerns;
use crate::config::{Config, Environment, Party};
use crate::document::{Amount, Currency, Date, Indicator};
use crate::journal::{
    EntryFilter, EntryState, Event, Fact, InboundState, JournalError, Outbound, OutboundState, Oversight,
    PaymentFilter, PaymentState, Purpose, Records, ReportFact, ReportRecord, SqliteJournal, Sums, Totals, moment,
    report_id,
};
use crate::route::{Shared, Trouble};
use crate::seal::{Role, sign_detached};
use crate::text;
use crate::words::Text;

pub use check::{Checked, Mistake, check};
pub use maker::Maker;

/// Facts that are read at a time.
const PAGE: u64 = 1_000;

/// Payments: how many, and their sums by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sums.
    pub sums: Sums,
}

/// The control report of a bank and day, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlReport {
    /// The installation.
    pub installation: String,
    /// Its environment.
    pub environment: Environment,
    /// Counts how often a restored copy of this installation was let loose.
    pub epoch: u64,
    /// The bank.
    pub bank: String,
    /// The banking day, on the bank's clock.
    pub day: Date,
    /// Running number, from 1 without a gap for each bank.
    pub number: u64,
    /// SHA-256 of the report before; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// It covers the facts of the journal after this one: days without banks are in the next report.
    pub after: u64,
    /// And until this one.
    pub until: u64,
    /// When it was made, RFC 3339. What is open, waiting and unknown is as of then.
    pub made_at: String,
    /// Files that came from the bank.
    pub files_received: u64,
    /// Files of payments that left.
    pub files_sent: u64,
    /// Payments in batches that came for the bank.
    pub received: Tally,
    /// Those of them in batches that were refused or taken back before they left.
    pub refused: Tally,
    /// Payments that are first shown to have left.
    pub sent: Tally,
    /// Payments that left by two people's word to send the same once more.
    pub resent: Tally,
    /// Payments of which the bank said something.
    pub answered: Tally,
    /// Payments that it took on.
    pub accepted: Tally,
    /// Payments that it carried out.
    pub executed: Tally,
    /// Payments that it rejected.
    pub rejected: Tally,
    /// Payments that a statement showed.
    pub booked: Tally,
    /// Payments that came back.
    pub returned: Tally,
    /// Payments that have not left.
    pub waiting: Tally,
    /// Payments that left, and that nobody has rejected or shown on a statement.
    pub open: Tally,
    /// Payments of which nobody can say whether the bank has them.
    pub unknown: Tally,
    /// Debits on statements that are none of our payments, and by their codes nothing that the bank or others take by
    /// right of their own; what of them was matched before the report was made is left out.
    #[serde(default)]
    pub unmatched_debits: Tally,
    /// Files of the bank that could not be used.
    #[serde(default)]
    pub bank_files_refused: u64,
    /// Files of ERPs that were refused before they became a batch. Nobody knows their bank: the report of each bank has
    /// the same number.
    #[serde(default)]
    pub erp_files_refused: u64,
    /// Files of the bank and of ERPs that came before with the same content and wait for a person, when it was made;
    /// those of ERPs stand in the report of each bank.
    #[serde(default)]
    pub duplicates_waiting: u64,
    /// Incidents with the bank, its files, statements and payments, and the ERP's files for it.
    pub incidents: u64,
}

impl Tally {
    fn add(&mut self, currency: Currency, amount: Amount) {
        self.count += 1;
        *self.sums.entry(currency).or_default() += amount;
    }

    fn add_all(&mut self, totals: &Totals) {
        self.count += totals.count;
        for (currency, sum) in &totals.sums {
            *self.sums.entry(*currency).or_default() += *sum;
        }
    }

    /// `3 (EUR 350.50)`.
    pub fn words(&self) -> String {
        let sums: Vec<String> = self.sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect();
        if sums.is_empty() { self.count.to_string() } else { format!("{} ({})", self.count, sums.join(" + ")) }
    }
}

impl ControlReport {
    /// Its name in the auditors' folder: in the order of epochs, then of numbers.
    pub fn file_name(&self) -> String {
        let (bank, number, day) = (&self.bank, self.number, self.day);
        match self.epoch {
            1 => format!("{bank}-{number:06}-{day}.json"),
            epoch => format!("{bank}-e{epoch:04}-{number:06}-{day}.json"),
        }
    }

    /// What it says in a sentence.
    pub fn what(&self) -> Text {
        let (number, bank, day) = (self.number, &self.bank, self.day);
        let [received, sent, answered, rejected, open] =
            [&self.received, &self.sent, &self.answered, &self.rejected, &self.open].map(Tally::words);
        let debits = self.unmatched_debits.words();
        let Text { en, zh } = match self.unmatched_debits.count {
            0 => Text::default(),
            _ => text!(", debits that are none of our payments {debits}", "，非我方付款的借方分录 {debits}"),
        };
        let Text { en: files_en, zh: files_zh } = self.files_in_doubt();
        text!(
            "control report {number} of `{bank}` for {day}: received {received}, sent {sent}, answered {answered}, \
             rejected {rejected}, open {open}{en}{files_en}",
            "`{bank}` {day} 控制日报第 {number} 号：收到 {received}，已发 {sent}，已答复 {answered}，被拒 {rejected}，\
             未结 {open}{zh}{files_zh}"
        )
    }

    /// Files from which nothing came, or nothing yet.
    fn files_in_doubt(&self) -> Text {
        let counts = [
            (self.erp_files_refused, text!("refused files of ERPs", "被拒绝的 ERP 文件")),
            (self.duplicates_waiting, text!("duplicates that wait", "待处理的重复文件")),
            (self.bank_files_refused, text!("files of the bank that could not be used", "无法使用的银行文件")),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0).fold(Text::default(), |said, (count, words)| Text {
            en: format!("{}, {} {count}", said.en, words.en),
            zh: format!("{}，{} {count}", said.zh, words.zh),
        })
    }

    /// What is not known of money.
    pub fn money(&self) -> Text {
        let unknown = self.unknown.words();
        match self.unknown.count {
            0 => text!("nothing is UNKNOWN", "没有状态未知的付款"),
            _ => text!(
                "UNKNOWN: {unknown}: nobody can prove whether the bank has them",
                "状态未知：{unknown}：无法证明银行是否收到"
            ),
        }
    }
}

/// Makes the report of a bank and day, keeps it in the archive, and gives the fact that states it.
fn make(shared: &Shared, bank: &Party, day: Date, last: Option<&ReportRecord>) -> Result<ReportFact, Trouble> {
    let journal = shared.records()?;
    let report = journal.at_one_moment(|| drawn_up(shared, &journal, bank, day, last))?;
    let id = report_id(day, &bank.name);
    let mut content = serde_json::to_string_pretty(&report).map_err(std::io::Error::other)?;
    content.push('\n');
    let name = report.file_name();
    let kept = shared.keep(&id, "report", &name, &mut content.as_bytes())?;
    // Without an audit key nothing is signed: `bankferry check` says so.
    let at = shared.clock.system_time();
    let signature = match sign_detached(&shared.keys, Role::Audit, at, content.as_bytes()) {
        Ok(armor) => Some(shared.keep(&id, "signature", &format!("{name}.asc"), &mut armor.as_bytes())?),
        Err(_) => None,
    };
    let bank = bank.name.clone();
    Ok(ReportFact { bank, day, number: report.number, until: report.until, content: kept, signature })
}

fn drawn_up(
    shared: &Shared,
    journal: &SqliteJournal,
    bank: &Party,
    day: Date,
    last: Option<&ReportRecord>,
) -> Result<ControlReport, JournalError> {
    let tomorrow = day.tomorrow().map_or(Timestamp::MAX, |day| bank.window.midnight(day));
    let after = last.map_or(0, |last| last.until);
    let mut report = ControlReport {
        installation: shared.config.name.clone(),
        environment: shared.config.environment,
        epoch: journal.standing()?.map_or(1, |standing| standing.epoch),
        bank: bank.name.clone(),
        day,
        number: last.map_or(1, |last| last.number + 1),
        previous: last.map(|last| last.content.sha256.clone()),
        after,
        until: journal.last_fact_before(tomorrow)?.max(after),
        made_at: moment(shared.clock.now()),
        files_received: 0,
        files_sent: 0,
        received: Tally::default(),
        refused: Tally::default(),
        sent: Tally::default(),
        resent: Tally::default(),
        answered: Tally::default(),
        accepted: Tally::default(),
        executed: Tally::default(),
        rejected: Tally::default(),
        booked: Tally::default(),
        returned: Tally::default(),
        waiting: Tally::default(),
        open: Tally::default(),
        unknown: Tally::default(),
        unmatched_debits: Tally::default(),
        bank_files_refused: 0,
        erp_files_refused: 0,
        duplicates_waiting: 0,
        incidents: 0,
    };
    movements(&shared.config, journal, &mut report)?;
    duplicates(&shared.config, journal, &mut report)?;
    changes(journal, &mut report)?;
    standing(journal, &mut report)?;
    Ok(report)
}

/// What came and what left, fact by fact.
fn movements(config: &Config, journal: &SqliteJournal, report: &mut ControlReport) -> Result<(), JournalError> {
    let mut seq = report.after;
    // Totals of batches for this bank; `None` for those of other banks.
    let mut batches: BTreeMap<String, Option<Totals>> = BTreeMap::new();
    while seq < report.until {
        let facts = journal.facts_after(seq, PAGE.min(report.until - seq))?;
        let Some(last) = facts.last() else { break };
        seq = last.seq;
        for fact in &facts {
            movement(config, journal, report, &mut batches, fact)?;
        }
    }
    Ok(())
}

fn movement(
    config: &Config,
    journal: &SqliteJournal,
    report: &mut ControlReport,
    batches: &mut BTreeMap<String, Option<Totals>>,
    fact: &Fact,
) -> Result<(), JournalError> {
    let ours = |arrival: &crate::journal::Arrival| arrival.party == report.bank;
    match &fact.event {
        Event::Received(arrival) | Event::Fetched(arrival) if ours(arrival) => report.files_received += 1,
        Event::Checked { bank, totals, .. } if *bank == report.bank => report.received.add_all(totals),
        Event::Refused { .. } | Event::Cancelled { .. } if fact.subject.starts_with('B') => {
            if !batches.contains_key(&fact.subject) {
                let batch = journal.batch(&fact.subject)?.filter(|batch| batch.bank == report.bank);
                batches.insert(fact.subject.clone(), batch.map(|batch| batch.totals));
            }
            if let Some(Some(totals)) = batches.get(&fact.subject) {
                report.refused.add_all(totals);
            }
        }
        Event::Refused { .. } if fact.subject.starts_with('I') => {
            let party = journal.inbound(&fact.subject)?.map(|file| file.party).unwrap_or_default();
            report.bank_files_refused += u64::from(party == report.bank);
            report.erp_files_refused += u64::from(is_erp(config, &party));
        }
        event if shows_it_left(event) => {
            if let Some(file) = payments_for(journal, &fact.subject, &report.bank)? {
                left(journal, report, &file, fact.seq)?;
            }
        }
        Event::StatementKept(statement) if statement.kind == "statement" && statement.repeats.is_none() => {
            unmatched_debits(journal, report, &fact.subject, statement.document)?;
        }
        Event::Incident { .. } if concerns(journal, &fact.subject, &report.bank)? => report.incidents += 1,
        _ => {}
    }
    Ok(())
}

fn is_erp(config: &Config, party: &str) -> bool {
    config.party(party).is_some_and(|party| !party.is_bank())
}

/// Files that came before and wait for a person.
fn duplicates(config: &Config, journal: &SqliteJournal, report: &mut ControlReport) -> Result<(), JournalError> {
    let waits = journal.inbounds(&[InboundState::Duplicate])?.into_iter();
    let counts = waits.filter(|file| file.party == report.bank || is_erp(config, &file.party));
    report.duplicates_waiting = counts.count() as u64;
    Ok(())
}

/// What a statement of the bank's shows to have left by nobody's order that we know.
fn unmatched_debits(
    journal: &SqliteJournal,
    report: &mut ControlReport,
    inbound: &str,
    document: u64,
) -> Result<(), JournalError> {
    let (inbound, document) = (Some(inbound.to_string()), Some(document));
    let filter = EntryFilter { inbound, document, states: vec![EntryState::Unmatched], ..EntryFilter::default() };
    journal.each_entry(&filter, &mut |record| {
        let entry = record.entry;
        if record.party == report.bank && entry.is_booked() && entry.indicator == Indicator::Debit {
            report.unmatched_debits.add(entry.currency, entry.rest);
        }
        true
    })
}

fn payments_for(journal: &SqliteJournal, id: &str, bank: &str) -> Result<Option<Outbound>, JournalError> {
    let file = journal.outbound(id)?;
    Ok(file.filter(|file| file.party == bank && file.purpose == Purpose::Payments))
}

/// A file that left. By the same history it may be said to have left twice: first as unconfirmed, then by a person.
fn left(journal: &SqliteJournal, report: &mut ControlReport, file: &Outbound, seq: u64) -> Result<(), JournalError> {
    let facts = journal.facts_of(&file.id)?;
    let before = facts.iter().filter(|f| f.subject == file.id && f.seq < seq).map(|f| &f.event);
    let is_resent = |event: &&Event| matches!(event, Event::Resent { .. });
    let told: Vec<&Event> = before.filter(|event| shows_it_left(event) || is_resent(event)).collect();
    let totals = file.totals.clone().unwrap_or_default();
    if !told.iter().any(|event| shows_it_left(event)) {
        report.files_sent += 1;
        report.sent.add_all(&totals);
    }
    if told.last().is_some_and(is_resent) {
        report.resent.add_all(&totals);
    }
    Ok(())
}

fn shows_it_left(event: &Event) -> bool {
    use Event::{Answered, Resolved, Sent, Unconfirmed};
    matches!(event, Sent { .. } | Unconfirmed { .. } | Resolved { sent: true, .. } | Answered(_))
}

/// What answers and statements said of payments.
fn changes(journal: &SqliteJournal, report: &mut ControlReport) -> Result<(), JournalError> {
    use PaymentState::{Accepted, Booked, Executed, Rejected, Returned, Unknown};
    let ControlReport { answered, accepted, executed, rejected, booked, returned, .. } = report;
    let mut by_state =
        [(Accepted, accepted), (Executed, executed), (Rejected, rejected), (Booked, booked), (Returned, returned)];
    let mut each = |states: &[PaymentState], currency: Currency, amount: Amount| {
        if states.iter().any(|state| [Accepted, Executed, Rejected, Unknown].contains(state)) {
            answered.add(currency, amount);
        }
        for (_, tally) in by_state.iter_mut().filter(|(state, _)| states.contains(state)) {
            tally.add(currency, amount);
        }
    };
    journal.changed(&report.bank, report.after, report.until, &mut each)
}

/// What waits, what is open and what is unknown now.
fn standing(journal: &SqliteJournal, report: &mut ControlReport) -> Result<(), JournalError> {
    use PaymentState::{
        Accepted, Checked, Executed, Held, Queued, Received, Released, Sending, Sent, Unknown, Written,
    };
    let waits = [Received, Checked, Held, Released, Written, Queued, Sending];
    let open = [Sent, Accepted, Executed];
    let states = waits.iter().chain(&open).chain(&[Unknown]).copied().collect();
    let filter = PaymentFilter { party: Some(report.bank.clone()), states, ..PaymentFilter::default() };
    for (state, currency, count, sum) in journal.payment_totals(&filter)? {
        let tally = match state {
            Unknown => &mut report.unknown,
            _ if open.contains(&state) => &mut report.open,
            _ => &mut report.waiting,
        };
        tally.count += count;
        *tally.sums.entry(currency).or_default() += sum;
    }
    unconfirmed(journal, report)
}

/// What left in a file that nobody saw the bank take is as unknown as the file.
fn unconfirmed(journal: &SqliteJournal, report: &mut ControlReport) -> Result<(), JournalError> {
    let files = journal.outbounds(&[OutboundState::Unconfirmed])?.into_iter();
    for file in files.filter(|file| file.party == report.bank) {
        let states = vec![PaymentState::Sent];
        let filter = PaymentFilter { outbound: Some(file.id), states, ..PaymentFilter::default() };
        for (_, currency, count, sum) in journal.payment_totals(&filter)? {
            let left = report.open.sums.entry(currency).or_default();
            *left -= sum;
            if left.is_zero() {
                report.open.sums.remove(&currency);
            }
            report.open.count -= count;
            report.unknown.count += count;
            *report.unknown.sums.entry(currency).or_default() += sum;
        }
    }
    Ok(())
}
