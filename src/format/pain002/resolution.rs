//! camt.029: resolution of investigation (ISO 20022 `RsltnOfInvstgtn`), the answer to a cancellation
//! request, every version; read as a status report about the payments.

use std::sync::LazyLock;

use super::read::{Field, StatusHandler};
use crate::format::xml::message::Message;
use crate::format::xml::paths::Paths;

/// The message.
pub(crate) const RESOLUTION: Message = Message { name: "camt.029", roots: &["RsltnOfInvstgtn", "camt.029.001.03"] };

/// Reads the message.
pub(crate) fn resolution() -> StatusHandler {
    static PATHS: LazyLock<Paths<Field>> = LazyLock::new(paths);
    StatusHandler::new(&PATHS, payment_status)
}

/// What the bank's decision on a cancellation says of the payment (ISO 20022
/// `CancellationIndividualStatus1Code`, `GroupCancellationStatus1Code` and investigation confirmations).
///
/// A cancellation that is refused or pending leaves the payment as it was.
fn payment_status(code: &str) -> Option<&'static str> {
    match code {
        "ACCR" | "CNCL" => Some("CANC"),
        "PACR" | "PECR" => Some("PART"),
        // `CWFW`: the cancellation will follow; until it has, the payment is what it was.
        "PDCR" | "RJCR" | "CWFW" | "UWFW" | "IPAY" | "INFO" => Some("PDNG"),
        _ => None,
    }
}

const REASON: &[(&str, Field)] = &[
    ("", Field::Reason),
    ("Rsn/Cd", Field::ReasonCode),
    ("Rsn/Prtry", Field::ReasonCode),
    ("AddtlInf", Field::ReasonInfo),
];

const PAYMENT: &[(&str, Field)] = &[
    ("", Field::Payment),
    ("OrgnlInstrId", Field::InstructionId),
    ("OrgnlEndToEndId", Field::EndToEndId),
    ("TxCxlSts", Field::Status),
    ("OrgnlInstdAmt", Field::Amount),
    ("OrgnlTxRef/Amt/InstdAmt", Field::Amount),
];

fn paths() -> Paths<Field> {
    let mut p = Paths::new();
    p.add("Assgnmt/Id", Field::MessageId);
    p.add("Assgnmt/CreDtTm", Field::Created);
    p.add("Sts/Conf", Field::Confirmation);
    p.inside(&["CxlDtls"]);
    p.add("OrgnlGrpInfAndSts", Field::Original);
    p.add("OrgnlGrpInfAndSts/OrgnlMsgId", Field::OriginalMessageId);
    p.add("OrgnlGrpInfAndSts/OrgnlMsgNmId", Field::OriginalMessageName);
    p.add("OrgnlGrpInfAndSts/OrgnlNbOfTxs", Field::OriginalCount);
    p.add("OrgnlGrpInfAndSts/OrgnlCtrlSum", Field::OriginalSum);
    p.add("OrgnlGrpInfAndSts/GrpCxlSts", Field::FileStatus);
    p.block("OrgnlGrpInfAndSts/CxlStsRsnInf", REASON, |field| field);
    p.add("OrgnlPmtInfAndSts", Field::Group);
    p.add("OrgnlPmtInfAndSts/OrgnlPmtInfId", Field::GroupId);
    p.add("OrgnlPmtInfAndSts/OrgnlGrpInf/OrgnlMsgId", Field::OriginalMessageId);
    p.add("OrgnlPmtInfAndSts/OrgnlGrpInf/OrgnlMsgNmId", Field::OriginalMessageName);
    p.add("OrgnlPmtInfAndSts/PmtInfCxlSts", Field::GroupStatus);
    p.block("OrgnlPmtInfAndSts/CxlStsRsnInf", REASON, |field| field);
    p.block("OrgnlPmtInfAndSts/TxInfAndSts", PAYMENT, |field| field);
    p.block("OrgnlPmtInfAndSts/TxInfAndSts/CxlStsRsnInf", REASON, |field| field);
    p.block("TxInfAndSts", PAYMENT, |field| field);
    p.add("TxInfAndSts/OrgnlGrpInf/OrgnlMsgId", Field::OriginalMessageId);
    p.add("TxInfAndSts/OrgnlGrpInf/OrgnlMsgNmId", Field::OriginalMessageName);
    p.block("TxInfAndSts/CxlStsRsnInf", REASON, |field| field);
    p
}
