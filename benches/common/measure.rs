//! Wall time, processor time and the peak of memory, as Linux counts them for a process.

use std::fs;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Ticks of a second in `/proc/<pid>/stat`: the same on every Linux.
const TICKS: u64 = 100;

/// What a case did and what it took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Rows, entries, payments, facts, files.
    pub items: u64,
    /// Bytes read or written; 0 where bytes say nothing.
    pub bytes: u64,
    /// Wall time.
    pub wall: Duration,
    /// Processor time.
    pub cpu: Duration,
    /// Peak of resident memory, in KiB; 0 where it is not this program's.
    pub peak: u64,
    /// What else is to be known.
    pub note: String,
}

/// What a rate is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Processor seconds: computing, whatever else the machine does.
    Cpu,
    /// Seconds on the wall: where the disk, a server or other processes are waited for.
    Wall,
}

impl Measured {
    /// The time that rates are counted by.
    pub fn cost(&self, by: By) -> Duration {
        match by {
            By::Cpu if !self.cpu.is_zero() => self.cpu,
            _ => self.wall,
        }
    }
}

/// Measures `work`, which says how many items and bytes it did.
pub fn measure(work: impl FnOnce() -> anyhow::Result<(u64, u64)>) -> anyhow::Result<Measured> {
    let (wall, cpu) = (Instant::now(), own_cpu());
    let (items, bytes) = work()?;
    let (wall, cpu) = (wall.elapsed(), own_cpu().saturating_sub(cpu));
    let peak = peak_of("self").unwrap_or_default();
    Ok(Measured { items, bytes, wall, cpu, peak, note: String::new() })
}

/// Processor time of this process's living threads, exact to the nanosecond.
fn own_cpu() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| {
        let said = fs::read_to_string(task.path().join("schedstat")).ok()?;
        said.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// Peak of resident memory of a process, in KiB.
pub fn peak_of(process: &str) -> Option<u64> {
    let said = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Processor time of another process with the threads that have ended, exact to a hundredth of a second.
pub fn cpu_of(process: u32) -> Option<Duration> {
    let said = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold spaces: fields are counted behind its closing parenthesis.
    let fields: Vec<&str> = said.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS))
}
