//! What is said of values that a field cannot have.

use super::item::Carries;
use super::plan::PlannedField;
use crate::finding::{Finding, Level, Place};
use crate::format::ReadError;
use crate::text;

/// A payment with such a character goes to nobody knows whom; what a bank says is read all the same.
pub(super) fn of_hidden(c: char, name: &str, place: Place, carries: Carries) -> Finding {
    let hint = text!("remove the character where the file is made", "请在文件的来源系统中删除该字符");
    let code = u32::from(c);
    let message =
        text!("`{name}` holds a character that nobody sees (U+{code:04X})", "`{name}` 含有不可见字符（U+{code:04X}）");
    let finding = Finding::error("hidden-character", place, message);
    if carries == Carries::Payments { finding.hint(hint) } else { Finding { level: Level::Warning, ..finding } }
}

/// A value with a blank where the bank has none: the field stands elsewhere than it is said.
pub(super) fn broken(field: &PlannedField, cell: &str, place: Place) -> Finding {
    let name = &field.spec.name;
    let hint = text!(
        "the file has this field at another position than the template says: compare the two",
        "该字段在文件中的位置与模板不符：请核对"
    );
    let message = text!("`{cell}` holds a blank, `{name}` has none", "`{cell}` 含有空格，`{name}` 不应有空格");
    Finding::error("blank-within", place, message).hint(hint)
}

/// A day or an amount of nothing but zeros or dashes, where there must be one.
pub(super) fn no_value(field: &PlannedField, cell: &str, place: Place) -> Finding {
    let name = &field.spec.name;
    let message = text!(
        "`{name}` is `{cell}`, which is no value, and must have one",
        "`{name}` 为 `{cell}`，不是有效值，且为必填"
    );
    Finding::error("field-missing", place, message)
}

/// What is said where a cell does not hold the constant of its field.
pub(super) fn of_constant(field: &PlannedField, cell: &str, place: Place) -> Finding {
    let (name, constant) = (&field.spec.name, field.spec.is.as_deref().unwrap_or_default());
    let message = match constant {
        "" => text!("`{name}` is `{cell}`, it must be empty", "`{name}` 为 `{cell}`，应为空"),
        _ => text!("`{name}` is `{cell}`, it must be `{constant}`", "`{name}` 为 `{cell}`，应为 `{constant}`"),
    };
    Finding::error("constant", place, message)
}

/// A row is refused for it.
pub(super) fn wrong_constant(field: &PlannedField, cell: &str, place: Place) -> ReadError {
    of_constant(field, cell, place).into()
}

/// Whether a cell holds something that its field hands on to nobody. Zeros fill numbers that are not there.
pub(super) fn is_unread(field: &PlannedField, cell: &str) -> bool {
    let spec = &field.spec;
    let counted = spec.counts || spec.same.is_some() || spec.counted_from.is_some() || field.hash.is_some();
    let read = field.item.is_some() || spec.is.is_some() || counted || field.tells_currency;
    !read && cell.chars().any(|c| !matches!(c, '0' | ' ' | '\u{3000}'))
}

/// A value of a payment that the template does not read, such as a day or an account for the fees.
pub(super) fn unread(field: &PlannedField, cell: &str, place: Place) -> Finding {
    let (name, shown) = (&field.spec.name, cell.chars().take(40).collect::<String>());
    let message = text!(
        "`{name}` has `{shown}`, which the template does not read: it goes no further",
        "`{name}` 为 `{shown}`，而模板未读取该字段：其内容不会传递"
    );
    let hint = text!("bind the field to an item where it matters", "如该内容重要，请将字段绑定到相应项目");
    Finding::info("not-read", place, message).hint(hint)
}
