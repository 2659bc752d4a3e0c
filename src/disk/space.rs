//! How much room a file system has.

use std::path::Path;

use super::error::{DiskError, Doing};

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that we may still write.
    pub free: u64,
    /// All its bytes.
    pub size: u64,
    /// The system's number of it: folders with the same share their room.
    pub device: u64,
}

/// The room where a folder lies.
///
/// # Errors
/// [`DiskError::Io`].
pub fn space(path: &Path) -> Result<Space, DiskError> {
    use std::os::unix::fs::MetadataExt;
    let found = rustix::fs::statvfs(path).map_err(|e| DiskError::io(Doing::Open, path, e))?;
    let metadata = std::fs::metadata(path).map_err(|e| DiskError::io(Doing::Open, path, e))?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Space { free: bytes(found.f_bavail), size: bytes(found.f_blocks), device: metadata.dev() })
}
