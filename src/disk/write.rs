//! Writing: a file is there whole and for good, or not at all.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::folder::{open_folder, sync_handle};
use super::hash::{HashingWriter, Sha256Hash};
use super::publish::{file_name, rename_new};
use super::{DiskError, Doing, TEMPORARY, open_plain, point};

/// A file that is on the disk, whole, under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Hash of its content.
    pub sha256: Sha256Hash,
    /// Whether it was there before with the same content.
    pub already: bool,
}

/// Writes the new file `name` in `dir`, readable by its owner alone (0600); see [`write_new_with`].
///
/// # Errors
/// As [`write_new_with`].
pub fn write_new(
    dir: &Path,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Written, DiskError> {
    write_new_with(dir, name, 0o600, fill)
}

/// Writes the new file `name` in `dir` with the rights `mode`; `fill` gives the content.
///
/// On return the file and its name are on the disk. After an error, or a crash at any moment, there
/// is no file of that name, and at most a temporary one (see [`sweep`](super::sweep)). A file that
/// is there already with the same content counts as written.
///
/// # Errors
/// [`DiskError::Exists`] when the name has other content; [`DiskError::Source`] when `fill` failed
/// and the disk did not; [`DiskError::Io`]. Always start again from the source.
pub fn write_new_with(
    dir: &Path,
    name: &str,
    mode: u32,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Written, DiskError> {
    check_name(name)?;
    Draft::write(dir, mode, fill)?.name(name)
}

/// Puts `bytes` into the file `name` in `dir` (0600), in place of what it held: for small files that
/// point to something. After a crash it holds the old bytes or the new ones.
///
/// # Errors
/// [`DiskError::Io`]; the old bytes are still there, unless the last flush failed: then either may be.
pub fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
    let path = dir.join(check_name(name)?);
    let mut draft = Draft::write(dir, 0o600, |w| w.write_all(bytes))?;
    point("replace: rename");
    rustix::fs::renameat(&draft.folder, &*draft.temporary, &draft.folder, name)
        .map_err(|e| DiskError::io(Doing::Rename, &path, e))?;
    draft.settle(true)
}

/// Appends whole `lines` to the file `name` in `dir`, made with the rights `mode` where it is
/// missing, and flushes. One writer at a time.
///
/// A crash may leave a line that does not end; readers ignore it, and the next call cuts it off.
///
/// # Errors
/// [`DiskError::Io`]; a part of `lines` may then be there.
pub fn append_lines(dir: &Path, name: &str, mode: u32, lines: &str) -> Result<(), DiskError> {
    let path = dir.join(check_name(name)?);
    let folder = open_folder(dir)?;
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    point("append: write");
    let fd = rustix::fs::openat(&folder, name, flags, Mode::from_raw_mode(mode))
        .map_err(|e| DiskError::io(Doing::Open, &path, e))?;
    let mut file = File::from(fd);
    let wrote = cut_torn_line(&mut file).and_then(|()| file.write_all(lines.as_bytes()));
    wrote.map_err(|e| DiskError::io(Doing::Write, &path, e))?;
    point("append: flush");
    file.sync_all().map_err(|e| DiskError::io(Doing::Flush, &path, e))?;
    sync_handle(&folder, dir)
}

/// Cuts off what stands after the last line end.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let size = file.metadata()?.len();
    let mut end = size;
    let mut block = [0; 4096];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let part = &mut block[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        match part.iter().rposition(|b| *b == b'\n') {
            Some(at) => {
                end = start + at as u64 + 1;
                break;
            }
            None => end = start,
        }
    }
    if end < size { file.set_len(end) } else { Ok(()) }
}

/// The name of a temporary file that nobody can guess.
pub(super) fn temporary_name(dir: &Path) -> Result<String, DiskError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|e| DiskError::io(Doing::Create, dir, io::Error::other(e)))?;
    Ok(format!("{TEMPORARY}{:016x}", u64::from_ne_bytes(random)))
}

/// `name` as one part of a path.
fn check_name(name: &str) -> Result<&str, DiskError> {
    let path = Path::new(name);
    let is_name = file_name(path).is_ok_and(|n| n == name) && !name.contains('\0') && !name.starts_with(TEMPORARY);
    if is_name { Ok(name) } else { Err(DiskError::BadName { name: name.to_string() }) }
}

/// A file whose content is on the disk and whose name is still to be given; gone when dropped
/// without one. For names that depend on the content.
#[derive(Debug)]
pub struct Draft {
    dir: PathBuf,
    folder: File,
    temporary: String,
    sha256: Sha256Hash,
    size: u64,
    settled: bool,
}

impl Draft {
    /// Writes and flushes the content that `fill` gives, to a temporary file in `dir` with the rights `mode`.
    ///
    /// # Errors
    /// [`DiskError::Source`] when `fill` failed and the disk did not; [`DiskError::Io`].
    pub fn write(
        dir: &Path,
        mode: u32,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Draft, DiskError> {
        let folder = open_folder(dir)?;
        let temporary = temporary_name(dir)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        point("write: create temporary");
        let file = rustix::fs::openat(&folder, &*temporary, flags, Mode::from_raw_mode(0o600))
            .map_err(|e| DiskError::io(Doing::Create, dir.join(&temporary), e))?;
        // From here on the temporary file is removed whichever way we leave.
        let (sha256, size) = (Sha256Hash::of(&[]), 0);
        let mut draft = Draft { dir: dir.to_path_buf(), folder, temporary, sha256, size, settled: false };
        (draft.sha256, draft.size) = fill_file(File::from(file), &dir.join(&draft.temporary), mode, fill)?;
        Ok(draft)
    }

    /// Hash of the content.
    pub fn sha256(&self) -> Sha256Hash {
        self.sha256
    }

    /// Bytes of the content.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Gives the file its name and flushes the folder. A file that has this name and content already
    /// counts as written.
    ///
    /// # Errors
    /// [`DiskError::Exists`] when the name has other content; [`DiskError::Io`].
    pub fn name(mut self, name: &str) -> Result<Written, DiskError> {
        let path = self.dir.join(check_name(name)?);
        point("write: rename");
        let renamed = rename_new(&self.folder, OsStr::new(&self.temporary), &self.folder, OsStr::new(name));
        let already = match renamed {
            Ok(()) => false,
            Err(Errno::EXIST) if has_content(&path, self.sha256, self.size)? => true,
            Err(Errno::EXIST) => return Err(DiskError::Exists { path }),
            Err(e) => return Err(DiskError::io(Doing::Rename, path, e)),
        };
        self.settle(!already)?;
        Ok(Written { path, size: self.size, sha256: self.sha256, already })
    }

    /// The temporary name is gone (`renamed`) or is removed; then the folder is flushed.
    fn settle(&mut self, renamed: bool) -> Result<(), DiskError> {
        if renamed {
            self.settled = true;
        } else {
            self.discard();
        }
        sync_handle(&self.folder, &self.dir)?;
        point("write: done");
        Ok(())
    }

    /// Removes the temporary name. A failure leaves a file that the next sweep takes.
    fn discard(&mut self) {
        if !self.settled {
            self.settled = true;
            let _ = rustix::fs::unlinkat(&self.folder, &*self.temporary, AtFlags::empty());
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.discard();
    }
}

/// Writes the content, sets the rights, flushes and closes.
fn fill_file(
    file: File,
    path: &Path,
    mode: u32,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(Sha256Hash, u64), DiskError> {
    point("write: content");
    let watched = Watched { file, failed: false };
    let mut writer = HashingWriter::new(BufWriter::with_capacity(64 << 10, watched));
    let filled = fill(&mut writer).and_then(|()| writer.flush());
    let (buffer, sha256, size) = writer.finish();
    // Whatever could not be written has been reported by `filled`; the parts drop the rest.
    let (watched, _unwritten) = buffer.into_parts();
    if let Err(source) = filled {
        let path = path.to_path_buf();
        return Err(match watched.failed {
            true => DiskError::Io { doing: Doing::Write, path, source },
            false => DiskError::Source { path, source },
        });
    }
    rustix::fs::fchmod(&watched.file, Mode::from_raw_mode(mode)).map_err(|e| DiskError::io(Doing::Write, path, e))?;
    point("write: flush");
    watched.file.sync_all().map_err(|e| DiskError::io(Doing::Flush, path, e))?;
    Ok((sha256, size))
}

/// Remembers whether it was the disk that failed, and not the source of the content.
struct Watched {
    file: File,
    failed: bool,
}

impl Write for Watched {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let answer = self.file.write(buffer);
        self.failed |= answer.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::Interrupted);
        answer
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the file at `path` has this content; it is flushed then, since somebody else may have written it.
fn has_content(path: &Path, sha256: Sha256Hash, size: u64) -> Result<bool, DiskError> {
    let mut file = match open_plain(path, size) {
        Err(DiskError::TooLarge { .. } | DiskError::NotPlain { .. }) => return Ok(false),
        file => file?,
    };
    let found = Sha256Hash::of_reader(&mut file).map_err(|e| DiskError::io(Doing::Read, path, e))?;
    if found != (sha256, size) {
        return Ok(false);
    }
    file.sync_all().map_err(|e| DiskError::io(Doing::Flush, path, e))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = write_new_with(dir.path(), "a.xml", 0o400, |w| w.write_all(b"one")).unwrap();
        assert_eq!((first.size, first.already, first.sha256), (3, false, Sha256Hash::of(b"one")));
        assert_eq!(std::fs::metadata(&first.path).unwrap().mode() & 0o7777, 0o400);
        let again = write_new(dir.path(), "a.xml", |w| w.write_all(b"one")).unwrap();
        assert_eq!(again, Written { already: true, ..first });
        let other = write_new(dir.path(), "a.xml", |w| w.write_all(b"two"));
        assert!(matches!(other, Err(DiskError::Exists { .. })), "{other:?}");
        assert_eq!(std::fs::read(&again.path).unwrap(), b"one");
        assert_eq!(names(dir.path()), ["a.xml"]);
    }

    #[test]
    fn a_source_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let answer = write_new(dir.path(), "a", |w| {
            w.write_all(&vec![0; 100_000])?;
            Err(io::Error::other("the line went dead"))
        });
        assert!(matches!(answer, Err(DiskError::Source { .. })), "{answer:?}");
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn the_disk_is_blamed_for_its_own_errors() {
        if !Path::new("/dev/full").exists() {
            println!("skipped: no /dev/full");
            return;
        }
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut watched = BufWriter::new(Watched { file: full, failed: false });
        assert!(watched.write_all(b"x").and_then(|()| watched.flush()).is_err());
        assert!(watched.get_ref().failed);
        let _ = watched.into_parts();
    }

    #[test]
    fn names_are_one_part_of_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(256);
        for name in ["", ".", "..", "a/b", "/a", "a/", "a\0b", ".tmp-1", &long] {
            let answer = write_new(dir.path(), name, |w| w.write_all(b"x"));
            assert!(matches!(answer, Err(DiskError::BadName { .. })), "{name:?}: {answer:?}");
        }
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_link_under_the_name_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        write_new(dir.path(), "target", |w| w.write_all(b"x")).unwrap();
        std::os::unix::fs::symlink(&target, dir.path().join("a")).unwrap();
        assert!(matches!(write_new(dir.path(), "a", |w| w.write_all(b"x")), Err(DiskError::Exists { .. })));
        assert!(append_lines(dir.path(), "a", 0o600, "y\n").is_err());
        assert_eq!(std::fs::read(&target).unwrap(), b"x");
    }

    #[test]
    fn small_files_are_replaced_and_lines_appended() {
        let dir = tempfile::tempdir().unwrap();
        replace(dir.path(), "p", b"one").unwrap();
        replace(dir.path(), "p", b"two").unwrap();
        append_lines(dir.path(), "l", 0o600, "one\n").unwrap();
        append_lines(dir.path(), "l", 0o600, "two\n").unwrap();
        assert_eq!(std::fs::read(dir.path().join("p")).unwrap(), b"two");
        assert_eq!(std::fs::read(dir.path().join("l")).unwrap(), b"one\ntwo\n");
        assert_eq!(names(dir.path()), ["l", "p"]);
    }

    #[test]
    fn a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let put = |text: &str| File::create(dir.path().join("l")).unwrap().write_all(text.as_bytes()).unwrap();
        let long = format!("one\n{}", "x".repeat(10_000));
        for (before, kept) in [("", ""), ("on", ""), ("one\n", "one\n"), ("one\ntw", "one\n"), (&long, "one\n")] {
            put(before);
            append_lines(dir.path(), "l", 0o600, "new\n").unwrap();
            assert_eq!(std::fs::read_to_string(dir.path().join("l")).unwrap(), format!("{kept}new\n"));
        }
    }

    #[test]
    fn a_draft_without_a_name_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        drop(Draft::write(dir.path(), 0o400, |w| w.write_all(b"x")).unwrap());
        assert!(names(dir.path()).is_empty());
    }
}
