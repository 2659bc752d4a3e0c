//! Reads a file of a layout.

mod above;

use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;

use super::amiss::{broken, is_unread, no_value, of_constant, of_hidden, unread, wrong_constant};
use super::around::Around;
use super::build::Builder;
use super::declare::RecordKind;
use super::details::not_for;
use super::foreign;
use super::hash::Hashes;
use super::item::{Carries, Form, Item};
use super::plan::{Plan, PlannedField, PlannedRecord, plain_name};
use super::rows::{Cells, Rows, hidden, is_line};
use super::told::{Told, not_applicable};
use super::value;
use super::xml::Elements;
use crate::document::{Bic, Cnaps, Currency, Part};
use crate::finding::{Finding, Level, Place};
use crate::format::registry::OpenError;
use crate::format::{ReadError, ReadOptions, Reader, decode, spreadsheet, truncated};
use crate::text;

/// Reads documents in the layout of a template.
pub struct LayoutReader {
    plan: Arc<Plan>,
    rows: Rows,
    /// The elements, where the file is XML.
    elements: Option<Elements>,
    build: Builder,
    around: Around,
    /// What the file says of the items on which conditions depend.
    told: Told,
    /// Digits of the details so far, where the file has hash totals.
    hashes: Hashes,
    cells: Cells,
    stage: Stage,
    /// Column of each field of the detail, where a row of names decides it.
    columns: Option<Vec<Option<usize>>>,
    /// How many columns the row of names has.
    named: usize,
    /// How many columns the first row has of a record that may have further ones.
    wide: Option<usize>,
    /// Columns that tell a currency and are not read, with their names.
    currencies: Vec<(usize, String)>,
    /// The currency of all amounts, where no field is read that tells it.
    usual: Option<Currency>,
    /// A line above the names that tells another currency than the layout's, where a column may tell it, too.
    other_currency: Option<Finding>,
    /// Lines above the row of names that were passed over.
    passed: usize,
    /// Records that were taken in: a file without any is not an empty document.
    accepted: u64,
    /// Those of the open document.
    of_document: u64,
    /// Whether one of them was a line or a row of names.
    marked: bool,
    /// Whether a line of the full width had blanks at its end.
    padded: bool,
    /// The delimiter that the row of names has, where it is another than the layout's.
    other: Option<String>,
    /// Fields of payments that nobody reads and that had a value.
    unread: BTreeSet<String>,
    done: bool,
}

/// How sure it is that a file is one of a layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sure {
    /// Nothing of it was there.
    #[default]
    No,
    /// Rows were there that it may have.
    Rows,
    /// Lines or column names of its own were there.
    Marks,
    /// Its root element was there.
    Root,
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
        let input = match options.encoding.as_deref() {
            _ if plan.is_bytes() => input,
            None => decode::agreed(input, plan.layout.encoding.reads_as(), plan.layout.encoding.name()),
            label => decode::utf8(input, label)?,
        };
        let (input, elements): (Box<dyn BufRead + Send>, _) = match plan.layout.xml_root {
            Some(_) => (Box::new(std::io::empty()), Some(Elements::new(input, &options.limits))),
            None => (input, None),
        };
        Ok(LayoutReader {
            rows: Rows::new(input, &plan, &options.limits),
            elements,
            build: Builder::new(&plan, options),
            around: Around::default(),
            told: Told::default(),
            hashes: Hashes::default(),
            cells: Cells::default(),
            stage: Stage::Before(0),
            columns: None,
            named: 0,
            currencies: Vec::new(),
            usual: plan.only_currency(),
            other_currency: None,
            passed: 0,
            accepted: 0,
            of_document: 0,
            wide: None,
            marked: false,
            padded: false,
            other: None,
            unread: BTreeSet::new(),
            done: false,
            plan,
        })
    }

    /// How sure it is that the file, though it may be refused, is one of the layout.
    pub(super) fn sure(&self) -> Sure {
        if self.elements.as_ref().is_some_and(Elements::has_begun) {
            return Sure::Root;
        }
        match (self.marked, self.accepted) {
            (true, _) => Sure::Marks,
            (false, 1..) => Sure::Rows,
            (false, 0) => Sure::No,
        }
    }

    /// Takes in the current row.
    fn take(&mut self) -> Result<(), ReadError> {
        if self.rows.number() <= self.plan.layout.title_lines {
            return self.title();
        }
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
                    None if self.is_preamble(&plan, at) => return Ok(()),
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
                        self.finish_document(&plan);
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
                    self.finish_document(&plan);
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
            RecordKind::More | RecordKind::Other if !self.build.has_detail() => false,
            _ => self.is_record(plan, record),
        }
    }

    fn is_columns(&mut self, plan: &Plan, record: &PlannedRecord) -> bool {
        if self.are_names(plan, record) {
            return true;
        }
        if self.columns.is_some() {
            return false;
        }
        let found = plan.layout.other_delimiters.iter().find(|other| {
            self.other = Some((*other).clone());
            self.are_names(plan, record)
        });
        if found.is_none() {
            self.other = None;
        }
        found.is_some()
    }

    /// Divides the row by the delimiter that the file has.
    fn split(&mut self, plan: &Plan, record: &PlannedRecord) {
        let delimiter = self.other.as_deref().unwrap_or(&record.delimiter);
        self.cells.split(&self.rows, plan, delimiter, record.trailing);
    }

    fn are_names(&mut self, plan: &Plan, record: &PlannedRecord) -> bool {
        self.split(plan, record);
        let cells = self.names();
        let mut wanted = record.fields.iter().filter(|field| field.spec.required);
        // Most rows are no names: the first that is missing tells.
        if !wanted.all(|field| cells.iter().any(|cell| field.is_called(cell))) {
            return false;
        }
        let known = cells.iter().filter(|cell| !cell.is_empty() && named(record, cell).is_some());
        known.count() * 2 >= record.fields.len().min(self.cells.len().max(1))
    }

    /// Whether its fields are found by the names of their columns.
    fn is_by_name(&self, record: &PlannedRecord) -> bool {
        self.columns.is_some() && record.kind == RecordKind::Detail
    }

    fn is_record(&mut self, plan: &Plan, record: &PlannedRecord) -> bool {
        if plan.layout.width.is_some() {
            // A line may lack the blanks at its end; a file that ends within a record lacks more. Of a record that is
            // passed over, nobody knows what it needs.
            let needed = if record.kind == RecordKind::Other { plan.layout.width } else { Some(record.needed) };
            if self.rows.is_cut() && needed.is_some_and(|needed| self.rows.length(plan) < needed) {
                return false;
            }
            self.cells.slice(&self.rows, plan, record);
        } else {
            self.split(plan, record);
            if !self.is_by_name(record)
                && (!record.further && self.cells.filled() > record.fields.len() || self.cells.len() < record.fewest)
            {
                return false;
            }
        }
        self.is_by_name(record) || record.fields.iter().enumerate().all(|(at, field)| field.agrees(self.cells.get(at)))
    }

    /// Demands the constants of an element, which nothing but its name has told so far.
    fn constants(&self, plan: &Plan, at: usize) -> Result<(), ReadError> {
        for (at, field) in plan.records[at].fields.iter().enumerate() {
            let cell = self.cells.get(at);
            if !field.agrees(cell) {
                return Err(wrong_constant(field, cell, Place::path(field.spec.name.clone())));
            }
        }
        Ok(())
    }

    fn accept(&mut self, plan: &Plan, at: usize) -> Result<(), ReadError> {
        let record = &plan.records[at];
        self.accepted += 1;
        self.of_document += 1;
        let line = self.line();
        match record.kind {
            RecordKind::Lines | RecordKind::More | RecordKind::Other | RecordKind::Columns => {}
            _ => self.end_detail(plan),
        }
        if matches!(record.kind, RecordKind::More | RecordKind::Other) {
            let wrong = self.around.belongs(record, &self.cells, line);
            wrong.into_iter().for_each(|finding| self.build.notes.push(finding));
        }
        self.marked |= matches!(record.kind, RecordKind::Lines | RecordKind::Columns);
        if self.elements.is_none() && !record.fields.is_empty() {
            self.whole(plan, record)?;
        }
        match record.kind {
            RecordKind::Lines => {}
            RecordKind::Other => {
                let said = self.around.other(self.cells.get(0), line);
                said.into_iter().for_each(|finding| self.build.notes.push(finding));
            }
            RecordKind::Section => self.build.section(record.status.as_deref(), self.rows.text()),
            RecordKind::Columns => self.take_columns(plan, record)?,
            RecordKind::Balancing => {
                self.add_digits(plan, record);
                self.balancing(record);
            }
            RecordKind::Header | RecordKind::Trailer => {
                self.build.flush();
                self.counted(record);
                self.hold_digits(record);
                self.decide(plan, record, false);
                self.values(record, false);
            }
            RecordKind::Detail => {
                self.build.begin(Place::line(line));
                let wrong = self.around.begin(record, &self.cells, line);
                wrong.into_iter().for_each(|finding| self.build.notes.push(finding));
                self.add_digits(plan, record);
                self.decide(plan, record, true);
                self.values(record, true);
            }
            RecordKind::More => {
                let wrong = self.around.further(plan, at, line);
                wrong.into_iter().for_each(|finding| self.build.notes.push(finding));
                self.decide(plan, record, true);
                self.values(record, true);
            }
        }
        Ok(())
    }

    /// Refuses a row that was cut, or that has a column too many: an amount or an account would be another.
    fn whole(&mut self, plan: &Plan, record: &PlannedRecord) -> Result<(), ReadError> {
        let place = Place::line(self.rows.number());
        if plan.layout.width.is_some() {
            let length = self.rows.length(plan);
            let fills = record.fields.last().is_some_and(|field| Some(field.at + field.len) == plan.layout.width);
            if fills && plan.layout.width.is_some_and(|width| length < width) && self.rows.raw().ends_with(b" ") {
                let message = text!(
                    "the line is {length} long and ends in blanks: whoever takes blanks off its end leaves none",
                    "该行长 {length} 位且以空格结尾：若行尾空格曾被删除，则不应有剩余"
                );
                return Err(ReadError::refused("row-cut", place, message));
            }
            self.padded |= fills && plan.layout.width == Some(length) && self.rows.raw().ends_with(b" ");
            // Where blanks were left at the end of other lines, a line that lacks some lacks more.
            let padded = self.padded;
            let is_cut = |field: &&PlannedField| {
                field.is_cut_at(length) || padded && field.item.is_some() && field.is_within(length)
            };
            let Some(field) = record.fields.iter().find(is_cut) else { return Ok(()) };
            let name = &field.spec.name;
            let message = text!("the line ends within `{name}`", "该行在 `{name}` 字段中间结束");
            return Err(ReadError::refused("row-cut", place.field(name.clone()), message));
        }
        if self.cells.is_unclosed() {
            let message = text!("a quotation mark is not closed on its line", "引号在本行内没有闭合");
            return Err(ReadError::refused("quote", place, message));
        }
        let torn = |at: &usize| begins_within(self.cells.get(*at), &record.delimiter);
        if let Some(at) = (0..self.cells.len()).find(torn) {
            let (cell, mark) = (self.cells.get(at), &record.delimiter);
            let message = text!(
                "`{cell}` begins with a piece of the delimiter `{mark}`: where the value begins cannot be known",
                "`{cell}` 以分隔符 `{mark}` 的一部分开头：无法确定该值从何处开始"
            );
            return Err(ReadError::refused("row-cut", Place::at(self.rows.number(), at as u64 + 1), message));
        }
        if record.kind == RecordKind::Columns {
            return Ok(());
        }
        let there = self.cells.len();
        let wanted = match record.further {
            // All rows of such a file are as wide as the first: another holds the delimiter in a value.
            true => *self.wide.get_or_insert(there.max(record.fields.len())),
            false if self.is_by_name(record) => self.named,
            false => record.fields.len(),
        };
        let ends_open = record.trailing && self.rows.is_cut() && !self.rows.text().ends_with(&record.delimiter);
        // An empty cell too many at the end counts as well: `1,234.56` and nothing behind it would pay 1.
        if there > wanted || !plan.layout.short_rows && (there < wanted || ends_open) {
            let hint = match there < wanted || ends_open {
                true => text!(
                    "was the file cut? where the last columns may be missing, set `short-rows = true` in the layout",
                    "文件是否被截断？如行末空列可省略，请在格式中设置 `short-rows = true`"
                ),
                false => text!(
                    "does a value hold the delimiter, as `1,234.56` holds a comma? where every row ends in one, set \
                     `trailing-delimiter = true` in the layout",
                    "是否有字段值含有分隔符（如 `1,234.56` 含逗号）？如每行末尾都有分隔符，请在格式中设置 `trailing-delimiter = true`"
                ),
            };
            let message =
                text!("the row has {there} columns, {wanted} are expected", "该行有 {there} 列，应为 {wanted} 列");
            return Err(Finding::error("row-cut", place, message).hint(hint).into());
        }
        Ok(())
    }

    /// Holds the number of records that a trailer says against those that were there.
    fn counted(&mut self, record: &PlannedRecord) {
        for (at, field) in record.fields.iter().enumerate() {
            let there = match (field.spec.counted_from, field.item) {
                (Some(from), _) => self.of_document.saturating_sub(from),
                (None, Some(Item::Lines)) => self.accepted.saturating_sub(1),
                (None, _) => continue,
            };
            let said = self.cells.get(at);
            if said.parse() != Ok(there) && !(field.item.is_some() && said.is_empty()) {
                let message =
                    text!("`{said}` records are declared, {there} are there", "申报 `{said}` 条记录，实际 {there} 条");
                let place = place(field, self.line(), at);
                self.build.notes.push(Finding::error("count-mismatch", place, message));
            }
        }
    }

    /// Adds the digits of the current row to the hash totals.
    fn add_digits(&mut self, plan: &Plan, record: &PlannedRecord) {
        let fields = if record.hashed.is_empty() { 0..0 } else { 0..record.fields.len() };
        for at in fields {
            let column = column_of(self.columns.as_deref(), record, at);
            let cell = column.map_or("", |column| self.cells.get(column));
            self.hashes.add(plan, record, at, cell);
        }
    }

    /// Keeps the hash totals that a header or trailer says.
    fn hold_digits(&mut self, record: &PlannedRecord) {
        for (at, field) in record.fields.iter().enumerate() {
            let Some(number) = field.hash else { continue };
            let place = place(field, self.line(), at);
            let wrong = self.hashes.say(number, self.cells.get(at), place);
            wrong.into_iter().for_each(|finding| self.build.notes.push(finding));
        }
    }

    /// Says what the open detail lacks before it ends.
    fn end_detail(&mut self, plan: &Plan) {
        let place = if plan.once.is_empty() { None } else { self.build.place().cloned() };
        let Some(place) = place else { return };
        self.around.missing(plan, &place).for_each(|finding| self.build.notes.push(finding));
    }

    fn finish_document(&mut self, plan: &Plan) {
        self.end_detail(plan);
        self.of_document = 0;
        self.told.begin_document();
        let wrong = self.hashes.wrong(plan);
        wrong.into_iter().for_each(|finding| self.build.notes.push(finding));
        self.hashes.begin_document();
        self.build.finish();
    }

    /// Learns from a row of names which column each field of the details is in.
    fn take_columns(&mut self, plan: &Plan, row: &PlannedRecord) -> Result<(), ReadError> {
        let Some(detail) = plan.records.iter().find(|r| r.kind == RecordKind::Detail) else { return Ok(()) };
        let there = self.names();
        self.names_whole(row, &there)?;
        let columns: Vec<Option<usize>> = detail
            .fields
            .iter()
            .map(|field| {
                let named = row.fields.iter().find(|f| f.spec.name == field.spec.name).unwrap_or(field);
                row.columns_of(named, &there).next()
            })
            .collect();
        let missing = detail
            .fields
            .iter()
            .zip(&columns)
            .find(|(f, column)| f.spec.required && f.spec.when.is_none() && column.is_none());
        if let Some((field, _)) = missing {
            let name = &field.spec.name;
            let message = text!("there is no column `{name}`", "缺少列 `{name}`");
            return Err(ReadError::refused("column-missing", Place::line(self.rows.number()), message));
        }
        for at in 0..self.cells.len() {
            let name = self.cells.get(at);
            let plain = plain_name(name);
            let known = named(row, &plain).is_some() || detail.fields.iter().any(|f| f.is_called(&plain));
            if !known && !name.is_empty() {
                let message = text!("the column `{name}` is not known and passed over", "未知列 `{name}`，已跳过");
                let place = Place::at(self.rows.number(), at as u64 + 1);
                let finding = Finding::info("unknown-column", place, message);
                // A bank may have put into it that the payment came back.
                let level = if plan.carries == Carries::Status { Level::Warning } else { Level::Info };
                self.build.notes.push(Finding { level, ..finding });
            }
        }
        self.currencies = foreign::unread(detail, &columns, &self.cells);
        self.settle_currency(plan, detail, &columns);
        (self.columns, self.named) = (Some(columns), self.cells.len());
        Ok(())
    }

    /// The names in the row.
    fn names(&self) -> Vec<String> {
        (0..self.cells.len()).map(|at| plain_name(self.cells.get(at))).collect()
    }

    /// Refuses a row of names in which the file ends before all of them are there, and one that names a column twice:
    /// nobody knows which of the two holds the amount.
    fn names_whole(&self, row: &PlannedRecord, names: &[String]) -> Result<(), ReadError> {
        let place = Place::line(self.rows.number());
        for field in &row.fields {
            let mut there = row.columns_of(field, names);
            let (first, second) = (there.next(), there.next());
            if first.is_none() && self.rows.is_cut() {
                return Err(truncated(place));
            }
            if let (Some(first), Some(second)) = (first, second) {
                let (first, second) = (self.cells.get(first), self.cells.get(second));
                let message = text!(
                    "the columns `{first}` and `{second}` are one and the same",
                    "列 `{first}` 与 `{second}` 含义相同，重复出现"
                );
                return Err(ReadError::refused("column-twice", place, message));
            }
        }
        Ok(())
    }

    /// Takes in what the current row says of the items on which conditions depend, and holds the record against it.
    fn decide(&mut self, plan: &Plan, record: &PlannedRecord, detail: bool) {
        if plan.deciding.is_empty() {
            return;
        }
        let cell = |at: usize| column_of(self.columns.as_deref(), record, at).map_or("", |at| self.cells.get(at));
        self.told.take(plan, record, cell, self.build.near());
        let line = self.line();
        for said in &record.says {
            let value = value::Value::Text(said.value.as_str().into());
            self.build.set(said.item, value, detail, || Place::line(line));
        }
        if let Some(when) = record.when.as_ref().filter(|when| !self.told.meets(when)) {
            self.build.notes.push(not_for(record, when, line));
        }
    }

    /// Hands the values of the current row to the builder.
    fn values(&mut self, record: &PlannedRecord, detail: bool) {
        let line = self.line();
        if let Some(usual) = self.usual {
            let named = self.columns.as_ref().filter(|_| record.kind == RecordKind::Detail).map(|_| &self.currencies);
            let said = foreign::of_row(record, named.map(Vec::as_slice), &self.cells, (usual, line));
            said.into_iter().for_each(|finding| self.build.notes.push(finding));
        }
        for (at, field) in record.fields.iter().enumerate() {
            let column = column_of(self.columns.as_deref(), record, at);
            let cell = column.map_or("", |column| self.cells.get(column));
            let place = || place(field, line, column.unwrap_or(at));
            if let Some(when) = field.when.as_deref() {
                if !self.told.meets(when) {
                    let said = not_applicable(field, when, cell, place(), self.plan.carries);
                    said.into_iter().for_each(|finding| self.build.notes.push(finding));
                    continue;
                }
                if !field.is_constant(cell) {
                    self.build.notes.push(of_constant(field, cell, place()));
                }
            }
            if cell.is_empty() && field.spec.required {
                let name = &field.spec.name;
                let message = text!("`{name}` must not be empty", "`{name}` 不能为空");
                self.build.notes.push(Finding::error("field-missing", place(), message));
            }
            if let Some(words) = field.spec.says.as_ref().filter(|_| !cell.is_empty()) {
                self.build.says(&words.0, cell);
            }
            // Records of fixed width are full of what only their makers know.
            if self.plan.carries == Carries::Payments
                && self.plan.layout.width.is_none()
                && is_unread(field, cell)
                && self.unread.insert(field.spec.name.clone())
            {
                self.build.notes.push(unread(field, cell, place()));
            }
            let Some(item) = field.item.filter(|item| self.is_wanted(field, *item, cell)) else { continue };
            if field.spec.unbroken && cell.contains(char::is_whitespace) {
                self.build.notes.push(broken(field, cell, place()));
                continue;
            }
            if let Some(takes) = field.spec.takes.filter(|takes| !cell.is_empty() && takes.written(cell).is_none()) {
                self.build.notes.push(Finding::error("kind-of-number", place(), takes.refused(cell)));
                continue;
            }
            if let Some(finding) = self.of_a_spreadsheet(item, cell, place) {
                self.build.notes.push(finding);
            }
            if let Some(c) = self.hidden_in(field, cell) {
                self.build.notes.push(of_hidden(c, &field.spec.name, place(), self.plan.carries));
            }
            match value::read(field, cell, self.build.near()) {
                Ok(Some(value)) if field.spec.append.is_some() => append(&mut self.build, field, item, value, place),
                Ok(Some(value)) => {
                    if item == Item::Status {
                        self.build.bank_status(cell);
                    }
                    self.build.set(item, value, detail, place);
                }
                Ok(None) if field.spec.required && !cell.is_empty() && !field.is_words() => {
                    self.build.notes.push(no_value(field, cell, place()));
                }
                Ok(None) => {}
                Err((rule, message)) => self.build.notes.push(Finding::error(rule, place(), message)),
            }
        }
    }

    /// Whether a field is read at all: one that stands for another only where that said nothing, or less.
    fn is_wanted(&self, field: &PlannedField, item: Item, cell: &str) -> bool {
        if !field.spec.fallback {
            return true;
        }
        let Some(before) = self.build.value(item) else { return true };
        let chinese = Bic::parse(&before).is_none_or(|bic| bic.country() == "CN");
        field.spec.cnaps_first && chinese && Cnaps::parse(cell).is_some()
    }

    /// An account, a bank or an id that a spreadsheet has changed. Money goes where the number says; what a bank writes
    /// is read all the same.
    fn of_a_spreadsheet(&self, item: Item, cell: &str, place: impl FnOnce() -> Place) -> Option<Finding> {
        use Item::{Account, Agent, EndToEndId, GroupAccount, GroupAgent, InstructionId, OwnAccount};
        let number = matches!(item, Account | GroupAccount | OwnAccount | Agent | GroupAgent);
        let found = match item {
            EndToEndId | InstructionId => spreadsheet::power(cell),
            _ if number => spreadsheet::damage(cell),
            _ => None,
        };
        let paid = self.plan.carries == Carries::Payments;
        if let Some((message, hint)) = found {
            let level = if paid { Level::Error } else { Level::Warning };
            return Some(Finding { level, ..Finding::error("spreadsheet", place(), message).hint(hint) });
        }
        let (message, hint) = spreadsheet::may_be_rounded(cell).filter(|_| number && paid)?;
        Some(Finding::warning("digits-lost", place(), message).hint(hint))
    }

    /// Takes in a record that balances all others.
    fn balancing(&mut self, record: &PlannedRecord) {
        let line = self.rows.number();
        self.build.begin_balancing(Place::line(line));
        for (at, field) in record.fields.iter().enumerate() {
            let Some(item) = field.item else { continue };
            match value::read(field, self.cells.get(at), self.build.near()) {
                Ok(Some(value)) => self.build.set_balancing(item, &value),
                Ok(None) => {}
                Err((rule, message)) => self.build.notes.push(Finding::error(rule, place(field, line, at), message)),
            }
        }
    }

    /// A character in a text that nobody sees.
    fn hidden_in(&self, field: &PlannedField, cell: &str) -> Option<char> {
        let may = self.rows.may_hide() || self.elements.is_some();
        let words = matches!(field.form, Form::Text | Form::Exact);
        if may && words { hidden(cell) } else { None }
    }

    fn unknown(&mut self, plan: &Plan) -> ReadError {
        if let Some(why) = self.nearly(plan) {
            return why;
        }
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

    /// Why a row of fixed width is not the record of a detail that it looks like by its first constant.
    fn nearly(&mut self, plan: &Plan) -> Option<ReadError> {
        plan.layout.width?;
        let place = Place::line(self.rows.number());
        if let Some(at) = plan.body.clone().find(|at| self.is_record(plan, &plan.records[*at])) {
            let name = &plan.records[at].name;
            let message = text!(
                "the record `{name}` stands before any record that it could belong to",
                "记录 `{name}` 之前没有其所属的记录"
            );
            return Some(ReadError::refused("record-order", place, message));
        }
        for at in plan.order.iter().copied() {
            let record = &plan.records[at];
            self.cells.slice(&self.rows, plan, record);
            let mut constants = record.fields.iter().enumerate().filter(|(_, field)| field.spec.is.is_some());
            if !constants.next().is_some_and(|(at, field)| field.agrees(self.cells.get(at))) {
                continue;
            }
            if self.rows.is_cut() {
                return Some(truncated(place));
            }
            if let Some((at, field)) = constants.find(|(at, field)| !field.agrees(self.cells.get(*at))) {
                return Some(wrong_constant(field, self.cells.get(at), place.field(field.spec.name.clone())));
            }
        }
        None
    }

    /// Demands the elements around the records: what they count and sum up would not be compared.
    fn whole_elements(&self, plan: &Plan) -> Result<(), ReadError> {
        let missing = self.elements.as_ref().filter(|_| self.accepted > 0).and_then(|elements| elements.missing(plan));
        missing.map_or(Ok(()), |element| {
            let message = text!("the element `{element}` is missing", "缺少元素 `{element}`");
            Err(ReadError::refused("record-missing", Place::path(element), message))
        })
    }

    /// The line of the current record.
    fn line(&self) -> u64 {
        self.elements.as_ref().map_or_else(|| self.rows.number(), Elements::line)
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
        let unended = self.rows.is_cut() && plan.layout.last_line_end && plan.layout.width.is_none();
        if unended && self.stage == Stage::Body {
            let message = text!(
                "the last line has no end: if the file was cut, the last value may be shorter than it was",
                "最后一行没有换行符：如文件被截断，最后一个值可能不完整"
            );
            self.build.notes.push(Finding::warning("no-line-end", Place::line(self.rows.number()), message));
        }
        self.ended()
    }

    /// Closes the last document.
    fn ended(&mut self) -> Result<(), ReadError> {
        if self.accepted == 0 {
            let message = text!("the file holds no record", "文件中没有任何记录");
            return Err(ReadError::refused("empty", Place::default(), message));
        }
        let plan = Arc::clone(&self.plan);
        self.finish_document(&plan);
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
                let record = elements.advance(&plan, &mut self.cells)?;
                elements.take_notes().into_iter().for_each(|finding| self.build.notes.push(finding));
                match record {
                    Some(record) => {
                        self.constants(&plan, record)?;
                        self.accept(&plan, record)?;
                    }
                    None => {
                        self.done = true;
                        self.whole_elements(&plan)?;
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

/// Adds a value behind what its item has; one that does not fit is left out whole.
fn append(build: &mut Builder, field: &PlannedField, item: Item, value: value::Value<'_>, place: impl Fn() -> Place) {
    let Some(before) = build.value(item) else { return build.set(item, value, true, place) };
    let (cell, most) = (value.text(), field.spec.append.unwrap_or_default());
    let whole = format!("{before} {cell}");
    if whole.chars().count() <= most {
        return build.set(item, value::Value::Text(whole.into()), true, place);
    }
    let message = text!(
        "`{cell}` is left out: behind `{before}` it would be more than {most} characters",
        "`{cell}` 未写入：接在 `{before}` 之后会超过 {most} 个字符"
    );
    build.notes.push(Finding::warning("left-out", place(), message));
}

/// Whether a value begins with the end of a delimiter of several characters.
fn begins_within(cell: &str, delimiter: &str) -> bool {
    let least = if delimiter.chars().count() > 2 { 2 } else { 1 };
    let ends = delimiter.char_indices().skip(1).map(|(at, _)| &delimiter[at..]);
    ends.filter(|end| end.chars().count() >= least).any(|end| cell.starts_with(end))
}

/// The column in which a field of a record stands, where a row of names says it of the details.
fn column_of(columns: Option<&[Option<usize>]>, record: &PlannedRecord, at: usize) -> Option<usize> {
    match columns {
        Some(columns) if record.kind == RecordKind::Detail => columns.get(at).copied().flatten(),
        _ => Some(at),
    }
}

/// The field that a column's name means.
fn named<'a>(record: &'a PlannedRecord, plain: &str) -> Option<&'a PlannedField> {
    record.fields.iter().find(|field| field.is_called(plain))
}

fn place(field: &PlannedField, line: u64, column: usize) -> Place {
    let at = if field.len > 0 { field.at } else { column };
    Place::at(line, at as u64 + 1).field(field.spec.name.clone())
}
