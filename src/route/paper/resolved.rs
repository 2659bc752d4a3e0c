//! What an ERP is told by a word of our own: that nobody knows whether its bank has a file, that it is sent once more,
//! and how a person ended the doubt of a file or of one payment.

use super::Output;
use crate::document::{PaymentStatus, Reason};
use crate::journal::{
    Event, Fact, JournalError, Outbound, PaymentFilter, PaymentRecord, PaymentState, PaymentStep, Purpose, Records,
};
use crate::route::Trouble;
use crate::route::for_erp::is_own_word;
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

/// What a status file tells by a word of our own.
pub(super) struct OwnWord {
    pub batch: String,
    /// Since when it is so, RFC 3339.
    pub at: String,
    words: Text,
    about: About,
}

/// Of which payments it is said.
enum About {
    /// Of one, and what it became.
    One(Box<PaymentRecord>, PaymentState),
    /// Of those of the batch in this file, as the fact of this number left them; of which nothing else was said, so.
    File(String, u64, PaymentState),
}

/// The word that a status file tells of; `None` where it tells of a bank's answer.
pub(super) fn of(records: &dyn Records, file: &Outbound) -> Result<Option<OwnWord>, JournalError> {
    if file.purpose != Purpose::Status {
        return Ok(None);
    }
    let Some(numbering) = numbering_of(records, &file.id)? else { return Ok(None) };
    let Some(name) = numbering.about else { return Ok(None) };
    if let Some(bank_file) = numbering.bank_file {
        return of_file(records, file, &bank_file, name);
    }
    let Some((batch, seq)) = name.rsplit_once('/') else { return Ok(None) };
    let payment = records.payment_at(batch, seq.parse().unwrap_or_default())?;
    let place = usize::try_from(file.document.saturating_sub(1)).unwrap_or(usize::MAX);
    let fact = resolutions(records, &name)?.into_iter().nth(place);
    let Some((payment, fact)) = payment.zip(fact) else { return Ok(None) };
    let mut steps = records.payment_steps(payment.row)?;
    steps.retain(|step| step.seq <= fact.seq);
    let Some(mut word) = OwnWord::of_payment(payment, fact) else { return Ok(None) };
    if let Some(Text { en, zh }) = rejected_before(&steps) {
        word.words = Text { en: format!("{}; {en}", word.words.en), zh: format!("{}；{zh}", word.words.zh) };
    }
    Ok(Some(word))
}

/// What the last fact about a file for a bank before the status file was numbered says.
fn of_file(
    records: &dyn Records,
    status: &Outbound,
    bank_file: &str,
    batch: String,
) -> Result<Option<OwnWord>, JournalError> {
    let numbered = records.facts_of(&status.id)?.into_iter();
    let numbered = numbered.filter(|fact| fact.subject == status.id).map(|fact| fact.seq).min().unwrap_or(u64::MAX);
    let facts = records.facts_of(bank_file)?.into_iter();
    let mut facts = facts.filter(|f| f.subject == bank_file && f.seq < numbered && is_own_word(&f.event));
    let Some(Fact { seq, at, actor, event, .. }) = facts.next_back() else { return Ok(None) };
    let (state, words) = match event {
        Event::Unknown(seen) => {
            let Text { en, zh } = seen.text();
            let words = text!(
                "whether the bank has it is unknown ({en}): do not pay anew before its end is told",
                "银行是否已收到状态未知（{zh}）：在告知结果之前请勿重新付款"
            );
            (PaymentState::Unknown, words)
        }
        Event::Resent { reference, reason, .. } => {
            let words = text!(
                "two people let the very same file be sent once more; by the bank's word `{reference}` it has nothing: \
                 {reason}",
                "经两人批准，以相同内容再次发送；银行答复 `{reference}` 称未收到：{reason}"
            );
            (PaymentState::Queued, words)
        }
        Event::Resolved { sent: true, reason } => (PaymentState::Sent, has_it(&actor, &reason)),
        Event::Resolved { sent: false, reason } => (PaymentState::Cancelled, has_it_not(&actor, &reason)),
        Event::Cancelled { reason } => {
            let words = text!("taken back before it left: {reason}", "发出之前已撤回：{reason}");
            (PaymentState::Cancelled, words)
        }
        _ => return Ok(None),
    };
    Ok(Some(OwnWord { batch, at, words, about: About::File(bank_file.to_string(), seq, state) }))
}

/// A person says that the bank has it.
fn has_it(actor: &str, reason: &str) -> Text {
    text!("`{actor}` states that the bank has it: {reason}", "`{actor}` 判定银行已受理：{reason}")
}

/// A person says that the bank does not have it.
fn has_it_not(actor: &str, reason: &str) -> Text {
    text!("`{actor}` states that the bank does not have it: {reason}", "`{actor}` 判定银行未受理：{reason}")
}

fn resolutions(records: &dyn Records, payment: &str) -> Result<Vec<Fact>, JournalError> {
    let mut facts = records.facts_of(payment)?;
    facts.retain(|fact| fact.subject == payment && matches!(fact.event, Event::PaymentResolved { .. }));
    Ok(facts)
}

impl OwnWord {
    fn of_payment(payment: PaymentRecord, fact: Fact) -> Option<OwnWord> {
        let Fact { actor, at, event, .. } = fact;
        let Event::PaymentResolved { state, reason, .. } = event else { return None };
        let words = match state {
            PaymentState::Sent | PaymentState::Booked => has_it(&actor, &reason),
            PaymentState::Returned => {
                text!("`{actor}` states that the money came back: {reason}", "`{actor}` 判定资金已退回：{reason}")
            }
            _ => has_it_not(&actor, &reason),
        };
        Some(OwnWord { batch: payment.batch.clone(), at, words, about: About::One(Box::new(payment), state) })
    }

    /// What is said of them, and why.
    pub fn message(&self, lang: Lang) -> &str {
        self.words.to(lang)
    }

    /// Shows each payment that is meant, with its word and the code of ISO 20022 that says no more than that.
    pub fn each(
        &self,
        records: &dyn Records,
        each: &mut dyn FnMut(&PaymentRecord, Said) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let (outbound, seq, state) = match &self.about {
            About::One(payment, state) => return each(payment, Said::of_payment(*state)),
            About::File(outbound, seq, state) => (outbound, *seq, *state),
        };
        let (outbound, batch) = (Some(outbound.clone()), Some(self.batch.clone()));
        let mut told = Ok(());
        let filter = PaymentFilter { outbound, batch, ..PaymentFilter::default() };
        records.each_payment(&filter, &mut |payment| {
            // What waits once more has no word of its own: it is what its file is.
            let own = records.state_at(payment.row, seq).map(|own| own.filter(|own| *own != PaymentState::Queued));
            told = own.map_err(Trouble::from).and_then(|own| each(&payment, Said::of_file(own.unwrap_or(state))));
            told.is_ok()
        })?;
        told
    }

    /// The same as a line of a status report.
    pub fn line(&self, payment: &PaymentRecord, said: Said, lang: Lang) -> PaymentStatus {
        let told = [("state", said.word.to_string()), ("batch", payment.batch.clone())];
        PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            status: Some(said.code.to_string()),
            reasons: vec![Reason { code: None, info: vec![self.message(lang).to_string()] }],
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            counterparty: payment.counterparty(),
            told: told.into_iter().map(|(item, value)| (item.to_string(), value)).collect(),
            ..PaymentStatus::default()
        }
    }
}

/// What an ERP reads of a payment by our own word.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub word: &'static str,
    pub code: &'static str,
}

impl Said {
    /// A person's word about one payment.
    fn of_payment(state: PaymentState) -> Said {
        let code = match state {
            PaymentState::Booked => "ACSC",
            PaymentState::Returned => "RJCT",
            PaymentState::Cancelled => "CANC",
            _ => "ACSP",
        };
        Said { word: state.word(), code }
    }

    /// What a file in doubt, or the end of that, makes of a payment: no code says more than is known.
    fn of_file(state: PaymentState) -> Said {
        let code = match state {
            PaymentState::Executed | PaymentState::Booked => "ACSC",
            PaymentState::Accepted => "ACSP",
            PaymentState::Rejected => "RJCT",
            PaymentState::Cancelled => "CANC",
            _ => "PDNG",
        };
        Said { word: if state == PaymentState::Sent { "pending" } else { state.word() }, code }
    }

    /// The word in a layout, which has one for each state that an answer leads to: what is not with the bank yet is
    /// under way, what was taken back is not paid.
    pub fn in_layout(self) -> Said {
        let word = match self.word {
            "queued" | "sent" => "pending",
            "booked" => "executed",
            "cancelled" => "rejected",
            word => word,
        };
        Said { word, ..self }
    }
}
