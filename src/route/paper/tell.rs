//! What an ERP is told: status, statements, balances and refusals, in its own formats.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::sync::Arc;

use serde::Serialize;

use super::about::About;
use super::digest::explain_codes;
use super::read::reader;
use super::receipts::Linked;
use super::resolved::{self, OwnWord};
use super::{Stated, acceptance, parts, reconciliation};
use crate::config::Party;
use crate::disk;
use crate::document::{
    Date, Moment, Part, PaymentStatus, Reason, ReceiptsEnd, Statement, StatusReport, StatusReportEnd,
};
use crate::finding::{Finding, Level, Place};
use crate::format::csv::{
    BalancesFile, EntriesFile, EntryRow, ReceiptsFile, RefusalRow, RefusalsFile, StatusFile, StatusRow,
};
use crate::format::jsonl::JsonlWriter;
use crate::format::layout::{Carries, LayoutWriter, Plan};
use crate::format::{WriteOptions, Writer};
use crate::journal::{Event, Fact, Inbound, JournalError, Outbound, Purpose, Records, SqliteJournal};
use crate::route::notices::about_statement;
use crate::route::number::numbering_of;
use crate::route::{PROGRAM, Shared, Trouble, elsewhere};
use crate::text;
use crate::words::{Lang, Remedy};

/// Writes a file for an ERP: a pure function of the archived content and of the journal's matches.
pub(super) fn tell(shared: &Shared, file: &Outbound) -> Result<Stated, Trouble> {
    let records = shared.records()?;
    let source = records.inbound(&file.source)?.ok_or_else(|| {
        let id = &file.source;
        Trouble::new(text!("there is no `{id}` in the journal", "日志中没有 `{id}`"), Remedy::Person)
    })?;
    let private = disk::private_file(&shared.config.work())?;
    let output = BufWriter::new(private.try_clone()?);
    let job = Job { shared, erp: shared.party(&file.party)?, file, source: &source, records: &records };
    if let Some(said) = resolved::of(&records, file)? {
        job.own_word(&said, output)?;
        return kept(shared, file, private);
    }
    match (file.purpose, file.format.as_str()) {
        (Purpose::Refusal, "csv") => job.refusal_csv(output)?,
        (Purpose::Refusal, "jsonl") => job.refusal_jsonl(output)?,
        (Purpose::Refusal, _) => job.refusal_layout(output)?,
        (Purpose::Acceptance, _) => {
            let lang = job.erp.template.outputs.language;
            acceptance::write(shared, &records, &source, file, lang, output)?;
        }
        // Numbered by a program that had one purpose for both: an answer comes from a bank, this we say ourselves.
        (Purpose::Status, _) if !shared.party(&source.party)?.is_bank() => {
            let lang = job.erp.template.outputs.language;
            acceptance::write(shared, &records, &source, file, lang, output)?;
        }
        (Purpose::Status, "csv") => job.status_csv(output)?,
        (Purpose::Status, format) => match job.layout(format, Carries::Status)? {
            Some(plan) => job.status_layout(plan, output)?,
            None => job.status_report(output)?,
        },
        (Purpose::Statement, "csv") => job.entries_csv(output)?,
        (Purpose::Balances, _) => job.balances_csv(output)?,
        (Purpose::Reconciliation, _) => {
            reconciliation::write(&records, file, job.erp.template.outputs.language, output)?;
        }
        (Purpose::Receipts, "csv") => job.receipts_csv(output)?,
        (Purpose::Receipts, _) => job.receipts_jsonl(output)?,
        _ => job.document(output)?,
    }
    kept(shared, file, private)
}

fn kept(shared: &Shared, file: &Outbound, mut private: File) -> Result<Stated, Trouble> {
    private.rewind()?;
    let content = shared.keep(&file.case, "written", &file.name, &mut private)?;
    Ok(Stated::Written { content, noticed: Vec::new() })
}

pub(super) struct Job<'a> {
    pub shared: &'a Shared,
    pub erp: &'a Party,
    pub file: &'a Outbound,
    pub source: &'a Inbound,
    pub records: &'a SqliteJournal,
}

/// Entries whose matches are looked up at once.
const AHEAD: u64 = 1_000;

/// The matches of a statement's entries, some entries ahead of what is written.
struct MatchesAhead<'a> {
    job: &'a Job<'a>,
    /// The last entry that was looked up.
    until: u64,
    /// Payments and how they were found, by entry.
    found: BTreeMap<u64, (String, String)>,
}

impl MatchesAhead<'_> {
    /// The payments of an entry, and how they were found; entries are asked for in their order.
    fn of(&mut self, seq: u64) -> Result<(String, String), JournalError> {
        if seq > self.until {
            self.until = seq.saturating_add(AHEAD);
            self.found.clear();
            let (records, job) = (self.job.records, self.job);
            for m in records.matches(&job.source.id, job.file.document, seq..=self.until)? {
                let id = records.payment(m.payment)?.and_then(|p| p.end_to_end_id).unwrap_or_default();
                let entry = self.found.entry(m.entry).or_default();
                if !entry.0.is_empty() {
                    entry.0.push(';');
                }
                entry.0.push_str(&id);
                entry.1 = format!("{} {}", m.how, m.sure);
            }
        }
        Ok(self.found.remove(&seq).unwrap_or_default())
    }
}

/// The first line of a refusal in JSON lines.
#[derive(Serialize)]
struct RefusalHead<'a> {
    r#type: &'static str,
    file: &'a str,
    inbound: &'a str,
    sha256: &'a str,
    findings: &'a [Finding],
}

/// The last line of a refusal in JSON lines.
#[derive(Serialize)]
struct End {
    r#type: &'static str,
    format: &'static str,
    documents: u64,
    findings: [Finding; 0],
}

impl Job<'_> {
    /// The parts of the document that the file carries.
    pub fn parts(&self, mut each: impl FnMut(Part) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let bank = self.shared.party(&self.source.party)?;
        let mut reader = reader(self.shared, bank, self.source)?;
        let about = About::new(self.records, bank, &self.source.name);
        let mut document = 0;
        while let Some(mut part) = reader.next_part()? {
            document += u64::from(part.is_head());
            explain_codes(&mut part, &bank.template.status);
            about.name_file(&mut part)?;
            if document == self.file.document || self.file.document == 0 {
                each(part)?;
            }
        }
        Ok(())
    }

    /// A document as it is, in another format.
    fn document(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut writer = self.writer(output)?;
        let mut noticed = self.noticed()?;
        self.parts(|mut part| {
            if let Part::StatementEnd(end) = &mut part {
                end.findings.append(&mut noticed);
            }
            Ok(writer.write_part(&part)?)
        })?;
        Ok(writer.finish()?)
    }

    /// What is to be said with a statement beside what its reader noticed.
    fn noticed(&self) -> Result<Vec<Finding>, Trouble> {
        if self.file.purpose != Purpose::Statement {
            return Ok(Vec::new());
        }
        let (bank, now) = (self.shared.party(&self.source.party)?, self.shared.clock.now());
        Ok(about_statement(self.records, bank, &self.source.id, self.file.document, now)?)
    }

    pub fn writer(&self, output: BufWriter<File>) -> Result<Box<dyn Writer + Send>, Trouble> {
        let options = WriteOptions { scratch: Some(self.shared.scratch()), ..WriteOptions::default() };
        let folder = self.shared.config.root.join("templates");
        Ok(crate::template::writer(&folder, &self.file.format, Box::new(output), &options)?)
    }

    /// The execution dates of a batch that were written other than it asked for.
    pub fn moved_dates(&self, batch: &str) -> Result<BTreeMap<Date, Date>, Trouble> {
        let mut moved = BTreeMap::new();
        for file in self.records.carrying(batch)? {
            moved.extend(numbering_of(self.records, &file.id)?.map(|numbering| numbering.dates).unwrap_or_default());
        }
        if !moved.is_empty() {
            // A merged file has the dates of all its batches.
            let asked = self.records.execution_dates(batch)?;
            moved.retain(|from, _| asked.contains(from));
        }
        Ok(moved)
    }

    /// The batch that a status report is about.
    pub fn about(&self) -> Result<Option<String>, Trouble> {
        Ok(numbering_of(self.records, &self.file.id)?.and_then(|numbering| numbering.about))
    }

    fn entries_csv(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut matches = MatchesAhead { job: self, until: 0, found: BTreeMap::new() };
        let mut rows = EntriesFile::new(output, self.erp.template.outputs.language)?;
        let mut statement = Statement::default();
        self.parts(|part| {
            match part {
                Part::Statement(head) => statement = *head,
                Part::Entry(entry) => {
                    let (payment, matched) = matches.of(entry.seq)?;
                    rows.write(&EntryRow {
                        statement: &statement,
                        entry: &entry,
                        payment: &payment,
                        matched: &matched,
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        rows.finish()?.flush()?;
        Ok(())
    }

    fn receipts_csv(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut rows = ReceiptsFile::new(output, self.erp.template.outputs.language)?;
        let mut linked = Linked::new(self.records, self.file)?;
        self.parts(|part| match part {
            Part::Receipt(receipt) => match linked.link(*receipt)? {
                Some(receipt) => Ok(rows.write(&receipt)?),
                None => Ok(()),
            },
            _ => Ok(()),
        })?;
        rows.finish()?.flush()?;
        Ok(())
    }

    fn receipts_jsonl(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut writer = JsonlWriter::new(output);
        let mut linked = Linked::new(self.records, self.file)?;
        self.parts(|part| {
            let part = match part {
                Part::Receipt(receipt) => linked.link(*receipt)?.map(|receipt| Part::Receipt(Box::new(receipt))),
                Part::ReceiptsEnd(end) => {
                    Some(Part::ReceiptsEnd(Box::new(ReceiptsEnd { receipts: linked.count(), ..*end })))
                }
                part => Some(part),
            };
            part.map_or(Ok(()), |part| Ok(writer.write_part(&part)?))
        })?;
        Ok(writer.finish()?)
    }

    fn balances_csv(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut rows = BalancesFile::new(output, self.erp.template.outputs.language)?;
        let mut statement = Statement::default();
        self.parts(|part| {
            match part {
                Part::Statement(head) => statement = *head,
                Part::StatementEnd(end) => {
                    for balance in &end.balances {
                        rows.write(&statement, balance)?;
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        rows.finish()?.flush()?;
        Ok(())
    }

    /// A word of our own about payments.
    fn own_word(&self, said: &OwnWord, output: BufWriter<File>) -> Result<(), Trouble> {
        let (lang, format) = (self.erp.template.outputs.language, self.file.format.as_str());
        if format == "csv" {
            let mut rows = StatusFile::new(output, lang)?;
            said.each(self.records, &mut |payment, word| {
                Ok(rows.write(&StatusRow {
                    batch: &payment.batch,
                    end_to_end_id: payment.end_to_end_id.as_deref().unwrap_or_default(),
                    amount: Some(payment.amount),
                    currency: Some(payment.currency),
                    status: word.word,
                    bank_status: "",
                    reason: "",
                    message: said.message(lang),
                    at: &said.at,
                    bank_file: "",
                })?)
            })?;
            return Ok(rows.finish()?.flush()?);
        }
        if let Some(plan) = self.layout(format, Carries::Status)? {
            return self.rows(plan, output, |row| {
                said.each(self.records, &mut |payment, word| row(said.line(payment, word.in_layout(), lang)))
            });
        }
        let mut writer = self.writer(output)?;
        let head = StatusReport {
            format: self.file.format.clone(),
            message_id: Some(self.file.id.clone()),
            created: Moment::parse(&self.file.created),
            original_message_id: self.records.batch(&said.batch)?.and_then(|batch| batch.message_id),
            ..StatusReport::default()
        };
        writer.write_part(&Part::StatusReport(Box::new(head)))?;
        let groups = self.groups_of(&said.batch)?;
        let mut payments = 0;
        said.each(self.records, &mut |payment, word| {
            payments += 1;
            let group = payment.group.as_ref().and_then(|number| groups.get(number)).cloned();
            let line = PaymentStatus { original_payment_information_id: group, ..said.line(payment, word, lang) };
            Ok(writer.write_part(&Part::PaymentStatus(Box::new(line)))?)
        })?;
        let end = StatusReportEnd { payments, ..StatusReportEnd::default() };
        writer.write_part(&Part::StatusReportEnd(Box::new(end)))?;
        Ok(writer.finish()?)
    }

    /// The layout of a template in which this is told; `None` where the format is no template.
    fn layout(&self, format: &str, carries: Carries) -> Result<Option<Arc<Plan>>, Trouble> {
        let folder = self.shared.config.root.join("templates");
        let own = Some(&self.erp.template).filter(|own| own.name == format).cloned();
        let Some(template) = own.or_else(|| crate::template::find(&folder, format).ok()) else { return Ok(None) };
        if let Some(plan) = template.tells(format, carries) {
            return Ok(Some(Arc::clone(plan)));
        }
        let kind = carries.word();
        let what = text!("the template `{format}` has no `[layout.{kind}]`", "模板 `{format}` 没有 `[layout.{kind}]`");
        Err(Trouble::new(what, Remedy::Person))
    }

    /// Writes rows in a layout; what they are rows of stands in the head.
    pub fn rows(
        &self,
        plan: Arc<Plan>,
        output: BufWriter<File>,
        write: impl FnOnce(&mut dyn FnMut(PaymentStatus) -> Result<(), Trouble>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let created = Moment::parse(&self.file.created);
        let options = WriteOptions { created, scratch: Some(self.shared.scratch()), ..WriteOptions::default() };
        let mut writer = LayoutWriter::new(plan, Box::new(output), &options);
        let head = StatusReport { message_id: Some(self.file.id.clone()), created, ..StatusReport::default() };
        writer.write_part(&Part::StatusReport(Box::new(head)))?;
        let mut payments = 0;
        write(&mut |row| {
            payments += 1;
            Ok(writer.write_part(&Part::PaymentStatus(Box::new(row)))?)
        })?;
        let end = StatusReportEnd { payments, ..StatusReportEnd::default() };
        writer.write_part(&Part::StatusReportEnd(Box::new(end)))?;
        Ok(writer.finish()?)
    }

    /// What a second file of the same content does not change: the first one, which may have the same name, stands.
    fn first_stands(&self, facts: &[Fact]) -> Result<Option<Finding>, JournalError> {
        let of = facts.iter().rev().find_map(|fact| match &fact.event {
            Event::Duplicate { of } => Some(Some(of)),
            Event::Admitted { .. } => Some(None),
            _ => None,
        });
        let Some(first) = of.flatten().map(|of| self.records.inbound(of)).transpose()?.flatten() else {
            return Ok(None);
        };
        let batch = self.records.batch_of(&first.id)?;
        let files = batch.as_ref().map(|batch| self.records.carrying(&batch.id)).transpose()?.unwrap_or_default();
        let (state, state_zh) = match (files.last(), batch) {
            (Some(file), _) => (file.state.word(), file.state.word_zh()),
            (None, Some(batch)) => (batch.state.word(), batch.state.word_zh()),
            (None, None) => (first.state.word(), first.state.word_zh()),
        };
        let (name, at) = (&first.name, &first.came_at);
        let message = text!(
            "this is about the second file of this content only: the first, `{name}` of {at}, stands ({state})",
            "仅涉及内容相同的第二个文件：{at} 收到的第一个文件 `{name}` 不受影响（{state_zh}）"
        );
        Ok(Some(Finding::info("first-stands", Place::default(), message)))
    }

    /// Why the source goes no further: refused by a rule or a person, or taken back.
    fn findings(&self) -> Result<Vec<Finding>, Trouble> {
        let by_person = |message| Finding::error("refused-by-person", Place::default(), message);
        let mut facts = self.records.facts_of(&self.source.id)?;
        let mut doubt = None;
        if let Some(batch) = self.records.batch_of(&self.source.id)? {
            doubt = elsewhere::may_have_sent_batch(self.records, &batch)?.then(elsewhere::to_erp);
            // A file of merged batches is another batch's case.
            for file in self.records.carrying(&batch.id)?.into_iter().filter(|file| file.case != self.source.id) {
                facts.extend(self.records.facts_of(&file.id)?);
            }
        }
        facts.sort_by_key(|fact| fact.seq);
        let first = self.first_stands(&facts)?;
        let of_parts = parts::taken_back(self.records, self.source, self.file)?;
        if !of_parts.is_empty() {
            return Ok(of_parts);
        }
        for fact in facts.into_iter().rev() {
            if let Some((rule, words)) = parts::words(&fact) {
                // Who says that the bank has nothing leaves no doubt.
                let doubt = doubt.filter(|_| fact.actor != PROGRAM && matches!(fact.event, Event::Cancelled { .. }));
                return Ok([Finding::error(rule, Place::default(), words)].into_iter().chain(doubt).collect());
            }
            let who = fact.actor;
            return Ok(match fact.event {
                Event::Refused { mut findings, reason } => {
                    let said = reason.map(|reason| text!("`{who}` refused it: {reason}", "`{who}` 拒绝：{reason}"));
                    findings.extend(said.map(by_person));
                    findings.extend(doubt.into_iter().chain(first));
                    findings
                }
                Event::Checked { mut findings, left_out, .. } if !left_out.is_empty() => {
                    findings.retain(Finding::is_error);
                    findings
                }
                _ => continue,
            });
        }
        Ok(Vec::new())
    }

    fn refusal_csv(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut rows = RefusalsFile::new(output, self.erp.template.outputs.language)?;
        for finding in &self.findings()? {
            rows.write(&RefusalRow { file: &self.source.name, finding })?;
        }
        rows.finish()?.flush()?;
        Ok(())
    }

    fn refusal_layout(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let format = &self.file.format;
        let plan = self.layout(format, Carries::Refusal)?.ok_or_else(|| {
            Trouble::new(text!("`{format}` is no format of a refusal", "`{format}` 不是拒绝文件的格式"), Remedy::Person)
        })?;
        let lang = self.erp.template.outputs.language;
        let findings = self.findings()?;
        self.rows(plan, output, |row| {
            findings.iter().try_for_each(|finding| row(refused_row(&self.source.name, finding, lang)))
        })
    }

    fn refusal_jsonl(&self, mut output: BufWriter<File>) -> Result<(), Trouble> {
        let findings = self.findings()?;
        let head = RefusalHead {
            r#type: "refusal",
            file: &self.source.name,
            inbound: &self.source.id,
            sha256: &self.source.kept.sha256,
            findings: &findings,
        };
        let end = End { r#type: "end", format: "jsonl", documents: 1, findings: [] };
        for line in [serde_json::to_string(&head), serde_json::to_string(&end)] {
            writeln!(output, "{}", line.map_err(std::io::Error::from)?)?;
        }
        output.flush()?;
        Ok(())
    }
}

/// A finding as a row of an ERP's refusal file.
fn refused_row(file: &str, finding: &Finding, lang: Lang) -> PaymentStatus {
    let Finding { rule, level, place, message, hint } = finding;
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let told = [
        ("refused.file", Some(file.to_string())),
        ("refused.line", place.line.map(|line| line.to_string())),
        ("refused.column", place.column.map(|column| column.to_string())),
        ("refused.field", place.field.clone().or_else(|| place.path.clone())),
        ("refused.level", Some(level.to_string())),
        ("refused.hint", hint.as_ref().map(|hint| hint.to(lang).to_string())),
    ];
    PaymentStatus {
        reasons: vec![Reason { code: Some(rule.to_string()), info: vec![message.to(lang).to_string()] }],
        told: told.into_iter().filter_map(|(item, value)| Some((item.to_string(), value?))).collect(),
        ..PaymentStatus::default()
    }
}
