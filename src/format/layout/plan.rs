//! A layout, compiled once: items, positions and forms are settled, contradictions are told.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{self, Condition, Implied};
use super::declare::{Align, Field, Layout, Record, RecordKind, WidthUnit};
use super::details;
use super::foreign;
use super::hash::{self, Summed};
use super::item::{Binding, Carries, Form, Item, STATES};
use super::mistakes::Mistakes;
use super::sound;
use crate::document::Currency;
use crate::text;
use crate::words::Text;
use crate::words::library::Said;

/// How the format of a refusal ends.
pub(super) const REFUSAL: &str = ".refusal";

/// A layout ready to read and write.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the template, which is the format's name.
    pub name: String,
    /// The kind of document.
    pub carries: Carries,
    /// The declaration.
    pub layout: Layout,
    /// Its records; lines of literal text one by one.
    pub(super) records: Vec<PlannedRecord>,
    /// Where details begin and end among the records.
    pub(super) body: std::ops::Range<usize>,
    /// The records of the details, those first that are told by most constants.
    pub(super) order: Vec<usize>,
    /// The further records that stand once with every detail.
    pub(super) once: Vec<usize>,
    pub(super) currency: Option<Currency>,
    /// Names of extra values, by the number in [`Item::Extra`].
    pub(super) extras: Vec<String>,
    /// What is written where the document has no value.
    pub(super) values: BTreeMap<Item, String>,
    /// The hash totals of its headers and trailers.
    pub(super) hashes: Vec<Summed>,
    /// The items on which conditions depend.
    pub(super) deciding: Vec<Item>,
    /// Items of balances whose direction stands in a field of its own: they are written without a sign.
    pub(super) unsigned: BTreeSet<Item>,
}

/// A record ready to read and write.
#[derive(Clone, Debug)]
pub(super) struct PlannedRecord {
    pub name: String,
    pub kind: RecordKind,
    /// Literal text of a `lines` or `section` record.
    pub text: String,
    pub fields: Vec<PlannedField>,
    pub optional: bool,
    pub once: bool,
    pub repeat: bool,
    /// Whether rows may have columns behind those of its fields.
    pub further: bool,
    pub delimiter: String,
    pub trailing: bool,
    pub status: Option<String>,
    pub element: Option<String>,
    /// The rows that it is for, where it is not for all.
    pub when: Option<Condition>,
    /// What it says by being this record.
    pub says: Vec<Implied>,
    /// Its fields whose digits are added up, each with the number of the hash total.
    pub hashed: Vec<(usize, usize)>,
    /// Fields up to the last one that must be there.
    pub fewest: usize,
    /// Positions up to the end of the last field that says something.
    pub needed: usize,
}

/// A field ready to read and write.
#[derive(Clone, Debug)]
pub(super) struct PlannedField {
    pub spec: Field,
    pub item: Option<Item>,
    pub or: Option<Item>,
    pub form: Form,
    /// First position, from 0, and length, in a record of fixed width.
    pub at: usize,
    pub len: usize,
    /// What its column may be called, as [`plain_name`] gives it.
    pub names: Vec<String>,
    /// Where it counts, where it does not everywhere.
    pub when: Option<Box<Condition>>,
    /// The place of its item in [`Plan::deciding`], where its value decides conditions.
    pub decides: Option<usize>,
    /// The number of the hash total that it holds.
    pub hash: Option<usize>,
    /// Whether its name says that it tells the currency, though the layout does not read it.
    pub tells_currency: bool,
}

/// A column's name without blanks, and without the English that some banks put in brackets behind it. A unit in
/// brackets stays: an amount in cents or in thousands is another column than one in yuan.
pub(super) fn plain_name(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, inside, behind)) = bracketed(rest) {
        plain.push_str(before);
        if !is_translation(inside) {
            plain.push_str(&rest[before.len()..rest.len() - behind.len()]);
        }
        rest = behind;
    }
    plain.push_str(rest);
    plain.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What stands before, within and behind the first pair of square brackets; one that is not closed ends with the name.
fn bracketed(name: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = name.split_once(['[', '［'])?;
    Some(match opened.split_once([']', '］']) {
        Some((inside, behind)) => (before, inside, behind),
        None => (before, opened, ""),
    })
}

/// Words for what an amount counts in.
const UNITS: [&str; 18] = [
    "fen",
    "yuan",
    "jiao",
    "cent",
    "cents",
    "penny",
    "pence",
    "sen",
    "minor",
    "ten",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "lakh",
    "crore",
];

/// Whether what stands in brackets is a name in English, and neither a unit nor a currency.
fn is_translation(inside: &str) -> bool {
    let ascii = inside.chars().all(|c| c.is_ascii() || c == '’');
    let words: Vec<&str> = inside.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| word.len() > 2 && word.chars().all(|c| c.is_ascii_alphabetic());
    let is_code =
        |code: &str| Currency::parse(code).is_some_and(Currency::is_listed) || Currency::named(code).is_some();
    // `[usd]` is a currency; `top` and `all` among other words are none.
    let counts = |word: &&str| {
        let alone = words.len() == 1 && is_code(&word.to_ascii_uppercase());
        alone || is_code(word) || UNITS.contains(&word.to_ascii_lowercase().as_str())
    };
    ascii && words.iter().any(is_word) && !words.iter().any(counts)
}

impl PlannedField {
    /// A field of a declaration that carries an item.
    pub fn new(spec: Field, item: Option<Item>, or: Option<Item>) -> PlannedField {
        let number = if spec.hash.is_some() { Form::Number } else { Form::Text };
        let form = item.map_or(number, |item| item.describe().0);
        let names = std::iter::once(&spec.name).chain(&spec.also).map(|name| plain_name(name)).collect();
        let tells_currency = item.is_none() && spec.is.is_none() && foreign::is_told_by(&spec.name);
        PlannedField {
            spec,
            item,
            or,
            form,
            at: 0,
            len: 0,
            names,
            when: None,
            decides: None,
            hash: None,
            tells_currency,
        }
    }

    /// Whether it has a constant in every record of its kind, which tells the record from others.
    pub fn is_mark(&self) -> bool {
        self.spec.is.is_some() && self.spec.when.is_none()
    }

    /// What fills it in a record of fixed width.
    pub fn fill(&self) -> char {
        self.spec.fill.unwrap_or(if self.is_numeric() { '0' } else { ' ' })
    }

    /// Whether a column of this name, as [`plain_name`] gives it, is the field's.
    pub fn is_called(&self, plain: &str) -> bool {
        self.names.iter().any(|name| name == plain)
    }

    /// Whether a cell may be the field's, by its constant where it has one: one with a condition may be empty.
    pub fn agrees(&self, cell: &str) -> bool {
        self.when.is_some() && cell.is_empty() || self.is_constant(cell)
    }

    /// Whether a cell holds the constant of the field, where it has one.
    pub fn is_constant(&self, cell: &str) -> bool {
        let Some(constant) = &self.spec.is else { return true };
        let one = |wanted: &String| match wanted.strip_suffix('*') {
            Some(head) => cell.starts_with(head),
            None => cell == wanted.trim(),
        };
        cell == constant.trim() || self.spec.also.iter().any(one)
    }
}

impl PlannedRecord {
    /// In which of `columns`, names as [`plain_name`] gives them, a field of the row of names is: its own name goes
    /// before the others that it has, since one of those may be the own name of another column.
    pub fn columns_of<'a>(&self, field: &PlannedField, columns: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        let own = field.names.first().filter(|own| columns.contains(own)).cloned();
        let taken = |name: &String| own.is_some() && self.fields.iter().any(|other| other.names.first() == Some(name));
        let mut names: Vec<String> = own.iter().cloned().collect();
        names.extend(field.names.iter().skip(1).filter(|name| !taken(name)).cloned());
        (0..columns.len()).filter(move |at| names.contains(&columns[*at]))
    }

    /// Whether its text or constants tell it from other records.
    pub fn has_marks(&self) -> bool {
        self.kind == RecordKind::Lines || self.fields.iter().any(PlannedField::is_mark)
    }
}

impl PlannedField {
    /// Whether a record of this length ends within the field, and not just without the blanks at its end: numbers have
    /// none, they are filled in front.
    pub fn is_cut_at(&self, length: usize) -> bool {
        let right = self.is_numeric() || matches!(self.form, Form::Date | Form::Moment);
        let right = self.spec.align.map_or(right, |align| align == Align::Right);
        right && self.is_within(length)
    }

    /// Whether a record of this length ends within the field.
    pub fn is_within(&self, length: usize) -> bool {
        self.at < length && length < self.at + self.len
    }

    /// How many decimals its amounts have where they are written without a point.
    pub fn minor_decimals(&self) -> Option<u32> {
        self.spec.minor.then(|| self.spec.decimals.unwrap_or(2))
    }

    /// Whether it holds a currency.
    pub fn is_currency(&self) -> bool {
        matches!(self.item, Some(Item::Currency | Item::OwnCurrency | Item::GroupCurrency))
    }

    /// Whether its value is a text or a code.
    pub fn is_words(&self) -> bool {
        matches!(self.form, Form::Text | Form::Exact | Form::Code)
    }

    /// Whether it is a number or an amount.
    pub fn is_numeric(&self) -> bool {
        matches!(self.form, Form::Amount | Form::Number)
    }
}

impl Plan {
    /// How many decimals its amounts have where they are written without a point.
    pub(super) fn minor_decimals(&self) -> Option<u32> {
        let fields = self.records.iter().flat_map(|record| &record.fields);
        fields.filter(|field| field.item == Some(Item::Amount)).find_map(PlannedField::minor_decimals)
    }

    /// The currency of its amounts where the file says none.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// The format that documents name which are read with it: a refusal is not what a bank says of payments, and goes
    /// out again as a refusal.
    pub(super) fn format(&self) -> String {
        match self.carries {
            Carries::Refusal => format!("{}{REFUSAL}", self.name),
            _ => self.name.clone(),
        }
    }

    /// Gives amounts without a currency this one, where the layout names none itself.
    pub fn or_currency(&mut self, currency: Option<Currency>) {
        self.currency = self.currency.or(currency);
    }

    /// Compiles `layout` of the template `name`.
    ///
    /// # Errors
    /// Its mistakes, with the keys that lead to them within the layout; where there are any, those that mostly follow
    /// from them are not among them.
    pub fn compile(name: &str, layout: Layout, carries: Carries) -> Result<Plan, Vec<Said>> {
        if let Some((key, said)) = sound::shape(&layout) {
            return Err(vec![said.at(&[key])]);
        }
        let mut mistakes = Mistakes::default();
        sound::check(&layout, carries, &mut mistakes);
        let currency = layout.currency.as_deref().and_then(Currency::parse);
        let mut plan = Plan {
            name: name.to_string(),
            carries,
            records: Vec::new(),
            body: 0..0,
            order: Vec::new(),
            once: Vec::new(),
            currency,
            extras: Vec::new(),
            values: BTreeMap::new(),
            hashes: Vec::new(),
            deciding: Vec::new(),
            unsigned: BTreeSet::new(),
            layout,
        };
        plan.records = plan.planned(&mut mistakes);
        if mistakes.is_empty() {
            sound::missing(&plan.layout, carries).into_iter().for_each(|said| mistakes.tell(said.at(&["record"])));
        }
        mistakes.or_none()?;
        condition::compile(&mut plan, &mut mistakes);
        hash::compile(&mut plan);
        plan.values = plan.fixed_values(&mut mistakes);
        plan.unsigned = plan.sided();
        match plan.find_body() {
            Ok(body) => plan.body = body,
            Err(said) => mistakes.tell(said),
        }
        mistakes.or_none()?;
        details::check(&plan, &mut mistakes);
        mistakes.or_none()?;
        plan.order = plan.body.clone().collect();
        let constants = |at: &usize| plan.records[*at].fields.iter().filter(|f| f.is_mark()).count();
        plan.order.sort_by_key(|at| {
            let kind = plan.records[*at].kind;
            (kind == RecordKind::Other, kind != RecordKind::Section, std::cmp::Reverse(constants(at)))
        });
        let is_once = |at: &usize| plan.records[*at].kind == RecordKind::More && plan.records[*at].once;
        plan.once = plan.body.clone().filter(is_once).collect();
        Ok(plan)
    }

    fn planned(&mut self, mistakes: &mut Mistakes) -> Vec<PlannedRecord> {
        let mut records = Vec::new();
        let list = self.layout.record.0.clone();
        for (name, record) in &list {
            let texts: Vec<String> = match record.kind {
                RecordKind::Lines | RecordKind::Section => record.text.clone(),
                _ => vec![String::new()],
            };
            let fields = self.fields(name, record, mistakes);
            let must = |f: &PlannedField| f.spec.when.is_none() && (f.spec.required || f.spec.is.is_some());
            let fewest = fields.iter().rposition(must).map_or(0, |at| at + 1);
            let says = |f: &&PlannedField| f.spec.is.is_some() || f.item.is_some();
            let needed = fields.iter().filter(says).map(|f| f.at + f.len).max().unwrap_or_default();
            for text in texts {
                records.push(PlannedRecord {
                    name: name.clone(),
                    kind: record.kind,
                    // Readers pass over blank lines.
                    optional: record.optional
                        || self.is_comment(&text)
                        || record.kind == RecordKind::Lines && text.trim().is_empty(),
                    text,
                    fields: fields.clone(),
                    once: record.once,
                    repeat: record.repeat,
                    further: record.further_columns,
                    delimiter: record.delimiter.clone().or(self.layout.delimiter.clone()).unwrap_or_default(),
                    trailing: record.trailing_delimiter.unwrap_or(self.layout.trailing_delimiter),
                    status: record.status.clone(),
                    element: record.element.clone(),
                    when: None,
                    says: Vec::new(),
                    hashed: Vec::new(),
                    fewest,
                    needed,
                });
            }
        }
        records
    }

    /// The values of `values`, each of an item that a field carries.
    fn fixed_values(&mut self, mistakes: &mut Mistakes) -> BTreeMap<Item, String> {
        let mut values = BTreeMap::new();
        for (name, value) in self.layout.values.0.clone() {
            match self.agreed(&name) {
                Ok(item) => _ = values.insert(item, value),
                Err(said) => mistakes.tell(said.at(&["values", &name])),
            }
        }
        values
    }

    /// The item of this name, for which a value may be agreed with the bank.
    fn agreed(&mut self, name: &str) -> Result<Item, Said> {
        let binding = Binding::parse(name)?;
        let item = self.bound(&binding)?;
        let carried = |field: &PlannedField| [field.item, field.or].contains(&Some(item));
        if !self.records.iter().flat_map(|record| &record.fields).any(carried) {
            let what = text!("no field of the layout carries `{name}`", "该格式没有承载 `{name}` 的字段");
            let hint = text!("leave it out, or bind a field to it", "请删除，或将某字段绑定到该项目");
            return Err(Said::new(what).or_write(hint));
        }
        if !self.may_be_agreed(item) {
            let what = text!("`{name}` may not be the same for all payments", "`{name}` 不能对所有付款取同一值");
            let hint = text!("leave it out: the ERP says it of each payment", "请删除：应由 ERP 对每笔付款给出");
            return Err(Said::new(what).or_write(hint));
        }
        Ok(item)
    }

    /// Whether a value for it may be said once for all payments. Of an `x_` item nobody knows whether it is the
    /// payee's, unless it stands around the details or its field says so.
    pub(super) fn may_be_agreed(&self, item: Item) -> bool {
        let around = |record: &PlannedRecord| matches!(record.kind, RecordKind::Header | RecordKind::Trailer);
        let carries = |field: &&PlannedField| field.item == Some(item) || field.or == Some(item);
        let mut of_each = self.records.iter().filter(|record| !around(record)).flat_map(|record| &record.fields);
        let extra = matches!(item, Item::Extra(_));
        sound::may_be_agreed(item) && !(extra && of_each.any(|field| carries(&field) && !field.spec.agreed))
    }

    fn sided(&self) -> BTreeSet<Item> {
        let has = |item| self.records.iter().flat_map(|record| &record.fields).any(|field| field.item == Some(item));
        let pairs = [(Item::Opening, Item::OpeningSide), (Item::Closing, Item::ClosingSide)];
        pairs.into_iter().filter(|(_, side)| has(*side)).map(|(balance, _)| balance).collect()
    }

    /// Whether a line is a comment, which readers pass over.
    pub(super) fn is_comment(&self, line: &str) -> bool {
        self.layout.comment.as_deref().is_some_and(|mark| line.starts_with(mark))
    }

    fn fields(&mut self, name: &str, record: &Record, mistakes: &mut Mistakes) -> Vec<PlannedField> {
        let (mut fields, mut next) = (Vec::new(), 0);
        for (at, field) in record.fields.iter().enumerate() {
            let place = |said: Said, key: &str| said.at(&["record", name, "fields", &at.to_string(), key]);
            let planned = self.field(field, next).unwrap_or_else(|said| {
                let key = said.path.first().cloned().unwrap_or_default();
                mistakes.tell(place(said, &key));
                let at = field.at.map_or(next, |at| next.max(at.saturating_sub(1)));
                PlannedField { at, len: field.len.unwrap_or_default(), ..PlannedField::new(field.clone(), None, None) }
            });
            next = planned.at.saturating_add(planned.len);
            // All behind one that ends too late do so, too.
            if let Some(width) = self.layout.width.filter(|width| next > *width && !mistakes.are_in(name)) {
                let what = text!(
                    "the field ends at position {next}, and a record has {width}",
                    "该字段止于第 {next} 位，而记录长度为 {width}"
                );
                let hint = text!("correct `len`, `at` or the layout's `width`", "请修正 `len`、`at` 或格式的 `width`");
                mistakes.tell(place(Said::new(what).or_write(hint), "len"));
            }
            fields.push(planned);
        }
        fields
    }

    /// A field at a position; a mistake has its key as path.
    fn field(&mut self, field: &Field, next: usize) -> Result<PlannedField, Said> {
        let item = self.item(field.item.as_ref()).map_err(|said| said.at(&["item"]))?;
        let or = self.item(field.or.as_ref()).map_err(|said| said.at(&["or"]))?;
        let unsaid = |state: &&&str| field.map.0.iter().all(|(_, document)| document != **state);
        if let (Some(Item::PaymentState), Some(state)) =
            (item, STATES.iter().find(unsaid).filter(|_| !field.map.0.is_empty()))
        {
            let what = text!("the map has no word for the state `{state}`", "映射中没有状态 `{state}` 对应的写法");
            let hint = text!("add `\"word\" = \"{state}\"`", "请添加 `\"写法\" = \"{state}\"`");
            return wrong("map", Said::new(what).or_write(hint));
        }
        let (at, len) = match (self.layout.width, field.at, field.len) {
            (None, ..) => (0, 0),
            (Some(_), _, None) => {
                let what = text!("a field of fixed width has no `len`", "定长字段缺少 `len`");
                return wrong("name", Said::new(what).or_write(text!("write its length", "请写明长度")));
            }
            (Some(_), Some(at), Some(len)) if at > next => (at - 1, len),
            (Some(_), Some(at), Some(_)) => {
                let what = text!(
                    "the field begins at {at}, and the one before it ends at {next}",
                    "该字段始于第 {at} 位，而前一字段止于第 {next} 位"
                );
                let hint = text!("positions count from 1 and never go back", "位置从 1 起算，且不能后退");
                return wrong("at", Said::new(what).or_write(hint));
            }
            (Some(_), None, Some(len)) => (next, len),
        };
        if let Some(text) = field.is.as_ref().filter(|text| self.layout.width.is_some() && text.chars().count() > len) {
            let what = text!("the constant `{text}` is longer than the field", "常量 `{text}` 超过字段长度");
            return wrong("is", Said::new(what).or_write(text!("correct `len` or `is`", "请修正 `len` 或 `is`")));
        }
        Ok(PlannedField { at, len, ..PlannedField::new(field.clone(), item, or) })
    }

    /// For which rows a record is, in the words of the file; `None` where it is for all.
    pub fn when_of_record(&self, record: &str) -> Option<&Text> {
        self.records.iter().find(|planned| planned.name == record)?.when.as_ref().map(|when| &when.words)
    }

    /// Where a field of a record counts, in the words of the file; `None` where it does everywhere.
    pub fn when_of_field(&self, record: &str, at: usize) -> Option<&Text> {
        let record = self.records.iter().find(|planned| planned.name == record)?;
        record.fields.get(at)?.when.as_ref().map(|when| &when.words)
    }

    /// The name of an item as the template has it.
    pub(super) fn name_of(&self, item: Item) -> String {
        match item {
            Item::Extra(at) => self.extras.get(usize::from(at)).cloned().unwrap_or_default(),
            item => item.name().to_string(),
        }
    }

    pub(super) fn item(&mut self, binding: Option<&Binding>) -> Result<Option<Item>, Said> {
        binding.map(|binding| self.bound(binding)).transpose()
    }

    /// The item of a binding, where documents of this kind have it.
    pub(super) fn bound(&mut self, binding: &Binding) -> Result<Item, Said> {
        let item = match binding {
            Binding::Known(item) => *item,
            Binding::Extra(name) => {
                let at = self.extras.iter().position(|known| known == name).unwrap_or(self.extras.len());
                if at == self.extras.len() {
                    self.extras.push(name.clone());
                }
                Item::Extra(u16::try_from(at).unwrap_or(u16::MAX))
            }
        };
        if !self.carries.takes(item.describe().1) {
            let name = binding.name();
            let kind = self.carries.word();
            let what = text!("`{name}` is no item of a {kind} document", "`{name}` 不是 {kind} 单据的项目");
            return Err(Said::new(what).or_write(sound::item_hint(name, self.carries)));
        }
        Ok(item)
    }

    /// The records of the details: one behind the other, between header and trailer.
    fn find_body(&self) -> Result<std::ops::Range<usize>, Said> {
        let is_body = |r: &PlannedRecord| {
            use RecordKind::{Balancing, Detail, More, Other, Section};
            matches!(r.kind, Detail | More | Other | Section | Balancing)
        };
        let Some(first) = self.records.iter().position(is_body) else {
            if self.layout.summary {
                let trailer = self.records.iter().position(|r| r.kind == RecordKind::Trailer);
                let end = trailer.unwrap_or(self.records.len());
                return Ok(end..end);
            }
            return Err(no_detail());
        };
        let last = self.records.iter().rposition(is_body).unwrap_or(first);
        let between = self.records[first..=last].iter().find(|r| !is_body(r) && r.kind != RecordKind::Columns);
        if let Some(record) = between {
            let what = text!("the record stands between the details", "该记录位于明细之间");
            let hint = text!("put it before or behind them", "请移到明细之前或之后");
            return Err(Said::new(what).or_write(hint).at(&["record", &record.name]));
        }
        let details = self.records.iter().filter(|r| r.kind == RecordKind::Detail).count();
        if details == 0 {
            return Err(no_detail());
        }
        Ok(first..last + 1)
    }

    /// The items that several fields give one value of: all of them must give the same. Texts that go on in a further
    /// field, and a day and its time, are not among them.
    pub(super) fn said_twice(&self) -> BTreeSet<Item> {
        let goes_on = |item: Item| match item {
            Item::Created | Item::ReasonInfo | Item::Info | Item::AddressLine => true,
            Item::Remittance | Item::Remittance1 | Item::Remittance2 => true,
            Item::Name => self.carries == Carries::Statement,
            _ => false,
        };
        let is_read = |record: &&PlannedRecord| {
            use RecordKind::{Detail, Header, More, Trailer};
            matches!(record.kind, Header | Detail | More | Trailer)
        };
        let fields = self.records.iter().filter(is_read).flat_map(|record| &record.fields);
        let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for item in fields.filter(|f| !f.spec.fallback && f.spec.append.is_none()).filter_map(|field| field.item) {
            if !goes_on(item) && !once.insert(item) {
                twice.insert(item);
            }
        }
        twice
    }

    /// The currency of every amount in the file, where no field of it names one: no other can be written.
    pub(super) fn only_currency(&self) -> Option<Currency> {
        let names = |field: &PlannedField| matches!(field.item, Some(Item::Currency | Item::OwnCurrency));
        self.currency.filter(|usual| {
            *usual != Currency::NONE && !self.records.iter().flat_map(|record| &record.fields).any(names)
        })
    }

    /// Whether records have fixed width in bytes.
    pub(super) fn is_bytes(&self) -> bool {
        self.layout.width.is_some() && self.layout.unit == WidthUnit::Bytes
    }

    /// Whether count or sum stand before the payments, so that a writer must know them first.
    pub fn wants_totals_first(&self) -> bool {
        let before = self.records[..self.body.start].iter().flat_map(|record| &record.fields);
        before.into_iter().any(|field| matches!(field.item, Some(Item::Count | Item::Sum)))
    }

    /// Whether a file of it cannot be mistaken for another: it begins with words or column names of its own.
    pub fn is_unmistakable(&self) -> bool {
        let before = &self.records[..self.body.start];
        let constants = |record: &PlannedRecord| record.fields.iter().filter(|f| f.is_mark()).count();
        before.iter().any(|record| match record.kind {
            RecordKind::Lines => !record.optional,
            RecordKind::Columns => true,
            _ => constants(record) > 1 || constants(record) == 1 && self.layout.width.is_some(),
        })
    }

    /// Whether a sum of the file is one of a single currency.
    pub(super) fn sums_one_currency(&self) -> bool {
        let fields = self.records.iter().flat_map(|record| &record.fields);
        let sums = |field: &&PlannedField| {
            matches!(field.item, Some(Item::Sum | Item::ExecutedSum | Item::RejectedSum)) && !field.spec.mixed
        };
        fields.filter(sums).count() > 0
    }

    /// Whether a header or trailer of payments says their currency: then all have the same.
    pub(super) fn heads_one_currency(&self) -> bool {
        let around = |record: &&PlannedRecord| matches!(record.kind, RecordKind::Header | RecordKind::Trailer);
        let mut fields = self.records.iter().filter(around).flat_map(|record| &record.fields);
        self.carries == Carries::Payments && fields.any(|field| field.item == Some(Item::Currency))
    }

    /// Whether several columns decide the status of a row together.
    pub(super) fn has_voices(&self) -> bool {
        self.has_sections() || self.records.iter().flat_map(|record| &record.fields).any(|f| f.spec.says.is_some())
    }

    /// Whether details stand under lines that decide their status.
    pub fn has_sections(&self) -> bool {
        self.records.iter().any(|record| record.kind == RecordKind::Section)
    }
}

/// A mistake at a key of a field.
fn wrong<T>(key: &'static str, said: Said) -> Result<T, Said> {
    Err(said.at(&[key]))
}

fn no_detail() -> Said {
    let what = text!("the layout has no record of kind `detail`", "该格式没有 `detail` 类记录");
    let hint = text!(
        "write `[layout.KIND.record.NAME]` with `kind = \"detail\"`",
        "请写 `[layout.类型.record.名称]`，其中 `kind = \"detail\"`"
    );
    Said::new(what).or_write(hint).at(&["record"])
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn english_in_brackets_is_no_part_of_a_name_and_a_unit_is() {
        for (name, plain) in [
            ("交易金额[ Trade amount ]", "交易金额"),
            ("付款人账号[ Debit Account No. ]", "付款人账号"),
            ("预留项1[ Reserved Field1 ]", "预留项1"),
            ("收款人［Payee’s name］(个人)", "收款人(个人)"),
            ("付款金额[分]", "付款金额[分]"),
            ("付款金额［万元］", "付款金额［万元］"),
            ("Amount [cents]", "amount[cents]"),
            ("Amount [USD]", "amount[usd]"),
            ("Amount [usd]", "amount[usd]"),
            ("Amount [in thousands of yuan]", "amount[inthousandsofyuan]"),
            ("Amount [x100", "amount[x100"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
    }
}
