//! What is overdue, and disks without room, are told as alarms: once, again when it is over, further when it is old.

use std::path::PathBuf;

use bankferry::cli::practice::Options;
use bankferry::journal::{AlarmRecord, BatchState, Event, Journal, NewFact, Oversight, Records, Rows, SqliteJournal};
use serde_json::Value;

use super::with_routes;
use crate::road::{Hour, World, all_booked, batch};

/// Routes that write what they are told: one at once, one when an alarm is two hours old.
fn listen(world: &World) -> [PathBuf; 2] {
    let dir = world.root().parent().expect("a folder").to_path_buf();
    let heard = ["desk", "chief"].map(|name| dir.join(name));
    let route = |at: usize, hours: u32| {
        let (name, file) = (["desk", "chief"][at], heard[at].display());
        format!(
            "\n[[alarms.route]]\nname = \"{name}\"\nafter_hours = {hours}\nreports = false\n\
             command = [\"/bin/sh\", \"-c\", \"cat >> $0; echo >> $0\", \"{file}\"]\n"
        )
    };
    with_routes(world, &(route(0, 0) + &route(1, 2)));
    heard
}

fn told(file: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn words(file: &PathBuf) -> Vec<(String, String)> {
    let word = |value: &Value, name: &str| value[name].as_str().expect("a word").to_string();
    told(file).iter().map(|value| (word(value, "event"), word(value, "key"))).collect()
}

/// The alarm of this key, if it is on or over.
fn alarm(journal: &SqliteJournal, key: &str) -> Option<AlarmRecord> {
    journal.alarms(true).expect("alarms").into_iter().find(|alarm| alarm.key.starts_with(key))
}

/// Whether so many routes were told of it, and whether of its end.
fn was_told(journal: &SqliteJournal, key: &str, routes: usize, over: bool) -> bool {
    let count = |alarm: AlarmRecord| {
        alarm.told.iter().filter(|t| t.told_at.is_some() && t.over_told_at.is_some() == over).count()
    };
    alarm(journal, key).map(count) == Some(routes)
}

#[test]
fn an_answer_that_is_overdue_is_told_once_escalated_and_over_when_it_comes() {
    let (hour, settings) = (Hour::of_today(6), include_str!("../../../src/cli/demo/bank.toml"));
    let settings = settings.replacen("statement-after = 1", "answer-after = 36000\nstatement-after = 80000", 1);
    let bank = "answers = { received_within = \"2h\" }".to_string();
    let mut world = World::at(hour.clock(), &Options { bank, settings: Some(settings), ..Options::default() });
    let [desk, chief] = listen(&world);
    world.start();
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "O-1")]).as_bytes()).expect("a drop");
    world.until("the bank has it", |j| j.payment_states(&Default::default()).expect("states").contains_key("sent"));
    hour.pass(2 * 3_600 + 60);
    let key = "overdue answer-missing practice-bank O";
    world.until("it is told", |j| was_told(j, key, 1, false));
    assert_eq!(words(&chief), [], "nobody else yet");
    hour.pass(2 * 3_600);
    world.until("it is escalated", |j| was_told(j, key, 2, false));
    hour.pass(9 * 3_600);
    world.until("the answer is here", |j| {
        j.payment_states(&Default::default()).expect("states").contains_key("accepted")
    });
    hour.pass(120);
    world.until("its end is told", |j| was_told(j, key, 2, true));
    world.stop();
    for heard in [&desk, &chief] {
        let events: Vec<String> = words(heard).into_iter().map(|(event, _)| event).collect();
        assert_eq!(events, ["raised", "cleared"]);
    }
    let first = &told(&desk)[0];
    assert!(first["what"].as_str().expect("a word").contains("has not answered file"), "{first}");
    assert!(first["money"].as_str().expect("a word").contains("only it can say"), "{first}");
    assert!(first["hint"].as_str().expect("a word").contains("never send it again"), "{first}");
}

#[test]
fn a_batch_is_told_before_its_cut_off_and_after_it_was_missed() {
    let hour = Hour::of_today(10);
    let bank = "calendar = { cut_off = \"10:20\" }".to_string();
    let mut world = World::at(hour.clock(), &Options { bank, ..Options::default() });
    let [desk, _] = listen(&world);
    world.start();
    world.practice.drop_file("big.csv", batch(&[("Alpha", "6000.00", "C-1")]).as_bytes()).expect("a drop");
    world.until("it is held", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    hour.pass(60);
    world.until("it is told", |j| was_told(j, "overdue cut-off-near", 1, false));
    hour.pass(20 * 60);
    world.until("that it is missed is told", |j| was_told(j, "overdue cut-off-missed", 1, false));
    world.until("the warning is over", |j| was_told(j, "overdue cut-off-near", 1, true));
    let held = world.journal().batches(&[BatchState::Held]).expect("batches").remove(0);
    let event = Event::Released { digest: held.totals.digest.clone(), reason: "seen".into(), bound: None };
    let fact = NewFact { actor: "anna".into(), case: held.inbound.clone(), subject: held.id.clone(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a release");
    hour.pass(60);
    world.until("it is over", |j| was_told(j, "overdue cut-off-missed", 1, true));
    world.stop();
    let what: Vec<Value> = told(&desk).iter().map(|value| value["what"].clone()).collect();
    assert!(what[0].as_str().expect("a word").contains("takes files only until 10:20 today"), "{what:?}");
    assert_eq!(what.len(), 4, "each once: {what:?}");
}

#[test]
fn a_statement_that_lies_at_the_bank_is_fetched_before_anything_is_called_overdue() {
    let (hour, settings) = (Hour::of_today(6), include_str!("../../../src/cli/demo/bank.toml"));
    let settings = settings.replacen("statement-after = 1", "statement-after = 600", 1);
    let bank = "statements = { by = \"08:00\" }".to_string();
    let mut world = World::at(hour.clock(), &Options { bank, settings: Some(settings), ..Options::default() });
    let [desk, _] = listen(&world);
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "S-1")]).as_bytes()).expect("a drop");
    world.until("it is answered", |j| j.payment_states(&Default::default()).expect("states").contains_key("accepted"));
    world.stop();
    hour.pass(700);
    world.practice.tick(world.clock.now());
    hour.pass(86_400 + 3 * 3_600);
    world.start();
    world.until("it is fetched", |j| all_booked(j, 1));
    assert!(alarm(&world.journal(), "overdue").is_none());
    hour.pass(86_400);
    world.until("the next day's is missing", |j| was_told(j, "overdue statement-missing", 1, false));
    world.stop();
    let keys = words(&desk);
    assert_eq!(keys.len(), 1, "what lay at the bank was not missing: {keys:?}");
}

#[test]
fn a_disk_without_room_is_told_nearly_full_then_full_then_over() {
    let mut world = World::new(&Options::default());
    let [desk, _] = listen(&world);
    let path = world.root().join("bankferry.toml");
    let base = std::fs::read_to_string(path).expect("a configuration");
    let mut begin = |floor: &str, key: &str, over: bool| {
        let config = base.clone() + floor;
        bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
        world.start();
        world.until("it is told", |j| was_told(j, key, 1, over));
        world.stop();
    };
    begin("[alarms.disk]\nlow_mib = 1000000000000\nfull_mib = 0\n", "disk-low", false);
    begin("[alarms.disk]\nlow_mib = 1\nlow_percent = 0\nfull_mib = 1000000000000\n", "disk-full", false);
    begin("[alarms.disk]\nlow_mib = 0\nlow_percent = 0\nfull_mib = 0\n", "disk-full", true);
    let events: Vec<String> = words(&desk).iter().map(|(event, key)| format!("{event} {}", &key[..8])).collect();
    let mut wanted = ["raised disk-low", "raised disk-ful", "cleared disk-low", "cleared disk-ful"];
    let mut heard = events.clone();
    heard.sort();
    wanted.sort();
    assert_eq!(heard, wanted, "{events:?}");
    let full = told(&desk).into_iter().find(|v| v["key"].as_str().is_some_and(|k| k.starts_with("disk-full")));
    let full = full.expect("an alarm");
    assert!(full["money"].as_str().expect("a word").contains("nothing more can be taken or sent"), "{full}");
}
