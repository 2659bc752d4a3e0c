//! What is decided while a configuration waits for its officers: nothing. Whoever changes it for a minute and puts it
//! back has had nothing read, believed or released in between.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bankferry::clock::Clock;
use bankferry::journal::{BatchState, Event, InboundState, OutboundState, Records};
use jiff::SignedDuration;

use super::house::House;
use super::officers::{TWO, confirm, edit};
use crate::banks::{csv, write};

const BOTH: &str = "release = { always = true, unauthenticated = false }\nin = { complete = \"rename\" }\n";

/// A house whose configuration olga and oleg have confirmed: every batch of its ERP waits for a second person.
fn confirmed() -> House {
    let house = House::with("production", TWO);
    edit(&house, "template = \"csv-erp\"\n", &format!("template = \"csv-erp\"\n{BOTH}"));
    edit(&house, "seal = { sign", "release = { always = false, unauthenticated = false }\nseal = { sign");
    edit(&house, "seal = { sign", "in = { complete = \"rename\" }\nseal = { sign");
    house.run(&["once"]);
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    house
}

/// A payment that this bank takes.
fn euros() -> String {
    format!(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,\
         end_to_end_id,remittance\n{},ACME GmbH,DE89370400440532013000,Payee,DE02120300000000202051,COBADEFFXXX,\
         100.00,EUR,E1,inv 1\n",
        (Clock::system().now() + SignedDuration::from_hours(48)).strftime("%Y-%m-%d")
    )
}

fn drop_file(house: &House, path: &str, content: &str) {
    write(&house.root().join(path), content.as_bytes());
}

/// The state of the file of this name.
fn state_of(house: &House, name: &str) -> Option<InboundState> {
    let files = house.journal.inbounds(&[]).unwrap();
    files.into_iter().find(|file| file.name == name).map(|file| file.state)
}

fn batches(house: &House) -> Vec<(BatchState, Vec<String>)> {
    house.journal.batches(&[]).unwrap().into_iter().map(|batch| (batch.state, batch.held)).collect()
}

#[test]
fn what_comes_under_a_configuration_that_waits_is_judged_by_the_confirmed_one() {
    let house = confirmed();
    edit(&house, "always = true", "always = false");
    drop_file(&house, "inbox/erp/pay.csv", &euros());
    let once = house.ends(0, &["once"]);
    assert!(once.err.contains("kept and not read: 1 files and 0 batches wait"), "{}", once.all());
    assert_eq!((state_of(&house, "pay.csv"), batches(&house).len()), (Some(InboundState::Received), 0));
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("kept and not read: 1 files and 0 batches wait"), "{status}");
    let id = house.journal.inbounds(&[]).unwrap().remove(0).id;
    let shown = house.ends(0, &["show", &id]).out;
    assert!(shown.contains("kept and not read"), "{shown}");
    let alarms = house.ends(0, &["list", "alarms", "--json"]).out;
    assert!(alarms.contains("kept and not read"), "{alarms}");
    edit(&house, "always = false", "always = true");
    house.ends(0, &["once"]);
    assert_eq!(batches(&house), [(BatchState::Held, vec!["always".to_string()])]);
    house.ends(0, &["verify"]);
}

#[test]
fn a_key_that_is_there_for_a_minute_vouches_for_nothing() {
    let house = confirmed();
    let l2 = "authenticity = { required = \"L2\" }\nrelease = { always = true";
    edit(&house, "release = { always = true", l2);
    house.run(&["once"]);
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    let keys = house.root().join("state/keys/mac/erp");
    bankferry::disk::ensure_folder(&keys, 0o700).unwrap();
    write(&keys.join("evil"), "5e".repeat(32).as_bytes());
    std::fs::set_permissions(keys.join("evil"), std::fs::Permissions::from_mode(0o400)).unwrap();
    drop_file(&house, "inbox/erp/pay.csv", &euros());
    house.run(&["once"]);
    assert_eq!(state_of(&house, "pay.csv"), Some(InboundState::Received));
    std::fs::remove_file(keys.join("evil")).unwrap();
    house.run(&["once"]);
    assert_ne!(state_of(&house, "pay.csv"), Some(InboundState::Received));
    assert!(!batches(&house).iter().any(|(state, _)| *state == BatchState::Released), "{:?}", batches(&house));
    assert!(house.journal.outbounds(&[]).unwrap().iter().all(|file| file.party == "erp"));
}

#[test]
fn what_a_bank_says_under_a_configuration_that_waits_is_believed_when_it_is_confirmed() {
    let mut house = confirmed();
    let file = house.unknown(1);
    edit(&house, "seal = { sign", "answers = { received_within = \"2h\" }\nseal = { sign");
    let answer = "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
                  <CstmrPmtStsRpt><GrpHdr><MsgId>A1</MsgId><CreDtTm>2026-11-28T12:00:00</CreDtTm></GrpHdr>\
                  <OrgnlGrpInfAndSts><OrgnlMsgId>WORKS-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
                  <GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>";
    drop_file(&house, "inbox/acme/outbox/answer.xml", answer);
    let state = |house: &House| house.journal.outbound(&file).unwrap().unwrap().state;
    house.run(&["once"]);
    assert_eq!(state_of(&house, "answer.xml"), Some(InboundState::Received));
    assert_eq!(state(&house), OutboundState::Unknown);
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    house.run(&["once"]);
    assert_eq!(state_of(&house, "answer.xml"), Some(InboundState::Matched));
    assert_eq!(state(&house), OutboundState::Answered);
}

/// As a program from before this rule, or one that was killed in between, left it: facts of the time in which another
/// configuration than the confirmed one was at work.
fn under_another(house: &mut House, then: impl FnOnce(&mut House)) {
    let (digest, parts, changed) = ("f".repeat(64), Default::default(), Vec::new());
    let (environment, needs_officers) = (Some("production".to_string()), Some(true));
    house.state("config", "config", Event::ConfigChanged { digest, parts, changed, environment, needs_officers });
    then(house);
}

#[test]
fn what_was_read_under_a_configuration_that_nobody_confirmed_is_held() {
    let mut house = confirmed();
    let (mut batch, mut file) = (String::new(), String::new());
    under_another(&mut house, |house| {
        batch = house.batch(1);
        let digest = super::house::DIGEST.into();
        let released = Event::Released { digest, reason: "policy".into(), bound: None };
        house.state("I20261123-0001", &batch, released);
        file = house.queued(2);
    });
    house.run(&["once"]);
    let held = house.journal.batch(&batch).unwrap().unwrap();
    assert_eq!(held.state, BatchState::Held);
    assert!(held.held.iter().any(|reason| reason == "unconfirmed-configuration"), "{held:?}");
    let stopped = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!((stopped.state, stopped.attempt), (OutboundState::Queued, 0));
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("looked at under a configuration that its officers have not confirmed"), "{status}");
    // A person who has looked lets it go.
    house.ends(0, &["release", &batch, "--reason", "asked the ERP", "--as", "anna"]);
    house.run(&["once"]);
    assert_eq!(house.journal.batch(&batch).unwrap().unwrap().state, BatchState::Numbered);
    house.ends(0, &["verify"]);
}

#[test]
fn a_file_that_was_opened_under_a_configuration_that_nobody_confirmed_is_opened_anew() {
    let mut house = confirmed();
    under_another(&mut house, |house| {
        let content = house.arrives("I20261123-0001", "erp", "pay.csv");
        let opened = Event::Opened { content, signer: Some("AB".repeat(20)), vouched: Default::default() };
        house.state("I20261123-0001", "I20261123-0001", opened);
    });
    house.run(&["once"]);
    let facts = house.journal.facts_of("I20261123-0001").unwrap();
    let signers: Vec<_> = facts
        .iter()
        .filter_map(|f| if let Event::Opened { signer, .. } = &f.event { Some(signer) } else { None })
        .collect();
    assert!(signers.len() == 2 && signers[1].is_none(), "{signers:?}");
    house.ends(0, &["verify"]);
}

#[test]
fn what_the_confirmed_configuration_had_looked_at_goes_on_beside_a_change_that_was_put_back() {
    let mut house = confirmed();
    let file = house.queued(1);
    under_another(&mut house, |_| {});
    house.run(&["once"]);
    let sent = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!((sent.state, Path::new(&sent.name).extension().is_some()), (OutboundState::Sent, true));
}

#[test]
fn a_key_that_comes_while_the_daemon_runs_vouches_for_nothing() {
    let officers = format!("{TWO}[security]\nconfig_needs_officers = true\n");
    let mut house = crate::banks::House::with("csv-erp", "", "icbc", &officers);
    for officer in ["olga", "oleg"] {
        house.ends(0, &["config", "--confirm", "--as", officer, "--reason", "as agreed"]);
    }
    let keys = house.root.join("state/keys/mac/erp");
    bankferry::disk::ensure_folder(&keys, 0o700).unwrap();
    write(&keys.join("evil"), b"5e");
    write(&house.root.join("inbox/erp/pay.csv"), csv().as_bytes());
    let state = |journal: &dyn Records| journal.inbounds(&[]).unwrap().pop().map(|file| file.state);
    house.until("it came", |journal, _| state(journal).is_some());
    crate::elsewhere::rounds(&mut house);
    assert_eq!(state(&house.journal()), Some(InboundState::Received));
    std::fs::remove_file(keys.join("evil")).unwrap();
    house.until("it is read", |journal, _| !journal.batches(&[]).unwrap().is_empty());
}
