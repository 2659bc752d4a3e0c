//! The records around a detail: those that stand once with it, and those that are passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, PlannedField, PlannedRecord};
use super::rows::Cells;
use crate::finding::{Finding, Place};
use crate::text;

/// What was read around the open detail.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Lines of the records that stand once with the open detail, by their number in the plan.
    once: BTreeMap<usize, u64>,
    /// Names of the records that were passed over in the whole file.
    passed: BTreeSet<String>,
    /// Values of the `unique` fields of the open detail, by the field's name.
    keys: BTreeMap<String, String>,
    /// Such values of all details, with the field's name.
    known: BTreeSet<(String, String)>,
    /// The number of the last record behind the open detail, as it counts itself.
    number: u64,
}

/// Names that are remembered: a file has few, and who writes more is not listened to.
const NAMES: usize = 200;

impl Around {
    /// A detail begins; gives what is wrong with what it is known by.
    pub fn begin(&mut self, record: &PlannedRecord, cells: &Cells, line: u64) -> Vec<Finding> {
        self.once.clear();
        self.keys.clear();
        self.number = 0;
        let mut wrong = Vec::new();
        for (at, field) in record.fields.iter().enumerate().filter(|(_, field)| field.spec.unique) {
            let (name, value) = (field.spec.name.clone(), cells.get(at).to_string());
            self.keys.insert(name.clone(), value.clone());
            if value.is_empty() || !self.known.insert((name, value)) {
                wrong.push(twice(field, cells.get(at), line));
            }
        }
        wrong
    }

    /// A record behind the open detail; gives what tells that it is not the detail's next one.
    pub fn belongs(&mut self, record: &PlannedRecord, cells: &Cells, line: u64) -> Vec<Finding> {
        let mut wrong = Vec::new();
        for (at, field) in record.fields.iter().enumerate() {
            let cell = cells.get(at);
            if let Some(key) = field.spec.same.as_ref().and_then(|name| self.keys.get(name)).filter(|key| *key != cell)
            {
                wrong.push(elsewhere(field, cell, key, line));
            }
            if field.spec.counts {
                let next = self.number + 1;
                let said = cell.parse().ok();
                // Behind a gap the count goes on from there: one line that is lost is told once.
                self.number = said.unwrap_or(next);
                if said != Some(next) {
                    wrong.push(miscounted(field, cell, next, line));
                }
            }
        }
        wrong
    }

    /// A further record of the open detail; gives what is wrong with it.
    pub fn further(&mut self, plan: &Plan, at: usize, line: u64) -> Option<Finding> {
        if !plan.records[at].once {
            return None;
        }
        let before = self.once.insert(at, line)?;
        let name = &plan.records[at].name;
        let message = text!(
            "a second record `{name}` for one detail; the first stands in line {before}",
            "同一明细有两条记录 `{name}`，前一条在第 {before} 行"
        );
        Some(Finding::error("record-twice", Place::line(line), message))
    }

    /// The records that the detail at `place` must have and has not.
    pub fn missing<'a>(&'a self, plan: &'a Plan, place: &'a Place) -> impl Iterator<Item = Finding> + 'a {
        let records = plan.once.iter().filter(|at| !plan.records[**at].optional && !self.once.contains_key(*at));
        records.map(|at| {
            let name = &plan.records[*at].name;
            let message = text!("its record `{name}` is missing", "缺少其记录 `{name}`");
            Finding::error("record-missing", place.clone(), message)
        })
    }

    /// A record that is passed over; gives what is to be said of it, once for each name.
    pub fn other(&mut self, name: &str, line: u64) -> Option<Finding> {
        if self.passed.len() >= NAMES || !self.passed.insert(name.to_string()) {
            return None;
        }
        let message = text!("records `{name}` are not read and passed over", "记录 `{name}` 不读取，已跳过");
        Some(Finding::info("unknown-record", Place::line(line), message))
    }
}

fn twice(field: &PlannedField, value: &str, line: u64) -> Finding {
    let name = &field.spec.name;
    let message = match value {
        "" => text!("`{name}` must not be empty", "`{name}` 不能为空"),
        _ => text!("`{name}` is `{value}` a second time in the file", "文件中 `{name}` 的值 `{value}` 重复出现"),
    };
    Finding::error("detail-twice", Place::line(line).field(name.clone()), message)
}

fn elsewhere(field: &PlannedField, value: &str, key: &str, line: u64) -> Finding {
    let name = &field.spec.name;
    let hint = text!("were lines of the file lost?", "文件是否丢失了若干行？");
    let message = text!(
        "the record belongs to another detail: `{name}` is `{value}`, and the detail has `{key}`",
        "该记录属于另一明细：`{name}` 为 `{value}`，而明细为 `{key}`"
    );
    Finding::error("record-elsewhere", Place::line(line).field(name.clone()), message).hint(hint)
}

fn miscounted(field: &PlannedField, value: &str, next: u64, line: u64) -> Finding {
    let name = &field.spec.name;
    let hint = text!("were lines of the file lost, or moved?", "文件是否有行丢失或错位？");
    let message = text!("`{name}` is `{value}`, it must be {next} here", "`{name}` 为 `{value}`，此处应为 {next}");
    Finding::error("record-count", Place::line(line).field(name.clone()), message).hint(hint)
}
