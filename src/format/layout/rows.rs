//! Rows: records out of a file, fields out of records.

use std::io::BufRead;

use super::declare::{Layout, WidthUnit};
use super::plan::{Plan, PlannedRecord};
use crate::format::decode::{Malformed, Utf8Look, first_bad, other_than};
use crate::format::lines::Lines;
use crate::format::{Limits, ReadError};

/// Reads the records of a layout as text.
pub(super) struct Rows {
    source: Source,
    number: u64,
    text: String,
    /// Whether the record may hold a character that nobody sees.
    hidden: bool,
}

enum Source {
    /// Lines of UTF-8.
    Lines(Lines<Box<dyn BufRead + Send>>),
    /// Records of a number of bytes, with or without line ends.
    Bytes { input: Box<dyn BufRead + Send>, width: usize, raw: Vec<u8>, cut: bool, look: Utf8Look },
}

impl Rows {
    /// The records in `input`, which is UTF-8 unless positions count bytes.
    pub fn new(input: Box<dyn BufRead + Send>, plan: &Plan, limits: &Limits) -> Rows {
        let source = match plan.layout.width.filter(|_| plan.is_bytes()) {
            Some(width) => Source::Bytes { input, width, raw: Vec::new(), cut: false, look: Utf8Look::default() },
            None => Source::Lines(Lines::new(input, limits.line_bytes)),
        };
        Rows { source, number: 0, text: String::new(), hidden: false }
    }

    /// The number of the current record, which is its line where records are lines.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The current record as text, where it is a line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The current record's bytes, where positions count bytes.
    pub fn raw(&self) -> &[u8] {
        match &self.source {
            Source::Bytes { raw, .. } => raw,
            Source::Lines(_) => self.text.as_bytes(),
        }
    }

    /// Whether the file ended within the current record, or behind it without a line end.
    pub fn is_cut(&self) -> bool {
        match &self.source {
            Source::Bytes { cut, .. } => *cut,
            Source::Lines(lines) => !lines.is_whole(),
        }
    }

    /// Whether the current record may hold a character that nobody sees.
    pub fn may_hide(&self) -> bool {
        self.hidden
    }

    /// Length of the current record in the unit of its positions.
    pub fn length(&self, plan: &Plan) -> usize {
        match (&self.source, plan.layout.unit) {
            (Source::Bytes { raw, .. }, _) => raw.len(),
            (_, WidthUnit::Utf16) => self.text.encode_utf16().count(),
            _ => self.text.chars().count(),
        }
    }

    /// Moves to the next record that is not blank; `false` at the end of the file.
    pub fn advance(&mut self, plan: &Plan) -> Result<bool, ReadError> {
        loop {
            if !self.step(plan)? {
                return Ok(false);
            }
            if !self.raw().trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn step(&mut self, plan: &Plan) -> Result<bool, ReadError> {
        match &mut self.source {
            Source::Lines(lines) => {
                let any = lines.advance()?;
                self.number = lines.number();
                if any {
                    let line = std::str::from_utf8(lines.line()).map_err(|error| {
                        let (line, bytes) = (self.number, lines.line());
                        malformed(plan, line, error.valid_up_to(), other_than(encoding_rs::UTF_8, bytes))
                    })?;
                    self.text.clear();
                    self.text.push_str(line.trim_start_matches('\u{feff}'));
                    self.hidden = may_hide(&self.text);
                }
                Ok(any)
            }
            Source::Bytes { input, width, raw, cut, look } => {
                self.number += 1;
                let (any, ended) = record(input, *width, raw)?;
                *cut = ended && !raw.is_empty();
                // The end of a file in the old way.
                if raw.as_slice() == [0x1a] {
                    raw.clear();
                }
                if any {
                    let codec = plan.layout.encoding.codec();
                    let (decoded, _, bad) = codec.decode(raw);
                    let seems = if codec == encoding_rs::UTF_8 { None } else { look.seems(raw, codec) };
                    if bad || seems.is_some() {
                        let first = first_bad(codec, raw).unwrap_or_default();
                        return Err(malformed(plan, self.number, first, seems.or_else(|| other_than(codec, raw))));
                    }
                    self.text.clear();
                    self.text.push_str(&decoded);
                    self.hidden = may_hide(&self.text);
                }
                Ok(any)
            }
        }
    }
}

/// Reads up to `width` bytes, or to the end of a line; takes the line end behind a full record with it.
///
/// Gives whether there was anything, and whether the file ended before the record did.
fn record(input: &mut dyn BufRead, width: usize, raw: &mut Vec<u8>) -> Result<(bool, bool), ReadError> {
    raw.clear();
    let mut any = false;
    while raw.len() < width {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok((any, true));
        }
        any = true;
        let wanted = chunk.len().min(width - raw.len());
        let end = memchr::memchr(b'\n', &chunk[..wanted]);
        raw.extend_from_slice(&chunk[..end.unwrap_or(wanted)]);
        input.consume(end.map_or(wanted, |at| at + 1));
        if end.is_some() {
            if raw.last() == Some(&b'\r') {
                raw.pop();
            }
            return Ok((true, false));
        }
    }
    // A line that is one short has the CR of its end in the place of its last byte.
    if raw.last() == Some(&b'\r') && input.fill_buf()?.first() == Some(&b'\n') {
        raw.pop();
        input.consume(1);
        return Ok((true, false));
    }
    for end in [b'\r', b'\n'] {
        if input.fill_buf()?.first() == Some(&end) {
            input.consume(1);
        }
    }
    Ok((true, false))
}

fn malformed(plan: &Plan, line: u64, before: usize, seems: Option<&'static str>) -> ReadError {
    Malformed::new(plan.layout.encoding.name(), (line, before as u64), seems).into()
}

/// Whether a text may hold a [`hidden`] character: by its bytes, all of them at once, since few texts do.
fn may_hide(text: &str) -> bool {
    // Controls, and the first bytes of the others in UTF-8.
    let odd = |b: u8| b < 0x20 || b == 0x7f || matches!(b, 0xc2 | 0xd8 | 0xe2 | 0xef);
    text.bytes().fold(false, |any, b| any | odd(b))
}

/// The first character that nobody sees and that makes two names of one: a control, a mark of writing direction, a
/// space without width, or what stands for bytes that were no character.
pub(super) fn hidden(text: &str) -> Option<char> {
    text.chars().find(|c| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}'..='\u{ffff}')
    })
}

/// The fields of one record: their text without blanks around it.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: Vec<String>,
    used: usize,
    /// How the cells were last divided: number of the row, delimiter, whether one stands behind. Several records may be
    /// tried on one row.
    divided: (u64, String, bool),
    /// Whether a quotation mark was opened and not closed.
    unclosed: bool,
}

impl Cells {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// How many there are without the empty ones at the end.
    pub fn filled(&self) -> usize {
        (0..self.used).rev().find(|at| !self.cells[*at].is_empty()).map_or(0, |at| at + 1)
    }

    /// A field; empty where the record has none.
    pub fn get(&self, at: usize) -> &str {
        if at < self.used { &self.cells[at] } else { "" }
    }

    /// Whether the row ends within quotation marks.
    pub fn is_unclosed(&self) -> bool {
        self.unclosed
    }

    /// Makes room for `count` empty fields.
    pub fn clear(&mut self, count: usize) {
        self.forget();
        for _ in 0..count {
            self.push();
        }
    }

    /// Sets a field that there is room for.
    pub fn put(&mut self, at: usize, text: &str) {
        if let Some(cell) = self.cells.get_mut(at) {
            cell.clear();
            cell.push_str(text);
        }
    }

    fn push(&mut self) -> &mut String {
        if self.used == self.cells.len() {
            self.cells.push(String::new());
        }
        self.used += 1;
        let cell = &mut self.cells[self.used - 1];
        cell.clear();
        cell
    }

    fn forget(&mut self) {
        self.used = 0;
        self.divided.0 = 0;
    }

    /// Divides a delimited row, unless that was just done in the same way.
    pub fn split(&mut self, rows: &Rows, plan: &Plan, delimiter: &str, trailing: bool) {
        if self.divided.0 == rows.number() && self.divided.1 == delimiter && self.divided.2 == trailing {
            return;
        }
        (self.used, self.unclosed) = (0, false);
        self.divided.0 = rows.number();
        if self.divided.1 != delimiter {
            self.divided.1 = delimiter.to_string();
        }
        self.divided.2 = trailing;
        let layout = &plan.layout;
        let mut rest = rows.text();
        if layout.leading_delimiter {
            rest = rest.strip_prefix(delimiter).unwrap_or(rest);
        }
        if trailing {
            rest = rest.strip_suffix(delimiter).unwrap_or(rest);
        }
        loop {
            let next = match layout.quote.filter(|quote| rest.starts_with(*quote)) {
                Some(quote) => {
                    let (next, closed) = quoted(rest, quote, delimiter, self.push());
                    self.unclosed |= !closed;
                    self.tidy(layout);
                    next
                }
                None => {
                    let at = find(rest, delimiter);
                    let cell = &rest[..at.unwrap_or(rest.len())];
                    self.push().push_str(tidied(cell, layout));
                    at.map(|at| &rest[at + delimiter.len()..])
                }
            };
            match next {
                Some(next) => rest = next,
                None => return,
            }
        }
    }

    /// Takes the prefix, blanks and the sign for nothing off the last field.
    fn tidy(&mut self, layout: &Layout) {
        let Some(cell) = self.cells.get_mut(self.used - 1) else { return };
        let text = tidied(cell, layout);
        if text.len() != cell.len() {
            *cell = text.to_string();
        }
    }

    /// Divides a record of fixed width; a short one has blanks at its end.
    pub fn slice(&mut self, rows: &Rows, plan: &Plan, record: &PlannedRecord) {
        self.forget();
        for field in &record.fields {
            let text = match plan.layout.unit {
                WidthUnit::Chars => {
                    let chars = rows.text().chars().skip(field.at).take(field.len);
                    chars.collect::<String>()
                }
                WidthUnit::Utf16 => units(rows.text(), field.at..field.at + field.len),
                WidthUnit::Bytes => {
                    let raw = rows.raw();
                    let piece = &raw[field.at.min(raw.len())..(field.at + field.len).min(raw.len())];
                    match piece.is_ascii() {
                        true => String::from_utf8_lossy(piece).into_owned(),
                        false => plan.layout.encoding.codec().decode_without_bom_handling(piece).0.into_owned(),
                    }
                }
            };
            let fill = field.spec.fill.filter(|fill| *fill != '0');
            let text = fill.map_or(text.as_str(), |fill| text.trim_matches(fill)).trim_matches([' ', '\u{3000}']);
            self.push().push_str(text);
        }
    }
}

/// The characters that begin within a range of UTF-16 units.
fn units(text: &str, range: std::ops::Range<usize>) -> String {
    let mut at = 0;
    let within = text.chars().filter(|c| {
        let begins = at;
        at += c.len_utf16();
        range.contains(&begins)
    });
    within.collect()
}

/// A value without the prefix, the blanks around it and the sign for nothing.
fn tidied<'a>(cell: &'a str, layout: &Layout) -> &'a str {
    let mut text = cell.trim();
    if !layout.value_prefix.is_empty() {
        text = text.strip_prefix(layout.value_prefix.as_str()).unwrap_or(text).trim();
    }
    // Spreadsheets are told to leave a number alone by `="…"`.
    if let Some(inner) = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')) {
        text = inner;
    }
    if text == layout.blank.trim() { "" } else { text }
}

/// Where a delimiter stands first.
pub(super) fn find(text: &str, delimiter: &str) -> Option<usize> {
    match delimiter.as_bytes() {
        [one] => memchr::memchr(*one, text.as_bytes()),
        several => memchr::memmem::find(text.as_bytes(), several),
    }
}

/// Takes in a quoted field, which may hold delimiters and doubled quotation marks; gives what is behind it, and whether
/// it was closed.
fn quoted<'a>(text: &'a str, quote: char, delimiter: &str, cell: &mut String) -> (Option<&'a str>, bool) {
    let mut rest = &text[quote.len_utf8()..];
    loop {
        let Some(at) = rest.find(quote) else {
            cell.push_str(rest);
            return (None, false);
        };
        cell.push_str(&rest[..at]);
        rest = &rest[at + quote.len_utf8()..];
        match rest.strip_prefix(quote) {
            Some(more) => {
                cell.push(quote);
                rest = more;
            }
            None => break,
        }
    }
    let next = rest.find(delimiter);
    cell.push_str(&rest[..next.unwrap_or(rest.len())]);
    (next.map(|at| &rest[at + delimiter.len()..]), true)
}

/// Whether a row is a literal line; a `*` at the end of the literal stands for anything.
pub(super) fn is_line(literal: &str, row: &str) -> bool {
    let (literal, row) = (literal.trim(), row.trim());
    if literal == "*" {
        return row == "*";
    }
    match literal.strip_suffix('*') {
        Some(head) => row.starts_with(head.trim_end()),
        None => row == literal,
    }
}
