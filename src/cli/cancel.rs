//! `bankferry cancel`: taken back before anything left.

use clap::Args;

use super::decide::{Decision, Room, Verdict, holds, not_now, nothing_here};
use super::pair::{may_take_back, taken_back_in_doubt};
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{BatchState, Event, Outbound, Records};
use crate::route::elsewhere;
use crate::text;

/// Takes back batches, or files for a party, before anything of them has left
///
/// What is being sent, or was sent, cannot be taken back here: ask the bank. A file that waits to be sent once more is
/// not, and is in doubt as it was before.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bankferry cancel B20261123-0001 --as anna --reason \"the ERP's people withdrew it\"")]
pub struct Cancel {
    #[command(flatten)]
    decision: Decision,
}

impl Run for Cancel {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        self.decision.each(context, one)
    }
}

fn one(room: &Room<'_>, id: &str) -> Result<Verdict, CliError> {
    if let Some(batch) = room.journal.batch(id)? {
        let in_doubt = elsewhere::may_have_sent_batch(&room.journal, &batch)?;
        may_take_back(room, in_doubt)?;
        if batch.state == BatchState::Numbered {
            return Err(numbered(room, id)?);
        }
        if !batch.state.leads_to().contains(&BatchState::Cancelled) {
            return Err(not_now(id, batch.state.word(), batch.state.word_zh(), text!("cancelled", "撤销")));
        }
        let event = Event::Cancelled { reason: room.needed_reason()? };
        if in_doubt {
            return taken_back_in_doubt(room, batch, event, "cancel");
        }
        let (party, held) = (&batch.party, holds(&batch.totals));
        let (en, zh) = (held.en, held.zh);
        return Ok(Verdict {
            case: batch.inbound.clone(),
            first: Vec::new(),
            event,
            was: batch.state.word(),
            said: text!(
                "`{id}` is cancelled: {en}; nothing of it has left, no money has moved; `{party}` is told",
                "`{id}` 已撤销：{zh}；未发出任何内容，资金未划转；将告知 `{party}`"
            ),
            totals: Some(batch.totals),
            next: None,
        });
    }
    room.may(Right::Operate)?;
    let file = room.journal.outbound(id)?.ok_or_else(|| nothing_here(id))?;
    let (state, party) = (file.state, &file.party);
    if file.awaits_resend() {
        return resend_taken_back(room, &file);
    }
    if !state.is_before_sending() {
        return Err(not_now(id, state.word(), state.word_zh(), text!("cancelled", "撤销")).hint(text!(
            "it may be with `{party}` already: only `{party}` can take it back now",
            "文件可能已在 `{party}` 处：现在只能由 `{party}` 撤回"
        )));
    }
    if elsewhere::may_have_sent(&room.journal, &file)? {
        return Err(may_be_there(&file));
    }
    Ok(Verdict {
        case: file.case.clone(),
        first: Vec::new(),
        event: Event::Cancelled { reason: room.needed_reason()? },
        was: state.word(),
        totals: file.totals.clone(),
        said: text!(
            "`{id}` for `{party}` is cancelled; not a byte of it has left, no money has moved",
            "发往 `{party}` 的 `{id}` 已撤销；未发出任何字节，资金未划转"
        ),
        next: None,
    })
}

/// Nothing of it has left here, and that says nothing of the bank: two people say what the bank has.
fn may_be_there(file: &Outbound) -> CliError {
    let (id, party) = (&file.id, &file.party);
    CliError::no(text!(
        "another hand may have sent `{id}` to `{party}`, so it is not simply cancelled: whether money has moved is not \
         known here; nothing was changed",
        "`{id}` 可能已由他方发往 `{party}`，不能直接撤销：资金是否已划转此处不知；未作任何更改"
    ))
    .hint(text!(
        "ask `{party}`, then `bankferry resolve {id} --sent` or `--not-sent`",
        "请向 `{party}` 核实，再用 `bankferry resolve {id} --sent` 或 `--not-sent`"
    ))
}

/// What was to be sent once more is not; whether the party has it, nobody knows as before.
fn resend_taken_back(room: &Room<'_>, file: &Outbound) -> Result<Verdict, CliError> {
    let (id, party, name) = (&file.id, &file.party, &room.person.name);
    let reason = room.needed_reason()?;
    Ok(Verdict {
        case: file.case.clone(),
        first: Vec::new(),
        event: Event::Unknown(text!("`{name}` took the resend back: {reason}", "`{name}` 撤回了重发：{reason}").into()),
        was: file.state.word(),
        totals: file.totals.clone(),
        said: text!(
            "`{id}` is not sent once more; whether `{party}` has it is UNKNOWN as before, and money may have moved",
            "`{id}` 不再重发；`{party}` 是否已收到仍为状态未知，资金可能已划转"
        ),
        next: Some(text!(
            "ask `{party}`, then `bankferry resolve {id} --sent` or `--not-sent`",
            "请向 `{party}` 核实，再用 `bankferry resolve {id} --sent` 或 `--not-sent`"
        )),
    })
}

/// A batch with a number for its bank is cancelled through the file that carries it.
fn numbered(room: &Room<'_>, id: &str) -> Result<CliError, CliError> {
    let files = room.journal.carrying(id)?;
    let error = not_now(id, BatchState::Numbered.word(), BatchState::Numbered.word_zh(), text!("cancelled", "撤销"));
    Ok(match files.last() {
        Some(file) if file.state.is_before_sending() => {
            let file = &file.id;
            error.hint(text!(
                "its file has not left yet: `bankferry cancel {file}`",
                "其文件尚未发出：`bankferry cancel {file}`"
            ))
        }
        Some(file) => {
            let (party, file) = (&file.party, &file.id);
            error.hint(text!(
                "its file `{file}` may be with `{party}` already: only `{party}` can take it back now",
                "其文件 `{file}` 可能已在 `{party}` 处：现在只能由 `{party}` 撤回"
            ))
        }
        None => error,
    })
}
