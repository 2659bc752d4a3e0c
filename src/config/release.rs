//! When how many people must look at a batch before it goes, and how much may be paid in a while.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::document::{Amount, BatchType, Currency};
use crate::text;
use crate::words::Text;

/// When a second person, or two approvers, must look before a batch goes.
///
/// The stricter of the ERP's and the bank's policy holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleasePolicy {
    /// Every batch.
    pub always: bool,
    /// Batches with a sum over this, by currency.
    pub over: BTreeMap<Currency, Amount>,
    /// Batches with a sum over this take two approvers, by currency.
    pub two_over: BTreeMap<Currency, Amount>,
    /// Batches with a single payment over this, by currency.
    pub payment_over: BTreeMap<Currency, Amount>,
    /// Batches with a single payment over this take two approvers, by currency.
    pub two_payment_over: BTreeMap<Currency, Amount>,
    /// How many must look at payments in a currency, whatever the amount.
    pub currencies: BTreeMap<Currency, Approvers>,
    /// How many must look at payments in a currency that [`currencies`](ReleasePolicy::currencies) does not name.
    pub other_currencies: Approvers,
    /// How many must look at a batch with a payee that was never paid: neither its name nor its account.
    pub new_payee: Approvers,
    /// How many must look where a known name is paid to another account, or a known account under another name.
    pub changed_payee: Approvers,
    /// Whose payments make a payee known.
    pub payees_by: PayeesBy,
    /// How many must look, by type of payment.
    pub types: BTreeMap<BatchType, Approvers>,
    /// Batches whose ERP file nobody can be shown to have made: folder rights are all that speaks for it.
    pub unauthenticated: bool,
    /// How much may be paid at once and in a while.
    pub limits: Vec<Limit>,
}

impl Default for ReleasePolicy {
    fn default() -> ReleasePolicy {
        ReleasePolicy {
            always: true,
            over: BTreeMap::new(),
            two_over: BTreeMap::new(),
            payment_over: BTreeMap::new(),
            two_payment_over: BTreeMap::new(),
            currencies: BTreeMap::new(),
            other_currencies: Approvers::None,
            new_payee: Approvers::None,
            changed_payee: Approvers::None,
            payees_by: PayeesBy::Party,
            types: BTreeMap::new(),
            unauthenticated: true,
            limits: Vec::new(),
        }
    }
}

impl ReleasePolicy {
    /// How many must look at payments in a currency.
    pub fn of_currency(&self, currency: Currency) -> Approvers {
        self.currencies.get(&currency).copied().unwrap_or(self.other_currencies)
    }

    /// What cannot be meant, in a sentence.
    pub(super) fn mistake(&self) -> Option<Text> {
        self.limits.iter().find_map(Limit::mistake)
    }
}

/// How many people beyond the maker must look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approvers {
    /// Nobody.
    #[default]
    None,
    /// A second person.
    One,
    /// Two approvers.
    Two,
}

/// Whose payments make a payee known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PayeesBy {
    /// Any of the ERP's.
    Party,
    /// Those from the same account of ours.
    Account,
}

/// How much may be paid at once or in a while; what goes beyond is held or refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What is measured.
    pub per: Per,
    /// The currency of its payments; others do not count.
    pub currency: Currency,
    /// The largest sum.
    #[serde(default)]
    pub sum: Option<Amount>,
    /// The most payments.
    #[serde(default)]
    pub count: Option<u64>,
    /// Days back from now over which it is added up, each of 24 hours; for `account`, `payee` and `party`.
    #[serde(default = "one")]
    pub days: u32,
    /// What is done about a batch that goes beyond it.
    #[serde(default)]
    pub beyond: Beyond,
}

fn one() -> u32 {
    1
}

impl Limit {
    fn mistake(&self) -> Option<Text> {
        let per = self.per.word();
        if self.sum.is_none() && self.count.is_none() {
            return Some(text!("a limit per {per} has neither `sum` nor `count`", "{per} 限额既无 `sum` 也无 `count`"));
        }
        if self.per == Per::Payment && self.count.is_some() {
            return Some(text!("a limit per payment has a `sum`, never a `count`", "单笔限额只有 `sum`，没有 `count`"));
        }
        (self.days == 0).then(|| text!("a limit per {per} of 0 days", "{per} 限额的天数为 0"))
    }
}

/// What a limit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Each payment.
    Payment,
    /// Each batch.
    Batch,
    /// What each of our accounts pays in a while.
    Account,
    /// What each payee is paid in a while, by the account that is paid.
    Payee,
    /// What the party asks for, or the bank is given, in a while.
    Party,
}

impl Per {
    /// The word in `bankferry.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Per::Payment => "payment",
            Per::Batch => "batch",
            Per::Account => "account",
            Per::Payee => "payee",
            Per::Party => "party",
        }
    }
}

/// What is done about a batch that goes beyond a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Beyond {
    /// A second person looks.
    #[default]
    Hold,
    /// Two approvers look.
    Two,
    /// It is refused, and the ERP is told.
    Refuse,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_measures_nothing_is_a_mistake() {
        let mistake = |text: &str| {
            let policy: ReleasePolicy =
                toml::from_str(&format!("limits = [{{ currency = \"EUR\", {text} }}]")).unwrap();
            policy.mistake()
        };
        assert!(mistake("per = \"batch\"").unwrap().en.contains("neither"));
        assert!(mistake("per = \"payment\", count = 3").unwrap().en.contains("never a `count`"));
        assert!(mistake("per = \"payee\", sum = \"1\", days = 0").unwrap().en.contains("0 days"));
        assert_eq!(mistake("per = \"account\", sum = \"1000\", count = 3, days = 7, beyond = \"two\""), None);
    }

    #[test]
    fn a_currency_that_is_not_named_is_any_other() {
        let policy: ReleasePolicy =
            toml::from_str("currencies = { EUR = \"none\" }\nother_currencies = \"two\"").unwrap();
        let of = |code: &str| policy.of_currency(Currency::parse(code).unwrap());
        assert_eq!((of("EUR"), of("USD")), (Approvers::None, Approvers::Two));
    }
}
