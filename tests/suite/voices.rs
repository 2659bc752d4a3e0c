//! Result files that say more than one thing of a payment: it is done only where all of a row say so.

use bankferry::template;

use super::layouts::{example, gbk, of_its_own, read, refused};

/// What `convert` makes of the first row of a result file in which `from` is replaced by `to`: status and the bank's
/// words.
fn said(template: &str, from: &str, to: &str) -> (String, String) {
    let utf8 = || String::from_utf8(template::example("cn-sftp", "status.txt").expect("an example").to_vec());
    let text = if template == "cn-sftp" { utf8().expect("UTF-8") } else { example(template, "status.txt") };
    assert!(text.contains(from), "{template}: {from}");
    let text = text.replacen(from, to, 1);
    let bytes = if template == "cn-sftp" { text.into_bytes() } else { gbk(&text) };
    let all = read(template, &bytes);
    let row = all.lines().find(|line| line.contains("\"payment_status\"")).expect("a row");
    let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
    let text = |key: &str| row[key].as_str().unwrap_or("-").to_string();
    (text("status"), text("bank_status"))
}

#[test]
fn a_success_beside_another_word_is_none() {
    let bocom = |to: &str| said("bocom", ",交易成功,QH-01,SC0000,", to);
    assert_eq!(bocom(",交易成功,QH-01,SC0000,").0, "ACSC");
    assert_eq!(bocom(",交易成功,QH-01,SC0000,交易成功").0, "ACSC");
    // Accepted with a word that it waits is not done, another code or text is not known.
    assert_eq!(bocom(",交易成功,QH-01,SC0000,人行支付系统处理中").0, "PDNG");
    assert_eq!(bocom(",交易成功,QH-01,EGG0331,").0, "-");
    assert_eq!(bocom(",交易成功,QH-01,SC0000,账号户名不符").0, "-");
    let (status, words) = bocom(",交易成功,QH-01,SC0000,交易失败");
    assert_eq!((status.as_str(), words.as_str()), ("-", "交易成功 / 交易失败"));
    // A failure with its reason is one; a failure beside a success is none.
    assert_eq!(bocom(",交易失败,QH-01,EGG0331,账号户名不符").0, "RJCT");
    assert_eq!(bocom(",交易失败,QH-01,SC0000,交易成功").0, "-");
    assert_eq!(bocom(",全部成功,QH-01,SC0000,交易成功").0, "-", "exact words only");
}

#[test]
fn every_bank_with_two_columns_lets_both_decide() {
    for (template, done, other) in [
        ("pab", "|0000|::|交易成功", "|0000|::|交易失败"),
        ("pab", "|0000|::|交易成功", "|9001|::|交易成功"),
        ("pab", "|0000|::|交易成功", "|0000|::|交易状态不明确"),
        ("icbc", "|处理成功|QH-20261201-01|||", "|处理成功|QH-20261201-01|||区域中心通讯可疑"),
        ("ccb", "|成功|||||", "|成功|||||账号不存在"),
        ("ccb-payroll", "|成功||QH-P-01|", "|成功|账号不存在|QH-P-01|"),
        ("citic-payout", "|交易成功|", "|交易成功|账户状态异常"),
        ("cn-sftp", "`S,,", "`S,`余额不足,"),
    ] {
        assert_eq!(said(template, done, done).0, "ACSC", "{template}");
        let (status, words) = said(template, done, other);
        assert_eq!(status, "-", "{template}: {other}");
        assert!(!words.is_empty() && words != "-", "{template}: {other}");
    }
}

/// A refusal beside a word of success may have been paid: whoever took it for refused would pay it again.
#[test]
fn a_refusal_beside_a_word_of_success_is_unknown() {
    for (template, row, refused, both) in [
        ("citic-payout", "|交易成功|", "|交易失败|账户状态异常", "|交易失败|交易成功"),
        ("ccb-payroll", "|成功||QH-P-01|", "|失败|账号不存在|QH-P-01|", "|失败|成功|QH-P-01|"),
        ("cn-sftp", "`S,,", "`F,`余额不足,", "`F,`交易成功,"),
    ] {
        assert_eq!(said(template, row, refused).0, "RJCT", "{template}");
        let (status, words) = said(template, row, both);
        assert!(status == "-" && words.contains(" / "), "{template}: {status} {words}");
    }
    let text = example("citic-payout", "status.txt").replacen("|交易成功|", "|交易失败|交易成功", 1);
    let all = read("citic-payout", &gbk(&text));
    assert!(all.contains("\"status-contradicts\"") && all.contains("`交易失败`, `交易成功`"), "{all}");
}

#[test]
fn a_contradiction_is_told_with_its_line() {
    let text = example("pab", "status.txt").replacen("|0000|::|交易成功", "|0000|::|交易失败", 1);
    let all = read("pab", &gbk(&text));
    assert!(all.contains("\"status-contradicts\"") && all.contains("`0000`, `交易失败`"), "{all}");
    assert!(all.contains("\"line\":2"), "{all}");
    // Both say that nothing was paid: there is nothing to tell.
    let text = example("icbc", "status.txt").replacen(
        "|处理成功|QH-20261201-01|||",
        "|指令被拒绝授权|QH-20261201-01|||被银行拒绝",
        1,
    );
    assert!(!read("icbc", &gbk(&text)).contains("status-contradicts"));
}

#[test]
fn a_section_does_not_outvote_its_rows() {
    // Without a row of its own words the section decides; a line that is no section is no row.
    assert_eq!(said("ceb", "成功明细", "成功明细").0, "ACSC");
    let text = example("ceb", "status.txt").replacen("成功明细", "部分成功明细", 1);
    assert!(refused("ceb", &gbk(&text)).contains("error: "));
    // With one, both decide.
    let amount = "{ name = \"金额\", item = \"amount\", decimals = 2, required = true },";
    let status = "{ name = \"状态\", item = \"status\", map = { S = \"ACSC\", F = \"RJCT\" } },";
    let template = of_its_own("ceb", amount, &format!("{amount}\n    {status}"));
    for (word, status) in [
        ("S", "\"status\":\"ACSC\""),
        ("F", "\"bank_status\":\"F / 成功明细\""),
        ("?", "\"bank_status\":\"? / 成功明细\""),
    ] {
        let text = example("ceb", "status.txt");
        let text = text.replacen("|1000.00", &format!("|1000.00|{word}"), 1).replacen("|234.50", "|234.50|F", 1);
        let all = template.read(&gbk(&text));
        let row = all.lines().find(|line| line.contains("\"payment_status\"")).expect("a row");
        assert!(row.contains(status), "{word}: {row}");
    }
}
