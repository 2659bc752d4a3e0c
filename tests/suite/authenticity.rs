//! What speaks for an ERP's files, and what speaks against them, on the whole road.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bankferry::cli::practice::Options;
use bankferry::disk::Sha256Hash;
use bankferry::document::Authenticity;
use bankferry::journal::{Batch, BatchState, Event, Inbound, InboundState, IncidentKind, Records, SqliteJournal};
use bankferry::seal::{Algorithm, Keys, Role, sign_detached};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::road::{World, batch};

/// The key that the ERP and the installation share.
const SHARED: [u8; 32] = [7; 32];
const PER_DAY: u32 = 86_400;

/// An installation whose ERP has all means, with one control folder and one shared key.
fn world(policy: &str) -> World {
    let erp = format!("authenticity = {{ control_folder = \"control\", wait_seconds = 0, {policy} }}");
    let world = World::new(&Options { erp, ..Options::default() });
    let root = world.root();
    put(&root.join("control/.keep"), b"");
    let key = root.join("state/keys/mac/erp/2026a");
    put(&key, hex(&SHARED).as_bytes());
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o400)).expect("its mode");
    world
}

/// Keys of an ERP made so many days ago for so many days; known to the installation where it is the real one.
fn signer(world: &World, days_ago: u32, valid: u32, known: bool) -> (tempfile::TempDir, Keys) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut keys = Keys::open(dir.path()).expect("keys");
    let made = back(world, days_ago);
    keys.generate(Role::Sign, "ERP", Algorithm::Curve25519, valid, made).expect("a key");
    if known {
        let certificate = keys.export(Role::Sign, made).expect("a certificate");
        let mut ours = Keys::open(&world.root().join("state/keys")).expect("keys");
        ours.import_party("erp", certificate.as_bytes(), made).expect("an import");
    }
    (dir, keys)
}

fn back(world: &World, days: u32) -> std::time::SystemTime {
    world.clock.system_time() - std::time::Duration::from_secs(u64::from(days) * u64::from(PER_DAY))
}

fn sign(world: &World, keys: &Keys, days_ago: u32, csv: &str) -> String {
    sign_detached(keys, Role::Sign, back(world, days_ago), csv.as_bytes()).expect("a signature")
}

fn code_at(key: &[u8], name: &str, csv: &str, counter: u64, time: Timestamp) -> String {
    let (size, sha256) = (csv.len(), Sha256Hash::of(csv.as_bytes()));
    let text = format!(
        "key: 2026a\nfile: {name}\nsize: {size}\nsha256: {sha256}\ncounter: {counter}\ntime: {}\n",
        time.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    format!("{text}mac: {}\n", hex(&mac.finalize().into_bytes()))
}

fn code(world: &World, name: &str, csv: &str, counter: u64) -> String {
    code_at(&SHARED, name, csv, counter, world.clock.now())
}

fn control(csv: &str, count: u64, sum: &str) -> String {
    format!("sha256: {}\ncount: {count}\nsum: EUR {sum}\n", Sha256Hash::of(csv.as_bytes()))
}

/// The side file first, as an ERP does that knows what is good for it.
fn drop_with(world: &World, name: &str, csv: &str, suffix: &str, beside: &str) {
    put(&world.root().join(format!("inbox/erp/{name}{suffix}")), beside.as_bytes());
    world.practice.drop_file(name, csv.as_bytes()).expect("a drop");
}

fn of<'a, T>(all: &'a [T], name: impl Fn(&T) -> &str, wanted: &str) -> &'a T {
    all.iter().find(|one| name(one) == wanted).unwrap_or_else(|| panic!("no {wanted}"))
}

fn batches(journal: &SqliteJournal) -> Vec<Batch> {
    journal.batches(&[]).expect("batches")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[allow(clippy::disallowed_methods, reason = "an ERP writes as it likes")]
fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn what_speaks_for_a_file_decides_whether_its_batch_goes_alone() {
    let mut world = world("required = \"L1\", limits = { L1 = { EUR = \"20\" }, L2 = { EUR = \"100\" } }");
    let (_dir, keys) = signer(&world, 1, 100, true);
    let one = |amount: &str, id: &str| batch(&[("Alpha", amount, id)]);
    let csv = one("400.00", "A-1");
    drop_with(&world, "signed.csv", &csv, ".sig", &sign(&world, &keys, 0, &csv));
    let csv = one("401.00", "A-2");
    drop_with(&world, "armored.csv", &csv, ".asc", &sign(&world, &keys, 0, &csv));
    let csv = one("50.00", "A-3");
    drop_with(&world, "coded.csv", &csv, ".hmac", &code(&world, "coded.csv", &csv, 8));
    let csv = one("500.00", "A-4");
    drop_with(&world, "coded-more.csv", &csv, ".hmac", &code(&world, "coded-more.csv", &csv, 7));
    let csv = one("10.00", "A-5");
    put(&world.root().join("control/told.csv.ctl"), control(&csv, 1, "10").as_bytes());
    world.practice.drop_file("told.csv", csv.as_bytes()).expect("a drop");
    world.practice.drop_file("alone.csv", one("11.00", "A-6").as_bytes()).expect("a drop");
    world.until("all six are judged", |j| {
        let judged = |b: &Batch| !matches!(b.state.word(), "checked" | "released");
        batches(j).len() == 6 && batches(j).iter().all(judged)
    });
    world.stop();
    let found = batches(&world.journal());
    use Authenticity::{L0, L1, L2, L3};
    for (name, level, state, held) in [
        ("signed.csv", L3, "numbered", None),
        ("armored.csv", L3, "numbered", None),
        ("coded.csv", L2, "numbered", None),
        ("coded-more.csv", L2, "held", Some("over-authenticity-EUR")),
        ("told.csv", L1, "numbered", None),
        ("alone.csv", L0, "held", Some("unauthenticated")),
    ] {
        let b = of(&found, |b: &Batch| &b.name, name);
        assert_eq!((b.authenticity, b.state.word()), (level, state), "{name}");
        assert_eq!(b.held.iter().map(String::as_str).collect::<Vec<_>>(), Vec::from_iter(held), "{name}");
    }
    let files = world.journal().inbounds(&[]).expect("files");
    let signed = of(&files, |f: &Inbound| &f.name, "signed.csv");
    assert_eq!(signed.signer.as_deref().map(str::len), Some(40));
    let coded = of(&files, |f: &Inbound| &f.name, "coded.csv");
    assert_eq!(coded.vouched.mac.as_ref().map(|mac| (mac.key.as_str(), mac.counter)), Some(("2026a", 8)));
}

#[test]
fn what_speaks_against_a_file_refuses_it_and_is_an_incident() {
    let mut world = world("required = \"L1\"");
    let (_dir, keys) = signer(&world, 60, 100, true);
    let (_other, stranger) = signer(&world, 1, 100, false);
    let (_old, expired) = signer(&world, 60, 10, true);
    let one = |id: &str| batch(&[("Alpha", "10.00", id)]);

    let csv = one("W-1");
    drop_with(&world, "stranger.csv", &csv, ".sig", &sign(&world, &stranger, 0, &csv));
    let csv = one("W-2");
    drop_with(&world, "expired.csv", &csv, ".sig", &sign(&world, &expired, 55, &csv));
    drop_with(&world, "swapped.csv", &one("W-3"), ".sig", &sign(&world, &keys, 0, &one("W-4")));
    drop_with(&world, "no-signature.csv", &one("W-5"), ".sig", "not a signature");
    let csv = one("W-6");
    drop_with(
        &world,
        "wrong-code.csv",
        &csv,
        ".hmac",
        &code_at(&[8; 32], "wrong-code.csv", &csv, 1, world.clock.now()),
    );
    let csv = one("W-7");
    drop_with(&world, "renamed.csv", &csv, ".hmac", &code(&world, "other.csv", &csv, 2));
    drop_with(&world, "changed.csv", &one("W-8"), ".hmac", &code(&world, "changed.csv", &one("W-9"), 3));
    let csv = one("W-10");
    let long_ago = world.clock.now() - SignedDuration::from_hours(80);
    drop_with(&world, "old.csv", &csv, ".hmac", &code_at(&SHARED, "old.csv", &csv, 4, long_ago));
    let csv = one("W-11");
    put(&world.root().join("control/hash.csv.ctl"), control(&one("W-12"), 1, "10").as_bytes());
    world.practice.drop_file("hash.csv", csv.as_bytes()).expect("a drop");
    let csv = one("W-13");
    put(&world.root().join("control/sum.csv.ctl"), control(&csv, 1, "11").as_bytes());
    world.practice.drop_file("sum.csv", csv.as_bytes()).expect("a drop");

    world.until("all ten are refused", |j| j.inbounds(&[InboundState::Refused]).expect("files").len() == 10);
    world.stop();
    let journal = world.journal();
    assert_eq!(batches(&journal), []);
    let facts = journal.facts_after(0, 1_000).expect("facts");
    let incidents = facts.iter().filter(|fact| matches!(fact.event, Event::Incident { .. })).count();
    assert_eq!(incidents, 10);
}

#[test]
fn a_counter_is_taken_once() {
    let mut world = world("required = \"L1\", limits = { L2 = { EUR = \"100\" } }");
    let one = |id: &str| batch(&[("Alpha", "10.00", id)]);
    let csv = one("C-1");
    drop_with(&world, "first.csv", &csv, ".hmac", &code(&world, "first.csv", &csv, 100));
    world.until("the first is in", |j| batches(j).len() == 1);
    let csv = one("C-2");
    drop_with(&world, "again.csv", &csv, ".hmac", &code(&world, "again.csv", &csv, 100));
    let csv = one("C-3");
    drop_with(&world, "behind.csv", &csv, ".hmac", &code(&world, "behind.csv", &csv, 20));
    let csv = one("C-4");
    drop_with(&world, "beside.csv", &csv, ".hmac", &code(&world, "beside.csv", &csv, 99));
    world.until("two are refused, one is in", |j| {
        j.inbounds(&[InboundState::Refused]).expect("files").len() == 2 && batches(j).len() == 2
    });
    world.stop();
    let mut names: Vec<_> = batches(&world.journal()).into_iter().map(|b| b.name).collect();
    names.sort();
    assert_eq!(names, ["beside.csv", "first.csv"]);
}

#[test]
fn a_control_file_that_comes_late_by_the_other_path_is_told_and_stops_what_it_contradicts() {
    let mut world = world("required = \"L0\"");
    let config = world.root().join("bankferry.toml");
    let text = std::fs::read_to_string(&config).expect("a configuration");
    put(&config, text.replace("release = { always = false", "release = { always = true").as_bytes());
    world.stop();
    world.start();
    let one = |id: &str| batch(&[("Alpha", "10.00", id)]);
    for (name, id) in [("right.csv", "C-1"), ("hash.csv", "C-2"), ("sum.csv", "C-3"), ("none.csv", "C-4")] {
        world.practice.drop_file(name, one(id).as_bytes()).expect("a drop");
    }
    let held = |j: &SqliteJournal| batches(j).iter().filter(|b| b.state == BatchState::Held).count();
    world.until("all are held", |j| held(j) == 4);
    put(&world.root().join("control/right.csv.ctl"), control(&one("C-1"), 1, "10").as_bytes());
    put(&world.root().join("control/hash.csv.ctl"), control(&one("C-9"), 1, "10").as_bytes());
    put(&world.root().join("control/sum.csv.ctl"), control(&one("C-3"), 1, "11").as_bytes());
    let told = |j: &SqliteJournal, name: &str| -> Vec<String> {
        let id = of(&batches(j), |b: &Batch| &b.name, name).id.clone();
        let facts = j.facts_of(&id).expect("facts").into_iter();
        let noticed =
            facts.filter_map(|f| if let Event::Noticed { findings } = f.event { Some(findings) } else { None });
        let rules = noticed.flatten().map(|finding| finding.rule.to_string());
        rules.filter(|rule| ["late-control", "contradicted-control"].contains(&rule.as_str())).collect()
    };
    let names = ["right.csv", "hash.csv", "sum.csv"];
    world.until("three are told", |j| names.iter().all(|name| !told(j, name).is_empty()));
    // It is looked at once, also after a new start.
    world.stop();
    world.start();
    world.until("it goes on", |_| true);
    for _ in 0..3 {
        world.until("another look", |_| true);
    }
    world.stop();
    let journal = world.journal();
    assert_eq!(told(&journal, "right.csv"), ["late-control"]);
    for name in ["hash.csv", "sum.csv"] {
        assert_eq!(told(&journal, name), ["contradicted-control"]);
        let batch = of(&batches(&journal), |b: &Batch| &b.name, name).clone();
        assert!(batch.held.iter().any(|reason| reason == "contradicted-control"), "{:?}", batch.held);
    }
    assert!(told(&journal, "none.csv").is_empty());
    let facts = journal.facts_after(0, 1_000).expect("facts").into_iter();
    let incidents = facts.filter(|f| matches!(&f.event, Event::Incident { kind: IncidentKind::Control, .. })).count();
    assert_eq!(incidents, 2);
}

#[test]
fn a_control_folder_within_the_inbox_is_no_other_path() {
    let written = |folder: &str| {
        format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n\
             authenticity = {{ control_folder = \"{folder}\" }}\n"
        )
    };
    let root = std::path::Path::new("/nowhere");
    let error = bankferry::config::Config::read(root, &written("inbox/erp/ctl")).expect_err("one path");
    assert!(error.to_string().contains("it proves nothing"), "{error}");
    bankferry::config::Config::read(root, &written("control")).unwrap_or_else(|e| panic!("{e}"));
}
