//! The templates that a conversion names: what they read and write, and what they refuse.

use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::{CliError, Context};
use super::Convert;
use crate::check::{Checker, NoHistory, Rules};
use crate::document::{Kind, Moment, Part};
use crate::finding::Finding;
use crate::format::layout::{Carries, LayoutReader, Plan, recognises};
use crate::format::registry::wants_totals_first;
use crate::format::{self, OpenError, ReadError, ReadOptions, Reader, WriteOptions, Writer};
use crate::template::{PartyKind, Template, TemplateError};
use crate::text;

/// How much of a file is looked at to find its format.
const LOOK: u64 = 32 << 10;

/// How many templates are named whose layouts a file may be in.
const NAMED: usize = 5;

/// The rules of the checks that are a dialect's: what its files may hold, whoever pays whom and whenever.
const OF_DIALECT: [&str; 6] =
    ["currency-not-allowed", "amount-too-large", "too-many-payments", "sum-too-large", "character-set", "too-long"];

/// The templates that a conversion needs.
pub(super) struct Templates {
    folder: PathBuf,
    from: Option<Template>,
    to: Option<Template>,
    /// That of `--template`: it stands behind both sides.
    both: Option<Template>,
}

impl Templates {
    /// Finds the templates that the formats name.
    pub fn of(convert: &Convert, context: &Context) -> Result<Templates, CliError> {
        let folder = context.dir().join("templates");
        let named = |format: &str| -> Result<Option<Template>, CliError> {
            let name = format.split('.').next().unwrap_or(format);
            match crate::template::find(&folder, name) {
                Ok(template) if format == template.name || template.is_own(format) => Ok(Some(template)),
                Ok(_) | Err(TemplateError::Missing(_)) => Ok(None),
                Err(error) => Err(CliError::explained(&error)),
            }
        };
        let both = match &convert.template {
            None => None,
            Some(name) => {
                let found = crate::template::find(&folder, name);
                Some(found.map_err(|error| CliError::explained(&error))?)
            }
        };
        let (from, to) = (named(&convert.from)?, named(&convert.to)?);
        // What no template is must be a format.
        let plain_from = if from.is_some() { "auto" } else { &convert.from };
        let plain_to = if to.is_some() { "jsonl" } else { &convert.to };
        format::registry::verify(plain_from, plain_to)?;
        Ok(Templates { folder, from, to, both })
    }

    /// The dialect in which standard formats are written.
    pub fn dialect(&self) -> format::Dialect {
        let template = self.both.as_ref().or(self.to.as_ref());
        template.map(|template| template.payments.dialect()).unwrap_or_default()
    }

    /// The template by which the input is read.
    fn reading(&self) -> Option<&Template> {
        self.from.as_ref().or(self.both.as_ref())
    }

    /// The options with what the template says of its party's files.
    pub fn with_rules(&self, mut options: ReadOptions) -> ReadOptions {
        if let Some(template) = self.reading() {
            options.encoding = options.encoding.or_else(|| template.inward.encoding.clone());
            options.levels = template.inward.levels.clone();
        }
        options
    }

    /// Opens the input: by the name of a format, by a template, else by its content.
    pub fn open(
        &self,
        from: &str,
        mut input: Box<dyn BufRead + Send>,
        options: &ReadOptions,
    ) -> Result<Box<dyn Reader + Send>, CliError> {
        let auto = from == "auto";
        if let Some(template) = self.from.as_ref().or(self.both.as_ref().filter(|_| auto)) {
            // A template without layouts names the format of its files, or leaves it to the content.
            let by_name = template.layout.is_empty();
            let format = if by_name { template.inward.format.as_str() } else { from };
            return Ok(template.open(format, input, options)?);
        }
        if !auto {
            return Ok(format::open(from, input, options)?);
        }
        let mut head = Vec::new();
        let read = input.as_mut().take(LOOK).read_to_end(&mut head);
        read.map_err(|e| CliError::from(OpenError::from(e)))?;
        let whole = (head.len() as u64) < LOOK;
        let known = format::is_known(&head, options.encoding.as_deref());
        let plan = if known { None } else { self.recognised(&head, whole, options) };
        let again: Box<dyn BufRead + Send> = Box::new(io::Cursor::new(head.clone()).chain(input));
        if let Some(plan) = plan {
            return Ok(Box::new(LayoutReader::open(plan, again, options)?));
        }
        match format::open(from, again, options) {
            Err(OpenError::Refused(finding)) => Err(self.told_better(*finding, &head, whole, options).into()),
            opened => Ok(opened?),
        }
    }

    /// The layout of any template that the beginning of a file is unmistakably in.
    fn recognised(&self, head: &[u8], whole: bool, options: &ReadOptions) -> Option<Arc<Plan>> {
        self.plans().find(|plan| plan.is_unmistakable() && recognises(plan, head, whole, options))
    }

    /// The layouts of all templates.
    fn plans(&self) -> impl Iterator<Item = Arc<Plan>> {
        let names = crate::template::names(&self.folder);
        let templates = names.into_iter().filter_map(|name| crate::template::find(&self.folder, &name).ok());
        templates.flat_map(|template| template.layout.plans)
    }

    /// A file whose content does not say what it is: the templates in whose layouts it may be are named.
    fn told_better(&self, finding: Finding, head: &[u8], whole: bool, options: &ReadOptions) -> ReadError {
        if !matches!(finding.rule.as_ref(), "unknown-format" | "message") {
            return finding.into();
        }
        let mut names: Vec<String> =
            self.plans().filter(|plan| recognises(plan, head, whole, options)).map(|plan| plan.name.clone()).collect();
        names.dedup();
        let more = if names.len() > NAMED { " …" } else { "" };
        names.truncate(NAMED);
        let listed = |between: &str| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between);
        let (en, zh) = (listed(", "), listed("、"));
        let hint = match names.as_slice() {
            [] => text!(
                "name its format or its template with `--from`, and the encoding with `--encoding` where it is not \
                 UTF-8",
                "请用 `--from` 指明格式或模板；若不是 UTF-8，请用 `--encoding` 指明编码"
            ),
            [name, ..] => text!(
                "it may be a file of {en}{more}: name the template, as in `--from {name}`",
                "可能是 {zh}{more} 的文件：请指明模板，如 `--from {name}`"
            ),
        };
        finding.hint(hint).into()
    }

    /// Whether count and sum must be known before the first payment is written.
    pub fn want_totals_first(&self, to: &str) -> bool {
        match &self.to {
            None => wants_totals_first(to),
            Some(template) => match template.layout.get(Carries::Payments) {
                Some(_) => template.layout.plans.iter().any(|plan| plan.wants_totals_first()),
                None => template.kind == PartyKind::Bank && wants_totals_first(&template.payments.format),
            },
        }
    }

    /// Opens the writer for documents of a kind: in a format, or as a template writes them.
    pub fn create(
        &self,
        to: &str,
        kind: Kind,
        output: Box<dyn Write + Send>,
        options: &WriteOptions,
    ) -> Result<Box<dyn Writer + Send>, CliError> {
        let Some(template) = &self.to else { return Ok(format::create(to, output, options)?) };
        let initiating = template.payments.initiating_party.clone();
        let options = WriteOptions { initiating_party: initiating, ..options.clone() };
        Ok(template.create(&written_in(template, kind)?, output, &options)?)
    }

    /// What the templates refuse of payments, beyond what their formats refuse.
    pub fn checks(&self, now: Timestamp, kind: Kind) -> Vec<Check<'_>> {
        if kind != Kind::Payments {
            return Vec::new();
        }
        let today = Moment::utc(now).local.date();
        let templates = [&self.from, &self.to, &self.both].into_iter().flatten();
        let rules: Vec<&Rules> = templates.map(|template| &template.checks).collect();
        let rules = rules.iter().enumerate().filter(|(at, one)| !rules[..*at].contains(one));
        rules.map(|(_, rules)| Check(Checker::new(rules, today, &NoHistory))).collect()
    }
}

/// The format in which a template's party gets documents of a kind: its own layout, a bank's dialect of payments, what
/// an ERP is told.
fn written_in(template: &Template, kind: Kind) -> Result<String, CliError> {
    let name = &template.name;
    let carries = match kind {
        Kind::Payments => Some(Carries::Payments),
        Kind::StatusReport => Some(Carries::Status),
        Kind::Statement => Some(Carries::Statement),
        Kind::Receipts => Some(Carries::Receipts),
        Kind::Cancellation | Kind::ReportRequest => None,
    };
    if carries.is_some_and(|carries| template.layout.get(carries).is_some()) {
        return Ok(name.clone());
    }
    let of_erp = template.kind == PartyKind::Erp;
    let formats = match kind {
        Kind::Payments if !of_erp => vec![template.payments.format.clone()],
        Kind::StatusReport if of_erp => template.outputs.status.clone(),
        Kind::Statement if of_erp => template.outputs.statement.clone(),
        Kind::Receipts if of_erp => template.outputs.receipts.clone(),
        _ => Vec::new(),
    };
    formats.into_iter().next().ok_or_else(|| {
        CliError::no(text!(
            "the template `{name}` says nothing of how documents of this kind are written",
            "模板 `{name}` 未说明此类单据如何写出"
        ))
        .hint(text!("name a format with `--to`, such as `jsonl`", "请用 `--to` 指明格式，如 `jsonl`"))
    })
}

/// The rules of one template at work on a file.
pub(super) struct Check<'a>(Checker<'a>);

impl Check<'_> {
    /// Looks at a part.
    pub fn look(&mut self, part: &Part) {
        self.0.look(part);
    }

    /// What breaks the rules of the dialect.
    pub fn finish(self) -> Vec<Finding> {
        let findings = self.0.finish().findings.take();
        findings.into_iter().filter(|finding| OF_DIALECT.contains(&finding.rule.as_ref())).collect()
    }
}
