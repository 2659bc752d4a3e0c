//! Exit codes that scripts and cron rely on: the tables of the guide's page on operating.

use std::fs;

use bankferry::journal::{Event, Records};

use super::house::House;

#[test]
fn a_decision_that_is_refused_ends_with_1_and_a_wrong_call_with_2() {
    let mut house = House::new("production");
    let (held, free) = (house.held(1), house.held(2));
    let (unknown, doubtful, queued) = (house.unknown(3), house.unknown(4), house.queued(5));
    let duplicate = house.duplicate(6, "I20261123-0001");
    house.ends(0, &["release", &free, "--as", "ben"]);
    let with = |words: &[&str], more: &[&str]| [words, more].concat().iter().map(|w| w.to_string()).collect::<Vec<_>>();
    let (reason, resolve, resend) = (["--reason", "x"], ["--sent", "--reason", "x"], ["--reference", "T"]);
    let as_anna = ["--as", "anna"];
    // A command, the id that it decides about, its further words.
    let commands: [(&str, &str, Vec<&str>); 8] = [
        ("release", &held, reason.to_vec()),
        ("refuse", &duplicate, reason.to_vec()),
        ("hold", &free, reason.to_vec()),
        ("cancel", &queued, reason.to_vec()),
        ("resolve", &unknown, resolve.to_vec()),
        ("resend", &doubtful, [&resend[..], &reason].concat()),
        ("match", "I20261123-0009/1/1", [&["B20261123-0001/1"][..], &reason].concat()),
        ("unmatch", "I20261123-0009/1/1", reason.to_vec()),
    ];
    let run = |house: &House, code: i32, words: Vec<String>| {
        house.ends(code, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (command, id, more) in &commands {
        let nothing = if command.ends_with("match") { "I20261123-0099/1/1" } else { "B20261123-9999" };
        let unknown_id = run(&house, 2, with(&[command, nothing], &[more, &as_anna[..]].concat()));
        assert!(unknown_id.err.contains("nothing was changed"), "{command}: {}", unknown_id.all());
        let no_right = run(&house, 1, with(&[command, id], &[more, &["--as", "erp"][..]].concat()));
        assert!(no_right.err.contains("nothing was changed"), "{command}: {}", no_right.all());
        if *command != "release" {
            run(&house, 2, with(&[command, id, "--as", "anna"], &[]));
        }
    }
    // Of several ids some were decided: that nothing was done would be a lie.
    run(&house, 1, with(&["hold", &free, "B20261123-9999"], &[&reason[..], &as_anna].concat()));
    // The maker, and what is done already or is not so.
    run(&house, 1, with(&["release", &free], &as_anna));
    run(&house, 0, with(&["release", &free], &["--as", "ben"]));
    run(&house, 1, with(&["release", &free], &["--as", "ben"]));
    run(&house, 0, with(&["refuse", &duplicate], &[&reason[..], &as_anna].concat()));
    run(&house, 1, with(&["refuse", &duplicate], &[&reason[..], &as_anna].concat()));
    run(&house, 0, with(&["cancel", &queued], &[&reason[..], &as_anna].concat()));
    run(&house, 1, with(&["cancel", &queued], &[&reason[..], &as_anna].concat()));
    // Proposed is done; the proposer again is not; confirmed is done; once more is not.
    for (id, words) in [(&unknown, resolve.to_vec()), (&doubtful, [&resend[..], &reason].concat())] {
        let command = if id == &unknown { "resolve" } else { "resend" };
        for (code, name) in [(0, "anna"), (1, "anna"), (0, "ben"), (1, "ben")] {
            run(&house, code, with(&[command, id], &[&words[..], &["--as", name]].concat()));
        }
    }
    run(&house, 1, with(&["unfence", "--as", "anna"], &reason));
}

/// What `once` says and how it ends.
fn once(house: &House, code: i32) -> String {
    house.ends(code, &["once"]).err
}

#[test]
fn once_ends_with_3_and_names_the_party_where_the_outside_did_not_play_along() {
    let other = "[[party]]\nname = \"other\"\ntemplate = \"iso20022-bank\"\nseal = { sign = false, encrypt = false }\n\
                 sftp = { host = \"127.0.0.1\", port = 1, user = \"x\", key_file = \"none\", host_keys = [\"SHA256:\
                 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"], timeout_seconds = 1 }\n";
    let mut house = House::with("test", other);
    let file = house.queued(1);
    let said = once(&house, 3);
    assert!(said.contains("error: `other` cannot be reached") && said.contains("hint: "), "{said}");
    assert!(!said.contains("`acme` cannot be reached"), "{said}");
    // The others went on.
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
    let chinese = house.ends(3, &["--lang", "zh", "once"]).err;
    assert!(chinese.contains("无法连接 `other`"), "{chinese}");
}

#[test]
fn once_ends_with_3_where_a_file_could_not_be_published() {
    let mut house = House::new("test");
    let file = house.queued(1);
    let folder = house.root().join("outbox/acme/inbox");
    fs::remove_dir(&folder).unwrap();
    bankferry::disk::replace(&house.root().join("outbox/acme"), "inbox", b"no folder").unwrap();
    let said = once(&house, 3);
    assert!(said.contains(&format!("`{file}`")) && said.contains("`acme`"), "{said}");
    house.ends(3, &["once"]);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn once_ends_with_0_where_only_people_have_something_to_do() {
    let mut house = House::new("test");
    house.held(1);
    house.unknown(2);
    house.duplicate(3, "I20261123-0001");
    // A file that is refused is told to the ERP in a file, and to people by alarm: cron need not be woken by it.
    fs::write(house.root().join("inbox/erp/bad.csv"), "this is no batch\n1,2,3\n").unwrap();
    once(&house, 0);
    let told: Vec<_> = fs::read_dir(house.root().join("outbox/erp")).unwrap().flatten().collect();
    assert!(told.iter().any(|entry| entry.file_name().to_string_lossy().starts_with("refusal")), "{told:?}");
    let journal = house.journal.facts_after(0, 1_000).unwrap();
    assert!(journal.iter().any(|fact| matches!(fact.event, Event::Refused { .. })));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn once_ends_with_2_where_the_installation_is_wrong_or_in_anothers_hands() {
    let mut house = House::new("test");
    let file = house.queued(1);
    let facts = house.journal.head().unwrap();
    let other = bankferry::disk::InstanceLock::take(&house.root().join("state"), "bankferry run").unwrap();
    let said = once(&house, 2);
    assert!(said.contains("error: ") && said.contains("is locked by"), "{said}");
    drop(other);
    let config = house.root().join("bankferry.toml");
    let right = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{right}\n[[party]\nname = \"other\"\n")).unwrap();
    let said = once(&house, 2);
    assert!(said.contains("`bankferry.toml` is wrong"), "{said}");
    assert_eq!(house.journal.head().unwrap(), facts, "nothing was done");
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 0);
    // What is wrong with one party alone stops no other.
    fs::write(&config, format!("{right}\n[[party]]\nname = \"other\"\ntemplate = \"no-such-bank\"\n")).unwrap();
    let said = once(&house, 3);
    assert!(said.contains("`other` is set aside") && said.contains("no-such-bank"), "{said}");
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
    fs::write(&config, right).unwrap();
    once(&house, 0);
}

#[test]
fn a_journal_that_is_damaged_sends_nothing_and_says_what_to_do() {
    let mut house = House::new("test");
    house.ends(0, &["once"]);
    house.queued(1);
    let path = house.root().join("state/journal.db");
    // Its first page is lost, as on a disk that lied.
    let journal = fs::OpenOptions::new().write(true).open(&path).expect("the journal");
    std::os::unix::fs::FileExt::write_all_at(&journal, &[0x5a; 4_096], 0).expect("a page");
    for behind in ["journal.db-wal", "journal.db-shm"] {
        // Where there is nothing behind it, nothing is removed.
        drop(fs::remove_file(house.root().join("state").join(behind)));
    }
    let once = house.run(&["once"]);
    assert_eq!(once.code, 3, "{}", once.all());
    assert!(
        once.err.contains("it is damaged: nothing is sent from it") && once.err.contains("restore"),
        "{}",
        once.err
    );
    let zh = house.run(&["--lang", "zh", "once"]);
    assert!(zh.err.contains("日志已损坏"), "{}", zh.err);
    let at_bank = fs::read_dir(house.root().join("outbox/acme/inbox")).expect("a folder").count();
    assert_eq!(at_bank, 0);
}
