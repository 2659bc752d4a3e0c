//! Formats: bytes to documents and documents to bytes. No file, no clock, no network.
//!
//! A reader hands out the parts of documents while it reads; a writer takes parts and writes while
//! it takes them. Both work in constant memory, whatever the file's size. Formats never see each
//! other; what several share lives in the scanners.

mod camt;
mod camt055;
mod camt060;
pub mod bai2;
pub mod csv;
mod decode;
mod detect;
mod fold;
mod held;
mod letters;
pub mod jsonl;
pub mod layout;
mod lines;
pub mod mt101;
pub mod mt940;
pub mod nacha;
mod notes;
mod order;
mod pain001;
mod pain002;
mod pain008;
pub mod receipts;
pub mod registry;
mod regroup;
pub mod scheme;
mod spool;
mod spreadsheet;
mod swift;
pub mod xml;

use std::io;

pub use decode::is_encoding;
pub use detect::is_known;
pub use notes::{FIRM_RULES, READERS_RULES};
pub use registry::{FORMATS, Format, OpenError, create, open};
pub use regroup::{Regroup, Scratch};

use crate::document::{Date, Declared, Moment, Part};
use crate::finding::{Finding, Level, Place};
use crate::text;
use crate::words::Text;

/// Reads documents part by part.
///
/// A document is complete or refused: a reader gives a document's end part only after the whole of
/// it was there and in order. Findings of the document ride in its end part; an error-level finding
/// there means that the document was understood to its end and breaks a rule of its format.
pub trait Reader {
    /// The format and version, such as `pain.001.001.09`; known after the first part.
    fn format(&self) -> &str;

    /// The next part; `None` when the file has ended properly.
    ///
    /// # Errors
    /// [`ReadError`]; after an error the reader is not used again.
    fn next_part(&mut self) -> Result<Option<Part>, ReadError>;

    /// Findings that belong to no single document; complete once `next_part` gave `None`.
    fn take_findings(&mut self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Writes documents part by part, in the order that [`crate::document`] shows.
pub trait Writer {
    /// Writes one part.
    ///
    /// # Errors
    /// [`WriteError`]; after an error what was written is worthless.
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError>;

    /// Hands over the findings that belong to no single document, before [`finish`](Writer::finish);
    /// formats that have no place for them let them go.
    fn note(&mut self, _findings: &[Finding]) {}

    /// Writes what closes the file and flushes.
    ///
    /// # Errors
    /// [`WriteError`], also when a document was left open.
    fn finish(&mut self) -> Result<(), WriteError>;

    /// Findings about what the target could not carry as it was (folded characters).
    fn take_findings(&mut self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be understood or breaks its format.
    #[error("{}", .0.message)]
    Refused(Box<Finding>),
    /// The bytes could not be had.
    #[error("reading failed: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for ReadError {
    /// Bytes that are not in the encoding that was agreed are the file's fault, not the disk's.
    fn from(error: io::Error) -> ReadError {
        match decode::Malformed::of(&error) {
            Some(malformed) => malformed.finding().into(),
            None => ReadError::Io(error),
        }
    }
}

impl ReadError {
    /// A refusal with its rule, place and sentence.
    pub fn refused(rule: &'static str, place: Place, message: Text) -> ReadError {
        ReadError::Refused(Box::new(Finding::error(rule, place, message)))
    }
}

impl From<Finding> for ReadError {
    fn from(finding: Finding) -> ReadError {
        ReadError::Refused(Box::new(finding))
    }
}

/// Why a document cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The target format or dialect cannot carry this document.
    #[error("{}", .0.message)]
    Refused(Box<Finding>),
    /// The bytes could not be put.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
}

impl From<Box<Finding>> for ReadError {
    fn from(finding: Box<Finding>) -> ReadError {
        ReadError::Refused(finding)
    }
}

impl From<Box<Finding>> for WriteError {
    fn from(finding: Box<Finding>) -> WriteError {
        WriteError::Refused(finding)
    }
}

impl From<Finding> for WriteError {
    fn from(finding: Finding) -> WriteError {
        WriteError::Refused(Box::new(finding))
    }
}

/// What stops a hostile file early.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest line or record, in bytes.
    pub line_bytes: usize,
    /// Longest text of one element or field, in bytes.
    pub text_bytes: usize,
    /// Deepest nesting of elements.
    pub depth: usize,
    /// Most parts held in memory at once: details of one entry, balances of one statement.
    pub held: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { line_bytes: 1 << 20, text_bytes: 64 << 10, depth: 64, held: 100_000 }
    }
}

/// How a file is read beyond what its own bytes say.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Encoding by its WHATWG label where the file does not tell, such as `gb18030`.
    pub encoding: Option<String>,
    /// Limits against hostile files.
    pub limits: Limits,
    /// Rules whose level differs from the default, by rule name.
    pub levels: std::collections::BTreeMap<String, Level>,
    /// Control totals that came beside the file, for formats that have no place for them; see
    /// [`csv::parse_control`].
    pub declared: Declared,
    /// A day near the file's own, for dates that are written without their year.
    pub near: Option<Date>,
    /// Makes an empty scratch file, for formats that have to be read in another order than they come.
    pub scratch: Option<ScratchMaker>,
    /// Name of the file, where the content does not say whose it is.
    pub file_name: Option<String>,
    /// Reads the index of a receipt bundle.
    pub index: Option<receipts::IndexOpener>,
    /// Takes the files of a receipt bundle.
    pub keeper: Option<receipts::Keeper>,
}

/// How a document is written beyond what its parts say: a bank's dialect of a standard format.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Message id, where the document has none of its own.
    pub message_id: Option<String>,
    /// Creation time, where the document has none of its own.
    pub created: Option<Moment>,
    /// Who asks, where the document does not say.
    pub initiating_party: Option<String>,
    /// The dialect.
    pub dialect: Dialect,
    /// Makes an empty scratch file, for formats that have to say the end first; without it they hold
    /// what they can in memory and refuse the rest.
    pub scratch: Option<ScratchMaker>,
}

/// Makes an empty scratch file that nobody else sees.
#[derive(Clone)]
pub struct ScratchMaker(std::sync::Arc<dyn Fn() -> io::Result<Box<dyn Scratch + Send>> + Send + Sync>);

impl ScratchMaker {
    /// Scratch files made by `make`.
    pub fn new<S: Scratch + Send + 'static>(make: impl Fn() -> io::Result<S> + Send + Sync + 'static) -> ScratchMaker {
        ScratchMaker(std::sync::Arc::new(move || Ok(Box::new(make()?))))
    }

    /// A new one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn make(&self) -> io::Result<Box<dyn Scratch + Send>> {
        (self.0)()
    }
}

impl std::fmt::Debug for ScratchMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScratchMaker")
    }
}

/// What a bank wants of a standard format beyond its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Which characters may be written.
    pub charset: Charset,
    /// Whether characters outside the charset are folded to near ones (ä→ae) and reported, or refused.
    pub fold: bool,
    /// Shape of postal addresses.
    pub address: AddressShape,
    /// Value of `BtchBookg` where the document has none; `None` leaves it out.
    pub batch_booking: Option<bool>,
    /// Service level where the document has none.
    pub service_level: Option<String>,
    /// Local instrument where the document has none, such as `CORE`.
    pub local_instrument: Option<String>,
    /// Sequence type of direct debits where the document has none, such as `RCUR`.
    pub sequence_type: Option<String>,
    /// Charge bearer where the document has none.
    pub charge_bearer: Option<String>,
    /// Whether a file holds one group (`PmtInf`) only; more are refused.
    pub one_group: bool,
    /// What is particular to NACHA files.
    pub nacha: nacha::NachaDialect,
    /// What the scheme allows of what ISO 20022 has room for.
    pub scheme: scheme::Scheme,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            charset: Charset::Unicode,
            fold: false,
            address: AddressShape::Structured,
            batch_booking: None,
            service_level: None,
            local_instrument: None,
            sequence_type: None,
            charge_bearer: None,
            one_group: false,
            nacha: nacha::NachaDialect::default(),
            scheme: scheme::Scheme::default(),
        }
    }
}

/// Which characters a bank takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// All that XML allows.
    Unicode,
    /// Latin letters without accents, digits, space and `/ - ? : ( ) . , ' +` (EPC, SWIFT x).
    Latin,
    /// Latin-1 letters with accents.
    Latin1,
}

/// Shape of postal addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressShape {
    /// Elements for street, town, country.
    Structured,
    /// Town and country as elements, the rest as lines.
    Hybrid,
    /// At most two lines and the country.
    Lines,
    /// No address.
    None,
}

/// The refusal of a file that ends before its document does.
pub fn truncated(place: Place) -> ReadError {
    ReadError::refused("truncated", place, text!("the file ends in the middle of a document", "文件在单据中间结束"))
}

/// The refusal to close a file in the middle of a document.
pub(crate) fn left_open() -> Finding {
    let message = text!("a document was begun and not ended", "单据已开始但未结束");
    Finding::error("unfinished", Place::default(), message)
}

impl<R: Reader + ?Sized> Reader for Box<R> {
    fn format(&self) -> &str {
        (**self).format()
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        (**self).next_part()
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        (**self).take_findings()
    }
}
