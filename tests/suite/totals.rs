//! Totals of layouts: of one currency, held against the rows by what became of them; statements without an account.

use bankferry::template;

use super::layouts::{example, gbk, of_its_own, of_layout, read, refused};

/// An example whose bytes are not changed by being text: single bytes of any encoding.
fn bytes(template: &str, file: &str, from: &str, to: &str) -> Vec<u8> {
    let example = bankferry::template::example(template, file).expect("an example");
    let text: String = example.iter().map(|byte| char::from(*byte)).collect();
    assert!(text.contains(from), "{template}: {from}");
    text.replacen(from, to, 1).chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect()
}

#[test]
fn a_sum_of_two_currencies_is_refused_when_read() {
    let text = example("boc", "payments.txt").replacen("|CNY|234.50|", "|USD|234.50|", 1);
    let said = refused("boc", &gbk(&text));
    assert!(said.contains("line 3") && said.contains("CNY and USD") && said.contains("[mixed-currencies]"), "{said}");
    let said = refused("dbs", &bytes("dbs", "payments.txt", ",SGD,QH-02,SGD,", ",USD,QH-02,USD,"));
    assert!(said.contains("line 3") && said.contains("[mixed-currencies]"), "{said}");
    let said = refused("uob", &bytes("uob", "payments.txt", "~234.50~SGD~", "~234.50~USD~"));
    assert!(said.contains("line 4") && said.contains("[mixed-currencies]"), "{said}");
    // A template may say that the sum is meant so.
    let own = of_its_own("dbs", "item = \"sum\", decimals = 2", "item = \"sum\", decimals = 2, mixed = true");
    own.read(&bytes("dbs", "payments.txt", ",SGD,QH-02,SGD,", ",USD,QH-02,USD,"));
}

const TWO: &str = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,\
    creditor_bank,amount,currency,end_to_end_id,x_same_bank,creditor_id\n\
    2026-12-01,GREENFIELD,0720000017,GREENFLD01,FAR HILLS,0010000175,7171,,1.00,SGD,E-1,,1\n\
    2026-12-01,GREENFIELD,0720000017,GREENFLD01,FAR HILLS,0010000175,7171,,2.00,USD,E-2,,1\n";

#[test]
fn a_sum_of_two_currencies_is_refused_when_written() {
    let agreed = "short-rows = true\nvalues = { \"group.party_id\" = \"G1\", \"group.account_currency\" = \"SGD\" }";
    let own = of_its_own("dbs", "short-rows = true", agreed);
    let output = own.convert(&["--from", "csv", "--to", "own"], TWO.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("[mixed-currencies]"), "{said}");
}

#[test]
fn a_statement_has_the_currency_of_its_entries_and_no_other() {
    let text = example("boc", "statement.txt");
    let said = refused("boc", &gbk(&text.replacen(",CNY,800.25,", ",USD,800.25,", 1)));
    assert!(said.contains("line 10") && said.contains("[mixed-currencies]"), "{said}");
    let all = read("boc", &gbk(&text.replace(",CNY,", ",USD,")));
    let head = all.lines().next().expect("a statement");
    assert!(head.contains("\"currency\":\"USD\""), "{head}");
    assert!(all.contains("\"type\":\"CLBD\",\"amount\":\"9800.25\",\"currency\":\"USD\""), "{all}");
}

#[test]
fn totals_by_status_are_held_against_the_rows() {
    let file = |from: &str, to: &str| bytes("zengin-debit", "status.txt", from, to);
    const TOTALS: &str = "8000002000000015800000001000000012500000001000000003300";
    // One row of two is not debited: the trailer says that both were.
    let said = refused("zengin-debit", &file(TOTALS, "8000002000000015800000002000000015800000000000000000000"));
    assert!(said.contains("2 payments are said to be executed, 1 are by their rows"), "{said}");
    let said = refused("zengin-debit", &file(TOTALS, "8000002000000015800000001000000012500000001000000003299"));
    assert!(said.contains("a sum of 3299 is said to be rejected, 3300 is"), "{said}");
    // The request itself, which says of every debit that nothing is wrong with it yet, is no result.
    let request = bytes("zengin-debit", "payments.txt", "11200017  ", "11200017  ");
    assert!(refused("zengin-debit.status", &request).contains("0 payments are said to be executed, 2 are"));
    // A code that is not listed may be counted with either.
    let all = read("zengin-debit", &file("C00000000000000000011  ", "C00000000000000000017  "));
    assert!(all.contains("\"bank_status\":\"7\""), "{all}");
}

/// A result with totals in front of its rows, as some banks have them.
const IN_FRONT: &str = "[layout.status]\nencoding = \"ascii\"\nline-end = \"lf\"\ndelimiter = \"|\"\ncurrency = \"EUR\"\n\
    [layout.status.record.head]\nkind = \"header\"\nfields = [\n\
    { name = \"mark\", is = \"H\" }, { name = \"account\", item = \"group.account\" },\n\
    { name = \"count\", item = \"count\" }, { name = \"sum\", item = \"sum\", decimals = 2 },\n\
    { name = \"paid\", item = \"executed_count\" }, { name = \"paid sum\", item = \"executed_sum\", decimals = 2 },\n\
    { name = \"failed\", item = \"rejected_count\" }, { name = \"failed sum\", item = \"rejected_sum\", decimals = 2 },\n]\n\
    [layout.status.record.row]\nkind = \"detail\"\nfields = [\n{ name = \"mark\", is = \"R\" },\n\
    { name = \"id\", item = \"end_to_end_id\" }, { name = \"amount\", item = \"amount\", decimals = 2 },\n\
    { name = \"batch\", item = \"x_batch\" },\n\
    { name = \"status\", item = \"status\", map = { \"OK\" = \"ACSC\", \"NO\" = \"RJCT\" }, required = true },\n]\n";

#[test]
fn totals_in_front_of_the_rows_of_a_result_are_those_of_its_rows() {
    let own = of_layout(IN_FRONT);
    let text = "H|20020|3|6.50|2|4.25|1|2.25\nR|E-1|3.25|B1|OK\nR|E-2|2.25|B1|NO\nR|E-3|1.00||OK\n";
    let lines = own.read(text.as_bytes());
    assert!(lines.contains("\"original_group\":{") && lines.contains("\"extra\":{\"x_batch\":\"B1\"}"), "{lines}");
    let output = own.convert(&["--from", "jsonl", "--to", "own.status"], lines.as_bytes());
    assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{}", String::from_utf8_lossy(&output.stderr));
    // Each of them is held against the rows.
    for (from, to, rule) in [
        ("|3|6.50", "|2|6.50", "[count-mismatch]"),
        ("|3|6.50", "|3|6.51", "[sum-mismatch]"),
        ("|2|4.25", "|3|4.25", "[count-mismatch]"),
        ("|2|4.25", "|2|4.24", "[sum-mismatch]"),
        ("|1|2.25", "|0|2.25", "[count-mismatch]"),
        ("|1|2.25", "|1|2.20", "[sum-mismatch]"),
    ] {
        let said = own.refused(text.replacen(from, to, 1).as_bytes());
        assert!(said.contains(rule), "{from} {to}: {said}");
    }
}

#[test]
fn what_a_result_says_of_its_group_is_not_said_of_a_row() {
    let row = "{ name = \"batch\", item = \"x_batch\" }";
    let own = of_layout(&IN_FRONT.replacen(row, "{ name = \"batch\", item = \"group.account\" }", 1));
    let said = own.refused_as_a_call(b"H|20020|0|0.00|0|0.00|0|0.00\n");
    assert!(said.contains("`group.account` is said of the group that a result answers"), "{said}");
}

#[test]
fn the_records_of_a_whole_file_are_counted() {
    let said = refused("norma43", &bytes("norma43", "statement.txt", "999999000006", "999999000007"));
    assert!(said.contains("`000007` records are declared, 6 are there"), "{said}");
}

#[test]
fn a_line_that_is_one_byte_short_is_refused() {
    let said = refused("norma43", &bytes("norma43", "statement.txt", "EASTERN WORKS ", "EASTERN WORKS"));
    assert!(said.contains("line 5") && said.contains("[row-cut]"), "{said}");
    let said = refused(
        "zengin-debit.payments",
        &bytes("zengin-debit", "payments.txt", "00000000000000010        ", "00000000000000010       "),
    );
    assert!(said.contains("line 2") && said.contains("[row-cut]"), "{said}");
    // Without its last digit the balance would be another.
    let said = refused(
        "cfonb120",
        &bytes(
            "cfonb120",
            "statement.txt",
            "18       0000000008002E                ",
            "18       0000000008002E               ",
        ),
    );
    assert!(said.contains("[row-cut]"), "{said}");
}

#[test]
fn a_statement_without_an_account_is_refused() {
    let said = refused("coda", &bytes("coda", "statement.txt", "12017BE68539007547034", "12017                "));
    assert!(said.contains("the statement names no account") && said.contains("[account-missing]"), "{said}");
}

/// 当座 and 普通 accounts may have one number.
#[test]
fn a_statement_keeps_the_kind_of_its_account() {
    let from = "0001200017";
    let file = template::example("zengin-transfer", "statement.txt").expect("an example");
    let at = file.windows(from.len()).position(|bytes| bytes == from.as_bytes()).expect("an account");
    let mut current = file.to_vec();
    assert_eq!(current[at - 1], b'1');
    current[at - 1] = b'2';
    let lines = read("zengin-transfer", &current);
    assert!(lines.contains("\"kind\":\"2\""), "{lines}");
    let own = of_its_own("zengin-transfer", "width = 200", "width = 200");
    let camt = own.convert(&["--from", "own", "--to", "camt.053.001.08"], &current).stdout;
    assert!(String::from_utf8_lossy(&camt).contains("<Tp><Prtry>2</Prtry></Tp>"), "{}", String::from_utf8_lossy(&camt));
    let again = own.convert(&["--from", "camt.053", "--to", "own.statement"], &camt).stdout;
    assert_eq!(again.get(at - 1), Some(&b'2'), "{}", String::from_utf8_lossy(&again));
}
