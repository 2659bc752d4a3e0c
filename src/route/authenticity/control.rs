//! Control files: what another path says of a file.
//!
//! ```text
//! sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! count: 2
//! sum: EUR 350.50
//! ```

use super::side::lines;
use crate::document::{Currency, parse_amount};
use crate::journal::Control;
use crate::text;
use crate::words::Text;

/// What a control file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ControlFile {
    /// Hash of the file, small hexadecimal digits.
    pub sha256: String,
    /// Count and sums of its payments.
    pub control: Control,
}

impl ControlFile {
    /// Understands a control file: one line each of `sha256` and `count`, one line of `sum` per currency.
    pub fn parse(bytes: &[u8]) -> Result<ControlFile, Text> {
        let (mut sha256, mut count, mut control) = (None, None, Control::default());
        for (key, value) in lines(bytes)? {
            let wrong =
                || text!("the control file's `{key}` is wrong: `{value}`", "控制文件的 `{key}` 有误：`{value}`");
            let again = match key {
                "sha256" => sha256.replace(value.to_ascii_lowercase()).is_some(),
                "count" => count.replace(value.parse::<u64>().map_err(|_| wrong())?).is_some(),
                "sum" => {
                    let (currency, sum) = value.split_once(' ').ok_or_else(wrong)?;
                    let currency = Currency::parse(currency).ok_or_else(wrong)?;
                    control.sums.insert(currency, parse_amount(sum.trim()).map_err(|_| wrong())?).is_some()
                }
                _ => return Err(text!("the control file has an unknown line `{key}`", "控制文件含未知行 `{key}`")),
            };
            if again {
                return Err(text!("the control file says `{key}` twice", "控制文件的 `{key}` 重复"));
            }
        }
        match (sha256, count) {
            (Some(sha256), Some(count)) if !control.sums.is_empty() => {
                Ok(ControlFile { sha256, control: Control { count, ..control } })
            }
            _ => Err(text!(
                "the control file lacks `sha256`, `count` or `sum`",
                "控制文件缺少 `sha256`、`count` 或 `sum`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_file_says_hash_count_and_sums() {
        let said = ControlFile::parse(b"sha256: AB\r\ncount: 2\nsum: EUR 350.50\nsum: CNY 1\n").unwrap();
        assert_eq!((said.sha256.as_str(), said.control.count, said.control.sums.len()), ("ab", 2, 2));
    }

    #[test]
    fn what_is_missing_doubled_or_unknown_is_wrong() {
        for text in ["", "sha256: a\ncount: 1\n", "sha256: a\ncount: x\nsum: EUR 1\n", "size: 1\n", "sum EUR 1\n"] {
            assert!(ControlFile::parse(text.as_bytes()).is_err(), "{text}");
        }
        let twice = b"sha256: a\ncount: 1\nsum: EUR 1\nsum: EUR 1\n";
        assert!(ControlFile::parse(twice).is_err());
        assert!(ControlFile::parse(b"\xff\xfe").is_err());
    }
}
