//! The whole road with the practice bank playing every template that a bank may be paid by: what it reads is what
//! that bank reads, what it answers is what that bank answers, and the ERP hears of every payment.
#![allow(clippy::disallowed_methods)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bankferry::cli::practice::{Options, Practice, Script};
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::format::layout::Carries;
use bankferry::journal::{OutboundState, PaymentFilter, Purpose, Records, SqliteJournal};
use bankferry::route::engine::Message;
use bankferry::sandbox::bank::Settings;
use bankferry::template::{self, PartyKind, Template};
use jiff::Timestamp;

/// Seconds from the last file to the bank's end of day.
const EVENING: u64 = 4_000;

fn no_folder() -> &'static Path {
    Path::new("/nonexistent")
}

/// The banks that take payments.
fn banks() -> Vec<String> {
    let mut names = Vec::new();
    for (name, _) in template::built_in() {
        let found = template::find(no_folder(), name).expect("a template");
        let pays = found.layout.is_empty() || found.layout.get(Carries::Payments).is_some();
        if found.kind == PartyKind::Bank && pays {
            names.push(name.to_string());
        }
    }
    names
}

/// Whether a bank answers in a file that says something of every payment: all do but those of whose results nothing is
/// public, and those that take NACHA files, which give back only what failed.
fn has_answers(template: &Template) -> bool {
    let is_standard = template.layout.is_empty() && template.payments.format != "nacha";
    is_standard || template.layout.get(Carries::Status).is_some()
}

/// Walks the road with this bank; what is not as the script says.
fn walk(name: &str) -> Result<(), String> {
    let dir = tempfile::tempdir().expect("a folder");
    // An hour that passes as fast as the daemon looks.
    let hour = Arc::new(AtomicI64::new(Timestamp::now().as_second()));
    let told = Arc::clone(&hour);
    let clock = Clock::by(move || Timestamp::from_second(told.load(Ordering::Relaxed)).expect("a time"));
    let mut script = Script::of(no_folder(), name, clock.now()).map_err(|e| e.to_string())?;
    if script.answers != has_answers(&script.template) {
        return Err("it answers in a file that the practice bank does not write".to_string());
    }
    // The statement comes after the answer, as at the end of a day.
    script.settings.statement_after = Some(EVENING);
    let options = Options { script: Some(script.clone()), ..Options::default() };
    let mut practice = Practice::make(dir.path(), clock.now(), &options).map_err(|e| e.to_string())?;
    let path = practice.root.join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    std::fs::write(&path, config.replace("always = true", "always = false")).expect("a configuration");
    practice.drop_file("payments.jsonl", &script.batch).expect("a drop");
    let config = Config::load(&practice.root).map_err(|e| e.to_string())?;
    let mut daemon = Daemon::start(config, clock.clone()).map_err(|t| t.what.en.clone())?;
    let journal = SqliteJournal::open_to_read(&practice.root.join("state/journal.db")).expect("a journal");
    let (started, mut said, mut evening) = (Instant::now(), BTreeSet::new(), false);
    loop {
        let _ = daemon.engine().sender().send(Message::LookNow);
        daemon.round(Duration::from_millis(5)).map_err(|t| t.what.en.clone())?;
        said.extend(practice.tick(clock.now()).into_iter().map(|event| event.words().en));
        hour.fetch_add(1, Ordering::Relaxed);
        let states: BTreeMap<String, u64> = journal
            .payment_states(&PaymentFilter::default())
            .expect("states")
            .into_iter()
            .map(|(state, count)| (state.to_string(), count))
            .collect();
        let ended = script.ends.iter().all(|(state, count)| states.get(*state) == Some(count));
        let files = journal.outbounds(&[]).expect("files");
        let done = files.iter().all(|f| matches!(f.state, OutboundState::Sent | OutboundState::Answered));
        let has = |purpose| files.iter().any(|file| file.purpose == purpose);
        let answered = has(Purpose::Status) || !script.answers;
        if answered && done && !evening && !files.is_empty() {
            hour.fetch_add(EVENING as i64, Ordering::Relaxed);
            evening = true;
        }
        let heard = answered && (has(Purpose::Statement) || !script.states);
        if ended && done && heard && practice.bank.received().len() == 1 {
            return Ok(());
        }
        if started.elapsed() > Duration::from_secs(40) {
            let facts = journal.facts_after(0, 200).expect("facts");
            let last: Vec<String> = facts.iter().rev().take(6).map(|f| format!("{:?}", f.event)).collect();
            return Err(format!(
                "{states:?} and not {:?}\n  {}\n  {}",
                script.ends,
                said.into_iter().collect::<Vec<_>>().join("\n  "),
                last.join("\n  ")
            ));
        }
    }
}

#[test]
fn the_practice_bank_plays_every_bank_that_can_be_paid_by() {
    let left = Mutex::new(banks());
    assert!(left.lock().expect("names").len() > 20);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(name) = left.lock().expect("names").pop() else { return };
                    if let Err(why) = walk(&name) {
                        wrong.lock().expect("a list").push(format!("{name}: {why}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("a list");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_bank_that_takes_no_payments_is_not_played() {
    let refused = Script::of(no_folder(), "coda", Timestamp::now()).map(drop).expect_err("statements only");
    assert!(refused.to_string().contains("takes no payments"), "{refused}");
    assert!(Settings::default().played_by("csv-erp").is_err(), "an ERP is no bank");
}
