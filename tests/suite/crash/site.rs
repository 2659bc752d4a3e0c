//! An installation whose daemon is a process of its own, beside a bank that lives in the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bankferry::archive::Archive;
use bankferry::carrier::PublishMode;
use bankferry::cli::practice::{Options, Practice};
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::disk::Sha256Hash;
use bankferry::journal::{
    BatchState, Event, InboundState, Journal, NewFact, Outbound, OutboundState, PaymentFilter, Purpose, Records, Rows,
    SqliteJournal,
};

use jiff::SignedDuration;

use crate::road::{all_booked, batch, take_at_once};

/// The payments of the batch.
pub const PAYMENTS: [(&str, &str, &str); 3] =
    [("Alpha & Söhne", "100.00", "R-1"), ("Beta Ltd", "250.50", "R-2"), ("Gamma SA", "4000.00", "R-3")];

/// More runs than any crash needs: then the road does not end.
const MOST_RUNS: usize = 40;

/// When the bank works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankWorks {
    /// Between two runs of the daemon.
    Between,
    /// All the time, beside the daemon.
    Always,
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything is told to everybody.
    Done,
    /// The program said that it cannot know, and that was right: the bank has nothing.
    SaidUnknown,
}

/// What a walk was.
#[derive(Debug)]
pub struct Walk {
    pub end: End,
    /// Points at which the process was killed.
    pub killed_at: Vec<String>,
    /// Points that were passed, over all processes.
    pub points: Vec<String>,
}

/// How a process ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// Nothing where it was ended by a signal.
    pub code: Option<i32>,
    /// What it said on its error output.
    pub words: String,
}

/// An installation, its bank, its batch.
pub struct Site {
    _dir: tempfile::TempDir,
    pub practice: Practice,
    mode: PublishMode,
    log: PathBuf,
    pub clock: Clock,
    ticked: Instant,
    /// How many batches the payments come in.
    batches: usize,
    /// What the daemon is started by, with its arguments; nothing for the daemon itself.
    pub tracer: Vec<String>,
}

impl Site {
    /// A new installation with one batch of three payments and its control totals in the inbox.
    pub fn new(mode: PublishMode) -> Site {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Clock::system();
        let practice = Practice::make(dir.path(), clock.now(), &options(mode)).expect("a practice installation");
        let log = dir.path().join("points.log");
        let site =
            Site { _dir: dir, practice, mode, log, clock, ticked: Instant::now(), batches: 1, tracer: Vec::new() };
        take_at_once(site.root());
        site.practice.drop_file("batch.csv.ctl", b"3,4350.50\n").expect("a drop");
        site.practice.drop_file("batch.csv", batch(&PAYMENTS).as_bytes()).expect("a drop");
        site
    }

    /// An installation with two released batches, whose bank merges; their window is over.
    pub fn merging() -> Site {
        let dir = tempfile::tempdir().expect("a folder");
        let (clock, before) = (Clock::system(), Clock::by(|| Clock::system().now() - SignedDuration::from_mins(40)));
        let made = clock.now() - SignedDuration::from_hours(2);
        let hours: Vec<String> = (0..48).map(|n| format!("\"{:02}:{:02}\"", n / 2, n % 2 * 30)).collect();
        let mut options = options(PublishMode::Atomic);
        options.bank = format!("out = {{ merge = [{}] }}", hours.join(","));
        let practice = Practice::make(dir.path(), made, &options).expect("a practice installation");
        let (log, mode) = (dir.path().join("points.log"), PublishMode::Atomic);
        let site =
            Site { _dir: dir, practice, mode, log, clock, ticked: Instant::now(), batches: 2, tracer: Vec::new() };
        take_at_once(site.root());
        site.practice.drop_file("one.csv", batch(&PAYMENTS[..2]).as_bytes()).expect("a drop");
        site.practice.drop_file("two.csv", batch(&PAYMENTS[2..]).as_bytes()).expect("a drop");
        let config = Config::load(site.root()).expect("a configuration");
        let mut daemon = Daemon::start(config, before).unwrap_or_else(|t| panic!("{}", t.what));
        let started = Instant::now();
        while daemon.engine().journal().batches(&[BatchState::Released]).expect("batches").len() < 2 {
            daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
            assert!(started.elapsed() < Duration::from_secs(60), "{}", site.story());
        }
        daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
        site
    }

    pub fn root(&self) -> &Path {
        &self.practice.root
    }

    /// Lets the bank work. One that takes files when they seem to rest looks seldom enough for that to mean something.
    pub fn tick(&mut self) {
        if self.mode == PublishMode::Direct && self.ticked.elapsed() < Duration::from_millis(500) {
            return;
        }
        self.ticked = Instant::now();
        self.practice.tick(self.clock.now());
    }

    /// The file with the payments, as the journal knows it.
    pub fn payments_file(&self) -> Outbound {
        let journal = self.journal().expect("a journal");
        let files = journal.outbounds(&[]).expect("files");
        files.into_iter().find(|f| f.purpose == Purpose::Payments).expect("a file for the bank")
    }

    /// The journal as it is, where there is a whole one already.
    pub fn journal(&self) -> Option<SqliteJournal> {
        let journal = SqliteJournal::open_to_read(&self.root().join("state/journal.db")).ok()?;
        journal.head().is_ok().then_some(journal)
    }

    /// Walks the road, killing the daemon at these points, each counted from the start of the process after the
    /// one before.
    pub fn walk(&mut self, kills: &[u64], works: BankWorks) -> Walk {
        let mut kills = kills.iter().copied();
        let (mut next, mut at_rest) = (kills.next(), 0);
        let mut walk = Walk { end: End::Done, killed_at: Vec::new(), points: Vec::new() };
        for _ in 0..MOST_RUNS {
            self.tick();
            let killed = self.run(next.map(|n| n.to_string()).as_deref(), works);
            let passed = self.passed();
            self.tick();
            if killed {
                walk.killed_at.extend(passed.last().cloned());
                next = kills.next();
            } else {
                next = next.and_then(|n| n.checked_sub(passed.len() as u64));
            }
            walk.points.extend(passed);
            if self.is_done() {
                return walk;
            }
            at_rest = if !killed && self.rests_in_doubt() { at_rest + 1 } else { 0 };
            if at_rest == 2 {
                walk.end = self.resolve();
            }
        }
        panic!("{MOST_RUNS} runs were not enough after {:?}\n{}", walk.killed_at, self.story());
    }

    /// One process, killed at the point of this number or name, if any: whether it was.
    pub fn run(&mut self, kill_at: Option<&str>, works: BankWorks) -> bool {
        let mut child = self.start(kill_at);
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if works == BankWorks::Always {
                self.tick();
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(
            // With 3 the daemon says that a file under way is looked at again.
            status.success() || status.code() == Some(3) || status.code().is_none() && kill_at.is_some(),
            "{status} after {kill_at:?}: {}\n{}",
            std::fs::read_to_string(self.log.with_extension("err")).unwrap_or_default(),
            self.story()
        );
        status.code().is_none()
    }

    /// Does something while nobody listens where the bank's server is.
    pub fn while_the_bank_is_away(&mut self, something: impl FnOnce(&mut Site)) {
        let path = self.root().join("bankferry.toml");
        let config = std::fs::read_to_string(&path).expect("a configuration");
        let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let port = format!("port = {}", self.practice.server.port());
        assert!(config.contains(&port));
        let away = config.replace(&port, &format!("port = {closed}"));
        bankferry::disk::replace(self.root(), "bankferry.toml", away.as_bytes()).expect("a configuration");
        something(self);
        bankferry::disk::replace(self.root(), "bankferry.toml", config.as_bytes()).expect("a configuration");
    }

    /// One process under the tracer, and how it ended.
    pub fn run_broken(&mut self) -> Ended {
        let mut child = self.start(None);
        let started = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status.code();
            }
            assert!(started.elapsed() < Duration::from_secs(100), "{:?} hangs\n{}", self.tracer, self.story());
            std::thread::sleep(Duration::from_millis(5));
        };
        Ended { code, words: std::fs::read_to_string(self.log.with_extension("err")).unwrap_or_default() }
    }

    fn start(&self, kill_at: Option<&str>) -> Child {
        let errors = std::fs::File::create(self.log.with_extension("err")).expect("a file");
        let mut words = self.tracer.iter().map(String::as_str).chain([env!("CARGO_BIN_EXE_bankferry")]);
        let mut command = Command::new(words.next().expect("the daemon at least"));
        command.args(words).args(["once", "--dir"]).arg(self.root()).env("BANKFERRY_CRASH_LOG", &self.log);
        // Where cargo looks for libraries is of no use to a program that has them inside, and is hundreds of calls.
        command.env_remove("LD_LIBRARY_PATH");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        if let Some(at) = kill_at {
            command.env("BANKFERRY_CRASH_AT", at);
        }
        command.spawn().expect("the daemon")
    }

    /// Forgets the points that were passed so far.
    pub fn forget_points(&self) {
        self.passed();
    }

    /// Names of the points of the latest process, in order.
    fn passed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let _ = std::fs::remove_file(&self.log);
        text.lines().filter_map(|line| Some(line.split_once(' ')?.1.to_string())).collect()
    }

    pub fn is_done(&self) -> bool {
        let Some(journal) = self.journal() else { return false };
        let files = journal.outbounds(&[]).expect("files");
        let settled = files.iter().all(|f| match f.state {
            OutboundState::Sent => f.purpose != Purpose::Payments || all_booked(&journal, 3),
            OutboundState::Answered | OutboundState::Cancelled => true,
            _ => false,
        });
        let cancelled = files.iter().any(|f| f.state == OutboundState::Cancelled);
        let taken = [InboundState::Received, InboundState::Opened, InboundState::Read];
        settled
            && (all_booked(&journal, 3) || cancelled)
            && journal.inbounds(&taken).expect("files").is_empty()
            && journal.uncleared().expect("files").is_empty()
            && names(&self.at_bank("outbox")).is_empty()
    }

    /// Whether the payments' file is in doubt and nothing more comes by itself.
    pub fn rests_in_doubt(&self) -> bool {
        let Some(journal) = self.journal() else { return false };
        let doubtful = journal.outbounds(&[OutboundState::Unknown, OutboundState::Unconfirmed]).expect("files");
        let complete = |n: &String| !n.ends_with(".tmp");
        !doubtful.is_empty()
            && names(&self.at_bank("outbox")).is_empty()
            && (self.mode == PublishMode::Marker || !names(&self.at_bank("inbox")).iter().any(complete))
    }

    /// A person telephones the bank, which has nothing, and says so.
    pub fn resolve(&mut self) -> End {
        assert_ne!(self.mode, PublishMode::Atomic, "an atomic rename leaves no doubt\n{}", self.story());
        let read = self.practice.bank.received().iter().filter(|r| r.message_id.is_some()).count();
        assert_eq!(read, 0, "the bank has answered a file that we do not know to be sent\n{}", self.story());
        let mut journal = SqliteJournal::open(&self.root().join("state/journal.db")).expect("a journal");
        for file in journal.outbounds(&[OutboundState::Unknown, OutboundState::Unconfirmed]).expect("files") {
            assert!(file.evidence.as_deref().is_some_and(|e| !e.is_empty()), "{file:?}");
            let states = journal.payment_states(&PaymentFilter::default()).expect("states");
            let word = file.state.of_payments().word();
            assert_eq!(states.get(word), Some(&3), "the payments say so, too: {states:?}");
            let event = Event::Resolved { sent: false, reason: "the bank has nothing".into() };
            let fact = NewFact { actor: "anna".into(), case: file.case, subject: file.id, event };
            journal.append(self.clock.now(), vec![(fact, Rows::None)]).expect("a decision");
        }
        End::SaidUnknown
    }

    /// Everything that must hold at the end of a walk.
    pub fn verify(&self, walk: &Walk) {
        let context = format!("killed at {:?}\n{}", walk.killed_at, self.story());
        let journal = self.journal().expect("a journal");
        self.verify_bank(walk, &context);
        self.verify_erp(walk, &journal, &context);
        self.verify_memory(&journal, &context);
    }

    fn verify_bank(&self, walk: &Walk, context: &str) {
        let received = self.practice.bank.received();
        if walk.end == End::SaidUnknown {
            assert!(received.iter().all(|r| r.message_id.is_none()), "{context}");
            return;
        }
        assert_eq!(received.len(), 1, "one file at the bank\n{context}");
        assert_eq!((received[0].count, received[0].accepted), (3, 3), "{context}");
        assert_eq!(names(&self.at_bank("inbox")), Vec::<String>::new(), "nothing is left at the bank\n{context}");
        assert_eq!(names(&self.at_bank("outbox")), Vec::<String>::new(), "{context}");
    }

    fn verify_erp(&self, walk: &Walk, journal: &SqliteJournal, context: &str) {
        let inbox = self.root().join("inbox/erp");
        assert!(names(&inbox).iter().all(|n| n == ".claimed"), "{context}");
        // Whose folder it is stays there.
        let claims = names(&inbox.join(".claimed"));
        assert!(claims.iter().all(|name| name.starts_with('.')), "nothing is left claimed: {claims:?}\n{context}");
        if walk.end == End::SaidUnknown {
            return;
        }
        let outbox = self.root().join("outbox/erp");
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for name in names(&outbox) {
            let (purpose, rest) = name.split_once('-').expect("a purpose");
            *kinds.entry(format!("{purpose}.{}", rest.rsplit('.').next().unwrap_or_default())).or_default() += 1;
        }
        let expected = ["balances.csv", "statement.csv", "statement.jsonl", "status.csv", "status.jsonl"];
        // Beside the bank's answer the ERP is told of each doubt, each resend, and a person's word that ends a doubt.
        let facts = journal.facts_of(&self.payments_file().id).expect("facts");
        let own_word = |e: &Event| matches!(e, Event::Unknown(_) | Event::Resent { .. } | Event::Resolved { .. });
        let words = 1 + facts.iter().filter(|fact| own_word(&fact.event)).count();
        let times = |kind: &str| if kind.starts_with("status") { (words * self.batches) as u64 } else { 1 };
        let expected: BTreeMap<String, u64> = expected.into_iter().map(|k| (k.to_string(), times(k))).collect();
        assert_eq!(kinds, expected, "{context}");
        let ours: Vec<Outbound> = journal.outbounds(&[]).expect("files");
        let mut told: Vec<String> = ours.iter().filter(|o| o.party == "erp").map(|o| o.name.clone()).collect();
        told.sort();
        assert_eq!(told, names(&outbox), "{context}");
        let statuses = names(&outbox).into_iter().filter(|n| n.starts_with("status") && n.ends_with(".csv"));
        let status: String =
            statuses.map(|name| std::fs::read_to_string(outbox.join(name)).expect("a status")).collect();
        for (_, _, id) in PAYMENTS {
            assert_eq!(status.matches(&format!(",{id},")).count(), words, "{status}\n{context}");
        }
    }

    fn verify_memory(&self, journal: &SqliteJournal, context: &str) {
        assert_eq!(journal.verify_chain(&mut |_| {}).expect("a chain").broken_at, None, "{context}");
        let archive = Archive::open(&self.root().join("archive")).expect("an archive");
        let report = archive.verify(&mut |_, _| {}).expect("a report");
        assert!(report.faults.is_empty(), "{:?}\n{context}", report.faults);
        let (inbounds, outbounds) = (journal.inbounds(&[]).expect("files"), journal.outbounds(&[]).expect("files"));
        let from_erp: Vec<_> = inbounds.iter().filter(|f| f.party == "erp").collect();
        assert_eq!(from_erp.len(), self.batches, "files of the ERP\n{context}");
        let has_totals = from_erp[0].side.contains_key("batch.csv.ctl");
        assert!(has_totals || self.batches > 1, "with its control totals\n{context}");
        assert_eq!(journal.batches(&[]).expect("batches").len(), self.batches, "{context}");
        for file in from_erp {
            let faults = bankferry::journal::proof::case(journal, &file.id).expect("a proof");
            assert!(faults.is_empty(), "{faults:?}\n{context}");
        }
        assert_eq!(outbounds.iter().filter(|o| o.purpose == Purpose::Payments).count(), 1, "{context}");
        let kept = inbounds.iter().flat_map(|f| std::iter::once(&f.kept).chain(&f.content));
        for kept in kept.chain(outbounds.iter().flat_map(|o| o.written.iter().chain(&o.sealed))) {
            let hash: Sha256Hash = kept.sha256.parse().expect("a hash");
            assert!(archive.find(hash).expect("an answer").is_some(), "{kept:?} is in the archive\n{context}");
        }
    }

    pub fn at_bank(&self, folder: &str) -> PathBuf {
        self.practice.bank.settings().files.join(folder)
    }

    /// The journal and the folders, for whoever reads a failure.
    pub fn story(&self) -> String {
        let mut story = String::new();
        for fact in self.journal().and_then(|j| j.facts_after(0, 500).ok()).unwrap_or_default() {
            story += &serde_json::to_string(&fact).unwrap_or_default();
            story.push('\n');
        }
        for folder in ["inbox", "outbox"] {
            story += &format!("bank {folder}: {:?}\n", names(&self.at_bank(folder)));
            story += &format!("erp {folder}: {:?}\n", names(&self.root().join(folder).join("erp")));
        }
        story + &format!("claimed: {:?}\n", names(&self.root().join("inbox/erp/.claimed")))
    }
}

/// The practice installation for a publish mode, and a bank that fits it.
pub fn options(mode: PublishMode) -> Options {
    let settings = "statement-after = 0\nreport-every-payment = true\n".to_string();
    let (bank, more) = match mode {
        PublishMode::Atomic => ("", ""),
        PublishMode::NoOverwrite => ("out = { publish = \"no-overwrite\" }", ""),
        PublishMode::Marker => ("out = { publish = \"marker\" }", "marker = \".ok\"\n"),
        PublishMode::Direct => ("out = { publish = \"direct\" }", "wait-until-stable = true\n"),
    };
    let account = "[[account]]\nid = \"DE89370400440532013000\"\ncurrency = \"EUR\"\nbalance = \"100000.00\"\n";
    Options {
        bank: bank.to_string(),
        settings: Some(settings + more + account),
        plain_rename: mode == PublishMode::NoOverwrite,
        ..Options::default()
    }
}

/// Names in a folder, in order; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
