//! What a bank's file cannot carry is told when the batch is judged, before anybody decides.

use bankferry::cli::practice::Options;
use bankferry::journal::{BatchState, Event, Purpose, Records};

use super::banks::{House, OURS, csv, files, today, write};
use super::road::World;

/// The rows of the refusal, once it is told.
fn refusal(house: &mut House) -> String {
    let mut told = None;
    house.until("the refusal is told", |_, root| {
        let files = files(&root.join("outbox/erp"));
        let refusal = |name: &str| name.starts_with("refusal") && name.ends_with(".csv");
        told = files.into_iter().find(|(name, _)| refusal(name)).map(|(_, bytes)| bytes);
        told.is_some()
    });
    String::from_utf8(told.expect("a refusal")).expect("text")
}

/// Nothing was numbered for the bank: no file was to be written.
fn nothing_for_the_bank(house: &House) -> bool {
    house.journal().outbounds(&[]).expect("files").iter().all(|file| file.purpose != Purpose::Payments)
}

/// One payment to this payee from this account.
fn payment(payee: &str, account: &str) -> String {
    let columns = "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance";
    let day = today();
    format!("{columns}\n{day},Example,{account},{payee},DE89370400440532013000,COBADEFFXXX,12.00,EUR,F-1,Invoice\n")
}

#[test]
fn every_payment_that_the_banks_file_cannot_carry_is_told_before_anybody_decides() {
    // The bank takes GBK; the second person would only be asked for what can be paid.
    let mut house = House::released("csv-erp", "", "icbc", "", "always = true");
    let smiling = csv().replace("差旅费", "差旅费😀").replace("货款", "货款😀");
    write(&house.root.join("inbox/erp/pay.csv"), smiling.as_bytes());
    let told = refusal(&mut house);
    let rows: Vec<&str> = told.lines().filter(|row| row.contains("charset")).collect();
    assert_eq!(rows.len(), 2, "{told}");
    assert!(rows[0].starts_with("pay.csv,2,") && rows[1].starts_with("pay.csv,3,"), "{told}");
    assert!(rows[0].contains("the file for `bank` cannot carry it") && rows[0].contains("U+1F600"), "{told}");
    assert!(nothing_for_the_bank(&house));
    assert!(house.journal().batches(&[]).expect("batches").is_empty());
}

#[test]
fn a_payment_that_cannot_be_carried_is_left_out_where_the_erp_wants_the_others_to_go() {
    let mut house = House::with("csv-erp", "refusal = \"payments\"", "icbc", "");
    let smiling = csv().replace("差旅费", "差旅费😀");
    write(&house.root.join("inbox/erp/pay.csv"), smiling.as_bytes());
    house.until("the bank has the rest", |_, root| !files(&root.join("outbox/bank")).is_empty());
    let payments = house.received();
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!(payments[0].counterparty.name.as_deref(), Some("远山材料有限公司"));
    let told = refusal(&mut house);
    assert!(told.contains("pay.csv,3,") && !told.contains("pay.csv,2,"), "{told}");
}

#[test]
fn a_payment_that_a_rule_refuses_is_told_beside_one_that_cannot_be_carried() {
    let mut house = House::new("csv-erp", "icbc");
    // The first row has an amount of nothing and a character, the second only the character.
    let wrong = csv().replace("12345.00", "0.00").replace("货款", "货款😀").replace("差旅费", "差旅费😀");
    write(&house.root.join("inbox/erp/pay.csv"), wrong.as_bytes());
    let told = refusal(&mut house);
    let of_line =
        |line: u8| told.lines().filter(|row| row.starts_with(&format!("pay.csv,{line},"))).collect::<Vec<_>>();
    assert!(of_line(2).iter().all(|row| !row.contains("charset")), "{told}");
    assert!(of_line(3).iter().any(|row| row.contains("charset")), "{told}");
}

#[test]
fn a_batch_whose_file_would_be_too_large_is_refused_when_it_is_judged() {
    let bank = "out = { max_bytes = 500 }".to_string();
    let mut world = World::new(&Options { bank, ..Options::default() });
    world.practice.drop_file("pay.csv", payment("Example", "DE89370400440532013000").as_bytes()).expect("a drop");
    world.until("the ERP is told", |j| {
        j.outbounds(&[]).expect("files").iter().any(|file| file.purpose == Purpose::Refusal)
    });
    world.stop();
    let facts = world.journal().facts_after(0, 100).expect("facts");
    let refused = facts.iter().find_map(|fact| match &fact.event {
        Event::Refused { findings, .. } => Some(findings.clone()),
        _ => None,
    });
    assert_eq!(refused.expect("a refusal")[0].rule, "file-too-large");
    assert!(world.journal().batches(&[]).expect("batches").is_empty());
}

#[test]
fn who_releases_sees_what_is_folded() {
    let of_bank = "payments = { charset = \"latin\", fold = true }\nseal = { sign = false, encrypt = false }";
    let mut house = House::released("csv-erp", "", "iso20022-bank", of_bank, "always = true");
    write(&house.root.join("inbox/erp/fold.csv"), payment("Bäckerei Müller", OURS).as_bytes());
    house.until("it is held", |j, _| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    let batch = house.journal().batches(&[BatchState::Held]).expect("batches").remove(0);
    assert!(house.ends(0, &["show", &batch.id]).contains("Baeckerei Mueller"));
    let checked = house.journal().facts_of(&batch.inbound).expect("facts");
    assert!(checked.iter().any(|fact| matches!(&fact.event, Event::Checked { findings, .. } if !findings.is_empty())));
}

/// An account or an id that the bank's letters would make another one is the ERP's to correct, before anybody decides.
#[test]
fn an_account_or_an_id_that_would_be_folded_is_told_with_its_line() {
    let all = super::layouts::read("dbs", super::layouts::example("dbs", "payments.txt").as_bytes());
    let ours =
        all.replace("0720000017", OURS).replace("\"execution_date\":\"2026-12-01\"", "\"execution_date\":\"DAY\"");
    let ours = ours.replace("DAY", &today());
    for (from, to) in [("QH-02", "RÉF-2"), ("0010000240", "0010000ä40")] {
        let mut house = House::new("csv-erp", "dbs");
        write(&house.root.join("inbox/erp/pay.jsonl"), ours.replacen(from, to, 1).as_bytes());
        let told = refusal(&mut house);
        let row = told.lines().find(|row| row.contains("accounts and ids are written as they are"));
        let row = row.or_else(|| told.lines().find(|row| row.contains("account-signs")));
        assert!(row.is_some_and(|row| row.starts_with("pay.jsonl,4,")), "{told}");
        assert!(nothing_for_the_bank(&house));
    }
}

/// What a scheme forbids is told before anybody decides, by the ERP's own names, with what to write.
#[test]
fn what_a_scheme_forbids_is_told_before_anybody_decides() {
    let mut house = House::released("csv-erp", "", "sepa-transfer", "", "always = true");
    let columns = "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,\
                   end_to_end_id,remittance,charge_bearer,town,country";
    let day = today();
    let of = |id: &str, account: &str, bearer: &str, address: &str| {
        format!("{day},Example,{OURS},Payee,{account},COBADEFFXXX,12.00,EUR,{id},Invoice,{bearer},{address}\n")
    };
    let rows = [
        of("F-1", "DE89370400440532013000", "SLEV", "Berlin,DE"),
        of("F-2", "622202020011", "SLEV", "Berlin,DE"),
        of("F-3", "DE89370400440532013000", "DEBT", "Berlin,DE"),
        of("/F-4", "DE89370400440532013000", "SLEV", "Berlin,DE"),
        of("F-5", "DE89370400440532013000", "SLEV", ",DE"),
    ];
    write(&house.root.join("inbox/erp/pay.csv"), format!("{columns}\n{}", rows.concat()).as_bytes());
    let told = refusal(&mut house);
    for (row, rule) in [
        ("pay.csv,3,", "account-not-iban"),
        ("pay.csv,4,", "value-not-allowed"),
        ("pay.csv,5,", "id-slashes"),
        ("pay.csv,6,", "address-part"),
    ] {
        assert!(told.lines().any(|line| line.starts_with(row) && line.contains(rule)), "{row} {rule}: {told}");
    }
    assert!(told.contains("fill in `town`") && told.contains("write `SLEV`"), "{told}");
    assert!(nothing_for_the_bank(&house));
    assert!(house.journal().batches(&[]).expect("batches").is_empty());
}
