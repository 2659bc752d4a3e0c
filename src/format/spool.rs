//! Payments as bytes, for a scratch file of our own: written and read within one run, never kept.
//!
//! A record is the fields in the order of the struct; a text is its length and its bytes. The
//! writing side takes the structs apart by name, so that a new field cannot be forgotten.

use crate::document::{Account, Address, Amount, Counterparty, Currency, Date, Indicator, Payment};
use crate::finding::Place;

/// Appends `payment` to `out`, all but its place's path and field.
pub(super) fn put(out: &mut Vec<u8>, payment: &Payment) {
    let Payment {
        seq,
        end_to_end_id,
        instruction_id,
        amount,
        currency,
        indicator,
        counterparty,
        remittance,
        structured_reference,
        purpose,
        category_purpose,
        charge_bearer,
        urgent,
        mandate_id,
        mandate_date,
        extra,
        place,
    } = payment;
    number(out, *seq);
    number(out, place.line.unwrap_or_default());
    number(out, place.column.unwrap_or_default());
    out.extend_from_slice(&amount.serialize());
    out.extend_from_slice(currency.as_str().as_bytes());
    out.push(u8::from(*indicator == Indicator::Debit));
    out.push(urgent.map_or(0, |urgent| 1 + u8::from(urgent)));
    number(out, mandate_date.map_or(0, day_number));
    for field in
        [end_to_end_id, instruction_id, structured_reference, purpose, category_purpose, charge_bearer, mandate_id]
    {
        option(out, field.as_deref());
    }
    party(out, counterparty);
    list(out, remittance);
    number(out, extra.len() as u64);
    for (name, value) in extra {
        text(out, name);
        text(out, value);
    }
}

fn party(out: &mut Vec<u8>, party: &Counterparty) {
    let Counterparty { name, account, agent, agent_name, id, address } = party;
    for field in [name, agent, agent_name, id] {
        option(out, field.as_deref());
    }
    let Address { street, building, post_code, town, state, country, lines } = address;
    for field in [street, building, post_code, town, state, country] {
        option(out, field.as_deref());
    }
    list(out, lines);
    option(out, account.as_ref().map(Account::as_str));
}

/// A number of seven bits a byte, the last without its high bit (LEB128).
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(out: &mut Vec<u8>, value: &str) {
    number(out, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

fn option(out: &mut Vec<u8>, value: Option<&str>) {
    number(out, value.map_or(0, |value| value.len() as u64 + 1));
    out.extend_from_slice(value.unwrap_or_default().as_bytes());
}

fn list(out: &mut Vec<u8>, values: &[String]) {
    number(out, values.len() as u64);
    values.iter().for_each(|value| text(out, value));
}

/// A date as a number above 0: years, months and days as decimal digits.
fn day_number(date: Date) -> u64 {
    u64::from(date.year().unsigned_abs()) * 10_000
        + u64::from(date.month().unsigned_abs()) * 100
        + u64::from(date.day().unsigned_abs())
}

/// Takes records apart again. `None` anywhere means that the bytes are not what we wrote.
pub(super) struct Take<'a> {
    rest: &'a [u8],
}

impl<'a> Take<'a> {
    /// The records in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Take<'a> {
        Take { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next payment.
    pub fn payment(&mut self) -> Option<Payment> {
        let seq = self.number()?;
        let (line, column) = (self.number()?, self.number()?);
        let amount = Amount::deserialize(self.bytes(16)?.try_into().ok()?);
        let currency = Currency::parse(std::str::from_utf8(self.bytes(3)?).ok()?)?;
        let indicator = if self.bytes(1)?[0] == 1 { Indicator::Debit } else { Indicator::Credit };
        let mut payment = Payment::new(seq, amount, currency, indicator);
        payment.place =
            Place { line: (line > 0).then_some(line), column: (column > 0).then_some(column), ..Place::default() };
        payment.urgent = [None, Some(false), Some(true)].get(usize::from(self.bytes(1)?[0])).copied()?;
        payment.mandate_date = self.date()?;
        payment.end_to_end_id = self.option()?;
        payment.instruction_id = self.option()?;
        payment.structured_reference = self.option()?;
        payment.purpose = self.option()?;
        payment.category_purpose = self.option()?;
        payment.charge_bearer = self.option()?;
        payment.mandate_id = self.option()?;
        payment.counterparty = self.party()?;
        payment.remittance = self.list()?;
        for _ in 0..self.number()? {
            let name = self.text()?;
            payment.extra.insert(name, self.text()?);
        }
        Some(payment)
    }

    fn party(&mut self) -> Option<Counterparty> {
        let mut party = Counterparty {
            name: self.option()?,
            agent: self.option()?,
            agent_name: self.option()?,
            id: self.option()?,
            ..Counterparty::default()
        };
        party.address = Address {
            street: self.option()?,
            building: self.option()?,
            post_code: self.option()?,
            town: self.option()?,
            state: self.option()?,
            country: self.option()?,
            lines: self.list()?,
        };
        party.account = self.option()?.and_then(|account| Account::parse(&account));
        Some(party)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(head)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.bytes(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        Some(std::str::from_utf8(self.bytes(length)?).ok()?.to_string())
    }

    fn option(&mut self) -> Option<Option<String>> {
        let Some(length) = self.number()?.checked_sub(1) else { return Some(None) };
        Some(Some(std::str::from_utf8(self.bytes(usize::try_from(length).ok()?)?).ok()?.to_string()))
    }

    fn list(&mut self) -> Option<Vec<String>> {
        let length = self.number()?;
        (0..length).map(|_| self.text()).collect()
    }

    fn date(&mut self) -> Option<Option<Date>> {
        let number = self.number()?;
        if number == 0 {
            return Some(None);
        }
        let part = |divisor: u64, modulus: u64| i16::try_from(number / divisor % modulus).ok();
        let (year, month, day) = (part(10_000, 10_000)?, part(100, 100)?, part(1, 100)?);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Some)
    }
}
