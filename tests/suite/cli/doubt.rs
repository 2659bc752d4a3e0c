//! Ending the doubt of one payment: two people in production, and nothing against what is known.

use bankferry::journal::{
    Answer, Change, Event, Journal, NewFact, PaymentChange, PaymentFilter, PaymentState, Records, Rows,
};

use super::house::{House, at};

/// A file of two payments that the bank has; of the first it said something that nobody explained.
fn doubted(environment: &str) -> House {
    let mut house = House::new(environment);
    let (id, case) = (house.queued(1), "I20261123-0001");
    house.state(case, &id, Event::Sending { attempt: 1, temporary: "x.tmp".into() });
    house.state(case, &id, Event::Publishing { size: 11 });
    house.state(case, &id, Event::Sent("the server said so".into()));
    let payment = house.journal.payment_at("B20261123-0001", 1).unwrap().unwrap().row;
    let changes = [Change::One(PaymentChange {
        payment,
        state: PaymentState::Unknown,
        bank_status: Some("9".into()),
        reason: None,
    })];
    let answer = Answer { inbound: "I20261123-0009".into(), status: None, payments: Default::default() };
    let fact = NewFact { actor: "bankferry".into(), case: case.into(), subject: id, event: Event::Answered(answer) };
    house.journal.append(at(), vec![(fact, Rows::Changes(&changes))]).unwrap();
    house
}

fn state(house: &House) -> String {
    house.journal.payment_at("B20261123-0001", 1).unwrap().unwrap().state.to_string()
}

#[test]
fn the_doubt_of_one_payment_is_ended_by_two_people_in_production() {
    let house = doubted("production");
    let by = |name: &'static str, verdict: &'static str| {
        ["resolve", "B20261123-0001/1", verdict, "--reason", "ticket 4713", "--as", name]
    };
    house.ends(1, &by("erp", "--not-sent"));
    let proposed = house.ends(0, &by("otto", "--not-sent"));
    assert!(proposed.all().contains("until another person confirms"), "{}", proposed.all());
    assert_eq!(state(&house), "unknown");
    assert!(house.ends(0, &["status"]).out.contains("bankferry resolve B20261123-0001/1 --not-sent"));
    assert!(house.ends(0, &["list", "proposals"]).out.contains("B20261123-0001/1"));
    // Nobody confirms what he proposed, nor by the contrary word, nor without the right.
    house.ends(1, &by("otto", "--not-sent"));
    let told = house.ends(0, &[&by("anna", "--not-sent")[..], &["--json"]].concat()).json();
    assert_eq!((&told["event"], &told["state"]), (&"payment-resolved".into(), &"cancelled".into()));
    assert_eq!((&told["proposed_by"], &told["by"]), (&"otto".into(), &"anna".into()));
    assert_eq!(state(&house), "cancelled");
    let files = house.ends(0, &["list", "files", "--party", "erp", "--json"]).lines();
    assert!(files.iter().any(|file| file["purpose"] == "status"), "{files:?}");
    house.ends(1, &by("ben", "--sent"));
    house.ends(0, &["verify"]);
}

#[test]
fn a_payment_of_a_file_that_is_unknown_as_a_whole_is_not_ended_alone() {
    let mut house = House::new("test");
    let file = house.unknown(1);
    let alone = house.ends(1, &["resolve", "E2E-1-1", "--sent", "--reason", "x", "--as", "anna"]);
    assert!(alone.err.contains(&format!("bankferry resolve {file}")), "{}", alone.err);
    let filter = PaymentFilter { states: vec![PaymentState::Unknown], ..PaymentFilter::default() };
    assert_eq!(house.journal.payments(&filter).unwrap().len(), 2);
}

#[test]
fn status_counts_the_unknown_payments_of_a_bank_in_both_languages() {
    let house = doubted("test");
    let status = house.ends(0, &["status", "--json"]).json();
    let found = status["decisions"].as_array().unwrap().iter().find(|d| d["kind"] == "unknown-payments").unwrap();
    assert_eq!((&found["party"], &found["count"]), (&"acme".into(), &1.into()));
    assert_eq!((&found["sums"]["EUR"], &found["since"]), (&"1000.00".into(), &"2026-11-23T10:00:00.000Z".into()));
    assert!(house.ends(0, &["status", "--lang", "zh"]).out.contains("状态未知的付款"));
}
