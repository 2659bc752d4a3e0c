//! A day's reconciliation as a file for an ERP: CSV or JSON lines.

use std::io::Write;

use crate::format::csv::ReconciliationFile;
use crate::journal::{Outbound, Records, SqliteJournal};
use crate::route::Trouble;
use crate::route::reconcile::{Line, Summary, day_of, reconcile};
use crate::text;
use crate::words::{Lang, Remedy};

/// Writes the day and account of the statement that the file was numbered for.
pub(super) fn write(
    records: &SqliteJournal,
    file: &Outbound,
    lang: Lang,
    mut output: impl Write,
) -> Result<(), Trouble> {
    let mut statements = records.statements_of(&file.source)?;
    statements.retain(|s| s.document == file.document);
    let told = statements.first();
    let day = told.map(|told| day_of(records, told)).transpose()?.flatten();
    let Some((statement, day)) = told.zip(day) else {
        let what = text!("the statement of this reconciliation has no day", "该对账报告对应的对账单没有日期");
        return Err(Trouble::new(what, Remedy::Person));
    };
    let account = statement.account.as_str();
    if file.format == "csv" {
        let mut rows = ReconciliationFile::new(output, lang)?;
        let summary = reconcile(records, account, day, |line| {
            rows.write(&fields(account, &day.to_string(), line)).map_err(Trouble::from)
        })?;
        sums(&summary).iter().try_for_each(|row| rows.write(row))?;
        rows.finish()?.flush()?;
        return Ok(());
    }
    let summary = reconcile(records, account, day, |line| json_line(&mut output, line))?;
    json_line(&mut output, &summary)?;
    output.flush()?;
    Ok(())
}

fn json_line(output: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Trouble> {
    let line = serde_json::to_string(value).map_err(std::io::Error::from)?;
    writeln!(output, "{line}")?;
    Ok(())
}

fn fields(account: &str, day: &str, line: &Line) -> [String; 19] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        line.kind.word().to_string(),
        account.to_string(),
        day.to_string(),
        text(&line.payment),
        text(&line.end_to_end_id),
        text(&line.entry),
        line.amount.to_string(),
        line.currency.to_string(),
        line.indicator.map(|i| i.code().to_string()).unwrap_or_default(),
        line.date.map(|d| d.to_string()).unwrap_or_default(),
        text(&line.counterparty_name),
        text(&line.counterparty_account),
        text(&line.reference),
        text(&line.how),
        text(&line.sure),
        line.state.map(|s| s.word().to_string()).unwrap_or_default(),
        line.age_days.map(|days| days.to_string()).unwrap_or_default(),
        text(&line.why),
        line.candidates.join(";"),
    ]
}

/// The balances and sums of the day, so that whoever reads the file can add it up: one row each, the kind first.
fn sums(summary: &Summary) -> Vec<[String; 19]> {
    let day = summary.day.to_string();
    let balances = [
        // Where the day does not begin where the statement before ended.
        ("previous-closing-balance", summary.previous_closing.filter(|_| summary.joins == Some(false))),
        ("opening-balance", summary.opening),
        ("credit-sum", Some(summary.credit_sum)),
        ("debit-sum", Some(summary.debit_sum)),
        ("closing-balance", summary.closing),
        // What is missing between the statement's own figures, where they contradict one another.
        ("difference", summary.difference().filter(|difference| !difference.is_zero())),
    ];
    let row = |(kind, amount): (&str, crate::document::Amount)| {
        let mut fields: [String; 19] = Default::default();
        (fields[0], fields[1], fields[2]) = (kind.to_string(), summary.account.clone(), day.clone());
        fields[6] = amount.to_string();
        fields
    };
    balances.into_iter().filter_map(|(kind, amount)| Some((kind, amount?))).map(row).collect()
}
