//! Whether a checked batch may go, or waits for a second person.

use jiff::Timestamp;

use crate::calendar::CalendarError;
use crate::config::{AuthenticityPolicy, Party, ReleasePolicy};
use crate::document::Authenticity;
use crate::journal::Batch;

/// How reasons begin that take two approvers beyond the maker.
pub const TWO_APPROVERS: &str = "two-approvers-";

/// Why a batch must be held, as rule names; empty lets it go.
///
/// The stricter of the ERP's and the bank's policy holds.
pub fn reasons_to_hold(batch: &Batch, erp: &Party, bank: &Party) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for policy in [&erp.release, &bank.release] {
        for reason in by_policy(batch, policy, erp.authenticity.as_ref()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

/// Why nobody can say when the bank takes the batch, as a rule name: a year without a table.
pub fn no_window(batch: &Batch, bank: &Party, now: Timestamp) -> Option<String> {
    let currencies: Vec<_> = batch.totals.sums.keys().copied().collect();
    match bank.window.next(now, &currencies) {
        Ok(_) => None,
        Err(CalendarError::NoTable { calendar, year }) => Some(format!("no-calendar-{calendar}-{year}")),
        Err(CalendarError::Never { .. }) => Some("no-banking-hour".into()),
    }
}

fn by_policy(batch: &Batch, policy: &ReleasePolicy, asked: Option<&AuthenticityPolicy>) -> Vec<String> {
    let mut reasons = Vec::new();
    if policy.always {
        reasons.push("always".to_string());
    }
    let required = asked.map_or(Authenticity::L1, |asked| asked.required);
    if batch.authenticity < required && (policy.unauthenticated || asked.is_some()) {
        reasons.push("unauthenticated".to_string());
    } else if let Some(asked) = asked.filter(|_| batch.authenticity > Authenticity::L0) {
        let over = batch.totals.sums.iter().filter(|(c, sum)| !asked.lets(batch.authenticity, **c, **sum));
        reasons.extend(over.map(|(currency, _)| format!("over-authenticity-{currency}")));
    }
    for (currency, sum) in &batch.totals.sums {
        if policy.over.get(currency).is_some_and(|most| sum > most) {
            reasons.push(format!("over-amount-{currency}"));
        }
    }
    reasons
}
