//! What a person has to know now, found in the state.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{folders, incident, keys, room};
use crate::document::Date;
use crate::journal::{
    AlarmFact, AlarmRecord, Batch, BatchState, Event, Inbound, InboundState, JournalError, Outbound, OutboundState,
    Oversight, Records, SqliteJournal, Sums, UnknownPayments, WAITS_FOR_A_PERSON, noted,
};
use crate::route::absent::{Absent, absent};
use crate::route::notices::OVERDUE;
use crate::route::paper::correction_words;
use crate::route::{Shared, fence, inventory, notices, officers};
use crate::text;
use crate::words::Text;

/// Hours for which an incident is an alarm.
const INCIDENT_HOURS: i64 = 24;
/// Minutes by which the clock may be behind the journal.
const MINUTES_BEHIND: i64 = 5;
/// Days for which a step back of the clock is an alarm where the clock does not come up with the journal again: it may
/// have been put right.
const DAYS_BEHIND: i64 = 7;
/// Facts that are read at a time.
const PAGE: u64 = 1_000;

/// Seconds between two looks at what takes long to find: what is overdue, the room on disks.
const SLOW_SECONDS: i64 = 60;

/// How that of a bank's file begins that could not be used.
const REFUSED: &str = "refused ";
/// How long a party may be out of reach before people are told: banks are closed for a while every day.
const UNREACHABLE_HOURS: i64 = 3;

/// Whether an alarm of this key is one about several things, and is told anew when they are others: the days whose
/// statements are missing, the payments of a file that the bank says nothing of. The words of any other may follow the
/// clock.
pub(super) fn grows(key: &str) -> bool {
    const SEVERAL: [&str; 3] = ["statement-missing ", "acceptance-missing ", "execution-missing "];
    key.strip_prefix(OVERDUE).is_some_and(|rest| SEVERAL.iter().any(|kind| rest.starts_with(kind)))
}

/// Finds what a person has to know now, and remembers what need not be looked for every time.
#[derive(Debug, Default)]
pub struct Sources {
    incidents: Incidents,
    slow: Option<(Timestamp, Vec<AlarmFact>)>,
    /// Parties without a usable place in the configuration, and of which something is under way.
    absent: Vec<String>,
}

/// The incidents of the last hours, read on from where the last look ended.
#[derive(Debug, Default)]
struct Incidents {
    seen: u64,
    last_at: Option<Timestamp>,
    /// The newest step back of the clock between two facts.
    step: Option<StepBack>,
    recent: BTreeMap<u64, (Timestamp, AlarmFact)>,
}

/// Two facts, the later of which bears an earlier time.
#[derive(Clone, Copy, Debug)]
struct StepBack {
    from: Timestamp,
    to: Timestamp,
}

impl Incidents {
    fn look(&mut self, journal: &SqliteJournal, now: Timestamp) -> Result<(), JournalError> {
        let head = journal.head()?.0;
        // What is older than the newest facts by so many was told long ago.
        self.seen = self.seen.max(head.saturating_sub(20 * PAGE));
        while self.seen < head {
            let facts = journal.facts_after(self.seen, PAGE)?;
            let Some(last) = facts.last() else { break };
            self.seen = last.seq;
            for fact in facts {
                let Ok(at) = fact.at.parse::<Timestamp>() else { continue };
                self.pass(at);
                self.taken(&fact.event);
                if let Some(alarm) = incident::alarm(journal, &fact)? {
                    self.recent.insert(fact.seq, (at, alarm));
                }
            }
        }
        self.recent.retain(|_, (at, _)| now.duration_since(*at) < SignedDuration::from_hours(INCIDENT_HOURS));
        Ok(())
    }

    /// A file that could not be taken and was taken later is no trouble of its folder any more.
    fn taken(&mut self, event: &Event) {
        let (Event::Received(arrival) | Event::Fetched(arrival)) = event else { return };
        let named = format!("{}`", arrival.name);
        let is_over = |alarm: &AlarmFact| {
            alarm.party == arrival.party && alarm.subject.is_empty() && alarm.what.en.contains(&named)
        };
        self.recent.retain(|_, (_, alarm)| !is_over(alarm));
    }

    /// Compares a fact's time with that of the fact before it: one that the program itself has just written bears the
    /// wrong time already.
    fn pass(&mut self, at: Timestamp) {
        if let Some(from) = self.last_at.filter(|last| is_behind(at, *last)) {
            // Of several steps back the one that is furthest ahead still counts.
            let before = self.step.filter(|step| is_behind(at, step.from)).map_or(from, |step| step.from);
            self.step = Some(StepBack { from: before.max(from), to: at });
        }
        self.last_at = Some(at);
    }

    /// The time in the journal that the clock has not reached.
    fn ahead(&self, now: Timestamp) -> Option<Timestamp> {
        let lasts = |step: &StepBack| now.duration_since(step.to) < SignedDuration::from_hours(24 * DAYS_BEHIND);
        let steps = self.step.filter(lasts).map(|step| step.from);
        steps.into_iter().chain(self.last_at).filter(|at| is_behind(now, *at)).max()
    }
}

/// The words for what has moved no money.
pub fn nothing_moved() -> Text {
    text!("no money has moved because of it", "资金未因此划转")
}

impl Sources {
    /// Everything that a person has to know now; what is overdue only where the parties were `asked` before: what waits
    /// there to be fetched is not missing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn notices(
        &mut self,
        shared: &Shared,
        journal: &SqliteJournal,
        asked: bool,
        now: Timestamp,
    ) -> Result<Vec<AlarmFact>, JournalError> {
        self.incidents.look(journal, now)?;
        let mut found: Vec<AlarmFact> = Vec::new();
        found.extend(fenced(journal)?);
        found.extend(officers(shared, journal)?);
        found.extend(clock(&self.incidents, now));
        found.extend(self.incidents.recent.values().map(|(_, alarm)| alarm.clone()));
        for file in journal.outbounds(&[OutboundState::Unknown])? {
            found.push(unknown(&file, &seen_of(journal, &file)?));
        }
        for file in journal.outbounds(&[OutboundState::Unconfirmed])? {
            found.push(unconfirmed(&file, &seen_of(journal, &file)?));
        }
        found.extend(journal.unknown_payments()?.iter().map(unknown_payments));
        for file in waiting_outbounds(journal)? {
            found.push(failed(&file, &seen_of(journal, &file)?));
        }
        found.extend(inbounds(journal)?);
        found.extend(refused(shared, journal)?);
        found.extend(contacts(journal, now)?);
        found.extend(held(shared, journal, now)?);
        found.extend(self.slow(shared, journal, asked, now)?);
        Ok(found)
    }

    /// Whether an alarm stays on although nothing names it any more: it is found by way of the configuration, and its
    /// party is not there. It ends when the party is put back or nothing of it is under way.
    pub(super) fn keeps(&self, alarm: &AlarmRecord) -> bool {
        let by_way = [OVERDUE, REFUSED].iter().any(|kind| alarm.key.starts_with(kind));
        by_way && self.absent.contains(&alarm.party)
    }

    /// What takes long to find, looked for once a minute. A clock that went back does not stop it.
    fn slow(
        &mut self,
        shared: &Shared,
        journal: &SqliteJournal,
        asked: bool,
        now: Timestamp,
    ) -> Result<Vec<AlarmFact>, JournalError> {
        let age = |at: Timestamp| now.duration_since(at).abs() < SignedDuration::from_secs(SLOW_SECONDS);
        if let Some((_, found)) = self.slow.as_ref().filter(|(at, _)| age(*at)) {
            return Ok(found.clone());
        }
        let mut found = room::notices(&shared.config);
        found.extend(folders::notices(&shared.config, shared.clock.system_time()));
        let absent = absent(&shared.config, journal, now)?;
        found.extend(absent.iter().map(of_absent));
        self.absent = absent.into_iter().map(|absent| absent.party).collect();
        found.extend(keys::notices(shared, now));
        found.extend(unsigned(shared, journal));
        if asked {
            found.extend(overdue(shared, journal, now)?);
            self.slow = Some((now, found.clone()));
        } else {
            // What was on before the program began stays on until the parties were asked.
            let on = journal.alarms(false)?.into_iter().filter(|alarm| alarm.cleared_at.is_none());
            found.extend(on.filter(|alarm| alarm.key.starts_with(OVERDUE)).map(AlarmFact::from));
        }
        Ok(found)
    }
}

/// A party that is set aside, or not configured any more while something of it is under way.
fn of_absent(absent: &Absent) -> AlarmFact {
    let party = &absent.party;
    let kind = if absent.aside.is_some() { "set-aside" } else { "party-gone" };
    AlarmFact::new(format!("{kind} {party}"), party, absent.what(), absent.money(), absent.hint())
}

/// What should have happened by now and has not, as the status screen shows it.
fn overdue(shared: &Shared, journal: &SqliteJournal, now: Timestamp) -> Result<Vec<AlarmFact>, JournalError> {
    let overdue = notices::notices(&shared.config, journal, now)?;
    Ok(overdue
        .into_iter()
        .map(|n| {
            let subject = n.subject.clone();
            AlarmFact::new(format!("{OVERDUE}{}", n.key()), &n.party, n.what, n.money, n.hint).about(&subject)
        })
        .collect())
}

/// Parties that are not contacted any more until a person helps, and those that cannot be reached for long.
fn contacts(journal: &SqliteJournal, now: Timestamp) -> Result<Vec<AlarmFact>, JournalError> {
    let mut found = Vec::new();
    for contact in journal.contacts()? {
        let (party, for_person) = (&contact.party, contact.retry_at == WAITS_FOR_A_PERSON);
        let age = contact.since.parse::<Timestamp>().map(|since| now.duration_since(since));
        if !for_person && !age.is_ok_and(|age| age >= SignedDuration::from_hours(UNREACHABLE_HOURS)) {
            continue;
        }
        let Text { en, zh } = noted(&journal.last_facts_about(party, 10)?, &contact.note);
        let what = match for_person {
            true => text!("`{party}` is not contacted any more: {en}", "不再联系 `{party}`：{zh}"),
            false => text!(
                "`{party}` could not be reached for more than {UNREACHABLE_HOURS} hours: {en}",
                "无法连接 `{party}` 已超过 {UNREACHABLE_HOURS} 小时：{zh}"
            ),
        };
        let money = text!("nothing is sent to it and nothing fetched", "不向其发送，也不收取");
        let hint = match for_person {
            true => text!(
                "put it right, then `bankferry check --connect {party}`",
                "修正后运行 `bankferry check --connect {party}`"
            ),
            false => text!(
                "the program goes on trying; `bankferry check --connect {party}` says what fails",
                "程序会继续重试；`bankferry check --connect {party}` 说明失败之处"
            ),
        };
        found.push(AlarmFact::new(format!("contact {party}"), party, what, money, hint));
    }
    Ok(found)
}

fn held(shared: &Shared, journal: &SqliteJournal, now: Timestamp) -> Result<Vec<AlarmFact>, JournalError> {
    let hours = shared.config.alarms.held_hours;
    let late = SignedDuration::from_hours(i64::from(hours));
    let since = |batch: &Batch| batch.since.parse::<Timestamp>().map(|since| now.duration_since(since));
    let batches = journal.batches(&[BatchState::Held])?.into_iter();
    Ok(batches
        .filter(|batch| since(batch).is_ok_and(|age| age >= late))
        .map(|batch| {
            let (id, holds) = (&batch.id, holds(batch.totals.count, &batch.totals.sums));
            AlarmFact::new(
                format!("held {id}"),
                &batch.bank,
                text!("batch `{id}` has waited for more than {hours} hours", "批次 `{id}` 等待复核已超过 {hours} 小时"),
                text!("nothing of it has left: {holds}", "尚未发出：{holds}"),
                text!("`bankferry show {id}`, then release or refuse it", "`bankferry show {id}`，然后放行或拒绝"),
            )
            .about(id)
        })
        .collect())
}

fn holds(count: u64, sums: &Sums) -> String {
    let sums = sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect::<Vec<_>>().join(" + ");
    format!("{count} × {sums}")
}

/// What was seen of a file last, in both languages.
fn seen_of(journal: &SqliteJournal, file: &Outbound) -> Result<Text, JournalError> {
    Ok(noted(&journal.facts_of(&file.id)?, file.evidence.as_deref().unwrap_or_default()))
}

fn of_file(file: &Outbound) -> String {
    file.totals
        .as_ref()
        .map(|totals| holds(totals.count, &totals.sums))
        .unwrap_or_else(|| file.purpose.word().to_string())
}

fn fenced(journal: &SqliteJournal) -> Result<Option<AlarmFact>, JournalError> {
    let Some(what) = journal.standing()?.and_then(|standing| standing.fenced) else { return Ok(None) };
    let Text { en, zh } = what;
    Ok(Some(AlarmFact::new(
        fence::REASON.into(),
        "",
        text!("RESTORED: {en}", "恢复模式：{zh}"),
        text!(
            "nothing is sent to banks from here; the other copy may have sent",
            "本副本不向银行发送；另一副本可能已发送"
        ),
        text!(
            "ask the banks, then two people run `bankferry unfence`",
            "向银行核实，然后由两人运行 `bankferry unfence`"
        ),
    )))
}

fn is_behind(now: Timestamp, at: Timestamp) -> bool {
    at.duration_since(now) > SignedDuration::from_mins(MINUTES_BEHIND)
}

/// A configuration that stops every file for banks.
fn officers(shared: &Shared, journal: &SqliteJournal) -> Result<Option<AlarmFact>, JournalError> {
    if !officers::waits_for_officers(&shared.config, journal)? {
        return Ok(None);
    }
    let money = text!(
        "no money moves: files for banks wait in the queue; what comes is kept and not read, also what a bank says of \
         money that has left",
        "资金不会划转：发往银行的文件在队列中等待；收到的文件只保存、不读取，包括银行就已付款项的回复"
    );
    let (what, hint) = (officers::words(), officers::hint());
    Ok(Some(AlarmFact::new(officers::CONFIG.into(), "", what, money, hint)))
}

/// A clock behind the journal makes every deadline wrong.
fn clock(incidents: &Incidents, now: Timestamp) -> Option<AlarmFact> {
    incidents.ahead(now).map(|last| {
        AlarmFact::new(
            "clock".into(),
            "",
            text!("the clock says {now}, the journal was written at {last}", "时钟为 {now}，而日志写于 {last}"),
            nothing_moved(),
            text!("set the clock right", "请校正时钟"),
        )
    })
}

fn unknown(file: &Outbound, Text { en: seen, zh: seen_zh }: &Text) -> AlarmFact {
    let (id, party, what) = (&file.id, &file.party, of_file(file));
    AlarmFact::new(
        format!("unknown {id}"),
        party,
        text!(
            "UNKNOWN: nobody can prove whether `{party}` has `{id}`: {seen}",
            "状态未知：无法证明 `{party}` 是否收到 `{id}`：{seen_zh}"
        ),
        text!(
            "money may have moved: {what}; it is never sent again by itself",
            "资金可能已划转：{what}；程序不会自行重发"
        ),
        text!("ask `{party}`, then `bankferry resolve {id}`", "向 `{party}` 核实，然后运行 `bankferry resolve {id}`"),
    )
    .about(id)
}

/// It waits for the bank's answer or a person, and nobody sends it again.
fn unconfirmed(file: &Outbound, Text { en: seen, zh: seen_zh }: &Text) -> AlarmFact {
    let (id, party, what) = (&file.id, &file.party, of_file(file));
    AlarmFact::new(
        format!("unconfirmed {id}"),
        party,
        text!(
            "UNCONFIRMED: `{id}` is gone from `{party}`, and nobody saw it taken: {seen}",
            "已送未确认：`{party}` 处已无 `{id}`，但无人证实其已取走：{seen_zh}"
        ),
        text!(
            "money may have moved: {what}; it is never sent again by itself",
            "资金可能已划转：{what}；程序不会自行重发"
        ),
        text!(
            "ask `{party}` whether it has it; its answer ends this, or `bankferry resolve {id}`",
            "向 `{party}` 核实是否收到；银行应答后自动结束，或运行 `bankferry resolve {id}`"
        ),
    )
    .about(id)
}

/// The key names the oldest: once that one is ended, the next is told anew.
fn unknown_payments(of_bank: &UnknownPayments) -> AlarmFact {
    let (party, first) = (&of_bank.party, &of_bank.first);
    let what = holds(of_bank.count, &of_bank.sums);
    AlarmFact::new(
        format!("unknown payments {party} {first}"),
        party,
        text!(
            "UNKNOWN: nobody can say what became of payments at `{party}`, the oldest `{first}`",
            "状态未知：无法确定 `{party}` 处部分付款的结果，最早为 `{first}`"
        ),
        text!(
            "money may have moved: {what}; they are never sent again by themselves",
            "资金可能已划转：{what}；程序不会自行重发"
        ),
        text!(
            "`bankferry list payments --state unknown`; ask `{party}`, then `bankferry resolve {first}`",
            "`bankferry list payments --state unknown`；向 `{party}` 核实，然后运行 `bankferry resolve {first}`"
        ),
    )
}

fn waiting_outbounds(journal: &SqliteJournal) -> Result<Vec<Outbound>, JournalError> {
    use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Written};
    let files = journal.outbounds(&[Numbered, Written, Sealed, Queued, Sending, Publishing])?;
    Ok(files.into_iter().filter(|file| file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON)).collect())
}

fn failed(file: &Outbound, Text { en: why, zh: why_zh }: &Text) -> AlarmFact {
    let (id, party, what) = (&file.id, &file.party, of_file(file));
    AlarmFact::new(
        format!("failed {id}"),
        party,
        text!("`{id}` for `{party}` waits for a person: {why}", "发往 `{party}` 的 `{id}` 须人工处理：{why_zh}"),
        text!("not sent by this copy: {what}", "本副本尚未发出：{what}"),
        text!(
            "`bankferry show {id}`, then `bankferry release {id}`",
            "`bankferry show {id}`，然后 `bankferry release {id}`"
        ),
    )
    .about(id)
}

fn inbounds(journal: &SqliteJournal) -> Result<Vec<AlarmFact>, JournalError> {
    use InboundState::{Duplicate, Held, Opened, Received};
    let files = journal.inbounds(&[Duplicate, Held, Received, Opened])?.into_iter();
    let waits =
        files.filter(|f| matches!(f.state, Duplicate | Held) || f.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON));
    waits
        .map(|file| {
            let (id, party, name) = (&file.id, &file.party, &file.name);
            let Text { en, zh } = why_it_waits(journal, &file)?;
            let alarm = AlarmFact::new(
                format!("file {id}"),
                party,
                text!("`{name}` of `{party}` waits for a person: {en}", "`{party}` 的 `{name}` 须人工处理：{zh}"),
                nothing_moved(),
                match file.state {
                    Received | Opened => text!(
                        "`bankferry show {id}`, then `bankferry release {id}` lets it be tried again",
                        "`bankferry show {id}`，然后 `bankferry release {id}` 再次尝试"
                    ),
                    _ => text!(
                        "`bankferry show {id}`, then `release` or `refuse`",
                        "`bankferry show {id}`，然后放行或拒绝"
                    ),
                },
            );
            Ok(alarm.about(id))
        })
        .collect()
}

/// The note of a file in words.
fn why_it_waits(journal: &SqliteJournal, file: &Inbound) -> Result<Text, JournalError> {
    let note = file.note.as_deref().unwrap_or_default();
    Ok(match file.state {
        InboundState::Duplicate => text!("it came first as `{note}`", "首次收到时编号为 `{note}`"),
        InboundState::Held => {
            let words = |reason: &str| correction_words(reason).unwrap_or_else(|| Text::same(reason.to_string()));
            let all: Vec<Text> = note.split("; ").map(words).collect();
            let join = |of: fn(&Text) -> &str, by: &str| all.iter().map(of).collect::<Vec<_>>().join(by);
            Text { en: join(|text| &text.en, "; "), zh: join(|text| &text.zh, "；") }
        }
        _ => noted(&journal.facts_of(&file.id)?, note),
    })
}

/// Files of banks that could not be used, until a person has said what becomes of each.
fn refused(shared: &Shared, journal: &SqliteJournal) -> Result<Vec<AlarmFact>, JournalError> {
    let banks: Vec<&str> = shared.config.banks().map(|bank| bank.name.as_str()).collect();
    let alarm = |file: Inbound| {
        let (id, party, name) = (&file.id, &file.party, &file.name);
        let Text { en, zh } = why_refused(journal, id)?;
        let what = text!("`{name}` of `{party}` could not be used: {en}", "无法使用 `{party}` 的 `{name}`：{zh}");
        let money = text!(
            "no money has moved because of it; what it says of money is not known here",
            "资金未因此划转；但其中所述资金情况此处不知"
        );
        let hint = text!(
            "`bankferry show {id}`; ask `{party}` for it again; then `bankferry refuse {id} --reason TEXT` ends this",
            "`bankferry show {id}`；请 `{party}` 重新提供；之后用 `bankferry refuse {id} --reason 文字` 结束"
        );
        Ok(AlarmFact::new(format!("{REFUSED}{id}"), party, what, money, hint).about(id))
    };
    journal.refused_of(&banks)?.into_iter().map(alarm).collect()
}

fn why_refused(journal: &SqliteJournal, id: &str) -> Result<Text, JournalError> {
    let first = journal.facts_of(id)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::Refused { findings, .. } => findings.into_iter().next().map(|finding| finding.message),
        _ => None,
    });
    Ok(first.unwrap_or_default())
}

/// Nothing proves any more that the journal's end was not cut off.
fn unsigned(shared: &Shared, journal: &SqliteJournal) -> Option<AlarmFact> {
    // Checkpoints that cannot be looked at stop their own work and are told there.
    let reports = || journal.reports(None, Date::MIN).unwrap_or_default();
    let what = inventory::unsigned(&shared.config, &shared.keys, reports, shared.clock.system_time()).ok().flatten()?;
    let money = text!(
        "no money has moved because of it; whoever can write the journal could cut off its end unseen",
        "资金未因此划转；但能改写日志者可截断其末尾而不被发现"
    );
    Some(AlarmFact::new("audit-key".into(), "", what, money, inventory::unsigned_hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_the_journal_is_told_although_the_newest_facts_bear_its_time() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        let mut seen = Incidents::default();
        for time in ["2026-11-28T10:00:00Z", "2026-11-28T10:00:05Z", "2026-11-28T07:00:00Z", "2026-11-28T07:00:01Z"] {
            seen.pass(at(time));
        }
        let alarm = clock(&seen, at("2026-11-28T07:10:00Z")).expect("an alarm");
        assert!(alarm.what.en.contains("written at 2026-11-28T10:00:05Z"), "{alarm:?}");
        assert!(clock(&seen, at("2026-11-28T09:58:00Z")).is_none(), "it came up with the journal");
        assert!(clock(&seen, at("2026-11-28T06:00:00Z")).is_some());
        seen.pass(at("2026-11-28T06:00:00Z"));
        let again = clock(&seen, at("2026-11-28T06:00:01Z")).expect("an alarm");
        assert!(again.what.en.contains("written at 2026-11-28T10:00:05Z"), "the furthest: {again:?}");
        let mut put_right = Incidents::default();
        ["2099-01-01T00:00:00Z", "2026-11-28T10:00:00Z"].iter().for_each(|time| put_right.pass(at(time)));
        assert!(clock(&put_right, at("2026-11-29T10:00:00Z")).is_some());
        assert!(clock(&put_right, at("2026-12-06T10:00:00Z")).is_none(), "it was the old time that was wrong");
    }
}
