//! The hours of a party with the calendars that they name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::ConfigError;
use crate::calendar::{Hours, Window};
use crate::template::calendar;
use crate::text;
use crate::words::Text;

/// When a party takes files: `[calendar]` with its tables, in its zone or else the installation's.
///
/// # Errors
/// [`ConfigError`] for a zone or calendar that does not exist, and for hours that contradict each other.
pub(super) fn window(templates: &Path, party: &str, hours: &Hours, zone: &str) -> Result<Window, ConfigError> {
    let name = hours.time_zone.as_deref().unwrap_or(zone);
    let zone = TimeZone::get(name).map_err(|_| ConfigError::Wrong(no_zone(name)))?;
    if let Some(cause) = hours.contradiction() {
        return Err(ConfigError::Wrong(of_party(party, cause)));
    }
    let mut calendars = BTreeMap::new();
    for name in hours.calendars() {
        if !calendars.contains_key(name) {
            calendars.insert(name.to_string(), Arc::new(calendar(templates, name)?));
        }
    }
    Ok(Window::new(hours.clone(), calendars, zone))
}

/// A sentence about one party.
pub(super) fn of_party(party: &str, Text { en, zh }: Text) -> Text {
    text!("party `{party}`: {en}", "往来方 `{party}`：{zh}")
}

/// The sentence about a time zone that is none.
pub(super) fn no_zone(name: &str) -> Text {
    text!("`{name}` is not a time zone; write one such as `Asia/Shanghai`", "`{name}` 不是时区；请写如 `Asia/Shanghai`")
}
