//! Builds documents out of the values of records.

mod balancing;
mod given;
mod money;
mod open;
mod receipt;
mod running;
mod statement;
mod tally;
mod status;

pub(super) use money::other_minor_unit;
pub(super) use status::word_of_status;
pub(super) use tally::Tally;

use running::Running;
use std::collections::{BTreeMap, VecDeque};

use super::item::{Carries, Item};
use super::plan::Plan;
use super::value::Value;
use crate::document::{
    Account, Amount, Counterparty, Currency, Date, Declared, Entry, EntryDetail, Group, GroupAccount, Indicator,
    Method, Moment, Part, Payment, PaymentStatus, Payments, PaymentsEnd, Reason, Statement, StatementEnd, StatusReport,
    StatusReportEnd, is_within_money,
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
    /// Whether the file has a sum of one currency.
    one_currency: bool,
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
    tally: Tally,
    statement: Statement,
    statement_given: Option<Statement>,
    end: StatementEnd,
    receipt_account: Option<Account>,
    sides: (Option<Indicator>, Option<Indicator>),
    running: Running,
    /// Whether the statement was told to have entries of two currencies.
    mixed: bool,
    credit_count: (u64, Option<u64>),
    debit_count: (u64, Option<u64>),
    declared_sums: (Option<Amount>, Option<Amount>),
    /// In a box of its own: it is large, and handed to and fro with every field.
    detail: Option<Box<Detail>>,
    section: Option<(String, String)>,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
    given: given::Given,
    balancing: balancing::Balancing,
    /// The first row without a currency, and the first that names another than the file's.
    unsaid: (Option<Place>, Option<Currency>),
    /// How many records of payments the file says that it holds, balancing ones with them.
    declared_records: Option<u64>,
    pub out: VecDeque<Part>,
}

/// The record that is being read.
struct Detail {
    place: Place,
    payment: Payment,
    status: PaymentStatus,
    voices: status::Voices,
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
    /// When it was booked, to the second.
    booked: Option<jiff::civil::DateTime>,
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
            one_currency: plan.sums_one_currency(),
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
            tally: Tally::default(),
            statement: Statement::default(),
            statement_given: None,
            end: StatementEnd::default(),
            receipt_account: None,
            sides: (None, None),
            running: Running::default(),
            mixed: false,
            credit_count: (0, None),
            debit_count: (0, None),
            declared_sums: (None, None),
            detail: None,
            section: None,
            count: 0,
            sums: BTreeMap::new(),
            given: given::Given::new(plan),
            balancing: balancing::Balancing::default(),
            unsaid: (None, None),
            declared_records: None,
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
        self.given.begin();
        let currency = self.currency.unwrap_or(Currency::NONE);
        let side = if self.method == Method::DirectDebit { Indicator::Debit } else { Indicator::Credit };
        let payment = Payment { place: place.clone(), ..Payment::new(0, Amount::ZERO, currency, side) };
        let (mut status, mut voices) = (PaymentStatus::default(), status::Voices::default());
        if let Some((code, line)) = &self.section {
            voices.status(Some(code), line);
            status.bank_status = Some(line.clone());
        }
        self.detail = Some(Box::new(Detail {
            place,
            payment,
            status,
            voices,
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
            booked: None,
            credit: None,
            debit: None,
            payer: Counterparty::default(),
            payee: Counterparty::default(),
        }));
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
        if let Err((rule, message)) = self.given.take(item, &value, detail) {
            self.notes.push(Finding::error(rule, place(), message));
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
            Item::FileName => self.payments.file_name = Some(text()),
            Item::InitiatingPartyId => self.payments.initiating_party_id = Some(text()),
            Item::Count => self.declared.count = number(value),
            Item::Sum => self.declared.sum = amount(value),
            Item::Records => self.declared_records = number(value),
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
        match detail.currency {
            Some(said) if self.currency.is_some_and(|usual| usual != said) => _ = self.unsaid.1.get_or_insert(said),
            Some(_) => {}
            None => _ = self.unsaid.0.get_or_insert_with(|| place.clone()),
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

    fn missing(&mut self, place: Place, field: &'static str, what: (&str, &str)) {
        let (en, zh) = what;
        let message = text!("{en} is missing", "缺少{zh}");
        self.notes.push(Finding::error("field-missing", place.field(field), message));
    }

    fn add(&mut self, currency: Currency, amount: Amount, place: &Place) {
        let other = self.sums.keys().next().copied().filter(|other| self.one_currency && *other != currency);
        // Told with the first row; the sums have both from then on.
        if let Some(other) = other.filter(|_| !self.sums.contains_key(&currency)) {
            self.notes.push(mixed(other, currency, place.clone()));
        }
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
                std::mem::take(&mut self.tally).wrong().into_iter().for_each(|finding| self.notes.push(finding));
                self.hold_answers();
                let end = StatusReportEnd { payments: self.count, findings: self.notes.take() };
                self.out.push_back(Part::StatusReportEnd(Box::new(end)));
            }
            Carries::Statement => {
                if self.statement_given.is_none() {
                    let head = self.statement.clone();
                    self.give_statement_head(&head, None);
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
        self.given.begin_document();
        (self.carries, self.extras, self.currency) = (carries, extras, currency);
    }

    fn finish_payments(&mut self) {
        self.give_payments_head();
        self.hold_declared();
        self.hold_records();
        self.hold_balancing();
        self.hold_currencies();
        let count = self.count;
        if count == 0 {
            let message = text!("the file holds no payment", "文件中没有付款");
            self.notes.push(Finding::error("no-payments", Place::default(), message));
        }
        let end = PaymentsEnd { count, sums: self.sums.clone(), findings: self.notes.take() };
        self.out.push_back(Part::PaymentsEnd(Box::new(end)));
    }

    /// The sum of all payments so far.
    fn sum(&self) -> Amount {
        self.sums.values().try_fold(Amount::ZERO, |sum, next| sum.checked_add(*next)).unwrap_or(Amount::MAX)
    }

    /// A row without a currency has the file's usual one, but not beside rows that name another.
    fn hold_currencies(&mut self) {
        if let (Some(place), Some(other)) = std::mem::take(&mut self.unsaid) {
            let message = text!(
                "the row names no currency, and another row of the file names {other}",
                "该行未写币种，而文件中另有行写明 {other}"
            );
            let hint = text!("write the currency in every row", "请在每一行写明币种");
            self.notes.push(Finding::error("currency", place.field("currency"), message).hint(hint));
        }
    }

    /// Compares the number of records with what the file says of it.
    fn hold_records(&mut self) {
        let there = self.count + self.balancing.count;
        if let Some(said) = self.declared_records.take().filter(|said| *said != there) {
            let message =
                text!("{said} records are declared, {there} are there", "申报 {said} 条记录，实际 {there} 条");
            self.notes.push(Finding::error("count-mismatch", Place::default(), message));
        }
    }

    /// Compares number and sum of the payments with what the file says of them.
    fn hold_declared(&mut self) {
        let count = self.count;
        if let Some(said) = self.declared.count.filter(|said| *said != count) {
            let message = text!("{said} payments are declared, {count} are there", "申报 {said} 笔，实际 {count} 笔");
            self.notes.push(Finding::error("count-mismatch", Place::default(), message));
        }
        let sum = self.sum();
        if let Some(said) = self.declared.sum.filter(|said| *said != sum) {
            let message = text!("a sum of {said} is declared, {sum} is there", "申报金额合计 {said}，实际 {sum}");
            self.notes.push(Finding::error("sum-mismatch", Place::default(), message));
        }
    }
}

/// Items that take any text, whether a map lists it or not.
fn is_free(item: Item) -> bool {
    use super::item::Form;
    let coded = matches!(item, Item::Extra(_));
    item.describe().0 == Form::Text && !coded || item == Item::ReasonCode
}

/// Whether the item was one of a group.
fn set_group(group: &mut Group, item: Item, value: &Value<'_>) -> bool {
    let text = || Some(value.text());
    match item {
        Item::GroupId => group.id = text(),
        Item::ExecutionDate => group.execution_date = date(value),
        Item::GroupAccount => group.account = GroupAccount::parse(&value.text()),
        Item::GroupCurrency => {
            if let Some(account) = &mut group.account {
                account.currency = Currency::parse(&value.text());
            }
        }
        Item::GroupName => group.party.name = text(),
        Item::GroupPartyId => group.party.id = text(),
        Item::GroupAgent => group.agent = text(),
        Item::GroupAgentName => group.agent_name = text(),
        Item::GroupBranch => group.branch = text(),
        Item::GroupBranchName => group.branch_name = text(),
        Item::GroupAccountKind => group.account_kind = text(),
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

/// Amounts of two currencies under one total.
pub(super) fn mixed(one: Currency, other: Currency, place: Place) -> Finding {
    let message = text!(
        "amounts in {one} and {other} stand under one total, which is a sum of neither",
        "{one} 与 {other} 的金额计入同一合计，合计没有意义"
    );
    let hint = text!(
        "give one file for each currency; a sum that is meant so has `mixed = true` in the template",
        "请按币种拆分文件；若合计本就跨币种，请在模板字段写 `mixed = true`"
    );
    Finding::error("mixed-currencies", place.field("currency"), message).hint(hint)
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
