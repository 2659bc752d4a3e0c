//! Whether somebody is still writing a file.

use std::ffi::c_int;
use std::os::fd::{AsFd, AsRawFd};

unsafe extern "C" {
    /// fcntl(2) of the C library that the standard library links to.
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
}

// Linux, <fcntl.h>; the same on every architecture that Rust has a standard library for.
const F_SETSIG: c_int = 10;
const F_SETLEASE: c_int = 1024;
const F_RDLCK: c_int = 0;
const F_UNLCK: c_int = 2;
/// Ignored unless somebody asks for it.
const SIGURG: c_int = 23;

/// Whether a file, open here for reading, is open anywhere on this machine for writing.
///
/// Known by asking for a read lease, which the kernel refuses while there is a writer (fcntl(2), "Leases"), and giving
/// it back at once. `false` also where nobody can tell: the file is another user's, the file system is on another
/// machine, the system is not Linux. So this only ever adds caution.
pub fn is_open_for_writing(file: impl AsFd) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: three calls with an open descriptor and plain numbers. A writer that comes while the lease is held makes
    // the kernel send a signal: it is set to one that is ignored before the lease is asked for.
    unsafe {
        if fcntl(fd, F_SETSIG, SIGURG) != 0 {
            return false;
        }
        if fcntl(fd, F_SETLEASE, F_RDLCK) != 0 {
            return std::io::Error::last_os_error().kind() == std::io::ErrorKind::WouldBlock;
        }
        fcntl(fd, F_SETLEASE, F_UNLCK);
    }
    false
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};

    use super::*;

    /// A process that another test makes just now holds all open files until it has become another program.
    fn ends(reader: &File) -> bool {
        (0..100).any(|_| {
            let busy = is_open_for_writing(reader);
            std::thread::sleep(std::time::Duration::from_millis(u64::from(busy) * 10));
            !busy
        })
    }

    #[test]
    fn a_writer_is_noticed_until_it_closes() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        let writer = File::create(&path).expect("a file");
        let reader = File::open(&path).expect("the file");
        if !is_open_for_writing(&reader) {
            println!("skipped: this file system has no leases");
            return;
        }
        drop(writer);
        assert!(ends(&reader));
        let appending = OpenOptions::new().append(true).open(&path).expect("the file");
        assert!(is_open_for_writing(&reader));
        drop(appending);
        assert!(ends(&reader));
    }
}
