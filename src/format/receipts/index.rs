//! The index of a bundle, and which of its rows speaks of which file.

use std::collections::BTreeMap;

use super::unpack::refused;
use crate::document::{Part, Receipt};
use crate::finding::{Finding, Place};
use crate::format::registry::OpenError;
use crate::format::{ReadError, Reader};
use crate::text;

/// The rows of an index.
#[derive(Default)]
pub(super) struct Index {
    rows: Vec<Receipt>,
    /// Whether a file was found for the row.
    found: Vec<bool>,
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
                Part::Receipt(receipt) => index.add(*receipt),
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
        self.findings.truncate(crate::finding::Findings::MOST);
        self.findings
    }
}

/// The finding about a file of which the index says nothing.
pub(super) fn not_in_index(name: &str) -> Finding {
    let message = text!("the index says nothing of `{name}`", "索引中没有 `{name}`");
    Finding::warning("not-in-index", Place::default(), message)
}
