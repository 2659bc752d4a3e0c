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
}

/// A cancellation request as camt.055.001.08 carries it.
pub(crate) fn cancellation() -> impl Strategy<Value = Vec<Part>> {
    (prop::collection::vec(cancelled(), 0..12), prop::collection::vec(reason(), 0..2)).prop_map(|(list, reasons)| {
        let count = list.len() as u64;
        let head = Cancellation {
            format: "camt.055.001.08".into(),
            message_id: Some("CXL-1".into()),
            created: moment(),
            initiating_party: Some("Acme".into()),
            agent: Some("COBADEFF".into()),
            original_message_id: Some("M-1".into()),
            original_message_name: Some("pain.001.001.09".into()),
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
