//! `bankferry unfence`: two people let a second copy send.

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::pair::{Rights, Stage, propose_or_confirm, say_proposed, with_fallen};
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{Act, Event, Oversight};
use crate::route::decide::Matter;
use crate::route::fence;
use crate::text;

/// Lets a second copy send: the first person proposes, another confirms
///
/// Before that: make sure that the other copy is dead, and ask the banks which files they have. What had not left when
/// the copy was fenced still waits for a person afterwards, file by file (`bankferry status` lists it).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry unfence --as anna --reason \"old machine is off; bank confirms files until 0042\"
  bankferry unfence --as bob --reason \"checked the same with the bank\"")]
pub struct Unfence {
    /// Who says so [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
    /// Why it is safe; it stands in the journal for ever
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    event: &'static str,
    by: &'a str,
    proposed_by: &'a str,
    fenced: bool,
    epoch: u64,
}

impl Run for Unfence {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let person = Person::before(&desk.config, &journal, self.who.as_deref())?;
        let Some(standing) = journal.standing()?.filter(|standing| standing.fenced.is_some()) else {
            let error = CliError::no(text!(
                "this installation is not fenced; nothing was changed",
                "本安装未处于恢复模式；未作任何更改"
            ));
            return Err(with_fallen(&desk, &journal, fence::SUBJECT, error));
        };
        if self.reason.trim().is_empty() {
            return Err(CliError::usage(text!(
                "say why it is safe: `--reason TEXT`; nothing was changed",
                "请说明理由：`--reason 文字`；未作任何更改"
            )));
        }
        let (reason, machine) = (person.reason(self.reason.trim()), fence::machine_id()?);
        let matter = Matter {
            what: Act::Unfence,
            case: String::new(),
            subject: fence::SUBJECT.into(),
            digest: fence::digest(&standing, &machine),
            reason: reason.clone(),
            reference: None,
        };
        let rights = Rights { proposes: &[Right::Resolve], confirms: Right::Resolve };
        let event = Event::Unfenced { machine, reason };
        let stage = propose_or_confirm(&desk, &mut journal, &person, &rights, &matter, |_| vec![event])?;
        if matches!(stage, Stage::Done(_)) {
            // From here on this copy's own position is what the next start believes.
            fence::mark(&desk.config.archive(), &journal)?;
        }
        match stage {
            Stage::Proposed(expires) => {
                say_proposed(context, &desk, &person, &matter, &expires, "bankferry unfence --reason TEXT")?;
            }
            Stage::Done(proposal) if context.json() => {
                let (by, proposed_by) = (person.name.as_str(), proposal.proposed_by.as_str());
                json_line(&Told { event: "unfenced", by, proposed_by, fenced: false, epoch: standing.epoch })?;
            }
            Stage::Done(proposal) => say(context, &proposal.proposed_by, &person.name),
        }
        Ok(Exit::Done)
    }
}

fn say(context: &Context, first: &str, name: &str) {
    context.talk().say(&text!(
        "`{first}` and `{name}` let this copy send again; no money has moved by that",
        "`{first}` 与 `{name}` 已同意本副本恢复发送；此举本身不划转资金"
    ));
    context.talk().hint(&text!(
        "batches and files from before the fence still wait, one by one: `bankferry status`",
        "隔离之前的批次和文件仍逐个等待放行：`bankferry status`"
    ));
}
