//! What an ERP is told of a bank's answer: a row for each payment, with the state that the journal gave it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use super::digest::{reason_of, state_of};
use super::meant::Meant;
use super::read::{GroupNumbers, reader};
use super::resolved::rejected_before;
use super::tell::Job;
use crate::document::{Date, Moment, Part, PaymentStatus, Reason, StatusReport, StatusReportEnd, parse_date};
use crate::finding::{Finding, Place};
use crate::format::Writer;
use crate::format::csv::{StatusFile, StatusRow};
use crate::format::layout::Plan;
use crate::journal::{Event, PaymentRecord, PaymentState, Records};
use crate::matching::{Answer, Answers, Scope, Sureness, Verdict};
use crate::route::ledger::BankLedger;
use crate::route::number::numbering_of;
use crate::route::{Trouble, dates};
use crate::text;
use crate::words::Text;

/// One payment of which a bank's answer tells.
struct Told<'a> {
    payment: &'a PaymentRecord,
    /// What the journal made of the answer, and of all that came before it.
    state: PaymentState,
    /// The narrowest word of the answer about the payment; the last, where there are several.
    answer: &'a Answer,
    /// The bank's words of all of them.
    words: String,
    /// On which other day it was asked for than the ERP wanted, and what the bank had said before a resend.
    besides: Vec<String>,
}

impl Told<'_> {
    /// The word that an ERP reads: a bank that has said nothing else of a payment has it, and it is pending.
    fn word(&self) -> &'static str {
        if self.state == PaymentState::Sent { "pending" } else { self.state.word() }
    }

    /// The code of ISO 20022 that says no more than the state: what is not known to have failed is never refused.
    fn code(&self) -> &str {
        match (self.state, self.answer.code.as_deref()) {
            (PaymentState::Accepted, Some(code @ ("ACTC" | "ACCP" | "ACSP" | "ACWC"))) => code,
            (PaymentState::Accepted, _) => "ACSP",
            (PaymentState::Executed | PaymentState::Booked, _) => "ACSC",
            (PaymentState::Rejected | PaymentState::Cancelled, _) => "RJCT",
            _ => "PDNG",
        }
    }

    /// The bank's reasons and what else is to be said, in one line.
    fn message(&self) -> String {
        let lines: Vec<String> = reason_of(self.answer).into_iter().chain(self.besides.clone()).collect();
        lines.join("; ")
    }

    /// Whether the bank's word alone says something else than the state.
    fn differs(&self) -> bool {
        state_of(self.answer.verdict).unwrap_or(PaymentState::Sent) != self.state || self.answer.disbelieved
    }
}

impl Job<'_> {
    /// The answer as rows of our own CSV.
    pub(super) fn status_csv(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut rows = StatusFile::new(output, self.erp.template.outputs.language)?;
        self.answered(&mut |told| {
            let payment = told.payment;
            let reason = told.answer.reasons.first().and_then(|r| r.code.as_deref()).unwrap_or_default();
            Ok(rows.write(&StatusRow {
                batch: &payment.batch,
                end_to_end_id: payment.end_to_end_id.as_deref().unwrap_or_default(),
                amount: Some(payment.amount),
                currency: Some(payment.currency),
                status: told.word(),
                bank_status: &told.words,
                reason,
                message: &told.message(),
                at: &self.source.came_at,
                bank_file: &self.source.name,
            })?)
        })?;
        rows.finish()?.flush()?;
        Ok(())
    }

    /// The answer as rows of a layout.
    pub(super) fn status_layout(&self, plan: Arc<Plan>, output: BufWriter<File>) -> Result<(), Trouble> {
        self.rows(plan, output, |row| {
            self.answered(&mut |told| {
                let code = told.answer.reasons.first().and_then(|reason| reason.code.clone());
                let info = Some(told.message()).filter(|message| !message.is_empty()).into_iter().collect();
                // A layout has a word for each state that an answer leads to; what is booked was done before.
                let word = if told.state == PaymentState::Booked { "executed" } else { told.word() };
                row(PaymentStatus { reasons: vec![Reason { code, info }], ..self.status(told, word) })
            })
        })
    }

    /// The answer as a status report about the ERP's own message.
    pub(super) fn status_report(&self, output: BufWriter<File>) -> Result<(), Trouble> {
        let mut writer = self.writer(output)?;
        let about = self.about()?;
        let batch = about.as_ref().map(|batch| self.records.batch(batch)).transpose()?.flatten();
        let head = StatusReport {
            format: self.source.format.clone().unwrap_or_default(),
            message_id: Some(self.file.id.clone()),
            created: Moment::parse(&self.file.created),
            original_message_id: batch.and_then(|batch| batch.message_id),
            ..StatusReport::default()
        };
        writer.write_part(&Part::StatusReport(Box::new(head)))?;
        let groups = about.as_ref().map(|batch| self.groups_of(batch)).transpose()?.unwrap_or_default();
        let mut payments = 0;
        self.answered(&mut |told| {
            payments += 1;
            self.report_row(&mut *writer, told, &groups)
        })?;
        let moved = about.as_ref().map(|batch| self.moved_dates(batch)).transpose()?.unwrap_or_default();
        let finding = |(from, to): (&Date, &Date)| {
            Finding::warning("execution-date-moved", Place::default(), dates::moved_words(*from, *to))
        };
        let end = StatusReportEnd { payments, findings: moved.iter().map(finding).collect() };
        writer.write_part(&Part::StatusReportEnd(Box::new(end)))?;
        Ok(writer.finish()?)
    }

    fn report_row(
        &self,
        writer: &mut dyn Writer,
        told: &Told<'_>,
        groups: &BTreeMap<String, String>,
    ) -> Result<(), Trouble> {
        let mut reasons = told.answer.reasons.clone();
        let (state, words) = (told.state, &told.words);
        let zh = state.word_zh();
        let differs = text!("state here: {state}; the bank's word: {words}", "本系统状态：{zh}；银行原词：{words}");
        let lang = self.erp.template.outputs.language;
        let differs = told.differs().then(|| differs.to(lang).to_string());
        let info: Vec<String> = told.besides.clone().into_iter().chain(differs).collect();
        if !info.is_empty() {
            reasons.push(Reason { code: None, info });
        }
        let group = told.payment.group.as_ref().and_then(|number| groups.get(number));
        let row = PaymentStatus {
            original_payment_information_id: group.cloned(),
            reasons,
            ..self.status(told, told.word())
        };
        Ok(writer.write_part(&Part::PaymentStatus(Box::new(row)))?)
    }

    fn status(&self, told: &Told<'_>, word: &str) -> PaymentStatus {
        let payment = told.payment;
        let items =
            [("state", word.to_string()), ("batch", payment.batch.clone()), ("bank_file", self.source.name.clone())];
        PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            status: Some(told.code().to_string()),
            bank_status: Some(told.words.clone()).filter(|words| !words.is_empty()),
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            bank_reference: told.answer.bank_reference.clone(),
            counterparty: payment.counterparty(),
            told: items.into_iter().map(|(item, value)| (item.to_string(), value)).collect(),
            ..PaymentStatus::default()
        }
    }

    /// The ids that the ERP's own file gave its groups, by their numbers in the bank's file.
    pub(super) fn groups_of(&self, batch: &str) -> Result<BTreeMap<String, String>, Trouble> {
        let Some(source) = self.records.batch(batch)?.map(|batch| batch.inbound) else { return Ok(BTreeMap::new()) };
        let Some(source) = self.records.inbound(&source)? else { return Ok(BTreeMap::new()) };
        let mut before = 0;
        for file in self.records.carrying(batch)? {
            let merged = numbering_of(self.records, &file.id)?.map(|numbering| numbering.merged).unwrap_or_default();
            before = merged.iter().find(|one| one.batch == batch).map_or(before, |one| one.groups_before);
        }
        let mut reader = reader(self.shared, self.shared.party(&source.party)?, &source)?;
        let (mut numbers, mut ids) = (GroupNumbers::default(), BTreeMap::new());
        while let Some(part) = reader.next_part()? {
            let Part::Group(group) = part else { continue };
            let number = before + numbers.number(group.id.as_deref());
            ids.extend(group.id.map(|id| (number.to_string(), id)));
        }
        Ok(ids)
    }

    /// Shows every payment that the source answers and the file is about, once.
    fn answered(&self, each: &mut dyn FnMut(&Told<'_>) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let about = self.about()?;
        let moved = about.as_ref().map(|batch| self.moved_dates(batch)).transpose()?.unwrap_or_default();
        let fact = self.told_by()?;
        let (mut repeated, mut resent) = (self.repeated()?, HashMap::new());
        self.each_answer(&mut |answer| {
            let word = answer.bank_status.as_deref().or(answer.code.as_deref()).unwrap_or_default();
            self.each_meant(answer, &mut |payment| {
                if about.as_ref().is_some_and(|batch| payment.batch != *batch) {
                    return Ok(());
                }
                let mut words = word.to_string();
                if let Some((left, said)) = repeated.get_mut(&payment.row) {
                    if !said.iter().any(|known| known == word) {
                        said.push(word.to_string());
                    }
                    *left -= 1;
                    if *left > 0 {
                        return Ok(());
                    }
                    words = said.join(" / ");
                }
                let asked = payment.execution_date.as_deref().and_then(parse_date);
                let day = asked.and_then(|from| Some(dates::moved_words(from, *moved.get(&from)?)));
                let before = self.before_a_resend(&payment, fact, &mut resent)?;
                let lang = self.erp.template.outputs.language;
                let besides = day.into_iter().chain(before).map(|words| words.to(lang).to_string()).collect();
                // A file that is answered is at the bank, and so is a payment of it of which nothing else was said.
                let state = self.records.state_at(payment.row, fact)?.unwrap_or(PaymentState::Sent);
                each(&Told { payment: &payment, state, answer, words, besides })
            })
        })
    }

    /// What the bank had said of a payment before its file was sent once more.
    fn before_a_resend(
        &self,
        payment: &PaymentRecord,
        fact: u64,
        resent: &mut HashMap<String, bool>,
    ) -> Result<Option<Text>, Trouble> {
        let Some(id) = payment.outbound.as_deref() else { return Ok(None) };
        if !resent.contains_key(id) {
            let file = self.records.outbound(id)?;
            resent.insert(id.to_string(), file.is_some_and(|file| file.resends > 0));
        }
        if resent.get(id) != Some(&true) {
            return Ok(None);
        }
        let mut steps = self.records.payment_steps(payment.row)?;
        steps.retain(|step| step.seq <= fact);
        Ok(rejected_before(&steps))
    }

    /// Number of the fact with which the answer was told: what came later is told by later files.
    fn told_by(&self) -> Result<u64, Trouble> {
        let facts = self.records.facts_of(&self.source.id)?;
        let matched = facts.iter().rev().find(|fact| matches!(fact.event, Event::Matched { .. }));
        Ok(matched.map_or(u64::MAX >> 1, |fact| fact.seq))
    }

    /// Payments with several words, and how many: lines, or what several reports say.
    fn repeated(&self) -> Result<HashMap<i64, (u64, Vec<String>)>, Trouble> {
        let (mut lines, mut reports) = (Vec::new(), HashMap::<String, u64>::new());
        self.each_answer(&mut |answer| {
            match &answer.scope {
                Scope::Payment { candidate, sureness, .. } => {
                    lines.extend((*sureness != Sureness::Weak).then_some(candidate.payment));
                }
                Scope::File { message_id, .. } => *reports.entry(message_id.clone()).or_default() += 1,
                _ => {}
            }
            Ok(())
        })?;
        // One report says one thing of each payment that has no lines; two may say two.
        if reports.values().any(|count| *count > 1) {
            lines.clear();
            self.each_answer(&mut |answer| {
                self.each_meant(answer, &mut |payment| {
                    lines.push(payment.row);
                    Ok(())
                })
            })?;
        }
        lines.sort_unstable();
        let mut repeated: HashMap<i64, (u64, Vec<String>)> = HashMap::new();
        for pair in lines.windows(2).filter(|pair| pair[0] == pair[1]) {
            repeated.entry(pair[0]).or_insert((1, Vec::new())).0 += 1;
        }
        Ok(repeated)
    }

    /// What the source says, of whatever batches; of each group once.
    fn each_answer(&self, each: &mut dyn FnMut(&Answer) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let bank = self.shared.party(&self.source.party)?;
        let ledger = BankLedger::new(self.records, bank);
        let mut answers = Answers::new(&ledger, bank.template.inward.answers_by);
        let mut groups = HashSet::new();
        self.parts(|part| {
            for answer in answers.look(&part) {
                let again = match &answer.scope {
                    Scope::Group { message_id, group_id, .. } => !groups.insert((message_id.clone(), group_id.clone())),
                    _ => false,
                };
                if !again {
                    each(&answer)?;
                }
            }
            Ok(())
        })?;
        drop(answers);
        ledger.sound()?;
        Ok(())
    }

    /// Shows the payments that an answer is about, one by one: it may be about a file of any size.
    fn each_meant(
        &self,
        answer: &Answer,
        each: &mut dyn FnMut(PaymentRecord) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let (message_id, group, except) = match &answer.scope {
            // What changes nothing in the journal is told to nobody.
            Scope::Nothing { .. } | Scope::Payment { sureness: Sureness::Weak, .. } => return Ok(()),
            // Some so, some so: the payments' own lines tell.
            Scope::Group { .. } | Scope::File { .. } if answer.verdict == Verdict::Partial => return Ok(()),
            Scope::Payment { candidate, .. } => {
                return self.records.payment(candidate.payment)?.map_or(Ok(()), each);
            }
            Scope::Group { message_id, group_id, except } => (message_id.as_deref(), Some(group_id.as_str()), except),
            Scope::File { message_id, except } => (Some(message_id.as_str()), None, except),
        };
        let Some(id) = message_id else { return Ok(()) };
        let Some(outbound) = self.records.outbound_by_message_id(&self.source.party, id)? else { return Ok(()) };
        let mut told = Ok(());
        Meant::of(&outbound.id, id, group, except).each(self.records, &[], &mut |payment| {
            told = each(payment);
            told.is_ok()
        })?;
        told
    }
}
