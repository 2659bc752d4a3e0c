//! Dates and moments.

use std::cmp::Ordering;

use jiff::SignedDuration;
pub use jiff::civil::Date;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar day from `YYYY-MM-DD` or `YYYYMMDD`, else `None`.
///
/// Exactly these two shapes: ten or eight characters, ASCII digits, an existing day.
pub fn parse_date(text: &str) -> Option<Date> {
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (year, month, day) = match text.len() {
        10 if text.is_ascii() && &text[4..5] == "-" && &text[7..8] == "-" => (&text[..4], &text[5..7], &text[8..]),
        8 if text.is_ascii() => (&text[..4], &text[4..6], &text[6..]),
        _ => return None,
    };
    if ![year, month, day].into_iter().all(digits) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A moment as a file tells it: a date with a time and, where it was written, the offset from UTC.
///
/// Prints as RFC 3339; without an offset when the file gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Date and time on the writer's clock.
    pub local: DateTime,
    /// Seconds east of UTC, where the file says so.
    pub offset_seconds: Option<i32>,
}

impl Moment {
    /// An ISO 8601 date and time, with or without fraction and offset, else `None`.
    pub fn parse(text: &str) -> Option<Moment> {
        let (head, offset_seconds) = split_offset(text)?;
        if head.len() < 16 || !head.is_ascii() || head.as_bytes()[10] != b'T' {
            return None;
        }
        Some(Moment { local: head.parse().ok()?, offset_seconds })
    }

    /// Which of two moments is earlier. Where one of them has no offset, both are read on the same clock.
    pub fn order(&self, other: &Moment) -> Ordering {
        let at =
            |moment: &Moment, offset: i32| moment.local.saturating_sub(SignedDuration::from_secs(i64::from(offset)));
        match (self.offset_seconds, other.offset_seconds) {
            (Some(one), Some(two)) => at(self, one).cmp(&at(other, two)),
            _ => self.local.cmp(&other.local),
        }
    }

    /// A moment of our own, in UTC, to the second.
    pub fn utc(timestamp: jiff::Timestamp) -> Moment {
        let local = jiff::tz::TimeZone::UTC.to_datetime(timestamp);
        let local = local.with().subsec_nanosecond(0).build().unwrap_or(local);
        Moment { local, offset_seconds: Some(0) }
    }
}

/// Cuts a trailing `Z`, `+hh:mm` or `-hh:mm` off an ISO 8601 time.
fn split_offset(text: &str) -> Option<(&str, Option<i32>)> {
    if let Some(head) = text.strip_suffix(['Z', 'z']) {
        return Some((head, Some(0)));
    }
    let Some(at) = text.len().checked_sub(6).filter(|&at| at > 10 && text.is_char_boundary(at)) else {
        return Some((text, None));
    };
    let (head, tail) = text.split_at(at);
    let sign = match tail.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return Some((text, None)),
    };
    let (hours, minutes) = tail[1..].split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some((head, Some(sign * (hours * 3600 + minutes * 60))))
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.local)?;
        match self.offset_seconds {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(s) => {
                let (sign, s) = if s < 0 { ('-', -s) } else { ('+', s) };
                write!(f, "{sign}{:02}:{:02}", s / 3600, s / 60 % 60)
            }
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Moment::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date and time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_two_shapes() {
        assert_eq!(parse_date("2026-11-23"), parse_date("20261123"));
        assert!(parse_date("2026-11-23").is_some());
        for wrong in ["2026-11-31", "2026-1-1", "26-11-23", "+2026112", "2026/11/23", "", "２０２６１１２３"] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_keep_what_was_written() {
        for text in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00+08:00",
            "2026-11-23T10:00:00",
            "2026-11-23T10:00:00.123-03:30",
        ] {
            assert_eq!(Moment::parse(text).map(|m| m.to_string()), Some(text.to_string()));
        }
        for wrong in ["2026-11-23", "now", "2026-11-23T25:00:00", "2026-11-23 10:00:00", "2026-11-23T10:00:00+99:00"] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }
}
