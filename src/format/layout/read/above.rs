//! Lines above the rows: the title of a sheet, what an export says before its names.

use std::sync::Arc;

use super::super::declare::RecordKind;
use super::super::foreign;
use super::super::plan::{Plan, PlannedField, PlannedRecord};
use super::super::value;
use super::LayoutReader;
use crate::document::Currency;
use crate::finding::{Finding, Place};
use crate::format::ReadError;
use crate::text;

impl LayoutReader {
    /// Passes over a line of the title. One that reads as a detail is none: without its title the file would lose it.
    pub(super) fn title(&mut self) -> Result<(), ReadError> {
        let plan = Arc::clone(&self.plan);
        let place = Place::line(self.rows.number());
        let shown: String = self.rows.text().trim().chars().take(40).collect();
        for record in plan.records.iter().filter(|record| record.kind == RecordKind::Detail) {
            if self.is_record(&plan, record) && self.reads_as(record) {
                // It is a row of this layout, and no other has more to say of the file.
                self.accepted += 1;
                let lines = plan.layout.title_lines;
                let message = text!(
                    "`{shown}` stands among the {lines} lines of the title and reads as a row: it would be lost",
                    "`{shown}` 位于首 {lines} 行标题之内，却是一行明细：该行会丢失"
                );
                let hint = text!(
                    "keep the title when the sheet is saved, or correct `title-lines` in the template",
                    "另存时请保留标题行，或修正模板的 `title-lines`"
                );
                return Err(Finding::error("record-elsewhere", place, message).hint(hint).into());
            }
        }
        if !shown.is_empty() {
            let message = text!("`{shown}` is a line of the title and passed over", "`{shown}` 为标题行，已跳过");
            self.build.notes.push(Finding::info("preamble", place, message));
        }
        Ok(())
    }

    /// Whether the cells have all that a row must have, and amounts and days where a row has them.
    fn reads_as(&self, record: &PlannedRecord) -> bool {
        let near = self.build.near();
        record
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.item.is_some() && field.spec.required)
            .all(|(at, field)| matches!(value::read(field, self.cells.get(at), near), Ok(Some(_))))
    }

    /// Passes over a line that is no record, where the row of column names is still to come.
    pub(super) fn is_preamble(&mut self, plan: &Plan, at: usize) -> bool {
        let to_come = plan.records[at..plan.body.start].iter().any(|r| r.kind == RecordKind::Columns && !r.optional);
        if !to_come || plan.layout.preamble.is_none_or(|most| self.passed >= most) {
            return false;
        }
        self.passed += 1;
        let shown: String = self.rows.text().trim().chars().take(40).collect();
        let message = text!("`{shown}` is no record and passed over", "`{shown}` 不是记录，已跳过");
        let place = || Place::line(self.rows.number());
        let usual = plan.currency.filter(|usual| *usual != Currency::NONE);
        let other = usual.and_then(|usual| foreign::of_line(self.rows.text(), usual, place()));
        self.other_currency = self.other_currency.take().or(other);
        self.build.notes.push(Finding::info("preamble", place(), message));
        true
    }

    /// Where no column of the file tells the currency, amounts have the layout's, and nothing may tell another one.
    pub(super) fn settle_currency(&mut self, plan: &Plan, detail: &PlannedRecord, columns: &[Option<usize>]) {
        let is_told = detail.fields.iter().zip(columns).any(|(field, column)| field.is_currency() && column.is_some());
        let other = self.other_currency.take().filter(|_| !is_told);
        other.into_iter().for_each(|finding| self.build.notes.push(finding));
        let mut fields = plan.records.iter().filter(|record| record.kind != RecordKind::Detail).flat_map(|r| &r.fields);
        if !is_told && !fields.any(PlannedField::is_currency) {
            self.usual = plan.currency.filter(|usual| *usual != Currency::NONE);
        }
    }
}
