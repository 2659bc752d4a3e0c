//! Every table of the journal follows from its facts: whoever edits one is seen, though no fact was touched.

use std::path::Path;

use bankferry::journal::{BatchState, Event, OutboundState, Purpose, Records, WAITS_FOR_A_PERSON};
use rusqlite::Connection;

use super::banks::{House, csv, files, write};
use super::corrections::{give, house};
use super::doubtful::statement;
use super::moved::answer;

/// Payments that were sent, answered, booked, matched by hand and unmatched again.
fn worked() -> House {
    let mut house = house();
    answer(&mut house, "done", "QH01", "ACSC");
    let (text, _) = statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("D", "77.00", "OTHER")]);
    let id = give(&mut house, "one.xml", &text);
    let by_hand = |verb: &'static str, rest: &[&str]| {
        let entry = format!("{id}/1/2");
        let call = [&[verb, entry.as_str()], rest, &["--reason", "seen", "--as", "anna"]].concat();
        house.ends(0, &call);
    };
    house.ends(0, &["unmatch", &format!("{id}/1/1"), "--reason", "wrong", "--as", "anna"]);
    by_hand("match", &["QH02"]);
    by_hand("unmatch", &[]);
    house.ends(0, &["match", &format!("{id}/1/1"), "QH01", "--reason", "right after all", "--as", "anna"]);
    house
}

/// The journal as one file, and back.
fn keep(root: &Path, copy: &Path) {
    let db = Connection::open(root.join("state/journal.db")).expect("a journal");
    db.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).expect("a copy");
}

fn put_back(root: &Path, copy: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(root.join(format!("state/journal.db{end}")));
    }
    std::fs::copy(copy, root.join("state/journal.db")).expect("put back");
    let db = Connection::open(root.join("state/journal.db")).expect("a journal");
    db.pragma_update(None, "journal_mode", "WAL").expect("set");
}

#[test]
fn an_edit_of_any_table_is_seen_by_verify_and_named() {
    let house = worked();
    let sound = house.ends(0, &["verify"]);
    assert!(sound.starts_with("sound: "), "{sound}");
    let dir = tempfile::tempdir().expect("a folder");
    let copy = dir.path().join("copy.db");
    keep(&house.root, &copy);
    let edits = [
        ("payment", "UPDATE payment SET creditor_account = '6222000000000000999' WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET creditor_agent = '308584000999' WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET amount = '0.51' WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET end_to_end_id = 'QH99' WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET likeness = 7 WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET state = 'rejected' WHERE end_to_end_id = 'QH02'"),
        ("payment", "UPDATE payment SET grp = '9' WHERE end_to_end_id = 'QH02'"),
        (
            "payment_change",
            "INSERT INTO payment_change (fact, payment, state) SELECT max(fact), 2, 'rejected' FROM payment_change;
             UPDATE payment SET state = 'rejected' WHERE id = 2",
        ),
        ("payment_change", "DELETE FROM payment_change"),
        ("payment_change", "UPDATE payment_change SET reason = 'x'"),
        ("payee", "INSERT INTO payee VALUES ('erp', '6222000000000000999', 'MALLORY', '')"),
        ("payee", "DELETE FROM payee"),
        ("batch", "UPDATE batch SET released_by = 'ben'"),
        ("batch", "UPDATE batch SET message_id = 'other'"),
        ("batch", "UPDATE batch SET held = '[\"x\"]'"),
        ("outbound", "UPDATE outbound SET sealed_path = 'x'"),
        ("outbound", "UPDATE outbound SET resends = 1 WHERE purpose = 'payments'"),
        ("outbound", "UPDATE outbound SET not_before = '2099-01-01T00:00:00.000Z' WHERE purpose = 'payments'"),
        ("inbound", "UPDATE inbound SET told = 1 - told"),
        ("carried", "UPDATE carried SET last = 1"),
        ("statement", "UPDATE statement SET matched = 0"),
        ("entry", "UPDATE entry SET amount = '1.00' WHERE seq = 2"),
        ("entry", "UPDATE entry SET state = 'not-ours' WHERE seq = 2"),
        ("entry", "DELETE FROM entry WHERE seq = 2"),
        ("entry_match", "UPDATE entry_match SET payment = 2"),
        ("entry_match", "DELETE FROM entry_match_gone"),
        (
            "proposal",
            "INSERT INTO proposal VALUES (1, 'x', 'x', 'resend', 'd', 'r', NULL, 'a', 'b', 'c', 'ben', 'd', 0)",
        ),
        ("standing", "UPDATE standing SET epoch = 7"),
        ("contact", "INSERT INTO contact VALUES ('bank', 1, 'x', 'y', 'z')"),
    ];
    for (table, sql) in edits {
        put_back(&house.root, &copy);
        let changed = Connection::open(house.root.join("state/journal.db")).expect("a journal").execute_batch(sql);
        changed.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let said = house.says(1, &["--lang", "en", "verify"]);
        assert!(said.contains(&format!("`{table}`")), "{sql}: {said}");
    }
    put_back(&house.root, &copy);
    house.ends(0, &["verify"]);
}

#[test]
fn the_digest_of_rows_belongs_to_the_chain() {
    let house = worked();
    let tamper = |sql: &str| {
        Connection::open(house.root.join("state/journal.db")).expect("a journal").execute_batch(sql).expect("done");
    };
    tamper("DROP TRIGGER fact_is_never_changed; UPDATE fact SET added = NULL WHERE added IS NOT NULL");
    let said = house.says(1, &["--lang", "en", "verify"]);
    assert!(said.contains("is not what it was, or is missing"), "{said}");
}

fn tamper(house: &House, sql: &str) {
    let changed = Connection::open(house.root.join("state/journal.db")).expect("a journal").execute_batch(sql);
    changed.unwrap_or_else(|e| panic!("{sql}: {e}"));
}

fn rounds_without_a_file_at_the_bank(house: &mut House, what: &str) {
    let mut left = 40;
    house.until("some rounds", |_, _| {
        left -= 1;
        left == 0
    });
    let there = files(&house.root.join("outbox/bank"));
    assert!(there.is_empty(), "{what}: {:?}", there.keys());
    let files = house.journal().outbounds(&[]).expect("files");
    let file = files.into_iter().find(|file| file.purpose == Purpose::Payments).expect("a file");
    assert_eq!((file.attempt, file.retry_at.as_deref()), (0, Some(WAITS_FOR_A_PERSON)), "{what}");
    assert!(file.evidence.expect("words").contains("somebody changed the journal's tables"), "{what}");
}

#[test]
fn no_edited_row_moves_money() {
    // Other bytes than were written; nothing that says which batches; another bank's place; another content's release.
    let of_file = "FROM inbound WHERE party = 'erp' LIMIT 1";
    let edits = [
        format!(
            "UPDATE outbound SET (written_sha256, written_size, written_path) = (SELECT sha256, size, path {of_file})
             WHERE purpose = 'payments'"
        ),
        format!(
            "UPDATE outbound SET (sealed_sha256, sealed_size, sealed_path) = (SELECT sha256, size, path {of_file})
             WHERE purpose = 'payments'"
        ),
        "UPDATE outbound SET name = 'other.txt' WHERE purpose = 'payments'".to_string(),
        "DROP TRIGGER fact_is_never_changed;
         UPDATE fact SET event = replace(event, 'policy', 'seen') WHERE json_extract(event, '$.event') = 'released'"
            .to_string(),
    ];
    for sql in edits {
        let mut house = super::elsewhere::in_line();
        tamper(&house, &sql);
        let again = Event::Recovered { reason: "it may go".into(), reason_zh: "可以发送".into() };
        super::elsewhere::of_file(&house, again);
        rounds_without_a_file_at_the_bank(&mut house, &sql);
        house.ends(1, &["verify"]);
    }
}

#[test]
fn a_batch_that_only_a_table_calls_released_does_not_leave() {
    let mut house = House::released("csv-erp", "", "icbc", "", "always = true");
    write(&house.root.join("inbox/erp/batch.csv"), csv().as_bytes());
    house.until("it is held", |journal, _| !journal.batches(&[BatchState::Held]).expect("batches").is_empty());
    tamper(&house, "UPDATE batch SET state = 'released', released_by = 'anna'");
    rounds_without_a_file_at_the_bank(&mut house, "released by hand");
    house.ends(1, &["verify"]);
}

/// `cargo test --test suite -- --ignored --nocapture verify_of_many`: some minutes in a build without optimisation.
#[test]
#[ignore = "takes minutes"]
fn verify_of_many_payments_needs_little_memory() {
    const FILES: u32 = 10;
    let count = std::env::var("PAYMENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000_u32);
    let all = csv();
    let (head, row) = (all.lines().next().expect("a head"), all.lines().nth(1).expect("a row"));
    let mut house = House::new("csv-erp", "icbc");
    let started = std::time::Instant::now();
    for file in 0..FILES {
        let mut many = format!("{head}\n");
        for n in 0..count / FILES {
            let amount = format!("{}.{:02}", 1 + file * count + n / 100, n % 100);
            many.push_str(&row.replace("QH01", &format!("M{file}-{n}")).replace("12345.00", &amount));
            many.push('\n');
        }
        write(&house.root.join(format!("inbox/erp/batch-{file}.csv")), many.as_bytes());
        house.until("it has left", |journal, _| {
            let sent = journal.outbounds(&[OutboundState::Sent]).expect("files");
            sent.iter().filter(|sent| sent.purpose == Purpose::Payments).count() as u32 > file
        });
    }
    let (left, started) = (started.elapsed(), std::time::Instant::now());
    let (program, root) = (env!("CARGO_BIN_EXE_bankferry"), house.root.display());
    let call = format!("ulimit -v 400000; exec {program} --dir {root} verify");
    let verified = std::process::Command::new("sh").args(["-c", &call]).output().expect("a shell");
    println!("{count} payments: sent after {left:?}, verified in {:?}", started.elapsed());
    println!("{}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr));
    assert!(verified.status.success());
}
