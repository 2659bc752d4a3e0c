//! Writing MT fields: `:tag:text`, lines of at most 65 characters that end with CR LF.

use std::fmt::Write as _;

use crate::document::{Amount, Date};
use crate::finding::{Finding, Place};
use crate::format::WriteError;
use crate::text;

/// The most characters of a line of free text.
const COLUMNS: usize = 65;
/// The most characters of an amount, its comma included (`15d`).
const AMOUNT: usize = 15;

/// Appends the field `tag` with `text` on one line.
pub(crate) fn field(out: &mut String, tag: &str, text: &str) {
    let _ = write!(out, ":{tag}:{text}\r\n");
}

/// Appends the field `tag` with `text` on as many lines as it takes; lines of the text stay lines.
///
/// A line that would be taken for the end of the message or for a field is kept from the line's beginning.
pub(crate) fn prose(out: &mut String, tag: &str, text: &str) {
    let _ = write!(out, ":{tag}:");
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("\r\n");
        }
        wrapped(out, line);
    }
    out.push_str("\r\n");
}

fn wrapped(out: &mut String, line: &str) {
    let mut column = 0;
    for c in line.chars() {
        // `-` and `:` at the beginning of a line would be an end or a field: they may stand one column further.
        if column >= COLUMNS && !matches!(c, '-' | ':') || column >= COLUMNS + 2 {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(c);
        column += 1;
    }
}

/// A day as `YYMMDD`.
pub(crate) fn day(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}

/// An amount with its comma: `12,5`, `7,`.
///
/// # Errors
/// An amount of more digits than the field has.
pub(crate) fn amount(amount: Amount, place: impl FnOnce() -> Place) -> Result<String, WriteError> {
    let mut text = amount.to_string();
    if text.contains('.') && text.len() > AMOUNT {
        text = amount.normalize().to_string();
    }
    let text = if text.contains('.') { text.replace('.', ",") } else { text + "," };
    if text.len() <= AMOUNT && !text.starts_with('-') {
        return Ok(text);
    }
    let message = text!("the amount {amount} has too many digits for SWIFT", "金额 {amount} 位数超出 SWIFT 限制");
    Err(Finding::error("amount", place().field("amount"), message).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_comma() {
        let written = |text: &str| amount(text.parse().expect("an amount"), Place::default).ok();
        assert_eq!(written("12.50").as_deref(), Some("12,50"));
        assert_eq!(written("7").as_deref(), Some("7,"));
        assert_eq!(written("1234567890123.00").as_deref(), Some("1234567890123,"));
        assert_eq!(written("12345678901234.5"), None);
        assert_eq!(written("-1"), None);
    }

    #[test]
    fn no_wrapped_line_begins_like_a_field_or_an_end() {
        let mut out = String::new();
        prose(&mut out, "86", &format!("{}-x{}:20:y", "a".repeat(65), "b".repeat(64)));
        let lines: Vec<&str> = out.split("\r\n").collect();
        assert!(lines.iter().skip(1).all(|line| !line.starts_with(['-', ':'])), "{lines:?}");
    }
}
