//! Statements on their way to an ERP and banks' words that must come back: nothing is refused for a text, nothing of
//! money is changed.

use super::convert::{err, out};
use super::layouts::{example, gbk, of_its_own, read, refused};

const MT940: &str = ":20:ST1\n:25:20041010/0050500013177\n:28C:00120/001\n:60F:C261130EUR5000,00\n\
    :61:2612011201D1234,56NTRFQH-01-A-REFERENCE-OF-MANY-LETTERS\n\
    :86:166?00TRANSFER?20EREF+A-REFERENCE-THAT-IS-LONGER-THAN-27?32FAR HILLS; SUPPLIES AND SONS OF THE EASTERN\n\
    :62F:C261201EUR3765,44\n-\n";

#[test]
fn a_statement_is_not_refused_for_one_of_its_texts() {
    let own = of_its_own("multicash-umsatz", "fold = \"latin\"", "fold = \"latin\"");
    let output = own.convert(&["--from", "mt940", "--to", "own"], MT940.as_bytes());
    let said = err(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let row = out(&output);
    let cells: Vec<&str> = row.trim_end().split(';').collect();
    assert_eq!(row.trim_end().matches(';').count(), 34, "{row}");
    assert_eq!(cells[2], "00120", "{row}");
    assert_eq!(cells[10], "-1234.56", "{row}");
    assert!(cells[29].starts_with("FAR HILLS") && cells[29].len() <= 27, "{row}");
    assert!(said.contains("[cut]") && said.contains("[folded]"), "{said}");
}

#[test]
fn an_account_of_a_statement_is_written_whole_or_not_at_all() {
    let own = of_its_own("multicash-umsatz", "item = \"account.id\", max = 24", "item = \"account.id\", max = 9");
    let output = own.convert(&["--from", "mt940", "--to", "own"], MT940.as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("too-long"), "{}", err(&output));
}

#[test]
fn amounts_in_thousandths_have_the_decimals_of_their_currency() {
    let said = read("coda", bankferry::template::example("coda", "statement.txt").expect("an example"));
    assert!(said.contains(r#""currency":"EUR""#), "{said}");
    for amount in said.split("\"amount\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(amount.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2), "{amount}: {said}");
    }
}

#[test]
fn a_trailer_of_another_account_or_count_is_refused() {
    let statement = example("norma43", "statement.txt");
    let account = "330020000115500000177";
    assert!(
        statement.contains("\n33002000015500000177") || statement.contains("3300200001550000017700001"),
        "{account}"
    );
    let other = statement.replacen("\n330020000155000001770", "\n330020000155000001780", 1);
    assert_ne!(other, statement);
    let said = refused("norma43", other.as_bytes());
    assert!(said.contains("contradiction") && said.contains("line 6"), "{said}");
    let said = refused("norma43", statement.replacen("999999999000006", "999999999000005", 1).as_bytes());
    assert!(said.contains("count-mismatch") && said.contains("line 7"), "{said}");
    let french = bankferry::template::example("cfonb120", "statement.txt").expect("an example");
    let french = String::from_utf8(french.to_vec()).expect("text");
    let at = french.rfind("00000000177").expect("the account of the trailer");
    let other = format!("{}00000000178{}", &french[..at], &french[at + 11..]);
    let said = refused("cfonb120", other.as_bytes());
    assert!(said.contains("contradiction"), "{said}");
    let entry = french.match_indices("00000000177").nth(1).expect("an entry").0;
    let other = format!("{}00000000178{}", &french[..entry], &french[entry + 11..]);
    assert!(refused("cfonb120", other.as_bytes()).contains("contradiction"));
}

#[test]
fn balances_without_a_day_have_the_days_of_their_statement() {
    let own = of_its_own("norma43", "currency = \"EUR\"", "currency = \"EUR\"");
    let statement = example("norma43", "statement.txt");
    let output = own.convert(&["--from", "own", "--to", "mt940"], statement.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains(":60F:C261201EUR") && said.contains(":62F:C261202EUR"), "{said}");
}

#[test]
fn a_row_without_a_currency_beside_others_is_refused() {
    let payments = example("erp-yonyou", "payments.txt");
    let other = payments.replacen("1000.00,人民币", "1000.00,USD", 1);
    assert!(read("erp-yonyou", &gbk(&other)).contains(r#""currency":"USD""#));
    let blank = other.replacen("234.50,人民币", "234.50,", 1);
    let said = refused("erp-yonyou", &gbk(&blank));
    assert!(said.contains("line 3") && said.contains("another row of the file names USD"), "{said}");
    // Beside rows of the file's own currency it is that.
    assert!(read("erp-yonyou", &gbk(&payments.replacen("234.50,人民币", "234.50,", 1))).contains("234.50"));
}

#[test]
fn an_express_transfer_of_icbc_comes_back_as_one() {
    let own = of_its_own("icbc", "last-line-end = false\ncomment = \"#\"", "last-line-end = false\ncomment = \"#\"");
    for (mode, word) in [("0", "no"), ("1", "yes"), ("3", "3")] {
        let text = example("icbc", "payments.txt").replacen("QH-20261201-01|0|", &format!("QH-20261201-01|{mode}|"), 1);
        let bytes = gbk(&text);
        let output = own.convert(&["--from", "own.payments"], &bytes);
        assert!(out(&output).contains(&format!(r#""x_transfer_mode":"{word}""#)), "{}", out(&output));
        let again = own.convert(&["--from", "own.payments", "--to", "own"], &bytes);
        assert_eq!(again.stdout, bytes, "{}", err(&again));
    }
}

#[test]
fn a_file_that_was_named_and_is_not_of_the_template_is_told_with_its_line() {
    let said = refused("zengin-transfer", b"9999 is no record\nnor is this\n");
    assert!(said.contains("line 1") && !said.contains("name the format"), "{said}");
    let said = refused("boc", &gbk("何日付款\n青禾贸易\n"));
    assert!(said.contains("line 1") && !said.contains("name the format"), "{said}");
}

#[test]
fn a_file_of_dbs_may_leave_empty_cells_at_the_end_out() {
    let payments = example("dbs", "payments.txt");
    let short = payments.replacen(",20,\r\n", ",20\r\n", 1).replacen(",20,\n", ",20\n", 1);
    assert_ne!(short, payments);
    assert!(read("dbs", short.as_bytes()).contains("LEE, JASON"));
    // The account may have another currency than the payment.
    let other = payments.replace(",SGD,QH-01,SGD", ",SGD,QH-01,USD").replace(",SGD,QH-02,SGD", ",SGD,QH-02,USD");
    assert!(read("dbs", other.as_bytes()).contains(r#""currency":"SGD"},"party""#));
}

#[test]
fn payer_and_payee_of_one_entry_are_two_names() {
    let french = bankferry::template::example("cfonb120", "statement.txt").expect("an example");
    let french = String::from_utf8(french.to_vec()).expect("text");
    let payee = french.lines().find(|line| line.contains("NBEFAR HILLS")).expect("a payee");
    let payer = payee.replacen("NBEFAR HILLS SUPPLIES", "NPYGREENFIELD SARL   ", 1);
    let both = french.replacen(payee, &format!("{payer}\r\n{payee}"), 1);
    let said = read("cfonb120", both.as_bytes());
    assert!(said.contains(r#""counterparty":{"name":"FAR HILLS SUPPLIES"}"#), "{said}");
}
