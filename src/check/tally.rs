//! Count, sums and a digest of who is paid what: equal for a batch and the file written from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::document::{Amount, Currency, Part, Payment};

/// What two files that ask for the same payments have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: BTreeMap<Currency, Amount>,
    /// Digest over account, amount, currency and end-to-end id of every payment, in lower-case
    /// hexadecimal: the sum modulo 2^256 of each payment's SHA-256. The order and the grouping of
    /// payments do not matter; a payment that is there twice counts twice.
    pub payees_digest: String,
    /// The same without end-to-end ids, for formats that have no room for them.
    pub accounts_digest: String,
}

/// Adds up the payments of a file part by part.
#[derive(Clone, Default)]
pub struct Tally {
    count: u64,
    sums: BTreeMap<Currency, Amount>,
    payees: MultisetDigest,
    accounts: MultisetDigest,
    overflow: bool,
}

impl Tally {
    /// Adds the next part; parts that are not of payments add nothing.
    pub fn look(&mut self, part: &Part) {
        if let Part::Payment(payment) = part {
            self.add(payment);
        }
    }

    /// Number of payments so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum per currency so far.
    pub fn sums(&self) -> &BTreeMap<Currency, Amount> {
        &self.sums
    }

    /// Whether a sum grew beyond what an exact decimal holds: the sums are worthless then.
    pub fn overflowed(&self) -> bool {
        self.overflow
    }

    /// The totals.
    pub fn finish(self) -> Totals {
        Totals {
            count: self.count,
            sums: self.sums,
            payees_digest: self.payees.hex(),
            accounts_digest: self.accounts.hex(),
        }
    }

    fn add(&mut self, payment: &Payment) {
        self.count += 1;
        let fits = add_exactly(self.sums.entry(payment.currency).or_default(), payment.amount);
        self.overflow |= !fits;
        let account = payment.counterparty.account.as_ref().map_or_else(String::new, |a| a.compact());
        let amount = payment.amount.normalize().to_string();
        let paid = [account.as_str(), amount.as_str(), payment.currency.as_str()];
        self.accounts.add(&paid);
        self.payees.add(&[paid[0], paid[1], paid[2], own_id(payment).unwrap_or("")]);
    }
}

/// The end-to-end id of a payment, where it has one: `NOTPROVIDED` is ISO 20022 for none.
pub(super) fn own_id(payment: &Payment) -> Option<&str> {
    let id = payment.end_to_end_id.as_deref()?.trim();
    (!id.is_empty() && id != "NOTPROVIDED").then_some(id)
}

/// Adds `amount`; false when the exact sum has more digits than a decimal holds.
pub(super) fn add_exactly(sum: &mut Amount, amount: Amount) -> bool {
    let Some(new) = sum.checked_add(amount) else { return false };
    // Near its limit the decimal gives up decimals rather than fail; taking away shows it.
    let exact = new.checked_sub(amount) == Some(*sum) && new.checked_sub(*sum) == Some(amount);
    *sum = new;
    exact
}

/// A digest of a multiset: the sum of its members' SHA-256 modulo 2^256.
#[derive(Clone, Default)]
struct MultisetDigest([u8; 32]);

impl MultisetDigest {
    /// Adds the member of these fields; each is preceded by its length, so that no two members
    /// have the same bytes.
    fn add(&mut self, fields: &[&str]) {
        let mut hash = Sha256::new();
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        self.plus(hash.finalize().into());
    }

    fn plus(&mut self, other: [u8; 32]) {
        let mut carry = 0;
        for (sum, byte) in self.0.iter_mut().zip(other).rev() {
            let total = u16::from(*sum) + u16::from(byte) + carry;
            *sum = total as u8;
            carry = total >> 8;
        }
    }

    fn of_hex(hex: &str) -> Option<MultisetDigest> {
        let mut digest = MultisetDigest::default();
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (at, byte) in digest.0.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(digest)
    }

    fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of the payments of two files together, from the digests of both; `None` where one is no digest.
pub fn add_digests(one: &str, other: &str) -> Option<String> {
    let mut sum = MultisetDigest::of_hex(one)?;
    sum.plus(MultisetDigest::of_hex(other)?.0);
    Some(sum.hex())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Account, Indicator};

    fn payment(account: &str, amount: &str, id: &str) -> Part {
        let mut p = Payment::new(1, amount.parse().unwrap(), Currency::parse("EUR").unwrap(), Indicator::Credit);
        p.counterparty.account = Account::parse(account);
        p.end_to_end_id = Some(id.to_string());
        Part::Payment(Box::new(p))
    }

    fn totals(parts: &[Part]) -> Totals {
        let mut tally = Tally::default();
        parts.iter().for_each(|part| tally.look(part));
        tally.finish()
    }

    #[test]
    fn what_a_format_may_change_changes_no_digest() {
        let ours = totals(&[payment("de89 3704 0044 0532 0130 00", "10.00", "A"), payment("6222 02", "5", "B")]);
        let banks = totals(&[payment("622202", "5.00", "B "), payment("DE89370400440532013000", "10", "A")]);
        assert_eq!(ours, banks);
        let no_id = totals(&[payment("1", "1", "NOTPROVIDED")]);
        assert_eq!(no_id, totals(&[payment("1", "1", "")]));
    }

    #[test]
    fn every_field_and_every_repetition_counts() {
        let one = totals(&[payment("1", "10", "A")]);
        for other in [payment("2", "10", "A"), payment("1", "11", "A"), payment("1", "10", "B")] {
            assert_ne!(one.payees_digest, totals(&[other]).payees_digest);
        }
        let twice = totals(&[payment("1", "10", "A"), payment("1", "10", "A")]);
        assert_ne!(one.payees_digest, twice.payees_digest);
        assert_ne!(totals(&[]).payees_digest, twice.payees_digest);
    }

    #[test]
    fn a_format_without_ids_gives_the_accounts_digest_again() {
        let (with, without) = (totals(&[payment("1", "10", "A")]), totals(&[payment("1", "10", "")]));
        assert_eq!(with.accounts_digest, without.accounts_digest);
        assert_ne!(with.payees_digest, without.payees_digest);
    }

    #[test]
    fn a_sum_that_does_not_fit_is_noticed() {
        let mut sum: Amount = "999999999999999999.12345678".parse().unwrap();
        assert!(!(0..2000).all(|_| add_exactly(&mut sum, "999999999999999999.12345678".parse().unwrap())));
    }

    proptest! {
        #[test]
        fn digests_of_two_files_add_up_to_that_of_both(n in 0usize..9, m in 0usize..9) {
            let parts: Vec<Part> = (0..n + m).map(|i| payment("1", &(i + 1).to_string(), &i.to_string())).collect();
            let of = |parts: &[Part]| totals(parts).payees_digest;
            prop_assert_eq!(add_digests(&of(&parts[..n]), &of(&parts[n..])), Some(of(&parts)));
            prop_assert_eq!(add_digests(&of(&parts), "no digest"), None);
        }

        #[test]
        fn order_does_not_matter(cents in proptest::collection::vec((1u32..500, 0u8..4), 0..20), turn in 0usize..20) {
            let mut parts: Vec<Part> = cents
                .iter()
                .map(|(c, id)| payment(&id.to_string(), &Amount::new(i64::from(*c), 2).to_string(), &id.to_string()))
                .collect();
            let before = totals(&parts);
            let turn = turn % parts.len().max(1);
            parts.rotate_left(turn);
            parts.reverse();
            prop_assert_eq!(before, totals(&parts));
        }
    }
}
