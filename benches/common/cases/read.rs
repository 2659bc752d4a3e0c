//! Reading a file to its end.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use bankferry::document::Part;
use bankferry::format::layout::{Carries, LayoutReader, Plan};
use bankferry::format::{self, ReadOptions, Reader};

use super::measure::{Measured, measure};
use super::{Job, inputs};

/// Reads the job's input as `from`; every row must be there.
pub fn read(job: &Job, from: &str) -> anyhow::Result<Measured> {
    walk(job, |file| open(file, from))
}

/// Reads the job's input in the payments layout of a template.
pub fn layout(job: &Job) -> anyhow::Result<Measured> {
    let plan = plan()?;
    walk(job, |file| open_layout(&plan, file))
}

/// The layout that is measured.
pub fn plan() -> anyhow::Result<Arc<Plan>> {
    let template = bankferry::template::find(Path::new("/nonexistent"), "icbc")?;
    template.layout.get(Carries::Payments).cloned().context("a payments layout")
}

/// A reader of a layout.
pub fn open_layout(plan: &Arc<Plan>, file: File) -> anyhow::Result<Box<dyn Reader + Send>> {
    let input = Box::new(BufReader::with_capacity(inputs::BLOCK, file));
    Ok(Box::new(LayoutReader::open(Arc::clone(plan), input, &ReadOptions::default())?))
}

fn walk(job: &Job, open: impl Fn(File) -> anyhow::Result<Box<dyn Reader + Send>>) -> anyhow::Result<Measured> {
    measure(|| {
        let file = File::open(&job.input)?;
        let bytes = file.metadata()?.len();
        let mut reader = open(file)?;
        let mut items = 0;
        while let Some(part) = reader.next_part()? {
            items += u64::from(matches!(part, Part::Payment(_) | Part::Entry(_) | Part::PaymentStatus(_)));
            let findings = part.end_findings().unwrap_or_default();
            ensure!(findings.is_empty(), "{findings:?}");
        }
        ensure!(items == job.rows, "{items} of {} rows were read", job.rows);
        Ok((items, bytes))
    })
}

/// A reader as the program opens it.
pub fn open(file: File, from: &str) -> anyhow::Result<Box<dyn Reader + Send>> {
    Ok(format::open(from, Box::new(BufReader::with_capacity(inputs::BLOCK, file)), &ReadOptions::default())?)
}
