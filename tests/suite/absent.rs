//! Parties that the journal knows and the configuration does not have, or that stand aside because nobody can say what
//! was meant: nothing of theirs goes on, all others work, and it is said.

use std::collections::BTreeMap;
use std::path::Path;

use bankferry::config::Config;
use bankferry::journal::{AlarmRecord, Answer, Event, InboundState, OutboundState, Oversight, Records};

use crate::cli::house::House;

/// The configuration with something else in it.
fn change(house: &House, before: &str, after: &str) {
    let path = house.root().join("bankferry.toml");
    let config = std::fs::read_to_string(path).unwrap();
    assert!(config.contains(before), "{config}");
    let changed = config.replacen(before, after, 1);
    bankferry::disk::replace(house.root(), "bankferry.toml", changed.as_bytes()).unwrap();
}

fn on(house: &House) -> Vec<AlarmRecord> {
    let alarms = house.journal.alarms(false).unwrap();
    alarms.into_iter().filter(|alarm| alarm.cleared_at.is_none()).collect()
}

fn has(house: &House, key: &str) -> bool {
    on(house).iter().any(|alarm| alarm.key == key)
}

#[test]
fn a_bank_that_was_taken_out_while_a_file_waits_for_it_is_told_everywhere() {
    let mut house = House::new("production");
    let file = house.queued(1);
    let held = house.held(2);
    change(&house, "name = \"acme\"", "name = \"other\"");
    let once = house.ends(3, &["once"]);
    assert!(once.err.contains("`acme` is no party of `bankferry.toml` any more; 2 wait: "), "{}", once.err);
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains(&file) && status.contains(&held) && !status.contains("nothing else waits"), "{status}");
    let check = house.ends(1, &["check"]);
    assert!(check.err.contains("error: `acme` is no party") && check.err.contains("put `acme` back"), "{}", check.err);
    assert!(house.run(&["check", "--lang", "zh"]).err.contains("`bankferry.toml` 中已没有往来方 `acme`"));
    assert!(has(&house, "party-gone acme"), "{:?}", on(&house));
    let released = house.ends(1, &["release", &held, "--as", "ben"]);
    assert!(released.err.contains("has no party `acme` any more"), "{}", released.err);
    let released = house.ends(1, &["release", &file, "--as", "ben", "--reason", "x"]);
    assert!(released.err.contains("has no party `acme` any more"), "{}", released.err);
    assert!(house.ends(0, &["list", "files", "--party", "acme"]).out.contains(&file));
    // Put back, it goes on, and the alarm is over.
    change(&house, "name = \"other\"", "name = \"acme\"");
    house.run(&["once"]);
    assert!(!has(&house, "party-gone acme"), "{:?}", on(&house));
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
}

#[test]
fn a_file_goes_to_no_bank_while_the_erp_that_asked_for_it_is_away() {
    let mut house = House::new("test");
    let file = house.queued(1);
    change(&house, "name = \"erp\"", "name = \"erp-new\"");
    house.ends(3, &["once"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Queued);
    assert!(has(&house, "party-gone erp"), "{:?}", on(&house));
    change(&house, "name = \"erp-new\"", "name = \"erp\"");
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
}

#[test]
fn an_answer_that_is_missing_stays_missing_when_its_bank_is_taken_out() {
    let mut house = House::with("test", "");
    change(
        &house,
        "template = \"iso20022-bank\"\n",
        "template = \"iso20022-bank\"\nanswers = { received_within = \"1h\" }\n",
    );
    let file = house.queued(1);
    house.state("I20261123-0001", &file, Event::Sending { attempt: 1, temporary: "x.tmp".into() });
    house.state("I20261123-0001", &file, Event::Publishing { size: 11 });
    house.state("I20261123-0001", &file, Event::Sent("taken".into()));
    house.run(&["once"]);
    let key = format!("overdue answer-missing acme {file}");
    assert!(has(&house, &key), "{:?}", on(&house));
    change(&house, "name = \"acme\"", "name = \"other\"");
    house.ends(0, &["once"]);
    assert!(has(&house, &key) && has(&house, "party-gone acme"), "{:?}", on(&house));
    assert!(house.ends(0, &["status"]).out.contains("2 payments are at their bank"));
    // The answer ends both.
    change(&house, "name = \"other\"", "name = \"acme\"");
    let answer = Answer { inbound: "I20261123-0009".into(), status: None, payments: BTreeMap::new() };
    house.state("I20261123-0001", &file, Event::Answered(answer));
    house.run(&["once"]);
    assert!(!has(&house, &key), "{:?}", on(&house));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn a_rejection_of_a_batch_whose_erp_is_gone_is_an_incident() {
    let mut house = House::new("test");
    let file = house.queued(1);
    house.state("I20261123-0001", &file, Event::Sending { attempt: 1, temporary: "x.tmp".into() });
    house.state("I20261123-0001", &file, Event::Publishing { size: 11 });
    house.state("I20261123-0001", &file, Event::Sent("taken".into()));
    change(&house, "name = \"erp\"", "name = \"erp-new\"");
    change(&house, "template = \"iso20022-bank\"\n", "template = \"iso20022-bank\"\nin = { complete = \"rename\" }\n");
    let answer = "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
                  <CstmrPmtStsRpt><GrpHdr><MsgId>A1</MsgId><CreDtTm>2026-11-23T12:00:00Z</CreDtTm></GrpHdr>\
                  <OrgnlGrpInfAndSts><OrgnlMsgId>WORKS-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
                  <GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>";
    std::fs::write(house.root().join("inbox/acme/outbox/answer.xml"), answer).unwrap();
    house.run(&["once"]);
    let told = on(&house).into_iter().find(|alarm| alarm.what.en.contains("no ERP is told"));
    let told = told.unwrap_or_else(|| panic!("{:?}", on(&house)));
    assert!(told.what.zh.contains("未转告任何 ERP") && told.hint.en.contains("ERP's books"), "{told:?}");
}

/// A house with a second bank whose template is one of its own.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn with_second_bank(template: &str) -> House {
    let house = House::with(
        "test",
        "[[party]]\nname = \"second\"\ntemplate = \"mine\"\naccounts = [\"DE89370400440532013000\"]\n",
    );
    std::fs::create_dir_all(house.root().join("templates")).unwrap();
    std::fs::write(house.root().join("templates/mine.toml"), template).unwrap();
    for folder in ["inbox/second/outbox", "outbox/second/inbox"] {
        std::fs::create_dir_all(house.root().join(folder)).unwrap();
    }
    house
}

const SOUND: &str = "extends = \"iso20022-bank\"\nname = \"mine\"\n[seal]\nsign = false\nencrypt = false\n";

#[test]
fn a_bank_whose_template_is_broken_stands_aside_and_all_others_work() {
    let mut house = with_second_bank("extends = \"iso20022-bank\"\nname = \"mine\"\nfoo = 1\n");
    let file = house.queued(1);
    let once = house.ends(3, &["once"]);
    assert!(once.err.contains("party `second` is set aside") && once.err.contains("foo"), "{}", once.err);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1, "the other bank gets its file");
    assert!(has(&house, "set-aside second"), "{:?}", on(&house));
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains("NOTHING GOES ON: party `second` is set aside"), "{status}");
    assert!(house.ends(0, &["status", "--lang", "zh"]).out.contains("往来方 `second` 已搁置"));
    let check = house.ends(1, &["check"]);
    assert!(
        check.err.contains("foo") && check.err.contains("`second` is set aside until that is right"),
        "{}",
        check.err
    );
    bankferry::disk::replace(&house.root().join("templates"), "mine.toml", SOUND.as_bytes()).unwrap();
    house.run(&["once"]);
    assert!(!has(&house, "set-aside second"), "{:?}", on(&house));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn what_may_be_for_a_party_that_stands_aside_waits_and_goes_to_no_other() {
    let house = with_second_bank("xx = [\n");
    change(&house, "template = \"csv-erp\"\n", "template = \"csv-erp\"\nin = { complete = \"rename\" }\n");
    // The other bank lists no accounts: as the only one it would keep them all.
    let batch = crate::road::batch(&[("Alpha", "10.00", "Z-1")]);
    std::fs::write(house.root().join("inbox/erp/pay.csv"), batch).unwrap();
    std::fs::write(house.root().join("inbox/second/outbox/x.xml"), "<a/>").unwrap();
    house.ends(3, &["once"]);
    let waits = house.journal.inbounds(&[InboundState::Opened]).unwrap();
    assert_eq!(waits.len(), 1, "neither refused nor sent");
    assert!(waits[0].note.as_deref().is_some_and(|note| note.contains("`second`, which is set aside")), "{waits:?}");
    assert!(house.journal.batches(&[]).unwrap().is_empty());
    assert!(house.root().join("inbox/second/outbox/x.xml").exists(), "nothing is taken from it");
}

#[test]
fn a_calendar_that_cannot_be_read_sets_its_party_aside_and_a_wall_that_is_broken_stops_all() {
    let text = |more: &str| {
        format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"good\"\n\
             template = \"iso20022-bank\"\n[[party]]\nname = \"bad\"\ntemplate = \"iso20022-bank\"\n{more}\n"
        )
    };
    let load = |root: &Path, more: &str| {
        bankferry::disk::replace(root, "bankferry.toml", text(more).as_bytes()).unwrap();
        Config::load(root)
    };
    let dir = tempfile::tempdir().unwrap();
    let config = load(dir.path(), "calendar = { banking_days = [\"nobodys\"] }").unwrap();
    assert_eq!(config.parties.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["good"]);
    assert!(config.aside("bad").is_some() && config.names("bad") && !config.names("third"));
    for wall in ["environment = \"production\"", "[party"] {
        assert!(load(dir.path(), wall).is_err(), "{wall}");
    }
    assert!(Config::read(dir.path(), &text("calendar = { banking_days = [\"nobodys\"] }")).is_err());
}

/// A folder that somebody took away, or put a file into its place.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn take_away(house: &House, folder: &str, and_put: Option<&str>) {
    let path = house.root().join(folder);
    std::fs::remove_dir_all(&path).unwrap();
    if let Some(content) = and_put {
        std::fs::write(path, content).unwrap();
    }
}

#[test]
fn a_folder_that_is_gone_is_not_made_anew_and_files_wait_until_it_is_back() {
    let mut house = House::new("test");
    let file = house.queued(1);
    take_away(&house, "outbox/acme", None);
    let once = house.ends(3, &["once"]);
    assert!(once.err.contains("outbox/acme` is gone: perhaps its disk is not mounted"), "{}", once.err);
    assert!(!house.root().join("outbox/acme").exists());
    assert_ne!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Sent);
    assert!(has(&house, "folder-gone acme"), "{:?}", on(&house));
    let check = house.ends(1, &["check"]);
    assert!(check.err.contains("error: the folder `") && check.err.contains("`mkdir`"), "{}", check.err);
    assert!(house.run(&["check", "--lang", "zh"]).err.contains("其磁盘可能未挂载"));
    bankferry::disk::ensure_folder(&house.root().join("outbox/acme/inbox"), 0o770).unwrap();
    house.run(&["check", "--connect", "acme"]);
    let let_go = Event::Recovered { reason: "the folder is back".into(), reason_zh: "文件夹已恢复".into() };
    house.state("I20261123-0001", &file, let_go);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Sent);
    assert!(!has(&house, "folder-gone acme"), "{:?}", on(&house));
}

#[test]
fn a_file_in_the_place_of_a_folder_stops_its_party_alone() {
    let mut house = House::new("test");
    let file = house.queued(1);
    take_away(&house, "outbox/erp", Some("no folder"));
    let once = house.ends(3, &["once"]);
    assert!(once.err.contains("outbox/erp` is not a folder"), "{}", once.err);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1, "the bank gets its file");
    assert!(has(&house, "folder-gone erp"), "{:?}", on(&house));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn what_lies_in_a_folder_for_a_day_and_is_never_taken_is_one_alarm() {
    let house = House::new("test");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 3_600);
    for (name, is_old) in [("pay.csv.part", true), ("lost.csv.sig", true), ("new.csv.tmp", false)] {
        let path = house.root().join("inbox/erp").join(name);
        std::fs::write(&path, "x").unwrap();
        if is_old {
            std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        }
    }
    house.run(&["once"]);
    let alarms = on(&house);
    let told: Vec<_> = alarms.iter().filter(|alarm| alarm.key == "leftovers erp").collect();
    assert_eq!(told.len(), 1, "{alarms:?}");
    let what = &told[0].what;
    assert!(what.en.contains("`lost.csv.sig`, `pay.csv.part`") && !what.en.contains("new.csv"), "{what:?}");
    assert!(what.zh.contains("滞留超过一天"), "{what:?}");
}
