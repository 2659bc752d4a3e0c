//! Statements that came before: corrections wait for a person, repetitions and other messages of the same money count
//! once.

use std::path::Path;

use bankferry::journal::{InboundState, PaymentFilter, Records, SqliteJournal};
use serde_json::Value;

use super::banks::{House, OURS, csv, files, today, write};

/// A house whose two payments (QH01 of 12345.00, QH02 of 0.50) are at the bank.
pub fn house() -> House {
    sent(House::new("csv-erp", "icbc"))
}

/// Drops the two payments, and waits until they are at the bank.
pub fn sent(mut house: House) -> House {
    write(&house.root.join("inbox/erp/batch.csv"), csv().as_bytes());
    house.until("the payments have left", |journal, _| {
        let sent = journal.outbounds(&[bankferry::journal::OutboundState::Sent]).expect("files");
        sent.iter().any(|file| file.party == "bank")
    });
    house
}

/// Lets the bank give a file, and waits until it has come to rest.
pub fn give(house: &mut House, name: &str, content: &str) -> String {
    write(&house.root.join("inbox/bank").join(name), content.as_bytes());
    let mut id = String::new();
    house.until("the file is at rest", |journal, _| {
        let file = journal.inbounds(&[]).expect("files").into_iter().find(|f| f.name == name);
        let file = file.filter(|f| !matches!(f.state, InboundState::Received | InboundState::Opened));
        id = file.map(|file| file.id).unwrap_or_default();
        !id.is_empty()
    });
    house.until("what it says is told", |journal, _| quiet(journal));
    id
}

/// Whether every file for the ERP has reached it.
pub fn quiet(journal: &SqliteJournal) -> bool {
    use bankferry::journal::OutboundState::{Answered, Sent};
    let at_rest = |f: &bankferry::journal::Outbound| f.party == "bank" || matches!(f.state, Sent | Answered);
    journal.outbounds(&[]).expect("files").iter().all(at_rest)
}

/// A statement of today from 20000.00, of these debits with their references.
fn mt940(number: &str, debits: &[(&str, &str)]) -> String {
    let day = &today().replace('-', "")[2..];
    let mut closing = 2_000_000;
    let mut text = format!(":20:S{number}\r\n:25:{OURS}\r\n:28C:{number}/1\r\n:60F:C{day}CNY20000,00\r\n");
    for (amount, id) in debits {
        closing -= amount.replace(',', "").parse::<i64>().expect("an amount");
        text.push_str(&format!(":61:{day}D{amount}NTRF{id}\r\n"));
    }
    text.push_str(&format!(":62F:C{day}CNY{},{:02}\r\n-", closing / 100, closing % 100));
    text
}

pub fn state(house: &House, id: &str) -> InboundState {
    house.journal().inbound(id).expect("a file").expect("a file").state
}

pub fn payment(house: &House, id: &str) -> String {
    let filter = PaymentFilter { end_to_end_id: Some(id.to_string()), ..PaymentFilter::default() };
    house.journal().payments(&filter).expect("payments").remove(0).state.to_string()
}

pub fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn booked(house: &House) -> String {
    let out = lines(&house.ends(0, &["balances", "--json"]));
    out[0]["balances"][0]["booked"].as_str().unwrap_or_default().to_string()
}

/// Types and ids of the day's lines, and the summary.
pub fn reconciled(house: &House, code: i32) -> (Vec<String>, Value) {
    let mut all = lines(&house.ends(code, &["reconcile", "--day", &today(), "--json"]));
    let summary = all.pop().expect("a summary");
    let words = |line: &Value| {
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_string();
        format!("{} {} {}", word("type"), word("end_to_end_id"), word("amount"))
    };
    (all.iter().map(words).collect(), summary)
}

fn told(root: &Path) -> usize {
    files(&root.join("outbox/erp")).keys().filter(|n| n.starts_with("statement") && n.ends_with(".csv")).count()
}

#[test]
fn a_corrected_statement_is_held_and_takes_the_place_of_the_first_by_a_persons_word() {
    let mut house = house();
    let first = give(&mut house, "one.sta", &mt940("7", &[("12345,00", "QH01"), ("0,50", "QH02")]));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "booked".into()));
    assert_eq!((booked(&house), told(&house.root)), ("7654.50".into(), 1));
    let second = give(&mut house, "two.sta", &mt940("7", &[("12345,00", "QH01"), ("0,70", "FEE")]));
    // Kept and not told; nothing of it counts.
    assert_eq!(state(&house, &second), InboundState::Held);
    assert_eq!((booked(&house), told(&house.root)), ("7654.50".into(), 1));
    assert_eq!(reconciled(&house, 0).0, ["booked QH01 12345.00", "booked QH02 0.50"]);
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains("says otherwise than") && shown.contains(&format!("bankferry refuse {second}")), "{shown}");
    house.ends(0, &["release", &second, "--as", "anna", "--reason", "the bank confirms the correction"]);
    house.until("the correction is read", |journal, _| {
        let file = journal.inbound(&second).expect("a file").expect("a file");
        file.state == InboundState::Matched && quiet(journal)
    });
    // The first counts no more: neither its balance, nor its entries, nor what only it had shown.
    assert_eq!((booked(&house), told(&house.root)), ("7654.30".into(), 2));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "sent".into()));
    let (words, summary) = reconciled(&house, 1);
    assert_eq!(words, ["booked QH01 12345.00", "unmatched  0.70", "open QH02 0.50"]);
    assert_eq!(
        (&summary["statements"], &summary["adds_up"]),
        (&serde_json::json!([format!("{second}/1")]), &true.into())
    );
    let statements = lines(&house.ends(0, &["list", "statements", "--json"]));
    assert_eq!(statements[1]["replaced_by"], format!("{second}/1"));
    assert!(house.ends(0, &["list", "statements"]).contains("replaced by"));
    assert!(!house.ends(0, &["list", "entries", "--json"]).contains(&first));
    house.ends(0, &["verify"]);
    // A table that lets the first count again, against the word of the facts, is seen.
    let journal = rusqlite::Connection::open(house.root.join("state/journal.db")).expect("the journal");
    journal.execute("UPDATE statement SET replaced_by = NULL", []).expect("a change");
    house.ends(1, &["verify"]);
}

#[test]
fn a_corrected_statement_that_is_dropped_changes_nothing() {
    let mut house = house();
    give(&mut house, "one.sta", &mt940("7", &[("12345,00", "QH01")]));
    let second = give(&mut house, "two.sta", &mt940("7", &[("12345,00", "QH01"), ("0,50", "QH02")]));
    house.ends(0, &["refuse", &second, "--as", "anna", "--reason", "sent by mistake, says the bank"]);
    house.until("it is at rest", |journal, _| quiet(journal));
    assert_eq!(state(&house, &second), InboundState::Refused);
    assert_eq!((booked(&house), told(&house.root)), ("7655.00".into(), 1));
    assert_eq!(payment(&house, "QH02"), "sent");
    // The next number is another statement, and the same one once more is nothing new.
    give(&mut house, "three.sta", &mt940("8", &[]));
    let again = give(&mut house, "four.sta", &(mt940("7", &[("12345,00", "QH01")]) + "\r\n"));
    assert_eq!((state(&house, &again), told(&house.root)), (InboundState::Matched, 2));
    let statements = lines(&house.ends(0, &["list", "statements", "--json"]));
    assert!(statements[0]["repeats"].is_string(), "{statements:?}");
    house.ends(0, &["verify"]);
}

/// A camt message of today with one debit of QH01.
fn camt(name: &str, root: &str, inner: &str, mark: &str) -> String {
    let day = today();
    let balance = |kind: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )
    };
    let balances = match inner {
        "Stmt" => balance("OPBD", "20000.00") + &balance("CLBD", "7655.00"),
        _ => String::new(),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}.001.08\"><{root}>\
         <GrpHdr><MsgId>M-{inner}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><{inner}><Id>ID-{inner}</Id>\
         <ElctrncSeqNb>3</ElctrncSeqNb><CreDtTm>{day}T18:00:00</CreDtTm>\
         <FrToDt><FrDtTm>{day}T00:00:00</FrDtTm><ToDtTm>{day}T23:59:59</ToDtTm></FrToDt>{mark}\
         <Acct><Id><Othr><Id>{OURS}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balances}<Ntry><Amt Ccy=\"CNY\">12345.00</Amt>\
         <CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>\
         <ValDt><Dt>{day}</Dt></ValDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>\
         <EndToEndId>QH01</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></{inner}></{root}></Document>"
    )
}

#[test]
fn camt_052_053_and_054_of_the_same_money_count_once() {
    let report = camt("camt.052", "BkToCstmrAcctRpt", "Rpt", "");
    let statement = camt("camt.053", "BkToCstmrStmt", "Stmt", "");
    let notification = camt("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "");
    for order in [[&report, &notification, &statement], [&statement, &report, &notification]] {
        let mut house = house();
        for (at, message) in order.into_iter().enumerate() {
            let id = give(&mut house, &format!("{at}.xml"), message);
            assert_eq!(state(&house, &id), InboundState::Matched, "{:?}", house.journal().inbound(&id));
        }
        assert_eq!(payment(&house, "QH01"), "booked");
        let filter = PaymentFilter { end_to_end_id: Some("QH01".into()), ..PaymentFilter::default() };
        let row = house.journal().payments(&filter).expect("payments")[0].row;
        let steps = house.journal().payment_steps(row).expect("steps");
        assert_eq!(steps.iter().filter(|step| step.state.word() == "booked").count(), 1, "{steps:?}");
        assert_eq!(booked(&house), "7655.00");
        let (words, summary) = reconciled(&house, 0);
        assert_eq!(words, ["booked QH01 12345.00", "open QH02 0.50"]);
        assert_eq!((&summary["source"], &summary["debit_sum"]), (&"statement".into(), &"12345.00".into()));
    }
}

#[test]
fn a_statement_that_calls_itself_a_duplicate_or_correction_is_held_unless_it_is_one() {
    let mut house = house();
    let duplicate = camt("camt.053", "BkToCstmrStmt", "Stmt", "<CpyDplctInd>DUPL</CpyDplctInd>");
    let unknown = give(&mut house, "dupl.xml", &duplicate);
    assert_eq!(state(&house, &unknown), InboundState::Held);
    assert_eq!(payment(&house, "QH01"), "sent");
    house.ends(0, &["release", &unknown, "--as", "anna", "--reason", "the first was lost on the way"]);
    house.until("it is read", |journal, _| {
        journal.inbound(&unknown).expect("a file").expect("a file").state == InboundState::Matched
    });
    assert_eq!(payment(&house, "QH01"), "booked");
    let again =
        give(&mut house, "again.xml", &camt("camt.053", "BkToCstmrStmt", "Stmt", "<CpyDplctInd>CODU</CpyDplctInd>"));
    assert_eq!(state(&house, &again), InboundState::Matched);
    let statements = lines(&house.ends(0, &["list", "statements", "--json"]));
    assert_eq!(statements[0]["repeats"], format!("{unknown}/1"));

    let day = &today().replace('-', "")[2..];
    let bai2 = format!(
        "01,BANK,ACME,{day},0800,1,,,2/\n02,ACME,BANK,3,{day},,CNY,2/\n03,{OURS},CNY,010,2000000,,/\n88,015,765400,,/\n\
         16,495,1234600,0,,QH01/\n49,4000000,4/\n98,4000000,1,6/\n99,4000000,1,8/\n"
    );
    let corrected = give(&mut house, "three.bai", &bai2);
    let file = house.journal().inbound(&corrected).expect("a file").expect("a file");
    assert_eq!(file.state, InboundState::Held, "{:?}", file.note);
    assert_eq!(file.note.as_deref(), Some(format!("corrected-statement 1 {unknown}/1").as_str()));
}

#[test]
fn a_second_debit_or_return_with_the_same_bank_reference_in_another_statement_is_an_incident() {
    let entry = |mark: &str| format!(":61:{}{mark}0,50NTRFQH02//R1\r\n", &today().replace('-', "")[2..]);
    let message = |number: &str, from: &str, to: &str, mark: &str| {
        let day = &today().replace('-', "")[2..];
        format!(
            ":20:S{number}\r\n:25:{OURS}\r\n:28C:{number}/1\r\n:60F:C{day}CNY{from}\r\n{}:62F:C{day}CNY{to}\r\n-\r\n",
            entry(mark)
        )
    };
    let second = [message("1", "20,00", "19,50", "D"), message("2", "19,50", "19,00", "D")];
    let third = [second[0].clone(), message("2", "19,50", "20,00", "RD"), message("3", "20,00", "20,50", "RD")];
    let cases: [(&[String], &str, &str); 2] = [
        (&second, "booked", "books payment `QH02` a second time"),
        (&third, "returned", "brings payment `QH02` back a second time"),
    ];
    for (messages, becomes, said) in cases {
        for in_one_file in [false, true] {
            let mut house = house();
            let files = if in_one_file { vec![messages.concat()] } else { messages.to_vec() };
            for (at, file) in files.iter().enumerate() {
                let given = give(&mut house, &format!("{at}.sta"), file);
                assert_eq!(state(&house, &given), InboundState::Matched);
            }
            assert_eq!(payment(&house, "QH02"), becomes);
            let status = house.ends(0, &["status"]);
            assert!(status.contains(said), "{becomes} {in_one_file}: {status}");
            let entries = lines(&house.ends(0, &["list", "entries", "--json"]));
            let unmatched = entries.iter().filter(|entry| entry["state"] == "unmatched").count();
            assert_eq!(unmatched, 1, "{becomes} {in_one_file}: {entries:?}");
        }
    }
    // The same statement once more is no second debit.
    let mut house = house();
    give(&mut house, "one.sta", &second[0]);
    give(&mut house, "two.sta", &format!("{}\r\n", second[0]));
    let status = house.ends(0, &["status"]);
    assert!(payment(&house, "QH02") == "booked" && !status.contains("a second time"), "{status}");
}
