//! Receipts: a bank's electronic advices of single bookings (电子回单), as files with what an index says of them.
//!
//! The files themselves (PDF or OFD) are never looked into beyond their type: what is known of a receipt comes from
//! the index that the bank sends along, and from matching.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Account, Amount, Counterparty, Currency, Date, Indicator};
use crate::finding::{Finding, Place};

/// The head of a receipt bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// Name of the format that it was read from.
    #[serde(default)]
    pub format: String,
    /// What the bundle is: `zip`, or the type of a receipt that came alone.
    #[serde(default)]
    pub bundle: String,
    /// Name of the bundle's file, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Name of the index within the bundle, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<String>,
}

/// What a receipt's file is, by its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptType {
    /// Portable Document Format.
    #[default]
    Pdf,
    /// Open Fixed-layout Document, GB/T 33190: a ZIP with `OFD.xml` at its root.
    Ofd,
}

impl ReceiptType {
    /// The word, also the suffix of a file of this type.
    pub fn word(self) -> &'static str {
        match self {
            ReceiptType::Pdf => "pdf",
            ReceiptType::Ofd => "ofd",
        }
    }
}

/// One receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Place in the bundle, from 1.
    pub seq: u64,
    /// Name of its file, as the bundle has it.
    pub file: String,
    /// Type of its file.
    pub file_type: ReceiptType,
    /// Length of its file in bytes.
    pub size: u64,
    /// SHA-256 of its file in hex.
    pub sha256: String,
    /// The bank's number of the receipt (回单号).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt_no: Option<String>,
    /// Our account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// The day of the transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<Date>,
    /// The bank's reference of the transaction (流水号).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bank_serial: Option<String>,
    /// Which way the money went, seen from our account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub indicator: Option<Indicator>,
    /// Amount, positive.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub amount: Option<Amount>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// The other side.
    #[serde(skip_serializing_if = "Counterparty::is_empty", default)]
    pub counterparty: Counterparty,
    /// End-to-end id of the payment, where the bank repeats it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_to_end_id: Option<String>,
    /// Text of the transaction.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub remittance: Vec<String>,
    /// The code by which the bank lets the receipt be verified (验证码).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verify_code: Option<String>,
    /// What became of it here. A bank's bundle has none of it.
    #[serde(skip_serializing_if = "ReceiptLinks::is_empty", default)]
    pub links: ReceiptLinks,
    /// What the index carries beyond this model: `x_…` and the column's own name.
    #[serde(flatten)]
    pub extra: BTreeMap<String, String>,
    /// Where in the index it stands, for findings. Not part of the document.
    #[serde(skip)]
    pub place: Place,
}

/// What a receipt belongs to, as it is told to the ERP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLinks {
    /// Name under which its file is published.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file_name: Option<String>,
    /// The batch of its payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch: Option<String>,
    /// End-to-end id of its payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<String>,
    /// How and how surely the payment was found, or `unmatched`.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none", default)]
    pub matched: Option<String>,
    /// The statement that shows the transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub statement: Option<String>,
    /// Place of the entry in that statement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<u64>,
    /// The receipt that came before under the same number, of the same bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repeats: Option<String>,
    /// The receipt that came before under the same number, of other bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub differs_from: Option<String>,
}

impl ReceiptLinks {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == ReceiptLinks::default()
    }
}

/// The end of a receipt bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptsEnd {
    /// Number of receipts in it.
    pub receipts: u64,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}
