//! `bankferry resolve`: a person ends an unknown.

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::decide::{holds, not_now, nothing_here};
use super::desk::Desk;
use super::match_entry::payment_named;
use super::pair::{Rights, Stage, propose_or_confirm_facts, say_proposed, with_fallen};
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Environment, Right};
use crate::journal::{Act, Event, Journal, NewFact, Outbound, OutboundState, Purpose, Records, Rows, SqliteJournal};
use crate::route::decide::{self, Matter, open_proposal, outbound_digest};
use crate::route::elsewhere;
use crate::text;
use crate::words::Text;

mod batch;
mod payment;

/// Ends an unknown: states whether the party has a file, or the bank a payment
///
/// A file that has not left here is in doubt too, where its bank speaks of it or another copy of this installation may
/// have sent it.
///
/// Ask the bank before you say so: what is stated as not sent may be ordered anew, and is paid twice where the
/// bank had it all the same. The program never decides this by itself. In production two people end an unknown of
/// payments: the first call proposes, the same call by another person with the right `resolve` confirms.
///
/// A batch that has no file here yet is said to be sent in the same way, where another hand may have sent it: it counts
/// from then on as any batch that its bank has. One that was not sent is released, or taken back.
///
/// A payment is named by batch and place, or by its end-to-end id. It is unknown by itself where the bank has its file
/// and used a code that nobody explained, contradicted itself, or booked it in part. The ERP is told in a status file.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").required(true).args(["sent", "not_sent"]))]
#[command(after_help = "\
Examples:
  bankferry resolve O20261123-0001 --sent --as anna --reason \"bank's reference 4711, by telephone\"
  bankferry resolve O20261123-0001 --sent --as bob --reason \"seen in the bank's portal\"          the second person
  bankferry resolve O20261123-0001 --not-sent --as anna --reason \"bank: no such file, ticket 4712\"
  bankferry resolve B20261123-0001/3 --not-sent --as anna --reason \"bank: never carried out, ticket 4713\"")]
pub struct Resolve {
    /// The file for a party (`O…`), a batch (`B…`), or a payment (`B…/3`, or its end-to-end id)
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
    proposed_by: Option<&'a str>,
}

impl Run for Resolve {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let person = Person::before(&desk.config, &journal, self.who.as_deref())?;
        let id = self.id.as_str();
        let Some(file) = journal.outbound(id)? else {
            if let Some(batch) = journal.batch(id)? {
                let reason = self.words(&person)?;
                return batch::resolve(&desk, &mut journal, &person, &batch, self.sent, reason);
            }
            let Some(payment) = payment_named(&journal, id)? else { return Err(nothing_here(id)) };
            let reason = self.words(&person)?;
            return payment::resolve(&desk, &mut journal, &person, &payment, self.sent, reason);
        };
        if !is_in_doubt(&journal, &file)? {
            let wanted = text!(
                "resolved: only an unknown or unconfirmed file is, or one that another hand may have sent",
                "人工判定：仅状态未知、未确认或可能已由他方发出的文件可判定"
            );
            let error = not_now(id, file.state.word(), file.state.word_zh(), wanted);
            return Err(with_fallen(&desk, &journal, id, error));
        }
        let reason = self.words(&person)?;
        let matter = self.matter(&file, reason.clone());
        let event = Event::Resolved { sent: self.sent, reason };
        let two = desk.config.environment == Environment::Production && file.purpose == Purpose::Payments;
        let by = person.name.as_str();
        let facts = |journal: &mut SqliteJournal| {
            let told = desk.for_erp(by).own_word(journal, &file, &event)?;
            Ok([decide::fact(&matter, by, event)].into_iter().chain(told).collect())
        };
        let Some(Given { proposed_by }) = give_word(&desk, &mut journal, &person, &matter, two, facts)? else {
            return Ok(Exit::Done);
        };
        if context.json() {
            let (was, proposed_by) = (file.state.word(), proposed_by.as_deref());
            json_line(&Told { id, event: "resolved", was, sent: self.sent, by, proposed_by })?;
        } else {
            self.say(context, &file, &person);
        }
        Ok(Exit::Done)
    }
}

/// A word that counts; who proposed it, where two gave it.
struct Given {
    proposed_by: Option<String>,
}

/// States what follows from a person's word about what is in doubt, or proposes it where two must say so: `None` where
/// it is only proposed, which is said. What follows is made where the word counts.
fn give_word(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    matter: &Matter,
    two: bool,
    facts: impl FnOnce(&mut SqliteJournal) -> Result<Vec<NewFact>, CliError>,
) -> Result<Option<Given>, CliError> {
    if !two {
        person.may(&desk.config, Right::Resolve)?;
    }
    let counts = !two || open_proposal(journal, matter, desk.now())?.is_some();
    let facts = if counts { facts(journal)? } else { Vec::new() };
    let facts = facts.into_iter().map(|fact| (fact, Rows::None)).collect();
    if !two {
        journal.append(desk.now(), facts)?;
        return Ok(Some(Given { proposed_by: None }));
    }
    let rights = Rights { proposes: &[Right::Resolve, Right::Operate], confirms: Right::Resolve };
    match propose_or_confirm_facts(desk, journal, person, &rights, matter, |_| facts)? {
        Stage::Done(proposal) => Ok(Some(Given { proposed_by: Some(proposal.proposed_by) })),
        Stage::Proposed(expires) => {
            let verdict = if matter.what == Act::ResolveSent { "--sent" } else { "--not-sent" };
            let command = format!("bankferry resolve {} {verdict} --reason TEXT", matter.subject);
            say_proposed(desk.context, desk, person, matter, &expires, &command)?;
            Ok(None)
        }
    }
}

/// Whether nobody here knows if the bank has the file.
fn is_in_doubt(journal: &SqliteJournal, file: &Outbound) -> Result<bool, CliError> {
    let unknown = matches!(file.state, OutboundState::Unknown | OutboundState::Unconfirmed);
    let by_word = !file.state.leads_to_by_word().is_empty();
    Ok(unknown || by_word && elsewhere::may_have_sent(journal, file)?)
}

impl Resolve {
    fn matter(&self, file: &Outbound, reason: String) -> Matter {
        Matter {
            what: if self.sent { Act::ResolveSent } else { Act::ResolveNotSent },
            case: file.case.clone(),
            subject: file.id.clone(),
            digest: outbound_digest(file, ""),
            reason,
            reference: None,
        }
    }

    /// The reason as the journal keeps it.
    fn words(&self, person: &Person) -> Result<String, CliError> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(CliError::usage(text!(
                "say what shows it: `--reason TEXT`; nothing was changed",
                "请说明依据：`--reason 文字`；未作任何更改"
            )));
        }
        Ok(person.reason(reason))
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
