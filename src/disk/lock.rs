//! One installation, one process; one folder, one writer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags};

use super::folder::open_folder;
use super::{DiskError, Doing};

/// Holds the state folder of an installation for this process, until dropped or until the process ends.
///
/// It is a `flock` on the file `lock`; a holder that is killed leaves nothing to tidy. The file
/// itself stays for ever and names the latest holder.
#[derive(Debug)]
pub struct InstanceLock {
    path: PathBuf,
    file: File,
}

impl InstanceLock {
    /// Takes the lock of `state_dir` in the name of `who`, such as `bankferry run`.
    ///
    /// # Errors
    /// [`DiskError::Locked`] with the holder's process id and name; [`DiskError::Io`].
    pub fn take(state_dir: &Path, who: &str) -> Result<InstanceLock, DiskError> {
        let path = state_dir.join("lock");
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o600))
            .map_err(|e| DiskError::io(Doing::Lock, &path, e))?;
        let mut file = File::from(fd);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(DiskError::Locked { holder: holder(&mut file), path });
            }
            Err(e) => return Err(DiskError::io(Doing::Lock, path, e)),
        }
        sign(&mut file, who).map_err(|e| DiskError::io(Doing::Lock, &path, e))?;
        Ok(InstanceLock { path, file })
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who holds the lock of `state_dir` now, asked without touching it: `None` when nobody does, or when the kernel
    /// does not tell (it lists its locks in `/proc/locks`).
    pub fn held_by(state_dir: &Path) -> Option<String> {
        let mut file = File::open(state_dir.join("lock")).ok()?;
        let inode = format!(":{}", file.metadata().ok()?.ino());
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        let is_ours = |line: &str| line.contains("FLOCK") && line.split_whitespace().any(|w| w.ends_with(&inode));
        locks.lines().any(is_ours).then(|| holder(&mut file))
    }
}

/// The proof that nobody else writes where its holder works.
pub trait SoleWriter {}

impl SoleWriter for InstanceLock {}

impl Drop for InstanceLock {
    fn drop(&mut self) {
        unlock(&self.file);
    }
}

/// Holds one folder against other writers of this kind, threads and processes, until dropped.
#[derive(Debug)]
pub struct FolderLock {
    folder: File,
}

impl FolderLock {
    /// Waits for the folder and takes it. Only reading rights are needed.
    ///
    /// # Errors
    /// [`DiskError::Io`].
    pub fn take(dir: &Path) -> Result<FolderLock, DiskError> {
        let folder = open_folder(dir)?;
        loop {
            match rustix::fs::flock(&folder, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(FolderLock { folder }),
                Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(DiskError::io(Doing::Lock, dir, e)),
            }
        }
    }
}

impl SoleWriter for FolderLock {}

impl Drop for FolderLock {
    fn drop(&mut self) {
        unlock(&self.folder);
    }
}

/// Gives a lock back at once. Closing the file is not enough: a program that another thread is just starting holds a
/// copy of it until its own code begins, and with the copy the lock.
fn unlock(file: &File) {
    // A lock that cannot be given back goes with the file.
    let _ = rustix::fs::flock(file, FlockOperation::Unlock);
}

/// Writes who holds the lock. Only for people: the lock itself is the kernel's, so nothing is flushed.
fn sign(file: &mut File, who: &str) -> std::io::Result<()> {
    let line = format!("process {} ({who})\n", std::process::id());
    file.seek(SeekFrom::Start(0))?;
    file.set_len(0)?;
    file.write_all(line.as_bytes())
}

fn holder(file: &mut File) -> String {
    let mut line = String::new();
    // A holder that has not signed yet is still a holder.
    let _ = file.take(200).read_to_string(&mut line);
    let line = line.trim();
    if line.is_empty() { "another process".to_string() } else { line.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = InstanceLock::take(dir.path(), "bankferry run").unwrap();
        let second = InstanceLock::take(dir.path(), "bankferry once").unwrap_err();
        let said = second.to_string();
        assert!(said.contains(&std::process::id().to_string()) && said.contains("bankferry run"), "{said}");
        let told = InstanceLock::held_by(dir.path());
        match std::fs::read_to_string("/proc/locks") {
            Ok(locks) if locks.contains("FLOCK") => assert!(told.unwrap().contains("bankferry run")),
            _ => println!("skipped: this kernel does not list its locks"),
        }
        drop(first);
        assert_eq!(InstanceLock::held_by(dir.path()), None);
        InstanceLock::take(dir.path(), "bankferry once").unwrap();
    }

    #[test]
    fn a_lock_that_is_given_back_is_free_while_a_copy_of_its_file_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let first = InstanceLock::take(dir.path(), "bankferry run").unwrap();
        let _copy = first.file.try_clone().unwrap();
        drop(first);
        InstanceLock::take(dir.path(), "bankferry once").unwrap();
    }
}
