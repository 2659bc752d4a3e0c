//! The same money counts once: whatever a bank tells of it, in whatever message and order, every payment and every
//! entry is in one class, and the sums are the statement's.

use std::collections::BTreeSet;

use bankferry::document::Amount;
use bankferry::journal::{BatchState, JournalError, OutboundState, Records};
use bankferry::route::reconcile::{self, LineKind, Summary};
use proptest::prelude::*;

use super::banks::{House, OURS, csv, today};
use super::corrections::{give, lines, payment};
use super::moved::incidents;

/// A message in which a bank tells entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Report,
    Statement,
    Notification,
}

use Told::{Notification, Report, Statement};

impl Told {
    /// Number of the message, its root, and the element of one statement.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Report => ("052", "BkToCstmrAcctRpt", "Rpt"),
            Statement => ("053", "BkToCstmrStmt", "Stmt"),
            Notification => ("054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
        }
    }
}

/// What an entry says of its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// The money has left.
    Left,
    /// It is about to leave.
    Leaves,
    /// It is back.
    Back,
    /// It is about to come back.
    ComesBack,
    /// The bank took a fee for it.
    Fee,
    /// Somebody pays us.
    Incoming,
}

use Says::{Back, ComesBack, Fee, Incoming, Leaves, Left};

/// One entry: what it says, cents, end-to-end id.
type Line = (Says, i64, &'static str);

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn entry((says, cents, id): &Line) -> String {
    let day = today();
    let status = if matches!(says, Leaves | ComesBack) { "PDNG" } else { "BOOK" };
    let indicator = if matches!(says, Back | ComesBack | Incoming) { "CRDT" } else { "DBIT" };
    let reversal = if matches!(says, Back | ComesBack) { "<RvslInd>true</RvslInd>" } else { "" };
    let code = match says {
        Fee => "<Domn><Cd>ACMT</Cd><Fmly><Cd>MDOP</Cd><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn>",
        _ => "<Prtry><Cd>X</Cd></Prtry>",
    };
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>{reversal}<Sts><Cd>{status}</Cd></Sts>\
         <BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd>{code}</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId>\
         </Refs></TxDtls></NtryDtls></Ntry>",
        money(*cents)
    )
}

/// A message of today of these entries, and the closing balance that they make.
fn message(told: Told, number: &str, opening: i64, entries: &[Line]) -> (String, i64) {
    let (version, root, one) = told.names();
    let moves = |(says, cents, _): &Line| match says {
        Left | Fee => -cents,
        Back | Incoming => *cents,
        Leaves | ComesBack => 0,
    };
    let closing = opening + entries.iter().map(moves).sum::<i64>();
    let day = today();
    let balance = |kind: &str, cents: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>{day}</Dt></Dt></Bal>",
            money(cents)
        )
    };
    let balances = match told {
        Statement => balance("OPBD", opening) + &balance("CLBD", closing),
        Report => balance("ITBD", closing),
        Notification => String::new(),
    };
    let all: String = entries.iter().map(entry).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.{version}.001.08\">\
         <{root}><GrpHdr><MsgId>M{version}{number}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr><{one}>\
         <Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T18:00:00</CreDtTm><FrToDt>\
         <FrDtTm>{day}T00:00:00</FrDtTm><ToDtTm>{day}T17:00:00</ToDtTm></FrToDt><Acct><Id><Othr><Id>{OURS}</Id></Othr>\
         </Id><Ccy>CNY</Ccy></Acct>{balances}{all}</{one}></{root}></Document>"
    );
    (text, closing)
}

const IDS: [&str; 4] = ["QP01", "QP02", "QP03", "QP04"];

/// A house whose payments QP01 of 10.00 to QP04 of 40.00 are at the bank.
fn house() -> House {
    four("")
}

/// The same with more lines for the bank.
fn four(of_bank: &str) -> House {
    let mut house = House::with("csv-erp", "", "icbc", of_bank);
    let all = csv();
    let mut rows = all.lines();
    let (header, first) = (rows.next().expect("a header"), rows.next().expect("a row"));
    let row = |(at, id): (usize, &&str)| first.replace("QH01", id).replace("12345.00", &format!("{}0.00", at + 1));
    let rows: Vec<String> = IDS.iter().enumerate().map(row).collect();
    super::banks::write(&house.root.join("inbox/erp/four.csv"), format!("{header}\n{}\n", rows.join("\n")).as_bytes());
    house.until("the payments have left", |journal, _| {
        journal.outbounds(&[OutboundState::Sent]).expect("files").iter().any(|file| file.party == "bank")
    });
    house
}

/// The lines of today, and the summary.
fn reconciled(house: &House) -> (Vec<reconcile::Line>, Summary) {
    let day = bankferry::document::parse_date(&today()).expect("a day");
    let mut all = Vec::new();
    let summary = reconcile::reconcile::<JournalError>(&house.journal(), OURS, day, |line| {
        all.push(line.clone());
        Ok(())
    });
    (all, summary.expect("a reconciliation"))
}

/// Every payment and every entry is in one class, and what these move is what the statements move.
fn is_whole(house: &House) {
    let (lines, summary) = reconciled(house);
    let of_payments = [LineKind::Booked, LineKind::Returned, LineKind::Open];
    let told = lines.iter().filter(|line| of_payments.contains(&line.kind));
    let payments: BTreeSet<&String> = told.filter_map(|line| line.payment.as_ref()).collect();
    let counted = summary.booked.count + summary.returned.count + summary.open.count;
    assert_eq!((payments.len(), counted), (IDS.len(), IDS.len() as u64), "{summary:?}");
    let open: Vec<_> = lines.iter().filter(|line| line.kind == LineKind::Open).collect();
    assert_eq!(open.len() as u64, summary.open.count);
    let classes = [&summary.matched, &summary.unmatched.all, &summary.not_ours.all, &summary.announced];
    assert_eq!(classes.iter().map(|tally| tally.count).sum::<u64>(), summary.entries, "{summary:?}");
    let moved = [&summary.booked, &summary.returned, &summary.rest, &summary.unmatched.all, &summary.not_ours.all];
    let moved: Amount = moved.iter().flat_map(|tally| tally.sums.values()).sum();
    assert_eq!(moved, summary.credit_sum + summary.debit_sum, "{summary:?}");
    assert_ne!(summary.adds_up, Some(false), "{summary:?}");
}

fn any_line() -> impl Strategy<Value = Line> {
    let says = prop::sample::select(vec![Left, Left, Left, Leaves, Back, ComesBack, Fee, Incoming]);
    (says, 0..5_usize, 0..4_usize).prop_map(|(says, which, part)| {
        let all = (which as i64 + 1) * 1_000;
        (says, [all, all, all / 2, all + 35][part], if which < 4 { IDS[which] } else { "STRANGE" })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn every_payment_and_every_entry_is_in_one_class_and_the_sums_are_the_statements(
        days in prop::collection::vec(prop::collection::vec(any_line(), 0..6), 1..4),
    ) {
        let (mut house, mut balance) = (house(), 5_000_000);
        for (at, entries) in days.iter().enumerate() {
            let (text, closing) = message(Statement, &(at + 1).to_string(), balance, entries);
            give(&mut house, &format!("{at}.xml"), &text);
            balance = closing;
            is_whole(&house);
        }
        house.ends(0, &["verify"]);
    }
}

#[test]
fn a_pending_entry_is_announced_and_books_returns_and_adds_up_nothing() {
    let mut house = house();
    let pending =
        [(Leaves, 1_000, "QP01"), (Left, 2_000, "QP02"), (ComesBack, 2_000, "QP02"), (Leaves, 700, "STRANGE")];
    let (text, closing) = message(Statement, "1", 5_000_000, &pending);
    let id = give(&mut house, "one.xml", &text);
    assert_eq!((payment(&house, "QP01"), payment(&house, "QP02")), ("sent".into(), "booked".into()));
    let (_, summary) = reconciled(&house);
    let counts = [&summary.booked, &summary.returned, &summary.announced, &summary.unmatched.all, &summary.open];
    assert_eq!(counts.map(|tally| tally.count), [1, 0, 3, 0, 3], "{summary:?}");
    assert_eq!((summary.debit_sum, summary.credit_sum), (Amount::new(2_000, 2), Amount::ZERO));
    is_whole(&house);
    house.ends(0, &["reconcile", "--day", &today()]);
    // Nor does a person book it.
    house.ends(1, &["match", &format!("{id}/1/4"), "QP03", "--as", "anna", "--reason", "it looks like it"]);
    assert!(incidents(&house).is_empty(), "{:?}", incidents(&house));
    // The booking that was announced is the first, and its return too.
    let booked = [(Left, 1_000, "QP01"), (Back, 2_000, "QP02")];
    give(&mut house, "two.xml", &message(Statement, "2", closing, &booked).0);
    assert_eq!((payment(&house, "QP01"), payment(&house, "QP02")), ("booked".into(), "returned".into()));
    assert!(incidents(&house).is_empty(), "{:?}", incidents(&house));
    is_whole(&house);
}

#[test]
fn a_pending_entry_of_a_report_or_notification_moves_no_balance_and_returns_nothing() {
    for told in [Report, Notification] {
        let mut house = house();
        give(
            &mut house,
            "one.xml",
            &message(told, "1", 5_000_000, &[(Leaves, 1_000, "QP01"), (ComesBack, 1_000, "QP01")]).0,
        );
        assert_eq!(payment(&house, "QP01"), "sent", "{told:?}");
        is_whole(&house);
        let shown = lines(&house.ends(0, &["balances", "--json"]));
        let movement = shown[0]["balances"][0]["intraday"]["movement"].as_str().unwrap_or("0");
        assert_eq!(movement.trim_end_matches(".00"), "0", "{shown:?}");
    }
}

#[test]
fn a_payment_that_is_booked_in_parts_is_one_payment_and_open_with_what_is_left() {
    let mut house = house();
    let (text, closing) = message(Statement, "1", 5_000_000, &[(Left, 1_000, "QP04"), (Left, 1_000, "QP04")]);
    give(&mut house, "one.xml", &text);
    let (_, summary) = reconciled(&house);
    assert_eq!((summary.booked.count, summary.open.count, payment(&house, "QP04").as_str()), (0, 4, "unknown"));
    let left: Amount = summary.open.sums.values().sum();
    assert_eq!((left, summary.booked.sums.values().sum()), (Amount::new(8_000, 2), Amount::new(2_000, 2)));
    give(&mut house, "two.xml", &message(Statement, "2", closing, &[(Left, 1_000, "QP03"), (Left, 2_000, "QP03")]).0);
    let (_, summary) = reconciled(&house);
    assert_eq!((summary.booked.count, summary.matched.count, summary.open.count), (1, 4, 3));
    is_whole(&house);
}

/// What is shown of a payment after the bank's messages, one behind the other.
struct After {
    /// Messages, each with its number and entries.
    told: &'static [(Told, &'static str, &'static [Line])],
    /// State of QP01 at the end.
    state: &'static str,
    /// Words of incidents, one each, and no others.
    incidents: &'static [&'static str],
    /// Source of the day, booked and returned payments, debits and credits in cents.
    day: (&'static str, u64, u64, i64, i64),
}

const LEAVES: &[Line] = &[(Leaves, 1_000, "QP01")];
const LEFT: &[Line] = &[(Left, 1_000, "QP01")];
const BACK: &[Line] = &[(Back, 1_000, "QP01")];
const BOTH: &[Line] = &[(Left, 1_000, "QP01"), (Back, 1_000, "QP01")];

/// Pairs and orders of messages about the same money. A report or notification announces a booking and tells a return;
/// a statement is above both.
const ORDERS: &[After] = &[
    After { told: &[(Report, "1", LEFT)], state: "sent", incidents: &[], day: ("report", 0, 0, 1_000, 0) },
    After { told: &[(Notification, "1", LEFT)], state: "sent", incidents: &[], day: ("notification", 0, 0, 1_000, 0) },
    After {
        told: &[(Report, "1", LEAVES), (Report, "2", LEFT), (Statement, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Report, "1", LEFT), (Statement, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Notification, "1", LEFT), (Statement, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Statement, "1", LEFT), (Notification, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Statement, "1", LEFT), (Report, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Report, "1", LEFT), (Notification, "1", LEFT), (Statement, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    After {
        told: &[(Notification, "1", LEFT), (Statement, "1", LEFT), (Report, "1", LEFT)],
        state: "booked",
        incidents: &[],
        day: ("statement", 1, 0, 1_000, 0),
    },
    // A return is told once, in whatever message comes first.
    After {
        told: &[(Statement, "1", LEFT), (Notification, "1", BACK), (Statement, "2", BACK)],
        state: "returned",
        incidents: &[],
        day: ("statement", 0, 1, 1_000, 1_000),
    },
    After {
        told: &[(Statement, "1", LEFT), (Report, "1", BACK), (Statement, "2", BACK), (Notification, "1", BACK)],
        state: "returned",
        incidents: &[],
        day: ("statement", 0, 1, 1_000, 1_000),
    },
    After {
        told: &[(Statement, "1", BOTH), (Notification, "1", BACK), (Report, "1", BOTH)],
        state: "returned",
        incidents: &[],
        day: ("statement", 0, 1, 1_000, 1_000),
    },
    After {
        told: &[(Notification, "1", BACK), (Statement, "1", BOTH)],
        state: "returned",
        incidents: &[],
        day: ("statement", 0, 1, 1_000, 1_000),
    },
    // Only a statement of a day's end is money a second time.
    After {
        told: &[(Statement, "1", LEFT), (Statement, "2", LEFT)],
        state: "booked",
        incidents: &["a second time"],
        day: ("statement", 1, 0, 2_000, 0),
    },
    After {
        told: &[(Statement, "1", LEFT), (Statement, "2", BACK), (Statement, "3", BACK)],
        state: "returned",
        incidents: &["back a second time"],
        day: ("statement", 0, 1, 1_000, 2_000),
    },
    // What left twice and came back once, in whatever order: only the bank knows what it took back.
    After {
        told: &[(Statement, "1", LEFT), (Statement, "2", BACK), (Statement, "3", LEFT)],
        state: "unknown",
        incidents: &["left more than once and came back", "a second time"],
        day: ("statement", 0, 0, 2_000, 1_000),
    },
    After {
        told: &[(Statement, "1", LEFT), (Statement, "2", LEFT), (Notification, "1", BACK), (Statement, "3", BACK)],
        state: "unknown",
        incidents: &["a second time", "left more than once and came back"],
        day: ("statement", 0, 0, 2_000, 1_000),
    },
    After {
        told: &[(Statement, "1", &[(Left, 1_000, "QP01"), (Left, 1_000, "QP01"), (Back, 1_000, "QP01")])],
        state: "unknown",
        incidents: &["left more than once and came back", "a second time"],
        day: ("statement", 0, 0, 2_000, 1_000),
    },
    After {
        told: &[(Statement, "1", &[(Left, 1_000, "QP01"), (Back, 1_000, "QP01"), (Left, 1_000, "QP01")])],
        state: "unknown",
        incidents: &["left more than once and came back", "a second time"],
        day: ("statement", 0, 0, 2_000, 1_000),
    },
];

#[test]
fn the_same_money_in_any_messages_and_order_counts_once() {
    // A house waits most of the time: several at once take no longer.
    std::thread::scope(|scope| {
        for orders in ORDERS.chunks(4) {
            scope.spawn(move || orders.iter().for_each(holds));
        }
    });
}

fn holds(After { told, state, incidents: wanted, day }: &After) {
    let (mut house, mut balance) = (house(), 5_000_000);
    for (at, (kind, number, entries)) in told.iter().enumerate() {
        let (text, closing) = message(*kind, number, balance, entries);
        give(&mut house, &format!("{at}.xml"), &text);
        balance = if *kind == Statement { closing } else { balance };
    }
    let what = format!("{told:?}");
    assert_eq!(payment(&house, "QP01"), *state, "{what}");
    let said = incidents(&house);
    assert_eq!(said.len(), wanted.len(), "{what}: {said:?}");
    assert!(wanted.iter().zip(&said).all(|(wanted, said)| said.contains(wanted)), "{what}: {said:?}");
    let (_, summary) = reconciled(&house);
    let (source, booked, returned, debits, credits) = *day;
    assert_eq!((summary.source.as_deref(), summary.debit_sum), (Some(source), Amount::new(debits, 2)), "{what}");
    assert_eq!(summary.credit_sum, Amount::new(credits, 2), "{what}");
    assert_eq!((summary.booked.count, summary.returned.count), (booked, returned), "{what}: {summary:?}");
    if source == "statement" {
        is_whole(&house);
        let shown = lines(&house.ends(0, &["balances", "--json"]));
        let booked = shown[0]["balances"][0]["booked"].as_str().expect("a balance");
        assert_eq!(booked, money(balance), "{what}");
    }
}

/// An MT940 of today of one credit from this balance in cents: what stands in field 61 behind the day, and in field 86.
fn mt940(opening: i64, field_61: &str, field_86: &str) -> String {
    let day = &today().replace('-', "")[2..];
    let money = |cents: i64| money(cents).replace('.', ",");
    let (opens, closes) = (money(opening), money(opening + 1_000));
    format!(
        ":20:S2\r\n:25:{OURS}\r\n:28C:2/1\r\n:60F:C{day}CNY{opens}\r\n:61:{day}{field_61}\r\n:86:{field_86}\r\n\
         :62F:C{day}CNY{closes}\r\n-"
    )
}

#[test]
fn money_that_comes_back_after_it_was_booked_opens_the_payment_again_in_each_format() {
    let cases = [
        ("answer", String::new()),
        ("camt.052", message(Report, "1", 0, BACK).0),
        ("camt.053", message(Statement, "2", 4_999_000, BACK).0),
        ("camt.054", message(Notification, "1", 0, BACK).0),
        ("MT940 that takes a debit back", mt940(4_999_000, "RD10,00NTRFQP01", "BACK")),
        ("MT940 with the code of a return", mt940(4_999_000, "C10,00NRTIQP01", "BACK")),
        ("MT940 with the word of a return", mt940(4_999_000, "C10,00NMSCQP01", "退汇 账号不符")),
    ];
    std::thread::scope(|scope| {
        for (what, text) in &cases {
            scope.spawn(move || {
                let mut house = house();
                give(&mut house, "one.xml", &message(Statement, "1", 5_000_000, LEFT).0);
                assert_eq!(payment(&house, "QP01"), "booked", "{what}");
                match text.is_empty() {
                    true => super::moved::answer(&mut house, "late", "QP01", "RJCT"),
                    false => drop(give(&mut house, "back.txt", text)),
                }
                assert_eq!(payment(&house, "QP01"), "returned", "{what}: {:?}", incidents(&house));
                is_whole(&house);
            });
        }
    });
}

#[test]
fn a_return_that_the_statement_of_its_day_does_not_show_frees_nobody_to_pay_anew() {
    for (back, held) in [
        (message(Notification, "1", 0, BACK).0, true),
        (message(Report, "1", 0, BACK).0, true),
        (message(Statement, "2", 4_999_000, BACK).0, false),
    ] {
        let mut house = house();
        give(&mut house, "one.xml", &message(Statement, "1", 5_000_000, LEFT).0);
        give(&mut house, "back.xml", &back);
        assert_eq!(payment(&house, "QP01"), "returned", "{:?}", incidents(&house));
        let all = csv();
        let mut rows = all.lines();
        let (header, first) = (rows.next().expect("a header"), rows.next().expect("a row"));
        let again = first.replace("QH01", "QN01").replace("12345.00", "10.00");
        super::banks::write(&house.root.join("inbox/erp/anew.csv"), format!("{header}\n{again}\n").as_bytes());
        house.until("the replacement is judged", |journal, _| {
            let batches = journal.batches(&[]).expect("batches");
            batches.iter().any(|batch| batch.name == "anew.csv" && batch.state != BatchState::Checked)
        });
        let batches = house.journal().batches(&[]).expect("batches");
        let anew = batches.iter().find(|batch| batch.name == "anew.csv").expect("a batch");
        assert_eq!(anew.held.iter().any(|why| why.contains("same-payment")), held, "{anew:?}");
    }
}

#[test]
fn a_return_of_the_ach_after_the_booking_opens_the_payment_again() {
    let of_bank = "seal = { sign = false, encrypt = false }";
    let mut house = House::with("csv-erp", "", "iso20022-bank", of_bank);
    let columns = "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,\
                   end_to_end_id,remittance";
    let row = format!("{},Example,{OURS},Payee One,DE89370400440532013000,COBADEFFXXX,10.50,USD,QP01,Wages", today());
    super::banks::write(&house.root.join("inbox/erp/one.csv"), format!("{columns}\n{row}\n").as_bytes());
    house.until("the payment has left", |journal, _| {
        journal.outbounds(&[OutboundState::Sent]).expect("files").iter().any(|file| file.party == "bank")
    });
    let dollars = |text: String| text.replace("\"CNY\"", "\"USD\"").replace("<Ccy>CNY<", "<Ccy>USD<");
    give(&mut house, "one.xml", &dollars(message(Statement, "1", 5_000_000, &[(Left, 1_050, "QP01")]).0));
    assert_eq!(payment(&house, "QP01"), "booked");
    let returns = String::from_utf8(super::banks::returns("QP01", "QP02")).expect("text");
    give(&mut house, "returns.ach", &returns);
    assert_eq!(payment(&house, "QP01"), "returned", "{:?}", incidents(&house));
    assert!(incidents(&house).iter().any(|what| what.contains("takes back payment `QP01`")), "{:?}", incidents(&house));
}

/// A report of today made at this hour under this number, of which this has left so far.
fn report_at(hour: &str, number: &str, left: &[Line]) -> String {
    let text = message(Report, "1", 5_000_000, left).0;
    let number = format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>");
    text.replace("<ElctrncSeqNb>1</ElctrncSeqNb>", &number)
        .replace("T18:00:00</CreDtTm><FrToDt>", &format!("{hour}</CreDtTm><FrToDt>"))
}

#[test]
fn of_intraday_reports_that_come_out_of_order_the_one_that_was_made_last_tells() {
    let (early, late): (&[Line], &[Line]) = (&[(Left, 1_000, "QP01")], &[(Left, 1_000, "QP01"), (Left, 2_000, "QP02")]);
    // By the hour, by the number where the hours are the same, and by the hour also where the number says otherwise.
    for [(hour, number), (later, higher)] in [
        [("T09:00:00", "1"), ("T15:00:00", "2")],
        [("T15:00:00", "9"), ("T15:00:00", "10")],
        [("T09:00:00+08:00", "7"), ("T02:00:00Z", "1")],
    ] {
        let mut house = house();
        give(&mut house, "late.xml", &report_at(later, higher, late));
        give(&mut house, "early.xml", &report_at(hour, number, early));
        let (_, summary) = reconciled(&house);
        assert_eq!((summary.entries, summary.debit_sum), (2, "30.00".parse().expect("an amount")), "{summary:?}");
        let told = house.ends(0, &["balances", "--json"]);
        assert!(told.contains("\"booked\":\"49970.00\"") && !told.contains("49990"), "{told}");
    }
}

#[test]
fn of_mt942_that_come_out_of_order_the_one_that_was_made_last_tells() {
    let day = &today().replace('-', "")[2..];
    let report = |number: &str, hour: &str, lines: &[&str]| {
        let all: String = lines.iter().map(|line| format!(":61:{day}{line}\r\n")).collect();
        format!(":20:R{number}\r\n:25:{OURS}\r\n:28C:{number}/1\r\n:34F:CNY0,\r\n:13D:{day}{hour}\r\n{all}-")
    };
    let mut house = house();
    give(&mut house, "late.sta", &report("12", "1500", &["D10,00NTRFQP01", "D20,00NTRFQP02"]));
    give(&mut house, "early.sta", &report("3", "0900", &["D10,00NTRFQP01"]));
    let (_, summary) = reconciled(&house);
    assert_eq!((summary.entries, summary.debit_sum), (2, "30.00".parse().expect("an amount")), "{summary:?}");
}

#[test]
fn a_day_that_does_not_begin_where_the_statement_before_ended_says_so() {
    let mut house = house();
    let yesterday = message(Statement, "1", 5_000_000, &[(Left, 1_000, "QP01")]).0;
    let day = bankferry::document::parse_date(&today()).expect("a day").yesterday().expect("a day").to_string();
    give(&mut house, "one.xml", &yesterday.replace(&today(), &day));
    let next = message(Statement, "2", 4_999_000, &[(Left, 2_000, "QP02")]);
    let mut joined = self::house();
    give(&mut joined, "one.xml", &yesterday.replace(&today(), &day));
    give(&mut joined, "two.xml", &next.0);
    assert_eq!(reconciled(&joined).1.joins, Some(true));
    let told = joined.ends(0, &["reconcile", "--day", &today()]);
    assert!(told.contains("yes") && !told.contains("before"), "{told}");
    give(&mut house, "two.xml", &message(Statement, "2", 4_900_000, &[(Left, 2_000, "QP02")]).0);
    let told = house.ends(1, &["reconcile", "--day", &today()]);
    assert!(told.contains("yes, but it does not begin where the statement before ended"), "{told}");
    assert!(told.contains(&format!("(the statement before, of {day}, closed at 49,990.00)")), "{told}");
    let told = house.ends(1, &["reconcile", "--day", &today(), "--json"]);
    let last = lines(&told).pop().expect("a summary");
    assert_eq!((&last["joins"], &last["adds_up"]), (&false.into(), &true.into()), "{last}");
    assert_eq!((&last["previous_day"], &last["previous_closing"]), (&day.into(), &"49990.00".into()), "{last}");
    let said = house.says(0, &["balances"]);
    assert!(said.contains("opens at 49000") && said.contains("its statement before closed at 49990"), "{said}");
    let told = house.ends(0, &["balances", "--json"]);
    assert!(told.contains("statement-does-not-join"), "{told}");
}

/// A statement whose second entry is in a currency in which it has no balance, and which adds up where nobody looks at
/// currencies.
fn with_dollars() -> String {
    let text = message(Statement, "1", 5_000_000, &[(Left, 1_000, "QP01"), (Incoming, 700, "X")]).0;
    text.replace("<Amt Ccy=\"CNY\">7.00<", "<Amt Ccy=\"USD\">7.00<")
}

#[test]
fn an_entry_in_a_currency_without_a_balance_is_added_to_none_and_the_statement_is_doubtful() {
    let mut held = house();
    give(&mut held, "dollars.xml", &with_dollars());
    assert_eq!(payment(&held, "QP01"), "sent", "nothing of it counts");
    let said = held.ends(0, &["status"]);
    assert!(said.contains("statement 1 books in USD, in which it has no balance"), "{said}");
    let mut house = four("statements = { doubtful = \"tell\" }");
    give(&mut house, "dollars.xml", &with_dollars());
    assert_eq!(payment(&house, "QP01"), "booked");
    let (_, summary) = reconciled(&house);
    let no = |text: &str| text.parse::<Amount>().expect("an amount");
    assert_eq!((summary.credit_sum, summary.debit_sum, summary.adds_up), (no("0"), no("10.00"), Some(false)));
    assert_eq!(summary.not_ours.all.sums.len(), 1, "the dollars are told by themselves: {summary:?}");
    house.ends(1, &["reconcile", "--day", &today()]);
}
