//! When to try again.

use jiff::{SignedDuration, Timestamp};

use crate::words::Remedy;

/// The wait after the first failure, in seconds; it doubles with every further one.
pub(super) const FIRST_SECONDS: i64 = 5;
/// The longest wait, in seconds.
const LONGEST_SECONDS: i64 = 900;
/// Refused log-ins in a row after which only a person starts again: banks lock accounts.
pub const MOST_LOGINS: u64 = 3;

/// The next try after `failures` earlier ones in a row; `None` waits for a person.
///
/// Only what time may heal is tried again. The wait doubles from 5 seconds to 15 minutes.
pub fn next_try(failures: u64, remedy: Remedy, now: Timestamp) -> Option<Timestamp> {
    if remedy != Remedy::Wait {
        return None;
    }
    let doubled = FIRST_SECONDS.checked_shl(failures.min(16) as u32).unwrap_or(LONGEST_SECONDS);
    now.checked_add(SignedDuration::from_secs(doubled.clamp(FIRST_SECONDS, LONGEST_SECONDS))).ok()
}

/// Whether the moment of a next try is still to come. One that is further away than any wait was written by a clock
/// that was ahead, and is not waited for.
pub(super) fn is_to_come(at: Timestamp, now: Timestamp) -> bool {
    at > now && at.duration_since(now) <= SignedDuration::from_secs(LONGEST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a timestamp");
        let wait = |failures| {
            let at = next_try(failures, Remedy::Wait, now).expect("time heals it");
            at.duration_since(now).as_secs()
        };
        assert_eq!([0, 1, 2, 7, 8, 60].map(wait), [5, 10, 20, 640, 900, 900]);
    }

    #[test]
    fn a_next_try_that_a_clock_ahead_wrote_is_not_waited_for() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a timestamp");
        let waits = |seconds: i64| is_to_come(now + SignedDuration::from_secs(seconds), now);
        assert_eq!([-1, 0, 5, 900, 901, 3_600].map(waits), [false, false, true, true, false, false]);
    }

    #[test]
    fn what_time_does_not_heal_waits_for_a_person() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(next_try(0, Remedy::Person, now), None);
        assert_eq!(next_try(0, Remedy::Unknown, now), None);
    }
}
