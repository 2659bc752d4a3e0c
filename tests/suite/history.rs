//! Whole histories: many batches, answers, statements, faults, restarts and people, held against what must be true.

mod month;
mod over;
mod people;
mod steps;
mod truth;
mod works;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use steps::{Decision, Step};
use truth::Truth;

/// A seed that replays one history, or a range of them that looks at more than the suite does:
/// `BANKFERRY_SEED=17 cargo test --test suite random_histories`, `BANKFERRY_SEED=5000..6000 …`.
const SEED: &str = "BANKFERRY_SEED";

#[test]
fn random_histories_keep_what_must_be_true() {
    let number = |seed: &str| seed.parse().expect("a seed is a number");
    let Ok(seeds) = std::env::var(SEED) else {
        let tally = sum((0..24).map(walk));
        // In so few not every kind of act need happen, but several of them.
        let acts = Decision::ALL.iter().filter(|act| tally.get(&format!("act {act:?}")).is_some_and(|n| *n > 0));
        assert!(acts.count() > 5, "people have hardly done anything");
        return;
    };
    match seeds.split_once("..") {
        Some((from, until)) => walk_all(number(from)..number(until)),
        None => drop(walk(number(&seeds))),
    }
}

fn sum(histories: impl IntoIterator<Item = BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    for (what, times) in histories.into_iter().flatten() {
        *tally.entry(what).or_default() += times;
    }
    println!("{tally:#?}");
    tally
}

/// Histories in which nothing of something happens would prove nothing about it.
fn happens(tally: &BTreeMap<String, u64>, what: &str) {
    assert!(tally.get(what).is_some_and(|times| *times > 0), "no history had `{what}`");
}

fn all_acts_happen(tally: &BTreeMap<String, u64>) {
    Decision::ALL.iter().for_each(|act| happens(tally, &format!("act {act:?}")));
}

/// `cargo test -- --ignored` runs it; the seeds of a failure are printed.
#[test]
#[ignore = "takes long"]
fn seven_hundred_random_histories_keep_what_must_be_true() {
    walk_all(1_000..1_700);
}

/// More of the same: each is over in its time.
#[test]
#[ignore = "takes long"]
fn seven_hundred_more_histories_keep_what_must_be_true() {
    walk_all(2_000..2_700);
}

/// And more.
#[test]
#[ignore = "takes long"]
fn another_seven_hundred_histories_keep_what_must_be_true() {
    walk_all(3_000..3_700);
}

/// Walks the histories of all seeds; nothing may be missing among what happened in them.
fn walk_all(seeds: Range<u64>) {
    // Two at a time: most of a history is waiting.
    let middle = u64::midpoint(seeds.start, seeds.end);
    let halves = [seeds.start..middle, middle..seeds.end]
        .map(|seeds| std::thread::spawn(move || seeds.map(walk).collect::<Vec<_>>()));
    let halves = halves.map(|half| half.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
    let tally = sum(halves.into_iter().flatten());
    HAPPENS.iter().for_each(|what| happens(&tally, what));
    all_acts_happen(&tally);
}

/// Not a test: what a history starts as a process of its own, to kill it.
#[test]
#[ignore = "does nothing unless a history starts it"]
fn a_daemon_of_its_own_for_one_run() {
    works::child().unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_month_of_a_thousand_batches_replays_through_once() {
    month::replay(1_000);
}

/// What must occur in seven hundred histories.
const HAPPENS: [&str; 19] = [
    "killed",
    "fact entry-unmatched",
    "fact payment-resolved",
    "fact resent",
    "fact admitted",
    "fact cancelled",
    "fact duplicate",
    "fact failed",
    "fact held",
    "fact incident",
    "fact recovered",
    "fact refused",
    "fact resolved",
    "fact unknown",
    "payment booked",
    "payment rejected",
    "payment returned",
    "payment unknown",
    "payment held",
];

/// Walks the history of a seed; where it fails, the shortest history that still fails.
fn walk(seed: u64) -> BTreeMap<String, u64> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases: 1, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = RefCell::default();
    let result = runner.run(&steps::histories(), |steps| {
        tally.replace(follow(&steps));
        Ok(())
    });
    match result {
        Ok(()) => tally.into_inner(),
        Err(TestError::Fail(why, steps)) => panic!("{SEED}={seed}: {why}\n{steps:#?}"),
        Err(abort) => panic!("{SEED}={seed}: {abort}"),
    }
}

/// One history, looked at after every step, and brought to its end without faults.
fn follow(steps: &[Step]) -> BTreeMap<String, u64> {
    let mut truth = Truth::new();
    for step in steps {
        truth.take(step);
        truth.verify(&format!("{step:?}"));
    }
    truth.end()
}
