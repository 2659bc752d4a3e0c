//! The next attempt after one that left nothing at the bank is asked like the first one: time has gone by in between.

use std::path::PathBuf;

use bankferry::clock::Clock;
use bankferry::journal::{Event, Outbound, OutboundState, Records, WAITS_FOR_A_PERSON};

use crate::cli::house::House;

/// An approval that has lapsed by now.
const LAPSED: &str = "2026-11-23T11:00:00.000Z";
const CASE: &str = "I20261123-0001";
const TEMPORARY: &str = "WORKS-1.xml.tmp";

/// The file of a batch whose approval has lapsed, of which an attempt was begun.
fn begun(house: &mut House) -> String {
    let file = house.queued_under(1, |bound| bound.expires = LAPSED.into());
    put(house, TEMPORARY, "<Docu");
    house.state(CASE, &file, Event::Sending { attempt: 1, temporary: TEMPORARY.into() });
    file
}

fn folder(house: &House) -> PathBuf {
    house.root().join("outbox/acme/inbox")
}

#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn put(house: &House, name: &str, content: &str) {
    std::fs::write(folder(house).join(name), content).unwrap();
}

fn at_bank(house: &House) -> Vec<String> {
    super::crash::site::names(&folder(house))
}

fn file_of(house: &House, id: &str) -> Outbound {
    house.journal.outbound(id).unwrap().unwrap()
}

#[test]
fn an_approval_that_lapsed_since_the_first_attempt_stops_the_next_one() {
    let mut house = House::new("production");
    let id = begun(&mut house);
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!((file.state, file.attempt), (OutboundState::Queued, 1));
    assert!(file.evidence.unwrap().contains("the approval has expired"));
    assert_eq!(at_bank(&house), Vec::<String>::new(), "what the attempt left is removed");
    house.ends(0, &["release", &id, "--as", "ben", "--reason", "still right"]);
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!((file.state, file.attempt), (OutboundState::Sent, 2));
}

#[test]
fn a_file_whose_attempt_left_nothing_at_the_bank_can_be_taken_back() {
    let mut house = House::new("production");
    let id = begun(&mut house);
    house.run(&["once"]);
    let said = house.ends(0, &["cancel", &id, "--as", "otto", "--reason", "ordered by mistake"]);
    assert!(said.all().contains("no money has moved"), "{}", said.all());
    house.run(&["once"]);
    assert_eq!((file_of(&house, &id).state, at_bank(&house)), (OutboundState::Cancelled, Vec::new()));
}

#[test]
fn an_approval_that_lapsed_behind_the_upload_keeps_the_file_from_its_final_name() {
    let mut house = House::new("production");
    house.run(&["once"]);
    let id = begun(&mut house);
    put(&house, TEMPORARY, "<Document/>");
    house.state(CASE, &id, Event::Publishing { size: 11 });
    // What leaves is marked beside the archive, or this would be a second copy.
    bankferry::route::fence::mark(&house.root().join("archive"), &house.journal).unwrap();
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!(file.state, OutboundState::Publishing);
    assert!(file.evidence.as_deref().unwrap().contains("the approval has expired"), "{file:?}");
    assert_eq!(at_bank(&house), [TEMPORARY]);
    house.ends(0, &["release", &id, "--as", "ben", "--reason", "still right"]);
    house.run(&["once"]);
    assert_eq!((file_of(&house, &id).state, at_bank(&house)), (OutboundState::Sent, vec![file.name]));
}

#[test]
fn a_configuration_that_waits_for_its_officers_stops_the_next_attempt() {
    let mut house = House::with("production", "[security]\nconfig_needs_officers = true\n");
    let id = house.queued(1);
    house.state(CASE, &id, Event::Sending { attempt: 1, temporary: TEMPORARY.into() });
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!((file.state, file.attempt), (OutboundState::Queued, 1));
}

#[test]
fn a_payment_that_a_statement_books_between_two_attempts_is_not_sent() {
    booked_between_two_attempts(true);
}

#[test]
fn a_payment_that_a_statement_books_is_not_sent_where_its_bank_cannot_be_looked_at() {
    booked_between_two_attempts(false);
}

#[allow(clippy::disallowed_methods, reason = "a test moves what it likes")]
fn booked_between_two_attempts(reachable: bool) {
    let mut house = super::elsewhere::in_line();
    // An attempt that failed, at a bank that is not asked again before the statement is read.
    super::elsewhere::of_file(&house, Event::Sending { attempt: 1, temporary: "x.tmp".into() });
    super::elsewhere::postponed(&house);
    let shown = super::doubtful::statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0;
    super::corrections::give(&mut house, "one.xml", &shown);
    let (outbox, away) = (house.root.join("outbox/bank"), house.root.join("outbox/away"));
    if !reachable {
        std::fs::rename(&outbox, &away).unwrap();
    }
    super::elsewhere::of_file(&house, Event::Recovered { reason: "it is back".into(), reason_zh: "已恢复".into() });
    super::elsewhere::rounds(&mut house);
    if !reachable {
        std::fs::rename(&away, &outbox).unwrap();
        super::elsewhere::rounds(&mut house);
    }
    let file = super::elsewhere::sent_to_bank(&house).remove(0);
    assert_eq!((file.state, file.retry_at.as_deref()), (OutboundState::Queued, Some(WAITS_FOR_A_PERSON)));
    assert_eq!(super::elsewhere::at_bank(&house), 0);
    let shown = house.ends(0, &["show", &file.case]);
    assert!(shown.contains("the attempt to send it left nothing there"), "{shown}");
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains(&format!("bankferry resolve {} --sent", file.id)), "{shown}");
}

#[test]
fn a_file_that_was_being_sent_when_its_copy_was_fenced_is_unknown() {
    let mut house = House::new("production");
    house.run(&["once"]);
    let id = begun(&mut house);
    let fenced = Event::Fenced { epoch: 2, what: "a restored copy".into(), what_zh: "恢复的副本".into() };
    house.state("", "installation", fenced);
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!(file.state, OutboundState::Unknown);
    assert!(file.evidence.as_deref().unwrap().contains("was being sent when this became a second copy"), "{file:?}");
    for name in ["anna", "ben"] {
        house.ends(0, &["unfence", "--as", name, "--reason", "the other one is gone"]);
    }
    house.ends(1, &["release", &id, "--as", "otto", "--reason", "go"]);
    house.run(&["once"]);
    assert_eq!((file_of(&house, &id).state, at_bank(&house).len()), (OutboundState::Unknown, 1));
}

#[test]
fn a_file_that_waited_for_a_person_already_says_in_a_second_copy_that_the_other_may_have_sent_it() {
    let mut house = House::new("production");
    house.run(&["once"]);
    let id = house.queued(1);
    let error = "no table".to_string();
    house.state(CASE, &id, Event::Failed { error, error_zh: "没有日历".into(), retry_at: None });
    let fenced = Event::Fenced { epoch: 2, what: "a restored copy".into(), what_zh: "恢复的副本".into() };
    house.state("", "installation", fenced);
    house.run(&["once"]);
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("the other one may have sent `WORKS-1.xml`"), "{status}");
}

#[test]
fn a_file_whose_bank_could_not_be_reached_is_in_line_and_can_be_taken_back() {
    let mut house = House::new("production");
    let id = house.queued(1);
    std::fs::remove_dir_all(house.root().join("outbox/acme")).unwrap();
    house.run(&["once"]);
    let file = file_of(&house, &id);
    assert_eq!((file.state, file.attempt), (OutboundState::Queued, 1));
    house.ends(0, &["cancel", &id, "--as", "otto", "--reason", "paid by hand meanwhile"]);
}

#[test]
fn a_party_out_of_reach_for_hours_is_an_alarm_in_both_languages() {
    let mut house = House::new("test");
    let error = "no route to host".to_string();
    let later = bankferry::journal::moment(Clock::system().now() + jiff::SignedDuration::from_mins(10));
    house.state("", "acme", Event::Failed { error, error_zh: "无法到达主机".into(), retry_at: Some(later) });
    house.run(&["once"]);
    let alarms = bankferry::journal::Oversight::alarms(&house.journal, false).unwrap();
    let told = alarms.iter().find(|alarm| alarm.key == "contact acme").unwrap_or_else(|| panic!("{alarms:?}"));
    assert!(told.what.en.contains("could not be reached for more than 3 hours: no route to host"), "{told:?}");
    assert!(told.what.zh.contains("无法到达主机") && !told.what.zh.contains("route"), "{told:?}");
}
