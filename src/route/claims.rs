//! Claims: of two copies that begin to send in the same moment only one goes on.
//!
//! Checkpoints elsewhere show a copy that has come further, a moment after it has. Two that begin within that moment
//! do not see each other. So before a payment file gets its final name, the copy makes a file there whose name says
//! after which publication it comes: `claim-0001-000000000042-001`, epoch, last publication, try. Two copies that went
//! on from one journal name the same one, and the file system lets one of them make it. Whoever finds the name taken
//! by a copy that is not its own past is fenced, with the file still under its temporary name.
//!
//! That rests on a folder in which a file is made exclusively, as on a disk, NFS 3 and later, SMB, or SFTP mounted as a
//! file system. A folder that is carried to and fro by copying cannot give it.

use std::path::{Path, PathBuf};

use crate::disk::{self, DiskError};
use crate::journal::chain::{hex, unhex};
use crate::journal::{JournalError, Records, SqliteJournal, Standing, pair};
use crate::text;
use crate::words::Text;

/// How a claim's name begins.
const CLAIM: &str = "claim-";
/// Claims of one publication: each start that a kill cut short makes one more.
const MOST_TRIES: u32 = 999;
/// Claims that are kept; of older ones checkpoints tell.
const MOST_KEPT: usize = 64;
/// A claim is three lines.
const MOST_BYTES: u64 = 4 << 10;

/// Claims the next publication in the folder `place`; what shows that another copy has it, else `None`.
///
/// A place that is away claims nothing, as it tells nothing: see [`Elsewhere`](super::fence::Elsewhere).
///
/// # Errors
/// [`JournalError`].
pub(super) fn claim(place: &Path, journal: &SqliteJournal, standing: &Standing) -> Result<Option<Text>, JournalError> {
    let (facts, head) = journal.head()?;
    let words =
        format!("bankferry claim 1\ninstallation: {}\nfacts: {facts}\nhead: {}\n", standing.installation, hex(&head));
    let (epoch, after) = (standing.epoch, standing.last_publishing);
    for number in 1..=MOST_TRIES {
        let name = format!("{CLAIM}{epoch:04}-{after:012}-{number:03}");
        match disk::write_new(place, &name, |file| file.write_all(words.as_bytes())) {
            Ok(_) => {
                forget(place);
                return Ok(None);
            }
            Err(DiskError::Exists { .. }) => {}
            Err(_) => return Ok(None),
        }
        if !is_own_past(&place.join(&name), journal, standing)? {
            return Ok(Some(text!(
                "`{name}` elsewhere is another copy's: it publishes what this one was about to publish",
                "别处的 `{name}` 属于另一副本：它正在发布本副本即将发布的内容"
            )));
        }
    }
    Ok(None)
}

/// Whether a claim was made by this very journal before: then a kill came between it and what it was for.
fn is_own_past(path: &Path, journal: &SqliteJournal, standing: &Standing) -> Result<bool, JournalError> {
    let Some(words) = read(path) else { return Ok(false) };
    let mut lines = words.lines().skip(1);
    let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ");
    let (installation, facts, head) = (value("installation"), value("facts"), value("head"));
    let (Some(facts), Some(head)) = (facts.and_then(|facts| facts.parse().ok()), head.and_then(unhex)) else {
        return Ok(false);
    };
    Ok(installation == Some(&standing.installation) && pair::behind(journal, facts, &head)?.is_none())
}

fn read(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut words = String::new();
    disk::open_plain(path, MOST_BYTES).ok()?.take(MOST_BYTES).read_to_string(&mut words).ok()?;
    Some(words)
}

/// Removes claims that checkpoints have outlived.
fn forget(place: &Path) {
    let is_claim = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(CLAIM));
    let claims: Vec<PathBuf> = disk::entries(place).unwrap_or_default().into_iter().filter(is_claim).collect();
    for old in claims.iter().rev().skip(MOST_KEPT) {
        // What stays is removed the next time.
        let _ = disk::remove(old);
    }
}
