//! One transaction of an entry: `TxDtls`.

use super::super::xml::message::Context;
use super::super::xml::party::{ACCOUNT, AGENT, AccountPart, AccountRead, AgentPart, AgentRead, PARTY, PartyPart};
use super::super::xml::paths::Paths;
use super::amounts::{
    CHARGES, CONVERSION, ChargePart, ChargesRead, ConversionPart, ConversionRead, DOCUMENT, DocumentPart, DocumentsRead,
};
use super::read::Field;
use crate::document::{Amount, Counterparty, Currency, EntryCode, EntryDetail, Indicator, Party};
use crate::format::ReadError;
use crate::text;

/// What an element of a transaction means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DetailField {
    MessageId,
    GroupId,
    InstructionId,
    EndToEndId,
    MandateId,
    BankReference,
    Amount,
    TransactionAmount,
    Indicator,
    Code(CodePart),
    Party(Side, PartyPart),
    Ultimate(Side, PartyPart),
    Account(Side, AccountPart),
    Agent(Side, AgentPart),
    Remittance,
    Reference,
    Purpose,
    ReturnReason,
    Info,
    Conversion(ConversionPart),
    Charge(ChargePart),
    Document(DocumentPart),
}

/// Which party of a payment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Debtor,
    Creditor,
}

/// Part of a bank transaction code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CodePart {
    Domain,
    Family,
    SubFamily,
    Proprietary,
}

/// What is inside a bank transaction code.
pub(super) const CODE: &[(&str, CodePart)] = &[
    ("Domn/Cd", CodePart::Domain),
    ("Domn/Fmly/Cd", CodePart::Family),
    ("Domn/Fmly/SubFmlyCd", CodePart::SubFamily),
    ("Prtry/Cd", CodePart::Proprietary),
];

impl CodePart {
    /// Puts the element that ended into `code`.
    pub fn put(self, code: &mut EntryCode, cx: &Context<'_>) {
        let place = match self {
            CodePart::Domain => &mut code.domain,
            CodePart::Family => &mut code.family,
            CodePart::SubFamily => &mut code.sub_family,
            CodePart::Proprietary => &mut code.proprietary,
        };
        *place = cx.code();
    }
}

/// The elements of a transaction, inside the paths' base.
pub(super) fn paths(p: &mut Paths<Field>) {
    use DetailField as D;
    let plain = [
        ("Refs/MsgId", D::MessageId),
        ("Refs/PmtInfId", D::GroupId),
        ("Refs/InstrId", D::InstructionId),
        ("Refs/EndToEndId", D::EndToEndId),
        ("Refs/MndtId", D::MandateId),
        ("Refs/AcctSvcrRef", D::BankReference),
        ("Amt", D::Amount),
        ("CdtDbtInd", D::Indicator),
        ("AmtDtls/TxAmt/Amt", D::TransactionAmount),
        ("Purp/Cd", D::Purpose),
        ("Purp/Prtry", D::Purpose),
        ("RmtInf/Ustrd", D::Remittance),
        ("RmtInf/Strd/AddtlRmtInf", D::Remittance),
        ("RmtInf/Strd/CdtrRefInf/Ref", D::Reference),
        // Version 01.
        ("RmtInf/Strd/CdtrRefInf/CdtrRef", D::Reference),
        ("RtrInf/Rsn/Cd", D::ReturnReason),
        ("RtrInf/Rsn/Prtry", D::ReturnReason),
        // Version 01.
        ("RtrInf/RtrRsn/Cd", D::ReturnReason),
        ("RtrInf/RtrRsn/Prtry", D::ReturnReason),
        ("AddtlTxInf", D::Info),
    ];
    p.block("", &plain, Field::InDetail);
    p.block("BkTxCd", CODE, |part| Field::InDetail(D::Code(part)));
    p.block("AmtDtls", CONVERSION, |part| Field::InDetail(D::Conversion(part)));
    p.block("Chrgs", CHARGES, |part| Field::InDetail(D::Charge(part)));
    p.block("RmtInf/Strd/RfrdDocInf", DOCUMENT, |part| Field::InDetail(D::Document(part)));
    let sides = [
        (Side::Debtor, "RltdPties/Dbtr", "RltdPties/UltmtDbtr", "RltdPties/DbtrAcct", "RltdAgts/DbtrAgt"),
        (Side::Creditor, "RltdPties/Cdtr", "RltdPties/UltmtCdtr", "RltdPties/CdtrAcct", "RltdAgts/CdtrAgt"),
    ];
    for (side, party, ultimate, account, agent) in sides {
        p.block(party, PARTY, |part| Field::InDetail(D::Party(side, part)));
        p.block(ultimate, PARTY, |part| Field::InDetail(D::Ultimate(side, part)));
        p.block(account, ACCOUNT, |part| Field::InDetail(D::Account(side, part)));
        p.block(agent, AGENT, |part| Field::InDetail(D::Agent(side, part)));
    }
    // Since version 07 a party is a choice of a person or company and a bank.
    for (side, party, ultimate) in [
        (Side::Debtor, "RltdPties/Dbtr/Pty", "RltdPties/UltmtDbtr/Pty"),
        (Side::Creditor, "RltdPties/Cdtr/Pty", "RltdPties/UltmtCdtr/Pty"),
    ] {
        p.block(party, PARTY, |part| Field::InDetail(D::Party(side, part)));
        p.block(ultimate, PARTY, |part| Field::InDetail(D::Ultimate(side, part)));
    }
    for (side, agent) in [(Side::Debtor, "RltdPties/Dbtr/Agt"), (Side::Creditor, "RltdPties/Cdtr/Agt")] {
        let name = [("FinInstnId/Nm", PartyPart::Name), ("FinInstnId/BICFI", PartyPart::Id)];
        p.block(agent, &name, |part| Field::InDetail(D::Party(side, part)));
    }
}

/// One side of a transaction while it is read.
#[derive(Default)]
struct SideRead {
    party: Party,
    ultimate: Party,
    account: AccountRead,
    agent: AgentRead,
}

impl SideRead {
    fn counterparty(self) -> Counterparty {
        let (agent, agent_name) = self.agent.parts();
        let Party { name, id, address } = self.party;
        let name = name.or(self.ultimate.name);
        Counterparty { name, account: self.account.account(), agent, agent_name, id, address }
    }
}

/// A transaction while it is read.
#[derive(Default)]
pub(super) struct DetailRead {
    detail: EntryDetail,
    transaction: Option<(Amount, Option<Currency>)>,
    code: EntryCode,
    debtor: SideRead,
    creditor: SideRead,
    info: Option<String>,
    conversion: ConversionRead,
    charges: ChargesRead,
    documents: DocumentsRead,
}

/// A transaction that has been read, still with both sides: which of them is the counterparty is known
/// when the entry ends.
pub(super) struct DetailDone {
    pub detail: EntryDetail,
    pub code: EntryCode,
    pub info: Option<String>,
    debtor: Counterparty,
    creditor: Counterparty,
}

impl DetailRead {
    /// An element of the transaction has ended.
    pub fn put(&mut self, field: DetailField, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let detail = &mut self.detail;
        match field {
            DetailField::MessageId => detail.message_id = cx.id(),
            DetailField::GroupId => detail.payment_information_id = cx.id(),
            DetailField::InstructionId => detail.instruction_id = cx.id(),
            DetailField::EndToEndId => detail.end_to_end_id = cx.id(),
            DetailField::MandateId => detail.mandate_id = cx.id(),
            DetailField::BankReference => detail.bank_reference = cx.id(),
            DetailField::Amount => {
                let (amount, currency) = cx.money()?;
                (detail.amount, detail.currency) = (Some(amount), currency);
            }
            DetailField::TransactionAmount => self.transaction = Some(cx.money()?),
            DetailField::Indicator => detail.indicator = cx.indicator()?,
            DetailField::Code(part) => part.put(&mut self.code, cx),
            DetailField::Party(side, part) => part.put(&mut self.side(side).party, cx)?,
            DetailField::Ultimate(side, part) => part.put(&mut self.side(side).ultimate, cx)?,
            DetailField::Account(side, part) => part.put(&mut self.side(side).account, cx),
            DetailField::Agent(side, part) => part.put(&mut self.side(side).agent, cx),
            DetailField::Remittance => {
                if let Some(words) = cx.words() {
                    cx.hold(&mut detail.remittance, words)?;
                }
            }
            DetailField::Reference if detail.structured_reference.is_none() => detail.structured_reference = cx.id(),
            DetailField::Reference => {
                cx.warn("reference", text!("a second structured reference is left out", "第二个结构化参考号未保留"));
            }
            DetailField::Purpose => detail.purpose = cx.words(),
            DetailField::ReturnReason => detail.return_reason = cx.code(),
            DetailField::Info => self.info = cx.words(),
            DetailField::Conversion(part) => self.conversion.put(part, cx)?,
            DetailField::Charge(part) => self.charges.put(part, cx)?,
            DetailField::Document(part) => self.documents.put(part, cx)?,
        }
        Ok(())
    }

    fn side(&mut self, side: Side) -> &mut SideRead {
        match side {
            Side::Debtor => &mut self.debtor,
            Side::Creditor => &mut self.creditor,
        }
    }

    /// The transaction has ended.
    pub fn done(mut self) -> DetailDone {
        let detail = &mut self.detail;
        if let (None, Some((amount, currency))) = (detail.amount, self.transaction) {
            (detail.amount, detail.currency) = (Some(amount), currency);
        }
        detail.conversion = self.conversion.done();
        detail.charges = self.charges.done();
        detail.documents = self.documents.done();
        DetailDone {
            detail: self.detail,
            code: self.code,
            info: self.info,
            debtor: self.debtor.counterparty(),
            creditor: self.creditor.counterparty(),
        }
    }
}

impl DetailDone {
    /// A transaction of nothing but these references.
    pub fn of(detail: EntryDetail) -> DetailDone {
        let (debtor, creditor) = (Counterparty::default(), Counterparty::default());
        DetailDone { detail, code: EntryCode::default(), info: None, debtor, creditor }
    }

    /// The transaction with its counterparty: the other side of `indicator`, turned where the entry
    /// takes back an earlier one, since the roles stay those of the first payment. Where that side is
    /// ourselves by its account number, it is the other one.
    pub fn with_counterparty(self, indicator: Indicator, reversal: bool, own: Option<&str>) -> EntryDetail {
        let indicator = self.detail.indicator.unwrap_or(indicator);
        let original = if reversal { indicator.reversed() } else { indicator };
        let (first, second) = match original {
            Indicator::Credit => (self.debtor, self.creditor),
            Indicator::Debit => (self.creditor, self.debtor),
        };
        let is_own = |c: &Counterparty| own.is_some() && c.account.as_ref().map(|a| a.as_str()) == own;
        let turned = is_own(&first) && !is_own(&second) && !second.is_empty();
        let counterparty = if turned { second } else { first };
        EntryDetail { counterparty, ..self.detail }
    }
}
