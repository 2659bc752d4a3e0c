//! Batches that are ready by a window of their bank go into one file; everything of each can be told apart again.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::journal::{Batch, BatchState, Outbound, OutboundState, PaymentFilter, Purpose, Records, SqliteJournal};
use jiff::SignedDuration;

use super::road::{World, all_booked, batch};

/// A second ERP that pays from the same account.
const OTHER_ERP: &str = "[[party]]\nname = \"erp-two\"\ntemplate = \"csv-erp\"\n\
    accounts = [\"DE89370400440532013000\"]\n\
    in = { complete = \"rename\", every_seconds = 1 }\nrelease = { always = false, unauthenticated = false }\n\
    outputs = { acceptance = [\"csv\", \"jsonl\"] }\n";

/// A world whose clock a test puts forward, and whose bank merges at an hour that is ten minutes away.
struct Merging {
    world: World,
    ahead: Arc<AtomicI64>,
}

impl Merging {
    /// More settings of the bank's `out`, and more lines.
    fn new(out: &str, more: &str) -> Merging {
        Merging::at_bank(out, more, None)
    }

    /// The same with a bank of these settings.
    fn at_bank(out: &str, more: &str, settings: Option<String>) -> Merging {
        let ahead = Arc::new(AtomicI64::new(0));
        let (real, seconds) = (Clock::system(), Arc::clone(&ahead));
        let clock = Clock::by(move || real.now() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)));
        let hours = [10, 40].map(|minutes| {
            let at = clock.now() + SignedDuration::from_mins(minutes);
            at.strftime("\"%H:%M\"").to_string()
        });
        let bank = format!("out = {{ merge = [{}]{out} }}\n{more}\n{OTHER_ERP}", hours.join(", "));
        let erp = "duplicates = { totals = \"pass\", payment = \"pass\" }".to_string();
        let mut world = World::new(&Options { bank, erp, settings, ..Options::default() });
        world.clock = clock;
        Merging { world, ahead }
    }

    /// Lets minutes pass.
    fn pass(&self, minutes: i64) {
        self.ahead.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// An ERP drops a file.
    #[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
    fn drops(&self, erp: &str, name: &str, csv: &str) {
        let inbox = self.world.root().join("inbox").join(erp);
        std::fs::write(inbox.join(format!(".{name}")), csv).expect("written");
        std::fs::rename(inbox.join(format!(".{name}")), inbox.join(name)).expect("dropped");
    }

    /// A file of an ERP becomes a batch that waits for the window.
    fn waits(&mut self, erp: &str, name: &str, csv: &str) -> Batch {
        self.drops(erp, name, csv);
        let mut found = None;
        self.world.until("the batch is released", |j| {
            found = j.batches(&[BatchState::Released]).expect("batches").into_iter().find(|b| b.name == name);
            found.is_some()
        });
        found.expect("a batch")
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(self.world.root()).args(arguments).env("LC_ALL", "C").env_remove("LANG");
        let output = command.output().expect("the program");
        String::from_utf8(output.stdout).expect("text")
    }
}

fn payment_files(journal: &SqliteJournal) -> Vec<Outbound> {
    journal.outbounds(&[]).expect("files").into_iter().filter(|f| f.purpose == Purpose::Payments).collect()
}

/// Acceptances and statuses of an ERP, in CSV and in JSON lines.
fn statuses(world: &World, erp: &str) -> (String, String) {
    let folder = world.root().join("outbox").join(erp);
    let (mut csv, mut jsonl) = (String::new(), String::new());
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = || std::fs::read_to_string(entry.path()).expect("text");
        match name.starts_with("status") || name.starts_with("acceptance") {
            true if name.ends_with(".csv") => csv += &text(),
            true => jsonl += &text(),
            false => {}
        }
    }
    (csv, jsonl)
}

#[test]
fn batches_of_two_erps_go_in_one_file_and_each_erp_is_told_its_own() {
    let mut at = Merging::new("", "");
    let first = at.waits("erp", "one.csv", &batch(&[("Alpha", "100.00", "M-1"), ("Beta", "20.00", "M-2")]));
    let second = at.waits("erp-two", "two.csv", &batch(&[("Gamma", "3.00", "M-3")]));
    let third = at.waits("erp", "three.csv", &batch(&[("Delta", "0.50", "M-4")]));
    assert_eq!(payment_files(&at.world.journal()).len(), 0, "they wait");
    assert!(at.run(&["show", &first.id]).contains("merged at"), "{}", at.run(&["show", &first.id]));
    at.pass(15);
    at.world.until("all are booked", |j| all_booked(j, 4));
    at.world.until("everything is told", |j| {
        let rests = |f: &Outbound| matches!(f.state, OutboundState::Sent | OutboundState::Answered);
        j.outbounds(&[]).expect("files").iter().all(rests)
    });
    assert_eq!(at.world.practice.bank.received().iter().map(|r| r.count).collect::<Vec<_>>(), [4]);
    let journal = at.world.journal();
    let files = payment_files(&journal);
    let totals = files[0].totals.clone().expect("totals");
    let sum: bankferry::document::Amount = totals.sums.values().copied().sum();
    assert_eq!((files.len(), totals.count, sum.to_string().as_str()), (1, 4, "123.50"));
    // Both ways: from a payment to its file, from the file to its batches.
    let payments = journal.payments(&PaymentFilter::default()).expect("payments");
    assert!(payments.iter().all(|p| p.outbound.as_ref() == Some(&files[0].id)), "{payments:?}");
    let carried: Vec<String> = journal.carried_by(&files[0].id).expect("batches").into_iter().map(|b| b.id).collect();
    assert_eq!(carried, [first.id.clone(), second.id.clone(), third.id.clone()]);
    let groups: BTreeSet<_> = payments.iter().map(|p| (p.batch.clone(), p.group.clone())).collect();
    let numbers: BTreeSet<_> = groups.iter().map(|(_, group)| group.clone()).collect();
    assert_eq!(groups.len(), numbers.len(), "no two batches have one group: {groups:?}");
    for batch in [&first, &second, &third] {
        let faults = bankferry::journal::proof::case(&journal, &batch.inbound).expect("a proof");
        assert!(faults.is_empty(), "{faults:?}");
    }
    let (ours, lines) = statuses(&at.world, "erp");
    for (id, times) in [("M-1", 1), ("M-2", 1), ("M-3", 0), ("M-4", 1)] {
        assert_eq!(ours.matches(&format!(",{id},")).count(), times, "{id} in {ours}");
        assert_eq!(lines.matches(&format!("\"{id}\"")).count(), times, "{id} in {lines}");
    }
    let (theirs, lines) = statuses(&at.world, "erp-two");
    assert!(theirs.contains(",M-3,") && !theirs.contains(",M-1,") && !lines.contains("\"M-4\""), "{theirs}\n{lines}");
    // It is told when its own batch goes, and of no other.
    assert!(theirs.contains(",M-3,3.00,EUR,queued,"), "{theirs}");
    assert!(lines.contains("\"file\":\"two.csv\"") && lines.contains("\"count\":1,"), "{lines}");
    at.world.stop();
    let shown = at.run(&["show", &second.id]);
    assert!(shown.contains(&files[0].id) && shown.contains("goes in one file with other batches"), "{shown}");
    let shown = at.run(&["show", &files[0].id]);
    assert!(shown.contains(&first.id) && shown.contains(&third.id) && shown.contains("two.csv"), "{shown}");
}

#[test]
fn an_answer_about_a_whole_merged_file_is_told_to_each_erp_for_its_own() {
    let settings = "statement-after = 0\nreport-every-payment = false\n[[account]]\n\
                    id = \"DE89370400440532013000\"\ncurrency = \"EUR\"\nbalance = \"100000.00\"\n";
    let mut at = Merging::at_bank("", "", Some(settings.into()));
    at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "A-1"), ("Beta", "2.00", "A-2")]));
    at.waits("erp-two", "two.csv", &batch(&[("Gamma", "3.00", "A-3")]));
    at.pass(15);
    at.world.until("all are booked and told", |j| {
        let rests = |f: &Outbound| matches!(f.state, OutboundState::Sent | OutboundState::Answered);
        all_booked(j, 3) && j.outbounds(&[]).expect("files").iter().all(rests)
    });
    for (erp, own, other) in [("erp", "A-1", "A-3"), ("erp-two", "A-3", "A-1")] {
        let (csv, lines) = statuses(&at.world, erp);
        assert!(csv.contains(&format!(",{own},")) && !csv.contains(&format!(",{other},")), "{erp}: {csv}");
        assert!(!lines.is_empty() && !lines.contains(other), "{erp}: {lines}");
    }
    at.world.stop();
}

#[test]
fn an_answer_about_one_batch_of_a_merged_file_makes_no_empty_files_for_the_others() {
    let settings = "statement-after = 3600\nreport-every-payment = false\n[rules]\n\
                    amount-over = \"5000.00\"\n[[account]]\nid = \"DE89370400440532013000\"\n\
                    currency = \"EUR\"\nbalance = \"100000.00\"\n";
    let mut at = Merging::at_bank("", "", Some(settings.into()));
    at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "G-1"), ("Beta", "2.00", "G-2")]));
    at.drops("erp-two", "two.csv", &batch(&[("Gamma", "7000.00", "G-3")]));
    at.world.until("it is held for its sum", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    let held = at.world.journal().batches(&[BatchState::Held]).expect("batches").remove(0);
    super::limits::release(&mut at.world, &held);
    at.pass(15);
    at.world.until("one is rejected and told", |j| {
        let states = j.payment_states(&PaymentFilter::default()).expect("states");
        let rests = |f: &Outbound| matches!(f.state, OutboundState::Sent | OutboundState::Answered);
        states.get("rejected") == Some(&1) && j.outbounds(&[]).expect("files").iter().all(rests)
    });
    let told = |erp: &str| {
        let files = std::fs::read_dir(at.world.root().join("outbox").join(erp)).expect("a folder");
        let paths = files.filter_map(Result::ok).map(|entry| entry.path());
        let is_status = |path: &std::path::PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with("status") && name.ends_with(".csv")
        };
        paths.filter(is_status).map(|path| std::fs::read_to_string(path).expect("text")).collect::<Vec<_>>()
    };
    assert!(told("erp-two").iter().any(|csv| csv.contains(",G-3,")), "{:?}", told("erp-two"));
    assert!(told("erp").iter().all(|csv| csv.lines().count() > 1), "{:?}", told("erp"));
    at.world.stop();
}

#[test]
fn of_a_merged_file_that_is_sent_once_more_each_erp_is_told_its_own_payments() {
    let settings = include_str!("../../src/cli/demo/bank.toml").replacen("\"5000.00\"", "\"5.00\"", 1);
    let mut at = Merging::at_bank("", "", Some(settings));
    at.waits("erp", "one.csv", &batch(&[("Alpha", "6.00", "R-1")]));
    at.waits("erp-two", "two.csv", &batch(&[("Beta", "7.00", "R-2")]));
    at.pass(15);
    at.world.until("the bank has rejected both", |j| {
        j.payment_states(&PaymentFilter::default()).expect("states").get("rejected") == Some(&2)
    });
    at.world.stop();
    let file = payment_files(&at.world.journal()).remove(0).id;
    for name in ["anna", "ben"] {
        at.run(&["resend", &file, "--reference", "TKT-1", "--reason", "never arrived", "--as", name]);
    }
    let once_more = "two people let the very same file be sent once more";
    let rows = |world: &World, erp: &str| -> Vec<String> {
        let csv = statuses(world, erp).0;
        csv.lines().filter(|line| line.contains(once_more)).map(str::to_string).collect()
    };
    at.world.until("both ERPs are told", |j| {
        let told = j.outbounds(&[OutboundState::Sent]).expect("files").into_iter();
        // The answer, and the word that it is sent once more, in two formats for each of two.
        told.filter(|file| file.purpose == Purpose::Status).count() >= 8
    });
    for (erp, own, amount) in [("erp", "R-1", "6.00"), ("erp-two", "R-2", "7.00")] {
        let rows = rows(&at.world, erp);
        assert!(rows.len() == 1 && rows[0].contains(&format!(",{own},{amount},EUR,queued,")), "{rows:?}");
    }
    at.world.stop();
}

#[test]
fn a_merged_file_over_the_banks_bytes_goes_apart_again() {
    let mut at = Merging::new(", max_bytes = 1400", "");
    at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "B-1")]));
    at.waits("erp", "two.csv", &batch(&[("Beta", "2.00", "B-2")]));
    at.pass(15);
    at.world.until("both are booked", |j| all_booked(j, 2));
    let files = payment_files(&at.world.journal());
    let sizes: Vec<u64> = files.iter().filter_map(|f| f.written.as_ref().map(|kept| kept.size)).collect();
    assert!(files.len() == 3 && sizes.len() == 2 && sizes.iter().all(|size| *size <= 1400), "{sizes:?}");
    assert_eq!(at.world.received(), 2);
    at.world.stop();
}

/// All batches of a file for which no number is left wait for a person, and none of them is written.
#[test]
fn batches_of_one_file_wait_for_a_person_where_no_number_is_left() {
    let numbers = ", name = \"F{date}_{sequence:1}.xml\", sequence = \"ever\", sequence_from = 9";
    let mut at = Merging::new(numbers, "");
    at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "S-1")]));
    at.pass(15);
    at.world.until("the first is booked", |j| all_booked(j, 1));
    at.waits("erp", "two.csv", &batch(&[("Beta", "2.00", "S-2")]));
    at.waits("erp-two", "three.csv", &batch(&[("Gamma", "3.00", "S-3")]));
    at.pass(30);
    let held = |j: &SqliteJournal| j.batches(&[BatchState::Held]).expect("batches");
    at.world.until("both are held", |j| held(j).len() == 2);
    let reasons: Vec<_> = held(&at.world.journal()).into_iter().map(|batch| batch.held).collect();
    assert_eq!(reasons, [["file-numbers-used-up"], ["file-numbers-used-up"]]);
    assert_eq!((payment_files(&at.world.journal()).len(), at.world.received()), (1, 1));
    at.world.stop();
}

#[test]
fn what_is_released_after_the_window_waits_for_the_next_one() {
    let mut at = Merging::new("", "");
    let first = at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "W-1")]));
    // The daemon was away: what came after the first window does not go with it.
    at.pass(15);
    let mut second = None;
    at.world.practice.drop_file("two.csv", batch(&[("Beta", "2.00", "W-2")]).as_bytes()).expect("a drop");
    at.world.until("the first is sent and the second waits", |j| {
        second = j.batches(&[BatchState::Released]).expect("batches").into_iter().find(|b| b.name == "two.csv");
        let first = j.batch(&first.id).expect("a batch").expect("one");
        first.state == BatchState::Numbered && second.is_some()
    });
    assert_eq!(payment_files(&at.world.journal()).len(), 1);
    at.pass(30);
    at.world.until("both are booked", |j| all_booked(j, 2));
    assert_eq!(payment_files(&at.world.journal()).len(), 2);
    at.world.stop();
}

#[test]
fn the_banks_limits_hold_for_merged_files_and_no_batch_is_torn() {
    let mut at = Merging::new("", "checks = { max_count = 3 }");
    let rows = |ids: [&'static str; 2]| batch(&[("Alpha", "1.00", ids[0]), ("Beta", "2.00", ids[1])]);
    at.waits("erp", "one.csv", &rows(["L-1", "L-2"]));
    at.waits("erp", "two.csv", &rows(["L-3", "L-4"]));
    at.waits("erp", "three.csv", &batch(&[("Gamma", "3.00", "L-5")]));
    at.pass(15);
    at.world.until("all are booked", |j| all_booked(j, 5));
    let journal = at.world.journal();
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for payment in journal.payments(&PaymentFilter::default()).expect("payments") {
        held.entry(payment.outbound.expect("a file")).or_default().push(payment.end_to_end_id.expect("an id"));
    }
    let held: Vec<Vec<String>> = held.into_values().collect();
    assert_eq!(held, [vec!["L-1", "L-2", "L-5"], vec!["L-3", "L-4"]]);
    at.world.stop();
}

#[test]
fn a_batch_that_cannot_be_written_is_refused_before_it_waits_and_leaves_the_others_alone() {
    let mut at = Merging::new("", "payments = { charset = \"latin\" }");
    at.waits("erp", "one.csv", &batch(&[("Alpha", "1.00", "U-1")]));
    at.drops("erp-two", "two.csv", &batch(&[("北京示例", "2.00", "U-2")]));
    at.world.until("its ERP is told", |j| {
        let told = |f: &Outbound| f.purpose == Purpose::Refusal && f.state == OutboundState::Sent;
        j.outbounds(&[]).expect("files").iter().any(told)
    });
    at.waits("erp", "three.csv", &batch(&[("Beta", "3.00", "U-3")]));
    at.pass(15);
    at.world.until("the others are booked", |j| all_booked(j, 2));
    let files = at.world.journal().outbounds(&[]).expect("files");
    let refusals = files.iter().filter(|f| f.purpose == Purpose::Refusal);
    assert!(refusals.into_iter().all(|f| f.party == "erp-two"), "nobody else is told of it: {files:?}");
    assert_eq!((payment_files(&at.world.journal()).len(), at.world.received()), (1, 1));
    at.world.stop();
}

#[test]
fn waiting_for_the_window_does_not_make_an_approval_void() {
    let clock = Clock::system();
    let hour = (clock.now() - SignedDuration::from_mins(10)).strftime("%H:%M").to_string();
    let mut world = World::new(&Options { bank: format!("out = {{ merge = [\"{hour}\"] }}"), ..Options::default() });
    world.practice.drop_file("pay.csv", batch(&[("Alpha", "6000.00", "V-1")]).as_bytes()).expect("a drop");
    world.until("it is held for its sum", |j| !j.batches(&[BatchState::Held]).expect("batches").is_empty());
    let held = world.journal().batches(&[]).expect("batches").remove(0);
    super::limits::release(&mut world, &held);
    world.stop();
    let (journal, config) = (world.journal(), Config::load(world.root()).expect("a configuration"));
    let released = journal.batches(&[BatchState::Released]).expect("batches").remove(0);
    let fallen = |hours: i64| {
        let at = clock.now() + SignedDuration::from_mins(60 * hours + 30);
        bankferry::route::decide::fallen(&journal, &config, &released, None, at).expect("a look")
    };
    // The window is in 23 hours and 50 minutes; the approval counts 24 hours, from there on once more.
    assert_eq!([fallen(23), fallen(24), fallen(47)], [None, None, None]);
    assert_eq!(fallen(48), Some("approval-expired"));
}

#[test]
fn merging_that_cannot_work_is_a_mistake_of_the_configuration() {
    let mistake = |party: &str| {
        let text = format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"b\"\ntemplate = \"iso20022-bank\"\n{party}"
        );
        Config::read(std::path::Path::new("/nowhere"), &text).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(mistake("out = { merge = [\"17:00\"] }\ncalendar = { cut_off = \"16:30\" }").contains("is too late"));
    assert!(mistake("out = { merge = [\"09:00\"] }\npayments = { one_group = true }").contains("allows one"));
    assert!(mistake("out = { merge = [\"09:00\"] }\nin = { answers_by = \"payee\" }").contains("repeat an id"));
    assert_eq!(mistake("out = { merge = [\"09:00\", \"15:00\"] }\ncalendar = { cut_off = \"16:30\" }"), "");
}
