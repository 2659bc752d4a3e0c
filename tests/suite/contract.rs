//! What only the contract with a bank says: an ERP has no column for it, and the installation says it once.

use super::convert::{err, out};
use super::layouts::{example, of_its_own, refused};

/// Payments in our own CSV, as an ERP in Japan would give them.
const PAYMENTS: &str = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,amount,currency,end_to_end_id,x_branch\n\
    2026-12-10,ｱｵﾊﾞｼﾖｳｼﾞ(ｶ,1200017,1,ﾔﾏﾀﾞ ﾀﾛｳ,7600175,5,150000,JPY,QH1,1\n";

#[test]
fn what_only_the_contract_says_is_said_once() {
    let plain = of_its_own("zengin-transfer", "one-group = true", "one-group = true");
    let output = plain.convert(&["--to", "own"], PAYMENTS.as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let said = err(&output);
    assert!(said.contains("委託者コード") && said.contains("\"group.party_id\" = "), "{said}");
    assert!(said.contains("[party.layout.payments.values]"), "{said}");
    let values = "one-group = true\nvalues = { \"group.party_id\" = \"17\", \"group.branch\" = \"1\", \"group.account_kind\" = \"2\" }";
    let own = of_its_own("zengin-transfer", "one-group = true", values);
    let output = own.convert(&["--to", "own"], PAYMENTS.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = encoding_rs::SHIFT_JIS.decode(&output.stdout).0.into_owned();
    let rows: Vec<&str> = written.lines().collect();
    assert!(rows[0].starts_with("12100000000017ｱｵﾊﾞｼﾖｳｼﾞ(ｶ "), "{written}");
    // Numbers of banks and branches are filled with zeros in front; the account is a 当座 one.
    assert!(rows[0].contains("12100001 ") && rows[0].contains("001               21200017"), "{written}");
    assert!(rows[1].starts_with("20005") && rows[1].contains("               001 "), "{written}");
    // What the file says goes before, and comes back.
    let back = own.convert(&["--from", "own"], &output.stdout);
    assert!(out(&back).contains(r#""account_kind":"2""#), "{}", out(&back));
    let whole = example_of_zengin();
    let again = own.convert(&["--from", "own", "--to", "own"], &whole);
    assert_eq!(again.stdout, whole, "{}", err(&again));
}

fn example_of_zengin() -> Vec<u8> {
    bankferry::template::example("zengin-transfer", "payments.txt").expect("an example").to_vec()
}

#[test]
fn an_installation_says_it_in_its_party() {
    let of_bank = "layout.payments.values = { \"group.party_id\" = \"17\", \"group.branch\" = \"1\" }";
    let house = super::banks::House::with("csv-erp", "", "zengin-transfer", of_bank);
    let template = house.bank();
    let plan = template.layout.get(bankferry::format::layout::Carries::Payments).expect("a layout");
    assert_eq!(plan.layout.values.0.len(), 2);
}

#[test]
fn what_is_each_payees_is_not_said_once_for_all() {
    let agreed = "one-group = true\nvalues = { \"group.party_id\" = \"17\", \"group.branch\" = \"1\" }";
    let plain = of_its_own("zengin-transfer", "one-group = true", agreed);
    let output = plain.convert(&["--to", "own"], PAYMENTS.replace("QH1,1", "QH1,").as_bytes());
    let said = err(&output);
    assert!(said.contains("被仕向支店番号") && !said.contains("layout.payments.values"), "{said}");
    for value in ["x_branch", "x_account_kind"] {
        let values = format!("one-group = true\nvalues = {{ {value} = \"1\" }}");
        let own = of_its_own("zengin-transfer", "one-group = true", &values);
        let said = err(&own.convert(&["--to", "own"], PAYMENTS.as_bytes()));
        assert!(said.contains(&format!("`{value}` may not be the same for all payments")), "{said}");
    }
}

#[test]
fn a_value_that_no_field_carries_is_told() {
    let own =
        of_its_own("zengin-transfer", "one-group = true", "one-group = true\nvalues = { \"group.agnt\" = \"1\" }");
    let output = own.convert(&["--to", "own"], PAYMENTS.as_bytes());
    assert!(err(&output).contains("did you mean `group.agent`"), "{}", err(&output));
    let own = of_its_own("zengin-transfer", "one-group = true", "one-group = true\nvalues = { purpose = \"1\" }");
    let output = own.convert(&["--to", "own"], PAYMENTS.as_bytes());
    assert!(err(&output).contains("no field of the layout carries `purpose`"), "{}", err(&output));
}

#[test]
fn every_part_of_a_zengin_file_comes_back() {
    let whole = example_of_zengin();
    let text = encoding_rs::SHIFT_JIS.decode(&whole).0.into_owned();
    // An account of another kind, a branch with its name, an EDI mark.
    let changed = text.replacen("ﾐｽﾞﾎ           001               1", "ﾐｽﾞﾎ           001ﾎﾝﾃﾝ           2", 1).replacen(
        "QH01      7 ",
        "QH01      7Y",
        1,
    );
    assert_ne!(changed.matches("ﾎﾝﾃﾝ").count(), text.matches("ﾎﾝﾃﾝ").count());
    let bytes = encoding_rs::SHIFT_JIS.encode(&changed).0.into_owned();
    let own = of_its_own("zengin-transfer", "one-group = true", "one-group = true");
    let again = own.convert(&["--from", "own", "--to", "own"], &bytes);
    assert_eq!(again.stdout, bytes, "{}", err(&again));
}

#[test]
fn a_day_that_would_be_read_in_another_year_is_not_written_without_one() {
    let values = "one-group = true\nvalues = { \"group.party_id\" = \"17\", \"group.branch\" = \"1\" }";
    let own = of_its_own("zengin-transfer", "one-group = true", values);
    let far = PAYMENTS.replace("2026-12-10", "2031-06-10");
    let output = own.convert(&["--to", "own"], far.as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("2031-06-10 would be read as"), "{}", err(&output));
}

#[test]
fn an_overdraft_of_a_zengin_statement_is_a_debit_both_ways() {
    let bytes = bankferry::template::example("zengin-transfer", "statement.txt").expect("an example");
    let text = encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned();
    // 1 before and 2 after: 5000000 in credit, and 4930025 that are owed.
    let owed = text.replacen("100000004930025", "200000004930025", 1);
    assert_ne!(owed, text);
    let owed = encoding_rs::SHIFT_JIS.encode(&owed).0.into_owned();
    let own = of_its_own("zengin-transfer", "one-group = true", "one-group = true");
    let output = own.convert(&["--from", "own"], &owed);
    let said = out(&output);
    assert!(said.contains(r#"{"type":"CLBD","amount":"4930025","currency":"JPY","indicator":"DBIT""#), "{said}");
    assert!(said.contains("balance-mismatch"), "{said}");
    let again = own.convert(&["--from", "own", "--to", "own"], &owed);
    assert_eq!(again.stdout, owed, "{}", err(&again));
}

#[test]
fn a_year_of_the_common_era_is_not_one_of_the_era() {
    let bytes = bankferry::template::example("zengin-transfer", "statement.txt").expect("an example");
    let text = encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned();
    let western = text.replacen("08120", "26120", 9).replacen("0812", "2612", 9);
    let said = refused("zengin-transfer", &encoding_rs::SHIFT_JIS.encode(&western).0);
    assert!(said.contains("years of the Reiwa era") && said.contains("write `yy` for `rr`"), "{said}");
}

#[test]
fn a_bonus_is_a_payroll_of_its_own_kind() {
    let bonus = bankferry::template::example("zengin-bonus", "payments.txt").expect("an example");
    assert!(bonus.starts_with(b"112"));
    let said = refused("zengin-bonus", bankferry::template::example("zengin-payroll", "payments.txt").expect("one"));
    assert!(said.contains("line 1"), "{said}");
}

#[test]
fn a_negative_balance_is_written_with_its_direction_or_not_at_all() {
    let statement = example("norma43", "statement.txt");
    // The account began in debit: 1 is haber of the bank, 0000001000000 without a sign.
    let debit = statement.replacen("2612012612022000000010000009783", "2612012612021000000010000009783", 1);
    assert_ne!(debit, statement);
    let own = of_its_own("norma43", "currency = \"EUR\"", "currency = \"EUR\"");
    let again = own.convert(&["--from", "own", "--to", "own"], debit.as_bytes());
    assert_eq!(String::from_utf8_lossy(&again.stdout), debit, "{}", err(&again));
}

#[test]
#[allow(clippy::disallowed_methods)]
fn a_key_that_no_party_has_is_told_with_its_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = "[installation]\nname = \"x\"\nenvironment = \"test\"\n\n[[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n\
        acounts = [\"1\"]\n";
    std::fs::write(dir.path().join("bankferry.toml"), config).expect("written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.arg("--dir").arg(dir.path()).args(["--lang", "en", "status"]).output().expect("run");
    let said = err(&output);
    assert!(said.contains("line 8, column 1") && said.contains("did you mean `accounts`"), "{said}");
    let wrong = config.replace("acounts", "shoes");
    std::fs::write(dir.path().join("bankferry.toml"), wrong).expect("written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.arg("--dir").arg(dir.path()).args(["--lang", "en", "status"]).output().expect("run");
    assert!(err(&output).contains("`sftp`") && err(&output).contains("`accounts`"), "{}", err(&output));
}

/// An example of payments with some of its values changed, as JSON lines.
fn changed(template: &str, changes: &[(&str, &str)]) -> String {
    let whole = bankferry::template::example(template, "payments.txt").expect("an example");
    let own = of_its_own(template, "one-group = true", "one-group = true");
    let read = out(&own.convert(&["--from", &format!("{template}.payments")], whole));
    changes.iter().fold(read, |text, (from, to)| {
        assert!(text.contains(from), "{template}: {from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn numbers_of_japanese_banks_and_branches_are_filled_with_zeros() {
    let own = of_its_own("zengin-debit", "one-group = true", "one-group = true");
    let short = [
        ("\"agent\":\"0005\"", "\"agent\":\"9\""),
        ("\"x_branch\":\"001\"", "\"x_branch\":\"7\""),
        ("\"branch\":\"001\"", "\"branch\":\"5\""),
        ("\"agent\":\"0001\"", "\"agent\":\"5\""),
    ];
    let output = own.convert(&["--to", "zengin-debit"], changed("zengin-debit", &short).as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let lines: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    assert_eq!((&lines[0][58..62], &lines[0][77..80]), (&b"0005"[..], &b"005"[..]));
    assert_eq!((&lines[1][1..5], &lines[1][20..23]), (&b"0009"[..], &b"007"[..]));
}

#[test]
fn codes_of_japanese_files_are_those_that_the_format_has() {
    for (template, from, to, field) in [
        ("zengin-transfer", "\"x_branch\":\"001\"", "\"x_branch\":\"A-1\"", "被仕向支店番号"),
        ("zengin-transfer", "\"branch\":\"001\"", "\"branch\":\"A1\"", "仕向支店番号"),
        ("zengin-transfer", "\"x_account_kind\":\"1\"", "\"x_account_kind\":\"7\"", "預金種目"),
        ("zengin-transfer", "\"account_kind\":\"1\"", "\"account_kind\":\"4\"", "預金種目"),
        ("zengin-transfer", "\"x_transfer_kind\":\"7\"", "\"x_transfer_kind\":\"X\"", "振込指定区分"),
        ("zengin-debit", "\"x_branch\":\"001\"", "\"x_branch\":\"A-1\"", "引落支店番号"),
        ("zengin-debit", "\"x_account_kind\":\"1\"", "\"x_account_kind\":\"7\"", "預金種目"),
    ] {
        let own = of_its_own(template, "one-group = true", "one-group = true");
        let output = own.convert(&["--to", template], changed(template, &[(from, to)]).as_bytes());
        let said = err(&output);
        assert!(output.status.code() == Some(1) && said.contains(field), "{template} {to}: {said}");
    }
    // A kind of account that the payer has not, and a payee may have.
    let own = of_its_own("zengin-transfer", "one-group = true", "one-group = true");
    let savings = changed("zengin-transfer", &[("\"x_account_kind\":\"1\"", "\"x_account_kind\":\"4\"")]);
    assert_eq!(own.convert(&["--to", "zengin-transfer"], savings.as_bytes()).status.code(), Some(0));
}

#[test]
fn names_in_japanese_files_have_the_signs_that_the_format_has() {
    let own = of_its_own("zengin-transfer", "one-group = true", "one-group = true");
    let named = |name: &str| {
        let text = changed("zengin-transfer", &[("\"name\":\"ﾔﾏﾀﾞ ﾀﾛｳ\"", &format!("\"name\":\"{name}\""))]);
        own.convert(&["--to", "zengin-transfer"], text.as_bytes())
    };
    for name in ["ﾔﾏﾀﾞ(ｶ)-1.", "ヤマダ　タロウ", "ABC ｼﾖｳｼﾞ"] {
        assert_eq!(named(name).status.code(), Some(0), "{name}: {}", err(&named(name)));
    }
    for (name, sign) in [("ﾔﾏﾀﾞ|ﾀﾛｳ", "|"), ("ﾔﾏﾀﾞ~", "~"), ("ﾔﾏﾀﾞ/ﾀﾛｳ", "/"), ("｢ﾔﾏﾀﾞ｣", "｢")]
    {
        let said = err(&named(name));
        assert_eq!(named(name).status.code(), Some(1), "{name}");
        assert!(said.contains("受取人名") && said.contains(&format!("has no `{sign}`")), "{said}");
    }
}
