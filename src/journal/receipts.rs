//! Electronic receipts (电子回单) as the journal keeps them: what an index said of each, and where its file lies.

use std::path::Path;

use rusqlite::{Connection, Row, ToSql, params};
use serde::{Deserialize, Serialize};

use super::JournalError;
use super::event::Kept;
use super::rows::{amount, broken, currency, number};
use super::sqlite::storage;
use crate::document::{Account, Amount, Counterparty, Currency, Date, Indicator, Receipt, ReceiptType, parse_date};

/// A receipt of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptFact {
    /// Place in the bundle, from 1.
    pub seq: u64,
    /// Name of its file, as the bundle has it.
    pub file: String,
    /// Type of its file.
    pub file_type: ReceiptType,
    /// Its file in the archive.
    pub kept: Kept,
    /// The bank's number of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_no: Option<String>,
    /// Our account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The day of the transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The bank's reference of the transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_serial: Option<String>,
    /// Which way the money went, seen from our account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Indicator>,
    /// Amount, positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Name of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_name: Option<String>,
    /// Account of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<Account>,
    /// End-to-end id of the payment, where the bank repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<String>,
    /// The code by which the bank lets the receipt be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_code: Option<String>,
    /// The receipt that came before under the same number, of the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
    /// The receipt that came before under the same number, of other bytes; a person let this one in beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs_from: Option<String>,
}

impl ReceiptFact {
    /// The receipt that a bundle told of, with its file in the archive.
    pub fn of(receipt: &Receipt, kept: Kept) -> ReceiptFact {
        ReceiptFact {
            seq: receipt.seq,
            file: receipt.file.clone(),
            file_type: receipt.file_type,
            kept,
            receipt_no: receipt.receipt_no.clone(),
            account: receipt.account.clone(),
            date: receipt.date,
            bank_serial: receipt.bank_serial.clone(),
            indicator: receipt.indicator,
            amount: receipt.amount,
            currency: receipt.currency,
            counterparty_name: receipt.counterparty.name.clone(),
            counterparty_account: receipt.counterparty.account.clone(),
            end_to_end_id: receipt.end_to_end_id.clone(),
            verify_code: receipt.verify_code.clone(),
            repeats: None,
            differs_from: None,
        }
    }

    /// The receipt as a document, as far as the journal keeps it.
    pub fn document(&self) -> Receipt {
        let counterparty = Counterparty {
            name: self.counterparty_name.clone(),
            account: self.counterparty_account.clone(),
            ..Counterparty::default()
        };
        Receipt {
            seq: self.seq,
            file: self.file.clone(),
            file_type: self.file_type,
            size: self.kept.size,
            sha256: self.kept.sha256.clone(),
            receipt_no: self.receipt_no.clone(),
            account: self.account.clone(),
            date: self.date,
            bank_serial: self.bank_serial.clone(),
            indicator: self.indicator,
            amount: self.amount,
            currency: self.currency,
            counterparty,
            end_to_end_id: self.end_to_end_id.clone(),
            verify_code: self.verify_code.clone(),
            ..Receipt::default()
        }
    }
}

/// A receipt as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceiptRecord {
    /// The bundle.
    pub inbound: String,
    /// The bank.
    pub party: String,
    /// The receipt.
    #[serde(flatten)]
    pub receipt: ReceiptFact,
}

impl ReceiptRecord {
    /// The name by which a person calls it: bundle and place.
    pub fn name(&self) -> String {
        format!("{}/{}", self.inbound, self.receipt.seq)
    }
}

/// What to look for among receipts.
#[derive(Clone, Debug, Default)]
pub struct ReceiptFilter {
    /// Of this bundle.
    pub inbound: Option<String>,
    /// Of this bank.
    pub party: Option<String>,
    /// With this number of the bank.
    pub receipt_no: Option<String>,
    /// Of a transaction on this day or later.
    pub from: Option<Date>,
    /// Of a transaction on this day or earlier.
    pub until: Option<Date>,
    /// With this text in a number, name, account, reference or file name.
    pub text: Option<String>,
    /// The newest first.
    pub newest_first: bool,
}

/// Puts a receipt into its table.
pub(super) fn fold(db: &Connection, path: &Path, inbound: &str, r: &ReceiptFact) -> Result<(), JournalError> {
    let sql = "INSERT INTO receipt (inbound, seq, file, file_type, sha256, size, path, receipt_no, account, date,
               bank_serial, indicator, amount, currency, counterparty_name, counterparty_account, end_to_end_id,
               verify_code, repeats, differs_from)
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)";
    let values = params![
        inbound,
        r.seq as i64,
        r.file,
        r.file_type.word(),
        r.kept.sha256,
        r.kept.size as i64,
        r.kept.path,
        r.receipt_no,
        r.account.as_ref().map(|account| account.as_str().to_string()),
        r.date.map(|date| date.to_string()),
        r.bank_serial,
        r.indicator.map(|indicator| indicator.code()),
        r.amount.map(|amount| amount.to_string()),
        r.currency.map(|currency| currency.as_str().to_string()),
        r.counterparty_name,
        r.counterparty_account.as_ref().map(|account| account.as_str().to_string()),
        r.end_to_end_id,
        r.verify_code,
        r.repeats,
        r.differs_from
    ];
    let insert = || db.prepare_cached(sql)?.execute(values);
    insert().map(drop).map_err(|e| storage(path, &e))
}

/// Shows each receipt that is wanted to `each`, until it says `false`.
pub(super) fn each(
    db: &Connection,
    filter: &ReceiptFilter,
    each: &mut dyn FnMut(ReceiptRecord) -> bool,
) -> rusqlite::Result<()> {
    let mut values: Vec<String> = Vec::new();
    let mut wanted = String::from("1");
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let within = "instr(lower(coalesce(r.receipt_no, '') || ' ' || coalesce(r.bank_serial, '') || ' '
        || coalesce(r.counterparty_name, '') || ' ' || coalesce(r.counterparty_account, '') || ' '
        || coalesce(r.end_to_end_id, '') || ' ' || coalesce(r.account, '') || ' ' || r.file), ?) > 0";
    for (sql, value) in [
        ("r.inbound = ?", filter.inbound.clone()),
        ("i.party = ?", filter.party.clone()),
        ("r.receipt_no = ?", filter.receipt_no.clone()),
        ("r.date >= ?", day(filter.from)),
        ("r.date <= ?", day(filter.until)),
        (within, filter.text.as_ref().map(|text| text.to_lowercase())),
    ] {
        if let Some(value) = value {
            values.push(value);
            wanted.push_str(&format!(" AND {}", sql.replace('?', &format!("?{}", values.len()))));
        }
    }
    let order = if filter.newest_first { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT r.inbound, i.party, r.seq, r.file, r.file_type, r.sha256, r.size, r.path, r.receipt_no, r.account,
         r.date, r.bank_serial, r.indicator, r.amount, r.currency, r.counterparty_name, r.counterparty_account,
         r.end_to_end_id, r.verify_code, r.repeats, r.differs_from
         FROM receipt r JOIN inbound i ON i.id = r.inbound WHERE {wanted} ORDER BY r.inbound {order}, r.seq {order}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
    let mut rows = statement.query(values.as_slice())?;
    while let Some(row) = rows.next()? {
        if !each(record(row)?) {
            break;
        }
    }
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<ReceiptRecord> {
    let said = |column: usize| row.get::<_, Option<String>>(column);
    let account = |column: usize| -> rusqlite::Result<Option<Account>> {
        let account = |text: String| Account::parse(&text).ok_or_else(|| broken(column, "not an account"));
        said(column)?.map(account).transpose()
    };
    let receipt = ReceiptFact {
        seq: number(row, 2)?,
        file: row.get(3)?,
        file_type: match row.get_ref(4)?.as_str()? {
            "pdf" => ReceiptType::Pdf,
            "ofd" => ReceiptType::Ofd,
            _ => return Err(broken(4, "not a type of receipts")),
        },
        kept: Kept { sha256: row.get(5)?, size: number(row, 6)?, path: row.get(7)? },
        receipt_no: said(8)?,
        account: account(9)?,
        date: said(10)?.as_deref().and_then(parse_date),
        bank_serial: said(11)?,
        indicator: match said(12)?.as_deref() {
            None => None,
            Some("CRDT") => Some(Indicator::Credit),
            Some("DBIT") => Some(Indicator::Debit),
            Some(_) => return Err(broken(12, "not an indicator")),
        },
        amount: said(13)?.map(|_| amount(row, 13)).transpose()?,
        currency: said(14)?.map(|_| currency(row, 14)).transpose()?,
        counterparty_name: said(15)?,
        counterparty_account: account(16)?,
        end_to_end_id: said(17)?,
        verify_code: said(18)?,
        repeats: said(19)?,
        differs_from: said(20)?,
    };
    Ok(ReceiptRecord { inbound: row.get(0)?, party: row.get(1)?, receipt })
}
