//! What is said of entries that a person must look at: what happened, whether money has moved, what to do.

use super::{Bundle, Candidate, Effect, Match, Phase};
use crate::document::{Amount, Counterparty, Entry, Indicator};
use crate::finding::{Finding, Place};
use crate::text;
use crate::words::Text;

/// Where the entry stands.
pub(super) fn place(entry: &Entry) -> Place {
    Place::path(format!("entry {}", entry.seq))
}

/// A booking of a payment that had come to another end.
pub(super) fn had_ended(candidate: &Candidate, entry: &Entry) -> Finding {
    let (id, amount, currency) = (name_of(candidate), entry.amount, entry.currency);
    let message = match candidate.phase {
        Phase::TakenBack => text!(
            "the bank had taken payment `{id}` back, and its statement shows that {currency} {amount} left: the money \
             has moved and is not back",
            "银行曾退回付款 `{id}`，但其对账单显示 {currency} {amount} 已划出：资金已划转且尚未退回"
        ),
        _ => text!(
            "payment `{id}` had been cancelled or rejected, and the statement shows that {currency} {amount} left: the \
             money has moved",
            "付款 `{id}` 已被撤销或拒绝，但对账单显示 {currency} {amount} 已划出：资金已划转"
        ),
    };
    let hint = text!("ask the bank before the payment is made again", "重新付款前请先向银行确认");
    Finding::warning("booked-after-its-end", place(entry), message).hint(hint)
}

fn name_of(candidate: &Candidate) -> &str {
    candidate.end_to_end_id.as_deref().unwrap_or("?")
}

fn ask_for_it_back() -> Text {
    text!(
        "ask the bank at once whether it paid twice, and for the money back; do not pay anything anew meanwhile",
        "请立即向银行查询是否重复付款并要求退回；在此期间请勿重新付款"
    )
}

/// A second entry for what one had told: money that left twice, or came back twice.
pub(super) fn told_twice(candidate: &Candidate, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    if is_collection(candidate) {
        return collected_twice(candidate, amount, entry);
    }
    if entry.indicator == candidate.indicator.reversed() {
        let message = text!(
            "entry {seq} books payment `{id}` a second time: another {currency} {amount} has left the account",
            "第 {seq} 笔账目再次记入付款 `{id}`：账户又划出 {currency} {amount}"
        );
        return Finding::warning("booked-twice", place(entry), message).hint(ask_for_it_back());
    }
    let message = text!(
        "entry {seq} brings payment `{id}` back a second time: another {currency} {amount} has come that is not ours",
        "第 {seq} 笔账目再次退回付款 `{id}`：又收到不属于我方的 {currency} {amount}"
    );
    let hint = text!("ask the bank about it; keep the money apart", "请向银行查询，并单独保管该款项");
    Finding::warning("returned-twice", place(entry), message).hint(hint)
}

/// Whether the payment collects money: what comes in books it, and what goes out takes it back.
fn is_collection(candidate: &Candidate) -> bool {
    candidate.indicator == Indicator::Debit
}

/// A collection that came, or was taken back, a second time.
fn collected_twice(candidate: &Candidate, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let (message, hint) = match entry.indicator == candidate.indicator.reversed() {
        true => (
            text!(
                "entry {seq} brings collection `{id}` a second time: another {currency} {amount} has come that is not \
                 ours",
                "第 {seq} 笔账目再次记入代收 `{id}`：又收到不属于我方的 {currency} {amount}"
            ),
            text!("ask the bank about it; keep the money apart", "请向银行查询，并单独保管该款项"),
        ),
        false => (
            text!(
                "entry {seq} takes collection `{id}` back a second time: another {currency} {amount} has left the \
                 account",
                "第 {seq} 笔账目再次退回代收 `{id}`：账户又划出 {currency} {amount}"
            ),
            text!("ask the bank at once for the money back", "请立即向银行要求退回该款项"),
        ),
    };
    Finding::warning("collection-twice", place(entry), message).hint(hint)
}

/// A collection of which the statement told another amount than was ordered.
fn collected_otherwise(m: &Match, told: Amount, entry: &Entry) -> Finding {
    let (id, ours, currency) = (name_of(&m.candidate), m.candidate.amount, m.candidate.currency);
    let (message, hint) = match m.effect == Effect::Returned {
        true => (
            text!(
                "of collection `{id}`, {currency} {ours}, the bank takes {told} back: the sums are not the same",
                "代收 `{id}` 金额为 {currency} {ours}，银行退回付款人 {told}：两者不一致"
            ),
            text!(
                "see in the bank's advice whether the difference is its charge for the return; the collection counts \
                 as returned",
                "请对照银行回单核实差额是否为退款手续费；该代收计为已退回"
            ),
        ),
        false => (
            text!(
                "collection `{id}` is of {currency} {ours}, and the statement shows that {told} came",
                "代收 `{id}` 金额为 {currency} {ours}，对账单显示收到 {told}"
            ),
            text!(
                "ask the bank about the difference: a charge, or somebody's mistake; do not collect the rest before",
                "请向银行查询差额（手续费或差错）；查清之前请勿补收"
            ),
        ),
    };
    Finding::warning("collection-amount-differs", place(entry), message).hint(hint)
}

/// A payment of one account whose money the bank took from another.
pub(super) fn on_another_account(candidate: &Candidate, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let ours = candidate.account.as_deref().unwrap_or("?");
    let message = text!(
        "entry {seq} takes {currency} {amount} for payment `{id}` from another account than `{ours}`, which was to \
         pay: the money has moved",
        "第 {seq} 笔账目为付款 `{id}` 划出 {currency} {amount}，但账户并非应付款的 `{ours}`：资金已划转"
    );
    let hint = text!(
        "ask the bank at once why, and whether it pays from the other account too; do not pay anything anew meanwhile",
        "请立即向银行查询原因，并确认是否还会从应付账户再次付款；在此期间请勿重新付款"
    );
    Finding::warning("booked-on-another-account", place(entry), message).hint(hint)
}

/// A booking under a payment's id in a currency that is not its own, without the amount that was ordered.
pub(super) fn in_another_currency(candidate: &Candidate, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let (ours, of) = (candidate.amount, candidate.currency);
    let message = text!(
        "entry {seq} moves {currency} {amount} under the id of payment `{id}`, {of} {ours}, and does not tell that \
         this was ordered: it is not taken for the payment",
        "第 {seq} 笔账目以付款 `{id}`（{of} {ours}）的编号变动 {currency} {amount}，但未说明原指令金额：不视为该付款"
    );
    let hint = text!(
        "see in the bank's advice whether it exchanged the payment's amount, then match the entry by hand",
        "请对照银行回单核实是否为该付款的购汇或结汇，再人工匹配"
    );
    Finding::warning("entry-currency-differs", place(entry), message).hint(hint)
}

/// Money that came, or was taken back, under a payment's id, and that nothing proves to be the payment's.
pub(super) fn no_return(candidate: &Candidate, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let message = text!(
        "entry {seq} moves {currency} {amount} back under the id of payment `{id}`, and nothing in it says that it is \
         a return: it is not taken for one, the payment stays as it is",
        "第 {seq} 笔账目以付款 `{id}` 的编号反向变动 {currency} {amount}，但并未表明是退款：不视为退票，付款状态不变"
    );
    let hint = text!(
        "see whose money it is; if the bank confirms that it is the payment's return, match the entry by hand; do not \
         pay anew before",
        "请核实该款项归属；如银行确认是该付款的退款，请人工匹配；在此之前请勿重新付款"
    );
    Finding::warning("credit-is-no-return", place(entry), message).hint(hint)
}

/// The payee as the bank names it.
pub(super) fn told_as(told: &Counterparty) -> String {
    let account = told.account.as_ref().map(|account| account.to_string());
    told.name.iter().cloned().chain(account).collect::<Vec<_>>().join(", ")
}

/// The payee as it was ordered.
pub(super) fn ordered_as(candidate: &Candidate) -> String {
    let parts = [candidate.counterparty_name.as_deref(), candidate.counterparty_account.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A booking of a payment that names another account than was ordered.
pub(super) fn to_another(candidate: &Candidate, told: &Counterparty, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let (told, ordered) = (told_as(told), ordered_as(candidate));
    let message = text!(
        "entry {seq} books {currency} {amount} for payment `{id}`, ordered for `{ordered}`, and names `{told}`: the \
         money went to another account than ordered",
        "第 {seq} 笔账目为付款 `{id}` 记入 {currency} {amount}，指令收款方为 `{ordered}`，账目所列为 `{told}`：\
         资金付至指令以外的账户"
    );
    let hint = text!(
        "ask the bank at once whom it paid, and compare with the archived file; do not pay anything anew meanwhile",
        "请立即向银行查询实际收款方，并与归档文件核对；在此期间请勿重新付款"
    );
    Finding::warning("booked-to-another", place(entry), message).hint(hint)
}

/// A collection or card of somebody else under a payment's id and amount.
pub(super) fn taken_by_another(candidate: &Candidate, told: &Counterparty, amount: Amount, entry: &Entry) -> Finding {
    let (id, currency, seq) = (name_of(candidate), entry.currency, entry.seq);
    let (told, ordered) = (told_as(told), ordered_as(candidate));
    let message = text!(
        "entry {seq} takes {currency} {amount} under the id of payment `{id}`, ordered for `{ordered}`, and by its \
         code and its other side, `{told}`, is not the payment: it is not taken for it",
        "第 {seq} 笔账目以付款 `{id}`（指令收款方 `{ordered}`）的编号划出 {currency} {amount}，但其代码及对方 `{told}` \
         表明并非该付款：不视为该付款"
    );
    let hint = text!(
        "find out at once who collects from the account; the payment stays open until its own entry comes",
        "请立即查明由谁扣款；该付款在其自身账目到来之前保持未达"
    );
    Finding::warning("taken-under-our-id", place(entry), message).hint(hint)
}

/// A payment of which the statement told another amount than was ordered.
pub(super) fn amount_differs(m: &Match, told: Amount, entry: &Entry) -> Finding {
    let (id, ours, currency) = (name_of(&m.candidate), m.candidate.amount, m.candidate.currency);
    if is_collection(&m.candidate) {
        return collected_otherwise(m, told, entry);
    }
    if m.effect == Effect::Returned {
        let message = text!(
            "of payment `{id}`, {currency} {ours}, the bank brings {told} back: the sums are not the same",
            "付款 `{id}` 金额为 {currency} {ours}，银行退回 {told}：两者不一致"
        );
        let hint = text!(
            "ask the bank what it kept or added before the payment is made again",
            "重新付款前请先向银行查询差额原因"
        );
        return Finding::warning("returned-amount-differs", place(entry), message).hint(hint);
    }
    let message = text!(
        "payment `{id}` is of {currency} {ours}, and the statement shows that {told} left: the money has moved",
        "付款 `{id}` 金额为 {currency} {ours}，对账单显示划出 {told}：资金已划转"
    );
    let hint = text!(
        "ask the bank about the difference: a charge, or somebody's mistake; do not pay the rest before",
        "请向银行查询差额（手续费或差错）；查清之前请勿补付"
    );
    Finding::warning("entry-amount-differs", place(entry), message).hint(hint)
}

/// A group or file that was booked in one sum is booked in that sum once more.
pub(super) fn sum_again(entry: &Entry, bundle: &Bundle) -> Finding {
    let (seq, amount, currency) = (entry.seq, entry.amount, entry.currency);
    let id = id_of(bundle);
    let message = text!(
        "entry {seq} books the payments of `{id}` that are booked already: {currency} {amount} may have left twice",
        "第 {seq} 笔账目再次记入 `{id}` 中已入账的付款：{currency} {amount} 可能已划出两次"
    );
    Finding::warning("booked-twice", place(entry), message).hint(ask_for_it_back())
}

/// A sum that names a group or file of ours and brings money back: of which payments nobody knows.
pub(super) fn sum_back(entry: &Entry, bundle: &Bundle) -> Finding {
    let (seq, id, amount, currency) = (entry.seq, id_of(bundle), entry.amount, entry.currency);
    let message = text!(
        "entry {seq} brings {currency} {amount} of `{id}` back in one sum: of which payments is not said, all stay as \
         they are",
        "第 {seq} 笔账目合计退回 `{id}` 的 {currency} {amount}：未说明对应哪些付款，各付款状态不变"
    );
    let hint = text!(
        "ask the bank which payments came back, match the entry by hand, and do not pay anew before",
        "请向银行确认退回哪些付款并人工匹配；在此之前请勿重新付款"
    );
    Finding::warning("sum-brought-back", place(entry), message).hint(hint)
}

/// A sum that names a group or file whose payments come to another; `moved` where it is no charge of the bank's.
pub(super) fn sum_differs(entry: &Entry, bundle: &Bundle, moved: bool) -> Finding {
    let (seq, id) = (entry.seq, id_of(bundle));
    let message = text!(
        "entry {seq} names `{id}`, whose open payments have another sum or count",
        "第 {seq} 笔账目指向 `{id}`，但其未入账付款的合计或笔数不符"
    );
    let hint = text!("ask the bank which payments it booked in the sum", "请向银行确认该笔合计包含哪些付款");
    let rule = if moved { "booked-sum-differs" } else { "entry-sum-differs" };
    Finding::warning(rule, place(entry), message).hint(hint)
}

/// A booking of what never left.
pub(super) fn never_sent(entry: &Entry) -> Finding {
    let (seq, amount, currency) = (entry.seq, entry.amount, entry.currency);
    let message = text!(
        "entry {seq} books {currency} {amount} of a payment that was never sent from here: the money has moved",
        "第 {seq} 笔账目记入 {currency} {amount}，对应的付款从未由本系统发出：资金已划转"
    );
    let hint = text!(
        "find out at once who sent it: a second installation, or a stranger",
        "请立即查明发送者：另一套系统或他人"
    );
    Finding::warning("booked-without-sending", place(entry), message).hint(hint)
}

/// An entry that fits several payments.
pub(super) fn ambiguous(many: u64, entry: &Entry) -> Finding {
    let seq = entry.seq;
    let message = text!("entry {seq} fits {many} payments equally well", "第 {seq} 笔账目同时符合 {many} 笔付款");
    let hint = text!("match it by hand with the bank's advice", "请对照银行回单人工匹配");
    Finding::warning("entry-ambiguous", place(entry), message).hint(hint)
}

fn id_of(bundle: &Bundle) -> &str {
    bundle.group_id.as_ref().or(bundle.message_id.as_ref()).map_or("?", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Memory, debit, paid, rules, with_id};
    use super::*;

    #[test]
    fn what_happens_to_a_collection_is_said_of_a_collection() {
        let collected = Candidate { indicator: Indicator::Debit, ..paid("D1", "20") };
        let comes = |seq, amount| with_id(Entry { indicator: Indicator::Credit, ..debit(seq, amount) }, "D1");
        let ledger = Memory(vec![collected.clone()]);
        assert_eq!(rules(&ledger, &[comes(1, "19")]), ["collection-amount-differs"]);
        assert_eq!(rules(&ledger, &[comes(1, "20"), comes(2, "20")]), ["collection-twice"]);
        let amount = collected.amount;
        let again = told_twice(&collected, amount, &debit(2, "20")).message;
        assert!(again.en.contains("has left the account") && again.zh.contains("划出"), "{again:?}");
    }
}
