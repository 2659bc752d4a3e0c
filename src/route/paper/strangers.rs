//! Debits of a statement that are none of our payments.

use crate::document::{Account, Amount, Currency};
use crate::journal::Sums;
use crate::matching::Why;
use crate::text;
use crate::words::Text;

/// Debits of one statement that nobody explains.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    count: u64,
    sums: Sums,
    /// Place of the first in the statement.
    first: u64,
}

/// Whether an entry of this kind is an incident already, or will be.
pub(super) fn is_told(why: Why) -> bool {
    use Why::{AlreadyMatched, BookedBefore, NeverSent, NoReturn, ReturnedBefore};
    use Why::{OtherAccount, OtherCurrency, OtherPayee};
    let elsewhere = matches!(why, OtherAccount | OtherCurrency | OtherPayee);
    elsewhere || matches!(why, AlreadyMatched | BookedBefore | NeverSent | NoReturn | ReturnedBefore)
}

impl Strangers {
    /// One more, and what of it is no payment of ours.
    pub fn add(&mut self, seq: u64, currency: Currency, rest: Amount) {
        self.first = if self.count == 0 { seq } else { self.first.min(seq) };
        self.count += 1;
        let sum = self.sums.entry(currency).or_default();
        *sum = sum.saturating_add(rest);
    }

    /// What is said of them; `None` where there are none.
    pub fn words(&self, account: &Account) -> Option<Text> {
        let (count, first) = (self.count, self.first);
        let sums: Vec<String> = self.sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect();
        let sums = sums.join(" + ");
        (count > 0).then(|| {
            text!(
                "{count} debits of account `{account}`, from which nobody but us pays, are none of our payments: \
                 {sums}, the first entry {first}: ask the bank at once who ordered them; what is ours after all is \
                 matched by hand",
                "仅由我方付款的账户 `{account}` 有 {count} 笔借方分录不是我方付款：{sums}，首笔为第 {first} 笔：\
                 请立即向银行查明由谁发起；如确为我方付款，请人工匹配"
            )
        })
    }
}
