//! Reconciliation (对账): what the entries of a day and an account are, and what has become of its payments.
//!
//! A day is told by the statements of its end. Intraday reports and notifications tell of the same money, so they
//! count only while no statement of the day is there, and then only the newest of them. Open are payments that have
//! left, were to be executed by the day, and that no statement shows yet.
//!
//! Each payment counts once: as open where it is not at its end, else as returned where the day brings its money back,
//! else as booked; one that is booked in parts is one payment. Each entry counts once too, and what the tallies of
//! entries move adds up to the credits and debits of the statement. An entry that the bank only announces moves
//! nothing.
//!
//! Nothing here changes anything. Lines are handed out one by one, so that a day of any size fits in memory.

use std::collections::HashMap;

use serde::Serialize;

use crate::document::{Amount, Balance, Currency, Date, Indicator, parse_date};
use crate::journal::{
    BookingRecord, Change, EntryFilter, EntryMatch, EntryRecord, EntryState, JournalError, Outbound, PaymentChange,
    PaymentFilter, PaymentRecord, PaymentState, PaymentStep, Records, StatementRecord, Sums,
};
use crate::matching::{Named, Seen};
use crate::route::newest::newest;
use crate::route::pages::{Whole, assemble};

/// The most payments that are named for an entry that fits several.
const MOST_CANDIDATES: usize = 5;

/// States of payments that have left and that no statement shows.
pub const OPEN: &[PaymentState] =
    &[PaymentState::Sending, PaymentState::Sent, PaymentState::Unknown, PaymentState::Accepted, PaymentState::Executed];

/// What a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// A payment that the bank booked.
    Booked,
    /// A payment whose money came back.
    Returned,
    /// A payment that no statement shows yet.
    Open,
    /// An entry that fits nothing that we know, or too much.
    Unmatched,
    /// An entry that cannot be a payment of ours.
    NotOurs,
    /// An entry that the bank has not booked: pending, or for information.
    Announced,
}

impl LineKind {
    /// The word in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            LineKind::Booked => "booked",
            LineKind::Returned => "returned",
            LineKind::Open => "open",
            LineKind::Unmatched => "unmatched",
            LineKind::NotOurs => "not-ours",
            LineKind::Announced => "announced",
        }
    }
}

/// One payment or entry of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it tells of.
    #[serde(rename = "type")]
    pub kind: LineKind,
    /// The entry: file, statement and place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The payment: batch and place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Its end-to-end id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// Amount of the payment, or of the part of it that the entry moves; of an entry, what of it is no payment of ours.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Direction of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Indicator>,
    /// The day on which the bank booked the entry; of an open payment, the day of its execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Who was paid or paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty_name: Option<String>,
    /// That account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<String>,
    /// Who that is by the statement's word, beside the payment's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_name: Option<String>,
    /// That account by the statement's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_account: Option<String>,
    /// The entry's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// By what it was matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// How sure that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure: Option<String>,
    /// State of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PaymentState>,
    /// Days since the payment was to be executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// Why an entry is unmatched or not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Payments of the same amount that an unmatched entry may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

impl Line {
    /// Whether the statement names another than the payment does, by account.
    pub fn is_to_another(&self) -> bool {
        let stated = Named { name: self.stated_name.as_deref(), account: self.stated_account.as_deref() };
        let own = Named { name: self.counterparty_name.as_deref(), account: self.counterparty_account.as_deref() };
        self.kind == LineKind::Booked && stated.is_another_than(own)
    }
}

/// How many, and how much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Number.
    pub count: u64,
    /// Sum by currency.
    pub sums: Sums,
}

/// What the entries of a day were found to be of payments.
#[derive(Debug, Default)]
struct Shown {
    /// Payments that the day's entries book, and those whose money they bring back.
    all: [Seen; 2],
    /// Of each those that count as such.
    counted: [Seen; 2],
}

impl Shown {
    fn add(&mut self, kind: LineKind, row: i64) {
        let returned = kind == LineKind::Returned;
        self.all[usize::from(returned)].insert(row);
        if returned {
            self.counted[0].remove(row);
        }
        if returned || !self.counted[1].contains(row) {
            self.counted[usize::from(returned)].insert(row);
        }
    }

    /// A payment that is open is nothing else.
    fn open(&mut self, row: i64) {
        self.counted.iter_mut().for_each(|counted| counted.remove(row));
    }

    /// How many count as booked and as returned, and how many are in those sums and count elsewhere.
    fn counts(&self) -> [(u64, u64); 2] {
        [0, 1].map(|at| {
            let counted = self.counted[at].count();
            (counted, self.all[at].count() - counted)
        })
    }
}

impl Tally {
    fn moves(&mut self, currency: Currency, amount: Amount) {
        *self.sums.entry(currency).or_default() += amount;
    }

    fn add(&mut self, currency: Currency, amount: Amount) {
        self.count += 1;
        self.moves(currency, amount);
    }
}

/// Entries of both directions: how many, how much in all, and how much of it comes and goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TwoSided {
    /// All of them, whatever their direction.
    #[serde(flatten)]
    pub all: Tally,
    /// What of it comes, by currency.
    pub credits: Sums,
    /// What of it goes, by currency.
    pub debits: Sums,
}

impl TwoSided {
    fn add(&mut self, currency: Currency, amount: Amount, direction: Indicator) {
        self.all.add(currency, amount);
        let side = if direction == Indicator::Credit { &mut self.credits } else { &mut self.debits };
        *side.entry(currency).or_default() += amount;
    }
}

/// A day of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Always `reconciliation`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The account.
    pub account: String,
    /// The day.
    pub day: Date,
    /// What tells of the day: `statement`, else `report` or `notification`, which are not final; absent while nothing
    /// has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The statements: file and place.
    pub statements: Vec<String>,
    /// Whether pages of one of them have not come: entries are missing, and the balances may be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Balance before, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<Amount>,
    /// The day of the statement before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_day: Option<Date>,
    /// What that closed with, in the currency of the opening balance, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_closing: Option<Amount>,
    /// Whether the day opens with that; where not, entries between the two are not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joins: Option<bool>,
    /// Sum of credits that are booked.
    pub credit_sum: Amount,
    /// Sum of debits that are booked.
    pub debit_sum: Amount,
    /// Balance after, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<Amount>,
    /// Whether opening, credits and debits make the closing balance, where both balances are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds_up: Option<bool>,
    /// Number of entries.
    pub entries: u64,
    /// Entries that are payments of ours, with what they hold beside them.
    pub matched: Tally,
    /// Payments that the day's entries book, each once, and what these move of them.
    pub booked: Tally,
    /// Payments whose money the day's entries bring back, each once, and what these move of them.
    pub returned: Tally,
    /// Payments whose bookings are in the sum of `booked`, and that count as returned or open.
    #[serde(skip_serializing_if = "is_none")]
    pub booked_elsewhere: u64,
    /// Payments whose returns are in the sum of `returned`, and that count as open.
    #[serde(skip_serializing_if = "is_none")]
    pub returned_elsewhere: u64,
    /// Entries that fit nothing, or too much.
    pub unmatched: TwoSided,
    /// Entries that cannot be payments of ours.
    pub not_ours: TwoSided,
    /// Entries that the bank has not booked: they are in no other sum.
    pub announced: Tally,
    /// What is left of matched entries beside their payments, such as charges within an entry.
    pub rest: Tally,
    /// Payments that no statement shows; of one that is booked in part, what is left.
    pub open: Tally,
    /// Days since the oldest of them was to be executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_open_days: Option<i64>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Compares what the day opens with and what the statement before closed with.
    fn joins_to(&mut self, statements: &[StatementRecord], before: Option<&StatementRecord>) {
        let opening = statements.first().and_then(|first| first.balances.iter().find(|b| b.is_opening()));
        let (Some(opening), Some(before)) = (opening, before) else { return };
        let same = |b: &&Balance| b.is_closing() && b.currency == opening.currency;
        let Some(closing) = before.balances.iter().find(same).map(Balance::signed) else { return };
        self.previous_day = before.date.as_deref().and_then(parse_date);
        self.previous_closing = Some(closing);
        self.joins = Some(closing == opening.signed());
    }

    /// What is missing between opening, credits and debits on one side and the closing balance on the other.
    pub fn difference(&self) -> Option<Amount> {
        let moved = self.credit_sum - self.debit_sum;
        self.opening.zip(self.closing).map(|(opening, closing)| closing - opening - moved)
    }
}

/// Which batches collect money rather than pay it, once they were asked for.
#[derive(Default)]
struct Collecting(HashMap<String, bool>);

impl Collecting {
    fn is(&mut self, records: &dyn Records, batch: &str) -> Result<bool, JournalError> {
        if let Some(known) = self.0.get(batch) {
            return Ok(*known);
        }
        let collects = collects(records, batch)?;
        self.0.insert(batch.to_string(), collects);
        Ok(collects)
    }
}

/// Whether a batch collects money: then what comes in books its payments, and what goes out takes it back.
///
/// # Errors
/// [`JournalError`].
pub fn collects(records: &dyn Records, batch: &str) -> Result<bool, JournalError> {
    Ok(records.batch(batch)?.and_then(|batch| batch.makeup).is_some_and(|makeup| makeup.collects()))
}

/// Tells a day of an account line by line, and what it comes to.
///
/// # Errors
/// [`JournalError`]; of `each`.
pub fn reconcile<E: From<JournalError>>(
    records: &dyn Records,
    account: &str,
    day: Date,
    mut each: impl FnMut(&Line) -> Result<(), E>,
) -> Result<Summary, E> {
    let Told { statements, incomplete, before } = told_of(records, account, day)?;
    let mut summary = Summary { incomplete, ..head(account, day, &statements) };
    summary.joins_to(&statements, before.as_ref());
    let (mut collecting, mut shown) = (Collecting::default(), Shown::default());
    for statement in &statements {
        let filter = EntryFilter {
            inbound: Some(statement.inbound.clone()),
            document: Some(statement.document),
            ..EntryFilter::default()
        };
        let mut trouble = None;
        records.each_entry(&filter, &mut |entry| {
            let mut tell = |line: &Line, row: Option<i64>| {
                row.into_iter().for_each(|row| shown.add(line.kind, row));
                each(line)
            };
            trouble = entry_lines(records, &entry, &mut summary, &mut collecting, &mut tell).err();
            trouble.is_none()
        })?;
        trouble.map_or(Ok(()), Err)?;
    }
    let mut trouble = None;
    let mut open = |line: Line, row: i64| {
        shown.open(row);
        summary.open.add(line.currency, line.amount);
        summary.oldest_open_days = summary.oldest_open_days.max(line.age_days);
        each(&line)
    };
    records.each_payment(&may_be_open(account), &mut |payment| {
        trouble = match open_amount(records, &payment, day) {
            Ok(Some(amount)) => open(open_line(&payment, amount, day), payment.row).err(),
            Ok(None) => None,
            Err(error) => Some(error.into()),
        };
        trouble.is_none()
    })?;
    trouble.map_or(Ok(()), Err)?;
    let [booked, returned] = shown.counts();
    (summary.booked.count, summary.booked_elsewhere) = booked;
    (summary.returned.count, summary.returned_elsewhere) = returned;
    Ok(summary)
}

/// The statements that tell of a day: those of its end, pages in their order; while there are none, the newest report
/// or notification.
///
/// # Errors
/// [`JournalError`].
pub fn statements_of(records: &dyn Records, account: &str, day: Date) -> Result<Vec<StatementRecord>, JournalError> {
    Ok(told_of(records, account, day)?.statements)
}

/// The day that a statement tells of: a page tells of its statement's.
///
/// # Errors
/// [`JournalError`].
pub fn day_of(records: &dyn Records, statement: &StatementRecord) -> Result<Option<Date>, JournalError> {
    let mut all = records.statements(Some(&statement.account))?;
    all.retain(|s| s.counts() && s.kind == statement.kind);
    let wholes = assemble(&all);
    let is_it = |s: &StatementRecord| (&s.inbound, s.document) == (&statement.inbound, statement.document);
    let whole = wholes.iter().find(|whole| whole.pages().any(is_it));
    Ok(whole.map_or(statement.date.as_deref(), |whole| whole.day()).and_then(parse_date))
}

/// What tells of a day.
#[derive(Default)]
struct Told {
    statements: Vec<StatementRecord>,
    /// Whether pages of one have not come.
    incomplete: bool,
    /// The statement of a day's end before them.
    before: Option<StatementRecord>,
}

/// The statements that tell of a day.
fn told_of(records: &dyn Records, account: &str, day: Date) -> Result<Told, JournalError> {
    let mut all = records.statements(Some(account))?;
    let is_of_day = |date: Option<&str>| date.and_then(parse_date) == Some(day);
    all.retain(StatementRecord::counts);
    let wholes = assemble(all.iter().filter(|s| s.kind == "statement"));
    let told: Vec<_> = wholes.iter().filter(|whole| is_of_day(whole.day())).collect();
    if !told.is_empty() {
        let incomplete = !told.iter().all(|whole| whole.is_complete());
        let is_before = |whole: &&Whole<'_>| whole.day().and_then(parse_date).is_some_and(|of| of < day);
        let before = wholes.iter().rev().find(is_before).map(|whole| whole.last().clone());
        let statements = told.iter().flat_map(|whole| whole.pages()).cloned().collect();
        return Ok(Told { statements, incomplete, before });
    }
    let of_kind = |s: &&StatementRecord, kind: &str| s.kind == kind && is_of_day(s.date.as_deref());
    let newest_of = |kind: &str| newest(records, all.iter().filter(|s| of_kind(s, kind)));
    let told = newest_of("report")?.map_or_else(|| newest_of("notification"), |report| Ok(Some(report)))?;
    Ok(Told { statements: told.into_iter().cloned().collect(), ..Told::default() })
}

fn head(account: &str, day: Date, statements: &[StatementRecord]) -> Summary {
    let balance =
        |s: &StatementRecord, is: fn(&Balance) -> bool| s.balances.iter().find(|b| is(b)).map(Balance::signed);
    let opening = statements.first().and_then(|s| balance(s, Balance::is_opening));
    let closing = statements.last().and_then(|s| balance(s, Balance::is_closing));
    let mut summary = Summary {
        kind: "reconciliation",
        account: account.to_string(),
        day,
        source: statements.first().map(|s| s.kind.clone()),
        statements: statements.iter().map(|s| format!("{}/{}", s.inbound, s.document)).collect(),
        opening,
        closing,
        ..Summary::default()
    };
    for statement in statements {
        summary.entries += statement.entries;
        summary.credit_sum += statement.credit_sum;
        summary.debit_sum += statement.debit_sum;
    }
    summary.adds_up = summary.difference().map(|difference| difference.is_zero());
    summary
}

/// The lines of one entry: one for each payment that it is, and one of its own for what is no payment of ours.
fn entry_lines<E: From<JournalError>>(
    records: &dyn Records,
    record: &EntryRecord,
    summary: &mut Summary,
    collecting: &mut Collecting,
    each: &mut impl FnMut(&Line, Option<i64>) -> Result<(), E>,
) -> Result<(), E> {
    let entry = &record.entry;
    if !entry.is_booked() {
        summary.announced.add(entry.currency, entry.amount);
        let line = Line { amount: entry.amount, ..line_of(LineKind::Announced, record) };
        return if entry.how.is_some() { announced_lines(records, record, line, each) } else { each(&line, None) };
    }
    if entry.how.is_some() {
        payment_lines(records, record, summary, collecting, each)?;
    }
    if entry.state == EntryState::Matched {
        summary.matched.add(entry.currency, entry.amount);
    }
    let (kind, tally) = match entry.state {
        EntryState::Unmatched => (LineKind::Unmatched, &mut summary.unmatched),
        EntryState::NotOurs => (LineKind::NotOurs, &mut summary.not_ours),
        EntryState::Matched if entry.rest.is_zero() => return Ok(()),
        EntryState::Matched => {
            summary.rest.add(entry.currency, entry.rest);
            return Ok(());
        }
    };
    tally.add(entry.currency, entry.rest, entry.indicator);
    let candidates = if kind == LineKind::Unmatched { candidates(records, record)? } else { Vec::new() };
    each(&Line { candidates, ..line_of(kind, record) }, None)
}

/// A line for each payment that an entry announces.
fn announced_lines<E: From<JournalError>>(
    records: &dyn Records,
    record: &EntryRecord,
    line: Line,
    each: &mut impl FnMut(&Line, Option<i64>) -> Result<(), E>,
) -> Result<(), E> {
    for (found, payment) in matched_with(records, record)? {
        let amount = payment.amount;
        each(&Line { amount, currency: payment.currency, ..with_payment(line.clone(), found, payment) }, None)?;
    }
    Ok(())
}

/// The payments that an entry is, and by what they were found.
fn matched_with(records: &dyn Records, record: &EntryRecord) -> Result<Vec<(EntryMatch, PaymentRecord)>, JournalError> {
    let seq = record.entry.seq;
    let mut all = Vec::new();
    for found in records.matches(&record.inbound, record.entry.document, seq..=seq)? {
        all.extend(records.payment(found.payment)?.map(|payment| (found, payment)));
    }
    Ok(all)
}

fn with_payment(line: Line, found: EntryMatch, payment: PaymentRecord) -> Line {
    Line {
        payment: Some(payment_name(&payment)),
        end_to_end_id: payment.end_to_end_id,
        stated_name: line.counterparty_name,
        stated_account: line.counterparty_account,
        counterparty_name: payment.creditor_name,
        counterparty_account: payment.creditor_account,
        how: Some(found.how.into_owned()),
        sure: Some(found.sure.into_owned()),
        state: Some(payment.state),
        ..line
    }
}

/// What an entry moves of the one payment that it is: less than all of it where it is a part.
fn moved_of(payment: &PaymentRecord, record: &EntryRecord) -> Amount {
    let entry = &record.entry;
    let moved = entry.amount - entry.rest;
    let is_part = entry.currency == payment.currency && moved < payment.amount;
    if is_part { moved } else { payment.amount }
}

/// A line for each payment that an entry is.
fn payment_lines<E: From<JournalError>>(
    records: &dyn Records,
    record: &EntryRecord,
    summary: &mut Summary,
    collecting: &mut Collecting,
    each: &mut impl FnMut(&Line, Option<i64>) -> Result<(), E>,
) -> Result<(), E> {
    let entry = &record.entry;
    let matches = matched_with(records, record)?;
    let alone = matches.len() == 1;
    for (at, (found, payment)) in matches.into_iter().enumerate() {
        let amount = if alone { moved_of(&payment, record) } else { payment.amount };
        let comes = entry.indicator == Indicator::Credit;
        let (kind, tally) = match comes == collecting.is(records, &payment.batch)? {
            true => (LineKind::Booked, &mut summary.booked),
            false => (LineKind::Returned, &mut summary.returned),
        };
        // What the entry moves is told once, in its own currency, whatever its payments come to.
        if at == 0 {
            tally.moves(entry.currency, entry.amount - entry.rest);
        }
        let (row, currency) = (payment.row, payment.currency);
        let line = with_payment(line_of(kind, record), found, payment);
        each(&Line { amount, currency, ..line }, Some(row))?;
    }
    Ok(())
}

fn line_of(kind: LineKind, record: &EntryRecord) -> Line {
    let entry = &record.entry;
    Line {
        kind,
        entry: Some(record.name()),
        payment: None,
        end_to_end_id: None,
        amount: entry.rest,
        currency: entry.currency,
        indicator: Some(entry.indicator),
        date: entry.booking_date,
        counterparty_name: entry.counterparty_name.clone(),
        counterparty_account: entry.counterparty_account.clone(),
        stated_name: None,
        stated_account: None,
        reference: entry.reference.clone(),
        how: None,
        sure: None,
        state: None,
        age_days: None,
        why: entry.why.clone(),
        candidates: Vec::new(),
    }
}

/// Payments of the entry's amount that it may be: open ones for a debit, booked ones for money that comes back.
///
/// # Errors
/// [`JournalError`].
pub fn candidates(records: &dyn Records, record: &EntryRecord) -> Result<Vec<String>, JournalError> {
    let entry = &record.entry;
    let states = match entry.indicator {
        Indicator::Debit => OPEN.to_vec(),
        Indicator::Credit => vec![PaymentState::Executed, PaymentState::Booked],
    };
    let filter = PaymentFilter {
        account: Some(record.account.clone()),
        amount: Some((entry.amount, entry.currency)),
        states,
        most: MOST_CANDIDATES as u64,
        ..PaymentFilter::default()
    };
    Ok(records.payments(&filter)?.iter().map(payment_name).collect())
}

/// The payments of an account that have left and that no statement shows; and those that are returned.
fn may_be_open(account: &str) -> PaymentFilter {
    let states = [OPEN, &[PaymentState::Returned]].concat();
    PaymentFilter { account: Some(account.into()), states, ..PaymentFilter::default() }
}

/// How much of a payment is open, where it was to be executed by the day; `None` where it is not. Of which a bank says
/// that it returned it, while only its leaving is shown, that is all: its money is still to come back.
fn open_amount(records: &dyn Records, payment: &PaymentRecord, day: Date) -> Result<Option<Amount>, JournalError> {
    if due(payment).is_some_and(|due| due > day) {
        return Ok(None);
    }
    match payment.state {
        PaymentState::Unknown => left_of(records, payment).map(Some),
        PaymentState::Returned => {
            let shown = records.bookings_of(payment.row)?;
            let left = shown.iter().any(BookingRecord::shows_that_it_left) && !shown.iter().any(|booking| booking.back);
            Ok(left.then_some(payment.amount))
        }
        _ => Ok(Some(payment.amount)),
    }
}

/// What of a payment no entry of a statement has booked, where parts of it are.
fn left_of(records: &dyn Records, payment: &PaymentRecord) -> Result<Amount, JournalError> {
    let mut left = payment.amount;
    for (inbound, document, seq) in records.entries_of(payment.row)? {
        let (document, seq) = (Some(document), Some(seq));
        let filter = EntryFilter { inbound: Some(inbound), document, seq, ..EntryFilter::default() };
        records.each_entry(&filter, &mut |record| {
            if record.kind == "statement" {
                left -= moved_of(payment, &record);
            }
            false
        })?;
    }
    let is_part = left > Amount::ZERO && left < payment.amount;
    Ok(if is_part { left } else { payment.amount })
}

fn open_line(payment: &PaymentRecord, amount: Amount, day: Date) -> Line {
    let due = due(payment);
    Line {
        kind: LineKind::Open,
        entry: None,
        payment: Some(payment_name(payment)),
        end_to_end_id: payment.end_to_end_id.clone(),
        amount,
        currency: payment.currency,
        indicator: None,
        date: due,
        counterparty_name: payment.creditor_name.clone(),
        counterparty_account: payment.creditor_account.clone(),
        stated_name: None,
        stated_account: None,
        reference: None,
        how: None,
        sure: None,
        state: Some(payment.state),
        age_days: due.and_then(|due| due.until(day).ok()).map(|span| i64::from(span.get_days())),
        why: None,
        candidates: Vec::new(),
    }
}

/// The day on which a payment was to be executed; without one, the day of its batch.
fn due(payment: &PaymentRecord) -> Option<Date> {
    let batch_day = || payment.batch.get(1..9).and_then(parse_date);
    payment.execution_date.as_deref().and_then(parse_date).or_else(batch_day)
}

/// Batch and place: the name by which a person calls a payment.
pub fn payment_name(payment: &PaymentRecord) -> String {
    format!("{}/{}", payment.batch, payment.seq)
}

/// The file that carries a payment, once there is one.
///
/// # Errors
/// [`JournalError`].
pub fn file_of(records: &dyn Records, payment: &PaymentRecord) -> Result<Option<Outbound>, JournalError> {
    Ok(payment.outbound.as_deref().map(|id| records.outbound(id)).transpose()?.flatten())
}

/// Where a payment was before a statement moved it to one of these states; nothing where something else moved it since,
/// or also shows it.
///
/// # Errors
/// [`JournalError`].
pub fn before(
    records: &dyn Records,
    inbound: &str,
    effects: &[PaymentState],
    payment: &PaymentRecord,
) -> Result<Option<Change>, JournalError> {
    let mut steps = records.payment_steps(payment.row)?;
    let by_this = |step: &PaymentStep| step.inbound == inbound && effects.contains(&step.state);
    let Some(last) = steps.pop().filter(by_this) else { return Ok(None) };
    if records.entries_of(payment.row)?.len() > 1 {
        return Ok(None);
    }
    // In an older journal an answer about a whole file left no step of one payment: then its file's state is all
    // that is known.
    let of_file = || -> Result<PaymentState, JournalError> {
        let outbound = file_of(records, payment)?;
        Ok(outbound.map_or(PaymentState::Sent, |file| file.state.of_payments()))
    };
    let state = steps.pop().map_or_else(of_file, |step| Ok(step.state))?;
    let change = PaymentChange { payment: payment.row, state, bank_status: None, reason: None };
    Ok(Some(Change::Back { change, seen: last.seq }))
}
