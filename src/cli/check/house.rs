//! The folders and their rights, the file systems, the journal, the clock.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::Notes;
use crate::cli::desk::Desk;
use crate::config::{CarrierSettings, Config, Party};
use crate::disk;
use crate::journal::{JournalError, Oversight, Records, SqliteJournal};
use crate::route::absent::{Absent, absent};
use crate::route::{officers, places};
use crate::template::{Clear, folders};
use crate::text;
use crate::words::Text;

const FOLDERS: &str = "folders";
const CLOCK: &str = "clock";
const JOURNAL: &str = "journal";
const PARTIES: &str = "parties";
const DUPLICATES: &str = "duplicates";

/// No clock of this program's time is before this.
const EARLIEST: &str = "2025-01-01T00:00:00Z";
/// And none is after this.
const LATEST: &str = "2100-01-01T00:00:00Z";

pub(super) fn check(desk: &Desk<'_>, notes: &mut Notes) {
    let config = &desk.config;
    let before = notes.0.len();
    private(&config.state(), 0o077, notes);
    if config.archive().is_dir() {
        // A group may read the archive, such as the auditors'.
        private(&config.archive(), 0o027, notes);
    }
    if config.state().is_dir()
        && let Err(error) = disk::refuse_network_file_system(&config.state())
    {
        notes.explained(FOLDERS, &error);
    }
    for party in &config.parties {
        if matches!(party.carrier, CarrierSettings::Folder) {
            folder_party(desk, party, notes);
        }
    }
    if notes.0.len() == before {
        notes.fine(FOLDERS, text!("folders are there with sound rights", "文件夹齐备，权限恰当"));
    }
    missing(desk, notes);
    gone(desk, notes);
    memory(config, notes);
    accounts(config, notes);
    let last = journal(desk, notes);
    clock(desk, last, notes);
}

/// How far back each ERP's files are compared with what came before.
fn memory(config: &Config, notes: &mut Notes) {
    for erp in config.parties.iter().filter(|party| !party.is_bank()) {
        let (name, months) = (&erp.name, erp.duplicates.months);
        let said = text!(
            "files of `{name}` are compared with what came in {months} months",
            "`{name}` 的文件与此前 {months} 个月内的文件比对"
        );
        match months {
            // Of a year's files, next year's run of the same month is the likeliest double.
            0..13 => notes.warning(
                DUPLICATES,
                said,
                text!("13 months or more also find a file of the year before", "13 个月以上才能发现上一年的重复文件"),
            ),
            _ => notes.fine(DUPLICATES, said),
        }
    }
}

/// ERPs that may pay from every account that no other ERP lists, where several share the installation.
fn accounts(config: &Config, notes: &mut Notes) {
    let erps = || config.parties.iter().filter(|party| !party.is_bank());
    if erps().nth(1).is_none() {
        return;
    }
    for erp in erps().filter(|erp| erp.accounts.is_empty() && !erp.template.inward.format.is_empty()) {
        let name = &erp.name;
        notes.warning(
            PARTIES,
            text!(
                "`{name}` lists no `accounts`: it may pay from every account that no other ERP lists",
                "`{name}` 未列出 `accounts`：可从其他 ERP 未列出的任何账户付款"
            ),
            text!("list in its `[[party]]` the accounts that it pays from", "请在其 `[[party]]` 中列出其付款账户"),
        );
    }
}

/// Parties that the configuration has no more, of which something is under way.
fn gone(desk: &Desk<'_>, notes: &mut Notes) {
    // A journal that cannot be read is told of by itself.
    let Ok(Some(records)) = desk.records_so_far() else { return };
    let all = absent(&desk.config, &records, desk.now()).unwrap_or_default();
    // What is set aside was told with its mistakes; here is what lies there.
    let lies = |absent: &&Absent| absent.aside.is_none() || !absent.waits.is_empty() || absent.open > 0;
    all.iter().filter(lies).for_each(|absent| notes.error(PARTIES, absent.what(), absent.hint()));
}

/// Folders that are not there: of a new installation or party they are still to be made.
fn missing(desk: &Desk<'_>, notes: &mut Notes) {
    let config = &desk.config;
    let mut wanted = vec![config.state(), config.archive()];
    for party in config.parties.iter().filter(|party| matches!(party.carrier, CarrierSettings::Folder)) {
        let inbox = config.inbox(&party.name);
        let lasting = party.template.inward.folders.iter().filter(|f| !f.is_empty() && !f.contains('{'));
        let below: Vec<_> = lasting.map(|folder| inbox.join(folder)).collect();
        wanted.extend([inbox, config.outbox(&party.name)].into_iter().chain(below));
    }
    wanted.retain(|path| !path.exists());
    if matches!(desk.has_journal(), Ok(true)) && wanted.contains(&config.archive()) {
        let shown = config.archive().display().to_string();
        notes.error(
            FOLDERS,
            text!(
                "the archive `{shown}` is gone, and the journal speaks of what lay in it",
                "归档 `{shown}` 已不存在，而日志引用其中内容"
            ),
            text!("look for its disk; nothing may be sent without it", "请检查其磁盘；没有归档不得发送"),
        );
        wanted.retain(|path| *path != config.archive());
    }
    for party in &config.parties {
        let Some(what) = places::lost(config, party).filter(|_| was_in_contact(desk, party)) else { continue };
        notes.error(FOLDERS, what, places::hint());
        wanted.retain(|path| *path != config.inbox(&party.name) && *path != config.outbox(&party.name));
    }
    let names = wanted.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        notes.warning(
            FOLDERS,
            text!("not there: {names}", "不存在：{names}"),
            text!(
                "`bankferry run` or `once` makes them for its user; look for the disk of those that were there before",
                "`bankferry run` 或 `once` 会以运行用户的身份创建；如此前存在，请检查其磁盘"
            ),
        );
    }
}

/// Whether its folders were there before, so that nobody makes them anew.
fn was_in_contact(desk: &Desk<'_>, party: &Party) -> bool {
    // A journal that cannot be read is told of by itself.
    let records = desk.records_so_far().unwrap_or_default();
    records.is_some_and(|records| records.was_in_contact(&party.name).unwrap_or(false))
}

/// A folder that others must not enter.
fn private(path: &Path, others: u32, notes: &mut Notes) {
    let shown = path.display();
    let Ok(found) = std::fs::metadata(path) else { return };
    let (mode, most) = (found.permissions().mode() & 0o7777, 0o777 & !others);
    if mode & others != 0 {
        notes.error(
            FOLDERS,
            text!(
                "others have too much right in `{shown}` (rights {mode:o})",
                "他人对 `{shown}` 的权限过大（权限 {mode:o}）"
            ),
            text!("`chmod {most:o} {shown}`", "`chmod {most:o} {shown}`"),
        );
    }
}

/// The folders that a party reads and writes itself.
fn folder_party(desk: &Desk<'_>, party: &Party, notes: &mut Notes) {
    let inbox = desk.config.inbox(&party.name);
    let roots = [inbox.clone(), desk.config.outbox(&party.name)];
    for root in &roots {
        shared(root, notes);
    }
    for folder in party.template.inward.folders.iter().filter(|folder| !folders::is_dated(folder)) {
        let here = inbox.join(folder);
        if !folder.is_empty() {
            shared(&here, notes);
        }
        same_disk(&here, &here.join(".claimed"), notes);
        if let Clear::MoveTo(other) = &party.template.inward.clear {
            same_disk(&here, &inbox.join(other), notes);
        }
    }
}

/// A folder that the party may use and nobody else.
fn shared(path: &Path, notes: &mut Notes) {
    let shown = path.display();
    let found = match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            let what = text!("`{shown}` is not a folder", "`{shown}` 不是文件夹");
            return notes.error(FOLDERS, what, text!("move it away", "请将其移走"));
        }
        // Told of with the others that are missing.
        Err(_) => return,
    };
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o002 != 0 {
        notes.warning(
            FOLDERS,
            text!(
                "everybody may write into `{shown}` (rights {mode:o}); rights are all that speaks for its files",
                "任何人均可写入 `{shown}`（权限 {mode:o}）：ERP 文件的真实性仅凭文件夹权限"
            ),
            text!(
                "`chmod o-rwx {shown}`, and give the party's user the folder's group",
                "`chmod o-rwx {shown}`，并将对方用户加入该文件夹的用户组"
            ),
        );
    }
    let handle = rustix::fs::access(
        path,
        rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    );
    if let Err(error) = handle {
        notes.error(
            FOLDERS,
            text!("this user cannot read and write `{shown}`", "当前用户无法读写 `{shown}`").because(&error.into()),
            text!(
                "run as the user of the installation, or correct the folder's owner",
                "请以安装所属用户运行，或更正文件夹所有者"
            ),
        );
    }
}

/// Two places between which files are renamed.
fn same_disk(a: &Path, b: &Path, notes: &mut Notes) {
    if !a.is_dir() || !b.is_dir() {
        return;
    }
    let (first, second) = (a.display(), b.display());
    match disk::same_file_system(a, b) {
        Ok(true) => {}
        Ok(false) => notes.error(
            FOLDERS,
            text!(
                "`{first}` and `{second}` are on different file systems: no file can be renamed between them",
                "`{first}` 与 `{second}` 不在同一文件系统：文件无法在其间重命名"
            ),
            text!("mount one file system over both", "请将两者置于同一文件系统"),
        ),
        Err(error) => notes.explained(FOLDERS, &error),
    }
}

/// Whether the journal can be read; the moment of its last fact.
fn journal(desk: &Desk<'_>, notes: &mut Notes) -> Option<Timestamp> {
    match desk.has_journal() {
        Ok(true) => {}
        Ok(false) => {
            notes.fine(JOURNAL, text!("nothing has happened yet", "尚无任何记录"));
            return None;
        }
        Err(error) => {
            notes.failed(JOURNAL, error);
            return None;
        }
    }
    let last = || -> Result<(u64, Option<String>, Option<Text>), JournalError> {
        let records = SqliteJournal::open_to_read(&desk.config.journal())?;
        let head = records.head()?.0;
        let fenced = records.standing()?.and_then(|standing| standing.fenced);
        Ok((head, records.facts_after(head.saturating_sub(1), 1)?.pop().map(|fact| fact.at), fenced))
    };
    match last() {
        Ok((facts, at, fenced)) => {
            notes.fine(JOURNAL, text!("{facts} facts", "{facts} 条记录"));
            if let Some(Text { en, zh }) = fenced {
                let what = text!("RESTORED: {en}; nothing is sent to banks", "恢复模式：{zh}；不向银行发送");
                notes.error(
                    JOURNAL,
                    what,
                    text!("`bankferry status` says what to do", "`bankferry status` 说明如何处理"),
                );
            }
            officers(desk, notes);
            at.and_then(|at| at.parse().ok())
        }
        Err(error) => {
            notes.explained(JOURNAL, &error);
            None
        }
    }
}

/// Whether two officers have to say yes before anything is sent.
fn officers(desk: &Desk<'_>, notes: &mut Notes) {
    let records = SqliteJournal::open_to_read(&desk.config.journal());
    match records.and_then(|records| officers::waits_for_officers(&desk.config, &records)) {
        Ok(true) => notes.warning(JOURNAL, officers::words(), officers::hint()),
        Ok(false) => {}
        Err(error) => notes.explained(JOURNAL, &error),
    }
}

/// Whether the machine's clock can be right.
fn clock(desk: &Desk<'_>, last: Option<Timestamp>, notes: &mut Notes) {
    let (now, shown) = (desk.now(), desk.at(desk.now()));
    let within = |from: &str, to: &str| {
        from.parse().is_ok_and(|from: Timestamp| now >= from) && to.parse().is_ok_and(|to: Timestamp| now < to)
    };
    let set = || text!("set the clock, and keep it right with NTP", "请校准时钟，并用 NTP 保持准确");
    if !within(EARLIEST, LATEST) {
        let what = text!("the clock says {shown}: that cannot be", "系统时钟为 {shown}：不可能");
        return notes.error(CLOCK, what, set());
    }
    if let Some(last) = last.filter(|last| *last > now) {
        let last = desk.at(last);
        let what = text!(
            "the clock says {shown}, and the journal's last fact is of {last}: it was set back",
            "系统时钟为 {shown}，而日志最后一条记录为 {last}：时钟被回拨"
        );
        return notes.error(CLOCK, what, set());
    }
    let zone = &desk.config.time_zone;
    notes.fine(CLOCK, text!("{shown} in {zone}", "{shown}（{zone}）"));
}
