//! Numbered points at which a test stops the process, and pieces of work in which it breaks.

/// A moment between two effects on the disk or at a bank, named for the log.
///
/// In a debug build `BANKFERRY_CRASH_AT=<n>` kills the process (SIGKILL, so that nothing is tidied)
/// at the n-th point it reaches, counting from 1, `BANKFERRY_CRASH_AT=<name>` at the first point of
/// that name, and `BANKFERRY_CRASH_LOG=<file>` appends a line `<n> <name>` for each one passed.
/// A release build does nothing here.
#[inline]
pub fn point(name: &'static str) {
    #[cfg(debug_assertions)]
    crash::point(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// A piece of work that a test can let the program break in, as a fault of its own would.
///
/// In a debug build `BANKFERRY_BREAK_AT="<work> <end of the subject>"` panics in every such piece of work. A release
/// build does nothing here.
#[inline]
pub fn fragile(work: &str, subject: &str) {
    #[cfg(debug_assertions)]
    crash::fragile(work, subject);
    #[cfg(not(debug_assertions))]
    let _ = (work, subject);
}

#[cfg(debug_assertions)]
mod crash {
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Mutex, OnceLock};

    /// What the environment asked for, read once.
    struct Plan {
        at: Option<At>,
        log: Option<Mutex<File>>,
        reached: AtomicU64,
    }

    /// Where the process ends.
    enum At {
        Number(u64),
        Name(String),
    }

    static PLAN: OnceLock<Plan> = OnceLock::new();

    fn plan() -> Plan {
        let at = std::env::var("BANKFERRY_CRASH_AT").ok().map(|at| at.parse().map_or(At::Name(at), At::Number));
        let log = std::env::var_os("BANKFERRY_CRASH_LOG");
        let log = log.and_then(|path| OpenOptions::new().append(true).create(true).open(path).ok());
        Plan { at, log: log.map(Mutex::new), reached: AtomicU64::new(0) }
    }

    pub(super) fn point(name: &'static str) {
        let plan = PLAN.get_or_init(plan);
        if plan.at.is_none() && plan.log.is_none() {
            return;
        }
        let n = plan.reached.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(Ok(mut log)) = plan.log.as_ref().map(Mutex::lock) {
            // The log is a test's help; a log that cannot be written must not change what is tested.
            let _ = writeln!(log, "{n} {name}");
        }
        match &plan.at {
            Some(At::Number(at)) if *at == n => die(),
            Some(At::Name(at)) if at == name => die(),
            _ => {}
        }
    }

    pub(super) fn fragile(work: &str, subject: &str) {
        static AT: OnceLock<Option<(String, String)>> = OnceLock::new();
        let read = || std::env::var("BANKFERRY_BREAK_AT").ok()?.split_once(' ').map(|(a, b)| (a.into(), b.into()));
        if let Some((broken, end)) = AT.get_or_init(read)
            && broken == work
            && subject.ends_with(end)
        {
            panic!("a test asked for it");
        }
    }

    /// Ends the process as a power cut would: no destructor, no flush.
    fn die() -> ! {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort()
    }
}
