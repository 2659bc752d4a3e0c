//! Layouts of XML files: records are elements, fields are attributes or elements in them.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::plan::{Plan, PlannedRecord};
use super::rows::Cells;
use crate::finding::Place;
use crate::format::decode::Malformed;
use crate::format::{Limits, ReadError};
use crate::text;
use crate::words::Text;

/// Walks the elements of a file.
pub(super) struct Elements {
    reader: Reader<Box<dyn BufRead + Send>>,
    buffer: Vec<u8>,
    path: Vec<String>,
    limits: Limits,
    /// The root was there and has ended.
    ended: bool,
    /// The record that is open, and the field whose text is being read.
    open: Option<(usize, usize)>,
    field: Option<usize>,
}

impl Elements {
    /// The elements in `input`, which is UTF-8.
    pub fn new(input: Box<dyn BufRead + Send>, limits: &Limits) -> Elements {
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        Elements {
            reader,
            buffer: Vec::new(),
            path: Vec::new(),
            limits: limits.clone(),
            ended: false,
            open: None,
            field: None,
        }
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
                    self.take(&words, cells)?;
                }
                Event::CData(piece) => {
                    let words = piece.to_string();
                    self.take(&words, cells)?;
                }
                Event::GeneralRef(name) => {
                    let words = self.reference(&name)?;
                    self.take(&words, cells)?;
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
        if let Some((record, _)) = self.open {
            let name = self.path.last().cloned().unwrap_or_default();
            let fields = &plan.records[record].fields;
            self.field = fields.iter().position(|field| field.spec.element && field.spec.name == name);
            return Ok(());
        }
        let here = self.path[1..].join("/");
        let found = plan.records.iter().position(|record| record.element.as_deref() == Some(here.as_str()));
        let Some(at) = found.filter(|_| self.path.len() > 1) else { return Ok(()) };
        self.attributes(&plan.records[at], start, cells)?;
        self.open = Some((at, self.path.len()));
        Ok(())
    }

    fn attributes(&self, record: &PlannedRecord, start: &BytesStart<'_>, cells: &mut Cells) -> Result<(), ReadError> {
        cells.clear(record.fields.len());
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|e| self.broken(&text!("an attribute is broken: {e}", "属性错误：{e}")))?;
            let name = attribute.key.local_name().as_ref().to_string();
            let at = record.fields.iter().position(|field| !field.spec.element && field.spec.name == name);
            let Some(at) = at else { continue };
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|e| self.broken(&text!("an attribute is broken: {e}", "属性错误：{e}")))?;
            if value.len() > self.limits.text_bytes {
                return Err(self.broken(&text!("an attribute is too long", "属性过长")));
            }
            cells.put(at, value.trim());
        }
        Ok(())
    }

    fn take(&mut self, words: &str, cells: &mut Cells) -> Result<(), ReadError> {
        if let Some(field) = self.field {
            let whole = format!("{}{words}", cells.get(field));
            if whole.len() > self.limits.text_bytes {
                return Err(self.broken(&text!("an element is too long", "元素文本过长")));
            }
            cells.put(field, &whole);
        } else if !words.trim().is_empty() && self.path.is_empty() {
            return Err(self.broken(&text!("text stands outside the root element", "根元素之外有文本")));
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
