//! `bankferry match` and `unmatch`: a person says which payments an entry is, or takes that back.
//!
//! Both state facts and change no amount. What a statement proved by itself may be taken back as well: then the
//! payment is again where it was before the entry, and a late rejection frees it. In production two people say it.

use clap::Args;
use serde::Serialize;

use super::decide::not_now;
use super::desk::Desk;
use super::pair::{Rights, Stage, propose_or_confirm_facts, say_proposed, with_fallen};
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Environment, Right};
use crate::document::{Account, Amount, Indicator};
use crate::journal::{
    Act, Change, EntryFilter, EntryMatch, EntryRecord, EntryState, Event, Journal, NewFact, PaymentChange,
    PaymentFilter, PaymentRecord, PaymentState, Records, Rows, SqliteJournal,
};
use crate::route::by_hand;
use crate::route::decide::Matter;
use crate::route::engine::booked;
use crate::route::reconcile::{before, collects, file_of, payment_name};
use crate::text;

/// By what a person's match is found.
const BY_HAND: &str = "by-hand";

/// Says which payments an entry of a statement is
///
/// For entries that the program left unmatched because nothing, or more than one payment, fits. The payments become
/// booked (returned, where the entry brings money back). Their sum cannot be more than the entry's amount. In
/// production two people say it: the first call proposes, the same call by another person confirms.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry match I20261124-0002/1/7 B20261123-0001/3 --as anna --reason \"bank's advice 4711\"
  bankferry match I20261124-0002/1/8 INV-1 INV-2 --as anna --reason \"booked in one sum\"")]
pub struct MatchEntry {
    /// The entry: file, statement and place
    #[arg(value_name = "ENTRY")]
    entry: String,
    /// The payments: batch and place, or an end-to-end id that only one payment has
    #[arg(value_name = "PAYMENT", required = true)]
    payments: Vec<String>,
    #[command(flatten)]
    words: Words,
}

/// Takes the match of an entry back
///
/// Its payments are again what they were before it: a bank's rejection that comes later frees them to be ordered anew.
/// In production two people say it: the first call proposes, the same call by another person confirms.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bankferry unmatch I20261124-0002/1/7 --as anna --reason \"the bank corrected its advice\"")]
pub struct UnmatchEntry {
    /// The entry: file, statement and place
    #[arg(value_name = "ENTRY")]
    entry: String,
    #[command(flatten)]
    words: Words,
}

/// Who, and why.
#[derive(Debug, Args)]
struct Words {
    /// Who decides [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
    /// What shows it; it stands in the journal for ever
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    entry: &'a str,
    event: &'static str,
    payments: &'a [String],
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<&'a str>,
    money_moved: bool,
}

impl Words {
    fn person(&self, desk: &Desk<'_>, journal: &SqliteJournal) -> Result<(Person, String), CliError> {
        let person = Person::before(&desk.config, journal, self.who.as_deref())?;
        let two = desk.config.environment == Environment::Production;
        if !two || !desk.config.allows(&person.name, Right::Operate) {
            person.may(&desk.config, Right::Resolve)?;
        }
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(CliError::usage(text!(
                "say what shows it: `--reason TEXT`; nothing was changed",
                "请说明依据：`--reason 文字`；未作任何更改"
            )));
        }
        let reason = person.reason(reason);
        Ok((person, reason))
    }
}

impl Run for MatchEntry {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let (person, reason) = self.words.person(&desk, &journal)?;
        let record = entry_of(&journal, &self.entry)?;
        if record.entry.state == EntryState::Matched {
            let (word, word_zh) = (record.entry.state.word(), record.entry.state.word_zh());
            let error = not_now(&self.entry, word, word_zh, text!("matched by hand", "人工匹配"));
            return Err(with_fallen(&desk, &journal, &record.name(), error));
        }
        if !record.entry.is_booked() {
            let name = &self.entry;
            return Err(CliError::no(text!(
                "the bank announces `{name}` and has not booked it; nothing was changed",
                "银行仅预告 `{name}`，尚未入账；未作任何更改"
            )));
        }
        let payments = self.payments(&journal, &record)?;
        let rest = rest_of(&record, &payments)?;
        let rows: Vec<EntryMatch> = payments.iter().map(|payment| row_of(&record, payment)).collect();
        let changes = changes_of(&journal, &record, &payments)?;
        let (document, entry) = (record.entry.document, record.entry.seq);
        let (how, sure, names) = (BY_HAND.to_string(), "strong".to_string(), names_of(&payments));
        let because = Some(reason.clone());
        let event = Event::EntryMatched { document, entry, payments: names, how, sure, rest, reason: because };
        let mut facts = vec![(fact_of(&person, &record, event), Rows::Matches(&rows))];
        if let Some(booked) = booked(&record.inbound, &changes) {
            facts.push((fact_of(&person, &record, booked), Rows::Changes(&changes)));
        }
        let hands = Hands { desk: &desk, person: &person, record: &record, payments: &payments };
        let matter = hands.matter(&journal, Act::Match, Some(by_hand::names(&payments)), reason)?;
        hands.act(&mut journal, &matter, "entry-matched", facts)
    }
}

impl MatchEntry {
    /// The payments, of which each may be what the entry says.
    fn payments(&self, records: &SqliteJournal, record: &EntryRecord) -> Result<Vec<PaymentRecord>, CliError> {
        let mut found: Vec<PaymentRecord> = Vec::new();
        for told in &self.payments {
            let payment = payment_of(records, told)?;
            fits(records, told, &payment, record, self.payments.len() == 1)?;
            if found.iter().any(|p| p.row == payment.row) {
                return Err(CliError::usage(text!(
                    "`{told}` is named twice; nothing was changed",
                    "`{told}` 重复；未作任何更改"
                )));
            }
            found.push(payment);
        }
        Ok(found)
    }
}

impl Run for UnmatchEntry {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let (person, reason) = self.words.person(&desk, &journal)?;
        let record = entry_of(&journal, &self.entry)?;
        if record.entry.state != EntryState::Matched {
            let (word, word_zh) = (record.entry.state.word(), record.entry.state.word_zh());
            let error = not_now(&self.entry, word, word_zh, text!("taken back: it is not matched", "撤销：尚未匹配"));
            return Err(with_fallen(&desk, &journal, &record.name(), error));
        }
        let payments = by_hand::payments_of(&journal, &record)?;
        let mut back = Vec::new();
        for payment in &payments {
            back.extend(before(&journal, &record.inbound, &[effect(&journal, &record, payment)?], payment)?);
        }
        let (document, entry) = (record.entry.document, record.entry.seq);
        let event = Event::EntryUnmatched { document, entry, payments: names_of(&payments), reason: reason.clone() };
        let facts = vec![(fact_of(&person, &record, event), Rows::Changes(&back))];
        let hands = Hands { desk: &desk, person: &person, record: &record, payments: &payments };
        let matter = hands.matter(&journal, Act::Unmatch, None, reason)?;
        hands.act(&mut journal, &matter, "entry-unmatched", facts)
    }
}

/// A person at work on an entry and the payments that it is, or is not any more.
struct Hands<'a> {
    desk: &'a Desk<'a>,
    person: &'a Person,
    record: &'a EntryRecord,
    payments: &'a [PaymentRecord],
}

impl Hands<'_> {
    fn matter(
        &self,
        records: &SqliteJournal,
        what: Act,
        reference: Option<String>,
        reason: String,
    ) -> Result<Matter, CliError> {
        let digest = by_hand::digest(records, self.record, self.payments)?;
        let (case, subject) = (self.record.inbound.clone(), self.record.name());
        Ok(Matter { what, case, subject, digest, reason, reference })
    }

    /// States it, or proposes it where two must say so.
    fn act(
        &self,
        journal: &mut SqliteJournal,
        matter: &Matter,
        event: &'static str,
        facts: Vec<(NewFact, Rows<'_>)>,
    ) -> Result<Exit, CliError> {
        let Hands { desk, person, .. } = self;
        if desk.config.environment != Environment::Production {
            journal.append(desk.now(), facts)?;
            return self.tell(event, None);
        }
        let rights = Rights { proposes: &[Right::Resolve, Right::Operate], confirms: Right::Resolve };
        match propose_or_confirm_facts(desk, journal, person, &rights, matter, |_| facts)? {
            Stage::Done(proposal) => self.tell(event, Some(&proposal.proposed_by)),
            Stage::Proposed(expires) => {
                let (verb, entry) = (matter.what.word(), &matter.subject);
                let payments = matter.reference.as_ref().map(|names| format!(" {names}")).unwrap_or_default();
                let command = format!("bankferry {verb} {entry}{payments} --reason TEXT");
                say_proposed(desk.context, desk, person, matter, &expires, &command)?;
                Ok(Exit::Done)
            }
        }
    }

    fn tell(&self, event: &'static str, proposed_by: Option<&str>) -> Result<Exit, CliError> {
        let (entry, names) = (self.record.name(), names_of(self.payments));
        let (by, context) = (self.person.name.as_str(), self.desk.context);
        if context.json() {
            let (entry, payments) = (entry.as_str(), names.as_slice());
            json_line(&Told { entry, event, payments, by, proposed_by, money_moved: false })?;
            return Ok(Exit::Done);
        }
        let list = names.join(", ");
        context.talk().say(&match event {
            "entry-matched" => text!(
                "`{entry}` is {list} by the word of `{by}`; no money has moved by that",
                "按 `{by}` 的判定，`{entry}` 对应 {list}；资金未因此划转"
            ),
            _ => text!(
                "`{entry}` is no longer {list} by the word of `{by}`; no money has moved by that",
                "按 `{by}` 的判定，`{entry}` 不再对应 {list}；资金未因此划转"
            ),
        });
        Ok(Exit::Done)
    }
}

fn names_of(payments: &[PaymentRecord]) -> Vec<String> {
    payments.iter().map(payment_name).collect()
}

fn fact_of(person: &Person, record: &EntryRecord, event: Event) -> NewFact {
    let (actor, inbound) = (person.name.clone(), record.inbound.clone());
    NewFact { actor, case: inbound.clone(), subject: inbound, event }
}

fn row_of(record: &EntryRecord, payment: &PaymentRecord) -> EntryMatch {
    let (how, sure) = (BY_HAND.into(), "strong".into());
    EntryMatch { entry: record.entry.seq, detail: 0, payment: payment.row, how, sure }
}

/// What of the entry is left; an error where the payments are more than that.
fn rest_of(record: &EntryRecord, payments: &[PaymentRecord]) -> Result<Amount, CliError> {
    let amount = record.entry.rest;
    let same_currency = |payment: &&PaymentRecord| payment.currency == record.entry.currency;
    let sum: Amount = payments.iter().filter(same_currency).map(|payment| payment.amount).sum();
    if payments.iter().filter(same_currency).count() < payments.len() {
        // What was exchanged is the one payment, and all of it.
        return Ok(Amount::ZERO);
    }
    if sum > amount {
        return Err(CliError::no(text!(
            "the payments come to {sum}, more than the {amount} of the entry that is open; nothing was changed",
            "付款合计 {sum}，超过分录尚未匹配的金额 {amount}；未作任何更改"
        )));
    }
    Ok(amount - sum)
}

/// The entry of a name such as `I20261124-0002/1/7`.
fn entry_of(records: &SqliteJournal, name: &str) -> Result<EntryRecord, CliError> {
    by_hand::entry(records, name)?.ok_or_else(|| {
        CliError::usage(text!("there is no entry `{name}`; nothing was changed", "没有分录 `{name}`；未作任何更改"))
            .hint(text!("`bankferry list entries` names them", "`bankferry list entries` 可列出分录"))
    })
}

/// The payment of batch and place, or of an end-to-end id that is its alone.
fn payment_of(records: &SqliteJournal, told: &str) -> Result<PaymentRecord, CliError> {
    payment_named(records, told)?.ok_or_else(|| {
        CliError::usage(text!("there is no payment `{told}`; nothing was changed", "没有付款 `{told}`；未作任何更改"))
    })
}

/// The same; `None` where there is none.
pub(super) fn payment_named(records: &SqliteJournal, told: &str) -> Result<Option<PaymentRecord>, CliError> {
    if let Some((batch, place)) = told.rsplit_once('/')
        && let Ok(place) = place.parse::<u64>()
        && let Some(payment) = records.payment_at(batch, place)?
    {
        return Ok(Some(payment));
    }
    let filter = PaymentFilter { end_to_end_id: Some(told.to_string()), most: 2, ..PaymentFilter::default() };
    let mut found = records.payments(&filter)?;
    let payment = found.pop();
    if found.is_empty() {
        return Ok(payment);
    }
    Err(CliError::usage(text!(
        "several payments have the id `{told}`; nothing was changed",
        "有多笔付款的编号为 `{told}`；未作任何更改"
    ))
    .hint(text!("name it by batch and place: `B…/3`", "请用批次号和序号指明：`B…/3`")))
}

/// Refuses a payment that the entry cannot be: of another account, of another currency beside others, not on its way,
/// shown before.
fn fits(
    records: &SqliteJournal,
    told: &str,
    payment: &PaymentRecord,
    record: &EntryRecord,
    alone: bool,
) -> Result<(), CliError> {
    let compact = |text: &str| Account::parse(text).map(|account| account.compact());
    let account = payment.account.as_deref().and_then(compact);
    if account.is_some() && account != compact(&record.account) {
        return Err(CliError::no(text!(
            "`{told}` is of another account than the entry; nothing was changed",
            "`{told}` 与分录不属于同一账户；未作任何更改"
        )));
    }
    if payment.currency != record.entry.currency && !alone {
        return Err(CliError::no(text!(
            "`{told}` is in another currency than the entry, so the entry can be it alone; nothing was changed",
            "`{told}` 与分录币种不同，只能单独匹配；未作任何更改"
        )));
    }
    let (wanted, state) = (effect(records, record, payment)?, payment.state);
    let (word, word_zh) = (state.word(), state.word_zh());
    let file = file_of(records, payment)?;
    let left = file.is_some_and(|file| file.has_left());
    if !left || !state.leads_to_by_statement().contains(&wanted) {
        return Err(CliError::no(text!(
            "`{told}` is `{word}`, so this entry cannot be it; nothing was changed",
            "`{told}` 当前为 `{word_zh}`，该分录不可能是它；未作任何更改"
        )));
    }
    for (inbound, document, entry) in records.entries_of(payment.row)? {
        let filter = EntryFilter {
            inbound: Some(inbound),
            document: Some(document),
            seq: Some(entry),
            ..EntryFilter::default()
        };
        let mut other = None;
        records.each_entry(&filter, &mut |found| {
            let same = found.kind == record.kind && found.entry.indicator == record.entry.indicator;
            other = same.then(|| found.name());
            false
        })?;
        if let Some(other) = other {
            return Err(CliError::no(text!(
                "`{told}` is matched with `{other}` already; nothing was changed",
                "`{told}` 已与 `{other}` 匹配；未作任何更改"
            )));
        }
    }
    Ok(())
}

/// What the entry makes of a payment: booked where money goes its way, returned where it goes the other.
fn effect(records: &SqliteJournal, record: &EntryRecord, payment: &PaymentRecord) -> Result<PaymentState, CliError> {
    let comes = record.entry.indicator == Indicator::Credit;
    Ok(match comes == collects(records, &payment.batch)? {
        true => PaymentState::Booked,
        false => PaymentState::Returned,
    })
}

/// The payments' new states: only a statement books; a return counts wherever it is told.
fn changes_of(
    records: &SqliteJournal,
    record: &EntryRecord,
    payments: &[PaymentRecord],
) -> Result<Vec<Change>, CliError> {
    let mut changes = Vec::new();
    for payment in payments {
        let state = effect(records, record, payment)?;
        if state != PaymentState::Booked || record.kind == "statement" {
            let one = PaymentChange { payment: payment.row, state, bank_status: None, reason: None };
            changes.push(Change::One(one));
        }
    }
    Ok(changes)
}
