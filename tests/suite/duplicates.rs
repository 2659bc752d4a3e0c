//! The memory of what came before, level by level, on the whole road.

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::journal::{
    Batch, BatchState, Change, Event, InboundState, Journal, Likeness, NewFact, PaymentChange, PaymentFilter,
    PaymentState, Records, Rows, SqliteJournal,
};

use super::road::{World, all_booked, batch};

/// Lines of the practice ERP's party: what its policy says of duplicates.
fn policy(duplicates: &str) -> World {
    World::new(&Options { erp: format!("duplicates = {{ {duplicates} }}"), ..Options::default() })
}

/// Payments that say the same whatever their ids: payee, amount, text.
fn payments(day: &str, rows: &[(&str, &str)]) -> String {
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance\n",
    );
    for (amount, id) in rows {
        csv += &format!(
            "{day},Example GmbH,DE89370400440532013000,Alpha,GB29NWBK60161331926819,NWBKGB2L,{amount},EUR,{id},Rent\n"
        );
    }
    csv
}

fn day(ahead: i64) -> String {
    let at = Clock::system().now() + jiff::SignedDuration::from_hours(24 * ahead);
    at.strftime("%Y-%m-%d").to_string()
}

fn drop_file(world: &World, name: &str, csv: &str) {
    world.practice.drop_file(name, csv.as_bytes()).expect("a drop");
}

fn held(journal: &SqliteJournal) -> Vec<Batch> {
    journal.batches(&[BatchState::Held]).expect("batches")
}

/// What was suspected, of which earlier thing, about how many payments, and the policy's word.
fn suspected(world: &World) -> Vec<(Likeness, String, u64, String)> {
    let facts = world.journal().facts_after(0, 1_000).expect("facts");
    let found = facts.into_iter().filter_map(|fact| match fact.event {
        Event::Suspected { suspicion, verdict } => Some((suspicion.likeness, suspicion.of, suspicion.count, verdict)),
        _ => None,
    });
    found.collect()
}

fn first_batch(world: &World) -> String {
    world.journal().batches(&[]).expect("batches")[0].id.clone()
}

#[test]
fn two_equal_real_payments() {
    let mut world = policy("");
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1"), ("10.00", "E-2")]));
    world.until("both are booked", |j| all_booked(j, 2));
    assert_eq!(suspected(&world), [], "two equal payments of one batch are two payments");
    world.stop();
}

#[test]
fn a_file_re_dropped_under_a_new_name_with_new_ids() {
    let mut world = policy("");
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1"), ("25.00", "E-2")]));
    world.until("the first is booked", |j| all_booked(j, 2));
    drop_file(&world, "two.csv", &payments(&day(1), &[("10.00", "E-3"), ("25.00", "E-4")]));
    world.until("the second is held", |j| !held(j).is_empty());
    assert_eq!(held(&world.journal())[0].held, ["same-totals", "same-payment"]);
    let of = first_batch(&world);
    let expected =
        [(Likeness::Totals, of.clone(), 2, "hold".to_string()), (Likeness::Payment, of, 2, "hold".to_string())];
    assert_eq!(suspected(&world), expected);
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn equal_payments_are_counted_and_not_only_seen() {
    let mut world = policy("totals = \"pass\"");
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1")]));
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "two.csv", &payments(&day(0), &[("10.00", "E-2"), ("10.00", "E-3"), ("11.00", "E-4")]));
    world.until("the second is held", |j| !held(j).is_empty());
    assert_eq!(suspected(&world), [(Likeness::Payment, first_batch(&world), 1, "hold".to_string())]);
    world.stop();
}

#[test]
fn the_same_name_with_new_content() {
    let mut world = policy("");
    drop_file(&world, "same.csv", &batch(&[("Alpha", "10.00", "N-1")]));
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "same.csv", &batch(&[("Beta", "11.00", "N-2")]));
    world.until("the second is held", |j| !held(j).is_empty());
    assert_eq!(held(&world.journal())[0].held, ["same-file-name"]);
    world.stop();
}

#[test]
fn the_policy_refuses_or_lets_pass_level_by_level() {
    let mut world = policy("name = \"pass\", totals = \"pass\", payment = \"refuse\"");
    drop_file(&world, "same.csv", &payments(&day(0), &[("10.00", "E-1")]));
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "same.csv", &batch(&[("Beta", "11.00", "N-2")]));
    world.until("a name that the policy lets pass", |j| all_booked(j, 2));
    drop_file(&world, "third.csv", &payments(&day(0), &[("10.00", "E-3")]));
    world.until("the third is refused", |j| !j.batches(&[BatchState::Refused]).expect("batches").is_empty());
    let verdicts: Vec<_> = suspected(&world).into_iter().map(|(like, _, _, verdict)| (like, verdict)).collect();
    let word = |w: &str| w.to_string();
    let expected =
        [(Likeness::Name, word("pass")), (Likeness::Totals, word("pass")), (Likeness::Payment, word("refuse"))];
    assert_eq!(verdicts, expected);
    world.until("the ERP is told", |j| {
        j.outbounds(&[])
            .expect("files")
            .iter()
            .any(|file| file.name.starts_with("refusal") && file.state.word() == "sent")
    });
    assert!(world.outbox().values().any(|text| text.contains("same-payment")), "{:?}", world.outbox().keys());
    world.stop();
}

#[test]
fn the_same_content_is_refused_where_the_policy_says_so() {
    let mut world = policy("content = \"refuse\"");
    let csv = batch(&[("Alpha", "10.00", "C-1")]);
    drop_file(&world, "one.csv", &csv);
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "two.csv", &csv);
    world.until("the second is refused", |j| {
        let refused = j.inbounds(&[InboundState::Refused]).expect("files");
        refused.iter().any(|file| file.name == "two.csv")
    });
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn the_same_payment_weeks_later_is_another_one() {
    let mut world = policy("totals = \"pass\"");
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1")]));
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "two.csv", &payments(&day(6), &[("10.00", "E-2")]));
    world.until("the second is at the bank", |j| j.batches(&[BatchState::Numbered]).expect("batches").len() == 2);
    assert_eq!(suspected(&world).len(), 1, "only the totals are alike");
    world.stop();
}

#[test]
fn the_original_is_held_once_more_when_its_duplicate_was_let_go_first() {
    let mut world = policy("totals = \"pass\"");
    super::limits::set_policy(
        &world,
        "release = { always = false, unauthenticated = false }",
        "over = { EUR = \"1\" }",
    );
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1")]));
    world.until("the first is held", |j| held(j).len() == 1);
    drop_file(&world, "two.csv", &payments(&day(0), &[("10.00", "E-2")]));
    world.until("the second is held", |j| held(j).len() == 2);
    let [first, second] = held(&world.journal()).try_into().expect("two batches");
    super::limits::release(&mut world, &second);
    world.until("the second is at the bank", |j| all_booked(j, 1));
    super::limits::release(&mut world, &first);
    world.until("the first is held once more", |j| {
        held(j).iter().any(|batch| batch.held.contains(&"same-payment".to_string()) && batch.id == first.id)
    });
    let told = suspected(&world).pop().expect("a suspicion");
    assert_eq!((told.0, told.1, told.2), (Likeness::Payment, second.id, 1));
    let first = held(&world.journal()).remove(0);
    super::limits::release(&mut world, &first);
    world.until("a person who knows of the second lets it go", |j| all_booked(j, 2));
    world.stop();
}

#[test]
fn what_came_before_the_horizon_is_forgotten_and_what_was_refused_is_no_history() {
    let mut world = policy("");
    drop_file(&world, "one.csv", &payments(&day(0), &[("10.00", "E-1")]));
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "two.csv", &payments(&day(0), &[("10.00", "E-2")]));
    world.until("the second is held", |j| !held(j).is_empty());
    world.stop();
    let journal = world.journal();
    let second = held(&journal).remove(0);
    let (long_ago, now) = ("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    assert_eq!(journal.payments_seen_before(&second, long_ago, 5).expect("a look").expect("one").1, 1);
    assert_eq!(journal.payments_seen_before(&second, now, 5).expect("a look"), None);
    assert_eq!(journal.batch_by_totals(&second, now).expect("a look"), None);
    let states = journal.payment_states(&PaymentFilter::default()).expect("states");
    assert_eq!(states.get("held"), Some(&1), "{states:?}");
}

#[test]
fn a_payment_whose_money_no_entry_shows_coming_back_is_history() {
    let mut world = policy("totals = \"pass\"");
    drop_file(&world, "one.csv", &payments(&day(0), &[("4000.00", "E-1"), ("10.00", "E-2")]));
    world.until("the first is through", |j| all_booked(j, 2));
    let mut journal = world.journal();
    let one = journal.payments(&PaymentFilter { end_to_end_id: Some("E-2".into()), ..PaymentFilter::default() });
    returned(&mut journal, &world, one.expect("payments")[0].row);
    drop_file(&world, "two.csv", &payments(&day(0), &[("10.00", "E-3")]));
    world.until("the second is held", |j| !held(j).is_empty());
    assert_eq!(suspected(&world), [(Likeness::Payment, first_batch(&world), 1, "hold".to_string())]);
    world.stop();
}

/// A payment counts as returned, and no entry shows its money.
fn returned(journal: &mut SqliteJournal, world: &World, payment: i64) {
    let event = Event::Booked { inbound: String::new(), payments: Default::default() };
    let fact = NewFact { actor: "bankferry".into(), case: "test".into(), subject: "test".into(), event };
    let change = PaymentChange { payment, state: PaymentState::Returned, bank_status: None, reason: None };
    let changes = [Change::One(change)];
    journal.append(world.clock.now(), vec![(fact, Rows::Changes(&changes))]).expect("a fact");
}

#[test]
fn the_same_content_by_another_erp_is_held() {
    let other = "[[party]]\nname = \"erp-two\"\ntemplate = \"csv-erp\"\n\
        in = { complete = { stable = { seconds = 1 } }, every_seconds = 1 }\n\
        release = { always = false, unauthenticated = false }\naccounts = [\"DE89370400440532013000\"]\n";
    let mut world = World::new(&Options { bank: other.into(), ..Options::default() });
    let csv = batch(&[("Alpha", "10.00", "D-1")]);
    drop_file(&world, "one.csv", &csv);
    world.until("the first is booked", |j| all_booked(j, 1));
    let inbox = world.root().join("inbox/erp-two/copy.csv");
    put(&inbox, &csv);
    world.until("the second is a duplicate", |j| j.inbounds(&[InboundState::Duplicate]).expect("files").len() == 1);
    assert_eq!(world.received(), 1);
    world.stop();
}

#[test]
fn a_refused_duplicate_is_told_as_the_second_file_and_the_first_stands() {
    let mut world = World::new(&Options::default());
    let csv = batch(&[("Alpha", "10.00", "D-1")]);
    drop_file(&world, "one.csv", &csv);
    world.until("the first is booked", |j| all_booked(j, 1));
    drop_file(&world, "one.csv", &csv);
    world.until("the second is a duplicate", |j| j.inbounds(&[InboundState::Duplicate]).expect("files").len() == 1);
    let mut journal = world.journal();
    let id = journal.inbounds(&[InboundState::Duplicate]).expect("files").remove(0).id;
    let event = Event::Refused { findings: Vec::new(), reason: Some("double".into()) };
    let fact = NewFact { actor: "anna".into(), case: id.clone(), subject: id, event };
    journal.append(world.clock.now(), vec![(fact, Rows::None)]).expect("refused");
    let folder = world.root().join("outbox/erp");
    world.until("the ERP is told", |_| {
        let names = std::fs::read_dir(&folder).expect("a folder").flatten();
        let texts = names.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default());
        let told = |text: &String| text.contains("first-stands") && text.contains("the first, `one.csv`");
        texts.into_iter().any(|text| told(&text) && text.contains("stands (answered)"))
    });
    world.stop();
}

/// The sentence about bytes that were refused before, in both languages.
fn told_of_refusal(findings: &[bankferry::finding::Finding]) -> Option<(String, String)> {
    let one = findings.iter().find(|finding| finding.rule == "refused-before")?;
    Some((one.message.en.clone(), one.message.zh.clone()))
}

#[test]
fn bytes_that_were_refused_come_again_and_everybody_is_told() {
    let mut world = World::new(&Options { bank: LOW.into(), ..Options::default() });
    let csv = batch(&[("Alpha", "10.00", "F-1")]);
    drop_file(&world, "one.csv", &csv);
    world.until("it is refused", |j| j.inbounds(&[InboundState::Refused]).expect("files").len() == 1);
    drop_file(&world, "two.csv", &csv);
    world.until("it is refused again", |j| j.inbounds(&[InboundState::Refused]).expect("files").len() == 2);
    let refusals = |world: &World| {
        let facts = world.journal().facts_after(0, 1_000).expect("facts").into_iter();
        facts
            .filter_map(|f| if let Event::Refused { findings, .. } = f.event { Some(findings) } else { None })
            .collect::<Vec<_>>()
    };
    let said = refusals(&world);
    assert_eq!(told_of_refusal(&said[0]), None);
    let (en, zh) = told_of_refusal(&said[1]).expect("a sentence");
    let first = world.journal().inbounds(&[]).expect("files").remove(0);
    assert!(
        en.contains(&format!("as `{}`", first.id)) && en.contains("refused on 20") && zh.contains("被拒绝"),
        "{en}"
    );
    world.until("the ERP is told", |j| {
        j.outbounds(&[])
            .expect("files")
            .iter()
            .filter(|f| f.name.starts_with("refusal") && f.state.word() == "sent")
            .count()
            == 4
    });
    let told = world.outbox().values().filter(|text| text.contains("refused-before")).count();
    assert_eq!(told, 2, "the second refusal, in CSV and in JSON lines");
    world.stop();
    // What was wrong is put right here: the same bytes pass, and a person looks at them.
    relax(&world);
    drop_file(&world, "three.csv", &csv);
    world.until("it is held", |j| !held(j).is_empty());
    let batch = held(&world.journal()).remove(0);
    assert_eq!(batch.held, ["refused-before"]);
    let facts = world.journal().facts_of(&batch.inbound).expect("facts");
    let checked = facts.into_iter().find_map(|f| match f.event {
        Event::Checked { findings, .. } => Some(findings),
        _ => None,
    });
    assert!(told_of_refusal(&checked.expect("checked")).is_some());
    world.stop();
}

/// A limit that refuses every payment of more than five euros.
const LOW: &str = "checks = { max_amount = { EUR = \"5.00\" } }";

/// Lifts the limit.
#[allow(clippy::disallowed_methods)]
fn relax(world: &World) {
    let path = world.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let changed = config.replacen(LOW, "", 1);
    assert_ne!(config, changed);
    std::fs::write(path, changed).expect("written");
}

#[allow(clippy::disallowed_methods)]
fn put(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

#[test]
fn files_that_are_checked_side_by_side_do_not_share_an_id() {
    let mut world = policy("totals = \"pass\", payment = \"pass\"");
    let ids = |letter: char| (1..600).map(move |n| ("1.00", format!("{letter}-{n}"))).collect::<Vec<_>>();
    for letter in ['A', 'B'] {
        let mut rows = ids(letter);
        rows.push((if letter == 'A' { "2.00" } else { "3.00" }, "SHARED".into()));
        let rows: Vec<(&str, &str)> = rows.iter().map(|(amount, id)| (*amount, id.as_str())).collect();
        drop_file(&world, &format!("{letter}.csv"), &payments(&day(0), &rows));
    }
    world.until("one is booked and one refused", |j| {
        all_booked(j, 600) && j.batches(&[BatchState::Refused]).expect("batches").len() + refused_files(j) == 1
    });
    assert_eq!(world.received(), 1, "one payment of the id reaches the bank");
    let refusals = world.journal().facts_after(0, 1_000).expect("facts").into_iter();
    let rules = refusals.filter_map(|fact| match fact.event {
        Event::Refused { findings, .. } => Some(findings.into_iter().map(|finding| finding.rule.into_owned())),
        _ => None,
    });
    assert_eq!(rules.flatten().collect::<Vec<_>>(), ["end-to-end-id-used-before"]);
    world.stop();
}

fn refused_files(journal: &SqliteJournal) -> usize {
    journal.inbounds(&[InboundState::Refused]).expect("files").len()
}
