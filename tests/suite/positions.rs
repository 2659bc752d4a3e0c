//! Result files whose columns are known by their places only: lines above them are passed over, and so are columns
//! behind those that somebody knows. What is no plain word of success or failure stays unknown.

use super::layouts::{example, gbk, of_its_own, read, refused};

/// The status lines of a result file, with what the bank said.
fn statuses(name: &str, text: &str) -> Vec<(String, String, String)> {
    let told = read(&format!("{name}.status"), &gbk(text));
    let lines = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let rows = lines.filter(|line| line["type"] == "payment_status");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_string();
    rows.map(|row| (text(&row["status"]), text(&row["bank_status"]), text(&row["amount"]))).collect()
}

fn are(wanted: &[[&str; 3]]) -> Vec<(String, String, String)> {
    wanted.iter().map(|[status, word, amount]| (status.to_string(), word.to_string(), amount.to_string())).collect()
}

#[test]
fn results_saved_from_a_sheet_are_read_by_their_places() {
    let told = statuses("abc", &example("abc", "status.txt"));
    assert_eq!(told, are(&[["ACSC", "成功", "1000.00"], ["RJCT", "失败", "234.50"]]));
    let told = statuses("cib", &example("cib", "status.txt"));
    assert_eq!(told, are(&[["ACSC", "成功", "1000.00"], ["-", "处理中", "234.50"]]));
    let told = statuses("boc-payroll", &example("boc-payroll", "status.txt"));
    assert_eq!(told, are(&[["ACSC", "成功", "5000.00"], ["RJCT", "失败", "4500.50"]]));
}

/// A success beside a reason of failure is neither; a word that holds another is not that word.
#[test]
fn words_that_are_not_plain_stay_unknown() {
    let abc = example("abc", "status.txt");
    for (from, to) in [(",成功,", ",成功,余额不足"), (",成功,", ",未成功,"), (",成功,", ",全部成功,")]
    {
        assert_eq!(statuses("abc", &abc.replacen(from, to, 1))[0].0, "-", "{to}");
    }
}

/// The lines above are not looked at; a sheet with fewer of them loses a payment, which is told by what then stands in
/// the wrong place.
#[test]
fn another_sheet_is_refused_with_its_place() {
    let cib = example("cib", "status.txt");
    let other = format!("兴业银行查询结果\r\n{cib}");
    let said = refused("cib.status", &gbk(&other));
    assert!(said.contains("line 2") && said.contains("金额"), "{said}");
    let moved = cib.replace("\r\n3", "\r\n1,3");
    let said = refused("cib.status", &gbk(&moved));
    assert!(said.contains("line 2"), "{said}");
}

/// The bank's result has at least 22 columns: those behind are nobody's.
#[test]
fn columns_behind_the_known_ones_are_passed_over() {
    let ccb = example("ccb", "status.txt");
    let plain = statuses("ccb", &ccb);
    assert_eq!(plain, are(&[["ACSC", "成功", "12345.00"], ["-", "处理中 / 待确认", "0.50"]]));
    let wider: String = ccb.lines().map(|line| format!("{line}|20261201|0001||\r\n")).collect();
    assert_eq!(statuses("ccb", &wider), plain);
    let narrower: String =
        ccb.lines().map(|line| format!("{}\r\n", line.rsplit_once('|').map_or("", |cut| cut.0))).collect();
    assert!(refused("ccb.status", &gbk(&narrower)).contains("row-cut"), "a row that was cut");
}

/// Neither is for payments, where a value that holds the delimiter would make an amount of what is none.
#[test]
fn payments_have_no_columns_that_nobody_knows() {
    let own = of_its_own("psbc", "kind = \"detail\"", "kind = \"detail\"\nfurther-columns = true");
    let said = own.refused_as_a_call(&gbk(&example("psbc", "payments.txt")));
    assert!(said.contains("`further-columns` is for delimited rows"), "{said}");
    let own = of_its_own("psbc", "one-group = true", "one-group = true\ntitle-lines = 1");
    let said = own.refused_as_a_call(&gbk(&example("psbc", "payments.txt")));
    assert!(said.contains("`title-lines` is for layouts with `read-only = true`"), "{said}");
}
