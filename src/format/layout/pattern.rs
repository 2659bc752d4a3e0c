//! Patterns of dates and moments: `yyyyMMdd`, `dd.MM.yy`, `yyyy-MM-dd HH:mm:ss`.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::document::{Date, Moment};
use crate::text;
use crate::words::Text;
use crate::words::library::{Said, carried};

/// A pattern: letters stand for digits, all else for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern {
    parts: Vec<Piece>,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Year4,
    Year2,
    /// Year of the Reiwa era, two digits (2019 is 1).
    Reiwa,
    Month,
    Day,
    /// Day of the year, three digits.
    DayOfYear,
    Hour,
    Minute,
    Second,
    Literal(char),
}

/// The letters of a pattern and what they stand for; longer ones first.
const LETTERS: &[(&str, Piece)] = &[
    ("yyyy", Piece::Year4),
    ("yy", Piece::Year2),
    ("rr", Piece::Reiwa),
    ("MM", Piece::Month),
    ("DDD", Piece::DayOfYear),
    ("dd", Piece::Day),
    ("HH", Piece::Hour),
    ("mm", Piece::Minute),
    ("ss", Piece::Second),
];

/// What the digits of a text gave.
#[derive(Default)]
struct Read {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    time: [i8; 3],
}

impl DatePattern {
    /// A pattern.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<DatePattern, Text> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((letters, piece)) = LETTERS.iter().find(|(letters, _)| rest.starts_with(letters)) {
                parts.push(*piece);
                rest = &rest[letters.len()..];
            } else if first.is_ascii_alphabetic() && first != 'T' {
                return Err(text!(
                    "`{text}` is no pattern of a date: `{first}` stands for nothing; write yyyy, yy, MM, dd, HH, mm, \
                     ss",
                    "`{text}` 不是日期格式：`{first}` 没有含义；请写 yyyy、yy、MM、dd、HH、mm、ss"
                ));
            } else {
                parts.push(Piece::Literal(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        if !parts.iter().any(|piece| !matches!(piece, Piece::Literal(_))) {
            return Err(text!(
                "`{text}` is not a pattern of a date; write for example yyyyMMdd",
                "`{text}` 不是日期格式；请写例如 yyyyMMdd"
            ));
        }
        if let Some(said) = senseless(&parts, text) {
            return Err(said);
        }
        Ok(DatePattern { parts, text: text.to_string() })
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern has a time of day.
    pub fn has_time(&self) -> bool {
        self.parts.contains(&Piece::Hour)
    }

    /// Whether the pattern has a day.
    pub fn has_day(&self) -> bool {
        self.parts.contains(&Piece::Day) || self.parts.contains(&Piece::DayOfYear)
    }

    /// Whether the pattern has a day and leaves its year to whoever reads it.
    pub fn lacks_year(&self) -> bool {
        self.has_day() && !self.parts.iter().any(|p| matches!(p, Piece::Year4 | Piece::Year2 | Piece::Reiwa))
    }

    /// Whether its year is one of the Reiwa era.
    pub fn is_of_the_era(&self) -> bool {
        self.parts.contains(&Piece::Reiwa)
    }

    /// Writes a moment.
    pub fn write(&self, moment: Moment) -> String {
        let mut out = String::with_capacity(self.text.len());
        self.write_to(moment, &mut out);
        out
    }

    /// Writes a moment behind `out`.
    pub fn write_to(&self, moment: Moment, out: &mut String) {
        let local = moment.local;
        for piece in &self.parts {
            match piece {
                Piece::Year4 => {
                    two_digits(local.year().div_euclid(100), out);
                    two_digits(local.year(), out);
                }
                Piece::Year2 => two_digits(local.year(), out),
                Piece::Reiwa => two_digits(local.year() - 2018, out),
                Piece::Month => two_digits(local.month().into(), out),
                Piece::Day => two_digits(local.day().into(), out),
                Piece::DayOfYear => {
                    let day = local.date().day_of_year();
                    out.push(digit(day / 100));
                    two_digits(day, out);
                }
                Piece::Hour => two_digits(local.hour().into(), out),
                Piece::Minute => two_digits(local.minute().into(), out),
                Piece::Second => two_digits(local.second().into(), out),
                Piece::Literal(c) => out.push(*c),
            }
        }
    }

    /// Writes a day, at midnight.
    pub fn write_date(&self, date: Date) -> String {
        self.write(Moment { local: date.at(0, 0, 0, 0), offset_seconds: None })
    }

    /// Reads a moment; a pattern without year takes it from `near`. `None` when the text is no such moment.
    pub fn read(&self, text: &str, near: Option<Date>) -> Option<Moment> {
        let mut read = Read::default();
        let mut rest = text.trim();
        for piece in &self.parts {
            rest = piece.take(rest, &mut read)?;
        }
        // Banks put a time behind a date that was agreed without one.
        if !rest.is_empty() && (self.has_time() || !rest.starts_with([' ', 'T'])) {
            return None;
        }
        let [hour, minute, second] = read.time;
        let date = read.date(near)?;
        let local = date.at(0, 0, 0, 0).with().hour(hour).minute(minute).second(second).build().ok()?;
        Some(Moment { local, offset_seconds: None })
    }
}

/// Why letters that each stand for something cannot be meant so together.
fn senseless(parts: &[Piece], text: &str) -> Option<Text> {
    let has = |piece: Piece| parts.contains(&piece);
    let without_hour = [(Piece::Minute, "mm"), (Piece::Second, "ss")].into_iter().find(|(piece, _)| has(*piece));
    if let Some((piece, letters)) = without_hour.filter(|_| !has(Piece::Hour)) {
        let month = piece == Piece::Minute && !has(Piece::Month) && (has(Piece::Year4) || has(Piece::Day));
        return Some(if month {
            text!(
                "`{text}` has minutes and no month: write `MM` for the month",
                "`{text}` 只有分钟而没有月：月份请写 `MM`"
            )
        } else {
            text!("`{text}` has `{letters}` without `HH`, the hour", "`{text}` 有 `{letters}` 而没有小时 `HH`")
        });
    }
    let twice = LETTERS.iter().find(|(_, piece)| parts.iter().filter(|part| *part == piece).count() > 1);
    if let Some((letters, _)) = twice {
        return Some(text!("`{text}` has `{letters}` twice", "`{text}` 中 `{letters}` 重复"));
    }
    let at = |piece: Piece| parts.iter().position(|part| *part == piece);
    // No country writes a date so; an example of one of the first twelve days of a month would not show it.
    let day_first = at(Piece::Day).zip(at(Piece::Month)).is_some_and(|(day, month)| day < month);
    if day_first && parts.iter().find(|p| !matches!(p, Piece::Literal(_))) == Some(&Piece::Year4) {
        return Some(text!(
            "`{text}` has the day before the month behind a year: write `MM` before `dd`",
            "`{text}` 在年之后先日后月：请先写 `MM` 再写 `dd`"
        ));
    }
    let day = has(Piece::Day) || has(Piece::Month);
    (day && !(has(Piece::Day) && has(Piece::Month)))
        .then(|| text!("`{text}` needs both the month, `MM`, and the day, `dd`", "`{text}` 须同时有月 `MM` 与日 `dd`"))
}

/// The last two digits of a number.
fn two_digits(number: i16, out: &mut String) {
    let number = number.rem_euclid(100);
    out.extend([digit(number / 10), digit(number % 10)]);
}

/// A digit for a number from 0 to 9.
fn digit(number: i16) -> char {
    u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)).unwrap_or('0')
}

impl Piece {
    /// How many digits stand for it.
    fn digits(self) -> usize {
        match self {
            Piece::Year4 => 4,
            Piece::DayOfYear => 3,
            Piece::Literal(_) => 0,
            _ => 2,
        }
    }

    fn take<'a>(self, text: &'a str, read: &mut Read) -> Option<&'a str> {
        if let Piece::Literal(c) = self {
            return text.strip_prefix(c);
        }
        let digits = self.digits();
        let (head, rest) = text.split_at_checked(digits)?;
        if !head.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number: i16 = head.parse().ok()?;
        let small = i8::try_from(number).ok();
        match self {
            Piece::Year4 => read.year = Some(number),
            // Two digits of a year are of the window that MT messages have too.
            Piece::Year2 => read.year = Some(if number < 80 { 2000 + number } else { 1900 + number }),
            Piece::Reiwa => read.year = Some(2018 + number),
            Piece::Month => read.month = small,
            Piece::Day => read.day = small,
            Piece::DayOfYear => read.day_of_year = Some(number),
            Piece::Hour => read.time[0] = small?,
            Piece::Minute => read.time[1] = small?,
            Piece::Second => read.time[2] = small?,
            Piece::Literal(_) => {}
        }
        Some(rest)
    }
}

impl Read {
    fn date(&self, near: Option<Date>) -> Option<Date> {
        if let Some(day) = self.day_of_year {
            return Date::new(self.year?, 1, 1).ok()?.with().day_of_year(day).build().ok();
        }
        if self.month.is_none() && self.day.is_none() && self.year.is_none() {
            // A time of day alone.
            return near;
        }
        let (month, day) = (self.month?, self.day?);
        if let Some(year) = self.year {
            return Date::new(year, month, day).ok();
        }
        let near = near?;
        let years = [near.year() - 1, near.year(), near.year() + 1];
        let dates = years.into_iter().filter_map(|year| Date::new(year, month, day).ok());
        dates.min_by_key(|date| (near - *date).get_days().unsigned_abs())
    }
}

/// The patterns in which a file may have its dates: the first is written, all are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePatterns {
    all: Vec<DatePattern>,
    /// Their numbers, longer ones first: a time behind a day is not to be lost.
    order: Vec<usize>,
}

impl DatePatterns {
    /// Patterns, of which no two take one text for two moments.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn of(all: Vec<DatePattern>) -> Result<DatePatterns, Said> {
        if all.is_empty() {
            let what = text!("the list of patterns is empty", "日期格式列表为空");
            return Err(Said::new(what).or_write(text!("write for example `yyyyMMdd`", "请写例如 `yyyyMMdd`")));
        }
        let pairs = all.iter().enumerate().flat_map(|(at, one)| all[..at].iter().map(move |other| (other, one)));
        if let Some((one, other)) = pairs.into_iter().find(|(one, other)| one.clashes_with(other)) {
            let (one, other) = (one.as_str(), other.as_str());
            let what = text!(
                "`{one}` and `{other}` take the same text: nobody could tell which day it is",
                "`{one}` 与 `{other}` 可以匹配同一文本：无法判断是哪一天"
            );
            return Err(Said::new(what).or_write(text!("leave one of them out", "请删除其中一个")));
        }
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(all[*at].shape().len()));
        Ok(DatePatterns { all, order })
    }

    /// The pattern that is written.
    pub fn written(&self) -> &DatePattern {
        // Proof: `of` takes no empty list.
        &self.all[0]
    }

    /// All patterns, that which is written first.
    pub fn all(&self) -> &[DatePattern] {
        &self.all
    }

    /// Reads a moment as [`DatePattern::read`], and tells by which pattern.
    pub fn read(&self, text: &str, near: Option<Date>) -> Option<(Moment, &DatePattern)> {
        let patterns = self.order.iter().map(|at| &self.all[*at]);
        patterns.into_iter().find_map(|pattern| Some((pattern.read(text, near)?, pattern)))
    }

    /// The patterns in a sentence.
    pub fn words(&self) -> Text {
        let listed = |between: &str| self.all.iter().map(DatePattern::as_str).collect::<Vec<_>>().join(between);
        Text { en: listed(" or "), zh: listed(" 或 ") }
    }
}

impl DatePattern {
    /// What stands at each place of a text of it: a digit (`None`) or a sign.
    fn shape(&self) -> Vec<Option<char>> {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(c) => vec![Some(*c)],
            piece => vec![None; piece.digits()],
        };
        self.parts.iter().flat_map(piece).collect()
    }

    /// Whether a text may be of both patterns and say two things.
    fn clashes_with(&self, other: &DatePattern) -> bool {
        let same = |(one, other): (&Option<char>, &Option<char>)| match (one, other) {
            (Some(one), Some(other)) => one == other,
            (Some(sign), None) | (None, Some(sign)) => sign.is_ascii_digit(),
            (None, None) => true,
        };
        let (one, two) = (self.shape(), other.shape());
        if !one.iter().zip(&two).all(same) {
            return false;
        }
        let (short, long) = if one.len() <= two.len() { (self, other) } else { (other, self) };
        // Behind a day without a time one may stand: then both must mean the same day.
        let goes_on = |sign: Option<&Option<char>>| matches!(sign, Some(Some(' ' | 'T')));
        let longer = if one.len() <= two.len() { &two } else { &one };
        match one.len().min(two.len()) {
            all if all == longer.len() => true,
            least if goes_on(longer.get(least)) && !short.has_time() => !long.parts.starts_with(&short.parts),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for DatePatterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DatePatterns, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = DatePatterns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<DatePatterns, E> {
                let pattern = DatePattern::parse(text).map_err(|what| E::custom(carried(what)))?;
                DatePatterns::of(vec![pattern]).map_err(|said| E::custom(said.carried()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<DatePatterns, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    all.push(DatePattern::parse(&text).map_err(|what| A::Error::custom(carried(what)))?);
                }
                DatePatterns::of(all).map_err(|said| A::Error::custom(said.carried()))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_date;

    #[test]
    fn what_is_written_is_read_again() {
        let day = parse_date("2026-04-30").expect("a day");
        for pattern in ["yyyyMMdd", "yyMMdd", "dd.MM.yy", "MMdd", "yyyy/MM/dd", "yyyyDDD", "rrMMdd"] {
            let pattern = DatePattern::parse(pattern).expect("a pattern");
            let text = pattern.write_date(day);
            assert_eq!(pattern.read(&text, Some(day)).map(|m| m.local.date()), Some(day), "{text}");
        }
        let pattern = DatePattern::parse("yyyy-MM-dd HH:mm:ss").expect("a pattern");
        let moment = pattern.read("2026-04-30 15:20:05", None).expect("a moment");
        assert_eq!(pattern.write(moment), "2026-04-30 15:20:05");
    }

    #[test]
    fn a_year_that_is_not_written_is_the_nearest() {
        let pattern = DatePattern::parse("MMdd").expect("a pattern");
        let near = parse_date("2026-12-30");
        let read = |text| pattern.read(text, near).map(|m| m.local.date().to_string());
        assert_eq!(read("0102").as_deref(), Some("2027-01-02"));
        assert_eq!(read("1229").as_deref(), Some("2026-12-29"));
        assert_eq!(read("0230"), None);
        assert_eq!(pattern.read("0102", None), None);
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        assert!(DatePattern::parse("YYYYMMDD").is_err());
        assert!(DatePattern::parse("").is_err());
        assert!(DatePattern::parse("-").is_err());
        for bad in ["yyyy-mm-dd", "mm-dd-yyyy", "dddd", "yyyyMMddss", "yyyyMM", "HHmmHH", "yyyy-MM-MM"] {
            assert!(DatePattern::parse(bad).is_err(), "{bad}");
        }
        assert!(DatePattern::parse("yyyy-mm-dd").is_err_and(|said| said.en.contains("write `MM`")));
    }

    #[test]
    fn several_patterns_are_read_and_the_first_is_written() {
        let of = |all: &[&str]| {
            DatePatterns::of(all.iter().map(|text| DatePattern::parse(text).expect("a pattern")).collect())
        };
        let patterns = of(&["yyyyMMdd", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss"]).expect("three patterns");
        let read = |text| patterns.read(text, None).map(|(moment, _)| moment.local.to_string());
        assert_eq!(read("20261130").as_deref(), Some("2026-11-30T00:00:00"));
        assert_eq!(read("2026-11-30").as_deref(), Some("2026-11-30T00:00:00"));
        assert_eq!(read("2026-11-30 08:15:00").as_deref(), Some("2026-11-30T08:15:00"));
        assert_eq!(read("30.11.2026"), None);
        assert_eq!(patterns.written().write_date(parse_date("2026-11-30").expect("a day")), "20261130");
        for clash in [
            ["yyyyMMdd", "ddMMyyyy"],
            ["dd/MM/yyyy", "MM/dd/yyyy"],
            ["yyMMdd", "rrMMdd"],
            ["ddMMyyyy", "yyyyMMdd HH:mm:ss"],
            ["yyyyMMdd", "20yyMMdd"],
            ["yyyyMMdd", "yyyyMMdd"],
        ] {
            assert!(of(&clash).is_err_and(|said| said.what.en.contains("take the same text")), "{clash:?}");
        }
        assert!(of(&["yyyyMMdd", "yyMMdd"]).is_ok() && of(&["yyyy-MM-dd", "yyyy/MM/dd"]).is_ok());
        assert!(of(&[]).is_err());
    }
}
