//! Writing: payments documents to elements.

use std::io::Write;

use super::super::blocks::{NOT_PROVIDED, Style};
use super::super::emit::Emit;
use super::super::totals::Totals;
use super::remittance::remittance;
use crate::document::{
    Address, Amount, CHARGE_BEARERS, Group, Method, Part, Payment, Payments, PaymentsEnd, SEQUENCE_TYPES,
};
use crate::finding::Finding;
use crate::format::order::{Order, against_method};
use crate::format::scheme::PaymentTypes;
use crate::format::{Dialect, WriteError, WriteOptions, Writer};
use crate::text;

/// What one version of one initiation looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Full name, such as `pain.001.001.09`.
    pub name: &'static str,
    /// Root element.
    pub root: &'static str,
    /// Credit transfer or direct debit.
    pub method: Method,
    /// Whether the version has the names of 2019 on.
    pub modern: bool,
}

/// What the keys of [`Payment::extra`] that are written mean; others have no place.
const EXTRAS: &[&str] = &[
    "x_service_level",
    "x_local_instrument",
    "x_sequence_type",
    "x_transfer_currency",
    "x_branch",
    "x_branch_name",
    "x_uetr",
    "x_ultimate_debtor",
    "x_ultimate_creditor",
    "x_creditor_scheme_id",
];

/// Writes a payments document as pain.001 or pain.008.
pub(crate) struct InitiationWriter {
    layout: Layout,
    style: Style,
    emit: Emit,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    head: Payments,
    message_id: String,
    totals: Totals,
    groups: u64,
    group: Option<Group>,
    group_totals: Totals,
}

impl InitiationWriter {
    /// A writer of this layout.
    pub fn new(layout: Layout, output: Box<dyn Write + Send>, options: &WriteOptions) -> InitiationWriter {
        let Dialect { charset, fold, address, ref scheme, .. } = options.dialect;
        InitiationWriter {
            layout,
            style: Style { modern: layout.modern, address, scheme: scheme.clone() },
            emit: Emit::new(charset, fold),
            output,
            options: options.clone(),
            order: Order::default(),
            head: Payments::default(),
            message_id: String::new(),
            totals: Totals::default(),
            groups: 0,
            group: None,
            group_totals: Totals::default(),
        }
    }

    fn head(&mut self, head: &Payments) -> Result<(), WriteError> {
        let e = &mut self.emit;
        if self.order.documents() > 1 {
            let message = text!("one file takes one message", "一个文件只能写一个报文");
            return Err(e.refused("one-message", "", message));
        }
        let name = self.layout.name;
        e.begin(name, self.layout.root);
        e.open_line("GrpHdr");
        let Some(id) = head.message_id.as_ref().or(self.options.message_id.as_ref()) else {
            let message = text!("{name} needs a message id", "{name} 需要报文标识号");
            return Err(e.refused("message-id-missing", "MsgId", message));
        };
        self.message_id.clone_from(id);
        id_of(e, &self.style, ("MsgId", "message_id"), id)?;
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("{name} needs a creation time", "{name} 需要创建时间");
            return Err(e.refused("created-missing", "CreDtTm", message));
        };
        e.fact("CreDtTm", created);
        let (Some(count), Some(sum)) = (head.declared.count, head.declared.sum) else {
            let message =
                text!("{name} needs number and sum of the payments in front", "{name} 需要预先给出总笔数和总金额");
            return Err(e.refused("totals-missing", "NbOfTxs", message));
        };
        e.fact("NbOfTxs", count);
        e.sum("CtrlSum", sum)?;
        self.head = head.clone();
        Ok(())
    }

    /// Ends the header with who asks for the payments: where nobody says it, the owner of the first account does.
    fn close_header(&mut self, owner: Option<&str>) -> Result<(), WriteError> {
        let said = self.head.initiating_party.as_ref().or(self.options.initiating_party.as_ref());
        let id = self.head.initiating_party_id.as_deref();
        let initiator = said.map(String::as_str).or(owner.filter(|_| id.is_none()));
        self.emit.party(&self.style, "InitgPty", initiator, &Address::default(), id)?;
        self.emit.close();
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<(), WriteError> {
        self.close_group()?;
        if self.groups == 0 {
            self.close_header(group.party.name.as_deref())?;
        }
        self.groups += 1;
        let (e, layout) = (&mut self.emit, self.layout);
        e.at(Some(self.groups));
        if self.groups > 1 && self.options.dialect.one_group {
            let message = text!(
                "the bank takes one group in a file; this document has more accounts or days",
                "该银行每个文件只接受一个付款组；本单据有多个账号或日期"
            );
            return Err(e.refused("several-groups", "PmtInf", message));
        }
        e.open_line("PmtInf");
        if group.method != layout.method {
            let name = layout.name;
            let message = text!("{name} takes no group of this method", "{name} 不支持该付款方式");
            return Err(e.refused("method", "PmtMtd", message));
        }
        let own = || format!("{}-{}", self.message_id, self.groups);
        let id = group.id.clone().unwrap_or_else(own);
        id_of(e, &self.style, ("PmtInfId", "payment_information_id"), &id)?;
        e.fact("PmtMtd", if layout.method == Method::Transfer { "TRF" } else { "DD" });
        if let Some(batch) = group.batch_booking.or(self.options.dialect.batch_booking) {
            e.fact("BtchBookg", batch);
        }
        if let Some(count) = group.declared.count {
            e.fact("NbOfTxs", count);
        }
        if let Some(sum) = group.declared.sum {
            e.sum("CtrlSum", sum)?;
        }
        group_type(layout, &self.options.dialect, group).write(e)?;
        self.group_parties(group)?;
        self.group = Some(group.clone());
        Ok(())
    }

    /// The rest of a group's head: date, party, account, agent, charges.
    fn group_parties(&mut self, group: &Group) -> Result<(), WriteError> {
        let (e, layout, style) = (&mut self.emit, self.layout, &self.style);
        let transfer = layout.method == Method::Transfer;
        let date_name = if transfer { "ReqdExctnDt" } else { "ReqdColltnDt" };
        let Some(date) = group.execution_date else {
            let message = text!("the group has no execution date", "该批次没有要求执行日期");
            return Err(e.refused("date-missing", date_name, message));
        };
        if transfer && layout.modern {
            e.open(date_name);
            e.fact("Dt", date);
            e.close();
        } else {
            e.fact(date_name, date);
        }
        let (party, account_name, agent) =
            if transfer { ("Dbtr", "DbtrAcct", "DbtrAgt") } else { ("Cdtr", "CdtrAcct", "CdtrAgt") };
        let id = group.party.id.as_deref();
        e.party(style, party, group.party.name.as_deref(), &group.party.address, id.filter(|_| transfer))?;
        let Some(account) = &group.account else {
            let message = text!("the group has no account of its own", "该批次没有本方账号");
            return Err(e.refused("account-missing", account_name, message));
        };
        e.account(account_name, &account.id, account.currency)?;
        let branch = (group.branch.as_deref(), group.branch_name.as_deref());
        e.agent_of_branch(style, agent, group.agent.as_deref(), group.agent_name.as_deref(), branch)?;
        let bearer = group.charge_bearer.as_ref().or(self.options.dialect.charge_bearer.as_ref());
        if let Some(bearer) = bearer {
            e.listed("ChrgBr", bearer, &CHARGE_BEARERS)?;
        }
        if let (Some(id), false) = (id, transfer) {
            scheme(e, "CdtrSchmeId", id)?;
        }
        Ok(())
    }

    fn payment(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let transfer = self.layout.method == Method::Transfer;
        if let Some(against) = against_method(self.layout.method, payment) {
            return Err(against.into());
        }
        self.emit.at(Some(payment.seq));
        self.emit.open_line(if transfer { "CdtTrfTxInf" } else { "DrctDbtTxInf" });
        self.ids(payment)?;
        self.own_type(payment)?;
        let e = &mut self.emit;
        let extra = |key: &str| payment.extra.get(key).map(String::as_str);
        if transfer {
            e.open("Amt");
            match extra("x_transfer_currency") {
                Some(currency) => {
                    e.open("EqvtAmt");
                    e.money("Amt", payment.amount, payment.currency)?;
                    e.id("CcyOfTrf", currency, 3)?;
                    e.close();
                }
                None => e.money("InstdAmt", payment.amount, payment.currency)?,
            }
            e.close();
        } else {
            e.money("InstdAmt", payment.amount, payment.currency)?;
        }
        self.own_bearer(payment)?;
        if transfer {
            self.creditor(payment)?
        } else {
            self.debtor(payment)?
        }
        self.remittance(payment)?;
        self.emit.close();
        self.totals.add(payment.amount, payment.currency);
        self.group_totals.add(payment.amount, payment.currency);
        if payment.extra.is_empty() { Ok(()) } else { self.note_extras(payment) }
    }

    /// The payment's type, where it is another than its group's.
    fn own_type(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (e, dialect) = (&mut self.emit, &self.options.dialect);
        let of_group = self.group.as_ref().map(|group| group_type(self.layout, dialect, group)).unwrap_or_default();
        let own = PaymentType::of(payment).beyond(&of_group);
        let in_group = self.style.scheme.payment_types == PaymentTypes::Group;
        // That a payment is not urgent needs no word.
        let own = if in_group { PaymentType { priority: own.priority.filter(|p| *p == "HIGH"), ..own } } else { own };
        match own.first() {
            Some((field, value)) if in_group => Err(another_than_group(e, ("PmtTpInf", field), value)),
            _ => own.write(e),
        }
    }

    /// Who bears the payment's charges, where it is another than for its group.
    fn own_bearer(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (e, dialect) = (&mut self.emit, &self.options.dialect);
        let of_group = self.group.as_ref().and_then(|group| group.charge_bearer.as_ref());
        let of_group = of_group.or(dialect.charge_bearer.as_ref());
        match payment.charge_bearer.as_ref().filter(|own| Some(*own) != of_group) {
            None => Ok(()),
            Some(own) if self.style.scheme.payment_types == PaymentTypes::Group => {
                Err(another_than_group(e, ("ChrgBr", "charge_bearer"), own))
            }
            Some(own) => e.listed("ChrgBr", own, &CHARGE_BEARERS),
        }
    }

    fn ids(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (e, style) = (&mut self.emit, &self.style);
        e.open("PmtId");
        if let Some(id) = &payment.instruction_id {
            id_of(e, style, ("InstrId", "instruction_id"), id)?;
        }
        let id = payment.end_to_end_id.as_deref().unwrap_or(NOT_PROVIDED);
        id_of(e, style, ("EndToEndId", "end_to_end_id"), id)?;
        if let (Some(uetr), true) = (payment.extra.get("x_uetr"), self.layout.modern) {
            e.id("UETR", uetr, 36)?;
        }
        e.close();
        Ok(())
    }

    fn creditor(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (e, style, other) = (&mut self.emit, &self.style, &payment.counterparty);
        ultimate(e, style, "UltmtDbtr", payment)?;
        let branch = branch_of(payment);
        if other.agent.is_some() || other.agent_name.is_some() || branch != (None, None) {
            e.agent_of_branch(style, "CdtrAgt", other.agent.as_deref(), other.agent_name.as_deref(), branch)?;
        }
        e.party(style, "Cdtr", other.name.as_deref(), &other.address, other.id.as_deref())?;
        if let Some(account) = &other.account {
            e.account("CdtrAcct", account, None)?;
        }
        ultimate(e, style, "UltmtCdtr", payment)
    }

    fn debtor(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (e, style, other) = (&mut self.emit, &self.style, &payment.counterparty);
        let scheme_id = payment.extra.get("x_creditor_scheme_id");
        if payment.mandate_id.is_some() || payment.mandate_date.is_some() || scheme_id.is_some() {
            e.open("DrctDbtTx");
            if payment.mandate_id.is_some() || payment.mandate_date.is_some() {
                e.open("MndtRltdInf");
                if let Some(id) = &payment.mandate_id {
                    id_of(e, style, ("MndtId", "mandate_id"), id)?;
                }
                if let Some(date) = payment.mandate_date {
                    e.fact("DtOfSgntr", date);
                }
                e.close();
            }
            if let Some(id) = scheme_id {
                scheme(e, "CdtrSchmeId", id)?;
            }
            e.close();
        }
        ultimate(e, style, "UltmtCdtr", payment)?;
        let branch = branch_of(payment);
        e.agent_of_branch(style, "DbtrAgt", other.agent.as_deref(), other.agent_name.as_deref(), branch)?;
        e.party(style, "Dbtr", other.name.as_deref(), &other.address, other.id.as_deref())?;
        let Some(account) = &other.account else {
            let message = text!("a direct debit needs the debtor's account", "直接借记需要付款人账号");
            return Err(e.refused("account-missing", "DbtrAcct", message));
        };
        e.account("DbtrAcct", account, None)?;
        ultimate(e, style, "UltmtDbtr", payment)
    }

    fn remittance(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let e = &mut self.emit;
        if let Some(purpose) = &payment.purpose {
            e.code_or_proprietary("Purp", purpose, 4)?;
        }
        remittance(e, &self.style.scheme, payment)
    }

    /// Says which of a payment's extra fields have no place here.
    fn note_extras(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let (seq, name) = (payment.seq, self.layout.name);
        for key in payment.extra.keys() {
            let lost = !EXTRAS.contains(&key.as_str()) || key == "x_uetr" && !self.layout.modern;
            if lost {
                let message =
                    text!("payment {seq}: `{key}` has no place in {name}", "第 {seq} 笔：{name} 中没有 `{key}` 的位置");
                self.emit.warn("not-carried", "", message);
            }
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), WriteError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let totals = std::mem::take(&mut self.group_totals);
        self.emit.at(Some(self.groups));
        if totals.count == 0 {
            let message = text!("the group holds no payment", "该批次没有付款");
            return Err(self.emit.refused("payments-missing", "", message));
        }
        self.agree(&totals, group.declared.count, group.declared.sum)?;
        self.emit.close();
        Ok(())
    }

    fn close_message(&mut self, _end: &PaymentsEnd) -> Result<(), WriteError> {
        self.close_group()?;
        self.emit.at(None);
        if self.groups == 0 {
            let message = text!("the document holds no payment", "单据中没有付款");
            return Err(self.emit.refused("payments-missing", "", message));
        }
        let totals = std::mem::take(&mut self.totals);
        let declared = &self.head.declared;
        self.agree(&totals, declared.count, declared.sum)?;
        self.emit.end();
        Ok(())
    }

    /// What was written must be what was declared in front.
    fn agree(&self, totals: &Totals, count: Option<u64>, sum: Option<Amount>) -> Result<(), WriteError> {
        if count.is_none_or(|count| count == totals.count) && sum.is_none_or(|sum| totals.sum() == Some(sum)) {
            return Ok(());
        }
        let message = text!("what was written is not what was declared in front", "写出的内容与预先申报的合计不符");
        Err(self.emit.refused("control-total", "", message))
    }
}

/// The type of a group: its own, else the dialect's.
fn group_type<'a>(layout: Layout, dialect: &'a Dialect, group: &'a Group) -> PaymentType<'a> {
    let level = group.service_level.as_ref().or(dialect.service_level.as_ref());
    let sequence = group.sequence_type.as_deref().or(dialect.sequence_type.as_deref());
    PaymentType {
        priority: None,
        level: level.map(String::as_str),
        instrument: group.local_instrument.as_deref().or(dialect.local_instrument.as_deref()),
        sequence: sequence.filter(|_| layout.method == Method::DirectDebit),
        category: group.category_purpose.as_deref(),
    }
}

/// A payment that differs from its group where the scheme has the group's word only.
fn another_than_group(e: &Emit, (name, field): (&'static str, &'static str), value: &str) -> WriteError {
    let hint =
        text!("leave `{field}` out, or put the payment into a group of its own", "请删除 `{field}`，或将该笔单独成组");
    let message = text!(
        "`{value}` is not its group's: the scheme takes it for a whole group (`PmtInf`) only",
        "`{value}` 与所在付款组不同：该支付体系只允许在付款组（`PmtInf`）一级指定"
    );
    e.refused_field("payment-type", (name, field), message, hint)
}

/// Payment type information.
#[derive(Default)]
struct PaymentType<'a> {
    priority: Option<&'static str>,
    level: Option<&'a str>,
    instrument: Option<&'a str>,
    sequence: Option<&'a str>,
    category: Option<&'a str>,
}

impl<'a> PaymentType<'a> {
    /// What a payment says itself.
    fn of(payment: &'a Payment) -> PaymentType<'a> {
        let extra = |key: &str| payment.extra.get(key).map(String::as_str);
        PaymentType {
            priority: payment.urgent.map(|urgent| if urgent { "HIGH" } else { "NORM" }),
            level: extra("x_service_level"),
            instrument: extra("x_local_instrument"),
            sequence: extra("x_sequence_type"),
            category: payment.category_purpose.as_deref(),
        }
    }

    /// What `other` does not say already.
    fn beyond(self, other: &PaymentType<'_>) -> PaymentType<'a> {
        let new = |own: Option<&'a str>, other: Option<&str>| own.filter(|own| Some(*own) != other);
        PaymentType {
            priority: self.priority,
            level: new(self.level, other.level),
            instrument: new(self.instrument, other.instrument),
            sequence: new(self.sequence, other.sequence),
            category: new(self.category, other.category),
        }
    }

    /// The first thing said, with the field that says it.
    fn first(&self) -> Option<(&'static str, &'a str)> {
        let said = [
            ("urgency", self.priority),
            ("service_level", self.level),
            ("local_instrument", self.instrument),
            ("sequence_type", self.sequence),
            ("category", self.category),
        ];
        said.into_iter().find_map(|(field, value)| Some((field, value?)))
    }

    fn write(&self, e: &mut Emit) -> Result<(), WriteError> {
        let PaymentType { priority, level, instrument, sequence, category } = *self;
        if priority.is_none() && level.or(instrument).or(sequence).or(category).is_none() {
            return Ok(());
        }
        e.open("PmtTpInf");
        if let Some(priority) = priority {
            e.fact("InstrPrty", priority);
        }
        if let Some(level) = level {
            e.code_or_proprietary("SvcLvl", level, 4)?;
        }
        if let Some(instrument) = instrument {
            e.code_or_proprietary("LclInstrm", instrument, 35)?;
        }
        if let Some(sequence) = sequence {
            e.listed("SeqTp", sequence, &SEQUENCE_TYPES)?;
        }
        if let Some(category) = category {
            e.code_or_proprietary("CtgyPurp", category, 4)?;
        }
        e.close();
        Ok(())
    }
}

/// A creditor identifier of SEPA.
fn scheme(e: &mut Emit, tag: &'static str, id: &str) -> Result<(), WriteError> {
    for name in [tag, "Id", "PrvtId", "Othr"] {
        e.open(name);
    }
    e.id("Id", id, 35)?;
    e.open("SchmeNm");
    e.fact("Prtry", "SEPA");
    e.close_all(5);
    Ok(())
}

/// Number and name of the branch of the other side's bank.
fn branch_of(payment: &Payment) -> (Option<&str>, Option<&str>) {
    let said = |key: &str| payment.extra.get(key).map(String::as_str);
    (said("x_branch"), said("x_branch_name"))
}

fn ultimate(e: &mut Emit, style: &Style, tag: &'static str, payment: &Payment) -> Result<(), WriteError> {
    let key = if tag == "UltmtDbtr" { "x_ultimate_debtor" } else { "x_ultimate_creditor" };
    let longest = style.scheme.longest_name();
    payment.extra.get(key).map_or(Ok(()), |name| e.within(tag, |e| e.words("Nm", name, longest)))
}

/// An id of ours or of the ERP's, with slashes where the scheme takes them only.
fn id_of(e: &mut Emit, style: &Style, (name, field): (&'static str, &'static str), id: &str) -> Result<(), WriteError> {
    if style.scheme.id_slashes.take(id) {
        return e.id(name, id, 35);
    }
    let hint = text!("give it an id without such slashes in the ERP", "请在 ERP 中改用不含此类斜杠的编号");
    let message = text!(
        "the id `{id}` begins or ends with a slash or has two in a row",
        "编号 `{id}` 以斜杠开头或结尾，或含连续两个斜杠"
    );
    Err(e.refused_field("id-slashes", (name, field), message, hint))
}

impl Writer for InitiationWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part).map_err(WriteError::Refused)?;
        match part {
            Part::Payments(head) => self.head(head)?,
            Part::Group(group) => self.group(group)?,
            Part::Payment(payment) => self.payment(payment)?,
            Part::PaymentsEnd(end) => self.close_message(end)?,
            _ => {
                let name = self.layout.name;
                let message = text!("{name} carries payments only", "{name} 只能承载付款");
                return Err(self.emit.refused("kind", "", message));
            }
        }
        Ok(self.emit.pass_on(&mut self.output)?)
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        self.emit.finish(&self.order, &mut self.output)
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.emit.take_findings()
    }
}
