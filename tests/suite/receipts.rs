//! Receipt bundles with an index that a template describes.

use std::io::{BufReader, Cursor, Write};
use std::path::Path;

use bankferry::document::{Part, Receipt};
use bankferry::finding::Finding;
use bankferry::format::{OpenError, ReadError, ReadOptions, Reader};
use bankferry::template;
use zip::write::{SimpleFileOptions, ZipWriter};

/// The smallest thing that counts as a PDF.
pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.7\n%{text}\ntrailer\nstartxref\n9\n%%EOF").into_bytes()
}

/// A ZIP of these files.
pub fn zip_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a name");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// The smallest thing that counts as an OFD.
pub fn ofd() -> Vec<u8> {
    zip_of(&[("OFD.xml", b"<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\"/>".to_vec())])
}

fn index() -> Vec<u8> {
    template::example("cn-receipts", "receipts.txt").expect("an example").to_vec()
}

/// Receipts and findings of a bundle of the generic Chinese template, or the rule that refuses it.
fn read(bundle: Vec<u8>) -> Result<(Vec<Receipt>, Vec<Finding>), String> {
    let template = template::find(Path::new("no folder"), "cn-receipts").expect("a template");
    let input = Box::new(BufReader::new(Cursor::new(bundle)));
    let mut reader = template.open("auto", input, &ReadOptions::default()).map_err(|error| match error {
        OpenError::Refused(finding) => finding.rule.to_string(),
        error => error.to_string(),
    })?;
    let (mut receipts, mut findings) = (Vec::new(), Vec::new());
    while let Some(part) = reader.next_part().map_err(|error| match error {
        ReadError::Refused(finding) => finding.rule.to_string(),
        error => error.to_string(),
    })? {
        match part {
            Part::Receipt(receipt) => receipts.push(*receipt),
            Part::ReceiptsEnd(end) => findings.extend(end.findings),
            _ => {}
        }
    }
    Ok((receipts, findings))
}

#[test]
fn the_index_says_what_the_files_are_about() {
    let bundle = zip_of(&[
        ("索引.csv", index()),
        ("pdf/HD2026112400000001.pdf", pdf("1")),
        ("ofd/HD2026112400000001.ofd", ofd()),
        ("pdf/回单_HD2026112400000002_退款.pdf", pdf("2")),
    ]);
    let (receipts, findings) = read(bundle).expect("readable");
    assert_eq!(findings, []);
    let told: Vec<_> = receipts
        .iter()
        .map(|r| {
            let amount = r.amount.map(|a| a.to_string()).unwrap_or_default();
            let side = r.indicator.map(|i| i.code()).unwrap_or_default();
            let name = r.counterparty.name.clone().unwrap_or_default();
            (r.seq, r.file_type.word(), r.receipt_no.clone().unwrap_or_default(), amount, side, name)
        })
        .collect();
    let first = |seq, kind| {
        (seq, kind, "HD2026112400000001".to_string(), "125000.00".to_string(), "DBIT", "示例五金有限公司".to_string())
    };
    assert_eq!(told[..2], [first(1, "pdf"), first(2, "ofd")]);
    assert_eq!((told[2].2.as_str(), told[2].4), ("HD2026112400000002", "CRDT"));
    let one = &receipts[0];
    assert_eq!(one.account.as_ref().map(|a| a.as_str()), Some("6222020200112233445"));
    assert_eq!(one.date.map(|d| d.to_string()).as_deref(), Some("2026-11-24"));
    assert_eq!(one.end_to_end_id.as_deref(), Some("PAY-2026-0001"));
    assert_eq!(one.verify_code.as_deref(), Some("8F3A91C2"));
    assert_eq!(one.bank_serial.as_deref(), Some("CN20261124000871"));
}

#[test]
fn what_index_and_files_do_not_share_is_said() {
    let bundle = zip_of(&[("i.csv", index()), ("HD2026112400000001.pdf", pdf("1")), ("other.pdf", pdf("2"))]);
    let (receipts, findings) = read(bundle).expect("readable");
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[1].receipt_no, None);
    let rules: Vec<_> = findings.iter().map(|f| f.rule.to_string()).collect();
    assert_eq!(rules, ["not-in-index", "receipt-missing"]);
    assert_eq!(findings[1].place.line, Some(3));
}

#[test]
fn an_index_that_is_wrong_refuses_the_bundle() {
    let broken = String::from("回单号,账号,交易日期,金额\r\nHD1,6222,20261199,1.00\r\n");
    let broken = encoding_rs::GB18030.encode(&broken).0.into_owned();
    assert_eq!(read(zip_of(&[("i.csv", broken), ("HD1.pdf", pdf("1"))])), Err("date".into()));
    let two = zip_of(&[("a.csv", index()), ("b.csv", index()), ("HD1.pdf", pdf("1"))]);
    assert_eq!(read(two), Err("wrong-type".into()));
    assert_eq!(read(zip_of(&[("a.csv", index())])), Err("empty".into()));
}

#[test]
fn a_receipt_alone_needs_no_index() {
    assert_eq!(read(pdf("1")).expect("readable").0.len(), 1);
    assert_eq!(read(ofd()).expect("readable").0.len(), 1);
}

/// An index of these rows: number, account, day, amount.
fn index_of(rows: &[&str]) -> Vec<u8> {
    let text = format!("回单号,账号,交易日期,金额\r\n{}\r\n", rows.join("\r\n"));
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

#[test]
fn what_an_index_says_twice_counts_once_and_what_it_contradicts_is_refused() {
    let bundle = |rows: &[&str]| zip_of(&[("i.csv", index_of(rows)), ("HD1.pdf", pdf("1")), ("HD2.pdf", pdf("2"))]);
    let (one, two) = ("HD1,6222,20261124,1.00", "HD2,6222,20261124,2.00");
    let (receipts, findings) = read(bundle(&[one, two])).expect("readable");
    assert_eq!((receipts.len(), findings.len()), (2, 0));
    let (receipts, findings) = read(bundle(&[one, two, one])).expect("readable");
    assert_eq!((receipts.len(), findings.len()), (2, 1));
    assert_eq!((findings[0].rule.as_ref(), findings[0].place.line), ("receipt-twice", Some(4)));
    assert_eq!(read(bundle(&[one, two, "HD1,6222,20261124,9.00"])), Err("receipt-twice".into()));
}

#[test]
fn names_that_differ_in_capitals_alone_and_empty_bundles_are_refused() {
    let two = zip_of(&[("i.csv", index()), ("hd1.pdf", pdf("1")), ("HD1.PDF", pdf("2"))]);
    assert_eq!(read(two), Err("zip-directory".into()));
    assert_eq!(read(zip_of(&[])), Err("empty".into()));
}
