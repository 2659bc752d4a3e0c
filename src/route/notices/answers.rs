//! Answers that a bank owes by now.

use jiff::{SignedDuration, Timestamp};

use super::Notice;
use crate::calendar::Hour;
use crate::config::{Config, Party};
use crate::document::parse_date;
use crate::journal::{Event, JournalError, Outbound, OutboundState, PaymentFilter, PaymentState, Purpose, Records};
use crate::route::in_flight;
use crate::template::AnswersDue;
use crate::text;
use crate::words::Text;

/// Days after which a file that was never answered is a matter for reconciliation, not for an alarm.
const DAYS_BACK: i64 = 40;
/// States of payments about which a bank has said nothing.
const OPEN_BEFORE: [PaymentState; 2] = [PaymentState::Sent, PaymentState::Unknown];
/// States of payments that a bank has not carried out or refused.
const OPEN_THEN: [PaymentState; 3] = [PaymentState::Sent, PaymentState::Unknown, PaymentState::Accepted];

pub(super) fn look(
    config: &Config,
    records: &dyn Records,
    now: Timestamp,
    notices: &mut Vec<Notice>,
) -> Result<(), JournalError> {
    if config.parties.iter().all(|p| p.template.answers == AnswersDue::default()) {
        return Ok(());
    }
    let since = now.saturating_sub(SignedDuration::from_hours(24 * DAYS_BACK)).unwrap_or(Timestamp::MIN);
    let states = [OutboundState::Sent, OutboundState::Unconfirmed, OutboundState::Answered];
    for file in records.outbounds(&states)?.iter().filter(|f| f.purpose == Purpose::Payments) {
        let Some(bank) = config.party(&file.party) else { continue };
        let numbered = file.id.get(1..9).and_then(parse_date);
        if bank.template.answers == AnswersDue::default() || numbered.is_some_and(|day| day < bank.window.day(since)) {
            continue;
        }
        about(records, bank, file, now, notices)?;
    }
    Ok(())
}

fn about(
    records: &dyn Records,
    bank: &Party,
    file: &Outbound,
    now: Timestamp,
    notices: &mut Vec<Notice>,
) -> Result<(), JournalError> {
    let due = &bank.template.answers;
    let behind = behind(records, bank, file, now)?;
    let Some(sent) = sent_at(records, file)? else { return Ok(()) };
    if let Some(within) = due.received_within.filter(|_| file.state != OutboundState::Answered) {
        let at = sent.saturating_add(within.0).unwrap_or(Timestamp::MAX);
        // What a statement has shown needs no answer any more.
        if at < now && count(records, file, &OPEN_BEFORE)? > 0 {
            let (id, party) = (&file.id, &bank.name);
            let what = match file.resends {
                0 => text!("`{party}` has not answered file `{id}` at all", "`{party}` 对文件 `{id}` 毫无应答"),
                _ => text!(
                    "`{party}` has not answered file `{id}` since it was sent once more",
                    "自重发以来，`{party}` 对文件 `{id}` 尚无应答"
                ),
            };
            notices.push(notice("answer-missing", bank, file, at, both(what, &behind)));
        }
    }
    let levels: [(&'static str, Option<Hour>, &[PaymentState]); 2] =
        [("acceptance-missing", due.accepted_by, &OPEN_BEFORE), ("execution-missing", due.executed_by, &OPEN_THEN)];
    for (kind, hour, open) in levels {
        let Some(at) = hour.and_then(|hour| bank.window.deadline(sent, hour).ok()).filter(|at| *at < now) else {
            continue;
        };
        let count = count(records, file, open)?;
        if count > 0 {
            let (id, party) = (&file.id, &bank.name);
            let what = match kind {
                "acceptance-missing" => text!(
                    "`{party}` has neither taken on nor refused {count} payments of `{id}`",
                    "`{party}` 对 `{id}` 中 {count} 笔付款既未受理也未拒绝"
                ),
                _ => text!(
                    "`{party}` has neither carried out nor refused {count} payments of `{id}`",
                    "`{party}` 对 `{id}` 中 {count} 笔付款既未执行也未拒绝"
                ),
            };
            notices.push(notice(kind, bank, file, at, both(what, &behind)));
        }
    }
    Ok(())
}

/// Which files wait for the answer to this one, at a bank that takes one at a time; empty where none does.
fn behind(records: &dyn Records, bank: &Party, file: &Outbound, now: Timestamp) -> Result<Text, JournalError> {
    if in_flight::ahead(records, bank, now)?.is_none_or(|ahead| ahead.id != file.id) {
        return Ok(Text::default());
    }
    let ids: Vec<String> = in_flight::behind(records, bank)?.into_iter().map(|file| file.id).collect();
    let (count, ids) = (ids.len(), ids.join(", "));
    Ok(match count {
        0 => Text::default(),
        _ => text!("; {count} files wait behind it: {ids}", "；其后有 {count} 个文件等待：{ids}"),
    })
}

fn both(what: Text, more: &Text) -> Text {
    Text { en: what.en + &more.en, zh: what.zh + &more.zh }
}

/// Payments of a file in one of these states.
fn count(records: &dyn Records, file: &Outbound, open: &[PaymentState]) -> Result<u64, JournalError> {
    let filter = PaymentFilter { outbound: Some(file.id.clone()), ..PaymentFilter::default() };
    let states = records.payment_states(&filter)?;
    Ok(open.iter().filter_map(|state| states.get(state.word())).sum())
}

fn notice(kind: &'static str, bank: &Party, file: &Outbound, due: Timestamp, what: Text) -> Notice {
    let (party, name) = (&bank.name, &file.name);
    let in_doubt = file.state == OutboundState::Unconfirmed;
    Notice {
        kind,
        party: bank.name.clone(),
        subject: file.id.clone(),
        due,
        what,
        money: match in_doubt {
            true => text!(
                "nobody saw the bank take the file: whether it has it, and whether money has moved, only it can say",
                "无人证实银行已取走文件：是否收到、资金是否已动，只有银行能确认"
            ),
            false => text!(
                "the bank has the file; whether money has moved only it can say",
                "文件已在银行；资金是否已动只有银行能确认"
            ),
        },
        hint: text!("ask `{party}` about `{name}`; never send it again", "请向 `{party}` 查询 `{name}`；切勿重发"),
    }
}

/// When the file left, the last time that people had it sent.
fn sent_at(records: &dyn Records, file: &Outbound) -> Result<Option<Timestamp>, JournalError> {
    let facts = records.facts_of(&file.id)?;
    let left = |event: &Event| matches!(event, Event::Sent(_) | Event::Unconfirmed(_) | Event::Publishing { .. });
    let resent = facts.iter().rposition(|f| matches!(f.event, Event::Resent { .. })).unwrap_or(0);
    Ok(facts[resent..].iter().find(|f| left(&f.event)).and_then(|f| f.at.parse().ok()))
}
