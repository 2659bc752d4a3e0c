//! `bankferry config`: which configuration is in force, what changed, and whether two officers let it send.

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::pair::{Rights, Stage, propose_or_confirm, say_proposed};
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Right, changed_parts};
use crate::journal::{Act, Event, Records};
use crate::route::decide::{CONFIG, Matter, is_confirmed, waits_for_officers};
use crate::text;

/// Shows the configuration's digest and what changed; with `--confirm` lets it send
///
/// With `[security] config_needs_officers = true`, and in production wherever two people are officers, nothing is
/// sent to a bank under a changed configuration until two people with the right `configure` have confirmed it: the
/// first call proposes, the same call by another confirms.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry config
  bankferry config --confirm --as olga --reason \"new limits, ticket 12\"")]
pub struct ConfigCommand {
    /// Propose the configuration as it is now, or confirm what another officer proposed
    #[arg(long, requires = "reason")]
    confirm: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decides [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
}

/// The configuration as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    digest: &'a str,
    confirmed: bool,
    needs_officers: bool,
    /// Parts that differ from what the program last ran with.
    changed: Vec<String>,
}

impl Run for ConfigCommand {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        if self.confirm {
            return self.confirm(context, &desk);
        }
        let digest = desk.config.digest();
        let (mut confirmed, mut changed) = (false, Vec::new());
        if let Some(records) = desk.records_so_far()? {
            confirmed = is_confirmed(&records, &digest)?;
            let ran_with = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
                Event::ConfigChanged { parts, .. } => Some(parts),
                _ => None,
            });
            changed = ran_with.map(|parts| changed_parts(&parts, &desk.config.parts)).unwrap_or_default();
        }
        let mut needs_officers = desk.config.needs_officers();
        if let Some(records) = desk.records_so_far()? {
            needs_officers |= waits_for_officers(&desk.config, &records)?;
        }
        if context.json() {
            json_line(&Told { digest: &digest, confirmed, needs_officers, changed })?;
            return Ok(Exit::Done);
        }
        let talk = context.talk();
        talk.say(&text!("the configuration is {digest}", "配置摘要为 {digest}"));
        if !changed.is_empty() {
            let parts = changed.join(", ");
            talk.say(&text!("changed since the program last started: {parts}", "自程序上次启动以来的变更：{parts}"));
        }
        match (needs_officers, confirmed) {
            (_, true) => talk.say(&text!("two officers have confirmed it", "已由两名安全员确认")),
            (true, false) => talk.warning(&text!(
                "nothing is sent to banks until two officers confirm it: `bankferry config --confirm --reason TEXT`",
                "在两名安全员确认之前不向银行发送：`bankferry config --confirm --reason 文字`"
            )),
            (false, false) => {}
        }
        Ok(Exit::Done)
    }
}

impl ConfigCommand {
    fn confirm(&self, context: &Context, desk: &Desk<'_>) -> Result<Exit, CliError> {
        let mut journal = desk.journal()?;
        let person = Person::of(&desk.config, self.who.as_deref())?;
        let digest = desk.config.digest();
        if is_confirmed(&journal, &digest)? {
            context.talk().say(&text!("two officers have confirmed it already", "已由两名安全员确认"));
            return Ok(Exit::Done);
        }
        let matter = Matter {
            what: Act::Config,
            case: CONFIG.into(),
            subject: CONFIG.into(),
            digest,
            reason: person.reason(self.reason.as_deref().unwrap_or_default().trim()),
            reference: None,
        };
        let rights = Rights { proposes: &[Right::Configure], confirms: Right::Configure };
        match propose_or_confirm(desk, &mut journal, &person, &rights, &matter, |_| Vec::new())? {
            Stage::Proposed(expires) => {
                let command = "bankferry config --confirm --reason TEXT";
                say_proposed(context, desk, &person, &matter, &expires, command)?;
            }
            Stage::Done(_) => context.talk().say(&text!(
                "two officers have confirmed the configuration: files to banks go out under it",
                "配置已由两名安全员确认：可据此向银行发送文件"
            )),
        }
        Ok(Exit::Done)
    }
}
