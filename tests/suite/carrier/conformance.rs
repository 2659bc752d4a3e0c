//! What every carrier promises, as one list of cases that every carrier passes.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use bankferry::carrier::folder::{Folder, FolderSettings};
use bankferry::carrier::{Carrier, ErrorKind, Kind, NameFault, Rename};
use bankferry::words::{Explain, Remedy};

use super::beds::{Bed, FolderBed, OpenSsh, SandboxBed, put_file, user_name};
use super::{get, kind, pattern, put, source};

/// One case: a carrier, the name of the case's own folder, and that folder as the party sees it.
type Case = fn(&mut dyn Carrier, &str, &Path);

const CASES: [(&str, Case); 20] = [
    ("round-trip", round_trip),
    ("empty", an_empty_file_is_a_file),
    ("exclusive", an_upload_never_overwrites),
    ("short", a_source_that_is_too_short_leaves_nothing),
    ("longer", a_source_that_is_longer_is_cut_at_its_size),
    ("missing", missing_folders_and_files),
    ("atomic", |carrier, folder, root| renames(carrier, folder, root, Rename::Atomic)),
    ("no-overwrite", |carrier, folder, root| renames(carrier, folder, root, Rename::NoOverwrite)),
    ("move", moves_into_another_folder),
    ("kinds", links_and_pipes_are_named_and_refused),
    ("link-folder", a_file_behind_a_link_is_not_reached_by_name),
    ("bad-names", bad_names_are_refused_before_anything_is_asked),
    ("hostile-names", hostile_names_are_listed_with_their_fault),
    ("cap", the_cap_holds),
    ("most", a_listing_ends_at_the_most),
    ("again", fetching_again_starts_anew),
    ("claims", claims),
    ("abilities", abilities),
    ("closed", a_closed_carrier_opens_again),
    ("denied", denied),
];

fn conforms(bed: &dyn Bed) {
    let mut carrier = bed.carrier();
    for (name, case) in CASES {
        println!("case {name}");
        let root = bed.root().join(name);
        fs::create_dir(&root).unwrap();
        case(carrier.as_mut(), name, &root);
    }
}

#[test]
fn a_folder_conforms() {
    conforms(&FolderBed::new());
}

#[test]
fn sftp_conforms_with_the_practice_bank() {
    conforms(&SandboxBed::new());
}

#[test]
fn sftp_conforms_with_openssh() {
    if let Some(server) = OpenSsh::start("") {
        conforms(&server);
    }
}

#[test]
fn sftp_conforms_with_a_server_that_allows_one_channel() {
    if let Some(server) = OpenSsh::start("MaxSessions 1") {
        conforms(&server);
    }
}

fn round_trip(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    let bytes = pattern((5 << 20) + 7);
    put(carrier, folder, "付款 1.xml", &bytes).unwrap();
    assert_eq!(fs::read(root.join("付款 1.xml")).unwrap(), bytes);
    let listed = carrier.list(folder, 10).unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].acceptable() && listed[0].modified.is_some());
    assert_eq!((listed[0].name.as_str(), listed[0].size), ("付款 1.xml", bytes.len() as u64));
    assert_eq!(carrier.look(folder, "付款 1.xml").unwrap().as_ref(), Some(&listed[0]));
    assert!(get(carrier, folder, "付款 1.xml").unwrap() == bytes);
    carrier.remove(folder, "付款 1.xml").unwrap();
    assert_eq!(carrier.look(folder, "付款 1.xml").unwrap(), None);
    carrier.remove(folder, "付款 1.xml").unwrap();
}

fn an_empty_file_is_a_file(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    put(carrier, folder, "empty", b"").unwrap();
    assert_eq!(carrier.look(folder, "empty").unwrap().unwrap().size, 0);
    assert_eq!(get(carrier, folder, "empty").unwrap(), b"");
}

fn an_upload_never_overwrites(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    put_file(&root.join("a"), b"theirs");
    assert_eq!(kind(put(carrier, folder, "a", b"ours")), ErrorKind::Exists);
    put_file(&root.join("b"), b"");
    assert_eq!(kind(put(carrier, folder, "b", b"ours")), ErrorKind::Exists);
    assert_eq!(fs::read(root.join("a")).unwrap(), b"theirs");
    assert_eq!(fs::read(root.join("b")).unwrap(), b"");
}

fn a_source_that_is_too_short_leaves_nothing(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    let answer = carrier.upload(folder, "a", &mut source(b"three"), 6);
    assert_eq!(kind(answer), ErrorKind::Local);
    assert!(!root.join("a").exists());
}

fn a_source_that_is_longer_is_cut_at_its_size(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    carrier.upload(folder, "a", &mut source(b"three and more"), 5).unwrap();
    assert_eq!(fs::read(root.join("a")).unwrap(), b"three");
}

fn missing_folders_and_files(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    let nowhere = format!("{folder}/nowhere");
    assert_eq!(kind(carrier.list(&nowhere, 10)), ErrorKind::NotFound);
    assert_eq!(kind(put(carrier, &nowhere, "a", b"x")), ErrorKind::NotFound);
    assert_eq!(kind(get(carrier, folder, "a")), ErrorKind::NotFound);
    assert_eq!(carrier.look(&nowhere, "a").unwrap(), None);
    carrier.remove(&nowhere, "a").unwrap();
    assert!(carrier.list(folder, 10).unwrap().is_empty());
}

fn renames(carrier: &mut dyn Carrier, folder: &str, root: &Path, how: Rename) {
    put(carrier, folder, ".a.tmp", b"one").unwrap();
    carrier.rename(folder, ".a.tmp", "a", how).unwrap();
    assert_eq!(fs::read(root.join("a")).unwrap(), b"one");
    assert!(!root.join(".a.tmp").exists());

    put(carrier, folder, ".b.tmp", b"two").unwrap();
    let taken = carrier.rename(folder, ".b.tmp", "a", how).unwrap_err();
    assert_eq!((taken.kind(), taken.may_have_happened()), (ErrorKind::Exists, false));
    assert_eq!(fs::read(root.join("a")).unwrap(), b"one");
    assert_eq!(fs::read(root.join(".b.tmp")).unwrap(), b"two");

    let absent = carrier.rename(folder, "nothing", "c", how).unwrap_err();
    assert_eq!((absent.kind(), absent.may_have_happened()), (ErrorKind::NotFound, false));
}

fn moves_into_another_folder(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    let archive = format!("{folder}/archive");
    fs::create_dir(root.join("archive")).unwrap();
    put(carrier, folder, "a", b"one").unwrap();
    carrier.move_to(folder, "a", &archive).unwrap();
    assert_eq!(fs::read(root.join("archive/a")).unwrap(), b"one");
    put(carrier, folder, "a", b"two").unwrap();
    assert_eq!(kind(carrier.move_to(folder, "a", &archive)), ErrorKind::Exists);
    assert_eq!(fs::read(root.join("archive/a")).unwrap(), b"one");
    assert_eq!(fs::read(root.join("a")).unwrap(), b"two");
}

fn links_and_pipes_are_named_and_refused(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    put_file(&root.join("target"), b"secret");
    symlink("target", root.join("link")).unwrap();
    fs::create_dir(root.join("dir")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
    assert!(made.success());
    let mut kinds: Vec<_> = carrier.list(folder, 10).unwrap().into_iter().map(|f| (f.name, f.kind)).collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [("dir", Kind::Folder), ("link", Kind::Link), ("pipe", Kind::Other), ("target", Kind::File)];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
    for name in ["dir", "link", "pipe"] {
        assert_eq!(kind(get(carrier, folder, name)), ErrorKind::NotAFile, "{name}");
        assert!(!carrier.look(folder, name).unwrap().unwrap().acceptable(), "{name}");
        assert_eq!(kind(put(carrier, folder, name, b"x")), ErrorKind::Exists, "{name}");
    }
    assert_eq!(kind(carrier.remove(folder, "dir")), ErrorKind::NotAFile);
    carrier.remove(folder, "link").unwrap();
    assert_eq!(fs::read(root.join("target")).unwrap(), b"secret");
}

fn a_file_behind_a_link_is_not_reached_by_name(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    put_file(&root.join("target"), b"theirs");
    symlink("target", root.join("link")).unwrap();
    let answer = carrier.rename(folder, "link", "moved", Rename::NoOverwrite);
    // Whether a link itself may be renamed is the server's affair; what it points at stays.
    drop(answer);
    assert_eq!(fs::read(root.join("target")).unwrap(), b"theirs");
}

fn bad_names_are_refused_before_anything_is_asked(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    put_file(&root.join("good"), b"good");
    let long = "x".repeat(300);
    for name in ["", ".", "..", "../x", "/etc/passwd", "a/b", "a\\b", "a\0b", "a\nb", "a\u{202e}b", &long] {
        assert_eq!(kind(carrier.look(folder, name)), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(get(carrier, folder, name)), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(put(carrier, folder, name, b"x")), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(carrier.remove(folder, name)), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(carrier.rename(folder, "good", name, Rename::Atomic)), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(carrier.rename(folder, name, "other", Rename::Atomic)), ErrorKind::BadName, "{name:?}");
        assert_eq!(kind(carrier.claim(folder, name, "claim")), ErrorKind::BadName, "{name:?}");
    }
    for folder in ["..", "../x", "a/../../b", "a//b"] {
        assert_eq!(kind(carrier.list(folder, 1)), ErrorKind::BadName, "{folder:?}");
        assert_eq!(kind(carrier.move_to("", "good", folder)), ErrorKind::BadName, "{folder:?}");
    }
    assert_eq!(fs::read_dir(root).unwrap().count(), 1);
}

fn hostile_names_are_listed_with_their_fault(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    put_file(&root.join("a\nb"), b"x");
    put_file(&root.join("xml.\u{202e}fdp"), b"x");
    put_file(&root.join("كشف.xml"), b"x");
    put_file(&root.join("..x"), b"x");
    put_file(&root.join("good.xml"), b"x");
    let mut listed: Vec<_> = carrier.list(folder, 10).unwrap().into_iter().map(|f| (f.fault, f.name)).collect();
    listed.sort_by(|a, b| a.1.cmp(&b.1));
    let expected = [
        (Some(NameFault::Dots), "..x"),
        (Some(NameFault::Control), "a\nb"),
        (None, "good.xml"),
        (Some(NameFault::Invisible), "xml.\u{202e}fdp"),
        (None, "كشف.xml"),
    ];
    assert_eq!(listed, expected.map(|(fault, name)| (fault, name.to_owned())));
}

fn the_cap_holds(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    put(carrier, folder, "a", &[7; 1000]).unwrap();
    let mut into = tempfile::tempfile().unwrap();
    assert_eq!(kind(carrier.fetch(folder, "a", &mut into, 999)), ErrorKind::TooLarge);
    assert_eq!(into.metadata().unwrap().len(), 0);
    assert_eq!(carrier.fetch(folder, "a", &mut into, 1000).unwrap(), 1000);
}

fn a_listing_ends_at_the_most(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    for n in 0..250 {
        put_file(&root.join(format!("f{n}")), b"x");
    }
    assert_eq!(carrier.list(folder, 10).unwrap().len(), 10);
    assert_eq!(carrier.list(folder, 1000).unwrap().len(), 250);
    assert_eq!(carrier.list(folder, 0).unwrap().len(), 0);
}

fn fetching_again_starts_anew(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    put(carrier, folder, "long", b"a long text").unwrap();
    put(carrier, folder, "short", b"short").unwrap();
    let mut into = tempfile::tempfile().unwrap();
    carrier.fetch(folder, "long", &mut into, 100).unwrap();
    assert_eq!(carrier.fetch(folder, "short", &mut into, 100).unwrap(), 5);
    assert_eq!(into.metadata().unwrap().len(), 5);
}

fn claims(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    put(carrier, folder, "a.csv", b"one").unwrap();
    let name = carrier.claim(folder, "a.csv", "0190-claim").unwrap();
    assert_eq!(carrier.claim(folder, "a.csv", "0190-claim").unwrap(), name);
    assert_eq!(get(carrier, folder, &name).unwrap(), b"one");
    // A carrier that claims shows what is claimed; one that leaves the file in place shows nothing.
    let claimed = carrier.claimed(folder).unwrap();
    match claimed.as_slice() {
        [] => assert_eq!(name, "a.csv"),
        [one] => {
            assert_eq!((one.claim.as_str(), one.original.as_str()), ("0190-claim", "a.csv"));
            assert_eq!(one.name, name);
            assert!(carrier.list(folder, 10).unwrap().is_empty());
        }
        _ => panic!("{claimed:?}"),
    }
    carrier.remove(folder, &name).unwrap();
    assert!(carrier.claimed(folder).unwrap().is_empty());
}

fn abilities(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    let abilities = carrier.abilities().unwrap();
    assert!(abilities.posix_rename && abilities.fsync, "{abilities:?}");
    assert!(abilities.free.is_some_and(|free| free > 0), "{abilities:?}");
    assert!(carrier.list(folder, 10).unwrap().is_empty());
    assert_eq!(fs::read_dir(root).unwrap().count(), 0);
}

fn a_closed_carrier_opens_again(carrier: &mut dyn Carrier, folder: &str, _: &Path) {
    put(carrier, folder, "a", b"x").unwrap();
    carrier.close();
    carrier.close();
    assert_eq!(get(carrier, folder, "a").unwrap(), b"x");
}

fn denied(carrier: &mut dyn Carrier, folder: &str, root: &Path) {
    if user_name() == "root" {
        println!("skipped: nothing is denied to root");
        return;
    }
    put_file(&root.join("a"), b"x");
    fs::set_permissions(root.join("a"), fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(kind(get(carrier, folder, "a")), ErrorKind::Denied);
    fs::set_permissions(root, fs::Permissions::from_mode(0o500)).unwrap();
    assert_eq!(kind(put(carrier, folder, "b", b"x")), ErrorKind::Denied);
    assert_eq!(kind(carrier.rename(folder, "a", "c", Rename::Atomic)), ErrorKind::Denied);
    fs::set_permissions(root, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn names_that_are_not_utf8_are_shown_and_refused() {
    let check = |bed: &dyn Bed| {
        put_file(&bed.root().join(OsStr::from_bytes(b"a\xff")), b"x");
        let listed = bed.carrier().list("", 10).unwrap();
        assert_eq!(listed[0].name, "a\\xff");
        assert_eq!(listed[0].fault, Some(NameFault::NotUtf8));
    };
    check(&FolderBed::new());
    if let Some(server) = OpenSsh::start("") {
        check(&server);
    }
}

#[test]
fn only_plain_files_of_one_name_are_claimed() {
    let bed = FolderBed::new();
    let settings = FolderSettings { root: bed.root().to_path_buf(), most_bytes: 10, mode: 0o640 };
    let mut folder = Folder::with(settings);
    put_file(&bed.root().join("big"), &[0; 11]);
    put_file(&bed.root().join("one"), b"x");
    fs::hard_link(bed.root().join("one"), bed.root().join("two")).unwrap();
    symlink("one", bed.root().join("link")).unwrap();
    assert_eq!(kind(folder.claim("", "big", "c")), ErrorKind::TooLarge);
    assert_eq!(kind(folder.claim("", "one", "c")), ErrorKind::NotAFile);
    assert_eq!(kind(folder.claim("", "link", "c")), ErrorKind::NotAFile);
    assert_eq!(kind(folder.claim("", "nothing", "c")), ErrorKind::NotFound);
    for claim in ["", "a__b", "../c", "a/b"] {
        put_file(&bed.root().join("three"), b"x");
        assert_eq!(kind(folder.claim("", "three", claim)), ErrorKind::BadName, "{claim}");
    }
    assert!(folder.claimed("").unwrap().is_empty());
}

#[test]
fn a_file_that_is_still_being_written_is_not_claimed() {
    let bed = FolderBed::new();
    let path = bed.root().join("a");
    let writer = fs::File::create(&path).unwrap();
    if !bankferry::disk::is_open_for_writing(fs::File::open(&path).unwrap()) {
        println!("skipped: this file system does not tell who writes");
        return;
    }
    let mut folder = Folder::open(bed.root());
    let busy = folder.claim("", "a", "c").unwrap_err();
    assert_eq!((busy.kind(), busy.remedy()), (ErrorKind::Changed, Remedy::Wait));
    drop(writer);
    folder.claim("", "a", "c").unwrap();
}

#[test]
fn two_who_claim_the_same_file_do_not_both_get_it() {
    let bed = FolderBed::new();
    put_file(&bed.root().join("a"), b"x");
    let (mut one, mut two) = (Folder::open(bed.root()), Folder::open(bed.root()));
    assert!(one.claim("", "a", "first").is_ok());
    assert_eq!(kind(two.claim("", "a", "second")), ErrorKind::NotFound);
}

#[test]
fn links_below_a_party_folder_are_not_entered() {
    let (bed, elsewhere) = (FolderBed::new(), FolderBed::new());
    put_file(&elsewhere.root().join("secret"), b"x");
    symlink(elsewhere.root(), bed.root().join("out")).unwrap();
    let mut folder = Folder::open(bed.root());
    assert_eq!(kind(folder.list("out", 10)), ErrorKind::NotAFile);
    assert_eq!(kind(put(&mut folder, "out", "a", b"x")), ErrorKind::NotAFile);
}
