//! Reading: elements to a status report.

use std::sync::LazyLock;

use super::super::xml::message::{Context, Handler};
use super::super::xml::paths::Paths;
use crate::document::{
    GroupStatus, Part, PaymentStatus, Reason, STATUS_CODES, StatusCount, StatusReport, StatusReportEnd,
};
use crate::format::ReadError;
use crate::text;

/// What pain.002 says of payments that were cancelled.
const CANCELLED: &str = "CANC";

/// What an element of a status report means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    MessageId,
    Created,
    Original,
    OriginalMessageId,
    OriginalMessageName,
    OriginalCount,
    OriginalSum,
    FileStatus,
    /// What camt.029 says of the request as a whole.
    Confirmation,
    Group,
    GroupId,
    GroupStatus,
    Payment,
    PaymentGroupId,
    InstructionId,
    EndToEndId,
    Status,
    Amount,
    BankReference,
    Reason,
    ReasonCode,
    ReasonInfo,
    /// How many payments have one status.
    Counted,
    CountedStatus,
    CountedCount,
    CountedSum,
}

/// Why, at each of the three levels.
const REASON: &[(&str, Field)] = &[
    ("", Field::Reason),
    ("Rsn/Cd", Field::ReasonCode),
    ("Rsn/Prtry", Field::ReasonCode),
    ("AddtlInf", Field::ReasonInfo),
    // Version 02.
    ("StsRsn/Cd", Field::ReasonCode),
    ("StsRsn/Prtry", Field::ReasonCode),
    ("AddtlStsRsnInf", Field::ReasonInfo),
];

/// How many payments have which status, of the file and of its groups.
const COUNTED: &[(&str, Field)] = &[
    ("", Field::Counted),
    ("DtldSts", Field::CountedStatus),
    ("DtldNbOfTxs", Field::CountedCount),
    ("DtldCtrlSum", Field::CountedSum),
];

/// One payment's status.
const PAYMENT: &[(&str, Field)] = &[
    ("", Field::Payment),
    ("OrgnlPmtInfId", Field::PaymentGroupId),
    ("OrgnlInstrId", Field::InstructionId),
    ("OrgnlEndToEndId", Field::EndToEndId),
    ("TxSts", Field::Status),
    ("AcctSvcrRef", Field::BankReference),
    ("OrgnlTxRef/Amt/InstdAmt", Field::Amount),
    ("OrgnlTxRef/Amt/EqvtAmt/Amt", Field::Amount),
];

fn paths() -> Paths<Field> {
    let mut p = Paths::new();
    p.add("GrpHdr/MsgId", Field::MessageId);
    p.add("GrpHdr/CreDtTm", Field::Created);
    p.inside(&["OrgnlGrpInfAndSts"]);
    p.add("", Field::Original);
    p.add("OrgnlMsgId", Field::OriginalMessageId);
    p.add("OrgnlMsgNmId", Field::OriginalMessageName);
    p.add("OrgnlNbOfTxs", Field::OriginalCount);
    p.add("OrgnlCtrlSum", Field::OriginalSum);
    p.add("GrpSts", Field::FileStatus);
    p.block("StsRsnInf", REASON, |field| field);
    p.block("NbOfTxsPerSts", COUNTED, |field| field);
    p.inside(&["OrgnlPmtInfAndSts"]);
    p.add("", Field::Group);
    p.add("OrgnlPmtInfId", Field::GroupId);
    p.add("OrgnlNbOfTxs", Field::OriginalCount);
    p.add("OrgnlCtrlSum", Field::OriginalSum);
    p.add("PmtInfSts", Field::GroupStatus);
    p.block("StsRsnInf", REASON, |field| field);
    p.block("NbOfTxsPerSts", COUNTED, |field| field);
    p.block("TxInfAndSts", PAYMENT, |field| field);
    p.block("TxInfAndSts/StsRsnInf", REASON, |field| field);
    // Version 02 has no groups.
    p.inside(&[]);
    p.block("TxInfAndSts", PAYMENT, |field| field);
    p.block("TxInfAndSts/StsRsnInf", REASON, |field| field);
    p
}

/// Turns elements into a status report.
pub(crate) struct StatusHandler {
    paths: &'static Paths<Field>,
    /// What a status code of the message means in pain.002's codes, where it is another one.
    iso: fn(&str) -> Option<&'static str>,
    head: StatusReport,
    head_given: bool,
    group: Option<GroupStatus>,
    group_given: bool,
    group_seen: bool,
    payment: Option<PaymentStatus>,
    reason: Reason,
    counted: StatusCount,
    payments: u64,
}

impl StatusHandler {
    /// Reads pain.002.
    pub fn status_report() -> StatusHandler {
        static PATHS: LazyLock<Paths<Field>> = LazyLock::new(paths);
        StatusHandler::new(&PATHS, |_| None)
    }

    /// Reads a message with these elements and codes as a status report.
    pub fn new(paths: &'static Paths<Field>, iso: fn(&str) -> Option<&'static str>) -> StatusHandler {
        StatusHandler {
            paths,
            iso,
            head: StatusReport::default(),
            head_given: false,
            group: None,
            group_given: false,
            group_seen: false,
            payment: None,
            reason: Reason::default(),
            counted: StatusCount::default(),
            payments: 0,
        }
    }

    /// A status of a file or group in pain.002's codes.
    fn status(&self, code: Option<String>) -> Option<String> {
        code.map(|code| (self.iso)(&code).map_or(code, str::to_string))
    }

    /// A later part answers another message than the report's head: what follows is a report of its own.
    fn other_original(&mut self, cx: &mut Context<'_>) {
        let other = cx.id();
        if other.is_none() || other == self.head.original_message_id {
            return;
        }
        self.give_end(cx);
        let old = std::mem::take(&mut self.head);
        self.head = StatusReport {
            format: old.format,
            message_id: old.message_id,
            created: old.created,
            original_message_id: other,
            ..StatusReport::default()
        };
        (self.head_given, self.group_given, self.group_seen) = (false, false, false);
        self.payments = 0;
    }

    /// What the confirmation says of the request. It does not say of which payments, so it never speaks for the
    /// money of a whole file: the groups and payments that are listed do.
    fn confirmed(&mut self, code: Option<String>) {
        let status = self.status(code.clone());
        match (&self.head.status, status) {
            (None, Some(status)) if status != CANCELLED => self.head.status = Some(status),
            (_, Some(_)) => self.head.reasons.push(Reason { code, info: Vec::new() }),
            (_, None) => {}
        }
    }

    fn give_end(&mut self, cx: &mut Context<'_>) {
        self.give_head(cx);
        let said = |reason: &Reason| reason.code.as_deref().and_then(self.iso) == Some(CANCELLED);
        if self.payments == 0 && !self.group_seen && self.head.status.is_none() && self.head.reasons.iter().any(said) {
            let message = text!(
                "the bank confirms a cancellation without saying of which payments: none is taken as cancelled; ask it",
                "银行确认撤销，但未说明涉及哪些付款：不作为已撤销处理，请向银行核实"
            );
            cx.warn("cancellation-of-what", message);
        }
        let findings = cx.take_findings();
        let end = StatusReportEnd { payments: self.payments, findings };
        cx.push(Part::StatusReportEnd(Box::new(end)));
    }

    fn give_head(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        if self.head.original_message_id.is_none() {
            let message = text!("the report does not say which message it answers", "状态报告未说明对应的原报文标识号");
            cx.warn("original-message-id-missing", message);
        }
        cx.push(Part::StatusReport(Box::new(self.head.clone())));
    }

    fn give_group(&mut self, cx: &mut Context<'_>) {
        self.give_head(cx);
        if let (Some(group), false) = (&self.group, self.group_given) {
            cx.push(Part::GroupStatus(Box::new(group.clone())));
        }
        self.group_given = true;
        self.group_seen |= self.group.is_some();
    }

    fn end_payment(&mut self, cx: &mut Context<'_>) {
        let Some(mut payment) = self.payment.take() else {
            return;
        };
        self.give_group(cx);
        let group = self.group.as_ref().and_then(|g| g.original_payment_information_id.as_ref());
        let id = &mut payment.original_payment_information_id;
        *id = id.take().or_else(|| group.cloned());
        self.payments += 1;
        if payment.original_end_to_end_id.is_none() && payment.original_instruction_id.is_none() {
            let seq = self.payments;
            let message = text!("status {seq} does not say which payment it is of", "第 {seq} 条状态未说明对应的付款");
            cx.warn("original-id-missing", message);
        }
        cx.push(Part::PaymentStatus(Box::new(payment)));
    }

    /// The reasons of the level that the report is at.
    fn reasons(&mut self) -> &mut Vec<Reason> {
        match (&mut self.payment, &mut self.group) {
            (Some(payment), _) => &mut payment.reasons,
            (None, Some(group)) => &mut group.reasons,
            (None, None) => &mut self.head.reasons,
        }
    }

    fn head_field(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let status = if matches!(field, Field::FileStatus) { self.status(cx.code()) } else { None };
        if matches!(field, Field::Confirmation) {
            self.confirmed(cx.code());
        }
        let head = &mut self.head;
        match field {
            Field::MessageId => head.message_id = cx.id(),
            Field::Created => head.created = cx.moment(),
            Field::OriginalMessageId if self.head_given => self.other_original(cx),
            Field::OriginalMessageId => head.original_message_id = cx.id(),
            Field::OriginalMessageName => head.original_message_name = cx.code(),
            Field::OriginalCount => head.original_count = cx.count(),
            Field::OriginalSum => head.original_sum = Some(cx.amount()?),
            Field::FileStatus => head.status = status,
            Field::Original => self.give_head(cx),
            Field::Reason => {
                let reason = std::mem::take(&mut self.reason);
                let reasons = self.reasons();
                cx.hold(reasons, reason)?;
            }
            Field::CountedStatus => self.counted.status = self.status(cx.code()).unwrap_or_default(),
            Field::CountedCount => self.counted.count = cx.count().unwrap_or_default(),
            Field::CountedSum => self.counted.sum = Some(cx.amount()?),
            Field::Counted => {
                let counted = std::mem::take(&mut self.counted);
                let counts = self.group.as_mut().map_or(&mut self.head.status_counts, |group| &mut group.status_counts);
                cx.hold(counts, counted)?;
            }
            Field::ReasonCode => self.reason.code = cx.code(),
            Field::ReasonInfo => {
                if let Some(words) = cx.words() {
                    cx.hold(&mut self.reason.info, words)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// An element of a payment's status; the field back when it is none.
fn payment_field(
    payment: &mut PaymentStatus,
    field: Field,
    iso: fn(&str) -> Option<&'static str>,
    cx: &mut Context<'_>,
) -> Result<Option<Field>, ReadError> {
    match field {
        Field::PaymentGroupId => payment.original_payment_information_id = cx.id(),
        Field::InstructionId => payment.original_instruction_id = cx.id(),
        Field::EndToEndId => payment.original_end_to_end_id = cx.id(),
        Field::BankReference => payment.bank_reference = cx.id(),
        Field::Status => match cx.code() {
            Some(code) if iso(&code).is_some() => {
                payment.status = iso(&code).map(str::to_string);
                payment.bank_status = Some(code);
            }
            Some(code) if STATUS_CODES.contains(&code.as_str()) => payment.status = Some(code),
            code => {
                if let Some(code) = &code {
                    let message = text!("`{code}` is not a status of ISO 20022", "`{code}` 不是 ISO 20022 状态码");
                    cx.warn("status-unknown", message);
                }
                payment.bank_status = code;
            }
        },
        Field::Amount => {
            let (amount, currency) = cx.money()?;
            (payment.amount, payment.currency) = (Some(amount), currency);
        }
        field => return Ok(Some(field)),
    }
    Ok(None)
}

impl Handler for StatusHandler {
    type Field = Field;

    const TELLS_LEFT_OUT: bool = false;

    fn paths(&self) -> &'static Paths<Field> {
        self.paths
    }

    fn begin(&mut self, format: &str) {
        *self = StatusHandler::new(self.paths, self.iso);
        self.head.format = format.to_string();
    }

    fn open(&mut self, field: Field, _: &mut Context<'_>) -> Result<(), ReadError> {
        match field {
            Field::Group => {
                self.group = Some(GroupStatus::default());
                self.group_given = false;
            }
            // The head is given with the first payment: camt.029 may name the original message within it.
            Field::Payment => self.payment = Some(PaymentStatus::default()),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let field = match &mut self.payment {
            Some(payment) => match payment_field(payment, field, self.iso, cx)? {
                Some(field) => field,
                None => return Ok(()),
            },
            None => field,
        };
        match (field, &mut self.group) {
            (Field::Payment, _) => self.end_payment(cx),
            (Field::GroupId, Some(group)) => group.original_payment_information_id = cx.id(),
            (Field::OriginalCount, Some(group)) => group.original_count = cx.count(),
            (Field::OriginalSum, Some(group)) => group.original_sum = Some(cx.amount()?),
            (Field::GroupStatus, Some(group)) => {
                group.status = cx.code().map(|code| (self.iso)(&code).map_or(code, str::to_string));
            }
            (Field::Group, _) => {
                self.give_group(cx);
                self.group = None;
            }
            (field, _) => return self.head_field(field, cx),
        }
        Ok(())
    }

    fn end(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        self.give_end(cx);
        Ok(())
    }
}
