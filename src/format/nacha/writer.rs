//! Writes NACHA files: PPD, CCD and CTX, a batch per group, filled up to blocks of ten records.

use std::io::Write;

use super::layout::{Field, addenda, batch_control, batch_header, entry, file_control, file_header};
use super::reader::{HASH_LIMIT, MOST_ADDENDA};
use super::records::LENGTH;
use super::rules;
use crate::document::{Amount, Group, Indicator, Method, Moment, Part, Payment, Payments};
use crate::finding::{Finding, Place};
use crate::format::fold::fold;
use crate::format::held::Held;
use crate::format::letters::Letters;
use crate::format::order::Order;
use crate::format::{Charset, WriteError, WriteOptions, Writer};
use crate::text;

/// Records of a block.
const BLOCK: u64 = 10;
/// Characters of the text of an addenda record.
const ADDENDA_TEXT: usize = 80;

/// Writes payments in US dollars as a NACHA file.
pub struct NachaWriter {
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    letters: Letters,
    order: Order,
    head: Option<Box<Payments>>,
    batch: Option<Batch>,
    held: Held,
    records: u64,
    file: Totals,
    batches: u64,
}

/// The batch that is open.
struct Batch {
    group: Box<Group>,
    class: &'static str,
    odfi: String,
    number: u64,
    description: String,
    totals: Totals,
}

/// Counts and sums of a batch or of the file.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    /// Entries and addenda.
    records: u64,
    entries: u64,
    hash: u64,
    debit: u64,
    credit: u64,
}

impl NachaWriter {
    /// A writer to `output`.
    pub fn new(output: Box<dyn Write + Send>, options: &WriteOptions) -> NachaWriter {
        // The records are ASCII whatever a dialect says.
        let charset = if options.dialect.charset == Charset::Latin { Charset::Latin } else { Charset::Latin1 };
        NachaWriter {
            output,
            letters: Letters::new(charset, options.dialect.fold),
            held: Held::new(options.scratch.clone()),
            options: options.clone(),
            order: Order::default(),
            head: None,
            batch: None,
            records: 0,
            file: Totals::default(),
            batches: 0,
        }
    }

    fn begin(&mut self, head: &Payments) -> Result<(), WriteError> {
        if self.order.documents() > 1 {
            let message = text!("a NACHA file holds one document", "NACHA 文件只能包含一份单据");
            return Err(Finding::error("several-documents", Place::default(), message).into());
        }
        self.head = Some(Box::new(head.clone()));
        Ok(())
    }

    /// The file header, which names the bank of the first batch.
    fn file_header(&mut self, head: &Payments, group: &Group, odfi: &str) -> Result<(), WriteError> {
        let Some(created) = head.created.or(self.options.created) else {
            let message = text!("the file needs a creation time", "文件必须有创建时间");
            return Err(Finding::error("created-missing", Place::path("1"), message).into());
        };
        let mut record = Record::new('1');
        let modifier = self.modifier(head, created);
        record.put(file_header::PRIORITY, "01");
        record.put(file_header::DESTINATION, &format!(" {odfi}{}", rules::check_digit(odfi)));
        let ours = self.options.dialect.nacha.clone();
        let own = head.initiating_party_id.as_deref().or(ours.immediate_origin.as_deref());
        let origin = own.or(group.party.id.as_deref());
        let Some(origin) = origin else {
            return Err(missing(file_header::ORIGIN, ("the sender's id at the bank", "在银行的企业编号")));
        };
        record.right(file_header::ORIGIN, self.exact(origin, file_header::ORIGIN)?);
        record.put(file_header::DATE, &day(created));
        record.put(file_header::TIME, &format!("{:02}{:02}", created.local.hour(), created.local.minute()));
        record.put(file_header::MODIFIER, &modifier.to_string());
        record.put(file_header::RECORD_SIZE, "094");
        record.put(file_header::BLOCKING, "10");
        record.put(file_header::FORMAT, "1");
        if let Some(name) = &ours.destination_name {
            let name = self.name(name, file_header::DESTINATION_NAME)?;
            record.put(file_header::DESTINATION_NAME, &name);
        }
        let name = head.initiating_party.clone().or_else(|| self.options.initiating_party.clone());
        if let Some(name) = name.or_else(|| group.party.name.clone()) {
            let name = self.name(&name, file_header::ORIGIN_NAME)?;
            record.put(file_header::ORIGIN_NAME, &name);
        }
        self.write(&record)
    }

    /// The file id modifier: the message id's last letter where the id is one of NACHA's, else `A`.
    fn modifier(&mut self, head: &Payments, created: Moment) -> char {
        let stem = format!("{}{:02}{:02}", day(created), created.local.hour(), created.local.minute());
        let id = head.message_id.as_deref().or(self.options.message_id.as_deref());
        let Some(id) = id else { return 'A' };
        let own = id.strip_prefix(&stem).and_then(|rest| rest.chars().next().filter(|_| rest.len() == 1));
        let own = own.filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        own.unwrap_or_else(|| {
            let message =
                text!("a NACHA file has no field for the message id `{id}`", "NACHA 文件没有报文标识号 `{id}` 的字段");
            self.letters.note(Finding::info("not-carried", Place::path("1").field("message_id"), message));
            'A'
        })
    }

    fn group(&mut self, group: &Group) -> Result<(), WriteError> {
        self.close_batch()?;
        let class = class_of(group, self.options.dialect.local_instrument.as_deref())?;
        let agent = group.agent.as_deref().unwrap_or_default();
        let odfi = routing(agent).ok_or_else(|| {
            let message = text!("`{agent}` is not a routing number of the sending bank", "`{agent}` 不是付款行路由号");
            WriteError::from(Finding::error("check-digit", Place::path("5").field("debtor_agent"), message))
        })?;
        if let Some(head) = self.head.take() {
            self.file_header(&head, group, &odfi)?;
        }
        self.batches += 1;
        let number = group.id.as_deref().and_then(|id| id.parse().ok()).filter(|n| *n > 0 && *n < 10_000_000);
        let number = number.unwrap_or(self.batches);
        let purpose = group.category_purpose.as_deref();
        let usual = if purpose == Some("SALA") { "PAYROLL" } else { "PAYMENT" };
        let description = self.options.dialect.nacha.entry_description.as_deref().unwrap_or(usual).to_string();
        let totals = Totals::default();
        self.batch = Some(Batch { group: Box::new(group.clone()), class, odfi, number, description, totals });
        Ok(())
    }

    fn payment(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let Some(mut batch) = self.batch.take() else { return Ok(()) };
        let result = self.entry(payment, &mut batch);
        self.batch = Some(batch);
        result
    }

    /// The entry and its addenda.
    fn entry(&mut self, payment: &Payment, batch: &mut Batch) -> Result<(), WriteError> {
        let seq = payment.seq;
        let place = |field: Field| Place::path(format!("payment {seq}")).field(field.name);
        let cents = cents(payment).ok_or_else(|| {
            let (amount, currency) = (payment.amount, payment.currency);
            let message = text!(
                "{currency} {amount} is not an amount of a NACHA entry: dollars and cents, ten digits",
                "{currency} {amount} 不能写入 NACHA 明细：须为美元、两位小数、最多十位数字"
            );
            WriteError::from(Finding::error("amount", place(entry::AMOUNT), message))
        })?;
        let party = &payment.counterparty;
        let agent = party.agent.as_deref().unwrap_or_default();
        let Some(rdfi) = routing(agent) else {
            let message = text!("`{agent}` is not a routing number", "`{agent}` 不是有效路由号");
            return Err(Finding::error("check-digit", place(entry::RDFI), message).into());
        };
        let Some(account) = &party.account else { return Err(missing(entry::ACCOUNT, ("an account", "账号"))) };
        if let Some(description) = payment.extra.get("x_entry_description").filter(|_| batch.totals.entries == 0) {
            batch.description = description.clone();
        }
        let mut lines = Vec::new();
        for text in payment.structured_reference.iter().chain(&payment.remittance) {
            let text = self.words(text, addenda::INFORMATION)?;
            let chars: Vec<char> = text.chars().collect();
            lines.extend(chars.chunks(ADDENDA_TEXT).map(|piece| piece.iter().collect::<String>()));
        }
        let most = if batch.class == "CTX" { MOST_ADDENDA } else { 1 };
        if lines.len() > most {
            let (count, class) = (lines.len(), batch.class);
            let message = text!(
                "the remittance text takes {count} addenda of 80 characters, {class} takes {most}",
                "附言需要 {count} 条附加记录（每条 80 个字符），{class} 最多 {most} 条"
            );
            return Err(Finding::error("too-long", place(addenda::INFORMATION), message).into());
        }
        self.left_out(payment)?;
        let mut record = Record::new('6');
        record.put(entry::CODE, &transaction_code(payment));
        record.put(entry::RDFI, &rdfi);
        record.put(entry::CHECK_DIGIT, &rules::check_digit(&rdfi).to_string());
        record.put(entry::ACCOUNT, self.exact(account.as_str(), entry::ACCOUNT)?);
        record.digits(entry::AMOUNT, cents);
        if let Some(id) = payment.end_to_end_id.as_deref() {
            record.put(entry::IDENTIFICATION, self.exact(id, entry::IDENTIFICATION)?);
        }
        let field = if batch.class == "CTX" { entry::CTX_NAME } else { entry::NAME };
        let name = self.name(party.name.as_deref().unwrap_or_default(), field)?;
        record.put(field, &name);
        if batch.class == "CTX" {
            record.digits(entry::CTX_COUNT, lines.len() as u64);
        }
        record.put(entry::ADDENDA, if lines.is_empty() { "0" } else { "1" });
        batch.totals.entries += 1;
        let trace = trace(payment, batch);
        record.put(entry::TRACE, &trace);
        self.hold(&record)?;
        for (at, line) in lines.iter().enumerate() {
            let mut record = Record::new('7');
            record.put(addenda::TYPE, "05");
            record.put(addenda::INFORMATION, line);
            record.digits(addenda::SEQUENCE, at as u64 + 1);
            record.put(addenda::ENTRY, &trace[8..]);
            self.hold(&record)?;
        }
        let totals = &mut batch.totals;
        totals.records += 1 + lines.len() as u64;
        totals.hash += rdfi.parse::<u64>().unwrap_or_default();
        match payment.indicator {
            Indicator::Credit => totals.credit += cents,
            Indicator::Debit => totals.debit += cents,
        }
        Ok(())
    }

    /// Refuses what is no order, and says which columns of the source find no field.
    fn left_out(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let seq = payment.seq;
        let place = |name: &str| Place::path(format!("payment {seq}")).field(name);
        for name in payment.extra.keys() {
            match name.as_str() {
                "x_transaction_code" | "x_entry_description" => {}
                "x_return_code" | "x_change_code" => {
                    let message =
                        text!("a return or a notification of change is no order", "退回或变更通知不是付款指令");
                    return Err(Finding::error("kind", place(name), message).into());
                }
                _ => {
                    let message =
                        text!("a NACHA entry has no field for `{name}`", "NACHA 明细没有 `{name}` 对应的字段");
                    self.letters.note(Finding::info("not-carried", place(name), message));
                }
            }
        }
        Ok(())
    }

    /// The header of the batch, its entries, and its control.
    fn close_batch(&mut self) -> Result<(), WriteError> {
        let Some(batch) = self.batch.take() else { return Ok(()) };
        let totals = batch.totals;
        let service = match (totals.credit > 0, totals.debit > 0) {
            (true, true) => "200",
            (false, false) if batch.group.method == Method::DirectDebit => "225",
            (_, false) => "220",
            (false, true) => "225",
        };
        let group = &batch.group;
        let mut record = Record::new('5');
        record.put(batch_header::SERVICE, service);
        let name = group.party.name.as_deref();
        let Some(name) = name else {
            return Err(missing(batch_header::COMPANY, ("the company's name", "企业名称")));
        };
        let name = self.name(name, batch_header::COMPANY)?;
        record.put(batch_header::COMPANY, &name);
        let company = group.party.id.as_deref().or(self.options.dialect.nacha.company_id.as_deref());
        let id = self.exact(company.unwrap_or_default(), batch_header::COMPANY_ID)?.to_string();
        record.put(batch_header::COMPANY_ID, &id);
        record.put(batch_header::CLASS, batch.class);
        record.put(batch_header::DESCRIPTION, &self.name(&batch.description, batch_header::DESCRIPTION)?);
        let Some(date) = group.execution_date else {
            return Err(missing(batch_header::EFFECTIVE, ("an execution date", "执行日期")));
        };
        record.put(batch_header::EFFECTIVE, &day(Moment { local: date.at(0, 0, 0, 0), offset_seconds: None }));
        record.put(batch_header::STATUS, "1");
        record.put(batch_header::ODFI, &batch.odfi);
        record.digits(batch_header::NUMBER, batch.number);
        self.write(&record)?;
        self.held.give(&mut self.output)?;
        self.records += totals.records;
        let mut control = Record::new('8');
        control.put(batch_control::SERVICE, service);
        control.digits(batch_control::COUNT, totals.records);
        control.digits(batch_control::HASH, totals.hash % HASH_LIMIT);
        control.digits(batch_control::DEBIT, totals.debit);
        control.digits(batch_control::CREDIT, totals.credit);
        control.put(batch_control::COMPANY_ID, &id);
        control.put(batch_control::ODFI, &batch.odfi);
        control.digits(batch_control::NUMBER, batch.number);
        self.write(&control)?;
        let file = &mut self.file;
        file.records += totals.records;
        file.hash += totals.hash % HASH_LIMIT;
        file.debit += totals.debit;
        file.credit += totals.credit;
        Ok(())
    }

    /// The file control, and nines up to the end of the block.
    fn end(&mut self) -> Result<(), WriteError> {
        self.close_batch()?;
        if self.batches == 0 {
            let message = text!("a NACHA file needs a batch", "NACHA 文件至少需要一个批次");
            return Err(Finding::error("no-payments", Place::default(), message).into());
        }
        let blocks = (self.records + 1).div_ceil(BLOCK);
        let mut record = Record::new('9');
        record.digits(file_control::BATCHES, self.batches);
        record.digits(file_control::BLOCKS, blocks);
        record.digits(file_control::COUNT, self.file.records);
        record.digits(file_control::HASH, self.file.hash % HASH_LIMIT);
        record.digits(file_control::DEBIT, self.file.debit);
        record.digits(file_control::CREDIT, self.file.credit);
        self.write(&record)?;
        while self.records < blocks * BLOCK {
            self.write(&Record([b'9'; LENGTH]))?;
        }
        Ok(())
    }

    fn write(&mut self, record: &Record) -> Result<(), WriteError> {
        self.records += 1;
        self.output.write_all(&record.0)?;
        self.output.write_all(self.options.dialect.nacha.line_end.bytes())?;
        Ok(())
    }

    fn hold(&mut self, record: &Record) -> Result<(), WriteError> {
        let buffer = self.held.buffer();
        buffer.extend_from_slice(&record.0);
        buffer.extend_from_slice(self.options.dialect.nacha.line_end.bytes());
        self.held.settle()
    }

    /// An id or account: as it is, or refused.
    fn exact<'a>(&self, value: &'a str, field: Field) -> Result<&'a str, WriteError> {
        let place = || Place::default().field(field.name);
        let value = self.letters.id(value, field.to - field.from, place)?;
        if value.is_ascii() { Ok(value) } else { Err(not_ascii(value, field)) }
    }

    /// A name: folded to ASCII where that is allowed; one that does not fit is refused.
    fn name(&mut self, value: &str, field: Field) -> Result<String, WriteError> {
        let value = self.words(value, field)?;
        self.exact(&value, field).map(str::to_string)
    }

    fn words(&mut self, value: &str, field: Field) -> Result<String, WriteError> {
        let words = self.letters.words(value, || Place::default().field(field.name))?.into_owned();
        if words.is_ascii() {
            return Ok(words);
        }
        // Latin-1 is what the letters were asked for; the records are ASCII.
        let near = words.chars().try_fold(String::new(), |mut near, c| {
            match c.is_ascii() {
                true => near.push(c),
                false => near.push_str(fold(c)?),
            }
            Some(near)
        });
        let Some(near) = near.filter(|near| self.options.dialect.fold && near.is_ascii()) else {
            return Err(not_ascii(&words, field));
        };
        let message = text!("`{words}` is written as `{near}`", "`{words}` 写作 `{near}`");
        self.letters.note(Finding::warning("folded", Place::default().field(field.name), message));
        Ok(near)
    }
}

impl Writer for NachaWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        match part {
            Part::Payments(head) => self.begin(head),
            Part::Group(group) => self.group(group),
            Part::Payment(payment) => self.payment(payment),
            Part::PaymentsEnd(_) => self.end(),
            _ => {
                let message = text!("only payments can be written as a NACHA file", "NACHA 文件只能写付款");
                Err(Finding::error("kind", Place::default(), message).into())
            }
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() {
            return Err(crate::format::left_open().into());
        }
        self.output.flush()?;
        Ok(())
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.letters.take_findings()
    }
}

/// One record, blank at first.
struct Record([u8; LENGTH]);

impl Record {
    fn new(kind: char) -> Record {
        let mut record = Record([b' '; LENGTH]);
        record.0[0] = kind as u8;
        record
    }

    /// Puts ASCII text at the left of a field; what is longer than the field was refused before.
    fn put(&mut self, field: Field, text: &str) {
        for (place, byte) in self.0[field.from..field.to].iter_mut().zip(text.bytes()) {
            *place = byte;
        }
    }

    /// Puts ASCII text at the right of a field.
    fn right(&mut self, field: Field, text: &str) {
        let from = field.to - text.len().min(field.to - field.from);
        self.put(Field { from, ..field }, text);
    }

    /// Puts a number, filled with zeros; beyond its digits the rules keep the last ones.
    fn digits(&mut self, field: Field, number: u64) {
        let width = field.to - field.from;
        let text = format!("{number:0width$}");
        self.put(field, &text[text.len() - width..]);
    }
}

/// The standard entry class: what the group says, else the dialect, else payroll to persons and payments to companies.
fn class_of(group: &Group, usual: Option<&str>) -> Result<&'static str, WriteError> {
    match (group.local_instrument.as_deref().or(usual), group.category_purpose.as_deref()) {
        (Some("PPD"), _) | (None, Some("SALA" | "PENS")) => Ok("PPD"),
        (Some("CCD"), _) | (None, _) => Ok("CCD"),
        (Some("CTX"), _) => Ok("CTX"),
        (Some(other), _) => {
            let message = text!(
                "`{other}` is not an entry class that is written; PPD, CCD and CTX are",
                "不支持写出 `{other}` 类；支持 PPD、CCD 和 CTX"
            );
            Err(Finding::error("code", Place::path("5").field("local_instrument"), message).into())
        }
    }
}

/// The first eight digits of a routing number of eight or nine; `None` when its check digit is wrong.
fn routing(agent: &str) -> Option<String> {
    let digits = agent.bytes().all(|b| b.is_ascii_digit());
    match agent.len() {
        8 if digits => Some(agent.to_string()),
        9 if rules::is_routing_number(agent) => Some(agent[..8].to_string()),
        _ => None,
    }
}

/// Checking account, credit or debit; the code of the source where its direction is the same.
fn transaction_code(payment: &Payment) -> String {
    let own = payment.extra.get("x_transaction_code");
    let own = own.filter(|code| rules::direction(code) == Some(payment.indicator));
    let usual = if payment.indicator == Indicator::Credit { "22" } else { "27" };
    own.map_or(usual, String::as_str).to_string()
}

/// The trace number: the source's where it is one of this bank, else bank and running number.
fn trace(payment: &Payment, batch: &Batch) -> String {
    let own = payment.instruction_id.as_deref();
    let own = own.filter(|id| id.len() == 15 && id.bytes().all(|b| b.is_ascii_digit()) && id.starts_with(&batch.odfi));
    own.map_or_else(|| format!("{}{:07}", batch.odfi, batch.totals.entries % 10_000_000), str::to_string)
}

/// The amount in cents: US dollars, at most ten digits.
fn cents(payment: &Payment) -> Option<u64> {
    let scaled = payment.amount.checked_mul(Amount::ONE_HUNDRED)?.normalize();
    let cents = u64::try_from(scaled.mantissa()).ok().filter(|_| scaled.scale() == 0)?;
    (payment.currency.as_str() == "USD" && cents < 10_000_000_000).then_some(cents)
}

fn day(moment: Moment) -> String {
    let date = moment.local.date();
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}

fn missing(field: Field, what: (&str, &str)) -> WriteError {
    let ((en, zh), name) = (what, field.name);
    let message = text!("the {name} needs {en}", "{name} 必须有{zh}");
    Finding::error("field-missing", Place::default().field(name), message).into()
}

fn not_ascii(value: &str, field: Field) -> WriteError {
    let message = text!("`{value}` has characters that are not ASCII", "`{value}` 含非 ASCII 字符");
    let hint = text!("allow near letters with `fold = true`, or change the text", "可设置 `fold = true`，或修改文本");
    Finding::error("charset", Place::default().field(field.name), message).hint(hint).into()
}
