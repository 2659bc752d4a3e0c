//! Money of a row: what its columns, its sign and its words say of amount and direction, and whether they agree.

use super::Detail;
use crate::document::{Amount, Currency, Indicator};
use crate::finding::{Finding, Place};
use crate::format::layout::value::Wrong;
use crate::text;

/// Amount and direction of a row; `None` where it has no amount. A direction that nothing tells is none.
///
/// # Errors
/// Columns, sign and word that contradict each other: which of them is right cannot be known, and the wrong choice
/// books money that came as money that went.
pub(super) fn moved(detail: &Detail) -> Result<Option<(Amount, Option<Indicator>)>, Wrong> {
    let Some((amount, column)) = column(detail)? else { return plain(detail) };
    if let Some(said) = detail.indicator.filter(|said| *said != column && !amount.is_zero()) {
        let (said, column) = (said.code(), column.code());
        let message = text!(
            "the row says {said}, its amount {amount} stands in the column of {column}",
            "该行方向为 {said}，而金额 {amount} 在 {column} 列"
        );
        return Err(("direction", message));
    }
    if let Some(other) = detail.amount.filter(|other| other.abs() != amount.abs()) {
        let message = text!("the row says {other} and {amount}", "该行同时给出金额 {other} 和 {amount}");
        return Err(("direction", message));
    }
    let column = if amount.is_zero() { detail.indicator.unwrap_or(column) } else { column };
    // A debit column of a negative amount is a credit.
    let side = if amount.is_sign_negative() { column.reversed() } else { column };
    Ok(Some((amount.abs(), Some(side))))
}

/// The amount in the columns of credits and debits, and whose column it is. A zero in the other one says nothing.
fn column(detail: &Detail) -> Result<Option<(Amount, Indicator)>, Wrong> {
    let given = |amount: Option<Amount>| amount.filter(|amount| !amount.is_zero());
    match (given(detail.credit), given(detail.debit)) {
        (Some(credit), Some(debit)) => {
            let message = text!(
                "the row has an amount in both columns: credit {credit}, debit {debit}",
                "该行借贷两列都有金额：贷方 {credit}，借方 {debit}"
            );
            Err(("direction", message))
        }
        (Some(credit), None) => Ok(Some((credit, Indicator::Credit))),
        (None, Some(debit)) => Ok(Some((debit, Indicator::Debit))),
        (None, None) if detail.amount.is_some() => Ok(None),
        (None, None) => {
            let zero = |amount: Option<Amount>, side| amount.map(|amount| (amount, side));
            Ok(zero(detail.debit, Indicator::Debit).or_else(|| zero(detail.credit, Indicator::Credit)))
        }
    }
}

/// An amount in a column of its own, with the direction by its word or its sign.
fn plain(detail: &Detail) -> Result<Option<(Amount, Option<Indicator>)>, Wrong> {
    let Some(amount) = detail.amount else { return Ok(None) };
    let by_sign = match amount.is_sign_negative() && !amount.is_zero() {
        true => Some(Indicator::Debit),
        false if detail.signs && !amount.is_zero() => Some(Indicator::Credit),
        false => None,
    };
    if let (Some(said), Some(sign)) = (detail.indicator, by_sign)
        && said != sign
    {
        let said = said.code();
        let message = text!("the row says {said}, its amount is {amount}", "该行方向为 {said}，而金额为 {amount}");
        return Err(("direction", message));
    }
    Ok(Some((amount.abs(), detail.indicator.or(by_sign))))
}

impl super::Builder {
    /// Notes an amount that its currency cannot have.
    pub(super) fn judge_decimals(&mut self, amount: Amount, currency: Currency, place: &Place) {
        let paid = self.carries == super::Carries::Payments;
        if let Some(finding) = too_fine(amount, currency, paid, place) {
            self.notes.push(finding);
        }
        let minor = self.minor.filter(|_| paid);
        if let Some(finding) = minor.and_then(|decimals| other_minor_unit(decimals, currency, place)) {
            self.notes.push(finding);
        }
    }
}

/// Refuses amounts without a point in a currency whose smallest unit is another than the file counts in: nobody could
/// say whether 1000 is 10.00 or 1000.
pub(in super::super) fn other_minor_unit(decimals: u32, currency: Currency, place: &Place) -> Option<Finding> {
    let units = currency.minor_units();
    (units != decimals).then(|| {
        let message = text!(
            "amounts of this file have {decimals} decimals without a point, {currency} has {units}",
            "该文件的金额以隐含 {decimals} 位小数表示，而 {currency} 有 {units} 位小数"
        );
        Finding::error("minor-unit", place.clone().field("amount"), message)
    })
}

/// The amount without zeros behind the decimals that its currency has: a file may count in thousandths.
pub(super) fn in_units(amount: Amount, currency: Currency) -> Amount {
    let units = currency.minor_units();
    if amount.scale() <= units || amount.normalize().scale() > units {
        return amount;
    }
    let mut fitting = amount;
    fitting.rescale(units);
    fitting
}

/// Refuses an amount with more decimals than its currency has, zeros at the end aside. Of money that is to be paid,
/// they count where the point may part thousands, as in `1.000`.
pub(super) fn too_fine(amount: Amount, currency: Currency, paid: bool, place: &Place) -> Option<Finding> {
    let most = currency.minor_units();
    let thousands = paid && amount.scale() == 3 && amount.abs() < Amount::ONE_THOUSAND;
    if amount.scale() <= most || !thousands && amount.normalize().scale() <= most {
        return None;
    }
    let message = text!(
        "the amount {amount} has more than the {most} decimals of {currency}",
        "金额 {amount} 超过 {currency} 的 {most} 位小数"
    );
    Some(Finding::error("amount-decimals", place.clone().field("amount"), message))
}
