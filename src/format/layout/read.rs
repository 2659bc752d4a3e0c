//! Reads a file of a layout.

use std::io::BufRead;
use std::sync::Arc;

use super::build::Builder;
use super::declare::RecordKind;
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::rows::{Cells, Rows};
use super::value;
use super::xml::Elements;
use crate::document::Part;
use crate::finding::{Finding, Place};
use crate::format::registry::OpenError;
use crate::format::{ReadError, ReadOptions, Reader, decode, truncated};
use crate::text;

/// Reads documents in the layout of a template.
pub struct LayoutReader {
    plan: Arc<Plan>,
    rows: Rows,
    /// The elements, where the file is XML.
    elements: Option<Elements>,
    build: Builder,
    cells: Cells,
    stage: Stage,
    /// Column of each field of the detail, where a row of names decides it.
    columns: Option<Vec<Option<usize>>>,
    /// Records that were taken in: a file without any is not an empty document.
    accepted: u64,
    done: bool,
}

/// Which records may come next: those before the details, the details, those behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Before(usize),
    Body,
    Behind(usize),
}

impl LayoutReader {
    /// Opens `input`.
    ///
    /// # Errors
    /// [`OpenError`] when the bytes cannot be had.
    pub fn open(
        plan: Arc<Plan>,
        input: Box<dyn BufRead + Send>,
        options: &ReadOptions,
    ) -> Result<LayoutReader, OpenError> {
        let label = match plan.layout.encoding {
            super::declare::TextEncoding::Gbk => "gb18030",
            super::declare::TextEncoding::Cp932 | super::declare::TextEncoding::Zengin => "shift_jis",
            super::declare::TextEncoding::Latin1 | super::declare::TextEncoding::Ascii => "windows-1252",
            other => other.codec().name(),
        };
        let label = options.encoding.as_deref().unwrap_or(label);
        let input = if plan.is_bytes() { input } else { decode::utf8(input, Some(label))? };
        let (input, elements): (Box<dyn BufRead + Send>, _) = match plan.layout.xml_root {
            Some(_) => (Box::new(std::io::empty()), Some(Elements::new(input, &options.limits))),
            None => (input, None),
        };
        Ok(LayoutReader {
            rows: Rows::new(input, &plan, &options.limits),
            elements,
            build: Builder::new(&plan, options),
            cells: Cells::default(),
            stage: Stage::Before(0),
            columns: None,
            accepted: 0,
            done: false,
            plan,
        })
    }

    /// Takes in the current row.
    fn take(&mut self) -> Result<(), ReadError> {
        if self.plan.is_comment(self.rows.text()) || self.is_filler() {
            return Ok(());
        }
        let plan = Arc::clone(&self.plan);
        loop {
            match self.stage {
                Stage::Before(at) => match self.next_in(&plan, at..plan.body.start) {
                    Some(found) => {
                        self.stage = Stage::Before(found + 1);
                        return self.accept(&plan, found);
                    }
                    None => {
                        self.all_there(&plan, at..plan.body.start, false)?;
                        self.stage = Stage::Body;
                    }
                },
                Stage::Body => {
                    if let Some(names) = self.names_again(&plan) {
                        return self.accept(&plan, names);
                    }
                    let first = self.first_of_document(&plan).filter(|at| plan.records[*at].has_marks());
                    if let Some(first) = first.filter(|first| self.is(&plan, *first)) {
                        self.all_there(&plan, plan.body.end..plan.records.len(), true)?;
                        self.build.finish();
                        self.stage = Stage::Before(first);
                        continue;
                    }
                    // A footer with words of its own goes before a detail that any row could be.
                    let footer = plan.records.get(plan.body.end).is_some_and(PlannedRecord::has_marks);
                    if footer && self.is(&plan, plan.body.end) {
                        self.stage = Stage::Behind(plan.body.end);
                        continue;
                    }
                    match plan.order.iter().copied().find(|at| self.is(&plan, *at)) {
                        Some(found) => return self.accept(&plan, found),
                        None => self.stage = Stage::Behind(plan.body.end),
                    }
                }
                Stage::Behind(at) => {
                    if let Some(found) = self.next_in(&plan, at..plan.records.len()) {
                        self.stage = Stage::Behind(found + usize::from(!plan.records[found].repeat));
                        return self.accept(&plan, found);
                    }
                    let again = self.first_of_document(&plan).filter(|first| self.is(&plan, *first));
                    let Some(first) = again else { return Err(self.unknown(&plan)) };
                    self.all_there(&plan, at..plan.records.len(), true)?;
                    self.build.finish();
                    self.stage = Stage::Before(first);
                }
            }
        }
    }

    /// The record that begins a document.
    fn first_of_document(&self, plan: &Plan) -> Option<usize> {
        plan.records[..plan.body.start].iter().position(|record| !record.once && !record.optional)
    }

    /// The row of column names, where it stands again among the details: some banks repeat it.
    fn names_again(&mut self, plan: &Plan) -> Option<usize> {
        let names = plan.records[..plan.body.start].iter().position(|r| r.kind == RecordKind::Columns)?;
        self.is(plan, names).then_some(names)
    }

    /// The first of these records that the row is; those before it that must not be missing stop the search.
    fn next_in(&mut self, plan: &Plan, range: std::ops::Range<usize>) -> Option<usize> {
        for at in range {
            if self.is(plan, at) {
                return Some(at);
            }
            if !plan.records[at].optional {
                return None;
            }
        }
        None
    }

    /// Demands that none of these records is missing; `within` the file, those that stand once may.
    fn all_there(&self, plan: &Plan, range: std::ops::Range<usize>, within: bool) -> Result<(), ReadError> {
        let missing = plan.records[range].iter().find(|r| !(r.optional || within && r.once));
        match missing {
            Some(record) => {
                let name = &record.name;
                let message = text!("the record `{name}` is missing before this line", "此行之前缺少记录 `{name}`");
                Err(ReadError::refused("record-order", Place::line(self.rows.number()), message))
            }
            None => Ok(()),
        }
    }

    fn is_filler(&self) -> bool {
        let Some(filler) = self.plan.layout.filler else { return false };
        !self.rows.text().is_empty() && self.rows.text().chars().all(|c| c == filler)
    }

    /// Whether the current row is this record; its fields are then in `cells`.
    fn is(&mut self, plan: &Plan, at: usize) -> bool {
        let record = &plan.records[at];
        match record.kind {
            RecordKind::Lines | RecordKind::Section => is_line(&record.text, self.rows.text()),
            RecordKind::Columns => self.is_columns(plan, record),
            RecordKind::More if !self.build.has_detail() => false,
            _ => self.is_record(plan, record),
        }
    }

    fn is_columns(&mut self, plan: &Plan, record: &PlannedRecord) -> bool {
        self.cells.split(&self.rows, plan, record);
        let known = (0..self.cells.len()).filter(|at| !self.cells.get(*at).is_empty());
        let known: Vec<usize> = known.filter(|at| named(record, self.cells.get(*at)).is_some()).collect();
        let wanted = record.fields.iter().filter(|f| f.spec.required);
        let all = wanted.clone().all(|f| known.iter().any(|at| is_named(f, self.cells.get(*at))));
        all && known.len() * 2 >= record.fields.len().min(self.cells.len().max(1))
    }

    fn is_record(&mut self, plan: &Plan, record: &PlannedRecord) -> bool {
        if plan.layout.width.is_some() {
            // A line may lack the blanks at its end; a file that ends within a record lacks more.
            if self.rows.is_cut() && self.rows.raw().len() < record.needed {
                return false;
            }
            self.cells.slice(&self.rows, plan, record);
        } else {
            self.cells.split(&self.rows, plan, record);
            let by_name = self.columns.is_some() && record.kind == RecordKind::Detail;
            if !by_name && (self.cells.filled() > record.fields.len() || self.cells.len() < record.fewest) {
                return false;
            }
        }
        let by_name = self.columns.is_some() && record.kind == RecordKind::Detail;
        record.fields.iter().enumerate().filter(|_| !by_name).all(|(at, field)| match &field.spec.is {
            Some(constant) => same_constant(constant, self.cells.get(at)),
            None => true,
        })
    }

    /// Demands the constants of an element, which nothing but its name has told so far.
    fn constants(&self, plan: &Plan, at: usize) -> Result<(), ReadError> {
        for (at, field) in plan.records[at].fields.iter().enumerate() {
            let Some(constant) = &field.spec.is else { continue };
            let (name, cell) = (&field.spec.name, self.cells.get(at));
            if !same_constant(constant, cell) {
                let message =
                    text!("`{name}` is `{cell}`, it must be `{constant}`", "`{name}` 为 `{cell}`，应为 `{constant}`");
                return Err(ReadError::refused("constant", Place::path(name.clone()), message));
            }
        }
        Ok(())
    }

    fn accept(&mut self, plan: &Plan, at: usize) -> Result<(), ReadError> {
        let record = &plan.records[at];
        self.accepted += 1;
        match record.kind {
            RecordKind::Lines => {}
            RecordKind::Section => self.build.section(record.status.as_deref(), self.rows.text()),
            RecordKind::Columns => self.take_columns(plan, record)?,
            RecordKind::Balancing => self.build.flush(),
            RecordKind::Header | RecordKind::Trailer => {
                self.build.flush();
                self.values(record, false);
            }
            RecordKind::Detail => {
                let place = Place::line(self.rows.number());
                self.build.begin(place);
                self.values(record, true);
            }
            RecordKind::More => self.values(record, true),
        }
        Ok(())
    }

    /// Learns from a row of names which column each field of the details is in.
    fn take_columns(&mut self, plan: &Plan, row: &PlannedRecord) -> Result<(), ReadError> {
        let Some(detail) = plan.records.iter().find(|r| r.kind == RecordKind::Detail) else { return Ok(()) };
        let columns: Vec<Option<usize>> = detail
            .fields
            .iter()
            .map(|field| {
                let named = row.fields.iter().find(|f| f.spec.name == field.spec.name).unwrap_or(field);
                (0..self.cells.len()).find(|at| is_named(named, self.cells.get(*at)))
            })
            .collect();
        let missing = detail.fields.iter().zip(&columns).find(|(f, column)| f.spec.required && column.is_none());
        if let Some((field, _)) = missing {
            let name = &field.spec.name;
            let message = text!("there is no column `{name}`", "缺少列 `{name}`");
            return Err(ReadError::refused("column-missing", Place::line(self.rows.number()), message));
        }
        for at in 0..self.cells.len() {
            let name = self.cells.get(at);
            let known = named(row, name).is_some() || detail.fields.iter().any(|f| is_named(f, name));
            if !known && !name.is_empty() {
                let message = text!("the column `{name}` is not known and passed over", "未知列 `{name}`，已跳过");
                let place = Place::at(self.rows.number(), at as u64 + 1);
                self.build.notes.push(Finding::info("unknown-column", place, message));
            }
        }
        self.columns = Some(columns);
        Ok(())
    }

    /// Hands the values of the current row to the builder.
    fn values(&mut self, record: &PlannedRecord, detail: bool) {
        let line = self.rows.number();
        for (at, field) in record.fields.iter().enumerate() {
            let column = match &self.columns {
                Some(columns) if record.kind == RecordKind::Detail => columns.get(at).copied().flatten(),
                _ => Some(at),
            };
            let cell = column.map_or("", |column| self.cells.get(column));
            let place = || place(field, line, column.unwrap_or(at));
            if cell.is_empty() && field.spec.required {
                let name = &field.spec.name;
                let message = text!("`{name}` must not be empty", "`{name}` 不能为空");
                self.build.notes.push(Finding::error("field-missing", place(), message));
            }
            let Some(item) = field.item else { continue };
            match value::read(field, cell, self.build.near()) {
                Ok(Some(value)) => {
                    if item == super::item::Item::Status {
                        self.build.bank_status(cell);
                    }
                    self.build.set(item, value, detail, place);
                }
                Ok(None) => {}
                Err((rule, message)) => self.build.notes.push(Finding::error(rule, place(), message)),
            }
        }
    }

    fn unknown(&self, plan: &Plan) -> ReadError {
        let shown: String = self.rows.text().chars().take(40).collect();
        let name = &plan.name;
        let message = text!("`{shown}` is no record of `{name}`", "`{shown}` 不是 `{name}` 的记录");
        let detail = plan.records.iter().find(|r| r.kind == RecordKind::Detail);
        let fields = detail.map_or(0, |r| r.fields.len());
        let hint = match plan.layout.width {
            Some(width) => text!("records have {width} positions", "每条记录 {width} 位"),
            None => text!("a detail has {fields} fields", "明细共 {fields} 个字段"),
        };
        Finding::error("record", Place::line(self.rows.number()), message).hint(hint).into()
    }

    fn finish(&mut self) -> Result<(), ReadError> {
        let plan = Arc::clone(&self.plan);
        let from = match self.stage {
            Stage::Before(at) => {
                if plan.records[at..plan.body.start].iter().any(|r| !r.optional) {
                    return Err(truncated(Place::line(self.rows.number())));
                }
                plan.body.end
            }
            Stage::Body => plan.body.end,
            Stage::Behind(at) => at,
        };
        if plan.records[from..].iter().any(|r| !r.optional) {
            return Err(truncated(Place::line(self.rows.number())));
        }
        self.ended()
    }

    /// Closes the last document.
    fn ended(&mut self) -> Result<(), ReadError> {
        if self.accepted == 0 {
            let message = text!("the file holds no record", "文件中没有任何记录");
            return Err(ReadError::refused("empty", Place::default(), message));
        }
        self.build.finish();
        Ok(())
    }
}

impl Reader for LayoutReader {
    fn format(&self) -> &str {
        &self.plan.name
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.build.out.pop_front() {
                return Ok(Some(part));
            }
            if self.done {
                return Ok(None);
            }
            let plan = Arc::clone(&self.plan);
            if let Some(elements) = &mut self.elements {
                match elements.advance(&plan, &mut self.cells)? {
                    Some(record) => {
                        self.constants(&plan, record)?;
                        self.accept(&plan, record)?;
                    }
                    None => {
                        self.done = true;
                        self.ended()?;
                    }
                }
            } else if self.rows.advance(&plan)? {
                self.take()?;
            } else {
                self.done = true;
                self.finish()?;
            }
        }
    }
}

/// Whether a row is a literal line; a `*` at the end of the literal stands for anything.
fn is_line(literal: &str, row: &str) -> bool {
    let (literal, row) = (literal.trim(), row.trim());
    if literal == "*" {
        return row == "*";
    }
    match literal.strip_suffix('*') {
        Some(head) => row.starts_with(head.trim_end()),
        None => row == literal,
    }
}

/// Constants are compared without zeros in front, where both are numbers.
fn same_constant(constant: &str, cell: &str) -> bool {
    cell == constant.trim()
}

/// The field that a column's name means.
fn named<'a>(record: &'a PlannedRecord, name: &str) -> Option<&'a PlannedField> {
    record.fields.iter().find(|field| is_named(field, name))
}

fn is_named(field: &PlannedField, name: &str) -> bool {
    let name = plain(name);
    plain(&field.spec.name) == name || field.spec.also.iter().any(|also| plain(also) == name)
}

/// A column's name without blanks, and without the English that some banks put in brackets behind it.
fn plain(name: &str) -> String {
    let name = name.split(['[', '［']).next().unwrap_or(name);
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn place(field: &PlannedField, line: u64, column: usize) -> Place {
    let at = if field.len > 0 { field.at } else { column };
    Place::at(line, at as u64 + 1).field(field.spec.name.clone())
}
