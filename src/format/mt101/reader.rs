//! Reads MT101 and MT103.

use std::collections::{BTreeMap, VecDeque};
use std::io::BufRead;

use crate::document::{
    Account, Address, Amount, Counterparty, Currency, Date, Group, GroupAccount, Indicator, Part, Party, Payment,
    Payments, PaymentsEnd,
};
use crate::finding::{Finding, Place};
use crate::format::notes::Notes;
use crate::format::swift::values;
use crate::format::swift::{Fields, Token};
use crate::format::{ReadError, ReadOptions, Reader, truncated};
use crate::text;

/// The fields of MT101 and MT103 by their numbers; options are letters.
fn known(tag: &str) -> bool {
    let (number, option) = tag.split_at(2.min(tag.len()));
    match number {
        "20" | "21" | "23" | "25" | "26" | "28" | "30" | "32" | "33" | "36" | "50" | "51" | "52" | "53" | "54"
        | "55" | "56" | "57" | "59" | "70" | "71" | "72" | "77" => option.len() <= 1,
        "13" => option == "C",
        _ => false,
    }
}

/// Reads MT101 and MT103, one payments document a message.
pub struct TransferReader<R> {
    fields: Fields<R>,
    format: &'static str,
    notes: Notes,
    head: Option<Sequence>,
    payment: Option<Sequence>,
    told: bool,
    group: Option<Group>,
    groups: u64,
    count: u64,
    skipped: bool,
    sums: BTreeMap<Currency, Amount>,
    out: VecDeque<Part>,
    documents: u64,
    done: bool,
}

/// The fields of the message, or of one payment in it, by tag; lines as they stand.
#[derive(Debug, Default)]
struct Sequence {
    line: u64,
    fields: Vec<(String, String)>,
}

impl Sequence {
    /// The first field with this number, whatever its option.
    fn find(&self, number: &str) -> Option<(&str, &str)> {
        let found = self.fields.iter().find(|(tag, _)| tag.strip_prefix(number).is_some_and(|o| o.len() <= 1));
        found.map(|(tag, text)| (tag.as_str(), text.trim()))
    }

    /// The text of exactly this field, where there is any.
    fn get(&self, tag: &str) -> Option<&str> {
        self.fields.iter().find(|(t, _)| t == tag).map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }
}

/// The most fields that one part of a message has.
const MOST_FIELDS: usize = 200;

impl<R: BufRead> TransferReader<R> {
    /// Transfers in `input`.
    pub fn new(input: R, options: &ReadOptions) -> TransferReader<R> {
        TransferReader {
            fields: Fields::new(input, known, options.limits.line_bytes, options.limits.text_bytes),
            format: "mt101",
            notes: Notes::new(&options.levels),
            head: None,
            payment: None,
            told: false,
            group: None,
            groups: 0,
            count: 0,
            skipped: false,
            sums: BTreeMap::new(),
            out: VecDeque::new(),
            documents: 0,
            done: false,
        }
    }

    fn take(&mut self, token: Token) -> Result<(), ReadError> {
        match token {
            Token::Header | Token::End => self.end_message(),
            Token::Field => self.field(),
        }
    }

    fn field(&mut self) -> Result<(), ReadError> {
        let tag = self.fields.tag().to_string();
        if tag == "20" {
            self.end_message()?;
        }
        let line = self.fields.line();
        if tag == "21" && self.head.as_ref().is_some_and(|head| head.get("32A").is_none()) {
            self.flush_payment()?;
            self.payment = Some(Sequence { line, ..Sequence::default() });
        }
        let head = self.head.get_or_insert_with(|| Sequence { line, ..Sequence::default() });
        let part = self.payment.as_mut().unwrap_or(head);
        if part.fields.len() == MOST_FIELDS {
            let message = text!("the message has too many fields", "报文字段过多");
            return Err(ReadError::refused("too-many-fields", Place::line(line), message));
        }
        part.fields.push((tag, self.fields.text().to_string()));
        Ok(())
    }

    /// Tells the head of the document, once.
    fn tell_head(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let Some(head) = &self.head else { return };
        if self.documents == 0 {
            self.fields.finding().into_iter().for_each(|finding| self.notes.push(finding));
        }
        let single = head.get("32A").is_some();
        self.format = if single { "mt103" } else { "mt101" };
        let customer = head.get("50L").or(head.get("50C"));
        self.out.push_back(Part::Payments(Box::new(Payments {
            format: self.format.to_string(),
            message_id: head.get("20").map(str::to_string),
            initiating_party: customer.map(str::to_string),
            ..Payments::default()
        })));
        self.documents += 1;
    }

    fn missing(&mut self, part: &Sequence, tag: &str, what: (&str, &str)) {
        let (en, zh) = what;
        let message = text!("field {tag} is missing: {en}", "缺少 {tag} 域：{zh}");
        let place = Place { line: Some(part.line), path: Some(tag.to_string()), ..Place::default() };
        self.notes.push(Finding::error("field-missing", place, message));
        self.skipped = true;
    }

    /// Gives out the payment that was gathered, after its group where that changes.
    fn flush_payment(&mut self) -> Result<(), ReadError> {
        self.tell_head();
        let Some(part) = self.payment.take() else { return Ok(()) };
        let Some(head) = self.head.take() else { return Ok(()) };
        let result = self.payment(&head, &part);
        self.head = Some(head);
        result
    }

    fn payment(&mut self, head: &Sequence, part: &Sequence) -> Result<(), ReadError> {
        let money = part.get("32B").map(|text| (text, values::money(text)));
        let money = money.or_else(|| part.get("32A").map(|text| (text, text.get(6..).and_then(values::money))));
        let (currency, amount) = match money {
            Some((_, Some(money))) => money,
            Some((written, None)) => {
                let written: String = written.chars().take(40).collect();
                let message = text!("`{written}` is not a currency and an amount", "`{written}` 不是币种和金额");
                let place = Place { line: Some(part.line), path: Some("32".into()), ..Place::default() };
                self.notes.push(Finding::error("amount", place.field("amount"), message));
                self.skipped = true;
                return Ok(());
            }
            None => {
                self.missing(part, "32B", ("currency and amount", "币种和金额"));
                return Ok(());
            }
        };
        for (tag, what) in [("59", ("the beneficiary", "收款人")), ("71A", ("who bears the charges", "费用承担方"))]
        {
            if part.find(tag).or_else(|| head.find(tag)).is_none() {
                self.missing(part, tag, what);
            }
        }
        self.tell_group(head, part);
        self.count += 1;
        let sum = self.sums.entry(currency).or_default();
        *sum = sum.checked_add(amount).ok_or_else(|| {
            ReadError::refused("sum-too-large", Place::line(part.line), text!("the sums are too large", "合计金额过大"))
        })?;
        let payment = transfer(self.count, amount, currency, part);
        self.out.push_back(Part::Payment(Box::new(payment)));
        Ok(())
    }

    fn tell_group(&mut self, head: &Sequence, part: &Sequence) {
        let (date, written) = execution(head, part);
        if date.is_none() {
            let message = match written {
                Some(written) => {
                    let written: String = written.chars().take(20).collect();
                    text!("`{written}` is no day of the calendar", "`{written}` 不是日历上的日期")
                }
                None => text!("the execution date (field 30) is missing", "缺少执行日期（30 域）"),
            };
            self.notes.push(Finding::error("date", Place::line(part.line).field("execution_date"), message));
        }
        let customer = ordering(part).or_else(|| ordering(head));
        let (account, party) = customer.map(|(tag, text)| party(tag, text)).unwrap_or_default();
        let bank = part.find("52").or_else(|| head.find("52"));
        let group = Group {
            execution_date: date,
            account: account.map(|id| GroupAccount { iban: id.iban().map(ToString::to_string), id, currency: None }),
            party: Party { name: party.name, id: party.id, address: party.address },
            agent: bank.and_then(|(_, text)| agent(text)),
            ..Group::default()
        };
        if self.group.as_ref() == Some(&group) {
            return;
        }
        self.groups += 1;
        let id = head.get("21R").or(head.get("20")).unwrap_or_default();
        let id = if self.groups == 1 { id.to_string() } else { format!("{id}-{}", self.groups) };
        let told = Group { id: Some(id), ..group.clone() };
        self.group = Some(group);
        self.out.push_back(Part::Group(Box::new(told)));
    }

    /// Ends the current message, if anything of one was there.
    fn end_message(&mut self) -> Result<(), ReadError> {
        let Some(head) = &self.head else { return Ok(()) };
        if head.get("20").is_none() {
            let line = head.line;
            let message = text!("field 20 is missing: the sender's reference", "缺少 20 域：发报行参考号");
            return Err(ReadError::refused("field-missing", Place::line(line), message));
        }
        if head.get("32A").is_some() {
            let fields = head.fields.clone();
            self.payment = Some(Sequence { line: head.line, fields });
        }
        self.flush_payment()?;
        if self.count == 0 && !self.skipped {
            let message = text!("the message holds no payment", "报文中没有付款");
            self.notes.push(Finding::error("no-payments", Place::default(), message));
        }
        let end = PaymentsEnd { count: self.count, sums: std::mem::take(&mut self.sums), findings: self.notes.take() };
        self.out.push_back(Part::PaymentsEnd(Box::new(end)));
        (self.head, self.group) = (None, None);
        (self.told, self.skipped, self.count, self.groups) = (false, false, 0, 0);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ReadError> {
        if self.fields.is_in_envelope() {
            return Err(truncated(Place::line(self.fields.last_line())));
        }
        self.end_message()?;
        if self.documents == 0 {
            let message = text!("the file holds no request for transfer", "文件中没有付款请求");
            return Err(ReadError::refused("no-payments", Place::default(), message));
        }
        Ok(())
    }
}

impl<R: BufRead> Reader for TransferReader<R> {
    fn format(&self) -> &str {
        self.format
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.out.pop_front() {
                return Ok(Some(part));
            }
            if self.done {
                return Ok(None);
            }
            match self.fields.advance()? {
                Some(token) => self.take(token)?,
                None => {
                    self.done = true;
                    self.finish()?;
                }
            }
        }
    }
}

/// The execution date: field 30, or the value date in 32A; and what is written there.
fn execution<'a>(head: &'a Sequence, part: &'a Sequence) -> (Option<Date>, Option<&'a str>) {
    let written = head.get("30").or_else(|| part.get("32A").and_then(|text| text.get(..6)));
    (written.and_then(values::date), written)
}

/// Ordering customer that has the account: options A, F, G, H, K (C and L are the instructing party).
fn ordering(part: &Sequence) -> Option<(&str, &str)> {
    ["50H", "50F", "50G", "50K", "50A"].into_iter().find_map(|tag| part.get(tag).map(|text| (tag, text)))
}

/// Account, and name with address or BIC, of a field 50 or 59.
fn party(tag: &str, text: &str) -> (Option<Account>, Counterparty) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    // In option F the first line is an account or a party identifier, with or without its slash.
    let first = lines.next_if(|line| line.starts_with('/') || tag == "50F");
    let account = first.map(|line| line.trim_start_matches('/')).and_then(Account::parse);
    let mut party = Counterparty::default();
    if tag.ends_with(['A', 'G']) {
        party.id = lines.next().map(str::to_string);
        return (account, party);
    }
    let numbered = |line: &str| line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line[1..].starts_with('/');
    for line in lines {
        let (number, value) = if tag.ends_with('F') && numbered(line) { line.split_at(2) } else { ("", line) };
        match (number, &mut party.name) {
            ("1/" | "", name @ None) => *name = Some(value.to_string()),
            ("1/", Some(name)) => {
                name.push(' ');
                name.push_str(value);
            }
            ("3/", _) => country_and_town(value, &mut party.address),
            _ => party.address.lines.push(value.to_string()),
        }
    }
    (account, party)
}

/// `3/BE/BRUSSELS`: country and town.
fn country_and_town(value: &str, address: &mut Address) {
    let (country, town) = value.split_once('/').unwrap_or((value, ""));
    address.country = Some(country.to_string());
    address.town = Some(town.to_string()).filter(|town| !town.is_empty());
}

/// The bank of a field 52 or 57: its BIC, clearing code or name, without the account line.
fn agent(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    match first.strip_prefix('/') {
        Some(clearing) => Some(lines.next().unwrap_or(clearing.trim_start_matches('/')).to_string()),
        None => Some(first.to_string()),
    }
}

fn transfer(seq: u64, amount: Amount, currency: Currency, part: &Sequence) -> Payment {
    let mut payment = Payment::new(seq, amount, currency, Indicator::Credit);
    payment.place = Place::line(part.line);
    payment.end_to_end_id = part.get("21").or(part.get("20")).map(str::to_string);
    if let Some((tag, text)) = part.find("59") {
        let (account, party) = party(tag, text);
        payment.counterparty = Counterparty { account, ..party };
    }
    payment.counterparty.agent = part.find("57").and_then(|(_, text)| agent(text));
    payment.remittance =
        part.get("70").map(|text| text.lines().map(|l| l.trim().to_string()).collect()).unwrap_or_default();
    payment.charge_bearer = part.get("71A").map(|code| charges(code).to_string());
    payment.urgent = part.get("23E").filter(|code| code.starts_with("URGP")).map(|_| true);
    for tag in ["21F", "23B", "23E", "25A", "26T", "33B", "36", "56A", "56C", "56D", "72", "77B"] {
        if let Some(value) = part.get(tag) {
            payment.extra.insert(format!("x_{tag}"), value.to_string());
        }
    }
    payment
}

/// Who bears the charges, in ISO 20022 codes.
fn charges(code: &str) -> &str {
    match code {
        "SHA" => "SHAR",
        "OUR" => "DEBT",
        "BEN" => "CRED",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = ":20:BATCH1\n:28D:1/1\n:50H:/DE89370400440532013000\nAcme GmbH\nBerlin\n:52A:COBADEFF\n:30:261201\n\
        :21:E1\n:32B:EUR12,50\n:57A:NWBKGB2L\n:59:/GB29NWBK60161331926819\nSmith\nLondon\n:70:Invoice 1\n:71A:SHA\n\
        :21:E2\n:23E:URGP\n:32B:EUR7,\n:59F:/123\n1/Jones\n3/GB/London\n:71A:OUR\n-\n";

    fn parts(text: &str) -> Result<Vec<Part>, ReadError> {
        let mut reader = TransferReader::new(text.as_bytes(), &ReadOptions::default());
        std::iter::from_fn(|| reader.next_part().transpose()).collect()
    }

    #[test]
    fn a_message_is_a_document_with_one_group() {
        let parts = parts(TWO).expect("a good message");
        let [Part::Payments(head), Part::Group(group), Part::Payment(one), Part::Payment(two), Part::PaymentsEnd(end)] =
            parts.as_slice()
        else {
            panic!("{parts:?}");
        };
        assert_eq!(head.message_id.as_deref(), Some("BATCH1"));
        assert_eq!(group.party.name.as_deref(), Some("Acme GmbH"));
        assert_eq!(group.agent.as_deref(), Some("COBADEFF"));
        assert_eq!(group.execution_date.map(|d| d.to_string()).as_deref(), Some("2026-12-01"));
        assert_eq!(one.counterparty.agent.as_deref(), Some("NWBKGB2L"));
        assert_eq!((one.charge_bearer.as_deref(), two.charge_bearer.as_deref()), (Some("SHAR"), Some("DEBT")));
        assert_eq!(two.counterparty.address.country.as_deref(), Some("GB"));
        assert_eq!((two.urgent, end.count), (Some(true), 2));
        assert!(end.findings.is_empty());
    }

    #[test]
    fn what_is_missing_or_wrong_refuses() {
        for (from, to, rule) in [
            (":32B:EUR7,\n", "", "field-missing"),
            (":32B:EUR7,\n", ":32B:EUR7.000,00\n", "amount"),
            (":71A:OUR\n", "", "field-missing"),
            (":30:261201\n", ":30:261301\n", "date"),
        ] {
            let parts = parts(&TWO.replace(from, to)).expect("read to its end");
            let findings = parts.last().and_then(Part::end_findings).unwrap_or_default();
            assert!(findings.iter().any(|f| f.rule == rule && f.is_error()), "{from}: {findings:?}");
        }
        assert!(parts("hello").is_err());
    }

    #[test]
    fn a_single_transfer_is_read() {
        let text = ":20:REF\n:23B:CRED\n:32A:261201EUR5,\n:50K:/1\nA\n:59:/2\nB\n:71A:SHA\n-";
        let parts = parts(text).expect("a good message");
        let Some(Part::Payment(payment)) = parts.get(2) else { panic!("{parts:?}") };
        assert_eq!(payment.end_to_end_id.as_deref(), Some("REF"));
        assert!(parts.last().and_then(Part::end_findings).is_some_and(<[Finding]>::is_empty));
    }
}
