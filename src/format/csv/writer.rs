//! `csv` as a target of its own: payments in the shape that we read, entries of statements, statuses.

use std::io::Write;

use super::columns::{Column, TABLE};
use super::erp::{EntriesFile, EntryRow, StatusFile, StatusRow, io_error};
use crate::document::{
    Account, Amount, Group, Kind, Part, Payment, PaymentStatus, PaymentsEnd, Statement, StatusReport,
};
use crate::finding::{Finding, Place};
use crate::format::order::Order;
use crate::format::{WriteError, Writer};
use crate::text;
use crate::words::Lang;

/// Writes documents of one kind as CSV.
///
/// Payments come with their control total as last row and can be read again. Of statements the
/// entries are written (balances have a file of their own, see [`super::BalancesFile`]), of status
/// reports the payments' statuses. What has no column is left out and said in a finding.
pub struct CsvWriter<W: Write> {
    output: Option<W>,
    table: Table<W>,
    kind: Option<Kind>,
    order: Order,
    findings: Vec<Finding>,
}

enum Table<W: Write> {
    None,
    Payments { csv: ::csv::Writer<W>, group: Box<Group> },
    Entries { file: EntriesFile<W>, statement: Box<Statement> },
    Status { file: StatusFile<W>, report: Box<StatusReport> },
}

impl<W: Write> CsvWriter<W> {
    /// A writer to `output`.
    pub fn new(output: W) -> CsvWriter<W> {
        CsvWriter {
            output: Some(output),
            table: Table::None,
            kind: None,
            order: Order::default(),
            findings: Vec::new(),
        }
    }

    /// Begins a document; the first decides what the file is about.
    fn begin(&mut self, part: &Part) -> Result<(), WriteError> {
        let kind = part.kind();
        if self.kind.is_some_and(|first| first != kind) {
            return Err(refused(text!("a CSV file holds one kind of document", "一个 CSV 文件只能放一种单据")));
        }
        if self.kind.is_some() && kind == Kind::Payments {
            return Err(refused(text!("a CSV file holds one batch of payments", "一个 CSV 文件只能放一个付款批次")));
        }
        self.kind = Some(kind);
        match (part, &mut self.table) {
            (Part::Statement(head), Table::Entries { statement, .. }) => statement.clone_from(head),
            (Part::StatusReport(head), Table::Status { report, .. }) => report.clone_from(head),
            _ => self.table = self.table_for(part)?,
        }
        Ok(())
    }

    fn table_for(&mut self, part: &Part) -> Result<Table<W>, WriteError> {
        let Some(output) = self.output.take() else { return Ok(Table::None) };
        Ok(match part {
            Part::Statement(head) => {
                Table::Entries { file: EntriesFile::new(output, Lang::En)?, statement: head.clone() }
            }
            Part::StatusReport(head) => {
                Table::Status { file: StatusFile::new(output, Lang::En)?, report: head.clone() }
            }
            Part::Cancellation(_) | Part::ReportRequest(_) | Part::Receipts(_) => {
                let message = text!(
                    "CSV has no table for requests to a bank; nothing was written",
                    "CSV 没有用于银行请求的表格；未写出任何内容"
                );
                return Err(WriteError::Refused(Box::new(Finding::error("kind", Place::default(), message))));
            }
            _ => {
                let mut csv = ::csv::WriterBuilder::new().flexible(true).buffer_capacity(64 << 10).from_writer(output);
                csv.write_record(TABLE.iter().map(|names| names.name)).map_err(io_error)?;
                Table::Payments { csv, group: Box::default() }
            }
        })
    }

    fn leave_out(&mut self, what: &str) {
        let message = text!("CSV has no column for {what}; it is left out", "CSV 没有存放 {what} 的列，已略去");
        let finding = Finding::warning("left-out", Place::default(), message);
        if !self.findings.contains(&finding) && self.findings.len() < crate::finding::Findings::MOST {
            self.findings.push(finding);
        }
    }
}

impl<W: Write> Writer for CsvWriter<W> {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        if part.is_head() {
            return self.begin(part);
        }
        if let Part::Payment(payment) = part {
            let extra: Vec<String> = payment.extra.keys().map(|name| format!("`{name}`")).collect();
            extra.iter().for_each(|name| self.leave_out(name));
        }
        match (&mut self.table, part) {
            (Table::Payments { group, .. }, Part::Group(next)) => group.clone_from(next),
            (Table::Payments { csv, group }, Part::Payment(payment)) => {
                csv.write_record(TABLE.iter().map(|names| value(names.column, group, payment))).map_err(io_error)?;
            }
            (Table::Payments { csv, .. }, Part::PaymentsEnd(end)) => {
                csv.write_record(control_total(end)?).map_err(io_error)?;
            }
            (Table::Entries { file, statement }, Part::Entry(entry)) => {
                file.write(&EntryRow { statement, entry, payment: "", matched: "" })?;
            }
            (Table::Status { file, report }, Part::PaymentStatus(status)) => file.write(&status_row(report, status))?,
            (Table::Status { .. }, Part::GroupStatus(_)) => self.leave_out("the status of a group"),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() {
            return Err(crate::format::left_open().into());
        }
        match std::mem::replace(&mut self.table, Table::None) {
            Table::None => {}
            Table::Payments { mut csv, .. } => csv.flush()?,
            Table::Entries { file, .. } => file.finish()?.flush()?,
            Table::Status { file, .. } => file.finish()?.flush()?,
        }
        Ok(())
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }
}

fn refused(message: crate::words::Text) -> WriteError {
    Finding::error("one-kind", Place::default(), message).into()
}

/// `#TOTAL`, count and sum over all currencies.
fn control_total(end: &PaymentsEnd) -> Result<[String; 3], WriteError> {
    let sum = end.sums.values().try_fold(Amount::ZERO, |total, sum| total.checked_add(*sum));
    let sum = sum.ok_or_else(|| refused(text!("the sum of the payments is too large", "付款总金额过大")))?;
    Ok(["#TOTAL".to_string(), end.count.to_string(), sum.to_string()])
}

/// The value of a column for one payment.
fn value(column: Column, group: &Group, payment: &Payment) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (party, address) = (&payment.counterparty, &payment.counterparty.address);
    let number = |account: Option<&Account>| account.map(|a| a.as_str().to_string()).unwrap_or_default();
    match column {
        Column::ExecutionDate => group.execution_date.map(|d| d.to_string()).unwrap_or_default(),
        Column::DebtorName => text(&group.party.name),
        Column::DebtorAccount => number(group.account.as_ref().map(|a| &a.id)),
        Column::DebtorAgent => text(&group.agent),
        Column::DebtorBank => text(&group.agent_name),
        Column::CreditorName => text(&party.name),
        Column::CreditorAccount => number(party.account.as_ref()),
        Column::CreditorAgent => text(&party.agent),
        Column::CreditorBank => text(&party.agent_name),
        Column::Amount => payment.amount.to_string(),
        Column::Currency => payment.currency.to_string(),
        Column::EndToEndId => text(&payment.end_to_end_id),
        Column::InstructionId => text(&payment.instruction_id),
        Column::Remittance => payment.remittance.join(" "),
        Column::StructuredReference => text(&payment.structured_reference),
        Column::Purpose => text(&payment.purpose),
        Column::Category => text(&payment.category_purpose.clone().or_else(|| group.category_purpose.clone())),
        Column::Urgency => {
            payment.urgent.map(|urgent| if urgent { "yes" } else { "no" }).unwrap_or_default().to_string()
        }
        Column::ChargeBearer => text(&payment.charge_bearer.clone().or_else(|| group.charge_bearer.clone())),
        Column::CreditorId => text(&party.id),
        Column::Country => text(&address.country),
        Column::State => text(&address.state),
        Column::Town => text(&address.town),
        Column::PostCode => text(&address.post_code),
        Column::Street => text(&address.street),
        Column::Building => text(&address.building),
        Column::Address => address.lines.join(" "),
    }
}

fn status_row<'a>(report: &'a StatusReport, status: &'a PaymentStatus) -> StatusRow<'a> {
    let reason = status.reasons.first();
    StatusRow {
        batch: report.original_message_id.as_deref().unwrap_or_default(),
        end_to_end_id: status.original_end_to_end_id.as_deref().unwrap_or_default(),
        amount: status.amount,
        currency: status.currency,
        status: status.status.as_deref().unwrap_or_default(),
        bank_status: status.bank_status.as_deref().unwrap_or_default(),
        reason: reason.and_then(|r| r.code.as_deref()).unwrap_or_default(),
        message: reason.and_then(|r| r.info.first()).map(String::as_str).unwrap_or_default(),
        at: "",
        bank_file: report.message_id.as_deref().unwrap_or_default(),
    }
}
