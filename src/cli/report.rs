//! `bankferry report`: the control report of a day; and an auditor's look at a folder of them.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::desk::Desk;
use super::list::day;
use super::print::{json_line, print, sheet};
use super::{CliError, Context, Exit, Run};
use crate::alarm::report::{ControlReport, Tally, check};
use crate::archive::Archive;
use crate::document::Date;
use crate::journal::{Kept, Oversight, ReportRecord};
use crate::seal::{Certificates, Keys, Role};
use crate::text;
use crate::words::Text;

/// The most bytes of a report or certificate.
const MOST_BYTES: u64 = 4 << 20;

/// Shows the control report of a day, or looks whether a folder of them is whole
///
/// A report is made for each bank and banking day, the morning after, signed with the `audit` key, and numbered
/// without a gap. What came, left, was answered, rejected and booked is of the day and of days without banks before
/// it; what waits, is open and unknown is as of when it was made. `--check` ends with 1 for a number that is missing,
/// a signature that is not ours, or a report that does not follow the one before it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["day", "check"]))]
#[command(after_help = "\
Examples:
  bankferry report --day 2026-11-27
  bankferry report --day 2026-11-27 --party acme --json
  bankferry report --check outbox/auditors
  bankferry report --check /mnt/audit/2026 --certificate audit.asc")]
pub struct Report {
    /// The day, `YYYY-MM-DD`
    #[arg(long, value_name = "DATE", value_parser = day)]
    day: Option<Date>,
    /// Only the report of this bank
    #[arg(long, value_name = "BANK", requires = "day")]
    party: Option<String>,
    /// Look at all reports in this folder
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
    /// The audit key's certificate, kept apart from the installation [default: the installation's own]
    #[arg(long, value_name = "FILE", requires = "check")]
    certificate: Option<PathBuf>,
}

impl Run for Report {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        match (&self.check, self.day) {
            (Some(folder), _) => self.check(context, folder),
            (None, Some(day)) => self.show(&Desk::open(context)?, day),
            // Proof: the group of arguments asks for one of them.
            (None, None) => Ok(Exit::Done),
        }
    }
}

impl Report {
    fn show(&self, desk: &Desk<'_>, day: Date) -> Result<Exit, CliError> {
        let mut reports = desk.records()?.reports(self.party.as_deref(), day)?;
        reports.retain(|report| report.day == day);
        if reports.is_empty() {
            return Err(CliError::no(text!(
                "there is no control report for {day}: it is no banking day, or not over",
                "{day} 没有控制日报：非银行工作日，或当日尚未结束"
            ))
            .hint(text!("`bankferry list reports` shows what there is", "`bankferry list reports` 列出现有日报")));
        }
        let archive = Archive::open(&desk.config.archive())?;
        for (at, record) in reports.iter().enumerate() {
            let report = content(&archive, &record.content)?;
            if desk.context.json() {
                json_line(&report)?;
                continue;
            }
            let gap = if at == 0 { "" } else { "\n" };
            print(&format!("{gap}{}", sheet(desk.lang(), &rows(desk, record, &report))))?;
        }
        Ok(Exit::Done)
    }

    fn check(&self, context: &Context, folder: &Path) -> Result<Exit, CliError> {
        let certificates = match &self.certificate {
            Some(file) => Certificates::parse(&bytes(file)?)?,
            None => Keys::open(&Desk::open(context)?.config.keys())?.certificates(Role::Audit),
        };
        let checked = check(folder, &certificates, context.clock().system_time()).map_err(|e| {
            let shown = folder.display();
            CliError::usage(text!("`{shown}` cannot be read: {e}", "无法读取 `{shown}`：{e}"))
        })?;
        if context.json() {
            json_line(&checked)?;
        } else {
            for mistake in &checked.mistakes {
                context.talk().line("error", &format!("{}: {}", mistake.place, mistake.what.to(context.lang())));
            }
            let (count, wrong) = (checked.reports, checked.mistakes.len());
            let summary = text!("{count} control reports, {wrong} mistakes", "控制日报 {count} 份，问题 {wrong} 处");
            print(&format!("{}\n", summary.to(context.lang())))?;
            for (bank, (number, day)) in &checked.last {
                let last = text!(
                    "`{bank}`: the last is number {number} for {day}",
                    "`{bank}`：最后一份为 {day} 第 {number} 号"
                );
                print(&format!("{}\n", last.to(context.lang())))?;
            }
        }
        Ok(if checked.mistakes.is_empty() { Exit::Done } else { Exit::No })
    }
}

fn content(archive: &Archive, kept: &Kept) -> Result<ControlReport, CliError> {
    let place = &kept.path;
    let broken = |why: String| {
        CliError::outside(text!("`{place}` in the archive is no report: {why}", "归档中的 `{place}` 不是日报：{why}"))
            .hint(text!("run `bankferry verify`", "请运行 `bankferry verify`"))
    };
    let hash = kept.sha256.parse().map_err(|_| broken("its hash".into()))?;
    serde_json::from_slice(&archive.bytes(hash, MOST_BYTES)?).map_err(|e| broken(e.to_string()))
}

fn rows(desk: &Desk<'_>, record: &ReportRecord, report: &ControlReport) -> Vec<(Text, String)> {
    let signed = match &record.signature {
        Some(kept) => desk.place(kept),
        None => text!("NO", "否").to(desk.lang()).to_string(),
    };
    let head = [
        (text!("bank", "银行"), report.bank.clone()),
        (text!("day", "日期"), report.day.to_string()),
        (text!("number", "编号"), report.number.to_string()),
        (text!("made", "生成"), desk.moment(&report.made_at)),
        (text!("facts", "记录"), format!("{}-{}", report.after + 1, report.until)),
        (text!("report", "日报"), desk.place(&record.content)),
        (text!("signature", "签名"), signed),
        (text!("files received", "收到文件"), report.files_received.to_string()),
        (text!("files sent", "发出文件"), report.files_sent.to_string()),
    ];
    let tallies: [(Text, &Tally); 13] = [
        (text!("received", "收到"), &report.received),
        (text!("refused", "被我方拒绝或撤回"), &report.refused),
        (text!("sent", "已发"), &report.sent),
        (text!("of them sent again", "其中重发"), &report.resent),
        (text!("answered", "已答复"), &report.answered),
        (text!("accepted", "已受理"), &report.accepted),
        (text!("executed", "已执行"), &report.executed),
        (text!("rejected", "被拒"), &report.rejected),
        (text!("booked", "已入账"), &report.booked),
        (text!("returned", "退票"), &report.returned),
        (text!("not sent yet", "尚未发出"), &report.waiting),
        (text!("open", "未结"), &report.open),
        (text!("UNKNOWN", "状态未知"), &report.unknown),
    ];
    let tallies = tallies.into_iter().map(|(name, tally)| (name, tally.words()));
    let incidents = (text!("incidents", "异常"), report.incidents.to_string());
    head.into_iter().chain(tallies).chain([incidents]).collect()
}

fn bytes(file: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = crate::disk::open_plain(file, MOST_BYTES)?.take(MOST_BYTES).read_to_end(&mut bytes);
    let shown = file.display();
    read.map_err(|e| CliError::usage(text!("`{shown}` cannot be read: {e}", "无法读取 `{shown}`：{e}")))?;
    Ok(bytes)
}
