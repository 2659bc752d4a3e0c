//! A bank that answers wrongly, is somebody else, refuses us, or hangs.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bankferry::cli::practice::Options;
use bankferry::disk;
use bankferry::journal::{
    Event, InboundState, Journal, NewFact, OutboundState, PaymentFilter, Records, Rows, SqliteJournal,
    WAITS_FOR_A_PERSON,
};
use bankferry::sandbox::server::{Fault, Running, SandboxServer, SandboxUser, ServerSettings, What};

use super::{edit_config, for_somebody_else, incidents};
use crate::crash::line::quick_clock;
use crate::road::{World, all_booked, batch};

/// A bank that never makes statements and errs with its first six answers, each in another way.
const ERRING: &str = r#"
report-every-payment = true
[[account]]
id = "DE89370400440532013000"
currency = "EUR"
balance = "100000.00"
[[fault]]
kind = "wrong-key"
file = 1
[[fault]]
kind = "unsigned"
file = 2
[[fault]]
kind = "plain"
file = 3
[[fault]]
kind = "truncated"
file = 4
[[fault]]
kind = "garbage"
file = 5
[[fault]]
kind = "unknown-message"
file = 6
"#;

#[test]
fn an_answer_that_cannot_be_trusted_changes_nothing() {
    let erp = "duplicates = { totals = \"pass\" }".into();
    let mut world = World::new(&Options { settings: Some(ERRING.into()), erp, ..Options::default() });
    for n in 1..=7 {
        let csv = batch(&[("Alpha", "10.00", &format!("E-{n}"))]);
        world.practice.drop_file(&format!("batch-{n}.csv"), csv.as_bytes()).expect("a drop");
        world.until("its answer is dealt with", |j| from_bank(j, &[InboundState::Refused, InboundState::Matched]) == n);
    }
    world.until("the good answer is told", |j| outputs(j) == 2);
    let sealed = for_somebody_else(&world.root().join("state/work"));
    let outbox = world.practice.bank.settings().outbox_folder(bankferry::document::Date::default());
    disk::write_new(&outbox, "PSR_NOT-FOR-US.xml.pgp", |out| out.write_all(&sealed)).expect("a file");
    world.until("the message for others is refused", |j| from_bank(j, &[InboundState::Refused]) == 6);
    world.stop();
    let journal = world.journal();
    for file in journal.inbounds(&[InboundState::Refused]).expect("files") {
        assert!(file.note.as_deref().is_some_and(|note| note.len() > 10), "{file:?}");
        assert!(journal.facts_of(&file.id).expect("facts").iter().any(|f| matches!(f.event, Event::Refused { .. })));
    }
    let states = journal.payment_states(&PaymentFilter::default()).expect("states");
    assert_eq!((states.get("sent"), states.get("accepted")), (Some(&6), Some(&1)), "{states:?}");
    let incidents = incidents(&journal);
    assert!(incidents.iter().any(|i| i.contains("NEVERSENT-6")), "{incidents:?}");
    assert_eq!(outputs(&journal), 2, "the ERP is told nothing that is not proven");
    assert_eq!(world.received(), 7);
}

fn from_bank(journal: &SqliteJournal, states: &[InboundState]) -> usize {
    journal.inbounds(states).expect("files").iter().filter(|f| f.party == "practice-bank").count()
}

/// What the ERP can take.
fn outputs(journal: &SqliteJournal) -> usize {
    journal.outbounds(&[OutboundState::Sent]).expect("files").iter().filter(|f| f.party == "erp").count()
}

#[test]
fn a_bank_that_hangs_holds_up_nobody_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let frozen = frozen_server(dir.path());
    let party = format!(
        "[[party]]\nname = \"slow-bank\"\ntemplate = \"iso20022-bank\"\naccounts = [\"DE75512108001245126199\"]\n\
         in = {{ every_seconds = 1 }}\nrelease = {{ always = false, unauthenticated = false }}\n\
         seal = {{ sign = false, encrypt = false }}\n\
         sftp = {{ host = \"127.0.0.1\", port = {}, user = \"ferry\", password_file = \"state/slow\", \
         host_keys = [\"{}\"], timeout_seconds = 120 }}\n",
        frozen.port(),
        frozen.host_key_fingerprint()
    );
    let mut world = World::new(&Options { bank: party, ..Options::default() });
    super::put(&world.root().join("state/slow"), b"open sesame\n");
    edit_config(world.root(), |toml| {
        let both = "accounts = [\"DE89370400440532013000\", \"DE75512108001245126199\"]";
        toml.replacen("accounts = [\"DE89370400440532013000\"]", both, 1)
    });
    let slow = batch(&[("Alpha", "10.00", "S-1")]).replace("DE89370400440532013000", "DE75512108001245126199");
    world.practice.drop_file("a-slow.csv", slow.as_bytes()).expect("a drop");
    world.until("the slow bank's batch is under way", |j| {
        j.outbounds(&[OutboundState::Sending]).expect("files").iter().any(|f| f.party == "slow-bank")
    });
    let started = Instant::now();
    let fast = batch(&[("Beta", "20.00", "F-1"), ("Gamma", "30.00", "F-2")]);
    world.practice.drop_file("b-fast.csv", fast.as_bytes()).expect("a drop");
    world.until("the other bank's batch is booked", |j| {
        j.payment_states(&PaymentFilter::default()).expect("states").get("booked") == Some(&2)
    });
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(frozen.requests() > 0, "the slow bank was asked");
    let sending = world.journal().outbounds(&[OutboundState::Sending]).expect("files");
    assert_eq!(sending.len(), 1, "and has still not answered");
    drop(frozen);
    world.stop();
}

/// A server that lets us in and then never answers.
fn frozen_server(dir: &Path) -> Running {
    for folder in ["inbox", "outbox"] {
        disk::ensure_folder(&dir.join(folder), 0o700).expect("a folder");
    }
    let user = SandboxUser { name: "ferry".into(), password: Some("open sesame".into()), ..SandboxUser::default() };
    let server = SandboxServer::start(ServerSettings { users: vec![user], ..ServerSettings::new(dir) });
    let server = server.expect("a server");
    server.inject(Fault::always(What::Freeze));
    server
}

/// Why a party waits for a person, if it does.
fn waits_for_a_person(journal: &SqliteJournal) -> Option<String> {
    let contacts = journal.contacts().expect("contacts").into_iter();
    contacts.filter(|c| c.retry_at == WAITS_FOR_A_PERSON && c.party == "practice-bank").map(|c| c.note).next()
}

#[test]
fn a_refused_login_is_tried_three_times_and_a_restart_does_not_forget() {
    let mut world = World::new(&Options { erp: "duplicates = { totals = \"pass\" }".into(), ..Options::default() });
    let (clock, ahead) = quick_clock();
    world.clock = clock;
    edit_config(world.root(), |toml| toml.replace("user = \"ferry\"", "user = \"stranger\""));
    // Each of them stands in line at the bank's door.
    for n in 0..5 {
        let csv = batch(&[("Alpha", "10.00", &format!("P-{n}"))]);
        world.practice.drop_file(&format!("batch-{n}.csv"), csv.as_bytes()).expect("a drop");
    }
    world.until("a person must help", |j| {
        ahead.fetch_add(1, Ordering::Relaxed);
        // The batches must be through their checks before the days pass: their execution date is today.
        let waiting = [OutboundState::Queued, OutboundState::Sending];
        waits_for_a_person(j).is_some() && j.outbounds(&waiting).expect("files").len() == 5
    });
    world.stop();
    assert_eq!(refused_logins(&world), 3);
    for _ in 0..2 {
        ahead.fetch_add(24 * 3600, Ordering::Relaxed);
        let mut rounds = 0;
        world.until("a while has passed", |_| {
            ahead.fetch_add(10, Ordering::Relaxed);
            rounds += 1;
            rounds > 50
        });
        world.stop();
    }
    assert_eq!(refused_logins(&world), 3, "banks lock accounts");
    assert_eq!(world.received(), 0);
    // The bank knows us again and a person says so.
    edit_config(world.root(), |toml| toml.replace("user = \"stranger\"", "user = \"ferry\""));
    recover(&world);
    world.until("all batches are booked", |j| {
        ahead.fetch_add(1, Ordering::Relaxed);
        all_booked(j, 5)
    });
    world.stop();
    assert_eq!(world.received(), 5);
}

fn refused_logins(world: &World) -> usize {
    world.practice.server.log().iter().filter(|l| l.starts_with("login stranger")).count()
}

/// A person lets a party be tried again.
fn recover(world: &World) {
    let event = Event::Recovered { reason: "the bank has helped".into(), reason_zh: String::new() };
    let fact = NewFact { actor: "anna".into(), case: String::new(), subject: "practice-bank".into(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a decision");
}

#[test]
fn a_changed_host_key_stops_the_connection_before_anything_is_said() {
    let mut world = World::new(&Options::default());
    world.practice.server.change_host_key().expect("another key");
    world.practice.drop_file("batch.csv", batch(&[("Alpha", "10.00", "K-1")]).as_bytes()).expect("a drop");
    world.until("a person must look", |j| waits_for_a_person(j).is_some());
    world.until("the batch is ready", |j| !j.outbounds(&[OutboundState::Queued]).expect("files").is_empty());
    world.stop();
    let why = waits_for_a_person(&world.journal()).expect("a reason");
    assert!(why.contains("host key") && why.contains(&world.practice.server.host_key_fingerprint()), "{why}");
    assert!(world.practice.server.log().is_empty(), "not even a login: {:?}", world.practice.server.log());
    assert_eq!(world.received(), 0);
}
