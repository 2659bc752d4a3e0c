//! The files that an ERP gets back: entries, balances, payment states, refusals.
//!
//! Each file is a header row and one row a record; who writes them (the route) hands over rows and
//! knows nothing of columns.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::document::{Amount, Balance, Currency, Entry, EntryDetail, Receipt, Statement};
use crate::finding::Finding;
use crate::words::Lang;

/// Header names in both languages.
pub(super) type Header = &'static [(&'static str, &'static str)];

const ENTRIES: Header = &[
    ("account", "账号"),
    ("statement", "对账单号"),
    ("seq", "序号"),
    ("booking_date", "记账日期"),
    ("value_date", "起息日"),
    ("indicator", "借贷标志"),
    ("amount", "金额"),
    ("currency", "币种"),
    ("status", "状态"),
    ("reversal", "冲正"),
    ("end_to_end_id", "业务编号"),
    ("reference", "参考号"),
    ("bank_reference", "银行流水号"),
    ("counterparty_name", "对方户名"),
    ("counterparty_account", "对方账号"),
    ("counterparty_agent", "对方行号"),
    ("remittance", "附言"),
    ("code", "交易代码"),
    ("payment", "对应付款"),
    ("match", "匹配结果"),
];

const BALANCES: Header = &[
    ("account", "账号"),
    ("statement", "对账单号"),
    ("type", "余额类型"),
    ("date", "日期"),
    ("indicator", "借贷标志"),
    ("amount", "金额"),
    ("currency", "币种"),
];

const STATUS: Header = &[
    ("batch", "批次号"),
    ("end_to_end_id", "业务编号"),
    ("amount", "金额"),
    ("currency", "币种"),
    ("status", "状态"),
    ("bank_status", "银行状态"),
    ("reason", "原因代码"),
    ("message", "说明"),
    ("at", "时间"),
    ("bank_file", "银行文件"),
];

const REFUSALS: Header = &[
    ("file", "文件"),
    ("line", "行"),
    ("column", "列"),
    ("field", "字段"),
    ("rule", "规则"),
    ("level", "级别"),
    ("message", "说明"),
    ("hint", "建议"),
];

const RECEIPTS: Header = &[
    ("receipt_no", "回单号"),
    ("account", "账号"),
    ("date", "交易日期"),
    ("bank_serial", "银行流水号"),
    ("indicator", "借贷标志"),
    ("amount", "金额"),
    ("currency", "币种"),
    ("counterparty_name", "对方户名"),
    ("counterparty_account", "对方账号"),
    ("end_to_end_id", "业务编号"),
    ("remittance", "附言"),
    ("verify_code", "验证码"),
    ("file_name", "文件名"),
    ("file_type", "文件类型"),
    ("size", "字节数"),
    ("sha256", "文件哈希（SHA-256）"),
    ("bank_file", "银行文件"),
    ("batch", "批次号"),
    ("payment", "对应付款"),
    ("match", "匹配结果"),
    ("statement", "对账单"),
    ("entry", "对账单明细序号"),
    ("repeats", "重复于"),
    ("differs_from", "同号不同文件"),
];

/// A CSV file with a header, written row by row.
pub(super) struct Table<W: Write>(::csv::Writer<W>);

impl<W: Write> Table<W> {
    pub(super) fn new(output: W, header: Header, lang: Lang) -> io::Result<Table<W>> {
        let mut csv = ::csv::WriterBuilder::new().buffer_capacity(64 << 10).from_writer(output);
        let names = header.iter().map(|(en, zh)| if lang == Lang::Zh { zh } else { en });
        csv.write_record(names).map_err(io_error)?;
        Ok(Table(csv))
    }

    pub(super) fn row<'a>(&mut self, fields: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        for field in fields {
            self.0.write_field(harmless(field).as_bytes()).map_err(io_error)?;
        }
        self.0.write_record(None::<&[u8]>).map_err(io_error)
    }

    pub(super) fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| io::Error::new(error.error().kind(), error.error().to_string()))
    }
}

/// A field as it is, but for one that a spreadsheet would take for a formula: strangers write names and texts, and
/// people open these files. An apostrophe before it makes it text. A number is none, whatever its sign.
fn harmless(field: &str) -> Cow<'_, str> {
    const STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    let is_number = || field.parse::<Amount>().is_ok();
    match field.starts_with(STARTS) && !is_number() {
        true => Cow::Owned(format!("'{field}")),
        false => Cow::Borrowed(field),
    }
}

/// The parser's error as what it is here: an error of the output.
pub(super) fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// One row of the entries file: an entry, and the payment that the caller matched with it.
#[derive(Clone, Copy, Debug)]
pub struct EntryRow<'a> {
    /// The statement's head.
    pub statement: &'a Statement,
    /// The entry.
    pub entry: &'a Entry,
    /// End-to-end id or own id of the payment that the entry belongs to.
    pub payment: &'a str,
    /// How sure that is, in the caller's words.
    pub matched: &'a str,
}

/// Writes the entries of statements, one row each.
pub struct EntriesFile<W: Write>(Table<W>);

impl<W: Write> EntriesFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<EntriesFile<W>> {
        Ok(EntriesFile(Table::new(output, ENTRIES, lang)?))
    }

    /// Writes one entry. An entry of several transactions (a batch booking) is one row all the
    /// same: its end-to-end ids are joined by `;` and the counterparty is left empty.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, row: &EntryRow<'_>) -> io::Result<()> {
        let EntryRow { statement, entry, payment, matched } = row;
        let single = EntryDetail::default();
        let single = if let [only] = entry.details.as_slice() { only } else { &single };
        let ids: Vec<&str> = entry.details.iter().filter_map(|d| d.end_to_end_id.as_deref()).collect();
        let date = |date: Option<crate::document::Date>| date.map(|d| d.to_string()).unwrap_or_default();
        let remittance = match single.remittance.is_empty() {
            false => single.remittance.join(" "),
            true => entry.info.clone().unwrap_or_default(),
        };
        let account = single.counterparty.account.as_ref().map(|a| a.as_str()).unwrap_or_default();
        self.0.row([
            account_of(statement),
            statement_of(statement),
            entry.seq.to_string().as_str(),
            &date(entry.booking_date),
            &date(entry.value_date),
            entry.indicator.code(),
            &entry.amount.to_string(),
            entry.currency.as_str(),
            text_of(&entry.status),
            if entry.reversal { "true" } else { "false" },
            &ids.join(";"),
            text_of(&entry.reference),
            text_of(&entry.bank_reference),
            text_of(&single.counterparty.name),
            account,
            text_of(&single.counterparty.agent),
            &remittance,
            &code_of(entry),
            payment,
            matched,
        ])
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

/// Writes the balances of statements, one row each.
pub struct BalancesFile<W: Write>(Table<W>);

impl<W: Write> BalancesFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<BalancesFile<W>> {
        Ok(BalancesFile(Table::new(output, BALANCES, lang)?))
    }

    /// Writes one balance of `statement`.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, statement: &Statement, balance: &Balance) -> io::Result<()> {
        let currency = balance.currency.or(statement.account.currency);
        self.0.row([
            account_of(statement),
            statement_of(statement),
            // Who takes these for the account's balances must not find the balance between two pages among them.
            if balance.is_intermediate() { "ITBD" } else { &balance.kind },
            &balance.date.map(|d| d.to_string()).unwrap_or_default(),
            balance.indicator.map(|i| i.code()).unwrap_or_default(),
            &balance.amount.to_string(),
            currency.as_ref().map(Currency::as_str).unwrap_or_default(),
        ])
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

/// Writes the index of receipts, one row each.
pub struct ReceiptsFile<W: Write>(Table<W>, Lang);

/// By what a receipt was matched, and how sure that is, as the journal's records say it and in Chinese.
const RECEIPT_MATCHES: [(&str, &str); 4] = [
    ("end-to-end-id certain", "业务编号相符，确定"),
    ("amount-and-account likely", "金额与账号相符，很可能"),
    ("bank-reference certain", "银行流水号相符，确定"),
    ("unmatched", "未对应"),
];

impl<W: Write> ReceiptsFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<ReceiptsFile<W>> {
        Ok(ReceiptsFile(Table::new(output, RECEIPTS, lang)?, lang))
    }

    /// Writes one receipt, with what it belongs to.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, receipt: &Receipt) -> io::Result<()> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let links = &receipt.links;
        let matched = text(&links.matched);
        let in_chinese = RECEIPT_MATCHES.iter().find(|(en, _)| self.1 == Lang::Zh && *en == matched);
        let fields = [
            text(&receipt.receipt_no),
            receipt.account.as_ref().map(|account| account.as_str().to_string()).unwrap_or_default(),
            receipt.date.map(|date| date.to_string()).unwrap_or_default(),
            text(&receipt.bank_serial),
            receipt.indicator.map(|indicator| indicator.code().to_string()).unwrap_or_default(),
            receipt.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            receipt.currency.map(|currency| currency.to_string()).unwrap_or_default(),
            text(&receipt.counterparty.name),
            receipt.counterparty.account.as_ref().map(|account| account.as_str().to_string()).unwrap_or_default(),
            text(&receipt.end_to_end_id),
            receipt.remittance.join(" "),
            text(&receipt.verify_code),
            text(&links.file_name),
            receipt.file_type.word().to_string(),
            receipt.size.to_string(),
            receipt.sha256.clone(),
            receipt.file.clone(),
            text(&links.batch),
            text(&links.payment),
            in_chinese.map_or(matched, |(_, zh)| zh.to_string()),
            text(&links.statement),
            links.entry.map(|entry| entry.to_string()).unwrap_or_default(),
            text(&links.repeats),
            text(&links.differs_from),
        ];
        self.0.row(fields.iter().map(String::as_str))
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

/// One row of the status file: where a payment stands.
#[derive(Clone, Debug, Default)]
pub struct StatusRow<'a> {
    /// The batch that the payment came in.
    pub batch: &'a str,
    /// Its end-to-end id.
    pub end_to_end_id: &'a str,
    /// Its amount.
    pub amount: Option<Amount>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Its state in our words: `accepted`, `rejected`, `unknown` …
    pub status: &'a str,
    /// The bank's own status.
    pub bank_status: &'a str,
    /// Reason code, such as `AC04`.
    pub reason: &'a str,
    /// The reason in words.
    pub message: &'a str,
    /// Since when, RFC 3339.
    pub at: &'a str,
    /// The bank's file that says so.
    pub bank_file: &'a str,
}

/// Writes where payments stand, one row each.
pub struct StatusFile<W: Write>(Table<W>);

impl<W: Write> StatusFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<StatusFile<W>> {
        Ok(StatusFile(Table::new(output, STATUS, lang)?))
    }

    /// Writes one payment's state.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, row: &StatusRow<'_>) -> io::Result<()> {
        self.0.row([
            row.batch,
            row.end_to_end_id,
            &row.amount.map(|a| a.to_string()).unwrap_or_default(),
            row.currency.as_ref().map(Currency::as_str).unwrap_or_default(),
            row.status,
            row.bank_status,
            row.reason,
            row.message,
            row.at,
            row.bank_file,
        ])
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

/// One row of the refusals file.
#[derive(Clone, Copy, Debug)]
pub struct RefusalRow<'a> {
    /// Name of the file that the finding is about.
    pub file: &'a str,
    /// The finding.
    pub finding: &'a Finding,
}

/// Writes why files were refused, one row a finding.
pub struct RefusalsFile<W: Write> {
    table: Table<W>,
    lang: Lang,
}

impl<W: Write> RefusalsFile<W> {
    /// Begins the file; header and sentences are in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<RefusalsFile<W>> {
        Ok(RefusalsFile { table: Table::new(output, REFUSALS, lang)?, lang })
    }

    /// Writes one finding.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, row: &RefusalRow<'_>) -> io::Result<()> {
        let Finding { rule, level, place, message, hint } = row.finding;
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let field = place.field.as_deref().or(place.path.as_deref()).unwrap_or_default();
        let level = match level {
            crate::finding::Level::Info => "info",
            crate::finding::Level::Warning => "warning",
            crate::finding::Level::Error => "error",
        };
        self.table.row([
            row.file,
            &number(place.line),
            &number(place.column),
            field,
            rule,
            level,
            message.to(self.lang),
            hint.as_ref().map(|hint| hint.to(self.lang)).unwrap_or_default(),
        ])
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }
}

fn text_of(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

fn account_of(statement: &Statement) -> &str {
    statement.account.iban.as_deref().or(statement.account.id.as_deref()).unwrap_or_default()
}

fn statement_of(statement: &Statement) -> &str {
    statement.number.as_deref().or(statement.id.as_deref()).unwrap_or_default()
}

/// The ISO code as `PMNT/RCDT/ESCT`, else the bank's own.
fn code_of(entry: &Entry) -> String {
    let code = &entry.code;
    let iso: Vec<&str> =
        [&code.domain, &code.family, &code.sub_family].into_iter().flatten().map(String::as_str).collect();
    if iso.is_empty() { text_of(&code.proprietary).to_string() } else { iso.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Account, Counterparty, Indicator, StatementAccount};
    use crate::finding::Place;
    use crate::text;

    fn lines(bytes: Vec<u8>) -> Vec<String> {
        String::from_utf8(bytes).expect("UTF-8").lines().map(str::to_string).collect()
    }

    fn statement() -> Statement {
        Statement {
            number: Some("7/1".into()),
            account: StatementAccount { id: Some("123".into()), ..StatementAccount::default() },
            ..Statement::default()
        }
    }

    #[test]
    fn entries_and_balances_have_the_columns_of_the_contract() {
        let eur = Currency::parse("EUR").expect("a currency");
        let mut entry = Entry::new(1, Amount::new(1250, 2), eur, Indicator::Credit);
        entry.details.push(EntryDetail {
            end_to_end_id: Some("E1".into()),
            counterparty: Counterparty {
                name: Some("Acme, Inc".into()),
                account: Account::parse("456"),
                ..Counterparty::default()
            },
            remittance: vec!["Invoice".into(), "7".into()],
            ..EntryDetail::default()
        });
        let statement = statement();
        let mut file = EntriesFile::new(Vec::new(), Lang::En).expect("memory");
        file.write(&EntryRow { statement: &statement, entry: &entry, payment: "P1", matched: "sure" }).expect("memory");
        let rows = lines(file.finish().expect("memory"));
        assert_eq!(
            rows[0],
            "account,statement,seq,booking_date,value_date,indicator,amount,currency,status,reversal,end_to_end_id,reference,bank_reference,counterparty_name,counterparty_account,counterparty_agent,remittance,code,payment,match"
        );
        assert_eq!(rows[1], "123,7/1,1,,,CRDT,12.50,EUR,,false,E1,,,\"Acme, Inc\",456,,Invoice 7,,P1,sure");
        let balance = Balance {
            kind: "CLBD".into(),
            amount: Amount::new(5, 0),
            currency: Some(eur),
            indicator: Some(Indicator::Debit),
            date: None,
            ..Balance::default()
        };
        let mut file = BalancesFile::new(Vec::new(), Lang::En).expect("memory");
        file.write(&statement, &balance).expect("memory");
        let rows = lines(file.finish().expect("memory"));
        assert_eq!(rows, ["account,statement,type,date,indicator,amount,currency", "123,7/1,CLBD,,DBIT,5,EUR"]);
    }

    #[test]
    fn refusals_speak_the_readers_language() {
        let finding = Finding::error("amount", Place::at(2, 8).field("amount"), text!("bad", "坏"));
        let mut file = RefusalsFile::new(Vec::new(), Lang::Zh).expect("memory");
        file.write(&RefusalRow { file: "a.csv", finding: &finding }).expect("memory");
        let rows = lines(file.finish().expect("memory"));
        assert_eq!(rows, ["文件,行,列,字段,规则,级别,说明,建议", "a.csv,2,8,amount,amount,error,坏,"]);
    }

    #[test]
    fn status_rows_have_the_columns_of_the_contract() {
        let mut file = StatusFile::new(Vec::new(), Lang::En).expect("memory");
        let row =
            StatusRow { batch: "B1", end_to_end_id: "E1", status: "rejected", reason: "AC04", ..StatusRow::default() };
        file.write(&row).expect("memory");
        let rows = lines(file.finish().expect("memory"));
        assert_eq!(rows[0], "batch,end_to_end_id,amount,currency,status,bank_status,reason,message,at,bank_file");
        assert_eq!(rows[1], "B1,E1,,,rejected,,AC04,,,");
    }
}
