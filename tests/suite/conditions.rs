//! Fields and records that count only where the document says so: written there and nowhere else, and what stands
//! elsewhere is told or refused.

use bankferry::document::{Amount, Part};
use bankferry::format::layout::Carries;
use bankferry::template::{self, prove};
use proptest::prelude::*;

use super::convert::{err, out};
use super::layouts::{OwnTemplate, example, gbk, of_its_own, of_layout, read, refused};

/// Two payments: one to this bank, one to another, as `boc` writes them.
fn two() -> String {
    example("boc", "payments.txt")
}

const CNAPS: &str = "when = { same_bank = [\"no\"] }, required = true";
const MOBILE: &str = "{ name = \"收款人手机号\", item = \"x_mobile\" }";

#[test]
fn a_field_counts_only_where_its_condition_holds() {
    let all = read("boc", &gbk(&two()));
    assert_eq!(all.matches("\"agent\":\"102100099996\"").count(), 1, "{all}");
    // Where it holds, the value must be there.
    let said = refused("boc", &gbk(&two().replacen("102100099996", "", 1)));
    assert!(said.contains("line 3, column 21") && said.contains("`CNAPS行号` must not be empty"), "{said}");
    // Where it does not, a bank's number would send the money elsewhere.
    let said = refused("boc", &gbk(&two().replacen("|||||1||", "|||||1|104331000017|", 1)));
    assert!(said.contains("line 2, column 21") && said.contains("[not-applicable]"), "{said}");
    assert!(said.contains("counts only where `是否中行收款标识` is `0`"), "{said}");
}

#[test]
fn a_field_is_written_only_where_its_condition_holds() {
    let row = |agent: &str, same: &str| {
        format!(
            "execution_date,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,creditor_bank,\
             amount,currency,end_to_end_id,same_bank\n2026-12-01,446800000017,40522,远山材料有限公司,446800000175,\
             {agent},西湖支行,12.00,CNY,QH-1,{same}\n"
        )
    };
    let boc = of_its_own("boc", "zh = ", "zh = ");
    let written = |agent: &str, same: &str| {
        let output = boc.convert(&["--to", "own"], row(agent, same).as_bytes());
        (encoding_rs::GBK.decode(&output.stdout).0.into_owned(), err(&output))
    };
    let (other, said) = written("102100099996", "");
    assert!(other.contains("|0|102100099996|") && said.is_empty(), "{other}{said}");
    // The number of a bank that needs none is left out, and that is told.
    let (same, said) = written("104331000017", "");
    assert!(same.contains("|1||") && said.contains("[not-carried]") && said.contains("`counterparty.agent`"), "{said}");
    let (_, said) = written("", "no");
    assert!(said.contains("the bank wants `CNAPS行号`, the document has none"), "{said}");
}

/// A text in a field that does not count moves no money: it is told and passed over.
#[test]
fn a_text_that_does_not_count_is_told() {
    let boc = of_its_own("boc", MOBILE, &MOBILE.replace(" }", ", when = { same_bank = [\"yes\"] } }"));
    let output = boc.convert(&["--from", "own"], &gbk(&two()));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        err(&output).contains("warning: line 3, column 18") && !out(&output).contains("x_mobile"),
        "{}",
        err(&output)
    );
}

/// What decides may stand behind what it decides of, or in a header; every key must hold.
#[test]
fn the_order_of_fields_does_not_matter() {
    let bank = "{ name = \"收款行名称\", item = \"counterparty.agent_name\", required = true }";
    let with = |when: &str| of_its_own("boc", bank, &bank.replace("required", &format!("when = {when}, required")));
    let both = with("{ same_bank = [\"no\"], x_mobile = [\"*\"] }");
    let said = both.refused(&gbk(&two()));
    assert!(said.contains("line 2, column 8") && said.contains("`0` and `收款人手机号` is not empty"), "{said}");
    let none = two().replacen("中国银行西湖支行", "", 1);
    assert_eq!(both.read(&gbk(&none)).matches("agent_name").count(), 1);
    let said = with("{ x_mobile = [\"\"] }").refused(&gbk(&two()));
    assert!(said.contains("line 3, column 8") && said.contains("`收款人手机号` is empty"), "{said}");
    let head = branches("{ group.branch = [\"01\", \"02\"] }".replace("group.branch", "\"group.branch\"").as_str());
    assert!(head.read(b"H|02\nP|1|A|5.00|E1|text\n").contains("\"remittance\":[\"text\"]"));
    let told = head.convert(&["--from", "own"], b"H|03\nP|1|A|5.00|E1|text\n");
    assert!(err(&told).contains("`branch` is `01` or `02`") && !out(&told).contains("remittance"), "{}", err(&told));
}

/// A file with a header that decides of a text in its rows.
fn branches(when: &str) -> OwnTemplate {
    of_layout(&format!(
        "[layout.payments]\ndelimiter = \"|\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
         [layout.payments.record.head]\nkind = \"header\"\n\
         fields = [{{ name = \"H\", is = \"H\" }}, {{ name = \"branch\", item = \"group.branch\" }}]\n\
         [layout.payments.record.payment]\nkind = \"detail\"\nfields = [{{ name = \"P\", is = \"P\" }},\n\
         {{ name = \"account\", item = \"counterparty.account\" }}, {{ name = \"payee\", item = \"counterparty.name\" }},\n\
         {{ name = \"amount\", item = \"amount\" }}, {{ name = \"id\", item = \"end_to_end_id\" }},\n\
         {{ name = \"text\", item = \"remittance\", when = {when} }}]\n"
    ))
}

/// A constant and a field of fixed width that is filled with zeros: empty where they do not count.
#[test]
fn constants_and_numbers_of_fixed_width_have_conditions() {
    let of = |at: &str| {
        of_layout(&format!(
            "[layout.payments]\nwidth = 40\nline-end = \"lf\"\ncurrency = \"CNY\"\n\
             [layout.payments.record.payment]\nkind = \"detail\"\nfields = [{{ name = \"mark\", len = 2, is = \"UR\", {at} }},\n\
             {{ name = \"fee account\", len = 8, item = \"x_fee\", align = \"right\", fill = \"0\", {at} }},\n\
             {{ name = \"account\", len = 8, item = \"counterparty.account\" }},\n\
             {{ name = \"payee\", len = 8, item = \"counterparty.name\" }},\n\
             {{ name = \"amount\", len = 8, item = \"amount\", minor = true }},\n\
             {{ name = \"urgent\", len = 1, item = \"urgent\", map = {{ Y = \"yes\", N = \"no\" }}, required = true }},\n\
             {{ name = \"id\", len = 5, item = \"end_to_end_id\" }}]\n"
        ))
    };
    let own = of("when = { urgent = [\"yes\"] }");
    let file = "UR0000007712345678Payee A 00000500YE1   \n  0000000012345678Payee B 00000700NE2   \n";
    let read = own.read(file.as_bytes());
    assert!(read.contains("\"x_fee\":\"00000077\"") && read.matches("x_fee").count() == 1, "{read}");
    assert_eq!(out(&own.convert(&["--from", "own", "--to", "own"], file.as_bytes())), file);
    for (from, to, wanted) in [
        ("UR00", "  00", "line 1, column 1, field mark: `mark` is ``, it must be `UR`"),
        (
            "  00000000",
            "UR00000000",
            "line 2, column 1, field mark: `mark` is `UR`, and counts only where `urgent` is `Y`",
        ),
    ] {
        let said = own.refused(file.replacen(from, to, 1).as_bytes());
        assert!(said.contains(wanted), "{said}");
    }
    let said = own.convert(&["--from", "own"], file.replacen("  00000000", "  00000078", 1).as_bytes());
    assert!(err(&said).contains("warning: line 2, column 3"), "{}", err(&said));
}

#[test]
fn the_record_that_is_for_a_payment_is_written_and_told_apart() {
    let file = example("psbc", "payments.txt");
    let all = read("psbc", &gbk(&file));
    assert_eq!((all.matches("\"x_same_bank\":\"no\"").count(), all.matches("\"x_same_bank\":\"yes\"").count()), (2, 1));
    let psbc = of_its_own("psbc", "zh = ", "zh = ");
    let csv = |agent: &str| {
        format!(
            "execution_date,debtor_account,creditor_name,creditor_account,creditor_agent,creditor_bank,amount,currency,\
             end_to_end_id\n2026-12-01,100,周晓岚,6217000000000000301,{agent},12.00,CNY,QH-1\n"
        )
    };
    let written = |agent: &str| {
        let output = psbc.convert(&["--to", "own"], csv(agent).as_bytes());
        (encoding_rs::GBK.decode(&output.stdout).0.into_owned(), err(&output))
    };
    assert!(written(",邮储银行西湖支行").0.starts_with("6217000000000000301||周晓岚||12.00|付款|QH-1|"));
    assert!(
        written("102100099996,工行").0.starts_with("6217000000000000301|周晓岚|102100099996|工行|12.00|付款|QH-1|")
    );
    let (_, said) = written(",");
    assert!(said.contains("record 1: no record of the file is for this row: `same_bank` has no value"), "{said}");
    assert!(
        said.contains("the template has `own` where `same_bank`") && said.contains("is `yes`; `payment`"),
        "{said}"
    );
    let zh = psbc.convert(&["--to", "own", "--lang", "zh"], csv(",").as_bytes());
    assert!(err(&zh).contains("文件中没有适用于该行的记录：`same_bank` 没有值"), "{}", err(&zh));
}

/// A record whose constants say one thing, and whose fields another.
#[test]
fn a_record_that_is_not_for_its_row_is_refused() {
    let record = |name: &str, mark: &str, when: &str| {
        format!(
            "[layout.payments.record.{name}]\nkind = \"detail\"\nwhen = {when}\nfields = [{{ name = \"kind\", is = \"{mark}\" }},\n\
             {{ name = \"urgent\", item = \"urgent\", map = {{ Y = \"yes\", N = \"no\" }} }},\n\
             {{ name = \"account\", item = \"counterparty.account\" }}, {{ name = \"payee\", item = \"counterparty.name\" }},\n\
             {{ name = \"amount\", item = \"amount\" }}, {{ name = \"id\", item = \"end_to_end_id\" }}]\n"
        )
    };
    let own = of_layout(&format!(
        "[layout.payments]\ndelimiter = \";\"\nline-end = \"lf\"\ncurrency = \"CNY\"\n{}{}",
        record("fast", "F", "{ urgent = [\"yes\"] }"),
        record("slow", "S", "{ urgent = [\"no\", \"\"] }"),
    ));
    let file = "F;Y;1;A;5.00;E1\nS;N;2;B;6.00;E2\nS;;3;C;7.00;E3\n";
    assert_eq!(out(&own.convert(&["--from", "own", "--to", "own"], file.as_bytes())), file);
    let said = own.refused(file.replacen("F;Y", "F;N", 1).as_bytes());
    assert!(said.contains("line 1") && said.contains("`fast` stands only where `urgent` is `Y`"), "{said}");
}

/// Conditions may leave a text out, never what moves money.
#[test]
fn no_payment_is_written_without_its_account() {
    let account = "{ name = \"收款人账号\", item = \"counterparty.account\", required = true }";
    let only = account.replace("required", "when = { same_bank = [\"no\"] }, required");
    let own = of_its_own("boc", account, &only);
    let csv = "execution_date,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_bank,amount,currency,\
        end_to_end_id\n2026-12-01,446800000017,40522,A,446800000175,中行,12.00,CNY,QH-1\n";
    let said = err(&own.convert(&["--to", "own"], csv.as_bytes()));
    assert!(
        said.starts_with("error: record 1: no field that counts for this row carries its `counterparty.account`"),
        "{said}"
    );
}

#[test]
fn the_specification_says_where_a_field_counts() {
    let boc = of_its_own("boc", "zh = ", "zh = ");
    let run = |arguments: &[&str]| {
        let output = boc.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output)
    };
    let en = run(&["spec", "own"]);
    assert!(en.contains("| where it counts | only where `是否中行收款标识` is `0`, else empty: "), "{en}");
    let zh = run(&["spec", "own", "--lang", "zh"]);
    assert!(zh.contains("| 适用时必填 | 仅当 `是否中行收款标识` 为 `0` 时填写，否则留空："), "{zh}");
    assert!(run(&["spec", "own", "--lang", "zh", "--html"]).contains("适用时必填"));
    let psbc = of_its_own("psbc", "zh = ", "zh = ").run(&["spec", "own", "--lang", "zh"]);
    assert!(out(&psbc).contains("仅当 是否本行（`same_bank`）为 `yes` 时使用"), "{}", out(&psbc));
    let wrong = err(&of_its_own("boc", CNAPS, &CNAPS.replace("no", "nein")).run(&["spec", "own"]));
    assert!(wrong.contains("`nein` is no value of `same_bank`"), "{wrong}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the payments are, each is written as the record that is for it, and read as the payment that it was.
    #[test]
    fn payments_come_back_through_conditional_records(
        drawn in prop::collection::vec((1..999_999_i64, any::<bool>(), any::<bool>(), "[A-Z]{1,9}"), 1..12),
    ) {
        let found = template::find(std::path::Path::new("/nonexistent"), "psbc").expect("a template");
        let plan = found.layout.get(Carries::Payments).expect("a layout");
        let parts = prove::read(plan, template::example("psbc", "payments.txt").expect("an example"), None);
        let mut parts = parts.expect("readable");
        let Some(Part::Payment(model)) = parts.iter().find(|part| matches!(part, Part::Payment(_))).cloned() else {
            panic!("a payment");
        };
        let end = parts.pop().expect("an end");
        parts.retain(|part| !matches!(part, Part::Payment(_)));
        let Part::PaymentsEnd(mut end) = end else { panic!("an end") };
        (end.count, end.sums) = (drawn.len() as u64, Default::default());
        for (at, (cents, same, said, name)) in drawn.iter().enumerate() {
            let mut payment = model.clone();
            (payment.seq, payment.amount) = (at as u64 + 1, Amount::new(*cents, 2));
            payment.counterparty.name = Some(name.clone());
            // Said by the ERP, or told by the bank's number.
            payment.extra.remove("x_same_bank");
            if *said {
                payment.extra.insert("x_same_bank".into(), if *same { "yes" } else { "no" }.into());
            } else if *same {
                payment.counterparty.agent = Some("403100000004".into());
            }
            *end.sums.entry(payment.currency).or_default() += payment.amount;
            parts.push(Part::Payment(payment));
        }
        parts.push(Part::PaymentsEnd(end));
        let written = prove::write(plan, &parts).expect("written");
        let text = encoding_rs::GBK.decode(&written).0.into_owned();
        let back = prove::read(plan, &written, None).expect("read");
        let payments = back.iter().filter_map(|part| if let Part::Payment(p) = part { Some(p) } else { None });
        for ((line, payment), (_, same, _, name)) in text.lines().zip(payments).zip(&drawn) {
            prop_assert_eq!(line.matches("||").count(), if *same { 2 } else { 0 });
            prop_assert_eq!(payment.extra.get("x_same_bank").map(String::as_str), Some(if *same { "yes" } else { "no" }));
            prop_assert_eq!(payment.counterparty.name.as_ref(), Some(name));
            prop_assert_eq!(payment.counterparty.agent.is_some(), !*same);
        }
        prop_assert_eq!(prove::write(plan, &back).expect("written again"), written);
    }
}
