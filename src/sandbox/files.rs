//! The SFTP requests of the practice bank, carried out inside its folder.

use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File as Entry, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode,
    Version,
};
use russh_sftp::server::Handler;
use rustix::fs::OFlags;

use super::connection::Line;
use super::faults::{Operation, Refusal, What};
use super::server::Shared;

/// The most bytes answered to one read.
const LONGEST_READ: u32 = 256 << 10;

/// Names answered to one request for more of a folder.
const NAMES_AT_ONCE: usize = 100;

/// One SFTP channel.
pub(super) struct Files {
    shared: Arc<Shared>,
    line: Line,
    open: HashMap<String, Open>,
    opened: u64,
}

enum Open {
    File { file: File, path: String },
    Folder { path: String, left: Vec<Entry> },
}

impl Files {
    /// A channel without open files.
    pub fn new(shared: Arc<Shared>, line: Line) -> Files {
        Files { shared, line, open: HashMap::new(), opened: 0 }
    }

    /// Carries one request out, with what the script says shall happen to it.
    async fn run<T>(
        &mut self,
        operation: Operation,
        names: &str,
        work: impl FnOnce(&mut Files, &[What]) -> Result<T, StatusCode>,
    ) -> Result<T, StatusCode> {
        let whats = self.shared.script.next(operation, names.trim_start_matches('/'));
        for what in &whats {
            match what {
                What::Delay(time) => tokio::time::sleep(*time).await,
                What::Freeze => std::future::pending::<()>().await,
                What::CutBefore => return self.cut(),
                What::Refuse(refusal) => return Err(code_of_refusal(*refusal)),
                _ => {}
            }
        }
        let done = work(self, &whats);
        if whats.contains(&What::CutAfter) { self.cut() } else { done }
    }

    fn cut<T>(&self) -> Result<T, StatusCode> {
        self.line.cut();
        Err(StatusCode::ConnectionLost)
    }

    /// The real path of a name inside the jail. `..` stops at the root; a link that leads out leads nowhere.
    fn real(&self, path: &str) -> Result<PathBuf, StatusCode> {
        let mut inside = PathBuf::new();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(part) => inside.push(part),
                Component::ParentDir => {
                    inside.pop();
                }
                _ => {}
            }
        }
        let real = self.shared.root.join(&inside);
        let above = real.parent().filter(|_| !inside.as_os_str().is_empty()).unwrap_or(&self.shared.root);
        let above = above.canonicalize().map_err(code_of)?;
        if !above.starts_with(&self.shared.root) {
            return Err(StatusCode::PermissionDenied);
        }
        Ok(match inside.file_name() {
            Some(name) => above.join(name),
            None => self.shared.root.clone(),
        })
    }

    fn keep(&mut self, open: Open) -> String {
        self.opened += 1;
        let handle = self.opened.to_string();
        self.open.insert(handle.clone(), open);
        handle
    }

    fn path_of(&self, handle: &str) -> String {
        match self.open.get(handle) {
            Some(Open::File { path, .. } | Open::Folder { path, .. }) => path.clone(),
            None => String::new(),
        }
    }

    fn file(&self, handle: &str) -> Result<(&File, &str), StatusCode> {
        match self.open.get(handle) {
            Some(Open::File { file, path }) => Ok((file, path)),
            _ => Err(StatusCode::Failure),
        }
    }

    fn open_file(&mut self, path: &str, flags: OpenFlags, attrs: &FileAttributes) -> Result<String, StatusCode> {
        let mode = attrs.permissions.unwrap_or(0o644) & 0o777;
        let nofollow = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
        let file =
            OpenOptions::from(flags).mode(mode).custom_flags(nofollow).open(self.real(path)?).map_err(code_of)?;
        Ok(self.keep(Open::File { file, path: path.to_owned() }))
    }

    fn open_folder(&mut self, path: &str, whats: &[What]) -> Result<String, StatusCode> {
        let mut left: Vec<Entry> = Vec::new();
        for entry in fs::read_dir(self.real(path)?).map_err(code_of)? {
            let entry = entry.map_err(code_of)?;
            // The protocol library speaks UTF-8 only; a file that vanished meanwhile is not shown.
            if let (Ok(name), Ok(meta)) = (entry.file_name().into_string(), entry.path().symlink_metadata()) {
                left.push(Entry::new(name, attributes(&meta, whats)));
            }
        }
        for what in whats {
            if let What::Show(names) = what {
                left.extend(names.iter().map(|name| Entry::new(name.clone(), invented())));
            }
        }
        left.sort_by(|a, b| b.filename.cmp(&a.filename));
        Ok(self.keep(Open::Folder { path: path.to_owned(), left }))
    }

    fn read_file(&self, handle: &str, offset: u64, length: u32, whats: &[What]) -> Result<Vec<u8>, StatusCode> {
        let (file, path) = self.file(handle)?;
        let mut data = vec![0; length.min(LONGEST_READ) as usize];
        let n = file.read_at(&mut data, offset).map_err(code_of)?;
        data.truncate(n);
        for what in whats {
            self.disturb(what, path)?;
        }
        if n == 0 { Err(StatusCode::Eof) } else { Ok(data) }
    }

    /// Somebody else touches the file that is being read.
    fn disturb(&self, what: &What, path: &str) -> Result<(), StatusCode> {
        let real = self.real(path)?;
        let length = || fs::metadata(&real).map(|meta| meta.len());
        let resize = |size: u64| OpenOptions::new().write(true).open(&real)?.set_len(size);
        match what {
            What::GrowOnRead => length().and_then(|n| resize(n + 1)).map_err(code_of),
            What::ShrinkOnRead => length().and_then(|n| resize(n / 2)).map_err(code_of),
            What::VanishOnRead => fs::remove_file(&real).or(Ok(())),
            _ => Ok(()),
        }
    }

    fn write_file(&self, handle: &str, offset: u64, data: &[u8], whats: &[What]) -> Result<(), StatusCode> {
        let (file, _) = self.file(handle)?;
        if whats.contains(&What::Pretend) {
            return Ok(());
        }
        let mut fits = self.shared.script.room(data.len() as u64);
        let mut cut = false;
        for what in whats {
            if let What::CutAtByte(limit) = what {
                fits = fits.min(limit.saturating_sub(offset));
                cut = offset.saturating_add(data.len() as u64) >= *limit;
            }
        }
        let fits = usize::try_from(fits).unwrap_or(usize::MAX).min(data.len());
        file.write_all_at(&data[..fits], offset).map_err(code_of)?;
        match (cut, fits == data.len()) {
            (true, _) => self.cut(),
            (false, true) => Ok(()),
            (false, false) => Err(StatusCode::Failure),
        }
    }

    /// As OpenSSH does it: a second name, then the first one removed. Never over another file.
    fn plain_rename(&self, from: &str, to: &str, whats: &[What]) -> Result<(), StatusCode> {
        if whats.contains(&What::Pretend) {
            return Ok(());
        }
        let (from, to) = (self.real(from)?, self.real(to)?);
        fs::hard_link(&from, &to).map_err(code_of)?;
        if whats.contains(&What::CutBetween) {
            return self.cut();
        }
        fs::remove_file(&from).map_err(code_of)
    }

    fn posix_rename(&self, data: &[u8], whats: &[What]) -> Result<(), StatusCode> {
        if whats.contains(&What::Pretend) {
            return Ok(());
        }
        let (from, to) = two_strings(data).ok_or(StatusCode::BadMessage)?;
        let (from, to) = (self.real(&from)?, self.real(&to)?);
        rustix::fs::rename(&from, &to).map_err(|e| code_of(e.into()))
    }

    /// The answer to `statvfs@openssh.com`: eleven numbers, of which clients read block size and free blocks.
    fn space(&self) -> Result<Vec<u8>, StatusCode> {
        let vfs = rustix::fs::statvfs(&self.shared.root).map_err(|e| code_of(e.into()))?;
        let free = if self.shared.script.is_full() { 0 } else { vfs.f_bavail };
        let numbers = [
            vfs.f_bsize,
            vfs.f_frsize,
            vfs.f_blocks,
            free,
            free,
            vfs.f_files,
            vfs.f_ffree,
            vfs.f_favail,
            0,
            0,
            vfs.f_namemax,
        ];
        Ok(numbers.iter().flat_map(|n| n.to_be_bytes()).collect())
    }
}

impl Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(&mut self, _version: u32, _extensions: HashMap<String, String>) -> Result<Version, StatusCode> {
        let mut version = Version::new();
        let mut offer = |name: &str, number: &str| version.extensions.insert(name.to_owned(), number.to_owned());
        offer("statvfs@openssh.com", "2");
        offer("fstatvfs@openssh.com", "2");
        if self.shared.posix_rename {
            offer("posix-rename@openssh.com", "1");
        }
        if self.shared.fsync {
            offer("fsync@openssh.com", "1");
        }
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        attrs: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let opened = self.run(Operation::Open, &filename, |files, _| files.open_file(&filename, pflags, &attrs));
        Ok(Handle { id, handle: opened.await? })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        let path = self.path_of(&handle);
        self.run(Operation::Close, &path, |files, _| files.open.remove(&handle).map(|_| ()).ok_or(StatusCode::Failure))
            .await
            .map(|()| fine(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, StatusCode> {
        let path = self.path_of(&handle);
        let data = self.run(Operation::Read, &path, |files, whats| files.read_file(&handle, offset, len, whats));
        Ok(Data { id, data: data.await? })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Result<Status, StatusCode> {
        let path = self.path_of(&handle);
        self.run(Operation::Write, &path, |files, whats| files.write_file(&handle, offset, &data, whats))
            .await
            .map(|()| fine(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let attrs = self.run(Operation::Stat, &path, |files, whats| {
            files.real(&path)?.symlink_metadata().map(|meta| attributes(&meta, whats)).map_err(code_of)
        });
        Ok(Attrs { id, attrs: attrs.await? })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        self.lstat(id, path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let path = self.path_of(&handle);
        let attrs = self.run(Operation::Stat, &path, |files, whats| {
            files.file(&handle)?.0.metadata().map(|meta| attributes(&meta, whats)).map_err(code_of)
        });
        Ok(Attrs { id, attrs: attrs.await? })
    }

    /// Accepted and forgotten, as some banks' servers do.
    async fn setstat(&mut self, id: u32, path: String, _attrs: FileAttributes) -> Result<Status, StatusCode> {
        self.run(Operation::SetStat, &path, |_, _| Ok(fine(id))).await
    }

    async fn fsetstat(&mut self, id: u32, handle: String, _attrs: FileAttributes) -> Result<Status, StatusCode> {
        let path = self.path_of(&handle);
        self.run(Operation::SetStat, &path, |_, _| Ok(fine(id))).await
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let opened = self.run(Operation::OpenFolder, &path, |files, whats| files.open_folder(&path, whats));
        Ok(Handle { id, handle: opened.await? })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        let path = self.path_of(&handle);
        let files = self.run(Operation::ReadFolder, &path, |files, _| match files.open.get_mut(&handle) {
            Some(Open::Folder { left, .. }) if left.is_empty() => Err(StatusCode::Eof),
            Some(Open::Folder { left, .. }) => Ok(left.split_off(left.len().saturating_sub(NAMES_AT_ONCE))),
            _ => Err(StatusCode::Failure),
        });
        Ok(Name { id, files: files.await? })
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusCode> {
        self.run(Operation::Remove, &filename, |files, _| {
            fs::remove_file(files.real(&filename)?).map(|()| fine(id)).map_err(code_of)
        })
        .await
    }

    async fn mkdir(&mut self, id: u32, path: String, _attrs: FileAttributes) -> Result<Status, StatusCode> {
        self.run(Operation::MakeFolder, &path, |files, _| {
            fs::create_dir(files.real(&path)?).map(|()| fine(id)).map_err(code_of)
        })
        .await
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        self.run(Operation::RemoveFolder, &path, |files, _| {
            fs::remove_dir(files.real(&path)?).map(|()| fine(id)).map_err(code_of)
        })
        .await
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let real = self.run(Operation::RealPath, &path, |files, _| {
            let real = files.real(&path)?;
            let inside = real.strip_prefix(&files.shared.root).map_err(|_| StatusCode::Failure)?;
            Ok(format!("/{}", inside.display()))
        });
        Ok(Name { id, files: vec![Entry::dummy(real.await?)] })
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Result<Status, StatusCode> {
        let names = format!("{} {}", oldpath.trim_start_matches('/'), newpath.trim_start_matches('/'));
        self.run(Operation::Rename, &names, |files, whats| files.plain_rename(&oldpath, &newpath, whats))
            .await
            .map(|()| fine(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Result<Packet, StatusCode> {
        let done = |()| Packet::Status(fine(id));
        match request.as_str() {
            "posix-rename@openssh.com" if self.shared.posix_rename => {
                let names = two_strings(&data).map(|(from, to)| format!("{from} {to}")).unwrap_or_default();
                self.run(Operation::PosixRename, &names, |files, whats| files.posix_rename(&data, whats))
                    .await
                    .map(done)
            }
            "fsync@openssh.com" if self.shared.fsync => {
                let handle = string(&data).ok_or(StatusCode::BadMessage)?.0;
                let path = self.path_of(&handle);
                let flush = |files: &mut Files, _: &[What]| files.file(&handle)?.0.sync_all().map_err(code_of);
                self.run(Operation::Flush, &path, flush).await.map(done)
            }
            "statvfs@openssh.com" | "fstatvfs@openssh.com" => {
                let data = self.run(Operation::Space, "", |files, _| files.space()).await?;
                Ok(Packet::ExtendedReply(ExtendedReply { id, data }))
            }
            _ => Err(StatusCode::OpUnsupported),
        }
    }
}

fn fine(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".to_owned(), language_tag: "en".to_owned() }
}

/// Like OpenSSH: what is neither absent nor forbidden is a failure.
fn code_of(error: io::Error) -> StatusCode {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StatusCode::NoSuchFile,
        io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        _ => StatusCode::Failure,
    }
}

fn code_of_refusal(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Failure => StatusCode::Failure,
        Refusal::Denied => StatusCode::PermissionDenied,
        Refusal::Unsupported => StatusCode::OpUnsupported,
        Refusal::Absent => StatusCode::NoSuchFile,
    }
}

fn attributes(meta: &Metadata, whats: &[What]) -> FileAttributes {
    let more: u64 = whats.iter().map(|what| if let What::Exaggerate(bytes) = what { *bytes } else { 0 }).sum();
    FileAttributes {
        size: Some(meta.len().saturating_add(more)),
        uid: Some(meta.uid()),
        gid: Some(meta.gid()),
        permissions: Some(meta.mode()),
        atime: u32::try_from(meta.atime()).ok(),
        mtime: u32::try_from(meta.mtime()).ok(),
        ..FileAttributes::default()
    }
}

/// Attributes of a file that does not exist.
fn invented() -> FileAttributes {
    FileAttributes { size: Some(1), permissions: Some(0o100_644), mtime: Some(0), ..FileAttributes::default() }
}

/// A string of the SSH wire format (RFC 4251, section 5) and what follows it.
fn string(data: &[u8]) -> Option<(String, &[u8])> {
    let length = u32::from_be_bytes(data.get(..4)?.try_into().ok()?) as usize;
    let end = length.checked_add(4)?;
    let text = std::str::from_utf8(data.get(4..end)?).ok()?;
    Some((text.to_owned(), data.get(end..)?))
}

fn two_strings(data: &[u8]) -> Option<(String, String)> {
    let (first, rest) = string(data)?;
    Some((first, string(rest)?.0))
}
