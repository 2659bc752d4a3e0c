//! Whether the tables say what the facts say: the fold done once more, without the tables that it wrote.
//!
//! The chain proves the facts. What is looked up every day are the tables folded from them, and whoever can write the
//! file can change those without touching a fact. So [`case`] folds the facts of one case anew and compares.

use std::collections::BTreeMap;

use super::{
    Batch, BatchState, Event, Fact, Inbound, InboundState, JournalError, Numbering, Outbound, OutboundState,
    PaymentFilter, Purpose, ReceiptFilter, Records, Sums, Totals, Vouched,
};
use crate::text;
use crate::words::Text;

/// What the facts say of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    state: &'static str,
    /// Hashes of the bytes it stands for, in the order received, opened, written, sealed.
    hashes: Vec<String>,
    numbering: Option<Box<Numbering>>,
    /// Bank and content of a batch.
    batch: Option<(String, Totals)>,
    released_by: Option<String>,
    /// What speaks for a file that came in.
    vouched: Vouched,
}

/// What is wrong with the tables about the case of one inbound file, by the word of its facts.
///
/// # Errors
/// [`JournalError`] when facts or tables cannot be read.
pub fn case(records: &dyn Records, inbound: &str) -> Result<Vec<Text>, JournalError> {
    let facts = records.facts_of(inbound)?;
    let said = fold(&facts);
    let mut faults: Vec<Text> = receipts(records, inbound, &facts)?.into_iter().collect();
    faults.extend(statements(records, inbound, &facts)?);
    let mut rows: Vec<(String, Said)> = Vec::new();
    rows.extend(records.inbound(inbound)?.map(|file| (file.id.clone(), of_inbound(file))));
    if let Some(batch) = records.batch_of(inbound)? {
        faults.extend(payments(records, &batch)?);
        rows.push((batch.id.clone(), of_batch(batch)));
    }
    rows.extend(records.outbounds_of(inbound)?.into_iter().map(|file| (file.id.clone(), of_outbound(file))));
    let rows: BTreeMap<String, Said> = rows.into_iter().collect();
    for (id, facts) in &said {
        match rows.get(id) {
            None => faults.push(text!("the facts tell of `{id}`, the tables do not", "记录中有 `{id}`，状态表中没有")),
            Some(row) if row != facts => faults.push(difference(id, facts, row)),
            Some(_) => {}
        }
    }
    for id in rows.keys().filter(|id| !said.contains_key(*id)) {
        faults.push(text!("the tables hold `{id}`, no fact tells of it", "状态表中有 `{id}`，但没有对应的记录"));
    }
    Ok(faults)
}

/// What differs, the state first: it decides what happens next.
fn difference(id: &str, facts: &Said, row: &Said) -> Text {
    let (wanted, found) = (facts.state, row.state);
    if wanted != found {
        return text!(
            "the tables say that `{id}` is `{found}`, the facts say `{wanted}`",
            "状态表记 `{id}` 为 `{found}`，而按记录应为 `{wanted}`"
        );
    }
    text!(
        "the tables tell another content, name or release of `{id}` than the facts",
        "状态表中 `{id}` 的内容、名称或放行与记录不符"
    )
}

/// The payments of a batch add up to what was checked.
fn payments(records: &dyn Records, batch: &Batch) -> Result<Option<Text>, JournalError> {
    let filter = PaymentFilter { batch: Some(batch.id.clone()), ..PaymentFilter::default() };
    let (mut count, mut sums) = (0, Sums::new());
    for (_, currency, number, sum) in records.payment_totals(&filter)? {
        count += number;
        *sums.entry(currency).or_default() += sum;
    }
    let id = &batch.id;
    if count != batch.totals.count || sums != batch.totals.sums {
        return Ok(Some(text!(
            "the payments of `{id}` do not add up to what was checked",
            "`{id}` 的付款明细与检查时的合计不符"
        )));
    }
    let (seq, others) = match records.payments_out_of_step(id)?.as_slice() {
        [] => return Ok(None),
        [first, others @ ..] => (*first, others.len()),
    };
    Ok(Some(text!(
        "payment `{id}/{seq}` (and {others} others) is in a state into which no fact has brought it",
        "付款 `{id}/{seq}`（及另外 {others} 笔）所处状态没有任何记录可依"
    )))
}

/// Which statements of a file count, and what they repeat, is what the facts say: those of the file, and that of the
/// file that took the place of one.
fn statements(records: &dyn Records, inbound: &str, facts: &[Fact]) -> Result<Option<Text>, JournalError> {
    let told = facts.iter().filter_map(|fact| match &fact.event {
        Event::StatementKept(s) => Some((s.document, s.account.as_str(), s.balances.as_slice(), s.repeats.as_ref())),
        _ => None,
    });
    let kept = records.statements_of(inbound)?;
    let mut sound = told
        .clone()
        .eq(kept.iter().map(|s| (s.document, s.account.as_str(), s.balances.as_slice(), s.repeats.as_ref())));
    for (old, by) in kept.iter().filter_map(|s| Some((s.name(), s.replaced_by.as_deref()?))) {
        let file = by.rsplit_once('/').map_or(by, |(file, _)| file);
        sound &= records.facts_of(file)?.iter().any(|fact| replaces(fact).is_some_and(|replaced| *replaced == old));
    }
    for old in facts.iter().filter_map(replaces) {
        let (file, document) = old.rsplit_once('/').unwrap_or((old, ""));
        let of = records.statements_of(file)?;
        sound &= of.iter().any(|s| s.document.to_string() == document && s.replaced_by.is_some());
    }
    Ok((!sound).then(|| {
        text!(
            "the tables let other statements of `{inbound}` count than the facts",
            "状态表中 `{inbound}` 的对账单是否计入与记录不符"
        )
    }))
}

fn replaces(fact: &Fact) -> Option<&String> {
    match &fact.event {
        Event::StatementKept(statement) => statement.replaces.as_ref(),
        _ => None,
    }
}

/// The receipts of a bundle are those that its facts tell of.
fn receipts(records: &dyn Records, inbound: &str, facts: &[Fact]) -> Result<Option<Text>, JournalError> {
    let told = facts.iter().filter_map(|fact| match &fact.event {
        Event::ReceiptKept(receipt) => Some(receipt.as_ref()),
        _ => None,
    });
    let mut kept = Vec::new();
    let filter = ReceiptFilter { inbound: Some(inbound.to_string()), ..ReceiptFilter::default() };
    records.each_receipt(&filter, &mut |record| {
        kept.push(record.receipt);
        true
    })?;
    Ok((!told.eq(kept.iter())).then(|| {
        text!(
            "the tables tell of other receipts of `{inbound}` than the facts",
            "状态表中 `{inbound}` 的电子回单与记录不符"
        )
    }))
}

/// What the facts of a case say of its subjects.
fn fold(facts: &[Fact]) -> BTreeMap<String, Said> {
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    for fact in facts {
        if let Event::Checked { batch, bank, totals, .. } = &fact.event {
            let state = BatchState::Checked.word();
            let new = Said { state, batch: Some((bank.clone(), totals.clone())), ..Said::default() };
            said.insert(batch.clone(), new);
        }
        let for_a_bank = match &fact.event {
            Event::Numbered(n) => n.purpose == Purpose::Payments,
            Event::LeftElsewhere(_) => true,
            _ => false,
        };
        if for_a_bank {
            // The outbound file of a case carries its one batch.
            said.values_mut().filter(|s| s.batch.is_some()).for_each(|s| s.state = BatchState::Numbered.word());
        }
        let Some(state) = state_after(fact) else { continue };
        let one = said.entry(fact.subject.clone()).or_default();
        one.state = state;
        match &fact.event {
            Event::Received(arrival) | Event::Fetched(arrival) => one.hashes.push(arrival.kept.sha256.clone()),
            Event::Opened { content, vouched, .. } => {
                one.vouched = vouched.clone();
                // A file that is looked at once more is opened anew.
                one.hashes.truncate(1);
                one.hashes.push(content.sha256.clone());
            }
            Event::Written { content } | Event::Sealed { content, .. } => one.hashes.push(content.sha256.clone()),
            Event::Numbered(n) => one.numbering = Some(in_its_row(n)),
            Event::LeftElsewhere(n) => one.numbering = Some(in_its_row(n)),
            Event::Released { .. } => one.released_by = Some(fact.actor.clone()),
            _ => {}
        }
    }
    said
}

/// What of a numbering stands in the file's row: which rows a part carries is a table of its own, and so are the
/// numbers of a sequence.
fn in_its_row(numbering: &Numbering) -> Box<Numbering> {
    let (merged, dates) = (Vec::new(), BTreeMap::new());
    let mut own = Numbering { part: None, merged, apart: None, dates, ..numbering.clone() };
    (own.about, own.sequence, own.stopped, own.bank_file) = (None, None, 0, None);
    Box::new(own)
}

/// The state of a fact's subject after it; `None` where the fact leaves it as it was.
fn state_after(fact: &Fact) -> Option<&'static str> {
    let (of_batch, inbound) = (fact.subject.starts_with('B'), |state: InboundState| Some(state.word()));
    let outbound = |state: OutboundState| Some(state.word());
    match &fact.event {
        Event::Received(_) | Event::Fetched(_) | Event::Admitted { .. } => inbound(InboundState::Received),
        Event::Duplicate { .. } => inbound(InboundState::Duplicate),
        Event::Opened { .. } => inbound(InboundState::Opened),
        Event::Read { .. } => inbound(InboundState::Read),
        Event::Checked { .. } | Event::Matched { .. } => inbound(InboundState::Matched),
        Event::Refused { .. } if of_batch => Some(BatchState::Refused.word()),
        Event::Refused { .. } => inbound(InboundState::Refused),
        Event::Held { .. } if of_batch => Some(BatchState::Held.word()),
        Event::Held { .. } => inbound(InboundState::Held),
        Event::Released { .. } => Some(BatchState::Released.word()),
        Event::Cancelled { .. } if of_batch => Some(BatchState::Cancelled.word()),
        Event::Cancelled { .. } => outbound(OutboundState::Cancelled),
        Event::Numbered(_) => outbound(OutboundState::Numbered),
        Event::LeftElsewhere(_) => outbound(OutboundState::Unknown),
        Event::Merged { .. } => Some(BatchState::Numbered.word()),
        Event::Written { .. } => outbound(OutboundState::Written),
        Event::Sealed { .. } => outbound(OutboundState::Sealed),
        Event::Queued { .. } | Event::Resent { .. } => outbound(OutboundState::Queued),
        Event::Sending { .. } => outbound(OutboundState::Sending),
        Event::Publishing { .. } => outbound(OutboundState::Publishing),
        Event::Sent(_) | Event::Published(_) => outbound(OutboundState::Sent),
        Event::Unconfirmed(_) => outbound(OutboundState::Unconfirmed),
        Event::Unknown(_) => outbound(OutboundState::Unknown),
        Event::Resolved { sent: true, .. } => outbound(OutboundState::Sent),
        Event::Resolved { sent: false, .. } => outbound(OutboundState::Cancelled),
        Event::Answered(_) => outbound(OutboundState::Answered),
        Event::Cleared
        | Event::Failed { .. }
        | Event::Recovered { .. }
        | Event::Freed { .. }
        | Event::Suspected { .. }
        | Event::Noticed { .. }
        | Event::Proposed { .. }
        | Event::Approved { .. }
        | Event::Entered { .. }
        | Event::ConfigChanged { .. }
        | Event::ConfigSettings { .. }
        | Event::ConfigConfirmed(_)
        | Event::PaymentResolved { .. }
        | Event::Booked { .. }
        | Event::StatementKept(_)
        | Event::ReceiptKept(_)
        | Event::EntryMatched { .. }
        | Event::EntryUnmatched { .. }
        | Event::Incident { .. }
        | Event::Started { .. }
        | Event::Stopped
        | Event::Founded { .. }
        | Event::Fenced { .. }
        | Event::UnfenceProposed { .. }
        | Event::Unfenced { .. }
        | Event::Alarmed(_)
        | Event::AlarmCleared
        | Event::AlarmTold { .. }
        | Event::AlarmNotTold { .. }
        | Event::Reported(_)
        | Event::Renewal(_) => None,
    }
}

fn of_inbound(file: Inbound) -> Said {
    let hashes = [Some(file.kept), file.content].into_iter().flatten().map(|kept| kept.sha256).collect();
    Said { state: file.state.word(), hashes, vouched: file.vouched, ..Said::default() }
}

fn of_batch(batch: Batch) -> Said {
    let Batch { state, bank, totals, released_by, .. } = batch;
    Said { state: state.word(), batch: Some((bank, totals)), released_by, ..Said::default() }
}

fn of_outbound(file: Outbound) -> Said {
    let hashes = [file.written, file.sealed].into_iter().flatten().map(|kept| kept.sha256).collect();
    let numbering = Numbering {
        party: file.party,
        purpose: file.purpose,
        source: file.source,
        document: file.document,
        format: file.format,
        message_id: file.message_id,
        created: file.created,
        folder: file.folder,
        name: file.name,
        totals: file.totals,
        part: None,
        merged: Vec::new(),
        apart: None,
        dates: Default::default(),
        about: None,
        sequence: None,
        stopped: 0,
        bank_file: None,
    };
    Said { state: file.state.word(), hashes, numbering: Some(Box::new(numbering)), ..Said::default() }
}
