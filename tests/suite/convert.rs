//! `bankferry convert`, run as a program.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CSV: &str = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id,cost_center\n\
    2026-12-01,DE89370400440532013000,Acme,GB29NWBK60161331926819,12.50,EUR,E1,77\n\
    2026-12-02,DE89370400440532013000,Jones,GB29NWBK60161331926819,7,EUR,E2,\n\
    2026-12-01,DE89370400440532013000,Smith,GB29NWBK60161331926819,1,EUR,E3,\n";

pub fn convert(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bankferry"))
        .arg("convert")
        .args(arguments)
        .env_remove("LANG")
        .env_remove("LC_ALL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments does not read; its input is then nobody's.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_payments_file_becomes_json_lines() {
    let output = convert(&["-"], CSV);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(r#"{"type":"payments","format":"csv""#), "{text}");
    assert!(lines[2].contains(r#""amount":"12.50","currency":"EUR","indicator":"CRDT""#), "{text}");
    assert!(lines[2].contains(r#""x_cost_center":"77""#), "{text}");
    assert_eq!(*lines.last().unwrap(), r#"{"type":"end","format":"csv","documents":1,"findings":[]}"#);
    let again = convert(&["-"], &text);
    assert_eq!(out(&again), text);
}

#[test]
fn a_refused_file_has_no_end() {
    let output = convert(&["-"], &CSV.replace("12.50", "\"12,50\""));
    assert_eq!(output.status.code(), Some(1));
    assert!(!out(&output).contains(r#""type":"end""#));
    let text = err(&output);
    assert!(text.starts_with("error: line 2, column 5, field amount: "), "{text}");
    assert!(text.contains("hint: "), "{text}");
}

#[test]
fn findings_speak_chinese_where_asked() {
    let output = convert(&["--lang", "zh", "-"], &CSV.replace("12.50", "\"12,50\""));
    assert!(err(&output).contains("不是有效金额"), "{}", err(&output));
}

#[test]
fn an_output_file_is_whole_or_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.jsonl");
    let name = path.to_str().unwrap();
    let output = convert(&["-", name], &CSV.replace("12.50", "bad"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let output = convert(&["-", name], CSV);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("\"findings\":[]}\n"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let output = convert(&["-", "/dev/null"], CSV);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!Path::new("/dev/null").is_file());
}

#[test]
fn a_wrong_call_does_nothing() {
    for arguments in [&["--from", "cvs", "-"][..], &["--to", "xml", "-"], &["--encoding", "klingon", "-"], &[]] {
        let output = convert(arguments, CSV);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(err(&output).starts_with("error: "), "{}", err(&output));
    }
    assert!(err(&convert(&["--from", "cvs", "-"], CSV)).contains("hint: did you mean `csv`?"));
}

#[test]
fn what_is_nothing_we_know_is_refused() {
    for text in ["", "hello\n", "{\\rtf1}", "\u{0}\u{1}"] {
        let output = convert(&["-"], text);
        assert_eq!(output.status.code(), Some(1), "{text:?}");
        assert!(err(&output).starts_with("error: "), "{}", err(&output));
    }
}

#[test]
fn a_control_file_beside_the_input_counts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pay.csv");
    let write = |path: &Path, text: &str| std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    write(&path, CSV);
    write(&path.with_extension("ctl"), "3,20.50\n");
    let run = || convert(&[path.to_str().unwrap()], "");
    assert_eq!(run().status.code(), Some(0));
    write(&path.with_extension("ctl"), "2,20.50\n");
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("control-total"), "{}", err(&output));
}

/// A payment of 310.45 in a currency, with what dialects quarrel about: an address, letters with accents.
fn payment_in(currency: &str) -> String {
    format!(
        "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,amount,\
         currency,end_to_end_id,street,town,post_code,country\n\
         2026-12-01,Example AG,CH9300762011623852957,UBSWCHZH80A,Zoë Müller,DE89370400440532013000,COBADEFFXXX,\
         310.45,{currency},R-1,Weg 1,Köln,50667,DE\n"
    )
}

#[test]
fn a_dialect_is_a_format_by_its_name() {
    // Version, batch booking, accents, address: each as the template says.
    for (dialect, currency, has, lacks) in [
        ("swiss-sps", "CHF", &["pain.001.001.09", "<BtchBookg>true", "Zoë Müller", "<StrtNm>Weg 1"][..], "AdrLine"),
        ("sepa-transfer", "EUR", &["pain.001.001.09", "<Cd>SEPA</Cd>", "<ChrgBr>SLEV", "Zoe Mueller"], "BtchBookg"),
        ("german-dk", "EUR", &["pain.001.001.03", "<AdrLine>Weg 1", "Zoe Mueller"], "TwnNm"),
        ("iso-hybrid", "EUR", &["<TwnNm>Köln", "<AdrLine>Weg 1"], "StrtNm"),
    ] {
        let output = convert(&["--to", dialect, "-"], &payment_in(currency));
        assert_eq!(output.status.code(), Some(0), "{dialect}: {}", err(&output));
        let text = out(&output);
        assert!(has.iter().all(|part| text.contains(part)) && !text.contains(lacks), "{dialect}: {text}");
    }
    let nacha = String::from_utf8_lossy(bankferry::template::example("nacha", "payments.txt").unwrap());
    let output = convert(&["--to", "nacha-crlf", "-"], &nacha);
    assert!(output.status.success() && out(&output).starts_with("101"), "{}", err(&output));
    assert!(out(&output).lines().all(|line| line.len() == 94) && out(&output).contains("\r\n"), "{}", out(&output));
}

#[test]
fn a_dialect_refuses_what_its_template_refuses_on_every_way() {
    let dollars = payment_in("USD");
    for arguments in [
        &["--to", "swiss-sps", "-"][..],
        &["--from", "swiss-sps", "-"],
        &["--template", "swiss-sps", "--to", "pain.001.001.09", "-"],
    ] {
        let output = convert(arguments, &dollars);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(err(&output).contains("the currency USD is not allowed here"), "{}", err(&output));
        assert!(!out(&output).contains("</Document>") && !out(&output).contains("\"type\":\"end\""));
    }
    for arguments in [&["--from", "swiss-sps", "-"][..], &["--template", "swiss-sps", "-"]] {
        let output = convert(arguments, &payment_in("CHF"));
        assert!(output.status.success() && out(&output).contains("\"type\":\"end\""), "{}", err(&output));
    }
    let output = convert(&["--to", "csv-erp", "-"], &payment_in("CHF"));
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("does not say how payments are written"), "{}", err(&output));
}

/// A bank's own file that nothing in it gives away: the templates that it may be of are named.
#[test]
#[allow(clippy::disallowed_methods)]
fn a_file_of_no_format_is_led_to_its_template() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["bocom", "cib", "ccb"] {
        let path = dir.path().join(name);
        std::fs::write(&path, bankferry::template::example(name, "payments.txt").unwrap()).unwrap();
        let path = path.to_str().unwrap();
        let output = convert(&[path], "");
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(&format!("as in `--from {name}`")), "{}", err(&output));
        assert!(convert(&["--from", name, path], "").status.success());
    }
    let output = convert(&["-"], "hello\n");
    assert!(err(&output).contains("name its format or its template with `--from`"), "{}", err(&output));
}

/// Banks refuse a message in which nobody asks: where the file does not say who does, the owner of the account does.
#[test]
fn who_asks_for_payments_is_never_left_empty() {
    let csv = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,\
        amount,currency,end_to_end_id\n2026-12-01,Greenfield Ltd,DE89370400440532013000,COBADEFFXXX,Far Hills,\
        GB29NWBK60161331926819,NWBKGB2L,1.00,EUR,E-1\n";
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("in.csv");
    super::banks::write(&path, csv.as_bytes());
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"))
        .args(["convert", "--to", "pain.001.001.09"])
        .arg(&path)
        .output()
        .expect("run");
    let file = out(&output);
    assert!(file.contains("<InitgPty>") && file.contains("<Nm>Greenfield Ltd</Nm>"), "{file}{}", err(&output));
    let header = file.split("</GrpHdr>").next().unwrap_or_default();
    assert!(header.contains("<Nm>Greenfield Ltd</Nm>"), "{header}");
}

#[test]
fn a_template_writes_what_was_asked_for_or_says_what_it_writes() {
    let payments = payment_in("CNY");
    for (to, said) in [
        // It describes statements alone.
        ("cmb", "the file holds payments, and `cmb` does not say how payments are written"),
        ("cmb", "hint: `cmb` writes: statements (`cmb.statement`)"),
        // A layout that was named, and is for something else.
        ("icbc.status", "the file holds payments, and `icbc.status` does not say how payments are written"),
        ("icbc.status", "payments (`icbc.payments`), status reports (`icbc.status`)"),
        ("cn-receipts.receipts", "does not say how payments are written"),
    ] {
        let output = convert(&["--to", to, "-"], &payments);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), ""), "{to}: {}", err(&output));
        assert!(err(&output).contains(said), "{to}: {}", err(&output));
    }
    let output = convert(&["--lang", "zh", "--to", "cmb", "-"], &payments);
    assert!(err(&output).contains("`cmb` 可写出：对账单（`cmb.statement`）"), "{}", err(&output));
}
