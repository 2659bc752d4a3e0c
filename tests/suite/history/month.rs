//! A month of work day by day: batches in waves, the bank's answers and statements, every payment at its end.

use std::collections::{BTreeMap, HashMap};

use bankferry::document::Amount;
use bankferry::journal::{
    BatchState, Event, InboundState, JournalError, OutboundState, PaymentFilter, PaymentState, Records,
};
use bankferry::route::reconcile::reconcile;
use jiff::SignedDuration;

use super::steps::Fate;
use super::works::{BANKS, ERPS, OPENING, Works};

/// When the ERPs drop batches, and the bank works after each.
const WAVES: [(i8, i8); 2] = [(9, 0), (16, 40)];
/// Banking days of November 2026: the bank's calendar must know that the others are none.
const DAYS: usize = 21;

/// What every payment becomes, by its place in the month.
fn fate(number: usize) -> Fate {
    match number % 50 {
        7 => Fate::Rejected,
        23 => Fate::Returned,
        _ => Fate::Booked,
    }
}

/// What was asked of one bank.
#[derive(Default)]
struct Asked {
    payments: BTreeMap<Fate, (u64, Amount)>,
}

/// Replays a month of so many batches.
pub fn replay(batches: usize) {
    let policy = "release = { always = false, over = { EUR = \"60000.00\" } }\noutputs = { status = [\"csv\"], statement = [\"csv\"] }";
    let calendar = "calendar = { banking_days = [\"target2\"], cut_off = \"17:00\" }";
    let mut works = Works::new("2026-11-02T07:00:00Z", policy, calendar, &["ACSC"]);
    let mut asked = [Asked::default(), Asked::default()];
    let (mut number, mut dropped, mut worked) = (0, 0, 0);
    while worked < DAYS || dropped < batches {
        let is_working_day = works.day().weekday().to_monday_one_offset() <= 5;
        for (wave, (hour, minute)) in WAVES.into_iter().enumerate() {
            works.until(hour, minute);
            let share = (worked * WAVES.len() + wave + 1) * batches / (DAYS * WAVES.len());
            while is_working_day && dropped < share.min(batches) {
                drop_batch(&works, dropped, &mut number, &mut asked);
                dropped += 1;
            }
            if is_working_day {
                work(&mut works);
            }
        }
        works.until(20, 0);
        BANKS.iter().for_each(|(bank, _)| works.end_of_day(bank));
        works.once();
        worked += usize::from(is_working_day);
        works.pass(SignedDuration::from_hours(11));
    }
    BANKS.iter().for_each(|(bank, _)| works.end_of_day(bank));
    works.once();
    verify(&works, batches, &asked);
}

/// The program, a person, the program, the banks, the program.
fn work(works: &mut Works) {
    works.once();
    let journal = works.journal();
    let held = journal.batches(&[BatchState::Held]).expect("batches");
    for batch in &held {
        let event = Event::Released { digest: batch.totals.digest.clone(), reason: "seen".into(), bound: None };
        works.decide("anna", &batch.inbound, &batch.id, event).expect("a release");
    }
    drop(journal);
    if !held.is_empty() {
        works.once();
    }
    BANKS.iter().for_each(|(bank, _)| works.tick(bank));
    works.once();
}

fn drop_batch(works: &Works, at: usize, number: &mut usize, asked: &mut [Asked; 2]) {
    let (erp, bank, day) = (ERPS[at % 2], at / 2 % 2, works.day());
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n",
    );
    for _ in 0..1 + at % 4 {
        *number += 1;
        let (fate, amount) = (fate(*number), Amount::new(1_000 + 713 * *number as i64, 2));
        let entry = asked[bank].payments.entry(fate).or_default();
        *entry = (entry.0 + 1, entry.1 + amount);
        csv += &format!(
            "{day},Example GmbH,{},Payee {},GB29NWBK60161331926819,NWBKGB2L,{amount},EUR,M-{number},{} {number}\n",
            BANKS[bank].1,
            *number % 17,
            fate.word()
        );
    }
    works.drop_file(erp, &format!("batch-{at:04}.csv"), &csv);
}

fn verify(works: &Works, batches: usize, asked: &[Asked; 2]) {
    let journal = works.journal();
    assert_eq!(journal.batches(&[]).expect("batches").len(), batches);
    assert_eq!(journal.batches(&[BatchState::Numbered]).expect("batches").len(), batches, "all left");
    let matched = journal.inbounds(&[InboundState::Matched]).expect("files").len();
    assert_eq!(matched, journal.inbounds(&[]).expect("files").len(), "nothing is half read");
    for file in journal.outbounds(&[]).expect("files") {
        assert!(matches!(file.state, OutboundState::Sent | OutboundState::Answered), "{file:?}");
    }
    let received: usize = works.banks.values().map(|bank| bank.received().len()).sum();
    assert_eq!(received, batches, "every batch is at its bank once");
    let mut found: HashMap<(String, PaymentState), (u64, Amount)> = HashMap::new();
    for payment in journal.payments(&PaymentFilter::default()).expect("payments") {
        let place = (payment.account.clone().expect("an account"), payment.state);
        let entry = found.entry(place).or_default();
        *entry = (entry.0 + 1, entry.1 + payment.amount);
    }
    for ((_, account), asked) in BANKS.iter().zip(asked) {
        for (fate, (count, sum)) in &asked.payments {
            let state = match fate {
                Fate::Rejected => PaymentState::Rejected,
                Fate::Returned => PaymentState::Returned,
                _ => PaymentState::Booked,
            };
            assert_eq!(found.remove(&(account.to_string(), state)), Some((*count, *sum)), "{account} {fate:?}");
        }
        verify_account(works, account, asked);
    }
    assert!(found.is_empty(), "more than was asked for: {found:?}");
    assert_eq!(journal.verify_chain(&mut |_| {}).expect("a chain").broken_at, None);
}

/// The statements of an account join from the first to the last day, every day adds up, and no entry is left over.
fn verify_account(works: &Works, account: &str, asked: &Asked) {
    let journal = works.journal();
    let statements = journal.statements(Some(account)).expect("statements");
    assert!(statements.len() >= DAYS, "{} statements", statements.len());
    let mut before = Amount::new(OPENING, 2);
    for statement in &statements {
        let day = statement.date.as_deref().and_then(bankferry::document::parse_date).expect("a day");
        let summary = reconcile::<JournalError>(&journal, account, day, |_| Ok(())).expect("a reconciliation");
        assert_eq!((summary.adds_up, summary.unmatched.all.count), (Some(true), 0), "{summary:?}");
        let balance = |kind: &str| statement.balances.iter().find(|b| b.kind == kind).expect("a balance").amount;
        assert_eq!(balance("OPBD"), before, "{account} {day}");
        before = balance("CLBD");
    }
    let booked = asked.payments.get(&Fate::Booked).map_or(Amount::ZERO, |(_, sum)| *sum);
    assert_eq!(before, Amount::new(OPENING, 2) - booked, "what came back is there again");
}
