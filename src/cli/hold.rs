//! `bankferry hold`: stops a batch before it is numbered for its bank.

use clap::Args;

use super::decide::{Decision, Room, Verdict, holds, not_now, nothing_here};
use super::{CliError, Context, Exit, Run};
use crate::config::Right;
use crate::journal::{BatchState, Event, Records};
use crate::text;

/// Stops released batches before they are numbered for their bank
///
/// Whoever holds a batch by hand does not release it again: that takes another person.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bankferry hold B20261123-0001 --as anna --reason \"asking the ERP's people\"")]
pub struct Hold {
    #[command(flatten)]
    decision: Decision,
}

impl Run for Hold {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        self.decision.each(context, one)
    }
}

fn one(room: &Room<'_>, id: &str) -> Result<Verdict, CliError> {
    room.may(Right::Operate)?;
    let batch = room.journal.batch(id)?.ok_or_else(|| nothing_here(id))?;
    // What it is held for already stays what it is.
    if batch.state == BatchState::Held || !batch.state.leads_to().contains(&BatchState::Held) {
        let error = not_now(id, batch.state.word(), batch.state.word_zh(), text!("held", "拦下"));
        return Err(match batch.state {
            BatchState::Numbered => error.hint(text!(
                "`bankferry cancel {id}` tells whether its file can still be taken back",
                "`bankferry cancel {id}` 可告知其文件能否撤回"
            )),
            _ => error,
        });
    }
    let held = holds(&batch.totals);
    let (en, zh) = (held.en, held.zh);
    Ok(Verdict {
        case: batch.inbound.clone(),
        first: Vec::new(),
        event: Event::Held { reasons: vec![room.needed_reason()?] },
        was: batch.state.word(),
        said: text!("`{id}` is held: {en}; no money has moved", "`{id}` 已拦下：{zh}；资金未划转"),
        totals: Some(batch.totals),
        next: Some(text!(
            "another person runs `bankferry release {id}` or `bankferry refuse {id}`",
            "由另一人运行 `bankferry release {id}` 或 `bankferry refuse {id}`"
        )),
    })
}
