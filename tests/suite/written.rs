//! What the writers of the text formats write: read again it is the same document; what a format cannot
//! carry is refused or said.

use bankferry::document::{
    Account, Amount, Balance, Counterparty, Currency, Date, Declared, Entry, EntryCode, EntryDetail, Group,
    GroupAccount, Indicator, Method, Part, Party, Payment, Payments, PaymentsEnd, Statement, StatementAccount,
    StatementEnd, StatementKind, parse_date,
};
use bankferry::format::{self, WriteError, WriteOptions};
use proptest::prelude::*;

use crate::formats::{Kept, read, write};

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("three capital letters")
}

fn day(offset: i16) -> Date {
    let first = parse_date("2026-01-01").expect("a day");
    first.checked_add(jiff::Span::new().days(offset)).expect("within the calendar")
}

/// Characters that every one of the formats takes, without those that part its fields.
fn word(most: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[A-Z][A-Za-z0-9 .()]{{0,{}}}[a-z]", most - 2)).expect("a pattern")
}

fn id(most: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[A-Z][A-Z0-9]{{0,{}}}", most - 1)).expect("a pattern")
}

fn amount() -> impl Strategy<Value = Amount> {
    (1..1_000_000_000_i64).prop_map(|cents| Amount::new(cents, 2))
}

fn side() -> impl Strategy<Value = Indicator> {
    prop_oneof![Just(Indicator::Credit), Just(Indicator::Debit)]
}

fn detail() -> impl Strategy<Value = EntryDetail> {
    (
        prop::option::of(id(35)),
        prop::option::of(word(54)),
        any::<bool>(),
        prop::collection::vec(word(60), 0..3),
        prop::option::of(id(20)),
    )
        .prop_map(|(end_to_end_id, name, account, remittance, mandate_id)| EntryDetail {
            end_to_end_id,
            mandate_id,
            counterparty: Counterparty {
                name,
                account: Account::parse("GB29NWBK60161331926819").filter(|_| account),
                ..Counterparty::default()
            },
            remittance,
            ..EntryDetail::default()
        })
}

fn entry(code: &'static str) -> impl Strategy<Value = Entry> {
    (amount(), side(), any::<bool>(), 0..28_i16, prop::option::of(id(16)), prop::option::of(id(16)), detail()).prop_map(
        move |(amount, indicator, reversal, value, reference, bank_reference, detail)| Entry {
            reversal,
            status: Some("BOOK".into()),
            booking_date: Some(day(30)),
            value_date: Some(day(30 - value)),
            reference,
            bank_reference,
            code: EntryCode { proprietary: Some(code.into()).filter(|c: &String| !c.is_empty()), ..Default::default() },
            details: Some(detail).filter(|d| *d != EntryDetail::default()).into_iter().collect(),
            ..Entry::new(1, amount, currency("EUR"), indicator)
        },
    )
}

/// A statement with these entries, whose balances add up.
fn statement(kind: StatementKind, mut entries: Vec<Entry>) -> Vec<Part> {
    let mut end = StatementEnd::default();
    for (at, entry) in entries.iter_mut().enumerate() {
        entry.seq = at as u64 + 1;
        end.entries += 1;
        let sum = if entry.indicator == Indicator::Credit { &mut end.credit_sum } else { &mut end.debit_sum };
        *sum += entry.amount;
    }
    let opening = Amount::new(1_000_000, 2);
    let closing = opening + end.credit_sum - end.debit_sum;
    let balance = |kind: &str, signed: Amount| Balance {
        kind: kind.into(),
        amount: signed.abs(),
        currency: Some(currency("EUR")),
        indicator: Some(if signed.is_sign_negative() { Indicator::Debit } else { Indicator::Credit }),
        date: Some(day(30)),
        ..Balance::default()
    };
    if kind == StatementKind::Statement {
        end.balances = vec![balance("OPBD", opening), balance("CLBD", closing)];
    }
    let head = Statement {
        kind,
        id: Some("STM1".into()),
        number: Some("7/1".into()),
        created: Some(
            "2026-01-31T08:30:00"
                .parse()
                .map(|local| bankferry::document::Moment { local, offset_seconds: None })
                .expect("a time"),
        ),
        from_date: Some(day(30)),
        to_date: Some(day(30)),
        account: StatementAccount {
            id: Some("DE89370400440532013000".into()),
            iban: Some("DE89370400440532013000".into()),
            currency: Some(currency("EUR")),
            ..StatementAccount::default()
        },
        ..Statement::default()
    };
    let mut parts = vec![Part::Statement(Box::new(head))];
    parts.extend(entries.into_iter().map(|entry| Part::Entry(Box::new(entry))));
    parts.push(Part::StatementEnd(Box::new(end)));
    parts
}

/// Entries without what a format adds by itself, and the end.
fn entries(parts: &[Part], keep_reversal: bool) -> (Vec<Entry>, Option<StatementEnd>) {
    let mut list = Vec::new();
    let mut end = None;
    for part in parts {
        match part {
            Part::Entry(entry) => {
                let mut entry = (**entry).clone();
                entry.info = None;
                entry.reversal &= keep_reversal;
                list.push(entry);
            }
            Part::StatementEnd(e) => end = Some((**e).clone()),
            _ => {}
        }
    }
    (list, end)
}

fn group(method: Method) -> Group {
    Group {
        id: Some("1".into()),
        method,
        execution_date: Some(day(40)),
        account: GroupAccount::parse("DE89370400440532013000"),
        party: Party { name: Some("Acme Trading".into()), id: Some("1210428822".into()), ..Party::default() },
        agent: Some("12104288".into()),
        ..Group::default()
    }
}

fn payments(group: Group, list: Vec<Payment>) -> Vec<Part> {
    let mut end = PaymentsEnd::default();
    let mut parts = vec![Part::Payments(Box::new(Payments {
        message_id: Some("2601310830A".into()),
        created: Some(
            "2026-01-31T08:30:00"
                .parse()
                .map(|local| bankferry::document::Moment { local, offset_seconds: None })
                .expect("a time"),
        ),
        declared: Declared { count: Some(list.len() as u64), sum: list.iter().map(|p| p.amount).reduce(|a, b| a + b) },
        ..Payments::default()
    }))];
    parts.push(Part::Group(Box::new(group)));
    for (at, mut payment) in list.into_iter().enumerate() {
        payment.seq = at as u64 + 1;
        end.count += 1;
        *end.sums.entry(payment.currency).or_default() += payment.amount;
        parts.push(Part::Payment(Box::new(payment)));
    }
    parts.push(Part::PaymentsEnd(Box::new(end)));
    parts
}

fn bare(parts: &[Part]) -> Vec<Payment> {
    let of = |part: &Part| match part {
        Part::Payment(payment) => {
            let mut payment = (**payment).clone();
            payment.place = Default::default();
            payment.extra.clear();
            Some(payment)
        }
        _ => None,
    };
    parts.iter().filter_map(of).collect()
}

fn transfer() -> impl Strategy<Value = Payment> {
    (amount(), id(16), word(35), prop::option::of(word(35)), any::<bool>()).prop_map(
        |(amount, id, name, remittance, urgent)| {
            let mut payment = Payment::new(1, amount, currency("EUR"), Indicator::Credit);
            payment.end_to_end_id = Some(id);
            payment.counterparty.name = Some(name);
            payment.counterparty.account = Account::parse("GB29NWBK60161331926819");
            payment.counterparty.agent = Some("NWBKGB2L".into());
            payment.remittance = remittance.into_iter().collect();
            payment.charge_bearer = Some("SHAR".into());
            payment.urgent = Some(true).filter(|_| urgent);
            payment
        },
    )
}

fn ach(debit: bool, most: usize) -> impl Strategy<Value = Payment> {
    (1..100_000_000_i64, id(15), word(16), prop::collection::vec(word(80), 0..=most)).prop_map(
        move |(cents, id, name, remittance)| {
            let indicator = if debit { Indicator::Debit } else { Indicator::Credit };
            let mut payment = Payment::new(1, Amount::new(cents, 2), currency("USD"), indicator);
            payment.end_to_end_id = Some(id);
            payment.counterparty.name = Some(name);
            payment.counterparty.account = Account::parse("12345678");
            payment.counterparty.agent = Some("231380104".into());
            payment.remittance = remittance;
            payment
        },
    )
}

/// Writes `parts` and says why not.
fn refusal(to: &str, parts: &[Part]) -> Option<String> {
    let mut writer = format::create(to, Box::new(Kept::default()), &WriteOptions::default()).unwrap();
    parts.iter().find_map(|part| match writer.write_part(part) {
        Err(WriteError::Refused(finding)) => Some(finding.rule.to_string()),
        Err(error) => panic!("{error}"),
        Ok(()) => None,
    })
}

/// Every finding of a writer by rule.
fn notes(to: &str, parts: &[Part]) -> Vec<String> {
    let mut writer = format::create(to, Box::new(Kept::default()), &WriteOptions::default()).unwrap();
    parts.iter().for_each(|part| writer.write_part(part).unwrap());
    writer.finish().unwrap();
    writer.take_findings().into_iter().map(|finding| finding.rule.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn mt940_comes_back_as_it_went(list in prop::collection::vec(entry("NTRF"), 0..12)) {
        let parts = statement(StatementKind::Statement, list);
        let bytes = write("mt940", &parts);
        let back = read("auto", &bytes).unwrap();
        prop_assert_eq!(entries(&back, true), entries(&parts, true), "{}", String::from_utf8_lossy(&bytes));
        prop_assert!(notes("mt940", &parts).is_empty());
    }

    #[test]
    fn mt942_comes_back_as_it_went(list in prop::collection::vec(entry("NMSC"), 0..12)) {
        let parts = statement(StatementKind::Report, list);
        let back = read("auto", &write("mt942", &parts)).unwrap();
        prop_assert_eq!(entries(&back, true), entries(&parts, true));
    }

    #[test]
    fn bai2_comes_back_as_it_went(list in prop::collection::vec(entry(""), 0..12)) {
        // The type code is all that a BAI2 record says of a direction; mandates have no place.
        let mut list = list;
        for entry in &mut list {
            let code = if entry.indicator == Indicator::Credit { "195" } else { "495" };
            entry.code.proprietary = Some(code.into());
            entry.details.iter_mut().for_each(|detail| detail.mandate_id = None);
            entry.details.retain(|detail| *detail != EntryDetail::default());
        }
        let parts = statement(StatementKind::Statement, list);
        let bytes = write("bai2", &parts);
        let back = read("auto", &bytes).unwrap();
        prop_assert_eq!(entries(&back, false), entries(&parts, false), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mt101_comes_back_as_it_went(list in prop::collection::vec(transfer(), 1..12)) {
        let parts = payments(group(Method::Transfer), list);
        let back = read("auto", &write("mt101", &parts)).unwrap();
        prop_assert_eq!(bare(&back), bare(&parts));
        prop_assert_eq!(back.last(), parts.last());
    }

    #[test]
    fn nacha_comes_back_as_it_went(list in prop::collection::vec(ach(false, 1), 1..30), debit in any::<bool>()) {
        let mut list = list;
        let method = if debit { Method::DirectDebit } else { Method::Transfer };
        if debit {
            list.iter_mut().for_each(|payment| payment.indicator = Indicator::Debit);
        }
        let parts = payments(group(method), list);
        let bytes = write("nacha", &parts);
        prop_assert_eq!(bytes.iter().filter(|b| **b == b'\n').count() % 10, 0, "whole blocks");
        let back = read("auto", &bytes).unwrap();
        let without_trace = |parts: &[Part]| -> Vec<Payment> {
            bare(parts).into_iter().map(|p| Payment { instruction_id: None, ..p }).collect()
        };
        prop_assert_eq!(without_trace(&back), without_trace(&parts));
        prop_assert_eq!(back.last(), parts.last());
    }

    #[test]
    fn trade_exchange_entries_carry_many_addenda(list in prop::collection::vec(ach(false, 12), 1..6)) {
        let parts = payments(Group { local_instrument: Some("CTX".into()), ..group(Method::Transfer) }, list);
        let back = read("auto", &write("nacha", &parts)).unwrap();
        let texts = |parts: &[Part]| -> Vec<Vec<String>> { bare(parts).into_iter().map(|p| p.remittance).collect() };
        let names = |parts: &[Part]| -> Vec<Option<String>> {
            bare(parts).into_iter().map(|p| p.counterparty.name).collect()
        };
        prop_assert_eq!(texts(&back), texts(&parts));
        prop_assert_eq!(names(&back), names(&parts));
    }
}

/// One transfer with `change` made to it.
fn one(change: impl FnOnce(&mut Payment)) -> Vec<Part> {
    let mut payment = Payment::new(1, Amount::new(1250, 2), currency("USD"), Indicator::Credit);
    payment.end_to_end_id = Some("E1".into());
    payment.counterparty.name = Some("Smith".into());
    payment.counterparty.account = Account::parse("12345678");
    payment.counterparty.agent = Some("231380104".into());
    change(&mut payment);
    payments(group(Method::Transfer), vec![payment])
}

#[test]
fn names_references_and_accounts_are_never_cut() {
    let long = "A company whose name has more than twenty-two letters".to_string();
    assert_eq!(refusal("nacha", &one(|p| p.counterparty.name = Some(long.clone()))).as_deref(), Some("too-long"));
    assert_eq!(
        refusal("nacha", &one(|p| p.end_to_end_id = Some("R-2026-0000000001".into()))).as_deref(),
        Some("too-long")
    );
    assert_eq!(
        refusal("mt101", &one(|p| p.end_to_end_id = Some("R-2026-0000000001".into()))).as_deref(),
        Some("too-long")
    );
    assert_eq!(refusal("mt101", &one(|p| p.counterparty.name = Some(long.repeat(4)))).as_deref(), Some("too-long"));
    assert_eq!(refusal("nacha", &one(|p| p.amount = Amount::new(12345, 3))).as_deref(), Some("amount"));
    assert_eq!(
        refusal("nacha", &one(|p| p.counterparty.agent = Some("231380105".into()))).as_deref(),
        Some("check-digit")
    );
    assert_eq!(refusal("nacha", &one(|p| p.currency = currency("EUR"))).as_deref(), Some("amount"));
    assert_eq!(refusal("mt101", &one(|p| p.indicator = Indicator::Debit)).as_deref(), Some("method"));
    assert_eq!(refusal("nacha", &one(|p| p.remittance = vec!["x".repeat(81)])).as_deref(), Some("too-long"));
}

#[test]
fn what_a_statement_format_cannot_carry_is_said() {
    let mut entry = Entry::new(1, Amount::new(100, 2), currency("EUR"), Indicator::Credit);
    entry.value_date = Some(day(30));
    entry.status = Some("BOOK".into());
    entry.reference = Some("A-REFERENCE-OF-MORE-THAN-16".into());
    entry.code.proprietary = Some("own code".into());
    let parts = statement(StatementKind::Statement, vec![entry.clone()]);
    assert_eq!(notes("mt940", &parts), ["not-carried", "not-carried"]);
    let text = String::from_utf8(write("mt940", &parts)).unwrap();
    assert!(text.contains(":61:260131C1,00NMSCNONREF\r\n"), "{text}");
    entry.currency = currency("USD");
    let parts = statement(StatementKind::Statement, vec![entry]);
    assert_eq!(refusal("mt940", &parts).as_deref(), Some("currency-differs"));
    assert_eq!(refusal("bai2", &parts).as_deref(), Some("currency-differs"));
    assert_eq!(refusal("mt942", &statement(StatementKind::Statement, Vec::new())).as_deref(), Some("kind"));
    let mut without = statement(StatementKind::Statement, Vec::new());
    if let Some(Part::StatementEnd(end)) = without.last_mut() {
        end.balances.clear();
    }
    assert_eq!(refusal("mt940", &without).as_deref(), Some("balance-missing"));
}
