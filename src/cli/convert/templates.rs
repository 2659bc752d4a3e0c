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
use crate::words::{Text, first_few};

/// How much of a file is looked at to find its format.
const LOOK: u64 = 32 << 10;

/// The rules of the checks that are a dialect's: what its files may hold, whoever pays whom and whenever.
const OF_DIALECT: [&str; 11] = [
    "currency-not-allowed",
    "amount-too-large",
    "too-many-payments",
    "sum-too-large",
    "character-set",
    "too-long",
    "account-not-iban",
    "account-country",
    "creditor-id-check-digits",
    "field-missing",
    "value-not-allowed",
];

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
        let Text { en, zh } = first_few(names.iter().map(|name| format!("`{name}`")));
        let hint = match names.as_slice() {
            [] => text!(
                "name its format or its template with `--from`, and the encoding with `--encoding` where it is not \
                 UTF-8",
                "请用 `--from` 指明格式或模板；若不是 UTF-8，请用 `--encoding` 指明编码"
            ),
            [name, ..] => text!(
                "it may be a file of {en}: name the template, as in `--from {name}`",
                "可能是 {zh} 的文件：请指明模板，如 `--from {name}`"
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
        Ok(template.create(&written_in(template, to, kind)?, output, &options)?)
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

/// The format in which a template writes documents of a kind: the layout that was named, or else what its party gets.
fn written_in(template: &Template, to: &str, kind: Kind) -> Result<String, CliError> {
    let named = to != template.name;
    let mut ways = ways(template).into_iter().filter(|way| way.kind == kind);
    let found = ways.find(|way| !named || way.name.eq_ignore_ascii_case(to));
    found.map(|way| if named { way.name } else { way.format }).ok_or_else(|| not_written(template, to, kind))
}

/// A way in which a template writes documents of a kind.
struct Way {
    kind: Kind,
    /// What to ask for where no other way is meant.
    name: String,
    format: String,
}

/// All of them: layouts, a bank's dialect of payments, what an ERP is told.
fn ways(template: &Template) -> Vec<Way> {
    let name = &template.name;
    let layouts = template.layout.plans.iter().filter(|plan| !plan.layout.read_only).map(|plan| Way {
        kind: kind_of(plan.carries),
        name: format!("{name}.{}", plan.carries.word()),
        format: name.clone(),
    });
    let mut ways: Vec<Way> = layouts.collect();
    // Without a name a status report is an answer, not a refusal.
    ways.sort_by_key(|way| way.name.ends_with(Carries::Refusal.word()));
    let outputs = &template.outputs;
    let of_erp = template.kind == PartyKind::Erp;
    let payments = Some(&template.payments.format).filter(|_| !of_erp && template.speaks_of_payments());
    let told = |formats: &'_ [String]| formats.first().filter(|_| of_erp).cloned();
    let others = [
        (Kind::Payments, payments.cloned()),
        (Kind::StatusReport, told(&outputs.status)),
        (Kind::Statement, told(&outputs.statement)),
        (Kind::Receipts, told(&outputs.receipts)),
    ];
    for (kind, format) in others {
        if let Some(format) = format.filter(|_| ways.iter().all(|way| way.kind != kind)) {
            ways.push(Way { kind, name: name.clone(), format });
        }
    }
    ways
}

fn kind_of(carries: Carries) -> Kind {
    match carries {
        Carries::Payments => Kind::Payments,
        Carries::Status | Carries::Refusal => Kind::StatusReport,
        Carries::Statement => Kind::Statement,
        Carries::Receipts => Kind::Receipts,
    }
}

/// The refusal to write something else than what was asked for, with all that the template writes.
fn not_written(template: &Template, to: &str, kind: Kind) -> CliError {
    let Text { en, zh } = kind_words(kind);
    let error = CliError::no(text!(
        "the file holds {en}, and `{to}` does not say how {en} are written",
        "文件内容为{zh}，而 `{to}` 未说明{zh}如何写出"
    ));
    let all = ways(template);
    let listed = |between: &str, of: &dyn Fn(&Way) -> String| all.iter().map(of).collect::<Vec<_>>().join(between);
    let en = listed(", ", &|way| format!("{} (`{}`)", kind_words(way.kind).en, way.name));
    let zh = listed("、", &|way| format!("{}（`{}`）", kind_words(way.kind).zh, way.name));
    let name = &template.name;
    let error = match all.is_empty() {
        true => error.hint(text!("`{name}` is only read, nothing is written in it", "`{name}` 仅供读取，不能写出")),
        false => error.hint(text!("`{name}` writes: {en}", "`{name}` 可写出：{zh}")),
    };
    error.hint(text!("or name a format with `--to`, such as `jsonl`", "或用 `--to` 指明格式，如 `jsonl`"))
}

fn kind_words(kind: Kind) -> Text {
    match kind {
        Kind::Payments => text!("payments", "付款指令"),
        Kind::StatusReport => text!("status reports", "状态回执"),
        Kind::Statement => text!("statements", "对账单"),
        Kind::Receipts => text!("receipts", "电子回单"),
        Kind::Cancellation => text!("cancellation requests", "撤销请求"),
        Kind::ReportRequest => text!("report requests", "查询请求"),
    }
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
