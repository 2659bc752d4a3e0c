//! Reads statements.

use std::collections::VecDeque;
use std::io::BufRead;

use super::information;
use super::tally::Tally;
use crate::document::{
    Balance, Currency, Date, Entry, EntryCode, Iban, Moment, Part, Statement, StatementAccount, StatementKind,
};
use crate::finding::{Finding, Place};
use crate::format::notes::Notes;
use crate::format::swift::values::{self, Mark};
use crate::format::swift::{Fields, Token};
use crate::format::{Limits, ReadError, ReadOptions, Reader};
use crate::text;

/// The fields of MT940, MT942 and MT950, and those that banks add.
fn known(tag: &str) -> bool {
    matches!(
        tag,
        "13" | "13D"
            | "20"
            | "21"
            | "25"
            | "25P"
            | "28"
            | "28C"
            | "34F"
            | "60F"
            | "60M"
            | "61"
            | "62F"
            | "62M"
            | "64"
            | "65"
            | "65F"
            | "86"
            | "90C"
            | "90D"
    )
}

/// Reads MT940, MT942 and MT950, one statement a message.
///
/// Whether a message is a statement or an intraday report, its header says, else its fields.
pub struct StatementReader<R> {
    fields: Fields<R>,
    format: String,
    limits: Limits,
    notes: Notes,
    head: Option<Head>,
    open: bool,
    currency: Option<Currency>,
    last_date: Option<Date>,
    closed: bool,
    /// Whether the mark that ends a message was the last that was read.
    terminated: bool,
    entry: Option<Box<Entry>>,
    supplement: String,
    tally: Tally,
    out: VecDeque<Part>,
    statements: u64,
    done: bool,
}

/// The fields before the first entry.
#[derive(Debug, Default)]
struct Head {
    statement: Statement,
    report: bool,
    currency: Option<Currency>,
    line: u64,
    any: bool,
}

impl<R: BufRead> StatementReader<R> {
    /// Statements in `input`.
    pub fn new(input: R, options: &ReadOptions) -> StatementReader<R> {
        let limits = options.limits.clone();
        StatementReader {
            fields: Fields::new(input, known, limits.line_bytes, limits.text_bytes),
            format: "mt940".to_string(),
            limits,
            notes: Notes::new(&options.levels),
            head: None,
            open: false,
            currency: None,
            last_date: None,
            closed: false,
            terminated: false,
            entry: None,
            supplement: String::new(),
            tally: Tally::default(),
            out: VecDeque::new(),
            statements: 0,
            done: false,
        }
    }

    fn place(&self) -> Place {
        Place { line: Some(self.fields.line()), path: Some(self.fields.tag().to_string()), ..Place::default() }
    }

    /// Takes in one token.
    fn take(&mut self, token: Token) -> Result<(), ReadError> {
        self.terminated = token == Token::End;
        match token {
            Token::Header => self.end_statement(),
            Token::End => self.flush_entry(),
            Token::Field => return self.field(),
        }
        Ok(())
    }

    fn field(&mut self) -> Result<(), ReadError> {
        let tag = self.fields.tag();
        let begins = match tag {
            "20" => true,
            "25" | "25P" => self.open || self.head.as_ref().is_some_and(|h| h.statement.account.id.is_some()),
            "60F" => self.closed,
            _ => false,
        };
        if begins {
            self.end_statement();
        }
        if !matches!(self.fields.tag(), "61" | "86") {
            self.flush_entry();
        }
        match self.fields.tag() {
            "20" | "25" | "25P" | "28" | "28C" | "13" | "13D" | "34F" if !self.open => self.head_field(),
            "60F" | "60M" => self.balance("OPBD"),
            "62F" | "62M" => self.balance("CLBD"),
            "64" => self.balance("CLAV"),
            "65" | "65F" => self.balance("FWAV"),
            "61" => return self.entry(),
            "86" => self.information(),
            "90C" | "90D" => self.control(),
            "21" | "20" | "25" | "25P" | "28" | "28C" | "13" | "13D" | "34F" => {}
            other => {
                let message = text!("field `{other}` is not known and passed over", "未知字段 `{other}`，已跳过");
                let finding = Finding::info("unknown-tag", self.place(), message);
                self.notes.push(finding);
            }
        }
        if self.tally.balances.len() > self.limits.held {
            let message = text!("the statement has too many balances", "对账单余额过多");
            return Err(ReadError::refused("too-many-balances", self.place(), message));
        }
        Ok(())
    }

    fn head_field(&mut self) {
        let line = self.fields.line();
        let head = self.head.get_or_insert_with(|| Head { line, ..Head::default() });
        let text = self.fields.text().lines().next().unwrap_or_default().trim();
        match self.fields.tag() {
            "20" => head.statement.id = present(text),
            "25" | "25P" => {
                head.statement.account = account(text);
                head.any = true;
            }
            "28" | "28C" => {
                head.statement.page = text.split_once('/').and_then(|(_, page)| page.trim().parse().ok());
                head.statement.number = present(text);
            }
            "34F" => {
                head.report = true;
                head.currency = head.currency.or_else(|| Currency::parse(text.get(..3)?));
            }
            _ => {
                head.report |= self.fields.tag() == "13D";
                head.statement.created = moment(text);
            }
        }
    }

    /// Gives out the head, before the first entry or at the end.
    fn open(&mut self, is_report: bool) {
        if self.open {
            return;
        }
        self.open = true;
        let line = self.fields.line();
        let mut head = self.head.take().unwrap_or_else(|| Head { line, ..Head::default() });
        let report = match self.fields.message_type() {
            Some("942") => true,
            Some("940" | "950") => false,
            _ => (head.report || is_report) && self.tally.balances.is_empty(),
        };
        let format = match self.fields.message_type() {
            Some("950") => "mt950",
            _ if report => "mt942",
            _ => "mt940",
        };
        self.format = format.to_string();
        self.currency = self.currency.or(head.currency);
        head.statement.format = format.to_string();
        head.statement.kind = if report { StatementKind::Report } else { StatementKind::Statement };
        head.statement.account.currency = self.currency;
        if head.statement.account.id.is_none() {
            let message = text!("field 25 is missing: the account is not named", "缺少 25 域：没有账号");
            self.notes.push(Finding::error("account-missing", Place::line(head.line).field("account"), message));
        }
        if self.statements == 0 {
            self.fields.finding().into_iter().for_each(|finding| self.notes.push(finding));
        }
        self.out.push_back(Part::Statement(Box::new(head.statement)));
        self.statements += 1;
    }

    fn balance(&mut self, kind: &str) {
        let (line, first) = (self.fields.line(), self.fields.text().lines().next().unwrap_or_default());
        let Some(read) = balance(first) else {
            let shown: String = first.chars().take(40).collect();
            let message = text!("`{shown}` is not a balance", "`{shown}` 不是有效余额");
            // Only the booked balances carry the statement; the others are a courtesy of the bank.
            let booked = matches!(kind, "OPBD" | "CLBD");
            let place = self.place();
            self.notes.push(match booked {
                true => Finding::error("balance", place, message),
                false => Finding::warning("balance", place, message),
            });
            self.head.get_or_insert_with(|| Head { line, ..Head::default() });
            return;
        };
        let (mut balance, missing) = (read.balance, read.missing);
        balance.kind = kind.to_string();
        // Another page stands before 60M and follows 62M.
        balance.sub_type = self.fields.tag().ends_with('M').then(|| Balance::INTERMEDIATE.to_string());
        for what in missing {
            let message = text!("the balance has no valid {what}", "余额缺少有效的 {what}");
            self.notes.push(Finding::warning("balance-incomplete", self.place(), message));
        }
        if let (Some(mine), Some(theirs)) = (self.currency, balance.currency)
            && mine != theirs
        {
            let message = text!(
                "the balance is in {theirs}, the statement in {mine}",
                "余额币种 {theirs} 与对账单币种 {mine} 不一致"
            );
            self.notes.push(Finding::warning("currency-differs", self.place(), message));
        }
        balance.currency = balance.currency.or(self.currency);
        self.currency = self.currency.or(balance.currency);
        match kind {
            "OPBD" => {
                let head = self.head.get_or_insert_with(|| Head { line, ..Head::default() });
                head.any = true;
                if self.open {
                    self.head = None;
                }
            }
            "CLBD" => {
                self.open(false);
                self.closed = true;
            }
            _ => {}
        }
        if matches!(kind, "OPBD" | "CLBD") && self.tally.balance(kind).is_some() {
            let message = text!("the statement has this balance twice", "同一余额出现两次");
            self.notes.push(Finding::warning("balance-twice", self.place(), message));
        }
        self.last_date = balance.date.or(self.last_date);
        self.tally.balances.push(balance);
    }

    fn entry(&mut self) -> Result<(), ReadError> {
        self.flush_entry();
        self.open(self.head.as_ref().is_some_and(|head| head.report));
        if self.closed {
            let message = text!("an entry follows the closing balance", "期末余额之后还有明细");
            self.notes.push(Finding::warning("record-order", self.place(), message));
        }
        let text = self.fields.lend();
        let result = self.entry_of(&text);
        self.fields.give_back(text);
        result
    }

    fn entry_of(&mut self, text: &str) -> Result<(), ReadError> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let Some(line) = EntryLine::parse(first) else {
            let shown: String = first.chars().take(40).collect();
            let message = text!("`{shown}` is not an entry", "`{shown}` 不是有效明细");
            let hint = text!(
                "an entry is date, mark, amount, code, reference: `2611231123C12,50NTRFREF//BANKREF`",
                "明细应为：日期、借贷标志、金额、代码、参考号，如 `2611231123C12,50NTRFREF//BANKREF`"
            );
            let finding = Finding::error("entry", self.place(), message).hint(hint);
            self.notes.push(finding);
            return Ok(());
        };
        self.supplement.clear();
        self.supplement.push_str(rest.trim_end());
        let currency = match self.currency {
            Some(currency) => currency,
            None => self.no_currency(),
        };
        let mut entry = line.entry(self.tally.entries + 1, currency);
        self.date_entry(&line, &mut entry);
        if !self.tally.add(&entry) {
            let message = text!("the sums are too large", "合计金额过大");
            return Err(ReadError::refused("sum-too-large", self.place(), message));
        }
        self.entry = Some(Box::new(entry));
        Ok(())
    }

    /// The dates of an entry; a day that does not exist is said.
    fn date_entry(&mut self, line: &EntryLine<'_>, entry: &mut Entry) {
        entry.value_date = values::date(line.value_date);
        let near = entry.value_date.or(self.last_date);
        entry.booking_date = match (line.entry_date, near) {
            ("", _) => None,
            (day, Some(near)) if line.value_date.ends_with(day) && entry.value_date.is_some() => Some(near),
            (day, Some(near)) => values::month_and_day(day, near),
            _ => None,
        };
        for (written, read, field) in
            [(line.value_date, entry.value_date, "value_date"), (line.entry_date, entry.booking_date, "booking_date")]
        {
            if read.is_none() && !written.is_empty() {
                let message = text!("`{written}` is no day of the calendar", "`{written}` 不是日历上的日期");
                let place = self.place().field(field);
                self.notes.push(Finding::warning("date", place, message));
            }
        }
    }

    /// What stands for a currency where the statement names none, and a finding.
    fn no_currency(&mut self) -> Currency {
        let none = Currency::NONE;
        let message = text!("no field names the currency; `{none}` stands for it", "没有币种，以 `{none}` 代替");
        self.notes.push(Finding::warning("currency-missing", self.place(), message));
        self.currency = Some(none);
        none
    }

    /// Field 86: of the entry before it, else of the whole statement (then the balances say enough).
    fn information(&mut self) {
        let Some(entry) = &mut self.entry else { return };
        let text = self.fields.text();
        if entry.details.is_empty() {
            let read = information::read(text);
            if let Some(code) = read.code
                && let Some(own) = &mut entry.code.proprietary
            {
                own.push('+');
                own.push_str(&code);
            }
            // No room for more: nearly every entry has one transaction, and it is large.
            entry.details = vec![read.detail];
        } else if let Some(detail) = entry.details.first_mut() {
            detail.remittance.extend(text.lines().map(|line| line.trim().to_string()));
        }
        match &mut entry.info {
            Some(info) if !info.is_empty() => {
                info.push('\n');
                info.push_str(text.trim_end());
            }
            info => *info = Some(text.trim_end().to_string()),
        }
    }

    /// Fields 90C and 90D: number and sum of the entries of a report.
    fn control(&mut self) {
        self.open(true);
        let text = self.fields.text().trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let read = text[..digits].parse().ok().zip(values::money(&text[digits..]));
        let Some((count, (_, sum))) = read else {
            let shown: String = text.chars().take(40).collect();
            let message = text!("`{shown}` is not a number and a sum", "`{shown}` 不是笔数和金额");
            self.notes.push(Finding::warning("control-total", self.place(), message));
            return;
        };
        let indicator = match self.fields.tag() {
            "90C" => crate::document::Indicator::Credit,
            _ => crate::document::Indicator::Debit,
        };
        let finding = self.tally.compare(indicator, count, sum, self.fields.line());
        finding.into_iter().for_each(|finding| self.notes.push(finding));
    }

    fn flush_entry(&mut self) {
        let Some(mut entry) = self.entry.take() else { return };
        if !self.supplement.is_empty() {
            let info = entry.info.take();
            let mut whole = std::mem::take(&mut self.supplement);
            if let Some(info) = info {
                whole.push('\n');
                whole.push_str(&info);
            }
            entry.info = Some(whole);
        }
        entry.conversion = entry.info.as_deref().and_then(information::ordered);
        self.out.push_back(Part::Entry(entry));
    }

    /// Ends the current statement, if anything of one was there.
    fn end_statement(&mut self) {
        self.flush_entry();
        let begun = self.open || self.head.as_ref().is_some_and(|head| head.any);
        if !begun {
            self.head = None;
            return;
        }
        self.open(false);
        let report = self.format == "mt942";
        if !report && self.tally.balance("OPBD").is_none() {
            let message = text!("the opening balance (field 60) is missing", "缺少期初余额（60 域）");
            self.notes.push(Finding::warning("opening-balance-missing", Place::default(), message));
        }
        if !report && self.tally.balance("CLBD").is_none() {
            let message = text!("the closing balance (field 62) is missing", "缺少期末余额（62 域）");
            self.notes.push(Finding::warning("closing-balance-missing", Place::default(), message));
        }
        self.tally.add_up().into_iter().for_each(|finding| self.notes.push(finding));
        let end = self.tally.end(self.notes.take());
        self.out.push_back(Part::StatementEnd(Box::new(end)));
        (self.head, self.open, self.closed) = (None, false, false);
        (self.currency, self.last_date) = (None, None);
    }

    /// Whether the file ends in the middle of a message for certain: in an open envelope, in a line without end that is
    /// no free text, or in the digits of the closing balance. That nothing ends a bare message is said in a finding,
    /// since there are banks that end it so.
    fn is_cut(&self) -> bool {
        if self.terminated || self.head.is_none() && !self.open {
            return false;
        }
        if !self.closed {
            let cut_line = !self.fields.is_line_whole() && self.fields.tag() != "86";
            return self.format != "mt942" && (self.fields.is_in_envelope() || cut_line);
        }
        let short = |closing: &Balance| closing.currency.is_some_and(|c| closing.amount.scale() < c.minor_units());
        let cut_amount = !self.fields.is_line_whole() && self.tally.balance("CLBD").is_some_and(short);
        cut_amount && self.fields.tag().starts_with("62") && self.tally.add_up().is_some()
    }

    /// The end of the file.
    fn finish(&mut self) -> Result<(), ReadError> {
        if self.is_cut() {
            return Err(crate::format::truncated(Place::line(self.fields.last_line())));
        }
        self.end_statement();
        if self.statements == 0 {
            let message = text!("the file holds no statement", "文件中没有对账单");
            let hint = text!("a statement begins with the fields 20 and 25", "对账单以 20 域和 25 域开始");
            return Err(Finding::error("no-statement", Place::default(), message).hint(hint).into());
        }
        Ok(())
    }
}

impl<R: BufRead> Reader for StatementReader<R> {
    fn format(&self) -> &str {
        &self.format
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.out.pop_front() {
                return Ok(Some(part));
            }
            if self.done {
                return Ok(None);
            }
            match self.fields.advance()? {
                Some(token) => self.take(token)?,
                None => {
                    self.done = true;
                    self.finish()?;
                }
            }
        }
    }
}

fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

/// Field 25: an IBAN (with the currency behind it at Dutch banks, a slash before it at others), bank
/// and account with a slash between, or a number.
fn account(text: &str) -> StatementAccount {
    let plain = text.trim_start_matches('/');
    let without_currency = plain.len().checked_sub(3).and_then(|at| {
        let (number, code) = plain.split_at_checked(at)?;
        Currency::parse(code.trim()).map(|_| number)
    });
    let iban = Iban::parse(plain).or_else(|| Iban::parse(without_currency?.trim()));
    let iban = iban.or_else(|| Iban::parse(plain.split_once(['/', ' '])?.1));
    let agent = plain.split_once('/').map(|(bank, _)| bank.trim()).filter(|bank| matches!(bank.len(), 8 | 11));
    StatementAccount {
        id: present(text),
        iban: iban.map(|iban| iban.to_string()),
        agent: agent.map(str::to_string),
        ..StatementAccount::default()
    }
}

/// Field 13D: `YYMMDDhhmm`, with an offset `+hhmm` behind it or not.
fn moment(text: &str) -> Option<Moment> {
    let (digits, offset) = text.split_at_checked(10).filter(|_| text.is_ascii())?;
    let date = values::date(digits.get(..6)?)?;
    let number = |s: &str| s.parse::<i8>().ok().filter(|_| s.bytes().all(|b| b.is_ascii_digit()));
    let (hour, minute) = (number(&digits[6..8])?, number(&digits[8..10])?);
    let local = date.at(0, 0, 0, 0).with().hour(hour).minute(minute).build().ok()?;
    let offset_seconds = offset.get(1..5).filter(|_| offset.starts_with(['+', '-'])).and_then(|o| {
        let seconds = i32::from(number(&o[..2])?) * 3600 + i32::from(number(&o[2..])?) * 60;
        Some(if offset.starts_with('-') { -seconds } else { seconds })
    });
    Some(Moment { local, offset_seconds })
}

/// A balance, and what it lacks.
struct ReadBalance {
    balance: Balance,
    missing: Vec<crate::words::Text>,
}

/// Fields 60, 62, 64, 65: `1!a6!n3!a15d`: mark, date, currency, amount. Marks, dates and currencies
/// are missing at some banks.
fn balance(text: &str) -> Option<ReadBalance> {
    let mut missing = Vec::new();
    let text = text.trim();
    let mark = values::mark(text);
    let rest = mark.map_or(text, |(_, length)| text[length..].trim_start());
    if mark.is_none() {
        missing.push(text!("mark of credit or debit", "借贷标志"));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = match digits {
        6 | 8 if rest.as_bytes().get(digits).is_some_and(|b| b.is_ascii_alphabetic()) => rest.split_at(digits),
        _ => ("", rest),
    };
    let date = values::date(day);
    if date.is_none() {
        missing.push(text!("date", "日期"));
    }
    let currency = rest.get(..3).and_then(Currency::parse);
    if currency.is_none() {
        missing.push(text!("currency", "币种"));
    }
    let amount = values::amount(if currency.is_some() { &rest[3..] } else { rest })?;
    let indicator = mark.map(|(mark, _)| mark.indicator);
    let balance = Balance { amount, currency, indicator, date, ..Balance::default() };
    (missing.len() < 3).then_some(ReadBalance { balance, missing })
}

/// The first line of field 61, in its pieces:
/// `6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]`.
struct EntryLine<'a> {
    value_date: &'a str,
    entry_date: &'a str,
    mark: Mark,
    amount: crate::document::Amount,
    code: &'a str,
    reference: &'a str,
    bank_reference: &'a str,
}

impl<'a> EntryLine<'a> {
    fn parse(text: &'a str) -> Option<EntryLine<'a>> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (value, entry) = match digits {
            6 => (6, 6),
            8 => (8, 8),
            10 => (6, 10),
            12 => (8, 12),
            _ => return None,
        };
        let rest = text[digits..].trim_start();
        let (mark, length) = values::mark(rest)?;
        let rest = rest[length..].trim_start();
        let rest = rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest).trim_start();
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b',' | b'.')).count();
        let amount = values::amount(&rest[..length])?;
        let rest = rest[length..].trim_start();
        let (code, rest) = code(rest);
        let (reference, bank_reference) = rest.split_once("//").unwrap_or((rest, ""));
        let (reference, bank_reference) = (reference.trim(), bank_reference.trim());
        Some(EntryLine {
            value_date: &text[..value],
            entry_date: &text[value..entry],
            mark,
            amount,
            code,
            reference,
            bank_reference,
        })
    }

    fn entry(&self, seq: u64, currency: Currency) -> Entry {
        let mut entry = Entry::new(seq, self.amount, currency, self.mark.indicator);
        entry.reversal = self.mark.reversal;
        entry.status = Some(if self.mark.expected { "PDNG" } else { "BOOK" }.to_string());
        entry.reference = present(self.reference).filter(|r| r != "NONREF");
        entry.bank_reference = present(self.bank_reference).filter(|r| r != "NONREF");
        entry.code = EntryCode { proprietary: present(self.code), ..EntryCode::default() };
        entry
    }
}

/// The transaction type: `N`, `F` or `S` and three characters; shorter at the end of the line.
fn code(text: &str) -> (&str, &str) {
    if !text.starts_with(['N', 'F', 'S']) {
        return ("", text);
    }
    let at = text.char_indices().nth(4).map_or(text.len(), |(at, _)| at);
    let (code, rest) = text.split_at(at);
    (code.trim(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_lines_of_many_banks() {
        for (line, want) in [
            ("2611231122C12,50NTRFREF//BANK", "261123 1122 CRDT 12.50 NTRF REF BANK"),
            ("261123RD7,FMSCNONREF", "261123  CRDT 7 FMSC NONREF "),
            ("2611231122DR20,00N037NONREF", "261123 1122 DBIT 20.00 N037 NONREF "),
            ("2611231122CK2000,00NMSCA//B", "261123 1122 CRDT 2000.00 NMSC A B"),
            ("261123D25,03NOV NONREF", "261123  DBIT 25.03 NOV NONREF "),
            ("261123D000000000098,99N102EREF", "261123  DBIT 98.99 N102 EREF "),
            ("261123D50,00 NTRFA", "261123  DBIT 50.00 NTRF A "),
            ("261123D50", "261123  DBIT 50   "),
        ] {
            let e = EntryLine::parse(line).unwrap_or_else(|| panic!("{line}"));
            let got = format!(
                "{} {} {} {} {} {} {}",
                e.value_date,
                e.entry_date,
                e.mark.indicator.code(),
                e.amount,
                e.code,
                e.reference,
                e.bank_reference
            );
            assert_eq!(got, want, "{line}");
        }
        for wrong in ["", "261123X12,50", "26112C1,", "261123C", "261123C,NTRF", "261123C1.234,56NTRF"] {
            assert!(EntryLine::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn balances_may_lack_a_part() {
        let shown = |text: &str| {
            let read = balance(text)?;
            Some((read.balance.signed().to_string(), read.missing.len()))
        };
        assert_eq!(shown("C261123EUR12,50"), Some(("12.50".into(), 0)));
        assert_eq!(shown("D261123EUR000012,50"), Some(("-12.50".into(), 0)));
        assert_eq!(shown("261123EUR12,50"), Some(("12.50".into(), 1)));
        assert_eq!(shown("CEUR12,50"), Some(("12.50".into(), 1)));
        assert_eq!(shown("C261131EUR12,50"), Some(("12.50".into(), 1)));
        assert_eq!(shown("Dnullnull7414,3"), None);
        assert_eq!(shown(""), None);
    }

    #[test]
    fn accounts_are_ibans_where_they_are() {
        for text in ["DE89370400440532013000", "/DE89370400440532013000", "DE89370400440532013000EUR"] {
            assert_eq!(account(text).iban.as_deref(), Some("DE89370400440532013000"), "{text}");
        }
        let plain = account("20752041/0291593375");
        assert_eq!((plain.iban, plain.agent.as_deref()), (None, Some("20752041")));
    }

    #[test]
    fn moments_have_an_offset_or_not() {
        assert_eq!(moment("2611231430+0100").map(|m| m.to_string()), Some("2026-11-23T14:30:00+01:00".into()));
        assert_eq!(moment("2611231430").map(|m| m.to_string()), Some("2026-11-23T14:30:00".into()));
        assert_eq!(moment("2611232530"), None);
    }
}
