//! The archive's proof: every hash recomputed, every name compared.

use std::collections::HashSet;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::folder::{BY_HASH, day_of, names_in, place_of};
use super::manifest::{Line, MANIFEST, Manifest};
use super::{Archive, ArchiveError, name};
use crate::disk::{self, DiskError, FolderLock, HashingReader, Sha256Hash, TEMPORARY};
use crate::text;
use crate::words::{Explain, Text};

/// What the proof found.
#[derive(Clone, Debug, Default)]
pub struct ArchiveReport {
    /// Files whose hash was recomputed.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong, in the order of the folders; at most [`ArchiveReport::MOST`].
    pub faults: Vec<Fault>,
    /// Faults that are counted and not listed.
    pub left_out: u64,
    /// Faults that are more than the leavings of a crash.
    pub grave: u64,
}

impl ArchiveReport {
    /// The most faults listed.
    pub const MOST: usize = 10_000;

    /// Whether every archived file is what it was. The leavings of a crash do not count.
    pub fn is_sound(&self) -> bool {
        self.grave == 0
    }

    fn push(&mut self, place: impl Into<PathBuf>, kind: FaultKind) {
        self.grave += u64::from(kind.is_grave());
        if self.faults.len() < ArchiveReport::MOST {
            self.faults.push(Fault { place: place.into(), kind });
        } else {
            self.left_out += 1;
        }
    }
}

/// Something in the archive that should not be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, below the archive's folder.
    pub place: PathBuf,
    /// What.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The manifest lists it, and it is gone.
    Missing {
        /// The hash it was archived with.
        sha256: Sha256Hash,
    },
    /// Its content is not what it was.
    Altered {
        /// The hash it was archived with.
        expected: Sha256Hash,
        /// The hash it has now.
        found: Sha256Hash,
    },
    /// It cannot be read, or is no plain file.
    Unreadable {
        /// Why.
        why: Text,
    },
    /// Somebody may write it: its rights.
    Writable {
        /// The rights, as `chmod` takes them.
        mode: u32,
    },
    /// Nobody of ours put it there.
    Foreign,
    /// A line of the manifest that is neither list nor comment.
    BadLine {
        /// Its number, from 1.
        line: u64,
    },
    /// A pointer that leads nowhere, or to content with another hash.
    Astray,
    /// A complete file that the manifest does not list: a crash leaves that.
    Unlisted,
    /// A temporary file: a crash leaves that.
    Leftover,
    /// The manifest's last line does not end: a crash leaves that.
    Torn,
    /// It cannot be found by its hash: a crash leaves that.
    Unpointed {
        /// The hash.
        sha256: Sha256Hash,
    },
}

impl FaultKind {
    /// Whether it is more than the leavings of a crash, which the next start puts right.
    pub fn is_grave(&self) -> bool {
        !matches!(self, FaultKind::Unlisted | FaultKind::Leftover | FaultKind::Torn | FaultKind::Unpointed { .. })
    }
}

impl Fault {
    /// What is wrong, in one sentence.
    pub fn what(&self) -> Text {
        let place = self.place.display();
        match &self.kind {
            FaultKind::Missing { sha256 } => {
                text!("`{place}` is missing; its hash was {sha256}", "缺少 `{place}`；其哈希为 {sha256}")
            }
            FaultKind::Altered { expected, found } => text!(
                "`{place}` was altered: its hash is {found} and was {expected}",
                "`{place}` 被改动：现哈希为 {found}，原为 {expected}"
            ),
            FaultKind::Unreadable { why } => Text {
                en: format!("`{place}` cannot be verified: {}", why.en),
                zh: format!("无法核验 `{place}`：{}", why.zh),
            },
            FaultKind::Writable { mode } => text!(
                "`{place}` can be written (rights {mode:o}); archived files are 400",
                "`{place}` 可被写入（权限 {mode:o}）；归档文件应为 400"
            ),
            FaultKind::Foreign => {
                text!("`{place}` was not put there by bankferry", "`{place}` 不是由 bankferry 放入的")
            }
            FaultKind::BadLine { line } => {
                text!("line {line} of `{place}` cannot be understood", "无法理解 `{place}` 的第 {line} 行")
            }
            FaultKind::Astray => {
                text!("the pointer `{place}` does not lead to its content", "指针 `{place}` 未指向对应内容")
            }
            FaultKind::Unlisted => {
                text!("`{place}` is complete and not yet listed", "`{place}` 完整，但尚未登记在清单中")
            }
            FaultKind::Leftover => {
                text!("`{place}` is a temporary file of an interrupted run", "`{place}` 是中断运行遗留的临时文件")
            }
            FaultKind::Torn => text!("the last line of `{place}` is incomplete", "`{place}` 的最后一行不完整"),
            FaultKind::Unpointed { sha256 } => {
                text!("`{place}` cannot be found by its hash {sha256}", "无法通过哈希 {sha256} 找到 `{place}`")
            }
        }
    }
}

/// The one file beside the days that is not content.
const EPOCH: &str = ".epoch";
/// Bytes between two reports of progress within one file.
const CHUNK: usize = 1 << 20;

/// What the proof carries along.
struct Proof<'a> {
    archive: &'a Archive,
    report: ArchiveReport,
    progress: &'a mut dyn FnMut(u64, u64),
    buffer: Vec<u8>,
}

pub(super) fn verify(archive: &Archive, progress: &mut dyn FnMut(u64, u64)) -> Result<ArchiveReport, ArchiveError> {
    let mut proof = Proof { archive, report: ArchiveReport::default(), progress, buffer: vec![0; CHUNK] };
    for name in names_in(&archive.root)? {
        if day_of(&name).is_some() {
            proof.day(&name);
        } else if name == BY_HASH {
            proof.pointers();
        } else if name == EPOCH {
            // The journal's position, which `journal::pair` keeps and judges.
            continue;
        } else if name.starts_with(TEMPORARY) {
            proof.report.push(name, FaultKind::Leftover);
        } else {
            proof.report.push(name, FaultKind::Foreign);
        }
    }
    Ok(proof.report)
}

impl Proof<'_> {
    fn day(&mut self, day: &str) {
        for case in self.names(Path::new(day)) {
            let place = Path::new(day).join(&case);
            match disk::at(&self.archive.root.join(&place)) {
                Ok(Some(found)) if found.is_dir() && name::is_case(&case) => self.case(&place),
                Ok(_) => self.report.push(place, FaultKind::Foreign),
                Err(e) => self.report.push(place, FaultKind::Unreadable { why: e.what() }),
            }
        }
    }

    fn case(&mut self, place: &Path) {
        let dir = self.archive.root.join(place);
        // Under the lock, so that a file being kept just now is not half a fault; what is listed never changes.
        let looked = FolderLock::take(&dir).and_then(|_lock| Ok((Manifest::read(&dir)?, names_in(&dir)?)));
        let (manifest, names) = match looked {
            Ok(looked) => looked,
            Err(e) => return self.report.push(place, FaultKind::Unreadable { why: e.what() }),
        };
        if manifest.torn {
            self.report.push(place.join(MANIFEST), FaultKind::Torn);
        }
        for line in &manifest.bad {
            self.report.push(place.join(MANIFEST), FaultKind::BadLine { line: *line });
        }
        for line in &manifest.lines {
            self.file(place, line);
        }
        let listed: HashSet<&str> = manifest.lines.iter().map(|l| l.name.as_str()).collect();
        for name in names.iter().filter(|n| !listed.contains(n.as_str()) && *n != MANIFEST) {
            let kind = match name {
                n if n.starts_with(TEMPORARY) => FaultKind::Leftover,
                n if name::number_of(n).is_some() => FaultKind::Unlisted,
                _ => FaultKind::Foreign,
            };
            self.report.push(place.join(name), kind);
        }
    }

    fn file(&mut self, place: &Path, line: &Line) {
        let place = place.join(&line.name);
        let path = self.archive.root.join(&place);
        let file = match disk::open_plain(&path, u64::MAX) {
            Ok(file) => file,
            Err(e) if e.is_absent() => return self.report.push(place, FaultKind::Missing { sha256: line.sha256 }),
            Err(e) => return self.report.push(place, FaultKind::Unreadable { why: e.what() }),
        };
        let mode = file.metadata().map_or(0, |m| m.permissions().mode() & 0o7777);
        if mode & 0o222 != 0 {
            self.report.push(&place, FaultKind::Writable { mode });
        }
        match self.hash(file) {
            Ok(found) if found == line.sha256 => {}
            Ok(found) => self.report.push(&place, FaultKind::Altered { expected: line.sha256, found }),
            Err(e) => {
                let why = DiskError::io(disk::Doing::Read, path, e).what();
                self.report.push(&place, FaultKind::Unreadable { why });
            }
        }
        if self.archive.pointed(line.sha256).is_ok_and(|kept| kept.is_none()) {
            self.report.push(place, FaultKind::Unpointed { sha256: line.sha256 });
        }
    }

    /// The file's hash; tells the progress on the way.
    fn hash(&mut self, file: std::fs::File) -> io::Result<Sha256Hash> {
        let mut file = HashingReader::new(file);
        loop {
            match file.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(n) => {
                    self.report.bytes += n as u64;
                    (self.progress)(self.report.files, self.report.bytes);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.report.files += 1;
        (self.progress)(self.report.files, self.report.bytes);
        Ok(file.finish().0)
    }

    /// Every pointer leads to a file that is listed with its hash. The content was read before.
    fn pointers(&mut self) {
        for two in self.names(Path::new(BY_HASH)) {
            let place = Path::new(BY_HASH).join(&two);
            for hash in self.names(&place) {
                let place = place.join(&hash);
                match hash.parse::<Sha256Hash>() {
                    Ok(sha256) if two == hash[..2] => self.pointer(place, sha256),
                    _ if hash.starts_with(TEMPORARY) => self.report.push(place, FaultKind::Leftover),
                    _ => self.report.push(place, FaultKind::Foreign),
                }
            }
        }
    }

    fn pointer(&mut self, place: PathBuf, sha256: Sha256Hash) {
        let target = std::fs::read_link(self.archive.root.join(&place)).ok().and_then(|t| place_of(&t));
        let leads = target.is_some_and(|target| {
            let (dir, name) = (target.parent().unwrap_or(Path::new("")), target.file_name().and_then(|n| n.to_str()));
            let manifest = Manifest::read(&self.archive.root.join(dir)).unwrap_or_default();
            name.and_then(|n| manifest.of(n)).is_some_and(|line| line.sha256 == sha256)
        });
        if !leads {
            self.report.push(place, FaultKind::Astray);
        }
    }

    /// Names in a folder below the archive's; a fault where it cannot be read.
    fn names(&mut self, place: &Path) -> Vec<String> {
        names_in(&self.archive.root.join(place)).unwrap_or_else(|e| {
            self.report.push(place, FaultKind::Unreadable { why: e.what() });
            Vec::new()
        })
    }
}
