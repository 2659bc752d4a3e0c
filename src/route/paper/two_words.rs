//! Answers that contradict themselves, and words that nobody explained about payments that had come to their end.

use std::collections::{HashMap, HashSet};

use super::Incident;
use crate::journal::{Answer, Change, IncidentKind, PaymentFilter, PaymentState, Records};
use crate::route::Trouble;
use crate::text;
use crate::words::Text;

/// What is said of payments in one answer both ways, as done and as refused, is believed neither way: they are unknown,
/// and the incident says so. `None` where the answer is of one word.
///
/// # Errors
/// [`Trouble`] for the journal.
pub(super) fn settle(
    records: &dyn Records,
    outbound: &str,
    answer: &mut Answer,
    changes: &mut Vec<Change>,
) -> Result<Option<Incident>, Trouble> {
    let torn = contradicted(records, outbound, changes)?;
    let Some(first) = torn.iter().min().copied() else { return Ok(None) };
    for change in changes.iter_mut() {
        match change {
            Change::Many { payments, state, .. } => {
                let before = payments.len();
                payments.retain(|payment| !torn.contains(payment));
                if let Some(count) = answer.payments.get_mut(state.word()) {
                    *count = count.saturating_sub((before - payments.len()) as u64);
                }
            }
            Change::All { except, group, state, .. } => {
                let mut meant = meant(records, outbound, group.as_ref(), except)?;
                meant.retain(|payment| torn.contains(payment));
                if let Some(count) = answer.payments.get_mut(state.word()) {
                    *count = count.saturating_sub(meant.len() as u64);
                }
                except.extend(meant);
            }
            _ => {}
        }
    }
    answer.payments.retain(|_, count| *count > 0);
    *answer.payments.entry(PaymentState::Unknown.word().into()).or_default() += torn.len() as u64;
    let mut payments: Vec<i64> = torn.into_iter().collect();
    payments.sort_unstable();
    let count = payments.len();
    changes.push(Change::Many { payments, state: PaymentState::Unknown, bank_status: None, reason: None });
    let name = records.payment(first)?.and_then(|payment| payment.end_to_end_id).unwrap_or_default();
    Ok(Some(torn_incident(count, &name, outbound)))
}

/// The payments that the changes call both done and refused.
fn contradicted(records: &dyn Records, outbound: &str, changes: &[Change]) -> Result<HashSet<i64>, Trouble> {
    let refuses = |state: PaymentState| matches!(state, PaymentState::Rejected | PaymentState::Returned);
    let whole = |change: &Change| matches!(change, Change::All { group: None, state, .. } if refuses(*state));
    let file_is_refused = changes.iter().any(whole);
    // Most answers are of one word: then nothing is gathered.
    let any = |wanted: &dyn Fn(PaymentState) -> bool| {
        changes.iter().any(|change| match change {
            Change::Many { state, .. } | Change::All { state, .. } => wanted(*state),
            _ => false,
        })
    };
    if !any(&refuses) || !any(&|state| state == PaymentState::Executed) {
        return Ok(HashSet::new());
    }
    let mut said: HashMap<i64, (bool, bool)> = HashMap::new();
    for change in changes {
        match change {
            Change::Many { payments, state, .. } => {
                for payment in payments {
                    let said = said.entry(*payment).or_default();
                    said.0 |= *state == PaymentState::Executed;
                    said.1 |= refuses(*state);
                }
            }
            // A line of a payment in a group, or in the file, that is refused as a whole.
            Change::All { except, state, .. } if refuses(*state) => {
                except.iter().for_each(|payment| said.entry(*payment).or_default().1 = true);
            }
            Change::All { group: group @ Some(_), except, state: PaymentState::Executed, .. } if file_is_refused => {
                let meant = meant(records, outbound, group.as_ref(), except)?;
                said.extend(meant.into_iter().map(|payment| (payment, (true, true))));
            }
            _ => {}
        }
    }
    Ok(said.into_iter().filter(|(_, said)| *said == (true, true)).map(|(payment, _)| payment).collect())
}

/// The payments of a file or of one of its groups without those that are spared.
fn meant(records: &dyn Records, outbound: &str, group: Option<&String>, except: &[i64]) -> Result<Vec<i64>, Trouble> {
    let (outbound, group) = (Some(outbound.to_string()), group.cloned());
    rows(records, &PaymentFilter { outbound, group, ..PaymentFilter::default() }, except)
}

/// The payments that the filter shows without those that are spared.
///
/// # Errors
/// [`Trouble`] for the journal.
pub(super) fn rows(records: &dyn Records, filter: &PaymentFilter, except: &[i64]) -> Result<Vec<i64>, Trouble> {
    let (spared, mut rows) = (except.iter().copied().collect::<HashSet<i64>>(), Vec::new());
    records.each_payment(filter, &mut |payment| {
        rows.extend((!spared.contains(&payment.row)).then_some(payment.row));
        true
    })?;
    Ok(rows)
}

fn torn_incident(count: usize, first: &str, outbound: &str) -> Incident {
    let what = text!(
        "one answer of the bank says of {count} payments of `{outbound}`, the first `{first}`, both that they are \
         carried out and that they are not: whether money has moved is unknown; do not pay anything anew until it \
         explains",
        "银行的同一应答称 `{outbound}` 中的 {count} 笔付款（首笔 `{first}`）既已执行又未执行：资金是否划转不明，在银行解释之前请勿再次付款"
    );
    Incident { kind: IncidentKind::Contradiction, what }
}

/// Codes that nobody explained, about payments whose state they cannot change any more.
#[derive(Default)]
pub(super) struct Unexplained {
    count: u64,
    first: Option<(Text, String)>,
}

impl Unexplained {
    /// So many payments more, of which the bank said this code.
    pub fn add(&mut self, count: u64, about: &Text, code: Option<&str>) {
        self.count += count;
        if count > 0 && self.first.is_none() {
            self.first = Some((about.clone(), code.unwrap_or_default().to_string()));
        }
    }

    /// What is said of them; `None` where there are none.
    pub fn incident(self) -> Option<Incident> {
        let (Text { en, zh }, code) = self.first?;
        let count = self.count;
        let what = text!(
            "the bank says of {count} payments that had come to their end, first of {en}, a code that nobody explained \
             (`{code}`): they stay as they were; ask the bank what it means, and whether money has moved",
            "银行对 {count} 笔已有结果的付款（首先是{zh}）给出了未配置含义的代码（`{code}`）：付款状态保持不变；请向银行查询其含义及资金是否变动"
        );
        Some(Incident { kind: IncidentKind::Answer, what })
    }
}
