//! The fence: a second copy of an installation fetches and looks, and sends nothing to banks.
//!
//! A restored backup, a cloned machine or a failover believes that what was sent meanwhile still waits. What shows it:
//!
//! | evidence | shows |
//! |---|---|
//! | the position beside the archive is ahead of the journal, or on another chain | an older journal was put back |
//! | there is no position beside the archive, though files have left | the archive was put back, or another |
//! | a signed checkpoint, here or elsewhere, is ahead of the journal | journal and archive were put back together |
//! | another copy has claimed the next publication elsewhere | two copies send in the same moment |
//! | the machine has another id | the machine was cloned, or the installation moved |
//! | `bankferry restore` | it says so itself |
//!
//! Once fenced, an epoch begins in which ids are given that the first copy cannot have given. What had not left waits
//! for a person, file by file: the other copy may have sent it. The fence is lifted by two people. Publishing to ERPs
//! goes on: a file there has its name once, and an ERP that has it already is not given it again.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use super::judge::TWO_APPROVERS;
use super::{PROGRAM, Shared, Trouble, claims};
use crate::config::Environment;
use crate::disk::{self, DiskError, Doing, Sha256Hash};
use crate::journal::checkpoint::Checkpoint;
use crate::journal::pair::{self, Beside, Pair};
use crate::journal::{
    Batch, Event, Fact, Journal, JournalError, NewFact, Outbound, OutboundState, Oversight, Purpose, Records, Rows,
    SqliteJournal, Standing,
};
use crate::seal::{Role, verify_detached};
use crate::text;
use crate::words::{Remedy, Text};

pub use crate::journal::RESTORED_COPY as REASON;

/// The subject of facts about whose installation this is.
pub const SUBJECT: &str = "installation";
/// Where the system keeps the machine's id.
const MACHINE_ID: &str = "/etc/machine-id";
/// A checkpoint and its signature are a few lines.
const MOST_BYTES: u64 = 64 << 10;
/// Checkpoints elsewhere that are looked at for having been written anew, the newest by name.
const MOST_REWRITTEN: usize = 64;

/// The machine's own id; empty where the system has none.
///
/// # Errors
/// [`DiskError::Io`] where it cannot be read: that is no other machine.
pub fn machine_id() -> Result<String, DiskError> {
    match std::fs::read_to_string(MACHINE_ID) {
        Ok(id) => Ok(id.trim().to_string()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(DiskError::io(Doing::Read, Path::new(MACHINE_ID), e)),
    }
}

/// What two people see of a fence: which copy it is, since when, why, and on which machine it would send.
pub fn digest(standing: &Standing, machine: &str) -> String {
    let (why, since) = (standing.fenced.as_ref().map_or("", |what| &what.en), standing.fenced_at.as_deref());
    let parts = [&standing.installation, &standing.epoch.to_string(), why, since.unwrap_or_default(), machine];
    Sha256Hash::of(parts.join("\n").as_bytes()).to_string()
}

/// What a fence, lifted or not, says of what was there before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fence {
    /// Whether this is a second copy that nobody has let send.
    pub up: bool,
    /// Number of the fact by which it last became one; 0 where it never was.
    since: u64,
}

impl Fence {
    /// The fence as it is in the journal.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn of(journal: &SqliteJournal) -> Result<Fence, JournalError> {
        let Some(standing) = journal.standing()? else { return Ok(Fence::default()) };
        let up = standing.fenced.is_some();
        if !up && standing.epoch == 1 {
            return Ok(Fence::default());
        }
        let facts = journal.facts_of(SUBJECT)?;
        let since =
            facts.iter().rev().find(|fact| matches!(fact.event, Event::Fenced { .. })).map_or(0, |fact| fact.seq);
        Ok(Fence { up, since })
    }

    /// Whether there ever was one.
    pub fn is_known(self) -> bool {
        self.since > 0
    }

    /// Whether a batch that has no file yet was there before the fence, so that the other copy may have sent it, and is
    /// not held for that yet.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn misses(self, records: &dyn Records, batch: &Batch) -> Result<bool, JournalError> {
        let held = |fact: &Fact| match &fact.event {
            Event::Held { reasons } => reasons.iter().any(|reason| reason.ends_with(REASON)),
            _ => false,
        };
        Ok(self.is_known()
            && self.found(&records.facts_of(&batch.inbound)?)
            && !records.facts_of(&batch.id)?.iter().any(|fact| held(fact) && fact.seq > self.since))
    }

    /// Whether a file of payments that has not left was there before the fence, so that the other copy may have sent
    /// it, and nobody has let it go since.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn stops(self, records: &dyn Records, file: &Outbound) -> Result<bool, JournalError> {
        if !self.is_known() || file.purpose != Purpose::Payments || !file.state.is_before_sending() {
            return Ok(false);
        }
        let facts = records.facts_of(&file.id)?;
        let let_go = facts.iter().any(|fact| matches!(fact.event, Event::Recovered { .. }) && fact.seq > self.since);
        Ok(self.found(&facts) && !let_go)
    }

    /// Whether a file of payments was being sent when this copy was fenced: the other copy may have sent it, and what
    /// this one would find at the bank says nothing about that.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn cut_off(self, records: &dyn Records, file: &Outbound) -> Result<bool, JournalError> {
        use OutboundState::{Publishing, Sending};
        if !self.is_known() || file.purpose != Purpose::Payments || !matches!(file.state, Sending | Publishing) {
            return Ok(false);
        }
        let facts = records.facts_of(&file.id)?;
        let begun = facts.iter().rev().find(|fact| matches!(fact.event, Event::Sending { .. }));
        Ok(begun.is_some_and(|fact| fact.seq < self.since))
    }

    /// Whether what these facts are about, a batch or a file for a bank, was there before the fence.
    pub fn found(self, facts: &[Fact]) -> bool {
        let begins = |fact: &Fact| matches!(fact.event, Event::Checked { .. } | Event::Numbered(_));
        facts.iter().any(|fact| begins(fact) && fact.seq < self.since)
    }
}

/// Why a batch is held in a second copy: in production for two approvers.
pub fn reason(environment: Environment) -> String {
    match environment {
        Environment::Production => format!("{TWO_APPROVERS}{REASON}"),
        Environment::Test => REASON.into(),
    }
}

/// Finds out whose journal this is, states what follows, and leaves its position beside the archive.
///
/// # Errors
/// [`Trouble`].
pub fn settle(shared: &Shared, journal: &mut SqliteJournal, machine: &str) -> Result<Standing, Trouble> {
    let beside = Pair::beside(&shared.config.archive())?;
    let standing = match journal.standing()? {
        Some(standing) => standing,
        None => found(shared, journal, machine, beside.as_ref().ok().and_then(Option::as_ref))?,
    };
    if standing.fenced.is_none() {
        let seen = evidence(shared, journal, &standing, machine, beside)?;
        if let Some(seen) = seen {
            fence(shared, journal, &standing, seen)?;
        } else {
            mark(&shared.config.archive(), journal)?;
        }
    }
    Ok(journal.standing()?.unwrap_or(standing))
}

/// States that this is a second copy, in an epoch of its own.
fn fence(
    shared: &Shared,
    journal: &mut SqliteJournal,
    standing: &Standing,
    (what, epoch): (Text, u64),
) -> Result<(), JournalError> {
    state(shared, journal, Event::Fenced { epoch: epoch.max(standing.epoch) + 1, what: what.en, what_zh: what.zh })
}

/// What checkpoints that are kept elsewhere say while the program runs: a copy that began to work beside this one after
/// both had started leaves its own there.
#[derive(Debug)]
pub struct Elsewhere {
    /// Each checkpoint that was looked at, and when it was written.
    seen: HashMap<PathBuf, Option<SystemTime>>,
}

impl Elsewhere {
    /// At the start, when [`settle`] has looked at what is there.
    pub fn at_start(shared: &Shared) -> Elsewhere {
        let mut elsewhere = Elsewhere { seen: HashMap::new() };
        if let Some(place) = shared.config.checkpoints_elsewhere.as_deref() {
            elsewhere.news(place);
        }
        elsewhere
    }

    /// Looks at what was written there since the last look, and fences this copy where that is not of its own chain;
    /// whether it did. Where nothing is new that takes no more than a listing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn fences(&mut self, shared: &Shared, journal: &mut SqliteJournal) -> Result<bool, JournalError> {
        let Some(place) = shared.config.checkpoints_elsewhere.as_deref() else { return Ok(false) };
        let Some(standing) = journal.standing()?.filter(|standing| standing.fenced.is_none()) else { return Ok(false) };
        for path in self.news(place) {
            let Ok(signed) = signed_checkpoint(shared, &path) else {
                // The other place may be away: what cannot be read there now is looked at again.
                self.seen.remove(&path);
                continue;
            };
            let seen = signed.map(|signed| against(shared, journal, &standing, &signed)).transpose()?.flatten();
            if let Some(seen) = seen {
                fence(shared, journal, &standing, seen)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether this copy may publish a file of payments now; where another copy is about to publish the same, this one
    /// is fenced.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn claims(&self, shared: &Shared, journal: &mut SqliteJournal) -> Result<bool, JournalError> {
        let Some(place) = shared.config.checkpoints_elsewhere.as_deref() else { return Ok(true) };
        let Some(standing) = journal.standing()? else { return Ok(true) };
        if standing.fenced.is_some() {
            return Ok(false);
        }
        let Some(seen) = claims::claim(place, journal, &standing)? else { return Ok(true) };
        fence(shared, journal, &standing, (seen, standing.epoch))?;
        Ok(false)
    }

    /// What is new there.
    fn news(&mut self, place: &Path) -> Vec<PathBuf> {
        let written = |path: &Path| std::fs::metadata(path).and_then(|found| found.modified()).ok();
        let mut all = texts(place).unwrap_or_default();
        all.sort();
        // Another copy may have written one of the same name anew; of old ones nobody asks any more.
        let old = all.len().saturating_sub(MOST_REWRITTEN);
        let mut news = Vec::new();
        for (at, path) in all.into_iter().enumerate() {
            if at < old && self.seen.contains_key(&path) {
                continue;
            }
            let when = written(&path);
            if self.seen.insert(path.clone(), when) != Some(when) {
                news.push(path);
            }
        }
        news
    }
}

/// A journal without a standing is new, or from before there was one.
fn found(
    shared: &Shared,
    journal: &mut SqliteJournal,
    machine: &str,
    beside: Option<&Pair>,
) -> Result<Standing, Trouble> {
    let installation = match beside {
        Some(pair) => pair.installation.clone(),
        None => new_number()?,
    };
    state(shared, journal, Event::Founded { installation, machine: machine.into() })?;
    let standing = journal.standing()?;
    standing.ok_or_else(|| Trouble::new(text!("the journal has no standing", "日志没有归属记录"), Remedy::Person))
}

/// What shows that this is a second copy, with the highest epoch that was seen.
fn evidence(
    shared: &Shared,
    journal: &SqliteJournal,
    standing: &Standing,
    machine: &str,
    beside: Beside,
) -> Result<Option<(Text, u64)>, Trouble> {
    let epoch = beside.as_ref().ok().and_then(Option::as_ref).map_or(0, |pair| pair.epoch);
    let seen = match beside {
        Err(what) => Some(what),
        Ok(Some(pair)) => pair.against(journal, standing)?,
        Ok(None) if standing.last_publishing > 0 => Some(text!(
            "files have left, and the archive does not say until where",
            "已有文件发出，而归档旁没有位置记录"
        )),
        Ok(None) => None,
    };
    if let Some(what) = seen {
        return Ok(Some((what, epoch)));
    }
    if let Some(seen) = by_checkpoints(shared, journal, standing)? {
        return Ok(Some(seen));
    }
    let moved = !machine.is_empty() && !standing.machine.is_empty() && machine != standing.machine;
    Ok(moved.then(|| {
        let what = text!(
            "this machine has another id than the one that sent last: it was cloned, or the installation was moved",
            "本机标识与上次发送的机器不同：机器被克隆，或安装被迁移"
        );
        (what, epoch)
    }))
}

/// What the newest signed checkpoint in each place says against the journal.
fn by_checkpoints(
    shared: &Shared,
    journal: &SqliteJournal,
    standing: &Standing,
) -> Result<Option<(Text, u64)>, Trouble> {
    let config = &shared.config;
    // The other place may be away; what cannot be read here says nothing, and nothing goes on.
    let elsewhere = config.checkpoints_elsewhere.as_deref().and_then(|place| newest(shared, place).ok().flatten());
    for checkpoint in newest(shared, &config.checkpoints())?.into_iter().chain(elsewhere) {
        if let Some(seen) = against(shared, journal, standing, &checkpoint)? {
            return Ok(Some(seen));
        }
    }
    Ok(None)
}

/// What a signed checkpoint says against the journal, and its epoch.
fn against(
    shared: &Shared,
    journal: &SqliteJournal,
    standing: &Standing,
    checkpoint: &Checkpoint,
) -> Result<Option<(Text, u64)>, JournalError> {
    let (config, epoch, own) = (&shared.config, checkpoint.epoch, standing.epoch);
    let is_of_another = checkpoint.installation != config.name || checkpoint.environment != config.environment.word();
    // One of an epoch before is of a copy that two people decided about.
    if is_of_another || epoch < own {
        return Ok(None);
    }
    let seen = if epoch > own {
        Some(text!(
            "a signed checkpoint is of epoch {epoch}, this copy is in {own}",
            "已签名的检查点属于第 {epoch} 期，本副本处于第 {own} 期"
        ))
    } else {
        pair::behind(journal, checkpoint.facts, &checkpoint.head)?
    };
    Ok(seen.map(|what| (what, epoch)))
}

/// The newest checkpoint of a folder that our audit key signed.
fn newest(shared: &Shared, folder: &Path) -> Result<Option<Checkpoint>, DiskError> {
    let mut texts = texts(folder)?;
    texts.sort();
    for path in texts.iter().rev() {
        let checkpoint = signed_checkpoint(shared, path)?;
        if checkpoint.is_some() {
            return Ok(checkpoint);
        }
    }
    Ok(None)
}

/// A checkpoint that our audit key signed; `None` for what is none.
fn signed_checkpoint(shared: &Shared, path: &Path) -> Result<Option<Checkpoint>, DiskError> {
    let (words, signature) = (bytes(path)?, bytes(&path.with_extension("txt.asc"))?);
    let (Some(words), Some(signature)) = (words, signature) else { return Ok(None) };
    let (certificates, at) = (shared.keys.certificates(Role::Audit), shared.clock.system_time());
    let signed = verify_detached(&certificates, &words, &signature, at).is_ok();
    Ok(std::str::from_utf8(&words).ok().filter(|_| signed).and_then(Checkpoint::parse))
}

fn texts(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let paths = disk::entries(folder)?.into_iter();
    Ok(paths.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect())
}

/// The bytes of a small plain file; `None` where there is none.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    let file = match disk::open_plain(path, MOST_BYTES) {
        Ok(file) => file,
        Err(e @ DiskError::Io { .. }) if !e.is_absent() => return Err(e),
        Err(_) => return Ok(None),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| DiskError::io(Doing::Read, path, e))?;
    Ok(Some(bytes))
}

/// Leaves the journal's position beside the archive. What is there already is never set back: another copy that came
/// further while this one ran stops it.
///
/// # Errors
/// [`JournalError`].
pub fn mark(archive: &Path, journal: &SqliteJournal) -> Result<(), JournalError> {
    let path = archive.join(pair::FILE).display().to_string();
    let Some(standing) = journal.standing()? else { return Ok(()) };
    if standing.fenced.is_some() {
        return Ok(());
    }
    let own = Pair::of(journal, &standing)?;
    let before = Pair::beside(archive).map_err(|e| unreadable(&path, &e))?.map_err(|what| untrusted(&path, what))?;
    if let Some(before) = before.filter(|before| *before != own && before.epoch >= own.epoch)
        && let Some(what) = before.against(journal, &standing)?
    {
        return Err(untrusted(&path, what));
    }
    disk::replace(archive, pair::FILE, own.text().as_bytes()).map_err(|e| unreadable(&path, &e))
}

fn unreadable(path: &str, error: &DiskError) -> JournalError {
    JournalError::Storage { path: path.into(), cause: error.to_string() }
}

fn untrusted(path: &str, what: Text) -> JournalError {
    JournalError::Untrusted { path: path.into(), cause: what.en }
}

/// What is stated of a file for a bank that had not left when the copy was fenced; `None` where it was stated before.
pub fn waits(file: &Outbound) -> Option<Event> {
    let name = &file.name;
    let what = text!(
        "this is a second copy: the other one may have sent `{name}`; ask the bank before it is let go",
        "这是第二副本：另一副本可能已发送 `{name}`；放行前请先向银行核实"
    );
    let is_stated = file.evidence.as_ref() == Some(&what.en);
    (!is_stated).then_some(Event::Failed { error: what.en, error_zh: what.zh, retry_at: None })
}

/// What is stated of a file that was being sent when the copy was fenced.
pub fn unknown(file: &Outbound) -> Event {
    let name = &file.name;
    let what = text!(
        "`{name}` was being sent when this became a second copy: the other one may have sent it",
        "本副本成为第二副本时 `{name}` 正在发送：另一副本可能已将其发送"
    );
    Event::Unknown(what.into())
}

fn state(shared: &Shared, journal: &mut SqliteJournal, event: Event) -> Result<(), JournalError> {
    let fact = NewFact { actor: PROGRAM.into(), case: String::new(), subject: SUBJECT.into(), event };
    journal.append(shared.clock.now(), vec![(fact, Rows::None)])
}

/// Fences the journal of a copy that was just made.
///
/// # Errors
/// [`Trouble`].
pub fn born_fenced(journal: &mut SqliteJournal, at: Timestamp, what: Text) -> Result<(), Trouble> {
    let fact = |event| NewFact { actor: PROGRAM.into(), case: String::new(), subject: SUBJECT.into(), event };
    if journal.standing()?.is_none() {
        let founded = Event::Founded { installation: new_number()?, machine: machine_id()? };
        journal.append(at, vec![(fact(founded), Rows::None)])?;
    }
    let epoch = journal.standing()?.map_or(1, |standing| standing.epoch) + 1;
    let event = Event::Fenced { epoch, what: what.en, what_zh: what.zh };
    Ok(journal.append(at, vec![(fact(event), Rows::None)])?)
}

/// A number that no other installation has.
fn new_number() -> Result<String, Trouble> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        Trouble::new(text!("the system gives no random numbers: {e}", "系统无法提供随机数：{e}"), Remedy::Wait)
    })?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
