//! Statements that cannot be right as they stand wait for a person or are told with an incident, by policy; those that
//! do not join are told and said aloud. What waits can be looked into, and every entry can be shown.

use bankferry::clock::Clock;
use bankferry::journal::{AlarmRecord, InboundState, Oversight, Records};
use jiff::ToSpan;

use super::banks::{House, OURS, files, today};
use super::corrections::{give, house, lines, payment, sent, state};
use super::moved::incidents;

/// A camt.053 of today of these entries, and its closing balance in cents: `D` that leaves or `R` that is brought back,
/// amount, end-to-end id.
pub fn statement(number: &str, opening: i64, entries: &[(&str, &str, &str)]) -> (String, i64) {
    statement_of(&today(), number, opening, entries)
}

/// The same of another day.
fn statement_of(day: &str, number: &str, opening: i64, entries: &[(&str, &str, &str)]) -> (String, i64) {
    let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    let balance = |kind: &str, cents: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>{day}</Dt></Dt></Bal>",
            money(cents)
        )
    };
    let (mut closing, mut all) = (opening, String::new());
    for (mark, amount, id) in entries {
        let cents: i64 = amount.replace('.', "").parse().expect("an amount");
        let (indicator, reversal) = if *mark == "D" { ("DBIT", "") } else { ("CRDT", "<RvslInd>true</RvslInd>") };
        closing += if *mark == "D" { -cents } else { cents };
        all += &format!(
            "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>{reversal}<Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>\
             <EndToEndId>{id}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        );
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
         <BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><Stmt>\
         <Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T18:00:00</CreDtTm>\
         <Acct><Id><Othr><Id>{OURS}</Id></Othr></Id>\
         <Ccy>CNY</Ccy></Acct>{}{}{all}</Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", opening),
        balance("CLBD", closing)
    );
    (text, closing)
}

/// A statement whose closing balance is not what its entries make.
pub fn contradictory() -> String {
    statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0.replace(">37655.00<", ">37654.00<")
}

fn ahead(days: i64) -> String {
    let day = jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now()).date();
    day.checked_add(days.days()).expect("a day").to_string()
}

#[test]
fn a_statement_that_contradicts_itself_waits_for_a_person_and_can_be_looked_into() {
    let mut house = house();
    let id = give(&mut house, "wrong.xml", &contradictory());
    assert_eq!((state(&house, &id), payment(&house, "QH01")), (InboundState::Held, "sent".into()));
    let status = house.ends(0, &["status"]);
    assert!(status.contains("statement 1 contradicts itself") && status.contains(&format!("release {id}")), "{status}");
    assert!(house.ends(0, &["status", "--lang", "zh"]).contains("自相矛盾"));
    let words =
        |alarm: &AlarmRecord| alarm.what.en.contains("1 contradicts itself") && alarm.what.zh.contains("自相矛盾");
    house.until("an alarm says why", |journal, _| journal.alarms(false).expect("alarms").iter().any(words));
    // What it says is seen before it counts.
    for name in [id.clone(), format!("{id}/1")] {
        let shown = house.ends(0, &["show", &name]);
        assert!(shown.contains("no: it waits for a person") && shown.contains("37,654.00"), "{shown}");
    }
    let shown = house.ends(0, &["show", &format!("{id}/1")]);
    assert!(shown.contains("QH01") && shown.contains("-12,345.00"), "{shown}");
    let entry = lines(&house.ends(0, &["show", &format!("{id}/1/1"), "--json"]));
    assert_eq!(entry[0]["waiting"][0]["entries"][0]["amount"], "12345.00");
    house.ends(2, &["show", &format!("{id}/1/2")]);
    house.ends(2, &["show", &format!("{id}/2")]);
    house.ends(0, &["release", &id, "--as", "anna", "--reason", "the bank counts a charge of the day before"]);
    house.until("it is read", |journal, _| {
        journal.inbound(&id).expect("a file").expect("a file").state == InboundState::Matched
    });
    assert_eq!(payment(&house, "QH01"), "booked");
    house.ends(0, &["verify"]);
}

#[test]
fn a_statement_of_a_day_to_come_waits_for_a_person() {
    let mut house = house();
    let soon = give(&mut house, "soon.xml", &statement_of(&ahead(1), "1", 5_000_000, &[]).0);
    assert_eq!(state(&house, &soon), InboundState::Matched, "a bank in another zone may be a day ahead");
    let later = give(&mut house, "later.xml", &statement_of(&ahead(4), "2", 5_000_000, &[("D", "12345.00", "QH01")]).0);
    assert_eq!((state(&house, &later), payment(&house, "QH01")), (InboundState::Held, "sent".into()));
    assert!(house.ends(0, &["status"]).contains("a day to come"));
    house.ends(0, &["refuse", &later, "--as", "anna", "--reason", "a test of the bank's"]);
    assert_eq!(payment(&house, "QH01"), "sent");
}

#[test]
fn a_bank_whose_doubtful_statements_are_told_is_told_with_an_incident_and_a_finding() {
    let outputs = "outputs = { statement = [\"csv\", \"jsonl\"] }";
    let bank = "statements = { doubtful = \"tell\", days_ahead = 10 }";
    let mut house = sent(House::with("csv-erp", outputs, "icbc", bank));
    let id = give(&mut house, "wrong.xml", &contradictory());
    assert_eq!((state(&house, &id), payment(&house, "QH01")), (InboundState::Matched, "booked".into()));
    assert_eq!(incidents(&house).iter().filter(|what| what.contains("contradicts itself")).count(), 1);
    assert!(house.ends(0, &["status"]).contains("INCIDENTS"));
    let later = give(&mut house, "later.xml", &statement_of(&ahead(4), "2", 3_765_400, &[]).0);
    assert_eq!(state(&house, &later), InboundState::Matched);
    let told = told_in_json(&house);
    assert!(told.iter().any(|text| text.contains("balance-mismatch")), "{told:?}");
}

fn told_in_json(house: &House) -> Vec<String> {
    let all = files(&house.root.join("outbox/erp")).into_iter();
    let json = all.filter(|(name, _)| name.starts_with("statement") && name.ends_with(".jsonl"));
    json.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn a_statement_that_skips_a_number_or_opens_otherwise_is_told_with_a_finding_and_shown() {
    let mut house = sent(House::with("csv-erp", "outputs = { statement = [\"csv\", \"jsonl\"] }", "icbc", ""));
    give(&mut house, "one.xml", &statement_of(&ahead(-1), "1", 5_000_000, &[]).0);
    give(&mut house, "two.xml", &statement("4", 5_000_100, &[("D", "12345.00", "QH01")]).0);
    assert_eq!(payment(&house, "QH01"), "booked", "what is missing before it does not make it untrue");
    let status = house.ends(0, &["status"]);
    for wanted in ["2 statements of account", "opens at 50001", "closed at 50000"] {
        assert!(status.contains(wanted), "{wanted}: {status}");
    }
    let told = told_in_json(&house);
    let second = told.iter().find(|text| text.contains("QH01")).expect("the second statement");
    assert!(second.contains("statement-gap") && second.contains("statement-does-not-join"), "{second}");
}

#[test]
fn a_statement_and_its_entries_are_shown_with_their_matches_and_by_whom() {
    let mut house = house();
    let text = statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("D", "0.50", "OTHER-1")]).0;
    let id = give(&mut house, "one.xml", &text);
    let shown = house.ends(0, &["show", &format!("{id}/1")]);
    for wanted in ["-12,345.00", "matched", "end-to-end-id", "exact", "bankferry", "unmatched", "counts"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let entry = format!("{id}/1/2");
    let refused = house.says(1, &["unmatch", &entry, "--as", "anna", "--reason", "x"]);
    assert!(refused.contains(&format!("bankferry show {entry}")), "{refused}");
    assert!(house.ends(0, &["show", &entry]).contains("OTHER-1"));
    house.ends(0, &["match", &entry, "QH02", "--as", "anna", "--reason", "advice 4711"]);
    let shown = house.ends(0, &["show", &entry]);
    for wanted in ["by-hand", "strong", "anna", "advice 4711", "QH02"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    assert!(!shown.contains("QH01"), "{shown}");
    let chinese = house.ends(0, &["--lang", "zh", "show", &entry]);
    assert!(chinese.contains("人工") && chinese.contains("较强"), "{chinese}");
    let chinese = house.ends(0, &["--lang", "zh", "list", "entries"]);
    assert!(chinese.contains("端到端编号 精确") && !chinese.contains("end-to-end-id"), "{chinese}");
    let json = &lines(&house.ends(0, &["show", &entry, "--json"]))[0];
    assert_eq!((&json["matches"][0]["by"], &json["entries"][0]["state"]), (&"anna".into(), &"matched".into()));
    for nothing in ["1/3", "2/1", "1/x", "1/1/1"] {
        house.ends(2, &["show", &format!("{id}/{nothing}")]);
    }
}

#[test]
fn a_bank_statement_that_came_before_is_not_called_a_batch_when_it_is_let_in() {
    let mut house = house();
    let text = statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0;
    give(&mut house, "one.xml", &text);
    let again = give(&mut house, "again.xml", &text);
    assert_eq!(state(&house, &again), InboundState::Duplicate);
    let said = house.says(0, &["release", &again, "--as", "anna", "--reason", "the bank asks for it"]);
    assert!(said.contains("is read as a file of its own") && !said.contains("batch"), "{said}");
    house.until("it is read", |journal, _| {
        journal.inbound(&again).expect("a file").expect("a file").state == InboundState::Matched
    });
    assert_eq!((payment(&house, "QH01"), incidents(&house)), ("booked".into(), Vec::new()));
}

/// A statement of this account with a debit that carries the id of a payment.
fn of_account(account: &str, id: &str) -> String {
    statement("1", 5_000_000, &[("D", "12345.00", id)]).0.replace(OURS, account)
}

#[test]
fn a_statement_about_an_account_that_another_bank_keeps_waits_for_a_person_and_counts_nowhere() {
    let other = "[[party]]\nname = \"other\"\ntemplate = \"icbc\"\naccounts = [\"2002000000000000099\"]\n";
    let told = "statements = { doubtful = \"tell\" }\n";
    for more in ["", told] {
        let mut house = sent(House::with("csv-erp", "", "icbc", &format!("{more}\n{other}")));
        let id = give(&mut house, "foreign.xml", &of_account("2002000000000000099", "QH01"));
        assert_eq!(state(&house, &id), InboundState::Held);
        let status = house.ends(0, &["status"]);
        assert!(status.contains("which `other` keeps and not this bank"), "{status}");
        let status = house.ends(0, &["--lang", "zh", "status"]);
        assert!(status.contains("由 `other` 管理"), "{status}");
        assert!(!house.ends(0, &["balances", "--json"]).contains("2002000000000000099"));
        assert_eq!(payment(&house, "QH01"), "sent");
    }
}

#[test]
fn a_statement_about_nobodys_account_goes_to_no_erp_and_a_debit_of_ours_in_it_is_an_incident() {
    let mut house = house();
    let id = give(&mut house, "strange.xml", &of_account("2002000000000000088", "QH01"));
    assert_eq!(state(&house, &id), InboundState::Matched);
    let given = files(&house.root.join("outbox/erp"));
    assert!(!given.keys().any(|name| name.starts_with("statement") || name.starts_with("balances")), "{given:?}");
    let said = incidents(&house);
    assert!(
        said.iter().any(|what| what.contains("no ERP is configured for account `2002000000000000088`")),
        "{said:?}"
    );
    assert!(said.iter().any(|what| what.contains("for payment `QH01` from another account")), "{said:?}");
    assert_eq!(payment(&house, "QH01"), "sent");
    // One of ours that the bank writes in its own way is ours.
    give(&mut house, "own.xml", &of_account(&format!("00{OURS}"), "QH01"));
    assert_eq!(payment(&house, "QH01"), "booked");
    assert!(files(&house.root.join("outbox/erp")).keys().any(|name| name.starts_with("statement")));
}
