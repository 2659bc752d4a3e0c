//! The records around a detail: those that stand once with it, and those that are passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Plan;
use crate::finding::{Finding, Place};
use crate::text;

/// What was read around the open detail.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Lines of the records that stand once with the open detail, by their number in the plan.
    once: BTreeMap<usize, u64>,
    /// Names of the records that were passed over in the whole file.
    passed: BTreeSet<String>,
}

/// Names that are remembered: a file has few, and who writes more is not listened to.
const NAMES: usize = 200;

impl Around {
    /// A detail begins.
    pub fn begin(&mut self) {
        self.once.clear();
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
