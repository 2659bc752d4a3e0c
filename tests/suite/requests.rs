//! What we ask a bank beyond payments, cancellations and reports, and what it answers to a cancellation.

use bankferry::document::{
    Amount, Cancellation, CancellationEnd, Currency, Declared, Moment, Part, PaymentCancellation, Reason,
    ReportRequest, ReportRequestEnd, RequestedReport, StatementAccount, parse_date,
};
use bankferry::format::{self, WriteError, WriteOptions};
use proptest::prelude::*;

use crate::formats::{Kept, read, write};

fn moment() -> Option<Moment> {
    let local = "2026-11-25T08:30:00".parse().expect("a time");
    Some(Moment { local, offset_seconds: Some(0) })
}

fn id() -> impl Strategy<Value = String> {
    "[A-Z0-9][A-Za-z0-9./-]{0,33}[A-Z0-9]"
}

fn reason() -> impl Strategy<Value = Reason> {
    (
        prop::option::of(prop_oneof![Just("DUPL".to_string()), Just("own words".to_string())]),
        prop::option::of("[a-z]{1,40}"),
    )
        .prop_map(|(code, info)| Reason { code, info: info.into_iter().collect() })
        .prop_filter("an empty reason is no element", |reason| *reason != Reason::default())
}

fn cancelled() -> impl Strategy<Value = PaymentCancellation> {
    (prop::option::of(id()), 0..3_u8, id(), prop::option::of(1..1_000_000_i64), prop::collection::vec(reason(), 0..2))
        .prop_map(|(own, group, end_to_end, cents, reasons)| PaymentCancellation {
            id: own,
            original_payment_information_id: Some(format!("G{group}")),
            original_end_to_end_id: Some(end_to_end),
            amount: cents.map(|cents| Amount::new(cents, 2)),
            currency: cents.and_then(|_| Currency::parse("EUR")),
            execution_date: parse_date("2026-12-01"),
            reasons,
            ..PaymentCancellation::default()
        })
        .prop_flat_map(|listed| (Just(listed), 0..10_u8))
        .prop_map(|(listed, kind)| match kind {
            0 => PaymentCancellation {
                original_payment_information_id: listed.original_payment_information_id.map(|id| format!("W{id}")),
                whole_group: true,
                reasons: listed.reasons,
                ..PaymentCancellation::default()
            },
            _ => listed,
        })
}

/// A cancellation request as camt.055.001.08 carries it.
pub(crate) fn cancellation() -> impl Strategy<Value = Vec<Part>> {
    let lists = prop::collection::vec(cancelled(), 0..12);
    (lists, prop::collection::vec(reason(), 0..2), any::<bool>()).prop_map(|(list, reasons, debits)| {
        let count = list.len() as u64;
        let head = Cancellation {
            format: "camt.055.001.08".into(),
            message_id: Some("CXL-1".into()),
            created: moment(),
            initiating_party: Some("Acme".into()),
            agent: Some("COBADEFF".into()),
            original_message_id: Some("M-1".into()),
            original_message_name: Some(if debits { "pain.008.001.08" } else { "pain.001.001.09" }.into()),
            whole: list.is_empty(),
            reasons,
            declared: Declared { count: Some(count).filter(|n| *n > 0), sum: None },
        };
        let mut parts = vec![Part::Cancellation(Box::new(head))];
        parts.extend(list.into_iter().map(|payment| Part::PaymentCancellation(Box::new(payment))));
        parts.push(Part::CancellationEnd(Box::new(CancellationEnd { payments: count, findings: Vec::new() })));
        parts
    })
}

/// A request for reports as camt.060.001.05 carries it.
pub(crate) fn report_request() -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec((any::<bool>(), prop::option::of(id())), 1..4).prop_map(|list| {
        let mut parts = vec![Part::ReportRequest(Box::new(ReportRequest {
            message_id: Some("RQ-1".into()),
            created: moment(),
            ..ReportRequest::default()
        }))];
        for (iban, own) in &list {
            let number = if *iban { "DE89370400440532013000" } else { "6222020200112233445" };
            parts.push(Part::RequestedReport(Box::new(RequestedReport {
                id: own.clone(),
                message_name: Some("camt.053.001.08".into()),
                account: StatementAccount {
                    id: Some(number.into()),
                    currency: Currency::parse("EUR"),
                    owner: Some("Acme".into()),
                    agent: Some("COBADEFF".into()),
                    ..StatementAccount::default()
                },
                from_date: parse_date("2026-11-24"),
                to_date: None,
            })));
        }
        let end = ReportRequestEnd { reports: list.len() as u64, findings: Vec::new() };
        parts.push(Part::ReportRequestEnd(Box::new(end)));
        parts
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_cancellation_request_is_read_as_it_was_written(parts in cancellation()) {
        prop_assert_eq!(read("auto", &write("camt.055.001.08", &parts)).unwrap(), parts.clone());
        prop_assert_eq!(read("auto", &write("jsonl", &parts)).unwrap(), parts);
    }

    #[test]
    fn a_request_for_reports_is_kept_in_json_lines(parts in report_request()) {
        prop_assert_eq!(read("auto", &write("jsonl", &parts)).unwrap(), parts.clone());
        let written = String::from_utf8(write("camt.060.001.05", &parts)).unwrap();
        prop_assert_eq!(written.matches("<RptgReq>").count(), parts.len() - 2);
    }
}

#[test]
fn a_cancellation_request_needs_what_names_the_payments() {
    let refusal = |change: fn(&mut Cancellation)| {
        let mut head = Cancellation {
            message_id: Some("C".into()),
            created: moment(),
            initiating_party: Some("Acme".into()),
            agent: Some("COBADEFF".into()),
            original_message_id: Some("M".into()),
            original_message_name: Some("pain.001.001.09".into()),
            ..Cancellation::default()
        };
        change(&mut head);
        let mut writer =
            format::create("camt.055.001.08", Box::new(Kept::default()), &WriteOptions::default()).unwrap();
        match writer.write_part(&Part::Cancellation(Box::new(head))) {
            Err(WriteError::Refused(finding)) => Some(finding.rule.to_string()),
            _ => None,
        }
    };
    assert_eq!(refusal(|_| {}), None);
    assert_eq!(refusal(|head| head.agent = None).as_deref(), Some("agent-missing"));
    assert_eq!(refusal(|head| head.original_message_id = None).as_deref(), Some("original-message-id-missing"));
    assert_eq!(refusal(|head| head.initiating_party = None).as_deref(), Some("initiating-party-missing"));
}

const RESOLUTION: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.029.001.09"><RsltnOfInvstgtn>
<Assgnmt><Id>RES-1</Id><CreDtTm>2026-11-25T09:00:00Z</CreDtTm></Assgnmt><Sts><Conf>PECR</Conf></Sts>
<CxlDtls><OrgnlPmtInfAndSts><OrgnlPmtInfId>G1</OrgnlPmtInfId><OrgnlGrpInf><OrgnlMsgId>M-1</OrgnlMsgId>
<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInf>
<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxCxlSts>ACCR</TxCxlSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>E2</OrgnlEndToEndId><TxCxlSts>RJCR</TxCxlSts>
<CxlStsRsnInf><Rsn><Cd>ARDT</Cd></Rsn><AddtlInf>already returned</AddtlInf></CxlStsRsnInf>
<OrgnlInstdAmt Ccy="EUR">12.50</OrgnlInstdAmt></TxInfAndSts>
</OrgnlPmtInfAndSts></CxlDtls></RsltnOfInvstgtn></Document>"#;

#[test]
fn the_answer_to_a_cancellation_is_a_status_report_about_the_payments() {
    let parts = read("auto", RESOLUTION.as_bytes()).unwrap();
    let [Part::StatusReport(head), Part::GroupStatus(_), Part::PaymentStatus(one), Part::PaymentStatus(two), _] =
        parts.as_slice()
    else {
        panic!("{parts:?}");
    };
    assert_eq!((head.message_id.as_deref(), head.original_message_id.as_deref()), (Some("RES-1"), Some("M-1")));
    assert_eq!(head.status.as_deref(), Some("PART"));
    // What was cancelled is not executed; a cancellation that was refused leaves the payment as it was.
    assert_eq!((one.status.as_deref(), one.bank_status.as_deref()), (Some("CANC"), Some("ACCR")));
    assert_eq!((two.status.as_deref(), two.bank_status.as_deref()), (Some("PDNG"), Some("RJCR")));
    assert_eq!(two.reasons[0].code.as_deref(), Some("ARDT"));
    assert_eq!(two.amount.map(|a| a.to_string()).as_deref(), Some("12.50"));
}

#[test]
fn no_cut_answer_is_taken_for_a_whole_one() {
    for end in 0..RESOLUTION.len() {
        assert!(read("auto", &RESOLUTION.as_bytes()[..end]).is_err(), "cut at {end}");
    }
}

/// A request to cancel, or an answer to one, with `inside` for its payments.
fn message(name: &str, root: &str, inside: &str) -> Vec<u8> {
    let head = "<Assgnmt><Id>A-1</Id><Assgnr><Pty><Nm>Acme</Nm></Pty></Assgnr>\
        <Assgne><Agt><FinInstnId><BICFI>COBADEFF</BICFI></FinInstnId></Agt></Assgne>\
        <CreDtTm>2026-11-25T09:00:00Z</CreDtTm></Assgnmt>";
    let document = format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\"><{root}>{head}{inside}");
    format!("{document}</{root}></Document>").into_bytes()
}

fn answer(inside: &str) -> Vec<Part> {
    read("auto", &message("camt.029.001.09", "RsltnOfInvstgtn", inside)).unwrap()
}

const ORIGINAL: &str = "<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
    </OrgnlGrpInfAndSts>";

#[test]
fn a_confirmed_cancellation_of_one_payment_does_not_speak_for_the_file() {
    let parts = answer(&format!(
        "<Sts><Conf>CNCL</Conf></Sts><CxlDtls>{ORIGINAL}<OrgnlPmtInfAndSts><OrgnlPmtInfId>G-1</OrgnlPmtInfId>\
         <TxInfAndSts><OrgnlEndToEndId>E-7</OrgnlEndToEndId><TxCxlSts>ACCR</TxCxlSts></TxInfAndSts>\
         </OrgnlPmtInfAndSts></CxlDtls>"
    ));
    let [Part::StatusReport(head), Part::GroupStatus(group), Part::PaymentStatus(one), Part::StatusReportEnd(end)] =
        parts.as_slice()
    else {
        panic!("{parts:?}");
    };
    assert_eq!((head.status.as_deref(), group.status.as_deref()), (None, None), "nothing is said of the others");
    assert_eq!((one.original_end_to_end_id.as_deref(), one.status.as_deref()), (Some("E-7"), Some("CANC")));
    assert!(end.findings.is_empty(), "an ordinary answer has no findings: {:?}", end.findings);
}

#[test]
fn a_confirmed_cancellation_of_nobody_knows_what_cancels_nothing() {
    let parts = answer(&format!("<Sts><Conf>CNCL</Conf></Sts><CxlDtls>{ORIGINAL}</CxlDtls>"));
    let [Part::StatusReport(head), Part::StatusReportEnd(end)] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!(head.status, None);
    assert_eq!(head.reasons[0].code.as_deref(), Some("CNCL"));
    assert_eq!(end.findings[0].rule, "cancellation-of-what");
    // A cancellation that will follow has not happened.
    let parts = answer(&format!("<Sts><Conf>CWFW</Conf></Sts><CxlDtls>{ORIGINAL}</CxlDtls>"));
    assert!(matches!(&parts[0], Part::StatusReport(head) if head.status.as_deref() == Some("PDNG")), "{parts:?}");
    // What the bank says of the whole message does count.
    let whole = ORIGINAL.replace("</OrgnlGrpInfAndSts>", "<GrpCxlSts>ACCR</GrpCxlSts></OrgnlGrpInfAndSts>");
    let parts = answer(&format!("<Sts><Conf>CNCL</Conf></Sts><CxlDtls>{whole}</CxlDtls>"));
    assert!(matches!(&parts[0], Part::StatusReport(head) if head.status.as_deref() == Some("CANC")), "{parts:?}");
}

#[test]
fn what_is_said_of_two_messages_is_two_documents() {
    let of = |id: &str| {
        let payment = "<TxInfAndSts><OrgnlEndToEndId>1</OrgnlEndToEndId><TxCxlSts>ACCR</TxCxlSts></TxInfAndSts>";
        let original = ORIGINAL.replace("M-1", id);
        format!(
            "<CxlDtls>{original}<OrgnlPmtInfAndSts><OrgnlPmtInfId>G</OrgnlPmtInfId>{payment}</OrgnlPmtInfAndSts></CxlDtls>"
        )
    };
    let parts = answer(&format!("{}{}", of("M-1"), of("M-2")));
    let heads = parts.iter().filter_map(|part| match part {
        Part::StatusReport(head) => head.original_message_id.clone(),
        _ => None,
    });
    assert_eq!(heads.collect::<Vec<_>>(), ["M-1", "M-2"], "{parts:?}");
    let of = |id: &str| {
        format!(
            "<Undrlyg><OrgnlGrpInfAndCxl><OrgnlMsgId>{id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
             </OrgnlGrpInfAndCxl><OrgnlPmtInfAndCxl><OrgnlPmtInfId>G</OrgnlPmtInfId><TxInf><OrgnlEndToEndId>1\
             </OrgnlEndToEndId></TxInf></OrgnlPmtInfAndCxl></Undrlyg>"
        )
    };
    let inside = format!("<CtrlData><NbOfTxs>2</NbOfTxs></CtrlData>{}{}", of("M-1"), of("M-2"));
    let parts = read("auto", &message("camt.055.001.08", "CstmrPmtCxlReq", &inside)).unwrap();
    let heads = parts.iter().filter_map(|part| match part {
        Part::Cancellation(head) => head.original_message_id.clone(),
        _ => None,
    });
    assert_eq!(heads.collect::<Vec<_>>(), ["M-1", "M-2"], "{parts:?}");
    let parts = read("auto", &message("camt.055.001.08", "CstmrPmtCxlReq", &inside.replacen('2', "3", 1))).unwrap();
    assert!(
        matches!(parts.last(), Some(Part::CancellationEnd(end)) if end.findings[0].rule == "count-mismatch"),
        "{parts:?}"
    );
}

#[test]
fn csv_refuses_what_it_has_no_table_for() {
    let mut writer = format::create("csv", Box::new(Kept::default()), &WriteOptions::default()).unwrap();
    let refusal = writer.write_part(&Part::Cancellation(Box::default()));
    assert!(matches!(refusal, Err(WriteError::Refused(finding)) if finding.rule == "kind"));
}
