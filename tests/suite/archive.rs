#![allow(clippy::unwrap_used)]

//! The archive as another program sees it: walked through and proved with no tool of ours, and
//! whole after the process was killed at any of its effects on the disk.

use std::path::Path;
use std::process::Command;

use bankferry::archive::Archive;
use bankferry::disk::Sha256Hash;
use jiff::civil::date;

const DAY: jiff::civil::Date = date(2026, 11, 23);
/// Set in the child process that [`killed_at_every_point`] starts: the archive it works in.
const CHILD: &str = "BANKFERRY_TEST_ARCHIVE";

/// What the child keeps, and the parent after it: two files of one case and one of another.
fn work(root: &Path) {
    let archive = Archive::open(root).unwrap();
    for (case, what, name, content) in [
        ("B-1", "received", "工资 11月.csv", "first"),
        ("B-1", "written", "out.xml", "second"),
        ("B-2", "received", "工资 11月.csv", "third"),
    ] {
        archive.keep(DAY, case, what, name, &mut content.as_bytes()).unwrap();
    }
}

#[test]
fn sha256sum_proves_a_case_without_us() {
    let dir = tempfile::tempdir().unwrap();
    work(dir.path());
    let case = dir.path().join("2026-11-23/B-1");
    let answer = Command::new("sha256sum").args(["--check", "--strict", "MANIFEST"]).current_dir(&case).output();
    match answer {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{output:?}");
            assert_eq!(said.matches(": OK").count(), 2, "{said}");
            assert!(output.stderr.is_empty(), "{output:?}");
        }
        Err(e) => println!("skipped: no sha256sum here ({e})"),
    }
}

/// The child's part of the next test; nothing when run on its own.
#[test]
fn child_that_is_killed() {
    if let Some(root) = std::env::var_os(CHILD) {
        work(Path::new(&root));
    }
}

#[test]
fn killed_at_every_point_it_leaves_nothing_or_a_whole_file() {
    if !cfg!(debug_assertions) {
        println!("skipped: a release build has no crash points");
        return;
    }
    let mut points = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("archive");
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "archive::child_that_is_killed", "--test-threads=1"])
            .env(CHILD, &root)
            .env("BANKFERRY_CRASH_AT", (points + 1).to_string())
            .output()
            .unwrap();
        if child.status.success() {
            break;
        }
        points += 1;
        after_the_crash(&root, points);
    }
    assert!(points > 30, "only {points} points: are the effects still marked?");
}

fn after_the_crash(root: &Path, point: u32) {
    let archive = Archive::open(root).unwrap();
    let report = archive.verify(&mut |_, _| {}).unwrap();
    assert!(report.is_sound(), "point {point}: {:?}", report.faults);
    // The same work again, as a restart does it, ends where an undisturbed run ends.
    archive.mend(None).unwrap();
    work(root);
    let report = archive.verify(&mut |_, _| {}).unwrap();
    assert_eq!((report.files, &report.faults[..]), (3, &[][..]), "point {point}");
    for content in ["first", "second", "third"] {
        let bytes = archive.bytes(Sha256Hash::of(content.as_bytes()), 100).unwrap();
        assert_eq!(bytes, content.as_bytes(), "point {point}");
    }
}
