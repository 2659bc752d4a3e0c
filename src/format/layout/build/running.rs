//! The balance after each entry: it tells the order of the entries, and from it opening and closing balance.

use jiff::civil::DateTime;

use crate::document::{Amount, Date, Entry};

/// What the balances after the entries say together.
///
/// Entries stand oldest first or newest first. A pair of neighbours tells which by its balances, unless the two
/// amounts are equal and opposite (a payment and its return): then both orders hold, and only days and times tell.
#[derive(Default)]
pub(super) struct Running {
    first: Option<Step>,
    last: Option<Step>,
    /// Neighbours whose balances follow from each other oldest first, newest first, in both orders, and in none.
    pairs: Pairs,
    /// Whether a later entry of the file is later, or earlier, by its day and time.
    later: bool,
    earlier: bool,
    /// First and last day of booking.
    pub days: Option<(Date, Date)>,
}

#[derive(Clone, Copy)]
struct Step {
    signed: Amount,
    after: Amount,
    when: Option<DateTime>,
}

#[derive(Default)]
struct Pairs {
    forward: u64,
    backward: u64,
    either: u64,
    neither: u64,
}

/// The order of the entries in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// What the balances after the entries give.
pub(super) enum Told {
    /// There are none.
    Nothing,
    /// The balance before the first entry and the one after the last.
    Balances(Amount, Amount),
    /// The order of the entries cannot be known, and with it neither of the two.
    NoOrder,
}

impl Running {
    /// Takes an entry in: its amount, negative for debits, the balance after it where the file has one, and when it
    /// was booked.
    pub fn add(&mut self, signed: Amount, after: Option<Amount>, entry: &Entry, time: Option<DateTime>) {
        if let Some(day) = entry.booking_date {
            let (first, last) = self.days.unwrap_or((day, day));
            self.days = Some((first.min(day), last.max(day)));
        }
        let Some(after) = after else { return };
        let when = time.or(entry.booking_date.map(|day| day.at(0, 0, 0, 0)));
        let step = Step { signed, after, when };
        if let Some(before) = self.last {
            self.pair(before, step);
        }
        self.first.get_or_insert(step);
        self.last = Some(step);
    }

    fn pair(&mut self, before: Step, step: Step) {
        let forward = before.after.checked_add(step.signed) == Some(step.after);
        let backward = before.after.checked_sub(before.signed) == Some(step.after);
        let count = match (forward, backward) {
            (true, false) => &mut self.pairs.forward,
            (false, true) => &mut self.pairs.backward,
            (true, true) => &mut self.pairs.either,
            (false, false) => &mut self.pairs.neither,
        };
        *count += 1;
        if let (Some(one), Some(next)) = (before.when, step.when) {
            self.later |= next > one;
            self.earlier |= next < one;
        }
    }

    fn order(&self) -> Option<Order> {
        match (self.pairs.forward > 0, self.pairs.backward > 0) {
            (true, false) => return Some(Order::OldestFirst),
            (false, true) => return Some(Order::NewestFirst),
            _ => {}
        }
        match (self.later, self.earlier) {
            (true, false) => Some(Order::OldestFirst),
            (false, true) => Some(Order::NewestFirst),
            _ => None,
        }
    }

    /// Whether the balances do not follow from each other.
    pub fn is_broken(&self) -> bool {
        let against = match self.order() {
            Some(Order::OldestFirst) => self.pairs.backward,
            Some(Order::NewestFirst) => self.pairs.forward,
            None => self.pairs.forward.min(self.pairs.backward),
        };
        self.pairs.neither + against > 0
    }

    /// Opening and closing balance.
    pub fn balances(&self) -> Told {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Told::Nothing };
        let forward = first.after.checked_sub(first.signed).map(|opening| (opening, last.after));
        let backward = last.after.checked_sub(last.signed).map(|opening| (opening, first.after));
        let told = match self.order() {
            Some(Order::OldestFirst) => forward,
            Some(Order::NewestFirst) => backward,
            None if forward == backward => forward,
            None => return Told::NoOrder,
        };
        told.map_or(Told::Nothing, |(opening, closing)| Told::Balances(opening, closing))
    }
}
