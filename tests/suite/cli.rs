//! The operator's commands, as an operator and as a script use them.

mod check;
mod doubt;
mod exits;
mod four_eyes;
mod officers;
pub mod house;
mod reconcile;
mod refused;
mod unconfirmed;
mod usage;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use bankferry::journal::{BatchState, Event, InboundState, OutboundState, PaymentState, Records};
use house::{DIGEST, House};
use serde_json::json;

#[test]
fn status_shows_on_one_screen_what_waits_and_what_to_type_next() {
    let mut house = House::new("production");
    let held = house.held(1);
    let unknown = house.unknown(2);
    let duplicate = house.duplicate(3, "I20261123-0001");
    house.state(
        "",
        "acme",
        Event::Failed { error: "login refused".into(), error_zh: "登录被拒".into(), retry_at: None },
    );
    let answer = house.ends(0, &["status"]);
    for wanted in [
        "works: PRODUCTION environment",
        "not running",
        "HELD for a second person: 1 batches, 2 payments, EUR 1,234.50",
        &held,
        "every batch waits for a second person",
        &unknown,
        "UNKNOWN: nobody can prove whether `acme` has it",
        "the final name has 7 bytes",
        &format!("next: bankferry resolve {unknown} --sent --reason TEXT"),
        &format!("{duplicate} since 2026-11-23 18:00:00: the same content came from `erp` before"),
        "it came first as `I20261123-0001`",
        "1 failures since 2026-11-23 18:00:00",
        "bankferry check --connect acme",
    ] {
        assert!(answer.out.contains(wanted), "{wanted}: {}", answer.out);
    }
    let chinese = house.ends(0, &["status", "--lang", "zh"]);
    for wanted in
        ["生产环境", "待复核：1 个批次，2 笔付款", "状态未知", "须人工处理：3 项", "1 待复核", "首次收到时编号为"]
    {
        assert!(chinese.out.contains(wanted), "{wanted}: {}", chinese.out);
    }
    let status = house.ends(0, &["status", "--json"]).json();
    assert_eq!(status["environment"], "production");
    assert_eq!(status["held"][0]["id"], json!(held));
    assert_eq!(status["held"][0]["sums"], json!({"EUR": "1234.50"}));
    let kinds: Vec<_> = status["decisions"].as_array().unwrap().iter().map(|d| d["kind"].clone()).collect();
    assert_eq!(kinds, ["unknown", "duplicate", "unreachable"]);
    assert_eq!(status["parties"][0]["batches"], json!({"held": 1}));
    assert_eq!(status["parties"][1]["outbound"], json!({"unknown": 1}));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn status_tells_when_a_party_takes_files_on_its_own_clock_and_when_it_is_asked() {
    let mut house = House::new("test");
    let path = house.root().join("bankferry.toml");
    let config = fs::read_to_string(&path).unwrap();
    // Open at every hour of every day, but for the last minute.
    let hours = "calendar = { time_zone = \"Asia/Shanghai\", cut_off = \"23:59\" }\nin = { every_seconds = 90 }\n";
    let acme = "name = \"acme\"\ntemplate = \"iso20022-bank\"\n";
    fs::write(&path, config.replacen(acme, &format!("{acme}{hours}"), 1)).unwrap();
    let shown = house.ends(0, &["status"]).out;
    for wanted in ["until 23:59", "(Asia/Shanghai)", "every 90 s", "at any time"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    assert!(house.ends(0, &["status", "--lang", "zh"]).out.contains("每 90 秒"));
    let acme = |house: &House| house.ends(0, &["status", "--json"]).json()["parties"][1].clone();
    let party = acme(&house);
    assert_eq!(
        (party["environment"].as_str(), party["hours"]["time_zone"].as_str()),
        (Some("test"), Some("Asia/Shanghai"))
    );
    assert!(party["hours"]["send"]["cut_off"].as_str().unwrap().contains("T15:59:00"), "{party}");
    assert_eq!(party["hours"]["fetch"], json!({"every_seconds": 90, "stopped": false}));
    let text = |text: &str| text.to_string();
    house.state("", "acme", Event::Failed { error: text("refused"), error_zh: text("被拒"), retry_at: None });
    assert_eq!(acme(&house)["hours"]["fetch"]["stopped"], json!(true));
    assert!(house.ends(0, &["status"]).out.contains("not tried again"), "nobody is asked before a person helps");
}

#[test]
fn status_names_the_keys_that_end_and_works_before_the_first_start() {
    let house = House::new("test");
    fs::remove_file(house.root().join("state/journal.db")).unwrap();
    house.ends(0, &["keys", "generate", "sign", "--days", "20"]);
    let answer = house.ends(0, &["status"]);
    assert!(answer.out.contains("nothing else waits for a person") && answer.out.contains("expires in 19 days"));
    let list = house.ends(0, &["list", "batches"]);
    assert!(list.out.is_empty() && list.err.contains("nothing was found"));
    let show = house.ends(2, &["show", "B20261123-0001"]);
    assert!(show.err.contains("there is no journal") && show.err.contains("hint: "), "{}", show.err);
}

#[test]
fn what_is_no_installation_is_a_wrong_call() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["status", "check", "verify"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"))
            .args(["--dir", dir.path().to_str().unwrap(), command])
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("there is no `bankferry.toml`"));
    }
}

#[test]
fn lists_filter_and_say_what_they_leave_out() {
    let mut house = House::new("test");
    let batches = [house.held(1), house.batch(2), house.held(3)];
    house.unknown(4);
    let ids = |arguments: &[&str]| -> Vec<String> {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let found = house.ends(0, &all).lines();
        found.iter().map(|line| line["id"].as_str().or(line["end_to_end_id"].as_str()).unwrap().to_string()).collect()
    };
    assert_eq!(ids(&["list", "batches", "--state", "held"]), [batches[2].clone(), batches[0].clone()]);
    assert_eq!(ids(&["list", "batches", "--text", "工资2"]), [batches[1].clone()]);
    assert_eq!(ids(&["list", "batches", "--amount", "1234.5", "--party", "acme"]).len(), 4);
    assert!(ids(&["list", "batches", "--amount", "2000.."]).is_empty());
    assert!(ids(&["list", "batches", "--since", "2026-11-24"]).is_empty());
    assert_eq!(ids(&["list", "files", "--state", "unknown"]), ["O20261123-0004"]);
    assert_eq!(ids(&["list", "files", "--party", "erp"]).len(), 4);
    assert_eq!(ids(&["list", "payments", "--amount", "200..300"]).len(), 4);
    assert_eq!(ids(&["list", "payments", "--state", "unknown"]), ["E2E-4-2", "E2E-4-1"]);
    assert_eq!(ids(&["list", "payments", "--text", "e2e-3", "--since", "2026-11-24"]), ["E2E-3-2", "E2E-3-1"]);
    let cut = house.ends(0, &["list", "payments", "--limit", "3"]);
    assert_eq!(cut.out.matches("B20261123-").count(), 3, "{}", cut.out);
    assert!(cut.err.contains("only the newest 3 are listed"), "{}", cut.err);
    let wrong = house.ends(2, &["list", "batches", "--state", "sent"]);
    assert!(wrong.err.contains("hint: the states are checked, held,"), "{}", wrong.err);
    house.ends(2, &["list", "files", "--party", "nobody"]);
    house.ends(2, &["list", "payments", "--amount", "1,5"]);
    let chinese = house.ends(0, &["list", "batches", "--lang", "zh"]);
    assert!(chinese.out.contains("待复核") && chinese.out.contains("批次"), "{}", chinese.out);
}

#[test]
fn names_of_others_cannot_move_the_cursor() {
    let mut house = House::new("test");
    house.arrives("I20261123-0001", "erp", "pay\x1b[2J\u{202e}lsx.csv");
    for arguments in [&["list", "files"][..], &["show", "I20261123-0001"], &["status"]] {
        let answer = house.ends(0, arguments);
        assert!(!answer.out.contains(['\x1b', '\u{202e}']), "{arguments:?}");
    }
    assert!(house.ends(0, &["list", "files"]).out.contains("pay\\u{1b}[2J\\u{202e}lsx.csv"));
    let unknown = house.ends(2, &["show", "x\x1b[31m"]);
    assert!(!unknown.err.contains('\x1b'), "{:?}", unknown.err);
}

#[test]
fn show_tells_the_whole_history() {
    let mut house = House::new("test");
    let id = house.unknown(1);
    let answer = house.ends(0, &["show", "B20261123-0001"]);
    for wanted in [
        "numbered since",
        "2 payments, EUR 1,234.50",
        DIGEST,
        "L0: folder rights only",
        "line 2, column 7: no purpose is given [purpose]",
        "2026-11-23 18:00:00  ben        B20261123-0001  released",
        "archive/2026-11-23/I20261123-0001/01-received-",
        "the final name has 7 bytes",
        "E2E-1-2",
        &format!("bankferry resolve {id} --sent|--not-sent"),
    ] {
        assert!(answer.out.contains(wanted), "{wanted}: {}", answer.out);
    }
    let payment = house.ends(0, &["show", "E2E-1-1", "--lang", "zh"]);
    for wanted in ["状态未知", "EUR 1,000.00", "北京示例贸易有限公司", "L0：仅凭文件夹权限", "历史", "已放行"]
    {
        assert!(payment.out.contains(wanted), "{wanted}: {}", payment.out);
    }
    assert_eq!(
        house.ends(0, &["show", "B20261123-0001/2", "--json"]).json()["payments"][0]["end_to_end_id"],
        "E2E-1-2"
    );
    let story = house.ends(0, &["show", &id, "--json"]).json();
    assert_eq!(story["outbound"][0]["state"], "unknown");
    assert_eq!(story["facts"].as_array().unwrap().last().unwrap()["event"], "unknown");
    let inbound = house.ends(0, &["show", "I20261123-0001", "--json"]).json();
    assert_eq!((&inbound["authenticity"], &inbound["inbound"]["party"]), (&json!("L0"), &json!("erp")));
    house.ends(2, &["show", "nothing"]);
}

#[test]
fn a_release_takes_a_second_person_with_the_right() {
    let mut house = House::new("production");
    let batch = house.held(1);
    let state = |house: &House| house.journal.batch(&batch).unwrap().unwrap().state;
    for (name, reason) in [
        ("otto", "does not have the right `release`"),
        ("nobody", "knows nobody of the name `nobody`"),
        ("erp", "is a party"),
    ] {
        let answer = house.ends(1, &["release", &batch, "--as", name]);
        assert!(answer.err.contains(reason) && answer.err.contains("nothing was changed"), "{}", answer.err);
    }
    house.ends(2, &["release", &batch, "--as", "bankferry"]);
    let digest = house.ends(1, &["release", &batch, "--as", "ben", "--digest", "ffff"]);
    assert!(digest.err.contains("not the one you saw"), "{}", digest.err);
    assert_eq!(state(&house), BatchState::Held);
    let done = house.ends(0, &["release", &batch, "--as", "ben", "--digest", &DIGEST[..8]]);
    assert!(done.err.contains("2 payments, EUR 1,234.50, digest 4f53cda18c2b"), "{}", done.err);
    assert!(done.err.contains("no money has moved yet"), "{}", done.err);
    assert_eq!(state(&house), BatchState::Released);
    let fact = house.journal.facts_of(&batch).unwrap().pop().unwrap();
    assert_eq!(fact.actor, "ben");
    let again = house.ends(1, &["release", &batch, "--as", "ben"]);
    assert!(again.err.contains("is `released` and cannot be released"), "{}", again.err);
}

#[test]
fn whoever_held_a_batch_does_not_release_it() {
    let mut house = House::new("test");
    let batch = house.held(1);
    house.ends(0, &["release", &batch, "--as", "anna"]);
    house.ends(2, &["hold", &batch, "--as", "anna"]);
    house.ends(0, &["hold", &batch, "--as", "anna", "--reason", "asking the ERP"]);
    let own = house.ends(1, &["release", &batch, "--as", "anna"]);
    assert!(own.err.contains("held `B20261123-0001` by hand, so another person must release it"), "{}", own.err);
    let told = house.ends(0, &["release", &batch, "--as", "ben", "--json"]).json();
    assert_eq!((&told["event"], &told["money_moved"], &told["by"]), (&json!("released"), &json!(false), &json!("ben")));
    assert_eq!((&told["sums"], &told["digest"]), (&json!({"EUR": "1234.50"}), &json!(DIGEST)));
}

#[test]
fn one_id_that_cannot_be_decided_does_not_stop_the_others() {
    let mut house = House::new("test");
    let batch = house.held(1);
    let answer = house.ends(1, &["release", "B20261123-0009", &batch, "--as", "ben"]);
    assert!(answer.err.contains("there is nothing under `B20261123-0009`"), "{}", answer.err);
    assert_eq!(house.journal.batch(&batch).unwrap().unwrap().state, BatchState::Released);
    house.ends(2, &["release", "B20261123-0009", "--as", "ben"]);
}

#[test]
fn a_refusal_and_a_cancellation_say_that_nothing_left() {
    let mut house = House::new("test");
    let (first, second) = (house.held(1), house.held(2));
    house.ends(2, &["refuse", &first, "--as", "otto"]);
    let refused = house.ends(0, &["refuse", &first, "--as", "otto", "--reason", "wrong date"]);
    assert!(refused.err.contains("no money has moved; `erp` is told"), "{}", refused.err);
    let cancelled = house.ends(0, &["cancel", &second, "--as", "otto", "--reason", "withdrawn", "--lang", "zh"]);
    assert!(cancelled.err.contains("资金未划转"), "{}", cancelled.err);
    assert_eq!(house.journal.batch(&first).unwrap().unwrap().state, BatchState::Refused);
    assert_eq!(house.journal.batch(&second).unwrap().unwrap().state, BatchState::Cancelled);
    house.ends(1, &["release", &first, "--as", "ben"]);
}

#[test]
fn a_file_is_cancelled_only_before_its_first_byte_leaves() {
    let mut house = House::new("test");
    let (queued, unknown) = (house.queued(1), house.unknown(2));
    let batch = house.ends(1, &["cancel", "B20261123-0001", "--as", "otto", "--reason", "no"]);
    assert!(
        batch.err.contains(&format!("hint: its file has not left yet: `bankferry cancel {queued}`")),
        "{}",
        batch.err
    );
    let late = house.ends(1, &["cancel", &unknown, "--as", "otto", "--reason", "no"]);
    assert!(late.err.contains("only `acme` can take it back now"), "{}", late.err);
    let done = house.ends(0, &["cancel", &queued, "--as", "otto", "--reason", "no"]);
    assert!(done.err.contains("not a byte of it has left"), "{}", done.err);
    assert_eq!(house.journal.outbound(&queued).unwrap().unwrap().state, OutboundState::Cancelled);
    let told: Vec<_> = house.journal.untold().unwrap().into_iter().map(|file| file.id).collect();
    assert_eq!(told, ["I20261123-0001"], "the ERP will be told");
}

#[test]
fn a_duplicate_is_let_in_by_one_and_released_by_another() {
    let mut house = House::new("production");
    house.held(1);
    let id = house.duplicate(2, "I20261123-0001");
    house.ends(1, &["release", &id, "--as", "otto", "--reason", "intended"]);
    house.ends(2, &["release", &id, "--as", "anna"]);
    let done = house.ends(0, &["release", &id, "--as", "anna", "--reason", "intended"]);
    assert!(
        done.err.contains("its batch is checked and waits for its own release; no money has moved"),
        "{}",
        done.err
    );
    assert_eq!(house.journal.inbound(&id).unwrap().unwrap().state, InboundState::Received);
    let other = house.duplicate(3, "I20261123-0001");
    house.ends(0, &["refuse", &other, "--as", "otto", "--reason", "dropped twice"]);
    assert_eq!(house.journal.inbound(&other).unwrap().unwrap().state, InboundState::Refused);
    let refused = house.ends(1, &["release", &other, "--as", "anna", "--reason", "x"]);
    assert!(refused.err.contains("corrects its file and drops it again"), "{}", refused.err);
}

#[test]
fn who_let_a_file_in_does_not_release_its_batch() {
    let mut house = House::new("test");
    let first = house.held(1);
    house.ends(0, &["cancel", &first, "--as", "otto", "--reason", "made anew"]);
    let duplicate = house.duplicate(2, "I20261123-0001");
    house.ends(0, &["release", &duplicate, "--as", "anna", "--reason", "intended"]);
    let batch = house.becomes_batch(2);
    let own = house.ends(1, &["release", &batch, "--as", "anna"]);
    assert!(own.err.contains("let the file of `B20261123-0002` in, so another person"), "{}", own.err);
    house.ends(0, &["release", &batch, "--as", "ben"]);
}

#[test]
fn a_file_that_waits_for_a_person_is_tried_again() {
    let mut house = House::new("test");
    let id = house.queued(1);
    let nobody = house.ends(1, &["release", &id, "--as", "otto", "--reason", "x"]);
    assert!(nobody.err.contains("it waits for nobody"), "{}", nobody.err);
    house.state(
        "I20261123-0001",
        &id,
        Event::Failed { error: "denied".into(), error_zh: "被拒".into(), retry_at: None },
    );
    assert!(house.ends(0, &["status"]).out.contains("failed, and only a person can help"));
    let done = house.ends(0, &["release", &id, "--as", "otto", "--reason", "right given"]);
    assert!(done.err.contains("nothing of it has left yet"), "{}", done.err);
    let file = house.journal.outbound(&id).unwrap().unwrap();
    assert_eq!((file.failures, file.retry_at), (0, None));
    let unknown = house.unknown(2);
    let never = house.ends(1, &["release", &unknown, "--as", "otto", "--reason", "x"]);
    assert!(never.err.contains(&format!("bankferry resolve {unknown}")), "{}", never.err);
}

#[test]
fn an_unknown_takes_two_people_in_production() {
    let mut house = House::new("production");
    let (first, second) = (house.unknown(1), house.unknown(2));
    let by = |name: &'static str| ["resolve", first.as_str(), "--not-sent", "--reason", "ticket 4712", "--as", name];
    let state = |house: &House| house.journal.outbound(&first).unwrap().unwrap().state;
    let alone = house.ends(0, &by("anna"));
    assert!(alone.err.contains("nothing is done until another person confirms it"), "{}", alone.err);
    let twice = house.ends(1, &by("anna"));
    assert!(twice.err.contains("`anna` proposed it, so another person must confirm it"), "{}", twice.err);
    house.ends(1, &by("otto"));
    house.ends(2, &["resolve", &first, "--reason", "x", "--as", "anna"]);
    house.ends(2, &["resolve", &first, "--sent", "--not-sent", "--reason", "x", "--as", "anna"]);
    house.ends(2, &["resolve", &first, "--sent", "--as", "anna", "--reason", " "]);
    assert_eq!(state(&house), OutboundState::Unknown);
    // The other verdict is another matter, which nobody has confirmed.
    house.ends(0, &["resolve", &first, "--sent", "--reason", "x", "--as", "ben"]);
    assert_eq!(state(&house), OutboundState::Unknown);
    let done = house.ends(0, &by("ben"));
    assert!(done.err.contains("it moves no money and is never sent again"), "{}", done.err);
    assert_eq!(state(&house), OutboundState::Cancelled);
    // Who operates may propose.
    house.ends(0, &["resolve", &second, "--sent", "--reason", "ref 9", "--as", "otto"]);
    let sent = ["resolve", &second, "--sent", "--reason", "ref 9", "--as", "anna", "--json"];
    let told = house.ends(0, &sent).json();
    assert_eq!((&told["sent"], &told["was"], &told["proposed_by"]), (&json!(true), &json!("unknown"), &json!("otto")));
    let again = house.ends(1, &sent);
    assert!(again.err.contains("only an unknown or unconfirmed file is"), "{}", again.err);
    let payments = house.journal.payments(&Default::default()).unwrap();
    let states: Vec<_> = payments.iter().map(|p| p.state).collect();
    assert_eq!(states, [PaymentState::Cancelled, PaymentState::Cancelled, PaymentState::Sent, PaymentState::Sent]);
}

#[test]
fn an_unconfirmed_file_is_resolved_by_one_in_test() {
    let mut house = House::new("test");
    for (number, verdict) in [(1, "--sent"), (2, "--not-sent")] {
        let (id, case) = (house.queued(number), format!("I20261123-{number:04}"));
        house.state(&case, &id, Event::Sending { attempt: 1, temporary: "t".into() });
        house.state(&case, &id, Event::Publishing { size: 11 });
        house.state(&case, &id, Event::Unconfirmed("gone".into()));
        house.ends(0, &["resolve", &id, verdict, "--reason", "asked", "--as", "anna"]);
    }
}

#[test]
fn an_unconfirmed_file_is_an_alarm() {
    let mut house = House::new("test");
    let (id, case) = (house.queued(1), "I20261123-0001");
    house.state(case, &id, Event::Sending { attempt: 1, temporary: "t".into() });
    house.state(case, &id, Event::Publishing { size: 11 });
    house.state(case, &id, Event::Unconfirmed("gone".into()));
    house.ends(0, &["once"]);
    let alarms = house.ends(0, &["list", "alarms", "--json"]).out;
    assert!(alarms.contains(&format!("UNCONFIRMED: `{id}`")), "{alarms}");
}

#[test]
fn verify_finds_a_sound_installation_sound() {
    let mut house = House::new("test");
    house.unknown(1);
    let bare = house.ends(0, &["verify"]);
    assert!(bare.out.starts_with("sound: ") && bare.err.contains("there is no checkpoint"), "{}", bare.all());
    house.ends(0, &["keys", "generate", "audit"]);
    let checkpoint = house.checkpoint();
    let here = house.ends(0, &["verify"]);
    assert!(here.err.contains("no checkpoint from elsewhere was given"), "{}", here.err);
    let elsewhere = house.ends(0, &["verify", "--checkpoint", checkpoint.to_str().unwrap()]);
    assert!(elsewhere.out.contains("checkpoints: 1 here, 1 from elsewhere"), "{}", elsewhere.out);
    assert!(elsewhere.err.is_empty(), "{}", elsewhere.err);
    let report = house.ends(0, &["verify", "--json"]).json();
    assert_eq!((&report["sound"], &report["files"], &report["named"]), (&json!(true), &json!(2), &json!(2)));
    assert!(house.ends(0, &["verify", "--lang", "zh"]).out.starts_with("完好："));
    house.ends(2, &["verify", "--checkpoint", "/nowhere.txt"]);
}

#[test]
fn verify_sees_a_flipped_byte_in_the_archive() {
    let mut house = House::new("test");
    let kept = house.arrives("I20261123-0001", "erp", "pay.csv");
    let path = house.root().join("archive").join(&kept.path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[3] ^= 1;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    overwrite(&path, &bytes);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let answer = house.ends(1, &["verify"]);
    assert!(answer.err.contains("was altered") && answer.out.starts_with("NOT SOUND"), "{}", answer.all());
    assert!(answer.err.contains("fact 1 of I20261123-0001 names content that is not there"), "{}", answer.err);
}

#[test]
fn verify_sees_that_a_case_is_gone_with_its_pointers() {
    let mut house = House::new("test");
    house.arrives("I20261123-0001", "erp", "pay.csv");
    fs::remove_dir_all(house.root().join("archive/2026-11-23")).unwrap();
    fs::remove_dir_all(house.root().join("archive/.by-hash")).unwrap();
    let report = house.ends(1, &["verify", "--json"]).json();
    let parts: Vec<_> = report["faults"].as_array().unwrap().iter().map(|fault| fault["part"].clone()).collect();
    assert_eq!(parts, ["agreement"]);
}

#[test]
fn verify_sees_a_changed_fact_and_a_journal_whose_end_was_cut_off() {
    let mut house = House::new("test");
    house.held(1);
    house.ends(0, &["keys", "generate", "audit"]);
    house.checkpoint();
    let tamper = |sql: &str| {
        let db = rusqlite::Connection::open(house.root().join("state/journal.db")).unwrap();
        db.execute_batch("DROP TRIGGER IF EXISTS fact_is_never_changed; DROP TRIGGER IF EXISTS fact_is_never_removed;")
            .unwrap();
        db.execute_batch(sql).unwrap();
    };
    tamper("DELETE FROM fact WHERE seq = (SELECT max(seq) FROM fact)");
    let cut = house.ends(1, &["verify"]);
    assert!(cut.err.contains("its end was cut off"), "{}", cut.err);
    tamper("UPDATE fact SET actor = 'anna' WHERE seq = 2");
    let changed = house.ends(1, &["verify"]);
    assert!(changed.err.contains("fact 2 is not what it was"), "{}", changed.err);
}

#[test]
fn verify_says_that_the_journal_which_named_the_archive_is_lost() {
    let house = House::new("test");
    house.keep("I20261123-0001", "received", "pay.csv", "content");
    let unnamed = house.ends(1, &["verify"]);
    assert!(unnamed.err.contains("no fact names any of its 1 files"), "{}", unnamed.err);
    // A new journal begins with the next start.
    house.run(&["once"]);
    let lost = house.ends(1, &["verify"]);
    assert!(lost.err.contains("it holds files of 2026-11-23, and the journal begins on"), "{}", lost.err);
    assert!(house.ends(1, &["verify", "--lang", "zh"]).err.contains("日志已丢失"));
}

#[test]
fn verify_sees_a_table_that_no_fact_changed() {
    let mut house = House::new("test");
    let (batch, _) = (house.held(1), house.unknown(2));
    let tamper = |sql: &str| {
        rusqlite::Connection::open(house.root().join("state/journal.db")).unwrap().execute_batch(sql).unwrap();
    };
    tamper("UPDATE batch SET state = 'released' WHERE state = 'held'");
    let answer = house.ends(1, &["verify"]);
    assert!(answer.err.contains(&format!("the tables say that `{batch}` is `released`, the facts say `held`")));
    tamper("UPDATE batch SET state = 'held' WHERE state = 'released'");
    house.ends(0, &["verify"]);
    tamper(
        "INSERT INTO batch (id, inbound, party, bank, name, state, count, sums, digest, message_id, held, since)
         SELECT 'B9', 'I9', party, bank, name, 'released', count, sums, digest, message_id, held, since FROM batch LIMIT 1",
    );
    assert!(house.ends(1, &["verify"]).err.contains("3 batches"));
    tamper("UPDATE batch SET state = 'whatever' WHERE id <> 'B9'");
    let odd = house.ends(1, &["verify"]);
    assert!(odd.err.contains("it cannot be read") && odd.out.starts_with("NOT SOUND"), "{}", odd.all());
}

#[test]
fn verify_believes_no_checkpoint_without_its_signature() {
    let mut house = House::new("test");
    house.held(1);
    house.ends(0, &["keys", "generate", "audit"]);
    let checkpoint = house.checkpoint();
    let text = fs::read_to_string(&checkpoint).unwrap();
    overwrite(&checkpoint, text.replace("epoch: 1", "epoch: 2").as_bytes());
    let answer = house.ends(1, &["verify"]);
    assert!(answer.err.contains("its signature proves nothing"), "{}", answer.err);
    fs::remove_file(checkpoint.with_extension("txt.asc")).unwrap();
    house.ends(1, &["verify"]);
}

#[test]
fn verify_calls_the_newest_checkpoint_not_finished_where_a_kill_left_it_unsigned_and_the_next_start_signs_it() {
    let mut house = House::new("test");
    house.held(1);
    house.ends(0, &["keys", "generate", "audit"]);
    let checkpoint = house.checkpoint();
    let signature = checkpoint.with_extension("txt.asc");
    fs::remove_file(&signature).unwrap();
    let unsigned = house.ends(0, &["verify"]);
    assert!(unsigned.err.contains("it is not finished") && unsigned.out.starts_with("sound: "), "{}", unsigned.all());
    assert!(house.ends(0, &["verify", "--lang", "zh"]).err.contains("尚未完成"));
    house.run(&["once"]);
    assert!(signature.is_file());
    let signed = house.ends(0, &["verify"]);
    assert!(!signed.err.contains("it is not finished"), "{}", signed.all());
    let text = fs::read_to_string(&checkpoint).unwrap();
    fs::remove_file(&signature).unwrap();
    overwrite(&checkpoint, text.replace("facts: ", "facts: 1").as_bytes());
    house.run(&["once"]);
    assert!(!signature.is_file(), "what the journal does not prove is signed by nobody");
    house.ends(1, &["verify"]);
}

#[test]
fn killed_at_any_point_of_a_checkpoint_the_journal_stays_sound() {
    let house = House::new("test");
    house.ends(0, &["keys", "generate", "audit"]);
    let log = house.root().join("points");
    let once = |name: &str, value: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(house.root()).arg("once").env(name, value).output().unwrap()
    };
    once("BANKFERRY_CRASH_LOG", log.to_str().unwrap());
    let points = fs::read_to_string(&log).unwrap().lines().count();
    for at in (points - 12)..=points {
        once("BANKFERRY_CRASH_AT", &at.to_string());
        let answer = house.ends(0, &["verify"]);
        assert!(!answer.err.contains("it is not finished"), "killed at {at}: {}", answer.all());
    }
}

#[test]
fn check_finds_a_sound_installation_sound() {
    let house = House::new("test");
    let answer = house.ends(0, &["check"]);
    assert!(answer.out.contains("ok: `works`, test, 2 parties") && answer.out.contains("0 errors"), "{}", answer.all());
    assert!(answer.err.contains("no usable audit key"), "{}", answer.err);
    let told = house.ends(0, &["check", "--json"]).json();
    assert_eq!((&told["sound"], &told["errors"]), (&json!(true), &json!(0)));
    assert!(house.ends(0, &["check", "--lang", "zh"]).out.contains("0 个错误"));
}

#[test]
fn check_tells_every_mistake_with_its_place() {
    let wrong = "[[party]]\nname = \"Big Bank\"\ntemplate = \"iso20022-bank\"\n\n[[party]]\nname = \"lost\"\ntemplate = \"nowhere\"\n";
    let house = House::with("test", wrong);
    bankferry::disk::ensure_folder(&house.root().join("templates"), 0o750).unwrap();
    overwrite(&house.root().join("templates/mine.toml"), b"name = \"mine\"\nkind = \"bank\"\ncolour = 7\n");
    let answer = house.ends(1, &["check"]);
    for wanted in ["a party's name is small letters", "there is no template `nowhere`", "line 3, column 1", "`colour`"]
    {
        assert!(answer.err.contains(wanted), "{wanted}: {}", answer.err);
    }
    overwrite(&house.root().join("bankferry.toml"), b"[installation]\nname = works\n");
    assert!(house.ends(1, &["check"]).err.contains("line 2, column"));
}

#[test]
fn check_misses_keys_people_and_rights() {
    let seal = "[[party]]\nname = \"sealed\"\ntemplate = \"iso20022-bank\"\naccounts = [\"DE02120300000000202051\"]\n";
    let house = House::with("production", seal);
    let answer = house.ends(1, &["check"]);
    for wanted in [
        "no usable key of ours to sign files for `sealed`",
        "no usable key of ours to decrypt files of `sealed`",
        "no usable certificate of `sealed` to verify",
        "no usable certificate to encrypt files for `sealed`",
        "`bankferry keys generate sign`",
    ] {
        assert!(answer.err.contains(wanted), "{wanted}: {}", answer.err);
    }
    let open = House::new("test");
    fs::set_permissions(open.root().join("inbox/erp"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(open.root().join("state"), fs::Permissions::from_mode(0o755)).unwrap();
    let answer = open.ends(1, &["check"]);
    assert!(answer.err.contains("warning: everybody may write into"), "{}", answer.err);
    assert!(answer.err.contains("rights 755") && answer.err.contains("chmod 700"), "{}", answer.err);
}

#[test]
fn check_sees_a_clock_that_was_set_back() {
    let mut house = House::new("test");
    let fact = bankferry::journal::NewFact {
        actor: "bankferry".into(),
        case: String::new(),
        subject: "bankferry".into(),
        event: Event::Stopped,
    };
    use bankferry::journal::{Journal, Rows};
    let late = "2099-01-01T00:00:00Z".parse().unwrap();
    house.journal.append(late, vec![(fact, Rows::None)]).unwrap();
    assert!(house.ends(1, &["check"]).err.contains("it was set back"));
}

#[test]
fn check_connects_and_takes_a_party_up_again() {
    let mut house = House::new("test");
    house.state("", "acme", Event::Failed { error: "x".into(), error_zh: "x".into(), retry_at: None });
    let answer = house.ends(0, &["check", "--connect", "acme"]);
    assert!(answer.out.contains("`acme` can be reached") && answer.err.contains("taken up again"), "{}", answer.all());
    assert!(house.journal.contacts().unwrap().is_empty());
    house.ends(2, &["check", "--connect", "nobody"]);
    fs::remove_dir_all(house.root().join("inbox/acme/outbox")).unwrap();
    house.state("", "acme", Event::Failed { error: "x".into(), error_zh: "x".into(), retry_at: None });
    house.ends(1, &["check", "--connect"]);
    assert_eq!(house.journal.contacts().unwrap().len(), 1, "it was not reached");
}

#[allow(clippy::disallowed_methods, reason = "a test does what nobody should")]
fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
