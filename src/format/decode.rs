//! Text in other encodings, turned into UTF-8 while it is read; malformed bytes are refused, never replaced.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::registry::OpenError;

/// `input` as UTF-8: by `label` (a WHATWG label such as `gb18030`) or, without one, by a UTF-16
/// byte order mark. What has neither is taken to be UTF-8 already and passed on untouched.
pub(crate) fn utf8(
    mut input: Box<dyn BufRead + Send>,
    label: Option<&str>,
) -> Result<Box<dyn BufRead + Send>, OpenError> {
    let encoding = match label {
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| OpenError::UnknownEncoding { name: label.to_string() })?,
        None => Encoding::for_bom(input.fill_buf()?).map_or(encoding_rs::UTF_8, |(encoding, _)| encoding),
    };
    if encoding == encoding_rs::UTF_8 {
        return Ok(input);
    }
    let decoder = encoding.new_decoder_with_bom_removal();
    let decoded =
        Decoded { input, decoder, out: String::with_capacity(OUT), at: 0, name: encoding.name(), done: false };
    Ok(Box::new(decoded))
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
    name: &'static str,
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
            self.input.consume(read);
            match result {
                DecoderResult::Malformed(..) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, Malformed(self.name)));
                }
                DecoderResult::InputEmpty => self.done = last,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(&self.out.as_bytes()[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.out.len());
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

/// The bytes are not of the encoding that was named.
#[derive(Debug, thiserror::Error)]
#[error("the bytes are not {0}")]
pub(crate) struct Malformed(pub &'static str);
