//! An installation with two ERPs and two banks on a clock that the test sets: nothing waits, nothing needs a network.
//!
//! The banks are the practice bank's brain over the folders of folder parties: like a real bank they know only what
//! they were sent, so what they received is the truth that the journal is held against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::{Daemon, Wishes};
use bankferry::document::{Account, Amount, Currency};
use bankferry::journal::{Event, Journal, NewFact, Rows, SqliteJournal};
use bankferry::sandbox::bank::{Bank, BankEvent, Fault, Opening, Settings};
use bankferry::seal::Policy;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// The ERPs.
pub const ERPS: [&str; 2] = ["erp-a", "erp-b"];

/// The banks with the account that each keeps, and what it puts on everything on the first day.
pub const BANKS: [(&str, &str); 2] = [("bank-a", "DE89370400440532013000"), ("bank-b", "DE02120300000000202051")];

/// What an account holds at first.
pub const OPENING: i64 = 100_000_000_000;

/// The program of the daemon that a test may kill: a test of this very binary.
pub const CHILD: &str = "history::a_daemon_of_its_own_for_one_run";
const CHILD_ROOT: &str = "BANKFERRY_HISTORY_ROOT";
const CHILD_NOW: &str = "BANKFERRY_HISTORY_NOW";

/// The installation and its banks.
pub struct Works {
    _dir: tempfile::TempDir,
    pub root: PathBuf,
    now: Arc<AtomicI64>,
    pub banks: BTreeMap<&'static str, Bank>,
    /// What the banks answer to what they accept, step by step.
    levels: Vec<String>,
}

impl Works {
    /// At `now`, with more lines for both ERPs and both banks, and what the banks answer step by step.
    pub fn new(now: &str, erp: &str, bank: &str, levels: &[&str]) -> Works {
        let dir = in_memory().expect("a folder");
        let root = dir.path().join("installation");
        for (party, side) in ERPS.iter().map(|erp| (*erp, "")).chain(BANKS.map(|(bank, _)| (bank, "/outbox"))) {
            std::fs::create_dir_all(root.join(format!("inbox/{party}{side}"))).expect("a folder");
        }
        write(&root.join("bankferry.toml"), config(erp, bank).as_bytes());
        let now: Timestamp = now.parse().expect("a moment");
        let mut works = Works {
            _dir: dir,
            root,
            now: Arc::new(AtomicI64::new(now.as_millisecond())),
            banks: BTreeMap::new(),
            levels: levels.iter().map(|level| level.to_string()).collect(),
        };
        for (bank, _) in BANKS {
            works.open_bank(bank, Vec::new());
        }
        works
    }

    /// Opens a bank as it was when it last ran, with what goes wrong from now on.
    pub fn open_bank(&mut self, bank: &'static str, faults: Vec<Fault>) {
        let settings = Settings { faults, ..bank_settings(&self.root, bank, self.levels.clone()) };
        self.banks.insert(bank, Bank::new(settings).unwrap_or_else(|e| panic!("{e}")));
    }

    /// The hour.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).expect("a moment")
    }

    /// The day.
    pub fn day(&self) -> Date {
        jiff::tz::TimeZone::UTC.to_datetime(self.now()).date()
    }

    /// Lets time pass.
    pub fn pass(&self, span: SignedDuration) {
        self.now.fetch_add(span.as_millis() as i64, Ordering::SeqCst);
    }

    /// Goes to an hour of today or, when that is over, does nothing.
    pub fn until(&self, hour: i8, minute: i8) {
        let then = jiff::tz::TimeZone::UTC.to_timestamp(self.day().at(hour, minute, 0, 0)).expect("a moment");
        self.now.fetch_max(then.as_millisecond(), Ordering::SeqCst);
    }

    /// A file of an ERP, under its name when it is complete.
    pub fn drop_file(&self, erp: &str, name: &str, content: &str) {
        write(&self.root.join("inbox").join(erp).join(name), content.as_bytes());
    }

    /// `bankferry once` at this hour.
    pub fn once(&self) {
        let hour = Arc::clone(&self.now);
        let clock = Clock::by(move || Timestamp::from_millisecond(hour.load(Ordering::SeqCst)).expect("a moment"));
        once(&self.root, clock).unwrap_or_else(|e| panic!("{e}"));
    }

    /// `bankferry once` as a process of its own that is killed at the n-th point it passes, or at the first of a
    /// name: whether it was.
    pub fn once_killed(&self, point: &str) -> bool {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args([CHILD, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(CHILD_ROOT, &self.root).env(CHILD_NOW, self.now().to_string());
        command.env("BANKFERRY_CRASH_AT", point);
        let output = command.stdin(Stdio::null()).output().expect("a process");
        let killed = output.status.code().is_none();
        assert!(killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        killed
    }

    /// The bank does what is due.
    pub fn tick(&mut self, bank: &str) {
        let now = self.now();
        well(self.banks.get_mut(bank).expect("a bank").tick(now));
    }

    /// The bank makes the statement of today.
    pub fn end_of_day(&mut self, bank: &str) {
        let (day, now) = (self.day(), self.now());
        well(self.banks.get_mut(bank).expect("a bank").end_of_day(day, now));
    }

    /// The journal, to look or to decide.
    pub fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(&self.root.join("state/journal.db")).expect("a journal")
    }

    /// A person states something.
    pub fn decide(&self, who: &str, case: &str, subject: &str, event: Event) -> Result<(), String> {
        let fact = NewFact { actor: who.into(), case: case.into(), subject: subject.into(), event };
        self.journal().append(self.now(), vec![(fact, Rows::None)]).map_err(|e| e.to_string())
    }

    /// Files in a folder below the root.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(folder)).into_iter().flatten().filter_map(Result::ok);
        let files = entries.filter(|e| e.path().is_file());
        let mut names: Vec<String> = files.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// What the process does that [`Works::once_killed`] starts; nothing where nobody asked for it.
pub fn child() -> Result<(), String> {
    let (Ok(root), Ok(now)) = (std::env::var(CHILD_ROOT), std::env::var(CHILD_NOW)) else { return Ok(()) };
    let now: Timestamp = now.parse().map_err(|e| format!("{e}"))?;
    once(Path::new(&root), Clock::fixed(now))
}

fn once(root: &Path, clock: Clock) -> Result<(), String> {
    let config = Config::load(root).map_err(|e| e.to_string())?;
    let mut daemon = Daemon::start_on(config, clock, "this machine").map_err(|t| t.what.en)?;
    daemon.once(&Wishes::default()).map(drop).map_err(|t| t.what.en)
}

fn config(erp: &str, bank: &str) -> String {
    let mut text = String::from(
        "[installation]\nname = \"history\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\
         [security]\napproval_hours = 100000\n",
    );
    let accounts = BANKS.map(|(_, account)| account);
    for name in ERPS {
        text += &format!(
            "[[party]]\nname = \"{name}\"\ntemplate = \"csv-erp\"\naccounts = {accounts:?}\n\
             in = {{ complete = \"rename\" }}\n{erp}\n"
        );
    }
    for ((name, account), publish) in BANKS.into_iter().zip(["atomic", "no-overwrite"]) {
        text += &format!(
            "[[party]]\nname = \"{name}\"\ntemplate = \"iso20022-bank\"\naccounts = [\"{account}\"]\n\
             out = {{ publish = \"{publish}\" }}\nseal = {{ sign = false, encrypt = false }}\n{bank}\n"
        );
    }
    text
}

fn bank_settings(root: &Path, name: &str, levels: Vec<String>) -> Settings {
    let (_, account) = BANKS.into_iter().find(|(bank, _)| *bank == name).expect("a bank");
    // A code that is in no list has no place in a pain.002, but in the other.
    let [status_format, statement_format] =
        if name == BANKS[0].0 { ["pain.002.001.10", "camt.053.001.08"] } else { ["jsonl", "camt.053.001.02"] };
    let account = Account::parse(account).expect("an account");
    let currency = Currency::parse("EUR").expect("a currency");
    let balance = Amount::new(OPENING, 2);
    let beside = |what: &str| root.parent().expect("a folder").join(format!("{name}-{what}"));
    Settings {
        name: name.to_string(),
        files: root.to_path_buf(),
        inbox: format!("outbox/{name}/inbox").into(),
        outbox: format!("inbox/{name}/outbox").into(),
        state: beside("state"),
        keys: beside("keys"),
        seal: Policy { sign: false, encrypt: false, ..Policy::default() },
        status_format: status_format.to_string(),
        statement_format: statement_format.to_string(),
        status_name: format!("{name}-PSR_{{message_id}}_{{n}}.txt"),
        statement_name: format!("{name}-STMT_{{account}}_{{date}}_{{number}}.txt"),
        levels,
        report_every_payment: true,
        accounts: vec![Opening { id: account, currency, balance, owner: None }],
        ..Settings::default()
    }
}

/// The bank itself has no trouble; what it refuses is no trouble of its own.
fn well(events: Vec<BankEvent>) {
    for event in events {
        assert!(!matches!(event, BankEvent::Trouble { .. }), "the bank: {event:?}");
    }
}

/// A folder in memory where the system has one: what is tried here is the order of things, not the disk, and a process
/// that is killed leaves such a folder as it leaves any other.
fn in_memory() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Writes a file under another name and renames it: whoever sees it sees it whole.
#[allow(clippy::disallowed_methods)]
fn write(path: &Path, content: &[u8]) {
    let folder = path.parent().expect("a folder");
    let written = path.with_file_name(format!(
        "{}.tmp",
        path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    ));
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(&written, content).expect("a file");
    rename(&written, path);
}

/// What others do with their files: they flush nothing.
#[allow(clippy::disallowed_methods)]
pub fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).expect("a file or folder");
}
