//! Messages: which one a file holds, and the reader that all of them share.

use std::collections::{BTreeMap, VecDeque};

use super::names::is_known;
use super::namespace::Namespace;
use super::paths::{Paths, Spot};
use super::scan::{Scanner, Step};
use crate::document::Part;
use crate::finding::{Finding, Findings, Level, Place};
use crate::format::{Limits, ReadError, ReadOptions, Reader};
use crate::text;
use crate::words::Text;

/// Whether an element only says of what kind the value beside it is, which the value itself shows.
fn says_nothing(name: &str, parent: &str) -> bool {
    matches!((name, parent), ("SchmeNm" | "ClrSysId" | "Issr", _) | ("Tp", "CdtrRefInf"))
}

/// A message of ISO 20022, all of its versions.
pub(crate) struct Message {
    /// Its name without variant and version, such as `camt.053`.
    pub name: &'static str,
    /// Local names of its root element. The oldest versions have their full name there.
    pub roots: &'static [&'static str],
}

/// How many kinds of elements that are passed over are remembered in a file.
const MOST_PASSED: usize = 64;

/// What a message reader does with the elements it knows.
pub(crate) trait Handler: Send {
    /// What an element means.
    type Field: Copy + Send + Sync + 'static;

    /// Whether an element of ISO 20022 that is passed over is worth a word: what is left out of a
    /// payment is not paid as it was ordered.
    const TELLS_LEFT_OUT: bool;

    /// Elements that are worth a word where not all are.
    const TELLS: &[&str] = &[];

    /// The elements that it knows.
    fn paths(&self) -> &'static Paths<Self::Field>;

    /// A message of the full name `format` begins.
    fn begin(&mut self, format: &str);

    /// A known element begins.
    fn open(&mut self, field: Self::Field, cx: &mut Context<'_>) -> Result<(), ReadError>;

    /// A known element ends.
    fn close(&mut self, field: Self::Field, cx: &mut Context<'_>) -> Result<(), ReadError>;

    /// The message ends.
    fn end(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError>;
}

/// Where a handler stands in the file, and where its parts and findings go.
pub(crate) struct Context<'a> {
    scanner: &'a Scanner,
    path: &'a dyn Fn() -> String,
    out: &'a mut Output,
}

/// Parts and findings on their way out.
struct Output {
    parts: VecDeque<Part>,
    findings: Findings,
    levels: BTreeMap<String, Level>,
    limits: Limits,
}

impl<'a> Context<'a> {
    /// The ended element's text, exactly.
    pub fn text(&self) -> &'a str {
        self.scanner.text()
    }

    /// The ended element's text without white space around it: for codes, numbers, dates.
    pub fn word(&self) -> &'a str {
        self.scanner.text().trim_ascii()
    }

    /// The ended element's `Ccy` attribute; empty without one.
    pub fn currency(&self) -> &'a str {
        self.scanner.currency()
    }

    /// Line and path.
    pub fn place(&self) -> Place {
        let path = Some((self.path)()).filter(|path| !path.is_empty());
        Place { line: Some(self.scanner.line()), path, ..Place::default() }
    }

    /// The line alone: cheap, for places that are kept with every payment.
    pub fn line(&self) -> Place {
        Place::line(self.scanner.line())
    }

    /// Notes a finding of the document, at the level that the options give its rule.
    pub fn note(&mut self, mut finding: Finding) {
        if let Some(level) = self.out.levels.get(finding.rule.as_ref()) {
            finding.level = *level;
        }
        self.out.findings.push(finding);
    }

    /// Notes a warning here.
    pub fn warn(&mut self, rule: &'static str, message: Text) {
        self.note(Finding::warning(rule, self.place(), message));
    }

    /// Notes an error here: the document is read to its end and refused.
    pub fn error(&mut self, rule: &'static str, message: Text) {
        self.note(Finding::error(rule, self.place(), message));
    }

    /// A refusal here.
    pub fn refused(&self, rule: &'static str, message: Text) -> ReadError {
        ReadError::refused(rule, self.place(), message)
    }

    /// The document's findings, which its end part carries.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.out.findings.take()
    }

    /// Hands out a part.
    pub fn push(&mut self, part: Part) {
        self.out.parts.push_back(part);
    }

    /// Adds to a list that is held in memory.
    ///
    /// # Errors
    /// When the list is as long as the limits allow.
    pub fn hold<T>(&self, list: &mut Vec<T>, value: T) -> Result<(), ReadError> {
        let most = self.out.limits.held;
        if list.len() >= most {
            let message = text!("more than {most} elements belong together", "属于同一条目的元素超过 {most} 个");
            return Err(self.refused("too-many", message));
        }
        list.push(value);
        Ok(())
    }
}

/// A message root that the scanner has just come upon.
pub(super) struct Found {
    pub message: &'static Message,
    pub format: String,
    namespace: Namespace,
    depth: usize,
    findings: Vec<Finding>,
}

/// Runs the scanner to the next message root; `None` at the end of the file.
pub(super) fn seek(scanner: &mut Scanner, messages: &'static [Message]) -> Result<Option<Found>, ReadError> {
    let mut documents = 0;
    scanner.keep_text(false);
    loop {
        match scanner.step()? {
            Step::Eof => return Ok(None),
            Step::Close => {}
            Step::Open => {
                let name = scanner.name();
                if let Some(message) = messages.iter().find(|m| m.has_root(name)) {
                    return found(scanner, message, documents).map(Some);
                }
                if name == "Document" {
                    documents = scanner.depth();
                }
            }
        }
    }
}

/// The message whose root the scanner is at; `document` is the depth of the `Document` around it.
fn found(scanner: &Scanner, message: &'static Message, document: usize) -> Result<Found, ReadError> {
    let depth = scanner.depth();
    let place = Place { line: Some(scanner.line()), path: Some(scanner.name().to_string()), ..Place::default() };
    let mut findings = Vec::new();
    let name = message.name;
    let namespace = scanner.namespace();
    let format = match message.version(scanner.uri(namespace), scanner.name()) {
        Version::Known(full) => full,
        Version::Other(other) => {
            let text = text!(
                "the namespace says `{other}`, and the content is {name}",
                "命名空间为 `{other}`，内容却是 {name}"
            );
            return Err(ReadError::refused("namespace", place, text));
        }
        Version::Unknown => {
            let text =
                text!("the namespace does not say which version of {name} this is", "命名空间未说明 {name} 的版本");
            findings.push(Finding::warning("namespace", place.clone(), text));
            name.to_string()
        }
    };
    if depth > 2 || depth == 2 && document != 1 {
        let text = text!("the message stands in an envelope", "报文外有信封");
        findings.push(Finding::info("envelope", place, text));
    }
    Ok(Found { message, format, namespace, depth, findings })
}

/// What a namespace says of the message in it.
enum Version {
    Known(String),
    Other(String),
    Unknown,
}

impl Message {
    fn has_root(&self, local: &str) -> bool {
        self.roots.contains(&local) || local.strip_prefix(self.name).is_some_and(|tail| tail.starts_with('.'))
    }

    fn version(&self, uri: &str, root: &str) -> Version {
        if let Some(full) = self.full_name(uri) {
            return Version::Known(full);
        }
        let tail = uri.rsplit([':', '/', '$']).next().unwrap_or("");
        if is_message_name(tail) {
            return Version::Other(tail.to_string());
        }
        self.full_name(root).map_or(Version::Unknown, Version::Known)
    }

    /// This message's full name somewhere in `words`.
    fn full_name(&self, words: &str) -> Option<String> {
        let tail = &words[words.find(self.name)?..];
        let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(tail.len());
        let full = tail[..end].trim_end_matches(".xsd").trim_end_matches('.');
        full[self.name.len()..].starts_with('.').then(|| full.to_string())
    }
}

/// Whether `name` is letters and then numbers, joined by points: `camt.053.001.02`.
fn is_message_name(name: &str) -> bool {
    let mut parts = name.split('.');
    let area = parts.next().unwrap_or("");
    let numbers: Vec<&str> = parts.take(3).collect();
    !area.is_empty()
        && area.bytes().all(|b| b.is_ascii_lowercase())
        && numbers.len() == 3
        && numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads every message of one kind in a file.
pub(super) struct MessageReader<H: Handler> {
    scanner: Scanner,
    paths: &'static Paths<H::Field>,
    handler: H,
    messages: &'static [Message],
    message: &'static Message,
    format: String,
    namespace: Namespace,
    /// Depth of the message's root while inside it.
    inside: Option<usize>,
    stack: Vec<Spot>,
    /// Elements that were passed over, by their parent.
    passed: Vec<(Spot, String)>,
    out: Output,
    ended: bool,
}

impl<H: Handler> MessageReader<H> {
    /// A reader whose scanner stands at the root that was `found`.
    pub fn new(
        scanner: Scanner,
        found: Found,
        messages: &'static [Message],
        handler: H,
        options: &ReadOptions,
    ) -> MessageReader<H> {
        let out = Output {
            parts: VecDeque::new(),
            findings: Findings::default(),
            levels: options.levels.clone(),
            limits: options.limits.clone(),
        };
        let mut reader = MessageReader {
            scanner,
            paths: handler.paths(),
            handler,
            messages,
            message: found.message,
            format: String::new(),
            namespace: Namespace::NONE,
            inside: None,
            stack: Vec::new(),
            passed: Vec::new(),
            out,
            ended: false,
        };
        reader.enter(found);
        reader
    }

    fn enter(&mut self, found: Found) {
        self.handler.begin(&found.format);
        self.format = found.format;
        self.namespace = found.namespace;
        self.inside = Some(found.depth);
        self.stack.clear();
        self.stack.push(Spot::ROOT);
        for finding in found.findings {
            self.out.findings.push(finding);
        }
    }

    /// One step of the scanner inside a message, or on to the next message.
    fn advance(&mut self) -> Result<(), ReadError> {
        if self.inside.is_none() {
            return self.next_message();
        }
        match self.scanner.step()? {
            Step::Open => self.open(),
            Step::Close => self.close(),
            // Proof: the scanner gives no end of file while elements are open.
            Step::Eof => Ok(()),
        }
    }

    fn next_message(&mut self) -> Result<(), ReadError> {
        let Some(found) = seek(&mut self.scanner, self.messages)? else {
            self.ended = true;
            return Ok(());
        };
        let (first, second) = (self.message.name, found.message.name);
        if first != second {
            let message = text!("the file holds {first} and {second}", "文件同时含有 {first} 与 {second}");
            return Err(ReadError::refused("message", Place::line(self.scanner.line()), message));
        }
        self.enter(found);
        Ok(())
    }

    #[inline]
    fn open(&mut self) -> Result<(), ReadError> {
        let paths = self.paths;
        let parent = self.stack.last().copied().unwrap_or(Spot::UNKNOWN);
        let ours = parent != Spot::UNKNOWN && self.scanner.namespace() == self.namespace;
        let spot = if ours { paths.child(parent, self.scanner.name()) } else { Spot::UNKNOWN };
        self.stack.push(spot);
        let field = paths.field(spot);
        self.scanner.keep_text(field.is_some());
        if self.scanner.take_stray() {
            self.stray();
        }
        if spot == Spot::UNKNOWN && parent != Spot::UNKNOWN {
            self.passed_over(parent);
        }
        match field {
            Some(field) => {
                let path = || paths.path(spot);
                let mut cx = Context { scanner: &self.scanner, path: &path, out: &mut self.out };
                self.handler.open(field, &mut cx)
            }
            None => Ok(()),
        }
    }

    /// Says once that an element is left out with all that is in it, where that is worth a word.
    fn passed_over(&mut self, parent: Spot) {
        let name = self.scanner.name();
        if self.passed.len() >= MOST_PASSED || self.passed.iter().any(|(at, known)| *at == parent && known == name) {
            return;
        }
        self.passed.push((parent, name.to_string()));
        let path = || format!("{}/{name}", self.paths.path(parent)).trim_start_matches('/').to_string();
        let mut cx = Context { scanner: &self.scanner, path: &path, out: &mut self.out };
        if self.scanner.namespace() != self.namespace {
            let message =
                text!("`{name}` is of another namespace and is left out", "`{name}` 属于其他命名空间，已忽略");
            cx.warn("namespace", message);
        } else if !is_known(name) {
            let message =
                text!("`{name}` is not an element of the message and is left out", "`{name}` 不是该报文的元素，已忽略");
            cx.warn("unknown-element", message);
        } else if (H::TELLS_LEFT_OUT || H::TELLS.contains(&name)) && !says_nothing(name, self.paths.name(parent)) {
            let message = text!("`{name}` is not carried over", "`{name}` 未保留");
            cx.note(Finding::info("not-carried", cx.place(), message));
        }
    }

    #[inline]
    fn close(&mut self) -> Result<(), ReadError> {
        let paths = self.paths;
        let spot = self.stack.pop().unwrap_or(Spot::UNKNOWN);
        let path = || paths.path(spot);
        let mut cx = Context { scanner: &self.scanner, path: &path, out: &mut self.out };
        if self.stack.is_empty() {
            self.inside = None;
            return self.handler.end(&mut cx);
        }
        match paths.field(spot) {
            Some(field) => self.handler.close(field, &mut cx),
            None => Ok(()),
        }
    }

    fn stray(&mut self) {
        let place = Place::line(self.scanner.line());
        let message = text!("text between elements is left out", "元素之间的文本已忽略");
        self.out.findings.push(Finding::warning("xml-stray-text", place, message));
    }
}

impl<H: Handler> Reader for MessageReader<H> {
    fn format(&self) -> &str {
        &self.format
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.out.parts.pop_front() {
                return Ok(Some(part));
            }
            if self.ended {
                return Ok(None);
            }
            self.advance()?;
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.out.findings.take()
    }
}
