//! The whole road on real parts: an ERP's file to the bank, the bank's answer and statement back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bankferry::cli::practice::{Options, Practice};
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::{Daemon, Wishes};
use bankferry::journal::{Journal, OutboundState, PaymentFilter, PaymentState, Records, SqliteJournal};
use jiff::{SignedDuration, Timestamp};

/// A clock that runs, and that a test puts forward instead of waiting.
#[derive(Clone, Default)]
pub struct Hour(Arc<AtomicI64>);

impl Hour {
    /// One that begins at an hour of today, UTC.
    pub fn of_today(hour: i64) -> Hour {
        Hour::days_ago(0, hour)
    }

    /// One that begins at an hour of an earlier day, UTC.
    pub fn days_ago(days: i64, hour: i64) -> Hour {
        let now = Clock::system().now().as_second();
        Hour(Arc::new(AtomicI64::new(3_600 * hour - now % 86_400 - 86_400 * days)))
    }

    pub fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.0);
        let real = Clock::system();
        Clock::by(move || real.now() + SignedDuration::from_secs(ahead.load(Ordering::Relaxed)))
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// An installation at work beside its bank.
pub struct World {
    _dir: tempfile::TempDir,
    pub practice: Practice,
    pub clock: Clock,
    daemon: Option<Daemon>,
}

impl World {
    pub fn new(options: &Options) -> World {
        World::at(Clock::system(), options)
    }

    /// One whose hour is this clock's.
    pub fn at(clock: Clock, options: &Options) -> World {
        let dir = tempfile::tempdir().expect("a folder");
        let practice = Practice::make(dir.path(), clock.now(), options).expect("a practice installation");
        take_at_once(&practice.root);
        World { _dir: dir, practice, clock, daemon: None }
    }

    pub fn root(&self) -> &Path {
        &self.practice.root
    }

    pub fn start(&mut self) {
        let config = Config::load(self.root()).expect("a configuration");
        let daemon = Daemon::start(config, self.clock.clone()).unwrap_or_else(|t| panic!("{}", t.what));
        self.daemon = Some(daemon);
    }

    /// Stops in good order.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
        }
    }

    pub fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(&self.root().join("state/journal.db")).expect("a journal")
    }

    /// Lets daemon and bank work until `done`, a minute at most.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&SqliteJournal) -> bool) {
        if self.daemon.is_none() {
            self.start();
        }
        let started = Instant::now();
        loop {
            let now = self.clock.now();
            self.practice.tick(now);
            let daemon = self.daemon.as_mut().expect("a daemon");
            daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
            if done(daemon.engine().journal()) {
                return;
            }
            if started.elapsed() > Duration::from_secs(60) {
                let facts = daemon.engine().journal().facts_after(0, 500).expect("facts");
                for fact in facts {
                    eprintln!("{}", serde_json::to_string(&fact).expect("a fact"));
                }
                panic!("not within a minute: {what}");
            }
        }
    }

    /// Names and contents of what the ERP can take.
    pub fn outbox(&self) -> BTreeMap<String, String> {
        files(&self.root().join("outbox/erp"))
    }

    /// Names of what lies in the bank's inbox or was taken from it.
    pub fn received(&self) -> usize {
        self.practice.bank.received().len()
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let plain: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_file()).collect();
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    plain.iter().map(|p| (name(p), std::fs::read_to_string(p).unwrap_or_default())).collect()
}

/// The ERP's files of a practice installation are complete when they have their name: no test waits for seconds.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
pub fn take_at_once(root: &Path) {
    let path = root.join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let quick = config.replace("complete = { stable = { seconds = 1 } }", "complete = \"rename\"");
    assert_ne!(quick, config, "the practice configuration has another rule now");
    std::fs::write(path, quick).expect("a configuration");
}

/// A batch of payments: name of the creditor, amount, end-to-end id.
pub fn batch(payments: &[(&str, &str, &str)]) -> String {
    batch_at(Clock::system().now(), payments)
}

/// The same, to be executed on the day of a moment.
pub fn batch_at(now: Timestamp, payments: &[(&str, &str, &str)]) -> String {
    let day = now.strftime("%Y-%m-%d").to_string();
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n",
    );
    for (name, amount, id) in payments {
        csv += &format!(
            "{day},Example Machines GmbH,DE89370400440532013000,{name},GB29NWBK60161331926819,NWBKGB2L,{amount},EUR,{id},Invoice {id}\n"
        );
    }
    csv
}

pub fn all_booked(journal: &dyn Records, count: u64) -> bool {
    let states = journal.payment_states(&PaymentFilter::default()).expect("states");
    states.get(PaymentState::Booked.word()) == Some(&count)
}

/// Days reconciled: both payments are booked, every day adds up, nothing is left over.
fn every_entry_is_told(journal: &SqliteJournal) {
    let (mut booked, mut days) = (0, 0);
    let mut seen = std::collections::BTreeSet::new();
    for statement in journal.statements(None).expect("statements") {
        let day = statement.date.as_deref().and_then(bankferry::document::parse_date).expect("a day");
        if !seen.insert((statement.account.clone(), day)) {
            continue;
        }
        let mut entries = 0;
        let summary = bankferry::route::reconcile::reconcile::<bankferry::journal::JournalError>(
            journal,
            &statement.account,
            day,
            |line| {
                entries += u64::from(line.entry.is_some());
                Ok(())
            },
        )
        .expect("a reconciliation");
        assert_eq!(
            (summary.adds_up, summary.unmatched.all.count, summary.open.count),
            (Some(true), 0, 0),
            "{summary:?}"
        );
        assert_eq!(entries, summary.entries);
        (booked, days) = (booked + summary.booked.count, days + 1);
    }
    assert!(days > 0);
    assert_eq!(booked, 2);
}

#[test]
fn a_batch_reaches_the_bank_and_its_answer_and_statement_come_back() {
    let mut world = World::new(&Options::default());
    let csv =
        batch(&[("Alpha & Söhne", "100.00", "R-1"), ("Beta Ltd", "250.50", "R-2"), ("Gamma SA", "7000.00", "R-3")]);
    world.practice.drop_file("batch.csv", csv.as_bytes()).expect("a drop");
    world.until("the batch is held for its sum", |j| {
        j.batches(&[]).expect("batches").iter().any(|b| !b.held.is_empty())
    });
    assert_eq!(world.received(), 0, "nothing leaves before a second person says yes");
    release_all(&mut world);
    world.until("the statement is matched", |j| {
        let states = j.payment_states(&PaymentFilter::default()).expect("states");
        states.get("booked") == Some(&2) && states.get("rejected") == Some(&1)
    });
    world.until("everything is told", |j| j.outbounds(&[]).expect("files").iter().all(is_final));
    assert_eq!(world.received(), 1);
    let outbox = world.outbox();
    let status = outbox.iter().find(|(n, _)| n.starts_with("status") && n.ends_with(".csv")).expect("a status").1;
    assert!(status.contains("R-3,7000.00,EUR,rejected"), "{status}");
    assert!(status.contains("R-1,100.00,EUR,accepted"), "{status}");
    let statement =
        outbox.iter().find(|(n, _)| n.starts_with("statement") && n.ends_with(".csv")).expect("a statement").1;
    assert!(statement.contains("R-1"), "{statement}");
    assert!(outbox.keys().any(|n| n.starts_with("balances")));
    assert!(outbox.keys().any(|n| n.ends_with(".jsonl")));
    world.stop();
    let journal = world.journal();
    every_entry_is_told(&journal);
    assert_eq!(journal.verify_chain(&mut |_| {}).expect("a chain").broken_at, None);
}

fn is_final(file: &bankferry::journal::Outbound) -> bool {
    matches!(file.state, OutboundState::Sent | OutboundState::Answered)
}

fn release_all(world: &mut World) {
    use bankferry::journal::{Event, NewFact, Rows};
    let mut journal = world.journal();
    for batch in journal.batches(&[bankferry::journal::BatchState::Held]).expect("batches") {
        let event = Event::Released { digest: batch.totals.digest.clone(), reason: "looked at".into(), bound: None };
        let fact = NewFact { actor: "anna".into(), case: batch.inbound.clone(), subject: batch.id.clone(), event };
        journal.append(Timestamp::UNIX_EPOCH.max(world.clock.now()), vec![(fact, Rows::None)]).expect("a release");
    }
}

#[test]
fn a_bad_batch_is_refused_whole_and_the_erp_is_told_every_reason() {
    let mut world = World::new(&Options::default());
    let mut csv = batch(&[("Alpha", "100.00", "B-1"), ("Beta", "1.005", "B-1")]);
    csv = csv.replacen("GB29NWBK60161331926819", "GB29NWBK60161331926818", 1);
    csv += "#TOTAL,2,1.00\n";
    world.practice.drop_file("bad.csv", csv.as_bytes()).expect("a drop");
    world.until("the refusal is published", |j| {
        j.outbounds(&[]).expect("files").iter().filter(|o| o.state == OutboundState::Sent).count() == 2
    });
    let outbox = world.outbox();
    let refusal = outbox.iter().find(|(n, _)| n.starts_with("refusal") && n.ends_with(".csv")).expect("a refusal").1;
    for rule in ["iban", "amount-decimals", "end-to-end-id", "control-total"] {
        assert!(refusal.contains(rule), "{rule} is missing in:\n{refusal}");
    }
    assert_eq!(world.received(), 0);
    world.stop();
}

#[test]
fn the_same_content_again_is_held_as_a_duplicate() {
    let mut world = World::new(&Options::default());
    let csv = batch(&[("Alpha", "10.00", "D-1")]);
    world.practice.drop_file("one.csv", csv.as_bytes()).expect("a drop");
    world.until("the first is booked", |j| all_booked(j, 1));
    world.practice.drop_file("two.csv", csv.as_bytes()).expect("a drop");
    world.until("the second is held", |j| {
        j.inbounds(&[bankferry::journal::InboundState::Duplicate]).expect("files").len() == 1
    });
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn where_the_policy_says_so_only_the_refused_payments_are_left_out() {
    let options = Options { erp: "refusal = \"payments\"".into(), ..Options::default() };
    let mut world = World::new(&options);
    let csv = batch(&[("Alpha", "100.00", "P-1"), ("Beta", "20.00", "P-2"), ("Gamma", "30.00", "P-3")]);
    let csv = csv.replacen("GB29NWBK60161331926819", "GB29NWBK60161331926818", 1);
    world.practice.drop_file("partly.csv", csv.as_bytes()).expect("a drop");
    world.until("the other two are booked", |j| all_booked(j, 2));
    world.until("the refusal is published", |j| {
        let files = j.outbounds(&[]).expect("files");
        files.iter().any(|o| o.name.starts_with("refusal") && o.state == OutboundState::Sent)
    });
    let outbox = world.outbox();
    let refusal = outbox.iter().find(|(n, _)| n.starts_with("refusal") && n.ends_with(".csv")).expect("a refusal").1;
    assert!(refusal.contains("iban-check-digits") && refusal.contains("partly.csv,2,"), "{refusal}");
    let journal = world.journal();
    let payments = journal.payments(&PaymentFilter::default()).expect("payments");
    let ids: Vec<_> = payments.iter().filter_map(|p| p.end_to_end_id.as_deref()).collect();
    assert_eq!(ids, ["P-2", "P-3"]);
    world.stop();
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn the_folders_of_a_bank_are_made_and_one_that_is_gone_is_a_failure_that_ends_the_look() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = "[installation]\nname = \"x\"\nenvironment = \"test\"\n\
                  [[party]]\nname = \"bank\"\ntemplate = \"iso20022-bank\"\naccounts = [\"DE89370400440532013000\"]\n\
                  seal = { sign = false, encrypt = false }\n";
    std::fs::write(dir.path().join("bankferry.toml"), config).expect("a configuration");
    let config = Config::load(dir.path()).expect("a configuration");
    let mut daemon = Daemon::start(config, Clock::system()).unwrap_or_else(|t| panic!("{}", t.what));
    let fetched = dir.path().join("inbox/bank/outbox");
    assert!(fetched.is_dir() && dir.path().join("outbox/bank/inbox").is_dir());
    std::fs::remove_dir(fetched).expect("removed");
    daemon.once(&Wishes::default()).unwrap_or_else(|t| panic!("{}", t.what));
    let contacts = daemon.engine().journal().contacts().expect("contacts");
    assert_eq!(contacts.iter().map(|c| (c.party.as_str(), c.failures)).collect::<Vec<_>>(), [("bank", 1)]);
}
