//! The facts by name, with what each one states. The serde form is what the chain covers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::act::Act;
use super::confirmed::Confirmed;
use super::evidence::Evidence;
use super::incident::IncidentKind;
use super::numbering::{BatchPart, Numbering};
use super::receipts::ReceiptFact;
use super::renewal::RenewalFact;
use super::state::PaymentState;
use crate::document::{Amount, Authenticity, Balance, Currency, Date, Makeup, Moment};
use crate::finding::Finding;
use crate::words::Text;

/// Sums per currency.
pub type Sums = BTreeMap<Currency, Amount>;

/// Bytes in the archive: their hash, length and place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// SHA-256 in hex.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
    /// Path below the archive.
    pub path: String,
}

/// A file that came in: from an ERP ([`Event::Received`]) or from a bank ([`Event::Fetched`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Who gave it.
    pub party: String,
    /// Folder at the party, empty for the party's own root.
    pub folder: String,
    /// Name that the party gave it. Data, never a local path.
    pub name: String,
    /// What makes this taking unique: the claim of a folder file; folder, name, size and time of a remote one.
    pub claim: String,
    /// Name under which it lies at the party until it is cleared.
    pub lies_at: String,
    /// The bytes.
    pub kept: Kept,
    /// Side files such as control totals, by the party's name for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub side: BTreeMap<String, SideFile>,
    /// Whether the original stays at the party, because the party clears it itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
    /// The operating system's user whose file it was in a folder that we can reach; none of a server's, and in journals
    /// from before it was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A small file that belongs to an inbound file: control totals, a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFile {
    /// Name under which it lies at the party until it is cleared.
    pub lies_at: String,
    /// What it says, where that is text.
    pub content: String,
    /// Its bytes, where they are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base64: String,
}

impl SideFile {
    /// The side file with these bytes.
    pub fn new(lies_at: String, bytes: Vec<u8>) -> SideFile {
        match String::from_utf8(bytes) {
            Ok(content) => SideFile { lies_at, content, base64: String::new() },
            Err(bytes) => SideFile { lies_at, content: String::new(), base64: BASE64.encode(bytes.as_bytes()) },
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match BASE64.decode(&self.base64) {
            Ok(bytes) if !bytes.is_empty() => bytes,
            _ => self.content.clone().into_bytes(),
        }
    }
}

/// What speaks for an ERP's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// How surely the file is the ERP's own.
    pub authenticity: Authenticity,
    /// The code beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
    /// What was told of it by another path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
}

impl Vouched {
    fn is_nothing(&self) -> bool {
        *self == Vouched::default()
    }
}

/// A message authentication code that was right: it is never taken again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mac {
    /// Id of the shared key.
    pub key: String,
    /// The ERP's counter.
    pub counter: u64,
}

/// Count and sums that came by another path; the hash was right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: Sums,
}

/// What an outbound file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Payments for a bank.
    Payments,
    /// A status report for an ERP.
    Status,
    /// That a batch is accepted and when its bank takes it, for an ERP.
    Acceptance,
    /// A statement for an ERP.
    Statement,
    /// The balances of a statement for an ERP.
    Balances,
    /// A refusal for an ERP.
    Refusal,
    /// What a day's entries of an account are, for an ERP.
    Reconciliation,
    /// A receipt's own file, for an ERP.
    Receipt,
    /// The index of a bundle's receipts, for an ERP.
    Receipts,
}

impl Purpose {
    /// The word in file names and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Payments => "payments",
            Purpose::Status => "status",
            Purpose::Acceptance => "acceptance",
            Purpose::Statement => "statement",
            Purpose::Balances => "balances",
            Purpose::Refusal => "refusal",
            Purpose::Reconciliation => "reconciliation",
            Purpose::Receipt => "receipt",
            Purpose::Receipts => "receipts",
        }
    }
}

/// Count, sums and the digest of payees: what must not change between the ERP's file and the bank's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: Sums,
    /// Digest over accounts, amounts, currencies and ids of all payments.
    pub digest: String,
}

/// A bank's answer as far as it concerns one outbound file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The inbound file that brought it.
    pub inbound: String,
    /// Status of the whole file in the bank's code, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Number of payments by the state that the answer gives them.
    pub payments: BTreeMap<String, u64>,
}

/// One payment's new state, with the reason in the bank's words. Rides beside a fact, not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentChange {
    /// The payment's row.
    pub payment: i64,
    /// Its new state.
    pub state: PaymentState,
    /// ISO status or the bank's own.
    pub bank_status: Option<String>,
    /// Reason code and words.
    pub reason: Option<String>,
}

/// A statement as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFact {
    /// Which document of the file, from 1.
    pub document: u64,
    /// Statement, report or notification.
    pub kind: String,
    /// The bank's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The bank's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The account.
    pub account: String,
    /// Last day it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Number of entries.
    pub entries: u64,
    /// Entries that belong to a payment of ours.
    pub matched: u64,
    /// Sum of credits that are booked; in journals of before, of all.
    pub credit_sum: Amount,
    /// Sum of debits that are booked; in journals of before, of all.
    pub debit_sum: Amount,
    /// Balances.
    pub balances: Vec<Balance>,
    /// SHA-256 over its entries: the same for the same entries, however the file is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When the bank made it; in journals of before, not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Moment>,
    /// The statement that it takes the place of, by a person's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The statement that says the same and came before: this one counts nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
}

/// What looks like something that came before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspicion {
    /// In what they are alike.
    pub likeness: Likeness,
    /// The inbound file or batch that came before.
    pub of: String,
    /// How many payments are concerned.
    pub count: u64,
}

/// In what a batch is like one that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// Every byte.
    Content,
    /// The name of its file.
    Name,
    /// The sender's message id.
    Message,
    /// Number, sums and accounts.
    Totals,
    /// Payments in it.
    Payment,
}

impl Likeness {
    /// All of them.
    pub const ALL: [Likeness; 5] =
        [Likeness::Content, Likeness::Name, Likeness::Message, Likeness::Totals, Likeness::Payment];

    /// The name of the rule, as reasons to hold and findings have it.
    pub const fn rule(self) -> &'static str {
        match self {
            Likeness::Content => "same-content",
            Likeness::Name => "same-file-name",
            Likeness::Message => "same-message-id",
            Likeness::Totals => "same-totals",
            Likeness::Payment => "same-payment",
        }
    }
}

/// Something that a person has to know: raised once, told until it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmFact {
    /// What makes it one alarm, such as `unknown O20261123-0001`: raised once while it lasts.
    pub key: String,
    /// Whom it concerns; empty for the installation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub party: String,
    /// The file, batch or account that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What happened.
    pub what: Text,
    /// Whether money has moved.
    pub money: Text,
    /// What to do.
    pub hint: Text,
}

/// A signed control report of one day and bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFact {
    /// The bank.
    pub bank: String,
    /// The day.
    pub day: Date,
    /// Its running number, from 1 without a gap.
    pub number: u64,
    /// Number of the last fact that it covers: the next one begins after it.
    #[serde(default)]
    pub until: u64,
    /// The report.
    pub content: Kept,
    /// Its detached signature, where there is a key to sign with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Kept>,
}

/// What an approval is bound to beyond the digest of payees; it is void for anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: Sums,
    /// Digest over the settings and templates of the ERP and the bank.
    pub policy: String,
    /// The moment after which it is void, RFC 3339.
    pub expires: String,
}

/// What happened. The name of each variant is the word of the design, the command line and the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A file from a folder party is in the archive.
    Received(Arrival),
    /// A file from a remote party is in the archive.
    Fetched(Arrival),
    /// The original was removed or moved at the party.
    Cleared,
    /// The same content came before.
    Duplicate {
        /// The inbound file that brought it first.
        of: String,
    },
    /// A batch, or payments in it, look like something that came before.
    Suspected {
        /// Like what.
        #[serde(flatten)]
        suspicion: Suspicion,
        /// What the policy says: `refuse`, `hold` or `pass`.
        verdict: String,
    },
    /// A duplicate was let through by a person and is treated as new.
    Admitted {
        /// Why.
        reason: String,
    },
    /// Verified and decrypted, or taken as it is.
    Opened {
        /// The content.
        content: Kept,
        /// Fingerprint of the key that signed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer: Option<String>,
        /// What speaks for it.
        #[serde(default, skip_serializing_if = "Vouched::is_nothing")]
        vouched: Vouched,
    },
    /// Understood.
    Read {
        /// Payments, status report or statement.
        kind: String,
        /// Format and version.
        format: String,
        /// Documents in the file.
        documents: u64,
    },
    /// No rule refuses the batch.
    Checked {
        /// The batch.
        batch: String,
        /// The bank that it is for.
        bank: String,
        /// What it holds.
        totals: Totals,
        /// The sender's own message id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// What was noticed.
        findings: Vec<Finding>,
        /// Lines of payments that a rule refused and that are left out, where the party's policy lets the others go on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<u64>,
        /// The parts that the bank's limits split it into; none for one file.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<BatchPart>,
        /// What it is made of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        makeup: Option<Makeup>,
    },
    /// What people must know before they decide about a batch: limits with their figures, payees.
    Noticed {
        /// What was noticed.
        findings: Vec<Finding>,
    },
    /// A file or batch goes no further.
    Refused {
        /// Why; the first of them in words.
        findings: Vec<Finding>,
        /// A person's reason, where a person refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Waits for a second person; a bank's file waits for a person, where it corrects what was told before.
    Held {
        /// Why, as rule names such as `always`, `over-amount`, `unauthenticated`.
        reasons: Vec<String>,
    },
    /// May go.
    Released {
        /// The digest that the releasing person saw; the release is void for any other.
        digest: String,
        /// Why, or which policy.
        reason: String,
        /// What else the release is bound to, where a person released.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<Box<Bound>>,
    },
    /// One person asks for what two must decide.
    Proposed {
        /// What.
        what: Act,
        /// What it was that the person saw; a confirmation of anything else is refused.
        digest: String,
        /// Why.
        reason: String,
        /// What else it names: the party's reference, or the payments that an entry is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// The moment after which nobody can confirm it, RFC 3339.
        expires: String,
    },
    /// Another person says yes to a proposal, or to sending under an approval that had fallen.
    Approved {
        /// What.
        what: Act,
        /// What it was that the person saw.
        digest: String,
        /// Number of the fact that proposed it, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<u64>,
        /// Why.
        reason: String,
        /// The moment after which it is void, RFC 3339, where it does not take effect at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<String>,
    },
    /// Two people let the very same bytes be sent once more; a possible duplicate.
    Resent {
        /// The party's reference of its word that it has nothing.
        reference: String,
        /// Why.
        reason: String,
        /// SHA-256 of the bytes.
        sha256: String,
    },
    /// A party's server was entered for the first time at this place: it is of this environment for ever.
    Entered {
        /// User, host, port and folders.
        endpoint: String,
        /// `test` or `production`.
        environment: String,
    },
    /// The configuration is another than at the start before.
    ConfigChanged {
        /// Digest of all of it.
        digest: String,
        /// Digest of each part.
        parts: BTreeMap<String, String>,
        /// Names of the parts that are new, gone or different.
        changed: Vec<String>,
        /// `test` or `production`: what the journal is of, from the first that is stated; journals from before it was
        /// stated have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<String>,
        /// Whether two officers must confirm it; journals from before it was stated do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs_officers: Option<bool>,
    },
    /// What a configuration says that somebody has proposed: the next one is compared with it.
    ConfigSettings {
        /// Digest of all of it.
        digest: String,
        /// What each setting says, by its path; of what may be secret, a digest.
        settings: BTreeMap<String, String>,
    },
    /// Two people let the configuration send: those whom it names confirm the next one.
    ConfigConfirmed(Box<Confirmed>),
    /// Taken back before it left.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Everything that writing needs is allocated.
    Numbered(Numbering),
    /// A batch goes in the file of another one, merged by a window of their bank.
    Merged {
        /// The outbound file.
        outbound: String,
        /// Groups in it before those of the batch.
        groups_before: u64,
    },
    /// A batch that no file of ours carries may be with its bank all the same, by another hand: it stands here as a
    /// file that we never wrote, so that people can say what became of it.
    LeftElsewhere(Box<Numbering>),
    /// Written and read back.
    Written {
        /// The bytes.
        content: Kept,
    },
    /// Sealed, once.
    Sealed {
        /// The bytes that will leave.
        content: Kept,
        /// Fingerprints of the keys that can open it.
        recipients: Vec<String>,
        /// Fingerprint of our key that signed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer: Option<String>,
    },
    /// Waits for its window.
    Queued {
        /// Not to be sent before, RFC 3339.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<String>,
    },
    /// The intent to send; on disk before the first byte leaves.
    Sending {
        /// Attempt, from 1.
        attempt: u64,
        /// The temporary name of this attempt, or the final one where the party allows no other.
        temporary: String,
    },
    /// All bytes are there under the temporary name.
    Publishing {
        /// Their number, as the server tells it.
        size: u64,
    },
    /// Under its final name at a bank.
    Sent(Evidence),
    /// Under its final name at an ERP.
    Published(Evidence),
    /// The one-time token is gone: taken, but nobody said so yet.
    Unconfirmed(Evidence),
    /// We cannot prove whether the party has it.
    Unknown(Evidence),
    /// A try failed; the state stays.
    Failed {
        /// What happened, in English.
        error: String,
        /// The same in Chinese.
        error_zh: String,
        /// Next try not before, RFC 3339; `None` waits for a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<String>,
    },
    /// What had failed works again, or a person lets it be tried again.
    Recovered {
        /// What was done.
        reason: String,
        /// The same in Chinese, where it is a sentence of the program's.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason_zh: String,
    },
    /// A person lets the next file go to a bank that takes one at a time and has not answered this one.
    Freed {
        /// Why.
        reason: String,
    },
    /// A person ended an unknown.
    Resolved {
        /// Whether the party has it.
        sent: bool,
        /// Why, with the party's reference.
        reason: String,
    },
    /// A person ended the doubt about one payment, which is named by batch and place.
    PaymentResolved {
        /// Whether the bank has it.
        sent: bool,
        /// What the payment is by that, and by what statements had shown of it.
        state: PaymentState,
        /// Why, with the bank's reference.
        reason: String,
    },
    /// The bank answered about one of our files.
    Answered(Answer),
    /// A statement or entry shows payments of ours.
    Booked {
        /// The inbound file that shows it.
        inbound: String,
        /// Number of payments by their new state.
        payments: BTreeMap<String, u64>,
    },
    /// A statement is in the journal.
    StatementKept(StatementFact),
    /// A receipt of a bundle is in the archive and the journal.
    ReceiptKept(Box<ReceiptFact>),
    /// An entry was matched after its statement had been read: by a person, or because more is known now.
    EntryMatched {
        /// Which statement of the file, from 1.
        document: u64,
        /// Which entry of it, from 1.
        entry: u64,
        /// The payments, as batch and place.
        payments: Vec<String>,
        /// By what: `by-hand`, or as for any entry.
        how: String,
        /// How sure that is.
        sure: String,
        /// What of the entry is none of these payments.
        rest: Amount,
        /// Why, where a person did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A person took the match of an entry back.
    EntryUnmatched {
        /// Which statement of the file, from 1.
        document: u64,
        /// Which entry of it, from 1.
        entry: u64,
        /// The payments that it was matched with, as batch and place.
        payments: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Everything that an inbound file says has been told on.
    Matched {
        /// Outbound files numbered because of it.
        outputs: Vec<String>,
    },
    /// Something that must not happen, such as an answer about a file that we never sent.
    Incident {
        /// What happened, in English.
        what: String,
        /// The same in Chinese.
        what_zh: String,
        /// What kind of thing it is.
        #[serde(default, skip_serializing_if = "IncidentKind::is_other")]
        kind: IncidentKind,
    },
    /// The program began to work on this installation.
    Started {
        /// Its version.
        version: String,
    },
    /// The program ended in good order.
    Stopped,
    /// The journal belongs to this installation on this machine.
    Founded {
        /// A number that no other installation has.
        installation: String,
        /// The machine's own id, empty where the system has none.
        machine: String,
    },
    /// The journal is a second copy: nothing is sent to banks until two people say so.
    Fenced {
        /// The epoch that begins with it.
        epoch: u64,
        /// What shows it, in English.
        what: String,
        /// The same in Chinese.
        what_zh: String,
    },
    /// A first person says that this copy may send: in older journals, where nothing follows from it any more.
    /// Now it is [`Event::Proposed`].
    UnfenceProposed {
        /// Why.
        reason: String,
    },
    /// A second person says so too: this copy sends from now on.
    Unfenced {
        /// The machine that it sends from.
        machine: String,
        /// Why.
        reason: String,
    },
    /// Something that a person has to know began.
    Alarmed(AlarmFact),
    /// It is over.
    AlarmCleared,
    /// An alarm, or its end, was told by a route.
    AlarmTold {
        /// The route.
        route: String,
    },
    /// A route did not take an alarm.
    AlarmNotTold {
        /// The route.
        route: String,
        /// What happened.
        error: String,
        /// Next try not before, RFC 3339.
        retry_at: String,
    },
    /// The control report of a day and bank is in the archive.
    Reported(ReportFact),
    /// A file about one of our keys is on its way to a bank.
    Renewal(RenewalFact),
}

impl Event {
    /// The event's word, as in the journal.
    pub fn word(&self) -> &'static str {
        match self {
            Event::Received(_) => "received",
            Event::Fetched(_) => "fetched",
            Event::Cleared => "cleared",
            Event::Duplicate { .. } => "duplicate",
            Event::Suspected { .. } => "suspected",
            Event::Noticed { .. } => "noticed",
            Event::Admitted { .. } => "admitted",
            Event::Opened { .. } => "opened",
            Event::Read { .. } => "read",
            Event::Checked { .. } => "checked",
            Event::Refused { .. } => "refused",
            Event::Held { .. } => "held",
            Event::Released { .. } => "released",
            Event::Proposed { .. } => "proposed",
            Event::Approved { .. } => "approved",
            Event::Resent { .. } => "resent",
            Event::Entered { .. } => "entered",
            Event::ConfigChanged { .. } => "config-changed",
            Event::ConfigSettings { .. } => "config-settings",
            Event::ConfigConfirmed(_) => "config-confirmed",
            Event::Cancelled { .. } => "cancelled",
            Event::Numbered(_) => "numbered",
            Event::Merged { .. } => "merged",
            Event::LeftElsewhere(_) => "left-elsewhere",
            Event::Written { .. } => "written",
            Event::Sealed { .. } => "sealed",
            Event::Queued { .. } => "queued",
            Event::Sending { .. } => "sending",
            Event::Publishing { .. } => "publishing",
            Event::Sent(_) => "sent",
            Event::Published(_) => "published",
            Event::Unconfirmed(_) => "unconfirmed",
            Event::Unknown(_) => "unknown",
            Event::Failed { .. } => "failed",
            Event::Recovered { .. } => "recovered",
            Event::Freed { .. } => "freed",
            Event::Resolved { .. } => "resolved",
            Event::PaymentResolved { .. } => "payment-resolved",
            Event::Answered(_) => "answered",
            Event::Booked { .. } => "booked",
            Event::StatementKept(_) => "statement-kept",
            Event::ReceiptKept(_) => "receipt-kept",
            Event::EntryMatched { .. } => "entry-matched",
            Event::EntryUnmatched { .. } => "entry-unmatched",
            Event::Matched { .. } => "matched",
            Event::Incident { .. } => "incident",
            Event::Started { .. } => "started",
            Event::Stopped => "stopped",
            Event::Founded { .. } => "founded",
            Event::Fenced { .. } => "fenced",
            Event::UnfenceProposed { .. } => "unfence-proposed",
            Event::Unfenced { .. } => "unfenced",
            Event::Alarmed(_) => "alarmed",
            Event::AlarmCleared => "alarm-cleared",
            Event::AlarmTold { .. } => "alarm-told",
            Event::AlarmNotTold { .. } => "alarm-not-told",
            Event::Reported(_) => "reported",
            Event::Renewal(_) => "renewal",
        }
    }

    /// The same in Chinese.
    pub fn word_zh(&self) -> &'static str {
        match self {
            Event::Received(_) => "已接收",
            Event::Fetched(_) => "已取回",
            Event::Cleared => "已清理",
            Event::Duplicate { .. } => "疑似重复",
            Event::Suspected { .. } => "疑似重复付款",
            Event::Noticed { .. } => "注意事项",
            Event::Admitted { .. } => "准予处理",
            Event::Opened { .. } => "已解密验签",
            Event::Read { .. } => "已解析",
            Event::Checked { .. } => "已检查",
            Event::Refused { .. } => "已拒绝",
            Event::Held { .. } => "待复核",
            Event::Released { .. } => "已放行",
            Event::Proposed { .. } => "已提议",
            Event::Approved { .. } => "已批准",
            Event::Resent { .. } => "准予重发",
            Event::Entered { .. } => "首次登录",
            Event::ConfigChanged { .. } => "配置已变更",
            Event::ConfigSettings { .. } => "配置内容",
            Event::ConfigConfirmed(_) => "配置已确认",
            Event::Cancelled { .. } => "已撤销",
            Event::Numbered(_) => "已编号",
            Event::Merged { .. } => "已合并",
            Event::LeftElsewhere(_) => "或由他方发出",
            Event::Written { .. } => "已生成",
            Event::Sealed { .. } => "已加密签名",
            Event::Queued { .. } => "排队中",
            Event::Sending { .. } => "发送中",
            Event::Publishing { .. } => "发布中",
            Event::Sent(_) => "已送达",
            Event::Published(_) => "已发布",
            Event::Unconfirmed(_) => "已送未确认",
            Event::Unknown(_) => "状态未知",
            Event::Failed { .. } => "尝试失败",
            Event::Recovered { .. } => "已恢复",
            Event::Freed { .. } => "准予后续发送",
            Event::Resolved { .. } => "人工判定",
            Event::PaymentResolved { .. } => "付款人工判定",
            Event::Answered(_) => "已应答",
            Event::Booked { .. } => "已入账",
            Event::StatementKept(_) => "对账单入库",
            Event::ReceiptKept(_) => "回单入库",
            Event::EntryMatched { .. } => "分录已匹配",
            Event::EntryUnmatched { .. } => "分录撤销匹配",
            Event::Matched { .. } => "已匹配",
            Event::Incident { .. } => "异常事件",
            Event::Started { .. } => "已启动",
            Event::Stopped => "已停止",
            Event::Founded { .. } => "已建立",
            Event::Fenced { .. } => "已隔离",
            Event::UnfenceProposed { .. } => "提议解除隔离",
            Event::Unfenced { .. } => "已解除隔离",
            Event::Alarmed(_) => "告警",
            Event::AlarmCleared => "告警解除",
            Event::AlarmTold { .. } => "告警已通知",
            Event::AlarmNotTold { .. } => "告警通知失败",
            Event::Reported(_) => "已出日报",
            Event::Renewal(_) => "密钥更新",
        }
    }
}
