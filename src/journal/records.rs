//! What the journal knows, as rows to look at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::act::Act;
use super::event::{Event, Kept, Purpose, SideFile, Sums, Totals, Vouched};
use super::receipts::{ReceiptFilter, ReceiptRecord};
use super::state::{BatchState, EntryState, InboundState, OutboundState, PaymentState};
use super::{JournalError, chain::ChainReport};
use crate::document::{
    Account, Amount, Authenticity, Balance, Counterparty, Currency, Date, Indicator, Makeup, is_booked,
};

/// Why a batch is held, or its file stopped, that its bank speaks of although it has not left here.
pub const EXECUTED_ELSEWHERE: &str = "executed-elsewhere";
/// Why a batch is held that was there when this copy of an installation was fenced: the other one may have sent it.
pub const RESTORED_COPY: &str = "restored-copy";

/// A time that never comes: the next try waits for a person.
pub const WAITS_FOR_A_PERSON: &str = "9999-12-31T23:59:59.000Z";

/// A fact as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Number, from 1.
    pub seq: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who.
    pub actor: String,
    /// The case.
    pub case: String,
    /// What it is about.
    pub subject: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// An inbound file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inbound {
    /// Id.
    pub id: String,
    /// Who gave it.
    pub party: String,
    /// Folder at the party.
    pub folder: String,
    /// Name that the party gave it.
    pub name: String,
    /// Name under which it lies at the party until it is cleared.
    pub lies_at: String,
    /// State.
    pub state: InboundState,
    /// The bytes as they came.
    pub kept: Kept,
    /// Whether the original is gone from the party.
    pub cleared: bool,
    /// Side files, by the party's name for them.
    pub side: BTreeMap<String, SideFile>,
    /// The content after opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Kept>,
    /// Who signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What speaks for it.
    #[serde(flatten)]
    pub vouched: Vouched,
    /// Payments, status report or statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Format and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Why it was refused or doubted, in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Failed tries in a row.
    pub failures: u64,
    /// Next try not before; the far future waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// When it came.
    pub came_at: String,
    /// When its state last changed.
    pub since: String,
}

/// What one person asked for and two must decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Number of the fact that proposed it.
    pub fact: u64,
    /// What it is about.
    pub subject: String,
    /// The case.
    pub case: String,
    /// What.
    pub what: Act,
    /// What it was that the person saw.
    pub digest: String,
    /// Why.
    pub reason: String,
    /// What else it names: the party's reference, or the payments that an entry is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Who.
    pub proposed_by: String,
    /// When.
    pub proposed_at: String,
    /// The moment after which nobody can confirm it.
    pub expires: String,
    /// The second person, once there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Id.
    pub id: String,
    /// The inbound file.
    pub inbound: String,
    /// The ERP.
    pub party: String,
    /// The bank.
    pub bank: String,
    /// Name of the ERP's file.
    pub name: String,
    /// State.
    pub state: BatchState,
    /// What it holds.
    #[serde(flatten)]
    pub totals: Totals,
    /// The sender's own message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// How surely its file is the ERP's own.
    pub authenticity: Authenticity,
    /// What it is made of; absent where it was checked by a program that did not look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub makeup: Option<Makeup>,
    /// Why it is held.
    pub held: Vec<String>,
    /// Who released it, where it was a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_by: Option<String>,
    /// When its state last changed.
    pub since: String,
}

/// An outbound file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outbound {
    /// Id.
    pub id: String,
    /// The case.
    pub case: String,
    /// Who it is for.
    pub party: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The inbound file whose document it carries.
    pub source: String,
    /// Which document of it, from 1; 0 for all.
    pub document: u64,
    /// Format to write.
    pub format: String,
    /// Message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Creation time in the file.
    pub created: String,
    /// Folder at the party.
    pub folder: String,
    /// Final name at the party.
    pub name: String,
    /// What it must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// State.
    pub state: OutboundState,
    /// Attempt, from 1; 0 before the first.
    pub attempt: u64,
    /// Temporary name of that attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary: Option<String>,
    /// The written bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Kept>,
    /// The bytes that leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Kept>,
    /// Not to be sent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// What proves or disproves that the party has it; the last failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Failed tries in a row.
    pub failures: u64,
    /// Next try not before; the far future waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// When its state last changed.
    pub since: String,
    /// How often two people had it sent once more.
    #[serde(skip_serializing_if = "is_zero")]
    pub resends: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Outbound {
    /// Whether anything of it may be at its party: by an attempt of ours, or by another hand, as people have said. One
    /// that is in line again after an attempt was looked for there, and is not.
    pub fn has_left(&self) -> bool {
        let is_back = self.state == OutboundState::Queued && self.resends == 0;
        self.attempt > 0 && !is_back || matches!(self.state, OutboundState::Sent | OutboundState::Answered)
    }

    /// Whether it waits to be sent once more: the party may have it already, whatever `queued` says of others.
    pub fn awaits_resend(&self) -> bool {
        self.state == OutboundState::Queued && self.resends > 0
    }

    /// The bytes that leave: the sealed ones, else the written ones where nothing is sealed.
    pub fn payload(&self) -> Option<&Kept> {
        self.sealed.as_ref().or(self.written.as_ref())
    }
}

/// A payment to be kept with its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// Place in the batch, from 1.
    pub seq: u64,
    /// End-to-end id.
    pub end_to_end_id: Option<String>,
    /// Amount.
    pub amount: Amount,
    /// Currency.
    pub currency: Currency,
    /// Our account.
    pub account: Option<String>,
    /// Who is paid.
    pub creditor_name: Option<String>,
    /// Where to.
    pub creditor_account: Option<String>,
    /// The bank that keeps that account, by BIC or number, else by name.
    pub creditor_agent: Option<String>,
    /// Group in the outbound file.
    pub group: Option<String>,
    /// Day of execution.
    pub execution_date: Option<Date>,
    /// Digest of payer, payee, amount, currency and text: equal for payments that say the same.
    pub likeness: Option<i64>,
}

/// A payment as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRecord {
    /// Row.
    #[serde(skip)]
    pub row: i64,
    /// The batch.
    pub batch: String,
    /// Place in the batch.
    pub seq: u64,
    /// The outbound file that carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<String>,
    /// End-to-end id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// Amount.
    pub amount: Amount,
    /// Currency.
    pub currency: Currency,
    /// Our account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creditor_name: Option<String>,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creditor_account: Option<String>,
    /// The bank that keeps that account, by BIC or number, else by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creditor_agent: Option<String>,
    /// Group in the outbound file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Day of execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_date: Option<String>,
    /// State: its own where the bank or a statement said something, else that of its file or batch.
    pub state: PaymentState,
    /// The bank's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_status: Option<String>,
    /// The bank's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PaymentRecord {
    /// Who is paid, and where to.
    pub fn counterparty(&self) -> Counterparty {
        Counterparty {
            name: self.creditor_name.clone(),
            account: self.creditor_account.as_deref().and_then(Account::parse),
            ..Counterparty::default()
        }
    }
}

/// Which entry of a statement belongs to which payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryMatch {
    /// Place of the entry in the statement.
    pub entry: u64,
    /// Place of the transaction within the entry, from 1; 0 for the whole entry.
    pub detail: u64,
    /// The payment's row.
    pub payment: i64,
    /// How it was matched, such as `end-to-end-id`. Statements have millions of these: the words are seldom their own.
    pub how: Cow<'static, str>,
    /// How sure that is: `exact`, `strong`, `weak`.
    pub sure: Cow<'static, str>,
}

/// An entry of a statement, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewEntry {
    /// Which statement of the file, from 1.
    pub document: u64,
    /// Place in the statement, from 1.
    pub seq: u64,
    /// Amount, positive.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// `CRDT` or `DBIT`.
    pub indicator: Indicator,
    /// `BOOK`, `PDNG`, `INFO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The day on which the bank booked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_date: Option<Date>,
    /// The day from which it bears interest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// The account owner's reference, or the end-to-end id of its only transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The bank's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
    /// What kind of booking it is, in ISO codes or the bank's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Who paid or was paid, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty_name: Option<String>,
    /// The account of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<String>,
    /// The beginning of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// What it is.
    pub state: EntryState,
    /// Why it is unmatched or not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// By what it was matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// How sure that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure: Option<String>,
    /// What of its amount is no payment of ours.
    pub rest: Amount,
}

impl NewEntry {
    /// Whether the bank has booked it, and does not only announce it.
    pub fn is_booked(&self) -> bool {
        is_booked(self.status.as_deref())
    }
}

/// An entry as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryRecord {
    /// The inbound file.
    pub inbound: String,
    /// The bank.
    pub party: String,
    /// Statement, report or notification.
    pub kind: String,
    /// The account.
    pub account: String,
    /// The entry.
    #[serde(flatten)]
    pub entry: NewEntry,
}

impl EntryRecord {
    /// The name by which a person calls it: file, statement and place.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.inbound, self.entry.document, self.entry.seq)
    }
}

/// What to look for among entries.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Of this inbound file.
    pub inbound: Option<String>,
    /// Of this statement of it.
    pub document: Option<u64>,
    /// The entry of this place in it.
    pub seq: Option<u64>,
    /// Of statements of this account.
    pub account: Option<String>,
    /// Of this bank.
    pub party: Option<String>,
    /// In one of these states; all when empty.
    pub states: Vec<EntryState>,
    /// Booked on this day or later.
    pub from: Option<Date>,
    /// Booked on this day or earlier.
    pub until: Option<Date>,
    /// With this text in a reference, name, account or its text.
    pub text: Option<String>,
    /// The newest first.
    pub newest_first: bool,
}

/// A statement as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementRecord {
    /// The inbound file.
    pub inbound: String,
    /// Which document of it.
    pub document: u64,
    /// The bank.
    pub party: String,
    /// Statement, report or notification.
    pub kind: String,
    /// The bank's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The bank's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The account.
    pub account: String,
    /// Last day it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Number of entries.
    pub entries: u64,
    /// Entries that belong to payments of ours.
    pub matched: u64,
    /// Sum of credits that are booked; in journals of before, of all.
    pub credit_sum: Amount,
    /// Sum of debits that are booked; in journals of before, of all.
    pub debit_sum: Amount,
    /// Balances.
    pub balances: Vec<Balance>,
    /// SHA-256 over its entries; absent where it was kept before there was such a thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The corrected statement that took its place: it counts nowhere any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// The statement that said the same before: this one counts nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
}

impl StatementRecord {
    /// The name by which a person calls it: file and document.
    pub fn name(&self) -> String {
        format!("{}/{}", self.inbound, self.document)
    }

    /// Whether it counts in balances and reconciliation: neither replaced nor a repetition.
    pub fn counts(&self) -> bool {
        self.replaced_by.is_none() && self.repeats.is_none()
    }
}

/// How an entry of a statement showed a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookingRecord {
    /// The inbound file.
    pub inbound: String,
    /// The statement: file and document.
    pub statement: String,
    /// Statement, report or notification.
    pub kind: String,
    /// The day on which the entry was booked; where it says none, the last that the statement covers.
    pub date: Option<String>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// Whether the entry brought the payment's money back.
    pub back: bool,
}

impl BookingRecord {
    /// Whether it shows that the payment's money has left: a report only announces it.
    pub fn shows_that_it_left(&self) -> bool {
        !self.back && self.kind == "statement"
    }
}

/// Payments of one bank that are unknown each by itself: the bank has their file and nobody knows what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownPayments {
    /// The bank.
    pub party: String,
    /// Number.
    pub count: u64,
    /// Sum by currency.
    pub sums: Sums,
    /// Since when the oldest of them is unknown, RFC 3339.
    pub oldest: String,
    /// The oldest of them, by batch and place.
    pub first: String,
}

/// What moved a payment, where the bank's word or a statement named it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentStep {
    /// Number of the fact.
    pub seq: u64,
    /// When.
    pub at: String,
    /// The inbound file that says so; the person's name where a person did.
    pub inbound: String,
    /// The new state.
    pub state: PaymentState,
    /// The bank's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_status: Option<String>,
    /// The bank's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A party that cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The party.
    pub party: String,
    /// Failed tries in a row.
    pub failures: u64,
    /// Next try not before; [`WAITS_FOR_A_PERSON`] when only a person can help.
    pub retry_at: String,
    /// What happened last.
    pub note: String,
    /// Since when.
    pub since: String,
}

/// What to look for among payments.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// Of this batch.
    pub batch: Option<String>,
    /// Of this outbound file.
    pub outbound: Option<String>,
    /// Of this group.
    pub group: Option<String>,
    /// With this end-to-end id.
    pub end_to_end_id: Option<String>,
    /// With this amount and currency.
    pub amount: Option<(Amount, Currency)>,
    /// To or from this account of the counterparty.
    pub creditor_account: Option<String>,
    /// From this account of ours.
    pub account: Option<String>,
    /// Whose end-to-end id, name or account contains this text.
    pub text: Option<String>,
    /// From this ERP or to this bank.
    pub party: Option<String>,
    /// In one of these states; all where the list is empty.
    pub states: Vec<PaymentState>,
    /// With an amount of at least this, in any currency.
    pub least: Option<Amount>,
    /// With an amount of at most this, in any currency.
    pub highest: Option<Amount>,
    /// To be executed on this day or later.
    pub from: Option<Date>,
    /// To be executed on this day or earlier.
    pub until: Option<Date>,
    /// The newest first.
    pub newest_first: bool,
    /// At most so many; 0 for all.
    pub most: u64,
}

/// Looks things up. All lists are in the order in which things came.
pub trait Records {
    /// Whether the bank rejected every payment of an outbound file.
    ///
    /// # Errors
    /// [`JournalError`].
    fn is_rejected(&self, outbound: &str) -> Result<bool, JournalError>;
    /// A later batch, neither refused nor taken back, that asks for a payment of an outbound file again.
    ///
    /// # Errors
    /// [`JournalError`].
    fn asked_again(&self, outbound: &str) -> Result<Option<String>, JournalError>;
    /// One inbound file.
    ///
    /// # Errors
    /// [`JournalError`], as for all of these.
    fn inbound(&self, id: &str) -> Result<Option<Inbound>, JournalError>;
    /// Inbound files in these states; all where the list is empty.
    fn inbounds(&self, states: &[InboundState]) -> Result<Vec<Inbound>, JournalError>;
    /// Inbound files whose original still lies at the party.
    fn uncleared(&self) -> Result<Vec<Inbound>, JournalError>;
    /// Refused files of these parties of which no person has said since that they are dealt with.
    fn refused_of(&self, parties: &[&str]) -> Result<Vec<Inbound>, JournalError>;
    /// Inbound files that go no further and whose sender has not been told.
    fn untold(&self) -> Result<Vec<Inbound>, JournalError>;
    /// Whether a party ever gave a file, or one was made for it.
    fn was_in_contact(&self, party: &str) -> Result<bool, JournalError>;
    /// Parties that cannot be reached.
    fn contacts(&self) -> Result<Vec<Contact>, JournalError>;
    /// The inbound file of a claim, so that a second look at the same file is a no-op.
    fn inbound_by_claim(&self, party: &str, claim: &str) -> Result<Option<Inbound>, JournalError>;
    /// Inbound files of a party that brought these very bytes, oldest first.
    fn inbounds_by_hash(&self, party: &str, sha256: &str) -> Result<Vec<Inbound>, JournalError>;
    /// An earlier file of the same ERP with the same name and another content, that came since and was not refused.
    fn inbound_by_name(&self, file: &Inbound, since: &str) -> Result<Option<String>, JournalError>;
    /// The files of a party of which something was made and that came on this day or later, since this moment.
    fn came_since(&self, party: &str, day: Date, since: &str) -> Result<Vec<Inbound>, JournalError>;
    /// The newest file of a party and folder that came between two moments and is called `stem`, else `stem` with a
    /// suffix.
    fn inbound_beside(
        &self,
        party: &str,
        folder: &str,
        stem: &str,
        between: &[String; 2],
    ) -> Result<Option<Inbound>, JournalError>;
    /// An earlier batch of the same ERP under the same message id, that came since and is history.
    fn batch_by_message_id(&self, batch: &Batch, since: &str) -> Result<Option<String>, JournalError>;
    /// An earlier batch for the same bank with the same count, sums and accounts, that came since and is history.
    fn batch_by_totals(&self, batch: &Batch, since: &str) -> Result<Option<String>, JournalError>;
    /// How many payments of a batch say the same as payments of earlier batches that came since, within so many days of
    /// execution; with the first such batch. Counted: two equal payments here and one before are one.
    fn payments_seen_before(
        &self,
        batch: &Batch,
        since: &str,
        days: u32,
    ) -> Result<Option<(String, u64)>, JournalError>;
    /// The first later batch that was let go and has payments that say the same as payments of this one, within so many
    /// days of execution, and of how many of these: whoever let it go knew of this batch, and who lets this one go now
    /// must know of that.
    fn payments_let_go_later(&self, batch: &str, days: u32) -> Result<Option<(String, u64)>, JournalError>;
    /// Rows of payments of a batch, each with that of the payment of another batch that says the same and is nearest to
    /// it, at most so many.
    fn alike(&self, batch: &str, most: u64) -> Result<Vec<(i64, i64)>, JournalError>;
    /// The inbound file of a party that came under this counter of a shared key, and the highest counter that came.
    fn mac_counter(&self, party: &str, key: &str, counter: u64) -> Result<(Option<String>, u64), JournalError>;
    /// Proposals that nobody confirmed and that have not expired at this moment, RFC 3339.
    fn open_proposals(&self, at: &str) -> Result<Vec<Proposal>, JournalError>;
    /// All proposals about a subject.
    fn proposals_of(&self, subject: &str) -> Result<Vec<Proposal>, JournalError>;
    /// One batch.
    fn batch(&self, id: &str) -> Result<Option<Batch>, JournalError>;
    /// Batches in these states; all where the list is empty.
    fn batches(&self, states: &[BatchState]) -> Result<Vec<Batch>, JournalError>;
    /// The batch that an inbound file became.
    fn batch_of(&self, inbound: &str) -> Result<Option<Batch>, JournalError>;
    /// One outbound file.
    fn outbound(&self, id: &str) -> Result<Option<Outbound>, JournalError>;
    /// Outbound files in these states; all where the list is empty.
    fn outbounds(&self, states: &[OutboundState]) -> Result<Vec<Outbound>, JournalError>;
    /// The first file of payments that is on its way to a party: it is being sent, or has or may have left while
    /// payments in it are in one of these states. An answered one counts only where its id is after this one, and one
    /// past which a person let others go not at all.
    fn on_its_way(
        &self,
        party: &str,
        open: &[PaymentState],
        answered_after: Option<&str>,
    ) -> Result<Option<Outbound>, JournalError>;
    /// Outbound files of a case.
    fn outbounds_of(&self, case: &str) -> Result<Vec<Outbound>, JournalError>;
    /// The payments file that we sent to this party under this message id.
    fn outbound_by_message_id(&self, party: &str, message_id: &str) -> Result<Option<Outbound>, JournalError>;
    /// The last number of a party's sequence of files that was given, on a day or, without one, ever; 0 for none.
    fn last_file_number(&self, party: &str, day: Option<Date>) -> Result<u64, JournalError>;
    /// Whether a file was ever given this name in this folder of a party.
    fn is_name_given(&self, party: &str, folder: &str, name: &str) -> Result<bool, JournalError>;
    /// The payments files that we made for this party whose message id or own id, with or without its hyphen, this text
    /// holds in any place and case.
    fn outbounds_named_in(&self, party: &str, text: &str) -> Result<Vec<Outbound>, JournalError>;
    /// Batches whose payments an outbound file carries.
    fn carried_by(&self, outbound: &str) -> Result<Vec<Batch>, JournalError>;
    /// Outbound files that carry payments of a batch.
    fn carrying(&self, batch: &str) -> Result<Vec<Outbound>, JournalError>;
    /// The highest number of a group of a batch.
    fn groups_of(&self, batch: &str) -> Result<u64, JournalError>;
    /// The days on which payments of a batch are to be executed.
    fn execution_dates(&self, batch: &str) -> Result<Vec<Date>, JournalError>;
    /// Whether a payment of a batch has the end-to-end id of a payment of one of the others.
    fn share_ids(&self, batch: &str, others: &[&str]) -> Result<bool, JournalError>;
    /// Payments.
    fn payments(&self, filter: &PaymentFilter) -> Result<Vec<PaymentRecord>, JournalError>;
    /// Shows each of them, until `each` says `false`: for files of any size.
    fn each_payment(
        &self,
        filter: &PaymentFilter,
        each: &mut dyn FnMut(PaymentRecord) -> bool,
    ) -> Result<(), JournalError>;
    /// The payment at a place of a batch, from 1.
    fn payment_at(&self, batch: &str, seq: u64) -> Result<Option<PaymentRecord>, JournalError>;
    /// Places of payments of a batch whose state is another than that of their last change.
    fn payments_out_of_step(&self, batch: &str) -> Result<Vec<u64>, JournalError>;
    /// The first payment after this one that says the same and was not refused, taken back or rejected.
    fn asked_anew(&self, row: i64) -> Result<Option<PaymentRecord>, JournalError>;
    /// The other payments of the file of a payment, where the bank had rejected all of them in one breath: a word about
    /// the file as a whole.
    fn rejected_together(&self, row: i64) -> Result<Vec<i64>, JournalError>;
    /// One payment by its row.
    fn payment(&self, row: i64) -> Result<Option<PaymentRecord>, JournalError>;
    /// Groups of payments files for a party, as file and group, of which payments left, are not ended, and no statement
    /// shows them; of files numbered under this id or later.
    fn open_groups(&self, party: &str, since: &str) -> Result<Vec<(String, Option<String>)>, JournalError>;
    /// The rows of an outbound file's payments in the order in which they were written: group by group, the groups in
    /// the order of their first payments.
    fn rows_of_file(&self, outbound: &str) -> Result<Vec<i64>, JournalError>;
    /// A batch that holds a payment with this end-to-end id and was not refused or cancelled.
    fn batch_with_end_to_end_id(&self, id: &str) -> Result<Option<String>, JournalError>;
    /// A payment of the batch, by place and id, whose end-to-end id is also in another batch, and that one: of those
    /// that were checked while this one was, so that neither check saw the other.
    fn id_used_meanwhile(&self, batch: &Batch) -> Result<Option<(u64, String, String)>, JournalError>;
    /// Payments of a batch or outbound file by state.
    fn payment_states(&self, filter: &PaymentFilter) -> Result<BTreeMap<String, u64>, JournalError>;
    /// Count and sum of payments by state and currency.
    fn payment_totals(
        &self,
        filter: &PaymentFilter,
    ) -> Result<Vec<(PaymentState, Currency, u64, Amount)>, JournalError>;
    /// The entries that show a payment, booked or returned, of statements that count; in the order in which they came.
    fn bookings_of(&self, row: i64) -> Result<Vec<BookingRecord>, JournalError>;
    /// The payments that are unknown each by itself, by bank; those of files that are unknown as a whole are not.
    fn unknown_payments(&self) -> Result<Vec<UnknownPayments>, JournalError>;
    /// The state that a payment had of its own behind this fact; `None` where nobody had said anything of it.
    fn state_at(&self, row: i64, fact: u64) -> Result<Option<PaymentState>, JournalError>;
    /// What moved a payment, in the order in which it was learned.
    fn payment_steps(&self, row: i64) -> Result<Vec<PaymentStep>, JournalError>;
    /// The statements of a file.
    fn statements_of(&self, inbound: &str) -> Result<Vec<StatementRecord>, JournalError>;
    /// Statements.
    fn statements(&self, account: Option<&str>) -> Result<Vec<StatementRecord>, JournalError>;
    /// Which of these entries of a statement belong to payments.
    fn matches(
        &self,
        inbound: &str,
        document: u64,
        entries: RangeInclusive<u64>,
    ) -> Result<Vec<EntryMatch>, JournalError>;
    /// Shows each entry that is wanted, in the order of statements and entries, until `each` says `false`. Where no
    /// file is named, only statements that count are looked at.
    fn each_entry(&self, filter: &EntryFilter, each: &mut dyn FnMut(EntryRecord) -> bool) -> Result<(), JournalError>;
    /// The entries that a payment is matched with: file, statement, entry; those of a day's end first, none of a
    /// statement that does not count.
    fn entries_of(&self, row: i64) -> Result<Vec<(String, u64, u64)>, JournalError>;
    /// Shows each receipt that is wanted, in the order in which they came, until `each` says `false`.
    fn each_receipt(
        &self,
        filter: &ReceiptFilter,
        each: &mut dyn FnMut(ReceiptRecord) -> bool,
    ) -> Result<(), JournalError>;
    /// The facts of a case or subject.
    fn facts_of(&self, id: &str) -> Result<Vec<Fact>, JournalError>;
    /// The last facts about a subject, at most so many, the oldest first.
    fn last_facts_about(&self, subject: &str, most: u64) -> Result<Vec<Fact>, JournalError>;
    /// Whether a fact after this number may have made a payment of before count as one that may be paid: an answer, a
    /// statement, a person's word. Where very many facts came since, they are not looked through: it may.
    fn may_have_moved(&self, seq: u64) -> Result<bool, JournalError>;
    /// Facts after a number, at most so many.
    fn facts_after(&self, seq: u64, most: u64) -> Result<Vec<Fact>, JournalError>;
    /// How many inbound files, batches and outbound files the tables hold.
    fn row_counts(&self) -> Result<[u64; 3], JournalError>;
    /// Number and link of the last fact; zero and [`super::chain::GENESIS`] when there is none.
    fn head(&self) -> Result<(u64, super::chain::Link), JournalError>;
    /// Number of the last [`Event::Publishing`], 0 when there is none.
    fn last_publishing(&self) -> Result<u64, JournalError>;
    /// Sums of payments that are open, per currency, by state word.
    fn open_sums(&self) -> Result<BTreeMap<String, Sums>, JournalError>;
    /// Recomputes the whole chain; calls `each` with the number of facts done.
    fn verify_chain(&self, each: &mut dyn FnMut(u64)) -> Result<ChainReport, JournalError>;
    /// The link of the fact with this number.
    fn link_of(&self, seq: u64) -> Result<Option<super::chain::Link>, JournalError>;
}
