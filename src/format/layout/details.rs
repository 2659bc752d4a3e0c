//! Several details of one layout: which of them a row is written as, and what tells them apart when reading.

use super::condition::{Condition, below};
use super::declare::RecordKind;
use super::mistakes::Mistakes;
use super::plan::{Plan, PlannedField, PlannedRecord};
use super::view::View;
use crate::finding::{Finding, Place};
use crate::format::WriteError;
use crate::text;
use crate::words::Text;
use crate::words::library::Said;

impl Plan {
    /// The details, by their number among the records.
    fn details(&self) -> impl Iterator<Item = usize> + '_ {
        self.body.clone().filter(|at| self.records[*at].kind == RecordKind::Detail)
    }

    /// Whether the record at `at` is written for a row: of the details, the first whose condition holds.
    pub(super) fn writes(&self, at: usize, view: &View<'_>) -> bool {
        match self.records[at].kind {
            RecordKind::Detail => self.detail_for(view) == Some(at),
            _ => self.is_for(at, view),
        }
    }

    /// The detail that a row is written as.
    fn detail_for(&self, view: &View<'_>) -> Option<usize> {
        self.details().find(|at| self.is_for(*at, view))
    }

    fn is_for(&self, at: usize, view: &View<'_>) -> bool {
        self.records[at].when.as_ref().is_none_or(|when| when.holds_for(self, view))
    }

    /// The records that a row is written as: its detail and what goes on with it, but for a further record that may be
    /// missing and has nothing to say. A file of balances alone has none.
    ///
    /// # Errors
    /// No detail is for such a row.
    pub(super) fn records_of(&self, view: &View<'_>) -> Result<impl Iterator<Item = &PlannedRecord>, WriteError> {
        let detail = self.detail_for(view);
        if detail.is_none() && self.details().next().is_some() {
            return Err(self.no_record(view).into());
        }
        let written = move |at: &usize| match self.records[*at].kind {
            RecordKind::Detail => Some(*at) == detail,
            RecordKind::More => self.goes_on(*at, view),
            _ => false,
        };
        Ok(self.body.clone().filter(written).map(|at| &self.records[at]))
    }

    fn goes_on(&self, at: usize, view: &View<'_>) -> bool {
        let record = &self.records[at];
        self.is_for(at, view) && (!record.optional || view.has_any(record))
    }

    /// No detail is for this row: what it has for the items of the conditions, and what each detail is for.
    fn no_record(&self, view: &View<'_>) -> Finding {
        let conditions = || self.details().filter_map(|at| self.records[at].when.as_ref());
        let mut found: Vec<(String, Option<String>)> = conditions().flat_map(|when| when.found(self, view)).collect();
        found.dedup();
        let shown = |(name, value): &(String, Option<String>)| match value {
            Some(value) => (format!("`{name}` is `{value}`"), format!("`{name}` 为 `{value}`")),
            None => (format!("`{name}` has no value"), format!("`{name}` 没有值")),
        };
        let (en, zh): (Vec<String>, Vec<String>) = found.iter().map(shown).unzip();
        let found = (en.join(", "), zh.join("，"));
        let (en, zh): (Vec<String>, Vec<String>) = self
            .details()
            .filter_map(|at| Some((&self.records[at].name, self.records[at].when.as_ref()?)))
            .map(|(name, when)| {
                (format!("`{name}` where {}", when.words.en), format!("{} 时用 `{name}`", when.words.zh))
            })
            .unzip();
        let (en, zh) = (en.join("; "), zh.join("；当 "));
        let hint = text!("the template has {en}", "模板规定：当 {zh}");
        let (en, zh) = found;
        let message = text!("no record of the file is for this row: {en}", "文件中没有适用于该行的记录：{zh}");
        Finding::error("no-record", super::pen::place_of_row(view), message).hint(hint)
    }
}

/// Tells of details of which no reader could say which one a row is, and of one that is never written.
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    let details: Vec<usize> = plan.details().collect();
    for (nth, second) in details.iter().enumerate() {
        let said = details[..nth].iter().find_map(|first| told(plan, *first, *second));
        said.into_iter().for_each(|said| mistakes.tell(below(said, &["record", &plan.records[*second].name])));
    }
}

/// What is wrong with two details, at a key of the second.
fn told(plan: &Plan, first: usize, second: usize) -> Option<Said> {
    let (one, other) = (&plan.records[first], &plan.records[second]);
    let name = &one.name;
    if plan.records.iter().any(|record| record.kind == RecordKind::Columns) {
        let what = text!(
            "a second detail, and a row of column names tells the columns of one only",
            "有两个 `detail` 记录，而列名行只能说明其中一个的列"
        );
        let hint = text!(
            "put the fields of both into one, those of some rows only with `when`",
            "请合并为一个记录，仅部分行使用的字段加 `when`"
        );
        return Some(Said::new(what).or_write(hint).at(&["kind"]));
    }
    let words = |record: &PlannedRecord| record.when.as_ref().map(|when: &Condition| when.words.clone());
    if words(one).is_some() && words(one) == words(other) {
        let what = text!(
            "`{name}` has the same condition and stands before it: this record is never written",
            "`{name}` 的条件相同且在其之前：该记录永不会写出"
        );
        return Some(Said::new(what).or_write(text!("correct one of them", "请修正其中一个")).at(&["when"]));
    }
    if are_apart(plan, one, other) {
        return None;
    }
    let what =
        text!("nothing tells this record from `{name}` when the file is read", "读取文件时无法区分该记录与 `{name}`");
    Some(Said::new(what).or_write(hint_of(plan)).at(&["kind"]))
}

fn hint_of(plan: &Plan) -> Text {
    if plan.layout.xml_root.is_some() {
        return text!("give each an `element` of its own", "请为各记录指定不同的 `element`");
    }
    text!(
        "write another constant (`is`) in a field of the same place; `is = \"\"` in one, where the other has a \
         `required` field",
        "请在同一位置的字段写不同的常量（`is`）；或一方写 `is = \"\"`，另一方为 `required` 字段"
    )
}

/// Whether no row can be both records.
fn are_apart(plan: &Plan, one: &PlannedRecord, other: &PlannedRecord) -> bool {
    if plan.layout.xml_root.is_some() {
        return one.element != other.element;
    }
    let fixed = plan.layout.width.is_some();
    one.fields.iter().enumerate().any(|(at, field)| {
        let there = match fixed {
            true => other.fields.iter().find(|there| there.at == field.at && there.len == field.len),
            false => other.fields.get(at),
        };
        there.is_some_and(|there| excludes(field, there) || excludes(there, field))
    })
}

/// Whether no value fits both fields, by the constant of the first.
fn excludes(constant: &PlannedField, other: &PlannedField) -> bool {
    let Some(is) = constant.spec.is.as_ref().filter(|_| constant.is_mark()) else { return false };
    if other.is_mark() {
        let forms = |field: &PlannedField| {
            field
                .spec
                .is
                .iter()
                .map(|is| is.trim().to_string())
                .chain(field.spec.also.iter().cloned())
                .collect::<Vec<_>>()
        };
        return forms(constant).iter().all(|one| forms(other).iter().all(|two| !overlap(one, two)));
    }
    is.trim().is_empty() && constant.spec.also.is_empty() && other.spec.required && other.spec.when.is_none()
}

/// Whether a value may have both forms; `*` at the end of one stands for anything.
fn overlap(one: &str, two: &str) -> bool {
    match (one.strip_suffix('*'), two.strip_suffix('*')) {
        (Some(one), Some(two)) => one.starts_with(two) || two.starts_with(one),
        (Some(head), None) => two.starts_with(head),
        (None, Some(head)) => one.starts_with(head),
        (None, None) => one == two,
    }
}

/// A record that is not for the detail that it stands with, by what both say.
pub(super) fn not_for(record: &PlannedRecord, condition: &Condition, line: u64) -> Finding {
    let (name, Text { en, zh }) = (&record.name, &condition.words);
    let message = text!(
        "the record `{name}` stands only where {en}, which is not so here",
        "记录 `{name}` 仅用于 {zh} 的情况，此处不符"
    );
    Finding::error("condition", Place::line(line), message)
}
