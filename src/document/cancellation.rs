//! Cancellation requests: what we ask a bank not to execute (ISO 20022 camt.055). The bank's answer is a
//! status report (camt.029).

use serde::{Deserialize, Serialize};

use super::{Amount, Currency, Date, Declared, Moment, Reason};
use crate::finding::Finding;

/// The head of a cancellation request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Format and version it was read from.
    #[serde(default)]
    pub format: String,
    /// The sender's id of this request (assignment id).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// When the sender made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<Moment>,
    /// Who asks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub initiating_party: Option<String>,
    /// The bank that is asked: its BIC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
    /// Message id of the payments.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_message_id: Option<String>,
    /// Message name of the payments, such as `pain.001.001.09`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_message_name: Option<String>,
    /// Whether all payments of the message are meant; then none of them is listed.
    #[serde(default)]
    pub whole: bool,
    /// Why, for the whole request.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// What the sender says that the request holds; a request about several messages says it once for all of them.
    #[serde(skip_serializing_if = "Declared::is_empty", default)]
    pub declared: Declared,
}

/// One payment that is not to be executed, or all of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCancellation {
    /// The sender's id of this single request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The group that the payment is in; the same on neighbouring lines is one group.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_payment_information_id: Option<String>,
    /// Whether all payments of the group are meant; then none of them is listed.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub whole_group: bool,
    /// The payment's instruction id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_instruction_id: Option<String>,
    /// The payment's end-to-end id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_end_to_end_id: Option<String>,
    /// Amount of the payment.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub amount: Option<Amount>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// The day on which it was to be executed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_date: Option<Date>,
    /// Why.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// The end of a cancellation request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationEnd {
    /// Number of payments in it, a whole group counted as one.
    pub payments: u64,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}
