//! Reading: elements to statements.

use super::super::xml::message::{Context, Handler};
use super::super::xml::party::{ACCOUNT, AGENT, AccountPart, AccountRead, AgentPart, AgentRead, PARTY, PartyPart};
use super::super::xml::paths::Paths;
use super::amounts::{CHARGES, CONVERSION, ChargePart, ChargesRead, ConversionPart, ConversionRead};
use super::balances::Sums;
use super::detail::{self, CODE, CodePart, DetailDone, DetailField, DetailRead};
use crate::document::{
    Amount, Balance, Currency, Date, Entry, EntryCode, EntryDetail, Indicator, Moment, Part, Party, Reissue, Statement,
    StatementEnd, StatementKind,
};
use crate::format::ReadError;
use crate::text;

/// What an element of the three messages means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    MessageId,
    MessageCreated,
    MessagePage,
    MessageIsLast,
    Statement,
    Id,
    Number,
    LegalNumber,
    Created,
    From,
    To,
    Reissue,
    Page,
    IsLastPage,
    Account(AccountPart),
    Owner(PartyPart),
    Servicer(AgentPart),
    Balance,
    BalanceKind,
    BalanceSubType,
    BalanceAmount,
    BalanceIndicator,
    BalanceDate,
    SummaryCount,
    SummaryCredit,
    SummaryDebit,
    Entry,
    Reference,
    Amount,
    Indicator,
    Reversal,
    Status,
    BookingDate,
    ValueDate,
    BankReference,
    Code(CodePart),
    Info,
    Conversion(ConversionPart),
    Charge(ChargePart),
    Batch,
    BatchMessage,
    BatchGroup,
    BatchCount,
    BatchAmount,
    Detail,
    InDetail(DetailField),
}

/// What is inside a statement, report or notification.
const HEAD: &[(&str, Field)] = &[
    ("", Field::Statement),
    ("Id", Field::Id),
    ("ElctrncSeqNb", Field::Number),
    ("LglSeqNb", Field::LegalNumber),
    ("CreDtTm", Field::Created),
    ("FrToDt/FrDtTm", Field::From),
    ("FrToDt/ToDtTm", Field::To),
    ("CpyDplctInd", Field::Reissue),
    ("StmtPgntn/PgNb", Field::Page),
    ("StmtPgntn/LastPgInd", Field::IsLastPage),
    ("TxsSummry/TtlNtries/NbOfNtries", Field::SummaryCount),
    ("TxsSummry/TtlCdtNtries/Sum", Field::SummaryCredit),
    ("TxsSummry/TtlDbtNtries/Sum", Field::SummaryDebit),
];

/// What is inside a balance.
const BALANCE: &[(&str, Field)] = &[
    ("", Field::Balance),
    ("Tp/CdOrPrtry/Cd", Field::BalanceKind),
    ("Tp/CdOrPrtry/Prtry", Field::BalanceKind),
    // Version 01.
    ("Tp/Cd", Field::BalanceKind),
    ("Tp/Prtry", Field::BalanceKind),
    ("Tp/SubTp", Field::BalanceSubType),
    ("Tp/SubTp/Cd", Field::BalanceSubType),
    ("Tp/SubTp/Prtry", Field::BalanceSubType),
    ("Amt", Field::BalanceAmount),
    ("CdtDbtInd", Field::BalanceIndicator),
    ("Dt", Field::BalanceDate),
    ("Dt/Dt", Field::BalanceDate),
    ("Dt/DtTm", Field::BalanceDate),
];

/// What is inside an entry.
const ENTRY: &[(&str, Field)] = &[
    ("", Field::Entry),
    ("NtryRef", Field::Reference),
    ("Amt", Field::Amount),
    ("CdtDbtInd", Field::Indicator),
    ("RvslInd", Field::Reversal),
    ("Sts", Field::Status),
    // Since version 07.
    ("Sts/Cd", Field::Status),
    ("Sts/Prtry", Field::Status),
    ("BookgDt", Field::BookingDate),
    ("BookgDt/Dt", Field::BookingDate),
    ("BookgDt/DtTm", Field::BookingDate),
    ("ValDt", Field::ValueDate),
    ("ValDt/Dt", Field::ValueDate),
    ("ValDt/DtTm", Field::ValueDate),
    ("AcctSvcrRef", Field::BankReference),
    ("AddtlNtryInf", Field::Info),
];

/// What is inside the data of a batch booking.
const BATCH: &[(&str, Field)] = &[
    ("", Field::Batch),
    ("MsgId", Field::BatchMessage),
    ("PmtInfId", Field::BatchGroup),
    ("NbOfTxs", Field::BatchCount),
    ("TtlAmt", Field::BatchAmount),
];

/// The elements of the message whose statements are called `statement`.
pub(super) fn paths(statement: &'static str) -> Paths<Field> {
    let mut p = Paths::new();
    p.add("GrpHdr/MsgId", Field::MessageId);
    p.add("GrpHdr/CreDtTm", Field::MessageCreated);
    p.add("GrpHdr/MsgPgntn/PgNb", Field::MessagePage);
    p.add("GrpHdr/MsgPgntn/LastPgInd", Field::MessageIsLast);
    p.inside(&[statement]);
    p.block("", HEAD, |field| field);
    p.block("Acct", ACCOUNT, Field::Account);
    p.block("Acct/Ownr", PARTY, Field::Owner);
    p.block("Acct/Svcr", AGENT, Field::Servicer);
    p.block("Bal", BALANCE, |field| field);
    p.inside(&[statement, "Ntry"]);
    p.block("", ENTRY, |field| field);
    p.block("BkTxCd", CODE, Field::Code);
    p.block("AmtDtls", CONVERSION, Field::Conversion);
    p.block("Chrgs", CHARGES, Field::Charge);
    p.block("NtryDtls/Btch", BATCH, |field| field);
    // Version 01 has them in the entry itself.
    p.block("Btch", BATCH, |field| field);
    for details in ["NtryDtls/TxDtls", "TxDtls"] {
        p.inside(&[statement, "Ntry", details]);
        p.add("", Field::Detail);
        detail::paths(&mut p);
    }
    p
}

/// Turns elements into statements.
pub(crate) struct StatementHandler {
    kind: StatementKind,
    paths: &'static Paths<Field>,
    format: String,
    message_id: Option<String>,
    created: Option<Moment>,
    page: (Option<u64>, Option<bool>),
    given: u64,
    statement: StatementRead,
    balance: BalanceRead,
    entry: EntryRead,
    detail: Option<Box<DetailRead>>,
}

#[derive(Default)]
struct StatementRead {
    head: Statement,
    legal_number: Option<String>,
    account: AccountRead,
    owner: Party,
    agent: AgentRead,
    own: Option<String>,
    given: bool,
    sums: Sums,
    balances: Vec<Balance>,
}

#[derive(Default)]
struct BalanceRead {
    kind: Option<String>,
    sub_type: Option<String>,
    amount: Option<Amount>,
    currency: Option<Currency>,
    indicator: Option<Indicator>,
    date: Option<Date>,
}

#[derive(Default)]
struct EntryRead {
    amount: Option<Amount>,
    currency: Option<Currency>,
    indicator: Option<Indicator>,
    reversal: bool,
    status: Option<String>,
    booking_date: Option<Date>,
    value_date: Option<Date>,
    reference: Option<String>,
    bank_reference: Option<String>,
    code: EntryCode,
    info: Option<String>,
    conversion: ConversionRead,
    charges: ChargesRead,
    batch: EntryDetail,
    batch_count: Option<u64>,
    details: Vec<DetailDone>,
}

impl StatementHandler {
    /// A handler at the front of a message whose elements are `paths`.
    pub fn new(kind: StatementKind, paths: &'static Paths<Field>) -> StatementHandler {
        StatementHandler {
            kind,
            paths,
            format: String::new(),
            message_id: None,
            created: None,
            page: (None, None),
            given: 0,
            statement: StatementRead::default(),
            balance: BalanceRead::default(),
            entry: EntryRead::default(),
            detail: None,
        }
    }

    /// Hands out the head, once, when the first entry begins or the statement ends.
    fn give_head(&mut self, cx: &mut Context<'_>) {
        let read = &mut self.statement;
        if std::mem::replace(&mut read.given, true) {
            return;
        }
        self.given += 1;
        let mut head = std::mem::take(&mut read.head);
        head.kind = self.kind;
        head.format = self.format.clone();
        head.message_id = self.message_id.clone();
        head.created = head.created.or(self.created);
        head.number = head.number.or(read.legal_number.take());
        // Before version 03 only the message has pages.
        if head.page.is_none() {
            (head.page, head.last_page) = self.page;
        }
        let account = &mut head.account;
        account.kind = read.account.kind.take();
        (account.id, account.iban, account.currency) = std::mem::take(&mut read.account).parts();
        account.owner = std::mem::take(&mut read.owner).name;
        account.agent = std::mem::take(&mut read.agent).parts().0;
        read.own = account.iban.clone().or(account.id.clone());
        if account.id.is_none() {
            cx.warn("account-missing", text!("the statement names no account", "对账单未注明账号"));
        }
        cx.push(Part::Statement(Box::new(head)));
    }

    fn end_statement(&mut self, cx: &mut Context<'_>) {
        self.give_head(cx);
        let StatementRead { sums, balances, .. } = std::mem::take(&mut self.statement);
        sums.check_balances(&balances, cx);
        sums.check_summary(cx);
        let findings = cx.take_findings();
        let Sums { entries, credit: credit_sum, debit: debit_sum, .. } = sums;
        let end = StatementEnd { entries, credit_sum, debit_sum, balances, findings, ..StatementEnd::default() };
        cx.push(Part::StatementEnd(Box::new(end)));
    }

    fn end_balance(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let mut read = std::mem::take(&mut self.balance);
        let Some(amount) = read.amount else {
            return Err(cx.refused("balance-amount-missing", text!("a balance has no amount", "余额缺少金额")));
        };
        if amount.is_sign_negative() && read.indicator.replace(Indicator::Debit).is_some() {
            let message = text!("a balance has both a sign and a direction", "余额同时带有负号和借贷方向");
            return Err(cx.refused("balance-sign", message));
        }
        let amount = amount.abs();
        let Some(kind) = read.kind else {
            let message = text!("a balance without a type is left out", "余额缺少类型，已忽略");
            cx.warn("balance-type-missing", message);
            return Ok(());
        };
        if read.indicator.is_none() {
            let message = text!(
                "balance {kind} does not say whether it is credit or debit; credit is assumed in sums",
                "余额 {kind} 未注明借贷方向，核对时按贷方处理"
            );
            cx.warn("balance-indicator-missing", message);
        }
        let BalanceRead { sub_type, currency, indicator, date, .. } = read;
        cx.hold(&mut self.statement.balances, Balance { kind, sub_type, amount, currency, indicator, date })
    }

    fn end_entry(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let mut read = std::mem::take(&mut self.entry);
        let seq = self.statement.sums.entries + 1;
        complete(&mut read, seq, cx);
        let Some(amount) = read.amount else {
            return Err(cx.refused("amount-missing", text!("entry {seq} has no amount", "第 {seq} 条分录缺少金额")));
        };
        let Some(indicator) = read.indicator else {
            let message = text!("entry {seq} is neither credit nor debit", "第 {seq} 条分录未注明借贷方向");
            return Err(cx.refused("indicator-missing", message));
        };
        let Some(currency) = read.currency else {
            let message = text!("entry {seq} has no currency", "第 {seq} 条分录缺少币种");
            return Err(cx.refused("currency-missing", message));
        };
        let mut entry = Entry::new(seq, amount, currency, indicator);
        entry.reversal = read.reversal;
        entry.status = read.status;
        entry.booking_date = read.booking_date;
        entry.value_date = read.value_date;
        entry.reference = read.reference;
        entry.bank_reference = read.bank_reference;
        entry.code = read.code;
        entry.info = read.info;
        entry.batch_count = read.batch_count;
        entry.conversion = read.conversion.done();
        entry.charges = read.charges.done();
        let own = self.statement.own.as_deref();
        let details = read.details.into_iter();
        entry.details = details.map(|d| d.with_counterparty(indicator, entry.reversal, own)).collect();
        self.statement.sums.add(&entry, cx)?;
        cx.push(Part::Entry(Box::new(entry)));
        Ok(())
    }

    fn statement_field(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let read = &mut self.statement;
        match field {
            Field::MessageId => self.message_id = cx.id(),
            Field::MessageCreated => self.created = cx.moment(),
            Field::MessagePage => self.page.0 = cx.count(),
            Field::MessageIsLast => self.page.1 = cx.flag(),
            Field::Statement => self.end_statement(cx),
            Field::Id => read.head.id = cx.id(),
            Field::Number => read.head.number = cx.code(),
            Field::LegalNumber => read.legal_number = cx.code(),
            Field::Created => read.head.created = cx.moment(),
            Field::From => read.head.from_date = cx.date(),
            Field::To => read.head.to_date = cx.date(),
            Field::Reissue => read.head.reissue = cx.code().as_deref().and_then(Reissue::of_code),
            Field::Page => read.head.page = cx.count(),
            Field::IsLastPage => read.head.last_page = cx.flag(),
            Field::Account(part) => part.put(&mut read.account, cx),
            Field::Owner(part) => part.put(&mut read.owner, cx)?,
            Field::Servicer(part) => part.put(&mut read.agent, cx),
            Field::SummaryCount => read.sums.declared = cx.count(),
            Field::SummaryCredit => read.sums.declared_credit = Some(cx.signed_amount()?.abs()),
            Field::SummaryDebit => read.sums.declared_debit = Some(cx.signed_amount()?.abs()),
            field => return self.balance_field(field, cx),
        }
        Ok(())
    }

    fn balance_field(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let read = &mut self.balance;
        match field {
            Field::Balance => self.end_balance(cx)?,
            Field::BalanceKind => read.kind = cx.code(),
            Field::BalanceSubType => read.sub_type = cx.code().or(read.sub_type.take()),
            Field::BalanceAmount => {
                read.amount = Some(cx.signed_amount()?);
                read.currency = cx.currency_of(cx.currency());
            }
            Field::BalanceIndicator => read.indicator = cx.indicator()?,
            Field::BalanceDate => read.date = read.date.or(cx.date()),
            _ => {}
        }
        Ok(())
    }
}

/// An element of an entry; the field back when it is none.
fn entry_field(read: &mut EntryRead, field: Field, cx: &mut Context<'_>) -> Result<Option<Field>, ReadError> {
    match field {
        Field::Reference => read.reference = cx.id(),
        Field::Amount => {
            let (amount, currency) = cx.money()?;
            (read.amount, read.currency) = (Some(amount), currency);
        }
        Field::Indicator => read.indicator = cx.indicator()?,
        Field::Reversal => read.reversal = cx.flag().unwrap_or(false),
        Field::Status => read.status = cx.code().or(read.status.take()),
        Field::BookingDate => read.booking_date = read.booking_date.or(cx.date()),
        Field::ValueDate => read.value_date = read.value_date.or(cx.date()),
        Field::BankReference => read.bank_reference = cx.id(),
        Field::Code(part) => part.put(&mut read.code, cx),
        Field::Info => read.info = cx.words(),
        Field::Conversion(part) => read.conversion.put(part, cx)?,
        Field::Charge(part) => read.charges.put(part, cx)?,
        Field::BatchMessage => read.batch.message_id = cx.id(),
        Field::BatchGroup => read.batch.payment_information_id = cx.id(),
        Field::BatchCount => read.batch_count = cx.count(),
        Field::BatchAmount => {
            let (amount, currency) = cx.money()?;
            (read.batch.amount, read.batch.currency) = (Some(amount), currency);
        }
        field => return Ok(Some(field)),
    }
    Ok(None)
}

/// Fills what an entry leaves to its transactions, and the other way round.
fn complete(read: &mut EntryRead, seq: u64, cx: &mut Context<'_>) {
    let batch = std::mem::take(&mut read.batch);
    for done in &mut read.details {
        let detail = &mut done.detail;
        detail.message_id = detail.message_id.take().or_else(|| batch.message_id.clone());
        let group = &mut detail.payment_information_id;
        *group = group.take().or_else(|| batch.payment_information_id.clone());
    }
    if read.details.is_empty() && (batch.message_id.is_some() || batch.payment_information_id.is_some()) {
        read.details.push(DetailDone::of(batch));
    }
    if read.amount.is_none() {
        sum_of_details(read, seq, cx);
    }
    if read.indicator.is_none() {
        let mut indicators = read.details.iter().map(|d| d.detail.indicator);
        let first = indicators.next().flatten();
        read.indicator = first.filter(|_| indicators.all(|i| i == first));
        if read.indicator.is_some() {
            let message =
                text!("entry {seq}: the direction is that of its transactions", "第 {seq} 条分录的方向取自交易明细");
            cx.warn("indicator-missing", message);
        }
    }
    if let ([only], true) = (read.details.as_mut_slice(), read.info.is_none()) {
        read.info = only.info.take();
    }
    if let (true, Some(first)) = (read.code.is_empty(), read.details.first_mut()) {
        read.code = std::mem::take(&mut first.code);
    }
}

/// An entry without an amount has the sum of its transactions, where all of them have one in the same currency.
fn sum_of_details(read: &mut EntryRead, seq: u64, cx: &mut Context<'_>) {
    let currency = read.details.first().and_then(|d| d.detail.currency);
    let amounts = read.details.iter().map(|d| d.detail.amount.filter(|_| d.detail.currency == currency));
    let sum = amounts.into_iter().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(amount?));
    if let (Some(sum), true) = (sum, currency.is_some()) {
        (read.amount, read.currency) = (Some(sum), currency);
        let message =
            text!("entry {seq}: the amount is the sum of its transactions", "第 {seq} 条分录的金额取自交易明细合计");
        cx.warn("amount-missing", message);
    }
}

impl Handler for StatementHandler {
    type Field = Field;

    const TELLS_LEFT_OUT: bool = false;

    /// Amounts beside those that have a field.
    const TELLS: &[&str] = &["AnncdPstngAmt", "PrtryAmt", "RfrdDocAmt", "Intrst", "Tax", "Avlbty"];

    fn paths(&self) -> &'static Paths<Field> {
        self.paths
    }

    fn begin(&mut self, format: &str) {
        *self = StatementHandler::new(self.kind, self.paths);
        self.format = format.to_string();
    }

    fn open(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match field {
            Field::Entry => {
                self.give_head(cx);
                self.entry = EntryRead::default();
            }
            Field::Detail => self.detail = Some(Box::default()),
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, field: Field, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match field {
            Field::InDetail(field) => match &mut self.detail {
                Some(detail) => detail.put(field, cx),
                None => Ok(()),
            },
            Field::Detail => match self.detail.take() {
                Some(detail) => cx.hold(&mut self.entry.details, detail.done()),
                None => Ok(()),
            },
            Field::Entry => self.end_entry(cx),
            field => match entry_field(&mut self.entry, field, cx)? {
                Some(field) => self.statement_field(field, cx),
                None => Ok(()),
            },
        }
    }

    fn end(&mut self, cx: &mut Context<'_>) -> Result<(), ReadError> {
        if self.given == 0 {
            let message = text!("the message holds no statement", "报文中没有对账单");
            return Err(cx.refused("statement-missing", message));
        }
        Ok(())
    }
}
