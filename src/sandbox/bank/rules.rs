//! What the practice bank does with a payment, by simple rules that a test can provoke.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::books::Balance;
use crate::document::{Amount, Group, Payment, Reason};

/// What the bank refuses, by ISO 20022 external status reasons.
///
/// Beside these, words in a counterparty's name, remittance text or end-to-end id steer it:
/// `REJECT` refuses with [`Rules::reject_code`], `ERRAC06RJCT` refuses with AC06, `ERRxxxxPDNG` leaves the
/// payment pending, `ERRZZ99UNKN` answers with the code ZZ99 that no list has, `ERRAC04RTRN` accepts and books it
/// and gives it back on the next statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Rules {
    /// Payments over this are refused with AM02.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_over: Option<Amount>,
    /// The reason for payments with the word `REJECT`.
    pub reject_code: String,
    /// Payments that the balance does not cover are refused with AM04.
    pub funds_needed: bool,
    /// Accounts that the bank does not know are opened with this balance; without it, refused with AC01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_accounts_with: Option<Amount>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { amount_over: None, reject_code: "AC04".to_string(), funds_needed: false, open_accounts_with: None }
    }
}

/// What the bank does with one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Rejected(Reason),
    Pending(Reason),
    /// Answered with this code, which is in nobody's list, and not booked.
    Unlisted(String),
    /// Accepted and booked, and given back on the next statement for this reason.
    Returned(String),
}

/// Judges payments in the order of the file. Twice over the same file it says the same twice.
pub(super) struct Judge<'a> {
    rules: &'a Rules,
    /// Balances as they would be after what was accepted so far; new accounts included.
    pub balances: BTreeMap<String, Balance>,
    account: Option<String>,
    /// Why the whole group is refused.
    refused: Option<Reason>,
}

impl Judge<'_> {
    pub(super) fn new(rules: &Rules, balances: BTreeMap<String, Balance>) -> Judge<'_> {
        Judge { rules, balances, account: None, refused: None }
    }

    /// A group begins; why it is refused as a whole, if it is.
    pub(super) fn group(&mut self, group: &Group) -> Option<Reason> {
        let id = group.account.as_ref().map(|a| a.id.as_str().to_string());
        let known = id.as_ref().is_some_and(|id| self.balances.contains_key(id));
        let opens = id.is_some() && self.rules.open_accounts_with.is_some();
        self.refused = (!known && !opens).then(|| reason("AC01", "the debtor's account is not known here"));
        self.account = id;
        self.refused.clone()
    }

    /// What is done with the next payment of the group.
    pub(super) fn payment(&mut self, payment: &Payment) -> Verdict {
        if let Some(reason) = &self.refused {
            return Verdict::Rejected(reason.clone());
        }
        let account = self.account.clone().unwrap_or_default();
        if let Some(balance) = self.rules.open_accounts_with {
            let opened = || Balance::opened(payment.currency, Some(balance));
            self.balances.entry(account.clone()).or_insert_with(opened);
        }
        if let Some(verdict) = self.refusal(payment, &account).or_else(|| steered(payment, &self.rules.reject_code)) {
            if !matches!(verdict, Verdict::Returned(_)) {
                return verdict;
            }
            self.book(payment, &account);
            return verdict;
        }
        self.book(payment, &account);
        Verdict::Accepted
    }

    fn refusal(&self, payment: &Payment, account: &str) -> Option<Verdict> {
        let balance = self.balances.get(account)?;
        let rejected = |code, info| Some(Verdict::Rejected(reason(code, info)));
        if payment.amount <= Amount::ZERO {
            return rejected("AM01", "the amount is zero");
        }
        if payment.currency != balance.currency {
            return rejected("AM03", "the account is not held in this currency");
        }
        if self.rules.amount_over.is_some_and(|most| payment.amount > most) {
            return rejected("AM02", "the amount is over the limit");
        }
        let goes_out = payment.indicator == crate::document::Indicator::Credit;
        if self.rules.funds_needed && goes_out && payment.amount > balance.amount {
            return rejected("AM04", "the balance does not cover it");
        }
        None
    }

    fn book(&mut self, payment: &Payment, account: &str) {
        if let Some(balance) = self.balances.get_mut(account) {
            balance.book(payment.amount, payment.indicator.reversed());
        }
    }
}

/// A reason with its code and the bank's words.
pub(super) fn reason(code: &str, info: &str) -> Reason {
    Reason { code: Some(code.to_string()), info: vec![info.to_string()] }
}

/// What the words in the payment ask for.
fn steered(payment: &Payment, reject_code: &str) -> Option<Verdict> {
    let name = payment.counterparty.name.as_deref();
    let texts = name.into_iter().chain(payment.end_to_end_id.as_deref());
    for text in texts.chain(payment.remittance.iter().map(String::as_str)) {
        if let Some((code, what)) = trigger(text) {
            return Some(match what {
                "RJCT" => Verdict::Rejected(reason(code, "asked for by the payment's own text")),
                "UNKN" => Verdict::Unlisted(code.to_string()),
                "PDNG" => Verdict::Pending(reason(code, "asked for by the payment's own text")),
                _ => Verdict::Returned(code.to_string()),
            });
        }
    }
    let rejected = name.is_some_and(|name| name.contains("REJECT"));
    rejected.then(|| Verdict::Rejected(reason(reject_code, "the counterparty's name says REJECT")))
}

/// Code and consequence of `ERR<code><RJCT|PDNG|UNKN|RTRN>` in `text`.
fn trigger(text: &str) -> Option<(&str, &str)> {
    text.match_indices("ERR").find_map(|(at, _)| {
        let (code, what) = (text.get(at + 3..at + 7)?, text.get(at + 7..at + 11)?);
        let is_code = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        (is_code && matches!(what, "RJCT" | "PDNG" | "UNKN" | "RTRN")).then_some((code, what))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Currency, GroupAccount, Indicator};

    const ACCOUNT: &str = "DE89370400440532013000";

    fn judge(rules: &Rules) -> Judge<'_> {
        let eur = Currency::parse("EUR").unwrap();
        let balance = Balance { currency: eur, amount: Amount::from(100), number: 0, owner: None };
        let mut judge = Judge::new(rules, BTreeMap::from([(ACCOUNT.to_string(), balance)]));
        let group = Group { account: GroupAccount::parse(ACCOUNT), ..Group::default() };
        assert_eq!(judge.group(&group), None);
        judge
    }

    fn pay(amount: i64, currency: &str, name: &str) -> Payment {
        let mut payment = Payment::new(1, amount.into(), Currency::parse(currency).unwrap(), Indicator::Credit);
        payment.counterparty.name = Some(name.to_string());
        payment
    }

    fn code(verdict: Verdict) -> String {
        match verdict {
            Verdict::Accepted => "accepted".to_string(),
            Verdict::Rejected(reason) => reason.code.unwrap(),
            Verdict::Pending(reason) => format!("pending {}", reason.code.unwrap()),
            Verdict::Unlisted(code) => format!("unlisted {code}"),
            Verdict::Returned(code) => format!("returned {code}"),
        }
    }

    #[test]
    fn rules_and_words_decide() {
        let rules = Rules { amount_over: Some(90.into()), funds_needed: true, ..Rules::default() };
        let mut judge = judge(&rules);
        for (payment, expected) in [
            (pay(60, "EUR", "A"), "accepted"),
            (pay(60, "EUR", "A"), "AM04"),
            (pay(95, "EUR", "A"), "AM02"),
            (pay(1, "USD", "A"), "AM03"),
            (pay(0, "EUR", "A"), "AM01"),
            (pay(1, "EUR", "please REJECT me"), "AC04"),
            (pay(1, "EUR", "ERRAC06RJCT"), "AC06"),
            (pay(1, "EUR", "xERR ERRAB12PDNG"), "pending AB12"),
            (pay(1, "EUR", "ERRZZ99UNKN"), "unlisted ZZ99"),
            (pay(40, "EUR", "ERRAC04RTRN"), "returned AC04"),
            (pay(1, "EUR", "ÄERRÖÖÖÖ"), "AM04"),
        ] {
            assert_eq!(code(judge.payment(&payment)), expected, "{:?}", payment.counterparty.name);
        }
    }

    #[test]
    fn accounts_that_are_not_known_are_refused_or_opened() {
        let group = Group { account: GroupAccount::parse("123"), ..Group::default() };
        let closed = Rules::default();
        let mut refusing = judge(&closed);
        assert!(refusing.group(&group).is_some());
        assert_eq!(code(refusing.payment(&pay(1, "EUR", "A"))), "AC01");
        let open = Rules { open_accounts_with: Some(50.into()), ..Rules::default() };
        let mut opening = judge(&open);
        assert_eq!(opening.group(&group), None);
        assert_eq!(code(opening.payment(&pay(20, "CNY", "A"))), "accepted");
        assert_eq!(opening.balances["123"].amount, Amount::from(30));
    }
}
