//! `bankferry backup`: a consistent copy while the daemon runs.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::copy::{LIST, NewFolder, SIGNATURE};
use super::desk::Desk;
use super::print::json_line;
use super::{CliError, Context, Exit, Run, verify};
use crate::archive::Archive;
use crate::config::{Config, FILE};
use crate::disk;
use crate::seal::{Keys, Role, sign_detached};
use crate::text;

/// Makes a consistent copy of the installation while it works
///
/// The journal is copied by SQLite's own backup, then everything in the archive, the configuration, the templates and
/// the signed checkpoints. DIR/MANIFEST lists every file with its hash (`sha256sum -c MANIFEST` proves it) and is
/// signed where there is an audit key. The copy is verified before it gets its name: a backup that is there is whole.
/// Archived files are copied and not linked: the archive refuses files with a second name. Keys are left out unless
/// you ask for them: keep those elsewhere, under lock.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry backup /mnt/backup/2026-11-23
  bankferry backup --with-keys /mnt/safe/2026-11-23")]
pub struct Backup {
    /// The folder to make; it must not be there yet
    #[arg(value_name = "DIR")]
    target: PathBuf,
    /// Copy the secret keys too
    #[arg(long)]
    with_keys: bool,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    backup: &'a Path,
    facts: u64,
    files: usize,
    keys: bool,
    signed: bool,
}

impl Run for Backup {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let config = &desk.config;
        let records = desk.records()?;
        let mut copy = NewFolder::begin(&self.target)?;
        // The journal first: what it names is in the archive before it is in the journal.
        disk::ensure_folder(&copy.path().join("state"), 0o700)?;
        records.copy_to(&copy.path().join("state/journal.db"))?;
        disk::point("backup: journal");
        copy.holds("state/journal.db")?;
        copy.file(&config.root.join(FILE), Path::new(FILE))?;
        copy.folder(&config.root.join("templates"), Path::new("templates"), "", &visible)?;
        copy.folder(&config.checkpoints(), Path::new("state/checkpoints"), "", &visible)?;
        copy.folder(&config.archive(), Path::new("archive"), "MANIFEST", &visible)?;
        disk::point("backup: archive");
        if self.with_keys {
            copy.folder(&config.keys(), Path::new("state/keys"), "", &visible)?;
        }
        let signed = sign(&desk, &copy)?;
        let facts = self.prove(context, &copy)?;
        disk::point("backup: proven");
        let files = copy.held.len();
        copy.finish()?;
        if context.json() {
            json_line(&Told { backup: &self.target, facts, files, keys: self.with_keys, signed })?;
        } else {
            self.say(context, facts, files);
        }
        Ok(Exit::Done)
    }
}

/// Temporary files, claims and pointers are not content.
fn visible(name: &Path) -> bool {
    name.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
}

fn sign(desk: &Desk<'_>, copy: &NewFolder) -> Result<bool, CliError> {
    let list = copy.list();
    copy.write(LIST, list.as_bytes())?;
    let keys = Keys::open(&desk.config.keys())?;
    let at = desk.context.clock().system_time();
    // Without an audit key the list proves only that nothing was damaged by chance.
    let Ok(signature) = sign_detached(&keys, Role::Audit, at, list.as_bytes()) else { return Ok(false) };
    copy.write(SIGNATURE, signature.as_bytes())?;
    Ok(true)
}

impl Backup {
    /// The copy must be sound by itself before it gets its name.
    fn prove(&self, context: &Context, copy: &NewFolder) -> Result<u64, CliError> {
        let config = Config::load(copy.path())?;
        Archive::open(&config.archive())?.mend(None)?;
        match verify::is_sound(&Desk::of(context, config))? {
            Ok(facts) => Ok(facts),
            Err(first) => Err(CliError::no(text!(
                "the copy is not sound and is no backup: {first}",
                "副本不完好，不能作为备份：{first}"
            ))
            .hint(text!("run `bankferry verify`", "请运行 `bankferry verify`"))),
        }
    }

    fn say(&self, context: &Context, facts: u64, files: usize) {
        let (talk, shown) = (context.talk(), self.target.display());
        talk.say(&text!(
            "backed up and verified in `{shown}`: {facts} facts, {files} files",
            "已备份至 `{shown}` 并验证：{facts} 条记录，{files} 个文件"
        ));
        if self.with_keys {
            talk.warning(&text!(
                "the SECRET KEYS are in it: whoever has this copy can sign payments; keep it under lock",
                "其中包含私钥：持有该副本者可以签署付款；请妥善保管"
            ));
        } else {
            talk.say(&text!(
                "the keys are not in it: keep a copy of `state/keys` elsewhere",
                "其中不含密钥：请另行保管 `state/keys` 的副本"
            ));
        }
    }
}
