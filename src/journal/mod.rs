//! The journal: what happened, in order, and what follows from it.
//!
//! Facts are appended and never changed. Each fact carries the hash of the one before it, and the
//! state of every file, batch and payment is updated in the same transaction, so that the state is
//! always the fold of the facts. The end of the chain is signed in [checkpoints](checkpoint) that
//! can be kept elsewhere: a chain alone does not show that its end was cut off.
//!
//! [`Journal`] and [`Records`] are the contract; [`sqlite`] keeps it in one SQLite file. A second
//! backend needs these two traits and the rules below, nothing of the route:
//!
//! * [`Journal::append`] is one transaction, durable when it returns. It refuses as
//!   [`JournalError::Conflict`] any fact that the tables in [`state`] do not allow, and then
//!   nothing of the call is kept.
//! * Several programs may append (the daemon, an operator's command); each call reads the head of
//!   the chain inside its own transaction.
//! * Any error other than a conflict means that the journal is no longer to be trusted by this
//!   process: it stops, starts again and looks.

use jiff::Timestamp;

use crate::document::Date;
use crate::text;
use crate::words::{Explain, Remedy, Text, system};

mod act;
mod added;
pub mod chain;
pub mod checkpoint;
mod confirmed;
pub mod event;
pub mod evidence;
mod filters;
mod fold;
pub mod incident;
mod likeness;
pub mod numbering;
pub mod oversight;
pub mod pair;
pub mod proof;
mod query;
mod rows;
pub mod receipts;
pub mod records;
pub mod renewal;
pub mod replay;
mod schema;
pub mod spending;
pub mod sqlite;
pub mod state;

pub use act::Act;
pub use confirmed::Confirmed;
pub use event::{
    AlarmFact, Answer, Arrival, Bound, Control, Event, Kept, Likeness, Mac, PaymentChange, Purpose, ReportFact,
    SideFile, StatementFact, Sums, Suspicion, Totals, Vouched,
};
pub use evidence::{Evidence, both, noted};
pub use incident::IncidentKind;
pub use numbering::{Apart, BatchPart, FileNumber, MergedBatch, NumberedPart, Numbering};
pub use oversight::{AlarmRecord, Oversight, ReportRecord, Standing, Telling, report_id};
pub use receipts::{ReceiptFact, ReceiptFilter, ReceiptRecord};
pub use records::{
    Batch, BookingRecord, Contact, EXECUTED_ELSEWHERE, EntryFilter, EntryMatch, EntryRecord, Fact, Inbound, NewEntry,
    NewPayment, Outbound, PaymentFilter, PaymentRecord, PaymentStep, Proposal, RESTORED_COPY, Records, StatementRecord,
    UnknownPayments, WAITS_FOR_A_PERSON,
};
pub use renewal::{Brings, RenewalFact, RenewalStep};
pub use spending::{Spending, SpendingOf, Spent, SpentBy, StrangePayee, StrangePayees, Strangers, payee_bank};
pub use sqlite::SqliteJournal;
pub use state::{BatchState, EntryState, InboundState, OutboundState, PaymentState};

/// A moment as the journal writes it, so that text compares as time does: RFC 3339, UTC, milliseconds.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A fact to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFact {
    /// Who: a person's name, or `bankferry` for the program.
    pub actor: String,
    /// The inbound file that began the case; a person reads a case as one story.
    pub case: String,
    /// The inbound file, batch or outbound file that it is about.
    pub subject: String,
    /// What happened.
    pub event: Event,
}

/// Rows that belong to a fact and are kept in the same transaction.
pub enum Rows<'a> {
    /// None.
    None,
    /// The payments of a batch, with [`Event::Checked`].
    Payments(&'a mut dyn Iterator<Item = std::io::Result<NewPayment>>),
    /// New states of payments, with [`Event::Answered`] or [`Event::Booked`].
    Changes(&'a [Change]),
    /// Which entries belong to which payments, with [`Event::StatementKept`] or [`Event::EntryMatched`].
    Matches(&'a [EntryMatch]),
    /// Every entry of a bank's file, with [`Event::Read`].
    Entries(&'a mut dyn Iterator<Item = std::io::Result<NewEntry>>),
}

/// A change of payments' states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Of one payment.
    One(PaymentChange),
    /// Of these payments, one by one in this order, to the same: what a file says of a million of them fits in memory.
    Many {
        /// Their rows.
        payments: Vec<i64>,
        /// The new state.
        state: PaymentState,
        /// The bank's code.
        bank_status: Option<String>,
        /// The bank's reason.
        reason: Option<String>,
    },
    /// Of these payments, of which an answer says the contrary of what was said before: they are unknown.
    Contradicted {
        /// Their rows.
        payments: Vec<i64>,
        /// The bank's code.
        bank_status: Option<String>,
        /// The bank's reason.
        reason: Option<String>,
    },
    /// Of one payment whose booking or return a person took back, with [`Event::EntryUnmatched`], or by letting in a
    /// corrected statement that does not show it. Of what has moved since it was looked at a person's word
    /// is a conflict, and a corrected statement moves nothing.
    Back {
        /// What it is again.
        change: PaymentChange,
        /// Number of the fact that moved it last, as it was looked at.
        seen: u64,
    },
    /// Of all payments of an outbound file, or of one of its groups, that may go there.
    All {
        /// The outbound file.
        outbound: String,
        /// The group, where only one is meant.
        group: Option<String>,
        /// Rows of payments that are not meant.
        except: Vec<i64>,
        /// Groups of the file that are not meant: a word of their own tells.
        except_groups: Vec<String>,
        /// The new state.
        state: PaymentState,
        /// The bank's code.
        bank_status: Option<String>,
        /// The bank's reason.
        reason: Option<String>,
    },
}

impl Change {
    /// Adds a change of one payment to others, in as little memory as its neighbour allows.
    pub fn add(changes: &mut Vec<Change>, one: PaymentChange) {
        match changes.last_mut() {
            Some(Change::Many { payments, state, bank_status, reason })
                if (*state, &*bank_status, &*reason) == (one.state, &one.bank_status, &one.reason) =>
            {
                payments.push(one.payment);
            }
            _ => {
                let PaymentChange { payment, state, bank_status, reason } = one;
                changes.push(Change::Many { payments: vec![payment], state, bank_status, reason });
            }
        }
    }
}

/// What ids are given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// An inbound file: `I20261123-0001`.
    Inbound,
    /// A batch: `B20261123-0001`.
    Batch,
    /// An outbound file: `O20261123-0001`.
    Outbound,
    /// An alarm: `A20261123-0001`.
    Alarm,
}

impl IdKind {
    /// The letter that begins its ids.
    pub fn letter(self) -> char {
        match self {
            IdKind::Inbound => 'I',
            IdKind::Batch => 'B',
            IdKind::Outbound => 'O',
            IdKind::Alarm => 'A',
        }
    }
}

/// Appends facts.
pub trait Journal: Records {
    /// The next id of this kind for this day. Never given twice; gaps are allowed.
    ///
    /// # Errors
    /// [`JournalError`].
    fn next_id(&mut self, kind: IdKind, day: Date) -> Result<String, JournalError>;

    /// Appends facts with their rows in one durable transaction.
    ///
    /// # Errors
    /// [`JournalError::Conflict`] when a table does not allow it; nothing was kept then.
    fn append(&mut self, at: Timestamp, facts: Vec<(NewFact, Rows<'_>)>) -> Result<(), JournalError>;

    /// A second connection for looking things up in another thread.
    ///
    /// # Errors
    /// [`JournalError`].
    fn reader(&self) -> Result<Box<dyn Records + Send>, JournalError>;
}

/// Why the journal did not do it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The subject is not in a state that allows this.
    #[error("{subject} is `{state}`, so it cannot become `{wanted}`")]
    Conflict {
        /// What was to be moved.
        subject: String,
        /// Its state now.
        state: String,
        /// The state that was wanted.
        wanted: String,
    },
    /// There is no such thing in the journal.
    #[error("there is no `{0}` in the journal")]
    Missing(String),
    /// The journal cannot be read or written.
    #[error("the journal at `{path}` failed: {cause}")]
    Storage {
        /// The file.
        path: String,
        /// What the storage said.
        cause: String,
    },
    /// The journal's settings or content are not what they must be.
    #[error("the journal at `{path}` cannot be trusted: {cause}")]
    Untrusted {
        /// The file.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// Rows that belong to a fact could not be had.
    #[error("rows for the journal could not be read: {why}")]
    Rows {
        /// What is said of them.
        why: Text,
        /// What helps.
        remedy: Remedy,
    },
}

impl From<std::io::Error> for JournalError {
    /// Rows that could not be read: a system that refuses may do so for a while, content that is wrong stays so.
    fn from(error: std::io::Error) -> JournalError {
        let remedy = error.raw_os_error().map_or(Remedy::Person, |_| Remedy::of_io(&error));
        JournalError::Rows { why: system::answer(&error), remedy }
    }
}

impl Explain for JournalError {
    fn what(&self) -> Text {
        match self {
            JournalError::Conflict { subject, state, wanted } => text!(
                "`{subject}` is `{state}`, so it cannot become `{wanted}`; nothing was changed",
                "`{subject}` 当前为 `{state}`，不能变为 `{wanted}`；未作任何更改"
            ),
            JournalError::Missing(id) => text!("there is no `{id}` in the journal", "日志中没有 `{id}`"),
            JournalError::Storage { path, cause } => {
                let Text { en, zh } = sqlite::words_of(cause);
                text!(
                    "the journal `{path}` failed: {en} (SQLite: \"{cause}\")",
                    "日志 `{path}` 读写失败：{zh}（SQLite 原文：“{cause}”）"
                )
            }
            JournalError::Untrusted { path, cause } => {
                text!("the journal `{path}` cannot be trusted: {cause}", "日志 `{path}` 不可信（原文：“{cause}”）")
            }
            JournalError::Rows { why: Text { en, zh }, .. } => {
                text!("rows for the journal could not be read: {en}", "无法读取待入库的明细：{zh}")
            }
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            JournalError::Conflict { subject, .. } => {
                vec![text!("see its history with `bankferry show {subject}`", "用 `bankferry show {subject}` 查看历史")]
            }
            JournalError::Missing(_) => {
                vec![text!(
                    "list what there is with `bankferry list batches`",
                    "用 `bankferry list batches` 查看现有批次"
                )]
            }
            JournalError::Untrusted { .. } => vec![text!(
                "run `bankferry verify`; nothing is sent until the journal is sound",
                "请运行 `bankferry verify`；日志恢复可信之前不会发送任何文件"
            )],
            JournalError::Storage { cause, .. } if cause.contains("malformed") || cause.contains("not a database") => {
                vec![text!(
                    "it is damaged: nothing is sent from it; keep it as it is, restore the last copy with `bankferry \
                     restore`, which sends nothing before two people have asked the banks",
                    "日志已损坏：不会据其发送；请原样保留，并用 `bankferry restore` 恢复最近的备份；恢复后须两人向银行核实方可发送"
                )]
            }
            JournalError::Storage { .. } => vec![text!(
                "is its disk full, read-only or out of reach? Without the journal nothing is taken or sent; put it \
                 right and start again: what was on its way is looked up first",
                "请检查磁盘是否已满、只读或无法访问。日志不可用时不收取也不发送；修复后重新启动：会先核实在途文件"
            )],
            JournalError::Rows { .. } => Vec::new(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            JournalError::Storage { .. } => Remedy::Wait,
            JournalError::Rows { remedy, .. } => *remedy,
            _ => Remedy::Person,
        }
    }
}

#[cfg(test)]
mod tests;
