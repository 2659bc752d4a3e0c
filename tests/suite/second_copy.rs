//! A second copy of an installation fetches and looks, and sends nothing to banks until two people say so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::{Daemon, Wishes};
use bankferry::journal::{BatchState, Event, Oversight, Purpose, Records, SqliteJournal, Standing};

use crate::cli::house::House;
use crate::road::{World, all_booked, batch};

fn ferry(root: &Path, args: &[&str]) -> Output {
    ferry_at(root, args, "")
}

/// The program, killed at a point where one is named.
fn ferry_at(root: &Path, args: &[&str], point: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(args).env("LC_ALL", "C");
    if !point.is_empty() {
        command.env("BANKFERRY_CRASH_AT", point);
    }
    command.output().expect("the program")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn copy_all(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(done.success());
}

fn standing(root: &Path) -> Standing {
    let journal = SqliteJournal::open_to_read(&root.join("state/journal.db")).expect("a journal");
    journal.standing().expect("a standing").expect("a standing")
}

/// A batch of one payment goes to the bank and comes back.
fn pay(world: &mut World, name: &str, booked: u64) {
    world
        .practice
        .drop_file(&format!("{name}.csv"), batch(&[("Alpha", &format!("{booked}0.00"), name)]).as_bytes())
        .expect("a drop");
    world.until("it is booked", |j| all_booked(j, booked));
    world.until("everything is told", |j| {
        let open = |o: &bankferry::journal::Outbound| o.state.word() != "sent" && o.state.word() != "answered";
        !j.outbounds(&[]).expect("files").iter().any(open)
    });
}

/// Puts an older state of the installation, or of a part of it, in its place.
fn put_back(kept: &Path, place: &Path) {
    std::fs::remove_dir_all(place).expect("removed");
    copy_all(kept, place);
}

/// In a copy that is fenced a new batch is held, and nothing is on its way to the bank.
fn nothing_leaves(world: &mut World, received: usize) {
    world.practice.drop_file("new.csv", batch(&[("Gamma", "12.00", "NEW-1")]).as_bytes()).expect("a drop");
    world.until("the new batch waits", |j| {
        j.batches(&[BatchState::Held]).expect("batches").iter().any(|b| b.held.contains(&"restored-copy".to_string()))
    });
    world.until("the bank was looked at", |_| true);
    let journal = world.journal();
    let facts = journal.facts_after(0, 10_000).expect("facts");
    let fenced = facts.iter().rposition(|f| matches!(f.event, Event::Fenced { .. })).expect("the fence");
    for fact in &facts[fenced..] {
        let to_bank = || {
            let file = journal.outbound(&fact.subject).expect("a look").expect("a file");
            file.purpose == Purpose::Payments
        };
        let leaves = matches!(fact.event, Event::Sending { .. } | Event::Publishing { .. });
        assert!(!(leaves && to_bank()), "{fact:?}");
    }
    assert_eq!(world.received(), received);
}

#[test]
fn an_older_journal_beside_a_newer_archive_is_fenced_until_two_people_say_otherwise() {
    let mut world = World::new(&Options::default());
    pay(&mut world, "one", 1);
    world.stop();
    let kept = world.root().with_file_name("kept");
    copy_all(&world.root().join("state"), &kept);
    pay(&mut world, "two", 2);
    world.stop();
    put_back(&kept, &world.root().join("state"));
    world.start();
    let found = standing(world.root());
    assert_eq!(found.epoch, 2);
    assert!(found.fenced.expect("fenced").en.contains("older copy"), "the archive's position is ahead");
    nothing_leaves(&mut world, 2);

    let unfence = |name: &str| ferry(world.root(), &["unfence", "--as", name, "--reason", "the bank was asked"]);
    assert_eq!(unfence("anna").status.code(), Some(0));
    let again = unfence("anna");
    assert_eq!(again.status.code(), Some(1), "{}", words(&again));
    assert!(standing(world.root()).fenced.is_some(), "one person is not two");
    let open = words(&ferry(world.root(), &["list", "proposals"]));
    assert!(open.contains("unfence") && open.contains("anna"), "a proposal like any other: {open}");
    assert!(words(&ferry(world.root(), &["status"])).contains("`anna` has said so"));
    assert_eq!(unfence("ben").status.code(), Some(0));
    assert_eq!(standing(world.root()).fenced, None);
    assert_eq!(unfence("ben").status.code(), Some(1), "it is not fenced any more");
    let held = world.journal().batches(&[BatchState::Held]).expect("batches").pop().expect("the new batch").id;
    assert!(held.ends_with("-100001"), "ids of the new epoch are its own: {held}");
    assert_eq!(world.received(), 2, "lifting the fence sends nothing by itself");
    let released = ferry(world.root(), &["release", &held, "--as", "ben", "--reason", "looked at"]);
    assert_eq!(released.status.code(), Some(0), "{}", words(&released));
    world.until("it is booked", |j| all_booked(j, 2));
    assert_eq!(world.received(), 3);
    world.stop();
    world.start();
    assert_eq!(standing(world.root()).fenced, None, "the copy that sends now is the first one");
    world.stop();
}

#[test]
fn a_whole_older_copy_is_fenced_by_a_checkpoint_that_lies_elsewhere() {
    let mut world = World::new(&Options::default());
    let elsewhere = world.root().with_file_name("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    let path = world.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let line = format!("[installation]\ncheckpoints_elsewhere = \"{}\"", elsewhere.display());
    let config = config.replacen("[installation]", &line, 1);
    bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    pay(&mut world, "one", 1);
    world.stop();
    let kept = world.root().with_file_name("kept");
    copy_all(world.root(), &kept);
    pay(&mut world, "two", 2);
    world.stop();
    put_back(&kept, &world.practice.root.clone());
    world.start();
    assert!(standing(world.root()).fenced.is_some());
    nothing_leaves(&mut world, 2);
    world.stop();
}

#[test]
fn a_cloned_machine_is_fenced_and_one_without_an_id_is_not() {
    let world = World::new(&Options::default());
    let start = |machine: &str| {
        let config = Config::load(world.root()).expect("a configuration");
        let mut daemon = Daemon::start_on(config, Clock::system(), machine).unwrap_or_else(|t| panic!("{}", t.what));
        daemon.round(Duration::ZERO).unwrap_or_else(|t| panic!("{}", t.what));
        daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
        standing(world.root()).fenced
    };
    assert_eq!(start("first"), None);
    assert_eq!(start("first"), None);
    assert_eq!(start(""), None, "a system without an id shows nothing");
    assert!(start("second").expect("fenced").en.contains("another id"));
    assert!(start("first").is_some(), "once fenced, only people lift it");
    assert_eq!(standing(world.root()).epoch, 2);
}

#[test]
fn an_archive_that_another_copy_used_meanwhile_stops_the_first_one() {
    let mut world = World::new(&Options::default());
    pay(&mut world, "one", 1);
    let path = world.root().join("archive/.epoch");
    let words = std::fs::read_to_string(&path).expect("a position").replace("epoch: 1", "epoch: 2");
    bankferry::disk::replace(&world.root().join("archive"), ".epoch", words.as_bytes()).expect("a position");
    world.stop();
    world.start();
    assert_eq!(standing(world.root()).epoch, 3, "an epoch of its own");
    world.stop();
}

#[test]
fn a_backup_while_the_daemon_works_is_whole_and_what_is_restored_is_fenced_from_birth() {
    let mut world = World::new(&Options::default());
    pay(&mut world, "one", 1);
    let beside = |name: &str| world.root().with_file_name(name);
    let (backup, target) = (beside("backup"), beside("target"));
    let shown = |path: &PathBuf| path.display().to_string();
    let made = ferry(world.root(), &["backup", "--with-keys", &shown(&backup)]);
    assert_eq!(made.status.code(), Some(0), "{}", words(&made));
    assert!(words(&made).contains("SECRET KEYS"));
    let listed = Command::new("sha256sum").args(["--quiet", "-c", "MANIFEST"]).current_dir(&backup).output();
    assert!(listed.expect("sha256sum").status.success(), "anybody can prove it");
    let again = ferry(world.root(), &["backup", &shown(&backup)]);
    assert_eq!(again.status.code(), Some(2), "a backup is never written over: {}", words(&again));

    let restored = ferry(world.root(), &["--json", "restore", &shown(&backup), &shown(&target)]);
    assert_eq!(restored.status.code(), Some(0), "{}", words(&restored));
    assert!(words(&restored).contains("\"fenced\":true,\"signature\":true,\"keys\":true"), "{}", words(&restored));
    assert!(standing(&target).fenced.is_some());
    let verified = ferry(&target, &["verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", words(&verified));
    assert!(words(&ferry(&target, &["status"])).contains("RESTORED"));
    let once = ferry(&target, &["once"]);
    assert_eq!(once.status.code(), Some(0), "{}", words(&once));
    assert!(words(&once).contains("RESTORED"));
    let check = ferry(&target, &["check"]);
    assert_eq!(check.status.code(), Some(1), "{}", words(&check));
    assert!(words(&check).contains("RESTORED"));
    assert_eq!(world.received(), 1);
    for name in ["anna", "ben"] {
        let said = ferry(&target, &["unfence", "--as", name, "--reason", "the other copy is dead"]);
        assert_eq!(said.status.code(), Some(0), "{}", words(&said));
    }
    ferry(&target, &["once"]);
    assert_eq!(standing(&target).fenced, None, "what two people said holds from one start to the next");

    let file = backup.join("bankferry.toml");
    let altered = std::fs::read_to_string(&file).expect("a file").replace("test", "tset");
    bankferry::disk::replace(&backup, "bankferry.toml", altered.as_bytes()).expect("altered");
    let refused = ferry(world.root(), &["restore", &shown(&backup), &shown(&beside("other"))]);
    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert!(!beside("other").exists());
    world.stop();
}

#[test]
fn a_backup_or_restoration_that_is_killed_leaves_nothing_that_looks_whole() {
    let mut world = World::new(&Options::default());
    pay(&mut world, "one", 1);
    world.stop();
    let backup = world.root().with_file_name("backup");
    let target = world.root().with_file_name("target");
    let (to, from) = (backup.display().to_string(), target.display().to_string());
    for point in ["1", "40", "150", "backup: journal", "backup: archive", "backup: proven", "publish: rename"] {
        ferry_at(world.root(), &["backup", &to], point);
        assert!(!backup.exists(), "killed at {point}");
    }
    let made = ferry(world.root(), &["backup", &to]);
    assert_eq!(made.status.code(), Some(0), "{}", words(&made));
    for point in ["1", "40", "150", "restore: copied", "restore: fenced", "restore: proven", "publish: rename"] {
        ferry_at(world.root(), &["restore", &to, &from], point);
        assert!(!target.exists(), "killed at {point}");
    }
    let restored = ferry(world.root(), &["restore", &to, &from]);
    assert_eq!(restored.status.code(), Some(0), "{}", words(&restored));
    assert!(standing(&target).fenced.is_some());
}

#[test]
fn of_two_installations_on_one_folder_the_second_takes_nothing_and_says_so() {
    let (first, second) = (House::new("test"), House::new("test"));
    let shared = first.root().join("inbox/erp");
    first.ends(0, &["once"]);
    std::fs::remove_dir(second.root().join("inbox/erp")).expect("an empty folder");
    std::os::unix::fs::symlink(&shared, second.root().join("inbox/erp")).expect("a link");
    bankferry::disk::replace(&shared, "pay.csv", b"nobody reads this").expect("a file");
    let refused = second.ends(3, &["once"]);
    assert!(refused.err.contains("another installation takes files from this folder"), "{}", refused.all());
    assert!(shared.join("pay.csv").exists() && second.journal.inbounds(&[]).expect("files").is_empty());
    let alarms = second.ends(0, &["list", "alarms", "--json"]).out;
    assert!(alarms.contains("contact erp") && alarms.contains("two would send its payments twice"), "{alarms}");
    // Its own installation goes on, also after a restart.
    first.ends(0, &["once"]);
    first.ends(0, &["once"]);
    assert!(first.journal.inbounds(&[]).expect("files").len() == 1 || shared.join("pay.csv").exists());
    // The other one is given up for good: a person says so.
    std::fs::remove_file(shared.join(".claimed/.owner")).expect("the mark");
    second.ends(0, &["check", "--connect", "erp"]);
    second.ends(0, &["once"]);
    first.ends(3, &["once"]);
}

#[test]
fn of_two_copies_that_send_in_the_same_moment_one_goes_on_and_the_other_is_fenced_before_the_final_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let elsewhere = dir.path().join("elsewhere");
    bankferry::disk::ensure_folder(&elsewhere, 0o700).expect("a folder");
    let mut house = House::new("test");
    let config = std::fs::read_to_string(house.root().join("bankferry.toml")).expect("a configuration");
    // Without an audit key there are no checkpoints: nothing else shows the other copy.
    let line = format!("[installation]\ncheckpoints_elsewhere = \"{}\"", elsewhere.display());
    let config = config.replacen("[installation]", &line, 1);
    bankferry::disk::replace(house.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    house.ends(0, &["once"]);
    let file = house.queued(1);
    let clone = dir.path().join("clone");
    copy_all(house.root(), &clone);
    house.ends(0, &["once"]);
    let at_bank = |root: &Path| std::fs::read_dir(root.join("outbox/acme/inbox")).expect("a folder").count();
    assert_eq!((standing(house.root()).fenced, at_bank(house.root())), (None, 1));
    let config = Config::load(&clone).expect("a configuration");
    let mut second = Daemon::start(config, Clock::system()).unwrap_or_else(|t| panic!("{}", t.what));
    second.once(&Wishes::default()).unwrap_or_else(|t| panic!("{}", t.what));
    let why = standing(&clone).fenced.expect("a fence").en;
    assert!(why.contains("is another copy's: it publishes what this one was about to publish"), "{why}");
    let journal = SqliteJournal::open_to_read(&clone.join("state/journal.db")).expect("a journal");
    let state = journal.outbound(&file).expect("a look").expect("a file").state;
    assert_eq!(state, bankferry::journal::OutboundState::Unknown, "the other one may have sent it");
    assert_eq!(at_bank(&clone), 1, "it never had its final name");
    // Its own past is nobody else's: the first copy goes on.
    let other = house.queued(2);
    house.ends(0, &["once"]);
    assert_eq!(house.journal.outbound(&other).expect("a look").expect("a file").state.word(), "sent");
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 2);
}

#[test]
fn of_two_copies_that_both_started_before_the_second_sends_nothing_once_the_first_has_begun() {
    let dir = tempfile::tempdir().expect("a folder");
    let elsewhere = dir.path().join("elsewhere");
    bankferry::disk::ensure_folder(&elsewhere, 0o700).expect("a folder");
    let mut house = House::new("test");
    let config = std::fs::read_to_string(house.root().join("bankferry.toml")).expect("a configuration");
    let line = format!("[installation]\ncheckpoints_elsewhere = \"{}\"", elsewhere.display());
    let config = config.replacen("[installation]", &line, 1);
    bankferry::disk::replace(house.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    house.ends(0, &["keys", "generate", "audit"]);
    house.ends(0, &["once"]);
    let file = house.queued(1);
    let clone = dir.path().join("clone");
    copy_all(house.root(), &clone);
    let start = |root: &Path| {
        let config = Config::load(root).expect("a configuration");
        Daemon::start(config, Clock::system()).unwrap_or_else(|t| panic!("{}", t.what))
    };
    let (mut first, mut second) = (start(house.root()), start(&clone));
    for daemon in [&mut first, &mut second] {
        daemon.once(&Wishes::default()).unwrap_or_else(|t| panic!("{}", t.what));
    }
    let attempt = |root: &Path| {
        let journal = SqliteJournal::open_to_read(&root.join("state/journal.db")).expect("a journal");
        journal.outbound(&file).expect("a look").expect("a file").attempt
    };
    assert_eq!((attempt(house.root()), attempt(&clone)), (1, 0));
    assert_eq!((standing(house.root()).fenced, standing(&clone).fenced.is_some()), (None, true));
}
