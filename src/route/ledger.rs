//! The journal as matching and checking see it.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Span;

use crate::check::History;
use crate::config::Party;
use crate::document::{Amount, Currency, Date, Indicator, StatementKind};
use crate::journal::{BookingRecord, JournalError, Outbound, PaymentFilter, PaymentRecord, PaymentState, Records};
use crate::matching::{Booking, Bundle, Candidate, Ledger, Phase};

/// Groups and files by account, currency and the sum of what is open of them.
type BySum = HashMap<(String, Currency, Amount), Vec<Bundle>>;

/// Days after which no bank books what it was given.
const DAYS_BACK: i64 = 45;

/// Looks payments up for one bank. An error of the journal is remembered and ends the work: nothing
/// that was matched with an unreadable journal is used.
pub struct BankLedger<'a> {
    records: &'a dyn Records,
    bank: &'a str,
    /// What payments to this bank do to the counterparty: direct debits take.
    indicator: Indicator,
    /// Whether its files number their rows and its answers give the numbers back.
    numbers_rows: bool,
    error: RefCell<Option<JournalError>>,
    outbounds: RefCell<HashMap<String, Option<Outbound>>>,
    /// The id below which files are too old to be booked in one sum now.
    since: String,
    /// Groups and files with open payments, once they were asked for.
    open_bundles: RefCell<Option<BySum>>,
    /// Statements that the file that is looked at takes the place of.
    replaced: Vec<String>,
    /// The file that is looked at once more, where it is: what its own entries showed is never told again by it.
    looked_at: Option<String>,
    /// The names of all banks.
    banks: Vec<String>,
    /// The payments of the file that was last asked for by rows, in the order in which they were written.
    rows: RefCell<Option<(String, Vec<i64>)>>,
}

impl<'a> BankLedger<'a> {
    /// The payments that went to `bank`.
    pub fn new(records: &'a dyn Records, bank: &'a Party) -> BankLedger<'a> {
        let indicator = if bank.template.collects() { Indicator::Debit } else { Indicator::Credit };
        BankLedger {
            records,
            bank: &bank.name,
            indicator,
            numbers_rows: bank.template.numbers_rows(),
            error: RefCell::new(None),
            outbounds: RefCell::new(HashMap::new()),
            since: String::new(),
            open_bundles: RefCell::new(None),
            replaced: Vec::new(),
            looked_at: None,
            banks: Vec::new(),
            rows: RefCell::new(None),
        }
    }

    /// The same, where what these statements booked is told anew.
    pub fn replacing(self, statements: Vec<String>) -> BankLedger<'a> {
        BankLedger { replaced: statements, ..self }
    }

    /// The same, where what went to one of these banks is known to be ours.
    pub fn among(self, banks: Vec<String>) -> BankLedger<'a> {
        BankLedger { banks, ..self }
    }

    /// The same, where this file is looked at once more.
    pub fn looking_at(self, inbound: &str) -> BankLedger<'a> {
        BankLedger { looked_at: Some(inbound.to_string()), ..self }
    }

    /// The same for what comes on this day: files that are older than a bank takes to book are left out of sums.
    pub fn on(self, day: Date) -> BankLedger<'a> {
        let since = day.checked_sub(Span::new().days(DAYS_BACK)).unwrap_or(day);
        BankLedger { since: format!("O{}", since.strftime("%Y%m%d")), ..self }
    }

    /// The first error of the journal, if there was one.
    ///
    /// # Errors
    /// That error.
    pub fn sound(self) -> Result<(), JournalError> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    fn get<T: Default>(&self, result: Result<T, JournalError>) -> T {
        result.unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    fn outbound(&self, id: &str) -> Option<Outbound> {
        if let Some(known) = self.outbounds.borrow().get(id) {
            return known.clone();
        }
        let found = self.get(self.records.outbound(id));
        self.outbounds.borrow_mut().insert(id.to_string(), found.clone());
        found
    }

    fn candidates(&self, filter: &PaymentFilter) -> Vec<Candidate> {
        let payments = self.get(self.records.payments(filter));
        payments.into_iter().filter_map(|p| self.candidate(p)).collect()
    }

    /// The payment as matching sees it; `None` when it went to another bank.
    fn candidate(&self, p: PaymentRecord) -> Option<Candidate> {
        let outbound = p.outbound.as_deref().and_then(|id| self.outbound(id));
        if outbound.as_ref().is_some_and(|o| o.party != self.bank) {
            return None;
        }
        let shown = self.shown(&p);
        let left = outbound.as_ref().is_some_and(Outbound::has_left);
        // The bank may have what is to be sent once more, and speaks of it then.
        let in_doubt = outbound.as_ref().is_some_and(Outbound::awaits_resend);
        let phase = match phase(p.state) {
            Phase::Waiting if in_doubt => Phase::AtBank,
            Phase::Ended if p.state == PaymentState::Cancelled && !left => Phase::Waiting,
            Phase::Ended if p.state == PaymentState::Returned && !shown.iter().any(|b| b.back) => Phase::TakenBack,
            phase => phase,
        };
        Some(Candidate {
            payment: p.row,
            batch: p.batch,
            amount: p.amount,
            currency: p.currency,
            indicator: self.indicator,
            account: p.account,
            counterparty_account: p.creditor_account,
            counterparty_name: p.creditor_name,
            end_to_end_id: p.end_to_end_id,
            instruction_id: None,
            group_id: outbound.as_ref().zip(p.group).and_then(|(o, g)| Some(group_id(o.message_id.as_deref()?, &g))),
            message_id: outbound.and_then(|o| o.message_id),
            execution_date: p.execution_date.as_deref().and_then(crate::document::parse_date),
            phase,
            shown,
        })
    }

    /// What statements have shown of a payment; of one that is simply on its way, nothing that would matter.
    fn shown(&self, p: &PaymentRecord) -> Vec<Booking> {
        use PaymentState::{Booked, Cancelled, Rejected, Returned, Unknown};
        if !matches!(p.state, Booked | Cancelled | Rejected | Returned | Unknown) {
            return Vec::new();
        }
        let booking = |booking: BookingRecord| Booking {
            kind: kind_of(&booking.kind),
            booking_date: booking.date.as_deref().and_then(crate::document::parse_date),
            bank_reference: booking.bank_reference.filter(|_| self.looked_at.as_ref() != Some(&booking.inbound)),
            replaced: self.replaced.contains(&booking.statement),
            back: booking.back,
        };
        self.get(self.records.bookings_of(p.row)).into_iter().map(booking).collect()
    }

    /// Groups with open payments, and files of several such groups, of the last weeks: what a bank may yet book in one
    /// sum.
    fn all_open(&self) -> BySum {
        let groups = self.get(self.records.open_groups(self.bank, &self.since));
        let mut all: Vec<Bundle> = Vec::new();
        let mut files: Vec<(String, usize)> = Vec::new();
        for (id, group) in groups {
            let Some(outbound) = self.outbound(&id) else { continue };
            all.extend(self.bundle(&outbound, group.as_deref()));
            match files.last_mut() {
                Some((last, count)) if *last == id => *count += 1,
                _ => files.push((id, 1)),
            }
        }
        let several = files.into_iter().filter(|(_, count)| *count > 1);
        all.extend(several.filter_map(|(id, _)| self.bundle(&self.outbound(&id)?, None)));
        let mut by_sum = BySum::new();
        for bundle in all.into_iter().filter(|b| b.open_count > 1 && b.open_sums.len() == 1) {
            let sum = bundle.open_sums.first_key_value().map(|(currency, sum)| (*currency, sum.normalize()));
            if let Some((account, (currency, sum))) = bundle.account.clone().zip(sum) {
                by_sum.entry((account, currency, sum)).or_default().push(bundle);
            }
        }
        by_sum
    }

    fn bundle(&self, outbound: &Outbound, group: Option<&str>) -> Option<Bundle> {
        let filter = PaymentFilter {
            outbound: Some(outbound.id.clone()),
            group: group.map(str::to_string),
            ..PaymentFilter::default()
        };
        let totals = self.get(self.records.payment_totals(&filter));
        let first = self.get(self.records.payments(&PaymentFilter { most: 1, ..filter.clone() })).pop();
        let mut bundle = Bundle {
            message_id: outbound.message_id.clone(),
            group_id: group.and_then(|g| Some(group_id(outbound.message_id.as_deref()?, g))),
            account: first.as_ref().and_then(|p| p.account.clone()),
            execution_date: first.and_then(|p| p.execution_date).as_deref().and_then(crate::document::parse_date),
            indicator: Some(self.indicator),
            sent: outbound.has_left(),
            ..Bundle::default()
        };
        for (state, currency, count, sum) in totals {
            bundle.count += count;
            *bundle.sums.entry(currency).or_default() += sum;
            if phase(state).is_open() || outbound.awaits_resend() && state == PaymentState::Queued {
                bundle.open_count += count;
                *bundle.open_sums.entry(currency).or_default() += sum;
            } else if state == PaymentState::Booked {
                bundle.booked_count += count;
                *bundle.booked_sums.entry(currency).or_default() += sum;
            }
        }
        if bundle.open_count == 0 && bundle.booked_count > 0 {
            let states = vec![PaymentState::Booked];
            let booked = self.get(self.records.payments(&PaymentFilter { states, most: 1, ..filter })).pop();
            bundle.shown = booked.map(|p| self.shown(&p)).unwrap_or_default();
        }
        if !bundle.sent {
            let batches = self.get(self.records.carried_by(&outbound.id));
            bundle.unsent = batches.into_iter().map(|batch| batch.id).collect();
        }
        (bundle.count > 0).then_some(bundle)
    }
}

impl Ledger for BankLedger<'_> {
    fn by_end_to_end_id(&self, id: &str) -> Vec<Candidate> {
        self.candidates(&PaymentFilter { end_to_end_id: Some(id.to_string()), ..PaymentFilter::default() })
    }

    fn by_instruction_id(&self, _: &str) -> Vec<Candidate> {
        // We send no instruction ids of our own, so a bank's can name nothing of ours.
        Vec::new()
    }

    fn by_row(&self, message_id: &str, row: u64) -> Option<Candidate> {
        let at = usize::try_from(row.checked_sub(1)?).ok().filter(|_| self.numbers_rows)?;
        let mut known = self.rows.borrow_mut();
        if known.as_ref().is_none_or(|(file, _)| file != message_id) {
            let outbound = self.get(self.records.outbound_by_message_id(self.bank, message_id))?;
            *known = Some((message_id.to_string(), self.get(self.records.rows_of_file(&outbound.id))));
        }
        let id = known.as_ref().and_then(|(_, rows)| rows.get(at).copied())?;
        self.get(self.records.payment(id)).and_then(|payment| self.candidate(payment))
    }

    fn each_of_file(&self, message_id: &str, each: &mut dyn FnMut(Candidate)) {
        let Some(outbound) = self.get(self.records.outbound_by_message_id(self.bank, message_id)) else { return };
        let filter = PaymentFilter { outbound: Some(outbound.id), ..PaymentFilter::default() };
        let shown = self.records.each_payment(&filter, &mut |payment| {
            self.candidate(payment).into_iter().for_each(&mut *each);
            true
        });
        self.get(shown);
    }

    fn by_amount(&self, account: &str, amount: Amount, currency: Currency) -> Vec<Candidate> {
        let filter = PaymentFilter {
            account: Some(account.to_string()),
            amount: Some((amount, currency)),
            ..PaymentFilter::default()
        };
        self.candidates(&filter)
    }

    fn by_group(&self, payment_information_id: &str, message_id: Option<&str>) -> Vec<Bundle> {
        let Some((message, group)) = payment_information_id.rsplit_once('-') else { return Vec::new() };
        if message_id.is_some_and(|id| id != message) {
            return Vec::new();
        }
        let outbound = self.get(self.records.outbound_by_message_id(self.bank, message));
        outbound.and_then(|o| self.bundle(&o, Some(group))).into_iter().collect()
    }

    fn by_sum(&self, account: &str, sum: Amount, currency: Currency) -> Vec<Bundle> {
        let mut known = self.open_bundles.borrow_mut();
        let all = known.get_or_insert_with(|| self.all_open());
        all.get(&(account.to_string(), currency, sum.normalize())).cloned().unwrap_or_default()
    }

    fn by_message_id(&self, id: &str) -> Option<Bundle> {
        let outbound = self.get(self.records.outbound_by_message_id(self.bank, id))?;
        self.bundle(&outbound, None)
    }

    fn other_bank(&self, message_id: &str) -> Option<String> {
        let went_to = |bank: &&String| {
            **bank != self.bank && self.get(self.records.outbound_by_message_id(bank, message_id)).is_some()
        };
        self.banks.iter().find(went_to).cloned()
    }
}

impl History for BankLedger<'_> {
    fn end_to_end_id(&self, id: &str) -> Option<String> {
        self.get(self.records.batch_with_end_to_end_id(id))
    }
}

/// The id of a group in a file for a bank: the file's message id and the group's number.
pub fn group_id(message_id: &str, group: &str) -> String {
    format!("{message_id}-{group}")
}

pub(super) fn phase(state: PaymentState) -> Phase {
    use PaymentState::*;
    match state {
        Received | Checked | Held | Released | Written | Queued | Refused => Phase::Waiting,
        Sending | Sent | Unknown | Accepted => Phase::AtBank,
        Executed => Phase::Executed,
        Booked => Phase::Booked,
        Cancelled | Rejected | Returned => Phase::Ended,
    }
}

fn kind_of(word: &str) -> StatementKind {
    match word {
        "report" => StatementKind::Report,
        "notification" => StatementKind::Notification,
        _ => StatementKind::Statement,
    }
}
