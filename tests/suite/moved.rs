//! Money that moves against what was ordered, said or believed: twice, in another amount, after its end. The statement
//! is above every answer, each such entry is an incident, and what is left in doubt is ended by a person.

use bankferry::journal::{Event, IncidentKind, OutboundState, PaymentFilter, Records};

use super::banks::{House, OURS, files, today, write};
use super::corrections::{give, house, lines, payment, reconciled, state};
use super::doubtful::statement;

/// Lets the bank give statements one after the other, each from where the one before it ended.
fn statements(house: &mut House, days: &[&[(&str, &str, &str)]]) {
    let mut balance = 5_000_000;
    for (at, entries) in days.iter().enumerate() {
        let (text, closing) = statement(&(at + 1).to_string(), balance, entries);
        give(house, &format!("{at}.xml"), &text);
        balance = closing;
    }
}

/// What is said of the whole file, and of its group.
type Whole<'a> = [&'a str; 2];
/// Payments, and what is said of each.
type Lines<'a> = &'a [(&'a str, &'a str)];

/// Lets the bank answer about one payment of our file.
pub fn answer(house: &mut House, name: &str, id: &str, code: &str) {
    answer_all(house, name, ["", ""], &[(id, code)]);
}

/// Lets the bank answer about our file, its group and payments of it; a code that is empty is not said.
fn answer_all(house: &mut House, name: &str, whole: Whole, payments: Lines) {
    let text = answer_text(house, name, whole, payments);
    give(house, &format!("{name}.xml"), &text);
}

pub fn answer_text(house: &House, name: &str, [file, group]: Whole, payments: Lines) -> String {
    let sent = house.journal().outbounds(&[]).expect("files").into_iter().find(|f| f.party == "bank").expect("a file");
    let message = sent.message_id.expect("a message id");
    let said = |tag: &str, code: &str| if code.is_empty() { String::new() } else { format!("<{tag}>{code}</{tag}>") };
    let line = |(id, code): &(&str, &str)| {
        format!("<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{code}</TxSts></TxInfAndSts>")
    };
    let lines: String = payments.iter().map(line).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
         <CstmrPmtStsRpt><GrpHdr><MsgId>{name}</MsgId><CreDtTm>2026-11-28T12:00:00</CreDtTm></GrpHdr>\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{}\
         </OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}-1</OrgnlPmtInfId>{}{lines}\
         </OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
        said("GrpSts", file),
        said("PmtInfSts", group)
    )
}

pub fn incidents(house: &House) -> Vec<String> {
    let facts = house.journal().facts_after(0, 1_000).expect("facts").into_iter();
    let what = facts.filter_map(|f| if let Event::Incident { what, .. } = f.event { Some(what) } else { None });
    what.collect()
}

fn one_says(house: &House, wanted: &str) {
    let said = incidents(house);
    assert_eq!(said.iter().filter(|what| what.contains(wanted)).count(), 1, "{wanted}: {said:?}");
}

#[test]
fn money_that_leaves_twice_under_our_id_is_an_incident_within_a_statement_and_over_two() {
    let debit = ("D", "12345.00", "QH01");
    for days in [&[&[debit, debit][..]][..], &[&[debit][..], &[debit][..]][..]] {
        let mut house = house();
        statements(&mut house, days);
        one_says(&house, "books payment `QH01` a second time: another CNY 12345.00 has left the account");
        assert_eq!(payment(&house, "QH01"), "booked");
        let shown = house.ends(0, &["status"]);
        assert!(shown.contains("INCIDENTS") && shown.contains("a second time"), "{shown}");
        let told = house.ends(0, &["list", "entries", "--json"]);
        let second = lines(&told).into_iter().filter(|e| e["state"] == "unmatched").count();
        assert_eq!(second, 1, "{told}");
        house.ends(0, &["verify"]);
    }
}

/// A debit of somebody else, and a fee of the bank's.
fn of_others() -> String {
    let text =
        statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("D", "70.00", "STRANGE"), ("D", "5.00", "FEE")]).0;
    let (before, fee) = text.split_at(text.rfind("<Prtry><Cd>X</Cd></Prtry>").expect("a code"));
    let code = "<Domn><Cd>ACMT</Cd><Fmly><Cd>MDOP</Cd><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn>";
    before.to_string() + &fee.replacen("<Prtry><Cd>X</Cd></Prtry>", code, 1)
}

#[test]
fn a_debit_of_others_is_an_incident_where_nobody_but_us_pays_and_is_counted_elsewhere() {
    let mut quiet = house();
    give(&mut quiet, "one.xml", &of_others());
    assert!(incidents(&quiet).is_empty(), "{:?}", incidents(&quiet));
    let settings = format!("statements = {{ only_ours = [\"{OURS}\"] }}");
    let mut house = super::corrections::sent(House::with("csv-erp", "", "icbc", &settings));
    give(&mut house, "one.xml", &of_others());
    one_says(
        &house,
        "1 debits of account `2002000000000000017`, from which nobody but us pays, are none of our payments",
    );
    one_says(&house, "CNY 70.00, the first entry 2");
    // What comes once more is not told once more.
    give(&mut house, "again.xml", &(of_others() + "\n"));
    assert_eq!(incidents(&house).len(), 1);
    assert_eq!(payment(&house, "QH01"), "booked");
}

#[test]
fn an_account_that_is_watched_and_not_the_banks_is_a_mistake_of_the_configuration() {
    let house = super::corrections::house();
    let path = house.root.join("bankferry.toml");
    let text = std::fs::read_to_string(&path).expect("the configuration");
    let last = text.rfind("release = { always = false").expect("the bank");
    let wrong = format!("statements = {{ only_ours = [\"6222000000000000175\"] }}\n{}", &text[last..]);
    write(&path, format!("{}{wrong}", &text[..last]).as_bytes());
    let said = house.says(2, &["status"]);
    assert!(said.contains("account 6222000000000000175 in `statements.only_ours` is none of its `accounts`"), "{said}");
}

#[test]
fn an_entry_in_another_currency_is_no_payment_until_the_bank_or_a_person_says_what_was_exchanged() {
    let in_dollars = |told: &str| {
        let text = statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0.replace("\"CNY\"", "\"USD\"");
        text.replace("<Ccy>CNY<", "<Ccy>USD<").replace("</Refs>", &format!("</Refs>{told}"))
    };
    let mut house = house();
    give(&mut house, "dollars.xml", &in_dollars(""));
    one_says(&house, "moves USD 12345.00 under the id of payment `QH01`, CNY 12345.00");
    assert_eq!(payment(&house, "QH01"), "sent");
    let entry = lines(&house.ends(0, &["list", "entries", "--json"])).remove(0);
    assert_eq!((&entry["state"], &entry["why"]), (&"unmatched".into(), &"other-currency".into()), "{entry}");
    let name = house.journal().inbounds(&[]).expect("files").into_iter().find(|f| f.name == "dollars.xml");
    let name = format!("{}/1/1", name.expect("the statement").id);
    house.ends(0, &["match", &name, "QH01", "--as", "anna", "--reason", "the bank's advice 4711"]);
    assert_eq!(payment(&house, "QH01"), "booked");
    house.ends(0, &["verify"]);

    let mut house = super::corrections::house();
    let told = "<AmtDtls><InstdAmt><Amt Ccy=\"CNY\">12345.00</Amt></InstdAmt></AmtDtls>";
    give(&mut house, "dollars.xml", &in_dollars(told));
    assert_eq!((incidents(&house).len(), payment(&house, "QH01")), (0, "booked".to_string()));
}

#[test]
fn a_payment_booked_in_another_amount_is_an_incident_and_one_booked_in_part_is_unknown() {
    let mut house = house();
    statements(&mut house, &[&[("D", "12350.00", "QH01"), ("D", "0.30", "QH02")]]);
    one_says(&house, "payment `QH01` is of CNY 12345.00, and the statement shows that 12350.00 left");
    one_says(&house, "payment `QH02` is of CNY 0.50, and the statement shows that 0.30 left");
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "unknown".into()));
    // Its money has left in part, so nobody can say that it was not sent.
    let part = house.ends(0, &["show", "QH02", "--json"]);
    let name = format!("{}/2", lines(&part)[0]["payments"][0]["batch"].as_str().expect("a batch"));
    house.ends(1, &["resolve", &name, "--not-sent", "--as", "anna", "--reason", "bank 4711"]);
    house.ends(0, &["resolve", &name, "--sent", "--as", "anna", "--reason", "0.20 was a charge, bank 4711"]);
    assert_eq!(payment(&house, "QH02"), "booked");
}

#[test]
fn a_payment_booked_in_parts_that_add_up_is_booked_without_a_word() {
    let mut house = house();
    statements(&mut house, &[&[("D", "12000.00", "QH01"), ("D", "345.00", "QH01")]]);
    assert_eq!((payment(&house, "QH01"), incidents(&house)), ("booked".into(), Vec::new()));
}

#[test]
fn money_that_comes_back_twice_or_in_another_amount_is_an_incident() {
    let mut house = house();
    let days: [&[(&str, &str, &str)]; 3] = [
        &[("D", "12345.00", "QH01"), ("D", "0.50", "QH02")],
        &[("R", "12345.00", "QH01"), ("R", "0.40", "QH02")],
        &[("R", "12345.00", "QH01")],
    ];
    statements(&mut house, &days);
    one_says(&house, "of payment `QH02`, CNY 0.50, the bank brings 0.40 back");
    one_says(&house, "brings payment `QH01` back a second time: another CNY 12345.00 has come");
    assert_eq!(incidents(&house).len(), 2, "{:?}", incidents(&house));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("returned".into(), "unknown".into()));
    house.ends(0, &["resolve", "QH02", "--not-sent", "--as", "anna", "--reason", "0.10 is the bank's charge"]);
    assert_eq!(payment(&house, "QH02"), "returned");
}

#[test]
fn what_the_bank_took_back_by_word_is_booked_when_its_statement_shows_the_money_and_returned_when_that_comes_back() {
    let mut house = house();
    answer(&mut house, "done", "QH01", "ACSC");
    answer(&mut house, "late", "QH01", "RJCT");
    assert_eq!(payment(&house, "QH01"), "returned");
    let (text, closing) = statement("1", 5_000_000, &[("D", "12345.00", "QH01")]);
    give(&mut house, "one.xml", &text);
    assert_eq!(payment(&house, "QH01"), "booked", "money that has left is not back");
    one_says(&house, "the bank had taken payment `QH01` back, and its statement shows that CNY 12345.00 left");
    let before = incidents(&house).len();
    give(&mut house, "two.xml", &statement("2", closing, &[("R", "12345.00", "QH01")]).0);
    assert_eq!((payment(&house, "QH01"), incidents(&house).len()), ("returned".into(), before));
}

#[test]
fn a_return_on_the_statement_closes_what_the_bank_took_back_after_its_booking() {
    let mut house = house();
    let (text, closing) = statement("1", 5_000_000, &[("D", "12345.00", "QH01")]);
    give(&mut house, "one.xml", &text);
    answer(&mut house, "late", "QH01", "RJCT");
    one_says(&house, "takes back payment `QH01` after it had carried it out");
    give(&mut house, "two.xml", &statement("2", closing, &[("R", "12345.00", "QH01")]).0);
    assert_eq!((payment(&house, "QH01"), incidents(&house).len()), ("returned".into(), 1));
    let (words, _) = reconciled(&house, 0);
    assert!(words.iter().any(|line| line == "returned QH01 12345.00"), "{words:?}");
}

#[test]
fn a_rejected_payment_that_is_booked_is_booked_and_an_incident() {
    let mut house = house();
    answer(&mut house, "no", "QH01", "RJCT");
    statements(&mut house, &[&[("D", "12345.00", "QH01")]]);
    assert_eq!(payment(&house, "QH01"), "booked");
    one_says(&house, "payment `QH01` had been cancelled or rejected, and the statement shows that CNY 12345.00 left");
}

#[test]
fn what_the_bank_took_back_and_then_says_to_have_carried_out_is_unknown() {
    let mut house = house();
    for (name, code) in [("done", "ACSC"), ("late", "RJCT"), ("again", "ACCC")] {
        answer(&mut house, name, "QH01", code);
    }
    assert_eq!(payment(&house, "QH01"), "unknown");
    one_says(&house, "although it was said before that it had not");
    // Money that a statement shows coming back is above such a word.
    let mut house = self::house();
    statements(&mut house, &[&[("D", "12345.00", "QH01"), ("R", "12345.00", "QH01")]]);
    answer(&mut house, "late", "QH01", "ACSC");
    assert_eq!((payment(&house, "QH01"), incidents(&house)), ("returned".into(), Vec::new()));
}

#[test]
fn a_payment_that_is_unknown_by_itself_is_shown_and_ended_by_a_person_and_the_erp_is_told() {
    let mut house = house();
    answer(&mut house, "strange", "QH01", "BANK-9");
    assert_eq!(payment(&house, "QH01"), "unknown");
    let shown = house.ends(0, &["status"]);
    for wanted in ["UNKNOWN payments: `bank` has their files", "1 payments, CNY 12,345.00", "bankferry resolve B"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let listed = lines(&house.ends(0, &["list", "payments", "--state", "unknown", "--json"]));
    assert_eq!((listed.len(), &listed[0]["end_to_end_id"]), (1, &"QH01".into()));
    assert!(house.ends(0, &["show", "QH01"]).contains("/1 --sent|--not-sent"));
    house.ends(1, &["resolve", "QH02", "--sent", "--as", "anna", "--reason", "x"]);
    house.ends(2, &["resolve", "QH09", "--sent", "--as", "anna", "--reason", "x"]);
    house.ends(0, &["resolve", "QH01", "--not-sent", "--as", "anna", "--reason", "ticket 4713"]);
    assert_eq!(payment(&house, "QH01"), "cancelled");
    assert!(!house.ends(0, &["status"]).contains("UNKNOWN"));
    house.until("the ERP is told", |_, root| {
        files(&root.join("outbox/erp")).values().any(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            text.contains("QH01,12345.00,CNY,cancelled") && text.contains("ticket 4713")
        })
    });
    let story = house.ends(0, &["show", "QH01"]);
    assert!(story.contains("anna") && story.contains("cancelled") && story.contains("ticket 4713"), "{story}");
    house.ends(0, &["verify"]);
    // The bank says the contrary: that ends no doubt, it makes one, and the ERP hears of that and of nothing else.
    answer(&mut house, "after all", "QH01", "ACSP");
    assert_eq!(payment(&house, "QH01"), "unknown");
    one_says(&house, "although it was said before that it had not");
    let told = files(&house.root.join("outbox/erp"));
    let of_answer = told.values().map(|bytes| String::from_utf8_lossy(bytes)).find(|text| text.contains(",ACSP,"));
    assert!(of_answer.is_some_and(|text| text.contains("QH01,12345.00,CNY,unknown,ACSP")), "{told:?}");
    house.ends(0, &["resolve", "QH01", "--sent", "--as", "anna", "--reason", "ticket 4714"]);
    assert_eq!(payment(&house, "QH01"), "sent");
    statements(&mut house, &[&[("D", "12345.00", "QH01")]]);
    assert_eq!(payment(&house, "QH01"), "booked");
}

/// A house whose two payments are stated as not sent, by a person.
pub fn stated_as_not_sent() -> House {
    let house = super::corrections::house();
    // As if the connection had broken at the last moment.
    let table = rusqlite::Connection::open(house.root.join("state/journal.db")).expect("the journal");
    table.execute("UPDATE outbound SET state = 'unknown' WHERE party = 'bank'", []).expect("a change");
    let file = house.journal().outbounds(&[OutboundState::Unknown]).expect("files").remove(0).id;
    house.ends(0, &["resolve", &file, "--not-sent", "--as", "anna", "--reason", "no such file, says the bank"]);
    assert_eq!(payment(&house, "QH01"), "cancelled");
    house
}

#[test]
fn a_statement_that_books_a_payment_stated_as_not_sent_makes_the_rest_of_its_file_unknown() {
    let mut house = stated_as_not_sent();
    statements(&mut house, &[&[("D", "12345.00", "QH01")]]);
    one_says(&house, "which was stated as not sent: it has it, and money may move");
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "unknown".into()));
    let file = house.journal().outbounds(&[OutboundState::Answered]).expect("files");
    assert!(file.iter().any(|file| file.party == "bank"), "{file:?}");
}

#[test]
fn a_statement_that_books_a_payment_of_a_file_rejected_as_a_whole_makes_the_rest_unknown() {
    let mut house = house();
    let message = house.journal().outbounds(&[OutboundState::Sent]).expect("files");
    let message = message.into_iter().find_map(|file| file.message_id).expect("a message id");
    give(&mut house, "no.xml", &rejected_as_a_whole(&message));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("rejected".into(), "rejected".into()));
    statements(&mut house, &[&[("D", "12345.00", "QH01")]]);
    one_says(&house, "left although the bank had rejected all of it: the others are unknown");
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "unknown".into()));
    house.ends(0, &["verify"]);
}

/// A report that rejects a file as a whole.
fn rejected_as_a_whole(message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
         <CstmrPmtStsRpt><GrpHdr><MsgId>R</MsgId><CreDtTm>{}T12:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>\
         <OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>RJCT</GrpSts>\
         </OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>",
        today()
    )
}

#[test]
fn an_answer_about_a_file_that_was_stated_as_not_sent_is_an_incident_and_counts() {
    let mut house = stated_as_not_sent();
    answer(&mut house, "done", "QH01", "ACSC");
    one_says(&house, "which was stated as not sent: it has it, and money may move");
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("executed".into(), "unknown".into()));
    let filter = PaymentFilter { end_to_end_id: Some("QH01".into()), ..PaymentFilter::default() };
    assert_eq!(house.journal().payments(&filter).expect("payments").len(), 1);
}

#[test]
fn a_return_that_is_notified_before_the_statement_shows_both_stays_a_return() {
    let mut house = house();
    let day = today();
    let back = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\">\
         <BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id>\
         <CreDtTm>{day}T18:00:00</CreDtTm><Acct><Id><Othr><Id>{OURS}</Id></Othr></Id><Ccy>CNY</Ccy></Acct><Ntry>\
         <Amt Ccy=\"CNY\">12345.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>\
         <EndToEndId>QH01</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    );
    let notified = give(&mut house, "n.xml", &back);
    assert_eq!(state(&house, &notified).to_string(), "matched");
    assert_eq!(payment(&house, "QH01"), "returned");
    statements(&mut house, &[&[("D", "12345.00", "QH01"), ("R", "12345.00", "QH01")]]);
    assert_eq!((payment(&house, "QH01"), incidents(&house)), ("returned".into(), Vec::new()));
}

#[test]
fn what_was_done_is_returned_when_its_group_is_rejected_as_by_a_line_of_its_own() {
    for whole in [["RJCT", ""], ["", "RJCT"]] {
        let mut house = house();
        answer(&mut house, "done", "QH01", "ACSC");
        answer_all(&mut house, "late", whole, &[]);
        assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("returned".into(), "rejected".into()));
        one_says(&house, "after it had carried it out");
        house.ends(0, &["verify"]);
    }
    let mut house = house();
    statements(&mut house, &[&[("D", "12345.00", "QH01")]]);
    answer_all(&mut house, "late", ["RJCT", ""], &[]);
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("returned".into(), "rejected".into()));
}

#[test]
fn an_answer_that_says_both_of_one_payment_makes_it_unknown_and_is_an_incident() {
    let cases: [(Whole, Lines, &str); 8] = [
        (["", ""], &[("QH01", "ACSC"), ("QH01", "RJCT"), ("QH02", "ACSC")], "executed"),
        (["", ""], &[("QH01", "RJCT"), ("QH01", "ACSC"), ("QH02", "RJCT")], "rejected"),
        // A code that nobody explained is above neither, whichever of the two lines comes first.
        (["", ""], &[("QH01", "ACSC"), ("QH01", "ZZZZ"), ("QH02", "ACSC")], "executed"),
        (["", ""], &[("QH01", "ZZZZ"), ("QH01", "ACSC"), ("QH02", "ACSC")], "executed"),
        (["", ""], &[("QH01", "ZZZZ"), ("QH01", "RJCT"), ("QH02", "RJCT")], "rejected"),
        (["RJCT", ""], &[("QH01", "ACSC")], "rejected"),
        (["", "RJCT"], &[("QH01", "ACSC")], "rejected"),
        (["RJCT", "ACSC"], &[("QH02", "RJCT")], "unknown"),
    ];
    for (whole, payments, other) in cases {
        let mut house = house();
        answer_all(&mut house, "both", whole, payments);
        let now = (payment(&house, "QH01"), payment(&house, "QH02"));
        assert_eq!(now, ("unknown".into(), other.into()), "{whole:?} {payments:?}");
        one_says(&house, "the first `QH01`, both that they are refused and that they are taken on or carried out");
        house.ends(0, &["verify"]);
    }
    // What was done before is no less done by an answer that cannot make up its mind.
    let mut house = house();
    answer(&mut house, "done", "QH01", "ACSC");
    answer_all(&mut house, "both", ["", ""], &[("QH01", "ACSC"), ("QH01", "RJCT")]);
    assert_eq!(payment(&house, "QH01"), "executed");
    one_says(&house, "both that they are refused and that they are taken on or carried out");
}

/// One report of a file: what it says of the file, of its group, and of payments.
type Report<'a> = (Whole<'a>, Lines<'a>);

/// The table: the reports of one file, and what the first payment and the second become by them.
const REPORTS: [(&[Report], &str, &str); 12] = [
    // What is taken on may be refused or carried out further down.
    (&[(["ACCP", ""], &[]), (["", ""], &[("QH01", "RJCT")])], "rejected", "accepted"),
    (&[(["", ""], &[("QH01", "ACCP")]), (["", ""], &[("QH01", "ACSC")])], "executed", "sent"),
    (&[(["", ""], &[("QH01", "PDNG")]), (["", ""], &[("QH01", "RJCT")])], "rejected", "sent"),
    // What is refused is not taken on afterwards, at whatever level either is said.
    (&[(["", ""], &[("QH01", "RJCT")]), (["ACCP", ""], &[])], "unknown", "accepted"),
    (&[(["", ""], &[("QH01", "RJCT")]), (["", "ACSC"], &[])], "unknown", "executed"),
    (&[(["RJCT", ""], &[]), (["", ""], &[("QH01", "PDNG")])], "unknown", "rejected"),
    (&[(["", "RJCT"], &[]), (["ACSC", ""], &[])], "unknown", "unknown"),
    (&[(["ACSC", ""], &[]), (["", "RJCT"], &[("QH02", "ACSC")])], "unknown", "unknown"),
    (&[(["PART", ""], &[("QH01", "ACSC")]), (["PART", "RJCT"], &[])], "unknown", "rejected"),
    // A code that nobody explained is above no other word, and none is above it.
    (&[(["ACSC", ""], &[]), (["ZZZZ", ""], &[])], "unknown", "unknown"),
    (&[(["ZZZZ", ""], &[]), (["", ""], &[("QH01", "RJCT")])], "unknown", "unknown"),
    (&[(["", "ACSC"], &[]), (["", ""], &[("QH01", "ZZZZ")])], "unknown", "executed"),
];

#[test]
fn reports_of_one_file_that_deny_each_other_leave_unknown_what_they_speak_of() {
    for (reports, first, second) in REPORTS {
        // Several blocks of one document, and several documents in one file.
        let mut house = house();
        let texts: Vec<String> =
            reports.iter().map(|(whole, lines)| answer_text(&house, "several", *whole, lines)).collect();
        let rest = |text: &String| text.split_once("?>").expect("a declaration").1.to_string();
        let all: String = texts.iter().map(rest).collect();
        give(&mut house, "several.xml", &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Answers>{all}</Answers>"));
        let now = (payment(&house, "QH01"), payment(&house, "QH02"));
        let said = incidents(&house);
        assert_eq!(now, (first.to_string(), second.to_string()), "{reports:?}: {said:?}");
        let both = said.iter().filter(|what| what.contains("both that they are refused")).count();
        assert_eq!(both > 0, first == "unknown", "{reports:?}: {said:?}");
        house.until("the ERP is told", |_, root| {
            let told: Vec<_> =
                files(&root.join("outbox/erp")).into_iter().filter(|(name, _)| name.contains("status")).collect();
            let rows = |(name, bytes): &(String, Vec<u8>)| {
                let text = String::from_utf8_lossy(bytes);
                !name.ends_with(".csv")
                    || text.matches("QH01,").count() == 1 && text.contains(&format!("QH01,12345.00,CNY,{first},"))
            };
            !told.is_empty() && told.iter().all(rows)
        });
        house.ends(0, &["verify"]);
    }
}

#[test]
fn what_the_bank_works_on_after_it_had_refused_it_is_unknown() {
    for code in ["PDNG", "ACFW", "PATC"] {
        let mut house = house();
        answer(&mut house, "no", "QH01", "RJCT");
        answer(&mut house, "perhaps", "QH01", code);
        assert_eq!(payment(&house, "QH01"), "unknown", "{code}");
        one_says(&house, "taken on payment `QH01` although it was said before that it had not");
    }
    // What speaks of the payee's name, or says nothing, says nothing of that.
    let mut house = house();
    answer(&mut house, "no", "QH01", "RJCT");
    answer(&mut house, "name", "QH01", "RVNM");
    assert_eq!(payment(&house, "QH01"), "rejected");
}

#[test]
fn a_code_that_nobody_explained_after_the_end_changes_nothing_and_is_an_incident() {
    for whole in [["", ""], ["ZZZZ", ""]] {
        let mut house = house();
        answer(&mut house, "done", "QH01", "ACSC");
        let lines: Lines = if whole == ["", ""] { &[("QH01", "ZZZZ")] } else { &[] };
        answer_all(&mut house, "odd", whole, lines);
        assert_eq!(payment(&house, "QH01"), "executed");
        one_says(&house, "a code that nobody explained (`ZZZZ`): they stay as they were");
    }
}

#[test]
fn a_narrower_word_puts_right_what_was_not_final_and_contradicts_what_was() {
    // Of the file, of its group, of the first payment; what the first payment and the second become.
    let table = [
        ("ACCP", "", "RJCT", "rejected", "accepted"),
        ("ACCP", "", "ACSC", "executed", "accepted"),
        ("PART", "RJCT", "", "rejected", "rejected"),
        ("PART", "ACCP", "RJCT", "rejected", "accepted"),
        ("ACCP", "RJCT", "", "rejected", "rejected"),
        ("ACCP", "PDNG", "", "sent", "sent"),
        ("ACSC", "ACSP", "", "accepted", "accepted"),
        ("ACSC", "PDNG", "", "sent", "sent"),
        ("ACSC", "", "ACSP", "accepted", "executed"),
        ("RJCT", "", "PDNG", "sent", "rejected"),
        ("ACSC", "", "RJCT", "unknown", "executed"),
        ("ACSC", "RJCT", "", "unknown", "unknown"),
        ("ACSC", "PART", "RJCT", "unknown", "sent"),
        ("RJCT", "ACSC", "", "unknown", "unknown"),
        ("RJCT", "ACSP", "", "unknown", "unknown"),
        ("RJCT", "", "ACSP", "unknown", "rejected"),
        ("", "RJCT", "ACTC", "unknown", "rejected"),
        ("", "ACSC", "RJCT", "unknown", "executed"),
        ("RJCT", "RJCT", "ACSC", "unknown", "rejected"),
    ];
    for (file, group, line, first, second) in table {
        let mut house = house();
        let lines: Lines = &[("QH01", line)];
        answer_all(&mut house, "levels", [file, group], if line.is_empty() { &[] } else { lines });
        let now = (payment(&house, "QH01"), payment(&house, "QH02"));
        assert_eq!(now, (first.to_string(), second.to_string()), "{file}/{group}/{line}");
        let said = incidents(&house).iter().filter(|what| what.contains("both that they are refused")).count();
        assert_eq!(said == 1, first == "unknown", "{file}/{group}/{line}: {:?}", incidents(&house));
        house.ends(0, &["verify"]);
    }
}

#[test]
fn what_was_refused_and_is_taken_on_after_all_is_unknown_and_its_replacement_waits() {
    for (refusal, acceptance) in [("RJCT", "ACSP"), ("RJCT", "ACCP"), ("CANC", "ACTC")] {
        for by_line in [true, false] {
            let mut house = house();
            answer_all(&mut house, "no", [refusal, ""], &[]);
            assert_eq!(payment(&house, "QH01"), "rejected");
            match by_line {
                true => answer(&mut house, "yes", "QH01", acceptance),
                false => answer_all(&mut house, "yes", [acceptance, ""], &[]),
            }
            let second = if by_line { "rejected" } else { "unknown" };
            assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("unknown".into(), second.into()));
            one_says(&house, "although it was said before that it had not");
            house.ends(0, &["verify"]);
        }
    }
    let mut house = house();
    answer_all(&mut house, "no", ["RJCT", ""], &[]);
    answer_all(&mut house, "yes", ["ACSP", ""], &[]);
    let again = super::banks::csv().replace("QH0", "QN0");
    write(&house.root.join("inbox/erp/again.csv"), again.as_bytes());
    house.until("the replacement waits", |journal, _| {
        let batches = journal.batches(&[bankferry::journal::BatchState::Held]).expect("batches");
        batches.iter().any(|batch| batch.held.iter().any(|why| why.contains("same-payment")))
    });
}

/// The kinds of the incidents, by which their alarms say what was changed.
fn kinds(house: &House) -> Vec<IncidentKind> {
    let facts = house.journal().facts_after(0, 1_000).expect("facts").into_iter();
    facts.filter_map(|f| if let Event::Incident { kind, .. } = f.event { Some(kind) } else { None }).collect()
}

#[test]
fn a_word_about_a_whole_file_or_group_with_other_numbers_is_believed_neither_way() {
    let counted = |status, count| {
        format!("<NbOfTxsPerSts><DtldNbOfTxs>{count}</DtldNbOfTxs><DtldSts>{status}</DtldSts></NbOfTxsPerSts>")
    };
    let (count, sum) =
        ("<OrgnlNbOfTxs>1</OrgnlNbOfTxs>".to_string(), "<OrgnlCtrlSum>12345.51</OrgnlCtrlSum>".to_string());
    // Before the status, or behind it; of the file or of its group.
    let cases = [
        (["RJCT", ""], "<GrpSts>", &count, ""),
        (["ACSC", ""], "<GrpSts>", &sum, ""),
        (["ACCP", ""], "<GrpSts>", &sum, ""),
        (["ACSC", ""], "</OrgnlGrpInfAndSts>", &counted("RJCT", 1), ""),
        (["RJCT", ""], "</OrgnlGrpInfAndSts>", &counted("RJCT", 1), ""),
        (["", "RJCT"], "<PmtInfSts>", &count, ""),
        (["", "ACSC"], "</OrgnlPmtInfAndSts>", &counted("RJCT", 1), ""),
        // A line names its payment for itself.
        (["RJCT", ""], "<GrpSts>", &count, "RJCT"),
    ];
    for (whole, before, numbers, line) in cases {
        let mut house = house();
        let payments: Lines = &[("QH01", line)];
        let text = answer_text(&house, "odd", whole, if line.is_empty() { &[] } else { payments });
        give(&mut house, "odd.xml", &text.replacen(before, &format!("{numbers}{before}"), 1));
        let first = if line.is_empty() { "unknown" } else { "rejected" };
        let now = (payment(&house, "QH01"), payment(&house, "QH02"));
        assert_eq!(now, (first.into(), "unknown".into()), "{whole:?} {numbers}");
        let count = if line.is_empty() { 2 } else { 1 };
        one_says(&house, &format!("believed neither way, and what became of {count} payments is unknown"));
        assert_eq!(incidents(&house).len(), 1, "{:?}", incidents(&house));
        assert_eq!(kinds(&house), [IncidentKind::Contradiction]);
        house.ends(0, &["verify"]);
    }
    // What a statement has shown is booked whatever an answer counts, and the alarm says that nothing was changed.
    let mut house = house();
    statements(&mut house, &[&[("D", "12345.00", "QH01"), ("D", "0.50", "QH02")]]);
    let text = answer_text(&house, "odd", ["RJCT", ""], &[]);
    give(&mut house, "odd.xml", &text.replacen("<GrpSts>", &format!("{count}<GrpSts>"), 1));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("booked".into(), "booked".into()));
    one_says(&house, "not believed, and they stay as they were");
    assert_eq!(kinds(&house), [IncidentKind::Answer]);
}

#[test]
fn the_alarm_of_a_duplicate_says_which_payments_it_left_unknown() {
    let mut house = house();
    let duplicate = |text: String| {
        text.replace("<TxSts>RJCT</TxSts>", "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AM05</Cd></Rsn></StsRsnInf>")
    };
    let text = answer_text(&house, "twice", ["", ""], &[("QH01", "RJCT")]);
    give(&mut house, "twice.xml", &duplicate(text));
    assert_eq!((payment(&house, "QH01"), payment(&house, "QH02")), ("unknown".into(), "sent".into()));
    assert_eq!(kinds(&house), [IncidentKind::Contradiction]);
    let mut house = super::corrections::house();
    answer(&mut house, "done", "QH01", "ACSC");
    let text = answer_text(&house, "twice", ["", ""], &[("QH01", "RJCT")]);
    give(&mut house, "twice.xml", &duplicate(text));
    assert_eq!(payment(&house, "QH01"), "executed");
    assert_eq!(kinds(&house), [IncidentKind::Answer]);
}
