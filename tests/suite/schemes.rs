//! What a payment scheme forbids does not leave without a word: it is refused with its field and what to write, or
//! shaped as the scheme takes it, and told.

use super::convert::{convert, err, out};

const IBAN: &str = "DE02120300000000202051";
const QR_IBAN: &str = "CH4431999123000889012";
const QR: &str = "210000000003139471430009017";

/// A payment in a group, as JSON lines; `{…}` of both is laid over what every payment has.
pub struct Order {
    group: serde_json::Value,
    payment: serde_json::Value,
}

impl Order {
    /// A transfer in euro.
    fn transfer() -> Order {
        Order {
            group: serde_json::json!({
                "type": "group", "id": "G-1", "method": "TRF", "execution_date": "2030-12-02",
                "account": { "id": "DE89370400440532013000", "iban": "DE89370400440532013000" },
                "party": { "name": "Example GmbH" }, "agent": "COBADEFFXXX",
            }),
            payment: serde_json::json!({
                "type": "payment", "seq": 1, "end_to_end_id": "E-1", "amount": "12.50", "currency": "EUR",
                "indicator": "CRDT", "counterparty": { "name": "Payee", "account": IBAN, "agent": "BYLADEM1001" },
            }),
        }
    }

    /// A direct debit in euro.
    fn debit() -> Order {
        let mut order = Order::transfer();
        order.group["method"] = "DD".into();
        order.group["party"]["id"] = "DE98ZZZ09999999999".into();
        order.payment["indicator"] = "DBIT".into();
        order.payment["mandate_id"] = "MANDATE-1".into();
        order.payment["mandate_date"] = "2026-01-01".into();
        order
    }

    fn with(mut self, change: impl FnOnce(&mut serde_json::Value)) -> Order {
        change(&mut self.payment);
        self
    }

    fn lines(&self) -> String {
        let amount = self.payment["amount"].as_str().unwrap();
        let currency = self.payment["currency"].as_str().unwrap();
        let head = serde_json::json!({
            "type": "payments", "format": "jsonl", "message_id": "M-1", "created": "2026-11-28T08:00:00Z",
            "initiating_party": "Example GmbH", "declared": { "count": 1, "sum": amount },
        });
        let end =
            serde_json::json!({ "type": "payments_end", "count": 1, "sums": { currency: amount }, "findings": [] });
        let last = serde_json::json!({ "type": "end", "format": "jsonl", "documents": 1, "findings": [] });
        [&head, &self.group, &self.payment, &end, &last].map(|line| format!("{line}\n")).concat()
    }

    /// What is written, and what is told of it.
    pub fn written(&self, dialect: &str) -> (String, String) {
        let output = convert(&["--to", dialect, "-"], &self.lines());
        assert!(output.status.success(), "{dialect}: {}", err(&output));
        (out(&output), err(&output))
    }

    /// What is said when it is refused; nothing is written whole.
    fn refused(&self, dialect: &str) -> String {
        let output = convert(&["--to", dialect, "-"], &self.lines());
        assert_eq!(output.status.code(), Some(1), "{dialect}: {} {}", out(&output), err(&output));
        assert!(!out(&output).contains("</Document>"), "{dialect}");
        let said = err(&output);
        assert!(said.starts_with("error: ") && said.contains("hint: "), "{dialect}: {said}");
        said
    }
}

/// Orders that every dialect takes, with what it shapes.
pub fn orders(debit: bool) -> Vec<Order> {
    let plain = || if debit { Order::debit() } else { Order::transfer() };
    let address = serde_json::json!({ "street": "Weg", "building": "1", "post_code": "10115", "town": "Berlin", "country": "DE" });
    vec![
        plain(),
        plain().with(|p| p["remittance"] = serde_json::json!(["Invoice 7", "and Invoice 8"])),
        plain().with(|p| p["structured_reference"] = "RF18539007547034".into()),
        plain().with(|p| p["counterparty"]["address"] = address),
        plain().with(|p| p["purpose"] = "SALA".into()),
    ]
}

const EURO: [&str; 2] = ["sepa-transfer", "german-dk"];

#[test]
fn what_a_scheme_takes_is_written() {
    for dialect in ["iso20022-bank", "iso-cgi-03", "iso-hybrid", "sepa-transfer", "german-dk", "swiss-sps"] {
        let (_, said) = Order::transfer().written(dialect);
        assert_eq!(said, "", "{dialect}");
    }
    assert_eq!(Order::debit().written("sepa-debit").1, "");
}

#[test]
fn texts_are_joined_where_they_fit_and_told() {
    let two = || Order::transfer().with(|p| p["remittance"] = serde_json::json!(["Invoice 7", "less 2 %"]));
    for dialect in ["sepa-transfer", "german-dk", "swiss-sps"] {
        // The Latin letters have no percent sign.
        let order = two().with(|p| p["remittance"][1] = "less 2".into());
        let (file, said) = order.written(dialect);
        assert_eq!(file.matches("<Ustrd>").count(), 1, "{dialect}: {file}");
        assert!(file.contains("<Ustrd>Invoice 7 less 2</Ustrd>"), "{dialect}: {file}");
        assert!(said.contains("2 texts are written in 1, joined with a blank"), "{dialect}: {said}");
        let long = two().with(|p| p["remittance"] = serde_json::json!(["x".repeat(100), "y".repeat(40)]));
        let said = long.refused(dialect);
        assert!(said.contains("field remittance") && said.contains("do not fit into 1 of 140"), "{dialect}: {said}");
    }
    // Elsewhere a payment has as many as it needs.
    let (file, said) = two().written("iso20022-bank");
    assert!(file.matches("<Ustrd>").count() == 2 && said.is_empty(), "{said}");
}

#[test]
fn a_text_beside_a_reference_is_where_the_scheme_has_it() {
    let both = || {
        Order::transfer().with(|p| {
            p["structured_reference"] = "RF18539007547034".into();
            p["remittance"] = serde_json::json!(["Invoice 7"]);
        })
    };
    for dialect in EURO {
        let said = both().refused(dialect);
        assert!(said.contains("a text or a creditor's reference, not both"), "{said}");
    }
    let (file, _) = both().written("swiss-sps");
    assert!(file.contains("</CdtrRefInf><AddtlRmtInf>Invoice 7</AddtlRmtInf></Strd>"), "{file}");
    assert!(!file.contains("<Ustrd>"), "{file}");
    // It comes back as it was.
    let back = out(&convert(&["-"], &file));
    assert!(back.contains(r#""remittance":["Invoice 7"],"structured_reference":"RF18539007547034""#), "{back}");
    let (file, _) = both().written("iso20022-bank");
    assert!(file.contains("<Ustrd>Invoice 7</Ustrd><Strd>"), "{file}");
}

#[test]
fn a_reference_has_its_type_and_right_digits() {
    let of = |reference: &str, account: &str| {
        Order::transfer().with(|p| {
            p["structured_reference"] = reference.into();
            p["counterparty"]["account"] = account.into();
        })
    };
    let scor = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref>";
    for dialect in ["sepa-transfer", "german-dk", "swiss-sps"] {
        let (file, _) = of("RF18 5390 0754 7034", IBAN).written(dialect);
        assert!(file.contains(scor), "{dialect}: {file}");
        let said = of("RF19539007547034", IBAN).refused(dialect);
        assert!(said.contains("field structured_reference") && said.contains("check digits are wrong"), "{said}");
    }
    let (file, _) = of("090933755493", IBAN).written("sepa-transfer");
    assert!(file.contains("<Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>090933755493</Ref>"), "{file}");
    let said = of("090933755493", IBAN).refused("swiss-sps");
    assert!(said.contains("no creditor's reference of this form") && said.contains("`remittance`"), "{said}");

    let (file, _) = of("21 00000 00003 13947 14300 09017", QR_IBAN).written("swiss-sps");
    assert!(file.contains(&format!("<Prtry>QRR</Prtry></CdOrPrtry></Tp><Ref>{QR}</Ref>")), "{file}");
    for (reference, account, why) in [
        (QR, IBAN, "a QR reference needs a QR-IBAN"),
        ("210000000003139471430009018", IBAN, "the check digit of the QR reference is wrong"),
        ("RF18539007547034", QR_IBAN, "takes a QR reference and nothing else"),
        ("210000000003139471430009018", QR_IBAN, "takes a QR reference and nothing else"),
    ] {
        let said = of(reference, account).refused("swiss-sps");
        assert!(said.contains(why), "{said}");
    }
    let bare = Order::transfer().with(|p| p["counterparty"]["account"] = QR_IBAN.into());
    assert!(bare.refused("swiss-sps").contains("QR-IBAN"));
}

#[test]
fn an_address_has_the_parts_and_lines_of_the_scheme() {
    let of = |address: serde_json::Value| Order::transfer().with(|p| p["counterparty"]["address"] = address);
    let lines = |count: usize| -> Vec<String> { (1..=count).map(|n| format!("line {n}")).collect() };
    for dialect in ["iso20022-bank", "iso-hybrid", "sepa-transfer", "swiss-sps"] {
        for (address, field, element) in [
            (serde_json::json!({ "town": "Berlin" }), "country", "Ctry"),
            (serde_json::json!({ "country": "DE", "lines": ["Weg 1", "10115 Berlin"] }), "town", "TwnNm"),
        ] {
            let said = of(address).refused(dialect);
            let names = format!("field {field}: the address has no `{field}` (`{element}`)");
            assert!(said.contains(&names) && said.contains("or give no address"), "{dialect}: {said}");
        }
        let (file, said) =
            of(serde_json::json!({ "town": "Berlin", "country": "DE", "lines": lines(4) })).written(dialect);
        assert_eq!((file.matches("<AdrLine>").count(), said.as_str()), (2, ""), "{dialect}: {file}");
        assert!(file.contains("<AdrLine>line 2, line 3, line 4</AdrLine>"), "{dialect}: {file}");
        let long = vec!["x".repeat(60); 3];
        let said = of(serde_json::json!({ "town": "Berlin", "country": "DE", "lines": long })).refused(dialect);
        assert!(said.contains("does not fit into 2 lines") && said.contains("`street`"), "{dialect}: {said}");
    }
    // The older versions take addresses in lines alone.
    let (file, _) = of(serde_json::json!({ "country": "DE", "lines": lines(7) })).written("iso-cgi-03");
    assert_eq!(file.matches("<AdrLine>").count(), 7);
    let parts = serde_json::json!({ "street": "Weg", "building": "1", "post_code": "10115", "town": "Berlin", "country": "DE" });
    let (file, _) = of(parts).written("german-dk");
    assert!(file.contains("<Ctry>DE</Ctry><AdrLine>Weg 1</AdrLine><AdrLine>10115 Berlin</AdrLine>"), "{file}");
    assert!(!file.contains("PstCd") && !file.contains("TwnNm"), "{file}");
}

#[test]
fn a_name_is_counted_as_it_is_written() {
    // Seventy characters, and seventy-one once they are folded.
    let name = format!("ä{}", "x".repeat(69));
    for (dialect, fits) in
        [("sepa-transfer", false), ("german-dk", false), ("swiss-sps", true), ("iso20022-bank", true)]
    {
        let order = || Order::transfer().with(|p| p["counterparty"]["name"] = name.as_str().into());
        match fits {
            true => drop(order().written(dialect)),
            false => {
                let output = convert(&["--to", dialect, "-"], &order().lines());
                assert!(
                    err(&output).contains("Cdtr/Nm[1]: ") && err(&output).contains("longer than 70"),
                    "{}",
                    err(&output)
                );
            }
        }
    }
    let mut order = Order::transfer();
    order.group["party"]["name"] = "x".repeat(71).into();
    for dialect in ["sepa-transfer", "swiss-sps"] {
        let output = convert(&["--to", dialect, "-"], &order.lines());
        assert!(err(&output).contains("longer than 70"), "{}", err(&output));
    }
}

#[test]
fn slashes_of_ids_stand_within() {
    for bad in ["/E-1", "E-1/", "E//1"] {
        let order = Order::transfer().with(|p| p["end_to_end_id"] = bad.into());
        for dialect in ["iso20022-bank", "sepa-transfer", "german-dk", "swiss-sps"] {
            let said = order.refused(dialect);
            assert!(said.contains("PmtId/EndToEndId[1], field end_to_end_id: ") && said.contains("slash"), "{said}");
        }
    }
    let mut order = Order::debit().with(|p| p["mandate_id"] = "/M".into());
    assert!(order.refused("sepa-debit").contains("field mandate_id: "));
    order.group["id"] = "G/".into();
    assert!(order.refused("sepa-debit").contains("PmtInfId[1], field payment_information_id: "));
    Order::transfer().with(|p| p["end_to_end_id"] = "E/1".into()).written("sepa-transfer");
}

#[test]
fn euro_schemes_pay_from_iban_to_iban_in_euro() {
    for dialect in EURO {
        let of = |key: &'static str, value: &'static str| {
            Order::transfer().with(|p| match key {
                "account" => p["counterparty"]["account"] = value.into(),
                key => p[key] = value.into(),
            })
        };
        for (key, value, why) in [
            ("account", "6222020200112233445", "is not an IBAN, and this bank takes IBANs only"),
            ("account", "TR330006100519786457841326", "an IBAN of `TR` is not taken here"),
            ("currency", "USD", "the currency USD is not allowed here"),
            ("amount", "1000000000.00", "999999999.99"),
            ("charge_bearer", "DEBT", "`SLEV`"),
            ("x_service_level", "URGP", "`SEPA`"),
        ] {
            let said = of(key, value).refused(dialect);
            assert!(said.contains(why), "{dialect} {key}: {said}");
        }
        of("amount", "999999999.99").written(dialect);
        let mut ours = Order::transfer();
        ours.group["account"] = serde_json::json!({ "id": "532013000" });
        assert!(ours.refused(dialect).contains("field debtor_account: `532013000` is not an IBAN"));
    }
}

#[test]
fn a_direct_debit_names_creditor_and_mandate() {
    for (field, is) in [("mandate_id", "mandate_id"), ("mandate_date", "mandate_date")] {
        let order = Order::debit().with(|p| drop(p.as_object_mut().unwrap().remove(field)));
        let said = order.refused("sepa-debit");
        assert!(said.contains(&format!("field {is}: `{is}` is missing, and this bank demands it")), "{said}");
    }
    let mut order = Order::debit();
    order.group["party"] = serde_json::json!({ "name": "Example GmbH" });
    assert!(order.refused("sepa-debit").contains("field creditor_scheme_id: `creditor_scheme_id` is missing"));
    order.group["party"]["id"] = "DE97ZZZ09999999999".into();
    assert!(
        order
            .refused("sepa-debit")
            .contains("field creditor_scheme_id: `DE97ZZZ09999999999` is not a creditor identifier")
    );
    for (key, value) in [("sequence_type", "RPRE"), ("local_instrument", "B2B")] {
        let mut order = Order::debit();
        order.group[key] = value.into();
        let said = order.refused("sepa-debit");
        assert!(said.contains(value), "{said}");
    }
    let mut first = Order::debit();
    first.group["sequence_type"] = "FRST".into();
    assert!(first.written("sepa-debit").0.contains("<SeqTp>FRST</SeqTp>"));
}

#[test]
fn a_payment_has_its_groups_type_where_the_scheme_knows_no_other() {
    let urgent = Order::transfer().with(|p| p["urgent"] = true.into());
    let said = urgent.refused("sepa-transfer");
    assert!(said.contains("field urgency: `HIGH` is not its group's") && said.contains("group of its own"), "{said}");
    assert!(urgent.written("iso20022-bank").0.contains("<InstrPrty>HIGH</InstrPrty>"));
    // What is the same stands once, in the group.
    let same = Order::transfer().with(|p| {
        p["urgent"] = false.into();
        p["charge_bearer"] = "SLEV".into();
        p["x_service_level"] = "SEPA".into();
    });
    let (file, said) = same.written("sepa-transfer");
    assert_eq!((file.matches("<PmtTpInf>").count(), file.matches("<ChrgBr>").count()), (1, 1), "{file}");
    assert_eq!(said, "");
    let shared = Order::transfer().with(|p| p["charge_bearer"] = "SHAR".into());
    assert!(shared.written("iso20022-bank").0.contains("<ChrgBr>SHAR</ChrgBr>"));
    let mut order = Order::transfer().with(|p| p["category_purpose"] = "SALA".into());
    order.group["category_purpose"] = "SUPP".into();
    assert!(order.refused("sepa-transfer").contains("field category: `SALA` is not its group's"));
}
