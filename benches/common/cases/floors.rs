//! Floors: the least that a reader or writer of these bytes must do.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};

use bankferry::disk::Sha256Hash;
use bankferry::document::Part;

use super::measure::{Measured, measure};
use super::write::{Counted, entry, payments_of};
use super::{Job, inputs};

fn input(job: &Job) -> anyhow::Result<(BufReader<File>, u64)> {
    let file = File::open(&job.input)?;
    let bytes = file.metadata()?.len();
    Ok((BufReader::with_capacity(inputs::BLOCK, file), bytes))
}

/// The csv crate's records, looked at by nobody.
pub fn csv_records(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let (input, bytes) = input(job)?;
        let mut reader = csv::Reader::from_reader(input);
        let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
        while reader.read_byte_record(&mut record)? {
            rows += 1;
        }
        Ok((rows, bytes))
    })
}

/// One generic value a line.
pub fn json_values(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let (mut input, bytes) = input(job)?;
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line)? > 0 {
            let value: serde_json::Value = serde_json::from_slice(&line)?;
            std::hint::black_box(value);
            line.clear();
        }
        Ok((job.rows, bytes))
    })
}

/// quick-xml's events, looked at by nobody.
pub fn xml_tokens(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let (input, bytes) = input(job)?;
        let mut reader = quick_xml::Reader::from_reader(input);
        let mut buffer = Vec::new();
        while !matches!(reader.read_event_into(&mut buffer)?, quick_xml::events::Event::Eof) {
            buffer.clear();
        }
        Ok((job.rows, bytes))
    })
}

/// Finding the line ends.
pub fn lines(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let (mut input, bytes) = input(job)?;
        let mut ends = 0;
        loop {
            let block = input.fill_buf()?;
            if block.is_empty() {
                break;
            }
            ends += memchr::memchr_iter(b'\n', block).count();
            let length = block.len();
            input.consume(length);
        }
        std::hint::black_box(ends);
        Ok((job.rows, bytes))
    })
}

/// SHA-256 of the bytes.
pub fn sha256(job: &Job) -> anyhow::Result<Measured> {
    measure(|| {
        let (mut input, bytes) = input(job)?;
        std::hint::black_box(Sha256Hash::of_reader(&mut input as &mut dyn Read)?);
        Ok((job.rows, bytes))
    })
}

/// A payment's elements by one format line, neither checked nor escaped.
pub fn pain001_lines(job: &Job) -> anyhow::Result<Measured> {
    let payments = payments_of(job)?;
    measure(|| {
        let mut out = Counted::default();
        for payment in payments.iter().cycle().take(job.rows as usize) {
            let Part::Payment(p) = payment else { continue };
            let to = &p.counterparty;
            writeln!(
                out,
                "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"{}\">{}</InstdAmt></Amt>\
                 <CdtrAgt><FinInstnId><BICFI>{}</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>{}</Nm></Cdtr><CdtrAcct><Id>\
                 <IBAN>{}</IBAN></Id></CdtrAcct><Purp><Cd>{}</Cd></Purp><RmtInf><Ustrd>{}</Ustrd></RmtInf></CdtTrfTxInf>",
                p.end_to_end_id.as_deref().unwrap_or_default(),
                p.currency.as_str(),
                p.amount,
                to.agent.as_deref().unwrap_or_default(),
                to.name.as_deref().unwrap_or_default(),
                to.account.as_ref().map(|a| a.as_str()).unwrap_or_default(),
                p.purpose.as_deref().unwrap_or_default(),
                p.remittance.first().map(String::as_str).unwrap_or_default(),
            )?;
        }
        Ok((job.rows, out.bytes()))
    })
}

/// Entries as serde_json writes them.
pub fn json_lines(job: &Job) -> anyhow::Result<Measured> {
    let entries = entry::of(job)?;
    measure(|| {
        let mut out = Counted::default();
        for entry in entries.iter().cycle().take(job.rows as usize) {
            if let Part::Entry(entry) = entry {
                serde_json::to_writer(&mut out, entry)?;
                out.write_all(b"\n")?;
            }
        }
        Ok((job.rows, out.bytes()))
    })
}

/// Six fields of every entry.
pub fn csv_lines(job: &Job) -> anyhow::Result<Measured> {
    let entries = entry::of(job)?;
    measure(|| {
        let mut out = csv::Writer::from_writer(Counted::default());
        for entry in entries.iter().cycle().take(job.rows as usize) {
            let Part::Entry(e) = entry else { continue };
            let (amount, booked) = (e.amount.to_string(), e.booking_date.map(|d| d.to_string()).unwrap_or_default());
            let detail = e.details.first();
            let id = detail.and_then(|d| d.end_to_end_id.as_deref()).unwrap_or_default();
            let name = detail.and_then(|d| d.counterparty.name.as_deref()).unwrap_or_default();
            out.write_record([&booked, &amount, e.currency.as_str(), e.indicator.code(), id, name])?;
        }
        let out = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
        Ok((job.rows, out.bytes()))
    })
}
