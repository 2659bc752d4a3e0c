//! The carrier for a party with an SFTP server.
//!
//! Built on libssh2 through `ssh2`. The host key is pinned; the connection is made when first needed and anew after
//! a failure; no call waits longer than `timeout_seconds` (and one) for a silent server.

mod extensions;
pub mod host_keys;
mod link;
mod login;
mod offer;
mod settings;
mod transfer;
mod trouble;
mod watchdog;

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use ssh2::{FileStat, FileType, RenameFlags};

pub use host_keys::HostPin;
pub use offer::Offer;
pub use settings::{Algorithms, SftpSettings};

use super::error::Act;
use super::{Abilities, Carrier, CarrierError, Claimed, ErrorKind, Kind, RemoteFile, Rename, name};
use crate::disk::point;
use crate::text;
use link::Link;
use trouble::Trouble;

/// A party's SFTP server.
pub struct Sftp {
    settings: SftpSettings,
    link: Option<Link>,
}

impl Sftp {
    /// A carrier for a server. Nothing is connected yet.
    pub fn connect(settings: SftpSettings) -> Sftp {
        Sftp { settings, link: None }
    }

    fn place(&self, folder: &str, file: &str) -> String {
        format!("{}:{}", self.settings.address(), self.settings.path(folder, file))
    }

    /// The path of a name that may be used.
    fn path(&self, act: Act, folder: &str, file: &str) -> Result<String, CarrierError> {
        let inner = folder.strip_prefix('/').unwrap_or(folder);
        let fault = name::judge_folder(inner).and_then(|()| if file.is_empty() { Ok(()) } else { name::judge(file) });
        fault.map_err(|fault| CarrierError::bad_name(act, &self.place(folder, file), fault))?;
        Ok(self.settings.path(folder, file))
    }

    /// The path of a file: a name is needed.
    fn file_path(&self, act: Act, folder: &str, file: &str) -> Result<String, CarrierError> {
        name::judge(file).map_err(|fault| CarrierError::bad_name(act, &self.place(folder, file), fault))?;
        self.path(act, folder, file)
    }

    /// The live connection, made anew when the old one is of no more use.
    fn link(&mut self) -> Result<&mut Link, CarrierError> {
        if self.link.as_ref().is_some_and(|link| !link.is_fresh()) {
            self.link = None;
        }
        if self.link.is_none() {
            self.link = Some(Link::make(&self.settings)?);
        }
        self.link.as_mut().ok_or_else(|| Trouble::lost().connecting(&self.settings))
    }

    /// Ends one call: a connection that broke in it is dropped now, while the caller waits for nothing else.
    fn done<T>(&mut self, act: Act, place: &str, answer: Result<T, Trouble>) -> Result<T, CarrierError> {
        self.drop_broken();
        answer.map_err(|trouble| trouble.failed(act, place))
    }

    fn stat(&mut self, act: Act, place: &str, path: &str) -> Result<Option<FileStat>, CarrierError> {
        let answer = lstat(self.link()?, path);
        self.done(act, place, answer)
    }

    /// Renames after having looked: the target is free, and the connection has just answered.
    fn rename_path(&mut self, act: Act, place: &str, [from, to]: [&str; 2], how: Rename) -> Result<(), CarrierError> {
        if self.stat(act, place, to)?.is_some() {
            return Err(taken(act, place));
        }
        let link = self.link()?;
        let (sftp, ready) = match how {
            Rename::Atomic => (None, link.open_extensions()),
            Rename::NoOverwrite => match link.sftp() {
                Ok(sftp) => (Some(sftp), Ok(())),
                Err(trouble) => (None, Err(trouble)),
            },
        };
        self.done(act, place, ready)?;
        let link = self.link()?;
        point("sftp rename: ask");
        let answer = match sftp {
            Some(sftp) => link.ask(|| sftp.rename(Path::new(from), Path::new(to), Some(RenameFlags::empty()))),
            None => link.posix_rename(from, to),
        };
        point("sftp rename: answered");
        answer.map_err(|trouble| self.not_renamed(act, place, [from, to], &trouble))
    }

    /// What a refused or unanswered rename means. A vague refusal is looked up, because servers do not say.
    fn not_renamed(&mut self, act: Act, place: &str, [from, to]: [&str; 2], trouble: &Trouble) -> CarrierError {
        let error = trouble.failed(act, place);
        if trouble.status().is_none() {
            self.drop_broken();
            return error.in_doubt();
        }
        if !trouble.is_vague() {
            return error;
        }
        let mut there = |path: &str| self.stat(act, place, path).map(|found| found.is_some());
        match (there(from), there(to)) {
            (Ok(true), Ok(true)) => taken(act, place),
            (Ok(true), Ok(false)) => error,
            _ => error.in_doubt(),
        }
    }

    fn drop_broken(&mut self) {
        if self.link.as_ref().is_some_and(Link::is_broken) {
            self.link = None;
        }
    }
}

impl Carrier for Sftp {
    fn list(&mut self, folder: &str, most: usize) -> Result<Vec<RemoteFile>, CarrierError> {
        let path = self.path(Act::List, folder, "")?;
        let answer = list(self.link()?, &path, most);
        self.done(Act::List, &self.place(folder, ""), answer)
    }

    fn look(&mut self, folder: &str, file: &str) -> Result<Option<RemoteFile>, CarrierError> {
        let path = self.file_path(Act::Look, folder, file)?;
        let found = self.stat(Act::Look, &self.place(folder, file), &path)?;
        Ok(found.map(|stat| remote_file(file.as_bytes(), &stat)))
    }

    fn fetch(&mut self, folder: &str, file: &str, into: &mut File, cap: u64) -> Result<u64, CarrierError> {
        let (place, path) = (self.place(folder, file), self.file_path(Act::Fetch, folder, file)?);
        let fetched = transfer::fetch(self.link()?, &place, &path, into, cap);
        self.drop_broken();
        fetched
    }

    fn upload(&mut self, folder: &str, file: &str, source: &mut File, size: u64) -> Result<(), CarrierError> {
        let (place, path) = (self.place(folder, file), self.file_path(Act::Upload, folder, file)?);
        let mode = self.settings.mode;
        let uploaded = transfer::upload(self.link()?, &place, &path, mode, source, size);
        self.drop_broken();
        uploaded
    }

    fn rename(&mut self, folder: &str, from: &str, to: &str, how: Rename) -> Result<(), CarrierError> {
        let old = self.file_path(Act::Rename, folder, from)?;
        let new = self.file_path(Act::Rename, folder, to)?;
        self.rename_path(Act::Rename, &self.place(folder, to), [&old, &new], how)
    }

    fn remove(&mut self, folder: &str, file: &str) -> Result<(), CarrierError> {
        let (place, path) = (self.place(folder, file), self.file_path(Act::Remove, folder, file)?);
        let answer = remove(self.link()?, &path);
        let vague = matches!(&answer, Err(trouble) if trouble.is_vague());
        if vague && self.stat(Act::Remove, &place, &path)?.is_some_and(|stat| kind_of(&stat) != Kind::File) {
            return Err(CarrierError::failed(ErrorKind::NotAFile, Act::Remove, &place, &super::error::not_a_file()));
        }
        self.done(Act::Remove, &place, answer)
    }

    fn move_to(&mut self, folder: &str, file: &str, other: &str) -> Result<(), CarrierError> {
        let old = self.file_path(Act::Move, folder, file)?;
        let new = self.file_path(Act::Move, other, file)?;
        self.rename_path(Act::Move, &self.place(folder, file), [&old, &new], Rename::NoOverwrite)
    }

    fn claim(&mut self, folder: &str, file: &str, _claim: &str) -> Result<String, CarrierError> {
        self.file_path(Act::Claim, folder, file).map(|_| file.to_owned())
    }

    fn claimed(&mut self, _folder: &str) -> Result<Vec<Claimed>, CarrierError> {
        Ok(Vec::new())
    }

    fn abilities(&mut self) -> Result<Abilities, CarrierError> {
        let (place, root) = (self.place("", ""), self.settings.path("", ""));
        let answer = abilities(self.link()?, &root);
        self.done(Act::Probe, &place, answer)
    }

    fn close(&mut self) {
        self.link = None;
    }
}

/// One name, no link followed; `None` when the server says that there is none.
fn lstat(link: &mut Link, path: &str) -> Result<Option<FileStat>, Trouble> {
    let sftp = link.sftp()?;
    match link.ask(|| sftp.lstat(Path::new(path))) {
        Ok(stat) => Ok(Some(stat)),
        Err(trouble) if trouble.is_absent() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn list(link: &mut Link, path: &str, most: usize) -> Result<Vec<RemoteFile>, Trouble> {
    let sftp = link.sftp()?;
    let mut dir = link.ask(|| sftp.opendir(Path::new(path)))?;
    let mut found = Vec::new();
    while found.len() < most {
        match link.ask(|| dir.readdir()) {
            Err(trouble) if trouble.is_end() => break,
            entry => {
                let (path, stat) = entry?;
                let bytes = path.as_os_str().as_bytes();
                if bytes != b"." && bytes != b".." {
                    found.push(remote_file(bytes, &stat));
                }
            }
        }
    }
    link.ask(|| dir.close())?;
    Ok(found)
}

fn remove(link: &mut Link, path: &str) -> Result<(), Trouble> {
    let sftp = link.sftp()?;
    point("sftp remove: ask");
    let answer = link.ask(|| sftp.unlink(Path::new(path)));
    point("sftp remove: answered");
    match answer {
        Err(trouble) if trouble.is_absent() => Ok(()),
        removed => removed,
    }
}

/// Asks without changing anything: a rename of nothing, and a flush of an open folder, are refused for what they
/// are by a server that knows the extension, and as unsupported by one that does not.
fn abilities(link: &mut Link, root: &str) -> Result<Abilities, Trouble> {
    let sftp = link.sftp()?;
    let mut dir = link.ask(|| sftp.opendir(Path::new(root)))?;
    let fsync = can(link.ask(|| dir.fsync()))?;
    link.ask(|| dir.close())?;
    drop((dir, sftp));
    link.open_extensions()?;
    let nothing = format!("{root}/.bankferry-no-such-file");
    let posix_rename = can(link.posix_rename(&nothing, &nothing))?;
    let free = link.free(root).ok();
    let software = link.session().banner().map(str::to_owned);
    let host_key = Some(link.host_key.clone());
    Ok(Abilities { posix_rename, fsync, free, host_key, software, algorithms: link.algorithms() })
}

fn can(answer: Result<(), Trouble>) -> Result<bool, Trouble> {
    match answer {
        Err(trouble) if trouble.status().is_none() => Err(trouble),
        Err(trouble) => Ok(!trouble.is_unsupported()),
        Ok(()) => Ok(true),
    }
}

fn remote_file(bytes: &[u8], stat: &FileStat) -> RemoteFile {
    let (name, fault) = name::read(bytes);
    let kind = kind_of(stat);
    let size = if kind == Kind::File { stat.size.unwrap_or(0) } else { 0 };
    let modified = stat.mtime.and_then(|seconds| i64::try_from(seconds).ok());
    RemoteFile { name, size, modified, kind, fault }
}

fn kind_of(stat: &FileStat) -> Kind {
    match stat.file_type() {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}

fn taken(act: Act, place: &str) -> CarrierError {
    CarrierError::failed(ErrorKind::Exists, act, place, &text!("the name is taken", "同名文件已存在"))
}
