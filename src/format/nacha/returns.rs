//! Returns and notifications of change: what a bank says of entries that it was given (Nacha Operating Rules,
//! appendix four: addenda records of types 98 and 99).

use super::layout::addenda;
use super::records::Record;
use crate::document::{Part, Payment, PaymentStatus, Reason, StatusReport, StatusReportEnd};

/// The most returns of one file: they are held until its control record was right.
pub(super) const MOST: usize = 100_000;

/// What an addenda record says of the entry that it is about, where it says anything.
///
/// A return rejects the entry. A notification of change leaves it executed, with something to correct in the next
/// one: in ISO 20022's words `ACWC`. Dishonoured and contested returns (`R61`–`R77`) speak of an earlier return, not
/// of the entry: their code is left to a person.
pub(super) fn status(entry: &Payment, record: &Record) -> Option<PaymentStatus> {
    let (code, status, amount) = match record.raw(addenda::TYPE) {
        "99" => {
            let code = record.text(addenda::RETURN_CODE)?;
            let about_return = matches!(code.get(1..).and_then(|n| n.parse::<u8>().ok()), Some(61..=77));
            (code, (!about_return).then_some("RJCT"), Some(entry.amount))
        }
        // Its amount is zero: it is not about money.
        "98" => (record.text(addenda::CHANGE_CODE)?, Some("ACWC"), None),
        _ => return None,
    };
    let corrected = record.text(addenda::CORRECTED).filter(|_| amount.is_none());
    Some(PaymentStatus {
        original_instruction_id: record.text(addenda::ORIGINAL_TRACE),
        original_end_to_end_id: entry.end_to_end_id.clone(),
        status: status.map(str::to_string),
        bank_status: Some(code.clone()),
        bank_reference: entry.instruction_id.clone(),
        reasons: vec![Reason { code: Some(code), info: corrected.into_iter().collect() }],
        currency: amount.map(|_| entry.currency),
        amount,
        ..PaymentStatus::default()
    })
}

/// The status report behind the payments; nothing where there are no returns.
pub(super) fn report(statuses: Vec<PaymentStatus>) -> Vec<Part> {
    if statuses.is_empty() {
        return Vec::new();
    }
    let payments = statuses.len() as u64;
    let head = StatusReport { format: "nacha".to_string(), ..StatusReport::default() };
    let mut parts = vec![Part::StatusReport(Box::new(head))];
    parts.extend(statuses.into_iter().map(|status| Part::PaymentStatus(Box::new(status))));
    parts.push(Part::StatusReportEnd(Box::new(StatusReportEnd { payments, findings: Vec::new() })));
    parts
}
