//! Statement entries and the payments, or sums of payments, that they are.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::evidence::comes_back;
use super::taken::Taken;
use super::transaction::{Context, Doubt, Effect, Match, Transaction, accounts_agree, fits_day};
use super::{Booking, Bundle, Candidate, How, Ledger, Phase, Stranger, Sureness, real_id, said, stranger};
use crate::document::{Amount, Currency, Entry, EntryDetail, Indicator, Part, Statement, StatementKind};
use crate::finding::{Finding, Findings};
use crate::text;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMatch {
    /// Place of the entry in the statement, from 1.
    pub seq: u64,
    /// What its transactions are. In the entry's currency their amounts add up to the entry's.
    pub items: Vec<Item>,
    /// Whether it is booked, takes money from the account, and is by its code no charge, interest or tax of the bank's.
    #[serde(default)]
    pub takes: bool,
}

/// One transaction of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which of the entry's details, from 0; `None` for the entry as a whole, or what is left of it.
    pub detail: Option<usize>,
    /// Its part of the entry's amount.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// What it is.
    pub outcome: Outcome,
}

/// What a transaction is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A payment.
    Payment(Match),
    /// All open payments of a group or file, booked in one sum.
    Bundle {
        /// The group or file.
        bundle: Box<Bundle>,
        /// By what it was found.
        how: How,
        /// How sure that is.
        sureness: Sureness,
        /// Whether another statement has already said the same.
        again: bool,
    },
    /// No payment that we know.
    Unmatched(Why),
}

/// Why a transaction is no payment that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No payment fits: somebody else's money, fees, interest.
    NothingFound,
    /// So many payments fit equally well.
    Ambiguous(u64),
    /// The payment that fits has its entry in this statement already, or in one before it in the file.
    AlreadyMatched,
    /// The payment that fits was booked by an earlier statement, and this is not the same booking.
    BookedBefore,
    /// The money of the payment that fits came back before, and this is not the same return.
    ReturnedBefore,
    /// The payment that fits is of another account of ours.
    OtherAccount,
    /// The payment that fits is in another currency, and the bank does not tell that its amount was ordered.
    OtherCurrency,
    /// Money came under the id of the payment that fits, and nothing proves that it is the payment's own.
    NoReturn,
    /// The bank took it for others under the id and amount of the payment that fits: another account is named.
    OtherPayee,
    /// A payment has its amount, and nothing else says that it is that one.
    OnlyAmount,
    /// The payment that fits has never left this house.
    NeverSent,
    /// What is left of an entry beside its details: charges.
    Remainder,
    /// The amounts of the details do not add up to the entry.
    SumDiffers,
}

/// Finds what the entries of statements are, part by part.
///
/// No payment is matched twice to the same effect within a statement. Entries that only weakly fit a
/// payment are decided at the statement's end, so that they take nothing from surer ones.
pub struct Entries<'a> {
    ledger: &'a dyn Ledger,
    findings: Findings,
    account: Option<String>,
    kind: StatementKind,
    format: String,
    /// How much of each payment this statement has told of.
    taken: Taken,
    /// The same of the statements of a day's end before it in the file.
    taken_before: Taken,
    booked_groups: HashSet<GroupKey>,
    /// Groups of which a payment has an entry of its own, and files of which a payment or group has.
    told_groups: HashSet<GroupKey>,
    undecided: Vec<Entry>,
    /// Payments that an entry tells of in another amount, with that entry, until all of the statement is known.
    differing: Vec<(Match, Entry)>,
    /// What of them the statement told in all was less than the payment.
    less: HashSet<(i64, Effect)>,
    /// Batches of payments that are booked or announced although nothing of them has left.
    unsent: BTreeSet<String>,
    /// Payments that the statement shows to have left once more.
    twice: HashSet<i64>,
}

/// Message id and group id; a whole file has no group id.
type GroupKey = (Option<String>, Option<String>);

impl<'a> Entries<'a> {
    /// A matcher for one file of statements.
    pub fn new(ledger: &'a dyn Ledger) -> Entries<'a> {
        Entries {
            ledger,
            findings: Findings::default(),
            account: None,
            kind: StatementKind::Statement,
            format: String::new(),
            taken: Taken::default(),
            taken_before: Taken::default(),
            booked_groups: HashSet::new(),
            told_groups: HashSet::new(),
            undecided: Vec::new(),
            differing: Vec::new(),
            less: HashSet::new(),
            unsent: BTreeSet::new(),
            twice: HashSet::new(),
        }
    }

    /// What the next part decides: an entry, or at a statement's end those that waited for the others.
    pub fn look(&mut self, part: &Part) -> Vec<EntryMatch> {
        match part {
            Part::Statement(statement) => {
                let undecided = self.decide_the_rest();
                self.open(statement);
                undecided
            }
            Part::Entry(entry) => self.entry(entry).into_iter().collect(),
            Part::StatementEnd(_) => {
                let undecided = self.decide_the_rest();
                self.add_up_what_differs();
                undecided
            }
            _ => Vec::new(),
        }
    }

    /// Whether the statement that has ended told less of a payment than it is of: one booked or returned in part.
    pub fn told_less(&self, payment: i64, effect: Effect) -> bool {
        self.less.contains(&(payment, effect))
    }

    /// The batches of payments that are booked or announced although they never left; complete after the last part.
    pub fn take_unsent(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.unsent)
    }

    /// The payments that the statement which has ended shows to have left once more than it may.
    pub fn take_twice(&mut self) -> HashSet<i64> {
        std::mem::take(&mut self.twice)
    }

    /// What was noticed; complete after the last part.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.findings.take()
    }

    fn open(&mut self, statement: &Statement) {
        self.account = statement.account_number().map(|account| account.compact());
        let taken = std::mem::take(&mut self.taken);
        if self.kind == StatementKind::Statement {
            self.taken_before.extend(taken);
        }
        self.kind = statement.kind;
        self.format.clone_from(&statement.format);
        self.booked_groups.clear();
        self.told_groups.clear();
        self.differing.clear();
        self.less.clear();
        self.twice.clear();
    }

    fn entry(&mut self, entry: &Entry) -> Option<EntryMatch> {
        let items = if is_single(entry) { vec![self.single(entry)] } else { self.several(entry) };
        let nothing = items.iter().all(|item| item.outcome == Outcome::Unmatched(Why::NothingFound));
        if nothing && self.could_be_weak(entry) {
            self.undecided.push(entry.clone());
            return None;
        }
        Some(EntryMatch { seq: entry.seq, items, takes: takes(entry, &self.format) })
    }

    fn decide_the_rest(&mut self) -> Vec<EntryMatch> {
        let undecided = std::mem::take(&mut self.undecided);
        let decide = |entry: Entry| {
            let found = if entry.details.len() <= 1 {
                self.context().by_amount(&whole(&entry))
            } else {
                Err(Why::NothingFound)
            };
            let items = vec![self.by_amount_or_sum(&entry, found)];
            EntryMatch { seq: entry.seq, items, takes: takes(&entry, &self.format) }
        };
        undecided.into_iter().map(decide).collect()
    }

    /// Only an entry of one transaction is matched by its amount, and one of unnamed transactions by a sum.
    fn could_be_weak(&self, entry: &Entry) -> bool {
        let one = entry.details.len() <= 1 && self.context().by_amount(&whole(entry)) != Err(Why::NothingFound);
        one || !self.of_sum(entry).is_empty()
    }

    /// A payment by its amount, or all open payments of a group or file by their sum; what fits both is neither.
    fn by_amount_or_sum(&mut self, entry: &Entry, found: Result<Match, Why>) -> Item {
        let mut sums = self.of_sum(entry);
        let found = match (found, sums.len() as u64) {
            (Err(Why::NothingFound), 1) => {
                let outcome = sums.pop().and_then(|bundle| self.as_bundle(entry, bundle, How::Amount));
                let outcome = outcome.unwrap_or(Outcome::Unmatched(Why::NothingFound));
                return Item { detail: None, amount: entry.amount, currency: entry.currency, outcome };
            }
            (Err(Why::NothingFound), many) if many > 1 => Err(Why::Ambiguous(many)),
            (Ok(_) | Err(Why::OnlyAmount), many) if many > 0 => Err(Why::Ambiguous(many + 1)),
            (found, _) => found,
        };
        self.settle(None, entry.amount, entry, found)
    }

    /// Groups and files whose open payments the entry may have booked in one sum, where neither names the other.
    fn of_sum(&self, entry: &Entry) -> Vec<Bundle> {
        let named = |d: &EntryDetail| real_id(d.end_to_end_id.as_deref().or(d.instruction_id.as_deref())).is_some();
        let Some(account) = self.account.as_deref() else { return Vec::new() };
        // Who names one counterparty is paid alone, unless the bank says how many payments it is.
        let several = entry.batch_count.is_some_and(|count| count > 1);
        let to_one = |d: &EntryDetail| !several && (d.counterparty.account.is_some() || d.counterparty.name.is_some());
        let is_one = entry.details.iter().any(|d| named(d) || to_one(d));
        if is_one || entry.reversal || stranger(entry, "").is_some() {
            return Vec::new();
        }
        let mut found = self.ledger.by_sum(account, entry.amount, entry.currency);
        found.retain(|bundle| {
            let counted = entry.batch_count.is_none_or(|count| count == bundle.open_count);
            let side = bundle.indicator.is_some_and(|i| i.reversed() == entry.indicator);
            let free = !self.told_groups.contains(&(bundle.message_id.clone(), bundle.group_id.clone()));
            counted && side && free && fits_day(bundle.execution_date, entry.booking_date)
        });
        found
    }

    fn context(&self) -> Context<'_> {
        Context {
            ledger: self.ledger,
            account: self.account.as_deref(),
            kind: self.kind,
            taken: &self.taken,
            taken_before: &self.taken_before,
            booked_groups: &self.booked_groups,
        }
    }

    /// An entry of one transaction: a payment, or a group of payments that the bank does not list.
    fn single(&mut self, entry: &Entry) -> Item {
        match self.context().by_id(&whole(entry)) {
            Err(Why::NothingFound) => {
                let outcome = self.bundle(entry).unwrap_or(Outcome::Unmatched(Why::NothingFound));
                Item { detail: None, amount: entry.amount, currency: entry.currency, outcome }
            }
            found => self.settle(entry.details.first().map(|_| 0), entry.amount, entry, found),
        }
    }

    fn several(&mut self, entry: &Entry) -> Vec<Item> {
        let named = |d: &EntryDetail| real_id(d.end_to_end_id.as_deref().or(d.instruction_id.as_deref())).is_some();
        if !entry.details.iter().any(named)
            && let Some(outcome) = self.bundle(entry)
        {
            return vec![Item { detail: None, amount: entry.amount, currency: entry.currency, outcome }];
        }
        let items = match shares(entry) {
            Some(amounts) => self.details_with_amounts(entry, &amounts),
            None => self.details_without_amounts(entry),
        };
        if items.iter().all(|item| matches!(item.outcome, Outcome::Unmatched(_))) {
            self.look_for_unsent(entry);
        }
        items
    }

    fn details_with_amounts(&mut self, entry: &Entry, amounts: &[Amount]) -> Vec<Item> {
        let mut items = Vec::new();
        let mut rest = entry.amount;
        for (at, (detail, &amount)) in entry.details.iter().zip(amounts).enumerate() {
            let found = self.context().by_id(&part(entry, detail, Some(amount)));
            items.push(self.settle(Some(at), amount, entry, found));
            rest -= amount;
        }
        if !rest.is_zero() {
            items.push(unmatched(entry, rest, Why::Remainder));
        }
        items
    }

    /// The bank lists ids but no amounts of their own: the payments' amounts must add up to the entry's,
    /// else nothing of it is believed.
    fn details_without_amounts(&mut self, entry: &Entry) -> Vec<Item> {
        let mut found = Vec::new();
        let mut rest = Some(entry.amount);
        for (at, detail) in entry.details.iter().enumerate() {
            let context = self.context();
            let repeated =
                |m: &Match| found.iter().any(|(_, f): &(usize, Match)| f.candidate.payment == m.candidate.payment);
            let transaction = part(entry, detail, None);
            match context.by_id(&transaction) {
                Ok(m) if !repeated(&m) => {
                    let share = Some(m.candidate.amount).filter(|_| m.candidate.currency == entry.currency);
                    rest = rest.and_then(|rest| rest.checked_sub(share?));
                    found.push((at, m));
                }
                Err(Why::NeverSent) => {
                    let batches = batches_of_unsent(context.named(&transaction));
                    self.say_never_sent(entry, batches);
                }
                Ok(_) | Err(_) => {}
            }
        }
        if found.len() != entry.details.len() || rest != Some(Amount::ZERO) {
            let seq = entry.seq;
            let message = text!(
                "the transactions of entry {seq} have no amounts and do not add up to it",
                "第 {seq} 笔账目的明细没有金额，且合计与该笔不符"
            );
            let hint = text!("match it by hand with the bank's advice", "请对照银行回单人工匹配");
            self.findings.push(Finding::warning("entry-sum-differs", said::place(entry), message).hint(hint));
            return vec![unmatched(entry, entry.amount, Why::SumDiffers)];
        }
        found.into_iter().map(|(at, m)| self.settle(Some(at), m.candidate.amount, entry, Ok(m))).collect()
    }

    /// Takes a match, or says why there is none.
    fn settle(&mut self, detail: Option<usize>, amount: Amount, entry: &Entry, found: Result<Match, Why>) -> Item {
        let outcome = match found {
            Ok(m) => {
                let part = if m.candidate.currency == entry.currency { amount } else { m.candidate.amount };
                self.taken.add(&m.candidate, m.effect, part);
                if m.effect == Effect::Booked {
                    let (message_id, group_id) = (&m.candidate.message_id, &m.candidate.group_id);
                    self.told_groups.insert((message_id.clone(), group_id.clone()));
                    self.told_groups.insert((message_id.clone(), None));
                }
                self.say_doubt(&m, entry);
                if m.to_another && !m.again && entry.is_booked() {
                    let told = entry.details.get(detail.unwrap_or(0)).map(|detail| &detail.counterparty);
                    if let Some(told) = told {
                        self.findings.push(said::to_another(&m.candidate, told, amount, entry));
                    }
                }
                Outcome::Payment(m)
            }
            Err(why) => {
                self.say_why(why, amount, detail, entry);
                Outcome::Unmatched(why)
            }
        };
        Item { detail, amount, currency: entry.currency, outcome }
    }

    /// All open payments of the group or file that the entry names, where their sum is the entry's.
    fn bundle(&mut self, entry: &Entry) -> Option<Outcome> {
        let (bundle, how) = self.named_bundle(entry)?;
        self.as_bundle(entry, bundle, how)
    }

    /// A file that the bank names beside ids that are none of ours may be one of ours that has not left.
    fn look_for_unsent(&mut self, entry: &Entry) {
        let unsent = self.named_bundle(entry).filter(|(bundle, _)| !bundle.sent);
        if let Some((bundle, _)) = unsent.filter(|(b, _)| b.indicator.is_some_and(|i| i.reversed() == entry.indicator))
        {
            self.say_never_sent(entry, bundle.unsent);
        }
    }

    fn as_bundle(&mut self, entry: &Entry, bundle: Bundle, how: How) -> Option<Outcome> {
        let booking = bundle.indicator.is_some_and(|i| i.reversed() == entry.indicator) && !entry.reversal;
        let agreed = accounts_agree(bundle.account.as_deref(), self.account.as_deref());
        if booking && !bundle.sent {
            self.say_never_sent(entry, bundle.unsent);
            return Some(Outcome::Unmatched(Why::NeverSent));
        }
        if !booking || !entry.is_booked() || agreed == Some(false) {
            let back = bundle.sent && !booking && agreed != Some(false) && entry.is_booked() && comes_back(entry);
            if back {
                self.findings.push(said::sum_back(entry, &bundle));
            }
            return None;
        }
        let sum = |sums: &std::collections::BTreeMap<Currency, Amount>| {
            (sums.len() == 1).then(|| sums.get(&entry.currency).copied()).flatten()
        };
        let again = bundle.open_count == 0 && sum(&bundle.booked_sums) == Some(entry.amount);
        let wanted = if again { bundle.booked_count } else { bundle.open_count };
        let counted = entry.batch_count.is_none_or(|n| n == wanted);
        if again && counted && !Booking::is_again(bundle.shown.iter().filter(|b| !b.back), self.kind, entry) {
            self.findings.push(said::sum_again(entry, &bundle));
            return Some(Outcome::Unmatched(Why::BookedBefore));
        }
        if !counted || !(again || sum(&bundle.open_sums) == Some(entry.amount)) {
            // The bank's charge for a file names the file.
            let moved = stranger(entry, "").is_none();
            self.findings.push(said::sum_differs(entry, &bundle, moved));
            return Some(Outcome::Unmatched(Why::SumDiffers));
        }
        let (key, file) = ((bundle.message_id.clone(), bundle.group_id.clone()), (bundle.message_id.clone(), None));
        if self.told_groups.contains(&key) || self.booked_groups.contains(&file) || !self.booked_groups.insert(key) {
            self.findings.push(said::sum_again(entry, &bundle));
            return Some(Outcome::Unmatched(Why::AlreadyMatched));
        }
        self.told_groups.insert(file);
        let sureness = if agreed == Some(true) { how.surest() } else { how.surest().min(Sureness::Strong) };
        Some(Outcome::Bundle { bundle: Box::new(bundle), how, sureness, again })
    }

    fn named_bundle(&self, entry: &Entry) -> Option<(Bundle, How)> {
        let first = entry.details.first();
        let all_same = |pick: fn(&EntryDetail) -> Option<&str>| {
            let id = real_id(first.and_then(pick))?;
            entry.details.iter().all(|d| real_id(pick(d)) == Some(id)).then_some(id)
        };
        let message_id = all_same(|d| d.message_id.as_deref());
        let group_id = all_same(|d| d.payment_information_id.as_deref());
        let reference = real_id(entry.reference.as_deref());
        let only = |list: Vec<Bundle>| if list.len() == 1 { list.into_iter().next() } else { None };
        let group = |id: &str| only(self.ledger.by_group(id, message_id));
        if let Some(id) = group_id {
            return Some((group(id)?, How::PaymentInformationId));
        }
        if let Some(id) = message_id {
            return Some((self.ledger.by_message_id(id)?, How::MessageId));
        }
        let id = reference?;
        group(id).or_else(|| self.ledger.by_message_id(id)).map(|bundle| (bundle, How::Reference))
    }

    fn say_doubt(&mut self, m: &Match, entry: &Entry) {
        match m.doubt {
            None => {}
            // Parts of one payment may yet add up to it.
            Some(Doubt::AmountDiffers) => self.differing.push((m.clone(), entry.clone())),
            Some(Doubt::HadEnded) => self.findings.push(said::had_ended(&m.candidate, entry)),
        }
    }

    /// Says of which payments the statement told another amount than was ordered, once all their parts are known.
    fn add_up_what_differs(&mut self) {
        let mut said = HashSet::new();
        for (m, entry) in std::mem::take(&mut self.differing) {
            let key = (m.candidate.payment, m.effect);
            let told = self.taken.get(&m.candidate, m.effect).unwrap_or_default();
            if told == m.candidate.amount || !said.insert(key) {
                continue;
            }
            if told < m.candidate.amount {
                self.less.insert(key);
            }
            if entry.is_booked() {
                self.findings.push(said::amount_differs(&m, told, &entry));
            }
        }
    }

    fn say_why(&mut self, why: Why, amount: Amount, detail: Option<usize>, entry: &Entry) {
        let finding = match why {
            Why::AlreadyMatched | Why::BookedBefore | Why::ReturnedBefore => {
                // What is only announced has not moved.
                let named = self.named(detail, amount, entry).filter(|_| entry.is_booked());
                let left = |candidate: &&Candidate| entry.indicator == candidate.indicator.reversed();
                self.twice.extend(named.iter().filter(left).map(|candidate| candidate.payment));
                named.map(|candidate| said::told_twice(&candidate, amount, entry))
            }
            Why::NeverSent => {
                let batches = batches_of_unsent(self.named_at(detail, amount, entry));
                self.say_never_sent(entry, batches);
                None
            }
            Why::Ambiguous(many) => Some(said::ambiguous(many, entry)),
            // An arrival of our own transfer on another account of ours carries its id too; a debit there does not.
            Why::OtherAccount => self
                .named(detail, amount, entry)
                .filter(|candidate| entry.is_booked() && entry.indicator == candidate.indicator.reversed())
                .map(|candidate| said::on_another_account(&candidate, amount, entry)),
            Why::OtherCurrency => {
                let named = self.named(detail, amount, entry).filter(|_| entry.is_booked());
                named.map(|candidate| said::in_another_currency(&candidate, amount, entry))
            }
            Why::NoReturn => {
                let named = self.named(detail, amount, entry).filter(|_| entry.is_booked());
                named.map(|candidate| said::no_return(&candidate, amount, entry))
            }
            Why::OtherPayee => {
                let told = entry.details.get(detail.unwrap_or(0)).map(|detail| &detail.counterparty);
                let named = self.named(detail, amount, entry).filter(|_| entry.is_booked()).zip(told);
                named.map(|(candidate, told)| said::taken_by_another(&candidate, told, amount, entry))
            }
            Why::NothingFound | Why::OnlyAmount | Why::Remainder | Why::SumDiffers => None,
        };
        if let Some(finding) = finding {
            self.findings.push(finding);
        }
    }

    /// What the bank only announces has not moved, but it has it all the same.
    fn say_never_sent(&mut self, entry: &Entry, batches: Vec<String>) {
        self.unsent.extend(batches);
        if entry.is_booked() {
            self.findings.push(said::never_sent(entry));
        }
    }

    /// The payment that an entry, or one of its details, names.
    fn named(&self, detail: Option<usize>, amount: Amount, entry: &Entry) -> Option<Candidate> {
        self.named_at(detail, amount, entry).into_iter().find(|candidate| candidate.phase != Phase::Waiting)
    }

    /// All payments that an entry, or one of its details, names.
    fn named_at(&self, detail: Option<usize>, amount: Amount, entry: &Entry) -> Vec<Candidate> {
        let one = detail.and_then(|at| entry.details.get(at)).filter(|_| !is_single(entry));
        self.context().named(&one.map_or_else(|| whole(entry), |detail| part(entry, detail, Some(amount))))
    }
}

/// The batches of those payments of which nothing has left.
fn batches_of_unsent(named: Vec<Candidate>) -> Vec<String> {
    let waiting = named.into_iter().filter(|candidate| candidate.phase == Phase::Waiting);
    waiting.map(|candidate| candidate.batch).collect()
}

/// Whether an entry takes money that the bank does not take for itself.
fn takes(entry: &Entry, format: &str) -> bool {
    let own = matches!(stranger(entry, format), Some(Stranger::Fee | Stranger::Interest | Stranger::Tax));
    entry.is_booked() && entry.indicator == Indicator::Debit && !own
}

fn unmatched(entry: &Entry, amount: Amount, why: Why) -> Item {
    Item { detail: None, amount, currency: entry.currency, outcome: Outcome::Unmatched(why) }
}

/// Whether the entry is one transaction: it has no details, or one of the whole amount.
fn is_single(entry: &Entry) -> bool {
    entry.details.len() <= 1 && shares(entry).is_none_or(|shares| shares.iter().all(|share| *share == entry.amount))
}

/// The entry with its only detail, or none.
fn whole(entry: &Entry) -> Transaction<'_> {
    let amount = Some(entry.amount);
    Transaction { entry, detail: entry.details.first(), amount, currency: entry.currency, only: true }
}

fn part<'e>(entry: &'e Entry, detail: &'e EntryDetail, amount: Option<Amount>) -> Transaction<'e> {
    Transaction { entry, detail: Some(detail), amount, currency: entry.currency, only: false }
}

/// The amount of each detail in the entry's currency; `None` where they are missing, in another currency,
/// or more than the entry together: some banks repeat the entry's amount on every line.
fn shares(entry: &Entry) -> Option<Vec<Amount>> {
    let own =
        |d: &EntryDetail| d.amount.filter(|a| *a > Amount::ZERO && d.currency.is_none_or(|c| c == entry.currency));
    let amounts = entry.details.iter().map(own).collect::<Option<Vec<_>>>()?;
    let sum = amounts.iter().try_fold(Amount::ZERO, |sum, a| sum.checked_add(*a))?;
    (sum <= entry.amount).then_some(amounts)
}
