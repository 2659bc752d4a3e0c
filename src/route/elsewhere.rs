//! What a bank says of payments that have not left here: somebody else has sent them, so they must not leave by
//! themselves.

use super::fence::Fence;
use crate::config::Verdict;
use crate::finding::{Finding, Place};
use crate::journal::{Batch, Event, Fact, JournalError, Likeness, Outbound, Purpose, Records, SqliteJournal};
use crate::text;
use crate::words::Text;

pub use crate::journal::EXECUTED_ELSEWHERE as REASON;

/// Why one is held whose payments came to be like earlier ones after it was released.
pub const ALIKE: &str = Likeness::Payment.rule();

/// Why one is held that a control file contradicts which came late.
pub const CONTRADICTED: &str = "contradicted-control";

/// What people must know before they let a batch go that the control file of this name contradicts.
pub fn contradicted(control: &str, against: &Finding) -> Finding {
    let Text { en, zh } = &against.message;
    let message = text!(
        "the control file `{control}` came after the file was taken, and contradicts it: {en}",
        "控制文件 `{control}` 在文件收取之后到达，且与之矛盾：{zh}"
    );
    let hint = text!(
        "ask who made the file which of both is right; where it is the control file, refuse the batch",
        "请向制作者核实何者正确；若控制文件正确，请拒绝该批次"
    );
    Finding::error(CONTRADICTED, Place::default(), message).hint(hint)
}

/// The same as an incident; `is_here`: nothing of the batch has left.
pub fn contradicted_words(control: &str, file: &str, batch: &str, against: &Finding, is_here: bool) -> Text {
    let Text { en, zh } = &against.message;
    if is_here {
        return text!(
            "`{control}` came after its file `{file}` was taken, and contradicts it ({en}): batch `{batch}` waits for \
             a person",
            "`{control}` 在其文件 `{file}` 收取之后到达，且与之矛盾（{zh}）：批次 `{batch}` 待人工判定"
        );
    }
    text!(
        "`{control}` came after its file `{file}` was taken, and contradicts it ({en}): batch `{batch}` HAS LEFT for \
         the bank; have what is wrong of it stopped there at once",
        "`{control}` 在其文件 `{file}` 收取之后到达，且与之矛盾（{zh}）：批次 `{batch}` 已发往银行，请立即要求银行拦截有误的付款"
    )
}

/// What people must know before they let such a batch go; `told_by` is the bank's file.
pub fn finding(told_by: &str) -> Finding {
    let message = text!(
        "`{told_by}` of the bank speaks of payments in it, and nothing of it has left here: another installation, or a \
         stranger, may have sent it",
        "银行的 `{told_by}` 提及其中的付款，而本系统尚未发出：可能已由另一套系统或他人发出"
    );
    Finding::error(REASON, Place::default(), message).hint(ask())
}

/// The same where the bank spoke while it was not known whether an attempt of ours had reached it.
pub fn not_ours() -> Finding {
    let message = text!(
        "the bank speaks of payments in it, and the attempt to send it left nothing there: another installation, or a \
         stranger, may have sent it",
        "银行已提及其中的付款，而我方的发送尝试未在银行留下任何内容：可能已由另一套系统或他人发出"
    );
    Finding::error(REASON, Place::default(), message).hint(ask())
}

fn ask() -> Text {
    text!(
        "ask the bank what it has carried out; releasing it now may pay twice",
        "请向银行核实已执行的付款；此时放行可能造成重复付款"
    )
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
        Event::Noticed { findings } => {
            let is = |rule: &&&str| findings.iter().any(|finding| finding.rule == ***rule);
            [REASON, CONTRADICTED].iter().find(is).copied()
        }
        Event::Suspected { suspicion, verdict } => {
            (suspicion.likeness == Likeness::Payment && verdict != Verdict::Pass.word()).then_some(ALIKE)
        }
        _ => None,
    }
}
