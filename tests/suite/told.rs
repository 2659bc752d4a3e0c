//! What an ERP is told of a bank's answer: a row for each payment, and nothing that the journal does not believe.

use bankferry::journal::Records;
use serde_json::Value;

use super::banks::{House, OURS, files, today, write};
use super::corrections::{give, lines};

/// A house whose ERP asks for two payments with ids of its own, and is told in three formats.
fn house() -> House {
    let outputs = "outputs = { status = [\"csv\", \"jsonl\", \"pain.002.001.10\"], language = \"en\" }";
    let mut house = House::with("csv-erp", outputs, "icbc", "");
    let payment = |seq: u64, id: &str, amount: &str| {
        format!(
            r#"{{"type":"payment","seq":{seq},"end_to_end_id":"{id}","amount":"{amount}","currency":"CNY","indicator":"CRDT","counterparty":{{"name":"远山材料有限公司","account":"6222000000000000175","agent":"102100099996","agent_name":"西湖支行"}},"remittance":["货款"]}}"#
        )
    };
    let text = [
        r#"{"type":"payments","format":"jsonl","message_id":"ERP-M1"}"#.to_string(),
        format!(
            r#"{{"type":"group","id":"ERP-G1","method":"TRF","execution_date":"{}","account":{{"id":"{OURS}"}},"party":{{"name":"青禾贸易有限公司"}},"agent":"330000000","agent_name":"滨江支行"}}"#,
            today()
        ),
        payment(1, "QH01", "12345.00"),
        payment(2, "QH02", "0.50"),
        r#"{"type":"payments_end","count":2,"sums":{"CNY":"12345.50"},"findings":[]}"#.to_string(),
        r#"{"type":"end","format":"jsonl","documents":1,"findings":[]}"#.to_string(),
    ];
    write(&house.root.join("inbox/erp/batch.jsonl"), (text.join("\n") + "\n").as_bytes());
    house.until("the payments have left", |journal, _| {
        let sent = journal.outbounds(&[bankferry::journal::OutboundState::Sent]).expect("files");
        sent.iter().any(|file| file.party == "bank")
    });
    house
}

/// The rows that the ERP was given last: of CSV, of JSON lines, and the codes of pain.002.
struct Rows {
    csv: Vec<Vec<String>>,
    json: Vec<Value>,
    head: Value,
    xml: String,
}

/// Lets the bank answer, and reads what the ERP is told of it.
fn told(house: &mut House, name: &str, [file, group]: [&str; 2], payments: &[(&str, &str)]) -> Rows {
    let before = files(&house.root.join("outbox/erp"));
    let text = super::moved::answer_text(house, name, [file, group], payments);
    give(house, &format!("{name}.xml"), &text);
    house.until("the ERP is told", |_, root| files(&root.join("outbox/erp")).len() == before.len() + 3);
    let now = files(&house.root.join("outbox/erp"));
    let of = |end: &str| {
        let new = now.iter().find(|(name, _)| name.ends_with(end) && !before.contains_key(*name));
        String::from_utf8(new.unwrap_or_else(|| panic!("no {end}: {:?}", now.keys())).1.clone()).expect("UTF-8")
    };
    let csv = of(".csv").lines().skip(1).map(|line| line.split(',').map(str::to_string).collect()).collect();
    let json = lines(&of(".jsonl"));
    let (rows, others): (Vec<Value>, Vec<Value>) = json.into_iter().partition(|line| line["type"] == "payment_status");
    Rows { csv, json: rows, head: others[0].clone(), xml: of(".xml") }
}

impl Rows {
    /// Each payment's end-to-end id, our state, the code, and the bank's words; the same in all three formats.
    fn all(&self) -> Vec<[String; 4]> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let row = |row: &Value| {
            [&row["original_end_to_end_id"], &row["told"]["state"], &row["status"], &row["bank_status"]].map(text)
        };
        let rows: Vec<_> = self.json.iter().map(row).collect();
        let of_csv = self.csv.iter().map(|row| [&row[1], &row[4], &row[5]].map(String::clone));
        let of_json = rows.iter().map(|[id, state, _, words]| [id, state, words].map(String::clone));
        assert_eq!(of_csv.collect::<Vec<_>>(), of_json.collect::<Vec<_>>());
        let codes: Vec<_> = self.xml.split("<TxSts>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(codes, rows.iter().map(|row| row[2].as_str()).collect::<Vec<_>>());
        rows
    }
}

fn row(id: &str, state: &str, code: &str, words: &str) -> [String; 4] {
    [id, state, code, words].map(str::to_string)
}

#[test]
fn a_row_for_each_payment_has_the_state_of_the_journal_and_the_ids_of_the_erp() {
    let mut house = house();
    let rows = told(&mut house, "taken", ["ACCP", "ACCP"], &[]);
    assert_eq!(rows.all(), [row("QH01", "accepted", "ACCP", "ACCP"), row("QH02", "accepted", "ACCP", "ACCP")]);
    assert_eq!(rows.head["original_message_id"], "ERP-M1");
    assert!(rows.head.get("status").is_none(), "{}", rows.head);
    for payment in &rows.json {
        assert_eq!(payment["original_payment_information_id"], "ERP-G1", "{payment}");
        assert!(payment["told"]["batch"].as_str().is_some_and(|batch| batch.starts_with('B')), "{payment}");
    }
    assert!(rows.xml.contains("<OrgnlMsgId>ERP-M1</OrgnlMsgId>"), "{}", rows.xml);
    assert_eq!(rows.xml.matches("<OrgnlPmtInfId>ERP-G1</OrgnlPmtInfId>").count(), 1, "{}", rows.xml);
    assert!(!rows.xml.contains("<GrpSts>"), "{}", rows.xml);
    // A payment that is done stays so, whatever a later and weaker word says.
    let rows = told(&mut house, "done", ["", ""], &[("QH01", "ACSC"), ("QH01", "ACSC")]);
    assert_eq!(rows.all(), [row("QH01", "executed", "ACSC", "ACSC")]);
    let rows = told(&mut house, "late", ["", ""], &[("QH01", "PDNG"), ("QH02", "RJCT")]);
    assert_eq!(rows.all(), [row("QH01", "executed", "ACSC", "PDNG"), row("QH02", "rejected", "RJCT", "RJCT")]);
    let rows = told(&mut house, "back", ["", ""], &[("QH01", "RJCT"), ("QH02", "ACSP")]);
    assert_eq!(rows.all(), [row("QH01", "returned", "PDNG", "RJCT"), row("QH02", "unknown", "PDNG", "ACSP")]);
    assert!(rows.xml.contains("state here: unknown; the bank"), "{}", rows.xml);
}

#[test]
fn an_erp_never_reads_of_a_success_or_refusal_that_is_not_believed() {
    for (whole, payments, first, second) in [
        (["ACSC", "RJCT"], &[][..], ["unknown", "PDNG", "RJCT"], Some(["unknown", "PDNG", "RJCT"])),
        (["", ""], &[("QH01", "ACSC"), ("QH01", "RJCT")][..], ["unknown", "PDNG", "ACSC / RJCT"], None),
        (["RJCT", ""], &[("QH01", "ACSC")][..], ["unknown", "PDNG", "ACSC"], Some(["rejected", "RJCT", "RJCT"])),
        (["PDNG", ""], &[][..], ["pending", "PDNG", "PDNG"], Some(["pending", "PDNG", "PDNG"])),
    ] {
        let mut house = house();
        let rows = told(&mut house, "both", whole, payments).all();
        let wanted: Vec<_> = [("QH01", Some(first)), ("QH02", second)]
            .into_iter()
            .filter_map(|(id, said)| said.map(|[state, code, words]| row(id, state, code, words)))
            .collect();
        assert_eq!(rows, wanted, "{whole:?} {payments:?}");
    }
}
