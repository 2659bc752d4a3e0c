//! Lines of a text file, one at a time, with their numbers and a limit.

use std::io::BufRead;

use super::ReadError;
use crate::finding::{Finding, Place};
use crate::text;

/// Reads lines that end in LF, CRLF or CR LF mixtures; the last may end with the file.
pub(crate) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    most: usize,
    ends: Ends,
    whole: bool,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// Not known yet: the first lines tell.
    Open {
        /// Length of records that may stand without any end, where the format has such.
        record: Option<usize>,
    },
    /// LF, with or without a CR before it.
    Feed,
    /// CR alone.
    Return,
    /// Nothing: every record has the same length.
    Length(usize),
}

impl<R: BufRead> Lines<R> {
    /// Lines of `input`, none longer than `most` bytes.
    pub fn new(input: R, most: usize) -> Lines<R> {
        Lines { input, line: Vec::new(), number: 0, most, ends: Ends::Feed, whole: true }
    }

    /// Lines of a file that may also end its lines in CR alone, or not at all where every one is `record` bytes long.
    pub fn of_any_end(input: R, most: usize, record: Option<usize>) -> Lines<R> {
        Lines { ends: Ends::Open { record }, ..Lines::new(input, most) }
    }

    /// Number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Moves to the next line; `false` at the end of the file.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        self.line.clear();
        let mut any = false;
        let mut whole = false;
        while !whole {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            if let Ends::Open { record } = self.ends {
                self.ends = Ends::by(&self.line, chunk, record);
            }
            let (used, ended) = match self.ends {
                Ends::Open { .. } | Ends::Feed => upto(memchr::memchr(b'\n', chunk), chunk),
                Ends::Return if self.line.last() == Some(&b'\r') => (0, true),
                Ends::Return => upto(memchr::memchr(b'\r', chunk), chunk),
                Ends::Length(length) => {
                    let wanted = length.saturating_sub(self.line.len());
                    (wanted.min(chunk.len()), wanted <= chunk.len())
                }
            };
            if self.line.len() + used > self.most + 2 {
                return Err(too_long(self.number + 1, self.most));
            }
            self.line.extend_from_slice(&chunk[..used]);
            self.input.consume(used);
            whole = ended;
        }
        self.number += u64::from(any);
        self.whole = whole || !any && self.whole;
        self.trim_end();
        Ok(any)
    }

    /// Whether the line that was read last had an end: only the last of a file, or of what is left of it, has none.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// What is to be said of the way in which the lines end, once the first was read.
    pub fn finding(&self) -> Option<Finding> {
        let message = match self.ends {
            Ends::Open { .. } | Ends::Feed => return None,
            Ends::Return => text!("lines end in CR alone, without LF", "行尾只有 CR，没有 LF"),
            Ends::Length(length) => {
                text!("records of {length} bytes stand without line ends", "记录为 {length} 字节定长，没有换行符")
            }
        };
        Some(Finding::warning("line-ends", Place::line(1), message))
    }

    /// The line that was read last, without its end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    fn trim_end(&mut self) {
        if self.ends == Ends::Return {
            self.line.truncate(self.line.len() - usize::from(self.line.last() == Some(&b'\r')));
        } else if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        }
    }
}

/// How much of `chunk` belongs to the line that ends at `end`, and whether the line is whole with it.
fn upto(end: Option<usize>, chunk: &[u8]) -> (usize, bool) {
    (end.map_or(chunk.len(), |at| at + 1), end.is_some())
}

impl Ends {
    /// What `chunk` tells, which follows `before` in the first lines of a file.
    fn by(before: &[u8], chunk: &[u8], record: Option<usize>) -> Ends {
        if memchr::memchr(b'\n', chunk).is_some() {
            return Ends::Feed;
        }
        let alone = |pair: &[u8]| pair[0] == b'\r' && pair[1] != b'\r';
        if chunk.windows(2).any(alone) || before.last() == Some(&b'\r') && chunk[0] != b'\r' {
            return Ends::Return;
        }
        match record {
            Some(length) if before.is_empty() && chunk.len() > length && !chunk.contains(&b'\r') => {
                Ends::Length(length)
            }
            record => Ends::Open { record },
        }
    }
}

/// The refusal of a line that is longer than any honest file has.
pub(crate) fn too_long(line: u64, most: usize) -> ReadError {
    let message = text!("the line is longer than {most} bytes", "该行超过 {most} 字节");
    ReadError::refused("line-too-long", Place::line(line), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, most: usize) -> Result<Vec<(u64, String)>, ReadError> {
        let mut lines = Lines::new(text.as_bytes(), most);
        let mut out = Vec::new();
        while lines.advance()? {
            out.push((lines.number(), String::from_utf8_lossy(lines.line()).into_owned()));
        }
        Ok(out)
    }

    #[test]
    fn lines_end_in_every_way() {
        let lines = all("a\r\nb\n\nc", 10).expect("short lines");
        let want = [(1, "a"), (2, "b"), (3, ""), (4, "c")];
        assert_eq!(lines, want.map(|(n, l)| (n, l.to_string())));
        assert_eq!(all("", 10).expect("no lines"), []);
    }

    #[test]
    fn lines_end_in_cr_alone_or_by_their_length() {
        // In chunks of every size, since an end may fall between two of them.
        for size in 1..20 {
            let of = |text: &'static str, record| {
                let input = std::io::BufReader::with_capacity(size, text.as_bytes());
                let mut lines = Lines::of_any_end(input, 30, record);
                let mut out = Vec::new();
                while lines.advance().expect("short lines") {
                    out.push(String::from_utf8_lossy(lines.line()).into_owned());
                }
                (out, lines.finding().is_some())
            };
            assert_eq!(
                of("a\r\nb\n\nc\rd", None),
                (["a", "b", "", "c\rd"].map(String::from).to_vec(), false),
                "{size}"
            );
            let (lines, said) = of("one\rtwo\r\rthree", None);
            assert_eq!(lines, ["one", "two", "", "three"], "{size}");
            assert!(said, "{size}");
        }
        let mut lines = Lines::of_any_end(&b"01,a/02,b/99,c/"[..], 30, Some(5));
        let mut out = Vec::new();
        while lines.advance().expect("short lines") {
            out.push(String::from_utf8_lossy(lines.line()).into_owned());
        }
        assert_eq!(out, ["01,a/", "02,b/", "99,c/"]);
        assert!(lines.is_whole() && lines.finding().is_some());
    }

    #[test]
    fn a_line_without_end_is_stopped() {
        let long = "x".repeat(100);
        assert!(matches!(all(&long, 20), Err(ReadError::Refused(f)) if f.rule == "line-too-long"));
    }
}
