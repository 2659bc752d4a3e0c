//! Ending the doubt of one payment, of a file that its bank has.

use serde::Serialize;

use super::{Given, give_word};
use crate::cli::decide::not_now;
use crate::cli::desk::Desk;
use crate::cli::person::Person;
use crate::cli::print::{amount, json_line};
use crate::cli::{CliError, Exit};
use crate::config::Environment;
use crate::journal::{
    Act, BookingRecord, Event, NewFact, OutboundState, PaymentRecord, PaymentState, Records, SqliteJournal,
};
use crate::route::decide::{self, Matter, payment_digest};
use crate::route::paper::resolution_output;
use crate::route::reconcile::{file_of, payment_name};
use crate::text;

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_to_end_id: Option<&'a str>,
    event: &'static str,
    was: &'static str,
    state: PaymentState,
    sent: bool,
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<&'a str>,
}

/// States a person's word about a payment, or proposes it where two must say so.
pub(super) fn resolve(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    payment: &PaymentRecord,
    sent: bool,
    reason: String,
) -> Result<Exit, CliError> {
    let (name, context) = (payment_name(payment), desk.context);
    may_be_resolved(journal, payment, &name)?;
    let state = state_after(journal, payment, sent)?;
    let matter = matter(journal, payment, &name, sent, reason.clone())?;
    let two = desk.config.environment == Environment::Production;
    let event = Event::PaymentResolved { sent, state, reason };
    let facts = |journal: &mut SqliteJournal| {
        let mut facts = vec![decide::fact(&matter, &person.name, event)];
        facts.extend(told_to_erp(desk, journal, person, payment, &name)?);
        Ok(facts)
    };
    let Some(Given { proposed_by }) = give_word(desk, journal, person, &matter, two, facts)? else {
        return Ok(Exit::Done);
    };
    if context.json() {
        let (end_to_end_id, by, was) = (payment.end_to_end_id.as_deref(), person.name.as_str(), payment.state.word());
        let proposed_by = proposed_by.as_deref();
        json_line(&Told { id: &name, end_to_end_id, event: "payment-resolved", was, state, sent, by, proposed_by })?;
        return Ok(Exit::Done);
    }
    say(desk, payment, &name, state, person);
    Ok(Exit::Done)
}

/// Only a payment that is unknown by itself is ended alone; the others of an unknown file would stay in doubt.
fn may_be_resolved(journal: &SqliteJournal, payment: &PaymentRecord, name: &str) -> Result<(), CliError> {
    if payment.state != PaymentState::Unknown {
        let wanted = text!("resolved: only an unknown payment is", "人工判定：仅状态未知的付款可判定");
        return Err(not_now(name, payment.state.word(), payment.state.word_zh(), wanted));
    }
    let file = file_of(journal, payment)?;
    let Some(file) = file.filter(|file| file.state == OutboundState::Unknown) else { return Ok(()) };
    let id = &file.id;
    Err(CliError::no(text!(
        "`{name}` is in `{id}`, which is unknown as a whole; nothing was changed",
        "`{name}` 属于 `{id}`，该文件整体状态未知；未作任何更改"
    ))
    .hint(text!(
        "ask the bank about the file, then `bankferry resolve {id} --sent` or `--not-sent`",
        "请先向银行核实该文件，再用 `bankferry resolve {id} --sent` 或 `--not-sent`"
    )))
}

/// What the word makes of the payment; an error where a statement shows the contrary.
fn state_after(journal: &SqliteJournal, payment: &PaymentRecord, sent: bool) -> Result<PaymentState, CliError> {
    let shown = journal.bookings_of(payment.row)?;
    let left = shown.iter().find(|booking| booking.shows_that_it_left());
    let back = shown.iter().any(|booking| booking.back);
    PaymentState::resolved(sent, left.is_some(), back).ok_or_else(|| {
        let name = payment_name(payment);
        let statement = left.map(|booking: &BookingRecord| booking.statement.as_str()).unwrap_or_default();
        CliError::no(text!(
            "`{statement}` shows that money of `{name}` has left, so it cannot be not sent; nothing was changed",
            "`{statement}` 显示 `{name}` 的资金已划出，不能判定为未送达；未作任何更改"
        ))
        .hint(text!(
            "the statement on which the money comes back ends it; where the bank keeps a part, say `--sent`",
            "资金退回的对账单将了结此付款；若银行已付其中一部分，请用 `--sent`"
        ))
    })
}

fn matter(
    journal: &SqliteJournal,
    payment: &PaymentRecord,
    name: &str,
    sent: bool,
    reason: String,
) -> Result<Matter, CliError> {
    let moved = journal.payment_steps(payment.row)?.last().map(|step| step.seq);
    let case = journal.batch(&payment.batch)?.map(|batch| batch.inbound).unwrap_or_default();
    Ok(Matter {
        what: if sent { Act::ResolveSent } else { Act::ResolveNotSent },
        case,
        subject: name.to_string(),
        digest: payment_digest(payment, moved),
        reason,
        reference: None,
    })
}

/// The status files that tell the payment's ERP.
fn told_to_erp(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    payment: &PaymentRecord,
    name: &str,
) -> Result<Vec<NewFact>, CliError> {
    let Some(batch) = journal.batch(&payment.batch)? else { return Ok(Vec::new()) };
    let Some(erp) = desk.config.party(&batch.party) else { return Ok(Vec::new()) };
    let mut facts = Vec::new();
    for format in &erp.template.outputs.status {
        let output = resolution_output(journal, &erp.name, name, format)?;
        let numbered = desk.for_erp(&person.name).number(journal, &output, &batch.inbound)?;
        facts.extend(numbered.map(|(_, fact)| fact));
    }
    Ok(facts)
}

fn say(desk: &Desk<'_>, payment: &PaymentRecord, name: &str, state: PaymentState, person: &Person) {
    let (by, talk) = (&person.name, desk.context.talk());
    let sum = format!("{} {}", payment.currency, amount(payment.amount));
    talk.say(&match state {
        PaymentState::Sent => text!(
            "`{name}` ({sum}) is with the bank by the word of `{by}`: its money moves there; it is never sent again",
            "按 `{by}` 的判定，`{name}`（{sum}）已在银行处：资金由其划转；不会再次发送"
        ),
        PaymentState::Booked => text!(
            "`{name}` ({sum}) is booked by the word of `{by}`: a statement shows its money leaving",
            "按 `{by}` 的判定，`{name}`（{sum}）已入账：对账单显示其资金已划出"
        ),
        PaymentState::Returned => text!(
            "`{name}` ({sum}) is returned by the word of `{by}`: a statement shows money of it coming back",
            "按 `{by}` 的判定，`{name}`（{sum}）已退票：对账单显示其资金已退回"
        ),
        _ => text!(
            "`{name}` ({sum}) is not with the bank by the word of `{by}`: it moves no money and is never sent again",
            "按 `{by}` 的判定，银行未受理 `{name}`（{sum}）：不会因其划转资金；不会再次发送"
        ),
    });
    talk.hint(&match state {
        PaymentState::Cancelled | PaymentState::Returned => text!(
            "the ERP is told; if it is still wanted, it is ordered anew with an end-to-end id of its own",
            "将告知 ERP；如仍需支付，请以新的端到端编号重新提交"
        ),
        _ => text!("the ERP is told", "将告知 ERP"),
    });
}
