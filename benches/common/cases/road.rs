//! The whole road: the real program in a process of its own, beside a practice bank in this one.

use std::collections::{BTreeMap, HashSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bankferry::cli::practice::{Options, Practice};
use bankferry::clock::Clock;
use bankferry::journal::{OutboundState, PaymentFilter, Purpose, Records, SqliteJournal};
use rustix::process::{Pid, Signal, kill_process};

use super::measure::{Measured, cpu_of, peak_of};
use super::{Job, inputs};

/// A bank that takes everything.
const BANK: &str = r#"
name = "Practice Bank"
bic = "PRACDEFFXXX"
largest-file = 8000000000
status-format = "pain.002.001.10"
statement-format = "camt.053.001.08"
report-every-payment = true
statement-after = 1

[[account]]
id = "DE89370400440532013000"
currency = "EUR"
balance = "100000000000.00"
owner = "Example Machines GmbH"
"#;
/// Payments of a small batch.
const PER_BATCH: u64 = 20;
/// The longest that a road may take: an answer that never comes is a failure, not a figure.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// How often the program is looked at.
const EVERY: Duration = Duration::from_millis(20);

/// The program at work, and what it has used so far.
struct Watched {
    child: Child,
    started: Instant,
    peak: u64,
    cpu: Duration,
}

impl Watched {
    fn start(practice: &Practice, command: &str) -> anyhow::Result<Watched> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        program.arg("--dir").arg(&practice.root).arg(command).stdout(Stdio::null()).stderr(Stdio::inherit());
        Ok(Watched { child: program.spawn()?, started: Instant::now(), peak: 0, cpu: Duration::ZERO })
    }

    /// Looks at the process; whether it still runs.
    fn look(&mut self) -> anyhow::Result<bool> {
        let id = self.child.id();
        self.peak = peak_of(&id.to_string()).unwrap_or(self.peak);
        self.cpu = cpu_of(id).unwrap_or(self.cpu);
        ensure!(self.started.elapsed() < PATIENCE, "the program does not come to an end");
        std::thread::sleep(EVERY);
        Ok(self.child.try_wait()?.is_none())
    }

    fn measured(&self, items: u64, bytes: u64) -> Measured {
        let (wall, cpu, peak) = (self.started.elapsed(), self.cpu, self.peak);
        Measured { items, bytes, wall, cpu, peak, note: String::new() }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A practice installation where no sum waits for a second person.
fn practice(job: &Job) -> anyhow::Result<Practice> {
    let duplicates = "duplicates = { totals = \"pass\", payment = \"pass\" }";
    let options = Options { settings: Some(BANK.into()), erp: duplicates.into(), ..Options::default() };
    let practice = Practice::make(&job.dir, Clock::system().now(), &options)?;
    let path = practice.root.join("bankferry.toml");
    let config = std::fs::read_to_string(&path)?.replace(", over = { EUR = \"5000.00\" }", "");
    bankferry::disk::replace(&practice.root, "bankferry.toml", config.as_bytes())?;
    Ok(practice)
}

fn journal(practice: &Practice) -> anyhow::Result<SqliteJournal> {
    Ok(SqliteJournal::open_to_read(&practice.root.join("state/journal.db"))?)
}

/// One batch of all rows, until the bank has it.
pub fn large(job: &Job) -> anyhow::Result<Measured> {
    let practice = practice(job)?;
    let csv = inputs::batch(job.rows, 1)?;
    let bytes = csv.len() as u64;
    practice.drop_file("large.csv", &csv)?;
    drop(csv);
    let mut program = Watched::start(&practice, "once")?;
    while program.look()? {}
    let mut measured = program.measured(job.rows, bytes);
    let journal = journal(&practice)?;
    let sent = sent(&journal)?;
    ensure!(sent == 1, "{sent} files were sent");
    measured.note = stages(&journal)?;
    Ok(measured)
}

/// One batch of all rows, until the bank's answer and statement have come back and are told.
pub fn there_and_back(job: &Job) -> anyhow::Result<Measured> {
    let mut practice = practice(job)?;
    let csv = inputs::batch(job.rows, 1)?;
    let bytes = csv.len() as u64;
    practice.drop_file("large.csv", &csv)?;
    drop(csv);
    let mut program = Watched::start(&practice, "run")?;
    loop {
        ensure!(program.look()?, "the program ended");
        practice.tick(Clock::system().now());
        let told = journal(&practice).and_then(|journal| all_told(&journal, job.rows));
        if told.unwrap_or_default() {
            break;
        }
    }
    let mut measured = program.measured(job.rows, bytes);
    stop(&mut program)?;
    measured.note = stages(&journal(&practice)?)?;
    Ok(measured)
}

fn all_told(journal: &SqliteJournal, payments: u64) -> anyhow::Result<bool> {
    let outbounds = journal.outbounds(&[])?;
    let at_rest = |state| matches!(state, OutboundState::Sent | OutboundState::Answered);
    if outbounds.len() < 3 || !outbounds.iter().all(|o| at_rest(o.state)) {
        return Ok(false);
    }
    let states = journal.payment_states(&PaymentFilter::default())?;
    Ok(states.get("booked") == Some(&payments))
}

fn stop(program: &mut Watched) -> anyhow::Result<()> {
    let id = Pid::from_raw(program.child.id() as i32).context("a process")?;
    kill_process(id, Signal::TERM)?;
    while program.look()? {}
    Ok(())
}

/// Many small batches at once: every one is sent, none twice.
pub fn small(job: &Job) -> anyhow::Result<Measured> {
    let files = (job.rows / 1_000).max(10);
    let mut practice = practice(job)?;
    let mut bytes = 0;
    for n in 0..files {
        let csv = inputs::batch(PER_BATCH, 1 + n * PER_BATCH)?;
        bytes += csv.len() as u64;
        practice.drop_file(&format!("batch-{n:05}.csv"), &csv)?;
    }
    let mut program = Watched::start(&practice, "once")?;
    while program.look()? {}
    let mut measured = program.measured(files, bytes);
    let journal = journal(&practice)?;
    let (sent, facts) = (sent(&journal)?, journal.head()?.0);
    ensure!(sent == files, "{sent} of {files} files were sent");
    while !practice.tick(Clock::system().now()).is_empty() {}
    let received = practice.bank.received();
    let messages: HashSet<_> = received.iter().filter_map(|r| r.message_id.clone()).collect();
    let payments: u64 = received.iter().map(|r| r.count).sum();
    ensure!(received.len() as u64 == files && messages.len() as u64 == files, "{} messages arrived", messages.len());
    ensure!(payments == files * PER_BATCH, "{payments} payments arrived");
    let per_second = (files * PER_BATCH) as f64 / measured.wall.as_secs_f64();
    measured.note = format!("each once; {per_second:.0} payments/s, {facts} facts");
    Ok(measured)
}

/// Payment files that the bank's server confirmed.
fn sent(journal: &SqliteJournal) -> anyhow::Result<u64> {
    let sent = journal.outbounds(&[OutboundState::Sent, OutboundState::Answered])?;
    Ok(sent.iter().filter(|o| o.purpose == Purpose::Payments).count() as u64)
}

/// How long each stage took: seconds from the fact before to this one.
fn stages(journal: &SqliteJournal) -> anyhow::Result<String> {
    let (mut before, mut took) = (None, BTreeMap::new());
    let facts = journal.facts_after(0, 1_000)?;
    for (at, fact) in facts.iter().enumerate() {
        let moment: jiff::Timestamp = fact.at.parse()?;
        let seconds = before.map_or(0.0, |before| moment.duration_since(before).as_secs_f64());
        if seconds >= 0.1 {
            took.insert(at, format!("{} {seconds:.1} s", fact.event.word()));
        }
        before = Some(moment);
    }
    Ok(took.into_values().collect::<Vec<_>>().join(", "))
}
