//! Calendars: those that the program brings along, and the installation's own over them.

use std::path::Path;

use super::load::{TemplateError, built_in_file};
use crate::calendar::Calendar;

/// The calendar of this name: the tables of `calendars/NAME.toml` in `folder` over those built in.
///
/// # Errors
/// [`TemplateError`], with the name `calendars/NAME`.
pub fn calendar(folder: &Path, name: &str) -> Result<Calendar, TemplateError> {
    let shown = format!("calendars/{name}");
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(TemplateError::NoCalendar(name.to_string()));
    }
    let read = |source: &str| {
        let wrong = |e: toml::de::Error| TemplateError::Wrong { name: shown.clone(), cause: e.to_string() };
        let calendar: Calendar = toml::from_str(source).map_err(wrong)?;
        Ok::<_, TemplateError>(Calendar { name: name.to_string(), ..calendar })
    };
    let file = format!("{shown}.toml");
    let built_in = built_in_file(&file).map(read).transpose()?;
    let own = match std::fs::read_to_string(folder.join(&file)) {
        Ok(source) => Some(read(&source)?),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(cause) => return Err(TemplateError::Io { name: shown, cause }),
    };
    match (built_in, own) {
        (Some(below), Some(above)) => Ok(below.overridden(above)),
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (None, None) => Err(TemplateError::NoCalendar(name.to_string())),
    }
}
