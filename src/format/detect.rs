//! Finds out a file's format from its content.

use std::io::{BufRead, Cursor, Read};

use super::ReadOptions;
use super::registry::OpenError;
use crate::finding::{Finding, Place};
use crate::text;

/// Stands for any ISO 20022 message; which one it is, the XML readers find out.
pub(super) const XML: &str = "xml";

/// How much of a file is looked at.
const LOOK: u64 = 16 << 10;

/// The name of the format of `input`, and the whole input again.
pub(super) fn format_of(
    mut input: Box<dyn BufRead + Send>,
    options: &ReadOptions,
) -> Result<(&'static str, Box<dyn BufRead + Send>), OpenError> {
    let mut head = Vec::new();
    input.as_mut().take(LOOK).read_to_end(&mut head)?;
    if head.is_empty() {
        let message = text!("the file is empty", "文件为空");
        return Err(OpenError::Refused(Box::new(Finding::error("empty-file", Place::default(), message))));
    }
    let name = guess(&head, options.encoding.as_deref()).ok_or_else(|| OpenError::Refused(Box::new(unknown())))?;
    Ok((name, Box::new(Cursor::new(head).chain(input))))
}

fn unknown() -> Finding {
    let message = text!("the content is of no format that is known", "无法从内容识别文件格式");
    let hint = text!(
        "name the format with `--from`, and the encoding with `--encoding` where it is not UTF-8",
        "请用 `--from` 指明格式；若不是 UTF-8，请用 `--encoding` 指明编码"
    );
    Finding::error("unknown-format", Place::default(), message).hint(hint)
}

/// Whether the beginning of a file bears the marks of a format that the program knows by itself.
pub fn is_known(head: &[u8], encoding: Option<&str>) -> bool {
    guess(head, encoding).is_some()
}

/// The format whose marks `head`, the beginning of a file, bears.
pub(super) fn guess(head: &[u8], encoding: Option<&str>) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if super::receipts::looks_like_receipts(head) {
        return Some("receipts");
    }
    let utf16 = text.starts_with(b"\xff\xfe<\0") || text.starts_with(b"\xfe\xff\0<");
    if text.first() == Some(&b'<') || utf16 {
        return Some(XML);
    }
    if text.starts_with(br#"{""#) {
        return Some("jsonl");
    }
    if text.starts_with(b"01,") {
        return Some("bai2");
    }
    if text.first() == Some(&b'1') && text.get(34..37) == Some(b"094") {
        return Some("nacha");
    }
    if let Some(name) = swift(head) {
        return Some(name);
    }
    if super::csv::looks_like_payments(head, encoding) {
        return Some("csv");
    }
    None
}

/// The MT message that `head` has: by its header, else by the first tag that tells.
fn swift(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let mut found = None;
    for line in text.split(['\n', '\r']).map(|line| line.trim_start_matches(['\u{1}', ' ', '\u{feff}'])) {
        let header = line.find("{2:").map(|at| line[at + 3..].trim_start_matches(['I', 'O']));
        let tag = line.strip_prefix(':').and_then(|rest| rest.split_once(':')).map(|(tag, _)| tag);
        match header.and_then(|digits| digits.get(..3)).or(tag).unwrap_or_default() {
            "940" | "60F" | "60M" | "61" | "62F" | "62M" => return Some("mt940"),
            "942" | "34F" | "13D" | "90C" | "90D" => return Some("mt942"),
            "950" => return Some("mt950"),
            "101" | "28D" | "21R" | "32B" | "50H" => return Some("mt101"),
            "103" | "23B" | "32A" => return Some("mt103"),
            "20" | "25" => found = Some("mt940"),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (head, want) in [
            (r#"{"type":"payments"}"#, Some("jsonl")),
            ("execution_date;amount;x\n", Some("csv")),
            ("\u{feff}付款日期,金额\n", Some("csv")),
            ("<?xml version=\"1.0\"?>", Some(XML)),
            ("\n <Document>", Some(XML)),
            ("{1:F01X}{2:I942XN}{4:\n:20:x", Some("mt942")),
            ("ABNANL2A\n940\n:20:x\n:25:1\n:28C:1\n:60F:x", Some("mt940")),
            (":20:x\r:25:1\r:28C:1\r:60F:x", Some("mt940")),
            ("{\\rtf1", None),
            ("hello\n", None),
            ("%PDF-1.7\n", Some("receipts")),
            ("PK\u{3}\u{4}", Some("receipts")),
        ] {
            assert_eq!(guess(head.as_bytes(), None), want, "{head}");
        }
    }
}
