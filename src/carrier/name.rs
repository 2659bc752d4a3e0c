//! Which names of a party's files are plain enough to be used.

use thiserror::Error;

use crate::words::Text;

/// Why a party's file name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameFault {
    /// No name at all.
    #[error("the name is empty")]
    Empty,
    /// Longer than a file name may be.
    #[error("the name is longer than 255 bytes")]
    TooLong,
    /// Bytes that are not UTF-8.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// A `/` or `\`.
    #[error("the name contains a path separator")]
    Separator,
    /// `..` at its start, or `.` alone.
    #[error("the name points to another folder")]
    Dots,
    /// NUL, line ends and other control characters.
    #[error("the name contains control characters")]
    Control,
    /// Characters that make a name look like another one on a screen.
    #[error("the name contains invisible characters that change how it reads")]
    Invisible,
}

impl NameFault {
    /// The fault for a person.
    pub fn text(self) -> Text {
        let en = self.to_string();
        let zh = match self {
            NameFault::Empty => "文件名为空",
            NameFault::TooLong => "文件名超过 255 字节",
            NameFault::NotUtf8 => "文件名不是 UTF-8 编码",
            NameFault::Separator => "文件名含有路径分隔符",
            NameFault::Dots => "文件名指向其他目录",
            NameFault::Control => "文件名含有控制字符",
            NameFault::Invisible => "文件名含有改变显示顺序的不可见字符",
        };
        Text { en, zh: zh.to_owned() }
    }
}

/// The longest name in bytes: what common file systems take.
pub const LONGEST: usize = 255;

/// Whether a name can be used, as an argument and from a listing.
///
/// ```
/// use bankferry::carrier::name::{NameFault, judge};
/// assert_eq!(judge("pain001_20260822.xml"), Ok(()));
/// assert_eq!(judge("回单 1.zip"), Ok(()));
/// assert_eq!(judge("../secret"), Err(NameFault::Separator));
/// assert_eq!(judge("..secret"), Err(NameFault::Dots));
/// assert_eq!(judge("a\nb"), Err(NameFault::Control));
/// assert_eq!(judge("lmx.\u{202e}001niap"), Err(NameFault::Invisible));
/// ```
pub fn judge(name: &str) -> Result<(), NameFault> {
    if name.is_empty() {
        Err(NameFault::Empty)
    } else if name.len() > LONGEST {
        Err(NameFault::TooLong)
    } else if name.contains(['/', '\\']) {
        Err(NameFault::Separator)
    } else if name == "." || name.starts_with("..") {
        Err(NameFault::Dots)
    } else if name.chars().any(char::is_control) {
        Err(NameFault::Control)
    } else if name.chars().any(invisible) {
        Err(NameFault::Invisible)
    } else {
        Ok(())
    }
}

/// A name from a listing: as text without loss, and its fault if it has one.
pub fn read(bytes: &[u8]) -> (String, Option<NameFault>) {
    match std::str::from_utf8(bytes) {
        Ok(name) => (name.to_owned(), judge(name).err()),
        Err(_) => (bytes.utf8_chunks().map(shown).collect(), Some(NameFault::NotUtf8)),
    }
}

/// Whether a sub-folder argument stays below its root: relative, each part a plain name.
pub fn judge_folder(folder: &str) -> Result<(), NameFault> {
    if folder.is_empty() { Ok(()) } else { folder.split('/').try_for_each(judge) }
}

/// Whether a character can be shown to a person as it is.
pub(crate) fn harmless(c: char) -> bool {
    !c.is_control() && !invisible(c)
}

fn shown(chunk: std::str::Utf8Chunk<'_>) -> String {
    let rest: String = chunk.invalid().iter().map(|b| format!("\\x{b:02x}")).collect();
    format!("{}{rest}", chunk.valid())
}

/// Direction marks, overrides and zero-width characters (Unicode 16, "Bidirectional Formatting Characters").
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_named_for_what_they_are() {
        let long = "x".repeat(256);
        let cases = [
            ("", NameFault::Empty),
            (".", NameFault::Dots),
            ("..", NameFault::Dots),
            ("/etc/passwd", NameFault::Separator),
            ("a\\b", NameFault::Separator),
            ("a\0b", NameFault::Control),
            ("a\u{7f}", NameFault::Control),
            ("a\u{200b}b", NameFault::Invisible),
            (long.as_str(), NameFault::TooLong),
        ];
        for (name, fault) in cases {
            assert_eq!(judge(name), Err(fault), "{name:?}");
        }
    }

    #[test]
    fn arabic_and_chinese_names_are_names_like_others() {
        assert_eq!(judge("كشف.xml"), Ok(()));
        assert_eq!(judge("对账单.xml"), Ok(()));
        assert_eq!(judge(".hidden"), Ok(()));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_and_flagged() {
        assert_eq!(read(b"a\xffb\xc3"), ("a\\xffb\\xc3".to_owned(), Some(NameFault::NotUtf8)));
        assert_eq!(read("ä".as_bytes()), ("ä".to_owned(), None));
    }

    #[test]
    fn a_sub_folder_stays_below_its_root() {
        assert_eq!(judge_folder(""), Ok(()));
        assert_eq!(judge_folder("out/camt053"), Ok(()));
        for folder in ["/out", "out/", "out//x", "../x", "out/../x"] {
            assert!(judge_folder(folder).is_err(), "{folder}");
        }
    }
}
