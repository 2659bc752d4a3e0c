//! The cases: what is measured, beside which floor.

mod check;
mod floors;
mod journal;
mod read;
mod reconcile;
mod road;
mod seal;
mod write;

use super::inputs::Input;
use super::measure::{By, Measured};
use super::{Job, inputs, measure};

/// One line of the table.
pub struct Case {
    /// Subject and name: `read csv`.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// What it works on.
    pub input: Option<Input>,
    /// What rates are counted by.
    pub by: By,
    /// The case that does the least that this one must do.
    pub floor: Option<&'static str>,
    /// How often it is run.
    pub runs: u32,
    /// The work.
    pub run: fn(&Job) -> anyhow::Result<Measured>,
}

impl Case {
    /// The first word of the name.
    pub fn subject(&self) -> &'static str {
        self.name.split([' ', ':']).next().unwrap_or_default()
    }
}

const fn reads(name: &'static str, input: Input, floor: Option<&'static str>, run: Run) -> Case {
    Case { name, unit: "entries", input: Some(input), by: By::Cpu, floor, runs: 3, run }
}

const fn writes(name: &'static str, floor: Option<&'static str>, run: Run) -> Case {
    Case { name, unit: "entries", input: None, by: By::Cpu, floor, runs: 3, run }
}

const fn waits(name: &'static str, unit: &'static str, floor: Option<&'static str>, run: Run) -> Case {
    Case { name, unit, input: None, by: By::Wall, floor, runs: 1, run }
}

type Run = fn(&Job) -> anyhow::Result<Measured>;

/// All cases; a floor stands before what is held against it.
pub const CASES: &[Case] = &[
    writes("reconcile: floor, ids in a map", None, reconcile::floor),
    writes("reconcile", Some("reconcile: floor, ids in a map"), reconcile::month),
    reads("read csv: floor, csv crate alone", Input::Csv, None, floors::csv_records),
    reads("read csv", Input::Csv, Some("read csv: floor, csv crate alone"), |job| read::read(job, "csv")),
    reads("read jsonl: floor, serde_json values", Input::Jsonl, None, floors::json_values),
    reads("read jsonl", Input::Jsonl, Some("read jsonl: floor, serde_json values"), |job| read::read(job, "jsonl")),
    reads("read pain.001: floor, quick-xml tokens", Input::Pain001, None, floors::xml_tokens),
    reads("read pain.001", Input::Pain001, Some("read pain.001: floor, quick-xml tokens"), |job| {
        read::read(job, "pain.001")
    }),
    reads("read pain.002: floor, quick-xml tokens", Input::Pain002, None, floors::xml_tokens),
    reads("read pain.002", Input::Pain002, Some("read pain.002: floor, quick-xml tokens"), |job| {
        read::read(job, "pain.002")
    }),
    reads("read camt.053: floor, quick-xml tokens", Input::Camt053, None, floors::xml_tokens),
    reads("read camt.053", Input::Camt053, Some("read camt.053: floor, quick-xml tokens"), |job| {
        read::read(job, "camt.053")
    }),
    reads("read mt940: floor, memchr lines", Input::Mt940, None, floors::lines),
    reads("read mt940", Input::Mt940, Some("read mt940: floor, memchr lines"), |job| read::read(job, "mt940")),
    reads("read bai2: floor, memchr lines", Input::Bai2, None, floors::lines),
    reads("read bai2", Input::Bai2, Some("read bai2: floor, memchr lines"), |job| read::read(job, "bai2")),
    reads("read nacha: floor, memchr lines", Input::Nacha, None, floors::lines),
    reads("read nacha", Input::Nacha, Some("read nacha: floor, memchr lines"), |job| read::read(job, "nacha")),
    reads("read layout, GBK: floor, memchr lines", Input::Layout, None, floors::lines),
    reads("read layout, GBK", Input::Layout, Some("read csv"), read::layout),
    writes("write pain.001: floor, one format line", None, floors::pain001_lines),
    writes("write pain.001", Some("write pain.001: floor, one format line"), |job| {
        write::payments(job, "pain.001.001.09")
    }),
    writes("write jsonl: floor, serde_json of the entry", None, floors::json_lines),
    writes("write jsonl", Some("write jsonl: floor, serde_json of the entry"), |job| write::statement(job, "jsonl")),
    reads("write layout, GBK", Input::Layout, Some("read csv"), write::layout),
    writes("write csv: floor, csv crate of six fields", None, floors::csv_lines),
    writes("write csv", Some("write csv: floor, csv crate of six fields"), |job| write::statement(job, "csv")),
    writes("write mt940", Some("write csv: floor, csv crate of six fields"), |job| write::statement(job, "mt940")),
    writes("write bai2", Some("write csv: floor, csv crate of six fields"), |job| write::statement(job, "bai2")),
    reads("check csv: floor, SHA-256 of the bytes", Input::Csv, None, floors::sha256),
    reads("check csv: reading alone", Input::Csv, None, |job| read::read(job, "csv")),
    reads("check csv: reading and all rules", Input::Csv, Some("check csv: reading alone"), check::check),
    reads("check csv: group by group", Input::Csv, Some("check csv: reading alone"), check::regroup),
    reads("seal: floor, SHA-256 of the bytes", Input::Csv, None, floors::sha256),
    reads("seal: sign and encrypt", Input::Csv, Some("seal: floor, SHA-256 of the bytes"), seal::seal),
    reads("seal: decrypt and verify", Input::Csv, Some("seal: floor, SHA-256 of the bytes"), seal::open),
    Case { by: By::Wall, runs: 1, ..reads("seal: gpg, sign and encrypt", Input::Csv, None, seal::gpg) },
    waits("journal: floor, write and flush 4 KiB", "flushes", None, journal::flushes),
    waits("journal: one fact a transaction", "facts", Some("journal: floor, write and flush 4 KiB"), |job| {
        journal::facts(job, 1)
    }),
    waits("journal: 64 facts a transaction", "facts", None, |job| journal::facts(job, 64)),
    waits("journal: floor, SQLite rows, same indexes", "rows", None, journal::sqlite_rows),
    waits("journal: a batch's payments", "rows", Some("journal: floor, SQLite rows, same indexes"), journal::payments),
    waits("road: one large batch, to the bank", "payments", None, road::large),
    waits("road: one large batch, and back", "payments", None, road::there_and_back),
    waits("road: small batches of 20, all at once", "files", None, road::small),
];
