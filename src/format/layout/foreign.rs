//! Another currency than the one that a layout gives its amounts, told by a column or a line that it does not read:
//! such amounts would be taken for money that they are not.

use super::plan::{PlannedField, PlannedRecord, plain_name};
use super::rows::Cells;
use crate::document::Currency;
use crate::finding::{Finding, Place};
use crate::text;

/// Names of columns and lines that tell the currency of the amounts, as [`plain_name`] gives them.
const NAMES: [&str; 19] = [
    "币种",
    "币别",
    "币种名称",
    "币种代码",
    "货币",
    "货币种类",
    "货币代码",
    "交易币种",
    "交易币别",
    "交易货币",
    "账户币种",
    "账户币别",
    "账号币种",
    "通貨",
    "currency",
    "currencycode",
    "transactioncurrency",
    "accountcurrency",
    "ccy",
];

/// What stands for the yuan in files whose amounts are in it: banks' own numbers, which mean other things elsewhere.
const OF_THE_YUAN: [&str; 4] = ["元", "01", "001", "10"];

/// Whether a column of this name tells a currency.
pub(super) fn is_told_by(name: &str) -> bool {
    let plain = plain_name(name);
    let plain = plain.trim_matches(|c: char| matches!(c, ':' | '：' | '*' | '#' | '"'));
    NAMES.contains(&plain)
}

/// The currency that a value says by a code, a name or both, such as `USD`, `美元`, `CNY-人民币` and `人民币(CNY)`.
pub(super) fn currency(value: &str) -> Option<Currency> {
    let mut said = parts(value).map(|part| of_word(&part));
    let first = said.next()??;
    said.all(|other| other == Some(first)).then_some(first)
}

/// The words of a value, without blanks and in small letters.
fn parts(value: &str) -> impl Iterator<Item = String> {
    let plain: String = value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let parts: Vec<String> = plain.split(['-', '(', ')', '（', '）', '/']).map(str::to_string).collect();
    parts.into_iter().filter(|part| !part.is_empty())
}

fn of_word(word: &str) -> Option<Currency> {
    let of_code = || Currency::parse(&word.to_ascii_uppercase()).filter(|currency| currency.is_listed());
    Currency::named(word).or_else(of_code)
}

/// Whether a value says another currency than `usual`, or one that nobody knows.
fn is_other(value: &str, usual: Currency) -> bool {
    let of_the_yuan = usual.as_str() == "CNY";
    !parts(value).all(|part| of_word(&part) == Some(usual) || of_the_yuan && OF_THE_YUAN.contains(&part.as_str()))
}

/// Columns of a file that tell a currency and are not read, with their names; `columns` has those of the detail's
/// fields, `names` is the row of names.
pub(super) fn unread(detail: &PlannedRecord, columns: &[Option<usize>], names: &Cells) -> Vec<(usize, String)> {
    let is_read = |field: &PlannedField| field.item.is_some() || field.spec.is.is_some();
    let read = |at: usize| detail.fields.iter().zip(columns).any(|(f, column)| *column == Some(at) && is_read(f));
    let all = (0..names.len()).map(|at| (at, names.get(at).to_string()));
    all.filter(|(at, name)| is_told_by(name) && !read(*at)).collect()
}

/// What is to be said of a row whose amounts are taken for `usual`: of the columns `named`, where a row of names tells
/// them, else of the fields of the record.
pub(super) fn of_row(
    record: &PlannedRecord,
    named: Option<&[(usize, String)]>,
    cells: &Cells,
    (usual, line): (Currency, u64),
) -> Vec<Finding> {
    let of = |(at, name): (usize, &String)| of_column(name, cells.get(at), usual, Place::at(line, at as u64 + 1));
    if let Some(named) = named {
        return named.iter().filter_map(|(at, name)| of((*at, name))).collect();
    }
    let fields = record.fields.iter().enumerate().filter(|(_, field)| field.tells_currency);
    fields.filter_map(|(at, field)| of((at, &field.spec.name))).collect()
}

/// What is to be said of a value of a column that tells the currency and is not read.
fn of_column(name: &str, value: &str, usual: Currency, place: Place) -> Option<Finding> {
    let value = value.trim();
    (!value.is_empty() && is_other(value, usual)).then(|| {
        let message = text!(
            "`{name}` is `{value}`, which the template does not read: the amounts would be taken for {usual}",
            "`{name}` 为 `{value}`，而模板未读取该列：金额将被当作 {usual}"
        );
        let hint = text!(
            "bind the column to `item = \"currency\"`, with a `map` for the bank's words",
            "请将该列绑定到 `item = \"currency\"`，并以 `map` 写明银行用语"
        );
        Finding::error("currency", place, message).hint(hint)
    })
}

/// The same of a line above the row of names, such as `币种,美元` or `币种：美元`.
pub(super) fn of_line(line: &str, usual: Currency, place: Place) -> Option<Finding> {
    let mut parts = line.split([',', '|', '\t', ':', '：', ';', '，', ' ']).map(|part| part.trim_matches('"'));
    let name = parts.by_ref().find(|part| is_told_by(part))?;
    let value = parts.find(|part| !part.is_empty())?;
    // The row of names of another table tells no currency.
    if value.chars().count() > 12 {
        return None;
    }
    of_column(name, value, usual, place)
}
