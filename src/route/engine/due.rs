//! What is due: what every file and batch needs next, and which folders to look at.

use super::*;
use crate::check::used_before;
use crate::finding::Place;
use crate::journal::Suspicion;
use crate::route::backoff::is_to_come;
use crate::route::paper::control;

/// The most batches of which is remembered when they were compared with earlier payments.
const MOST_COMPARED: usize = 10_000;

impl Engine {
    pub(super) fn decide(&mut self, due: &mut Vec<Entry>, round: &mut Round) -> Result<(), JournalError> {
        let now = self.now();
        self.fence = Fence::of(&self.journal)?;
        self.hear()?;
        let stopped = self.stopped(now)?;
        for file in self.journal.uncleared()? {
            self.inbound_step(&file, &stopped, now, due, round)?;
        }
        self.unread.clear();
        for file in self.journal.inbounds(&[InboundState::Received, InboundState::Opened])? {
            self.note_unread(&file, now);
            self.inbound_step(&file, &stopped, now, due, round)?;
        }
        for file in self.journal.untold()? {
            self.tell_refusal(&file, due)?;
        }
        let held = self.held_behind_the_fence(due)?;
        let mut ready = BTreeMap::new();
        for batch in self.journal.batches(&[BatchState::Checked, BatchState::Released])? {
            if !held.contains(&batch.id) && !self.heard.1.awaited {
                self.batch_step(batch, now, due, round, &mut ready)?;
            }
        }
        for (bank, batches) in ready {
            self.number(&bank, batches, due)?;
        }
        use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Written};
        let mut line = Line::default();
        for file in self.journal.outbounds(&[Numbered, Written, Sealed, Queued, Sending, Publishing])? {
            self.outbound_step(file, &stopped, now, due, round, &mut line)?;
        }
        Ok(())
    }

    /// What waited when this became a second copy is held for that too, since the other copy may have sent it: which.
    fn held_behind_the_fence(&self, due: &mut Vec<Entry>) -> Result<HashSet<String>, JournalError> {
        let mut held = HashSet::new();
        if !self.fence.is_known() {
            return Ok(held);
        }
        let reason = fence::reason(self.shared.config.environment);
        for batch in self.journal.batches(&[BatchState::Held, BatchState::Released])? {
            if self.fence.misses(&self.journal, &batch)? {
                due.push(Entry::of(fact(&batch.inbound, &batch.id, held_too(&batch, &reason))));
                held.insert(batch.id);
            }
        }
        Ok(held)
    }

    /// Parties that are left alone until later, or until a person helps.
    pub(super) fn stopped(&self, now: Timestamp) -> Result<HashSet<String>, JournalError> {
        let contacts = self.journal.contacts()?;
        let late = |at: &str| at == WAITS_FOR_A_PERSON || at.parse::<Timestamp>().is_ok_and(|at| is_to_come(at, now));
        Ok(contacts.into_iter().filter(|c| late(&c.retry_at)).map(|c| c.party).collect())
    }

    pub(super) fn has_room(&self, party: &str) -> bool {
        self.out.values().filter(|p| *p == party).count() < MOST_AT_A_PORTER
    }

    pub(super) fn pool_has_room(&self) -> bool {
        self.out.values().filter(|p| p.is_empty()).count() < MOST_AT_THE_POOL
    }

    pub(super) fn inbound_step(
        &mut self,
        file: &Inbound,
        stopped: &HashSet<String>,
        now: Timestamp,
        due: &mut Vec<Entry>,
        round: &mut Round,
    ) -> Result<(), JournalError> {
        let Some(party) = self.party(&file.party).cloned() else { return Ok(()) };
        if self.out.contains_key(&file.id) {
            return Ok(());
        }
        match next::inbound(file, &party, now) {
            Step::Wait(at) => round.wait(at),
            Step::Clear if !stopped.contains(&party.name) && self.has_room(&party.name) => {
                self.give(&party.name, file.id.clone(), Job::Clear(Box::new(file.clone())));
            }
            Step::Open | Step::Read if !self.is_let_read(&party) => {}
            Step::Open => {
                let verdict = match party.is_bank() {
                    true => Verdict::Hold,
                    // The same count and sum of another day are no payments that came before.
                    false if control::is_control(&party, &file.name) => Verdict::Pass,
                    false => party.duplicates.content,
                };
                match (self.seen_before(file)?, verdict) {
                    (Some(of), Verdict::Hold) => {
                        due.push(Entry::of(fact(&file.id, &file.id, Event::Duplicate { of })));
                    }
                    (Some(of), Verdict::Refuse) => {
                        let findings = vec![duplicates::finding(&duplicates::same_content(of))];
                        due.push(Entry::of(fact(&file.id, &file.id, Event::Refused { findings, reason: None })));
                    }
                    // Stated with the batch, beside what else it is like.
                    (Some(_), Verdict::Pass) | (None, _) => self.paper(Work::Open(Box::new(file.clone()))),
                }
            }
            Step::Read if self.heard.1.opened_without(&self.journal, &file.id)? => {
                self.paper(Work::Open(Box::new(file.clone())));
            }
            Step::Read if party.is_bank() => self.read_of_bank(file),
            Step::Read => self.paper(Work::Read(Box::new(file.clone()))),
            _ => {}
        }
        Ok(())
    }

    /// A bank's files are read one after the other: what the first says must be known when the second is looked at, or
    /// a second booking of a payment would look like a first one.
    fn read_of_bank(&mut self, file: &Inbound) {
        let is_out = |id: &String| self.out.contains_key(id);
        if !self.reading.get(&file.party).is_some_and(is_out) {
            self.paper(Work::Read(Box::new(file.clone())));
            self.reading.insert(file.party.clone(), file.id.clone());
        }
    }

    pub(super) fn paper(&mut self, work: Work) {
        if self.pool_has_room() && !self.out.contains_key(work.subject()) {
            self.out.insert(work.subject().to_string(), String::new());
            self.pool.give(work);
        }
    }

    /// Whose files are looked at for the same content: an ERP's batch may come by another ERP, a bank's file may not.
    fn may_have_sent<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let is_bank = self.party(name).is_none_or(Party::is_bank);
        let erps = self.shared.config.parties.iter().filter(|p| !is_bank && !p.is_bank() && p.name != name);
        let aside = self.shared.config.set_aside.iter().filter(|aside| !is_bank && aside.name != name);
        std::iter::once(name).chain(erps.map(|p| p.name.as_str())).chain(aside.map(|a| a.name.as_str())).collect()
    }

    /// An earlier file with the same content, unless it was refused or a person let this one through.
    pub(super) fn seen_before(&self, file: &Inbound) -> Result<Option<String>, JournalError> {
        let mut earlier = None;
        for party in self.may_have_sent(&file.party) {
            let same = self.journal.inbounds_by_hash(party, &file.kept.sha256)?;
            let before = |f: &Inbound| (&f.came_at, &f.id) < (&file.came_at, &file.id);
            let mut counts = same.into_iter().filter(|f| before(f) && f.state != InboundState::Refused);
            earlier = earlier.or(counts.next());
        }
        let Some(earlier) = earlier else { return Ok(None) };
        let facts = self.journal.facts_of(&file.id)?;
        let admitted = facts.iter().any(|f| matches!(f.event, Event::Admitted { .. }));
        Ok((!admitted).then_some(earlier.id))
    }

    /// What is said of a file of an ERP whose very bytes were refused before.
    pub(super) fn refused_before(&self, file: &Inbound) -> Result<Option<Finding>, JournalError> {
        let Some(erp) = self.party(&file.party).filter(|party| !party.is_bank()) else { return Ok(None) };
        let since = duplicates::horizon(&erp.duplicates, self.now());
        let mut refused: Option<Inbound> = None;
        for party in self.may_have_sent(&file.party) {
            let mut same = self.journal.inbounds_by_hash(party, &file.kept.sha256)?.into_iter();
            let before = |f: &Inbound| (&f.came_at, &f.id) < (&file.came_at, &file.id) && f.came_at >= since;
            let last = same.rfind(|f| before(f) && f.state == InboundState::Refused);
            refused = refused.into_iter().chain(last).max_by(|a, b| a.came_at.cmp(&b.came_at));
        }
        let Some(earlier) = refused else { return Ok(None) };
        let facts = self.journal.facts_of(&earlier.id)?;
        let why = facts.into_iter().rev().find_map(|fact| match fact.event {
            Event::Refused { findings, reason } => Some((fact.at, findings, reason)),
            _ => None,
        });
        Ok(why.map(|(at, findings, reason)| duplicates::refused_before(&earlier.id, &at, &findings, reason.as_deref())))
    }

    /// The refusal that the sender of a file is told.
    pub(super) fn tell_refusal(&mut self, file: &Inbound, due: &mut Vec<Entry>) -> Result<(), JournalError> {
        let mut entry = Entry::default();
        self.refusals(file, &mut entry)?;
        if !entry.facts.is_empty() {
            due.push(entry);
        }
        Ok(())
    }

    /// Numbers the refusals of an ERP's file; banks are told nothing.
    pub(super) fn refusals(&mut self, file: &Inbound, entry: &mut Entry) -> Result<(), JournalError> {
        let Some(erp) = self.party(&file.party).filter(|p| !p.is_bank()).cloned() else { return Ok(()) };
        let about = self.journal.batch_of(&file.id)?.map(|b| b.id).unwrap_or_default();
        for format in &erp.template.outputs.refusal {
            let output = Output {
                party: erp.name.clone(),
                purpose: Purpose::Refusal,
                document: 0,
                format: format.clone(),
                account: String::new(),
                about: about.clone(),
            };
            if let Some((_, numbered)) = self.output(&output, &file.id)? {
                entry.push(numbered);
            }
        }
        Ok(())
    }

    /// What a batch needs; those that are to be numbered are gathered by bank.
    fn batch_step(
        &mut self,
        batch: Batch,
        now: Timestamp,
        due: &mut Vec<Entry>,
        round: &mut Round,
        ready: &mut BTreeMap<String, Vec<Batch>>,
    ) -> Result<(), JournalError> {
        let (Some(erp), Some(bank)) = (self.party(&batch.party).cloned(), self.party(&batch.bank).cloned()) else {
            return Ok(());
        };
        match next::batch(&batch, &bank, now) {
            // What was refused in this pass the journal does not know yet: it would count against limits and as seen.
            Step::Judge if due.iter().any(Entry::refuses_a_batch) => round.busy = true,
            Step::Judge => due.push(self.judged(&batch, &erp, &bank)?),
            Step::Wait(at) => round.wait(at),
            Step::Number if self.fence.up => {
                let event = held_too(&batch, &fence::reason(self.shared.config.environment));
                due.push(Entry::of(fact(&batch.inbound, &batch.id, event)));
            }
            Step::Number if self.alike_since(&batch, &erp, due)? => {}
            Step::Number => match decide::fallen(&self.journal, &self.shared.config, &batch, None, now)? {
                Some(fallen) => due.push(self.held_anew(&batch, &erp, &bank, fallen)?),
                None => match self.stopped_by_dates(&batch, &bank)? {
                    Some(entry) => due.push(entry),
                    None => ready.entry(bank.name).or_default().push(batch),
                },
            },
            _ => {}
        }
        Ok(())
    }

    /// Whether payments of a released batch came to be like others since it was looked at: it is held for that.
    fn alike_since(&mut self, batch: &Batch, erp: &Party, due: &mut Vec<Entry>) -> Result<bool, JournalError> {
        let later = duplicates::let_go_later(&self.journal, batch, &erp.duplicates)?;
        let Some(seen) = later.map_or_else(|| self.seen_since(batch, erp), |seen| Ok(Some(seen)))? else {
            return Ok(false);
        };
        let about = |event: Event| fact(&batch.inbound, &batch.id, event);
        let mut entry = Entry::of(about(duplicates::event(&seen, Verdict::Hold)));
        entry.push(about(held_too(batch, elsewhere::ALIKE)));
        due.push(entry);
        Ok(true)
    }

    /// What of a batch came to be like earlier payments since it was compared with them last. Where nothing moved a
    /// payment since then it is not compared again, which takes long for a large one.
    pub(super) fn seen_since(&mut self, batch: &Batch, erp: &Party) -> Result<Option<Suspicion>, JournalError> {
        if let Some(seq) = self.compared.get(&batch.id)
            && !self.journal.may_have_moved(*seq)?
        {
            return Ok(None);
        }
        self.compare_now(batch)?;
        duplicates::seen_since(&self.journal, batch, &erp.duplicates, self.now())
    }

    /// Remembers up to which fact the comparison that follows looks, which is earlier than it does.
    fn compare_now(&mut self, batch: &Batch) -> Result<(), JournalError> {
        // What is forgotten is compared once more.
        if self.compared.len() >= MOST_COMPARED {
            self.compared.clear();
        }
        self.compared.insert(batch.id.clone(), self.journal.head()?.0);
        Ok(())
    }

    /// What the bank's policy says now of the execution dates of batches.
    fn dates_of(&self, batches: &[Batch], bank: &Party) -> Result<Dates, JournalError> {
        if !bank.template.dates.are_asked() {
            return Ok(Dates::default());
        }
        let mut all = BTreeSet::new();
        for batch in batches {
            all.extend(self.journal.execution_dates(&batch.id)?);
        }
        let all: Vec<_> = all.into_iter().collect();
        let currencies: BTreeSet<_> = batches.iter().flat_map(|batch| batch.totals.sums.keys().copied()).collect();
        let currencies: Vec<_> = currencies.into_iter().collect();
        Ok(dates::look(&all, bank, &currencies, self.now()))
    }

    /// A released batch whose execution dates have become such that the bank's policy holds or refuses it. What a
    /// person released in spite of its dates is not held for them again.
    fn stopped_by_dates(&self, batch: &Batch, bank: &Party) -> Result<Option<Entry>, JournalError> {
        let Dates { held, noticed, refused, .. } = self.dates_of(std::slice::from_ref(batch), bank)?;
        let about = |event: Event| fact(&batch.inbound, &batch.id, event);
        if !refused.is_empty() {
            return Ok(Some(Entry::of(about(Event::Refused { findings: refused, reason: None }))));
        }
        let anew: Vec<String> = held.into_iter().filter(|reason| !batch.held.contains(reason)).collect();
        if anew.is_empty() {
            return Ok(None);
        }
        let mut entry = Entry::of(about(Event::Noticed { findings: noticed }));
        entry.push(about(Event::Held { reasons: batch.held.iter().cloned().chain(anew).collect() }));
        Ok(Some(entry))
    }

    /// Numbers the files of batches for a bank: each alone, or, where the bank merges, as many together as it takes.
    fn number(&mut self, bank: &str, batches: Vec<Batch>, due: &mut Vec<Entry>) -> Result<(), JournalError> {
        let Some(bank) = self.party(bank).cloned() else { return Ok(()) };
        let mut whole = Vec::new();
        for batch in batches {
            let parts = self.parts_of(&batch)?;
            match parts.is_empty() && !bank.template.out.merge.is_empty() {
                true => whole.push(batch),
                false => due.push(self.numbered(&batch, parts, &bank)?),
            }
        }
        for pack in merge::pack(&self.journal, &bank, whole)? {
            due.push(match pack.batches.as_slice() {
                [batch] => self.numbered(batch, Vec::new(), &bank)?,
                _ => match self.merged(&pack, &bank)? {
                    Some(entry) => entry,
                    None => {
                        due.extend(pack.batches.iter().map(used_up));
                        continue;
                    }
                },
            });
        }
        Ok(())
    }

    /// Id and number of the next file for a bank; `None` where no number of its sequence is left.
    fn identity(&mut self, bank: &Party) -> Result<Option<Identity>, JournalError> {
        let now = self.now();
        let pending = self.given.get(&bank.name).copied().unwrap_or_default();
        let sequence = match number::count(&self.journal, &self.shared.config, bank, pending, now)? {
            Counted::UsedUp => return Ok(None),
            Counted::Without => None,
            Counted::Number(given) => {
                self.given.insert(bank.name.clone(), given.number);
                Some(given)
            }
        };
        let id = self.journal.next_id(IdKind::Outbound, self.shared.day(now))?;
        Ok(Some(Identity { id, sequence }))
    }

    /// Numbers one file for several batches; `None` where no number is left for it.
    fn merged(&mut self, pack: &Pack, bank: &Party) -> Result<Option<Entry>, JournalError> {
        let now = self.now();
        let Some(identity) = self.identity(bank)? else { return Ok(None) };
        let id = &identity.id;
        let members = merge::members(&self.journal, &pack.batches)?;
        let first = &pack.batches[0];
        let load = Load::Merged(members.clone(), pack.totals.clone());
        let dates = self.dates_of(&pack.batches, bank)?.moved;
        let numbering = number::for_bank(&self.shared.config, bank, first, load, dates, &identity, now);
        let mut entry = Entry::of(fact(&first.inbound, id, Event::Numbered(numbering)));
        for MergedBatch { batch, source, groups_before } in members.into_iter().skip(1) {
            entry.push(fact(&source, &batch, Event::Merged { outbound: id.clone(), groups_before }));
        }
        Ok(Some(entry))
    }

    /// Numbers a file for each batch of a merged one that cannot be written: what one of them is at fault for is not
    /// the others' matter. `None` where no number is left for one of them.
    pub(super) fn apart(
        &mut self,
        file: &Outbound,
        members: Vec<MergedBatch>,
    ) -> Result<Option<Vec<NewFact>>, JournalError> {
        let Some(bank) = self.party(&file.party).cloned() else { return Ok(Some(Vec::new())) };
        let now = self.now();
        let mut facts = Vec::new();
        for MergedBatch { batch, source, groups_before } in members {
            let Some(batch) = self.journal.batch(&batch)? else { continue };
            let Some(identity) = self.identity(&bank)? else { return Ok(None) };
            let load = Load::Apart(Apart { file: file.id.clone(), groups_before });
            let dates = self.dates_of(std::slice::from_ref(&batch), &bank)?.moved;
            let numbering = number::for_bank(&self.shared.config, &bank, &batch, load, dates, &identity, now);
            facts.push(fact(&source, &identity.id, Event::Numbered(numbering)));
        }
        Ok(Some(facts))
    }

    /// Holds a batch whose approval fell: for what it was held for, for what the settings say now, and for that.
    fn held_anew(&self, batch: &Batch, erp: &Party, bank: &Party, fallen: &str) -> Result<Entry, JournalError> {
        let judgement = judge::judge(&self.journal, batch, erp, bank, self.now())?;
        let mut reasons = batch.held.clone();
        reasons.retain(|reason| reason != fallen);
        let anew: Vec<_> = judgement.reasons.into_iter().filter(|reason| !reasons.contains(reason)).collect();
        reasons.extend(anew);
        reasons.push(fallen.into());
        let about = |event: Event| fact(&batch.inbound, &batch.id, event);
        let mut entry = Entry::default();
        let noticed: Vec<_> = judgement.noticed.into_iter().chain(judgement.refused).collect();
        if !noticed.is_empty() {
            entry.push(about(Event::Noticed { findings: noticed }));
        }
        entry.push(about(Event::Held { reasons }));
        Ok(entry)
    }

    /// The parts that the bank's limits split a batch into; none for one file.
    fn parts_of(&self, batch: &Batch) -> Result<Vec<BatchPart>, JournalError> {
        let facts = self.journal.facts_of(&batch.inbound)?;
        let parts = facts.into_iter().find_map(|fact| match fact.event {
            Event::Checked { parts, .. } => Some(parts),
            _ => None,
        });
        Ok(parts.unwrap_or_default())
    }

    /// Numbers the file of a batch, or the files of all its parts at once.
    fn numbered(&mut self, batch: &Batch, parts: Vec<BatchPart>, bank: &Party) -> Result<Entry, JournalError> {
        let now = self.now();
        let of = parts.len() as u64;
        let numbered = |(at, BatchPart { ranges, totals }): (usize, BatchPart)| {
            Load::Part(NumberedPart { number: at as u64 + 1, of, ranges }, totals)
        };
        let mut files: Vec<_> = parts.into_iter().enumerate().map(numbered).collect();
        if files.is_empty() {
            files.push(Load::Whole);
        }
        let mut entry = Entry::default();
        let dates = self.dates_of(std::slice::from_ref(batch), bank)?.moved;
        for load in files {
            let Some(identity) = self.identity(bank)? else { return Ok(used_up(batch)) };
            let numbering = number::for_bank(&self.shared.config, bank, batch, load, dates.clone(), &identity, now);
            entry.push(fact(&batch.inbound, &identity.id, Event::Numbered(numbering)));
        }
        Ok(entry)
    }

    /// What is suspected of a checked batch, and whether it goes, waits or is refused.
    fn judged(&mut self, batch: &Batch, erp: &Party, bank: &Party) -> Result<Entry, JournalError> {
        let mut entry = Entry::default();
        self.compare_now(batch)?;
        let Some(file) = self.journal.inbound(&batch.inbound)? else { return Ok(entry) };
        let mut suspicions = duplicates::suspicions(&self.journal, batch, &file, &erp.duplicates, self.now())?;
        if let Some(of) = self.seen_before(&file)?.filter(|_| erp.duplicates.content == Verdict::Pass) {
            suspicions.insert(0, (duplicates::same_content(of), Verdict::Pass));
        }
        let about = |event: Event| fact(&batch.inbound, &batch.id, event);
        suspicions.iter().for_each(|(one, verdict)| entry.push(about(duplicates::event(one, *verdict))));
        let of = |wanted: Verdict| suspicions.iter().filter(move |(_, verdict)| *verdict == wanted).map(|(one, _)| one);
        let mut refused: Vec<_> = of(Verdict::Refuse).map(duplicates::finding).collect();
        let again = self.refused_before(&file)?;
        refused.extend(again.clone().filter(|_| erp.duplicates.content == Verdict::Refuse));
        let judgement = judge::judge(&self.journal, batch, erp, bank, self.now())?;
        refused.extend(judgement.refused);
        // Files are checked side by side: what came in between, the check of this one has not seen.
        let used = self.journal.id_used_meanwhile(batch)?;
        refused.extend(used.map(|(seq, id, of)| used_before(Place::path(format!("payment {seq}")), &id, &of)));
        let dates = self.dates_of(std::slice::from_ref(batch), bank)?;
        refused.extend(dates.refused);
        let noticed: Vec<_> = judgement.noticed.into_iter().chain(dates.noticed).collect();
        if !noticed.is_empty() {
            entry.push(about(Event::Noticed { findings: noticed }));
        }
        let mut reasons = judgement.reasons;
        reasons.extend(dates.held);
        reasons.extend(officers::looked_at_without(&self.journal, batch)?.then(|| officers::REASON.to_string()));
        let looked_at = again.filter(|_| erp.duplicates.content == Verdict::Hold);
        reasons.extend(looked_at.map(|finding| finding.rule.into_owned()));
        reasons.extend(judge::no_window(batch, bank, self.now()));
        let asked = self.journal.execution_dates(&batch.id)?;
        reasons.extend(judge::too_early(&asked, bank, self.now()).map(str::to_string));
        let is_of_second_copy = self.fence.up || self.fence.misses(&self.journal, batch)?;
        reasons.extend(is_of_second_copy.then(|| fence::reason(self.shared.config.environment)));
        let told = elsewhere::warned(&self.journal.facts_of(&batch.id)?, batch);
        reasons.extend(told.map(|(reason, _)| reason.to_string()));
        reasons.extend(of(Verdict::Hold).map(|one| one.likeness.rule().to_string()));
        entry.push(about(if !refused.is_empty() {
            Event::Refused { findings: refused, reason: None }
        } else if reasons.is_empty() {
            Event::Released { digest: batch.totals.digest.clone(), reason: "policy".into(), bound: None }
        } else {
            Event::Held { reasons }
        }));
        Ok(entry)
    }

    pub(super) fn outbound_step(
        &mut self,
        file: Outbound,
        stopped: &HashSet<String>,
        now: Timestamp,
        due: &mut Vec<Entry>,
        round: &mut Round,
        line: &mut Line,
    ) -> Result<(), JournalError> {
        let Some(party) = self.party(&file.party).cloned() else { return Ok(()) };
        let step = next::outbound(&file, &party, now);
        let is_first = line.place(&file, &party, step, now);
        if self.out.contains_key(&file.id) {
            return Ok(());
        }
        if self.fence.cut_off(&self.journal, &file)? {
            due.push(Entry::of(fact(&file.case, &file.id, fence::unknown(&file))));
            return Ok(());
        }
        let is_fenced = self.fence.up && file.purpose == Purpose::Payments;
        if is_fenced || self.fence.stops(&self.journal, &file)? {
            due.extend(fence::waits(&file).map(|event| Entry::of(fact(&file.case, &file.id, event))));
            return Ok(());
        }
        // Made by what nobody has confirmed, it would go so when the confirmed configuration is back.
        if matches!(step, Step::Write | Step::Seal | Step::Queue) && self.heard.1.awaited {
            return Ok(());
        }
        // By whose rules it was made and may go, nothing says while its ERP is away.
        if matches!(step, Step::Write | Step::Seal | Step::Queue | Step::Send { .. })
            && file.purpose == Purpose::Payments
            && absent::erp_of(&self.shared.config, &self.journal, &file)?.is_some()
        {
            return Ok(());
        }
        let reachable = !stopped.contains(&party.name) && self.has_room(&party.name);
        match step {
            Step::Wait(at) => round.wait(at),
            Step::Write => self.paper(Work::Write(Box::new(file))),
            Step::Seal => self.paper(Work::Seal(Box::new(file))),
            Step::Queue => {
                let event = match next::window(&file, &party, now) {
                    Ok(at) => Event::Queued { not_before: (at > now).then(|| moment(at)) },
                    Err(error) => failure(&Trouble::from(error), None),
                };
                let queued = matches!(event, Event::Queued { .. });
                let mut entry = Entry::of(fact(&file.case, &file.id, event));
                if queued && file.purpose == Purpose::Payments {
                    self.accept(&file, &mut entry)?;
                }
                due.push(entry);
            }
            // What it has said already may be that it has this very file, or that nothing more should go.
            Step::Send { .. } if self.unread.contains(&party.name) => {}
            Step::Send { .. } if reachable && self.is_let_to(&party)? => {
                let is_payments = file.purpose == Purpose::Payments;
                if !is_first || is_payments && in_flight::ahead(&self.journal, &party, now)?.is_some() {
                    due.extend(self.stopped_in_line(&file, now)?);
                    return Ok(());
                }
                if is_payments && self.elsewhere.fences(&self.shared, &mut self.journal)? {
                    // The next round sees the fence.
                    round.busy = true;
                    return Ok(());
                }
                if let Some(entry) = self.stopped_before_sending(&file, now)? {
                    due.push(entry);
                    return Ok(());
                }
                self.out.insert(file.id.clone(), party.name.clone());
                due.push(self.attempt(&party, file));
            }
            Step::Probe(_) if reachable => {
                self.give(&party.name, file.id.clone(), Job::Probe(Box::new(file)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Numbers what an ERP is told of a batch that waits for its bank now.
    fn accept(&mut self, file: &Outbound, entry: &mut Entry) -> Result<(), JournalError> {
        self.tell_of_line(file, 0, entry)
    }

    /// Numbers what the ERPs are told of a file in line for its bank: that it waits there or, counted from 1, that it
    /// stopped.
    pub(super) fn tell_of_line(
        &mut self,
        file: &Outbound,
        stopped: u64,
        entry: &mut Entry,
    ) -> Result<(), JournalError> {
        let document = place_of(&self.journal, file)?;
        for batch in self.journal.carried_by(&file.id)? {
            let formats = self.party(&batch.party).map(|erp| erp.template.outputs.acceptance.clone());
            for format in formats.unwrap_or_default() {
                let output = Output {
                    party: batch.party.clone(),
                    purpose: Purpose::Acceptance,
                    document,
                    format,
                    account: String::new(),
                    about: batch.id.clone(),
                };
                if let Some((_, mut numbered)) = self.output(&output, &file.source)? {
                    if let Event::Numbered(numbering) = &mut numbered.event {
                        numbering.stopped = stopped;
                    }
                    entry.push(numbered);
                }
            }
        }
        Ok(())
    }

    pub(super) fn look_soon(&mut self) {
        let now = self.now();
        self.watches.values_mut().for_each(|w| w.next_look = now);
    }

    /// Looks at every party whose time has come.
    pub(super) fn look(&mut self, round: &mut Round) {
        let now = self.now();
        let Ok(stopped) = self.stopped(now) else { return };
        // One that is further away than a look is apart was fixed by a clock that was ahead.
        let apart = |name: &str| self.party(name).map_or(30, |p| p.template.inward.every_seconds.max(30)) as i64;
        let is_due = |name: &str, at: Timestamp| {
            at <= now || at.duration_since(now) > SignedDuration::from_secs(apart(name).saturating_mul(2))
        };
        let due: Vec<String> =
            self.watches.iter().filter(|(n, w)| is_due(n, w.next_look)).map(|(n, _)| n.clone()).collect();
        for name in due {
            let subject = look_subject(&name);
            if self.out.contains_key(&subject) || stopped.contains(&name) {
                continue;
            }
            let seconds = self.party(&name).map_or(30, |p| p.template.inward.every_seconds.max(1)) as i64;
            if let Some(watch) = self.watches.get_mut(&name) {
                watch.next_look = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
            }
            self.give(&name, subject, Job::Look);
            round.busy = true;
        }
        if let Some(next) = self.watches.values().map(|w| w.next_look).min() {
            round.wait(next);
        }
    }

    /// States at the first contact that a party's server is of this environment.
    fn entered(&mut self, party: &Party, entries: &mut Vec<Entry>) -> Result<(), JournalError> {
        if !self.entered.insert(party.name.clone()) {
            return Ok(());
        }
        let environment = self.shared.config.environment;
        if let (Some(endpoint), Ok(false)) = (wall::endpoint(party), wall::is_pinned(&self.journal, party, environment))
        {
            let environment = environment.word().into();
            entries.push(Entry::of(fact("", &party.name, Event::Entered { endpoint, environment })));
        }
        Ok(())
    }

    pub(super) fn listed(
        &mut self,
        party: &Party,
        listings: Vec<Listing>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), JournalError> {
        let now = self.now();
        if let Some(watch) = self.watches.get_mut(&party.name) {
            watch.looks += 1;
        }
        self.entered(party, entries)?;
        for listing in listings {
            let begun = self.begun(&listing.claimed)?;
            let Some(watch) = self.watches.get_mut(&party.name) else { continue };
            let (takes, lost) = watch.intake.recover(party, &listing, &begun);
            let (candidates, troubles) = watch.intake.look(party, &listing, now);
            if watch.intake.is_waiting() {
                let soon = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
                watch.next_look = watch.next_look.min(soon);
            }
            let alone = watch.intake.alone(party, &listing, now);
            takes.into_iter().for_each(|take| self.start_taking(party, take));
            for what in lost.into_iter().chain(troubles) {
                entries.push(Entry::of(fact("", &party.name, happened(IncidentKind::Folder, what))));
            }
            let late = self.late_controls(party, &listing, alone, now)?;
            for candidate in candidates.into_iter().chain(late) {
                if !self.has_room(&party.name) {
                    self.look_again(&party.name);
                    break;
                }
                self.take(party, candidate)?;
            }
        }
        Ok(())
    }

    /// Control files that came after the files that they speak of were taken.
    fn late_controls(
        &self,
        party: &Party,
        listing: &Listing,
        alone: Vec<String>,
        now: Timestamp,
    ) -> Result<Vec<intake::Candidate>, JournalError> {
        let mut late = Vec::new();
        for name in alone.into_iter().filter(|name| control::is_control(party, name)) {
            if control::spoken_of(&self.journal, &party.name, &listing.folder, &name, now)?.is_some() {
                late.extend(intake::by_itself(party, listing, &name));
            }
        }
        Ok(late)
    }

    /// More files are ready than a porter holds: it looks again as soon as it has dealt with those that it was given.
    fn look_again(&mut self, party: &str) {
        let now = self.now();
        if let Some(watch) = self.watches.get_mut(party) {
            watch.next_look = now;
        }
    }

    /// What was claimed before a crash and is neither in the journal nor being taken: the claim is the id.
    pub(super) fn begun(&self, claimed: &[Claimed]) -> Result<Vec<Claimed>, JournalError> {
        let mut begun = Vec::new();
        for one in claimed.iter().filter(|c| c.claim.starts_with('I') && !self.out.contains_key(&c.claim)) {
            if self.journal.inbound(&one.claim)?.is_none() {
                begun.push(one.clone());
            }
        }
        Ok(begun)
    }

    pub(super) fn start_taking(&mut self, party: &Party, take: Take) {
        self.taking.insert(take.id.clone(), (party.name.clone(), take.folder.clone(), take.name.clone()));
        self.give(&party.name, take.id.clone(), Job::Take(Box::new(take)));
    }

    pub(super) fn take(&mut self, party: &Party, candidate: intake::Candidate) -> Result<(), JournalError> {
        let key = (party.name.clone(), candidate.folder.clone(), candidate.name.clone());
        if self.taking.values().any(|taken| *taken == key) {
            return Ok(());
        }
        if let Some(identity) = &candidate.identity
            && self.journal.inbound_by_claim(&party.name, identity)?.is_some()
        {
            return Ok(());
        }
        let id = self.journal.next_id(IdKind::Inbound, self.shared.today())?;
        self.start_taking(party, intake::take(candidate, id));
        Ok(())
    }
}
