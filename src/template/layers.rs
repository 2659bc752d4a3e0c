//! A template's text and those of the templates that it extends, as one table in which every word knows its place.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::changes::{FIELDS, Setting, changed};
use super::load::{TemplateError, names, template_source};
use super::mistake::Mistake;
use super::understood::Understood;
use crate::text;
use crate::words::library::{Said, did_you_mean, line_and_column, of_file};

/// How many templates may extend each other in a row.
const DEEPEST: usize = 8;

/// A table with the place of every word.
type Placed<'t> = Spanned<DeTable<'t>>;

/// The text of a template, or of one that it extends.
pub(super) struct Layer {
    /// The template's name.
    pub name: String,
    /// What its file says.
    pub text: String,
    /// Where it begins among all texts.
    begins: usize,
}

/// The texts of the template `name`, whose own is `source`, and of those that it extends, the lowest last.
///
/// # Errors
/// [`TemplateError`]: a text that is no TOML, a template that is not there or extends itself.
pub(super) fn chain(folder: &Path, name: &str, source: &str) -> Result<Vec<Layer>, TemplateError> {
    let mut texts = vec![Layer { name: name.to_string(), text: source.to_string(), begins: 0 }];
    while let Some(layer) = texts.last() {
        let begins = layer.begins + layer.text.len() + 1;
        let Some(name) = base(folder, &texts, layer)? else { break };
        let text = template_source(folder, &name)?;
        texts.push(Layer { name, text, begins });
    }
    Ok(texts)
}

/// The name of the template that the last text extends, where it does.
fn base(folder: &Path, texts: &[Layer], layer: &Layer) -> Result<Option<String>, TemplateError> {
    let table = parse(layer)?;
    let Some(value) = entry(table.get_ref(), "extends") else { return Ok(None) };
    let place = Some(line_and_column(&layer.text, value.span().start - layer.begins));
    let wrong = |said: Said| TemplateError::Wrong(vec![Mistake::at(&layer.name, place, said)]);
    let Some(base) = value.get_ref().as_str() else {
        let what = text!("`extends` is not the name of a template", "`extends` 不是模板名称");
        return Err(wrong(Said::new(what).or_write(text!("write `extends = \"cib\"`", "写作 `extends = \"cib\"`"))));
    };
    if texts.iter().any(|layer| layer.name == base) {
        let circle = texts.iter().map(|layer| layer.name.as_str()).chain([base]).collect::<Vec<_>>();
        let (en, zh) = (circle.join(" extends "), circle.join(" → "));
        let what = text!("the templates extend each other in a circle: {en}", "模板互相继承形成循环：{zh}");
        let hint = text!(
            "leave one `extends` out, or give the copy another name",
            "请删除其中一个 `extends`，或为副本另取名称"
        );
        return Err(wrong(Said::new(what).or_write(hint)));
    }
    if texts.len() == DEEPEST {
        let what = text!("more than {DEEPEST} templates extend each other", "模板继承超过 {DEEPEST} 层");
        let hint = text!("copy a template instead of extending it", "请复制模板，不要再继承");
        return Err(wrong(Said::new(what).or_write(hint)));
    }
    if let Err(TemplateError::Missing(_)) = template_source(folder, base) {
        let what = text!("there is no template `{base}` to extend", "没有可继承的模板 `{base}`");
        let known = names(folder);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(wrong(Said::new(what).or_write(did_you_mean(base, &known))));
    }
    Ok(Some(base.to_string()))
}

/// The texts of a template and what they say together.
pub(super) struct Layers<'t> {
    texts: &'t [Layer],
    /// Places count from the beginning of the first text through all of them.
    table: Placed<'t>,
    /// Changes of lists of fields that cannot be made, each with its place.
    amiss: Vec<(usize, Said)>,
}

impl<'t> Layers<'t> {
    /// The layers of a [`chain`].
    ///
    /// # Errors
    /// [`TemplateError`] for a text that is no TOML.
    pub fn of(texts: &'t [Layer]) -> Result<Layers<'t>, TemplateError> {
        let mut whole = DeTable::new();
        let (mut span, mut amiss) = (0..0, Vec::new());
        for layer in texts.iter().rev() {
            let above = parse(layer)?;
            span = above.span();
            lay_over(&mut whole, above.into_inner(), &mut amiss);
        }
        whole.remove("extends");
        Ok(Layers { texts, table: Spanned::new(span, whole), amiss })
    }

    /// What the layers say, as far as it can be understood, and their mistakes at their places.
    pub fn understood<T: DeserializeOwned>(&self) -> Understood<T> {
        Understood::of(&self.table, |error| self.mistake_of(error))
    }

    /// What the reader says of the table, at its place.
    fn mistake_of(&self, error: &toml::de::Error) -> Mistake {
        let mut said = elsewhere(Said::of(error.message()), error.message());
        // An hour or a day without quotation marks is a table to the parser.
        let begins = error.span().and_then(|span| self.letter(span.start));
        if error.message().starts_with("invalid type: map") && begins.is_some_and(|c| c.is_ascii_digit()) {
            said = Said::new(text!("a date or an hour without quotation marks", "日期或时刻未加引号"))
                .or_write(text!("put it between `\"` and `\"`", "请用 `\"` 括起来"));
        }
        match error.span() {
            _ if !said.path.is_empty() => self.mistake(said),
            Some(span) => self.mistake_at(span.start, said),
            None => self.mistake(said),
        }
    }

    /// The same layers with the table of one environment laid over the others; `None` where there is none.
    pub fn in_environment(&self, word: &str) -> Option<Layers<'t>> {
        let mut whole = self.table.get_ref().clone();
        let said = whole.remove(word);
        ["test", "production"].iter().for_each(|word| {
            whole.remove(*word);
        });
        let DeValue::Table(above) = said?.into_inner() else { return None };
        let mut amiss = Vec::new();
        lay_over(&mut whole, above, &mut amiss);
        Some(Layers { texts: self.texts, table: Spanned::new(self.table.span(), whole), amiss })
    }

    /// Whether a change of a list of fields cannot be made.
    pub fn are_unmade(&self) -> bool {
        !self.amiss.is_empty()
    }

    /// The changes of lists of fields that cannot be made.
    pub fn changes_amiss(&self) -> Vec<Mistake> {
        self.amiss.iter().map(|(at, said)| self.mistake_at(*at, said.clone())).collect()
    }

    /// A mistake at the setting that its path names, or at the nearest one around it. Where that stands in a template
    /// that is extended, what extends it made it a mistake, and the nearest word of that is its place.
    pub fn mistake(&self, said: Said) -> Mistake {
        let Some(at) = self.find(&said.path) else { return self.mistake_of_all(said) };
        let below = self.layer_of(at).map_or(0, |layer| layer.begins);
        let around = (1..=said.path.len()).rev().filter_map(|depth| self.inside(&said.path[..depth]));
        match around.filter_map(|value| first_before(value, below)).next() {
            Some(above) => Mistake { beside: self.place_of(at), ..self.mistake_at(above, said) },
            None => self.mistake_at(at, said),
        }
    }

    /// A mistake of the template that has no place.
    pub fn mistake_of_all(&self, said: Said) -> Mistake {
        let name = self.texts.first().map(|layer| layer.name.clone()).unwrap_or_default();
        Mistake { file: name, place: None, beside: None, said }
    }

    /// Whether the template itself, and none that it extends, has this key.
    pub fn own_says(&self, key: &str) -> bool {
        let next = self.texts.get(1).map_or(usize::MAX, |layer| layer.begins);
        entry(self.table.get_ref(), key).is_some_and(|value| value.span().start < next)
    }

    /// The letter at a place.
    fn letter(&self, at: usize) -> Option<char> {
        let layer = self.layer_of(at)?;
        layer.text.get(at - layer.begins..)?.chars().next()
    }

    fn layer_of(&self, at: usize) -> Option<&'t Layer> {
        self.texts.iter().rev().find(|layer| layer.begins <= at)
    }

    /// The file of a place, with line and column.
    fn place_of(&self, at: usize) -> Option<(String, (usize, usize))> {
        let layer = self.layer_of(at)?;
        Some((layer.name.clone(), line_and_column(&layer.text, at - layer.begins)))
    }

    fn mistake_at(&self, at: usize, said: Said) -> Mistake {
        let (file, place) = self.place_of(at).unzip();
        Mistake { file: file.unwrap_or_default(), place, beside: None, said }
    }

    /// What stands under these keys.
    fn inside(&self, path: &[String]) -> Option<&Spanned<DeValue<'t>>> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(entry(self.table.get_ref(), first)?, |value, key| match value.get_ref() {
            DeValue::Table(table) => entry(table, key),
            DeValue::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Where the setting of a path begins.
    fn find(&self, path: &[String]) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let (key, value) = self.table.get_ref().iter().find(|(key, _)| key.get_ref() == first)?;
        Some(find_in(key.span().start, value, rest))
    }
}

/// Says of a key that this table does not have and another has, where it belongs.
fn elsewhere(said: Said, message: &str) -> Said {
    let Some(key) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) else {
        return said;
    };
    if said.hint.as_ref().is_some_and(|hint| hint.en.starts_with("did you mean")) {
        return said;
    }
    // The page of all keys is made of the declarations themselves.
    let pages = include_str!("../guide/templates/keys.md").split("\n## `").skip(1);
    let has = |page: &&str| page.contains(&format!("\n| `{key}` |"));
    let Some(table) = pages.filter(has).find_map(|page| page.split('`').next()) else { return said };
    said.or_write(text!("it stands in `{table}`", "它属于 `{table}`"))
}

/// Where what `path` names begins in `value`, which stands behind a key at `at`.
fn find_in<'t>(at: usize, value: &Spanned<DeValue<'t>>, path: &[String]) -> usize {
    let Some((first, rest)) = path.split_first() else {
        return match value.get_ref() {
            // A table with a heading of its own begins at its name.
            DeValue::Table(_) | DeValue::Array(_) => at,
            _ => value.span().start,
        };
    };
    match value.get_ref() {
        DeValue::Table(table) => match table.iter().find(|(key, _)| key.get_ref() == first) {
            Some((key, inner)) => find_in(key.span().start, inner, rest),
            None => value.span().start,
        },
        DeValue::Array(list) => match first.parse().ok().and_then(|number: usize| list.get(number)) {
            Some(inner) => find_in(inner.span().start, inner, rest),
            None => value.span().start,
        },
        _ => value.span().start,
    }
}

fn entry<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a Spanned<DeValue<'t>>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

/// The table of a text, its places counted through all texts.
fn parse(layer: &Layer) -> Result<Placed<'_>, TemplateError> {
    let table = DeTable::parse(&layer.text).map_err(|error| {
        let (place, said) = of_file(&error, &layer.text);
        TemplateError::Wrong(vec![Mistake::at(&layer.name, place, said)])
    })?;
    let span = moved_span(table.span(), layer.begins);
    Ok(Spanned::new(span, moved(table.into_inner(), layer.begins)))
}

fn moved_span(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// The table with its places moved by so many bytes.
fn moved(table: DeTable<'_>, by: usize) -> DeTable<'_> {
    let mut to = DeTable::new();
    for (key, value) in table {
        let span = moved_span(key.span(), by);
        to.insert(Spanned::new(span, key.into_inner()), moved_value(value, by));
    }
    to
}

fn moved_value(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let span = moved_span(value.span(), by);
    let inner = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(moved(table, by)),
        DeValue::Array(list) => DeValue::Array(list.into_iter().map(|inner| moved_value(inner, by)).collect()),
        plain => plain,
    };
    Spanned::new(span, inner)
}

/// The first word in a value that stands before a place: one of a template that extends the one which stands there.
fn first_before(value: &Spanned<DeValue<'_>>, place: usize) -> Option<usize> {
    match value.get_ref() {
        DeValue::Table(table) => table.iter().filter_map(|(_, inner)| first_before(inner, place)).min(),
        // A list is replaced whole.
        _ => Some(value.span().start).filter(|start| *start < place),
    }
}

/// As [`super::laid_over`], with places: what lies above is at its own. Changes that cannot be made are `amiss`.
fn lay_over<'t>(base: &mut DeTable<'t>, above: DeTable<'t>, amiss: &mut Vec<(usize, Said)>) {
    let mut above: Vec<_> = above.into_iter().map(Some).collect();
    for (key, below) in std::mem::take(base) {
        let found =
            above.iter_mut().find(|over| over.as_ref().is_some_and(|(name, _)| name.get_ref() == key.get_ref()));
        match found.and_then(Option::take) {
            Some((key, over)) => {
                let laid = laid(key.get_ref() == FIELDS, below, over, amiss);
                base.insert(key, laid)
            }
            None => base.insert(key, below),
        };
    }
    base.extend(above.into_iter().flatten());
}

/// A value with another one laid over it; `fields` where they are those of a record.
fn laid<'t>(
    fields: bool,
    below: Spanned<DeValue<'t>>,
    over: Spanned<DeValue<'t>>,
    amiss: &mut Vec<(usize, Said)>,
) -> Spanned<DeValue<'t>> {
    let span = over.span();
    match (below.into_inner(), over.into_inner()) {
        (DeValue::Table(mut under), DeValue::Table(over)) => {
            lay_over(&mut under, over, amiss);
            Spanned::new(span, DeValue::Table(under))
        }
        (DeValue::Array(list), DeValue::Table(changes)) if fields => {
            let begins: Vec<_> = changes.iter().map(|(key, _)| (key.get_ref().to_string(), key.span().start)).collect();
            let changes = changes.into_iter().map(|(key, change)| (key.get_ref().to_string(), change)).collect();
            let (list, wrong) = changed(list.into_iter().collect(), changes);
            for (name, said) in wrong {
                let begin = begins.iter().find(|(known, _)| *known == name);
                amiss.push((begin.map_or(span.start, |(_, at)| *at), said));
            }
            Spanned::new(span, DeValue::Array(of_all(list)))
        }
        (_, over) => Spanned::new(span, over),
    }
}

fn of_all<'t>(values: Vec<Spanned<DeValue<'t>>>) -> DeArray<'t> {
    let mut list = DeArray::new();
    values.into_iter().for_each(|value| list.push(value));
    list
}

impl Setting for Spanned<DeValue<'_>> {
    fn is_table(&self) -> bool {
        matches!(self.get_ref(), DeValue::Table(_))
    }

    fn is_empty(&self) -> bool {
        matches!(self.get_ref(), DeValue::Table(table) if table.is_empty())
    }

    fn text(&self) -> Option<&str> {
        self.get_ref().as_str()
    }

    fn is_true(&self) -> bool {
        matches!(self.get_ref(), DeValue::Boolean(true))
    }

    fn inner(&self, key: &str) -> Option<&Self> {
        if let DeValue::Table(table) = self.get_ref() { entry(table, key) } else { None }
    }

    fn take(&mut self, key: &str) -> Option<Self> {
        if let DeValue::Table(table) = self.get_mut() { table.remove(key) } else { None }
    }

    fn or_name(&mut self, name: &str) {
        let span = self.span();
        if let DeValue::Table(table) = self.get_mut()
            && entry(table, "name").is_none()
        {
            let value = DeValue::String(name.to_string().into());
            table.insert(Spanned::new(span.clone(), "name".to_string().into()), Spanned::new(span, value));
        }
    }

    fn laid(self, over: Self) -> Self {
        // Only a list of fields within a field could be amiss, and a field has none.
        laid(false, self, over, &mut Vec::new())
    }
}
