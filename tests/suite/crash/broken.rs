//! Our own system fails: calls of one kind are answered with an error by `strace`, one in each thread or all from some
//! moment on. The program ends with a word, or goes on; when the system is well again, the road is walked once.

use std::fs;
use std::process::Command;

use bankferry::carrier::PublishMode::Atomic;
use bankferry::journal::{Event, Journal, NewFact, Records, Rows, SqliteJournal, WAITS_FOR_A_PERSON};

use super::line::live_on;
use super::site::Site;

/// Runs of the daemon that are broken, one after the other.
const BROKEN_RUNS: usize = 3;
/// Walks of each kind that a long test makes, about.
const LONG: usize = 20;

/// What fails.
struct Broken {
    calls: &'static str,
    error: &'static str,
    /// Whether every call after that one fails, too.
    lasting: bool,
    /// The number of the first call that fails in a thread is between these: before it the program is being loaded,
    /// after it there are none on this road.
    between: (usize, usize),
}

const fn once(calls: &'static str, error: &'static str, from: usize, to: usize) -> Broken {
    Broken { calls, error, lasting: false, between: (from, to) }
}

const fn lasting(calls: &'static str, error: &'static str, from: usize, to: usize) -> Broken {
    Broken { lasting: true, ..once(calls, error, from, to) }
}

const WRITING: [Broken; 6] = [
    once("write", "ENOSPC", 1, 60),
    once("write", "EIO", 1, 60),
    once("pwrite64", "ENOSPC", 1, 400),
    once("pwrite64", "EIO", 1, 400),
    lasting("write,pwrite64,ftruncate,fallocate", "ENOSPC", 1, 400),
    once("ftruncate,fallocate", "ENOSPC", 1, 4),
];

const FLUSHING: [Broken; 6] = [
    once("fsync,fdatasync", "EIO", 1, 60),
    lasting("fsync,fdatasync", "EIO", 1, 60),
    once("rename,renameat,renameat2", "EIO", 1, 9),
    once("mkdir,mkdirat,unlink,unlinkat", "EROFS", 1, 9),
    lasting("mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,ftruncate", "EROFS", 1, 20),
    once("flock,fcntl", "ENOLCK", 1, 300),
];

const READING: [Broken; 6] = [
    once("read,pread64", "EIO", 20, 140),
    once("getdents64", "EIO", 1, 60),
    once("statx,newfstatat", "EIO", 20, 290),
    once("openat,open", "EMFILE", 25, 250),
    lasting("openat,open,socket", "EMFILE", 25, 250),
    once("openat,open", "EACCES", 25, 250),
];

/// Whether the system lets a process be traced; says aloud when it does not.
fn can_break_calls() -> bool {
    let output = Command::new("strace").args(["-f", "-qq", "-e", "trace=write", "true"]).output();
    let works = output.is_ok_and(|output| output.status.success());
    if !works {
        println!("SKIPPED: strace is missing or may not trace here; calls of the system that fail are not tried");
    }
    works
}

/// Walks the road with its first runs broken from the call of this number on; how many runs said that they failed.
fn walk(broken: &Broken, number: usize) -> usize {
    let Broken { calls, error, lasting, .. } = broken;
    let mut site = Site::new(Atomic);
    let inject = format!("inject={calls}:error={error}:when={number}{}", if *lasting { "+" } else { "" });
    let (trace, log) = (format!("trace={calls}"), site.root().with_extension("calls"));
    let said = log.display().to_string();
    site.tracer = ["strace", "-f", "-qq", "-y", "-o", &said, "-e", &trace, "-e", &inject].map(String::from).to_vec();
    let mut failed = 0;
    for _ in 0..BROKEN_RUNS {
        site.tick();
        let ended = site.run_broken();
        let broken_calls = fs::read_to_string(&log).unwrap_or_default();
        let broken_calls: Vec<&str> = broken_calls.lines().filter(|line| line.ends_with("(INJECTED)")).collect();
        let context = format!("{inject}: {ended:?} after {broken_calls:#?}\n{}", site.story());
        assert!(!ended.words.contains("panicked"), "{context}");
        // Rights are a person's to give: a wrong configuration, as far as the program can see.
        let honest = [0, 3, if *error == "EACCES" { 2 } else { 3 }];
        assert!(ended.code.is_some_and(|code| honest.contains(&code)), "{context}");
        let was_silenced = calls.contains("write") && (*lasting || broken_calls.iter().any(|c| c.contains("write(2<")));
        assert!(ended.code == Some(0) || !ended.words.is_empty() || was_silenced, "without a word: {context}");
        failed += usize::from(ended.code != Some(0));
    }
    site.tracer.clear();
    if *error == "EACCES" {
        a_person_helps(&site);
    }
    let walk = live_on(&mut site, inject);
    site.verify(&walk);
    failed
}

/// What waits for a person since a right was missing is let go: the right is there.
fn a_person_helps(site: &Site) {
    let mut journal = SqliteJournal::open(&site.root().join("state/journal.db")).expect("a journal");
    let waits = |retry_at: &Option<String>| retry_at.as_deref() == Some(WAITS_FOR_A_PERSON);
    let files = journal.outbounds(&[]).expect("files").into_iter().filter(|file| waits(&file.retry_at));
    let mut waiting: Vec<(String, String)> = files.map(|file| (file.case, file.id)).collect();
    let files = journal.inbounds(&[]).expect("files").into_iter().filter(|file| waits(&file.retry_at));
    waiting.extend(files.map(|file| (file.id.clone(), file.id)));
    let contacts = journal.contacts().expect("contacts").into_iter();
    waiting.extend(contacts.map(|contact| (String::new(), contact.party)));
    for (case, subject) in waiting {
        let event = Event::Recovered { reason: "the right is there".into(), reason_zh: "权限已恢复".into() };
        let fact = NewFact { actor: "anna".into(), case, subject, event };
        journal.append(site.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
    }
}

/// Walks for so many numbers of each kind, evenly spread.
fn walk_all(kinds: &[Broken], walks: usize) {
    if !can_break_calls() {
        return;
    }
    for broken in kinds {
        let (from, to) = broken.between;
        let step = ((to - from) / walks).max(1);
        // The first is within the first step: the ends of the road are the dull part.
        let numbers = (from + step / 2..=to).step_by(step).take(walks);
        let failed: Vec<usize> = numbers.map(|number| walk(broken, number)).collect();
        let said = failed.iter().filter(|failed| **failed > 0).count();
        let Broken { calls, error, lasting, .. } = broken;
        println!("{calls}: {error}, lasting {lasting}: {} walks, in {said} a run said that it failed", failed.len());
    }
}

#[test]
fn a_disk_that_fails_at_a_sample_of_writes_loses_and_doubles_nothing() {
    walk_all(&WRITING, 1);
}

#[test]
fn a_disk_that_fails_at_a_sample_of_flushes_and_renames_loses_and_doubles_nothing() {
    walk_all(&FLUSHING, 1);
}

#[test]
fn a_system_that_fails_at_a_sample_of_reads_and_opens_loses_and_doubles_nothing() {
    walk_all(&READING, 1);
}

#[test]
#[ignore = "takes some minutes: many writes"]
fn a_disk_that_fails_at_many_writes_loses_and_doubles_nothing() {
    walk_all(&WRITING, LONG);
}

#[test]
#[ignore = "takes some minutes: many flushes and renames"]
fn a_disk_that_fails_at_many_flushes_and_renames_loses_and_doubles_nothing() {
    walk_all(&FLUSHING, LONG);
}

#[test]
#[ignore = "takes some minutes: many reads and opens"]
fn a_system_that_fails_at_many_reads_and_opens_loses_and_doubles_nothing() {
    walk_all(&READING, LONG);
}
