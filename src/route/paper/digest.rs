//! What a bank's file says: answers and statements, matched with the payments that they are about.

mod after_all;

use std::collections::{BTreeMap, BTreeSet};

use super::about::About;
use super::against::{contradiction, disbelief, has_it_after_all, late_rejection, noticed};
use super::correction::{self, EntriesDigest};
use super::meant::Meant;
use super::plausible::{self, doubt_words};
use super::read::{content_of, reader_keeping};
use super::receipts::Counter;
use super::strangers::{Strangers, is_told};
use super::twice;
use super::two_words::{Told, Unexplained};
use super::{Digest, Incident, Output, Stated};
use crate::config::Party;
use crate::document::{
    Account, Amount, Currency, Entry, Indicator, Part, PaymentStatus, Statement, StatementEnd, StatementKind,
    StatusReport,
};
use crate::finding::{Finding, Place};
use crate::journal::{
    Answer, Change, EntryMatch, Inbound, IncidentKind, JournalError, Outbound, OutboundState, PaymentChange,
    PaymentFilter, PaymentRecord, PaymentState, Purpose, Records, SqliteJournal, StatementFact,
};
use crate::matching::{
    Answer as Said, Answers, Candidate, Doubt, Effect, Entries, Except, Outcome, Phase, Scope, Stand, Sureness,
    Verdict, Why,
};
use crate::route::ledger::{BankLedger, phase};
use crate::route::pages::number_of;
use crate::route::reconcile::payment_name;
use crate::route::{Shared, Trouble, absent, wall};
use crate::template::{Doubtful, StatusMap};
use crate::text;

/// What is noticed in a statement that money moved against our word.
const GRAVE: [&str; 15] = [
    "booked-without-sending",
    "booked-after-its-end",
    "booked-twice",
    "booked-on-another-account",
    "returned-twice",
    "entry-amount-differs",
    "entry-currency-differs",
    "returned-amount-differs",
    "credit-is-no-return",
    "booked-to-another",
    "taken-under-our-id",
    "booked-sum-differs",
    "sum-brought-back",
    "collection-twice",
    "collection-amount-differs",
];

/// Reads a bank's file to its end and says all that follows from it.
pub(super) fn digest(shared: &Shared, bank: &Party, file: &Inbound) -> Result<Stated, Trouble> {
    if let Some(finding) = wall::look_inside(shared.config.environment, &mut content_of(shared, file)?)? {
        return Err(Trouble::refused(vec![finding]));
    }
    let records = shared.records()?;
    let admitted = correction::admitted(&records, file)?.unwrap_or_default();
    let banks = shared.config.banks().map(|bank| bank.name.clone()).collect();
    let ledger = BankLedger::new(&records, bank).replacing(correction::replaced(&admitted)).on(shared.today());
    let ledger = ledger.among(banks);
    let mut desk = Desk::new(shared, bank, &records, &ledger, file);
    let mut reader = reader_keeping(shared, bank, file, Some(desk.receipts.keeper(shared, file)))?;
    let mut errors = Vec::new();
    let about = About::new(&records, bank, &file.name);
    while let Some(mut part) = reader.next_part()? {
        explain_codes(&mut part, &bank.template.status);
        about.name_file(&mut part)?;
        errors.extend(part.end_findings().into_iter().flatten().filter(|f| f.is_error()).cloned());
        desk.look(&part)?;
    }
    errors.extend(reader.take_findings().into_iter().filter(|f| f.is_error()));
    if desk.payments > 0 {
        let message = text!("a bank does not give us payments", "银行不应向我方发送付款指令");
        errors.push(Finding::error("not-from-a-bank", Place::default(), message));
    }
    let mut digest = desk.finish(reader.format().to_string())?;
    ledger.sound()?;
    if !errors.is_empty() {
        return Err(Trouble::refused(errors));
    }
    if digest.documents == 0 {
        let message = text!("the file holds no document", "文件中没有任何单据");
        return Err(Trouble::refused(vec![Finding::error("no-document", Place::default(), message)]));
    }
    // What was let in for other reasons is another matter.
    if digest.held.iter().any(|reason| !admitted.contains(reason)) {
        return Ok(Stated::Held(digest.held));
    }
    digest.outputs.dedup();
    Ok(Stated::Digested(Box::new(digest)))
}

/// Puts the ISO code in the place of a bank's own, which is kept beside it.
pub(super) fn explain_codes(part: &mut Part, map: &StatusMap) {
    let Part::PaymentStatus(status) = part else { return };
    let PaymentStatus { status: code, bank_status, .. } = status.as_mut();
    let Some(own) = bank_status.as_deref().or(code.as_deref()).map(str::to_string) else { return };
    let iso = map.iso(&own);
    if iso != own {
        *code = Some(iso.to_string());
        *bank_status = Some(own);
    }
}

/// Looks at the parts of one file.
struct Desk<'a> {
    shared: &'a Shared,
    bank: &'a Party,
    file: &'a Inbound,
    records: &'a SqliteJournal,
    answers: Answers<'a>,
    entries: Entries<'a>,
    digest: Digest,
    /// Answers by outbound file, while the file is read.
    told: BTreeMap<String, Told>,
    /// Of which batches of each outbound file it speaks; `None` of all of them.
    spoken: BTreeMap<String, Option<BTreeSet<String>>>,
    report: Option<StatusReport>,
    /// Payments in the file that no status behind them explains as returned.
    payments: u64,
    statement: Option<(Statement, Vec<EntryMatch>, Vec<Change>)>,
    /// What was noticed in statements that are no repetition of one before.
    noticed: Vec<Finding>,
    /// Payments that the statement tells of in another amount, until all their parts are known.
    differing: Vec<(i64, Effect)>,
    entries_digest: EntriesDigest,
    /// Credits and debits of the statement that are booked, by currency.
    booked: BTreeMap<Currency, (Amount, Amount)>,
    strangers: Strangers,
    receipts: Counter,
    unexplained: Unexplained,
}

impl<'a> Desk<'a> {
    fn new(
        shared: &'a Shared,
        bank: &'a Party,
        records: &'a SqliteJournal,
        ledger: &'a BankLedger<'a>,
        file: &'a Inbound,
    ) -> Desk<'a> {
        Desk {
            shared,
            bank,
            file,
            records,
            answers: Answers::new(ledger, bank.template.inward.answers_by),
            entries: Entries::new(ledger),
            digest: Digest::default(),
            told: BTreeMap::new(),
            spoken: BTreeMap::new(),
            report: None,
            payments: 0,
            statement: None,
            noticed: Vec::new(),
            differing: Vec::new(),
            entries_digest: EntriesDigest::default(),
            booked: BTreeMap::new(),
            strangers: Strangers::default(),
            receipts: Counter::default(),
            unexplained: Unexplained::default(),
        }
    }

    /// A bank may write an account otherwise than we do, and otherwise in each of its formats: it is one account.
    fn look(&mut self, part: &Part) -> Result<(), Trouble> {
        let Part::Statement(statement) = part else { return self.look_at(part) };
        let told = statement.account_number();
        match told.as_ref().and_then(|told| self.bank.own_account(told).filter(|own| *own != told)) {
            Some(own) => {
                let mut statement = statement.clone();
                statement.account.name_it(own);
                self.look_at(&Part::Statement(statement))
            }
            None => self.look_at(part),
        }
    }

    fn look_at(&mut self, part: &Part) -> Result<(), Trouble> {
        self.digest.documents += u64::from(part.is_head());
        match part {
            // A NACHA file of returns holds the returned entries as payments, and what they mean behind them.
            Part::Payments(_) => self.payments = 1,
            Part::PaymentsEnd(end) => self.payments = end.count.max(1),
            Part::StatusReportEnd(end) => self.payments = self.payments.saturating_sub(end.payments),
            Part::Cancellation(_) | Part::ReportRequest(_) => {
                let message = text!("a bank does not ask us for anything", "银行不应向我方发送请求");
                return Err(Trouble::refused(vec![Finding::error("not-from-a-bank", Place::default(), message)]));
            }
            Part::Receipts(_) => self.digest.kind = "receipts".into(),
            Part::Receipt(receipt) => {
                self.receipts.look(self.shared, self.records, self.file, receipt, &mut self.digest)?;
            }
            Part::StatusReport(report) => self.open_report(report)?,
            Part::Statement(statement) => {
                self.statement = Some(((**statement).clone(), Vec::new(), Vec::new()));
                self.booked.clear();
                self.strangers = Strangers::default();
            }
            Part::Entry(entry) => {
                self.entries_digest.look(entry)?;
                self.add(entry);
            }
            _ => {}
        }
        for answer in self.answers.look(part) {
            self.answer(&answer)?;
        }
        for matched in self.entries.look(part) {
            self.matched(&matched)?;
        }
        if let Part::StatementEnd(end) = part {
            self.close_statement(end)?;
        }
        Ok(())
    }

    /// What is only announced moves nothing; readers refuse sums beyond all money.
    fn add(&mut self, entry: &Entry) {
        if entry.is_booked() {
            let (credit, debit) = self.booked.entry(entry.currency).or_default();
            let sum = if entry.indicator == Indicator::Credit { credit } else { debit };
            *sum = sum.saturating_add(entry.amount);
        }
    }

    fn open_report(&mut self, report: &StatusReport) -> Result<(), Trouble> {
        self.digest.kind = "status-report".into();
        self.told.values_mut().for_each(Told::next_report);
        self.report = Some(report.clone());
        let Some(id) = report.original_message_id.as_deref() else { return Ok(()) };
        // What is not ours, or has not left, the matcher says.
        match self.records.outbound_by_message_id(&self.bank.name, id)? {
            Some(outbound) if was_sent(&outbound) => self.about(&outbound).map(drop),
            Some(outbound) if !outbound.has_left() => {
                let batches = self.records.carried_by(&outbound.id)?;
                self.digest.elsewhere.extend(batches.into_iter().map(|batch| batch.id));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn incident(&mut self, incident: impl Into<Incident>) {
        let mut incident = incident.into();
        if incident.kind == IncidentKind::Other {
            let is_answer = self.digest.kind == "status-report";
            incident.kind = if is_answer { IncidentKind::Answer } else { IncidentKind::Statement };
        }
        if !self.digest.incidents.contains(&incident) {
            self.digest.incidents.push(incident);
        }
    }

    /// The answer that is gathered about an outbound file, and its ERP's outputs.
    fn about(&mut self, outbound: &Outbound) -> Result<&mut Told, Trouble> {
        if !self.told.contains_key(&outbound.id) {
            if outbound.state == OutboundState::Cancelled {
                self.incident(has_it_after_all(outbound));
            }
            for batch in self.records.carried_by(&outbound.id)? {
                let erp = &batch.party;
                if let Some(aside) = self.shared.config.aside(erp) {
                    return Err(absent::waits_for(aside));
                }
                if self.shared.config.party(erp).is_none() {
                    self.incident(absent::nobody_is_told(&batch));
                }
                self.tell_erp(erp, Purpose::Status, "", &batch.id);
            }
        }
        let status = self.report.as_ref().and_then(|r| r.status.clone());
        let empty = || Told::new(Answer { inbound: String::new(), status, payments: BTreeMap::new() });
        Ok(self.told.entry(outbound.id.clone()).or_insert_with(empty))
    }

    fn tell_erp(&mut self, erp: &str, purpose: Purpose, account: &str, about: &str) {
        let Some(party) = self.shared.config.party(erp) else { return };
        let outputs = &party.template.outputs;
        let formats = match purpose {
            Purpose::Status => &outputs.status,
            Purpose::Reconciliation => &outputs.reconciliation,
            _ => &outputs.statement,
        };
        for format in formats {
            let output = Output {
                party: erp.to_string(),
                purpose,
                document: self.digest.documents,
                format: format.clone(),
                account: account.to_string(),
                about: about.to_string(),
            };
            if purpose == Purpose::Statement && format == "csv" {
                self.digest.outputs.push(Output { purpose: Purpose::Balances, ..output.clone() });
            }
            self.digest.outputs.push(output);
        }
    }

    /// Notes that an answer tells of this batch of a file, or of the whole file.
    fn speaks_of(&mut self, outbound: &str, batch: Option<String>) {
        let spoken = self.spoken.entry(outbound.to_string()).or_insert_with(|| Some(BTreeSet::new()));
        match (spoken.as_mut(), batch) {
            (Some(batches), Some(batch)) => drop(batches.insert(batch)),
            (_, None) => *spoken = None,
            (None, Some(_)) => {}
        }
    }

    /// The ERPs of batches of a merged file of which nothing was said are told nothing.
    fn leave_out_silent(&mut self) -> Result<(), JournalError> {
        for (outbound, spoken) in std::mem::take(&mut self.spoken) {
            let Some(spoken) = spoken else { continue };
            let carried = self.records.carried_by(&outbound)?;
            let is_silent = |output: &Output| {
                output.purpose == Purpose::Status
                    && carried.iter().any(|batch| batch.id == output.about)
                    && !spoken.contains(&output.about)
            };
            self.digest.outputs.retain(|output| !is_silent(output));
        }
        Ok(())
    }

    fn answer(&mut self, answer: &Said) -> Result<(), Trouble> {
        match &answer.scope {
            // The matcher says why.
            Scope::Nothing { .. } => Ok(()),
            // Found under another message than the bank names: somebody else's file may use our id.
            Scope::Payment { candidate, sureness: Sureness::Weak, .. } => {
                let named = candidate.end_to_end_id.as_deref().unwrap_or("?");
                self.incident(text!(
                    "the bank answers about payment `{named}` in another message than ours; nothing was changed",
                    "银行应答了付款 `{named}`，但所指报文并非我方发出该付款的报文；未作任何更改"
                ));
                Ok(())
            }
            Scope::Payment { candidate, .. } => self.answer_of_one(answer, candidate),
            Scope::Group { message_id, group_id, except } => {
                self.answer_of_all(answer, message_id.as_deref(), Some(group_id), except)
            }
            Scope::File { message_id, except } => self.answer_of_all(answer, Some(message_id), None, except),
        }
    }

    /// What a bank says of one payment.
    fn answer_of_one(&mut self, answer: &Said, candidate: &Candidate) -> Result<(), Trouble> {
        let Some(outbound) = self.outbound(candidate.message_id.as_deref())? else { return Ok(()) };
        self.about(&outbound)?;
        let payment = candidate.payment;
        let known: Option<PaymentRecord> = self.records.payment(payment)?;
        self.speaks_of(&outbound.id, known.as_ref().map(|payment| payment.batch.clone()));
        let was = known.as_ref().map(|p| p.state);
        let id = known.and_then(|p| p.end_to_end_id).unwrap_or_default();
        let about = text!("payment `{id}`", "付款 `{id}`");
        // What was said of the whole file is over with its answer.
        let was = was.filter(|_| outbound.state != OutboundState::Cancelled);
        // What the bank still works on it has not refused.
        let said = state_of(answer.verdict).or_else(|| answer.is_worked_on().then_some(PaymentState::Accepted));
        let contradicted = said.is_some_and(|said| is_contradicted(was, said, candidate.phase));
        if let Some(said) = said.filter(|_| contradicted) {
            self.incident(contradiction(&about, said));
        }
        if answer.is_worked_on() {
            self.about(&outbound)?.works_on(payment);
        }
        let moves = if contradicted { Some(PaymentState::Unknown) } else { state_of(answer.verdict) };
        let Some(state) = moves else { return Ok(()) };
        let bank_status = answer.bank_status.clone().or_else(|| answer.code.clone());
        if state == PaymentState::Unknown && was.is_some_and(|was| !was.leads_to_by_answer().contains(&state)) {
            self.unexplained.add(u64::from(!contradicted), &about, bank_status.as_deref());
        }
        if takes_back(state) && was.is_some_and(is_done) {
            self.incident(late_rejection(&about));
        }
        let (reason, told) = (reason_of(answer), self.about(&outbound)?);
        *told.answer.payments.entry(state.word().into()).or_default() += 1;
        match contradicted {
            true => told.add(Change::Contradicted { payments: vec![payment], bank_status, reason }),
            false => told.line(PaymentChange { payment, state, bank_status, reason }),
        }
        Ok(())
    }

    /// What a bank says of a group or file as a whole.
    fn answer_of_all(
        &mut self,
        answer: &Said,
        message_id: Option<&str>,
        group: Option<&str>,
        except: &Except,
    ) -> Result<(), Trouble> {
        use PaymentState::{Booked, Executed, Returned};
        let Some(outbound) = self.outbound(message_id)? else { return Ok(()) };
        let state = state_of(answer.verdict);
        let meant = Meant::of(&outbound.id, message_id.unwrap_or_default(), group, except);
        // A word about the whole that leaves all to the lines tells of no batch by itself.
        if meant.group.is_some() || state.is_some() || answer.disbelieved {
            let batch = if meant.group.is_some() { meant.batch(self.records)? } else { None };
            self.speaks_of(&outbound.id, batch);
        }
        self.notice_the_end(answer, &outbound.id, &meant)?;
        let done = match state.is_some_and(takes_back) {
            true => meant.rows(self.records, &[Executed, Booked])?,
            false => Vec::new(),
        };
        let several = |count: usize| {
            let id = &outbound.id;
            text!("{count} payments of `{id}`", "`{id}` 中的 {count} 笔付款")
        };
        if !done.is_empty() {
            self.incident(late_rejection(&several(done.len())));
        }
        let mut contradicted = Vec::new();
        if let Some(state) = state.filter(|state| matches!(state, PaymentState::Accepted | Executed)) {
            contradicted = self.taken_back(&outbound, &meant)?;
            if !contradicted.is_empty() {
                self.incident(contradiction(&several(contradicted.len()), state));
            }
        }
        let all = meant.count(self.records)?;
        let told = self.about(&outbound)?;
        let Some(state) = state else { return Ok(()) };
        let (bank_status, reason) = (answer.bank_status.clone().or_else(|| answer.code.clone()), reason_of(answer));
        *told.answer.payments.entry(state.word().into()).or_default() += all.saturating_sub(done.len() as u64);
        told.add(Change::All {
            outbound: outbound.id,
            group: meant.group,
            except: meant.except,
            except_groups: meant.except_groups,
            state,
            bank_status: bank_status.clone(),
            reason: reason.clone(),
        });
        // What was done is not refused but returned, as where its own line says so.
        if !done.is_empty() {
            *told.answer.payments.entry(Returned.word().into()).or_default() += done.len() as u64;
            let (bank_status, reason) = (bank_status.clone(), reason.clone());
            told.add(Change::Many { payments: done, state: Returned, bank_status, reason });
        }
        // Behind the others, or they would become executed with them.
        if !contradicted.is_empty() {
            told.add(Change::Contradicted { payments: contradicted, bank_status, reason });
        }
        Ok(())
    }

    /// A word that is not believed, or that nobody explained, about payments that had come to their end.
    fn notice_the_end(&mut self, answer: &Said, id: &str, meant: &Meant) -> Result<(), Trouble> {
        use PaymentState::{Booked, Cancelled, Executed, Returned};
        let bank_status = answer.bank_status.as_deref().or(answer.code.as_deref());
        if answer.disbelieved {
            let moved = meant.rows(self.records, &leads_to_unknown())?.len();
            self.incident(disbelief(id, moved, bank_status.unwrap_or_default()));
        } else if state_of(answer.verdict) == Some(PaymentState::Unknown) {
            let ended = meant.rows(self.records, &[Executed, Booked, Returned, Cancelled])?;
            let about = text!("payments of `{id}`", "`{id}` 中的付款");
            self.unexplained.add(ended.len() as u64, &about, bank_status);
        }
        Ok(())
    }

    /// Payments of a file or group of ours that the bank had rejected or said to have taken back, or that a person had
    /// said not to be there, without those whose money is back.
    fn taken_back(&self, file: &Outbound, meant: &Meant) -> Result<Vec<i64>, Trouble> {
        let mut states = vec![PaymentState::Rejected, PaymentState::Returned, PaymentState::Cancelled];
        // What was said of the whole file is over with its answer.
        states.retain(|state| *state != PaymentState::Cancelled || file.state != OutboundState::Cancelled);
        let mut found = Vec::new();
        meant.each(self.records, &states, &mut |payment| {
            found.push((payment.row, payment.state == PaymentState::Returned));
            true
        })?;
        let mut rows = Vec::new();
        for (row, returned) in found {
            if !returned || !self.records.bookings_of(row)?.iter().any(|booking| booking.back) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The file of ours that an answer is about, where it has left.
    fn outbound(&self, message_id: Option<&str>) -> Result<Option<Outbound>, Trouble> {
        let Some(id) = message_id else { return Ok(None) };
        Ok(self.records.outbound_by_message_id(&self.bank.name, id)?.filter(was_sent))
    }

    fn matched(&mut self, matched: &crate::matching::EntryMatch) -> Result<(), Trouble> {
        let kind = self.statement.as_ref().map(|s| s.0.kind);
        let stand = Stand::of(matched);
        if matched.takes && !stand.matched && stand.why.is_none_or(|why| !is_told(why)) {
            let currency = matched.items.first().map(|item| item.currency);
            currency.into_iter().for_each(|currency| self.strangers.add(matched.seq, currency, stand.rest));
        }
        if stand.how.is_some() || stand.why != Some(Why::NothingFound) {
            self.digest.stands.insert(self.digest.documents, matched.seq, stand);
        }
        for item in &matched.items {
            let detail = item.detail.map_or(0, |d| d as u64 + 1);
            match &item.outcome {
                Outcome::Payment(found) => {
                    let payment = found.candidate.payment;
                    let state = effect_of(found.effect, kind).filter(|_| found.is_news());
                    let differs = found.doubt == Some(Doubt::AmountDiffers) && state.is_some();
                    if differs {
                        self.differing.push((payment, found.effect));
                    }
                    let state = state.filter(|_| !differs);
                    if found.doubt == Some(Doubt::HadEnded) {
                        self.notice_paid_anew(payment)?;
                    }
                    let row = EntryMatch {
                        entry: matched.seq,
                        detail,
                        payment,
                        how: found.how.word().into(),
                        sure: found.sureness.word().into(),
                    };
                    self.book(row, state);
                }
                Outcome::Bundle { bundle, how, sureness, again } => {
                    let state = if *again { None } else { effect_of(Effect::Booked, kind) };
                    for payment in bundled(self.records, &self.bank.name, bundle, *again)? {
                        let row = EntryMatch {
                            entry: matched.seq,
                            detail,
                            payment,
                            how: how.word().into(),
                            sure: sureness.word().into(),
                        };
                        self.book(row, state);
                    }
                }
                Outcome::Unmatched(_) => {}
            }
        }
        Ok(())
    }

    fn book(&mut self, row: EntryMatch, state: Option<PaymentState>) {
        let Some((_, matches, changes)) = &mut self.statement else { return };
        if let Some(state) = state {
            Change::add(changes, PaymentChange { payment: row.payment, state, bank_status: None, reason: None });
        }
        matches.push(row);
    }

    fn close_statement(&mut self, end: &StatementEnd) -> Result<(), Trouble> {
        let Some((statement, mut matches, mut changes)) = self.statement.take() else { return Ok(()) };
        self.add_up(statement.kind, &mut changes);
        self.digest.kind = "statement".into();
        let account = statement.account_number();
        let number = account.as_ref().map(|a| a.to_string()).unwrap_or_default();
        let mut entries: Vec<u64> = matches.iter().map(|m| m.entry).collect();
        entries.dedup();
        let closing = end.balances.iter().rev().find_map(|b| b.date);
        // A report without balances is of the day on which it was made.
        let made = statement.created.filter(|_| statement.kind == StatementKind::Report).map(|made| made.local.date());
        let numbered = number_of(&statement, end);
        let (credit_sum, debit_sum) = plausible::sums(&self.booked, end);
        let mut fact = StatementFact {
            document: self.digest.documents,
            kind: kind_word(statement.kind).into(),
            id: statement.id,
            number: numbered,
            account: number.clone(),
            date: statement.to_date.or(closing).or(made),
            entries: end.entries,
            matched: entries.len() as u64,
            credit_sum,
            debit_sum,
            balances: end.balances.clone(),
            digest: Some(std::mem::take(&mut self.entries_digest).finish()),
            created: statement.created,
            replaces: None,
            repeats: None,
        };
        let before = self.digest.statements.iter().map(|(fact, ..)| fact);
        fact.repeats = correction::repeated_within(&self.file.id, before, &fact);
        if fact.repeats.is_none() {
            let held = correction::compare(self.records, &self.bank.name, self.file, &mut fact, statement.reissue)?;
            self.digest.held.extend(held);
        }
        for reason in plausible::doubts(self.bank, self.shared.clock.now(), &fact, end, &self.booked) {
            match (self.bank.template.statements.doubtful, doubt_words(&reason)) {
                (Doubtful::Tell, Some(words)) => self.incident(words),
                _ => self.digest.held.push(reason),
            }
        }
        let (config, document) = (&self.shared.config, fact.document);
        self.digest.held.extend(plausible::of_another_bank(config, self.bank, account.as_ref(), document));
        if let Some(replaced) = &fact.replaces {
            self.take_back(replaced, &matches, &mut changes)?;
        }
        if fact.repeats.is_none() {
            self.tear(&number, &mut changes)?;
        }
        let (noticed, unsent) = (self.entries.take_findings(), self.entries.take_unsent());
        match &fact.repeats {
            // It is told and counted already.
            Some(_) => (matches, changes) = (Vec::new(), Vec::new()),
            None => {
                self.noticed.extend(noticed);
                self.digest.elsewhere.extend(unsent);
                if let Some(account) = account.as_ref().filter(|_| statement.kind == StatementKind::Statement) {
                    self.tell_strangers(account);
                }
                // A day is reconciled: without one there is nothing to tell it of.
                let whole = statement.kind == StatementKind::Statement && fact.date.is_some();
                self.tell_statement(account.as_ref(), &number, whole)?;
            }
        }
        self.digest.statements.push((fact, matches, changes));
        Ok(())
    }

    /// What payments become that were told in another amount: unknown where it was less than was ordered or had left.
    fn add_up(&mut self, kind: StatementKind, changes: &mut Vec<Change>) {
        for (payment, effect) in std::mem::take(&mut self.differing) {
            let less = self.entries.told_less(payment, effect).then_some(PaymentState::Unknown);
            let Some(state) = less.or(effect_of(effect, Some(kind))) else { continue };
            Change::add(changes, PaymentChange { payment, state, bank_status: None, reason: None });
        }
    }

    /// What left more than once and came back is paid or not: nobody knows before the bank has said.
    fn tear(&mut self, account: &str, changes: &mut Vec<Change>) -> Result<(), JournalError> {
        let now = self.entries.take_twice();
        for name in twice::tear(self.records, self.bank, account, &now, changes)? {
            self.incident(Incident { kind: IncidentKind::Contradiction, what: twice::words(&name) });
        }
        Ok(())
    }

    /// What the statement before showed and its correction does not, is where it was before that.
    fn take_back(
        &mut self,
        replaced: &str,
        matches: &[EntryMatch],
        changes: &mut Vec<Change>,
    ) -> Result<(), JournalError> {
        let (back, names) = correction::no_longer_shown(self.records, replaced, matches)?;
        changes.extend(back);
        for name in names {
            self.incident(text!(
                "the corrected statement does not show payment `{name}`, which `{replaced}` did: it is open again",
                "更正后的对账单未显示付款 `{name}`（`{replaced}` 曾显示）：该付款重新列为未入账"
            ));
        }
        Ok(())
    }

    /// Debits of an account from which nobody but us pays, and that are none of our payments.
    fn tell_strangers(&mut self, account: &Account) {
        let watched = self.bank.template.statements.only_ours.iter().any(|own| own.agrees(account));
        let strangers = std::mem::take(&mut self.strangers);
        if let Some(what) = strangers.words(account).filter(|_| watched) {
            self.incident(Incident { kind: IncidentKind::Booking, what });
        }
    }

    fn tell_statement(&mut self, account: Option<&Account>, number: &str, whole_day: bool) -> Result<(), Trouble> {
        // Where the bank's accounts are listed and this is none of them, an ERP that lists none is not told of it.
        let is_ours = |erp: &Party, account: &Account| {
            let listed = self.bank.accounts.is_empty() || self.bank.may_have_account(account);
            listed || erp.may_have_account(account)
        };
        let erp = account.and_then(|a| self.shared.config.erp_of(a).filter(|erp| is_ours(erp, a)));
        match erp.map(|p| p.name.clone()) {
            Some(erp) => {
                self.tell_erp(&erp, Purpose::Statement, number, "");
                if whole_day {
                    self.tell_erp(&erp, Purpose::Reconciliation, number, "");
                }
            }
            None => {
                self.shared.waits_for_aside(account)?;
                let what = text!(
                    "no ERP is configured for account `{number}`: its statement is in the archive only",
                    "账户 `{number}` 未配置所属 ERP：其对账单仅存于归档"
                );
                self.incident(Incident { kind: IncidentKind::Unassigned, what });
            }
        }
        Ok(())
    }

    fn finish(mut self, format: String) -> Result<Digest, Trouble> {
        self.digest.format = format;
        self.leave_out_silent()?;
        let mut told = std::mem::take(&mut self.told);
        for (id, said) in &mut told {
            if let Some(incident) = said.settle(self.records, id)? {
                self.incident(incident);
            }
        }
        if let Some(incident) = std::mem::take(&mut self.unexplained).incident() {
            self.incident(incident);
        }
        self.digest.elsewhere.extend(self.answers.take_unsent());
        // An entry that fits nothing waits in the list of unmatched ones; money that moved against our word does not.
        let grave = |f: &Finding| GRAVE.contains(&&*f.rule);
        let findings = self.answers.take_findings().into_iter();
        let findings = findings.chain(std::mem::take(&mut self.noticed).into_iter().filter(grave));
        for finding in findings.collect::<Vec<_>>() {
            let kind = match &*finding.rule {
                "contradicted-payee" => IncidentKind::Contradiction,
                rule if rule.starts_with("answer") => IncidentKind::Answer,
                rule if rule.starts_with("collection") => IncidentKind::Collection,
                _ => IncidentKind::Booking,
            };
            self.incident(noticed(finding, kind));
        }
        for finding in self.answers.take_unsure() {
            self.incident(noticed(finding, IncidentKind::Contradiction));
        }
        self.digest.answers = told
            .into_iter()
            .map(|(id, said)| {
                let (answer, changes) = said.finish();
                (id, answer, changes)
            })
            .collect();
        Ok(self.digest)
    }
}

/// Whether a payment was told to be done.
fn is_done(state: PaymentState) -> bool {
    matches!(state, PaymentState::Executed | PaymentState::Booked)
}

fn takes_back(state: PaymentState) -> bool {
    matches!(state, PaymentState::Rejected | PaymentState::Returned)
}

/// The states in which an answer leaves a payment unknown.
fn leads_to_unknown() -> Vec<PaymentState> {
    let leads = |state: &PaymentState| state.leads_to_by_answer().contains(&PaymentState::Unknown);
    PaymentState::ALL.iter().copied().filter(leads).collect()
}

/// The payments of a group or file that was booked in one sum: those that were open then, and no refused one.
pub(super) fn bundled(
    records: &SqliteJournal,
    bank: &str,
    bundle: &crate::matching::Bundle,
    again: bool,
) -> Result<Vec<i64>, Trouble> {
    let Some(id) = bundle.message_id.as_deref() else { return Ok(Vec::new()) };
    let Some(outbound) = records.outbound_by_message_id(bank, id)?.filter(was_sent) else { return Ok(Vec::new()) };
    let group = bundle.group_id.as_deref().and_then(|id| id.rsplit_once('-')).map(|(_, n)| n.to_string());
    let filter = PaymentFilter { outbound: Some(outbound.id), group, ..PaymentFilter::default() };
    let open = |p: &PaymentRecord| match again {
        true => p.state == PaymentState::Booked,
        false => phase(p.state).is_open(),
    };
    let mut rows = Vec::new();
    records.each_payment(&filter, &mut |payment| {
        if open(&payment) {
            rows.push(payment.row);
        }
        true
    })?;
    Ok(rows)
}

/// Whether a file has left this house, so that a bank may answer about it.
fn was_sent(outbound: &Outbound) -> bool {
    let may_answer = outbound.state.leads_to().contains(&OutboundState::Answered);
    outbound.has_left() && may_answer || outbound.awaits_resend()
}

/// Whether a bank says of a payment that it is paid, or has it, after it had rejected it or said to have taken it back,
/// or after a person had said that it is not there. Money that has come back is above such a word.
fn is_contradicted(was: Option<PaymentState>, said: PaymentState, phase: Phase) -> bool {
    match (was, said) {
        (Some(PaymentState::Rejected), PaymentState::Accepted | PaymentState::Executed) => true,
        (Some(PaymentState::Returned), PaymentState::Accepted | PaymentState::Executed) => phase == Phase::TakenBack,
        (Some(PaymentState::Cancelled), PaymentState::Accepted | PaymentState::Executed) => true,
        _ => false,
    }
}

/// The state that a bank's word gives a payment; `None` where it changes nothing.
pub fn state_of(verdict: Verdict) -> Option<PaymentState> {
    match verdict {
        Verdict::Accepted => Some(PaymentState::Accepted),
        Verdict::Executed => Some(PaymentState::Executed),
        Verdict::Rejected => Some(PaymentState::Rejected),
        Verdict::Returned => Some(PaymentState::Returned),
        Verdict::Unknown => Some(PaymentState::Unknown),
        Verdict::Received | Verdict::Pending | Verdict::Partial => None,
    }
}

/// The state that an entry gives a payment: only a statement books, reports and notifications announce.
pub(super) fn effect_of(effect: Effect, kind: Option<StatementKind>) -> Option<PaymentState> {
    match (effect, kind) {
        (Effect::Booked, Some(StatementKind::Statement)) => Some(PaymentState::Booked),
        (Effect::Returned, _) => Some(PaymentState::Returned),
        (Effect::Booked | Effect::Announced, _) => None,
    }
}

/// Reason code and words in one line.
pub(super) fn reason_of(answer: &Said) -> Option<String> {
    let reasons = answer.reasons.iter().map(|r| {
        let words = r.info.join(" ");
        [r.code.as_deref().unwrap_or_default(), &words].join(" ").trim().to_string()
    });
    let line = reasons.filter(|r| !r.is_empty()).collect::<Vec<_>>().join("; ");
    (!line.is_empty()).then_some(line)
}

fn kind_word(kind: StatementKind) -> &'static str {
    match kind {
        StatementKind::Statement => "statement",
        StatementKind::Report => "report",
        StatementKind::Notification => "notification",
    }
}
