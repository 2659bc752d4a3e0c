//! Who was paid before, and how much was asked for in the days before: what limits and payee policies look at.
//!
//! A payee is known once a file that pays it is at its bank. Names are compared without spaces, brackets and stops and
//! without the case of Latin letters, accounts without spaces, dashes and stops; with an account that is no IBAN goes
//! the bank that keeps it.

use rusqlite::{Connection, Row, ToSql, params};

use super::records::Batch;
use super::{JournalError, SqliteJournal};
use crate::document::{Account, Amount, Bic, Currency};

/// Signs that are written in names one way or another, and mean nothing.
const OF_NAMES: &str = " \u{3000}（）()。．.，,、-－·";
/// Signs that stand in account numbers for the eye.
const OF_ACCOUNTS: &str = " -.";

/// A text of a row without these signs and without the case of Latin letters.
fn plain(column: &str, signs: &str) -> String {
    signs.chars().fold(format!("upper(coalesce({column}, ''))"), |sql, sign| format!("replace({sql}, '{sign}', '')"))
}

/// A payee's account as it is compared, whoever keeps it.
fn account() -> String {
    plain("p.creditor_account", OF_ACCOUNTS)
}

/// A payee's account and, where its number does not name the bank by itself, that bank.
fn creditor() -> String {
    format!("{} || coalesce('@' || p.payee_bank, '')", account())
}

/// A payee's name as it is compared.
fn name() -> String {
    plain("p.creditor_name", OF_NAMES)
}

/// The most strange payees of a kind that are named; the others are counted.
const MOST_NAMED: usize = 5;

/// Looks up who was paid before, and how much.
pub trait Spending {
    /// Payees of a batch that its ERP never paid before, or only under another name or account; with `by_account`
    /// each debtor account has a memory of its own.
    ///
    /// # Errors
    /// [`JournalError`].
    fn strange_payees(&self, batch: &Batch, by_account: bool) -> Result<StrangePayees, JournalError>;

    /// What this batch and those before it that came since ask for, for each account, payee or party that this batch
    /// pays from or to. What was refused, taken back, rejected or returned does not count, nor does money that is
    /// collected.
    ///
    /// # Errors
    /// [`JournalError`].
    fn spent(&self, batch: &Batch, of: &SpendingOf<'_>, each: &mut dyn FnMut(Spent)) -> Result<(), JournalError>;
}

/// Which payments are added up.
#[derive(Clone, Copy, Debug)]
pub struct SpendingOf<'a> {
    /// Of the batch's bank, rather than of its ERP.
    pub of_bank: bool,
    /// By what they are told apart.
    pub by: SpentBy,
    /// Their currency.
    pub currency: Currency,
    /// Those of batches whose file came since this moment, RFC 3339.
    pub since: &'a str,
}

/// By what payments are told apart when they are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpentBy {
    /// Not at all.
    Party,
    /// By the account that pays.
    Account,
    /// By the account that is paid.
    Payee,
}

/// What was asked for of one account, to one payee, or of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The account, the payee's account, or the party.
    pub of: String,
    /// Sum of earlier batches.
    pub used: Amount,
    /// Payments of earlier batches.
    pub used_count: u64,
    /// Sum of this batch.
    pub now: Amount,
    /// Payments of this batch.
    pub now_count: u64,
}

/// Payees of a batch that were not paid so before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrangePayees {
    /// Neither name nor account was ever paid.
    pub new: Strangers,
    /// A known name with another account, or a known account under another name.
    pub changed: Strangers,
}

/// How many there are, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strangers {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<StrangePayee>,
}

/// A payee that was not paid so before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrangePayee {
    /// Its first payment's place in the batch.
    pub seq: u64,
    /// Name.
    pub name: String,
    /// Account; where its number does not name its bank, with that: `12345678 @ BARCGB22`.
    pub account: String,
    /// Whether the name was paid before, under another account.
    pub name_is_known: bool,
}

impl Strangers {
    fn add(&mut self, one: StrangePayee) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(one);
        }
    }
}

impl Spending for SqliteJournal {
    fn strange_payees(&self, batch: &Batch, by_account: bool) -> Result<StrangePayees, JournalError> {
        let of_account = "(NOT ?3 OR k.account = h.account)";
        let (creditor, name) = (creditor(), name());
        let sql = format!(
            "SELECT h.seq, h.shown_name, h.shown_account,
               EXISTS (SELECT 1 FROM payee k WHERE k.party = ?2 AND k.creditor = h.creditor AND {of_account}),
               EXISTS (SELECT 1 FROM payee k WHERE k.party = ?2 AND k.name = h.name AND {of_account})
             FROM (SELECT min(p.seq) AS seq, {creditor} AS creditor, {name} AS name, coalesce(p.account, '') AS account,
                     coalesce(p.creditor_name, '') AS shown_name, coalesce(p.creditor_account, '')
                       || CASE WHEN p.payee_bank IS NULL THEN '' ELSE ' @ ' || p.creditor_agent END AS shown_account
                   FROM payment p WHERE p.batch = ?1 GROUP BY 2, 3, 4) h
             WHERE NOT EXISTS (SELECT 1 FROM payee k WHERE k.party = ?2 AND k.creditor = h.creditor AND k.name = h.name
                               AND {of_account})"
        );
        let mut found = StrangePayees::default();
        let mut look = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![batch.id, batch.party, by_account])?;
            while let Some(row) = rows.next()? {
                let (account_is_known, name_is_known): (bool, bool) = (row.get(3)?, row.get(4)?);
                let seq = row.get::<_, i64>(0)?.unsigned_abs();
                let one = StrangePayee { seq, name: row.get(1)?, account: row.get(2)?, name_is_known };
                match account_is_known || name_is_known {
                    true => found.changed.add(one),
                    false => found.new.add(one),
                }
            }
            Ok(())
        };
        look().map_err(|e| self.storage(e))?;
        Ok(found)
    }

    fn spent(&self, batch: &Batch, of: &SpendingOf<'_>, each: &mut dyn FnMut(Spent)) -> Result<(), JournalError> {
        let (party, whose) = if of.of_bank { ("b.bank", &batch.bank) } else { ("b.party", &batch.party) };
        let key = match of.by {
            SpentBy::Party => party.to_string(),
            SpentBy::Account => "coalesce(p.account, '')".to_string(),
            SpentBy::Payee => account(),
        };
        let sql = format!(
            "SELECT {key} AS key, p.amount, p.batch = ?1 FROM batch b JOIN inbound i ON i.id = b.inbound
             CROSS JOIN payment p ON p.batch = b.id
             WHERE {party} = ?2 AND b.rowid <= (SELECT rowid FROM batch WHERE id = ?1) AND p.currency = ?3
             AND (b.id = ?1 OR i.came_at >= ?4 AND b.collects = 0 AND b.state NOT IN ('refused', 'cancelled')
               AND coalesce(p.state, '') NOT IN ('rejected', 'returned', 'refused', 'cancelled')
               AND NOT EXISTS (SELECT 1 FROM carried c JOIN outbound o ON o.id = c.outbound WHERE c.batch = p.batch
                 AND p.seq BETWEEN c.first AND c.last AND o.state = 'cancelled'))
             ORDER BY key"
        );
        let values: &[&dyn ToSql] = &[&batch.id, whose, &of.currency.as_str(), &of.since];
        let look = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            let mut open: Option<Spent> = None;
            while let Some(row) = rows.next()? {
                let key = row.get_ref(0)?.as_str()?;
                if open.as_ref().is_some_and(|open| open.of != key) {
                    open.take().filter(|done| done.now_count > 0).into_iter().for_each(&mut *each);
                }
                add(open.get_or_insert_with(|| Spent::nothing(key)), row)?;
            }
            open.filter(|done| done.now_count > 0).into_iter().for_each(each);
            Ok(())
        };
        look().map_err(|e| self.storage(e))
    }
}

impl Spent {
    fn nothing(of: &str) -> Spent {
        Spent { of: of.to_string(), used: Amount::ZERO, used_count: 0, now: Amount::ZERO, now_count: 0 }
    }
}

/// Adds a payment; a sum beyond all that money can be stays at the most, which is over any limit.
fn add(spent: &mut Spent, row: &Row<'_>) -> rusqlite::Result<()> {
    let amount = super::rows::amount(row, 1)?;
    let (sum, count) = match row.get::<_, bool>(2)? {
        true => (&mut spent.now, &mut spent.now_count),
        false => (&mut spent.used, &mut spent.used_count),
    };
    (*sum, *count) = (sum.saturating_add(amount), *count + 1);
    Ok(())
}

/// The bank that goes with a payee's account as it is compared; `None` for an IBAN, which names its bank by itself.
pub fn payee_bank(account: Option<&str>, agent: Option<&str>) -> Option<String> {
    if account.and_then(Account::parse).is_some_and(|account| account.iban().is_some()) {
        return None;
    }
    let agent: String = agent?.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    let bank = Bic::parse(&agent).map(|bic| bic.without_head_office().to_string()).unwrap_or(agent);
    (!bank.is_empty()).then_some(bank)
}

/// Keeps who is paid by an outbound file that its bank has now.
pub(super) fn remember_payees(db: &Connection, outbound: &str) -> rusqlite::Result<()> {
    let (creditor, name) = (creditor(), name());
    let sql = format!(
        "INSERT OR IGNORE INTO payee (party, creditor, name, account)
         SELECT DISTINCT b.party, {creditor}, {name}, coalesce(p.account, '')
         FROM outbound o JOIN carried c ON c.outbound = o.id JOIN batch b ON b.id = c.batch
         JOIN payment p ON p.batch = c.batch AND p.seq BETWEEN c.first AND c.last
         WHERE o.id = ?1 AND o.purpose = 'payments' AND b.collects = 0"
    );
    db.prepare_cached(&sql)?.execute([outbound]).map(drop)
}
