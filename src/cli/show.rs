//! `bankferry show`: the whole history of one thing.

use clap::Args;
use serde::Serialize;

use self::alike::Alike;
use super::desk::Desk;
use super::list::payment_row;
use super::print::{Column, amount, json_line, print, sheet, shown, table};
use super::tongue::{self, detail, hold_reason, joined, kind};
use super::{CliError, Context, Exit, Run};
use crate::config::Party;
use crate::document::Authenticity;
use crate::finding::Finding;
use crate::journal::{
    Batch, BatchState, EntryMatch, EntryRecord, Event, Fact, Inbound, InboundState, Outbound, OutboundState,
    PaymentFilter, PaymentRecord, PaymentState, PaymentStep, Purpose, Records, SqliteJournal, StatementRecord, noted,
};
use crate::route::paper::{Waiting, rejected_before};
use crate::route::reconcile::payment_name;
use crate::route::{in_flight, next, officers};
use crate::text;
use crate::words::{Lang, Text};

mod alike;
mod payment;
mod statement;

/// The most payments of a batch, or entries of a statement, that are shown.
const MOST_PAYMENTS: u64 = 20;

/// Shows the whole history of a batch, file, payment or statement
///
/// A payment is named by its end-to-end id, or by batch and place (`B20261123-0001/3`); a statement by its file and
/// place (`I20261123-0002/1`), an entry of it by one place more (`I20261123-0002/1/7`). Of a bank's file that waits for
/// a person the statements are shown as they would count.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry show B20261123-0001
  bankferry show INV-2026-4711        a payment, by its end-to-end id
  bankferry show I20261123-0002/1     the first statement of a bank's file, with its first entries
  bankferry show I20261123-0002/1/7   an entry of it: which payments it is, how sure that is, by whom")]
pub struct Show {
    /// Id of a batch, file, payment, statement or entry
    #[arg(value_name = "ID")]
    id: String,
}

/// All that is known of one thing.
#[derive(Default, Serialize)]
struct Story {
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<Batch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound: Option<Inbound>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outbound: Vec<Outbound>,
    /// The file that has to be answered first, where a queued one waits at a bank that takes one at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<Outbound>,
    /// It is not read, or its queued files for banks wait, until two officers confirm the configuration.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    waits_for_officers: bool,
    /// The batches of a file of several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carries: Vec<Batch>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payments: Vec<PaymentRecord>,
    /// The first of its payments that say the same as others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alike: Vec<Alike>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<PaymentStep>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<StatementRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matches: Vec<Match>,
    /// The first entries of a statement, or the one that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<EntryRecord>,
    /// What a bank's file says that waits for a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<Waiting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticity: Option<Authenticity>,
    /// Months of history that the batch is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates_months: Option<u32>,
    /// Whether it is one payment's.
    #[serde(skip)]
    alone: bool,
    facts: Vec<Fact>,
}

/// Which entry of a statement belongs to which payment.
#[derive(Serialize)]
struct Match {
    entry: u64,
    detail: u64,
    payment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_to_end_id: Option<String>,
    how: String,
    sure: String,
    /// Who matched it.
    by: String,
}

impl Match {
    fn of(records: &SqliteJournal, found: EntryMatch, by: String) -> Result<Match, CliError> {
        let payment = records.payment(found.payment)?;
        let name = payment.as_ref().map(payment_name).unwrap_or_default();
        let EntryMatch { entry, detail, how, sure, .. } = found;
        let (how, sure) = (how.into_owned(), sure.into_owned());
        Ok(Match { entry, detail, payment: name, end_to_end_id: payment.and_then(|p| p.end_to_end_id), how, sure, by })
    }
}

impl Run for Show {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let records = desk.records()?;
        let mut stories = self.stories(&desk, &records)?;
        for story in &mut stories {
            story.behind = story.ahead(&desk, &records)?;
            let queued = |file: &Outbound| {
                file.state == OutboundState::Queued && desk.config.party(&file.party).is_some_and(Party::is_bank)
            };
            let came = |file: &Inbound| matches!(file.state, InboundState::Received | InboundState::Opened);
            let may_wait = story.outbound.iter().any(queued) || story.inbound.as_ref().is_some_and(came);
            story.waits_for_officers = may_wait && officers::waits_for_officers(&desk.config, &records)?;
        }
        if stories.is_empty() {
            let id = &self.id;
            return Err(CliError::usage(text!("there is no `{id}` in the journal", "日志中没有 `{id}`")).hint(text!(
                "look for it with `bankferry list batches`, `files`, `payments` or `statements`",
                "可用 `bankferry list batches`、`files`、`payments` 或 `statements` 查找"
            )));
        }
        for (at, story) in stories.iter().enumerate() {
            if context.json() {
                json_line(story)?;
                continue;
            }
            if at > 0 {
                print("\n")?;
            }
            Page { desk: &desk, out: String::new() }.show(story)?;
        }
        Ok(Exit::Done)
    }
}

impl Show {
    /// One story, or one for each payment that carries the end-to-end id.
    fn stories(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Vec<Story>, CliError> {
        if let Some(batch) = records.batch(&self.id)? {
            let duplicates_months = memory_of(desk, &batch);
            return Ok(vec![Story { duplicates_months, ..Story::of_batch(records, batch)? }]);
        }
        if let Some(file) = records.inbound(&self.id)? {
            return Ok(vec![Story::of_inbound(desk, records, file)?]);
        }
        if let Some(file) = records.outbound(&self.id)? {
            return Ok(vec![Story::of_outbound(records, file)?]);
        }
        if let Some(story) = Story::of_place(desk, records, &self.id)? {
            return Ok(vec![story]);
        }
        let wanted = PaymentFilter { end_to_end_id: Some(self.id.clone()), ..PaymentFilter::default() };
        records.payments(&wanted)?.into_iter().map(|found| payment::story(records, found)).collect()
    }
}

impl Story {
    fn of_batch(records: &SqliteJournal, batch: Batch) -> Result<Story, CliError> {
        let filter = PaymentFilter { batch: Some(batch.id.clone()), most: MOST_PAYMENTS, ..PaymentFilter::default() };
        let (mut outbound, mut facts) = (records.outbounds_of(&batch.inbound)?, records.facts_of(&batch.inbound)?);
        for file in records.carrying(&batch.id)?.into_iter().filter(|file| file.case != batch.inbound) {
            // What happens to a file of several batches is told by each of them.
            facts.extend(records.facts_of(&file.id)?);
            outbound.push(file);
        }
        facts.sort_by_key(|fact| fact.seq);
        Ok(Story {
            inbound: records.inbound(&batch.inbound)?,
            outbound,
            alike: alike::of_batch(records, &batch)?,
            payments: records.payments(&filter)?,
            authenticity: Some(batch.authenticity),
            facts,
            batch: Some(batch),
            ..Story::default()
        })
    }

    fn of_inbound(desk: &Desk<'_>, records: &SqliteJournal, file: Inbound) -> Result<Story, CliError> {
        let of_erp = desk.config.party(&file.party).is_some_and(|p| !p.is_bank());
        Ok(Story {
            batch: records.batch_of(&file.id)?,
            outbound: records.outbounds_of(&file.id)?,
            statements: records.statements_of(&file.id)?,
            waiting: statement::waiting(desk, &file, None)?,
            authenticity: of_erp.then_some(file.vouched.authenticity),
            facts: records.facts_of(&file.id)?,
            inbound: Some(file),
            ..Story::default()
        })
    }

    fn of_outbound(records: &SqliteJournal, file: Outbound) -> Result<Story, CliError> {
        let mut carried = records.carried_by(&file.id)?;
        let carries = if carried.len() > 1 { std::mem::take(&mut carried) } else { Vec::new() };
        let (batch, facts) = (carried.pop(), records.facts_of(&file.id)?);
        Ok(Story { batch, carries, facts, outbound: vec![file], ..Story::default() })
    }

    /// The payment, statement or entry of a name of places: `B…/3`, `I…/1`, `I…/1/7`.
    fn of_place(desk: &Desk<'_>, records: &SqliteJournal, name: &str) -> Result<Option<Story>, CliError> {
        let mut parts = name.split('/');
        let of = parts.next().unwrap_or_default();
        let Ok(places) = parts.map(str::parse::<u64>).collect::<Result<Vec<_>, _>>() else { return Ok(None) };
        match places.as_slice() {
            [place] => match records.payment_at(of, *place)? {
                Some(payment) => payment::story(records, payment).map(Some),
                None => statement::story(desk, records, of, *place, None),
            },
            [document, entry] => statement::story(desk, records, of, *document, Some(*entry)),
            _ => Ok(None),
        }
    }

    /// What a queued file of payments waits for at a bank that takes one at a time.
    fn ahead(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Option<Outbound>, CliError> {
        let queued = |file: &&Outbound| file.state == OutboundState::Queued && file.purpose == Purpose::Payments;
        let bank = self.outbound.iter().find(queued).and_then(|file| desk.config.party(&file.party));
        Ok(bank.map(|bank| in_flight::ahead(records, bank, desk.now())).transpose()?.flatten())
    }

    /// What was noticed in the data, from all facts: once, though it was found by the trial and in the file itself.
    fn findings(&self) -> Vec<&Finding> {
        let all = self.facts.iter().flat_map(|fact| match &fact.event {
            Event::Checked { findings, .. } | Event::Noticed { findings } | Event::Refused { findings, .. } => {
                findings.as_slice()
            }
            _ => &[],
        });
        let mut once: Vec<&Finding> = Vec::new();
        for finding in all {
            if !once.contains(&finding) {
                once.push(finding);
            }
        }
        once
    }
}

/// How many months of history a batch is compared with.
fn memory_of(desk: &Desk<'_>, batch: &Batch) -> Option<u32> {
    desk.config.party(&batch.party).map(|erp| erp.duplicates.months)
}

/// A story as a person reads it.
struct Page<'a> {
    desk: &'a Desk<'a>,
    out: String,
}

impl Page<'_> {
    fn show(mut self, story: &Story) -> Result<(), CliError> {
        // The payment or statement that was asked for comes first, then what it belongs to.
        if let (true, Some(payment)) = (story.alone, story.payments.first()) {
            self.payment(payment, story.outbound.first(), &story.steps);
        }
        story.statements.iter().for_each(|statement| self.statement(statement));
        story.waiting.iter().for_each(|waiting| self.waiting(waiting));
        self.entries(story);
        story.batch.iter().for_each(|batch| self.batch(batch));
        story.inbound.iter().for_each(|file| self.inbound(file, story));
        story.outbound.iter().for_each(|file| self.outbound(file, story));
        self.carries(&story.carries);
        if let Some(level) = story.authenticity {
            let words = self.say(&tongue::authenticity(level));
            self.sheet(&[(text!("authenticity", "真实性"), words)]);
        }
        self.findings(story);
        if !story.alone {
            self.payments(story);
            self.alike(&story.alike);
        }
        self.matches(story);
        self.steps(story);
        self.facts(story);
        print(&self.out)
    }

    fn lang(&self) -> Lang {
        self.desk.lang()
    }

    fn say(&self, words: &Text) -> String {
        words.to(self.lang()).to_string()
    }

    fn word<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        if self.lang() == Lang::Zh { zh } else { en }
    }

    fn sheet(&mut self, rows: &[(Text, String)]) {
        let filled: Vec<(Text, String)> = rows.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(&sheet(self.lang(), &filled));
    }

    fn table(&mut self, title: &Text, columns: &[(Column, Text)], rows: &[Vec<String>]) {
        if !rows.is_empty() {
            let (title, lang) = (self.say(title), self.lang());
            self.out.push_str(&format!("\n{title}\n{}", table(lang, columns, rows)));
        }
    }

    fn batch(&mut self, b: &Batch) {
        let state = self.state(b.state.word(), b.state.word_zh(), &b.since);
        let held = joined(&b.held.iter().map(|reason| hold_reason(reason)).collect::<Vec<_>>());
        let holds = self.say(&tongue::totals(&b.totals));
        let held = self.say(&held);
        let memory = memory_of(self.desk, b).map(|months| self.say(&text!("{months} months", "{months} 个月")));
        let memory = memory.unwrap_or_default();
        self.sheet(&[
            (text!("batch", "批次"), b.id.clone()),
            (text!("state", "状态"), state),
            (text!("from", "来自"), format!("{} ({})", b.party, b.name)),
            (text!("bank", "银行"), b.bank.clone()),
            (text!("holds", "内容"), holds),
            (text!("digest", "摘要"), b.totals.digest.clone()),
            (text!("message id", "报文编号"), b.message_id.clone().unwrap_or_default()),
            (text!("merged at", "合并时间"), self.merged_at(b)),
            (text!("duplicate memory", "重复检查回溯"), memory),
            (text!("held because", "待复核原因"), held),
            (
                text!("released by", "放行人"),
                b.released_by.clone().filter(|_| b.state != BatchState::Held).unwrap_or_default(),
            ),
        ]);
    }

    /// The hour at which a released batch goes together with others, where its bank merges.
    fn merged_at(&self, b: &Batch) -> String {
        let bank = self.desk.config.party(&b.bank).filter(|_| b.state == BatchState::Released);
        bank.and_then(|bank| next::merges_at(b, bank)).map(|at| self.desk.at(at)).unwrap_or_default()
    }

    /// The batches of a file of several.
    fn carries(&mut self, batches: &[Batch]) {
        let row = |b: &Batch| vec![b.id.clone(), b.party.clone(), b.name.clone(), self.say(&tongue::totals(&b.totals))];
        let rows: Vec<Vec<String>> = batches.iter().map(row).collect();
        let columns = [
            (Column::Whole, text!("batch", "批次")),
            (Column::Whole, text!("from", "来自")),
            (Column::Free, text!("file", "文件")),
            (Column::Free, text!("holds", "内容")),
        ];
        self.table(&text!("batches in it", "所含批次"), &columns, &rows);
    }

    fn state(&self, en: &str, zh: &str, since: &str) -> String {
        let since = self.desk.moment(since);
        self.say(&text!("{en} since {since}", "{zh}（自 {since}）"))
    }

    fn inbound(&mut self, f: &Inbound, story: &Story) {
        let state = self.state(f.state.word(), f.state.word_zh(), &f.since);
        let what = joined(&[kind(f.kind.as_deref().unwrap_or("")), Text::same(f.format.clone().unwrap_or_default())]);
        let what = self.say(&what);
        let note = match f.state {
            InboundState::Duplicate | InboundState::Held | InboundState::Refused => f.note.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let failed = self.failed(f.failures, f.retry_at.as_deref(), f.note.as_deref(), &story.facts);
        let held = f.state == InboundState::Held;
        let note = self.say(&if held { tongue::corrections(&note) } else { noted(&story.facts, &note) });
        let is_new = matches!(f.state, InboundState::Received | InboundState::Opened);
        let waits =
            if is_new && story.waits_for_officers { self.say(&officers::words_unread()) } else { String::new() };
        self.sheet(&[
            (text!("file received", "收到的文件"), f.id.clone()),
            (text!("state", "状态"), state),
            (text!("waits", "等待"), waits),
            (text!("from", "来自"), format!("{} ({})", f.party, f.name)),
            (text!("kind", "种类"), what),
            (text!("note", "说明"), note),
            (text!("failures", "失败"), failed),
            (text!("signed by", "签名密钥"), f.signer.clone().unwrap_or_default()),
            (text!("sha-256", "SHA-256 哈希"), f.kept.sha256.clone()),
            (text!("archive", "归档"), self.desk.place(&f.kept)),
            (text!("opened", "解密后"), f.content.as_ref().map(|c| self.desk.place(c)).unwrap_or_default()),
        ]);
    }

    fn outbound(&mut self, f: &Outbound, story: &Story) {
        let state = self.state(f.state.word(), f.state.word_zh(), &f.since);
        let what = joined(&[kind(f.purpose.word()), Text::same(f.format.clone())]);
        let what = self.say(&what);
        let holds = f.totals.as_ref().map(|totals| self.say(&tongue::totals(totals))).unwrap_or_default();
        let evidence = if f.failures == 0 { f.evidence.clone().unwrap_or_default() } else { String::new() };
        let failed = self.failed(f.failures, f.retry_at.as_deref(), f.evidence.as_deref(), &story.facts);
        let evidence = self.say(&noted(&story.facts, &evidence));
        let next = match f.state {
            OutboundState::Unknown | OutboundState::Unconfirmed => {
                format!("bankferry resolve {} --sent|--not-sent --reason TEXT", f.id)
            }
            _ => String::new(),
        };
        let waits = self.say(&joined(&self.waits(f, story)));
        self.sheet(&[
            (text!("file for a party", "发出的文件"), f.id.clone()),
            (text!("state", "状态"), state),
            (text!("waits", "等待"), waits),
            (text!("for", "发往"), format!("{} ({})", f.party, f.name)),
            (text!("kind", "种类"), what),
            (text!("holds", "内容"), holds),
            (text!("message id", "报文编号"), f.message_id.clone().unwrap_or_default()),
            (text!("evidence", "依据"), evidence),
            (text!("failures", "失败"), failed),
            (text!("written", "已生成"), f.written.as_ref().map(|c| self.desk.place(c)).unwrap_or_default()),
            (text!("sealed", "已加密签名"), f.sealed.as_ref().map(|c| self.desk.place(c)).unwrap_or_default()),
            (text!("next", "下一步"), next),
        ]);
    }

    /// What keeps a queued file from being sent.
    fn waits(&self, f: &Outbound, story: &Story) -> Vec<Text> {
        let bank = self.desk.config.party(&f.party).filter(|party| party.is_bank());
        let Some(bank) = bank.filter(|_| f.state == OutboundState::Queued) else { return Vec::new() };
        let opens = next::window(f, bank, self.desk.now()).ok().filter(|at| *at > self.desk.now());
        let window = opens.map(|at| {
            let (at, party) = (self.desk.at(at), &bank.name);
            text!("until `{party}` takes files, at {at}", "等待 `{party}` 的收单时间：{at}")
        });
        let ahead = story.behind.as_ref().filter(|ahead| f.purpose == Purpose::Payments && ahead.party == f.party);
        let officers = story.waits_for_officers.then(officers::words);
        let ahead = ahead.map(|ahead| tongue::behind(self.desk, ahead));
        officers.into_iter().chain(ahead).chain(window).collect()
    }

    fn failed(&self, failures: u64, retry_at: Option<&str>, note: Option<&str>, facts: &[Fact]) -> String {
        let Some(retry_at) = retry_at.filter(|_| failures > 0) else { return String::new() };
        let (next, note) = (self.desk.next_try(retry_at), noted(facts, note.unwrap_or_default()));
        let (en, zh, note_en, note_zh) = (next.en, next.zh, note.en, note.zh);
        self.say(&text!("{failures}, {en}: {note_en}", "{failures} 次，{zh}：{note_zh}"))
    }

    fn payment(&mut self, p: &PaymentRecord, file: Option<&Outbound>, steps: &[PaymentStep]) {
        let state = self.word(p.state.word(), p.state.word_zh()).to_string();
        let bank = [p.bank_status.as_deref(), p.reason.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let creditor = [p.creditor_name.as_deref(), p.creditor_account.as_deref()];
        // A file that is unknown as a whole is ended as a whole: its own sheet says how.
        let alone = p.state == PaymentState::Unknown && file.is_none_or(|file| file.state != OutboundState::Unknown);
        let next = match alone {
            true => format!("bankferry resolve {} --sent|--not-sent --reason TEXT", payment_name(p)),
            false => String::new(),
        };
        self.sheet(&[
            (text!("payment", "付款"), payment_name(p)),
            (text!("state", "状态"), state),
            (text!("end-to-end id", "端到端编号"), p.end_to_end_id.clone().unwrap_or_default()),
            (text!("amount", "金额"), format!("{} {}", p.currency, amount(p.amount))),
            (text!("execution date", "执行日"), p.execution_date.clone().unwrap_or_default()),
            (text!("from account", "付款账户"), p.account.clone().unwrap_or_default()),
            (text!("creditor", "收款人"), creditor.into_iter().flatten().collect::<Vec<_>>().join(" ")),
            (text!("at bank", "收款行"), p.creditor_agent.clone().unwrap_or_default()),
            (text!("the bank says", "银行答复"), bank),
            (text!("before that", "此前"), rejected_before(steps).map(|said| self.say(&said)).unwrap_or_default()),
            (text!("next", "下一步"), next),
        ]);
    }

    fn findings(&mut self, story: &Story) {
        let lang = self.lang();
        let columns = [(Column::Whole, text!("LEVEL", "级别")), (Column::Free, text!("FINDING", "发现"))];
        let rows: Vec<Vec<String>> = story
            .findings()
            .into_iter()
            .map(|finding| {
                let level = match finding.level {
                    crate::finding::Level::Info => text!("info", "提示"),
                    crate::finding::Level::Warning => text!("warning", "警告"),
                    crate::finding::Level::Error => text!("error", "错误"),
                };
                vec![level.to(lang).to_string(), finding.line(lang)]
            })
            .collect();
        self.table(&text!("FINDINGS", "发现"), &columns, &rows);
    }

    fn payments(&mut self, story: &Story) {
        let lang = self.lang();
        let columns = [
            (Column::Whole, text!("PAYMENT", "付款")),
            (Column::Whole, text!("STATE", "状态")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("AMOUNT", "金额")),
            (Column::Whole, text!("END-TO-END ID", "端到端编号")),
            (Column::Free, text!("COUNTERPARTY", "对方")),
        ];
        let rows: Vec<Vec<String>> = story.payments.iter().map(|p| payment_row(p, lang)).collect();
        let (shown, all) = (rows.len() as u64, story.batch.as_ref().map_or(0, |b| b.totals.count));
        let title = if all > shown {
            text!("THE FIRST {shown} OF {all} PAYMENTS", "前 {shown} 笔付款（共 {all} 笔）")
        } else {
            text!("PAYMENTS", "付款")
        };
        self.table(&title, &columns, &rows);
    }

    fn matches(&mut self, story: &Story) {
        let columns = [
            (Column::Number, text!("ENTRY", "分录")),
            (Column::Number, text!("DETAIL", "明细")),
            (Column::Whole, text!("PAYMENT", "付款")),
            (Column::Whole, text!("END-TO-END ID", "端到端编号")),
            (Column::Whole, text!("HOW", "方式")),
            (Column::Whole, text!("SURE", "把握")),
            (Column::Whole, text!("BY", "操作人")),
        ];
        let word = |word: &str| self.say(&tongue::match_word(word));
        let row = |m: &Match| {
            let id = m.end_to_end_id.clone().unwrap_or_default();
            let places = [m.entry.to_string(), m.detail.to_string()];
            places.into_iter().chain([m.payment.clone(), id, word(&m.how), word(&m.sure), m.by.clone()]).collect()
        };
        let rows: Vec<Vec<String>> = story.matches.iter().map(row).collect();
        self.table(&text!("MATCHED", "匹配"), &columns, &rows);
    }

    fn steps(&mut self, story: &Story) {
        let columns = [
            (Column::Whole, text!("WHEN", "时间")),
            (Column::Whole, text!("BECAME", "变为")),
            (Column::Whole, text!("BY", "依据文件")),
            (Column::Free, text!("THE BANK'S WORDS", "银行原文")),
        ];
        let rows: Vec<Vec<String>> = story
            .steps
            .iter()
            .map(|step| {
                let state = self.word(step.state.word(), step.state.word_zh()).to_string();
                let said = [step.bank_status.as_deref(), step.reason.as_deref()].into_iter().flatten();
                vec![self.desk.moment(&step.at), state, step.inbound.clone(), said.collect::<Vec<_>>().join(" ")]
            })
            .collect();
        self.table(&text!("THIS PAYMENT", "本笔付款"), &columns, &rows);
    }

    /// One line for each fact, what it says below: paths stay whole, so that they can be copied.
    fn facts(&mut self, story: &Story) {
        let columns = [
            (Column::Whole, text!("WHEN", "时间")),
            (Column::Whole, text!("WHO", "操作人")),
            (Column::Whole, text!("ABOUT", "对象")),
            (Column::Whole, text!("WHAT", "事件")),
        ];
        let row = |fact: &Fact| {
            let word = self.word(fact.event.word(), fact.event.word_zh()).to_string();
            vec![self.desk.moment(&fact.at), fact.actor.clone(), fact.subject.clone(), word]
        };
        let rows: Vec<Vec<String>> = story.facts.iter().map(row).collect();
        let lines = table(self.lang(), &columns, &rows);
        let details = story.facts.iter().map(|fact| self.say(&detail(self.desk, &fact.event)));
        let details: Vec<String> = std::iter::once(String::new()).chain(details).collect();
        let title = self.say(&text!("HISTORY", "历史"));
        self.out.push_str(&format!("\n{title}\n"));
        for (line, detail) in lines.lines().zip(details) {
            self.out.push_str(&format!("{line}\n"));
            if !detail.is_empty() {
                self.out.push_str(&format!("     {}\n", shown(&detail)));
            }
        }
    }
}
