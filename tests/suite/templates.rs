//! Every template that the program brings along holds what it says.

use std::path::Path;

use bankferry::document::Part;
use bankferry::format::layout::Carries;
use bankferry::format::layout::declare::RecordKind;
use bankferry::template::{self, prove};
use proptest::prelude::*;

fn no_folder() -> &'static Path {
    Path::new("/nonexistent")
}

#[test]
fn every_example_is_read_and_written_back_byte_for_byte() {
    let mut wrong = Vec::new();
    for (name, source) in template::built_in() {
        match template::read_template(no_folder(), name, source) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(found) => {
                assert_eq!(found.name, name, "the name in the file");
                let find = |file: &str| template::example(name, file).map(<[u8]>::to_vec);
                wrong.extend(prove::prove(&found, &find).into_iter().map(|what| format!("{name}: {}", what.en)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of a template with `from` replaced by `to`, and what is said of it.
fn mistake(name: &str, from: &str, to: &str) -> String {
    let source = template::built_in().find(|(known, _)| *known == name).expect("a template").1;
    assert!(source.contains(from), "{from}");
    match template::read_template(no_folder(), name, &source.replacen(from, to, 1)) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_mistake_is_told_with_line_and_column_and_what_to_write_instead() {
    let said = mistake("icbc", "item = \"group.account\"", "item = \"group.acount\"");
    assert!(said.contains("line") && said.contains("did you mean `group.account`"), "{said}");
    let said = mistake("icbc", "trailing-delimiter = true", "trailing-delimeter = true");
    assert!(said.contains("line") && said.contains("trailing-delimiter"), "{said}");
    let said = mistake("icbc", "date = \"yyyyMMdd\"", "date = \"YYYYMMDD\"");
    assert!(said.contains("line") && said.contains("yyyy"), "{said}");
    let said = mistake("icbc", "encoding = \"gbk\"", "encoding = \"gb2312\"");
    assert!(said.contains("line") && said.contains("gb18030"), "{said}");
    // A contradiction between keys is told with the place of the field that it is about.
    let said = mistake(
        "icbc",
        "{ name = \"收款账号名称\", item = \"counterparty.name\"",
        "{ name = \"收款账号名称\", cut = true, item = \"counterparty.name\"",
    );
    assert!(said.contains("line") && said.contains("never cut"), "{said}");
    // So is a mistake in a template that extends another.
    let said = mistake("zengin-payroll", "len = 9 }", "lenn = 9 }");
    assert!(said.contains("line") && said.contains("lenn"), "{said}");
}

/// A constant of an XML file is demanded like any other: a file in another currency is not read as one in this.
#[test]
fn a_constant_of_an_element_is_demanded() {
    let found = template::find(no_folder(), "bocom").expect("a template");
    let plan = found.layout.get(Carries::Payments).expect("a layout");
    let example = template::example("bocom", "payments.txt").expect("an example");
    let text = encoding_rs::GBK.decode(example).0.replacen("currencyType=\"CNY\"", "currencyType=\"USD\"", 1);
    let said = prove::read(plan, &encoding_rs::GBK.encode(&text).0, None).err().unwrap_or_default();
    assert!(said.contains("currencyType") && said.contains("must be `CNY`"), "{said}");
}

/// An ERP that had no word for what is not known would take it for something else.
#[test]
fn an_erps_result_file_has_a_word_for_every_state() {
    let said = mistake("erp-kingdee", "\"状态未知\" = \"unknown\"", "\"已拒付\" = \"rejected\"");
    assert!(said.contains("no word for the state `unknown`") && said.contains("line"), "{said}");
}

/// Euro and Swiss schemes have names of 70 characters, where ISO 20022 has room for 140.
#[test]
fn schemes_with_short_names_say_so() {
    for name in ["sepa-transfer", "sepa-debit", "german-dk", "swiss-sps"] {
        let scheme = template::find(no_folder(), name).expect("a template").payments.scheme;
        assert_eq!(scheme.name_length, Some(70), "{name}");
    }
}

#[test]
fn what_a_bank_cannot_carry_is_an_error_with_its_place() {
    let found = template::find(no_folder(), "icbc").expect("a template");
    let plan = found.layout.get(Carries::Payments).expect("a layout");
    let example = template::example("icbc", "payments.txt").expect("an example");
    let parts = prove::read(plan, example, None).expect("readable");
    let said = |change: &dyn Fn(&mut bankferry::document::Payment)| {
        let mut parts = parts.clone();
        for part in &mut parts {
            if let Part::Payment(payment) = part {
                change(payment);
                break;
            }
        }
        prove::write(plan, &parts).err().unwrap_or_default()
    };
    assert_eq!(said(&|_| {}), "");
    let purpose = said(&|payment| payment.purpose = Some("购买办公用品和其他材料".into()));
    assert!(purpose.contains("汇款用途") && purpose.contains("22 bytes"), "{purpose}");
    let strange = said(&|payment| payment.counterparty.name = Some("张㐀".into()));
    assert!(strange.contains("收款账号名称") && strange.contains("U+3400"), "{strange}");
    let pipe = said(&|payment| payment.counterparty.name = Some("a|b".into()));
    assert!(pipe.contains("parts the fields"), "{pipe}");
    let nobody = said(&|payment| payment.counterparty.name = None);
    assert!(nobody.contains("the document has none"), "{nobody}");
    let mills = said(&|payment| payment.amount = "1.005".parse().expect("an amount"));
    assert!(mills.contains("decimals"), "{mills}");
}

/// A Zengin file has single bytes and no small kana: what can be folded is, and is told; kanji are refused with their
/// place. Kana that a system parted into sign and mark are the kana that they make.
#[test]
fn a_zengin_file_holds_what_zengin_files_hold() {
    let source = template::built_in().find(|(name, _)| *name == "zengin-transfer").expect("a template").1;
    let strict = source.replace("fold = \"half-width-kana\"\n", "");
    let plan = |source: &str| {
        let found = template::read_template(no_folder(), "zengin-transfer", source).expect("a template");
        found.layout.get(Carries::Payments).expect("a layout").clone()
    };
    let (folding, strict) = (plan(source), plan(&strict));
    let example = template::example("zengin-transfer", "payments.txt").expect("an example");
    let near = bankferry::document::parse_date("2026-11-25");
    let written = |plan: &std::sync::Arc<bankferry::format::layout::Plan>, name: &str| {
        let mut parts = prove::read(plan, example, near).expect("readable");
        let first = parts.iter_mut().find_map(|part| match part {
            Part::Payment(payment) => Some(payment),
            _ => None,
        });
        first.expect("a payment").counterparty.name = Some(name.into());
        prove::write(plan, &parts).map(|bytes| encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned())
    };
    for name in ["ショップ", "ｼｮｯﾌﾟ", "ｼﾖﾂﾌ\u{309a}", "ショッフ\u{309a}"] {
        assert!(written(&folding, name).is_ok_and(|text| text.contains("ｼﾖﾂﾌﾟ ")), "{name}");
    }
    assert!(written(&strict, "ｼﾖﾂﾌ\u{309a}").is_ok_and(|text| text.contains("ｼﾖﾂﾌﾟ ")));
    for (plan, name, sign) in [(&folding, "山田商店", "山"), (&strict, "ｼｮｯﾌﾟ", "ｮ"), (&strict, "ショツプ", "シ")]
    {
        let said = written(plan, name).expect_err(name);
        assert!(said.contains("受取人名") && said.contains(&format!("zengin cannot carry `{sign}`")), "{said}");
    }
}

#[test]
fn an_amount_in_another_currency_than_the_files_only_one_is_not_written() {
    let found = template::find(no_folder(), "pab").expect("a template");
    let plan = found.layout.get(Carries::Payments).expect("a layout");
    let example = template::example("pab", "payments.txt").expect("an example");
    let mut parts = prove::read(plan, example, None).expect("readable");
    for part in &mut parts {
        if let Part::Payment(payment) = part {
            payment.currency = bankferry::document::Currency::parse("EUR").expect("a currency");
        }
    }
    let said = prove::write(plan, &parts).err().unwrap_or_default();
    assert!(said.contains("all amounts are CNY") && said.contains("[currency]"), "{said}");
}

/// A bank's own numbers and words stand in its NACHA files where the ERP gives none, never in the place of the ERP's.
#[test]
#[allow(clippy::disallowed_methods)]
fn a_nacha_dialect_gives_what_the_bank_assigned() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join("templates")).expect("a folder");
    let template = "extends = \"nacha-crlf\"\nname = \"ach\"\n[payments]\nlocal_instrument = \"PPD\"\n\
        [payments.nacha]\nimmediate_origin = \"1987654321\"\ncompany_id = \"1123456789\"\n\
        destination_name = \"FIRST EXAMPLE BANK\"\nentry_description = \"REFUND\"\n";
    std::fs::write(dir.path().join("templates/ach.toml"), template).expect("written");
    let csv = dir.path().join("in.csv");
    let rows = "execution_date,debtor_name,debtor_account,debtor_agent,creditor_name,creditor_account,creditor_agent,\
        amount,currency,end_to_end_id\n2026-12-01,Example Inc,12345,021000021,Zoë Sample,555001,091000019,\
        310.45,USD,R-1\n";
    std::fs::write(&csv, rows).expect("written");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
        let output = command.args(arguments).arg("--dir").arg(dir.path()).output().expect("a run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("ASCII")
    };
    let file = run(&["convert", "--to", "nacha", "--template", "ach", csv.to_str().expect("a path")]);
    let records: Vec<&str> = file.split("\r\n").collect();
    assert!(records.len() == 11 && records[..10].iter().all(|record| record.len() == 94), "{file:?}");
    assert_eq!((&records[0][13..23], records[0][40..63].trim_end()), ("1987654321", "FIRST EXAMPLE BANK"));
    assert_eq!(
        (&records[1][40..50], &records[1][50..53], records[1][53..63].trim_end()),
        ("1123456789", "PPD", "REFUND")
    );
    assert!(records[2].contains("Zoe Sample"), "{}", records[2]);
    // What the document says goes before.
    let example = template::example("nacha", "payments.txt").expect("an example");
    let given = dir.path().join("given.ach");
    std::fs::write(&given, example).expect("written");
    let file = run(&["convert", "--to", "nacha", "--template", "ach", given.to_str().expect("a path")]);
    assert!(file.contains("1234567890CCDPAYMENT") && file.contains("1234567890PPDPAYROLL"), "{file}");
}

/// What a template says of the connection holds where the installation says nothing of its own.
#[test]
#[allow(clippy::disallowed_methods)]
fn a_template_prescribes_ssh_algorithms_and_an_installation_may_say_otherwise() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join("templates")).expect("a folder");
    let template = "extends = \"iso20022-bank\"\nname = \"strict\"\n[ssh]\n\
        kex = [\"diffie-hellman-group-exchange-sha256\"]\nmacs = [\"hmac-sha2-256\"]\n";
    std::fs::write(dir.path().join("templates/strict.toml"), template).expect("written");
    let source = "[installation]\nname = \"house\"\nenvironment = \"test\"\n\
        [[party]]\nname = \"bank\"\ntemplate = \"strict\"\n\
        [party.sftp]\nhost = \"127.0.0.1\"\nuser = \"us\"\nalgorithms = { macs = [\"hmac-sha2-512\"] }\n";
    let config = bankferry::config::Config::read(dir.path(), source).expect("a configuration");
    let bank = config.party("bank").expect("the bank");
    let bankferry::config::CarrierSettings::Sftp(sftp) = &bank.carrier else { panic!("{:?}", bank.carrier) };
    assert_eq!(sftp.algorithms.kex, ["diffie-hellman-group-exchange-sha256"]);
    assert_eq!(sftp.algorithms.macs, ["hmac-sha2-512"]);
}

/// An example cut at any byte is refused, or nothing of its document is missing: a file whose layout has an end
/// never passes for whole.
#[test]
fn an_example_with_an_end_is_never_taken_for_whole_when_cut() {
    for (name, _) in template::built_in() {
        let found = template::find(no_folder(), name).expect("a template");
        for plan in &found.layout.plans {
            let trailer = plan
                .layout
                .record
                .0
                .last()
                .is_some_and(|(_, r)| !r.optional && matches!(r.kind, RecordKind::Trailer | RecordKind::Lines));
            let Some(whole) = template::example(name, prove::example_file(plan.carries)) else { continue };
            let near = bankferry::document::parse_date("2026-11-25");
            let wanted = prove::read(plan, whole, near).expect("readable");
            for end in (0..whole.len()).filter(|_| trailer) {
                let read = prove::read(plan, &whole[..end], near);
                assert!(read.is_err() || read == Ok(wanted.clone()), "{name}: taken for whole when cut at {end}");
            }
        }
    }
}

#[test]
fn a_file_without_a_record_is_refused_and_not_an_empty_document() {
    for (name, _) in template::built_in() {
        for plan in &template::find(no_folder(), name).expect("a template").layout.plans {
            for empty in ["", "\r\n", "   \n\n"] {
                assert!(prove::read(plan, empty.as_bytes(), None).is_err(), "{name}: {empty:?}");
            }
        }
    }
}

/// One payment with an address, in the dialect of a template.
fn dialect(name: &str, groups: u8, change: impl Fn(&mut bankferry::document::Payment)) -> Result<String, String> {
    use bankferry::document::{
        Account, Address, Amount, Currency, Declared, Group, GroupAccount, Indicator, Method, Moment, Part, Party,
        Payment, Payments, PaymentsEnd,
    };
    use bankferry::format::{WriteError, WriteOptions};
    let found = template::find(no_folder(), name).expect("a template");
    let debit = found.payments.format.starts_with("pain.008");
    let eur = Currency::parse("EUR").expect("a currency");
    let amount = Amount::new(1250, 2);
    let declared = |n: u8| Declared { count: Some(n.into()), sum: Some(amount * Amount::from(n)) };
    let mut parts = vec![Part::Payments(Box::new(Payments {
        message_id: Some("M-1".into()),
        created: Moment::parse("2026-11-25T08:00:00Z"),
        initiating_party: Some("Acme".into()),
        declared: declared(groups),
        ..Payments::default()
    }))];
    for number in 1..=groups {
        parts.push(Part::Group(Box::new(Group {
            id: Some(format!("G-{number}")),
            method: if debit { Method::DirectDebit } else { Method::Transfer },
            execution_date: bankferry::document::parse_date("2026-12-01"),
            account: GroupAccount::parse("DE89370400440532013000"),
            party: Party { name: Some("Acme GmbH".into()), id: Some("DE98ZZZ09999999999".into()), ..Party::default() },
            agent: Some("COBADEFF".into()),
            declared: declared(1),
            ..Group::default()
        })));
        let side = if debit { Indicator::Debit } else { Indicator::Credit };
        let mut payment = Payment::new(number.into(), amount, eur, side);
        payment.end_to_end_id = Some(format!("E-{number}"));
        payment.counterparty.name = Some("Müller & Söhne".into());
        payment.counterparty.account = Account::parse("DE02120300000000202051");
        payment.counterparty.agent = Some("BYLADEM1001".into());
        payment.mandate_id = Some("MANDATE-1".into()).filter(|_| debit);
        payment.mandate_date = bankferry::document::parse_date("2026-01-01").filter(|_| debit);
        payment.counterparty.address = Address {
            street: Some("Hauptstrasse".into()),
            building: Some("7".into()),
            post_code: Some("10115".into()),
            town: Some("Berlin".into()),
            country: Some("DE".into()),
            ..Address::default()
        };
        change(&mut payment);
        parts.push(Part::Payment(Box::new(payment)));
    }
    let sums = [(eur, amount * Amount::from(groups))].into_iter().collect();
    parts.push(Part::PaymentsEnd(Box::new(PaymentsEnd { count: groups.into(), sums, findings: Vec::new() })));
    let kept = crate::formats::Kept::default();
    let options = WriteOptions { dialect: found.payments.dialect(), ..WriteOptions::default() };
    let mut writer = found.create(&found.payments.format, Box::new(kept.clone()), &options).expect("a writer");
    for part in &parts {
        writer.write_part(part).map_err(|error| match error {
            WriteError::Refused(finding) => finding.rule.to_string(),
            WriteError::Io(error) => error.to_string(),
        })?;
    }
    writer.finish().map_err(|error| error.to_string())?;
    drop(writer);
    Ok(String::from_utf8(kept.bytes()).expect("text"))
}

#[test]
fn dialects_of_iso_20022_shape_addresses_letters_and_codes() {
    let same = |_: &mut bankferry::document::Payment| {};
    let sepa = dialect("sepa-transfer", 1, same).expect("written");
    assert!(
        sepa.contains("pain.001.001.09") && sepa.contains("<Cd>SEPA</Cd>") && sepa.contains("<ChrgBr>SLEV</ChrgBr>")
    );
    assert!(sepa.contains("<Nm>Mueller + Soehne</Nm>") && sepa.contains("<StrtNm>Hauptstrasse</StrtNm>"), "{sepa}");
    let dk = dialect("german-dk", 1, same).expect("written");
    assert!(dk.contains("pain.001.001.03") && !dk.contains("<PstCd>") && !dk.contains("<TwnNm>"), "{dk}");
    assert_eq!(dk.matches("<AdrLine>").count(), 2, "{dk}");
    let hybrid = dialect("iso-hybrid", 1, same).expect("written");
    assert!(
        hybrid.contains("<TwnNm>Berlin</TwnNm>") && hybrid.contains("<AdrLine>Hauptstrasse 7</AdrLine>"),
        "{hybrid}"
    );
    let swiss = dialect("swiss-sps", 1, same).expect("written");
    assert!(swiss.contains("Müller &amp; Söhne") && swiss.contains("<BtchBookg>true</BtchBookg>"), "{swiss}");
    let debit = dialect("sepa-debit", 1, same).expect("written");
    assert!(debit.contains("<Cd>CORE</Cd>") && debit.contains("<SeqTp>RCUR</SeqTp>"), "{debit}");
    assert_eq!(dialect("iso-one-group", 2, same).err().as_deref(), Some("several-groups"));
    assert!(dialect("iso-one-group", 1, same).is_ok() && dialect("iso-cgi-03", 2, same).is_ok());
    let kanji = dialect("sepa-transfer", 1, |payment| payment.counterparty.name = Some("远山".into()));
    assert_eq!(kanji.err().as_deref(), Some("charset"));
}

/// What a payments layout makes of a document: the example's payments, again and again and in any order, so that all
/// its conditions hold and do not, with other amounts, names and ids.
fn generated(parts: &[Part], drawn: &[(u32, String, u32)]) -> Vec<Part> {
    let known = parts.iter().filter_map(|part| if let Part::Payment(p) = part { Some((**p).clone()) } else { None });
    let known: Vec<_> = known.collect();
    let mut out: Vec<Part> = parts.iter().take_while(|part| !matches!(part, Part::Payment(_))).cloned().collect();
    let mut end = bankferry::document::PaymentsEnd::default();
    for (at, (cents, name, id)) in drawn.iter().enumerate() {
        let mut payment = known[*id as usize % known.len()].clone();
        payment.seq = at as u64 + 1;
        payment.amount = bankferry::document::Amount::new(i64::from(*cents) + 1, payment.currency.minor_units());
        payment.counterparty.name = Some(name.clone());
        payment.end_to_end_id = payment.end_to_end_id.map(|_| format!("R{id}"));
        payment.place = Default::default();
        end.count += 1;
        *end.sums.entry(payment.currency).or_default() += payment.amount;
        out.push(Part::Payment(Box::new(payment)));
    }
    let sum = end.sums.values().copied().next();
    if let Some(Part::Payments(head)) = out.first_mut() {
        head.declared = bankferry::document::Declared { count: Some(end.count), sum };
    }
    out.push(Part::PaymentsEnd(Box::new(end)));
    out
}

fn bare(parts: &[Part]) -> Vec<bankferry::document::Payment> {
    let payments = parts.iter().filter_map(|part| if let Part::Payment(p) = part { Some((**p).clone()) } else { None });
    payments.map(|p| bankferry::document::Payment { place: Default::default(), ..p }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn generated_payments_come_back_in_every_layout(
        drawn in prop::collection::vec((0..999_999_u32, "[A-Z][A-Z ]{0,10}[A-Z]", 0..99_999_u32), 1..9),
    ) {
        let near = bankferry::document::parse_date("2026-11-25");
        for (name, _) in template::built_in() {
            let found = template::find(no_folder(), name).expect("a template");
            let plan = found.layout.get(Carries::Payments).filter(|plan| !plan.layout.read_only);
            let Some(plan) = plan else { continue };
            let example = template::example(name, "payments.txt").expect("an example");
            let parts = generated(&prove::read(plan, example, near).expect("readable"), &drawn);
            let written = prove::write(plan, &parts).unwrap_or_else(|why| panic!("{name}: {why}"));
            let back = prove::read(plan, &written, near).unwrap_or_else(|why| panic!("{name}: {why}"));
            prop_assert_eq!(bare(&back), bare(&parts), "{}", name);
        }
    }
}
