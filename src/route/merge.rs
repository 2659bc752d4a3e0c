//! Merging: batches that are ready by a window of their bank go into one file, as far as its limits let them.

use std::collections::BTreeMap;

use crate::check::add_digests;
use crate::config::Party;
use crate::journal::{Batch, JournalError, MergedBatch, Records, Sums, Totals};

/// What goes into one file: one batch, or several.
#[derive(Clone, Debug)]
pub(super) struct Pack {
    /// The batches, in the order in which they were released.
    pub batches: Vec<Batch>,
    /// What they hold together.
    pub totals: Totals,
}

/// Packs batches for a bank: a batch is never torn to fill a file, and two that use one end-to-end id stay apart, since
/// an answer could not tell them apart.
///
/// # Errors
/// [`JournalError`].
pub(super) fn pack(records: &dyn Records, bank: &Party, batches: Vec<Batch>) -> Result<Vec<Pack>, JournalError> {
    let mut packs: Vec<Pack> = Vec::new();
    for batch in batches {
        match place_for(records, bank, &packs, &batch)? {
            Some((at, totals)) => {
                packs[at].totals = totals;
                packs[at].batches.push(batch);
            }
            None => packs.push(Pack { totals: batch.totals.clone(), batches: vec![batch] }),
        }
    }
    Ok(packs)
}

/// The first file that has room for a batch, with what it holds then.
fn place_for(
    records: &dyn Records,
    bank: &Party,
    packs: &[Pack],
    batch: &Batch,
) -> Result<Option<(usize, Totals)>, JournalError> {
    for (at, pack) in packs.iter().enumerate() {
        let Some(totals) = together(&pack.totals, &batch.totals).filter(|totals| fits(bank, totals)) else { continue };
        let others: Vec<&str> = pack.batches.iter().map(|other| other.id.as_str()).collect();
        if !records.share_ids(&batch.id, &others)? {
            return Ok(Some((at, totals)));
        }
    }
    Ok(None)
}

/// What two hold together; `None` where that is more than can be added exactly.
pub(super) fn together(one: &Totals, other: &Totals) -> Option<Totals> {
    let mut sums: Sums = one.sums.clone();
    for (currency, sum) in &other.sums {
        let all = sums.entry(*currency).or_default();
        let before = *all;
        *all = before.checked_add(*sum).filter(|all| all.checked_sub(*sum) == Some(before))?;
    }
    let digest = add_digests(&one.digest, &other.digest)?;
    Some(Totals { count: one.count.checked_add(other.count)?, sums, digest })
}

fn fits(bank: &Party, totals: &Totals) -> bool {
    let checks = &bank.template.checks;
    let within: &BTreeMap<_, _> = &checks.max_sum;
    checks.max_count.is_none_or(|most| totals.count <= most)
        && totals.sums.iter().all(|(currency, sum)| within.get(currency).is_none_or(|most| sum <= most))
}

/// How each batch of a file stands in it: its groups are counted on from those before it.
///
/// # Errors
/// [`JournalError`].
pub(super) fn members(records: &dyn Records, batches: &[Batch]) -> Result<Vec<MergedBatch>, JournalError> {
    let mut groups_before = 0;
    let mut members = Vec::new();
    for batch in batches {
        members.push(MergedBatch { batch: batch.id.clone(), source: batch.inbound.clone(), groups_before });
        groups_before += records.groups_of(&batch.id)?;
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::document::{Amount, Currency};
    use crate::journal::{Arrival, Event, Journal, Kept, NewFact, NewPayment, Rows, SqliteJournal};

    fn bank(checks: &str) -> Party {
        let text = format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"bank\"\n\
             template = \"iso20022-bank\"\nout = {{ merge = [\"10:00\"] }}\nchecks = {{ {checks} }}\n"
        );
        Config::read(Path::new("/nowhere"), &text).unwrap().parties[0].clone()
    }

    /// A batch with these end-to-end ids, one euro each.
    fn batch(journal: &mut SqliteJournal, number: u64, ids: &[&str]) -> Batch {
        let eur = Currency::parse("EUR").unwrap();
        let (inbound, id) = (format!("I{number}"), format!("B{number}"));
        let kept = Kept { sha256: format!("{number:064}"), size: 1, path: "x".into() };
        let arrival = Arrival {
            party: "erp".into(),
            folder: String::new(),
            name: format!("{number}.csv"),
            claim: inbound.clone(),
            lies_at: String::new(),
            kept: kept.clone(),
            side: BTreeMap::new(),
            stays: true,
            owner: None,
        };
        let opened = Event::Opened { content: kept, signer: None, vouched: Default::default() };
        let read = Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 };
        let (count, sums) = (ids.len() as u64, Sums::from([(eur, Amount::from(ids.len()))]));
        let checked = Event::Checked {
            batch: id.clone(),
            bank: "bank".into(),
            totals: Totals { count, sums, digest: format!("{number:064x}") },
            message_id: None,
            findings: Vec::new(),
            left_out: Vec::new(),
            parts: Vec::new(),
            makeup: None,
        };
        let about = |event| NewFact { actor: "x".into(), case: inbound.clone(), subject: inbound.clone(), event };
        let mut rows = ids.iter().zip(1..).map(|(end_to_end_id, seq)| {
            Ok(NewPayment {
                seq,
                end_to_end_id: Some(end_to_end_id.to_string()),
                amount: Amount::ONE,
                currency: eur,
                account: None,
                creditor_name: None,
                creditor_account: None,
                creditor_agent: None,
                group: Some(seq.to_string()),
                execution_date: None,
                likeness: None,
            })
        });
        let now = Clock::system().now();
        for event in [Event::Received(arrival), opened, read] {
            journal.append(now, vec![(about(event), Rows::None)]).unwrap();
        }
        journal.append(now, vec![(about(checked), Rows::Payments(&mut rows))]).unwrap();
        journal.batch(&id).unwrap().unwrap()
    }

    fn packed(journal: &SqliteJournal, checks: &str, batches: &[&Batch]) -> Vec<Vec<String>> {
        let batches = batches.iter().map(|batch| (*batch).clone()).collect();
        let packs = pack(journal, &bank(checks), batches).unwrap();
        packs.into_iter().map(|pack| pack.batches.into_iter().map(|batch| batch.id).collect()).collect()
    }

    #[test]
    fn what_shares_an_id_stays_apart_and_limits_hold() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&dir.path().join("journal.db")).unwrap();
        let one = batch(&mut journal, 1, &["A", "B"]);
        let like = batch(&mut journal, 2, &["B"]);
        let other = batch(&mut journal, 3, &["C", "NOTPROVIDED"]);
        let nameless = batch(&mut journal, 4, &["NOTPROVIDED"]);
        let all = [&one, &like, &other, &nameless];
        assert_eq!(packed(&journal, "", &all), [vec!["B1", "B3", "B4"], vec!["B2"]]);
        assert_eq!(packed(&journal, "max_count = 3", &all), [vec!["B1", "B4"], vec!["B2", "B3"]]);
        assert_eq!(packed(&journal, "max_sum = { EUR = \"2\" }", &all), [vec!["B1"], vec!["B2", "B4"], vec!["B3"]]);
        let broken = Batch { totals: Totals { digest: "no digest".into(), ..like.totals.clone() }, ..like.clone() };
        assert_eq!(packed(&journal, "", &[&other, &broken]), [vec!["B3"], vec!["B2"]]);
    }

    #[test]
    fn groups_are_counted_on_and_totals_add_up() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&dir.path().join("journal.db")).unwrap();
        let batches = [batch(&mut journal, 1, &["A", "B"]), batch(&mut journal, 2, &["C"])];
        let members = members(&journal, &batches).unwrap();
        assert_eq!(members.iter().map(|m| m.groups_before).collect::<Vec<_>>(), [0, 2]);
        let packs = pack(&journal, &bank(""), batches.to_vec()).unwrap();
        assert_eq!((packs[0].totals.count, packs[0].totals.digest.as_str()), (3, format!("{:064x}", 3).as_str()));
    }
}
