//! `bankferry unfence`: two people let a second copy send.

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{Event, Journal, NewFact, Oversight, Rows, Standing};
use crate::route::fence;
use crate::text;

/// Lets a second copy send: the first person proposes, another agrees
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
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<&'a str>,
    fenced: bool,
    epoch: u64,
}

impl Run for Unfence {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let person = Person::of(&desk.config, self.who.as_deref())?;
        person.may(&desk.config, Right::Resolve)?;
        let standing = journal.standing()?.filter(|standing| standing.fenced.is_some()).ok_or_else(|| {
            CliError::no(text!(
                "this installation is not fenced; nothing was changed",
                "本安装未处于恢复模式；未作任何更改"
            ))
        })?;
        if self.reason.trim().is_empty() {
            return Err(CliError::usage(text!(
                "say why it is safe: `--reason TEXT`; nothing was changed",
                "请说明理由：`--reason 文字`；未作任何更改"
            )));
        }
        let reason = person.reason(self.reason.trim());
        let first = standing.proposed_by.as_deref();
        if first == Some(person.name.as_str()) {
            let name = &person.name;
            return Err(CliError::no(text!(
                "`{name}` has said so already; another person must agree; nothing was changed",
                "`{name}` 已提议过；须由另一人同意；未作任何更改"
            )));
        }
        let event = match first {
            None => Event::UnfenceProposed { reason },
            Some(_) => Event::Unfenced { machine: fence::machine_id(), reason },
        };
        let word = event.word();
        let fact = NewFact { actor: person.name.clone(), case: String::new(), subject: "installation".into(), event };
        journal.append(desk.now(), vec![(fact, Rows::None)])?;
        if context.json() {
            let (by, epoch) = (person.name.as_str(), standing.epoch);
            json_line(&Told { event: word, by, proposed_by: first, fenced: first.is_none(), epoch })?;
        } else {
            say(context, &person, &standing);
        }
        Ok(Exit::Done)
    }
}

fn say(context: &Context, person: &Person, standing: &Standing) {
    let (talk, name) = (context.talk(), &person.name);
    match &standing.proposed_by {
        None => {
            talk.say(&text!(
                "`{name}` says that this copy may send; nothing is sent before another person agrees",
                "`{name}` 提议恢复发送；另一人同意之前不发送任何文件"
            ));
            talk.hint(&text!(
                "another person runs `bankferry unfence --as NAME --reason TEXT`",
                "由另一人运行 `bankferry unfence --as 姓名 --reason 文字`"
            ));
        }
        Some(first) => {
            talk.say(&text!(
                "`{first}` and `{name}` let this copy send again; no money has moved by that",
                "`{first}` 与 `{name}` 已同意本副本恢复发送；此举本身不划转资金"
            ));
            talk.hint(&text!(
                "batches and files from before the fence still wait, one by one: `bankferry status`",
                "隔离之前的批次和文件仍逐个等待放行：`bankferry status`"
            ));
        }
    }
}
