//! Receipts: each file published to its ERP as it is, with an index that says which payment it belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Digest, Incident, Output};
use crate::document::{Account, Receipt, ReceiptLinks};
use crate::format::receipts::Keeper;
use crate::journal::{
    EntryFilter, EntryRecord, Inbound, IncidentKind, JournalError, Kept, Outbound, PaymentFilter, PaymentRecord,
    Purpose, ReceiptFact, ReceiptFilter, Records, SqliteJournal,
};
use crate::route::{Shared, Trouble};
use crate::text;
use crate::words::Remedy;

/// Counts the files of a bundle and finds out whom each is for.
#[derive(Default)]
pub(super) struct Counter {
    files: Files,
    /// The file that the last receipt was in, and its ERPs: several receipts may share a file.
    erps: BTreeSet<String>,
    /// Files as they came into the archive; they come in the order of their receipts.
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// Numbers files by their receipts, which come file by file.
#[derive(Default)]
struct Files {
    name: Option<String>,
    number: u64,
}

impl Files {
    /// The number of the receipt's file, from 1, and whether it is a new one.
    fn number(&mut self, receipt: &Receipt) -> (u64, bool) {
        let new = self.name.as_deref() != Some(receipt.file.as_str());
        if new {
            self.name = Some(receipt.file.clone());
            self.number += 1;
        }
        (self.number, new)
    }
}

impl Counter {
    /// Puts every file of a bundle into the archive while it is read.
    pub fn keeper(&self, shared: &Shared, file: &Inbound) -> Keeper {
        let (archive, case, day) = (shared.archive.clone(), file.id.clone(), shared.day_of(&file.id));
        let list = Arc::clone(&self.kept);
        Keeper::new(move |name, bytes| {
            let kept = archive.keep(day, &case, "receipt", name, bytes).map_err(io::Error::other)?;
            let path = kept.path.to_string_lossy().into_owned();
            let kept = Kept { sha256: kept.sha256.to_string(), size: kept.size, path };
            list.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
            Ok(())
        })
    }

    /// Keeps a receipt, and says which ERP it goes to.
    pub fn look(
        &mut self,
        shared: &Shared,
        records: &SqliteJournal,
        file: &Inbound,
        receipt: &Receipt,
        digest: &mut Digest,
    ) -> Result<(), Trouble> {
        let (number, new) = self.files.number(receipt);
        if new {
            self.erps.clear();
        }
        let kept = self.kept(receipt)?;
        let fact = compared(records, file, ReceiptFact::of(receipt, kept.clone()), digest)?;
        digest.kept_receipts.push(fact);
        let Some(erp) = erp_of(shared, receipt.account.as_ref()) else {
            shared.waits_for_aside(receipt.account.as_ref())?;
            let file = &receipt.file;
            let what = text!(
                "no ERP is configured for the account of receipt `{file}`: it is in the archive only",
                "回单 `{file}` 的账户未配置所属 ERP：仅存于归档"
            );
            let incident = Incident { kind: IncidentKind::Unassigned, what };
            if !digest.incidents.contains(&incident) {
                digest.incidents.push(incident);
            }
            return Ok(());
        };
        if !self.erps.insert(erp.clone()) {
            return Ok(());
        }
        let output = Output {
            party: erp.clone(),
            purpose: Purpose::Receipt,
            document: number,
            format: receipt.file_type.word().into(),
            account: receipt.account.as_ref().map(|account| account.as_str().to_string()).unwrap_or_default(),
            about: String::new(),
        };
        digest.receipts.push((output, kept));
        tell_index(shared, &erp, digest);
        Ok(())
    }

    /// Where a receipt's file lies in the archive.
    fn kept(&self, receipt: &Receipt) -> Result<Kept, Trouble> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        kept.filter(|kept| kept.sha256 == receipt.sha256).ok_or_else(|| {
            let file = &receipt.file;
            Trouble::new(
                text!("receipt `{file}` did not come into the archive", "回单 `{file}` 未能归档"),
                Remedy::Wait,
            )
        })
    }
}

/// Says what came before under the number of a receipt: the same file repeats it; another file of the same type holds
/// the bundle until a person has looked at both.
fn compared(
    records: &SqliteJournal,
    file: &Inbound,
    mut fact: ReceiptFact,
    digest: &mut Digest,
) -> Result<ReceiptFact, JournalError> {
    let Some(number) = fact.receipt_no.clone() else { return Ok(fact) };
    let mut before: Vec<(String, ReceiptFact)> = Vec::new();
    let filter =
        ReceiptFilter { party: Some(file.party.clone()), receipt_no: Some(number.clone()), ..ReceiptFilter::default() };
    records.each_receipt(&filter, &mut |record| {
        if record.inbound != file.id {
            before.push((record.name(), record.receipt));
        }
        true
    })?;
    let here = digest.kept_receipts.iter().filter(|known| known.receipt_no.as_ref() == Some(&number));
    before.extend(here.map(|known| (format!("{}/{}", file.id, known.seq), known.clone())));
    before.retain(|(_, known)| known.file_type == fact.file_type);
    if let Some((name, _)) = before.iter().find(|(_, known)| known.kept.sha256 == fact.kept.sha256) {
        fact.repeats = Some(name.clone());
    } else if let Some((name, _)) = before.last() {
        fact.differs_from = Some(name.clone());
        digest.held.push(format!("other-receipt {number} {name}"));
    }
    Ok(fact)
}

/// The ERP of an account; where a receipt names none, the only ERP that there is.
fn erp_of(shared: &Shared, account: Option<&Account>) -> Option<String> {
    let mut erps = shared.config.parties.iter().filter(|party| !party.is_bank());
    let erp = match account {
        Some(account) => shared.config.erp_of(account),
        None => erps.next().filter(|_| erps.next().is_none() && shared.config.set_aside.is_empty()),
    };
    erp.map(|party| party.name.clone())
}

/// Asks for the index, once an ERP and format.
fn tell_index(shared: &Shared, erp: &str, digest: &mut Digest) {
    let formats = shared.config.party(erp).map(|party| party.template.outputs.receipts.clone()).unwrap_or_default();
    for format in formats {
        let index = Output {
            party: erp.to_string(),
            purpose: Purpose::Receipts,
            document: 0,
            format,
            account: String::new(),
            about: String::new(),
        };
        if !digest.outputs.contains(&index) {
            digest.outputs.push(index);
        }
    }
}

/// Finds what the receipts of one ERP belong to.
pub(super) struct Linked<'a> {
    records: &'a SqliteJournal,
    files: Files,
    /// Names under which the ERP gets the files, by their number in the bundle.
    names: BTreeMap<u64, String>,
    /// What came before under the number of a receipt, by its place in the bundle: the same bytes, and others.
    before: BTreeMap<u64, (Option<String>, Option<String>)>,
    count: u64,
}

impl<'a> Linked<'a> {
    /// For the index `index` of a bundle.
    pub fn new(records: &'a SqliteJournal, index: &Outbound) -> Result<Linked<'a>, JournalError> {
        let files = records.outbounds_of(&index.case)?.into_iter();
        let files = files.filter(|file| file.purpose == Purpose::Receipt && file.party == index.party);
        let names = files.map(|file| (file.document, file.name)).collect();
        let mut before = BTreeMap::new();
        let filter = ReceiptFilter { inbound: Some(index.source.clone()), ..ReceiptFilter::default() };
        records.each_receipt(&filter, &mut |record| {
            before.insert(record.receipt.seq, (record.receipt.repeats, record.receipt.differs_from));
            true
        })?;
        Ok(Linked { records, files: Files::default(), names, before, count: 0 })
    }

    /// Number of receipts for this ERP so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The receipt with its links; `None` where its file is not for this ERP.
    pub fn link(&mut self, mut receipt: Receipt) -> Result<Option<Receipt>, JournalError> {
        let (number, _) = self.files.number(&receipt);
        let Some(name) = self.names.get(&number).cloned() else { return Ok(None) };
        self.count += 1;
        let links = links(self.records, &receipt)?;
        let (repeats, differs_from) = self.before.remove(&receipt.seq).unwrap_or_default();
        receipt.seq = self.count;
        receipt.links = ReceiptLinks { file_name: Some(name), repeats, differs_from, ..links };
        Ok(Some(receipt))
    }
}

/// What a receipt belongs to by what is known now; a statement may come after it.
///
/// # Errors
/// [`JournalError`].
pub fn links(records: &SqliteJournal, receipt: &Receipt) -> Result<ReceiptLinks, JournalError> {
    let seeker = Seeker { records };
    let mut links = ReceiptLinks::default();
    let Some((payment, how)) = seeker.payment(receipt)? else {
        links.matched = Some("unmatched".into());
        if let Some(found) = seeker.entry(receipt)? {
            links.matched = Some("bank-reference certain".into());
            links.statement = Some(format!("{}/{}", found.inbound, found.entry.document));
            links.entry = Some(found.entry.seq);
        }
        return Ok(links);
    };
    links.matched = Some(how.into());
    links.payment = payment.end_to_end_id;
    links.batch = Some(payment.batch);
    if let Some((inbound, document, entry)) = records.entries_of(payment.row)?.into_iter().next() {
        links.statement = Some(format!("{inbound}/{document}"));
        links.entry = Some(entry);
    }
    Ok(links)
}

/// Looks for what a receipt may be about.
struct Seeker<'a> {
    records: &'a SqliteJournal,
}

impl Seeker<'_> {
    /// The one payment that a receipt can be about: by its id, else by account, amount and counterparty.
    fn payment(&self, receipt: &Receipt) -> Result<Option<(PaymentRecord, &'static str)>, JournalError> {
        if let Some(id) = &receipt.end_to_end_id {
            let filter = PaymentFilter { end_to_end_id: Some(id.clone()), ..PaymentFilter::default() };
            return Ok(self.only(filter, receipt)?.map(|payment| (payment, "end-to-end-id certain")));
        }
        let (Some(amount), Some(currency), Some(other)) =
            (receipt.amount, receipt.currency, &receipt.counterparty.account)
        else {
            return Ok(None);
        };
        let filter = PaymentFilter {
            amount: Some((amount, currency)),
            creditor_account: Some(other.as_str().to_string()),
            ..PaymentFilter::default()
        };
        Ok(self.only(filter, receipt)?.map(|payment| (payment, "amount-and-account likely")))
    }

    /// The only entry that shows the transaction: by account, day, amount and the bank's reference.
    fn entry(&self, receipt: &Receipt) -> Result<Option<EntryRecord>, JournalError> {
        let (Some(account), Some(serial)) = (&receipt.account, &receipt.bank_serial) else { return Ok(None) };
        if receipt.date.is_none() {
            return Ok(None);
        }
        let filter = EntryFilter {
            account: Some(account.as_str().to_string()),
            from: receipt.date,
            until: receipt.date,
            text: Some(serial.clone()),
            ..EntryFilter::default()
        };
        let mut found = Vec::new();
        self.records.each_entry(&filter, &mut |record| {
            let named = [&record.entry.bank_reference, &record.entry.reference].into_iter().flatten();
            let fits = receipt.amount.is_none_or(|amount| amount == record.entry.amount);
            if fits && named.into_iter().any(|reference| reference == serial) {
                found.push(record);
            }
            found.len() < 2
        })?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The only payment of a filter that left and that the receipt does not contradict.
    fn only(&self, filter: PaymentFilter, receipt: &Receipt) -> Result<Option<PaymentRecord>, JournalError> {
        let account = receipt.account.as_ref().map(|account| account.as_str().to_string());
        let fits = |payment: &PaymentRecord| {
            payment.outbound.is_some()
                && receipt.amount.is_none_or(|amount| amount == payment.amount)
                && receipt.currency.is_none_or(|currency| currency == payment.currency)
                && (account.is_none() || payment.account.is_none() || account == payment.account)
        };
        let mut found: Vec<PaymentRecord> = self.records.payments(&filter)?.into_iter().filter(fits).collect();
        Ok(if found.len() == 1 { found.pop() } else { None })
    }
}
