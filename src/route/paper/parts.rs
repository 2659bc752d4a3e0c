//! What an ERP is told when one part of a split batch goes no further: which payments, since the others go on.

use crate::finding::{Finding, Place};
use crate::journal::{Event, Fact, Inbound, JournalError, Outbound, PaymentFilter, PaymentRecord, Purpose, Records};
use crate::route::PROGRAM;
use crate::route::number::numbering_of;
use crate::text;
use crate::words::Text;

/// A finding for each payment of the parts that were taken back since the ERP was told last; none where the batch was
/// not split, or no part of it was taken back.
///
/// # Errors
/// [`JournalError`].
pub(super) fn taken_back(
    records: &dyn Records,
    source: &Inbound,
    told_by: &Outbound,
) -> Result<Vec<Finding>, JournalError> {
    let Some(batch) = records.batch_of(&source.id)? else { return Ok(Vec::new()) };
    let (since, until) = told_before(records, source, told_by)?;
    let mut findings = Vec::new();
    for part in records.carrying(&batch.id)? {
        if numbering_of(records, &part.id)?.is_none_or(|numbering| numbering.part.is_none()) {
            continue;
        }
        let facts = records.facts_of(&part.id)?.into_iter();
        let mut of_part = facts.filter(|fact| fact.subject == part.id && (since..until).contains(&fact.seq));
        let Some((rule, words)) = of_part.find_map(|fact| words(&fact)) else { continue };
        let filter = PaymentFilter { outbound: Some(part.id), ..PaymentFilter::default() };
        records.each_payment(&filter, &mut |payment| {
            findings.push(finding(&payment, rule, &words));
            true
        })?;
    }
    // Where nothing of it goes on that is not said.
    if (findings.len() as u64) < batch.totals.count {
        let hint = || text!("the other payments of the file go on", "该文件中的其他付款照常处理");
        findings = findings.into_iter().map(|finding| finding.hint(hint())).collect();
    }
    Ok(findings)
}

/// Between which facts a refusal tells what happened: after the one before it was numbered, before itself was. Its
/// formats are numbered together.
fn told_before(records: &dyn Records, source: &Inbound, told_by: &Outbound) -> Result<(u64, u64), JournalError> {
    let facts = records.facts_of(&source.id)?;
    let refusals = facts
        .iter()
        .filter(|fact| matches!(&fact.event, Event::Numbered(numbering) if numbering.purpose == Purpose::Refusal));
    let all: Vec<&Fact> = refusals.collect();
    let own = all.iter().find(|fact| fact.subject == told_by.id).map_or(u64::MAX, |fact| fact.seq);
    let goes_no_further = |fact: &&Fact| fact.seq < own && words(fact).is_some();
    let last = facts.iter().filter(goes_no_further).map(|fact| fact.seq).max().unwrap_or(0);
    let before = all.iter().map(|fact| fact.seq).filter(|seq| *seq < last).max().unwrap_or(0);
    Ok((before, own))
}

/// The rule and the words of a fact by which a file that was made goes no further.
pub(super) fn words(fact: &Fact) -> Option<(&'static str, Text)> {
    let who = &fact.actor;
    match &fact.event {
        Event::Cancelled { reason } if who == PROGRAM => Some(("not-writable", Text::same(reason.clone()))),
        Event::Cancelled { reason } => {
            Some(("refused-by-person", text!("`{who}` took it back: {reason}", "`{who}` 已撤销：{reason}")))
        }
        Event::Resolved { sent: false, reason } => Some((
            "refused-by-person",
            text!("`{who}` states that the bank does not have it: {reason}", "`{who}` 判定银行未收到：{reason}"),
        )),
        _ => None,
    }
}

fn finding(payment: &PaymentRecord, rule: &'static str, Text { en, zh }: &Text) -> Finding {
    let (seq, id) = (payment.seq, payment.end_to_end_id.as_deref().unwrap_or_default());
    let (currency, amount) = (payment.currency, payment.amount);
    let message = text!(
        "payment `{id}` of {currency} {amount} goes no further: {en}",
        "付款 `{id}`（{currency} {amount}）不再处理：{zh}"
    );
    Finding::error(rule, Place::path(format!("payment {seq}")).field("end_to_end_id"), message)
}
