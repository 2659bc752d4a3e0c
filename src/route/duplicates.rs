//! Duplicate memory: whether a batch, or a payment in it, came before.
//!
//! Four levels over all history of the policy's months: the same content (before the file is opened), the same file
//! name, the same message id or totals, the same payment. Batches that were refused or taken back are no history, nor
//! are payments that the bank rejected or returned: they may be asked for again.

use jiff::{Timestamp, ToSpan};

use crate::config::{DuplicatePolicy, Verdict};
use crate::finding::{Finding, Place};
use crate::journal::{Batch, Event, Fact, Inbound, JournalError, Likeness, Records, Suspicion, moment};
use crate::text;
use crate::words::Text;

/// What is suspected of a batch, with the verdict of its ERP's policy; the surest first.
///
/// # Errors
/// [`JournalError`].
pub fn suspicions(
    records: &dyn Records,
    batch: &Batch,
    file: &Inbound,
    policy: &DuplicatePolicy,
    now: Timestamp,
) -> Result<Vec<(Suspicion, Verdict)>, JournalError> {
    let since = horizon(policy, now);
    let mut found = Vec::new();
    if let Some(of) = records.inbound_by_name(file, &since)? {
        found.push((suspicion(Likeness::Name, of, 1), policy.name));
    }
    if let Some(of) = records.batch_by_message_id(batch, &since)? {
        found.push((suspicion(Likeness::Message, of, batch.totals.count), policy.message));
    }
    if let Some(of) = records.batch_by_totals(batch, &since)? {
        found.push((suspicion(Likeness::Totals, of, batch.totals.count), policy.totals));
    }
    if let Some((of, count)) = records.payments_seen_before(batch, &since, policy.days)? {
        found.push((suspicion(Likeness::Payment, of, count), policy.payment));
    }
    Ok(found)
}

/// More payments of a batch that are like earlier ones than were known when it was looked at last: what the bank had
/// rejected, or a person had said not to be there, may be paid after all. `None` where the policy lets them pass.
///
/// # Errors
/// [`JournalError`].
pub fn seen_since(
    records: &dyn Records,
    batch: &Batch,
    policy: &DuplicatePolicy,
    now: Timestamp,
) -> Result<Option<Suspicion>, JournalError> {
    if policy.payment == Verdict::Pass {
        return Ok(None);
    }
    let since = horizon(policy, now);
    let Some((of, count)) = records.payments_seen_before(batch, &since, policy.days)? else { return Ok(None) };
    let known = records.facts_of(&batch.id)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::Suspected { suspicion, .. } if suspicion.likeness == Likeness::Payment => Some(suspicion.count),
        _ => None,
    });
    Ok((count > known.unwrap_or(0)).then(|| suspicion(Likeness::Payment, of, count)))
}

/// Payments of a batch that a later batch asks for too, which was let go first, and of which nobody who lets this one
/// go was told. `None` where the policy lets them pass.
///
/// # Errors
/// [`JournalError`].
pub fn let_go_later(
    records: &dyn Records,
    batch: &Batch,
    policy: &DuplicatePolicy,
) -> Result<Option<Suspicion>, JournalError> {
    if policy.payment == Verdict::Pass {
        return Ok(None);
    }
    let Some((of, count)) = records.payments_let_go_later(&batch.id, policy.days)? else { return Ok(None) };
    let told = |fact: &Fact| match &fact.event {
        Event::Suspected { suspicion, .. } => suspicion.of == of && suspicion.count >= count,
        _ => false,
    };
    Ok((!records.facts_of(&batch.id)?.iter().any(told)).then(|| suspicion(Likeness::Payment, of, count)))
}

/// The moment before which nothing is remembered, RFC 3339.
pub fn horizon(policy: &DuplicatePolicy, now: Timestamp) -> String {
    let back = i64::from(policy.months.min(1_200));
    let utc = jiff::tz::TimeZone::UTC;
    let then = utc.to_datetime(now).checked_sub(back.months()).and_then(|then| utc.to_timestamp(then));
    moment(then.unwrap_or(Timestamp::MIN))
}

/// Since when there is anything to compare with, where the journal began after the policy's horizon.
///
/// # Errors
/// [`JournalError`].
pub fn remembers_since(
    records: &dyn Records,
    policy: &DuplicatePolicy,
    now: Timestamp,
) -> Result<Option<Timestamp>, JournalError> {
    let first = records.facts_after(0, 1)?.pop().filter(|first| first.at > horizon(policy, now));
    Ok(first.and_then(|first| first.at.parse().ok()))
}

/// What a refused batch's ERP is told.
pub fn finding(suspicion: &Suspicion) -> Finding {
    let (of, count) = (&suspicion.of, suspicion.count);
    let message = match suspicion.likeness {
        Likeness::Content => text!("the same content came before as `{of}`", "内容与 `{of}` 相同"),
        Likeness::Name => text!("a file of this name came before as `{of}`", "同名文件此前已收到：`{of}`"),
        Likeness::Message => text!("the same message id came before in `{of}`", "报文标识号与 `{of}` 相同"),
        Likeness::Totals => text!(
            "`{of}` had the same number of payments and sums from the same accounts",
            "`{of}` 的付款账户、笔数和金额合计完全相同"
        ),
        Likeness::Payment => text!(
            "{count} payment(s) are the same as in `{of}`: payer, payee, amount, currency and text",
            "有 {count} 笔付款与 `{of}` 中的付款相同（付款人、收款人、金额、币种和附言）"
        ),
    };
    let hint = text!(
        "nothing was paid; if it is meant, give it a name, message id or text of its own",
        "未付款；如确需支付，请使用不同的文件名、报文标识号或附言"
    );
    Finding::error(suspicion.likeness.rule(), Place::default(), message).hint(hint)
}

/// What is said of a file whose very bytes were refused before: when, as what, and why.
pub fn refused_before(id: &str, at: &str, findings: &[Finding], reason: Option<&str>) -> Finding {
    let day = at.get(..10).unwrap_or(at);
    let first = findings.iter().find(|finding| finding.is_error()).map(|finding| finding.message.clone());
    let why = reason.map(Text::same).or(first).unwrap_or_default();
    let (en, zh) = (why.en, why.zh);
    let message =
        text!("the same bytes were refused on {day} as `{id}`: {en}", "相同内容曾于 {day} 以 `{id}` 被拒绝：{zh}");
    let hint = text!(
        "see `bankferry show {id}`: what was wrong then may have been put right here, or not at all",
        "请查看 `bankferry show {id}`：当时的问题可能已在本系统解决，也可能仍未解决"
    );
    Finding::warning("refused-before", Place::default(), message).hint(hint)
}

/// The fact that states a suspicion.
pub fn event(suspicion: &Suspicion, verdict: Verdict) -> Event {
    Event::Suspected { suspicion: suspicion.clone(), verdict: verdict.word().into() }
}

/// A file with the content of an earlier one.
pub fn same_content(of: String) -> Suspicion {
    suspicion(Likeness::Content, of, 0)
}

fn suspicion(likeness: Likeness, of: String, count: u64) -> Suspicion {
    Suspicion { likeness, of, count }
}
