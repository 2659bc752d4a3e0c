//! A customer's payment file: judged payment by payment, and booked.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Seek};

use super::books::{Balance, Booking, Books};
use super::error::BankError;
use super::rules::{Judge, Verdict, reason};
use super::settings::Settings;
use super::tongue::Tongue;
use crate::disk::{DiskError, Doing};
use crate::document::{Amount, Currency, Date, Group, GroupAccount, Part, Payment, Reason};
use crate::finding::Finding;
use crate::format::{OpenError, ReadError};

/// What a payment file holds and what the bank does with it.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub message_id: Option<String>,
    /// What it must not have in common with another file: its message id, or its name.
    pub identity: Option<String>,
    /// Format and version, such as `pain.001.001.09`.
    pub format: String,
    pub count: u64,
    pub sums: BTreeMap<Currency, Amount>,
    pub groups: Vec<Tally>,
    /// The first group, whose account and day a result file repeats.
    pub group: Option<Box<Group>>,
    /// Why the file is refused as a whole.
    pub refused: Option<Reason>,
    /// The range of its bookings in the ledger; nothing counts before it is committed.
    pub ledger: [u64; 2],
    /// Balances after it.
    pub balances: BTreeMap<String, Balance>,
}

/// What became of the payments of one group.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub id: Option<String>,
    pub count: u64,
    pub accepted: u64,
    pub pending: u64,
    pub reason: Option<Reason>,
}

impl Tally {
    /// The group's status where what is accepted has the status `level`.
    pub(super) fn status(&self, level: &str) -> String {
        status(self.count, self.accepted, self.pending, level)
    }
}

impl Order {
    /// Payments that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        if self.refused.is_some() { 0 } else { self.groups.iter().map(|g| g.accepted).sum() }
    }

    /// The file's status where what is accepted has the status `level`.
    pub(super) fn status(&self, level: &str) -> String {
        let pending = self.groups.iter().map(|g| g.pending).sum();
        match self.refused {
            Some(_) => "RJCT".to_string(),
            None => status(self.count, self.accepted(), pending, level),
        }
    }

    /// Sum of all payments, currencies mixed, as `CtrlSum` has it.
    pub(super) fn sum(&self) -> Option<Amount> {
        self.sums.values().copied().try_fold(Amount::ZERO, Amount::checked_add)
    }

    /// The file is refused as a whole: nothing of it is accepted or booked.
    fn refuse(&mut self, reason: Reason, books: &Books) {
        self.refused = Some(reason);
        self.ledger[1] = self.ledger[0];
        self.balances = books.balances.clone();
    }
}

/// The status of several payments, of which some were accepted with `level`.
fn status(count: u64, accepted: u64, pending: u64, level: &str) -> String {
    let word = match () {
        () if accepted == count => level,
        () if accepted + pending == 0 => "RJCT",
        () if pending == count => "PDNG",
        () => "PART",
    };
    word.to_string()
}

/// A payment file in plain, and all that it is judged by.
#[derive(Clone, Copy)]
pub(super) struct Paper<'a> {
    pub settings: &'a Settings,
    pub tongue: &'a Tongue,
    pub books: &'a Books,
    pub plain: &'a File,
    /// Its name in the inbox.
    pub name: &'a str,
    /// The day on which it is read.
    pub day: Date,
}

impl Paper<'_> {
    /// Hands over every part; a group that does not say its account is for the only one that there is.
    fn read_each(&self, take: &mut dyn FnMut(Part) -> Result<(), Stop>) -> Result<(), Stop> {
        let mut file = self.plain.try_clone().map_err(own)?;
        file.rewind().map_err(own)?;
        let mut reader = self.tongue.open(Box::new(BufReader::new(file)), self.day)?;
        let mut heads = 0;
        while let Some(mut part) = reader.next_part()? {
            heads += u64::from(part.is_head());
            if heads > 1 {
                return Err(Stop::File(reason("FF01", "there is more than one document")));
            }
            if let Part::Group(group) = &mut part
                && group.account.is_none()
            {
                let only = self.settings.accounts.first();
                group.account = only.and_then(|account| GroupAccount::parse(account.id.as_str()));
            }
            take(part)?;
        }
        match reader.take_findings().iter().find(|f| f.is_error()) {
            Some(finding) => Err(finding.into()),
            None => Ok(()),
        }
    }
}

/// Reads a payment file to its end, judges every payment and appends the bookings.
pub(super) fn receive(paper: &Paper<'_>) -> Result<Order, BankError> {
    let books = paper.books;
    let mut order = Order { ledger: [books.ledger_end()?; 2], ..Order::default() };
    let mut judge = Judge::new(&paper.settings.rules, books.balances.clone());
    let mut ledger = Ledger::new(books, order.ledger[1]);
    let read = paper.read_each(&mut |part| order.take(&part, &mut judge, &mut ledger));
    ledger.close()?;
    order.ledger[1] = ledger.end;
    order.balances = judge.balances;
    if let Err(error) = read {
        match error {
            Stop::Bank(error) => return Err(error),
            Stop::File(why) => order.refuse(why, books),
        }
    }
    order.identity.clone_from(&order.message_id);
    if paper.tongue.knows_files_by_name() {
        order.identity = Some(paper.name.to_string());
    }
    let known = order.identity.as_ref().is_some_and(|id| books.message_ids.contains(id));
    if order.refused.is_none() && order.identity.is_none() {
        order.refuse(reason("FF01", "there is no message id"), books);
    } else if order.refused.is_none() && order.count == 0 {
        order.refuse(reason("FF01", "there is no payment"), books);
    } else if order.refused.is_none() && known {
        order.refuse(reason("DUPL", "a message of this id was received before"), books);
    }
    Ok(order)
}

/// Hands over what is done with each payment of a file that was received before.
pub(super) fn judge_again(
    paper: &Paper<'_>,
    take: &mut dyn FnMut(Judged<'_>) -> Result<(), BankError>,
) -> Result<(), BankError> {
    let mut judge = Judge::new(&paper.settings.rules, paper.books.balances.clone());
    let done = paper.read_each(&mut |part| {
        match &part {
            Part::Group(group) => {
                judge.group(group);
                take(Judged::Group)?;
            }
            Part::Payment(payment) => take(Judged::Payment(payment, judge.payment(payment)))?,
            _ => {}
        }
        Ok(())
    });
    match done {
        Err(Stop::Bank(error)) => Err(error),
        // It was read to its end before.
        Err(Stop::File(_)) | Ok(()) => Ok(()),
    }
}

/// A step of [`judge_again`].
pub(super) enum Judged<'a> {
    Group,
    Payment(&'a Payment, Verdict),
}

/// Why reading stops: the bank's own trouble, or the customer's file.
enum Stop {
    Bank(BankError),
    File(Reason),
}

impl From<BankError> for Stop {
    fn from(error: BankError) -> Stop {
        Stop::Bank(error)
    }
}

impl From<&Finding> for Stop {
    /// The reason code that a bank gives for what is wrong with a file.
    fn from(finding: &Finding) -> Stop {
        let code = match finding.rule.as_ref() {
            "count-mismatch" => "AM18",
            "sum-mismatch" | "hash-mismatch" => "AM10",
            _ => "FF01",
        };
        Stop::File(reason(code, &finding.message.en))
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Stop {
        match error {
            ReadError::Refused(finding) => Stop::from(&*finding),
            ReadError::Io(e) => own(e),
        }
    }
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Stop {
        match error {
            OpenError::Refused(finding) => Stop::from(&*finding),
            OpenError::Io(e) => own(e),
            error => Stop::Bank(error.into()),
        }
    }
}

/// The plaintext is a file of the bank's own.
fn own(error: io::Error) -> Stop {
    Stop::Bank(DiskError::io(Doing::Read, "plaintext", error).into())
}

impl Order {
    fn take(&mut self, part: &Part, judge: &mut Judge<'_>, ledger: &mut Ledger<'_>) -> Result<(), Stop> {
        match part {
            Part::Payments(head) => {
                self.format.clone_from(&head.format);
                self.message_id.clone_from(&head.message_id);
                ledger.message_id.clone_from(&head.message_id);
            }
            Part::Group(group) => {
                let reason = judge.group(group);
                self.groups.push(Tally { id: group.id.clone(), reason, ..Tally::default() });
                self.group.get_or_insert_with(|| group.clone());
                ledger.begin(group)?;
            }
            Part::Payment(payment) => {
                let verdict = judge.payment(payment);
                self.count(payment, &verdict);
                ledger.payment(payment, &verdict)?;
            }
            Part::PaymentsEnd(end) => {
                if let Some(finding) = end.findings.iter().find(|f| f.is_error()) {
                    return Err(finding.into());
                }
            }
            _ => return Err(Stop::File(reason("FF01", "the file does not hold payments"))),
        }
        Ok(())
    }

    fn count(&mut self, payment: &Payment, verdict: &Verdict) {
        self.count += 1;
        let sum = self.sums.entry(payment.currency).or_default();
        *sum = sum.checked_add(payment.amount).unwrap_or(*sum);
        if self.groups.is_empty() {
            self.groups.push(Tally::default());
        }
        if let Some(tally) = self.groups.last_mut() {
            tally.count += 1;
            tally.accepted += u64::from(matches!(verdict, Verdict::Accepted | Verdict::Returned(_)));
            tally.pending += u64::from(matches!(verdict, Verdict::Pending(_) | Verdict::Unlisted(_)));
        }
    }
}

/// Bookings on their way into the ledger, some thousands at a time.
struct Ledger<'a> {
    books: &'a Books,
    message_id: Option<String>,
    group: Group,
    /// The one booking of the group, where the customer asked for batch booking.
    batch: Option<Booking>,
    lines: Vec<Booking>,
    end: u64,
}

/// Bookings held before they are appended.
const HELD: usize = 4_096;

impl Ledger<'_> {
    fn new(books: &Books, end: u64) -> Ledger<'_> {
        Ledger { books, message_id: None, group: Group::default(), batch: None, lines: Vec::new(), end }
    }

    fn begin(&mut self, group: &Group) -> Result<(), BankError> {
        self.end_batch()?;
        self.group = group.clone();
        Ok(())
    }

    fn payment(&mut self, payment: &Payment, verdict: &Verdict) -> Result<(), BankError> {
        let returned = match verdict {
            Verdict::Accepted => None,
            Verdict::Returned(code) => Some(code.clone()),
            Verdict::Rejected(_) | Verdict::Pending(_) | Verdict::Unlisted(_) => return Ok(()),
        };
        let booking = self.booking(payment, returned);
        // A payment that comes back is booked by itself, so that the way back finds its way there.
        if self.group.batch_booking != Some(true) || booking.returned.is_some() {
            return self.push(booking);
        }
        match &mut self.batch {
            Some(batch) if batch.currency == booking.currency && batch.indicator == booking.indicator => {
                batch.amount = batch.amount.checked_add(booking.amount).unwrap_or(batch.amount);
                batch.batch_count = batch.batch_count.map(|n| n + 1);
                Ok(())
            }
            _ => {
                self.end_batch()?;
                self.batch = Some(booking.of_batch());
                Ok(())
            }
        }
    }

    fn booking(&self, payment: &Payment, returned: Option<String>) -> Booking {
        Booking {
            account: self.group.account.as_ref().map(|a| a.id.as_str().to_string()).unwrap_or_default(),
            amount: payment.amount,
            currency: payment.currency,
            indicator: payment.indicator.reversed(),
            message_id: self.message_id.clone(),
            group_id: self.group.id.clone(),
            end_to_end_id: payment.end_to_end_id.clone(),
            instruction_id: payment.instruction_id.clone(),
            counterparty: payment.counterparty.clone(),
            remittance: payment.remittance.clone(),
            batch_count: None,
            returned,
        }
    }

    fn end_batch(&mut self) -> Result<(), BankError> {
        match self.batch.take() {
            Some(batch) => self.push(batch),
            None => Ok(()),
        }
    }

    fn push(&mut self, booking: Booking) -> Result<(), BankError> {
        self.lines.push(booking);
        if self.lines.len() >= HELD { self.append() } else { Ok(()) }
    }

    fn append(&mut self) -> Result<(), BankError> {
        [_, self.end] = self.books.append(&self.lines)?;
        self.lines.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<(), BankError> {
        self.end_batch()?;
        self.append()
    }
}
