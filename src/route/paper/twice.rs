//! Payments that left more than once and came back: which of the debits the bank took back, only the bank knows.

use std::collections::HashSet;

use crate::config::Party;
use crate::document::Indicator;
use crate::journal::{Change, EntryFilter, EntryState, JournalError, PaymentState, Records, SqliteJournal};
use crate::route::reconcile::payment_name;
use crate::text;
use crate::words::Text;

/// Why entries are unmatched that moved the money of a payment once more.
const AGAIN: [&str; 2] = ["already-matched", "booked-before"];

/// Makes unknown what would be, or is, returned although it left more than once: `now` are payments of which this
/// statement shows another debit, those of earlier ones are in the journal. Names of these payments.
///
/// # Errors
/// [`JournalError`].
pub(super) fn tear(
    records: &SqliteJournal,
    bank: &Party,
    account: &str,
    now: &HashSet<i64>,
    changes: &mut Vec<Change>,
) -> Result<Vec<String>, JournalError> {
    let (mut torn, mut names) = (Vec::new(), Vec::new());
    let before = if changes.iter().any(returns) { before(records, bank, account)? } else { HashSet::new() };
    for payment in changes.iter().filter(|change| returns(change)).flat_map(rows_of) {
        let Some(record) = records.payment(payment)? else { continue };
        let id = record.end_to_end_id.clone();
        if now.contains(&payment) || id.as_ref().is_some_and(|id| before.contains(id)) {
            torn.push(payment);
            names.push(id.unwrap_or_else(|| payment_name(&record)));
        }
    }
    take_out(changes, &torn);
    let mut again = Vec::new();
    for payment in now.iter().filter(|payment| !torn.contains(payment)) {
        let Some(record) = records.payment(*payment)?.filter(|p| p.state == PaymentState::Returned) else { continue };
        again.push(*payment);
        names.push(record.end_to_end_id.clone().unwrap_or_else(|| payment_name(&record)));
    }
    if !torn.is_empty() {
        let (bank_status, reason) = (None, None);
        changes.push(Change::Many { payments: torn, state: PaymentState::Unknown, bank_status, reason });
    }
    if !again.is_empty() {
        again.sort_unstable();
        changes.push(Change::Contradicted { payments: again, bank_status: None, reason: None });
    }
    names.sort();
    Ok(names)
}

/// What is said of such a payment.
pub(super) fn words(name: &str) -> Text {
    text!(
        "payment `{name}` left more than once and came back: whether it is paid now is unknown; do not pay it anew \
         until the bank has said which of its debits it took back",
        "付款 `{name}` 多次划出且有退回：目前是否已付不明；在银行说明退回的是哪一笔之前，请勿再次付款"
    )
}

/// End-to-end ids of payments that a statement showed to have left once more, and that nobody has explained.
fn before(records: &SqliteJournal, bank: &Party, account: &str) -> Result<HashSet<String>, JournalError> {
    let leaves = if bank.template.collects() { Indicator::Credit } else { Indicator::Debit };
    let states = vec![EntryState::Unmatched];
    let filter = EntryFilter { account: Some(account.to_string()), states, ..EntryFilter::default() };
    let mut found = HashSet::new();
    records.each_entry(&filter, &mut |record| {
        let entry = record.entry;
        let again = entry.why.as_deref().is_some_and(|why| AGAIN.contains(&why));
        if again && entry.is_booked() && entry.indicator == leaves && record.kind == "statement" {
            found.extend(entry.reference);
        }
        true
    })?;
    Ok(found)
}

fn returns(change: &Change) -> bool {
    match change {
        Change::One(one) => one.state == PaymentState::Returned,
        Change::Many { state, .. } => *state == PaymentState::Returned,
        _ => false,
    }
}

fn rows_of(change: &Change) -> Vec<i64> {
    match change {
        Change::One(one) => vec![one.payment],
        Change::Many { payments, .. } => payments.clone(),
        _ => Vec::new(),
    }
}

/// Takes the payments out of what is said to be returned.
fn take_out(changes: &mut Vec<Change>, torn: &[i64]) {
    let torn: HashSet<i64> = torn.iter().copied().collect();
    for change in changes.iter_mut() {
        if let Change::Many { payments, state: PaymentState::Returned, .. } = change {
            payments.retain(|payment| !torn.contains(payment));
        }
    }
    changes.retain(|change| match change {
        Change::One(one) => one.state != PaymentState::Returned || !torn.contains(&one.payment),
        Change::Many { payments, .. } => !payments.is_empty(),
        _ => true,
    });
}
