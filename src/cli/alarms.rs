//! `bankferry list alarms`: what a person has to know, and whom it was told.

use clap::Args;

use super::desk::Desk;
use super::print::{Column, json_line, print, table};
use super::{CliError, Exit};
use crate::journal::{AlarmRecord, Oversight};
use crate::text;

/// Which alarms.
#[derive(Debug, Args)]
pub struct Alarms {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only those that concern this party
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
}

impl Alarms {
    /// Lists them, the newest first.
    pub(super) fn list(&self, desk: &Desk<'_>) -> Result<Exit, CliError> {
        let mut alarms = match desk.records_so_far()? {
            Some(records) => records.alarms(self.all)?,
            None => Vec::new(),
        };
        alarms.retain(|alarm| self.all || alarm.cleared_at.is_none());
        alarms.retain(|alarm| self.party.as_ref().is_none_or(|party| *party == alarm.party));
        if desk.context.json() {
            alarms.iter().try_for_each(json_line)?;
            return Ok(Exit::Done);
        }
        if alarms.is_empty() {
            desk.context.talk().say(&text!("no alarm is on", "没有告警"));
            return Ok(Exit::Done);
        }
        let columns = [
            (Column::Whole, text!("ALARM", "告警")),
            (Column::Whole, text!("SINCE", "开始")),
            (Column::Whole, text!("OVER", "解除")),
            (Column::Free, text!("WHAT", "事项")),
            (Column::Free, text!("MONEY", "资金")),
            (Column::Free, text!("WHAT TO DO", "处理")),
            (Column::Free, text!("TOLD", "已通知")),
        ];
        let rows: Vec<Vec<String>> = alarms.iter().map(|alarm| row(desk, alarm)).collect();
        print(&table(desk.lang(), &columns, &rows))?;
        Ok(Exit::Done)
    }
}

fn row(desk: &Desk<'_>, alarm: &AlarmRecord) -> Vec<String> {
    let lang = desk.lang();
    let told = alarm.told.iter().map(|t| match (&t.told_at, &t.note) {
        (_, Some(note)) => format!("{} ✗ {note}", t.route),
        (Some(at), None) => format!("{} {}", t.route, desk.moment(at)),
        (None, None) => t.route.clone(),
    });
    let told: Vec<String> = told.collect();
    vec![
        alarm.id.clone(),
        desk.moment(&alarm.raised_at),
        alarm.cleared_at.as_deref().map_or_else(|| "-".to_string(), |at| desk.moment(at)),
        alarm.what.to(lang).to_string(),
        alarm.money.to(lang).to_string(),
        alarm.hint.to(lang).to_string(),
        if told.is_empty() { text!("nobody", "无").to(lang).to_string() } else { told.join("; ") },
    ]
}
