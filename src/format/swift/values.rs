//! Values as MT messages write them.

use crate::document::{Amount, Currency, Date, Indicator, parse_amount};

/// An amount `15d`: digits with a comma, with or without decimals; a point is taken for a comma,
/// leading zeros are common. `None` when it is anything else.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    let text = text.trim();
    if let Some(amount) = short_amount(text) {
        return Some(amount);
    }
    let plain = text.replace(',', ".");
    let plain = plain.strip_suffix('.').unwrap_or(&plain);
    parse_amount(plain).ok()
}

/// Most digits of an amount that a machine's number holds.
const SHORT: usize = 15;

/// Nearly every amount: few digits and one comma. `None` sends the rest the long way.
fn short_amount(text: &str) -> Option<Amount> {
    let (whole, decimals) = text.split_once(',')?;
    let digits = whole.len() + decimals.len();
    if whole.is_empty() || digits > SHORT || decimals.len() > 4 {
        return None;
    }
    let number = whole
        .bytes()
        .chain(decimals.bytes())
        .try_fold(0_i64, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')));
    // Four decimals at most, so the scale fits.
    Some(Amount::new(number?, u32::try_from(decimals.len()).ok()?))
}

/// A day `YYMMDD` (or `YYYYMMDD`): 80 to 99 are the last century. `None` when no such day exists.
pub(crate) fn date(digits: &str) -> Option<Date> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (year, rest) = match digits.len() {
        6 => {
            let year = number(0..2)?;
            (if year < 80 { 2000 + year } else { 1900 + year }, 2)
        }
        8 => (number(0..4)?, 4),
        _ => return None,
    };
    let (month, day) = (number(rest..rest + 2)?, number(rest + 2..rest + 4)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A day `MMDD` in the year that brings it nearest to `near`: an entry of 2 January may have a
/// value date in December. `None` when no such day exists.
pub(crate) fn month_and_day(digits: &str, near: Date) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let (month, day) = (number(0..2)?, number(2..4)?);
    let years = [near.year() - 1, near.year(), near.year() + 1];
    let dates = years.into_iter().filter_map(|year| Date::new(year, month, day).ok());
    dates.min_by_key(|date| (near - *date).get_days().unsigned_abs())
}

/// A mark of direction and what it means: `(indicator, reversal, expected)`, with its length.
///
/// `C`, `D`, `RC` (a credit taken back: effectively a debit), `RD`, and `EC`, `ED` (expected).
pub(crate) fn mark(text: &str) -> Option<(Mark, usize)> {
    let mark = |indicator, reversal, expected| Mark { indicator, reversal, expected };
    let bytes = text.as_bytes();
    Some(match (bytes.first()?, bytes.get(1)) {
        (b'R', Some(b'C')) => (mark(Indicator::Debit, true, false), 2),
        (b'R', Some(b'D')) => (mark(Indicator::Credit, true, false), 2),
        (b'E', Some(b'C')) => (mark(Indicator::Credit, false, true), 2),
        (b'E', Some(b'D')) => (mark(Indicator::Debit, false, true), 2),
        (b'C', _) => (mark(Indicator::Credit, false, false), 1),
        (b'D', _) => (mark(Indicator::Debit, false, false), 1),
        _ => return None,
    })
}

/// What a mark of direction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The effective direction.
    pub indicator: Indicator,
    /// Whether it takes back an earlier entry.
    pub reversal: bool,
    /// Whether it is only expected.
    pub expected: bool,
}

/// A currency and an amount: `EUR1234,5`.
pub(crate) fn money(text: &str) -> Option<(Currency, Amount)> {
    let (code, rest) = text.trim().split_at_checked(3)?;
    Some((Currency::parse(code)?, amount(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_comma() {
        for (text, want) in [("0,", "0"), ("12,3", "12.3"), ("000012,30", "12.30"), ("7", "7"), ("1.5", "1.5")] {
            assert_eq!(amount(text).map(|a| a.to_string()), Some(want.to_string()), "{text}");
        }
        for long in ["1234567890123,4567", "0,00001", "123456789012345678,"] {
            assert!(amount(long).is_some(), "{long}");
        }
        for wrong in ["", ",", ",5", "1,x", "1,2,3", "-1,", "1.234,56", "x"] {
            assert_eq!(amount(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_have_two_digits_of_a_year() {
        assert_eq!(date("201031").map(|d| d.to_string()), Some("2020-10-31".into()));
        assert_eq!(date("991231").map(|d| d.year()), Some(1999));
        assert_eq!(date("20261123").map(|d| d.year()), Some(2026));
        assert_eq!(date("201131"), None);
        let december = date("201231").expect("a day");
        assert_eq!(month_and_day("0102", december).map(|d| d.to_string()), Some("2021-01-02".into()));
        assert_eq!(month_and_day("1231", date("210102").expect("a day")), Some(december));
        assert_eq!(month_and_day("0230", december), None);
    }

    #[test]
    fn a_credit_taken_back_is_a_debit() {
        let (m, length) = mark("RC1,").expect("a mark");
        assert_eq!((m.indicator, m.reversal, length), (Indicator::Debit, true, 2));
        let (m, length) = mark("CR1,").expect("a mark and a funds code");
        assert_eq!((m.indicator, m.reversal, length), (Indicator::Credit, false, 1));
    }
}
