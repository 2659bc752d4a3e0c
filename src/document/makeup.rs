//! What a batch of payments is made of: the kinds of payments in it and the largest of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Amount, Currency, Group, Method, Part, Payment};

/// Category purposes of ISO 20022 that pay people for their work.
const PAYROLL: [&str; 4] = ["SALA", "PAYR", "BONU", "PENS"];
/// Category purposes that pay for goods and services.
const SUPPLIER: [&str; 4] = ["SUPP", "TRAD", "GDDS", "SCVE"];

/// A kind of payment, as policies tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchType {
    /// Salaries and pensions, by category purpose or purpose.
    Payroll,
    /// Goods and services, by category purpose or purpose.
    SupplierPayment,
    /// Money that is collected.
    DirectDebit,
    /// Whatever names none of these purposes.
    Other,
}

impl BatchType {
    /// The word in `bankferry.toml` and the journal.
    pub fn word(self) -> &'static str {
        match self {
            BatchType::Payroll => "payroll",
            BatchType::SupplierPayment => "supplier-payment",
            BatchType::DirectDebit => "direct-debit",
            BatchType::Other => "other",
        }
    }

    /// The type of a payment in its group: the payment's own category purpose goes before the group's, and both before
    /// a purpose code, but that a purpose of pay makes it pay whatever its category.
    pub fn of(group: &Group, payment: &Payment) -> BatchType {
        if group.method == Method::DirectDebit {
            return BatchType::DirectDebit;
        }
        let category = payment.category_purpose.as_ref().or(group.category_purpose.as_ref());
        let Some(code) = category.or(payment.purpose.as_ref()) else { return BatchType::Other };
        let is = |code: &str, codes: &[&str]| codes.iter().any(|known| known.eq_ignore_ascii_case(code.trim()));
        match payment.purpose.as_deref() {
            _ if is(code, &PAYROLL) => BatchType::Payroll,
            Some(purpose) if is(purpose, &PAYROLL) => BatchType::Payroll,
            _ if is(code, &SUPPLIER) => BatchType::SupplierPayment,
            _ => BatchType::Other,
        }
    }
}

/// What a batch is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Makeup {
    /// Types of its payments.
    pub types: BTreeSet<BatchType>,
    /// The largest payment by currency.
    pub largest: BTreeMap<Currency, Amount>,
}

impl Makeup {
    /// Whether no money leaves by it: all of it is collected.
    pub fn collects(&self) -> bool {
        !self.types.is_empty() && self.types.iter().all(|kind| *kind == BatchType::DirectDebit)
    }
}

/// Finds out what a batch is made of, part by part.
#[derive(Default)]
pub struct MakeupOf {
    group: Group,
    found: Makeup,
}

impl MakeupOf {
    /// Looks at the next part.
    pub fn look(&mut self, part: &Part) {
        match part {
            Part::Group(group) => self.group = (**group).clone(),
            Part::Payment(payment) => {
                self.found.types.insert(BatchType::of(&self.group, payment));
                let largest = self.found.largest.entry(payment.currency).or_insert(payment.amount);
                *largest = payment.amount.max(*largest);
            }
            _ => {}
        }
    }

    /// What was found.
    pub fn finish(self) -> Makeup {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Indicator;

    #[test]
    fn the_nearest_code_says_what_a_payment_is() {
        let eur = Currency::parse("EUR").unwrap();
        let of = |group: Option<&str>, category: Option<&str>, purpose: Option<&str>, method: Method| {
            let group = Group { category_purpose: group.map(String::from), method, ..Group::default() };
            let mut payment = Payment::new(1, Amount::ONE, eur, Indicator::Credit);
            payment.category_purpose = category.map(String::from);
            payment.purpose = purpose.map(String::from);
            BatchType::of(&group, &payment)
        };
        let transfer = Method::Transfer;
        assert_eq!(of(Some("SALA"), None, None, transfer), BatchType::Payroll);
        assert_eq!(of(Some("SALA"), Some("supp"), None, transfer), BatchType::SupplierPayment);
        assert_eq!(of(None, None, Some("PENS"), transfer), BatchType::Payroll);
        assert_eq!(of(None, Some("SUPP"), Some("BONU"), transfer), BatchType::Payroll);
        assert_eq!(of(None, None, Some("rent for May"), transfer), BatchType::Other);
        assert_eq!(of(Some("SALA"), None, None, Method::DirectDebit), BatchType::DirectDebit);
    }
}
