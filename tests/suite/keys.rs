//! `bankferry keys` as an operator uses it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run_with(dir: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(dir).arg("keys").args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn done(dir: &Path, arguments: &[&str]) -> String {
    let output = run_with(dir, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn list(dir: &Path) -> Vec<Value> {
    done(dir, &["list", "--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_installations_exchange_certificates_and_rehearse() {
    let (we, bank) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (we, bank) = (we.path(), bank.path());
    done(we, &["generate", "sign", "--user-id", "示例公司"]);
    let certificate = done(bank, &["generate", "both", "--days", "365"]);
    assert_eq!(certificate, done(bank, &["export", "both"]));
    let import = run_with(we, &["import", "acme", "-"], &certificate);
    assert!(import.status.success(), "{import:?}");
    done(we, &["rehearse", "acme"]);
    let theirs = list(we).into_iter().find(|key| key["party"] == "acme").unwrap();
    assert_eq!(theirs["fingerprint"], list(bank)[0]["fingerprint"]);
    assert_eq!(theirs["uses"], serde_json::json!(["sign", "encrypt"]));
    assert_eq!(theirs["state"], "valid");
    done(we, &["expire", theirs["fingerprint"].as_str().unwrap()]);
    assert_eq!(run_with(we, &["rehearse", "acme"], "").status.code(), Some(1));
}

#[test]
fn an_ssh_key_is_made_once_and_its_public_line_printed() {
    let dir = tempfile::tempdir().unwrap();
    let line = done(dir.path(), &["generate", "--ssh", "acme"]);
    assert!(line.starts_with("ssh-ed25519 ") && line.lines().count() == 1, "{line}");
    assert_eq!(done(dir.path(), &["export", "--ssh", "acme"]), line);
    let again = run_with(dir.path(), &["generate", "--ssh", "acme"], "");
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(list(dir.path())[0]["kind"], "ssh");
    let secret = fs::read_to_string(dir.path().join("state/keys/ssh/acme")).unwrap();
    assert!(secret.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
}

#[test]
fn what_ends_soon_is_named() {
    let dir = tempfile::tempdir().unwrap();
    done(dir.path(), &["generate", "sign", "--days", "20"]);
    let output = run_with(dir.path(), &["expire"], "");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("expires in 19 days"), "{output:?}");
}

#[test]
fn wrong_calls_change_nothing_and_say_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [&["generate"][..], &["generate", "king"], &["import", "x"], &["export"], &["export", "sign"]] {
        let output = run_with(dir.path(), arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{output:?}");
    }
    let junk = run_with(dir.path(), &["import", "acme", "-"], "junk");
    assert!(String::from_utf8_lossy(&junk.stderr).contains("hint: ask the party"), "{junk:?}");
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing was written");
}
