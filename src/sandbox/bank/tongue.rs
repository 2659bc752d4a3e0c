//! What the bank speaks: the standard formats, or the formats of the template that it plays.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufRead;
use std::sync::Arc;

use super::error::BankError;
use super::settings::Settings;
use crate::carrier::PublishMode;
use crate::carrier::readiness::Complete;
use crate::document::Date;
use crate::format::layout::declare::Record;
use crate::format::layout::item::{Binding, Item};
use crate::format::layout::{Carries, LayoutWriter, Plan};
use crate::format::{self, OpenError, ReadOptions, Reader, ScratchMaker, WriteOptions, Writer};
use crate::template::{self, PartyKind, Template};

/// What the bank reads and writes.
#[derive(Debug)]
pub(super) struct Tongue {
    template: Option<Box<Template>>,
    status_format: String,
    statement_format: String,
    /// The ISO codes that a result file of the template has words for; `None` for standard formats.
    codes: Option<BTreeSet<String>>,
}

impl Tongue {
    /// What these settings say.
    pub(super) fn of(settings: &Settings) -> Result<Tongue, BankError> {
        let template = match &settings.template {
            None => None,
            Some(name) => Some(Box::new(bank(settings, name)?)),
        };
        let plan = template.as_ref().and_then(|template| template.layout.get(Carries::Status));
        Ok(Tongue {
            codes: plan.map(|plan| codes(plan)),
            template,
            status_format: settings.status_format.clone(),
            statement_format: settings.statement_format.clone(),
        })
    }

    /// Opens a payment file; `near` is a day near its own.
    pub(super) fn open(&self, input: Box<dyn BufRead + Send>, near: Date) -> Result<Box<dyn Reader + Send>, OpenError> {
        let options = ReadOptions { near: Some(near), ..ReadOptions::default() };
        match &self.template {
            None => format::open("auto", input, &options),
            Some(template) => {
                let own = template.layout.get(Carries::Payments).is_some();
                let format = if own { format!("{}.payments", template.name) } else { "auto".to_string() };
                template.open(&format, input, &options)
            }
        }
    }

    /// Whether payment files need no message id: a file is then known by its name.
    pub(super) fn knows_files_by_name(&self) -> bool {
        self.has(Carries::Payments)
    }

    /// Whether there is a file to answer with. Of NACHA files only returns are told, which nobody here writes.
    pub(super) fn answers(&self) -> bool {
        let Some(template) = &self.template else { return true };
        let is_standard = template.layout.is_empty() && template.payments.format != "nacha";
        is_standard || self.has(Carries::Status)
    }

    /// Whether there is a file for statements.
    pub(super) fn states(&self) -> bool {
        let Some(template) = &self.template else { return true };
        match template.layout.get(Carries::Statement) {
            Some(plan) => !plan.layout.read_only,
            None => template.layout.is_empty(),
        }
    }

    /// Whether statements are in a layout of the template: its fields are shorter than those of a standard.
    pub(super) fn has_own_statement(&self) -> bool {
        self.has(Carries::Statement)
    }

    /// A writer of answers. A result whose columns are known by their places only is written with what is known of it:
    /// all else, the titles above it among them, is left empty, as nobody reads it.
    pub(super) fn status(&self, output: File) -> Result<Box<dyn Writer + Send>, OpenError> {
        match self.result() {
            Some(plan) => Ok(Box::new(LayoutWriter::new(Arc::clone(plan), Box::new(output), &options()))),
            None => self.create(&self.status_format, output),
        }
    }

    /// A writer of statements.
    pub(super) fn statement(&self, output: File) -> Result<Box<dyn Writer + Send>, OpenError> {
        self.create(&self.statement_format, output)
    }

    /// Whether answers are result files of the template: they have a row for every payment.
    pub(super) fn has_rows(&self) -> bool {
        self.codes.is_some()
    }

    /// Whether answers have a word for this ISO status.
    pub(super) fn has_word(&self, status: &str) -> bool {
        self.codes.as_ref().is_none_or(|codes| codes.contains(status))
    }

    /// Whether rows stand under headings that say their status: what is neither done nor failed has no row.
    pub(super) fn has_sections(&self) -> bool {
        self.result().is_some_and(|plan| plan.has_sections())
    }

    /// Whether a file of this name is one that the bank gives, where both sides use one folder.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.template.as_ref().is_some_and(|template| template.inward.takes(name))
    }

    /// Whether the customer is still writing a file of this name, by the template's own rule.
    pub(super) fn is_temporary(&self, name: &str) -> bool {
        self.template.as_ref().is_some_and(|template| {
            let (prefix, suffix) = (&template.out.temporary_prefix, &template.out.temporary_suffix);
            !(prefix.is_empty() && suffix.is_empty()) && name.starts_with(prefix) && name.ends_with(suffix)
        })
    }

    /// What is different in the name of a payment file: without the beginning that all have, and the ending.
    pub(super) fn own_part<'a>(&self, file: &'a str) -> &'a str {
        let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
        let Some(template) = &self.template else { return stem };
        let pattern = template.out.name.to_string();
        let begin = pattern.split('{').next().unwrap_or_default();
        stem.strip_prefix(begin).unwrap_or(stem)
    }

    fn has(&self, carries: Carries) -> bool {
        self.template.as_ref().is_some_and(|template| template.layout.get(carries).is_some())
    }

    /// The layout of the template's result file.
    fn result(&self) -> Option<&Arc<Plan>> {
        self.template.as_ref()?.layout.get(Carries::Status)
    }

    fn create(&self, format: &str, output: File) -> Result<Box<dyn Writer + Send>, OpenError> {
        match &self.template {
            Some(template) => template.create(format, Box::new(output), &options()),
            None => format::create(format, Box::new(output), &options()),
        }
    }
}

fn options() -> WriteOptions {
    WriteOptions { scratch: Some(ScratchMaker::new(tempfile::tempfile)), ..WriteOptions::default() }
}

impl Settings {
    /// The same settings for a bank as its template says: folders, names, formats, protection.
    ///
    /// # Errors
    /// [`BankError`] when there is no such template, or it is not one of a bank.
    pub fn played_by(mut self, name: &str) -> Result<Settings, BankError> {
        let template = bank(&self, name)?;
        self.template = Some(name.to_string());
        self.seal = template.seal.clone();
        self.inbox = (&template.out.folder).into();
        self.outbox = template.inward.folders.first().map(String::as_str).unwrap_or_default().into();
        self.marker = (template.out.publish == PublishMode::Marker).then(|| template.out.marker_suffix.clone());
        self.wait_until_stable = template.out.publish == PublishMode::Direct;
        if let Complete::Marker { suffix } = &template.inward.complete {
            self.own_marker = Some(suffix.clone());
        }
        let old = ["pain.001.001.03", "pain.008.001.02"].contains(&template.payments.format.as_str());
        let (status, statement) =
            if old { ("pain.002.001.03", "camt.053.001.02") } else { ("pain.002.001.10", "camt.053.001.08") };
        self.status_format = status.to_string();
        self.statement_format = statement.to_string();
        self.report_every_payment = true;
        self.set_layouts(&template);
        self.set_names(&template);
        Ok(self)
    }

    /// Whether answers have a word for a payment that is refused.
    pub fn names_refusals(&self) -> bool {
        Tongue::of(self).is_ok_and(|tongue| tongue.has_word("RJCT"))
    }

    fn set_layouts(&mut self, template: &Template) {
        if let Some(plan) = template.layout.get(Carries::Status) {
            self.status_format = format!("{}.status", template.name);
            let known = codes(plan);
            let done = ["ACSC", "ACSP", "ACCP", "ACTC"].into_iter().find(|code| known.contains(*code));
            self.levels = vec![done.unwrap_or("ACSC").to_string()];
        }
        if template.layout.get(Carries::Statement).is_some() {
            self.statement_format = format!("{}.statement", template.name);
            // The bank's national number is the customer's to say: a BIC has no room in its place.
            self.bic.clear();
        }
    }

    fn set_names(&mut self, template: &Template) {
        let sealed = if template.seal.seals() { template.seal.suffix.as_deref().unwrap_or(".pgp") } else { "" };
        let ending = |carries| if template.layout.get(carries).is_some() { ".txt" } else { ".xml" };
        let names = |what: &str, ending: &str| match template.inward.names.first() {
            Some(pattern) => pattern.replacen('*', what, 1).replace('*', "") + sealed,
            None => format!("{what}{ending}{sealed}"),
        };
        self.status_name = names("{file}-answer-{n}", ending(Carries::Status));
        self.statement_name = names("statement-{account}-{date}-{number}", ending(Carries::Statement));
    }
}

fn bank(settings: &Settings, name: &str) -> Result<Template, BankError> {
    let template = template::find(&settings.templates, name)?;
    if template.kind == PartyKind::Bank { Ok(template) } else { Err(BankError::NoBank(name.to_string())) }
}

/// The ISO codes that a result file has words or headings for.
fn codes(plan: &Plan) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (_, record) in &plan.layout.record.0 {
        codes.extend(record.status.clone());
        codes.extend(mapped(record));
    }
    codes
}

fn mapped(record: &Record) -> Vec<String> {
    let statuses = record.fields.iter().filter(|field| field.item == Some(Binding::Known(Item::Status)));
    statuses.flat_map(|field| field.map.0.iter().map(|(_, code)| code.clone())).collect()
}
