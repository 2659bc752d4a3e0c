//! What the disk refused, and what helps.

use std::io;
use std::path::{Path, PathBuf};

use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What was being done when the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Opening or looking at something that should be there.
    Open,
    /// Finding out whether something is there.
    Look,
    /// Reading.
    Read,
    /// Making a file, a link or a folder.
    Create,
    /// Writing.
    Write,
    /// Flushing to the disk.
    Flush,
    /// Giving the final name.
    Rename,
    /// Removing.
    Remove,
    /// Locking.
    Lock,
}

impl Doing {
    fn words(self) -> Text {
        match self {
            Doing::Open => text!("opened", "打开"),
            Doing::Look => text!("looked at", "查看"),
            Doing::Read => text!("read", "读取"),
            Doing::Create => text!("created", "创建"),
            Doing::Write => text!("written", "写入"),
            Doing::Flush => text!("flushed to the disk", "刷写到磁盘"),
            Doing::Rename => text!("renamed", "重命名"),
            Doing::Remove => text!("removed", "删除"),
            Doing::Lock => text!("locked", "加锁"),
        }
    }
}

/// Why something is not a plain file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPlain {
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A pipe, socket or device.
    Special,
    /// A file with this number of names (hard links), where one is allowed.
    Names(u64),
}

impl NotPlain {
    fn words(self) -> Text {
        match self {
            NotPlain::Link => text!("a symbolic link", "符号链接"),
            NotPlain::Folder => text!("a folder", "文件夹"),
            NotPlain::Special => text!("a pipe, socket or device", "管道、套接字或设备"),
            NotPlain::Names(n) => text!("a file with {n} names (hard links)", "有 {n} 个名称（硬链接）的文件"),
        }
    }
}

/// What the disk refused, with the path.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The system refused.
    #[error("`{}` cannot be {}: {source}", path.display(), doing.words())]
    Io {
        /// What was being done.
        doing: Doing,
        /// To what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The content could not be had from where it comes from; the disk is not to blame.
    #[error("the content of `{}` cannot be had: {source}", path.display())]
    Source {
        /// The file that was to be written.
        path: PathBuf,
        /// The source's answer.
        source: io::Error,
    },
    /// The name is taken by other content.
    #[error("`{}` exists and has other content", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// It is not a plain file.
    #[error("`{}` is not a plain file but {}", path.display(), why.words())]
    NotPlain {
        /// What was looked at.
        path: PathBuf,
        /// What it is.
        why: NotPlain,
    },
    /// The file is larger than allowed.
    #[error("`{}` has {size} bytes, {cap} are allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: u64,
        /// The bytes allowed.
        cap: u64,
    },
    /// Two folders that must be on one file system are not.
    #[error("`{}` and `{}` are not on one file system", from.display(), to.display())]
    OtherFileSystem {
        /// One of them.
        from: PathBuf,
        /// The other.
        to: PathBuf,
    },
    /// A file system reached over the network, or one whose promises we cannot know.
    #[error("`{}` is on a {kind} file system", path.display())]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// Its kind: `NFS`, `CIFS` …
        kind: &'static str,
    },
    /// Another process works here.
    #[error("`{}` is locked by {holder}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Process id and name of the holder, as it wrote them.
        holder: String,
    },
    /// A file name that is empty, has a folder in it or is too long.
    #[error("`{name}` is no file name")]
    BadName {
        /// The name.
        name: String,
    },
}

impl DiskError {
    /// The system's refusal while `doing` something to `path`.
    pub fn io(doing: Doing, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> DiskError {
        DiskError::Io { doing, path: path.into(), source: source.into() }
    }

    /// The path it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            DiskError::Io { path, .. }
            | DiskError::Source { path, .. }
            | DiskError::Exists { path }
            | DiskError::NotPlain { path, .. }
            | DiskError::TooLarge { path, .. }
            | DiskError::NetworkFileSystem { path, .. }
            | DiskError::Locked { path, .. } => Some(path),
            DiskError::OtherFileSystem { from, .. } => Some(from),
            DiskError::BadName { .. } => None,
        }
    }

    /// The system's error kind, where the system refused.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            DiskError::Io { source, .. } => Some(source.kind()),
            _ => None,
        }
    }

    /// Whether the thing asked for is not there.
    pub fn is_absent(&self) -> bool {
        self.kind() == Some(io::ErrorKind::NotFound)
    }
}

impl Explain for DiskError {
    fn what(&self) -> Text {
        let path = self.path().map(|p| p.display().to_string()).unwrap_or_default();
        match self {
            DiskError::Io { doing, source, .. } => {
                let Text { en, zh } = doing.words();
                text!("`{path}` cannot be {en}", "无法{zh} `{path}`").because(source)
            }
            DiskError::Source { source, .. } => {
                text!("the content of `{path}` cannot be had", "无法取得 `{path}` 的内容").because(source)
            }
            DiskError::Exists { .. } => {
                text!("`{path}` exists and has other content", "`{path}` 已存在，且内容不同")
            }
            DiskError::NotPlain { why, .. } => {
                let why = why.words();
                Text {
                    en: format!("`{path}` is not a plain file but {}", why.en),
                    zh: format!("`{path}` 不是普通文件，而是{}", why.zh),
                }
            }
            DiskError::TooLarge { size, cap, .. } => {
                text!("`{path}` has {size} bytes, {cap} are allowed", "`{path}` 有 {size} 字节，最多允许 {cap} 字节")
            }
            DiskError::OtherFileSystem { to, .. } => {
                let to = to.display();
                text!("`{path}` and `{to}` are not on one file system", "`{path}` 与 `{to}` 不在同一文件系统上")
            }
            DiskError::NetworkFileSystem { kind, .. } => {
                text!("`{path}` is on a {kind} file system", "`{path}` 位于 {kind} 文件系统上")
            }
            DiskError::Locked { holder, .. } => {
                text!("`{path}` is locked by {holder}", "`{path}` 已被 {holder} 锁定")
            }
            DiskError::BadName { name } => text!("`{name}` is no file name", "`{name}` 不是有效的文件名"),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            DiskError::Io { source, .. } => io_hint(source).into_iter().collect(),
            DiskError::Source { .. } => Vec::new(),
            DiskError::Exists { .. } => {
                vec![text!("look at both files; nothing was overwritten", "请比对两个文件；程序没有覆盖任何内容")]
            }
            DiskError::NotPlain { .. } => {
                vec![text!("put the file itself there, under one name", "请直接放置文件本身，且只用一个名称")]
            }
            DiskError::TooLarge { .. } => {
                vec![text!(
                    "raise the size limit of this party if the file is right",
                    "若文件无误，请调高该方的文件大小上限"
                )]
            }
            DiskError::OtherFileSystem { .. } => {
                vec![text!(
                    "put both folders on one file system and one mount",
                    "请将两个文件夹放在同一文件系统的同一挂载点下"
                )]
            }
            DiskError::NetworkFileSystem { .. } => {
                vec![text!("use a folder on a local disk", "请使用本地磁盘上的文件夹")]
            }
            DiskError::Locked { .. } => {
                vec![text!("stop the other one first, or use another folder", "请先停止另一个进程，或使用其他文件夹")]
            }
            DiskError::BadName { .. } => Vec::new(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            DiskError::Io { source, .. } => Remedy::of_io(source),
            DiskError::Source { .. } => Remedy::Wait,
            _ => Remedy::Person,
        }
    }
}

fn io_hint(source: &io::Error) -> Option<Text> {
    use io::ErrorKind::*;
    match source.kind() {
        StorageFull | QuotaExceeded => {
            Some(text!("free some space; the work goes on by itself", "请释放磁盘空间；之后会自动继续"))
        }
        PermissionDenied => {
            Some(text!("give the user that runs bankferry the right to it", "请为运行 bankferry 的用户授予权限"))
        }
        ReadOnlyFilesystem => Some(text!(
            "see the system log: a file system is often mounted read-only after a disk error",
            "请查看系统日志：磁盘出错后文件系统常被挂载为只读"
        )),
        CrossesDevices => Some(text!(
            "put both folders on one file system and one mount",
            "请将两个文件夹放在同一文件系统的同一挂载点下"
        )),
        _ => match rustix::io::Errno::from_io_error(source) {
            Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE) => {
                Some(text!("raise the limit of open files (`LimitNOFILE`)", "请提高打开文件数上限（`LimitNOFILE`）"))
            }
            Some(rustix::io::Errno::IO) => {
                Some(text!("see the system log for the disk", "请查看系统日志中该磁盘的记录"))
            }
            _ => None,
        },
    }
}
