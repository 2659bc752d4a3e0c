//! Checking a batch of payments, and bringing its groups together.

use std::fs::File;

use anyhow::ensure;
use bankferry::check::{Checker, NoHistory, Rules};
use bankferry::format::{Reader, Regroup};

use super::measure::{Measured, measure};
use super::{Job, inputs, read};

/// Reads the payments and holds them against every rule.
pub fn check(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let file = File::open(&job.input)?;
        let bytes = file.metadata()?.len();
        let mut reader = read::open(file, "csv")?;
        let rules = Rules::default();
        let mut checker = Checker::new(&rules, inputs::today(), &NoHistory);
        while let Some(part) = reader.next_part()? {
            checker.look(&part);
        }
        let report = checker.finish();
        ensure!(report.count == job.rows && !report.findings.refuses(), "{:?}", report.findings.kept().first());
        Ok((report.count, bytes))
    })
}

/// Reads the payments group by group, through a scratch file.
pub fn regroup(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let file = File::open(&job.input)?;
        let bytes = file.metadata()?.len();
        let mut reader = Regroup::new(read::open(file, "csv")?, Box::new(tempfile::tempfile_in(&job.dir)?));
        while let Some(part) = reader.next_part()? {
            std::hint::black_box(part);
        }
        Ok((job.rows, bytes))
    })
}
