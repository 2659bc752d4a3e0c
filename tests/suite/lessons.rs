//! What went wrong elsewhere, each case by its name: servers that say one thing and do another, permissions that are
//! missing at one step, keys that change under way, answers that nobody asked for, bookings that name nothing.

use std::time::{Duration, Instant};

use bankferry::cli::practice::Options;
use bankferry::document::{Entry, Part};
use bankferry::journal::{
    Event, InboundState, Journal, NewFact, Outbound, OutboundState, PaymentFilter, Records, Rows, SqliteJournal,
};
use bankferry::sandbox::server::{Fault, Operation, Refusal, What};

use super::banks::{House, OURS, csv, files, today, write};
use super::road::{Hour, World, all_booked, batch};

/// An installation whose batches need no second person, and a batch of one payment on its way.
fn on_its_way(fault: Fault, hour: &Hour) -> World {
    let mut world = World::new(&Options::default());
    world.clock = hour.clock();
    world.start();
    world.practice.server.inject(fault);
    world.practice.drop_file("batch.csv", batch(&[("Alpha", "10.00", "L-1")]).as_bytes()).expect("a drop");
    world
}

fn payments_file(journal: &SqliteJournal) -> Option<Outbound> {
    journal.outbounds(&[]).expect("files").into_iter().find(|file| file.party == "practice-bank")
}

fn has_failed(journal: &SqliteJournal) -> bool {
    let facts = journal.facts_after(0, 500).expect("facts");
    facts.iter().any(|fact| matches!(fact.event, Event::Failed { .. }))
}

/// Lets it fail, and makes sure that nothing is called sent meanwhile.
fn fails_and_is_not_called_sent(world: &mut World) -> Outbound {
    world.until("the failure is said", has_failed);
    let started = Instant::now();
    world.until("the daemon went on for a while", |_| started.elapsed() > Duration::from_millis(300));
    let file = payments_file(&world.journal()).expect("a file");
    assert!(!matches!(file.state, OutboundState::Sent | OutboundState::Answered), "{file:?}");
    let facts = world.journal().facts_of(&file.id).expect("facts");
    assert!(!facts.iter().any(|f| matches!(f.event, Event::Sent(_))), "{facts:?}");
    file
}

/// The server works again: the file arrives, and once.
fn arrives_once_when_healed(mut world: World, hour: &Hour) {
    world.practice.server.heal();
    hour.pass(60);
    world.until("the payment is booked", |j| all_booked(j, 1));
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn the_server_answers_well_and_the_file_is_absent() {
    let hour = Hour::default();
    let mut world = on_its_way(Fault::on(Operation::PosixRename, What::Pretend), &hour);
    let file = fails_and_is_not_called_sent(&mut world);
    assert_eq!(file.state, OutboundState::Publishing);
    let facts = world.journal().facts_of(&file.id).expect("facts");
    let said = facts.iter().any(|f| matches!(&f.event, Event::Failed { error, .. } if error.contains("confirmed")));
    assert!(said, "{facts:?}");
    arrives_once_when_healed(world, &hour);
}

#[test]
fn the_server_answers_well_and_kept_no_byte() {
    let hour = Hour::default();
    let mut world = on_its_way(Fault::on(Operation::Write, What::Pretend), &hour);
    let file = fails_and_is_not_called_sent(&mut world);
    assert_ne!(file.state, OutboundState::Publishing, "a file of another size is never published");
    arrives_once_when_healed(world, &hour);
}

#[test]
fn permission_denied_at_open_at_close_and_at_rename() {
    for operation in [Operation::Open, Operation::Close, Operation::PosixRename] {
        let hour = Hour::default();
        let mut world = on_its_way(Fault::on(operation, What::Refuse(Refusal::Denied)), &hour);
        let file = fails_and_is_not_called_sent(&mut world);
        // Rights do not come back by themselves: it waits until a person says that they are there.
        world.practice.server.heal();
        let event = Event::Recovered { reason: "the bank gave us the right".into(), reason_zh: String::new() };
        let fact = NewFact { actor: "anna".into(), case: file.case.clone(), subject: file.id.clone(), event };
        world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
        arrives_once_when_healed(world, &hour);
    }
}

#[test]
fn the_host_key_changes_between_two_sessions() {
    let mut world = World::new(&Options::default());
    world.practice.drop_file("one.csv", batch(&[("Alpha", "10.00", "K-1")]).as_bytes()).expect("a drop");
    world.until("the first is booked", |j| all_booked(j, 1));
    world.practice.server.change_host_key().expect("another key");
    let before = world.practice.server.log().len();
    // Whatever session is open ends with the program; the next one meets another key.
    world.stop();
    world.practice.drop_file("two.csv", batch(&[("Beta", "11.00", "K-2")]).as_bytes()).expect("a drop");
    world.until("a person must look", |j| j.contacts().expect("contacts").iter().any(|c| c.note.contains("host key")));
    world.stop();
    assert_eq!(world.practice.server.log().len(), before, "nothing is asked of a server with another key");
    assert_eq!(world.received(), 1);
}

/// A house whose two payments (QH01 of 12345.00, QH02 of 0.50) are at the bank.
fn house() -> House {
    let mut house = House::new("csv-erp", "icbc");
    write(&house.root.join("inbox/erp/batch.csv"), csv().as_bytes());
    house.until("the payments have left", |journal, _| {
        journal.outbounds(&[OutboundState::Sent]).expect("files").iter().any(|file| file.party == "bank")
    });
    house
}

fn matched(house: &mut House, name: &str) {
    house.until("the file is dealt with", |journal, _| {
        let all = journal.inbounds(&[InboundState::Matched]).expect("files");
        all.iter().any(|file| file.name == name)
    });
}

#[test]
fn an_acknowledgement_for_a_file_that_we_never_sent() {
    let mut house = house();
    let before = house.states();
    // Somebody's file, and two of our ids in it: neither is believed.
    let line =
        |id: &str| format!("<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts>");
    let answer = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
         <CstmrPmtStsRpt><GrpHdr><MsgId>A-1</MsgId><CreDtTm>2026-11-28T12:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>\
         <OrgnlMsgId>STRANGER-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts>\
         </OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>STRANGER-1-1</OrgnlPmtInfId>{}{}</OrgnlPmtInfAndSts>\
         </CstmrPmtStsRpt></Document>",
        line("QH01"),
        line("SOMEBODY-ELSES")
    );
    write(&house.root.join("inbox/bank/answer.xml"), answer.as_bytes());
    matched(&mut house, "answer.xml");
    assert_eq!(house.states(), before);
    let facts = house.journal().facts_after(0, 500).expect("facts");
    let incidents: Vec<_> = facts
        .iter()
        .filter_map(|f| if let Event::Incident { what, .. } = &f.event { Some(what.as_str()) } else { None })
        .collect();
    assert!(incidents.iter().any(|what| what.contains("`STRANGER-1`, which is not ours")), "{incidents:?}");
    assert!(incidents.iter().any(|what| what.contains("`QH01` in another message")), "{incidents:?}");
    assert!(!files(&house.root.join("outbox/erp")).keys().any(|name| name.starts_with("status")), "no ERP is told so");
}

#[test]
fn a_batch_booking_is_matched_by_its_sum_alone() {
    let mut house = house();
    let day = &today().replace('-', "")[2..];
    let statement = format!(
        ":20:S1\r\n:25:{OURS}\r\n:28C:1/1\r\n:60F:C{day}CNY20000,00\r\n:61:{day}D12345,50NTRFNONREF\r\n\
         :86:BATCH\r\n:62F:C{day}CNY7654,50\r\n-"
    );
    write(&house.root.join("inbox/bank/statement.sta"), statement.as_bytes());
    matched(&mut house, "statement.sta");
    let payments = house.journal().payments(&PaymentFilter::default()).expect("payments");
    assert!(payments.iter().all(|p| p.state.word() == "booked"), "{payments:?}");
    let shown = house.ends(0, &["list", "entries", "--json"]);
    assert!(shown.contains(r#""how":"amount","sure":"weak""#), "{shown}");
}

#[test]
fn bai2_with_88_continuations_and_trailing_comma_and_slash() {
    // Every record ends with `,/`; the account's and the entry's records go on over several lines.
    let file = "01,BANK,ACME,261125,0800,1,,,2,/\n02,ACME,BANK,1,261124,,USD,2,/\n03,111,USD,010,1000,,,/\n\
                88,015,900,,,/\n16,475,100,,BANKREF,CUSTREF,/\n88,PAYMENT TO A PAYEE,/\n\
                88,WITH A LONG NAME, AND A COMMA,/\n\
                49,2000,6,/\n98,2000,1,8,/\n99,2000,1,10,/\n";
    let parts = crate::formats::read("bai2", file.as_bytes()).expect("readable");
    let entries: Vec<&Entry> = parts
        .iter()
        .filter_map(|part| if let Part::Entry(entry) = part { Some(entry.as_ref()) } else { None })
        .collect();
    let [entry] = entries.as_slice() else { panic!("{parts:?}") };
    assert_eq!((entry.amount.to_string().as_str(), entry.bank_reference.as_deref()), ("1.00", Some("BANKREF")));
    let info = entry.info.clone().unwrap_or_default();
    assert!(info.contains("PAYMENT TO A PAYEE") && info.contains("WITH A LONG NAME, AND A COMMA"), "{info}");
    let Some(Part::StatementEnd(end)) = parts.iter().find(|part| matches!(part, Part::StatementEnd(_))) else {
        panic!("{parts:?}")
    };
    let told: Vec<_> = end.balances.iter().map(|b| (b.kind.as_str(), b.amount.to_string())).collect();
    assert_eq!(told, [("OPBD", "10.00".to_string()), ("CLBD", "9.00".to_string())]);
    assert!(!end.findings.iter().any(|finding| finding.is_error()), "{:?}", end.findings);
}
