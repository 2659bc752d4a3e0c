//! Saying that the bank has a batch which never became a file here: another copy, or another hand, has sent it.

use serde::Serialize;

use super::{Given, give_word};
use crate::cli::decide::{holds, not_now};
use crate::cli::desk::Desk;
use crate::cli::person::Person;
use crate::cli::print::json_line;
use crate::cli::{CliError, Exit};
use crate::config::Environment;
use crate::journal::{Act, Batch, BatchState, Event, IdKind, Journal, NewFact, SqliteJournal};
use crate::route::decide::{Matter, batch_digest};
use crate::route::{elsewhere, number};
use crate::text;
use crate::words::Text;

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    /// What stands for the file that another hand has sent.
    file: &'a str,
    event: &'static str,
    was: &'static str,
    sent: bool,
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<&'a str>,
}

/// States that the bank has the batch, or proposes it where two must say so.
pub(super) fn resolve(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    batch: &Batch,
    sent: bool,
    reason: String,
) -> Result<Exit, CliError> {
    may_be_resolved(journal, batch, sent)?;
    let (id, context) = (batch.id.as_str(), desk.context);
    let matter = Matter {
        what: Act::ResolveSent,
        case: batch.inbound.clone(),
        subject: batch.id.clone(),
        digest: batch_digest(&desk.config, batch),
        reason: reason.clone(),
        reference: None,
    };
    let two = desk.config.environment == Environment::Production;
    let mut file = String::new();
    let made = |journal: &mut SqliteJournal| {
        let facts;
        (file, facts) = self::facts(desk, journal, person, batch, reason)?;
        Ok(facts)
    };
    let Some(Given { proposed_by }) = give_word(desk, journal, person, &matter, two, made)? else {
        return Ok(Exit::Done);
    };
    if context.json() {
        let (was, by, proposed_by) = (batch.state.word(), person.name.as_str(), proposed_by.as_deref());
        json_line(&Told { id, file: &file, event: "resolved", was, sent, by, proposed_by })?;
        return Ok(Exit::Done);
    }
    let (bank, name, Text { en, zh }) = (&batch.bank, &person.name, holds(&batch.totals));
    context.talk().say(&text!(
        "`{id}` ({en}) is with `{bank}` by the word of `{name}`, sent by another hand: its money moves there; it is \
         never sent from here, and `{file}` stands for the file that is not ours",
        "按 `{name}` 的判定，`{id}`（{zh}）已由他方发往 `{bank}`：资金由其划转；本系统不再发送，以 `{file}` 代表该文件"
    ));
    Ok(Exit::Done)
}

/// Only of what another hand may have sent, and only that it was: what was not is released or taken back.
fn may_be_resolved(journal: &SqliteJournal, batch: &Batch, sent: bool) -> Result<(), CliError> {
    let id = &batch.id;
    let open = matches!(batch.state, BatchState::Checked | BatchState::Held | BatchState::Released);
    if !open || !elsewhere::may_have_sent_batch(journal, batch)? {
        let wanted = text!(
            "resolved: only a batch without a file is that another hand may have sent",
            "人工判定：仅尚无文件且可能已由他方发出的批次可判定"
        );
        return Err(not_now(id, batch.state.word(), batch.state.word_zh(), wanted));
    }
    if sent {
        return Ok(());
    }
    Err(CliError::no(text!(
        "nothing of `{id}` has left here, so where the bank has it not either it simply waits; nothing was changed",
        "`{id}` 未从本系统发出；若银行也未收到，则其仍在等待；未作任何更改"
    ))
    .hint(text!(
        "`bankferry release {id}` lets it go, `bankferry cancel {id}` takes it back",
        "`bankferry release {id}` 予以放行，`bankferry cancel {id}` 予以撤回"
    )))
}

/// What stands for the file of another hand, and the word about it.
fn facts(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    batch: &Batch,
    reason: String,
) -> Result<(String, Vec<NewFact>), CliError> {
    let Some(bank) = desk.config.party(&batch.bank) else {
        let bank = &batch.bank;
        return Err(CliError::no(text!(
            "`{bank}` is not configured: put it back first; nothing was changed",
            "`{bank}` 未配置：请先恢复；未作任何更改"
        )));
    };
    let file = journal.next_id(IdKind::Outbound, desk.day(desk.now()))?;
    let about =
        |event| NewFact { actor: person.name.clone(), case: batch.inbound.clone(), subject: file.clone(), event };
    let numbering = number::elsewhere(bank, batch, desk.now());
    let facts = vec![about(Event::LeftElsewhere(Box::new(numbering))), about(Event::Resolved { sent: true, reason })];
    Ok((file, facts))
}
