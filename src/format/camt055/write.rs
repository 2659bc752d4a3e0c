//! Writing: a cancellation request to elements of camt.055.001.08.

use std::io::Write;

use crate::document::{Bic, Cancellation, Part, PaymentCancellation, Reason};
use crate::finding::Finding;
use crate::format::order::Order;
use crate::format::xml::emit::Emit;
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// The version that is written.
pub(crate) const WRITTEN: &str = "camt.055.001.08";

/// Longest narrative of a reason.
const NARRATIVE: usize = 105;

/// Writes cancellation requests.
pub(crate) struct CancellationWriter {
    emit: Emit,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    /// Group of the payment before, where one is open.
    group: Option<Option<String>>,
    whole: bool,
    /// Whether the payments are direct debits, of which ISO 20022 calls the day a collection date.
    collects: bool,
    payments: u64,
}

impl CancellationWriter {
    /// A writer to `output`.
    pub fn new(output: Box<dyn Write + Send>, options: &WriteOptions) -> CancellationWriter {
        CancellationWriter {
            emit: Emit::new(options.dialect.charset, options.dialect.fold),
            output,
            options: options.clone(),
            order: Order::default(),
            group: None,
            whole: false,
            collects: false,
            payments: 0,
        }
    }

    fn head(&mut self, head: &Cancellation) -> Result<(), WriteError> {
        let e = &mut self.emit;
        if self.order.documents() > 1 {
            let message = text!("one file takes one message", "一个文件只能写一个报文");
            return Err(e.refused("one-message", "", message));
        }
        self.whole = head.whole;
        e.begin(WRITTEN, "CstmrPmtCxlReq");
        e.open_line("Assgnmt");
        let id = head.message_id.as_ref().or(self.options.message_id.as_ref());
        let Some(id) = id else {
            let message = text!("{WRITTEN} needs a message id", "{WRITTEN} 需要报文标识号");
            return Err(e.refused("message-id-missing", "Id", message));
        };
        e.id("Id", id, 35)?;
        let who = head.initiating_party.as_ref().or(self.options.initiating_party.as_ref());
        let Some(who) = who else {
            let message = text!("{WRITTEN} needs who asks", "{WRITTEN} 需要请求方名称");
            return Err(e.refused("initiating-party-missing", "Assgnr", message));
        };
        e.open("Assgnr");
        e.open("Pty");
        e.words("Nm", who, 140)?;
        e.close_all(2);
        assignee(e, head.agent.as_deref())?;
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("{WRITTEN} needs a creation time", "{WRITTEN} 需要创建时间");
            return Err(e.refused("created-missing", "CreDtTm", message));
        };
        e.fact("CreDtTm", created);
        e.close();
        if let Some(count) = head.declared.count {
            e.open_line("CtrlData");
            e.fact("NbOfTxs", count);
            if let Some(sum) = head.declared.sum {
                e.sum("CtrlSum", sum)?;
            }
            e.close();
        }
        e.open_line("Undrlyg");
        let (Some(id), Some(name)) = (&head.original_message_id, &head.original_message_name) else {
            let message = text!(
                "{WRITTEN} needs message id and message name of the payments",
                "{WRITTEN} 需要原付款报文的标识号和名称"
            );
            return Err(e.refused("original-message-id-missing", "OrgnlMsgId", message));
        };
        self.collects = name.starts_with("pain.008");
        e.open_line("OrgnlGrpInfAndCxl");
        e.id("OrgnlMsgId", id, 35)?;
        e.id("OrgnlMsgNmId", name, 35)?;
        e.fact("GrpCxl", head.whole);
        reasons(e, &head.reasons)?;
        e.close();
        Ok(())
    }

    fn payment(&mut self, payment: &PaymentCancellation) -> Result<(), WriteError> {
        self.payments += 1;
        let id = &payment.original_payment_information_id;
        if self.whole {
            let message =
                text!("a request about all payments of a message lists none of them", "整份报文撤销时不得再列出付款");
            return Err(self.emit.refused("whole", "TxInf", message));
        }
        if self.group.as_ref() != Some(id) {
            self.close_group();
            let Some(id) = id else {
                let message =
                    text!("the request needs the group that the payment is in", "撤销请求需要付款所在组的编号");
                return Err(self.emit.refused("group-missing", "OrgnlPmtInfId", message));
            };
            self.emit.open_line("OrgnlPmtInfAndCxl");
            self.emit.id("OrgnlPmtInfId", id, 35)?;
            self.group = Some(Some(id.clone()));
        }
        let e = &mut self.emit;
        if payment.whole_group {
            e.fact("PmtInfCxl", true);
            reasons(e, &payment.reasons)?;
            self.close_group();
            return Ok(());
        }
        e.at(Some(self.payments));
        e.open_line("TxInf");
        e.maybe_id("CxlId", payment.id.as_deref(), 35)?;
        e.maybe_id("OrgnlInstrId", payment.original_instruction_id.as_deref(), 35)?;
        e.maybe_id("OrgnlEndToEndId", payment.original_end_to_end_id.as_deref(), 35)?;
        if let (Some(amount), Some(currency)) = (payment.amount, payment.currency) {
            e.money("OrgnlInstdAmt", amount, currency)?;
        }
        if let Some(date) = payment.execution_date.filter(|_| self.collects) {
            e.fact("OrgnlReqdColltnDt", date);
        } else if let Some(date) = payment.execution_date {
            e.open("OrgnlReqdExctnDt");
            e.fact("Dt", date);
            e.close();
        }
        reasons(e, &payment.reasons)?;
        e.close();
        e.at(None);
        Ok(())
    }

    fn close_group(&mut self) {
        if self.group.take().is_some() {
            self.emit.close();
        }
    }
}

/// The bank that is asked.
fn assignee(e: &mut Emit, agent: Option<&str>) -> Result<(), WriteError> {
    let bic = agent.and_then(Bic::parse);
    e.open("Assgne");
    e.open("Agt");
    e.open("FinInstnId");
    match (bic, agent) {
        (Some(bic), _) => e.fact("BICFI", bic.as_str()),
        (None, Some(other)) => {
            e.open("Othr");
            e.id("Id", other, 35)?;
            e.close();
        }
        (None, None) => {
            let message = text!("{WRITTEN} needs the bank that is asked", "{WRITTEN} 需要接收银行");
            return Err(e.refused("agent-missing", "Assgne", message));
        }
    }
    e.close_all(3);
    Ok(())
}

fn reasons(e: &mut Emit, reasons: &[Reason]) -> Result<(), WriteError> {
    for reason in reasons {
        e.open("CxlRsnInf");
        if let Some(code) = &reason.code {
            e.code_or_proprietary("Rsn", code, 4)?;
        }
        for words in &reason.info {
            e.words("AddtlInf", words, NARRATIVE)?;
        }
        e.close();
    }
    Ok(())
}

impl Writer for CancellationWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part).map_err(WriteError::Refused)?;
        match part {
            Part::Cancellation(head) => self.head(head)?,
            Part::PaymentCancellation(payment) => self.payment(payment)?,
            Part::CancellationEnd(_) => {
                self.close_group();
                self.emit.close();
                self.emit.end();
            }
            _ => {
                let message = text!("{WRITTEN} carries cancellation requests only", "{WRITTEN} 只能承载撤销请求");
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
