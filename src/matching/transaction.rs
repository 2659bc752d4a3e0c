//! One transaction of a statement and the payment that it is.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::entry::Why;
use super::stand::{Stranger, stranger};
use super::taken::Taken;
use super::unnamed::plain;
use super::{Booking, Candidate, How, Ledger, Phase, Sureness, real_id};
use crate::document::{
    Amount, Counterparty, Currency, Date, Entry, EntryDetail, Indicator, StatementKind, numbers_agree,
};

/// What an entry says of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The bank booked it.
    Booked,
    /// The money came back (退票).
    Returned,
    /// The bank announces it; nothing is booked yet.
    Announced,
}

/// A payment that a transaction of a statement is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The payment.
    pub candidate: Box<Candidate>,
    /// What the entry says of it.
    pub effect: Effect,
    /// By what it was found.
    pub how: How,
    /// How sure that is.
    pub sureness: Sureness,
    /// Whether another statement has already said the same: the same booking in an intraday report,
    /// a notification and the statement of the day.
    pub again: bool,
    /// Why a person should look although it was matched.
    pub doubt: Option<Doubt>,
    /// Whether the bank names another payee than was ordered, by account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_another: bool,
}

impl Match {
    /// Whether it makes the payment what it says: neither told before, nor a booking that its return was told before.
    pub fn is_news(&self) -> bool {
        !(self.again || self.effect == Effect::Booked && self.candidate.bookings(true).next().is_some())
    }
}

/// What does not fit although the payment is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The amount is not the payment's.
    AmountDiffers,
    /// The payment had come to an end before: cancelled, rejected, or taken back by the bank's word.
    HadEnded,
}

/// One transaction as an entry, or one of its details, tells it.
pub(super) struct Transaction<'e> {
    pub entry: &'e Entry,
    pub detail: Option<&'e EntryDetail>,
    /// `None` where the bank gives no amount of the detail's own.
    pub amount: Option<Amount>,
    pub currency: Currency,
    /// Whether the entry has no other transaction, so that its own fields speak of this one.
    pub only: bool,
}

/// What stands around a transaction.
pub(super) struct Context<'a> {
    pub ledger: &'a dyn Ledger,
    pub account: Option<&'a str>,
    pub kind: StatementKind,
    /// How much of each payment this statement has already told of.
    pub taken: &'a Taken,
    pub taken_before: &'a Taken,
    /// Groups and files that this statement has already booked in one sum.
    pub booked_groups: &'a HashSet<(Option<String>, Option<String>)>,
}

/// The shortest id that is looked for in free text: shorter ones stand there by chance.
const SHORTEST_ID_IN_TEXT: usize = 6;
/// The shortest that a cut id may be: where SWIFT MT cuts a reference.
const CUT: usize = 16;
/// The shortest name and account that are looked for in free text, in bytes: a Chinese name may have two characters.
const SHORTEST_NAME_IN_TEXT: usize = 6;
const SHORTEST_ACCOUNT_IN_TEXT: usize = 8;

impl Transaction<'_> {
    fn detail_id<'s>(&'s self, pick: impl Fn(&'s EntryDetail) -> Option<&'s str>) -> Option<&'s str> {
        real_id(self.detail.and_then(pick))
    }

    pub fn end_to_end_id(&self) -> Option<&str> {
        self.detail_id(|d| d.end_to_end_id.as_deref())
    }

    pub fn instruction_id(&self) -> Option<&str> {
        self.detail_id(|d| d.instruction_id.as_deref())
    }

    fn reference(&self) -> Option<&str> {
        real_id(self.entry.reference.as_deref()).filter(|_| self.only)
    }

    pub fn counterparty(&self) -> Option<&Counterparty> {
        self.detail.map(|d| &d.counterparty)
    }

    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let detail = self.detail.into_iter().flat_map(|d| d.remittance.iter().chain(&d.structured_reference));
        detail.chain(self.entry.info.iter().filter(|_| self.only)).map(String::as_str)
    }

    /// Whether it says nothing by which one could tell whose it is.
    fn is_silent(&self) -> bool {
        self.reference().is_none() && self.texts().all(|text| text.trim().is_empty())
    }

    /// Whether it tells the other side apart from its text.
    fn tells_counterparty(&self) -> bool {
        self.counterparty().is_some_and(|told| told.account.is_some() || told.name.is_some())
    }

    /// Whether its text holds the payee's account or name.
    fn text_names(&self, candidate: &Candidate) -> bool {
        let text = self.texts().collect::<Vec<_>>().join(" ");
        let holds = |text: &str, part: &str, shortest: usize| part.len() >= shortest && text.contains(part);
        let account = candidate.counterparty_account.as_deref().map(plain);
        let name = candidate.counterparty_name.as_deref().map(folded);
        account.is_some_and(|account| holds(&plain(&text), &account, SHORTEST_ACCOUNT_IN_TEXT))
            || name.is_some_and(|name| holds(&folded(&text), &name, SHORTEST_NAME_IN_TEXT))
    }

    /// Whether the bank's code says that it is its own charge, a collection of others, or a card.
    fn is_strange(&self) -> bool {
        stranger(self.entry, "").is_some_and(|stranger| stranger != Stranger::Incoming)
    }

    /// Whether it tells the payee at all: as its other side, or by the name or account within its text.
    fn says_who(&self, candidate: &Candidate) -> bool {
        const SHORTEST: usize = 6;
        let told = self.counterparty().is_some_and(|told| told.name.is_some() || told.account.is_some());
        let text = folded(&self.texts().collect::<Vec<_>>().join(" "));
        let holds = |what: &Option<String>| {
            let what = what.as_deref().map(folded).unwrap_or_default();
            what.len() >= SHORTEST && text.contains(&what)
        };
        told || holds(&candidate.counterparty_name) || holds(&candidate.counterparty_account)
    }

    /// Whether it is of the payment's amount.
    fn is_of(&self, candidate: &Candidate) -> bool {
        self.told_in(candidate.currency) == Some(candidate.amount)
    }

    /// Its amount in this currency: its own, or of what it was converted from or to, where the bank tells that.
    fn told_in(&self, currency: Currency) -> Option<Amount> {
        if self.currency == currency {
            return self.amount;
        }
        let own = self.detail.and_then(|d| d.amount.filter(|_| d.currency == Some(currency)));
        let of_entry = self.entry.conversion.as_ref().filter(|_| self.only);
        let conversions = self.detail.and_then(|d| d.conversion.as_ref()).into_iter().chain(of_entry);
        let mut told = conversions.flat_map(|c| [&c.instructed, &c.counter_value]).flatten();
        let converted = told.find(|money| money.currency == Some(currency)).map(|money| money.amount);
        converted.or(own)
    }

    fn effect(&self, candidate: &Candidate) -> Effect {
        match (self.entry.is_booked(), self.direction() == candidate.indicator.reversed()) {
            (false, _) => Effect::Announced,
            (true, true) => Effect::Booked,
            (true, false) => Effect::Returned,
        }
    }

    fn direction(&self) -> Indicator {
        self.detail.and_then(|d| d.indicator).unwrap_or(self.entry.indicator)
    }
}

impl Context<'_> {
    /// The payment by an id that the bank repeats.
    pub fn by_id(&self, transaction: &Transaction) -> Result<Match, Why> {
        let mut result = Err(Why::NothingFound);
        let strange = transaction.is_strange();
        for (candidates, how) in self.of_ids(transaction) {
            // The bank's charge for a payment names the payment, and is not the payment; others use the same ids.
            let candidates = candidates.into_iter().filter(|c| !strange || transaction.is_of(c)).collect();
            result = self.choose(candidates, how, transaction);
            if !matches!(result, Err(Why::NothingFound)) {
                return result;
            }
        }
        match self.of_cut_reference(transaction) {
            Some((candidates, how)) => self.choose(candidates, how, transaction),
            None => result,
        }
    }

    /// All payments that a transaction names, by whatever of them the bank repeats.
    pub fn named(&self, transaction: &Transaction) -> Vec<Candidate> {
        self.of_ids(transaction).chain(self.of_cut_reference(transaction)).flat_map(|(found, _)| found).collect()
    }

    /// The payments of each id that the bank repeats, surest first.
    fn of_ids(&self, transaction: &Transaction) -> impl Iterator<Item = (Vec<Candidate>, How)> {
        let ledger = self.ledger;
        let by_reference = |id| [ledger.by_end_to_end_id(id), ledger.by_instruction_id(id)].concat();
        let ids = [
            transaction.end_to_end_id().map(|id| (id, How::EndToEndId)),
            transaction.instruction_id().map(|id| (id, How::InstructionId)),
            transaction.reference().map(|id| (id, How::Reference)),
        ];
        ids.into_iter().flatten().map(move |(id, how)| match how {
            How::EndToEndId => (ledger.by_end_to_end_id(id), how),
            How::InstructionId => (ledger.by_instruction_id(id), how),
            _ => (by_reference(id), how),
        })
    }

    /// The payments of account and amount together with a reference that was cut or moved into the text.
    fn of_cut_reference(&self, transaction: &Transaction) -> Option<(Vec<Candidate>, How)> {
        let candidates = self.of_amount(transaction);
        let ids = |c: &Candidate| [c.end_to_end_id.clone(), c.instruction_id.clone()].into_iter().flatten();
        let told = [transaction.reference(), transaction.end_to_end_id(), transaction.instruction_id()];
        let is_cut = |c: &Candidate, cut: &str| cut.len() >= CUT && ids(c).any(|id| id.starts_with(cut));
        let by_reference: Vec<_> =
            candidates.iter().filter(|c| told.iter().flatten().any(|told| is_cut(c, told))).cloned().collect();
        if !by_reference.is_empty() {
            return Some((by_reference, How::Reference));
        }
        let text = transaction.texts().collect::<Vec<_>>().join("\n");
        let in_text = |c: &Candidate| ids(c).any(|id| holds_id(&text, &id));
        let by_text: Vec<_> = candidates.into_iter().filter(in_text).collect();
        (!by_text.is_empty()).then_some((by_text, How::Text))
    }

    /// The payment by account, amount and counterparty alone; never more than weak.
    pub fn by_amount(&self, transaction: &Transaction) -> Result<Match, Why> {
        // What names an id that is none of ours is somebody else's, and what the bank calls its fee or a card is none
        // of our payments, whatever its amount. Money that comes back may bear a new id, and then the payee tells.
        let renamed = transaction.end_to_end_id().is_some();
        if renamed && !(transaction.return_mark().is_some() && transaction.tells_counterparty()) {
            return Err(Why::NothingFound);
        }
        if transaction.direction() == Indicator::Debit && stranger(transaction.entry, "").is_some() {
            return Err(Why::NothingFound);
        }
        let fits = |c: &Candidate| {
            fits_counterparty(c, transaction.counterparty())
                // What says something, and nothing of it is the payment's, is somebody else's.
                && (transaction.tells_counterparty() || transaction.is_silent() || transaction.text_names(c))
                && fits_day(c.execution_date, transaction.entry.booking_date)
                && match transaction.effect(c) {
                    Effect::Booked => !renamed && (c.phase.is_open() || self.is_again(c, transaction)),
                    Effect::Returned => c.phase.may_return() && transaction.return_mark().is_some(),
                    Effect::Announced => !renamed && c.phase.is_open(),
                }
        };
        let mut fitting: Vec<_> = self.of_amount(transaction).into_iter().filter(fits).collect();
        // A booking that another statement has shown is that one, before it is an equal payment's.
        if fitting.iter().any(|c| self.is_again(c, transaction)) {
            fitting.retain(|c| self.is_again(c, transaction));
        }
        let free = |c: &&Candidate| !self.is_taken(c, transaction);
        let free: Vec<_> = fitting.iter().filter(free).cloned().collect();
        let Some(first) = free.first() else { return Err(Why::NothingFound) };
        // Equal payments to one account are as good as one another: the first that is free is taken.
        let equal =
            |c: &Candidate| c.counterparty_account.is_some() && c.counterparty_account == first.counterparty_account;
        if free.len() > 1 && (renamed || !free.iter().all(equal)) {
            return Err(Why::Ambiguous(free.len() as u64));
        }
        // An amount alone is anybody's; what was told before changes nothing.
        if !transaction.says_who(first) && !self.is_again(first, transaction) {
            return Err(Why::OnlyAmount);
        }
        let chosen = self.choose(vec![first.clone()], How::Amount, transaction)?;
        let sureness = if free.len() > 1 { Sureness::Interchangeable } else { chosen.sureness };
        Ok(Match { sureness, ..chosen })
    }

    fn of_amount(&self, transaction: &Transaction) -> Vec<Candidate> {
        let (Some(account), Some(amount)) = (self.account, transaction.amount) else { return Vec::new() };
        self.ledger.by_amount(account, amount, transaction.currency)
    }

    /// Whether the statement has told of the payment already. A bank may book one payment in parts: another part is
    /// welcome as long as all of them are no more than the payment.
    fn is_taken(&self, candidate: &Candidate, transaction: &Transaction) -> bool {
        let effect = transaction.effect(candidate);
        let in_sum = |group_id| self.booked_groups.contains(&(candidate.message_id.clone(), group_id));
        let in_sum = effect == Effect::Booked && (in_sum(candidate.group_id.clone()) || in_sum(None));
        let same_currency = transaction.currency == candidate.currency;
        let part = transaction.amount.filter(|_| same_currency).unwrap_or(candidate.amount);
        let fills = |taken: Amount| {
            taken >= candidate.amount || taken.checked_add(part).is_none_or(|sum| sum > candidate.amount)
        };
        // A statement before it in the same file, which the ledger does not know yet.
        let before = self.taken_before.get(candidate, effect).filter(|_| self.kind == StatementKind::Statement);
        let whole = before.is_some_and(|taken| taken >= candidate.amount);
        in_sum || whole || self.taken.get(candidate, effect).is_some_and(fills)
    }

    /// Whether another statement has shown this very booking, and it counted.
    fn is_again(&self, candidate: &Candidate, transaction: &Transaction) -> bool {
        let effect = transaction.effect(candidate);
        let shown = candidate.bookings(effect == Effect::Returned);
        counted(candidate, effect) && Booking::is_again(shown, self.kind, transaction.entry)
    }

    /// Whether a statement, or an entry before this one, has shown that the payment's money left.
    fn was_seen_leaving(&self, candidate: &Candidate) -> bool {
        let told = [self.taken, self.taken_before].iter().any(|taken| taken.get(candidate, Effect::Booked).is_some());
        told || candidate.phase == Phase::Booked || candidate.bookings(false).next().is_some()
    }

    /// The one candidate that agrees with the transaction, and how sure that is.
    fn choose(&self, candidates: Vec<Candidate>, how: How, transaction: &Transaction) -> Result<Match, Why> {
        let here = |c: &Candidate| accounts_agree(c.account.as_deref(), self.account) != Some(false);
        let found = candidates.len();
        if found > 0 && candidates.iter().all(|c| c.phase == Phase::Waiting) {
            // What others pay us under an id like ours is theirs.
            let booked = candidates.iter().any(|c| transaction.direction() == c.indicator.reversed());
            let is_it = booked || transaction.return_mark().is_some();
            return Err(if is_it { Why::NeverSent } else { Why::NothingFound });
        }
        let mut list: Vec<_> = candidates.into_iter().filter(here).collect();
        if list.is_empty() {
            return Err(if found > 0 { Why::OtherAccount } else { Why::NothingFound });
        }
        list.retain(|c| c.phase != Phase::Waiting && !self.is_taken(c, transaction));
        if list.len() > 1 {
            list.retain(|c| transaction.amount.is_none() || transaction.is_of(c));
        }
        let many = list.len() as u64;
        match (list.pop(), many) {
            (Some(candidate), 1) => self.weigh(candidate, how, transaction),
            (None, _) => Err(Why::AlreadyMatched),
            (Some(_), _) => Err(Why::Ambiguous(many)),
        }
    }

    fn weigh(&self, candidate: Candidate, how: How, transaction: &Transaction) -> Result<Match, Why> {
        let effect = transaction.effect(&candidate);
        let same_currency = transaction.currency == candidate.currency;
        let differs = same_currency && transaction.amount.is_some_and(|amount| amount != candidate.amount);
        let agreed = accounts_agree(candidate.account.as_deref(), self.account) == Some(true);
        // Without the amount that was ordered nobody knows whether so much was paid.
        if !same_currency && !transaction.is_of(&candidate) {
            return Err(Why::OtherCurrency);
        }
        // A stranger's collection or card under our id and amount is theirs.
        let told = transaction.counterparty().filter(|_| effect != Effect::Returned);
        let to_another = told.is_some_and(|told| candidate.is_to_another(told));
        if to_another && transaction.is_strange() {
            return Err(Why::OtherPayee);
        }
        let mut sureness = how.surest();
        if !agreed || !same_currency {
            sureness = sureness.min(Sureness::Strong);
        }
        // A reference alone is not enough: it may be any number of the bank's.
        if differs && how != How::EndToEndId {
            return Err(Why::NothingFound);
        }
        if effect == Effect::Returned {
            // Others pay us under ids of their own, which may be like ours.
            let unproven = if differs { Why::NothingFound } else { Why::NoReturn };
            let left = self.was_seen_leaving(&candidate);
            let proof = transaction.proof_of_return(&candidate, self.account, left && !differs).ok_or(unproven)?;
            sureness = sureness.min(if agreed { proof } else { Sureness::Weak });
        }
        let again = self.is_again(&candidate, transaction);
        match effect {
            Effect::Booked if counted(&candidate, effect) && !again => return Err(Why::BookedBefore),
            Effect::Returned if counted(&candidate, effect) && !again => return Err(Why::ReturnedBefore),
            _ => {}
        }
        // A return may be told before the booking that it takes back: then the booking is no surprise.
        let ended = matches!(candidate.phase, Phase::Ended | Phase::TakenBack);
        let had_ended = effect == Effect::Booked && ended && candidate.bookings(true).next().is_none();
        let doubt = match (differs, had_ended && !again) {
            (true, _) => Some(Doubt::AmountDiffers),
            (false, true) => Some(Doubt::HadEnded),
            (false, false) => None,
        };
        if doubt.is_some() || to_another {
            sureness = Sureness::Weak;
        }
        Ok(Match { candidate: Box::new(candidate), effect, how, sureness, again, doubt, to_another })
    }
}

/// Whether the journal counts a payment as booked, or its money as back: a report announces a booking only.
fn counted(candidate: &Candidate, effect: Effect) -> bool {
    let by_statement = |b: &Booking| b.kind == StatementKind::Statement;
    match effect {
        Effect::Booked => candidate.phase == Phase::Booked || candidate.bookings(false).any(by_statement),
        Effect::Returned => candidate.bookings(true).next().is_some(),
        Effect::Announced => false,
    }
}

impl How {
    /// The surest that a match found this way can be.
    pub(super) fn surest(self) -> Sureness {
        match self {
            How::EndToEndId | How::PaymentInformationId => Sureness::Exact,
            How::InstructionId | How::Reference | How::Text | How::MessageId | How::Row | How::Payee => {
                Sureness::Strong
            }
            How::Amount => Sureness::Weak,
        }
    }
}

/// Whether what the entry says of the counterparty is the payment's; what it does not say, fits.
fn fits_counterparty(candidate: &Candidate, told: Option<&Counterparty>) -> bool {
    let Some(told) = told else { return true };
    match (&told.account, &candidate.counterparty_account) {
        (Some(told), Some(ours)) => return accounts_agree(Some(told.as_str()), Some(ours)) == Some(true),
        _ if told.name.is_none() => return true,
        _ => {}
    }
    match (&told.name, &candidate.counterparty_name) {
        (Some(told), Some(ours)) => names_agree(told, ours),
        _ => true,
    }
}

/// Whether a booking of this day can be what was due on that by its amount alone: not before its day of execution,
/// where a bank in another zone may be a day ahead, and not weeks after it.
pub(super) fn fits_day(due: Option<Date>, booked: Option<Date>) -> bool {
    const EARLIEST: i32 = -1;
    const LATEST: i32 = 31;
    let (Some(due), Some(booked)) = (due, booked) else { return true };
    due.until(booked).is_ok_and(|span| (EARLIEST..=LATEST).contains(&span.get_days()))
}

/// Whether two names are the same as banks write them: capitals, accents and punctuation do not count, `ae` is `ä`,
/// and a long name may have been cut.
pub(super) fn names_agree(one: &str, other: &str) -> bool {
    const SHORTEST_CUT: usize = 12;
    let (one, other) = (folded(one), folded(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.chars().count() >= SHORTEST_CUT && long.starts_with(&short))
}

/// A name without capitals, accents, punctuation and spaces, and with `ae`, `oe`, `ue`, `ss` as one letter.
pub(super) fn folded(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().map(half_width).flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'æ' => plain.push_str("ae"),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => plain.push('e'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => plain.push('i'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'œ' => plain.push_str("oe"),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ß' => plain.push_str("ss"),
            'ś' | 'š' | 'ş' | 'ș' => plain.push('s'),
            'ź' | 'ž' | 'ż' => plain.push('z'),
            'ł' => plain.push('l'),
            'ð' | 'ď' | 'đ' => plain.push('d'),
            'ř' => plain.push('r'),
            'ť' | 'ț' => plain.push('t'),
            'ğ' => plain.push('g'),
            other if other.is_alphanumeric() => plain.push(other),
            _ => {}
        }
    }
    plain.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("ss", "s")
}

/// A full-width letter, digit or sign as the half-width one.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// Whether two numbers are of the same account; `None` where one is not known. A bank may write its own
/// part of an IBAN.
pub(super) fn accounts_agree(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    Some(numbers_agree(one?, other?))
}

/// Whether the text holds the id as a word of its own; banks break it with spaces and line ends where their lines end.
fn holds_id(text: &str, id: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let begins = |at: usize| !word(text[..at].chars().next_back());
    let Some(first) = id.chars().next().filter(|_| id.len() >= SHORTEST_ID_IN_TEXT) else { return false };
    text.match_indices(first).any(|(at, _)| {
        let mut rest = text[at..].chars();
        let mut wanted = id.chars().filter(|c| !c.is_whitespace());
        begins(at) && wanted.all(|w| rest.find(|c| !c.is_whitespace()) == Some(w)) && !word(rest.next())
    })
}
