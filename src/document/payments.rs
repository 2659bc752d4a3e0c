//! Payments: credit transfers and direct debits, in groups that share account, date and method.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Account, Amount, Currency, Date, Moment};
use crate::finding::{Finding, Place};

/// Who bears the charges: the codes of ISO 20022 (ChargeBearerType1Code).
pub const CHARGE_BEARERS: [&str; 4] = ["DEBT", "CRED", "SHAR", "SLEV"];

/// Which collection of a series a direct debit is: the codes of ISO 20022 that we write (SequenceType).
pub const SEQUENCE_TYPES: [&str; 4] = ["FRST", "RCUR", "FNAL", "OOFF"];

/// Which way the money goes, seen from the account holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Indicator {
    /// Credit: money comes in (statements), the counterparty is paid (payments).
    #[serde(rename = "CRDT")]
    Credit,
    /// Debit: money goes out (statements), the counterparty is collected from (payments).
    #[serde(rename = "DBIT")]
    Debit,
}

impl Indicator {
    /// `CRDT` or `DBIT`.
    pub fn code(self) -> &'static str {
        match self {
            Indicator::Credit => "CRDT",
            Indicator::Debit => "DBIT",
        }
    }

    /// The other direction.
    pub fn reversed(self) -> Indicator {
        match self {
            Indicator::Credit => Indicator::Debit,
            Indicator::Debit => Indicator::Credit,
        }
    }
}

/// How a group's payments are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    /// Credit transfer.
    #[default]
    #[serde(rename = "TRF")]
    Transfer,
    /// Direct debit.
    #[serde(rename = "DD")]
    DirectDebit,
}

/// What a sender says that the file or group holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Number of payments.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// Sum of the amounts, currencies mixed (ISO 20022 `CtrlSum`).
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub sum: Option<Amount>,
}

impl Declared {
    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        *self == Declared::default()
    }
}

/// The head of a payments document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payments {
    /// Format and version it was read from, such as `pain.001.001.09`.
    #[serde(default)]
    pub format: String,
    /// The sender's id of this message, unique for the sender.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// When the sender made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<Moment>,
    /// The file's own name, without its ending, where the file says it within.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file_name: Option<String>,
    /// Who asks for the payments.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub initiating_party: Option<String>,
    /// The initiating party's id at the bank.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub initiating_party_id: Option<String>,
    /// What the sender says that it holds. Writers that put totals in front need both values.
    #[serde(skip_serializing_if = "Declared::is_empty", default)]
    pub declared: Declared,
}

/// The account that a group pays from (or collects to).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAccount {
    /// The number as written.
    pub id: Account,
    /// The IBAN where it is a valid one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub iban: Option<String>,
    /// The account's own currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
}

impl GroupAccount {
    /// The account in `text`, else `None`.
    pub fn parse(text: &str) -> Option<GroupAccount> {
        let id = Account::parse(text)?;
        Some(GroupAccount { iban: id.iban().map(|iban| iban.to_string()), id, currency: None })
    }
}

/// A person or company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Id such as a creditor identifier or a customer number at the bank.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Address::is_empty", default)]
    pub address: Address,
}

/// A postal address, structured as far as the file gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub street: Option<String>,
    /// House number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub building: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub post_code: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub town: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// ISO 3166 country code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<String>,
    /// Unstructured lines.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lines: Vec<String>,
}

impl Address {
    /// Whether nothing of it is known.
    pub fn is_empty(&self) -> bool {
        *self == Address::default()
    }
}

/// Payments that share the ordering account, the date and the method: one `PmtInf`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Id of the group (payment-information id).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Credit transfer or direct debit.
    #[serde(default)]
    pub method: Method,
    /// The day on which the bank is asked to execute.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_date: Option<Date>,
    /// Our account: debited by transfers, credited by direct debits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<GroupAccount>,
    /// Its owner.
    #[serde(default)]
    pub party: Party,
    /// Its bank: BIC, or CNAPS number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
    /// The name of its bank or branch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent_name: Option<String>,
    /// Number of the branch, where the bank's own number does not hold it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<String>,
    /// Name of the branch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch_name: Option<String>,
    /// Kind of the account as its bank numbers kinds, such as `2` for 当座 in Japan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_kind: Option<String>,
    /// Service level code, such as `SEPA`, `URGP`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service_level: Option<String>,
    /// Local instrument code, such as `CORE`, `INST`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub local_instrument: Option<String>,
    /// Category purpose code, such as `SALA`, `SUPP`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category_purpose: Option<String>,
    /// Sequence type of direct debits: `FRST`, `RCUR`, `OOFF`, `FNAL`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequence_type: Option<String>,
    /// Who bears the charges, for the whole group.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub charge_bearer: Option<String>,
    /// Whether the bank is asked to book the group in one sum.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_booking: Option<bool>,
    /// What the sender says that the group holds.
    #[serde(skip_serializing_if = "Declared::is_empty", default)]
    pub declared: Declared,
}

/// The other side of a payment or entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparty {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Bank: BIC, clearing number or CNAPS number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
    /// The bank's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent_name: Option<String>,
    /// Id such as a tax number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Address::is_empty", default)]
    pub address: Address,
}

impl Counterparty {
    /// Whether nothing of it is known.
    pub fn is_empty(&self) -> bool {
        *self == Counterparty::default()
    }
}

/// One credit transfer or direct debit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Place in the document, from 1.
    pub seq: u64,
    /// The id that travels with the payment from end to end; unique for ever.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_to_end_id: Option<String>,
    /// The id between sender and bank.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction_id: Option<String>,
    /// Amount, positive.
    #[serde(deserialize_with = "super::money::strict")]
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// `CRDT` where the counterparty is paid, `DBIT` where it is collected from.
    pub indicator: Indicator,
    /// Who is paid or collected from.
    #[serde(skip_serializing_if = "Counterparty::is_empty", default)]
    pub counterparty: Counterparty,
    /// Text for the counterparty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub remittance: Vec<String>,
    /// Creditor's reference (ISO 11649 or a national one).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub structured_reference: Option<String>,
    /// Purpose: an ISO 20022 code of four capitals, or words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Category purpose code, where it differs from the group's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category_purpose: Option<String>,
    /// Who bears the charges: `SLEV`, `SHAR`, `DEBT`, `CRED`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub charge_bearer: Option<String>,
    /// Whether the sender asks for urgent execution.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub urgent: Option<bool>,
    /// Mandate of a direct debit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mandate_id: Option<String>,
    /// The day on which the mandate was signed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mandate_date: Option<Date>,
    /// What the file carries beyond this model: `x_…` and the column's own name.
    #[serde(flatten)]
    pub extra: BTreeMap<String, String>,
    /// Where in the file it stands, for findings. Not part of the document.
    #[serde(skip)]
    pub place: Place,
}

impl Payment {
    /// A payment of `amount`, everything else unknown.
    pub fn new(seq: u64, amount: Amount, currency: Currency, indicator: Indicator) -> Payment {
        Payment {
            seq,
            end_to_end_id: None,
            instruction_id: None,
            amount,
            currency,
            indicator,
            counterparty: Counterparty::default(),
            remittance: Vec::new(),
            structured_reference: None,
            purpose: None,
            category_purpose: None,
            charge_bearer: None,
            urgent: None,
            mandate_id: None,
            mandate_date: None,
            extra: BTreeMap::new(),
            place: Place::default(),
        }
    }
}

/// The end of a payments document: what was really in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentsEnd {
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    #[serde(deserialize_with = "super::money::strict_sums")]
    pub sums: BTreeMap<Currency, Amount>,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}
