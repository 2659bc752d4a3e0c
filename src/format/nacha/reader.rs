//! Reads NACHA files.

use std::collections::{BTreeMap, VecDeque};
use std::io::BufRead;

use super::layout::{Field, addenda, batch_control, batch_header, entry, file_control, file_header};
use super::records::{Record, Records};
use super::{returns, rules};
use crate::document::{
    Account, Amount, Counterparty, Currency, Group, Indicator, Method, Moment, Part, Party, Payment, PaymentStatus,
    Payments, PaymentsEnd,
};
use crate::finding::{Finding, Place};
use crate::format::notes::Notes;
use crate::format::swift::values;
use crate::format::{ReadError, ReadOptions, Reader, truncated};
use crate::text;

/// Reads a NACHA file as one payments document, a group per batch.
///
/// Counts, sums and hash totals of batches and file must be right. Returns and notifications of
/// change come as payments that carry `x_return_code` or `x_change_code`, as the file holds them, and once more
/// in a status report behind the payments: what they say of the entries that they are about.
pub struct NachaReader<R> {
    records: Records<R>,
    notes: Notes,
    stage: Stage,
    batch: Batch,
    batch_totals: Totals,
    file_totals: Totals,
    batches: u64,
    payment: Option<Box<Payment>>,
    addenda_wanted: bool,
    addenda_seen: u64,
    count: u64,
    cents: i128,
    statuses: Vec<PaymentStatus>,
    out: VecDeque<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    File,
    Batch,
    Closed,
    Done,
}

/// What the batch header says.
#[derive(Debug, Default)]
struct Batch {
    class: String,
    service: String,
    odfi: String,
    number: u64,
    description: Option<String>,
}

impl Batch {
    fn is_adv(&self) -> bool {
        self.class == "ADV"
    }
}

/// Counts and sums, of a batch or of the file.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    records: u64,
    hash: u64,
    debit: u64,
    credit: u64,
}

impl<R: BufRead> NachaReader<R> {
    /// Payments in `input`.
    pub fn new(input: R, options: &ReadOptions) -> NachaReader<R> {
        NachaReader {
            records: Records::new(input),
            notes: Notes::new(&options.levels),
            stage: Stage::Start,
            batch: Batch::default(),
            batch_totals: Totals::default(),
            file_totals: Totals::default(),
            batches: 0,
            payment: None,
            addenda_wanted: false,
            addenda_seen: 0,
            count: 0,
            cents: 0,
            statuses: Vec::new(),
            out: VecDeque::new(),
        }
    }

    fn note(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.notes.push(finding));
    }

    fn take(&mut self, record: &Record) -> Result<(), ReadError> {
        match (record.kind(), self.stage) {
            (b'1', Stage::Start) => self.file_header(record),
            (b'5', Stage::File) => self.batch_header(record)?,
            (b'6', Stage::Batch) => self.entry(record)?,
            (b'7', Stage::Batch) if self.payment.is_some() => self.addenda(record)?,
            (b'8', Stage::Batch) => self.batch_control(record)?,
            (b'9', Stage::File) if !record.is_filler() => self.file_control(record)?,
            (b'9', Stage::Closed) if record.is_filler() => {}
            (kind, _) => {
                let kind = char::from(kind);
                let message = text!("a record `{kind}` may not come here", "此处不应出现记录 `{kind}`");
                return Err(ReadError::refused("record-order", Place::line(record.line), message));
            }
        }
        Ok(())
    }

    fn file_header(&mut self, record: &Record) {
        self.note(rules::file(record));
        let (date, time) = (record.raw(file_header::DATE), record.raw(file_header::TIME));
        let clock = |range: std::ops::Range<usize>| time.get(range).and_then(|t| t.parse::<i8>().ok());
        let created = values::date(date).zip(clock(0..2).zip(clock(2..4))).and_then(|(date, (hour, minute))| {
            let local = date.at(0, 0, 0, 0).with().hour(hour).minute(minute).build().ok()?;
            Some(Moment { local, offset_seconds: None })
        });
        let modifier = record.raw(file_header::MODIFIER);
        self.out.push_back(Part::Payments(Box::new(Payments {
            format: "nacha".to_string(),
            message_id: Some(format!("{date}{time}{modifier}").replace(' ', "")),
            created,
            initiating_party: record.text(file_header::ORIGIN_NAME),
            initiating_party_id: record.text(file_header::ORIGIN),
            ..Payments::default()
        })));
        self.stage = Stage::File;
    }

    fn batch_header(&mut self, record: &Record) -> Result<(), ReadError> {
        self.note(rules::batch(record));
        self.batch = Batch {
            // Small letters are said, and mean the same.
            class: record.raw(batch_header::CLASS).to_ascii_uppercase(),
            service: record.raw(batch_header::SERVICE).to_string(),
            odfi: record.raw(batch_header::ODFI).to_string(),
            number: record.number(batch_header::NUMBER)?,
            description: record.text(batch_header::DESCRIPTION),
        };
        self.batch_totals = Totals::default();
        self.batches += 1;
        let international = self.batch.class == "IAT";
        let id = if international { batch_header::IAT_ORIGINATOR } else { batch_header::COMPANY_ID };
        let name = if international { None } else { record.text(batch_header::COMPANY) };
        let debit = self.batch.service == "225";
        self.out.push_back(Part::Group(Box::new(Group {
            id: Some(self.batch.number.to_string()),
            method: if debit { Method::DirectDebit } else { Method::Transfer },
            execution_date: values::date(record.raw(batch_header::EFFECTIVE)),
            party: Party { name, id: record.text(id), ..Party::default() },
            agent: Some(self.batch.odfi.clone()),
            local_instrument: Some(self.batch.class.clone()),
            ..Group::default()
        })));
        self.stage = Stage::Batch;
        Ok(())
    }

    fn entry(&mut self, record: &Record) -> Result<(), ReadError> {
        self.flush(record.line);
        self.note(rules::of_entry(record, &self.batch.class, &self.batch.odfi));
        let adv = self.batch.is_adv();
        let cents = record.number(if adv { entry::ADV_AMOUNT } else { entry::AMOUNT })?;
        let side = rules::direction(record.raw(entry::CODE)).unwrap_or(Indicator::Credit);
        self.batch_totals.records += 1;
        self.batch_totals.hash += record.number(entry::RDFI)?;
        match side {
            Indicator::Credit => self.batch_totals.credit = self.batch_totals.credit.saturating_add(cents),
            Indicator::Debit => self.batch_totals.debit = self.batch_totals.debit.saturating_add(cents),
        }
        self.count += 1;
        self.cents += i128::from(cents);
        let mut payment = Payment::new(self.count, dollars(i128::from(cents)), Currency::USD, side);
        payment.place = Place::line(record.line);
        payment.instruction_id = record.text(entry::TRACE).filter(|_| !adv);
        payment.counterparty = Counterparty {
            name: record.text(match self.batch.class.as_str() {
                "ADV" => entry::ADV_NAME,
                "CTX" => entry::CTX_NAME,
                _ => entry::NAME,
            }),
            account: Account::parse(record.raw(if adv { entry::ADV_ACCOUNT } else { entry::ACCOUNT })),
            agent: Some(format!("{}{}", record.raw(entry::RDFI), record.raw(entry::CHECK_DIGIT))),
            ..Counterparty::default()
        };
        payment.end_to_end_id = record.text(entry::IDENTIFICATION).filter(|_| !adv);
        if self.batch.class == "IAT" {
            payment.counterparty.name = None;
            payment.counterparty.account = Account::parse(record.raw(entry::IAT_ACCOUNT));
            payment.end_to_end_id = None;
        }
        payment.extra.insert("x_transaction_code".to_string(), record.raw(entry::CODE).to_string());
        if let Some(description) = &self.batch.description {
            payment.extra.insert("x_entry_description".to_string(), description.clone());
        }
        self.addenda_wanted = record.raw(entry::ADDENDA) == "1";
        self.addenda_seen = 0;
        self.payment = Some(Box::new(payment));
        Ok(())
    }

    fn addenda(&mut self, record: &Record) -> Result<(), ReadError> {
        self.batch_totals.records += 1;
        self.addenda_seen += 1;
        self.note(rules::of_addenda(record));
        let Some(payment) = &mut self.payment else { return Ok(()) };
        self.statuses.extend(returns::status(payment, record));
        if self.statuses.len() > returns::MOST {
            let message = text!("the file holds too many returns", "文件中的退回过多");
            return Err(ReadError::refused("too-many", Place::line(record.line), message));
        }
        let mut keep = |name: &str, field: Field| {
            if let Some(value) = record.text(field) {
                payment.extra.insert(name.to_string(), value);
            }
        };
        match record.raw(addenda::TYPE) {
            "99" => {
                keep("x_return_code", addenda::RETURN_CODE);
                keep("x_original_trace_number", addenda::ORIGINAL_TRACE);
            }
            "98" => {
                keep("x_change_code", addenda::CHANGE_CODE);
                keep("x_original_trace_number", addenda::ORIGINAL_TRACE);
                keep("x_corrected_data", addenda::CORRECTED);
            }
            // An invoice list may have thousands of addenda; one entry is held at a time.
            "05" | "17" if payment.remittance.len() < MOST_ADDENDA => {
                payment.remittance.extend(record.text(addenda::INFORMATION));
            }
            "10" => payment.counterparty.name = record.text(addenda::IAT_NAME),
            _ => {}
        }
        Ok(())
    }

    /// Gives out the entry before `line`, with its addenda.
    fn flush(&mut self, line: u64) {
        let Some(payment) = self.payment.take() else { return };
        if self.addenda_wanted != (self.addenda_seen > 0) {
            let seen = self.addenda_seen;
            let message = text!(
                "the addenda record indicator of the entry does not fit: {seen} addenda follow",
                "明细的附加记录标志与实际不符：后面有 {seen} 条附加记录"
            );
            let place = Place { line: payment.place.line.or(Some(line)), ..Place::default() };
            self.notes.push(Finding::error("addenda", place.field(entry::ADDENDA.name), message));
        }
        self.out.push_back(Part::Payment(payment));
    }

    fn batch_control(&mut self, record: &Record) -> Result<(), ReadError> {
        self.flush(record.line);
        let totals = self.batch_totals;
        let adv = self.batch.is_adv();
        let (debit, credit) = match adv {
            true => (batch_control::ADV_DEBIT, batch_control::ADV_CREDIT),
            false => (batch_control::DEBIT, batch_control::CREDIT),
        };
        self.control(record, batch_control::COUNT, totals.records)?;
        self.control(record, batch_control::HASH, totals.hash % HASH_LIMIT)?;
        self.control(record, debit, totals.debit)?;
        self.control(record, credit, totals.credit)?;
        self.control(record, batch_control::NUMBER, self.batch.number)?;
        for (field, want) in
            [(batch_control::SERVICE, self.batch.service.clone()), (batch_control::ODFI, self.batch.odfi.clone())]
        {
            let (name, got) = (field.name, record.raw(field));
            if got != want {
                let message =
                    text!("{name} is `{got}`, the batch header has `{want}`", "{name} 为 `{got}`，批次头为 `{want}`");
                self.notes.push(Finding::error("batch-control", record.place(field), message));
            }
        }
        let file = &mut self.file_totals;
        file.records += totals.records;
        file.hash += totals.hash % HASH_LIMIT;
        file.debit = file.debit.saturating_add(totals.debit);
        file.credit = file.credit.saturating_add(totals.credit);
        self.stage = Stage::File;
        Ok(())
    }

    fn file_control(&mut self, record: &Record) -> Result<(), ReadError> {
        let totals = self.file_totals;
        let (debit, credit) = match self.batch.is_adv() {
            true => (file_control::ADV_DEBIT, file_control::ADV_CREDIT),
            false => (file_control::DEBIT, file_control::CREDIT),
        };
        self.control(record, file_control::BATCHES, self.batches)?;
        self.control(record, file_control::COUNT, totals.records)?;
        self.control(record, file_control::HASH, totals.hash % HASH_LIMIT)?;
        self.control(record, debit, totals.debit)?;
        self.control(record, credit, totals.credit)?;
        let blocks = record.line.div_ceil(10);
        if record.number(file_control::BLOCKS)? != blocks {
            let message =
                text!("the file has {blocks} blocks of ten records", "文件应有 {blocks} 个块（每块十条记录）");
            self.notes.push(Finding::warning("block-count", record.place(file_control::BLOCKS), message));
        }
        let sums = BTreeMap::from([(Currency::USD, dollars(self.cents))]);
        let end = PaymentsEnd { count: self.count, sums, findings: self.notes.take() };
        self.out.push_back(Part::PaymentsEnd(Box::new(end)));
        self.out.extend(returns::report(std::mem::take(&mut self.statuses)));
        self.stage = Stage::Closed;
        Ok(())
    }

    /// Compares a control field with what was counted.
    fn control(&mut self, record: &Record, field: Field, counted: u64) -> Result<(), ReadError> {
        let said = record.number(field)?;
        if said != counted {
            let name = field.name;
            let message =
                text!("{name} says {said}, the records make {counted}", "{name} 为 {said}，按明细应为 {counted}");
            self.notes.push(Finding::error("control-total", record.place(field), message));
        }
        Ok(())
    }
}

/// The hash total keeps its last ten digits.
pub(super) const HASH_LIMIT: u64 = 10_000_000_000;
/// The most addenda that one entry may have (CTX).
pub(super) const MOST_ADDENDA: usize = 9_999;

impl<R: BufRead> Reader for NachaReader<R> {
    fn format(&self) -> &str {
        "nacha"
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if self.out.front().is_some_and(|part| part.end_findings().is_none()) {
                return Ok(self.out.pop_front());
            }
            if self.stage == Stage::Done {
                return Ok(self.out.pop_front());
            }
            match self.records.advance()? {
                Some(record) => self.take(&record)?,
                // The end of the document is held back until nothing follows the file control.
                None if self.stage == Stage::Closed => self.stage = Stage::Done,
                None => return Err(truncated(Place::line(self.records.number()))),
            }
        }
    }
}

/// An amount of cents; twelve digits times any number of records fit a decimal.
fn dollars(cents: i128) -> Amount {
    Amount::try_from_i128_with_scale(cents, 2).unwrap_or(Amount::MAX)
}
