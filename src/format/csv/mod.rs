//! CSV of our own shape: payments in, and what an ERP gets back.
//!
//! Comma, semicolon or tab, RFC 4180 quoting, a header row whose names may come in any order, in
//! English or Chinese. `columns` has the names; `rows` guards the parser against what it lets
//! pass; `erp` has the files that the route writes for an ERP.

mod acceptance;
mod columns;
mod control;
mod erp;
mod reconciliation;
mod payments;
mod row;
mod rows;
mod writer;

pub use acceptance::AcceptanceFile;
pub use control::parse_control;
pub use erp::{BalancesFile, EntriesFile, EntryRow, ReceiptsFile, RefusalRow, RefusalsFile, StatusFile, StatusRow};
pub use payments::PaymentsReader;
pub use reconciliation::ReconciliationFile;
pub use writer::CsvWriter;

pub(super) use payments::looks_like_payments;
