//! Copies of whole folders, with a list of what they hold in the form of `sha256sum`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::disk::{self, HashingReader, Sha256Hash};
use crate::text;

/// The list's name.
pub(super) const LIST: &str = "MANIFEST";
/// Name of the list's signature.
pub(super) const SIGNATURE: &str = "MANIFEST.asc";
/// Largest list that is read, in bytes.
const MOST_LIST: u64 = 1 << 30;

/// A folder that becomes whole or does not become at all: it is filled under another name beside its own.
pub(super) struct NewFolder {
    target: PathBuf,
    draft: PathBuf,
    /// What was put into it: hash by path.
    pub held: BTreeMap<String, Sha256Hash>,
}

impl NewFolder {
    /// Begins the folder `target`, which must not be there; what an interrupted try left is removed first.
    pub fn begin(target: &Path) -> Result<NewFolder, CliError> {
        let shown = target.display().to_string();
        if std::fs::symlink_metadata(target).is_ok() {
            return Err(CliError::usage(text!(
                "`{shown}` is there already; nothing was changed",
                "`{shown}` 已存在；未作任何更改"
            ))
            .hint(text!("name a folder that does not exist yet", "请指定尚不存在的文件夹")));
        }
        let name = target.file_name().and_then(|name| name.to_str()).filter(|name| !name.is_empty());
        let name = name
            .ok_or_else(|| CliError::usage(text!("`{shown}` cannot be a new folder", "`{shown}` 不能作为新文件夹")))?;
        let draft = target.with_file_name(format!(".{name}.partial"));
        if draft.is_dir() {
            std::fs::remove_dir_all(&draft).map_err(|e| CliError::file(&draft, &e))?;
        }
        disk::ensure_folder(&draft, 0o700)?;
        Ok(NewFolder { target: target.to_path_buf(), draft, held: BTreeMap::new() })
    }

    /// Where it lies until it is whole.
    pub fn path(&self) -> &Path {
        &self.draft
    }

    /// Copies one file to `relative`, with its rights and flushed.
    pub fn file(&mut self, from: &Path, relative: &Path) -> Result<(), CliError> {
        let mode = std::fs::metadata(from).map_err(|e| CliError::file(from, &e))?.permissions().mode() & 0o7777;
        let source = disk::open_plain(from, u64::MAX)?;
        let (dir, name) = self.place(relative)?;
        let mut reader = HashingReader::new(source);
        disk::write_new_with(&dir, &name, mode, |out| std::io::copy(&mut reader, out).map(drop))?;
        let (hash, _) = reader.finish();
        self.held.insert(relative.to_string_lossy().into_owned(), hash);
        Ok(())
    }

    /// Copies what lies in a folder and below it. `wanted` is asked about each name, with its path below the folder;
    /// files called `first` come before the others of their folder, so that a list is never ahead of what it lists.
    pub fn folder(
        &mut self,
        from: &Path,
        relative: &Path,
        first: &str,
        wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<(), CliError> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            let dir = from.join(&below);
            if !dir.is_dir() {
                continue;
            }
            let list = || -> Result<Vec<PathBuf>, CliError> {
                let entries = std::fs::read_dir(&dir).map_err(|e| CliError::file(&dir, &e))?;
                let mut names: Vec<PathBuf> = entries.flatten().map(|entry| below.join(entry.file_name())).collect();
                names.sort();
                Ok(names)
            };
            let leading = below.join(first);
            if !first.is_empty() && from.join(&leading).is_file() {
                self.file(&from.join(&leading), &relative.join(&leading))?;
            }
            for name in list()?.into_iter().filter(|name| wanted(name) && *name != leading) {
                let found = from.join(&name);
                let kind = std::fs::symlink_metadata(&found).map_err(|e| CliError::file(&found, &e))?.file_type();
                if kind.is_dir() {
                    waiting.push(name);
                } else if kind.is_file() {
                    self.file(&found, &relative.join(&name))?;
                }
            }
        }
        Ok(())
    }

    /// Counts a file that something else put there.
    pub fn holds(&mut self, relative: &str) -> Result<(), CliError> {
        let hash = hash_of(&self.draft.join(relative))?;
        self.held.insert(relative.into(), hash);
        Ok(())
    }

    /// The list of what it holds.
    pub fn list(&self) -> String {
        self.held.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect()
    }

    /// Writes a small file that the list does not name.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        disk::write_new(&self.draft, name, |out: &mut dyn Write| out.write_all(bytes))?;
        Ok(())
    }

    /// Gives it its name: from here on it is whole.
    pub fn finish(self) -> Result<(), CliError> {
        disk::sync_folder(&self.draft)?;
        disk::publish(&self.draft, &self.target)?;
        Ok(())
    }

    fn place(&self, relative: &Path) -> Result<(PathBuf, String), CliError> {
        let dir = self.draft.join(relative.parent().unwrap_or(Path::new("")));
        disk::ensure_folder(&dir, 0o700)?;
        let name = relative.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
        Ok((dir, name))
    }
}

/// The hash of a file's content.
pub(super) fn hash_of(path: &Path) -> Result<Sha256Hash, CliError> {
    let mut file = File::open(path).map_err(|e| CliError::file(path, &e))?;
    Sha256Hash::of_reader(&mut file).map(|(hash, _)| hash).map_err(|e| CliError::file(path, &e))
}

/// What a list names, by path; every path leads below its folder.
pub(super) fn read_list(folder: &Path) -> Result<BTreeMap<String, Sha256Hash>, CliError> {
    let path = folder.join(LIST);
    let mut words = String::new();
    let file = disk::open_plain(&path, MOST_LIST)?;
    file.take(MOST_LIST).read_to_string(&mut words).map_err(|e| CliError::file(&path, &e))?;
    words
        .lines()
        .map(|line| {
            let (hash, name) = line.split_once("  ")?;
            let below = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
            Some((below && !name.is_empty()).then_some(name.to_string())?).zip(hash.parse().ok())
        })
        .collect::<Option<_>>()
        .ok_or_else(|| {
            let shown = path.display();
            CliError::no(text!("`{shown}` is damaged; nothing was restored", "`{shown}` 已损坏；未恢复任何内容"))
        })
}
