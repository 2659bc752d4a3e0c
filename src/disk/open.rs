//! Opening what others put there, and private files of our own.

use std::fs::File;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::folder::open_folder;
use super::write::temporary_name;
use super::{DiskError, Doing, NotPlain};

/// Opens a file that somebody else put there, for reading, without trusting its name or kind.
///
/// It must be a plain file with one name and at most `cap` bytes: a symbolic link is not followed, a
/// pipe does not hang us, a hard link does not let a name we may not see change under us. The size
/// is of this moment; a reader must still stop at its cap.
///
/// # Errors
/// [`DiskError::NotPlain`], [`DiskError::TooLarge`] say which rule was broken; [`DiskError::Io`].
pub fn open_plain(path: &Path, cap: u64) -> Result<File, DiskError> {
    let not_plain = |why| DiskError::NotPlain { path: path.to_path_buf(), why };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::LOOP) => return Err(not_plain(NotPlain::Link)),
        Err(Errno::NXIO) => return Err(not_plain(NotPlain::Special)),
        Err(e) => return Err(DiskError::io(Doing::Open, path, e)),
    };
    let found = file.metadata().map_err(|e| DiskError::io(Doing::Open, path, e))?;
    let kind = found.file_type();
    if kind.is_dir() {
        return Err(not_plain(NotPlain::Folder));
    }
    if !kind.is_file() || kind.is_fifo() {
        return Err(not_plain(NotPlain::Special));
    }
    if found.nlink() != 1 {
        return Err(not_plain(NotPlain::Names(found.nlink())));
    }
    if found.len() > cap {
        return Err(DiskError::TooLarge { path: path.to_path_buf(), size: found.len(), cap });
    }
    Ok(file)
}

/// An empty file for reading and writing that has no name and that nobody else can open (0600),
/// on the file system of `dir`. It is gone when it is closed, also after a crash.
///
/// # Errors
/// [`DiskError::Io`].
pub fn private_file(dir: &Path) -> Result<File, DiskError> {
    let mode = Mode::from_raw_mode(0o600);
    match rustix::fs::open(dir, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode) {
        Ok(fd) => return Ok(File::from(fd)),
        // A file system, or a kernel, without unnamed files.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {}
        Err(e) => return Err(DiskError::io(Doing::Create, dir, e)),
    }
    let folder = open_folder(dir)?;
    let name = temporary_name(dir)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(&folder, &*name, flags, mode)
        .map_err(|e| DiskError::io(Doing::Create, dir.join(&name), e))?;
    rustix::fs::unlinkat(&folder, &*name, AtFlags::empty())
        .map_err(|e| DiskError::io(Doing::Remove, dir.join(&name), e))?;
    Ok(File::from(fd))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, Write};

    use super::*;

    fn why(path: &Path) -> NotPlain {
        match open_plain(path, 100) {
            Err(DiskError::NotPlain { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_plain_files_with_one_name_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        File::create(at("plain")).unwrap().write_all(b"123").unwrap();
        open_plain(&at("plain"), 3).unwrap();
        assert!(matches!(open_plain(&at("plain"), 2), Err(DiskError::TooLarge { size: 3, cap: 2, .. })));
        std::os::unix::fs::symlink(at("plain"), at("link")).unwrap();
        assert_eq!(why(&at("link")), NotPlain::Link);
        assert_eq!(why(dir.path()), NotPlain::Folder);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .unwrap();
        assert_eq!(why(&at("pipe")), NotPlain::Special);
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        assert_eq!(why(&at("socket")), NotPlain::Special);
        std::fs::hard_link(at("plain"), at("second")).unwrap();
        assert_eq!(why(&at("plain")), NotPlain::Names(2));
        assert!(open_plain(&at("nothing"), 1).is_err_and(|e| e.is_absent()));
    }

    #[test]
    fn private_files_have_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = private_file(dir.path()).unwrap();
        file.write_all(b"secret").unwrap();
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "secret");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
