//! Answers that contradict themselves, and words that nobody explained about payments that had come to their end.

use std::collections::{HashMap, HashSet};

use super::Incident;
use super::meant::Meant;
use crate::journal::{Answer, Change, IncidentKind, JournalError, PaymentChange, PaymentState, Records};
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

/// What one file of a bank says of one of our files: report by report, as a file may hold several.
#[derive(Debug)]
pub(super) struct Told {
    /// What is stated of it.
    pub answer: Answer,
    reports: Vec<Vec<Change>>,
    /// Payments that lines refuse.
    refused: HashSet<i64>,
    /// Payments that were said to be worked on still, which changes nothing by itself, with the report.
    worked_on: Vec<(usize, i64)>,
    /// Payments that were refused before that, in the same file.
    torn: HashSet<i64>,
}

impl Told {
    /// Nothing yet, beside the word about the whole.
    pub fn new(answer: Answer) -> Told {
        let (refused, torn) = (HashSet::new(), HashSet::new());
        Told { answer, reports: vec![Vec::new()], refused, worked_on: Vec::new(), torn }
    }

    /// What follows is said by another report.
    pub fn next_report(&mut self) {
        if self.reports.last().is_some_and(|report| !report.is_empty()) {
            self.reports.push(Vec::new());
        }
    }

    /// What the report that is read changes of many.
    pub fn add(&mut self, change: Change) {
        self.changes().push(change);
    }

    /// What a line of the report that is read makes of one payment.
    pub fn line(&mut self, one: PaymentChange) {
        if matches!(one.state, PaymentState::Rejected | PaymentState::Returned) {
            self.refused.insert(one.payment);
        }
        Change::add(self.changes(), one);
    }

    /// A line of the report that is read says that the bank works on this payment still.
    pub fn works_on(&mut self, payment: i64) {
        if self.refused.contains(&payment) {
            self.torn.insert(payment);
        }
        self.worked_on.push((self.reports.len(), payment));
    }

    fn changes(&mut self) -> &mut Vec<Change> {
        if self.reports.is_empty() {
            self.reports.push(Vec::new());
        }
        let last = self.reports.len() - 1;
        &mut self.reports[last]
    }

    /// What is said of payments both ways, as refused and as taken on or done, or also by a code that nobody explained,
    /// is believed neither way, whether one report says both or two reports of one file: they are unknown, and the
    /// incident says so. `None` where the file is of one word.
    ///
    /// # Errors
    /// [`Trouble`] for the journal.
    pub fn settle(&mut self, records: &dyn Records, outbound: &str) -> Result<Option<Incident>, Trouble> {
        let torn = self.contradicted(records)?;
        let Some(first) = torn.iter().min().copied() else { return Ok(None) };
        for change in self.reports.iter_mut().flatten() {
            leave_out(records, &torn, change, &mut self.answer)?;
        }
        self.answer.payments.retain(|_, count| *count > 0);
        *self.answer.payments.entry(PaymentState::Unknown.word().into()).or_default() += torn.len() as u64;
        let mut payments: Vec<i64> = torn.into_iter().collect();
        payments.sort_unstable();
        let count = payments.len();
        self.changes().push(Change::Many { payments, state: PaymentState::Unknown, bank_status: None, reason: None });
        let name = records.payment(first)?.and_then(|payment| payment.end_to_end_id).unwrap_or_default();
        Ok(Some(torn_incident(count, &name, outbound)))
    }

    /// The answer, and what it changes.
    pub fn finish(self) -> (Answer, Vec<Change>) {
        (self.answer, self.reports.into_iter().flatten().collect())
    }

    /// The payments of which the reports say what cannot be true together.
    fn contradicted(&self, records: &dyn Records) -> Result<HashSet<i64>, JournalError> {
        // Most files are of one word: then nothing is gathered.
        let mut said: Vec<PaymentState> = self.reports.iter().flatten().map(word_of).collect();
        said.extend(self.worked_on.first().map(|_| PaymentState::Accepted));
        let may_clash = |one: &PaymentState| said.iter().any(|other| clashes(*one, *other) || disagree(*one, *other));
        if !said.iter().any(may_clash) {
            return Ok(HashSet::new());
        }
        let (mut torn, mut before) = (self.torn.clone(), HashMap::new());
        for (report, number) in self.reports.iter().zip(1..) {
            let mut words = lines_of(report, &mut torn);
            within(records, report, &words, &mut torn)?;
            // Of a single report it need not be known what its words about the whole say of each payment.
            if self.reports.len() == 1 {
                break;
            }
            for (_, payment) in self.worked_on.iter().filter(|(of, _)| *of == number) {
                words.entry(*payment).or_insert(PaymentState::Accepted);
            }
            add_wholes(records, report, &mut words)?;
            for (payment, word) in words {
                if before.insert(payment, word).is_some_and(|before| disagree(before, word)) {
                    torn.insert(payment);
                }
            }
        }
        Ok(torn)
    }
}

/// What the lines of a report say of each payment at last; of which they say what cannot be true together is torn.
fn lines_of(report: &[Change], torn: &mut HashSet<i64>) -> HashMap<i64, PaymentState> {
    let mut lines = HashMap::new();
    for change in report {
        let (Change::Many { payments, .. } | Change::Contradicted { payments, .. }) = change else { continue };
        for payment in payments {
            let before = lines.insert(*payment, word_of(change));
            if before.is_some_and(|before| disagree(before, word_of(change))) {
                torn.insert(*payment);
            }
        }
    }
    lines
}

/// Takes payments out of a change, and out of what the answer counts.
fn leave_out(
    records: &dyn Records,
    torn: &HashSet<i64>,
    change: &mut Change,
    answer: &mut Answer,
) -> Result<(), JournalError> {
    let whole = Meant::of_change(change);
    let (word, count) = match change {
        Change::Many { payments, state, .. } => {
            let before = payments.len();
            payments.retain(|payment| !torn.contains(payment));
            (*state, before - payments.len())
        }
        // They stay, as they may not become unknown otherwise, and are counted with the others that are.
        Change::Contradicted { payments, .. } => {
            (PaymentState::Unknown, payments.iter().filter(|payment| torn.contains(payment)).count())
        }
        Change::All { except, state, .. } => {
            let Some((meant, _)) = whole else { return Ok(()) };
            let mut rows = meant.rows(records, &[])?;
            rows.retain(|payment| torn.contains(payment));
            let count = rows.len();
            except.extend(rows);
            (*state, count)
        }
        _ => return Ok(()),
    };
    if let Some(counted) = answer.payments.get_mut(word.word()) {
        *counted = counted.saturating_sub(count as u64);
    }
    Ok(())
}

/// Adds the payments of which one report says what cannot be true together: its words about the whole, about groups,
/// and on its lines.
fn within(
    records: &dyn Records,
    report: &[Change],
    lines: &HashMap<i64, PaymentState>,
    torn: &mut HashSet<i64>,
) -> Result<(), JournalError> {
    let wholes: Vec<(Meant, PaymentState)> = report.iter().filter_map(Meant::of_change).collect();
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
                (one, two) => (one == two && (clashes(*state, *after) || disagree(*state, *after)), other),
            };
            if clash {
                torn.extend(narrower.rows(records, &[])?.into_iter().filter(|payment| !lines.contains_key(payment)));
            }
        }
    }
    Ok(())
}

/// Adds what a report says of payments that have no line in it: with their group, else with their file.
fn add_wholes(
    records: &dyn Records,
    report: &[Change],
    words: &mut HashMap<i64, PaymentState>,
) -> Result<(), JournalError> {
    let mut wholes: Vec<(Meant, PaymentState)> = report.iter().filter_map(Meant::of_change).collect();
    wholes.sort_by_key(|(whole, _)| whole.group.is_none());
    for (whole, state) in wholes {
        for payment in whole.rows(records, &[])? {
            words.entry(payment).or_insert(state);
        }
    }
    Ok(())
}

/// What a change makes of payments.
fn word_of(change: &Change) -> PaymentState {
    match change {
        Change::Many { state, .. } | Change::All { state, .. } => *state,
        _ => PaymentState::Unknown,
    }
}

fn torn_incident(count: usize, first: &str, outbound: &str) -> Incident {
    let what = text!(
        "one file of the bank says of {count} payments of `{outbound}`, the first `{first}`, both that they are \
         refused and that they are taken on or carried out, or a code that nobody explained beside another word: \
         whether money has moved is unknown; do not pay anything anew until it explains",
        "银行的同一文件称 `{outbound}` 中的 {count} 笔付款（首笔 `{first}`）既被拒绝又已受理或执行，或在其他结果之外另有未配置含义的代码：\
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
