//! pain.001: credit transfer initiation (ISO 20022 `CstmrCdtTrfInitn`), every version and the
//! national subsets of them.

use std::sync::LazyLock;

use super::xml::initiation::{Field, InitiationHandler, Layout, Scope, TYPE};
use super::xml::message::Message;
use super::xml::party::{ACCOUNT, AGENT, PARTY};
use super::xml::paths::Paths;
use crate::document::Method;

/// The message.
pub(super) const MESSAGE: Message = Message { name: "pain.001", roots: &["CstmrCdtTrfInitn"] };

/// Reads the message; our side is the debtor.
pub(super) fn handler() -> InitiationHandler {
    static PATHS: LazyLock<Paths<Field>> = LazyLock::new(paths);
    InitiationHandler::new(Method::Transfer, &PATHS)
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
    p.add("ReqdExctnDt", Field::Date);
    // Since version 08.
    p.add("ReqdExctnDt/Dt", Field::Date);
    p.add("ReqdExctnDt/DtTm", Field::Date);
    p.block("Dbtr", PARTY, Field::Own);
    p.block("DbtrAcct", ACCOUNT, Field::OwnAccount);
    p.block("DbtrAgt", AGENT, Field::OwnAgent);
    p.block("UltmtDbtr", PARTY, Field::UltimateOwn);
    p.add("ChrgBr", Field::Charge(Scope::Group));
    p.inside(&["PmtInf/CdtTrfTxInf"]);
    p.add("", Field::Payment);
    p.add("PmtId/InstrId", Field::InstructionId);
    p.add("PmtId/EndToEndId", Field::EndToEndId);
    p.add("PmtId/UETR", Field::Uetr);
    p.block("PmtTpInf", TYPE, |field| field(Scope::Payment));
    p.add("Amt/InstdAmt", Field::Amount);
    p.add("Amt/EqvtAmt/Amt", Field::Amount);
    p.add("Amt/EqvtAmt/CcyOfTrf", Field::TransferCurrency);
    p.add("ChrgBr", Field::Charge(Scope::Payment));
    p.block("UltmtDbtr", PARTY, Field::PaymentUltimateOwn);
    p.block("CdtrAgt", AGENT, Field::OtherAgent);
    p.block("Cdtr", PARTY, Field::Other);
    p.block("CdtrAcct", ACCOUNT, Field::OtherAccount);
    p.block("UltmtCdtr", PARTY, Field::UltimateOther);
    p.add("Purp/Cd", Field::Purpose);
    p.add("Purp/Prtry", Field::Purpose);
    p.add("RmtInf/Ustrd", Field::Remittance);
    p.add("RmtInf/Strd/CdtrRefInf/Ref", Field::Reference);
    // Versions 01 and 02.
    p.add("RmtInf/Strd/CdtrRefInf/CdtrRef", Field::Reference);
    p.add("RmtInf/Strd/AddtlRmtInf", Field::Remittance);
    p
}

/// The versions that are written.
pub(super) const LAYOUTS: &[Layout] = &[
    Layout { name: "pain.001.001.03", root: "CstmrCdtTrfInitn", method: Method::Transfer, modern: false },
    Layout { name: "pain.001.001.09", root: "CstmrCdtTrfInitn", method: Method::Transfer, modern: true },
];
