//! One part of a document: the unit that readers give and writers take.

use serde::{Deserialize, Serialize};

use super::{
    Entry, Group, GroupStatus, Payment, PaymentStatus, Payments, PaymentsEnd, Statement, StatementEnd, StatusReport,
    StatusReportEnd,
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
        }
    }

    /// Whether a document begins here.
    pub fn is_head(&self) -> bool {
        matches!(self, Part::Payments(_) | Part::StatusReport(_) | Part::Statement(_))
    }

    /// The findings of the document that ends here, else `None`.
    pub fn end_findings(&self) -> Option<&[Finding]> {
        match self {
            Part::PaymentsEnd(end) => Some(&end.findings),
            Part::StatusReportEnd(end) => Some(&end.findings),
            Part::StatementEnd(end) => Some(&end.findings),
            _ => None,
        }
    }
}
