//! ISO 20022 messages through the public door: what is read, what is refused, what is written.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bankferry::document::*;
use bankferry::finding::Place;
use bankferry::format::{
    AddressShape, Charset, Dialect, ReadError, ReadOptions, ScratchMaker, WriteError, WriteOptions, xml,
};
use proptest::prelude::*;

/// Bytes that outlive the writer.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Part>, String> {
    read_as(bytes, None)
}

fn read_as(bytes: &[u8], expect: Option<&str>) -> Result<Vec<Part>, String> {
    let rule = |error| match error {
        ReadError::Refused(finding) => finding.rule.to_string(),
        ReadError::Io(error) => error.to_string(),
    };
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let mut reader = xml::open(input, expect, &ReadOptions::default()).map_err(rule)?;
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part().map_err(rule)? {
        parts.push(part);
    }
    Ok(parts)
}

/// The written bytes, or the refusal's rule and path.
pub fn write(message: &str, parts: &[Part], options: &WriteOptions) -> Result<Vec<u8>, (String, String)> {
    let refusal = |error| match error {
        WriteError::Refused(f) => (f.rule.to_string(), f.place.path.clone().unwrap_or_default()),
        WriteError::Io(error) => (error.to_string(), String::new()),
    };
    let sink = Sink::default();
    let mut writer = xml::create(message, Box::new(sink.clone()), options).expect("a message that is written");
    for part in parts {
        writer.write_part(part).map_err(refusal)?;
    }
    writer.finish().map_err(refusal)?;
    let bytes = sink.0.lock().expect("one thread").clone();
    Ok(bytes)
}

/// The rules of the findings at the end of each document.
fn rules(parts: &[Part]) -> Vec<String> {
    let ends = parts.iter().filter_map(Part::end_findings).flatten();
    ends.map(|finding| finding.rule.to_string()).collect()
}

/// The same parts without what a file does not carry: format, findings, places.
fn bare(parts: Vec<Part>) -> Vec<Part> {
    let clean = |mut part: Part| {
        match &mut part {
            Part::Payments(head) => head.format.clear(),
            Part::Payment(payment) => payment.place = Place::default(),
            Part::PaymentsEnd(end) => end.findings.clear(),
            Part::StatusReport(head) => head.format.clear(),
            Part::StatusReportEnd(end) => end.findings.clear(),
            Part::Statement(head) => head.format.clear(),
            Part::StatementEnd(end) => end.findings.clear(),
            _ => {}
        }
        part
    };
    parts.into_iter().map(clean).collect()
}

const TRANSFER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-23T10:00:00+08:00</CreDtTm><NbOfTxs>2</NbOfTxs><CtrlSum>30.5</CtrlSum>
<InitgPty><Nm>A &amp; B</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>G-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-24</Dt></ReqdExctnDt>
<Dbtr><Nm>A &amp; B</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">10.5</InstdAmt></Amt>
<Cdtr><Nm>C</Nm></Cdtr><CdtrAcct><Id><Othr><Id>6222020200112233445</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>NOTPROVIDED</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">20</InstdAmt></Amt>
<CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>102100099996</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt>
<Cdtr><Nm>D</Nm></Cdtr><RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd></RmtInf></CdtTrfTxInf>
</PmtInf></CstmrCdtTrfInitn></Document>"#;

const STATUS: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-23T11:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>PART</GrpSts>
</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>G-1</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>E-2</OrgnlEndToEndId><TxSts>OKAY</TxSts></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"#;

const STATEMENT: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-11-23T06:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>ST-1</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>PRCD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-21</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">89.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-22</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">10.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-22</Dt></BookgDt>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs><Amt Ccy="EUR">10.50</Amt><RltdPties>
<Dbtr><Pty><Nm>A &amp; B</Nm></Pty></Dbtr><Cdtr><Pty><Nm>C</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BkTxCd/></Ntry>
</Stmt></BkToCstmrStmt></Document>"#;

#[test]
fn a_credit_transfer_is_read() {
    let parts = read(TRANSFER.as_bytes()).expect("read");
    let [Part::Payments(head), Part::Group(group), payments @ .., Part::PaymentsEnd(end)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    let [Part::Payment(first), Part::Payment(second)] = payments else { panic!("{payments:?}") };
    assert_eq!((head.format.as_str(), head.message_id.as_deref()), ("pain.001.001.09", Some("M-1")));
    assert_eq!(head.initiating_party.as_deref(), Some("A & B"));
    assert_eq!(group.account.as_ref().and_then(|a| a.iban.as_deref()), Some("DE89370400440532013000"));
    assert_eq!(group.execution_date, parse_date("2026-11-24"));
    assert_eq!(first.counterparty.account.as_ref().map(Account::as_str), Some("6222020200112233445"));
    assert_eq!(first.amount.to_string(), "10.5");
    assert_eq!((second.end_to_end_id.as_ref(), second.remittance.len()), (None, 2));
    assert_eq!(second.counterparty.agent.as_deref(), Some("102100099996"));
    assert_eq!((end.count, end.sums.len()), (2, 1));
}

#[test]
fn a_status_report_is_read_and_an_unknown_code_is_not_a_status() {
    let parts = read(STATUS.as_bytes()).expect("read");
    let statuses: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::PaymentStatus(p) => Some((p.status.as_deref(), p.bank_status.as_deref(), p.reasons.len())),
            _ => None,
        })
        .collect();
    assert_eq!(statuses, [(Some("RJCT"), None, 1), (None, Some("OKAY"), 0)]);
    assert_eq!(rules(&parts), ["status-unknown"]);
}

#[test]
fn a_statement_is_read_and_adds_up() {
    let parts = read(STATEMENT.as_bytes()).expect("read");
    let [Part::Statement(head), Part::Entry(entry), Part::Entry(pending), Part::StatementEnd(end)] = parts.as_slice()
    else {
        panic!("{parts:?}");
    };
    assert_eq!((head.number.as_deref(), head.account.currency), (Some("7"), Currency::parse("EUR")));
    assert_eq!(entry.details[0].counterparty.name.as_deref(), Some("C"));
    assert_eq!(pending.status.as_deref(), Some("PDNG"));
    assert_eq!((end.entries, end.balances.len(), end.findings.len()), (2, 2, 0));
    let wrong = STATEMENT.replace("89.50", "89.51");
    assert_eq!(rules(&read(wrong.as_bytes()).expect("read")), ["balance-mismatch"]);
}

#[test]
fn a_reversed_debit_names_who_had_been_paid() {
    let reversed =
        STATEMENT.replace("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>");
    let parts = read(reversed.as_bytes()).expect("read");
    let Some(Part::Entry(entry)) = parts.get(1) else { panic!("{parts:?}") };
    assert_eq!((entry.indicator, entry.reversal), (Indicator::Credit, true));
    assert_eq!(entry.details[0].counterparty.name.as_deref(), Some("C"));
}

#[test]
fn what_real_banks_write_is_read_with_a_finding() {
    for (was, is, rule) in [
        ("<Dt>2026-11-22</Dt></BookgDt>", "<Dt>2026-11-31</Dt></BookgDt>", "date"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>\n<Dt><Dt>2026-11-21", "<Dt><Dt>2026-11-21", "balance-indicator-missing"),
        ("Ccy=\"EUR\">10.50</Amt><CdtDbtInd>DBIT", "Ccy=\"eur\">10.50</Amt><CdtDbtInd>DBIT", "currency"),
        ("<Id>ST-1</Id>", "<Id>ST-1</Id><Colour>blue</Colour>", "unknown-element"),
        ("<Id>ST-1</Id>", "<Id>ST-1</Id><Id xmlns=\"urn:other\">x</Id>", "namespace"),
        (" xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"", "", "namespace"),
        ("<Id><IBAN>DE89370400440532013000</IBAN></Id>", "", "account-missing"),
        (
            "<Amt Ccy=\"EUR\">10.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>",
            "<CdtDbtInd>DBIT</CdtDbtInd><Sts>",
            "amount-missing",
        ),
    ] {
        let changed = STATEMENT.replacen(was, is, 1);
        assert_ne!(changed, STATEMENT, "{was}");
        let parts = read(changed.as_bytes()).unwrap_or_else(|rule| panic!("{is}: {rule}"));
        assert_eq!(rules(&parts), [rule], "{is}");
    }
}

#[test]
fn numbers_of_xml_schema_are_read_exactly_and_nothing_else_is() {
    let with = |amount: &str| read(STATEMENT.replace(">5</Amt>", &format!(">{amount}</Amt>")).as_bytes());
    for (written, want) in
        [(" 5.00\n", "5.00"), (".5", "0.5"), ("5.", "5"), ("+5", "5"), ("0.0000000000005", "0.0000000000005")]
    {
        let parts = with(written).unwrap_or_else(|rule| panic!("{written}: {rule}"));
        let Some(Part::Entry(entry)) = parts.get(2) else { panic!("{parts:?}") };
        assert_eq!(entry.amount.to_string(), want);
    }
    for wrong in ["1e3", "-5", "5,00", "1 000", "٣", "NaN", "", ".", "1234567890123456789012345678901"] {
        assert_eq!(with(wrong).unwrap_err(), "amount", "{wrong}");
    }
}

#[test]
fn totals_that_do_not_hold_refuse_the_payments() {
    for (was, is, rule) in [
        ("<NbOfTxs>2<", "<NbOfTxs>3<", "count-mismatch"),
        ("<CtrlSum>30.5<", "<CtrlSum>30.51<", "sum-mismatch"),
        ("<MsgId>M-1</MsgId>", "", "message-id-missing"),
        ("<Id><IBAN>DE89370400440532013000</IBAN></Id>", "", "account-missing"),
        ("<PmtMtd>TRF<", "<PmtMtd>CHK<", "method"),
    ] {
        let parts = read(TRANSFER.replacen(was, is, 1).as_bytes()).expect("understood to its end");
        let findings = parts.last().and_then(Part::end_findings).unwrap_or_default();
        let errors: Vec<_> = findings.iter().filter(|f| f.is_error()).map(|f| f.rule.as_ref()).collect();
        assert_eq!(errors, [rule], "{is}");
    }
    let no_amount = TRANSFER.replace("<Amt><InstdAmt Ccy=\"EUR\">20</InstdAmt></Amt>", "");
    assert_eq!(read(no_amount.as_bytes()).unwrap_err(), "amount-missing");
}

#[test]
fn envelopes_prefixes_and_several_messages_are_read() {
    let body = &STATEMENT[STATEMENT.find("<Document").expect("a document")..];
    let prefixed = body.replace("</", "</c:").replace('<', "<c:").replace("<c:/", "</").replace("xmlns=", "xmlns:c=");
    assert_eq!(bare(read(prefixed.as_bytes()).expect("prefixed")), bare(read(body.as_bytes()).expect("plain")));
    let two = format!("<Saa xmlns=\"urn:swift:saa\"><Body>{body}</Body><Body>{body}</Body></Saa>");
    let parts = read(two.as_bytes()).expect("envelope");
    assert_eq!(parts.iter().filter(|part| part.is_head()).count(), 2);
    assert!(rules(&parts).contains(&"envelope".to_string()));
    let report =
        body.replace("camt.053", "camt.052").replace("BkToCstmrStmt", "BkToCstmrAcctRpt").replace("Stmt>", "Rpt>");
    let mixed = format!("<Saa>{body}{report}</Saa>");
    assert_eq!(read(mixed.as_bytes()).unwrap_err(), "message");
}

#[test]
fn another_message_is_an_error_and_not_an_empty_statement() {
    assert_eq!(read_as(STATEMENT.as_bytes(), Some("camt.052")).unwrap_err(), "message");
    assert!(read_as(STATEMENT.as_bytes(), Some("camt.053")).is_ok());
    for (xml, rule) in [
        ("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"/>", "message"),
        ("<html/>", "message"),
        (
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrAcctRpt/></Document>",
            "namespace",
        ),
        (
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:other.002.001.03\"><CstmrPmtStsRpt/></Document>",
            "namespace",
        ),
        (
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt/></Document>",
            "statement-missing",
        ),
    ] {
        assert_eq!(read(xml.as_bytes()).unwrap_err(), rule, "{xml}");
    }
}

#[test]
fn no_cut_file_is_taken_for_a_whole_one() {
    for sample in [TRANSFER, STATUS, STATEMENT] {
        let whole = bare(read(sample.as_bytes()).expect("the sample"));
        for cut in 0..sample.len() {
            if let Ok(parts) = read(&sample.as_bytes()[..cut]) {
                assert_eq!(bare(parts), whole, "cut at {cut}");
            }
        }
    }
}

#[test]
fn no_changed_byte_makes_a_reader_panic() {
    for sample in [TRANSFER, STATUS, STATEMENT] {
        for at in 0..sample.len() {
            for byte in [0, b'<', b'&', b'>', b' ', 0xff] {
                let mut bytes = sample.as_bytes().to_vec();
                bytes[at] = byte;
                let _ = read(&bytes);
            }
        }
    }
}

#[test]
fn what_the_target_cannot_carry_is_refused_with_its_place() {
    let parts = read(TRANSFER.as_bytes()).expect("read");
    let with = |change: &dyn Fn(&mut Payment)| {
        let mut parts = parts.clone();
        if let Part::Payment(payment) = &mut parts[2] {
            change(payment);
        }
        write("pain.001.001.03", &parts, &WriteOptions::default()).unwrap_err()
    };
    let at = |end: &str| format!("CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/{end}[1]");
    let long = "x".repeat(141);
    assert_eq!(with(&|p| p.counterparty.name = Some(long.clone())), ("too-long".into(), at("Cdtr/Nm")));
    assert_eq!(with(&|p| p.end_to_end_id = Some("中".repeat(36))), ("too-long".into(), at("PmtId/EndToEndId")));
    assert_eq!(with(&|p| p.counterparty.name = Some("a\u{1}b".into())), ("charset".into(), at("Cdtr/Nm")));
    assert_eq!(with(&|p| p.remittance = vec![long.clone()]), ("too-long".into(), at("RmtInf/Ustrd")));
    assert_eq!(with(&|p| p.charge_bearer = Some("OURS".into())), ("code".into(), at("ChrgBr")));
    assert_eq!(with(&|p| p.counterparty.address.country = Some("Germany".into())).0, "country");
    assert_eq!(with(&|p| p.amount = "0.123456".parse().expect("a number")).0, "amount");
    assert_eq!(with(&|p| p.amount += Amount::ONE).0, "control-total");
}

#[test]
fn totals_ids_and_times_must_be_known_in_front() {
    let parts = read(TRANSFER.as_bytes()).expect("read");
    let without = |change: &dyn Fn(&mut Payments)| {
        let mut parts = parts.clone();
        if let Part::Payments(head) = &mut parts[0] {
            change(head);
        }
        write("pain.001.001.09", &parts, &WriteOptions::default()).unwrap_err().0
    };
    assert_eq!(without(&|head| head.declared = Declared::default()), "totals-missing");
    assert_eq!(without(&|head| head.message_id = None), "message-id-missing");
    assert_eq!(without(&|head| head.created = None), "created-missing");
    let unfinished = write("pain.001.001.09", &parts[..3], &WriteOptions::default());
    assert_eq!(unfinished.unwrap_err().0, "unfinished");
    assert_eq!(write("pain.008.001.08", &parts, &WriteOptions::default()).unwrap_err().0, "method");
    assert_eq!(write("camt.053.001.08", &parts, &WriteOptions::default()).unwrap_err().0, "kind");
}

#[test]
fn a_dialect_folds_or_refuses_characters_and_shapes_addresses() {
    let mut parts = read(TRANSFER.as_bytes()).expect("read");
    if let Part::Payment(payment) = &mut parts[2] {
        payment.counterparty.name = Some("Müller & Söhne".into());
        let address = &mut payment.counterparty.address;
        address.street = Some("Hauptstraße".into());
        address.building = Some("1".into());
        address.town = Some("Köln".into());
        address.country = Some("DE".into());
    }
    let dialect = |charset, fold, address| Dialect { charset, fold, address, ..Dialect::default() };
    let written = |dialect| {
        let bytes = write("pain.001.001.03", &parts, &WriteOptions { dialect, ..WriteOptions::default() })?;
        Ok::<_, (String, String)>(String::from_utf8(bytes).expect("UTF-8"))
    };
    let folded = written(dialect(Charset::Latin, true, AddressShape::Lines)).expect("folded");
    assert!(folded.contains("<Nm>Mueller + Soehne</Nm>"), "{folded}");
    assert!(folded.contains("<Ctry>DE</Ctry><AdrLine>Hauptstrasse 1</AdrLine><AdrLine>Koeln</AdrLine>"), "{folded}");
    let plain = written(dialect(Charset::Unicode, false, AddressShape::Hybrid)).expect("plain");
    assert!(plain.contains("<Nm>Müller &amp; Söhne</Nm>"), "{plain}");
    assert!(plain.contains("<TwnNm>Köln</TwnNm><Ctry>DE</Ctry><AdrLine>Hauptstraße 1</AdrLine>"), "{plain}");
    let refused = written(dialect(Charset::Latin, false, AddressShape::None)).unwrap_err();
    assert_eq!(refused.0, "charset");
}

#[test]
fn a_large_statement_waits_in_a_scratch_file() {
    let mut parts = read(STATEMENT.as_bytes()).expect("read");
    let Part::Entry(entry) = parts.remove(1) else { panic!("an entry") };
    let end = parts.pop().expect("an end");
    parts.truncate(1);
    parts.extend((1..=30_000).map(|seq| Part::Entry(Box::new(Entry { seq, ..(*entry).clone() }))));
    let Part::StatementEnd(mut end) = end else { panic!("an end") };
    end.entries = 30_000;
    parts.push(Part::StatementEnd(end));
    let scratch = Some(ScratchMaker::new(tempfile::tempfile));
    let held = write("camt.053.001.08", &parts, &WriteOptions::default()).expect("in memory");
    let spilled = write("camt.053.001.08", &parts, &WriteOptions { scratch, ..WriteOptions::default() });
    assert!(held.len() > 8 << 20);
    assert!(spilled.expect("through a file") == held);
    assert_eq!(read(&held).expect("read again").len(), parts.len());
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9/?:().,'+-]{0,34}"
}

fn words(most: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[A-Za-z0-9äß中文<>&'\"\\]]{{1,{most}}}")).expect("a pattern")
}

fn amount() -> impl Strategy<Value = Amount> {
    (1i64..10_000_000_000, 0u32..4).prop_map(|(units, scale)| Amount::new(units, scale))
}

fn account() -> impl Strategy<Value = Account> {
    prop_oneof!["[1-9][0-9]{5,18}", Just("DE89370400440532013000".to_string())]
        .prop_map(|number| Account::parse(&number).expect("a number"))
}

fn agent() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        Just("DEUTDEFF500".to_string()),
        Just("102100099996".to_string()),
        Just("021000021".to_string()),
        "[A-Z]{3}-[0-9]{1,10}"
    ])
}

fn address() -> impl Strategy<Value = Address> {
    let some = |most| prop::option::of(words(most));
    (some(70), some(16), some(35), prop::option::of("[A-Z]{2}"), prop::collection::vec(words(70), 0..3)).prop_map(
        |(street, building, town, country, lines)| Address {
            street,
            building,
            town,
            country,
            lines,
            ..Address::default()
        },
    )
}

fn payment(indicator: Indicator) -> impl Strategy<Value = Payment> {
    let texts = (prop::option::of(id()), prop::option::of(id()), prop::collection::vec(words(140), 0..3));
    let codes = (prop::option::of("[A-Z]{4}"), prop::option::of(any::<bool>()), prop::option::of(id()));
    (amount(), words(140), account(), agent(), address(), texts, codes).prop_map(
        move |(amount, name, account, agent, address, (end_to_end_id, instruction_id, remittance), codes)| {
            let mut payment = Payment::new(1, amount, Currency::parse("EUR").expect("a currency"), indicator);
            let name = Some(name);
            payment.counterparty =
                Counterparty { name, account: Some(account), agent, address, ..Counterparty::default() };
            (payment.end_to_end_id, payment.instruction_id, payment.remittance) =
                (end_to_end_id, instruction_id, remittance);
            (payment.purpose, payment.urgent, payment.structured_reference) = codes;
            payment
        },
    )
}

/// A payments document of one group.
pub fn payments(method: Method) -> impl Strategy<Value = Vec<Part>> {
    let indicator = if method == Method::Transfer { Indicator::Credit } else { Indicator::Debit };
    let list = prop::collection::vec(payment(indicator), 1..5);
    (id(), words(140), account(), agent(), prop::option::of("[A-Z]{4}"), list).prop_map(
        move |(message_id, name, own, agent, service_level, list)| {
            let sum: Amount = list.iter().map(|p| p.amount).sum();
            let declared = Declared { count: Some(list.len() as u64), sum: Some(sum) };
            let head = Payments {
                message_id: Some(message_id.clone()),
                created: Moment::parse("2026-11-23T10:00:00Z"),
                initiating_party: Some(name.clone()),
                declared: declared.clone(),
                ..Payments::default()
            };
            let group = Group {
                id: Some(message_id),
                method,
                execution_date: parse_date("2026-11-24"),
                account: GroupAccount::parse(own.as_str()),
                party: Party { name: Some(name), id: Some("DE98ZZZ09999999999".into()), ..Party::default() },
                agent,
                service_level,
                declared,
                ..Group::default()
            };
            let mut parts = vec![Part::Payments(Box::new(head)), Part::Group(Box::new(group))];
            let count = list.len() as u64;
            for (seq, payment) in (1..).zip(list) {
                parts.push(Part::Payment(Box::new(Payment { seq, ..payment })));
            }
            let sums = [(Currency::parse("EUR").expect("a currency"), sum)].into();
            parts.push(Part::PaymentsEnd(Box::new(PaymentsEnd { count, sums, findings: Vec::new() })));
            parts
        },
    )
}

/// An amount in a currency of its own, how it was changed, and a charge for it.
fn conversion() -> impl Strategy<Value = (Option<Box<Conversion>>, Vec<Charge>)> {
    let money = || (amount(), prop::sample::select(&["USD", "EUR"][..]));
    let money = || money().prop_map(|(amount, code)| Money { amount, currency: Currency::parse(code) });
    let exchange = (1..99_999_999_999_i64, 0..=10_u32, prop::option::of(id())).prop_map(|(digits, scale, contract)| {
        let (source_currency, target_currency) = (Currency::parse("USD"), Currency::parse("EUR"));
        let rate = Amount::new(digits, scale).to_string();
        Exchange { source_currency, target_currency, unit_currency: None, rate, contract }
    });
    let charge = (amount(), any::<bool>(), prop::option::of(prop::sample::select(&["COMM", "31"][..])));
    let charge = charge.prop_map(|(amount, taken, kind)| Charge {
        amount,
        currency: Currency::parse("EUR"),
        indicator: Some(if taken { Indicator::Debit } else { Indicator::Credit }),
        included: None,
        kind: kind.map(str::to_string),
    });
    (prop::option::of(money()), prop::option::of(money()), exchange, prop::collection::vec(charge, 0..3)).prop_map(
        |(instructed, counter_value, exchange, charges)| {
            let any = instructed.is_some() || counter_value.is_some();
            let conversion = Conversion { instructed, counter_value, exchange: Some(exchange) };
            (any.then(|| Box::new(conversion)), charges)
        },
    )
}

fn document() -> impl Strategy<Value = ReferredDocument> {
    (id(), prop::option::of(prop::sample::select(&["CINV", "Rechnung"][..]))).prop_map(|(number, kind)| {
        ReferredDocument { kind: kind.map(str::to_string), number: Some(number), date: parse_date("2026-11-20") }
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    let beside = (conversion(), prop::collection::vec(document(), 0..3));
    let detail =
        (prop::option::of(id()), amount(), words(140), prop::option::of(account()), agent(), words(140), beside)
            .prop_map(|(end_to_end_id, amount, name, account, agent, line, beside)| EntryDetail {
                end_to_end_id,
                amount: Some(amount),
                currency: Currency::parse("EUR"),
                counterparty: Counterparty { name: Some(name), account, agent, ..Counterparty::default() },
                remittance: vec![line],
                conversion: beside.0.0,
                charges: beside.0.1,
                documents: beside.1,
                ..EntryDetail::default()
            });
    let details = prop::collection::vec(detail, 0..3);
    let ids = (prop::option::of(id()), prop::option::of(words(500)));
    (amount(), any::<bool>(), any::<bool>(), ids, details, conversion()).prop_map(
        |(amount, credit, reversal, (reference, info), details, beside)| {
            let indicator = if credit { Indicator::Credit } else { Indicator::Debit };
            let mut entry = Entry::new(1, amount, Currency::parse("EUR").expect("a currency"), indicator);
            entry.status = Some("BOOK".into());
            entry.booking_date = parse_date("2026-11-22");
            entry.code.proprietary = Some("NTRF".into());
            (entry.reversal, entry.reference, entry.details, entry.info) = (reversal, reference, details, info);
            (entry.conversion, entry.charges) = beside;
            entry
        },
    )
}

/// A statement of this kind.
pub fn statement(kind: StatementKind) -> impl Strategy<Value = Vec<Part>> {
    (id(), words(140), prop::collection::vec(entry(), 0..5)).prop_map(move |(message_id, owner, entries)| {
        let account = StatementAccount {
            id: Some("DE89370400440532013000".into()),
            iban: Some("DE89370400440532013000".into()),
            currency: Currency::parse("EUR"),
            owner: Some(owner),
            agent: Some("DEUTDEFF".into()),
            kind: Some("2".into()),
        };
        let head = Statement {
            kind,
            id: Some("ST-1".into()),
            number: Some("42".into()),
            created: Moment::parse("2026-11-23T06:00:00"),
            message_id: Some(message_id),
            account,
            ..Statement::default()
        };
        let of = |indicator| entries.iter().filter(move |e| e.indicator == indicator).map(|e| e.amount).sum::<Amount>();
        let (credit_sum, debit_sum) = (of(Indicator::Credit), of(Indicator::Debit));
        let balance = |kind: &str, signed: Amount| Balance {
            kind: kind.into(),
            amount: signed.abs(),
            currency: Currency::parse("EUR"),
            indicator: Some(if signed.is_sign_negative() { Indicator::Debit } else { Indicator::Credit }),
            date: parse_date("2026-11-22"),
            ..Balance::default()
        };
        let balances = match kind {
            StatementKind::Notification => Vec::new(),
            _ => vec![
                balance("OPBD", Amount::ONE_HUNDRED),
                balance("CLBD", Amount::ONE_HUNDRED + credit_sum - debit_sum),
            ],
        };
        let count = entries.len() as u64;
        let mut parts = vec![Part::Statement(Box::new(head))];
        for (seq, entry) in (1..).zip(entries) {
            parts.push(Part::Entry(Box::new(Entry { seq, ..entry })));
        }
        let end = StatementEnd { entries: count, credit_sum, debit_sum, balances, ..StatementEnd::default() };
        parts.push(Part::StatementEnd(Box::new(end)));
        parts
    })
}

fn reason() -> impl Strategy<Value = Reason> {
    (prop::option::of("[A-Z]{2}[0-9]{2}"), prop::collection::vec(words(105), 0..2))
        .prop_map(|(code, info)| Reason { code, info })
}

/// A status report.
pub fn status_report() -> impl Strategy<Value = Vec<Part>> {
    let status =
        || prop::option::of(prop::sample::select(&["ACCP", "RJCT", "PDNG", "ACSC"][..]).prop_map(str::to_string));
    let reasons = || prop::collection::vec(reason(), 0..2);
    let payment = (id(), prop::option::of(id()), status(), reasons(), amount());
    (id(), status(), reasons(), prop::collection::vec(payment, 0..4)).prop_map(|(message_id, status, reasons, list)| {
        let head = StatusReport {
            message_id: Some(message_id.clone()),
            created: Moment::parse("2026-11-23T11:00:00+08:00"),
            original_message_id: Some(message_id.clone()),
            original_message_name: Some("pain.001.001.09".into()),
            status: status.clone(),
            reasons: reasons.clone(),
            ..StatusReport::default()
        };
        let group = Some(message_id);
        let group_status = GroupStatus {
            original_payment_information_id: group.clone(),
            original_count: Some(list.len() as u64),
            original_sum: Some(list.iter().map(|payment| payment.4).sum()),
            status,
            reasons,
            ..GroupStatus::default()
        };
        let mut parts = vec![Part::StatusReport(Box::new(head)), Part::GroupStatus(Box::new(group_status))];
        let payments = list.len() as u64;
        for (id, instruction, status, reasons, amount) in list {
            parts.push(Part::PaymentStatus(Box::new(PaymentStatus {
                original_end_to_end_id: Some(id),
                original_instruction_id: instruction,
                original_payment_information_id: group.clone(),
                status,
                reasons,
                amount: Some(amount),
                currency: Currency::parse("EUR"),
                ..PaymentStatus::default()
            })));
        }
        parts.push(Part::StatusReportEnd(Box::new(StatusReportEnd { payments, findings: Vec::new() })));
        parts
    })
}

fn same_again(message: &str, parts: Vec<Part>) -> Result<(), TestCaseError> {
    let bytes = write(message, &parts, &WriteOptions::default());
    let bytes = bytes.map_err(|refusal| TestCaseError::fail(format!("{message}: {refusal:?}")))?;
    let again = read(&bytes).map_err(|rule| TestCaseError::fail(format!("{message}: {rule}")))?;
    let noticed: Vec<String> = rules(&again).into_iter().filter(|rule| rule != "end-to-end-id-missing").collect();
    prop_assert_eq!(noticed, Vec::<String>::new(), "{}", String::from_utf8_lossy(&bytes));
    prop_assert_eq!(bare(again), bare(parts), "{}", String::from_utf8_lossy(&bytes));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn transfers_are_read_as_they_were_written(parts in payments(Method::Transfer)) {
        same_again("pain.001.001.03", parts.clone())?;
        same_again("pain.001.001.09", parts)?;
    }

    #[test]
    fn debits_are_read_as_they_were_written(parts in payments(Method::DirectDebit)) {
        same_again("pain.008.001.02", parts.clone())?;
        same_again("pain.008.001.08", parts)?;
    }

    #[test]
    fn statements_are_read_as_they_were_written(
        report in statement(StatementKind::Report),
        daily in statement(StatementKind::Statement),
        notification in statement(StatementKind::Notification),
    ) {
        for version in ["02", "08"] {
            same_again(&format!("camt.052.001.{version}"), report.clone())?;
            same_again(&format!("camt.053.001.{version}"), daily.clone())?;
            same_again(&format!("camt.054.001.{version}"), notification.clone())?;
        }
    }

    #[test]
    fn status_reports_are_read_as_they_were_written(parts in status_report()) {
        same_again("pain.002.001.03", parts.clone())?;
        same_again("pain.002.001.10", parts)?;
    }
}

#[test]
fn conversion_charges_and_invoices_of_a_booking_are_kept() {
    let entry = "<Ntry><Amt Ccy=\"CHF\">3.48</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BkTxCd/><AmtDtls><InstdAmt>\
        <Amt Ccy=\"USD\">4.1</Amt></InstdAmt><CntrValAmt><Amt Ccy=\"CHF\">3.79</Amt><CcyXchg><SrcCcy>USD</SrcCcy>\
        <TrgtCcy>CHF</TrgtCcy><XchgRate>0.9253030601</XchgRate></CcyXchg></CntrValAmt><AnncdPstngAmt>\
        <Amt Ccy=\"CHF\">3.48</Amt></AnncdPstngAmt></AmtDtls><NtryDtls><TxDtls><Refs/><Chrgs><TtlChrgsAndTaxAmt \
        Ccy=\"CHF\">0.31</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"CHF\">0.31</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
        <ChrgInclInd>true</ChrgInclInd><Tp><Prtry><Id>31</Id></Prtry></Tp></Rcrd></Chrgs><RmtInf><Strd><RfrdDocInf><Tp>\
        <CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>INV-7</Nb><RltdDt>2026-11-20</RltdDt></RfrdDocInf></Strd></RmtInf>\
        </TxDtls></NtryDtls></Ntry>";
    let account = "<Acct><Id><Othr><Id>1</Id></Othr></Id></Acct>";
    let xml = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.04\"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>\
         <CreDtTm>2026-11-23T06:00:00</CreDtTm></GrpHdr><Stmt><Id>1</Id>{account}{entry}\
         </Stmt></BkToCstmrStmt></Document>"
    );
    let parts = read(xml.as_bytes()).unwrap();
    let Part::Entry(entry) = &parts[1] else { panic!("{parts:?}") };
    let json = serde_json::to_value(entry).unwrap();
    assert_eq!(
        json["conversion"],
        serde_json::json!({
            "instructed": {"amount": "4.1", "currency": "USD"},
            "counter_value": {"amount": "3.79", "currency": "CHF"},
            "exchange": {"source_currency": "USD", "target_currency": "CHF", "rate": "0.9253030601"},
        })
    );
    let detail = &json["details"][0];
    let charge = serde_json::json!({
        "amount": "0.31", "currency": "CHF", "indicator": "DBIT", "included": true, "kind": "31"
    });
    assert_eq!(detail["charges"], serde_json::json!([charge]));
    let invoice = serde_json::json!({"kind": "CINV", "number": "INV-7", "date": "2026-11-20"});
    assert_eq!(detail["documents"], serde_json::json!([invoice]));
    // What has no field is said.
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert!(findings.iter().any(|f| f.rule == "not-carried" && f.message.en.contains("AnncdPstngAmt")), "{findings:?}");
}
