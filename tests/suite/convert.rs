//! `bankferry convert`, run as a program.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CSV: &str = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id,cost_center\n\
    2026-12-01,DE89370400440532013000,Acme,GB29NWBK60161331926819,12.50,EUR,E1,77\n\
    2026-12-02,DE89370400440532013000,Jones,GB29NWBK60161331926819,7,EUR,E2,\n\
    2026-12-01,DE89370400440532013000,Smith,GB29NWBK60161331926819,1,EUR,E3,\n";

fn convert(arguments: &[&str], input: &str) -> Output {
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

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
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
