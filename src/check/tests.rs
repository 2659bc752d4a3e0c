//! What each rule refuses, and what it lets pass.

use super::*;
use crate::document::{Account, Declared, GroupAccount, Indicator, Method, PaymentsEnd, StatusReport, parse_date};
use crate::finding::{Finding, Level};

const IBAN: &str = "DE89370400440532013000";

/// A payments file of one group, to be spoilt one field at a time.
struct File {
    head: Payments,
    group: Group,
    payments: Vec<Payment>,
    end: PaymentsEnd,
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn money(text: &str) -> Amount {
    text.parse().unwrap()
}

fn payment(seq: u64) -> Payment {
    let mut payment = Payment::new(seq, money("10.00"), eur(), Indicator::Credit);
    payment.end_to_end_id = Some(format!("E{seq}"));
    payment.counterparty.name = Some("Supplier".to_string());
    payment.counterparty.account = Account::parse(IBAN);
    payment.remittance = vec![format!("invoice {seq}")];
    payment.place = Place::at(seq + 1, 1);
    payment
}

fn good() -> File {
    let group = Group {
        id: Some("G1".to_string()),
        execution_date: parse_date("2026-11-24"),
        account: GroupAccount::parse("GB29NWBK60161331926819"),
        ..Group::default()
    };
    File { head: Payments::default(), group, payments: vec![payment(1), payment(2)], end: PaymentsEnd::default() }
}

impl File {
    fn parts(self) -> Vec<Part> {
        let mut parts = vec![Part::Payments(Box::new(self.head)), Part::Group(Box::new(self.group))];
        parts.extend(self.payments.into_iter().map(|p| Part::Payment(Box::new(p))));
        parts.push(Part::PaymentsEnd(Box::new(self.end)));
        parts
    }
}

fn check_parts(parts: &[Part], rules: &Rules, history: &dyn History) -> Report {
    let mut checker = Checker::new(rules, parse_date("2026-11-23").unwrap(), history);
    parts.iter().for_each(|part| checker.look(part));
    checker.finish()
}

/// The findings as `rule line field`, in order.
fn found(file: File, rules: &Rules) -> Vec<String> {
    let report = check_parts(&file.parts(), rules, &NoHistory);
    report.findings.kept().iter().map(short).collect()
}

fn short(finding: &Finding) -> String {
    let line = finding.place.line.map_or_else(|| "-".to_string(), |line| line.to_string());
    format!("{} {line} {}", finding.rule, finding.place.field.as_deref().unwrap_or("-"))
}

/// A good file, spoilt; what is found under the default rules.
fn spoilt(spoil: impl FnOnce(&mut File)) -> Vec<String> {
    spoilt_under(&Rules::default(), spoil)
}

fn spoilt_under(rules: &Rules, spoil: impl FnOnce(&mut File)) -> Vec<String> {
    let mut file = good();
    spoil(&mut file);
    found(file, rules)
}

#[test]
fn a_good_file_passes_and_is_counted() {
    let report = check_parts(&good().parts(), &Rules::default(), &NoHistory);
    assert!(report.findings.is_empty(), "{:?}", report.findings.kept());
    assert_eq!((report.count, report.sums[&eur()]), (2, money("20.00")));
    assert_eq!(report.payees_digest.len(), 64);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut file = good();
    file.payments[0].counterparty.account = Account::parse("DE89370400440532013001");
    file.payments[0].amount = money("0");
    file.payments[1].counterparty.name = None;
    file.payments[1].end_to_end_id = None;
    file.group.execution_date = parse_date("2026-11-22");
    assert_eq!(
        found(file, &Rules::default()),
        [
            "execution-date-past 2 execution_date",
            "iban-check-digits 2 creditor_account",
            "amount-not-positive 2 amount",
            "end-to-end-id-missing 3 end_to_end_id",
            "creditor-name-missing 3 creditor_name",
        ]
    );
}

#[test]
fn a_number_that_is_nobodys_account_is_refused_and_a_letter_among_digits_is_told() {
    let of = |number: &str| spoilt(|f| f.payments[0].counterparty.account = Account::parse(number));
    for bad in ["６２２２０２０２", "6222中", "1.2E+15", "6E+18", "6,2e18", "АВ123", "ＤＥ123"] {
        assert_eq!(of(bad), ["account-signs 2 creditor_account"], "{bad}");
    }
    for doubtful in ["622202O2", "622202o2", "6222O2O2"] {
        assert_eq!(of(doubtful), ["account-letter-o 2 creditor_account"], "{doubtful}");
    }
    for good in ["622202002", "12E45", "12-345.678-9", "GO1234", "1234 5678", "20OB1", "DE89 3704 0044 0532 0130 00"] {
        assert!(of(good).is_empty(), "{good}");
    }
    assert_eq!(spoilt(|f| f.group.account = GroupAccount::parse("６２２２")), ["account-signs 2 debtor_account"]);
}

#[test]
fn declared_totals_are_held_against_the_real_ones() {
    let declared = |count, sum: &str| Declared { count: Some(count), sum: Some(money(sum)) };
    assert!(spoilt(|f| f.head.declared = declared(2, "20")).is_empty());
    assert_eq!(spoilt(|f| f.head.declared = declared(3, "20.00")), ["control-count - -"]);
    assert_eq!(spoilt(|f| f.head.declared = declared(2, "20.01")), ["control-sum - -"]);
    assert_eq!(spoilt(|f| f.group.declared = declared(1, "10")), ["control-count - -", "control-sum - -"]);
}

#[test]
fn what_the_reader_said_of_totals_is_not_said_again() {
    let file = |f: &mut File| {
        f.head.declared.count = Some(3);
        f.end.findings.push(Finding::error("control-count", Place::default(), text!("a", "甲")));
    };
    assert!(spoilt(file).is_empty());
}

#[test]
fn an_id_is_used_once_in_a_file_and_once_in_history() {
    assert_eq!(spoilt(|f| f.payments[1].end_to_end_id = Some(" E1".into())), ["end-to-end-id-twice 3 end_to_end_id"]);
    struct Past;
    impl History for Past {
        fn end_to_end_id(&self, id: &str) -> Option<String> {
            (id == "E2").then(|| "B-7".to_string())
        }
    }
    let report = check_parts(&good().parts(), &Rules::default(), &Past);
    assert_eq!(short(&report.findings.kept()[0]), "end-to-end-id-used-before 3 end_to_end_id");
    assert!(report.findings.kept()[0].message.zh.contains("`B-7`"));
}

#[test]
fn a_missing_id_is_allowed_where_the_party_allows_it() {
    let rules = Rules { end_to_end_id_required: false, ..Rules::default() };
    let none = |f: &mut File| f.payments.iter_mut().for_each(|p| p.end_to_end_id = Some("NOTPROVIDED".to_string()));
    assert!(spoilt_under(&rules, none).is_empty());
    assert_eq!(spoilt(none).len(), 2);
}

#[test]
fn two_equal_payments_under_two_ids_are_a_warning() {
    let mut file = good();
    file.payments[1].remittance = file.payments[0].remittance.clone();
    let report = check_parts(&file.parts(), &Rules::default(), &NoHistory);
    assert_eq!(short(&report.findings.kept()[0]), "same-payment-twice 3 -");
    assert!(!report.findings.refuses());
}

#[test]
fn bank_numbers_have_their_form() {
    let agent = |text: &'static str| move |f: &mut File| f.payments[0].counterparty.agent = Some(text.to_string());
    for good in ["DEUTDEFF", "DEUTDEFF500", "102100099996", "021000021", "USABA021000021", "20-00-00", ""] {
        assert_eq!(spoilt(agent(good)), [""; 0], "{good}");
    }
    for bad in ["DEUTDEF", "DEUTDEFF50", "DEUT12FF", "some bank", "中国银行"] {
        assert_eq!(spoilt(agent(bad)), ["bic-form 2 creditor_agent"], "{bad}");
    }
    assert_eq!(spoilt(agent("102100099997")), ["cnaps-check-digit 2 creditor_agent"]);
    assert_eq!(spoilt(|f| f.group.agent = Some("X".into())), ["bic-form 2 debtor_agent"]);
}

#[test]
fn amounts_fit_their_currency_and_its_limits() {
    let rules = Rules {
        currencies: vec![eur(), Currency::parse("JPY").unwrap()],
        max_amount: [(eur(), money("100"))].into(),
        max_sum: [(eur(), money("105"))].into(),
        max_count: Some(1),
        ..Rules::default()
    };
    let amount = |text: &'static str, code: &'static str| {
        move |f: &mut File| {
            f.payments.truncate(1);
            f.payments[0].amount = money(text);
            f.payments[0].currency = Currency::parse(code).unwrap();
        }
    };
    assert_eq!(spoilt_under(&rules, amount("99.990", "EUR")), [""; 0]);
    assert_eq!(spoilt_under(&rules, amount("9.999", "EUR")), ["amount-decimals 2 amount"]);
    assert_eq!(spoilt_under(&rules, amount("9.5", "JPY")), ["amount-decimals 2 amount"]);
    assert_eq!(spoilt_under(&rules, amount("9", "USD")), ["currency-not-allowed 2 currency"]);
    assert_eq!(spoilt_under(&rules, amount("101", "EUR")), ["amount-too-large 2 amount"]);
    assert_eq!(spoilt_under(&rules, amount("-1", "EUR")), ["amount-not-positive 2 amount"]);
    assert_eq!(
        spoilt_under(&rules, |f| f.payments[1].amount = money("99")),
        ["too-many-payments - -", "sum-too-large - -"]
    );
}

#[test]
fn execution_dates_lie_within_reach() {
    let on = |day: &'static str| move |f: &mut File| f.group.execution_date = parse_date(day);
    assert!(spoilt(on("2026-11-23")).is_empty() && spoilt(on("2027-11-23")).is_empty());
    assert_eq!(spoilt(on("2026-11-22")), ["execution-date-past 2 execution_date"]);
    assert_eq!(spoilt(on("2027-11-24")), ["execution-date-far 2 execution_date"]);
    assert_eq!(spoilt(on("")), ["execution-date-missing 2 execution_date"]);
    let rules = Rules { max_days_past: 3, max_days_ahead: None, ..Rules::default() };
    assert!(spoilt_under(&rules, on("2026-11-20")).is_empty() && spoilt_under(&rules, on("9999-12-31")).is_empty());
}

#[test]
fn only_agreed_accounts_pay() {
    let rules = |account: &str| Rules { debtor_accounts: vec![Account::parse(account).unwrap()], ..Rules::default() };
    assert!(spoilt_under(&rules("GB29 NWBK 6016 1331 9268 19"), |_| {}).is_empty());
    assert_eq!(spoilt_under(&rules(IBAN), |_| {}), ["debtor-account-not-allowed 2 debtor_account"]);
    assert_eq!(spoilt(|f| f.group.account = None), ["debtor-account-missing 2 debtor_account"]);
    assert_eq!(
        spoilt(|f| f.group.account = GroupAccount::parse("GB29NWBK60161331926818")),
        ["iban-check-digits 2 debtor_account"]
    );
}

#[test]
fn the_first_bad_character_is_shown_with_its_place() {
    let rules = Rules { charset: Alphabet::Latin, ..Rules::default() };
    let mut file = good();
    file.payments[0].counterparty.name = Some("Müller & Söhne".to_string());
    let report = check_parts(&file.parts(), &rules, &NoHistory);
    let finding = &report.findings.kept()[0];
    assert_eq!(short(finding), "character-set 2 creditor_name");
    assert_eq!(finding.message.en, "character 2 is `ü` (U+00FC), which Latin does not have");
    assert_eq!(report.findings.len(), 1);
    assert_eq!(spoilt(|f| f.payments[0].remittance = vec!["a\nb".into()]), ["character-set 2 remittance"]);
    assert_eq!(spoilt(|f| f.head.message_id = Some("\u{FFFD}".into())), ["character-set - message_id"]);
}

#[test]
fn texts_fit_their_fields() {
    assert_eq!(spoilt(|f| f.payments[0].end_to_end_id = Some("E".repeat(36))), ["too-long 2 end_to_end_id"]);
    let most = Length { most: 8, unit: Unit::GbkBytes };
    let rules = Rules { max_lengths: [(Field::CreditorName, most)].into(), ..Rules::default() };
    let name = |name: &'static str| move |f: &mut File| f.payments[0].counterparty.name = Some(name.to_string());
    assert!(spoilt_under(&rules, name("示例公司")).iter().all(|f| !f.contains(" 2 ")));
    assert_eq!(spoilt_under(&rules, name("示例公司a")), ["too-long 2 creditor_name"]);
}

#[test]
fn groups_do_not_mix_what_cannot_be_mixed() {
    assert_eq!(spoilt(|f| f.payments[0].indicator = Indicator::Debit), ["group-method 2 -"]);
    let twice = [good().parts(), good().parts()].concat();
    let report = check_parts(&twice, &Rules::default(), &NoHistory);
    assert_eq!(short(&report.findings.kept()[0]), "group-id-twice 2 payment_information_id");
    let once = |declared: Declared| Part::Group(Box::new(Group { declared, ..good().group }));
    let paid = |seq: u64| Part::Payment(Box::new(payment(seq)));
    let goes_on = |d: Declared| [once(d.clone()), paid(1), once(d), paid(2)];
    assert!(check_parts(&goes_on(Declared::default()), &Rules::default(), &NoHistory).findings.kept().is_empty());
    let sepa = |f: &mut File| f.group.service_level = Some("SEPA".to_string());
    assert!(spoilt(sepa).is_empty());
    let chinese = |f: &mut File| {
        sepa(f);
        f.payments[0].currency = Currency::parse("CNY").unwrap();
        f.payments[1].counterparty.account = Account::parse("6222020200112233445");
    };
    assert_eq!(spoilt(chinese), ["sepa-scheme 2 currency", "sepa-scheme 3 creditor_account"]);
}

#[test]
fn a_direct_debit_names_the_other_side_debtor() {
    let debit = |f: &mut File| {
        f.group.method = Method::DirectDebit;
        f.group.service_level = Some("SEPA".to_string());
        f.payments.truncate(1);
        f.payments[0].indicator = Indicator::Debit;
        f.payments[0].counterparty.account = None;
    };
    assert_eq!(spoilt(debit), ["creditor-account-missing 2 debtor_account", "mandate-missing 2 mandate_id"]);
}

#[test]
fn a_file_without_payments_is_no_payments_file() {
    let nothing = |f: &mut File| {
        f.payments.clear();
        f.group.execution_date = None;
    };
    assert_eq!(spoilt(nothing), ["execution-date-missing - execution_date", "no-payments - -"]);
    let report = check_parts(&[Part::StatusReport(Box::<StatusReport>::default())], &Rules::default(), &NoHistory);
    assert!(report.findings.refuses());
    assert_eq!(short(&report.findings.kept()[0]), "not-payments - -");
}

#[test]
fn levels_are_set_by_name() {
    let levels = Levels::default().with("creditor-name-missing", Grade::Off).unwrap();
    let levels = levels.with("iban-check-digits", Grade::Warning).unwrap();
    let mut file = good();
    file.payments[0].counterparty.name = None;
    file.payments[0].counterparty.account = Account::parse("DE89370400440532013001");
    let report = check_parts(&file.parts(), &Rules { levels, ..Rules::default() }, &NoHistory);
    let findings: Vec<_> = report.findings.kept().iter().map(|f| (f.rule.as_ref(), f.level)).collect();
    assert_eq!(findings, [("iban-check-digits", Level::Warning)]);
    assert!(!report.findings.refuses());
}

#[test]
fn every_sentence_has_its_chinese_and_a_next_step() {
    let mut file = good();
    file.payments = vec![payment(1), payment(1)];
    file.payments[0].amount = money("-1.111");
    file.payments[0].counterparty.account = None;
    file.payments[1].counterparty.agent = Some("X".to_string());
    file.group.execution_date = None;
    let report = check_parts(&file.parts(), &Rules::default(), &NoHistory);
    assert!(report.findings.len() >= 6);
    for finding in report.findings.kept() {
        let hint = finding.hint.as_ref().unwrap();
        for text in [&finding.message, hint] {
            assert!(text.zh.chars().any(|c| c > '\u{2e80}') && text.en.is_ascii(), "{text:?}");
            assert!(!text.en.starts_with(|c: char| c.is_uppercase()) && !text.en.ends_with('.'), "{text:?}");
        }
    }
}
