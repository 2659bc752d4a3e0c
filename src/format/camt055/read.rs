//! Reading: elements to a cancellation request.

use std::sync::LazyLock;

use crate::document::{Cancellation, CancellationEnd, Part, PaymentCancellation, Reason};
use crate::format::ReadError;
use crate::format::xml::message::{Context, Handler};
use crate::format::xml::paths::Paths;
use crate::text;

/// What an element of a cancellation request means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    MessageId,
    Created,
    Initiator,
    Agent,
    Count,
    Sum,
    Underlying,
    OriginalMessageId,
    OriginalMessageName,
    Whole,
    Group,
    GroupId,
    WholeGroup,
    Payment,
    Id,
    InstructionId,
    EndToEndId,
    Amount,
    Date,
    Reason,
    ReasonCode,
    ReasonInfo,
}

const REASON: &[(&str, Field)] = &[
    ("", Field::Reason),
    ("Rsn/Cd", Field::ReasonCode),
    ("Rsn/Prtry", Field::ReasonCode),
    ("AddtlInf", Field::ReasonInfo),
];

/// A bank that asks for another.
const SENDING_BANK: &[(&str, Field)] =
    &[("BICFI", Field::Initiator), ("BIC", Field::Initiator), ("Nm", Field::Initiator)];

/// Who is asked.
const RECEIVER: &[(&str, Field)] = &[
    ("Agt/FinInstnId/BICFI", Field::Agent),
    ("Agt/FinInstnId/BIC", Field::Agent),
    ("Agt/FinInstnId/ClrSysMmbId/MmbId", Field::Agent),
    ("Agt/FinInstnId/Othr/Id", Field::Agent),
    ("Pty/Id/OrgId/AnyBIC", Field::Agent),
    ("Pty/Id/OrgId/BICOrBEI", Field::Agent),
    ("Pty/Nm", Field::Agent),
];

fn paths() -> Paths<Field> {
    let mut p = Paths::new();
    p.add("Assgnmt/Id", Field::MessageId);
    p.add("Assgnmt/CreDtTm", Field::Created);
    p.add("Assgnmt/Assgnr/Pty/Nm", Field::Initiator);
    p.block("Assgnmt/Assgnr/Agt/FinInstnId", SENDING_BANK, |field| field);
    p.block("Assgnmt/Assgne", RECEIVER, |field| field);
    p.add("CtrlData/NbOfTxs", Field::Count);
    p.add("CtrlData/CtrlSum", Field::Sum);
    p.inside(&["Undrlyg"]);
    p.add("", Field::Underlying);
    p.add("OrgnlGrpInfAndCxl/OrgnlMsgId", Field::OriginalMessageId);
    p.add("OrgnlGrpInfAndCxl/OrgnlMsgNmId", Field::OriginalMessageName);
    p.add("OrgnlGrpInfAndCxl/GrpCxl", Field::Whole);
    p.block("OrgnlGrpInfAndCxl/CxlRsnInf", REASON, |field| field);
    p.add("OrgnlPmtInfAndCxl", Field::Group);
    p.add("OrgnlPmtInfAndCxl/OrgnlPmtInfId", Field::GroupId);
    p.add("OrgnlPmtInfAndCxl/OrgnlGrpInf/OrgnlMsgId", Field::OriginalMessageId);
    p.add("OrgnlPmtInfAndCxl/OrgnlGrpInf/OrgnlMsgNmId", Field::OriginalMessageName);
    p.add("OrgnlPmtInfAndCxl/PmtInfCxl", Field::WholeGroup);
    p.block("OrgnlPmtInfAndCxl/CxlRsnInf", REASON, |field| field);
    p.inside(&["Undrlyg", "OrgnlPmtInfAndCxl/TxInf"]);
    p.add("", Field::Payment);
    p.add("CxlId", Field::Id);
    p.add("OrgnlInstrId", Field::InstructionId);
    p.add("OrgnlEndToEndId", Field::EndToEndId);
    p.add("OrgnlInstdAmt", Field::Amount);
    p.add("OrgnlReqdExctnDt", Field::Date);
    p.add("OrgnlReqdExctnDt/Dt", Field::Date);
    p.add("OrgnlReqdExctnDt/DtTm", Field::Date);
    p.add("OrgnlReqdColltnDt", Field::Date);
    p.block("CxlRsnInf", REASON, |field| field);
    p
}

/// Turns elements into a cancellation request.
#[derive(Default)]
pub(crate) struct CancellationHandler {
    head: Cancellation,
    head_given: bool,
    group: Group,
    payment: Option<PaymentCancellation>,
    reason: Reason,
    /// In this document.
    payments: u64,
    /// In all documents of the message.
    all: u64,
    /// Whether a group or message is cancelled without a list, so that nothing can be counted.
    unlisted: bool,
}

/// The group that is open.
#[derive(Default)]
struct Group {
    open: bool,
    id: Option<String>,
    whole: bool,
    reasons: Vec<Reason>,
}

impl CancellationHandler {
    fn give_head(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        if self.head.original_message_id.is_none() {
            let message =
                text!("the request does not say which message it cancels", "撤销请求未说明对应的原报文标识号");
            cx.error("original-message-id-missing", message);
        }
        cx.push(Part::Cancellation(Box::new(self.head.clone())));
    }

    fn end_payment(&mut self, cx: &mut Context<'_>) {
        let Some(mut payment) = self.payment.take() else { return };
        self.give_head(cx);
        self.payments += 1;
        payment.original_payment_information_id.clone_from(&self.group.id);
        if payment.reasons.is_empty() {
            payment.reasons.clone_from(&self.group.reasons);
        }
        if payment.original_end_to_end_id.is_none() && payment.original_instruction_id.is_none() {
            let seq = self.payments;
            let message =
                text!("request {seq} does not say which payment it is about", "第 {seq} 条请求未说明对应的付款");
            cx.error("original-id-missing", message);
        }
        cx.push(Part::PaymentCancellation(Box::new(payment)));
    }

    /// A group that is cancelled whole is one request about all of its payments.
    fn end_group(&mut self, cx: &mut Context<'_>) {
        let group = std::mem::take(&mut self.group);
        if !group.whole {
            return;
        }
        self.give_head(cx);
        self.unlisted = true;
        self.payments += 1;
        if group.id.is_none() {
            let message = text!("a group is cancelled whole, and not named", "整组撤销，但未给出组编号");
            cx.error("group-missing", message);
        }
        cx.push(Part::PaymentCancellation(Box::new(PaymentCancellation {
            original_payment_information_id: group.id,
            whole_group: true,
            reasons: group.reasons,
            ..PaymentCancellation::default()
        })));
    }

    /// The end of what is asked about one original message.
    fn end_document(&mut self, cx: &mut Context<'_>) {
        self.give_head(cx);
        self.unlisted |= self.head.whole;
        if self.payments == 0 && !self.head.whole {
            let message = text!("the request names no payment", "撤销请求未列出任何付款");
            cx.error("no-payments", message);
        }
        let findings = cx.take_findings();
        cx.push(Part::CancellationEnd(Box::new(CancellationEnd { payments: self.payments, findings })));
        self.all += std::mem::take(&mut self.payments);
    }

    /// What is asked about another message is a document of its own, with the same sender, bank and time.
    fn next_document(&mut self, cx: &mut Context<'_>) {
        if !self.head_given {
            return;
        }
        self.end_document(cx);
        let old = std::mem::take(&mut self.head);
        self.head = Cancellation {
            original_message_id: None,
            original_message_name: None,
            whole: false,
            reasons: Vec::new(),
            ..old
        };
        self.head_given = false;
    }
}

impl Handler for CancellationHandler {
    type Field = Field;

    const TELLS_LEFT_OUT: bool = true;

    fn paths(&self) -> &'static Paths<Field> {
        static PATHS: LazyLock<Paths<Field>> = LazyLock::new(paths);
        &PATHS
    }

    fn begin(&mut self, format: &str) {
        *self = CancellationHandler::default();
        self.head.format = format.to_string();
    }

    fn open(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match field {
            Field::Underlying => self.next_document(cx),
            Field::Group => self.group = Group { open: true, ..Group::default() },
            Field::Payment => self.payment = Some(PaymentCancellation::default()),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let head = &mut self.head;
        match (field, &mut self.payment) {
            (Field::MessageId, _) => head.message_id = cx.id(),
            (Field::Created, _) => head.created = cx.moment(),
            (Field::Initiator, _) => head.initiating_party = cx.words(),
            (Field::Agent, _) => head.agent = cx.id(),
            (Field::Count, _) => head.declared.count = cx.count(),
            (Field::Sum, _) => head.declared.sum = Some(cx.amount()?),
            (Field::OriginalMessageId, _) => head.original_message_id = cx.id(),
            (Field::OriginalMessageName, _) => head.original_message_name = cx.code(),
            (Field::Whole, _) => head.whole = matches!(cx.word(), "true" | "1"),
            (Field::GroupId, _) => self.group.id = cx.id(),
            (Field::WholeGroup, _) => self.group.whole = matches!(cx.word(), "true" | "1"),
            (Field::Group, _) => self.end_group(cx),
            (Field::Payment, _) => self.end_payment(cx),
            (Field::Id, Some(payment)) => payment.id = cx.id(),
            (Field::InstructionId, Some(payment)) => payment.original_instruction_id = cx.id(),
            (Field::EndToEndId, Some(payment)) => payment.original_end_to_end_id = cx.id(),
            (Field::Amount, Some(payment)) => {
                let (amount, currency) = cx.money()?;
                (payment.amount, payment.currency) = (Some(amount), currency);
            }
            // As a choice, the outer element ends after the inner one and has no text of its own.
            (Field::Date, Some(payment)) if !cx.word().is_empty() => payment.execution_date = cx.date(),
            (Field::ReasonCode, _) => self.reason.code = cx.code(),
            (Field::ReasonInfo, _) => {
                if let Some(words) = cx.words() {
                    cx.hold(&mut self.reason.info, words)?;
                }
            }
            (Field::Reason, payment) => {
                let reason = std::mem::take(&mut self.reason);
                let reasons = match payment {
                    Some(payment) => &mut payment.reasons,
                    None if self.group.open => &mut self.group.reasons,
                    None => &mut head.reasons,
                };
                cx.hold(reasons, reason)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let counted = self.all + self.payments;
        let listed = !self.unlisted && !self.head.whole;
        if let Some(declared) = self.head.declared.count.filter(|n| *n != counted && listed) {
            let message =
                text!("{declared} payments are declared, {counted} are there", "声明 {declared} 笔，实际 {counted} 笔");
            cx.error("count-mismatch", message);
        }
        self.end_document(cx);
        Ok(())
    }
}
