//! When a route is told of an alarm.

use super::*;
use crate::config::AlarmRoute;

fn route(after_hours: u32) -> AlarmRoute {
    AlarmRoute { name: "r".into(), after_hours, reports: None, webhook: None, command: vec!["true".into()], mail: None }
}

fn alarm(told: Option<Telling>, cleared: bool) -> AlarmRecord {
    let raised: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a moment");
    let cleared_at = cleared.then(|| "2026-11-23T12:00:00Z".to_string());
    AlarmRecord { told: told.into_iter().collect(), cleared_at, ..test_alarm(raised) }
}

fn telling() -> Telling {
    Telling { route: "r".into(), told_at: None, over_told_at: None, failures: 0, retry_at: None, note: None }
}

#[test]
fn an_alarm_is_told_once_escalated_when_old_and_its_end_to_those_who_heard_of_it() {
    let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
    let soon = at("2026-11-23T10:00:05Z");
    assert!(is_due(&alarm(None, false), &route(0), soon));
    assert!(!is_due(&alarm(None, false), &route(4), soon), "not old yet");
    assert!(is_due(&alarm(None, false), &route(4), at("2026-11-23T14:00:00Z")), "escalated");
    let told = Telling { told_at: Some("2026-11-23T10:00:05Z".into()), ..telling() };
    assert!(!is_due(&alarm(Some(told.clone()), false), &route(0), at("2026-11-24T10:00:00Z")), "once");
    assert!(is_due(&alarm(Some(told.clone()), true), &route(0), soon), "its end");
    assert!(!is_due(&alarm(None, true), &route(0), soon), "who never heard of it does not hear that it is over");
    let over = Telling { over_told_at: Some("2026-11-23T12:00:05Z".into()), ..told };
    assert!(!is_due(&alarm(Some(over), true), &route(0), at("2026-11-24T10:00:00Z")));
    let waits = Telling { failures: 1, retry_at: Some("2026-11-23T10:01:00Z".into()), ..telling() };
    assert!(!is_due(&alarm(Some(waits.clone()), false), &route(0), soon), "backs off");
    assert!(is_due(&alarm(Some(waits), false), &route(0), at("2026-11-23T10:01:00Z")));
}
