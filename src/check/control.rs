//! `control-count`, `control-sum`: what the sender declares is what the file holds.

use super::note::Notes;
use super::rules::{Grade, Rule};
use super::tally::add_exactly;
use crate::document::{Amount, Declared, Group, Payment};
use crate::finding::{Finding, Place};
use crate::text;

pub(super) static COUNT: Rule = Rule {
    name: "control-count",
    grade: Grade::Error,
    firm: true,
    demands: ("the declared number of payments is the real one", "申报的笔数与实际笔数一致"),
};

pub(super) static SUM: Rule = Rule {
    name: "control-sum",
    grade: Grade::Error,
    firm: true,
    demands: ("the declared sum is the real one", "申报的总金额与实际总金额一致"),
};

/// Declared and real totals of the document and of its current group.
#[derive(Default)]
pub(super) struct Control {
    document: Scope,
    group: Option<(Option<String>, Scope)>,
}

#[derive(Default)]
struct Scope {
    declared: Declared,
    count: u64,
    sum: Amount,
}

impl Control {
    pub fn open_document(&mut self, declared: &Declared) {
        self.document = Scope { declared: declared.clone(), ..Scope::default() };
    }

    pub fn open_group(&mut self, group: &Group) {
        let scope = Scope { declared: group.declared.clone(), ..Scope::default() };
        self.group = Some((group.id.clone(), scope));
    }

    pub fn look(&mut self, payment: &Payment) {
        self.document.add(payment.amount);
        if let Some((_, scope)) = &mut self.group {
            scope.add(payment.amount);
        }
    }

    pub fn close_group(&mut self, notes: &mut Notes) {
        if let Some((id, scope)) = self.group.take() {
            let place = Place::path(id.map_or_else(|| "group".to_string(), |id| format!("group {id}")));
            scope.compare(&place, &[], notes);
        }
    }

    /// `noticed` is what the reader noticed: it is not said twice.
    pub fn close_document(&mut self, noticed: &[Finding], notes: &mut Notes) {
        std::mem::take(&mut self.document).compare(&Place::default(), noticed, notes);
    }
}

impl Scope {
    fn add(&mut self, amount: Amount) {
        self.count += 1;
        // A sum that does not fit is the finding of the rule `sum-overflow`.
        add_exactly(&mut self.sum, amount);
    }

    fn compare(&self, place: &Place, noticed: &[Finding], notes: &mut Notes) {
        let said = |rule: &Rule| noticed.iter().any(|f| f.rule == rule.name);
        let hint = || {
            text!(
                "the file was changed or cut off after it was made: export it again",
                "文件生成后被改动或截断：请重新导出"
            )
        };
        if let Some(declared) = self.declared.count.filter(|&d| d != self.count && !said(&COUNT)) {
            let real = self.count;
            let message =
                text!("{declared} payments are declared, {real} are there", "申报 {declared} 笔，实际 {real} 笔");
            notes.note(&COUNT, place.clone(), message, hint());
        }
        if let Some(declared) = self.declared.sum.filter(|&d| d != self.sum && !said(&SUM)) {
            let real = self.sum;
            let message = text!("a sum of {declared} is declared, it is {real}", "申报总金额 {declared}，实际 {real}");
            notes.note(&SUM, place.clone(), message, hint());
        }
    }
}
