//! Statements as banks' own pages export them: rows before the names, tabs, other sets of columns; answers that say
//! nothing.

use bankferry::document::Currency;

use super::layouts::{example, gbk, of_its_own, read, refused};

#[test]
fn rows_before_the_names_are_passed_over() {
    let statement = example("cmb", "statement.txt");
    let lead: String = (1..=8).map(|at| format!("第 {at} 行说明,,\r\n")).collect();
    let said = read("cmb", &gbk(&format!("{lead}{statement}")));
    assert!(said.contains(r#""rule":"preamble""#), "each is told: {said}");
    let (abc, citic) = (example("abc", "statement.txt"), example("citic", "statement.txt"));
    for (name, lead, statement) in
        [("cmb", &*lead, &statement), ("abc", "账户明细查询\r\n", &abc), ("citic", "中信银行\r\n\r\n", &citic)]
    {
        let money = |said: &str| said.split(r#""findings""#).next().map(str::to_string);
        assert_eq!(money(&read(name, &gbk(&format!("{lead}{statement}")))), money(&read(name, &gbk(statement))));
    }
    // Not more of them than the template says, and no rows behind the names.
    let many: String = (1..=30).map(|at| format!("第 {at} 行说明,,\r\n")).collect();
    refused("cmb", &gbk(&format!("{many}{statement}")));
    refused("cmb", &gbk(&format!("{statement}说明\r\n")));
}

#[test]
fn a_statement_parted_by_tabs_is_the_same_statement() {
    let statement = example("icbc", "statement.txt");
    let tabs = statement.replace(',', "\t");
    assert_eq!(read("icbc", &gbk(&tabs)), read("icbc", &gbk(&statement)));
    // Commas are then signs like others.
    let comma = tabs.replacen("12345.00", "12,345.00", 1);
    assert!(read("icbc", &gbk(&comma)).contains(r#""amount":"12345.00""#));
}

#[test]
fn the_newer_columns_of_ccb_are_read() {
    let newer = "账号,账户名称,交易时间,借方发生额/元(支取),贷方发生额/元(收入),余额,对方户名,对方账号,摘要,备注\r\n\
        33001600000000000017,青禾贸易有限公司,20261201 10:30:00,\"1,345.00\",,\"8,655.00\",远山材料有限公司,33001700000000000175,转账,货款\r\n";
    let said = read("ccb", &gbk(newer));
    assert!(said.contains(r#""amount":"1345.00","currency":"CNY","indicator":"DBIT""#), "{said}");
    assert!(said.contains(r#""booking_date":"2026-12-01""#), "{said}");
}

#[test]
fn an_answer_that_says_nothing_is_refused() {
    let answer = example("bocom", "status.txt");
    let names = answer.lines().next().expect("the names");
    let said = refused("bocom.status", &gbk(&format!("{names}\r\n")));
    assert!(said.contains("no-answers"), "{said}");
}

#[test]
fn a_bank_is_known_by_its_bic_as_well() {
    let csv = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,creditor_bank,amount,currency,end_to_end_id,purpose\n\
        2026-12-10,青禾贸易有限公司,33001600000000000017,330000000,远山材料有限公司,33001700000000000175,PCBCCNBJZJX,建行西湖支行,100.00,CNY,QH-1,货款\n";
    let own = of_its_own("ccb", "blank = \" \"", "blank = \" \"\nvalues = { \"group.branch\" = \"330000000\" }");
    for (bic, same) in [("PCBCCNBJZJX", "|1|"), ("ICBKCNBJZJX", "|0|")] {
        let output = own.convert(&["--from", "csv", "--to", "own"], csv.replace("PCBCCNBJZJX", bic).as_bytes());
        let written = encoding_rs::GBK.decode(&output.stdout).0.into_owned();
        assert!(written.contains(&format!("行| | {same}")), "{written} {}", super::convert::err(&output));
    }
}

#[test]
fn a_file_without_a_currency_has_none() {
    let bytes = bankferry::template::example("multicash-umsatz", "statement.txt").expect("an example");
    let said = read("multicash-umsatz", bytes);
    let none = format!(r#""currency":"{}""#, Currency::NONE);
    assert!(said.contains(&none) && !said.contains("EUR"), "{said}");
    assert!(said.contains("does not say in which currency"), "{said}");
}

#[test]
fn a_layout_that_would_write_a_payment_twice_or_make_an_account_up_is_told() {
    let two = of_its_own(
        "psbc",
        "[layout.payments.record.payment]",
        "[layout.payments.record.again]\nkind = \"detail\"\nfields = [{ name = \"x\", item = \"amount\" }]\n\n[layout.payments.record.payment]",
    );
    assert!(two.refused_as_a_call(b"x").contains("each row would be written as both"));
    let made_up = of_its_own(
        "psbc",
        "item = \"counterparty.account\"",
        "item = \"counterparty.account\", or = \"group.account\"",
    );
    assert!(made_up.refused_as_a_call(b"x").contains("may not come from another item"));
    let same = of_its_own(
        "psbc",
        "[layout.payments.record.payment]",
        "[layout.payments.values]\n\"counterparty.account\" = \"1\"\n\n[layout.payments.record.payment]",
    );
    assert!(same.refused_as_a_call(b"x").contains("may not be the same for all payments"));
}
