//! Reading content, and knowing at its end whether it is what it was.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::ArchiveError;
use crate::disk::{self, DiskError, Doing, HashingReader, Sha256Hash};

/// Reads archived content and verifies it: the read that finds the end gives an error when the
/// content is not what it was. Nothing read before may be used until then.
#[derive(Debug)]
pub struct VerifyingReader {
    path: PathBuf,
    size: u64,
    expected: Sha256Hash,
    file: HashingReader<File>,
    verified: bool,
}

impl VerifyingReader {
    pub(super) fn open(path: &Path, expected: Sha256Hash) -> Result<VerifyingReader, ArchiveError> {
        let file = disk::open_plain(path, u64::MAX)?;
        let size = file.metadata().map_err(|e| DiskError::io(Doing::Open, path, e))?.len();
        let file = HashingReader::new(file);
        Ok(VerifyingReader { path: path.to_path_buf(), size, expected, file, verified: false })
    }

    /// The file it reads.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether it was read to its end and is what it was.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// What an error of this reader means: altered content, or the disk.
    pub fn explain(&self, error: io::Error) -> ArchiveError {
        match error.downcast::<ArchiveError>() {
            Ok(altered) => altered,
            Err(error) => DiskError::io(Doing::Read, &self.path, error).into(),
        }
    }
}

impl Read for VerifyingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        if n == 0 && !buffer.is_empty() && !self.verified {
            let (found, _) = self.file.so_far();
            if found != self.expected {
                let altered = ArchiveError::Altered { path: self.path.clone(), expected: self.expected, found };
                return Err(io::Error::new(io::ErrorKind::InvalidData, altered));
            }
            self.verified = true;
        }
        Ok(n)
    }
}

/// Whether the file at `path` is there and its content has this hash.
pub(super) fn is_whole(path: &Path, sha256: Sha256Hash) -> Result<bool, ArchiveError> {
    let mut file = match disk::open_plain(path, u64::MAX) {
        Err(e) if e.is_absent() => return Ok(false),
        Err(DiskError::NotPlain { .. }) => return Ok(false),
        file => file?,
    };
    let (found, _) = Sha256Hash::of_reader(&mut file).map_err(|e| DiskError::io(Doing::Read, path, e))?;
    Ok(found == sha256)
}
