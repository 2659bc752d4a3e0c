//! Entries as banks really write them: cut, renamed, in words, of another currency, of what never left.

use super::tests::{Memory, debit, eur, head, money, outcomes, paid, rules, some, with_id};
use super::*;
use crate::document::{
    Account, Conversion, Currency, Entry, EntryDetail, Indicator, Money, Part, StatementEnd, StatementKind,
};

#[test]
fn an_id_that_was_cut_is_strong_with_account_and_amount() {
    let ledger = Memory(vec![paid("INVOICE-2026-000017", "10"), paid("INVOICE-2026-000018", "20")]);
    let cut = |id: &str| with_id(debit(1, "10"), id);
    assert_eq!(outcomes(&ledger, &[cut("INVOICE-2026-000")]), ["P-INVOICE-2026-000017 booked reference strong"]);
    assert_eq!(outcomes(&ledger, &[cut("INVOICE-2026-00001")]), ["P-INVOICE-2026-000017 booked reference strong"]);
    assert_eq!(outcomes(&ledger, &[cut("INVOICE-2026-00")]), ["- nothing-found"], "too short");
    assert_eq!(outcomes(&ledger, &[cut("INVOICE-2025-000")]), ["- nothing-found"]);
}

#[test]
fn what_says_something_else_is_not_taken_by_its_amount() {
    let payee = Candidate { counterparty_name: some("远山材料有限公司"), ..paid("E1", "10") };
    let ledger = Memory(vec![payee]);
    let says = |text: &str| Entry { info: some(text), ..debit(1, "10") };
    assert_eq!(outcomes(&ledger, &[debit(1, "10")]), ["- only-amount"]);
    assert_eq!(outcomes(&ledger, &[says("付款 远山材料有限公司")]), ["P-E1 booked amount weak"]);
    assert_eq!(outcomes(&ledger, &[says("TO 6222-0202-0011-2233-445")]), ["P-E1 booked amount weak"]);
    assert_eq!(outcomes(&ledger, &[says("TO ６２２２０２０２００１１２２３３４４５")]), ["P-E1 booked amount weak"]);
    assert_eq!(outcomes(&ledger, &[says("房租 十一月")]), ["- nothing-found"]);
    assert_eq!(outcomes(&ledger, &[Entry { reference: some("DA 4711"), ..debit(1, "10") }]), ["- nothing-found"]);
}

#[test]
fn money_that_comes_back_under_a_new_id_is_known_by_its_payee() {
    let booked = |id: &str| Candidate { phase: Phase::Booked, ..paid(id, "10") };
    let back = |account: &str| {
        let mut entry = with_id(debit(1, "10"), "RETURN-4711");
        (entry.indicator, entry.details[0].return_reason) = (Indicator::Credit, some("AC04"));
        entry.details[0].counterparty.account = Account::parse(account);
        entry
    };
    let ours = "6222020200112233445";
    assert_eq!(outcomes(&Memory(vec![booked("E1")]), &[back(ours)]), ["P-E1 returned amount weak"]);
    assert_eq!(outcomes(&Memory(vec![booked("E1")]), &[back("6222020200119999999")]), ["- nothing-found"]);
    // Which of two it is matters: then nobody knows.
    assert_eq!(outcomes(&Memory(vec![booked("E1"), booked("E2")]), &[back(ours)]), [r#"- {"ambiguous":2}"#]);
    let unmarked = |mut entry: Entry| {
        entry.details[0].return_reason = None;
        entry
    };
    assert_eq!(outcomes(&Memory(vec![booked("E1")]), &[unmarked(back(ours))]), ["- nothing-found"]);
}

#[test]
fn what_was_never_sent_is_known_by_every_name_that_it_may_have() {
    let waiting = |id: &str, amount: &str| Candidate { phase: Phase::Waiting, ..paid(id, amount) };
    let ledger = Memory(vec![waiting("INVOICE-2026-000017", "10"), waiting("INVOICE-2026-000018", "20")]);
    let named = |detail: EntryDetail| Entry { details: vec![detail], ..debit(1, "30") };
    let group = EntryDetail { payment_information_id: some("G1"), ..EntryDetail::default() };
    let file = EntryDetail { message_id: some("M1"), ..EntryDetail::default() };
    let stranger = EntryDetail { end_to_end_id: some("ANOTHER-1"), ..file.clone() };
    let two = ["INVOICE-2026-000017", "INVOICE-2026-000018"];
    let listed = two.map(|id| EntryDetail { end_to_end_id: some(id), ..EntryDetail::default() });
    let others = ["ANOTHER-1", "ANOTHER-2"];
    let others = others.map(|id| EntryDetail { end_to_end_id: some(id), ..file.clone() });
    for entry in [
        named(group),
        named(file),
        named(stranger),
        Entry { reference: some("M1"), ..debit(1, "30") },
        Entry { reference: some("INVOICE-2026-000"), ..debit(1, "10") },
        Entry { info: some("EREF+INVOICE-2026-000018"), ..debit(1, "20") },
        Entry { details: listed.to_vec(), ..debit(1, "30") },
        Entry { details: others.to_vec(), ..debit(1, "30") },
    ] {
        let mut matcher = Entries::new(&ledger);
        matcher.look(&head(StatementKind::Statement));
        matcher.look(&Part::Entry(Box::new(entry.clone())));
        matcher.look(&Part::StatementEnd(Box::<StatementEnd>::default()));
        assert_eq!(matcher.take_unsent().len(), 1, "{entry:?}");
        assert!(
            matcher.take_findings().iter().all(|f| f.rule == "booked-without-sending" || f.rule == "entry-sum-differs")
        );
    }
    // Others pay us under ids of their own.
    let incoming = Entry { indicator: Indicator::Credit, ..with_id(debit(1, "10"), "INVOICE-2026-000017") };
    assert_eq!(outcomes(&ledger, &[incoming]), ["- nothing-found"]);
}

#[test]
fn an_entry_in_another_currency_is_the_payment_only_where_the_bank_tells_what_was_ordered() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let usd = Currency::parse("USD").unwrap();
    let plain = Entry { currency: usd, ..with_id(debit(1, "10"), "E1") };
    assert_eq!(outcomes(&ledger, std::slice::from_ref(&plain)), ["- other-currency"]);
    assert_eq!(rules(&ledger, std::slice::from_ref(&plain)), ["entry-currency-differs"]);
    let told = |amount: &str, currency| {
        let instructed = Some(Money { amount: money(amount), currency: Some(currency) });
        Some(Box::new(Conversion { instructed, ..Conversion::default() }))
    };
    let of_detail = |amount: &str, currency| {
        let mut entry = Entry { amount: money("10.80"), ..plain.clone() };
        entry.details[0].conversion = told(amount, currency);
        entry
    };
    let of_entry = Entry { conversion: told("10", eur()), ..plain.clone() };
    let mut own = plain.clone();
    (own.details[0].amount, own.details[0].currency) = (Some(money("10")), Some(eur()));
    for entry in [of_detail("10", eur()), of_entry, own] {
        assert_eq!(outcomes(&ledger, &[entry]), ["P-E1 booked end-to-end-id strong"]);
    }
    for entry in [of_detail("11", eur()), of_detail("10", usd)] {
        assert_eq!(outcomes(&ledger, &[entry]), ["- other-currency"]);
    }
    // By their text, their reference or their amount alone they are nothing.
    let texted = Entry { currency: usd, info: some("INVOICE-1"), ..debit(1, "10") };
    assert_eq!(outcomes(&Memory(vec![paid("INVOICE-1", "10")]), &[texted]), ["- nothing-found"]);
}
