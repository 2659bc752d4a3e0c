//! Account numbers that a spreadsheet took for numbers or formulas: refused in payments, with the place and what to do.

use super::layouts::{example, gbk, read, refused};

const PAYMENTS: &str = "execution_date,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,amount,\
    currency,end_to_end_id\n2026-12-01,2002000000000000017,102331012015,A,ACCOUNT,AGENT,1.00,CNY,E-1\n";

const DAMAGED: [&str; 7] = [
    "6.222E+18",
    "6.222E18",
    "=6222000000000000175",
    "'6222000000000000175",
    "６２２２000000000000175",
    "6222000000000175.0",
    "6222000000000175.00",
];

#[test]
fn damaged_accounts_and_bank_numbers_are_refused_in_an_erps_layout() {
    let payments = example("erp-kingdee", "payments.txt");
    let with = |from: &str, to: &str| {
        assert!(payments.contains(from), "{from}");
        gbk(&payments.replacen(from, to, 1))
    };
    for damaged in DAMAGED {
        for (from, column) in [("6222000000000000175", 6), ("2002000000000000017", 3), ("102331012015", 8)] {
            let said = refused("erp-kingdee", &with(from, damaged));
            let place = format!("line 2, column {column}");
            assert!(said.contains(&place) && said.contains("[spreadsheet]"), "{damaged}: {said}");
            assert!(said.contains("format the column as text"), "{damaged}: {said}");
        }
    }
    let said = refused("erp-kingdee", &with("FK-2026-0017", "2.026E+11"));
    assert!(said.contains("line 2, column 1") && said.contains("[spreadsheet]"), "{said}");
    // What keeps a spreadsheet from changing a number is no part of it.
    let kept = read("erp-kingdee", &with("6222000000000000175", "\"=\"\"6222000000000000175\"\"\""));
    assert!(kept.contains("\"account\":\"6222000000000000175\""), "{kept}");
}

#[test]
fn damaged_accounts_and_bank_numbers_are_refused_in_csv() {
    let with = |account: &str, agent: &str| PAYMENTS.replace("ACCOUNT", account).replace("AGENT", agent);
    for damaged in DAMAGED.into_iter().chain(["=\"\"6222000000000000175\"\""]) {
        let said = refused("csv", with(damaged, "").as_bytes());
        assert!(said.contains("line 2, column 5") && said.contains("[spreadsheet]"), "{damaged}: {said}");
        let said = refused("csv", with("6222000000000000175", damaged).as_bytes());
        assert!(said.contains("line 2, column 6") && said.contains("[spreadsheet]"), "{damaged}: {said}");
    }
    let said = refused("csv", with("6222000000000000175", "").replace("E-1", "1.2E+11").as_bytes());
    assert!(said.contains("column 9") && said.contains("[spreadsheet]"), "{said}");
}

#[test]
fn zeros_behind_fifteen_digits_are_a_warning() {
    let all = read("csv", PAYMENTS.replace("ACCOUNT", "6222000000000000000").replace("AGENT", "").as_bytes());
    assert!(all.contains("\"digits-lost\"") && all.contains("\"level\":\"warning\""), "{all}");
    let payments = example("erp-kingdee", "payments.txt").replacen("6222000000000000175", "6222020200112230000", 1);
    let all = read("erp-kingdee", &gbk(&payments));
    assert!(all.contains("\"digits-lost\"") && all.contains("\"line\":2,\"column\":6"), "{all}");
    assert!(!read("erp-kingdee", &gbk(&example("erp-kingdee", "payments.txt"))).contains("digits-lost"));
}

#[test]
fn what_a_bank_writes_is_read_and_told() {
    let text = example("icbc", "status.txt").replacen("6222000000000000175", "6.222E+18", 1);
    let all = read("icbc", &gbk(&text));
    assert!(all.contains("\"spreadsheet\"") && all.contains("\"level\":\"warning\""), "{all}");
}
