//! Whether a checked batch may go, waits for a second person or for two, or is refused.

use jiff::Timestamp;

use super::{elsewhere, limits};
use crate::calendar::CalendarError;
use crate::config::{Approvers, AuthenticityPolicy, Config, Environment, Party, ReleasePolicy};
use crate::document::{Authenticity, Date};
use crate::finding::Finding;
use crate::journal::{Batch, JournalError, Likeness, Records, Spending, Sums};

/// How reasons begin that take two approvers beyond the maker.
pub const TWO_APPROVERS: &str = "two-approvers-";

/// What the policies say of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Why it must be held, as rule names; none lets it go.
    pub reasons: Vec<String>,
    /// What people must know before they decide.
    pub noticed: Vec<Finding>,
    /// Why it is refused.
    pub refused: Vec<Finding>,
}

impl Judgement {
    /// A reason for so many approvers; said once.
    pub(super) fn hold(&mut self, approvers: Approvers, reason: String) {
        let reason = match approvers {
            Approvers::None => return,
            Approvers::One => reason,
            Approvers::Two => format!("{TWO_APPROVERS}{reason}"),
        };
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// What the policies of the batch's ERP and bank say of it; the stricter holds.
///
/// # Errors
/// [`JournalError`].
pub fn judge(
    records: &dyn Spending,
    batch: &Batch,
    erp: &Party,
    bank: &Party,
    now: Timestamp,
) -> Result<Judgement, JournalError> {
    let mut said = Judgement::default();
    for party in [erp, bank] {
        by_policy(batch, &party.release, erp.authenticity.as_ref(), &mut said);
        by_makeup(batch, &party.release, &mut said);
        limits::look(records, batch, party, now, &mut said)?;
    }
    limits::look_at_payees(records, batch, erp, bank, &mut said)?;
    Ok(said)
}

/// Whether one approver alone may not let a batch go: by what it is held for, or by what the settings say now. In
/// production also where it may have been paid already, since it is like an earlier one or its bank speaks of it.
///
/// # Errors
/// [`JournalError`].
pub fn takes_two<R: Records + Spending>(
    records: &R,
    config: &Config,
    batch: &Batch,
    now: Timestamp,
) -> Result<bool, JournalError> {
    let two = |reasons: &[String]| reasons.iter().any(|reason| reason.starts_with(TWO_APPROVERS));
    if two(&batch.held) || config.environment == Environment::Production && may_be_paid(records, batch)? {
        return Ok(true);
    }
    let (Some(erp), Some(bank)) = (config.party(&batch.party), config.party(&batch.bank)) else { return Ok(false) };
    Ok(two(&judge(records, batch, erp, bank, now)?.reasons))
}

fn may_be_paid(records: &dyn Records, batch: &Batch) -> Result<bool, JournalError> {
    let doubts = Likeness::ALL.map(Likeness::rule);
    let is_doubt = |reason: &String| reason == elsewhere::REASON || doubts.contains(&reason.as_str());
    Ok(batch.held.iter().any(is_doubt) || elsewhere::warned(&records.facts_of(&batch.id)?, batch).is_some())
}

/// Why the bank would pay before the day that is asked for, as a rule name: its files have no place for a day.
pub fn too_early(asked: &[Date], bank: &Party, now: Timestamp) -> Option<&'static str> {
    let today = bank.window.day(now);
    let early = !bank.template.carries_execution_dates() && asked.iter().any(|day| *day > today);
    early.then_some("execution-date-not-carried")
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

fn by_policy(batch: &Batch, policy: &ReleasePolicy, asked: Option<&AuthenticityPolicy>, said: &mut Judgement) {
    if policy.always {
        said.hold(Approvers::One, "always".into());
    }
    let required = asked.map_or(Authenticity::L1, |asked| asked.required);
    if batch.authenticity < required && (policy.unauthenticated || asked.is_some()) {
        said.hold(Approvers::One, "unauthenticated".into());
    } else if let Some(asked) = asked.filter(|_| batch.authenticity > Authenticity::L0) {
        let over = batch.totals.sums.iter().filter(|(c, sum)| !asked.lets(batch.authenticity, **c, **sum));
        over.for_each(|(currency, _)| said.hold(Approvers::One, format!("over-authenticity-{currency}")));
    }
    over("amount", &batch.totals.sums, &policy.over, &policy.two_over, said);
}

/// By the largest payment, the currencies and the types of a batch.
fn by_makeup(batch: &Batch, policy: &ReleasePolicy, said: &mut Judgement) {
    over("payment", largest(batch), &policy.payment_over, &policy.two_payment_over, said);
    for currency in batch.totals.sums.keys() {
        said.hold(policy.of_currency(*currency), format!("currency-{currency}"));
    }
    for (kind, approvers) in &policy.types {
        if batch.makeup.as_ref().is_some_and(|makeup| makeup.types.contains(kind)) {
            said.hold(*approvers, format!("type-{}", kind.word()));
        }
    }
}

/// The largest payments; where nobody looked, none can be larger than the sum.
pub(super) fn largest(batch: &Batch) -> &Sums {
    batch.makeup.as_ref().map_or(&batch.totals.sums, |makeup| &makeup.largest)
}

/// Amounts over a first threshold take one approver, over a second one two.
fn over(what: &str, amounts: &Sums, one: &Sums, two: &Sums, said: &mut Judgement) {
    for (currency, amount) in amounts {
        let is_over = |most: &Sums| most.get(currency).is_some_and(|most| amount > most);
        let approvers = match (is_over(one), is_over(two)) {
            (_, true) => Approvers::Two,
            (true, false) => Approvers::One,
            (false, false) => Approvers::None,
        };
        said.hold(approvers, format!("over-{what}-{currency}"));
    }
}
