//! Reading: elements to payments documents.

use super::super::message::{Context, Handler};
use super::super::party::{AccountPart, AccountRead, AgentPart, AgentRead, PartyPart};
use super::super::paths::Paths;
use super::super::totals::Totals;
use crate::document::{
    Amount, Counterparty, Currency, Group, Indicator, Method, Part, Party, Payment, Payments, PaymentsEnd,
};
use crate::format::ReadError;
use crate::text;

/// What an element of a payment initiation means. "Own" is the ordering side, "other" the counterparty.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Header,
    MessageId,
    Created,
    Count,
    Sum,
    HeaderBatch,
    Initiator(PartyPart),
    Group,
    GroupId,
    Method,
    Batch,
    GroupCount,
    GroupSum,
    Date,
    Own(PartyPart),
    OwnAccount(AccountPart),
    OwnAgent(AgentPart),
    UltimateOwn(PartyPart),
    GroupScheme,
    Level(Scope),
    Instrument(Scope),
    Category(Scope),
    Sequence(Scope),
    Priority(Scope),
    Charge(Scope),
    Payment,
    InstructionId,
    EndToEndId,
    Uetr,
    Amount,
    TransferCurrency,
    Other(PartyPart),
    OtherAccount(AccountPart),
    OtherAgent(AgentPart),
    PaymentUltimateOwn(PartyPart),
    UltimateOther(PartyPart),
    Purpose,
    Remittance,
    Reference,
    MandateId,
    MandateDate,
    PaymentScheme,
}

/// Whether an element speaks for a group or for one payment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scope {
    Group,
    Payment,
}

/// A field of a group or of a payment.
type Scoped = fn(Scope) -> Field;

/// Payment type information, inside a group or a payment.
pub(crate) const TYPE: &[(&str, Scoped)] = &[
    ("SvcLvl/Cd", Field::Level),
    ("SvcLvl/Prtry", Field::Level),
    ("LclInstrm/Cd", Field::Instrument),
    ("LclInstrm/Prtry", Field::Instrument),
    ("CtgyPurp/Cd", Field::Category),
    ("CtgyPurp/Prtry", Field::Category),
    // Versions 01 and 02 have the code itself there.
    ("CtgyPurp", Field::Category),
    ("SeqTp", Field::Sequence),
    ("InstrPrty", Field::Priority),
];

/// Turns an initiation's elements into a payments document.
pub(crate) struct InitiationHandler {
    method: Method,
    paths: &'static Paths<Field>,
    head: Payments,
    initiator: Party,
    header_batch: Option<bool>,
    head_given: bool,
    totals: Totals,
    group: GroupRead,
    payment: PaymentRead,
}

#[derive(Default)]
struct GroupRead {
    group: Group,
    account: AccountRead,
    agent: AgentRead,
    scheme: Option<String>,
    ultimate: Party,
    urgent: Option<bool>,
    given: bool,
    totals: Totals,
}

#[derive(Default)]
struct PaymentRead {
    draft: Option<Payment>,
    amount: Option<Amount>,
    currency: Option<Currency>,
    party: Party,
    account: AccountRead,
    agent: AgentRead,
    ultimate_own: Party,
    ultimate_other: Party,
}

impl InitiationHandler {
    /// A handler at the front of a message whose elements are `paths`.
    pub fn new(method: Method, paths: &'static Paths<Field>) -> InitiationHandler {
        InitiationHandler {
            method,
            paths,
            head: Payments::default(),
            initiator: Party::default(),
            header_batch: None,
            head_given: false,
            totals: Totals::default(),
            group: GroupRead::default(),
            payment: PaymentRead::default(),
        }
    }

    /// Hands out the head, once.
    fn give_head(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        if self.head.message_id.is_none() {
            cx.error("message-id-missing", text!("the message has no id", "报文没有报文标识号（MsgId）"));
        }
        if self.head.declared.count.is_none() {
            cx.error("count-missing", text!("the number of payments is not declared", "未申报总笔数（NbOfTxs）"));
        }
        if self.head.created.is_none() {
            cx.warn("created-missing", text!("the creation time is missing", "缺少创建时间（CreDtTm）"));
        }
        let initiator = std::mem::take(&mut self.initiator);
        self.head.initiating_party = initiator.name;
        self.head.initiating_party_id = initiator.id;
        cx.push(Part::Payments(Box::new(self.head.clone())));
    }

    /// Hands out the group, once, when its first payment begins or it ends.
    fn give_group(&mut self, cx: &mut Context<'_>) {
        self.give_head(cx);
        let read = &mut self.group;
        if std::mem::replace(&mut read.given, true) {
            return;
        }
        let group = &mut read.group;
        group.method = self.method;
        group.batch_booking = group.batch_booking.or(self.header_batch);
        group.account = std::mem::take(&mut read.account).group_account();
        (group.branch, group.branch_name) = read.agent.branch();
        (group.agent, group.agent_name) = std::mem::take(&mut read.agent).parts();
        group.party.id = read.scheme.take().or(group.party.id.take());
        if group.account.is_none() {
            cx.error("account-missing", text!("the group has no account of its own", "该批次没有本方账号"));
        }
        if group.execution_date.is_none() {
            cx.error("date-missing", text!("the group has no execution date", "该批次没有要求执行日期"));
        }
        if group.id.is_none() {
            cx.warn("group-id-missing", text!("the group has no id", "该批次没有标识号（PmtInfId）"));
        }
        cx.push(Part::Group(Box::new(group.clone())));
    }

    fn begin_payment(&mut self, cx: &mut Context<'_>) {
        self.give_group(cx);
        let indicator = match self.method {
            Method::Transfer => Indicator::Credit,
            Method::DirectDebit => Indicator::Debit,
        };
        // The real currency replaces it before the payment is given.
        let mut payment = Payment::new(self.totals.count + 1, Amount::ZERO, Currency::NONE, indicator);
        payment.place = cx.line();
        payment.urgent = self.group.urgent;
        self.payment = PaymentRead { draft: Some(payment), ..PaymentRead::default() };
    }

    fn end_payment(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let mut read = std::mem::take(&mut self.payment);
        let (branch, branch_name) = read.agent.branch();
        let Some(mut payment) = read.draft else {
            return Ok(());
        };
        let seq = payment.seq;
        let (Some(amount), Some(currency)) = (read.amount, read.currency) else {
            let message = text!("payment {seq} has no amount with a currency", "第 {seq} 笔付款没有金额或币种");
            return Err(cx.refused("amount-missing", message));
        };
        (payment.amount, payment.currency) = (amount, currency);
        let (agent, agent_name) = read.agent.parts();
        let Party { name, id, address } = read.party;
        payment.counterparty = Counterparty { name, account: read.account.account(), agent, agent_name, id, address };
        let (debtor, creditor) = match self.method {
            Method::Transfer => (read.ultimate_own, read.ultimate_other),
            Method::DirectDebit => (read.ultimate_other, read.ultimate_own),
        };
        let group_ultimate = || self.group.ultimate.name.clone();
        let (debtor, creditor) = match self.method {
            Method::Transfer => (debtor.name.or_else(group_ultimate), creditor.name),
            Method::DirectDebit => (debtor.name, creditor.name.or_else(group_ultimate)),
        };
        let named = [("x_ultimate_debtor", debtor), ("x_ultimate_creditor", creditor)];
        for (key, name) in named.into_iter().chain([("x_branch", branch), ("x_branch_name", branch_name)]) {
            if let Some(name) = name {
                payment.extra.insert(key.to_string(), name);
            }
        }
        if payment.end_to_end_id.is_none() {
            let message = text!("payment {seq} has no end-to-end id", "第 {seq} 笔付款没有端到端标识号");
            cx.warn("end-to-end-id-missing", message);
        }
        if payment.counterparty.name.is_none() && payment.counterparty.account.is_none() {
            let message = text!("payment {seq} has neither name nor account", "第 {seq} 笔付款既无户名也无账号");
            cx.error("counterparty-missing", message);
        }
        self.totals.add(amount, currency);
        self.group.totals.add(amount, currency);
        cx.push(Part::Payment(Box::new(payment)));
        Ok(())
    }

    fn end_group(&mut self, cx: &mut Context<'_>) {
        self.give_group(cx);
        let read = std::mem::take(&mut self.group);
        read.totals.compare(&read.group.declared, cx);
    }

    /// An element of the message's head.
    fn head_field(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let head = &mut self.head;
        match field {
            Field::MessageId => head.message_id = cx.id(),
            Field::Created => head.created = cx.moment(),
            Field::Count => head.declared.count = cx.count(),
            Field::Sum => head.declared.sum = Some(cx.amount()?),
            Field::HeaderBatch => self.header_batch = cx.flag(),
            Field::Initiator(part) => part.put(&mut self.initiator, cx)?,
            Field::Header => self.give_head(cx),
            _ => {}
        }
        Ok(())
    }

    /// An element of a group.
    fn group_field(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let read = &mut self.group;
        let group = &mut read.group;
        match field {
            Field::Group => self.end_group(cx),
            Field::GroupId => group.id = cx.id(),
            Field::Method => check_method(self.method, cx),
            Field::Batch => group.batch_booking = cx.flag(),
            Field::GroupCount => group.declared.count = cx.count(),
            Field::GroupSum => group.declared.sum = Some(cx.amount()?),
            Field::Date => group.execution_date = group.execution_date.or(cx.date()),
            Field::Own(part) => part.put(&mut group.party, cx)?,
            Field::OwnAccount(part) => part.put(&mut read.account, cx),
            Field::OwnAgent(part) => part.put(&mut read.agent, cx),
            Field::UltimateOwn(part) => part.put(&mut read.ultimate, cx)?,
            Field::GroupScheme => read.scheme = cx.id(),
            Field::Level(Scope::Group) => keep_first(&mut group.service_level, cx),
            Field::Instrument(Scope::Group) => keep_first(&mut group.local_instrument, cx),
            Field::Category(Scope::Group) => keep_first(&mut group.category_purpose, cx),
            Field::Sequence(Scope::Group) => group.sequence_type = cx.code(),
            Field::Charge(Scope::Group) => group.charge_bearer = cx.code(),
            // A group has no place for HIGH; its payments carry it.
            Field::Priority(Scope::Group) => read.urgent = urgent(cx.word()),
            field => return self.head_field(field, cx),
        }
        Ok(())
    }
}

/// Notes a payment method that does not belong to the message.
fn check_method(method: Method, cx: &mut Context<'_>) {
    let fits = match (method, cx.word()) {
        (Method::Transfer, "TRF" | "TRA") | (Method::DirectDebit, "DD") => true,
        (Method::Transfer, "CHK") => {
            let message = text!("the group asks for cheques, which we do not carry", "该批次要求支票付款，暂不支持");
            return cx.error("method", message);
        }
        _ => false,
    };
    if !fits {
        let word = cx.word();
        cx.error("method", text!("`{word}` is not a method of this message", "`{word}` 不是本报文的付款方式"));
    }
}

fn keep_first(place: &mut Option<String>, cx: &Context<'_>) {
    if place.is_none() {
        *place = cx.code();
    }
}

/// An element of one payment; the field back when it is none.
fn payment_field(read: &mut PaymentRead, field: Field, cx: &mut Context<'_>) -> Result<Option<Field>, ReadError> {
    let Some(payment) = &mut read.draft else {
        return Ok(Some(field));
    };
    match field {
        Field::InstructionId => payment.instruction_id = cx.id(),
        Field::EndToEndId => payment.end_to_end_id = cx.id(),
        Field::Amount => {
            let (amount, currency) = cx.money()?;
            (read.amount, read.currency) = (Some(amount), currency);
        }
        Field::Other(part) => part.put(&mut read.party, cx)?,
        Field::OtherAccount(part) => part.put(&mut read.account, cx),
        Field::OtherAgent(part) => part.put(&mut read.agent, cx),
        Field::PaymentUltimateOwn(part) => part.put(&mut read.ultimate_own, cx)?,
        Field::UltimateOther(part) => part.put(&mut read.ultimate_other, cx)?,
        Field::Purpose => payment.purpose = cx.words(),
        Field::Remittance => {
            if let Some(words) = cx.words() {
                cx.hold(&mut payment.remittance, words)?;
            }
        }
        Field::Reference if payment.structured_reference.is_none() => payment.structured_reference = cx.id(),
        Field::Reference => {
            let message = text!("a second structured reference is left out", "第二个结构化参考号未保留");
            cx.warn("reference", message);
        }
        Field::MandateId => payment.mandate_id = cx.id(),
        Field::MandateDate => payment.mandate_date = cx.date(),
        Field::Category(Scope::Payment) => keep_first(&mut payment.category_purpose, cx),
        Field::Charge(Scope::Payment) => payment.charge_bearer = cx.code(),
        Field::Priority(Scope::Payment) => payment.urgent = urgent(cx.word()).or(payment.urgent),
        Field::Level(Scope::Payment) => {
            payment.urgent = urgent(cx.word()).or(payment.urgent);
            extra(payment, "x_service_level", cx);
        }
        Field::Instrument(Scope::Payment) => extra(payment, "x_local_instrument", cx),
        Field::Sequence(Scope::Payment) => extra(payment, "x_sequence_type", cx),
        Field::TransferCurrency => extra(payment, "x_transfer_currency", cx),
        Field::Uetr => extra(payment, "x_uetr", cx),
        Field::PaymentScheme => extra(payment, "x_creditor_scheme_id", cx),
        field => return Ok(Some(field)),
    }
    Ok(None)
}

fn extra(payment: &mut Payment, key: &str, cx: &Context<'_>) {
    if let Some(code) = cx.code() {
        payment.extra.insert(key.to_string(), code);
    }
}

/// Whether a priority or service level asks for urgent execution.
fn urgent(code: &str) -> Option<bool> {
    match code {
        "HIGH" | "URGP" => Some(true),
        "NORM" | "NURG" => Some(false),
        _ => None,
    }
}

impl Handler for InitiationHandler {
    type Field = Field;

    const TELLS_LEFT_OUT: bool = true;

    fn paths(&self) -> &'static Paths<Field> {
        self.paths
    }

    fn begin(&mut self, format: &str) {
        *self = InitiationHandler::new(self.method, self.paths);
        self.head.format = format.to_string();
    }

    fn open(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match field {
            Field::Payment => self.begin_payment(cx),
            Field::Group => self.give_head(cx),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        if let Field::Payment = field {
            return self.end_payment(cx);
        }
        match payment_field(&mut self.payment, field, cx)? {
            Some(field) => self.group_field(field, cx),
            None => Ok(()),
        }
    }

    fn end(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        self.give_head(cx);
        let totals = std::mem::take(&mut self.totals);
        if totals.count == 0 {
            cx.error("payments-missing", text!("the message holds no payment", "报文中没有付款"));
        }
        let declared = std::mem::take(&mut self.head.declared);
        totals.compare(&declared, cx);
        let findings = cx.take_findings();
        let end = PaymentsEnd { count: totals.count, sums: totals.sums, findings };
        cx.push(Part::PaymentsEnd(Box::new(end)));
        Ok(())
    }
}
