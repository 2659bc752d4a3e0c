//! Hash totals: written, and held against the details when reading.

use super::convert::{err, out};
use super::layouts::{OwnTemplate, example, of_its_own, of_layout, read, refused};

#[test]
fn an_account_that_was_changed_shows_in_the_hash_total() {
    let file = example("erp-fixed-hash", "payments.txt");
    read("erp-fixed-hash", file.as_bytes());
    let said = refused("erp-fixed-hash", file.replacen("0417164300", "0417164301", 1).as_bytes());
    let wanted = "error: line 4, column 2, field hash total: a hash total of 961071749091119 is declared, \
        961071749091120 is there [hash-mismatch]\nhint: hash total: all digits of `creditor account` in every detail";
    assert!(said.starts_with(wanted), "{said}");
    // Of accounts that changed places the sum is the same, of a row that is gone it is not.
    let lines: Vec<&str> = file.lines().collect();
    let said = refused("erp-fixed-hash", [lines[0], lines[1], lines[3], ""].join("\n").as_bytes());
    assert!(said.contains("[hash-mismatch]"), "{said}");
    let said = refused("erp-fixed-hash", file.replacen("E961071749091119", "E               ", 1).as_bytes());
    assert!(said.contains("`hash total` must not be empty"), "{said}");
    let said = refused("erp-fixed-hash", file.replacen("E96107174909111", "E9610717x909111", 1).as_bytes());
    assert!(said.contains("`9610717x9091119` is not a whole number"), "{said}");
}

/// Payments whose header has the hash total: all of them are written before it.
fn heading(hash: &str) -> OwnTemplate {
    of_layout(&format!(
        "[layout.payments]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.payments.record.head]\nkind = \"header\"\nfields = [{{ name = \"H\", is = \"H\" }},\n\
         {{ name = \"payer\", item = \"group.account\" }}, {{ name = \"count\", item = \"count\" }},\n\
         {{ name = \"hash\", digits = 6, hash = {hash} }}]\n\
         [layout.payments.record.payment]\nkind = \"detail\"\nfields = [{{ name = \"P\", is = \"P\" }},\n\
         {{ name = \"account\", item = \"counterparty.account\" }}, {{ name = \"payee\", item = \"counterparty.name\" }},\n\
         {{ name = \"amount\", item = \"amount\" }}, {{ name = \"id\", item = \"end_to_end_id\" }}]\n\
         [layout.payments.record.end]\nkind = \"trailer\"\nfields = [{{ name = \"T\", is = \"T\" }},\n\
         {{ name = \"records\", item = \"lines\" }}, {{ name = \"sum\", item = \"sum\" }}]\n"
    ))
}

#[test]
fn a_header_has_the_hash_total_of_what_stands_behind_it() {
    for (hash, total) in [
        ("{ of = \"account\", first = 4 }", "002468"),
        ("{ of = \"account\", last = 4 }", "017778"),
        // Of 123450000088888 and 123450000088890 the last six digits.
        ("{ of = \"account\" }", "177778"),
    ] {
        let own = heading(hash);
        let file = format!("H|77|2|{total}\nP|12345-0000088888|A|5.00|E1\nP|123450000088890|B|6.00|E2\nT|3|11.00\n");
        assert_eq!(
            out(&own.convert(&["--from", "own", "--to", "own"], file.as_bytes())).replace("12345-", "12345"),
            file.replace("12345-", "12345")
        );
        let wrong = file.replacen(total, "000001", 1);
        let said = own.refused(wrong.as_bytes());
        assert!(
            said.contains(&format!(
                "line 1, column 4, field hash: a hash total of 1 is declared, {} is there",
                total.trim_start_matches('0')
            )),
            "{said}"
        );
        // Where nobody says it, there is nothing to be held against.
        own.read(file.replacen(total, "", 1).as_bytes());
    }
}

/// A second hand wrote it: the entry hash of a NACHA file, by its own writer.
#[test]
fn a_layout_and_the_writer_of_nacha_have_the_same_entry_hash() {
    let csv = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,\
        amount,currency,end_to_end_id\n\
        2026-12-01,Example Inc,12345,021000021,Far Hills,555001,091000019,310.45,USD,R-1\n\
        2026-12-01,Example Inc,12345,021000021,J Lee,555002,121042882,11.00,USD,R-2\n";
    let source = "[layout.payments]\nwidth = 94\nline-end = \"lf\"\ncurrency = \"USD\"\n\
        block = 10\nfiller = \"9\"\nread-only = true\n\
        [layout.payments.record.file]\nkind = \"header\"\nfields = [{ name = \"1\", len = 1, is = \"1\" }, { name = \"rest\", len = 93 }]\n\
        [layout.payments.record.batch]\nkind = \"header\"\nfields = [{ name = \"5\", len = 1, is = \"5\" }, { name = \"rest\", len = 93 }]\n\
        [layout.payments.record.entry]\nkind = \"detail\"\nfields = [{ name = \"6\", len = 1, is = \"6\" },\n\
        { name = \"code\", len = 2 }, { name = \"routing\", len = 9, item = \"counterparty.agent\" },\n\
        { name = \"account\", len = 17, item = \"counterparty.account\" },\n\
        { name = \"amount\", len = 10, item = \"amount\", minor = true },\n\
        { name = \"id\", len = 15, item = \"end_to_end_id\" }, { name = \"payee\", len = 22, item = \"counterparty.name\" },\n\
        { name = \"rest\", len = 18 }]\n\
        [layout.payments.record.control]\nkind = \"trailer\"\nfields = [{ name = \"8\", len = 1, is = \"8\" },\n\
        { name = \"class\", len = 3 }, { name = \"entries\", len = 6 },\n\
        { name = \"entry hash\", len = 10, hash = { of = \"routing\", first = 8 }, required = true }, { name = \"rest\", len = 74 }]\n\
        [layout.payments.record.end]\nkind = \"trailer\"\nfields = [{ name = \"9\", len = 1, is = \"9\" },\n\
        { name = \"counts\", len = 20 }, { name = \"entry hash\", len = 10, hash = { of = \"routing\", first = 8 } }, { name = \"rest\", len = 63 }]\n";
    let own = of_layout(source);
    let ids = "[payments.nacha]\nimmediate_origin = \"1987654321\"\ncompany_id = \"1123456789\"\n\
        destination_name = \"FIRST EXAMPLE BANK\"\n[checks]";
    let nacha = of_its_own("nacha", "[checks]", ids);
    let written = nacha.convert(&["--to", "nacha", "--template", "own"], csv.as_bytes());
    let file = out(&written);
    assert!(file.contains("0021204289"), "9100001 and 12104288: {file}{}", err(&written));
    assert!(own.read(file.as_bytes()).contains("\"count\":2"), "{file}");
    let said = own.refused(file.replacen("0021204289", "0021204290", 1).as_bytes());
    assert!(said.contains("field entry hash: a hash total of 21204290 is declared, 21204289 is there"), "{said}");
}

#[test]
fn the_specification_says_what_is_added_up() {
    let own = heading("{ of = \"account\", first = 8 }");
    let en = out(&own.run(&["spec", "own"]));
    let wanted = "number of 6 digits, zeros in front | not said | no | hash total: the first 8 digits of `account` in \
        every detail as a number, added up; of the sum the last 6 digits";
    assert!(en.contains(wanted), "{en}");
    let zh = out(&own.run(&["spec", "own", "--lang", "zh"]));
    assert!(zh.contains("校验合计：各明细 `account` 的前 8 位数字作为整数相加，取合计的末 6 位"), "{zh}");
    assert!(out(&own.run(&["spec", "own", "--html"])).contains("hash total"));
}

/// However many details there are, only a few numbers are kept of them.
#[test]
fn a_long_file_with_its_hash_total_in_front_is_written_whole() {
    let own = heading("{ of = \"account\" }");
    let mut csv =
        String::from("execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id\n");
    let mut sum = 0_u64;
    for at in 0..2000 {
        let account = 6_222_000_000_000_000_000_u64 + at;
        sum = (sum + account % 1_000_000) % 1_000_000;
        csv.push_str(&format!("2026-12-01,77,Payee,{account},1.00,CNY,E{at}\n"));
    }
    let output = own.convert(&["--to", "own"], csv.as_bytes());
    let file = out(&output);
    assert!(
        file.starts_with(&format!("H|77|2000|{sum:06}\nP|")) && file.ends_with("T|2001|2000.00\n"),
        "{}",
        err(&output)
    );
    own.read(file.as_bytes());
}
