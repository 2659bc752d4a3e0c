//! Archive: every file received or made, once, immutable, provable.
//!
//! ```text
//! archive/2026-11-23/B-20261123-0007/MANIFEST                      what is here: `sha256sum -c MANIFEST` proves it
//! archive/2026-11-23/B-20261123-0007/01-received-payroll.csv       mode 0400, never changed, never overwritten
//! archive/2026-11-23/B-20261123-0007/02-written-B-20261123-0007.xml
//! archive/.by-hash/4f/4f53cda1…  ─▶ ../../2026-11-23/B-20261123-0007/01-received-payroll.csv
//! ```
//!
//! A person walks through it by date and case (a batch, or an inbound file) with no tool of ours; the
//! program finds content by its hash. `MANIFEST` is in the form of `sha256sum`, with a comment before
//! each line that tells size, kind and the name the file came with.
//!
//! # What a crash leaves
//!
//! | stopped after | left | put right by |
//! |---|---|---|
//! | temporary file made | `.tmp-…` | swept by the next `keep` in this case, or by [`Archive::mend`] |
//! | file named | a complete file that `MANIFEST` does not list | listed by the same two |
//! | half a line appended | a torn line | cut off by the same two |
//! | `MANIFEST` flushed | no pointer in `.by-hash` | made by the same two; found meanwhile by reading the manifests |
//! | temporary pointer made | `.tmp-…` in `.by-hash` | swept by [`Archive::mend`] |
//!
//! A file has its name only after all of its bytes are on the disk, so a file with a name is complete.

mod error;
mod folder;
mod manifest;
mod name;
mod reader;
mod verify;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::disk::{self, Draft, FolderLock, Sha256Hash};

pub use error::ArchiveError;
pub use name::safe_name;
pub use reader::VerifyingReader;
pub use verify::{ArchiveReport, Fault, FaultKind};

use folder::CaseFolder;

/// Rights of folders in the archive: its owner's alone.
const FOLDER_MODE: u32 = 0o700;
/// Rights of files in the archive: nobody writes, not even the owner.
const FILE_MODE: u32 = 0o400;

/// A file in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Hash of its content.
    pub sha256: Sha256Hash,
    /// Bytes.
    pub size: u64,
    /// Where, below the archive's folder.
    pub path: PathBuf,
    /// Whether it was there before.
    pub already: bool,
}

/// What [`Archive::mend`] put right after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Complete files that no manifest listed.
    pub listed: u64,
    /// Files that could not be found by their hash.
    pub pointed: u64,
    /// Temporary files removed.
    pub swept: u64,
}

/// The archive in one folder.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
}

impl Archive {
    /// The archive in the folder `root`, made where it is missing.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`].
    pub fn open(root: &Path) -> Result<Archive, ArchiveError> {
        disk::ensure_folder(root, FOLDER_MODE)?;
        Ok(Archive { root: root.to_path_buf() })
    }

    /// The archive's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps what `source` gives, as `what` (a word of ours: `received`, `written`, `sealed` …) of
    /// `case` (an id of ours), which came with the name `name`. On return it is on the disk for good.
    ///
    /// The same case, word, name and content again is the same file, also on another day. `name` is
    /// somebody else's data: its safe form becomes part of the file's name, see [`safe_name`].
    ///
    /// # Errors
    /// [`ArchiveError::Source`] when `source` failed; [`ArchiveError::Word`] for a case or word that
    /// is none of ours; [`ArchiveError::Disk`]. Nothing is kept then, or a complete file that the
    /// next call finds: start again from the source.
    pub fn keep(
        &self,
        day: Date,
        case: &str,
        what: &str,
        name: &str,
        source: &mut dyn Read,
    ) -> Result<Kept, ArchiveError> {
        let tail = name::tail(case, what, name)?;
        let place = PathBuf::from(day.to_string()).join(case);
        let dir = self.root.join(&place);
        disk::ensure_folder(&dir, FOLDER_MODE)?;
        let lock = FolderLock::take(&dir)?;
        let mut folder = CaseFolder::settle(self, place, &lock)?;
        let draft =
            Draft::write(&dir, FILE_MODE, |w| io::copy(source, w).map(drop)).map_err(ArchiveError::from_draft)?;
        if let Some(found) = self.same(&folder, case, &tail, &draft)? {
            return Ok(found);
        }
        folder.place(self, draft, &tail, what, name)
    }

    /// Opens the content with this hash. The reader gives an error at the end when the content is
    /// not what it was: nothing read from it may be used before it was read to its end.
    ///
    /// # Errors
    /// [`ArchiveError::Absent`]; [`ArchiveError::Disk`].
    pub fn read(&self, sha256: Sha256Hash) -> Result<VerifyingReader, ArchiveError> {
        let kept = match self.pointed(sha256)? {
            Some(kept) => Some(kept),
            // Its pointer is gone: a crash, or a copy made without links.
            None => self.listed(sha256)?,
        };
        let kept = kept.ok_or(ArchiveError::Absent { sha256 })?;
        VerifyingReader::open(&self.root.join(&kept.path), sha256)
    }

    /// The content with this hash, verified, where it has at most `cap` bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Absent`], [`ArchiveError::Altered`], [`ArchiveError::Disk`] (also
    /// [`DiskError::TooLarge`](crate::disk::DiskError::TooLarge)).
    pub fn bytes(&self, sha256: Sha256Hash, cap: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut reader = self.read(sha256)?;
        if reader.size() > cap {
            let (path, size) = (reader.path().to_path_buf(), reader.size());
            return Err(disk::DiskError::TooLarge { path, size, cap }.into());
        }
        let mut bytes = Vec::new();
        match reader.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(e) => Err(reader.explain(e)),
        }
    }

    /// Where the content with this hash is; `None` when it was never kept. Quick: one look at its
    /// pointer, none at its bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`].
    pub fn find(&self, sha256: Sha256Hash) -> Result<Option<Kept>, ArchiveError> {
        self.pointed(sha256)
    }

    /// Puts right what a crash left in the folders of `since` and later (all of them without it).
    /// The daemon calls it at its start, so that nothing waits for the next file of the same case.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`].
    pub fn mend(&self, since: Option<Date>) -> Result<Mended, ArchiveError> {
        let mut mended = Mended { swept: self.sweep_pointers()?, ..Mended::default() };
        for day in self.days()?.into_iter().filter(|day| since.is_none_or(|s| *day >= s)) {
            for case in self.cases(day)? {
                let place = PathBuf::from(day.to_string()).join(case);
                let lock = FolderLock::take(&self.root.join(&place))?;
                let folder = CaseFolder::settle(self, place, &lock)?;
                mended.listed += folder.mended.listed;
                mended.swept += folder.mended.swept;
                mended.pointed += folder.mended.pointed + folder.point_all(self)?;
            }
        }
        Ok(mended)
    }

    /// Recomputes every hash and compares every name: what `bankferry verify` says of the archive.
    /// `progress` is told the files and bytes read so far.
    ///
    /// It cannot see that a whole folder was removed together with its pointers; the journal names
    /// every hash and sees that.
    ///
    /// # Errors
    /// [`ArchiveError::Disk`] only when the archive's own folder cannot be read; all else is a fault.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<ArchiveReport, ArchiveError> {
        verify::verify(self, progress)
    }

    /// The file of this case that has this tail and content already, whole.
    fn same(&self, folder: &CaseFolder, case: &str, tail: &str, draft: &Draft) -> Result<Option<Kept>, ArchiveError> {
        let here = folder.find(tail, draft.sha256());
        // A restart after midnight asks for the same file under another day.
        let pointed = self.pointed(draft.sha256())?.map(|kept| kept.path).filter(|path| {
            let of_case = path.parent().and_then(Path::file_name).is_some_and(|c| c == case);
            let of_tail = path.file_name().and_then(|n| n.to_str()).and_then(name::tail_of).is_some_and(|t| t == tail);
            of_case && of_tail
        });
        for path in here.into_iter().chain(pointed) {
            if reader::is_whole(&self.root.join(&path), draft.sha256())? {
                self.point_if_needed(draft.sha256(), &path)?;
                return Ok(Some(Kept { sha256: draft.sha256(), size: draft.size(), path, already: true }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
