//! A fault of the program in one piece of work: what was worked on waits for a person, and everything else goes on.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bankferry::journal::{Event, Fact, InboundState, OutboundState, Records, SqliteJournal};

const OURS: &str = "DE02120300000000202051";

fn house() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let party = |name: &str, template: &str, rest: &str| {
        format!("[[party]]\nname = \"{name}\"\ntemplate = \"{template}\"\naccounts = [\"{OURS}\"]\n{rest}\n\n")
    };
    let taken = "in = { complete = \"rename\", every_seconds = 1 }";
    let open = "seal = { sign = false, encrypt = false }\nrelease = { always = false, unauthenticated = false }";
    let config = format!(
        "[installation]\nname = \"house\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\n{}{}{}",
        party("erp", "csv-erp", &format!("{taken}\nrelease = {{ always = false, unauthenticated = false }}")),
        party("bank", "iso20022-bank", &format!("in = {{ folders = [\"\"] }}\nout = {{ folder = \"\" }}\n{open}")),
        "[[user]]\nname = \"anna\"\nmay = [\"operate\", \"release\", \"resolve\"]\n",
    );
    for folder in ["inbox/erp", "inbox/bank", "outbox/erp", "outbox/bank"] {
        fs::create_dir_all(dir.path().join(folder)).expect("a folder");
    }
    put(&dir.path().join("bankferry.toml"), &config);
    dir
}

#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn put(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
}

fn drop_batch(root: &Path, name: &str, id: &str) {
    let (day, n) = (super::banks::today(), &id[2..]);
    let text = format!(
        "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id\n\
         {day},{OURS},Alpha {id},DE89370400440532013000,1{n}.00,EUR,{id}\n"
    );
    put(&root.join("inbox/erp").join(name), &text);
}

/// Runs `bankferry`, with the program broken at some work.
fn run(root: &Path, broken: Option<&str>, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(words).env("LC_ALL", "C").env("BANKFERRY_BREAK_AT", broken.unwrap_or_default());
    let Output { status, stdout, stderr } = command.output().expect("a run");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

fn journal(root: &Path) -> SqliteJournal {
    SqliteJournal::open_to_read(&root.join("state/journal.db")).expect("a journal")
}

#[test]
fn a_file_that_breaks_the_program_waits_for_a_person_and_the_others_go_on() {
    for work in ["open", "read"] {
        let dir = house();
        let root = dir.path();
        // More of them than there are threads, and one that is sound behind them.
        for n in 1..=3 {
            drop_batch(root, &format!("{n}.csv"), &format!("E-{n}"));
        }
        let (_, said) = run(root, Some(&format!("{work} 0001")), &["once"]);
        let journal = journal(root);
        let file = journal.inbound(&id(&journal)).expect("a journal").expect("a file");
        assert!(matches!(file.state, InboundState::Received | InboundState::Opened), "{:?}: {said}", file.state);
        assert!(file.note.as_deref().is_some_and(|note| note.contains("broke")), "{:?}", file.note);
        let sent = journal.outbounds(&[OutboundState::Sent]).expect("files");
        assert_eq!(sent.iter().filter(|file| file.party == "bank").count(), 2, "{said}");
        let (_, status) = run(root, None, &["status"]);
        assert!(
            status.contains("could not be worked on") && status.contains("a part of the program broke"),
            "{status}"
        );
        assert!(run(root, None, &["status", "--lang", "zh"]).1.contains("无法处理 `erp` 的文件"));
        let (_, alarms) = run(root, None, &["list", "alarms"]);
        assert!(alarms.contains("waits for a person: a part of the program broke"), "{alarms}");
        // Once the program is mended, a person lets it be taken up again.
        let (code, said) = run(root, None, &["release", &file.id, "--as", "anna", "--reason", "mended"]);
        assert_eq!(code, Some(0), "{said}");
        run(root, None, &["once"]);
        assert_eq!(
            journal.outbounds(&[OutboundState::Sent]).expect("files").iter().filter(|f| f.party == "bank").count(),
            3
        );
    }
}

fn id(journal: &SqliteJournal) -> String {
    let facts = journal.facts_after(0, 500).expect("facts");
    let first = facts.iter().find(|fact| fact.subject.ends_with("-0001") && fact.subject.starts_with('I'));
    first.expect("a file").subject.clone()
}

/// A file that was on its way when the program broke is never begun anew without a look at the bank.
#[test]
fn a_file_on_its_way_when_the_program_breaks_waits_for_a_person() {
    let dir = house();
    let root = dir.path();
    drop_batch(root, "1.csv", "E-1");
    let (_, said) = run(root, Some("publish 0001"), &["once"]);
    let journal = journal(root);
    let files = journal.outbounds(&[OutboundState::Publishing]).expect("files");
    assert_eq!(files.len(), 1, "{said}");
    assert_eq!(files[0].attempt, 1);
    assert!(run(root, None, &["status"]).1.contains("a part of the program broke"));
    // Nothing is done by itself, and nothing lies at the bank under its final name.
    run(root, None, &["once"]);
    assert_eq!(journal.outbounds(&[OutboundState::Publishing]).expect("files").len(), 1);
}

/// A party whose folders break the program is stopped and told; the others go on.
#[test]
fn a_party_that_breaks_the_program_stops_nobody_else() {
    let dir = house();
    let root = dir.path();
    drop_batch(root, "1.csv", "E-1");
    let (_, said) = run(root, Some("look bank"), &["once"]);
    let journal = journal(root);
    assert!(
        journal.inbound(&id(&journal)).expect("a journal").is_some_and(|file| file.state == InboundState::Matched),
        "{said}"
    );
    // A file that was with the party's thread by then may still have reached it.
    let told = |fact: &Fact| matches!(&fact.event, Event::Failed { error, .. } if error.contains("the program broke"));
    let about = journal.facts_of("bank").expect("facts");
    assert!(about.iter().any(told), "{about:?}");
}
