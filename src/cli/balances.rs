//! `bankferry balances`: what is known of each account, how old it is, and from which statement.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::print::{Column, amount, json_line, print, table};
use super::{CliError, Context, Exit, Run};
use crate::document::{Amount, Currency};
use crate::finding::Finding;
use crate::journal::{JournalError, Records, SqliteJournal, StatementRecord};
use crate::route::newest::newest;
use crate::route::notices::about_statement;
use crate::route::pages::assemble;
use crate::text;

/// Shows the balances of accounts: booked and available, of which day, from which statement
///
/// The booked balance is that of the newest statement of a day. What an intraday report said later is shown
/// beside it and never added to it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry balances
  bankferry balances --account DE89370400440532013000 --json")]
pub struct Balances {
    /// Of this account only
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
}

/// One account in one currency.
#[derive(Serialize)]
struct Row {
    account: String,
    bank: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    booked: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// The inbound file of the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    /// Days from the statement's day to today at the installation's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intraday: Option<Intraday>,
    /// What does not fit between the statement and the one before it: a gap, another balance, a page that lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
    /// The first page of the statement.
    #[serde(skip)]
    begins: Option<(String, u64)>,
}

/// The newest intraday report that is later than the statement.
#[derive(Serialize)]
struct Intraday {
    statement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// The interim booked balance, where the report gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    booked: Option<Amount>,
    /// Credits less debits in that report.
    movement: Amount,
}

impl Run for Balances {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut rows = Vec::new();
        if let Some(records) = desk.records_so_far()? {
            let wanted = self.account.as_deref().map(|a| a.replace(' ', ""));
            rows = rows_of(&records, &records.statements(wanted.as_deref())?, &desk)?;
        }
        let exit = if rows.is_empty() && self.account.is_some() { Exit::No } else { Exit::Done };
        if context.json() {
            json_line(&BTreeMap::from([("balances", rows)]))?;
            return Ok(exit);
        }
        if rows.is_empty() {
            context.talk().say(&text!("no statement has told a balance yet", "尚无对账单提供余额"));
            return Ok(exit);
        }
        show(&desk, &rows)?;
        for finding in rows.iter().flat_map(|row| &row.findings) {
            context.talk().warning(&finding.message);
        }
        Ok(exit)
    }
}

/// The newest balances by account, bank and currency.
fn rows_of(records: &SqliteJournal, statements: &[StatementRecord], desk: &Desk<'_>) -> Result<Vec<Row>, JournalError> {
    let today = desk.at(desk.now()).get(..10).and_then(crate::document::parse_date);
    let mut rows: BTreeMap<(String, String, Option<Currency>), Row> = BTreeMap::new();
    // Of one day the number says which is the last; where none does, the one that came later.
    let wholes = assemble(statements.iter().filter(|s| s.kind == "statement" && s.counts()));
    let pages = wholes.iter().flat_map(|whole| whole.pages().map(move |page| (whole.first(), page)));
    for (first, statement) in pages {
        for (currency, booked) in closing(statement) {
            let key = (statement.account.clone(), statement.party.clone(), currency);
            if rows.get(&key).is_some_and(|row| row.date > statement.date) {
                continue;
            }
            let available = of_kind(statement, &["CLAV"]).into_iter().find(|(c, _)| *c == currency).map(|(_, a)| a);
            let day = statement.date.as_deref().and_then(crate::document::parse_date);
            let age = day.zip(today).map(|(day, today)| today.duration_since(day).as_hours() / 24);
            let row = Row {
                account: statement.account.clone(),
                bank: statement.party.clone(),
                currency,
                booked: Some(booked),
                available,
                date: statement.date.clone(),
                statement: Some(statement.inbound.clone()),
                age_days: age,
                intraday: None,
                findings: Vec::new(),
                begins: Some((first.inbound.clone(), first.document)),
            };
            rows.insert(key, row);
        }
    }
    statements.iter().filter(|s| s.kind == "report").for_each(|report| told_by_report_alone(&mut rows, report));
    for row in rows.values_mut() {
        row.intraday = later(records, row, statements)?;
        if let (Some((inbound, document)), Some(bank)) = (&row.begins, desk.config.party(&row.bank)) {
            row.findings = about_statement(records, bank, inbound, *document, desk.now())?;
        }
    }
    Ok(rows.into_values().collect())
}

/// A row for an account of which only reports have come.
fn told_by_report_alone(rows: &mut BTreeMap<(String, String, Option<Currency>), Row>, report: &StatementRecord) {
    let interim = of_kind(report, &["ITBD"]);
    let of_account = |key: &(String, String, Option<Currency>)| key.0 == report.account && key.1 == report.party;
    if !rows.keys().any(of_account) {
        let currency = interim.first().and_then(|(currency, _)| *currency);
        let row = Row {
            account: report.account.clone(),
            bank: report.party.clone(),
            currency,
            booked: None,
            available: None,
            date: None,
            statement: None,
            age_days: None,
            intraday: None,
            findings: Vec::new(),
            begins: None,
        };
        rows.insert((report.account.clone(), report.party.clone(), currency), row);
    }
}

/// The newest report that is later than the balance of a row, in whatever order they came.
fn later(records: &dyn Records, row: &Row, statements: &[StatementRecord]) -> Result<Option<Intraday>, JournalError> {
    let of_row = |s: &&StatementRecord| s.kind == "report" && s.account == row.account && s.party == row.bank;
    let later: Vec<_> = statements.iter().filter(of_row).filter(|s| s.date > row.date).collect();
    let last = later.iter().map(|report| &report.date).max();
    let of_last_day = later.iter().copied().filter(|report| Some(&report.date) == last);
    let Some(report) = newest(records, of_last_day)? else { return Ok(None) };
    let interim = of_kind(report, &["ITBD"]);
    let booked = interim.iter().find(|(currency, _)| *currency == row.currency).map(|(_, amount)| *amount);
    let movement = report.credit_sum - report.debit_sum;
    let (statement, date) = (report.inbound.clone(), report.date.clone());
    Ok(Some(Intraday { statement, date, booked, movement }))
}

/// What the account closed with; between two pages of a statement it closes with nothing.
fn closing(statement: &StatementRecord) -> Vec<(Option<Currency>, Amount)> {
    let closing = statement.balances.iter().filter(|b| b.is_closing());
    closing.map(|b| (b.currency, b.signed())).collect()
}

fn of_kind(statement: &StatementRecord, kinds: &[&str]) -> Vec<(Option<Currency>, Amount)> {
    let wanted = statement.balances.iter().filter(|b| kinds.contains(&b.kind.as_str()));
    wanted.map(|b| (b.currency, b.signed())).collect()
}

fn show(desk: &Desk<'_>, rows: &[Row]) -> Result<(), CliError> {
    let columns = [
        (Column::Whole, text!("ACCOUNT", "账户")),
        (Column::Whole, text!("BANK", "银行")),
        (Column::Whole, text!("CURRENCY", "币种")),
        (Column::Number, text!("BOOKED", "账面余额")),
        (Column::Number, text!("AVAILABLE", "可用余额")),
        (Column::Whole, text!("DATE", "日期")),
        (Column::Number, text!("AGE IN DAYS", "已过天数")),
        (Column::Whole, text!("STATEMENT", "对账单")),
        (Column::Free, text!("INTRADAY", "日间")),
    ];
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let line = |row: &Row| {
        let intraday = row.intraday.as_ref().map(|i| {
            let (movement, from) = (amount(i.movement), &i.statement);
            let words = match i.booked.map(amount) {
                Some(booked) => text!("{booked} by {from}", "{booked}（{from}）"),
                None => text!("moved {movement} in {from}", "{from} 变动 {movement}"),
            };
            words.to(desk.lang()).to_string()
        });
        vec![
            row.account.clone(),
            row.bank.clone(),
            or_dash(row.currency.map(|c| c.to_string())),
            or_dash(row.booked.map(amount)),
            or_dash(row.available.map(amount)),
            or_dash(row.date.clone()),
            or_dash(row.age_days.map(|d| d.to_string())),
            or_dash(row.statement.clone()),
            or_dash(intraday),
        ]
    };
    let lines: Vec<Vec<String>> = rows.iter().map(line).collect();
    print(&table(desk.lang(), &columns, &lines))
}
