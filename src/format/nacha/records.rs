//! Records of 94 characters, one a line or one behind the other.

use std::io::BufRead;

use super::layout::Field;
use crate::finding::{Finding, Place};
use crate::format::ReadError;
use crate::text;

/// Length of every record.
pub(super) const LENGTH: usize = 94;
/// A file control may lack the blanks at its end.
const CONTROL_LENGTH: usize = 55;

/// One record: 94 printable ASCII characters.
#[derive(Clone, Debug)]
pub(super) struct Record {
    text: String,
    /// Its number in the file, which is its line where records are lines.
    pub line: u64,
}

impl Record {
    /// The record type: the first character.
    pub fn kind(&self) -> u8 {
        self.text.as_bytes().first().copied().unwrap_or_default()
    }

    /// A field as it stands.
    pub fn raw(&self, field: Field) -> &str {
        self.text.get(field.from..field.to).unwrap_or_default()
    }

    /// A field without blanks around it.
    pub fn get(&self, field: Field) -> &str {
        self.raw(field).trim()
    }

    /// A field, where anything is written in it.
    pub fn text(&self, field: Field) -> Option<String> {
        Some(self.get(field)).filter(|text| !text.is_empty()).map(str::to_string)
    }

    /// A field that must be digits.
    pub fn number(&self, field: Field) -> Result<u64, ReadError> {
        let text = self.raw(field);
        let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        number.ok_or_else(|| {
            let name = field.name;
            let message = text!("{name} `{text}` is not a number", "{name} `{text}` 不是数字");
            Finding::error("number", self.place(field), message).into()
        })
    }

    /// Whether a field holds nothing but blanks and zeros.
    pub fn is_blank(&self, field: Field) -> bool {
        self.raw(field).bytes().all(|b| matches!(b, b' ' | b'0'))
    }

    /// The place of a field.
    pub fn place(&self, field: Field) -> Place {
        Place::at(self.line, field.from as u64 + 1).field(field.name)
    }

    /// Whether it is filler: all nines.
    pub fn is_filler(&self) -> bool {
        self.text.bytes().all(|b| b == b'9')
    }
}

/// Reads records.
pub(super) struct Records<R> {
    input: R,
    number: u64,
    /// Whether records are lines; the end of the first one tells.
    lines: Option<bool>,
}

impl<R: BufRead> Records<R> {
    /// Records of `input`.
    pub fn new(input: R) -> Records<R> {
        Records { input, number: 0, lines: None }
    }

    /// The number of the record that was read last.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next record that is not blank; `None` at the end of the file.
    pub fn advance(&mut self) -> Result<Option<Record>, ReadError> {
        loop {
            let mut bytes = Vec::with_capacity(LENGTH);
            let ended = self.collect(&mut bytes)?;
            if bytes.is_empty() && ended == End::File {
                return Ok(None);
            }
            self.number += 1;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            if bytes.len() == LENGTH && ended == End::Full {
                self.end_of_line()?;
            }
            return self.record(bytes).map(Some);
        }
    }

    /// Collects bytes up to the end of a line, of the file, or of a record.
    fn collect(&mut self, bytes: &mut Vec<u8>) -> Result<End, ReadError> {
        while bytes.len() < LENGTH {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(End::File);
            }
            let wanted = chunk.len().min(LENGTH - bytes.len());
            let end = memchr::memchr(b'\n', &chunk[..wanted]);
            bytes.extend_from_slice(&chunk[..end.unwrap_or(wanted)]);
            self.input.consume(end.map_or(wanted, |at| at + 1));
            if end.is_some() {
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                return Ok(End::Line);
            }
        }
        Ok(End::Full)
    }

    /// Takes in what follows a full record: a line end with blanks before it, or nothing.
    fn end_of_line(&mut self) -> Result<(), ReadError> {
        loop {
            let Some(&next) = self.input.fill_buf()?.first() else { return Ok(()) };
            match (next, self.lines) {
                (b'\n', _) => {
                    self.lines = Some(true);
                    self.input.consume(1);
                    return Ok(());
                }
                // A record never begins with a blank: these are behind the one before.
                (b'\r' | b' ', _) => self.input.consume(1),
                (_, Some(true)) => return Err(self.wrong_length(LENGTH + 1)),
                _ => {
                    self.lines = Some(false);
                    return Ok(());
                }
            }
        }
    }

    fn record(&self, mut bytes: Vec<u8>) -> Result<Record, ReadError> {
        let length = bytes.len();
        let control = bytes[0] == b'9' && length >= CONTROL_LENGTH;
        if length != LENGTH && !control {
            return Err(self.wrong_length(length));
        }
        bytes.resize(LENGTH, b' ');
        if let Some(at) = bytes.iter().position(|b| !matches!(b, b' '..=b'~')) {
            let (byte, place) = (bytes[at], Place::at(self.number, at as u64 + 1));
            let message = text!("the character {byte:#04x} is not allowed", "不允许的字符 {byte:#04x}");
            let hint = text!("only printable ASCII characters may be used", "只能使用可打印的 ASCII 字符");
            return Err(Finding::error("character", place, message).hint(hint).into());
        }
        // Proof: only printable ASCII is left.
        let text = String::from_utf8(bytes).unwrap_or_default();
        Ok(Record { text, line: self.number })
    }

    fn wrong_length(&self, length: usize) -> ReadError {
        let message = match length > LENGTH {
            true => text!("the record has more than {LENGTH} characters", "记录超过 {LENGTH} 个字符"),
            false => {
                text!("the record has {length} characters, not {LENGTH}", "记录有 {length} 个字符，应为 {LENGTH} 个")
            }
        };
        ReadError::refused("record-length", Place::line(self.number), message)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Line,
    File,
    Full,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Result<String, ReadError> {
        let mut records = Records::new(text.as_bytes());
        let mut out = String::new();
        while let Some(record) = records.advance()? {
            out.push(char::from(record.kind()));
        }
        Ok(out)
    }

    #[test]
    fn records_come_as_lines_or_without() {
        let (one, two) = ("1".repeat(94), "5".repeat(94));
        for text in
            [format!("{one}\n{two}\n"), format!("{one}\r\n{two}"), format!("{one}{two}"), format!("{one}  \n{two}\n\n")]
        {
            assert_eq!(kinds(&text).ok().as_deref(), Some("15"), "{text}");
        }
        let control = format!("9{}", "0".repeat(54));
        assert_eq!(kinds(&format!("{one}\n{control}\n")).ok().as_deref(), Some("19"));
    }

    #[test]
    fn other_lengths_and_characters_are_refused() {
        let short = "1".repeat(93);
        assert!(kinds(&short).is_err());
        assert!(kinds(&format!("{short}\n")).is_err());
        assert!(kinds(&format!("{}\n{}x\n", "1".repeat(94), "5".repeat(94))).is_err());
        assert!(kinds(&format!("{short}\u{1a}\n")).is_err());
        assert!(kinds(&format!("{}é", "1".repeat(92))).is_err());
    }
}
