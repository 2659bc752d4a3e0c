//! The pair: how far a journal had come when something could leave, written where the journal is not.
//!
//! A restored backup, a cloned machine or a failover believes that what was sent meanwhile still waits. So before
//! anything can leave, after the intent is in the journal, the same position is written beside the archive; signed
//! checkpoints carry it elsewhere. A journal that has not come so far, or came there by another way, is a second
//! copy. Written later than the intent and earlier than the act, a pair is never ahead of its own journal, whatever
//! is cut off, and never behind what a bank may have.

use std::io::Read;
use std::path::Path;

use super::chain::{GENESIS, Link, hex, unhex};
use super::{JournalError, Records, Standing};
use crate::disk::{self, DiskError, Doing};
use crate::text;
use crate::words::{Explain, Text};

/// Its file in the archive's folder.
pub const FILE: &str = ".epoch";
/// The most bytes that it has.
const MOST_BYTES: u64 = 4 << 10;

/// The pair that lies beside an archive, if any, or why what lies there is none.
pub type Beside = Result<Option<Pair>, Text>;

/// How far a journal had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The installation's number.
    pub installation: String,
    /// The machine's own id.
    pub machine: String,
    /// The epoch.
    pub epoch: u64,
    /// Number of the last fact.
    pub facts: u64,
    /// Its link.
    pub head: Link,
    /// Number of the last `publishing`.
    pub last_publishing: u64,
}

impl Pair {
    /// The pair of a journal as it is now.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn of(records: &dyn Records, standing: &Standing) -> Result<Pair, JournalError> {
        let (facts, head) = records.head()?;
        Ok(Pair {
            installation: standing.installation.clone(),
            machine: standing.machine.clone(),
            epoch: standing.epoch,
            facts,
            head,
            last_publishing: standing.last_publishing,
        })
    }

    /// Its text.
    pub fn text(&self) -> String {
        format!(
            "bankferry epoch 1\ninstallation: {}\nmachine: {}\nepoch: {}\nfacts: {}\nhead: {}\nlast-publishing: {}\n",
            self.installation,
            self.machine,
            self.epoch,
            self.facts,
            hex(&self.head),
            self.last_publishing
        )
    }

    /// The pair of a text, else `None`.
    pub fn parse(text: &str) -> Option<Pair> {
        let mut lines = text.lines();
        (lines.next()? == "bankferry epoch 1").then_some(())?;
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ").map(str::to_string);
        Some(Pair {
            installation: value("installation")?,
            machine: value("machine")?,
            epoch: value("epoch")?.parse().ok()?,
            facts: value("facts")?.parse().ok()?,
            head: unhex(&value("head")?)?,
            last_publishing: value("last-publishing")?.parse().ok()?,
        })
    }

    /// The pair beside an archive; `None` where there is none.
    ///
    /// # Errors
    /// The disk's: what cannot be read now says nothing about whose journal this is.
    pub fn beside(archive: &Path) -> Result<Beside, DiskError> {
        let path = archive.join(FILE);
        let shown = path.display().to_string();
        let file = match disk::open_plain(&path, MOST_BYTES) {
            Ok(file) => file,
            Err(e) if e.is_absent() => return Ok(Ok(None)),
            Err(e @ DiskError::Io { .. }) => return Err(e),
            Err(e) => return Ok(Err(e.what())),
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| DiskError::io(Doing::Read, &path, e))?;
        Ok(match std::str::from_utf8(&bytes).ok().and_then(Pair::parse) {
            Some(pair) => Ok(Some(pair)),
            None => Err(text!("`{shown}` is not what the program wrote", "`{shown}` 不是本程序所写的内容")),
        })
    }

    /// What shows that a journal is an older or another copy than the one that this pair was written for.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn against(&self, records: &dyn Records, standing: &Standing) -> Result<Option<Text>, JournalError> {
        if self.installation != standing.installation {
            return Ok(Some(text!(
                "the archive belongs to another installation than the journal",
                "归档与日志不属于同一安装"
            )));
        }
        let (epoch, own) = (self.epoch, standing.epoch);
        if epoch > own {
            return Ok(Some(text!(
                "another copy of this installation is in epoch {epoch}, this one in {own}",
                "本安装的另一副本处于第 {epoch} 期，本副本处于第 {own} 期"
            )));
        }
        behind(records, self.facts, &self.head)
    }
}

/// What shows that a journal never was at this position.
///
/// # Errors
/// [`JournalError`].
pub fn behind(records: &dyn Records, facts: u64, head: &Link) -> Result<Option<Text>, JournalError> {
    let have = records.head()?.0;
    if facts > have {
        return Ok(Some(text!(
            "the journal ends at fact {have}, and files may have left until fact {facts}: it is an older copy",
            "日志止于第 {have} 条记录，而到第 {facts} 条记录为止可能已有文件发出：这是较旧的副本"
        )));
    }
    let link = if facts == 0 { Some(GENESIS) } else { records.link_of(facts)? };
    Ok((link.as_ref() != Some(head)).then(|| {
        text!(
            "fact {facts} is another one than when files left: the journal went on from an older copy",
            "第 {facts} 条记录与文件发出时不同：日志是从较旧的副本继续写成的"
        )
    }))
}
