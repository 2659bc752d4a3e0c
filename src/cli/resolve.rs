//! `bankferry resolve`: a person ends an unknown.

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::decide::{holds, not_now, nothing_here};
use super::desk::Desk;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Environment, Right};
use crate::journal::{Event, Journal, NewFact, Outbound, OutboundState, Purpose, Records, Rows};
use crate::text;
use crate::words::Text;

/// Ends an unknown: states whether the party has a file
///
/// Ask the bank before you say so: a file that is stated as not sent may be ordered anew, and is paid twice where the
/// bank had it all the same. The program never decides this by itself and never sends the file again. In production
/// payments need a second person with the right `resolve`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").required(true).args(["sent", "not_sent"]))]
#[command(after_help = "\
Examples:
  bankferry resolve O20261123-0001 --sent --as anna --second bob --reason \"bank's reference 4711, by telephone\"
  bankferry resolve O20261123-0001 --not-sent --as anna --second bob --reason \"bank: no such file, ticket 4712\"")]
pub struct Resolve {
    /// The file for a party (`O…`)
    #[arg(value_name = "ID")]
    id: String,
    /// The party has it
    #[arg(long)]
    sent: bool,
    /// The party does not have it
    #[arg(long)]
    not_sent: bool,
    /// What shows it: the party's reference, who said it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who decides [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
    /// The second person
    #[arg(long, value_name = "NAME")]
    second: Option<String>,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    event: &'static str,
    was: &'static str,
    sent: bool,
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'a str>,
}

impl Run for Resolve {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let person = Person::of(self.who.as_deref())?;
        person.may(&desk.config, Right::Resolve)?;
        let id = self.id.as_str();
        let file = journal.outbound(id)?.ok_or_else(|| nothing_here(id))?;
        if !matches!(file.state, OutboundState::Unknown | OutboundState::Unconfirmed) {
            let wanted =
                text!("resolved: only an unknown or unconfirmed file is", "人工判定：仅状态未知或未确认的文件可判定");
            return Err(not_now(id, file.state.word(), file.state.word_zh(), wanted));
        }
        let second = self.second(&desk, &person, &file)?;
        let event = Event::Resolved { sent: self.sent, reason: self.words(&person, second.as_ref())? };
        let fact = NewFact { actor: person.name.clone(), case: file.case.clone(), subject: id.into(), event };
        journal.append(desk.now(), vec![(fact, Rows::None)])?;
        if context.json() {
            let second = second.as_ref().map(|s| s.name.as_str());
            let (was, by) = (file.state.word(), person.name.as_str());
            json_line(&Told { id, event: "resolved", was, sent: self.sent, by, second })?;
        } else {
            self.say(context, &file, &person);
        }
        Ok(Exit::Done)
    }
}

impl Resolve {
    /// The second person; needed for payments in production.
    fn second(&self, desk: &Desk<'_>, first: &Person, file: &Outbound) -> Result<Option<Person>, CliError> {
        let needed = desk.config.environment == Environment::Production && file.purpose == Purpose::Payments;
        let Some(name) = self.second.as_deref() else {
            if !needed {
                return Ok(None);
            }
            return Err(CliError::no(text!(
                "in production two people end an unknown of payments; nothing was changed",
                "生产环境中，付款文件的未知状态须由两人判定；未作任何更改"
            ))
            .hint(text!("name the other with `--second NAME`", "请用 `--second 姓名` 指明另一人")));
        };
        let second = Person::of(Some(name))?;
        if second.name == first.name {
            return Err(CliError::no(text!(
                "`{name}` cannot be both people; nothing was changed",
                "`{name}` 不能同时作为两人；未作任何更改"
            )));
        }
        second.may(&desk.config, Right::Resolve)?;
        Ok(Some(second))
    }

    /// The reason as the journal keeps it.
    fn words(&self, person: &Person, second: Option<&Person>) -> Result<String, CliError> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(CliError::usage(text!(
                "say what shows it: `--reason TEXT`; nothing was changed",
                "请说明依据：`--reason 文字`；未作任何更改"
            )));
        }
        let with_second = second.map_or_else(|| reason.to_string(), |s| format!("{reason} [second person {}]", s.name));
        Ok(person.reason(&with_second))
    }

    fn say(&self, context: &Context, file: &Outbound, person: &Person) {
        let (id, party, name) = (&file.id, &file.party, &person.name);
        let held = file.totals.as_ref().map(holds).unwrap_or_default();
        let Text { en, zh } = held;
        let (en, zh) = if en.is_empty() { (en, zh) } else { (format!(" ({en})"), format!("（{zh}）")) };
        let talk = context.talk();
        if self.sent {
            talk.say(&text!(
                "`{id}`{en} is with `{party}` by the word of `{name}`: its money moves there; it is never sent again",
                "按 `{name}` 的判定，`{id}`{zh} 已在 `{party}` 处：资金由其划转；不会再次发送"
            ));
            return;
        }
        talk.say(&text!(
            "`{id}`{en} is not with `{party}` by the word of `{name}`: it moves no money and is never sent again",
            "按 `{name}` 的判定，`{party}` 未收到 `{id}`{zh}：不会因其划转资金；不会再次发送"
        ));
        if file.purpose == Purpose::Payments {
            talk.hint(&text!(
                "the ERP is told; payments that are still wanted are ordered anew with end-to-end ids of their own",
                "将告知 ERP；仍需支付的款项请以新的端到端编号重新提交"
            ));
        }
    }
}
