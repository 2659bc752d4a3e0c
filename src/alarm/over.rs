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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::journal::{Arrival, Journal, Kept, NewFact, Rows, SqliteJournal};

    const RAISED: &str = "2026-11-23T10:00:00Z";

    fn journal() -> (tempfile::TempDir, SqliteJournal) {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = SqliteJournal::open(&dir.path().join("journal.db")).expect("a journal");
        (dir, journal)
    }

    fn alarm(key: &str, what: &str, over: bool) -> AlarmRecord {
        let at: Timestamp = RAISED.parse().expect("a moment");
        let what = Text { en: what.into(), zh: what.into() };
        let cleared_at = over.then(|| "2026-11-23T12:00:00Z".to_string());
        AlarmRecord { key: key.into(), what, cleared_at, ..crate::alarm::test_alarm(at) }
    }

    #[test]
    fn a_warning_that_a_nearer_one_replaces_is_not_over() {
        let (_dir, journal) = journal();
        let [far, near] = [alarm("key AB 90", "88 days", true), alarm("key AB 30", "28 days", false)];
        let other = alarm("key CD 30", "another", false);
        let told = end_of(&journal, &[other.clone(), far.clone(), near], &far).expect("an end");
        assert_eq!(told.what.en, "replaced by a nearer warning: 28 days");
        let told = end_of(&journal, &[other, far.clone()], &far).expect("an end");
        assert_eq!(told.what.zh, "已解除：88 days");
    }

    #[test]
    fn an_incident_ends_by_itself_and_is_not_said_to_be_dealt_with() {
        let (_dir, journal) = journal();
        let told = end_of(&journal, &[], &alarm("incident 7", "money has moved", true)).expect("an end");
        assert!(told.what.en.starts_with("no longer told") && told.hint.en.contains("list incidents"), "{told:?}");
    }

    #[test]
    fn the_end_of_what_a_person_decided_names_that_person_and_what_became_of_it() {
        let (_dir, mut journal) = journal();
        let id = "I20261123-0001";
        let kept = Kept { sha256: format!("{:0>64}", "1"), size: 7, path: "x".into() };
        let arrival = Arrival {
            party: "erp".into(),
            folder: String::new(),
            name: "one.csv".into(),
            claim: id.into(),
            lies_at: id.into(),
            kept,
            side: Default::default(),
            stays: false,
            owner: None,
        };
        let refused = Event::Refused { findings: Vec::new(), reason: Some("sent twice".into()) };
        for (actor, event) in [(PROGRAM, Event::Received(arrival)), ("anna", refused)] {
            let fact = NewFact { actor: actor.into(), case: id.into(), subject: id.into(), event };
            let at = "2026-11-23T11:00:00Z".parse().expect("a moment");
            journal.append(at, vec![(fact, Rows::None)]).expect("a fact");
        }
        let on = AlarmRecord { subject: id.into(), ..alarm("file I20261123-0001", "it waits for a person", true) };
        let told = end_of(&journal, &[], &on).expect("an end");
        assert_eq!(told.money.en, format!("`{id}` is `refused` now, by the word of `anna`"));
        assert_eq!(told.hint.en, "nothing more needs to be done about this alarm");
    }
}
