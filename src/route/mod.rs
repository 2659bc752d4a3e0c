//! The route: the table, `next`, the steps.
//!
//! ```text
//! out  received ▶ opened ▶ read + checked ▶ released ▶ numbered ▶ written ▶ sealed ▶ queued ▶ sending ▶ publishing
//!      ▶ sent
//! in   fetched ▶ cleared ▶ opened ▶ read + matched ▶ numbered ▶ written ▶ queued ▶ sending ▶ publishing ▶ published
//! ```
//!
//! [`next`] says what a file or batch needs, as a pure function of its state. [`paper`] does what
//! needs only our own disk, on a pool of threads. [`carry`] moves files, one thread per party.
//! [`engine`] decides: it is the only one that appends to the journal, states every intent before
//! the act and every result after it. [`doubt`] is the table for what was cut off in between.

pub mod absent;
mod authenticity;
pub mod backoff;
pub mod broken;
pub mod by_hand;
pub mod carry;
mod claims;
mod dates;
pub mod decide;
pub mod doubt;
pub mod duplicates;
pub mod elsewhere;
pub mod engine;
pub mod for_erp;
pub mod intake;
pub mod inventory;
pub mod fence;
pub mod in_flight;
mod joined;
pub mod judge;
mod ledger;
mod limits;
mod marks;
mod merge;
pub mod newest;
pub mod next;
pub mod notices;
pub mod number;
pub mod officers;
mod own_folder;
pub mod pages;
pub mod paper;
pub mod places;
pub mod renewal;
pub mod wall;
pub mod parts;
pub mod proposals;
mod proven;
pub mod reconcile;
pub mod settings;
pub mod unfinished;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError};
use crate::calendar::CalendarError;
use crate::carrier::folder::{Folder, FolderSettings};
use crate::carrier::sftp::Sftp;
use crate::carrier::{Carrier, CarrierError, ErrorKind};
use crate::clock::Clock;
use crate::config::{CarrierSettings, Config, Party};
use crate::disk::{self, DiskError, Sha256Hash};
use crate::document::Date;
use crate::finding::{Finding, Place};
use crate::format::ScratchMaker;
use crate::format::{OpenError, ReadError, WriteError};
use crate::journal::{JournalError, Kept, SqliteJournal};
use crate::seal::{KeyError, Keys, SealError};
use crate::text;
use crate::words::{Explain, Remedy, Text};

pub use engine::Engine;

/// Who did it when no person did.
pub const PROGRAM: &str = "bankferry";

/// What all threads of the route work with. Nothing in it changes.
pub struct Shared {
    /// The installation.
    pub config: Config,
    /// The archive.
    pub archive: Archive,
    /// The keys.
    pub keys: Keys,
    /// The hour.
    pub clock: Clock,
}

impl Shared {
    /// Makes scratch files in our own folder, for formats that have to say the end first.
    pub fn scratch(&self) -> ScratchMaker {
        let work = self.config.work();
        ScratchMaker::new(move || disk::private_file(&work).map_err(std::io::Error::other))
    }

    /// A connection for looking things up in the journal.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn records(&self) -> Result<SqliteJournal, JournalError> {
        SqliteJournal::open_to_read(&self.config.journal())
    }

    /// Keeps content in the archive, in the folder of its case.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn keep(&self, case: &str, what: &str, name: &str, source: &mut dyn Read) -> Result<Kept, Trouble> {
        let kept = self.archive.keep(self.day_of(case), case, what, name, source)?;
        Ok(Kept { sha256: kept.sha256.to_string(), size: kept.size, path: kept.path.to_string_lossy().into_owned() })
    }

    /// Where content of the archive lies, after its bytes were read and found right.
    ///
    /// # Errors
    /// [`Trouble`]; never used when the content is not what it was.
    pub fn verified_path(&self, sha256: &str) -> Result<PathBuf, Trouble> {
        let hash: Sha256Hash = sha256.parse().map_err(|_| absent(sha256))?;
        let mut reader = self.archive.read(hash)?;
        std::io::copy(&mut reader, &mut std::io::sink()).map_err(|e| reader.explain(e))?;
        let kept = self.archive.find(hash)?.ok_or_else(|| absent(sha256))?;
        Ok(self.archive.root().join(kept.path))
    }

    /// Content of the archive as a file, after its bytes were read and found right.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn verified_file(&self, sha256: &str) -> Result<File, Trouble> {
        Ok(File::open(self.verified_path(sha256)?)?)
    }

    /// The day at the installation's place.
    pub fn today(&self) -> Date {
        self.day(self.clock.now())
    }

    /// The day of a moment at the installation's place.
    pub fn day(&self, at: Timestamp) -> Date {
        // Proof: `Config::load` refuses a zone that does not exist; UTC stands in for one that vanished since.
        let zone = jiff::tz::TimeZone::get(&self.config.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        zone.to_datetime(at).date()
    }

    /// The carriers of a party: to take from it, and, for a folder party, to give to it.
    pub fn carriers(&self, party: &Party) -> (Box<dyn Carrier>, Option<Box<dyn Carrier>>) {
        match &party.carrier {
            CarrierSettings::Folder => {
                let most_bytes = party.template.inward.max_bytes;
                let root = self.config.inbox(&party.name);
                let inbox = Folder::with(FolderSettings { root, most_bytes, mode: 0o640 });
                let outbox = Folder::open(self.config.outbox(&party.name));
                (Box::new(inbox), Some(Box::new(outbox)))
            }
            CarrierSettings::Sftp(settings) => (Box::new(Sftp::connect((**settings).clone().on(self.today()))), None),
        }
    }

    /// The day in an id, such as `I20261123-0001`, so that a case stays in one folder over midnight.
    pub(crate) fn day_of(&self, case: &str) -> Date {
        case.get(1..9).and_then(crate::document::parse_date).unwrap_or_else(|| self.today())
    }
}

fn absent(sha256: &str) -> Trouble {
    let what = text!("the archive has no content `{sha256}`", "归档中没有内容 `{sha256}`");
    Trouble::new(what, Remedy::Person).hint(text!("run `bankferry verify`", "请运行 `bankferry verify`"))
}

/// Why a step did not work.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What happened.
    pub what: Text,
    /// Next steps.
    pub hints: Vec<Text>,
    /// Whether time or a person may heal it.
    pub remedy: Remedy,
    /// The carrier's kind of error, where it was the carrier.
    pub kind: Option<ErrorKind>,
    /// Whether the request may have been carried out at the party.
    pub happened: bool,
    /// The findings, where the data is at fault: then the file is refused, not tried again.
    pub refusal: Vec<Finding>,
}

impl Trouble {
    /// A trouble with its words.
    pub fn new(what: Text, remedy: Remedy) -> Trouble {
        Trouble { what, hints: Vec::new(), remedy, kind: None, happened: false, refusal: Vec::new() }
    }

    /// The same with one more next step.
    pub fn hint(mut self, hint: Text) -> Trouble {
        self.hints.push(hint);
        self
    }

    /// Data that is at fault.
    pub fn refused(findings: Vec<Finding>) -> Trouble {
        let what = findings.iter().find(|f| f.is_error()).map(|f| f.message.clone()).unwrap_or_default();
        Trouble { refusal: findings, ..Trouble::new(what, Remedy::Person) }
    }

    /// The trouble with somebody's file as findings, so that the refusal can be told.
    fn findings(&self) -> Vec<Finding> {
        if !self.refusal.is_empty() {
            return self.refusal.clone();
        }
        let finding = Finding::error("seal", Place::default(), self.what.clone());
        vec![match self.hints.first() {
            Some(hint) => finding.hint(hint.clone()),
            None => finding,
        }]
    }

    fn of(error: &dyn Explain) -> Trouble {
        Trouble { hints: error.hints(), ..Trouble::new(error.what(), error.remedy()) }
    }
}

macro_rules! explained {
    ($($error:ty),*) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Trouble {
                Trouble::of(&error)
            }
        }
    )*};
}

explained!(ArchiveError, CalendarError, DiskError, JournalError, KeyError, SealError);

impl From<CarrierError> for Trouble {
    fn from(error: CarrierError) -> Trouble {
        Trouble { kind: Some(error.kind()), happened: error.may_have_happened(), ..Trouble::of(&error) }
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Trouble {
        match error {
            OpenError::Refused(finding) => Trouble::refused(vec![*finding]),
            other => Trouble::of(&other),
        }
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Trouble {
        match error {
            ReadError::Refused(finding) => Trouble::refused(vec![*finding]),
            ReadError::Io(cause) => cause.into(),
        }
    }
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Trouble {
        match error {
            WriteError::Refused(finding) => Trouble::refused(vec![*finding]),
            WriteError::Io(cause) => cause.into(),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(cause: std::io::Error) -> Trouble {
        Trouble::new(text!("the disk failed", "磁盘读写失败").because(&cause), Remedy::Wait)
    }
}
