//! Calendars: those that the program brings along, and the installation's own over them.

use std::path::Path;

use super::load::{TemplateError, built_in_calendars, built_in_file};
use super::mistake::Mistake;
use crate::calendar::Calendar;
use crate::words::library::of_file;

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
        let calendar: Calendar = toml::from_str(source).map_err(|error| {
            let (place, said) = of_file(&error, source);
            TemplateError::Wrong(vec![Mistake::at(&shown, place, said)])
        })?;
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

/// The names of all calendars: those in `folder` and those built in.
pub(super) fn known(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("calendars")).into_iter().flatten().flatten();
    let own = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let own = own.filter_map(|path| Some(path.file_stem()?.to_str()?.to_string()));
    let mut names: Vec<String> = own.chain(built_in_calendars().map(str::to_string)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
