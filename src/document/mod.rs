//! What a file means, foreign to every file format.
//!
//! A document is told part by part, in the order of the file, so that a reader, a check and a
//! writer can work on files of any size in constant memory. Each [`Part`] is one line of the
//! contract's JSON lines; the serde attributes here *are* that contract.
//!
//! ```text
//! payments      Payments      (Group      Payment*)*  PaymentsEnd
//! status        StatusReport  (GroupStatus | PaymentStatus)*  StatusReportEnd
//! statement     Statement     Entry*  StatementEnd
//! receipts      Receipts      Receipt*  ReceiptsEnd
//! cancellation  Cancellation  PaymentCancellation*  CancellationEnd
//! request       ReportRequest RequestedReport*  ReportRequestEnd
//! ```

mod account;
mod authenticity;
mod cancellation;
mod conversion;
mod date;
mod makeup;
mod money;
mod part;
mod payments;
mod receipt;
mod reference;
mod report_request;
mod statement;
mod status;

pub use account::{Account, Bic, Cnaps, Iban, numbers_agree, numbers_differ};
pub use authenticity::Authenticity;
pub use cancellation::{Cancellation, CancellationEnd, PaymentCancellation};
pub use conversion::{Charge, Conversion, Exchange, Money, ReferredDocument};
pub use date::{Date, Moment, parse_date};
pub use makeup::{BatchType, Makeup, MakeupOf};
pub use money::{Amount, AmountError, Currency, is_within_money, parse_amount};
pub use part::{Kind, Part};
pub use payments::{
    Address, CHARGE_BEARERS, Counterparty, Declared, Group, GroupAccount, Indicator, Method, Party, Payment, Payments,
    PaymentsEnd, SEQUENCE_TYPES,
};
pub use receipt::{Receipt, ReceiptLinks, ReceiptType, Receipts, ReceiptsEnd};
pub use reference::{CreditorId, CreditorReference};
pub use report_request::{ReportRequest, ReportRequestEnd, RequestedReport};
pub use statement::{
    Balance, DeclaredEntries, Entry, EntryCode, EntryDetail, Reissue, Statement, StatementAccount, StatementEnd,
    StatementKind, is_booked,
};
pub use status::{
    GroupStatus, NamedBy, PaymentStatus, REFUSED_CODES, Reason, SETTLED_CODES, STATUS_CODES, StatusCount, StatusReport,
    StatusReportEnd,
};
