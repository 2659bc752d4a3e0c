//! The hours of a party with the calendars that they name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::ConfigError;
use crate::calendar::{Hours, Window};
use crate::document::NamedBy;
use crate::template::{PartyKind, Template, calendar};

/// When a party takes files: `[calendar]` with its tables, in its zone or else the installation's.
///
/// # Errors
/// [`ConfigError`] for a zone or calendar that does not exist, and for hours that contradict each other.
pub(super) fn window(templates: &Path, party: &str, hours: &Hours, zone: &str) -> Result<Window, ConfigError> {
    let name = hours.time_zone.as_deref().unwrap_or(zone);
    let zone = TimeZone::get(name)
        .map_err(|_| ConfigError::Wrong(format!("`{name}` is not a time zone; write one such as `Asia/Shanghai`")))?;
    if let Some(cause) = hours.contradiction() {
        return Err(ConfigError::Wrong(format!("party `{party}`: calendar: {cause}")));
    }
    let mut calendars = BTreeMap::new();
    for name in hours.calendars() {
        if !calendars.contains_key(name) {
            calendars.insert(name.to_string(), Arc::new(calendar(templates, name)?));
        }
    }
    Ok(Window::new(hours.clone(), calendars, zone))
}

/// Why a party cannot take one file at a time as its template says, in a sentence.
pub(super) fn wrong_flight(template: &Template) -> Option<String> {
    let asked = template.out.one_in_flight.is_some() && template.kind == PartyKind::Erp;
    asked.then(|| "`out.one_in_flight` is about payment files for a bank".into())
}

/// Why an ERP cannot be told of accepted batches as its template says, in a sentence: layouts have no fields for it.
pub(super) fn wrong_acceptance(template: &Template) -> Option<String> {
    let format = template.outputs.acceptance.iter().find(|format| !matches!(format.as_str(), "csv" | "jsonl"))?;
    Some(format!("`outputs.acceptance` is `csv` or `jsonl`, not `{format}`: a status layout has no field for a window"))
}

/// Why batches for a party cannot be merged as its template says, in a sentence.
pub(super) fn wrong_merge(template: &Template) -> Option<String> {
    let last = template.out.merge.iter().max()?;
    if template.kind == PartyKind::Erp {
        return Some("`out.merge` is about payment files for a bank".into());
    }
    if template.payments.one_group {
        return Some("`out.merge` puts several groups into one file, and `payments.one_group` allows one".into());
    }
    if template.inward.answers_by != NamedBy::Id {
        let cause = "`out.merge` needs answers that repeat an id: a row or a payee does not tell the batches apart";
        return Some(cause.into());
    }
    let hours = &template.calendar;
    let ends = hours.cut_off.into_iter().chain(hours.send_until);
    let end = ends.chain(hours.currency.values().filter_map(|currency| currency.cut_off)).min()?;
    (*last >= end).then(|| format!("`out.merge` at {last} is too late: the day ends at {end}"))
}
