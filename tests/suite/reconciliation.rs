//! The reconciliation that an ERP gets: after every statement, in its language, and nothing that a spreadsheet runs.

use std::collections::BTreeMap;

use super::banks::{House, files, today};
use super::corrections::{give, sent};
use super::doubtful::{contradictory, statement};

/// A house whose ERP gets the reconciliation of every statement.
fn house(language: &str, of_bank: &str) -> House {
    let outputs = format!(
        "outputs = {{ statement = [\"csv\"], reconciliation = [\"csv\", \"jsonl\"], language = \"{language}\" }}"
    );
    sent(House::with("csv-erp", &outputs, "icbc", of_bank))
}

/// The reconciliations that the ERP has, by the end of their names.
fn told(house: &House) -> BTreeMap<&'static str, String> {
    let all = files(&house.root.join("outbox/erp")).into_iter().filter(|(name, _)| name.starts_with("reconciliation"));
    let ending = |name: &str| if name.ends_with(".csv") { "csv" } else { "jsonl" };
    all.map(|(name, bytes)| (ending(&name), String::from_utf8(bytes).expect("text"))).collect()
}

/// A statement with one payment of ours, and money from somebody with a name of his own making.
fn strange() -> String {
    let name = "=HYPERLINK(&quot;http://example.org&quot;)";
    let stranger = format!(
        "<Refs><EndToEndId>@SUM(1)</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
    );
    let text = statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("R", "7.00", "STRANGE")]).0;
    text.replace("<RvslInd>true</RvslInd>", "").replace("<Refs><EndToEndId>STRANGE</EndToEndId></Refs>", &stranger)
}

#[test]
fn the_erp_gets_the_reconciliation_of_every_statement_in_its_language_and_in_both_formats() {
    for (language, header) in [
        ("en", "kind,account,day,payment,end_to_end_id,entry,amount,currency,indicator,date,counterparty_name,"),
        ("zh", "类别,账号,日期,对应付款,业务编号,分录,金额,币种,借贷标志,记账或执行日期,对方户名,"),
    ] {
        let mut house = house(language, "");
        give(&mut house, "one.xml", &statement("1", 5_000_000, &[("D", "12345.00", "QH01")]).0);
        let told = told(&house);
        let csv = &told["csv"];
        assert!(csv.starts_with(header), "{csv}");
        let kinds: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(kinds, ["booked", "open", "opening-balance", "credit-sum", "debit-sum", "closing-balance"]);
        assert!(csv.contains(",QH01,") && csv.contains(",12345.00,CNY,DBIT,") && csv.contains("end-to-end-id,exact"));
        let last = told["jsonl"].lines().last().expect("a summary");
        assert!(last.contains("\"type\":\"reconciliation\"") && last.contains("\"adds_up\":true"), "{last}");
    }
}

#[test]
fn a_strangers_name_is_no_formula_in_any_file_for_the_erp() {
    let mut house = house("en", "");
    give(&mut house, "one.xml", &strange());
    let all = files(&house.root.join("outbox/erp"));
    for purpose in ["statement", "reconciliation"] {
        let file = all.iter().find(|(name, _)| name.starts_with(purpose) && name.ends_with(".csv")).expect("a file");
        let text = String::from_utf8_lossy(file.1);
        assert!(text.contains("'=HYPERLINK") && text.contains("'@SUM(1)"), "{text}");
        assert!(!text.contains(",=") && !text.contains(",\"=") && !text.contains(",@"), "{text}");
        assert!(text.contains("12345.00") && !text.contains("'12345.00"), "{text}");
    }
}

#[test]
fn figures_of_a_statement_that_contradict_one_another_are_told_with_their_difference() {
    let mut house = house("en", "statements = { doubtful = \"tell\" }");
    give(&mut house, "wrong.xml", &contradictory());
    let told = told(&house);
    assert!(told["csv"].lines().any(|line| line.starts_with("difference,") && line.contains(",-1.00,")), "{told:?}");
    assert!(told["jsonl"].contains("\"adds_up\":false"), "{told:?}");
}

#[test]
fn a_payment_that_is_booked_in_parts_is_not_added_up_twice() {
    let mut house = house("en", "");
    give(&mut house, "parts.xml", &statement("1", 5_000_000, &[("D", "2345.00", "QH01"), ("D", "10000.00", "QH01")]).0);
    let told = told(&house);
    let last = told["jsonl"].lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(summary["booked"]["sums"]["CNY"], "12345.00", "{last}");
    assert_eq!((&summary["adds_up"], &summary["booked"]["count"]), (&true.into(), &1.into()), "{last}");
    let booked = told["csv"].lines().filter(|line| line.starts_with("booked,")).collect::<Vec<_>>();
    assert!(booked.len() == 2 && booked[0].contains(",2345.00,") && booked[1].contains(",10000.00,"), "{booked:?}");
}

#[test]
fn a_sum_says_how_many_of_its_payments_count_elsewhere() {
    let mut house = house("en", "");
    give(&mut house, "back.xml", &statement("1", 5_000_000, &[("D", "12345.00", "QH01"), ("R", "12345.00", "QH01")]).0);
    let told = told(&house);
    let last = told["jsonl"].lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("JSON");
    let counts = ["booked", "returned"].map(|tally| summary[tally]["count"].as_u64());
    assert_eq!(counts, [Some(0), Some(1)], "it counts once: {last}");
    for tally in ["booked", "returned"] {
        assert_eq!(summary[tally]["sums"]["CNY"], "12345.00", "{tally}: {last}");
    }
    assert_eq!(summary["booked_elsewhere"], 1, "{last}");
    assert!(summary.get("returned_elsewhere").is_none(), "{last}");
    let mut reconcile = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let reconcile = reconcile.arg("--dir").arg(&house.root).args(["--lang", "en", "reconcile", "--day", &today()]);
    let shown = reconcile.output().expect("a run");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned() + &String::from_utf8_lossy(&shown.stderr);
    assert!(shown.contains("CNY 12,345.00, with 1 more that came back or is open"), "{shown}");
}
