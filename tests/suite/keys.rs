//! `bankferry keys` as an operator uses it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bankferry::cli::practice::Options;
use bankferry::journal::{Event, Journal, NewFact, Oversight, Records, Rows};
use serde_json::Value;

use super::road::{Hour, World};

fn run_with(dir: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(dir).arg("keys").args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn done(dir: &Path, arguments: &[&str]) -> String {
    let output = run_with(dir, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn list(dir: &Path) -> Vec<Value> {
    done(dir, &["list", "--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_installations_exchange_certificates_and_rehearse() {
    let (we, bank) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (we, bank) = (we.path(), bank.path());
    done(we, &["generate", "sign", "--user-id", "示例公司"]);
    let certificate = done(bank, &["generate", "both", "--days", "365"]);
    assert_eq!(certificate, done(bank, &["export", "both"]));
    let import = run_with(we, &["import", "acme", "-"], &certificate);
    assert!(import.status.success(), "{import:?}");
    done(we, &["rehearse", "acme"]);
    let theirs = list(we).into_iter().find(|key| key["party"] == "acme").unwrap();
    assert_eq!(theirs["fingerprint"], list(bank)[0]["fingerprint"]);
    assert_eq!(theirs["uses"], serde_json::json!(["sign", "encrypt"]));
    assert_eq!(theirs["state"], "valid");
    done(we, &["expire", theirs["fingerprint"].as_str().unwrap()]);
    assert_eq!(run_with(we, &["rehearse", "acme"], "").status.code(), Some(1));
}

#[test]
fn an_ssh_key_is_made_once_and_its_public_line_printed() {
    let dir = tempfile::tempdir().unwrap();
    let line = done(dir.path(), &["generate", "--ssh", "acme"]);
    assert!(line.starts_with("ssh-ed25519 ") && line.lines().count() == 1, "{line}");
    assert_eq!(done(dir.path(), &["export", "--ssh", "acme"]), line);
    let again = run_with(dir.path(), &["generate", "--ssh", "acme"], "");
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(list(dir.path())[0]["kind"], "ssh");
    let secret = fs::read_to_string(dir.path().join("state/keys/ssh/acme")).unwrap();
    assert!(secret.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
}

#[test]
fn what_ends_soon_is_named() {
    let dir = tempfile::tempdir().unwrap();
    done(dir.path(), &["generate", "sign", "--days", "20"]);
    let output = run_with(dir.path(), &["expire"], "");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("expires in 19 days"), "{output:?}");
}

#[test]
fn wrong_calls_change_nothing_and_say_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [&["generate"][..], &["generate", "king"], &["import", "x"], &["export"], &["export", "sign"]] {
        let output = run_with(dir.path(), arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{output:?}");
    }
    let junk = run_with(dir.path(), &["import", "acme", "-"], "junk");
    assert!(String::from_utf8_lossy(&junk.stderr).contains("hint: ask the party"), "{junk:?}");
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing was written");
}

/// The practice installation with another line about its bank's server.
fn practice(change: impl Fn(&str) -> String) -> World {
    let world = World::new(&Options::default());
    let path = world.root().join("bankferry.toml");
    let config = fs::read_to_string(path).unwrap();
    let start = config.find("host_keys = [").unwrap();
    let end = start + config[start..].find(']').unwrap() + 1;
    let pin = config[start..end].trim_start_matches("host_keys = [").trim_end_matches(']').to_string();
    let config = format!("{}{}{}", &config[..start], change(&pin), &config[end..]);
    bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).unwrap();
    world
}

fn day(days: i64) -> String {
    let at = bankferry::clock::Clock::system().now() + jiff::SignedDuration::from_hours(24 * days);
    at.strftime("%Y-%m-%d").to_string()
}

#[test]
fn the_inventory_names_every_key_with_its_use_its_end_and_its_place() {
    let world = practice(|pin| {
        let next = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let (until, from) = (day(20), day(10));
        format!(
            "host_keys = [{{ pin = {pin}, until = \"{until}\" }}, {{ pin = \"{next}\", from = \"{from}\" }}], \
                 key_until = \"{}\"",
            day(5)
        )
    });
    let mac = world.root().join("state/keys/mac/erp");
    bankferry::disk::ensure_folder(&mac, 0o700).unwrap();
    let secret = format!("{}\nuntil {}\n", "ab".repeat(32), day(-1));
    bankferry::disk::write_new(&mac, "2026a", |out| out.write_all(secret.as_bytes())).unwrap();
    let keys = list(world.root());
    let of = |kind: &str| keys.iter().filter(|key| key["kind"] == kind).cloned().collect::<Vec<_>>();
    let places = |kind: &str| of(kind).iter().map(|key| key["place"].as_str().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(places("openpgp"), ["current", "current", "current"], "ours, the audit key, the bank's");
    assert_eq!(places("host-key"), ["current", "next"]);
    assert_eq!((places("ssh"), places("mac")), (vec!["current".into()], vec!["ended".into()]));
    assert_eq!((of("ssh")[0]["until"].as_str(), of("mac")[0]["fingerprint"].as_str()), (Some(&*day(5)), Some("2026a")));
    let shown = done(world.root(), &["list"]);
    assert!(shown.contains("know the server") && shown.contains("log in") && !shown.contains("abab"), "{shown}");
    let ending = run_with(world.root(), &["expire"], "");
    let said = String::from_utf8_lossy(&ending.stderr).into_owned();
    assert_eq!(ending.status.code(), Some(1), "one has ended: {said}");
    assert!(said.contains("(ours, SSH to practice-bank) expires in 5 days"), "{said}");
    assert!(said.contains("`2026a` (shared with erp) has expired"), "{said}");
    assert!(!said.contains("its server"), "the next host key is there: {said}");
    let status = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("--dir").arg(world.root()).arg("status").output();
    let status = String::from_utf8_lossy(&status.unwrap().stdout).into_owned();
    assert!(status.contains("`2026a` (shared with erp) has expired"), "{status}");
}

#[test]
fn a_host_key_that_has_ended_connects_to_nobody_and_is_an_alarm() {
    let mut world = practice(|pin| format!("host_keys = [{{ pin = {pin}, until = \"{}\" }}]", day(-1)));
    world.start();
    let csv = super::road::batch(&[("Alpha", "10.00", "K-1")]);
    world.practice.drop_file("one.csv", csv.as_bytes()).unwrap();
    world.until("the bank is not contacted any more, and why is told", |j| {
        let alarms = j.alarms(true).unwrap();
        let on = |start: &str| alarms.iter().any(|alarm| alarm.key.starts_with(start));
        on("contact practice-bank") && on("key SHA256:") && j.contacts().unwrap().len() == 1
    });
    assert_eq!(world.received(), 0);
    world.stop();
}

#[test]
fn a_host_key_that_begins_later_is_refused_today_and_taken_on_its_day() {
    let hour = Hour::of_today(8);
    let mut world = practice(|pin| format!("host_keys = [{{ pin = {pin}, from = \"{}\" }}]", day(1)));
    world.clock = hour.clock();
    world.start();
    world.until("the bank is not contacted", |j| !j.contacts().unwrap().is_empty());
    hour.pass(86_400);
    let event = Event::Recovered { reason: "its day has come".into(), reason_zh: String::new() };
    let fact = NewFact { actor: "anna".into(), case: String::new(), subject: "practice-bank".into(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).unwrap();
    let csv = super::road::batch_at(world.clock.now(), &[("Alpha", "10.00", "K-1")]);
    world.practice.drop_file("one.csv", csv.as_bytes()).unwrap();
    world.until("the daemon goes on with the new day's keys", |j| super::road::all_booked(j, 1));
    world.stop();
}
