//! The bytes below the XML scanner: one encoding decoded strictly, no control characters, bounded
//! tokens, lines counted.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::finding::{Finding, Place};
use crate::format::{ReadError, ReadOptions};
use crate::text;

/// Bytes asked of the input at once.
const CHUNK: usize = 128 << 10;
/// Where a declaration is looked for: it stands at the very front and is short.
const PROLOGUE: usize = 1 << 10;

/// UTF-8 out of whatever the input's encoding is; what quick-xml reads from.
pub(super) struct Source {
    input: Box<dyn BufRead + Send>,
    decoder: Option<Decoder>,
    chunk: Vec<u8>,
    at: usize,
    len: usize,
    /// Bytes given out since [`Source::mark`].
    spent: usize,
    most: usize,
    /// Line of the byte at `counted`; found out only when asked for.
    lines: Cell<u64>,
    counted: Cell<usize>,
    ended: bool,
    only_ascii: bool,
    refusal: Option<Box<Finding>>,
}

/// A legacy encoding, its undecoded bytes, and which bytes it has no character for.
struct Decoder {
    decoder: encoding_rs::Decoder,
    name: &'static str,
    holes: Holes,
    raw: Vec<u8>,
    at: usize,
    last: bool,
}

/// Bytes that a single-byte encoding has no character for, where `encoding_rs` gives a control character.
#[derive(Clone, Copy, PartialEq)]
enum Holes {
    None,
    /// ISO 8859: 0x80 to 0x9F are control characters that no payment file means.
    Iso8859,
    /// The five bytes that windows-1252 leaves out.
    Windows,
}

impl Holes {
    fn has(self, byte: u8) -> bool {
        match self {
            Holes::None => false,
            Holes::Iso8859 => (0x80..=0x9f).contains(&byte),
            Holes::Windows => matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d),
        }
    }
}

impl Source {
    /// Looks at the front of `input` and settles its encoding: byte order mark, then declaration,
    /// then `options.encoding`, then UTF-8.
    pub fn new(mut input: Box<dyn BufRead + Send>, options: &ReadOptions) -> Result<Source, ReadError> {
        let mut front = Vec::with_capacity(PROLOGUE);
        input.by_ref().take(PROLOGUE as u64).read_to_end(&mut front)?;
        let (encoding, bom) = encoding_of(&front, options.encoding.as_deref())?;
        let mut source = Source {
            input,
            decoder: None,
            chunk: vec![0; CHUNK],
            at: 0,
            len: 0,
            spent: 0,
            most: options.limits.text_bytes.max(options.limits.line_bytes),
            lines: Cell::new(1),
            counted: Cell::new(0),
            ended: false,
            only_ascii: encoding == Known::Ascii,
            refusal: None,
        };
        match encoding.decoder() {
            Some((decoder, name, holes)) => {
                let raw = front.split_off(bom);
                source.decoder = Some(Decoder { decoder, name, holes, raw, at: 0, last: false });
            }
            None => {
                source.chunk[..front.len()].copy_from_slice(&front);
                source.len = front.len();
                source.check_chunk()?;
            }
        }
        Ok(source)
    }

    /// A token begins: the bound on its length counts from here.
    #[inline]
    pub fn mark(&mut self) {
        self.spent = 0;
    }

    /// The line that the next byte stands on, from 1.
    pub fn line(&self) -> u64 {
        let fresh = &self.chunk[self.counted.get()..self.at];
        self.lines.set(self.lines.get() + memchr::memchr_iter(b'\n', fresh).count() as u64);
        self.counted.set(self.at);
        self.lines.get()
    }

    /// The refusal behind an error that this source gave as an `io::Error`.
    pub fn take_refusal(&mut self) -> Option<Box<Finding>> {
        self.refusal.take()
    }

    fn refill(&mut self) -> io::Result<()> {
        self.line();
        self.counted.set(0);
        (self.at, self.len) = (0, 0);
        self.len = match &mut self.decoder {
            None => read_some(&mut self.input, &mut self.chunk)?,
            Some(decoder) => match decoder.decode(&mut self.input, &mut self.chunk)? {
                Some(len) => len,
                None => return Err(self.refuse_encoding()),
            },
        };
        self.ended = self.len == 0;
        self.check_chunk().map_err(|error| match error {
            ReadError::Refused(finding) => self.refuse(*finding),
            ReadError::Io(error) => error,
        })
    }

    /// Refuses characters that XML forbids, and what is not ASCII in a file that says it is.
    fn check_chunk(&mut self) -> Result<(), ReadError> {
        let chunk = &self.chunk[..self.len];
        let bad = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
        if chunk.iter().fold(false, |any, &b| any | bad(b)) {
            let at = chunk.iter().position(|&b| bad(b)).unwrap_or(0);
            let code = format!("U+{:04X}", chunk[at]);
            let message = text!("the file has the control character {code}", "文件含有控制字符 {code}");
            return Err(ReadError::refused("xml-control-character", self.place_at(at), message));
        }
        if self.only_ascii && !chunk.is_ascii() {
            let message = text!("the file declares US-ASCII and is not", "文件声明为 US-ASCII，实际不是");
            return Err(ReadError::refused("encoding", self.place_at(0), message));
        }
        Ok(())
    }

    fn place_at(&self, at: usize) -> Place {
        Place::line(self.lines.get() + memchr::memchr_iter(b'\n', &self.chunk[..at]).count() as u64)
    }

    fn refuse_encoding(&mut self) -> io::Error {
        let name = self.decoder.as_ref().map_or("", |d| d.name);
        let message = text!("the file says it is {name} and is not", "文件声明的编码为 {name}，实际内容不符");
        let place = Place::line(self.lines.get());
        self.refuse(Finding::error("encoding", place, message))
    }

    fn refuse(&mut self, finding: Finding) -> io::Error {
        self.refusal = Some(Box::new(finding));
        io::Error::from(io::ErrorKind::InvalidInput)
    }

    fn refuse_length(&mut self) -> io::Error {
        let most = self.most;
        let message = text!("a text or tag is longer than {most} bytes", "文本或标签超过 {most} 字节");
        let place = Place::line(self.line());
        self.refuse(Finding::error("too-long", place, message))
    }
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buf.len());
        buf[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Source {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.len && !self.ended {
            if self.spent > self.most {
                return Err(self.refuse_length());
            }
            self.refill()?;
        }
        Ok(&self.chunk[self.at..self.len])
    }

    #[inline]
    fn consume(&mut self, n: usize) {
        self.at += n;
        self.spent += n;
    }
}

impl Decoder {
    /// Fills `out` with UTF-8; 0 at the end of the input, `None` where the bytes are not of the encoding.
    fn decode(&mut self, input: &mut dyn BufRead, out: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            if self.at == self.raw.len() && !self.last {
                self.raw.resize(CHUNK / 4, 0);
                let n = read_some(input, &mut self.raw)?;
                self.raw.truncate(n);
                (self.at, self.last) = (0, n == 0);
            }
            let bytes = &self.raw[self.at..];
            if self.holes != Holes::None && bytes.iter().any(|&b| self.holes.has(b)) {
                return Ok(None);
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, out, self.last);
            self.at += read;
            match result {
                DecoderResult::Malformed(..) => return Ok(None),
                _ if written > 0 => return Ok(Some(written)),
                DecoderResult::InputEmpty if self.last => return Ok(Some(0)),
                _ => {}
            }
        }
    }
}

/// Reads until something came or the input ended, whatever signals interrupt.
fn read_some(input: &mut dyn BufRead, buf: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buf) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The encodings that are read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Utf8,
    Ascii,
    Utf16Le,
    Utf16Be,
    Latin1,
    Latin9,
    Windows1252,
    Gb18030,
    Gbk,
}

impl Known {
    fn of_label(label: &str) -> Option<Known> {
        let known = match label.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Known::Utf8,
            "us-ascii" | "ascii" => Known::Ascii,
            "utf-16le" => Known::Utf16Le,
            "utf-16be" => Known::Utf16Be,
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" => Known::Latin1,
            "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin9" => Known::Latin9,
            "windows-1252" | "cp1252" => Known::Windows1252,
            "gb18030" => Known::Gb18030,
            "gbk" | "gb2312" | "cp936" => Known::Gbk,
            _ => return None,
        };
        Some(known)
    }

    fn decoder(self) -> Option<(encoding_rs::Decoder, &'static str, Holes)> {
        let (encoding, holes): (&'static Encoding, _) = match self {
            Known::Utf8 | Known::Ascii => return None,
            Known::Utf16Le => (UTF_16LE, Holes::None),
            Known::Utf16Be => (UTF_16BE, Holes::None),
            Known::Latin1 => (WINDOWS_1252, Holes::Iso8859),
            Known::Latin9 => (ISO_8859_15, Holes::Iso8859),
            Known::Windows1252 => (WINDOWS_1252, Holes::Windows),
            Known::Gb18030 => (GB18030, Holes::None),
            Known::Gbk => (GBK, Holes::None),
        };
        let name = if self == Known::Latin1 { "ISO-8859-1" } else { encoding.name() };
        Some((encoding.new_decoder_without_bom_handling(), name, holes))
    }
}

/// The encoding of a file that begins with `front`, and the length of its byte order mark.
fn encoding_of(front: &[u8], fallback: Option<&str>) -> Result<(Known, usize), ReadError> {
    let refuse = |message| Err(ReadError::refused("encoding", Place::line(1), message));
    let (bom, length) = match front {
        [0xef, 0xbb, 0xbf, ..] => (Some(Known::Utf8), 3),
        [0xff, 0xfe, 0, 0, ..] => return refuse(text!("UTF-32 is not read", "不支持 UTF-32 编码")),
        [0xff, 0xfe, ..] => (Some(Known::Utf16Le), 2),
        [0xfe, 0xff, ..] => (Some(Known::Utf16Be), 2),
        [0, ..] | [_, 0, ..] => {
            return refuse(text!("UTF-16 without a byte order mark is not read", "不支持没有字节顺序标记的 UTF-16"));
        }
        _ => (None, 0),
    };
    let declared = declared_encoding(front, bom);
    let label = declared.as_deref();
    match (bom, label) {
        (Some(bom), None) => Ok((bom, length)),
        (Some(bom), Some(label)) => {
            let utf16 = matches!(bom, Known::Utf16Le | Known::Utf16Be);
            if Known::of_label(label) == Some(bom) || utf16 && label.eq_ignore_ascii_case("utf-16") {
                return Ok((bom, length));
            }
            refuse(text!(
                "the file declares `{label}`, and its byte order mark says {bom:?}",
                "文件声明的编码为 `{label}`，字节顺序标记却是 {bom:?}"
            ))
        }
        (None, label) => {
            let label = label.or(fallback).unwrap_or("utf-8");
            match Known::of_label(label) {
                Some(Known::Utf16Le | Known::Utf16Be) | None => {
                    refuse(text!("the encoding `{label}` is not read", "不支持编码 `{label}`"))
                }
                Some(known) => Ok((known, 0)),
            }
        }
    }
}

/// What the XML declaration at the front says of the encoding.
fn declared_encoding(front: &[u8], bom: Option<Known>) -> Option<String> {
    let text = match bom {
        Some(Known::Utf16Le) => UTF_16LE.decode_without_bom_handling(&front[2..]).0,
        Some(Known::Utf16Be) => UTF_16BE.decode_without_bom_handling(&front[2..]).0,
        Some(_) => UTF_8.decode_without_bom_handling(&front[3..]).0,
        None => String::from_utf8_lossy(front),
    };
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split_once(quote).map(|(label, _)| label.to_string())
}
