//! Writes statements (MT940) and intraday reports (MT942), one message a statement, without envelope.

use std::fmt::Write as _;
use std::io::Write;

use super::tell;
use crate::document::{
    Balance, Currency, Entry, Indicator, Moment, Part, Statement, StatementEnd, StatementKind, parse_amount,
};
use crate::finding::{Finding, Place};
use crate::format::held::Held;
use crate::format::letters::Letters;
use crate::format::order::Order;
use crate::format::swift::emit::{self, field};
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;
use crate::words::Text;

/// Which of the two messages is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// MT940, the statement.
    Statement,
    /// MT942, the intraday report.
    Report,
}

/// Characters of a reference (`16x`).
const REFERENCE: usize = 16;
/// Characters of the account in field 25 (`35x`).
const ACCOUNT: usize = 35;
/// What stands where there is no reference.
const NONREF: &str = "NONREF";

/// Writes MT940 or MT942.
pub struct StatementWriter {
    message: Message,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    letters: Letters,
    order: Order,
    held: Held,
    statement: Option<Box<Statement>>,
    currency: Option<Currency>,
    /// Number and sum of what is written, credits and debits.
    written: [(u64, crate::document::Amount); 2],
    /// Whether the loss of codes was said: once for all entries.
    said_codes: bool,
}

impl StatementWriter {
    /// A writer of `message` to `output`.
    pub fn new(message: Message, output: Box<dyn Write + Send>, options: &WriteOptions) -> StatementWriter {
        StatementWriter {
            message,
            output,
            letters: Letters::new(options.dialect.charset, options.dialect.fold),
            held: Held::new(options.scratch.clone()),
            options: options.clone(),
            order: Order::default(),
            statement: None,
            currency: None,
            written: Default::default(),
            said_codes: false,
        }
    }

    fn begin(&mut self, head: &Statement) -> Result<(), WriteError> {
        let wanted = match self.message {
            Message::Statement => StatementKind::Statement,
            Message::Report => StatementKind::Report,
        };
        if head.kind != wanted {
            let message = text!("this message takes no statement of this kind", "此报文不能承载此类对账单");
            return Err(Finding::error("kind", Place::default(), message).into());
        }
        self.currency = head.account.currency;
        self.written = Default::default();
        self.statement = Some(Box::new(head.clone()));
        Ok(())
    }

    /// Fields 61 and 86 of an entry.
    fn entry(&mut self, entry: &Entry) -> Result<(), WriteError> {
        let seq = entry.seq;
        let place = || Place::path(format!("entry {seq}"));
        if entry.status.as_deref() == Some("INFO") {
            let message = text!(
                "entry {seq} only informs and books nothing; it is left out",
                "第 {seq} 条明细仅供参考、未记账，未写出"
            );
            self.letters.note(Finding::warning("not-carried", place(), message));
            return Ok(());
        }
        let currency = *self.currency.get_or_insert(entry.currency);
        if currency != entry.currency {
            let theirs = entry.currency;
            let message = text!(
                "the entry is in {theirs}, the account in {currency}",
                "明细币种 {theirs} 与账户币种 {currency} 不一致"
            );
            return Err(Finding::error("currency-differs", place(), message).into());
        }
        let (code, business) = self.codes(entry);
        let told = tell::tell(entry, business);
        if !told.whole {
            let message = text!(
                "fields 61 and 86 cannot tell all of entry {seq}; the amounts are complete",
                "61 域和 86 域无法完整承载第 {seq} 条明细；金额完整"
            );
            self.letters.note(Finding::warning("not-carried", place(), message));
        }
        let mut line = self.first_line(entry, code)?;
        if !told.supplement.is_empty() {
            let supplement = told.supplement.replace('\n', " ");
            let short: String = supplement.chars().take(tell::SUPPLEMENT).collect();
            line.push_str("\r\n");
            line.push_str(&self.letters.words(&short, place)?);
        }
        let mut out = String::new();
        field(&mut out, "61", &line);
        if !told.text.is_empty() {
            let lines: Result<Vec<String>, WriteError> =
                told.text.split('\n').map(|line| Ok(self.letters.words(line, place)?.into_owned())).collect();
            let lines = lines?;
            match told.own {
                true => field(&mut out, "86", &lines.join("\r\n")),
                false => emit::prose(&mut out, "86", &lines.join("\n")),
            }
        }
        let side = &mut self.written[usize::from(entry.indicator == Indicator::Debit)];
        side.0 += 1;
        side.1 = side.1.checked_add(entry.amount).ok_or_else(|| too_large(place()))?;
        self.held.buffer().extend_from_slice(out.as_bytes());
        self.held.settle()
    }

    /// The transaction type of field 61 and the business code of field 86.
    fn codes<'a>(&mut self, entry: &'a Entry) -> (&'a str, &'a str) {
        let own = entry.code.proprietary.as_deref().unwrap_or_default();
        let (code, business) = own.split_once('+').unwrap_or((own, ""));
        let is_code = code.len() == 4
            && code.starts_with(['N', 'F', 'S'])
            && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let is_business = business.len() == 3 && business.bytes().all(|b| b.is_ascii_digit());
        let known = is_code || entry.code.is_empty();
        if !known && !std::mem::replace(&mut self.said_codes, true) {
            let message = text!(
                "field 61 takes SWIFT's transaction types only; entries with other codes are written as NMSC",
                "61 域只接受 SWIFT 交易类型；其他代码的明细写作 NMSC"
            );
            self.letters.note(Finding::warning("not-carried", Place::path("61").field("code"), message));
        }
        (if is_code { code } else { "NMSC" }, if is_business { business } else { "" })
    }

    /// `6!n[4!n]2a15d1!a3!c16x[//16x]`.
    fn first_line(&mut self, entry: &Entry, code: &str) -> Result<String, WriteError> {
        let place = || Place::path(format!("entry {}", entry.seq));
        let Some(value) = entry.value_date.or(entry.booking_date) else {
            let message = text!("the entry has no date; field 61 needs one", "明细没有日期；61 域必须有日期");
            return Err(Finding::error("date", place(), message).into());
        };
        let mut line = emit::day(value);
        if let Some(booked) = entry.booking_date {
            let _ = write!(line, "{:02}{:02}", booked.month(), booked.day());
        }
        line.push_str(mark(entry));
        line.push_str(&emit::amount(entry.amount, place)?);
        line.push_str(code);
        line.push_str(&self.reference(entry.reference.as_deref(), "reference", entry.seq));
        if let Some(reference) = entry.bank_reference.as_deref() {
            line.push_str("//");
            line.push_str(&self.reference(Some(reference), "bank_reference", entry.seq));
        }
        Ok(line)
    }

    /// A reference of 16 characters; one that does not fit is left out whole and said.
    fn reference(&mut self, reference: Option<&str>, name: &'static str, seq: u64) -> String {
        let Some(reference) = reference else { return NONREF.to_string() };
        let place = || Place::path(format!("entry {seq}")).field(name);
        let plain = !reference.contains("//") && !reference.contains('\n');
        match self.letters.id(reference, REFERENCE, place) {
            Ok(reference) if plain => reference.to_string(),
            _ => {
                let message = text!(
                    "the reference `{reference}` does not fit into 16 characters and is left out",
                    "参考号 `{reference}` 超出 16 个字符，未写出"
                );
                self.letters.note(Finding::warning("not-carried", place(), message));
                NONREF.to_string()
            }
        }
    }

    fn end(&mut self, end: &StatementEnd) -> Result<(), WriteError> {
        let Some(head) = self.statement.take() else { return Ok(()) };
        let mut out = String::new();
        self.head(&head, &mut out)?;
        let mut close = String::new();
        match self.message {
            Message::Statement => {
                self.balance(end, &["OPBD", "PRCD"], "60", &mut out)?;
                self.balance(end, &["CLBD"], "62", &mut close)?;
                self.further_balances(end, &mut close)?;
            }
            Message::Report => self.totals(&head, &mut out, &mut close)?,
        }
        close.push_str("-\r\n");
        self.output.write_all(out.as_bytes())?;
        self.held.give(&mut self.output)?;
        self.output.write_all(close.as_bytes())?;
        Ok(())
    }

    /// Fields 20, 25 and 28C.
    fn head(&mut self, head: &Statement, out: &mut String) -> Result<(), WriteError> {
        let id = head.id.as_deref().or(head.message_id.as_deref());
        let fits = id.filter(|id| self.letters.id(id, REFERENCE, Place::default).is_ok());
        if let (Some(id), None) = (id, fits) {
            let message = text!(
                "the statement's id `{id}` does not fit into field 20 and is left out",
                "对账单编号 `{id}` 不适合 20 域，未写出"
            );
            self.letters.note(Finding::warning("not-carried", Place::path("20"), message));
        }
        field(out, "20", fits.unwrap_or(NONREF));
        let account = head.account.id.as_deref().or(head.account.iban.as_deref());
        let Some(account) = account else {
            let message = text!("field 25 needs an account", "25 域必须有账号");
            return Err(Finding::error("account-missing", Place::path("25"), message).into());
        };
        field(out, "25", self.letters.id(account, ACCOUNT, || Place::path("25").field("account"))?);
        let number = head.number.as_deref().unwrap_or("0");
        if is_number(number) {
            field(out, "28C", number);
        } else {
            let message = text!(
                "the number `{number}` is left out: field 28C takes five digits and five after a slash",
                "序号 `{number}` 未写出：28C 域只接受五位数字及斜杠后五位"
            );
            self.letters.note(Finding::warning("not-carried", Place::path("28C"), message));
            field(out, "28C", "0");
        }
        Ok(())
    }

    /// One of the balances that every statement has: final, or between two pages.
    fn balance(&self, end: &StatementEnd, kinds: &[&str], tag: &str, out: &mut String) -> Result<(), WriteError> {
        let found = kinds.iter().find_map(|kind| end.balances.iter().find(|b| b.kind == *kind));
        let Some(balance) = found else {
            let kind = kinds[0];
            let message = text!("field {tag}F needs the balance {kind}", "{tag}F 域需要 {kind} 余额");
            return Err(Finding::error("balance-missing", Place::path(format!("{tag}F")), message).into());
        };
        let tag = format!("{tag}{}", if balance.is_intermediate() { 'M' } else { 'F' });
        field(out, &tag, &self.balance_text(balance, &tag)?);
        Ok(())
    }

    /// Fields 64 and 65; balances that have no field are said.
    fn further_balances(&mut self, end: &StatementEnd, out: &mut String) -> Result<(), WriteError> {
        for (kind, tag) in [("CLAV", "64"), ("FWAV", "65")] {
            for balance in end.balances.iter().filter(|b| b.kind == kind) {
                field(out, tag, &self.balance_text(balance, tag)?);
            }
        }
        let opening = end.balances.iter().find(|b| b.kind == "OPBD").map_or("PRCD", |b| b.kind.as_str());
        for other in end.balances.iter().filter(|b| !["CLBD", "CLAV", "FWAV", opening].contains(&b.kind.as_str())) {
            let kind = &other.kind;
            let message = text!("MT940 has no field for the balance {kind}", "MT940 没有 {kind} 余额的字段");
            self.letters.note(Finding::warning("not-carried", Place::path(kind.clone()), message));
        }
        Ok(())
    }

    /// `1!a6!n3!a15d`.
    fn balance_text(&self, balance: &Balance, tag: &str) -> Result<String, WriteError> {
        let place = || Place::path(tag.to_string());
        let (date, currency) = (balance.date, balance.currency.or(self.currency));
        let (Some(date), Some(currency)) = (date, currency) else {
            let message = text!("the balance needs a date and a currency", "余额必须有日期和币种");
            return Err(Finding::error("balance-incomplete", place(), message).into());
        };
        let mark = if balance.indicator == Some(Indicator::Debit) { 'D' } else { 'C' };
        Ok(format!("{mark}{}{currency}{}", emit::day(date), emit::amount(balance.amount, place)?))
    }

    /// Fields 34F and 13D before, 90D and 90C behind the entries of a report.
    fn totals(&mut self, head: &Statement, out: &mut String, close: &mut String) -> Result<(), WriteError> {
        let Some(currency) = self.currency else {
            let message = text!("the report needs a currency", "报告必须有币种");
            return Err(Finding::error("currency-missing", Place::path("34F"), message).into());
        };
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("the report needs a creation time", "报告必须有创建时间");
            return Err(Finding::error("created-missing", Place::path("13D"), message).into());
        };
        field(
            out,
            "34F",
            &format!("{currency}{}", emit::amount(parse_amount("0").unwrap_or_default(), Place::default)?),
        );
        field(out, "13D", &moment(created));
        for (tag, at) in [("90D", 1), ("90C", 0)] {
            let (count, sum) = self.written[at];
            field(close, tag, &format!("{count}{currency}{}", emit::amount(sum, || Place::path(tag))?));
        }
        Ok(())
    }
}

impl Writer for StatementWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        match part {
            Part::Statement(head) => self.begin(head),
            Part::Entry(entry) => self.entry(entry),
            Part::StatementEnd(end) => self.end(end),
            _ => Err(not_a_statement().into()),
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() {
            return Err(crate::format::left_open().into());
        }
        self.output.flush()?;
        Ok(())
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.letters.take_findings()
    }
}

/// The mark of direction: a debit that takes a credit back is `RC`.
fn mark(entry: &Entry) -> &'static str {
    let expected = entry.status.as_deref() == Some("PDNG");
    match (entry.indicator, entry.reversal, expected) {
        (Indicator::Debit, true, _) => "RC",
        (Indicator::Credit, true, _) => "RD",
        (Indicator::Credit, false, true) => "EC",
        (Indicator::Debit, false, true) => "ED",
        (Indicator::Credit, false, false) => "C",
        (Indicator::Debit, false, false) => "D",
    }
}

/// `5n[/5n]`.
fn is_number(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.len() <= 5 && s.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('/') {
        Some((number, page)) => digits(number) && digits(page),
        None => digits(text),
    }
}

/// `YYMMDDhhmm+hhmm`.
fn moment(moment: Moment) -> String {
    let local = moment.local;
    let mut out = emit::day(local.date());
    let _ = write!(out, "{:02}{:02}", local.hour(), local.minute());
    if let Some(seconds) = moment.offset_seconds {
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        let _ = write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60);
    }
    out
}

fn not_a_statement() -> Finding {
    let message: Text = text!("only statements can be written in this format", "此格式只能写对账单");
    Finding::error("kind", Place::default(), message)
}

fn too_large(place: Place) -> WriteError {
    Finding::error("sum-too-large", place, text!("the sums are too large", "合计金额过大")).into()
}
