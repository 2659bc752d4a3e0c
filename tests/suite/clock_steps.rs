//! A clock that steps between rounds, and days on which an hour is missing or comes twice.

use std::collections::BTreeSet;

use bankferry::cli::practice::Options;
use bankferry::journal::{Event, InboundState, Outbound, Purpose, Records};

use super::road::{Hour, World, all_booked, batch_at};

const HOUR: i64 = 3_600;

/// The bank's files of payments.
fn files(journal: &dyn Records) -> Vec<Outbound> {
    let mut files = journal.outbounds(&[]).expect("files");
    files.retain(|file| file.purpose == Purpose::Payments);
    files
}

#[test]
fn a_clock_that_steps_back_and_forward_sends_nothing_twice_and_loses_nothing() {
    let hour = Hour::of_today(10);
    let mut world = World::at(hour.clock(), &Options::default());
    // The keys are older than all that follows.
    hour.pass(36 * HOUR);
    world.start();
    // Back by an hour; over midnight, into the day before; forward by a day and more.
    for (at, step) in [0, -HOUR, -12 * HOUR, 26 * HOUR, -HOUR].into_iter().enumerate() {
        let id = format!("C-{at}");
        let csv = batch_at(world.clock.now(), &[("Alpha", &format!("1{at}.00"), &id)]);
        world.practice.drop_file(&format!("{at}.csv"), csv.as_bytes()).expect("a drop");
        world.until("its file is at the bank", |j| {
            let left = |file: &&Outbound| matches!(file.state.word(), "sent" | "answered");
            files(j).iter().filter(left).count() == at + 1
        });
        // What the bank has signed is read before the hour at which it did so is to come again: no signature of a
        // later hour is believed.
        let outbox = world.practice.bank.settings().files.join("outbox");
        world.until("what the bank has said is read", |j| {
            let lies_there = std::fs::read_dir(&outbox).expect("the bank's folder").count();
            lies_there == 0 && j.inbounds(&[InboundState::Received, InboundState::Opened]).expect("files").is_empty()
        });
        hour.pass(step);
    }
    // The practice bank's hours are by the same clock: it waits for the hour that comes again.
    hour.pass(2 * HOUR);
    world.until("all are booked", |j| all_booked(j, 5));
    world.stop();
    assert_eq!(world.received(), 5, "each once");
    let journal = world.journal();
    let sent = files(&journal);
    let unique = |key: fn(&Outbound) -> String| sent.iter().map(key).collect::<BTreeSet<_>>().len();
    let keys: [fn(&Outbound) -> String; 3] =
        [|f| f.id.clone(), |f| f.message_id.clone().unwrap_or_default(), |f| f.name.clone()];
    assert_eq!((sent.len(), keys.map(unique)), (5, [5; 3]));
    assert!(sent.iter().all(|file| file.attempt == 1), "{sent:?}");
    // What is on is told once, however the hour moves.
    let facts = journal.facts_after(0, 5_000).expect("facts");
    let mut raised: Vec<_> = facts
        .iter()
        .filter_map(|fact| match &fact.event {
            Event::Alarmed(alarm) => Some(alarm.key.clone()),
            _ => None,
        })
        .collect();
    let all = raised.len();
    raised.sort();
    raised.dedup();
    assert!(all <= raised.len() + 4, "an alarm flaps: {raised:?} in {all}");
    assert_eq!(journal.verify_chain(&mut |_| {}).expect("a chain").broken_at, None);
}
