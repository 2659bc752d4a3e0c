//! `bankferry refuse`: a person's no.

use clap::Args;

use super::decide::{Decision, Room, Verdict, holds, not_now, nothing_here};
use super::pair::{may_take_back, taken_back_in_doubt};
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{BatchState, Event, InboundState, Records};
use crate::route::elsewhere;
use crate::text;

/// Refuses batches that have not left, and duplicate files; ends what waits for a refused file of a bank
///
/// The ERP is told in a refusal file, with the reason. A bank's file that could not be used waits for a person until it
/// is released, to be read once more, or refused, because it is dealt with. Nothing that has a number for its bank can
/// be refused any more: see `bankferry cancel`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bankferry refuse B20261123-0001 --as anna --reason \"wrong value date\"")]
pub struct Refuse {
    #[command(flatten)]
    decision: Decision,
}

impl Run for Refuse {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        self.decision.each(context, one)
    }
}

fn one(room: &Room<'_>, id: &str) -> Result<Verdict, CliError> {
    if let Some(batch) = room.journal.batch(id)? {
        let in_doubt = elsewhere::may_have_sent_batch(&room.journal, &batch)?;
        may_take_back(room, in_doubt)?;
        if !batch.state.leads_to().contains(&BatchState::Refused) {
            return Err(not_now(id, batch.state.word(), batch.state.word_zh(), text!("refused", "拒绝")));
        }
        let event = Event::Refused { findings: Vec::new(), reason: Some(room.needed_reason()?) };
        if in_doubt {
            return taken_back_in_doubt(room, batch, event, "refuse");
        }
        let (party, held) = (&batch.party, holds(&batch.totals));
        let (en, zh) = (held.en, held.zh);
        return Ok(Verdict {
            case: batch.inbound.clone(),
            first: Vec::new(),
            event,
            was: batch.state.word(),
            said: text!(
                "`{id}` is refused: {en}; nothing of it has left, no money has moved; `{party}` is told",
                "`{id}` 已拒绝：{zh}；未发出任何内容，资金未划转；将告知 `{party}`"
            ),
            totals: Some(batch.totals),
            next: None,
        });
    }
    room.may(Right::Operate)?;
    let file = room.journal.inbound(id)?.ok_or_else(|| nothing_here(id))?;
    let of_bank = room.desk.config.party(&file.party).is_some_and(|party| party.is_bank());
    let is_refused = file.state == InboundState::Refused && of_bank;
    if !is_refused && !matches!(file.state, InboundState::Duplicate | InboundState::Held) {
        return Err(not_now(id, file.state.word(), file.state.word_zh(), text!("refused by a person", "由人工拒绝")));
    }
    let party = &file.party;
    let said = match file.state {
        InboundState::Held => {
            room.may(Right::Resolve)?;
            text!(
                "`{id}` of `{party}` is dropped: what was told before stays; it is kept in the archive",
                "`{party}` 的 `{id}` 已弃用：此前所述不变；文件保留在归档中"
            )
        }
        InboundState::Refused => text!(
            "`{id}` of `{party}` is dealt with: it stays refused and kept in the archive, and nobody is reminded of it",
            "`{party}` 的 `{id}` 已处理完毕：仍为已拒绝，保留在归档中，不再提醒"
        ),
        _ => text!(
            "`{id}` is refused as a duplicate; no money has moved through it; `{party}` is told",
            "`{id}` 作为重复文件已拒绝；未因其划转资金；将告知 `{party}`"
        ),
    };
    Ok(Verdict {
        case: id.to_string(),
        first: Vec::new(),
        event: Event::Refused { findings: Vec::new(), reason: Some(room.needed_reason()?) },
        was: file.state.word(),
        totals: None,
        said,
        next: None,
    })
}
