//! What is overdue: answers, statements, batches before their cut-off; what does not join; what comes too late.

use std::path::Path;

use bankferry::cli::practice::Options;
use bankferry::config::Config;
use bankferry::disk;
use bankferry::document::{Amount, Balance, Currency, Date, Indicator, parse_date};
use bankferry::journal::{
    AlarmFact, Answer, Arrival, BatchState, Change, Event, Journal, Kept, NewFact, NewPayment, Numbering,
    OutboundState, PaymentChange, PaymentState, Purpose, Records, Rows, SqliteJournal, StatementFact, Sums, Totals,
};
use bankferry::route::notices::{Notice, notices};
use bankferry::seal::{self, Keys};
use jiff::Timestamp;

use super::road::{Hour, World, batch};

const ACCOUNT: &str = "DE89370400440532013000";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn config() -> Config {
    config_with("")
}

/// The same with more of what is thought of the bank's statements.
fn config_with(of_statements: &str) -> Config {
    config_as(of_statements, "")
}

/// The same with more of the bank.
fn config_of(bank: &str) -> Config {
    config_as("", bank)
}

fn config_as(of_statements: &str, bank: &str) -> Config {
    let text = format!(
        "[installation]\nname = \"x\"\nenvironment = \"test\"\ntime_zone = \"Asia/Shanghai\"\n\
         [[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n\
         [[party]]\nname = \"bank\"\ntemplate = \"iso20022-bank\"\naccounts = [\"{ACCOUNT}\"]\n\
         calendar = {{ banking_days = [\"china\"], cut_off = \"16:30\" }}\n\
         answers = {{ received_within = \"2h\", accepted_by = \"18:00\", executed_by = \"12:00\" }}\n\
         statements = {{ by = \"08:00\"{of_statements} }}\n{bank}"
    );
    Config::read(Path::new("/nowhere"), &text).unwrap_or_else(|e| panic!("{e}"))
}

struct Books {
    _dir: tempfile::TempDir,
    journal: SqliteJournal,
}

impl Books {
    fn new() -> Books {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = SqliteJournal::open(&dir.path().join("journal.db")).expect("a journal");
        Books { _dir: dir, journal }
    }

    fn state(&mut self, at: Timestamp, case: &str, subject: &str, event: Event, rows: Rows<'_>) {
        let fact = NewFact { actor: "bankferry".into(), case: case.into(), subject: subject.into(), event };
        self.journal.append(at, vec![(fact, rows)]).unwrap_or_else(|e| panic!("{subject}: {e}"));
    }

    fn came(&mut self, now: Timestamp, id: &str, party: &str, kind: &str) {
        let kept = Kept { sha256: format!("{id:0>64}"), size: 7, path: id.into() };
        let arrival = Arrival {
            party: party.into(),
            folder: String::new(),
            name: id.into(),
            claim: id.into(),
            lies_at: id.into(),
            kept: kept.clone(),
            side: Default::default(),
            stays: false,
            owner: None,
        };
        self.state(now, id, id, Event::Received(arrival), Rows::None);
        self.state(now, id, id, Event::Opened { content: kept, signer: None, vouched: Default::default() }, Rows::None);
        let read = Event::Read { kind: kind.into(), format: "x".into(), documents: 1 };
        self.state(now, id, id, read, Rows::None);
    }

    /// A batch of one payment that waits.
    fn held(&mut self, now: Timestamp) {
        self.held_for(now, None);
    }

    /// The same, to be executed on a day.
    fn held_for(&mut self, now: Timestamp, execution_date: Option<Date>) {
        self.came(now, "I1", "erp", "payments");
        let checked = Event::Checked {
            batch: "B1".into(),
            bank: "bank".into(),
            totals: totals(),
            message_id: None,
            findings: Vec::new(),
            left_out: Vec::new(),
            parts: Vec::new(),
            makeup: None,
        };
        let payment = NewPayment {
            seq: 1,
            end_to_end_id: Some("E-1".into()),
            amount: Amount::ONE,
            currency: eur(),
            account: Some(ACCOUNT.into()),
            creditor_name: None,
            creditor_account: None,
            creditor_agent: None,
            group: None,
            execution_date,
            likeness: None,
        };
        self.state(now, "I1", "I1", checked, Rows::Payments(&mut vec![Ok(payment)].into_iter()));
        self.state(now, "I1", "B1", Event::Held { reasons: vec!["always".into()] }, Rows::None);
    }

    /// The same, sent.
    fn sent(&mut self, now: Timestamp) {
        self.held(now);
        let kept = |id: &str| Kept { sha256: format!("{id:0>64}"), size: 7, path: id.into() };
        self.state(
            now,
            "I1",
            "B1",
            Event::Released { digest: "d".into(), reason: "seen".into(), bound: None },
            Rows::None,
        );
        let numbering = Numbering {
            party: "bank".into(),
            purpose: Purpose::Payments,
            source: "I1".into(),
            document: 0,
            format: "pain.001.001.09".into(),
            message_id: Some("M-1".into()),
            created: "2026-11-23T10:00:00Z".into(),
            folder: String::new(),
            name: "M-1.xml".into(),
            totals: Some(totals()),
            part: None,
            merged: Vec::new(),
            apart: None,
            dates: Default::default(),
            about: None,
            sequence: None,
            stopped: 0,
            bank_file: None,
        };
        for event in [
            Event::Numbered(numbering),
            Event::Written { content: kept("c") },
            Event::Queued { not_before: None },
            Event::Sending { attempt: 1, temporary: "M-1.tmp".into() },
            Event::Publishing { size: 7 },
            Event::Sent("there".into()),
        ] {
            self.state(now, "I1", "O20261123-0001", event, Rows::None);
        }
    }

    fn answered(&mut self, now: Timestamp, id: &str, state: PaymentState) {
        let answer = Answer { inbound: id.into(), status: None, payments: Default::default() };
        let change = PaymentChange { payment: 1, state, bank_status: None, reason: None };
        let changes = [Change::One(change)];
        self.state(now, "I1", "O20261123-0001", Event::Answered(answer), Rows::Changes(&changes));
    }

    fn statement(&mut self, id: &str, day: &str, number: &str, kind: &str, balances: [&str; 2]) {
        self.page(id, day, number, kind, balances, [false, false]);
    }

    /// The same, where another page stands before or behind it.
    fn page(&mut self, id: &str, day: &str, number: &str, kind: &str, [opens, closes]: [&str; 2], more: [bool; 2]) {
        let now = at("2026-11-25T00:00:00Z");
        self.came(now, id, "bank", "statement");
        let balance = |kind: &str, amount: &str, more: bool| Balance {
            kind: kind.into(),
            sub_type: more.then(|| Balance::INTERMEDIATE.into()),
            amount: amount.parse().expect("an amount"),
            currency: Some(eur()),
            indicator: Some(Indicator::Credit),
            date: parse_date(day),
        };
        let statement = StatementFact {
            document: 1,
            kind: kind.into(),
            id: None,
            number: Some(number.into()),
            account: ACCOUNT.into(),
            date: parse_date(day),
            entries: 0,
            matched: 0,
            credit_sum: Amount::ZERO,
            debit_sum: Amount::ZERO,
            balances: vec![balance("OPBD", opens, more[0]), balance("CLBD", closes, more[1])],
            digest: None,
            created: None,
            replaces: None,
            repeats: None,
        };
        self.state(now, id, id, Event::StatementKept(statement), Rows::None);
    }

    fn notices(&self, now: &str) -> Vec<Notice> {
        notices(&config(), &self.journal, at(now)).expect("notices")
    }

    /// Their kinds, without those of the kind that the test is not about.
    fn kinds(&self, now: &str, without: &str) -> Vec<&'static str> {
        self.notices(now).into_iter().map(|n| n.kind).filter(|kind| !kind.starts_with(without)).collect()
    }
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

fn totals() -> Totals {
    Totals { count: 1, sums: Sums::from([(eur(), Amount::ONE)]), digest: "d".into() }
}

#[test]
fn a_missing_answer_is_told_level_by_level_and_no_longer_when_it_comes() {
    let mut books = Books::new();
    // Monday 14:00 at the bank.
    books.sent(at("2026-11-23T06:00:00Z"));
    let kinds = |books: &Books, now: &str| books.kinds(now, "statement");
    assert!(kinds(&books, "2026-11-23T08:00:00Z").is_empty());
    assert_eq!(kinds(&books, "2026-11-23T08:00:01Z"), ["answer-missing"]);
    assert_eq!(kinds(&books, "2026-11-23T10:00:01Z"), ["answer-missing", "acceptance-missing"]);
    books.answered(at("2026-11-23T10:30:00Z"), "I2", PaymentState::Accepted);
    assert!(kinds(&books, "2026-11-23T10:30:00Z").is_empty(), "late, but here");
    assert_eq!(kinds(&books, "2026-11-24T04:00:01Z"), ["execution-missing"], "Tuesday noon is over");
    books.answered(at("2026-11-24T05:00:00Z"), "I3", PaymentState::Executed);
    assert!(kinds(&books, "2026-11-24T05:00:00Z").is_empty());
    let states = books.journal.outbounds(&[OutboundState::Answered]).expect("files");
    assert_eq!(states.len(), 1, "several answers are about one file");
}

#[test]
fn a_held_batch_is_told_of_before_its_cut_off() {
    let mut books = Books::new();
    books.held(at("2026-11-23T06:00:00Z"));
    let kinds = |now: &str| books.kinds(now, "statement");
    assert!(kinds("2026-11-23T07:59:00Z").is_empty());
    assert_eq!(kinds("2026-11-23T08:00:00Z"), ["cut-off-near"], "16:00 at the bank, 30 minutes before");
    assert_eq!(kinds("2026-11-23T08:30:00Z"), ["cut-off-missed"], "it is missed: that is not over with the hour");
    assert_eq!(kinds("2026-11-24T02:00:00Z"), ["cut-off-missed"], "tomorrow is another window");
    assert!(kinds("2026-11-22T08:10:00Z").is_empty(), "a Sunday has no window");
}

#[test]
fn a_held_batch_for_a_later_day_misses_only_the_cut_off_of_that_day() {
    let mut books = Books::new();
    // A Saturday: the bank must have it on Friday the 27th.
    books.held_for(at("2026-11-23T06:00:00Z"), parse_date("2026-11-28"));
    let told = |now: &str| {
        let mut told = books.notices(now);
        told.retain(|notice| notice.kind.starts_with("cut-off"));
        told.into_iter().map(|notice| format!("{} {}", notice.kind, notice.what.en)).collect::<Vec<_>>()
    };
    for early in ["2026-11-23T08:10:00Z", "2026-11-23T08:30:00Z", "2026-11-26T08:10:00Z", "2026-11-27T07:00:00Z"] {
        assert!(told(early).is_empty(), "{early}: {:?}", told(early));
    }
    assert!(told("2026-11-27T08:10:00Z")[0].starts_with("cut-off-near"));
    for late in ["2026-11-27T08:30:00Z", "2026-11-30T09:00:00Z", "2026-12-02T07:00:00Z"] {
        let told = told(late);
        assert!(told.len() == 1 && told[0].ends_with("at 16:30 on 2026-11-27"), "{late}: {told:?}");
    }
}

#[test]
fn a_batch_whose_hour_of_merging_is_after_the_cut_off_is_told_of() {
    let mut books = Books::new();
    books.held(at("2026-11-23T06:00:00Z"));
    let event = Event::Released { digest: totals().digest, reason: "seen".into(), bound: None };
    books.state(at("2026-11-23T06:10:00Z"), "I1", "B1", event, Rows::None);
    let told = |hours: &str, now: &str| {
        let config = config_of(&format!("out = {{ merge = [{hours}] }}\n"));
        let mut told = notices(&config, &books.journal, at(now)).expect("notices");
        told.retain(|notice| notice.kind.starts_with("cut-off"));
        told.into_iter().map(|notice| format!("{} {}", notice.kind, notice.what.en)).collect::<Vec<_>>()
    };
    // The bank takes files until 16:30 on its clock, 08:30 UTC.
    let near = told("\"12:00\"", "2026-11-23T08:10:00Z");
    assert_eq!(near.len(), 1);
    assert!(near[0].starts_with("cut-off-near") && near[0].contains("it goes on another day"), "{near:?}");
    assert!(told("\"12:00\", \"16:20\"", "2026-11-23T08:10:00Z").is_empty(), "it goes in time");
    let missed = told("\"12:00\"", "2026-11-23T08:30:00Z");
    assert!(missed.len() == 1 && missed[0].starts_with("cut-off-missed"), "{missed:?}");
}

#[test]
fn camt_052_into_a_camt_053_slot() {
    let mut books = Books::new();
    books.statement("I1", "2026-11-23", "1", "statement", ["0.00", "10.00"]);
    books.statement("I2", "2026-11-24", "1", "report", ["10.00", "11.00"]);
    let missing = books.notices("2026-11-25T00:00:01Z");
    let about: Vec<_> = missing.iter().map(|n| (n.kind, n.subject.as_str())).collect();
    assert_eq!(about, [("statement-missing", "DE89370400440532013000")], "a report is no statement");
    books.statement("I3", "2026-11-24", "2", "statement", ["10.00", "12.00"]);
    assert!(books.notices("2026-11-25T00:00:01Z").is_empty());
}

#[test]
fn statements_that_are_missing_are_one_notice_that_names_all_their_days_until_they_came() {
    let mut books = Books::new();
    books.statement("I1", "2026-11-02", "1", "statement", ["0.00", "10.00"]);
    let one = books.notices("2026-11-04T00:00:01Z");
    assert!(one[0].what.en.contains("for 2026-11-03 has not come"), "{one:?}");
    for later in ["2026-11-05T00:00:01Z", "2026-11-28T00:00:01Z"] {
        let more = books.notices(later);
        assert_eq!((more.len(), more[0].key(), more[0].due), (1, one[0].key(), one[0].due), "{more:?}");
        assert!(more[0].what.en.contains("from 2026-11-03 to 2026-11-"), "{more:?}");
        assert!(more[0].what.zh.contains("从 2026-11-03 至 2026-11-"), "{more:?}");
    }
    books.statement("I2", "2026-11-03", "2", "statement", ["10.00", "10.00"]);
    assert!(books.notices("2026-11-04T00:00:01Z").is_empty());
}

#[test]
fn what_is_missing_for_longer_than_anybody_remembers_is_missed_until_a_person_says_from_when_on() {
    let mut books = Books::new();
    books.statement("I1", "2026-01-05", "1", "statement", ["0.00", "10.00"]);
    books.statement("I2", "2026-01-07", "3", "statement", ["10.00", "10.00"]);
    let at = at("2026-11-28T00:00:01Z");
    let told = |of_statements: &str| {
        let notices = notices(&config_with(of_statements), &books.journal, at).expect("notices");
        notices.into_iter().map(|notice| (notice.kind, notice.what.en)).collect::<Vec<_>>()
    };
    let all = told("");
    assert_eq!(
        all.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        ["statement-gap", "statement-missing"],
        "{all:?}"
    );
    assert!(all[1].1.contains("from 2026-01-06 to 2026-11-26"), "{all:?}");
    let since = told(", since = \"2026-11-20\"");
    assert_eq!((since.len(), since[0].1.contains("from 2026-11-20 to 2026-11-26")), (1, true), "{since:?}");
    assert!(told(", since = \"2026-11-28\"").is_empty());
}

#[test]
fn a_statement_whose_page_is_lost_is_incomplete_and_its_day_is_not_counted_as_there() {
    let mut books = Books::new();
    books.statement("I1", "2026-11-23", "6/1", "statement", ["0.00", "10.00"]);
    books.page("I2", "2026-11-24", "7/1", "statement", ["10.00", "12.00"], [false, true]);
    assert!(books.notices("2026-11-25T00:00:00Z").is_empty(), "its last page may come until 08:00 at the bank");
    let told = books.notices("2026-11-25T00:00:01Z");
    assert_eq!(told.iter().map(|n| n.kind).collect::<Vec<_>>(), ["statement-incomplete"], "{told:?}");
    assert!(told[0].what.en.contains("`7`") && told[0].what.zh.contains("不完整"), "{told:?}");
    // The statement of the day after joins nothing that is known.
    books.statement("I3", "2026-11-25", "8/1", "statement", ["15.00", "16.00"]);
    assert_eq!(books.kinds("2026-11-25T12:00:00Z", "x"), ["statement-incomplete"]);
    books.page("I4", "2026-11-24", "7/2", "statement", ["12.00", "15.00"], [true, false]);
    assert!(books.notices("2026-11-25T12:00:00Z").is_empty());
    // The number comes again with the next year.
    books.page("I5", "2027-11-24", "7/2", "statement", ["18.00", "19.00"], [true, false]);
    let again = books.kinds("2027-11-27T12:00:00Z", "statement-missing");
    assert_eq!(again, ["statement-incomplete"], "page 1 of last year is not of this one");
}

#[test]
fn where_no_statement_ever_came_all_are_missed_since_the_installation_began() {
    let mut books = Books::new();
    books.held(at("2026-11-23T06:00:00Z"));
    let mut missing = books.notices("2026-11-26T00:00:01Z");
    missing.retain(|notice| notice.kind == "statement-missing");
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].what.en.contains("from 2026-11-23 to 2026-11-25"), "{missing:?}");
}

#[test]
fn what_was_missed_is_missed_until_it_comes_also_when_a_later_day_comes_first() {
    let mut books = Books::new();
    books.held(at("2026-11-23T06:00:00Z"));
    let mut missing = books.notices("2026-11-25T12:00:00Z");
    missing.retain(|notice| notice.kind == "statement-missing");
    let Notice { what, money, hint, .. } = missing.remove(0);
    let key = format!("overdue statement-missing bank {ACCOUNT}");
    let alarm = AlarmFact { key, party: "bank".into(), subject: ACCOUNT.into(), what, money, hint };
    books.state(at("2026-11-25T12:00:00Z"), "", "A20261125-0001", Event::Alarmed(alarm), Rows::None);
    books.statement("I2", "2026-11-25", "1", "statement", ["0.00", "10.00"]);
    let told = books.notices("2026-11-27T12:00:00Z");
    let told: Vec<&str> = told.iter().map(|notice| notice.what.en.as_str()).collect();
    assert!(told.iter().any(|what| what.contains("from 2026-11-23 to 2026-11-26")), "{told:?}");
}

#[test]
fn a_statement_is_not_missed_before_its_hour_nor_on_days_without_banks() {
    let mut books = Books::new();
    books.statement("I1", "2026-09-29", "1", "statement", ["0.00", "10.00"]);
    assert!(books.notices("2026-09-30T00:00:00Z").is_empty(), "08:00 at the bank is not over");
    books.statement("I2", "2026-09-30", "2", "statement", ["10.00", "10.00"]);
    assert!(books.notices("2026-10-07T12:00:00Z").is_empty(), "the long holiday");
    assert_eq!(books.kinds("2026-10-09T00:00:01Z", "x"), ["statement-missing"], "of the 8th");
}

#[test]
fn statements_that_do_not_join_are_told() {
    let mut books = Books::new();
    books.statement("I1", "2026-11-23", "00007/001", "statement", ["0.00", "10.00"]);
    books.statement("I2", "2026-11-24", "00009/001", "statement", ["10.50", "12.00"]);
    let now = "2026-11-24T12:00:00Z";
    assert_eq!(books.kinds(now, "x"), ["statement-gap", "statement-does-not-join"]);
    books.statement("I3", "2026-11-24", "00009/001", "statement", ["10.50", "13.00"]);
    assert!(books.kinds(now, "x").contains(&"statement-again"), "a corrected one is told to a person");
}

#[test]
fn a_batch_without_a_banking_hour_waits_for_a_person_and_is_not_sent() {
    let never = "calendar = { maintenance = [{ from = \"00:00\", until = \"12:00\" }, { from = \"12:00\", until = \"00:00\" }] }";
    let mut world = World::new(&Options { bank: never.into(), ..Options::default() });
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "W-1")]).as_bytes()).expect("a drop");
    world.until("the batch is held", |j| {
        j.batches(&[BatchState::Held]).expect("batches").iter().any(|b| b.held == ["no-banking-hour"])
    });
    let held = world.journal().batches(&[BatchState::Held]).expect("batches").remove(0);
    let event = Event::Released { digest: held.totals.digest.clone(), reason: "looked at".into(), bound: None };
    let fact = NewFact { actor: "anna".into(), case: held.inbound.clone(), subject: held.id.clone(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a release");
    world.until("its file waits for a person", |j| {
        let files = j.outbounds(&[OutboundState::Sealed]).expect("files");
        files.iter().any(|f| f.retry_at.as_deref() == Some(bankferry::journal::WAITS_FOR_A_PERSON))
    });
    assert_eq!(world.received(), 0);
    world.stop();
}

#[test]
fn a_rejection_after_success_ends_with_a_person() {
    let mut world = World::new(&Options::default());
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "X-1")]).as_bytes()).expect("a drop");
    world.until("it is booked", |j| super::road::all_booked(j, 1));
    let files = world.journal().outbounds(&[OutboundState::Answered]).expect("files");
    let id = files.iter().find_map(|f| f.message_id.clone()).expect("a message id");
    let late = format!(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
         <GrpHdr><MsgId>LATE-1</MsgId><CreDtTm>2026-11-25T10:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>\
         <OrgnlMsgId>{id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>\
         <OrgnlPmtInfAndSts><OrgnlPmtInfId>{id}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>X-1</OrgnlEndToEndId>\
         <TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    );
    give(&mut world, "late.xml", &late);
    world.until("the incident is stated", |j| {
        let facts = j.facts_after(0, 1_000).expect("facts");
        facts.iter().any(|f| matches!(&f.event, Event::Incident { what, .. } if what.contains("payment `X-1`")))
    });
    let states = world.journal().payment_states(&Default::default()).expect("states");
    assert_eq!(states.get("returned"), Some(&1), "open again, not booked and not forgotten");
    world.stop();
}

#[test]
fn a_success_after_a_rejection_is_unknown_and_counts_as_asked_for() {
    let mut world = World::new(&Options::default());
    world.practice.drop_file("one.csv", batch(&[("REJECT Alpha", "10.00", "Y-1")]).as_bytes()).expect("a drop");
    let state =
        |j: &SqliteJournal, word: &str| j.payment_states(&Default::default()).expect("states").contains_key(word);
    world.until("it is rejected", |j| state(j, "rejected"));
    let files = world.journal().outbounds(&[OutboundState::Answered]).expect("files");
    let id = files.iter().find_map(|f| f.message_id.clone()).expect("a message id");
    let late = format!(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
         <GrpHdr><MsgId>LATE-2</MsgId><CreDtTm>2026-11-25T10:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>\
         <OrgnlMsgId>{id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACSC</GrpSts>\
         </OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    );
    give(&mut world, "late.xml", &late);
    world.until("it is unknown", |j| state(j, "unknown"));
    let facts = world.journal().facts_after(0, 1_000).expect("facts");
    assert!(
        facts
            .iter()
            .any(|f| matches!(&f.event, Event::Incident { what, .. } if what.contains("although it was said before")))
    );
    world
        .practice
        .drop_file(
            "two.csv",
            batch(&[("REJECT Alpha", "10.00", "Y-2")]).replace("Invoice Y-2", "Invoice Y-1").as_bytes(),
        )
        .expect("a drop");
    world.until("the same payment waits for a person", |j| {
        let held = j.batches(&[BatchState::Held]).expect("batches");
        held.iter().any(|b| b.held.iter().any(|reason| reason == "same-payment"))
    });
    world.stop();
    let told = world.outbox();
    let rows = |id: &str| {
        told.iter().filter(|(name, _)| name.ends_with(".csv")).map(|(_, text)| text.matches(id).count()).sum::<usize>()
    };
    assert_eq!(rows(",Y-1,"), 2, "one row for each answer: {told:?}");
}

/// Gives a file of the test's as the bank gives its own: signed and encrypted.
fn give(world: &mut World, name: &str, content: &str) {
    let settings = world.practice.bank.settings();
    let keys = Keys::open(&settings.keys).expect("the bank's keys");
    let mut sealed = Vec::new();
    let now = world.clock.system_time();
    seal::seal(&settings.seal, &keys, &settings.customer, now, &mut content.as_bytes(), &mut sealed).expect("sealed");
    let name = format!("{name}.pgp");
    disk::write_new(&settings.outbox_folder(bankferry::document::Date::default()), &name, |out| out.write_all(&sealed))
        .expect("a file");
}

#[test]
fn a_file_in_line_goes_by_the_calendar_as_it_is_now() {
    let hour = Hour::of_today(10);
    let bank = "calendar = { cut_off = \"09:00\" }".to_string();
    let mut world = World::at(hour.clock(), &Options { bank, ..Options::default() });
    world.start();
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "Q-1")]).as_bytes()).expect("a drop");
    let queued = |j: &SqliteJournal| j.outbounds(&[OutboundState::Queued]).expect("files").pop();
    world.until("it is in line for another day", |j| queued(j).is_some_and(|file| file.not_before.is_some()));
    world.stop();
    let path = world.root().join("bankferry.toml");
    let config = std::fs::read_to_string(path).expect("a configuration").replacen("09:00", "20:00", 1);
    bankferry::disk::replace(world.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    world.until("it is at the bank on the same day", |j| {
        let files = j.outbounds(&[OutboundState::Sent, OutboundState::Answered]).expect("files");
        files.iter().any(|file| file.purpose == Purpose::Payments)
    });
    world.stop();
}
