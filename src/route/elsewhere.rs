//! What a bank says of payments that have not left here: somebody else has sent them, so they must not leave by
//! themselves.

use crate::config::Verdict;
use crate::finding::{Finding, Place};
use crate::journal::{Batch, Event, Fact, Likeness};
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

fn warning(event: &Event) -> Option<&'static str> {
    match event {
        Event::Noticed { findings } if findings.iter().any(|finding| finding.rule == REASON) => Some(REASON),
        Event::Suspected { suspicion, verdict } => {
            (suspicion.likeness == Likeness::Payment && verdict != Verdict::Pass.word()).then_some(ALIKE)
        }
        _ => None,
    }
}
