//! The carrier for a party that reads and writes a folder we can reach: an ERP, a bank's own front-end client.
//!
//! The folder may lie on a network file system. Every step works on open folders and single names, links are
//! never followed below the root, and nothing is ever renamed over something else.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use serde::Deserialize;

use super::error::{Act, changed, not_a_file, too_large};
use super::{Abilities, Carrier, CarrierError, Claimed, ErrorKind, Kind, NameFault, RemoteFile, Rename, name};
use crate::disk::{self, point};
use crate::text;
use crate::words::Text;

/// Where claimed files lie, below the folder they were claimed from.
pub const CLAIMED: &str = ".claimed";

/// Settings of a folder carrier.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderSettings {
    /// The party's folder.
    pub root: PathBuf,
    /// The largest file that is claimed, in bytes.
    #[serde(default = "two_gib")]
    pub most_bytes: u64,
    /// Permission bits of the files we make there, less the process's umask.
    #[serde(default = "group_readable")]
    pub mode: u32,
}

fn two_gib() -> u64 {
    2 << 30
}

fn group_readable() -> u32 {
    0o640
}

/// A party's folder.
#[derive(Debug)]
pub struct Folder {
    settings: FolderSettings,
}

impl Folder {
    /// A carrier for the folder `root` with the usual settings. Nothing is opened yet: a mount may come and go.
    pub fn open(root: impl AsRef<Path>) -> Folder {
        let root = root.as_ref().to_path_buf();
        Folder::with(FolderSettings { root, most_bytes: two_gib(), mode: group_readable() })
    }

    /// A carrier with settings of its own.
    pub fn with(settings: FolderSettings) -> Folder {
        Folder { settings }
    }

    fn place(&self, folder: &str, file: &str) -> String {
        self.settings.root.join(folder).join(file).display().to_string()
    }

    /// The error of one step of a call.
    fn fault(&self, act: Act, folder: &str, file: &str, errno: Errno) -> CarrierError {
        let (kind, why) = kind_of(errno);
        CarrierError::failed(kind, act, &self.place(folder, file), &why)
    }

    fn refuse(&self, act: Act, folder: &str, file: &str, kind: ErrorKind, why: &Text) -> CarrierError {
        CarrierError::failed(kind, act, &self.place(folder, file), why)
    }

    /// Opens the folder that a call speaks of, following no link below the root.
    fn enter(&self, act: Act, folder: &str) -> Result<OwnedFd, CarrierError> {
        name::judge_folder(folder).map_err(|f| CarrierError::bad_name(act, &self.place(folder, ""), f))?;
        descend(&self.settings.root, folder).map_err(|e| self.fault(act, folder, "", e))
    }

    /// The open folder and plain name of a file; a name may begin with `.claimed/`.
    fn locate<'n>(&self, act: Act, folder: &str, file: &'n str) -> Result<(OwnedFd, &'n str), CarrierError> {
        let plain = file.strip_prefix(CLAIMED).and_then(|rest| rest.strip_prefix('/'));
        let bad = |f: NameFault| CarrierError::bad_name(act, &self.place(folder, file), f);
        name::judge(plain.unwrap_or(file)).map_err(bad)?;
        let dir = self.enter(act, folder)?;
        match plain {
            None => Ok((dir, file)),
            Some(plain) => {
                let inner = open_folder(&dir, CLAIMED).map_err(|e| self.fault(act, folder, file, e))?;
                Ok((inner, plain))
            }
        }
    }
}

impl Carrier for Folder {
    fn list(&mut self, folder: &str, most: usize) -> Result<Vec<RemoteFile>, CarrierError> {
        let dir = self.enter(Act::List, folder)?;
        let mut found = Vec::new();
        for bytes in names(&dir).map_err(|e| self.fault(Act::List, folder, "", e))? {
            if found.len() == most {
                break;
            }
            let bytes = bytes.map_err(|e| self.fault(Act::List, folder, "", e))?;
            match rustix::fs::statat(&dir, bytes.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => found.push(remote_file(&bytes, &stat)),
                Err(Errno::NOENT) => {}
                Err(e) => return Err(self.fault(Act::List, folder, &name::read(&bytes).0, e)),
            }
        }
        Ok(found)
    }

    fn look(&mut self, folder: &str, file: &str) -> Result<Option<RemoteFile>, CarrierError> {
        let (dir, plain) = match self.locate(Act::Look, folder, file) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        match stat(&dir, plain) {
            Ok(stat) => Ok(Some(remote_file(plain.as_bytes(), &stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(self.fault(Act::Look, folder, file, e)),
        }
    }

    fn fetch(&mut self, folder: &str, file: &str, into: &mut File, cap: u64) -> Result<u64, CarrierError> {
        let fault = |e| self.fault(Act::Fetch, folder, file, e);
        let refuse = |kind, why| self.refuse(Act::Fetch, folder, file, kind, &why);
        let (dir, plain) = self.locate(Act::Fetch, folder, file)?;
        let mut source = File::from(open_file(&dir, plain).map_err(fault)?);
        let before = rustix::fs::fstat(&source).map_err(fault)?;
        if kind_of_stat(&before) != Kind::File {
            return Err(refuse(ErrorKind::NotAFile, not_a_file()));
        }
        if size_of(&before) > cap {
            return Err(refuse(ErrorKind::TooLarge, too_large(size_of(&before), cap)));
        }
        into.set_len(0).and_then(|()| into.seek(SeekFrom::Start(0))).map_err(|e| CarrierError::local(&e))?;
        let copied = copy(&mut source, into, size_of(&before)).map_err(|e| match e {
            CopyError::From(e) => fault(errno(&e)),
            CopyError::Into(e) => CarrierError::local(&e),
        })?;
        let after = rustix::fs::fstat(&source).map_err(fault)?;
        if copied != size_of(&before) || stamp(&before) != stamp(&after) {
            return Err(refuse(ErrorKind::Changed, changed()));
        }
        Ok(copied)
    }

    fn upload(&mut self, folder: &str, file: &str, source: &mut File, size: u64) -> Result<(), CarrierError> {
        let (dir, plain) = self.locate(Act::Upload, folder, file)?;
        source.seek(SeekFrom::Start(0)).map_err(|e| CarrierError::local(&e))?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        point("folder upload: create");
        let made = rustix::fs::openat(&dir, plain, flags, Mode::from_raw_mode(self.settings.mode))
            .map_err(|e| self.fault(Act::Upload, folder, file, e))?;
        self.fill(folder, file, &mut File::from(made), source, size).inspect_err(|_| {
            // Our own file, under a name that did not exist before: the caller's attempt starts anew.
            let _ = rustix::fs::unlinkat(&dir, plain, AtFlags::empty());
        })?;
        rustix::fs::fsync(&dir).map_err(|e| self.fault(Act::Upload, folder, file, e))?;
        point("folder upload: done");
        Ok(())
    }

    fn rename(&mut self, folder: &str, from: &str, to: &str, _how: Rename) -> Result<(), CarrierError> {
        let (dir, from) = self.locate(Act::Rename, folder, from)?;
        let (_, to) = self.locate(Act::Rename, folder, to)?;
        let moved = rename_new(&dir, from, &dir, to);
        self.settled(Act::Rename, folder, to, moved, &[&dir])
    }

    fn remove(&mut self, folder: &str, file: &str) -> Result<(), CarrierError> {
        let (dir, plain) = match self.locate(Act::Remove, folder, file) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        point("folder remove: unlink");
        match rustix::fs::unlinkat(&dir, plain, AtFlags::empty()) {
            Ok(()) => rustix::fs::fsync(&dir).map_err(|e| self.fault(Act::Remove, folder, file, e)),
            Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(self.fault(Act::Remove, folder, file, e)),
        }
    }

    fn move_to(&mut self, folder: &str, file: &str, other: &str) -> Result<(), CarrierError> {
        let (dir, plain) = self.locate(Act::Move, folder, file)?;
        let target = self.enter(Act::Move, other)?;
        let moved = rename_new(&dir, plain, &target, plain);
        self.settled(Act::Move, folder, file, moved, &[&target, &dir])
    }

    fn claim(&mut self, folder: &str, file: &str, claim: &str) -> Result<String, CarrierError> {
        let held = held_as(claim, file);
        let claimed = format!("{CLAIMED}/{held}");
        let bad = |f| CarrierError::bad_name(Act::Claim, &self.place(folder, &held), f);
        name::judge(file).and_then(|()| name::judge(&held)).map_err(bad)?;
        if claim.is_empty() || claim.contains("__") || file == CLAIMED {
            return Err(bad(NameFault::Separator));
        }
        let dir = self.enter(Act::Claim, folder)?;
        let inner = open_or_make(&dir, CLAIMED).map_err(|e| self.fault(Act::Claim, folder, file, e))?;
        if stat(&inner, &held).is_ok() {
            return Ok(claimed);
        }
        self.worth_claiming(folder, file, stat(&dir, file).map_err(|e| self.fault(Act::Claim, folder, file, e))?)?;
        self.refuse_if_written(folder, file, &dir)?;
        let moved = rename_new(&dir, file, &inner, &held);
        self.settled(Act::Claim, folder, file, moved, &[&inner, &dir])?;
        Ok(claimed)
    }

    fn owner(&mut self, folder: &str, file: &str) -> Result<Option<String>, CarrierError> {
        let (dir, plain) = self.locate(Act::Look, folder, file)?;
        let found = stat(&dir, plain).map_err(|e| self.fault(Act::Look, folder, file, e))?;
        Ok(Some(disk::user_name(found.st_uid)))
    }

    fn claimed(&mut self, folder: &str) -> Result<Vec<Claimed>, CarrierError> {
        let fault = |e| self.fault(Act::List, folder, CLAIMED, e);
        let dir = self.enter(Act::List, folder)?;
        let inner = match open_folder(&dir, CLAIMED) {
            Err(Errno::NOENT) => return Ok(Vec::new()),
            opened => opened.map_err(fault)?,
        };
        let mut found = Vec::new();
        for bytes in names(&inner).map_err(fault)? {
            let (held, fault) = name::read(&bytes.map_err(fault)?);
            if let (None, Some((claim, original))) = (fault, held.split_once("__")) {
                let name = format!("{CLAIMED}/{held}");
                found.push(Claimed { claim: claim.to_owned(), original: original.to_owned(), name });
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn abilities(&mut self) -> Result<Abilities, CarrierError> {
        let dir = self.enter(Act::Probe, "")?;
        let free = rustix::fs::fstatvfs(&dir).ok().map(|v| v.f_bavail.saturating_mul(v.f_frsize));
        Ok(Abilities { posix_rename: true, fsync: true, free, ..Abilities::default() })
    }

    fn close(&mut self) {}
}

impl Folder {
    /// Writes, flushes and measures a file that was just made.
    fn fill(
        &self,
        folder: &str,
        file: &str,
        made: &mut File,
        source: &mut File,
        size: u64,
    ) -> Result<(), CarrierError> {
        let fault = |e| self.fault(Act::Upload, folder, file, e);
        point("folder upload: created, still empty");
        let copied = copy(&mut source.take(size), made, size).map_err(|e| match e {
            CopyError::From(e) => CarrierError::local(&e),
            CopyError::Into(e) => fault(errno(&e)),
        })?;
        if copied != size {
            return Err(CarrierError::local(&io::Error::from(io::ErrorKind::UnexpectedEof)));
        }
        point("folder upload: written, not flushed");
        rustix::fs::fsync(&*made).map_err(fault)?;
        let there = size_of(&rustix::fs::fstat(&*made).map_err(fault)?);
        if there == size { Ok(()) } else { Err(self.refuse(Act::Upload, folder, file, ErrorKind::Changed, &changed())) }
    }

    /// The end of a rename: both folders flushed. A rename that cannot be flushed may or may not survive a power cut.
    fn settled(
        &self,
        act: Act,
        folder: &str,
        file: &str,
        moved: Result<(), Errno>,
        flush: &[&OwnedFd],
    ) -> Result<(), CarrierError> {
        moved.map_err(|e| self.fault(act, folder, file, e))?;
        flush.iter().try_for_each(rustix::fs::fsync).map_err(|e| self.fault(act, folder, file, e).in_doubt())
    }

    /// Refuses a file that somebody still has open for writing, where the system tells us.
    fn refuse_if_written(&self, folder: &str, file: &str, dir: &OwnedFd) -> Result<(), CarrierError> {
        let opened = open_file(dir, file).map_err(|e| self.fault(Act::Claim, folder, file, e))?;
        // A writer that renames before it closes, or a child process that was just made, is done in a moment.
        let busy = |n: u32| {
            std::thread::sleep(Duration::from_millis(10) * n.min(1));
            disk::is_open_for_writing(&opened)
        };
        if (0..5).all(busy) {
            let why = text!("somebody is still writing it", "文件仍在写入");
            return Err(self.refuse(Act::Claim, folder, file, ErrorKind::Changed, &why));
        }
        Ok(())
    }

    /// Refuses what is not an ordinary file: its content could be elsewhere, or be changed behind our back.
    fn worth_claiming(&self, folder: &str, file: &str, stat: Stat) -> Result<(), CarrierError> {
        let refuse = |kind, why: Text| Err(self.refuse(Act::Claim, folder, file, kind, &why));
        if kind_of_stat(&stat) != Kind::File {
            return refuse(ErrorKind::NotAFile, not_a_file());
        }
        if stat.st_nlink != 1 {
            let why = text!("the file has a second name (hard link)", "该文件另有硬链接");
            return refuse(ErrorKind::NotAFile, why);
        }
        if size_of(&stat) > self.settings.most_bytes {
            return refuse(ErrorKind::TooLarge, too_large(size_of(&stat), self.settings.most_bytes));
        }
        Ok(())
    }
}

/// Opens `folder` below `root`, part by part. The root itself may be a link: the operator named it.
fn descend(root: &Path, folder: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let top = rustix::fs::openat(CWD, root, flags, Mode::empty())?;
    folder.split('/').filter(|part| !part.is_empty()).try_fold(top, |dir, part| open_folder(&dir, part))
}

fn open_folder(dir: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}

fn open_or_make(dir: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    match open_folder(dir, name) {
        Err(Errno::NOENT) => {
            match rustix::fs::mkdirat(dir, name, Mode::RWXU) {
                Err(Errno::EXIST) => {}
                made => made.and_then(|()| rustix::fs::fsync(dir))?,
            }
            point("folder claim: made the folder of claims");
            open_folder(dir, name)
        }
        opened => opened,
    }
}

/// Opens a file to read it; a pipe does not make us wait, a link is an error.
fn open_file(dir: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}

fn stat(dir: &OwnedFd, name: &str) -> Result<Stat, Errno> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Renames to a name that must be free, with points to stop at.
fn rename_new(from_dir: &OwnedFd, from: &str, to_dir: &OwnedFd, to: &str) -> Result<(), Errno> {
    point("folder rename: ask");
    let done = disk::rename_new(from_dir, from, to_dir, to);
    point("folder rename: done, not flushed");
    done
}

/// The name of a claimed file: the claim before the file's own name, of which the end stays where both are too long.
fn held_as(claim: &str, file: &str) -> String {
    let over = (claim.len() + 2 + file.len()).saturating_sub(name::LONGEST);
    let end = file.ceil_char_boundary(over);
    format!("{claim}__{}", &file[end..])
}

/// The names in a folder, without `.`, `..` and our own `.claimed`.
fn names(dir: impl AsFd) -> Result<impl Iterator<Item = Result<Vec<u8>, Errno>>, Errno> {
    let ours = |bytes: &[u8]| bytes == b"." || bytes == b".." || bytes == CLAIMED.as_bytes();
    let all = Dir::read_from(dir)?.map(|entry| entry.map(|e| e.file_name().to_bytes().to_vec()));
    Ok(all.filter(move |name| name.as_ref().map_or(true, |bytes| !ours(bytes))))
}

fn remote_file(bytes: &[u8], stat: &Stat) -> RemoteFile {
    let (name, fault) = name::read(bytes);
    let kind = kind_of_stat(stat);
    let size = if kind == Kind::File { size_of(stat) } else { 0 };
    RemoteFile { name, size, modified: Some(stat.st_mtime), kind, fault }
}

fn kind_of_stat(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}

fn size_of(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// What stays the same while nobody touches a file.
fn stamp(stat: &Stat) -> (u64, i64, u64, u64) {
    (size_of(stat), stat.st_mtime, stat.st_mtime_nsec, stat.st_ino)
}

enum CopyError {
    From(io::Error),
    Into(io::Error),
}

/// Copies to the end of `source`, but never more than one byte over `expected`: then it has grown.
fn copy(source: &mut impl Read, into: &mut File, expected: u64) -> Result<u64, CopyError> {
    let mut chunk = vec![0; 256 << 10];
    let mut copied = 0u64;
    loop {
        let n = match source.read(&mut chunk) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(CopyError::From)?,
        };
        copied = copied.saturating_add(n as u64);
        if n == 0 || copied > expected {
            return Ok(copied);
        }
        into.write_all(&chunk[..n]).map_err(CopyError::Into)?;
    }
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

fn kind_of(errno: Errno) -> (ErrorKind, Text) {
    match errno {
        Errno::NOENT => (ErrorKind::NotFound, text!("it does not exist", "不存在")),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => (ErrorKind::Denied, text!("permission denied", "权限不足")),
        Errno::EXIST => (ErrorKind::Exists, text!("the name is taken", "同名文件已存在")),
        Errno::NOSPC | Errno::DQUOT => (ErrorKind::NoSpace, text!("the disk or quota is full", "磁盘或配额已满")),
        Errno::LOOP | Errno::ISDIR | Errno::NOTDIR => (ErrorKind::NotAFile, not_a_file()),
        Errno::NAMETOOLONG => (ErrorKind::BadName, NameFault::TooLong.text()),
        Errno::OPNOTSUPP | Errno::XDEV => {
            (ErrorKind::Unsupported, text!("the file system cannot do this", "文件系统不支持该操作"))
        }
        Errno::STALE | Errno::NOTCONN | Errno::HOSTDOWN => {
            (ErrorKind::Connect, text!("the network file system is away", "网络文件系统不可用"))
        }
        Errno::TIMEDOUT => (ErrorKind::TimedOut, text!("the network file system did not answer", "网络文件系统无响应")),
        other => (ErrorKind::Failure, Text::same(other.to_string())),
    }
}
