//! What a bank's status code says about a payment.

use serde::{Deserialize, Serialize};

use crate::document::{REFUSED_CODES, Reason, SETTLED_CODES};

/// Reasons that say of a refusal that the bank has the like of it already, from ISO 20022's external code set
/// `ExternalStatusReason1Code`.
const DUPLICATE_REASONS: [&str; 7] = ["AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"];

/// What the bank says, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The bank has it and has said nothing else.
    Received,
    /// The bank has it and has not decided: nothing changes. Answers on the payee's name
    /// (verification of payee) are of this kind, and so is a missing second authorisation at the bank.
    Pending,
    /// The bank took it on.
    Accepted,
    /// The bank says that our account's side is settled. A statement has still to show it.
    Executed,
    /// The bank refused or cancelled it.
    Rejected,
    /// The bank refused it after it had said or shown that it was done: the money comes back.
    Returned,
    /// Some payments are accepted and some are not: only the payments' own lines tell.
    Partial,
    /// A code that nobody explained. Not a success, not a failure.
    Unknown,
}

impl Verdict {
    /// The verdict of an ISO 20022 code (external payment group and transaction status code sets),
    /// matched exactly; a bank's own codes are mapped to these before.
    pub fn of_code(code: &str) -> Verdict {
        match code {
            "RCVD" => Verdict::Received,
            "ACTC" | "ACCP" | "ACSP" | "ACWC" | "ACFC" | "ACPD" => Verdict::Accepted,
            code if SETTLED_CODES.contains(&code) => Verdict::Executed,
            code if REFUSED_CODES.contains(&code) => Verdict::Rejected,
            "PART" => Verdict::Partial,
            // Awaits checks (PDNG), our own confirmation (ACFW, PATC), or speaks of the payee's name only.
            "PDNG" | "ACFW" | "PATC" | "RCVC" | "RVCM" | "RVMC" | "RVNA" | "RVNC" | "RVNM" => Verdict::Pending,
            _ => Verdict::Unknown,
        }
    }

    /// The verdict of a status that may be missing: a line with the bank's own code that no map
    /// explained is unknown, a line with no status at all says nothing.
    pub fn of(status: Option<&str>, bank_status: Option<&str>) -> Verdict {
        match (status, bank_status) {
            (Some(code), _) => Verdict::of_code(code.trim()),
            (None, Some(_)) => Verdict::Unknown,
            (None, None) => Verdict::Pending,
        }
    }

    /// Whether this is a refusal because the bank has the same already: no word about what it has, which may well be
    /// paid.
    pub(super) fn is_of_a_duplicate(self, reasons: &[Reason]) -> bool {
        let says = |reason: &Reason| reason.code.as_deref().is_some_and(|code| DUPLICATE_REASONS.contains(&code));
        self == Verdict::Rejected && reasons.iter().any(says)
    }

    /// Whether said of a group or file it holds for every payment in it.
    pub fn speaks_for_all(self) -> bool {
        !matches!(self, Verdict::Pending | Verdict::Partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_matched_exactly_and_the_rest_is_unknown() {
        for (code, verdict) in [
            ("RCVD", Verdict::Received),
            ("ACSP", Verdict::Accepted),
            ("ACSC", Verdict::Executed),
            ("RJCT", Verdict::Rejected),
            ("PART", Verdict::Partial),
            ("PDNG", Verdict::Pending),
            ("RVNM", Verdict::Pending),
        ] {
            assert_eq!(Verdict::of_code(code), verdict, "{code}");
        }
        // Near misses, other code sets (ACCR cancels, BLCK neither pays nor returns), words that contain success.
        for code in ["acsc", "ACSCX", "ACCR", "BLCK", "ACWP", "", "未成功", "提交成功等待银行处理", "全部成功", "OK"]
        {
            assert_eq!(Verdict::of_code(code), Verdict::Unknown, "{code}");
        }
    }

    #[test]
    fn a_code_of_the_banks_own_without_a_meaning_is_unknown() {
        assert_eq!(Verdict::of(None, Some("9")), Verdict::Unknown);
        assert_eq!(Verdict::of(Some("ACSC"), Some("9")), Verdict::Executed);
        assert_eq!(Verdict::of(None, None), Verdict::Pending);
    }
}
