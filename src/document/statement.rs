//! Statements: what a bank says of an account. Intraday reports and notifications are kinds of it.

use serde::{Deserialize, Serialize};

use super::{Account, Amount, Charge, Conversion, Counterparty, Currency, Date, Indicator, Moment, ReferredDocument};
use crate::finding::Finding;

/// Which of the three messages it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementKind {
    /// End-of-day statement: camt.053, MT940, MT950.
    #[default]
    Statement,
    /// Intraday report: camt.052, MT942.
    Report,
    /// Debit and credit notification: camt.054.
    Notification,
}

/// What a statement says of itself where it is not the first of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reissue {
    /// A copy for somebody beside the first receiver: `COPY`.
    Copy,
    /// A copy that was sent before: `CODU`.
    CopyDuplicate,
    /// Sent before: `DUPL`.
    Duplicate,
    /// It corrects what was reported before: status 3 of a BAI2 group.
    Correction,
}

impl Reissue {
    /// The ISO 20022 code, where there is one.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Reissue::Copy => Some("COPY"),
            Reissue::CopyDuplicate => Some("CODU"),
            Reissue::Duplicate => Some("DUPL"),
            Reissue::Correction => None,
        }
    }

    /// What an ISO 20022 code means.
    pub fn of_code(code: &str) -> Option<Reissue> {
        [Reissue::Copy, Reissue::CopyDuplicate, Reissue::Duplicate].into_iter().find(|mark| mark.code() == Some(code))
    }

    /// Whether it stands in the place of one that came before: a copy for somebody else does not.
    pub fn came_before(self) -> bool {
        self != Reissue::Copy
    }
}

/// The account that the statement is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementAccount {
    /// The number as the bank writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The IBAN, where it is a valid one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub iban: Option<String>,
    /// Currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Owner's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The bank: BIC or national number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
    /// Kind of the account as its bank numbers kinds, such as `2` for 当座 in Japan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
}

impl StatementAccount {
    /// Calls it by another number for the same account.
    pub fn name_it(&mut self, account: &Account) {
        self.iban = account.iban().map(|iban| iban.as_str().to_string());
        if self.iban.is_none() {
            self.id = Some(account.to_string());
        }
    }
}

/// The head of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Statement, report or notification.
    #[serde(default)]
    pub kind: StatementKind,
    /// Format and version it was read from.
    #[serde(default)]
    pub format: String,
    /// The bank's id of the statement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Its number or sequence, as the bank writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// When the bank made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<Moment>,
    /// First day it covers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from_date: Option<Date>,
    /// Last day it covers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_date: Option<Date>,
    /// What it says of itself where it is not the first of its kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reissue: Option<Reissue>,
    /// Which page of the statement it is, from 1, where the bank counts pages.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<u64>,
    /// Whether it is the last page, where the bank says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_page: Option<bool>,
    /// The account.
    #[serde(default)]
    pub account: StatementAccount,
    /// The message that carried it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
}

/// What kind of booking it is, in ISO and in the bank's own codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryCode {
    /// ISO domain, such as `PMNT`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<String>,
    /// ISO family, such as `RCDT`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub family: Option<String>,
    /// ISO sub-family, such as `ESCT`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sub_family: Option<String>,
    /// The bank's or SWIFT's own code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proprietary: Option<String>,
}

impl EntryCode {
    /// Whether no code is known.
    pub fn is_empty(&self) -> bool {
        *self == EntryCode::default()
    }
}

/// One transaction of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryDetail {
    /// End-to-end id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_to_end_id: Option<String>,
    /// Instruction id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction_id: Option<String>,
    /// Message id of the file that ordered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// Group id of the file that ordered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment_information_id: Option<String>,
    /// Mandate of a direct debit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mandate_id: Option<String>,
    /// The bank's reference of this transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bank_reference: Option<String>,
    /// Amount of this transaction.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub amount: Option<Amount>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Its direction, where the bank gives one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub indicator: Option<Indicator>,
    /// Who paid or was paid.
    #[serde(skip_serializing_if = "Counterparty::is_empty", default)]
    pub counterparty: Counterparty,
    /// Remittance text.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub remittance: Vec<String>,
    /// Creditor's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub structured_reference: Option<String>,
    /// Purpose code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Why money came back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub return_reason: Option<String>,
    /// How its amount came out of the amount that was ordered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversion: Option<Box<Conversion>>,
    /// What banks took for it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub charges: Vec<Charge>,
    /// The documents that it pays, such as invoices.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub documents: Vec<ReferredDocument>,
}

/// Whether an entry of this status is booked: one without any is.
pub fn is_booked(status: Option<&str>) -> bool {
    status.is_none_or(|status| status == "BOOK")
}

/// One booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Place in the statement, from 1.
    pub seq: u64,
    /// Amount, positive.
    #[serde(deserialize_with = "super::money::strict")]
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// The effective direction: a reversed credit is `DBIT`.
    pub indicator: Indicator,
    /// Whether it takes back an earlier entry.
    #[serde(default)]
    pub reversal: bool,
    /// `BOOK`, `PDNG`, `INFO`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// The day on which the bank booked it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub booking_date: Option<Date>,
    /// The day from which it bears interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value_date: Option<Date>,
    /// The account owner's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// The bank's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bank_reference: Option<String>,
    /// What kind of booking it is.
    #[serde(skip_serializing_if = "EntryCode::is_empty", default)]
    pub code: EntryCode,
    /// Its transactions; several for a batch booking.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<EntryDetail>,
    /// The bank's free text of the entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub info: Option<String>,
    /// Number of transactions that the bank booked in one sum, where it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_count: Option<u64>,
    /// How its amount came out of the amount that was ordered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversion: Option<Box<Conversion>>,
    /// What banks took for it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub charges: Vec<Charge>,
}

impl Entry {
    /// Whether the bank has booked it, and does not only announce it.
    pub fn is_booked(&self) -> bool {
        is_booked(self.status.as_deref())
    }

    /// An entry of `amount`, everything else unknown.
    pub fn new(seq: u64, amount: Amount, currency: Currency, indicator: Indicator) -> Entry {
        Entry {
            seq,
            amount,
            currency,
            indicator,
            reversal: false,
            status: None,
            booking_date: None,
            value_date: None,
            reference: None,
            bank_reference: None,
            code: EntryCode::default(),
            details: Vec::new(),
            info: None,
            batch_count: None,
            conversion: None,
            charges: Vec::new(),
        }
    }
}

/// A balance of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// ISO code: `OPBD`, `CLBD`, `CLAV`, `FWAV`, `ITBD` …; `PRCD` counts as opening.
    #[serde(rename = "type")]
    pub kind: String,
    /// ISO sub-type: [`Balance::INTERMEDIATE`] where a page of the statement begins or ends and not the statement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sub_type: Option<String>,
    /// Amount, positive.
    #[serde(deserialize_with = "super::money::strict")]
    pub amount: Amount,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// `CRDT` when the owner has money, `DBIT` when the owner owes it; `None` when the bank left it out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub indicator: Option<Indicator>,
    /// The day it is of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<Date>,
}

impl Balance {
    /// The sub-type of a balance between two pages: fields 60M and 62M of MT940.
    pub const INTERMEDIATE: &str = "INTM";

    /// Whether it stands between two pages of a statement, and is no opening or closing balance of the account.
    pub fn is_intermediate(&self) -> bool {
        self.sub_type.as_deref() == Some(Balance::INTERMEDIATE)
    }

    /// Whether the account opened with it.
    pub fn is_opening(&self) -> bool {
        matches!(self.kind.as_str(), "OPBD" | "PRCD") && !self.is_intermediate()
    }

    /// Whether the account closed with it.
    pub fn is_closing(&self) -> bool {
        self.kind == "CLBD" && !self.is_intermediate()
    }

    /// The balance with its sign: negative when the owner owes it.
    pub fn signed(&self) -> Amount {
        if self.indicator == Some(Indicator::Debit) { -self.amount } else { self.amount }
    }
}

/// The end of a statement: what was really in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementEnd {
    /// Number of entries.
    pub entries: u64,
    /// Sum of the effective credits.
    #[serde(deserialize_with = "super::money::strict")]
    pub credit_sum: Amount,
    /// Sum of the effective debits.
    #[serde(deserialize_with = "super::money::strict")]
    pub debit_sum: Amount,
    /// What the file says of entries that stand in another file.
    #[serde(skip_serializing_if = "DeclaredEntries::is_empty", default)]
    pub declared: DeclaredEntries,
    /// Balances, in the order of the file.
    #[serde(default)]
    pub balances: Vec<Balance>,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// What a file with balances only says of the entries between them, which are in a file of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredEntries {
    /// Number of entries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// Number of credits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credit_count: Option<u64>,
    /// Number of debits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub debit_count: Option<u64>,
    /// Sum of the credits.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub credit_sum: Option<Amount>,
    /// Sum of the debits.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "super::money::strict_option")]
    pub debit_sum: Option<Amount>,
}

impl DeclaredEntries {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == DeclaredEntries::default()
    }
}

impl Statement {
    /// The account's number as an [`Account`], IBAN first.
    pub fn account_number(&self) -> Option<Account> {
        self.account.iban.as_deref().or(self.account.id.as_deref()).and_then(Account::parse)
    }
}
