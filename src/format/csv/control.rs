//! Control totals: what the ERP says that its file holds.

use crate::document::{Amount, Declared, parse_amount};
use crate::finding::{Finding, Place};
use crate::text;

/// The totals in a control file (`.ctl`) that came beside a payments file.
///
/// Read are `2,1234.50`, the same with `#TOTAL` in front, with `;`, tab or white space between, one
/// value a line, and `count=2` / `sum=1234.50` in any order.
///
/// # Errors
/// A finding when count or sum is not there or is not a number.
pub fn parse_control(text: &str) -> Result<Declared, Box<Finding>> {
    let parts = text.trim_start_matches('\u{feff}').split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let mut values = parts.filter(|p| !p.is_empty() && !p.eq_ignore_ascii_case("#TOTAL")).map(labelled);
    let (first, second) = (values.next(), values.next());
    let (Some(first), Some(second), None) = (first, second, values.next()) else {
        return Err(unclear());
    };
    let sum_first = matches!(first.0, Some(Label::Sum)) || matches!(second.0, Some(Label::Count));
    let (count, sum) = if sum_first { (second, first) } else { (first, second) };
    if matches!(count.0, Some(Label::Sum)) || matches!(sum.0, Some(Label::Count)) {
        return Err(unclear());
    }
    totals(count.1, sum.1).ok_or_else(unclear)
}

/// Count and sum from their texts.
pub(super) fn totals(count: &str, sum: &str) -> Option<Declared> {
    let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let count = digits.then(|| count.parse().ok()).flatten()?;
    Some(Declared { count: Some(count), sum: Some(parse_amount(sum).ok()?) })
}

enum Label {
    Count,
    Sum,
}

fn labelled(part: &str) -> (Option<Label>, &str) {
    let Some((label, value)) = part.split_once(['=', ':', '：']) else { return (None, part) };
    match label.to_ascii_lowercase().as_str() {
        "count" | "笔数" | "总笔数" => (Some(Label::Count), value),
        "sum" | "total" | "amount" | "金额" | "总金额" => (Some(Label::Sum), value),
        _ => (None, part),
    }
}

fn unclear() -> Box<Finding> {
    let message = text!("the control file does not hold a count and a sum", "控制文件中没有笔数和总金额");
    let hint = text!("write one line `2,1234.50`: number of payments, sum", "请写一行 `2,1234.50`：笔数,总金额");
    Box::new(Finding::error("control-total", Place::default(), message).hint(hint))
}

/// Compares what was declared with what was there. `sum` is `None` where rows had to be left out.
pub(super) fn compare(declared: &Declared, count: u64, sum: Option<Amount>, place: &Place) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(said) = declared.count.filter(|&said| said != count) {
        let message = text!(
            "the control total says {said} payments, the file has {count}",
            "控制总数声明 {said} 笔，文件中有 {count} 笔"
        );
        findings.push(refusal(place, message));
    }
    if let (Some(said), Some(sum)) = (declared.sum, sum)
        && said != sum
    {
        let message = text!(
            "the control total says a sum of {said}, the payments make {sum}",
            "控制总额声明 {said}，明细合计 {sum}"
        );
        findings.push(refusal(place, message));
    }
    findings
}

fn refusal(place: &Place, message: crate::words::Text) -> Finding {
    let hint = text!(
        "the file is incomplete or was changed; write it again from the ERP",
        "文件不完整或被改动过，请从 ERP 重新导出"
    );
    Finding::error("control-total", place.clone(), message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_files_have_several_shapes() {
        let want = totals("2", "1234.50");
        for text in [
            "2,1234.50\n",
            "#TOTAL,2,1234.50",
            "2\n1234.50\r\n",
            "2;1234.50",
            "sum=1234.50\ncount=2",
            "笔数：2 金额：1234.50",
        ] {
            assert_eq!(parse_control(text).ok(), want, "{text}");
        }
        for text in ["", "2", "2,1,2", "2,1e3", "x,1.00", "sum=1\nsum=2", "1234.50,2.5"] {
            assert!(parse_control(text).is_err(), "{text}");
        }
    }
}
