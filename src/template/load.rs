//! Finds and understands templates: those built in and those in the installation's `templates/`.

use std::path::Path;

use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::Template;
use crate::document::NamedBy;
use crate::format::{self, OpenError, WriteOptions, Writer};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// The folder `templates/` of the program itself.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The templates that the program brings along: name and text, in the order of their names.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut files: Vec<_> = TEMPLATES
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == "toml"))
        .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
        .collect();
    files.sort_unstable();
    files.into_iter()
}

/// An example that the program brings along, such as `examples/NAME/payments.txt`.
pub fn example(name: &str, file: &str) -> Option<&'static [u8]> {
    TEMPLATES.get_file(format!("examples/{name}/{file}")).map(include_dir::File::contents)
}

/// The text of a file that the program brings along below `templates/`.
pub(super) fn built_in_file(path: &str) -> Option<&'static str> {
    TEMPLATES.get_file(path)?.contents_utf8()
}

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
    /// There is no calendar of this name.
    #[error("there is no calendar `{0}`")]
    NoCalendar(String),
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
            TemplateError::NoCalendar(name) => text!("there is no calendar `{name}`", "没有名为 `{name}` 的日历"),
        }
    }

    fn hints(&self) -> Vec<Text> {
        if let TemplateError::NoCalendar(_) = self {
            let files = TEMPLATES.get_dir("calendars").into_iter().flat_map(|folder| folder.files());
            let mut names: Vec<&str> = files.filter_map(|f| f.path().file_stem()?.to_str()).collect();
            names.sort_unstable();
            let names = names.join(", ");
            return vec![text!(
                "built in are {names}; others are files in `templates/calendars/`",
                "内置日历有 {names}；其他日历放在 `templates/calendars/` 目录下"
            )];
        }
        let TemplateError::Missing(_) = self else { return Vec::new() };
        let names = built_in().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
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
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => built_in()
            .find(|(built_in, _)| *built_in == name)
            .map(|(_, source)| source.to_string())
            .ok_or_else(|| TemplateError::Missing(name.to_string())),
        Err(cause) => Err(TemplateError::Io { name: name.to_string(), cause }),
    }
}

/// The names of all templates: those in `folder` and those built in.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let own = entries.filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let mut names: Vec<String> =
        own.filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_string)).collect();
    names.extend(built_in().map(|(name, _)| name.to_string()));
    names.sort_unstable();
    names.dedup();
    names
}

/// The template of this name.
///
/// # Errors
/// [`TemplateError`].
pub fn find(folder: &Path, name: &str) -> Result<Template, TemplateError> {
    read_template(folder, name, &template_source(folder, name)?)
}

/// A writer in `format`: a standard format, or the layouts of the template of that name.
///
/// # Errors
/// [`OpenError`] where it is neither.
pub fn writer(
    folder: &Path,
    format: &str,
    output: Box<dyn std::io::Write + Send>,
    options: &WriteOptions,
) -> Result<Box<dyn Writer + Send>, OpenError> {
    match find(folder, format) {
        Ok(template) if template.is_own(format) => template.create(format, output, options),
        _ => format::create(format, output, options),
    }
}

/// Understands a template's text; mistakes are told with line and column. The template that it extends is looked
/// for in `folder` and among those built in.
///
/// # Errors
/// [`TemplateError`].
pub fn read_template(folder: &Path, name: &str, source: &str) -> Result<Template, TemplateError> {
    let wrong = |e: &toml::de::Error, cause: String| TemplateError::Wrong {
        name: name.to_string(),
        cause: located(source, e, &cause),
    };
    let table: Table = toml::from_str(source).map_err(|e| wrong(&e, e.to_string()))?;
    let template = if table.contains_key("extends") {
        let whole = whole_table(folder, name, source)?;
        whole.try_into::<Template>().map_err(|e| wrong(&e, e.message().to_string()))?
    } else {
        toml::from_str::<Template>(source).map_err(|e| wrong(&e, e.to_string()))?
    };
    if template.inward.answers_by == NamedBy::Row && !template.numbers_rows() {
        let cause = "`answers_by = \"row\"` needs a field of `seq` in `[layout.payments]` and one of `original_seq` in \
                     `[layout.status]`: without them no row number comes back";
        return Err(TemplateError::Wrong { name: name.to_string(), cause: cause.to_string() });
    }
    Ok(settled(template))
}

/// A template whose layouts know its name.
pub fn settled(mut template: Template) -> Template {
    template.settle();
    template
}

/// How many templates may extend each other in a row.
const DEEPEST: usize = 8;

/// The tables of a template, laid over those of the template that it extends.
///
/// # Errors
/// [`TemplateError`].
pub fn whole_table(folder: &Path, name: &str, source: &str) -> Result<Table, TemplateError> {
    let wrong = |cause: String| TemplateError::Wrong { name: name.to_string(), cause };
    let parse = |source: &str| toml::from_str::<Table>(source).map_err(|e| wrong(e.to_string()));
    let mut chain = vec![parse(source)?];
    while let Some(base) = chain.last().and_then(|table| table.get("extends")).cloned() {
        let Some(base) = base.as_str() else { return Err(wrong("`extends` is the name of a template".into())) };
        if chain.len() == DEEPEST {
            return Err(wrong(format!("more than {DEEPEST} templates extend each other, the last is `{base}`")));
        }
        chain.push(parse(&template_source(folder, base)?)?);
    }
    let mut whole = Table::new();
    for above in chain.into_iter().rev() {
        laid_over(&mut whole, &above);
    }
    whole.remove("extends");
    Ok(whole)
}

/// A mistake with the line and column of the word that it is about: in a template that extends another the
/// parser knows no place, and of a contradiction it knows the table only.
fn located(source: &str, error: &toml::de::Error, cause: &str) -> String {
    let message = error.message();
    let field = message.split("field `").nth(1).and_then(|rest| rest.split('`').next());
    let record = message.split("record `").nth(1).and_then(|rest| rest.split('`').next());
    let quoted = message.split('`').nth(1);
    let places = [
        field.map(|field| format!("name = \"{field}\"")),
        record.map(|record| format!(".record.{record}]")),
        quoted.filter(|_| error.span().is_none()).map(str::to_string),
    ];
    let at = places.iter().flatten().find_map(|word| source.find(word.as_str()));
    let Some(at) = at.filter(|_| field.is_some() || record.is_some() || error.span().is_none()) else {
        return cause.to_string();
    };
    let line = source[..at].matches('\n').count() + 1;
    let column = source[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}: {message}")
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
