//! A bank that takes one file of payments at a time never has two: the others wait in order, are told of, and none is
//! lost.

use std::process::Command;

use bankferry::cli::practice::Options;
use bankferry::config::Config;
use bankferry::journal::{
    Act, Answer, BatchState, Change, Event, Journal, NewFact, Outbound, OutboundState, Oversight, PaymentChange,
    PaymentState, Purpose, Records, Rows, SqliteJournal,
};
use bankferry::route::{decide, in_flight};

use super::cli::house::{House, at};
use super::road::{Hour, World, batch};

/// Settings of a practice bank that answers a minute after it took a file.
const SLOW: &str = "statement-after = 100000\nanswer-after = 60\n[[account]]\nid = \"DE89370400440532013000\"\n\
    currency = \"EUR\"\nbalance = \"100000.00\"\n";

fn options(settings: &str) -> Options {
    let bank = "out = { one_in_flight = \"received\" }".to_string();
    let erp = "duplicates = { totals = \"pass\", payment = \"pass\" }".to_string();
    Options { bank, erp, settings: Some(settings.to_string()), ..Options::default() }
}

fn drop_batches(world: &World, count: usize) {
    for n in 1..=count {
        let csv = batch(&[("Alpha", &format!("{n}.00"), &format!("F-{n}"))]);
        world.practice.drop_file(&format!("{n}.csv"), csv.as_bytes()).expect("a drop");
    }
}

/// The files of payments in the order of their numbers.
fn files(journal: &SqliteJournal) -> Vec<Outbound> {
    let mut files = journal.outbounds(&[]).expect("files");
    files.retain(|file| file.purpose == Purpose::Payments);
    files
}

/// How many files are on their way without an answer; never more than one.
fn on_their_way(journal: &SqliteJournal) -> usize {
    use OutboundState::{Publishing, Sending, Sent, Unconfirmed, Unknown};
    let on_its_way = |f: &&Outbound| matches!(f.state, Sending | Publishing | Sent | Unconfirmed | Unknown);
    let count = files(journal).iter().filter(on_its_way).count();
    assert!(count <= 1, "{:?}", files(journal));
    count
}

fn answered(journal: &SqliteJournal) -> usize {
    files(journal).iter().filter(|f| f.state == OutboundState::Answered).count()
}

#[test]
fn files_wait_for_the_answer_to_the_one_before_them_and_go_in_order() {
    let hour = Hour::default();
    let mut world = World::at(hour.clock(), &options(SLOW));
    drop_batches(&world, 3);
    world.until("one is sent and two are queued", |j| {
        let states: Vec<_> = files(j).iter().map(|f| f.state).collect();
        on_their_way(j) == 1 && states == [OutboundState::Sent, OutboundState::Queued, OutboundState::Queued]
    });
    let mut rounds = 0;
    world.until("nothing more happens", |j| {
        rounds += 1;
        on_their_way(j);
        rounds == 20
    });
    assert_eq!(world.received(), 1);
    // Another process finds the same in the journal.
    world.stop();
    for _ in 0..2 {
        let mut once = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        let output = once.arg("--dir").arg(world.root()).arg("once").output().expect("the program");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world.practice.tick(world.clock.now());
        assert_eq!(world.received(), 1);
    }
    for done in 1..=3 {
        hour.pass(61);
        world.until("it is answered, and the next one is sent", |j| {
            let next = files(j).iter().filter(|f| f.state == OutboundState::Sent).count();
            on_their_way(j) <= 1 && answered(j) == done && next == usize::from(done < 3)
        });
        // The bank's minute begins when it has taken the file.
        let wanted = (done + 1).min(3);
        for _ in 0..1_000 {
            if world.received() >= wanted {
                break;
            }
            world.until("the bank looks", |_| true);
        }
        assert_eq!(world.received(), wanted, "the bank takes each file");
    }
    world.stop();
    let sent: Vec<_> = world.practice.bank.received().iter().map(|r| r.message_id.clone()).collect();
    let numbered: Vec<_> = files(&world.journal()).into_iter().map(|f| f.message_id).collect();
    assert_eq!(sent, numbered, "in the order of their numbers, each once");
}

/// Whether the first of two files is with the bank and the second waits.
fn is_first_through(journal: &SqliteJournal) -> bool {
    use OutboundState::{Queued, Sent, Unconfirmed};
    let states: Vec<_> = files(journal).iter().map(|f| f.state).collect();
    matches!(states.as_slice(), [Sent | Unconfirmed, Queued])
}

#[test]
fn a_kill_at_any_point_never_lets_two_files_be_on_their_way() {
    let lost = format!("{SLOW}[[fault]]\nkind = \"lost\"\n");
    let mut world = World::new(&options(&lost));
    drop_batches(&world, 2);
    let mut killed = 0;
    for n in 1..400_u64 {
        let mut once = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        once.arg("--dir").arg(world.root()).arg("once").env("BANKFERRY_CRASH_AT", (3 + n * 7 % 60).to_string());
        let output = once.output().expect("the program");
        world.practice.tick(world.clock.now());
        killed += u32::from(output.status.code().is_none());
        let journal = world.journal();
        on_their_way(&journal);
        assert!(world.received() <= 1);
        if n > 20 && is_first_through(&journal) {
            break;
        }
    }
    assert!(killed > 5, "{killed}");
    assert!(is_first_through(&world.journal()), "no file is lost: {:?}", files(&world.journal()));
    // No answer comes. A person asks the bank, and it takes the next one.
    let first = files(&world.journal()).remove(0);
    let reason = || "the bank, by telephone".to_string();
    // The bank took the file before a process that was killed had seen it under its name.
    let taken = (first.state != OutboundState::Sent).then(|| Event::Resolved { sent: true, reason: reason() });
    let state = |event| {
        let fact = NewFact { actor: "anna".into(), case: first.case.clone(), subject: first.id.clone(), event };
        world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a word");
    };
    taken.into_iter().chain([Event::Freed { reason: reason() }]).for_each(state);
    world.until("the next one goes", |j| files(j).iter().all(|f| f.state == OutboundState::Sent));
    world.stop();
    world.practice.tick(world.clock.now());
    assert_eq!(world.received(), 2);
}

/// A file that is on its way without an answer, and one behind it that `anna` released: over what goes alone.
fn one_released_behind_another(hour: &Hour) -> World {
    let lost = format!("{SLOW}[[fault]]\nkind = \"lost\"\n");
    let erp = "outputs = { acceptance = [\"csv\", \"jsonl\"] }\n\
               duplicates = { totals = \"pass\", payment = \"pass\" }";
    let mut world = World::at(hour.clock(), &Options { erp: erp.into(), ..options(&lost) });
    drop_batches(&world, 1);
    world.until("the first is sent", |j| files(j).iter().any(|f| f.state == OutboundState::Sent));
    let csv = batch(&[("Alpha", "6000.00", "F-2")]);
    world.practice.drop_file("2.csv", csv.as_bytes()).expect("a drop");
    world.until("the second is held", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    let held = world.journal().batches(&[BatchState::Held]).expect("batches").remove(0);
    let config = Config::load(world.root()).expect("a configuration");
    let bound = decide::bound(&config, &held, world.clock.now()).map(Box::new);
    let event = Event::Released { digest: held.totals.digest.clone(), reason: "seen".into(), bound };
    word(&world, &held.inbound, &held.id, event);
    world.until("the second is queued", |j| j.outbounds(&[OutboundState::Queued]).expect("files").len() == 1);
    world
}

fn word(world: &World, case: &str, subject: &str, event: Event) {
    let fact = NewFact { actor: "anna".into(), case: case.into(), subject: subject.into(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a word");
}

/// The bank says by telephone that it takes the next one.
fn freed(world: &World) {
    let first = files(&world.journal()).remove(0);
    word(world, &first.case, &first.id, Event::Freed { reason: "by telephone".into() });
}

#[test]
fn an_approval_that_has_not_expired_lets_a_file_go_when_its_turn_has_come() {
    let hour = Hour::default();
    let mut world = one_released_behind_another(&hour);
    hour.pass(23 * 3_600);
    freed(&world);
    world.until("the second goes", |j| files(j).iter().all(|f| f.state == OutboundState::Sent));
    world.stop();
    assert!(world.outbox().values().all(|text| !text.contains("held")), "{:?}", world.outbox());
}

#[test]
fn an_approval_that_lapses_in_line_is_told_there_and_then() {
    let hour = Hour::default();
    let mut world = one_released_behind_another(&hour);
    let expired = |told: &str| told.contains("the approval has expired");
    hour.pass(25 * 3_600);
    world.until("it stops, an alarm is raised and the ERP is told", |j| {
        let told = j.outbounds(&[OutboundState::Sent]).expect("files");
        let alarms = j.alarms(false).expect("alarms");
        told.iter().filter(|file| file.purpose == Purpose::Acceptance).count() == 6
            && alarms.iter().any(|alarm| alarm.key.starts_with("failed ") && expired(&alarm.what.en))
    });
    let stopped = files(&world.journal()).remove(1);
    assert_eq!((stopped.state, stopped.attempt), (OutboundState::Queued, 0));
    assert!(stopped.evidence.as_deref().is_some_and(expired), "{stopped:?}");
    let outbox = world.outbox();
    let told: Vec<&String> = outbox.values().filter(|text| expired(text)).collect();
    assert_eq!(told.len(), 2, "{outbox:?}");
    for text in told {
        assert!(text.contains("held") && text.contains("6000.00") && text.contains(&stopped.name), "{text}");
        assert!(!text.contains("\"expected\""), "nobody knows when it goes: {text}");
    }
    // Its turn comes, and it does not go before it is approved anew.
    freed(&world);
    let mut rounds = 0;
    world.until("nothing more happens", |j| {
        rounds += 1;
        assert_eq!(files(j)[1].attempt, 0);
        rounds == 20
    });
    let batch = world.journal().carried_by(&stopped.id).expect("batches").remove(0);
    let config = Config::load(world.root()).expect("a configuration");
    let (what, reason) = (Act::Release, "still right".to_string());
    let (digest, expires) = (decide::sending_digest(&config, &batch), decide::expiry(&config, world.clock.now()));
    let approved = Event::Approved { what, digest, proposal: None, reason: reason.clone(), expires: Some(expires) };
    word(&world, &stopped.case, &stopped.id, approved);
    word(&world, &stopped.case, &stopped.id, Event::Recovered { reason, reason_zh: String::new() });
    world.until("it goes", |j| files(j)[1].state == OutboundState::Sent);
    world.stop();
}

/// An installation whose bank takes one file at a time, freed by this.
fn house(freed_by: &str) -> House {
    let mut house = House::with("test", "");
    one_in_flight(&house, freed_by);
    house.queued(2);
    house
}

fn one_in_flight(house: &House, freed_by: &str) {
    let path = house.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let rule = format!(
        "template = \"iso20022-bank\"\nout = {{ one_in_flight = \"{freed_by}\" }}\n\
         answers = {{ received_within = \"1h\" }}"
    );
    let config = config.replace("template = \"iso20022-bank\"", &rule);
    bankferry::disk::replace(house.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
}

fn ahead(house: &House) -> Option<String> {
    let config = Config::load(house.root()).expect("a configuration");
    let bank = config.party("acme").expect("the bank");
    in_flight::ahead(&house.journal, bank, at()).expect("an answer").map(|file| file.id)
}

/// The bank's answer that gives both payments of the first batch this state.
fn answer(house: &mut House, state: PaymentState) {
    let rows: Vec<i64> = house.journal.rows_of_file("O20261123-0001").expect("rows");
    let change = |row: &i64| Change::One(PaymentChange { payment: *row, state, bank_status: None, reason: None });
    let changes: Vec<Change> = rows.iter().map(change).collect();
    let answer = Answer { inbound: "I9".into(), status: None, payments: Default::default() };
    let (case, subject) = ("I20261123-0001".into(), "O20261123-0001".into());
    let fact = NewFact { actor: "bankferry".into(), case, subject, event: Event::Answered(answer) };
    house.journal.append(at(), vec![(fact, Rows::Changes(&changes))]).expect("an answer");
}

#[test]
fn the_answer_that_the_template_asks_for_frees_the_way() {
    use PaymentState::{Accepted, Executed, Rejected, Unknown};
    // What the bank says, and whether the next may go after it, level by level.
    let said: [(&[PaymentState], [bool; 3]); 5] = [
        (&[Unknown], [true, false, false]),
        (&[Accepted], [true, true, false]),
        (&[Accepted, Executed], [true, true, true]),
        (&[Rejected], [true, true, true]),
        (&[Rejected, Unknown], [true, false, false]),
    ];
    for (states, free) in said {
        for (level, free) in ["received", "accepted", "executed"].into_iter().zip(free) {
            let mut house = house(level);
            assert_eq!(ahead(&house), None, "a queued file is not on its way");
            let file = house.unknown(1);
            assert_eq!(ahead(&house), Some(file.clone()));
            states.iter().for_each(|state| answer(&mut house, *state));
            assert_eq!(ahead(&house).is_none(), free, "{level} after {states:?}");
        }
    }
}

#[test]
fn an_unknown_file_holds_the_others_up_until_a_person_has_said_that_the_bank_has_it_not() {
    let mut house = house("received");
    let file = house.unknown(1);
    let reason = ["--as", "anna", "--reason", "asked the bank"];
    let refused = house.ends(1, &[&["release", file.as_str()][..], &reason].concat());
    assert!(refused.err.contains("resolve"), "{}", refused.all());
    house.ends(0, &[&["resolve", file.as_str(), "--not-sent"][..], &reason].concat());
    assert_eq!(ahead(&house), None);
    let mut house = self::house("received");
    let file = house.unknown(1);
    house.ends(0, &[&["resolve", file.as_str(), "--sent"][..], &reason].concat());
    assert_eq!(ahead(&house), Some(file.clone()), "the bank has it and has not answered");
    house.ends(1, &["release", &file, "--as", "otto", "--reason", "he may not"]);
    house.ends(2, &["release", &file, "--as", "anna"]);
    let passed = house.ends(0, &[&["release", file.as_str()][..], &reason].concat());
    assert!(passed.err.contains("the next file for `acme` goes"), "{}", passed.all());
    assert_eq!(ahead(&house), None);
    house.ends(1, &[&["release", file.as_str()][..], &reason].concat());
}

#[test]
fn in_production_two_people_let_the_next_file_go() {
    let mut house = House::with("production", "");
    one_in_flight(&house, "received");
    house.queued(2);
    let file = house.unknown(1);
    for name in ["anna", "ben"] {
        house.ends(0, &["resolve", &file, "--sent", "--as", name, "--reason", "the bank has it"]);
    }
    let by = |name: &'static str| ["release", file.as_str(), "--as", name, "--reason", "asked the bank"];
    let first = house.ends(0, &by("anna"));
    assert!(first.err.contains("needs another person's word"), "{}", first.all());
    house.ends(1, &by("anna"));
    assert_eq!(ahead(&house), Some(file.clone()));
    house.ends(0, &by("ben"));
    assert_eq!(ahead(&house), None);
}

#[test]
fn who_looks_is_told_which_file_holds_the_others_up_and_since_when() {
    let mut house = house("received");
    let file = house.unknown(1);
    house.ends(0, &["resolve", &file, "--sent", "--as", "anna", "--reason", "the bank has it"]);
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("`acme` TAKES ONE FILE AT A TIME: 1 wait: O20261123-0002"), "{status}");
    assert!(status.contains("bankferry release O20261123-0001 --reason TEXT"), "{status}");
    assert!(status.contains("; 1 files wait behind it: O20261123-0002"), "an overdue answer says so: {status}");
    let json = house.ends(0, &["status", "--json"]).json();
    let behind = &json["behind"][0];
    assert_eq!((behind["ahead"].as_str(), behind["state"].as_str()), (Some(file.as_str()), Some("sent")));
    assert_eq!(behind["waits"][0].as_str(), Some("O20261123-0002"));
    assert!(behind["since"].as_str().is_some_and(|since| since.contains('T')), "{behind}");
    let shown = house.ends(0, &["show", "O20261123-0002"]).out;
    assert!(shown.contains("`O20261123-0001`, which is sent since"), "{shown}");
    let chinese = house.ends(0, &["--lang", "zh", "show", "O20261123-0002"]).out;
    assert!(chinese.contains("该银行一次只收一个文件"), "{chinese}");
    let shown = house.ends(0, &["show", "O20261123-0002", "--json"]).json();
    assert_eq!(shown["behind"]["id"].as_str(), Some(file.as_str()));
}

#[test]
fn only_a_bank_takes_one_file_at_a_time() {
    let config = "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"erp\"\n\
                  template = \"csv-erp\"\nout = { one_in_flight = \"received\" }\n";
    let wrong = Config::read(std::path::Path::new("/nowhere"), config).expect_err("an ERP");
    assert!(wrong.to_string().contains("`out.one_in_flight` is about payment files for a bank"), "{wrong}");
}

#[test]
fn the_specification_that_is_agreed_with_the_bank_says_so() {
    let house = House::new("test");
    let own = "name = \"strict\"\nextends = \"iso20022-bank\"\nout = { one_in_flight = \"accepted\" }\n[provenance]\n\
               source = \"x\"\ndate = \"2026-11-01\"\nverified = false\n";
    bankferry::disk::ensure_folder(&house.root().join("templates"), 0o750).expect("a folder");
    bankferry::disk::replace(&house.root().join("templates"), "strict.toml", own.as_bytes()).expect("a template");
    let printed = house.ends(0, &["spec", "strict"]).out;
    assert!(printed.contains("one: the next leaves when every payment of the one before it was taken on"), "{printed}");
    let chinese = house.ends(0, &["--lang", "zh", "spec", "strict"]).out;
    assert!(chinese.contains("前一文件的每笔付款均受理或拒绝后方发送下一个"), "{chinese}");
    // And `check` asks by when it answers.
    let config = std::fs::read_to_string(house.root().join("bankferry.toml")).expect("a configuration");
    let config = config.replace("\"iso20022-bank\"", "\"strict\"");
    bankferry::disk::replace(house.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    let said = house.run(&["check"]).err;
    assert!(said.contains("`acme` takes one file at a time, and nobody is told when its answer is missing"), "{said}");
}
