//! Generated months whose truth is known: what is matched is right, all of it, however alike payments and entries are.
//!
//! A day holds payments of few amounts to few payees, and the bank's entries about them: by id, by reference, by payee,
//! in one sum, with a fee netted into the entry, twice, back, of another currency, in the wrong direction, and money of
//! others in the same amounts. Others name themselves, as banks have them do; an entry that names nothing is no
//! payment.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::{Memory, debit, eur, money, paid, some, statement, with_id};
use super::{Booking, Candidate, Effect, Outcome, Phase};
use crate::document::{Account, Counterparty, Currency, Entry, EntryDetail, Indicator, StatementKind};

/// What the bank makes of one payment.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Books it by its id, its reference, or its payee alone.
    ById,
    ByReference,
    ByPayee,
    /// Books it twice by its id.
    Twice,
    /// Books it with a fee in the entry, and the payment's amount beside it.
    WithFee,
    /// Books it, and brings it back.
    Back,
    /// Somebody else is paid as much, by name.
    Others,
    /// Somebody pays us as much.
    Incoming,
    /// As much in another currency leaves for somebody else.
    OtherCurrency,
    /// The bank charges a fee for it, under its id.
    FeeUnderId,
    /// It is booked, and somebody pays us, or takes from us, another amount under the same id.
    SameId,
    /// Nothing of it is seen.
    Open,
}

const FATES: [Fate; 12] = [
    Fate::ById,
    Fate::ByReference,
    Fate::ByPayee,
    Fate::Twice,
    Fate::WithFee,
    Fate::Back,
    Fate::Others,
    Fate::Incoming,
    Fate::OtherCurrency,
    Fate::FeeUnderId,
    Fate::SameId,
    Fate::Open,
];

/// Places of payments by entry: what each entry truly is.
type Truth = BTreeMap<u64, Vec<usize>>;

fn account_of(payee: u8) -> String {
    format!("62220202001122334{payee:02}")
}

fn payee(payee: u8) -> EntryDetail {
    let account = Account::parse(&account_of(payee));
    let counterparty = Counterparty { name: Some(format!("Payee {payee}")), account, ..Counterparty::default() };
    EntryDetail { counterparty, ..EntryDetail::default() }
}

/// A payment in a group of its own day: its id is long enough to be looked for in text.
fn payment(at: usize, amount: u8, payee: u8) -> Candidate {
    Candidate {
        payment: at as i64,
        end_to_end_id: Some(format!("INVOICE-{at:04}")),
        instruction_id: None,
        counterparty_account: Some(account_of(payee)),
        counterparty_name: Some(format!("Payee {payee}")),
        group_id: Some(format!("G{}", at / 2)),
        ..paid("", &format!("{amount}.00"))
    }
}

/// The entries of a payment's fate.
fn entries_of(at: usize, amount: u8, to: u8, fate: Fate, entries: &mut Vec<Entry>, truth: &mut Truth) {
    let (id, amount) = (format!("INVOICE-{at:04}"), format!("{amount}.00"));
    let mut put = |mut entry: Entry, is: &[usize]| {
        entry.seq = entries.len() as u64 + 1;
        truth.insert(entry.seq, is.to_vec());
        entries.push(entry);
    };
    let plain = || debit(0, &amount);
    match fate {
        Fate::ById => put(with_id(plain(), &id), &[at]),
        Fate::ByReference => put(Entry { reference: Some(id), ..plain() }, &[at]),
        Fate::ByPayee => put(Entry { details: vec![payee(to)], ..plain() }, &[at]),
        Fate::Twice => {
            put(with_id(plain(), &id), &[at]);
            put(with_id(plain(), &id), &[]);
        }
        Fate::WithFee => {
            let mut entry = with_id(plain(), &id);
            entry.amount += money("0.35");
            entry.details[0].amount = Some(money(&amount));
            put(entry, &[at]);
        }
        Fate::Back => {
            put(with_id(plain(), &id), &[at]);
            put(Entry { indicator: Indicator::Credit, reversal: true, ..with_id(plain(), &id) }, &[at]);
        }
        Fate::Others => {
            put(Entry { details: vec![payee(90)], ..plain() }, &[]);
            put(with_id(plain(), "SOMEBODY-ELSES"), &[]);
        }
        Fate::Incoming => put(Entry { indicator: Indicator::Credit, ..plain() }, &[]),
        Fate::OtherCurrency => {
            let currency = Currency::parse("USD").unwrap_or(eur());
            put(Entry { currency, details: vec![payee(91)], ..plain() }, &[]);
        }
        Fate::FeeUnderId => {
            let mut entry = with_id(debit(0, "0.35"), &id);
            entry.code.sub_family = some("CHRG");
            put(entry, &[]);
        }
        Fate::SameId => {
            put(with_id(plain(), &id), &[at]);
            put(Entry { indicator: Indicator::Credit, ..with_id(debit(0, "7.70"), &id) }, &[]);
            let mut taken = with_id(debit(0, "8.80"), &id);
            taken.code.sub_family = some("RDDT");
            put(taken, &[]);
        }
        Fate::Open => {}
    }
}

proptest! {
    #[test]
    fn what_is_matched_of_a_generated_month_is_right(
        days in prop::collection::vec(
            prop::collection::vec((1u8..4, 0u8..3, 0usize..FATES.len()), 1..6), 1..6),
    ) {
        let mut ledger = Memory(Vec::new());
        for day in days {
            let (mut entries, mut truth) = (Vec::new(), Truth::new());
            for (amount, to, fate) in day {
                let at = ledger.0.len();
                ledger.0.push(payment(at, amount, to));
                entries_of(at, amount, to, FATES[fate], &mut entries, &mut truth);
            }
            let (matches, _) = statement(&ledger, StatementKind::Statement, &entries);
            for found in &matches {
                for item in &found.items {
                    let Outcome::Payment(one) = &item.outcome else {
                        prop_assert!(matches!(item.outcome, Outcome::Unmatched(_)), "{:?}", item);
                        continue;
                    };
                    let at = usize::try_from(one.candidate.payment).unwrap();
                    // Equal payments to one account, both named by their payee alone, are as good as one another.
                    let like = |other: &usize| {
                        let (one, other) = (&ledger.0[at], &ledger.0[*other]);
                        one.amount == other.amount && one.counterparty_account == other.counterparty_account
                    };
                    let right = truth[&found.seq].iter().any(|is| *is == at || like(is));
                    prop_assert!(right, "{:?} is not {:?} but {:?}", entries[found.seq as usize - 1], one, truth[&found.seq]);
                }
            }
            remember(&mut ledger, &matches);
        }
    }
}

/// The journal's work: what the statement said is known on the next day.
fn remember(ledger: &mut Memory, matches: &[super::EntryMatch]) {
    for item in matches.iter().flat_map(|found| &found.items) {
        let Outcome::Payment(one) = &item.outcome else { continue };
        let Ok(at) = usize::try_from(one.candidate.payment) else { continue };
        let back = one.effect == Effect::Returned;
        ledger.0[at].phase = if back { Phase::Ended } else { Phase::Booked };
        ledger.0[at].shown.push(Booking { back, ..Booking::default() });
    }
}
