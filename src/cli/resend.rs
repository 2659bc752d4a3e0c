//! `bankferry resend`: two people let the very same bytes be sent once more.

use clap::Args;
use serde::Serialize;

use super::decide::{not_now, nothing_here};
use super::desk::Desk;
use super::pair::{Rights, Stage, propose_or_confirm_facts, say_proposed, with_fallen};
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{Act, Event, OutboundState, Purpose, Records, Rows};
use crate::route::decide::{self, Matter, open_proposal, outbound_digest};
use crate::text;

/// Sends the very same bytes once more, after the bank has said that it has nothing
///
/// Only for a file of payments that is unknown or unconfirmed, or of which the bank rejected every payment as not
/// received; never where the ERP has asked for one of them again. The message id and every byte stay the same, so that
/// the bank can tell a duplicate. The first call proposes; the same call by another person, with the same reference,
/// confirms. It goes in the bank's next window. An answer about the first file that comes meanwhile, or a statement
/// that shows a payment of it, stops it; `bankferry cancel` takes it back, and the file is in doubt as before.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry resend O20261123-0001 --reference \"TKT-4711\" --reason \"bank: never arrived\" --as otto
  bankferry resend O20261123-0001 --reference \"TKT-4711\" --reason \"asked again, same word\" --as anna")]
pub struct Resend {
    /// The file for a bank (`O…`)
    #[arg(value_name = "ID")]
    id: String,
    /// The bank's reference of its word that it has nothing
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// Why
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
    reference: &'a str,
    by: &'a str,
    proposed_by: &'a str,
    possible_duplicate: bool,
}

impl Run for Resend {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let mut journal = desk.journal()?;
        let person = Person::before(&desk.config, &journal, self.who.as_deref())?;
        let (id, reference) = (self.id.as_str(), self.reference.trim());
        if reference.is_empty() || self.reason.trim().is_empty() {
            return Err(CliError::usage(text!(
                "a resend needs the bank's reference and a reason; nothing was changed",
                "重发须注明银行参考号和原因；未作任何更改"
            )));
        }
        let file = journal.outbound(id)?.ok_or_else(|| nothing_here(id))?;
        let leads = file.state.leads_to_by_resend().contains(&OutboundState::Queued);
        let rejected = file.state != OutboundState::Answered || journal.is_rejected(id)?;
        let may = file.purpose == Purpose::Payments && leads && rejected;
        let Some(bytes) = file.payload().filter(|_| may).map(|kept| kept.sha256.clone()) else {
            let wanted = text!(
                "sent once more: only a file of payments is that is unknown, unconfirmed or rejected as a whole",
                "重发：仅状态未知、未确认或被整体拒绝的付款文件可重发"
            );
            let error = not_now(id, file.state.word(), file.state.word_zh(), wanted);
            return Err(with_fallen(&desk, &journal, id, error));
        };
        if let Some(batch) = journal.asked_again(id)? {
            return Err(asked_again(id, &batch));
        }
        let reason = person.reason(self.reason.trim());
        let matter = Matter {
            what: Act::Resend,
            case: file.case.clone(),
            subject: file.id.clone(),
            digest: outbound_digest(&file, reference),
            reason: reason.clone(),
            reference: Some(reference.to_string()),
        };
        let rights = Rights { proposes: &[Right::Operate, Right::Resolve], confirms: Right::Resolve };
        let event = Event::Resent { reference: reference.to_string(), reason, sha256: bytes };
        let told = match open_proposal(&journal, &matter, desk.now())? {
            Some(_) => desk.for_erp(&person.name).own_word(&mut journal, &file, &event)?,
            None => Vec::new(),
        };
        let facts = [decide::fact(&matter, &person.name, event)].into_iter().chain(told).map(|fact| (fact, Rows::None));
        match propose_or_confirm_facts(&desk, &mut journal, &person, &rights, &matter, |_| facts.collect())? {
            Stage::Proposed(expires) => {
                let command = format!("bankferry resend {id} --reference \"{reference}\" --reason TEXT");
                say_proposed(context, &desk, &person, &matter, &expires, &command)?;
            }
            Stage::Done(proposal) if context.json() => {
                let (was, by, proposed_by) = (file.state.word(), person.name.as_str(), proposal.proposed_by.as_str());
                json_line(&Told { id, event: "resent", was, reference, by, proposed_by, possible_duplicate: true })?;
            }
            Stage::Done(_) => {
                let party = &file.party;
                context.talk().say(&text!(
                    "`{id}` is sent to `{party}` once more, the same bytes, marked as a possible duplicate",
                    "`{id}` 将以相同内容再次发往 `{party}`，标记为可能重复"
                ));
                context.talk().hint(&text!("follow it with `bankferry show {id}`", "用 `bankferry show {id}` 跟踪"));
            }
        }
        Ok(Exit::Done)
    }
}

fn asked_again(id: &str, batch: &str) -> CliError {
    CliError::no(text!(
        "the ERP has asked for a payment of `{id}` again in `{batch}`: sent once more, it could be paid twice",
        "ERP 已在 `{batch}` 中再次要求支付 `{id}` 中的付款：重发可能导致重复付款"
    ))
    .hint(text!(
        "`bankferry show {batch}`; refuse or cancel one of the two",
        "`bankferry show {batch}`；请拒绝或撤回其中之一"
    ))
}
