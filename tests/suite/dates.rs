//! Execution dates on which the bank cannot pay: moved and told, held, refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::journal::{Act, BatchState, Event, Journal, NewFact, OutboundState, Purpose, Records, Rows};
use bankferry::route::decide;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};

use super::banks::{House, csv, today, write};
use super::road::{World, all_booked};

/// A bank whose only banking days are this week's days and all that come, but for the coming Saturday and Sunday.
struct Days {
    world: World,
    ahead: Arc<AtomicI64>,
    /// The Saturday that comes, or is today.
    saturday: String,
    monday: String,
}

impl Days {
    /// Today is the Saturday that the clock says: the bank is closed until Monday.
    fn new(dates: &str) -> Days {
        let real = Clock::system();
        let mut at: Timestamp = real.now();
        while jiff::tz::TimeZone::UTC.to_datetime(at).weekday() != Weekday::Saturday {
            at += SignedDuration::from_hours(24);
        }
        let ahead = Arc::new(AtomicI64::new(at.duration_since(real.now()).as_secs()));
        let seconds = Arc::clone(&ahead);
        let clock = Clock::by(move || real.now() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)));
        let bank = format!("calendar = {{ banking_days = [\"target2\"] }}\ndates = {{ {dates} }}");
        let mut world = World::new(&Options { bank, ..Options::default() });
        world.clock = clock;
        let day = |days: i64| (at + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d").to_string();
        Days { world, ahead, saturday: day(0), monday: day(2) }
    }

    fn pass_days(&self, days: i64) {
        self.ahead.fetch_add(days * 86_400, Ordering::Relaxed);
    }

    fn drop_for(&self, day: &str) {
        let csv = format!(
            "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n\
             {day},Example GmbH,DE89370400440532013000,Alpha,GB29NWBK60161331926819,NWBKGB2L,10.00,EUR,X-1,Rent\n"
        );
        self.world.practice.drop_file("pay.csv", csv.as_bytes()).expect("a drop");
    }
}

#[test]
fn a_date_on_a_saturday_is_moved_to_monday_and_the_erp_is_told() {
    let mut at = Days::new("non_banking = \"next\"");
    at.drop_for(&at.saturday.clone());
    at.world.until("the file waits", |j| j.outbounds(&[]).expect("files").iter().any(|f| f.written.is_some()));
    let journal = at.world.journal();
    let file = journal.outbounds(&[]).expect("files").remove(0);
    let archive = at.world.root().join("archive").join(&file.written.expect("bytes").path);
    let xml = std::fs::read_to_string(archive).expect("the file");
    assert!(xml.contains(&at.monday) && !xml.contains(&format!("<Dt>{}", at.saturday)), "{xml}");
    at.pass_days(2);
    at.world.until("it is booked", |j| all_booked(j, 1));
    at.world.until("the ERP has its status", |j| {
        let files = j.outbounds(&[]).expect("files");
        files.iter().filter(|f| f.purpose == Purpose::Status && f.state.word() == "sent").count() == 2
    });
    let words = format!("execution date {} moved to {}", at.saturday, at.monday);
    let outbox = at.world.outbox();
    let told: Vec<_> = outbox.iter().filter(|(name, _)| name.starts_with("status")).collect();
    assert!(told.iter().all(|(_, text)| text.contains(&words)), "{told:?}");
    at.world.stop();
}

#[test]
fn a_date_that_the_policy_holds_is_held_once_and_goes_as_it_is_when_a_person_says_so() {
    let mut at = Days::new("non_banking = \"hold\"");
    at.drop_for(&at.saturday.clone());
    at.world.until("it is held", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    let batch = at.world.journal().batches(&[]).expect("batches").remove(0);
    assert_eq!(batch.held, ["execution-date-not-banking-day"]);
    let facts = at.world.journal().facts_of(&batch.id).expect("facts");
    let told = facts.into_iter().find_map(|fact| match fact.event {
        Event::Noticed { findings } => findings.first().map(|f| (f.message.en.clone(), f.message.zh.clone())),
        _ => None,
    });
    let (en, zh) = told.expect("a finding");
    assert!(en.contains("is no banking day") && zh.contains("不是该银行的工作日"));
    super::limits::release(&mut at.world, &batch);
    at.world.until("it is written", |j| j.outbounds(&[]).expect("files").iter().any(|f| f.written.is_some()));
    let numbered = at
        .world
        .journal()
        .facts_of(&batch.inbound)
        .expect("facts")
        .into_iter()
        .find_map(|fact| if let Event::Numbered(numbering) = fact.event { Some(numbering.dates) } else { None });
    assert_eq!(numbered, Some(Default::default()), "the date stays");
    at.world.stop();
}

#[test]
fn a_date_that_the_policy_refuses_is_refused() {
    let mut at = Days::new("non_banking = \"refuse\"");
    at.drop_for(&at.saturday.clone());
    at.world.until("the ERP is told", |j| {
        let files = j.outbounds(&[]).expect("files");
        files.iter().filter(|f| f.purpose == Purpose::Refusal && f.state.word() == "sent").count() == 2
    });
    assert!(at.world.outbox().values().any(|text| text.contains("execution-date-not-banking-day")));
    assert_eq!(at.world.received(), 0);
    at.world.stop();
}

#[test]
fn a_date_that_is_over_when_the_file_is_made_is_moved_then() {
    let mut at = Days::new("past = \"next\", non_banking = \"hold\"");
    at.drop_for(&at.saturday.clone());
    at.world.until("it is held", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    // A person releases it on Monday, when its date is over.
    at.pass_days(2);
    let batch = at.world.journal().batches(&[]).expect("batches").remove(0);
    super::limits::release(&mut at.world, &batch);
    at.world.until("it is booked", |j| all_booked(j, 1));
    let facts = at.world.journal().facts_of(&batch.inbound).expect("facts");
    let moved: Vec<(String, String)> = facts
        .into_iter()
        .filter_map(|fact| if let Event::Numbered(numbering) = fact.event { Some(numbering.dates) } else { None })
        .flatten()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    assert_eq!(moved, [(at.saturday.clone(), at.monday.clone())]);
    at.world.stop();
}

#[test]
fn a_date_that_is_over_when_the_file_could_leave_stops_it() {
    let mut at = Days::new("past = \"next\"");
    at.drop_for(&at.monday.clone());
    at.world.until("it waits for Monday", |j| {
        j.outbounds(&[]).expect("files").iter().any(|f| f.state == OutboundState::Queued)
    });
    // Nobody was there on Monday.
    at.pass_days(3);
    at.world.until("it is stopped", |j| {
        let files = j.outbounds(&[OutboundState::Queued]).expect("files");
        files.iter().any(|f| f.evidence.as_deref().is_some_and(|what| what.contains("an execution date in it is over")))
    });
    assert_eq!(at.world.received(), 0);
    released_as_it_is(&mut at.world);
    at.world.until("a person's word lets it go as it is", |j| all_booked(j, 1));
    at.world.stop();
}

/// A person's word for a file that has stopped, as `release` states it.
fn released_as_it_is(world: &mut World) {
    let (config, now) = (Config::load(world.root()).expect("a configuration"), world.clock.now());
    let file = world.journal().outbounds(&[OutboundState::Queued]).expect("files").remove(0);
    let batch = world.journal().carried_by(&file.id).expect("batches").remove(0);
    let approved = Event::Approved {
        what: Act::Release,
        digest: decide::sending_digest(&config, &batch),
        proposal: None,
        reason: "the bank takes it".into(),
        expires: Some(decide::expiry(&config, now)),
    };
    let again = Event::Recovered { reason: "the bank takes it".into(), reason_zh: "银行可收".into() };
    let stated = |event| {
        let (case, subject) = (file.case.clone(), file.id.clone());
        (NewFact { actor: "anna".into(), case, subject, event }, Rows::None)
    };
    world.journal().append(now, vec![stated(approved), stated(again)]).expect("a release");
}

/// The reasons for which a batch of a bank without dates in its files is held.
fn held_at_a_bank_without_dates(days_ahead: i64, name: &str) -> Vec<String> {
    let mut house = House::new("csv-erp", "cib");
    let day = (Clock::system().now() + SignedDuration::from_hours(24 * days_ahead)).strftime("%Y-%m-%d").to_string();
    write(&house.root.join("inbox/erp").join(name), csv().replace(&today(), &day).as_bytes());
    let mut held = None;
    house.until("it is judged", |journal, _| {
        let batches = journal.batches(&[BatchState::Held, BatchState::Numbered]).expect("batches");
        held = batches.into_iter().next().map(|batch| (batch.name, batch.held));
        held.is_some()
    });
    let (taken, reasons) = held.expect("a batch");
    assert_eq!(taken, name);
    reasons
}

#[test]
fn what_a_bank_without_dates_would_pay_too_early_waits_for_a_person() {
    assert_eq!(held_at_a_bank_without_dates(3, "later.csv"), ["execution-date-not-carried"]);
    assert!(held_at_a_bank_without_dates(0, "today.csv").is_empty());
}

#[test]
fn a_file_with_the_longest_name_is_taken_under_it() {
    assert!(held_at_a_bank_without_dates(0, &format!("{}.csv", "n".repeat(240))).is_empty());
}
