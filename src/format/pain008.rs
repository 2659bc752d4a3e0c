//! pain.008: direct debit initiation (ISO 20022 `CstmrDrctDbtInitn`), every version and the national
//! subsets of them.

use std::sync::LazyLock;

use super::xml::initiation::{Field, InitiationHandler, Layout, Scope, TYPE};
use super::xml::message::Message;
use super::xml::party::{ACCOUNT, AGENT, PARTY};
use super::xml::paths::Paths;
use crate::document::Method;

/// The message.
pub(super) const MESSAGE: Message = Message { name: "pain.008", roots: &["CstmrDrctDbtInitn"] };

/// Reads the message; our side is the creditor.
pub(super) fn handler() -> InitiationHandler {
    static PATHS: LazyLock<Paths<Field>> = LazyLock::new(paths);
    InitiationHandler::new(Method::DirectDebit, &PATHS)
}

fn paths() -> Paths<Field> {
    let mut p = Paths::new();
    p.inside(&["GrpHdr"]);
    p.add("", Field::Header);
    p.add("MsgId", Field::MessageId);
    p.add("CreDtTm", Field::Created);
    p.add("NbOfTxs", Field::Count);
    p.add("CtrlSum", Field::Sum);
    p.add("BtchBookg", Field::HeaderBatch);
    p.block("InitgPty", PARTY, Field::Initiator);
    p.inside(&["PmtInf"]);
    p.add("", Field::Group);
    p.add("PmtInfId", Field::GroupId);
    p.add("PmtMtd", Field::Method);
    p.add("BtchBookg", Field::Batch);
    p.add("NbOfTxs", Field::GroupCount);
    p.add("CtrlSum", Field::GroupSum);
    p.block("PmtTpInf", TYPE, |field| field(Scope::Group));
    p.add("ReqdColltnDt", Field::Date);
    p.block("Cdtr", PARTY, Field::Own);
    p.block("CdtrAcct", ACCOUNT, Field::OwnAccount);
    p.block("CdtrAgt", AGENT, Field::OwnAgent);
    p.block("UltmtCdtr", PARTY, Field::UltimateOwn);
    p.add("ChrgBr", Field::Charge(Scope::Group));
    p.add("CdtrSchmeId/Id/PrvtId/Othr/Id", Field::GroupScheme);
    p.add("CdtrSchmeId/Id/OrgId/Othr/Id", Field::GroupScheme);
    // Version 01.
    p.add("CdtrSchmeId/Id/PrvtId/OthrId/Id", Field::GroupScheme);
    p.inside(&["PmtInf/DrctDbtTxInf"]);
    p.add("", Field::Payment);
    p.add("PmtId/InstrId", Field::InstructionId);
    p.add("PmtId/EndToEndId", Field::EndToEndId);
    p.add("PmtId/UETR", Field::Uetr);
    p.block("PmtTpInf", TYPE, |field| field(Scope::Payment));
    p.add("InstdAmt", Field::Amount);
    p.add("ChrgBr", Field::Charge(Scope::Payment));
    p.add("DrctDbtTx/MndtRltdInf/MndtId", Field::MandateId);
    p.add("DrctDbtTx/MndtRltdInf/DtOfSgntr", Field::MandateDate);
    p.add("DrctDbtTx/CdtrSchmeId/Id/PrvtId/Othr/Id", Field::PaymentScheme);
    // Version 01.
    p.add("DrctDbtTx/CdtrSchmeId/Id/PrvtId/OthrId/Id", Field::PaymentScheme);
    p.block("UltmtCdtr", PARTY, Field::PaymentUltimateOwn);
    p.block("DbtrAgt", AGENT, Field::OtherAgent);
    p.block("Dbtr", PARTY, Field::Other);
    p.block("DbtrAcct", ACCOUNT, Field::OtherAccount);
    p.block("UltmtDbtr", PARTY, Field::UltimateOther);
    p.add("Purp/Cd", Field::Purpose);
    p.add("Purp/Prtry", Field::Purpose);
    p.add("RmtInf/Ustrd", Field::Remittance);
    p.add("RmtInf/Strd/CdtrRefInf/Ref", Field::Reference);
    p.add("RmtInf/Strd/CdtrRefInf/CdtrRef", Field::Reference);
    p.add("RmtInf/Strd/AddtlRmtInf", Field::Remittance);
    p
}

/// The versions that are written.
pub(super) const LAYOUTS: &[Layout] = &[
    Layout { name: "pain.008.001.02", root: "CstmrDrctDbtInitn", method: Method::DirectDebit, modern: false },
    Layout { name: "pain.008.001.08", root: "CstmrDrctDbtInitn", method: Method::DirectDebit, modern: true },
];
