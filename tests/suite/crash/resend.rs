//! A resend is killed at every point: two people's word lets the file be published once more, and never twice more.

use std::fs;
use std::process::{Command, Output};

use bankferry::carrier::PublishMode::{self, Atomic, NoOverwrite};
use bankferry::journal::{Event, Outbound, OutboundState, Records};

use super::site::{BankWorks, End, Site, Walk};
use super::{SAMPLE, every};

/// A site whose file is in doubt, and of which the bank has nothing.
///
/// With an atomic rename the first file was published and somebody removed it; without one nobody knows whether the
/// rename was done, and it was not.
fn in_doubt(mode: PublishMode) -> Site {
    let mut site = Site::new(mode);
    let at = if mode == Atomic { "sftp rename: answered" } else { "sftp rename: ask" };
    assert!(site.run(Some(at), BankWorks::Between), "the road has no point `{at}`");
    if mode == Atomic {
        let file = site.payments_file();
        fs::remove_file(site.at_bank("inbox").join(&file.name)).expect("the published file");
    }
    site.run(None, BankWorks::Between);
    let expected = if mode == Atomic { OutboundState::Unconfirmed } else { OutboundState::Unknown };
    assert_eq!(site.payments_file().state, expected, "{}", site.story());
    site.forget_points();
    site
}

/// One person's call, killed at the point of this number, if any.
fn resend(site: &Site, file: &Outbound, name: &str, kill_at: Option<usize>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(site.root()).args(["resend", &file.id, "--as", name]);
    command.args(["--reference", "TKT-1", "--reason", "the bank has nothing"]).env("LC_ALL", "C");
    if let Some(at) = kill_at {
        command.env("BANKFERRY_CRASH_AT", at.to_string());
    }
    command.output().expect("the program")
}

fn both_say_so(site: &Site) {
    let file = site.payments_file();
    for name in ["anna", "ben"] {
        let output = resend(site, &file, name, None);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(site.payments_file().state, OutboundState::Queued);
}

/// Facts of the payments' file that let it be published, and resends of it.
fn published(site: &Site) -> (usize, usize) {
    let file = site.payments_file();
    let facts = site.journal().expect("a journal").facts_of(&file.id).expect("facts");
    let count = |wanted: fn(&Event) -> bool| facts.iter().filter(|f| wanted(&f.event)).count();
    (count(|e| matches!(e, Event::Publishing { .. })), count(|e| matches!(e, Event::Resent { .. })))
}

/// Walks on from the resend with these kills; everything that must hold at the end.
fn walk(mode: PublishMode, kills: &[u64]) -> Walk {
    let mut site = in_doubt(mode);
    both_say_so(&site);
    let before = site.payments_file();
    let walk = site.walk(kills, BankWorks::Between);
    site.verify(&walk);
    let context = format!("{mode:?}, killed at {:?}\n{}", walk.killed_at, site.story());
    let (publishings, resends) = published(&site);
    assert_eq!(resends, 1, "{context}");
    assert!(publishings <= 1 + resends, "{publishings} publications\n{context}");
    let renames = site.practice.server.log().iter().filter(|line| line.starts_with("posix-rename")).count();
    assert!(renames <= 1 + resends, "{renames} renames\n{context}");
    let after = site.payments_file();
    let same = |file: &Outbound| (file.message_id.clone(), file.name.clone(), file.sealed.clone());
    assert_eq!(same(&after), same(&before), "the very same bytes under the same id\n{context}");
    walk
}

fn walk_all(mode: PublishMode, sample: Option<usize>) {
    let reference = walk(mode, &[]);
    assert_eq!((reference.end, reference.killed_at.len()), (End::Done, 0));
    let points = reference.points.len();
    // How often a process looks about before it ends depends on the machine: a sample leaves out the last points.
    let until = if sample.is_some() { points * 3 / 4 } else { points };
    let (mut walks, mut killed) = (0, 0);
    for kills in every(until, sample.unwrap_or(until)) {
        killed += walk(mode, &kills).killed_at.len();
        walks += 1;
    }
    println!("resend, {mode:?}: {points} points, {walks} walks, {killed} kills");
    assert!(killed * 5 >= walks * 4, "most walks must meet their point");
}

#[test]
fn a_resend_killed_at_a_sample_of_points_is_published_once() {
    walk_all(Atomic, Some(SAMPLE / 2));
    walk_all(NoOverwrite, Some(SAMPLE / 2));
}

#[test]
#[ignore = "takes some minutes: every point of the road of a resend"]
fn a_resend_killed_at_every_point_is_published_once() {
    walk_all(Atomic, None);
    walk_all(NoOverwrite, None);
}

#[test]
fn a_resend_whose_first_file_still_lies_at_the_bank_says_so() {
    for mode in [Atomic, NoOverwrite] {
        let mut site = in_doubt(mode);
        let file = site.payments_file();
        let payload = file.payload().expect("bytes").path.clone();
        let bytes = fs::read(site.root().join("archive").join(payload)).expect("the bytes");
        let inbox = site.at_bank("inbox");
        bankferry::disk::replace(&inbox, &file.name, &bytes).expect("the first file turns up");
        both_say_so(&site);
        site.run(None, BankWorks::Between);
        let after = site.payments_file();
        assert_eq!(after.state, OutboundState::Unknown, "{}", site.story());
        let evidence = after.evidence.unwrap_or_default();
        assert!(evidence.contains("the one that was sent before the resend"), "{evidence}");
        assert_eq!(published(&site).0, 1, "nothing of the resend was published\n{}", site.story());
    }
}

#[test]
fn a_persons_word_that_is_killed_is_said_whole_or_not_at_all() {
    let site = in_doubt(NoOverwrite);
    let file = site.payments_file();
    let proposals = |site: &Site| site.journal().expect("a journal").proposals_of(&file.id).expect("proposals").len();
    let mut kills = 0;
    for at in 1.. {
        let output = resend(&site, &file, "anna", Some(at));
        let said = proposals(&site);
        assert!(said <= 1, "{}", site.story());
        if said == 1 {
            break;
        }
        assert!(!output.status.success());
        kills += 1;
    }
    for at in 1.. {
        resend(&site, &file, "ben", Some(at));
        let (state, resends) = (site.payments_file().state, published(&site).1);
        match resends {
            0 => assert_eq!(state, OutboundState::Unknown, "{}", site.story()),
            _ => assert_eq!((state, resends), (OutboundState::Queued, 1), "{}", site.story()),
        }
        if resends == 1 {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 2, "a word has points at which it can be killed");
    assert_eq!(resend(&site, &file, "ben", None).status.code(), Some(1), "once");
}

/// What the ERP was told of the payments, in the order of the files: the state of each, and the words.
fn told(site: &Site) -> Vec<(String, String)> {
    let outbox = site.root().join("outbox/erp");
    let mut told = Vec::new();
    for name in super::site::names(&outbox).into_iter().filter(|n| n.starts_with("status") && n.ends_with(".csv")) {
        let text = fs::read_to_string(outbox.join(&name)).expect("a status file");
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let ids: Vec<&str> = rows.iter().map(|row| row[1]).collect();
        assert_eq!(ids, ["R-1", "R-2", "R-3"], "{name}: {text}");
        let states: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[4]).collect();
        let id = name.rsplit_once("O2").map_or(name.clone(), |(_, id)| id.to_string());
        told.push((id, states.into_iter().collect::<Vec<_>>().join(" "), rows[0][7].to_string()));
    }
    told.sort();
    told.into_iter().map(|(_, states, words)| (states, words)).collect()
}

#[test]
fn the_erp_is_told_of_the_doubt_of_the_resend_and_of_the_end() {
    let mut site = in_doubt(NoOverwrite);
    let states = |site: &Site| told(site).into_iter().map(|(states, _)| states).collect::<Vec<_>>();
    let first = told(&site);
    assert_eq!(states(&site), ["unknown"], "{first:?}\n{}", site.story());
    assert!(first[0].1.contains("whether the bank has it is unknown"), "{first:?}");
    both_say_so(&site);
    site.walk(&[], BankWorks::Between);
    let all = told(&site);
    assert_eq!(states(&site), ["unknown", "queued", "accepted"], "{all:?}\n{}", site.story());
    assert!(all[1].1.contains("two people let the very same file be sent once more") && all[1].1.contains("TKT-1"));
}

#[test]
fn the_erp_is_told_how_a_person_ended_the_doubt() {
    for (verdict, state, words) in [
        ("--sent", "pending", "`anna` states that the bank has it: ticket 4711"),
        ("--not-sent", "cancelled", "`anna` states that the bank does not have it: ticket 4711"),
    ] {
        let mut site = in_doubt(NoOverwrite);
        let file = site.payments_file();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(site.root()).args(["resolve", &file.id, verdict, "--as", "anna"]);
        let output = command.args(["--reason", "ticket 4711"]).env("LC_ALL", "C").output().expect("the program");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        site.run(None, BankWorks::Between);
        let all = told(&site);
        assert_eq!((all[1].0.as_str(), all[1].1.starts_with(words)), (state, true), "{all:?}\n{}", site.story());
    }
}
