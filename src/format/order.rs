//! The order of a document's parts, and what its end must add up to.

use std::collections::BTreeMap;

use crate::document::{Amount, Currency, Indicator, Method, Part, Payment};
use crate::finding::{Finding, Place};
use crate::text;

/// Follows the parts of a stream and knows which may come next.
#[derive(Debug, Default)]
pub(crate) struct Order {
    open: Open,
    documents: u64,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
    credit: Amount,
    debit: Amount,
}

/// The rule of a payment that goes against its group: the name that the check before sending has for it.
const AGAINST_METHOD: &str = "group-method";

/// Why a payment cannot be written into a file of this method: a direct debit among transfers would be paid.
pub(crate) fn against_method(method: Method, payment: &Payment) -> Option<Finding> {
    let wanted = if method == Method::Transfer { Indicator::Credit } else { Indicator::Debit };
    (payment.indicator != wanted).then(|| {
        let (is, wants) = (payment.indicator.code(), wanted.code());
        let message = text!("the payment is `{is}` in a file of `{wants}`", "该笔为 `{is}`，与文件的 `{wants}` 不符");
        let hint = text!("put transfers and direct debits into groups of their own", "请将付款与代收分别成组");
        Finding::error(AGAINST_METHOD, payment.place.clone(), message).hint(hint)
    })
}

/// What is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Payments,
    Group,
    Status,
    Statement,
    Cancellation,
    ReportRequest,
    Receipts,
}

impl Order {
    /// Takes note of `part`, or says why it may not come here.
    pub fn accept(&mut self, part: &Part) -> Result<(), Box<Finding>> {
        self.open = match (self.open, part) {
            (Open::Nothing, Part::Payments(_)) => self.begin(Open::Payments),
            (Open::Nothing, Part::StatusReport(_)) => self.begin(Open::Status),
            (Open::Nothing, Part::Statement(_)) => self.begin(Open::Statement),
            (Open::Nothing, Part::Cancellation(_)) => self.begin(Open::Cancellation),
            (Open::Nothing, Part::ReportRequest(_)) => self.begin(Open::ReportRequest),
            (Open::Nothing, Part::Receipts(_)) => self.begin(Open::Receipts),
            (Open::Cancellation, Part::PaymentCancellation(_)) | (Open::ReportRequest, Part::RequestedReport(_)) => {
                self.counted()
            }
            (Open::Payments | Open::Group, Part::Group(_)) => Open::Group,
            (Open::Group, Part::Payment(_)) | (Open::Status, Part::PaymentStatus(_)) => self.counted(),
            (Open::Statement, Part::Entry(_)) | (Open::Receipts, Part::Receipt(_)) => self.counted(),
            (Open::Status, Part::GroupStatus(_)) => Open::Status,
            (Open::Payments | Open::Group, Part::PaymentsEnd(_))
            | (Open::Status, Part::StatusReportEnd(_))
            | (Open::Statement, Part::StatementEnd(_))
            | (Open::Cancellation, Part::CancellationEnd(_))
            | (Open::ReportRequest, Part::ReportRequestEnd(_))
            | (Open::Receipts, Part::ReceiptsEnd(_)) => Open::Nothing,
            _ => return Err(Box::new(out_of_order(part))),
        };
        Ok(())
    }

    /// Takes note of `part` and compares an end with what really came before it.
    pub fn verify(&mut self, part: &Part) -> Result<Vec<Finding>, Box<Finding>> {
        self.accept(part)?;
        self.sum(part);
        Ok(self.compare(part))
    }

    /// Whether a document is open.
    pub fn is_open(&self) -> bool {
        self.open != Open::Nothing
    }

    /// How many documents began.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    fn begin(&mut self, open: Open) -> Open {
        let documents = self.documents + 1;
        *self = Order { documents, ..Order::default() };
        open
    }

    fn counted(&mut self) -> Open {
        self.count += 1;
        self.open
    }

    fn sum(&mut self, part: &Part) {
        match part {
            Part::Payment(payment) => {
                let sum = self.sums.entry(payment.currency).or_default();
                *sum = sum.checked_add(payment.amount).unwrap_or(Amount::MAX);
            }
            Part::Entry(entry) => {
                let sum = if entry.indicator == Indicator::Credit { &mut self.credit } else { &mut self.debit };
                *sum = sum.checked_add(entry.amount).unwrap_or(Amount::MAX);
            }
            _ => {}
        }
    }

    fn compare(&self, part: &Part) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (declared, sums_agree) = match part {
            Part::PaymentsEnd(end) => (end.count, end.sums == self.sums),
            Part::StatusReportEnd(end) => (end.payments, true),
            Part::CancellationEnd(end) => (end.payments, true),
            Part::ReportRequestEnd(end) => (end.reports, true),
            Part::ReceiptsEnd(end) => (end.receipts, true),
            Part::StatementEnd(end) => (end.entries, end.credit_sum == self.credit && end.debit_sum == self.debit),
            _ => return findings,
        };
        if declared != self.count {
            let counted = self.count;
            findings.push(Finding::error(
                "control-total",
                Place::default(),
                text!(
                    "the document says that it holds {declared} records and holds {counted}",
                    "单据声明有 {declared} 条记录，实际有 {counted} 条"
                ),
            ));
        }
        if !sums_agree {
            findings.push(Finding::error(
                "control-total",
                Place::default(),
                text!("the sums of the document do not add up", "单据的合计金额与明细不符"),
            ));
        }
        findings
    }
}

fn out_of_order(part: &Part) -> Finding {
    let name = name(part);
    Finding::error("record-order", Place::default(), text!("a `{name}` may not come here", "此处不应出现 `{name}`"))
}

/// The part's name in the contract.
fn name(part: &Part) -> &'static str {
    match part {
        Part::Payments(_) => "payments",
        Part::Group(_) => "group",
        Part::Payment(_) => "payment",
        Part::PaymentsEnd(_) => "payments_end",
        Part::StatusReport(_) => "status_report",
        Part::GroupStatus(_) => "group_status",
        Part::PaymentStatus(_) => "payment_status",
        Part::StatusReportEnd(_) => "status_report_end",
        Part::Statement(_) => "statement",
        Part::Entry(_) => "entry",
        Part::StatementEnd(_) => "statement_end",
        Part::Cancellation(_) => "cancellation",
        Part::PaymentCancellation(_) => "payment_cancellation",
        Part::CancellationEnd(_) => "cancellation_end",
        Part::ReportRequest(_) => "report_request",
        Part::RequestedReport(_) => "requested_report",
        Part::ReportRequestEnd(_) => "report_request_end",
        Part::Receipts(_) => "receipts",
        Part::Receipt(_) => "receipt",
        Part::ReceiptsEnd(_) => "receipts_end",
    }
}
