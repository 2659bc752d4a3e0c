//! Names of files for a bank: running numbers, given once, in order, anew each day or for ever; days and hours.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::journal::{BatchState, Records, SqliteJournal};

use super::banks::{OURS, csv, files, run, today, write};
use super::road::Hour;

/// An installation whose bank takes numbered files in a folder, at an hour that a test puts forward.
struct Numbered {
    _dir: tempfile::TempDir,
    root: PathBuf,
    hour: Hour,
    daemon: Option<Daemon>,
    dropped: u32,
}

impl Numbered {
    fn new(out: &str) -> Numbered {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("installation");
        for folder in ["inbox/erp", "outbox/erp", "inbox/bank/download", "outbox/bank", "state/keys"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        let numbered = Numbered { _dir: dir, root, hour: Hour::of_today(1), daemon: None, dropped: 0 };
        numbered.configure(out);
        numbered
    }

    fn configure(&self, out: &str) {
        let config = format!(
            "[installation]\nname = \"house\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\
             [[party]]\nname = \"erp\"\ntemplate = \"csv-erp-zh\"\naccounts = [\"{OURS}\"]\n\
             in = {{ complete = \"rename\", every_seconds = 1 }}\nrelease = {{ always = false, unauthenticated = false }}\n\
             duplicates = {{ totals = \"pass\", payment = \"pass\" }}\n\
             [[party]]\nname = \"bank\"\ntemplate = \"icbc\"\naccounts = [\"{OURS}\"]\n\
             in = {{ complete = \"rename\", every_seconds = 1 }}\nrelease = {{ always = false, unauthenticated = false }}\n\
             out = {{ folder = \"\", {out} }}\n\
             [[user]]\nname = \"anna\"\nmay = [\"operate\", \"release\", \"resolve\"]\n"
        );
        write(&self.root.join("bankferry.toml"), config.as_bytes());
    }

    /// Drops as many batches, one after the other, each gone before the next comes.
    fn send(&mut self, batches: u32) {
        for _ in 0..batches {
            let before = self.names().len();
            self.drop_batch();
            self.until("the file is there", |_, root| files(&root.join("outbox/bank")).len() > before);
        }
    }

    fn drop_batch(&mut self) {
        self.dropped += 1;
        let number = self.dropped;
        // A day that is to come on every clock of the earth.
        let tomorrow = self.hour.clock().now() + jiff::SignedDuration::from_hours(24);
        let tomorrow = tomorrow.strftime("%Y-%m-%d").to_string();
        let text = csv().replace(&today(), &tomorrow);
        let text = text.replace("QH0", &format!("N{number}-")).replace("12345.00", &format!("{number}.00"));
        let bytes = encoding_rs::GB18030.encode(&text).0.into_owned();
        write(&self.root.join("inbox/erp").join(format!("payments-{number}.csv")), &bytes);
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&SqliteJournal, &Path) -> bool) {
        let clock = self.hour.clock();
        if self.daemon.is_none() {
            let config = Config::load(&self.root).unwrap_or_else(|e| panic!("{e}"));
            self.daemon = Some(Daemon::start(config, clock).unwrap_or_else(|t| panic!("{}", t.what)));
        }
        let daemon = self.daemon.as_mut().expect("a daemon");
        let started = Instant::now();
        while !done(daemon.engine().journal(), &self.root) {
            daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "not in time: {what}; {:?}",
                files(&self.root.join("outbox/bank")).keys()
            );
        }
    }

    fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
        }
    }

    /// The names of the bank's files.
    fn names(&self) -> Vec<String> {
        files(&self.root.join("outbox/bank")).into_keys().collect()
    }

    fn run(&self, code: i32, arguments: &[&str]) -> String {
        let (out, err) = run(&self.root, code, arguments);
        out + &err
    }
}

/// Today on the bank's clock, `YYYYMMDD`, some days on.
fn day(later: i64) -> String {
    let today = bankferry::document::parse_date(&today()).expect("a day");
    today.saturating_add(jiff::Span::new().days(later)).strftime("%Y%m%d").to_string()
}

#[test]
fn numbers_go_on_after_a_restart_and_begin_anew_on_the_next_day() {
    let mut bank = Numbered::new("name = \"F{date}_{sequence:2}.bpt\"");
    bank.send(2);
    bank.stop();
    bank.send(1);
    let (today, tomorrow) = (day(0), day(1));
    let wanted = ["01", "02", "03"].map(|number| format!("F{today}_{number}.bpt"));
    assert_eq!(bank.names(), wanted);
    bank.hour.pass(86_400);
    bank.send(2);
    let later = ["01", "02"].map(|number| format!("F{tomorrow}_{number}.bpt"));
    assert_eq!(bank.names()[3..], later);
    bank.stop();
    bank.run(0, &["verify"]);
}

#[test]
fn many_batches_at_once_get_a_number_each_and_none_is_left_out() {
    let mut bank = Numbered::new("name = \"F{sequence:4}.bpt\", sequence = \"ever\", sequence_from = 4711");
    (0..6).for_each(|_| bank.drop_batch());
    bank.until("all are there", |_, root| files(&root.join("outbox/bank")).len() == 6);
    let wanted: Vec<_> = (4711..4717).map(|number| format!("F{number}.bpt")).collect();
    assert_eq!(bank.names(), wanted);
}

/// A batch for whose file no number is left waits for a person, who is told, and goes on a day that has numbers.
#[test]
fn a_batch_waits_for_a_person_where_no_number_is_left() {
    let mut bank = Numbered::new("name = \"F{date}_{sequence:1}.bpt\", sequence_from = 8");
    bank.send(2);
    bank.drop_batch();
    let held = |journal: &SqliteJournal| journal.batches(&[BatchState::Held]).expect("batches");
    bank.until("the third is held", |journal, _| !held(journal).is_empty());
    let batch = held(bank.daemon.as_ref().expect("a daemon").engine().journal()).remove(0);
    assert_eq!(batch.held, ["file-numbers-used-up"]);
    let said = bank.run(0, &["show", &batch.id]);
    assert!(said.contains("the numbers of the bank's file names are used up"), "{said}");
    let said = bank.run(0, &["--lang", "zh", "show", &batch.id]);
    assert!(said.contains("银行文件名的顺序号已用完"), "{said}");
    bank.hour.pass(86_400);
    bank.run(0, &["release", &batch.id, "--as", "anna", "--reason", "a new day"]);
    bank.until("it goes", |_, root| files(&root.join("outbox/bank")).len() == 3);
    assert_eq!(bank.names()[2], format!("F{}_8.bpt", day(1)));
}

/// A name that was given, by another sequence or in another year, is passed over and never given again.
#[test]
fn a_name_that_was_given_before_is_passed_over() {
    let mut bank = Numbered::new("name = \"F{date:ddMM}_{sequence:2}.bpt\", sequence = \"ever\"");
    bank.send(2);
    bank.stop();
    bank.configure("name = \"F{date:ddMM}_{sequence:2}.bpt\", sequence = \"day\"");
    bank.send(1);
    let today = day(0);
    let wanted = ["01", "02", "03"].map(|number| format!("F{}{}_{number}.bpt", &today[6..], &today[4..6]));
    assert_eq!(bank.names(), wanted);
}

/// Our number at the bank stands in the names; nobody can guess it.
#[test]
fn names_with_our_number_want_it_said() {
    let bank = Numbered::new("name = \"{sender}_{date}_{sequence:3}.bpt\"");
    let said = bank.run(2, &["status"]);
    assert!(said.contains("hold our number there, `{sender}`") && said.contains("out = { sender = \"…\" }"), "{said}");
    let said = bank.run(2, &["--lang", "zh", "status"]);
    assert!(said.contains("文件名含我方在该方的编号"), "{said}");
    bank.configure("name = \"{sender}_{date}_{sequence:3}.bpt\", sender = \"P0017\"");
    let mut bank = bank;
    bank.send(1);
    assert_eq!(bank.names(), [format!("P0017_{}_001.bpt", day(0))]);
}

/// Day and hour of a name are those of the bank's clock, and so is the day whose files are counted: in Shanghai it is
/// two in the morning of tomorrow while it is six in the evening here.
#[test]
fn day_and_hour_of_a_name_are_the_banks() {
    let shanghai = "}\ncalendar = { time_zone = \"Asia/Shanghai\"";
    let mut bank = Numbered::new(&format!("name = \"F{{date}}_{{time:HH}}_{{sequence:2}}.bpt\" {shanghai}"));
    bank.hour = Hour::of_today(15);
    bank.send(1);
    // The bank's midnight, not ours, begins the numbers anew.
    bank.hour.pass(3 * 3_600);
    bank.send(2);
    let (today, tomorrow) = (day(0), day(1));
    let wanted = [format!("F{today}_23_01.bpt"), format!("F{tomorrow}_02_01.bpt"), format!("F{tomorrow}_02_02.bpt")];
    assert_eq!(bank.names(), wanted);
}
