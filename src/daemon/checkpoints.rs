//! Signed checkpoints on the disk: one is whole only with its signature, also after a kill between the two files.

use std::path::Path;

use crate::disk;
use crate::journal::checkpoint::Checkpoint;
use crate::journal::{Oversight, Records, SqliteJournal, pair};
use crate::route::{Shared, Trouble};
use crate::seal::{self, Role};

/// Signs what the end of the chain is and writes it where an auditor finds it; the number of facts that it is about.
///
/// Without an audit key nothing is signed: `bankferry check` says so.
pub(super) fn keep(shared: &Shared, journal: &SqliteJournal) -> Result<u64, Trouble> {
    let (facts, head) = journal.head()?;
    let config = &shared.config;
    let standing = journal.standing()?;
    let checkpoint = Checkpoint {
        installation: config.name.clone(),
        environment: config.environment.word().into(),
        epoch: standing.as_ref().map_or(1, |s| s.epoch),
        facts,
        head,
        last_publishing: standing.map_or(0, |s| s.last_publishing),
        at: shared.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    let words = checkpoint.text();
    let Some(signature) = signature(shared, &words) else { return Ok(facts) };
    // In the order of epochs, then of facts: the newest is the last by name.
    let name = match checkpoint.epoch {
        1 => format!("{facts:012}"),
        epoch => format!("{epoch:04}-{facts:012}"),
    };
    write(&config.checkpoints(), &name, &words, &signature)?;
    if let Some(elsewhere) = &config.checkpoints_elsewhere {
        // The other place may be away; what is missing there shows, and nothing stops for it.
        let _ = write(elsewhere, &name, &words, &signature);
    }
    Ok(facts)
}

/// The signature first, and never beside the text of an older one of the same end: at no moment is there a text
/// without its own signature.
fn write(folder: &Path, name: &str, words: &str, signature: &str) -> Result<(), disk::DiskError> {
    let text = format!("{name}.txt");
    disk::remove(&folder.join(&text))?;
    disk::replace(folder, &format!("{text}.asc"), signature.as_bytes())?;
    disk::replace(folder, &text, words.as_bytes())
}

/// Signs the checkpoints that a program which was killed left without their signatures, where the journal agrees with
/// what they say. Any other stays as it is, and `bankferry verify` names it.
pub(super) fn mend(shared: &Shared, journal: &SqliteJournal) -> Result<(), Trouble> {
    let folder = shared.config.checkpoints();
    for path in disk::entries(&folder)? {
        let is_text = path.extension().is_some_and(|extension| extension == "txt");
        if !is_text || disk::is_taken(&path.with_extension("txt.asc"))? {
            continue;
        }
        // What cannot be read is no checkpoint that could be vouched for.
        let Ok(words) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_true(shared, journal, &words)?
            && let Some(signature) = signature(shared, &words)
        {
            disk::replace(&folder, &format!("{name}.asc"), signature.as_bytes())?;
        }
    }
    Ok(())
}

/// Whether the text is a checkpoint of this installation in its epoch, and the chain has that link there.
fn is_true(shared: &Shared, journal: &SqliteJournal, words: &str) -> Result<bool, Trouble> {
    let Some(checkpoint) = Checkpoint::parse(words) else { return Ok(false) };
    let (config, epoch) = (&shared.config, journal.standing()?.map_or(1, |standing| standing.epoch));
    let is_ours = checkpoint.installation == config.name
        && checkpoint.environment == config.environment.word()
        && checkpoint.epoch == epoch;
    Ok(is_ours && pair::behind(journal, checkpoint.facts, &checkpoint.head)?.is_none())
}

fn signature(shared: &Shared, words: &str) -> Option<String> {
    seal::sign_detached(&shared.keys, Role::Audit, shared.clock.system_time(), words.as_bytes()).ok()
}
