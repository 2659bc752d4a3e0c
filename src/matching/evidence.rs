//! What proves that money of ours comes back, and that it goes to whom it was ordered for.
//!
//! Others pay us under ids of their own, and an id of theirs may be one of ours: the id and the amount alone prove
//! nothing. What counts is this table, the surest row first; without a row the entry stays unmatched.
//!
//! | the bank | sure |
//! |---|---|
//! | marks the entry as a reversal (`RvslInd`, `RC`, `RD`, a layout's own mark) | exact |
//! | gives a reason for the return | exact |
//! | gives a transaction code of a return or reversal | exact |
//! | says so in the entry's words | strong |
//! | names our payee, or ourselves, and our money was seen leaving | weak |

use super::transaction::{Transaction, accounts_agree, names_agree};
use super::{Candidate, Sureness};
use crate::document::{Counterparty, Entry, Iban, numbers_agree, numbers_differ};

/// Sub-families of ISO 20022 bank transaction codes, and SWIFT types, of money that comes back.
const RETURN_CODES: &[&str] = &["RRTN", "RTRN", "RPCR", "UPDD", "PRDD", "NRTI", "NRTN"];
/// Business transaction codes (GVC) of the same: a collection or a transfer that was returned. They are numbers, so
/// they count only behind a SWIFT type. Source: Deutsche Kreditwirtschaft, DFÜ agreement, annex 3.
const GVC_RETURNS: &[&str] = &["108", "109", "159"];
/// Words of money that comes back in free text.
const RETURN_WORDS: &[&str] = &["退票", "退汇", "退回", "冲正"];

/// A row of the table: what the bank says or shows, and how sure a return is by it.
type Proof = (fn(&Transaction) -> bool, Sureness);

/// What the entry says itself, whatever payment it may be of.
const SAID: [Proof; 4] = [
    (|t| t.entry.reversal, Sureness::Exact),
    (|t| t.detail.is_some_and(|detail| detail.return_reason.is_some()), Sureness::Exact),
    (has_return_code, Sureness::Exact),
    (has_return_words, Sureness::Strong),
];

fn has_return_code(transaction: &Transaction) -> bool {
    let code = &transaction.entry.code;
    let coded = [&code.family, &code.sub_family, &code.proprietary].into_iter().flatten();
    // German banks write the SWIFT type before the number of the business transaction: `NTRF+159+9310`.
    coded.into_iter().any(|code| {
        let mut parts = code.split('+');
        let is_return = parts.next().is_some_and(|kind| RETURN_CODES.contains(&kind));
        is_return || parts.next().is_some_and(|number| GVC_RETURNS.contains(&number))
    })
}

fn has_return_words(transaction: &Transaction) -> bool {
    transaction.texts().any(|text| RETURN_WORDS.iter().any(|word| text.contains(word)))
}

impl Transaction<'_> {
    /// How plainly the bank says that money comes back.
    pub fn return_mark(&self) -> Option<Sureness> {
        SAID.iter().find(|(says, _)| says(self)).map(|(_, sure)| *sure)
    }

    /// How sure it is that this brings the money of the payment back to `account`; `left` is whether an entry of the
    /// whole payment was seen. `None` where nothing proves it.
    pub fn proof_of_return(&self, payment: &Candidate, account: Option<&str>, left: bool) -> Option<Sureness> {
        let by_payee = || (left && self.comes_from(payment, account)).then_some(Sureness::Weak);
        self.return_mark().or_else(by_payee)
    }

    /// Whether the other side is the payee: a bank may leave the parties as they were ordered, and name ourselves.
    fn comes_from(&self, payment: &Candidate, account: Option<&str>) -> bool {
        let Some(told) = self.counterparty() else { return false };
        let told_account = told.account.as_ref().map(|account| account.as_str());
        let ours = account.or(payment.account.as_deref());
        let payee = payment.counterparty_account.as_deref();
        match accounts_agree(told_account, payee) {
            Some(agree) => agree || ours.is_some_and(|ours| told_account.is_some_and(|told| numbers_agree(told, ours))),
            None => {
                told.name.as_deref().zip(payment.counterparty_name.as_deref()).is_some_and(|(a, b)| names_agree(a, b))
            }
        }
    }
}

/// Somebody as a payment or a bank names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named<'a> {
    /// The name.
    pub name: Option<&'a str>,
    /// The account number.
    pub account: Option<&'a str>,
}

impl<'a> Named<'a> {
    pub(super) fn of(told: &'a Counterparty) -> Named<'a> {
        Named { name: told.name.as_deref(), account: told.account.as_ref().map(|account| account.as_str()) }
    }

    /// Whether the bank tells of another than was ordered: surely another account, and not the name that was ordered
    /// beside it. Of two IBANs that differ the name says nothing more: each is of one account.
    pub fn is_another_than(self, ordered: Named) -> bool {
        let Some((told, account)) = self.account.zip(ordered.account) else { return false };
        let same_name = self.name.zip(ordered.name).is_some_and(|(told, name)| names_agree(told, name));
        let ibans = [told, account].into_iter().all(|number| Iban::parse(number).is_some());
        numbers_differ(told, account) && (ibans || !same_name)
    }
}

impl Candidate {
    /// Whom the payment is to, or from.
    fn payee(&self) -> Named<'_> {
        Named { name: self.counterparty_name.as_deref(), account: self.counterparty_account.as_deref() }
    }

    /// Whether the bank names another payee than was ordered; where it names ourselves, it names none.
    pub(super) fn is_to_another(&self, told: &Counterparty) -> bool {
        let told = Named::of(told);
        let ourselves = accounts_agree(told.account, self.account.as_deref()) == Some(true);
        !ourselves && told.is_another_than(self.payee())
    }

    /// Whether the bank answers with an account that is surely another than was ordered, whatever name it sets beside
    /// it: an answer repeats what the bank has, and a name that it repeats from our file proves nothing of the account.
    pub(super) fn is_answered_for_another(&self, told: &Counterparty) -> bool {
        let Some((account, ordered)) = Named::of(told).account.zip(self.counterparty_account.as_deref()) else {
            return false;
        };
        let ourselves = accounts_agree(Some(account), self.account.as_deref()) == Some(true);
        !ourselves && numbers_differ(account, ordered)
    }
}

/// Whether the bank says that money of ours comes back.
pub(super) fn comes_back(entry: &Entry) -> bool {
    let of = |detail| {
        let amount = Some(entry.amount);
        Transaction { entry, detail, amount, currency: entry.currency, only: true }.return_mark().is_some()
    };
    of(None) || entry.details.iter().any(|detail| of(Some(detail)))
}
