//! Test and production never mix.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::journal::{InboundState, Records};
use bankferry::seal::{Algorithm, Keys, Role};
use jiff::Timestamp;

use super::road::{World, batch};

fn read(environment: &str, party: &str) -> Result<Config, String> {
    let text = format!(
        "[installation]\nname = \"x\"\nenvironment = \"{environment}\"\n[[party]]\nname = \"b\"\ntemplate = \"iso20022-bank\"\n{party}"
    );
    Config::read(Path::new("/nowhere"), &text).map_err(|e| e.to_string())
}

#[test]
fn a_party_of_the_other_environment_is_refused_at_load() {
    for (ours, theirs) in [("test", "production"), ("production", "test")] {
        let error = read(ours, &format!("environment = \"{theirs}\"\n")).unwrap_err();
        assert!(error.contains(theirs) && error.contains("`b`"), "{error}");
        assert!(read(ours, &format!("environment = \"{ours}\"\n")).is_ok());
    }
}

#[test]
fn folders_and_names_differ_by_environment() {
    let party = "test = { out = { folder = \"uat/in\" } }\nproduction = { out = { folder = \"live/in\" } }\n";
    for (environment, folder) in [("test", "uat/in"), ("production", "live/in")] {
        let config = read(environment, party).unwrap();
        assert_eq!(config.parties[0].template.out.folder, folder);
    }
}

#[test]
fn a_key_of_the_other_environment_stops_the_program_before_anything_moves() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[installation]\nname = \"x\"\nenvironment = \"production\"\n";
    let config = Config::read(dir.path(), text).unwrap();
    let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
    let clock = Clock::fixed(now);
    let mut keys = Keys::open(&config.keys()).unwrap();
    let made = keys.generate(Role::Sign, "Example (test)", Algorithm::Curve25519, 100, clock.system_time()).unwrap();
    let refused = Daemon::start(config.clone(), clock.clone()).err().unwrap();
    assert!(refused.what.en.contains(&made.fingerprint), "{}", refused.what);
    keys.retire(&made.fingerprint, clock.system_time()).unwrap();
    Daemon::start(config, clock)
        .unwrap_or_else(|t| panic!("{}", t.what))
        .stop()
        .unwrap_or_else(|t| panic!("{}", t.what));
}

#[test]
fn a_batch_marked_for_production_goes_nowhere_in_test() {
    let mut world = World::new(&Options::default());
    let csv = batch(&[("Alpha", "10.00", "T-1")]);
    world.practice.drop_file("pay-PROD-1.csv", csv.as_bytes()).unwrap();
    world.until("it is refused", |j| j.inbounds(&[InboundState::Refused]).unwrap().len() == 1);
    world.stop();
    assert!(world.journal().batches(&[]).unwrap().is_empty());
    assert_eq!(world.received(), 0);
}
