//! Branches of banks, and the amount that was ordered: what a file says beside the bank and the booked amount.

use super::convert::{err, out};
use super::layouts::{gbk, of_its_own, read};

/// A credit transfer with a branch at both banks.
fn pain() -> String {
    let agent = |tag: &str, bic: &str, branch: &str| {
        format!("<{tag}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId>{branch}</{tag}>")
    };
    let ours = agent("DbtrAgt", "BOTKJPJT", "<BrnchId><Id>017</Id><Nm>Marunouchi</Nm></BrnchId>");
    let theirs = agent("CdtrAgt", "SMBCJPJT", "<BrnchId><Id>211</Id></BrnchId>");
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr>\
         <MsgId>M-1</MsgId>\
         <CreDtTm>2026-12-01T08:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Greenfield</Nm></InitgPty></GrpHdr>\
         <PmtInf><PmtInfId>G-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-12-01</Dt></ReqdExctnDt><Dbtr>\
         <Nm>Greenfield</Nm></Dbtr><DbtrAcct><Id><Othr><Id>1234567</Id></Othr></Id></DbtrAcct>{ours}<CdtTrfTxInf>\
         <PmtId>\
         <EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"JPY\">100</InstdAmt></Amt>{theirs}<Cdtr>\
         <Nm>Far Hills</Nm></Cdtr><CdtrAcct><Id><Othr><Id>7654321</Id></Othr></Id></CdtrAcct></CdtTrfTxInf></PmtInf>\
         </CstmrCdtTrfInitn></Document>"
    )
}

#[test]
fn branches_of_both_banks_go_through_pain_001() {
    let told = read("pain.001", pain().as_bytes());
    assert!(told.contains(r#""branch":"017","branch_name":"Marunouchi""#), "{told}");
    assert!(told.contains(r#""x_branch":"211""#), "{told}");
    let own = of_its_own("iso20022-bank", "[seal]", "[seal]");
    for to in ["pain.001.001.09", "pain.001.001.03"] {
        let output = own.convert(&["--from", "jsonl", "--to", to], told.as_bytes());
        let file = out(&output);
        let plain: String = file.split_whitespace().collect();
        assert!(
            plain.contains("<BrnchId><Id>017</Id><Nm>Marunouchi</Nm></BrnchId></DbtrAgt>"),
            "{file}{}",
            err(&output)
        );
        assert!(plain.contains("</FinInstnId><BrnchId><Id>211</Id></BrnchId></CdtrAgt>"), "{file}");
        let again = read("pain.001", file.as_bytes());
        assert!(again.contains(r#""branch":"017""#) && again.contains(r#""x_branch":"211""#), "{again}");
    }
}

/// A layout takes the branch of our bank, and that of theirs, from the items of their own.
#[test]
fn a_layout_carries_both_branches() {
    let own = of_its_own(
        "dbs",
        "short-rows = true",
        "short-rows = true\nvalues = { \"group.party_id\" = \"G1\", \"group.account_currency\" = \"SGD\" }",
    );
    let payments = pain()
        .replace("SMBCJPJT", "7171")
        .replace("<BICFI>7171</BICFI>", "<ClrSysMmbId><MmbId>7171</MmbId></ClrSysMmbId>");
    let payments = payments.replace("Ccy=\"JPY\"", "Ccy=\"SGD\"");
    let output = own.convert(&["--from", "pain.001", "--to", "own"], &gbk(&payments));
    assert!(out(&output).contains(",7171,211,"), "{}{}", out(&output), err(&output));
}

/// Of a booking in our currency the bank tells in which amount and currency it was ordered.
#[test]
fn the_ordered_amount_of_a_swift_statement_is_read() {
    let statement = |line: &str, info: &str| {
        format!(
            ":20:S-1\r\n:25:65479512\r\n:28C:1/1\r\n:60F:C261130EUR1000,00\r\n:61:2612011201D1080,00NTRFREF//B-1\r\n{line}\
             :86:{info}\r\n:62F:D261201EUR80,00\r\n-\r\n"
        )
    };
    for (line, info) in
        [("", "/EREF/E-1/OCMT/USD1166,40/EXCH/1,08"), ("/OCMT/USD1166,40/\r\n", "/EREF/E-1/NAME/Far Hills")]
    {
        let told = read("mt940", statement(line, info).as_bytes());
        let entry = told.lines().find(|line| line.contains(r#""type":"entry""#)).expect("an entry");
        assert!(entry.contains(r#""conversion":{"instructed":{"amount":"1166.40","currency":"USD"}}"#), "{entry}");
        assert!(entry.contains(r#""amount":"1080.00","currency":"EUR""#), "what was booked is the amount: {entry}");
    }
    let told = read("mt940", statement("", "/EREF/E-1/OCMT/VARIOUS").as_bytes());
    assert!(!told.contains("conversion"), "{told}");
}
