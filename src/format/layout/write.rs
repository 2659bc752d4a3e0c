//! Writes a file of a layout.

use std::io::{BufReader, Write};
use std::sync::Arc;

use super::announced::Announced;
use super::build::{Tally, mixed, word_of_status};
use super::declare::{RecordKind, TextEncoding};
use super::item::Carries;
use super::missed::Missed;
use super::pen::Pen;
use super::plan::{Plan, PlannedRecord};
use super::view::{Totals, View};
use crate::document::{
    Amount, Currency, Entry, Group, Indicator, Moment, Part, Payment, PaymentStatus, Payments, Statement, StatementEnd,
    StatusReport,
};
use crate::finding::{Finding, Place};
use crate::format::held::Held;
use crate::format::order::{Order, against_method};
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// Bytes gathered before they are handed on.
const GATHER: usize = 64 << 10;

/// Writes documents in the layout of a template.
pub struct LayoutWriter {
    plan: Arc<Plan>,
    pen: Pen,
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    order: Order,
    buffer: Vec<u8>,
    head: Head,
    only_currency: Option<Currency>,
    /// Whether the records before the details are written.
    begun: bool,
    totals: Totals,
    /// What became of the rows of a result file.
    tally: Tally,
    /// The currency of the amounts so far, where the file has one total for them, or one currency in its header.
    summed: Option<Currency>,
    missed: Missed,
    /// Entries that are not booked, where the file could not say so.
    announced: Announced,
    /// The first group, which headers show, where they are written behind the details.
    first_group: Option<Box<Group>>,
    /// Rows by their section, where sections decide the status; entries, until their statement's balances are known;
    /// payments, until what their header says of them is known.
    held: Vec<Held>,
}

/// The document that is being written.
#[derive(Default)]
struct Head {
    payments: Option<Box<Payments>>,
    group: Option<Box<Group>>,
    report: Option<Box<StatusReport>>,
    statement: Option<Box<Statement>>,
    end: Option<Box<StatementEnd>>,
}

impl Head {
    fn view<'a>(&'a self, plan: &'a Plan, totals: Totals, created: Option<Moment>) -> View<'a> {
        View {
            payments: self.payments.as_deref(),
            group: self.group.as_deref(),
            report: self.report.as_deref(),
            statement: self.statement.as_deref(),
            end: self.end.as_deref(),
            totals,
            own: Some(&plan.layout.own),
            extras: &plan.extras,
            created,
            ..View::default()
        }
    }
}

impl LayoutWriter {
    /// A writer to `output`.
    pub fn new(plan: Arc<Plan>, output: Box<dyn Write + Send>, options: &WriteOptions) -> LayoutWriter {
        let sections = plan.records.iter().filter(|record| record.kind == RecordKind::Section).count();
        let held = (0..sections.max(1)).map(|_| Held::new(options.scratch.clone())).collect();
        let mut buffer = Vec::new();
        if plan.layout.encoding == TextEncoding::Utf8Bom {
            buffer.extend_from_slice("\u{feff}".as_bytes());
        }
        LayoutWriter {
            pen: Pen::new(Arc::clone(&plan)),
            missed: Missed::new(Arc::clone(&plan)),
            announced: Announced::default(),
            only_currency: plan.only_currency(),
            plan,
            output,
            options: options.clone(),
            order: Order::default(),
            buffer,
            head: Head::default(),
            begun: false,
            totals: Totals::default(),
            tally: Tally::default(),
            summed: None,
            first_group: None,
            held,
        }
    }

    fn part(&mut self, part: &Part) -> Result<(), WriteError> {
        match (self.plan.carries, part) {
            (Carries::Payments, Part::Payments(head)) => self.begin_payments(head),
            (Carries::Payments, Part::Group(group)) => self.group(group),
            (Carries::Payments, Part::Payment(payment)) => self.payment(payment),
            (Carries::Payments, Part::PaymentsEnd(_)) => self.end_payments(),
            (Carries::Status | Carries::Refusal, Part::StatusReport(head)) => {
                self.one_document()?;
                self.head.report = Some(head.clone());
                if self.plan.has_sections() || self.plan.details_first() { Ok(()) } else { self.before() }
            }
            (Carries::Status | Carries::Refusal, Part::GroupStatus(_)) => Ok(()),
            (Carries::Status | Carries::Refusal, Part::PaymentStatus(status)) => self.status(status),
            (Carries::Status | Carries::Refusal, Part::StatusReportEnd(_)) => self.end_status(),
            (Carries::Statement, Part::Statement(head)) => {
                self.head.statement = Some(head.clone());
                (self.totals, self.begun) = (Totals::default(), false);
                self.pen.hashes.begin_document();
                Ok(())
            }
            (Carries::Statement, Part::Entry(entry)) => self.hold_entry(entry),
            (Carries::Statement, Part::StatementEnd(end)) => self.end_statement(end),
            _ => {
                let name = &self.plan.name;
                let message = text!("`{name}` does not carry this kind of document", "`{name}` 不能承载此类单据");
                Err(Finding::error("kind", Place::default(), message).into())
            }
        }
    }

    /// A payment in another currency than the file's only one would be another payment.
    fn of_this_currency(&self, other: Currency) -> Result<(), WriteError> {
        let Some(only) = self.only_currency.filter(|only| *only != other) else { return Ok(()) };
        let message = text!(
            "the file has no field for a currency, all amounts are {only}; this one is {other}",
            "该文件没有币种字段，金额均为 {only}；此处为 {other}"
        );
        Err(Finding::error("currency", Place::default(), message).into())
    }

    /// Adds an amount to the total of the file, where it has one: of one currency, unless the template says otherwise.
    fn add(&mut self, amount: Amount, currency: Currency) -> Result<(), WriteError> {
        if (self.plan.sums_one_currency() || self.plan.heads_one_currency())
            && let Some(other) = self.summed.replace(currency).filter(|other| *other != currency)
        {
            let of_sum = self.plan.sums_one_currency();
            let mixed =
                if of_sum { mixed(other, currency, Place::default()) } else { several_currencies(other, currency) };
            return Err(mixed.into());
        }
        let sum = self.totals.sum.checked_add(amount);
        self.totals.sum = sum.ok_or_else(|| {
            let message = text!("the sums are too large", "合计金额过大");
            WriteError::from(Finding::error("sum-too-large", Place::default(), message))
        })?;
        Ok(())
    }

    fn one_document(&self) -> Result<(), WriteError> {
        if self.order.documents() > 1 {
            let message = text!("one file takes one document", "一个文件只能写一份单据");
            return Err(Finding::error("several-documents", Place::default(), message).into());
        }
        Ok(())
    }

    fn begin_payments(&mut self, head: &Payments) -> Result<(), WriteError> {
        self.one_document()?;
        let mut head = head.clone();
        head.message_id = head.message_id.or_else(|| self.options.message_id.clone());
        head.initiating_party = head.initiating_party.or_else(|| self.options.initiating_party.clone());
        self.totals.count = head.declared.count.unwrap_or_default();
        self.totals.sum = head.declared.sum.unwrap_or_default();
        self.head.payments = Some(Box::new(head));
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<(), WriteError> {
        if self.begun && self.plan.layout.one_group {
            let message = text!(
                "the bank takes one account and one day in a file; this document has more",
                "该银行每个文件只接受一个付款账号和一个日期"
            );
            let hint = text!("send one file per account and day", "请按账号和日期拆分文件");
            return Err(Finding::error("several-groups", Place::default(), message).hint(hint).into());
        }
        if group.method != self.plan.layout.method {
            let message = text!("the file takes no payments of this method", "该文件不支持此付款方式");
            return Err(Finding::error("method", Place::default(), message).into());
        }
        self.head.group = Some(Box::new(group.clone()));
        if !self.begun {
            if self.plan.details_first() {
                (self.begun, self.first_group) = (true, self.head.group.clone());
            } else {
                self.totals_known()?;
                self.before()?;
            }
            (self.totals.count, self.totals.sum) = (0, Amount::ZERO);
        }
        Ok(())
    }

    /// The records behind the payments; before them, where it needed them all, the header and what was held.
    fn end_payments(&mut self) -> Result<(), WriteError> {
        if self.plan.details_first() {
            let last = std::mem::replace(&mut self.head.group, self.first_group.take());
            self.give_held()?;
            self.head.group = last;
        }
        self.behind()
    }

    /// The header, which needed to know all details, and behind it those that were held.
    fn give_held(&mut self) -> Result<(), WriteError> {
        let details = std::mem::take(&mut self.pen.records);
        self.before()?;
        self.flush()?;
        self.held[0].give(&mut self.output)?;
        self.pen.records += details;
        Ok(())
    }

    /// Totals that stand in front of the details must be known before them.
    fn totals_known(&self) -> Result<(), WriteError> {
        use super::item::Item;
        let before = &self.plan.records[..self.plan.body.start];
        let wants = |item| before.iter().flat_map(|r| &r.fields).any(|f| f.item == Some(item));
        let declared = self.head.payments.as_ref().map(|head| head.declared.clone()).unwrap_or_default();
        if wants(Item::Count) && declared.count.is_none() || wants(Item::Sum) && declared.sum.is_none() {
            let message = text!("count and sum must be known before the first payment", "须先知道总笔数和总金额");
            return Err(Finding::error("totals-missing", Place::default(), message).into());
        }
        Ok(())
    }

    fn payment(&mut self, payment: &Payment) -> Result<(), WriteError> {
        self.of_this_currency(payment.currency)?;
        if let Some(against) = against_method(self.plan.layout.method, payment) {
            return Err(against.into());
        }
        self.totals.count += 1;
        self.add(payment.amount, payment.currency)?;
        if let Some(most) = self.plan.layout.most.filter(|most| self.totals.count > *most) {
            let message = text!("a file takes at most {most} payments", "每个文件最多 {most} 笔付款");
            return Err(Finding::error("too-many", Place::default(), message).into());
        }
        let plan = Arc::clone(&self.plan);
        let view = View { payment: Some(payment), ..self.head.view(&plan, self.totals, self.options.created) };
        let records = plan.records_of(&view)?;
        self.missed.look(&view)?;
        if plan.details_first() {
            for record in records {
                self.pen.record(record, &view, self.held[0].buffer())?;
            }
            return self.held[0].settle();
        }
        for record in records {
            self.pen.record(record, &view, &mut self.buffer)?;
        }
        self.pass_on()
    }

    fn status(&mut self, status: &PaymentStatus) -> Result<(), WriteError> {
        self.totals.count += 1;
        if let (Some(amount), Some(currency)) = (status.amount, status.currency) {
            self.of_this_currency(currency)?;
            self.add(amount, currency)?;
        }
        self.tally.row(status);
        let plan = Arc::clone(&self.plan);
        let mut status = std::borrow::Cow::Borrowed(status);
        if let Some(words) = status.bank_status.as_deref().filter(|_| plan.has_voices()) {
            let own = word_of_status(words).to_string();
            status.to_mut().bank_status = Some(own);
        }
        let status = status.as_ref();
        let view = View { status: Some(status), ..self.head.view(&plan, self.totals, self.options.created) };
        let records = plan.records_of(&view)?;
        self.missed.look(&view)?;
        if !plan.has_sections() {
            let held = plan.details_first();
            for record in records {
                let out = if held { self.held[0].buffer() } else { &mut self.buffer };
                self.pen.record(record, &view, out)?;
            }
            return if held { self.held[0].settle() } else { self.pass_on() };
        }
        let sections = plan.records.iter().filter(|record| record.kind == RecordKind::Section);
        let mut sections = sections.enumerate();
        let said = status.status.as_deref();
        let Some((at, _)) = sections.find(|(_, section)| section.status.as_deref() == said) else {
            let said = said.unwrap_or("?");
            let message = text!("the file has no section for the status {said}", "文件没有状态 {said} 对应的分段");
            return Err(Finding::error("code", Place::default().field("status"), message).into());
        };
        for record in records {
            self.pen.record(record, &view, self.held[at].buffer())?;
        }
        self.held[at].settle()
    }

    fn end_status(&mut self) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        if plan.has_sections() {
            self.before()?;
            self.flush()?;
            let sections = plan.records.iter().filter(|record| record.kind == RecordKind::Section);
            for (at, section) in sections.enumerate() {
                self.pen.line(&section.text, &mut self.buffer);
                for record in plan.records[plan.body.clone()].iter().filter(|r| r.kind == RecordKind::Columns) {
                    self.pen.names(record, &mut self.buffer);
                }
                self.flush()?;
                self.held[at].give(&mut self.output)?;
            }
        } else if plan.details_first() {
            self.give_held()?;
        }
        self.behind()
    }

    /// Keeps an entry until the balances are known.
    fn hold_entry(&mut self, entry: &Entry) -> Result<(), WriteError> {
        self.of_this_currency(entry.currency)?;
        if let Some(head) = self.head.statement.as_mut() {
            // An account whose currency is nowhere said has that of its entries, as when it is read.
            let account = *head.account.currency.get_or_insert(entry.currency);
            if account != entry.currency {
                return Err(mixed(account, entry.currency, Place::default()).into());
            }
        }
        if self.announced.takes(&self.plan, entry) {
            return Ok(());
        }
        match entry.indicator {
            Indicator::Credit => self.totals.credits += 1,
            Indicator::Debit => self.totals.debits += 1,
        }
        let buffer = self.held[0].buffer();
        serde_json::to_writer(&mut *buffer, entry).map_err(std::io::Error::from)?;
        buffer.push(b'\n');
        self.held[0].settle()
    }

    fn end_statement(&mut self, end: &StatementEnd) -> Result<(), WriteError> {
        self.head.end = Some(Box::new(self.announced.without(end)));
        self.before()?;
        let opening = end.balances.iter().find(|b| matches!(b.kind.as_str(), "OPBD" | "PRCD"));
        self.totals.balance = opening.map(|balance| balance.signed());
        let plan = Arc::clone(&self.plan);
        let mut held = std::mem::replace(&mut self.held[0], Held::new(self.options.scratch.clone()));
        let stream = serde_json::Deserializer::from_reader(BufReader::new(held.read()?)).into_iter::<Entry>();
        for entry in stream {
            let entry = entry.map_err(std::io::Error::from)?;
            let signed = if entry.indicator == Indicator::Credit { entry.amount } else { -entry.amount };
            self.totals.balance = self.totals.balance.and_then(|balance| balance.checked_add(signed));
            let view = View { entry: Some(&entry), ..self.head.view(&plan, self.totals, self.options.created) };
            let records = plan.records_of(&view)?;
            self.missed.look(&view)?;
            for record in records {
                self.pen.record(record, &view, &mut self.buffer)?;
            }
            self.pass_on()?;
        }
        self.behind()
    }

    /// The records before the details.
    fn before(&mut self) -> Result<(), WriteError> {
        let again = self.order.documents() > 1;
        self.begun = true;
        let plan = Arc::clone(&self.plan);
        if plan.layout.xml_root.is_some() && !again {
            self.pen.begin_xml(&mut self.buffer);
        }
        // What stands in lines of titles nobody reads.
        for _ in 0..if again { 0 } else { plan.layout.title_lines } {
            self.pen.line("", &mut self.buffer);
        }
        self.records(&plan, &plan.records[..plan.body.start], |record| !(again && record.once))
    }

    /// The records behind the details; those that stand once in a file come with its end.
    fn behind(&mut self) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        self.records(&plan, &plan.records[plan.body.end..], |record| !record.once)?;
        self.pass_on()
    }

    fn records(
        &mut self,
        plan: &Plan,
        records: &[PlannedRecord],
        wanted: impl Fn(&PlannedRecord) -> bool,
    ) -> Result<(), WriteError> {
        for record in records.iter().filter(|record| wanted(record)) {
            let totals = Totals { lines: self.pen.records, ..self.totals };
            let around = self.head.view(plan, totals, self.options.created);
            let view = View { tally: Some(&self.tally), currency: self.summed, ..around };
            match record.kind {
                RecordKind::Lines => self.pen.line(&record.text, &mut self.buffer),
                RecordKind::Columns => self.pen.names(record, &mut self.buffer),
                _ => self.pen.record(record, &view, &mut self.buffer)?,
            }
        }
        Ok(())
    }

    /// The record that balances all details, where the layout has one.
    fn balancing(&mut self) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        let view = self.head.view(&plan, self.totals, self.options.created);
        for record in plan.records.iter().filter(|record| record.kind == RecordKind::Balancing) {
            let out = if plan.details_first() { self.held[0].buffer() } else { &mut self.buffer };
            self.pen.record(record, &view, out)?;
            self.totals.balancing += 1;
        }
        Ok(())
    }

    fn pass_on(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= GATHER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.output.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// The end of the file: records that stand once, the rest of a block, the last line end.
    fn close(&mut self) -> Result<(), WriteError> {
        let plan = Arc::clone(&self.plan);
        self.records(&plan, &plan.records[plan.body.end..], |record| record.once)?;
        if plan.layout.xml_root.is_some() {
            self.pen.end_xml(&mut self.buffer);
        }
        if let (Some(block), Some(filler)) = (plan.layout.block, plan.layout.filler) {
            while !self.pen.records.is_multiple_of(block.max(1)) {
                self.pen.filler(filler, &mut self.buffer);
            }
        }
        if !plan.layout.last_line_end {
            let end = plan.layout.line_end.bytes();
            if self.buffer.ends_with(end) {
                self.buffer.truncate(self.buffer.len() - end.len());
            }
        }
        Ok(())
    }
}

/// Payments of several currencies, of which the file says one for all.
fn several_currencies(one: Currency, other: Currency) -> Finding {
    let message = text!(
        "the file says one currency for all payments; this document has {one} and {other}",
        "该文件只能注明一个币种，而单据中有 {one} 和 {other}"
    );
    let hint = text!("send one file for each currency", "请按币种拆分文件");
    Finding::error("mixed-currencies", Place::default().field("currency"), message).hint(hint)
}

impl Writer for LayoutWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        if matches!(part, Part::PaymentsEnd(_)) {
            self.balancing()?;
        }
        self.part(part)
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        if self.order.is_open() || self.order.documents() == 0 {
            return Err(crate::format::left_open().into());
        }
        self.close()?;
        self.flush()?;
        self.output.flush()?;
        Ok(())
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        let mut findings = self.pen.take_findings();
        findings.extend(self.missed.take());
        findings.extend(self.announced.finding(&self.plan.name));
        findings
    }
}
