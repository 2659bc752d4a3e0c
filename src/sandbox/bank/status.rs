//! Status reports: what the bank answers to a payment file.

use std::fs::File;

use super::error::BankError;
use super::order::{Judged, Order, Paper, judge_again};
use super::rules::{Verdict, reason};
use crate::document::{GroupStatus, Moment, Part, Payment, PaymentStatus, Reason, StatusReport, StatusReportEnd};
use crate::format::Writer;

/// One status report to be written.
pub(super) struct Answer<'a> {
    pub paper: Paper<'a>,
    pub order: &'a Order,
    /// Its message id.
    pub id: String,
    /// The message that it speaks of.
    pub original: Option<String>,
    /// Status of what is accepted.
    pub level: &'a str,
    pub created: Moment,
}

impl Answer<'_> {
    /// Writes the report into `output`.
    pub(super) fn write(&self, output: File) -> Result<(), BankError> {
        let mut writer = self.paper.tongue.status(output)?;
        writer.write_part(&Part::StatusReport(Box::new(self.head())))?;
        let mut payments = 0;
        if self.order.refused.is_none() {
            let mut group = 0;
            judge_again(&self.paper, &mut |judged| {
                match judged {
                    Judged::Group => {
                        self.group(group, &mut *writer)?;
                        group += 1;
                    }
                    Judged::Payment(payment, verdict) => {
                        payments += u64::from(self.payment(payment, verdict, (group, payments), &mut *writer)?);
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
            format: self.paper.settings.status_format.clone(),
            message_id: Some(self.id.clone()),
            created: Some(self.created),
            original_message_id: self.original.clone(),
            original_message_name: Some(self.order.format.clone()).filter(|f| !f.is_empty()),
            original_count: Some(self.order.count),
            original_sum: self.order.sum(),
            original_group: self.order.group.clone().filter(|_| self.paper.tongue.has_rows()),
            status_counts: Vec::new(),
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
            ..GroupStatus::default()
        };
        Ok(writer.write_part(&Part::GroupStatus(Box::new(status)))?)
    }

    /// Writes the payment's status where it is to be reported; says whether it was. `at` is the group that it is in
    /// and the number of rows before this one.
    fn payment(
        &self,
        payment: &Payment,
        verdict: Verdict,
        at: (usize, u64),
        writer: &mut dyn Writer,
    ) -> Result<bool, BankError> {
        let tongue = self.paper.tongue;
        let (status, reasons) = self.said(verdict);
        let needed = !reasons.is_empty() || self.paper.settings.report_every_payment;
        let has_word = tongue.has_word(status.as_deref().unwrap_or_default());
        if !needed || (tongue.has_sections() && !has_word) {
            return Ok(false);
        }
        let group = at.0.checked_sub(1).and_then(|at| self.order.groups.get(at));
        let mut line = PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            original_instruction_id: payment.instruction_id.clone(),
            original_payment_information_id: group.and_then(|g| g.id.clone()),
            reasons,
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            ..PaymentStatus::default()
        };
        match status {
            Some(status) if has_word => line.status = Some(status),
            // What the bank has no word for, and what ISO has no code for, it says by the code of the reason.
            status => line.bank_status = line.reasons.first().and_then(|reason| reason.code.clone()).or(status),
        }
        if tongue.has_rows() {
            line.counterparty = payment.counterparty.clone();
            line.extra = payment.extra.clone();
            line.original_seq = Some(payment.seq);
            line.bank_reference = Some(format!("{}", at.1 + 1));
        }
        writer.write_part(&Part::PaymentStatus(Box::new(line)))?;
        Ok(true)
    }

    /// The ISO status, where there is one, and the reasons.
    fn said(&self, verdict: Verdict) -> (Option<String>, Vec<Reason>) {
        match verdict {
            Verdict::Accepted | Verdict::Returned(_) => (Some(self.level.to_string()), Vec::new()),
            Verdict::Rejected(reason) => (Some("RJCT".to_string()), vec![reason]),
            Verdict::Pending(reason) => (Some("PDNG".to_string()), vec![reason]),
            Verdict::Unlisted(code) => (None, vec![reason(&code, "asked for by the payment's own text")]),
        }
    }
}
