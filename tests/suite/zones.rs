//! Clocks that skip an hour or have one twice, and machines that stand in another zone than their installation.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::journal::{BatchState, OutboundState, Purpose, Records, SqliteJournal};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::banks::{OURS, csv, files, today, write};
use super::road::{World, batch_at};

/// A world in Berlin whose bank merges at half past two, and whose clock begins at a moment and is put forward.
struct Berlin {
    world: World,
    ahead: Arc<AtomicI64>,
}

impl Berlin {
    fn at(begin: &str) -> Berlin {
        let begin: Timestamp = begin.parse().expect("a moment");
        let (real, started) = (Clock::system(), Clock::system().now());
        let ahead = Arc::new(AtomicI64::new(0));
        let seconds = Arc::clone(&ahead);
        let clock = Clock::by(move || {
            begin + real.now().duration_since(started) + SignedDuration::from_secs(seconds.load(Ordering::Relaxed))
        });
        let bank = "out = { merge = [\"02:30\"] }\ncalendar = { time_zone = \"Europe/Berlin\" }".to_string();
        let erp = "duplicates = { totals = \"pass\", payment = \"pass\" }".to_string();
        Berlin { world: World::at(clock, &Options { bank, erp, ..Options::default() }), ahead }
    }

    fn pass(&self, minutes: i64) {
        self.ahead.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// A batch of one payment that is released and waits for the hour.
    fn waits(&mut self, id: &str) {
        let csv = batch_at(self.world.clock.now(), &[("Alpha", "1.00", id)]);
        let name = format!("{id}.csv");
        self.world.practice.drop_file(&name, csv.as_bytes()).expect("a drop");
        self.world.until("it waits for the hour", |j| {
            j.batches(&[BatchState::Released]).expect("batches").iter().any(|batch| batch.name == name)
        });
    }

    fn sent(&mut self, count: usize) {
        self.world.until("it is sent", |j| payments(j) == count);
    }
}

/// Files of payments that are at the bank.
fn payments(journal: &SqliteJournal) -> usize {
    let there = journal.outbounds(&[OutboundState::Sent, OutboundState::Answered]).expect("files");
    there.iter().filter(|file| file.purpose == Purpose::Payments).count()
}

#[test]
fn an_hour_of_merging_that_comes_twice_is_the_first_and_comes_once_a_day() {
    // 01:50 of the summer's last night; at 03:00 it is 02:00 once more.
    let mut at = Berlin::at("2026-10-24T23:50:00Z");
    at.waits("D-1");
    at.pass(45);
    at.sent(1);
    at.waits("D-2");
    // The second half past two.
    at.pass(60);
    for _ in 0..5 {
        at.world.until("a look", |_| true);
    }
    assert_eq!(payments(&at.world.journal()), 1, "the day's hour is over");
    at.pass(24 * 60);
    at.sent(2);
    at.world.stop();
}

#[test]
fn an_hour_of_merging_that_the_clock_skips_is_the_moment_before_the_gap() {
    // 01:10 of the night whose clock goes from 02:00 to 03:00: half past two is half past one.
    let mut at = Berlin::at("2026-03-29T00:10:00Z");
    at.waits("G-1");
    at.pass(15);
    for _ in 0..5 {
        at.world.until("a look", |_| true);
    }
    assert_eq!(payments(&at.world.journal()), 0, "it is 01:25");
    at.pass(10);
    at.sent(1);
    at.world.stop();
}

/// An installation in Shanghai whose bank is in New York, without anything at work yet.
fn shanghai(root: &Path) {
    let config = format!(
        r#"[installation]
name = "house"
environment = "test"
language = "en"
time_zone = "Asia/Shanghai"

[[party]]
name = "erp"
template = "csv-erp"
accounts = ["{OURS}"]
in = {{ complete = "rename", every_seconds = 1 }}
outputs = {{ acceptance = ["csv"] }}
release = {{ always = false, unauthenticated = false }}

[[party]]
name = "bank"
template = "icbc"
accounts = ["{OURS}"]
in = {{ folders = [""], complete = "rename", every_seconds = 1 }}
out = {{ folder = "", name = "PAY_{{date}}_{{id}}.txt" }}
calendar = {{ time_zone = "America/New_York", cut_off = "23:59" }}
release = {{ always = false, unauthenticated = false }}
"#
    );
    for folder in ["inbox/erp", "outbox/erp", "inbox/bank", "outbox/bank", "state/keys"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    write(&root.join("bankferry.toml"), config.as_bytes());
    // It may be tomorrow already in Shanghai.
    let here = TimeZone::get("Asia/Shanghai").expect("a zone").to_datetime(Clock::system().now());
    let csv = csv().replace(&today(), &here.strftime("%Y-%m-%d").to_string());
    write(&root.join("inbox/erp/batch.csv"), csv.as_bytes());
}

/// What a process on a machine in this zone says, with what it does.
fn ferry(root: &Path, zone: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(arguments).env("TZ", zone).env("LC_ALL", "C").env_remove("LANG");
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_machines_own_zone_is_nowhere_to_be_seen() {
    let day_in = |zone: &str| {
        let zone = TimeZone::get(zone).expect("a zone");
        zone.to_datetime(Clock::system().now()).strftime("%Y%m%d").to_string()
    };
    let days = || [day_in("Asia/Shanghai"), day_in("America/New_York")];
    let mut shown = BTreeMap::new();
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Shanghai", "no/such/zone"] {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("installation");
        shanghai(&root);
        let before = days();
        ferry(&root, zone, &["once"]);
        let name = files(&root.join("outbox/bank")).into_keys().find(|name| name.starts_with("PAY_"));
        let name = name.expect("a file for the bank");
        let journal = SqliteJournal::open(&root.join("state/journal.db")).expect("a journal");
        let batch = journal.batches(&[]).expect("batches").remove(0).id;
        let status = ferry(&root, zone, &["status"]);
        let balance = ferry(&root, zone, &["show", &batch]);
        // Whoever begins within a second of a midnight is asked nothing.
        if days() == before {
            let [here, at_the_bank] = before;
            assert_eq!(batch[1..9], here, "{zone}: ids have the installation's day");
            assert!(name.starts_with(&format!("PAY_{at_the_bank}_O{here}")), "{zone}: {name}");
        }
        let clock = |text: &str| text.split(", ").nth(1).and_then(|told| told.get(..10)).map(str::to_string);
        shown.insert(zone, (clock(&status), batch, name.len(), balance.lines().count()));
    }
    let first = shown.values().next().expect("a zone").clone();
    assert!(shown.values().all(|other| *other == first), "{shown:?}");
}
