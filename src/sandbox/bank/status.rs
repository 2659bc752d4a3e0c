//! Status reports: what the bank answers to a payment file.

use std::fs::File;

use super::books::Books;
use super::error::BankError;
use super::order::{Judged, Order, judge_again};
use super::rules::Verdict;
use super::settings::Settings;
use crate::document::{GroupStatus, Moment, Part, Payment, PaymentStatus, Reason, StatusReport, StatusReportEnd};
use crate::format::{self, WriteOptions, Writer};

/// One status report to be written.
pub(super) struct Answer<'a> {
    pub settings: &'a Settings,
    pub books: &'a Books,
    pub order: &'a Order,
    /// Its message id.
    pub id: String,
    /// The message that it speaks of.
    pub original: String,
    /// Status of what is accepted.
    pub level: &'a str,
    pub created: Moment,
}

impl Answer<'_> {
    /// Writes the report about the payment file `plain` into `output`.
    pub(super) fn write(&self, plain: &File, output: File) -> Result<(), BankError> {
        let options = WriteOptions::default();
        let mut writer = format::create(&self.settings.status_format, Box::new(output), &options)?;
        writer.write_part(&Part::StatusReport(Box::new(self.head())))?;
        let mut payments = 0;
        if self.order.refused.is_none() {
            let mut group = 0;
            judge_again(&self.settings.rules, self.books, plain, &mut |judged| {
                match judged {
                    Judged::Group => {
                        self.group(group, &mut *writer)?;
                        group += 1;
                    }
                    Judged::Payment(payment, verdict) => {
                        payments += u64::from(self.payment(payment, verdict, group, &mut *writer)?);
                    }
                }
                Ok(())
            })?;
        }
        writer.write_part(&Part::StatusReportEnd(Box::new(StatusReportEnd { payments, findings: Vec::new() })))?;
        Ok(writer.finish()?)
    }

    fn head(&self) -> StatusReport {
        StatusReport {
            format: self.settings.status_format.clone(),
            message_id: Some(self.id.clone()),
            created: Some(self.created),
            original_message_id: Some(self.original.clone()),
            original_message_name: Some(self.order.format.clone()).filter(|f| !f.is_empty()),
            original_count: Some(self.order.count),
            original_sum: self.order.sum(),
            status: Some(self.order.status(self.level)),
            reasons: self.order.refused.iter().cloned().collect(),
        }
    }

    fn group(&self, index: usize, writer: &mut dyn Writer) -> Result<(), BankError> {
        let Some(tally) = self.order.groups.get(index) else { return Ok(()) };
        let status = GroupStatus {
            original_payment_information_id: tally.id.clone(),
            status: Some(tally.status(self.level)),
            reasons: tally.reason.iter().cloned().collect(),
        };
        Ok(writer.write_part(&Part::GroupStatus(Box::new(status)))?)
    }

    /// Writes the payment's status where it is to be reported; says whether it was.
    fn payment(
        &self,
        payment: &Payment,
        verdict: Verdict,
        group: usize,
        writer: &mut dyn Writer,
    ) -> Result<bool, BankError> {
        let (status, reasons): (&str, Vec<Reason>) = match verdict {
            Verdict::Accepted | Verdict::Returned(_) => (self.level, Vec::new()),
            Verdict::Rejected(reason) => ("RJCT", vec![reason]),
            Verdict::Pending(reason) => ("PDNG", vec![reason]),
        };
        if reasons.is_empty() && !self.settings.report_every_payment {
            return Ok(false);
        }
        let group = group.checked_sub(1).and_then(|at| self.order.groups.get(at));
        let status = PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            original_instruction_id: payment.instruction_id.clone(),
            original_payment_information_id: group.and_then(|g| g.id.clone()),
            status: Some(status.to_string()),
            reasons,
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            ..PaymentStatus::default()
        };
        writer.write_part(&Part::PaymentStatus(Box::new(status)))?;
        Ok(true)
    }
}
