//! What must be true at the end of a history.

use std::collections::{BTreeMap, BTreeSet};

use bankferry::archive::Archive;
use bankferry::config::Config;
use bankferry::journal::{
    BatchState, Event, Fact, InboundState, OutboundState, PaymentFilter, PaymentState, Records, SqliteJournal,
    WAITS_FOR_A_PERSON, proof,
};
use bankferry::route::notices::notices;
use bankferry::route::reconcile::payment_name;

use super::steps::Fate;
use super::truth::Truth;
use super::works::{BANKS, ERPS};

impl Truth {
    pub(super) fn tally(&self, journal: &SqliteJournal) -> BTreeMap<String, u64> {
        let mut tally = BTreeMap::from([("killed".to_string(), self.killed)]);
        tally.extend(self.acts.iter().map(|(act, times)| (format!("act {act:?}"), *times)));
        let facts = journal.facts_after(0, u64::from(u32::MAX)).expect("facts");
        let stated = facts.iter().map(|fact| format!("fact {}", fact.event.word()));
        let payments = journal.payments(&PaymentFilter::default()).expect("payments");
        let ended = payments.iter().map(|payment| format!("payment {}", payment.state));
        for what in stated.chain(ended) {
            *tally.entry(what).or_default() += 1;
        }
        tally
    }

    pub(super) fn verify_all_is_over(&self, journal: &SqliteJournal) {
        for file in
            journal.inbounds(&[InboundState::Received, InboundState::Opened, InboundState::Read]).expect("files")
        {
            assert_eq!(file.retry_at.as_deref(), Some(WAITS_FOR_A_PERSON), "{file:?}\n{}", self.story(journal));
        }
        assert!(journal.uncleared().expect("files").is_empty(), "{}", self.story(journal));
        let waiting = journal.batches(&[BatchState::Checked, BatchState::Released]).expect("batches");
        assert!(waiting.is_empty(), "not over: {waiting:?}\n{}", self.story(journal));
        for batch in journal.batches(&[BatchState::Held]).expect("batches") {
            assert!(!batch.held.is_empty(), "held without a reason: {batch:?}");
        }
        for file in journal.outbounds(&[]).expect("files") {
            use OutboundState::*;
            let over = match file.state {
                Sent | Answered | Cancelled => true,
                Unknown | Unconfirmed => file.evidence.as_deref().is_some_and(|e| !e.is_empty()),
                _ => false,
            };
            assert!(over, "not over: {file:?}\n{}", self.story(journal));
        }
        self.verify_payments_are_over(journal);
    }

    /// A payment that reached the bank is where its fate leads, or it is said that its answer is missing.
    fn verify_payments_are_over(&self, journal: &SqliteJournal) {
        let config = Config::load(&self.works.root).expect("a configuration");
        let said = notices(&config, journal, self.works.now()).expect("notices");
        let facts = journal.facts_after(0, u64::from(u32::MAX)).expect("facts");
        let missing: BTreeSet<&str> = said.iter().map(|notice| notice.subject.as_str()).collect();
        for payment in journal.payments(&PaymentFilter::default()).expect("payments") {
            let Some(file) = payment.outbound.as_ref().and_then(|id| journal.outbound(id).expect("a file")) else {
                continue;
            };
            if self.copies_at_bank(&file) == 0 {
                continue;
            }
            let batch = journal.batch(&payment.batch).expect("an answer").expect("a batch");
            let (fate, _) = self.asked[&batch.name][payment.seq as usize - 1];
            let ends: &[PaymentState] = match fate {
                Fate::Booked => &[PaymentState::Booked],
                Fate::Returned => &[PaymentState::Returned],
                Fate::Rejected => &[PaymentState::Rejected],
                Fate::Pending => &[PaymentState::Sent, PaymentState::Accepted],
                // In a pain.002 it is a payment without a status of its own.
                Fate::Unlisted if file.party == BANKS[0].0 => &[PaymentState::Sent],
                Fate::Unlisted => &[PaymentState::Unknown],
            };
            let doubted = matches!(file.state, OutboundState::Unknown | OutboundState::Unconfirmed);
            // What the program could not lead to one payment, it said.
            let ours = payment.end_to_end_id.as_deref().unwrap_or("?");
            let is_ours = |what: &str| what.starts_with("no single payment") && what.contains(ours);
            // Of a second file the bank may know the first, and says no word about that.
            let again = file.message_id.as_deref().filter(|_| file.resends > 0).unwrap_or("?");
            let is_first = |what: &str| what.contains("as a duplicate") && what.contains(again);
            let told = |what: &str| is_ours(what) || is_first(what);
            let unled = facts.iter().any(|f| matches!(&f.event, Event::Incident { what, .. } if told(what)));
            let named = missing.contains(file.id.as_str()) || doubted;
            // What a person says of a file that was sent once more ends the doubt; the bank has never spoken of that.
            let said_sent = |f: &Fact| f.subject == file.id && matches!(f.event, Event::Resolved { sent: true, .. });
            let by_mouth = file.resends > 0 && named && facts.iter().any(said_sent);
            let by_word = self.spoken_of.contains(&payment_name(&payment)) || by_mouth;
            let over = ends.contains(&payment.state)
                || unled
                || by_word
                || self.answers_went_wrong && (named || !fate.moves_money());
            assert!(over, "{fate:?} is not over: {payment:?}\n{said:?}\n{}", self.story(journal));
        }
    }

    /// What a bank refused or gave back was told to the ERP, in a file that came once.
    pub(super) fn verify_the_erp_was_told(&self, journal: &SqliteJournal) {
        let mut told = String::new();
        for erp in ERPS {
            for name in self.works.files(&format!("taken/{erp}")) {
                told +=
                    &std::fs::read_to_string(self.works.root.join("taken").join(erp).join(name)).unwrap_or_default();
            }
        }
        for payment in journal.payments(&PaymentFilter::default()).expect("payments") {
            let ours = payment.end_to_end_id.as_deref().unwrap_or_default();
            if matches!(payment.state, PaymentState::Rejected | PaymentState::Returned) {
                assert!(
                    !ours.is_empty() && told.contains(ours),
                    "not told: {payment:?}\n{told}\n{}",
                    self.story(journal)
                );
            }
        }
        for file in journal.inbounds(&[InboundState::Refused]).expect("files") {
            let is_erps = ERPS.contains(&file.party.as_str());
            assert!(!is_erps || told.contains(&file.name), "not told: {file:?}\n{told}\n{}", self.story(journal));
        }
    }

    pub(super) fn verify_memory(&self, journal: &SqliteJournal) {
        assert_eq!(journal.verify_chain(&mut |_| {}).expect("a chain").broken_at, None);
        let archive = Archive::open(&self.works.root.join("archive")).expect("an archive");
        let report = archive.verify(&mut |_, _| {}).expect("a report");
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        for batch in journal.batches(&[]).expect("batches") {
            let fault = proof::case(journal, &batch.inbound).expect("a proof");
            assert!(fault.is_empty(), "{fault:?}\n{}", self.story(journal));
        }
    }
}
