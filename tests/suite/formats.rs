//! Readers and writers as the library offers them: round trips, truncation, hostile bytes.

use std::io::{BufReader, Cursor, Write};
use std::sync::{Arc, Mutex};

use bankferry::document::{Account, Amount, Currency, Indicator, Part, Payment, PaymentsEnd};
use bankferry::format::{self, ReadError, ReadOptions, Reader, Regroup, WriteOptions};
use proptest::prelude::*;

const MT940: &str = "{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n:20:STM1\r\n:25:DE89370400440532013000\r\n\
    :28C:7/1\r\n:60F:C261122EUR100,00\r\n:61:2611231123C12,50NTRFE1//B1\r\n:86:166?00GUTSCHRIFT?20EREF+E1?\
    21SVWZ+Inv\r\noice?32Acme\r\n:61:2611231123D2,5NMSCNONREF\r\n:86:fee\r\n:62F:C261123EUR110,00\r\n-}";

const BAI2: &str = "01,BANK,CUST,261123,0800,1,80,,2/\n02,CUST,BANK,1,261122,,USD,2/\n03,123,USD,010,10000,,,015,11000,,/\n\
    16,195,1500,V,261123,,B1,C1,WIRE IN/\n88,FROM ACME/\n16,475,500,Z,,,CHECK/\n49,23000,5/\n98,23000,1,7/\n99,23000,1,9/\n";

const CSV: &str = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id\n\
    2026-12-01,DE89370400440532013000,\"Acme, \"\"Inc\"\"\",GB29NWBK60161331926819,12.50,EUR,E1\n\
    20261202,DE89370400440532013000,Jones,6222020200112233445,7,CNY,E2\n#TOTAL,2,19.50\n";

const NACHA: &str = "\
101 231380104 1210428822611231041A094101First Example Bank     Second Example Bank            \n\
5225Acme Corp                            12104288 PPDSALARY          261124   1121042880000001\n\
62723138010412345678         0000012500ID-1           Jane Roe                0121042880000001\n\
82250000010023138010000000012500000000000000 12104288                          121042880000001\n\
9000001000001000000010023138010000000012500000000000000                                       \n";

/// Everything that a reader of `from` gives for `bytes`.
pub(crate) fn read(from: &str, bytes: &[u8]) -> Result<Vec<Part>, ReadError> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = match format::open(from, input, &ReadOptions::default()) {
        Ok(reader) => reader,
        Err(format::OpenError::Refused(finding)) => return Err(finding.into()),
        Err(error) => panic!("{error}"),
    };
    drain(&mut *reader)
}

fn drain(reader: &mut dyn Reader) -> Result<Vec<Part>, ReadError> {
    std::iter::from_fn(|| reader.next_part().transpose()).collect()
}

/// Whether a file was read to its end without a finding that refuses it.
fn is_accepted(parts: &Result<Vec<Part>, ReadError>) -> bool {
    parts.as_ref().is_ok_and(|parts| {
        parts.iter().filter_map(Part::end_findings).all(|findings| findings.iter().all(|f| !f.is_error()))
    })
}

/// An output that can be looked at after its writer took it.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was written so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn write(to: &str, parts: &[Part]) -> Vec<u8> {
    let kept = Kept::default();
    let mut writer = format::create(to, Box::new(kept.clone()), &WriteOptions::default()).unwrap();
    parts.iter().for_each(|part| writer.write_part(part).unwrap());
    writer.finish().unwrap();
    drop(writer);
    kept.bytes()
}

fn payments(parts: &[Part]) -> Vec<&Payment> {
    parts.iter().filter_map(|part| if let Part::Payment(payment) = part { Some(&**payment) } else { None }).collect()
}

#[test]
fn every_sample_is_found_out_by_its_content() {
    for (name, text, parts) in [("mt940", MT940, 4), ("bai2", BAI2, 4), ("csv", CSV, 6), ("nacha", NACHA, 4)] {
        let found = read("auto", text.as_bytes());
        assert!(is_accepted(&found), "{name}: {found:?}");
        let found = found.unwrap();
        assert_eq!(found.len(), parts, "{name}: {found:#?}");
        assert_eq!(found, read(name, text.as_bytes()).unwrap(), "{name}");
        let findings: Vec<_> = found.iter().filter_map(Part::end_findings).flatten().collect();
        assert!(findings.is_empty(), "{name}: {findings:?}");
    }
}

#[test]
fn statements_add_up_or_say_so() {
    let wrong = MT940.replace("110,00", "110,01");
    let parts = read("auto", wrong.as_bytes()).unwrap();
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert!(findings.iter().any(|f| f.rule == "balance-mismatch" && !f.is_error()), "{findings:?}");
    let wrong = BAI2.replace("015,11000", "015,11001").replace("49,23000", "49,23001");
    let parts = read("auto", wrong.as_bytes()).unwrap();
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert!(findings.iter().any(|f| f.rule == "balance-mismatch"), "{findings:?}");
}

#[test]
fn a_reversed_credit_is_a_debit() {
    let text = MT940.replace("1123C12,50", "1123RC12,50").replace("110,00", "85,00");
    let parts = read("auto", text.as_bytes()).unwrap();
    let Part::Entry(entry) = &parts[1] else { panic!("{parts:?}") };
    assert_eq!((entry.indicator, entry.reversal), (Indicator::Debit, true));
    assert!(parts.last().and_then(Part::end_findings).is_some_and(<[_]>::is_empty));
}

#[test]
fn a_day_that_does_not_exist_is_read_and_said() {
    let text = MT940.replace(":61:2611231123C", ":61:2611311131C");
    let parts = read("auto", text.as_bytes()).unwrap();
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert!(findings.iter().all(|f| f.rule == "date" && !f.is_error()) && !findings.is_empty(), "{findings:?}");
}

#[test]
fn doubled_headers_ragged_rows_and_nul_bytes_are_refused_with_their_place() {
    for (text, place) in [
        (CSV.replacen("amount,currency", "amount,金额,currency", 1).replacen("12.50,EUR", "12.50,9,EUR", 1), 1),
        (CSV.replacen("7,CNY,E2", "7,CNY,E2,more", 1), 3),
        (CSV.replacen("7,CNY,E2", "7,CNY", 1), 3),
        (CSV.replacen("Jones", "Jo\0nes", 1), 3),
    ] {
        let lines: Vec<Option<u64>> = match read("csv", text.as_bytes()) {
            Ok(parts) => {
                let findings = parts.iter().filter_map(Part::end_findings).flatten();
                findings.filter(|finding| finding.is_error()).map(|finding| finding.place.line).collect()
            }
            Err(ReadError::Refused(finding)) => vec![finding.place.line],
            Err(error) => panic!("{error}"),
        };
        assert!(lines.contains(&Some(place)), "{text:?}: {lines:?}");
    }
}

#[test]
fn a_control_total_that_is_wrong_refuses() {
    for (from, text) in [
        ("bai2", BAI2.replace("49,23000", "49,23001")),
        ("csv", CSV.replace("#TOTAL,2", "#TOTAL,3")),
        ("csv", CSV.replace("19.50", "19.51")),
        ("nacha", NACHA.replace("82250000010023138010", "82250000010023138011")),
        ("nacha", NACHA.replace("0000012500ID", "0000012501ID")),
    ] {
        assert!(!is_accepted(&read(from, text.as_bytes())), "{from}");
    }
}

#[test]
fn cut_anywhere_the_file_is_not_taken_for_whole() {
    let jsonl = write("jsonl", &read("csv", CSV.as_bytes()).unwrap());
    let line = |text: &[u8]| text.trim_ascii_end().len();
    for (from, text) in [
        ("jsonl", jsonl.as_slice()),
        ("bai2", BAI2.as_bytes()),
        ("nacha", NACHA.as_bytes()),
        ("mt940", MT940.as_bytes()),
    ] {
        // What only lacks marks at its end says the same as the whole: closing braces, a slash, the last
        // line end.
        let spare = match from {
            "bai2" => 1,
            "mt940" => 12,
            _ => 0,
        };
        for cut in 0..line(text) - spare {
            assert!(!is_whole(from, &text[..cut]), "{from} cut at {cut}");
        }
    }
}

#[test]
fn a_statement_that_does_not_end_is_refused() {
    for cut in [":86:", ":61:", ":62F:"] {
        let at = MT940.find(cut).expect("a field") + cut.len() + 2;
        let refusal = read("mt940", &MT940.as_bytes()[..at]);
        assert!(matches!(&refusal, Err(error) if error.to_string().contains("middle")), "{cut}: {refusal:?}");
    }
    // Without an envelope nothing but the line that has no end tells; free text may end so.
    let open = ":20:A\n:25:1\n:28C:1\n:60F:C261123EUR1,\n:61:2611231123C199,37NTRFX\n";
    let rules = |text: &str| {
        let parts = read("mt940", text.as_bytes()).ok()?;
        let findings = parts.iter().filter_map(Part::end_findings).flatten();
        Some(findings.map(|finding| finding.rule.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(rules(&format!("{open}-\n")), Some(vec!["closing-balance-missing".to_string()]));
    assert_eq!(rules(open), Some(vec!["closing-balance-missing".to_string()]));
    assert_eq!(rules(&open[..open.len() - 3]), None, "cut in an entry");
    let whole = format!("{open}:62F:C261123EUR200,37");
    assert_eq!(rules(&whole), Some(vec![]), "the last line end may be missing");
    for cut in 1..=5 {
        assert_eq!(rules(&whole[..whole.len() - cut]).filter(Vec::is_empty), None, "{cut}");
    }
}

#[test]
fn line_ends_of_old_machines_are_read_and_said() {
    let said = |from: &str, bytes: &[u8]| {
        let parts = read(from, bytes).unwrap();
        let findings = parts.iter().filter_map(Part::end_findings).flatten();
        findings.map(|finding| finding.rule.to_string()).collect::<Vec<_>>()
    };
    let parts = |from: &str, bytes: &[u8]| read(from, bytes).unwrap().len();
    let returns = MT940.replace("\r\n", "\n").replace('\n', "\r");
    for from in ["auto", "mt940"] {
        assert_eq!(said(from, returns.as_bytes()), ["line-ends"]);
        assert_eq!(parts(from, returns.as_bytes()), parts(from, MT940.as_bytes()));
    }
    let records: String = BAI2.lines().map(|line| format!("{line:<80}")).collect();
    for from in ["auto", "bai2"] {
        assert_eq!(said(from, records.as_bytes()), ["line-ends"]);
        assert_eq!(parts(from, records.as_bytes()), parts(from, BAI2.as_bytes()));
    }
    let at = NACHA.find("PPD").expect("a class");
    let small = format!("{}ppd{}", &NACHA[..at], &NACHA[at + 3..]);
    assert_eq!(said("nacha", small.as_bytes()), ["class-case"]);
    let class = read("nacha", small.as_bytes()).unwrap().into_iter().find_map(|part| match part {
        Part::Group(group) => group.local_instrument,
        _ => None,
    });
    assert_eq!(class.as_deref(), Some("PPD"));
}

/// Whether `bytes` pass as a whole file: accepted, and nothing noticed that hints at a missing end.
fn is_whole(from: &str, bytes: &[u8]) -> bool {
    let parts = read(from, bytes);
    is_accepted(&parts) && parts.is_ok_and(|parts| parts.iter().filter_map(Part::end_findings).all(<[_]>::is_empty))
}

#[test]
fn csv_tells_all_findings_at_once() {
    let text = "execution_date;debtor_account;creditor_name;creditor_account;amount;currency;Amount;creditor_bank\n\
        2026-12-01;1;A;2;1,00;EUR;;\n2026-13-01;1;;2;1.00;eur;;\n2026-12-01;1;A;2\n2026-12-01;1;A\u{1};2;1.00;EUR;;\n";
    let parts = read("csv", text.as_bytes()).unwrap();
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    let seen: Vec<_> = findings.iter().map(|f| (f.place.line, f.place.column, f.rule.as_ref())).collect();
    let want = [
        (Some(1), Some(7), "column-twice"),
        (Some(2), Some(5), "amount"),
        (Some(3), Some(1), "date"),
        (Some(3), Some(6), "currency"),
        (Some(3), Some(3), "field-missing"),
        (Some(4), None, "ragged-row"),
        (Some(5), Some(3), "control-character"),
    ];
    assert_eq!(seen, want, "{findings:#?}");
    assert!(payments(&parts).is_empty());
}

#[test]
fn an_unclosed_quotation_mark_swallows_nothing_silently() {
    let text = CSV.replace("Jones", "\"Jones");
    assert!(!is_accepted(&read("csv", text.as_bytes())));
    let last = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,remittance\n\
        20261201,1,A,2,1.00,EUR,\"x\n20261201,1,B,2,1.00,EUR,y\n";
    let parts = read("csv", last.as_bytes()).unwrap();
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert!(findings.iter().any(|f| f.rule == "quote" && f.place.line == Some(2)), "{findings:?}");
}

#[test]
fn a_quoted_field_may_hold_a_line_break_and_lines_stay_right() {
    let text = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,remittance\r\n\
        20261201,1,A,2,1.00,EUR,\"x\r\ny\"\r\n\r\n20261201,1,B,2,bad,EUR,y";
    let parts = read("csv", text.as_bytes()).unwrap();
    assert_eq!(payments(&parts)[0].remittance, ["x\ny"]);
    let findings = parts.last().and_then(Part::end_findings).unwrap();
    assert_eq!(findings.iter().map(|f| f.place.line).collect::<Vec<_>>(), [Some(5)]);
}

#[test]
fn encodings_are_named_or_refused() {
    let text = "付款日期,付款账号,收款户名,收款账号,金额,币种\n20261201,1,张三,2,1.00,人民币\n";
    let (gbk, ..) = encoding_rs::GB18030.encode(text);
    let options = ReadOptions { encoding: Some("gb18030".into()), ..ReadOptions::default() };
    let mut reader = format::open("auto", Box::new(Cursor::new(gbk.to_vec())), &options).unwrap();
    let parts = drain(&mut *reader).unwrap();
    assert_eq!(payments(&parts)[0].counterparty.name.as_deref(), Some("张三"));
    assert_eq!(payments(&parts)[0].currency.as_str(), "CNY");
    assert!(read("csv", &gbk).is_err());
    let cut = [gbk.as_ref(), b"\x81"].concat();
    let mut reader = format::open("csv", Box::new(Cursor::new(cut)), &options).unwrap();
    assert!(drain(&mut *reader).is_err());
    // Bytes that are other words, and no error, in the encoding that was named.
    let utf8 =
        "execution_date,debtor_account,creditor_name,creditor_account,amount,currency\n20261201,1,张三,2,1.00,CNY\n";
    let refused = format::open("csv", Box::new(Cursor::new(utf8)), &options).err().expect("a refusal");
    assert!(format!("{refused:?}").contains("seems to be in UTF-8"), "{refused:?}");
    let parts = read("csv", utf8.as_bytes()).unwrap();
    assert_eq!(payments(&parts)[0].counterparty.name.as_deref(), Some("张三"));
}

#[test]
fn endless_lines_are_stopped() {
    let row = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency\n\"";
    for (from, head) in [("csv", row), ("csv", ""), ("jsonl", "{\""), ("mt940", ":20:"), ("bai2", "01,")] {
        let text = format!("{head}{}", "a\u{20}".repeat(1 << 20));
        assert!(!is_accepted(&read(from, text.as_bytes())), "{from}");
        let quoted = format!("{head}{}", "a\n".repeat(1 << 20));
        assert!(!is_accepted(&read(from, quoted.as_bytes())), "{from}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äß中文,;\"' /.-]{0,12}".prop_map(|text| text.trim().to_string())
}

/// A payment, and which of three groups it is of.
fn payment() -> impl Strategy<Value = (usize, Payment)> {
    let eur = Currency::parse("EUR").unwrap();
    (0..3_usize, 0..10_000_000_i64, text(), text(), text(), any::<Option<bool>>()).prop_map(
        move |(group, cents, name, remittance, id, urgent)| {
            let mut payment = Payment::new(1, Amount::new(cents, 2), eur, Indicator::Credit);
            payment.counterparty.name = Some(format!("N{name}"));
            payment.counterparty.account = Account::parse("GB29NWBK60161331926819");
            payment.remittance = Some(remittance).filter(|r| !r.is_empty()).into_iter().collect();
            payment.end_to_end_id = Some(id).filter(|id| !id.is_empty());
            payment.urgent = urgent;
            (group, payment)
        },
    )
}

/// A payments document whose groups change as drawn.
fn document(drawn: &[(usize, Payment)]) -> Vec<Part> {
    let mut parts = vec![Part::Payments(Box::default())];
    let mut current = None;
    let mut end = PaymentsEnd::default();
    for (seq, (group, payment)) in drawn.iter().enumerate() {
        if current.replace(*group) != Some(*group) {
            let date = bankferry::document::parse_date(&format!("2026-12-0{}", group + 1));
            parts.push(Part::Group(Box::new(bankferry::document::Group {
                id: Some(format!("G{group}")),
                execution_date: date,
                account: bankferry::document::GroupAccount::parse("DE89370400440532013000"),
                ..Default::default()
            })));
        }
        end.count += 1;
        *end.sums.entry(payment.currency).or_default() += payment.amount;
        parts.push(Part::Payment(Box::new(Payment { seq: seq as u64 + 1, ..payment.clone() })));
    }
    parts.push(Part::PaymentsEnd(Box::new(end)));
    parts
}

fn without_places(parts: &[Part]) -> Vec<Payment> {
    payments(parts).into_iter().map(|p| Payment { place: Default::default(), ..p.clone() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn json_lines_come_back_as_they_went(drawn in prop::collection::vec(payment(), 0..20)) {
        let parts = document(&drawn);
        let back = read("auto", &write("jsonl", &parts)).unwrap();
        prop_assert_eq!(without_places(&back), without_places(&parts));
        prop_assert_eq!(back.last(), parts.last());
    }

    #[test]
    fn csv_comes_back_as_it_went(drawn in prop::collection::vec(payment(), 1..20)) {
        let parts = document(&drawn);
        let back = read("auto", &write("csv", &parts)).unwrap();
        prop_assert_eq!(without_places(&back), without_places(&parts));
        prop_assert_eq!(back.last(), parts.last());
    }

    #[test]
    fn regrouped_payments_are_the_same_and_together(drawn in prop::collection::vec(payment(), 1..40)) {
        let parts = document(&drawn);
        let bytes = write("jsonl", &parts);
        let inner = format::open("jsonl", Box::new(Cursor::new(bytes)), &ReadOptions::default()).unwrap();
        let mut regroup = Regroup::new(inner, Box::new(Cursor::new(Vec::new())));
        let back = drain(&mut regroup).unwrap();
        let mut sorted = without_places(&back);
        sorted.sort_by_key(|p| p.seq);
        prop_assert_eq!(sorted, without_places(&parts));
        let id = |p: &Part| if let Part::Group(g) = p { g.id.clone() } else { None };
        let groups: Vec<_> = back.iter().filter_map(id).collect();
        let mut unique = groups.clone();
        unique.dedup();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(groups.len(), unique.len());
        let Part::Payments(head) = &back[0] else { panic!("a head") };
        prop_assert_eq!(head.declared.count, Some(drawn.len() as u64));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        which in 0..4_usize,
        at in 0..400_usize,
    ) {
        let sample = [MT940, BAI2, CSV, NACHA][which].as_bytes();
        let at = at.min(sample.len());
        let mixed = [&sample[..at], &bytes, &sample[(at + 3).min(sample.len())..]].concat();
        for from in ["auto", "mt940", "mt101", "bai2", "nacha", "csv", "jsonl"] {
            let _ = read(from, &mixed);
            let _ = read(from, &bytes);
        }
        let slow = BufReader::with_capacity(1, Cursor::new(mixed.clone()));
        let slow = format::open("csv", Box::new(slow), &ReadOptions::default());
        let slow = slow.map(|mut r| drain(&mut *r).map_err(|e| e.to_string()));
        let fast = format::open("csv", Box::new(Cursor::new(mixed)), &ReadOptions::default());
        let fast = fast.map(|mut r| drain(&mut *r).map_err(|e| e.to_string()));
        prop_assert_eq!(slow.ok(), fast.ok());
    }
}
