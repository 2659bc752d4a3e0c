//! `reconcile`, `match`, `unmatch` and `list entries` on a day that was filled by hand.

use bankferry::document::{Amount, Balance, Currency, Indicator, parse_amount, parse_date};
use bankferry::journal::{
    Change, EntryState, Event, Journal, NewEntry, NewFact, PaymentChange, PaymentFilter, PaymentState, Records, Rows,
    StatementFact,
};
use serde_json::Value;

use super::house::{House, at};

const ACCOUNT: &str = "DE02120300000000202051";
const STATEMENT: &str = "I20261123-0009";

/// The same day as the bank wrote it.
const MT940: &str = "\
:20:STMT
:25:DE02120300000000202051
:28C:1/1
:60F:C261123EUR5000,00
:61:2611241124D1000,00NTRFE2E-1-1//BR-1
:86:ZAHLUNG
:61:2611241124D3,50NCHGNONREF//BR-2
:61:2611241124C77,00NTRFNONREF//BR-3
:62F:C261124EUR4073,50
-
";

fn money(text: &str) -> Amount {
    parse_amount(text).unwrap()
}

fn entry(seq: u64, amount: &str, indicator: Indicator, state: EntryState, why: &str) -> std::io::Result<NewEntry> {
    Ok(NewEntry {
        document: 1,
        seq,
        amount: money(amount),
        currency: Currency::parse("EUR").unwrap(),
        indicator,
        status: Some("BOOK".into()),
        booking_date: parse_date("2026-11-24"),
        value_date: None,
        reference: None,
        bank_reference: Some(format!("BR-{seq}")),
        code: None,
        counterparty_name: None,
        counterparty_account: None,
        info: Some("ZAHLUNG".into()),
        state,
        why: Some(why.into()),
        how: None,
        sure: None,
        rest: money(amount),
    })
}

/// A batch of 1000.00 and 234.50 that is at the bank, and a statement of one debit, one fee and one credit.
fn day() -> House {
    day_in("test")
}

fn day_in(environment: &str) -> House {
    let mut house = House::new(environment);
    let (id, case) = (house.queued(1), "I20261123-0001");
    house.state(case, &id, Event::Sending { attempt: 1, temporary: "x.tmp".into() });
    house.state(case, &id, Event::Publishing { size: 11 });
    house.state(case, &id, Event::Sent("the server said so".into()));
    house.arrives(STATEMENT, "acme", "statement.sta");
    let content = house.keep(STATEMENT, "opened", "statement.sta", MT940);
    house.state(STATEMENT, STATEMENT, Event::Opened { content, signer: None, vouched: Default::default() });
    let mut rows = vec![
        entry(1, "1000.00", Indicator::Debit, EntryState::Unmatched, "ambiguous"),
        entry(2, "3.50", Indicator::Debit, EntryState::NotOurs, "fee"),
        entry(3, "77.00", Indicator::Credit, EntryState::NotOurs, "incoming"),
    ]
    .into_iter();
    let balance = |kind: &str, amount: &str| Balance {
        kind: kind.into(),
        amount: money(amount),
        currency: Currency::parse("EUR"),
        indicator: Some(Indicator::Credit),
        date: parse_date("2026-11-24"),
        ..Balance::default()
    };
    let kept = Event::StatementKept(StatementFact {
        document: 1,
        kind: "statement".into(),
        id: None,
        number: None,
        account: ACCOUNT.into(),
        date: parse_date("2026-11-24"),
        entries: 3,
        matched: 0,
        credit_sum: money("77.00"),
        debit_sum: money("1003.50"),
        balances: vec![balance("OPBD", "5000.00"), balance("CLBD", "4073.50")],
        digest: None,
        created: None,
        replaces: None,
        repeats: None,
    });
    let read = Event::Read { kind: "statement".into(), format: "camt.053.001.08".into(), documents: 1 };
    let fact = |event| NewFact { actor: "bankferry".into(), case: STATEMENT.into(), subject: STATEMENT.into(), event };
    let facts = vec![
        (fact(read), Rows::Entries(&mut rows)),
        (fact(kept), Rows::None),
        (fact(Event::Matched { outputs: Vec::new() }), Rows::None),
    ];
    house.journal.append(at(), facts).unwrap();
    house
}

fn reconciled(house: &House, code: i32) -> Vec<Value> {
    house.ends(code, &["reconcile", "--day", "2026-11-24", "--account", ACCOUNT, "--json"]).lines()
}

#[test]
fn a_day_tells_every_entry_and_every_open_payment_and_adds_up() {
    let house = day();
    let lines = reconciled(&house, 1);
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["unmatched", "not-ours", "not-ours", "open", "open", "reconciliation"]);
    assert_eq!(lines[0]["candidates"][0], "B20261123-0001/1", "{}", lines[0]);
    let summary = lines.last().unwrap();
    assert_eq!((&summary["opening"], &summary["closing"]), (&"5000.00".into(), &"4073.50".into()), "{summary}");
    assert_eq!(summary["adds_up"], true);
    assert_eq!((&summary["open"]["count"], &summary["oldest_open_days"]), (&2.into(), &0.into()), "{summary}");
    let screen = house.ends(1, &["reconcile", "--day", "2026-11-24"]);
    assert!(screen.out.contains("unmatched") && screen.out.contains("4,073.50"), "{}", screen.all());
    let zh = house.ends(1, &["reconcile", "--day", "2026-11-24", "--lang", "zh"]);
    assert!(zh.out.contains("未匹配"), "{}", zh.all());
    let nobodys = house.ends(2, &["reconcile", "--day", "2026-11-24", "--account", "GB29NWBK60161331926819"]);
    assert!(nobodys.err.contains("no account of any party"), "{}", nobodys.all());
}

#[test]
fn a_person_matches_an_entry_and_takes_it_back() {
    let house = day();
    let name = format!("{STATEMENT}/1/1");
    let by = ["--as", "anna", "--reason", "the bank's advice 4711"];
    let with = |verb: &'static str, more: &[&'static str]| {
        let mut all = vec![verb, name.as_str()];
        all.extend(more);
        all.extend(by);
        all.into_iter().map(str::to_string).collect::<Vec<_>>()
    };
    let run = |code: i32, words: Vec<String>| house.ends(code, &words.iter().map(String::as_str).collect::<Vec<_>>());
    // Together they are more than the entry; a person without the right; a payment that there is not.
    run(1, with("match", &["E2E-1-1", "E2E-1-2"]));
    house.ends(1, &["match", &name, "E2E-1-1", "--as", "otto", "--reason", "x"]);
    run(2, with("match", &["E2E-9"]));
    run(0, with("match", &["B20261123-0001/1"]));
    let listed = house.ends(0, &["list", "entries", "--state", "matched", "--json"]).json();
    assert_eq!((&listed["how"], &listed["rest"]), (&"by-hand".into(), &"0.00".into()), "{listed}");
    assert_eq!(house.ends(0, &["show", "E2E-1-1", "--json"]).json()["payments"][0]["state"], "booked");
    let lines = reconciled(&house, 0);
    assert_eq!((&lines[0]["type"], &lines[0]["payment"]), (&"booked".into(), &"B20261123-0001/1".into()));
    run(1, with("match", &["E2E-1-1"]));

    run(0, with("unmatch", &[]));
    assert_eq!(house.ends(0, &["show", "E2E-1-1", "--json"]).json()["payments"][0]["state"], "sent");
    assert_eq!(reconciled(&house, 1)[0]["type"], "unmatched");
    run(1, with("unmatch", &[]));
    let story = house.ends(0, &["show", STATEMENT]);
    assert!(story.out.contains("4711") && story.out.contains("anna"), "{}", story.all());
    house.ends(0, &["verify"]);
}

fn state_of(house: &House) -> PaymentState {
    let filter = PaymentFilter { end_to_end_id: Some("E2E-1-1".into()), ..PaymentFilter::default() };
    house.journal.payments(&filter).unwrap().pop().unwrap().state
}

#[test]
fn in_production_two_people_match_an_entry_and_two_take_it_back() {
    let house = day_in("production");
    let name = format!("{STATEMENT}/1/1");
    let matched = |payment: &'static str, who: &'static str, code: i32| {
        house.ends(code, &["match", &name, payment, "--as", who, "--reason", "advice 4711"])
    };
    let first = matched("E2E-1-1", "otto", 0);
    assert!(first.err.contains("another person confirms"), "{}", first.all());
    assert!(first.err.contains("bankferry match I20261123-0009/1/1 B20261123-0001/1 --reason TEXT"), "{}", first.all());
    assert_eq!(state_of(&house), PaymentState::Sent);
    // Not the same person, nobody without the right, and not another payment.
    matched("E2E-1-1", "otto", 1);
    matched("E2E-1-1", "vera", 1);
    let other = matched("E2E-1-2", "anna", 1);
    assert!(other.err.contains("is `B20261123-0001/1`, and you say `B20261123-0001/2`"), "{}", other.all());
    let open = house.ends(0, &["list", "proposals", "--json"]).json();
    assert_eq!((&open["what"], &open["reference"]), (&"match".into(), &"B20261123-0001/1".into()), "{open}");
    let told =
        house.ends(0, &["match", &name, "B20261123-0001/1", "--as", "anna", "--reason", "seen", "--json"]).json();
    assert_eq!((&told["by"], &told["proposed_by"]), (&"anna".into(), &"otto".into()), "{told}");
    assert_eq!(state_of(&house), PaymentState::Booked);

    let back = |who: &'static str, code: i32| house.ends(code, &["unmatch", &name, "--as", who, "--reason", "not it"]);
    let first = back("anna", 0);
    assert!(first.err.contains("bankferry unmatch I20261123-0009/1/1 --reason TEXT"), "{}", first.all());
    assert_eq!(state_of(&house), PaymentState::Booked);
    back("anna", 1);
    back("ben", 0);
    assert_eq!(state_of(&house), PaymentState::Sent);
    assert!(house.ends(0, &["status"]).out.lines().all(|line| !line.contains("unmatch")));
    house.ends(0, &["verify"]);
}

#[test]
fn one_payment_tells_its_whole_story() {
    let house = day();
    let (name, by) = (format!("{STATEMENT}/1/1"), ["--as", "anna", "--reason", "advice 4711"]);
    house.ends(0, &[&["match", &name, "E2E-1-1"][..], &by].concat());
    let shown = house.ends(0, &["show", "E2E-1-1"]).out;
    // The ERP's file, the batch, the bank's file under its name, the bytes, the entry, who said so and why.
    let told =
        ["工资1.csv", "B20261123-0001", "WORKS-1.xml", "02-written", &name, "by-hand", "anna", "advice 4711", "ben"];
    told.iter().for_each(|told| assert!(shown.contains(told), "`{told}` is missing:\n{shown}"));
    let json = house.ends(0, &["show", "B20261123-0001/1", "--json"]).json();
    assert_eq!(json["payments"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!((&json["inbound"]["id"], &json["batch"]["id"]), (&"I20261123-0001".into(), &"B20261123-0001".into()));
    assert_eq!(json["outbound"][0]["name"], "WORKS-1.xml");
    assert!(json["outbound"][0]["written"]["sha256"].is_string(), "{json}");
    assert_eq!((&json["entries"][0]["inbound"], &json["entries"][0]["seq"]), (&STATEMENT.into(), &1.into()));
    assert_eq!((&json["matches"][0]["how"], &json["matches"][0]["by"]), (&"by-hand".into(), &"anna".into()));
    house.ends(0, &[&["unmatch", &name][..], &by].concat());
    let json = house.ends(0, &["show", "E2E-1-1", "--json"]).json();
    let events: Vec<&str> = json["facts"].as_array().unwrap().iter().map(|f| f["event"].as_str().unwrap()).collect();
    assert!(events.ends_with(&["entry-matched", "entry-unmatched"]), "what was taken back is told: {events:?}");
    let other = house.ends(0, &["show", "E2E-1-2"]).out;
    assert!(!other.contains("4711"), "another payment's story: {other}");
}

#[test]
fn what_was_proposed_for_an_entry_falls_when_its_payment_moves() {
    let mut house = day_in("production");
    let name = format!("{STATEMENT}/1/1");
    let by = |verb: &'static str, who: &'static str| {
        let payment = (verb == "match").then_some("E2E-1-1");
        let words = [verb, &name].into_iter().chain(payment).chain(["--as", who, "--reason", "x"]);
        house.ends(0, &words.collect::<Vec<_>>())
    };
    by("match", "anna");
    by("match", "ben");
    by("unmatch", "anna");
    let waits = house.ends(0, &["status"]);
    assert!(waits.out.contains("bankferry unmatch I20261123-0009/1/1"), "{}", waits.all());
    // Meanwhile the money comes back.
    let row = house.journal.payment_at("B20261123-0001", 1).unwrap().unwrap().row;
    let change = PaymentChange { payment: row, state: PaymentState::Returned, bank_status: None, reason: None };
    let booked = Event::Booked { inbound: STATEMENT.into(), payments: [("returned".to_string(), 1)].into() };
    let fact = NewFact { actor: "bankferry".into(), case: STATEMENT.into(), subject: STATEMENT.into(), event: booked };
    house.journal.append(at(), vec![(fact, Rows::Changes(&[Change::One(change)]))]).unwrap();
    let listed = house.ends(0, &["list", "proposals", "--json"]).json();
    let fallen = &listed["fallen"];
    assert!(fallen.to_string().contains("proposer saw them; now: `B20261123-0001/1` returned"), "{listed}");
    let zh = house.ends(0, &["list", "proposals", "--json", "--lang", "zh"]);
    assert!(zh.out.contains("已与提议人所见不同"), "{}", zh.all());
    let second = house.ends(0, &["unmatch", &name, "--as", "ben", "--reason", "x"]);
    assert!(second.err.contains("what `anna` proposed (unmatch) has fallen"), "{}", second.all());
    assert_eq!(state_of(&house), PaymentState::Returned);
}

#[test]
fn a_day_is_numbered_as_files_for_its_erp() {
    let house = day();
    house.ends(1, &["reconcile", "--day", "2026-11-24", "--account", ACCOUNT, "--publish"]);
    house.ends(1, &["reconcile", "--day", "2026-11-24", "--account", ACCOUNT, "--publish"]);
    let files = house.ends(0, &["list", "files", "--party", "erp", "--json"]).lines();
    let mut names: Vec<&str> =
        files.iter().filter(|f| f["purpose"] == "reconciliation").map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4, "{files:?}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "no name is given twice: {names:?}");
}

#[test]
fn what_was_unmatched_is_looked_at_again_with_what_is_known_by_now() {
    let house = day();
    let answer = house.ends(0, &["reconcile", "--day", "2026-11-24", "--account", ACCOUNT, "--rematch", "--json"]);
    let lines = answer.lines();
    let booked = &lines[0];
    assert_eq!(
        (&booked["type"], &booked["how"], &booked["sure"]),
        (&"booked".into(), &"reference".into(), &"strong".into())
    );
    assert_eq!(house.ends(0, &["show", "E2E-1-1", "--json"]).json()["payments"][0]["state"], "booked");
    let again = house.ends(0, &["reconcile", "--day", "2026-11-24", "--rematch"]);
    assert!(again.err.contains("0 entries"), "{}", again.all());
    house.ends(0, &["verify"]);
}
