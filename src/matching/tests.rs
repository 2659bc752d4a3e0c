//! Answers and entries against a ledger in memory.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::document::{
    Account, Amount, Counterparty, Currency, Date, Entry, EntryDetail, GroupStatus, Indicator, NamedBy, Part,
    PaymentStatus, Reason, Statement, StatementAccount, StatementEnd, StatementKind, StatusCount, StatusReport,
    StatusReportEnd, parse_date,
};

pub(super) const OURS: &str = "DE89370400440532013000";

/// A ledger in memory.
#[derive(Default)]
pub(super) struct Memory(pub(super) Vec<Candidate>);

impl Memory {
    fn pick(&self, fits: impl Fn(&Candidate) -> bool) -> Vec<Candidate> {
        self.0.iter().filter(|c| fits(c)).cloned().collect()
    }

    fn file(&self, message_id: &str) -> Vec<Candidate> {
        self.pick(|c| c.message_id.as_deref() == Some(message_id))
    }
}

impl Ledger for Memory {
    fn by_end_to_end_id(&self, id: &str) -> Vec<Candidate> {
        self.pick(|c| c.end_to_end_id.as_deref() == Some(id))
    }

    fn by_instruction_id(&self, id: &str) -> Vec<Candidate> {
        self.pick(|c| c.instruction_id.as_deref() == Some(id))
    }

    fn by_row(&self, message_id: &str, row: u64) -> Option<Candidate> {
        self.file(message_id).into_iter().nth((row as usize).checked_sub(1)?)
    }

    fn each_of_file(&self, message_id: &str, each: &mut dyn FnMut(Candidate)) {
        self.file(message_id).into_iter().for_each(each);
    }

    fn by_amount(&self, account: &str, amount: Amount, currency: Currency) -> Vec<Candidate> {
        self.pick(|c| c.account.as_deref() == Some(account) && c.amount == amount && c.currency == currency)
    }

    fn by_group(&self, id: &str, message_id: Option<&str>) -> Vec<Bundle> {
        let members = self.pick(|c| {
            c.group_id.as_deref() == Some(id) && message_id.is_none_or(|m| c.message_id.as_deref() == Some(m))
        });
        bundle(&members, Some(id)).into_iter().collect()
    }

    fn by_sum(&self, account: &str, sum: Amount, currency: Currency) -> Vec<Bundle> {
        let mut keys: Vec<_> = self.0.iter().map(|c| (c.message_id.clone(), c.group_id.clone())).collect();
        keys.sort();
        keys.dedup();
        let all = keys.into_iter().filter_map(|(message, group)| {
            let members = self.pick(|c| (&c.message_id, &c.group_id) == (&message, &group));
            bundle(&members, group.as_deref())
        });
        let fits = |b: &Bundle| {
            b.open_count > 1 && b.account.as_deref() == Some(account) && b.open_sums.get(&currency) == Some(&sum)
        };
        all.filter(fits).collect()
    }

    fn by_message_id(&self, id: &str) -> Option<Bundle> {
        bundle(&self.pick(|c| c.message_id.as_deref() == Some(id)), None)
    }
}

fn bundle(members: &[Candidate], group: Option<&str>) -> Option<Bundle> {
    let first = members.first()?;
    let mut bundle = Bundle {
        message_id: first.message_id.clone(),
        group_id: group.map(str::to_string),
        account: first.account.clone(),
        indicator: Some(first.indicator),
        sent: members.iter().any(|c| c.phase != Phase::Waiting),
        execution_date: first.execution_date,
        ..Bundle::default()
    };
    for c in members {
        bundle.count += 1;
        *bundle.sums.entry(c.currency).or_default() += c.amount;
        if c.phase.is_open() {
            bundle.open_count += 1;
            *bundle.open_sums.entry(c.currency).or_default() += c.amount;
        }
        if c.phase == Phase::Booked {
            bundle.booked_count += 1;
            *bundle.booked_sums.entry(c.currency).or_default() += c.amount;
            bundle.shown = c.shown.clone();
        }
    }
    if !bundle.sent {
        bundle.unsent = members.iter().map(|c| c.batch.clone()).collect();
        bundle.unsent.dedup();
    }
    Some(bundle)
}

pub(super) fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

pub(super) fn money(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

/// Payment `id` of `amount` in group G1 of file M1, at the bank.
pub(super) fn paid(id: &str, amount: &str) -> Candidate {
    Candidate {
        payment: id.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default(),
        batch: "B1".to_string(),
        amount: money(amount),
        currency: eur(),
        indicator: Indicator::Credit,
        account: some(OURS),
        counterparty_account: some("6222020200112233445"),
        counterparty_name: some("Supplier"),
        end_to_end_id: some(id),
        instruction_id: Some(format!("I-{id}")),
        group_id: some("G1"),
        message_id: some("M1"),
        execution_date: None,
        phase: Phase::AtBank,
        shown: Vec::new(),
    }
}

/// A debit of `amount` that names nothing.
pub(super) fn debit(seq: u64, amount: &str) -> Entry {
    Entry { status: some("BOOK"), booking_date: day(), ..Entry::new(seq, money(amount), eur(), Indicator::Debit) }
}

fn day() -> Option<Date> {
    parse_date("2026-11-23")
}

pub(super) fn with_id(mut entry: Entry, id: &str) -> Entry {
    entry.details.push(EntryDetail { end_to_end_id: some(id), ..EntryDetail::default() });
    entry
}

/// The head of a statement of our account.
pub(super) fn head(kind: StatementKind) -> Part {
    let account = StatementAccount { iban: some(OURS), ..StatementAccount::default() };
    Part::Statement(Box::new(Statement { kind, account, ..Statement::default() }))
}

/// All that a statement of our account decides, in the order of its entries, and the rules that spoke.
pub(super) fn statement(ledger: &Memory, kind: StatementKind, entries: &[Entry]) -> (Vec<EntryMatch>, Vec<String>) {
    let mut matcher = Entries::new(ledger);
    let mut matches = matcher.look(&head(kind));
    for entry in entries {
        matches.extend(matcher.look(&Part::Entry(Box::new(entry.clone()))));
    }
    matches.extend(matcher.look(&Part::StatementEnd(Box::<StatementEnd>::default())));
    matches.sort_by_key(|m| m.seq);
    (matches, matcher.take_findings().iter().map(|f| f.rule.to_string()).collect())
}

/// The items in short: `P-1 booked end-to-end-id exact` or `- nothing-found`.
pub(super) fn outcomes(ledger: &Memory, entries: &[Entry]) -> Vec<String> {
    let (matches, _) = statement(ledger, StatementKind::Statement, entries);
    matches.iter().flat_map(|m| &m.items).map(|item| short(&item.outcome)).collect()
}

pub(super) fn rules(ledger: &Memory, entries: &[Entry]) -> Vec<String> {
    statement(ledger, StatementKind::Statement, entries).1
}

fn short(outcome: &Outcome) -> String {
    let again = |again: bool| if again { " again" } else { "" };
    match outcome {
        Outcome::Payment(m) => {
            let (effect, again) = (word(m.effect), again(m.again));
            format!("{} {effect} {} {}{again}", name(&m.candidate), m.how.word(), m.sureness.word())
        }
        Outcome::Bundle { bundle, how, sureness, again: told } => {
            format!("sum of {} {} {}{}", bundle.open_count, how.word(), sureness.word(), again(*told))
        }
        Outcome::Unmatched(why) => format!("- {}", word(why)),
    }
}

fn name(candidate: &Candidate) -> String {
    format!("P-{}", candidate.end_to_end_id.as_deref().unwrap_or("?"))
}

/// A value by its name in JSON.
fn word(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap();
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

#[test]
fn the_end_to_end_id_is_exact() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "10")]);
    let entries = [with_id(debit(1, "10"), "E2"), with_id(debit(2, "10"), " E1 "), with_id(debit(3, "10"), "E9")];
    let want = ["P-E2 booked end-to-end-id exact", "P-E1 booked end-to-end-id exact", "- nothing-found"];
    assert_eq!(outcomes(&ledger, &entries), want);
}

#[test]
fn an_id_that_is_none_matches_nothing() {
    let ledger = Memory(vec![paid("NOTPROVIDED", "10")]);
    let entry = with_id(debit(1, "11"), "NOTPROVIDED");
    assert_eq!(outcomes(&ledger, &[entry]), ["- nothing-found"]);
}

#[test]
fn references_are_strong_and_need_the_amount() {
    let ledger = Memory(vec![paid("INVOICE-2026-000017", "10"), paid("E2", "20"), paid("E3-LONG", "30")]);
    let reference = |seq, amount, text: &str| Entry { reference: some(text), ..debit(seq, amount) };
    let entries = [
        reference(1, "20", "E2"),
        reference(2, "10", "INVOICE-2026-000"),
        Entry { info: some("货款 E3-LONG 谢谢"), ..debit(3, "30") },
        reference(4, "21", "E2"),
    ];
    let want = [
        "P-E2 booked reference strong",
        "P-INVOICE-2026-000017 booked reference strong",
        "P-E3-LONG booked text strong",
        "- already-matched",
    ];
    assert_eq!(outcomes(&ledger, &entries), want);
    assert_eq!(outcomes(&ledger, &entries[3..]), ["- nothing-found"]);
}

#[test]
fn the_instruction_id_is_strong() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let mut entry = debit(1, "10");
    entry.details.push(EntryDetail { instruction_id: some("I-E1"), ..EntryDetail::default() });
    assert_eq!(outcomes(&ledger, &[entry]), ["P-E1 booked instruction-id strong"]);
}

#[test]
fn the_amount_alone_is_weak_and_leaves_the_payment_to_surer_entries() {
    let ledger = Memory(vec![paid("E1", "10")]);
    assert_eq!(outcomes(&ledger, &[to_supplier(1)]), ["P-E1 booked amount weak"]);
    let entries = [to_supplier(1), with_id(debit(2, "10"), "E1")];
    assert_eq!(outcomes(&ledger, &entries), ["- nothing-found", "P-E1 booked end-to-end-id exact"]);
    // Within the text the payee is told too; who tells none at all may be anybody.
    let told = Entry { info: some("TRANSFER TO SUPPLIER 6222 0202 0011 2233 445"), ..debit(1, "10") };
    assert_eq!(outcomes(&ledger, &[told]), ["P-E1 booked amount weak"]);
    assert_eq!(outcomes(&ledger, &[debit(1, "10")]), ["- only-amount"]);
}

/// A debit of 10 that names the payee, and no id.
fn to_supplier(seq: u64) -> Entry {
    let counterparty = Counterparty { name: some("SUPPLIER"), ..Counterparty::default() };
    Entry { details: vec![EntryDetail { counterparty, ..EntryDetail::default() }], ..debit(seq, "10") }
}

#[test]
fn two_equal_payments_are_two() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "10")]);
    let entries = [1, 2, 3].map(to_supplier);
    assert_eq!(
        outcomes(&ledger, &entries),
        ["P-E1 booked amount interchangeable", "P-E2 booked amount weak", "- nothing-found"]
    );
}

#[test]
fn one_payment_in_two_parts_is_both_and_a_third_is_none() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let entries = [with_id(debit(1, "4"), "E1"), with_id(debit(2, "6"), "E1"), with_id(debit(3, "6"), "E1")];
    assert_eq!(outcomes(&ledger, &entries)[..2], ["P-E1 booked end-to-end-id weak", "P-E1 booked end-to-end-id weak"]);
    assert_eq!(outcomes(&ledger, &entries)[2], "- already-matched");
}

#[test]
fn an_id_within_text_may_be_broken_and_must_be_a_word() {
    let ledger = Memory(vec![paid("INV-2026-0001", "10")]);
    let told = |text: &[&str]| {
        let mut entry = debit(1, "10");
        let counterparty = Counterparty { name: some("Somebody else"), ..Counterparty::default() };
        let remittance = text.iter().map(|line| line.to_string()).collect();
        entry.details.push(EntryDetail { remittance, counterparty, ..EntryDetail::default() });
        outcomes(&ledger, &[entry]).pop().unwrap()
    };
    let found = "P-INV-2026-0001 booked text strong";
    assert_eq!(told(&["Invoice INV-2026-0001 of May"]), found);
    assert_eq!(told(&["Invoice INV-20", "26-0001 of May"]), found);
    assert_eq!(told(&["Invoice INV-20 26-00 01"]), found);
    assert_eq!(told(&["Invoice XINV-2026-0001"]), "- nothing-found");
    assert_eq!(told(&["Invoice INV-2026-00012"]), "- nothing-found");
}

#[test]
fn names_are_the_same_as_banks_write_them() {
    let mut ledger = Memory(vec![paid("E1", "10")]);
    let told = |ledger: &Memory, name: &str| {
        let mut entry = debit(1, "10");
        let counterparty = Counterparty { name: some(name), ..Counterparty::default() };
        entry.details.push(EntryDetail { counterparty, ..EntryDetail::default() });
        outcomes(ledger, &[entry]).pop().unwrap()
    };
    ledger.0[0].counterparty_name = some("Müller & Söhne Großhandel");
    for name in ["MUELLER + SOEHNE GROSSHANDEL", "Muller Sohne Grosshandel", "MUELLER SOEHNE GR"] {
        assert_eq!(told(&ledger, name), "P-E1 booked amount weak", "{name}");
    }
    assert_eq!(told(&ledger, "Maier & Söhne Großhandel"), "- nothing-found");
    // Before the day of its execution an amount alone is somebody else's.
    ledger.0[0].execution_date = parse_date("2026-11-27");
    assert_eq!(told(&ledger, "Müller & Söhne Großhandel"), "- nothing-found");
}

#[test]
fn a_fee_is_known_by_its_code_and_never_taken_for_a_payment() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let mut fee = debit(1, "10");
    fee.code.proprietary = some("NCHG");
    assert_eq!(outcomes(&ledger, &[fee.clone()]), ["- nothing-found"]);
    assert_eq!(stranger(&fee, "mt940"), Some(Stranger::Fee));
    let credit = Entry::new(1, money("10"), eur(), Indicator::Credit);
    assert_eq!(stranger(&credit, "mt940"), Some(Stranger::Incoming));
    assert_eq!(stranger(&Entry { reversal: true, ..credit }, "mt940"), None);
    assert_eq!(stranger(&debit(1, "10"), "mt940"), None);
}

#[test]
fn two_possible_payees_are_none() {
    let mut other = paid("E2", "10");
    other.counterparty_account = some("6222020200998877665");
    let ledger = Memory(vec![paid("E1", "10"), other]);
    assert_eq!(outcomes(&ledger, &[debit(1, "10")]), [r#"- {"ambiguous":2}"#]);
    assert_eq!(rules(&ledger, &[debit(1, "10")]), ["entry-ambiguous"]);
    let mut told = debit(1, "10");
    let counterparty = Counterparty { account: Account::parse("6222 0202 0099 8877 665"), ..Counterparty::default() };
    told.details.push(EntryDetail { counterparty, ..EntryDetail::default() });
    assert_eq!(outcomes(&ledger, &[told]), ["P-E2 booked amount weak"]);
}

#[test]
fn an_entry_under_our_id_that_names_another_account_is_said_and_a_strangers_collection_is_not_ours() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let to = |name: &str, account: &str| {
        let mut entry = with_id(debit(1, "10"), "E1");
        let name = Some(name.to_string()).filter(|name| !name.is_empty());
        let counterparty = Counterparty { name, account: Account::parse(account), ..Counterparty::default() };
        entry.details[0].counterparty = counterparty;
        entry
    };
    for (name, account) in [("Mallory Ltd", "6222020200998877665"), ("", "6222020200998877665")] {
        let entry = to(name, account);
        assert_eq!(outcomes(&ledger, std::slice::from_ref(&entry)), ["P-E1 booked end-to-end-id weak"]);
        assert_eq!(rules(&ledger, std::slice::from_ref(&entry)), ["booked-to-another"]);
        let mut collected = entry;
        collected.code.sub_family = some("RDDT");
        assert_eq!(outcomes(&ledger, std::slice::from_ref(&collected)), ["- other-payee"]);
        assert_eq!(rules(&ledger, &[collected]), ["taken-under-our-id"]);
    }
    // As banks write the same: folded, masked, by a number behind the card, by the name alone, as ourselves.
    for (name, account) in [
        ("SUPPLIER", "6222****3445"),
        ("Other spelling", "6222****3445"),
        ("SUPPLIER", "1001002003004005"),
        ("Mallory Ltd", ""),
        ("Us", OURS),
    ] {
        let entry = to(name, account);
        assert_eq!(outcomes(&ledger, std::slice::from_ref(&entry)), ["P-E1 booked end-to-end-id exact"], "{name}");
        assert!(rules(&ledger, &[entry]).is_empty(), "{name} {account}");
    }
}

#[test]
fn somebody_elses_debit_is_not_ours() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let mut entry = debit(1, "10");
    let counterparty = Counterparty { name: some("Landlord"), ..Counterparty::default() };
    entry.details.push(EntryDetail { counterparty, ..EntryDetail::default() });
    assert_eq!(outcomes(&ledger, &[entry]), ["- nothing-found"]);
}

#[test]
fn a_payment_is_booked_once_in_a_statement() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let entries = [with_id(debit(1, "10"), "E1"), with_id(debit(2, "10"), "E1")];
    assert_eq!(outcomes(&ledger, &entries), ["P-E1 booked end-to-end-id exact", "- already-matched"]);
    assert_eq!(rules(&ledger, &entries), ["booked-twice"]);
}

#[test]
fn the_same_booking_told_again_is_known() {
    let mut booked = paid("E1", "10");
    booked.phase = Phase::Booked;
    booked.shown = vec![Booking { kind: StatementKind::Notification, booking_date: day(), ..Booking::default() }];
    let ledger = Memory(vec![booked.clone(), paid("E2", "10")]);
    let want = "P-E1 booked end-to-end-id exact again";
    assert_eq!(outcomes(&ledger, &[with_id(debit(1, "10"), "E1")]), [want]);
    // By amount alone it is the booked payment, not its equal that is still open.
    assert_eq!(outcomes(&ledger, &[debit(1, "10")]), ["P-E1 booked amount weak again"]);
    booked.shown = vec![Booking { booking_date: parse_date("2026-11-20"), ..Booking::default() }];
    let ledger = Memory(vec![booked]);
    assert_eq!(outcomes(&ledger, &[with_id(debit(1, "10"), "E1")]), ["- booked-before"]);
}

#[test]
fn money_that_comes_back_is_returned() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let back = |mark: &dyn Fn(&mut Entry)| {
        let mut entry = with_id(debit(2, "10"), "E1");
        entry.indicator = Indicator::Credit;
        mark(&mut entry);
        outcomes(&ledger, &[with_id(debit(1, "10"), "E1"), entry])[1].clone()
    };
    assert_eq!(back(&|e| e.reversal = true), "P-E1 returned end-to-end-id exact");
    assert_eq!(back(&|e| e.details[0].return_reason = some("AC04")), "P-E1 returned end-to-end-id exact");
    assert_eq!(back(&|e| e.code.sub_family = some("RRTN")), "P-E1 returned end-to-end-id exact");
    assert_eq!(back(&|e| e.info = some("账号户名不符 退票")), "P-E1 returned end-to-end-id strong");
    assert_eq!(back(&|e| e.code.proprietary = some("NTRF+159+9310")), "P-E1 returned end-to-end-id exact");
    let from = |name: &str, account: &str| Counterparty {
        name: some(name),
        account: Account::parse(account),
        ..Counterparty::default()
    };
    // Without such a word it comes back only from the payee, or where the bank leaves ourselves in it.
    let payee = from("SUPPLIER", "6222 0202 0011 2233 445");
    assert_eq!(back(&|e| e.details[0].counterparty = payee.clone()), "P-E1 returned end-to-end-id weak");
    assert_eq!(back(&|e| e.details[0].counterparty = from("Us", OURS)), "P-E1 returned end-to-end-id weak");
    assert_eq!(back(&|e| e.details[0].counterparty = from("Supplier", "6222020200998877665")), "- no-return");
    assert_eq!(back(&|_| {}), "- no-return");
    // And only after it was seen leaving.
    let mut early = Entry { indicator: Indicator::Credit, ..with_id(debit(1, "10"), "E1") };
    early.details[0].counterparty = payee;
    assert_eq!(outcomes(&ledger, std::slice::from_ref(&early)), ["- no-return"]);
    assert_eq!(rules(&ledger, &[early]), ["credit-is-no-return"]);
}

#[test]
fn a_transfer_between_our_own_accounts_does_not_look_returned() {
    let mut transfer = paid("E1", "10");
    transfer.account = some("GB29NWBK60161331926819");
    let mut arrival = with_id(debit(1, "10"), "E1");
    arrival.indicator = Indicator::Credit;
    assert_eq!(outcomes(&Memory(vec![transfer]), &[arrival]), ["- other-account"]);
}

#[test]
fn what_was_never_sent_is_an_alarm() {
    let mut waiting = paid("E1", "10");
    waiting.phase = Phase::Waiting;
    let ledger = Memory(vec![waiting]);
    assert_eq!(outcomes(&ledger, &[with_id(debit(1, "10"), "E1")]), ["- never-sent"]);
    assert_eq!(rules(&ledger, &[with_id(debit(1, "10"), "E1")]), ["booked-without-sending"]);
}

#[test]
fn a_booking_against_what_we_believed_is_weak_and_said() {
    let mut rejected = paid("E1", "10");
    rejected.phase = Phase::Ended;
    let ledger = Memory(vec![rejected, paid("E2", "10")]);
    let entries = [with_id(debit(1, "10"), "E1"), with_id(debit(2, "12"), "E2")];
    assert_eq!(outcomes(&ledger, &entries), ["P-E1 booked end-to-end-id weak", "P-E2 booked end-to-end-id weak"]);
    assert_eq!(rules(&ledger, &entries), ["booked-after-its-end", "entry-amount-differs"]);
}

#[test]
fn a_pending_entry_books_nothing() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let entry = Entry { status: some("PDNG"), ..with_id(debit(1, "10"), "E1") };
    assert_eq!(outcomes(&ledger, &[entry]), ["P-E1 announced end-to-end-id exact"]);
}

#[test]
fn a_group_booked_in_one_sum() {
    let mut rejected = paid("E3", "5");
    rejected.phase = Phase::Ended;
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20"), rejected]);
    let sum = |amount: &str| {
        let mut entry = debit(1, amount);
        let (message_id, payment_information_id) = (some("M1"), some("G1"));
        entry.details.push(EntryDetail { message_id, payment_information_id, ..EntryDetail::default() });
        entry
    };
    assert_eq!(outcomes(&ledger, &[sum("30")]), ["sum of 2 payment-information-id exact"]);
    assert_eq!(outcomes(&ledger, &[sum("35")]), ["- sum-differs"]);
    assert_eq!(rules(&ledger, &[sum("35")]), ["booked-sum-differs"]);
    let counted = Entry { batch_count: Some(3), ..sum("30") };
    assert_eq!(outcomes(&ledger, &[counted]), ["- sum-differs"]);
    let referred = Entry { reference: some("M1"), ..debit(1, "30") };
    assert_eq!(outcomes(&ledger, &[referred]), ["sum of 2 reference strong"]);
}

#[test]
fn a_batch_booking_is_matched_by_its_sum_alone_where_nothing_else_fits() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20"), paid("E3", "5")]);
    assert_eq!(outcomes(&ledger, &[debit(1, "35")]), ["sum of 3 amount weak"]);
    assert_eq!(outcomes(&ledger, &[debit(1, "34")]), ["- nothing-found"]);
    // The number of payments must agree where the bank says it, and no day weeks off.
    let counted = |n| Entry { batch_count: Some(n), ..debit(1, "35") };
    assert_eq!(outcomes(&ledger, &[counted(3)]), ["sum of 3 amount weak"]);
    assert_eq!(outcomes(&ledger, &[counted(2)]), ["- nothing-found"]);
    // A second entry of the same sum books nothing twice.
    assert_eq!(outcomes(&ledger, &[debit(1, "35"), debit(2, "35")])[0], "sum of 3 amount weak");
    assert_eq!(outcomes(&ledger, &[debit(1, "35"), debit(2, "35")])[1], "- already-matched");
    // One payment of the same amount, or another group of the same sum: nobody can tell.
    let single = Candidate { group_id: some("G2"), ..paid("E4", "35") };
    let ledger = Memory([ledger.0, vec![single]].concat());
    assert_eq!(outcomes(&ledger, &[debit(1, "35")]), [r#"- {"ambiguous":2}"#]);
}

#[test]
fn the_same_money_is_not_taken_as_a_sum_and_as_its_parts() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20")]);
    let sum = Entry { reference: some("G1"), ..debit(1, "30") };
    let part = with_id(debit(2, "10"), "E1");
    let want = ["sum of 2 reference strong", "- already-matched"];
    assert_eq!(outcomes(&ledger, &[sum.clone(), part.clone()]), want);
    assert_eq!(outcomes(&ledger, &[Entry { seq: 1, ..part }, Entry { seq: 2, ..sum }])[1], "- already-matched");
}

#[test]
fn a_sum_with_its_transactions_is_its_transactions() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20")]);
    let detail = |id: &str, amount: Option<&str>| EntryDetail {
        end_to_end_id: some(id),
        amount: amount.map(money),
        message_id: some("M1"),
        payment_information_id: some("G1"),
        ..EntryDetail::default()
    };
    let entry = |amount: &str, details: Vec<EntryDetail>| Entry { details, ..debit(1, amount) };
    let both = ["P-E1 booked end-to-end-id exact", "P-E2 booked end-to-end-id exact"];
    assert_eq!(outcomes(&ledger, &[entry("30", vec![detail("E1", Some("10")), detail("E2", Some("20"))])]), both);
    // No amounts of their own, or the entry's amount on every line.
    assert_eq!(outcomes(&ledger, &[entry("30", vec![detail("E1", None), detail("E2", None)])]), both);
    assert_eq!(outcomes(&ledger, &[entry("30", vec![detail("E1", Some("30")), detail("E2", Some("30"))])]), both);
    assert_eq!(outcomes(&ledger, &[entry("31", vec![detail("E1", None), detail("E2", None)])]), ["- sum-differs"]);
    assert_eq!(outcomes(&ledger, &[entry("20", vec![detail("E1", None), detail("E1", None)])]), ["- sum-differs"]);
    let charged = entry("30.50", vec![detail("E1", Some("10")), detail("E2", Some("20"))]);
    assert_eq!(outcomes(&ledger, &[charged])[2], "- remainder");
}

fn report(status: Option<&str>) -> StatusReport {
    StatusReport { original_message_id: some("M1"), status: status.map(str::to_string), ..StatusReport::default() }
}

fn line(id: &str, status: &str) -> Part {
    let (id, status) = (some(id), some(status));
    Part::PaymentStatus(Box::new(PaymentStatus { original_end_to_end_id: id, status, ..PaymentStatus::default() }))
}

fn group(id: &str, status: Option<&str>) -> Part {
    let (id, status) = (some(id), status.map(str::to_string));
    Part::GroupStatus(Box::new(GroupStatus { original_payment_information_id: id, status, ..GroupStatus::default() }))
}

/// The answers in short, and the rules that spoke.
fn answers(ledger: &Memory, head: StatusReport, lines: Vec<Part>) -> (Vec<String>, Vec<String>) {
    answers_by(NamedBy::Id, ledger, head, lines)
}

/// The same for a bank that names payments so.
fn answers_by(by: NamedBy, ledger: &Memory, head: StatusReport, lines: Vec<Part>) -> (Vec<String>, Vec<String>) {
    let mut matcher = Answers::new(ledger, by);
    let mut all = matcher.look(&Part::StatusReport(Box::new(head)));
    for part in lines {
        all.extend(matcher.look(&part));
    }
    all.extend(matcher.look(&Part::StatusReportEnd(Box::<StatusReportEnd>::default())));
    let rules = matcher.take_findings().iter().chain(&matcher.take_unsure()).map(|f| f.rule.to_string()).collect();
    let scope = |scope: &Scope| match scope {
        Scope::Payment { candidate, sureness, .. } => format!("{} {sureness:?}", name(candidate)),
        Scope::Group { group_id, except, .. } => format!("group {group_id} except {:?}", except.payments),
        Scope::File { message_id, except } => {
            format!("file {message_id} except {:?} {:?}", except.payments, except.groups)
        }
        Scope::Nothing { named } => format!("nothing {}", named.as_deref().unwrap_or("?")),
    };
    (all.iter().map(|a| format!("{}: {:?}", scope(&a.scope), a.verdict)).collect(), rules)
}

#[test]
fn a_line_speaks_of_its_payment() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20")]);
    let (said, rules) = answers(&ledger, report(Some("PART")), vec![line("E1", "ACSC"), line("E2", "RJCT")]);
    assert_eq!(said, ["P-E1 Exact: Executed", "P-E2 Exact: Rejected", r#"file M1 except [] []: Partial"#]);
    assert!(rules.is_empty());
}

#[test]
fn a_file_status_speaks_of_all_without_lines() {
    let mut other = paid("E3", "5");
    other.group_id = some("G2");
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20"), other]);
    assert_eq!(answers(&ledger, report(Some("ACTC")), vec![]).0, ["file M1 except [] []: Accepted"]);
    assert_eq!(answers(&ledger, report(Some("HMM")), vec![]).0, ["file M1 except [] []: Unknown"]);
    assert_eq!(answers(&ledger, report(None), vec![]).0, ["file M1 except [] []: Partial"]);
    let lines = vec![group("G2", Some("RJCT")), group("G1", None), line("E2", "RJCT")];
    let want = ["group G2 except []: Rejected", "P-E2 Exact: Rejected", r#"file M1 except [2] ["G2"]: Accepted"#];
    assert_eq!(answers(&ledger, report(Some("ACCP")), lines).0, want);
}

#[test]
fn an_answer_that_nobody_asked_for_is_an_alarm() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let stranger = StatusReport { original_message_id: some("M9"), ..report(Some("ACSC")) };
    let (said, rules) = answers(&ledger, stranger, vec![]);
    assert_eq!((said[0].as_str(), rules[0].as_str()), ("nothing M9: Executed", "answer-to-unknown-file"));
    let mut waiting = paid("E1", "10");
    waiting.phase = Phase::Waiting;
    let (said, rules) = answers(&Memory(vec![waiting]), report(Some("ACSC")), vec![line("E1", "ACSC")]);
    assert_eq!(said, ["nothing M1: Executed", "nothing E1: Executed"]);
    assert_eq!(rules[0], "answer-before-sending");
}

#[test]
fn an_answer_with_another_amount_matches_nothing() {
    let ledger = Memory(vec![paid("E1", "10")]);
    let status = PaymentStatus {
        original_end_to_end_id: some("E1"),
        status: some("ACSC"),
        amount: Some(money("11")),
        ..PaymentStatus::default()
    };
    let (said, rules) = answers(&ledger, report(None), vec![Part::PaymentStatus(Box::new(status))]);
    assert_eq!(said[0], "nothing E1: Executed");
    assert!(rules.contains(&"answer-amount-differs".to_string()));
    let wrong_totals = StatusReport { original_count: Some(2), ..report(Some("ACTC")) };
    let believed_neither_way = ["file M1 except [] []: Unknown".to_string()];
    assert_eq!(answers(&ledger, wrong_totals.clone(), vec![]).0, believed_neither_way);
    // Where it says nothing of all payments, nothing was believed of it.
    let of_none = StatusReport { status: some("PART"), ..wrong_totals };
    assert_eq!(answers(&ledger, of_none, vec![]).1, ["answer-totals-differ"]);
    // The same number of payments of another sum is another file.
    let wrong_sum =
        StatusReport { original_count: Some(1), original_sum: Some(money("10.01")), ..report(Some("ACTC")) };
    assert_eq!(answers(&ledger, wrong_sum, vec![]).0, believed_neither_way);
    let right = StatusReport { original_count: Some(1), original_sum: Some(money("10")), ..report(Some("ACTC")) };
    assert!(answers(&ledger, right, vec![]).1.is_empty());
}

#[test]
fn what_a_bank_counts_by_status_stands_beside_what_it_says_of_all() {
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "20")]);
    let counts = |list: &[(&str, u64, Option<&str>)]| -> Vec<StatusCount> {
        let one = |(status, count, sum): &(&str, u64, Option<&str>)| StatusCount {
            status: status.to_string(),
            count: *count,
            sum: sum.map(money),
        };
        list.iter().map(one).collect()
    };
    for (status, list, said) in [
        ("ACSC", counts(&[("ACSC", 2, Some("30")), ("RJCT", 0, None)]), "Executed"),
        ("ACSC", counts(&[("ACSC", 1, Some("10")), ("ACCC", 1, Some("20"))]), "Executed"),
        ("ACSC", counts(&[("RJCT", 1, None)]), "Unknown"),
        ("ACSC", counts(&[("ACSC", 1, None), ("ACSP", 1, None)]), "Unknown"),
        ("ACSC", counts(&[("ACSC", 2, Some("31"))]), "Unknown"),
        ("RJCT", counts(&[("RJCT", 3, None)]), "Unknown"),
        ("RJCT", counts(&[("RJCT", u64::MAX, None), ("CANC", 3, None)]), "Unknown"),
        ("ACCP", counts(&[("ACCP", 1, None), ("RJCT", 1, None)]), "Accepted"),
    ] {
        let told = StatusReport { status_counts: list.clone(), ..report(Some(status)) };
        assert_eq!(answers(&ledger, told, vec![]).0, [format!("file M1 except [] []: {said}")], "{status} {list:?}");
        let group = GroupStatus {
            original_payment_information_id: some("G1"),
            status: some(status),
            status_counts: list.clone(),
            ..GroupStatus::default()
        };
        let told = answers(&ledger, report(None), vec![Part::GroupStatus(Box::new(group))]).0;
        assert_eq!(told[0], format!("group G1 except []: {said}"), "{status} {list:?}");
    }
}

#[test]
fn a_refusal_after_execution_is_a_return() {
    let mut done = paid("E1", "10");
    done.phase = Phase::Executed;
    let late = StatusReport { original_message_id: None, ..report(None) };
    assert_eq!(answers(&Memory(vec![done]), late, vec![line("E1", "RJCT")]).0, ["P-E1 Strong: Returned"]);
}

#[test]
fn a_refusal_as_a_duplicate_is_no_word_about_the_first() {
    let refused = |phase: Phase| {
        let ledger = Memory(vec![Candidate { phase, ..paid("E1", "10") }]);
        let reasons = vec![Reason { code: some("AM05"), info: Vec::new() }];
        let line = PaymentStatus {
            original_end_to_end_id: some("E1"),
            status: some("RJCT"),
            reasons,
            ..PaymentStatus::default()
        };
        answers(&ledger, report(None), vec![Part::PaymentStatus(Box::new(line))])
    };
    for (phase, said) in [(Phase::AtBank, "Unknown"), (Phase::Executed, "Pending"), (Phase::Booked, "Pending")] {
        let (told, rules) = refused(phase);
        assert!(told[0].ends_with(said), "{told:?}");
        assert!(rules.contains(&"answer-duplicate".to_string()), "{rules:?}");
    }
    let reasons = vec![Reason { code: some("DUPL"), info: Vec::new() }];
    let whole = StatusReport { reasons, ..report(Some("RJCT")) };
    let (told, rules) = answers(&Memory(vec![paid("E1", "10")]), whole, vec![]);
    assert!(told[0].ends_with("Pending") && rules == ["answer-duplicate"], "{told:?} {rules:?}");
}

#[test]
fn a_line_of_another_file_is_weak() {
    let ledger = Memory(vec![paid("E1", "10"), Candidate { message_id: some("M2"), ..paid("E2", "10") }]);
    assert_eq!(answers(&ledger, report(None), vec![line("E2", "ACSC")]).0[0], "P-E2 Weak: Executed");
    assert_eq!(answers(&ledger, report(None), vec![line("E9", "ACSC")]).1, ["answer-unmatched"]);
}

/// A line of a bank that repeats no id: row, payee and amount.
fn unnamed(seq: u64, name: &str, amount: &str, status: &str) -> Part {
    let account = Account::parse("6222020200112233445");
    Part::PaymentStatus(Box::new(PaymentStatus {
        original_seq: Some(seq),
        status: some(status),
        amount: Some(money(amount)),
        counterparty: Counterparty { name: some(name), account, ..Counterparty::default() },
        ..PaymentStatus::default()
    }))
}

#[test]
fn the_words_in_the_journal_are_those_of_json() {
    use How::{Amount, EndToEndId, InstructionId, MessageId, Payee, PaymentInformationId, Reference, Row, Text};
    for how in [EndToEndId, InstructionId, Reference, Text, Row, Payee, Amount, PaymentInformationId, MessageId] {
        assert_eq!(how.word(), word(how));
    }
    for sureness in [Sureness::Weak, Sureness::Interchangeable, Sureness::Strong, Sureness::Exact] {
        assert_eq!(sureness.word(), word(sureness));
    }
}

#[test]
fn a_row_number_is_believed_with_amount_and_account_only() {
    let mut other = paid("E3", "30");
    other.counterparty_account = some("1");
    let ledger = Memory(vec![paid("E1", "10"), paid("E2", "10"), other]);
    let lines = vec![
        unnamed(2, "Supplier", "10", "ACSC"),
        unnamed(1, "Supplier", "10", "RJCT"),
        unnamed(3, "Supplier", "30", "ACSC"),
        unnamed(4, "Supplier", "10", "ACSC"),
        unnamed(1, "Supplier", "11", "ACSC"),
    ];
    let (said, rules) = answers_by(NamedBy::Row, &ledger, report(None), lines.clone());
    assert_eq!(said[..2], ["P-E2 Strong: Executed", "P-E1 Strong: Rejected"]);
    assert!(said[2..5].iter().all(|said| said.starts_with("nothing ")), "{said:?}");
    assert!(rules.contains(&"answer-payee-differs".to_string()) && rules.contains(&"answer-amount-differs".into()));
    // A bank whose template promises ids is not believed by anything else, and no bank about a file that is not named.
    assert!(answers(&ledger, report(None), lines.clone()).0[..5].iter().all(|said| said.starts_with("nothing ")));
    let nameless = StatusReport { original_message_id: None, ..report(None) };
    assert!(answers_by(NamedBy::Row, &ledger, nameless, lines).0.iter().all(|said| said.starts_with("nothing ")));
}

#[test]
fn lines_without_ids_are_counted_among_equal_payments() {
    let named = |id: &str, name: &str| Candidate { counterparty_name: some(name), ..paid(id, "10") };
    let ledger = Memory(vec![named("E1", "Anna"), named("E2", "Anna"), named("E3", "Berta"), paid("E4", "40")]);
    let by_payee = |lines| answers_by(NamedBy::Payee, &ledger, report(None), lines);
    let anna = |status| unnamed(9, "Anna", "10", status);
    let file = "file M1 except [] []: Partial".to_string();

    let (said, rules) = by_payee(vec![anna("ACSC"), unnamed(9, "Berta", "10.00", "RJCT"), anna("ACSC")]);
    let equal = |id: &str, verdict: &str| format!("P-{id} Interchangeable: {verdict}");
    let berta = "P-E3 Strong: Rejected".to_string();
    assert_eq!(said, [equal("E1", "Executed"), equal("E2", "Executed"), berta, file.clone()]);
    assert_eq!(rules, Vec::<String>::new());

    // One of two equal payments failed: which, nobody can tell.
    let (said, rules) = by_payee(vec![anna("ACSC"), anna("RJCT")]);
    assert_eq!(said, [equal("E1", "Unknown"), equal("E2", "Unknown"), file.clone()]);
    assert_eq!(rules, ["answer-unclear", "answer-unclear"]);

    // Lines for one of two, for three of two, for a payee that is none of ours, for another amount.
    for lines in [
        vec![anna("ACSC")],
        vec![anna("ACSC"), anna("ACSC"), anna("ACSC")],
        vec![unnamed(9, "Carla", "10", "ACSC")],
        vec![unnamed(9, "Anna", "11", "ACSC")],
    ] {
        let (said, rules) = by_payee(lines);
        assert!(said[..said.len() - 1].iter().all(|said| said.starts_with("nothing ")), "{said:?}");
        assert!(rules.iter().all(|rule| rule == "answer-unmatched") && !rules.is_empty(), "{rules:?}");
    }
}

/// An entry as strangely as a bank may write it, over few payments and amounts so that they meet.
fn any_entry() -> impl Strategy<Value = Entry> {
    let id = proptest::option::of(0u8..8);
    let detail = (id.clone(), proptest::option::of(1i64..4), id.clone());
    let details = proptest::option::of(proptest::collection::vec(detail, 0..4)).prop_map(Option::unwrap_or_default);
    let seldom = || proptest::bool::weighted(0.2);
    let status = proptest::option::weighted(0.3, 0usize..3);
    let marks = (seldom(), seldom(), proptest::option::weighted(0.8, 0usize..8), status);
    (1i64..6, details, marks).prop_map(|(amount, details, (credit, reversal, reference, status))| {
        let indicator = if credit { Indicator::Credit } else { Indicator::Debit };
        let mut entry = Entry::new(1, Amount::from(amount), eur(), indicator);
        entry.reversal = reversal;
        entry.reference = reference.map(|r| ["E0", "E1", "E2", "E3", "G0", "G1", "G2", "M1"][r].to_string());
        entry.status = status.map(|s| ["BOOK", "PDNG", "INFO"][s].to_string());
        let details = details.into_iter().map(|(id, amount, group)| EntryDetail {
            end_to_end_id: id.map(|id| format!("E{id}")),
            amount: amount.map(Amount::from),
            payment_information_id: group.map(|g| format!("G{g}")),
            ..EntryDetail::default()
        });
        entry.details = details.collect();
        entry
    })
}

fn any_payment() -> impl Strategy<Value = Candidate> {
    let phase = prop_oneof![4 => Just(1), 1 => 0usize..5];
    (1i64..3, 0u8..3, phase, proptest::bool::weighted(0.1)).prop_map(|(amount, group, phase, debit)| {
        let phases = [Phase::Waiting, Phase::AtBank, Phase::Executed, Phase::Booked, Phase::Ended];
        let mut candidate = paid("", "1");
        candidate.amount = Amount::from(amount);
        candidate.group_id = Some(format!("G{group}"));
        candidate.phase = phases[phase];
        candidate.indicator = if debit { Indicator::Debit } else { Indicator::Credit };
        candidate
    })
}

proptest! {
    #[test]
    fn no_payment_twice_and_no_money_lost(
        payments in proptest::collection::vec(any_payment(), 0..5),
        entries in proptest::collection::vec(any_entry(), 0..12),
    ) {
        let mut ledger = Memory(payments);
        for (at, c) in ledger.0.iter_mut().enumerate() {
            (c.payment, c.end_to_end_id) = (at as i64, Some(format!("E{at}")));
        }
        let mut entries = entries;
        entries.iter_mut().zip(1..).for_each(|(entry, seq)| entry.seq = seq);
        let (matches, _) = statement(&ledger, StatementKind::Statement, &entries);

        prop_assert_eq!(matches.len(), entries.len());
        let mut told: HashMap<(i64, Effect), Vec<Amount>> = HashMap::new();
        for (m, entry) in matches.iter().zip(&entries) {
            prop_assert_eq!(m.seq, entry.seq);
            let sum: Amount = m.items.iter().map(|item| item.amount).sum();
            prop_assert_eq!(sum, entry.amount, "{:?}", m);
            for item in &m.items {
                let whole = matches!(item.outcome, Outcome::Bundle { .. });
                for (payment, effect) in told_by(&ledger, item)? {
                    let amount = ledger.0.iter().find(|c| c.payment == payment).unwrap().amount;
                    let parts = told.entry((payment, effect)).or_default();
                    parts.push(if whole { amount } else { item.amount });
                    let sum: Amount = parts.iter().sum();
                    prop_assert!(parts.len() == 1 || sum <= amount, "{payment} {effect:?} twice: {parts:?}");
                }
            }
        }
    }
}

/// The payments that an item tells of; for a sum, all that it covers, whose amounts must be the sum.
fn told_by(ledger: &Memory, item: &Item) -> Result<Vec<(i64, Effect)>, TestCaseError> {
    match &item.outcome {
        Outcome::Payment(m) => {
            prop_assert_ne!(m.candidate.phase, Phase::Waiting);
            Ok(vec![(m.candidate.payment, m.effect)])
        }
        Outcome::Bundle { bundle, again, .. } => {
            let covered = ledger.pick(|c| {
                let group = bundle.group_id.is_none() || bundle.group_id == c.group_id;
                group && if *again { c.phase == Phase::Booked } else { c.phase.is_open() }
            });
            prop_assert_eq!(covered.iter().map(|c| c.amount).sum::<Amount>(), item.amount);
            Ok(covered.into_iter().map(|c| (c.payment, Effect::Booked)).collect())
        }
        Outcome::Unmatched(_) => Ok(Vec::new()),
    }
}
