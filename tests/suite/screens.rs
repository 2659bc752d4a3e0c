//! What alarms and `status` say of incidents, of folders with slow writers, of keys for auditors, of the memory.

use bankferry::clock::Clock;
use bankferry::journal::{AlarmRecord, Event, IncidentKind, Journal, NewFact, Oversight, Rows};
use bankferry::seal::Keys;

use crate::cli::house::House;

fn on(house: &House) -> Vec<AlarmRecord> {
    let alarms = house.journal.alarms(false).unwrap();
    alarms.into_iter().filter(|alarm| alarm.cleared_at.is_none()).collect()
}

/// An incident of now.
fn happens(house: &mut House, subject: &str, what: &str, kind: IncidentKind) {
    let event = Event::Incident { what: what.into(), what_zh: format!("异常 {what}"), kind };
    let fact = NewFact { actor: "bankferry".into(), case: String::new(), subject: subject.into(), event };
    house.journal.append(Clock::system().now(), vec![(fact, Rows::None)]).unwrap();
}

#[test]
fn incidents_by_which_money_has_moved_stand_first_and_the_others_are_counted_with_where_they_are() {
    let mut house = House::new("test");
    happens(&mut house, "acme", "money has left", IncidentKind::Booking);
    for number in 0..7 {
        happens(&mut house, "erp", &format!("folder {number}"), IncidentKind::Folder);
    }
    let status = house.ends(0, &["status"]).out;
    let shown: Vec<&str> = status.lines().skip_while(|line| !line.starts_with("INCIDENTS")).skip(1).take(6).collect();
    assert!(shown[0].contains("money has left") && shown[1].contains("folder 6"), "{shown:?}");
    assert!(shown[5].contains("and 3 more: `bankferry list incidents`"), "{shown:?}");
    assert!(house.ends(0, &["status", "--lang", "zh"]).out.contains("另有 3 起"));
    let listed = house.ends(0, &["list", "incidents", "--json"]).lines();
    assert_eq!(listed.len(), 8);
    assert_eq!((&listed[0]["party"], &listed[7]["party"]), (&"erp".into(), &"acme".into()), "the newest first");
    assert!(listed[7]["money"]["en"].as_str().unwrap().contains("money HAS moved"), "{}", listed[7]);
    let of_bank = house.ends(0, &["list", "incidents", "--party", "acme", "--json"]).json();
    assert_eq!(of_bank["what"]["en"], "incident: money has left");
    assert!(house.ends(0, &["list", "incidents", "--lang", "zh"]).out.contains("资金"));
    assert!(house.ends(0, &["list", "incidents", "--limit", "2"]).err.contains("only the newest 2"));
}

#[test]
fn a_slow_writer_is_no_alarm_any_more_once_its_file_was_taken() {
    let mut house = House::new("test");
    let what = "claiming `/x/inbox/erp/slow.csv` failed: somebody is writing it";
    happens(&mut house, "erp", what, IncidentKind::Folder);
    house.run(&["once"]);
    let is_on = |house: &House| on(house).iter().any(|alarm| alarm.what.en.contains("slow.csv"));
    assert!(is_on(&house), "{:?}", on(&house));
    house.arrives("I20261123-0001", "erp", "slow.csv");
    house.run(&["once"]);
    assert!(!is_on(&house), "{:?}", on(&house));
}

#[test]
fn an_audit_key_that_is_gone_is_an_alarm_until_there_is_one_again() {
    let house = House::new("test");
    let is_on = |house: &House| on(house).iter().filter(|alarm| alarm.key == "audit-key").count();
    house.run(&["once"]);
    assert_eq!(is_on(&house), 0, "nothing was ever signed");
    house.ends(0, &["keys", "generate", "audit"]);
    house.run(&["once"]);
    let now = Clock::system().system_time();
    let mut keys = Keys::open(&house.root().join("state/keys")).unwrap();
    let own = keys.list(now).into_iter().find(|key| key.state.is_usable()).unwrap();
    keys.retire(&own.fingerprint, now).unwrap();
    for _ in 0..2 {
        house.run(&["once"]);
        assert_eq!(is_on(&house), 1, "{:?}", on(&house));
    }
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("no audit key can be used any more"), "{status}");
    assert!(house.ends(0, &["status", "--lang", "zh"]).out.contains("已没有可用的审计密钥"));
    assert!(house.run(&["check"]).err.contains("there is no usable audit key"));
    house.ends(0, &["keys", "generate", "audit"]);
    house.run(&["once"]);
    assert_eq!(is_on(&house), 0, "{:?}", on(&house));
}

#[test]
fn the_duplicate_memory_says_since_when_a_young_journal_remembers() {
    let mut house = House::new("test");
    house.queued(1);
    let status = house.ends(0, &["status"]).out;
    let line = status.lines().find(|line| line.starts_with("months of duplicate memory: erp 13")).unwrap();
    assert!(line.contains("the journal remembers nothing before 2026-11-23"), "{line}");
    let shown = house.ends(0, &["status", "--json"]).json();
    let erp = shown["parties"].as_array().unwrap().iter().find(|party| party["name"] == "erp").unwrap();
    assert_eq!(erp["remembers_since"], "2026-11-23");
}
