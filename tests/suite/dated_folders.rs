//! A bank that has a folder for every day: requests go into today's, answers are fetched from today's and from those of
//! the days before.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bankferry::cli::practice::{Options, Practice, Script};
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::journal::{Event, OutboundState, Purpose, Records, SqliteJournal};
use bankferry::template;
use jiff::ToSpan;

use super::banks::{OURS, files, today, write};
use super::road::Hour;

/// An installation with the generic Chinese exchange, in folders.
fn house(root: &Path) {
    for folder in ["inbox/erp", "outbox/erp", "inbox/bank", "outbox/bank", "state/keys"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    let config = format!(
        "[installation]\nname = \"house\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\
         [[party]]\nname = \"erp\"\ntemplate = \"csv-erp-zh\"\naccounts = [\"{OURS}\"]\n\
         in = {{ complete = \"rename\", every_seconds = 1 }}\nrelease = {{ always = false, unauthenticated = false }}\n\
         [[party]]\nname = \"bank\"\ntemplate = \"cn-sftp\"\naccounts = [\"{OURS}\"]\n\
         in = {{ complete = \"rename\", every_seconds = 1, clear = \"remove\" }}\n\
         release = {{ always = false, unauthenticated = false }}\n"
    );
    write(&root.join("bankferry.toml"), config.as_bytes());
}

fn run(root: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.arg("--dir").arg(root).args(arguments).env("LC_ALL", "C").env_remove("LANG").output();
    let output = output.expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder of a day, counted from today.
fn day(below: PathBuf, days: i64) -> PathBuf {
    let day = jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now()).date().saturating_add(days.days());
    below.join(day.strftime("%Y%m%d").to_string())
}

#[test]
fn requests_go_into_todays_folder_and_answers_come_from_those_of_some_days() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path();
    house(root);
    // The bank's own example is what the ERP drops, for today.
    let example = root.join("example.txt");
    write(&example, template::example("cn-sftp", "payments.txt").expect("an example"));
    let payments = run(root, &["convert", "--from", "cn-sftp", example.to_str().expect("a path")]);
    let payments = payments.replace("2026-12-01", &today()).replace("88000000000017", OURS);
    write(&root.join("inbox/erp/payments.jsonl"), payments.as_bytes());
    run(root, &["once"]);
    let requests = files(&day(root.join("outbox/bank"), 0));
    assert_eq!(requests.len(), 1, "{}", run(root, &["list", "files"]));
    let (name, request) = requests.iter().next().expect("a request");
    let date = today().replace('-', "");
    assert_eq!(*name, format!("REQ_105_TEST0001_{date}_000001.ok"));
    let request = String::from_utf8_lossy(request);
    let answer = |payment: &str, cents: &str| {
        assert!(request.contains(payment), "{request}");
        format!("批次号,商户提现单号,提现金额,处理结果,失败原因,银行流水号\n,`{payment},`{cents},`S,,`R-{payment}\n")
    };
    for (days, payment, cents) in [(0, "QH-01", "100000"), (-2, "QH-02", "23450"), (-9, "QH-01", "100000")] {
        let folder = day(root.join("inbox/bank"), days);
        std::fs::create_dir_all(&folder).expect("a folder");
        write(&folder.join(format!("RESP_{payment}.ok")), answer(payment, cents).as_bytes());
    }
    run(root, &["once"]);
    let told = run(root, &["list", "payments", "--json"]);
    assert_eq!(told.matches("executed").count(), 2, "{told}");
    assert!(files(&day(root.join("inbox/bank"), 0)).is_empty() && files(&day(root.join("inbox/bank"), -2)).is_empty());
    assert_eq!(files(&day(root.join("inbox/bank"), -9)).len(), 1, "older than the template says");
}

/// A bank's server that has no folder for today yet: nothing is given, the person is told what is missing and who makes
/// it, what is looked for in it is simply not there, and all goes on once the bank made it.
#[test]
fn a_server_without_todays_folder_is_told_of_and_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let hour = Hour::default();
    let clock = hour.clock();
    let script = Script::of(Path::new("/nonexistent"), "cn-sftp", clock.now()).unwrap_or_else(|e| panic!("{e}"));
    let options = Options { script: Some(script.clone()), ..Options::default() };
    let mut practice = Practice::make(dir.path(), clock.now(), &options).unwrap_or_else(|e| panic!("{e}"));
    let path = practice.root.join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    write(&path, config.replace("always = true", "always = false").as_bytes());
    practice.drop_file("payments.jsonl", &script.batch).unwrap_or_else(|e| panic!("{e}"));
    let todays = practice.bank.settings().inbox_folder(jiff::tz::TimeZone::UTC.to_datetime(clock.now()).date());
    assert!(!todays.exists(), "the bank has not begun its day");
    let config = Config::load(&practice.root).unwrap_or_else(|e| panic!("{e}"));
    let mut daemon = Daemon::start(config, clock.clone()).unwrap_or_else(|t| panic!("{}", t.what));
    let journal = SqliteJournal::open_to_read(&practice.root.join("state/journal.db")).expect("a journal");
    let started = Instant::now();
    let said = loop {
        daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
        let failed = journal.facts_after(0, 500).expect("facts").into_iter().find_map(|fact| match fact.event {
            Event::Failed { error, error_zh, .. } if fact.subject.starts_with('O') => Some((error, error_zh)),
            _ => None,
        });
        if let Some(said) = failed {
            break said;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{}", run(&practice.root, &["list", "files"]));
    };
    let day = todays.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    assert!(said.0.contains(&day) && said.0.contains("the bank makes it"), "{}", said.0);
    assert!(said.1.contains(&day) && said.1.contains("由银行建立"), "{}", said.1);
    assert!(!todays.exists(), "nobody made it in the bank's place");
    let sent = |journal: &SqliteJournal| {
        let files = journal.outbounds(&[OutboundState::Sent, OutboundState::Answered]).expect("files");
        files.into_iter().any(|file| file.purpose == Purpose::Payments)
    };
    let answered = |journal: &SqliteJournal| {
        let facts = journal.facts_after(0, 500).expect("facts");
        facts.iter().any(|fact| matches!(fact.event, Event::Matched { .. }))
    };
    while !(sent(&journal) && answered(&journal)) {
        practice.tick(clock.now());
        hour.pass(5);
        daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
        assert!(started.elapsed() < Duration::from_secs(60), "{}", run(&practice.root, &["list", "files"]));
    }
    assert_eq!(practice.bank.received().len(), 1);
}
