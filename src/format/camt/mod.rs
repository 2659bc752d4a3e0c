//! camt.052, camt.053, camt.054: report, statement and notification (ISO 20022 `BkToCstmrAcctRpt`,
//! `BkToCstmrStmt`, `BkToCstmrDbtCdtNtfctn`), every version. The three differ in two names.

mod amounts;
mod balances;
mod detail;
mod read;
mod write;

use std::sync::LazyLock;

use super::xml::message::Message;
use super::xml::paths::Paths;
use crate::document::StatementKind;
use read::{Field, StatementHandler, paths};
pub(super) use write::{Layout, StatementWriter};

/// The intraday report.
pub(super) const REPORT: Message = Message { name: "camt.052", roots: &["BkToCstmrAcctRpt", "BkToCstmrAcctRptV01"] };
/// The statement.
pub(super) const STATEMENT: Message = Message { name: "camt.053", roots: &["BkToCstmrStmt", "BkToCstmrStmtV01"] };
/// The debit and credit notification.
pub(super) const NOTIFICATION: Message =
    Message { name: "camt.054", roots: &["BkToCstmrDbtCdtNtfctn", "BkToCstmrDbtCdtNtfctnV01"] };

/// Reads the message of this kind.
pub(super) fn handler(kind: StatementKind) -> StatementHandler {
    static REPORT: LazyLock<Paths<Field>> = LazyLock::new(|| paths("Rpt"));
    static STATEMENT: LazyLock<Paths<Field>> = LazyLock::new(|| paths("Stmt"));
    static NOTIFICATION: LazyLock<Paths<Field>> = LazyLock::new(|| paths("Ntfctn"));
    let paths = match kind {
        StatementKind::Report => &REPORT,
        StatementKind::Statement => &STATEMENT,
        StatementKind::Notification => &NOTIFICATION,
    };
    StatementHandler::new(kind, paths)
}

/// The versions that are written.
pub(super) const LAYOUTS: &[Layout] = &[
    layout("camt.052.001.02", StatementKind::Report, false),
    layout("camt.052.001.08", StatementKind::Report, true),
    layout("camt.053.001.02", StatementKind::Statement, false),
    layout("camt.053.001.08", StatementKind::Statement, true),
    layout("camt.054.001.02", StatementKind::Notification, false),
    layout("camt.054.001.08", StatementKind::Notification, true),
];

const fn layout(name: &'static str, kind: StatementKind, modern: bool) -> Layout {
    let (root, statement) = match kind {
        StatementKind::Report => ("BkToCstmrAcctRpt", "Rpt"),
        StatementKind::Statement => ("BkToCstmrStmt", "Stmt"),
        StatementKind::Notification => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    Layout { name, root, statement, kind, modern }
}
