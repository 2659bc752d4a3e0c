//! Finds and understands templates: those built in and those in the installation's `templates/`.

use std::path::Path;

use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::changes::{FIELDS, Setting, changed};
use super::layers::{Layers, chain};
use super::mistake::Mistake;
use super::understood::Understood;
use super::{Template, sound};
use crate::format::{self, OpenError, WriteOptions, Writer};
use crate::text;
use crate::words::library::{Said, line_and_column, meant, nearest};
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

/// The names of the calendars that the program brings along.
pub(super) fn built_in_calendars() -> impl Iterator<Item = &'static str> {
    let files = TEMPLATES.get_dir("calendars").into_iter().flat_map(|folder| folder.files());
    files.filter_map(|file| file.path().file_stem()?.to_str())
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
    /// It cannot be understood, or says what cannot be meant: at least one mistake.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Mistake>),
    /// There is no calendar of this name.
    #[error("there is no calendar `{0}`")]
    NoCalendar(String),
}

impl Explain for TemplateError {
    fn what(&self) -> Text {
        match self {
            TemplateError::Missing(name) => text!("there is no template `{name}`", "没有名为 `{name}` 的模板"),
            TemplateError::Io { name, cause } => {
                text!("the template `{name}` cannot be read", "无法读取模板 `{name}`").because(cause)
            }
            TemplateError::Wrong(mistakes) => mistakes.first().map(Mistake::what).unwrap_or_default(),
            TemplateError::NoCalendar(name) => text!("there is no calendar `{name}`", "没有名为 `{name}` 的日历"),
        }
    }

    fn hints(&self) -> Vec<Text> {
        if let TemplateError::NoCalendar(_) = self {
            let mut names: Vec<&str> = built_in_calendars().collect();
            names.sort_unstable();
            let names = names.join(", ");
            return vec![text!(
                "built in are {names}; others are files in `templates/calendars/`",
                "内置日历有 {names}；其他日历放在 `templates/calendars/` 目录下"
            )];
        }
        match self {
            TemplateError::Wrong(mistakes) => mistakes.first().and_then(Mistake::hint).into_iter().collect(),
            TemplateError::Missing(name) => {
                let known: Vec<&str> = built_in().map(|(known, _)| known).collect();
                let near = nearest(name, known.iter().copied()).map(meant);
                let names = known.join(", ");
                let all = text!(
                    "built in are {names}; others are files in `templates/`",
                    "内置模板有 {names}；其他模板放在 `templates/` 目录下"
                );
                near.into_iter().chain([all]).collect()
            }
            _ => Vec::new(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            TemplateError::Io { cause, .. } => Remedy::of_io(cause),
            _ => Remedy::Person,
        }
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
    match std::fs::read(folder.join(format!("{name}.toml"))) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| not_utf8(name, &error)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => built_in()
            .find(|(built_in, _)| *built_in == name)
            .map(|(_, source)| source.to_string())
            .ok_or_else(|| TemplateError::Missing(name.to_string())),
        Err(cause) => Err(TemplateError::Io { name: name.to_string(), cause }),
    }
}

/// A file that an editor saved in another encoding.
fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> TemplateError {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let place = line_and_column(&String::from_utf8_lossy(before), before.len());
    let what = text!("the file is not UTF-8 from here on", "文件自此处起不是 UTF-8 编码");
    let hint = text!(
        "save it as UTF-8 in the editor; the encoding of the bank's files is another matter",
        "请在编辑器中另存为 UTF-8；银行文件的编码另由 `encoding` 指定"
    );
    let said = Said::new(what).or_write(hint);
    TemplateError::Wrong(vec![Mistake::at(name, Some(place), said)])
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
    let chain = chain(folder, name, source)?;
    let layers = Layers::of(&chain)?;
    let whole = layers.understood::<Template>();
    let mut told = [layers.changes_amiss(), whole.mistakes.clone()].concat();
    let template = whole.value.as_ref().map(|template| settled(template.clone()));
    if let Some(template) = &template {
        told.extend(sound::named(template, name, &layers));
        told.extend(beyond_words(&whole, template, folder, &layers));
    }
    for side in ["test", "production"].iter().filter_map(|word| layers.in_environment(word)) {
        let of_side = side.understood::<Template>();
        let template = of_side.value.as_ref().map(|template| settled(template.clone()));
        let more = template.iter().flat_map(|template| beyond_words(&of_side, template, folder, &side));
        for mistake in side.changes_amiss().into_iter().chain(of_side.mistakes.iter().cloned()).chain(more) {
            // What is wrong in itself is wrong in both environments, too.
            if !told.iter().any(|other| other.said == mistake.said) {
                told.push(mistake);
            }
        }
    }
    told.sort_by_key(|mistake| (mistake.file != name, mistake.place));
    template.filter(|_| told.is_empty()).ok_or(TemplateError::Wrong(told))
}

/// What a template cannot mean, beyond the words that its keys take, but for what may follow from those.
fn beyond_words(of: &Understood<Template>, template: &Template, folder: &Path, layers: &Layers<'_>) -> Vec<Mistake> {
    // Where a list of fields is not changed as it was meant, nothing can be said of layouts.
    let unmade = |said: &Said| layers.are_unmade() && said.path.first().is_some_and(|key| key == "layout");
    let said = sound::mistakes(template, folder).into_iter().filter(|said| !of.depends(&said.path) && !unmade(said));
    said.map(|said| layers.mistake(said)).collect()
}

/// A template whose layouts know its name.
pub fn settled(mut template: Template) -> Template {
    template.settle();
    template
}

/// The tables of a template, laid over those of the template that it extends.
///
/// # Errors
/// [`TemplateError`].
pub fn whole_table(folder: &Path, name: &str, source: &str) -> Result<Table, TemplateError> {
    let chain = chain(folder, name, source)?;
    let layers = Layers::of(&chain)?;
    let whole = layers.understood::<Table>();
    let mistakes = [layers.changes_amiss(), whole.mistakes].concat();
    whole.value.filter(|_| mistakes.is_empty()).ok_or(TemplateError::Wrong(mistakes))
}

/// Lays an installation's own keys over a template: tables are merged key by key, a list of fields is changed by a
/// table of them, all else is replaced.
pub fn laid_over(base: &mut Table, above: &Table) {
    for (key, value) in above {
        match (base.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => laid_over(below, above),
            (Some(Value::Array(list)), Value::Table(changes)) if key == FIELDS => {
                let changes = changes.iter().map(|(name, change)| (name.clone(), change.clone())).collect();
                let (list, wrong) = changed(list.clone(), changes);
                // A change that cannot be made is refused as what it is: no list.
                let value = if wrong.is_empty() { Value::Array(list) } else { value.clone() };
                base.insert(key.clone(), value);
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Setting for Value {
    fn is_table(&self) -> bool {
        matches!(self, Value::Table(_))
    }

    fn is_empty(&self) -> bool {
        self.as_table().is_some_and(Table::is_empty)
    }

    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn is_true(&self) -> bool {
        self.as_bool() == Some(true)
    }

    fn inner(&self, key: &str) -> Option<&Value> {
        self.get(key)
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.as_table_mut()?.remove(key)
    }

    fn or_name(&mut self, name: &str) {
        if let Some(table) = self.as_table_mut() {
            table.entry("name").or_insert_with(|| Value::String(name.to_string()));
        }
    }

    fn laid(mut self, over: Value) -> Value {
        if let (Value::Table(below), Value::Table(above)) = (&mut self, &over) {
            laid_over(below, above);
        }
        self
    }
}
