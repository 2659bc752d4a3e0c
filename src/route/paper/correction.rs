//! Statements that came before: the same once more counts once; another content under the same number waits for a
//! person.
//!
//! Only statements of a day's end are looked at. A statement is known by its account, its last day, and its number;
//! where it has none, by its id, else by where it begins. Banks repeat numbers and ids over the years, and some never
//! change them, so neither is enough without the day.

use std::io;

use crate::disk::HashingWriter;
use crate::document::{Balance, Entry, Reissue};
use crate::journal::{
    Change, EntryMatch, Event, Inbound, JournalError, PaymentState, Records, SqliteJournal, StatementFact,
    StatementRecord,
};
use crate::route::paper::doubt_words;
use crate::route::reconcile::{before, payment_name};
use crate::text;
use crate::words::Text;

/// What a reason to hold begins with where a statement would take the place of another.
const CORRECTED: &str = "corrected-statement";
/// The same, where it calls itself a correction or duplicate and nothing is found that it could be about.
const MARKED: &str = "marked-statement";

/// What a bank's file that waits for a person says otherwise than before, or than itself; `None` for any other reason.
pub fn correction_words(reason: &str) -> Option<Text> {
    if let Some(words) = doubt_words(reason) {
        return Some(words);
    }
    let mut words = reason.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("other-receipt"), Some(number), Some(of)) => Some(text!(
            "receipt `{number}` is another file than `{of}`, which came under the same number",
            "回单 `{number}` 与此前同号的 `{of}` 文件不同"
        )),
        (Some(CORRECTED), Some(document), Some(of)) => Some(text!(
            "statement {document} says otherwise than `{of}`, which came under the same number",
            "第 {document} 份对账单与此前同号的 `{of}` 内容不同"
        )),
        (Some(MARKED), Some(document), _) => Some(text!(
            "statement {document} calls itself a correction or duplicate, of one that is not known here",
            "第 {document} 份对账单标明为更正或重复，但未找到其所指的对账单"
        )),
        _ => None,
    }
}

/// Digests the entries of a statement as they are read.
pub(super) struct EntriesDigest(HashingWriter<io::Sink>);

impl Default for EntriesDigest {
    fn default() -> EntriesDigest {
        EntriesDigest(HashingWriter::new(io::sink()))
    }
}

impl EntriesDigest {
    /// Takes the next entry in.
    ///
    /// # Errors
    /// None in practice: an entry has no reason not to be JSON.
    pub fn look(&mut self, entry: &Entry) -> io::Result<()> {
        Ok(serde_json::to_writer(&mut self.0, entry)?)
    }

    /// The digest in hex.
    pub fn finish(self) -> String {
        self.0.finish().1.to_string()
    }
}

/// Looks for the statement of `bank` that a new one repeats or corrects, and says so in it; the reason to hold it,
/// where a person has to decide.
pub(super) fn compare(
    records: &dyn Records,
    bank: &str,
    file: &Inbound,
    new: &mut StatementFact,
    reissue: Option<Reissue>,
) -> Result<Option<String>, JournalError> {
    if new.kind != "statement" {
        return Ok(None);
    }
    let mut known = records.statements(Some(&new.account))?;
    known.retain(|s| s.kind == "statement" && s.party == bank && s.inbound != file.id && s.counts());
    known.retain(|s| s.date == new.date.map(|day| day.to_string()));
    let marked = reissue.is_some_and(Reissue::came_before);
    let of_the_day = known.len();
    let is_it = |s: &StatementRecord| is_same(s, new) || marked && of_the_day == 1;
    let document = new.document;
    let Some(old) = known.iter().rev().find(|s| is_it(s)) else {
        return Ok(marked.then(|| format!("{MARKED} {document}")));
    };
    if says_the_same(old, new) {
        new.repeats = Some(old.name());
        return Ok(None);
    }
    new.replaces = Some(old.name());
    Ok(Some(format!("{CORRECTED} {document} {}", old.name())))
}

/// The statement of the same file that says the same as a new one: a page, or all of it, written twice.
pub(super) fn repeated_within<'a>(
    file: &str,
    mut before: impl Iterator<Item = &'a StatementFact>,
    new: &StatementFact,
) -> Option<String> {
    let told = |s: &StatementFact| (s.number.clone(), s.id.clone(), s.date, s.entries, s.credit_sum, s.debit_sum);
    let is_it = |old: &&StatementFact| {
        (&old.kind, &old.account, &old.digest, &old.balances) == (&new.kind, &new.account, &new.digest, &new.balances)
            && told(old) == told(new)
            && old.repeats.is_none()
    };
    let old = before.find(is_it).filter(|_| new.kind == "statement" && new.number.is_some())?;
    Some(format!("{file}/{}", old.document))
}

/// Whether two statements of one account and day are the same: by their number; without one by their id, where that is
/// the statement's own and not the file's; else by where they begin: what goes on from the first begins where that
/// ended. So do pages of one number that are not counted.
fn is_same(old: &StatementRecord, new: &StatementFact) -> bool {
    let is_page = |balances: &[Balance]| balances.iter().any(Balance::is_intermediate);
    match (&old.number, &new.number) {
        (Some(one), Some(other)) if !one.contains('/') && (is_page(&old.balances) || is_page(&new.balances)) => {
            one == other && begins_alike(old, new)
        }
        (Some(old), Some(new)) => old == new,
        (None, None) if old.id.is_some() && old.id == new.id => true,
        (None, None) => new.date.is_some() && begins_alike(old, new),
        _ => false,
    }
}

/// Whether both begin at the same balance, from which the first moved on; where none is told, they may.
fn begins_alike(old: &StatementRecord, new: &StatementFact) -> bool {
    let of = |balances: &[Balance], kinds: &[&str]| {
        let found = balances.iter().find(|b| kinds.contains(&b.kind.as_str()));
        found.map(|b| (b.currency, b.signed().normalize()))
    };
    let (before, now) = (of(&old.balances, &["OPBD", "PRCD"]), of(&new.balances, &["OPBD", "PRCD"]));
    match (before, now) {
        (Some(before), Some(now)) => before == now && Some(before) != of(&old.balances, &["CLBD"]),
        (None, None) => old.id.is_some() == new.id.is_some(),
        _ => false,
    }
}

fn says_the_same(old: &StatementRecord, new: &StatementFact) -> bool {
    let entries = match (&old.digest, &new.digest) {
        (Some(old), Some(new)) => old == new,
        _ => true,
    };
    entries
        && old.entries == new.entries
        && (old.credit_sum, old.debit_sum) == (new.credit_sum, new.debit_sum)
        && old.balances == new.balances
}

/// The reasons for which a file was held, where a person has let it in since.
pub(super) fn admitted(records: &dyn Records, file: &Inbound) -> Result<Option<Vec<String>>, JournalError> {
    let facts = records.facts_of(&file.id)?;
    let mut last = facts.into_iter().rev().filter_map(|fact| match fact.event {
        Event::Admitted { .. } => Some(None),
        Event::Held { reasons } if fact.subject == file.id => Some(Some(reasons)),
        _ => None,
    });
    Ok(if last.next() == Some(None) { last.next().flatten() } else { None })
}

/// The statements that these reasons say will be replaced.
pub(super) fn replaced(reasons: &[String]) -> Vec<String> {
    let name = |reason: &String| reason.strip_prefix(CORRECTED)?.rsplit(' ').next().map(str::to_string);
    reasons.iter().filter_map(name).collect()
}

/// Payments that the replaced statement booked or brought back and its correction does not show: where they were
/// before, and their names.
pub(super) fn no_longer_shown(
    records: &SqliteJournal,
    replaced: &str,
    shown: &[EntryMatch],
) -> Result<(Vec<Change>, Vec<String>), JournalError> {
    let (mut changes, mut names) = (Vec::new(), Vec::new());
    let Some((inbound, document)) = replaced.rsplit_once('/') else { return Ok((changes, names)) };
    let shown: std::collections::HashSet<i64> = shown.iter().map(|found| found.payment).collect();
    let effects = [PaymentState::Booked, PaymentState::Returned];
    for found in records.matches(inbound, document.parse().unwrap_or_default(), 0..=u64::MAX)? {
        let Some(payment) = records.payment(found.payment)?.filter(|_| !shown.contains(&found.payment)) else {
            continue;
        };
        if let Some(change) = before(records, inbound, &effects, &payment)? {
            changes.push(change);
            names.push(payment.end_to_end_id.clone().unwrap_or_else(|| payment_name(&payment)));
        }
    }
    Ok((changes, names))
}
