//! Where the rules write down what they notice, each at its level.

use super::rules::{Levels, Rule};
use crate::finding::{Finding, Findings, Place};
use crate::words::Text;

/// The findings of one file, with the levels that the file's party set.
pub(super) struct Notes<'a> {
    pub findings: Findings,
    levels: &'a Levels,
}

impl<'a> Notes<'a> {
    pub fn new(levels: &'a Levels) -> Notes<'a> {
        Notes { findings: Findings::default(), levels }
    }

    /// Whether a rule is asked at all; spares the work of one that is not.
    pub fn asks(&self, rule: &Rule) -> bool {
        self.levels.of(rule).level().is_some()
    }

    /// Writes down a finding at the rule's level; nothing when the rule is off.
    pub fn note(&mut self, rule: &'static Rule, place: Place, message: Text, hint: Text) {
        if let Some(level) = self.levels.of(rule).level() {
            self.findings.push(Finding { level, ..Finding::error(rule.name, place, message).hint(hint) });
        }
    }
}
