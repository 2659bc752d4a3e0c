//! Electronic receipts through the whole road: kept, listed, linked to payments and entries, told to the ERP; what
//! comes twice under one number.

use std::collections::BTreeMap;

use bankferry::journal::{Event, InboundState, Records};
use serde_json::Value;

use crate::banks::{House, OURS, csv, files, today, write};
use crate::receipts::{ofd, pdf, zip_of};

/// The index of receipts of these rows: number, serial, direction, amount, currency, name, account, id, file.
fn index(rows: &[&str]) -> Vec<u8> {
    let day = today().replace('-', "");
    let mut text = String::from("回单号,账号,交易日期,流水号,借贷标志,金额,币种,对方户名,对方账号,业务编号,文件名\r\n");
    for row in rows {
        let (number, rest) = row.split_once(',').expect("a number");
        text.push_str(&format!("{number},{OURS},{day},{rest}\r\n"));
    }
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

const PAID: &str = "HD1,CN1,借,12345.00,人民币,远山材料有限公司,6222000000000000175,QH01,a/HD1.pdf";
const CAME: &str = "HD2,CN2,贷,8.00,人民币,示例科技有限公司,6222000000000000999,,a/HD2.pdf";

/// Two receipts: of the first payment, and of money that came in.
fn receipts() -> Vec<u8> {
    zip_of(&[("索引.csv", index(&[PAID, CAME])), ("a/HD1.pdf", pdf("one")), ("a/HD2.pdf", pdf("two"))])
}

/// A house whose payments are at a bank that gives receipts.
fn house() -> House {
    let mut house = House::new("csv-erp-zh", "cn-receipts");
    write(&house.root.join("inbox/erp/batch.csv"), &encoding_rs::GB18030.encode(&csv()).0);
    house.until("the payments leave", |_, root| !files(&root.join("outbox/bank")).is_empty());
    house
}

/// Lets the bank give a file, and waits until it has come to rest.
fn give(house: &mut House, name: &str, bytes: &[u8]) -> String {
    write(&house.root.join("inbox/bank").join(name), bytes);
    let name = name.to_string();
    let mut id = String::new();
    house.until("the file is at rest", |journal, _| {
        use InboundState::{Held, Matched, Refused};
        let found = journal.inbounds(&[Held, Matched, Refused]).expect("files").into_iter().find(|f| f.name == name);
        let taken = |file: bankferry::journal::Inbound| {
            assert_ne!(file.state, Refused, "{:?}", file.note);
            file.id
        };
        id = found.map(taken).unwrap_or_default();
        !id.is_empty()
    });
    id
}

/// Rows of the newest index that the ERP has, by column.
fn told(house: &mut House, count: usize) -> Vec<BTreeMap<String, String>> {
    let is_index = |name: &String| name.starts_with("receipts") && name.ends_with(".csv");
    house.until("the index is told", |_, root| {
        files(&root.join("outbox/erp")).keys().filter(|n| is_index(n)).count() == count
    });
    let told = files(&house.root.join("outbox/erp"));
    let (_, index) = told.iter().rfind(|(name, _)| is_index(name)).expect("an index");
    let mut rows = csv::Reader::from_reader(index.as_slice());
    let names: Vec<String> = rows.headers().expect("names").iter().map(str::to_string).collect();
    let row = |row: csv::StringRecord| names.iter().cloned().zip(row.iter().map(str::to_string)).collect();
    rows.records().map(|record| row(record.expect("a row"))).collect()
}

/// What `list receipts` says of each receipt, the newest first.
fn listed(house: &House, arguments: &[&str]) -> Vec<Value> {
    let out = house.ends(0, &[&["list", "receipts", "--json"], arguments].concat());
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A statement of today with the entry of money that came in.
fn statement() -> Vec<u8> {
    let day = &today().replace('-', "")[2..];
    format!(
        ":20:S1\r\n:25:{OURS}\r\n:28C:1/1\r\n:60F:C{day}CNY100,00\r\n:61:{day}C8,00NTRFNONREF//CN2\r\n\
         :86:示例科技有限公司\r\n:62F:C{day}CNY108,00\r\n-"
    )
    .into_bytes()
}

#[test]
fn receipts_are_published_as_they_are_with_an_index_that_names_the_payment() {
    let mut house = house();
    give(&mut house, "hd.zip", &receipts());
    let rows = told(&mut house, 1);
    assert_eq!((rows[0]["对应付款"].as_str(), rows[0]["匹配结果"].as_str()), ("QH01", "业务编号相符，确定"));
    assert!(rows[0]["批次号"].starts_with('B'), "{rows:?}");
    assert_eq!((rows[1]["回单号"].as_str(), rows[1]["匹配结果"].as_str()), ("HD2", "未对应"));
    house.until("all four are told", |_, root| {
        files(&root.join("outbox/erp")).keys().filter(|name| name.starts_with("receipt")).count() == 4
    });
    let told = files(&house.root.join("outbox/erp"));
    assert_eq!(told[&rows[0]["文件名"]], pdf("one"));
    assert_eq!(told[&rows[1]["文件名"]], pdf("two"));
    assert!(told.keys().any(|n| n.starts_with("receipts") && n.ends_with(".jsonl")));
}

#[test]
fn receipts_are_listed_with_the_payments_and_entries_that_they_belong_to() {
    let mut house = house();
    let bundle = give(&mut house, "hd.zip", &receipts());
    let rows = listed(&house, &[]);
    assert_eq!(rows[1]["receipt"], format!("{bundle}/1"));
    assert_eq!((&rows[1]["receipt_no"], &rows[1]["payment"]), (&"HD1".into(), &"QH01".into()));
    assert_eq!((&rows[0]["match"], &rows[0]["statement"]), (&"unmatched".into(), &Value::Null));
    // The statement comes after the receipts: what came in is found in it by the bank's reference.
    let statement_id = give(&mut house, "statement.sta", &statement());
    let rows = listed(&house, &[]);
    assert_eq!(rows[0]["match"], "bank-reference certain");
    assert_eq!((&rows[0]["statement"], &rows[0]["entry"]), (&format!("{statement_id}/1").into(), &1.into()));
    assert_eq!(listed(&house, &["--text", "hd1"]).len(), 1);
    assert_eq!(listed(&house, &["--amount", "1..9"]).len(), 1);
    assert_eq!(listed(&house, &["--until", "2020-01-01"]).len(), 0);
    let english = house.ends(0, &["list", "receipts"]);
    assert!(english.contains("RECEIPT") && english.contains("CNY -12,345.00"), "{english}");
    let chinese = house.ends(0, &["list", "receipts", "--lang", "zh"]);
    assert!(chinese.contains("回单号") && chinese.contains("HD2"), "{chinese}");
    house.ends(0, &["verify"]);
}

#[test]
fn an_index_that_is_told_knows_the_entry_of_a_statement_before_it() {
    let mut house = house();
    let statement_id = give(&mut house, "statement.sta", &statement());
    give(&mut house, "hd.zip", &receipts());
    let rows = told(&mut house, 1);
    assert_eq!(
        (rows[1]["对账单"].as_str(), rows[1]["对账单明细序号"].as_str()),
        (format!("{statement_id}/1").as_str(), "1")
    );
}

#[test]
fn the_same_receipt_once_more_is_told_as_repeated() {
    let mut house = house();
    let first = give(&mut house, "hd.zip", &receipts());
    let again = zip_of(&[("i.csv", index(&[PAID])), ("a/HD1.pdf", pdf("one"))]);
    give(&mut house, "hd2.zip", &again);
    assert_eq!(told(&mut house, 2)[0]["重复于"], format!("{first}/1"));
    assert_eq!(listed(&house, &[])[0]["repeats"], format!("{first}/1"));
}

#[test]
fn another_receipt_under_a_known_number_is_held_and_both_are_kept() {
    let mut house = house();
    let first = give(&mut house, "hd.zip", &receipts());
    told(&mut house, 1);
    let other = zip_of(&[("i.csv", index(&[PAID])), ("a/HD1.pdf", pdf("another"))]);
    let second = give(&mut house, "hd2.zip", &other);
    let state = |house: &House| house.journal().inbound(&second).expect("a file").expect("a file").state;
    assert_eq!(state(&house), InboundState::Held);
    assert!(house.ends(0, &["status"]).contains("came under the same number"));
    assert_eq!(listed(&house, &[]).len(), 2);
    // Whoever may not resolve does not decide; who may lets it in beside the first.
    house.ends(0, &["release", &second, "--as", "anna", "--reason", "printed once more"]);
    assert_eq!(told(&mut house, 2)[0]["同号不同文件"], format!("{first}/1"));
    assert_eq!(state(&house), InboundState::Matched);
    assert_eq!(listed(&house, &["--text", "HD1"]).len(), 2);
    house.ends(0, &["verify"]);
    // One that is dropped is in the archive only.
    let third = give(&mut house, "hd3.zip", &zip_of(&[("i.csv", index(&[PAID])), ("a/HD1.pdf", pdf("a third"))]));
    house.ends(0, &["refuse", &third, "--as", "anna", "--reason", "not ours"]);
    assert_eq!(listed(&house, &["--text", "HD1"]).len(), 2);
    house.ends(0, &["verify"]);
}

#[test]
fn an_index_without_a_currency_is_in_the_currency_of_the_banks_files() {
    let mut house = House::new("csv-erp-zh", "cn-receipts");
    let day = today().replace('-', "");
    let rows = format!("回单号,账号,交易日期,金额,文件名\r\nHD9,{OURS},{day},1.00,HD9.pdf\r\n");
    let rows = encoding_rs::GB18030.encode(&rows).0.into_owned();
    give(&mut house, "hd.zip", &zip_of(&[("i.csv", rows), ("HD9.pdf", pdf("nine"))]));
    assert_eq!(listed(&house, &[])[0]["currency"], "CNY");
}

#[test]
fn a_bundle_that_is_not_what_it_should_be_is_kept_and_refused() {
    let mut house = House::new("csv-erp-zh", "cn-receipts");
    write(&house.root.join("inbox/bank/hd.zip"), &zip_of(&[("a.pdf", pdf("one")), ("run.exe", b"MZ".to_vec())]));
    house.until("the bundle is refused", |journal, _| {
        journal.inbounds(&[InboundState::Refused]).expect("files").len() == 1
    });
    assert!(files(&house.root.join("outbox/erp")).is_empty());
    let facts = house.journal().facts_after(0, 200).expect("facts");
    assert!(!facts.iter().any(|fact| matches!(fact.event, Event::ReceiptKept(_))));
}

/// An OFD is a ZIP itself: alone it is one receipt, kept and told whole.
#[test]
fn an_ofd_that_comes_alone_is_a_receipt() {
    let mut house = house();
    let bytes = ofd();
    give(&mut house, "HD1.ofd", &bytes);
    house.until("the ERP has it", |_, root| {
        files(&root.join("outbox/erp")).iter().any(|(name, told)| name.ends_with(".ofd") && *told == bytes)
    });
    let told = told(&mut house, 1).remove(0);
    assert_eq!((told["文件类型"].as_str(), told["字节数"].as_str()), ("ofd", bytes.len().to_string().as_str()));
    house.ends(0, &["verify"]);
}
