//! Statements in pages: put together in whatever order they come, missed where one is lost, and never taken for the
//! end of the day before the last one says so.

use bankferry::config::Config;
use bankferry::journal::{InboundState, Records};
use bankferry::route::notices::notices;
use jiff::ToSpan;
use serde_json::Value;

use super::banks::{House, OURS, files, today};
use super::convert::{convert, err, out};
use super::corrections::{give, house, lines, payment, reconciled, state};

fn day() -> String {
    today().replace('-', "")[2..].to_string()
}

/// A page of MT940: what it opens and closes with, as `60M` and `62F` for instance, and its debits.
fn page(number: &str, opens: (&str, &str), closes: (&str, &str), debits: &[(&str, &str)]) -> String {
    let day = day();
    let mut text = format!(":20:S7\r\n:25:{OURS}\r\n:28C:{number}\r\n:{}:C{day}CNY{}\r\n", opens.0, opens.1);
    for (amount, id) in debits {
        text.push_str(&format!(":61:{day}D{amount}NTRF{id}\r\n"));
    }
    text + &format!(":{}:C{day}CNY{}\r\n-\r\n", closes.0, closes.1)
}

/// The two pages of one statement, from 20000.00 to 7654.50.
fn pages(numbers: [&str; 2]) -> [String; 2] {
    [
        page(numbers[0], ("60F", "20000,00"), ("62M", "7655,00"), &[("12345,00", "QH01")]),
        page(numbers[1], ("60M", "7655,00"), ("62F", "7654,50"), &[("0,50", "QH02")]),
    ]
}

/// Type and key words of what is overdue three days later.
fn overdue(house: &House) -> Vec<String> {
    let config = Config::load(&house.root).unwrap_or_else(|e| panic!("{e}"));
    let later = bankferry::clock::Clock::system().now() + (72 * 3600).seconds();
    let told = notices(&config, &house.journal(), later).expect("notices");
    told.into_iter().filter(|n| n.kind.starts_with("statement")).map(|n| format!("{} {}", n.kind, n.what.en)).collect()
}

fn balances(house: &House) -> Vec<Value> {
    let shown = lines(&house.ends(0, &["balances", "--json"]));
    shown[0]["balances"].as_array().expect("balances").clone()
}

/// Types and amounts of the balances that the ERP was given, in all its files.
fn told(house: &House) -> Vec<String> {
    let given = files(&house.root.join("outbox/erp"));
    let mut rows = Vec::new();
    for (_, bytes) in given.iter().filter(|(name, _)| name.starts_with("balances")) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        rows.extend(text.lines().skip(1).map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{} {}", cells[2], cells[5])
        }));
    }
    rows.sort();
    rows
}

#[test]
fn the_pages_of_a_statement_are_one_whatever_their_order_and_files() {
    let counted = pages(["7/1", "7/2"]);
    let uncounted = pages(["7", "7"]);
    let cases: [(&str, Vec<String>); 5] = [
        ("in order", counted.to_vec()),
        ("the second page first", vec![counted[1].clone(), counted[0].clone()]),
        ("in one file", vec![counted.concat()]),
        ("in one file, the second page first", vec![counted[1].clone() + &counted[0]]),
        ("pages that are not counted", vec![uncounted[1].clone(), uncounted[0].clone()]),
    ];
    for (case, given) in cases {
        let mut house = house();
        for (at, file) in given.iter().enumerate() {
            let id = give(&mut house, &format!("{at}.sta"), file);
            assert_eq!(state(&house, &id), InboundState::Matched, "{case}: {:?}", house.journal().inbound(&id));
        }
        assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "booked".into()), "{case}");
        let (known, (rows, summary)) = (balances(&house), reconciled(&house, 0));
        assert_eq!((known.len(), &known[0]["booked"]), (1, &"7654.50".into()), "{case}");
        assert_eq!(rows, ["booked QH01 12345.00", "booked QH02 0.50"], "{case}");
        let sums = [&summary["opening"], &summary["closing"], &summary["adds_up"], &summary["incomplete"]];
        assert_eq!(sums, [&"20000.00".into(), &"7654.50".into(), &true.into(), &Value::Null], "{case}");
        assert!(overdue(&house).is_empty(), "{case}: {:?}", overdue(&house));
        // What stands between two pages is never told to the ERP as the account's balance.
        assert_eq!(told(&house), ["CLBD 7654.50", "ITBD 7655.00", "ITBD 7655.00", "OPBD 20000.00"], "{case}");
        house.ends(0, &["verify"]);
    }
}

#[test]
fn a_lost_page_is_missed_and_what_is_here_still_matches() {
    let [first, last] = pages(["7/1", "7/3"]);
    let cases = [
        ("the last", vec![&first], "what follows page 1", None, "booked sent"),
        ("the first", vec![&last], "pages 1 to 2", Some("7654.50"), "sent booked"),
        ("one between", vec![&last, &first], "page 2", Some("7654.50"), "booked booked"),
    ];
    for (lost, given, lacks, known, states) in cases {
        let mut house = house();
        for (at, file) in given.iter().enumerate() {
            give(&mut house, &format!("{at}.sta"), file);
        }
        assert_eq!(format!("{} {}", payment(&house, "QH01"), payment(&house, "QH02")), states, "{lost}");
        let missed = overdue(&house);
        assert!(missed.len() == 1 && missed[0].starts_with("statement-incomplete statement `7`"), "{lost}: {missed:?}");
        assert!(missed[0].ends_with(&format!("it lacks {lacks}")), "{lost}: {missed:?}");
        // The balance at the foot of a page is not what the account closed with.
        let booked = balances(&house).first().and_then(|row| row["booked"].as_str().map(str::to_string));
        assert_eq!(booked.as_deref(), known, "{lost}");
        let (_, summary) = reconciled(&house, 1);
        assert_eq!(summary["incomplete"], true, "{lost}: {summary}");
        assert!(house.ends(1, &["reconcile", "--day", &today()]).contains("pages of the statement have not come"));
        // It comes after all: nothing is missed any more.
        if lost == "the last" {
            give(&mut house, "late.sta", &page("7/2", ("60M", "7655,00"), ("62F", "7654,50"), &[("0,50", "QH02")]));
            assert!(overdue(&house).is_empty(), "{:?}", overdue(&house));
            assert_eq!(balances(&house)[0]["booked"], "7654.50");
            assert_eq!(reconciled(&house, 0).1["adds_up"], true);
        }
    }
}

#[test]
fn a_page_that_is_sent_twice_counts_once() {
    let [first, last] = pages(["7/1", "7/2"]);
    for given in [vec![first.clone(), format!("{first}\r\n"), last.clone()], vec![first.clone() + &first + &last]] {
        let mut house = house();
        for (at, file) in given.iter().enumerate() {
            let id = give(&mut house, &format!("{at}.sta"), file);
            assert_eq!(state(&house, &id), InboundState::Matched, "{:?}", house.journal().inbound(&id));
        }
        let (rows, summary) = reconciled(&house, 0);
        assert_eq!(rows, ["booked QH01 12345.00", "booked QH02 0.50"]);
        assert_eq!((&summary["debit_sum"], &summary["adds_up"]), (&"12345.50".into(), &true.into()), "{summary}");
        assert!(overdue(&house).is_empty(), "{:?}", overdue(&house));
        let status = house.ends(0, &["status"]);
        assert!(!status.contains("a second time"), "{status}");
    }
}

#[test]
fn the_next_statement_joins_the_last_page_and_not_the_first() {
    let [first, last] = pages(["7/1", "7/2"]);
    let next = page("8/1", ("60F", "7654,50"), ("62F", "7654,50"), &[]);
    let mut house = house();
    for (at, file) in [&next, &last, &first].into_iter().enumerate() {
        give(&mut house, &format!("{at}.sta"), file);
    }
    assert!(overdue(&house).is_empty(), "{:?}", overdue(&house));
    // The same, where the first page of another day's number lies beside it.
    let other = page("9/1", ("60F", "7654,40"), ("62F", "7654,40"), &[]);
    give(&mut house, "9.sta", &other);
    let told = overdue(&house);
    assert!(told.len() == 1 && told[0].starts_with("statement-does-not-join"), "{told:?}");
}

/// A page of camt.053, with the balances that stand on it.
fn camt(page: u64, is_last: bool, balances: &[(&str, &str)], (amount, id): (&str, &str)) -> String {
    let day = today();
    let balances: String = balances
        .iter()
        .map(|(kind, amount)| {
            format!(
                "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
                 <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
         <BkToCstmrStmt><GrpHdr><MsgId>M-{page}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><Stmt><Id>ID-7</Id>\
         <StmtPgntn><PgNb>{page}</PgNb><LastPgInd>{is_last}</LastPgInd></StmtPgntn><ElctrncSeqNb>7</ElctrncSeqNb>\
         <CreDtTm>{day}T18:00:00</CreDtTm>\
         <Acct><Id><Othr><Id>{OURS}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balances}<Ntry><Amt Ccy=\"CNY\">{amount}</Amt>\
         <CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>\
         <ValDt><Dt>{day}</Dt></ValDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>\
         <EndToEndId>{id}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    )
}

#[test]
fn pages_of_camt_053_are_put_together_and_missed_alike() {
    let first = camt(1, false, &[("OPBD", "20000.00"), ("ITBD", "7655.00")], ("12345.00", "QH01"));
    let last = camt(2, true, &[("ITBD", "7655.00"), ("CLBD", "7654.50")], ("0.50", "QH02"));
    let mut whole = house();
    give(&mut whole, "2.xml", &last);
    let missed = overdue(&whole);
    assert!(missed.len() == 1 && missed[0].ends_with("it lacks page 1"), "{missed:?}");
    let id = give(&mut whole, "1.xml", &first);
    assert_eq!(state(&whole, &id), InboundState::Matched, "{:?}", whole.journal().inbound(&id));
    assert!(overdue(&whole).is_empty(), "{:?}", overdue(&whole));
    assert_eq!(balances(&whole)[0]["booked"], "7654.50");
    assert_eq!(reconciled(&whole, 0).1["adds_up"], true);
    let again = give(&mut whole, "again.xml", &last.replace("M-2", "M-3"));
    assert_eq!(state(&whole, &again), InboundState::Matched, "a page sent twice is no correction");
    assert_eq!(reconciled(&whole, 0).1["debit_sum"], "12345.50");
    let mut half = house();
    give(&mut half, "1.xml", &first);
    assert!(overdue(&half)[0].ends_with("it lacks what follows page 1"), "{:?}", overdue(&half));
    assert!(balances(&half).is_empty(), "{:?}", balances(&half));
}

#[test]
fn what_stands_between_two_pages_is_written_as_such_in_every_format() {
    let [first, last] = pages(["7/1", "7/2"]);
    let to = |format: &str, text: &str| {
        let output = convert(&["--to", format, "-"], text);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", err(&output));
        out(&output)
    };
    let json = to("jsonl", &first);
    assert!(json.contains(r#""number":"7/1","page":1"#), "{json}");
    assert!(json.contains(r#"{"type":"CLBD","sub_type":"INTM","amount":"7655.00""#), "{json}");
    assert!(!to("jsonl", &last).contains(r#""type":"CLBD","sub_type""#));
    for format in ["mt940", "camt.053.001.08", "camt.053.001.02"] {
        let (one, other) = (to(format, &first), to(format, &last));
        // Who reads it back is told the same.
        let back = to("mt940", &one);
        assert!(back.contains(":60F:") && back.contains(":62M:"), "{format}: {back}");
        let back = to("mt940", &other);
        assert!(back.contains(":60M:") && back.contains(":62F:"), "{format}: {back}");
    }
    let camt = to("camt.053.001.08", &first);
    assert!(camt.contains("<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"), "{camt}");
    assert!(to("bai2", &first).contains(",030,765500,"), "{}", to("bai2", &first));
    assert!(to("bai2", &last).contains(",015,765450,"));
}

/// Banks write one account in several ways, and each of their formats has its own.
#[test]
fn a_statement_whose_account_is_written_otherwise_is_of_our_account() {
    let mut house = house();
    let text = page("1/1", ("60F", "20000,00"), ("62F", "7655,00"), &[("12345,00", "QH01")]);
    give(&mut house, "one.sta", &text.replace(&format!(":25:{OURS}"), &format!(":25:0{OURS}")));
    assert_eq!(payment(&house, "QH01"), "booked");
    let shown = lines(&house.ends(0, &["balances", "--json"]));
    let accounts: Vec<&str> =
        shown[0]["balances"].as_array().expect("balances").iter().filter_map(|row| row["account"].as_str()).collect();
    assert!(!accounts.is_empty() && accounts.iter().all(|account| *account == OURS), "{shown:?}");
}

#[test]
fn of_two_statements_of_one_day_the_number_says_which_is_the_last() {
    let mut house = house();
    let first = page("1", ("60F", "20000,00"), ("62F", "7655,00"), &[("12345,00", "QH01")]);
    let second = page("2", ("60F", "7655,00"), ("62F", "7654,50"), &[("0,50", "QH02")]);
    give(&mut house, "two.sta", &second);
    give(&mut house, "one.sta", &first);
    let shown = balances(&house);
    assert_eq!(shown[0]["booked"], "7654.50", "{shown:?}");
}
