//! Reading a file to its end.

use std::fs::File;
use std::io::BufReader;

use anyhow::ensure;
use bankferry::document::Part;
use bankferry::format::{self, ReadOptions, Reader};

use super::measure::{Measured, measure};
use super::{Job, inputs};

/// Reads the job's input as `from`; every row must be there.
pub fn read(job: &Job, from: &str) -> anyhow::Result<Measured> {
    measure(|| {
        let file = File::open(&job.input)?;
        let bytes = file.metadata()?.len();
        let mut reader = open(file, from)?;
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
