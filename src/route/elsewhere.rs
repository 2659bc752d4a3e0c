//! What a bank says of payments that have not left here: somebody else has sent them, so they must not leave by
//! themselves.

use super::fence::Fence;
use crate::config::Verdict;
use crate::finding::{Finding, Place};
use crate::journal::{Batch, Event, Fact, JournalError, Likeness, Outbound, Purpose, Records, SqliteJournal};
use crate::text;

/// Why a batch is held, or its file stopped: its bank speaks of it although it has not left here.
pub const REASON: &str = "executed-elsewhere";
/// Why one is held whose payments came to be like earlier ones after it was released.
pub const ALIKE: &str = Likeness::Payment.rule();

/// What people must know before they let such a batch go; `told_by` is the bank's file.
pub fn finding(told_by: &str) -> Finding {
    let message = text!(
        "`{told_by}` of the bank speaks of payments in it, and nothing of it has left here: another installation, or a \
         stranger, may have sent it",
        "银行的 `{told_by}` 提及其中的付款，而本系统尚未发出：可能已由另一套系统或他人发出"
    );
    let hint = text!(
        "ask the bank what it has carried out; releasing it now may pay twice",
        "请向银行核实已执行的付款；此时放行可能造成重复付款"
    );
    Finding::error(REASON, Place::default(), message).hint(hint)
}

/// Why a batch must not leave by what came to be known after it was last released, with the number of the fact that
/// says so.
pub fn warned(facts: &[Fact], batch: &Batch) -> Option<(&'static str, u64)> {
    let of_batch = facts.iter().rev().filter(|fact| fact.subject == batch.id);
    let after = of_batch.take_while(|fact| !matches!(fact.event, Event::Released { .. }));
    after.into_iter().find_map(|fact| warning(&fact.event).map(|reason| (reason, fact.seq)))
}

/// Whether another hand may have sent a file of payments that has not left here: its bank speaks of what it carries, or
/// it waited here when this copy was fenced.
///
/// # Errors
/// [`JournalError`].
pub fn may_have_sent(journal: &SqliteJournal, file: &Outbound) -> Result<bool, JournalError> {
    if file.purpose != Purpose::Payments || !file.state.is_before_sending() {
        return Ok(false);
    }
    if Fence::of(journal)?.found(&journal.facts_of(&file.id)?) {
        return Ok(true);
    }
    for batch in journal.carried_by(&file.id)? {
        if is_spoken_of(journal, &batch)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether another hand may have sent a batch that no file carries yet, or that a person took back.
///
/// # Errors
/// [`JournalError`].
pub fn may_have_sent_batch(journal: &SqliteJournal, batch: &Batch) -> Result<bool, JournalError> {
    Ok(Fence::of(journal)?.found(&journal.facts_of(&batch.inbound)?) || is_spoken_of(journal, batch)?)
}

fn is_spoken_of(journal: &SqliteJournal, batch: &Batch) -> Result<bool, JournalError> {
    let spoken = |fact: &Fact| warning(&fact.event) == Some(REASON);
    Ok(journal.facts_of(&batch.id)?.iter().any(spoken))
}

/// What an ERP must know of a batch of its own that was taken back here while another hand may have sent it.
pub fn to_erp() -> Finding {
    let message = text!(
        "the bank may have carried it out all the same: another installation, or a stranger, may have sent it",
        "银行仍可能已执行：可能已由另一套系统或他人发出"
    );
    let hint = text!("ask before its payments are ordered anew", "重新提交其中的付款之前，请先询问");
    Finding::error(REASON, Place::default(), message).hint(hint)
}

fn warning(event: &Event) -> Option<&'static str> {
    match event {
        Event::Noticed { findings } if findings.iter().any(|finding| finding.rule == REASON) => Some(REASON),
        Event::Suspected { suspicion, verdict } => {
            (suspicion.likeness == Likeness::Payment && verdict != Verdict::Pass.word()).then_some(ALIKE)
        }
        _ => None,
    }
}
