//! A bank that has a folder for every day: requests go into today's, answers are fetched from today's and from those of
//! the days before.

use std::path::{Path, PathBuf};
use std::process::Command;

use bankferry::clock::Clock;
use bankferry::template;
use jiff::ToSpan;

use super::banks::{OURS, files, today, write};

/// An installation with the generic Chinese exchange, in folders.
fn house(root: &Path) {
    for folder in ["inbox/erp", "outbox/erp", "inbox/bank", "outbox/bank", "state/keys"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    let config = format!(
        "[installation]\nname = \"house\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\
         [[party]]\nname = \"erp\"\ntemplate = \"csv-erp-zh\"\naccounts = [\"{OURS}\"]\n\
         in = {{ complete = \"rename\", every_seconds = 1 }}\nrelease = {{ always = false, unauthenticated = false }}\n\
         [[party]]\nname = \"bank\"\ntemplate = \"cn-sftp\"\naccounts = [\"{OURS}\"]\n\
         in = {{ complete = \"rename\", every_seconds = 1, clear = \"remove\" }}\n\
         release = {{ always = false, unauthenticated = false }}\n"
    );
    write(&root.join("bankferry.toml"), config.as_bytes());
}

fn run(root: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.arg("--dir").arg(root).args(arguments).env("LC_ALL", "C").env_remove("LANG").output();
    let output = output.expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder of a day, counted from today.
fn day(below: PathBuf, days: i64) -> PathBuf {
    let day = jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now()).date().saturating_add(days.days());
    below.join(day.strftime("%Y%m%d").to_string())
}

#[test]
fn requests_go_into_todays_folder_and_answers_come_from_those_of_some_days() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path();
    house(root);
    // The bank's own example is what the ERP drops, for today.
    let example = root.join("example.txt");
    write(&example, template::example("cn-sftp", "payments.txt").expect("an example"));
    let payments = run(root, &["convert", "--from", "cn-sftp", example.to_str().expect("a path")]);
    let payments = payments.replace("2026-12-01", &today()).replace("88000000000017", OURS);
    write(&root.join("inbox/erp/payments.jsonl"), payments.as_bytes());
    run(root, &["once"]);
    let requests = files(&day(root.join("outbox/bank"), 0));
    assert_eq!(requests.len(), 1, "{}", run(root, &["list", "files"]));
    let (name, request) = requests.iter().next().expect("a request");
    assert!(name.starts_with("REQ_105_") && name.ends_with(".ok"), "{name}");
    let request = String::from_utf8_lossy(request);
    let answer = |payment: &str, cents: &str| {
        assert!(request.contains(payment), "{request}");
        format!("批次号,商户提现单号,提现金额,处理结果,失败原因,银行流水号\n,`{payment},`{cents},`S,,`R-{payment}\n")
    };
    for (days, payment, cents) in [(0, "QH-01", "100000"), (-2, "QH-02", "23450"), (-9, "QH-01", "100000")] {
        let folder = day(root.join("inbox/bank"), days);
        std::fs::create_dir_all(&folder).expect("a folder");
        write(&folder.join(format!("RESP_{payment}.ok")), answer(payment, cents).as_bytes());
    }
    run(root, &["once"]);
    let told = run(root, &["list", "payments", "--json"]);
    assert_eq!(told.matches("executed").count(), 2, "{told}");
    assert!(files(&day(root.join("inbox/bank"), 0)).is_empty() && files(&day(root.join("inbox/bank"), -2)).is_empty());
    assert_eq!(files(&day(root.join("inbox/bank"), -9)).len(), 1, "older than the template says");
}
