//! Layouts of XML files: records are elements, fields are attributes or elements in them.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::declare::RecordKind;
use super::item::Carries;
use super::plan::{Plan, PlannedRecord};
use super::rows::Cells;
use crate::finding::{Finding, Level, Place};
use crate::format::decode::Malformed;
use crate::format::{Limits, ReadError};
use crate::text;
use crate::words::Text;

/// Walks the elements of a file.
pub(super) struct Elements {
    reader: Reader<Counted>,
    buffer: Vec<u8>,
    path: Vec<String>,
    limits: Limits,
    /// The root was there and has ended.
    ended: bool,
    /// The record that is open, and the depth at which it stands.
    open: Option<(usize, usize)>,
    /// The field whose text is being read.
    field: Option<usize>,
    /// The fields of the open record that had an element or attribute.
    given: Vec<bool>,
    /// What no record has a place for, each told once.
    unknown: Vec<String>,
    notes: Vec<Finding>,
    /// The line on which the open record began.
    line: u64,
    /// The records that were there.
    seen: BTreeSet<usize>,
}

/// How many names that no record has are told; a file of nothing else says the same.
const MOST_UNKNOWN: usize = 50;

impl Elements {
    /// The elements in `input`, which is UTF-8.
    pub fn new(input: Box<dyn BufRead + Send>, limits: &Limits) -> Elements {
        let mut reader = Reader::from_reader(Counted { input, ends: 0 });
        reader.config_mut().expand_empty_elements = true;
        Elements {
            reader,
            buffer: Vec::new(),
            path: Vec::new(),
            limits: limits.clone(),
            ended: false,
            open: None,
            field: None,
            given: Vec::new(),
            unknown: Vec::new(),
            notes: Vec::new(),
            line: 1,
            seen: BTreeSet::new(),
        }
    }

    /// Whether the root element of the layout was there.
    pub fn has_begun(&self) -> bool {
        self.ended || !self.path.is_empty()
    }

    /// The line on which the last record began.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The first record around the details that was not there and must be.
    pub fn missing<'p>(&self, plan: &'p Plan) -> Option<&'p str> {
        let around = |record: &PlannedRecord| matches!(record.kind, RecordKind::Header | RecordKind::Trailer);
        let mut records = plan.records.iter().enumerate();
        let missing = records.find(|(at, record)| around(record) && !record.optional && !self.seen.contains(at));
        missing.map(|(_, record)| record.element.as_deref().unwrap_or(&record.name))
    }

    /// What was noticed since the last time.
    pub fn take_notes(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.notes)
    }

    /// The next record that is complete, its fields in `cells`; `None` at the end of the file.
    pub fn advance(&mut self, plan: &Plan, cells: &mut Cells) -> Result<Option<usize>, ReadError> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map(Event::into_owned);
            match event.map_err(|error| self.unreadable(&error))? {
                Event::Start(start) => self.start(plan, &start, cells)?,
                Event::End(_) => {
                    let depth = self.path.len();
                    self.path.pop();
                    self.field = None;
                    self.ended |= depth == 1;
                    if let Some((record, _)) = self.open.filter(|(_, at)| *at == depth) {
                        self.open = None;
                        return Ok(Some(record));
                    }
                }
                Event::Text(piece) => {
                    let words = piece.to_string();
                    self.take(plan, &words, cells)?;
                }
                Event::CData(piece) => {
                    let words = piece.to_string();
                    self.take(plan, &words, cells)?;
                }
                Event::GeneralRef(name) => {
                    let words = self.reference(&name)?;
                    self.take(plan, &words, cells)?;
                }
                Event::DocType(_) => {
                    return Err(self.broken(&text!("a document type is not taken", "不接受 DOCTYPE 声明")));
                }
                Event::Eof if self.ended && self.path.is_empty() => return Ok(None),
                Event::Eof => return Err(crate::format::truncated(self.place())),
                _ => {}
            }
        }
    }

    fn unreadable(&self, error: &quick_xml::Error) -> ReadError {
        if let quick_xml::Error::Io(error) = error
            && let Some(malformed) = Malformed::of(error)
        {
            return malformed.finding().into();
        }
        self.broken(&text!("the XML is broken: {error}", "XML 格式错误：{error}"))
    }

    fn start(&mut self, plan: &Plan, start: &BytesStart<'_>, cells: &mut Cells) -> Result<(), ReadError> {
        let name = start.local_name().as_ref().to_string();
        if self.path.is_empty() && (self.ended || plan.layout.xml_root.as_deref() != Some(name.as_str())) {
            return Err(
                self.broken(&text!("`{name}` is not the root element of this file", "`{name}` 不是该文件的根元素"))
            );
        }
        if self.path.len() >= self.limits.depth {
            return Err(self.broken(&text!("the elements are nested too deeply", "元素嵌套过深")));
        }
        self.path.push(name);
        if let Some((record, depth)) = self.open {
            return self.child(plan, &plan.records[record], depth, start);
        }
        let here = self.path[1..].join("/");
        let found = plan.records.iter().position(|record| record.element.as_deref() == Some(here.as_str()));
        let Some(at) = found.filter(|_| self.path.len() > 1) else { return self.around(plan, &here, start) };
        self.line = self.reader.get_ref().ends + 1;
        self.given = vec![false; plan.records[at].fields.len()];
        cells.clear(plan.records[at].fields.len());
        self.attributes(plan, &plan.records[at], start, cells)?;
        self.open = Some((at, self.path.len()));
        self.seen.insert(at);
        Ok(())
    }

    /// An element within a record: one of its fields, or what nobody reads.
    fn child(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        depth: usize,
        start: &BytesStart<'_>,
    ) -> Result<(), ReadError> {
        let name = self.path.last().cloned().unwrap_or_default();
        if self.field.is_some() {
            return Err(self.broken(&text!(
                "the element `{name}` stands within a value: what the value is cannot be known",
                "元素 `{name}` 位于字段值之内：无法确定该值"
            )));
        }
        let of_record = self.path.len() == depth + 1;
        let found = record.fields.iter().position(|field| field.spec.element && field.spec.name == name);
        let Some(at) = found.filter(|_| of_record) else {
            self.no_record(plan, &name)?;
            let shown = self.path[depth - 1..].join("/");
            self.pass_over(plan, &shown, start);
            return Ok(());
        };
        self.give(at, &name)?;
        self.field = Some(at);
        self.unread(plan, &name, start);
        Ok(())
    }

    /// An element outside the records: one that leads to them, or what nobody reads.
    fn around(&mut self, plan: &Plan, here: &str, start: &BytesStart<'_>) -> Result<(), ReadError> {
        let mut paths = plan.records.iter().filter_map(|record| record.element.as_deref());
        let leads =
            here.is_empty() || paths.any(|path| path.strip_prefix(here).is_some_and(|rest| rest.starts_with('/')));
        if leads {
            let name = self.path.last().cloned().unwrap_or_default();
            self.unread(plan, &name, start);
            return Ok(());
        }
        self.no_record(plan, here)?;
        self.pass_over(plan, here, start);
        Ok(())
    }

    /// Refuses an element that is called like a record and stands where none is read: a payment would be lost.
    fn no_record(&self, plan: &Plan, here: &str) -> Result<(), ReadError> {
        let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let mut paths = plan.records.iter().filter_map(|record| record.element.as_deref());
        let Some(path) = paths.find(|path| last(path) == last(here)) else { return Ok(()) };
        let message = text!(
            "`{here}` stands where no record is read; records stand in `{path}`",
            "`{here}` 所在位置不读取记录；记录位于 `{path}`"
        );
        Err(ReadError::refused("record-elsewhere", self.place(), message))
    }

    /// Tells of an element that nobody reads.
    fn pass_over(&mut self, plan: &Plan, shown: &str, start: &BytesStart<'_>) {
        self.tell(
            plan,
            shown,
            &text!("the element `{shown}` is not known and passed over", "未知元素 `{shown}`，已跳过"),
        );
        self.unread(plan, shown, start);
    }

    /// Tells of attributes that nobody reads.
    fn unread(&mut self, plan: &Plan, element: &str, start: &BytesStart<'_>) {
        for attribute in start.attributes().flatten() {
            let key = attribute.key.as_ref();
            if key.starts_with("xmlns") || key.starts_with("xsi:") || key.starts_with("xml:") {
                continue;
            }
            let shown = format!("{element}/@{key}");
            self.tell(plan, &shown, &unknown_attribute(&shown));
        }
    }

    /// Says once that something is passed over. A bank may have put into it that the payment came back.
    fn tell(&mut self, plan: &Plan, shown: &str, message: &Text) {
        if self.unknown.len() >= MOST_UNKNOWN || self.unknown.iter().any(|known| known == shown) {
            return;
        }
        self.unknown.push(shown.to_string());
        let level = if plan.carries == Carries::Status { Level::Warning } else { Level::Info };
        let place = Place { line: Some(self.reader.get_ref().ends + 1), ..self.place() };
        self.notes.push(Finding { level, ..Finding::info("unknown-element", place, message.clone()) });
    }

    /// Takes note that a field has its value; a second one of the same name leaves open which counts.
    fn give(&mut self, at: usize, name: &str) -> Result<(), ReadError> {
        if std::mem::replace(&mut self.given[at], true) {
            return Err(self.broken(&text!("`{name}` stands twice in one record", "`{name}` 在同一记录中重复出现")));
        }
        Ok(())
    }

    fn attributes(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        start: &BytesStart<'_>,
        cells: &mut Cells,
    ) -> Result<(), ReadError> {
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|e| self.broken(&text!("an attribute is broken: {e}", "属性错误：{e}")))?;
            let name = attribute.key.local_name().as_ref().to_string();
            let at = record.fields.iter().position(|field| !field.spec.element && field.spec.name == name);
            let Some(at) = at else {
                if !attribute.key.as_ref().starts_with("xmlns") {
                    let shown = format!("{}/@{name}", self.path.last().map_or("", String::as_str));
                    self.tell(plan, &shown, &unknown_attribute(&shown));
                }
                continue;
            };
            self.give(at, &name)?;
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|e| self.broken(&text!("an attribute is broken: {e}", "属性错误：{e}")))?;
            if value.len() > self.limits.text_bytes {
                return Err(self.broken(&text!("an attribute is too long", "属性过长")));
            }
            cells.put(at, value.trim());
        }
        Ok(())
    }

    fn take(&mut self, plan: &Plan, words: &str, cells: &mut Cells) -> Result<(), ReadError> {
        if let Some(field) = self.field {
            let whole = format!("{}{words}", cells.get(field));
            if whole.len() > self.limits.text_bytes {
                return Err(self.broken(&text!("an element is too long", "元素文本过长")));
            }
            cells.put(field, &whole);
        } else if !words.trim().is_empty() && self.path.is_empty() {
            return Err(self.broken(&text!("text stands outside the root element", "根元素之外有文本")));
        } else if !words.trim().is_empty() {
            let shown = self.path.join("/");
            let text = text!("the text in `{shown}` is passed over", "`{shown}` 中的文本已跳过");
            self.tell(plan, &format!("{shown}/text()"), &text);
        }
        Ok(())
    }

    fn reference(&self, name: &str) -> Result<String, ReadError> {
        let whole = format!("&{name};");
        let value = quick_xml::escape::unescape(&whole).map(std::borrow::Cow::into_owned);
        value.map_err(|_| self.broken(&text!("`{whole}` is not known", "未知实体 `{whole}`")))
    }

    fn place(&self) -> Place {
        Place::path(self.path.join("/"))
    }

    fn broken(&self, message: &Text) -> ReadError {
        ReadError::refused("xml", self.place(), message.clone())
    }
}

fn unknown_attribute(shown: &str) -> Text {
    text!("the attribute `{shown}` is not known and passed over", "未知属性 `{shown}`，已跳过")
}

/// An input that counts the ends of its lines.
struct Counted {
    input: Box<dyn BufRead + Send>,
    ends: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.ends += ends(&buffer[..read]);
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed was filled before: this reads nothing.
        if let Ok(filled) = self.input.fill_buf() {
            self.ends += ends(&filled[..amount.min(filled.len())]);
        }
        self.input.consume(amount);
    }
}

/// The ends of lines in these bytes.
fn ends(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Opens and closes the elements around records while they are written.
#[derive(Debug, Default)]
pub(super) struct Nesting(Vec<String>);

impl Nesting {
    /// The declaration and the root.
    pub fn begin(&mut self, plan: &Plan) -> String {
        let root = plan.layout.xml_root.clone().unwrap_or_default();
        let encoding = plan.layout.encoding.name().to_ascii_uppercase();
        let line = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<{root}>\n");
        self.0.push(root);
        line
    }

    /// What closes and opens until the element of `path` can stand; and the indentation of it.
    pub fn reach(&mut self, path: &str) -> String {
        let parents: Vec<&str> = path.split('/').collect();
        let parents = &parents[..parents.len().saturating_sub(1)];
        let same = self.0[1..].iter().zip(parents).take_while(|(one, two)| one == *two).count();
        let mut out = self.close_to(same + 1);
        for parent in &parents[same..] {
            out.push_str(&format!("{}<{parent}>\n", "\t".repeat(self.0.len())));
            self.0.push((*parent).to_string());
        }
        out.push_str(&"\t".repeat(self.0.len()));
        out
    }

    /// What closes everything.
    pub fn end(&mut self) -> String {
        self.close_to(0)
    }

    fn close_to(&mut self, depth: usize) -> String {
        let mut out = String::new();
        while self.0.len() > depth {
            let name = self.0.pop().unwrap_or_default();
            out.push_str(&format!("{}</{name}>\n", "\t".repeat(self.0.len())));
        }
        out
    }
}

/// An element of a record: `cells` beside its fields.
pub(super) fn element(record: &PlannedRecord, cells: &[String], indent: &str) -> String {
    let path = record.element.as_deref().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut out = format!("<{name}");
    let mut inside = String::new();
    for (field, cell) in record.fields.iter().zip(cells) {
        let (tag, value) = (&field.spec.name, quick_xml::escape::escape(cell.as_str()));
        if field.spec.element {
            inside.push_str(&format!("\n{indent}\t<{tag}>{value}</{tag}>"));
        } else {
            out.push_str(&format!(" {tag}=\"{value}\""));
        }
    }
    if inside.is_empty() {
        out.push_str("/>");
    } else {
        out.push_str(&format!(">{inside}\n{indent}</{name}>"));
    }
    out
}
