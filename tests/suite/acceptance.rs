//! What an ERP is told when its batch is accepted: when the bank takes it, and when the bank is to have answered.

use std::path::Path;

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::journal::{OutboundState, Purpose, Records};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::road::{World, batch};

/// A clock that runs, at eight in the evening of today or tomorrow.
fn evening() -> Clock {
    let now = Clock::system().now().as_second();
    let ahead = (20 * 3600 - now.rem_euclid(86_400)).rem_euclid(86_400);
    Clock::by(move || Clock::system().now() + SignedDuration::from_secs(ahead))
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[test]
fn the_erp_is_told_when_the_bank_takes_its_batch_and_when_the_answer_is_due() {
    let mut world = World::new(&Options {
        erp: "outputs = { acceptance = [\"csv\", \"jsonl\"] }".into(),
        bank: "calendar = { time_zone = \"UTC\", send_from = \"08:30\", cut_off = \"16:00\" }\n\
               answers = { received_within = \"2h\", accepted_by = \"18:00\", executed_by = \"12:00\" }"
            .into(),
        ..Options::default()
    });
    world.clock = evening();
    let (today, tomorrow) = (day(world.clock.now()), day(world.clock.now() + SignedDuration::from_hours(24)));
    let csv = batch(&[("Alpha", "10.00", "A-1"), ("Beta", "11.00", "A-2")]);
    let csv = csv.replace(&day(Clock::system().now()), &today);
    world.practice.drop_file("batch.csv", csv.as_bytes()).expect("a drop");
    world.until("the batch waits, and the ERP knows", |journal| {
        let sent = journal.outbounds(&[OutboundState::Sent]).expect("files");
        sent.iter().filter(|file| file.party == "erp").count() == 2
    });
    let waits = world.journal().outbounds(&[OutboundState::Queued]).expect("files").remove(0);
    assert_eq!(waits.not_before.as_deref(), Some(format!("{tomorrow}T08:30:00.000Z").as_str()));
    let told = world.outbox();
    assert!(told.keys().all(|name| !name.starts_with("status")), "who waits for statuses sees no other columns");
    let (_, csv) = told.iter().find(|(name, _)| name.starts_with("acceptance") && name.ends_with(".csv")).expect("CSV");
    let mut lines = csv.lines();
    let names = "batch,end_to_end_id,amount,currency,status,expected,answer_expected,acceptance_expected,\
                 execution_expected,bank,bank_file,at,message";
    assert_eq!(lines.next(), Some(names));
    let first: Vec<&str> = lines.next().expect("a row").split(',').collect();
    assert_eq!(first[1..5], ["A-1", "10.00", "EUR", "queued"]);
    assert_eq!(first[5], format!("{tomorrow}T08:30:00.000Z"));
    assert_eq!(first[6], format!("{tomorrow}T10:30:00.000Z"));
    assert_eq!(first[7], format!("{tomorrow}T18:00:00.000Z"));
    assert_eq!(first[8], format!("{tomorrow}T12:00:00.000Z"));
    assert_eq!(first[9..11], ["practice-bank", waits.name.as_str()]);
    let (_, lines) = told.iter().find(|(name, _)| name.ends_with(".jsonl")).expect("JSON lines");
    let head: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&head["type"], &head["count"]), (&"acceptance".into(), &2.into()));
    assert_eq!((&head["file"], &head["sums"]["EUR"]), (&"batch.csv".into(), &"21.00".into()));
    assert_eq!(head["expected"], first[5]);
    world.stop();
}

/// A world at eight in the evening whose morrow its bank keeps as a holiday, and when the bank opens after it.
fn before_a_holiday(erp: &str) -> (World, String) {
    let clock = evening();
    let now = clock.now();
    let at = |hours: i64| now + SignedDuration::from_hours(hours);
    let mut table = String::from("source = \"x\"\nchecked = \"2026-01-01\"\nweekend = []\n");
    let closed = at(24).strftime("%Y-%m-%d").to_string();
    for year in [at(0), at(24 * 366)].map(|at| at.strftime("%Y").to_string()) {
        let of_year = if closed.starts_with(&year) { format!("\"{}\"", &closed[5..]) } else { String::new() };
        table += &format!("[year.{year}]\nclosed = [{of_year}]\n");
    }
    let bank = "# LATER".to_string();
    let mut world = World::new(&Options { erp: erp.into(), bank, ..Options::default() });
    let calendars = world.root().join("templates/calendars");
    bankferry::disk::ensure_folder(&calendars, 0o750).expect("a folder");
    bankferry::disk::replace(&calendars, "own.toml", table.as_bytes()).expect("a calendar");
    let config = std::fs::read_to_string(world.root().join("bankferry.toml")).expect("a configuration");
    let hours = "calendar = { time_zone = \"UTC\", banking_days = [\"own\"], send_from = \"08:30\", cut_off = \
                 \"16:00\" }\nanswers = { received_within = \"2h\" }";
    bankferry::disk::replace(world.root(), "bankferry.toml", config.replacen("# LATER", hours, 1).as_bytes())
        .expect("a configuration");
    world.clock = clock;
    let opens = format!("{}T08:30:00.000Z", day(at(48)));
    (world, opens)
}

#[test]
fn a_holiday_and_a_missed_cut_off_are_told_in_every_kind_of_erp() {
    let asks = "outputs = { acceptance = [\"csv\"], language = \"LANG\", status = [\"STATUS\"], refusal = [\"csv\"] }";
    let kinds = [("en", "csv"), ("zh", "csv"), ("en", "erp-sap-out"), ("zh", "erp-kingdee"), ("zh", "erp-yonyou")];
    for (lang, status) in kinds {
        let (mut world, opens) = before_a_holiday(&asks.replace("LANG", lang).replace("STATUS", status));
        let today = day(world.clock.now());
        let csv = batch(&[("Alpha", "10.00", "A-1")]).replace(&day(Clock::system().now()), &today);
        world.practice.drop_file("batch.csv", csv.as_bytes()).expect("a drop");
        world.until("the ERP knows", |journal| {
            let sent = journal.outbounds(&[OutboundState::Sent]).expect("files");
            sent.iter().any(|file| file.party == "erp")
        });
        world.stop();
        let told = world.outbox();
        let (name, csv) = told.iter().next().expect("a file");
        assert!(name.starts_with("acceptance-") && told.len() == 1, "{told:?}");
        let row: Vec<&str> = csv.lines().nth(1).expect("a row").split(',').collect();
        assert_eq!((row[1], row[4], row[5]), ("A-1", "queued", opens.as_str()), "{lang} {status}: {csv}");
        assert_eq!(csv.contains("预计送达银行时间"), lang == "zh", "{csv}");
    }
}

#[test]
fn a_layout_cannot_say_a_window_and_is_refused_rather_than_written_as_something_else() {
    for format in ["erp-sap-out", "erp-kingdee", "erp-yonyou", "pain.002.001.10"] {
        let config = format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"erp\"\n\
             template = \"csv-erp\"\noutputs = {{ acceptance = [\"{format}\"] }}\n"
        );
        let wrong = Config::read(Path::new("/nowhere"), &config).expect_err("no such file");
        assert!(wrong.to_string().contains("`acceptance` is told in `csv` or `jsonl` only"), "{format}: {wrong}");
    }
}

/// A file may come to be in doubt before the ERP can be told that it waits for its bank.
#[test]
fn an_acceptance_of_a_file_that_came_to_be_in_doubt_says_unknown_and_not_queued() {
    use bankferry::journal::{Event, Numbering};
    let mut house = crate::cli::house::House::new("test");
    house.unknown(1);
    let case = "I20261123-0001";
    let numbering = |format: &str| Numbering {
        party: "erp".into(),
        purpose: Purpose::Acceptance,
        source: case.into(),
        document: 1,
        format: format.into(),
        message_id: None,
        created: "2026-11-23T10:00:00Z".into(),
        folder: String::new(),
        name: format!("acceptance.{format}"),
        totals: None,
        part: None,
        merged: Vec::new(),
        apart: None,
        dates: Default::default(),
        about: Some("B20261123-0001".into()),
        sequence: None,
        stopped: 0,
        bank_file: None,
    };
    for (id, format) in [("O20261123-0098", "csv"), ("O20261123-0099", "jsonl")] {
        house.state(case, id, Event::Numbered(numbering(format)));
    }
    house.run(&["once"]);
    let told = super::banks::files(&house.root().join("outbox/erp"));
    for name in ["acceptance.csv", "acceptance.jsonl"] {
        let text = String::from_utf8_lossy(told.get(name).unwrap_or_else(|| panic!("{:?}", told.keys())));
        assert!(text.contains("unknown") && text.contains("whether the bank has the file is not known"), "{text}");
        assert!(!text.contains("queued"), "{text}");
    }
}
