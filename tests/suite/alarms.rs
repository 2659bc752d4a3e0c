//! Alarms: raised once, told by every route, over when they are over; a dead route holds up nothing.

mod overdue;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use bankferry::cli::practice::Options;
use bankferry::journal::{Event, Journal, NewFact, Oversight, Records, Rows};

use crate::road::{World, all_booked, batch};

/// A server that takes `count` posts and gives their bodies.
fn hook(count: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/alarm", listener.local_addr().expect("an address"));
    let serve = move || {
        let take = |_| {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("an answer");
            String::from_utf8(body).expect("text")
        };
        (0..count).map(take).collect()
    };
    (address, std::thread::spawn(serve))
}

pub fn with_routes(world: &World, routes: &str) {
    let path = world.root().join("bankferry.toml");
    let config = std::fs::read_to_string(path).expect("a configuration") + routes;
    bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
}

pub fn ferry(root: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bankferry"))
        .arg("--dir")
        .arg(root)
        .args(args)
        .env("LC_ALL", "C")
        .output()
        .expect("the program");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn fail(world: &World, party: &str, event: Event) {
    let fact = NewFact { actor: "bankferry".into(), case: String::new(), subject: party.into(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
}

#[test]
fn an_alarm_is_told_by_webhook_command_and_mail_once_and_again_when_it_is_over() {
    let mut world = World::new(&Options::default());
    let (address, served) = hook(2);
    let dir = world.root().parent().expect("a folder").to_path_buf();
    let (heard, letters) = (dir.join("heard"), dir.join("letters"));
    with_routes(
        &world,
        &format!(
            "\n[[alarms.route]]\nname = \"hook\"\nwebhook = \"{address}\"\n\
             [[alarms.route]]\nname = \"page\"\ncommand = [\"/bin/sh\", \"-c\", \"cat >> $0; echo >> $0\", \"{}\"]\n\
             [[alarms.route]]\nname = \"mail\"\n[alarms.route.mail]\nfrom = \"ferry@example.org\"\n\
             to = [\"ops@example.org\"]\nsendmail = [\"/bin/sh\", \"-c\", \"cat >> $0\", \"{}\"]\n\
             [[alarms.route]]\nname = \"boss\"\nafter_hours = 4\ncommand = [\"/bin/false\"]\n",
            heard.display(),
            letters.display()
        ),
    );
    world.start();
    let error = || "the host key is another one".to_string();
    fail(&world, "erp", Event::Failed { error: error(), error_zh: error(), retry_at: None });
    let told = |n: usize, over: bool| {
        move |j: &bankferry::journal::SqliteJournal| {
            let alarms = j.alarms(true).expect("alarms");
            let done =
                |t: &bankferry::journal::Telling| if over { t.over_told_at.is_some() } else { t.told_at.is_some() };
            alarms.first().is_some_and(|a| a.told.iter().filter(|t| done(t)).count() == n)
        }
    };
    world.until("it is told", told(3, false));
    let (_, listed) = ferry(world.root(), &["--json", "list", "alarms"]);
    assert!(listed.contains("\"key\":\"contact erp\"") && listed.contains("host key"), "{listed}");
    assert!(ferry(world.root(), &["status"]).1.contains("ALARMS: 1"), "on the screen");
    fail(&world, "erp", Event::Recovered { reason: "put right".into(), reason_zh: String::new() });
    world.until("its end is told", told(3, true));
    world.stop();
    assert_eq!(ferry(world.root(), &["--json", "list", "alarms"]).1, "");
    let bodies = served.join().expect("two posts");
    assert!(bodies[0].contains("\"event\":\"raised\"") && bodies[1].contains("\"event\":\"cleared\""), "{bodies:?}");
    assert!(bodies[0].contains("\"money\":\"nothing is sent to it and nothing fetched\""), "{bodies:?}");
    assert!(bodies[1].contains("\"what\":\"over: `erp` is not contacted any more"), "{bodies:?}");
    assert!(bodies[1].contains("\"money\":\"what it said is not so any more\""), "{bodies:?}");
    assert!(bodies[1].contains("\"hint\":\"nothing more needs to be done about this alarm\""), "{bodies:?}");
    let lines = std::fs::read_to_string(heard).expect("heard");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let letters = std::fs::read_to_string(letters).expect("letters");
    assert!(letters.starts_with("From: ferry@example.org\nTo: ops@example.org\nSubject: =?UTF-8?B?"), "{letters}");
    let journal = world.journal();
    let facts = journal.facts_after(0, 1_000).expect("facts");
    let count = |word: &str| facts.iter().filter(|f| f.event.word() == word).count();
    assert_eq!([count("alarmed"), count("alarm-cleared"), count("alarm-told")], [1, 1, 6], "each once");
}

#[test]
fn a_dead_webhook_holds_up_no_payment_and_is_tried_again_later() {
    let mut world = World::new(&Options::default());
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    with_routes(
        &world,
        &format!(
            "\n[[alarms.route]]\nname = \"bad\"\ncommand = [\"/bin/false\"]\n\
             [[alarms.route]]\nname = \"hook\"\nwebhook = \"http://{address}/\"\n"
        ),
    );
    world.start();
    fail(&world, "", Event::Incident { what: "strange".into(), what_zh: "异常".into(), kind: Default::default() });
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "R-1")]).as_bytes()).expect("a drop");
    world.until("it is booked", |j| all_booked(j, 1));
    world.until("the failure is stated", |j| {
        let alarms = j.alarms(false).expect("alarms");
        alarms.iter().flat_map(|a| &a.told).any(|t| t.failures == 1 && t.retry_at.is_some() && t.route == "bad")
    });
    drop(listener);
    world.stop();
}

#[test]
fn a_route_that_hangs_or_fails_keeps_no_other_from_hearing_in_the_same_run() {
    let world = World::new(&Options::default());
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = world.root().parent().expect("a folder").join("heard");
    with_routes(
        &world,
        &format!(
            "\n[[alarms.route]]\nname = \"hook\"\nwebhook = \"http://{address}/\"\n\
             [[alarms.route]]\nname = \"bad\"\ncommand = [\"/bin/false\"]\n\
             [[alarms.route]]\nname = \"page\"\ncommand = [\"/bin/sh\", \"-c\", \"cat >> $0; echo >> $0\", \"{}\"]\n",
            heard.display()
        ),
    );
    for what in ["strange", "stranger"] {
        let (what, what_zh) = (what.to_string(), "异常".to_string());
        fail(&world, "", Event::Incident { what, what_zh, kind: Default::default() });
    }
    ferry(world.root(), &["once"]);
    let lines = std::fs::read_to_string(heard).expect("the last route heard it in this run");
    assert!(lines.contains("incident: strange\"") && lines.contains("incident: stranger\""), "{lines}");
    let told = world.journal().alarms(false).expect("alarms");
    let of = |route: &str| told.iter().flat_map(|a| &a.told).filter(|t| t.route == route).collect::<Vec<_>>();
    assert!(of("page").iter().all(|t| t.told_at.is_some()) && of("bad").iter().all(|t| t.failures > 0));
    drop(listener);
}

#[test]
fn a_test_alarm_shows_whether_a_route_works() {
    let world = World::new(&Options::default());
    with_routes(&world, "\n[[alarms.route]]\nname = \"good\"\ncommand = [\"/bin/cat\"]\n");
    let (_, shown) = ferry(world.root(), &["check", "--alarm-test"]);
    assert!(shown.contains("`good` took a test alarm"), "{shown}");
    with_routes(&world, "[[alarms.route]]\nname = \"bad\"\ncommand = [\"/bin/false\"]\n");
    let (code, shown) = ferry(world.root(), &["check", "--alarm-test"]);
    assert_eq!(code, Some(1));
    assert!(shown.contains("`bad` did not take a test alarm"), "{shown}");
}
