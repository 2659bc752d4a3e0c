//! Writing: statements to elements.

use std::io::Write;

use super::super::xml::blocks::{NOT_PROVIDED, Style};
use super::super::xml::emit::Emit;
use super::super::xml::initiation::creditor_reference;
use super::amounts::{amount_details, charges, documents};
use crate::document::{
    Account, Address, Balance, Counterparty, Entry, EntryCode, EntryDetail, Indicator, Part, Reissue, Statement,
    StatementEnd, StatementKind,
};
use crate::finding::Finding;
use crate::format::held::Held;
use crate::format::order::Order;
use crate::format::scheme::Scheme;
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// What one version of one of the three messages looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Full name, such as `camt.053.001.08`.
    pub name: &'static str,
    /// Root element.
    pub root: &'static str,
    /// What a statement is called.
    pub statement: &'static str,
    /// Which kind of statement it carries.
    pub kind: StatementKind,
    /// Whether the version has the names of 2019 on.
    pub modern: bool,
}

/// Balance types that version 02 has a code for.
const BALANCES: &[&str] = &["XPCD", "OPAV", "ITAV", "CLAV", "FWAV", "CLBD", "ITBD", "OPBD", "PRCD", "INFO"];

/// Writes statements; several go into one message.
pub(crate) struct StatementWriter {
    layout: Layout,
    style: Style,
    /// What goes to the output, and what waits for the balances, which stand before the entries.
    emit: Emit,
    entries: Emit,
    held: Held,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    statement: Option<Box<Statement>>,
}

impl StatementWriter {
    /// A writer of this layout.
    pub fn new(layout: Layout, output: Box<dyn Write + Send>, options: &WriteOptions) -> StatementWriter {
        let emit = || Emit::new(options.dialect.charset, options.dialect.fold);
        let mut entries = emit();
        entries.stand_in(&[layout.root, layout.statement]);
        StatementWriter {
            layout,
            style: Style { modern: layout.modern, address: options.dialect.address, scheme: Scheme::default() },
            emit: emit(),
            entries,
            held: Held::new(options.scratch.clone()),
            output,
            options: options.clone(),
            order: Order::default(),
            statement: None,
        }
    }

    fn begin(&mut self, head: &Statement) -> Result<(), WriteError> {
        let (e, name) = (&mut self.emit, self.layout.name);
        if head.kind != self.layout.kind {
            let message = text!("{name} takes no statement of this kind", "{name} 不能承载此类对账单");
            return Err(e.refused("kind", "", message));
        }
        if self.order.documents() == 1 {
            e.begin(name, self.layout.root);
            e.open_line("GrpHdr");
            let Some(id) = head.message_id.as_ref().or(self.options.message_id.as_ref()).or(head.id.as_ref()) else {
                let message = text!("{name} needs a message id", "{name} 需要报文标识号");
                return Err(e.refused("message-id-missing", "MsgId", message));
            };
            e.id("MsgId", id, 35)?;
            let Some(created) = head.created.or(self.options.created) else {
                let message = text!("{name} needs a creation time", "{name} 需要创建时间");
                return Err(e.refused("created-missing", "CreDtTm", message));
            };
            e.fact("CreDtTm", created);
            e.close();
        }
        self.statement = Some(Box::new(head.clone()));
        Ok(())
    }

    /// The statement's head and balances, the entries that waited, and its end.
    fn end(&mut self, end: &StatementEnd) -> Result<(), WriteError> {
        let Some(head) = self.statement.take() else { return Ok(()) };
        self.head(&head, end)?;
        for balance in &end.balances {
            self.balance(balance, &head)?;
        }
        if end.balances.is_empty() && self.layout.kind == StatementKind::Statement {
            let name = self.layout.name;
            let message = text!("{name} needs a balance", "{name} 至少需要一个余额");
            return Err(self.emit.refused("balance-missing", "Bal", message));
        }
        self.emit.flush(&mut self.output)?;
        self.held.give(&mut self.output)?;
        self.entries.flush(&mut self.output)?;
        self.emit.close();
        Ok(())
    }

    fn head(&mut self, head: &Statement, end: &StatementEnd) -> Result<(), WriteError> {
        let (e, layout) = (&mut self.emit, self.layout);
        e.open_line(layout.statement);
        e.id("Id", head.id.as_deref().unwrap_or(NOT_PROVIDED), 35)?;
        if let Some((page, is_last)) = page_of_several(head, end).filter(|_| layout.modern) {
            e.open("StmtPgntn");
            e.fact("PgNb", page);
            e.fact("LastPgInd", is_last);
            e.close();
        }
        if let Some(number) = &head.number {
            let digits = number.split('/').next().unwrap_or("");
            if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                let message = text!("the number `{number}` is left out: digits only", "序号 `{number}` 非数字，未写出");
                e.warn("not-carried", "ElctrncSeqNb", message);
            } else {
                e.fact("ElctrncSeqNb", digits);
            }
        }
        match head.created.or(self.options.created) {
            Some(created) => e.fact("CreDtTm", created),
            None => {
                let message = text!("the statement needs a creation time", "对账单需要创建时间");
                return Err(e.refused("created-missing", "CreDtTm", message));
            }
        }
        if let (Some(from), Some(to)) = (head.from_date, head.to_date) {
            e.open("FrToDt");
            e.fact("FrDtTm", format_args!("{from}T00:00:00"));
            e.fact("ToDtTm", format_args!("{to}T23:59:59"));
            e.close();
        }
        match head.reissue.map(Reissue::code) {
            Some(Some(code)) => e.fact("CpyDplctInd", code),
            Some(None) => {
                let message = text!("that it is a correction is not carried", "更正标志无法写出");
                e.warn("not-carried", "CpyDplctInd", message);
            }
            None => {}
        }
        let account = &head.account;
        let number = account.iban.as_deref().or(account.id.as_deref()).and_then(Account::parse);
        let number = number.unwrap_or(Account::Other(NOT_PROVIDED.to_string()));
        e.open("Acct");
        e.account_inside(&number, account.kind.as_deref(), account.currency)?;
        if let Some(owner) = &account.owner {
            e.party(&self.style, "Ownr", Some(owner), &Address::default(), None)?;
        }
        if account.agent.is_some() {
            e.agent(&self.style, "Svcr", account.agent.as_deref(), None)?;
        }
        e.close();
        Ok(())
    }

    fn balance(&mut self, balance: &Balance, head: &Statement) -> Result<(), WriteError> {
        let (e, layout, kind) = (&mut self.emit, self.layout, balance.kind.as_str());
        if layout.kind == StatementKind::Notification {
            let name = layout.name;
            let message = text!("balance {kind} has no place in {name}", "{name} 中没有余额 {kind} 的位置");
            e.warn("not-carried", "Bal", message);
            return Ok(());
        }
        e.open("Bal");
        e.open("Tp");
        let known = if layout.modern { kind.len() == 4 } else { BALANCES.contains(&kind) };
        e.within("CdOrPrtry", |e| e.id(if known { "Cd" } else { "Prtry" }, kind, 35))?;
        if let Some(sub_type) = &balance.sub_type {
            let known = sub_type.len() == 4;
            e.within("SubTp", |e| e.id(if known { "Cd" } else { "Prtry" }, sub_type, 35))?;
        }
        e.close();
        let Some(currency) = balance.currency.or(head.account.currency) else {
            let message = text!("balance {kind} has no currency", "余额 {kind} 缺少币种");
            return Err(e.refused("currency-missing", "Amt", message));
        };
        e.money("Amt", balance.amount, currency)?;
        if balance.indicator.is_none() {
            let message = text!("balance {kind} is written as credit", "余额 {kind} 按贷方写出");
            e.warn("indicator-assumed", "CdtDbtInd", message);
        }
        e.fact("CdtDbtInd", balance.indicator.unwrap_or(Indicator::Credit).code());
        let Some(date) = balance.date.or(head.to_date).or(head.created.map(|c| c.local.date())) else {
            let message = text!("balance {kind} has no date", "余额 {kind} 缺少日期");
            return Err(e.refused("date-missing", "Dt", message));
        };
        e.open("Dt");
        e.fact("Dt", date);
        e.close_all(2);
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), WriteError> {
        let (e, layout) = (&mut self.entries, self.layout);
        e.at(Some(entry.seq));
        e.open_line("Ntry");
        e.maybe_id("NtryRef", entry.reference.as_deref(), 35)?;
        e.money("Amt", entry.amount, entry.currency)?;
        e.fact("CdtDbtInd", entry.indicator.code());
        if entry.reversal {
            e.fact("RvslInd", true);
        }
        let status = entry.status.as_deref().unwrap_or("BOOK");
        if layout.modern {
            e.within("Sts", |e| e.id("Cd", status, 4))?;
        } else {
            e.listed("Sts", status, &["BOOK", "PDNG", "INFO"])?;
        }
        for (name, date) in [("BookgDt", entry.booking_date), ("ValDt", entry.value_date)] {
            if let Some(date) = date {
                e.open(name);
                e.fact("Dt", date);
                e.close();
            }
        }
        e.maybe_id("AcctSvcrRef", entry.bank_reference.as_deref(), 35)?;
        code(e, &entry.code)?;
        amount_details(e, entry.conversion.as_deref(), None, entry.currency)?;
        charges(e, layout.modern, &entry.charges, entry.currency)?;
        if !entry.details.is_empty() || entry.batch_count.is_some() {
            e.open("NtryDtls");
            if let Some(count) = entry.batch_count {
                e.open("Btch");
                e.fact("NbOfTxs", count);
                e.close();
            }
            for detail in &entry.details {
                transaction(e, &self.style, entry, detail)?;
            }
            e.close();
        }
        e.maybe_words("AddtlNtryInf", entry.info.as_deref(), 500)?;
        e.close();
        self.entries.pass_on(self.held.buffer())?;
        self.held.settle()
    }
}

fn code(e: &mut Emit, code: &EntryCode) -> Result<(), WriteError> {
    e.open("BkTxCd");
    let whole = match (&code.domain, &code.family, &code.sub_family) {
        (Some(domain), Some(family), Some(sub_family)) => Some((domain, family, sub_family)),
        (None, None, None) => None,
        _ => {
            let message = text!("an incomplete transaction code is left out", "不完整的交易代码未写出");
            e.warn("not-carried", "Domn", message);
            None
        }
    };
    if let Some((domain, family, sub_family)) = whole {
        e.open("Domn");
        e.id("Cd", domain, 4)?;
        e.open("Fmly");
        e.id("Cd", family, 4)?;
        e.id("SubFmlyCd", sub_family, 4)?;
        e.close_all(2);
    }
    if let Some(proprietary) = &code.proprietary {
        e.within("Prtry", |e| e.id("Cd", proprietary, 35))?;
    }
    e.close();
    Ok(())
}

fn transaction(e: &mut Emit, style: &Style, entry: &Entry, detail: &EntryDetail) -> Result<(), WriteError> {
    e.open("TxDtls");
    references(e, detail)?;
    let currency = detail.currency.unwrap_or(entry.currency);
    if style.modern {
        if let Some(amount) = detail.amount {
            e.money("Amt", amount, currency)?;
        }
        if let Some(indicator) = detail.indicator {
            e.fact("CdtDbtInd", indicator.code());
        }
    }
    let own = detail.amount.filter(|_| !style.modern).map(|amount| (amount, currency));
    amount_details(e, detail.conversion.as_deref(), own, currency)?;
    charges(e, style.modern, &detail.charges, currency)?;
    // Version 02 has no direction of a transaction's own: it is the entry's.
    let own = detail.indicator.filter(|_| style.modern);
    if own.is_none() && detail.indicator.is_some_and(|indicator| indicator != entry.indicator) {
        let message = text!("the direction of the transaction has no place here", "此版本无法写出交易自身的借贷方向");
        e.warn("not-carried", "CdtDbtInd", message);
    }
    let indicator = own.unwrap_or(entry.indicator);
    let original = if entry.reversal { indicator.reversed() } else { indicator };
    counterparty(e, style, original, &detail.counterparty)?;
    if let Some(purpose) = &detail.purpose {
        e.code_or_proprietary("Purp", purpose, 4)?;
    }
    if !detail.remittance.is_empty() || detail.structured_reference.is_some() || !detail.documents.is_empty() {
        e.open("RmtInf");
        for line in &detail.remittance {
            e.words("Ustrd", line, 140)?;
        }
        if let Some(reference) = &detail.structured_reference {
            creditor_reference(e, reference)?;
        }
        documents(e, &detail.documents)?;
        e.close();
    }
    if let Some(reason) = &detail.return_reason {
        e.within("RtrInf", |e| e.code_or_proprietary("Rsn", reason, 4))?;
    }
    e.close();
    Ok(())
}

fn references(e: &mut Emit, detail: &EntryDetail) -> Result<(), WriteError> {
    let references = [
        ("MsgId", &detail.message_id),
        ("AcctSvcrRef", &detail.bank_reference),
        ("PmtInfId", &detail.payment_information_id),
        ("InstrId", &detail.instruction_id),
        ("EndToEndId", &detail.end_to_end_id),
        ("MndtId", &detail.mandate_id),
    ];
    if references.iter().all(|(_, id)| id.is_none()) {
        return Ok(());
    }
    e.open("Refs");
    for (name, id) in references {
        e.maybe_id(name, id.as_deref(), 35)?;
    }
    e.close();
    Ok(())
}

/// The counterparty, on its side of the payment: who paid a credit, who was paid a debit.
fn counterparty(e: &mut Emit, style: &Style, indicator: Indicator, other: &Counterparty) -> Result<(), WriteError> {
    let (party, account, agent) = match indicator {
        Indicator::Credit => ("Dbtr", "DbtrAcct", "DbtrAgt"),
        Indicator::Debit => ("Cdtr", "CdtrAcct", "CdtrAgt"),
    };
    let named = other.name.is_some() || other.id.is_some() || !other.address.is_empty();
    if named || other.account.is_some() {
        e.open("RltdPties");
        if named {
            e.open(party);
            let (name, id) = (other.name.as_deref(), other.id.as_deref());
            if style.modern {
                e.party(style, "Pty", name, &other.address, id)?;
            } else {
                e.party_inside(style, name, &other.address, id)?;
            }
            e.close();
        }
        if let Some(number) = &other.account {
            e.account(account, number, None)?;
        }
        e.close();
    }
    if other.agent.is_some() || other.agent_name.is_some() {
        e.open("RltdAgts");
        e.agent(style, agent, other.agent.as_deref(), other.agent_name.as_deref())?;
        e.close();
    }
    Ok(())
}

/// The page, and whether it is the last one, of a statement of several pages.
fn page_of_several(head: &Statement, end: &StatementEnd) -> Option<(u64, bool)> {
    let goes_on = |b: &Balance| b.kind == "CLBD" && b.is_intermediate();
    let is_last = head.last_page.unwrap_or_else(|| !end.balances.iter().any(goes_on));
    let page = head.page.filter(|_| head.kind == StatementKind::Statement)?;
    (page > 1 || !is_last).then_some((page, is_last))
}

impl Writer for StatementWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part).map_err(WriteError::Refused)?;
        match part {
            Part::Statement(head) => self.begin(head),
            Part::Entry(entry) => self.entry(entry),
            Part::StatementEnd(end) => self.end(end),
            _ => {
                let name = self.layout.name;
                let message = text!("{name} carries statements only", "{name} 只能承载对账单");
                Err(self.emit.refused("kind", "", message))
            }
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        self.emit.end();
        self.emit.finish(&self.order, &mut self.output)
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        let mut findings = self.emit.take_findings();
        findings.extend(self.entries.take_findings());
        findings
    }
}
