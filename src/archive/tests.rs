//! The archive at work, seen from its own side of the door.

#![allow(clippy::disallowed_methods)]

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use jiff::civil::date;

use super::*;

const DAY: Date = date(2026, 11, 23);

struct Place {
    _dir: tempfile::TempDir,
    archive: Archive,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(&dir.path().join("archive")).unwrap();
        Place { _dir: dir, archive }
    }

    fn keep(&self, case: &str, what: &str, name: &str, content: &str) -> Kept {
        self.archive.keep(DAY, case, what, name, &mut content.as_bytes()).unwrap()
    }

    fn path(&self, kept: &Kept) -> PathBuf {
        self.archive.root().join(&kept.path)
    }

    fn case(&self, case: &str) -> PathBuf {
        self.archive.root().join(DAY.to_string()).join(case)
    }

    fn faults(&self) -> Vec<FaultKind> {
        self.archive.verify(&mut |_, _| {}).unwrap().faults.into_iter().map(|f| f.kind).collect()
    }

    /// The content kept under this hash, or the error.
    fn content(&self, sha256: Sha256Hash) -> Result<Vec<u8>, ArchiveError> {
        self.archive.bytes(sha256, 1 << 20)
    }

    /// A file of the archive made writable again, as only its owner or root can.
    fn unlock(path: &Path) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn rot(&self, kept: &Kept) {
        Place::unlock(&self.path(kept));
        File::options().write(true).open(self.path(kept)).unwrap().write_all(b"!").unwrap();
        fs::set_permissions(self.path(kept), fs::Permissions::from_mode(0o400)).unwrap();
    }
}

#[test]
fn files_are_kept_by_day_case_and_number() {
    let p = Place::new();
    let first = p.keep("B-1", "received", "工资 1.csv", "one");
    let second = p.keep("B-1", "written", "out.xml", "two");
    assert_eq!(first.path, Path::new("2026-11-23/B-1/01-received-工资_1.csv"));
    assert_eq!(second.path, Path::new("2026-11-23/B-1/02-written-out.xml"));
    assert_eq!((first.size, first.sha256, first.already), (3, Sha256Hash::of(b"one"), false));
    assert_eq!(fs::metadata(p.path(&first)).unwrap().permissions().mode() & 0o7777, 0o400);
    assert_eq!(p.content(first.sha256).unwrap(), b"one");
    let manifest = fs::read_to_string(p.case("B-1").join("MANIFEST")).unwrap();
    assert!(manifest.contains(r#"# {"size":3,"what":"received","name":"工资 1.csv"}"#), "{manifest}");
    assert_eq!(p.faults(), []);
}

#[test]
fn the_same_again_is_the_same_place() {
    let p = Place::new();
    let first = p.keep("B-1", "received", "a.csv", "one");
    assert_eq!(p.keep("B-1", "received", "a.csv", "one"), Kept { already: true, ..first.clone() });
    let tomorrow = p.archive.keep(date(2026, 11, 24), "B-1", "received", "a.csv", &mut &b"one"[..]).unwrap();
    assert_eq!(tomorrow.path, first.path);
    let paths =
        [("B-1", "received", "a.csv", "two"), ("B-1", "written", "a.csv", "one"), ("B-2", "received", "a.csv", "one")]
            .map(|(case, what, name, content)| p.keep(case, what, name, content).path);
    assert_eq!(
        paths.map(|p| p.display().to_string()),
        ["2026-11-23/B-1/02-received-a.csv", "2026-11-23/B-1/03-written-a.csv", "2026-11-23/B-2/01-received-a.csv"]
    );
}

#[test]
fn names_from_outside_stay_inside() {
    let p = Place::new();
    for name in ["../../../../tmp/x", "/etc/passwd", "..", "a/b", "MANIFEST", ".tmp-1", "a\nb", "\u{202e}x", ""] {
        let kept = p.keep("B-1", "received", name, name);
        assert_eq!(kept.path.components().count(), 3, "{}", kept.path.display());
        assert!(p.path(&kept).is_file());
    }
    for case in ["../x", "a/b", "", ".by-hash"] {
        let answer = p.archive.keep(DAY, case, "received", "x", &mut &b"x"[..]);
        assert!(matches!(answer, Err(ArchiveError::Word(_))), "{case}");
    }
    assert_eq!(p.faults(), []);
}

#[test]
fn a_source_that_fails_leaves_nothing() {
    struct Dead;
    impl Read for Dead {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line went dead"))
        }
    }
    let p = Place::new();
    let answer = p.archive.keep(DAY, "B-1", "received", "a", &mut (&b"half"[..]).chain(Dead));
    assert!(matches!(answer, Err(ArchiveError::Source(_))));
    assert_eq!(fs::read_dir(p.case("B-1")).unwrap().count(), 0);
}

/// What each crash leaves, made by hand: (name, how, faults that verify names).
#[test]
fn every_leftover_of_a_crash_is_put_right_by_the_next_keep_and_by_mending() {
    type Leave = fn(&Place);
    let temporary: Leave = |p| fs::write(p.case("B-1").join(".tmp-0011"), "half").unwrap();
    let unlisted: Leave = |p| {
        fs::remove_file(p.case("B-1").join("MANIFEST")).unwrap();
        fs::remove_dir_all(p.archive.root().join(".by-hash")).unwrap();
    };
    let torn: Leave = |p| {
        let path = p.case("B-1").join("MANIFEST");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        fs::remove_dir_all(p.archive.root().join(".by-hash")).unwrap();
    };
    let comment_only: Leave = |p| {
        let path = p.case("B-1").join("MANIFEST");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{}\n", text.lines().next().unwrap())).unwrap();
        fs::remove_dir_all(p.archive.root().join(".by-hash")).unwrap();
    };
    let unpointed: Leave = |p| fs::remove_dir_all(p.archive.root().join(".by-hash")).unwrap();
    for (name, leave) in [
        ("temporary", temporary),
        ("unlisted", unlisted),
        ("torn", torn),
        ("comment only", comment_only),
        ("unpointed", unpointed),
    ] {
        for mend in [false, true] {
            let p = Place::new();
            let first = p.keep("B-1", "received", "a.csv", "one");
            leave(&p);
            let faults = p.faults();
            assert!(!faults.is_empty() && faults.iter().all(|f| !f.is_grave()), "{name}: {faults:?}");
            if mend {
                p.archive.mend(None).unwrap();
                assert_eq!(p.faults(), [], "{name}, mended");
            }
            let again = p.keep("B-1", "received", "a.csv", "one");
            assert_eq!(again, Kept { already: true, ..first }, "{name}");
            assert_eq!(p.faults(), [], "{name}");
            assert_eq!(p.content(again.sha256).unwrap(), b"one");
            assert_eq!(p.archive.mend(None).unwrap(), Mended::default());
        }
    }
}

#[test]
fn content_is_found_without_its_pointer() {
    let p = Place::new();
    let kept = p.keep("B-1", "received", "a.csv", "one");
    fs::remove_dir_all(p.archive.root().join(".by-hash")).unwrap();
    assert_eq!(p.content(kept.sha256).unwrap(), b"one");
    assert!(matches!(p.content(Sha256Hash::of(b"never")), Err(ArchiveError::Absent { .. })));
}

#[test]
fn rotten_content_is_never_read_as_good() {
    let p = Place::new();
    let kept = p.keep("B-1", "received", "a.csv", "one");
    p.rot(&kept);
    assert!(matches!(p.content(kept.sha256), Err(ArchiveError::Altered { .. })));
    let mut reader = p.archive.read(kept.sha256).unwrap();
    assert!(io::copy(&mut reader, &mut io::sink()).is_err() && !reader.is_verified());
    assert!(matches!(p.faults()[..], [FaultKind::Altered { .. }]));
    // The true content again gets a place of its own and is what the hash leads to.
    let again = p.keep("B-1", "received", "a.csv", "one");
    assert_eq!(again.path, Path::new("2026-11-23/B-1/02-received-a.csv"));
    assert_eq!(p.content(kept.sha256).unwrap(), b"one");
}

#[test]
fn verification_names_what_was_tampered_with() {
    let fault = |tamper: &dyn Fn(&Place, &Kept)| {
        let p = Place::new();
        let kept = p.keep("B-1", "received", "a.csv", "one");
        tamper(&p, &kept);
        let report = p.archive.verify(&mut |_, _| {}).unwrap();
        assert!(!report.is_sound());
        report.faults.into_iter().filter(|f| f.kind.is_grave()).map(|f| f.kind).collect::<Vec<_>>()
    };
    let gone = fault(&|p, kept| fs::remove_file(p.path(kept)).unwrap());
    assert!(matches!(gone[..], [FaultKind::Missing { .. }]), "{gone:?}");
    let writable = fault(&|p, kept| Place::unlock(&p.path(kept)));
    assert_eq!(writable, [FaultKind::Writable { mode: 0o600 }]);
    let linked = fault(&|p, kept| {
        fs::remove_file(p.path(kept)).unwrap();
        symlink("/etc/hostname", p.path(kept)).unwrap();
    });
    assert!(matches!(linked[..], [FaultKind::Unreadable { .. }]), "{linked:?}");
    let foreign = fault(&|p, _| fs::write(p.case("B-1").join("notes.txt"), "x").unwrap());
    assert_eq!(foreign, [FaultKind::Foreign]);
    let line = fault(&|p, _| {
        File::options().append(true).open(p.case("B-1").join("MANIFEST")).unwrap().write_all(b"hello\n").unwrap();
    });
    assert_eq!(line, [FaultKind::BadLine { line: 3 }]);
    let astray = fault(&|p, kept| {
        let pointer = p.archive.pointer(kept.sha256);
        fs::remove_file(&pointer).unwrap();
        symlink("../../../../etc/passwd", &pointer).unwrap();
    });
    assert_eq!(astray, [FaultKind::Astray]);
    let unlisted = fault(&|p, _| fs::remove_dir_all(p.case("B-1")).unwrap());
    assert_eq!(unlisted, [FaultKind::Astray]);
}

#[test]
fn what_others_can_write_is_not_taken_for_ours() {
    let p = Place::new();
    p.keep("B-1", "received", "a.csv", "one");
    fs::write(p.case("B-1").join("07-received-b.csv"), "planted").unwrap();
    let kept = p.keep("B-1", "received", "b.csv", "planted");
    assert_eq!(kept.path, Path::new("2026-11-23/B-1/08-received-b.csv"));
    assert_eq!(p.faults(), [FaultKind::Unlisted]);
}

#[test]
fn threads_that_keep_in_one_case_do_not_disturb_each_other() {
    let p = Place::new();
    std::thread::scope(|s| {
        for t in 0..4 {
            let p = &p;
            s.spawn(move || {
                for i in 0..5 {
                    p.keep("B-1", "received", "a", &format!("{t}-{i}"));
                    p.keep("B-1", "received", "same", "same");
                }
            });
        }
    });
    let report = p.archive.verify(&mut |_, _| {}).unwrap();
    assert_eq!((report.files, report.faults), (21, vec![]));
}
