//! Statements: what the bank booked on one account since the statement before.

use std::collections::BTreeMap;
use std::fs::File;

use jiff::civil::Date;

use super::books::{Balance, Booking, Books};
use super::error::BankError;
use super::settings::Settings;
use super::tongue::Tongue;
use crate::document::{
    self, Account, Amount, Currency, Entry, EntryCode, EntryDetail, Indicator, Moment, Part, Statement,
    StatementAccount, StatementEnd, StatementKind,
};

/// What one account's statement adds up to.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub opening: Balance,
    pub closing: Balance,
    entries: u64,
    credit: Amount,
    debit: Amount,
    /// Entries that come back on the next statement.
    pub returns: u64,
}

impl Sums {
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }
}

/// Adds up what the next statements hold, for every account that moved.
pub(super) fn add_up(settings: &Settings, books: &Books) -> Result<BTreeMap<String, Sums>, BankError> {
    let mut all: BTreeMap<String, Sums> = BTreeMap::new();
    each_entry(books, &mut |booking, indicator| {
        let sums = all.entry(booking.account.clone()).or_insert_with(|| {
            let known = books.memory.stated.get(&booking.account).cloned();
            let opening = known.unwrap_or_else(|| Balance::opened(booking.currency, settings.rules.open_accounts_with));
            let closing = Balance { number: opening.number + 1, ..opening.clone() };
            Sums { opening, closing, entries: 0, credit: Amount::ZERO, debit: Amount::ZERO, returns: 0 }
        });
        sums.entries += 1;
        sums.returns += u64::from(booking.returned.is_some() && indicator == booking.indicator);
        sums.closing.book(booking.amount, indicator);
        let side = if indicator == Indicator::Credit { &mut sums.credit } else { &mut sums.debit };
        *side = side.checked_add(booking.amount).unwrap_or(*side);
        Ok(())
    })?;
    Ok(all)
}

/// Hands over what the next statements book: everything accepted since the latest ones, and what
/// those booked that now comes back.
fn each_entry(
    books: &Books,
    take: &mut dyn FnMut(&Booking, Indicator) -> Result<(), BankError>,
) -> Result<(), BankError> {
    let memory = &books.memory;
    books.each_booking(memory.before, memory.covered, &mut |booking| match booking.returned {
        Some(_) => take(&booking, booking.indicator.reversed()),
        None => Ok(()),
    })?;
    let covered = memory.covered;
    books.each_booking(covered, u64::MAX, &mut |booking| take(&booking, booking.indicator))
}

/// One statement to be written.
pub(super) struct Sheet<'a> {
    pub settings: &'a Settings,
    pub tongue: &'a Tongue,
    pub books: &'a Books,
    pub account: &'a str,
    pub day: Date,
    pub created: Moment,
    pub sums: &'a Sums,
}

impl Sheet<'_> {
    /// Its message id and statement id.
    pub(super) fn id(&self) -> String {
        format!("STMT-{}-{}", self.books.memory.runs + 1, self.sums.closing.number)
    }

    /// Writes the statement into `output`.
    pub(super) fn write(&self, output: File) -> Result<(), BankError> {
        let mut writer = self.tongue.statement(output)?;
        writer.write_part(&Part::Statement(Box::new(self.head())))?;
        let mut seq = 0;
        each_entry(self.books, &mut |booking, indicator| {
            if booking.account == self.account {
                seq += 1;
                let entry = self.entry(seq, booking, indicator);
                writer.write_part(&Part::Entry(Box::new(entry)))?;
            }
            Ok(())
        })?;
        writer.write_part(&Part::StatementEnd(Box::new(self.end())))?;
        Ok(writer.finish()?)
    }

    fn head(&self) -> Statement {
        let account = Account::parse(self.account);
        let balance = &self.sums.closing;
        Statement {
            kind: StatementKind::Statement,
            format: self.settings.statement_format.clone(),
            id: Some(self.id()),
            number: Some(balance.number.to_string()),
            created: Some(self.created),
            from_date: Some(self.day),
            to_date: Some(self.day),
            account: StatementAccount {
                id: Some(self.account.to_string()),
                iban: account.as_ref().and_then(Account::iban).map(ToString::to_string),
                currency: Some(balance.currency),
                owner: balance.owner.clone(),
                agent: Some(self.settings.bic.clone()).filter(|bic| !bic.is_empty()),
                kind: None,
            },
            message_id: Some(self.id()),
            ..Statement::default()
        }
    }

    fn entry(&self, seq: u64, booking: &Booking, indicator: Indicator) -> Entry {
        let comes_back = indicator != booking.indicator;
        let mut entry = Entry::new(seq, booking.amount, booking.currency, indicator);
        entry.status = Some("BOOK".to_string());
        entry.booking_date = Some(self.day);
        entry.value_date = Some(self.day);
        entry.reference = booking.batch_count.and(booking.group_id.clone());
        let run = self.books.memory.runs + 1;
        let short = self.tongue.has_own_statement();
        entry.bank_reference = Some(if short { format!("{run:02}{seq:06}") } else { format!("PB{run:06}{seq:08}") });
        entry.code = code(booking.indicator, comes_back);
        entry.batch_count = booking.batch_count;
        entry.details = vec![EntryDetail {
            end_to_end_id: booking.end_to_end_id.clone(),
            instruction_id: booking.instruction_id.clone(),
            message_id: booking.message_id.clone(),
            payment_information_id: booking.group_id.clone(),
            amount: Some(booking.amount),
            currency: Some(booking.currency),
            indicator: Some(indicator),
            counterparty: booking.counterparty.clone(),
            remittance: booking.remittance.clone(),
            return_reason: booking.returned.clone().filter(|_| comes_back),
            ..EntryDetail::default()
        }];
        entry
    }

    fn end(&self) -> StatementEnd {
        let Sums { opening, closing, entries, credit, debit, .. } = self.sums;
        let balance = |kind: &str, balance: &Balance| self.balance(kind, balance.amount, balance.currency);
        StatementEnd {
            entries: *entries,
            credit_sum: *credit,
            debit_sum: *debit,
            balances: vec![balance("OPBD", opening), balance("CLBD", closing)],
            ..StatementEnd::default()
        }
    }

    fn balance(&self, kind: &str, amount: Amount, currency: Currency) -> document::Balance {
        let indicator = if amount.is_sign_negative() { Indicator::Debit } else { Indicator::Credit };
        document::Balance {
            kind: kind.to_string(),
            amount: amount.abs(),
            currency: Some(currency),
            indicator: Some(indicator),
            date: Some(self.day),
            ..document::Balance::default()
        }
    }
}

/// ISO 20022 bank transaction code: credit transfers issued, direct debits issued, and their returns.
fn code(booked: Indicator, comes_back: bool) -> EntryCode {
    let (family, sub_family) = match (booked, comes_back) {
        (Indicator::Debit, false) => ("ICDT", "ESCT"),
        (Indicator::Debit, true) => ("ICDT", "RRTN"),
        (Indicator::Credit, false) => ("IDDT", "ESDD"),
        (Indicator::Credit, true) => ("IDDT", "UPDD"),
    };
    EntryCode {
        domain: Some("PMNT".to_string()),
        family: Some(family.to_string()),
        sub_family: Some(sub_family.to_string()),
        proprietary: None,
    }
}
