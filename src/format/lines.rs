//! Lines of a text file, one at a time, with their numbers and a limit.

use std::io::BufRead;

use super::ReadError;
use crate::finding::Place;
use crate::text;

/// Reads lines that end in LF, CRLF or CR LF mixtures; the last may end with the file.
pub(crate) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    most: usize,
}

impl<R: BufRead> Lines<R> {
    /// Lines of `input`, none longer than `most` bytes.
    pub fn new(input: R, most: usize) -> Lines<R> {
        Lines { input, line: Vec::new(), number: 0, most }
    }

    /// Number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Moves to the next line; `false` at the end of the file.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        self.line.clear();
        let mut any = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', chunk);
            let used = end.map_or(chunk.len(), |at| at + 1);
            if self.line.len() + used > self.most + 2 {
                return Err(too_long(self.number + 1, self.most));
            }
            self.line.extend_from_slice(&chunk[..used]);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += u64::from(any);
        self.trim_end();
        Ok(any)
    }

    /// The line that was read last, without its end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    fn trim_end(&mut self) {
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
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
    fn a_line_without_end_is_stopped() {
        let long = "x".repeat(100);
        assert!(matches!(all(&long, 20), Err(ReadError::Refused(f)) if f.rule == "line-too-long"));
    }
}
