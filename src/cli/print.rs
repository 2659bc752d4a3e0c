//! Data on standard output: lines, JSON, tables, and words that come from outside.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};
use serde::Serialize;

use super::CliError;
use crate::carrier::name::harmless;
use crate::document::Amount;
use crate::journal::Sums;
use crate::words::{Lang, Text};

/// Writes to standard output.
pub(super) fn print(data: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let written = out.write_all(data.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| CliError::file(Path::new("-"), &error))
}

/// Writes one value as a line of JSON.
pub(super) fn json_line(value: &impl Serialize) -> Result<(), CliError> {
    let line = serde_json::to_string(value).map_err(|e| CliError::outside(Text::same(e.to_string())))?;
    print(&format!("{line}\n"))
}

/// Somebody else's words as a terminal may show them: what would move the cursor, change colours or turn the
/// direction of writing is spelled out.
pub(super) fn shown(words: &str) -> String {
    words.chars().flat_map(|c| if harmless(c) { vec![c] } else { c.escape_unicode().collect() }).collect()
}

/// Like [`shown`], for a message of several lines.
pub(super) fn shown_lines(words: &str) -> String {
    words.split('\n').map(shown).collect::<Vec<_>>().join("\n")
}

/// An amount with thousands marked off.
pub(super) fn amount(amount: Amount) -> String {
    let digits = amount.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(w, d)| (w, Some(d)));
    let mut marked = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            marked.push(',');
        }
        marked.push(digit);
    }
    decimals.map_or_else(|| format!("{sign}{marked}"), |d| format!("{sign}{marked}.{d}"))
}

/// Sums per currency in one line: `EUR 1,234.50, JPY 900`.
pub(super) fn sums(sums: &Sums) -> String {
    sums.iter().map(|(currency, sum)| format!("{currency} {}", amount(*sum))).collect::<Vec<_>>().join(", ")
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// Ids, words of ours, dates: never broken.
    Whole,
    /// Numbers: never broken, to the right.
    Number,
    /// Sentences and names of others: broken where the screen ends.
    Free,
}

/// Rows under a heading, ended by a line end. Every cell is made harmless.
pub(super) fn table(lang: Lang, columns: &[(Column, Text)], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(columns.iter().map(|(_, name)| name.to(lang)).collect::<Vec<_>>());
    if let Some(width) = width() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| shown(cell)).collect::<Vec<_>>());
    }
    for (at, (kind, _)) in columns.iter().enumerate() {
        let Some(column) = table.column_mut(at) else { continue };
        match kind {
            Column::Whole => drop(column.set_constraint(ColumnConstraint::ContentWidth)),
            Column::Number => {
                column.set_constraint(ColumnConstraint::ContentWidth);
                column.set_cell_alignment(CellAlignment::Right);
            }
            Column::Free => {}
        }
    }
    format!("{}\n", table.trim_fmt())
}

/// Lines of `name  value`, the values below one another.
pub(super) fn sheet(lang: Lang, rows: &[(Text, String)]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    if let Some(width) = width() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for (name, value) in rows {
        table.add_row([name.to(lang).to_string(), shown(value)]);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    format!("{}\n", table.trim_fmt())
}

/// The columns of the screen; `None` where nobody looks at one, so that nothing is broken for a script.
fn width() -> Option<u16> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.or_else(|| rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col))
        .filter(|columns| *columns >= 40)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn amounts_are_marked_off_by_thousands() {
        let show = |text: &str| amount(text.parse().expect("an amount"));
        assert_eq!(
            ["1234567.50", "900", "-1000", "0.5", "100"].map(show),
            ["1,234,567.50", "900", "-1,000", "0.5", "100"]
        );
    }

    #[test]
    fn what_others_wrote_cannot_move_the_cursor() {
        assert_eq!(shown("a\x1b[31mb\u{202e}c 工资"), "a\\u{1b}[31mb\\u{202e}c 工资");
        assert_eq!(shown_lines("a\nb\r"), "a\nb\\u{d}");
        let row = vec!["\x1b]0;x".to_string()];
        assert!(!table(Lang::En, &[(Column::Free, text!("NAME", "名称"))], &[row]).contains('\x1b'));
    }

    #[test]
    fn columns_stand_below_one_another_in_chinese_too() {
        let columns = [(Column::Whole, text!("NAME", "名称")), (Column::Number, text!("COUNT", "笔数"))];
        let rows = [vec!["工资".to_string(), "7".to_string()], vec!["abcd".to_string(), "12".to_string()]];
        let shown = table(Lang::Zh, &columns, &rows);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].trim_end(), " 工资     7".trim_end(), "{shown}");
        assert_eq!(lines[2].trim_end(), " abcd    12", "{shown}");
    }
}
