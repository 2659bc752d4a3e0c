//! Statements that cannot be right as they stand: they contradict themselves, are of a day to come, or of an account
//! that another bank keeps.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};

use crate::config::{Config, Party};
use crate::document::{Account, Amount, Currency, StatementEnd};
use crate::journal::StatementFact;
use crate::text;
use crate::words::Text;

/// What a reason to hold begins with where a statement contradicts itself.
const CONTRADICTORY: &str = "contradictory-statement";
/// The same, where its day is to come.
const FUTURE: &str = "future-statement";

/// The same, where another bank keeps its account.
const FOREIGN: &str = "foreign-statement";

/// The same, where it books in a currency in which it has no balance.
const OTHER_CURRENCY: &str = "other-currency-statement";

/// Credits and debits that are booked, by currency.
type Booked = BTreeMap<Currency, (Amount, Amount)>;

/// What a reader notices of a statement whose parts do not agree.
const CONTRADICTIONS: [&str; 4] = ["balance-mismatch", "count-mismatch", "hash-mismatch", "sum-mismatch"];

/// Why a statement cannot be right, as reasons to hold it. Reports and notifications are not looked at: they are no
/// last word.
pub(super) fn doubts(
    bank: &Party,
    now: Timestamp,
    new: &StatementFact,
    end: &StatementEnd,
    booked: &Booked,
) -> Vec<String> {
    let mut reasons = Vec::new();
    let document = new.document;
    if new.kind != "statement" || new.repeats.is_some() {
        return reasons;
    }
    if end.findings.iter().any(|finding| CONTRADICTIONS.contains(&&*finding.rule)) {
        reasons.push(format!("{CONTRADICTORY} {document}"));
    }
    let balanced = currencies(end);
    if let Some(other) = booked.keys().find(|currency| !balanced.is_empty() && !balanced.contains(currency)) {
        reasons.push(format!("{OTHER_CURRENCY} {document} {other}"));
    }
    let last = bank.window.day(now).checked_add(i64::from(bank.template.statements.days_ahead).days());
    if let Some(day) = new.date.filter(|day| last.is_ok_and(|last| *day > last)) {
        reasons.push(format!("{FUTURE} {document} {day}"));
    }
    reasons
}

/// The currencies in which a statement has balances.
fn currencies(end: &StatementEnd) -> BTreeSet<Currency> {
    end.balances.iter().filter_map(|balance| balance.currency).collect()
}

/// What of the booked credits and debits moves the balances: where these are in one currency, what is booked in it;
/// else all.
pub(super) fn sums(booked: &Booked, end: &StatementEnd) -> (Amount, Amount) {
    let balanced = currencies(end);
    let moves = |currency: &Currency| balanced.len() != 1 || balanced.contains(currency);
    let sides = booked.iter().filter(|(currency, _)| moves(currency)).map(|(_, sides)| sides);
    sides.fold((Amount::ZERO, Amount::ZERO), |(credits, debits), (credit, debit)| {
        (credits.saturating_add(*credit), debits.saturating_add(*debit))
    })
}

/// Why a statement of this account cannot be `bank`'s, as a reason to hold it: the configuration says that another bank
/// keeps the account. What one bank says of another's account is never its word.
pub(super) fn of_another_bank(
    config: &Config,
    bank: &Party,
    account: Option<&Account>,
    document: u64,
) -> Option<String> {
    let account = account.filter(|account| !bank.may_have_account(account))?;
    let keeper = config.bank_of(account).filter(|keeper| keeper.has_account(account))?;
    Some(format!("{FOREIGN} {document} {} {}", account.compact(), keeper.name))
}

/// The words for such a reason; `None` for any other.
pub fn doubt_words(reason: &str) -> Option<Text> {
    let mut words = reason.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some(FOREIGN), Some(document), Some(account)) => {
            let keeper = words.next().unwrap_or_default();
            Some(text!(
                "statement {document} is of account `{account}`, which `{keeper}` keeps and not this bank",
                "第 {document} 份对账单的账户 `{account}` 由 `{keeper}` 管理，而非该银行"
            ))
        }
        (Some(CONTRADICTORY), Some(document), _) => Some(text!(
            "statement {document} contradicts itself: its balances, count or sums are not those of its entries",
            "第 {document} 份对账单自相矛盾：余额、笔数或合计与分录不符"
        )),
        (Some(OTHER_CURRENCY), Some(document), Some(currency)) => Some(text!(
            "statement {document} books in {currency}, in which it has no balance: its balances cannot be proven",
            "第 {document} 份对账单含 {currency} 分录，却没有该币种余额：其余额无法核对"
        )),
        (Some(FUTURE), Some(document), Some(day)) => {
            Some(text!("statement {document} is of {day}, a day to come", "第 {document} 份对账单日期为未来的 {day}"))
        }
        _ => None,
    }
}
