//! Bundles that are taken, and attacks that are refused. All files are made here.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::document::{Part, Receipt, ReceiptType};
use crate::format::ReadError;

/// The smallest thing that counts as a PDF.
fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.7\n%{text}\ntrailer\nstartxref\n9\n%%EOF").into_bytes()
}

fn zip_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a name");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn ofd(text: &str) -> Vec<u8> {
    let root = "<?xml version=\"1.0\"?><ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\" DocType=\"OFD\"/>";
    zip_of(&[("OFD.xml", root.into()), ("Doc_0/Document.xml", text.into())])
}

fn read(bytes: &[u8]) -> Result<Vec<Receipt>, ReadError> {
    let options = ReadOptions { file_name: Some("alone.bin".into()), ..ReadOptions::default() };
    let mut reader = BundleReader::open(bytes, &options).map_err(|error| match error {
        OpenError::Refused(finding) => ReadError::Refused(finding),
        error => panic!("{error}"),
    })?;
    let mut receipts = Vec::new();
    while let Some(part) = reader.next_part()? {
        if let Part::Receipt(receipt) = part {
            receipts.push(*receipt);
        }
    }
    Ok(receipts)
}

fn rule(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(ReadError::Refused(finding)) => finding.rule.to_string(),
        Err(error) => panic!("{error}"),
        Ok(receipts) => format!("{} receipts", receipts.len()),
    }
}

/// Replaces the only or every `from` in `bytes` by `to` of the same length.
fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty() && from.len() == to.len());
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
    bytes
}

#[test]
fn receipts_come_alone_or_in_a_zip_and_their_content_says_what_they_are() {
    assert_eq!(read(&pdf("x")).unwrap()[0].file_type, ReceiptType::Pdf);
    let alone = read(&ofd("x")).unwrap();
    assert_eq!((alone[0].file_type, alone[0].file.as_str()), (ReceiptType::Ofd, "alone.bin"));
    assert_eq!((&alone[0].sha256, alone[0].size), (&sha256(&ofd("x")), ofd("x").len() as u64), "the whole of it");
    let bundle = read(&zip_of(&[("a/1.ofd", pdf("x")), ("a/2.pdf", ofd("x"))])).unwrap();
    assert_eq!(bundle.len(), 2);
    assert_eq!((bundle[0].file_type, bundle[1].file_type), (ReceiptType::Pdf, ReceiptType::Ofd));
    assert_eq!(bundle[0].sha256, sha256(&pdf("x")));
    assert_eq!((bundle[0].seq, bundle[1].seq, bundle[0].size), (1, 2, pdf("x").len() as u64));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A ZIP of a folder and a file in it. The folder is a member of its own, stored by some programs, packed by others.
fn zip_of_folder(in_folder: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("pdf_", SimpleFileOptions::default().compression_method(method)).expect("a name");
    zip.write_all(in_folder).expect("memory");
    zip.start_file("pdf/a.pdf", SimpleFileOptions::default()).expect("a name");
    zip.write_all(&pdf("x")).expect("memory");
    patched(zip.finish().expect("memory").into_inner(), b"pdf_", b"pdf/")
}

#[test]
fn folders_in_a_zip_are_passed_over() {
    use zip::CompressionMethod::{Deflated, Stored};
    let mut usual = ZipWriter::new(Cursor::new(Vec::new()));
    usual.add_directory("pdf", SimpleFileOptions::default()).expect("a name");
    usual.start_file("pdf/a.pdf", SimpleFileOptions::default()).expect("a name");
    usual.write_all(&pdf("x")).expect("memory");
    let usual = usual.finish().expect("memory").into_inner();
    for bundle in [usual, zip_of_folder(b"", Stored), zip_of_folder(b"", Deflated)] {
        let receipts = read(&bundle).unwrap();
        assert_eq!((receipts.len(), receipts[0].file.as_str()), (1, "pdf/a.pdf"));
    }
    assert_eq!(rule(&zip_of_folder(b"hidden", Deflated)), "zip-name", "a folder with a content");
    for name in ["./a/", "a/./", "../a", "/../", "a///", "C:a/", "a\\b/"] {
        let plain = format!("{}/", "f".repeat(name.len() - 1));
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_directory(plain.as_str(), SimpleFileOptions::default()).expect("a name");
        let bundle = patched(zip.finish().expect("memory").into_inner(), plain.as_bytes(), name.as_bytes());
        assert_eq!(rule(&bundle), "zip-name", "{name}");
    }
}

#[test]
fn names_in_a_chinese_code_page_are_read() {
    // Eight bytes of GB18030 in the place of eight others.
    let bundle = patched(zip_of(&[("12345678.pdf", pdf("x"))]), b"12345678", b"\xb5\xe7\xd7\xd3\xbb\xd8\xb5\xa5");
    assert_eq!(read(&bundle).unwrap()[0].file, "电子回单.pdf");
}

#[test]
fn what_is_no_receipt_is_refused() {
    assert_eq!(rule(b"hello"), "wrong-type");
    assert_eq!(rule(&zip_of(&[("a.pdf", pdf("x")), ("run.exe", b"MZ\x90".to_vec())])), "wrong-type");
    assert_eq!(rule(&zip_of(&[("a.zip", zip_of(&[("a.pdf", pdf("x"))]))])), "wrong-type");
    assert_eq!(rule(&zip_of(&[("OFD.xml", b"<html/>".to_vec())])), "wrong-type");
    assert_eq!(rule(&zip_of(&[])), "empty");
    assert_eq!(rule(b"%PDF-1.7\nno end"), "truncated");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../a.pdf", "/a.pdf", "a/../../b.pdf", "a\\b.pdf", "C:a.pdf", "a//b.pdf", "./a.pdf", "a\nb.pdf"] {
        // The writer may put a name right, so the name is put into the finished file.
        let plain = "p".repeat(name.len());
        let bundle = patched(zip_of(&[(plain.as_str(), pdf("x"))]), plain.as_bytes(), name.as_bytes());
        assert_eq!(rule(&bundle), "zip-name", "{name}");
    }
}

#[test]
fn links_encryption_and_doubles_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("a.pdf", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(rule(&zip.finish().unwrap().into_inner()), "zip-kind");

    let doubled = patched(zip_of(&[("a1.pdf", pdf("x")), ("a2.pdf", pdf("y"))]), b"a2.pdf", b"a1.pdf");
    assert_eq!(rule(&doubled), "zip-directory");

    // Flag bit 0 in the local header and in the directory.
    let mut locked = zip_of(&[("a.pdf", pdf("x"))]);
    let entry = (0..locked.len()).find(|at| locked[*at..].starts_with(b"PK\x01\x02")).unwrap();
    locked[6] |= 1;
    locked[entry + 8] |= 1;
    assert_eq!(rule(&locked), "zip-kind");
}

#[test]
fn bombs_are_refused_while_they_unpack() {
    let mut large = b"%PDF-1.7\n".to_vec();
    large.resize(8 << 20, b' ');
    large.extend(b"startxref\n9\n%%EOF");
    let bomb = zip_of(&[("a.pdf", large)]);
    assert!(bomb.len() < 20_000);
    assert_eq!(rule(&bomb), "zip-bomb");
    let root = "<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\"/>";
    let inner = zip_of(&[("OFD.xml", root.into()), ("x", vec![0; 8 << 20])]);
    assert_eq!(rule(&inner), "zip-bomb");
    assert_eq!(rule(&zip_of(&[("a.ofd", inner)])), "zip-bomb");
}

#[test]
fn a_directory_that_disagrees_with_the_members_is_refused() {
    let bundle = zip_of(&[("a.pdf", pdf("x")), ("b.pdf", pdf("y"))]);
    // A member under another name in front of its bytes.
    let mut renamed = bundle.clone();
    renamed[30] = b'c';
    assert_eq!(rule(&renamed), "zip-damaged");
    // Something before the first member.
    let mut shifted = b"MZ".to_vec();
    shifted.extend(&bundle);
    assert_eq!(rule(&shifted), "wrong-type");
    // An end that claims 65 534 members.
    let mut many = bundle.clone();
    let end = many.len() - 22;
    many[end + 8..end + 12].copy_from_slice(&[0xfe, 0xff, 0xfe, 0xff]);
    assert_eq!(rule(&many), "too-many");
    // Bytes that are not what their checksum says.
    let damaged = patched(bundle.clone(), b"PK\x05\x06", b"PK\x05\x06");
    let mut damaged = damaged;
    damaged[30 + 5 + 4] ^= 0x55;
    assert_ne!(rule(&damaged), "2 receipts");
    // Something behind the end.
    let mut longer = bundle;
    longer.push(0);
    assert_eq!(rule(&longer), "truncated");
}

#[test]
fn a_bundle_cut_at_any_byte_is_refused() {
    let bundle = zip_of(&[("a.pdf", pdf("x")), ("b.ofd", ofd("y"))]);
    for end in 1..bundle.len() {
        assert!(read(&bundle[..end]).is_err(), "cut at {end}");
    }
    for whole in [pdf("x"), ofd("x")] {
        for end in 1..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
    }
}

#[test]
fn every_file_is_kept_as_it_is() {
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let keeper = Keeper::new(move |_, bytes| {
        let mut file = Vec::new();
        bytes.read_to_end(&mut file)?;
        keep.lock().map_err(|_| io::Error::other("poisoned"))?.push(file);
        Ok(())
    });
    let options = ReadOptions { keeper: Some(keeper), ..ReadOptions::default() };
    let bundle = zip_of(&[("a.pdf", pdf("x")), ("b.ofd", ofd("y"))]);
    let mut reader = BundleReader::open(bundle.as_slice(), &options).unwrap();
    while reader.next_part().unwrap().is_some() {}
    assert_eq!(*kept.lock().unwrap(), [pdf("x"), ofd("y")]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_is_read(texts in proptest::collection::vec("[ -~]{0,200}", 1..20)) {
        let names: Vec<String> = (0..texts.len()).map(|n| format!("回单/{n}.bin")).collect();
        let made = |(n, text): (usize, &String)| if n % 2 == 0 { pdf(text) } else { ofd(text) };
        let files: Vec<(&str, Vec<u8>)> =
            names.iter().map(String::as_str).zip(texts.iter().enumerate().map(made)).collect();
        let receipts = read(&zip_of(&files)).unwrap();
        prop_assert_eq!(receipts.len(), files.len());
        for (receipt, (name, bytes)) in receipts.iter().zip(&files) {
            prop_assert_eq!(&receipt.file, name);
            prop_assert_eq!(&receipt.sha256, &sha256(bytes));
        }
    }

    #[test]
    fn no_change_of_bytes_makes_it_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bundle = zip_of(&[("a.pdf", pdf("x")), ("b.ofd", ofd("y"))]);
        for (at, byte) in changes {
            let at = at.index(bundle.len());
            bundle[at] = byte;
        }
        let _ = read(&bundle);
    }
}
