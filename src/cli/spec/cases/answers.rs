//! Test cases about answers and statements.

use super::Case;
use super::payments::ids;
use crate::cli::spec::answers::{Answer, answers as known, becomes};
use crate::cli::spec::block::marked;
use crate::cli::spec::statements::carries;
use crate::cli::spec::windows::length;
use crate::format::layout::Carries;
use crate::format::layout::item::Item;
use crate::matching::Verdict;
use crate::template::Template;
use crate::text;
use crate::words::Text;

pub(super) fn answers(template: &Template) -> Vec<Case> {
    let mut cases: Vec<Case> = each_code(template);
    let unlisted = text!("an answer with a code that no table of this document lists", "回执代码不在本文件任何表中");
    let Text { en, zh } = becomes(Verdict::Unknown);
    cases.push(Case::new(
        unlisted,
        text!("{en}; a person is told, nothing is sent again", "{zh}；提示人工处理，绝不重发"),
    ));
    let Text { en, zh } = ids(template);
    cases.extend([
        Case::new(
            text!("an answer to one payment of several", "仅对多笔中的一笔应答"),
            text!("{en}; the others stay as they are", "{zh}；其余付款不变"),
        ),
        Case::new(
            text!("the same answer file twice", "同一回执文件两次"),
            text!("the second is held as a double, and changes nothing", "第二次按重复暂停，状态不变"),
        ),
        Case::new(
            text!("a refusal after the payment was carried out", "付款执行之后的拒绝"),
            text!("`returned`, and an alarm: see whether the money came back", "`returned` 并报警：核实资金是否退回"),
        ),
        Case::new(
            text!("an answer about a payment that is not ours", "应答并非我方的付款"),
            text!("nothing changes; an alarm: somebody may be using our name", "状态不变；报警：可能有人冒用我方名义"),
        ),
    ]);
    cases.push(missing(template));
    if carries_file_ids(template) {
        cases.push(Case::new(
            text!("an answer about a message id that we never sent", "应答我方从未发送的报文标识号"),
            text!("nothing changes; an alarm", "状态不变；报警"),
        ));
    }
    cases
}

/// What stands between codes of one meaning; no code holds it.
const JOINED: char = '\n';

/// The codes that a standard has by itself, those of one meaning in one case.
fn join_standard(all: &mut Vec<Answer>) {
    let mut at = 0;
    while at < all.len() {
        let is_like = |one: &Answer, other: &Answer| {
            one.code.split(JOINED).next() == Some(&one.iso)
                && other.code == other.iso
                && one.verdict == other.verdict
                && one.place == other.place
        };
        match (0..at).find(|before| is_like(&all[*before], &all[at])) {
            Some(before) => {
                let answer = all.remove(at);
                all[before].code.push(JOINED);
                all[before].code.push_str(&answer.code);
            }
            None => at += 1,
        }
    }
}

/// An answer with each code that the template knows.
fn each_code(template: &Template) -> Vec<Case> {
    let case = |answer: &Answer| {
        let Text { en: place_en, zh: place_zh } = &answer.place;
        let codes: Vec<String> = answer.code.split(JOINED).map(marked).collect();
        let (code, code_zh) = (codes.join(", "), codes.join("、"));
        let act = match codes.len() {
            1 => text!("an answer {code} ({place_en})", "回执 {code}（{place_zh}）"),
            _ => text!("an answer with each of {code} ({place_en})", "逐一用 {code_zh} 应答（{place_zh}）"),
        };
        let Text { en, zh } = becomes(answer.verdict);
        let seen = match answer.verdict {
            _ if answer.is_silent() => {
                text!("the payment becomes what the status beside it says", "付款状态以同行的状态为准")
            }
            Verdict::Pending | Verdict::Received | Verdict::Partial => text!("the payment stays {en}", "付款状态{zh}"),
            Verdict::Rejected => text!("{en}; the ERP is told the reason", "{zh}；原因告知 ERP"),
            _ => text!("the payment becomes {en}", "付款状态变为 {zh}"),
        };
        Case::new(act, seen)
    };
    let mut all = known(template);
    join_standard(&mut all);
    all.iter().map(case).collect()
}

/// Whether answers name the file that they are about.
fn carries_file_ids(template: &Template) -> bool {
    match template.layout.get(Carries::Status) {
        Some(plan) => carries(plan, Item::OriginalMessageId),
        None => template.layout.is_empty(),
    }
}

fn missing(template: &Template) -> Case {
    let due = &template.answers;
    let within = due.received_within.map(length);
    let by = due.accepted_by.or(due.executed_by).map(|hour| text!("by {hour}", "{hour} 之前"));
    match within.or(by) {
        Some(Text { en, zh }) => Case::new(
            text!("no answer {en}", "{zh}没有回执"),
            text!(
                "overdue is told; the payment stays `sent`; nothing is sent again",
                "提示逾期；付款仍为 `sent`；绝不重发"
            ),
        ),
        None => Case::new(
            text!("no answer at all", "始终没有回执"),
            text!("the payment stays `sent`; nothing is sent again", "付款仍为 `sent`；绝不重发"),
        ),
    }
}

pub(super) fn statements(template: &Template) -> Vec<Case> {
    let own = template.layout.get(Carries::Statement);
    let mut cases = vec![
        Case::new(
            text!(
                "a statement with entries on both sides, among them a payment of ours",
                "含借贷双向明细、其中有我方付款的对账单"
            ),
            text!(
                "the payment becomes `booked`; the others are listed as not ours",
                "该付款成为 `booked`；其余列为非本方付款"
            ),
        ),
        Case::new(
            text!("a statement without entries", "无明细的对账单"),
            text!(
                "taken, or refused as empty: agree on which the bank sends",
                "被接受，或作为空文件被拒绝：确认银行的做法"
            ),
        ),
        Case::new(
            text!("the same statement twice", "同一对账单两次"),
            text!("the second is held as a double, and changes nothing", "第二次按重复暂停，状态不变"),
        ),
        Case::new(
            text!("a payment that was booked comes back: an entry on the other side", "已入账付款退票：反向明细"),
            text!("the payment becomes `returned`, and the ERP is told", "付款成为 `returned` 并通知 ERP"),
        ),
        Case::new(
            text!("a statement of an account that nobody configured", "未配置账户的对账单"),
            text!("kept in the archive; a person is told", "存入归档；提示人工处理"),
        ),
    ];
    if own.is_none_or(|plan| carries(plan, Item::Opening) && carries(plan, Item::Closing)) {
        cases.push(Case::new(
            text!("a statement whose balances do not add up", "余额不平的对账单"),
            text!("`balance-mismatch` is told", "提示 `balance-mismatch`"),
        ));
    }
    if own.is_some_and(|plan| carries(plan, Item::Reversal)) {
        cases.push(Case::new(
            text!("an entry that takes back an earlier one", "冲正明细"),
            text!("told as a reversal, not as a new payment", "识别为冲正，而非新的付款"),
        ));
    }
    if let Some(hour) = template.statements.by {
        cases.push(Case::new(
            text!("no statement by {hour} on the next banking day", "下一银行工作日 {hour} 之前没有对账单"),
            text!("overdue is told, account by account", "按账户提示逾期"),
        ));
    }
    if template.layout.get(Carries::Receipts).is_some() {
        cases.push(Case::new(
            text!("a bundle of receipts for a payment that was booked", "已入账付款的电子回单包"),
            text!(
                "each receipt is linked to its payment and entry, and given to the ERP",
                "每张回单关联到付款和明细并交给 ERP"
            ),
        ));
    }
    cases
}
