//! How much of each payment the entries of a statement have told of.

use std::collections::{BTreeMap, HashMap};

use super::{Candidate, Effect};
use crate::document::Amount;

/// Payments by the ledger's numbers: those of a day stand close together, so a million of them take little.
#[derive(Clone, Debug, Default)]
pub struct Seen(BTreeMap<i64, u64>);

impl Seen {
    /// One more.
    pub fn insert(&mut self, payment: i64) {
        *self.0.entry(payment >> 6).or_default() |= 1 << (payment & 63);
    }

    /// One less.
    pub fn remove(&mut self, payment: i64) {
        if let Some(bits) = self.0.get_mut(&(payment >> 6)) {
            *bits &= !(1 << (payment & 63));
        }
    }

    /// Whether it is one of them.
    pub fn contains(&self, payment: i64) -> bool {
        self.0.get(&(payment >> 6)).is_some_and(|bits| bits >> (payment & 63) & 1 == 1)
    }

    /// Their number.
    pub fn count(&self) -> u64 {
        self.0.values().map(|bits| u64::from(bits.count_ones())).sum()
    }

    fn extend(&mut self, other: Seen) {
        for (at, bits) in other.0 {
            *self.0.entry(at).or_default() |= bits;
        }
    }
}

/// What was told of payments: most are told whole, and only of the others the amount is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    booked: Seen,
    returned: Seen,
    announced: Seen,
    parts: HashMap<(i64, Effect), Amount>,
}

impl Taken {
    /// How much of a payment was told to this effect.
    pub fn get(&self, candidate: &Candidate, effect: Effect) -> Option<Amount> {
        if self.whole(effect).contains(candidate.payment) {
            return Some(candidate.amount);
        }
        self.parts.get(&(candidate.payment, effect)).copied()
    }

    /// So much more of it was told.
    pub fn add(&mut self, candidate: &Candidate, effect: Effect, amount: Amount) {
        let sum = self.get(candidate, effect).unwrap_or_default().saturating_add(amount);
        let (payment, key) = (candidate.payment, (candidate.payment, effect));
        if sum == candidate.amount {
            self.parts.remove(&key);
            self.whole_mut(effect).insert(payment);
        } else {
            self.whole_mut(effect).remove(payment);
            self.parts.insert(key, sum);
        }
    }

    /// Takes over what another statement told, which is above what was known.
    pub fn extend(&mut self, other: Taken) {
        self.booked.extend(other.booked);
        self.returned.extend(other.returned);
        self.announced.extend(other.announced);
        self.parts.extend(other.parts);
    }

    fn whole(&self, effect: Effect) -> &Seen {
        match effect {
            Effect::Booked => &self.booked,
            Effect::Returned => &self.returned,
            Effect::Announced => &self.announced,
        }
    }

    fn whole_mut(&mut self, effect: Effect) -> &mut Seen {
        match effect {
            Effect::Booked => &mut self.booked,
            Effect::Returned => &mut self.returned,
            Effect::Announced => &mut self.announced,
        }
    }
}
