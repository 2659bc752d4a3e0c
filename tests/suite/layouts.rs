//! Files in the layouts of templates that say too little, too much or two things at once: refused, with the place.

use std::path::Path;
use std::process::{Command, Output};

use bankferry::template;

use super::convert::{err, out};

/// An example of a template, as text.
pub fn example(name: &str, file: &str) -> String {
    let bytes = template::example(name, file).expect("an example");
    encoding_rs::GB18030.decode(bytes).0.into_owned()
}

/// `convert` of a file with these bytes.
fn convert(arguments: &[&str], bytes: &[u8]) -> Output {
    convert_in(tempfile::tempdir().expect("a folder").path(), arguments, bytes)
}

#[allow(clippy::disallowed_methods)]
fn convert_in(dir: &Path, arguments: &[&str], bytes: &[u8]) -> Output {
    let path = dir.join("input.txt");
    std::fs::write(&path, bytes).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(dir).arg("convert").args(arguments).arg(&path);
    command.env_remove("LANG").env_remove("LC_ALL").output().expect("run")
}

pub fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// What is said of a file that must be refused.
pub fn refused(from: &str, bytes: &[u8]) -> String {
    let output = convert(&["--from", from], bytes);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(1), "{from}: {said}");
    assert!(
        said.lines().any(|line| line.starts_with("error: ")) && !out(&output).contains("\"type\":\"end\""),
        "{from}: {said}"
    );
    said
}

/// What is made of a file that must be read.
pub fn read(from: &str, bytes: &[u8]) -> String {
    let output = convert(&["--from", from], bytes);
    assert_eq!(output.status.code(), Some(0), "{from}: {}", err(&output));
    out(&output)
}

/// A template of an installation's own.
pub struct OwnTemplate {
    dir: tempfile::TempDir,
}

/// A copy of a template, called `own`, in which `from` is replaced by `to` once.
pub fn of_its_own(of: &str, from: &str, to: &str) -> OwnTemplate {
    let source = template::built_in().find(|(name, _)| *name == of).expect("a template").1;
    let from = source.rfind(from).map(|at| at..at + from.len()).expect("what is replaced");
    let source = format!("{}{to}{}", &source[..from.start], &source[from.end..]);
    own(&source.replacen(&format!("name = \"{of}\""), "name = \"own\"", 1))
}

/// A template `own` of this text.
#[allow(clippy::disallowed_methods)]
fn own(source: &str) -> OwnTemplate {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("templates")).expect("a folder");
    std::fs::write(dir.path().join("templates/own.toml"), source).expect("written");
    OwnTemplate { dir }
}

/// A bank's template `own` of nothing but these tables.
pub fn of_layout(tables: &str) -> OwnTemplate {
    let head =
        "name = \"own\"\nkind = \"bank\"\n[provenance]\nsource = \"a test\"\ndate = \"2026-11-28\"\nverified = false\n";
    own(&format!("{head}{tables}"))
}

impl OwnTemplate {
    /// What is made of a file that must be read.
    pub fn read(&self, bytes: &[u8]) -> String {
        let output = self.convert(&["--from", "own"], bytes);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output)
    }

    /// What is said of a file that must be refused.
    pub fn refused(&self, bytes: &[u8]) -> String {
        let output = self.convert(&["--from", "own"], bytes);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        err(&output)
    }

    /// What is said of the template, with which nothing can be read.
    pub fn refused_as_a_call(&self, bytes: &[u8]) -> String {
        let output = self.convert(&["--from", "own"], bytes);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        err(&output)
    }

    /// A command of the program, with this template.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.args(arguments).arg("--dir").arg(self.dir.path());
        command.env_remove("LANG").env_remove("LC_ALL").output().expect("run")
    }

    /// `convert` of a file with these bytes.
    pub fn convert(&self, arguments: &[&str], bytes: &[u8]) -> Output {
        convert_in(self.dir.path(), arguments, bytes)
    }
}

#[test]
fn a_row_that_says_both_debit_and_credit_is_refused() {
    let statement = example("icbc", "statement.txt");
    let with = |from: &str, to: &str| {
        assert!(statement.contains(from), "{from}");
        gbk(&statement.replacen(from, to, 1))
    };
    let word = refused("icbc", &with(",借,12345.00,,", ",贷,12345.00,,"));
    assert!(word.contains("line 3") && word.contains("says CRDT") && word.contains("column of DBIT"), "{word}");
    let both = refused("icbc", &with(",借,12345.00,,", ",借,12345.00,0.01,"));
    assert!(both.contains("line 3") && both.contains("both columns"), "{both}");
    // A zero in the other column says nothing, and a negative debit is money that came back.
    let zero = read("icbc", &with(",借,12345.00,,", ",借,12345.00,0.00,"));
    assert!(zero.contains(r#""amount":"12345.00","currency":"CNY","indicator":"DBIT""#), "{zero}");
    let red = read("icbc", &with(",借,12345.00,,", ",借,-12345.00,,"));
    assert!(red.contains(r#""amount":"12345.00","currency":"CNY","indicator":"CRDT""#), "{red}");
}

/// The bank's export in its other columns: one of amounts with a word for the direction, or one for each direction.
#[test]
fn a_statement_is_read_in_all_its_variants() {
    let head = "[HISTORYDETAIL]\r\n";
    let one = "本方账号,对方账号,交易时间,借/贷,金额,凭证号,对方单位,对方行号,用途,摘要,附言,个性化信息\r\n\
        2002000000000000017,6222000000000000175,2026-12-01 00:00:00,借,100.00,301,远山材料有限公司,,货款,汇款,,\r\n";
    let all = read("icbc", &gbk(&format!("{head}{one}")));
    assert!(all.contains(r#""amount":"100.00","currency":"CNY","indicator":"DBIT""#), "{all}");
    let two = "本方账号,对方账号,交易时间,转出金额,转入金额,对方单位,余额\r\n\
        2002000000000000017,6222000000000000175,2026-12-01 00:00:00,,100.00,远山材料有限公司,200.00\r\n";
    let all = read("icbc", &gbk(&format!("{head}{two}")));
    assert!(all.contains(r#""amount":"100.00","currency":"CNY","indicator":"CRDT""#), "{all}");
    // Without a word for it nobody knows which way the money went.
    let said = refused("icbc", &gbk(&format!("{head}{}", one.replace(",借,", ",,"))));
    assert!(said.contains("line 3") && said.contains("[direction-unknown]"), "{said}");
    let footer = example("abc", "statement.txt");
    let said = read("abc", &gbk(&footer.replacen("1 支 1,000.00", "2 支 1,000.00", 1)));
    assert!(said.contains("count-mismatch"), "{said}");
}

/// Exports have titles and conditions above their columns: passed over and told, as many as the template says.
#[test]
fn lines_above_the_columns_are_passed_over() {
    let statement = example("cmb", "statement.txt");
    let above = |lines: usize| gbk(&format!("{}{statement}", "查询条件：全部,,\r\n".repeat(lines)));
    let all = read("cmb", &above(9));
    assert_eq!(all.matches("\"preamble\"").count(), 9, "{all}");
    assert_eq!(all.matches("\"type\":\"entry\"").count(), read("cmb", &above(0)).matches("\"type\":\"entry\"").count());
    assert!(refused("cmb", &above(13)).contains("line 13"));
    // What is below them is never passed over, and without them nothing is read.
    let cut = statement.split_once('\n').expect("columns").1;
    assert!(refused("cmb", &gbk(cut)).contains("error: "));
}

#[test]
fn a_sign_that_contradicts_the_word_is_refused() {
    let statement = example("boc", "statement.txt");
    let said = refused("boc", &gbk(&statement.replacen(",-1000.00,", ",1000.00,", 1)));
    assert!(said.contains("line 9") && said.contains("says DBIT") && said.contains("1000.00"), "{said}");
    let statement = example("icbc", "statement.txt").replacen(",借,12345.00,,12345.00,", ",贷,,0.00,0.00,", 1);
    assert!(read("icbc", &gbk(&statement)).contains(r#""amount":"0.00""#));
}

#[test]
fn a_row_that_is_cut_is_refused_with_its_line() {
    let files = [
        ("icbc", "statement.txt", ","),
        ("icbc", "status.txt", "|"),
        ("cmb", "statement.txt", ","),
        ("ccb", "status.txt", "|"),
        ("citic", "statement.txt", ","),
        ("erp-kingdee", "payments.txt", ","),
        ("erp-sap-dmee", "payments.txt", ";"),
        ("psbc", "payments.txt", "|"),
        ("cib", "payments.txt", "|"),
    ];
    for (name, file, delimiter) in files {
        let whole = example(name, file);
        let whole = whole.trim_end();
        read(name, &gbk(&format!("{whole}\r\n")));
        let line = whole.lines().count();
        let last = whole.lines().last().expect("a line");
        let end = whole.len() - last.len();
        // A delimiter behind the last value holds nothing.
        let cells = last.trim_end_matches(delimiter).matches(delimiter).count();
        for column in 1..=cells {
            let at = last.match_indices(delimiter).nth(column - 1).expect("a delimiter").0;
            if at == 0 {
                // Nothing of the row is left.
                continue;
            }
            let said = refused(name, &gbk(&format!("{}\r\n", &whole[..end + at])));
            assert!(said.contains(&format!("line {line}")), "{name}, column {column}: {said}");
        }
    }
}

#[test]
fn a_row_with_a_column_too_many_is_refused() {
    let payments = example("erp-kingdee", "payments.txt").replacen("远山材料有限公司", "远山,材料有限公司", 1);
    let said = refused("erp-kingdee", &gbk(&payments));
    assert!(said.contains("line 2") && said.contains("12 columns, 11") && said.contains("delimiter"), "{said}");
    let open = example("erp-kingdee", "payments.txt").replacen(",货款", ",\"货款", 1);
    let said = refused("erp-kingdee", &gbk(&open));
    assert!(said.contains("line 2") && said.contains("quotation mark"), "{said}");
}

#[test]
fn a_line_that_ends_within_an_amount_is_refused() {
    let payments = example("erp-fixed", "payments.txt");
    let second = payments.lines().nth(1).expect("a payment");
    let said = refused("erp-fixed", payments.replacen(second, &second[..55], 1).as_bytes());
    assert!(said.contains("line 2") && said.contains("`amount`"), "{said}");
    // The blanks at the ends of lines may be missing; where other lines have theirs, more is.
    let trimmed: String = payments.lines().map(|line| line.trim_end().to_string() + "\n").collect();
    read("erp-fixed", trimmed.as_bytes());
    let said = refused("erp-fixed", payments.replacen(second, second.trim_end(), 1).as_bytes());
    assert!(said.contains("line 2") && said.contains("`remittance`"), "{said}");
}

#[test]
fn rows_may_be_short_where_the_template_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("templates");
    let put = |path: &std::path::Path, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        super::banks::write(path, bytes);
    };
    let source = "extends = \"erp-kingdee\"\nname = \"our-erp\"\n[layout.payments]\nshort-rows = true\n";
    put(&folder.join("our-erp.toml"), source.as_bytes());
    let input = dir.path().join("input.csv");
    put(&input, &gbk(example("erp-kingdee", "payments.txt").trim_end().strip_suffix(",差旅费").expect("a purpose")));
    let run = |from: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(dir.path()).args(["convert", "--from", from]).arg(&input).output().expect("run")
    };
    assert_eq!(run("erp-kingdee").status.code(), Some(1));
    let done = run("our-erp");
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(out(&done).contains("FK-2026-0018"));
}

#[test]
fn a_file_whose_last_line_has_no_end_is_told() {
    let payments = example("erp-kingdee", "payments.txt");
    let output = convert(&["--from", "erp-kingdee"], &gbk(payments.trim_end()));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("[no-line-end]"), "{}", err(&output));
}

#[test]
fn a_file_in_another_encoding_is_refused_and_both_are_named() {
    for (name, file, agreed) in [
        ("erp-kingdee", "payments.txt", "gb18030"),
        ("erp-yonyou", "payments.txt", "gb18030"),
        ("psbc", "payments.txt", "gbk"),
        ("cib", "payments.txt", "gbk"),
        ("cmb", "statement.txt", "gbk"),
        ("icbc", "statement.txt", "gbk"),
        ("cn-receipts.receipts", "receipts.txt", "gb18030"),
    ] {
        let template = name.split('.').next().unwrap_or(name);
        let said = refused(name, example(template, file).as_bytes());
        assert!(said.contains(&format!("be in {agreed}")) && said.contains("seems to be in UTF-8"), "{name}: {said}");
    }
    // And the other way round.
    let dbs = String::from_utf8_lossy(template::example("erp-sap-dmee", "payments.txt").expect("one")).into_owned();
    let said = refused("erp-sap-dmee", &gbk(&dbs.replacen("Far Hills Supplies", "远山材料有限公司", 1)));
    assert!(said.contains("line 2") && said.contains("be in utf-8") && said.contains("be in gb18030"), "{said}");
    // Who names the encoding of the file is believed.
    let kingdee = example("erp-kingdee", "payments.txt");
    let named = convert(&["--from", "erp-kingdee", "--encoding", "utf-8"], kingdee.as_bytes());
    assert_eq!(named.status.code(), Some(0), "{}", err(&named));
}

#[test]
fn bytes_of_no_character_are_refused_with_line_and_byte() {
    for (name, file) in [
        ("psbc", "payments.txt"),
        ("cib", "payments.txt"),
        ("cmb", "statement.txt"),
        ("cn-receipts.receipts", "receipts.txt"),
        ("erp-kingdee", "payments.txt"),
        ("icbc", "status.txt"),
    ] {
        let template = name.split('.').next().unwrap_or(name);
        let mut bytes = template::example(template, file).expect("an example").to_vec();
        let second = bytes.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
        bytes.insert(second + 2, 0xff);
        let said = refused(name, &bytes);
        assert!(said.contains("line 2: byte 3") && said.contains("gb"), "{name}: {said}");
    }
}

#[test]
fn a_file_that_ends_within_a_character_is_not_taken_for_another_encoding() {
    let bytes = template::example("icbc", "statement.txt").expect("an example");
    let end = bytes.iter().rposition(|b| *b >= 0x80).expect("a character");
    let said = refused("icbc", &bytes[..end]);
    assert!(said.contains("line 4: byte") && said.contains("gbk") && !said.contains("UTF-8"), "{said}");
}

#[test]
fn a_character_that_nobody_sees_is_refused_with_its_place() {
    for c in ['\0', '\t', '\u{1b}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{7f}'] {
        for (name, from) in [
            ("erp-kingdee", "6222000000000000175"),
            ("erp-kingdee", "远山材料有限公司"),
            ("erp-kingdee", "FK-2026-0017"),
            ("erp-yonyou", "远山材料有限公司"),
            ("erp-sap-dmee", "GB29NWBK60161331926819"),
        ] {
            let payments = example(name, "payments.txt");
            let (first, rest) = from.split_at(from.char_indices().nth(3).expect("characters").0);
            let changed = payments.replacen(from, &format!("{first}{c}{rest}"), 1);
            let bytes = if name == "erp-sap-dmee" { changed.into_bytes() } else { gbk(&changed) };
            let said = refused(name, &bytes);
            let code = format!("U+{:04X}", u32::from(c));
            assert!(said.contains("line 2, column") && said.contains(&code), "{name}, {from}: {said}");
        }
    }
}

#[test]
fn a_bank_that_writes_such_a_character_is_read_and_it_is_told() {
    let statement = example("icbc", "statement.txt").replacen("远山材料", "远山\u{202e}材料", 1);
    let output = convert(&["--from", "icbc"], &gbk(&statement));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("warning: line 3") && err(&output).contains("U+202E"), "{}", err(&output));
}

#[test]
fn an_amount_finer_than_its_currency_is_refused() {
    let kingdee = example("erp-kingdee", "payments.txt");
    let said = refused("erp-kingdee", &gbk(&kingdee.replacen("1000.00", "1000.005", 1)));
    assert!(said.contains("line 2") && said.contains("more than the 2 decimals of CNY"), "{said}");
    let sap = example("erp-sap-dmee", "payments.txt");
    let said = refused("erp-sap-dmee", sap.replacen("1000.00;EUR", "1000.001;EUR", 1).as_bytes());
    assert!(said.contains("2 decimals of EUR"), "{said}");
    let said = refused("erp-sap-dmee", sap.replacen("1000.00;EUR", "1000.50;JPY", 1).as_bytes());
    assert!(said.contains("0 decimals of JPY"), "{said}");
    // Zeros are no decimals.
    read("erp-sap-dmee", sap.replacen("1000.00;EUR", "1000.000;EUR", 1).as_bytes());
    read("erp-sap-dmee", sap.replacen("1000.00;EUR", "1000.00;JPY", 1).as_bytes());
    let statement = example("icbc", "statement.txt");
    refused("icbc", &gbk(&statement.replacen("12345.00", "12345.001", 1)));
    refused("icbc", &gbk(&example("icbc", "status.txt").replacen("0.50元", "0.505元", 1)));
}

/// `convert` of these bytes by one format into another, with what is said.
fn turned(from: &str, to: &str, bytes: &[u8]) -> (Vec<u8>, String) {
    let output = convert(&["--from", from, "--to", to], bytes);
    assert_eq!(output.status.code(), Some(0), "{from} to {to}: {}", err(&output));
    (output.stdout.clone(), err(&output))
}

#[test]
fn what_the_bank_has_no_column_for_is_told_once_for_each_part() {
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,\
         creditor_bank,amount,currency,end_to_end_id,remittance,purpose,charge_bearer,town,street,project\n",
    );
    for at in 1..=1500 {
        csv.push_str(&format!(
            "2026-12-01,青禾贸易有限公司,2002000000000000017,102331012015,远山材料有限公司,6222000000000000175,\
             102331012015,工行西湖支行,{at}.00,CNY,QH-{at},Invoice {at},货款,SHAR,杭州,文三路,77\n"
        ));
    }
    let (_, said) = turned("csv", "psbc", csv.as_bytes());
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("[not-carried]")).collect();
    for (level, part) in [
        ("warning", "remittance"),
        ("warning", "charge_bearer"),
        ("warning", "account"),
        ("info", "counterparty.address"),
        ("info", "x_project"),
    ] {
        let told = |line: &&&str| line.starts_with(level) && line.contains(&format!("`{part}`"));
        let told: Vec<&&str> = lines.iter().filter(told).collect();
        assert!(told.len() == 1 && told[0].contains("1500 rows"), "{part}: {said}");
    }
    // What the file carries is not told: the purpose has a column, in which the text stands where there is no purpose.
    assert!(!said.contains("`purpose`") && !said.contains("`end_to_end_id`"), "{said}");
    let (written, said) = turned("csv", "psbc", csv.replace(",货款,", ",,").as_bytes());
    assert!(!said.contains("`remittance`"), "{said}");
    assert!(encoding_rs::GBK.decode(&written).0.contains("|Invoice 7|"));
}

#[test]
fn ultimate_parties_and_references_are_not_dropped_without_a_word() {
    let payments = r#"{"type":"payments","format":"jsonl","declared":{"count":1,"sum":"12.50"}}
{"type":"group","id":"G","method":"TRF","execution_date":"2026-12-01","account":{"id":"2002000000000000017"},"party":{"name":"青禾贸易有限公司"},"agent_name":"工行"}
{"type":"payment","seq":1,"end_to_end_id":"E1","amount":"12.50","currency":"CNY","indicator":"CRDT","counterparty":{"name":"陆一鸣","account":"330100000000000201","agent_name":"工行"},"structured_reference":"RF18539007547034","x_ultimate_creditor":"远山材料有限公司"}
{"type":"payments_end","count":1,"sums":{"CNY":"12.50"},"findings":[]}
{"type":"end","format":"jsonl","documents":1,"findings":[]}
"#;
    let (_, said) = turned("jsonl", "icbc", payments.as_bytes());
    for part in ["structured_reference", "x_ultimate_creditor"] {
        assert!(said.contains(&format!("`icbc` has no column for `{part}`")), "{said}");
    }
    let output = convert(&["--from", "jsonl", "--to", "icbc"], payments.as_bytes());
    assert_eq!(err(&output).matches("warning: ").count(), 2, "{}", err(&output));
}

#[test]
fn an_entry_loses_nothing_on_its_way_to_an_erp_without_a_word() {
    let statement = example("icbc", "statement.txt");
    let (_, said) = turned("icbc", "multicash-umsatz-zh", &gbk(&statement));
    assert!(said.contains("no column for `counterparty.account`: it is left out in 2 rows"), "{said}");
    assert!(!said.contains("`end_to_end_id`") && !said.contains("`counterparty.name`"), "{said}");
}

#[test]
fn what_a_file_of_balances_says_of_its_entries_comes_back() {
    for name in ["multicash-auszug", "multicash-auszug-zh"] {
        let bytes = template::example(name, "statement.txt").expect("an example");
        let (lines, _) = turned(name, "jsonl", bytes);
        let text = String::from_utf8_lossy(&lines).into_owned();
        assert!(text.contains(r#""declared":{"count":"#) && text.contains(r#""entries":0"#), "{text}");
        let (again, _) = turned("jsonl", name, &lines);
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(bytes), "{name}");
    }
}

#[test]
fn a_refusal_goes_out_again_as_a_refusal() {
    for name in ["erp-kingdee", "erp-yonyou", "erp-sap-dmee", "erp-sap-dmee-zh"] {
        let bytes = template::example(name, "refusal.txt").expect("an example");
        let (lines, _) = turned(name, "jsonl", bytes);
        assert_eq!(turned("jsonl", name, &lines).0, bytes, "{name}");
        assert_eq!(turned(name, &format!("{name}.refusal"), bytes).0, bytes, "{name}");
    }
    let kingdee = template::example("erp-kingdee", "refusal.txt").expect("an example");
    let (yonyou, _) = turned("erp-kingdee", "erp-yonyou", kingdee);
    assert!(read("erp-yonyou", &yonyou).contains("erp-yonyou.refusal"));
    // A bank is told no refusals.
    let output = convert(&["--from", "erp-kingdee", "--to", "icbc"], kingdee);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("no layout for refusals") && err(&output).contains("hint: "), "{}", err(&output));
}

#[test]
fn a_name_with_a_character_that_nobody_sees_is_not_changed_but_refused_when_written() {
    let payments = example("erp-kingdee", "payments.txt");
    let (lines, _) = turned("erp-kingdee", "jsonl", &gbk(&payments));
    for c in ["\\t", "\\u0000", "\\u202e"] {
        let changed = String::from_utf8_lossy(&lines).replacen("远山材料", &format!("远山{c}材料"), 1);
        let output = convert(&["--from", "jsonl", "--to", "psbc"], changed.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).contains("record 1, field 户名") && err(&output).contains("U+"), "{}", err(&output));
    }
}

#[test]
fn three_decimals_of_a_currency_with_two_are_refused_even_where_they_are_zeros() {
    let text = example("erp-sap-dmee", "payments.txt").replacen(";1000.00;", ";1.000;", 1);
    let said = refused("erp-sap-dmee", text.as_bytes());
    assert!(said.contains("more than the 2 decimals"), "{said}");
}

#[test]
fn yen_are_not_written_into_a_file_that_counts_in_hundredths() {
    for template in ["cn-sftp", "icbc"] {
        let text = template::example(template, "payments.txt").expect("an example");
        let lines = read(template, text).replace("\"CNY\"", "\"JPY\"");
        let output = convert(&["--from", "jsonl", "--to", template], lines.as_bytes());
        assert!(output.status.code() == Some(1) && !err(&output).is_empty(), "{template}: {}", err(&output));
    }
}

/// Of two columns of one name, nobody knows which holds the amount; a row of names that was cut is no empty statement.
#[test]
fn a_row_of_names_says_every_column_once_and_whole() {
    let status = example("icbc", "status.txt").replacen("|金额|", "|金额|金额|", 1);
    let said = refused("icbc", &gbk(&status));
    assert!(said.contains("line 4") && said.contains("`金额` and `金额`"), "{said}");
    let statement = example("icbc", "statement.txt");
    let said = refused("icbc", &gbk(&statement.replacen(",贷方发生额,", ",贷方发生额,转入金额,", 1)));
    assert!(said.contains("line 2") && said.contains("`贷方发生额` and `转入金额`"), "{said}");
    let end = statement.find(",币种").expect("a column");
    let said = refused("icbc", &gbk(&statement[..end]));
    assert!(said.contains("ends in the middle"), "{said}");
}

/// Who takes the blanks off the end of a line leaves none: such a line lost something within it.
#[test]
fn a_short_line_that_ends_in_blanks_is_refused() {
    let file = template::example("zengin-transfer", "payments.txt").expect("an example");
    let lines: Vec<&[u8]> = file.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    let with = |first: &[u8]| [first, &lines[1..].join(&b"\n"[..])].join(&b"\n"[..]);
    let head = lines[0].trim_ascii_end();
    assert!(head.len() + 2 < lines[0].len());
    read("zengin-transfer", &with(head));
    let lost = [&head[..20], &lines[0][21..]].concat();
    let said = refused("zengin-transfer", &with(&lost));
    assert!(said.contains("line 1") && said.contains("ends in blanks"), "{said}");
}

/// A trailer says how many records there are, and how many debits.
#[test]
fn a_record_that_was_lost_is_told_by_the_trailer() {
    let file = template::example("coda", "statement.txt").expect("an example");
    read("coda", file);
    let lines: Vec<&[u8]> = file.split_inclusive(|b| *b == b'\n').collect();
    for mark in ["1", "22", "23"] {
        let kept: Vec<&[u8]> = lines.iter().copied().filter(|line| !line.starts_with(mark.as_bytes())).collect();
        let said = refused("coda", &kept.concat());
        assert!(said.contains("records are declared"), "{mark}: {said}");
    }
    let file = template::example("zengin-debit", "status.txt").expect("an example");
    let lines: Vec<&[u8]> = file.split_inclusive(|b| *b == b'\n').collect();
    let last = lines.iter().rposition(|line| line.starts_with(b"2")).expect("a debit");
    let said = refused("zengin-debit", &[&lines[..last], &lines[last + 1..]].concat().concat());
    assert!(said.contains("payments are declared"), "{said}");
}

#[test]
fn a_row_with_an_empty_cell_too_many_is_refused() {
    // The comma of an amount, and a last column that is empty: every column is one to the right.
    let payments = example("erp-yonyou", "payments.txt");
    let row = payments.lines().nth(1).expect("a payment");
    let mut cells: Vec<&str> = row.split(',').collect();
    *cells.last_mut().expect("a cell") = "";
    let whole = cells.join(",");
    read("erp-yonyou", &gbk(&payments.replacen(row, &whole, 1)));
    for (at, inserted) in [(8, "1,234.56"), (4, "远山,材料")] {
        let mut cells = cells.clone();
        cells[at] = inserted;
        let said = refused("erp-yonyou", &gbk(&payments.replacen(row, &cells.join(","), 1)));
        assert!(said.contains("line 2") && said.contains("12 columns, 11") && said.contains("holds a comma"), "{said}");
    }
    // A delimiter behind every row, the names among them, is a shape of its own.
    let open: String = payments.lines().map(|line| format!("{line},\r\n")).collect();
    read("erp-yonyou", &gbk(&open));
    let said = refused("erp-yonyou", &gbk(&payments.replacen(row, &format!("{row},"), 1)));
    assert!(said.contains("line 2") && said.contains("trailing-delimiter"), "{said}");
}

/// What is paid, booked or answered by a file, and to whom.
fn money(parts: &[bankferry::document::Part]) -> Vec<String> {
    use bankferry::document::Part;
    let told = |part: &Part| match part {
        Part::Payment(p) => Some(format!("{} {} {:?}", p.amount, p.currency, p.counterparty.account)),
        Part::Entry(e) => Some(format!("{} {} {:?}", e.amount, e.currency, e.indicator)),
        Part::PaymentStatus(s) => Some(format!("{:?} {:?}", s.amount, s.status)),
        Part::StatementEnd(e) => {
            let signed: Vec<_> = e.balances.iter().map(|b| (b.kind.clone(), b.signed().normalize())).collect();
            Some(format!("{signed:?}"))
        }
        _ => None,
    };
    parts.iter().filter_map(told).collect()
}

#[test]
fn a_delimiter_more_in_a_row_never_makes_another_amount() {
    let near = bankferry::document::parse_date("2026-11-25");
    let mut tried = 0;
    for (name, _) in template::built_in() {
        let found = template::find(Path::new("/nonexistent"), name).expect("a template");
        for plan in &found.layout.plans {
            let layout = &plan.layout;
            let Some(delimiter) = &layout.delimiter else { continue };
            let file = template::prove::example_file(plan.carries);
            let bytes = template::example(name, file).expect("an example");
            let (text, codec) = match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_string(), encoding_rs::UTF_8),
                Err(_) => (encoding_rs::GB18030.decode(bytes).0.into_owned(), encoding_rs::GB18030),
            };
            let before = money(&template::prove::read(plan, bytes, near).expect("readable"));
            let mut at = 0;
            for line in text.split_inclusive('\n') {
                let ends = line.trim_end_matches(['\r', '\n']).len();
                let places = line.char_indices().map(|(place, _)| place).filter(|place| *place < ends).chain([ends]);
                for place in places {
                    let (head, tail) = text.split_at(at + place);
                    let more = format!("{head}{delimiter}{tail}");
                    if let Ok(parts) = template::prove::read(plan, &codec.encode(&more).0, near) {
                        assert_eq!(money(&parts), before, "{name} {file}: {}", line.trim_end());
                    }
                    tried += 1;
                }
                at += line.len();
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// A statement of ICBC's shape: time, direction, amount and balance of each row.
fn icbc_rows(rows: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let statement = example("icbc", "statement.txt");
    let mut lines = statement.lines();
    let mut text: String = lines.by_ref().take(2).map(|line| format!("{line}\r\n")).collect();
    let cells: Vec<&str> = lines.next().expect("an entry").split(',').collect();
    for (time, side, amount, balance) in rows {
        let mut cells = cells.clone();
        let (debit, credit) = if *side == "借" { (*amount, "") } else { ("", *amount) };
        (cells[3], cells[4], cells[5], cells[6], cells[7], cells[13]) = (time, side, debit, credit, amount, balance);
        text.push_str(&format!("{}\r\n", cells.join(",")));
    }
    gbk(&text)
}

#[test]
fn the_days_tell_the_order_of_equal_and_opposite_entries() {
    // A payment and its return, the newest first: 1000 before, 900 between, 1000 after.
    let newest_first =
        [("2026-11-28 09:00:00", "贷", "100.00", "1000.00"), ("2026-11-27 09:00:00", "借", "100.00", "900.00")];
    let said = read("icbc", &icbc_rows(&newest_first));
    assert!(said.contains(r#"{"type":"OPBD","amount":"1000.00""#), "{said}");
    assert!(said.contains(r#"{"type":"CLBD","amount":"1000.00""#), "{said}");
    assert!(!said.contains("balance-"), "{said}");
    // By the time of one day as well.
    let within_a_day = newest_first.map(|(time, side, amount, balance)| {
        (if time.contains("28") { "2026-11-27 15:00:00" } else { time }, side, amount, balance)
    });
    let said = read("icbc", &icbc_rows(&within_a_day));
    assert!(said.contains(r#"{"type":"OPBD","amount":"1000.00""#) && !said.contains("balance-"), "{said}");
    // A third entry does not turn the order of the first two.
    let mut three = newest_first.to_vec();
    three.push(("2026-11-26 09:00:00", "贷", "30.00", "1000.00"));
    let said = read("icbc", &icbc_rows(&three));
    assert!(said.contains(r#"{"type":"OPBD","amount":"970.00""#) && !said.contains("balance-"), "{said}");
    // The oldest first they are read as before.
    let oldest_first =
        [("2026-11-27 09:00:00", "贷", "100.00", "1000.00"), ("2026-11-28 09:00:00", "借", "100.00", "900.00")];
    let said = read("icbc", &icbc_rows(&oldest_first));
    assert!(said.contains(r#"{"type":"OPBD","amount":"900.00""#), "{said}");
    assert!(said.contains(r#"{"type":"CLBD","amount":"900.00""#), "{said}");
}

#[test]
fn an_order_that_nothing_tells_is_not_guessed() {
    let same = "2026-11-27 09:00:00";
    let output = convert(
        &["--from", "icbc"],
        &icbc_rows(&[(same, "贷", "100.00", "1000.00"), (same, "借", "100.00", "900.00")]),
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("[balance-order]"), "{}", err(&output));
    assert!(!out(&output).contains("OPBD") && !out(&output).contains("CLBD"), "{}", out(&output));
}

#[test]
fn a_day_that_must_be_there_is_more_than_zeros_and_dashes() {
    for (name, day, nothing) in [("cmb", "20261201", "00000000"), ("cmb", "20261201", "-")] {
        let statement = example(name, "statement.txt");
        assert!(statement.contains(day), "{statement}");
        let said = refused(name, &gbk(&statement.replacen(day, nothing, 1)));
        assert!(said.contains("field-missing") && said.contains(nothing) && said.contains("line "), "{said}");
    }
}
