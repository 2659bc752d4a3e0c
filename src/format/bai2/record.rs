//! Records: logical ones out of lines, fields out of records.

use std::io::BufRead;

use crate::finding::Finding;
use crate::format::ReadError;
use crate::format::lines::{Lines, too_long};

/// One logical record: a line and the `88` lines that continue it, parted by LF.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The record code, such as `16`.
    pub code: String,
    /// All after the code's comma, without the `/` that ends a line.
    pub text: String,
    /// The line on which it begins.
    pub line: u64,
    /// How many lines it takes.
    pub lines: u64,
}

/// Length of a physical record where a file has them without line ends, as tapes had.
const PHYSICAL: usize = 80;

/// Reads logical records.
pub(super) struct Records<R> {
    lines: Lines<R>,
    next: Option<Record>,
    most: usize,
}

impl<R: BufRead> Records<R> {
    /// Records of `input`.
    pub fn new(input: R, line_bytes: usize, text_bytes: usize) -> Records<R> {
        Records { lines: Lines::of_any_end(input, line_bytes, Some(PHYSICAL)), next: None, most: text_bytes }
    }

    /// The line that was read last.
    pub fn last_line(&self) -> u64 {
        self.lines.number()
    }

    /// What is to be said of the way in which the lines end, once the first was read.
    pub fn finding(&self) -> Option<Finding> {
        self.lines.finding()
    }

    /// The next record; `None` at the end of the file.
    pub fn advance(&mut self) -> Result<Option<Record>, ReadError> {
        let Some(mut record) = self.next.take().map_or_else(|| self.line(), |record| Ok(Some(record)))? else {
            return Ok(None);
        };
        while let Some(line) = self.line()? {
            if line.code != "88" {
                self.next = Some(line);
                break;
            }
            if record.text.len() + line.text.len() > self.most {
                return Err(too_long(record.line, self.most));
            }
            record.text.push('\n');
            record.text.push_str(&line.text);
            record.lines += 1;
        }
        Ok(Some(record))
    }

    /// The next line that is not blank, as a record of its own.
    fn line(&mut self) -> Result<Option<Record>, ReadError> {
        while self.lines.advance()? {
            let line = String::from_utf8_lossy(self.lines.line());
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() {
                continue;
            }
            let line = line.strip_suffix('/').unwrap_or(line);
            let (code, text) = line.split_once(',').unwrap_or((line, ""));
            let number = self.lines.number();
            return Ok(Some(Record { code: code.trim().to_string(), text: text.to_string(), line: number, lines: 1 }));
        }
        Ok(None)
    }
}

/// Takes the fields of a record one by one. The end of a line parts fields like a comma.
pub(super) struct FieldsOf<'a> {
    rest: Option<&'a str>,
}

impl<'a> FieldsOf<'a> {
    /// The fields in `text`.
    pub fn new(text: &'a str) -> FieldsOf<'a> {
        FieldsOf { rest: Some(text) }
    }

    /// All that is left, as it is written.
    pub fn rest(self) -> &'a str {
        self.rest.unwrap_or_default()
    }
}

impl<'a> Iterator for FieldsOf<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (field, rest) = match rest.split_once([',', '\n']) {
            Some((field, rest)) => (field, Some(rest)),
            None => (rest, None),
        };
        self.rest = rest;
        Some(field.trim())
    }
}

/// When the money can be used; only the value date is kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Funds<'a> {
    /// `YYMMDD` of funds type `V`.
    pub value_date: Option<&'a str>,
}

/// Takes a funds type with what belongs to it: nothing, `V,date,time`, `S,three amounts` or
/// `D,n,n times (days,amount)`. `None` when it is none of these.
pub(super) fn funds<'a>(fields: &mut FieldsOf<'a>) -> Option<Funds<'a>> {
    let mut funds = Funds::default();
    match fields.next().unwrap_or_default() {
        "" | "0" | "1" | "2" | "Z" => {}
        "V" => {
            funds.value_date = fields.next().filter(|date| !date.is_empty());
            fields.next();
        }
        "S" => drop(fields.nth(2)),
        "D" => {
            let count: usize = fields.next()?.parse().ok()?;
            for _ in 0..count {
                fields.next()?;
                fields.next()?;
            }
        }
        _ => return None,
    }
    Some(funds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_are_joined() {
        let mut records = Records::new(&b"16,115,1,Z,,,a, b/\n88,c\n\n49,1,2/ \n"[..], 100, 100);
        let first = records.advance().expect("short").expect("a record");
        assert_eq!(
            (first.code.as_str(), first.text.as_str(), first.line, first.lines),
            ("16", "115,1,Z,,,a, b\nc", 1, 2)
        );
        let second = records.advance().expect("short").expect("a record");
        assert_eq!((second.code.as_str(), second.text.as_str(), second.line), ("49", "1,2", 4));
        assert!(records.advance().expect("short").is_none());
    }

    #[test]
    fn funds_types_take_what_belongs_to_them() {
        for (text, left) in [
            (",x", "x"),
            ("Z,x", "x"),
            ("V,260101,,x", "x"),
            ("S,1,2,3,x", "x"),
            ("D,2,0,1,1,2,x", "x"),
            ("D,1,0,5\nx", "x"),
        ] {
            let mut fields = FieldsOf::new(text);
            assert!(funds(&mut fields).is_some(), "{text}");
            assert_eq!(fields.rest(), left, "{text}");
        }
        assert_eq!(funds(&mut FieldsOf::new("V,260101,,x")).and_then(|f| f.value_date), Some("260101"));
        for wrong in ["Q", "D,99999999999,1,2", "D,x"] {
            assert_eq!(funds(&mut FieldsOf::new(wrong)), None, "{wrong}");
        }
    }
}
