//! What an ERP is told when its batch is accepted: when the bank takes it, and when the bank is to have answered.

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::journal::{OutboundState, Records};
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
    let (_, csv) = told.iter().find(|(name, _)| name.starts_with("status") && name.ends_with(".csv")).expect("CSV");
    let mut lines = csv.lines();
    let names = "batch,end_to_end_id,amount,currency,status,expected,answer_expected,acceptance_expected,\
                 execution_expected,bank,bank_file,at";
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
