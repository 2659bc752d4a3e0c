//! Who must look at a batch, by amounts, currency, type and payee; limits over a while; what falls when they change.

use bankferry::cli::practice::Options;
use bankferry::journal::{Batch, BatchState, Event, Journal, NewFact, Records, Rows, Spending, SqliteJournal};
use bankferry::route::judge;

use super::road::{World, all_booked};

/// A world whose ERP has this release policy.
fn policy(release: &str) -> World {
    let world = World::new(&Options { erp: "duplicates = { totals = \"pass\" }".into(), ..Options::default() });
    set_policy(&world, "release = { always = false, unauthenticated = false }", release);
    world
}

/// Writes another policy in place of one.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
pub fn set_policy(world: &World, before: &str, release: &str) {
    let path = world.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let after = format!("release = {{ always = false, unauthenticated = false, {release} }}");
    let changed = config.replacen(before, &after, 1);
    assert_ne!(config, changed);
    std::fs::write(path, changed).expect("written");
}

/// A row: payee, account, amount, currency, id, category.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

/// Accounts of payees.
const ONE: &str = "GB29NWBK60161331926819";
const OTHER: &str = "AT483200000012345864";

fn csv(rows: &[Row<'_>]) -> String {
    csv_at(rows, "NWBKGB2L")
}

/// The rows with payees at this bank.
fn csv_at(rows: &[Row<'_>], agent: &str) -> String {
    let day = bankferry::clock::Clock::system().now().strftime("%Y-%m-%d").to_string();
    let mut csv = String::from(
        "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,category,remittance\n",
    );
    for (name, account, amount, currency, id, category) in rows {
        csv += &format!(
            "{day},Example GmbH,DE89370400440532013000,{name},{account},{agent},{amount},{currency},{id},{category},{id}\n"
        );
    }
    csv
}

fn drop_rows(world: &World, name: &str, rows: &[Row<'_>]) {
    world.practice.drop_file(name, csv(rows).as_bytes()).expect("a drop");
}

/// Drops rows and waits until their batch is held, released or refused; the batch.
fn judged(world: &mut World, name: &str, rows: &[Row<'_>]) -> Batch {
    judged_as(world, name, &csv(rows))
}

fn judged_as(world: &mut World, name: &str, csv: &str) -> Batch {
    world.practice.drop_file(name, csv.as_bytes()).expect("a drop");
    let mut batch = None;
    world.until("it is judged", |j| {
        batch = j.batches(&[]).expect("batches").into_iter().find(|b| b.name == name);
        batch.as_ref().is_some_and(|b| b.state != BatchState::Checked)
    });
    batch.expect("a batch")
}

/// What people are told of a batch before they decide.
fn noticed(journal: &SqliteJournal, batch: &Batch) -> Vec<(String, String)> {
    let facts = journal.facts_of(&batch.id).expect("facts");
    let findings = facts.into_iter().filter_map(|fact| match fact.event {
        Event::Noticed { findings } => Some(findings),
        _ => None,
    });
    findings.flatten().map(|f| (f.message.en, f.message.zh)).collect()
}

#[test]
fn amounts_take_one_approver_from_here_and_two_from_there() {
    let mut world = policy(
        "over = { EUR = \"100\" }, two_over = { EUR = \"1000\" }, payment_over = { EUR = \"80\" }, \
         two_payment_over = { EUR = \"900\" }",
    );
    let row = |amount: &'static str, id: &'static str| ("Alpha", ONE, amount, "EUR", id, "");
    let small = judged(&mut world, "small.csv", &[row("80.00", "A-1"), row("20.00", "A-2")]);
    assert_eq!(small.held, Vec::<String>::new());
    let middle = judged(&mut world, "middle.csv", &[row("80.01", "B-1"), row("20.00", "B-2")]);
    assert_eq!(middle.held, ["over-amount-EUR", "over-payment-EUR"]);
    let sum = judged(&mut world, "sum.csv", &[row("600.00", "C-1"), row("600.00", "C-2")]);
    assert_eq!(sum.held, ["two-approvers-over-amount-EUR", "over-payment-EUR"]);
    let single = judged(&mut world, "single.csv", &[row("900.01", "D-1")]);
    assert_eq!(single.held, ["over-amount-EUR", "two-approvers-over-payment-EUR"]);
    world.stop();
}

#[test]
fn currencies_and_types_take_as_many_approvers_as_the_policy_says() {
    let mut world = policy(
        "currencies = { EUR = \"none\" }, other_currencies = \"two\", types = { payroll = \"two\", supplier-payment = \"one\" }",
    );
    let held = |world: &mut World, name: &str, row: Row<'_>| judged(world, name, &[row]).held;
    assert_eq!(held(&mut world, "other.csv", ("Alpha", ONE, "1.00", "EUR", "A-1", "")), Vec::<String>::new());
    assert_eq!(held(&mut world, "usd.csv", ("Alpha", ONE, "2.00", "USD", "A-2", "")), ["two-approvers-currency-USD"]);
    assert_eq!(
        held(&mut world, "pay.csv", ("Alpha", ONE, "3.00", "EUR", "A-3", "SALA")),
        ["two-approvers-type-payroll"]
    );
    assert_eq!(held(&mut world, "supp.csv", ("Alpha", ONE, "4.00", "EUR", "A-4", "SUPP")), ["type-supplier-payment"]);
    world.stop();
}

#[test]
fn a_new_payee_and_a_changed_one_are_looked_at_and_a_known_one_is_not() {
    let mut world = policy("new_payee = \"one\", changed_payee = \"two\"");
    let first = judged(&mut world, "first.csv", &[("Alpha Ltd", ONE, "1.00", "EUR", "A-1", "")]);
    assert_eq!(first.held, ["new-payee"]);
    let told = noticed(&world.journal(), &first);
    assert!(told[0].0.contains("`Alpha Ltd` with account `GB29NWBK60161331926819` was never paid"), "{told:?}");
    assert!(told[0].1.contains("从未向"), "{told:?}");
    release(&mut world, &first);
    world.until("it is booked", |j| all_booked(j, 1));
    // Case and spaces of a name are no other name.
    let again = judged(&mut world, "again.csv", &[("ALPHA  ltd", ONE, "2.00", "EUR", "A-2", "")]);
    assert_eq!(again.held, Vec::<String>::new());
    let account = judged(&mut world, "account.csv", &[("Alpha Ltd", OTHER, "3.00", "EUR", "A-3", "")]);
    assert_eq!(account.held, ["two-approvers-changed-payee"]);
    assert!(noticed(&world.journal(), &account)[0].0.contains("never to account `AT483200000012345864`"));
    let name = judged(&mut world, "name.csv", &[("Omega", ONE, "4.00", "EUR", "A-4", "")]);
    assert_eq!(name.held, ["two-approvers-changed-payee"]);
    assert!(noticed(&world.journal(), &name)[0].1.contains("户名从未为 `Omega`"));
    world.stop();
}

#[test]
fn the_same_number_at_another_bank_is_another_payee() {
    let mut world = policy("new_payee = \"one\", changed_payee = \"two\"");
    let row = |id: &'static str, account: &'static str| [("Alpha Ltd", account, "1.00", "EUR", id, "")];
    let first = judged_as(&mut world, "first.csv", &csv_at(&row("A-1", "12345678"), "BARCGB22"));
    assert_eq!(first.held, ["new-payee"]);
    release(&mut world, &first);
    world.until("it is booked", |j| all_booked(j, 1));
    let same = judged_as(&mut world, "same.csv", &csv_at(&row("A-2", "1234 5678"), "BARCGB22XXX"));
    assert_eq!(same.held, Vec::<String>::new(), "the head office is the bank");
    let moved = judged_as(&mut world, "moved.csv", &csv_at(&row("A-3", "12345678"), "LOYDGB2L"));
    assert_eq!(moved.held, ["two-approvers-changed-payee"]);
    let told = noticed(&world.journal(), &moved);
    assert!(told[0].0.contains("but never to account `12345678 @ LOYDGB2L`"), "{told:?}");
    let paid = world.journal().payment_at(&moved.id, 1).expect("a journal").expect("a payment");
    assert_eq!(paid.creditor_agent.as_deref(), Some("LOYDGB2L"), "who looks at it sees the bank");
    // An IBAN names its bank by itself.
    let iban = judged_as(&mut world, "iban.csv", &csv_at(&row("A-4", ONE), "NWBKGB2L"));
    release(&mut world, &iban);
    world.until("it is booked", |j| all_booked(j, 3));
    let again = judged_as(&mut world, "again.csv", &csv_at(&row("A-5", ONE), ""));
    assert_eq!(again.held, Vec::<String>::new());
    world.stop();
}

#[test]
fn many_new_payees_are_counted_and_the_first_are_named() {
    let mut world = policy("new_payee = \"one\"");
    let names: Vec<String> = (0..9).map(|n| format!("Payee {n}")).collect();
    let ids: Vec<String> = (0..9).map(|n| format!("N-{n}")).collect();
    let accounts: Vec<String> = (0..9).map(|n| format!("622202000000000{n}")).collect();
    let rows: Vec<Row<'_>> =
        (0..9).map(|n| (names[n].as_str(), accounts[n].as_str(), "1.00", "EUR", ids[n].as_str(), "")).collect();
    let batch = judged(&mut world, "many.csv", &rows);
    let told = noticed(&world.journal(), &batch);
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told[5].0.contains("4 more payees"), "{told:?}");
    let strange = world.journal().strange_payees(&batch, true).expect("payees");
    assert_eq!((strange.new.count, strange.changed.count), (9, 0));
    world.stop();
}

#[test]
fn a_limit_over_days_tells_its_figures_and_counts_only_what_leaves() {
    let mut world = policy("limits = [{ per = \"account\", days = 7, currency = \"EUR\", sum = \"100\" }]");
    let row = |amount: &'static str, id: &'static str| ("Alpha", ONE, amount, "EUR", id, "");
    let first = judged(&mut world, "one.csv", &[row("60.00", "A-1")]);
    assert_eq!(first.held, Vec::<String>::new());
    let second = judged(&mut world, "two.csv", &[row("30.00", "B-1"), row("20.00", "B-2")]);
    assert_eq!(second.held, ["over-limit-account-EUR"]);
    let told = noticed(&world.journal(), &second);
    let figures = "limit is EUR 100 in 7 day(s), used 60.00, this batch 50.00";
    assert!(told[0].0.contains(figures) && told[0].1.contains("已用 60.00，本批次 50.00"), "{told:?}");
    // What was taken back is not used.
    let mut journal = world.journal();
    let event = Event::Cancelled { reason: "not needed".into() };
    let fact = NewFact { actor: "anna".into(), case: second.inbound.clone(), subject: second.id.clone(), event };
    journal.append(world.clock.now(), vec![(fact, Rows::None)]).expect("cancelled");
    let third = judged(&mut world, "three.csv", &[row("40.00", "C-1")]);
    assert_eq!(third.held, Vec::<String>::new());
    world.stop();
}

#[test]
fn a_batch_that_a_limit_refused_uses_nothing_of_it_for_those_that_came_with_it() {
    let mut world =
        policy("limits = [{ per = \"account\", days = 1, currency = \"EUR\", sum = \"100\", beyond = \"refuse\" }]");
    for (name, amount, id) in [("a.csv", "60.00", "A-1"), ("b.csv", "60.00", "B-1"), ("c.csv", "40.00", "C-1")] {
        drop_rows(&world, name, &[("Alpha", ONE, amount, "EUR", id, "")]);
    }
    world.start();
    let mut refused = Vec::new();
    world.until("all are judged", |j| {
        let all = j.batches(&[]).expect("batches");
        refused = all.iter().filter(|b| b.state == BatchState::Refused).map(|b| b.name.clone()).collect();
        all.len() == 3 && all.iter().all(|b| b.state != BatchState::Checked)
    });
    assert_eq!(refused.len(), 1, "60 and 40 are the limit, in whatever order they came: {refused:?}");
    assert_ne!(refused[0], "c.csv");
    world.stop();
}

#[test]
fn limits_per_payment_batch_payee_and_party_hold_take_two_or_refuse() {
    let mut world = policy(
        "limits = [{ per = \"payment\", currency = \"EUR\", sum = \"500\", beyond = \"refuse\" }, \
         { per = \"batch\", currency = \"EUR\", count = 2 }, \
         { per = \"payee\", currency = \"EUR\", sum = \"300\", beyond = \"two\" }, \
         { per = \"party\", days = 30, currency = \"EUR\", count = 6 }]",
    );
    let row = |account: &'static str, amount: &'static str, id: &'static str| ("Alpha", account, amount, "EUR", id, "");
    let first = judged(&mut world, "one.csv", &[row(ONE, "200.00", "A-1"), row(OTHER, "200.00", "A-2")]);
    assert_eq!(first.held, Vec::<String>::new(), "no payee has more than 300");
    let payee = judged(&mut world, "two.csv", &[row(ONE, "100.01", "B-1"), row(OTHER, "100.00", "B-2")]);
    assert_eq!(payee.held, ["two-approvers-over-limit-payee-EUR"]);
    assert_eq!(noticed(&world.journal(), &payee).len(), 1, "the other payee is within");
    let many = judged(
        &mut world,
        "three.csv",
        &[row("62220201", "1.00", "C-1"), row("62220202", "1.00", "C-2"), row("62220203", "1.00", "C-3")],
    );
    assert_eq!(many.held, ["over-limit-batch-EUR", "over-limit-party-EUR"]);
    let told = noticed(&world.journal(), &many);
    assert!(told[1].0.contains("6 payments in EUR in 30 day(s), used 4, this batch 3"), "{told:?}");
    let large = judged(&mut world, "four.csv", &[row("62220204", "500.01", "D-1")]);
    assert_eq!(large.state, BatchState::Refused);
    world.until("the ERP is told", |j| {
        j.outbounds(&[]).expect("files").iter().any(|f| f.name.starts_with("refusal") && f.state.word() == "sent")
    });
    assert!(world.outbox().values().any(|text| text.contains("over-limit")), "{:?}", world.outbox());
    world.stop();
}

#[test]
fn an_approval_falls_when_a_limit_changes_and_what_takes_two_then_takes_two() {
    let mut world = policy("over = { EUR = \"100\" }");
    let batch = judged(&mut world, "one.csv", &[("Alpha", ONE, "200.00", "EUR", "A-1", "")]);
    assert_eq!(batch.held, ["over-amount-EUR"]);
    world.stop();
    release(&mut world, &batch);
    set_policy(
        &world,
        "release = { always = false, unauthenticated = false, over = { EUR = \"100\" } }",
        "two_over = { EUR = \"150\" }",
    );
    world.until("it is held again", |j| {
        let now = j.batch(&batch.id).expect("a batch").expect("one");
        now.state == BatchState::Held && now.held.len() == 3
    });
    let held = world.journal().batch(&batch.id).expect("a batch").expect("one").held;
    assert_eq!(held, ["over-amount-EUR", "two-approvers-over-amount-EUR", "approval-under-other-policy"]);
    assert_eq!(world.received(), 0);
    world.stop();
}

#[test]
fn settings_that_ask_for_two_now_hold_for_what_was_held_for_one() {
    let mut world = policy("over = { EUR = \"100\" }");
    let batch = judged(&mut world, "one.csv", &[("Alpha", ONE, "200.00", "EUR", "A-1", "")]);
    world.stop();
    set_policy(
        &world,
        "release = { always = false, unauthenticated = false, over = { EUR = \"100\" } }",
        "types = { other = \"two\" }",
    );
    let config = bankferry::config::Config::load(world.root()).expect("a configuration");
    assert!(judge::takes_two(&world.journal(), &config, &batch, world.clock.now()).expect("a look"));
}

/// A person who may releases a batch, bound to the settings of now.
pub fn release(world: &mut World, batch: &Batch) {
    let config = bankferry::config::Config::load(world.root()).expect("a configuration");
    let bound = bankferry::route::decide::bound(&config, batch, world.clock.now()).map(Box::new);
    let event = Event::Released { digest: batch.totals.digest.clone(), reason: "looked at".into(), bound };
    let fact = NewFact { actor: "anna".into(), case: batch.inbound.clone(), subject: batch.id.clone(), event };
    world.journal().append(world.clock.now(), vec![(fact, Rows::None)]).expect("a release");
}
