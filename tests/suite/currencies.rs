//! Another currency than the template gives the amounts, told by what it does not read: never taken for its own.

use super::convert::{err, out};
use super::layouts::{OwnTemplate, example, gbk, of_its_own, of_layout, read};

const CCB: &str = "账号,账户名称,记账日期,借方发生额/元(支取),贷方发生额/元(收入),余额,币种\n\
    33001616000000000017,兰江,20261127,1234.50,0.00,100.00,美元\n";
const ABC: &str = "账号,10300000000000017\n币种,美元\n交易时间,收入金额,支出金额,账户余额,交易行名,对方省市,对方账号,对方户名,交易用途\n\
    2026-11-27 10:00:00,,1234.50,2000.00,,,62,远山,货款\n";

/// A column of a bank's own template, without its binding: as in a template that nobody thought of currencies for.
fn without_currency(template: &str, item: &str) -> OwnTemplate {
    let source = bankferry::template::built_in().find(|(name, _)| *name == template).expect("a template").1;
    let at = source.rfind(&format!("item = \"{item}\"")).expect("a binding");
    let rest = &source[at..];
    let end = at + rest.find('}').expect("a map") + 1;
    of_its_own(template, &source[at..end], "required = false")
}

#[test]
fn a_column_that_is_not_read_and_tells_another_currency_is_refused() {
    let ccb = without_currency("ccb", "currency");
    for other in ["美元", "USD", "14", "欧元"] {
        let said = ccb.refused(&gbk(&CCB.replace("美元", other)));
        assert!(said.contains("line 2, column 7") && said.contains("the amounts would be taken for CNY"), "{said}");
        assert!(said.contains(&format!("`币种` is `{other}`")), "{said}");
    }
    for same in ["人民币", "CNY", "01", "", "CNY-人民币", "人民币(CNY)"] {
        assert!(ccb.read(&gbk(&CCB.replace("美元", same))).contains("\"1234.50\""), "{same}");
    }
}

#[test]
fn a_line_above_the_names_that_tells_another_currency_is_refused() {
    let abc = without_currency("abc", "account.currency");
    for line in ["币种,美元", "币种：,USD", "账户类型,活期,币种：美元", "Currency: USD"] {
        let said = abc.refused(&gbk(&ABC.replace("币种,美元", line)));
        assert!(said.contains("line 2") && said.contains("the amounts would be taken for CNY"), "{line}: {said}");
    }
    for line in ["币种,人民币", "币种:", "期间,20261127"] {
        assert!(read("abc", &gbk(&ABC.replace("币种,美元", line))).contains("\"1234.50\""), "{line}");
    }
}

/// What a bank's own column or line says is the currency, by code, number of ISO 4217, or name.
#[test]
fn a_currency_is_read_by_its_names_and_numbers() {
    for (word, code) in [
        ("美元", "USD"),
        ("USD", "USD"),
        ("840", "USD"),
        ("美元(USD)", "USD"),
        ("RMB", "CNY"),
        ("01", "CNY"),
        ("156", "CNY"),
        ("人民币", "CNY"),
        ("CNY-人民币", "CNY"),
        ("", "CNY"),
    ] {
        let all = read("ccb", &gbk(&CCB.replace("美元", word)));
        assert!(all.contains(&format!("\"amount\":\"1234.50\",\"currency\":\"{code}\"")), "{word}: {all}");
    }
    let ccb = of_its_own("ccb", "zh = ", "zh = ");
    for none in ["14", "USD-人民币", "外币"] {
        let said = ccb.refused(&gbk(&CCB.replace("美元", none)));
        assert!(said.contains(&format!("`{none}` is not one of the values")), "{none}: {said}");
    }
    let abc = read("abc", &gbk(ABC));
    assert!(abc.contains("\"amount\":\"1234.50\",\"currency\":\"USD\""), "{abc}");
    // And it is written in the bank's word.
    let own = of_its_own("abc", "zh = ", "zh = ");
    let written = own.convert(&["--from", "jsonl", "--to", "own.statement"], abc.as_bytes());
    let written = encoding_rs::GB18030.decode(&written.stdout).0.into_owned();
    assert!(written.contains("币种,美元\r\n"), "{written}");
}

/// A statement in another currency than the only one that a file has is not written as one in that.
#[test]
fn entries_in_another_currency_than_the_file_has_are_not_written() {
    let own = of_layout(
        "[layout.statement]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.statement.record.row]\nkind = \"detail\"\nfields = [{ name = \"own\", item = \"account.id\" }, \
         { name = \"amount\", item = \"signed_amount\" }]\n",
    );
    let lines = own.read(b"1|5.00\n");
    let written = |lines: &str| own.convert(&["--from", "jsonl", "--to", "own.statement"], lines.as_bytes());
    assert_eq!(out(&written(&lines)), "1|5.00\n");
    let other = written(&lines.replace("\"currency\":\"CNY\"", "\"currency\":\"USD\""));
    assert!(err(&other).contains("all amounts are CNY; this one is USD"), "{}", err(&other));
    // One whose account does not say it, neither.
    let silent = lines.replacen(",\"currency\":\"CNY\"", "", 1).replace("\"currency\":\"CNY\"", "\"currency\":\"USD\"");
    assert!(err(&written(&silent)).contains("all amounts are CNY; this one is USD"), "{silent}");
}

/// A file that has no column for it has no other currency than the layout's, whatever stands above its names.
#[test]
fn without_its_column_a_currency_above_the_names_is_refused() {
    let statement = example("cmb", "statement.txt");
    let names = statement.lines().find(|line| line.contains("币种")).expect("names");
    let with = |names_now: &str| gbk(&format!("币种：美元\r\n{}", statement.replacen(names, names_now, 1)));
    let own = of_its_own("cmb", "zh = ", "zh = ");
    let said = own.refused(&with(&names.replace("币种", "其他")));
    assert!(said.contains("line 1") && said.contains("the amounts would be taken for CNY"), "{said}");
    // Where every row says its currency, the rows decide.
    assert!(own.read(&with(names)).contains("\"currency\":\"CNY\""));
}

/// A field without an item, in a row without names.
#[test]
fn a_field_that_is_not_read_and_tells_another_currency_is_refused() {
    let own = of_layout(
        "[layout.payments]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.payments.record.row]\nkind = \"detail\"\nfields = [{ name = \"account\", item = \"counterparty.account\" }, \
         { name = \"amount\", item = \"amount\" }, { name = \"ccy\" }]\n",
    );
    assert!(own.refused(b"1|5.00|USD\n").contains("`ccy` is `USD`"));
    assert!(own.read(b"1|5.00|CNY\n").contains("\"5.00\""));
}

/// A column that a bank added to its answer may say that the payment came back: it is told as a warning.
#[test]
fn an_unknown_column_of_an_answer_is_a_warning() {
    let status = example("citic", "status.txt");
    let lines: Vec<&str> = status.lines().collect();
    let names = lines.iter().position(|line| line.contains("收方账号")).expect("a row of names");
    let mark = if lines[names].contains('|') { "|" } else { "," };
    let more = lines.iter().enumerate().map(|(at, line)| match at {
        at if at == names => format!("{line}{mark}退汇标志"),
        at if at > names => format!("{line}{mark}1"),
        _ => (*line).to_string(),
    });
    let text = more.collect::<Vec<_>>().join("\r\n") + "\r\n";
    let all = read("citic", &gbk(&text));
    assert!(all.contains("\"rule\":\"unknown-column\",\"level\":\"warning\""), "{all}");
}

/// A currency that the file says once is that of its payments, in a header as behind them; two are refused.
#[test]
fn a_currency_in_a_header_is_written() {
    let own = of_layout(
        "[layout.payments]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.payments.record.head]\nkind = \"header\"\nfields = [{ name = \"type\", is = \"H\" }, \
         { name = \"ccy\", item = \"currency\" }]\n\
         [layout.payments.record.row]\nkind = \"detail\"\nfields = [{ name = \"type\", is = \"P\" }, \
         { name = \"account\", item = \"counterparty.account\" }, { name = \"amount\", item = \"amount\" }, \
         { name = \"id\", item = \"end_to_end_id\" }]\n\
         [layout.payments.record.foot]\nkind = \"trailer\"\nfields = [{ name = \"type\", is = \"T\" }, \
         { name = \"ccy\", item = \"currency\" }]\n",
    );
    let row = |id: &str, currency: &str| format!("2026-12-01,446800000017,A,446800000175,12.00,{currency},{id}\n");
    let names = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id\n";
    let written = own.convert(&["--to", "own"], format!("{names}{}", row("E1", "USD")).as_bytes());
    assert_eq!(out(&written), "H|USD\nP|446800000175|12.00|E1\nT|USD\n", "{}", err(&written));
    assert!(own.read(&written.stdout).contains("\"currency\":\"USD\""));
    let both = own.convert(&["--to", "own"], format!("{names}{}{}", row("E1", "USD"), row("E2", "CNY")).as_bytes());
    assert!(err(&both).contains("one currency for all payments; this document has USD and CNY"), "{}", err(&both));
}

/// What a map of an exact item does not list says nothing that anybody knows.
#[test]
fn a_word_that_a_map_does_not_list_is_refused_where_the_item_is_exact() {
    let own = of_layout(
        "[layout.statement]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.statement.record.row]\nkind = \"detail\"\nfields = [{ name = \"own\", item = \"account.id\" }, \
         { name = \"amount\", item = \"signed_amount\" }, { name = \"day\", item = \"booking_date\", date = \"yyyyMMdd\" }, \
         { name = \"back\", item = \"return_reason\", map = { \"1\" = \"returned\", \"0\" = \"\" } }]\n",
    );
    let output = own.convert(&["--from", "own"], b"1|5.00|20261127|0\n");
    assert!(out(&output).contains("5.00") && !out(&output).contains("return_reason"), "{}", err(&output));
    assert!(own.read(b"1|5.00|20261127|1\n").contains("returned"));
    assert!(own.refused(b"1|5.00|20261127|2\n").contains("`2` is not one of the values of this field"));
}

/// The head of the file says CNY, whatever the payments say.
#[test]
fn a_file_whose_head_says_one_currency_takes_no_other() {
    let payments = |currency: &str| {
        format!(
            "execution_date,debtor_name,debtor_account,debtor_bank,creditor_name,creditor_account,creditor_bank_name,\
             amount,currency,end_to_end_id,x_same_bank\n2026-12-01,青禾贸易有限公司,310000000000000000017,交通银行滨江支行,\
             远山材料有限公司,310000000000000000175,交通银行西湖支行,10.00,{currency},QH-1,yes\n"
        )
    };
    let own = of_its_own("bocom", "zh = ", "zh = ");
    let written = |currency: &str| own.convert(&["--from", "csv", "--to", "bocom"], payments(currency).as_bytes());
    let said = err(&written("CNY"));
    assert_eq!(written("CNY").status.code(), Some(0), "{said}");
    let said = err(&written("USD"));
    assert_eq!(written("USD").status.code(), Some(1), "{said}");
    assert!(said.contains("currencyType") && said.contains("USD"), "{said}");
}
