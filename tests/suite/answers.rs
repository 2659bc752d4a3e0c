//! Answers that repeat no id of ours: by the row of our file, by payee and amount, and never by a guess.

use std::collections::BTreeMap;
use std::path::Path;

use bankferry::document::{
    Account, Amount, Counterparty, Currency, Part, PaymentStatus, StatusReport, StatusReportEnd,
};
use bankferry::format::layout::Carries;
use bankferry::journal::{Event, PaymentFilter, Records};
use bankferry::template;

use super::banks::{House, OF_BRANCH, OURS, files, today, write};
use super::moved::incidents;

const FAR: &str = "6222000000000000175";
const NEAR: &str = "6222000000000000183";

/// Payments of 付款人 OURS: id, name, account, amount.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Two equal payments, and one to somebody else.
const ROWS: [Row; 3] =
    [("QH01", "陆一鸣", FAR, "10.00"), ("QH02", "陆一鸣", FAR, "10.00"), ("QH03", "远山材料有限公司", NEAR, "7.50")];

/// The payments as JSON lines: what a bank of any template may want to know stands in them.
fn batch(rows: &[Row]) -> String {
    let day = today();
    let mut lines = vec![
        r#"{"type":"payments","format":"jsonl","message_id":"M1"}"#.to_string(),
        format!(
            r#"{{"type":"group","id":"1","method":"TRF","execution_date":"{day}","account":{{"id":"{OURS}"}},"party":{{"name":"青禾贸易有限公司","id":"88"}},"agent":"330000000","agent_name":"滨江支行"}}"#
        ),
    ];
    for (seq, (id, name, account, amount)) in rows.iter().enumerate() {
        let seq = seq + 1;
        lines.push(format!(
            r#"{{"type":"payment","seq":{seq},"end_to_end_id":"{id}","amount":"{amount}","currency":"CNY","indicator":"CRDT","counterparty":{{"name":"{name}","account":"{account}","agent":"102100099996","agent_name":"西湖支行"}},"remittance":["货款"]}}"#
        ));
    }
    let count = rows.len();
    let sum: Amount = rows.iter().map(|(.., amount)| amount.parse::<Amount>().expect("an amount")).sum();
    lines.push(format!(r#"{{"type":"payments_end","count":{count},"sums":{{"CNY":"{sum}"}},"findings":[]}}"#));
    lines.push(r#"{"type":"end","format":"jsonl","documents":1,"findings":[]}"#.to_string());
    lines.join("\n") + "\n"
}

/// The bank has the file of these payments; with the message id and the name of the file.
fn sent(bank: &str, rows: &[Row]) -> (House, String) {
    let of_bank = if bank == "ccb" { OF_BRANCH } else { "" };
    let mut house = House::with("csv-erp", "", bank, of_bank);
    write(&house.root.join("inbox/erp/payments.jsonl"), batch(rows).as_bytes());
    house.until("the bank has its file", |journal, _| {
        let sent = journal.outbounds(&[bankferry::journal::OutboundState::Sent]).expect("files");
        sent.iter().any(|file| file.party == "bank")
    });
    let name = files(&house.root.join("outbox/bank")).into_keys().next().expect("a file");
    (house, name)
}

/// A line of the bank: the row of our file, name, account, amount, and its word.
fn line(seq: u64, (_, name, account, amount): Row, word: &str) -> Part {
    Part::PaymentStatus(Box::new(PaymentStatus {
        original_seq: Some(seq),
        bank_status: Some(word.to_string()),
        amount: Some(amount.parse::<Amount>().expect("an amount")),
        currency: Currency::parse("CNY"),
        counterparty: Counterparty {
            name: Some(name.to_string()),
            account: Account::parse(account),
            ..Counterparty::default()
        },
        ..PaymentStatus::default()
    }))
}

/// Lets the bank answer with these lines, and waits until that is told.
fn answer(house: &mut House, name: &str, lines: Vec<Part>) {
    let end = StatusReportEnd { payments: lines.len() as u64, findings: Vec::new() };
    let mut parts = vec![Part::StatusReport(Box::<StatusReport>::default())];
    parts.extend(lines);
    parts.push(Part::StatusReportEnd(Box::new(end)));
    house.give(name, Carries::Status, &parts);
    house.until("the answer is told", |journal, _| {
        let facts = journal.facts_after(0, 500).expect("facts");
        facts.iter().any(|fact| matches!(fact.event, Event::Matched { .. }))
    });
}

fn states(house: &House) -> BTreeMap<String, String> {
    let payments = house.journal().payments(&PaymentFilter::default()).expect("payments");
    payments.into_iter().map(|p| (p.end_to_end_id.unwrap_or_default(), p.state.to_string())).collect()
}

fn are(states: [(&str, &str); 3]) -> BTreeMap<String, String> {
    states.into_iter().map(|(id, state)| (id.to_string(), state.to_string())).collect()
}

#[test]
fn a_row_number_of_our_file_names_the_payment() {
    let (mut house, name) = sent("ccb-payroll", &ROWS);
    let lines = vec![line(3, ROWS[2], "成功"), line(2, ROWS[1], "失败"), line(1, ROWS[0], "成功")];
    answer(&mut house, &format!("{}_result.txt", name.trim_end_matches(".txt")), lines);
    assert_eq!(states(&house), are([("QH01", "executed"), ("QH02", "rejected"), ("QH03", "executed")]));
    assert_eq!(incidents(&house), Vec::<String>::new());
    house.until("the ERP is told", |_, root| {
        files(&root.join("outbox/erp")).iter().any(|(name, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            name.ends_with(".csv")
                && text.contains("QH02,10.00,CNY,rejected")
                && text.contains("QH01,10.00,CNY,executed")
        })
    });
}

#[test]
fn a_row_number_beside_another_account_or_amount_names_nothing() {
    let (mut house, name) = sent("ccb-payroll", &ROWS);
    let other = ("", "远山材料有限公司", FAR, "7.50");
    let dearer = ("", "陆一鸣", FAR, "10.01");
    answer(&mut house, &name, vec![line(3, other, "成功"), line(1, dearer, "失败"), line(4, ROWS[0], "成功")]);
    assert_eq!(states(&house), are([("QH01", "sent"), ("QH02", "sent"), ("QH03", "sent")]));
    let said = incidents(&house).join("\n");
    assert!(said.contains("another payee") && said.contains("another amount"), "{said}");
}

#[test]
fn payee_and_amount_name_the_payment_and_equal_payments_are_counted() {
    let (mut house, name) = sent("ceb", &ROWS);
    // The section that a line stands in is its status.
    let within = |row, code: &str| {
        let mut part = line(0, row, "");
        if let Part::PaymentStatus(status) = &mut part {
            (status.status, status.bank_status) = (Some(code.to_string()), None);
        }
        part
    };
    let lines = vec![within(ROWS[0], "ACSC"), within(ROWS[2], "RJCT"), within(ROWS[1], "ACSC")];
    answer(&mut house, &name, lines);
    assert_eq!(states(&house), are([("QH01", "executed"), ("QH02", "executed"), ("QH03", "rejected")]));
    assert_eq!(incidents(&house), Vec::<String>::new());
}

#[test]
fn equal_payments_with_different_answers_are_unknown() {
    let (mut house, name) = sent("ccb", &ROWS);
    let lines = vec![line(0, ROWS[0], "成功"), line(0, ROWS[2], "成功"), line(0, ROWS[1], "失败")];
    answer(&mut house, &name, lines);
    assert_eq!(states(&house), are([("QH01", "unknown"), ("QH02", "unknown"), ("QH03", "executed")]));
    assert!(incidents(&house).iter().any(|said| said.contains("equal payments")), "{:?}", incidents(&house));
}

#[test]
fn one_line_for_two_equal_payments_changes_neither() {
    let (mut house, name) = sent("ccb", &ROWS);
    answer(&mut house, &name, vec![line(0, ROWS[0], "成功"), line(0, ROWS[2], "失败")]);
    assert_eq!(states(&house), are([("QH01", "sent"), ("QH02", "sent"), ("QH03", "rejected")]));
    assert!(!incidents(&house).is_empty());
}

#[test]
fn an_answer_without_ids_that_names_no_file_changes_nothing() {
    let (mut house, name) = sent("ccb", &ROWS);
    let stem = name.trim_end_matches("_1_ds.txt").to_string();
    // The id of our file within a longer number is another file's.
    answer(&mut house, &format!("{stem}7.txt"), vec![line(0, ROWS[2], "成功")]);
    assert_eq!(states(&house), are([("QH01", "sent"), ("QH02", "sent"), ("QH03", "sent")]));
    assert!(!incidents(&house).is_empty());
}

#[test]
fn an_answer_in_another_banks_folder_is_said_to_be_ours_and_changes_nothing() {
    let other = "\n[[party]]\nname = \"other\"\ntemplate = \"icbc\"\naccounts = [\"6222000000000000999\"]\n\
                 in = { folders = [\"\"], complete = \"rename\", every_seconds = 1 }\nout = { folder = \"\" }\n";
    let mut house = super::corrections::sent(House::with("csv-erp", "", "icbc", other));
    let text = super::moved::answer_text(&house, "lost", ["RJCT", "RJCT"], &[("QH01", "RJCT"), ("QH02", "RJCT")]);
    write(&house.root.join("inbox/other/lost.xml"), text.as_bytes());
    house.until("the answer is read", |journal, _| {
        let read = journal.inbounds(&[bankferry::journal::InboundState::Matched]).expect("files");
        read.iter().any(|file| file.party == "other")
    });
    let said = incidents(&house);
    assert!(said.len() == 1 && said[0].contains("which is ours and went to `bank`, not to this bank"), "{said:?}");
    assert_eq!(house.states(), BTreeMap::from([("sent".to_string(), 2)]));
}

#[test]
fn a_template_that_hopes_for_row_numbers_must_write_and_read_them() {
    let source = template::template_source(Path::new("no folder"), "psbc").expect("a template");
    let source = source.replace("every_seconds = 60", "every_seconds = 60\nanswers_by = \"row\"");
    assert!(source.contains("answers_by"), "{source}");
    let wrong = template::read_template(Path::new("no folder"), "psbc", &source).expect_err("no row numbers");
    assert!(wrong.to_string().contains("original_seq"), "{wrong}");
}

#[test]
fn a_bank_that_answers_under_a_number_of_its_own_is_understood_by_our_ids() {
    for bank in ["bocom", "pab", "citic-payout"] {
        let (mut house, _) = sent(bank, &ROWS);
        let (done, failed) = if bank == "pab" { ("0000", "9999") } else { ("交易成功", "交易失败") };
        let mut lines = vec![line(1, ROWS[0], done), line(2, ROWS[1], failed), line(3, ROWS[2], done)];
        for (part, (id, ..)) in lines.iter_mut().zip(ROWS) {
            let Part::PaymentStatus(status) = part else { continue };
            status.original_end_to_end_id = Some(id.to_string());
        }
        let end = StatusReportEnd { payments: 3, findings: Vec::new() };
        let head = StatusReport { message_id: Some("20261128001".into()), ..StatusReport::default() };
        let mut parts = vec![Part::StatusReport(Box::new(head))];
        parts.extend(lines);
        parts.push(Part::StatusReportEnd(Box::new(end)));
        house.give("result_20261128001.csv", Carries::Status, &parts);
        house.until("the answer is told", |journal, _| {
            let facts = journal.facts_after(0, 500).expect("facts");
            facts.iter().any(|fact| matches!(fact.event, Event::Matched { .. }))
        });
        let failed = if bank == "pab" { "unknown" } else { "rejected" };
        assert_eq!(states(&house), are([("QH01", "executed"), ("QH02", failed), ("QH03", "executed")]), "{bank}");
        let said = incidents(&house);
        assert!(said.iter().all(|said| !said.contains("not ours")), "{bank}: {said:?}");
    }
}
