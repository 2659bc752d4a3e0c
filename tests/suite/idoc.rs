//! SAP's payment orders as IDoc (PAYEXT): what is read of them, what is passed over, what is refused.

use std::path::Path;

use bankferry::document::{Part, Payment};
use bankferry::format::layout::Carries;
use bankferry::template::{self, prove};

use crate::banks::{House, OURS, files, today, write};

/// Fields of fixed width, one behind the other.
fn row(fields: &[(&str, usize)]) -> String {
    fields.iter().map(|(text, width)| format!("{text:<width$}")).collect()
}

fn control(number: u32, message: &str, test: &str) -> String {
    let number = format!("{number:016}");
    let head =
        [("EDI_DC40", 10), ("100", 3), (&number, 16), ("740", 4), ("30", 2), ("1", 1), ("2", 1), ("", 1), (test, 1)];
    format!("{:<524}", row(&head) + &row(&[("PEXR2002", 30), ("", 30), (message, 30)]))
}

/// A data record of a segment, with all its blanks.
fn data(segment: &str, fields: &[(&str, usize)]) -> String {
    let head = row(&[(segment, 30), ("100", 3), ("0000000000000001", 16), ("000001", 6), ("000000", 6), ("01", 2)]);
    format!("{:<1063}", head + &row(fields))
}

fn bank(segment: &str, role: &str, bic: &str, number: &str, account: &str) -> String {
    let bank = [(role, 3), (bic, 11), ("", 3), (number, 17), ("", 3), ("Example Bank", 70), ("Town", 70), ("XX", 3)];
    data(segment, &[&bank[..], &[(account, 35)]].concat())
}

/// One payment of SAP's, in segments of the given generation (`E1` or `E2`) and version.
fn idoc(number: u32, names: (&str, &str), amount: &str, payee: (&str, &str, &str)) -> Vec<String> {
    let (generation, version) = names;
    let name = |segment: &str| format!("{generation}{segment}{version}");
    let (who, account, agent) = payee;
    let reference = format!("REF{number}");
    vec![
        control(number, "PAYEXT", ""),
        data(&name("IDKU1"), &[("PEX", 3), ("PAYMENT ORDER", 35), (&reference, 35), ("ORG", 3)]),
        data(&name("EDK03"), &[("017", 3), (&today().replace('-', ""), 8)]),
        data(&name("IDKU5"), &[("002", 3), (amount, 18), ("CNY", 3)]),
        bank(&name("IDB02"), "BA", "", "330000000", OURS),
        bank(&name("IDB02"), "BB", "", agent, account),
        data(&name("EDKA1"), &[("AG", 3), ("1000", 17), ("", 17), ("青禾贸易有限公司", 35)]),
        data(
            &name("EDKA1"),
            &[("BE", 3), ("100200", 17), ("", 17), (who, 35), ("", 105), ("Road 1", 35), ("", 70), ("Town", 35)],
        ),
        data(&name("EDP02"), &[("010", 3), ("INV-1", 35)]),
    ]
}

const PAYEES: [(&str, &str, &str); 3] = [
    ("远山材料有限公司", "6222000000000000175", "102100099996"),
    ("陆一鸣", "571900000000118", "308584000013"),
    ("Müller Söhne", "6222000000000000399", "102100099996"),
];

/// Three IDocs: one as SAP writes it; one with the blanks cut and older names; one with segments of the customer's own.
fn three() -> Vec<Vec<String>> {
    let first = idoc(1, ("E2", "001"), "12345.00", PAYEES[0]);
    let second = idoc(2, ("E1", ""), "0.50", PAYEES[1]);
    let second = second.iter().map(|line| line.trim_end().to_string()).collect();
    let mut third = idoc(3, ("E2", "003"), "98.70", PAYEES[2]);
    third.insert(4, data("Z1PAYINFO", &[("whatever stands here", 30)]));
    third.insert(5, data("E2IDB02003", &[("I2", 3), ("CHASUS33", 11)]));
    third.push(data("Z1PAYINFO", &[("and again", 30)]));
    vec![first, second, third]
}

/// A file in which every data record has its control record's number and counts itself.
fn file(idocs: &[Vec<String>]) -> String {
    let (mut number, mut count) = (String::from("0000000000000000"), 0);
    let numbered = idocs.iter().flatten().map(|line| {
        if line.starts_with("EDI_DC40") {
            (number, count) = (line[13..29].to_string(), 0);
        } else if line.len() > 55 {
            count += 1;
            return format!("{}{number}{count:06}{}\n", &line[..33], &line[55..]);
        }
        format!("{line}\n")
    });
    numbered.collect()
}

fn read(file: &str) -> Result<Vec<Part>, String> {
    let found = template::find(Path::new("/nonexistent"), "erp-sap-idoc").expect("a template");
    prove::read(found.layout.get(Carries::Payments).expect("a layout"), file.as_bytes(), None)
}

fn payments(parts: &[Part]) -> Vec<Payment> {
    parts
        .iter()
        .filter_map(|part| if let Part::Payment(payment) = part { Some((**payment).clone()) } else { None })
        .collect()
}

#[test]
fn an_idoc_is_a_payment_whatever_its_names_blanks_and_further_segments() {
    for end in ["\n", "\r\n"] {
        let parts = read(&file(&three()).replace('\n', end)).expect("readable");
        let read = payments(&parts);
        let amounts: Vec<String> = read.iter().map(|payment| payment.amount.to_string()).collect();
        assert_eq!(amounts, ["12345.00", "0.50", "98.70"]);
        for (at, (payment, (who, account, agent))) in read.iter().zip(PAYEES).enumerate() {
            let party = &payment.counterparty;
            assert_eq!(party.name.as_deref(), Some(who));
            assert_eq!(party.account.as_ref().map(|account| account.as_str()), Some(account));
            assert_eq!(party.agent.as_deref(), Some(agent));
            assert_eq!(party.address.town.as_deref(), Some("Town"));
            assert_eq!(payment.end_to_end_id, Some(format!("REF{}", at + 1)));
            assert_eq!(payment.currency.as_str(), "CNY");
            assert_eq!(payment.remittance, ["INV-1"]);
        }
        let groups = parts.iter().filter_map(|part| if let Part::Group(group) = part { Some(group) } else { None });
        for group in groups {
            assert_eq!(group.account.as_ref().map(|account| account.id.as_str()), Some(OURS));
            assert_eq!(group.party.name.as_deref(), Some("青禾贸易有限公司"));
            assert_eq!(group.execution_date.map(|day| day.to_string()), Some(today()));
        }
        let said: Vec<String> =
            parts.iter().filter_map(Part::end_findings).flatten().map(|f| f.message.en.clone()).collect();
        assert_eq!(said.len(), 2, "once for a name: {said:?}");
        assert!(said[0].contains("`Z1PAYINFO`") && said[1].contains("`E2IDB02003`"), "{said:?}");
    }
}

/// A BIC goes before the bank's own number.
#[test]
fn a_banks_number_is_taken_where_there_is_no_bic() {
    let mut one = idoc(1, ("E2", ""), "1.00", PAYEES[0]);
    one[5] = bank("E2IDB02", "BB", "BYLADEM1001", "12030000", "DE02120300000000202051");
    let read = payments(&read(&file(&[one])).expect("readable"));
    assert_eq!(read[0].counterparty.agent.as_deref(), Some("BYLADEM1001"));
}

/// Of a Chinese bank the CNAPS number is taken, by which payments within China go, also where there is a BIC.
#[test]
fn a_cnaps_number_goes_before_a_chinese_bic() {
    let agent = |bic: &str, number: &str| {
        let mut one = idoc(1, ("E2", ""), "1.00", PAYEES[0]);
        one[5] = bank("E2IDB02", "BB", bic, number, "6222000000000000175");
        payments(&read(&file(&[one])).expect("readable"))[0].counterparty.agent.clone().unwrap_or_default()
    };
    assert_eq!(agent("ICBKCNBJXXX", "102100099996"), "102100099996");
    assert_eq!(agent("ICBKCNBJXXX", "12030000"), "ICBKCNBJXXX");
    assert_eq!(agent("BYLADEM1001", "102100099996"), "BYLADEM1001");
}

/// A name in two parts is one name, unless it would be too long for banks: then its second part is left out and told.
#[test]
fn the_second_part_of_a_name_is_added_to_the_first() {
    let named = |two: &str| {
        let mut one = idoc(1, ("E2", ""), "1.00", PAYEES[0]);
        let payee = [("BE", 3), ("100200", 17), ("", 17), ("Far Hills Supplies and Sons Limited", 35), (two, 35)];
        one[7] = data("E2EDKA1", &payee);
        let parts = read(&file(&[one])).expect("readable");
        let told = parts.iter().filter_map(Part::end_findings).flatten().any(|finding| finding.rule == "left-out");
        (payments(&parts)[0].counterparty.name.clone().unwrap_or_default(), told)
    };
    assert_eq!(named("Branch"), ("Far Hills Supplies and Sons Limited Branch".into(), false));
    assert_eq!(named(""), ("Far Hills Supplies and Sons Limited".into(), false));
    let full = "Branch of the Western Provinces Ltd";
    assert_eq!(full.len(), 35);
    assert_eq!(named(full), ("Far Hills Supplies and Sons Limited".into(), true));
}

/// SAP counts in UTF-16: a rare character of the bank's name takes two positions, and the account does not move.
#[test]
fn positions_are_counted_as_sap_counts_them() {
    let mut one = idoc(1, ("E2", ""), "1.00", PAYEES[0]);
    let bank = [("BB", 3), ("", 14), ("308584000013", 17), ("", 3), ("𡐓县支行", 69), ("Town", 70), ("CN", 3)];
    one[5] = data("E2IDB02", &[&bank[..], &[("571900000000118", 35)]].concat());
    let read = payments(&read(&file(&[one])).expect("readable"));
    assert_eq!(read[0].counterparty.account.as_ref().map(|account| account.as_str()), Some("571900000000118"));
    assert_eq!(read[0].counterparty.agent_name.as_deref(), Some("𡐓县支行"));
}

/// The template with `from` replaced by `to`.
fn changed(from: &str, to: &str) -> Result<template::Template, String> {
    let source = template::built_in().find(|(name, _)| *name == "erp-sap-idoc").expect("the template").1;
    assert!(source.contains(from), "{from}");
    template::read_template(Path::new("/nonexistent"), "erp-sap-idoc", &source.replacen(from, to, 1))
        .map_err(|error| error.to_string())
}

#[test]
fn a_port_may_write_another_code_page() {
    let latin = changed("encoding = \"utf-8\"", "encoding = \"latin-1\"").expect("a template");
    let text = file(&three()[2..]).replace("青禾贸易有限公司", "Qinghe Ltd");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let plan = latin.layout.get(Carries::Payments).expect("a layout");
    let read = payments(&prove::read(plan, &bytes, None).expect("readable"));
    assert_eq!(read[0].counterparty.name.as_deref(), Some("Müller Söhne"));
}

#[test]
fn a_mistake_in_the_words_for_further_records_is_told() {
    for (from, to, wanted) in [
        ("is = \"E2IDKU1\", also", "also", "`also` without `is`"),
        ("is = \"002\" }", "item = \"sum\", fallback = true }", "`fallback` is for texts"),
        ("is = \"E2\", also", "item = \"x_other\", also", "passed over has no items"),
    ] {
        let said = changed(from, to).err().unwrap_or_default();
        assert!(said.contains("line") && said.contains(wanted), "{said}");
    }
}

/// The file of three IDocs with one line of the second changed or left out, and what is said of it.
fn refused(change: impl Fn(&mut Vec<String>)) -> String {
    let mut idocs = three();
    change(&mut idocs[1]);
    read(&file(&idocs)).expect_err("refused")
}

#[test]
fn what_is_not_one_whole_payment_is_refused_with_its_place() {
    let without = |at: usize| refused(|idoc| drop(idoc.remove(at)));
    let holds = |said: String, words: &[&str]| {
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    // The second control record stands in line 10.
    holds(without(1), &["line 10", "`order` is missing"]);
    holds(without(3), &["line 10", "amount"]);
    holds(without(4), &["line 10", "`our_bank` is missing"]);
    holds(without(5), &["line 10", "`payees_bank` is missing"]);
    holds(without(7), &["line 10", "`payee` is missing"]);
    // Without its control record, a payment would be a part of the one before it.
    holds(without(0), &["second record `order`", "line 2"]);
    holds(
        refused(|idoc| idoc.insert(6, bank("E2IDB02", "BB", "", "1", "999"))),
        &["line 16", "second record `payees_bank`", "line 15"],
    );
    holds(
        refused(|idoc| idoc[3] = data("E2IDKU5", &[("002", 3), ("100.00-", 18), ("CNY", 3)])),
        &["line 13", "100.00-"],
    );
    holds(refused(|idoc| idoc[3] = data("E2IDKU5", &[("002", 3), ("", 18), ("CNY", 3)])), &["line 13", "MOABETR"]);
    holds(refused(|idoc| idoc[3] = data("E2IDKU5", &[("001", 3), ("5.00", 18), ("CNY", 3)])), &["`amount` is missing"]);
    holds(refused(|idoc| idoc[8] = "something else".into()), &["line 18", "`something else`", "no record"]);
}

/// Where a block of lines is lost, one payment's amount would stand with another's payee.
#[test]
fn a_record_of_another_idoc_or_out_of_count_is_refused() {
    let whole = file(&three());
    let lines: Vec<&str> = whole.lines().collect();
    let said = |keep: &dyn Fn(usize) -> bool| {
        let kept: String =
            lines.iter().enumerate().filter(|(at, _)| keep(at + 1)).map(|(_, line)| format!("{line}\n")).collect();
        read(&kept).expect_err("refused")
    };
    // From the middle of one IDoc to the same place in the next.
    for first in 3..=8 {
        let said = said(&|line| !(first..first + 9).contains(&line));
        assert!(said.contains(&format!("line {first}")) && said.contains("belongs to another detail"), "{said}");
    }
    let lost = said(&|line| line != 3);
    assert!(lost.contains("line 3") && lost.contains("`SEGNUM` is `000003`, it must be 2"), "{lost}");
    let passed_over = three()[2].iter().position(|line| line.starts_with("Z1")).expect("of the customer's own") + 19;
    let lost = said(&|line| line != passed_over);
    assert!(lost.contains(&format!("line {passed_over}")) && lost.contains("it must be 4"), "{lost}");
    let mut twice = three();
    twice.push(twice[0].clone());
    let said = read(&file(&twice)).expect_err("refused");
    assert!(said.contains("`DOCNUM` is `0000000000000001` a second time"), "{said}");
}

/// An advice of a payment has the same segments as the order to pay, and a test is no order.
#[test]
fn an_advice_or_a_test_is_not_paid() {
    let said = refused(|idoc| idoc[0] = control(2, "REMADV", ""));
    assert!(said.contains("line 10") && said.contains("`MESTYP` is `REMADV`, it must be `PAYEXT`"), "{said}");
    let said = refused(|idoc| idoc[0] = control(2, "PAYEXT", "X"));
    assert!(said.contains("line 10") && said.contains("`TEST` is `X`, it must be empty"), "{said}");
    let mut idocs = three();
    idocs[0].remove(0);
    let said = read(&file(&idocs)).expect_err("refused");
    assert!(said.contains("line 1") && said.contains("`order` stands before"), "{said}");
}

/// Where a field stands elsewhere than the template says, its neighbour's text comes with it.
#[test]
fn a_field_at_another_position_is_not_read_as_an_account_or_an_amount() {
    let account = "571900000000118  ACME GMBH";
    let said = refused(|idoc| idoc[5] = bank("E2IDB02", "BB", "", "308584000013", account));
    assert!(said.contains("FIIKONTO") && said.contains("holds a blank"), "{said}");
    let said = refused(|idoc| idoc[3] = data("E2IDKU5", &[("002", 3), ("5.00", 15), ("CNY", 3)]));
    assert!(said.contains("`5.00           CNY` is not an amount"), "{said}");
    let said = refused(|idoc| idoc[1] = data("E2IDKU1", &[("PEX", 3), ("PAYMENT ORDER", 70), ("REF2", 35)]));
    assert!(said.contains("BGMREF"), "{said}");
}

/// A file that was cut is refused, or what is missing of it was never told: the segments behind the last that must be.
#[test]
fn a_cut_file_gives_no_half_payment() {
    let whole = file(&three());
    let wanted = payments(&read(&whole).expect("readable"));
    let chars: Vec<(usize, char)> = whole.char_indices().collect();
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at).collect();
    let cuts = chars.iter().map(|(at, _)| *at).enumerate().filter(|(n, at)| n % 61 == 0 || ends.contains(at));
    for (_, end) in cuts {
        let Ok(parts) = read(&whole[..end]) else { continue };
        let read = payments(&parts);
        for (one, other) in read.iter().zip(&wanted) {
            let bare = |payment: &Payment| Payment { remittance: Vec::new(), ..payment.clone() };
            assert_eq!(bare(one), bare(other), "cut at {end}");
            assert!(other.remittance.starts_with(&one.remittance), "cut at {end}: {:?}", one.remittance);
        }
    }
    // In the middle of a record it is always refused: of the payee's name, of what is passed over.
    let lines: Vec<&str> = whole.lines().collect();
    let at = whole.find(lines[lines.len() - 3]).expect("the last payee");
    for end in [at + 64 + 37 + 5, whole.len() - 500] {
        let said = read(&whole[..end]).expect_err("refused");
        assert!(said.contains("ends in the middle"), "{said}");
    }
}

#[test]
fn an_idoc_dropped_by_sap_reaches_the_bank() {
    let mut house = House::new("erp-sap-idoc", "icbc");
    write(&house.root.join("inbox/erp/PAYEXT.idoc"), file(&three()[..2]).as_bytes());
    house.until("the bank has its file", |_, root| !files(&root.join("outbox/bank")).is_empty());
    let payments = house.received();
    let sent: Vec<(Option<&str>, String)> = payments
        .iter()
        .map(|payment| (payment.counterparty.account.as_ref().map(|a| a.as_str()), payment.amount.to_string()))
        .collect();
    assert_eq!(sent, [(Some(PAYEES[0].1), "12345.00".into()), (Some(PAYEES[1].1), "0.50".into())]);
    assert_eq!(payments[0].counterparty.name.as_deref(), Some(PAYEES[0].0));
    // A file with one bad IDoc is refused as a whole, and SAP is told the line.
    let mut idocs = three();
    idocs[1].remove(5);
    write(&house.root.join("inbox/erp/BAD.idoc"), file(&idocs).as_bytes());
    house.until("the refusal is told", |_, root| {
        files(&root.join("outbox/erp")).keys().any(|name| name.starts_with("refusal") && name.ends_with(".csv"))
    });
    let told = files(&house.root.join("outbox/erp"));
    let refusal = told.iter().find(|(name, _)| name.starts_with("refusal") && name.ends_with(".csv"));
    let text = String::from_utf8_lossy(refusal.expect("a refusal").1).into_owned();
    assert!(text.contains("BAD.idoc,10,") && text.contains("payees_bank"), "{text}");
    assert_eq!(files(&house.root.join("outbox/bank")).len(), 1);
}
