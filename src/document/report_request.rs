//! Requests for reports: which statements we ask a bank to send (ISO 20022 camt.060).

use serde::{Deserialize, Serialize};

use super::{Date, Moment, StatementAccount};
use crate::finding::Finding;

/// The head of a request for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// Format and version it was read from.
    #[serde(default)]
    pub format: String,
    /// The sender's id of this request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// When the sender made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<Moment>,
}

/// One report that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedReport {
    /// The sender's id of this single request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The message that is asked for, such as `camt.053.001.08`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_name: Option<String>,
    /// The account; its owner must be named.
    #[serde(default)]
    pub account: StatementAccount,
    /// First day of the period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from_date: Option<Date>,
    /// Last day of the period; the first day where it is not said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_date: Option<Date>,
}

/// The end of a request for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequestEnd {
    /// Number of reports that are asked for.
    pub reports: u64,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}
