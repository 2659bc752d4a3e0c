//! Reads BAI2.

use std::collections::VecDeque;
use std::io::BufRead;

use super::record::{FieldsOf, Record, Records, funds};
use crate::document::{
    Account, Amount, Balance, Currency, Date, Entry, EntryCode, EntryDetail, Indicator, Part, Reissue, Statement,
    StatementAccount, StatementEnd, StatementKind, is_within_money,
};
use crate::finding::{Finding, Place};
use crate::format::notes::{Notes, balances_disagree};
use crate::format::swift::values;
use crate::format::{Limits, ReadError, ReadOptions, Reader, truncated};
use crate::text;

/// Reads BAI2, one statement per account record.
///
/// The sum that an account's trailer gives must be right. Counts, and the sums of groups and of the
/// file, are wrong at too many banks to refuse for; they are said in findings.
pub struct Bai2Reader<R> {
    records: Records<R>,
    limits: Limits,
    notes: Notes,
    level: Level,
    file: Totals,
    group: Totals,
    account: Totals,
    head: Head,
    currency: Currency,
    end: StatementEnd,
    out: VecDeque<Part>,
    statements: u64,
    done: bool,
}

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Nothing,
    File,
    Group,
    Account,
    Closed,
}

/// Sum and counts on one level.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    sum: i128,
    members: u64,
    records: u64,
}

/// What file and group say of every account in them.
#[derive(Debug, Default)]
struct Head {
    file: Option<String>,
    originator: Option<String>,
    as_of: Option<Date>,
    intraday: bool,
    /// Whether the group corrects what was reported before.
    corrects: bool,
    currency: Option<Currency>,
}

impl<R: BufRead> Bai2Reader<R> {
    /// Statements in `input`.
    pub fn new(input: R, options: &ReadOptions) -> Bai2Reader<R> {
        let limits = options.limits.clone();
        Bai2Reader {
            records: Records::new(input, limits.line_bytes, limits.line_bytes),
            limits,
            notes: Notes::new(&options.levels),
            level: Level::Nothing,
            file: Totals::default(),
            group: Totals::default(),
            account: Totals::default(),
            head: Head::default(),
            // A file that names none is in dollars (BAI2, group header, field 7).
            currency: Currency::USD,
            end: StatementEnd::default(),
            out: VecDeque::new(),
            statements: 0,
            done: false,
        }
    }

    fn take(&mut self, record: &Record) -> Result<(), ReadError> {
        for totals in [&mut self.file, &mut self.group, &mut self.account] {
            totals.records += record.lines;
        }
        match (record.code.as_str(), self.level) {
            ("01", Level::Nothing) => self.file_header(record),
            ("02", Level::File) => self.group_header(record),
            ("03", Level::Group) => return self.account(record),
            ("16", Level::Account) => return self.transaction(record),
            ("49", Level::Account) => return self.account_trailer(record),
            ("98", Level::Group) => self.group_trailer(record),
            ("99", Level::File) => return self.file_trailer(record),
            ("01" | "02" | "03" | "16" | "49" | "88" | "98" | "99", _) => {
                let code = &record.code;
                let message = text!("a record `{code}` may not come here", "此处不应出现记录 `{code}`");
                return Err(ReadError::refused("record-order", place(record), message));
            }
            (code, _) => {
                let code: String = code.chars().take(10).collect();
                let message = text!("`{code}` is not a record of BAI2", "`{code}` 不是 BAI2 记录");
                return Err(ReadError::refused("unknown-record", place(record), message));
            }
        }
        Ok(())
    }

    fn file_header(&mut self, record: &Record) {
        let fields: Vec<&str> = FieldsOf::new(&record.text).take(8).collect();
        self.records.finding().into_iter().for_each(|finding| self.notes.push(finding));
        self.head.file = fields.get(4).and_then(|id| present(id));
        let version = fields.get(7).copied().unwrap_or_default();
        if version != "2" {
            let message =
                text!("the file says version `{version}`, it is read as 2", "文件版本为 `{version}`，按 2 读取");
            self.notes.push(Finding::warning("version", place(record), message));
        }
        self.file = Totals { records: record.lines, ..Totals::default() };
        self.level = Level::File;
    }

    fn group_header(&mut self, record: &Record) {
        let fields: Vec<&str> = FieldsOf::new(&record.text).take(7).collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        self.head.originator = present(field(1));
        self.head.as_of = values::date(field(3));
        self.head.currency = Currency::parse(field(5));
        self.head.intraday = field(6) == "3";
        self.head.corrects = field(2) == "3";
        self.group_status(record, field(2));
        if self.head.as_of.is_none() {
            let written: String = field(3).chars().take(20).collect();
            let message = text!("`{written}` is no day of the calendar", "`{written}` 不是日历上的日期");
            self.notes.push(Finding::warning("date", place(record), message));
        }
        self.group = Totals { records: record.lines, ..Totals::default() };
        self.file.members += 1;
        self.level = Level::Group;
    }

    /// What is taken back or only tried out is no statement to book; a correction is one, and said.
    fn group_status(&mut self, record: &Record, status: &str) {
        let finding = match status {
            "" | "1" => return,
            "2" => Finding::error(
                "group-status",
                place(record),
                text!("the group takes back what was reported before (status 2)", "该组撤回先前报告的内容（状态 2）"),
            ),
            "3" => Finding::warning(
                "group-status",
                place(record),
                text!("the group corrects what was reported before (status 3)", "该组更正先前报告的内容（状态 3）"),
            ),
            "4" => Finding::error(
                "group-status",
                place(record),
                text!(
                    "the group is a test (status 4): nothing in it is money",
                    "该组为测试数据（状态 4），不涉及真实资金"
                ),
            ),
            other => Finding::warning(
                "group-status",
                place(record),
                text!("`{other}` is no status of a group; 1 to 4 are", "`{other}` 不是组状态；应为 1 至 4"),
            ),
        };
        let hint = text!("compare with what was booked, and ask the bank", "请与已入账内容核对，并询问银行");
        self.notes.push(finding.hint(hint));
    }

    fn account(&mut self, record: &Record) -> Result<(), ReadError> {
        let mut fields = FieldsOf::new(&record.text);
        let id = fields.next().and_then(present);
        let own = fields.next().unwrap_or_default();
        self.currency = Currency::parse(own).or(self.head.currency).unwrap_or(Currency::USD);
        self.account = Totals { records: record.lines, ..Totals::default() };
        self.group.members += 1;
        self.end = StatementEnd::default();
        self.level = Level::Account;
        if id.is_none() {
            let message = text!("the account is not named", "没有账号");
            self.notes.push(Finding::error("account-missing", place(record).field("account"), message));
        }
        let iban = id.as_deref().and_then(Account::parse).and_then(|a| a.iban().map(ToString::to_string));
        let account = StatementAccount {
            iban,
            id,
            currency: Some(self.currency),
            agent: self.head.originator.clone(),
            ..StatementAccount::default()
        };
        self.out.push_back(Part::Statement(Box::new(Statement {
            kind: if self.head.intraday { StatementKind::Report } else { StatementKind::Statement },
            format: "bai2".to_string(),
            id: self.head.file.clone(),
            reissue: self.head.corrects.then_some(Reissue::Correction),
            from_date: self.head.as_of,
            to_date: self.head.as_of,
            account,
            ..Statement::default()
        })));
        self.statements += 1;
        self.summaries(record, fields)
    }

    /// The summaries of an account record: `type,amount,items,funds` over and over.
    fn summaries(&mut self, record: &Record, mut fields: FieldsOf<'_>) -> Result<(), ReadError> {
        while let Some(code) = fields.next() {
            // A line that ends with `,/` leaves an empty field before what its continuation says.
            if code.is_empty() {
                continue;
            }
            let (amount, items) = (fields.next().unwrap_or_default(), fields.next());
            let funds = funds(&mut fields);
            let known = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
            if !known || funds.is_none() || items.is_some_and(|i| !i.bytes().all(|b| b.is_ascii_digit())) {
                let code: String = code.chars().take(20).collect();
                let message = text!("the summaries are not in order near `{code}`", "`{code}` 附近的汇总字段无法识别");
                return Err(ReadError::refused("summary", place(record), message));
            }
            if amount.is_empty() {
                continue;
            }
            let minor = self.minor(record, amount)?;
            self.account.sum += minor;
            if self.end.balances.len() == self.limits.held {
                let message = text!("the account has too many summaries", "账户汇总过多");
                return Err(ReadError::refused("too-many-balances", place(record), message));
            }
            self.end.balances.push(Balance {
                kind: balance_kind(code),
                amount: self.major(record, minor.abs())?,
                currency: Some(self.currency),
                indicator: Some(summary_side(code, minor)),
                date: self.head.as_of,
                ..Balance::default()
            });
        }
        Ok(())
    }

    fn transaction(&mut self, record: &Record) -> Result<(), ReadError> {
        let mut fields = FieldsOf::new(&record.text);
        let code = fields.next().unwrap_or_default();
        let minor = match fields.next().unwrap_or_default() {
            "" => 0,
            amount => self.minor(record, amount)?,
        };
        self.account.sum += minor;
        let Some(funds) = funds(&mut fields) else {
            let message = text!("the funds type is not known", "未知的资金类型");
            return Err(ReadError::refused("funds-type", place(record), message));
        };
        let (bank_reference, reference) = (fields.next().and_then(present), fields.next().and_then(present));
        let text = fields.rest().trim();
        let (side, status) = self.side(record, code, minor);
        let mut entry = Entry::new(self.end.entries + 1, self.major(record, minor.abs())?, self.currency, side);
        entry.status = Some(status.to_string());
        entry.booking_date = self.head.as_of;
        entry.value_date = funds.value_date.and_then(values::date);
        entry.reference = reference;
        entry.bank_reference = bank_reference;
        entry.code = EntryCode { proprietary: present(code), ..EntryCode::default() };
        entry.info = present(text);
        entry.details = details(text, side).into_iter().collect();
        self.count(record, &entry)?;
        self.out.push_back(Part::Entry(Box::new(entry)));
        Ok(())
    }

    /// Direction and status by the type code: 100 to 399 are credits, 400 to 699 debits.
    fn side(&mut self, record: &Record, code: &str, minor: i128) -> (Indicator, &'static str) {
        let signed = |side: Indicator| if minor < 0 { side.reversed() } else { side };
        match code.parse::<u16>() {
            Ok(100..=399) => (signed(Indicator::Credit), "BOOK"),
            Ok(400..=699) => (signed(Indicator::Debit), "BOOK"),
            Ok(890) if minor == 0 => (Indicator::Credit, "INFO"),
            _ => {
                let code: String = code.chars().take(20).collect();
                let message = text!(
                    "type code `{code}` does not tell credit from debit; taken as information",
                    "类型代码 `{code}` 无法判断借贷，仅作信息"
                );
                self.notes.push(Finding::warning("direction-unknown", place(record), message));
                (signed(Indicator::Credit), "INFO")
            }
        }
    }

    fn count(&mut self, record: &Record, entry: &Entry) -> Result<(), ReadError> {
        self.end.entries += 1;
        let sum = match entry.indicator {
            Indicator::Credit => &mut self.end.credit_sum,
            Indicator::Debit => &mut self.end.debit_sum,
        };
        let total = sum.checked_add(entry.amount).filter(|total| is_within_money(*total));
        *sum = total.ok_or_else(|| too_large(record))?;
        Ok(())
    }

    fn account_trailer(&mut self, record: &Record) -> Result<(), ReadError> {
        let account = self.account;
        let mut fields = FieldsOf::new(&record.text);
        let said = fields.next().unwrap_or_default();
        if !said.is_empty() {
            let said = self.minor(record, said)?;
            let sum = account.sum;
            if said != sum {
                let message = text!(
                    "the account's trailer says {said}, its amounts make {sum}",
                    "账户尾记录合计 {said}，明细合计 {sum}"
                );
                self.notes.push(Finding::error("control-total", place(record), message));
            }
            self.group.sum += said;
        } else {
            self.group.sum += account.sum;
        }
        self.compare(record, fields.next(), account.records, &text!("records of the account", "账户记录"));
        self.mismatch();
        let mut end = std::mem::take(&mut self.end);
        end.findings = self.notes.take();
        self.out.push_back(Part::StatementEnd(Box::new(end)));
        self.level = Level::Group;
        Ok(())
    }

    /// Says so where opening ledger and entries do not give the closing ledger.
    fn mismatch(&mut self) {
        let balance = |kind: &str| self.end.balances.iter().find(|b| b.kind == kind).map(Balance::signed);
        let (Some(opening), Some(closing)) = (balance("OPBD"), balance("CLBD")) else { return };
        let Some(booked) = self.end.credit_sum.checked_sub(self.end.debit_sum) else { return };
        let wrong = balances_disagree(opening, booked, closing, Place::path("015"));
        wrong.into_iter().for_each(|finding| self.notes.push(finding));
    }

    fn group_trailer(&mut self, record: &Record) {
        let group = self.group;
        let mut fields = FieldsOf::new(&record.text);
        self.compare_sum(record, fields.next(), group.sum);
        self.compare(record, fields.next(), group.members, &text!("accounts of the group", "组内账户"));
        self.compare(record, fields.next(), group.records, &text!("records of the group", "组内记录"));
        self.file.sum += group.sum;
        self.level = Level::File;
    }

    fn file_trailer(&mut self, record: &Record) -> Result<(), ReadError> {
        let file = self.file;
        if FieldsOf::new(&record.text).nth(2).is_none_or(str::is_empty) {
            return Err(truncated(place(record)));
        }
        let mut fields = FieldsOf::new(&record.text);
        self.compare_sum(record, fields.next(), file.sum);
        self.compare(record, fields.next(), file.members, &text!("groups of the file", "文件内组"));
        self.compare(record, fields.next(), file.records, &text!("records of the file", "文件内记录"));
        self.level = Level::Closed;
        Ok(())
    }

    fn compare_sum(&mut self, record: &Record, said: Option<&str>, sum: i128) {
        let Some(said) = said.and_then(minor_units) else { return };
        if said != sum {
            let message = text!("the trailer says a sum of {said}, it is {sum}", "尾记录合计 {said}，实际 {sum}");
            self.notes.push(Finding::warning("control-total", place(record), message));
        }
    }

    fn compare(&mut self, record: &Record, said: Option<&str>, counted: u64, what: &crate::words::Text) {
        let Some(said) = said.and_then(|said| said.parse::<u64>().ok()) else { return };
        if said != counted {
            let (en, zh) = (&what.en, &what.zh);
            let message = crate::words::Text {
                en: format!("the trailer says {said} {en}, there are {counted}"),
                zh: format!("尾记录声明{zh} {said} 个，实际 {counted} 个"),
            };
            self.notes.push(Finding::warning("control-count", place(record), message));
        }
    }

    fn minor(&self, record: &Record, text: &str) -> Result<i128, ReadError> {
        minor_units(text).ok_or_else(|| {
            let text: String = text.chars().take(40).collect();
            let message = text!("`{text}` is not an amount in minor units", "`{text}` 不是以最小货币单位表示的金额");
            ReadError::refused("amount", place(record).field("amount"), message)
        })
    }

    fn major(&self, record: &Record, minor: i128) -> Result<Amount, ReadError> {
        let amount = Amount::try_from_i128_with_scale(minor, self.currency.minor_units()).ok();
        amount.filter(|amount| is_within_money(*amount)).ok_or_else(|| too_large(record))
    }
}

impl<R: BufRead> Reader for Bai2Reader<R> {
    fn format(&self) -> &str {
        "bai2"
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.out.pop_front() {
                return Ok(Some(part));
            }
            if self.done {
                return Ok(None);
            }
            match self.records.advance()? {
                Some(record) => self.take(&record)?,
                None if self.level != Level::Closed => return Err(truncated(Place::line(self.records.last_line()))),
                None if self.statements == 0 => {
                    let message = text!("the file holds no account", "文件中没有账户");
                    return Err(ReadError::refused("no-statement", Place::default(), message));
                }
                None => self.done = true,
            }
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.notes.take()
    }
}

fn place(record: &Record) -> Place {
    Place { line: Some(record.line), path: Some(record.code.clone()), ..Place::default() }
}

fn too_large(record: &Record) -> ReadError {
    ReadError::refused("sum-too-large", place(record), text!("the amount is too large", "金额过大"))
}

fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

/// A whole number with a sign or without; at most 20 digits, so that sums cannot overflow.
fn minor_units(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    let value: i128 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    (number && significant.len() <= 20).then_some(if text.starts_with('-') { -value } else { value })
}

/// The balance that a summary's type code means.
fn balance_kind(code: &str) -> String {
    match code {
        "010" => "OPBD".to_string(),
        "015" => "CLBD".to_string(),
        "040" => "OPAV".to_string(),
        "045" => "CLAV".to_string(),
        code => format!("BAI-{code}"),
    }
}

/// Status codes (001 to 099) carry their sign; summaries of 400 to 699 are debits.
fn summary_side(code: &str, minor: i128) -> Indicator {
    let debit = matches!(code.parse::<u16>(), Ok(400..=699));
    if debit != (minor < 0) { Indicator::Debit } else { Indicator::Credit }
}

/// What a transaction's text tells: lines, some of which begin with a keyword and a colon.
pub(super) fn details(text: &str, side: Indicator) -> Option<EntryDetail> {
    if text.is_empty() {
        return None;
    }
    let mut detail = EntryDetail::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (keyword, value) = line.split_once(':').unwrap_or(("", line));
        let value = present(value.trim());
        match (keyword, side) {
            ("EREF", _) => detail.end_to_end_id = value,
            ("REMI", _) => detail.remittance.extend(value),
            ("DBNM", Indicator::Credit) | ("CRNM", Indicator::Debit) => detail.counterparty.name = value,
            ("DACT", Indicator::Credit) | ("CACT", Indicator::Debit) => {
                detail.counterparty.account = value.as_deref().and_then(Account::parse);
            }
            _ => detail.remittance.push(line.to_string()),
        }
    }
    Some(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_minor_units() {
        assert_eq!(minor_units("+000123"), Some(123));
        assert_eq!(minor_units("-5"), Some(-5));
        assert_eq!(minor_units("00"), Some(0));
        for wrong in ["", "+", "1.50", "1,2", "x", "999999999999999999999"] {
            assert_eq!(minor_units(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn summaries_have_a_side() {
        assert_eq!(summary_side("010", -1), Indicator::Debit);
        assert_eq!(summary_side("400", 5), Indicator::Debit);
        assert_eq!(summary_side("100", 5), Indicator::Credit);
    }
}
