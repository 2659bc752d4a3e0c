//! A batch that is over the limits of one file of its bank goes into several.

use std::collections::{BTreeMap, BTreeSet};

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::document::{Amount, Currency, Group, Indicator, Part, Payment};
use bankferry::journal::{
    Event, Journal, NewFact, OutboundState, PaymentFilter, Purpose, Records, Rows, SqliteJournal,
};
use bankferry::route::parts::{Limits, Splitter};
use proptest::prelude::*;

use super::road::{World, all_booked};

/// A practice bank with these limits.
fn limited(checks: &str, more: &str) -> World {
    let bank = format!("out = {{ split = true }}\nchecks = {{ {checks} }}\n{more}");
    World::new(&Options { bank, ..Options::default() })
}

/// Payments with their days ahead and amounts.
fn csv(rows: &[(i64, &str)]) -> String {
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n",
    );
    for (n, (ahead, amount)) in rows.iter().enumerate() {
        let day =
            (Clock::system().now() + jiff::SignedDuration::from_hours(24 * ahead)).strftime("%Y-%m-%d").to_string();
        csv += &format!(
            "{day},Example GmbH,DE89370400440532013000,Payee {n},GB29NWBK60161331926819,NWBKGB2L,{amount},EUR,S-{n},Invoice {n}\n"
        );
    }
    csv
}

/// Files at the bank, by their number of payments, after all are booked.
fn carried(world: &mut World, rows: &[(i64, &str)]) -> Vec<u64> {
    world.practice.drop_file("batch.csv", csv(rows).as_bytes()).expect("a drop");
    let count = rows.len() as u64;
    world.until("all are booked", |j| all_booked(j, count));
    let mut received: Vec<u64> = world.practice.bank.received().iter().map(|r| r.count).collect();
    received.sort_by(|a, b| b.cmp(a));
    assert_eq!(received.iter().sum::<u64>(), count);
    world.stop();
    let journal = world.journal();
    let files = journal.outbounds(&[]).expect("files").into_iter().filter(|f| f.purpose == Purpose::Payments);
    let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
    for file in files {
        for (currency, sum) in file.totals.expect("totals").sums {
            *sums.entry(currency).or_default() += sum;
        }
    }
    let batch = journal.batches(&[]).expect("batches").remove(0);
    assert_eq!(sums, batch.totals.sums, "the files hold what the batch holds");
    let payments = journal.payments(&PaymentFilter::default()).expect("payments");
    assert!(payments.iter().all(|p| p.outbound.is_some()), "every payment knows its file: {payments:?}");
    let ids: BTreeSet<_> = payments.iter().filter_map(|p| p.end_to_end_id.as_deref()).collect();
    assert_eq!((ids.len(), payments.len()), (rows.len(), rows.len()), "every payment once");
    let fault = bankferry::journal::proof::case(&journal, &batch.inbound).expect("a proof");
    assert!(fault.is_empty(), "{fault:?}");
    received
}

#[test]
fn a_batch_over_the_banks_count_goes_into_several_files() {
    let mut world = limited("max_count = 2", "");
    let rows = [(0, "10.00"), (0, "20.00"), (0, "30.00"), (0, "40.00"), (0, "50.00")];
    assert_eq!(carried(&mut world, &rows), [2, 2, 1]);
}

#[test]
fn a_batch_over_the_banks_sum_goes_into_several_files() {
    let mut world = limited("max_sum = { EUR = \"100.00\" }", "");
    let rows = [(0, "60.00"), (0, "40.00"), (0, "1.00"), (0, "100.00")];
    assert_eq!(carried(&mut world, &rows), [2, 1, 1]);
}

#[test]
fn a_bank_that_takes_one_group_gets_a_file_for_each() {
    let mut world = limited("", "payments = { one_group = true }");
    let rows = [(0, "10.00"), (1, "20.00"), (0, "30.00"), (1, "40.00")];
    assert_eq!(carried(&mut world, &rows), [2, 2]);
}

#[test]
fn a_payment_over_the_banks_sum_fits_into_no_file_and_is_refused() {
    let mut world = limited("max_sum = { EUR = \"100.00\" }", "");
    world.practice.drop_file("batch.csv", csv(&[(0, "60.00"), (0, "100.01")]).as_bytes()).expect("a drop");
    world.until("it is refused", |j| {
        !j.inbounds(&[bankferry::journal::InboundState::Refused]).expect("files").is_empty()
    });
    assert_eq!(world.received(), 0);
    world.stop();
}

#[test]
fn of_a_part_that_is_taken_back_the_erp_is_told_its_payments_alone() {
    let settings = include_str!("../../src/cli/demo/bank.toml");
    let settings = settings.replacen("statement-after = 1", "answer-after = 36000\nstatement-after = 80000", 1);
    let bank = "out = { split = true, one_in_flight = \"received\" }\nanswers = { received_within = \"2h\" }\n\
                checks = { max_count = 2 }";
    let mut world = World::new(&Options { bank: bank.into(), settings: Some(settings), ..Options::default() });
    let rows = [(0, "10.00"), (0, "20.00"), (0, "30.00"), (0, "40.00"), (0, "50.00")];
    world.practice.drop_file("batch.csv", csv(&rows).as_bytes()).expect("a drop");
    let payments = |j: &SqliteJournal| {
        let files = j.outbounds(&[]).expect("files").into_iter();
        files.filter(|f| f.purpose == Purpose::Payments).collect::<Vec<_>>()
    };
    let state = |j: &SqliteJournal, at: usize| payments(j).get(at).map(|file| file.state);
    world.until("one is sent, two wait", |j| {
        state(j, 0) == Some(OutboundState::Sent) && state(j, 2) == Some(OutboundState::Queued)
    });
    let refusals = |world: &World| {
        let all = world.outbox().into_iter();
        all.filter(|(name, _)| name.starts_with("refusal") && name.ends_with(".csv")).map(|(_, csv)| csv).collect()
    };
    let mut said: Vec<String> = Vec::new();
    for (at, others) in [(1, ["S-0", "S-4"]), (2, ["S-2", "S-3"])] {
        let file = payments(&world.journal()).remove(at);
        let event = Event::Cancelled { reason: "wrong".into() };
        let fact = NewFact { actor: "anna".into(), case: file.case, subject: file.id, event };
        world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a fact");
        world.until("the ERP is told", |j| {
            let files = j.outbounds(&[]).expect("files").into_iter();
            let told = files.filter(|f| f.purpose == Purpose::Refusal && f.state == OutboundState::Sent);
            told.count() == 2 * at
        });
        let all: Vec<String> = refusals(&world);
        let new = all.iter().find(|csv| !said.contains(csv)).expect("a refusal").clone();
        assert!(others.iter().all(|id| !new.contains(id)), "{new}");
        assert!(new.contains("`anna` took it back: wrong") && new.contains("the other payments"), "{new}");
        said.push(new);
    }
    assert!(said[0].contains("`S-2` of EUR 30") && said[0].contains("`S-3` of EUR 40"), "{}", said[0]);
    assert!(said[1].contains("`S-4` of EUR 50"), "{}", said[1]);
    world.stop();
}

#[test]
fn of_a_part_that_is_cancelled_each_payment_is_told_its_state_in_every_format_of_a_status() {
    let settings = include_str!("../../src/cli/demo/bank.toml");
    let settings = settings.replacen("statement-after = 1", "answer-after = 36000\nstatement-after = 80000", 1);
    let bank = "out = { split = true, one_in_flight = \"received\" }\nanswers = { received_within = \"2h\" }\n\
                checks = { max_count = 2 }";
    let erp = "outputs = { status = [\"csv\", \"jsonl\", \"pain.002.001.10\", \"erp-kingdee\"] }";
    let options = Options { bank: bank.into(), erp: erp.into(), settings: Some(settings), ..Options::default() };
    let mut world = World::new(&options);
    let rows = [(0, "10.00"), (0, "20.00"), (0, "30.00"), (0, "40.00"), (0, "50.00")];
    world.practice.drop_file("batch.csv", csv(&rows).as_bytes()).expect("a drop");
    let waits = |j: &SqliteJournal| {
        let mut files = j.outbounds(&[OutboundState::Queued]).expect("files");
        files.retain(|file| file.purpose == Purpose::Payments);
        files
    };
    let sent = |j: &SqliteJournal| {
        let files = j.outbounds(&[OutboundState::Sent]).expect("files");
        files.iter().any(|file| file.purpose == Purpose::Payments)
    };
    world.until("one is sent, two wait", |j| sent(j) && waits(j).len() == 2);
    let id = waits(&world.journal()).remove(0).id;
    super::banks::run(world.root(), 0, &["cancel", &id, "--as", "anna", "--reason", "wrong"]);
    let told = |j: &SqliteJournal| {
        let files = j.outbounds(&[OutboundState::Sent]).expect("files").into_iter();
        files.filter(|f| f.purpose == Purpose::Status).count()
    };
    world.until("the ERP is told", |j| told(j) == 4);
    let outbox = world.root().join("outbox/erp");
    let all = super::banks::files(&outbox).into_iter().filter(|(name, _)| name.starts_with("status"));
    let all: Vec<String> = all.map(|(_, bytes)| encoding_rs::GB18030.decode(&bytes).0.into_owned()).collect();
    let one = |wanted: &[&str]| {
        let found = all.iter().filter(|text| wanted.iter().all(|word| text.contains(word))).count();
        assert_eq!(found, 1, "{wanted:?}: {all:#?}");
    };
    one(&["S-2,30.00,EUR,cancelled,", "S-3,40.00,EUR,cancelled,", "taken back before it left: wrong"]);
    one(&["\"original_end_to_end_id\":\"S-2\"", "\"S-3\"", "\"status\":\"CANC\"", "\"format\":\"jsonl\""]);
    one(&["<OrgnlEndToEndId>S-2<", "<OrgnlEndToEndId>S-3<", "<TxSts>CANC<"]);
    one(&["S-2", "S-3", "付款失败", "taken back before it left: wrong"]);
    assert!(all.iter().all(|text| !text.contains("S-0") && !text.contains("S-4")), "{all:#?}");
    world.stop();
}

/// Sizes of the files that were written for the bank.
fn sizes(world: &World) -> Vec<u64> {
    let files = world.journal().outbounds(&[]).expect("files").into_iter().filter(|f| f.purpose == Purpose::Payments);
    files.filter_map(|f| f.written.map(|kept| kept.size)).collect()
}

#[test]
fn a_batch_over_the_banks_bytes_goes_into_files_that_are_never_larger() {
    let rows: Vec<(i64, &str)> = (0..12).map(|n| (n % 3, "10.00")).collect();
    let mut world = limited("", "");
    assert_eq!(carried(&mut world, &rows), [12]);
    let whole = sizes(&world)[0];
    let most = whole / 2;
    let bank = format!("out = {{ split = true, max_bytes = {most} }}");
    let mut world = World::new(&Options { bank, ..Options::default() });
    let counts = carried(&mut world, &rows);
    let sizes = sizes(&world);
    assert!(counts.len() > 2 && counts.len() < 6, "more than two, since each file has a head: {counts:?}");
    assert!(sizes.iter().all(|size| *size <= most), "{sizes:?} over {most}");
    assert!(sizes.iter().any(|size| *size * 2 > most), "the files are filled: {sizes:?} of {most}");
}

#[test]
fn a_file_of_exactly_the_banks_bytes_is_taken_and_one_more_byte_is_not() {
    let rows = [(0, "10.00"), (0, "20.00")];
    let mut world = limited("", "");
    carried(&mut world, &rows);
    let whole = sizes(&world)[0];
    for (most, files) in [(whole + 64, 1), (whole - 1, 2)] {
        let bank = format!("out = {{ split = true, max_bytes = {most} }}");
        let mut world = World::new(&Options { bank, ..Options::default() });
        assert_eq!(carried(&mut world, &rows).len(), files, "{most} of {whole}");
    }
}

#[test]
fn a_payment_that_alone_is_over_the_banks_bytes_is_refused_with_a_sentence() {
    for (bank, rule) in [
        ("out = { split = true, max_bytes = 400 }", "payment 1 alone makes a file of"),
        ("out = { max_bytes = 400 }", "more than the 400 that"),
    ] {
        let mut world = World::new(&Options { bank: bank.into(), ..Options::default() });
        world.practice.drop_file("batch.csv", csv(&[(0, "10.00"), (0, "20.00")]).as_bytes()).expect("a drop");
        world.until("the ERP is told", |j| {
            let told = |f: &bankferry::journal::Outbound| f.purpose == Purpose::Refusal && f.state.word() == "sent";
            j.outbounds(&[]).expect("files").iter().filter(|f| told(f)).count() == 2
        });
        assert!(world.outbox().values().any(|text| text.contains(rule)), "{rule}: {:?}", world.outbox());
        assert_eq!(world.received(), 0);
        world.stop();
    }
}

/// The limits of a bank as its template has them.
fn limits(checks: &str, one_group: bool) -> Limits {
    let text = format!(
        "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"bank\"\ntemplate = \"iso20022-bank\"\n\
         out = {{ split = true }}\nchecks = {{ {checks} }}\npayments = {{ one_group = {one_group} }}\n"
    );
    let config = Config::read(std::path::Path::new("/nonexistent"), &text).unwrap_or_else(|e| panic!("{e}"));
    Limits::of(&config.parties[0]).expect("limits")
}

proptest! {
    #[test]
    fn every_payment_is_in_one_part_and_no_part_is_over_a_limit(
        rows in prop::collection::vec((0..3_u8, 1..10_000_i64), 1..60), one_group in any::<bool>(),
    ) {
        let eur = Currency::parse("EUR").unwrap();
        let mut splitter = Splitter::new(limits("max_count = 7, max_sum = { EUR = \"150.00\" }", one_group));
        let mut whole = Amount::ZERO;
        for (n, (group, cents)) in rows.iter().enumerate() {
            let group = Group { id: Some(format!("G{group}")), ..Group::default() };
            splitter.look(&Part::Group(Box::new(group)));
            let amount = Amount::new(*cents, 2);
            whole += amount;
            splitter.look(&Part::Payment(Box::new(Payment::new(n as u64 + 1, amount, eur, Indicator::Credit))));
        }
        let parts = splitter.finish().unwrap();
        let mut seen = BTreeSet::new();
        let mut sum = Amount::ZERO;
        for part in &parts {
            prop_assert!(part.totals.count <= 7 && part.totals.sums[&eur] <= Amount::new(15_000, 2));
            sum += part.totals.sums[&eur];
            for (first, last) in &part.ranges {
                for seq in *first..=*last {
                    prop_assert!(seen.insert(seq), "row {seq} twice");
                    let group = |row: u64| rows[row as usize - 1].0;
                    prop_assert!(!one_group || group(seq) == group(part.ranges[0].0), "one group a file");
                }
            }
        }
        if parts.is_empty() {
            prop_assert!(rows.len() <= 7 && whole <= Amount::new(15_000, 2));
        } else {
            prop_assert_eq!((seen.len(), sum), (rows.len(), whole));
        }
    }
}
