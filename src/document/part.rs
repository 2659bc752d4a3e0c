//! One part of a document: the unit that readers give and writers take.

use serde::{Deserialize, Serialize};

use super::{
    Cancellation, CancellationEnd, Entry, Group, GroupStatus, Payment, PaymentCancellation, PaymentStatus, Payments,
    PaymentsEnd, Receipt, Receipts, ReceiptsEnd, ReportRequest, ReportRequestEnd, RequestedReport, Statement,
    StatementEnd, StatusReport, StatusReportEnd,
};
use crate::finding::Finding;

/// One part of a document; as JSON, one line of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Head of a payments document.
    Payments(Box<Payments>),
    /// A group begins.
    Group(Box<Group>),
    /// A payment of the current group.
    Payment(Box<Payment>),
    /// End of a payments document.
    PaymentsEnd(Box<PaymentsEnd>),
    /// Head of a status report.
    StatusReport(Box<StatusReport>),
    /// Status of a group.
    GroupStatus(Box<GroupStatus>),
    /// Status of a payment.
    PaymentStatus(Box<PaymentStatus>),
    /// End of a status report.
    StatusReportEnd(Box<StatusReportEnd>),
    /// Head of a statement.
    Statement(Box<Statement>),
    /// An entry of the current statement.
    Entry(Box<Entry>),
    /// End of a statement.
    StatementEnd(Box<StatementEnd>),
    /// Head of a cancellation request.
    Cancellation(Box<Cancellation>),
    /// A payment that is to be cancelled.
    PaymentCancellation(Box<PaymentCancellation>),
    /// End of a cancellation request.
    CancellationEnd(Box<CancellationEnd>),
    /// Head of a request for reports.
    ReportRequest(Box<ReportRequest>),
    /// A report that is asked for.
    RequestedReport(Box<RequestedReport>),
    /// End of a request for reports.
    ReportRequestEnd(Box<ReportRequestEnd>),
    /// Head of a receipt bundle.
    Receipts(Box<Receipts>),
    /// A receipt of the current bundle.
    Receipt(Box<Receipt>),
    /// End of a receipt bundle.
    ReceiptsEnd(Box<ReceiptsEnd>),
}

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Credit transfers or direct debits.
    Payments,
    /// A bank's answer.
    StatusReport,
    /// A statement, report or notification.
    Statement,
    /// A request not to execute payments.
    Cancellation,
    /// A request for statements.
    ReportRequest,
    /// Electronic receipts (电子回单).
    Receipts,
}

impl Part {
    /// The kind of document that this part belongs to.
    pub fn kind(&self) -> Kind {
        match self {
            Part::Payments(_) | Part::Group(_) | Part::Payment(_) | Part::PaymentsEnd(_) => Kind::Payments,
            Part::StatusReport(_) | Part::GroupStatus(_) | Part::PaymentStatus(_) | Part::StatusReportEnd(_) => {
                Kind::StatusReport
            }
            Part::Statement(_) | Part::Entry(_) | Part::StatementEnd(_) => Kind::Statement,
            Part::Cancellation(_) | Part::PaymentCancellation(_) | Part::CancellationEnd(_) => Kind::Cancellation,
            Part::ReportRequest(_) | Part::RequestedReport(_) | Part::ReportRequestEnd(_) => Kind::ReportRequest,
            Part::Receipts(_) | Part::Receipt(_) | Part::ReceiptsEnd(_) => Kind::Receipts,
        }
    }

    /// Whether a document begins here.
    pub fn is_head(&self) -> bool {
        matches!(
            self,
            Part::Payments(_)
                | Part::StatusReport(_)
                | Part::Statement(_)
                | Part::Cancellation(_)
                | Part::ReportRequest(_)
                | Part::Receipts(_)
        )
    }

    /// The findings of the document that ends here, else `None`.
    pub fn end_findings(&self) -> Option<&[Finding]> {
        match self {
            Part::PaymentsEnd(end) => Some(&end.findings),
            Part::StatusReportEnd(end) => Some(&end.findings),
            Part::StatementEnd(end) => Some(&end.findings),
            Part::CancellationEnd(end) => Some(&end.findings),
            Part::ReportRequestEnd(end) => Some(&end.findings),
            Part::ReceiptsEnd(end) => Some(&end.findings),
            _ => None,
        }
    }
}
