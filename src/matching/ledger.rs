//! What matching asks of whoever keeps the payments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::real_id;
use crate::document::{Amount, Currency, Date, Entry, Indicator, StatementKind};

/// Where a payment is on its way, as far as matching cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing of it has left this house.
    Waiting,
    /// The bank has it, or may have it: sending, sent, accepted, unknown.
    AtBank,
    /// The bank says that it is done.
    Executed,
    /// A statement shows it.
    Booked,
    /// The bank says that it took it back after all; no entry has shown the money yet.
    TakenBack,
    /// Nothing more is expected: cancelled, rejected, returned.
    Ended,
}

impl Phase {
    /// Whether the bank may yet book it.
    pub fn is_open(self) -> bool {
        matches!(self, Phase::AtBank | Phase::Executed)
    }

    /// Whether money may have moved, so that it can come back.
    pub fn may_return(self) -> bool {
        matches!(self, Phase::AtBank | Phase::Executed | Phase::Booked | Phase::TakenBack)
    }
}

/// A booking of a payment that a statement has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The kind of statement that showed it.
    pub kind: StatementKind,
    /// The day on which the bank booked it.
    pub booking_date: Option<Date>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// Whether the statement that showed it is replaced by the one that is looked at: the booking is told anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// Whether it brought the payment's money back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}

impl Booking {
    /// Whether an entry of a statement of this kind is one of these bookings told again: the statement of the day shows
    /// what a report or notification did, intraday reports of one day repeat one another. Two statements of a day's end
    /// that count never tell one booking, whatever reference they carry: each has moved the balance. Two notifications
    /// do where the bank's own reference says so.
    pub(super) fn is_again<'b>(
        shown: impl Iterator<Item = &'b Booking> + Clone,
        kind: StatementKind,
        entry: &Entry,
    ) -> bool {
        if shown.clone().any(|b| b.replaced) {
            return true;
        }
        let of_kind = kind != StatementKind::Report && shown.clone().any(|b| b.kind == kind);
        if of_kind && kind == StatementKind::Statement {
            return false;
        }
        let reference = real_id(entry.bank_reference.as_deref());
        if shown.clone().any(|b| reference.is_some() && real_id(b.bank_reference.as_deref()) == reference) {
            return true;
        }
        let same_day = |b: &Booking| match (b.booking_date, entry.booking_date) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        !of_kind && shown.clone().any(same_day)
    }
}

/// One payment that an answer or an entry may belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The ledger's own number of the payment.
    pub payment: i64,
    /// The batch that it came in.
    pub batch: String,
    /// Amount, positive.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// `CRDT` where the counterparty is paid: our account is debited.
    pub indicator: Indicator,
    /// Our account, where it is known.
    pub account: Option<String>,
    /// The counterparty's account.
    pub counterparty_account: Option<String>,
    /// The counterparty's name.
    pub counterparty_name: Option<String>,
    /// End-to-end id.
    pub end_to_end_id: Option<String>,
    /// Instruction id.
    pub instruction_id: Option<String>,
    /// Id of the group that it left in.
    pub group_id: Option<String>,
    /// Message id of the file that it left in.
    pub message_id: Option<String>,
    /// The day on which it was to be executed.
    pub execution_date: Option<Date>,
    /// Where it is on its way.
    pub phase: Phase,
    /// The bookings of it that statements have shown, and of its money coming back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Booking>,
}

impl Candidate {
    /// What has shown that its money left, or came back.
    pub(super) fn bookings(&self, back: bool) -> impl Iterator<Item = &Booking> + Clone {
        self.shown.iter().filter(move |booking| booking.back == back)
    }
}

/// All payments of one group or of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Message id of the file.
    pub message_id: Option<String>,
    /// Id of the group; `None` for a whole file.
    pub group_id: Option<String>,
    /// Our account, where all its payments have the same.
    pub account: Option<String>,
    /// `CRDT` where the counterparties are paid; `None` where it is mixed.
    pub indicator: Option<Indicator>,
    /// Number of its payments.
    pub count: u64,
    /// Their sum by currency.
    pub sums: BTreeMap<Currency, Amount>,
    /// Number of its payments that the bank may yet book.
    pub open_count: u64,
    /// Their sum by currency.
    pub open_sums: BTreeMap<Currency, Amount>,
    /// Number of its payments that are booked.
    pub booked_count: u64,
    /// Their sum by currency.
    pub booked_sums: BTreeMap<Currency, Amount>,
    /// The bookings of the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Booking>,
    /// Whether the file has begun to leave this house.
    pub sent: bool,
    /// The batches that it is of, where nothing of it has left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsent: Vec<String>,
    /// The day on which its first payment was to be executed.
    pub execution_date: Option<Date>,
}

/// The payments, wherever they are kept.
///
/// Ids are compared exactly. The order of an answer is the order in which the payments were asked
/// for, the same every time.
pub trait Ledger {
    /// Payments with this end-to-end id.
    fn by_end_to_end_id(&self, id: &str) -> Vec<Candidate>;
    /// Payments with this instruction id.
    fn by_instruction_id(&self, id: &str) -> Vec<Candidate>;
    /// The payment that this row of the file of this message id is, from 1, where the file numbers its rows.
    fn by_row(&self, message_id: &str, row: u64) -> Option<Candidate>;
    /// Shows every payment of the file of this message id.
    fn each_of_file(&self, message_id: &str, each: &mut dyn FnMut(Candidate));
    /// Payments of this amount from (or to) our `account`, wherever they are on their way.
    fn by_amount(&self, account: &str, amount: Amount, currency: Currency) -> Vec<Candidate>;
    /// The groups of this id; ids of groups may repeat, so the file's message id narrows them where it is known.
    fn by_group(&self, payment_information_id: &str, message_id: Option<&str>) -> Vec<Bundle>;
    /// Groups of several payments of our `account` whose open payments come to this sum; files of several groups too.
    fn by_sum(&self, account: &str, sum: Amount, currency: Currency) -> Vec<Bundle>;
    /// The file of this message id.
    fn by_message_id(&self, id: &str) -> Option<Bundle>;
    /// The other bank that a file of ours with this message id went to, where the ledger knows of other banks.
    fn other_bank(&self, _message_id: &str) -> Option<String> {
        None
    }
}
