//! `field-missing`, `value-not-allowed`: what a scheme demands of single fields.

use std::collections::BTreeSet;

use super::field::{self, Field};
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::document::{Group, Payment};
use crate::finding::Place;
use crate::text;

pub(super) static MISSING: Rule = Rule {
    name: "field-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every payment has the fields that were agreed", "每笔付款都有约定的必填字段"),
};

pub(super) static VALUE: Rule = Rule {
    name: "value-not-allowed",
    grade: Grade::Error,
    firm: false,
    demands: ("fields have only the values that were agreed", "字段取值在约定范围内"),
};

/// Whether the payment, or its group for it, has every field that is demanded.
pub(super) fn look_for(payment: &Payment, group: &Group, rules: &Rules, notes: &mut Notes) {
    if rules.required.is_empty() {
        return;
    }
    let mut there = BTreeSet::new();
    let mut see = |field: Field, text: &str| {
        if !text.trim().is_empty() {
            there.insert(field);
        }
    };
    field::payment_texts(payment, group.method, &mut see);
    field::group_texts(group, &mut see);
    there.extend(payment.mandate_date.map(|_| Field::MandateDate));
    // What every payment has, and what rules of their own ask for.
    there.extend([Field::Amount, Field::Currency, Field::ExecutionDate, Field::MessageId, Field::InitiatingParty]);
    for field in rules.required.iter().filter(|field| !there.contains(field)) {
        let name = field.name();
        let message = text!("`{name}` is missing, and this bank demands it", "缺少 `{name}`，该银行要求必填");
        let hint = text!("fill in `{name}` in the ERP and export again", "请在 ERP 中补全 `{name}` 后重新导出");
        notes.note(&MISSING, payment.place.clone().field(name), message, hint);
    }
}

/// Whether a field's value is one of those that are allowed.
pub(super) fn look_at_value(field: Field, text: &str, rules: &Rules, place: &Place, notes: &mut Notes) {
    let Some(allowed) = rules.values.get(&field) else { return };
    if text.trim().is_empty() || allowed.iter().any(|value| value == text) {
        return;
    }
    let list = allowed.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>();
    let (en, zh) = (list.join(", "), list.join("、"));
    let message = text!("`{text}` is not allowed here", "此处不允许 `{text}`");
    let hint = text!("write {en}, or leave it empty", "请写 {zh}，或留空");
    notes.note(&VALUE, place.clone().field(field.name()), message, hint);
}
