//! What proves that an entry or an answer is a payment's: money under our id is its return only by a proof, a debit of
//! nothing but an amount is nobody's, and a payee other than was ordered is said, whoever tells it.

use bankferry::document::{Account, Part};
use bankferry::format::layout::Carries;
use bankferry::journal::{Event, InboundState, IncidentKind, Records};

use super::banks::{House, answer, today};
use super::corrections::{give, house, lines, payment, quiet};
use super::doubtful::statement;
use super::moved::incidents;

/// The account of the payee of `QH01`, and one of somebody else.
const PAYEE: &str = "6222000000000000175";
const STRANGER: &str = "6222000000000000999";

/// A statement of one entry of `QH01` without a mark of a return, and with this other side.
fn told(number: &str, opening: i64, mark: &str, id: &str, name: &str, account: &str) -> (String, i64) {
    let (text, closing) = statement(number, opening, &[(mark, "12345.00", id)]);
    let side = if mark == "D" { "Cdtr" } else { "Dbtr" };
    let named = |tag: &str, what: String| if what.is_empty() { what } else { format!("<{tag}>{what}</{tag}>") };
    let party = named("Pty", named("Nm", name.to_string()));
    let number = if account.is_empty() { String::new() } else { format!("<Id><Othr><Id>{account}</Id></Othr></Id>") };
    let parties = named(side, party) + &named(&format!("{side}Acct"), number);
    let parties = format!("</Refs>{}", named("RltdPties", parties));
    (text.replace("<RvslInd>true</RvslInd>", "").replace("</Refs>", &parties), closing)
}

fn kinds(house: &House) -> Vec<IncidentKind> {
    let facts = house.journal().facts_after(0, 1_000).expect("facts").into_iter();
    facts.filter_map(|f| if let Event::Incident { kind, .. } = f.event { Some(kind) } else { None }).collect()
}

fn only_incident(house: &House, wanted: &str) {
    let said = incidents(house);
    assert!(said.len() == 1 && said[0].contains(wanted), "{wanted}: {said:?}");
}

/// State and reason of an entry, counted from the newest.
fn entry(house: &House, number: usize) -> (String, String) {
    let entry = lines(&house.ends(0, &["list", "entries", "--json"])).remove(number);
    let word = |name: &str| entry[name].as_str().unwrap_or_default().to_string();
    (word("state"), word("why"))
}

#[test]
fn a_customers_credit_under_our_id_is_no_return_whether_or_not_our_debit_was_seen() {
    for seen in [false, true] {
        let mut house = house();
        let mut balance = 5_000_000;
        if seen {
            let (text, closing) = statement("1", balance, &[("D", "12345.00", "QH01")]);
            give(&mut house, "debit.xml", &text);
            balance = closing;
        }
        let before = payment(&house, "QH01");
        give(&mut house, "credit.xml", &told("2", balance, "R", "QH01", "Customer X", STRANGER).0);
        only_incident(&house, "moves CNY 12345.00 back under the id of payment `QH01`");
        assert_eq!((payment(&house, "QH01"), kinds(&house)), (before, vec![IncidentKind::Booking]));
        assert_eq!(entry(&house, 0), ("unmatched".into(), "no-return".into()));
        house.ends(0, &["verify"]);
    }
}

#[test]
fn money_from_the_payee_is_a_return_only_after_it_was_seen_leaving() {
    let mut house = house();
    let (text, balance) = told("1", 5_000_000, "R", "QH01", "远山材料有限公司", PAYEE);
    give(&mut house, "early.xml", &text);
    assert_eq!((payment(&house, "QH01"), incidents(&house).len()), ("sent".into(), 1));
    let (text, balance) = statement("2", balance, &[("D", "12345.00", "QH01")]);
    give(&mut house, "debit.xml", &text);
    give(&mut house, "back.xml", &told("3", balance, "R", "QH01", "远山材料有限公司", PAYEE).0);
    assert_eq!((payment(&house, "QH01"), incidents(&house).len()), ("returned".into(), 1));
}

#[test]
fn a_debit_under_our_id_to_another_account_is_told_and_shown_beside_what_was_ordered() {
    let mut house = house();
    give(&mut house, "debit.xml", &told("1", 5_000_000, "D", "QH01", "Mallory Ltd", STRANGER).0);
    only_incident(&house, "the money went to another account than ordered");
    let said = incidents(&house).remove(0);
    assert!(said.contains(PAYEE) && said.contains(STRANGER), "{said}");
    assert_eq!((payment(&house, "QH01"), kinds(&house)), ("booked".into(), vec![IncidentKind::Booking]));
    let lines = lines(&house.ends(0, &["reconcile", "--day", &today(), "--json"]));
    let line = lines.iter().find(|line| line["type"] == "booked").expect("a line");
    assert_eq!((&line["counterparty_account"], &line["stated_account"]), (&PAYEE.into(), &STRANGER.into()));
    let shown = house.ends(0, &["reconcile", "--day", &today()]);
    assert!(shown.contains("BUT"), "{shown}");
}

#[test]
fn a_payee_as_banks_write_it_is_no_other() {
    for (name, account) in [
        ("远山材料", "6222****0175"),
        ("", "6222 0000 0000 0000 175"),
        ("SOMEBODY", ""),
        ("远山材料有限公司", "1001002003"),
    ] {
        let mut house = house();
        give(&mut house, "debit.xml", &told("1", 5_000_000, "D", "QH01", name, account).0);
        assert!(incidents(&house).is_empty(), "{name} {account}: {:?}", incidents(&house));
        assert_eq!(payment(&house, "QH01"), "booked");
    }
}

#[test]
fn a_strangers_direct_debit_under_our_id_and_amount_is_not_the_payment() {
    let mut house = house();
    let code = "<Domn><Cd>PMNT</Cd><Fmly><Cd>RDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn>";
    let text = told("1", 5_000_000, "D", "QH01", "Telco", STRANGER).0;
    give(&mut house, "debit.xml", &text.replace("<Prtry><Cd>X</Cd></Prtry>", code));
    only_incident(&house, "is not the payment: it is not taken for it");
    assert_eq!(payment(&house, "QH01"), "sent");
    assert_eq!(entry(&house, 0), ("unmatched".into(), "other-payee".into()));
}

#[test]
fn a_debit_of_nothing_but_an_amount_is_unmatched_and_names_what_it_may_be() {
    let mut house = house();
    let text = statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0;
    give(&mut house, "debit.xml", &text.replace("<EndToEndId>QH01</EndToEndId>", ""));
    assert_eq!((payment(&house, "QH01"), incidents(&house).len()), ("sent".into(), 0));
    assert_eq!(entry(&house, 0), ("unmatched".into(), "only-amount".into()));
    let mut told = lines(&house.ends(1, &["reconcile", "--day", &today(), "--json"]));
    let summary = told.pop().expect("a summary");
    let line = told.iter().find(|line| line["type"] == "unmatched").expect("a line");
    assert_eq!(line["candidates"].as_array().map(Vec::len), Some(1), "{line}");
    let debits = &summary["unmatched"]["debits"]["CNY"];
    assert_eq!((debits, &summary["unmatched"]["count"]), (&"12345.00".into(), &1.into()), "{summary}");
    assert_eq!(summary["unmatched"]["credits"], serde_json::json!({}));
}

#[test]
fn a_row_of_our_id_with_another_payee_or_another_amount_is_said_once_and_not_believed() {
    for (what, state) in [("payee", "unknown"), ("account", "unknown"), ("amount", "sent")] {
        let mut house = house();
        let mut parts = answer(&house.received()[..1], "处理成功", "");
        for part in &mut parts {
            let Part::PaymentStatus(row) = part else { continue };
            match what {
                "payee" => {
                    row.counterparty.name = Some("Mallory Ltd".into());
                    row.counterparty.account = Account::parse(STRANGER);
                }
                "account" => row.counterparty.account = Account::parse(STRANGER),
                _ => row.amount = Some("12344.00".parse().expect("an amount")),
            }
        }
        house.give("answer.txt", Carries::Status, &parts);
        house.until("it is told", |journal, _| {
            let files = journal.inbounds(&[]).expect("files");
            let read = |state| !matches!(state, InboundState::Received | InboundState::Opened);
            files.iter().any(|file| file.name == "answer.txt" && read(file.state)) && quiet(journal)
        });
        let said = incidents(&house);
        assert_eq!((said.len(), payment(&house, "QH01")), (1, state.into()), "{said:?}");
    }
}

#[test]
fn a_sum_that_is_not_its_groups_or_brings_one_back_is_an_incident() {
    let sum = |house: &House, mark: &str, cents: &str| {
        let sent = house.journal().outbounds(&[]).expect("files").into_iter().find(|f| f.party == "bank");
        let group = format!("<PmtInfId>{}-1</PmtInfId>", sent.and_then(|file| file.message_id).expect("a message id"));
        let text = statement("1", 5_000_000, &[(mark, cents, "X")]).0;
        text.replace("<EndToEndId>X</EndToEndId>", &group)
    };
    for (mark, amount, said) in
        [("D", "12345.00", "whose open payments have another sum"), ("R", "12345.50", "back in one sum")]
    {
        let mut house = house();
        let text = sum(&house, mark, amount);
        give(&mut house, "sum.xml", &text);
        only_incident(&house, said);
        assert_eq!((payment(&house, "QH01"), kinds(&house)), ("sent".into(), vec![IncidentKind::Booking]));
    }
}
