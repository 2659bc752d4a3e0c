//! One case's folder, the way there by hash, and what a crash left of both.

use std::collections::HashSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::manifest::{self, About, Manifest};
use super::{Archive, ArchiveError, FOLDER_MODE, Kept, Mended, name};
use crate::disk::{self, DiskError, Doing, Draft, FolderLock, Sha256Hash, TEMPORARY};

/// The folder of the pointers.
pub(super) const BY_HASH: &str = ".by-hash";

/// A case's folder in which nothing is left over: every complete file is listed.
pub(super) struct CaseFolder {
    /// Below the archive's folder.
    place: PathBuf,
    manifest: Manifest,
    last: u64,
    pub mended: Mended,
}

impl CaseFolder {
    /// Looks at the folder `place` and puts right what a crash left.
    pub(super) fn settle(archive: &Archive, place: PathBuf, lock: &FolderLock) -> Result<CaseFolder, ArchiveError> {
        let dir = archive.root.join(&place);
        let names = names_in(&dir)?;
        let mut mended = Mended::default();
        if names.iter().any(|n| n.starts_with(TEMPORARY)) {
            mended.swept = disk::sweep(&dir, lock)?;
        }
        let manifest = Manifest::read(&dir)?;
        let last = names.iter().filter_map(|n| name::number_of(n)).max().unwrap_or(0);
        let mut folder = CaseFolder { place, manifest, last, mended };
        folder.adopt(archive, &names)?;
        Ok(folder)
    }

    /// Lists the complete files that the manifest does not name.
    fn adopt(&mut self, archive: &Archive, names: &[String]) -> Result<(), ArchiveError> {
        let dir = archive.root.join(&self.place);
        let listed: HashSet<String> = self.manifest.lines.iter().map(|l| l.name.clone()).collect();
        for name in names.iter().filter(|n| !listed.contains(*n) && name::number_of(n).is_some()) {
            let path = dir.join(name);
            let mut file = match disk::open_plain(&path, u64::MAX) {
                Err(DiskError::NotPlain { .. }) => continue,
                file => file?,
            };
            // Ours have their rights before they have their name; what can be written is not ours.
            let found = file.metadata().map_err(|e| DiskError::io(Doing::Open, &path, e))?;
            if found.permissions().mode() & 0o222 != 0 || found.uid() != rustix::process::geteuid().as_raw() {
                continue;
            }
            let (sha256, size) = Sha256Hash::of_reader(&mut file).map_err(|e| DiskError::io(Doing::Read, &path, e))?;
            self.list(archive, sha256, name, About { size, what: None, name: None })?;
            self.mended.listed += 1;
        }
        Ok(())
    }

    /// The listed file with this tail and hash, below the archive's folder.
    pub(super) fn find(&self, tail: &str, sha256: Sha256Hash) -> Option<PathBuf> {
        let same = |l: &&manifest::Line| l.sha256 == sha256 && name::tail_of(&l.name) == Some(tail);
        self.manifest.lines.iter().rev().find(same).map(|l| self.place.join(&l.name))
    }

    /// Gives the draft the next number, lists it and makes it findable.
    pub(super) fn place(
        &mut self,
        archive: &Archive,
        draft: Draft,
        tail: &str,
        what: &str,
        original: &str,
    ) -> Result<Kept, ArchiveError> {
        self.last += 1;
        let name = name::numbered(self.last, tail);
        let written = draft.name(&name)?;
        let about = About { size: written.size, what: Some(what.to_string()), name: Some(original.to_string()) };
        self.list(archive, written.sha256, &name, about)?;
        Ok(Kept { sha256: written.sha256, size: written.size, path: self.place.join(name), already: false })
    }

    fn list(&mut self, archive: &Archive, sha256: Sha256Hash, name: &str, about: About) -> Result<(), ArchiveError> {
        manifest::list(&archive.root.join(&self.place), sha256, name, &about)?;
        archive.point_if_needed(sha256, &self.place.join(name))?;
        let line = manifest::Line { sha256, name: name.to_string(), about: Some(about) };
        self.manifest.lines.push(line);
        Ok(())
    }

    /// Makes every listed file findable by its hash; says for how many it was missing.
    pub(super) fn point_all(&self, archive: &Archive) -> Result<u64, ArchiveError> {
        let mut pointed = 0;
        for line in &self.manifest.lines {
            let path = self.place.join(&line.name);
            if disk::is_file(&archive.root.join(&path))? {
                pointed += u64::from(archive.point_if_needed(line.sha256, &path)?);
            }
        }
        Ok(pointed)
    }
}

impl Archive {
    /// Days that have a folder, in order.
    pub(super) fn days(&self) -> Result<Vec<Date>, ArchiveError> {
        let mut days: Vec<Date> = names_in(&self.root)?.iter().filter_map(|n| day_of(n)).collect();
        days.sort();
        Ok(days)
    }

    /// Cases that have a folder on this day, in order.
    pub(super) fn cases(&self, day: Date) -> Result<Vec<String>, ArchiveError> {
        let dir = self.root.join(day.to_string());
        let mut cases = Vec::new();
        for name in names_in(&dir)?.into_iter().filter(|n| name::is_case(n)) {
            if disk::at(&dir.join(&name))?.is_some_and(|found| found.is_dir()) {
                cases.push(name);
            }
        }
        cases.sort();
        Ok(cases)
    }

    /// Where the pointer of this hash stands.
    pub(super) fn pointer(&self, sha256: Sha256Hash) -> PathBuf {
        let hash = sha256.to_string();
        self.root.join(BY_HASH).join(&hash[..2]).join(hash)
    }

    /// The file that the pointer of this hash leads to, where there is one.
    pub(super) fn pointed(&self, sha256: Sha256Hash) -> Result<Option<Kept>, ArchiveError> {
        let pointer = self.pointer(sha256);
        let Some(path) = std::fs::read_link(&pointer).ok().and_then(|target| place_of(&target)) else {
            return Ok(None);
        };
        let found = disk::at(&self.root.join(&path))?.filter(|found| found.is_file());
        Ok(found.map(|found| Kept { sha256, size: found.len(), path, already: true }))
    }

    /// The file that some manifest lists with this hash: the slow road, for a pointer that is gone.
    pub(super) fn listed(&self, sha256: Sha256Hash) -> Result<Option<Kept>, ArchiveError> {
        for day in self.days()?.into_iter().rev() {
            for case in self.cases(day)? {
                let place = PathBuf::from(day.to_string()).join(case);
                let manifest = Manifest::read(&self.root.join(&place))?;
                for line in manifest.lines.iter().filter(|l| l.sha256 == sha256) {
                    let path = place.join(&line.name);
                    if let Some(found) = disk::at(&self.root.join(&path))? {
                        return Ok(Some(Kept { sha256, size: found.len(), path, already: true }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Points from the hash to the file `path`, unless the pointer leads to a whole file of this
    /// content already. Says whether it had to.
    pub(super) fn point_if_needed(&self, sha256: Sha256Hash, path: &Path) -> Result<bool, ArchiveError> {
        if let Some(kept) = self.pointed(sha256)?
            && (kept.path == path || super::reader::is_whole(&self.root.join(&kept.path), sha256)?)
        {
            return Ok(false);
        }
        let pointer = self.pointer(sha256);
        let dir = pointer.parent().unwrap_or(&self.root);
        disk::ensure_folder(dir, FOLDER_MODE)?;
        let _lock = FolderLock::take(dir)?;
        disk::set_link(&pointer, &Path::new("../..").join(path))?;
        Ok(true)
    }

    /// Removes temporary pointers that a crash left; says how many.
    pub(super) fn sweep_pointers(&self) -> Result<u64, ArchiveError> {
        let all = self.root.join(BY_HASH);
        let mut swept = 0;
        for two in if disk::is_folder(&all)? { names_in(&all)? } else { Vec::new() } {
            let dir = all.join(two);
            let lock = FolderLock::take(&dir)?;
            swept += disk::sweep(&dir, &lock)?;
        }
        Ok(swept)
    }
}

/// The day that a folder's name tells, in our own form only.
pub(super) fn day_of(name: &str) -> Option<Date> {
    name.parse::<Date>().ok().filter(|day| day.to_string() == name)
}

/// The place below the archive's folder that a pointer's target tells: `../../<day>/<case>/<file>`
/// and nothing else, so that a pointer never leads out of the archive.
pub(super) fn place_of(target: &Path) -> Option<PathBuf> {
    let mut parts = target.to_str()?.strip_prefix("../../")?.split('/');
    let (day, case, file) = (parts.next()?, parts.next()?, parts.next()?);
    let is_ours = day_of(day).is_some() && name::is_case(case) && name::number_of(file).is_some();
    (is_ours && parts.next().is_none()).then(|| [day, case, file].iter().collect())
}

/// Names in the folder `dir`, those that are not UTF-8 with replacement characters.
pub(super) fn names_in(dir: &Path) -> Result<Vec<String>, DiskError> {
    let error = |e| DiskError::io(Doing::Read, dir, e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(error)? {
        names.push(entry.map_err(error)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
