//! One payment, whole: the ERP's file, its batch, the bank's file, every answer and entry, and who said what.

use std::collections::BTreeSet;

use super::statement::matched_by;
use super::{Match, Story};
use crate::cli::CliError;
use crate::journal::{Event, Fact, Outbound, PaymentRecord, PaymentStep, Purpose, Records, SqliteJournal};
use crate::route::by_hand;
use crate::route::reconcile::{file_of, payment_name};

pub(super) fn story(records: &SqliteJournal, payment: PaymentRecord) -> Result<Story, CliError> {
    let batch = records.batch(&payment.batch)?;
    let file = file_of(records, &payment)?;
    let steps = records.payment_steps(payment.row)?;
    let mut facts = match &batch {
        Some(batch) => records.facts_of(&batch.inbound)?,
        None => Vec::new(),
    };
    if let Some(file) = file.as_ref().filter(|file| batch.as_ref().is_none_or(|batch| batch.inbound != file.case)) {
        facts.extend(records.facts_of(&file.id)?);
    }
    let name = payment_name(&payment);
    let others = other_files(records, &payment, file.as_ref())?;
    facts.retain(|fact| !others.contains(&fact.subject) && !is_of_another(fact, &name));
    let (mut entries, mut matches) = (Vec::new(), Vec::new());
    for (inbound, document, seq) in records.entries_of(payment.row)? {
        let about = records.facts_of(&inbound)?;
        entries.extend(by_hand::entry(records, &format!("{inbound}/{document}/{seq}"))?);
        for found in records.matches(&inbound, document, seq..=seq)? {
            if found.payment == payment.row {
                matches.push(Match::of(records, found, matched_by(&about, document, seq))?);
            }
        }
    }
    facts.extend(said_of_entries(records, &name, &steps, entries.iter().map(|entry| entry.inbound.clone()))?);
    facts.sort_by_key(|fact| fact.seq);
    facts.dedup_by_key(|fact| fact.seq);
    Ok(Story {
        inbound: batch.as_ref().map(|batch| records.inbound(&batch.inbound)).transpose()?.flatten(),
        outbound: file.into_iter().collect(),
        authenticity: batch.as_ref().map(|batch| batch.authenticity),
        payments: vec![payment],
        alone: true,
        batch,
        steps,
        entries,
        matches,
        facts,
        ..Story::default()
    })
}

/// The other files for banks that its batch is in: what happens to them is not this payment's story.
fn other_files(
    records: &SqliteJournal,
    payment: &PaymentRecord,
    file: Option<&Outbound>,
) -> Result<BTreeSet<String>, CliError> {
    let mut files = records.carrying(&payment.batch)?;
    files.retain(|other| other.purpose == Purpose::Payments && file.is_none_or(|file| file.id != other.id));
    Ok(files.into_iter().map(|file| file.id).collect())
}

/// Whether a fact is a person's word about another payment of the batch.
fn is_of_another(fact: &Fact, name: &str) -> bool {
    fact.subject.starts_with('B') && fact.subject.contains('/') && fact.subject != name
}

/// What people said about the entries that are, or were, this payment.
fn said_of_entries(
    records: &SqliteJournal,
    name: &str,
    steps: &[PaymentStep],
    shown: impl Iterator<Item = String>,
) -> Result<Vec<Fact>, CliError> {
    let moved = steps.iter().map(|step| step.inbound.clone()).filter(|inbound| inbound.starts_with('I'));
    let inbounds: BTreeSet<String> = moved.chain(shown).collect();
    let mut said = Vec::new();
    for inbound in inbounds {
        let facts = records.facts_of(&inbound)?;
        let of_entry = |event: &Event| match event {
            Event::EntryMatched { document, entry, payments, .. }
            | Event::EntryUnmatched { document, entry, payments, .. } => {
                payments.iter().any(|payment| payment == name).then(|| format!("{inbound}/{document}/{entry}"))
            }
            _ => None,
        };
        let entries: BTreeSet<String> = facts.iter().filter_map(|fact| of_entry(&fact.event)).collect();
        said.extend(
            facts.into_iter().filter(|fact| of_entry(&fact.event).is_some() || entries.contains(&fact.subject)),
        );
    }
    Ok(said)
}
