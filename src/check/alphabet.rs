//! `character-set`: every character is one that the target takes.

use serde::{Deserialize, Serialize};

use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::finding::Place;
use crate::text;

pub(super) static RULE: Rule = Rule {
    name: "character-set",
    grade: Grade::Error,
    firm: false,
    demands: ("texts have only characters that the target takes", "文本只含接收方支持的字符"),
};

/// Which characters a target takes. No alphabet takes control characters, tabs and line ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// All of Unicode.
    #[default]
    Unicode,
    /// Letters without accents, digits, space and `/ - ? : ( ) . , ' +` (EPC, SWIFT x).
    Latin,
    /// Printable ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// GBK (code page 936).
    Gbk,
}

impl Alphabet {
    /// Whether the target takes `c`.
    pub fn takes(self, c: char) -> bool {
        // U+FFFD stands where a decoder found bytes that were no character: the text is damaged.
        if c.is_control() || matches!(c, '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}' | '\u{2028}' | '\u{2029}') {
            return false;
        }
        match self {
            Alphabet::Unicode => true,
            Alphabet::Latin => c.is_ascii_alphanumeric() || " /-?:().,'+".contains(c),
            Alphabet::Ascii => c.is_ascii(),
            Alphabet::Latin1 => u32::from(c) <= 0xFF,
            Alphabet::Gbk => gbk_bytes(c).is_some(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Alphabet::Unicode => "Unicode",
            Alphabet::Latin => "Latin",
            Alphabet::Ascii => "ASCII",
            Alphabet::Latin1 => "ISO 8859-1",
            Alphabet::Gbk => "GBK",
        }
    }
}

/// Bytes of `c` in GBK; `None` when GBK has no such character.
pub(super) fn gbk_bytes(c: char) -> Option<usize> {
    if c.is_ascii() {
        return Some(1);
    }
    let mut utf8 = [0; 4];
    let (bytes, _, lost) = encoding_rs::GBK.encode(c.encode_utf8(&mut utf8));
    (!lost).then_some(bytes.len())
}

pub(super) fn look(field: Field, text: &str, rules: &Rules, place: &Place, notes: &mut Notes) {
    let mut characters = text.chars().enumerate();
    let Some((at, c)) = characters.find(|(_, c)| !rules.charset.takes(*c)) else { return };
    let (at, code, set) = (at + 1, u32::from(c), rules.charset.name());
    let shown = c.escape_debug();
    let message = text!(
        "character {at} is `{shown}` (U+{code:04X}), which {set} does not have",
        "第 {at} 个字符 `{shown}`（U+{code:04X}）不在 {set} 字符集内"
    );
    let hint = if c == '\u{FFFD}' {
        text!("the text was read in a wrong encoding: set the file's encoding", "文本编码有误：请设置正确的文件编码")
    } else {
        text!("replace the character in the ERP's master data", "请在 ERP 主数据中替换该字符")
    };
    notes.note(&RULE, place.clone().field(field.name()), message, hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_take_what_they_have() {
        for (alphabet, yes, no) in [
            (Alphabet::Unicode, "aä中😀", "\t\n\u{0}\u{FFFD}\u{7f}"),
            (Alphabet::Latin, "aZ09 /-?:().,'+", "ä&_@中"),
            (Alphabet::Ascii, "aZ&_@~", "ä中"),
            (Alphabet::Latin1, "äÿ\u{a0}", "€中Ā"),
            (Alphabet::Gbk, "a中国￥镕€", "ä😀𠮷한"),
        ] {
            assert_eq!(yes.chars().find(|c| !alphabet.takes(*c)), None, "{alphabet:?}");
            assert_eq!(no.chars().find(|c| alphabet.takes(*c)), None, "{alphabet:?}");
        }
    }
}
