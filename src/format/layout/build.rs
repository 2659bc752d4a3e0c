//! Builds documents out of the values of records.

mod money;
mod open;
mod receipt;
mod status;

pub(super) use money::other_minor_unit;

use std::collections::{BTreeMap, VecDeque};

use super::item::{Carries, Item};
use super::plan::Plan;
use super::value::Value;
use crate::document::{
    Account, Amount, Balance, Counterparty, Currency, Date, Declared, DeclaredEntries, Entry, EntryDetail, Group,
    GroupAccount, Indicator, Method, Moment, Part, Payment, PaymentStatus, Payments, PaymentsEnd, Reason, Statement,
    StatementEnd, StatusReport, StatusReportEnd, is_within_money,
};
use crate::finding::{Finding, Place};
use crate::format::notes::Notes;
use crate::text;

/// The document that is being read.
pub(super) struct Builder {
    summary: bool,
    near: Option<Date>,
    carries: Carries,
    method: Method,
    currency: Option<Currency>,
    /// Decimals of amounts that are written without a point.
    minor: Option<u32>,
    extras: Vec<String>,
    format: String,
    pub notes: Notes,
    head_given: bool,
    payments: Payments,
    /// What the file says of the whole, in a header or trailer.
    declared: Declared,
    group: Group,
    group_given: Option<Group>,
    groups: u64,
    report: StatusReport,
    statement: Statement,
    statement_given: Option<Statement>,
    end: StatementEnd,
    receipt_account: Option<Account>,
    sides: (Option<Indicator>, Option<Indicator>),
    running: Running,
    credit_count: (u64, Option<u64>),
    debit_count: (u64, Option<u64>),
    declared_sums: (Option<Amount>, Option<Amount>),
    /// In a box of its own: it is large, and handed to and fro with every field.
    detail: Option<Box<Detail>>,
    section: Option<(String, String)>,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
    pub out: VecDeque<Part>,
}

/// The balance after each entry, which tells opening and closing balance and the order of the entries.
#[derive(Default)]
struct Running {
    first: Option<(Amount, Amount)>,
    last: Option<(Amount, Amount)>,
    newest_first: Option<bool>,
    broken: bool,
    /// First and last day of booking.
    days: Option<(Date, Date)>,
}

/// The record that is being read.
struct Detail {
    place: Place,
    payment: Payment,
    status: PaymentStatus,
    entry: Entry,
    entry_detail: EntryDetail,
    receipt: receipt::ReceiptRow,
    group: Group,
    own: Option<Statement>,
    amount: Option<Amount>,
    /// Whether the sign of the amount is its direction.
    signs: bool,
    currency: Option<Currency>,
    indicator: Option<Indicator>,
    reason: Reason,
    balance_after: Option<Amount>,
    credit: Option<Amount>,
    debit: Option<Amount>,
    payer: Counterparty,
    payee: Counterparty,
}

impl Builder {
    /// A builder of documents of the plan's kind.
    pub fn new(plan: &Plan, options: &crate::format::ReadOptions) -> Builder {
        Builder {
            summary: plan.layout.summary,
            near: options.near,
            carries: plan.carries,
            method: plan.layout.method,
            currency: plan.currency,
            minor: plan.minor_decimals(),
            extras: plan.extras.clone(),
            format: plan.format(),
            notes: Notes::new(&options.levels),
            head_given: false,
            payments: Payments::default(),
            declared: Declared::default(),
            group: Group { method: plan.layout.method, ..Group::default() },
            group_given: None,
            groups: 0,
            report: StatusReport::default(),
            statement: Statement::default(),
            statement_given: None,
            end: StatementEnd::default(),
            receipt_account: None,
            sides: (None, None),
            running: Running::default(),
            credit_count: (0, None),
            debit_count: (0, None),
            declared_sums: (None, None),
            detail: None,
            section: None,
            count: 0,
            sums: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// The nearest day that is known, for dates without a year.
    pub fn near(&self) -> Option<Date> {
        let created = self.payments.created.or(self.statement.created).or(self.report.created);
        created.map(|moment| moment.local.date()).or(self.statement.to_date).or(self.statement.from_date).or(self.near)
    }

    /// Whether a detail is open.
    pub fn has_detail(&self) -> bool {
        self.detail.is_some()
    }

    /// A section of details begins: its status and its line.
    pub fn section(&mut self, status: Option<&str>, line: &str) {
        self.flush();
        self.section = status.map(|status| (status.to_string(), line.to_string()));
    }

    /// A detail begins at `place`.
    pub fn begin(&mut self, place: Place) {
        self.flush();
        let currency = self.currency.unwrap_or(Currency::NONE);
        let side = if self.method == Method::DirectDebit { Indicator::Debit } else { Indicator::Credit };
        let payment = Payment { place: place.clone(), ..Payment::new(0, Amount::ZERO, currency, side) };
        let mut status = PaymentStatus::default();
        if let Some((code, line)) = &self.section {
            (status.status, status.bank_status) = (Some(code.clone()), Some(line.clone()));
        }
        self.detail = Some(Box::new(Detail {
            place,
            payment,
            status,
            entry: Entry::new(0, Amount::ZERO, currency, Indicator::Credit),
            entry_detail: EntryDetail::default(),
            receipt: receipt::ReceiptRow::default(),
            group: self.group.clone(),
            own: None,
            amount: None,
            signs: false,
            currency: None,
            indicator: None,
            reason: Reason::default(),
            balance_after: None,
            credit: None,
            debit: None,
            payer: Counterparty::default(),
            payee: Counterparty::default(),
        }));
    }

    /// Keeps the bank's own word for the status of the open detail.
    pub fn bank_status(&mut self, word: &str) {
        if let Some(detail) = &mut self.detail {
            detail.status.bank_status = Some(word.to_string());
        }
    }

    /// Takes a value in: of the open detail where `detail` says so, else of the file.
    pub fn set(&mut self, item: Item, value: Value<'_>, detail: bool, place: impl FnOnce() -> Place) {
        if let Value::Unlisted(text) = &value
            && !matches!(item, Item::Status | Item::GroupStatus)
            && !is_free(item)
        {
            let message = text!("`{text}` is not one of the values of this field", "`{text}` 不是该字段的有效取值");
            self.notes.push(Finding::error("code", place(), message));
            return;
        }
        let mut detail = if detail { self.detail.take() } else { None };
        let wrong = match self.carries {
            Carries::Payments => self.set_payments(item, &value, detail.as_deref_mut()),
            Carries::Status | Carries::Refusal => self.set_status(item, &value, detail.as_deref_mut()),
            Carries::Statement => self.set_statement(item, &value, detail.as_deref_mut()),
            Carries::Receipts => self.set_receipt(item, &value, detail.as_deref_mut()),
        };
        if detail.is_some() {
            self.detail = detail;
        }
        if let Some((rule, message)) = wrong {
            self.notes.push(Finding::error(rule, place(), message));
        }
    }

    fn set_payments(
        &mut self,
        item: Item,
        value: &Value<'_>,
        detail: Option<&mut Detail>,
    ) -> Option<super::value::Wrong> {
        let text = || value.text();
        match item {
            Item::MessageId => self.payments.message_id = Some(text()),
            Item::Created => self.payments.created = merged(self.payments.created, value),
            Item::InitiatingParty => self.payments.initiating_party = Some(text()),
            Item::InitiatingPartyId => self.payments.initiating_party_id = Some(text()),
            Item::Count => self.declared.count = number(value),
            Item::Sum => self.declared.sum = amount(value),
            _ => return self.set_payment(item, value, detail),
        }
        None
    }

    fn set_payment(
        &mut self,
        item: Item,
        value: &Value<'_>,
        detail: Option<&mut Detail>,
    ) -> Option<super::value::Wrong> {
        let text = || value.text();
        let group = match detail {
            Some(detail) => {
                if !set_group(&mut detail.group, item, value) {
                    return set_payment_item(detail, item, value, &self.extras);
                }
                return None;
            }
            None => &mut self.group,
        };
        if item == Item::Currency {
            return currency(&text(), &mut self.currency);
        }
        set_group(group, item, value);
        None
    }

    fn set_status(
        &mut self,
        item: Item,
        value: &Value<'_>,
        detail: Option<&mut Detail>,
    ) -> Option<super::value::Wrong> {
        let text = value.text();
        match item {
            Item::MessageId => self.report.message_id = Some(text),
            Item::Created => self.report.created = merged(self.report.created, value),
            Item::Count => self.declared.count = number(value),
            Item::Sum => self.declared.sum = amount(value),
            Item::OriginalMessageId => self.report.original_message_id = Some(text),
            Item::GroupStatus => {
                self.report.status = if matches!(value, Value::Unlisted(_)) { None } else { Some(text) };
            }
            _ => {
                return status::set(detail?, item, value);
            }
        }
        None
    }

    fn set_statement(
        &mut self,
        item: Item,
        value: &Value<'_>,
        detail: Option<&mut Detail>,
    ) -> Option<super::value::Wrong> {
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

    fn balance(&mut self, item: Item, signed: Amount) {
        let balance = self.balance_of(kind_of(item));
        balance.amount = signed.abs();
        balance.indicator = Some(if signed.is_sign_negative() { Indicator::Debit } else { Indicator::Credit });
    }

    fn balance_date(&mut self, item: Item, value: &Value<'_>) {
        let date = date(value);
        self.balance_of(kind_of(item)).date = date;
    }

    fn balance_of(&mut self, kind: &'static str) -> &mut Balance {
        let at = self.end.balances.iter().position(|b| b.kind == kind).unwrap_or_else(|| {
            let balance =
                Balance { kind: kind.into(), amount: Amount::ZERO, currency: None, indicator: None, date: None };
            self.end.balances.push(balance);
            self.end.balances.len() - 1
        });
        &mut self.end.balances[at]
    }

    /// Ends the open detail.
    pub fn flush(&mut self) {
        let Some(detail) = self.detail.take().map(|detail| *detail) else { return };
        match self.carries {
            Carries::Payments => self.end_payment(detail),
            Carries::Status | Carries::Refusal => self.end_status(detail),
            Carries::Statement => self.end_entry(detail),
            Carries::Receipts => self.end_receipt(detail),
        }
    }

    fn end_payment(&mut self, mut detail: Detail) {
        self.give_payments_head();
        let place = detail.place.clone();
        let Some(amount) = detail.amount else {
            self.missing(place, "amount", ("the amount", "金额"));
            return;
        };
        let Some(currency) = detail.currency.or(self.currency) else {
            self.missing(place, "currency", ("the currency", "币种"));
            return;
        };
        if amount.is_sign_negative() || amount.is_zero() {
            let message = text!("the amount {amount} is not positive", "金额 {amount} 不是正数");
            self.notes.push(Finding::error("amount", place.field("amount"), message));
            return;
        }
        self.judge_decimals(amount, currency, &place);
        self.give_group(&detail.group);
        self.count += 1;
        let payment = &mut detail.payment;
        (payment.seq, payment.amount, payment.currency) = (self.count, amount, currency);
        if let Some(indicator) = detail.indicator {
            payment.indicator = indicator;
        }
        self.add(currency, amount, &place);
        self.out.push_back(Part::Payment(Box::new(detail.payment)));
    }

    fn give_payments_head(&mut self) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        self.payments.format.clone_from(&self.format);
        self.payments.declared = self.declared.clone();
        self.out.push_back(Part::Payments(Box::new(self.payments.clone())));
    }

    fn give_group(&mut self, group: &Group) {
        if self.group_given.as_ref() == Some(group) {
            return;
        }
        self.groups += 1;
        self.group_given = Some(group.clone());
        let id = group.id.clone().unwrap_or_else(|| self.groups.to_string());
        self.out.push_back(Part::Group(Box::new(Group { id: Some(id), ..group.clone() })));
    }

    fn end_status(&mut self, mut detail: Detail) {
        self.give_report_head();
        let status = &mut detail.status;
        status.amount = detail.amount;
        status.currency = detail.currency.or(self.currency).filter(|_| detail.amount.is_some());
        if detail.reason != Reason::default() {
            status.reasons.push(detail.reason);
        }
        self.count += 1;
        if let (Some(amount), Some(currency)) = (status.amount, status.currency) {
            self.judge_decimals(amount, currency, &detail.place);
            self.add(currency, amount, &detail.place);
        }
        self.out.push_back(Part::PaymentStatus(Box::new(detail.status)));
    }

    fn give_report_head(&mut self) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        self.report.format.clone_from(&self.format);
        self.out.push_back(Part::StatusReport(Box::new(self.report.clone())));
    }

    fn end_entry(&mut self, mut detail: Detail) {
        let place = detail.place.clone();
        let (amount, indicator) = match money::moved(&detail) {
            Ok(Some((amount, indicator))) => (amount, indicator.unwrap_or(Indicator::Credit)),
            Ok(None) => return self.missing(place, "amount", ("the amount", "金额")),
            Err((rule, message)) => return self.notes.push(Finding::error(rule, place.field("indicator"), message)),
        };
        sides(&mut detail, indicator, &self.statement);
        let head = detail.own.take().unwrap_or_else(|| self.statement.clone());
        self.give_statement_head(&head);
        let currency = detail.currency.or(head.account.currency).or(self.currency);
        let Some(currency) = currency else {
            self.missing(place, "currency", ("the currency", "币种"));
            return;
        };
        self.judge_decimals(amount, currency, &place);
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
        self.running.add(signed, detail.balance_after);
        self.running.see(detail.entry.booking_date);
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

    fn give_statement_head(&mut self, head: &Statement) {
        if let Some(given) = &self.statement_given {
            if given.account.id == head.account.id && given.number == head.number {
                return;
            }
            self.end_statement();
        }
        self.statement_given = Some(head.clone());
        let mut head = head.clone();
        head.format.clone_from(&self.format);
        head.account.iban = head.account_number().and_then(|number| number.iban().map(ToString::to_string));
        head.account.currency = head.account.currency.or(self.currency);
        self.out.push_back(Part::Statement(Box::new(head)));
    }

    fn missing(&mut self, place: Place, field: &'static str, what: (&str, &str)) {
        let (en, zh) = what;
        let message = text!("{en} is missing", "缺少{zh}");
        self.notes.push(Finding::error("field-missing", place.field(field), message));
    }

    fn add(&mut self, currency: Currency, amount: Amount, place: &Place) {
        let sum = self.sums.entry(currency).or_default();
        match sum.checked_add(amount).filter(|sum| is_within_money(*sum)) {
            Some(total) => *sum = total,
            None => {
                let message = text!("the sums are too large", "合计金额过大");
                self.notes.push(Finding::error("sum-too-large", place.clone(), message));
            }
        }
    }

    /// Ends the document: totals are compared with what was declared.
    pub fn finish(&mut self) {
        self.flush();
        match self.carries {
            Carries::Payments => self.finish_payments(),
            Carries::Receipts => self.finish_receipts(),
            Carries::Status | Carries::Refusal => {
                self.give_report_head();
                self.hold_declared();
                let end = StatusReportEnd { payments: self.count, findings: self.notes.take() };
                self.out.push_back(Part::StatusReportEnd(Box::new(end)));
            }
            Carries::Statement => {
                if self.statement_given.is_none() {
                    let head = self.statement.clone();
                    self.give_statement_head(&head);
                }
                self.end_statement();
            }
        }
        let currency = self.currency;
        let (carries, method, extras) = (self.carries, self.method, std::mem::take(&mut self.extras));
        (self.head_given, self.group_given, self.statement_given) = (false, None, None);
        self.payments = Payments::default();
        self.declared = Declared::default();
        self.group = Group { method, ..Group::default() };
        self.groups = 0;
        (self.report, self.statement) = (StatusReport::default(), Statement::default());
        (self.section, self.count) = (None, 0);
        self.sums.clear();
        (self.carries, self.extras, self.currency) = (carries, extras, currency);
    }

    fn finish_payments(&mut self) {
        self.give_payments_head();
        self.hold_declared();
        let count = self.count;
        if count == 0 {
            let message = text!("the file holds no payment", "文件中没有付款");
            self.notes.push(Finding::error("no-payments", Place::default(), message));
        }
        let end = PaymentsEnd { count, sums: self.sums.clone(), findings: self.notes.take() };
        self.out.push_back(Part::PaymentsEnd(Box::new(end)));
    }

    /// Compares number and sum of the payments with what the file says of them.
    fn hold_declared(&mut self) {
        let count = self.count;
        if let Some(said) = self.declared.count.filter(|said| *said != count) {
            let message = text!("{said} payments are declared, {count} are there", "申报 {said} 笔，实际 {count} 笔");
            self.notes.push(Finding::error("count-mismatch", Place::default(), message));
        }
        let sum = self.sums.values().try_fold(Amount::ZERO, |sum, next| sum.checked_add(*next)).unwrap_or(Amount::MAX);
        if let Some(said) = self.declared.sum.filter(|said| *said != sum) {
            let message = text!("a sum of {said} is declared, {sum} is there", "申报金额合计 {said}，实际 {sum}");
            self.notes.push(Finding::error("sum-mismatch", Place::default(), message));
        }
    }

    fn end_statement(&mut self) {
        self.counts();
        let head = self.statement_given.clone().unwrap_or_default();
        let currency = head.account.currency.or(self.currency);
        let running = std::mem::take(&mut self.running);
        if let Some((opening, closing)) = running.balances() {
            let (first, last) = running.days.unzip();
            for (item, signed, date) in
                [(Item::Opening, opening, head.from_date.or(first)), (Item::Closing, closing, head.to_date.or(last))]
            {
                if !self.end.balances.iter().any(|b| b.kind == kind_of(item)) {
                    self.balance(item, signed);
                    self.balance_of(kind_of(item)).date = date;
                }
            }
        }
        if running.broken {
            let message = text!("the balances after the entries do not follow from each other", "逐笔余额前后不连续");
            self.notes.push(Finding::warning("balance-mismatch", Place::default(), message));
        }
        for (kind, side) in [("OPBD", self.sides.0), ("CLBD", self.sides.1)] {
            if let (Some(side), Some(balance)) = (side, self.end.balances.iter_mut().find(|b| b.kind == kind)) {
                balance.indicator = Some(side);
            }
        }
        self.end.balances.iter_mut().for_each(|balance| balance.currency = balance.currency.or(currency));
        for balance in &self.end.balances {
            let place = Place::path(balance.kind.clone());
            let fine = balance.currency.and_then(|currency| money::too_fine(balance.amount, currency, false, &place));
            fine.into_iter().for_each(|finding| self.notes.push(finding));
        }
        self.end.balances.sort_by_key(|balance| balance.kind != "OPBD");
        self.mismatch();
        self.sides = (None, None);
        let mut end = std::mem::take(&mut self.end);
        end.findings = self.notes.take();
        self.out.push_back(Part::StatementEnd(Box::new(end)));
        self.statement_given = None;
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
        let computed = opening.checked_add(self.end.credit_sum).and_then(|sum| sum.checked_sub(self.end.debit_sum));
        let Some(computed) = computed.filter(|computed| *computed != closing) else { return };
        let message = text!(
            "the balances do not agree: {opening} and the entries make {computed}, the bank says {closing}",
            "余额不符：期初 {opening} 加明细为 {computed}，银行给出 {closing}"
        );
        self.notes.push(Finding::warning("balance-mismatch", Place::default(), message));
    }
}

impl Running {
    fn see(&mut self, day: Option<Date>) {
        let Some(day) = day else { return };
        let (first, last) = self.days.unwrap_or((day, day));
        self.days = Some((first.min(day), last.max(day)));
    }

    fn add(&mut self, signed: Amount, after: Option<Amount>) {
        let Some(after) = after else { return };
        if let Some((_, before)) = self.last {
            let forward = before.checked_add(signed) == Some(after);
            let backward = self.last.and_then(|(signed, balance)| balance.checked_sub(signed)) == Some(after);
            match self.newest_first {
                None if forward => self.newest_first = Some(false),
                None if backward => self.newest_first = Some(true),
                Some(false) if forward => {}
                Some(true) if backward => {}
                _ => self.broken = true,
            }
        }
        self.first.get_or_insert((signed, after));
        self.last = Some((signed, after));
    }

    /// Opening and closing balance.
    fn balances(&self) -> Option<(Amount, Amount)> {
        let ((first_signed, first), (last_signed, last)) = (self.first?, self.last?);
        if self.newest_first == Some(true) {
            return Some((last.checked_sub(last_signed)?, first));
        }
        Some((first.checked_sub(first_signed)?, last))
    }
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

/// Items that take any text, whether a map lists it or not.
fn is_free(item: Item) -> bool {
    use super::item::Form;
    matches!(item.describe().0, Form::Text | Form::Exact)
}

fn is_own(item: Item) -> bool {
    matches!(
        item,
        Item::OwnAccount | Item::OwnCurrency | Item::OwnName | Item::OwnAgent | Item::Number | Item::StatementId
    )
}

fn set_head(head: &mut Statement, item: Item, value: &Value<'_>) -> Option<super::value::Wrong> {
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
        Item::FromDate => head.from_date = date(value),
        Item::ToDate => head.to_date = date(value),
        _ => {}
    }
    None
}

/// Whether the item was one of a group.
fn set_group(group: &mut Group, item: Item, value: &Value<'_>) -> bool {
    let text = || Some(value.text());
    match item {
        Item::GroupId => group.id = text(),
        Item::ExecutionDate => group.execution_date = date(value),
        Item::GroupAccount => group.account = GroupAccount::parse(&value.text()),
        Item::GroupName => group.party.name = text(),
        Item::GroupPartyId => group.party.id = text(),
        Item::GroupAgent => group.agent = text(),
        Item::GroupAgentName => group.agent_name = text(),
        Item::GroupBranch => group.branch = text(),
        Item::CategoryPurpose => group.category_purpose = text(),
        _ => return false,
    }
    true
}

fn set_payment_item(
    detail: &mut Detail,
    item: Item,
    value: &Value<'_>,
    extras: &[String],
) -> Option<super::value::Wrong> {
    let text = value.text();
    let payment = &mut detail.payment;
    match item {
        Item::EndToEndId => payment.end_to_end_id = Some(text),
        Item::InstructionId => payment.instruction_id = Some(text),
        Item::Amount => detail.amount = amount(value),
        Item::Currency => return currency(&text, &mut detail.currency),
        Item::Indicator => return side(&text, &mut detail.indicator),
        Item::Name => payment.counterparty.name = Some(text),
        Item::Account => return account(&text, &mut payment.counterparty.account),
        Item::Agent => payment.counterparty.agent = Some(text),
        Item::AgentName => payment.counterparty.agent_name = Some(text),
        Item::PartyId => payment.counterparty.id = Some(text),
        Item::State => payment.counterparty.address.state = Some(text),
        Item::Town => payment.counterparty.address.town = Some(text),
        Item::Country => payment.counterparty.address.country = Some(text),
        Item::PostCode => payment.counterparty.address.post_code = Some(text),
        Item::Street => payment.counterparty.address.street = Some(text),
        Item::AddressLine => payment.counterparty.address.lines.push(text),
        Item::Remittance | Item::Remittance1 | Item::Remittance2 => payment.remittance.push(text),
        Item::Reference => payment.structured_reference = Some(text),
        Item::Purpose => payment.purpose = Some(text),
        Item::ChargeBearer => payment.charge_bearer = Some(text),
        Item::Urgent => payment.urgent = Some(text == "yes"),
        Item::Mandate => payment.mandate_id = Some(text),
        Item::SameBank => {
            payment.extra.insert("x_same_bank".into(), text);
        }
        Item::Extra(at) => {
            if let Some(name) = extras.get(usize::from(at)) {
                payment.extra.insert(name.clone(), text);
            }
        }
        _ => {}
    }
    None
}

fn set_entry(detail: &mut Detail, item: Item, value: &Value<'_>, _: &[String]) -> Option<super::value::Wrong> {
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
        Item::BookingDate | Item::BookingTime => entry.booking_date = date(value),
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

fn account(text: &str, to: &mut Option<Account>) -> Option<super::value::Wrong> {
    *to = Account::parse(text);
    if to.is_some() {
        return None;
    }
    Some(("account", text!("`{text}` is not an account number", "`{text}` 不是有效账号")))
}

fn currency(code: &str, to: &mut Option<Currency>) -> Option<super::value::Wrong> {
    *to = Currency::parse(code);
    if to.is_some() {
        return None;
    }
    Some(("currency", text!("`{code}` is not a currency", "`{code}` 不是有效币种")))
}

fn side(code: &str, to: &mut Option<Indicator>) -> Option<super::value::Wrong> {
    *to = match code {
        "CRDT" => Some(Indicator::Credit),
        "DBIT" => Some(Indicator::Debit),
        _ => return Some(("indicator", text!("`{code}` is neither CRDT nor DBIT", "`{code}` 不是 CRDT 或 DBIT"))),
    };
    None
}

fn amount(value: &Value<'_>) -> Option<Amount> {
    if let Value::Amount(amount) = value { Some(*amount) } else { None }
}

fn number(value: &Value<'_>) -> Option<u64> {
    if let Value::Number(number) = value { Some(*number) } else { None }
}

fn date(value: &Value<'_>) -> Option<Date> {
    if let Value::Moment(moment) = value { Some(moment.local.date()) } else { None }
}

/// A day and a time that stand in two fields are one moment.
fn merged(before: Option<Moment>, value: &Value<'_>) -> Option<Moment> {
    let Value::Moment(new) = value else { return before };
    match before {
        Some(old) if old.local.time() == jiff::civil::Time::midnight() => {
            Some(Moment { local: old.local.date().to_datetime(new.local.time()), ..old })
        }
        _ => Some(*new),
    }
}
