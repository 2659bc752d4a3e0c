//! What a field takes: numbers of one kind only, such as CNAPS numbers, and a BIC in no place of theirs.

use std::borrow::Cow;

use serde::Deserialize;

use crate::document::{Bic, Cnaps};
use crate::text;
use crate::words::Text;

/// What kind of number a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Takes {
    /// Twelve digits of a bank in China.
    Cnaps,
    /// Eight or eleven characters of a bank, by ISO 9362.
    Bic,
    /// Six digits of a branch in Australia, written as `999-999`.
    Bsb,
    /// Digits only.
    Digits,
}

impl Takes {
    /// The value as the field has it; `None` where it is no such number.
    pub(super) fn written(self, value: &str) -> Option<Cow<'_, str>> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        let is_it = match self {
            Takes::Cnaps => Cnaps::parse(value).is_some(),
            Takes::Bic => Bic::parse(value).is_some(),
            Takes::Bsb if digits(value, 6) => return Some(format!("{}-{}", &value[..3], &value[3..]).into()),
            Takes::Bsb => value.split_once('-').is_some_and(|(bank, branch)| digits(bank, 3) && digits(branch, 3)),
            Takes::Digits => value.bytes().all(|b| b.is_ascii_digit()),
        };
        is_it.then_some(Cow::Borrowed(value))
    }

    /// What it is called.
    pub fn words(self) -> Text {
        match self {
            Takes::Cnaps => text!("a CNAPS number of 12 digits", "十二位联行号（CNAPS）"),
            Takes::Bic => text!("a BIC of 8 or 11 characters", "8 位或 11 位 BIC"),
            Takes::Bsb => text!("a BSB number, `999-999`", "BSB 号码，形如 `999-999`"),
            Takes::Digits => text!("digits only", "只能是数字"),
        }
    }

    /// What is said of a value that is none.
    pub(super) fn refused(self, value: &str) -> Text {
        let Text { en, zh } = self.words();
        text!("`{value}` is not what the field takes: {en}", "`{value}` 不是该字段所要的值：{zh}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_kind_are_taken_and_no_others() {
        for (takes, value, written) in [
            (Takes::Cnaps, "308584000013", Some("308584000013")),
            (Takes::Cnaps, "CMBCCNBS", None),
            (Takes::Cnaps, "30858400001", None),
            (Takes::Bic, "CMBCCNBSXXX", Some("CMBCCNBSXXX")),
            (Takes::Bic, "308584000013", None),
            (Takes::Bsb, "062000", Some("062-000")),
            (Takes::Bsb, "062-000", Some("062-000")),
            (Takes::Bsb, "06-2000", None),
            (Takes::Bsb, "06200", None),
            (Takes::Bsb, "０６２000", None),
            (Takes::Digits, "7339", Some("7339")),
            (Takes::Digits, "73 39", None),
        ] {
            assert_eq!(takes.written(value).as_deref(), written, "{takes:?} {value}");
        }
    }
}
