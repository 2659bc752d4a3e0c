//! Folders: made, flushed, compared, swept.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::{DiskError, Doing, SoleWriter, TEMPORARY, point};

/// Makes the folder `path` and those above it where they are missing, with the rights `mode`, flushed.
///
/// What exists is left as it is; a symbolic link to a folder counts as the folder.
///
/// # Errors
/// [`DiskError::Io`], also when something else has the name.
pub fn ensure_folder(path: &Path, mode: u32) -> Result<(), DiskError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(DiskError::io(Doing::Create, path, io::Error::from(io::ErrorKind::NotADirectory))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(DiskError::io(Doing::Create, path, e)),
    }
    let above = above(path);
    ensure_folder(above, mode)?;
    point("folder: make");
    match rustix::fs::mkdir(path, Mode::from_raw_mode(mode)) {
        Ok(()) => {
            let rights = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path, rights).map_err(|e| DiskError::io(Doing::Create, path, e))?;
        }
        // Somebody else made it in between: the same end.
        Err(Errno::EXIST) => {}
        Err(e) => return Err(DiskError::io(Doing::Create, path, e)),
    }
    sync_folder(path)?;
    sync_folder(above)
}

/// Flushes the folder: the names in it, not the content of its files.
///
/// # Errors
/// [`DiskError::Io`].
pub fn sync_folder(path: &Path) -> Result<(), DiskError> {
    sync_handle(&open_folder(path)?, path)
}

/// Whether two existing paths are on one file system, so that a rename between them is one act.
///
/// Two mounts of one file system (bind mounts) look the same here and are told apart only by the
/// rename itself, which then gives [`DiskError::OtherFileSystem`].
///
/// # Errors
/// [`DiskError::Io`].
pub fn same_file_system(a: &Path, b: &Path) -> Result<bool, DiskError> {
    let device = |p: &Path| std::fs::metadata(p).map(|m| m.dev()).map_err(|e| DiskError::io(Doing::Open, p, e));
    Ok(device(a)? == device(b)?)
}

/// Refuses a folder on a file system whose locks and flushes cannot be relied on: NFS, CIFS, FUSE and their like.
///
/// # Errors
/// [`DiskError::NetworkFileSystem`]; [`DiskError::Io`].
pub fn refuse_network_file_system(path: &Path) -> Result<(), DiskError> {
    let found = rustix::fs::statfs(path).map_err(|e| DiskError::io(Doing::Open, path, e))?;
    // The kernel's type is a signed word on some machines; the numbers are of 32 bits on all.
    #[allow(clippy::unnecessary_cast)]
    let number = found.f_type as u32;
    match NETWORK.iter().find(|(n, _)| *n == number) {
        Some((_, kind)) => Err(DiskError::NetworkFileSystem { path: path.to_path_buf(), kind }),
        None => Ok(()),
    }
}

/// File-system numbers, from `linux/magic.h` and the file systems' own sources.
const NETWORK: &[(u32, &str)] = &[
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x517B, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564C, "NCP"),
    (0x0BD0_0BD0, "Lustre"),
];

/// Removes the temporary files of ours that a crash left in `dir`, and says how many. The lock is
/// the proof that nobody is writing them now.
///
/// # Errors
/// [`DiskError::Io`].
pub fn sweep(dir: &Path, _proof: &impl SoleWriter) -> Result<u64, DiskError> {
    let handle = open_folder(dir)?;
    let mut swept = 0;
    for entry in std::fs::read_dir(dir).map_err(|e| DiskError::io(Doing::Read, dir, e))? {
        let name = entry.map_err(|e| DiskError::io(Doing::Read, dir, e))?.file_name();
        if !name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            continue;
        }
        point("sweep: remove temporary");
        match rustix::fs::unlinkat(&handle, &*name, AtFlags::empty()) {
            Ok(()) => swept += 1,
            Err(Errno::NOENT) => {}
            Err(e) => return Err(DiskError::io(Doing::Remove, dir.join(name), e)),
        }
    }
    Ok(swept)
}

/// The folder that holds `path`.
pub(super) fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if p.as_os_str().is_empty() => Path::new("."),
        Some(p) => p,
        None => Path::new("/"),
    }
}

pub(super) fn open_folder(path: &Path) -> Result<File, DiskError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| DiskError::io(Doing::Open, path, e))?;
    Ok(File::from(fd))
}

pub(super) fn sync_handle(folder: &File, path: &Path) -> Result<(), DiskError> {
    point("folder: flush");
    folder.sync_all().map_err(|e| DiskError::io(Doing::Flush, path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_with_their_rights_and_left_alone_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        ensure_folder(&deep, 0o750).unwrap();
        assert_eq!(std::fs::metadata(&deep).unwrap().mode() & 0o7777, 0o750);
        ensure_folder(&deep, 0o700).unwrap();
        assert_eq!(std::fs::metadata(&deep).unwrap().mode() & 0o7777, 0o750);
        File::create(dir.path().join("file")).unwrap();
        assert!(ensure_folder(&dir.path().join("file"), 0o700).is_err());
        assert!(same_file_system(&deep, dir.path()).unwrap());
        refuse_network_file_system(&deep).unwrap();
    }

    #[test]
    fn only_our_temporary_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".tmp-00", ".tmp-11", "kept", ".hidden"] {
            File::create(dir.path().join(name)).unwrap();
        }
        let lock = crate::disk::InstanceLock::take(dir.path(), "test").unwrap();
        assert_eq!(sweep(dir.path(), &lock).unwrap(), 2);
        assert!(dir.path().join("kept").exists() && dir.path().join(".hidden").exists());
    }
}
