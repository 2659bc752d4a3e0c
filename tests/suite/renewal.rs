//! Our next keys on their way to a bank: in the files that it prescribes, once, signed by the present key.

#![allow(clippy::disallowed_methods, reason = "the test plays the bank and the person, who flush nothing")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use bankferry::clock::Clock;
use bankferry::seal::{Keys, Policy, open};
use serde_json::Value;

/// A bank that takes keys by file, beside an installation with a present and a next key.
struct Renewing {
    dir: tempfile::TempDir,
    present: String,
    next: String,
}

impl Renewing {
    fn new(more: &str) -> Renewing {
        let dir = tempfile::tempdir().expect("a folder");
        for folder in ["us/outbox/acme/inbox", "us/inbox/acme/outbox", "bank"] {
            fs::create_dir_all(dir.path().join(folder)).expect("a folder");
        }
        let mut world = Renewing { dir, present: String::new(), next: String::new() };
        world.present = world.made("sign");
        world.next = world.made("sign");
        world.made("decrypt");
        let theirs = world.keys("bank", &["generate", "both"]);
        fs::write(world.dir.path().join("bank.asc"), &theirs.stdout).expect("a file");
        let ours = world.keys("us", &["export", &world.present]);
        fs::write(world.dir.path().join("us.asc"), &ours.stdout).expect("a file");
        let imported = world.keys("us", &["import", "acme", world.path("bank.asc").to_str().expect("text")]);
        assert!(imported.status.success(), "{imported:?}");
        let imported = world.keys("bank", &["import", "us", world.path("us.asc").to_str().expect("text")]);
        assert!(imported.status.success(), "{imported:?}");
        let config = format!(
            "[installation]\nname = \"renewing\"\nenvironment = \"test\"\ntime_zone = \"UTC\"\n\
             [[party]]\nname = \"acme\"\ntemplate = \"iso20022-bank\"\naccounts = [\"DE89370400440532013000\"]\n\
             seal = {{ own_key = \"{}\" }}\n[party.renewal]\npartner = \"ACME01\"\n\
             certificate = \"{{partner}}.PAYLOAD.IN.DAT\"\nssh = \"{{partner}}.TRANSPORT.IN.DAT\"\n\
             activate = \"{{partner}}.ACTIVATE.IN.DAT\"\n{more}\n",
            world.present
        );
        fs::write(world.path("us/bankferry.toml"), config).expect("a file");
        let once = world.call(&["once"], None);
        assert!(once.status.success(), "{once:?}");
        world
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Makes a key and gives its fingerprint.
    fn made(&self, role: &str) -> String {
        let made = self.keys("us", &["generate", role, "--json"]);
        assert!(made.status.success(), "{made:?}");
        let row: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        row["fingerprint"].as_str().expect("a fingerprint").to_string()
    }

    fn keys(&self, whose: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(self.path(whose)).arg("keys").args(arguments).env("LC_ALL", "C");
        command.output().expect("a process")
    }

    fn call(&self, arguments: &[&str], crash: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
        command.arg("--dir").arg(self.path("us")).args(arguments).env("LC_ALL", "C");
        if let Some(point) = crash {
            command.env("BANKFERRY_CRASH_AT", point);
        }
        command.output().expect("a process")
    }

    fn renew(&self, more: &[&str], crash: Option<&str>) -> (Option<i32>, String) {
        let mut arguments = vec!["keys", "renew", "acme"];
        arguments.extend(more);
        let output = self.call(&arguments, crash);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn at_bank(&self, name: &str) -> PathBuf {
        self.path("us/outbox/acme/inbox").join(name)
    }

    /// The file as the bank reads it, and who signed it.
    fn read_by_bank(&self, name: &str) -> (String, Option<String>) {
        let keys = Keys::open(&self.path("bank/state/keys")).expect("keys");
        let sealed = fs::read(self.at_bank(name)).expect("a file");
        assert!(sealed.starts_with(b"-----BEGIN PGP MESSAGE-----"));
        let (mut plain, policy) = (Vec::new(), Policy { sign: true, encrypt: true, armor: true, ..Policy::default() });
        let opened = open(&policy, &keys, "us", Clock::system().system_time(), &mut &sealed[..], &mut plain, 1 << 20);
        let opened = opened.unwrap_or_else(|e| panic!("{e}"));
        (String::from_utf8(plain).expect("text"), opened.signer)
    }

    fn is_sound(&self) {
        let verify = self.call(&["verify"], None);
        assert!(verify.status.success(), "{verify:?}");
    }
}

#[test]
fn our_next_key_reaches_the_bank_once_signed_by_the_present_one() {
    let world = Renewing::new("activation = \"<use>{fingerprint}</use>\"");
    let shown = world.call(&["keys", "renew", "acme", &world.next, "--json"], None);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(shown["name"], "ACME01.PAYLOAD.IN.DAT");
    assert_eq!((shown["signer"].as_str(), shown["step"].as_str()), (Some(world.present.as_str()), None));
    assert!(!world.at_bank("ACME01.PAYLOAD.IN.DAT").exists(), "shown and not sent");

    let (code, said) = world.renew(&[&world.next, "--send"], None);
    assert_eq!(code, Some(0), "{said}");
    let (plain, signer) = world.read_by_bank("ACME01.PAYLOAD.IN.DAT");
    let certificate = world.keys("us", &["export", &world.next]);
    assert_eq!(plain.as_bytes(), certificate.stdout);
    assert_eq!(signer.as_deref(), Some(world.present.as_str()));

    let (code, said) = world.renew(&[&world.next, "--send"], None);
    assert!(code == Some(1) && said.contains("was sent before"), "{said}");
    let (code, said) = world.renew(&[&world.next, "--send", "--again"], None);
    assert!(code == Some(1) && said.contains("lies at the bank already"), "{said}");
    fs::remove_file(world.at_bank("ACME01.PAYLOAD.IN.DAT")).expect("the bank takes it");
    assert_eq!(world.renew(&[&world.next, "--send", "--again"], None).0, Some(0));

    assert_eq!(world.renew(&[&world.next, "--activate", "--send"], None).0, Some(0));
    assert_eq!(world.read_by_bank("ACME01.ACTIVATE.IN.DAT").0, format!("<use>{}</use>", world.next));
    world.is_sound();
}

#[test]
fn a_cut_renewal_is_an_unknown_until_somebody_looks() {
    let world = Renewing::new("");
    assert_eq!(world.renew(&[&world.next, "--send"], Some("renewal sending")).0, None, "killed");
    let (code, said) = world.renew(&[&world.next, "--send"], None);
    assert!(code == Some(3) && said.contains("not known"), "{code:?} {said}");
    assert!(!world.at_bank("ACME01.PAYLOAD.IN.DAT").exists(), "an unknown is not sent again by itself");
    assert_eq!(world.renew(&[&world.next, "--send", "--again"], Some("renewal sent")).0, None, "killed");
    let (code, said) = world.renew(&[&world.next, "--send"], None);
    assert!(code == Some(0) && said.contains("lies at the bank"), "{code:?} {said}");
    world.is_sound();
}

#[test]
fn what_cannot_be_renewed_is_said_and_nothing_is_sent() {
    let world = Renewing::new("");
    let ssh = world.keys("us", &["generate", "--ssh", "acme-2027"]);
    assert!(ssh.status.success(), "{ssh:?}");
    for (arguments, code, words) in [
        (vec![world.present.as_str(), "--send"], 2, "that very key"),
        (vec!["0123", "--send"], 2, "neither an OpenPGP key"),
        (vec![world.next.as_str(), "--activate", "--send"], 2, "renewal.activation"),
        (vec![world.next.as_str(), "--send", "--as", "acme"], 1, "is a party"),
    ] {
        let (answer, said) = world.renew(&arguments, None);
        assert!(answer == Some(code) && said.contains(words), "{arguments:?}: {answer:?} {said}");
    }
    let left: Vec<_> = fs::read_dir(world.path("us/outbox/acme/inbox")).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
    let check = world.call(&["check"], None);
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(said.contains("no `renewal.activation`"), "{said}");
    assert_eq!(world.renew(&["acme-2027", "--send"], None).0, Some(0));
    assert!(world.read_by_bank("ACME01.TRANSPORT.IN.DAT").0.starts_with("ssh-ed25519 "));
}

#[test]
fn the_shipped_template_names_the_files_of_a_bank_that_renews_by_file() {
    let output = Command::new(env!("CARGO_BIN_EXE_bankferry")).args(["spec", "jpmorgan"]).env("LC_ALL", "C").output();
    let document = String::from_utf8(output.expect("a process").stdout).expect("text");
    for name in ["{partner}.PAYLOAD.IN.DAT", "{partner}.TRANSPORT.IN.DAT", "{partner}.ACTIVATE.IN.DAT"] {
        assert!(document.contains(name), "{document}");
    }
}
