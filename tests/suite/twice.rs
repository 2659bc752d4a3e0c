//! What a file says twice: totals, counts and amounts in several fields must agree, and a balancing record balances.

use super::layouts::{example, gbk, of_its_own, read, refused};

fn changed(name: &str, from: &str, to: &str) -> String {
    let text = example(name, "payments.txt");
    assert!(text.contains(from), "{name}: {from}");
    text.replacen(from, to, 1)
}

#[test]
fn totals_of_an_aba_file_that_disagree_are_refused() {
    let totals = "000000000000003734560000373456                        000003";
    for (wrong, rule) in [
        // Credits, debits, the number of records.
        ("000000000000003734570000373456                        000003", "contradiction"),
        ("000000000000003734560000373457                        000003", "contradiction"),
        ("000000000000003734570000373457                        000003", "sum-mismatch"),
        ("000000000000003734560000373456                        000004", "count-mismatch"),
        ("000000000000003734560000373456                        000002", "count-mismatch"),
    ] {
        let said = refused("aba", changed("aba", totals, wrong).as_bytes());
        assert!(said.contains(rule), "{wrong}: {said}");
    }
    let said = refused(
        "aba",
        changed("aba", totals, "000000000000003734570000373456                        000003").as_bytes(),
    );
    assert!(said.contains("line 5") && said.contains("`3734.56` here and `3734.57` elsewhere"), "{said}");
}

#[test]
fn a_debit_of_another_account_is_no_balancing_record() {
    let row = "1062-001 11110017 130000373456GREENFIELD PTY LTD              BALANCE           062-001 11110017BALANCE         00000000";
    read("aba", example("aba", "payments.txt").as_bytes());
    let said = refused("aba", changed("aba", row, &row.replacen(" 11110017 13", " 99990017 13", 1)).as_bytes());
    assert!(said.contains("line 4") && said.contains("`99990017`") && said.contains("`11110017`"), "{said}");
    assert!(said.contains("takes no debits of other accounts"), "{said}");
    let said = refused("aba", changed("aba", row, &row.replacen("1062-001", "1033-001", 1)).as_bytes());
    assert!(said.contains("line 4") && said.contains("`033-001`"), "{said}");
    let said = refused("aba", changed("aba", row, &row.replacen("0000373456", "0000373400", 1)).as_bytes());
    assert!(said.contains("line 4") && said.contains("3734.00") && said.contains("3734.56"), "{said}");
    // Two that make the sum together are two debits.
    let halves = |cents: &str| row.replacen("0000373456", cents, 1);
    let two = format!("{}\r\n{}", halves("0000373400"), halves("0000000056"));
    let two = changed("aba", row, &two).replacen("000003  ", "000004  ", 1);
    let said = refused("aba", two.as_bytes());
    assert!(said.contains("line 5") && said.contains("second balancing record"), "{said}");
}

#[test]
fn an_amount_that_stands_twice_in_a_row_is_one() {
    let text = example("abc", "payments.txt");
    let row = text.lines().next().expect("a row");
    let amount = row.split('|').nth(1).expect("an amount");
    let at = row.rfind(amount).expect("a second amount");
    let other = format!("{}9{}", &row[..at], &row[at..]);
    let said = refused("abc", &gbk(&text.replacen(row, &other, 1)));
    assert!(said.contains("contradiction") && said.contains("line 1") && said.contains(amount), "{said}");
    // As another spelling of the same number it is the same.
    let same = format!("{}{amount}0{}", &row[..at], &row[at + amount.len()..]);
    read("abc", &gbk(&text.replacen(row, &same, 1)));
}

#[test]
fn every_count_of_a_file_is_held() {
    let text = example("uob", "payments.txt");
    let batch = text.lines().find(|line| line.starts_with("FT2~")).expect("a total");
    let count = batch.split('~').nth(1).expect("a count");
    let other = batch.replacen(count, "0000000009", 1);
    let said = refused("uob", text.replacen(batch, &other, 1).as_bytes());
    assert!(said.contains("contradiction") || said.contains("count-mismatch"), "{said}");
}

#[test]
fn a_template_of_ones_own_that_binds_an_item_twice_is_held_to_it() {
    let twice = of_its_own(
        "erp-kingdee",
        "{ name = \"联行号\", item = \"counterparty.agent\" }",
        "{ name = \"联行号\", item = \"counterparty.agent_name\" }",
    );
    let text = example("erp-kingdee", "payments.txt");
    let said = twice.refused(&gbk(&text));
    assert!(said.contains("contradiction") && said.contains("line 2"), "{said}");
}
