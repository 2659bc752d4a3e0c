//! Writes single records: values into fields, fields into a row.

use std::sync::Arc;

use super::declare::{Align, LengthUnit, TextEncoding, WidthUnit};
use super::letters;
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::value;
use super::view::View;
use super::xml::{self, Nesting};
use crate::finding::{Finding, Findings, Place};
use crate::format::WriteError;
use crate::text;

/// Writes the records of a plan.
pub(super) struct Pen {
    plan: Arc<Plan>,
    findings: Findings,
    row: String,
    nesting: Nesting,
    /// Records that were written.
    pub records: u64,
}

impl Pen {
    /// A pen for `plan`.
    pub fn new(plan: Arc<Plan>) -> Pen {
        Pen { plan, findings: Findings::default(), row: String::new(), nesting: Nesting::default(), records: 0 }
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
        let names: Vec<String> = record.fields.iter().map(|field| field.spec.name.clone()).collect();
        self.row(record, &names, out);
    }

    /// A record with the values that `view` has.
    ///
    /// # Errors
    /// A value that is missing, too long, or not to be carried.
    pub fn record(&mut self, record: &PlannedRecord, view: &View<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        if plan.layout.width.is_some() {
            return self.fixed(&plan, record, view, out);
        }
        if plan.layout.xml_root.is_some() {
            return self.element(&plan, record, view, out);
        }
        let mut cells = Vec::with_capacity(record.fields.len());
        for field in &record.fields {
            let cell = self.cell(&plan, field, view)?;
            cells.push(self.delimited(&plan, record, field, cell, view)?);
        }
        self.row(record, &cells, out);
        Ok(())
    }

    /// The text of a field: constant, value, other value, default.
    fn cell(&mut self, plan: &Plan, field: &PlannedField, view: &View<'_>) -> Result<String, WriteError> {
        if let Some(constant) = &field.spec.is {
            return Ok(constant.clone());
        }
        let place = || place_of(field, view);
        let value = field.item.and_then(|item| view.get(item)).or_else(|| field.or.and_then(|item| view.get(item)));
        let text = match value {
            Some(value) => value::write(field, &value).map_err(|(rule, m)| Finding::error(rule, place(), m))?,
            None => String::new(),
        };
        let text = if text.is_empty() { field.spec.default.clone().unwrap_or_default() } else { text };
        if text.is_empty() && field.spec.required {
            let name = &field.spec.name;
            let message = text!("the bank wants `{name}`, the document has none", "银行要求填写 `{name}`，单据中没有");
            return Err(Finding::error("field-missing", place(), message).into());
        }
        let (carried, folded) = letters::carried(&text, plan.layout.encoding, plan.layout.fold).map_err(|c| {
            let (code, encoding) = (u32::from(c), plan.layout.encoding.name());
            let message = text!(
                "{encoding} cannot carry `{c}` (U+{code:04X})",
                "{encoding} 编码无法承载字符 `{c}`（U+{code:04X}）"
            );
            Finding::error("charset", place(), message)
        })?;
        if folded && carried.trim() != text.trim() {
            let message = text!("`{text}` is written as `{carried}`", "`{text}` 写作 `{carried}`");
            self.findings.push(Finding::warning("folded", place(), message));
        }
        self.fitted(plan, field, carried, view)
    }

    /// The text within the field's length, cut where that is allowed.
    fn fitted(
        &mut self,
        plan: &Plan,
        field: &PlannedField,
        text: String,
        view: &View<'_>,
    ) -> Result<String, WriteError> {
        let (most, unit) = match (plan.layout.width, field.spec.max) {
            (Some(_), _) => (field.len, width_unit(plan)),
            (None, Some(most)) => (most, field.spec.max_unit),
            (None, None) => return Ok(text),
        };
        let length = measure(plan, &text, unit);
        if length <= most {
            return Ok(text);
        }
        let place = place_of(field, view);
        if value::may_cut(field) {
            let short = cut(plan, &text, most, unit);
            let message = text!("`{text}` is cut to `{short}`", "`{text}` 截短为 `{short}`");
            self.findings.push(Finding::warning("cut", place, message));
            return Ok(short);
        }
        let what = unit_words(unit);
        let (en, zh) = what;
        let message =
            text!("`{text}` is {length} {en} long, {most} fit", "`{text}` 长 {length} {zh}，最多 {most} {zh}");
        Err(Finding::error("too-long", place, message).into())
    }

    /// Prefix and quotation marks of a delimited field.
    fn delimited(
        &self,
        plan: &Plan,
        record: &PlannedRecord,
        field: &PlannedField,
        text: String,
        view: &View<'_>,
    ) -> Result<String, WriteError> {
        let layout = &plan.layout;
        if text.is_empty() {
            return Ok(layout.blank.clone());
        }
        let breaks = text.contains(record.delimiter.as_str());
        match layout.quote {
            Some(quote) if layout.quote_all || breaks || text.contains(quote) => {
                let doubled = text.replace(quote, &format!("{quote}{quote}"));
                Ok(format!("{quote}{}{doubled}{quote}", layout.value_prefix))
            }
            None if breaks => {
                let delimiter = &record.delimiter;
                let message = text!(
                    "`{text}` holds `{delimiter}`, which parts the fields of this file",
                    "`{text}` 含有字段分隔符 `{delimiter}`"
                );
                Err(Finding::error("delimiter", place_of(field, view), message).into())
            }
            _ => Ok(format!("{}{text}", layout.value_prefix)),
        }
    }

    /// Puts delimited fields into a row.
    fn row(&mut self, record: &PlannedRecord, cells: &[String], out: &mut Vec<u8>) {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        if self.plan.layout.leading_delimiter {
            row.push_str(&record.delimiter);
        }
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                row.push_str(&record.delimiter);
            }
            row.push_str(cell);
        }
        if record.trailing {
            row.push_str(&record.delimiter);
        }
        self.encode(&row, out);
        self.end_line(out);
        self.row = row;
    }

    /// A record of fixed width.
    fn fixed(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        view: &View<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let start = out.len();
        let mut chars = 0;
        for field in &record.fields {
            let gap = field.at.saturating_sub(chars);
            out.extend(std::iter::repeat_n(b' ', gap));
            let cell = self.cell(plan, field, view)?;
            let unit = width_unit(plan);
            let free = field.len.saturating_sub(measure(plan, &cell, unit));
            let (numeric, fill) = (field.is_numeric(), fill_of(field));
            let right = field.spec.align.map_or(numeric, |align| align == Align::Right);
            let filling: String = std::iter::repeat_n(fill, free).collect();
            let padded = if right { filling + &cell } else { cell + &filling };
            self.encode(&padded, out);
            chars = field.at + field.len;
        }
        let width = plan.layout.width.unwrap_or(chars);
        out.extend(std::iter::repeat_n(b' ', width.saturating_sub(chars)));
        debug_assert!(!plan.is_bytes() || out.len() - start == width);
        self.end_line(out);
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
        for field in &record.fields {
            cells.push(self.cell(plan, field, view)?);
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
        match self.plan.layout.encoding {
            TextEncoding::Utf8 | TextEncoding::Utf8Bom => out.extend_from_slice(text.as_bytes()),
            other => out.extend_from_slice(&other.codec().encode(text).0),
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        self.records += 1;
        out.extend_from_slice(self.plan.layout.line_end.bytes());
    }
}

fn place_of(field: &PlannedField, view: &View<'_>) -> Place {
    let seq = view.payment.map(|p| p.seq).or(view.entry.map(|e| e.seq));
    let place = seq.map_or_else(Place::default, |seq| Place::path(format!("record {seq}")));
    place.field(field.spec.name.clone())
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

fn fill_of(field: &PlannedField) -> char {
    field.spec.fill.unwrap_or(if field.is_numeric() { '0' } else { ' ' })
}

fn unit_words(unit: LengthUnit) -> (&'static str, &'static str) {
    match unit {
        LengthUnit::Chars => ("characters", "个字符"),
        LengthUnit::GbkBytes => ("bytes", "字节"),
        LengthUnit::Utf8Bytes => ("bytes of UTF-8", "UTF-8 字节"),
        LengthUnit::Columns => ("columns", "列"),
    }
}
