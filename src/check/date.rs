//! `execution-date-missing`, `execution-date-past`, `execution-date-far`: when.

use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use crate::document::{Date, Group};
use crate::finding::Place;
use crate::text;

pub(super) static MISSING: Rule = Rule {
    name: "execution-date-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every group has an execution date", "每组付款都有执行日期"),
};

pub(super) static PAST: Rule = Rule {
    name: "execution-date-past",
    grade: Grade::Error,
    firm: false,
    demands: ("the execution date is not over", "执行日期未过"),
};

pub(super) static FAR: Rule = Rule {
    name: "execution-date-far",
    grade: Grade::Error,
    firm: false,
    demands: ("the execution date is not too far ahead", "执行日期不过远"),
};

pub(super) fn look(group: &Group, rules: &Rules, today: Date, place: &Place, notes: &mut Notes) {
    let place = place.clone().field(Field::ExecutionDate.name());
    let Some(date) = group.execution_date else {
        let message = text!("the execution date is missing", "缺少执行日期");
        let hint = text!("fill in the day on which the bank shall pay", "请填写要求银行付款的日期");
        notes.note(&MISSING, place, message, hint);
        return;
    };
    let days = days_between(today, date);
    if days < -i64::from(rules.max_days_past) {
        let message =
            text!("the execution date {date} is over: today is {today}", "执行日期 {date} 已过：今天是 {today}");
        let hint =
            text!("set today or a later day in the ERP and export again", "请在 ERP 中改为今天或以后的日期后重新导出");
        notes.note(&PAST, place, message, hint);
    } else if let Some(most) = rules.max_days_ahead.filter(|&most| days > i64::from(most)) {
        let message = text!(
            "the execution date {date} is {days} days ahead, at most {most} are allowed",
            "执行日期 {date} 距今 {days} 天，最多允许 {most} 天"
        );
        let hint = text!("send the payment nearer to its day", "请在临近付款日时再发送");
        notes.note(&FAR, place, message, hint);
    }
}

/// Whole days from `from` to `to`; negative when `to` is earlier.
fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
