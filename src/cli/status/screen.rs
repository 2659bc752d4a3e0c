//! The status as a person sees it.

use super::{Behind, Decision, Overview, PartyRow, Why};
use crate::cli::CliError;
use crate::cli::desk::Desk;
use crate::cli::print::{Column, print, shown, sums, table};
use crate::cli::tongue;
use crate::config::Environment;
use crate::journal::{Act, Batch, Event, Fact, Totals};
use crate::route::absent::Absent;
use crate::route::{inventory, officers};
use crate::text;
use crate::words::{Lang, Text};

/// The most changed settings that are shown; `bankferry config` shows all.
const MOST_SETTINGS: usize = 10;

/// The most notices on the screen.
const MOST_NOTICES: usize = 20;
/// The most incidents on the screen.
const MOST_INCIDENTS: usize = 5;

pub(super) fn show(desk: &Desk<'_>, overview: &Overview) -> Result<(), CliError> {
    let mut screen = Screen { desk, out: String::new() };
    screen.head(overview);
    screen.fence(overview);
    screen.alarms(overview);
    screen.parties(&overview.parties);
    screen.hours(&overview.parties);
    screen.absent(&overview.absent);
    screen.held(&overview.held);
    screen.decisions(overview);
    screen.officers(overview);
    screen.behind(&overview.behind);
    screen.notices(overview);
    screen.incidents(overview);
    screen.keys(overview);
    print(&screen.out)
}

struct Screen<'a> {
    desk: &'a Desk<'a>,
    out: String,
}

impl Screen<'_> {
    fn lang(&self) -> Lang {
        self.desk.lang()
    }

    fn line(&mut self, indent: usize, words: &Text) {
        let words = shown(words.to(self.lang()));
        self.out.push_str(&format!("{:indent$}{words}\n", ""));
    }

    fn title(&mut self, words: &Text) {
        self.out.push('\n');
        self.line(0, words);
    }

    fn head(&mut self, overview: &Overview) {
        let (name, at) = (&overview.installation, self.desk.at(overview.at));
        let environment = match overview.environment {
            Environment::Test => text!("test", "测试"),
            Environment::Production => text!("PRODUCTION", "生产"),
        };
        let (en, zh) = (environment.en, environment.zh);
        self.line(0, &text!("{name}: {en} environment, {at}", "{name}：{zh}环境，{at}"));
        let facts = overview.facts;
        self.line(
            0,
            &match &overview.running {
                Some(holder) => text!("running: {holder}; {facts} facts", "运行中：{holder}；{facts} 条记录"),
                None => text!(
                    "not running: nothing is fetched or sent until `bankferry run`; {facts} facts",
                    "未运行：在 `bankferry run` 之前不收不发；{facts} 条记录"
                ),
            },
        );
    }

    /// What a second copy must not be mistaken for.
    fn fence(&mut self, overview: &Overview) {
        let Some(what) = overview.standing.as_ref().and_then(|standing| standing.fenced.as_ref()) else { return };
        let Text { en, zh } = what.clone();
        self.title(&text!("!!! RESTORED: NOTHING IS SENT TO BANKS !!!", "!!! 恢复模式：不向银行发送 !!!"));
        self.line(1, &text!("why: {en}", "原因：{zh}"));
        self.line(
            1,
            &text!(
                "1. make sure that the other copy is dead  2. ask the banks which files they have  3. two people:",
                "1. 确认另一副本已停用  2. 向银行核实已收文件  3. 由两人分别运行："
            ),
        );
        self.line(1, &Text::same("   bankferry unfence --as NAME --reason TEXT"));
        let proposal = overview.decisions.iter().find(|d| d.kind == Why::Proposed && d.name == Act::Unfence.word());
        if let Some(first) = proposal.map(|proposal| &proposal.party) {
            self.line(1, &text!("`{first}` has said so; another must agree", "`{first}` 已提议；等待另一人同意"));
        }
    }

    /// How many alarms are on, and which of them nobody was told.
    fn alarms(&mut self, overview: &Overview) {
        let on = overview.alarms.len();
        if on == 0 {
            return;
        }
        let untold = overview.alarms.iter().filter(|a| a.told.iter().all(|t| t.told_at.is_none())).count();
        self.title(&text!(
            "ALARMS: {on}, told to nobody: {untold}; `bankferry list alarms`",
            "告警：{on} 项，其中未通知任何人：{untold} 项；`bankferry list alarms`"
        ));
    }

    fn parties(&mut self, parties: &[PartyRow]) {
        let columns = [
            (Column::Whole, text!("PARTY", "往来方")),
            (Column::Free, text!("WAITS", "等待中")),
            (Column::Free, text!("CONTACT", "连接")),
        ];
        let rows: Vec<Vec<String>> =
            parties.iter().map(|row| vec![row.name.clone(), self.waits(row), self.contact(row)]).collect();
        self.out.push('\n');
        self.out.push_str(&table(self.lang(), &columns, &rows));
        let months = |row: &PartyRow| row.duplicates_months.map(|months| format!("{} {months}", row.name));
        let horizon = parties.iter().filter_map(months).collect::<Vec<_>>().join(", ");
        // All are of one journal.
        let since = parties.iter().find_map(|row| row.remembers_since);
        let young = since.map(|day| {
            text!(
                "; the journal remembers nothing before {day}: what came earlier is found by nobody",
                "；日志始于 {day}：此前收到的文件无从比对"
            )
        });
        if !horizon.is_empty() {
            let Text { en, zh } = young.unwrap_or_default();
            self.line(0, &text!("months of duplicate memory: {horizon}{en}", "重复检查回溯月数：{horizon}{zh}"));
        }
    }

    /// When each party takes files, on its own clock, and when it is asked for files.
    fn hours(&mut self, parties: &[PartyRow]) {
        let columns = [
            (Column::Whole, text!("PARTY", "往来方")),
            (Column::Free, text!("TAKES FILES", "收单时间")),
            (Column::Free, text!("IS ASKED FOR FILES", "取件")),
        ];
        let row = |row: &PartyRow| {
            let [send, fetch] = row.hours.words().each_ref().map(|words| words.to(self.lang()).to_string());
            vec![row.name.clone(), send, fetch]
        };
        let rows: Vec<Vec<String>> = parties.iter().map(row).collect();
        self.out.push('\n');
        self.out.push_str(&table(self.lang(), &columns, &rows));
    }

    fn waits(&self, row: &PartyRow) -> String {
        let lang = self.lang();
        let word = |word: &str| {
            let known = row.states.iter().find(|text| text.en == word);
            known.map_or(word, |text| text.to(lang)).to_string()
        };
        let groups = [
            (text!("batches", "批次"), &row.batches),
            (text!("received", "收到"), &row.inbound),
            (text!("to give", "待发"), &row.outbound),
        ];
        let filled = groups.iter().filter(|(_, counts)| !counts.is_empty());
        let parts: Vec<String> = filled
            .map(|(name, counts)| {
                let counts = counts.iter().map(|(state, count)| format!("{count} {}", word(state)));
                format!("{}: {}", name.to(lang), counts.collect::<Vec<_>>().join(", "))
            })
            .collect();
        if parts.is_empty() { "-".to_string() } else { parts.join("; ") }
    }

    fn contact(&self, row: &PartyRow) -> String {
        let Some(contact) = &row.contact else { return text!("no failure", "无故障").to(self.lang()).to_string() };
        let (Text { en, zh }, note) = (self.desk.next_try(&contact.retry_at), &row.note);
        let (failures, since, note_en, note_zh) =
            (contact.failures, self.desk.moment(&contact.since), &note.en, &note.zh);
        text!("{failures} failures since {since}, {en}: {note_en}", "自 {since} 起失败 {failures} 次，{zh}：{note_zh}")
            .to(self.lang())
            .to_string()
    }

    /// Parties for which nothing goes on, with what lies there.
    fn absent(&mut self, all: &[Absent]) {
        for absent in all {
            let Text { en, zh } = absent.what();
            let Text { en: money_en, zh: money_zh } = absent.money();
            let Text { en: hint_en, zh: hint_zh } = absent.hint();
            self.title(&text!("NOTHING GOES ON: {en}", "停止处理：{zh}"));
            self.line(1, &text!("{money_en}; next: {hint_en}", "{money_zh}；下一步：{hint_zh}"));
        }
    }

    fn held(&mut self, held: &[Batch]) {
        if held.is_empty() {
            return;
        }
        let mut total = Totals::default();
        for batch in held {
            total.count += batch.totals.count;
            for (currency, sum) in &batch.totals.sums {
                *total.sums.entry(*currency).or_default() += *sum;
            }
        }
        let (count, all) = (held.len(), tongue::totals(&total));
        let (en, zh) = (all.en, all.zh);
        self.title(&text!("HELD for a second person: {count} batches, {en}", "待复核：{count} 个批次，{zh}"));
        let columns = [
            (Column::Whole, text!("BATCH", "批次")),
            (Column::Whole, text!("FROM", "来自")),
            (Column::Whole, text!("BANK", "银行")),
            (Column::Whole, text!("LEVEL", "级别")),
            (Column::Number, text!("COUNT", "笔数")),
            (Column::Number, text!("SUM", "金额")),
            (Column::Free, text!("WHY", "原因")),
        ];
        let rows: Vec<Vec<String>> = held.iter().map(|batch| self.held_row(batch)).collect();
        self.out.push_str(&table(self.lang(), &columns, &rows));
        self.line(
            1,
            &text!(
                "look with `bankferry show ID`, then `bankferry release ID --as NAME` or `… refuse ID --reason TEXT`",
                "先用 `bankferry show ID` 查看，再用 `bankferry release ID --as 姓名` 或 `… refuse ID --reason 原因`"
            ),
        );
    }

    fn held_row(&self, batch: &Batch) -> Vec<String> {
        let why = tongue::joined(&batch.held.iter().map(|r| tongue::hold_reason(r)).collect::<Vec<_>>());
        let count = batch.totals.count.to_string();
        let sum = sums(&batch.totals.sums);
        let level = batch.authenticity.word().to_string();
        let why = why.to(self.lang()).to_string();
        vec![batch.id.clone(), batch.party.clone(), batch.bank.clone(), level, count, sum, why]
    }

    fn decisions(&mut self, overview: &Overview) {
        if overview.decisions.is_empty() && !overview.absent.is_empty() {
            return;
        }
        if overview.decisions.is_empty() {
            self.title(&text!("nothing else waits for a person", "没有其他等待人工处理的事项"));
            return;
        }
        let count = overview.decisions.len();
        self.title(&text!("WAITING FOR A PERSON: {count}", "须人工处理：{count} 项"));
        for decision in &overview.decisions {
            self.decision(decision);
        }
        if overview.more_refused > 0 {
            let more = overview.more_refused;
            self.line(
                1,
                &text!(
                    "and {more} older refused files of banks: `bankferry list files --state refused`",
                    "另有 {more} 个较早被拒绝的银行文件：`bankferry list files --state refused`"
                ),
            );
        }
    }

    fn decision(&mut self, decision: &Decision) {
        let (id, since) = (&decision.id, self.desk.moment(&decision.since));
        let Text { en, zh } = decision.words();
        self.line(1, &text!("{id} since {since}: {en}", "{id} 自 {since}：{zh}"));
        let held = decision
            .count
            .map(|count| tongue::totals(&Totals { count, sums: decision.sums.clone(), digest: String::new() }));
        let about = tongue::joined(&[Text::same(decision.name.clone()), held.unwrap_or_default(), decision.evidence()]);
        if !about.en.is_empty() {
            self.line(5, &about);
        }
        for command in &decision.commands {
            self.line(5, &text!("next: {command}", "下一步：{command}"));
        }
    }

    fn officers(&mut self, overview: &Overview) {
        if !overview.waits_for_officers {
            return;
        }
        self.title(&officers::words());
        if overview.runs_confirmed {
            self.line(1, &officers::words_at_work());
        }
        if let Some(waiting) = &overview.for_officers {
            self.line(1, waiting);
        }
        let changes = overview.config_changes.as_deref().unwrap_or_default();
        for changed in changes.iter().take(MOST_SETTINGS) {
            self.line(1, &changed.words());
        }
        if let more @ 1.. = changes.len().saturating_sub(MOST_SETTINGS) {
            self.line(1, &text!("and {more} more: `bankferry config`", "另有 {more} 项：`bankferry config`"));
        }
        let Text { en, zh } = officers::hint();
        self.line(1, &text!("next: {en}", "下一步：{zh}"));
    }

    fn behind(&mut self, all: &[Behind]) {
        for behind in all {
            let (party, count, ids) = (&behind.party, behind.waits.len(), behind.waits.join(", "));
            self.title(&text!(
                "`{party}` TAKES ONE FILE AT A TIME: {count} wait: {ids}",
                "`{party}` 一次只收一个文件：{count} 个等待中：{ids}"
            ));
            let why = tongue::behind(self.desk, &behind.file);
            self.line(1, &why);
            if let Some(command) = &behind.command {
                self.line(
                    5,
                    &text!(
                        "next: where the bank says that it takes the next one all the same: {command}",
                        "下一步：如银行确认仍可接收下一个文件：{command}"
                    ),
                );
            }
        }
    }

    fn notices(&mut self, overview: &Overview) {
        if overview.notices.is_empty() {
            return;
        }
        let count = overview.notices.len();
        self.title(&text!("OVERDUE: {count}", "逾期未到：{count} 项"));
        for notice in overview.notices.iter().take(MOST_NOTICES) {
            let (due, what, money) = (self.desk.at(notice.due), &notice.what, &notice.money);
            let (en, zh) = (&what.en, &what.zh);
            self.line(1, &text!("{en} (due {due})", "{zh}（应于 {due}）"));
            let (en, zh) = (&money.en, &money.zh);
            let hint = &notice.hint;
            let (hint_en, hint_zh) = (&hint.en, &hint.zh);
            self.line(5, &text!("{en}; next: {hint_en}", "{zh}；下一步：{hint_zh}"));
        }
    }

    fn incidents(&mut self, overview: &Overview) {
        if overview.incidents.is_empty() {
            return;
        }
        let count = overview.incidents.len();
        self.title(&text!("INCIDENTS of the last 7 days: {count}", "近 7 天异常事件：{count} 起"));
        // The newest first, and before them those by which money has moved.
        let is_of_money = |fact: &&Fact| matches!(&fact.event, Event::Incident { kind, .. } if kind.is_of_money());
        let newest = || overview.incidents.iter().rev();
        let all = newest().filter(is_of_money).chain(newest().filter(|fact| !is_of_money(fact)));
        for fact in all.take(MOST_INCIDENTS) {
            let Event::Incident { what, what_zh, .. } = &fact.event else { continue };
            let (at, subject) = (self.desk.moment(&fact.at), &fact.subject);
            self.line(1, &text!("{at} {subject}: {what}", "{at} {subject}：{what_zh}"));
        }
        let more = count.saturating_sub(MOST_INCIDENTS);
        if more > 0 {
            self.line(
                1,
                &text!("and {more} more: `bankferry list incidents`", "另有 {more} 起：`bankferry list incidents`"),
            );
        }
    }

    fn keys(&mut self, overview: &Overview) {
        if let Some(Text { en, zh }) = &overview.unsigned {
            let Text { en: hint_en, zh: hint_zh } = inventory::unsigned_hint();
            self.title(&text!("{en}; next: {hint_en}", "{zh}；下一步：{hint_zh}"));
        }
        for key in overview.keys.iter().filter(|key| !key.replaced) {
            let Text { en, zh } = &key.words;
            self.title(&text!(
                "{en}; the next one: `bankferry keys --help`",
                "{zh}；更换方法见 `bankferry keys --help`"
            ));
        }
    }
}
