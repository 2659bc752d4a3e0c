//! SWIFT MT messages: fields out of text, with or without the envelope of blocks.
//!
//! A message is a run of fields `:tag:text`, whose text may go on in further lines. Around it
//! there may be blocks `{1:…}{2:…}{4:` and `-}{5:…}`, or only a line `-` at its end, or nothing.
//! What stands before the first field and between messages is noise and passed over.

pub(crate) mod emit;
pub(crate) mod values;

use std::borrow::Cow;
use std::io::BufRead;

use super::ReadError;
use super::lines::Lines;
use crate::finding::Finding;

/// What the scanner found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A field; see [`Fields::tag`], [`Fields::text`], [`Fields::place`].
    Field,
    /// The headers of a message; see [`Fields::message_type`].
    Header,
    /// The mark that ends a message.
    End,
}

/// Reads the fields of MT messages.
pub(crate) struct Fields<R> {
    lines: Lines<R>,
    known: fn(&str) -> bool,
    most: usize,
    tag: String,
    text: String,
    line: u64,
    /// The number of a line that was read and belongs to what comes next; the line itself is in `next_line`.
    next: Option<u64>,
    next_line: String,
    message_type: Option<String>,
    enveloped: bool,
}

impl<R: BufRead> Fields<R> {
    /// Fields of `input`. `known` tells the tags of the message: within a text, a line that looks
    /// like a tag and is none belongs to the text (a time of day, wrapped at its colon).
    pub fn new(input: R, known: fn(&str) -> bool, line_bytes: usize, text_bytes: usize) -> Fields<R> {
        Fields {
            lines: Lines::of_any_end(input, line_bytes, None),
            known,
            most: text_bytes,
            tag: String::new(),
            text: String::new(),
            line: 0,
            next: None,
            next_line: String::new(),
            message_type: None,
            enveloped: false,
        }
    }

    /// The tag of the current field, such as `61` or `28C`.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The text of the current field; lines are parted by LF.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Lends the text of the current field, to be given back with [`give_back`](Fields::give_back).
    pub fn lend(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Takes a lent text back.
    pub fn give_back(&mut self, text: String) {
        self.text = text;
    }

    /// The line on which the current field begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Number of the line that was read last.
    pub fn last_line(&self) -> u64 {
        self.lines.number()
    }

    /// Whether the line that was read last had its end.
    pub fn is_line_whole(&self) -> bool {
        self.lines.is_whole()
    }

    /// What is to be said of the way in which the lines end, once the first was read.
    pub fn finding(&self) -> Option<Finding> {
        self.lines.finding()
    }

    /// The message type that the last header named, such as `940`.
    pub fn message_type(&self) -> Option<&str> {
        self.message_type.as_deref()
    }

    /// Whether a text block was opened by a header and not closed yet.
    pub fn is_in_envelope(&self) -> bool {
        self.enveloped
    }

    /// The next token; `None` at the end of the file.
    pub fn advance(&mut self) -> Result<Option<Token>, ReadError> {
        while self.at_hand()? {
            let Some(number) = self.next.take() else { break };
            let line = std::mem::take(&mut self.next_line);
            let token = self.token(&line, number);
            if self.next.is_none() {
                self.next_line = line;
            }
            if token == Some(Token::Field) && !self.split_joined(number) {
                self.text_lines()?;
            }
            if token.is_some() {
                return Ok(token);
            }
        }
        Ok(None)
    }

    /// What a line is that stands where a token may begin; `None` for noise.
    fn token(&mut self, line: &str, number: u64) -> Option<Token> {
        if let Some(rest) = end_mark(line) {
            self.enveloped = false;
            self.push_back(rest, number);
            return Some(Token::End);
        }
        if let Some(rest) = self.header(line) {
            self.push_back(&rest, number);
            return Some(Token::Header);
        }
        let (tag, text) = tag_of(line)?;
        self.tag.clear();
        self.tag.push_str(tag);
        self.text.clear();
        self.text.push_str(text);
        self.line = number;
        Some(Token::Field)
    }

    /// Makes sure that a line is at hand; `false` at the end of the file.
    fn at_hand(&mut self) -> Result<bool, ReadError> {
        if self.next.is_some() {
            return Ok(true);
        }
        if !self.lines.advance()? {
            return Ok(false);
        }
        self.next_line.clear();
        self.next_line.push_str(&clean(self.lines.line()));
        self.next = Some(self.lines.number());
        Ok(true)
    }

    /// Adds the lines that continue the current field.
    fn text_lines(&mut self) -> Result<(), ReadError> {
        while self.next.is_none() && self.lines.advance()? {
            let line = clean(self.lines.line());
            let ends = end_mark(&line).is_some() || is_header(&line);
            if ends || tag_of(&line).is_some_and(|(tag, _)| (self.known)(tag) || !self.is_prose()) {
                self.next_line.clear();
                self.next_line.push_str(&line);
                self.next = Some(self.lines.number());
                break;
            }
            if self.text.len() + line.len() > self.most {
                return Err(super::lines::too_long(self.line, self.most));
            }
            self.text.push('\n');
            self.text.push_str(&line);
        }
        Ok(())
    }

    /// Cuts the text where the line end before the next field was lost: `:20:REF:25:ACCOUNT`.
    fn split_joined(&mut self, number: u64) -> bool {
        if !matches!(self.tag.as_str(), "20" | "21" | "25" | "28" | "28C") {
            return false;
        }
        let joined = |at: &usize| tag_of(&self.text[*at..]).is_some_and(|(tag, _)| (self.known)(tag));
        let Some(at) = memchr::memchr_iter(b':', self.text.as_bytes()).find(joined) else { return false };
        self.next_line.clear();
        self.next_line.push_str(&self.text[at..]);
        self.text.truncate(at);
        self.next = Some(number);
        true
    }

    /// Whether the current field is free text, in which anything may stand.
    fn is_prose(&self) -> bool {
        matches!(self.tag.as_str(), "86" | "70" | "72" | "77B" | "59" | "50K" | "50H")
    }

    fn push_back(&mut self, rest: &str, number: u64) {
        if !rest.trim().is_empty() {
            self.next_line = rest.to_string();
            self.next = Some(number);
        }
    }

    /// Takes in a line of headers; gives what follows the opening of the text block.
    fn header(&mut self, line: &str) -> Option<String> {
        if !is_header(line) {
            return None;
        }
        if let Some(at) = line.find("{2:") {
            let digits = line[at + 3..].trim_start_matches(['I', 'O']);
            self.message_type = digits.get(..3).filter(|d| d.bytes().all(|b| b.is_ascii_digit())).map(str::to_string);
        }
        let text = line.find("{4:").map(|at| &line[at + 3..]);
        self.enveloped |= text.is_some();
        Some(text.unwrap_or_default().to_string())
    }
}

/// A line as text, without the control characters of the transmission; UTF-8, else Windows-1252.
fn clean(line: &[u8]) -> Cow<'_, str> {
    let framing = |b: &u8| matches!(b, 0x01..=0x03 | b'\r');
    let start = line.iter().take_while(|b| framing(b)).count();
    let end = line.len() - line[start..].iter().rev().take_while(|b| framing(b)).count();
    let line = &line[start..end];
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(line).0,
    }
}

/// Tag and first text of a line that begins a field: two digits, at most one letter, in colons.
fn tag_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let rest = line.strip_prefix(':')?;
    let bytes = rest.as_bytes();
    let digits = bytes.get(..2)?.iter().all(u8::is_ascii_digit);
    match bytes.get(2)? {
        b':' if digits => Some((&rest[..2], &rest[3..])),
        b'A'..=b'Z' if digits && bytes.get(3) == Some(&b':') => Some((&rest[..3], &rest[4..])),
        _ => None,
    }
}

/// What follows the mark that ends a message: `-}`, or `-` alone on its line (with the brace
/// mangled by a national character set at most).
fn end_mark(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('-')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some(rest);
    }
    let rest = rest.trim_end();
    let mut chars = rest.chars();
    let mangled = chars.next().is_none_or(|c| !c.is_ascii()) && chars.next().is_none();
    mangled.then_some("")
}

/// Whether a line has headers of a message. What is left of the message before (its trailer, and
/// the control characters between two messages) may stand in front.
fn is_header(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('{') && ["{1:", "{2:", "{3:", "{4:", "{5:"].iter().any(|block| line.starts_with(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(tag: &str) -> bool {
        matches!(tag, "20" | "25" | "61" | "86" | "62F")
    }

    fn tokens(text: &str) -> Vec<String> {
        let mut fields = Fields::new(text.as_bytes(), known, 1000, 1000);
        let mut out = Vec::new();
        while let Some(token) = fields.advance().expect("short lines") {
            out.push(match token {
                Token::Field => format!("{} {}={}", fields.line(), fields.tag(), fields.text()),
                Token::Header => format!("header {}", fields.message_type().unwrap_or_default()),
                Token::End => "end".to_string(),
            });
        }
        out
    }

    #[test]
    fn fields_with_and_without_envelope() {
        assert_eq!(tokens("noise\r\n:20:A\r\n:86:b\r\n c\r\n-\r\n"), ["2 20=A", "3 86=b\n c", "end"],);
        assert_eq!(
            tokens("\u{1}{1:F01X}{2:I940XN}{4:\n:20:A\n-}{5:{MAC:0}}\u{3}\u{1}{1:F01X}{2:I942XN}{4:\n:20:B\n-}"),
            ["header 940", "2 20=A", "end", "header 942", "4 20=B", "end"],
        );
    }

    #[test]
    fn what_only_looks_like_a_tag_is_text() {
        assert_eq!(
            tokens(":86:at 20\n:44:45 and\n:KO:NR\n:08 x\n:62F:y"),
            ["1 86=at 20\n:44:45 and\n:KO:NR\n:08 x", "5 62F=y"]
        );
        assert_eq!(tokens(":61:x\n:99:y"), ["1 61=x", "2 99=y"]);
    }

    #[test]
    fn a_lost_line_end_between_fields_is_found() {
        assert_eq!(tokens(":20:REF:25:1/2\n:86:at 20:20:20"), ["1 20=REF", "1 25=1/2", "2 86=at 20:20:20"]);
    }

    #[test]
    fn latin_1_is_read() {
        let mut fields = Fields::new(&b":86:Stra\xdfe"[..], known, 1000, 1000);
        assert_eq!(fields.advance().expect("short"), Some(Token::Field));
        assert_eq!(fields.text(), "Straße");
    }
}
