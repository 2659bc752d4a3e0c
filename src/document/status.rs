//! Status reports: what a bank answers about files, groups and payments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Amount, Counterparty, Currency, Group, Moment};
use crate::finding::Finding;

/// Why: an ISO 20022 external status reason and the bank's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// ISO code such as `AC04`, or the bank's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The bank's words.
    #[serde(default)]
    pub info: Vec<String>,
}

/// The codes that ISO 20022's external code sets have for the status of payments and groups of them, those on the
/// payee's name included. What a code lets us conclude is told in [`matching`](crate::matching).
pub const STATUS_CODES: [&str; 32] = [
    "ACCC", "ACCP", "ACCR", "ACFC", "ACFW", "ACIS", "ACPD", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP", "BLCK", "CANC",
    "CNCL", "CPUC", "NRES", "PACR", "PART", "PATC", "PDCR", "PDNG", "PRES", "RCVC", "RCVD", "RJCR", "RJCT", "RVCM",
    "RVMC", "RVNA", "RVNC", "RVNM",
];

/// Those of them that say that the account which pays is settled.
pub const SETTLED_CODES: [&str; 2] = ["ACCC", "ACSC"];

/// Those of them that say that nothing is paid.
pub const REFUSED_CODES: [&str; 2] = ["CANC", "RJCT"];

/// By what the lines of a bank's answers name payments where they repeat no id.
///
/// Whatever it says, an id that a line repeats comes first, and nothing is matched that could be another payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedBy {
    /// By ids only: a line without one is matched with nothing.
    #[default]
    Id,
    /// By the payment's running number in the file that is answered.
    Row,
    /// By the payee's account and name and the amount; equal payments are counted.
    Payee,
}

/// How many payments of a file or group a bank counts under one status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The status: `RJCT`, `ACSC` …
    pub status: String,
    /// Number of payments.
    pub count: u64,
    /// Their sum, whatever their currencies.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub sum: Option<Amount>,
}

/// The head of a status report, with what it says of the whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// Format and version it was read from.
    #[serde(default)]
    pub format: String,
    /// The bank's id of this report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// When the bank made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<Moment>,
    /// The message id that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_message_id: Option<String>,
    /// The message name that it answers, such as `pain.001.001.09`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_message_name: Option<String>,
    /// The number of payments in the file that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_count: Option<u64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub original_sum: Option<Amount>,
    /// The group that it answers, where the bank's file repeats what that says: our account, its owner, the day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_group: Option<Box<Group>>,
    /// How many of its payments have which status, where the bank counts them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub status_counts: Vec<StatusCount>,
    /// Status of the whole file: `ACCP`, `PART`, `RJCT` …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// Why.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// What the bank says of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupStatus {
    /// The group's id in the file that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_payment_information_id: Option<String>,
    /// The number of payments in the group that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_count: Option<u64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub original_sum: Option<Amount>,
    /// How many of its payments have which status, where the bank counts them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub status_counts: Vec<StatusCount>,
    /// Status of the group.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// Why.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// What the bank says of a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStatus {
    /// The payment's end-to-end id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_end_to_end_id: Option<String>,
    /// The payment's instruction id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_instruction_id: Option<String>,
    /// The group that it was in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_payment_information_id: Option<String>,
    /// Its running number in the file that is answered, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_seq: Option<u64>,
    /// ISO status: `ACCP`, `ACSC`, `RJCT`, `PDNG` …; `None` when the bank's code is not known to us.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// The bank's own status, where it is not the ISO one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bank_status: Option<String>,
    /// Why.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// Amount of the payment.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub amount: Option<Amount>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// The bank's reference of the payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bank_reference: Option<String>,
    /// Who was to be paid, where the bank says it: some banks echo no id.
    #[serde(skip_serializing_if = "Counterparty::is_empty", default)]
    pub counterparty: Counterparty,
    /// Values `x_…` of the payment beyond this model, where the bank's file repeats them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub extra: BTreeMap<String, String>,
    /// What an ERP is told beyond the bank's words, by item of its layout: our `state`, the place of what was refused.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub told: BTreeMap<String, String>,
}

/// The end of a status report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReportEnd {
    /// Number of payment statuses in it.
    pub payments: u64,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}
