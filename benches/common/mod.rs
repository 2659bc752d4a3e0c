//! What the benchmark programs share: cases, their inputs, measuring, the table.
//!
//! Each case runs in a fresh process of its own (the program starts itself again), so that its peak of
//! memory is its own. Nothing is asserted about time: figures stand beside a floor that is measured in
//! the same run on the same machine.
//!
//! `BANKFERRY_BENCH_ROWS` says how many rows, entries or payments an input has: 1,000,000 by default,
//! 100,000 with `--quick` or where `CI` is set. Words on the command line choose the cases whose names
//! hold one of them.

mod cases;
mod inputs;
mod measure;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use cases::{CASES, Case};
use inputs::Input;
use measure::Measured;

/// Rows of an input.
const ROWS: u64 = 1_000_000;
/// Rows where somebody waits.
const QUICK_ROWS: u64 = 100_000;
/// Rows where the program is only to show that it still runs, as under `cargo test --benches`.
const TRIAL_ROWS: u64 = 1_000;

/// What a case has to work with.
pub struct Job {
    /// Its input, where it has one.
    pub input: PathBuf,
    /// How many rows the input has.
    pub rows: u64,
    /// An empty folder.
    pub dir: PathBuf,
}

/// Runs the cases of these subjects and prints their table; or, started again by itself, one case.
pub fn main(title: &str, subjects: &[&str]) -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, input, rows, dir] = arguments.as_slice()
        && flag == "--case"
    {
        let job = Job { input: input.into(), rows: rows.parse()?, dir: dir.into() };
        let case = CASES.iter().find(|c| c.name == name).context("an unknown case")?;
        println!("{}", serde_json::to_string(&(case.run)(&job)?)?);
        return Ok(());
    }
    let rows = rows(&arguments)?;
    let words: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let chosen = |c: &&Case| {
        subjects.contains(&c.subject()) && (words.is_empty() || words.iter().any(|w| c.name.contains(w.as_str())))
    };
    let dir = tempfile::tempdir()?;
    let mut inputs = BTreeMap::new();
    let mut done = Vec::new();
    for case in CASES.iter().filter(chosen) {
        let input = input_of(case, rows, dir.path(), &mut inputs)?;
        eprintln!("{} …", case.name);
        done.push((case, run_alone(case, &input, rows, dir.path())?));
    }
    println!("{title}, {rows} rows\n{}", table::of(&done));
    Ok(())
}

fn rows(arguments: &[String]) -> anyhow::Result<u64> {
    if let Ok(rows) = std::env::var("BANKFERRY_BENCH_ROWS") {
        return rows.parse().context("BANKFERRY_BENCH_ROWS is not a number");
    }
    let quick = arguments.iter().any(|a| a == "--quick") || std::env::var_os("CI").is_some();
    Ok(match arguments.iter().any(|a| a == "--bench") {
        false => TRIAL_ROWS,
        true if quick => QUICK_ROWS,
        true => ROWS,
    })
}

/// The input of a case, made once for all that want the same.
fn input_of(case: &Case, rows: u64, dir: &Path, made: &mut BTreeMap<Input, PathBuf>) -> anyhow::Result<PathBuf> {
    let Some(input) = case.input else { return Ok(PathBuf::new()) };
    if let Some(path) = made.get(&input) {
        return Ok(path.clone());
    }
    let path = dir.join(format!("{input:?}").to_lowercase());
    inputs::make(input, rows, &path)?;
    made.insert(input, path.clone());
    Ok(path)
}

/// Runs a case in a process of its own; of several runs the one that took the least.
fn run_alone(case: &Case, input: &Path, rows: u64, dir: &Path) -> anyhow::Result<Measured> {
    let mut best: Option<Measured> = None;
    for _ in 0..case.runs {
        let work = tempfile::tempdir_in(dir)?;
        let rows = rows.to_string();
        let output = Command::new(std::env::current_exe()?)
            .args(["--case", case.name])
            .arg(input)
            .arg(rows)
            .arg(work.path())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            bail!("`{}` failed", case.name);
        }
        let measured: Measured = serde_json::from_slice(&output.stdout)?;
        if best.as_ref().is_none_or(|best| measured.cost(case.by) < best.cost(case.by)) {
            best = Some(measured);
        }
    }
    best.context("a case without runs")
}
