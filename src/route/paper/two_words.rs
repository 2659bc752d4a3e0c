//! Answers that contradict themselves, and words that nobody explained about payments that had come to their end.

use std::collections::{HashMap, HashSet};

use super::Incident;
use super::meant::Meant;
use crate::journal::{Answer, Change, IncidentKind, JournalError, PaymentState, Records};
use crate::route::Trouble;
use crate::text;
use crate::words::Text;

/// Whether one word cannot stand beside another: said of a file or group and, within it, of a group or payment of its
/// own; or of one payment before and after.
///
/// A narrower word may put right what was not final: a file that is taken on may hold payments that are refused or
/// carried out. A word that is final leaves nothing open within it, and what is refused is not taken on afterwards.
pub(super) fn clashes(wider: PaymentState, narrower: PaymentState) -> bool {
    use PaymentState::{Accepted, Executed, Rejected, Returned};
    match wider {
        Executed => matches!(narrower, Rejected | Returned),
        Rejected | Returned => matches!(narrower, Accepted | Executed),
        _ => false,
    }
}

/// Whether two lines of one answer about one payment cannot both be true, whichever comes first: lines have no time. A
/// code that nobody explained makes a success none, and a refusal too; what was taken on may be refused further down.
fn disagree(before: PaymentState, after: PaymentState) -> bool {
    use PaymentState::{Rejected, Returned, Unknown};
    let refused = |state| matches!(state, Rejected | Returned);
    clashes(before, after) || (before == Unknown) != (after == Unknown) || refused(before) && !refused(after)
}

/// What is said of payments in one answer both ways, as refused and as taken on or done, or also by a code that nobody
/// explained, is believed neither way: they are unknown, and the incident says so. `None` where the answer is of one
/// word.
///
/// # Errors
/// [`Trouble`] for the journal.
pub(super) fn settle(
    records: &dyn Records,
    outbound: &str,
    answer: &mut Answer,
    changes: &mut Vec<Change>,
) -> Result<Option<Incident>, Trouble> {
    let torn = contradicted(records, changes)?;
    let Some(first) = torn.iter().min().copied() else { return Ok(None) };
    for change in changes.iter_mut() {
        let whole = Meant::of_change(change);
        match change {
            Change::Many { payments, state, .. } => {
                let before = payments.len();
                payments.retain(|payment| !torn.contains(payment));
                if let Some(count) = answer.payments.get_mut(state.word()) {
                    *count = count.saturating_sub((before - payments.len()) as u64);
                }
            }
            Change::All { except, state, .. } => {
                let Some((meant, _)) = whole else { continue };
                let mut rows = meant.rows(records, &[])?;
                rows.retain(|payment| torn.contains(payment));
                if let Some(count) = answer.payments.get_mut(state.word()) {
                    *count = count.saturating_sub(rows.len() as u64);
                }
                except.extend(rows);
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

/// The payments of which the changes say what cannot be true together.
fn contradicted(records: &dyn Records, changes: &[Change]) -> Result<HashSet<i64>, JournalError> {
    // Most answers are of one word: then nothing is gathered.
    let said: Vec<PaymentState> = changes.iter().filter_map(state_of).collect();
    let may_clash = |one: &PaymentState| said.iter().any(|other| clashes(*one, *other) || disagree(*one, *other));
    if !said.iter().any(may_clash) {
        return Ok(HashSet::new());
    }
    let (lines, mut torn) = lines_of(changes);
    let wholes: Vec<(Meant, PaymentState)> = changes.iter().filter_map(Meant::of_change).collect();
    for (at, (whole, state)) in wholes.iter().enumerate() {
        for (payment, _) in lines.iter().filter(|(_, line)| clashes(*state, **line)) {
            if whole.group.is_none() || records.payment(*payment)?.is_some_and(|known| known.group == whole.group) {
                torn.insert(*payment);
            }
        }
        for (other, after) in &wholes[at + 1..] {
            let (clash, narrower) = match (&whole.group, &other.group) {
                // The narrower word comes first in an answer.
                (Some(_), None) => (clashes(*after, *state), whole),
                (None, Some(_)) | (None, None) => (clashes(*state, *after), other),
                (one, two) => (one == two && clashes(*state, *after), other),
            };
            if clash {
                torn.extend(narrower.rows(records, &[])?.into_iter().filter(|payment| !lines.contains_key(payment)));
            }
        }
    }
    Ok(torn)
}

fn state_of(change: &Change) -> Option<PaymentState> {
    match change {
        Change::Many { state, .. } | Change::All { state, .. } => Some(*state),
        _ => None,
    }
}

/// What the lines say of each payment at last, and the payments of which they say what cannot be true together.
fn lines_of(changes: &[Change]) -> (HashMap<i64, PaymentState>, HashSet<i64>) {
    let (mut lines, mut torn) = (HashMap::new(), HashSet::new());
    for change in changes {
        let Change::Many { payments, state, .. } = change else { continue };
        for payment in payments {
            let before = lines.insert(*payment, *state);
            if before.is_some_and(|before| disagree(before, *state)) {
                torn.insert(*payment);
            }
        }
    }
    (lines, torn)
}

fn torn_incident(count: usize, first: &str, outbound: &str) -> Incident {
    let what = text!(
        "one answer of the bank says of {count} payments of `{outbound}`, the first `{first}`, both that they are \
         refused and that they are taken on or carried out, or a code that nobody explained beside another word: \
         whether money has moved is unknown; do not pay anything anew until it explains",
        "银行的同一应答称 `{outbound}` 中的 {count} 笔付款（首笔 `{first}`）既被拒绝又已受理或执行，或在其他结果之外另有未配置含义的代码：\
         资金是否划转不明，在银行解释之前请勿再次付款"
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
