//! What came back from the threads, as facts.

use super::*;
use crate::journal::{Arrival, Evidence, Kept, StatementFact};
use crate::route::authenticity::{self, LateControl};
use crate::text;
use crate::words::Text;

/// What kind of try it was that failed.
#[derive(Clone, Copy)]
pub(super) struct Tried {
    /// Whether it was the upload of an attempt.
    upload: bool,
    /// Whether the party was asked at all.
    asked: bool,
}

impl Engine {
    pub(super) fn carried(&mut self, done: Done, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        self.out.remove(&done.subject);
        self.taking.remove(&done.subject);
        let Some(party) = self.party(&done.party).cloned() else { return Ok(()) };
        let (upload, asked) = (done.upload, done.asked);
        match done.outcome {
            Ok(outcome) => {
                self.reached(&party, entries)?;
                self.came(&party, &done.subject, outcome, entries)
            }
            Err(trouble) => self.failed(&party, &done.subject, &trouble, Tried { upload, asked }, entries),
        }
    }

    pub(super) fn came(
        &mut self,
        party: &Party,
        subject: &str,
        outcome: Outcome,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        match outcome {
            Outcome::Listed(listings, late) => {
                self.came_late(late, entries)?;
                self.listed(party, listings, entries)
            }
            Outcome::Taken(arrival) => {
                let folder = matches!(party.carrier, crate::config::CarrierSettings::Folder);
                let person = self.person_behind(party, &arrival);
                let event = if folder { Event::Received(*arrival) } else { Event::Fetched(*arrival) };
                let mut entry = Entry::of(fact(subject, subject, event));
                entry.facts.extend(person.map(|event| (fact(subject, subject, event), OwnedRows::None)));
                entries.push(entry);
                Ok(())
            }
            Outcome::Cleared => {
                entries.push(Entry::of(fact(subject, subject, Event::Cleared)));
                Ok(())
            }
            Outcome::Uploaded(size) => {
                let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
                // Of two copies that came here in the same moment, one goes on; the other leaves its temporary file.
                let is_payments = file.purpose == Purpose::Payments;
                if is_payments && !self.elsewhere.claims(&self.shared, &mut self.journal)? {
                    return Ok(());
                }
                let mut entry = Entry::of(fact(&file.case, subject, Event::Publishing { size }));
                entry.then.push((party.name.clone(), subject.into(), Job::Publish(Box::new(file))));
                entries.push(entry);
                Ok(())
            }
            Outcome::Published(evidence) => self.sent(party, subject, evidence, entries),
            Outcome::Swept => self.swept(party, subject, entries),
            Outcome::Seen { temporary, final_name } => self.judge_doubt(party, subject, temporary, final_name, entries),
        }
    }

    /// That a bank's file lay in its folder as the file of somebody who decides here, where logins are people: what it
    /// says of payments may be that person's word and not the bank's. What is sealed its seal proves.
    fn person_behind(&self, party: &Party, arrival: &Arrival) -> Option<Event> {
        let config = &self.shared.config;
        let bare =
            party.is_bank() && !party.template.seal.seals() && config.security.identity == crate::config::Identity::Os;
        let owner = arrival.owner.as_deref().filter(|_| bare)?;
        let person = config.users.iter().find(|user| user.system() == owner).map(|user| &user.name)?;
        let (name, bank) = (&arrival.name, &party.name);
        let what = text!(
            "`{name}` lay in the folder of `{bank}` as the file of `{person}`, who decides here: ask the bank whether \
             it is its own before anybody pays anew for what it says",
            "`{bank}` 目录中的 `{name}` 属于本系统人员 `{person}`：在据其所述另行付款之前，请向银行核实是否为其文件"
        );
        Some(happened(IncidentKind::Other, what))
    }

    pub(super) fn sent(
        &mut self,
        party: &Party,
        subject: &str,
        evidence: Evidence,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        let event = if party.is_bank() { Event::Sent(evidence) } else { Event::Published(evidence) };
        entries.push(Entry::of(fact(&file.case, subject, event)));
        Ok(())
    }

    /// The leftover of a file that the table found sent, or of one that was answered, is gone.
    fn swept(&mut self, party: &Party, subject: &str, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        match self.journal.outbound(subject)? {
            Some(file) if file.state == OutboundState::Publishing => {
                self.sent(party, subject, found_as(&file), entries)
            }
            _ => Ok(()),
        }
    }

    /// The table decides about a file that was cut off.
    pub(super) fn judge_doubt(
        &mut self,
        party: &Party,
        subject: &str,
        temporary: Seen,
        final_name: Seen,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        let last = match file.state {
            OutboundState::Sending => Last::Sending,
            OutboundState::Publishing => Last::Publishing,
            _ => return Ok(()),
        };
        let size = file.payload().map_or(0, |p| p.size);
        let decision = doubt::decide(last, party.template.out.publish, size, temporary, final_name);
        let case = file.case.clone();
        let entry = match decision {
            Decision::NextAttempt => self.in_line_again(party, &file, temporary)?,
            Decision::RenameSame => {
                if let Some(stopped) = self.stopped_before_its_name(party, &file)? {
                    entries.push(stopped);
                    return Ok(());
                }
                self.give(&party.name, subject.into(), Job::Publish(Box::new(file)));
                return Ok(());
            }
            Decision::Sent { remove_temporary } => {
                if remove_temporary {
                    // Stated when the leftover is gone: a crash before that finds it again.
                    self.give(&party.name, subject.into(), Job::Sweep(Box::new(file)));
                    return Ok(());
                }
                return self.sent(party, subject, found_as(&file), entries);
            }
            Decision::Unconfirmed(seen) => Entry::of(fact(&case, subject, Event::Unconfirmed(seen.into()))),
            Decision::Unknown(seen) => {
                let resent = last == Last::Sending && self.was_resent(subject)?;
                let seen = doubt::before_a_resend(size, final_name).filter(|_| resent).unwrap_or(seen);
                self.about_file(&file, Event::Unknown(seen.into()))?
            }
        };
        entries.push(entry);
        Ok(())
    }

    /// A fact about a file for a bank, with what its ERPs are told of it.
    fn about_file(&mut self, file: &Outbound, event: Event) -> Result<Entry, JournalError> {
        let (shared, now) = (Arc::clone(&self.shared), self.now());
        let for_erp = ForErp { config: &shared.config, actor: PROGRAM, now, day: shared.day(now) };
        let told = for_erp.own_word(&mut self.journal, file, &event)?;
        let mut entry = Entry::of(fact(&file.case, &file.id, event));
        told.into_iter().for_each(|numbered| entry.push(numbered));
        Ok(entry)
    }

    /// Whether two people let the very same bytes be sent once more.
    fn was_resent(&self, subject: &str) -> Result<bool, JournalError> {
        Ok(self.journal.facts_of(subject)?.iter().any(|fact| matches!(fact.event, Event::Resent { .. })))
    }

    /// The intent of the next attempt, and the upload once it is on disk.
    pub(super) fn attempt(&self, party: &Party, mut file: Outbound) -> Entry {
        file.attempt += 1;
        let temporary = temporary_name(party, &file.name, file.attempt);
        file.temporary = Some(temporary.clone());
        let event = Event::Sending { attempt: file.attempt, temporary };
        let mut entry = Entry::of(fact(&file.case, &file.id, event));
        entry.then.push((party.name.clone(), file.id.clone(), Job::Upload(Box::new(file))));
        entry
    }

    pub(super) fn finished(&mut self, finished: Finished, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        self.out.remove(&finished.subject);
        let subject = finished.subject.as_str();
        match finished.result {
            Ok(stated) => {
                let entry = self.stated(subject, stated)?;
                entries.extend(entry);
            }
            Err(trouble) => entries.extend(self.paper_failed(subject, &trouble)?),
        }
        Ok(())
    }

    pub(super) fn stated(&mut self, subject: &str, stated: Stated) -> Result<Option<Entry>, JournalError> {
        Ok(match stated {
            // The keys changed meanwhile: it is opened again when they are what was confirmed.
            Stated::Opened { .. } if !self.may_be_stated(subject)? => None,
            Stated::Opened { content, signer, vouched } => {
                Some(Entry::of(fact(subject, subject, Event::Opened { content, signer, vouched })))
            }
            Stated::Checked(draft) => self.checked(subject, *draft)?,
            Stated::Controlled { of, batch, against } => Some(self.controlled(subject, &of, batch, against)?),
            Stated::Digested(digest) => Some(self.digested(subject, *digest)?),
            Stated::Held(reasons) => Some(Entry::of(fact(subject, subject, Event::Held { reasons }))),
            Stated::Written { content, noticed } => self.written(subject, content, noticed)?,
            Stated::Sealed { content, recipients, signer } => {
                self.about_outbound(subject, Event::Sealed { content, recipients, signer })?
            }
        })
    }

    /// A file is written; what it does not carry as it was asked for is stated with it.
    fn written(&self, id: &str, content: Kept, noticed: Vec<Finding>) -> Result<Option<Entry>, JournalError> {
        let Some(file) = self.journal.outbound(id)? else { return Ok(None) };
        let mut entry = Entry::of(fact(&file.case, id, Event::Written { content }));
        if !noticed.is_empty() {
            entry.push(fact(&file.case, id, Event::Noticed { findings: noticed }));
        }
        Ok(Some(entry))
    }

    pub(super) fn about_outbound(&self, id: &str, event: Event) -> Result<Option<Entry>, JournalError> {
        Ok(self.journal.outbound(id)?.map(|file| Entry::of(fact(&file.case, id, event))))
    }

    pub(super) fn checked(&mut self, subject: &str, draft: Draft) -> Result<Option<Entry>, JournalError> {
        let Some(file) = self.journal.inbound(subject)? else { return Ok(None) };
        let batch = self.journal.next_id(IdKind::Batch, self.shared.today())?;
        let findings = draft.findings.into_iter().chain(self.refused_before(&file)?).collect();
        let read = Event::Read { kind: "payments".into(), format: draft.format, documents: 1 };
        let checked = Event::Checked {
            batch,
            bank: draft.bank,
            totals: draft.totals,
            message_id: draft.message_id,
            findings,
            left_out: draft.left_out.iter().copied().collect(),
            parts: draft.parts,
            makeup: Some(draft.makeup),
        };
        let told = !draft.left_out.is_empty();
        let mut entry = Entry::of(fact(subject, subject, read));
        let rows = OwnedRows::Payments(Box::new(file.clone()), draft.left_out);
        entry.facts.push((fact(subject, subject, checked), rows));
        if told {
            self.refusals(&file, &mut entry)?;
        }
        Ok(Some(entry))
    }

    pub(super) fn digested(&mut self, subject: &str, digest: Digest) -> Result<Entry, JournalError> {
        let read = Event::Read { kind: digest.kind, format: digest.format, documents: digest.documents };
        let rows = match self.journal.inbound(subject)? {
            Some(file) if !digest.statements.is_empty() => OwnedRows::Entries(Box::new(file), digest.stands),
            _ => OwnedRows::None,
        };
        let mut entry = Entry { facts: vec![(fact(subject, subject, read), rows)], then: Vec::new() };
        for incident in digest.incidents {
            entry.push(fact(subject, subject, happened(incident.kind, incident.what)));
        }
        for batch in &digest.elsewhere {
            self.stop_elsewhere(batch, subject, &mut entry)?;
        }
        for (outbound, answer, changes) in digest.answers {
            let Some(file) = self.journal.outbound(&outbound)? else { continue };
            if matches!(file.state, OutboundState::Unknown | OutboundState::Unconfirmed) {
                // The bank has it, so what may still lie under the temporary name is nobody's.
                entry.then.push((file.party.clone(), leftover_subject(&file.id), Job::Sweep(Box::new(file.clone()))));
            }
            let changes = after_all(&file).into_iter().chain(changes).collect();
            let answer = Event::Answered(Answer { inbound: subject.into(), ..answer });
            entry.facts.push((fact(&file.case, &outbound, answer), OwnedRows::Changes(changes)));
        }
        for file in self.shown_before_resend(subject, &digest.statements)? {
            let answer = Answer { inbound: subject.into(), status: None, payments: BTreeMap::new() };
            entry.push(fact(&file.case, &file.id, Event::Answered(answer)));
        }
        for (statement, matches, changes) in digest.statements {
            let booked = booked(subject, &changes);
            entry.facts.push((fact(subject, subject, Event::StatementKept(statement)), OwnedRows::Matches(matches)));
            if let Some(booked) = booked {
                entry.facts.push((fact(subject, subject, booked), OwnedRows::Changes(changes)));
            }
        }
        for receipt in digest.kept_receipts {
            entry.push(fact(subject, subject, Event::ReceiptKept(Box::new(receipt))));
        }
        let mut outputs = Vec::new();
        for (output, content) in digest.receipts {
            let Some((id, numbered)) = self.output(&output, subject)? else { continue };
            entry.push(numbered);
            entry.push(fact(subject, &id, Event::Written { content }));
            outputs.push(id);
        }
        for output in &digest.outputs {
            let Some((id, numbered)) = self.output(output, subject)? else { continue };
            entry.push(numbered);
            outputs.push(id);
        }
        entry.push(fact(subject, subject, Event::Matched { outputs }));
        Ok(entry)
    }

    /// The files that were to be sent once more and of which these statements show payments: the bank has them, so that
    /// they are not. An answer says so by itself.
    fn shown_before_resend(
        &self,
        subject: &str,
        statements: &[(StatementFact, Vec<EntryMatch>, Vec<Change>)],
    ) -> Result<Vec<Outbound>, JournalError> {
        let Some(party) = self.journal.inbound(subject)?.map(|file| file.party) else { return Ok(Vec::new()) };
        let mut files = self.journal.outbounds(&[OutboundState::Queued])?;
        files.retain(|file| file.party == party && file.awaits_resend());
        let mut shown = Vec::new();
        for file in files {
            let rows: HashSet<i64> = self.journal.rows_of_file(&file.id)?.into_iter().collect();
            let shows = |matches: &[EntryMatch]| matches.iter().any(|found| rows.contains(&found.payment));
            if statements.iter().any(|(_, matches, _)| shows(matches)) {
                shown.push(file);
            }
        }
        Ok(shown)
    }

    /// A control file that came late, and what follows where it contradicts its file: what has not left is stopped, and
    /// people are told in any case.
    fn controlled(
        &mut self,
        subject: &str,
        of: &str,
        batch: Option<String>,
        against: Option<Box<Finding>>,
    ) -> Result<Entry, JournalError> {
        let format = "control".to_string();
        let read = Event::Read { kind: "control".into(), format, documents: 1 };
        let mut entry = Entry::of(fact(subject, subject, read));
        let control = self.journal.inbound(subject)?.map(|file| file.name).unwrap_or_default();
        if let (Some(batch), Some(against)) = (batch, against) {
            self.contradicted([&control, of, &batch], &against, &mut entry)?;
        }
        entry.push(fact(subject, subject, Event::Matched { outputs: Vec::new() }));
        Ok(entry)
    }

    /// Control files that came late by the other path. What they say of a file is stated once.
    fn came_late(&mut self, late: Vec<LateControl>, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        for control in late {
            let LateControl { name, of, batch, against } = &control;
            let mut entry = Entry::default();
            match against {
                Some(against) => self.contradicted([name, &of.name, batch], against, &mut entry)?,
                None => entry.push(fact(&of.id, batch, Event::Noticed { findings: vec![control.agrees()] })),
            }
            entries.push(entry);
        }
        Ok(())
    }

    /// What has not left of a batch is stopped, since its control file contradicts its file, and people are told.
    fn contradicted(
        &mut self,
        [control, of, batch]: [&str; 3],
        against: &Finding,
        entry: &mut Entry,
    ) -> Result<(), JournalError> {
        let finding = elsewhere::contradicted(control, against);
        let stopped = self.stop_batch(batch, finding, elsewhere::CONTRADICTED, entry)?;
        let what = elsewhere::contradicted_words(control, of, batch, against, stopped);
        entry.push(fact(batch, batch, happened(IncidentKind::Control, what)));
        Ok(())
    }

    /// Stops what has not left of a batch of which its bank speaks already: another installation may have sent it.
    fn stop_elsewhere(&mut self, id: &str, told_by: &str, entry: &mut Entry) -> Result<(), JournalError> {
        self.stop_batch(id, elsewhere::finding(told_by), elsewhere::REASON, entry).map(drop)
    }

    /// Stops what has not left of a batch: only a person's word after this lets it go. Whether all of it is here yet.
    fn stop_batch(&mut self, id: &str, why: Finding, reason: &str, entry: &mut Entry) -> Result<bool, JournalError> {
        let Some(batch) = self.journal.batch(id)? else { return Ok(true) };
        let about = |event| fact(&batch.inbound, &batch.id, event);
        entry.push(about(Event::Noticed { findings: vec![why] }));
        // One that is only checked is judged yet, and this with it.
        if matches!(batch.state, BatchState::Held | BatchState::Released) {
            entry.push(about(held_too(&batch, reason)));
        }
        let mut is_here = true;
        for file in self.journal.carrying(&batch.id)? {
            is_here &= !file.has_left();
            if !file.has_left() && file.state == OutboundState::Queued {
                self.stop_in_line(&file, reason, entry)?;
            }
        }
        Ok(is_here)
    }

    /// Numbers a file for an ERP.
    pub(super) fn output(&mut self, output: &Output, source: &str) -> Result<Option<(String, NewFact)>, JournalError> {
        let now = self.now();
        let shared = Arc::clone(&self.shared);
        let for_erp = ForErp { config: &shared.config, actor: PROGRAM, now, day: shared.day(now) };
        for_erp.number(&mut self.journal, output, source)
    }

    /// The party answered: what was broken is whole again.
    pub(super) fn reached(&mut self, party: &Party, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        if self.journal.contacts()?.iter().any(|c| c.party == party.name) {
            let Text { en: reason, zh: reason_zh } = text!("the party can be reached again", "已可再次连接对方");
            entries.push(Entry::of(fact("", &party.name, Event::Recovered { reason, reason_zh })));
        }
        Ok(())
    }

    pub(super) fn failed(
        &mut self,
        party: &Party,
        subject: &str,
        trouble: &Trouble,
        tried: Tried,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let now = self.now();
        let contacts = self.journal.contacts()?;
        let before = contacts.iter().find(|c| c.party == party.name).map_or(0, |c| c.failures);
        // A folder that cannot be looked at brings no answers: a failure of the party, too, and the look is over.
        let is_look = subject == look_subject(&party.name);
        if let Some(watch) = self.watches.get_mut(&party.name).filter(|_| is_look) {
            watch.looks += 1;
        }
        let counts = is_contact(trouble.kind) || is_look;
        if tried.asked && counts && !entries.iter().any(|e| e.is_failure_of(&party.name)) {
            let few_logins = trouble.kind == Some(ErrorKind::Login) && before + 1 < MOST_LOGINS;
            // What is no failure of the party's place, such as a folder of another installation, time does not heal.
            let is_decided = trouble.kind.is_none() && trouble.remedy == Remedy::Person;
            let waits = few_logins || is_look && !is_contact(trouble.kind) && !is_decided;
            let lets = if waits { Remedy::Wait } else { trouble.remedy };
            let retry_at = next_try(before, if lets == Remedy::Unknown { Remedy::Wait } else { lets }, now);
            entries.push(Entry::of(fact("", &party.name, failure(trouble, retry_at))));
        }
        match subject.as_bytes().first() {
            Some(b'O') if subject.contains(' ') => Ok(()),
            Some(b'O') => self.send_failed(party, subject, trouble, tried, entries),
            Some(b'I') => {
                let Some(file) = self.journal.inbound(subject)? else {
                    return self.take_failed(party, trouble, entries);
                };
                let retry_at = next_try(file.failures, Remedy::Wait, now);
                entries.push(Entry::of(fact(subject, subject, failure(trouble, retry_at))));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A file that could not be taken stays at the party and is tried again with the next look.
    pub(super) fn take_failed(
        &mut self,
        party: &Party,
        trouble: &Trouble,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        if is_contact(trouble.kind) {
            return Ok(());
        }
        let wait = SignedDuration::from_secs(30);
        let Some(watch) = self.watches.get_mut(&party.name) else { return Ok(()) };
        let later = self.shared.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        watch.next_look = watch.next_look.max(later);
        if !watch.intake.is_new(&trouble.what) {
            return Ok(());
        }
        let event = happened(IncidentKind::Folder, trouble.what.clone());
        entries.push(Entry::of(fact("", &party.name, event)));
        Ok(())
    }

    pub(super) fn send_failed(
        &mut self,
        party: &Party,
        subject: &str,
        trouble: &Trouble,
        tried: Tried,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(()) };
        // What only a person can change at the party waits with the party; the file itself is looked at again. So is
        // one whose name is taken: the table says what that means.
        let looks_again =
            is_contact(trouble.kind) || trouble.remedy == Remedy::Unknown || trouble.kind == Some(ErrorKind::Exists);
        let remedy = if looks_again { Remedy::Wait } else { trouble.remedy };
        let retry_at = next_try(file.failures, remedy, self.now());
        // Before its final name was asked for nobody can have the file, however far its bytes have come: where the
        // party is not reached it is in line again, people can take it back, and the next attempt looks first. Under
        // its final name it was never begun only where the upload did not reach the party.
        let is_nobodys = match party.template.out.publish {
            PublishMode::Direct => tried.upload && !trouble.happened,
            _ => true,
        };
        let mut entry = match file.state == OutboundState::Sending && is_contact(trouble.kind) && is_nobodys {
            // What lies under its temporary name cannot be seen now; the next attempt removes it.
            true => self.in_line_again(party, &file, Seen::Absent)?,
            false => Entry::default(),
        };
        // One that has stopped for a person is not tried again by itself.
        if !entry.is_failure_of(subject) {
            entry.push(fact(&file.case, subject, failure(trouble, retry_at)));
        }
        entries.push(entry);
        Ok(())
    }

    pub(super) fn paper_failed(&mut self, subject: &str, trouble: &Trouble) -> Result<Option<Entry>, JournalError> {
        if subject.starts_with('O') {
            return self.outbound_failed(subject, trouble);
        }
        let Some(file) = self.journal.inbound(subject)? else { return Ok(None) };
        let refused =
            !trouble.refusal.is_empty() || (file.state == InboundState::Received && trouble.remedy == Remedy::Person);
        if refused {
            let mut findings = trouble.findings();
            findings.extend(self.refused_before(&file)?);
            let mut entry = Entry::default();
            if let Some(forged) = findings.iter().find(|f| authenticity::is_incident(f)) {
                let (name, party, Text { en, zh }) = (&file.name, &file.party, forged.message.clone());
                let what = text!("`{name}` from `{party}` is refused: {en}", "已拒绝 `{party}` 的 `{name}`：{zh}");
                entry.push(fact(subject, subject, happened(IncidentKind::Forged, what)));
            }
            entry.push(fact(subject, subject, Event::Refused { findings, reason: None }));
            return Ok(Some(entry));
        }
        let retry_at = next_try(file.failures, trouble.remedy, self.now());
        Ok(Some(Entry::of(fact(subject, subject, failure(trouble, retry_at)))))
    }

    /// A file that the bank's dialect cannot carry is taken back before anything left, and the ERP is told; of a merged
    /// one, each batch is tried in a file of its own.
    pub(super) fn outbound_failed(&mut self, subject: &str, trouble: &Trouble) -> Result<Option<Entry>, JournalError> {
        let Some(file) = self.journal.outbound(subject)? else { return Ok(None) };
        if trouble.refusal.is_empty() || file.purpose != Purpose::Payments {
            let event = failure(trouble, next_try(file.failures, trouble.remedy, self.now()));
            return Ok(Some(Entry::of(fact(&file.case, subject, event))));
        }
        let reason = trouble.what.en.clone();
        let mut entry = self.about_file(&file, Event::Cancelled { reason })?;
        let numbering = numbering_of(&self.journal, subject)?.filter(|_| file.state == OutboundState::Numbered);
        let members = numbering.map(|numbering| numbering.merged).unwrap_or_default();
        let Some(numbered) = self.apart(&file, members)? else {
            // The file waits as it is: tomorrow has numbers again, or a person gives the names more digits.
            let trouble = Trouble::new(number::used_up(), Remedy::Wait);
            let event = failure(&trouble, next_try(file.failures, Remedy::Wait, self.now()));
            return Ok(Some(Entry::of(fact(&file.case, subject, event))));
        };
        numbered.into_iter().for_each(|numbered| entry.push(numbered));
        Ok(Some(entry))
    }
}

/// What a word of the bank about a file says that a person had stated as not sent: it has the file, and what it says
/// nothing else of is unknown.
fn after_all(file: &Outbound) -> Option<Change> {
    (file.state == OutboundState::Cancelled).then(|| Change::All {
        outbound: file.id.clone(),
        group: None,
        except: Vec::new(),
        except_groups: Vec::new(),
        state: PaymentState::Unknown,
        bank_status: None,
        reason: None,
    })
}
