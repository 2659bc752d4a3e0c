//! `bankferry restore`: a backup becomes an installation that is fenced from birth.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::copy::{LIST, NewFolder, SIGNATURE, read_list};
use super::desk::Desk;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run, verify};
use crate::archive::Archive;
use crate::config::Config;
use crate::disk;
use crate::journal::SqliteJournal;
use crate::route::fence;
use crate::seal::{Keys, Role, verify_detached};
use crate::text;
use crate::words::{Explain, Text};

/// Makes an installation of a backup; it sends nothing until two people say so
///
/// Every file is held against the backup's MANIFEST, and the result is verified before it gets its name. The journal
/// is fenced before that: from its first start the copy fetches and looks, and sends nothing to banks until
/// `bankferry unfence` by two people. What had not left when the backup was made waits for a person, file by file.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bankferry restore /mnt/backup/2026-11-23 /srv/bankferry")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "DIR")]
    backup: PathBuf,
    /// The installation to make; it must not be there yet
    #[arg(value_name = "TARGET")]
    target: PathBuf,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    installation: &'a Path,
    facts: u64,
    fenced: bool,
    signature: bool,
    keys: bool,
}

impl Run for Restore {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let list = read_list(&self.backup)?;
        let mut copy = NewFolder::begin(&self.target)?;
        for (name, wanted) in &list {
            let from = self.backup.join(name);
            copy.file(&from, Path::new(name))?;
            if copy.held.get(name) != Some(wanted) {
                return Err(CliError::no(text!(
                    "`{name}` of the backup is not what it was; nothing was restored",
                    "备份中的 `{name}` 已被改动；未恢复任何内容"
                ))
                .hint(text!("take another backup", "请使用另一份备份")));
            }
        }
        disk::point("restore: copied");
        let config = Config::load(copy.path())?;
        let signature = self.signature(context, &config)?;
        fence(context, &config)?;
        disk::point("restore: fenced");
        super::init::make_folders(&config).map_err(|e| CliError::explained(&e))?;
        Archive::open(&config.archive())?.mend(None)?;
        let keys = list.keys().any(|name| name.starts_with("state/keys/"));
        let facts = verify::is_sound(&Desk::of(context, config))?.map_err(|first| {
            CliError::no(text!("what was restored is not sound: {first}", "恢复的内容不完好：{first}"))
        })?;
        disk::point("restore: proven");
        copy.finish()?;
        if context.json() {
            json_line(&Told { installation: &self.target, facts, fenced: true, signature, keys })?;
        } else {
            self.say(context, facts, signature, keys);
        }
        Ok(Exit::Done)
    }
}

/// The journal of the copy says that it is one, before anybody can start it.
fn fence(context: &Context, config: &Config) -> Result<(), CliError> {
    let person = Person::system();
    let mut journal = SqliteJournal::open(&config.journal())?;
    let (name, at) = (&person.name, context.clock().now().strftime("%Y-%m-%d %H:%MZ").to_string());
    let what = text!("restored from a backup at {at} by `{name}`", "于 {at} 由 `{name}` 从备份恢复");
    fence::born_fenced(&mut journal, context.clock().now(), what).map_err(|t| super::run::trouble(&t))
}

impl Restore {
    /// Whether the list is signed by an audit key of the backup; a signature that is there must be good.
    fn signature(&self, context: &Context, config: &Config) -> Result<bool, CliError> {
        let path = self.backup.join(SIGNATURE);
        let keys = Keys::open(&config.keys())?;
        let certificates = keys.certificates(Role::Audit);
        if !disk::is_taken(&path)? || certificates.is_empty() {
            return Ok(false);
        }
        let read = |path: &Path| std::fs::read(path).map_err(|e| CliError::file(path, &e));
        let (words, signature) = (read(&self.backup.join(LIST))?, read(&path)?);
        let at = context.clock().system_time();
        verify_detached(&certificates, &words, &signature, at).map(|_| true).map_err(|error| {
            let Text { en, zh } = error.what();
            CliError::no(text!(
                "the signature of the backup proves nothing: {en}; nothing was restored",
                "备份的签名无效：{zh}；未恢复任何内容"
            ))
        })
    }

    fn say(&self, context: &Context, facts: u64, signature: bool, keys: bool) {
        let (talk, shown) = (context.talk(), self.target.display());
        talk.say(&text!(
            "restored and verified in `{shown}`: {facts} facts; nothing was sent",
            "已恢复至 `{shown}` 并验证：{facts} 条记录；未发送任何文件"
        ));
        talk.warning(&text!(
            "RESTORED: it fetches and looks, and sends nothing to banks until two people say so",
            "恢复模式：只收取和查看，两人确认之前不向银行发送"
        ));
        if !signature {
            talk.warning(&text!(
                "the backup's signature was not checked: it has none, or no audit key is in it",
                "未检查备份的签名：备份未签名，或其中没有审计密钥"
            ));
        }
        if !keys {
            talk.hint(&text!(
                "no keys are in the backup: put them into `{shown}/state/keys`",
                "备份中没有密钥：请放入 `{shown}/state/keys`"
            ));
        }
        talk.hint(&text!(
            "make sure that the other copy is dead, ask the banks what they have, then two people run \
             `bankferry unfence --dir {shown} --as NAME --reason TEXT`",
            "确认另一副本已停用，向银行核实已收文件，然后由两人分别运行 \
             `bankferry unfence --dir {shown} --as 姓名 --reason 文字`"
        ));
    }
}
