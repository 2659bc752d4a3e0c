//! Work that needs only our own disk: open, read, check, match, write, seal.
//!
//! Each piece of work is a function of the journal's state and of archived bytes. It may be done
//! again after a crash and gives the same; only the engine states what came of it.

mod about;
mod acceptance;
mod again;
mod against;
mod answered;
pub mod control;
mod correction;
mod digest;
mod entries;
mod leave;
mod look_in;
mod meant;
mod measure;
mod open;
mod parts;
mod plausible;
mod read;
mod reconciliation;
mod receipts;
mod resolved;
mod seal;
mod strangers;
mod tell;
mod trial;
mod twice;
mod two_words;
mod write;

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::broken::survived;
use super::engine::Message;
use super::{Shared, Trouble};
use crate::disk;
use crate::document::Makeup;
use crate::finding::Finding;
use crate::journal::{
    Answer, BatchPart, Change, EntryMatch, Inbound, IncidentKind, Kept, NewPayment, Outbound, Purpose, ReceiptFact,
    StatementFact, Totals, Vouched,
};
use crate::words::{Remedy, Text};

pub use acceptance::{place_of, stops};
pub use again::{Again, again};
pub use correction::correction_words;
pub use digest::state_of;
pub use entries::{Stands, entry_rows};
pub use look_in::{Waiting, look_in};
pub use plausible::doubt_words;
pub use read::{GroupNumbers, payment_rows};
pub use receipts::links as receipt_links;
pub use resolved::{rejected_before, resolution_output};

/// A piece of work.
#[derive(Clone, Debug)]
pub enum Work {
    /// Verify and decrypt an inbound file.
    Open(Box<Inbound>),
    /// Read an opened inbound file, and check or match what it says.
    Read(Box<Inbound>),
    /// Write an outbound file, and read it back.
    Write(Box<Outbound>),
    /// Sign and encrypt it.
    Seal(Box<Outbound>),
}

impl Work {
    /// The file that it is about.
    pub fn subject(&self) -> &str {
        match self {
            Work::Open(file) | Work::Read(file) => &file.id,
            Work::Write(file) | Work::Seal(file) => &file.id,
        }
    }

    /// What is done.
    fn word(&self) -> &'static str {
        match self {
            Work::Open(_) => "open",
            Work::Read(_) => "read",
            Work::Write(_) => "write",
            Work::Seal(_) => "seal",
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Stated {
    /// Verified and decrypted.
    Opened {
        /// The content.
        content: Kept,
        /// Who signed it.
        signer: Option<String>,
        /// What speaks for it.
        vouched: Vouched,
    },
    /// An ERP's payments that no rule refuses.
    Checked(Box<Draft>),
    /// A control file that came late.
    Controlled {
        /// The file that it speaks of.
        of: String,
        /// The batch in that.
        batch: Option<String>,
        /// What of it contradicts the file.
        against: Option<Box<Finding>>,
    },
    /// A bank's file, told on.
    Digested(Box<Digest>),
    /// A bank's file that corrects what was told before, and why it waits for a person.
    Held(Vec<String>),
    /// Written, and read back.
    Written {
        /// The bytes.
        content: Kept,
        /// What the file does not carry as it was asked for: folded letters, texts that were cut or left out.
        noticed: Vec<Finding>,
    },
    /// Sealed.
    Sealed {
        /// The bytes that leave.
        content: Kept,
        /// Who can open it.
        recipients: Vec<String>,
        /// Who signed it.
        signer: Option<String>,
    },
}

/// A batch to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Format that was read.
    pub format: String,
    /// The bank that it is for.
    pub bank: String,
    /// What it holds.
    pub totals: Totals,
    /// The sender's message id.
    pub message_id: Option<String>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// Lines of payments that a rule refused and that are left out.
    pub left_out: BTreeSet<u64>,
    /// The parts that the bank's limits split it into; none for one file.
    pub parts: Vec<BatchPart>,
    /// What it is made of.
    pub makeup: Makeup,
}

/// What a bank's file says, ready to be stated.
#[derive(Debug, Default)]
pub struct Digest {
    /// Status report, statement or receipts.
    pub kind: String,
    /// Format that was read.
    pub format: String,
    /// Documents in it.
    pub documents: u64,
    /// Answers by outbound file, with the payments' new states.
    pub answers: Vec<(String, Answer, Vec<Change>)>,
    /// Statements with their matches and the payments' new states.
    pub statements: Vec<(StatementFact, Vec<EntryMatch>, Vec<Change>)>,
    /// What the entries are of which matching says more than that nothing was found.
    pub stands: Stands,
    /// Every receipt of a bundle.
    pub kept_receipts: Vec<ReceiptFact>,
    /// What was said otherwise before, so that a person decides whether this counts.
    pub held: Vec<String>,
    /// Receipts that are published as they are, with their bytes in the archive.
    pub receipts: Vec<(Output, Kept)>,
    /// What must not happen and did.
    pub incidents: Vec<Incident>,
    /// Batches of which the bank speaks although nothing of them has left here.
    pub elsewhere: BTreeSet<String>,
    /// What an ERP is to be told.
    pub outputs: Vec<Output>,
}

/// Something that must not happen and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What kind of thing.
    pub kind: IncidentKind,
    /// What.
    pub what: Text,
}

impl From<Text> for Incident {
    fn from(what: Text) -> Incident {
        Incident { kind: IncidentKind::Other, what }
    }
}

/// A file to be made for an ERP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The ERP.
    pub party: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Which document of the source, from 1; 0 for all.
    pub document: u64,
    /// Format to write.
    pub format: String,
    /// Account, for the file's name.
    pub account: String,
    /// Batch or inbound file, for the file's name.
    pub about: String,
}

/// The result of a piece of work.
#[derive(Debug)]
pub struct Finished {
    /// The file that it was about.
    pub subject: String,
    /// What came of it.
    pub result: Result<Stated, Trouble>,
}

/// Threads that do the work.
pub struct Pool {
    work: Option<Sender<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `size` threads; results go to `done`.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(shared: &Arc<Shared>, size: usize, done: &Sender<Message>) -> std::io::Result<Pool> {
        let (work, inbox) = channel::<Work>();
        let inbox = Arc::new(Mutex::new(inbox));
        let threads = (0..size.max(1))
            .map(|n| {
                let (shared, inbox, done) = (Arc::clone(shared), Arc::clone(&inbox), done.clone());
                std::thread::Builder::new().name(format!("paper {n}")).spawn(move || serve(&shared, &inbox, &done))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Pool { work: Some(work), threads })
    }

    /// Gives the threads a piece of work.
    pub fn give(&self, work: Work) {
        if let Some(sender) = &self.work {
            // The threads end only when this sender is dropped, so the send cannot fail before that.
            let _ = sender.send(work);
        }
    }

    /// Ends the threads after their present work.
    pub fn stop(&mut self) {
        self.work = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(shared: &Shared, inbox: &Mutex<Receiver<Work>>, done: &Sender<Message>) {
    loop {
        // A thread that died holding the lock leaves the receiver as it was.
        let work = inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        let Ok(work) = work else { return };
        // What broke the program while a file was opened says nothing against the file: it is not refused, it waits.
        let result = survived(Remedy::Unknown, || perform(shared, &work));
        let finished = Finished { subject: work.subject().to_string(), result };
        if done.send(Message::Finished(Box::new(finished))).is_err() {
            return;
        }
    }
}

fn perform(shared: &Shared, work: &Work) -> Result<Stated, Trouble> {
    disk::fragile(work.word(), work.subject());
    match work {
        Work::Open(file) => open::open(shared, file),
        Work::Read(file) => {
            let party = shared.party(&file.party)?;
            match () {
                () if party.is_bank() => digest::digest(shared, party, file),
                () if control::is_control(party, &file.name) => control::look(shared, party, file),
                () => read::read(shared, party, file),
            }
        }
        Work::Write(file) if file.purpose == Purpose::Payments => write::write(shared, file),
        Work::Write(file) => tell::tell(shared, file),
        Work::Seal(file) => seal::seal(shared, file),
    }
}

/// A payment as the journal keeps it.
pub type PaymentRows<'a> = Box<dyn Iterator<Item = std::io::Result<NewPayment>> + 'a>;
