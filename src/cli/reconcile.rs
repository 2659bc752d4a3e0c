//! `bankferry reconcile`: what the entries of a day are, and what has become of the payments (对账).

use std::collections::BTreeSet;

use clap::Args;

use super::desk::Desk;
use super::list::day;
use super::person::Person;
use super::print::{Column, amount, json_line, print, sheet, sums, table};
use super::tongue::kind;
use super::{CliError, Context, Exit, Run};
use crate::document::{Account, Date, Indicator, parse_date};
use crate::journal::{Journal, NewFact, Purpose, Records, Rows, SqliteJournal, Sums};
use crate::route::PROGRAM;
use crate::route::engine::booked;
use crate::route::paper::{Again, Output, again};
use crate::route::reconcile::{Line, LineKind, Summary, Tally, TwoSided, reconcile, statements_of};
use crate::text;
use crate::words::Text;

/// The most lines of one kind that a screen shows; `--json` gives all.
const MOST_LINES: usize = 30;

/// Tells what the entries of a day are and what has become of the payments (对账)
///
/// Every payment is booked, returned or open with an age; every entry is matched, unmatched or not ours. Ends with 1
/// where an entry is unmatched or the balances do not add up.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry reconcile --day 2026-11-24
  bankferry reconcile --day 2026-11-24 --account DE02120300000000202051 --json
  bankferry reconcile --day 2026-11-24 --publish      also as files for the ERP")]
pub struct Reconcile {
    /// The day, `YYYY-MM-DD`: the last day that a statement covers
    #[arg(long, value_name = "DATE", value_parser = day)]
    day: Date,
    /// Only this account
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// First look at unmatched entries once more, with what is known by now
    #[arg(long)]
    rematch: bool,
    /// Make files of it for the ERP of each account, in its formats
    #[arg(long)]
    publish: bool,
}

impl Run for Reconcile {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        if self.rematch {
            self.look_again(&desk)?;
        }
        let records = desk.records()?;
        let accounts = self.accounts(&desk, &records)?;
        if accounts.is_empty() {
            context.talk().say(&text!("no account has a statement of this day", "该日没有任何账户的对账单"));
        }
        let mut exit = Exit::Done;
        for account in &accounts {
            let (summary, lines) = self.tell(&desk, &records, account)?;
            if !context.json() {
                show(&desk, &summary, &lines)?;
            }
            let is_wrong = summary.adds_up == Some(false) || summary.joins == Some(false) || summary.incomplete;
            if summary.unmatched.all.count > 0 || is_wrong {
                exit = Exit::No;
            }
        }
        if self.publish {
            self.publish(&desk, &accounts)?;
        }
        Ok(exit)
    }
}

/// The lines that a screen shows, and how many there are of each kind.
type Shown = Vec<Line>;

impl Reconcile {
    /// The account that was asked for, else all of which there is a statement of the day, and all of the ERPs.
    fn accounts(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<BTreeSet<String>, CliError> {
        if let Some(told) = &self.account {
            let account = Account::parse(told)
                .ok_or_else(|| CliError::usage(text!("`{told}` is not an account number", "`{told}` 不是账号")))?;
            let of_parties = desk.config.parties.iter().any(|party| party.accounts.contains(&account));
            let account = account.to_string();
            if !of_parties && records.statements(Some(&account))?.is_empty() {
                let what = text!(
                    "`{account}` is no account of any party, and no statement of it has come",
                    "`{account}` 不属于任何往来方，也没有收到其对账单"
                );
                return Err(CliError::usage(what)
                    .hint(text!("`bankferry balances` shows the accounts", "`bankferry balances` 可列出账户")));
            }
            return Ok(BTreeSet::from([account]));
        }
        let of_day = |date: Option<&str>| date.and_then(parse_date) == Some(self.day);
        let told = records.statements(None)?.into_iter().filter(|s| of_day(s.date.as_deref())).map(|s| s.account);
        let ours = desk.config.parties.iter().filter(|p| !p.is_bank()).flat_map(|p| &p.accounts);
        Ok(told.chain(ours.map(|a| a.to_string())).collect())
    }

    /// States what unmatched entries of any day are by now.
    fn look_again(&self, desk: &Desk<'_>) -> Result<(), CliError> {
        let mut journal = desk.journal()?;
        let shared = desk.shared()?;
        let account = self.account.as_deref().and_then(Account::parse).map(|account| account.to_string());
        let found = again(&shared, &journal, account.as_deref()).map_err(|trouble| super::run::trouble(&trouble))?;
        let count = found.len();
        for Again { inbound, event, matches, changes } in found {
            let fact = |event| {
                let (case, subject) = (inbound.clone(), inbound.clone());
                NewFact { actor: PROGRAM.into(), case, subject, event }
            };
            let mut facts = vec![(fact(event), Rows::Matches(&matches))];
            if let Some(booked) = booked(&inbound, &changes) {
                facts.push((fact(booked), Rows::Changes(&changes)));
            }
            journal.append(desk.now(), facts)?;
        }
        desk.context.talk().say(&text!(
            "{count} entries that were unmatched are payments of ours",
            "{count} 条未匹配的分录现已匹配到我方付款"
        ));
        Ok(())
    }

    /// Prints each line as JSON, or keeps those that a screen shows.
    fn tell(&self, desk: &Desk<'_>, records: &SqliteJournal, account: &str) -> Result<(Summary, Shown), CliError> {
        let json = desk.context.json();
        let mut shown = Vec::new();
        let mut of_kind = [0_usize; 6];
        let summary = records.at_one_moment(|| {
            reconcile(records, account, self.day, |line: &Line| {
                if json {
                    return json_line(line);
                }
                let count = &mut of_kind[line.kind as usize];
                *count += 1;
                if *count <= MOST_LINES && (line.kind != LineKind::Booked || line.is_to_another()) {
                    shown.push(line.clone());
                }
                Ok::<(), CliError>(())
            })
        })?;
        if json {
            json_line(&summary)?;
        }
        Ok((summary, shown))
    }

    /// Numbers a file for each ERP; the daemon, or the next `once`, writes and publishes it.
    fn publish(&self, desk: &Desk<'_>, accounts: &BTreeSet<String>) -> Result<(), CliError> {
        let mut journal = desk.journal()?;
        let person = Person::system();
        let talk = desk.context.talk();
        for name in accounts {
            let statement = statements_of(&journal, name, self.day)?.pop();
            let erp = Account::parse(name).and_then(|account| desk.config.erp_of(&account));
            let (Some(statement), Some(erp)) = (statement.filter(|s| s.kind == "statement"), erp) else {
                talk.warning(&text!(
                    "nothing is published for `{name}`: no statement of the day, or no ERP of this account",
                    "`{name}` 未发布：没有该日对账单，或该账户没有所属 ERP"
                ));
                continue;
            };
            for format in erp.template.outputs.reconciliation_formats() {
                let output = Output {
                    party: erp.name.clone(),
                    purpose: Purpose::Reconciliation,
                    document: statement.document,
                    format,
                    account: name.clone(),
                    about: String::new(),
                };
                let numbered = desk.for_erp(&person.name).number(&mut journal, &output, &statement.inbound)?;
                let Some((id, fact)) = numbered else { continue };
                let said = text!(
                    "`{id}` will be published for the ERP by the daemon or by the next `bankferry once`",
                    "`{id}` 将由守护进程或下一次 `bankferry once` 发布给 ERP"
                );
                journal.append(desk.now(), vec![(fact, Rows::None)])?;
                talk.say(&said);
            }
        }
        Ok(())
    }
}

/// How many payments more a sum holds than were counted with it.
fn elsewhere(count: u64, lang: crate::words::Lang) -> String {
    if count == 0 {
        return String::new();
    }
    text!(", with {count} more that came back or is open and counts there", "，另含退票或未达款项中的 {count} 笔")
        .to(lang)
        .to_string()
}

fn show(desk: &Desk<'_>, summary: &Summary, lines: &[Line]) -> Result<(), CliError> {
    let lang = desk.lang();
    let balance = |of: Option<crate::document::Amount>| of.map_or_else(|| "-".to_string(), amount);
    let source = summary.source.as_deref().map_or_else(|| text!("nothing has come", "尚未收到"), kind);
    let adds_up = match summary.adds_up {
        _ if summary.incomplete => text!("NO: pages of the statement have not come", "否：对账单有缺页"),
        Some(true) if summary.joins == Some(false) => {
            text!("yes, but it does not begin where the statement before ended", "是，但期初与上一份对账单期末不符")
        }
        Some(true) => text!("yes", "是"),
        Some(false) => text!("NO", "否"),
        None => text!("a balance is missing", "缺少余额"),
    };
    let told = format!("{} {}", source.to(lang), summary.statements.join(", "));
    let oldest = summary.oldest_open_days.map_or_else(String::new, |days| {
        text!(", the oldest {days} days old", "，最久 {days} 天").to(lang).to_string()
    });
    let before = match (summary.joins, summary.previous_day, summary.previous_closing) {
        (Some(false), Some(day), closing) => {
            let closed = balance(closing);
            text!(" (the statement before, of {day}, closed at {closed})", "（上一份对账单 {day} 期末余额为 {closed}）")
                .to(lang)
                .to_string()
        }
        _ => String::new(),
    };
    let rows = [
        (text!("account", "账户"), summary.account.clone()),
        (text!("day", "日期"), summary.day.to_string()),
        (text!("told by", "来源"), told),
        (text!("opening balance", "期初余额"), balance(summary.opening) + &before),
        (text!("credits", "贷方合计"), amount(summary.credit_sum)),
        (text!("debits", "借方合计"), amount(summary.debit_sum)),
        (text!("closing balance", "期末余额"), balance(summary.closing)),
        (text!("adds up", "是否平衡"), adds_up.to(lang).to_string()),
        (text!("entries", "分录"), summary.entries.to_string()),
        (text!("entries matched", "已匹配分录"), counted(&summary.matched)),
        (text!("payments booked", "已入账付款"), counted(&summary.booked) + &elsewhere(summary.booked_elsewhere, lang)),
        (
            text!("payments returned", "退票付款"),
            counted(&summary.returned) + &elsewhere(summary.returned_elsewhere, lang),
        ),
        (text!("entries unmatched", "未匹配分录"), two_sided(&summary.unmatched)),
        (text!("entries not ours", "非本方分录"), two_sided(&summary.not_ours)),
        (text!("entries announced, not booked", "预告未入账分录"), counted(&summary.announced)),
        (text!("rest of matched entries", "已匹配分录的余款"), counted(&summary.rest)),
        (text!("payments open", "未达付款"), counted(&summary.open) + &oldest),
    ];
    print(&sheet(lang, &rows))?;
    if lines.is_empty() {
        return print("\n");
    }
    let columns = [
        (Column::Whole, text!("WHAT", "类别")),
        (Column::Whole, text!("ENTRY", "分录")),
        (Column::Whole, text!("PAYMENT", "付款")),
        (Column::Whole, text!("DATE", "日期")),
        (Column::Number, text!("AMOUNT", "金额")),
        (Column::Free, text!("WHY, CANDIDATES, COUNTERPARTY", "原因、可能的付款、对方")),
    ];
    let rows: Vec<Vec<String>> = lines.iter().map(|line| row(line, lang)).collect();
    print(&format!("\n{}\n", table(lang, &columns, &rows)))
}

fn counted(tally: &Tally) -> String {
    // A payment that counts elsewhere may leave a sum without a count.
    match (tally.count, tally.sums.is_empty()) {
        (0, true) => "0".to_string(),
        (count, _) => format!("{count}  {}", sums(&tally.sums)),
    }
}

/// Number, and what comes and goes, each with its sign.
fn two_sided(both: &TwoSided) -> String {
    let side = |sign: &str, side: &Sums| (!side.is_empty()).then(|| format!("{sign}{}", sums(side)));
    let sides = [side("+ ", &both.credits), side("- ", &both.debits)].into_iter().flatten().collect::<Vec<_>>();
    [vec![both.all.count.to_string()], sides].concat().join("  ")
}

fn row(line: &Line, lang: crate::words::Lang) -> Vec<String> {
    let what = match line.kind {
        LineKind::Booked => text!("booked", "已入账"),
        LineKind::Returned => text!("returned", "已退票"),
        LineKind::Open => text!("open", "未达"),
        LineKind::Unmatched => text!("unmatched", "未匹配"),
        LineKind::NotOurs => text!("not ours", "非本方"),
        LineKind::Announced => text!("announced", "预告"),
    };
    let signed = if line.indicator == Some(Indicator::Debit) { -line.amount } else { line.amount };
    let age: Option<Text> = line.age_days.map(|days| text!("{days} days", "{days} 天"));
    let word = |word: &str| super::tongue::match_word(word).to(lang).to_string();
    let words = [
        age.map(|age| age.to(lang).to_string()),
        line.state.map(|state| if lang == crate::words::Lang::Zh { state.word_zh() } else { state.word() }.to_string()),
        line.why.as_deref().map(word),
        line.how.as_deref().map(word),
        (!line.candidates.is_empty()).then(|| format!("? {}", line.candidates.join(", "))),
        line.counterparty_name.clone(),
        line.is_to_another().then(|| {
            let stated = [line.stated_name.clone(), line.stated_account.clone()].into_iter().flatten();
            let stated = stated.collect::<Vec<_>>().join(" ");
            text!("BUT THE STATEMENT NAMES {stated}", "对账单所列为 {stated}").to(lang).to_string()
        }),
        line.reference.clone(),
    ];
    vec![
        what.to(lang).to_string(),
        line.entry.clone().unwrap_or_default(),
        line.payment.clone().unwrap_or_default(),
        line.date.map(|date| date.to_string()).unwrap_or_default(),
        format!("{} {}", line.currency, amount(signed)),
        words.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ]
}
