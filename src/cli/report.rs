//! `bankferry report`: the control report of a day; and an auditor's look at a folder of them.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::desk::Desk;
use super::list::day;
use super::print::{json_line, print, sheet};
use super::tongue::joined;
use super::{CliError, Context, Exit, Run};
use crate::alarm::report::{ControlReport, Tally, check};
use crate::archive::Archive;
use crate::config::Party;
use crate::document::Date;
use crate::journal::{Kept, Oversight, Records, ReportRecord, SqliteJournal};
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
        let records = desk.records()?;
        let mut reports = records.reports(self.party.as_deref(), day)?;
        reports.retain(|report| report.day == day);
        if reports.is_empty() {
            return Err(self.none(desk, &records, day)?);
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

    /// Why there is no report of a day: a wrong call, or an answer of no.
    fn none(&self, desk: &Desk<'_>, records: &SqliteJournal, day: Date) -> Result<CliError, CliError> {
        let listed = || text!("`bankferry list reports` shows what there is", "`bankferry list reports` 列出现有日报");
        if let Some(name) = &self.party
            && !desk.config.banks().any(|bank| bank.name == *name)
            && records.last_report(name)?.is_none()
        {
            let what = match desk.config.party(name) {
                Some(_) => {
                    text!("`{name}` is an ERP: control reports are of banks", "`{name}` 是 ERP：控制日报只针对银行")
                }
                None => text!("there is no bank `{name}`", "没有名为 `{name}` 的银行"),
            };
            let names = desk.config.banks().map(|bank| format!("`{}`", bank.name)).collect::<Vec<_>>().join(", ");
            return Ok(CliError::usage(what).hint(text!("the banks are {names}", "现有银行：{names}")));
        }
        let asked = desk.config.banks().filter(|bank| self.party.as_ref().is_none_or(|name| bank.name == *name));
        let mut reasons: Vec<Text> = Vec::new();
        for bank in asked {
            let reason = reason(desk, records, bank, day)?;
            reasons.extend((!reasons.contains(&reason)).then_some(reason));
        }
        let Text { en, zh } = joined(&reasons);
        let what = text!("there is no control report for {day}: {en}", "{day} 没有控制日报：{zh}");
        Ok(CliError::no(what).hint(listed()))
    }

    fn check(&self, context: &Context, folder: &Path) -> Result<Exit, CliError> {
        let certificates = match &self.certificate {
            Some(file) => Certificates::parse(&bytes(file)?)?,
            None => Keys::open(&Desk::open(context)?.config.keys())?.certificates(Role::Audit),
        };
        let checked = check(folder, &certificates, context.clock().system_time()).map_err(|e| {
            let shown = folder.display();
            CliError::usage(text!("`{shown}` cannot be read", "无法读取 `{shown}`").because(&e))
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

/// Why a bank has no report of a day.
fn reason(desk: &Desk<'_>, records: &SqliteJournal, bank: &Party, day: Date) -> Result<Text, CliError> {
    let (now, name, at) = (desk.now(), &bank.name, desk.config.reports.at);
    let today = bank.window.day(now);
    let first = records.facts_after(0, 1)?.pop().and_then(|fact| fact.at.parse().ok());
    let began = first.map(|at| bank.window.day(at));
    Ok(if day > today {
        text!("the day has not come", "该日尚未到来")
    } else if day == today {
        text!("the day is not over; it is told tomorrow at {at}", "当日尚未结束；将于次日 {at} 生成")
    } else if began.is_none_or(|began| day < began) {
        let began = began.map(|day| day.to_string()).unwrap_or_else(|| "-".into());
        text!("this installation knows of nothing before {began}", "本安装自 {began} 起才有记录")
    } else if !bank.window.is_banking_day(day, &[]).unwrap_or(true) {
        text!(
            "it is no banking day of `{name}`; what happened on it is in the report of the next one",
            "该日非 `{name}` 的银行工作日；当日事项见下一银行工作日的日报"
        )
    } else if records.standing()?.is_some_and(|standing| standing.fenced.is_some()) {
        text!("a restored copy makes none before it is let send", "恢复的副本在获准发送之前不生成日报")
    } else {
        text!(
            "that of `{name}` is not made yet: `bankferry run` or `once` makes it after {at} on the bank's clock",
            "`{name}` 的日报尚未生成：由 `bankferry run` 或 `once` 在银行当地时间 {at} 之后生成"
        )
    })
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
    let tallies: [(Text, &Tally); 14] = [
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
        (text!("debits that are none of ours", "非我方付款的借方分录"), &report.unmatched_debits),
    ];
    let tallies = tallies.into_iter().map(|(name, tally)| (name, tally.words()));
    let counts = [
        (text!("refused files of ERPs", "被拒绝的 ERP 文件"), report.erp_files_refused),
        (text!("duplicates that wait", "待处理的重复文件"), report.duplicates_waiting),
        (text!("unusable files of the bank", "无法使用的银行文件"), report.bank_files_refused),
        (text!("incidents", "异常"), report.incidents),
    ];
    let counts = counts.into_iter().map(|(name, count)| (name, count.to_string()));
    head.into_iter().chain(tallies).chain(counts).collect()
}

fn bytes(file: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = crate::disk::open_plain(file, MOST_BYTES)?.take(MOST_BYTES).read_to_end(&mut bytes);
    let shown = file.display();
    read.map_err(|e| CliError::usage(text!("`{shown}` cannot be read", "无法读取 `{shown}`").because(&e)))?;
    Ok(bytes)
}
