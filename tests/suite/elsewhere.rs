//! What came to be known after a batch was looked at stops it before it leaves: its bank speaks of it already, or the
//! payment that it replaces is paid after all.

use bankferry::clock::Clock;
use bankferry::journal::{Batch, Event, Journal, NewFact, Outbound, OutboundState, Purpose, Records, Rows};

use super::banks::{House, csv, files, today, write};
use super::corrections::{give, lines, payment, reconciled};
use super::doubtful::statement;
use super::moved::answer;

fn drop_file(house: &House, name: &str, content: &str) {
    write(&house.root.join("inbox/erp").join(name), content.as_bytes());
}

/// The first payment of the usual file, under another id.
fn replacement(id: &str) -> String {
    let all = csv().replace("QH01", id);
    all.lines().take(2).collect::<Vec<_>>().join("\n") + "\n"
}

/// The bank's files of payments, in the order of their numbers.
pub fn sent_to_bank(house: &House) -> Vec<Outbound> {
    let mut files = house.journal().outbounds(&[]).expect("files");
    files.retain(|file| file.purpose == Purpose::Payments);
    files
}

fn batches(journal: &dyn Records) -> Vec<Batch> {
    journal.batches(&[]).expect("batches")
}

fn held_for(house: &mut House, at: usize, reason: &str) -> Batch {
    house.until(reason, |journal, _| {
        let batches = journal.batches(&[bankferry::journal::BatchState::Held]).expect("batches");
        batches.iter().any(|batch| batch.held.iter().any(|held| held == reason))
    });
    batches(&house.journal()).remove(at)
}

pub fn at_bank(house: &House) -> usize {
    files(&house.root.join("outbox/bank")).len()
}

/// Some rounds, in which whatever may go goes.
pub fn rounds(house: &mut House) {
    let mut left = 15;
    house.until("some rounds", |_, _| {
        left -= 1;
        left == 0
    });
}

/// A house whose file of two payments is in line, where its next try is for later.
pub fn in_line() -> House {
    let mut house = House::new("csv-erp", "icbc");
    drop_file(&house, "batch.csv", &csv());
    house.until("it is queued", |journal, _| {
        journal.outbounds(&[OutboundState::Queued]).expect("files").iter().any(|file| file.party == "bank")
    });
    postponed(&house);
    house
}

/// The file in line is tried again later.
pub fn postponed(house: &House) {
    let later = bankferry::journal::moment(Clock::system().now() + jiff::SignedDuration::from_mins(10));
    of_file(house, Event::Failed { error: "later".into(), error_zh: "稍后".into(), retry_at: Some(later) });
}

/// A fact about the file in line.
pub fn of_file(house: &House, event: Event) {
    let file = sent_to_bank(house).remove(0);
    let fact = NewFact { actor: "bankferry".into(), case: file.case.clone(), subject: file.id.clone(), event };
    house.journal().append(Clock::system().now(), vec![(fact, Rows::None)]).expect("a fact");
}

#[test]
fn a_queued_file_of_which_its_bank_speaks_already_waits_for_a_person() {
    let mut house = in_line();
    answer(&mut house, "done", "QH01", "ACSC");
    let stopped = sent_to_bank(&house).remove(0);
    assert_eq!(stopped.retry_at.as_deref(), Some(bankferry::journal::WAITS_FOR_A_PERSON));
    give(&mut house, "one.xml", &statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0);
    rounds(&mut house);
    assert_eq!((at_bank(&house), payment(&house, "QH01")), (0, "queued".to_string()));
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains("another installation may have sent them"), "{shown}");
    house.ends(0, &["release", &stopped.id, "--as", "anna", "--reason", "the bank had another file of that name"]);
    house.until("a person's word lets it go", |journal, _| {
        journal.outbounds(&[OutboundState::Sent]).expect("files").iter().any(|file| file.party == "bank")
    });
    house.ends(0, &["verify"]);
}

/// A statement of one sum that names a file, and that it was booked or is only announced.
fn sum_of(message: &str, status: &str) -> String {
    let text = statement("1", 5_000_000, &[("D", "12345.50", "NOTPROVIDED")]).0;
    text.replace("<EndToEndId>NOTPROVIDED<", &format!("<MsgId>{message}</MsgId><EndToEndId>NOTPROVIDED<"))
        .replace("<Cd>BOOK</Cd>", &format!("<Cd>{status}</Cd>"))
        .replace(">37654.50<", if status == "BOOK" { ">37654.50<" } else { ">50000.00<" })
}

#[test]
fn a_queued_file_that_its_bank_books_or_announces_in_one_sum_waits_for_a_person() {
    for status in ["BOOK", "PDNG"] {
        let mut house = in_line();
        let message = sent_to_bank(&house)[0].message_id.clone().expect("a message id");
        give(&mut house, "one.xml", &sum_of(&message, status));
        let stopped = sent_to_bank(&house).remove(0);
        assert_eq!(stopped.retry_at.as_deref(), Some(bankferry::journal::WAITS_FOR_A_PERSON), "{status}");
        let moved = super::moved::incidents(&house).iter().any(|what| what.contains("books CNY 12345.50"));
        assert_eq!(moved, status == "BOOK");
        rounds(&mut house);
        assert_eq!((at_bank(&house), payment(&house, "QH01")), (0, "queued".to_string()));
    }
}

#[test]
fn a_held_batch_of_which_a_statement_shows_payments_is_held_for_that_too() {
    let mut house = super::corrections::house();
    drop_file(&house, "batch.csv", &csv().replace("QH0", "QX0").replace("12345.00", "54321.00"));
    held_for(&mut house, 1, "same-file-name");
    give(&mut house, "one.xml", &statement("1", 9_000_000, &[("D", "54321.00", "QX01")]).0);
    let held = held_for(&mut house, 1, "executed-elsewhere");
    assert!(held.held.contains(&"same-file-name".to_string()), "{:?}", held.held);
    let shown = house.ends(0, &["show", &held.id]);
    assert!(shown.contains("nothing of it has left here: another installation"), "{shown}");
    rounds(&mut house);
    assert_eq!(at_bank(&house), 1);
    house.ends(0, &["release", &held.id, "--as", "anna", "--reason", "the bank took the entry back"]);
    house.until("a person's word lets it go", |_, root| files(&root.join("outbox/bank")).len() == 2);
}

#[test]
fn what_another_hand_may_have_sent_is_said_to_be_at_the_bank_and_never_cancelled() {
    let mut house = in_line();
    give(&mut house, "one.xml", &statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0);
    let file = sent_to_bank(&house).remove(0);
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains(&format!("bankferry resolve {} --sent", file.id)), "{shown}");
    let said = house.says(1, &["cancel", &file.id, "--as", "anna", "--reason", "not needed"]);
    assert!(said.contains("whether money has moved is not known here"), "{said}");
    let said = house.says(0, &["resolve", &file.id, "--sent", "--as", "anna", "--reason", "the bank's portal"]);
    assert!(said.contains("its money moves there; it is never sent again"), "{said}");
    rounds(&mut house);
    assert_eq!((at_bank(&house), payment(&house, "QH01")), (0, "sent".to_string()));
    // Now the entry can be it.
    let statement = house.journal().inbounds(&[]).expect("files").into_iter().find(|f| f.name == "one.xml");
    let entry = format!("{}/1/1", statement.expect("the statement").id);
    house.ends(0, &["match", &entry, "QH01", "--as", "anna", "--reason", "the bank's portal"]);
    assert_eq!(payment(&house, "QH01"), "booked");
    house.ends(0, &["verify"]);
}

#[test]
fn a_batch_that_another_hand_may_have_sent_stays_in_memory_and_its_erp_is_told_to_ask() {
    let mut house = super::corrections::house();
    drop_file(&house, "batch.csv", &csv().replace("QH0", "QX0").replace("12345.00", "54321.00"));
    held_for(&mut house, 1, "same-file-name");
    give(&mut house, "one.xml", &statement("1", 9_000_000, &[("D", "54321.00", "QX01")]).0);
    let held = held_for(&mut house, 1, "executed-elsewhere");
    let said = house.says(0, &["refuse", &held.id, "--as", "anna", "--reason", "not ours"]);
    assert!(said.contains("whether money has moved is not known here"), "{said}");
    house.until("the ERP is told", |_, root| told_to_ask(root));
    drop_file(&house, "again.csv", &csv().replace("QH0", "QY0").replace("12345.00", "54321.00"));
    let again = held_for(&mut house, 2, "same-payment");
    assert!(again.held.iter().any(|reason| reason == "same-payment"), "{:?}", again.held);
}

/// Whether a refusal says that the bank may have carried it out all the same.
fn told_to_ask(root: &std::path::Path) -> bool {
    let texts = files(&root.join("outbox/erp"));
    let mut texts = texts.values().map(|bytes| String::from_utf8_lossy(bytes));
    texts.any(|text| text.contains("executed-elsewhere") && text.contains("not ours"))
}

#[test]
fn a_held_replacement_is_held_anew_when_the_rejected_original_is_paid_after_all() {
    let mut house = super::corrections::house();
    answer(&mut house, "no", "QH01", "RJCT");
    drop_file(&house, "batch.csv", &replacement("QN01"));
    let held = held_for(&mut house, 1, "same-file-name");
    assert_eq!(held.held, ["same-file-name"], "what the bank rejected may be asked for again");
    answer(&mut house, "yes", "QH01", "ACSC");
    house.ends(0, &["release", &held.id, "--as", "anna", "--reason", "the name is meant"]);
    let held = held_for(&mut house, 1, "same-payment");
    assert_eq!((at_bank(&house), held.held.len()), (1, 2));
    house.ends(0, &["release", &held.id, "--as", "anna", "--reason", "both are meant"]);
    house.until("it goes once a person has seen that", |_, root| files(&root.join("outbox/bank")).len() == 2);
}

#[test]
fn a_queued_replacement_is_stopped_when_the_rejected_original_is_paid_after_all() {
    let mut house = super::corrections::house();
    answer(&mut house, "no", "QH01", "RJCT");
    drop_file(&house, "other.csv", &replacement("QN01"));
    house.until("it is numbered", |journal, _| {
        let files = journal.outbounds(&[]).expect("files");
        files.iter().filter(|file| file.purpose == Purpose::Payments).count() == 2
    });
    let file = sent_to_bank(&house).remove(1);
    let (actor, case, subject) = ("bankferry".to_string(), file.case.clone(), file.id.clone());
    let event = Event::Failed { error: "no key".into(), error_zh: "缺少密钥".into(), retry_at: None };
    let fact = NewFact { actor, case, subject, event };
    house.journal().append(Clock::system().now(), vec![(fact, Rows::None)]).expect("a fact");
    answer(&mut house, "yes", "QH01", "ACSC");
    house.ends(0, &["release", &file.id, "--as", "anna", "--reason", "the key is there"]);
    house.until("it is stopped once more", |journal, _| {
        let facts = journal.facts_of(&batches(journal)[1].id).expect("facts");
        facts.iter().any(|fact| matches!(fact.event, Event::Suspected { .. }))
    });
    rounds(&mut house);
    assert_eq!((at_bank(&house), payment(&house, "QN01")), (1, "queued".to_string()));
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains("the same as earlier ones that may be paid"), "{shown}");
    house.ends(0, &["release", &file.id, "--as", "anna", "--reason", "both are meant"]);
    house.until("it goes once a person has seen that", |_, root| files(&root.join("outbox/bank")).len() == 2);
}

#[test]
fn a_rejected_payment_that_left_after_all_names_the_one_that_was_asked_for_anew() {
    let mut house = super::corrections::house();
    answer(&mut house, "no", "QH01", "RJCT");
    drop_file(&house, "other.csv", &replacement("QN01"));
    house.until("it is at the bank", |_, root| files(&root.join("outbox/bank")).len() == 2);
    let entries = [("D", "12345.00", "QH01"), ("D", "12345.00", "QN01")];
    give(&mut house, "one.xml", &statement("1", 5_000_000, &entries).0);
    let shown = house.ends(0, &["status"]);
    assert!(shown.contains("payment `QH01` left after all, and `QN01`"), "{shown}");
    assert!(shown.contains("it is paid twice, or will be"), "{shown}");
}

#[test]
fn a_payment_returned_by_word_alone_is_history_and_open_until_its_money_is_back() {
    let mut house = super::corrections::house();
    let (text, closing) = statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("D", "0.50", "QH02")]);
    give(&mut house, "one.xml", &text);
    answer(&mut house, "late", "QH01", "RJCT");
    assert_eq!(payment(&house, "QH01"), "returned");
    let (words, summary) = reconciled(&house, 0);
    assert!(words.iter().any(|line| line == "open QH01 12345.00"), "{words:?} {summary}");
    drop_file(&house, "other.csv", &replacement("QN01"));
    let held = held_for(&mut house, 1, "same-payment");
    house.ends(0, &["refuse", &held.id, "--as", "anna", "--reason", "the money is not back"]);
    give(&mut house, "two.xml", &statement("2", closing, &[("R", "12345.00", "QH01")]).0);
    drop_file(&house, "third.csv", &replacement("QN02"));
    house.until("money that is back may be paid anew", |_, root| files(&root.join("outbox/bank")).len() == 2);
    let out = house.ends(0, &["reconcile", "--day", &today(), "--json"]);
    let open = lines(&out).into_iter().filter(|line| line["type"] == "open");
    assert_eq!(open.map(|line| line["end_to_end_id"].clone()).collect::<Vec<_>>(), ["QN02"], "{out}");
}

/// Moves the day on which a payment was to be executed a month back.
fn a_month_ago(house: &House, id: &str) {
    let journal = rusqlite::Connection::open(house.root.join("state/journal.db")).expect("the journal");
    let sql = "UPDATE payment SET execution_date = date('now', '-30 days') WHERE end_to_end_id = ?1";
    assert_eq!(journal.execute(sql, [id]).expect("a change"), 1);
}

#[test]
fn a_payment_of_which_nobody_knows_whether_it_is_paid_is_history_whenever_it_was_due() {
    for doubt in ["unknown", "returned"] {
        let mut house = super::corrections::house();
        answer(&mut house, "first", "QH01", if doubt == "unknown" { "XXXX" } else { "ACSC" });
        if doubt == "returned" {
            answer(&mut house, "late", "QH01", "RJCT");
        }
        assert_eq!(payment(&house, "QH01"), doubt);
        a_month_ago(&house, "QH01");
        drop_file(&house, "other.csv", &replacement("QN01"));
        let held = held_for(&mut house, 1, "same-payment");
        let shown = house.ends(0, &["show", &held.id]);
        let pair = shown.lines().skip_while(|line| !line.contains("THE SAME AS OTHERS")).find(|l| l.contains("QN01"));
        assert!(pair.is_some_and(|line| line.contains(doubt)), "{shown}");
        assert!(shown.contains("payment(s) are the same as in"), "{shown}");
    }
}

#[test]
fn a_payment_that_is_paid_after_all_stops_its_replacement_whenever_it_was_due() {
    let mut house = super::moved::stated_as_not_sent();
    a_month_ago(&house, "QH01");
    // As if the day's window were still to come.
    drop_file(&house, "other.csv", &replacement("QN01"));
    house.until("the replacement goes", |_, root| files(&root.join("outbox/bank")).len() == 2);
    answer(&mut house, "done", "QH01", "ACSC");
    drop_file(&house, "third.csv", &replacement("QN02"));
    held_for(&mut house, 2, "same-payment");
}

#[test]
fn a_payment_that_a_bank_which_answers_has_not_answered_is_history_whenever_it_was_due() {
    for answers in [false, true] {
        let mut house = super::corrections::house();
        drop_file(&house, "second.csv", &replacement("QX01").replace("12345.00", "777.00"));
        house.until("it is at the bank", |_, root| files(&root.join("outbox/bank")).len() == 2);
        if answers {
            let journal = rusqlite::Connection::open(house.root.join("state/journal.db")).expect("the journal");
            let id = sent_to_bank(&house).remove(1).id;
            journal.execute("UPDATE outbound SET state = 'answered' WHERE id = ?1", [id]).expect("a change");
        }
        a_month_ago(&house, "QH01");
        drop_file(&house, "other.csv", &replacement("QN01"));
        match answers {
            true => drop(held_for(&mut house, 2, "same-payment")),
            false => house.until("it goes", |_, root| files(&root.join("outbox/bank")).len() == 3),
        }
    }
}

/// Makes the comparison with earlier payments impossible: whoever asks for it gets an error.
fn break_the_comparison(house: &House) {
    let journal = rusqlite::Connection::open(house.root.join("state/journal.db")).expect("the journal");
    journal.execute("DROP INDEX payment_likeness", []).expect("a change");
}

#[test]
fn a_batch_is_compared_with_earlier_payments_once_where_nothing_moved_them_since() {
    let mut house = House::released("csv-erp", "", "icbc", "", "always = true, unauthenticated = false");
    drop_file(&house, "batch.csv", &csv());
    let held = held_for(&mut house, 0, "always");
    break_the_comparison(&house);
    house.ends(0, &["release", &held.id, "--as", "anna", "--reason", "looked at"]);
    house
        .until("it is at the bank without a second comparison", |_, root| !files(&root.join("outbox/bank")).is_empty());
}

#[test]
fn a_later_equal_payment_is_caught_by_a_comparison_of_its_own() {
    let mut house = super::corrections::house();
    drop_file(&house, "other.csv", &replacement("QN01").replace("12345.00", "777.00"));
    house.until("both are at the bank", |_, root| files(&root.join("outbox/bank")).len() == 2);
    drop_file(&house, "third.csv", &replacement("QN02").replace("12345.00", "888.00"));
    house.until("all are at the bank", |_, root| files(&root.join("outbox/bank")).len() == 3);
    // A later equal payment is caught by its own comparison, whatever was remembered of the first.
    drop_file(&house, "fourth.csv", &replacement("QN03").replace("12345.00", "777.00"));
    held_for(&mut house, 3, "same-payment");
    assert_eq!(at_bank(&house), 3);
}
