//! Writing documents whose parts are in memory already, so that nothing is read meanwhile.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bankferry::document::{Amount, Declared, Part};
use bankferry::format::layout::LayoutWriter;
use bankferry::format::{self, Reader, Regroup, Writer};

use super::measure::{Measured, measure};
use super::{Input, Job, inputs, read};

/// Parts that are held and written again and again.
const HELD: u64 = 10_000;

/// An output that only counts.
#[derive(Clone, Debug, Default)]
pub struct Counted(Arc<AtomicU64>);

impl Counted {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(std::hint::black_box(bytes).len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All parts of a file of [`HELD`] rows.
fn parts(job: &Job, input: Input, from: &str) -> anyhow::Result<Vec<Part>> {
    let path = job.dir.join("held");
    inputs::make(input, HELD, &path)?;
    let mut reader = Regroup::new(read::open(File::open(&path)?, from)?, Box::new(tempfile::tempfile()?));
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part()? {
        parts.push(part);
    }
    Ok(parts)
}

/// Payments to write.
pub fn payments_of(job: &Job) -> anyhow::Result<Vec<Part>> {
    let mut parts = parts(job, Input::Csv, "csv")?;
    parts.retain(|part| matches!(part, Part::Payment(_)));
    Ok(parts)
}

/// Entries to write.
pub mod entry {
    use super::{Input, Job, Part, parts};

    /// The entries of a statement.
    pub fn of(job: &Job) -> anyhow::Result<Vec<Part>> {
        let mut parts = parts(job, Input::Camt053, "camt.053")?;
        parts.retain(|part| matches!(part, Part::Entry(_)));
        Ok(parts)
    }
}

/// Writes the job's number of payments in one group.
pub fn payments(job: &Job, to: &str) -> anyhow::Result<Measured> {
    let parts = parts(job, Input::Csv, "csv")?;
    let payments: Vec<&Part> = parts.iter().filter(|part| matches!(part, Part::Payment(_))).collect();
    let amount = |part: &&&Part| match part {
        Part::Payment(payment) => payment.amount,
        _ => Amount::ZERO,
    };
    let sum = payments.iter().cycle().take(job.rows as usize).map(|part| amount(&part)).sum();
    let declared = Declared { count: Some(job.rows), sum: Some(sum) };
    let (mut head, mut group, mut end) = (None, None, None);
    for part in &parts {
        match part {
            Part::Payments(it) => head = Some(Part::Payments(it.clone())),
            Part::Group(it) => group = Some(Part::Group(it.clone())),
            Part::PaymentsEnd(it) => end = Some(Part::PaymentsEnd(it.clone())),
            _ => {}
        }
    }
    if let Some(Part::Payments(head)) = &mut head {
        head.declared = declared.clone();
    }
    if let Some(Part::Group(group)) = &mut group {
        group.declared = declared;
    }
    if let Some(Part::PaymentsEnd(end)) = &mut end {
        end.count = job.rows;
        end.sums.values_mut().for_each(|s| *s = sum);
    }
    let rows = payments.iter().copied().cycle().take(job.rows as usize);
    write(job, to, head.iter().chain(&group).chain(rows).chain(&end))
}

/// Writes a statement with the job's number of entries.
pub fn statement(job: &Job, to: &str) -> anyhow::Result<Measured> {
    let parts = parts(job, Input::Camt053, "camt.053")?;
    let (entries, around): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| matches!(part, Part::Entry(_)));
    let (head, end) = around.split_at(around.len() - 1);
    let rows = entries.iter().copied().cycle().take(job.rows as usize);
    write(job, to, head.iter().copied().chain(rows).chain(end.iter().copied()))
}

/// Writes payments in the layout of a template; the first rows of the job's input, over and over.
pub fn layout(job: &Job) -> anyhow::Result<Measured> {
    let plan = read::plan()?;
    let path = job.dir.join("held");
    inputs::make(Input::Layout, HELD.min(job.rows), &path)?;
    let mut reader = read::open_layout(&plan, File::open(&path)?)?;
    let (mut head, mut rows, mut end) = (Vec::new(), Vec::new(), None);
    while let Some(part) = reader.next_part()? {
        match part {
            Part::Payment(_) => rows.push(part),
            Part::PaymentsEnd(_) => end = Some(part),
            other => head.push(other),
        }
    }
    measure(|| {
        let out = Counted::default();
        let mut writer = LayoutWriter::new(Arc::clone(&plan), Box::new(out.clone()), &inputs::options());
        for part in head.iter().chain(rows.iter().cycle().take(job.rows as usize)).chain(&end) {
            writer.write_part(part)?;
        }
        writer.finish()?;
        Ok((job.rows, out.bytes()))
    })
}

fn write<'a>(job: &Job, to: &str, parts: impl Iterator<Item = &'a Part>) -> anyhow::Result<Measured> {
    measure(|| {
        let out = Counted::default();
        let mut writer = format::create(to, Box::new(out.clone()), &inputs::options())?;
        for part in parts {
            writer.write_part(part)?;
        }
        writer.finish()?;
        Ok((job.rows, out.bytes()))
    })
}
