//! Writes BAI2: one group a statement, one account a group.

use std::fmt::Write as _;
use std::io::Write;

use super::reader::details;
use crate::document::{
    Account, Amount, Balance, Currency, Date, Entry, EntryDetail, Indicator, Moment, Part, Statement, StatementEnd,
    StatementKind,
};
use crate::finding::{Finding, Place};
use crate::format::held::Held;
use crate::format::letters::Letters;
use crate::format::order::Order;
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// The most characters of a physical record.
const COLUMNS: usize = 80;

/// Writes BAI2.
pub struct Bai2Writer {
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    letters: Letters,
    order: Order,
    held: Held,
    statement: Option<Box<Statement>>,
    currency: Option<Currency>,
    /// Of the account: sum of what is written in minor units, and its physical records.
    account: Totals,
    file: Totals,
    groups: u64,
    /// Whether the loss of codes was said: once for all entries.
    said_codes: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    sum: i128,
    records: u64,
}

impl Bai2Writer {
    /// A writer to `output`.
    pub fn new(output: Box<dyn Write + Send>, options: &WriteOptions) -> Bai2Writer {
        Bai2Writer {
            output,
            letters: Letters::new(options.dialect.charset, options.dialect.fold),
            held: Held::new(options.scratch.clone()),
            options: options.clone(),
            order: Order::default(),
            statement: None,
            currency: None,
            account: Totals::default(),
            file: Totals::default(),
            groups: 0,
            said_codes: false,
        }
    }

    fn begin(&mut self, head: &Statement) -> Result<(), WriteError> {
        if head.kind == StatementKind::Notification {
            let message = text!("BAI2 takes statements and intraday reports only", "BAI2 只接受对账单和日间报告");
            return Err(Finding::error("kind", Place::default(), message).into());
        }
        if self.order.documents() == 1 {
            self.file_header(head)?;
        }
        self.currency = head.account.currency;
        self.account = Totals::default();
        self.statement = Some(Box::new(head.clone()));
        Ok(())
    }

    /// `01,sender,receiver,date,time,file id,,,2/`.
    fn file_header(&mut self, head: &Statement) -> Result<(), WriteError> {
        let created = head.created.or(self.options.created);
        let Some(created) = created.or_else(|| head.to_date.or(head.from_date).map(midnight)) else {
            let message = text!("the file needs a creation time", "文件必须有创建时间");
            return Err(Finding::error("created-missing", Place::path("01"), message).into());
        };
        let sender = self.code(head.account.agent.as_deref().unwrap_or_default(), "agent")?;
        let receiver = self.code(head.account.owner.as_deref().unwrap_or_default(), "owner")?;
        let id = head.id.as_deref().or(head.message_id.as_deref()).unwrap_or("1");
        let id = self.code(id, "id")?;
        let local = created.local;
        let line = format!(
            "01,{sender},{receiver},{},{:02}{:02},{id},{COLUMNS},,2/\n",
            day(local.date()),
            local.hour(),
            local.minute()
        );
        self.output.write_all(line.as_bytes())?;
        self.file.records = 1;
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), WriteError> {
        let seq = entry.seq;
        let place = || Place::path(format!("entry {seq}"));
        let currency = *self.currency.get_or_insert(entry.currency);
        if currency != entry.currency {
            let theirs = entry.currency;
            let message = text!(
                "the entry is in {theirs}, the account in {currency}",
                "明细币种 {theirs} 与账户币种 {currency} 不一致"
            );
            return Err(Finding::error("currency-differs", place(), message).into());
        }
        let code = self.type_code(entry);
        // A code tells the direction; the other direction is a negative amount.
        let minor = minor(entry.amount, currency, place)?;
        let minor = if side_of(&code) == entry.indicator { minor } else { -minor };
        let funds = entry.value_date.map_or_else(String::new, |date| format!("V,{},", day(date)));
        let bank_reference = self.reference(entry.bank_reference.as_deref(), "bank_reference", seq);
        let reference = self.reference(entry.reference.as_deref(), "reference", seq);
        let transaction = format!("16,{code},{minor},{funds},{bank_reference},{reference}");
        if let Some(booked) = entry.booking_date.filter(|date| Some(*date) != self.as_of()) {
            let message = text!(
                "entry {seq} was booked on {booked}, BAI2 has one day for the whole statement",
                "第 {seq} 条明细记账日为 {booked}，BAI2 整份对账单只有一个日期"
            );
            self.letters.note(Finding::warning("not-carried", place().field("booking_date"), message));
        }
        let text = self.text(entry)?;
        self.account.sum += minor;
        self.records(transaction, text)
    }

    /// The lines of an entry's text; what was read from the bank comes first.
    fn text(&mut self, entry: &Entry) -> Result<Vec<String>, WriteError> {
        let (seq, side) = (entry.seq, entry.indicator);
        let place = || Place::path(format!("entry {seq}")).field("text");
        let info = entry.info.as_deref().unwrap_or_default();
        let own = entry.details.first().is_none_or(|detail| details(info, side).as_ref() == Some(detail));
        let told = match entry.details.first() {
            Some(detail) if !own => tell(detail, side),
            _ => info.lines().map(str::to_string).collect(),
        };
        let whole = own || details(&told.join("\n"), side).as_ref() == entry.details.first();
        if !whole || entry.details.len() > 1 {
            let message = text!(
                "the text of a BAI2 record cannot tell all of entry {seq}; the amounts are complete",
                "BAI2 记录的文本无法完整承载第 {seq} 条明细；金额完整"
            );
            self.letters.note(Finding::warning("not-carried", place(), message));
        }
        told.iter().map(|line| Ok(self.letters.words(line.trim(), place)?.into_owned())).collect()
    }

    /// Puts a transaction with its text into the queue: the first line of the text closes the transaction's
    /// record, every other is an `88`.
    fn records(&mut self, transaction: String, text: Vec<String>) -> Result<(), WriteError> {
        let buffer = self.held.buffer();
        buffer.extend_from_slice(transaction.as_bytes());
        buffer.push(b',');
        for (at, line) in text.iter().enumerate() {
            if at > 0 {
                buffer.extend_from_slice(b"/\n88,");
            }
            buffer.extend_from_slice(line.as_bytes());
        }
        buffer.extend_from_slice(b"/\n");
        self.account.records += text.len().max(1) as u64;
        self.held.settle()
    }

    /// The type code: the bank's own where it fits the direction, else miscellaneous.
    fn type_code(&mut self, entry: &Entry) -> String {
        let own = entry.code.proprietary.as_deref().unwrap_or_default();
        let is_code = own.len() == 3 && own.bytes().all(|b| b.is_ascii_digit());
        let number: u16 = if is_code { own.parse().unwrap_or_default() } else { 0 };
        if matches!(number, 100..=699) || entry.status.as_deref() == Some("INFO") && is_code {
            return own.to_string();
        }
        if !entry.code.is_empty() && !std::mem::replace(&mut self.said_codes, true) {
            let message = text!(
                "BAI2 has type codes of its own; entries with other codes are written as 399 and 699 (miscellaneous)",
                "BAI2 使用自己的类型代码；其他代码的明细写作 399 和 699（其他）"
            );
            self.letters.note(Finding::warning("not-carried", Place::path("16").field("code"), message));
        }
        let code = if entry.status.as_deref() == Some("INFO") && entry.amount.is_zero() {
            "890"
        } else if entry.indicator == Indicator::Credit {
            "399"
        } else {
            "699"
        };
        code.to_string()
    }

    fn as_of(&self) -> Option<Date> {
        self.statement.as_ref().and_then(|head| head.to_date.or(head.from_date))
    }

    fn end(&mut self, end: &StatementEnd) -> Result<(), WriteError> {
        let Some(head) = self.statement.take() else { return Ok(()) };
        let balances = &end.balances;
        let closing = balances.iter().find(|b| b.kind == "CLBD").and_then(|b| b.date);
        let Some(as_of) = head.to_date.or(head.from_date).or(closing) else {
            let message = text!("the statement needs a day", "对账单必须有日期");
            return Err(Finding::error("date", Place::path("02"), message).into());
        };
        let currency = head.account.currency.or(self.currency).or_else(|| balances.iter().find_map(|b| b.currency));
        let Some(currency) = currency else {
            let message = text!("the statement needs a currency", "对账单必须有币种");
            return Err(Finding::error("currency-missing", Place::path("02"), message).into());
        };
        let agent = self.code(head.account.agent.as_deref().unwrap_or_default(), "agent")?;
        let modifier = if head.kind == StatementKind::Report { 3 } else { 2 };
        let mut out = format!("02,,{agent},1,{},,{currency},{modifier}/\n", day(as_of));
        let Some(account) = head.account.id.as_deref().or(head.account.iban.as_deref()) else {
            let message = text!("the statement needs an account", "对账单必须有账号");
            return Err(Finding::error("account-missing", Place::path("03"), message).into());
        };
        let account = self.code(account, "account")?;
        let mut lines = vec![format!("03,{account},{currency}")];
        for balance in balances {
            self.summary(balance, currency, &mut lines)?;
        }
        if balances.is_empty() {
            lines[0].push_str(",,,,");
        }
        for line in &lines {
            let _ = writeln!(out, "{line}/");
        }
        self.output.write_all(out.as_bytes())?;
        self.held.give(&mut self.output)?;
        let sum = self.account.sum;
        let records = self.account.records + lines.len() as u64 + 1;
        let trailer = format!("49,{sum},{records}/\n98,{sum},1,{}/\n", records + 2);
        self.output.write_all(trailer.as_bytes())?;
        self.file.sum += sum;
        self.file.records += records + 2;
        self.groups += 1;
        Ok(())
    }

    /// A summary of the account record; on a continuation where the line is full.
    fn summary(&mut self, balance: &Balance, currency: Currency, lines: &mut Vec<String>) -> Result<(), WriteError> {
        let kind = &balance.kind;
        let place = || Place::path(format!("balance {kind}"));
        let code = match kind.as_str() {
            "OPBD" | "PRCD" if balance.is_opening() => "010",
            "CLBD" if balance.is_closing() => "015",
            // The end of a page is not the end of the day: the ledger as it stands.
            "CLBD" => "030",
            "OPAV" => "040",
            "CLAV" => "045",
            other => match other.strip_prefix("BAI-") {
                Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) => code,
                _ => {
                    let message =
                        text!("BAI2 has no summary for the balance {kind}", "BAI2 没有 {kind} 余额的汇总代码");
                    self.letters.note(Finding::warning("not-carried", place(), message));
                    return Ok(());
                }
            },
        };
        let minor = minor(balance.amount, currency, place)?;
        let natural = if matches!(code.parse::<u16>(), Ok(400..=699)) { Indicator::Debit } else { Indicator::Credit };
        let signed = if balance.indicator.unwrap_or(natural) == natural { minor } else { -minor };
        self.account.sum += signed;
        let field = format!(",{code},{signed},,");
        match lines.last_mut() {
            Some(line) if line.len() + field.len() < COLUMNS => line.push_str(&field),
            _ => lines.push(format!("88{field}")),
        }
        Ok(())
    }

    /// A value that stands between commas.
    fn code(&self, value: &str, name: &'static str) -> Result<String, WriteError> {
        let place = || Place::default().field(name);
        let value = self.letters.id(value, 35, place)?;
        if value.contains([',', '/']) {
            let message = text!(
                "`{value}` holds a comma or a slash, which part fields and records",
                "`{value}` 含逗号或斜杠，与字段和记录分隔符冲突"
            );
            return Err(Finding::error("charset", place(), message).into());
        }
        Ok(value.to_string())
    }

    /// A reference of an entry; one that BAI2 cannot carry is left out whole and said.
    fn reference(&mut self, reference: Option<&str>, name: &'static str, seq: u64) -> String {
        let Some(reference) = reference else { return String::new() };
        self.code(reference, name).unwrap_or_else(|_| {
            let message = text!(
                "the reference `{reference}` cannot stand in BAI2 and is left out",
                "参考号 `{reference}` 无法写入 BAI2，未写出"
            );
            let place = Place::path(format!("entry {seq}")).field(name);
            self.letters.note(Finding::warning("not-carried", place, message));
            String::new()
        })
    }
}

impl Writer for Bai2Writer {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        match part {
            Part::Statement(head) => self.begin(head),
            Part::Entry(entry) => self.entry(entry),
            Part::StatementEnd(end) => self.end(end),
            _ => {
                let message = text!("only statements can be written as BAI2", "BAI2 只能写对账单");
                Err(Finding::error("kind", Place::default(), message).into())
            }
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() {
            return Err(crate::format::left_open().into());
        }
        if self.order.documents() > 0 {
            let Totals { sum, records } = self.file;
            let trailer = format!("99,{sum},{},{}/\n", self.groups, records + 1);
            self.output.write_all(trailer.as_bytes())?;
        }
        self.output.flush()?;
        Ok(())
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.letters.take_findings()
    }
}

/// The direction that a type code means.
fn side_of(code: &str) -> Indicator {
    if matches!(code.parse::<u16>(), Ok(400..=699)) { Indicator::Debit } else { Indicator::Credit }
}

/// What the text of a transaction tells, in the keywords that the reader knows.
fn tell(detail: &EntryDetail, side: Indicator) -> Vec<String> {
    let (name, account) = match side {
        Indicator::Credit => ("DBNM", "DACT"),
        Indicator::Debit => ("CRNM", "CACT"),
    };
    let party = &detail.counterparty;
    let number = party.account.as_ref().map(Account::as_str);
    let mut lines = Vec::new();
    for (keyword, value) in
        [("EREF", detail.end_to_end_id.as_deref()), (name, party.name.as_deref()), (account, number)]
    {
        lines.extend(value.map(|value| format!("{keyword}:{value}")));
    }
    lines.extend(detail.remittance.iter().map(|line| format!("REMI:{line}")));
    lines
}

/// An amount in minor units of its currency.
fn minor(amount: Amount, currency: Currency, place: impl Fn() -> Place) -> Result<i128, WriteError> {
    let scaled = Amount::from(10u64.pow(currency.minor_units())).checked_mul(amount).map(|a| a.normalize());
    match scaled {
        Some(scaled) if scaled.scale() == 0 => Ok(scaled.mantissa()),
        _ => {
            let message = text!(
                "{amount} is not a whole number of {currency}'s minor units",
                "{amount} 不是 {currency} 最小单位的整数倍"
            );
            Err(Finding::error("amount", place().field("amount"), message).into())
        }
    }
}

fn day(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}

fn midnight(date: Date) -> Moment {
    Moment { local: date.at(0, 0, 0, 0), offset_seconds: None }
}
