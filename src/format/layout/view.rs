//! What a document has for an item: the writing side of the words of a layout.

use std::collections::BTreeMap;

use super::build::Tally;
use super::declare::Own;
use super::item::Item;
use super::value::Value;
use crate::document::{
    Account, Amount, Balance, Currency, Entry, EntryDetail, Group, Indicator, Moment, Payment, PaymentStatus, Payments,
    Statement, StatementEnd, StatusReport,
};

/// Everything that a record may show.
#[derive(Clone, Copy, Default)]
pub(super) struct View<'a> {
    pub payments: Option<&'a Payments>,
    pub group: Option<&'a Group>,
    pub payment: Option<&'a Payment>,
    pub report: Option<&'a StatusReport>,
    pub status: Option<&'a PaymentStatus>,
    pub statement: Option<&'a Statement>,
    pub end: Option<&'a StatementEnd>,
    pub entry: Option<&'a Entry>,
    pub totals: Totals,
    /// The currency of all payments, for records before and behind them.
    pub currency: Option<Currency>,
    /// Of a result file, its rows so far.
    pub tally: Option<&'a Tally>,
    pub own: Option<&'a Own>,
    pub extras: &'a [String],
    pub created: Option<Moment>,
}

/// Counts and sums of what is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub count: u64,
    pub sum: Amount,
    pub credits: u64,
    pub debits: u64,
    /// Records of the file so far.
    pub lines: u64,
    /// Balancing records.
    pub balancing: u64,
    /// Balance after the entry.
    pub balance: Option<Amount>,
}

impl<'a> View<'a> {
    /// Whether there is a value for any item of a record.
    pub fn has_any(&self, record: &super::plan::PlannedRecord) -> bool {
        record.fields.iter().filter_map(|field| field.item).any(|item| self.get(item).is_some())
    }

    /// The value of an item, where the document has one.
    pub fn get(&self, item: Item) -> Option<Value<'a>> {
        if item == Item::Lines {
            return Some(Value::Number(self.totals.lines));
        }
        self.of_payments(item).or_else(|| self.of_status(item)).or_else(|| self.of_statement(item))
    }

    fn of_payments(&self, item: Item) -> Option<Value<'a>> {
        let head = self.payments?;
        match item {
            Item::MessageId => text(&head.message_id),
            Item::Created => head.created.or(self.created).map(Value::Moment),
            Item::FileName => text(&head.file_name),
            Item::InitiatingParty => text(&head.initiating_party),
            Item::InitiatingPartyId => text(&head.initiating_party_id),
            Item::Count => Some(Value::Number(self.totals.count)),
            Item::Sum => Some(Value::Amount(self.totals.sum)),
            Item::Records => Some(Value::Number(self.totals.count + self.totals.balancing)),
            Item::Currency if self.payment.is_none() => self.currency.map(|code| Value::Text(code.to_string().into())),
            _ => self.group.and_then(|group| of_group(item, group)).or_else(|| self.of_payment(item, self.payment?)),
        }
    }

    fn of_payment(&self, item: Item, payment: &'a Payment) -> Option<Value<'a>> {
        let party = &payment.counterparty;
        match item {
            Item::Seq => Some(Value::Number(self.totals.count)),
            Item::EndToEndId => text(&payment.end_to_end_id),
            Item::InstructionId => text(&payment.instruction_id),
            Item::Amount => Some(Value::Amount(payment.amount)),
            Item::Currency => Some(Value::Text(payment.currency.as_str().into())),
            Item::Indicator => Some(Value::Text(payment.indicator.code().into())),
            Item::Name => text(&party.name),
            Item::Account => party.account.as_ref().map(account),
            Item::Agent => text(&party.agent),
            Item::AgentName => text(&party.agent_name),
            Item::PartyId => text(&party.id),
            Item::State => text(&party.address.state),
            Item::Town => text(&party.address.town),
            Item::Country => text(&party.address.country),
            Item::PostCode => text(&party.address.post_code),
            Item::Street => text(&party.address.street),
            Item::AddressLine => joined(&party.address.lines),
            Item::Remittance => joined(&payment.remittance),
            Item::Remittance1 => payment.remittance.first().map(|line| Value::Text(line.as_str().into())),
            Item::Remittance2 => joined(payment.remittance.get(1..).unwrap_or_default()),
            Item::Reference => text(&payment.structured_reference),
            Item::Purpose => text(&payment.purpose),
            Item::ChargeBearer => text(&payment.charge_bearer),
            Item::Urgent => payment.urgent.map(yes),
            Item::Mandate => text(&payment.mandate_id),
            Item::SameBank => self.same_bank(payment),
            Item::Extra(at) => extra(&payment.extra, self.extras, at),
            _ => None,
        }
    }

    /// Whether the payee's bank is this bank: said by the sender, else by the bank's number or name.
    fn same_bank(&self, payment: &'a Payment) -> Option<Value<'a>> {
        if let Some(said) = payment.extra.get("x_same_bank") {
            return Some(Value::Text(said.as_str().into()));
        }
        let own = self.own?;
        let party = &payment.counterparty;
        if let Some(agent) = party.agent.as_deref() {
            return Some(yes(own.agents.iter().any(|head| agent.starts_with(head.as_str()))));
        }
        own.is_named_in(party.agent_name.as_deref()?).map(yes)
    }

    fn of_status(&self, item: Item) -> Option<Value<'a>> {
        let head = self.report?;
        match item {
            Item::MessageId => return text(&head.message_id),
            Item::Created => return head.created.or(self.created).map(Value::Moment),
            Item::OriginalMessageId => return text(&head.original_message_id),
            Item::GroupStatus => return text(&head.status),
            Item::Seq | Item::Count => return Some(Value::Number(self.totals.count)),
            Item::Sum => return Some(Value::Amount(self.totals.sum)),
            group if group.is_of_original_group() => return of_group(group, head.original_group.as_deref()?),
            _ => {}
        }
        if let Some(value) = self.tally.and_then(|tally| tally.get(item)) {
            return Some(value);
        }
        let status = self.status?;
        match item {
            Item::EndToEndId => text(&status.original_end_to_end_id),
            Item::InstructionId => text(&status.original_instruction_id),
            Item::OriginalSeq => status.original_seq.map(Value::Number),
            Item::OriginalGroup => text(&status.original_payment_information_id),
            // The bank's own word first: several words may mean one code.
            Item::Status => match (&status.bank_status, &status.status) {
                (Some(word), _) => Some(Value::Unlisted(word)),
                (None, code) => text(code),
            },
            Item::Amount => status.amount.map(Value::Amount),
            Item::Currency => status.currency.map(|c| Value::Text(c.as_str().to_string().into())),
            Item::Name => text(&status.counterparty.name),
            Item::Account => status.counterparty.account.as_ref().map(account),
            Item::Agent => text(&status.counterparty.agent),
            Item::AgentName => text(&status.counterparty.agent_name),
            Item::ReasonCode => status.reasons.iter().find_map(|reason| text(&reason.code)),
            Item::ReasonInfo => status.reasons.iter().find_map(|reason| joined(&reason.info)),
            Item::BankReference => text(&status.bank_reference),
            Item::Extra(at) => extra(&status.extra, self.extras, at),
            told => status.told.get(told.name()).map(|text| Value::Text(text.as_str().into())),
        }
    }

    fn of_statement(&self, item: Item) -> Option<Value<'a>> {
        let head = self.statement?;
        match item {
            Item::MessageId => text(&head.message_id),
            Item::StatementId => text(&head.id),
            Item::Number => text(&head.number),
            Item::Created => head.created.or(self.created).map(Value::Moment),
            Item::OwnAccount => text(&head.account.id).or_else(|| text(&head.account.iban)),
            Item::OwnCurrency => head.account.currency.map(|c| Value::Text(c.as_str().to_string().into())),
            Item::OwnName => text(&head.account.owner),
            Item::OwnAgent => text(&head.account.agent),
            Item::OwnKind => text(&head.account.kind),
            Item::FromDate => head.from_date.or(self.balance("OPBD")?.date).map(day),
            Item::ToDate => head.to_date.or(self.balance("CLBD")?.date).map(day),
            _ => match self.entry {
                Some(entry) => self.of_entry(item, entry),
                None => self.of_end(item),
            },
        }
    }

    fn balance(&self, kind: &str) -> Option<&'a Balance> {
        let found = |kind: &str| self.end?.balances.iter().find(|b| b.kind == kind);
        found(kind).or_else(|| if kind == "OPBD" { found("PRCD") } else { None })
    }

    fn of_end(&self, item: Item) -> Option<Value<'a>> {
        let end = self.end?;
        let side = |b: &Balance| b.indicator.map(|side| Value::Text(side.code().into()));
        match item {
            // Of entries that are in another file only their own file knew more.
            Item::Count => Some(Value::Number(end.declared.count.unwrap_or(end.entries))),
            Item::CreditSum => Some(Value::Amount(end.declared.credit_sum.unwrap_or(end.credit_sum))),
            Item::DebitSum => Some(Value::Amount(end.declared.debit_sum.unwrap_or(end.debit_sum))),
            Item::CreditCount => Some(Value::Number(end.declared.credit_count.unwrap_or(self.totals.credits))),
            Item::DebitCount => Some(Value::Number(end.declared.debit_count.unwrap_or(self.totals.debits))),
            Item::Opening => self.balance("OPBD").map(|b| Value::Amount(b.signed())),
            Item::Closing => self.balance("CLBD").map(|b| Value::Amount(b.signed())),
            Item::OpeningSide => self.balance("OPBD").and_then(side),
            Item::ClosingSide => self.balance("CLBD").and_then(side),
            Item::OpeningDate => self.balance("OPBD").and_then(|b| b.date).map(day),
            Item::ClosingDate => self.balance("CLBD").and_then(|b| b.date).map(day),
            _ => None,
        }
    }

    fn of_entry(&self, item: Item, entry: &'a Entry) -> Option<Value<'a>> {
        let signed = if entry.indicator == Indicator::Credit { entry.amount } else { -entry.amount };
        let only = |side| (entry.indicator == side).then_some(Value::Amount(entry.amount));
        match item {
            Item::Seq => Some(Value::Number(entry.seq)),
            Item::Amount => Some(Value::Amount(entry.amount)),
            Item::Signed => Some(Value::Amount(signed)),
            Item::Credit => only(Indicator::Credit),
            Item::Debit => only(Indicator::Debit),
            Item::Currency => Some(Value::Text(entry.currency.as_str().into())),
            Item::Indicator => Some(Value::Text(entry.indicator.code().into())),
            Item::BalanceAfter => self.totals.balance.map(Value::Amount),
            Item::BookingDate | Item::BookingTime => entry.booking_date.or(entry.value_date).map(day),
            Item::ValueDate => entry.value_date.or(entry.booking_date).map(day),
            Item::Reversal => Some(yes(entry.reversal)),
            Item::EntryReference => text(&entry.reference),
            Item::BankReference => text(&entry.bank_reference),
            Item::EntryCode => text(&entry.code.proprietary),
            Item::EntryStatus => text(&entry.status),
            Item::Info => text(&entry.info),
            Item::PayerName | Item::PayerAccount | Item::PayerAgent | Item::PayerAgentName => {
                self.side(item, entry, Indicator::Credit)
            }
            Item::PayeeName | Item::PayeeAccount | Item::PayeeAgent | Item::PayeeAgentName => {
                self.side(item, entry, Indicator::Debit)
            }
            _ => of_detail(item, entry.details.first()?),
        }
    }
}

impl<'a> View<'a> {
    /// Payer or payee: the other side where the entry has the direction `other`, else ourselves.
    fn side(&self, item: Item, entry: &'a Entry, other: Indicator) -> Option<Value<'a>> {
        let as_counterparty = match item {
            Item::PayerName | Item::PayeeName => Item::Name,
            Item::PayerAccount | Item::PayeeAccount => Item::Account,
            Item::PayerAgent | Item::PayeeAgent => Item::Agent,
            _ => Item::AgentName,
        };
        if entry.indicator == other {
            return of_detail(as_counterparty, entry.details.first()?);
        }
        match as_counterparty {
            Item::Name => self.get(Item::OwnName),
            Item::Account => self.get(Item::OwnAccount),
            Item::Agent => self.get(Item::OwnAgent),
            _ => None,
        }
    }
}

/// What a group has for an item; `None` for what is none of its items, too.
fn of_group(item: Item, group: &Group) -> Option<Value<'_>> {
    match item {
        Item::GroupId => text(&group.id),
        Item::ExecutionDate => group.execution_date.map(day),
        Item::GroupAccount => group.account.as_ref().map(|a| Value::Text(a.id.as_str().into())),
        Item::GroupCurrency => group.account.as_ref()?.currency.map(|code| Value::Text(code.to_string().into())),
        Item::GroupName => text(&group.party.name),
        Item::GroupPartyId => text(&group.party.id),
        Item::GroupAgent => text(&group.agent),
        Item::GroupAgentName => text(&group.agent_name),
        Item::GroupBranch => text(&group.branch),
        Item::GroupBranchName => text(&group.branch_name),
        Item::GroupAccountKind => text(&group.account_kind),
        Item::CategoryPurpose => text(&group.category_purpose),
        _ => None,
    }
}

/// The value beyond the document model of this number among the layout's.
fn extra<'a>(values: &'a BTreeMap<String, String>, names: &[String], at: u16) -> Option<Value<'a>> {
    values.get(names.get(usize::from(at))?).map(|value| Value::Text(value.as_str().into()))
}

fn of_detail(item: Item, detail: &EntryDetail) -> Option<Value<'_>> {
    let party = &detail.counterparty;
    match item {
        Item::EndToEndId => text(&detail.end_to_end_id),
        Item::InstructionId => text(&detail.instruction_id),
        Item::Name => text(&party.name),
        Item::Account => party.account.as_ref().map(account),
        Item::Agent => text(&party.agent),
        Item::AgentName => text(&party.agent_name),
        Item::PartyId => text(&party.id),
        Item::Remittance => joined(&detail.remittance),
        Item::Remittance1 => detail.remittance.first().map(|line| Value::Text(line.as_str().into())),
        Item::Remittance2 => joined(detail.remittance.get(1..).unwrap_or_default()),
        Item::Reference => text(&detail.structured_reference),
        Item::Purpose => text(&detail.purpose),
        Item::Mandate => text(&detail.mandate_id),
        Item::ReturnReason => text(&detail.return_reason),
        _ => None,
    }
}

fn text(value: &Option<String>) -> Option<Value<'_>> {
    value.as_deref().map(|value| Value::Text(value.into()))
}

fn joined(values: &[String]) -> Option<Value<'_>> {
    match values {
        [] => None,
        [one] => Some(Value::Text(one.as_str().into())),
        many => Some(Value::Text(many.join(" ").into())),
    }
}

fn account(account: &Account) -> Value<'_> {
    Value::Text(account.as_str().into())
}

fn day<'a>(date: crate::document::Date) -> Value<'a> {
    Value::Moment(Moment { local: date.at(0, 0, 0, 0), offset_seconds: None })
}

fn yes<'a>(yes: bool) -> Value<'a> {
    Value::Text(if yes { "yes" } else { "no" }.into())
}
