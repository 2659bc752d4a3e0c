//! What people are told of a bank's word that is against another word, against what was sent, or against itself.

use super::Incident;
use crate::finding::Finding;
use crate::journal::{IncidentKind, Outbound, PaymentState};
use crate::text;
use crate::words::Text;

/// A refusal that the bank itself contradicts is unknown: it may be paid, and asked for anew meanwhile.
pub(super) fn contradiction(about: &Text, said: PaymentState) -> Incident {
    let Text { en, zh } = about;
    let what = match said {
        PaymentState::Accepted => text!(
            "the bank says that it has taken on {en} although it was said before that it had not: whether money moves \
             is unknown; do not pay anew until it explains",
            "此前称未受理的{zh}，银行又称已受理：资金是否划转不明，在银行解释之前请勿再次付款"
        ),
        _ => text!(
            "the bank says that it has carried out {en} although it was said before that it had not: whether money \
             has moved is unknown; do not pay anew until it explains",
            "此前称未执行的{zh}，银行又称已执行：资金是否划转不明，在银行解释之前请勿再次付款"
        ),
    };
    Incident { kind: IncidentKind::Contradiction, what }
}

/// What was noticed, with what to do about it.
pub(super) fn noticed(finding: Finding, kind: IncidentKind) -> Incident {
    let (Text { en, zh }, hint) = (finding.message, finding.hint.unwrap_or_default());
    Incident { kind, what: Text { en: format!("{en}: {}", hint.en), zh: format!("{zh}：{}", hint.zh) } }
}

/// A word about a whole file or group whose own numbers are against it, or against what was sent.
pub(super) fn disbelief(id: &str, moved: usize, said: &str) -> Incident {
    if moved == 0 {
        let what = text!(
            "the bank says `{said}` of payments of `{id}`, with counts or sums that contradict this or what was sent: \
             it is not believed, and they stay as they were; compare the archived file with what the bank has",
            "银行称 `{id}` 中的付款为 `{said}`，但其笔数或金额与此或与发出的文件矛盾：不予采信，\
             付款状态保持不变；请将归档文件与银行收到的文件核对"
        );
        return Incident { kind: IncidentKind::Answer, what };
    }
    let what = text!(
        "the bank says `{said}` of payments of `{id}`, with counts or sums that contradict this or what was sent: \
         it is believed neither way, and what became of {moved} payments is unknown; compare the archived file with \
         what the bank has, and pay nothing anew before it explains",
        "银行称 `{id}` 中的付款为 `{said}`，但其笔数或金额与此或与发出的文件矛盾：两种说法均不采信，\
         {moved} 笔付款结果不明；请将归档文件与银行收到的文件核对，在银行解释之前请勿再次付款"
    );
    Incident { kind: IncidentKind::Contradiction, what }
}

/// A bank speaks of a file that a person had stated as not sent.
pub(super) fn has_it_after_all(file: &Outbound) -> Incident {
    let id = &file.id;
    let what = text!(
        "the bank speaks of `{id}`, which was stated as not sent: it has it, and money may move; find out at once \
         whether its payments were asked for anew, and have one of both stopped",
        "银行提及了曾被判定为未送达的 `{id}`：银行已收到，资金可能划转；请立即查明其付款是否已重新提交，并止付其一"
    );
    Incident { kind: IncidentKind::Contradiction, what }
}

/// Success is never taken back silently: a person sees whether the money is back.
pub(super) fn late_rejection(about: &Text) -> Incident {
    let Text { en, zh } = about;
    let what = text!(
        "the bank takes back {en} after it had carried it out: money may have left; see whether it came back before \
         anything is paid anew",
        "银行在执行之后又退回或拒绝了{zh}：资金可能已划出，重新付款前请核实是否已退回"
    );
    Incident { kind: IncidentKind::TakenBack, what }
}
