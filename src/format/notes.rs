//! Findings of a reader, with the levels that its caller chose.

use std::collections::BTreeMap;

use crate::finding::{Finding, Findings, Level};

/// Collects the findings of one document.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: Findings,
    levels: BTreeMap<String, Level>,
}

impl Notes {
    /// An empty list under the caller's levels.
    pub fn new(levels: &BTreeMap<String, Level>) -> Notes {
        Notes { list: Findings::default(), levels: levels.clone() }
    }

    /// Adds a finding at the level that the caller chose for its rule, else at its own.
    pub fn push(&mut self, mut finding: Finding) {
        if let Some(level) = self.levels.get(finding.rule.as_ref()) {
            finding.level = *level;
        }
        self.list.push(finding);
    }

    /// All findings of this document; the list is empty for the next.
    pub fn take(&mut self) -> Vec<Finding> {
        self.list.take()
    }
}
