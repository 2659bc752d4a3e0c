//! Layouts of XML files: a value stands once and whole, what nobody reads is told, no payment is lost.

use super::layouts::{example, gbk, of_layout, read, refused};

/// A bank that takes values in elements.
const TABLES: &str = r#"
[layout.payments]
encoding = "utf-8"
xml-root = "batch"
currency = "CNY"

[layout.payments.record.head]
kind = "header"
element = "head"
fields = [{ name = "count", item = "count", element = true, required = true }]

[layout.payments.record.payment]
kind = "detail"
element = "list/pay"
fields = [
    { name = "id", item = "end_to_end_id", required = true },
    { name = "from", item = "group.account", element = true, required = true },
    { name = "to", item = "counterparty.account", element = true, required = true },
    { name = "name", item = "counterparty.name", element = true, required = true },
    { name = "amt", item = "amount", decimals = 2, element = true, required = true },
]
"#;

const FILE: &str = "<batch>\n<head><count>1</count></head>\n<list>\n<pay id=\"E1\"><from>1</from><to>2</to>\
    <name>x</name><amt>1.00</amt></pay>\n</list>\n</batch>\n";

#[test]
fn a_value_stands_once_and_holds_no_elements() {
    let own = of_layout(TABLES);
    assert!(own.read(FILE.as_bytes()).contains("\"amount\":\"1.00\""));
    for (from, to, said) in [
        ("<amt>1.00</amt>", "<amt>1</amt><amt>00</amt>", "`amt` stands twice in one record"),
        ("<to>2</to>", "<to>2</to><to>3</to>", "`to` stands twice in one record"),
        ("<to>2</to>", "<to>2<x>9</x>3</to>", "the element `x` stands within a value"),
    ] {
        let refused = own.refused(FILE.replace(from, to).as_bytes());
        assert!(refused.contains(said), "{to}: {refused}");
    }
    let spaced = own.read(FILE.replace("<amt>1.00</amt>", "<amt>1<!-- one -->.00</amt>").as_bytes());
    assert!(spaced.contains("\"amount\":\"1.00\""), "{spaced}");
}

#[test]
fn what_nobody_reads_is_told_with_its_line() {
    let own = of_layout(TABLES);
    let file = FILE
        .replace("<head>", "<head kind=\"9\"><rate>7</rate>")
        .replace("<to>2</to>", "<to kind=\"c\">2</to><date>1</date>stray")
        .replace("</list>", "</list><more><a/></more>");
    let told = own.read(file.as_bytes());
    for said in ["head/@kind", "batch/head/rate", "to/@kind", "batch/list/pay/date", "`batch/list/pay`", "`more`"] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(told.contains("unknown-element") && told.contains("\"line\":4") && !told.contains("\"line\":0"), "{told}");
}

#[test]
fn a_record_at_another_place_is_refused() {
    let own = of_layout(TABLES);
    for (from, to) in [
        ("</batch>", "<pay id=\"E2\"/></batch>"),
        ("</list>", "<Pay id=\"E2\"/></list>"),
        ("</pay>", "<pay id=\"E2\"/></pay>"),
    ] {
        let refused = own.refused(FILE.replace(from, to).as_bytes());
        assert!(refused.contains("[record-elsewhere]"), "{to}: {refused}");
    }
}

#[test]
fn a_header_that_is_missing_is_noticed() {
    let own = of_layout(TABLES);
    let refused = own.refused(FILE.replace("<head><count>1</count></head>", "").as_bytes());
    assert!(refused.contains("the element `head` is missing"), "{refused}");
}

#[test]
fn findings_of_a_file_of_attributes_have_their_lines() {
    let file = example("bocom", "payments.txt");
    let told = read("bocom", &gbk(&file.replacen("money=", "bonus=\"9\" money=", 1)));
    assert!(told.contains("record/@bonus"), "{told}");
    let refused = refused("bocom", &gbk(&file.replacen("money=\"100000\"", "money=\"1x\"", 1)));
    assert!(refused.contains("line 5"), "{refused}");
}
