//! A bank's answers to files, groups and payments.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use super::unnamed::{Told, Unnamed};
use super::{Candidate, How, Ledger, Phase, Sureness, Verdict, real_id};
use crate::document::{Counterparty, GroupStatus, NamedBy, Part, PaymentStatus, Reason, StatusReport};
use crate::finding::{Finding, Findings, Place};
use crate::text;
use crate::words::Text;

/// What the bank said, about what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it is about.
    pub scope: Scope,
    /// What it says.
    pub verdict: Verdict,
    /// The ISO 20022 code, where there is one.
    pub code: Option<String>,
    /// The bank's own code.
    pub bank_status: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The bank's reference of the payment.
    pub bank_reference: Option<String>,
    /// Whether numbers beside the word contradict it or what was sent, so that it is believed neither way.
    #[serde(default)]
    pub disbelieved: bool,
}

/// What an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One payment.
    Payment {
        /// The payment.
        candidate: Box<Candidate>,
        /// By what it was found.
        how: How,
        /// How sure that is.
        sureness: Sureness,
    },
    /// All payments of a group but those with lines of their own.
    Group {
        /// Message id of the file.
        message_id: Option<String>,
        /// Id of the group.
        group_id: String,
        /// What has lines of its own.
        except: Except,
    },
    /// All payments of a file but those with lines of their own.
    File {
        /// Message id of the file.
        message_id: String,
        /// What has lines of its own.
        except: Except,
    },
    /// Nothing that we know: the finding beside it says why.
    Nothing {
        /// The end-to-end id or other id that the bank named.
        named: Option<String>,
    },
}

/// What a whole-file or whole-group answer does not speak of, because its own line does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Except {
    /// Payments, by the ledger's own numbers.
    pub payments: Vec<i64>,
    /// Ids of groups.
    pub groups: Vec<String>,
}

/// Finds what a status report speaks of, part by part.
///
/// Answers about whole files and groups come after the lines that they do not speak of, so that they
/// can be applied in the order given. A report on a file of ours always ends with an answer about the
/// file, even where it says nothing of all payments ([`Verdict::Pending`], [`Verdict::Partial`]): that
/// the bank answers is evidence that it has the file.
///
/// A line that repeats no id is matched as the bank's template says, within the one file that the report answers; those
/// named by their payees are decided at the report's end, when all of them are known.
pub struct Answers<'a> {
    ledger: &'a dyn Ledger,
    named_by: NamedBy,
    unnamed: Unnamed,
    findings: Findings,
    unsure: Findings,
    report: StatusReport,
    /// Whether the file that the report answers is one of ours.
    known: bool,
    file: Option<Whole>,
    group: Option<(Option<String>, Whole)>,
    /// Batches of payments that the bank speaks of although nothing of them has left.
    unsent: BTreeSet<String>,
    /// Whether it was said of the line that is looked at why it is not believed.
    contradicted: bool,
    /// Whether the report that is looked at answers a file that went to another bank: its lines say nothing more.
    foreign: bool,
}

/// The status of a whole file or group, held back until its lines are through.
#[derive(Default)]
struct Whole {
    verdict: Option<Verdict>,
    code: Option<String>,
    reasons: Vec<Reason>,
    except: Except,
    numbers: Numbers,
    /// Whether the numbers contradict the word or what was sent.
    wrong: bool,
}

impl Whole {
    /// Whether it says something of payments without lines, so that the exceptions must be remembered.
    fn speaks(&self) -> bool {
        self.verdict.is_some_and(Verdict::speaks_for_all)
    }

    /// Whether anything is told of payments without lines; of those with lines only the lines tell.
    fn remembers(&self) -> bool {
        self.verdict.is_some_and(|verdict| verdict != Verdict::Partial)
    }

    /// A file or group without a status of its own leaves everything to its payments' lines.
    fn answer(self, scope: impl FnOnce(Except) -> Scope) -> Answer {
        let disbelieved = self.is_disbelieved();
        let said = self.verdict.unwrap_or(Verdict::Partial);
        let verdict = if disbelieved { Verdict::Unknown } else { said };
        let (code, reasons, scope) = (self.code, self.reasons, scope(self.except));
        Answer { scope, verdict, code, bank_status: None, reasons, bank_reference: None, disbelieved }
    }

    /// Whether it would move payments, and is believed neither way.
    fn is_disbelieved(&self) -> bool {
        self.wrong && self.speaks() && self.verdict != Some(Verdict::Received)
    }
}

impl<'a> Answers<'a> {
    /// A matcher for one file of status reports.
    pub fn new(ledger: &'a dyn Ledger, named_by: NamedBy) -> Answers<'a> {
        Answers {
            ledger,
            named_by,
            unnamed: Unnamed::default(),
            findings: Findings::default(),
            unsure: Findings::default(),
            report: StatusReport::default(),
            known: false,
            file: None,
            group: None,
            unsent: BTreeSet::new(),
            contradicted: false,
            foreign: false,
        }
    }

    /// The answers that the next part completes; parts of other documents complete none.
    pub fn look(&mut self, part: &Part) -> Vec<Answer> {
        match part {
            Part::StatusReport(report) => self.open_report(report),
            Part::GroupStatus(status) => self.open_group(status),
            Part::PaymentStatus(status) => self.payment(status),
            Part::StatusReportEnd(_) => self.close_report(),
            _ => Vec::new(),
        }
    }

    /// What was noticed; complete after the last part.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.findings.take()
    }

    /// What was noticed that leaves payments unknown; complete after the last part.
    pub fn take_unsure(&mut self) -> Vec<Finding> {
        self.unsure.take()
    }

    /// The batches of payments that the bank answers although they never left; complete after the last part.
    pub fn take_unsent(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.unsent)
    }

    fn open_report(&mut self, report: &StatusReport) -> Vec<Answer> {
        self.report = report.clone();
        self.group = None;
        self.foreign = false;
        let numbers = Numbers::of_report(report);
        self.file = Some(self.whole(report.status.as_ref(), &report.reasons, numbers));
        let message_id = real_id(report.original_message_id.as_deref()).map(str::to_string);
        let Some(message_id) = message_id else {
            self.known = false;
            return Vec::new();
        };
        let file = self.ledger.by_message_id(&message_id);
        self.known = file.as_ref().is_some_and(|file| file.sent);
        match file {
            None => self.refuse_unknown_file(message_id),
            Some(file) if !file.sent => self.refuse_unsent_file(message_id),
            Some(file) => {
                if let Some(whole) = &mut self.file {
                    whole.wrong = !whole.numbers.agree(&file, whole.verdict);
                }
                Vec::new()
            }
        }
    }

    /// The status of a whole file or group. That the bank has one of this id already is no word of the payments in it.
    fn whole(&mut self, status: Option<&String>, reasons: &[Reason], numbers: Numbers) -> Whole {
        let mut verdict = status.map(|code| Verdict::of_code(code.trim()));
        if verdict.is_some_and(|verdict| verdict.is_of_a_duplicate(reasons)) {
            let message_id = self.report.original_message_id.clone();
            self.findings.push(of_a_duplicate(message_id.as_deref().unwrap_or("?")));
            verdict = Some(Verdict::Pending);
        }
        let (code, reasons) = (status.cloned(), reasons.to_vec());
        Whole { verdict, code, reasons, except: Except::default(), numbers, wrong: false }
    }

    fn refuse_unknown_file(&mut self, message_id: String) -> Vec<Answer> {
        if let Some(other) = self.ledger.other_bank(&message_id) {
            let message = text!(
                "the bank answers file `{message_id}`, which is ours and went to `{other}`, not to this bank",
                "银行应答的文件 `{message_id}` 是本系统发往 `{other}` 的，而非发往该银行"
            );
            let hint = text!(
                "nothing is changed by it: if it lies in the wrong folder, give it to `{other}`'s",
                "未作任何更改：若放错文件夹，请移至 `{other}` 的文件夹"
            );
            self.findings.push(Finding::error("answer-of-another-bank", Place::default(), message).hint(hint));
            self.foreign = true;
            return self.about_nothing(message_id);
        }
        let message = text!(
            "the bank answers file `{message_id}`, which is not ours",
            "银行应答的文件 `{message_id}` 不是本系统发出的"
        );
        let hint = text!("find out who sent it in our name", "请查明是谁以我方名义发送");
        self.findings.push(Finding::error("answer-to-unknown-file", Place::default(), message).hint(hint));
        self.about_nothing(message_id)
    }

    fn refuse_unsent_file(&mut self, message_id: String) -> Vec<Answer> {
        self.say_before_sending(&text!("file `{message_id}`", "文件 `{message_id}`"));
        self.about_nothing(message_id)
    }

    fn about_nothing(&mut self, message_id: String) -> Vec<Answer> {
        let whole = self.file.take().unwrap_or_default();
        vec![whole.answer(|_| Scope::Nothing { named: Some(message_id) })]
    }

    fn open_group(&mut self, status: &GroupStatus) -> Vec<Answer> {
        let before = self.close_group();
        let id = real_id(status.original_payment_information_id.as_deref()).map(str::to_string);
        let whole = self.whole(status.status.as_ref(), &status.reasons, Numbers::of_group(status));
        if let (Some(file), Some(id), true) = (&mut self.file, &id, whole.verdict.is_some()) {
            file.except.groups.push(id.clone());
        }
        self.group = Some((id, whole));
        before
    }

    fn close_group(&mut self) -> Vec<Answer> {
        let Some((id, mut whole)) = self.group.take() else { return Vec::new() };
        let message_id = real_id(self.report.original_message_id.as_deref()).map(str::to_string);
        let Some(group_id) = id else { return Vec::new() };
        if !whole.speaks() {
            return Vec::new();
        }
        let groups = self.ledger.by_group(&group_id, message_id.as_deref());
        if !matches!(groups.as_slice(), [group] if group.sent) {
            match groups.iter().find(|group| !group.sent) {
                // Where the report names the file, that is said already.
                Some(group) if message_id.is_none() => {
                    self.say_before_sending(&text!("group `{group_id}`", "付款组 `{group_id}`"));
                    self.unsent.extend(group.unsent.iter().cloned());
                }
                _ => self.say_unmatched(&group_id),
            }
            return vec![whole.answer(|_| Scope::Nothing { named: Some(group_id) })];
        }
        let of_file = self.file.as_ref().is_some_and(|file| file.wrong);
        whole.wrong = of_file || groups.iter().any(|group| !whole.numbers.agree(group, whole.verdict));
        vec![whole.answer(|except| Scope::Group { message_id, group_id, except })]
    }

    fn close_report(&mut self) -> Vec<Answer> {
        let mut answers = self.decide_unnamed();
        answers.extend(self.close_group());
        let message_id = real_id(self.report.original_message_id.as_deref()).map(str::to_string);
        if let (Some(whole), Some(message_id), true) = (self.file.take(), message_id, self.known) {
            if whole.wrong && !whole.is_disbelieved() && !answers.iter().any(|answer| answer.disbelieved) {
                self.findings.push(totals_differ());
            }
            answers.push(whole.answer(|except| Scope::File { message_id, except }));
        }
        answers
    }

    fn payment(&mut self, status: &PaymentStatus) -> Vec<Answer> {
        if !has_id(status) && self.known && self.named_by == NamedBy::Payee {
            self.unnamed.push(status);
            return Vec::new();
        }
        self.contradicted = false;
        match self.find(status) {
            Some((candidate, how, sureness)) => vec![self.about(candidate, how, sureness, status)],
            None => vec![self.about_no_payment(status)],
        }
    }

    /// What a line says of the payment that it was found to mean.
    fn about(&mut self, candidate: Candidate, how: How, sureness: Sureness, status: &PaymentStatus) -> Answer {
        self.except(&candidate);
        let mut verdict = Verdict::of(status.status.as_deref(), status.bank_status.as_deref());
        if verdict.is_of_a_duplicate(&status.reasons) {
            // What the bank has done before counts; before that, nobody knows which of two it means.
            verdict = if candidate.phase == Phase::AtBank { Verdict::Unknown } else { Verdict::Pending };
            let duplicate = of_a_duplicate(candidate.end_to_end_id.as_deref().unwrap_or("?"));
            self.notice(&candidate, duplicate);
        } else if verdict == Verdict::Rejected && matches!(candidate.phase, Phase::Executed | Phase::Booked) {
            verdict = Verdict::Returned;
        }
        let told =
            has_id(status).then_some(&status.counterparty).filter(|told| candidate.is_answered_for_another(told));
        if let Some(told) = told.filter(|_| !matches!(verdict, Verdict::Received | Verdict::Pending)) {
            self.say_other_payee(&candidate, told);
            verdict = Verdict::Unknown;
        }
        Answer::of_line(Scope::Payment { candidate: Box::new(candidate), how, sureness }, verdict, status)
    }

    fn about_no_payment(&mut self, status: &PaymentStatus) -> Answer {
        let named = status.original_end_to_end_id.as_ref().or(status.original_instruction_id.as_ref());
        let named = named.cloned().or_else(|| status.original_seq.map(|seq| seq.to_string()));
        let named = named.or_else(|| status.counterparty.account.as_ref().map(|account| account.to_string()));
        if !std::mem::take(&mut self.contradicted) {
            self.say_unmatched(named.as_deref().unwrap_or("?"));
        }
        let verdict = Verdict::of(status.status.as_deref(), status.bank_status.as_deref());
        Answer::of_line(Scope::Nothing { named }, verdict, status)
    }

    /// The lines that repeat no id, once all of them are known.
    fn decide_unnamed(&mut self) -> Vec<Answer> {
        let Some(message_id) = self.message_id().filter(|_| !self.unnamed.is_empty()) else { return Vec::new() };
        let told = std::mem::take(&mut self.unnamed).decide(self.ledger, &message_id);
        told.into_iter().map(|told| self.told(told)).collect()
    }

    fn told(&mut self, told: Told) -> Answer {
        match told {
            Told::Payment(candidate, sureness, line) => match self.contradicts(&candidate, &line) {
                false => self.about(*candidate, How::Payee, sureness, &line),
                true => {
                    self.contradicted = true;
                    self.about_no_payment(&line)
                }
            },
            Told::Unclear(candidate) => {
                let unclear = unclear(candidate.end_to_end_id.as_deref().unwrap_or("?"));
                self.notice(&candidate, unclear);
                self.except(&candidate);
                let scope = Scope::Payment { candidate, how: How::Payee, sureness: Sureness::Interchangeable };
                Answer::of_line(scope, Verdict::Unknown, &PaymentStatus::default())
            }
            Told::Nothing(line) => self.about_no_payment(&line),
        }
    }

    fn message_id(&self) -> Option<String> {
        real_id(self.report.original_message_id.as_deref()).map(str::to_string)
    }

    /// Remembers that the payment has a line of its own, where a whole answer would speak of it too.
    fn except(&mut self, candidate: &Candidate) {
        // Its group is excepted from the file's word as a whole, where it has a word of its own.
        let own = |whole: &&mut Whole| candidate.group_id.as_ref().is_some_and(|id| whole.except.groups.contains(id));
        let file = self.file.as_mut().filter(|whole| !own(whole));
        let group = self.group.as_mut().map(|(_, whole)| whole);
        for whole in [file, group].into_iter().flatten().filter(|whole| whole.remembers()) {
            whole.except.payments.push(candidate.payment);
        }
    }

    fn find(&mut self, status: &PaymentStatus) -> Option<(Candidate, How, Sureness)> {
        let ledger = self.ledger;
        if !has_id(status) && self.known && self.named_by == NamedBy::Row {
            let candidate = ledger.by_row(&self.message_id()?, status.original_seq?)?;
            let (candidate, sureness) = self.choose(vec![candidate], status)?;
            return Some((candidate, How::Row, sureness.min(How::Row.most())));
        }
        let by_end_to_end_id =
            real_id(status.original_end_to_end_id.as_deref()).map(|id| (ledger.by_end_to_end_id(id), How::EndToEndId));
        let by_instruction_id = real_id(status.original_instruction_id.as_deref())
            .map(|id| (ledger.by_instruction_id(id), How::InstructionId));
        for (candidates, how) in [by_end_to_end_id, by_instruction_id].into_iter().flatten() {
            if let Some((candidate, sureness)) = self.choose(candidates, status) {
                return Some((candidate, how, sureness.min(how.most())));
            }
        }
        None
    }

    /// The one candidate that agrees with all that the line says; `None` where there are several.
    fn choose(&mut self, candidates: Vec<Candidate>, status: &PaymentStatus) -> Option<(Candidate, Sureness)> {
        let message_id = real_id(self.report.original_message_id.as_deref()).map(str::to_string);
        let group_id = real_id(status.original_payment_information_id.as_deref());
        let same_file = |c: &Candidate| agrees(c.message_id.as_deref(), message_id.as_deref());
        let (here, elsewhere): (Vec<_>, Vec<_>) = candidates.into_iter().partition(same_file);
        let narrowed = |list: Vec<Candidate>| match list.len() {
            0 | 1 => list,
            _ => list.into_iter().filter(|c| agrees(c.group_id.as_deref(), group_id)).collect(),
        };
        let (list, sureness) = if here.is_empty() { (elsewhere, Sureness::Weak) } else { (here, Sureness::Exact) };
        let mut list = narrowed(list);
        let candidate = if list.len() == 1 { list.pop()? } else { return None };
        if self.contradicts(&candidate, status) {
            self.contradicted = true;
            return None;
        }
        let proven = candidate.message_id.is_some() && message_id.is_some();
        Some((candidate, if proven { sureness } else { sureness.min(Sureness::Strong) }))
    }

    fn contradicts(&mut self, candidate: &Candidate, status: &PaymentStatus) -> bool {
        let currency = status.currency.is_none_or(|c| c == candidate.currency);
        let amount = status.amount.is_none_or(|a| a == candidate.amount);
        let id = candidate.end_to_end_id.as_deref().unwrap_or("?");
        if !(currency && amount) {
            let message = text!(
                "the bank gives another amount for payment `{id}` than was sent",
                "银行回报的付款 `{id}` 金额与发出的不一致"
            );
            let hint = text!("compare the archived file with what the bank has", "请将归档文件与银行收到的文件核对");
            self.findings.push(Finding::error("answer-amount-differs", Place::default(), message).hint(hint));
            return true;
        }
        // An id may stand beside an account that the bank writes its own way; a row number is believed only with it.
        if !has_id(status) && !same_account(candidate, status) {
            let message = text!(
                "the bank names another payee in the row of payment `{id}` than was sent",
                "银行回报的付款 `{id}` 所在行的收款账号与发出的不一致"
            );
            let hint = text!("compare the archived file with what the bank has", "请将归档文件与银行收到的文件核对");
            self.findings.push(Finding::error("answer-payee-differs", Place::default(), message).hint(hint));
            return true;
        }
        if candidate.phase == Phase::Waiting {
            self.say_before_sending(&text!("payment `{id}`", "付款 `{id}`"));
            self.unsent.insert(candidate.batch.clone());
            return true;
        }
        false
    }

    /// An id may stand beside an account that the bank writes its own way; one that is surely another is not believed.
    fn say_other_payee(&mut self, candidate: &Candidate, told: &Counterparty) {
        let id = candidate.end_to_end_id.as_deref().unwrap_or("?");
        let (told, ordered) = (super::said::told_as(told), super::said::ordered_as(candidate));
        let message = text!(
            "the bank answers about payment `{id}`, ordered for `{ordered}`, and names `{told}`: whom it means, or \
             paid, is unknown",
            "银行应答的付款 `{id}` 指令收款方为 `{ordered}`，应答所列为 `{told}`：所指或实付对象不明"
        );
        let hint = text!(
            "ask the bank at once whom it paid, and compare with the archived file; do not pay anew meanwhile",
            "请立即向银行查询实际收款方，并与归档文件核对；在此期间请勿重新付款"
        );
        self.findings.push(Finding::error("contradicted-payee", Place::default(), message).hint(hint));
    }

    fn say_before_sending(&mut self, about: &Text) {
        let Text { en, zh } = about;
        let message =
            text!("the bank answers {en}, which was never sent from here", "银行应答了从未由本系统发出的{zh}");
        self.findings.push(Finding::error("answer-before-sending", Place::default(), message).hint(who_sent()));
    }

    /// Notices what the bank says of a payment: it leaves one unknown that the bank has done nothing of before.
    fn notice(&mut self, candidate: &Candidate, finding: Finding) {
        let list = if candidate.phase == Phase::AtBank { &mut self.unsure } else { &mut self.findings };
        list.push(finding);
    }

    fn say_unmatched(&mut self, named: &str) {
        if self.foreign {
            return;
        }
        let message = text!("no single payment or group of ours is `{named}`", "没有唯一对应 `{named}` 的付款或付款组");
        let hint = text!("ask the bank which order it means", "请向银行确认所指的指令");
        self.findings.push(Finding::warning("answer-unmatched", Place::default(), message).hint(hint));
    }
}

impl Answer {
    /// Whether the bank says that it works on it still: it waits for a check, a day or a signature at the bank.
    pub fn is_worked_on(&self) -> bool {
        self.verdict == Verdict::Pending
            && matches!(self.code.as_deref().map(str::trim), Some("PDNG" | "ACFW" | "PATC"))
    }

    /// What a line of a report says.
    fn of_line(scope: Scope, verdict: Verdict, line: &PaymentStatus) -> Answer {
        Answer {
            scope,
            verdict,
            code: line.status.clone(),
            bank_status: line.bank_status.clone(),
            reasons: line.reasons.clone(),
            bank_reference: line.bank_reference.clone(),
            disbelieved: false,
        }
    }
}

/// Whether a line repeats an id of a payment.
fn has_id(status: &PaymentStatus) -> bool {
    let ids = [status.original_end_to_end_id.as_deref(), status.original_instruction_id.as_deref()];
    ids.into_iter().any(|id| real_id(id).is_some())
}

/// Whether the payee's account is the payment's, where the line has one.
fn same_account(candidate: &Candidate, status: &PaymentStatus) -> bool {
    let told = status.counterparty.account.as_ref().map(|account| account.compact());
    let ours = candidate.counterparty_account.as_deref();
    told.is_none_or(|told| ours.is_some_and(|ours| super::unnamed::plain(ours) == super::unnamed::plain(&told)))
}

impl How {
    /// The surest that a match found this way can be.
    fn most(self) -> Sureness {
        if self == How::EndToEndId { Sureness::Exact } else { Sureness::Strong }
    }
}

/// Whether two ids are the same, or one of them is not known.
fn agrees(ours: Option<&str>, theirs: Option<&str>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours.trim() == theirs,
        _ => true,
    }
}

fn who_sent() -> Text {
    text!("find out at once who sent it: a second installation, or a stranger", "请立即查明发送者：另一套系统或他人")
}

fn of_a_duplicate(named: &str) -> Finding {
    let message = text!(
        "the bank refuses `{named}` as a duplicate: that is no word of the first, which may be paid",
        "银行以重复为由拒绝 `{named}`：这并不说明先前收到的那一份未付款"
    );
    let hint = text!(
        "do not pay it anew; ask the bank what became of the one that it has",
        "请勿重新付款；请向银行查询其先前收到的那一份的处理结果"
    );
    Finding::error("answer-duplicate", Place::default(), message).hint(hint)
}

fn totals_differ() -> Finding {
    let message = text!(
        "count or sum that the bank gives for the file is not what was sent",
        "银行回报的笔数或总金额与发出的文件不符"
    );
    let hint = text!("compare the archived file with what the bank has", "请将归档文件与银行收到的文件核对");
    Finding::error("answer-totals-differ", Place::default(), message).hint(hint)
}

fn unclear(id: &str) -> Finding {
    let message = text!(
        "the bank answers differently about equal payments, one of them `{id}`: which it means cannot be known",
        "银行对相同的付款（含 `{id}`）给出不同结果：无法判断分别对应哪一笔"
    );
    let hint = text!("ask the bank which of them it paid; do not pay again", "请向银行确认哪一笔已付；切勿重付");
    Finding::error("answer-unclear", Place::default(), message).hint(hint)
}
