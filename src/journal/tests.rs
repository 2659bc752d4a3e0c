//! The SQLite journal: what its tables allow, what a conflict leaves, what it proves.

use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::document::{Amount, Currency};

fn at() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().expect("a timestamp")
}

fn day() -> Date {
    Date::new(2026, 11, 23).expect("a day")
}

fn journal() -> (TempDir, SqliteJournal) {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(&dir.path().join("journal.db")).expect("a journal");
    (dir, journal)
}

fn fact(case: &str, subject: &str, event: Event) -> NewFact {
    NewFact { actor: "bankferry".into(), case: case.into(), subject: subject.into(), event }
}

fn kept(letter: char) -> Kept {
    let sha256 = String::from(letter).repeat(64);
    Kept { path: format!("2026-11-23/I20261123-0001/01-received-{letter}"), sha256, size: 7 }
}

fn arrival(id: &str) -> Event {
    Event::Received(Arrival {
        party: "erp".into(),
        folder: String::new(),
        name: "pay.csv".into(),
        claim: id.into(),
        lies_at: format!("{id}__pay.csv"),
        kept: kept('a'),
        side: Default::default(),
        stays: false,
        owner: None,
    })
}

fn eur(amount: &str) -> (Amount, Currency) {
    (amount.parse().expect("an amount"), Currency::parse("EUR").expect("a currency"))
}

fn totals() -> Totals {
    let (sum, currency) = eur("350.50");
    Totals { count: 3, sums: Sums::from([(currency, sum)]), digest: "d1".repeat(32) }
}

fn payments() -> Vec<std::io::Result<NewPayment>> {
    let one = |seq: u64, amount: &str, creditor: &str| {
        let (amount, currency) = eur(amount);
        Ok(NewPayment {
            seq,
            end_to_end_id: Some(format!("E2E-{seq}")),
            amount,
            currency,
            account: Some("DE02".into()),
            creditor_name: Some(creditor.into()),
            creditor_account: Some(format!("FR0{seq}")),
            creditor_agent: None,
            group: Some((seq % 2).to_string()),
            execution_date: Some(Date::new(2026, 11, 23 + seq as i8).expect("a day")),
            likeness: None,
        })
    };
    vec![one(1, "100.00", "Anna"), one(2, "250", "北京贸易"), one(3, "0.50", "Cécile")]
}

fn state(journal: &mut SqliteJournal, fact: NewFact) -> Result<(), JournalError> {
    journal.append(at(), vec![(fact, Rows::None)])
}

/// A file that became a batch of three payments.
fn checked(journal: &mut SqliteJournal) {
    let id = "I1";
    let opened = Event::Opened { content: kept('b'), signer: None, vouched: Vouched::default() };
    let read = Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 };
    let checked = Event::Checked {
        batch: "B1".into(),
        bank: "acme".into(),
        totals: totals(),
        message_id: Some("M1".into()),
        findings: Vec::new(),
        left_out: Vec::new(),
        parts: Vec::new(),
        makeup: None,
    };
    let mut rows = payments().into_iter();
    let facts = vec![
        (fact(id, id, arrival(id)), Rows::None),
        (fact(id, id, Event::Cleared), Rows::None),
        (fact(id, id, opened), Rows::None),
        (fact(id, id, read), Rows::None),
        (fact(id, id, checked), Rows::Payments(&mut rows)),
    ];
    journal.append(at(), facts).expect("a batch");
}

fn released() -> Event {
    Event::Released { digest: totals().digest, reason: "seen".into(), bound: None }
}

fn numbering() -> Event {
    Event::Numbered(Numbering {
        party: "acme".into(),
        purpose: Purpose::Payments,
        source: "I1".into(),
        document: 0,
        format: "pain.001.001.09".into(),
        message_id: Some("MSG-1".into()),
        created: "2026-11-23T10:00:00Z".into(),
        folder: "in".into(),
        name: "MSG-1.xml".into(),
        totals: Some(totals()),
        part: None,
        merged: Vec::new(),
        apart: None,
        dates: Default::default(),
        about: None,
        sequence: None,
        stopped: 0,
        bank_file: None,
    })
}

/// The batch's file on its way up to `publishing`.
fn publishing(journal: &mut SqliteJournal) {
    checked(journal);
    let person = NewFact { actor: "anna".into(), ..fact("I1", "B1", released()) };
    state(journal, person).expect("released");
    for event in [
        numbering(),
        Event::Written { content: kept('c') },
        Event::Sealed { content: kept('d'), recipients: vec!["K".into()], signer: None },
        Event::Queued { not_before: None },
        Event::Sending { attempt: 1, temporary: "MSG-1.xml.tmp".into() },
        Event::Publishing { size: 7 },
    ] {
        state(journal, fact("I1", "O1", event)).expect("on its way");
    }
}

fn payment_states(journal: &SqliteJournal) -> Vec<PaymentState> {
    journal.payments(&PaymentFilter::default()).expect("payments").iter().map(|p| p.state).collect()
}

#[test]
fn a_batch_takes_the_road_and_its_payments_follow() {
    let (_dir, mut journal) = journal();
    checked(&mut journal);
    assert_eq!(payment_states(&journal), [PaymentState::Checked; 3]);
    state(&mut journal, fact("I1", "B1", Event::Held { reasons: vec!["always".into()] })).expect("held");
    let batch = journal.batch("B1").expect("read").expect("there");
    assert_eq!((batch.state, batch.held.as_slice()), (BatchState::Held, &["always".to_string()][..]));
    assert_eq!((batch.totals, batch.message_id.as_deref()), (totals(), Some("M1")));
    assert_eq!(payment_states(&journal), [PaymentState::Held; 3]);
    assert_eq!(journal.batch_of("I1").expect("read").expect("there").id, "B1");
}

#[test]
fn a_release_is_bound_to_what_was_seen() {
    let (_dir, mut journal) = journal();
    checked(&mut journal);
    let other = Event::Released { digest: "another".into(), reason: String::new(), bound: None };
    assert!(matches!(state(&mut journal, fact("I1", "B1", other)), Err(JournalError::Conflict { .. })));
    let person = NewFact { actor: "anna".into(), ..fact("I1", "B1", released()) };
    state(&mut journal, person).expect("released");
    assert_eq!(journal.batch("B1").expect("read").expect("there").released_by.as_deref(), Some("anna"));
}

#[test]
fn a_file_is_sent_answered_and_booked() {
    let (_dir, mut journal) = journal();
    publishing(&mut journal);
    assert_eq!(journal.last_publishing().expect("read"), journal.head().expect("read").0);
    assert_eq!(payment_states(&journal), [PaymentState::Sending; 3]);
    state(&mut journal, fact("I1", "O1", Event::Sent("renamed".into()))).expect("sent");
    let answer =
        Event::Answered(Answer { inbound: "I2".into(), status: Some("PART".into()), payments: Default::default() });
    let change = |payment, state| {
        Change::One(PaymentChange { payment, state, bank_status: Some("RJCT".into()), reason: Some("AC04".into()) })
    };
    let all = Change::All {
        outbound: "O1".into(),
        group: None,
        except: vec![2],
        except_groups: Vec::new(),
        state: PaymentState::Accepted,
        bank_status: Some("ACSP".into()),
        reason: None,
    };
    let changes = [all, change(2, PaymentState::Rejected)];
    journal.append(at(), vec![(fact("I1", "O1", answer), Rows::Changes(&changes))]).expect("answered");
    use PaymentState::{Accepted, Booked, Rejected};
    assert_eq!(payment_states(&journal), [Accepted, Rejected, Accepted]);
    // What the bank refused does not become accepted by a later, weaker word.
    let late = [Change::One(PaymentChange { payment: 2, state: Accepted, bank_status: None, reason: None })];
    let booked = Event::Booked { inbound: "I3".into(), payments: Default::default() };
    journal.append(at(), vec![(fact("I3", "I3", booked.clone()), Rows::Changes(&late))]).expect("stated");
    let shows = [Change::One(PaymentChange { payment: 1, state: Booked, bank_status: None, reason: None })];
    journal.append(at(), vec![(fact("I3", "I3", booked), Rows::Changes(&shows))]).expect("booked");
    assert_eq!(payment_states(&journal), [Booked, Rejected, Accepted]);
    let steps = journal.payment_steps(1).expect("steps");
    // As of each fact, whatever came later.
    let at = |fact| journal.state_at(1, fact).expect("a state");
    assert_eq!([at(steps[0].seq - 1), at(steps[0].seq), at(steps[1].seq)], [None, Some(Accepted), Some(Booked)]);
    let steps: Vec<_> = steps.iter().map(|step| (step.state, step.inbound.as_str())).collect();
    assert_eq!(steps, [(Accepted, "I2"), (Booked, "I3")], "an answer about the whole file is a step of each payment");
}

#[test]
fn an_unknown_is_left_by_evidence_or_a_person_and_never_by_a_second_sending() {
    for doubt in [Event::Unknown("?".into()), Event::Unconfirmed("?".into())] {
        for sent in [true, false] {
            let (_dir, mut journal) = journal();
            publishing(&mut journal);
            state(&mut journal, fact("I1", "O1", doubt.clone())).expect("in doubt");
            let again = Event::Sending { attempt: 2, temporary: "x".into() };
            assert!(matches!(state(&mut journal, fact("I1", "O1", again)), Err(JournalError::Conflict { .. })));
            state(&mut journal, fact("I1", "O1", Event::Resolved { sent, reason: "asked".into() })).expect("resolved");
            let file = journal.outbound("O1").expect("read").expect("there");
            let wanted = if sent { OutboundState::Sent } else { OutboundState::Cancelled };
            assert_eq!((file.state, file.evidence.as_deref()), (wanted, Some("asked")));
        }
    }
}

#[test]
fn a_conflict_leaves_nothing_of_the_call() {
    let (_dir, mut journal) = journal();
    checked(&mut journal);
    let (head, link) = journal.head().expect("head");
    let twice = vec![
        (fact("I1", "B1", Event::Cancelled { reason: "no".into() }), Rows::None),
        (fact("I1", "B1", released()), Rows::None),
    ];
    let error = journal.append(at(), twice).expect_err("a cancelled batch is not released");
    assert!(matches!(&error, JournalError::Conflict { state, .. } if state == "cancelled"), "{error}");
    assert_eq!(journal.head().expect("head"), (head, link));
    assert_eq!(journal.batch("B1").expect("read").expect("there").state, BatchState::Checked);
    // Rows that cannot be had to their end leave nothing either.
    let mut torn = payments().into_iter().chain([Err(std::io::Error::other("torn"))]);
    let id = "I2";
    let checked = Event::Checked {
        batch: "B2".into(),
        bank: "acme".into(),
        totals: totals(),
        message_id: None,
        findings: Vec::new(),
        left_out: Vec::new(),
        parts: Vec::new(),
        makeup: None,
    };
    let facts = vec![
        (fact(id, id, arrival(id)), Rows::None),
        (fact(id, id, Event::Opened { content: kept('b'), signer: None, vouched: Vouched::default() }), Rows::None),
        (fact(id, id, Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 }), Rows::None),
        (fact(id, id, checked), Rows::Payments(&mut torn)),
    ];
    assert!(matches!(journal.append(at(), facts), Err(JournalError::Rows { .. })));
    assert_eq!(journal.inbound(id).expect("read"), None);
    assert_eq!(journal.payments(&PaymentFilter::default()).expect("read").len(), 3);
}

#[test]
fn what_is_not_there_cannot_be_moved() {
    let (_dir, mut journal) = journal();
    for (subject, event) in [
        ("B9", released()),
        ("O9", Event::Sent("x".into())),
        ("I9", Event::Cleared),
        ("O9", Event::Recovered { reason: "x".into(), reason_zh: String::new() }),
    ] {
        assert!(state(&mut journal, fact("I9", subject, event)).is_err(), "{subject}");
    }
    assert_eq!(journal.head().expect("head").0, 0);
}

#[test]
fn one_name_at_a_party_is_given_once() {
    let (_dir, mut journal) = journal();
    publishing(&mut journal);
    let mut second = numbering();
    if let Event::Numbered(n) = &mut second {
        n.purpose = Purpose::Status;
    }
    assert!(state(&mut journal, fact("I1", "O2", second)).is_err(), "the same name in the same folder");
    assert!(state(&mut journal, fact("I1", "O2", numbering())).is_err(), "the batch is numbered already");
}

#[test]
fn failures_count_until_something_works() {
    let (_dir, mut journal) = journal();
    let failed = |retry_at: Option<&str>| Event::Failed {
        error: "refused".into(),
        error_zh: "被拒绝".into(),
        retry_at: retry_at.map(str::to_string),
    };
    state(&mut journal, fact("", "acme", failed(Some("2026-11-23T10:00:05.000Z")))).expect("failed");
    state(&mut journal, fact("", "acme", failed(None))).expect("failed");
    let contact = journal.contacts().expect("read").pop().expect("one");
    assert_eq!((contact.failures, contact.retry_at.as_str()), (2, WAITS_FOR_A_PERSON));
    state(&mut journal, fact("", "acme", Event::Recovered { reason: "up".into(), reason_zh: String::new() }))
        .expect("recovered");
    assert!(journal.contacts().expect("read").is_empty());
    publishing(&mut journal);
    state(&mut journal, fact("I1", "O1", failed(None))).expect("failed");
    let file = journal.outbound("O1").expect("read").expect("there");
    assert_eq!((file.failures, file.state), (1, OutboundState::Publishing));
}

#[test]
fn facts_are_neither_changed_nor_removed() {
    let (dir, mut journal) = journal();
    checked(&mut journal);
    let db = Connection::open(dir.path().join("journal.db")).expect("the file");
    for sql in ["UPDATE fact SET actor = 'x' WHERE seq = 1", "DELETE FROM fact WHERE seq = 1"] {
        let error = db.execute(sql, []).expect_err("a trigger refuses it").to_string();
        assert!(error.contains("facts are never"), "{error}");
    }
    assert_eq!(journal.verify_chain(&mut |_| {}).expect("chain").broken_at, None);
}

/// Does by hand what the triggers refuse.
fn behind_the_back(dir: &Path, sql: &str) {
    let db = Connection::open(dir.join("journal.db")).expect("the file");
    let triggers = "DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_removed;";
    db.execute_batch(&format!("{triggers} {sql}")).expect("tampered");
}

#[test]
fn the_chain_shows_every_change() {
    for sql in [
        "UPDATE fact SET actor = 'anna' WHERE seq = 2;",
        "UPDATE fact SET at = '2026-11-23T09:00:00.000Z' WHERE seq = 2;",
        "UPDATE fact SET event = replace(event, '350.50', '350.51') WHERE seq = 5;",
        "UPDATE fact SET subject = 'I2' WHERE seq = 3;",
        "DELETE FROM fact WHERE seq = 3;",
        "UPDATE fact SET seq = seq + 10 WHERE seq > 4;",
    ] {
        let (dir, mut journal) = journal();
        checked(&mut journal);
        behind_the_back(dir.path(), sql);
        let report = journal.verify_chain(&mut |_| {}).expect("chain");
        assert!(report.broken_at.is_some(), "{sql}");
    }
    // What a chain alone cannot show is that its end was cut off: checkpoints do.
    let (dir, mut journal) = journal();
    checked(&mut journal);
    let (facts, link) = journal.head().expect("head");
    behind_the_back(dir.path(), "DELETE FROM fact WHERE seq = 5;");
    assert_eq!(journal.verify_chain(&mut |_| {}).expect("chain").broken_at, None);
    assert_ne!(journal.head().expect("head"), (facts, link));
    assert_eq!(journal.link_of(facts).expect("read"), None);
}

#[test]
fn a_table_that_was_changed_without_a_fact_is_seen() {
    for (sql, seen) in [
        ("UPDATE outbound SET state = 'queued' WHERE id = 'O1'", "`O1` is `queued`, the facts say `publishing`"),
        ("UPDATE batch SET state = 'held'", "`B1` is `held`, the facts say `numbered`"),
        ("UPDATE inbound SET state = 'opened'", "`I1` is `opened`, the facts say `matched`"),
        ("UPDATE outbound SET name = 'other.xml'", "another content, name or release of `O1`"),
        ("UPDATE outbound SET sealed_sha256 = 'ff'", "another content, name or release of `O1`"),
        ("UPDATE batch SET released_by = 'ben'", "another content, name or release of `B1`"),
        ("UPDATE payment SET amount = '999999' WHERE seq = 1", "the payments of `B1` do not add up"),
        ("UPDATE payment SET state = 'rejected' WHERE seq = 2", "payment `B1/2` (and 0 others) is in a state"),
        ("DELETE FROM payment WHERE seq = 3", "the payments of `B1` do not add up"),
        ("DELETE FROM outbound", "the facts tell of `O1`"),
        ("UPDATE outbound SET id = 'O9'", "the tables hold `O9`"),
    ] {
        let (dir, mut journal) = journal();
        publishing(&mut journal);
        assert_eq!(proof::case(&journal, "I1").expect("read"), [] as [Text; 0]);
        Connection::open(dir.path().join("journal.db")).expect("the file").execute_batch(sql).expect("changed");
        let faults = proof::case(&journal, "I1").expect("read");
        assert!(faults.iter().any(|fault| fault.en.contains(seen)), "{sql}: {faults:?}");
    }
}

#[test]
fn the_settings_that_durability_rests_on_are_read_back() {
    let (_dir, journal) = journal();
    let get = |name: &str| -> String {
        let value = journal.db.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        match value.expect("a setting") {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(n) => n.to_string(),
            other => format!("{other:?}"),
        }
    };
    let names = ["journal_mode", "synchronous", "foreign_keys", "trusted_schema", "user_version"];
    assert_eq!(names.map(get), ["wal", "2", "1", "0", &schema::STEPS.len().to_string()]);
}

#[test]
fn an_older_journal_gets_the_tables_that_it_has_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal.db");
    let old = Connection::open(&path).expect("a file");
    old.execute_batch(schema::STEPS[0]).expect("the tables of the first version");
    old.pragma_update(None, "user_version", 1).expect("set");
    drop(old);
    let mut journal = SqliteJournal::open(&path).expect("an older journal");
    checked(&mut journal);
    let version: i64 = journal.db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number");
    assert_eq!(version, schema::STEPS.len() as i64);
}

#[test]
fn a_fence_of_an_older_journal_is_lifted_by_a_proposal_of_today() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal.db");
    let old = Connection::open(&path).expect("a file");
    old.execute_batch(&schema::STEPS[..2].concat()).expect("the tables of the second version");
    old.pragma_update(None, "user_version", 2).expect("set");
    old.execute_batch(
        "INSERT INTO standing (one, installation, machine, epoch, fenced, fenced_at, proposed_by, proposed_reason)
         VALUES (1, 'x', 'm', 2, 'it is older', '2026-11-23T09:00:00.000Z', 'anna', 'seen');
         INSERT INTO fact VALUES (1, '2026-11-23T09:30:00.000Z', 'anna', '', 'installation',
         '{\"event\":\"unfence-proposed\",\"reason\":\"seen\"}', zeroblob(32));",
    )
    .expect("an older state");
    drop(old);
    let mut journal = SqliteJournal::open(&path).expect("an older journal");
    assert_eq!(journal.facts_after(0, 1).expect("facts")[0].event, Event::UnfenceProposed { reason: "seen".into() });
    let unfenced = || Event::Unfenced { machine: "m".into(), reason: "seen".into() };
    let by = |name: &str, event: Event| NewFact { actor: name.into(), ..fact("", "installation", event) };
    assert!(state(&mut journal, by("ben", unfenced())).is_err(), "one old word alone lifts nothing");
    let proposed = Event::Proposed {
        what: Act::Unfence,
        digest: "d".into(),
        reason: "seen".into(),
        reference: None,
        expires: "2026-11-24T10:00:00.000Z".into(),
    };
    state(&mut journal, by("anna", proposed)).expect("a proposal");
    assert!(state(&mut journal, by("ben", unfenced())).is_err(), "it is not confirmed");
    let proposal = journal.head().expect("a head").0;
    let approved = |name: &str| {
        let (what, digest, reason) = (Act::Unfence, "d".into(), "seen".into());
        by(name, Event::Approved { what, digest, proposal: Some(proposal), reason, expires: None })
    };
    assert!(state(&mut journal, approved("anna")).is_err(), "by another person");
    state(&mut journal, approved("ben")).expect("a confirmation");
    state(&mut journal, by("ben", unfenced())).expect("the fence is lifted");
    let fenced = Event::Fenced { epoch: 3, what: "again".into(), what_zh: "再次".into() };
    state(&mut journal, by("bankferry", fenced)).expect("a fence");
    assert!(state(&mut journal, by("ben", unfenced())).is_err(), "a confirmation lifts one fence");
}

#[test]
fn a_newer_journal_is_refused() {
    let (dir, journal) = journal();
    drop(journal);
    let path = dir.path().join("journal.db");
    Connection::open(&path).expect("the file").pragma_update(None, "user_version", 99).expect("set");
    assert!(matches!(SqliteJournal::open(&path), Err(JournalError::Untrusted { .. })));
}

#[test]
fn a_reader_cannot_write() {
    let (dir, mut journal) = journal();
    checked(&mut journal);
    let mut reader = SqliteJournal::open_to_read(&dir.path().join("journal.db")).expect("a reader");
    assert!(state(&mut reader, fact("I1", "B1", released())).is_err());
    assert!(reader.next_id(IdKind::Batch, day()).is_err());
    assert!(SqliteJournal::open_to_read(&dir.path().join("none.db")).is_err());
}

#[test]
fn a_reopened_journal_and_its_copy_are_equal() {
    let (dir, mut journal) = journal();
    publishing(&mut journal);
    let copy = dir.path().join("copy.db");
    journal.copy_to(&copy).expect("a copy");
    let all = |journal: &SqliteJournal| {
        let facts = journal.facts_after(0, 1_000).expect("facts");
        let states = (journal.batches(&[]).expect("read"), journal.outbounds(&[]).expect("read"));
        (
            facts,
            states,
            journal.inbounds(&[]).expect("read"),
            journal.payments(&PaymentFilter::default()).expect("read"),
        )
    };
    let before = all(&journal);
    drop(journal);
    for path in [dir.path().join("journal.db"), copy] {
        let again = SqliteJournal::open(&path).expect("a journal");
        assert_eq!(all(&again), before);
        assert_eq!(again.verify_chain(&mut |_| {}).expect("chain").facts, before.0.len() as u64);
    }
}

#[test]
fn two_writers_make_one_chain_and_decide_once() {
    let (dir, mut journal) = journal();
    checked(&mut journal);
    let path = dir.path().join("journal.db");
    let decide = |name: &'static str| {
        let path = path.clone();
        std::thread::spawn(move || {
            let mut journal = SqliteJournal::open(&path).expect("a journal");
            let mut ids = Vec::new();
            for _ in 0..20 {
                ids.push(journal.next_id(IdKind::Outbound, day()).expect("an id"));
                let note = Event::Incident { what: name.into(), what_zh: name.into(), kind: Default::default() };
                state(&mut journal, fact("", name, note)).expect("stated");
            }
            let person = NewFact { actor: name.into(), ..fact("I1", "B1", released()) };
            (state(&mut journal, person).is_ok(), ids)
        })
    };
    let hands = [decide("anna"), decide("ben")].map(|hand| hand.join().expect("no panic"));
    assert_eq!(hands.iter().filter(|(first, _)| *first).count(), 1, "one of two releases");
    let ids: std::collections::BTreeSet<&String> = hands.iter().flat_map(|(_, ids)| ids).collect();
    assert_eq!(ids.len(), 40, "no id is given twice");
    let report = journal.verify_chain(&mut |_| {}).expect("chain");
    assert_eq!((report.facts, report.broken_at), (5 + 40 + 1, None));
}

#[test]
fn ids_count_by_kind_and_day() {
    let (_dir, mut journal) = journal();
    let mut id = |kind, day| journal.next_id(kind, day).expect("an id");
    assert_eq!(id(IdKind::Batch, day()), "B20261123-0001");
    assert_eq!(id(IdKind::Inbound, day()), "I20261123-0001");
    assert_eq!(id(IdKind::Batch, day()), "B20261123-0002");
    assert_eq!(id(IdKind::Batch, day().tomorrow().expect("a day")), "B20261124-0001");
}

#[test]
fn payments_are_found_by_every_filter() {
    let (_dir, mut journal) = journal();
    checked(&mut journal);
    let find = |filter: PaymentFilter| -> Vec<u64> {
        journal.payments(&filter).expect("read").iter().map(|p| p.seq).collect()
    };
    let all = PaymentFilter::default;
    let money = |amount: &str| eur(amount).0;
    assert_eq!(find(PaymentFilter { amount: Some(eur("100")), ..all() }), [1], "100 is 100.00");
    assert_eq!(find(PaymentFilter { amount: Some(eur("250.00")), ..all() }), [2]);
    let sql =
        format!("EXPLAIN QUERY PLAN SELECT 1 FROM payment p WHERE account = 'x' AND {} = '1'", filters::AMOUNT_KEY);
    let plan: String = journal.db.query_row(&sql, [], |row| row.get(3)).expect("a plan");
    assert!(plan.contains("payment_amount"), "a statement's entry is looked up, not searched: {plan}");
    assert_eq!(find(PaymentFilter { amount: Some(eur("10")), ..all() }), [] as [u64; 0]);
    assert_eq!(find(PaymentFilter { least: Some(money("99.99")), ..all() }), [1, 2]);
    assert_eq!(find(PaymentFilter { highest: Some(money("100")), newest_first: true, ..all() }), [3, 1]);
    assert_eq!(find(PaymentFilter { text: Some("北京".into()), ..all() }), [2]);
    assert_eq!(find(PaymentFilter { text: Some("CÉCILE".to_lowercase()), ..all() }), [3]);
    assert_eq!(find(PaymentFilter { party: Some("acme".into()), most: 2, ..all() }), [1, 2]);
    assert_eq!(find(PaymentFilter { party: Some("erp".into()), ..all() }), [1, 2, 3]);
    assert_eq!(find(PaymentFilter { party: Some("other".into()), ..all() }), [] as [u64; 0]);
    assert_eq!(find(PaymentFilter { group: Some("1".into()), ..all() }), [1, 3]);
    let (from, until) = (Date::new(2026, 11, 25).ok(), Date::new(2026, 11, 25).ok());
    assert_eq!(find(PaymentFilter { from, until, ..all() }), [2]);
    assert_eq!(find(PaymentFilter { states: vec![PaymentState::Checked], ..all() }), [1, 2, 3]);
    assert_eq!(find(PaymentFilter { states: vec![PaymentState::Held], ..all() }), [] as [u64; 0]);
    assert_eq!(find(PaymentFilter { text: Some("' OR 1=1 --".into()), ..all() }), [] as [u64; 0]);
}

/// Any event about one of the three subjects, sensible or not.
fn any_step() -> impl Strategy<Value = (&'static str, Event)> {
    let reason = || "why".to_string();
    let evidence = || Evidence::from("seen");
    let about_batch = prop_oneof![
        Just(Event::Held { reasons: vec!["always".into()] }),
        Just(released()),
        Just(Event::Refused { findings: Vec::new(), reason: Some(reason()) }),
        Just(Event::Cancelled { reason: reason() }),
    ];
    let about_file = prop_oneof![
        2 => Just(numbering()),
        2 => Just(Event::Written { content: kept('c') }),
        2 => Just(Event::Sealed { content: kept('d'), recipients: Vec::new(), signer: None }),
        2 => Just(Event::Queued { not_before: None }),
        3 => (1..4_u64).prop_map(|attempt| Event::Sending { attempt, temporary: format!("t{attempt}") }),
        2 => Just(Event::Publishing { size: 7 }),
        1 => Just(Event::Sent(evidence())),
        1 => Just(Event::Unconfirmed(evidence())),
        1 => Just(Event::Unknown(evidence())),
        1 => any::<bool>().prop_map(move |sent| Event::Resolved { sent, reason: "asked".into() }),
        1 => Just(Event::Answered(Answer { inbound: "I2".into(), status: None, payments: Default::default() })),
        1 => Just(Event::Cancelled { reason: reason() }),
        1 => Just(Event::Recovered { reason: reason(), reason_zh: String::new() }),
    ];
    prop_oneof![
        2 => about_batch.prop_map(|event| ("B1", event)),
        8 => about_file.prop_map(|event| ("O1", event)),
        1 => Just(("I1", Event::Cleared)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever hands state in whatever order: the state is the fold of what was kept, a conflict leaves nothing,
    /// nothing leads from `publishing` to a second sending, and the chain verifies.
    #[test]
    fn any_history_keeps_one_state_and_a_sound_chain(steps in prop::collection::vec(any_step(), 1..60)) {
        let (_dir, mut journal) = journal();
        checked(&mut journal);
        let mut facts = journal.head().expect("head").0;
        let mut published = false;
        for (subject, event) in steps {
            let before = journal.outbound("O1").expect("read");
            let batch = journal.batch("B1").expect("read");
            let sending = matches!(event, Event::Sending { .. });
            let publishing = matches!(event, Event::Publishing { .. });
            let word = event.word();
            if state(&mut journal, fact("I1", subject, event)).is_ok() {
                facts += 1;
                prop_assert!(!(sending && published), "sent again after publishing");
                published |= publishing;
                if let (Some(was), Some(is)) = (&before, journal.outbound("O1").expect("read")) {
                    let stays = was.state == is.state;
                    let table = if word == "resolved" { was.state.leads_to_by_word() } else { was.state.leads_to() };
                    prop_assert!(stays || table.contains(&is.state), "{} by {word}", was.state);
                }
            } else {
                prop_assert_eq!(&before, &journal.outbound("O1").expect("read"));
                prop_assert_eq!(&batch, &journal.batch("B1").expect("read"));
            }
            prop_assert_eq!(journal.head().expect("head").0, facts);
        }
        let states = payment_states(&journal);
        prop_assert_eq!(states.len(), 3);
        let wanted = match journal.outbound("O1").expect("read") {
            Some(file) => file.state.of_payments(),
            None => journal.batch("B1").expect("read").expect("there").state.of_payments(),
        };
        prop_assert!(states.iter().all(|state| *state == wanted));
        prop_assert_eq!(proof::case(&journal, "I1").expect("read"), [] as [Text; 0]);
        let report = journal.verify_chain(&mut |_| {}).expect("chain");
        prop_assert_eq!((report.facts, report.broken_at), (facts, None));
    }
}

fn line(seq: u64, amount: &str, state: EntryState) -> std::io::Result<NewEntry> {
    let (amount, currency) = eur(amount);
    Ok(NewEntry {
        document: 1,
        seq,
        amount,
        currency,
        indicator: crate::document::Indicator::Debit,
        status: None,
        booking_date: Some(day()),
        value_date: None,
        reference: Some(format!("E2E-{seq}")),
        bank_reference: None,
        code: None,
        counterparty_name: Some("Anna".into()),
        counterparty_account: None,
        info: None,
        state,
        why: (state == EntryState::Unmatched).then(|| "nothing-found".into()),
        how: None,
        sure: None,
        rest: amount,
    })
}

/// A statement of two entries that nothing is known of.
fn kept_statement(journal: &mut SqliteJournal) {
    let statement = StatementFact {
        document: 1,
        kind: "statement".into(),
        id: None,
        number: None,
        account: "DE02".into(),
        date: Some(day()),
        entries: 2,
        matched: 0,
        credit_sum: Amount::ZERO,
        debit_sum: eur("107").0,
        balances: Vec::new(),
        digest: None,
        created: None,
        replaces: None,
        repeats: None,
    };
    let read = Event::Read { kind: "statement".into(), format: "camt.053.001.08".into(), documents: 1 };
    let mut lines = vec![line(1, "100.00", EntryState::Unmatched), line(2, "7", EntryState::NotOurs)].into_iter();
    let facts = vec![
        (fact("I2", "I2", arrival("I2")), Rows::None),
        (fact("I2", "I2", Event::Opened { content: kept('c'), signer: None, vouched: Vouched::default() }), Rows::None),
        (fact("I2", "I2", read), Rows::Entries(&mut lines)),
        (fact("I2", "I2", Event::StatementKept(statement)), Rows::None),
    ];
    journal.append(at(), facts).expect("a statement");
}

fn entries_in(journal: &SqliteJournal, states: &[EntryState]) -> Vec<EntryRecord> {
    let mut found = Vec::new();
    let filter = EntryFilter { states: states.to_vec(), ..EntryFilter::default() };
    let mut take = |entry| {
        found.push(entry);
        true
    };
    journal.each_entry(&filter, &mut take).expect("entries");
    found
}

#[test]
fn every_entry_is_kept_and_is_matched_once() {
    let (_dir, mut journal) = journal();
    checked(&mut journal);
    kept_statement(&mut journal);
    assert_eq!(entries_in(&journal, &[]).len(), 2);
    assert_eq!(entries_in(&journal, &[EntryState::NotOurs])[0].name(), "I2/1/2");
    let matched = || Event::EntryMatched {
        document: 1,
        entry: 1,
        payments: vec!["B1/1".into()],
        how: "by-hand".into(),
        sure: "strong".into(),
        rest: Amount::ZERO,
        reason: Some("the bank's advice".into()),
    };
    let row = EntryMatch { entry: 1, detail: 0, payment: 1, how: "by-hand".into(), sure: "strong".into() };
    let rows = [row];
    journal.append(at(), vec![(fact("I2", "I2", matched()), Rows::Matches(&rows))]).expect("matched");
    assert_eq!(entries_in(&journal, &[EntryState::Unmatched]), []);
    assert_eq!(journal.entries_of(1).expect("entries"), [("I2".to_string(), 1, 1)]);
    let again = journal.append(at(), vec![(fact("I2", "I2", matched()), Rows::Matches(&rows))]);
    assert!(matches!(again, Err(JournalError::Conflict { .. })), "{again:?}");

    let back = Event::EntryUnmatched { document: 1, entry: 1, payments: vec!["B1/1".into()], reason: "no".into() };
    state(&mut journal, fact("I2", "I2", back)).expect("taken back");
    let open = entries_in(&journal, &[EntryState::Unmatched]);
    assert_eq!((open.len(), open[0].entry.rest), (1, eur("100.00").0));
    assert!(journal.entries_of(1).expect("entries").is_empty());
}

#[test]
fn a_journal_of_an_older_version_is_folded_once_more_as_far_as_its_facts_tell() {
    let (dir, mut journal) = journal();
    checked(&mut journal);
    kept_statement(&mut journal);
    let (how, sure) = ("by-hand".to_string(), "strong".to_string());
    let rows = [EntryMatch { entry: 1, detail: 0, payment: 1, how: how.clone().into(), sure: sure.clone().into() }];
    let (payments, rest) = (vec!["B1/1".to_string()], Amount::ZERO);
    let matched = Event::EntryMatched { document: 1, entry: 1, payments, how, sure, rest, reason: None };
    journal.append(at(), vec![(fact("I2", "I2", matched), Rows::Matches(&rows))]).expect("matched");
    let sound = replay::replay(&journal, &mut |_| {}).expect("a replay");
    assert_eq!((sound.uncovered, sound.faults), (0, Vec::new()));
    // As a version left it whose facts did not cover their rows.
    behind_the_back(
        dir.path(),
        "UPDATE fact SET added = NULL; UPDATE entry_match SET fact = NULL; DELETE FROM entry_before;",
    );
    let old = replay::replay(&journal, &mut |_| {}).expect("a replay");
    assert_eq!((old.uncovered, old.faults), (5, Vec::new()), "checked, twice read, kept and matched");
    behind_the_back_again(dir.path(), "UPDATE payment SET state = 'booked' WHERE id = 1");
    let edited = replay::replay(&journal, &mut |_| {}).expect("a replay");
    assert_eq!(edited.faults.len(), 1, "{:?}", edited.faults);
}

/// The same where the triggers are gone already.
fn behind_the_back_again(dir: &Path, sql: &str) {
    Connection::open(dir.join("journal.db")).expect("the file").execute_batch(sql).expect("tampered");
}
