//! A small installation whose journal and archive are filled by hand, and the program at work on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bankferry::archive::Archive;
use bankferry::config::Config;
use bankferry::document::{Date, parse_amount, parse_date};
use bankferry::finding::{Finding, Place};
use bankferry::journal::{
    Arrival, Bound, Event, Journal, Kept, NewFact, NewPayment, Numbering, Purpose, Records, Rows, SqliteJournal, Sums,
    Totals,
};
use bankferry::text;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

/// The digest of every batch here.
pub const DIGEST: &str = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";

/// Three people: one who operates, two who release and resolve.
const PEOPLE: &str = r#"
[[user]]
name = "otto"
may = ["operate"]
[[user]]
name = "anna"
may = ["operate", "release", "resolve"]
[[user]]
name = "ben"
may = ["release", "resolve"]
"#;

/// An installation in a folder of its own.
pub struct House {
    dir: TempDir,
    pub journal: SqliteJournal,
}

/// What a command answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// Its only line as JSON.
    pub fn json(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{}", self.out);
        lines.into_iter().next().unwrap()
    }

    /// Its lines as JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Both streams, for messages of tests.
    pub fn all(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.out, self.err)
    }
}

impl House {
    /// An installation in `test` or `production`.
    pub fn new(environment: &str) -> House {
        House::with(environment, "")
    }

    /// The same with more in its configuration.
    #[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
    pub fn with(environment: &str, more: &str) -> House {
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "[installation]\nname = \"works\"\nenvironment = \"{environment}\"\ntime_zone = \"Asia/Shanghai\"\n\n\
             [[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n\n\
             [[party]]\nname = \"acme\"\ntemplate = \"iso20022-bank\"\nseal = {{ sign = false, encrypt = false }}\n\
             {PEOPLE}{more}"
        );
        fs::write(dir.path().join("bankferry.toml"), config).unwrap();
        for folder in ["state", "archive", "state/checkpoints"] {
            bankferry::disk::ensure_folder(&dir.path().join(folder), 0o700).unwrap();
        }
        for folder in ["inbox/erp", "outbox/erp", "inbox/acme", "inbox/acme/outbox", "outbox/acme", "outbox/acme/inbox"]
        {
            bankferry::disk::ensure_folder(&dir.path().join(folder), 0o770).unwrap();
        }
        let journal = SqliteJournal::open(&dir.path().join("state/journal.db")).unwrap();
        House { dir, journal }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a command on the installation.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(self.root()).args(arguments);
        command.env("LC_ALL", "C").env("COLUMNS", "100").env_remove("LANG");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Answer { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// The same, which must end with this code.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> Answer {
        let answer = self.run(arguments);
        assert_eq!(answer.code, code, "{arguments:?}: {}", answer.all());
        answer
    }

    /// Appends one fact in the program's name.
    pub fn state(&mut self, case: &str, subject: &str, event: Event) {
        self.state_by("bankferry", case, subject, event);
    }

    /// Appends one fact in somebody's name.
    pub fn state_by(&mut self, actor: &str, case: &str, subject: &str, event: Event) {
        let fact = NewFact { actor: actor.into(), case: case.into(), subject: subject.into(), event };
        self.journal.append(at(), vec![(fact, Rows::None)]).unwrap();
    }

    /// Appends one fact in the program's name, an hour later.
    pub fn state_later(&mut self, case: &str, subject: &str, event: Event) {
        let fact = NewFact { actor: "bankferry".into(), case: case.into(), subject: subject.into(), event };
        let later = at() + jiff::SignedDuration::from_hours(1);
        self.journal.append(later, vec![(fact, Rows::None)]).unwrap();
    }

    /// Bytes in the archive.
    pub fn keep(&self, case: &str, what: &str, name: &str, bytes: &str) -> Kept {
        let archive = Archive::open(&self.root().join("archive")).unwrap();
        let kept = archive.keep(day(), case, what, name, &mut bytes.as_bytes()).unwrap();
        let path = kept.path.to_string_lossy().into_owned();
        Kept { sha256: kept.sha256.to_string(), size: kept.size, path }
    }

    /// A file that a party gave.
    pub fn arrives(&mut self, id: &str, party: &str, name: &str) -> Kept {
        let kept = self.keep(id, "received", name, &format!("content of {id}\n"));
        let arrival = Arrival {
            party: party.into(),
            folder: String::new(),
            name: name.into(),
            claim: id.into(),
            lies_at: format!("{id}__x"),
            kept: kept.clone(),
            side: Default::default(),
            stays: false,
            owner: None,
        };
        let event = if party == "erp" { Event::Received(arrival) } else { Event::Fetched(arrival) };
        self.state(id, id, event);
        self.state(id, id, Event::Cleared);
        kept
    }

    /// A batch of two payments, checked.
    pub fn batch(&mut self, number: u32) -> String {
        let inbound = format!("I20261123-{number:04}");
        self.arrives(&inbound, "erp", &format!("工资{number}.csv"));
        self.becomes_batch(number)
    }

    /// A file that came becomes a batch of two payments.
    pub fn becomes_batch(&mut self, number: u32) -> String {
        let inbound = format!("I20261123-{number:04}");
        let content = self.journal.inbound(&inbound).unwrap().unwrap().kept;
        self.becomes_batch_opened(number, Event::Opened { content, signer: None, vouched: Default::default() })
    }

    /// The same, opened so.
    pub fn becomes_batch_opened(&mut self, number: u32, opened: Event) -> String {
        let (inbound, batch) = (format!("I20261123-{number:04}"), format!("B20261123-{number:04}"));
        self.state(&inbound, &inbound, opened);
        let read = Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 };
        self.state(&inbound, &inbound, read);
        let noticed = text!("no purpose is given", "未填写用途");
        let checked = Event::Checked {
            batch: batch.clone(),
            bank: "acme".into(),
            totals: totals(),
            message_id: None,
            findings: vec![Finding::warning("purpose", Place::at(2, 7), noticed)],
            left_out: Vec::new(),
            parts: Vec::new(),
            makeup: None,
        };
        let mut rows = [("1000.00", 1), ("234.50", 2)].map(|(amount, seq)| {
            Ok(NewPayment {
                seq,
                end_to_end_id: Some(format!("E2E-{number}-{seq}")),
                amount: parse_amount(amount).unwrap(),
                currency: "EUR".parse_currency(),
                account: Some("DE02120300000000202051".into()),
                creditor_name: Some("北京示例贸易有限公司".into()),
                creditor_account: Some("FR1420041010050500013M02606".into()),
                creditor_agent: None,
                group: Some("1".into()),
                execution_date: parse_date("2026-11-24"),
                likeness: None,
            })
        });
        let mut rows = rows.iter_mut().map(|row| std::mem::replace(row, Err(std::io::Error::other("taken"))));
        let fact =
            NewFact { actor: "bankferry".into(), case: inbound.clone(), subject: inbound.clone(), event: checked };
        self.journal.append(at(), vec![(fact, Rows::Payments(&mut rows))]).unwrap();
        batch
    }

    /// A batch that waits for a second person.
    pub fn held(&mut self, number: u32) -> String {
        let batch = self.batch(number);
        let reasons = vec!["always".to_string(), "unauthenticated".to_string()];
        self.state(&format!("I20261123-{number:04}"), &batch, Event::Held { reasons });
        batch
    }

    /// The file of a batch, numbered for its bank.
    pub fn numbered(&mut self, number: u32) -> String {
        self.numbered_under(number, None)
    }

    fn numbered_under(&mut self, number: u32, bound: Option<Box<Bound>>) -> String {
        let (batch, case, id) = (self.held(number), format!("I20261123-{number:04}"), format!("O20261123-{number:04}"));
        let released = Event::Released { digest: DIGEST.into(), reason: "seen".into(), bound };
        self.state_by("ben", &case, &batch, released);
        let numbering = Numbering {
            party: "acme".into(),
            purpose: Purpose::Payments,
            source: case.clone(),
            document: 0,
            format: "pain.001.001.09".into(),
            message_id: Some(format!("WORKS-{number}")),
            created: "2026-11-23T10:00:00Z".into(),
            folder: "inbox".into(),
            name: format!("WORKS-{number}.xml"),
            totals: Some(totals()),
            part: None,
            merged: Vec::new(),
            apart: None,
            dates: Default::default(),
            about: None,
            sequence: None,
            stopped: 0,
            bank_file: None,
        };
        self.state(&case, &id, Event::Numbered(numbering));
        id
    }

    /// The file of a batch, in line for its bank.
    pub fn queued(&mut self, number: u32) -> String {
        let id = self.numbered(number);
        self.queue(number, id)
    }

    /// The same, approved under what `change` makes of a sound approval.
    pub fn queued_under(&mut self, number: u32, change: impl Fn(&mut Bound)) -> String {
        let config = Config::load(self.root()).unwrap();
        let (erp, bank) = (config.party("erp").unwrap(), config.party("acme").unwrap());
        let Totals { count, sums, .. } = totals();
        let (policy, expires) = (Config::policy_digest(erp, bank), "2999-01-01T00:00:00.000Z".into());
        let mut bound = Bound { count, sums, policy, expires };
        change(&mut bound);
        let id = self.numbered_under(number, Some(Box::new(bound)));
        self.queue(number, id)
    }

    fn queue(&mut self, number: u32, id: String) -> String {
        let case = format!("I20261123-{number:04}");
        let content = self.keep(&case, "written", &format!("WORKS-{number}.xml"), "<Document/>");
        self.state(&case, &id, Event::Written { content });
        self.state(&case, &id, Event::Queued { not_before: None });
        id
    }

    /// The file of a batch of which nobody knows whether the bank has it.
    pub fn unknown(&mut self, number: u32) -> String {
        let (id, case) = (self.queued(number), format!("I20261123-{number:04}"));
        self.state(&case, &id, Event::Sending { attempt: 1, temporary: format!("WORKS-{number}.xml.tmp") });
        self.state(&case, &id, Event::Publishing { size: 11 });
        self.state(&case, &id, Event::Unknown("the final name has 7 bytes".into()));
        id
    }

    /// A file with the content of an earlier one.
    pub fn duplicate(&mut self, number: u32, of: &str) -> String {
        let id = format!("I20261123-{number:04}");
        self.arrives(&id, "erp", "again.csv");
        self.state(&id, &id, Event::Duplicate { of: of.into() });
        id
    }

    /// Writes a signed checkpoint of the journal's end; says where.
    pub fn checkpoint(&self) -> PathBuf {
        use bankferry::journal::checkpoint::Checkpoint;
        use bankferry::seal::{Keys, Role, sign_detached};
        let keys = Keys::open(&self.root().join("state/keys")).unwrap();
        let (facts, head) = self.journal.head().unwrap();
        let text = Checkpoint {
            installation: "works".into(),
            environment: "test".into(),
            epoch: 1,
            facts,
            head,
            last_publishing: self.journal.last_publishing().unwrap(),
            at: "2026-11-23T10:00:00Z".into(),
        }
        .text();
        let now = bankferry::clock::Clock::system().system_time();
        let signature = sign_detached(&keys, Role::Audit, now, text.as_bytes()).unwrap();
        let folder = self.root().join("state/checkpoints");
        bankferry::disk::replace(&folder, &format!("{facts:012}.txt"), text.as_bytes()).unwrap();
        bankferry::disk::replace(&folder, &format!("{facts:012}.txt.asc"), signature.as_bytes()).unwrap();
        folder.join(format!("{facts:012}.txt"))
    }
}

/// What every batch here holds.
pub fn totals() -> Totals {
    let sums = Sums::from([("EUR".parse_currency(), parse_amount("1234.50").unwrap())]);
    Totals { count: 2, sums, digest: DIGEST.into() }
}

pub fn at() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn day() -> Date {
    parse_date("2026-11-23").unwrap()
}

/// A currency in few letters.
trait ParseCurrency {
    fn parse_currency(&self) -> bankferry::document::Currency;
}

impl ParseCurrency for &str {
    fn parse_currency(&self) -> bankferry::document::Currency {
        bankferry::document::Currency::parse(self).unwrap()
    }
}
