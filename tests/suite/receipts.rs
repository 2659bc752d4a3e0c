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
    assert_eq!(read(two), Err("index".into()));
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

/// Reads a bundle as a program; what is said of it.
#[allow(clippy::disallowed_methods)]
fn said(files: &[(&str, Vec<u8>)], lang: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bundle.zip");
    std::fs::write(&path, zip_of(files)).expect("written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.args(["--lang", lang, "convert", "--template", "cn-receipts"]).arg(path).output();
    String::from_utf8_lossy(&output.expect("run").stderr).into_owned()
}

/// What is wrong is named, wherever the index stands in the bundle.
#[test]
fn a_file_of_a_wrong_type_is_named_and_the_index_is_not() {
    let photo = || b"\xff\xd8\xff\xe0\x00\x10JFIF".to_vec();
    let index = || index_of(&["HD1,6222,20261124,1.00"]);
    for files in [[("HD1.jpg", photo()), ("i.csv", index())], [("i.csv", index()), ("HD1.jpg", photo())]] {
        let told = said(&files, "en");
        assert!(told.contains("the index names `HD1.jpg` as a receipt, and it is neither PDF nor OFD"), "{told}");
        assert!(said(&files, "zh").contains("索引将 `HD1.jpg` 列为回单"));
    }
    let told = said(&[("HD1.pdf", b"no PDF at all".to_vec()), ("i.csv", index())], "en");
    assert!(told.contains("`HD1.pdf`") && !told.contains("i.csv"), "{told}");
    let told = said(&[("HD1.pdf", pdf("1")), ("i.csv", index()), ("readme.txt", b"hello".to_vec())], "en");
    assert!(told.contains("`readme.txt` is neither PDF nor OFD, and it is not the index either"), "{told}");
    let told = said(&[("HD1.pdf", pdf("1")), ("photo.jpg", photo())], "en");
    assert!(told.contains("`photo.jpg` is neither PDF nor OFD") && !told.contains("gb18030"), "{told}");
    // An index with a mistake says that it is one.
    let told = said(&[("HD1.pdf", pdf("1")), ("i.csv", index_of(&["HD1,6222,20261199,1.00"]))], "en");
    assert!(told.contains("line 2") && told.contains("`i.csv`"), "{told}");
}

/// Two files of one receipt number are the same receipt, or the bundle says two things.
#[test]
fn a_receipt_number_has_one_file_of_each_type() {
    let of = |second: (&str, Vec<u8>)| {
        read(zip_of(&[("i.csv", index_of(&["HD1,6222,20261124,1.00"])), ("HD1.pdf", pdf("1")), second]))
    };
    assert_eq!(of(("HD1_2.pdf", pdf("2"))), Err("receipt-twice".into()));
    let (receipts, findings) = of(("again/HD1.pdf", pdf("1"))).expect("readable");
    assert_eq!((receipts.len(), findings.len(), findings[0].rule.as_ref()), (2, 1, "receipt-twice"));
    let (receipts, findings) = of(("HD1.ofd", ofd())).expect("readable");
    assert_eq!((receipts.len(), findings.len()), (2, 0));
}

/// A debit with a minus may be a payment or its reversal: that is said; a credit with a minus contradicts itself.
#[test]
fn a_sign_beside_a_direction_is_told_or_refused() {
    let of = |side: &str| {
        let text = format!("回单号,账号,交易日期,借贷标志,金额\r\nHD1,6222,20261124,{side},-1.00\r\n");
        let index = encoding_rs::GB18030.encode(&text).0.into_owned();
        read(zip_of(&[("i.csv", index), ("HD1.pdf", pdf("1"))]))
    };
    let (receipts, findings) = of("借").expect("readable");
    assert_eq!(receipts[0].indicator.map(|side| side.code()), Some("DBIT"));
    assert_eq!((findings.len(), findings[0].rule.as_ref(), findings[0].place.line), (1, "direction", Some(2)));
    assert_eq!(of("贷"), Err("direction".into()));
}
