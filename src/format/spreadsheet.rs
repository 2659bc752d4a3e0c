//! What spreadsheets make of account numbers, bank numbers and ids: they take them for numbers or formulas.

use crate::text;
use crate::words::Text;

/// The digits of a number that spreadsheets keep; those behind are written as zeros.
const KEPT: usize = 15;

/// Why a number of an account or a bank is not the one that was meant, and what to do.
pub(in crate::format) fn damage(value: &str) -> Option<(Text, Text)> {
    if value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    if let Some(lost) = power(value) {
        return Some(lost);
    }
    let shown: String = value.chars().take(40).collect();
    let message = if value.chars().any(|c| matches!(c, '０'..='９')) {
        text!("`{shown}` has full-width digits", "`{shown}` 含有全角数字")
    } else if value.starts_with('=') {
        text!("`{shown}` is a formula of a spreadsheet, not a number", "`{shown}` 是电子表格公式，不是号码")
    } else if value.starts_with(['\'', '’', '`']) {
        text!("`{shown}` begins with the mark of a spreadsheet for text", "`{shown}` 以电子表格的文本标记开头")
    } else if is_decimal(value) {
        text!("`{shown}` was taken for an amount: it ends in decimals", "`{shown}` 被当作数值，末尾带有小数")
    } else {
        return None;
    };
    let hint = text!(
        "format the column as text and export again, with the number alone",
        "请把该列设为文本格式后重新导出，只保留号码本身"
    );
    Some((message, hint))
}

/// Why an id or a number is not the one that was meant, where it is written as a power of ten.
pub(in crate::format) fn power(value: &str) -> Option<(Text, Text)> {
    is_power(value).then(|| {
        let message = text!(
            "a spreadsheet has turned the number into `{value}`: digits are lost",
            "电子表格把号码变成了 `{value}`，数字已丢失"
        );
        let hint = text!("format the column as text and export again", "请把该列设为文本格式后重新导出");
        (message, hint)
    })
}

/// What is to be said of a number that ends in the zeros that a spreadsheet writes for digits that it does not keep. It
/// may be right, so that this is a warning; where one digit only would be lost, every tenth number ends so.
pub(in crate::format) fn may_be_rounded(value: &str) -> Option<(Text, Text)> {
    let lost = value.len().checked_sub(KEPT).filter(|lost| *lost > 1)?;
    let rounded = value.bytes().all(|b| b.is_ascii_digit()) && value[KEPT..].bytes().all(|b| b == b'0');
    rounded.then(|| {
        let message = text!(
            "`{value}` ends in {lost} zeros behind {KEPT} digits, as spreadsheets write longer numbers",
            "`{value}` 在前 {KEPT} 位之后全为零（{lost} 位），疑似被电子表格舍入"
        );
        let hint = text!("compare it with the owner's own paper, digit by digit", "请与户主提供的资料逐位核对");
        (message, hint)
    })
}

/// Such as `6.22202E+18`, `6,222E18`, `6E+18`.
fn is_power(value: &str) -> bool {
    let Some((digits, power)) = value.split_once(['E', 'e']) else { return false };
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let parted = digits.split_once(['.', ',']);
    let mantissa = parted.map_or(number(digits), |(a, b)| number(a) && number(b));
    let signed = power.strip_prefix('+');
    mantissa && number(signed.unwrap_or(power)) && (signed.is_some() || parted.is_some())
}

/// Such as `6222020200112233.0`; numbers of accounts that banks part by points have more digits behind them.
fn is_decimal(value: &str) -> bool {
    let Some((whole, decimals)) = value.split_once(['.', ',']) else { return false };
    let zeros = (1..=2).contains(&decimals.len()) && decimals.bytes().all(|b| b == b'0');
    zeros && whole.len() > 3 && whole.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_are_caught() {
        for bad in [
            "6.22202E+18",
            "6E+18",
            "6,222E18",
            "=\"6222020200112233445\"",
            "=6222",
            "'6222020200112233445",
            "６２２２020200112233445",
            "6222020200112233.0",
            "6222020200112233,00",
        ] {
            assert!(damage(bad).is_some(), "{bad}");
        }
        for good in
            ["DE89370400440532013000", "6222020200112233445", "12E45", "12-345.678-9", "123.456.00-1", "", "DE89 3704"]
        {
            assert!(damage(good).is_none(), "{good}");
        }
    }

    #[test]
    fn zeros_behind_fifteen_digits_are_noticed() {
        for bad in ["6222000000000000000", "62220202001122300", "6222020200112230000"] {
            assert!(may_be_rounded(bad).is_some(), "{bad}");
        }
        for good in ["6222020200112230", "6222020200112233445", "62220202001122310", "100000", "DE000000000000000000"] {
            assert!(may_be_rounded(good).is_none(), "{good}");
        }
    }
}
