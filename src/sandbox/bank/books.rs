//! What the practice bank remembers: what it received, what it booked, what is on the accounts.
//!
//! ```text
//! state/taken/000001-PAY.xml.pgp   files as they arrived
//! state/received.jsonl             one line for each, appended when it is dealt with: the commitment
//! state/ledger.jsonl               bookings; a line counts when a line of received.jsonl covers it
//! state/memory.json                balances, statement numbers, how far statements have come
//! state/pending/…                  answers and statements whose time has not come
//! ```
//!
//! A crash between two of these leaves lines that nothing covers; the file is dealt with again.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::BankError;
use super::settings::Settings;
use crate::disk::{self, DiskError, Doing, Sha256Hash};
use crate::document::{Amount, Counterparty, Currency, Indicator};

/// One file that the bank received: a line of `received.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Which one, from 1.
    pub number: u64,
    /// Its name in the inbox.
    pub file: String,
    /// When it was dealt with.
    pub at: Timestamp,
    /// Hash of the file as it arrived, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_sha256: Option<Sha256Hash>,
    /// Hash of the plaintext, where it could be opened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256Hash>,
    /// Message id, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// Payments in it.
    pub count: u64,
    /// Their sums by currency.
    pub sums: BTreeMap<Currency, Amount>,
    /// Payments that were accepted.
    pub accepted: u64,
    /// What the bank answered: `ACCP`, `PART`, `RJCT` …; nothing where it could not answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// Why it was refused as a whole, or could not be opened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Its bookings: from and up to which byte of the ledger.
    pub ledger: [u64; 2],
}

impl Received {
    /// A file that was just taken: nothing of it is known.
    pub(super) fn new(number: u64, file: &str, at: Timestamp) -> Received {
        Received {
            number,
            file: file.to_string(),
            at,
            sealed_sha256: None,
            sha256: None,
            message_id: None,
            count: 0,
            sums: BTreeMap::new(),
            accepted: 0,
            status: None,
            why: None,
            ledger: [0, 0],
        }
    }
}

/// One booking: a line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Booking {
    pub account: String,
    pub amount: Amount,
    pub currency: Currency,
    pub indicator: Indicator,
    pub message_id: Option<String>,
    pub group_id: Option<String>,
    pub end_to_end_id: Option<String>,
    pub instruction_id: Option<String>,
    pub counterparty: Counterparty,
    pub remittance: Vec<String>,
    /// Payments in one sum, where the customer asked for batch booking.
    pub batch_count: Option<u64>,
    /// Given back on the statement after the one that books it, for this reason.
    pub returned: Option<String>,
}

impl Booking {
    /// The first payment of a batch booking: what belongs to one payment alone is left out.
    pub(super) fn of_batch(self) -> Booking {
        Booking {
            end_to_end_id: None,
            instruction_id: None,
            counterparty: Counterparty::default(),
            remittance: Vec::new(),
            batch_count: Some(1),
            ..self
        }
    }
}

/// What is on an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Balance {
    pub currency: Currency,
    pub amount: Amount,
    /// The number of its latest statement.
    pub number: u64,
    pub owner: Option<String>,
}

impl Balance {
    /// An account that the bank opens because somebody named it.
    pub(super) fn opened(currency: Currency, with: Option<Amount>) -> Balance {
        Balance { currency, amount: with.unwrap_or_default(), number: 0, owner: None }
    }

    /// Books an amount; beyond what an amount can hold, the balance stays.
    pub(super) fn book(&mut self, amount: Amount, indicator: Indicator) {
        let signed = if indicator == Indicator::Credit { amount } else { -amount };
        self.amount = self.amount.checked_add(signed).unwrap_or(self.amount);
    }
}

/// The small memory, replaced as a whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Balances as the latest statements told them.
    pub stated: BTreeMap<String, Balance>,
    /// Statement runs so far.
    pub runs: u64,
    /// Received files that the run before the latest covered.
    pub before: u64,
    /// Received files that the latest run covered.
    pub covered: u64,
    /// Day of the latest run.
    pub day: Option<Date>,
    /// When it was.
    pub at: Option<Timestamp>,
    /// Bookings of the latest run that come back on the next.
    pub returns: u64,
}

/// The bank's books, in its state folder.
#[derive(Debug)]
pub(super) struct Books {
    dir: PathBuf,
    pub received: Vec<Received>,
    pub message_ids: HashSet<String>,
    /// Balances after everything that was accepted.
    pub balances: BTreeMap<String, Balance>,
    pub memory: Memory,
}

const RECEIVED: &str = "received.jsonl";
const LEDGER: &str = "ledger.jsonl";
const MEMORY: &str = "memory.json";

impl Books {
    /// The books as the latest run of the bank left them, or new ones.
    pub(super) fn open(settings: &Settings) -> Result<Books, BankError> {
        let dir = settings.state.clone();
        for folder in [&dir, &dir.join("taken"), &dir.join("pending")] {
            disk::ensure_folder(folder, 0o700)?;
        }
        let mut memory = read_memory(&dir.join(MEMORY))?.unwrap_or_default();
        for account in &settings.accounts {
            let opened = Balance::opened(account.currency, Some(account.balance));
            let balance = Balance { owner: account.owner.clone(), ..opened };
            memory.stated.entry(account.id.as_str().to_string()).or_insert(balance);
        }
        let mut received: Vec<Received> = Vec::new();
        each_line(&dir.join(RECEIVED), 0, u64::MAX, &mut |r| {
            received.push(r);
            Ok(())
        })?;
        let message_ids = received.iter().filter_map(|r| r.message_id.clone()).collect();
        let mut books = Books { dir, received, message_ids, balances: BTreeMap::new(), memory };
        books.balances = books.balances_now(settings)?;
        Ok(books)
    }

    /// Balances after the latest statements and everything that was accepted since.
    fn balances_now(&self, settings: &Settings) -> Result<BTreeMap<String, Balance>, BankError> {
        let mut balances = self.memory.stated.clone();
        self.each_booking(self.memory.covered, u64::MAX, &mut |booking| {
            let opened = || Balance::opened(booking.currency, settings.rules.open_accounts_with);
            balances.entry(booking.account.clone()).or_insert_with(opened).book(booking.amount, booking.indicator);
            Ok(())
        })?;
        Ok(balances)
    }

    /// Counts the balances anew after statements were made.
    pub(super) fn settle_balances(&mut self, settings: &Settings) -> Result<(), BankError> {
        self.balances = self.balances_now(settings)?;
        Ok(())
    }

    /// The folder of files taken from the inbox.
    pub(super) fn taken(&self) -> PathBuf {
        self.dir.join("taken")
    }

    /// The folder of what waits for its time.
    pub(super) fn pending(&self) -> PathBuf {
        self.dir.join("pending")
    }

    /// The bank's own folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Appends bookings; they count once a received file covers the range that is returned.
    pub(super) fn append(&self, bookings: &[Booking]) -> Result<[u64; 2], DiskError> {
        let path = self.dir.join(LEDGER);
        let mut text = String::new();
        for booking in bookings {
            text.push_str(&line(booking, &path)?);
        }
        disk::append_lines(&self.dir, LEDGER, 0o600, &text)?;
        let end = std::fs::metadata(&path).map_err(|e| DiskError::io(Doing::Open, &path, e))?.len();
        Ok([end - text.len() as u64, end])
    }

    /// Where the ledger ends now.
    pub(super) fn ledger_end(&self) -> Result<u64, DiskError> {
        // Cuts off a torn line, so that the range begins where the next line will.
        Ok(self.append(&[])?[1])
    }

    /// States that a file was dealt with: from now on its bookings count.
    pub(super) fn commit(&mut self, received: Received, balances: BTreeMap<String, Balance>) -> Result<(), DiskError> {
        disk::append_lines(&self.dir, RECEIVED, 0o600, &line(&received, &self.dir.join(RECEIVED))?)?;
        self.message_ids.extend(received.message_id.clone());
        self.received.push(received);
        self.balances = balances;
        Ok(())
    }

    /// Hands over the bookings of the received files from index `from` up to `upto`, one by one.
    pub(super) fn each_booking(
        &self,
        from: u64,
        upto: u64,
        take: &mut dyn FnMut(Booking) -> Result<(), BankError>,
    ) -> Result<(), BankError> {
        let upto = upto.min(self.received.len() as u64);
        for received in self.received.iter().take(upto as usize).skip(from as usize) {
            let [start, end] = received.ledger;
            if start < end {
                each_line(&self.dir.join(LEDGER), start, end, take)?;
            }
        }
        Ok(())
    }

    /// Replaces the small memory.
    pub(super) fn remember(&mut self, memory: Memory) -> Result<(), DiskError> {
        let path = self.dir.join(MEMORY);
        let text = serde_json::to_vec_pretty(&memory).map_err(|e| DiskError::io(Doing::Write, path, e))?;
        disk::replace(&self.dir, MEMORY, &text)?;
        self.memory = memory;
        Ok(())
    }
}

fn line(value: &impl Serialize, path: &Path) -> Result<String, DiskError> {
    let text = serde_json::to_string(value).map_err(|e| DiskError::io(Doing::Write, path, e))?;
    Ok(text + "\n")
}

fn read_memory(path: &Path) -> Result<Option<Memory>, DiskError> {
    let file = match disk::open_plain(path, 64 << 20) {
        Err(e) if e.is_absent() => return Ok(None),
        file => file?,
    };
    serde_json::from_reader(BufReader::new(file)).map(Some).map_err(|e| DiskError::io(Doing::Read, path, e))
}

/// Hands over the whole lines of a file between two bytes; none when there is no file.
fn each_line<T: DeserializeOwned>(
    path: &Path,
    start: u64,
    end: u64,
    take: &mut dyn FnMut(T) -> Result<(), BankError>,
) -> Result<(), BankError> {
    let read = |e: io::Error| DiskError::io(Doing::Read, path, e);
    let mut file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(read)?,
    };
    file.seek(SeekFrom::Start(start)).map_err(read)?;
    let mut lines = BufReader::new(file.take(end.saturating_sub(start)));
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.read_until(b'\n', &mut line).map_err(read)?;
        if !line.ends_with(b"\n") {
            return Ok(());
        }
        take(serde_json::from_slice(&line).map_err(|e| DiskError::io(Doing::Read, path, e))?)?;
    }
}
