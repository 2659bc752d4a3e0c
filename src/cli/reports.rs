//! `bankferry list reports`: the daily control reports, and whom they were told.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::list::day;
use super::print::{Column, json_line, print, table};
use super::{CliError, Exit};
use crate::document::Date;
use crate::journal::{Oversight, ReportRecord};
use crate::text;

/// Which control reports.
#[derive(Debug, Args)]
pub struct Reports {
    /// Only those of this bank
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// Of this day or later, `YYYY-MM-DD`
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// A report as a script sees it.
#[derive(Serialize)]
struct Row<'a> {
    id: String,
    #[serde(flatten)]
    report: &'a ReportRecord,
}

impl Reports {
    /// Lists them, the newest first.
    pub(super) fn list(&self, desk: &Desk<'_>) -> Result<Exit, CliError> {
        let since = self.since.unwrap_or(Date::MIN);
        let mut reports = match desk.records_so_far()? {
            Some(records) => records.reports(self.party.as_deref(), since)?,
            None => Vec::new(),
        };
        if self.limit > 0 {
            reports.truncate(self.limit);
        }
        if desk.context.json() {
            reports.iter().try_for_each(|report| json_line(&Row { id: report.id(), report }))?;
        } else if reports.is_empty() {
            desk.context.talk().say(&text!("there is no control report yet", "尚无控制日报"));
        } else {
            show(desk, &reports)?;
        }
        let gaps = gaps(&reports);
        for (bank, number) in &gaps {
            desk.context.talk().warning(&text!(
                "control report {number} of `{bank}` is missing in the journal",
                "日志中缺少 `{bank}` 第 {number} 号控制日报"
            ));
        }
        Ok(if gaps.is_empty() { Exit::Done } else { Exit::No })
    }
}

fn show(desk: &Desk<'_>, reports: &[ReportRecord]) -> Result<(), CliError> {
    let columns = [
        (Column::Whole, text!("BANK", "银行")),
        (Column::Number, text!("NUMBER", "编号")),
        (Column::Whole, text!("DAY", "日期")),
        (Column::Whole, text!("MADE", "生成")),
        (Column::Whole, text!("SIGNED", "签名")),
        (Column::Free, text!("TOLD", "已通知")),
    ];
    let row = |report: &ReportRecord| {
        let signed = if report.signature.is_some() { text!("yes", "是") } else { text!("NO", "否") };
        let told: Vec<&str> =
            report.told.iter().filter(|t| t.told_at.is_some()).map(|told| told.route.as_str()).collect();
        vec![
            report.bank.clone(),
            report.number.to_string(),
            report.day.to_string(),
            desk.moment(&report.made_at),
            signed.to(desk.lang()).to_string(),
            if told.is_empty() { "-".to_string() } else { told.join(", ") },
        ]
    };
    let rows: Vec<Vec<String>> = reports.iter().map(row).collect();
    print(&table(desk.lang(), &columns, &rows))
}

/// Numbers that are missing between those that are there.
fn gaps(reports: &[ReportRecord]) -> Vec<(&str, u64)> {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    let mut gaps = Vec::new();
    for report in reports.iter().rev() {
        let before = last.insert(&report.bank, report.number);
        gaps.extend(before.into_iter().flat_map(|before| before + 1..report.number).map(|n| (report.bank.as_str(), n)));
    }
    gaps
}
