//! Answers: what each code of the bank's means to us, and what we tell an ERP.

use super::block::{Block, code, codes, marked, table};
use crate::document::{NamedBy, STATUS_CODES};
use crate::format::layout::declare::RecordKind;
use crate::format::layout::item::{Binding, Item};
use crate::format::layout::{Carries, Plan};
use crate::journal::PaymentState;
use crate::matching::Verdict;
use crate::route::paper::state_of;
use crate::template::{PartyKind, Template};
use crate::text;
use crate::words::Text;

/// A code of the bank's and what it stands for.
pub(super) struct Answer {
    /// The code, or the line of a section.
    pub code: String,
    /// Where it stands.
    pub place: Text,
    /// The ISO 20022 code that it stands for; empty for none.
    pub iso: String,
    /// What that says of a payment.
    pub verdict: Verdict,
}

impl Answer {
    fn new(code: impl Into<String>, place: &Text, iso: impl Into<String>) -> Answer {
        let iso = iso.into();
        Answer { code: code.into(), place: place.clone(), verdict: Verdict::of_code(&iso), iso }
    }

    /// A word of a field; one that stands for nothing is no answer.
    fn word((word, iso): &(String, String), place: &Text) -> Answer {
        let answer = Answer::new(word, place, iso);
        if iso.is_empty() { Answer { verdict: Verdict::Pending, ..answer } } else { answer }
    }

    /// Whether it is a word beside a status that says nothing of the payment by itself.
    pub fn is_silent(&self) -> bool {
        self.iso.is_empty() && self.verdict == Verdict::Pending
    }
}

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("answers and states", "回执与状态")));
    match template.kind {
        PartyKind::Bank => bank(template, blocks),
        PartyKind::Erp => erp(template, blocks),
    }
}

fn bank(template: &Template, blocks: &mut Vec<Block>) {
    let answers = answers(template);
    blocks.push(Block::Words(source(template)));
    let rows = answers.iter().map(|answer| {
        let verdict = answer.verdict;
        let iso = if answer.iso.is_empty() { text!("none", "无") } else { code(&answer.iso) };
        let level = if answer.is_silent() { silent() } else { level(verdict) };
        vec![code(&answer.code), answer.place.clone(), iso, level, becomes(verdict)]
    });
    let names = [
        ("the bank's code", "银行代码"),
        ("where", "所在位置"),
        ("ISO 20022", "ISO 20022"),
        ("level", "级别"),
        ("the payment is then", "付款状态变为"),
    ];
    let rows: Vec<Vec<Text>> = rows.collect();
    if !rows.is_empty() {
        blocks.push(table(names, rows));
    }
    // How a line finds its payment is said of files whose lines are known.
    let known = template.layout.is_empty() || template.layout.get(Carries::Status).is_some();
    blocks.push(Block::List(rules(known.then_some(template.inward.answers_by))));
}

/// Where answers come from.
fn source(template: &Template) -> Text {
    let nacha = template.payments.format == "nacha";
    match (template.layout.get(Carries::Status).is_some(), template.layout.is_empty()) {
        (true, _) => text!(
            "the result file says what became of each payment; its words mean:",
            "结果文件说明每笔付款的结果，其用语含义如下："
        ),
        (false, false) => text!(
            "this template knows no result file of the bank's: until a statement or a person tells, payments stay \
             `sent`. Where the bank gives one, describe it as `[layout.status]` before the first payment; pain.002 is \
             read as it is",
            "本模板没有银行的结果文件：在对账单或人工确认之前，付款保持 `sent`（已发送）。若银行提供结果文件，请在首笔付款之前以 `[layout.status]` 描述；\
             pain.002 可直接读取"
        ),
        (false, true) if nacha => text!(
            "the bank tells only what comes back: returns and notifications of change, which mean:",
            "银行仅告知退回与变更通知，其含义如下："
        ),
        (false, true) => text!(
            "the bank answers with pain.002, for the file, a group or a payment; its codes mean:",
            "银行以 pain.002 应答，可针对文件、付款组或单笔；其代码含义如下："
        ),
    }
}

/// Every code that the template, or the standard, knows.
pub(super) fn answers(template: &Template) -> Vec<Answer> {
    let everywhere = text!("any answer (`[status]`)", "任何回执（`[status]`）");
    let mut all: Vec<Answer> = template.status.iter().map(|(own, iso)| Answer::new(own, &everywhere, iso)).collect();
    let rest = match template.layout.get(Carries::Status) {
        Some(plan) => of_layout(plan),
        None if template.payments.format == "nacha" => returns(),
        None if !template.layout.is_empty() => Vec::new(),
        None => {
            let place = Text::same("`GrpSts`, `PmtInfSts`, `TxSts`");
            STATUS_CODES.iter().map(|iso| Answer::new(*iso, &place, *iso)).collect()
        }
    };
    // What `[status]` says of a code goes before.
    all.extend(rest.into_iter().filter(|answer| template.status.iter().all(|(own, _)| own != answer.code)));
    all
}

/// The words of a result file: the maps of its status fields, and its sections.
fn of_layout(plan: &Plan) -> Vec<Answer> {
    let mut all = Vec::new();
    for (_, record) in &plan.layout.record.0 {
        if let (RecordKind::Section, Some(iso)) = (record.kind, &record.status) {
            let place = text!("line of a section, for all payments behind it", "分段行，适用于其后所有付款");
            all.extend(record.text.iter().map(|text| Answer::new(text, &place, iso)));
        }
        for field in &record.fields {
            let beside = marked(&field.name);
            let place = text!(
                "field {beside}, beside the status: a success only where both say so, `unknown` for other words",
                "字段 {beside}，与状态共同决定：均为成功才算成功，其他用语按未知处理"
            );
            all.extend(field.says.iter().flat_map(|words| &words.0).map(|pair| Answer::word(pair, &place)));
            let Some(Binding::Known(item @ (Item::Status | Item::GroupStatus))) = &field.item else { continue };
            let name = marked(&field.name);
            let place = match item {
                Item::GroupStatus => text!("field {name}, for the whole file", "字段 {name}，适用于整个文件"),
                _ => text!("field {name}, for a payment", "字段 {name}，适用于单笔付款"),
            };
            all.extend(field.map.0.iter().map(|pair| Answer::word(pair, &place)));
        }
    }
    all
}

/// What NACHA's addenda say.
fn returns() -> Vec<Answer> {
    let returned = text!("addenda `99`: a return", "附加记录 `99`：退回");
    let changed = text!("addenda `98`: a notification of change", "附加记录 `98`：变更通知");
    vec![
        Answer::new("R01–R60, R78–R99", &returned, "RJCT"),
        Answer::new("R61–R77", &returned, ""),
        Answer::new("C01–C99", &changed, "ACWC"),
    ]
}

/// The level of a word that says nothing of the payment by itself.
pub(super) fn silent() -> Text {
    text!("none by itself: the status decides", "本身不表示结果：以状态为准")
}

/// The level of an answer: received, accepted, executed, or an end.
pub(super) fn level(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Received => text!("received: the bank has it", "received：银行已收到"),
        Verdict::Pending => text!("none yet: the bank has not decided", "尚无：银行未作决定"),
        Verdict::Accepted => text!("accepted: the bank took it on", "accepted：银行已受理"),
        Verdict::Executed => text!("executed: the bank says that it is done", "executed：银行称已执行"),
        Verdict::Rejected | Verdict::Returned => text!("end: the bank refused it", "终态：银行拒绝"),
        Verdict::Partial => text!("none: the payments' own lines tell", "无：以单笔行为准"),
        Verdict::Unknown => text!("none: nobody explained it", "无：含义不明"),
    }
}

/// The state that a payment has after an answer.
pub(super) fn becomes(verdict: Verdict) -> Text {
    match state_of(verdict) {
        Some(state) => {
            let (en, zh) = (state.word(), state.word_zh());
            text!("`{en}`", "`{en}` {zh}")
        }
        None => text!("as before", "不变"),
    }
}

/// How a line that answers is led to its payment.
fn named(by: NamedBy) -> Text {
    match by {
        NamedBy::Id => text!(
            "each line repeats the end-to-end id of its payment; a line without one changes nothing",
            "每行须返回付款的业务编号；无编号的行不改变任何状态"
        ),
        NamedBy::Row => text!(
            "a line without an end-to-end id gives back the row number of our file, with the same account and amount; \
             the name of the result holds our message id or the id in our file's name",
            "无业务编号的行返回上传文件的序号，账号与金额须一致；结果文件名须含原报文标识或原文件名中的编号"
        ),
        NamedBy::Payee => text!(
            "a line without an end-to-end id is matched by the payee's account, name and amount; equal payments are \
             counted, and told unknown where their answers differ; the name of the result holds our message id or the \
             id in our file's name",
            "无业务编号的行按收款账号、户名、金额对应；相同付款按笔数，结果不一时均为未知；结果文件名须含原报文标识或原文件名中的编号"
        ),
    }
}

fn rules(by: Option<NamedBy>) -> Vec<Text> {
    let mut rules = vec![
        text!(
            "any other code becomes `unknown`: never success, never failure; codes are compared letter by letter",
            "任何其他代码一律成为 `unknown`（状态未知）：既不算成功，也不算失败；代码逐字比较"
        ),
        text!(
            "a payment that is `unknown` is never sent again by the program; \
             an answer, a statement or a person ends it",
            "状态为 `unknown` 的付款绝不由程序重发；由回执、对账单或人工了结"
        ),
        text!(
            "an answer that says the same again changes nothing; \
             a refusal after `executed` makes the payment `returned` and alarms",
            "重复的回执不起作用；`executed` 之后的拒绝使付款成为 `returned` 并报警"
        ),
        text!(
            "a success may still become a return: a later answer, or an entry of the statement",
            "成功之后仍可能退票：后续回执或对账单明细"
        ),
    ];
    rules.extend(by.map(named));
    rules
}

/// What an ERP is told, and in which words.
fn erp(template: &Template, blocks: &mut Vec<Block>) {
    let outputs = &template.outputs;
    let list = |formats: &Vec<String>| codes(formats);
    let rows = vec![
        (text!("answers about its payments", "付款结果"), list(&outputs.status)),
        (text!("statements", "对账单"), list(&outputs.statement)),
        (text!("files of its own that were refused", "被拒绝的 ERP 文件"), list(&outputs.refusal)),
        (text!("reconciliation of each statement", "对账结果"), list(&outputs.reconciliation)),
        (text!("index of electronic receipts", "电子回单索引"), list(&outputs.receipts)),
    ];
    blocks.push(Block::Words(text!("the ERP takes these files, in these formats:", "ERP 接收以下文件及格式：")));
    blocks.push(super::block::facts(rows));
    blocks.push(Block::Words(text!("a payment's state in these files is one of:", "文件中付款状态的取值：")));
    let states = PaymentState::ALL.iter().map(|state| {
        let meaning = match state {
            PaymentState::Unknown => {
                text!("nobody can prove whether the bank has it: do not pay it again", "无法证明银行是否收到：不得重付")
            }
            PaymentState::Refused => text!(
                "a rule or a person refused it before it left: correct it and give it again",
                "发出前被规则或人员拒绝：更正后重新提交"
            ),
            PaymentState::Rejected => {
                text!("the bank refused it: it may be given again under a new id", "银行拒绝：可用新编号重新提交")
            }
            PaymentState::Returned => {
                text!("the money came back: it may be given again under a new id", "款项退回：可用新编号重新提交")
            }
            PaymentState::Cancelled => text!("taken back before it left", "发出前已撤销"),
            PaymentState::Booked => text!("a statement shows it", "对账单已列示"),
            PaymentState::Executed => text!("the bank says that it is done", "银行称已执行"),
            PaymentState::Accepted => text!("the bank took it on", "银行已受理"),
            _ => text!("on its way", "处理中"),
        };
        let word = state.word();
        let zh = state.word_zh();
        vec![text!("`{word}`", "`{word}` {zh}"), meaning]
    });
    blocks.push(table([("state", "状态"), ("meaning", "含义")], states.collect()));
}
