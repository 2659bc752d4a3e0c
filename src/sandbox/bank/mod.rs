//! The practice bank's brain: takes payment files from a folder, answers them into another.
//!
//! It has no network: a server (or a test) lets the customer put files into its inbox and fetch
//! them from its outbox. It shares nothing with the journal, the archive or the route: like a bank,
//! it knows only what it was sent.

mod books;
mod error;
mod event;
mod fault;
mod order;
mod rules;
mod settings;
mod statement;
mod status;
mod tongue;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::disk::{self, DiskError, Doing, HashingWriter, Sha256Hash};
use crate::document::Moment;
use crate::seal::{self, Algorithm, KeyError, KeyInfo, Keys, Owner, Policy, Role, SealError};
use crate::template::folders;
use crate::text;
use crate::words::{Explain, Text};
use books::{Books, Memory};
use fault::{Mishap, Of};
use order::{Order, Paper};
use statement::Sheet;
use status::Answer;
use tongue::Tongue;

pub use books::Received;
pub use error::BankError;
pub use event::BankEvent;
pub use fault::{Fault, FaultKind, NotAFault, Of as FaultOf};
pub use rules::Rules;
pub use settings::{Opening, Settings};

/// The practice bank.
#[derive(Debug)]
pub struct Bank {
    settings: Settings,
    zone: TimeZone,
    tongue: Tongue,
    keys: Keys,
    books: Books,
    /// The day, as of the latest tick.
    today: Date,
    /// Size and time of what lay in the inbox at the latest look.
    seen: HashMap<String, (u64, SystemTime)>,
}

impl Bank {
    /// The bank of these settings, as it was when it last ran. Makes its folders.
    ///
    /// # Errors
    /// [`BankError`].
    pub fn new(settings: Settings) -> Result<Bank, BankError> {
        let zone = TimeZone::get(&settings.zone).map_err(|_| BankError::Zone(settings.zone.clone()))?;
        let tongue = Tongue::of(&settings)?;
        for folder in [&settings.inbox, &settings.outbox].map(|folder| settings.files.join(folder)) {
            // Those of a day are made on the day.
            if !folders::is_dated(&folder.to_string_lossy()) {
                disk::ensure_folder(&folder, 0o700)?;
            }
        }
        disk::ensure_folder(&settings.keys, 0o700)?;
        let keys = Keys::open(&settings.keys)?;
        let books = Books::open(&settings)?;
        Ok(Bank { settings, zone, tongue, keys, books, today: Date::default(), seen: HashMap::new() })
    }

    /// The bank's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the bank received, in order.
    pub fn received(&self) -> &[Received] {
        &self.books.received
    }

    /// The bank's certificate for its customer, armored; its key pair is made when there is none.
    ///
    /// # Errors
    /// [`BankError::Key`].
    pub fn certificate(&mut self, now: Timestamp) -> Result<String, BankError> {
        let at = system(now);
        match self.keys.export(Role::Both, at) {
            Err(KeyError::Missing { .. }) => {
                self.keys.generate(Role::Both, &self.settings.name, Algorithm::default(), 730, at)?;
                Ok(self.keys.export(Role::Both, at)?)
            }
            certificate => Ok(certificate?),
        }
    }

    /// Takes in a certificate of the customer.
    ///
    /// # Errors
    /// [`BankError::Key`].
    pub fn import_customer(&mut self, certificate: &[u8], now: Timestamp) -> Result<Vec<KeyInfo>, BankError> {
        Ok(self.keys.import_party(&self.settings.customer, certificate, system(now))?)
    }

    /// Does all that is due: takes files and answers them, makes statements, publishes what has its time.
    pub fn tick(&mut self, now: Timestamp) -> Vec<BankEvent> {
        let mut events = Vec::new();
        let mut done = self.begin_day(now).and_then(|()| self.take_files(now, &mut events));
        if done.is_ok() && self.statements_are_due(now) {
            done = self.make_statements(self.day(now), now, &mut events);
        }
        if let Err(trouble) = done.and_then(|()| self.publish_due(now, &mut events)) {
            events.push(BankEvent::Trouble { why: trouble.what() });
        }
        events
    }

    /// Makes the folders of the day, where each has its own.
    fn begin_day(&mut self, now: Timestamp) -> Result<(), BankError> {
        self.today = self.day(now);
        let dated = [&self.settings.inbox, &self.settings.outbox].map(|f| folders::is_dated(&f.to_string_lossy()));
        if dated.contains(&true) {
            for folder in [self.settings.inbox_folder(self.today), self.settings.outbox_folder(self.today)] {
                disk::ensure_folder(&folder, 0o700)?;
            }
        }
        Ok(())
    }

    /// Makes the statements of `day` now, of every account that moved since its latest one.
    pub fn end_of_day(&mut self, day: Date, now: Timestamp) -> Vec<BankEvent> {
        let mut events = Vec::new();
        let done = self.make_statements(day, now, &mut events);
        if let Err(trouble) = done.and_then(|()| self.publish_due(now, &mut events)) {
            events.push(BankEvent::Trouble { why: trouble.what() });
        }
        events
    }

    fn day(&self, now: Timestamp) -> Date {
        self.zone.to_datetime(now).date()
    }
}

/// Taking files and answering them.
impl Bank {
    fn take_files(&mut self, now: Timestamp, events: &mut Vec<BankEvent>) -> Result<(), BankError> {
        // What was taken and not dealt with when the bank was stopped comes first.
        for (number, file) in self.left_over()? {
            self.deal_with(number, &file, now, events)?;
        }
        for file in self.ready()? {
            let number = self.books.received.last().map_or(0, |r| r.number) + 1;
            disk::publish(&self.settings.inbox_folder(self.today).join(&file), &self.taken(number, &file))?;
            self.remove_marker(&file)?;
            events.push(BankEvent::Took { file: file.clone(), number });
            self.deal_with(number, &file, now, events)?;
        }
        Ok(())
    }

    fn taken(&self, number: u64, file: &str) -> std::path::PathBuf {
        self.books.taken().join(format!("{number:06}-{}", &file[..file.floor_char_boundary(200)]))
    }

    /// Files that were taken and that no line of `received.jsonl` speaks of.
    fn left_over(&self) -> Result<Vec<(u64, String)>, BankError> {
        let last = self.books.received.last().map_or(0, |r| r.number);
        let names = names_in(&self.books.taken())?;
        let parts = names.iter().filter_map(|n| n.split_once('-'));
        let numbered = parts.filter_map(|(n, file)| Some((n.parse::<u64>().ok()?, file.to_string())));
        Ok(numbered.filter(|(n, _)| *n > last).collect())
    }

    /// Complete files in the inbox, the oldest first.
    fn ready(&mut self) -> Result<Vec<String>, BankError> {
        let names = names_in(&self.settings.inbox_folder(self.today))?;
        let mut found = Vec::new();
        let mut seen = HashMap::new();
        let shared = self.settings.inbox_folder(self.today) == self.settings.outbox_folder(self.today);
        let whole = |name: &str| !is_temporary(name) && !self.tongue.is_temporary(name);
        let theirs = |name: &str| !(shared && self.tongue.gives(name));
        for name in names.iter().filter(|name| whole(name) && theirs(name)) {
            let Ok(data) = std::fs::symlink_metadata(self.settings.inbox_folder(self.today).join(name)) else {
                continue;
            };
            let Ok(changed) = data.modified() else { continue };
            let looks = (data.len(), changed);
            let stable = !self.settings.wait_until_stable || self.seen.get(name) == Some(&looks);
            seen.insert(name.clone(), looks);
            if data.is_file() && stable && self.is_marked(name, &names) {
                found.push((changed, name.clone()));
            }
        }
        self.seen = seen;
        found.sort();
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    /// Whether the customer said that the file is complete, where it has to.
    fn is_marked(&self, name: &str, names: &[String]) -> bool {
        match &self.settings.marker {
            Some(ending) => !name.ends_with(ending.as_str()) && names.contains(&format!("{name}{ending}")),
            None => true,
        }
    }

    fn remove_marker(&self, name: &str) -> Result<(), BankError> {
        match &self.settings.marker {
            Some(ending) => Ok(disk::remove(&self.settings.inbox_folder(self.today).join(format!("{name}{ending}")))?),
            None => Ok(()),
        }
    }

    fn deal_with(
        &mut self,
        number: u64,
        file: &str,
        now: Timestamp,
        events: &mut Vec<BankEvent>,
    ) -> Result<(), BankError> {
        let owner = format!("F{number:06}");
        self.drop_pending(&owner)?;
        let mut received = Received::new(number, file, now);
        let plain = match self.open_taken(&mut received)? {
            Ok(plain) => plain,
            Err(why) => {
                received.why = Some(why.en.clone());
                events.push(BankEvent::Refused { file: file.to_string(), why });
                return Ok(self.books.commit(received, self.books.balances.clone())?);
            }
        };
        let (settings, tongue, books) = (&self.settings, &self.tongue, &self.books);
        let paper = Paper { settings, tongue, books, plain: &plain, name: file, day: self.day(now) };
        let order = order::receive(&paper)?;
        let silent = match &order.refused {
            Some(reason) if tongue.has_rows() => Some(Text::same(said(reason))),
            _ => (!tongue.answers()).then(no_answer),
        };
        match silent {
            Some(why) => events.push(BankEvent::Silent { about: file.to_string(), why }),
            None => self.answer(&owner, number, &order, paper, now, events)?,
        }
        let level = self.settings.levels.last().map_or("ACCP", String::as_str);
        received.message_id.clone_from(&order.identity);
        received.count = order.count;
        received.sums.clone_from(&order.sums);
        received.accepted = order.accepted();
        received.status = Some(order.status(level));
        received.why = order.refused.as_ref().map(said);
        received.ledger = order.ledger;
        events.push(decided(&received));
        Ok(self.books.commit(received, order.balances)?)
    }

    /// The plaintext in a private file, or why the file is not as agreed. The outer error is the
    /// bank's own trouble.
    fn open_taken(&self, received: &mut Received) -> Result<Result<File, Text>, BankError> {
        let path = self.taken(received.number, &received.file);
        let (policy, customer, cap) = (&self.settings.seal, &self.settings.customer, self.settings.largest_file);
        let mut sealed = match open_received(&path, cap) {
            Err(error @ (DiskError::TooLarge { .. } | DiskError::NotPlain { .. })) => return Ok(Err(error.what())),
            sealed => sealed?,
        };
        let own = |e| DiskError::io(Doing::Read, &path, e);
        received.sealed_sha256 = Some(Sha256Hash::of_reader(&mut sealed).map_err(own)?.0);
        sealed.rewind().map_err(own)?;
        let plain = disk::private_file(self.books.dir())?;
        let mut output = HashingWriter::new(BufWriter::new(plain.try_clone().map_err(own)?));
        match seal::open(policy, &self.keys, customer, system(received.at), &mut sealed, &mut output, cap) {
            Ok(_) => {}
            // A certificate that is not there yet is waited for.
            Err(error @ (SealError::Key(_) | SealError::Input(_) | SealError::Output(_))) => return Err(error.into()),
            Err(error) => return Ok(Err(error.what())),
        }
        output.flush().map_err(own)?;
        received.sha256 = Some(output.finish().1);
        Ok(Ok(plain))
    }

    /// Makes the answers to one file, one for each level.
    fn answer(
        &self,
        owner: &str,
        number: u64,
        order: &Order,
        paper: Paper<'_>,
        now: Timestamp,
        events: &mut Vec<BankEvent>,
    ) -> Result<(), BankError> {
        let mishap = Mishap::of(&self.settings.faults, Of::Status, number);
        let original = match (&order.message_id, self.tongue.knows_files_by_name()) {
            _ if mishap.unknown_message => Some(format!("NEVERSENT-{number}")),
            (None, false) => Some("NOTPROVIDED".to_string()),
            (known, _) => known.clone(),
        };
        // What is refused as a whole is answered once.
        let levels = if order.accepted() == 0 { 1 } else { self.settings.levels.len() };
        for (i, level) in self.settings.levels.iter().enumerate().take(levels) {
            let n = i as u64 + 1;
            let answer = Answer {
                paper,
                order,
                id: format!("PSR-{number}-{n}"),
                original: original.clone(),
                level,
                created: moment(now),
            };
            let report = disk::private_file(self.books.dir())?;
            answer.write(clone(&report, self.books.dir())?)?;
            let name = self
                .settings
                .status_name
                .replace("{message_id}", &plain_name(original.as_deref().unwrap_or("unnamed")));
            let name = name.replace("{file}", &plain_name(self.tongue.own_part(paper.name)));
            let name = name.replace("{n}", &n.to_string());
            let due = later(now, self.settings.answer_after.saturating_mul(n));
            self.stage(&format!("{owner}-{n}"), report, &name, due, now, mishap, events)?;
        }
        Ok(())
    }
}

/// Statements.
impl Bank {
    fn statements_are_due(&self, now: Timestamp) -> bool {
        let memory = &self.books.memory;
        let here = self.zone.to_datetime(now);
        let by_clock = self.settings.statement_at.is_some_and(|at| here.time() >= at)
            && memory.day.is_none_or(|day| day < here.date());
        let new = self.books.received.get(memory.covered as usize..).and_then(|new| new.last());
        let latest = new.map(|received| received.at).or(memory.at.filter(|_| memory.returns > 0));
        let by_pause = match (self.settings.statement_after, latest) {
            (Some(seconds), Some(latest)) => later(latest, seconds) <= now,
            _ => false,
        };
        by_clock || by_pause
    }

    fn make_statements(&mut self, day: Date, now: Timestamp, events: &mut Vec<BankEvent>) -> Result<(), BankError> {
        let run = self.books.memory.runs + 1;
        let owner = format!("S{run:06}");
        self.drop_pending(&owner)?;
        let mishap = Mishap::of(&self.settings.faults, Of::Statement, run);
        let all = statement::add_up(&self.settings, &self.books)?;
        let mut stated = self.books.memory.stated.clone();
        for (n, (account, sums)) in all.iter().enumerate() {
            stated.insert(account.clone(), sums.closing.clone());
            if !self.tongue.states() {
                events.push(BankEvent::Silent { about: account.clone(), why: no_statement() });
                continue;
            }
            let (settings, tongue, books) = (&self.settings, &self.tongue, &self.books);
            let sheet = Sheet { settings, tongue, books, account, day, created: moment(now), sums };
            let file = disk::private_file(self.books.dir())?;
            sheet.write(clone(&file, self.books.dir())?)?;
            let name = self.settings.statement_name.replace("{account}", &plain_name(account));
            let name = name.replace("{date}", &day.to_string());
            let name = name.replace("{number}", &sums.closing.number.to_string());
            events.push(BankEvent::Stated {
                account: account.clone(),
                day,
                number: sums.closing.number,
                entries: sums.entries(),
                opening: sums.opening.amount,
                closing: sums.closing.amount,
            });
            self.stage(&format!("{owner}-{n}"), file, &name, now, now, mishap, events)?;
        }
        let before = self.books.memory.covered;
        let covered = self.books.received.len() as u64;
        let returns = all.values().map(|sums| sums.returns).sum();
        self.books.remember(Memory { stated, runs: run, before, covered, day: Some(day), at: Some(now), returns })?;
        self.books.settle_balances(&self.settings)
    }
}

/// The way out: sealed, kept until its time, published.
impl Bank {
    /// Seals `text` and lets it wait for `due` under `name`, as far as the mishap lets it.
    #[allow(clippy::too_many_arguments)]
    fn stage(
        &self,
        owner: &str,
        mut text: File,
        name: &str,
        due: Timestamp,
        now: Timestamp,
        mishap: Mishap,
        events: &mut Vec<BankEvent>,
    ) -> Result<(), BankError> {
        if mishap.lost {
            events.push(BankEvent::Lost { file: name.to_string() });
            return Ok(());
        }
        let own = |e| DiskError::io(Doing::Read, self.books.dir(), e);
        if mishap.garbage {
            text = disk::private_file(self.books.dir())?;
            text.write_all(b"the practice bank was asked to write nonsense\n").map_err(own)?;
        }
        let mut sealed = self.seal(text, now, mishap)?;
        let size = sealed.metadata().map_err(own)?.len();
        let size = if mishap.truncated { size / 2 } else { size };
        let due = later(due, mishap.late).as_millisecond();
        for copy in 0..=u8::from(mishap.doubled) {
            sealed.rewind().map_err(own)?;
            let mut part = sealed.try_clone().map_err(own)?.take(size);
            let pending = format!("{owner}-{copy}-{due}~{name}");
            disk::write_new(&self.books.pending(), &pending, |w| io::copy(&mut part, w).map(drop))?;
        }
        Ok(())
    }

    fn seal(&self, mut text: File, now: Timestamp, mishap: Mishap) -> Result<File, BankError> {
        let own = |e| DiskError::io(Doing::Write, self.books.dir(), e);
        text.rewind().map_err(own)?;
        let policy = match mishap {
            Mishap { plain: true, .. } => Policy::none(),
            Mishap { unsigned: true, .. } => Policy { sign: false, ..self.settings.seal.clone() },
            _ => self.settings.seal.clone(),
        };
        let stranger = if mishap.wrong_key { Some(self.stranger(now)?) } else { None };
        let keys = stranger.as_ref().unwrap_or(&self.keys);
        let sealed = disk::private_file(self.books.dir())?;
        let mut output = BufWriter::new(sealed.try_clone().map_err(own)?);
        seal::seal(&policy, keys, &self.settings.customer, system(now), &mut BufReader::new(text), &mut output)?;
        output.flush().map_err(own)?;
        Ok(sealed)
    }

    /// Keys of somebody whom the customer has never heard of, who knows the customer's certificate.
    fn stranger(&self, now: Timestamp) -> Result<Keys, BankError> {
        let at = system(now);
        let mut keys = Keys::open(&self.books.dir().join("stranger"))?;
        if keys.list(at).is_empty() {
            keys.generate(Role::Sign, "Somebody Else", Algorithm::default(), 730, at)?;
        }
        let customer = Owner::Party(self.settings.customer.clone());
        for key in self.keys.list(at).into_iter().filter(|key| key.owner == customer) {
            let certificate = self.keys.export_fingerprint(&key.fingerprint)?;
            keys.import_party(&self.settings.customer, certificate.as_bytes(), at)?;
        }
        Ok(keys)
    }

    /// Removes what an interrupted run made for `owner`: it is made again.
    fn drop_pending(&self, owner: &str) -> Result<(), BankError> {
        let pending = self.books.pending();
        for name in names_in(&pending)?.iter().filter(|n| n.split('-').next() == Some(owner)) {
            disk::remove(&pending.join(name))?;
        }
        Ok(())
    }

    /// Moves what has its time into the outbox.
    fn publish_due(&self, now: Timestamp, events: &mut Vec<BankEvent>) -> Result<(), BankError> {
        let pending = self.books.pending();
        for waiting in names_in(&pending)? {
            let Some((head, name)) = waiting.split_once('~') else { continue };
            let due = head.rsplit('-').next().and_then(|due| due.parse::<i64>().ok());
            if due.is_some_and(|due| due <= now.as_millisecond()) {
                let file = self.publish(&pending.join(&waiting), name)?;
                events.push(BankEvent::Published { file });
            }
        }
        Ok(())
    }

    /// Publishes under `name`, or under the next free one where the customer has not fetched yet.
    fn publish(&self, from: &Path, name: &str) -> Result<String, BankError> {
        let mut free = name.to_string();
        let mut n = 1;
        loop {
            match disk::publish(from, &self.settings.outbox_folder(self.today).join(&free)) {
                Ok(()) => {
                    if let Some(ending) = &self.settings.own_marker {
                        disk::write_new(&self.settings.outbox_folder(self.today), &format!("{free}{ending}"), |_| {
                            Ok(())
                        })?;
                    }
                    return Ok(free);
                }
                Err(DiskError::Exists { .. }) if n < 10_000 => n += 1,
                Err(e) => return Err(e.into()),
            }
            free = match name.split_once('.') {
                Some((stem, end)) => format!("{stem}_{n}.{end}"),
                None => format!("{name}_{n}"),
            };
        }
    }
}

/// Opens a file that a customer uploaded. One with a second name is no less his: a server that stopped between
/// link and unlink has left the temporary one.
fn open_received(path: &Path, cap: u64) -> Result<File, DiskError> {
    match disk::open_plain(path, cap) {
        Err(DiskError::NotPlain { .. })
            if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() <= cap) =>
        {
            File::open(path).map_err(|e| DiskError::io(Doing::Open, path, e))
        }
        opened => opened,
    }
}

fn no_answer() -> Text {
    text!("the template has no result file that can be written", "该模板没有可生成的结果文件")
}

fn no_statement() -> Text {
    text!("the template has no statement that can be written", "该模板没有可生成的对账单")
}

/// Names that a customer uses while it is still writing.
fn is_temporary(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with('.') || [".part", ".partial", ".filepart", ".tmp", ".temp", "~"].iter().any(|e| lower.ends_with(e))
}

/// `text` as part of a file name.
fn plain_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    text.chars().take(64).map(plain).collect()
}

fn decided(received: &Received) -> BankEvent {
    BankEvent::Decided {
        file: received.file.clone(),
        message_id: received.message_id.clone().unwrap_or_default(),
        count: received.count,
        accepted: received.accepted,
        status: received.status.clone().unwrap_or_default(),
        why: received.why.clone(),
    }
}

/// A reason in one line.
fn said(reason: &crate::document::Reason) -> String {
    let code = reason.code.as_deref().unwrap_or_default();
    format!("{code}: {}", reason.info.join("; "))
}

fn moment(now: Timestamp) -> Moment {
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Moment { local: TimeZone::UTC.to_datetime(whole), offset_seconds: Some(0) }
}

/// The same moment in the type that the keys want, to the second, as OpenPGP counts.
fn system(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0))
}

/// `seconds` after `at`; the end of time where that is beyond it.
fn later(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).ok().and_then(|s| at.as_second().checked_add(s));
    seconds.and_then(|s| Timestamp::new(s, at.subsec_nanosecond()).ok()).unwrap_or(Timestamp::MAX)
}

fn clone(file: &File, dir: &Path) -> Result<File, DiskError> {
    file.try_clone().map_err(|e| DiskError::io(Doing::Open, dir, e))
}

/// Names in a folder, in order, without our own temporary files.
fn names_in(dir: &Path) -> Result<Vec<String>, DiskError> {
    let error = |e| DiskError::io(Doing::Read, dir, e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        names.extend(name.into_string().ok().filter(|n| !n.starts_with(disk::TEMPORARY)));
    }
    names.sort();
    Ok(names)
}
