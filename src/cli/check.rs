//! `bankferry check`: configuration, templates, keys, folders, clock, people, and with `--connect` the parties' sides.

use std::path::Path;

use clap::Args;
use serde::Serialize;
use toml::Table;

use super::desk::Desk;
use super::print::{json_line, print, shown};
use super::{CliError, Context, Exit, Run};
use crate::config::{Config, ConfigError, FILE, Party};
use crate::disk;
use crate::finding::Level;
use crate::format::layout::Carries;
use crate::template::{Outputs, PaymentsOut, TemplateError, template_source};
use crate::text;
use crate::words::{Explain, Text};

mod alarms;
mod calendar;
mod connect;
mod house;
mod keys;
mod people;

/// Checks the installation: everything that would stop a payment later
///
/// Configuration and templates (mistakes with line and column), keys and their expiry, folders and their rights, the
/// clock, who may decide. With `--connect` it also asks the parties' servers: host key, login, folders, what they can
/// do. The exit status is 1 where errors were found. It sends nothing and takes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry check
  bankferry check --connect            every party
  bankferry check --connect acme       one party; lifts its pause when it can be reached again")]
pub struct Check {
    /// Connect to every party, or to the one named
    #[arg(long, value_name = "PARTY", num_args = 0..=1)]
    connect: Option<Option<String>>,
    /// Send a test alarm by every route of `[alarms]`
    #[arg(long)]
    alarm_test: bool,
}

/// Something that was looked at.
#[derive(Serialize)]
struct Note {
    level: Level,
    area: &'static str,
    message: String,
    message_zh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint_zh: Option<String>,
}

/// All that was looked at.
#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn push(&mut self, level: Level, area: &'static str, what: Text, hint: Option<Text>) {
        // A mistake that hides behind two parties, or in a template that a party uses, is one mistake.
        if self.0.iter().any(|note| note.message == what.en && note.level == level) {
            return;
        }
        let Text { en: message, zh: message_zh } = what;
        let (hint, hint_zh) = hint.map_or((None, None), |h| (Some(h.en), Some(h.zh)));
        self.0.push(Note { level, area, message, message_zh, hint, hint_zh });
    }

    fn fine(&mut self, area: &'static str, what: Text) {
        self.push(Level::Info, area, what, None);
    }

    fn warning(&mut self, area: &'static str, what: Text, hint: Text) {
        self.push(Level::Warning, area, what, Some(hint));
    }

    fn error(&mut self, area: &'static str, what: Text, hint: Text) {
        self.push(Level::Error, area, what, Some(hint));
    }

    fn explained(&mut self, area: &'static str, error: &dyn Explain) {
        self.push(Level::Error, area, error.what(), error.hints().into_iter().next());
    }

    /// Something that another command would have ended with.
    fn failed(&mut self, area: &'static str, error: CliError) {
        match error {
            CliError::Failed { what, hints, .. } => self.push(Level::Error, area, what, hints.into_iter().next()),
            CliError::Refused(finding) => self.push(Level::Error, area, finding.message, finding.hint),
            CliError::BrokenPipe => {}
        }
    }

    /// Every mistake of a template.
    fn of_template(&mut self, error: &TemplateError) {
        match error {
            TemplateError::Wrong(mistakes) => {
                mistakes.iter().for_each(|it| self.push(Level::Error, "templates", it.what(), it.hint()));
            }
            other => self.explained("templates", other),
        }
    }

    fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|note| note.level == level).count()
    }
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    sound: bool,
    errors: usize,
    warnings: usize,
    notes: &'a [Note],
}

impl Run for Check {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let mut notes = Notes::default();
        if let Some(config) = configuration(context.dir(), &mut notes)? {
            let desk = Desk::of(context, config);
            both_sides(&desk.config, &mut notes);
            templates(&desk.config, &mut notes);
            keys::check(&desk, &mut notes)?;
            calendar::check(&desk, &mut notes);
            house::check(&desk, &mut notes);
            people::check(&desk.config, &mut notes);
            alarms::check(&desk.config, &mut notes);
            if self.alarm_test {
                alarms::try_all(&desk, &mut notes);
            }
            match &self.connect {
                Some(party) => connect::check(&desk, party.as_deref(), &mut notes)?,
                None => connect::not_asked(&desk.config, &mut notes),
            }
        }
        tell(context, &notes)
    }
}

/// The configuration, or every mistake in it.
fn configuration(root: &Path, notes: &mut Notes) -> Result<Option<Config>, CliError> {
    let found = match Config::load(root) {
        Err(error @ (ConfigError::Missing(_) | ConfigError::Io { .. })) => return Err(error.into()),
        found => found,
    };
    match found {
        Ok(config) => {
            let (name, environment, zh) = (&config.name, config.environment.word(), config.environment.word_zh());
            let parties = config.parties.len() + config.set_aside.len();
            notes.fine(
                "configuration",
                text!("`{name}`, {environment}, {parties} parties", "`{name}`，{zh}，{parties} 个往来方"),
            );
            set_aside(&config, notes);
            Ok(Some(config))
        }
        Err(error) => {
            match &error {
                ConfigError::Template(error) => notes.of_template(error),
                error => notes.push(Level::Error, "configuration", error.what(), None),
            }
            further_mistakes(root, notes);
            all_templates(root, notes);
            Ok(None)
        }
    }
}

/// The mistakes of the parties that stand aside, each with that.
fn set_aside(config: &Config, notes: &mut Notes) {
    for aside in &config.set_aside {
        match &*aside.error {
            ConfigError::Template(error) => notes.of_template(error),
            error => notes.push(Level::Error, "configuration", error.what(), None),
        }
        let name = &aside.name;
        notes.warning(
            "configuration",
            text!(
                "`{name}` is set aside until that is right: nothing is sent to it or taken from it, all others work",
                "修正之前 `{name}` 被搁置：不向其发送，也不收取；其他往来方照常"
            ),
            text!(
                "then start `bankferry run` again, or send it SIGHUP",
                "修正后重新启动 `bankferry run` 或发送 SIGHUP"
            ),
        );
    }
}

/// A ferry has two shores, and a bank that takes one file at a time must be missed when it says nothing.
fn both_sides(config: &Config, notes: &mut Notes) {
    let hint = || {
        text!(
            "add a `[[party]]` with its template to `bankferry.toml`",
            "在 `bankferry.toml` 中添加带模板的 `[[party]]`"
        )
    };
    // Of which kind a party is that stands aside nobody knows.
    let all_are_known = config.set_aside.is_empty();
    if all_are_known && !config.parties.iter().any(Party::is_bank) {
        let what = text!("there is no bank yet: nothing can be sent", "尚无银行：无法发送任何文件");
        notes.warning("configuration", what, hint());
    }
    if all_are_known && config.parties.iter().all(Party::is_bank) {
        let what = text!("there is no ERP yet: nothing comes that could be sent", "尚无 ERP：没有可发送的来源");
        notes.warning("configuration", what, hint());
    }
    for bank in config.parties.iter().filter(|bank| bank.template.out.one_in_flight.is_some()) {
        let (name, due) = (&bank.name, &bank.template.answers);
        if due.received_within.is_none() && due.accepted_by.is_none() && due.executed_by.is_none() {
            notes.warning(
                "configuration",
                text!(
                    "`{name}` takes one file at a time, and nobody is told when its answer is missing",
                    "`{name}` 一次只收一个文件，但缺少应答时不会提醒任何人"
                ),
                text!(
                    "say by when it answers: `answers = {{ received_within = \"2h\" }}`",
                    "请注明应答时限：`answers = {{ received_within = \"2h\" }}`"
                ),
            );
        }
    }
}

/// Loading stops at the first mistake; each party by itself shows the others.
fn further_mistakes(root: &Path, notes: &mut Notes) {
    let Ok(source) = std::fs::read_to_string(root.join(FILE)) else { return };
    let Ok(whole) = toml::from_str::<Table>(&source) else { return };
    let parties = whole.get("party").and_then(|p| p.as_array()).cloned().unwrap_or_default();
    for party in parties {
        let mut alone = whole.clone();
        alone.insert("party".into(), toml::Value::Array(vec![party]));
        let Ok(text) = toml::to_string(&alone) else { continue };
        if let Err(error) = Config::read(root, &text) {
            notes.push(Level::Error, "configuration", error.what(), error.hints().into_iter().next());
        }
    }
}

/// Every file in `templates/`, also those that no party uses.
fn all_templates(root: &Path, notes: &mut Notes) {
    let folder = root.join("templates");
    let files = match disk::entries(&folder) {
        Ok(entries) => entries.into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")),
        Err(error) => return notes.explained("templates", &error),
    };
    let mut as_shipped = 0;
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let found = template_source(&folder, &name);
        let read = found.and_then(|source| Ok((crate::template::read_template(&folder, &name, &source)?, source)));
        match read {
            Ok((template, source)) => {
                if proven(root, &template, notes) {
                    // Of dozens that nobody has touched the number says enough.
                    match crate::template::built_in().any(|(own, text)| own == name && text == source) {
                        true => as_shipped += 1,
                        false => notes.fine(
                            "templates",
                            text!("`{name}` can be read, and its examples hold", "`{name}` 可读取，示例通过"),
                        ),
                    }
                }
            }
            Err(TemplateError::Missing(_)) => notes.error(
                "templates",
                text!("no party can name the template `{name}.toml`", "往来方无法引用模板 `{name}.toml`"),
                text!("call the file by letters, digits, `-` and `_` alone", "文件名只用字母、数字、`-` 和 `_`"),
            ),
            Err(error) => notes.of_template(&error),
        }
    }
    if as_shipped > 0 {
        notes.fine(
            "templates",
            text!(
                "{as_shipped} templates are as they were shipped, can be read, and their examples hold",
                "{as_shipped} 个随附模板未作改动，可读取，示例通过"
            ),
        );
    }
}

/// A template's examples are read and written as it says.
fn proven(root: &Path, template: &crate::template::Template, notes: &mut Notes) -> bool {
    let name = &template.name;
    let folder = root.join("templates/examples").join(name);
    let find = |file: &str| {
        let own = std::fs::read(folder.join(file)).ok();
        own.or_else(|| crate::template::example(name, file).map(<[u8]>::to_vec))
    };
    let wrong = crate::template::prove::prove(template, &find);
    for what in &wrong {
        let Text { en, zh } = what;
        notes.error(
            "templates",
            text!("`{name}`: {en}", "`{name}`：{zh}"),
            text!("correct the template or its example", "请修正模板或示例"),
        );
    }
    wrong.is_empty()
}

/// The layouts in which an ERP wants to be told what became of its payments are there.
fn told_in_layouts(config: &Config, party: &Party, notes: &mut Notes) {
    let outputs = &party.template.outputs;
    for (formats, carries) in [(&outputs.status, Carries::Status), (&outputs.refusal, Carries::Refusal)] {
        for format in formats {
            let found = crate::template::find(&config.root.join("templates"), format);
            if found.is_ok_and(|template| template.tells(format, carries).is_none()) {
                let kind = carries.word();
                notes.error(
                    "templates",
                    text!(
                        "the template `{format}` has no `[layout.{kind}]`, which `outputs.{kind}` asks for",
                        "模板 `{format}` 没有 `outputs.{kind}` 所需的 `[layout.{kind}]`"
                    ),
                    text!("describe the file there, or ask for `csv`", "请在模板中描述该文件，或改用 `csv`"),
                );
            }
        }
    }
}

/// What stands in a template for nothing: a bank is told nothing, and an ERP is written no payments.
fn read_by_nobody(party: &Party, notes: &mut Notes) {
    let template = &party.template;
    // A layout of its own names the format, and nobody wrote that.
    let format = Some(&template.payments.format).filter(|format| template.is_own(format)).cloned();
    let default = PaymentsOut::default();
    let plain = PaymentsOut { format: format.unwrap_or_else(|| default.format.clone()), ..default };
    let table = match party.is_bank() {
        true => (template.outputs != Outputs::default()).then_some("outputs"),
        false => (template.payments != plain).then_some("payments"),
    };
    let Some(table) = table else { return };
    let (name, (kind, kind_zh)) = (&party.name, if party.is_bank() { ("a bank", "银行") } else { ("an ERP", "ERP") });
    notes.warning(
        "templates",
        text!(
            "`[{table}]` of `{name}` is read by nobody: `{name}` is {kind}",
            "`{name}` 的 `[{table}]` 不起作用：`{name}` 是{kind_zh}"
        ),
        match table {
            "outputs" => text!("write it at the ERP that is to be told", "请写在需要接收结果的 ERP 处"),
            _ => text!("write it at the bank that gets the payments", "请写在接收付款的银行处"),
        },
    );
}

/// What the templates of the parties ask for can be done.
fn templates(config: &Config, notes: &mut Notes) {
    all_templates(&config.root, notes);
    for party in &config.parties {
        let template = &party.template;
        let outputs = &template.outputs;
        let wanted: Vec<&String> = match party.is_bank() {
            true => vec![&template.payments.format],
            false => outputs.status.iter().chain(&outputs.statement).chain(&outputs.refusal).collect(),
        };
        told_in_layouts(config, party, notes);
        read_by_nobody(party, notes);
        for format in wanted {
            // The first two have writers of their own for what an ERP is told, a template has its layouts.
            let layouts = || crate::template::find(&config.root.join("templates"), format);
            if matches!(format.as_str(), "csv" | "jsonl") || layouts().is_ok_and(|t| t.is_own(format)) {
                continue;
            }
            if let Err(error) = crate::format::registry::verify("auto", format) {
                notes.explained("templates", &error);
            }
        }
        let (name, Text { en, zh }) = (&party.name, &template.provenance.source);
        if party.is_bank() && !template.provenance.verified {
            notes.warning(
                "templates",
                text!(
                    "the template of `{name}` was never proved with the bank (its source: {en})",
                    "`{name}` 的模板尚未经银行验证（来源：{zh}）"
                ),
                text!(
                    "send test files, then set `provenance.verified = true`",
                    "请先发送测试文件，再设置 `provenance.verified = true`"
                ),
            );
        }
    }
}

fn tell(context: &Context, notes: &Notes) -> Result<Exit, CliError> {
    let (errors, warnings) = (notes.count(Level::Error), notes.count(Level::Warning));
    let exit = if errors == 0 { Exit::Done } else { Exit::No };
    if context.json() {
        json_line(&Told { sound: errors == 0, errors, warnings, notes: &notes.0 })?;
        return Ok(exit);
    }
    let (talk, zh) = (context.talk(), context.lang() == crate::words::Lang::Zh);
    for note in &notes.0 {
        let words = if zh { &note.message_zh } else { &note.message };
        match note.level {
            Level::Info if talk.quiet => {}
            Level::Info => print(&format!("ok: {}\n", shown(words)))?,
            Level::Warning if talk.quiet => {}
            Level::Warning => talk.line("warning", words),
            Level::Error => talk.line("error", words),
        }
        let hint = if zh { &note.hint_zh } else { &note.hint };
        if let Some(hint) = hint.as_ref().filter(|_| note.level == Level::Error || !talk.quiet) {
            talk.line("hint", hint);
        }
    }
    let summary = text!("{errors} errors, {warnings} warnings", "{errors} 个错误，{warnings} 个警告");
    print(&format!("{}\n", summary.to(context.lang())))?;
    Ok(exit)
}
