//! The practice bank from its customer's side: sealed payment files in, sealed answers and
//! statements out, through folders alone.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs::{self, File};
use std::io::{BufReader, Cursor, Seek};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bankferry::carrier::sftp::Sftp;
use bankferry::carrier::{Carrier, Rename};
use bankferry::config::{CarrierSettings, Config};
use bankferry::document::{
    Amount, Currency, Declared, Entry, Group, GroupAccount, Indicator, Moment, Part, Payment, Payments, PaymentsEnd,
    StatementEnd, parse_date,
};
use bankferry::format::{self, ReadOptions, WriteOptions};
use bankferry::sandbox::bank::{Bank, BankEvent, Fault, Settings};
use bankferry::sandbox::practice_bank::PracticeBank;
use bankferry::seal::{self, Algorithm, Keys, Policy, Role, SealError};
use jiff::Timestamp;

const ACCOUNT: &str = "DE89370400440532013000";
const NOW: i64 = 1_795_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

fn system(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((NOW + seconds) as u64)
}

/// A fetched file: its name, and what was in it as far as it could be opened.
type Fetched = (String, Result<Vec<Part>, SealError>);

/// A customer and its bank, in one folder.
struct World {
    _dir: tempfile::TempDir,
    settings: Settings,
    bank: Bank,
    keys: Keys,
}

impl World {
    fn new(change: impl FnOnce(&mut Settings)) -> World {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("[[account]]\nid = \"{ACCOUNT}\"\ncurrency = \"EUR\"\nbalance = \"1000.00\"\n");
        let mut settings = Settings::parse(&text).unwrap().under(dir.path());
        change(&mut settings);
        let mut keys = Keys::open(&dir.path().join("customer-keys")).unwrap();
        keys.generate(Role::Both, "Customer", Algorithm::default(), 365, system(-60)).unwrap();
        let mut bank = Bank::new(settings.clone()).unwrap();
        let certificate = bank.certificate(at(-60)).unwrap();
        keys.import_party("bank", certificate.as_bytes(), system(0)).unwrap();
        bank.import_customer(keys.export(Role::Both, system(0)).unwrap().as_bytes(), at(0)).unwrap();
        World { _dir: dir, settings, bank, keys }
    }

    /// The bank stopped and started again.
    fn restart(&mut self) {
        self.bank = Bank::new(self.settings.clone()).unwrap();
    }

    fn inbox(&self, name: &str) -> PathBuf {
        self.settings.inbox_folder(bankferry::document::Date::default()).join(name)
    }

    fn send(&self, name: &str, plain: &[u8]) {
        let mut sealed = Vec::new();
        seal::seal(&Policy::default(), &self.keys, "bank", system(0), &mut &plain[..], &mut sealed).unwrap();
        fs::write(self.inbox(name), sealed).unwrap();
    }

    /// Fetches all that is in the outbox: name and what could be opened.
    fn fetch(&self) -> Vec<Fetched> {
        let mut names: Vec<_> = fs::read_dir(self.settings.outbox_folder(bankferry::document::Date::default()))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        let mut fetched = Vec::new();
        for name in names {
            let path = self.settings.outbox_folder(bankferry::document::Date::default()).join(&name);
            let (mut sealed, mut plain) = (File::open(&path).unwrap(), Vec::new());
            let policy = Policy::default();
            let opened = seal::open(&policy, &self.keys, "bank", system(3 * 86_400), &mut sealed, &mut plain, 1 << 24);
            fs::remove_file(path).unwrap();
            fetched.push((name.into_string().unwrap(), opened.map(|_| parts(plain))));
        }
        fetched
    }

    /// The one file in the outbox, opened and read.
    fn fetch_one(&self) -> (String, Vec<Part>) {
        let mut all = self.fetch();
        assert_eq!(all.len(), 1, "{all:?}");
        let (name, parts) = all.remove(0);
        (name, parts.unwrap())
    }
}

fn parts(bytes: Vec<u8>) -> Vec<Part> {
    let mut reader =
        format::open("auto", Box::new(BufReader::new(Cursor::new(bytes))), &ReadOptions::default()).unwrap();
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part().unwrap() {
        let findings = part.end_findings().unwrap_or_default();
        assert!(!findings.iter().any(|f| f.is_error()), "{findings:?}");
        parts.push(part);
    }
    parts
}

fn pay(seq: u64, amount: &str, creditor: &str) -> Payment {
    let mut payment = Payment::new(seq, amount.parse().unwrap(), Currency::parse("EUR").unwrap(), Indicator::Credit);
    payment.end_to_end_id = Some(format!("E2E-{seq}"));
    payment.instruction_id = Some(format!("I-{seq}"));
    payment.counterparty.name = Some(creditor.to_string());
    payment.counterparty.account = bankferry::document::Account::parse("GB29NWBK60161331926819");
    payment.remittance = vec![format!("invoice {seq}")];
    payment
}

/// A pain.001 with one group from `account`.
fn order(message_id: &str, account: &str, batch_booking: bool, payments: &[Payment]) -> Vec<u8> {
    let sum: Amount = payments.iter().map(|p| p.amount).sum();
    let declared = Declared { count: Some(payments.len() as u64), sum: Some(sum) };
    let head = Payments {
        message_id: Some(message_id.to_string()),
        created: Moment::parse("2026-11-18T09:00:00Z"),
        initiating_party: Some("Customer".to_string()),
        declared: declared.clone(),
        ..Payments::default()
    };
    let mut group = Group {
        id: Some(format!("{message_id}-G")),
        execution_date: parse_date("2026-11-18"),
        account: GroupAccount::parse(account),
        agent: Some("DEUTDEFF".to_string()),
        batch_booking: Some(batch_booking),
        declared,
        ..Group::default()
    };
    group.party.name = Some("Customer".to_string());
    let mut end = PaymentsEnd { count: payments.len() as u64, ..PaymentsEnd::default() };
    end.sums.insert(Currency::parse("EUR").unwrap(), sum);
    let mut output = tempfile::tempfile().unwrap();
    let writing = Box::new(output.try_clone().unwrap());
    let mut writer = format::create("pain.001.001.09", writing, &WriteOptions::default()).unwrap();
    writer.write_part(&Part::Payments(Box::new(head))).unwrap();
    writer.write_part(&Part::Group(Box::new(group))).unwrap();
    for payment in payments {
        writer.write_part(&Part::Payment(Box::new(payment.clone()))).unwrap();
    }
    writer.write_part(&Part::PaymentsEnd(Box::new(end))).unwrap();
    writer.finish().unwrap();
    drop(writer);
    output.rewind().unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut output, &mut bytes).unwrap();
    bytes
}

/// `original message id, status, reason` of a report, then `end-to-end id, status, reason` of its payments.
fn told(parts: &[Part]) -> Vec<String> {
    let code =
        |reasons: &[bankferry::document::Reason]| reasons.iter().find_map(|r| r.code.clone()).unwrap_or_default();
    let mut told = Vec::new();
    for part in parts {
        match part {
            Part::StatusReport(r) => {
                let original = r.original_message_id.as_deref().unwrap_or("-");
                told.push(format!("{original} {} {}", r.status.as_deref().unwrap(), code(&r.reasons)));
            }
            Part::PaymentStatus(p) => {
                let id = p.original_end_to_end_id.as_deref().unwrap();
                told.push(format!("{id} {} {}", p.status.as_deref().unwrap(), code(&p.reasons)));
            }
            _ => {}
        }
    }
    told
}

fn entries(parts: &[Part]) -> Vec<&Entry> {
    parts.iter().filter_map(|p| if let Part::Entry(e) = p { Some(&**e) } else { None }).collect()
}

fn balances(parts: &[Part]) -> Vec<String> {
    let end = parts.iter().find_map(|p| if let Part::StatementEnd(e) = p { Some(e) } else { None });
    let StatementEnd { balances, .. } = &**end.unwrap();
    balances.iter().map(|b| format!("{} {}", b.kind, b.signed())).collect()
}

#[test]
fn a_good_file_is_accepted_answered_and_booked() {
    let mut w = World::new(|_| {});
    w.send("PAY1.xml.pgp", &order("M-1", ACCOUNT, false, &[pay(1, "100.00", "A"), pay(2, "50.50", "B & C")]));
    let events = w.bank.tick(at(1));
    assert!(matches!(&events[1], BankEvent::Decided { status, accepted: 2, .. } if status == "ACCP"), "{events:?}");
    let (name, report) = w.fetch_one();
    assert_eq!((name.as_str(), told(&report)), ("PSR_M-1_1.xml.pgp", vec!["M-1 ACCP ".to_string()]));
    w.bank.end_of_day(parse_date("2026-11-18").unwrap(), at(10));
    let (name, statement) = w.fetch_one();
    assert_eq!(name, format!("STMT_{ACCOUNT}_2026-11-18.xml.pgp"));
    assert_eq!(balances(&statement), ["OPBD 1000.00", "CLBD 849.50"]);
    let booked: Vec<_> = entries(&statement).iter().map(|e| e.details[0].end_to_end_id.clone().unwrap()).collect();
    assert_eq!(booked, ["E2E-1", "E2E-2"]);
    assert!(entries(&statement).iter().all(|e| e.indicator == Indicator::Debit));
    // What it received is written down for tests.
    let received = &w.bank.received()[0];
    assert_eq!((received.count, received.message_id.as_deref()), (2, Some("M-1")));
    assert_eq!(received.sums[&Currency::parse("EUR").unwrap()], "150.50".parse().unwrap());
    let line = fs::read_to_string(w.settings.state.join("received.jsonl")).unwrap();
    assert!(line.contains(r#""message_id":"M-1""#) && line.lines().count() == 1);
}

#[test]
fn payments_are_refused_one_by_one_and_only_the_rest_is_booked() {
    let mut w = World::new(|s| s.rules.amount_over = Some("500".parse().unwrap()));
    let payments = [pay(1, "10", "good"), pay(2, "501", "big"), pay(3, "1", "REJECT Ltd"), pay(4, "1", "ERRAC06RJCT")];
    w.send("P", &order("M-1", ACCOUNT, false, &payments));
    w.bank.tick(at(1));
    assert_eq!(told(&w.fetch_one().1), ["M-1 PART ", "E2E-2 RJCT AM02", "E2E-3 RJCT AC04", "E2E-4 RJCT AC06"]);
    w.bank.end_of_day(parse_date("2026-11-18").unwrap(), at(10));
    assert_eq!(balances(&w.fetch_one().1), ["OPBD 1000.00", "CLBD 990.00"]);
}

#[test]
fn the_same_message_twice_is_a_duplicate_also_after_a_restart() {
    let mut w = World::new(|_| {});
    for (n, want) in [(1, "M-1 ACCP "), (2, "M-1 RJCT DUPL"), (3, "M-1 RJCT DUPL")] {
        w.send("PAY", &order("M-1", ACCOUNT, false, &[pay(1, "1", "A")]));
        w.bank.tick(at(n));
        assert_eq!(told(&w.fetch_one().1), [want]);
        w.restart();
    }
    w.bank.end_of_day(parse_date("2026-11-18").unwrap(), at(10));
    assert_eq!(balances(&w.fetch_one().1), ["OPBD 1000.00", "CLBD 999.00"]);
}

#[test]
fn unknown_accounts_wrong_totals_and_nonsense_are_refused_as_a_whole() {
    let mut w = World::new(|_| {});
    w.send("1", &order("M-1", "GB29NWBK60161331926819", false, &[pay(1, "1", "A")]));
    w.bank.tick(at(1));
    assert_eq!(told(&w.fetch_one().1), ["M-1 RJCT ", "E2E-1 RJCT AC01"]);
    let text = String::from_utf8(order("M-2", ACCOUNT, false, &[pay(1, "1", "A")])).unwrap();
    w.send("2", text.replace("<CtrlSum>1</CtrlSum>", "<CtrlSum>2</CtrlSum>").as_bytes());
    w.bank.tick(at(2));
    assert_eq!(told(&w.fetch_one().1), ["M-2 RJCT AM10"]);
    w.send("3", b"hello");
    w.bank.tick(at(3));
    assert_eq!(told(&w.fetch_one().1), ["- RJCT FF01"]);
    w.send("4", text.replace("M-2", "M-4").split("</PmtInf>").next().unwrap().as_bytes());
    w.bank.tick(at(4));
    assert_eq!(told(&w.fetch_one().1), ["M-4 RJCT FF01"]);
    assert!(w.bank.end_of_day(parse_date("2026-11-18").unwrap(), at(10)).is_empty());
}

#[test]
fn what_is_not_sealed_by_the_customer_is_not_answered() {
    let mut w = World::new(|_| {});
    fs::write(w.inbox("plain.xml"), order("M-1", ACCOUNT, false, &[pay(1, "1", "A")])).unwrap();
    let events = w.bank.tick(at(1));
    assert!(matches!(events[..], [BankEvent::Took { .. }, BankEvent::Refused { .. }]), "{events:?}");
    assert!(w.fetch().is_empty());
}

#[test]
fn files_that_are_still_written_are_left_alone() {
    let mut w = World::new(|s| s.marker = Some(".ok".to_string()));
    let file = order("M-1", ACCOUNT, false, &[pay(1, "1", "A")]);
    for name in [".tmp-1", "a.xml.part", "b.filepart", "no-marker"] {
        w.send(name, &file);
    }
    assert_eq!(w.bank.tick(at(1)), []);
    fs::write(w.inbox("no-marker.ok"), "").unwrap();
    assert_eq!(w.bank.tick(at(2)).len(), 3);
    assert!(!w.inbox("no-marker.ok").exists() && w.inbox(".tmp-1").exists());
}

#[test]
fn a_batch_booking_is_one_entry_and_returns_come_back_a_statement_later() {
    let mut w = World::new(|_| {});
    w.send("1", &order("M-1", ACCOUNT, true, &[pay(1, "10", "A"), pay(2, "20", "B"), pay(3, "5", "ERRAC04RTRN")]));
    w.bank.tick(at(1));
    assert_eq!(told(&w.fetch_one().1), ["M-1 ACCP "]);
    let day = parse_date("2026-11-18").unwrap();
    w.bank.end_of_day(day, at(10));
    let statement = w.fetch_one().1;
    let all: Vec<_> = entries(&statement).iter().map(|e| (e.amount.normalize().to_string(), e.batch_count)).collect();
    assert_eq!(all, [("5".to_string(), None), ("30".to_string(), Some(2))]);
    assert_eq!(entries(&statement)[1].details[0].payment_information_id.as_deref(), Some("M-1-G"));
    w.restart();
    w.bank.end_of_day(parse_date("2026-11-19").unwrap(), at(86_400));
    let next = w.fetch_one().1;
    assert_eq!(balances(&next), ["OPBD 965.00", "CLBD 970.00"]);
    let back = entries(&next)[0];
    assert_eq!((back.indicator, back.details[0].return_reason.as_deref()), (Indicator::Credit, Some("AC04")));
    assert_eq!(back.details[0].end_to_end_id.as_deref(), Some("E2E-3"));
    assert!(w.bank.end_of_day(parse_date("2026-11-20").unwrap(), at(2 * 86_400)).is_empty());
}

#[test]
fn answers_come_in_levels_and_in_their_time() {
    let mut w = World::new(|s| {
        s.levels = ["ACTC", "ACSC"].map(String::from).to_vec();
        s.answer_after = 60;
        s.statement_after = Some(300);
        s.report_every_payment = true;
    });
    w.send("1", &order("M-1", ACCOUNT, false, &[pay(1, "1", "A")]));
    w.bank.tick(at(0));
    assert!(w.fetch().is_empty());
    w.restart();
    for (seconds, want) in [(60, "ACTC"), (120, "ACSC")] {
        w.bank.tick(at(seconds));
        assert_eq!(told(&w.fetch_one().1), [format!("M-1 {want} "), format!("E2E-1 {want} ")]);
    }
    w.bank.tick(at(299));
    assert!(w.fetch().is_empty());
    w.bank.tick(at(300));
    assert_eq!(balances(&w.fetch_one().1), ["OPBD 1000.00", "CLBD 999.00"]);
}

/// What the customer gets of one good file under a fault: after it was sent, and an hour later.
fn under(fault: &str) -> [Vec<Fetched>; 2] {
    let fault: Fault = fault.parse().unwrap();
    let mut w = World::new(|s| s.faults = vec![fault]);
    w.send("1", &order("M-1", ACCOUNT, false, &[pay(1, "1", "A")]));
    w.bank.tick(at(0));
    let first = w.fetch();
    w.bank.tick(at(3600));
    [first, w.fetch()]
}

#[test]
fn faults_are_played() {
    let counts = |fault: &str| under(fault).map(|all| all.len());
    assert_eq!(counts("late=60"), [0, 1]);
    assert_eq!(counts("lost"), [0, 0]);
    assert_eq!(counts("lost@2"), [1, 0]);
    let [twice, _] = under("doubled");
    let names: Vec<_> = twice.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["PSR_M-1_1.xml.pgp", "PSR_M-1_1_2.xml.pgp"]);
    let error = |fault: &str| {
        let [mut all, _] = under(fault);
        all.remove(0).1.unwrap_err()
    };
    assert!(matches!(error("wrong-key"), SealError::Stranger { .. }));
    assert!(matches!(error("unsigned"), SealError::Unsigned));
    assert!(matches!(error("plain"), SealError::Plain));
    assert!(matches!(error("truncated"), SealError::Truncated | SealError::Damaged), "{:?}", error("truncated"));
    let [mut unknown, _] = under("unknown-message");
    assert_eq!(told(&unknown.remove(0).1.unwrap()), ["NEVERSENT-1 ACCP "]);
}

#[test]
fn a_file_taken_before_a_crash_is_dealt_with_once() {
    let mut w = World::new(|_| {});
    w.send("PAY", &order("M-1", ACCOUNT, false, &[pay(1, "100", "A")]));
    // The bank was killed after it took the file, after it booked, and after it made an answer.
    fs::rename(w.inbox("PAY"), w.settings.state.join("taken/000001-PAY")).unwrap();
    fs::write(w.settings.state.join("ledger.jsonl"), "{\"account\":\"left by the crash\"}\n{\"torn").unwrap();
    fs::write(w.settings.state.join("pending/F000001-1-0-0~PSR_M-1_1.xml.pgp"), "made before").unwrap();
    w.restart();
    w.bank.tick(at(1));
    assert_eq!(told(&w.fetch_one().1), ["M-1 ACCP "]);
    w.restart();
    assert_eq!(w.bank.tick(at(2)), []);
    w.bank.end_of_day(parse_date("2026-11-18").unwrap(), at(10));
    assert_eq!(balances(&w.fetch_one().1), ["OPBD 1000.00", "CLBD 900.00"]);
}

#[test]
fn the_whole_bank_is_reached_with_what_it_says_of_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut practice = PracticeBank::open(&dir.path().join("bank"), 0, at(-60), None, |_| {}).unwrap();
    let mut keys = Keys::open(&dir.path().join("keys")).unwrap();
    keys.generate(Role::Both, "Customer", Algorithm::default(), 365, system(-60)).unwrap();
    fs::write(practice.customer_file(), keys.export(Role::Both, system(0)).unwrap()).unwrap();
    keys.import_party("bank", &fs::read(practice.certificate_file()).unwrap(), system(0)).unwrap();
    let installation = "[installation]\nname = \"t\"\nenvironment = \"test\"\n".to_string() + &practice.party();
    let config = Config::read(dir.path(), &installation).unwrap();
    let CarrierSettings::Sftp(sftp) = config.parties[0].carrier.clone() else { panic!("the party is reached by SFTP") };
    let mut carrier = Sftp::connect(*sftp);

    let plain = order("M-1", ACCOUNT, false, &[pay(1, "7.50", "A")]);
    let (mut sealed, mut input) = (tempfile::tempfile().unwrap(), &plain[..]);
    seal::seal(&Policy::default(), &keys, "bank", system(0), &mut input, &mut sealed).unwrap();
    let size = sealed.metadata().unwrap().len();
    sealed.rewind().unwrap();
    carrier.upload("inbox", "PAY.xml.pgp.tmp", &mut sealed, size).unwrap();
    assert_eq!(practice.tick(at(0)), []);
    carrier.rename("inbox", "PAY.xml.pgp.tmp", "PAY.xml.pgp", Rename::Atomic).unwrap();
    let events = practice.tick(at(1));
    assert!(practice.knows_customer() && events.len() == 3, "{events:?}");
    practice.tick(at(60));
    let mut names: Vec<_> = carrier.list("outbox", 10).unwrap().into_iter().map(|file| file.name).collect();
    names.sort();
    assert_eq!(names, ["PSR_M-1_1.xml.pgp".to_string(), format!("STMT_{ACCOUNT}_2026-11-18.xml.pgp")]);
    let mut answer = tempfile::tempfile().unwrap();
    carrier.fetch("outbox", &names[0], &mut answer, 1 << 20).unwrap();
    answer.rewind().unwrap();
    let mut report = Vec::new();
    seal::open(&Policy::default(), &keys, "bank", system(60), &mut answer, &mut report, 1 << 20).unwrap();
    assert_eq!(told(&parts(report)), ["M-1 ACCP "]);
}

#[test]
fn a_second_sandbox_in_the_same_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = PracticeBank::open(dir.path(), 0, at(0), None, |_| {}).unwrap();
    let second = PracticeBank::open(dir.path(), 0, at(0), None, |_| {}).unwrap_err();
    assert!(second.to_string().contains("bankferry sandbox"), "{second}");
    let (host, login) = (first.server().host_key_fingerprint(), first.party());
    drop(first);
    let again = PracticeBank::open(dir.path(), 0, at(0), None, |_| {}).unwrap();
    assert_eq!(again.server().host_key_fingerprint(), host);
    assert_eq!(again.party().lines().nth(7), login.lines().nth(7), "the customer's key file");
}
