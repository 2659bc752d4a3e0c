//! What a file says and nobody reads, or what it cannot say: told, or refused, and never dropped without a word.

use super::convert::{err, out};
use super::layouts::{example, gbk, of_its_own, read, refused};

#[test]
fn a_line_of_the_title_is_told_and_a_row_among_them_is_refused() {
    for (bank, lines) in [("cib", 1), ("abc", 2), ("boc-payroll", 10)] {
        let file = example(bank, "status.txt");
        let told = read(bank, &gbk(&file));
        assert!(told.contains("is a line of the title and passed over"), "{bank}: {told}");
        let rows: String = file.lines().skip(lines).map(|line| format!("{line}\n")).collect();
        let said = refused(bank, &gbk(&rows));
        assert!(said.contains("line 1") && said.contains("reads as a row: it would be lost"), "{bank}: {said}");
    }
}

#[test]
fn a_value_of_a_payment_that_nobody_reads_is_told_once() {
    let file = example("bocom", "payments.txt").replace("predate=\"\"", "predate=\"20261231\"");
    let told = read("bocom", &gbk(&file));
    assert_eq!(told.matches("not-read").count(), 1, "{told}");
    assert!(told.contains("`predate` has `20261231`"), "{told}");
}

/// Payments of two entries, one of which is only announced.
const ANNOUNCED: &str = r#"{"type":"statement","kind":"statement","format":"mt940","id":"S1","number":"12","account":{"id":"100","currency":"EUR"},"to_date":"2026-12-14"}
{"type":"entry","seq":1,"amount":"15.00","currency":"EUR","indicator":"DBIT","reversal":false,"status":"BOOK","booking_date":"2026-12-14","value_date":"2026-12-14"}
{"type":"entry","seq":2,"amount":"7.00","currency":"EUR","indicator":"CRDT","reversal":false,"status":"PDNG","booking_date":"2026-12-14"}
{"type":"statement_end","entries":2,"credit_sum":"7.00","debit_sum":"15.00","balances":[{"type":"OPBD","amount":"100.00","currency":"EUR","indicator":"CRDT","date":"2026-12-14"},{"type":"CLBD","amount":"85.00","currency":"EUR","indicator":"CRDT","date":"2026-12-14"}],"findings":[]}
{"type":"end","format":"mt940","documents":1,"findings":[]}
"#;

#[test]
fn an_entry_that_is_not_booked_is_left_out_where_the_file_cannot_say_so() {
    for (name, row, wanted) in [("multicash-umsatz", "7.00", 0), ("multicash-auszug", ";1\r", 1)] {
        let own = of_its_own(name, "verified = false", "verified = false");
        let output = own.convert(&["--from", "jsonl", "--to", "own"], ANNOUNCED.as_bytes());
        let (file, said) = (out(&output), err(&output));
        assert!(output.status.success() && said.contains("1 entries are not booked yet and are left out"), "{said}");
        assert_eq!(file.matches(row).count(), wanted, "{name}: {file}");
    }
}

/// A payment with a value of its own, for a bank of Australia.
fn of_code(code: &str) -> String {
    format!(
        "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,amount,\
         currency,end_to_end_id,x_remitter,x_transaction_code\n2026-12-01,GREENFIELD,11110017,CBA,FAR HILLS,11110175,\
         062-000,1.00,AUD,E-1,GREENFIELD,{code}\n"
    )
}

#[test]
fn a_code_that_the_bank_does_not_have_is_refused() {
    let values = "[layout.payments]\nvalues = { \"group.branch\" = \"033-001\", \"group.party_id\" = \"301500\", \
        \"group.agent_name\" = \"WBC\" }";
    let own = of_its_own("aba", "[layout.payments]", values);
    let output = own.convert(&["--from", "csv", "--to", "own"], of_code("53").as_bytes());
    assert!(output.status.success() && out(&output).contains(" 530000000100"), "{}{}", err(&output), out(&output));
    for code in ["13", "99"] {
        let output = own.convert(&["--from", "csv", "--to", "own"], of_code(code).as_bytes());
        assert!(err(&output).contains(&format!("the file has no word for `{code}`")), "{}", err(&output));
    }
    let file = example("gdb", "payments.txt").replacen("|1|100000|", "|9|100000|", 1);
    let said = refused("gdb", &gbk(&file));
    assert!(said.contains("`9` is not one of the values of this field"), "{said}");
}

#[test]
fn a_debit_among_transfers_is_not_written_as_a_payment() {
    let lines = r#"{"type":"payments","format":"x","message_id":"M9"}
{"type":"group","id":"1","method":"TRF","execution_date":"2026-12-14","account":{"id":"2002000000000000017"},"party":{"name":"GREENFIELD"},"agent_name":"ICBC"}
{"type":"payment","seq":1,"end_to_end_id":"E1","amount":"1234.56","currency":"CNY","indicator":"DBIT","counterparty":{"name":"FAR","account":"6222000000000000175","agent_name":"ICBC"}}
{"type":"payments_end","count":1,"sums":{"CNY":"1234.56"},"findings":[]}
{"type":"end","format":"x","documents":1,"findings":[]}
"#;
    let own = of_its_own("icbc", "verified = false", "verified = false");
    for format in ["own", "pain.001.001.09"] {
        let output = own.convert(&["--from", "jsonl", "--to", format], lines.as_bytes());
        assert!(
            output.status.code() == Some(1) && err(&output).contains("[group-method]"),
            "{format}: {}",
            err(&output)
        );
    }
}
