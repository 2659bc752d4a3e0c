//! `same-payment-twice`: the same payee, amount, day and text under another id.

use std::collections::HashMap;

use super::identity::short_hash;
use super::note::Notes;
use super::rules::{Grade, Rule};
use crate::document::{Group, Payment};
use crate::text;

pub(super) static RULE: Rule = Rule {
    name: "same-payment-twice",
    grade: Grade::Warning,
    firm: false,
    demands: (
        "no two payments of a file agree in payer, payee, amount, day and remittance text",
        "同一文件内没有付款人、收款人、金额、日期和附言都相同的两笔付款",
    ),
};

/// Equal for payments of the same payer, payee, amount, currency and text, on whatever day: what the memory over all
/// history compares. `None` where the payee has no account.
pub fn likeness(payment: &Payment, group: &Group) -> Option<i64> {
    let account = payment.counterparty.account.as_ref()?;
    let key = format!(
        "{:?}\0{}\0{}\0{}\0{}\0{}",
        group.account.as_ref().map(|a| a.id.compact()),
        account.compact(),
        payment.amount.normalize(),
        payment.currency,
        plain(payment.remittance.iter()),
        plain(payment.structured_reference.iter()),
    );
    let hash = short_hash(&key);
    let (first, _) = hash.split_first_chunk::<8>()?;
    Some(i64::from_be_bytes(*first))
}

/// Text whose capitals, blanks and line ends do not count: an ERP that prints it once more may set it otherwise.
fn plain<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    let mut plain = String::new();
    for word in lines.flat_map(|line| line.split_whitespace()) {
        plain.extend(word.chars().flat_map(char::to_uppercase));
        plain.push(' ');
    }
    plain
}

/// The payments of the file so far, by what they say.
#[derive(Default)]
pub(super) struct Repeats(HashMap<[u8; 12], u32>);

impl Repeats {
    pub fn look(&mut self, payment: &Payment, group: &Group, notes: &mut Notes) {
        let Some(account) = payment.counterparty.account.as_ref().filter(|_| notes.asks(&RULE)) else { return };
        let payer = group.account.as_ref().map(|a| a.id.compact());
        let key = format!(
            "{:?}\0{}\0{}\0{}\0{:?}\0{:?}\0{:?}",
            payer,
            account.compact(),
            payment.amount.normalize(),
            payment.currency,
            group.execution_date,
            payment.remittance,
            payment.structured_reference,
        );
        let seq = u32::try_from(payment.seq).unwrap_or(u32::MAX);
        if let Some(first) = self.0.insert(short_hash(&key), seq) {
            let message = text!(
                "payee, amount, day and text are the same as of payment {first}",
                "收款人、金额、日期和附言与第 {first} 笔付款相同"
            );
            let hint = text!("make sure that both are meant", "请确认两笔付款都需要支付");
            notes.note(&RULE, payment.place.clone(), message, hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Account, Amount, Currency, Indicator};

    #[test]
    fn capitals_and_blanks_make_no_other_payment() {
        let like = |lines: &[&str]| {
            let mut payment = Payment::new(1, Amount::ONE, Currency::EUR, Indicator::Credit);
            payment.counterparty.account = Account::parse("GB29NWBK60161331926819");
            payment.remittance = lines.iter().map(|line| line.to_string()).collect();
            likeness(&payment, &Group::default())
        };
        for same in [&["INV  1"][..], &["inv", "1"], &[" Inv 1 "]] {
            assert_eq!(like(same), like(&["inv 1"]), "{same:?}");
        }
        assert_ne!(like(&["inv 11"]), like(&["inv 1"]));
        assert_ne!(like(&["inv 1 1"]), like(&["inv 1"]));
    }
}
