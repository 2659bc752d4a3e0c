//! What is broken, hostile or not for us: each is told in a sentence with a place, by `convert` and to whoever gave
//! it; nothing is sent because of it, nothing is lost, and nothing else waits for it.

mod bank;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bankferry::disk::Sha256Hash;
use bankferry::format::{self, ReadError, ReadOptions};
use bankferry::journal::{InboundState, OutboundState, Purpose, Records, SqliteJournal};

use crate::road::{World, all_booked, batch};
use bankferry::cli::practice::Options;

/// A good batch in our CSV.
fn good() -> String {
    batch(&[("Alpha", "10.00", "G-1"), ("Beta", "20.00", "G-2")])
}

/// The same as pain.001.
fn good_xml(dir: &Path) -> String {
    let (csv, xml) = (dir.join("good.csv"), dir.join("good.xml"));
    put(&csv, good().as_bytes());
    let done = bankferry(&["convert", "--to", "pain.001.001.09", &text_of(&csv), &text_of(&xml)]);
    assert!(done.status.success(), "{done:?}");
    fs::read_to_string(xml).expect("a message")
}

fn text_of(path: &Path) -> String {
    path.display().to_string()
}

#[allow(clippy::disallowed_methods)]
fn put(path: &Path, content: &[u8]) {
    fs::write(path, content).expect("a file");
}

fn bankferry(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.args(args).env("LANG", "C").output().expect("the program")
}

/// Something broken: its name, its bytes, the rule that names what is wrong, whether a line can be named.
struct Broken {
    name: &'static str,
    content: Vec<u8>,
    rule: &'static str,
    has_line: bool,
}

/// Every kind of broken payments file.
fn broken(dir: &Path) -> Vec<Broken> {
    let (csv, xml) = (good(), good_xml(dir));
    let of = |name, content: &[u8], rule, has_line| Broken { name, content: content.to_vec(), rule, has_line };
    let cut = |at: usize| &xml.as_bytes()[..at];
    let doctype = "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<Document";
    let middle = xml.find("</CdtTrfTxInf>").expect("a payment");
    vec![
        of("cut-in-the-declaration.xml", cut(10), "truncated", true),
        of("cut-in-a-payment.xml", cut(middle + 3), "truncated", true),
        of("cut-before-the-end.xml", cut(xml.rfind("</Document>").expect("an end")), "truncated", true),
        of("entities.xml", xml.replacen("<Document", doctype, 1).as_bytes(), "xml-doctype", true),
        of("says-ascii.xml", ascii_by_name(&xml).as_bytes(), "encoding", true),
        of("latin-1.csv", &latin_1(&csv), "encoding", true),
        of("nul.csv", csv.replacen("Alpha", "Al\0pha", 1).as_bytes(), "control-character", true),
        of("nul.xml", xml.replacen("Alpha", "Al\0pha", 1).as_bytes(), "xml", true),
        of("ragged.csv", format!("{csv}2026-11-24,too,few\n").as_bytes(), "ragged-row", true),
        of("empty.csv", b"", "empty-file", false),
        of("nothing-but-nul.csv", &[0; 4096], "unknown-format", false),
        of("encrypted.csv", &for_somebody_else(dir), "unknown-format", false),
        of("a-letter.csv", "Dear bank, please pay Alpha ten euros.\n".as_bytes(), "", false),
    ]
}

/// Declared to be ASCII, and is not.
fn ascii_by_name(xml: &str) -> String {
    xml.replacen("UTF-8", "US-ASCII", 1).replacen("Alpha", "Älpha", 1)
}

fn latin_1(csv: &str) -> Vec<u8> {
    let text = csv.replacen("Alpha", "\u{c4}lpha", 1);
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// A message that others can open, signed by somebody.
fn for_somebody_else(dir: &Path) -> Vec<u8> {
    use bankferry::seal::{Algorithm, Keys, Policy, Role, seal};
    let at = bankferry::clock::Clock::system().system_time();
    let make = |name: &str| {
        let folder = dir.join(name);
        bankferry::disk::ensure_folder(&folder, 0o700).expect("a folder");
        let mut keys = Keys::open(&folder).expect("keys");
        keys.generate(Role::Both, name, Algorithm::default(), 30, at).expect("a key");
        keys
    };
    let (mut sender, receiver) = (make("sender"), make("receiver"));
    let certificate = receiver.export(Role::Both, at).expect("a certificate");
    sender.import_party("receiver", certificate.as_bytes(), at).expect("a party");
    let mut sealed = Vec::new();
    seal(&Policy::default(), &sender, "receiver", at, &mut good().as_bytes(), &mut sealed).expect("a message");
    sealed
}

#[test]
fn convert_says_what_is_wrong_and_where() {
    let dir = tempfile::tempdir().expect("a folder");
    for case in broken(dir.path()) {
        let path = dir.path().join(case.name);
        put(&path, &case.content);
        says_no(case.name, &bankferry(&["convert", &text_of(&path)]), case.rule, case.has_line);
    }
}

/// Exit 1, a sentence with the rule and the place, and nothing on stdout that looks complete.
fn says_no(name: &str, done: &Output, rule: &str, has_line: bool) {
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{name}: {told}");
    let error = told.lines().find(|l| l.starts_with("error: ")).unwrap_or_else(|| panic!("{name}: {told}"));
    assert!(error.contains(&format!("[{rule}")) || rule.is_empty(), "{name}: {error}");
    assert!(error.contains("line ") || !has_line, "{name}: {error}");
    assert!(!String::from_utf8_lossy(&done.stdout).contains("\"type\":\"end\""), "{name}");
}

#[test]
fn a_message_cut_at_any_byte_is_never_complete() {
    let dir = tempfile::tempdir().expect("a folder");
    let xml = good_xml(dir.path()).into_bytes();
    let end = xml.windows(11).rposition(|w| w == b"</Document>").expect("an end") + 11;
    for at in 0..end {
        let refused = refusal_of(xml[..at].to_vec());
        assert!(refused.is_some_and(|sentence| !sentence.is_empty()), "cut at byte {at}");
    }
    assert_eq!(refusal_of(xml), None);
}

/// The sentence with which a file is refused, if it is.
fn refusal_of(content: Vec<u8>) -> Option<String> {
    let input = Box::new(std::io::Cursor::new(content));
    let mut reader = match format::open("auto", input, &ReadOptions::default()) {
        Err(error) => return Some(error.to_string()),
        Ok(reader) => reader,
    };
    loop {
        match reader.next_part() {
            Ok(None) => break,
            Ok(Some(part)) => {
                if let Some(error) = part.end_findings().into_iter().flatten().find(|f| f.is_error()) {
                    return Some(error.message.en.clone());
                }
            }
            Err(ReadError::Refused(finding)) => return Some(finding.message.en.clone()),
            Err(ReadError::Io(error)) => panic!("{error}"),
        }
    }
    reader.take_findings().into_iter().find(|f| f.is_error()).map(|f| f.message.en)
}

#[test]
fn one_endless_line_is_refused_in_bounded_memory() {
    endless_lines(50 << 20);
}

#[test]
#[ignore = "writes and reads 1 GB three times"]
fn one_line_of_a_gigabyte_is_refused_in_bounded_memory() {
    endless_lines(1 << 30);
}

/// Address space that `convert` gets for it, in KiB: less than the gigabyte, and plenty for any honest file.
const MOST_KIB: u64 = 600_000;

fn endless_lines(length: u64) {
    let dir = tempfile::tempdir().expect("a folder");
    let head = good().lines().next().expect("a header").to_string();
    let pain = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr><MsgId>";
    for (name, start) in
        [("long.csv", format!("{head}\n")), ("long.xml", pain.to_string()), ("long.sta", ":20:".into())]
    {
        let path = dir.path().join(name);
        write_long(&path, start.as_bytes(), length);
        let program = env!("CARGO_BIN_EXE_bankferry");
        let limited = format!("ulimit -v {MOST_KIB} && exec \"$0\" convert \"$1\"");
        let done = Command::new("sh").args(["-c", &limited, program, &text_of(&path)]).env("LANG", "C").output();
        says_no(name, &done.expect("a shell"), "", false);
        fs::remove_file(path).expect("a removal");
    }
}

fn write_long(path: &Path, start: &[u8], length: u64) {
    let mut file = BufWriter::new(fs::File::create(path).expect("a file"));
    file.write_all(start).expect("a write");
    let block = [b'a'; 1 << 16];
    for _ in 0..length / block.len() as u64 {
        file.write_all(&block).expect("a write");
    }
    file.flush().expect("a write");
}

#[test]
fn an_erp_is_told_of_each_broken_file_and_the_good_one_goes_through() {
    let mut world = World::new(&Options::default());
    let dir = tempfile::tempdir().expect("a folder");
    let cases = broken(dir.path());
    for case in &cases {
        world.practice.drop_file(case.name, &case.content).expect("a drop");
    }
    let files = cases.len();
    world.until("every refusal is published", |j| refusals(j) == 2 * files);
    world.practice.drop_file("good.csv", good().as_bytes()).expect("a drop");
    world.until("the good batch is booked", |j| all_booked(j, 2));
    world.stop();
    assert_eq!(world.received(), 1, "nothing else was sent");
    let journal = world.journal();
    let archive = bankferry::archive::Archive::open(&world.root().join("archive")).expect("an archive");
    for case in &cases {
        let inbounds = journal.inbounds(&[InboundState::Refused]).expect("files");
        let file = inbounds.iter().find(|f| f.name == case.name).unwrap_or_else(|| panic!("{} is lost", case.name));
        assert!(archive.find(Sha256Hash::of(&case.content)).expect("an answer").is_some(), "{}", case.name);
        let told = refusal_csv(&world, &journal, &file.id);
        let row = told.lines().nth(1).unwrap_or_else(|| panic!("{}: {told}", case.name));
        assert!(row.starts_with(case.name) && row.contains(case.rule), "{}: {row}", case.name);
    }
    assert!(names_in(&world.root().join("inbox/erp")).iter().all(|n| n == ".claimed"));
}

/// Refusals that the ERP can take.
fn refusals(journal: &SqliteJournal) -> usize {
    let files = journal.outbounds(&[OutboundState::Sent]).expect("files");
    files.iter().filter(|f| f.purpose == Purpose::Refusal).count()
}

/// What the ERP was told about one of its files.
fn refusal_csv(world: &World, journal: &SqliteJournal, inbound: &str) -> String {
    let files = journal.outbounds(&[OutboundState::Sent]).expect("files");
    let ours = files.iter().find(|f| f.source == inbound && f.purpose == Purpose::Refusal && f.format == "csv");
    world.outbox().remove(&ours.expect("a refusal").name).expect("a file in the outbox")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn links_and_pipes_in_the_inbox_are_named_once_and_left_alone() {
    let mut world = World::new(&Options::default());
    let inbox = world.root().join("inbox/erp");
    let outside = world.root().join("outside.csv");
    put(&outside, batch(&[("Mallory", "99.00", "L-1")]).as_bytes());
    std::os::unix::fs::symlink(&outside, inbox.join("link.csv")).expect("a link");
    if !Command::new("mkfifo").arg(inbox.join("pipe.csv")).status().is_ok_and(|s| s.success()) {
        println!("skipped: the pipe, because there is no mkfifo");
    }
    fs::create_dir(inbox.join("folder.csv")).expect("a folder");
    world.practice.drop_file("good.csv", good().as_bytes()).expect("a drop");
    world.until("the good batch is booked", |j| all_booked(j, 2));
    world.stop();
    assert_eq!(world.journal().inbounds(&[]).expect("files").iter().filter(|f| f.party == "erp").count(), 1);
    let incidents = incidents(&world.journal());
    for name in ["link.csv", "pipe.csv"].into_iter().filter(|n| fs::symlink_metadata(inbox.join(n)).is_ok()) {
        assert_eq!(incidents.iter().filter(|i| i.contains(name)).count(), 1, "{name}: {incidents:?}");
    }
    assert!(fs::symlink_metadata(inbox.join("link.csv")).is_ok_and(|m| m.is_symlink()));
    assert!(outside.exists());
}

/// Incidents in the journal, in English.
fn incidents(journal: &SqliteJournal) -> Vec<String> {
    let facts = journal.facts_after(0, 10_000).expect("facts").into_iter();
    let what = facts.filter_map(|f| match f.event {
        bankferry::journal::Event::Incident { what, .. } => Some(what),
        _ => None,
    });
    what.collect()
}

/// Changes the configuration of a practice installation.
fn edit_config(root: &Path, change: impl FnOnce(String) -> String) {
    let path: PathBuf = root.join("bankferry.toml");
    let before = fs::read_to_string(&path).expect("a configuration");
    let after = change(before.clone());
    assert_ne!(before, after, "the practice configuration has other words now");
    put(&path, after.as_bytes());
}
