//! The end of an alarm, in words: that it is over, and how it came to its end where that is known.

use super::keys;
use crate::journal::{AlarmRecord, Event, Fact, JournalError, Records};
use crate::route::PROGRAM;
use crate::text;
use crate::words::Text;

/// An alarm that is over, as its end is told: the danger and the advice of before would be read as new ones. `all` are
/// the alarms that are on or whose end is told now.
///
/// # Errors
/// [`JournalError`].
pub fn end_of(records: &dyn Records, all: &[AlarmRecord], alarm: &AlarmRecord) -> Result<AlarmRecord, JournalError> {
    let Text { en, zh } = &alarm.what;
    if let Some(nearer) = nearer(all, alarm) {
        let Text { en, zh } = &nearer.what;
        let what = text!("replaced by a nearer warning: {en}", "已由更紧迫的告警取代：{zh}");
        return Ok(AlarmRecord { what, money: nearer.money.clone(), hint: nearer.hint.clone(), ..alarm.clone() });
    }
    if alarm.key.starts_with("incident ") {
        // It is told for some hours and ends by itself: that says nothing of what became of it.
        let what = text!("no longer told: {en}", "不再提示：{zh}");
        let money = text!("the incident itself stays on record", "该异常仍保留在记录中");
        let hint = text!(
            "where nobody has looked into it yet: `bankferry list incidents`",
            "若尚无人处理：`bankferry list incidents`"
        );
        return Ok(AlarmRecord { what, money, hint, ..alarm.clone() });
    }
    let what = text!("over: {en}", "已解除：{zh}");
    let hint = text!("nothing more needs to be done about this alarm", "本告警无需再处理");
    Ok(AlarmRecord { what, money: how(records, alarm)?, hint, ..alarm.clone() })
}

/// The alarm that is on in its place: of the same key, nearer to its end.
fn nearer<'a>(all: &'a [AlarmRecord], alarm: &AlarmRecord) -> Option<&'a AlarmRecord> {
    let same = keys::all_of(&alarm.key)?;
    all.iter().find(|other| other.cleared_at.is_none() && keys::all_of(&other.key) == Some(same))
}

/// How it ended: what has become of that which it was about, and by whose word.
fn how(records: &dyn Records, alarm: &AlarmRecord) -> Result<Text, JournalError> {
    let subject = &alarm.subject;
    let state = match subject.as_bytes().first() {
        Some(b'O') => records.outbound(subject)?.map(|file| (file.state.word(), file.state.word_zh())),
        Some(b'B') => records.batch(subject)?.map(|batch| (batch.state.word(), batch.state.word_zh())),
        Some(b'I') => records.inbound(subject)?.map(|file| (file.state.word(), file.state.word_zh())),
        _ => None,
    };
    let Some((word, zh)) = state else {
        return Ok(text!("what it said is not so any more", "所述情况已不存在"));
    };
    let decided = records.facts_of(subject)?.into_iter().rev().find(|fact| ended_it(fact, alarm));
    Ok(match decided.map(|fact| fact.actor) {
        Some(who) => {
            text!("`{subject}` is `{word}` now, by the word of `{who}`", "`{subject}` 现为{zh}，由 `{who}` 处理")
        }
        None => text!("`{subject}` is `{word}` now", "`{subject}` 现为{zh}"),
    })
}

/// Whether a person's word since the alarm was raised may have ended it.
fn ended_it(fact: &Fact, alarm: &AlarmRecord) -> bool {
    let since = |at: &str| at.parse::<jiff::Timestamp>().ok();
    let is_decision = matches!(
        fact.event,
        Event::Released { .. }
            | Event::Refused { .. }
            | Event::Cancelled { .. }
            | Event::Resolved { .. }
            | Event::Admitted { .. }
            | Event::Recovered { .. }
            | Event::Freed { .. }
    );
    is_decision && fact.actor != PROGRAM && since(&fact.at) >= since(&alarm.raised_at)
}
