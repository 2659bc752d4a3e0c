//! Values of a status row: what a bank says of a payment, or what an ERP is told of it.

use super::super::item::{Carries, Item};
use super::super::outcome::says_done;
use super::super::value::{Value, Wrong};
use super::{Builder, Detail, account, amount, currency, merged, number, set_group};
use crate::document::{Group, Part, PaymentStatus, REFUSED_CODES, Reason, SETTLED_CODES};
use crate::finding::{Finding, Place};
use crate::text;

impl Builder {
    /// Keeps the bank's own word for the status of the open detail.
    pub fn bank_status(&mut self, word: &str) {
        if let Some(detail) = &mut self.detail {
            detail.status.bank_status = Some(word.to_string());
        }
    }

    /// Takes in what a column beside the status says of the open detail.
    pub fn says(&mut self, words: &[(String, String)], cell: &str) {
        if let Some(detail) = &mut self.detail {
            let listed = words.iter().find(|(word, _)| word == cell);
            detail.voices.beside(listed.map(|(_, code)| code.as_str()), cell);
        }
    }

    pub(super) fn set_status(&mut self, item: Item, value: &Value<'_>, detail: Option<&mut Detail>) -> Option<Wrong> {
        let text = value.text();
        match item {
            Item::MessageId => self.report.message_id = Some(text),
            Item::Created => self.report.created = merged(self.report.created, value),
            Item::Count => self.declared.count = number(value),
            Item::Sum => self.declared.sum = amount(value),
            Item::OriginalMessageId => self.report.original_message_id = Some(text),
            Item::GroupStatus => {
                self.report.status = if matches!(value, Value::Unlisted(_)) { None } else { Some(text) };
            }
            _ if self.tally.said(item, value) => {}
            group if group.is_of_original_group() => {
                let method = self.method;
                let of = || Box::new(Group { method, ..Group::default() });
                set_group(self.report.original_group.get_or_insert_with(of), group, value);
            }
            Item::Extra(at) => {
                if let (Some(detail), Some(name)) = (detail, self.extras.get(usize::from(at))) {
                    detail.status.extra.insert(name.clone(), text);
                }
            }
            _ => return set(detail?, item, value),
        }
        None
    }

    pub(super) fn end_status(&mut self, mut detail: Detail) {
        self.give_report_head();
        let status = &mut detail.status;
        let contradiction = std::mem::take(&mut detail.voices).settle(status, &detail.place);
        contradiction.into_iter().for_each(|finding| self.notes.push(finding));
        status.amount = detail.amount;
        status.currency = detail.currency.or(self.currency).filter(|_| detail.amount.is_some());
        if detail.reason != Reason::default() {
            status.reasons.push(detail.reason);
        }
        self.count += 1;
        if let (Some(amount), Some(currency)) = (status.amount, status.currency) {
            self.judge_decimals(amount, currency, &detail.place);
            self.add(currency, amount, &detail.place);
        }
        self.tally.row(&detail.status);
        self.out.push_back(Part::PaymentStatus(Box::new(detail.status)));
    }

    /// Demands that an answer says something: of a payment, or of the whole file.
    pub(super) fn hold_answers(&mut self) {
        if self.carries == Carries::Status && self.count == 0 && self.report.status.is_none() {
            let message = text!("the file says nothing of any payment", "文件中没有任何付款的结果");
            let hint = text!("was the file cut? ask the bank for it again", "文件是否被截断？请向银行重新索取");
            self.notes.push(Finding::error("no-answers", Place::default(), message).hint(hint));
        }
    }

    pub(super) fn give_report_head(&mut self) {
        if std::mem::replace(&mut self.head_given, true) {
            return;
        }
        self.report.format.clone_from(&self.format);
        if self.report.status.is_some() {
            // A word about the whole file is held against what the bank counts in it.
            (self.report.original_count, self.report.original_sum) = (self.declared.count, self.declared.sum);
        }
        self.out.push_back(Part::StatusReport(Box::new(self.report.clone())));
    }
}

/// Takes a value of an open row in.
pub(super) fn set(detail: &mut Detail, item: Item, value: &Value<'_>) -> Option<Wrong> {
    let text = value.text();
    let status = &mut detail.status;
    match item {
        Item::EndToEndId => status.original_end_to_end_id = Some(text),
        Item::InstructionId => status.original_instruction_id = Some(text),
        Item::OriginalSeq => status.original_seq = number(value),
        Item::OriginalGroup => status.original_payment_information_id = Some(text),
        Item::Status => {
            let code = if matches!(value, Value::Unlisted(_)) { None } else { Some(text.as_str()) };
            detail.voices.status(code, status.bank_status.as_deref().unwrap_or(&text));
        }
        Item::Amount => detail.amount = amount(value),
        Item::Currency => return currency(&text, &mut detail.currency),
        Item::Name => status.counterparty.name = Some(text),
        Item::Account => return account(&text, &mut status.counterparty.account),
        Item::Agent => status.counterparty.agent = Some(text),
        Item::AgentName => status.counterparty.agent_name = Some(text),
        Item::ReasonCode => detail.reason.code = Some(text),
        Item::ReasonInfo => detail.reason.info.push(text),
        Item::BankReference => status.bank_reference = Some(text),
        told => {
            status.told.insert(told.name().to_string(), text);
        }
    }
    None
}

/// What the columns of a row, and the section that it stands in, say of its payment.
#[derive(Default)]
pub(super) struct Voices {
    /// What they say together so far.
    code: Option<String>,
    /// The code of the status column, or of the section, alone.
    of_status: Option<String>,
    /// Whether the status column has a word that no map explains.
    unlisted: bool,
    /// Whether one says that the payment failed, and another one does not.
    against: bool,
    /// Whether a column beside the status has a word that is not listed.
    doubt: bool,
    /// Whether such a word says that the payment is done.
    done: bool,
    /// Their words, each once.
    words: Vec<String>,
}

impl Voices {
    /// The word of the status column, or of a section, and the code that it stands for.
    pub fn status(&mut self, code: Option<&str>, word: &str) {
        self.unlisted |= code.is_none();
        self.of_status = code.map(str::to_string);
        self.words.retain(|known| known != word);
        self.words.insert(0, word.to_string());
        self.said(code);
    }

    /// The word of a column beside it: `None` for one that is not listed, an empty code for one that says nothing.
    pub fn beside(&mut self, code: Option<&str>, word: &str) {
        self.doubt |= code.is_none();
        self.done |= code.is_none() && says_done(word);
        if code != Some("") {
            if !self.words.iter().any(|known| known == word) {
                self.words.push(word.to_string());
            }
            self.said(code);
        }
    }

    fn said(&mut self, code: Option<&str>) {
        let Some(code) = code else { return };
        let Some(before) = &self.code else {
            self.code = Some(code.to_string());
            return;
        };
        self.against |= is_refused(before) != is_refused(code);
        // What waits by one of them is not done, whatever the other says.
        if is_settled(before) {
            self.code = Some(code.to_string());
        }
    }

    /// Settles what the row says. Where that is another thing than its status column alone says, the words of all stand
    /// for it: none of them may be looked up again by itself. [`word_of_status`] gives the column's own again.
    pub fn settle(self, status: &mut PaymentStatus, place: &Place) -> Option<Finding> {
        let is = |known: fn(&str) -> bool| self.code.as_deref().is_some_and(known);
        let contradicts = self.against || self.doubt && is(is_settled) || self.done && is(is_refused);
        let code = self.code.filter(|_| !self.unlisted && !contradicts);
        if self.words.len() > 1 && (code != self.of_status || self.unlisted) {
            status.bank_status = Some(self.words.join(JOINT));
        }
        status.status = code;
        (contradicts && !self.unlisted).then(|| contradiction(&self.words, place))
    }
}

/// What parts the words of several columns.
const JOINT: &str = " / ";

/// The word of the status column among the words of all.
pub(in super::super) fn word_of_status(words: &str) -> &str {
    words.split(JOINT).next().unwrap_or(words)
}

fn is_settled(code: &str) -> bool {
    SETTLED_CODES.contains(&code)
}

fn is_refused(code: &str) -> bool {
    REFUSED_CODES.contains(&code)
}

fn contradiction(words: &[String], place: &Place) -> Finding {
    let words = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let message = text!(
        "the row says {words}: what became of the payment is unknown",
        "该行同时给出 {words}：付款结果按未知处理"
    );
    let hint = text!(
        "ask the bank; a word that agrees with a success is listed in `says` of its field",
        "请向银行查询；与成功不矛盾的用语可列入该字段的 `says`"
    );
    Finding::warning("status-contradicts", place.clone().field("status"), message).hint(hint)
}
