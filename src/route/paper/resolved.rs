//! What an ERP is told when a person has ended the doubt of one payment.

use super::Output;
use crate::document::{PaymentStatus, Reason};
use crate::journal::{Event, Fact, JournalError, Outbound, PaymentRecord, PaymentState, PaymentStep, Purpose, Records};
use crate::route::number::numbering_of;
use crate::text;
use crate::words::{Lang, Text};

/// The status file, in one format, about the word that a person is about to give of a payment: its next one.
///
/// # Errors
/// [`JournalError`].
pub fn resolution_output(
    records: &dyn Records,
    erp: &str,
    payment: &str,
    format: &str,
) -> Result<Output, JournalError> {
    let before = resolutions(records, payment)?.len() as u64;
    Ok(Output {
        party: erp.to_string(),
        purpose: Purpose::Status,
        document: before + 1,
        format: format.to_string(),
        account: String::new(),
        about: payment.to_string(),
    })
}

/// What the bank had said of a payment before people had its file sent once more: that it rejected it. `None` where
/// nothing came after that, so that it is its state.
pub fn rejected_before(steps: &[PaymentStep]) -> Option<Text> {
    let (at, step) = steps.iter().enumerate().rfind(|(_, step)| step.state == PaymentState::Rejected)?;
    if steps[at + 1..].iter().all(|later| later.state == PaymentState::Rejected) {
        return None;
    }
    let day = step.at.get(..10).unwrap_or(&step.at);
    let said: Vec<&str> = [step.bank_status.as_deref(), step.reason.as_deref()].into_iter().flatten().collect();
    let said = said.join(" ");
    Some(text!("the bank had rejected it on {day} ({said})", "银行曾于 {day} 拒绝（{said}）"))
}

/// A person's word about one payment.
pub(super) struct Resolution {
    pub payment: PaymentRecord,
    pub state: PaymentState,
    /// When, RFC 3339.
    pub at: String,
    words: Text,
}

/// The word that a status file tells of; `None` where it tells of something else.
pub(super) fn of(records: &dyn Records, file: &Outbound) -> Result<Option<Resolution>, JournalError> {
    if file.purpose != Purpose::Status {
        return Ok(None);
    }
    let Some(name) = numbering_of(records, &file.id)?.and_then(|numbering| numbering.about) else { return Ok(None) };
    let Some((batch, seq)) = name.rsplit_once('/') else { return Ok(None) };
    let payment = records.payment_at(batch, seq.parse().unwrap_or_default())?;
    let place = usize::try_from(file.document.saturating_sub(1)).unwrap_or(usize::MAX);
    let fact = resolutions(records, &name)?.into_iter().nth(place);
    let Some((payment, fact)) = payment.zip(fact) else { return Ok(None) };
    let mut steps = records.payment_steps(payment.row)?;
    steps.retain(|step| step.seq <= fact.seq);
    let Some(mut word) = Resolution::of(payment, fact) else { return Ok(None) };
    if let Some(Text { en, zh }) = rejected_before(&steps) {
        word.words = Text { en: format!("{}; {en}", word.words.en), zh: format!("{}；{zh}", word.words.zh) };
    }
    Ok(Some(word))
}

fn resolutions(records: &dyn Records, payment: &str) -> Result<Vec<Fact>, JournalError> {
    let mut facts = records.facts_of(payment)?;
    facts.retain(|fact| fact.subject == payment && matches!(fact.event, Event::PaymentResolved { .. }));
    Ok(facts)
}

impl Resolution {
    fn of(payment: PaymentRecord, fact: Fact) -> Option<Resolution> {
        let Fact { actor, at, event, .. } = fact;
        let Event::PaymentResolved { state, reason, .. } = event else { return None };
        let words = match state {
            PaymentState::Sent | PaymentState::Booked => {
                text!("`{actor}` states that the bank has it: {reason}", "`{actor}` 判定银行已受理：{reason}")
            }
            PaymentState::Returned => {
                text!("`{actor}` states that the money came back: {reason}", "`{actor}` 判定资金已退回：{reason}")
            }
            _ => {
                text!("`{actor}` states that the bank does not have it: {reason}", "`{actor}` 判定银行未受理：{reason}")
            }
        };
        Some(Resolution { payment, state, at, words })
    }

    /// Who says what, and why.
    pub fn message(&self, lang: Lang) -> &str {
        self.words.to(lang)
    }

    /// The ISO 20022 code that comes nearest.
    fn code(&self) -> &'static str {
        match self.state {
            PaymentState::Booked => "ACSC",
            PaymentState::Returned => "RJCT",
            PaymentState::Cancelled => "CANC",
            _ => "ACSP",
        }
    }

    /// The same as a line of a status report.
    pub fn line(&self, lang: Lang) -> PaymentStatus {
        let payment = &self.payment;
        let told = [("state", self.state.to_string()), ("batch", payment.batch.clone())];
        PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            status: Some(self.code().to_string()),
            reasons: vec![Reason { code: None, info: vec![self.message(lang).to_string()] }],
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            counterparty: payment.counterparty(),
            told: told.into_iter().map(|(item, value)| (item.to_string(), value)).collect(),
            ..PaymentStatus::default()
        }
    }
}
