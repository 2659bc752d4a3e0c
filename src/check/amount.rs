//! `amount-not-positive`, `amount-decimals`, `currency-not-allowed`: the money of one payment.

use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::document::{Amount, Payment};
use crate::text;

pub(super) static NOT_POSITIVE: Rule = Rule {
    name: "amount-not-positive",
    grade: Grade::Error,
    firm: true,
    demands: ("an amount is more than zero", "金额大于零"),
};

pub(super) static DECIMALS: Rule = Rule {
    name: "amount-decimals",
    grade: Grade::Error,
    firm: true,
    demands: (
        "an amount has no more decimals than its currency (ISO 4217)",
        "金额的小数位数不超过币种规定（ISO 4217）",
    ),
};

pub(super) static CURRENCY: Rule = Rule {
    name: "currency-not-allowed",
    grade: Grade::Error,
    firm: false,
    demands: ("payments are in the currencies that were agreed", "币种在约定范围内"),
};

pub(super) fn look(payment: &Payment, rules: &Rules, notes: &mut Notes) {
    let (amount, currency) = (payment.amount, payment.currency);
    let place = |field: Field| payment.place.clone().field(field.name());
    if amount <= Amount::ZERO {
        let message = text!("the amount {amount} is not more than zero", "金额 {amount} 不大于零");
        let hint = text!("remove the payment, or correct its amount", "请删除该笔付款或更正金额");
        notes.note(&NOT_POSITIVE, place(Field::Amount), message, hint);
    }
    let most = currency.minor_units();
    if amount.normalize().scale() > most {
        let message = text!(
            "the amount {amount} has more than the {most} decimals of {currency}",
            "金额 {amount} 超过 {currency} 的 {most} 位小数"
        );
        let hint =
            text!("round it in the ERP: the program never rounds money", "请在 ERP 中取整：本程序从不四舍五入金额");
        notes.note(&DECIMALS, place(Field::Amount), message, hint);
    }
    if !rules.currencies.is_empty() && !rules.currencies.contains(&currency) {
        let message = text!("the currency {currency} is not allowed here", "币种 {currency} 不在允许范围内");
        let hint = text!("send it to a bank that pays {currency}", "请改由可支付 {currency} 的银行办理");
        notes.note(&CURRENCY, place(Field::Currency), message, hint);
    }
}
