//! `amount-too-large`, `too-many-payments`, `sum-too-large`, `sum-overflow`: how much at once.

use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use super::tally::Tally;
use crate::document::Payment;
use crate::finding::Place;
use crate::text;

pub(super) static AMOUNT: Rule = Rule {
    name: "amount-too-large",
    grade: Grade::Error,
    firm: false,
    demands: ("no payment is larger than was agreed", "单笔金额不超过约定限额"),
};

pub(super) static COUNT: Rule = Rule {
    name: "too-many-payments",
    grade: Grade::Error,
    firm: false,
    demands: ("a file has no more payments than was agreed", "文件笔数不超过约定上限"),
};

pub(super) static SUM: Rule = Rule {
    name: "sum-too-large",
    grade: Grade::Error,
    firm: false,
    demands: ("a file's sum is not larger than was agreed", "文件总金额不超过约定限额"),
};

pub(super) static OVERFLOW: Rule = Rule {
    name: "sum-overflow",
    grade: Grade::Error,
    firm: true,
    demands: ("the sums have no more digits than an exact decimal holds", "总金额位数在精确小数范围内"),
};

pub(super) fn look_at_payment(payment: &Payment, rules: &Rules, notes: &mut Notes) {
    let (amount, currency) = (payment.amount, payment.currency);
    if let Some(most) = rules.max_amount.get(&currency).filter(|&&most| amount > most) {
        let message = text!(
            "the amount {amount} is above the limit of {currency} {most}",
            "金额 {amount} 超过限额 {currency} {most}"
        );
        let hint = text!("pay it another way, or agree on a higher limit", "请以其他方式支付，或协商提高限额");
        notes.note(&AMOUNT, payment.place.clone().field(Field::Amount.name()), message, hint);
    }
}

pub(super) fn look_at_totals(tally: &Tally, rules: &Rules, notes: &mut Notes) {
    let hint = || text!("split the batch", "请拆分批次");
    let count = tally.count();
    if let Some(most) = rules.max_count.filter(|&most| count > most) {
        let message = text!("{count} payments are more than the {most} allowed", "共 {count} 笔，超过上限 {most} 笔");
        notes.note(&COUNT, Place::default(), message, hint());
    }
    for (currency, sum) in tally.sums() {
        if let Some(most) = rules.max_sum.get(currency).filter(|&most| sum > most) {
            let message = text!(
                "the sum {currency} {sum} is above the limit of {most}",
                "总金额 {currency} {sum} 超过限额 {most}"
            );
            notes.note(&SUM, Place::default(), message, hint());
        }
    }
    if tally.overflowed() {
        let message = text!("the sum has more digits than can be added exactly", "总金额位数过多，无法精确计算");
        notes.note(&OVERFLOW, Place::default(), message, hint());
    }
}
