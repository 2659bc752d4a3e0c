//! What people do in a history: what they say is so, or they believed it; what takes two they say together.

use std::collections::BTreeSet;

use bankferry::config::Config;
use bankferry::document::Indicator;
use bankferry::journal::{
    Act, Batch, BatchState, EntryFilter, EntryRecord, EntryState, Event, InboundState, NewFact, Outbound,
    OutboundState, PaymentFilter, PaymentState, Purpose, Records, Rows, SqliteJournal, WAITS_FOR_A_PERSON,
};
use bankferry::route::by_hand;
use bankferry::route::decide::{Matter, confirm_facts, fact, outbound_digest, payment_digest, propose};
use bankferry::route::reconcile::{before, file_of, payment_name};

use super::steps::Decision;
use super::truth::Truth;

impl Truth {
    /// People decide about all that is there to be decided so: about how much.
    pub(super) fn person(&mut self, decision: Decision) -> u64 {
        let Some(journal) = self.journal() else { return 0 };
        let done = match decision {
            Decision::Release => self.about_held(&journal, |batch| Event::Released {
                digest: batch.totals.digest.clone(),
                reason: "looked at".into(),
                bound: None,
            }),
            Decision::Refuse => {
                self.about_held(&journal, |_| Event::Refused { findings: Vec::new(), reason: Some("a mistake".into()) })
            }
            Decision::Cancel => self.about_held(&journal, |_| Event::Cancelled { reason: "not wanted".into() }),
            Decision::CancelFile => self.cancel_files(&journal),
            Decision::Admit => self.admit(&journal),
            Decision::Resolve => self.resolve(&journal),
            Decision::ResolvePayment => self.resolve_payments(&journal),
            Decision::Resend => self.resend(&journal),
            Decision::Unmatch => self.unmatch(&journal),
            Decision::Retry => self.retry(&journal),
        };
        *self.acts.entry(decision).or_default() += done;
        done
    }

    fn about_held(&self, journal: &SqliteJournal, event: impl Fn(&Batch) -> Event) -> u64 {
        let held = journal.batches(&[BatchState::Held]).expect("batches");
        for batch in &held {
            self.works.decide("anna", &batch.inbound, &batch.id, event(batch)).expect("a decision");
        }
        held.len() as u64
    }

    fn admit(&self, journal: &SqliteJournal) -> u64 {
        let files = journal.inbounds(&[InboundState::Duplicate]).expect("files");
        for file in &files {
            let event = Event::Admitted { reason: "meant twice".into() };
            self.works.decide("anna", &file.id, &file.id, event).expect("an admission");
        }
        files.len() as u64
    }

    /// What has not left is taken back; what was to be sent once more is in doubt as before.
    fn cancel_files(&self, journal: &SqliteJournal) -> u64 {
        use OutboundState::{Numbered, Queued, Sealed, Written};
        let files = payments_files(journal, &[Numbered, Written, Sealed, Queued]);
        for file in &files {
            let event = match file.awaits_resend() {
                true => Event::Unknown("the resend was taken back".into()),
                false => Event::Cancelled { reason: "not wanted any more".into() },
            };
            self.works.decide("anna", &file.case, &file.id, event).expect("a decision");
        }
        files.len() as u64
    }

    fn resolve(&self, journal: &SqliteJournal) -> u64 {
        let files = journal.outbounds(&[OutboundState::Unknown, OutboundState::Unconfirmed]).expect("files");
        for file in &files {
            assert!(file.evidence.as_deref().is_some_and(|e| !e.is_empty()), "doubt without evidence: {file:?}");
            let event = Event::Resolved { sent: self.copies_at_bank(file) > 0, reason: "telephoned".into() };
            self.works.decide("anna", &file.case, &file.id, event).expect("a resolution");
        }
        files.len() as u64
    }

    /// Of a payment that is unknown by itself people say what the bank really did with it.
    fn resolve_payments(&mut self, journal: &SqliteJournal) -> u64 {
        let states = vec![PaymentState::Unknown];
        let mut done = 0;
        for payment in journal.payments(&PaymentFilter { states, ..PaymentFilter::default() }).expect("payments") {
            let file = file_of(journal, &payment).expect("an answer");
            if file.is_some_and(|file| file.state == OutboundState::Unknown) {
                continue;
            }
            let batch = journal.batch(&payment.batch).expect("an answer").expect("a batch");
            let (fate, _) = self.asked[&batch.name][payment.seq as usize - 1];
            let shown = journal.bookings_of(payment.row).expect("bookings");
            let left = shown.iter().any(|booking| booking.shows_that_it_left());
            let back = shown.iter().any(|booking| booking.back);
            let sent = fate.moves_money();
            let Some(state) = PaymentState::resolved(sent, left, back) else { continue };
            let moved = journal.payment_steps(payment.row).expect("steps").last().map(|step| step.seq);
            let (name, digest) = (payment_name(&payment), payment_digest(&payment, moved));
            let what = if sent { Act::ResolveSent } else { Act::ResolveNotSent };
            let (case, subject) = (batch.inbound.clone(), name.clone());
            let matter = Matter { what, case, subject, digest, reason: "asked".into(), reference: None };
            let word = fact(&matter, "anna", Event::PaymentResolved { sent, state, reason: "asked".into() });
            self.together(&matter, vec![(word, Rows::None)]);
            self.spoken_of.insert(name);
            done += 1;
        }
        done
    }

    /// Two people have the same bytes sent once more, whatever the bank really has: it may have said what is not so.
    fn resend(&self, journal: &SqliteJournal) -> u64 {
        let mut done = 0;
        for file in payments_files(journal, &[]) {
            let answered = file.state == OutboundState::Answered;
            let leads = file.state.leads_to_by_resend().contains(&OutboundState::Queued);
            let asked_again = journal.asked_again(&file.id).expect("an answer").is_some();
            if !leads || asked_again || answered && !journal.is_rejected(&file.id).expect("an answer") {
                continue;
            }
            let (reference, reason) = ("TKT-1", "the bank has nothing");
            let matter = Matter {
                what: Act::Resend,
                case: file.case.clone(),
                subject: file.id.clone(),
                digest: outbound_digest(&file, reference),
                reason: reason.into(),
                reference: Some(reference.into()),
            };
            let sha256 = file.payload().expect("bytes").sha256.clone();
            let resent = Event::Resent { reference: reference.into(), reason: reason.into(), sha256 };
            self.together(&matter, vec![(fact(&matter, "anna", resent), Rows::None)]);
            done += 1;
        }
        done
    }

    /// Two people say of the first entry that is matched that it is not its payments.
    fn unmatch(&mut self, journal: &SqliteJournal) -> u64 {
        let filter = EntryFilter { states: vec![EntryState::Matched], ..EntryFilter::default() };
        let mut matched: Option<EntryRecord> = None;
        journal
            .each_entry(&filter, &mut |entry| {
                matched = Some(entry);
                false
            })
            .expect("entries");
        let Some(record) = matched else { return 0 };
        let payments = by_hand::payments_of(journal, &record).expect("payments");
        let out = record.entry.indicator == Indicator::Debit;
        let effect = if out { PaymentState::Booked } else { PaymentState::Returned };
        let mut back = Vec::new();
        for payment in &payments {
            back.extend(before(journal, &record.inbound, &[effect], payment).expect("steps"));
        }
        let names: BTreeSet<String> = payments.iter().map(payment_name).collect();
        let (document, entry) = (record.entry.document, record.entry.seq);
        let matter = Matter {
            what: Act::Unmatch,
            case: record.inbound.clone(),
            subject: record.name(),
            digest: by_hand::digest(journal, &record, &payments).expect("a digest"),
            reason: "not they".into(),
            reference: None,
        };
        let event = Event::EntryUnmatched {
            document,
            entry,
            payments: names.iter().cloned().collect(),
            reason: matter.reason.clone(),
        };
        let (case, subject) = (record.inbound.clone(), record.inbound.clone());
        let word = NewFact { actor: "anna".into(), case, subject, event };
        self.together(&matter, vec![(word, Rows::Changes(&back))]);
        self.spoken_of.extend(names);
        1
    }

    /// One proposes, another confirms.
    fn together(&self, matter: &Matter, facts: Vec<(NewFact, Rows<'_>)>) {
        let config = Config::load(&self.works.root).expect("a configuration");
        let mut journal = self.works.journal();
        propose(&mut journal, &config, matter, "otto", self.works.now()).expect("a proposal");
        confirm_facts(&mut journal, matter, "anna", self.works.now(), |_| facts).expect("a confirmation");
    }

    /// What waits for a person because it failed is tried again.
    fn retry(&self, journal: &SqliteJournal) -> u64 {
        let mut files = journal.outbounds(&[]).expect("files");
        files.retain(|file| file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON));
        for file in &files {
            let event = Event::Recovered { reason: "the folder is there again".into(), reason_zh: String::new() };
            self.works.decide("anna", &file.case, &file.id, event).expect("a retry");
        }
        files.len() as u64
    }
}

/// Files of payments in these states; in all of them where none is named.
fn payments_files(journal: &SqliteJournal, states: &[OutboundState]) -> Vec<Outbound> {
    let mut files = journal.outbounds(states).expect("files");
    files.retain(|file| file.purpose == Purpose::Payments);
    files
}
