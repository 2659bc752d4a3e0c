//! What goes wrong on the way: every fault ends in the right kind of error, in bounded time, and leaves what the
//! contract says.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bankferry::carrier::sftp::Sftp;
use bankferry::carrier::{Carrier, ErrorKind, Rename};
use bankferry::sandbox::server::{Fault, Operation, Refusal, What};
use bankferry::words::{Explain, Remedy};

use super::beds::{Bed, SandboxBed, put_file};
use super::{get, kind, pattern, put};

const BOTH: [Rename; 2] = [Rename::Atomic, Rename::NoOverwrite];

#[test]
fn a_connection_cut_in_an_upload_leaves_a_part_and_no_doubt() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    bed.server.inject(Fault::on(Operation::Write, What::CutAtByte(1_000_000)));
    let error = put(&mut carrier, "", ".a.tmp", &pattern(3_000_000)).unwrap_err();
    assert_eq!((error.kind(), error.remedy()), (ErrorKind::Connect, Remedy::Wait), "{error}");
    assert!(!error.may_have_happened());
    assert_eq!(fs::metadata(bed.root().join(".a.tmp")).unwrap().len(), 1_000_000);
    // The next call connects anew; what is left is removed under its own name.
    bed.server.heal();
    carrier.remove("", ".a.tmp").unwrap();
    put(&mut carrier, "", ".a.tmp", b"again").unwrap();
}

#[test]
fn a_full_disk_is_said_to_be_full_and_leaves_nothing() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    bed.server.inject(Fault::on(Operation::Write, What::FullAt(100_000)));
    assert_eq!(kind(put(&mut carrier, "", ".a.tmp", &pattern(300_000))), ErrorKind::NoSpace);
    assert!(!bed.root().join(".a.tmp").exists());
    bed.server.heal();
    put(&mut carrier, "", ".a.tmp", &pattern(300_000)).unwrap();
}

#[test]
fn refusals_keep_their_kind() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    put_file(&bed.root().join("there"), b"x");
    let cases = [
        (Refusal::Denied, ErrorKind::Denied),
        (Refusal::Failure, ErrorKind::Failure),
        (Refusal::Unsupported, ErrorKind::Unsupported),
        (Refusal::Absent, ErrorKind::NotFound),
    ];
    for (refusal, expected) in cases {
        let refuse = |operation| bed.server.inject(Fault::on(operation, What::Refuse(refusal)));
        refuse(Operation::Open);
        assert_eq!(kind(put(&mut carrier, "", "a", b"x")), expected);
        assert_eq!(kind(get(&mut carrier, "", "there")), expected);
        refuse(Operation::OpenFolder);
        assert_eq!(kind(carrier.list("", 10)), expected);
        bed.server.heal();
    }
    bed.server.inject(Fault::on(Operation::Stat, What::Refuse(Refusal::Denied)));
    assert_eq!(kind(carrier.look("", "there")), ErrorKind::Denied);
}

#[test]
fn a_folder_that_may_only_be_written_to_still_takes_uploads() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    put(&mut carrier, "", "first", b"x").unwrap();
    // The name cannot be looked at afterwards; the open handle could.
    let asked = bed.server.requests();
    put(&mut carrier, "", "second", b"x").unwrap();
    let last = bed.server.requests() - asked;
    bed.server.inject(Fault::at(last, What::Refuse(Refusal::Denied)));
    put(&mut carrier, "", "third", b"x").unwrap();
    assert!(bed.root().join("third").exists());
}

#[test]
fn a_refused_rename_did_not_happen() {
    for how in BOTH {
        for refusal in [Refusal::Failure, Refusal::Denied] {
            let bed = SandboxBed::new();
            let mut carrier = bed.sftp();
            put(&mut carrier, "", ".a.tmp", b"x").unwrap();
            for operation in [Operation::Rename, Operation::PosixRename] {
                bed.server.inject(Fault::on(operation, What::Refuse(refusal)));
            }
            let error = carrier.rename("", ".a.tmp", "a", how).unwrap_err();
            let expected = if refusal == Refusal::Denied { ErrorKind::Denied } else { ErrorKind::Failure };
            assert_eq!((error.kind(), error.may_have_happened()), (expected, false), "{how:?}");
            assert!(bed.root().join(".a.tmp").exists() && !bed.root().join("a").exists());
        }
    }
}

#[test]
fn a_rename_whose_answer_was_lost_is_in_doubt_whether_it_happened_or_not() {
    for how in BOTH {
        for (what, happened) in [(What::CutBefore, false), (What::CutAfter, true)] {
            let bed = SandboxBed::new();
            let mut carrier = bed.sftp();
            put(&mut carrier, "", ".a.tmp", b"x").unwrap();
            for operation in [Operation::Rename, Operation::PosixRename] {
                bed.server.inject(Fault::on(operation, what.clone()));
            }
            let error = carrier.rename("", ".a.tmp", "a", how).unwrap_err();
            assert_eq!(error.remedy(), Remedy::Unknown, "{how:?} {what:?} {error}");
            bed.server.heal();
            assert_eq!(carrier.look("", "a").unwrap().is_some(), happened);
            assert_eq!(carrier.look("", ".a.tmp").unwrap().is_none(), happened);
        }
    }
}

#[test]
fn a_rename_that_is_never_answered_is_in_doubt_in_bounded_time() {
    for how in BOTH {
        let bed = SandboxBed::new();
        let mut carrier = bed.impatient();
        put(&mut carrier, "", ".a.tmp", b"x").unwrap();
        for operation in [Operation::Rename, Operation::PosixRename] {
            bed.server.inject(Fault::on(operation, What::Freeze));
        }
        let started = Instant::now();
        let error = carrier.rename("", ".a.tmp", "a", how).unwrap_err();
        assert_eq!((error.kind(), error.remedy()), (ErrorKind::TimedOut, Remedy::Unknown));
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }
}

#[test]
fn every_request_of_a_publication_may_be_the_last_one() {
    // The same work as the route does, cut before and after each of its requests: what the carrier says about doubt
    // is never wrong about the final name.
    for how in BOTH {
        for what in [What::CutBefore, What::CutAfter] {
            for n in 1.. {
                let bed = SandboxBed::new();
                let mut carrier = bed.sftp();
                bed.server.inject(Fault::at(n, what.clone()));
                let outcome =
                    put(&mut carrier, "", ".a.tmp", b"x").and_then(|()| carrier.rename("", ".a.tmp", "a", how));
                let there = bed.root().join("a").exists();
                match outcome {
                    Ok(()) => assert!(there),
                    Err(error) if error.may_have_happened() => {}
                    Err(error) => assert!(!there, "{how:?} {what:?} {n}: {error}"),
                }
                if bed.server.requests() < n {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_server_that_dies_inside_a_plain_rename_leaves_both_names() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    put(&mut carrier, "", ".a.tmp", b"x").unwrap();
    bed.server.inject(Fault::on(Operation::Rename, What::CutBetween));
    let error = carrier.rename("", ".a.tmp", "a", Rename::NoOverwrite).unwrap_err();
    assert_eq!(error.remedy(), Remedy::Unknown);
    bed.server.heal();
    let (old, new) = (carrier.look("", ".a.tmp").unwrap().unwrap(), carrier.look("", "a").unwrap().unwrap());
    assert_eq!(old.size, new.size);
}

#[test]
fn a_server_without_the_extensions_says_so_and_is_used_without_them() {
    let bed = SandboxBed::with(|settings| (settings.posix_rename, settings.fsync) = (false, false));
    let mut carrier = bed.sftp();
    let abilities = carrier.abilities().unwrap();
    assert!(!abilities.posix_rename && !abilities.fsync, "{abilities:?}");
    put(&mut carrier, "", ".a.tmp", b"x").unwrap();
    let error = carrier.rename("", ".a.tmp", "a", Rename::Atomic).unwrap_err();
    assert_eq!((error.kind(), error.may_have_happened()), (ErrorKind::Unsupported, false));
    carrier.rename("", ".a.tmp", "a", Rename::NoOverwrite).unwrap();
}

#[test]
fn an_upload_is_flushed_where_that_is_offered() {
    let bed = SandboxBed::new();
    put(&mut bed.sftp(), "", "a", b"x").unwrap();
    assert!(bed.server.log().contains(&"fsync a".to_owned()), "{:?}", bed.server.log());
}

#[test]
fn a_file_that_changes_while_it_is_fetched_is_refused() {
    for what in [What::GrowOnRead, What::ShrinkOnRead] {
        let bed = SandboxBed::new();
        put_file(&bed.root().join("a"), &pattern(3 << 20));
        bed.server.inject(Fault::on(Operation::Read, what));
        assert_eq!(kind(get(&mut bed.sftp(), "", "a")), ErrorKind::Changed);
    }
}

#[test]
fn a_file_that_the_bank_takes_away_once_it_is_read_was_fetched_whole() {
    let bed = SandboxBed::new();
    put_file(&bed.root().join("a"), &pattern(3 << 20));
    bed.server.inject(Fault::on(Operation::Read, What::VanishOnRead));
    assert!(get(&mut bed.sftp(), "", "a").unwrap() == pattern(3 << 20));
}

#[test]
fn a_server_that_lies_about_a_size_is_not_believed() {
    let bed = SandboxBed::new();
    put_file(&bed.root().join("a"), &pattern(100));
    bed.server.inject(Fault::on(Operation::Stat, What::Exaggerate(1)));
    assert_eq!(kind(get(&mut bed.sftp(), "", "a")), ErrorKind::Changed);
    assert_eq!(kind(put(&mut bed.sftp(), "", "b", b"x")), ErrorKind::Exists);
}

#[test]
fn names_from_a_hostile_server_are_data() {
    let bed = SandboxBed::new();
    let names = ["../x", "/etc/passwd", "a\0b", "a\nb", "x\u{202e}y", "ok.xml", &"n".repeat(300)];
    bed.server
        .inject(Fault::on(Operation::OpenFolder, What::Show(names.iter().map(|name| (*name).to_owned()).collect())));
    let mut listed = bed.sftp().list("", 100).unwrap();
    listed.retain(|file| file.acceptable());
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name, "ok.xml");
}

#[test]
fn a_timeout_is_a_timeout_whatever_call_it_ends() {
    type Call = fn(&mut dyn Carrier) -> ErrorKind;
    let calls: [(&str, Call); 6] = [
        ("list", |c| kind(c.list("", 10))),
        ("look", |c| kind(c.look("", "there"))),
        ("fetch", |c| kind(get(c, "", "there"))),
        ("upload", |c| kind(put(c, "", "new", &pattern(3_000_000)))),
        ("rename", |c| kind(c.rename("", "there", "other", Rename::NoOverwrite))),
        ("abilities", |c| kind(c.abilities())),
    ];
    let bed = SandboxBed::new();
    put_file(&bed.root().join("there"), b"x");
    thread::scope(|scope| {
        for (name, call) in calls {
            let mut carrier = bed.impatient();
            carrier.list("", 1).unwrap();
            scope.spawn(move || {
                while !FROZEN.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
                let started = Instant::now();
                assert_eq!(call(&mut carrier), ErrorKind::TimedOut, "{name}");
                drop(carrier);
                assert!(started.elapsed() < Duration::from_secs(3), "{name} took {:?}", started.elapsed());
            });
        }
        bed.server.inject(Fault::always(What::Freeze));
        FROZEN.store(true, Ordering::SeqCst);
    });
}

static FROZEN: AtomicBool = AtomicBool::new(false);

#[test]
fn a_server_that_freezes_in_an_upload_ends_in_bounded_time() {
    for operation in [Operation::Write, Operation::Flush, Operation::Close] {
        let bed = SandboxBed::new();
        let mut carrier = bed.impatient();
        carrier.list("", 1).unwrap();
        bed.server.inject(Fault::on(operation, What::Freeze));
        let started = Instant::now();
        assert_eq!(kind(put(&mut carrier, "", "a", &pattern(3_000_000))), ErrorKind::TimedOut);
        drop(carrier);
        assert!(started.elapsed() < Duration::from_secs(3), "{operation:?} took {:?}", started.elapsed());
    }
}

/// A line to a server that can be made a black hole: connected, and nothing comes through.
fn black_hole(port: u16) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (own, swallow) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
    let shared = Arc::clone(&swallow);
    thread::spawn(move || {
        for ours in listener.incoming().map_while(Result::ok) {
            let Ok(theirs) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            for (from, to) in [(&ours, &theirs), (&theirs, &ours)] {
                let (from, to, swallow) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&shared));
                thread::spawn(move || pipe(from, to, &swallow));
            }
        }
    });
    (own, swallow)
}

fn pipe(mut from: TcpStream, mut to: TcpStream, swallow: &AtomicBool) {
    let mut chunk = [0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut chunk) {
        if !swallow.load(Ordering::SeqCst) && to.write_all(&chunk[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn a_line_that_swallows_everything_ends_in_bounded_time_and_heals() {
    let bed = SandboxBed::new();
    let (port, swallow) = black_hole(bed.server.port());
    let mut settings = bed.settings();
    (settings.port, settings.timeout_seconds) = (port, 1);
    let mut carrier = Sftp::connect(settings.clone());
    put(&mut carrier, "", "a", b"x").unwrap();
    swallow.store(true, Ordering::SeqCst);

    let started = Instant::now();
    let error = carrier.rename("", "a", "b", Rename::NoOverwrite).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(!error.may_have_happened(), "the look before the rename was not answered");
    // A new connection gets no greeting either.
    assert_eq!(kind(Sftp::connect(settings).list("", 1)), ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());

    swallow.store(false, Ordering::SeqCst);
    carrier.rename("", "a", "b", Rename::NoOverwrite).unwrap();
}

#[test]
fn connection_refused() {
    let bed = SandboxBed::new();
    let mut settings = bed.settings();
    settings.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(kind(Sftp::connect(settings.clone()).list("", 1)), ErrorKind::Connect);
    settings.host = "no such host.invalid".to_owned();
    assert_eq!(kind(Sftp::connect(settings).list("", 1)), ErrorKind::Connect);
}

#[test]
fn a_connection_that_the_server_has_closed_is_made_anew() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    carrier.list("", 1).unwrap();
    bed.server.inject(Fault::at(1, What::CutBefore));
    assert_eq!(kind(carrier.list("", 1)), ErrorKind::Connect);
    carrier.list("", 1).unwrap();
    let logins = bed.server.log().iter().filter(|line| *line == "login acme accepted").count();
    assert_eq!(logins, 2);
}

#[test]
fn a_slow_server_is_waited_for() {
    let bed = SandboxBed::new();
    let mut carrier = bed.sftp();
    bed.server.inject(Fault::always(What::Delay(Duration::from_millis(20))));
    put(&mut carrier, "", "a", &pattern(100_000)).unwrap();
    assert!(get(&mut carrier, "", "a").unwrap() == pattern(100_000));
}
