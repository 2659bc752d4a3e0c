//! What went wrong elsewhere, each case by its name: servers that say one thing and do another, permissions that are
//! missing at one step, keys that change under way.

use std::time::{Duration, Instant};

use bankferry::cli::practice::Options;
use bankferry::journal::{Event, Journal, NewFact, Outbound, OutboundState, Records, Rows, SqliteJournal};
use bankferry::sandbox::server::{Fault, Operation, Refusal, What};

use super::road::{Hour, World, all_booked, batch};

/// An installation whose batches need no second person, and a batch of one payment on its way.
fn on_its_way(fault: Fault, hour: &Hour) -> World {
    let mut world = World::new(&Options::default());
    world.clock = hour.clock();
    world.start();
    world.practice.server.inject(fault);
    world.practice.drop_file("batch.csv", batch(&[("Alpha", "10.00", "L-1")]).as_bytes()).expect("a drop");
    world
}

fn payments_file(journal: &SqliteJournal) -> Option<Outbound> {
    journal.outbounds(&[]).expect("files").into_iter().find(|file| file.party == "practice-bank")
}

fn has_failed(journal: &SqliteJournal) -> bool {
    let facts = journal.facts_after(0, 500).expect("facts");
    facts.iter().any(|fact| matches!(fact.event, Event::Failed { .. }))
}

/// Lets it fail, and makes sure that nothing is called sent meanwhile.
fn fails_and_is_not_called_sent(world: &mut World) -> Outbound {
    world.until("the failure is said", has_failed);
    let started = Instant::now();
    world.until("the daemon went on for a while", |_| started.elapsed() > Duration::from_millis(300));
    let file = payments_file(&world.journal()).expect("a file");
    assert!(!matches!(file.state, OutboundState::Sent | OutboundState::Answered), "{file:?}");
    let facts = world.journal().facts_of(&file.id).expect("facts");
    assert!(!facts.iter().any(|f| matches!(f.event, Event::Sent { .. })), "{facts:?}");
    file
}

/// The server works again: the file arrives, and once.
fn arrives_once_when_healed(mut world: World, hour: &Hour) {
    world.practice.server.heal();
    hour.pass(60);
    world.until("the payment is booked", |j| all_booked(j, 1));
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn the_server_answers_well_and_the_file_is_absent() {
    let hour = Hour::default();
    let mut world = on_its_way(Fault::on(Operation::PosixRename, What::Pretend), &hour);
    let file = fails_and_is_not_called_sent(&mut world);
    assert_eq!(file.state, OutboundState::Publishing);
    let facts = world.journal().facts_of(&file.id).expect("facts");
    let said = facts.iter().any(|f| matches!(&f.event, Event::Failed { error, .. } if error.contains("confirmed")));
    assert!(said, "{facts:?}");
    arrives_once_when_healed(world, &hour);
}

#[test]
fn the_server_answers_well_and_kept_no_byte() {
    let hour = Hour::default();
    let mut world = on_its_way(Fault::on(Operation::Write, What::Pretend), &hour);
    let file = fails_and_is_not_called_sent(&mut world);
    assert_ne!(file.state, OutboundState::Publishing, "a file of another size is never published");
    arrives_once_when_healed(world, &hour);
}

#[test]
fn permission_denied_at_open_at_close_and_at_rename() {
    for operation in [Operation::Open, Operation::Close, Operation::PosixRename] {
        let hour = Hour::default();
        let mut world = on_its_way(Fault::on(operation, What::Refuse(Refusal::Denied)), &hour);
        let file = fails_and_is_not_called_sent(&mut world);
        // Rights do not come back by themselves: it waits until a person says that they are there.
        world.practice.server.heal();
        let event = Event::Recovered { reason: "the bank gave us the right".into() };
        let fact = NewFact { actor: "anna".into(), case: file.case.clone(), subject: file.id.clone(), event };
        world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
        arrives_once_when_healed(world, &hour);
    }
}
