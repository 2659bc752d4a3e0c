//! Inputs: synthetic files whose totals add up, the same for every run.

mod american;
mod chinese;
mod payments;
mod statements;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use bankferry::clock::Clock;
use bankferry::document::Moment;
use bankferry::format::{self, ReadOptions, Reader, Regroup, ScratchMaker, WriteOptions};

pub use payments::batch;

/// Our account in every input; the practice installation pays from it.
pub const ACCOUNT: &str = bankferry::cli::practice::ACCOUNT;
/// Whom it belongs to.
pub const OWNER: &str = "Example Machines GmbH";
/// Block of readers and writers.
pub const BLOCK: usize = 1 << 20;

/// The kinds of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Payments of an ERP, execution dates interleaved.
    Csv,
    /// The same payments as JSON lines.
    Jsonl,
    /// The same payments as pain.001.001.09.
    Pain001,
    /// A status report with a status for every payment.
    Pain002,
    /// A statement.
    Camt053,
    /// Statements of 500 entries each.
    Mt940,
    /// Accounts of 1,000 entries each.
    Bai2,
    /// Batches of 10,000 entries each.
    Nacha,
    /// Payments in a layout of a template, in GBK.
    Layout,
}

/// Makes an input of so many rows.
pub fn make(input: Input, rows: u64, path: &Path) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(BLOCK, File::create(path)?);
    match input {
        Input::Csv => payments::csv(&mut out, rows, 1)?,
        Input::Jsonl => convert(rows, path, "jsonl")?,
        Input::Pain001 => convert(rows, path, "pain.001.001.09")?,
        Input::Pain002 => payments::pain002(&mut out, rows)?,
        Input::Camt053 => statements::camt053(&mut out, rows)?,
        Input::Mt940 => statements::mt940(&mut out, rows)?,
        Input::Bai2 => american::bai2(&mut out, rows)?,
        Input::Nacha => american::nacha(&mut out, rows)?,
        Input::Layout => chinese::layout(&mut out, rows)?,
    }
    Ok(out.flush()?)
}

/// Makes payments in another format than CSV.
fn convert(rows: u64, path: &Path, to: &str) -> anyhow::Result<()> {
    let mut csv = tempfile::tempfile()?;
    payments::csv(&mut BufWriter::new(&mut csv), rows, 1)?;
    io::Seek::rewind(&mut csv)?;
    let reader = format::open("csv", Box::new(BufReader::with_capacity(BLOCK, csv)), &ReadOptions::default())?;
    let mut reader = Regroup::new(reader, Box::new(tempfile::tempfile()?));
    let output = BufWriter::with_capacity(BLOCK, File::create(path)?);
    let mut writer = format::create(to, Box::new(output), &options())?;
    while let Some(part) = reader.next_part()? {
        writer.write_part(&part)?;
    }
    Ok(writer.finish()?)
}

/// What a writer must be told.
pub fn options() -> WriteOptions {
    WriteOptions {
        message_id: Some("BENCH-1".into()),
        created: Moment::parse("2026-11-23T08:00:00Z"),
        initiating_party: Some(OWNER.into()),
        scratch: Some(ScratchMaker::new(tempfile::tempfile)),
        ..WriteOptions::default()
    }
}

/// Today, as the rules see it.
pub fn today() -> bankferry::document::Date {
    jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now()).date()
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) % most
    }

    /// An amount in minor units: as many below ten as below ten thousand.
    pub fn cents(&mut self) -> u64 {
        let most = 10_u64.pow(3 + self.below(4) as u32);
        100 + self.below(most)
    }
}

/// Somebody who is paid or pays.
pub struct Vendor {
    pub name: String,
    pub iban: String,
    pub bic: String,
}

/// Names as vendors have them: some with accents, commas, ampersands and quotes.
const NAMES: [&str; 12] = [
    "Alpen Metall AG",
    "Nordlicht Logistik GmbH",
    "Baltic Timber UAB",
    "Müller & Söhne KG",
    "Office Supplies, Paper and More Ltd",
    "Café Österreich OG",
    "Schmidt \"Präzision\" Werkzeuge",
    "Vilnius Data Centre",
    "Hafen Spedition",
    "Donau Energie",
    "Weber Elektrotechnik",
    "Green Fields Cooperative",
];

/// The vendors of all inputs.
pub fn vendors() -> Vec<Vendor> {
    let mut random = Random::new(7);
    (0..20_000).map(|n| vendor(n, &mut random)).collect()
}

fn vendor(n: usize, random: &mut Random) -> Vendor {
    let (country, digits) = [("DE", 18), ("AT", 16), ("LT", 16)][n % 3];
    let number: String = (0..digits).map(|_| char::from(b'0' + random.below(10) as u8)).collect();
    let bank: String = (0..4).map(|_| char::from(b'A' + random.below(26) as u8)).collect();
    Vendor {
        name: format!("{} {n:05}", NAMES[n % NAMES.len()]),
        iban: iban(country, &number),
        bic: format!("{bank}{country}2{}", char::from(b'A' + random.below(26) as u8)),
    }
}

/// An IBAN with its check digits (ISO 13616, modulo 97).
fn iban(country: &str, number: &str) -> String {
    let rest = number.chars().chain(country.chars()).chain("00".chars()).fold(0, |rest: u32, c| {
        let value = c.to_digit(36).unwrap_or_default();
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    format!("{country}{:02}{number}", 98 - rest)
}

/// Minor units with a decimal point.
pub fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Text as XML wants it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// Text in the characters of SWIFT and NACHA.
pub fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => c,
        'ü' => 'u',
        'ö' | 'Ö' => 'o',
        'ä' => 'a',
        'é' => 'e',
        _ => ' ',
    };
    text.chars().map(letter).collect()
}
