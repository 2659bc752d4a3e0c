//! Writes MT101, one message a group, without envelope.
//!
//! The execution date (field 30) stands once in a message, so a document of several groups becomes
//! several messages with one sender's reference, numbered in field 28D.

use std::io::Write;

use crate::document::{Account, Address, Counterparty, Group, Indicator, Method, Part, Payment, Payments};
use crate::finding::{Finding, Place};
use crate::format::letters::Letters;
use crate::format::order::Order;
use crate::format::swift::emit::{self, field};
use crate::format::{WriteError, WriteOptions, Writer};
use crate::text;

/// Characters of a reference (`16x`).
const REFERENCE: usize = 16;
/// Characters of an account (`34x`) and of a line of text (`35x`).
const ACCOUNT: usize = 34;
const LINE: usize = 35;
/// Lines of a name with its address, and of the remittance text (`4*35x`).
const LINES: usize = 4;

/// Fields of one payment that are carried as they were read.
const FURTHER: &[&str] = &["21F", "23E", "56A", "56C", "56D", "77B", "33B", "25A", "36"];

/// Writes requests for transfer.
pub struct RequestWriter {
    output: Box<dyn Write + Send>,
    options: WriteOptions,
    letters: Letters,
    order: Order,
    reference: String,
    message: u64,
    open: bool,
}

impl RequestWriter {
    /// A writer to `output`.
    pub fn new(output: Box<dyn Write + Send>, options: &WriteOptions) -> RequestWriter {
        RequestWriter {
            output,
            letters: Letters::new(options.dialect.charset, options.dialect.fold),
            options: options.clone(),
            order: Order::default(),
            reference: String::new(),
            message: 0,
            open: false,
        }
    }

    fn begin(&mut self, head: &Payments) -> Result<(), WriteError> {
        let Some(id) = head.message_id.as_deref().or(self.options.message_id.as_deref()) else {
            return Err(missing("20", "message_id", ("a message id", "报文标识号")));
        };
        self.reference = self.letters.id(id, REFERENCE, || Place::path("20").field("message_id"))?.to_string();
        self.message = 0;
        Ok(())
    }

    /// Sequence A: what holds for all payments of the group.
    fn group(&mut self, group: &Group) -> Result<(), WriteError> {
        self.close()?;
        if group.method == Method::DirectDebit {
            let message = text!("MT101 takes no direct debits", "MT101 不支持直接借记");
            return Err(Finding::error("method", Place::default(), message).into());
        }
        self.message += 1;
        let mut out = String::new();
        field(&mut out, "20", &self.reference);
        if let Some(id) = group.id.as_deref().filter(|id| *id != self.reference) {
            if self.letters.id(id, REFERENCE, Place::default).is_ok() {
                field(&mut out, "21R", id);
            } else {
                let message = text!("the group's id `{id}` does not fit into field 21R", "组编号 `{id}` 不适合 21R 域");
                self.letters.note(Finding::warning("not-carried", Place::path("21R"), message));
            }
        }
        field(&mut out, "28D", &format!("{}/{}", self.message, self.message));
        let Some(account) = &group.account else {
            return Err(missing("50H", "debtor_account", ("the account to pay from", "付款账号")));
        };
        let party = Counterparty {
            name: group.party.name.clone(),
            account: Some(account.id.clone()),
            address: group.party.address.clone(),
            ..Counterparty::default()
        };
        self.party(&mut out, "50H", &party, "debtor_name")?;
        if let Some(agent) = &group.agent {
            self.agent(&mut out, "52", agent, "debtor_agent")?;
        }
        let Some(date) = group.execution_date else {
            return Err(missing("30", "execution_date", ("an execution date", "执行日期")));
        };
        field(&mut out, "30", &emit::day(date));
        self.output.write_all(out.as_bytes())?;
        self.open = true;
        Ok(())
    }

    /// Sequence B: one payment.
    fn payment(&mut self, payment: &Payment) -> Result<(), WriteError> {
        let seq = payment.seq;
        let place = move |tag: &'static str| Place::path(format!("payment {seq}, {tag}"));
        if payment.indicator == Indicator::Debit {
            let message = text!("MT101 takes no direct debits", "MT101 不支持直接借记");
            return Err(Finding::error("method", place("32B"), message).into());
        }
        let Some(id) = payment.end_to_end_id.as_deref().or(payment.instruction_id.as_deref()) else {
            return Err(missing("21", "end_to_end_id", ("a reference", "参考号")));
        };
        let mut out = String::new();
        field(&mut out, "21", self.letters.id(id, REFERENCE, || place("21").field("end_to_end_id"))?);
        self.further(&mut out, payment, &["21F"])?;
        match payment.urgent == Some(true) && !payment.extra.contains_key("x_23E") {
            true => field(&mut out, "23E", "URGP"),
            false => self.further(&mut out, payment, &["23E"])?,
        }
        let amount = emit::amount(payment.amount, || place("32B"))?;
        field(&mut out, "32B", &format!("{}{amount}", payment.currency));
        self.further(&mut out, payment, &["56A", "56C", "56D"])?;
        if let Some(agent) = &payment.counterparty.agent {
            self.agent(&mut out, "57", agent, "creditor_agent")?;
        }
        self.party(&mut out, "59", &payment.counterparty, "creditor_name")?;
        let mut lines = Vec::new();
        for text in payment.structured_reference.iter().chain(&payment.remittance) {
            lines.extend(wrap(&self.letters.words(text, || place("70").field("remittance"))?));
        }
        if lines.len() > LINES {
            let count = lines.len();
            let message = text!(
                "the remittance text has {count} lines of 35 characters, field 70 takes four",
                "附言共 {count} 行（每行 35 个字符），70 域最多四行"
            );
            return Err(Finding::error("too-long", place("70").field("remittance"), message).into());
        }
        if !lines.is_empty() {
            field(&mut out, "70", &lines.join("\r\n"));
        }
        self.further(&mut out, payment, &["77B", "33B"])?;
        let bearer = payment.charge_bearer.as_deref().or(self.options.dialect.charge_bearer.as_deref());
        field(&mut out, "71A", charges(bearer.unwrap_or("SHAR")));
        self.further(&mut out, payment, &["25A", "36"])?;
        self.left_out(payment);
        self.output.write_all(out.as_bytes())?;
        Ok(())
    }

    /// Fields that another request for transfer had and that the document has no place for.
    fn further(&mut self, out: &mut String, payment: &Payment, tags: &[&'static str]) -> Result<(), WriteError> {
        for tag in tags {
            let Some(value) = payment.extra.get(&format!("x_{tag}")) else { continue };
            let mut lines = Vec::new();
            for line in value.lines() {
                lines.push(self.letters.id(line, LINE, || Place::path(*tag))?);
            }
            field(out, tag, &lines.join("\r\n"));
        }
        Ok(())
    }

    /// Says which columns of the source find no field.
    fn left_out(&mut self, payment: &Payment) {
        let known = |name: &str| FURTHER.iter().any(|tag| name.strip_prefix("x_") == Some(tag));
        for name in payment.extra.keys().filter(|name| !known(name)) {
            let message = text!("MT101 has no field for `{name}`", "MT101 没有 `{name}` 对应的字段");
            let place = Place::path(format!("payment {}", payment.seq)).field(name.clone());
            self.letters.note(Finding::info("not-carried", place, message));
        }
    }

    /// `/account`, then name and address on lines of their own.
    fn party(
        &mut self,
        out: &mut String,
        tag: &'static str,
        party: &Counterparty,
        name: &'static str,
    ) -> Result<(), WriteError> {
        let place = || Place::path(tag).field(name);
        let mut lines = Vec::new();
        if let Some(account) = party.account.as_ref().map(Account::as_str) {
            lines.push(format!("/{}", self.letters.id(account, ACCOUNT, place)?));
        }
        let Some(written) = &party.name else { return Err(missing(tag, name, ("a name", "名称"))) };
        let written = self.letters.words(written, place)?.into_owned();
        let names = wrap(&written);
        if names.len() > 1 {
            let message = text!(
                "the name `{written}` has more than 35 characters: the reader of the file sees two lines",
                "名称 `{written}` 超过 35 个字符，将分为两行"
            );
            self.letters.note(Finding::info("wrapped", place(), message));
        }
        let mut text = names;
        for line in address_lines(&party.address) {
            text.extend(wrap(&self.letters.words(&line, place)?));
        }
        if text.len() > LINES {
            let message = text!(
                "name and address of `{written}` do not fit into four lines of 35 characters",
                "`{written}` 的名称和地址超出四行、每行 35 个字符"
            );
            return Err(Finding::error("too-long", place(), message).into());
        }
        lines.extend(text);
        field(out, tag, &lines.join("\r\n"));
        Ok(())
    }

    /// A bank: by BIC (option A), else by its clearing number (option C).
    fn agent(&mut self, out: &mut String, tag: &str, agent: &str, name: &'static str) -> Result<(), WriteError> {
        let place = || Place::path(tag.to_string()).field(name);
        let agent = self.letters.id(agent, ACCOUNT, place)?;
        match crate::document::Bic::parse(agent) {
            Some(bic) => field(out, &format!("{tag}A"), bic.as_str()),
            None => field(out, &format!("{tag}C"), &format!("/{agent}")),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), WriteError> {
        if std::mem::take(&mut self.open) {
            self.output.write_all(b"-\r\n")?;
        }
        Ok(())
    }
}

impl Writer for RequestWriter {
    fn write_part(&mut self, part: &Part) -> Result<(), WriteError> {
        self.order.accept(part)?;
        match part {
            Part::Payments(head) => self.begin(head),
            Part::Group(group) => self.group(group),
            Part::Payment(payment) => self.payment(payment),
            Part::PaymentsEnd(_) => self.close(),
            _ => {
                let message = text!("only payments can be written as MT101", "MT101 只能写付款");
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

fn missing(tag: &'static str, name: &'static str, what: (&str, &str)) -> WriteError {
    let (en, zh) = what;
    let message = text!("field {tag} needs {en}", "{tag} 域必须有{zh}");
    Finding::error("field-missing", Place::path(tag).field(name), message).into()
}

/// Lines of at most 35 characters, broken at blanks where there are any.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: &str = text.trim();
    while rest.chars().count() > LINE {
        let hard = rest.char_indices().nth(LINE).map_or(rest.len(), |(at, _)| at);
        let cut = rest[..hard].rfind(' ').filter(|at| *at > 0).unwrap_or(hard);
        lines.push(rest[..cut].trim_end().to_string());
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(rest.to_string());
    }
    lines
}

/// An address as lines, as a letter has them.
fn address_lines(address: &Address) -> Vec<String> {
    let join = |parts: [&Option<String>; 2]| {
        let words: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        words.join(" ")
    };
    let mut lines = address.lines.clone();
    lines.push(join([&address.street, &address.building]));
    let town = join([&address.post_code, &address.town]);
    let country = join([&address.state, &address.country]);
    lines.push([town, country].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Who bears the charges, in SWIFT's codes; SEPA's `SLEV` is shared.
fn charges(code: &str) -> &str {
    match code {
        "DEBT" => "OUR",
        "CRED" => "BEN",
        _ => "SHA",
    }
}
