//! Hours, lengths and weekdays as settings write them.

use jiff::SignedDuration;
use jiff::civil::Time;
use serde::Deserialize;

use crate::text;
use crate::words::library::carried;

/// An hour of the day on the bank's clock, `16:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Hour(pub Time);

impl TryFrom<String> for Hour {
    type Error = String;

    fn try_from(text: String) -> Result<Hour, String> {
        let parts = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2);
        let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse().ok()).flatten();
        parts
            .and_then(|(h, m)| Time::new(number(h)?, number(m)?, 0, 0).ok())
            .map(Hour)
            .ok_or_else(|| carried(text!("`{text}` is not an hour such as `16:30`", "`{text}` 不是如 `16:30` 的时刻")))
    }
}

impl std::fmt::Display for Hour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

/// A length of time: `30m`, `2h`, `1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Length(pub SignedDuration);

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Length, String> {
        let wrong = || {
            carried(text!(
                "`{text}` is not a length of time such as `30m`, `2h` or `1d`",
                "`{text}` 不是如 `30m`、`2h` 或 `1d` 的时长"
            ))
        };
        let unit = text.chars().last().ok_or_else(wrong)?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return Err(wrong()),
        };
        // Five digits of days are a length that every moment bears.
        let number = text.strip_suffix(unit).filter(|n| !n.is_empty() && n.len() <= 5).ok_or_else(wrong)?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        Ok(Length(SignedDuration::from_mins(i64::from(number) * minutes)))
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// Whether it is that day.
    pub fn is(self, day: jiff::civil::Weekday) -> bool {
        self as i8 == day.to_monday_zero_offset()
    }
}

/// Hours in which a bank's server rests, every week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// The day on which it begins; every day where none is named.
    #[serde(default)]
    pub day: Option<Weekday>,
    /// From this hour.
    pub from: Hour,
    /// Until this hour; on the next day where it is not later than `from`.
    pub until: Hour,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_lengths_have_one_shape() {
        assert_eq!(Hour::try_from("16:30".to_string()).map(|h| h.to_string()), Ok("16:30".into()));
        for wrong in ["24:00", "6:30", "16:3", "16:60", "+1:30", "16.30", ""] {
            assert!(Hour::try_from(wrong.to_string()).is_err(), "{wrong}");
        }
        assert_eq!(Length::try_from("2h".to_string()), Ok(Length(SignedDuration::from_hours(2))));
        for wrong in ["2", "h", "-2h", "2 h", "999999d", "é", ""] {
            assert!(Length::try_from(wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
