//! What a person says about an entry of a statement: which payments it is, or that it is not them after all.
//!
//! A payment whose booking is taken back may be rejected by a late answer and ordered anew, so that in production two
//! people say it. What they see, and what a proposal is bound to, is the entry and every payment concerned.

use super::decide::payment_digest;
use super::reconcile::payment_name;
use crate::disk::Sha256Hash;
use crate::journal::{
    Act, EntryFilter, EntryRecord, EntryState, JournalError, PaymentRecord, PaymentState, Proposal, Records,
};
use crate::text;
use crate::words::Text;

/// What stands between the payments that a proposal names.
const BETWEEN: &str = " ";

/// The entry of a name such as `I20261124-0002/1/7`; `None` where there is none.
///
/// # Errors
/// [`JournalError`].
pub fn entry(records: &dyn Records, name: &str) -> Result<Option<EntryRecord>, JournalError> {
    let mut parts = name.split('/');
    let (Some(inbound), Some(Ok(document)), Some(Ok(seq)), None) =
        (parts.next(), parts.next().map(str::parse::<u64>), parts.next().map(str::parse::<u64>), parts.next())
    else {
        return Ok(None);
    };
    let filter = EntryFilter {
        inbound: Some(inbound.to_string()),
        document: Some(document),
        seq: Some(seq),
        ..EntryFilter::default()
    };
    let mut found = None;
    records.each_entry(&filter, &mut |entry| {
        found = Some(entry);
        false
    })?;
    Ok(found)
}

/// The payments that an entry is by now.
///
/// # Errors
/// [`JournalError`].
pub fn payments_of(records: &dyn Records, record: &EntryRecord) -> Result<Vec<PaymentRecord>, JournalError> {
    let (document, seq) = (record.entry.document, record.entry.seq);
    let mut payments: Vec<PaymentRecord> = Vec::new();
    for found in records.matches(&record.inbound, document, seq..=seq)? {
        // Several transactions of one entry may be one payment.
        if !payments.iter().any(|payment| payment.row == found.payment) {
            payments.extend(records.payment(found.payment)?);
        }
    }
    Ok(payments)
}

/// What a proposal to match names: the payments by batch and place.
pub fn names(payments: &[PaymentRecord]) -> String {
    payments.iter().map(payment_name).collect::<Vec<_>>().join(BETWEEN)
}

/// What two people see of an entry and of the payments that it is to be, or not to be any more: what they are, the
/// last that moved each, and which entries show each.
///
/// # Errors
/// [`JournalError`].
pub fn digest(records: &dyn Records, record: &EntryRecord, payments: &[PaymentRecord]) -> Result<String, JournalError> {
    let entry = &record.entry;
    let money = format!("{} {} {}", entry.currency, entry.amount.normalize(), entry.rest.normalize());
    let mut seen = vec![
        record.name(),
        record.kind.clone(),
        record.account.clone(),
        entry.state.word().to_string(),
        entry.indicator.code().to_string(),
        money,
    ];
    for payment in payments {
        let moved = records.payment_steps(payment.row)?.last().map(|step| step.seq);
        seen.push(payment_digest(payment, moved));
        let entries = records.entries_of(payment.row)?.into_iter();
        seen.extend(entries.map(|(inbound, document, entry)| format!("{inbound}/{document}/{entry}")));
    }
    Ok(Sha256Hash::of(seen.join("\n").as_bytes()).to_string())
}

/// What has changed since somebody proposed to match an entry or to take its match back; `None` while nothing has.
///
/// # Errors
/// [`JournalError`].
pub fn changed(records: &dyn Records, proposal: &Proposal) -> Result<Option<Text>, JournalError> {
    let name = proposal.subject.as_str();
    let Some(record) = entry(records, name)? else { return Ok(None) };
    let matches = proposal.what == Act::Match;
    if (record.entry.state == EntryState::Matched) == matches {
        let (word, word_zh) = (record.entry.state.word(), record.entry.state.word_zh());
        return Ok(Some(text!("`{name}` is {word} by now", "`{name}` 现为 {word_zh}")));
    }
    let payments = match matches {
        true => named(records, proposal.reference.as_deref().unwrap_or_default())?,
        false => payments_of(records, &record)?,
    };
    let same = digest(records, &record, &payments)? == proposal.digest;
    Ok((!same).then(|| {
        let states: Vec<(String, PaymentState)> = payments.iter().map(|p| (payment_name(p), p.state)).collect();
        let en = states.iter().map(|(p, s)| format!("`{p}` {}", s.word())).collect::<Vec<_>>().join(", ");
        let zh = states.iter().map(|(p, s)| format!("`{p}` {}", s.word_zh())).collect::<Vec<_>>().join("、");
        text!(
            "the entry or its payments are not as the proposer saw them; now: {en}",
            "分录或其付款已与提议人所见不同；现为：{zh}"
        )
    }))
}

/// The payments that a proposal to match names.
fn named(records: &dyn Records, names: &str) -> Result<Vec<PaymentRecord>, JournalError> {
    let places = names.split(BETWEEN).filter_map(|name| name.rsplit_once('/'));
    let mut payments = Vec::new();
    for (batch, place) in places {
        let Ok(place) = place.parse() else { continue };
        payments.extend(records.payment_at(batch, place)?);
    }
    Ok(payments)
}
