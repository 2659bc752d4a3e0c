//! Writing: status reports to elements.

use std::io::Write;

use super::super::xml::blocks::NOT_PROVIDED;
use super::super::xml::emit::Emit;
use crate::document::{GroupStatus, Part, PaymentStatus, Reason, STATUS_CODES, StatusReport};
use crate::finding::Finding;
use crate::format::order::Order;
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// What one version looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Full name.
    pub name: &'static str,
    /// The statuses that it takes of a file or group, and of a payment.
    pub statuses: (&'static [&'static str], &'static [&'static str]),
}

/// The versions that are written.
pub(crate) const LAYOUTS: &[Layout] = &[
    Layout {
        name: "pain.002.001.03",
        statuses: (
            &["ACTC", "RCVD", "PART", "RJCT", "PDNG", "ACCP", "ACSP", "ACSC", "ACWC"],
            &["ACTC", "RJCT", "PDNG", "ACCP", "ACSP", "ACSC", "ACWC"],
        ),
    },
    Layout { name: "pain.002.001.10", statuses: (&STATUS_CODES, &STATUS_CODES) },
];

/// Longest narrative of a reason.
const NARRATIVE: usize = 105;

/// Writes status reports.
pub(crate) struct StatusWriter {
    layout: Layout,
    emit: Emit,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    /// Id of the group that is open.
    group: Option<String>,
    payments: u64,
}

impl StatusWriter {
    /// A writer of this layout.
    pub fn new(layout: Layout, output: Box<dyn Write + Send>, options: &WriteOptions) -> StatusWriter {
        let emit = Emit::new(options.dialect.charset, options.dialect.fold);
        StatusWriter {
            layout,
            emit,
            output,
            options: options.clone(),
            order: Order::default(),
            group: None,
            payments: 0,
        }
    }

    fn head(&mut self, head: &StatusReport) -> Result<(), WriteError> {
        let (e, layout) = (&mut self.emit, self.layout);
        let name = layout.name;
        if self.order.documents() > 1 {
            let message = text!("one file takes one message", "一个文件只能写一个报文");
            return Err(e.refused("one-message", "", message));
        }
        e.begin(name, "CstmrPmtStsRpt");
        e.open_line("GrpHdr");
        let Some(id) = head.message_id.as_ref().or(self.options.message_id.as_ref()) else {
            let message = text!("{name} needs a message id", "{name} 需要报文标识号");
            return Err(e.refused("message-id-missing", "MsgId", message));
        };
        e.id("MsgId", id, 35)?;
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("{name} needs a creation time", "{name} 需要创建时间");
            return Err(e.refused("created-missing", "CreDtTm", message));
        };
        e.fact("CreDtTm", created);
        e.close();
        e.open_line("OrgnlGrpInfAndSts");
        e.id("OrgnlMsgId", head.original_message_id.as_deref().unwrap_or(NOT_PROVIDED), 35)?;
        e.id("OrgnlMsgNmId", head.original_message_name.as_deref().unwrap_or(NOT_PROVIDED), 35)?;
        if let Some(count) = head.original_count {
            e.fact("OrgnlNbOfTxs", count);
        }
        if let Some(sum) = head.original_sum {
            e.sum("OrgnlCtrlSum", sum)?;
        }
        if let Some(status) = &head.status {
            e.listed("GrpSts", status, layout.statuses.0)?;
        }
        reasons(e, &head.reasons)?;
        e.close();
        Ok(())
    }

    fn group(&mut self, group: &GroupStatus) -> Result<(), WriteError> {
        self.close_group();
        let e = &mut self.emit;
        e.at(None);
        e.open_line("OrgnlPmtInfAndSts");
        let id = group.original_payment_information_id.as_deref().unwrap_or(NOT_PROVIDED);
        e.id("OrgnlPmtInfId", id, 35)?;
        if let Some(count) = group.original_count {
            e.fact("OrgnlNbOfTxs", count);
        }
        if let Some(sum) = group.original_sum {
            e.sum("OrgnlCtrlSum", sum)?;
        }
        if let Some(status) = &group.status {
            e.listed("PmtInfSts", status, self.layout.statuses.0)?;
        }
        reasons(e, &group.reasons)?;
        self.group = Some(id.to_string());
        Ok(())
    }

    fn close_group(&mut self) {
        if self.group.take().is_some() {
            self.emit.close();
        }
    }

    fn payment(&mut self, payment: &PaymentStatus) -> Result<(), WriteError> {
        self.payments += 1;
        let open = self.group.as_deref();
        let id = payment.original_payment_information_id.as_deref().or(open).unwrap_or(NOT_PROVIDED);
        if open != Some(id) {
            let id = Some(id.to_string());
            self.group(&GroupStatus { original_payment_information_id: id, ..GroupStatus::default() })?;
        }
        let (e, layout) = (&mut self.emit, self.layout);
        e.at(Some(self.payments));
        e.open_line("TxInfAndSts");
        e.maybe_id("OrgnlInstrId", payment.original_instruction_id.as_deref(), 35)?;
        e.maybe_id("OrgnlEndToEndId", payment.original_end_to_end_id.as_deref(), 35)?;
        if let Some(status) = &payment.status {
            e.listed("TxSts", status, layout.statuses.1)?;
        } else if let Some(status) = &payment.bank_status {
            // A code of the bank's own is told as a reason: in the status it would be taken for ISO's.
            let bank = Reason { code: None, info: vec![status.clone()] };
            reasons(e, &[bank])?;
        }
        reasons(e, &payment.reasons)?;
        e.maybe_id("AcctSvcrRef", payment.bank_reference.as_deref(), 35)?;
        if let (Some(amount), Some(currency)) = (payment.amount, payment.currency) {
            e.open("OrgnlTxRef");
            e.open("Amt");
            e.money("InstdAmt", amount, currency)?;
            e.close_all(2);
        }
        e.close();
        Ok(())
    }
}

fn reasons(e: &mut Emit, reasons: &[Reason]) -> Result<(), WriteError> {
    for reason in reasons {
        e.open("StsRsnInf");
        if let Some(code) = &reason.code {
            e.code_or_proprietary("Rsn", code, 4)?;
        }
        for words in &reason.info {
            for piece in pieces(words, NARRATIVE) {
                e.words("AddtlInf", piece, NARRATIVE)?;
            }
        }
        e.close();
    }
    Ok(())
}

/// The words in pieces of at most `most` characters: a narrative may be split, it is never cut.
fn pieces(words: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = words;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().nth(most).map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

impl Writer for StatusWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part).map_err(WriteError::Refused)?;
        match part {
            Part::StatusReport(head) => self.head(head)?,
            Part::GroupStatus(group) => self.group(group)?,
            Part::PaymentStatus(payment) => self.payment(payment)?,
            Part::StatusReportEnd(_) => {
                self.close_group();
                self.emit.end();
            }
            _ => {
                let name = self.layout.name;
                let message = text!("{name} carries status reports only", "{name} 只能承载状态报告");
                return Err(self.emit.refused("kind", "", message));
            }
        }
        Ok(self.emit.pass_on(&mut self.output)?)
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        self.emit.finish(&self.order, &mut self.output)
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.emit.take_findings()
    }
}
