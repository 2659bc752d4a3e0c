//! One name to another, and none.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use super::folder::{above, open_folder, sync_handle};
use super::{DiskError, Doing, point};

/// Gives the file `from` the name `to`, in one act, never over an existing file, and flushes both
/// folders. Its content is not flushed here: it was when it was written.
///
/// After a crash exactly one of the names is there, or, on a file system whose rename cannot refuse
/// to overwrite (it answers EINVAL), possibly both: there it is done as link and unlink. Calling
/// again with both names on the same file ends it.
///
/// # Errors
/// [`DiskError::Exists`]; [`DiskError::OtherFileSystem`], a mistake of configuration: it is never
/// made good by copying; [`DiskError::Io`], absent when `from` is not there.
pub fn publish(from: &Path, to: &Path) -> Result<(), DiskError> {
    let (from_dir, to_dir) = (above(from), above(to));
    let (from_folder, to_folder) = (open_folder(from_dir)?, open_folder(to_dir)?);
    let (from_name, to_name) = (file_name(from)?, file_name(to)?);
    point("publish: rename");
    match rename_new(&from_folder, from_name, &to_folder, to_name) {
        Ok(()) => {}
        Err(Errno::EXIST) if is_one_file(from, to) => unlink(&from_folder, from)?,
        Err(Errno::EXIST) => return Err(DiskError::Exists { path: to.to_path_buf() }),
        Err(Errno::XDEV) => {
            return Err(DiskError::OtherFileSystem { from: from_dir.to_path_buf(), to: to_dir.to_path_buf() });
        }
        // The file that is not there is `from`: the folder of `to` was just opened.
        Err(e @ Errno::NOENT) => return Err(DiskError::io(Doing::Rename, from, e)),
        Err(e) => return Err(DiskError::io(Doing::Rename, to, e)),
    }
    // The new name first: a power cut in between may show both names, never none.
    sync_handle(&to_folder, to_dir)?;
    if from_dir != to_dir {
        sync_handle(&from_folder, from_dir)?;
    }
    point("publish: done");
    Ok(())
}

/// Removes the file `path` and flushes its folder. Done, too, when it is not there.
///
/// # Errors
/// [`DiskError::Io`].
pub fn remove(path: &Path) -> Result<(), DiskError> {
    let dir = above(path);
    let folder = match open_folder(dir) {
        Err(e) if e.is_absent() => return Ok(()),
        folder => folder?,
    };
    unlink(&folder, path)?;
    sync_handle(&folder, dir)?;
    point("remove: done");
    Ok(())
}

/// Renames within or between open folders and refuses to overwrite. The folders are not flushed.
///
/// For folders that somebody else can write to, where a path could be made to lead elsewhere between two calls.
///
/// # Errors
/// The system's own; `EXIST` when the name is taken.
pub fn rename_new(
    from_folder: impl AsFd,
    from: impl rustix::path::Arg + Copy,
    to_folder: impl AsFd,
    to: impl rustix::path::Arg + Copy,
) -> Result<(), Errno> {
    let (from_folder, to_folder) = (from_folder.as_fd(), to_folder.as_fd());
    match rustix::fs::renameat_with(from_folder, from, to_folder, to, RenameFlags::NOREPLACE) {
        // Some file systems and old kernels cannot; link refuses an existing name everywhere.
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::linkat(from_folder, from, to_folder, to, AtFlags::empty())?;
            point("publish: linked, not yet unlinked");
            rustix::fs::unlinkat(from_folder, from, AtFlags::empty())
        }
        done => done,
    }
}

fn unlink(folder: &File, path: &Path) -> Result<(), DiskError> {
    point("remove: unlink");
    match rustix::fs::unlinkat(folder, file_name(path)?, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(DiskError::io(Doing::Remove, path, e)),
    }
}

/// Whether both names lead to the same file: what a crash between link and unlink leaves.
fn is_one_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::symlink_metadata(a), std::fs::symlink_metadata(b)) {
        (Ok(a), Ok(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// The last part of `path`; refused where there is none.
pub(super) fn file_name(path: &Path) -> Result<&std::ffi::OsStr, DiskError> {
    match path.file_name() {
        Some(name) if name.as_bytes().len() <= 255 => Ok(name),
        _ => Err(DiskError::BadName { name: path.display().to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn put(path: &Path, text: &str) {
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_name_is_never_taken_from_another_file() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        put(&a, "mine");
        put(&b, "theirs");
        assert!(matches!(publish(&a, &b), Err(DiskError::Exists { .. })));
        assert_eq!(std::fs::read_to_string(&b).unwrap(), "theirs");
        remove(&b).unwrap();
        remove(&b).unwrap();
        publish(&a, &b).unwrap();
        assert_eq!(std::fs::read_to_string(&b).unwrap(), "mine");
        assert!(publish(&a, &b).is_err_and(|e| e.is_absent()));
    }

    #[test]
    fn both_names_on_one_file_are_ended() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        put(&a, "mine");
        std::fs::hard_link(&a, &b).unwrap();
        publish(&a, &b).unwrap();
        assert!(!a.exists() && b.exists());
    }

    #[test]
    fn another_file_system_is_a_mistake_of_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
            println!("skipped: no second file system at /dev/shm");
            return;
        };
        if same(dir.path(), other.path()) {
            println!("skipped: /dev/shm is on the same file system");
            return;
        }
        put(&dir.path().join("a"), "mine");
        let answer = publish(&dir.path().join("a"), &other.path().join("a"));
        assert!(matches!(answer, Err(DiskError::OtherFileSystem { .. })), "{answer:?}");
        assert!(dir.path().join("a").exists() && !other.path().join("a").exists());
    }

    fn same(a: &Path, b: &Path) -> bool {
        super::super::same_file_system(a, b).unwrap()
    }
}
