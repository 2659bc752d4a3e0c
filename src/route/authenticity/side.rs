//! Codes beside files.
//!
//! ```text
//! key: 2026a
//! file: pay.csv
//! size: 1234
//! sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! counter: 17
//! time: 2026-11-25T20:15:00Z
//! mac: 5d41402abc4b2a76b9719d911017c592…
//! ```
//!
//! The code is the HMAC-SHA256 of all bytes before the line `mac:`, so that a script of an ERP makes it with the tools
//! that it has.

use jiff::Timestamp;

use crate::journal::Kept;
use crate::text;
use crate::words::Text;

/// The most lines of a side file.
const MOST_LINES: usize = 200;

/// What a code file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MacFile<'a> {
    /// Id of the shared key.
    pub key: String,
    /// Name of the file.
    pub file: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its hash.
    pub sha256: String,
    /// The ERP's counter.
    pub counter: u64,
    /// When it was made.
    pub time: Timestamp,
    /// The bytes that the code covers.
    pub covered: &'a [u8],
    /// The code.
    pub mac: Vec<u8>,
}

impl<'a> MacFile<'a> {
    /// Understands a code file; nothing of it is believed before the code was compared.
    pub fn parse(bytes: &'a [u8]) -> Result<MacFile<'a>, Text> {
        let lines: Vec<(&str, &str)> = lines(bytes)?;
        let value = |wanted: &str| {
            let mut found = lines.iter().filter(|(key, _)| *key == wanted).map(|(_, value)| *value);
            match (found.next(), found.next()) {
                (Some(value), None) => Ok(value),
                _ => Err(text!("the code file must say `{wanted}` once", "认证码文件必须有且仅有一行 `{wanted}`")),
            }
        };
        let number = |wanted: &str| value(wanted)?.parse::<u64>().map_err(|_| misfit(wanted));
        if lines.len() != 7 || lines.last().is_none_or(|(key, _)| *key != "mac") {
            return Err(text!("the code file must have seven lines, `mac` last", "认证码文件须为七行，`mac` 在最后"));
        }
        let at = bytes.windows(5).rposition(|w| w == b"\nmac:").ok_or_else(|| misfit("mac"))?;
        // The journal counts with signed numbers.
        let counter = number("counter")?;
        if i64::try_from(counter).is_err() {
            return Err(misfit("counter"));
        }
        Ok(MacFile {
            key: value("key")?.to_string(),
            file: value("file")?.to_string(),
            size: number("size")?,
            sha256: value("sha256")?.to_ascii_lowercase(),
            counter,
            time: value("time")?.parse().map_err(|_| misfit("time"))?,
            covered: bytes.get(..=at).unwrap_or_default(),
            mac: hex(value("mac")?).ok_or_else(|| misfit("mac"))?,
        })
    }

    /// Whether it speaks of this very file.
    pub fn is_about(&self, name: &str, kept: &Kept) -> Result<(), Text> {
        let file = &self.file;
        if file != name {
            return Err(text!("the code is for `{file}`, not for this file", "认证码属于 `{file}`，而非本文件"));
        }
        if self.sha256 != kept.sha256 || self.size != kept.size {
            return Err(text!("the code is for another content than the file's", "认证码对应的内容与文件不符"));
        }
        Ok(())
    }
}

/// The lines `key: value` of a side file; empty ones are left out.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<(&str, &str)>, Text> {
    let text = std::str::from_utf8(bytes).map_err(|_| text!("the side file is no text", "附属文件不是文本"))?;
    let filled = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES);
    let split =
        |line: &str| text!("the side file has a line without `:`: `{line}`", "附属文件有一行缺少 `:`：`{line}`");
    filled
        .map(|line| line.split_once(':').map(|(key, value)| (key.trim(), value.trim())).ok_or_else(|| split(line)))
        .collect()
}

fn misfit(key: &str) -> Text {
    text!("the code file's `{key}` cannot be understood", "无法识别认证码文件的 `{key}`")
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "key: a\nfile: p.csv\nsize: 3\nsha256: AB\ncounter: 7\ntime: 2026-11-25T20:15:00Z\nmac: 00ff\n";

    #[test]
    fn a_code_file_covers_all_before_its_code() {
        let said = MacFile::parse(FILE.as_bytes()).unwrap();
        assert_eq!((said.key.as_str(), said.counter, said.mac.as_slice()), ("a", 7, &[0, 255][..]));
        assert!(said.covered.ends_with(b"15:00Z\n"));
        let kept = Kept { sha256: "ab".into(), size: 3, path: String::new() };
        assert_eq!(said.is_about("p.csv", &kept), Ok(()));
        assert!(said.is_about("q.csv", &kept).is_err());
        assert!(said.is_about("p.csv", &Kept { size: 4, ..kept }).is_err());
    }

    #[test]
    fn every_line_stands_once_and_the_code_last() {
        let without = |line: &str| FILE.replace(line, "");
        for wrong in [
            without("counter: 7\n"),
            FILE.replace("key: a\n", "key: a\nkey: b\n"),
            FILE.replace("mac: 00ff\n", "mac: 00ff\nfile: q.csv\n"),
            FILE.replace("00ff", "0zff"),
            FILE.replace("counter: 7", "counter: 18446744073709551615"),
            FILE.replace("2026-11-25T20:15:00Z", "yesterday"),
        ] {
            assert!(MacFile::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
