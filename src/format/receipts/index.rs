//! The index of a bundle, and which of its rows speaks of which file.

use std::collections::BTreeMap;

use super::unpack::refused;
use crate::document::{Part, Receipt};
use crate::finding::{Finding, Findings, Place};
use crate::format::registry::OpenError;
use crate::format::{ReadError, Reader};
use crate::text;

/// The rows of an index.
#[derive(Default)]
pub(super) struct Index {
    rows: Vec<Receipt>,
    /// Whether a file was found for the row.
    found: Vec<bool>,
    /// The first row of each receipt number, or of each file where a row has no number.
    by_receipt: BTreeMap<String, usize>,
    /// Rows by what a file's name may have of them.
    by_name: BTreeMap<String, Vec<usize>>,
    findings: Vec<Finding>,
}

impl Index {
    /// Reads an index to its end.
    pub fn read(reader: Result<Box<dyn Reader + Send>, OpenError>) -> Result<Index, ReadError> {
        let mut reader = reader.map_err(|error| match error {
            OpenError::Refused(finding) => ReadError::Refused(finding),
            OpenError::Io(error) => ReadError::Io(error),
            error => refused("index", text!("the index cannot be read: {error}", "索引无法读取：{error}")),
        })?;
        let mut index = Index::default();
        while let Some(part) = reader.next_part()? {
            match part {
                Part::Receipt(receipt) => index.take_in(*receipt),
                Part::ReceiptsEnd(end) => index.findings.extend(end.findings),
                _ => {}
            }
        }
        index.findings.extend(reader.take_findings());
        match index.findings.iter().find(|finding| finding.is_error()) {
            Some(finding) => Err(ReadError::Refused(Box::new(finding.clone()))),
            None => Ok(index),
        }
    }

    /// Takes a row in, unless it says again what one before it said.
    fn take_in(&mut self, row: Receipt) {
        let number = row.receipt_no.clone().filter(|number| !number.is_empty());
        let key = number.clone().map_or_else(|| format!("/{}", row.file), |number| format!("#{number}"));
        let before = self.by_receipt.get(&key).map(|at| &self.rows[*at]);
        let twice = before.and_then(|before| twice(before, &row, number.as_deref()));
        match twice {
            None => {
                self.by_receipt.entry(key).or_insert(self.rows.len());
                self.add(row);
            }
            Some(finding) if self.findings.len() < Findings::MOST => self.findings.push(finding),
            Some(_) => {}
        }
    }

    fn add(&mut self, row: Receipt) {
        let at = self.rows.len();
        for key in [Some(row.file.as_str()), row.receipt_no.as_deref()].into_iter().flatten() {
            if !key.is_empty() {
                let rows = self.by_name.entry(key.replace('\\', "/")).or_default();
                // The same number as name and as number of one row counts once.
                if rows.last() != Some(&at) {
                    rows.push(at);
                }
            }
        }
        self.rows.push(row);
        self.found.push(false);
    }

    /// The rows that speak of the file `name`: by its whole name, its name without folders, without its suffix (a PDF
    /// and an OFD of one receipt share a row), or by the receipt number as a part of it.
    pub fn rows_of(&mut self, name: &str) -> Vec<Receipt> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        let sibling = |suffix: &str| format!("{stem}.{suffix}");
        let whole = [name.to_string(), base.to_string(), stem.to_string()];
        let siblings = ["pdf", "ofd", "PDF", "OFD"].map(sibling);
        let parts: Vec<String> = stem.split(['_', '-']).map(str::to_string).collect();
        let found = whole.iter().chain(&siblings).chain(&parts).find_map(|key| self.by_name.get(key));
        let rows = found.cloned().unwrap_or_default();
        rows.iter().for_each(|at| self.found[*at] = true);
        rows.iter().map(|at| self.rows[*at].clone()).collect()
    }

    /// What was noticed: rows whose file is not there.
    pub fn finish(mut self) -> Vec<Finding> {
        for (row, _) in self.rows.iter().zip(&self.found).filter(|(_, found)| !**found) {
            let number = row.receipt_no.as_deref().unwrap_or(&row.file);
            let message = text!(
                "the index names receipt `{number}`, and the bundle has no file of it",
                "索引列有回单 `{number}`，但文件包中没有对应文件"
            );
            self.findings.push(Finding::warning("receipt-missing", row.place.clone(), message));
        }
        self.findings.truncate(Findings::MOST);
        self.findings
    }
}

/// The finding about a row that speaks of the receipt of one before it; none where both are true: the PDF and the OFD
/// of one receipt, or several receipts without numbers in one file.
fn twice(before: &Receipt, row: &Receipt, number: Option<&str>) -> Option<Finding> {
    let plain =
        |row: &Receipt, file: &str| Receipt { seq: 0, place: Place::default(), file: file.to_string(), ..row.clone() };
    if plain(before, &before.file) == plain(row, &row.file) {
        let shown = number.unwrap_or(&row.file);
        let message = text!(
            "the index says the same of `{shown}` twice: it is counted once",
            "索引两次列出 `{shown}`，内容相同：只计一次"
        );
        return Some(Finding::warning("receipt-twice", row.place.clone(), message));
    }
    let number = number?;
    let stem = |file: &str| file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_string();
    let pair = before.file != row.file && stem(&before.file) == stem(&row.file);
    if pair && plain(before, "") == plain(row, "") {
        return None;
    }
    let message = text!("the index says two things of receipt `{number}`", "索引对回单 `{number}` 有两种说法");
    let hint = text!(
        "ask the bank which is right, and for a corrected bundle",
        "请向银行核实哪一条正确，并索取更正后的文件包"
    );
    Some(Finding::error("receipt-twice", row.place.clone(), message).hint(hint))
}

/// The finding about a file of which the index says nothing.
pub(super) fn not_in_index(name: &str) -> Finding {
    let message = text!("the index says nothing of `{name}`", "索引中没有 `{name}`");
    Finding::warning("not-in-index", Place::default(), message)
}
