//! camt.060: account reporting request (ISO 20022 `AcctRptgReq`), written in version 05.

use std::io::Write;

use super::order::Order;
use super::xml::blocks::NOT_PROVIDED;
use super::xml::emit::Emit;
use super::{WriteError, WriteOptions, Writer};
use crate::document::{Account, Bic, Part, ReportRequest, RequestedReport};
use crate::finding::Finding;
use crate::text;

/// The version that is written.
pub(super) const WRITTEN: &str = "camt.060.001.05";

/// Writes requests for reports.
pub(super) struct RequestWriter {
    emit: Emit,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    reports: u64,
}

impl RequestWriter {
    /// A writer to `output`.
    pub fn new(output: Box<dyn Write + Send>, options: &WriteOptions) -> RequestWriter {
        RequestWriter {
            emit: Emit::new(options.dialect.charset, options.dialect.fold),
            output,
            options: options.clone(),
            order: Order::default(),
            reports: 0,
        }
    }

    fn head(&mut self, head: &ReportRequest) -> Result<(), WriteError> {
        let e = &mut self.emit;
        if self.order.documents() > 1 {
            let message = text!("one file takes one message", "一个文件只能写一个报文");
            return Err(e.refused("one-message", "", message));
        }
        e.begin(WRITTEN, "AcctRptgReq");
        e.open_line("GrpHdr");
        let Some(id) = head.message_id.as_ref().or(self.options.message_id.as_ref()) else {
            let message = text!("{WRITTEN} needs a message id", "{WRITTEN} 需要报文标识号");
            return Err(e.refused("message-id-missing", "MsgId", message));
        };
        e.id("MsgId", id, 35)?;
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("{WRITTEN} needs a creation time", "{WRITTEN} 需要创建时间");
            return Err(e.refused("created-missing", "CreDtTm", message));
        };
        e.fact("CreDtTm", created);
        e.close();
        Ok(())
    }

    fn report(&mut self, report: &RequestedReport) -> Result<(), WriteError> {
        self.reports += 1;
        let e = &mut self.emit;
        e.at(Some(self.reports));
        e.open_line("RptgReq");
        e.maybe_id("Id", report.id.as_deref(), 35)?;
        let Some(name) = &report.message_name else {
            let message = text!("the request does not say which message it asks for", "请求未说明所需的报文");
            return Err(e.refused("message-name-missing", "ReqdMsgNmId", message));
        };
        e.id("ReqdMsgNmId", name, 35)?;
        let account = &report.account;
        let number = account.iban.as_deref().or(account.id.as_deref()).and_then(Account::parse);
        if let Some(number) = number {
            e.open("Acct");
            e.open("Id");
            match number.iban() {
                Some(iban) => e.fact("IBAN", iban),
                None => {
                    e.open("Othr");
                    e.id("Id", number.as_str(), 34)?;
                    e.close();
                }
            }
            e.close();
            if let Some(currency) = account.currency {
                e.fact("Ccy", currency);
            }
            e.close();
        }
        e.open("AcctOwnr");
        e.open("Pty");
        e.words("Nm", account.owner.as_deref().unwrap_or(NOT_PROVIDED), 140)?;
        e.close_all(2);
        if let Some(agent) = account.agent.as_deref() {
            e.open("AcctSvcr");
            e.open("FinInstnId");
            match Bic::parse(agent) {
                Some(bic) => e.fact("BICFI", bic.as_str()),
                None => {
                    e.open("Othr");
                    e.id("Id", agent, 35)?;
                    e.close();
                }
            }
            e.close_all(2);
        }
        if let Some(from) = report.from_date {
            e.open("RptgPrd");
            e.open("FrToDt");
            e.fact("FrDt", from);
            e.fact("ToDt", report.to_date.unwrap_or(from));
            e.close();
            e.fact("Tp", "ALLL");
            e.close();
        }
        e.close();
        e.at(None);
        Ok(())
    }
}

impl Writer for RequestWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part).map_err(WriteError::Refused)?;
        match part {
            Part::ReportRequest(head) => self.head(head)?,
            Part::RequestedReport(report) => self.report(report)?,
            Part::ReportRequestEnd(_) => self.emit.end(),
            _ => {
                let message = text!("{WRITTEN} carries requests for reports only", "{WRITTEN} 只能承载账户报告请求");
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
