//! Test and production never mix.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bankferry::cli::practice::Options;
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::journal::{InboundState, Records};
use bankferry::seal::{Algorithm, Keys, Role};
use jiff::Timestamp;

use super::road::{World, batch};

fn read(environment: &str, party: &str) -> Result<Config, String> {
    let text = format!(
        "[installation]\nname = \"x\"\nenvironment = \"{environment}\"\n[[party]]\nname = \"b\"\ntemplate = \"iso20022-bank\"\n{party}"
    );
    Config::read(Path::new("/nowhere"), &text).map_err(|e| e.to_string())
}

#[test]
fn a_party_of_the_other_environment_is_refused_at_load() {
    for (ours, theirs) in [("test", "production"), ("production", "test")] {
        let error = read(ours, &format!("environment = \"{theirs}\"\n")).unwrap_err();
        assert!(error.contains(theirs) && error.contains("`b`"), "{error}");
        assert!(read(ours, &format!("environment = \"{ours}\"\n")).is_ok());
    }
}

#[test]
fn folders_and_names_differ_by_environment() {
    let party = "test = { out = { folder = \"uat/in\" } }\nproduction = { out = { folder = \"live/in\" } }\n";
    for (environment, folder) in [("test", "uat/in"), ("production", "live/in")] {
        let config = read(environment, party).unwrap();
        assert_eq!(config.parties[0].template.out.folder, folder);
    }
}

#[test]
fn a_key_of_the_other_environment_stops_the_program_before_anything_moves() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[installation]\nname = \"x\"\nenvironment = \"production\"\n";
    let config = Config::read(dir.path(), text).unwrap();
    let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
    let clock = Clock::fixed(now);
    let mut keys = Keys::open(&config.keys()).unwrap();
    let made = keys.generate(Role::Sign, "Example (test)", Algorithm::Curve25519, 100, clock.system_time()).unwrap();
    let refused = Daemon::start(config.clone(), clock.clone()).err().unwrap();
    assert!(refused.what.en.contains(&made.fingerprint), "{}", refused.what);
    keys.retire(&made.fingerprint, clock.system_time()).unwrap();
    Daemon::start(config, clock)
        .unwrap_or_else(|t| panic!("{}", t.what))
        .stop()
        .unwrap_or_else(|t| panic!("{}", t.what));
}

/// Runs the program on an installation.
fn run(root: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(arguments).env("LC_ALL", "C").env_remove("LANG");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text)
}

/// A file that a test writes.
#[allow(clippy::disallowed_methods)]
fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// An installation of an environment, with nobody in it yet.
fn installation(environment: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("[installation]\nname = \"x\"\nenvironment = \"{environment}\"\n");
    put(&dir.path().join("bankferry.toml"), &text);
    dir
}

#[test]
fn a_key_of_the_other_environment_is_not_taken_in() {
    let at = Clock::fixed("2026-11-25T12:00:00Z".parse().unwrap()).system_time();
    for (ours, theirs, code) in [("production", "test", 1), ("test", "production", 1), ("production", "production", 0)]
    {
        let bank = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(&bank.path().join("keys")).unwrap();
        keys.generate(Role::Sign, &format!("Bank ({theirs})"), Algorithm::Curve25519, 900, at).unwrap();
        let file = bank.path().join("bank.asc");
        put(&file, &keys.export(Role::Sign, at).unwrap());
        let dir = installation(ours);
        let (ended, said) = run(dir.path(), &["keys", "import", "bank", file.to_str().unwrap()]);
        assert_eq!(ended, code, "{ours} {theirs}: {said}");
        let taken = Keys::open(&dir.path().join("state/keys")).unwrap().list(at).len();
        assert_eq!(taken, usize::from(code == 0), "{said}");
        assert!(code == 0 || said.contains("it was not taken in"), "{said}");
    }
}

#[test]
fn ssh_keys_and_shared_keys_carry_their_environment() {
    let dir = installation("production");
    let (ended, said) = run(dir.path(), &["keys", "generate", "--ssh", "bank"]);
    assert!(ended == 0 && said.contains("bankferry-bank (production)"), "{said}");
    let config = Config::load(dir.path()).unwrap();
    let refused = || Daemon::start(config.clone(), Clock::system()).err().map(|t| t.what.en).unwrap_or_default();
    let shared = dir.path().join("state/keys/mac/erp/2026-test");
    put(&shared, &"ab".repeat(32));
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(refused().contains("the shared key `2026-test` of `erp`"), "{}", refused());
    std::fs::remove_file(shared).unwrap();
    // The same keys in a test installation are the other environment's.
    put(&dir.path().join("bankferry.toml"), "[installation]\nname = \"x\"\nenvironment = \"test\"\n");
    let config = Config::load(dir.path()).unwrap();
    let what = Daemon::start(config, Clock::system()).err().unwrap().what;
    assert!(what.en.contains("`bankferry-bank (production)`") && what.zh.contains("不属于"), "{what}");
    let (ended, said) = run(dir.path(), &["check"]);
    assert!(ended == 1 && said.contains("the SSH key for `bank`"), "{said}");
}

#[test]
fn test_and_production_of_a_party_have_no_place_in_common() {
    let sftp = |user: &str| format!("sftp = {{ host = \"sftp.bank.example\", user = \"{user}\" }}");
    let folders =
        |folder: &str| format!("out = {{ folder = \"{folder}/in\" }}, in = {{ folders = [\"{folder}/out\"] }}");
    let both = |test: &str, production: &str| {
        let party = format!("{}\ntest = {{ {test} }}\nproduction = {{ {production} }}\n", sftp("ACME"));
        ["test", "production"].map(|environment| read(environment, &party).err().unwrap_or_default())
    };
    assert_eq!(both(&folders("uat"), &folders("live")), ["", ""]);
    assert_eq!(both(&sftp("ACMET"), ""), ["", ""]);
    for (test, production) in [
        (folders("files"), folders("files")),
        (sftp("ACME"), String::new()),
        // Answers of both would come in one folder.
        ("out = { folder = \"uat\" }".to_string(), String::new()),
    ] {
        let said = both(&test, &production);
        assert!(said.iter().all(|said| said.contains("they must not meet")), "{test} {production}: {said:?}");
    }
}

#[test]
fn a_server_that_was_entered_as_test_is_never_entered_as_production() {
    let mut world = World::new(&Options::default());
    let csv = batch(&[("Alpha", "10.00", "T-1")]);
    world.practice.drop_file("pay.csv", csv.as_bytes()).unwrap();
    world.until("it is booked", |j| super::road::all_booked(j, 1));
    world.stop();
    let pins = |world: &World| {
        let facts = world.journal().facts_of("practice-bank").unwrap();
        facts.into_iter().filter(|f| matches!(f.event, bankferry::journal::Event::Entered { .. })).count()
    };
    assert_eq!(pins(&world), 1);
    world.start();
    world.stop();
    assert_eq!(pins(&world), 1, "stated once");
    let path = world.root().join("bankferry.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let people = text.find("[[user]]").unwrap();
    put(&path, &text[..people].replace("environment = \"test\"", "environment = \"production\""));
    // Without the keys, which say it too.
    std::fs::remove_dir_all(world.root().join("state/keys")).unwrap();
    let config = Config::load(world.root()).unwrap();
    let what = Daemon::start(config, Clock::system()).err().unwrap().what;
    assert!(what.en.contains("was entered as test before") && what.zh.contains("资金未划转"), "{what}");
}

#[test]
fn files_that_mark_themselves_as_production_go_nowhere_in_test() {
    let mut world = World::new(&Options::default());
    let day = Clock::system().now().strftime("%Y-%m-%d").to_string();
    let message = format!(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr>\
         <MsgId>M-1</MsgId><CreDtTm>{day}T10:00:00Z</CreDtTm><Authstn><Prtry>PROD</Prtry></Authstn><NbOfTxs>1</NbOfTxs>\
         <InitgPty><Nm>Example</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>\
         <ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Example</Nm></Dbtr>\
         <DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId>\
         <BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt><CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"EUR\">10.00\
         </InstdAmt></Amt><Cdtr><Nm>Alpha</Nm></Cdtr><CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>\
         </CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>"
    );
    world.practice.drop_file("pay.xml", message.as_bytes()).unwrap();
    world.until("it is refused", |j| j.inbounds(&[InboundState::Refused]).unwrap().len() == 1);
    world.until("the ERP is told", |j| {
        j.outbounds(&[]).unwrap().iter().filter(|f| f.name.starts_with("refusal") && f.state.word() == "sent").count()
            == 2
    });
    assert!(
        world.outbox().values().any(|text| text.contains("marks itself as production (`PROD`)")),
        "{:?}",
        world.outbox()
    );
    world.stop();
    assert_eq!(world.received(), 0);
}

#[test]
fn a_batch_marked_for_production_goes_nowhere_in_test() {
    let mut world = World::new(&Options::default());
    let csv = batch(&[("Alpha", "10.00", "T-1")]);
    world.practice.drop_file("pay-PROD-1.csv", csv.as_bytes()).unwrap();
    world.until("it is refused", |j| j.inbounds(&[InboundState::Refused]).unwrap().len() == 1);
    world.stop();
    assert!(world.journal().batches(&[]).unwrap().is_empty());
    assert_eq!(world.received(), 0);
}

#[test]
fn a_test_installation_that_is_renamed_to_production_does_not_start() {
    let dir = installation("test");
    assert_eq!(run(dir.path(), &["once"]).0, 0);
    put(&dir.path().join("bankferry.toml"), "[installation]\nname = \"x\"\nenvironment = \"production\"\n");
    let (ended, said) = run(dir.path(), &["once"]);
    assert!(ended != 0 && said.contains("the journal is of a test installation"), "{ended} {said}");
    let (ended, said) = run(dir.path(), &["--lang", "zh", "once"]);
    assert!(ended != 0 && said.contains("日志属于 test 环境的安装"), "{ended} {said}");
    let (ended, said) = run(dir.path(), &["check"]);
    assert!(ended == 1 && said.contains("the journal is of a test installation"), "{ended} {said}");
    put(&dir.path().join("bankferry.toml"), "[installation]\nname = \"x\"\nenvironment = \"test\"\n");
    let (ended, said) = run(dir.path(), &["once"]);
    assert_eq!(ended, 0, "{said}");
}
