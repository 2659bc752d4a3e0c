//! Templates: a bank or an ERP as data, one file in `templates/`.
//!
//! A template holds what a party's own paper says: which message in which dialect, how files are
//! named and folded, where they lie, how they are protected, what its answers mean. An
//! installation's `bankferry.toml` names a template and overrides single keys of it; both are the
//! same tables, laid over each other before they are understood.

mod calendars;
mod changes;
mod dates;
mod due;
pub mod folders;
mod layers;
mod layouts;
mod load;
mod mistake;
mod pattern;
pub mod prove;
mod renewal;
mod scheme;
mod sound;
mod status;
mod understood;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::{Hour, Hours};
use crate::carrier::PublishMode;
use crate::carrier::readiness::Complete;
use crate::carrier::sftp::Algorithms;
use crate::check::Rules;
use crate::document::{Method, NamedBy};
use crate::finding::Level;
use crate::format::layout::item::{Binding, Item};
use crate::format::layout::{Carries, LayoutReader, Layouts, Opened, Plan};
use crate::format::nacha::NachaDialect;
use crate::format::receipts::{self, IndexOpener};
use crate::format::scheme::Scheme;
use crate::format::{self, AddressShape, Charset, Dialect, OpenError, ReadOptions, Reader, WriteOptions, Writer};
use crate::seal::Policy;

use crate::words::Text;

pub use calendars::calendar;
pub use dates::{DateVerdict, ExecutionDates};
pub use due::{AnswersDue, Doubtful, FreedBy, StatementsDue};
pub use load::{
    TemplateError, built_in, example, find, laid_over, names, read_template, settled, template_source, whole_table,
    writer,
};
pub use mistake::Mistake;
pub use pattern::{NameParts, Pattern, PatternError, Scope};
pub use renewal::{Renewal, RenewalParts, RenewalText};
pub use sound::mistakes;
pub use status::StatusMap;

/// Whether a party asks for payments or makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartyKind {
    /// Drops payments, takes answers and statements.
    Erp,
    /// Takes payments, gives answers and statements.
    Bank,
}

/// A template: everything that is the same for all who exchange files with this bank or ERP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name of the template, the file's name without `.toml`.
    pub name: String,
    /// Bank or ERP.
    pub kind: PartyKind,
    /// One sentence on what it is for, by language.
    #[serde(default)]
    pub summary: BTreeMap<String, String>,
    /// Where the knowledge comes from.
    pub provenance: Provenance,
    /// Files that we give to the party.
    #[serde(default)]
    pub out: Out,
    /// Files that the party gives to us.
    #[serde(default, rename = "in")]
    pub inward: In,
    /// What an ERP is told, and in which formats.
    #[serde(default)]
    pub outputs: Outputs,
    /// How payments are written for a bank.
    #[serde(default)]
    pub payments: PaymentsOut,
    /// When the party takes files: banking days, cut-offs, maintenance.
    #[serde(default)]
    pub calendar: Hours,
    /// What is done about execution dates on which it cannot pay.
    #[serde(default)]
    pub dates: ExecutionDates,
    /// By when it answers.
    #[serde(default)]
    pub answers: AnswersDue,
    /// Which statements it gives by when.
    #[serde(default)]
    pub statements: StatementsDue,
    /// What is checked before anything is made for a bank.
    #[serde(default)]
    pub checks: Rules,
    /// How files are protected.
    #[serde(default = "Policy::none")]
    pub seal: Policy,
    /// How it takes in our next keys, where it does so by file.
    #[serde(default)]
    pub renewal: Renewal,
    /// Which SSH algorithms may be used with its server; what an installation says of its own goes before.
    #[serde(default)]
    pub ssh: Algorithms,
    /// What differs in test: `[test.out]`, `[test.in]` … are laid over the template in a test installation.
    #[serde(default)]
    pub test: toml::Table,
    /// What differs in production.
    #[serde(default)]
    pub production: toml::Table,
    /// What the party's status codes mean, where they differ from ISO 20022.
    #[serde(default)]
    pub status: StatusMap,
    /// Files of the party's own: `[layout.payments]`, `[layout.status]`, `[layout.refusal]`, `[layout.statement]`,
    /// `[layout.receipts]`; see [`crate::format::layout`].
    #[serde(default, deserialize_with = "layouts::deserialize")]
    pub layout: Layouts,
}

impl PartialEq for Template {
    fn eq(&self, other: &Template) -> bool {
        let plans = |template: &Template| template.layout.plans.iter().map(|p| p.layout.clone()).collect::<Vec<_>>();
        self.name == other.name
            && self.kind == other.kind
            && self.summary == other.summary
            && self.provenance == other.provenance
            && self.out == other.out
            && self.inward == other.inward
            && self.outputs == other.outputs
            && self.payments == other.payments
            && self.calendar == other.calendar
            && self.dates == other.dates
            && self.answers == other.answers
            && self.statements == other.statements
            && self.checks == other.checks
            && self.seal == other.seal
            && self.renewal == other.renewal
            && self.ssh == other.ssh
            && self.test == other.test
            && self.production == other.production
            && self.status == other.status
            && plans(self) == plans(other)
    }
}

impl Template {
    /// Opens a file of the party: by the format that the template names, else in one of its own layouts, else by
    /// its content.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        &self,
        format: &str,
        mut input: Box<dyn BufRead + Send>,
        options: &ReadOptions,
    ) -> Result<Box<dyn Reader + Send>, OpenError> {
        let own = format == "auto" || format == self.name || format == format!("{}.receipts", self.name);
        if own && receipts::looks_like_receipts(input.fill_buf()?) {
            return format::open("receipts", input, &ReadOptions { index: self.index(), ..options.clone() });
        }
        if let Some(plan) = self.layout_named(format) {
            return Ok(Box::new(LayoutReader::open(plan, input, options)?));
        }
        if self.layout.is_empty() || !(format == "auto" || format == self.name) {
            return format::open(format, input, options);
        }
        match self.layout.open(input, options, format == self.name)? {
            Opened::Reader(reader) => Ok(reader),
            Opened::Not(input) => format::open("auto", input, options),
        }
    }

    /// Reads the index of a receipt bundle, where the template describes one.
    fn index(&self) -> Option<IndexOpener> {
        let plan = Arc::clone(self.layout.get(Carries::Receipts)?);
        Some(IndexOpener::new(move |input, options| {
            Ok(Box::new(LayoutReader::open(Arc::clone(&plan), input, options)?))
        }))
    }

    /// A writer in `format`: a standard format, or the template's own name for its layouts.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn create(
        &self,
        format: &str,
        output: Box<dyn Write + Send>,
        options: &WriteOptions,
    ) -> Result<Box<dyn Writer + Send>, OpenError> {
        if let Some(plan) = self.layout_named(format) {
            return Ok(Box::new(Layouts::writer_of(plan, output, options)));
        }
        if self.is_own(format) {
            return Ok(Box::new(self.layout.writer(output, options)));
        }
        format::create(format, output, options)
    }

    /// Whether the payments that it takes are direct debits: money that comes to us.
    pub fn collects(&self) -> bool {
        match self.layout.get(Carries::Payments) {
            Some(plan) => plan.layout.method == Method::DirectDebit,
            None => self.payments.format.starts_with("pain.008"),
        }
    }

    /// Whether it says anything of payment files: a template may describe a bank's statements alone.
    pub fn speaks_of_payments(&self) -> bool {
        let own = self.layout.is_empty() || self.layout.get(Carries::Payments).is_some();
        own || self.payments != PaymentsOut::default()
    }

    /// Whether payment files have room for end-to-end ids.
    pub fn carries_ids(&self) -> bool {
        self.layout.get(Carries::Payments).is_none() || self.carries(Carries::Payments, Item::EndToEndId)
    }

    /// Whether payment files number their rows, and answers may give the numbers back.
    pub fn numbers_rows(&self) -> bool {
        self.carries(Carries::Payments, Item::Seq) && self.carries(Carries::Status, Item::OriginalSeq)
    }

    /// Whether a payment file says on which day it is to be paid; where it does not, the bank pays at once.
    pub fn carries_execution_dates(&self) -> bool {
        self.layout.get(Carries::Payments).is_none() || self.carries(Carries::Payments, Item::ExecutionDate)
    }

    /// Whether a layout of this kind has a field for this item.
    fn carries(&self, carries: Carries, item: Item) -> bool {
        let item = Some(Binding::Known(item));
        let records = self.layout.get(carries).into_iter().flat_map(|plan| &plan.layout.record.0);
        records.flat_map(|(_, record)| &record.fields).any(|field| field.item == item)
    }

    /// The longest message id that payment files have room for, where they say so.
    pub fn longest_message_id(&self) -> Option<usize> {
        let plan = self.layout.get(Carries::Payments)?;
        let id = Some(Binding::Known(Item::MessageId));
        let fields = plan.layout.record.0.iter().flat_map(|(_, record)| &record.fields);
        fields.filter(|field| field.item == id).filter_map(|field| field.max.or(field.len)).min()
    }

    /// Whether `format` means the template's own layouts.
    pub fn is_own(&self, format: &str) -> bool {
        !self.layout.is_empty() && (format == self.name || self.layout_named(format).is_some())
    }

    /// The layout in which an ERP is told something in `format`: this template's, where that is its name.
    pub fn tells(&self, format: &str, carries: Carries) -> Option<&Arc<Plan>> {
        self.layout.get(carries).filter(|plan| format == self.name && !plan.layout.read_only)
    }

    /// The layout that a name such as `my-bank.status` means.
    fn layout_named(&self, format: &str) -> Option<Arc<Plan>> {
        let kind = format.strip_prefix(self.name.as_str())?.strip_prefix('.')?;
        self.layout.plans.iter().find(|plan| plan.carries.word().eq_ignore_ascii_case(kind)).cloned()
    }

    /// Lets the layouts know the template's name, which is their format's, and be what payments are written in.
    pub(crate) fn settle(&mut self) {
        let currency = self.layout.plans.iter().find_map(|plan| plan.currency());
        for plan in &mut self.layout.plans {
            let plan = Arc::make_mut(plan);
            plan.name.clone_from(&self.name);
            // An index of receipts seldom has a column for what all files of the bank have in common.
            if plan.carries == Carries::Receipts {
                plan.or_currency(currency);
            }
        }
        let own = self.layout.get(Carries::Payments).is_some();
        if own && self.payments.format == PaymentsOut::default().format {
            self.payments.format.clone_from(&self.name);
        }
    }
}

/// Where a template's knowledge comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Document or page.
    #[serde(deserialize_with = "crate::words::one_or_both")]
    pub source: Text,
    /// Day on which it was read, `YYYY-MM-DD`.
    pub date: String,
    /// Whether files made with it were taken by the party.
    pub verified: bool,
}

/// Files that we give to a party.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Out {
    /// Folder at the party; empty for its root. `{date}` in it stands for the day on its clock (`YYYYMMDD`), on which
    /// the file is made.
    pub folder: String,
    /// Name of a file: text with `{id}`, `{message_id}`, `{date}`, `{time}`, `{purpose}`, `{batch}`, `{account}`,
    /// `{environment}`, `{environment_letter}`, `{extension}`, `{sender}`, `{sequence:6}`; day and time are those of
    /// the party's clock, in another form where it is said: `{date:ddMM}`. The number behind `sequence` is that of its
    /// digits; only names of files for a bank have one.
    pub name: Pattern,
    /// Our number at the party, for `{sender}` in names. An installation writes it in `out` of its party.
    pub sender: String,
    /// Over which files `{sequence:N}` runs. A number is given once, in the transaction that states the file's name; a
    /// file that is sent again keeps its own. Where no number is left, the batch is held for a person.
    pub sequence: Scope,
    /// The first number of `{sequence:N}`; none below it is given. Where other software numbered files before, or a
    /// second copy of this installation may have, write one above the last that the bank has seen.
    pub sequence_from: u64,
    /// How a file is published.
    pub publish: PublishMode,
    /// What the temporary name has behind the final one.
    pub temporary_suffix: String,
    /// Whether `temporary_suffix` stands in the place of the final name's ending, and not behind it: `a.tmp` for
    /// `a.ok`.
    pub temporary_replaces: bool,
    /// What the temporary name has before the final one.
    pub temporary_prefix: String,
    /// What the trigger file has behind the data file's name, where `publish` is `marker`.
    pub marker_suffix: String,
    /// The most bytes in one file as it is written, before it is sealed.
    pub max_bytes: Option<u64>,
    /// Whether a batch that is over the limits of one file (`checks.max_count`, `checks.max_sum`,
    /// `payments.one_group`, `max_bytes`) goes into several files; otherwise it is refused.
    pub split: bool,
    /// Hours on the bank's clock and banking days: what was released since the one before goes into one file, as far as
    /// the limits of one file let it. None: each batch goes at once, in a file of its own. Only with a bank whose
    /// answers repeat ids.
    pub merge: Vec<Hour>,
    /// The bank takes one file of payments at a time: the next one waits until the bank has said so much about the one
    /// before it. None: files do not wait for each other.
    pub one_in_flight: Option<FreedBy>,
}

impl Default for Out {
    fn default() -> Out {
        Out {
            folder: String::new(),
            name: Pattern::default(),
            sender: String::new(),
            sequence: Scope::default(),
            sequence_from: 1,
            publish: PublishMode::NoOverwrite,
            temporary_suffix: ".tmp".into(),
            temporary_replaces: false,
            temporary_prefix: String::new(),
            marker_suffix: ".ok".into(),
            max_bytes: None,
            split: false,
            merge: Vec::new(),
            one_in_flight: None,
        }
    }
}

/// Files that a party gives to us.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct In {
    /// Folders at the party; one empty name is its root. `{date}` in a name stands for the day on its clock
    /// (`YYYYMMDD`); of such folders those of the days before are looked at, too, and one that is absent is empty.
    pub folders: Vec<String>,
    /// How many days before today folders with `{date}` are looked at.
    pub days_before: u32,
    /// Names of the files that are for us, such as `RESP_*`; `*` stands for anything. Others stay where they are.
    pub names: Vec<String>,
    /// When a file is complete.
    pub complete: Complete,
    /// What happens to the original once it is in the archive and the journal.
    pub clear: Clear,
    /// Largest file that is taken, in bytes.
    pub max_bytes: u64,
    /// How often the folders are looked at, in seconds.
    pub every_seconds: u64,
    /// Encoding of text files that do not say it themselves.
    pub encoding: Option<String>,
    /// Format of its files, or `auto`.
    pub format: String,
    /// By what a line of a bank's answer names a payment where it repeats no id: `id` (not at all: such a line is
    /// matched with nothing), `row` (the `seq` that we wrote, given back as `original_seq`, and nothing that
    /// contradicts), `payee` (account, amount and name; equal payments are counted). Other than with ids, an answer
    /// must name the file that it is about: by message id, or by that or the file's id in its own name.
    pub answers_by: NamedBy,
    /// How grave what a reader notices is at this party, by rule, where it is not as usual. What is said of amounts,
    /// accounts, directions and totals stands firm.
    pub levels: BTreeMap<String, Level>,
}

impl Default for In {
    fn default() -> In {
        In {
            folders: vec![String::new()],
            days_before: 1,
            names: Vec::new(),
            complete: Complete::Stable { seconds: 2 },
            clear: Clear::Remove,
            max_bytes: 2 << 30,
            every_seconds: 30,
            encoding: None,
            format: "auto".into(),
            answers_by: NamedBy::Id,
            levels: BTreeMap::new(),
        }
    }
}

impl In {
    /// Whether a file of this name is for us.
    pub fn takes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|pattern| pattern::is_like(name, pattern))
    }
}

/// What happens to an original once it is in the archive and the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clear {
    /// It stays; the party clears it.
    Leave,
    /// It is removed.
    Remove,
    /// It is moved into this folder at the party.
    MoveTo(String),
}

/// What an ERP is told, and in which formats: `csv`, `jsonl`, or a full message name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outputs {
    /// Answers of banks about its payments.
    pub status: Vec<String>,
    /// That a batch is accepted, when its bank takes it, and when the bank is to have answered: `csv` or `jsonl`, in a
    /// file of its own (`acceptance-…`), which no layout can say; none unless it is asked for.
    pub acceptance: Vec<String>,
    /// Statements.
    pub statement: Vec<String>,
    /// Files of its own that were refused.
    pub refusal: Vec<String>,
    /// The reconciliation of each statement (对账), `csv` or `jsonl`; none unless it is asked for.
    pub reconciliation: Vec<String>,
    /// The index of electronic receipts; the receipts themselves come as they are.
    pub receipts: Vec<String>,
    /// Language of headers and sentences.
    pub language: crate::words::Lang,
}

impl Outputs {
    /// The formats of a reconciliation that somebody asks for: those of every day, else CSV and JSON lines.
    pub fn reconciliation_formats(&self) -> Vec<String> {
        match self.reconciliation.is_empty() {
            true => vec!["csv".to_string(), "jsonl".to_string()],
            false => self.reconciliation.clone(),
        }
    }
}

impl Default for Outputs {
    fn default() -> Outputs {
        let both = || vec!["csv".to_string(), "jsonl".to_string()];
        Outputs {
            status: both(),
            acceptance: Vec::new(),
            statement: both(),
            refusal: both(),
            reconciliation: Vec::new(),
            receipts: both(),
            language: crate::words::Lang::En,
        }
    }
}

/// How payments are written for a bank: a dialect of a standard format.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentsOut {
    /// Full message name.
    pub format: String,
    /// Which characters may be written.
    pub charset: Charset,
    /// Whether other characters are folded to near ones and reported, or refused.
    pub fold: bool,
    /// Shape of postal addresses.
    pub address: AddressShape,
    /// Batch booking where the document has none.
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
    /// Who asks for the payments, as the bank knows it.
    pub initiating_party: Option<String>,
    /// What is particular to NACHA files.
    pub nacha: NachaDialect,
    /// What the scheme allows of what ISO 20022 has room for.
    pub scheme: Scheme,
}

impl Default for PaymentsOut {
    fn default() -> PaymentsOut {
        PaymentsOut {
            format: "pain.001.001.09".into(),
            charset: Charset::Unicode,
            fold: false,
            address: AddressShape::Structured,
            batch_booking: None,
            service_level: None,
            local_instrument: None,
            sequence_type: None,
            charge_bearer: None,
            one_group: false,
            initiating_party: None,
            nacha: NachaDialect::default(),
            scheme: Scheme::default(),
        }
    }
}

impl PaymentsOut {
    /// The dialect for the writer.
    pub fn dialect(&self) -> Dialect {
        Dialect {
            charset: self.charset,
            fold: self.fold,
            address: self.address,
            batch_booking: self.batch_booking,
            service_level: self.service_level.clone(),
            local_instrument: self.local_instrument.clone(),
            sequence_type: self.sequence_type.clone(),
            one_group: self.one_group,
            charge_bearer: self.charge_bearer.clone(),
            nacha: self.nacha.clone(),
            scheme: self.scheme.clone(),
        }
    }
}
