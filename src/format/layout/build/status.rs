//! Values of a status row: what a bank says of a payment, or what an ERP is told of it.

use super::super::item::Item;
use super::super::value::{Value, Wrong};
use super::{Detail, account, amount, currency, number};

/// Takes a value of an open row in.
pub(super) fn set(detail: &mut Detail, item: Item, value: &Value<'_>) -> Option<Wrong> {
    let text = value.text();
    let status = &mut detail.status;
    match item {
        Item::EndToEndId => status.original_end_to_end_id = Some(text),
        Item::InstructionId => status.original_instruction_id = Some(text),
        Item::OriginalSeq => status.original_seq = number(value),
        Item::OriginalGroup => status.original_payment_information_id = Some(text),
        Item::Status if !matches!(value, Value::Unlisted(_)) => status.status = Some(text),
        Item::Amount => detail.amount = amount(value),
        Item::Currency => return currency(&text, &mut detail.currency),
        Item::Name => status.counterparty.name = Some(text),
        Item::Account => return account(&text, &mut status.counterparty.account),
        Item::Agent => status.counterparty.agent = Some(text),
        Item::ReasonCode => detail.reason.code = Some(text),
        Item::ReasonInfo => detail.reason.info.push(text),
        Item::BankReference => status.bank_reference = Some(text),
        Item::Status => {}
        told => {
            status.told.insert(told.name().to_string(), text);
        }
    }
    None
}
