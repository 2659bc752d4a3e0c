//! Looking at unmatched entries once more, with what is known by now.
//!
//! An entry that fitted two payments fits one when the other was shown by another statement; a payment may have become
//! known, or a person may have taken a match back. The archived file is read again, so that nothing of the entry is
//! missing, and only entries that the journal holds as unmatched are looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::{bundled, effect_of};
use super::read::reader;
use crate::document::{Part, StatementKind};
use crate::journal::{
    Change, EntryFilter, EntryMatch, EntryState, Event, Inbound, PaymentChange, Records, SqliteJournal,
};
use crate::matching::{Doubt, Effect, Entries, Outcome, Stand};
use crate::route::ledger::BankLedger;
use crate::route::reconcile::payment_name;
use crate::route::{Shared, Trouble};

/// An entry that is matched now.
#[derive(Debug)]
pub struct Again {
    /// The inbound file.
    pub inbound: String,
    /// The fact.
    pub event: Event,
    /// Its rows.
    pub matches: Vec<EntryMatch>,
    /// New states of its payments.
    pub changes: Vec<Change>,
}

/// Entries by file: document and place.
type Wanted = BTreeMap<String, BTreeSet<(u64, u64)>>;

/// What unmatched entries are by now, those of one account or all. Nothing is stated; whoever asks does that.
///
/// # Errors
/// [`Trouble`] when an archived file cannot be read any more, or the journal.
pub fn again(shared: &Shared, records: &SqliteJournal, account: Option<&str>) -> Result<Vec<Again>, Trouble> {
    let mut wanted = Wanted::new();
    let filter = EntryFilter {
        account: account.map(str::to_string),
        states: vec![EntryState::Unmatched],
        ..EntryFilter::default()
    };
    records.each_entry(&filter, &mut |found| {
        // What is payments in part is a person's: its parts are told already.
        if found.entry.how.is_none() {
            wanted.entry(found.inbound).or_default().insert((found.entry.document, found.entry.seq));
        }
        true
    })?;
    let mut all = Vec::new();
    for (inbound, entries) in &wanted {
        if let Some(file) = records.inbound(inbound)? {
            look(shared, records, &file, entries, &mut all)?;
        }
    }
    Ok(all)
}

/// Reads one file again and matches those entries of it.
fn look(
    shared: &Shared,
    records: &SqliteJournal,
    file: &Inbound,
    wanted: &BTreeSet<(u64, u64)>,
    all: &mut Vec<Again>,
) -> Result<(), Trouble> {
    let bank = shared.party(&file.party)?;
    let ledger = BankLedger::new(records, bank).on(shared.today()).looking_at(&file.id);
    let mut entries = Entries::new(&ledger);
    let mut reader = reader(shared, bank, file)?;
    let (mut document, mut kind) = (0, StatementKind::Statement);
    while let Some(part) = reader.next_part()? {
        document += u64::from(part.is_head());
        match &part {
            Part::Statement(statement) => kind = statement.kind,
            Part::Entry(entry) if !wanted.contains(&(document, entry.seq)) => continue,
            _ => {}
        }
        for matched in entries.look(&part) {
            if let Some(found) = found(records, &file.id, &bank.name, document, kind, &matched)? {
                all.push(found);
            }
        }
    }
    ledger.sound()?;
    Ok(())
}

/// The fact of an entry that is payments as a whole.
fn found(
    records: &SqliteJournal,
    inbound: &str,
    bank: &str,
    document: u64,
    kind: StatementKind,
    matched: &crate::matching::EntryMatch,
) -> Result<Option<Again>, Trouble> {
    let stand = Stand::of(matched);
    let (true, Some(how), Some(sure)) = (stand.matched, stand.how, stand.sure) else { return Ok(None) };
    let (mut matches, mut changes, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    for item in &matched.items {
        let detail = item.detail.map_or(0, |d| d as u64 + 1);
        let (rows, how, sure, state) = match &item.outcome {
            // What is booked or returned in part is a person's.
            Outcome::Payment(one) if one.doubt == Some(Doubt::AmountDiffers) => return Ok(None),
            Outcome::Payment(one) => {
                let state = if one.is_news() { effect_of(one.effect, Some(kind)) } else { None };
                (vec![one.candidate.payment], one.how, one.sureness, state)
            }
            Outcome::Bundle { bundle, how, sureness, again } => {
                let state = if *again { None } else { effect_of(Effect::Booked, Some(kind)) };
                (bundled(records, bank, bundle, *again)?, *how, *sureness, state)
            }
            Outcome::Unmatched(_) => continue,
        };
        for row in rows {
            let (how, sure) = (how.word().into(), sure.word().into());
            matches.push(EntryMatch { entry: matched.seq, detail, payment: row, how, sure });
            let change = |state| PaymentChange { payment: row, state, bank_status: None, reason: None };
            state.map(change).into_iter().for_each(|one| Change::add(&mut changes, one));
            payments.extend(records.payment(row)?.as_ref().map(payment_name));
        }
    }
    let event = Event::EntryMatched {
        document,
        entry: matched.seq,
        payments,
        how: how.word().to_string(),
        sure: sure.word().to_string(),
        rest: stand.rest,
        reason: None,
    };
    Ok(Some(Again { inbound: inbound.to_string(), event, matches, changes }))
}
