//! JSON lines: one part of a document a line, closed by an `end` line.
//!
//! The lines are the serde form of [`crate::document`]; this module adds the line that closes the
//! answer, the order of the parts, and the comparison of every end with what came before it.

use std::io::{BufRead, BufWriter, Write};

use serde::{Deserialize, Serialize};

use super::lines::Lines;
use super::order::Order;
use super::{ReadError, ReadOptions, Reader, WriteError, Writer, truncated};
use crate::document::Part;
use crate::finding::{Finding, Place};
use crate::text;
use crate::words::Text;
use crate::words::library::Said;

/// The line that closes a file; without it, the file is not complete.
#[derive(Serialize, Deserialize)]
struct End {
    #[serde(rename = "type")]
    kind: EndKind,
    #[serde(default)]
    format: String,
    documents: u64,
    #[serde(default)]
    findings: Vec<Finding>,
}

#[derive(Serialize, Deserialize)]
enum EndKind {
    #[serde(rename = "end")]
    End,
}

/// Reads JSON lines.
pub struct JsonlReader<R> {
    lines: Lines<R>,
    order: Order,
    format: String,
    findings: Vec<Finding>,
    ended: bool,
}

impl<R: BufRead> JsonlReader<R> {
    /// A reader of `input`.
    pub fn new(input: R, options: &ReadOptions) -> JsonlReader<R> {
        let lines = Lines::new(input, options.limits.line_bytes);
        JsonlReader { lines, order: Order::default(), format: String::new(), findings: Vec::new(), ended: false }
    }

    fn part(&mut self) -> Result<Option<Part>, ReadError> {
        let place = Place::line(self.lines.number());
        let line = self.lines.line();
        if line.starts_with(br#"{"type":"end""#) {
            let end = serde_json::from_slice(line).map_err(|e| self.malformed(&e))?;
            return self.close(end).map(|()| None);
        }
        let mut part: Part = match serde_json::from_slice(line) {
            Ok(part) => part,
            Err(error) => match serde_json::from_slice::<End>(line) {
                Ok(end) => return self.close(end).map(|()| None),
                Err(_) => return Err(self.malformed(&error)),
            },
        };
        let wrong = self.order.verify(&part).map_err(|finding| Finding { place: place.clone(), ..*finding })?;
        match &mut part {
            Part::Payment(payment) => payment.place = place,
            Part::Payments(head) => self.format.clone_from(&head.format),
            Part::Statement(head) => self.format.clone_from(&head.format),
            Part::StatusReport(head) => self.format.clone_from(&head.format),
            Part::Cancellation(head) => self.format.clone_from(&head.format),
            Part::ReportRequest(head) => self.format.clone_from(&head.format),
            Part::Receipts(head) => self.format.clone_from(&head.format),
            Part::PaymentsEnd(end) => end.findings.extend(wrong),
            Part::StatusReportEnd(end) => end.findings.extend(wrong),
            Part::StatementEnd(end) => end.findings.extend(wrong),
            Part::CancellationEnd(end) => end.findings.extend(wrong),
            Part::ReportRequestEnd(end) => end.findings.extend(wrong),
            Part::ReceiptsEnd(end) => end.findings.extend(wrong),
            _ => {}
        }
        Ok(Some(part))
    }

    fn close(&mut self, end: End) -> Result<(), ReadError> {
        let place = Place::line(self.lines.number());
        if self.order.is_open() {
            return Err(truncated(place));
        }
        if end.documents != self.order.documents() {
            let (declared, counted) = (end.documents, self.order.documents());
            let message = text!(
                "the file says that it holds {declared} documents and holds {counted}",
                "文件声明有 {declared} 份单据，实际有 {counted} 份"
            );
            return Err(ReadError::refused("control-total", place, message));
        }
        self.findings = end.findings;
        self.ended = true;
        Ok(())
    }

    fn malformed(&self, error: &serde_json::Error) -> ReadError {
        let place = Place::at(self.lines.number(), error.column() as u64);
        let Text { en, zh } = Said::of_json(error).in_one();
        let message = text!("the line is not as the format demands: {en}", "该行不符合格式要求：{zh}");
        ReadError::refused("json", place, message)
    }
}

impl<R: BufRead> Reader for JsonlReader<R> {
    fn format(&self) -> &str {
        if self.format.is_empty() { "jsonl" } else { &self.format }
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        while self.lines.advance()? {
            if self.lines.line().trim_ascii().is_empty() {
                continue;
            }
            if self.ended {
                let place = Place::line(self.lines.number());
                let message = text!("a line follows the `end` line", "`end` 行之后还有内容");
                return Err(ReadError::refused("record-order", place, message));
            }
            if let Some(part) = self.part()? {
                return Ok(Some(part));
            }
        }
        if self.ended { Ok(None) } else { Err(truncated(Place::line(self.lines.number()))) }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }
}

/// Writes JSON lines.
pub struct JsonlWriter<W: Write> {
    output: BufWriter<W>,
    order: Order,
    format: String,
    findings: Vec<Finding>,
}

impl<W: Write> JsonlWriter<W> {
    /// A writer to `output`.
    pub fn new(output: W) -> JsonlWriter<W> {
        let output = BufWriter::with_capacity(64 << 10, output);
        JsonlWriter { output, order: Order::default(), format: String::new(), findings: Vec::new() }
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), WriteError> {
        serde_json::to_writer(&mut self.output, value).map_err(std::io::Error::from)?;
        self.output.write_all(b"\n")?;
        Ok(())
    }
}

impl<W: Write> Writer for JsonlWriter<W> {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        match part {
            Part::Payments(head) => self.format.clone_from(&head.format),
            Part::Statement(head) => self.format.clone_from(&head.format),
            Part::StatusReport(head) => self.format.clone_from(&head.format),
            Part::Cancellation(head) => self.format.clone_from(&head.format),
            Part::ReportRequest(head) => self.format.clone_from(&head.format),
            Part::Receipts(head) => self.format.clone_from(&head.format),
            _ => {}
        }
        self.line(part)
    }

    fn note(&mut self, findings: &[Finding]) {
        self.findings.extend_from_slice(findings);
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() {
            return Err(super::left_open().into());
        }
        let end = End {
            kind: EndKind::End,
            format: std::mem::take(&mut self.format),
            documents: self.order.documents(),
            findings: std::mem::take(&mut self.findings),
        };
        self.line(&end)?;
        self.output.flush()?;
        Ok(())
    }
}
