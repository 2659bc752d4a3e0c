//! Symbolic links that point from one of our folders into another.

use std::path::Path;

use super::folder::{above, open_folder, sync_handle};
use super::publish::file_name;
use super::write::temporary_name;
use super::{DiskError, Doing, point};

/// Makes `link` a symbolic link to `target`, in place of the link or file it was, and flushes its
/// folder. After a crash it is the old one or the new one.
///
/// # Errors
/// [`DiskError::Io`].
pub fn set_link(link: &Path, target: &Path) -> Result<(), DiskError> {
    let dir = above(link);
    let folder = open_folder(dir)?;
    let temporary = temporary_name(dir)?;
    point("link: create temporary");
    rustix::fs::symlinkat(target, &folder, &*temporary).map_err(|e| DiskError::io(Doing::Create, link, e))?;
    point("link: rename");
    if let Err(e) = rustix::fs::renameat(&folder, &*temporary, &folder, file_name(link)?) {
        // A failure leaves a link that the next sweep takes.
        let _ = rustix::fs::unlinkat(&folder, &*temporary, rustix::fs::AtFlags::empty());
        return Err(DiskError::io(Doing::Rename, link, e));
    }
    sync_handle(&folder, dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_and_turned() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("l");
        for target in ["../a", "../b"] {
            set_link(&link, Path::new(target)).unwrap();
            assert_eq!(std::fs::read_link(&link).unwrap(), Path::new(target));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
