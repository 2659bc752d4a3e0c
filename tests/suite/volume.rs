//! Many small batches at once: every one reaches the bank, none twice.

use std::collections::{BTreeMap, BTreeSet};

use bankferry::cli::practice::Options;
use bankferry::journal::{OutboundState, Purpose, Records};

use super::road::{World, batch};

#[test]
fn many_batches_that_are_dropped_at_once_are_each_sent_once() {
    carry(80);
}

/// `cargo test -- --ignored` runs it: a minute in a build without optimisation.
#[test]
#[ignore = "takes long"]
fn hundreds_of_batches_that_are_dropped_at_once_are_each_sent_once() {
    carry(200);
}

/// More than one thread is given at a time, so that some must wait for their turn.
fn carry(batches: usize) {
    // All of them have the same sums from the same account, on purpose.
    let mut world = World::new(&Options { erp: "duplicates = { totals = \"pass\" }".into(), ..Options::default() });
    let mut ids = BTreeSet::new();
    for n in 0..batches {
        let (a, b) = (format!("V-{n}-1"), format!("V-{n}-2"));
        let csv = batch(&[("Alpha", "10.00", &a), ("Beta", "20.00", &b)]);
        world.practice.drop_file(&format!("batch-{n:04}.csv"), csv.as_bytes()).expect("a drop");
        ids.extend([a, b]);
    }
    world.until("every batch is answered", |j| {
        let answered = j.outbounds(&[OutboundState::Answered]).expect("files");
        answered.iter().filter(|o| o.purpose == Purpose::Payments).count() == batches
    });
    assert_eq!(world.received(), batches, "one file at the bank for each batch");
    let received = world.practice.bank.received();
    let messages: BTreeSet<_> = received.iter().filter_map(|r| r.message_id.as_ref()).collect();
    assert_eq!(messages.len(), batches, "every message has its own id");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for payment in world.journal().payments(&Default::default()).expect("payments") {
        *seen.entry(payment.end_to_end_id.expect("an id")).or_default() += 1;
    }
    assert!(seen.keys().eq(&ids) && seen.values().all(|times| *times == 1), "every payment once");
    world.stop();
}
