//! The daily control report of each bank: signed, numbered, told, and missed when it is not there.

use std::path::{Path, PathBuf};

use bankferry::alarm::report::ControlReport;
use bankferry::cli::practice::Options;
use bankferry::document::{Amount, Currency, Indicator};
use bankferry::journal::{
    Arrival, EntryState, Event, InboundState, IncidentKind, Journal, Kept, NewEntry, NewFact, Oversight, Records, Rows,
    SqliteJournal, StatementFact,
};
use bankferry::words::Text;
use serde_json::Value;

use super::alarms::{ferry, with_routes};
use super::road::{Hour, World, all_booked, batch_at};

/// A world at six in the morning whose reports are told to a file.
fn world(hour: &Hour, bank: &str, settings: Option<String>) -> (World, PathBuf) {
    let world = World::at(hour.clock(), &Options { bank: bank.into(), settings, ..Options::default() });
    let heard = world.root().parent().expect("a folder").join("heard");
    with_routes(
        &world,
        &format!(
            "\n[[alarms.route]]\nname = \"desk\"\n\
             command = [\"/bin/sh\", \"-c\", \"cat >> $0; echo >> $0\", \"{}\"]\n\
             [[alarms.route]]\nname = \"chief\"\nafter_hours = 4\ncommand = [\"/bin/false\"]\n",
            heard.display()
        ),
    );
    (world, heard)
}

fn numbers(journal: &SqliteJournal) -> Vec<u64> {
    journal.reports(None, bankferry::document::Date::MIN).expect("reports").iter().map(|r| r.number).rev().collect()
}

fn is_told(journal: &SqliteJournal, count: usize) -> bool {
    let reports = journal.reports(None, bankferry::document::Date::MIN).expect("reports");
    let told = |route: &str| {
        let tellings = reports.iter().flat_map(|r| &r.told);
        tellings.filter(|t| t.route == route && t.told_at.is_some()).count()
    };
    reports.len() == count && told("desk") == count && told("auditors") == count
}

fn auditors(root: &Path) -> PathBuf {
    root.join("outbox/auditors")
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn report(root: &Path, at: usize) -> ControlReport {
    let names: Vec<String> = files(&auditors(root)).into_iter().filter(|n| n.ends_with(".json")).collect();
    serde_json::from_str(&std::fs::read_to_string(auditors(root).join(&names[at])).expect("a report"))
        .expect("a report")
}

fn words(report: &ControlReport) -> String {
    let all = [&report.received, &report.sent, &report.answered, &report.rejected, &report.booked, &report.open];
    all.map(|tally| tally.words()).join(" | ")
}

const DAY: i64 = 86_400;

#[test]
fn a_day_is_told_the_next_morning_once_with_counts_and_sums_signed_and_numbered() {
    let hour = Hour::days_ago(10, 4);
    let (mut world, heard) = world(&hour, "", None);
    let csv = batch_at(
        hour.clock().now(),
        &[("Alpha", "10.00", "D-1"), ("Beta", "20.50", "D-2"), ("Gamma", "300.00", "D-3")],
    );
    world.practice.drop_file("one.csv", csv.as_bytes()).expect("a drop");
    world.until("it is booked", |j| all_booked(j, 3));
    assert_eq!(numbers(&world.journal()), [0; 0], "the day is not over");
    hour.pass(DAY + 3_600);
    world
        .practice
        .drop_file("two.csv", batch_at(hour.clock().now(), &[("Alpha", "7.00", "E-1")]).as_bytes())
        .expect("a drop");
    world.until("the second is booked", |j| all_booked(j, 4));
    assert_eq!(numbers(&world.journal()), [0; 0], "it is five in the morning");
    hour.pass(3_600);
    world.until("it is told", |j| is_told(j, 1));
    hour.pass(3_600);
    world.until("an hour later", |j| is_told(j, 1));
    world.stop();

    let first = report(world.root(), 0);
    let three = "3 (EUR 330.50)";
    assert_eq!(words(&first), format!("{three} | {three} | {three} | 0 | {three} | 0"), "of the day alone");
    assert_eq!((first.files_sent, first.unknown.count, first.number, first.previous), (1, 0, 1, None));
    assert!(first.files_received >= 2, "answer and statement");

    let told: Vec<Value> = std::fs::read_to_string(heard).expect("words").lines().map(json).collect();
    assert_eq!(told.len(), 1, "once");
    assert_eq!((told[0]["event"].as_str(), told[0]["party"].as_str()), (Some("report"), Some("practice-bank")));
    assert!(told[0]["what"].as_str().expect("words").contains("received 3 (EUR 330.50)"), "{}", told[0]);
    assert!(told[0]["signature"].as_str().expect("a signature").contains("BEGIN PGP SIGNATURE"));

    let (code, said) = ferry(world.root(), &["report", "--check", auditors(world.root()).to_str().expect("a path")]);
    assert_eq!((code, said.lines().next()), (Some(0), Some("1 control reports, 0 mistakes")), "{said}");
    let day = first.day.to_string();
    let (code, shown) = ferry(world.root(), &["report", "--day", &day]);
    assert!(
        code == Some(0) && shown.contains("3 (EUR 330.50)") && shown.contains("signature-practice-bank"),
        "{shown}"
    );
    let (_, chinese) = ferry(world.root(), &["--lang", "zh", "report", "--day", &day]);
    assert!(chinese.contains("状态未知"), "{chinese}");
    let (_, listed) = ferry(world.root(), &["--json", "list", "reports"]);
    assert!(listed.contains(&format!("\"id\":\"R{}-practice-bank\"", day.replace('-', ""))), "{listed}");
    why_there_is_none(&world, first.day);
    assert_eq!(ferry(world.root(), &["verify"]).0, Some(0));
    with_the_key_and_the_checkpoints_gone(&world);
}

/// Whoever takes them both away does not take away that reports were signed.
fn with_the_key_and_the_checkpoints_gone(world: &World) {
    use bankferry::seal::{Keys, Owner, Role};
    let now = bankferry::clock::Clock::system().system_time();
    let mut keys = Keys::open(&world.root().join("state/keys")).expect("keys");
    let audit =
        keys.list(now).into_iter().filter(|key| key.owner == Owner::Own(Role::Audit)).map(|key| key.fingerprint);
    for fingerprint in audit.collect::<Vec<_>>() {
        keys.retire(&fingerprint, now).expect("retired");
    }
    for entry in std::fs::read_dir(world.root().join("state/checkpoints")).expect("checkpoints").flatten() {
        std::fs::remove_file(entry.path()).expect("removed");
    }
    let (_, status) = ferry(world.root(), &["status"]);
    assert!(status.contains("no audit key can be used any more"), "{status}");
}

/// What is said of days and parties that have no report. The program that is asked has the system's clock.
fn why_there_is_none(world: &World, last: bankferry::document::Date) {
    let today = bankferry::clock::Clock::system().now();
    let day = |ahead: i64| (today + jiff::SignedDuration::from_hours(24 * ahead)).strftime("%Y-%m-%d").to_string();
    let told = last.to_string();
    let cases = [
        (vec!["report", "--day", "2001-01-01"], 1, "this installation knows of nothing before"),
        (vec!["report", "--day", &day(3)], 1, "the day has not come"),
        (vec!["report", "--day", &day(0)], 1, "the day is not over; it is told tomorrow at 06:00"),
        (vec!["report", "--day", &day(-2)], 1, "that of `practice-bank` is not made yet"),
        (vec!["report", "--day", &told, "--party", "nobody"], 2, "there is no bank `nobody`"),
        (vec!["report", "--day", &told, "--party", "erp"], 2, "`erp` is an ERP: control reports are of banks"),
    ]
    .map(|(words, code, said)| (words.into_iter().map(str::to_string).collect::<Vec<_>>(), code, said));
    for (words, code, wanted) in cases {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (ended, said) = ferry(world.root(), &words);
        assert!(ended == Some(code) && said.contains(wanted), "{words:?}: {ended:?} {said}");
    }
    let (_, said) = ferry(world.root(), &["--lang", "zh", "report", "--day", &told, "--party", "nobody"]);
    assert!(said.contains("没有名为 `nobody` 的银行") && said.contains("`practice-bank`"), "{said}");
}

/// An entry of a statement that nobody explains.
fn unexplained(seq: u64, indicator: Indicator, status: &str) -> std::io::Result<NewEntry> {
    Ok(NewEntry {
        document: 1,
        seq,
        amount: Amount::new(500, 2),
        currency: Currency::parse("EUR").expect("a currency"),
        indicator,
        status: Some(status.into()),
        booking_date: None,
        value_date: None,
        reference: None,
        bank_reference: None,
        code: None,
        counterparty_name: None,
        counterparty_account: None,
        info: None,
        state: EntryState::Unmatched,
        why: Some("nothing-found".into()),
        how: None,
        sure: None,
        rest: Amount::new(500, 2),
    })
}

#[test]
fn debits_that_are_none_of_our_payments_are_counted() {
    let hour = Hour::days_ago(10, 7);
    let (mut world, _) = world(&hour, "", None);
    world.until("it runs", |j| j.head().expect("a head").0 > 0);
    let (id, kept) = ("I20261101-9001", Kept { sha256: "a".repeat(64), size: 7, path: "x".into() });
    let arrival = Arrival {
        party: "practice-bank".into(),
        folder: String::new(),
        name: "one.xml".into(),
        claim: id.into(),
        lies_at: id.into(),
        kept: kept.clone(),
        side: Default::default(),
        stays: true,
        owner: None,
    };
    let statement = StatementFact {
        document: 1,
        kind: "statement".into(),
        id: None,
        number: None,
        account: "DE89370400440532013000".into(),
        date: None,
        entries: 3,
        matched: 0,
        credit_sum: Amount::ZERO,
        debit_sum: Amount::ZERO,
        balances: Vec::new(),
        digest: None,
        created: None,
        replaces: None,
        repeats: None,
    };
    let (debit, credit) = (Indicator::Debit, Indicator::Credit);
    let all = [unexplained(1, debit, "BOOK"), unexplained(2, credit, "BOOK"), unexplained(3, debit, "PDNG")];
    let mut rows = all.into_iter();
    let fact = |event| NewFact { actor: "bankferry".into(), case: id.into(), subject: id.into(), event };
    let read = Event::Read { kind: "statement".into(), format: "camt.053.001.08".into(), documents: 1 };
    let facts = vec![
        (fact(Event::Received(arrival)), Rows::None),
        (fact(Event::Opened { content: kept, signer: None, vouched: Default::default() }), Rows::None),
        (fact(read), Rows::Entries(&mut rows)),
        (fact(Event::StatementKept(statement)), Rows::None),
        (fact(Event::Matched { outputs: Vec::new() }), Rows::None),
    ];
    world.journal().append(world.clock.now(), facts).expect("a statement");
    hour.pass(DAY);
    world.until("the day is told", |j| is_told(j, 1));
    world.stop();
    let report = report(world.root(), 0);
    assert_eq!(report.unmatched_debits.words(), "1 (EUR 5.00)", "booked debits alone");
    assert!(report.what().en.ends_with("debits that are none of our payments 1 (EUR 5.00)"), "{}", report.what());
    assert!(report.what().zh.contains("非我方付款的借方分录 1"));
}

#[test]
fn incidents_with_a_banks_files_statements_and_payments_count() {
    let hour = Hour::days_ago(10, 7);
    let (mut world, heard) = world(&hour, "", None);
    let csv = batch_at(hour.clock().now(), &[("Alpha", "10.00", "I-1")]);
    world.practice.drop_file("one.csv", csv.as_bytes()).expect("a drop");
    world.until("it is booked", |j| all_booked(j, 1));
    // One that is refused, and one that came before: the report tells of them, too.
    world.practice.drop_file("bad.csv", b"no,payments\n1,2\n").expect("a drop");
    world.practice.drop_file("two.csv", csv.as_bytes()).expect("a drop");
    world.until("one is refused, one waits", |j| {
        let in_state = |state| !j.inbounds(&[state]).expect("files").is_empty();
        in_state(InboundState::Refused) && in_state(InboundState::Duplicate)
    });
    let journal = world.journal();
    let inbound = journal.inbounds(&[]).expect("files");
    let id = |party: &str| inbound.iter().find(|file| file.party == party).expect("a file").id.clone();
    let payments = journal.outbounds(&[]).expect("files").into_iter().find(|f| f.party == "practice-bank");
    let batch = journal.batches(&[]).expect("batches").remove(0).id;
    let of_bank = id("practice-bank");
    let subjects = ["practice-bank".to_string(), of_bank.clone(), payments.expect("a file").id, format!("{batch}/1")];
    // The last two are another party's, and nobody's.
    for subject in subjects.iter().cloned().chain([id("erp"), "erp".to_string(), String::new()]) {
        let event = Event::Incident { what: "strange".into(), what_zh: "异常".into(), kind: IncidentKind::Answer };
        let fact = NewFact { actor: "bankferry".into(), case: String::new(), subject, event };
        world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
    }
    hour.pass(60);
    world.until("they are told", |j| {
        let alarms = j.alarms(false).expect("alarms");
        alarms.iter().filter(|alarm| alarm.key.starts_with("incident") && !alarm.told.is_empty()).count() == 7
    });
    hour.pass(DAY);
    world.until("the day is told", |j| is_told(j, 1));
    world.stop();
    let made = report(world.root(), 0);
    assert_eq!((made.erp_files_refused, made.duplicates_waiting, made.bank_files_refused), (1, 1, 0));
    let Text { en, zh } = made.what();
    assert!(en.ends_with(", refused files of ERPs 1, duplicates that wait 1"), "{en}");
    assert!(zh.contains("被拒绝的 ERP 文件 1，待处理的重复文件 1"), "{zh}");
    assert_eq!(
        report(world.root(), 0).incidents,
        5,
        "the bank's own, its files', its payment's, the ERP's file for it"
    );
    let told = std::fs::read_to_string(heard).expect("what was told");
    let told: Vec<Value> = told.lines().map(json).filter(|line| line["key"].to_string().contains("incident")).collect();
    let about = told.iter().find(|line| line["subject"] == of_bank.as_str()).expect("the file's");
    assert_eq!(about["party"], "practice-bank", "the party has its name, whatever it is about");
    assert!(about["hint"].as_str().expect("words").contains(&format!("bankferry show {of_bank}")), "{about}");
    assert!(about["money"].as_str().expect("words").contains("only the bank knows"), "{about}");
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

#[test]
fn missed_days_are_made_up_for_in_order_and_a_missing_number_shows() {
    let hour = Hour::days_ago(10, 7);
    let (mut world, _) = world(&hour, "", None);
    world
        .practice
        .drop_file("one.csv", batch_at(hour.clock().now(), &[("Alpha", "10.00", "M-1")]).as_bytes())
        .expect("a drop");
    world.until("it is booked", |j| all_booked(j, 1));
    world.stop();
    hour.pass(4 * DAY);
    world.start();
    world.until("all are told", |j| is_told(j, 4));
    world.stop();
    let journal = world.journal();
    assert_eq!(numbers(&journal), [1, 2, 3, 4]);
    let made = journal.facts_after(0, 1_000).expect("facts");
    assert_eq!(made.iter().filter(|f| matches!(f.event, Event::Reported(_))).count(), 4);
    assert_eq!(report(world.root(), 1).received.count, 0, "a day on which nothing happened is told too");

    let folder = auditors(world.root());
    let path = folder.to_str().expect("a path").to_string();
    assert_eq!(ferry(world.root(), &["report", "--check", &path]).0, Some(0));
    let names = files(&folder);
    assert_eq!(names.len(), 8, "{names:?}");
    // The first ones taken away leave one that names another before it.
    let kept = std::fs::read(folder.join(&names[0])).expect("a report");
    std::fs::remove_file(folder.join(&names[0])).expect("removed");
    let (code, said) = ferry(world.root(), &["report", "--check", &path]);
    assert!(code == Some(1) && said.contains("number 1 is missing: number 2 follows it"), "{said}");
    bankferry::disk::replace(&folder, &names[0], &kept).expect("a file");
    let altered =
        std::fs::read_to_string(folder.join(&names[2])).expect("a report").replace("\"count\": 0", "\"count\": 1");
    std::fs::remove_file(folder.join(&names[2])).expect("removed");
    let (code, said) = ferry(world.root(), &["report", "--check", &path]);
    assert!(code == Some(1) && said.contains("number 2 is missing"), "{said}");
    bankferry::disk::replace(&folder, &names[2], altered.as_bytes()).expect("a file");
    let (code, said) = ferry(world.root(), &["report", "--check", &path]);
    assert!(code == Some(1) && said.contains("its signature proves nothing"), "{said}");
}

#[test]
fn days_without_banks_are_in_the_next_report_and_what_is_open_is_told() {
    // The day of the batch is no banking day; the one after it is.
    let hour = Hour::days_ago(10, 7);
    let closed = hour.clock().now() + jiff::SignedDuration::from_hours(24);
    let (year, closed) = (closed.strftime("%Y").to_string(), closed.strftime("%m-%d").to_string());
    let settings = include_str!("../../src/cli/demo/bank.toml");
    let settings = settings.replacen("statement-after = 1", "statement-after = 9000000", 1);
    let (mut world, _) = world(&hour, "# LATER", Some(settings));
    let mut table = String::from("source = \"x\"\nchecked = \"2026-01-01\"\nweekend = []\n");
    let own: i32 = year.parse().expect("a year");
    for year in own - 1..=own + 1 {
        let closed = if year == own { format!("\"{closed}\"") } else { String::new() };
        table += &format!("[year.{year}]\nclosed = [{closed}]\n");
    }
    let calendars = world.root().join("templates/calendars");
    bankferry::disk::ensure_folder(&calendars, 0o750).expect("a folder");
    bankferry::disk::replace(&calendars, "own.toml", table.as_bytes()).expect("a calendar");
    let config = std::fs::read_to_string(world.root().join("bankferry.toml")).expect("a configuration");
    let config = config.replacen("# LATER", "calendar = { banking_days = [\"own\"] }", 1);
    bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    world.start();
    hour.pass(DAY);
    let csv = batch_at(hour.clock().now(), &[("Alpha", "10.00", "H-1")]);
    world.practice.drop_file("one.csv", csv.as_bytes()).expect("a drop");
    world.until("the first report is told", |j| is_told(j, 1));
    world.until("it is queued", |j| j.payment_states(&Default::default()).expect("states").contains_key("queued"));
    hour.pass(DAY);
    world.until("it is accepted", |j| j.payment_states(&Default::default()).expect("states").contains_key("accepted"));
    assert_eq!(numbers(&world.journal()), [1], "no report for a day without banks");
    hour.pass(DAY);
    world.until("the second report is told", |j| is_told(j, 2));
    world.stop();
    let second = report(world.root(), 1);
    assert_eq!(second.received.words(), "1 (EUR 10.00)", "it came on the day without banks");
    assert_eq!((second.sent.count, second.accepted.count, second.open.words()), (1, 1, "1 (EUR 10.00)".into()));
}

#[test]
fn a_report_that_cannot_be_written_is_tried_again_and_once_makes_one_too() {
    let hour = Hour::days_ago(10, 7);
    let (mut world, _) = world(&hour, "", None);
    world.start();
    world.stop();
    // Something else has the name of the folder.
    let folder = auditors(world.root());
    bankferry::disk::replace(&world.root().join("outbox"), "auditors", b"x").expect("a file");
    hour.pass(DAY);
    world.until("the failure is stated", |j| {
        let reports = j.reports(None, bankferry::document::Date::MIN).expect("reports");
        reports.iter().flat_map(|r| &r.told).any(|t| t.route == "auditors" && t.failures > 0)
    });
    std::fs::remove_file(&folder).expect("removed");
    hour.pass(60);
    world.until("it is there", |j| is_told(j, 1));
    world.stop();
    hour.pass(DAY);
    let config = bankferry::config::Config::load(world.root()).expect("a configuration");
    let mut daemon =
        bankferry::daemon::Daemon::start(config, world.clock.clone()).unwrap_or_else(|t| panic!("{}", t.what));
    daemon.once(&Default::default()).unwrap_or_else(|t| panic!("{}", t.what));
    assert!(is_told(&world.journal(), 2));
}

#[test]
fn a_second_copy_reports_nothing_before_it_is_let_send_and_then_in_its_own_epoch() {
    let hour = Hour::days_ago(10, 7);
    let (mut world, _) = world(&hour, "", None);
    world.start();
    hour.pass(DAY);
    world.until("the first is told", |j| is_told(j, 1));
    let fenced = Event::Fenced { epoch: 2, what: "a test says so".into(), what_zh: "测试".into() };
    let fact =
        NewFact { actor: "bankferry".into(), case: String::new(), subject: "installation".into(), event: fenced };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fence");
    hour.pass(DAY);
    let looked = |j: &SqliteJournal| j.alarms(false).expect("alarms").iter().any(|a| a.key == "restored-copy");
    world.until("somebody looked", looked);
    hour.pass(60);
    let mut rounds = 0;
    world.until("the daemon went on for a while", |_| {
        rounds += 1;
        rounds > 20
    });
    assert_eq!(numbers(&world.journal()), [1], "the first copy tells of this day");
    for name in ["anna", "ben"] {
        assert_eq!(ferry(world.root(), &["unfence", "--as", name, "--reason", "asked"]).0, Some(0));
    }
    hour.pass(60);
    world.until("the second is told", |j| is_told(j, 2));
    world.stop();
    let names = files(&auditors(world.root()));
    assert!(names.iter().any(|name| name.starts_with("practice-bank-e0002-000002-")), "{names:?}");
    let (code, said) = ferry(world.root(), &["report", "--check", auditors(world.root()).to_str().expect("a path")]);
    assert_eq!(code, Some(0), "{said}");
}
