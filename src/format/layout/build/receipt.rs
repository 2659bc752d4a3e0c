//! Receipts: the rows of an index of a receipt bundle.

use super::{Builder, Detail, account, amount, currency, date, money, side};
use crate::document::{Counterparty, Indicator, Part, Receipt, Receipts, ReceiptsEnd};
use crate::finding::Finding;
use crate::format::layout::item::Item;
use crate::format::layout::value::{Value, Wrong};
use crate::text;

/// The row that is being read.
#[derive(Default)]
pub(super) struct ReceiptRow {
    receipt: Receipt,
    payer: Counterparty,
    payee: Counterparty,
}

impl Builder {
    /// Takes a value in: of the open row; a bundle has no values of its own but the account.
    pub(super) fn set_receipt(&mut self, item: Item, value: &Value<'_>, detail: Option<&mut Detail>) -> Option<Wrong> {
        let text = value.text();
        let Some(detail) = detail else {
            return if item == Item::OwnAccount { account(&text, &mut self.receipt_account) } else { None };
        };
        let row = &mut detail.receipt;
        let receipt = &mut row.receipt;
        match item {
            Item::ReceiptFile => receipt.file = text,
            Item::ReceiptNumber => receipt.receipt_no = Some(text),
            Item::VerifyCode => receipt.verify_code = Some(text),
            Item::TransactionDate | Item::BookingTime => receipt.date = date(value),
            Item::OwnAccount => return account(&text, &mut receipt.account),
            Item::BankReference => receipt.bank_serial = Some(text),
            Item::EndToEndId => receipt.end_to_end_id = Some(text),
            Item::Remittance | Item::Purpose => receipt.remittance.push(text),
            Item::Amount => detail.amount = amount(value),
            Item::Signed => (detail.amount, detail.signs) = (amount(value), true),
            Item::Credit => detail.credit = amount(value),
            Item::Debit => detail.debit = amount(value),
            Item::Currency => return currency(&text, &mut detail.currency),
            Item::Indicator => return side(&text, &mut detail.indicator),
            Item::Name => receipt.counterparty.name = Some(text),
            Item::Account => return account(&text, &mut receipt.counterparty.account),
            Item::Agent => receipt.counterparty.agent = Some(text),
            Item::AgentName => receipt.counterparty.agent_name = Some(text),
            Item::PayerName => row.payer.name = Some(text),
            Item::PayerAccount => return account(&text, &mut row.payer.account),
            Item::PayeeName => row.payee.name = Some(text),
            Item::PayeeAccount => return account(&text, &mut row.payee.account),
            Item::Extra(at) => {
                if let Some(name) = self.extras.get(usize::from(at)) {
                    receipt.extra.insert(name.clone(), text);
                }
            }
            _ => {}
        }
        None
    }

    /// Ends the open row. An index may leave everything out but what names the file.
    pub(super) fn end_receipt(&mut self, detail: Detail) {
        self.give_receipts_head();
        let moved = money::moved(&detail);
        // A debit with a minus is money that went out, or the reversal of one: nothing in the row tells which.
        if detail.indicator == Some(Indicator::Debit)
            && !detail.signs
            && detail.amount.is_some_and(|amount| amount.is_sign_negative())
        {
            let message = text!(
                "the row says that money went out, and its amount is negative: a reversal is not told apart from it",
                "该行为借方且金额为负：无法区分是支出还是冲正"
            );
            let hint = text!("look at the receipt itself", "请查看回单本身");
            let place = detail.place.clone().field("amount");
            self.notes.push(Finding::warning("direction", place, message).hint(hint));
        }
        let Detail { place, receipt: ReceiptRow { mut receipt, payer, payee }, .. } = detail;
        if receipt.file.is_empty() && receipt.receipt_no.is_none() {
            return self.missing(place, "file", ("the file's name or the receipt's number", "文件名或回单号"));
        }
        let (amount, indicator) = match moved {
            Ok(moved) => moved.unzip(),
            Err((rule, message)) => return self.notes.push(Finding::error(rule, place.field("indicator"), message)),
        };
        receipt.amount = amount;
        receipt.indicator = indicator.flatten().or(detail.indicator);
        receipt.account = receipt.account.or_else(|| self.receipt_account.clone());
        self.other_side(&mut receipt, payer, payee);
        receipt.currency = detail.currency.or(self.currency).filter(|_| amount.is_some());
        if receipt.amount.is_some() && receipt.currency.is_none() {
            return self.missing(place, "currency", ("the currency", "币种"));
        }
        if let (Some(amount), Some(currency)) = (receipt.amount, receipt.currency) {
            self.judge_decimals(amount, currency, &place);
        }
        self.count += 1;
        (receipt.seq, receipt.place) = (self.count, place);
        self.out.push_back(Part::Receipt(Box::new(receipt)));
    }

    /// Payer and payee are ourselves and the other side: the direction tells which is which, else our account.
    fn other_side(&self, receipt: &mut Receipt, payer: Counterparty, payee: Counterparty) {
        let ours = |party: &Counterparty| party.account.is_some() && party.account == receipt.account;
        let indicator = match receipt.indicator {
            Some(indicator) => indicator,
            None if ours(&payer) => Indicator::Debit,
            None if ours(&payee) => Indicator::Credit,
            None => return,
        };
        receipt.indicator = Some(indicator);
        let (own, other) = if indicator == Indicator::Credit { (payee, payer) } else { (payer, payee) };
        if !other.is_empty() {
            receipt.counterparty = other;
        }
        if receipt.account.is_none() {
            receipt.account = own.account;
        }
    }

    fn give_receipts_head(&mut self) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        let head = Receipts { format: self.format.clone(), bundle: "index".into(), ..Receipts::default() };
        self.out.push_back(Part::Receipts(Box::new(head)));
    }

    /// Ends the index.
    pub(super) fn finish_receipts(&mut self) {
        self.give_receipts_head();
        let end = ReceiptsEnd { receipts: self.count, findings: self.notes.take() };
        self.out.push_back(Part::ReceiptsEnd(Box::new(end)));
        self.receipt_account = None;
    }
}
