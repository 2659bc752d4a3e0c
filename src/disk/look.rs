//! What stands at a path. What cannot be looked at is not taken for something that is not there: a key that the disk
//! did not show for a moment would be one that we do not have.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{DiskError, Doing};

/// Whether a file is there; a symbolic link counts as what it leads to.
///
/// # Errors
/// [`DiskError::Io`] where that cannot be known.
pub fn is_file(path: &Path) -> Result<bool, DiskError> {
    Ok(told(path, std::fs::metadata(path))?.is_some_and(|found| found.is_file()))
}

/// Whether a folder is there; a symbolic link counts as what it leads to.
///
/// # Errors
/// [`DiskError::Io`] where that cannot be known.
pub fn is_folder(path: &Path) -> Result<bool, DiskError> {
    Ok(told(path, std::fs::metadata(path))?.is_some_and(|found| found.is_dir()))
}

/// Whether the name is taken by anything at all, also by a symbolic link that leads nowhere.
///
/// # Errors
/// [`DiskError::Io`] where that cannot be known.
pub fn is_taken(path: &Path) -> Result<bool, DiskError> {
    Ok(at(path)?.is_some())
}

/// What has this name; a symbolic link is itself.
///
/// # Errors
/// [`DiskError::Io`] where that cannot be known.
pub fn at(path: &Path) -> Result<Option<Metadata>, DiskError> {
    told(path, std::fs::symlink_metadata(path))
}

/// What lies in a folder, in order of its paths; nothing where there is no such folder.
///
/// # Errors
/// [`DiskError::Io`] where that cannot be known: part of it is not all of it.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let failed = |e| DiskError::io(Doing::Read, folder, e);
    let list = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        list => list.map_err(failed)?,
    };
    let mut paths = list.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn told(path: &Path, found: std::io::Result<Metadata>) -> Result<Option<Metadata>, DiskError> {
    match found {
        Ok(found) => Ok(Some(found)),
        // Below a file there is nothing, and nothing has a name that cannot be.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename) => {
            Ok(None)
        }
        Err(e) => Err(DiskError::io(Doing::Look, path, e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_seen_and_what_is_not_is_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        crate::disk::replace(dir.path(), "file", b"x").expect("a file");
        std::os::unix::fs::symlink("nowhere", &link).expect("a link");
        assert!(is_file(&file).unwrap() && !is_folder(&file).unwrap() && is_taken(&file).unwrap());
        assert!(is_folder(dir.path()).unwrap() && !is_file(dir.path()).unwrap());
        assert!(!is_file(&link).unwrap() && is_taken(&link).unwrap());
        for absent in [dir.path().join("absent"), file.join("below"), dir.path().join("n".repeat(300))] {
            assert!(!is_file(&absent).unwrap() && !is_folder(&absent).unwrap() && !is_taken(&absent).unwrap());
        }
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_absent() {
        let dir = tempfile::tempdir().expect("a folder");
        let round = dir.path().join("round");
        std::os::unix::fs::symlink("round", &round).expect("a link");
        assert!(is_file(&round).is_err() && is_folder(&round).is_err());
        assert!(is_taken(&round.join("below")).is_err());
    }
}
