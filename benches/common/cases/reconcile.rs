//! Reconciling months whose truth is known: a seeded generator makes payments and the bank's entries about them, the
//! matcher sees day after day, and what it says is held against the truth.
//!
//! Precision is the share of what was matched that is right, recall the share of what is true that was matched. A pair
//! is an entry and a payment; payments of the same amount to the same account without ids are as good as one another.
//!
//! The data is dirty as banks make it: ids cut to 16 and more characters or broken in text, names in capitals, cut to 20
//! or full-width, twins on one day and on days that follow, charges within the amount, parts, sums with one payment
//! missing, returns under new references, and debits of others in the amounts of ours, with and without names. What
//! cannot be known is true of nothing: to match it is wrong, and to leave it is right.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use bankferry::document::{
    Account, Amount, Counterparty, Currency, Date, Entry, EntryCode, EntryDetail, Indicator, Part, Statement,
    StatementAccount, StatementEnd, StatementKind,
};
use bankferry::matching::{Booking, Bundle, Candidate, Effect, Entries, EntryMatch, Ledger, Outcome, Phase, stranger};

use super::{Job, Measured, measure};

/// Our account.
const OURS: &str = "DE89370400440532013000";
/// Days of a month.
const DAYS: u64 = 30;
/// Payments of a group that the bank books in one sum.
const GROUP: u64 = 20;
/// The seed, so that a month is the same every time.
const SEED: u64 = 0x5eed_2026;

/// Pseudo-random numbers: splitmix64.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

/// A payment as the generator made it.
struct Paid {
    id: u64,
    cents: u64,
    creditor: u64,
    group: Option<u64>,
    phase: Phase,
    day: u64,
}

/// An entry with what it truly is: places of payments.
struct True {
    entry: Entry,
    payments: Vec<usize>,
}

/// A month: payments, and entries by day.
struct Month {
    payments: Vec<Paid>,
    days: Vec<Vec<True>>,
}

fn amount(cents: u64) -> Amount {
    Amount::new(i64::try_from(cents).unwrap_or(i64::MAX), 2)
}

fn id(of: u64) -> String {
    format!("INV-2026-{of:09}-K{:02}", of % 97)
}

/// Every third payee is Chinese. A bank writes names in capitals and cuts them to 20 characters, or full-width.
fn creditor_name(of: u64, folded: bool) -> String {
    match (of % 3, folded) {
        (0, false) => format!("远山{of}号材料(集团)有限公司"),
        (0, true) => format!("远山{of}号材料（集团）有限公司").chars().map(full_width).collect(),
        (_, false) => format!("Groß {of} Müller & Söhne Handelsgesellschaft mbH"),
        (_, true) => format!("GROSS {of} MUELLER + SOEHNE HANDELSGESELLSCHAFT").chars().take(20).collect(),
    }
}

fn full_width(c: char) -> char {
    if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }
}

fn creditor_account(of: u64) -> String {
    format!("62220202{of:011}")
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap_or_else(|| unreachable!("a currency of three letters"))
}

fn day_of(day: u64) -> Date {
    Date::constant(2026, 11, 1 + i8::try_from(day % DAYS).unwrap_or(0))
}

/// The months's generator.
struct Maker {
    seeded: Seeded,
    month: Month,
    groups: u64,
}

impl Maker {
    fn month(entries: u64) -> Month {
        let days = (0..DAYS).map(|_| Vec::new()).collect();
        let mut maker = Maker { seeded: Seeded(SEED), month: Month { payments: Vec::new(), days }, groups: 0 };
        let mut made = 0;
        while made < entries {
            made += maker.one(made * (DAYS - 4) / entries.max(1));
        }
        maker.month
    }

    fn pay(&mut self, day: u64, cents: u64, creditor: u64, group: Option<u64>) -> usize {
        let id = self.month.payments.len() as u64;
        self.month.payments.push(Paid { id, cents, creditor, group, phase: Phase::AtBank, day });
        self.month.payments.len() - 1
    }

    fn put(&mut self, day: u64, mut entry: Entry, payments: Vec<usize>) {
        entry.booking_date = Some(day_of(day));
        entry.status = Some("BOOK".into());
        let entries = &mut self.month.days[usize::try_from(day).unwrap_or(0)];
        entry.seq = entries.len() as u64 + 1;
        entries.push(True { entry, payments });
    }

    fn debit(cents: u64) -> Entry {
        Entry::new(0, amount(cents), eur(), Indicator::Debit)
    }

    /// Makes what one line of the mix asks for; how many entries that was.
    fn one(&mut self, day: u64) -> u64 {
        let (cents, creditor) = (100 + self.seeded.below(9_000_000), self.seeded.below(50_000));
        match self.seeded.below(100) {
            0..=45 => self.by_id(day, cents, creditor),
            46..=53 => self.cut_reference(day, cents, creditor),
            54..=57 => self.cut_id(day, cents, creditor),
            58..=65 => self.in_text(day, cents, creditor, false),
            66..=69 => self.in_text(day, cents, creditor, true),
            70..=74 => self.by_payee(day, cents, creditor),
            75..=76 => self.payee_in_text(day, cents, creditor),
            77..=78 => self.equal(day, cents, creditor),
            79..=80 => self.following(day, cents, creditor),
            81 => self.partial(day, cents, creditor),
            82 => self.with_charge(day, cents, creditor),
            83..=84 => self.group(day, 0),
            85 => self.group(day, 1),
            86..=87 => self.returned(day, cents, creditor),
            88 => self.returned_anew(day, cents, creditor),
            89..=91 => self.stranger(day, cents, "NCHG"),
            92..=96 => self.incoming(day, cents),
            97 => self.somebody_unnamed(day),
            _ => self.somebody(day, creditor),
        }
    }

    fn by_id(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let mut entry = Self::debit(cents);
        entry.details.push(EntryDetail { end_to_end_id: Some(id(paid as u64)), ..EntryDetail::default() });
        self.put(day, entry, vec![paid]);
        1
    }

    fn cut_reference(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let mut entry = Self::debit(cents);
        entry.reference = Some(id(paid as u64).chars().take(16).collect());
        self.put(day, entry, vec![paid]);
        1
    }

    /// The end-to-end id itself is cut, to 16 characters or more.
    fn cut_id(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let most = [16, 18, 20][usize::try_from(self.seeded.below(3)).unwrap_or(0)];
        let end_to_end_id = Some(id(paid as u64).chars().take(most).collect());
        let mut entry = Self::debit(cents);
        entry.details.push(EntryDetail { end_to_end_id, ..EntryDetail::default() });
        self.put(day, entry, vec![paid]);
        1
    }

    /// The payee's account or name stands in free text alone.
    fn payee_in_text(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let by_account = self.seeded.below(2) == 0;
        let told = if by_account { creditor_account(creditor) } else { creditor_name(creditor, false).to_uppercase() };
        let mut entry = Self::debit(cents);
        entry.info = Some(format!("TRF 4711\n{told} RE"));
        self.put(day, entry, vec![paid]);
        1
    }

    /// The same to the same payee on three days that follow.
    fn following(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        for day in day..day + 3 {
            let paid = self.pay(day, cents, creditor, None);
            let mut entry = Self::debit(cents);
            entry.details.push(EntryDetail { counterparty: payee(creditor, true), ..EntryDetail::default() });
            self.put(day, entry, vec![paid]);
        }
        3
    }

    /// The bank took its charge with the payment.
    fn with_charge(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        self.by_id(day, cents, creditor);
        let entries = &mut self.month.days[usize::try_from(day).unwrap_or(0)];
        if let Some(last) = entries.last_mut() {
            last.entry.amount = amount(cents + 35);
        }
        1
    }

    /// Booked by its id, and back under a new one with the payee beside it.
    fn returned_anew(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        self.by_id(day, cents, creditor);
        let paid = self.month.payments.len() - 1;
        let mut entry = Entry::new(0, amount(cents), eur(), Indicator::Credit);
        let (return_reason, end_to_end_id) = (Some("AC04".to_string()), Some(format!("RET{paid:012}")));
        let counterparty = payee(creditor, true);
        entry.details.push(EntryDetail { end_to_end_id, return_reason, counterparty, ..EntryDetail::default() });
        self.put(day + 3, entry, vec![paid]);
        2
    }

    /// The id within the text, whole or broken by spaces and lines as banks do it.
    fn in_text(&mut self, day: u64, cents: u64, creditor: u64, split: bool) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let id = id(paid as u64);
        let (front, back) = id.split_at(11);
        let remittance = match split {
            false => vec![format!("RECHNUNG {id} VOM 01.11.")],
            true => vec![format!("RECHNUNG {front}"), format!("{back} VOM 01.11.")],
        };
        let mut entry = Self::debit(cents);
        entry.details.push(EntryDetail { remittance, ..EntryDetail::default() });
        self.put(day, entry, vec![paid]);
        1
    }

    /// Payee alone: account for two of three, else a name folded to capitals.
    fn by_payee(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        let by_account = self.seeded.below(3) < 2;
        let mut entry = Self::debit(cents);
        entry.details.push(EntryDetail { counterparty: payee(creditor, by_account), ..EntryDetail::default() });
        self.put(day, entry, vec![paid]);
        1
    }

    /// Two real payments that nothing tells apart.
    fn equal(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        for _ in 0..2 {
            let paid = self.pay(day, cents, creditor, None);
            let mut entry = Self::debit(cents);
            entry.details.push(EntryDetail { counterparty: payee(creditor, true), ..EntryDetail::default() });
            self.put(day, entry, vec![paid]);
        }
        2
    }

    /// One payment that the bank books in two parts.
    fn partial(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        let paid = self.pay(day, cents, creditor, None);
        for part in [cents / 3, cents - cents / 3] {
            let mut entry = Self::debit(part);
            entry.details.push(EntryDetail { end_to_end_id: Some(id(paid as u64)), ..EntryDetail::default() });
            self.put(day, entry, vec![paid]);
        }
        2
    }

    /// Payments that the bank books in one sum and names by their group alone; where some are missing in it, nobody can
    /// know which.
    fn group(&mut self, day: u64, missing: usize) -> u64 {
        self.groups += 1;
        let group = self.groups;
        let mut payments = Vec::new();
        let mut sum = 0;
        for _ in 0..GROUP {
            let (cents, creditor) = (100 + self.seeded.below(9_000_000), self.seeded.below(50_000));
            sum += cents;
            payments.push(self.pay(day, cents, creditor, Some(group)));
        }
        let less: u64 = payments.iter().take(missing).map(|at| self.month.payments[*at].cents).sum();
        let mut entry = Self::debit(sum - less);
        entry.batch_count = Some(GROUP - missing as u64);
        let payment_information_id = Some(format!("G{group}"));
        entry.details.push(EntryDetail { payment_information_id, ..EntryDetail::default() });
        self.put(day, entry, if missing == 0 { payments } else { Vec::new() });
        1
    }

    /// Booked, and back three days later.
    fn returned(&mut self, day: u64, cents: u64, creditor: u64) -> u64 {
        self.by_id(day, cents, creditor);
        let paid = self.month.payments.len() - 1;
        let mut entry = Entry::new(0, amount(cents), eur(), Indicator::Credit);
        let return_reason = Some("AC01".to_string());
        let end_to_end_id = Some(id(paid as u64));
        entry.details.push(EntryDetail { end_to_end_id, return_reason, ..EntryDetail::default() });
        self.put(day + 3, entry, vec![paid]);
        2
    }

    fn stranger(&mut self, day: u64, cents: u64, code: &str) -> u64 {
        let mut entry = Self::debit(cents % 5_000 + 1);
        entry.code = EntryCode { proprietary: Some(code.to_string()), ..EntryCode::default() };
        self.put(day, entry, Vec::new());
        1
    }

    fn incoming(&mut self, day: u64, cents: u64) -> u64 {
        let mut entry = Entry::new(0, amount(cents), eur(), Indicator::Credit);
        entry.info = Some("KUNDENZAHLUNG".into());
        self.put(day, entry, Vec::new());
        1
    }

    /// Somebody else's debit of the very amount of a payment of ours, which says what it is and names nobody.
    fn somebody_unnamed(&mut self, day: u64) -> u64 {
        let twin = self.seeded.below(self.month.payments.len().max(1) as u64);
        let cents = self.month.payments.get(usize::try_from(twin).unwrap_or(0)).map_or(4_711, |p| p.cents);
        let mut entry = Self::debit(cents);
        entry.info = Some("DAUERAUFTRAG MIETE LAGERHALLE".into());
        self.put(day, entry, Vec::new());
        1
    }

    /// Somebody else's debit, of the very amount of a payment of ours to another payee.
    fn somebody(&mut self, day: u64, creditor: u64) -> u64 {
        let twin = self.seeded.below(self.month.payments.len().max(1) as u64);
        let cents = self.month.payments.get(usize::try_from(twin).unwrap_or(0)).map_or(4_711, |p| p.cents);
        let mut entry = Self::debit(cents);
        let counterparty = payee(creditor + 1_000_000, true);
        entry.details.push(EntryDetail { counterparty, ..EntryDetail::default() });
        self.put(day, entry, Vec::new());
        1
    }
}

fn payee(creditor: u64, by_account: bool) -> Counterparty {
    Counterparty {
        name: Some(creditor_name(creditor, true)),
        account: by_account.then(|| Account::parse(&creditor_account(creditor))).flatten(),
        ..Counterparty::default()
    }
}

/// The payments in memory, found as the journal finds them.
struct Memory {
    payments: RefCell<Vec<Paid>>,
    by_id: HashMap<String, usize>,
    by_cents: HashMap<u64, Vec<usize>>,
    by_group: HashMap<u64, Vec<usize>>,
    /// Groups by the sum of all their payments.
    by_sum: HashMap<u64, Vec<u64>>,
}

impl Memory {
    fn of(payments: Vec<Paid>) -> Memory {
        let mut memory = Memory {
            by_id: HashMap::new(),
            by_cents: HashMap::new(),
            by_group: HashMap::new(),
            by_sum: HashMap::new(),
            payments: RefCell::new(Vec::new()),
        };
        for (at, paid) in payments.iter().enumerate() {
            memory.by_id.insert(id(paid.id), at);
            memory.by_cents.entry(paid.cents).or_default().push(at);
            if let Some(group) = paid.group {
                memory.by_group.entry(group).or_default().push(at);
            }
        }
        for (group, places) in &memory.by_group {
            let sum = places.iter().map(|at| payments[*at].cents).sum();
            memory.by_sum.entry(sum).or_default().push(*group);
        }
        memory.payments = RefCell::new(payments);
        memory
    }

    fn cents(wanted: Amount) -> u64 {
        let mut cents = wanted;
        cents.rescale(2);
        u64::try_from(cents.mantissa()).unwrap_or_default()
    }

    fn candidate(&self, at: usize) -> Candidate {
        let payments = self.payments.borrow();
        let paid = &payments[at];
        let booked = matches!(paid.phase, Phase::Booked | Phase::Ended);
        Candidate {
            payment: at as i64,
            batch: "B".into(),
            amount: amount(paid.cents),
            currency: eur(),
            indicator: Indicator::Credit,
            account: Some(OURS.into()),
            counterparty_account: Some(creditor_account(paid.creditor)),
            counterparty_name: Some(creditor_name(paid.creditor, false)),
            end_to_end_id: Some(id(paid.id)),
            instruction_id: None,
            group_id: paid.group.map(|g| format!("G{g}")),
            message_id: paid.group.map(|g| format!("M{g}")),
            execution_date: Some(day_of(paid.day)),
            phase: paid.phase,
            shown: Vec::from_iter(booked.then(|| Booking {
                kind: StatementKind::Statement,
                booking_date: Some(day_of(paid.day)),
                ..Booking::default()
            })),
        }
    }
}

impl Ledger for Memory {
    fn by_end_to_end_id(&self, id: &str) -> Vec<Candidate> {
        self.by_id.get(id).map(|at| self.candidate(*at)).into_iter().collect()
    }

    fn by_instruction_id(&self, _: &str) -> Vec<Candidate> {
        Vec::new()
    }

    fn by_amount(&self, _: &str, wanted: Amount, _: Currency) -> Vec<Candidate> {
        let all = self.by_cents.get(&Memory::cents(wanted)).into_iter().flatten().map(|at| self.candidate(*at));
        all.filter(|c| c.phase != Phase::Ended).collect()
    }

    fn by_row(&self, _: &str, _: u64) -> Option<Candidate> {
        None
    }

    fn each_of_file(&self, _: &str, _: &mut dyn FnMut(Candidate)) {}

    fn by_sum(&self, _: &str, sum: Amount, currency: Currency) -> Vec<Bundle> {
        let groups = self.by_sum.get(&Memory::cents(sum)).into_iter().flatten();
        let mut all: Vec<Bundle> = groups.flat_map(|group| self.by_group(&format!("G{group}"), None)).collect();
        all.retain(|bundle| bundle.open_count > 1 && bundle.open_sums.get(&currency) == Some(&sum));
        all
    }

    fn by_group(&self, named: &str, _: Option<&str>) -> Vec<Bundle> {
        let group = named.strip_prefix('G').and_then(|n| n.parse::<u64>().ok());
        let Some(places) = group.and_then(|g| self.by_group.get(&g)) else { return Vec::new() };
        let mut bundle = Bundle {
            message_id: group.map(|g| format!("M{g}")),
            group_id: Some(named.to_string()),
            account: Some(OURS.into()),
            indicator: Some(Indicator::Credit),
            sent: true,
            ..Bundle::default()
        };
        let payments = self.payments.borrow();
        for &at in places {
            let paid = &payments[at];
            bundle.count += 1;
            *bundle.sums.entry(eur()).or_default() += amount(paid.cents);
            if paid.phase.is_open() {
                bundle.open_count += 1;
                *bundle.open_sums.entry(eur()).or_default() += amount(paid.cents);
            }
        }
        vec![bundle]
    }

    fn by_message_id(&self, _: &str) -> Option<Bundle> {
        None
    }
}

/// What came of a month.
#[derive(Default)]
struct Score {
    right: u64,
    wrong: u64,
    missed: u64,
    strangers: u64,
    strangers_known: u64,
}

impl Score {
    fn note(&self) -> String {
        let share = |part: u64, of: u64| if of == 0 { 100.0 } else { part as f64 * 100.0 / of as f64 };
        let precision = share(self.right, self.right + self.wrong);
        let recall = share(self.right, self.right + self.missed);
        let known = share(self.strangers_known, self.strangers);
        format!(
            "precision {precision:.4} %, recall {recall:.3} %, {} wrong, {} missed, not ours known {known:.1} %",
            self.wrong, self.missed
        )
    }

    /// Holds what was matched of one entry against the truth; equal payments count as one kind.
    fn add(&mut self, memory: &Memory, truth: &True, found: &[usize]) {
        let payments = memory.payments.borrow();
        let by_payee = truth.entry.details.first().is_some_and(|d| !d.counterparty.is_empty());
        let kind = |at: &usize| match by_payee || truth.entry.info.is_some() {
            true => (payments[*at].cents, payments[*at].creditor),
            _ => (u64::MAX, *at as u64),
        };
        let mut wanted: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        truth.payments.iter().for_each(|at| *wanted.entry(kind(at)).or_default() += 1);
        for at in found {
            match wanted.get_mut(&kind(at)) {
                Some(left) if *left > 0 => (*left, self.right) = (*left - 1, self.right + 1),
                _ => self.wrong += 1,
            }
        }
        self.missed += wanted.values().sum::<u64>();
    }
}

/// Matches a month, day after day.
pub fn month(job: &Job) -> anyhow::Result<Measured> {
    let Month { payments, days } = Maker::month(job.rows);
    let memory = Memory::of(payments);
    let mut score = Score::default();
    let mut measured = measure::measure(|| {
        let mut items = 0;
        for truths in &days {
            items += truths.len() as u64;
            day(&memory, truths, &mut score);
        }
        Ok((items, 0))
    })?;
    measured.note = score.note();
    Ok(measured)
}

fn day(memory: &Memory, truths: &[True], score: &mut Score) {
    let account = StatementAccount { iban: Some(OURS.into()), ..StatementAccount::default() };
    let head = Statement { kind: StatementKind::Statement, account, ..Statement::default() };
    let mut matcher = Entries::new(memory);
    let mut matches: Vec<EntryMatch> = matcher.look(&Part::Statement(Box::new(head)));
    for truth in truths {
        matches.extend(matcher.look(&Part::Entry(Box::new(truth.entry.clone()))));
    }
    matches.extend(matcher.look(&Part::StatementEnd(Box::<StatementEnd>::default())));
    for matched in &matches {
        let truth = &truths[usize::try_from(matched.seq).unwrap_or(1) - 1];
        let found = found(memory, matched);
        score.add(memory, truth, &found);
        if truth.payments.is_empty() {
            score.strangers += 1;
            score.strangers_known += u64::from(found.is_empty() && stranger(&truth.entry, "").is_some());
        }
    }
}

/// The payments that an entry is said to be; they are booked, or ended, from now on.
fn found(memory: &Memory, matched: &EntryMatch) -> Vec<usize> {
    let mut all = Vec::new();
    for item in &matched.items {
        match &item.outcome {
            Outcome::Payment(found) => {
                let Ok(at) = usize::try_from(found.candidate.payment) else { continue };
                let phase = if found.effect == Effect::Returned { Phase::Ended } else { Phase::Booked };
                memory.payments.borrow_mut()[at].phase = phase;
                all.push(at);
            }
            Outcome::Bundle { bundle, .. } => {
                let group = bundle.group_id.as_deref().and_then(|g| g.strip_prefix('G')).and_then(|g| g.parse().ok());
                for &at in group.and_then(|g: u64| memory.by_group.get(&g)).into_iter().flatten() {
                    memory.payments.borrow_mut()[at].phase = Phase::Booked;
                    all.push(at);
                }
            }
            Outcome::Unmatched(_) => {}
        }
    }
    all
}

/// The least that matching must do: look each id up in a map.
pub fn floor(job: &Job) -> anyhow::Result<Measured> {
    let Month { payments, days } = Maker::month(job.rows);
    let memory = Memory::of(payments);
    let mut found = 0_u64;
    let mut measured = measure::measure(|| {
        let mut items = 0;
        for truth in days.iter().flatten() {
            items += 1;
            let named = truth.entry.details.first().and_then(|d| d.end_to_end_id.as_deref());
            found += u64::from(named.is_some_and(|named| memory.by_id.contains_key(named)));
        }
        Ok((items, 0))
    })?;
    measured.note = format!("{found} found by id alone");
    Ok(measured)
}
