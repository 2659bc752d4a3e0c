//! What `check` says of an installation that works, and should not be let loose so.

use super::house::House;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `check` answers for a configuration, in a folder of its own.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn check(config: &str, more: &[&str]) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bankferry.toml"), config).unwrap();
    check_at(dir.path(), more)
}

fn check_at(root: &Path, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(more).arg("check").env("LC_ALL", "C").env_remove("LANG");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn installation(environment: &str, more: &str) -> String {
    format!(
        "[installation]\nname = \"works\"\nenvironment = \"{environment}\"\n[[party]]\nname = \"erp\"\n\
         template = \"csv-erp\"\n[[party]]\nname = \"acme\"\ntemplate = \"iso20022-bank\"\n{more}"
    )
}

const PLAIN: &str = "seal = { sign = false, encrypt = false }\n";

#[test]
fn in_production_plain_files_a_lone_approver_and_alarms_that_nobody_gets_are_told() {
    let lone = "[[user]]\nname = \"anna\"\nrole = \"approver\"\n";
    let late = "[[alarms.route]]\nname = \"pager\"\nafter_hours = 4\ncommand = [\"/bin/true\"]\n";
    let (code, said) = check(&installation("production", &format!("{PLAIN}{lone}")), &[]);
    assert_eq!(code, 1);
    assert!(said.contains("files for `acme` leave neither signed nor encrypted"), "{said}");
    assert!(said.contains("only `anna` has the right `release`"), "{said}");
    assert!(said.contains("nobody is told of alarms"), "{said}");
    let (_, said) = check(&installation("production", &format!("{PLAIN}{lone}{late}")), &["--lang", "zh"]);
    assert!(said.contains("既不签名也不加密") && said.contains("告警不会立即通知任何人"), "{said}");
    let told = "[[alarms.route]]\nname = \"desk\"\ncommand = [\"/bin/true\"]\n";
    let (_, said) = check(&installation("production", told), &[]);
    assert!(!said.contains("neither signed") && !said.contains("told of alarms"), "{said}");
    // In test, plain files to practise with are no matter; a lone approver stops the practice too.
    let (_, said) = check(&installation("test", &format!("{PLAIN}{lone}")), &[]);
    assert!(
        !said.contains("neither signed") && said.contains("warning: only `anna` has the right `release`"),
        "{said}"
    );
}

#[test]
fn a_new_user_is_told_once_what_is_missing_and_what_was_not_looked_at() {
    let remote = "sftp = { host = \"127.0.0.1\", port = 1, user = \"x\", key_file = \"none\", host_keys = \
                  [\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"], timeout_seconds = 1 }\n";
    let (_, said) = check(&installation("test", remote), &[]);
    assert!(said.contains("the servers of `acme` were not asked: `bankferry check --connect`"), "{said}");
    let missing: Vec<&str> = said.lines().filter(|line| line.contains("not there: ")).collect();
    assert_eq!(missing.len(), 1, "one line for all: {said}");
    assert!(missing[0].contains("inbox/erp`") && missing[0].contains("outbox/erp`"), "{said}");
    assert!(said.contains("`bankferry run` or `once` makes them"), "{said}");
    // Neither side is there.
    let alone = installation("test", "").split("[[party]]").next().unwrap().to_string();
    let (_, said) = check(&format!("{alone}[[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n"), &[]);
    assert!(said.contains("there is no bank yet: nothing can be sent"), "{said}");
}

#[test]
fn a_party_that_cannot_be_looked_at_is_named_with_a_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let remote = "sftp = { host = \"127.0.0.1\", port = 1, user = \"x\", key_file = \"none\", host_keys = \
                  [\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"], timeout_seconds = 1 }\n";
    bankferry::disk::replace(dir.path(), "bankferry.toml", installation("test", remote).as_bytes()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(dir.path()).args(["check", "--connect"]).env("LC_ALL", "C").env_remove("LANG");
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    let after = |what: &str| said.split(what).nth(1).unwrap_or_else(|| panic!("{said}")).lines().nth(1).unwrap();
    assert!(after("error: `erp` cannot be looked at").contains("`bankferry run` makes the folders"), "{said}");
    assert!(after("error: `acme` cannot be looked at").starts_with("hint: "), "{said}");
}

#[test]
fn of_templates_as_they_were_shipped_the_number_is_told_and_others_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("new");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    assert!(command.arg("init").arg(&root).output().unwrap().status.success());
    let own = "name = \"mine\"\nextends = \"iso20022-bank\"\n[provenance]\nsource = \"x\"\ndate = \"2026-11-01\"\n\
               verified = false\n";
    bankferry::disk::replace(&root.join("templates"), "mine.toml", own.as_bytes()).unwrap();
    let (_, said) = check_at(&root, &[]);
    assert!(said.contains("`mine` can be read, and its examples hold"), "{said}");
    let named = said.lines().filter(|line| line.contains("its examples hold")).count();
    assert_eq!(named, 1, "{said}");
}

/// A server that is never asked.
const SERVER: &str = "sftp = { host = \"127.0.0.1\", port = 1, user = \"x\", key_file = \"none\", host_keys = \
                      [\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"], timeout_seconds = 1 }\n";

#[test]
fn files_that_would_be_fetched_back_are_a_mistake() {
    let one = |folders: &str| check(&installation("test", &format!("{PLAIN}{SERVER}{folders}")), &[]);
    let (code, said) = one("in = { folders = [\"pay\", \"./x/\"] }\nout = { folder = \"x\" }\n");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("would be fetched again as a file from `acme`") && said.contains("`./x/` at 127.0.0.1"));
    let zh = check(
        &installation("test", &format!("{PLAIN}{SERVER}in = {{ folders = [\"x\"] }}\nout = {{ folder = \"x\" }}\n")),
        &["--lang", "zh"],
    )
    .1;
    assert!(zh.contains("会被当作 `acme` 的来文取回"), "{zh}");
    // Another name, another folder: banks do have one folder for both.
    for apart in [
        "in = { folders = [\"x\"], names = [\"RESP_*\"] }\nout = { folder = \"x\", name = \"REQ_{id}.xml\" }\n",
        "in = { folders = [\"x\"] }\nout = { folder = \"x/new\" }\n",
    ] {
        assert!(!one(apart).1.contains("fetched again"), "{apart}");
    }
    let second = "[[party]]\nname = \"other\"\ntemplate = \"iso20022-bank\"\n";
    let two = |user: &str| {
        let server = SERVER.replace("\"x\"", user);
        let first = format!("{PLAIN}{SERVER}in = {{ folders = [\"a\"] }}\nout = {{ folder = \"b\" }}\n");
        let more = format!("{first}{second}{PLAIN}{server}in = {{ folders = [\"b\"] }}\nout = {{ folder = \"c\" }}\n");
        check(&installation("test", &more), &[]).1
    };
    assert!(two("\"x\"").contains("what is sent to `acme` would be fetched again as a file from `other`"));
    assert!(!two("\"y\"").contains("fetched again"), "another login is another place");
}

#[test]
fn tables_that_nobody_reads_are_told() {
    let erp = "payments = { charset = \"latin\" }\n[[party]]\nname = \"b\"\n";
    let config = installation("test", "").replace("[[party]]\nname = \"acme\"\n", erp);
    let config = format!("{config}outputs = {{ status = [\"csv\"], refusal = [\"jsonl\"] }}\n");
    let (_, said) = check(&config, &[]);
    assert!(said.contains("warning: `[payments]` of `erp` is read by nobody: `erp` is an ERP"), "{said}");
    assert!(said.contains("warning: `[outputs]` of `b` is read by nobody: `b` is a bank"), "{said}");
    assert!(check(&config, &["--lang", "zh"]).1.contains("`b` 的 `[outputs]` 不起作用"));
    assert!(!check(&installation("test", ""), &[]).1.contains("read by nobody"));
}

#[test]
fn one_person_who_can_be_two_and_thresholds_that_see_one_currency_are_told() {
    let more = "[security]\nidentity = \"told\"\n[[party]]\nname = \"plant\"\ntemplate = \"csv-erp\"\n\
                release = { always = false, over = { EUR = \"100\" } }\n";
    let house = House::with("production", more);
    let told = house.run(&["check"]).all();
    assert!(told.contains("whoever may call the program can be two of them"), "{told}");
    assert!(told.contains("thresholds and limits of `plant` look at EUR only"), "{told}");
    let more = more.replace("told", "os").replace("over =", "other_currencies = \"one\", over =");
    let house = House::with("production", &more);
    let told = house.run(&["check"]).all();
    assert!(!told.contains("can be two of them") && !told.contains("look at EUR only"), "{told}");
}
