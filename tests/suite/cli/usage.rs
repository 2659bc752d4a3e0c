//! A call that is wrong: what is wrong with it, in the caller's language, and nothing else in another one.

use std::process::Command;

fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.args(arguments).env("LC_ALL", "C").env_remove("LANG").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_call_is_told_in_both_languages() {
    for (call, en, zh) in [
        (&["lst"][..], "there is no command `lst`", "没有命令 `lst`"),
        (&["lst"], "did you mean `list`?", "是否应为 `list`？"),
        (&["show"], "`<ID>` is missing", "缺少 `<ID>`"),
        (&["show"], "hint: call it as `bankferry show <ID>`", "hint: 用法：`bankferry show"),
        (&["status", "--foo"], "`--foo` says nothing here", "此处没有参数 `--foo`"),
        (&["status", "--json", "--json"], "`--json` stands there twice", "`--json` 重复出现"),
        (&["status", "-q", "-v"], "`--quiet` cannot stand with `--verbose`", "`--quiet` 不能与 `--verbose` 同时使用"),
        (&["report", "--day"], "`--day <DATE>` needs a value", "`--day <DATE>` 需要一个值"),
        (&["report", "--day", "x"], "write a day as `YYYY-MM-DD`", "日期写作 `YYYY-MM-DD`"),
        (
            &["keys", "generate", "x"],
            "use `sign`, `decrypt`, `both` or `audit`",
            "可用的有 `sign`、`decrypt`、`both`、`audit`",
        ),
        (&["list", "payments", "--amount", "x"], "write `1000`, `1000..`", "写作 `1000`、`1000..`"),
        (&["sandbox", "--port", "99999"], "write a number of 0..=65535", "应为 0..=65535 之间的数"),
        (&["sandbox", "--port", "x"], "write a whole number", "应为整数"),
    ] {
        assert!(said(call).contains(en), "{call:?}: {}", said(call));
        let chinese = said(&[call, &["--lang", "zh"]].concat());
        assert!(chinese.contains(zh), "{call:?}: {chinese}");
        assert!(chinese.lines().all(|line| !line.is_ascii()), "{call:?}: {chinese}");
    }
    assert!(said(&["--lang", "xx", "status"]).contains("hint: use `en` or `zh`"));
}

#[test]
fn help_is_in_the_readers_language() {
    let help = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        let output = command.args(arguments).env("LC_ALL", "zh_CN.UTF-8").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let page = help(&["--help"]);
    assert!(page.contains("用法：bankferry") && page.contains("退出码：0 完成"), "{page}");
    let page = help(&["release", "--help"]);
    assert!(
        page.contains("双人复核") && page.contains("只放行摘要以此开头的批次") && page.contains("示例："),
        "{page}"
    );
    assert!(help(&["--lang", "en", "--help"]).contains("Usage: bankferry"));
}
