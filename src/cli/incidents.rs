//! `bankferry list incidents`: what must not happen and did, and whether money has moved by it.

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::print::{Column, json_line, print, table};
use super::{CliError, Exit};
use crate::alarm::incident;
use crate::journal::{AlarmFact, Records, SqliteJournal};
use crate::text;
use crate::words::Text;

/// Facts that are read at a time.
const PAGE: u64 = 1_000;

/// Which incidents.
#[derive(Debug, Args)]
pub struct Incidents {
    /// Only those that concern this party
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// One incident as a script sees it.
#[derive(Serialize)]
struct Row {
    seq: u64,
    at: String,
    party: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    what: Text,
    money: Text,
    hint: Text,
}

impl Incidents {
    /// Lists them, the newest first.
    pub(super) fn list(&self, desk: &Desk<'_>) -> Result<Exit, CliError> {
        let (mut rows, mut more) = (Vec::new(), false);
        if let Some(records) = desk.records_so_far()? {
            (rows, more) = self.found(&records)?;
        }
        if desk.context.json() {
            rows.iter().try_for_each(json_line)?;
        } else if !rows.is_empty() {
            let columns = [
                (Column::Whole, text!("AT", "时间")),
                (Column::Whole, text!("ABOUT", "对象")),
                (Column::Free, text!("WHAT", "事项")),
                (Column::Free, text!("MONEY", "资金")),
                (Column::Free, text!("WHAT TO DO", "处理")),
            ];
            print(&table(desk.lang(), &columns, &rows.iter().map(|row| cells(desk, row)).collect::<Vec<_>>()))?;
        }
        let (talk, limit) = (desk.context.talk(), self.limit);
        if more {
            talk.warning(&text!(
                "only the newest {limit} are listed; `--limit 0` lists all",
                "仅列出最新的 {limit} 条；`--limit 0` 可列出全部"
            ));
        } else if rows.is_empty() {
            talk.say(&text!("nothing was found", "没有找到"));
        }
        Ok(Exit::Done)
    }

    /// Those that are wanted, the newest first, and whether there are more. The journal is read from its end.
    fn found(&self, records: &SqliteJournal) -> Result<(Vec<Row>, bool), CliError> {
        let (mut rows, mut end) = (Vec::new(), records.head()?.0);
        while end > 0 {
            let begin = end.saturating_sub(PAGE);
            for fact in records.facts_after(begin, end - begin)?.into_iter().rev() {
                let Some(alarm) = incident::alarm(records, &fact)? else { continue };
                if self.party.as_ref().is_some_and(|party| *party != alarm.party) {
                    continue;
                }
                if self.limit > 0 && rows.len() == self.limit {
                    return Ok((rows, true));
                }
                let AlarmFact { party, subject, what, money, hint, .. } = alarm;
                rows.push(Row { seq: fact.seq, at: fact.at, party, subject, what, money, hint });
            }
            end = begin;
        }
        Ok((rows, false))
    }
}

fn cells(desk: &Desk<'_>, row: &Row) -> Vec<String> {
    let lang = desk.lang();
    let about = if row.subject.is_empty() { &row.party } else { &row.subject };
    let words = [&row.what, &row.money, &row.hint].map(|words| words.to(lang).to_string());
    [desk.moment(&row.at), about.clone()].into_iter().chain(words).collect()
}
