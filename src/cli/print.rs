//! Data on standard output: lines, JSON, tables, and words that come from outside.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
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

/// The fewest columns of a screen in which sentences can be read.
const LEAST: usize = 20;

/// Rows under a heading, ended by a line end. Every cell is made harmless. On a screen that is too narrow sentences go
/// below their rows; where even the rest has no room, each row becomes a sheet.
pub(super) fn table(lang: Lang, columns: &[(Column, Text)], rows: &[Vec<String>]) -> String {
    table_within(width(), lang, columns, rows)
}

fn table_within(width: Option<u16>, lang: Lang, columns: &[(Column, Text)], rows: &[Vec<String>]) -> String {
    let whole = arranged(width, lang, columns, rows);
    let Some(width) = width else { return format!("{}\n", whole.trim_fmt()) };
    let kinds = columns.iter().map(|(kind, _)| kind);
    let taken: usize = (whole.column_max_content_widths().into_iter().zip(kinds))
        .map(|(most, kind)| usize::from(most) * usize::from(!matches!(kind, Column::Free)) + PADDING)
        .sum();
    let room = usize::from(width).saturating_sub(taken);
    match columns.split_last() {
        Some(((Column::Free, free), others)) if taken > usize::from(width) + PADDING => {
            sheets(width, lang, &[others, &[(Column::Free, free.clone())]].concat(), rows)
        }
        Some(((Column::Free, free), others)) if room < LEAST && !others.is_empty() => {
            folded(width, lang, others, free, rows)
        }
        Some(((Column::Whole | Column::Number, _), _)) if taken > usize::from(width) => {
            sheets(width, lang, columns, rows)
        }
        _ => format!("{}\n", whole.trim_fmt()),
    }
}

/// Blanks beside the content of a column.
const PADDING: usize = 2;

fn arranged(width: Option<u16>, lang: Lang, columns: &[(Column, Text)], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(columns.iter().map(|(_, name)| name.to(lang)).collect::<Vec<_>>());
    if let Some(width) = width {
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
    table
}

/// The table without its last column, whose cells stand below their rows.
fn folded(width: u16, lang: Lang, others: &[(Column, Text)], free: &Text, rows: &[Vec<String>]) -> String {
    let fronts: Vec<Vec<String>> = rows.iter().map(|row| row[..others.len().min(row.len())].to_vec()).collect();
    // Nothing in it is broken, so that a row is a line.
    let front = arranged(None, lang, others, &fronts).trim_fmt();
    let heading = free.to(lang).to_string();
    let below = [heading].into_iter().chain(rows.iter().map(|row| row.last().cloned().unwrap_or_default()));
    let mut out = String::new();
    for (line, text) in front.lines().zip(below) {
        out += &format!("{line}\n");
        if !matches!(text.as_str(), "" | "-") {
            out += &indented(width, &text);
        }
    }
    out
}

/// Blanks before a text below a row, its own padding aside.
const INDENT: u16 = 3;

/// A text below a row.
fn indented(width: u16, text: &str) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.add_row([shown(text)]);
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width.saturating_sub(INDENT))));
    }
    table.trim_fmt().lines().map(|line| format!("   {line}\n")).collect()
}

/// Each row as lines of `name  value`.
fn sheets(width: u16, lang: Lang, columns: &[(Column, Text)], rows: &[Vec<String>]) -> String {
    let one = |row: &Vec<String>| {
        let named = columns.iter().map(|(_, name)| name.clone()).zip(row.iter().cloned());
        sheet_within(Some(width), lang, &named.collect::<Vec<_>>())
    };
    rows.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Lines of `name  value`, the values below one another.
pub(super) fn sheet(lang: Lang, rows: &[(Text, String)]) -> String {
    sheet_within(width(), lang, rows)
}

fn sheet_within(width: Option<u16>, lang: Lang, rows: &[(Text, String)]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    if let Some(width) = width {
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

    #[test]
    fn a_narrow_screen_has_sentences_below_their_rows_or_each_row_as_a_sheet() {
        let columns = [
            (Column::Whole, text!("FILE", "文件")),
            (Column::Number, text!("BYTES", "字节数")),
            (Column::Free, text!("NAME", "文件名")),
        ];
        let rows = [
            vec!["O20261128-0008".to_string(), "12".to_string(), "对账单-工商银行.jsonl".to_string()],
            vec!["O20261128-0009".to_string(), "1234567".to_string(), "-".to_string()],
        ];
        let at = |width: u16| table_within(Some(width), Lang::Zh, &columns, &rows);
        assert_eq!(at(60).lines().count(), 3, "{}", at(60));
        let folded = at(44);
        let lines: Vec<&str> = folded.lines().map(str::trim).collect();
        assert_eq!(lines[1..4], ["文件名", "O20261128-0008       12", "对账单-工商银行.jsonl"], "{folded}");
        assert_eq!(lines.len(), 5, "{folded}");
        let long = vec!["O1".to_string(), "1".to_string(), "对账单".repeat(20)];
        let folded = table_within(Some(44), Lang::Zh, &columns, &[rows[0].clone(), long]);
        assert!(folded.lines().all(|line| line.chars().count() <= 44 / 2 + 3), "{folded}");
        let sheets = table_within(Some(20), Lang::Zh, &columns, &rows);
        assert!(sheets.contains("\n\n") && sheets.matches("文件名").count() == 2, "{sheets}");
    }
}
