//! What a file says of the items on which conditions depend, and what stands where no condition lets it stand.

use super::condition::Condition;
use super::declare::RecordKind;
use super::item::{Carries, Form};
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::value::{self, Value};
use crate::document::Date;
use crate::finding::{Finding, Level, Place};
use crate::text;
use crate::words::Text;

/// Values of the deciding items, by their places in [`Plan::deciding`].
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Of the headers of the document.
    file: Vec<Option<String>>,
    /// Of the open detail, or of the header or trailer that is being read.
    row: Vec<Option<String>>,
}

impl Told {
    /// A document begins.
    pub fn begin_document(&mut self) {
        self.file.clear();
        self.row.clear();
    }

    /// Takes in what a record says, all its fields before any of them is judged: their order does not matter.
    pub fn take<'c>(
        &mut self,
        plan: &Plan,
        record: &PlannedRecord,
        cell: impl Fn(usize) -> &'c str,
        near: Option<Date>,
    ) {
        if record.kind != RecordKind::More {
            self.row.clear();
        }
        self.row.resize(plan.deciding.len(), None);
        self.file.resize(plan.deciding.len(), None);
        let within = if record.kind == RecordKind::Header { &mut self.file } else { &mut self.row };
        for said in &record.says {
            within[said.number] = Some(said.value.clone());
        }
        for (at, field) in record.fields.iter().enumerate() {
            let (Some(number), text) = (field.decides, cell(at)) else { continue };
            match value::read(field, text, near) {
                Ok(Some(value)) => within[number] = Some(value.text()),
                Ok(None) => {}
                // What is wrong with it is said where it is read.
                Err(_) => within[number] = Some(text.to_string()),
            }
        }
    }

    /// Whether a condition holds by what the file says.
    pub fn meets(&self, condition: &Condition) -> bool {
        let values =
            |number: usize| [&self.row, &self.file].map(|values| values.get(number).and_then(Option::as_deref));
        condition.holds_with(|number| values(number).into_iter().flatten().next())
    }
}

/// What is to be said of a value in a field that does not count in this row. A text is told and passed over; of a
/// payment anything else is refused, of a bank's file what is money.
pub(super) fn not_applicable(
    field: &PlannedField,
    condition: &Condition,
    cell: &str,
    place: Place,
    carries: Carries,
) -> Option<Finding> {
    if is_nothing(field, cell) {
        return None;
    }
    let hint = text!("leave the field empty, or correct what decides it", "请将该字段留空，或更正决定其是否适用的字段");
    let refused = match carries {
        Carries::Payments => field.form != Form::Text || field.spec.is.is_some(),
        _ => matches!(field.form, Form::Amount | Form::Code),
    };
    let level = if refused { Level::Error } else { Level::Warning };
    let (name, Text { en, zh }) = (&field.spec.name, &condition.words);
    let message =
        text!("`{name}` is `{cell}`, and counts only where {en}", "`{name}` 为 `{cell}`，而该字段仅当 {zh} 时适用");
    Some(Finding { level, ..Finding::error("not-applicable", place, message).hint(hint) })
}

/// Whether a cell says nothing: it is empty, filled as a field of fixed width is, or an amount of zero.
fn is_nothing(field: &PlannedField, cell: &str) -> bool {
    let filled = field.len > 0 && cell.chars().all(|c| c == field.fill());
    cell.is_empty()
        || filled
        || matches!(value::read(field, cell, None), Ok(Some(Value::Amount(amount))) if amount.is_zero())
}
