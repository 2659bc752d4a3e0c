//! Text in other encodings, turned into UTF-8 while it is read; malformed bytes are refused, never replaced.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::ReadError;
use super::registry::OpenError;
use crate::finding::{Finding, Place};
use crate::text;

/// `input` as UTF-8: by `label` (a WHATWG label such as `gb18030`) or, without one, by a UTF-16
/// byte order mark. What has neither is taken to be UTF-8 already and passed on untouched. What is plainly UTF-8 and
/// was named otherwise is refused: it would be read as other words, and no error.
pub(crate) fn utf8(
    mut input: Box<dyn BufRead + Send>,
    label: Option<&str>,
) -> Result<Box<dyn BufRead + Send>, OpenError> {
    let encoding = match label {
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| OpenError::UnknownEncoding { name: label.to_string() })?,
        None => Encoding::for_bom(input.fill_buf()?).map_or(encoding_rs::UTF_8, |(encoding, _)| encoding),
    };
    let two_bytes_each = [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&encoding);
    Ok(decoded(input, encoding, encoding.name(), !two_bytes_each))
}

/// `input`, which is agreed to be in `encoding`, called `name`, as UTF-8; what is plainly UTF-8 already is refused.
pub(crate) fn agreed(
    input: Box<dyn BufRead + Send>,
    encoding: &'static Encoding,
    name: &'static str,
) -> Box<dyn BufRead + Send> {
    decoded(input, encoding, name, true)
}

fn decoded(
    input: Box<dyn BufRead + Send>,
    encoding: &'static Encoding,
    name: &'static str,
    doubted: bool,
) -> Box<dyn BufRead + Send> {
    if encoding == encoding_rs::UTF_8 {
        return input;
    }
    Box::new(Decoded {
        input,
        decoder: encoding.new_decoder_with_bom_removal(),
        out: String::with_capacity(OUT),
        at: 0,
        encoding,
        name,
        doubted,
        look: Utf8Look::default(),
        line: 1,
        before: 0,
        done: false,
    })
}

/// Whether an encoding has this label.
pub fn is_encoding(label: &str) -> bool {
    Encoding::for_label(label.as_bytes()).is_some()
}

/// Bytes of UTF-8 made at a time.
const OUT: usize = 64 << 10;

struct Decoded {
    input: Box<dyn BufRead + Send>,
    decoder: Decoder,
    out: String,
    at: usize,
    encoding: &'static Encoding,
    name: &'static str,
    /// Whether bytes in UTF-8 could be taken for text in this encoding.
    doubted: bool,
    look: Utf8Look,
    /// Line of the next byte, and how many bytes of it came before.
    line: u64,
    before: u64,
    done: bool,
}

impl BufRead for Decoded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.out.len() && !self.done {
            self.out.clear();
            self.at = 0;
            let chunk = self.input.fill_buf()?;
            let last = chunk.is_empty();
            let (result, read) = self.decoder.decode_to_string_without_replacement(chunk, &mut self.out, last);
            let seems = self.look.seems(&chunk[..read], self.encoding);
            if let DecoderResult::Malformed(bad, behind) = result {
                let first = read.saturating_sub(usize::from(bad) + usize::from(behind));
                let place = moved((self.line, self.before), &chunk[..first]);
                let seems = seems.or_else(|| other_than(self.encoding, chunk));
                return Err(Malformed::new(self.name, place, seems).into());
            }
            if let Some(seems) = seems.filter(|_| self.doubted) {
                let plain = chunk.iter().position(|b| !b.is_ascii()).unwrap_or_default();
                let place = moved((self.line, self.before), &chunk[..plain]);
                return Err(Malformed::new(self.name, place, Some(seems)).into());
            }
            (self.line, self.before) = moved((self.line, self.before), &chunk[..read]);
            self.input.consume(read);
            self.done = last && result == DecoderResult::InputEmpty;
        }
        Ok(&self.out.as_bytes()[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.out.len());
    }
}

/// Line and byte within it behind `bytes`.
fn moved((line, before): (u64, u64), bytes: &[u8]) -> (u64, u64) {
    match memchr::memrchr(b'\n', bytes) {
        None => (line, before + bytes.len() as u64),
        Some(at) => (line + memchr::memchr_iter(b'\n', bytes).count() as u64, (bytes.len() - at - 1) as u64),
    }
}

impl Read for Decoded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let n = chunk.len().min(buf.len());
        buf[..n].copy_from_slice(&chunk[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// Watches whether bytes that should be in another encoding are UTF-8.
///
/// A few characters of GBK may by chance be UTF-8 too, a few words are not: those begin no sequences of three bytes
/// and go on as such sequences do.
#[derive(Debug, Default)]
pub(crate) struct Utf8Look {
    is_not: bool,
    /// The beginning of a character whose end is in the next piece.
    begun: Vec<u8>,
    /// Characters of two bytes, and of more.
    narrow: u64,
    wide: u64,
}

impl Utf8Look {
    /// Looks at the next piece; `UTF-8` where all bytes until now plainly are, and are not in `encoding`.
    pub fn seems(&mut self, piece: &[u8], encoding: &'static Encoding) -> Option<&'static str> {
        if self.is_not {
            return None;
        }
        self.look(piece);
        let single = encoding.is_single_byte();
        let plainly = self.wide >= 2 || single && self.wide + self.narrow > 0;
        (plainly && !self.is_not).then_some(encoding_rs::UTF_8.name())
    }

    fn look(&mut self, mut piece: &[u8]) {
        while let [first, rest @ ..] = piece
            && !self.begun.is_empty()
        {
            self.begun.push(*first);
            piece = rest;
            let begun = std::mem::take(&mut self.begun);
            self.count(&begun);
            if self.is_not {
                return;
            }
        }
        self.count(piece);
    }

    fn count(&mut self, piece: &[u8]) {
        let valid = match std::str::from_utf8(piece) {
            Ok(_) => piece,
            Err(error) => {
                let (valid, rest) = piece.split_at(error.valid_up_to());
                self.is_not = error.error_len().is_some();
                if !self.is_not {
                    self.begun.extend_from_slice(rest);
                }
                valid
            }
        };
        if !valid.is_ascii() {
            self.narrow += valid.iter().filter(|b| (0xc0..0xe0).contains(*b)).count() as u64;
            self.wide += valid.iter().filter(|b| **b >= 0xe0).count() as u64;
        }
    }
}

/// Another encoding that `bytes` are in, of those that files of this kind are in by mistake.
pub(crate) fn other_than(encoding: &'static Encoding, bytes: &[u8]) -> Option<&'static str> {
    let valid = |other: &&'static Encoding| {
        let end = first_bad(other, bytes).unwrap_or(bytes.len());
        *other != encoding && bytes.len() - end < LONGEST && !bytes[..end].is_ascii()
    };
    [encoding_rs::UTF_8, encoding_rs::GB18030].into_iter().find(|other| valid(other)).map(Encoding::name)
}

/// Bytes of the longest character of any encoding: that many may be cut at the end of a piece.
const LONGEST: usize = 4;

/// The first byte that is not of the encoding.
pub(crate) fn first_bad(encoding: &'static Encoding, bytes: &[u8]) -> Option<usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = [0; 4 << 10];
    let mut at = 0;
    loop {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut out, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => return None,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(bad, behind) => {
                return Some(at.saturating_sub(usize::from(bad) + usize::from(behind)));
            }
        }
    }
}

/// The bytes are not of the encoding that was named.
#[derive(Debug, thiserror::Error)]
#[error("the bytes are not {encoding}")]
pub(crate) struct Malformed {
    encoding: &'static str,
    /// Line, and byte in it from 1.
    line: u64,
    byte: u64,
    /// The encoding that they seem to be in.
    seems: Option<&'static str>,
}

impl Malformed {
    /// What is wrong with the byte behind `before` others in `line`.
    pub fn new(encoding: &'static str, (line, before): (u64, u64), seems: Option<&'static str>) -> Malformed {
        Malformed { encoding, line, byte: before + 1, seems }
    }

    /// The malformed bytes that made reading fail, where it was them.
    pub fn of(error: &io::Error) -> Option<&Malformed> {
        error.get_ref().and_then(|error| error.downcast_ref())
    }

    /// What is said of them.
    pub fn finding(&self) -> Finding {
        let Malformed { encoding, line, byte, seems } = self;
        let place = Place::line(*line);
        let Some(seems) = seems else {
            let hint = text!(
                "is it damaged or in another encoding? name that one: `convert --encoding`, `encoding` in the template",
                "文件是否损坏或为其他编码？请指明编码：`convert --encoding`，或模板中的 `encoding`"
            );
            let message = text!(
                "byte {byte} of the line is not {encoding}, in which the file should be",
                "该行第 {byte} 个字节不是文件应有的 {encoding} 编码"
            );
            return Finding::error("encoding", place, message).hint(hint);
        };
        let hint = text!(
            "save it as {encoding}, or name its encoding: `convert --encoding {seems}`, or `encoding` in the template",
            "请另存为 {encoding}，或指明编码：`convert --encoding {seems}`，或模板中的 `encoding`"
        );
        let message = text!(
            "the file should be in {encoding} and seems to be in {seems} (line {line}, byte {byte})",
            "文件应为 {encoding} 编码，实际似为 {seems}（第 {line} 行第 {byte} 字节）"
        );
        Finding::error("encoding", place, message).hint(hint)
    }
}

impl From<Malformed> for io::Error {
    fn from(malformed: Malformed) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, malformed)
    }
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> ReadError {
        malformed.finding().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seems(bytes: &[u8], encoding: &'static Encoding, size: usize) -> bool {
        let mut look = Utf8Look::default();
        bytes.chunks(size).any(|piece| look.seems(piece, encoding).is_some())
    }

    #[test]
    fn utf8_is_told_from_gbk_in_pieces_of_any_size() {
        for size in 1..12 {
            assert!(seems("a,单据编号".as_bytes(), encoding_rs::GBK, size), "{size}");
            assert!(seems("Müller".as_bytes(), encoding_rs::WINDOWS_1252, size), "{size}");
            // Words of GBK that are UTF-8 by chance.
            for words in ["a,联通,b", "单据编号", "付款账号", "plain"] {
                assert!(!seems(&encoding_rs::GBK.encode(words).0, encoding_rs::GBK, size), "{words} {size}");
            }
        }
    }

    #[test]
    fn an_encoding_is_guessed_from_characters_only() {
        let guess = |bytes: &[u8]| other_than(encoding_rs::GBK, bytes);
        assert_eq!(guess("金额".as_bytes()), Some("UTF-8"));
        assert_eq!((guess(b""), guess(b"plain"), guess(b"\xff")), (None, None, None));
        assert_eq!(other_than(encoding_rs::UTF_8, &encoding_rs::GBK.encode("金额").0), Some("gb18030"));
    }

    #[test]
    fn the_first_bad_byte_has_its_line() {
        let gbk = [&encoding_rs::GBK.encode("金额\n编号,").0[..], &[0xff, b'1']].concat();
        let mut input = agreed(Box::new(io::Cursor::new(gbk)), encoding_rs::GBK, "gbk");
        let error = input.read_to_end(&mut Vec::new()).expect_err("no GBK");
        let malformed = Malformed::of(&error).expect("malformed");
        assert_eq!((malformed.line, malformed.byte), (2, 6));
    }
}
