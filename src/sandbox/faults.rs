//! What a bank's server can do wrong, scripted: slow, silent, cut off, full, forbidding, lying.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One scripted fault: when it strikes, and what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which requests it strikes.
    pub when: When,
    /// What happens to them.
    pub what: What,
}

impl Fault {
    /// A fault at the `n`-th request from now on, counted from 1; it strikes once.
    pub fn at(n: u64, what: What) -> Fault {
        Fault { when: When::Request(n), what }
    }

    /// A fault at the next request of one kind; it strikes once, however many others come before.
    pub fn once(operation: Operation, what: What) -> Fault {
        Fault { when: When::Next(operation), what }
    }

    /// A fault at every request of one kind.
    pub fn on(operation: Operation, what: What) -> Fault {
        Fault { when: When::Operation(operation), what }
    }

    /// A fault at every request.
    pub fn always(what: What) -> Fault {
        Fault { when: When::Every, what }
    }
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All of them.
    Every,
    /// The one with this number, counted from 1 since the fault was set.
    Request(u64),
    /// The next one of this kind.
    Next(Operation),
    /// All of one kind.
    Operation(Operation),
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The answer comes this much later.
    Delay(Duration),
    /// The answer never comes; the connection stays open.
    Freeze,
    /// The connection is cut before the request is carried out.
    CutBefore,
    /// The request is carried out, then the connection is cut: its answer is never seen.
    CutAfter,
    /// A plain rename stops between making the new name and removing the old one, and the connection is cut.
    CutBetween,
    /// The connection is cut when the upload has reached this many bytes; those bytes stay.
    CutAtByte(u64),
    /// Writes are refused when all uploads since the fault was set have reached this many bytes: disk or quota full.
    FullAt(u64),
    /// The request is refused.
    Refuse(Refusal),
    /// A write or a rename is answered as done, and nothing is done.
    Pretend,
    /// Names that do not exist are shown in listings, as files of one byte.
    Show(Vec<String>),
    /// Sizes are told this much larger than they are.
    Exaggerate(u64),
    /// The file under this path gets more bytes after each read from it.
    GrowOnRead,
    /// The file that is read loses half its bytes after the first read.
    ShrinkOnRead,
    /// The file that is read is removed after the first read.
    VanishOnRead,
}

/// How a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `SSH_FX_FAILURE`: no reason given.
    Failure,
    /// `SSH_FX_PERMISSION_DENIED`.
    Denied,
    /// `SSH_FX_OP_UNSUPPORTED`.
    Unsupported,
    /// `SSH_FX_NO_SUCH_FILE`.
    Absent,
}

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operation {
    Open,
    Close,
    Read,
    Write,
    Stat,
    SetStat,
    OpenFolder,
    ReadFolder,
    MakeFolder,
    RemoveFolder,
    Remove,
    Rename,
    PosixRename,
    Flush,
    Space,
    RealPath,
}

impl Operation {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Open => "open",
            Operation::Close => "close",
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Stat => "stat",
            Operation::SetStat => "setstat",
            Operation::OpenFolder => "opendir",
            Operation::ReadFolder => "readdir",
            Operation::MakeFolder => "mkdir",
            Operation::RemoveFolder => "rmdir",
            Operation::Remove => "remove",
            Operation::Rename => "rename",
            Operation::PosixRename => "posix-rename",
            Operation::Flush => "fsync",
            Operation::Space => "statvfs",
            Operation::RealPath => "realpath",
        }
    }
}

/// The script of a running server, and its log. Shared by all connections.
#[derive(Debug, Default)]
pub struct Script {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Vec<Armed>,
    requests: u64,
    log: Vec<String>,
    left_out: u64,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// Requests that were seen before the fault was set.
    after: u64,
    /// Bytes uploaded since.
    written: u64,
    /// Whether it has struck.
    struck: bool,
}

/// The most log lines kept; later ones are counted only.
const MOST_LINES: usize = 100_000;

impl Script {
    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        let mut inner = self.lock();
        let after = inner.requests;
        inner.faults.push(Armed { fault, after, written: 0, struck: false });
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.lock().faults.clear();
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.lock().requests
    }

    /// What was asked, in order: `rename in/.tmp-1 in/a.xml`, `login acme accepted`.
    pub fn log(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    /// Adds a line to the log.
    pub(super) fn note(&self, line: String) {
        let mut inner = self.lock();
        if inner.log.len() < MOST_LINES {
            inner.log.push(line);
        } else {
            inner.left_out += 1;
        }
    }

    /// Numbers a request, notes it, and says what shall happen to it.
    pub(super) fn next(&self, operation: Operation, names: &str) -> Vec<What> {
        self.note(format!("{} {names}", operation.name()).trim_end().to_owned());
        let mut inner = self.lock();
        inner.requests += 1;
        let number = inner.requests;
        let strikes = |armed: &Armed| match armed.fault.when {
            When::Every => true,
            When::Request(n) => armed.after.checked_add(n) == Some(number),
            When::Next(only) => only == operation && !armed.struck,
            When::Operation(only) => only == operation,
        };
        let struck = inner.faults.iter_mut().filter(|armed| strikes(armed));
        struck
            .map(|armed| {
                armed.struck = true;
                armed.fault.what.clone()
            })
            .collect()
    }

    /// How many of the next `bytes` of an upload fit before the disk is full; counts them.
    pub(super) fn room(&self, bytes: u64) -> u64 {
        let mut fits = bytes;
        for armed in &mut self.lock().faults {
            if let What::FullAt(limit) = armed.fault.what {
                fits = fits.min(limit.saturating_sub(armed.written));
                armed.written += fits;
            }
        }
        fits
    }

    /// Whether a scripted disk is full.
    pub(super) fn is_full(&self) -> bool {
        let full = |armed: &Armed| matches!(armed.fault.what, What::FullAt(limit) if armed.written >= limit);
        self.lock().faults.iter().any(full)
    }

    /// The script stays usable when a thread has panicked: it is a list and two counters.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_fault_counts_from_when_it_was_set_and_strikes_once() {
        let script = Script::default();
        script.next(Operation::Stat, "a");
        script.inject(Fault::at(2, What::Freeze));
        assert!(script.next(Operation::Stat, "b").is_empty());
        assert_eq!(script.next(Operation::Stat, "c"), [What::Freeze]);
        assert!(script.next(Operation::Stat, "d").is_empty());
        assert_eq!(script.log(), ["stat a", "stat b", "stat c", "stat d"]);
    }

    #[test]
    fn a_fault_at_the_next_of_a_kind_strikes_once_whatever_comes_before() {
        let script = Script::default();
        script.inject(Fault::once(Operation::Rename, What::Freeze));
        assert!(script.next(Operation::Stat, "a").is_empty());
        assert_eq!(script.next(Operation::Rename, "b"), [What::Freeze]);
        assert!(script.next(Operation::Rename, "c").is_empty());
    }

    #[test]
    fn a_full_disk_takes_what_fits() {
        let script = Script::default();
        script.inject(Fault::on(Operation::Write, What::FullAt(10)));
        assert_eq!(script.room(8), 8);
        assert!(!script.is_full());
        assert_eq!(script.room(8), 2);
        assert!(script.is_full());
        assert_eq!(script.room(8), 0);
    }
}
