//! Entries and balances of a statement, and whether they agree.

use super::super::item::Item;
use super::super::value::{Value, Wrong};
use super::running::Told;
use super::{Builder, Detail, account, amount, currency, date, merged, money, number, side};
use crate::document::{
    Amount, Balance, Currency, DeclaredEntries, EntryDetail, Indicator, Part, Statement, is_within_money,
};
use crate::finding::{Finding, Place};
use crate::format::notes::balances_disagree;
use crate::text;

impl Builder {
    pub(super) fn set_statement(
        &mut self,
        item: Item,
        value: &Value<'_>,
        detail: Option<&mut Detail>,
    ) -> Option<Wrong> {
        let text = value.text();
        if let Some(detail) = detail {
            if is_own(item) {
                let own = detail.own.get_or_insert_with(|| self.statement.clone());
                return set_head(own, item, value);
            }
            return set_entry(detail, item, value, &self.extras);
        }
        match item {
            Item::Opening | Item::Closing => self.balance(item, amount(value).unwrap_or_default()),
            Item::OpeningSide => return side(&text, &mut self.sides.0),
            Item::ClosingSide => return side(&text, &mut self.sides.1),
            Item::OpeningDate | Item::ClosingDate => self.balance_date(item, value),
            Item::Count => self.declared.count = number(value),
            Item::CreditCount => self.credit_count.1 = number(value),
            Item::DebitCount => self.debit_count.1 = number(value),
            Item::CreditSum => self.declared_sums.0 = amount(value).map(|a| a.abs()),
            Item::DebitSum => self.declared_sums.1 = amount(value).map(|a| a.abs()),
            Item::Currency => return currency(&text, &mut self.statement.account.currency),
            _ => return set_head(&mut self.statement, item, value),
        }
        None
    }

    pub(super) fn balance(&mut self, item: Item, signed: Amount) {
        let balance = self.balance_of(kind_of(item));
        balance.amount = signed.abs();
        balance.indicator = Some(if signed.is_sign_negative() { Indicator::Debit } else { Indicator::Credit });
    }

    fn balance_date(&mut self, item: Item, value: &Value<'_>) {
        let date = date(value);
        self.balance_of(kind_of(item)).date = date;
    }

    pub(super) fn balance_of(&mut self, kind: &'static str) -> &mut Balance {
        let at = self.end.balances.iter().position(|b| b.kind == kind).unwrap_or_else(|| {
            self.end.balances.push(Balance { kind: kind.into(), ..Balance::default() });
            self.end.balances.len() - 1
        });
        &mut self.end.balances[at]
    }

    pub(super) fn end_entry(&mut self, mut detail: Detail) {
        let place = detail.place.clone();
        let (amount, indicator) = match money::moved(&detail) {
            Ok(Some((amount, Some(indicator)))) => (amount, indicator),
            // Nothing went either way.
            Ok(Some((amount, None))) if amount.is_zero() => (amount, Indicator::Credit),
            Ok(Some(_)) => {
                let message = text!("nothing says whether it is a credit or a debit", "无法判断该行是借方还是贷方");
                let finding = Finding::error("direction-unknown", place.field("indicator"), message);
                return self.notes.push(finding);
            }
            Ok(None) => return self.missing(place, "amount", ("the amount", "金额")),
            Err((rule, message)) => return self.notes.push(Finding::error(rule, place.field("indicator"), message)),
        };
        sides(&mut detail, indicator, &self.statement);
        let mut head = detail.own.take().unwrap_or_else(|| self.statement.clone());
        head.account.currency = head.account.currency.or(detail.currency);
        self.give_statement_head(&head, Some(&place));
        let of_account = self.statement_given.as_ref().and_then(|given| given.account.currency).or(self.currency);
        let currency = detail.currency.or(of_account);
        let Some(currency) = currency else {
            self.missing(place, "currency", ("the currency", "币种"));
            return;
        };
        self.judge_decimals(amount, currency, &place);
        if let Some(other) = of_account.filter(|other| *other != currency && !self.mixed) {
            self.mixed = true;
            self.notes.push(of_two_currencies(other, currency, place.clone()));
        }
        let amount = money::in_units(amount, currency);
        self.end.entries += 1;
        let sum = match indicator {
            Indicator::Credit => {
                self.credit_count.0 += 1;
                &mut self.end.credit_sum
            }
            Indicator::Debit => {
                self.debit_count.0 += 1;
                &mut self.end.debit_sum
            }
        };
        match sum.checked_add(amount).filter(|sum| is_within_money(*sum)) {
            Some(total) => *sum = total,
            None => {
                let message = text!("the sums are too large", "合计金额过大");
                self.notes.push(Finding::error("sum-too-large", place.clone(), message));
            }
        }
        let signed = if indicator == Indicator::Credit { amount } else { -amount };
        self.running.add(signed, detail.balance_after, &detail.entry, detail.booked);
        let entry = &mut detail.entry;
        (entry.seq, entry.amount, entry.currency, entry.indicator) = (self.end.entries, amount, currency, indicator);
        if detail.entry_detail != EntryDetail::default() {
            entry.details.push(detail.entry_detail);
        }
        if entry.status.is_none() {
            entry.status = Some("BOOK".into());
        }
        self.out.push_back(Part::Entry(Box::new(detail.entry)));
    }

    pub(super) fn give_statement_head(&mut self, head: &Statement, place: Option<&Place>) {
        if let Some(given) = &self.statement_given {
            if given.account.id == head.account.id && given.number == head.number {
                return;
            }
            self.end_statement();
        }
        self.statement_given = Some(head.clone());
        if head.account.id.is_none() {
            let message = text!("the statement names no account", "对账单未注明账号");
            let place = place.cloned().unwrap_or_default();
            self.notes.push(Finding::error("account-missing", place.field("account"), message));
        }
        let mut head = head.clone();
        head.format.clone_from(&self.format);
        head.account.iban = head.account_number().and_then(|number| number.iban().map(ToString::to_string));
        head.account.currency = head.account.currency.or(self.currency);
        self.out.push_back(Part::Statement(Box::new(head)));
    }

    pub(super) fn end_statement(&mut self) {
        self.counts();
        self.mixed = false;
        let head = self.statement_given.clone().unwrap_or_default();
        let currency = head.account.currency.or(self.currency);
        let running = std::mem::take(&mut self.running);
        self.of_running(&running, &head);
        for (kind, side) in [("OPBD", self.sides.0), ("CLBD", self.sides.1)] {
            if let (Some(side), Some(balance)) = (side, self.end.balances.iter_mut().find(|b| b.kind == kind)) {
                balance.indicator = Some(side);
            }
        }
        let (first, last) = running.days.unzip();
        for balance in &mut self.end.balances {
            balance.currency = balance.currency.or(currency);
            let day = if balance.kind == "OPBD" { head.from_date.or(first) } else { head.to_date.or(last) };
            balance.date = balance.date.or(day).or(head.to_date);
        }
        for balance in &self.end.balances {
            let place = Place::path(balance.kind.clone());
            let fine = balance.currency.and_then(|currency| money::too_fine(balance.amount, currency, false, &place));
            fine.into_iter().for_each(|finding| self.notes.push(finding));
        }
        for balance in &mut self.end.balances {
            let currency = balance.currency;
            balance.amount = currency.map_or(balance.amount, |currency| money::in_units(balance.amount, currency));
        }
        if currency == Some(Currency::NONE) && self.end.entries > 0 {
            self.notes.push(no_currency());
        }
        self.end.balances.sort_by_key(|balance| balance.kind != "OPBD");
        self.mismatch();
        self.sides = (None, None);
        let mut end = std::mem::take(&mut self.end);
        end.findings = self.notes.take();
        self.out.push_back(Part::StatementEnd(Box::new(end)));
        self.statement_given = None;
    }

    /// Takes over the balances that follow from those after the entries, where the file says none itself.
    fn of_running(&mut self, running: &super::running::Running, head: &Statement) {
        let (first, last) = running.days.unzip();
        match running.balances() {
            Told::Nothing => {}
            Told::Balances(opening, closing) => {
                for (item, signed, date) in [
                    (Item::Opening, opening, head.from_date.or(first)),
                    (Item::Closing, closing, head.to_date.or(last)),
                ] {
                    if !self.end.balances.iter().any(|b| b.kind == kind_of(item)) {
                        self.balance(item, signed);
                        self.balance_of(kind_of(item)).date = date;
                    }
                }
            }
            Told::NoOrder if self.end.balances.iter().any(|b| b.kind == "OPBD" || b.kind == "CLBD") => {}
            Told::NoOrder => self.notes.push(no_order()),
        }
        if running.is_broken() {
            let message = text!("the balances after the entries do not follow from each other", "逐笔余额前后不连续");
            self.notes.push(Finding::warning("balance-mismatch", Place::default(), message));
        }
    }

    /// Compares numbers and sums with what the file says of them, where its details are in it.
    fn counts(&mut self) {
        if self.summary {
            let (credit_count, debit_count) = (self.credit_count.1.take(), self.debit_count.1.take());
            let (credit_sum, debit_sum) = std::mem::take(&mut self.declared_sums);
            let count = self.declared.count.take();
            self.end.declared = DeclaredEntries { count, credit_count, debit_count, credit_sum, debit_sum };
            return;
        }
        let (credit, debit) = (self.end.credit_sum, self.end.debit_sum);
        for (said, counted) in [
            (self.declared.count.take(), self.end.entries),
            (self.credit_count.1.take(), self.credit_count.0),
            (self.debit_count.1.take(), self.debit_count.0),
        ] {
            if let Some(said) = said.filter(|said| *said != counted) {
                let message =
                    text!("{said} entries are declared, {counted} are there", "申报 {said} 笔，实际 {counted} 笔");
                self.notes.push(Finding::warning("count-mismatch", Place::default(), message));
            }
        }
        for (said, summed) in [(self.declared_sums.0.take(), credit), (self.declared_sums.1.take(), debit)] {
            if let Some(said) = said.filter(|said| *said != summed) {
                let message = text!("a sum of {said} is declared, {summed} is there", "申报合计 {said}，实际 {summed}");
                self.notes.push(Finding::warning("sum-mismatch", Place::default(), message));
            }
        }
        (self.credit_count, self.debit_count) = ((0, None), (0, None));
    }

    fn mismatch(&mut self) {
        if self.summary {
            return;
        }
        let balance = |kind: &str| self.end.balances.iter().find(|b| b.kind == kind).map(Balance::signed);
        let (Some(opening), Some(closing)) = (balance("OPBD"), balance("CLBD")) else { return };
        let Some(booked) = self.end.credit_sum.checked_sub(self.end.debit_sum) else { return };
        let wrong = balances_disagree(opening, booked, closing, Place::default());
        wrong.into_iter().for_each(|finding| self.notes.push(finding));
    }
}

fn no_currency() -> Finding {
    let message = text!("the file does not say in which currency its amounts are", "文件未说明金额的币种");
    let hint = text!(
        "where it is always the same one, write `currency` in a template of your own that extends this one",
        "如始终为同一币种，请在继承该模板的自有模板中写 `currency`"
    );
    Finding::warning("currency", Place::default(), message).hint(hint)
}

fn no_order() -> Finding {
    let message = text!(
        "whether the oldest or the newest entry stands first cannot be known: neither balances nor days tell it, and \
         no opening and closing balance is given",
        "无法判断明细按时间正序还是倒序排列：余额与日期均不能说明，因此不给出期初、期末余额"
    );
    let hint = text!("take the balances from the bank's own statement", "请以银行对账单上的余额为准");
    Finding::warning("balance-order", Place::default(), message).hint(hint)
}

/// Entries in two currencies: neither their sums nor the balances say anything.
fn of_two_currencies(one: Currency, other: Currency, place: Place) -> Finding {
    let message = text!(
        "an entry in {other} stands in a statement of an account in {one}: sums and balances are of neither",
        "{one} 账户的对账单中有 {other} 的明细：合计与余额没有意义"
    );
    let hint = text!("ask the bank for one statement for each currency", "请向银行按币种分别取得对账单");
    Finding::error("mixed-currencies", place.field("currency"), message).hint(hint)
}

/// Payer and payee are the other side and ourselves: which is which, the direction tells.
fn sides(detail: &mut Detail, indicator: Indicator, statement: &Statement) {
    let (payer, payee) = (std::mem::take(&mut detail.payer), std::mem::take(&mut detail.payee));
    let (other, own) = if indicator == Indicator::Credit { (payer, payee) } else { (payee, payer) };
    if !other.is_empty() {
        detail.entry_detail.counterparty = other;
    }
    if !own.is_empty() && detail.own.is_none() && statement.account.id.is_none() {
        let mut head = statement.clone();
        head.account.id = own.account.map(|account| account.as_str().to_string());
        head.account.owner = own.name;
        head.account.agent = own.agent;
        detail.own = Some(head);
    }
}

fn kind_of(item: Item) -> &'static str {
    if matches!(item, Item::Opening | Item::OpeningSide | Item::OpeningDate) { "OPBD" } else { "CLBD" }
}

fn is_own(item: Item) -> bool {
    matches!(
        item,
        Item::OwnAccount
            | Item::OwnCurrency
            | Item::OwnName
            | Item::OwnAgent
            | Item::OwnKind
            | Item::Number
            | Item::StatementId
    )
}

fn set_head(head: &mut Statement, item: Item, value: &Value<'_>) -> Option<Wrong> {
    let text = value.text();
    match item {
        Item::MessageId => head.message_id = Some(text),
        Item::StatementId => head.id = Some(text),
        Item::Number => head.number = Some(text),
        Item::Created => head.created = merged(head.created, value),
        Item::OwnAccount => head.account.id = Some(text),
        Item::OwnCurrency => return currency(&text, &mut head.account.currency),
        Item::OwnName => head.account.owner = Some(text),
        Item::OwnAgent => head.account.agent = Some(text),
        Item::OwnKind => head.account.kind = Some(text),
        Item::FromDate => head.from_date = date(value),
        Item::ToDate => head.to_date = date(value),
        _ => {}
    }
    None
}

fn set_entry(detail: &mut Detail, item: Item, value: &Value<'_>, _: &[String]) -> Option<Wrong> {
    let text = value.text();
    let (entry, one) = (&mut detail.entry, &mut detail.entry_detail);
    match item {
        Item::Amount => detail.amount = amount(value),
        Item::Signed => (detail.amount, detail.signs) = (amount(value), true),
        Item::Credit => detail.credit = amount(value),
        Item::Debit => detail.debit = amount(value),
        Item::Currency => return currency(&text, &mut detail.currency),
        Item::Indicator => return side(&text, &mut detail.indicator),
        Item::BalanceAfter => detail.balance_after = amount(value),
        Item::BookingDate => entry.booking_date = date(value),
        Item::BookingTime => {
            entry.booking_date = date(value);
            detail.booked = if let Value::Moment(moment) = value { Some(moment.local) } else { None };
        }
        Item::ValueDate => entry.value_date = date(value),
        Item::Reversal => entry.reversal = text == "yes",
        Item::EntryReference => entry.reference = Some(text),
        Item::BankReference => entry.bank_reference = Some(text),
        Item::EntryCode => entry.code.proprietary = Some(text),
        Item::EntryStatus => entry.status = Some(text),
        Item::Info => append(&mut entry.info, &text),
        Item::EndToEndId => one.end_to_end_id = Some(text),
        Item::InstructionId => one.instruction_id = Some(text),
        Item::Name => append_name(&mut one.counterparty.name, &text),
        Item::Account => return account(&text, &mut one.counterparty.account),
        Item::Agent => one.counterparty.agent = Some(text),
        Item::AgentName => one.counterparty.agent_name = Some(text),
        Item::PartyId => one.counterparty.id = Some(text),
        Item::Remittance | Item::Remittance1 | Item::Remittance2 => one.remittance.push(text),
        Item::Reference => one.structured_reference = Some(text),
        Item::Purpose => one.purpose = Some(text),
        Item::Mandate => one.mandate_id = Some(text),
        Item::ReturnReason => one.return_reason = Some(text),
        Item::PayerName => detail.payer.name = Some(text),
        Item::PayerAccount => return account(&text, &mut detail.payer.account),
        Item::PayerAgent => detail.payer.agent = Some(text),
        Item::PayerAgentName => detail.payer.agent_name = Some(text),
        Item::PayeeName => detail.payee.name = Some(text),
        Item::PayeeAccount => return account(&text, &mut detail.payee.account),
        Item::PayeeAgent => detail.payee.agent = Some(text),
        Item::PayeeAgentName => detail.payee.agent_name = Some(text),
        _ => {}
    }
    None
}

fn append(to: &mut Option<String>, text: &str) {
    let whole = to.get_or_insert_default();
    if !whole.is_empty() {
        whole.push('\n');
    }
    whole.push_str(text);
}

/// A name may go on in a further record.
fn append_name(to: &mut Option<String>, text: &str) {
    match to {
        Some(name) => {
            name.push(' ');
            name.push_str(text);
        }
        None => *to = Some(text.to_string()),
    }
}
