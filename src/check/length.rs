//! `too-long`: no text is longer than its field.

use super::alphabet::gbk_bytes;
use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules, Unit};
use crate::finding::Place;
use crate::text;

pub(super) static RULE: Rule = Rule {
    name: "too-long",
    grade: Grade::Error,
    firm: false,
    demands: ("no text is longer than its field", "文本长度不超过字段上限"),
};

impl Unit {
    /// The length of `text` in this unit.
    pub fn length(self, text: &str) -> usize {
        match self {
            Unit::Chars => text.chars().count(),
            Unit::Utf8Bytes => text.len(),
            Unit::GbkBytes => text.chars().map(|c| gbk_bytes(c).unwrap_or(4)).sum(),
        }
    }
}

pub(super) fn look(field: Field, text: &str, rules: &Rules, place: &Place, notes: &mut Notes) {
    let limit = rules.max_lengths.get(&field).copied().unwrap_or_else(|| field.iso_length());
    let (length, most) = (limit.unit.length(text), limit.most);
    if length <= most {
        return;
    }
    let message = match limit.unit {
        Unit::Chars => {
            text!("the text has {length} characters, at most {most} fit", "文本有 {length} 个字符，最多 {most} 个")
        }
        Unit::Utf8Bytes => text!(
            "the text has {length} bytes in UTF-8, at most {most} fit",
            "文本为 {length} 字节（UTF-8），最多 {most} 字节"
        ),
        Unit::GbkBytes => text!(
            "the text has {length} bytes in GBK, at most {most} fit",
            "文本为 {length} 字节（GBK），最多 {most} 字节"
        ),
    };
    let hint = text!("shorten it in the ERP: names and accounts are never cut", "请在 ERP 中缩短：户名和账号从不截断");
    notes.note(&RULE, place.clone().field(field.name()), message, hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_differently() {
        let text = "中国a€𠮷";
        assert_eq!(Unit::Chars.length(text), 5);
        assert_eq!(Unit::Utf8Bytes.length(text), 14);
        // The euro sign is one byte (0x80) in code page 936.
        assert_eq!(Unit::GbkBytes.length(text), 2 + 2 + 1 + gbk_bytes('€').unwrap() + 4);
    }
}
