//! The layouts of one template: which one a file is in, and which one a document is written in.

use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::Arc;

use super::item::Carries;
use super::plan::{Plan, REFUSAL};
use super::read::{LayoutReader, Sure};
use super::write::LayoutWriter;
use crate::document::{Kind, Part};
use crate::finding::{Finding, Place};
use crate::format::detect;
use crate::format::registry::OpenError;
use crate::format::{ReadError, ReadOptions, Reader, WriteError, WriteOptions, Writer};
use crate::text;
use crate::words::library::Said;

/// How much of a file is looked at.
const LOOK: u64 = 32 << 10;

/// What a template says of files of its own: at most one layout for each kind of document.
#[derive(Clone, Debug, Default)]
pub struct Layouts {
    /// The layouts.
    pub plans: Vec<Arc<Plan>>,
    /// What is wrong with others, which are not among them, with the keys that lead to it in the template.
    pub mistakes: Vec<Said>,
}

impl Layouts {
    /// The layout for a kind of document.
    pub fn get(&self, carries: Carries) -> Option<&Arc<Plan>> {
        self.plans.iter().find(|plan| plan.carries == carries)
    }

    /// Whether the template has none.
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// Opens `input` in the layout that its beginning is in; the input itself again where it is in none. Where the
    /// template was `named` for the file, and its content is of no format that is known, the layout that got furthest
    /// says what is wrong with it.
    ///
    /// # Errors
    /// [`OpenError`] when the bytes cannot be had.
    pub fn open(
        &self,
        mut input: Box<dyn BufRead + Send>,
        options: &ReadOptions,
        named: bool,
    ) -> Result<Opened, OpenError> {
        let mut head = Vec::new();
        input.as_mut().take(LOOK).read_to_end(&mut head)?;
        let whole = (head.len() as u64) < LOOK;
        let tried = self.plans.iter().map(|plan| (progress(plan, &head, whole, options), plan));
        let best = tried
            .clone()
            .find(|(tried, _)| tried.fits)
            .or_else(|| tried.max_by_key(|(tried, _)| (tried.told(), tried.line)));
        // A template with one layout says itself what is wrong with a file that is not quite in it; what begins as a
        // message of a standard is that message.
        let guess = detect::guess(&head, options.encoding.as_deref());
        let standard = guess.is_some_and(|format| format != "csv");
        let furthest = best.filter(|_| named && guess.is_none()).map(|(_, plan)| plan);
        let plan = best.filter(|(tried, _)| {
            tried.fits || tried.parts > 0 || tried.sure == Sure::Root || tried.told() > 0 && !standard
        });
        let plan = plan.map(|(_, plan)| plan);
        let only = self.plans.first().filter(|_| self.plans.len() == 1 && !standard);
        let again: Box<dyn BufRead + Send> = Box::new(Cursor::new(head).chain(input));
        match plan.or(only).or(furthest) {
            Some(plan) => Ok(Opened::Reader(Box::new(LayoutReader::open(Arc::clone(plan), again, options)?))),
            None => Ok(Opened::Not(again)),
        }
    }

    /// A writer that takes the layout of the first document's kind.
    pub fn writer(&self, output: Box<dyn Write + Send>, options: &WriteOptions) -> LayoutsWriter {
        LayoutsWriter {
            layouts: self.clone(),
            named: false,
            output: Some(output),
            options: options.clone(),
            writer: None,
        }
    }

    /// A writer of one of the layouts.
    pub fn writer_of(plan: Arc<Plan>, output: Box<dyn Write + Send>, options: &WriteOptions) -> LayoutsWriter {
        LayoutsWriter { named: true, ..Layouts { plans: vec![plan], ..Layouts::default() }.writer(output, options) }
    }
}

/// What [`Layouts::open`] found.
pub enum Opened {
    /// A reader of one of the layouts.
    Reader(Box<dyn Reader + Send>),
    /// The file is in none of them.
    Not(Box<dyn BufRead + Send>),
}

/// How far the beginning of a file is in a layout.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    fits: bool,
    /// Parts that were read before something was wrong.
    parts: usize,
    /// How sure it is from what was in order before that, that the file is one of the layout.
    sure: Sure,
    /// Whether its bytes are not those of the layout's encoding: then nothing else can be said of it.
    misread: bool,
    /// The line on which it goes wrong.
    line: u64,
}

impl Progress {
    /// How much the layout has to say of the file, be it only that the encoding is wrong.
    fn told(self) -> usize {
        4 * self.parts + self.sure as usize + usize::from(self.misread)
    }
}

/// Whether a file that begins with `head` is in this layout: its first records are read without an error.
pub fn recognises(plan: &Arc<Plan>, head: &[u8], whole: bool, options: &ReadOptions) -> bool {
    progress(plan, head, whole, options).fits
}

fn progress(plan: &Arc<Plan>, head: &[u8], whole: bool, options: &ReadOptions) -> Progress {
    let end = if whole { head.len() } else { head.iter().rposition(|b| *b == b'\n').map_or(head.len(), |at| at + 1) };
    let input = Box::new(Cursor::new(head[..end].to_vec()));
    let Ok(mut reader) = LayoutReader::open(Arc::clone(plan), input, options) else { return Progress::default() };
    let mut parts = 0;
    loop {
        match reader.next_part() {
            Ok(Some(part)) => {
                parts += 1;
                let ends = part.end_findings();
                if ends.is_some_and(|findings| findings.iter().any(Finding::is_error)) {
                    return Progress { parts, sure: reader.sure(), ..Progress::default() };
                }
            }
            Ok(None) => return Progress { fits: parts > 0, parts, ..Progress::default() },
            // The beginning of a longer file ends in the middle.
            Err(error) => {
                let said = if let ReadError::Refused(finding) = &error { Some(finding) } else { None };
                let misread = said.is_some_and(|finding| finding.rule == "encoding");
                let line = said.and_then(|finding| finding.place.line).unwrap_or_default();
                return Progress { fits: !whole && parts > 1, parts, sure: reader.sure(), misread, line };
            }
        }
    }
}

/// The kind of layout that the document which begins with `part` goes into.
fn carries(part: &Part) -> Option<Carries> {
    match (part.kind(), part) {
        (Kind::Payments, _) => Some(Carries::Payments),
        (_, Part::StatusReport(head)) if head.format.ends_with(REFUSAL) => Some(Carries::Refusal),
        (Kind::StatusReport, _) => Some(Carries::Status),
        (Kind::Statement, _) => Some(Carries::Statement),
        (Kind::Receipts, _) => Some(Carries::Receipts),
        (Kind::Cancellation | Kind::ReportRequest, _) => None,
    }
}

fn no_layout(part: &Part) -> Finding {
    if carries(part) == Some(Carries::Refusal) {
        let message = text!("the template has no layout for refusals", "该模板没有拒绝文件的格式");
        let hint = text!(
            "a refusal is for an ERP: describe it in the template as `[layout.refusal]`",
            "拒绝文件供 ERP 使用：请在模板中以 `[layout.refusal]` 描述"
        );
        return Finding::error("kind", Place::default(), message).hint(hint);
    }
    let message = text!("the template has no layout for this kind of document", "该模板没有此类单据的格式");
    Finding::error("kind", Place::default(), message)
}

/// Writes documents in whichever layout of a template is for them.
pub struct LayoutsWriter {
    layouts: Layouts,
    /// Whether the only layout was named, and not chosen by what the document is.
    named: bool,
    output: Option<Box<dyn Write + Send>>,
    options: WriteOptions,
    writer: Option<LayoutWriter>,
}

impl Writer for LayoutsWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        if let Some(output) = self.output.take() {
            let plan = match self.layouts.plans.as_slice() {
                _ if carries(part).is_none() => None,
                // The layout that the caller named.
                [only] if self.named => Some(only),
                _ => carries(part).and_then(|carries| self.layouts.get(carries)),
            };
            let Some(plan) = plan else { return Err(no_layout(part).into()) };
            if plan.layout.read_only {
                let name = &plan.name;
                let message = text!("files of `{name}` are read only", "`{name}` 的文件仅支持读取");
                return Err(Finding::error("read-only", Place::default(), message).into());
            }
            self.writer = Some(LayoutWriter::new(Arc::clone(plan), output, &self.options));
        }
        match &mut self.writer {
            Some(writer) => writer.write_part(part),
            None => Err(io::Error::other("the writer was given up").into()),
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        match &mut self.writer {
            Some(writer) => writer.finish(),
            None => Err(crate::format::left_open().into()),
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.writer.as_mut().map(Writer::take_findings).unwrap_or_default()
    }
}
