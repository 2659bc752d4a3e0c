//! Writes single records: values into fields, fields into a row.

use std::sync::Arc;

use encoding_rs::CoderResult;

use super::build::other_minor_unit;
use super::declare::{Align, LengthUnit, TextEncoding, WidthUnit};
use super::hash::Hashes;
use super::item::{Carries, Form, Item};
use super::letters;
use super::pattern::DatePatterns;
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::rows::{find, hidden};
use super::value::{self, Value};
use super::view::View;
use super::xml::{self, Nesting};
use crate::document::Currency;
use crate::finding::{Finding, Findings, Place};
use crate::format::WriteError;
use crate::text;
use crate::words::Text;

/// Writes the records of a plan.
pub(super) struct Pen {
    plan: Arc<Plan>,
    findings: Findings,
    /// The row and the field that are being written, kept for their room.
    row: String,
    cell: String,
    nesting: Nesting,
    /// Digits of the details of the document so far.
    pub hashes: Hashes,
    /// Records that were written.
    pub records: u64,
}

impl Pen {
    /// A pen for `plan`.
    pub fn new(plan: Arc<Plan>) -> Pen {
        Pen {
            plan,
            findings: Findings::default(),
            row: String::new(),
            cell: String::new(),
            nesting: Nesting::default(),
            hashes: Hashes::default(),
            records: 0,
        }
    }

    /// What was folded or cut.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.findings.take()
    }

    /// A line of literal text.
    pub fn line(&mut self, text: &str, out: &mut Vec<u8>) {
        self.encode(text, out);
        self.end_line(out);
    }

    /// The names of a record's fields as a row.
    pub fn names(&mut self, record: &PlannedRecord, out: &mut Vec<u8>) {
        let leading = if self.plan.layout.leading_delimiter { record.delimiter.as_str() } else { "" };
        let names: Vec<&str> = record.fields.iter().map(|field| field.spec.name.as_str()).collect();
        let trailing = if record.trailing { record.delimiter.as_str() } else { "" };
        self.line(&format!("{leading}{}{trailing}", names.join(&record.delimiter)), out);
    }

    /// A record with the values that `view` has.
    ///
    /// # Errors
    /// A value that is missing, too long, or not to be carried.
    pub fn record(&mut self, record: &PlannedRecord, view: &View<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        if plan.layout.xml_root.is_some() {
            return self.element(&plan, record, view, out);
        }
        let (mut row, mut cell) = (std::mem::take(&mut self.row), std::mem::take(&mut self.cell));
        row.clear();
        match plan.layout.width {
            Some(width) => self.fixed(&plan, record, view, width, (&mut row, &mut cell))?,
            None => self.delimited(&plan, record, view, (&mut row, &mut cell))?,
        }
        self.encode(&row, out);
        self.end_line(out);
        (self.row, self.cell) = (row, cell);
        Ok(())
    }

    /// Puts the text of a field into `cell`: constant, value, other value, default.
    fn cell(
        &mut self,
        plan: &Plan,
        field: &PlannedField,
        view: &View<'_>,
        cell: &mut String,
    ) -> Result<(), WriteError> {
        cell.clear();
        if field.when.as_ref().is_some_and(|when| !when.holds_for(plan, view)) {
            return Ok(());
        }
        if let Some(constant) = &field.spec.is {
            cell.push_str(constant);
            return Ok(());
        }
        if let Some(number) = field.hash {
            value::digits(self.hashes.total(number), field.spec.digits.unwrap_or_default(), cell);
            return Ok(());
        }
        if plan.carries == Carries::Payments && field.item == Some(Item::Amount) {
            self.in_its_unit(field, view)?;
        }
        let told = |item: Option<Item>| item.and_then(|item| view.get(item));
        let agreed = |item: Option<Item>| item.and_then(|item| plan.values.get(&item));
        let agreed = || agreed(field.item).or(agreed(field.or)).map(|text| Value::Text(text.into()));
        let value = told(field.item).or_else(|| told(field.or)).or_else(agreed);
        if let Some(value) = value {
            let value = match value {
                Value::Amount(amount) if field.item.is_some_and(|item| plan.unsigned.contains(&item)) => {
                    Value::Amount(amount.abs())
                }
                other => other,
            };
            let wrong = |(rule, message)| Finding::error(rule, place_of(field, view), message);
            self.is_clear(field, &value, view).map_err(wrong)?;
            value::write(field, &value, cell).map_err(wrong)?;
            self.take(plan, field, view, cell)?;
        }
        if let (true, Some(default)) = (cell.is_empty(), &field.spec.default) {
            cell.push_str(default);
        }
        if cell.is_empty() && field.spec.required {
            let name = &field.spec.name;
            let message = text!("the bank wants `{name}`, the document has none", "银行要求填写 `{name}`，单据中没有");
            let finding = Finding::error("field-missing", place_of(field, view), message);
            return Err(where_to_say(field, plan).into_iter().fold(finding, Finding::hint).into());
        }
        if !letters::is_plain(cell, plan.layout.encoding, plan.layout.fold) {
            self.carry(plan, field, view, cell)?;
        }
        self.fit(plan, field, view, cell)
    }

    /// Leaves out a number of another kind than the field takes, or refuses it where the field must not be empty.
    fn take(
        &mut self,
        plan: &Plan,
        field: &PlannedField,
        view: &View<'_>,
        cell: &mut String,
    ) -> Result<(), WriteError> {
        let Some(takes) = field.spec.takes.filter(|_| !cell.is_empty()) else { return Ok(()) };
        if let Some(written) = takes.written(cell) {
            if written != *cell {
                *cell = written.into_owned();
            }
            return Ok(());
        }
        let (Text { en, zh }, place) = (takes.refused(cell), place_of(field, view));
        if field.spec.required {
            let finding = Finding::error("kind-of-number", place, Text { en, zh });
            return Err(where_to_say(field, plan).into_iter().fold(finding, Finding::hint).into());
        }
        let message = text!("{en}; it is left out", "{zh}；不予写出");
        self.findings.push(Finding::warning("kind-of-number", place, message));
        cell.clear();
        Ok(())
    }

    /// Refuses a value that whoever reads the field would take for another: a day more than half a year away where it
    /// has no year, a sign where it has none.
    fn is_clear(&self, field: &PlannedField, value: &Value<'_>, view: &View<'_>) -> Result<(), value::Wrong> {
        match (value, field.spec.date.as_ref().map(DatePatterns::written)) {
            (Value::Amount(amount), _) if amount.is_sign_negative() && !amount.is_zero() && has_no_sign(field) => {
                let message = text!("the field has no sign for {amount}", "该字段没有符号位，无法写入 {amount}");
                return Err(("amount", message));
            }
            (Value::Moment(moment), Some(pattern)) if pattern.lacks_year() => {
                let day = moment.local.date();
                let near = view.payments.and_then(|head| head.created).or(view.created);
                let Some(near) = near.map(|moment| moment.local.date()) else { return Ok(()) };
                let read = pattern.read(&pattern.write(*moment), Some(near)).map(|moment| moment.local.date());
                if let Some(read) = read.filter(|read| *read != day) {
                    let message = text!(
                        "the file has no year: {day} would be read as {read}",
                        "文件中没有年份：{day} 会被读作 {read}"
                    );
                    return Err(("date", message));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Refuses an amount without a point in a currency that has another smallest unit.
    fn in_its_unit(&self, field: &PlannedField, view: &View<'_>) -> Result<(), WriteError> {
        let Some(decimals) = field.minor_decimals() else { return Ok(()) };
        let currency = view.get(Item::Currency).and_then(|code| Currency::parse(&code.text()));
        match currency.and_then(|currency| other_minor_unit(decimals, currency, &place_of(field, view))) {
            Some(finding) => Err(finding.into()),
            None => Ok(()),
        }
    }

    /// Puts characters of the encoding in the place of others, or refuses them.
    fn carry(
        &mut self,
        plan: &Plan,
        field: &PlannedField,
        view: &View<'_>,
        cell: &mut String,
    ) -> Result<(), WriteError> {
        let exact = field.form == Form::Exact && plan.carries == Carries::Payments;
        if let Some(c) = hidden(cell).filter(|_| exact) {
            let (name, code) = (&field.spec.name, u32::from(c));
            let message = text!(
                "the value of `{name}` holds a character that nobody sees (U+{code:04X})",
                "`{name}` 的值含有不可见字符（U+{code:04X}）"
            );
            return Err(Finding::error("hidden-character", place_of(field, view), message).into());
        }
        let (carried, folded) = letters::carried(cell, plan.layout.encoding, plan.layout.fold).map_err(|c| {
            let (code, encoding) = (u32::from(c), plan.layout.encoding.name());
            let message = text!(
                "{encoding} cannot carry `{c}` (U+{code:04X})",
                "{encoding} 编码无法承载字符 `{c}`（U+{code:04X}）"
            );
            Finding::error("charset", place_of(field, view), message)
        })?;
        let is_name = plan.carries == Carries::Payments && matches!(field.item, Some(Item::Name | Item::GroupName));
        if let Some(c) = letters::beyond_a_name(&carried, plan.layout.encoding).filter(|_| is_name) {
            let (code, encoding) = (u32::from(c), plan.layout.encoding.name());
            let message = text!(
                "a name in {encoding} has no `{c}` (U+{code:04X}); of signs it has `( ) - .`",
                "{encoding} 编码的户名不能含 `{c}`（U+{code:04X}）；符号仅限 `( ) - .`"
            );
            return Err(Finding::error("charset", place_of(field, view), message).into());
        }
        if folded && carried.trim() != cell.trim() {
            if is_a_number(plan, field) {
                let message = text!(
                    "`{cell}` would be written as `{carried}`: accounts and ids are written as they are, or not at all",
                    "`{cell}` 会写作 `{carried}`：账号和标识必须原样写出"
                );
                return Err(Finding::error("charset", place_of(field, view), message).into());
            }
            let message = text!("`{cell}` is written as `{carried}`", "`{cell}` 写作 `{carried}`");
            self.findings.push(Finding::warning("folded", place_of(field, view), message));
        }
        *cell = carried;
        Ok(())
    }

    /// Keeps the text within the field's length, cut where that is allowed.
    fn fit(&mut self, plan: &Plan, field: &PlannedField, view: &View<'_>, cell: &mut String) -> Result<(), WriteError> {
        let (most, unit) = match (plan.layout.width, field.spec.max) {
            (Some(_), _) => (field.len, width_unit(plan)),
            (None, Some(most)) => (most, field.spec.max_unit),
            (None, None) => return Ok(()),
        };
        let length = measure(plan, cell, unit);
        if length <= most {
            return Ok(());
        }
        let place = place_of(field, view);
        let (en, zh) = unit_words(unit);
        if let Some(short) = abridged(plan, field, cell, (most, unit)) {
            let message = match short.as_str() {
                "" => text!(
                    "`{cell}` is {length} {en} long, {most} fit: it is left out",
                    "`{cell}` 长 {length} {zh}，最多 {most} {zh}：不予写出"
                ),
                _ => text!("`{cell}` is cut to `{short}`", "`{cell}` 截短为 `{short}`"),
            };
            self.findings.push(Finding::warning("cut", place, message));
            *cell = short;
            return Ok(());
        }
        let message =
            text!("`{cell}` is {length} {en} long, {most} fit", "`{cell}` 长 {length} {zh}，最多 {most} {zh}");
        Err(Finding::error("too-long", place, message).into())
    }

    /// Puts the fields of a delimited record into `row`.
    fn delimited(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        view: &View<'_>,
        (row, cell): (&mut String, &mut String),
    ) -> Result<(), WriteError> {
        if plan.layout.leading_delimiter {
            row.push_str(&record.delimiter);
        }
        for (at, field) in record.fields.iter().enumerate() {
            if at > 0 {
                row.push_str(&record.delimiter);
            }
            self.cell(plan, field, view, cell)?;
            self.without_delimiter(plan, field, view, (&record.delimiter, cell));
            if !record.hashed.is_empty() {
                self.hashes.add(plan, record, at, cell);
            }
            dressed(plan, &record.delimiter, cell, row)
                .map_err(|message| WriteError::from(Finding::error("delimiter", place_of(field, view), message)))?;
        }
        if record.trailing {
            row.push_str(&record.delimiter);
        }
        Ok(())
    }

    /// Writes a blank for the delimiter in a text of a statement that cannot be quoted: the rest of the statement is
    /// worth more than a sign in one of its texts.
    fn without_delimiter(
        &mut self,
        plan: &Plan,
        field: &PlannedField,
        view: &View<'_>,
        (delimiter, cell): (&str, &mut String),
    ) {
        if plan.carries != Carries::Statement || plan.layout.quote.is_some() || find(cell, delimiter).is_none() {
            return;
        }
        let carried = cell.replace(delimiter, " ").trim().to_string();
        let message = text!("`{cell}` is written as `{carried}`", "`{cell}` 写作 `{carried}`");
        self.findings.push(Finding::warning("folded", place_of(field, view), message));
        *cell = carried;
    }

    /// Puts the fields of a record of fixed width into `row`.
    fn fixed(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        view: &View<'_>,
        width: usize,
        (row, cell): (&mut String, &mut String),
    ) -> Result<(), WriteError> {
        let mut end = 0;
        for (at, field) in record.fields.iter().enumerate() {
            row.extend(std::iter::repeat_n(' ', field.at.saturating_sub(end)));
            let begins = row.len();
            self.cell(plan, field, view, cell)?;
            let free = field.len.saturating_sub(measure(plan, cell, width_unit(plan)));
            let right = field.spec.align.map_or(field.is_numeric(), |align| align == Align::Right);
            let (before, behind) = if right { (free, 0) } else { (0, free) };
            let fill = field.fill();
            if fill != ' ' && free > 0 && !cell.is_empty() && is_a_number(plan, field) {
                return Err(filled_up(cell, field, fill, place_of(field, view)).into());
            }
            row.extend(std::iter::repeat_n(fill, before));
            row.push_str(cell);
            row.extend(std::iter::repeat_n(fill, behind));
            if !record.hashed.is_empty() {
                self.hashes.add(plan, record, at, &row[begins..]);
            }
            end = field.at + field.len;
        }
        row.extend(std::iter::repeat_n(' ', width.saturating_sub(end)));
        Ok(())
    }

    /// The declaration and root of an XML file.
    pub fn begin_xml(&mut self, out: &mut Vec<u8>) {
        let plan = Arc::clone(&self.plan);
        let line = self.nesting.begin(&plan);
        self.encode(&line, out);
    }

    /// Closes all elements of an XML file.
    pub fn end_xml(&mut self, out: &mut Vec<u8>) {
        let line = self.nesting.end();
        self.encode(&line, out);
    }

    /// A record of an XML file.
    fn element(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        view: &View<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let mut cells = Vec::with_capacity(record.fields.len());
        for (at, field) in record.fields.iter().enumerate() {
            let mut cell = String::new();
            self.cell(plan, field, view, &mut cell)?;
            self.hashes.add(plan, record, at, &cell);
            cells.push(cell);
        }
        let lead = self.nesting.reach(record.element.as_deref().unwrap_or_default());
        let indent: String = lead.chars().rev().take_while(|c| *c == '\t').collect();
        self.encode(&format!("{lead}{}\n", xml::element(record, &cells, &indent)), out);
        self.records += 1;
        Ok(())
    }

    /// A record of one repeated character.
    pub fn filler(&mut self, c: char, out: &mut Vec<u8>) {
        let line: String = std::iter::repeat_n(c, self.plan.layout.width.unwrap_or_default()).collect();
        self.line(&line, out);
    }

    fn encode(&self, text: &str, out: &mut Vec<u8>) {
        let encoding = self.plan.layout.encoding;
        if matches!(encoding, TextEncoding::Utf8 | TextEncoding::Utf8Bom) || text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return;
        }
        let mut encoder = encoding.codec().new_encoder();
        let mut rest = text;
        loop {
            // What the encoding lacks was refused or folded field by field. A length that is too large for a number is
            // none that a row has.
            out.reserve(encoder.max_buffer_length_from_utf8_if_no_unmappables(rest.len()).unwrap_or(rest.len()));
            let (result, read, _) = encoder.encode_from_utf8_to_vec(rest, out, true);
            rest = &rest[read..];
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        self.records += 1;
        out.extend_from_slice(self.plan.layout.line_end.bytes());
    }
}

/// Puts a text with its prefix and quotation marks behind `row`.
fn dressed(plan: &Plan, delimiter: &str, text: &str, row: &mut String) -> Result<(), Text> {
    let layout = &plan.layout;
    if text.is_empty() {
        row.push_str(&layout.blank);
        return Ok(());
    }
    let breaks = find(text, delimiter).is_some();
    match layout.quote {
        Some(quote) if layout.quote_all || breaks || text.contains(quote) => {
            row.push(quote);
            row.push_str(&layout.value_prefix);
            for c in text.chars() {
                row.extend(std::iter::repeat_n(c, if c == quote { 2 } else { 1 }));
            }
            row.push(quote);
        }
        None if breaks => {
            return Err(text!(
                "`{text}` holds `{delimiter}`, which parts the fields of this file",
                "`{text}` 含有字段分隔符 `{delimiter}`"
            ));
        }
        _ => {
            row.push_str(&layout.value_prefix);
            row.push_str(text);
        }
    }
    Ok(())
}

/// Which row of the document is being written.
pub(super) fn place_of_row(view: &View<'_>) -> Place {
    let seq = view.payment.map(|_| view.totals.count).or(view.entry.map(|e| e.seq));
    seq.map_or_else(Place::default, |seq| Place::path(format!("record {seq}")))
}

/// Whether a field of a payment holds what tells whose money it is, or which payment: whoever reads the file must find
/// the very same.
fn is_a_number(plan: &Plan, field: &PlannedField) -> bool {
    let exact = [Item::Account, Item::EndToEndId, Item::InstructionId].map(Some);
    plan.carries == Carries::Payments && exact.contains(&field.item)
}

/// A number that is shorter than its field, which no blanks fill: it would be read as another one.
fn filled_up(cell: &str, field: &PlannedField, fill: char, place: Place) -> Finding {
    let (most, length) = (field.len, cell.chars().count());
    let free = fill.to_string().repeat(most.saturating_sub(length).min(40));
    let message = text!(
        "`{cell}` has {length} characters where the field has {most}: filled up, it would be another number",
        "`{cell}` 为 {length} 位，而该字段为 {most} 位：补足后会成为另一个号码"
    );
    let right = field.spec.align == Some(Align::Right);
    let whole = if right { format!("{free}{cell}") } else { format!("{cell}{free}") };
    let hint = text!("write the whole number, such as `{whole}`", "请写完整的号码，如 `{whole}`");
    Finding::error("too-short", place, message).hint(hint)
}

fn place_of(field: &PlannedField, view: &View<'_>) -> Place {
    place_of_row(view).field(field.spec.name.clone())
}

fn width_unit(plan: &Plan) -> LengthUnit {
    if plan.layout.unit == WidthUnit::Bytes { LengthUnit::GbkBytes } else { LengthUnit::Chars }
}

/// Lengths of fixed width in bytes are bytes of the layout's own encoding.
fn measure(plan: &Plan, text: &str, unit: LengthUnit) -> usize {
    if plan.is_bytes() && !text.is_ascii() {
        return plan.layout.encoding.codec().encode(text).0.len();
    }
    if plan.layout.width.is_some() && plan.layout.unit == WidthUnit::Utf16 {
        return text.encode_utf16().count();
    }
    value::length(text, unit)
}

fn cut(plan: &Plan, text: &str, most: usize, unit: LengthUnit) -> String {
    let mut short = value::cut(text, most, unit);
    while measure(plan, short, unit) > most {
        let last = short.chars().next_back().map_or(0, char::len_utf8);
        short = &short[..short.len() - last];
    }
    short.trim_end().to_string()
}

/// What is written of a value that is too long, where it may be shorter.
///
/// Of a statement nothing is refused for a text: texts and names are cut, of the number of a page the page goes, and a
/// reference is left out, since the beginning of one may be another. An account is never written otherwise than whole.
fn abridged(plan: &Plan, field: &PlannedField, cell: &str, (most, unit): (usize, LengthUnit)) -> Option<String> {
    let shorter = || Some(cut(plan, cell, most, unit));
    if value::may_cut(field) {
        return shorter();
    }
    if plan.carries != Carries::Statement || field.is_numeric() {
        return None;
    }
    match field.item? {
        Item::OwnAccount => None,
        Item::Number => {
            let number = cell.split_once('/').map_or("", |(number, _)| number);
            (!number.is_empty() && measure(plan, number, unit) <= most).then(|| number.to_string())
        }
        Item::Name | Item::OwnName | Item::AgentName | Item::PayerName | Item::PayeeName => shorter(),
        Item::PayerAgentName | Item::PayeeAgentName => shorter(),
        _ if field.form == Form::Text => shorter(),
        _ if field.form == Form::Exact && !field.spec.required => Some(String::new()),
        _ => None,
    }
}

/// Whether the field is of fixed width and filled with zeros, before which no sign can stand.
fn has_no_sign(field: &PlannedField) -> bool {
    field.len > 0 && field.fill() == '0' && !field.spec.overpunch
}

fn unit_words(unit: LengthUnit) -> (&'static str, &'static str) {
    match unit {
        LengthUnit::Chars => ("characters", "个字符"),
        LengthUnit::GbkBytes => ("bytes", "字节"),
        LengthUnit::Utf8Bytes => ("bytes of UTF-8", "UTF-8 字节"),
        LengthUnit::Columns => ("columns", "列"),
    }
}

/// Where a value that no document has can be written once for all of them.
fn where_to_say(field: &PlannedField, plan: &Plan) -> Option<Text> {
    let item = field.item?;
    if plan.carries != Carries::Payments || !plan.may_be_agreed(item) {
        return None;
    }
    let name = match item {
        Item::Extra(at) => plan.extras.get(usize::from(at)).map_or("", String::as_str),
        item => item.name(),
    };
    Some(text!(
        "where the contract with the bank says it, write `\"{name}\" = \"…\"` under `[party.layout.payments.values]` \
         of the bank in `bankferry.toml`, or under `[layout.payments.values]` of its template",
        "如由与银行的协议约定，请在 `bankferry.toml` 中该银行的 `[party.layout.payments.values]`，\
         或模板的 `[layout.payments.values]` 中写 `\"{name}\" = \"…\"`"
    ))
}
