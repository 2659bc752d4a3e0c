//! Conditions: fields and records that count only where the document has certain values.
//!
//! A template declares one as `when`, by items. Whoever reads the file can decide it only by what stands in the file,
//! and the writer decides it by the same: by the value that it writes, be that the document's, one of `values`, or a
//! default.

use super::declare::{Ordered, RecordKind};
use super::item::{Binding, Form, Item};
use super::mistakes::Mistakes;
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::sound::{no_currency, words_of};
use super::view::View;
use crate::document::Currency;
use crate::text;
use crate::words::Text;
use crate::words::library::{Said, did_you_mean};

/// A condition as a template writes it: by item, the values for which it holds.
pub(super) type When = Ordered<Vec<String>>;

/// Any value at all, where a condition names values.
const ANY: &str = "*";

/// A condition, compiled: all its terms must hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    terms: Vec<Term>,
    /// In words, by the names that the file has for its fields.
    pub words: Text,
}

/// What one item must be.
#[derive(Clone, Debug)]
struct Term {
    item: Item,
    /// Its place in [`Plan::deciding`].
    number: usize,
    /// What its field carries where the document has no value for it.
    or: Option<Item>,
    default: Option<String>,
    wanted: Vec<String>,
}

/// What a record says by being that record, and in none of its fields.
#[derive(Clone, Debug)]
pub(super) struct Implied {
    pub item: Item,
    /// Its place in [`Plan::deciding`].
    pub number: usize,
    pub value: String,
}

impl Condition {
    /// Whether it holds for what is written.
    pub fn holds_for(&self, plan: &Plan, view: &View<'_>) -> bool {
        self.terms.iter().all(|term| term.takes(term.written(plan, view).as_deref()))
    }

    /// Whether it holds for what was read, by the places in [`Plan::deciding`].
    pub fn holds_with<'t>(&self, read: impl Fn(usize) -> Option<&'t str>) -> bool {
        self.terms.iter().all(|term| term.takes(read(term.number)))
    }

    /// What the document has for its items, to be shown.
    pub fn found(&self, plan: &Plan, view: &View<'_>) -> Vec<(String, Option<String>)> {
        self.terms.iter().map(|term| (plan.name_of(term.item), term.written(plan, view))).collect()
    }
}

impl Term {
    fn takes(&self, value: Option<&str>) -> bool {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        self.wanted.iter().any(|wanted| match wanted.as_str() {
            "" => value.is_none(),
            ANY => value.is_some(),
            wanted => value == Some(wanted),
        })
    }

    /// The value that stands in the file for its item.
    fn written(&self, plan: &Plan, view: &View<'_>) -> Option<String> {
        let items = || [Some(self.item), self.or].into_iter().flatten();
        let told = items().find_map(|item| view.get(item)).map(|value| value.text());
        told.or_else(|| items().find_map(|item| plan.values.get(&item)).cloned()).or_else(|| self.default.clone())
    }
}

/// Compiles the conditions of all records and fields of a plan.
pub(super) fn compile(plan: &mut Plan, mistakes: &mut Mistakes) {
    // What a record says may be asked by the records behind it, and by its own fields.
    for kind in [RecordKind::Detail, RecordKind::More] {
        let of_kind = |at: &usize| plan.records[*at].kind == kind;
        for at in (0..plan.records.len()).filter(of_kind).collect::<Vec<_>>() {
            record(plan, at).unwrap_or_else(|said| mistakes.tell(said));
        }
    }
    for at in 0..plan.records.len() {
        for field in 0..plan.records[at].fields.len() {
            let Some(when) = plan.records[at].fields[field].spec.when.clone() else { continue };
            let (name, number) = (plan.records[at].name.clone(), field.to_string());
            let below = |said: Said| below(said, &["record", &name, "fields", &number, "when"]);
            match condition(plan, at, &when, false) {
                Ok((condition, _)) => plan.records[at].fields[field].when = Some(Box::new(condition)),
                Err(said) => mistakes.tell(below(said)),
            }
        }
    }
    let deciding = plan.deciding.clone();
    for record in &mut plan.records {
        for field in record.fields.iter_mut().filter(|field| is_told(field)) {
            field.decides = deciding.iter().position(|item| field.item == Some(*item));
        }
    }
}

/// The condition of a record.
fn record(plan: &mut Plan, at: usize) -> Result<(), Said> {
    let name = plan.records[at].name.clone();
    let declared = plan.layout.record.0.iter().find(|(known, _)| *known == name);
    let Some(when) = declared.and_then(|(_, record)| record.when.clone()) else { return Ok(()) };
    let (condition, says) = condition(plan, at, &when, true).map_err(|said| below(said, &["record", &name, "when"]))?;
    (plan.records[at].when, plan.records[at].says) = (Some(condition), says);
    Ok(())
}

/// A condition of the record at `at`, or of a field of it, and what a record `says` by it.
fn condition(plan: &mut Plan, at: usize, when: &When, says: bool) -> Result<(Condition, Vec<Implied>), Said> {
    if when.0.is_empty() {
        let what = text!("`when` names no item", "`when` 没有写任何项目");
        let hint = text!(
            "write for example `when = {{ same_bank = [\"no\"] }}`",
            "请写例如 `when = {{ same_bank = [\"no\"] }}`"
        );
        return Err(Said::new(what).or_write(hint));
    }
    let (mut terms, mut words, mut implied) = (Vec::new(), Vec::new(), Vec::new());
    for (name, wanted) in &when.0 {
        let term = term(plan, at, (name, wanted), says).map_err(|said| below(said, &[name]))?;
        if let Carrier::Record = term.1 {
            let value = wanted.first().cloned().filter(|value| !value.is_empty());
            implied.extend(value.map(|value| Implied { item: term.0.item, number: term.0.number, value }));
        }
        words.push(in_words(name, &term.0, &term.1));
        terms.push(term.0);
    }
    let (en, zh): (Vec<String>, Vec<String>) = words.into_iter().map(|Text { en, zh }| (en, zh)).unzip();
    Ok((Condition { terms, words: Text { en: en.join(" and "), zh: zh.join("，且 ") } }, implied))
}

/// What tells whoever reads the file what an item is.
enum Carrier {
    Field(Box<PlannedField>),
    /// The record, by being that one.
    Record,
}

fn term(plan: &mut Plan, at: usize, (name, wanted): (&str, &[String]), says: bool) -> Result<(Term, Carrier), Said> {
    let item = plan.bound(&Binding::parse(name)?)?;
    if matches!(item, Item::Status | Item::GroupStatus) {
        let what = text!("no condition may depend on `{name}`", "条件不能取决于 `{name}`");
        let hint = text!(
            "several columns decide it together; in a file for an ERP write `state`",
            "状态由多列共同决定；供 ERP 的文件请用 `state`"
        );
        return Err(Said::new(what).or_write(hint));
    }
    let carrier = carrier(plan, at, item);
    let alone = says && matches!(wanted, [one] if one != ANY);
    let carrier = match carrier {
        Some(carrier) => carrier,
        None if alone => Carrier::Record,
        None => return Err(untold(name, says)),
    };
    values(item, name, wanted, &carrier)?;
    let number = plan.deciding.iter().position(|known| *known == item).unwrap_or(plan.deciding.len());
    if number == plan.deciding.len() {
        plan.deciding.push(item);
    }
    let (or, default) = match &carrier {
        Carrier::Field(field) => (field.or, field.spec.default.as_ref().map(|text| meant(field, text))),
        Carrier::Record => (None, None),
    };
    Ok((Term { item, number, or, default, wanted: wanted.to_vec() }, carrier))
}

/// Whether a field tells whoever reads the file what its item is: in every record of its kind, and first of all.
fn is_told(field: &PlannedField) -> bool {
    field.spec.when.is_none() && !field.spec.fallback
}

/// What carries an item in the record at `at`, in the details that it belongs to, or in a header before it.
fn carrier(plan: &Plan, at: usize, item: Item) -> Option<Carrier> {
    let of = |record: &PlannedRecord| {
        let field = record.fields.iter().find(|field| field.item == Some(item) && is_told(field));
        let field = field.map(|field| Carrier::Field(Box::new(field.clone())));
        field.or_else(|| record.says.iter().any(|said| said.item == item).then_some(Carrier::Record))
    };
    let details = || plan.records.iter().filter(|record| record.kind == RecordKind::Detail);
    let of_details = || match plan.records[at].kind {
        RecordKind::More if details().all(|record| of(record).is_some()) => details().find_map(of),
        _ => None,
    };
    let headers = plan.records[..at].iter().filter(|record| record.kind == RecordKind::Header);
    of(&plan.records[at]).or_else(of_details).or_else(|| headers.rev().find_map(of))
}

fn untold(name: &str, of_record: bool) -> Said {
    let what = text!(
        "no field of the record, or of the header before it, carries `{name}`: whoever reads the file could not tell",
        "该记录及其之前的文件头中没有字段承载 `{name}`：读取文件时无法判断"
    );
    let hint = match of_record {
        true => text!(
            "bind a field without `when` to it, or name one value only: then the record itself says it",
            "请将一个不带 `when` 的字段绑定到该项目，或只写一个值：此时由记录本身表明"
        ),
        false => text!("bind a field without `when` to it", "请将一个不带 `when` 的字段绑定到该项目"),
    };
    Said::new(what).or_write(hint)
}

/// The values that a condition names must be some that the item can have.
fn values(item: Item, name: &str, wanted: &[String], carrier: &Carrier) -> Result<(), Said> {
    let list = || text!("write the values in a list, such as `[\"no\"]`", "请以列表写出取值，如 `[\"no\"]`");
    if wanted.is_empty() {
        let what = text!("`{name}` has no values: the condition never holds", "`{name}` 没有取值：条件永不成立");
        return Err(Said::new(what).or_write(list()));
    }
    if wanted.len() > 1 && wanted.iter().any(|value| value == ANY) {
        let what =
            text!("`*` stands for every value, and others stand beside it", "`*` 已表示任何值，却又列出其他取值");
        let hint =
            text!("leave `*` or the others out; `\"\"` stands for none", "请删除 `*` 或其他取值；`\"\"` 表示没有值");
        return Err(Said::new(what).or_write(hint));
    }
    for (at, value) in wanted.iter().enumerate().filter(|(_, value)| !matches!(value.as_str(), "" | ANY)) {
        value_of(item, name, value, carrier).map_err(|said| said.at(&[at.to_string()]))?;
    }
    Ok(())
}

fn value_of(item: Item, name: &str, value: &str, carrier: &Carrier) -> Result<(), Said> {
    let (form, ..) = item.describe();
    if matches!(form, Form::Amount | Form::Date | Form::Moment | Form::Number) {
        let what = text!("`{name}` is no word that could be compared", "`{name}` 不是可比较的文字");
        let hint =
            text!("write `\"*\"` for any value, or `\"\"` for none", "请写 `\"*\"`（任何值）或 `\"\"`（没有值）");
        return Err(Said::new(what).or_write(hint));
    }
    if matches!(item, Item::Currency | Item::OwnCurrency | Item::GroupCurrency)
        && !Currency::parse(value).is_some_and(Currency::is_listed)
    {
        let (what, hint) = no_currency(value);
        return Err(Said::new(what).or_write(hint));
    }
    let mapped: Vec<&str> = match carrier {
        // Free text may stand beside the words of a map.
        Carrier::Field(field) if form == Form::Code || matches!(item, Item::Extra(_)) => {
            field.spec.map.0.iter().map(|(_, document)| document.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let known = words_of(item).map(<[&str]>::to_vec).unwrap_or(mapped.clone());
    let unknown = !known.is_empty() && !known.contains(&value) || !mapped.is_empty() && !mapped.contains(&value);
    if !unknown {
        return Ok(());
    }
    let known = if mapped.is_empty() { known } else { mapped };
    let what = text!("`{value}` is no value of `{name}`", "`{value}` 不是 `{name}` 的取值");
    Err(Said::new(what).or_write(did_you_mean(value, &known)))
}

/// What a word of the file means by the map of its field.
fn meant(field: &PlannedField, text: &str) -> String {
    let found = field.spec.map.0.iter().find(|(file, _)| file == text);
    found.map_or(text, |(_, document)| document).to_string()
}

/// A term in the words of the file: the name of the field, and what stands in it.
fn in_words(name: &str, term: &Term, carrier: &Carrier) -> Text {
    let file = |value: &str| match carrier {
        Carrier::Field(field) => {
            let of = field.spec.map.0.iter().filter(|(_, document)| document == value);
            let words: Vec<String> = of.map(|(file, _)| format!("`{file}`")).collect();
            if words.is_empty() { vec![format!("`{value}`")] } else { words }
        }
        Carrier::Record => vec![format!("`{value}`")],
    };
    let named = term.wanted.iter().filter(|value| !matches!(value.as_str(), "" | ANY));
    let mut en: Vec<String> = named.flat_map(|value| file(value)).collect();
    let mut zh: Vec<String> = en.iter().map(|word| format!("为 {word}")).collect();
    if term.wanted.iter().any(String::is_empty) {
        en.push("empty".into());
        zh.push("为空".into());
    }
    if term.wanted.iter().any(|value| value == ANY) {
        en.push("not empty".into());
        zh.push("不为空".into());
    }
    let (en, zh) = (en.join(" or "), zh.join("或"));
    match carrier {
        Carrier::Field(field) => {
            let name = &field.spec.name;
            text!("`{name}` is {en}", "`{name}` {zh}")
        }
        Carrier::Record => {
            let (_, _, (about, about_zh)) = term.item.describe();
            text!("`{name}` ({about}) is {en}", "{about_zh}（`{name}`）{zh}")
        }
    }
}

/// A mistake below these keys.
pub(super) fn below(mut said: Said, keys: &[&str]) -> Said {
    said.path.splice(0..0, keys.iter().map(|key| (*key).to_string()));
    said
}
