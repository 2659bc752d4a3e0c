//! Finds and understands templates: those built in and those in the installation's `templates/`.

use std::path::Path;

use toml::{Table, Value};

use super::Template;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// The templates that the program brings along, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("iso20022-bank", include_str!("../../templates/iso20022-bank.toml")),
    ("csv-erp", include_str!("../../templates/csv-erp.toml")),
    ("csv-erp-zh", include_str!("../../templates/csv-erp-zh.toml")),
];

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is none of this name.
    #[error("there is no template `{0}`")]
    Missing(String),
    /// It cannot be read from disk.
    #[error("the template `{name}` cannot be read: {cause}")]
    Io {
        /// Its name.
        name: String,
        /// What the disk said.
        cause: std::io::Error,
    },
    /// It cannot be understood.
    #[error("the template `{name}` is wrong: {cause}")]
    Wrong {
        /// Its name, or the file that overrides it.
        name: String,
        /// Place and reason.
        cause: String,
    },
}

impl Explain for TemplateError {
    fn what(&self) -> Text {
        match self {
            TemplateError::Missing(name) => text!("there is no template `{name}`", "没有名为 `{name}` 的模板"),
            TemplateError::Io { name, cause } => {
                text!("the template `{name}` cannot be read: {cause}", "无法读取模板 `{name}`：{cause}")
            }
            TemplateError::Wrong { name, cause } => {
                text!("the template `{name}` is wrong: {cause}", "模板 `{name}` 有误：{cause}")
            }
        }
    }

    fn hints(&self) -> Vec<Text> {
        let TemplateError::Missing(_) = self else { return Vec::new() };
        let names = BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        vec![text!(
            "built in are {names}; others are files in `templates/`",
            "内置模板有 {names}；其他模板放在 `templates/` 目录下"
        )]
    }

    fn remedy(&self) -> Remedy {
        Remedy::Person
    }
}

/// The text of a template: the installation's own file where there is one, else the one built in.
///
/// # Errors
/// [`TemplateError::Missing`] and [`TemplateError::Io`].
pub fn template_source(folder: &Path, name: &str) -> Result<String, TemplateError> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !plain {
        return Err(TemplateError::Missing(name.to_string()));
    }
    match std::fs::read_to_string(folder.join(format!("{name}.toml"))) {
        Ok(source) => Ok(source),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => BUILT_IN
            .iter()
            .find(|(built_in, _)| *built_in == name)
            .map(|(_, source)| source.to_string())
            .ok_or_else(|| TemplateError::Missing(name.to_string())),
        Err(cause) => Err(TemplateError::Io { name: name.to_string(), cause }),
    }
}

/// Understands a template's text; mistakes are told with line and column.
///
/// # Errors
/// [`TemplateError::Wrong`].
pub fn read_template(name: &str, source: &str) -> Result<Template, TemplateError> {
    toml::from_str(source).map_err(|e| TemplateError::Wrong { name: name.to_string(), cause: e.to_string() })
}

/// Lays an installation's own keys over a template: tables are merged key by key, all else is replaced.
pub fn laid_over(base: &mut Table, above: &Table) {
    for (key, value) in above {
        match (base.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => laid_over(below, above),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}
