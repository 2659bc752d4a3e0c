//! The small model: what was asked for, what each bank really received, and what must be true of the journal then.

use std::collections::{BTreeMap, BTreeSet};

use bankferry::document::Amount;
use bankferry::journal::{
    Batch, Event, Outbound, OutboundState, PaymentFilter, PaymentRecord, PaymentState, Purpose, Records, SqliteJournal,
};
use bankferry::route::reconcile::payment_name;
use bankferry::sandbox::bank::{Fault, FaultKind, FaultOf};
use jiff::SignedDuration;

use super::steps::{Asked, Decision, Fate, Step};
use super::works::{BANKS, ERPS, Works, rename};

/// What is over this waits for a person.
const ERP: &str = "release = { always = false, unauthenticated = false, over = { EUR = \"2500.00\" } }";

/// Banks answer within two hours, or it is said that they have not.
const BANK: &str = "answers = { received_within = \"2h\" }\nrelease = { always = false, unauthenticated = false }";

/// The columns of a batch.
const COLUMNS: &str = "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n";

/// An installation and what is known about it from outside.
pub struct Truth {
    pub(super) works: Works,
    /// What was asked for, by name of the ERP's file.
    pub(super) asked: BTreeMap<String, Vec<Asked>>,
    /// The files in order: ERP, name, content.
    dropped: Vec<(usize, String, String)>,
    /// Banks whose folder cannot be reached.
    gone: BTreeSet<usize>,
    /// Whether an answer may be missing for ever.
    pub(super) answers_went_wrong: bool,
    /// Whether the last thing that happened was a run to its end, so that nothing is on its way.
    rests: bool,
    /// How often the program was killed.
    pub(super) killed: u64,
    /// How often people did what.
    pub(super) acts: BTreeMap<Decision, u64>,
    /// Payments of which people said that an entry is not they, or what became of them.
    pub(super) spoken_of: BTreeSet<String>,
}

impl Truth {
    pub fn new() -> Truth {
        Truth {
            works: Works::new("2026-11-02T08:00:00Z", ERP, BANK, &["ACTC", "ACSC"]),
            asked: BTreeMap::new(),
            dropped: Vec::new(),
            gone: BTreeSet::new(),
            answers_went_wrong: false,
            rests: false,
            killed: 0,
            acts: BTreeMap::new(),
            spoken_of: BTreeSet::new(),
        }
    }

    /// Does one step.
    pub fn take(&mut self, step: &Step) {
        self.rests = false;
        match step {
            Step::Drop { erp, bank, payments } => self.drop_batch(*erp, *bank, payments),
            Step::DropAgain { erp, which } => {
                let Some((_, name, content)) = self.dropped.get(*which).cloned() else { return };
                let asked = self.asked.get(&name).cloned().unwrap_or_default();
                self.drop_file(*erp, content, asked);
            }
            Step::DropBroken { erp, rule } => {
                let row = "2026-11-02,Example GmbH,DE89370400440532013000,Payee,GB29NWBK60161331926818,NWBKGB2L,1.00,EUR,H-x,x\n";
                let content = if *rule { format!("{COLUMNS}{row}") } else { "this is no batch".to_string() };
                self.drop_file(*erp, content, Vec::new());
            }
            Step::Once => self.once(),
            Step::Killed(point) => {
                self.rests = !self.works.once_killed(&point.to_string());
                self.killed += u64::from(!self.rests);
            }
            Step::Cut { taken } => self.cut(*taken),
            Step::Tick(bank) if !self.gone.contains(bank) => self.works.tick(BANKS[*bank].0),
            Step::Answers { bank, fault } if !self.gone.contains(bank) => self.answers(*bank, *fault),
            Step::EndOfDay(bank) if !self.gone.contains(bank) => self.works.end_of_day(BANKS[*bank].0),
            Step::Tick(_) | Step::EndOfDay(_) | Step::Answers { .. } => {}
            Step::Pass(minutes) => self.works.pass(SignedDuration::from_mins(*minutes)),
            Step::People(first) => drop(first.and_others().find(|act| self.person(*act) > 0)),
            Step::Reach { bank, gone } => self.reach(*bank, *gone),
            Step::Take(erp) => self.erp_takes(*erp),
        }
    }

    fn once(&mut self) {
        self.works.once();
        self.rests = true;
    }

    fn cut(&mut self, taken: bool) {
        self.rests = !self.works.once_killed("carrier published");
        self.killed += u64::from(!self.rests);
        for (at, (bank, _)) in BANKS.into_iter().enumerate().filter(|(at, _)| !self.gone.contains(at)) {
            if taken {
                self.works.tick(bank);
            } else if let Some(journal) = self.journal() {
                let files = journal.outbounds(&[OutboundState::Publishing]).expect("files");
                let inbox = self.works.root.join(format!("outbox/{}/inbox", BANKS[at].0));
                // Where it was not published yet there is nothing to remove.
                files.iter().filter(|f| f.party == bank).for_each(|f| drop(std::fs::remove_file(inbox.join(&f.name))));
            }
        }
    }

    fn drop_batch(&mut self, erp: usize, bank: usize, payments: &[Asked]) {
        // Late enough that it is not over when the program comes to read it.
        let (day, account) = (self.works.day() + jiff::ToSpan::days(5), BANKS[bank].1);
        let number = self.dropped.len();
        let mut content = COLUMNS.to_string();
        for (at, (fate, cents)) in payments.iter().enumerate() {
            let (amount, word) = (Amount::new(*cents, 2), fate.word());
            content += &format!(
                "{day},Example GmbH,{account},Payee {at},GB29NWBK60161331926819,NWBKGB2L,{amount},EUR,H-{number}-{at},{word} {number}-{at}\n"
            );
        }
        self.drop_file(erp, content, payments.to_vec());
    }

    fn drop_file(&mut self, erp: usize, content: String, asked: Vec<Asked>) {
        let name = format!("batch-{:03}.csv", self.dropped.len());
        self.works.drop_file(ERPS[erp], &name, &content);
        self.asked.insert(name.clone(), asked);
        self.dropped.push((erp, name, content));
    }

    fn answers(&mut self, bank: usize, fault: Option<FaultKind>) {
        let fault = fault.map(|kind| Fault { kind, of: FaultOf::Status, file: None, seconds: 7_200 });
        let harmless = [None, Some(FaultKind::Doubled), Some(FaultKind::Late)];
        self.answers_went_wrong |= !harmless.contains(&fault.as_ref().map(|f| f.kind));
        self.works.open_bank(BANKS[bank].0, fault.into_iter().collect());
    }

    /// A file lies where the bank's folder should be.
    fn reach(&mut self, bank: usize, gone: bool) {
        let inbox = self.works.root.join(format!("outbox/{}/inbox", BANKS[bank].0));
        let away = inbox.with_file_name("away");
        if gone && inbox.is_dir() {
            rename(&inbox, &away);
            std::fs::File::create(&inbox).expect("a file");
            self.gone.insert(bank);
        } else if !gone && self.gone.remove(&bank) {
            std::fs::remove_file(&inbox).expect("a file");
            rename(&away, &inbox);
        }
    }

    fn erp_takes(&self, erp: usize) {
        let taken = self.works.root.join("taken").join(ERPS[erp]);
        std::fs::create_dir_all(&taken).expect("a folder");
        let outbox = format!("outbox/{}", ERPS[erp]);
        for name in self.works.files(&outbox) {
            assert!(!taken.join(&name).exists(), "`{name}` is published twice");
            rename(&self.works.root.join(&outbox).join(&name), &taken.join(&name));
        }
    }

    /// How often two people had a file sent once more.
    fn resends(&self, journal: &SqliteJournal, file: &str) -> u64 {
        let facts = journal.facts_of(file).expect("facts");
        facts.iter().filter(|fact| matches!(fact.event, Event::Resent { .. })).count() as u64
    }

    pub(super) fn journal(&self) -> Option<SqliteJournal> {
        let path = self.works.root.join("state/journal.db");
        let journal = SqliteJournal::open_to_read(&path).ok()?;
        journal.head().is_ok().then_some(journal)
    }

    /// How often a bank got this file: taken, or lying there under its final name.
    pub(super) fn copies_at_bank(&self, file: &Outbound) -> u64 {
        let Some(bank) = self.works.banks.get(file.party.as_str()) else { return 0 };
        let taken =
            bank.received().iter().filter(|r| r.message_id.is_some() && r.message_id == file.message_id).count();
        let place = BANKS.iter().position(|(name, _)| *name == file.party).filter(|at| self.gone.contains(at));
        let folder = if place.is_some() { "away" } else { "inbox" };
        let lying = self.works.files(&format!("outbox/{}/{folder}", file.party));
        (taken + lying.iter().filter(|name| **name == file.name).count()) as u64
    }

    /// What must be true after every step.
    pub fn verify(&self, context: &str) {
        let Some(journal) = self.journal() else { return };
        for (bank, brain) in &self.works.banks {
            for received in brain.received() {
                assert!(received.message_id.is_some(), "{context}: {bank} got what it cannot read: {received:?}");
            }
        }
        let files = journal.outbounds(&[]).expect("files");
        for file in files.iter().filter(|f| f.purpose == Purpose::Payments) {
            self.verify_file(&journal, file, context);
        }
        for batch in journal.batches(&[]).expect("batches") {
            self.verify_batch(&journal, &batch, context);
        }
        if self.rests {
            self.verify_nothing_is_lost(&journal, context);
        }
    }

    /// A file is at its bank once at most, and is called what it is.
    fn verify_file(&self, journal: &SqliteJournal, file: &Outbound, context: &str) {
        let copies = self.copies_at_bank(file);
        let story = || format!("{context}: {copies} at the bank of {file:?}\n{}", self.story(journal));
        let resends = self.resends(journal, &file.id);
        assert!(copies <= 1 + resends, "more often than people wanted: {}", story());
        use OutboundState::*;
        match file.state {
            Sent | Answered => assert!(copies > 0, "called sent: {}", story()),
            Numbered | Written | Sealed | Queued => assert!(copies <= resends, "called not sent: {}", story()),
            Cancelled => assert_eq!(copies, 0, "called not sent: {}", story()),
            // On the way, or said aloud that nobody knows.
            Sending | Publishing | Unconfirmed | Unknown => {}
        }
        let Some(bank) = self.works.banks.get(file.party.as_str()) else { return };
        let received = bank.received().iter().find(|r| r.message_id.is_some() && r.message_id == file.message_id);
        if let (Some(received), Some(totals)) = (received, &file.totals) {
            assert_eq!((received.count, &received.sums), (totals.count, &totals.sums), "{}", story());
        }
    }

    /// A batch holds what was asked for, and nothing is said of a payment that is not so.
    fn verify_batch(&self, journal: &SqliteJournal, batch: &Batch, context: &str) {
        let story = |payment: &PaymentRecord| format!("{context}: {payment:?}\n{}", self.story(journal));
        let asked = self.asked.get(&batch.name).expect("a batch that was dropped");
        let sum: i64 = asked.iter().map(|(_, cents)| cents).sum();
        let sums: Vec<Amount> = batch.totals.sums.values().copied().collect();
        assert_eq!((batch.totals.count, sums), (asked.len() as u64, vec![Amount::new(sum, 2)]), "{context}");
        let filter = PaymentFilter { batch: Some(batch.id.clone()), ..PaymentFilter::default() };
        let payments = journal.payments(&filter).expect("payments");
        assert_eq!(payments.len(), asked.len(), "{context}: every payment once");
        for payment in &payments {
            let (fate, cents) = asked[payment.seq as usize - 1];
            assert_eq!(payment.amount, Amount::new(cents, 2), "{}", story(payment));
            let file = payment.outbound.as_ref().and_then(|id| journal.outbound(id).expect("a file"));
            let at_bank = file.as_ref().is_some_and(|file| self.copies_at_bank(file) > 0);
            let again = file.as_ref().is_some_and(|file| self.resends(journal, &file.id) > 0);
            // That the bank does not carry it out people say only where that is so.
            let said = payment.state == PaymentState::Cancelled && !fate.moves_money();
            // Nobody saw the bank take it, and the file is called so.
            let unseen = file.as_ref().is_some_and(|file| file.state == OutboundState::Unconfirmed);
            let is_so = is_so(payment.state, fate, at_bank || unseen && payment.state == PaymentState::Sent)
                || again && is_so(payment.state, fate, false)
                || said && self.spoken_of.contains(&payment_name(payment));
            assert!(is_so, "a lie about {fate:?}: {}", story(payment));
        }
    }

    /// Every file that was dropped is known or still lies there.
    fn verify_nothing_is_lost(&self, journal: &SqliteJournal, context: &str) {
        let known: BTreeSet<String> = journal.inbounds(&[]).expect("files").into_iter().map(|f| f.name).collect();
        for (erp, name, _) in &self.dropped {
            let lies = self.works.root.join("inbox").join(ERPS[*erp]).join(name).exists();
            assert!(known.contains(name) || lies, "{context}: `{name}` is lost\n{}", self.story(journal));
            assert!(!(known.contains(name) && lies), "{context}: `{name}` was not cleared\n{}", self.story(journal));
        }
    }

    /// With faults off, everything ends in a final state or a named hold. How often each kind of fact was stated and
    /// each kind of end was reached.
    pub fn end(&mut self) -> BTreeMap<String, u64> {
        for (at, (bank, _)) in BANKS.into_iter().enumerate() {
            self.reach(at, false);
            self.works.open_bank(bank, Vec::new());
        }
        for round in 0..6 {
            self.person(Decision::Retry);
            // One word or another, another one in every history; then time for what follows from it.
            let turn = self.dropped.len() + self.acts.len() + round;
            match turn % 4 {
                _ if round > 2 => {}
                0 => drop(self.person(Decision::Unmatch)),
                _ => drop(Decision::ALL[turn % Decision::ALL.len()].and_others().find(|act| self.person(*act) > 0)),
            }
            self.once();
            self.verify("at the end");
            for (bank, _) in BANKS {
                self.works.tick(bank);
                self.works.end_of_day(bank);
            }
            self.once();
            self.verify("at the end");
            self.works.pass(SignedDuration::from_hours(24));
        }
        (0..ERPS.len()).for_each(|erp| self.erp_takes(erp));
        let journal = self.journal().expect("a journal");
        self.verify_all_is_over(&journal);
        self.verify_the_erp_was_told(&journal);
        self.verify_memory(&journal);
        self.tally(&journal)
    }

    /// The journal and the folders, for whoever reads a failure.
    pub(super) fn story(&self, journal: &SqliteJournal) -> String {
        let facts = journal.facts_after(0, 2_000).unwrap_or_default();
        let mut story: String =
            facts.iter().map(|fact| serde_json::to_string(fact).unwrap_or_default() + "\n").collect();
        for (bank, _) in BANKS {
            story += &format!("{bank}: {:?}\n", self.works.files(&format!("outbox/{bank}/inbox")));
        }
        story
    }
}

/// Whether a payment of this fate may be called this, where its file is or is not at the bank.
fn is_so(state: PaymentState, fate: Fate, at_bank: bool) -> bool {
    use PaymentState::*;
    match state {
        Received | Checked | Held | Released | Refused | Written | Queued | Cancelled => !at_bank,
        Sending | Unknown => true,
        Sent => at_bank,
        Accepted => at_bank && fate != Fate::Unlisted,
        Executed | Booked => at_bank && fate.moves_money(),
        Rejected => at_bank && fate == Fate::Rejected,
        Returned => at_bank && fate == Fate::Returned,
    }
}
