//! Feeds the CSV parser, and notices on the way what the parser lets pass.
//!
//! The `csv` crate takes an unclosed quotation mark as a field that lasts to the end of the file,
//! text after a closing mark as part of the field, and a record of any length. With payments each
//! of these would swallow rows without a word. Every byte runs through here before the parser sees
//! it, so the marks are followed as RFC 4180 wants them and the length of a record is known while
//! it grows. Line ends become LF, so that the parser's line numbers are those of an editor.

use std::io::{self, BufRead, Read};

/// How many bytes the CSV parser reads ahead at most.
pub(super) const READ_AHEAD: usize = 64 << 10;

/// The most troubles remembered between two records.
const MOST_TROUBLES: usize = 100;

/// Something wrong with quotation marks, by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A quoted field begins here and the file ends within it.
    Unclosed(u64),
    /// Text follows a closing quotation mark.
    AfterQuote(u64),
}

/// A record grows beyond the limit.
#[derive(Debug, thiserror::Error)]
#[error("the record is too long")]
pub(super) struct TooLong;

/// The bytes of a delimited file on their way to the parser.
pub(super) struct Rows {
    input: Box<dyn BufRead + Send>,
    delimiter: u8,
    most: usize,
    since: usize,
    line: u64,
    quote: Quote,
    opened: u64,
    last: u8,
    after_cr: bool,
    ended: bool,
    troubles: Vec<Trouble>,
}

/// Where we are with regard to quotation marks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    Outside,
    Inside,
    /// A mark within a quoted field: it closes, or another one follows and both mean one.
    Closing,
}

impl Rows {
    /// The rows of `input`, whose fields `delimiter` parts; no record longer than `most` bytes.
    pub fn new(input: Box<dyn BufRead + Send>, delimiter: u8, most: usize) -> Rows {
        Rows {
            input,
            delimiter,
            most,
            since: 0,
            line: 1,
            quote: Quote::Outside,
            opened: 0,
            last: b'\n',
            after_cr: false,
            ended: false,
            troubles: Vec::new(),
        }
    }

    /// Says that a record was read to its end.
    pub fn record_ended(&mut self) {
        self.since = 0;
    }

    /// The troubles noticed so far, each once.
    pub fn troubles(&mut self) -> Vec<Trouble> {
        std::mem::take(&mut self.troubles)
    }

    /// Whether nothing is wrong with quotation marks so far.
    pub fn is_untroubled(&self) -> bool {
        self.troubles.is_empty()
    }

    fn trouble(&mut self, trouble: Trouble) {
        if self.troubles.len() < MOST_TROUBLES {
            self.troubles.push(trouble);
        }
    }

    /// Follows the quotation marks through `out`.
    fn watch(&mut self, out: &[u8]) {
        let mut at = 0;
        let mut counted = 0;
        while let Some(step) = self.find(&out[at..]) {
            let here = at + step;
            self.line += newlines(&out[counted..here]);
            counted = here;
            at = here + 1;
            match self.quote {
                Quote::Outside => {
                    let before = if here == 0 { self.last } else { out[here - 1] };
                    if before == self.delimiter || before == b'\n' {
                        self.quote = Quote::Inside;
                        self.opened = self.line;
                    }
                }
                Quote::Inside => self.quote = Quote::Closing,
                Quote::Closing if out[here] == b'"' => self.quote = Quote::Inside,
                Quote::Closing => {
                    if out[here] != self.delimiter && out[here] != b'\n' {
                        self.trouble(Trouble::AfterQuote(self.line));
                    }
                    self.quote = Quote::Outside;
                }
            }
        }
        self.line += newlines(&out[counted..]);
        self.last = out.last().copied().unwrap_or(self.last);
    }

    /// The next byte that matters: a mark, or whatever follows a closing one.
    fn find(&self, rest: &[u8]) -> Option<usize> {
        match self.quote {
            Quote::Closing => (!rest.is_empty()).then_some(0),
            _ => memchr::memchr(b'"', rest),
        }
    }

    fn end(&mut self, buf: &mut [u8]) -> usize {
        if std::mem::replace(&mut self.ended, true) {
            return 0;
        }
        if self.quote == Quote::Inside {
            self.trouble(Trouble::Unclosed(self.opened));
        }
        if self.last == b'\n' {
            return 0;
        }
        buf[0] = b'\n';
        1
    }
}

impl Read for Rows {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(self.end(buf));
            }
            let used = chunk.len().min(buf.len());
            let made = with_lf(&chunk[..used], buf, &mut self.after_cr);
            self.input.consume(used);
            if made == 0 {
                continue;
            }
            self.since += made;
            if self.since > self.most + READ_AHEAD {
                return Err(io::Error::new(io::ErrorKind::InvalidData, TooLong));
            }
            self.watch(&buf[..made]);
            return Ok(made);
        }
    }
}

/// Copies `from` to `to` with every CR or CRLF as LF; gives how many bytes that makes.
fn with_lf(from: &[u8], to: &mut [u8], after_cr: &mut bool) -> usize {
    let mut rest = from;
    let mut made = 0;
    if *after_cr && rest.first() == Some(&b'\n') {
        rest = &rest[1..];
    }
    *after_cr = false;
    while let Some(cr) = memchr::memchr(b'\r', rest) {
        to[made..made + cr].copy_from_slice(&rest[..cr]);
        to[made + cr] = b'\n';
        made += cr + 1;
        *after_cr = cr + 1 == rest.len();
        let skip = usize::from(rest.get(cr + 1) == Some(&b'\n'));
        rest = &rest[cr + 1 + skip..];
    }
    to[made..made + rest.len()].copy_from_slice(rest);
    made + rest.len()
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> (String, Vec<Trouble>) {
        let mut rows = Rows::new(Box::new(io::Cursor::new(text.to_string())), b',', 1 << 20);
        let mut out = String::new();
        rows.read_to_string(&mut out).expect("readable");
        (out, rows.troubles())
    }

    #[test]
    fn line_ends_become_lf_and_the_last_is_added() {
        assert_eq!(through("a,b\r\nc,d\re,f\n\r\ng").0, "a,b\nc,d\ne,f\n\ng\n");
        assert_eq!(through("").0, "");
    }

    #[test]
    fn quotation_marks_are_followed() {
        assert_eq!(through("a,\"b \"\"c\"\", d\"\n\"x\ny\",z\n").1, []);
        assert_eq!(through("5\" pipe,b\n").1, []);
        assert_eq!(through("a\n\n\"b\nc,d\n").1, [Trouble::Unclosed(3)]);
        assert_eq!(through("a\n\"b\"c,d\n").1, [Trouble::AfterQuote(2)]);
    }

    #[test]
    fn small_reads_see_the_same() {
        let text = "a,\"b\r\n\"\"c\",d\r\n\"e\" ,f\r\n\"g";
        let mut rows = Rows::new(Box::new(io::BufReader::with_capacity(1, text.as_bytes())), b',', 1 << 20);
        let mut out = Vec::new();
        rows.read_to_end(&mut out).expect("readable");
        assert_eq!(out, b"a,\"b\n\"\"c\",d\n\"e\" ,f\n\"g\n");
        assert_eq!(rows.troubles(), [Trouble::AfterQuote(3), Trouble::Unclosed(4)]);
    }
}
