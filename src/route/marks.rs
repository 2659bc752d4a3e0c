//! Marks inside files by which banks and ERPs say that a file is a test, or that it is none.
//!
//! There is no one standard for it. Looked at are: in ISO 20022 the authorisation, the additional information and test
//! flags of the group header, and the business service of the header before it; in SWIFT messages the training trailer;
//! the reference code of a NACHA file header; sender and receiver of a BAI2 file header and the status of its groups.
//! Words count as they do in names: `SPS/1.7/TEST` is one, `latest` is none.

use std::io::{self, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::config::Environment;

/// Headers stand at the beginning.
const HEAD: u64 = 64 << 10;
/// What a SWIFT message of training has in its trailer.
const TRAINING: &[&str] = &["{TNG:", "{TNG}"];
/// Elements that say yes or no.
const FLAGS: [&str; 5] = ["Tst", "TestInd", "TstInd", "TestIndicator", "Test"];
/// Elements whose words may name an environment, with what is below them.
const TEXTS: [&str; 3] = ["Authstn", "AddtlInf", "BizSvc"];

/// The environment that a file's content names, with the mark itself; `None` where it names none.
///
/// # Errors
/// When the content cannot be read.
pub(super) fn environment_of(content: &mut dyn Read) -> io::Result<Option<(Environment, String)>> {
    let mut head = Vec::new();
    content.take(HEAD).read_to_end(&mut head)?;
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t', '\u{1}']);
    if text.starts_with('<') {
        return Ok(in_xml(text));
    }
    if text.starts_with("{1:") {
        return in_swift(text, content);
    }
    let first = text.lines().next().unwrap_or_default();
    let named = |mark: &str| Environment::named_in(mark).map(|named| (named, mark.trim().to_string()));
    if first.starts_with("101") && first.len() == 94 {
        return Ok(first.get(86..).and_then(named));
    }
    if first.starts_with("01,") {
        return Ok(first.split(',').skip(1).take(2).find_map(named).or_else(|| only_test_groups(text)));
    }
    Ok(None)
}

/// BAI2 has a status of groups for it: 4 is a test. Beside real groups the reader leaves a test out; alone it is one.
fn only_test_groups(text: &str) -> Option<(Environment, String)> {
    let mut groups = text.lines().filter(|line| line.starts_with("02,"));
    let is_test = |line: &str| line.split(',').nth(3).is_some_and(|status| status.trim() == "4");
    let all = is_test(groups.next()?) && groups.all(is_test);
    all.then(|| (Environment::Test, "group status 4".to_string()))
}

/// Marks in the headers of a message, up to the end of its group header.
fn in_xml(text: &str) -> Option<(Environment, String)> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    // What is cut off or no XML is another reader's to refuse.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(start) => path.push(start.local_name().as_ref().to_string()),
            Event::Text(text) => {
                let found = mark_at(&path, text.trim());
                if found.is_some() {
                    return found;
                }
            }
            Event::End(end) => {
                path.pop();
                if end.local_name().as_ref() == "GrpHdr" {
                    return None;
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
    None
}

fn mark_at(path: &[String], text: &str) -> Option<(Environment, String)> {
    let in_header = path.iter().any(|name| name == "GrpHdr" || name == "AppHdr");
    let last = path.last().filter(|_| in_header)?;
    if FLAGS.iter().any(|flag| flag.eq_ignore_ascii_case(last)) {
        let named = match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "y" | "test" => Environment::Test,
            "false" | "0" | "n" => Environment::Production,
            other => Environment::named_in(other)?,
        };
        return Some((named, format!("{last} {text}")));
    }
    let is_text = path.iter().any(|name| TEXTS.contains(&name.as_str()));
    is_text.then(|| Environment::named_in(text)).flatten().map(|named| (named, text.to_string()))
}

/// The trailer stands at the end of each message of a file.
fn in_swift(head: &str, rest: &mut dyn Read) -> io::Result<Option<(Environment, String)>> {
    let longest = TRAINING.iter().map(|mark| mark.len()).max().unwrap_or_default();
    let mut window = head.as_bytes().to_vec();
    loop {
        let text = String::from_utf8_lossy(&window);
        if let Some(mark) = TRAINING.iter().find(|mark| text.contains(**mark)) {
            return Ok(Some((Environment::Test, (*mark).to_string())));
        }
        let mut next = window.split_off(window.len().saturating_sub(longest));
        let read = rest.take(HEAD).read_to_end(&mut next)?;
        if read == 0 {
            return Ok(None);
        }
        window = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(content: &str) -> Option<(Environment, String)> {
        environment_of(&mut content.as_bytes()).unwrap()
    }

    fn message(header: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><x:CstmrCdtTrfInitn>\
             <x:GrpHdr><MsgId>M-1</MsgId>{header}</x:GrpHdr><PmtInf><AddtlInf>TEST</AddtlInf></PmtInf>"
        )
    }

    #[test]
    fn headers_of_iso_20022_say_so_in_several_ways() {
        for (header, environment) in [
            ("<Authstn><Prtry>TEST</Prtry></Authstn>", Some(Environment::Test)),
            ("<Authstn><Cd>AUTH</Cd></Authstn>", None),
            ("<AddtlInf>SPS/1.7/PROD</AddtlInf>", Some(Environment::Production)),
            ("<AddtlInf>SPS/1.7/TEST</AddtlInf>", Some(Environment::Test)),
            ("<AddtlInf>the latest statement</AddtlInf>", None),
            ("<Tst>true</Tst>", Some(Environment::Test)),
            ("<TestInd>0</TestInd>", Some(Environment::Production)),
            ("<InitgPty><Nm>Test Drives Ltd</Nm></InitgPty>", None),
        ] {
            assert_eq!(named(&message(header)).map(|found| found.0), environment, "{header}");
        }
        let before = "<Envelope><AppHdr><BizSvc>swift.cbprplus.test</BizSvc></AppHdr><Document>";
        assert_eq!(named(before).map(|found| found.0), Some(Environment::Test));
        assert_eq!(named("<GrpHdr><Tst>tr"), None, "what is cut off is another reader's to refuse");
    }

    #[test]
    fn files_without_tags_say_so_in_their_headers_and_trailers() {
        let training = format!("{{1:F01X}}{{4:\n:20:A\n-}}{}{{5:{{TNG:}}}}", " ".repeat(70_000));
        assert_eq!(named(&training).map(|found| found.0), Some(Environment::Test));
        assert_eq!(named("{1:F01X}{4:\n:20:A TNG\n-}{5:{CHK:1}}"), None);
        let nacha =
            |code: &str| format!("{:<86}{code:<8}\n5200", "101 076401251 0764012512611281200A094101DEST      ORIGIN");
        assert_eq!(named(&nacha("TEST")).map(|found| found.0), Some(Environment::Test));
        assert_eq!(named(&nacha("PROD")).map(|found| found.0), Some(Environment::Production));
        assert_eq!(named(&nacha("")), None);
        assert_eq!(named("01,BANK-TEST,ACME,261128,1200,1,,,2/\n").map(|found| found.0), Some(Environment::Test));
        assert_eq!(named("01,TESTBANK,ACME,261128,1200,1,,,2/\n"), None);
        let bai2 = |first: u8, second: u8| {
            format!(
                "01,BANK,ACME,261128,1200,1,,,2/\n02,ACME,BANK,{first},261127,,USD/\n02,ACME,BANK,{second},261128/\n"
            )
        };
        assert_eq!(named(&bai2(4, 4)).map(|found| found.0), Some(Environment::Test));
        assert_eq!((named(&bai2(1, 4)), named(&bai2(1, 1))), (None, None), "the reader leaves a test out");
        assert_eq!(named("execution_date,amount\n2026-11-28,1.00\n"), None);
    }
}
