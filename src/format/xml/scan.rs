//! The scanner: well-formed XML element by element, exactly, or a refusal with its line.
//!
//! `quick-xml` finds the tokens. What it leaves to its user is done here: one root and nothing
//! after it, the end of the file only where every element is closed, no document type, no undefined
//! entity, no attribute twice, no `]]>` in text, bounded depth and text.

use std::io;

use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Error, XmlVersion};

use super::namespace::{Namespace, Namespaces};
use super::source::Source;
use crate::finding::Place;
use crate::format::{Limits, ReadError, truncated};
use crate::text;
use crate::words::Text;

/// What the scanner came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element begins: [`Scanner::name`], [`Scanner::namespace`], [`Scanner::currency`].
    Open,
    /// The innermost element ends; its [`Scanner::text`] where it holds no elements.
    Close,
    /// The file has ended properly.
    Eof,
}

/// The scanner over one file.
pub(crate) struct Scanner {
    reader: quick_xml::Reader<Source>,
    buf: Vec<u8>,
    now: Now,
}

/// Where the scanner stands.
struct Now {
    limits: Limits,
    spaces: Namespaces,
    depth: usize,
    began: bool,
    rooted: bool,
    name: String,
    namespace: Namespace,
    currency: String,
    text: String,
    keep: bool,
    leaf: bool,
    empty: bool,
    closed: bool,
    stray: bool,
}

impl Scanner {
    /// A scanner at the front of `source`.
    pub fn new(source: Source, limits: Limits) -> Scanner {
        let mut reader = quick_xml::Reader::from_reader(source);
        reader.config_mut().check_comments = true;
        let now = Now {
            limits,
            spaces: Namespaces::new(),
            depth: 0,
            began: false,
            rooted: false,
            name: String::new(),
            namespace: Namespace::NONE,
            currency: String::new(),
            text: String::new(),
            keep: true,
            leaf: false,
            empty: false,
            closed: false,
            stray: false,
        };
        Scanner { reader, buf: Vec::new(), now }
    }

    /// The next element's begin or end.
    ///
    /// # Errors
    /// [`ReadError::Refused`] where the file is not well-formed or goes beyond a limit.
    #[inline]
    pub fn step(&mut self) -> Result<Step, ReadError> {
        if self.now.closed {
            self.now.after_close();
        }
        if self.now.empty {
            self.now.empty = false;
            return Ok(self.now.close());
        }
        loop {
            self.buf.clear();
            self.reader.get_mut().mark();
            // Looked at where it is: moving it costs more than reading it.
            let event = self.reader.read_event_into(&mut self.buf);
            let event = match &event {
                Ok(event) => event,
                Err(error) => {
                    let error = error.clone();
                    return Err(self.refusal(error));
                }
            };
            let done = match self.now.take(event) {
                Ok(done) => done,
                Err(wrong) => return Err(wrong.at(self.reader.get_ref().line())),
            };
            if let Some(step) = done {
                return Ok(step);
            }
        }
    }

    /// Local name of the element that began last.
    pub fn name(&self) -> &str {
        &self.now.name
    }

    /// Namespace of the element that began last.
    pub fn namespace(&self) -> Namespace {
        self.now.namespace
    }

    /// The URI of `namespace`.
    pub fn uri(&self, namespace: Namespace) -> &str {
        self.now.spaces.uri(namespace)
    }

    /// The `Ccy` attribute of the element that began last; empty without one.
    pub fn currency(&self) -> &str {
        &self.now.currency
    }

    /// After [`Step::Close`]: the element's exact text; empty where it holds elements.
    pub fn text(&self) -> &str {
        if self.now.leaf { &self.now.text } else { "" }
    }

    /// Elements open.
    pub fn depth(&self) -> usize {
        self.now.depth
    }

    /// Whether the text of the coming elements is wanted.
    pub fn keep_text(&mut self, keep: bool) {
        self.now.keep = keep;
    }

    /// Whether text stood between elements since this was last asked.
    pub fn take_stray(&mut self) -> bool {
        std::mem::take(&mut self.now.stray)
    }

    /// The line that the scanner has come to.
    pub fn line(&self) -> u64 {
        self.reader.get_ref().line()
    }

    fn refusal(&mut self, error: Error) -> ReadError {
        if let Some(finding) = self.reader.get_mut().take_refusal() {
            return ReadError::Refused(finding);
        }
        let place = Place::line(self.line());
        match error {
            Error::Io(error) => io::Error::new(error.kind(), error).into(),
            Error::Syntax(_) => truncated(place),
            Error::Encoding(_) => {
                let message = text!("the file is not UTF-8 as it says", "文件内容不是其声明的 UTF-8");
                ReadError::refused("encoding", place, message)
            }
            error => Wrong::Form(Text::same(error.to_string())).at_place(place),
        }
    }
}

/// What is wrong with a token; the line is known outside.
enum Wrong {
    Truncated,
    Form(Text),
    Rule(&'static str, Text),
}

impl Wrong {
    fn at(self, line: u64) -> ReadError {
        self.at_place(Place::line(line))
    }

    fn at_place(self, place: Place) -> ReadError {
        match self {
            Wrong::Truncated => truncated(place),
            Wrong::Rule(rule, message) => ReadError::refused(rule, place, message),
            Wrong::Form(Text { en, zh }) => {
                let message = text!("not well-formed XML: {en}", "不是格式良好的 XML：{zh}");
                ReadError::refused("xml", place, message)
            }
        }
    }
}

fn form<T>(message: Text) -> Result<T, Wrong> {
    Err(Wrong::Form(message))
}

impl Now {
    #[inline]
    fn take(&mut self, event: &Event<'_>) -> Result<Option<Step>, Wrong> {
        let first = !std::mem::replace(&mut self.began, true);
        match event {
            Event::Start(start) => self.open(start).map(Some),
            Event::Empty(start) => {
                self.empty = true;
                self.open(start).map(Some)
            }
            Event::End(_) => Ok(Some(self.close())),
            Event::Text(text) => self.text(text, || text.xml10_content()).map(|()| None),
            Event::CData(text) if self.depth > 0 => self.push(&text.xml10_content()).map(|()| None),
            Event::CData(_) => form(text!("text outside the root element", "根元素之外有文本")),
            Event::GeneralRef(name) => self.reference(name).map(|()| None),
            Event::Comment(_) | Event::PI(_) => Ok(None),
            Event::Decl(_) if first => Ok(None),
            Event::Decl(_) => form(text!("a declaration that is not at the front", "XML 声明不在文件开头")),
            Event::DocType(_) => {
                Err(Wrong::Rule("xml-doctype", text!("document types are not read", "不允许文档类型声明（DOCTYPE）")))
            }
            Event::Eof if self.depth > 0 => Err(Wrong::Truncated),
            Event::Eof if !self.rooted => form(text!("there is no element", "文件中没有元素")),
            Event::Eof => Ok(Some(Step::Eof)),
        }
    }

    #[inline]
    fn open(&mut self, start: &BytesStart<'_>) -> Result<Step, Wrong> {
        if self.depth == 0 && std::mem::replace(&mut self.rooted, true) {
            return form(text!("a second root element", "有第二个根元素"));
        }
        self.depth += 1;
        if self.depth > self.limits.depth {
            let most = self.limits.depth;
            let message = text!("elements are nested deeper than {most}", "元素嵌套超过 {most} 层");
            return Err(Wrong::Rule("too-deep", message));
        }
        self.note_stray();
        self.text.clear();
        self.leaf = true;
        self.currency.clear();
        let raw = start.attributes_raw();
        if !raw.is_empty() {
            self.attributes(start, raw)?;
        }
        let name = start.name();
        let name = name.as_ref();
        let (prefix, local) = if is_name(name) {
            ("", name)
        } else {
            match name.split_once(':') {
                Some((prefix, local)) if is_name(prefix) && is_name(local) => (prefix, local),
                _ => return form(text!("`{name}` is not a name", "`{name}` 不是合法名称")),
            }
        };
        let Some(namespace) = self.spaces.resolve(prefix) else {
            return form(text!("nothing binds the prefix `{prefix}`", "前缀 `{prefix}` 未绑定命名空间"));
        };
        self.namespace = namespace;
        self.name.clear();
        self.name.push_str(local);
        Ok(Step::Open)
    }

    /// Checks every attribute, binds namespaces, keeps the currency.
    fn attributes(&mut self, start: &BytesStart<'_>, raw: &str) -> Result<(), Wrong> {
        if let Some(code) = plain_currency(raw) {
            self.currency.push_str(code);
            return Ok(());
        }
        if !is_parted(raw) {
            return form(text!("attributes without white space between them", "属性之间缺少空白"));
        }
        let wrong = |error: AttrError| Wrong::Form(Text::same(error.to_string()));
        for attribute in start.attributes() {
            let attribute = attribute.map_err(wrong)?;
            let key = attribute.key.as_ref();
            if attribute.value.contains('<') || !key.split(':').all(is_name) {
                return form(text!("the attribute `{key}`", "属性 `{key}` 有误"));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| Wrong::Form(Text::same(error.to_string())))?;
            let bound = match key {
                "xmlns" => self.spaces.bind(self.depth, "", &value),
                "Ccy" => {
                    self.currency.push_str(&value);
                    true
                }
                _ => key.strip_prefix("xmlns:").is_none_or(|prefix| self.spaces.bind(self.depth, prefix, &value)),
            };
            if !bound {
                return Err(Wrong::Rule("too-many", text!("too many namespaces", "命名空间过多")));
            }
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self) -> Step {
        if !self.leaf {
            self.note_stray();
        }
        self.closed = true;
        Step::Close
    }

    /// The parent of the element that closed goes on.
    #[inline]
    fn after_close(&mut self) {
        self.spaces.leave(self.depth);
        self.depth -= 1;
        self.closed = false;
        self.leaf = false;
        self.text.clear();
    }

    fn note_stray(&mut self) {
        self.stray |= !self.text.is_empty() && self.text.bytes().any(|b| !b.is_ascii_whitespace());
    }

    #[inline]
    fn text<'a>(&mut self, raw: &str, content: impl Fn() -> std::borrow::Cow<'a, str>) -> Result<(), Wrong> {
        if self.depth == 0 {
            if raw.bytes().all(|b| b.is_ascii_whitespace()) {
                return Ok(());
            }
            return if self.rooted {
                form(text!("text after the root element", "根元素之后有文本"))
            } else {
                Err(Wrong::Rule("xml", text!("the file is not XML", "文件不是 XML")))
            };
        }
        let look = raw.bytes().fold(false, |look, b| look | matches!(b, b']' | b'\r'));
        if !look {
            return self.push(raw);
        }
        if raw.contains("]]>") {
            return form(text!("`]]>` in text", "文本中出现 `]]>`"));
        }
        self.push(&content())
    }

    #[inline]
    fn push(&mut self, text: &str) -> Result<(), Wrong> {
        if !text.is_ascii() && text.contains(['\u{fffe}', '\u{ffff}']) {
            return form(text!("a character that XML forbids", "XML 不允许的字符"));
        }
        if self.text.len() + text.len() > self.limits.text_bytes {
            let most = self.limits.text_bytes;
            let message = text!("a text is longer than {most} bytes", "文本超过 {most} 字节");
            return Err(Wrong::Rule("too-long", message));
        }
        if self.keep {
            self.text.push_str(text);
        }
        Ok(())
    }

    /// `&lt;` and its four brothers, and character references; nothing else is defined.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Wrong> {
        if self.depth == 0 {
            return form(text!("text outside the root element", "根元素之外有文本"));
        }
        let name: &str = reference;
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            "quot" => '"',
            _ => match reference.resolve_char_ref() {
                Ok(Some(c)) if is_xml_char(c) => c,
                _ => return form(text!("`&{name};` is not defined", "实体 `&{name};` 未定义")),
            },
        };
        let mut utf8 = [0; 4];
        self.push(c.encode_utf8(&mut utf8))
    }
}

/// The currency of attributes that are nothing but ` Ccy="EUR"`: nearly all of them.
#[inline]
fn plain_currency(raw: &str) -> Option<&str> {
    let code = raw.strip_prefix(" Ccy=\"")?.strip_suffix('"')?;
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic())).then_some(code)
}

/// Whether white space stands between every two attributes.
fn is_parted(raw: &str) -> bool {
    let mut rest = raw.as_bytes();
    while let Some(at) = memchr::memchr2(b'"', b'\'', rest) {
        let (quote, value) = (rest[at], &rest[at + 1..]);
        // A value without end is found where attributes are parted.
        let Some(end) = memchr::memchr(quote, value) else { return true };
        rest = &value[end + 1..];
        if rest.first().is_some_and(|b| !b.is_ascii_whitespace()) {
            return false;
        }
    }
    true
}

/// Whether `c` may stand in an XML 1.0 document.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a byte may stand in a name without a colon. Letters beyond ASCII are taken as they come.
const NAME: [bool; 256] = {
    let mut name = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        name[byte] = byte >= 0x80 || matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' | b'.');
        byte += 1;
    }
    name
};

/// Whether `name` is a name without a colon.
#[inline]
fn is_name(name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_some_and(|b| !matches!(b, b'0'..=b'9' | b'-' | b'.')) && name.bytes().all(|b| NAME[usize::from(b)])
}

#[cfg(test)]
mod tests;
