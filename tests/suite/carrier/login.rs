//! Ways to log in, and what a refusal says.

use std::fs;

use bankferry::carrier::sftp::{Offer, Sftp, SftpSettings};
use bankferry::carrier::{Carrier, ErrorKind};
use bankferry::words::{Explain, Remedy};

use super::beds::{OpenSsh, SandboxBed, has_keygen, keygen};
use super::kind;

fn enters(settings: SftpSettings) {
    Sftp::connect(settings).list("", 1).unwrap();
}

/// The sentence of a login that fails for a cause that a person must remove.
fn fails(settings: SftpSettings) -> String {
    let error = Sftp::connect(settings).list("", 1).unwrap_err();
    assert_eq!((error.kind(), error.remedy()), (ErrorKind::Login, Remedy::Person), "{error}");
    error.to_string()
}

#[test]
fn openssh_takes_every_kind_of_key_with_and_without_passphrase() {
    let Some(server) = OpenSsh::start("") else { return };
    let passphrase = server.path("passphrase");
    super::beds::put_file(&passphrase, b"open sesame\n");
    let kinds: [(&str, &[&str]); 4] = [
        ("ed25519", &[]),
        ("ecdsa", &["-b", "384"]),
        ("rsa", &["-b", "2048"]),
        // The older PEM form, which many partners still hand out.
        ("rsa", &["-b", "2048", "-m", "PEM"]),
    ];
    for (n, (kind, more)) in kinds.into_iter().enumerate() {
        for secret in ["", "open sesame"] {
            let name = format!("{kind}{n}{}", secret.len());
            let mut settings = server.settings();
            settings.key_file = Some(server.user_key(&name, &[&["-t", kind], more].concat(), secret));
            settings.key_passphrase_file = (!secret.is_empty()).then(|| passphrase.clone());
            println!("key {name}");
            enters(settings);
        }
    }
}

#[test]
fn a_key_that_cannot_be_opened_says_why() {
    let Some(server) = OpenSsh::start("") else { return };
    let mut settings = server.settings();
    settings.key_file = Some(server.user_key("locked", &["-t", "ed25519"], "open sesame"));
    assert!(fails(settings.clone()).contains("protected by a passphrase"));

    let wrong = server.path("wrong");
    super::beds::put_file(&wrong, b"open barley\n");
    settings.key_passphrase_file = Some(wrong);
    assert!(fails(settings.clone()).contains("passphrase does not open it"));

    let broken = server.path("broken");
    super::beds::put_file(&broken, b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
    settings.key_file = Some(broken);
    assert!(fails(settings.clone()).contains("not understood"));

    settings.key_file = Some(server.path("nothing"));
    assert!(fails(settings).contains("cannot be read"));
}

#[test]
fn a_key_the_server_does_not_know_is_a_refused_login() {
    let Some(server) = OpenSsh::start("") else { return };
    let key = server.path("stranger");
    keygen(&["-t", "ed25519", "-N", "", "-f", &key.display().to_string()]);
    let mut settings = server.settings();
    settings.key_file = Some(key);
    let said = fails(settings);
    assert!(said.contains("was not accepted"), "{said}");
}

#[test]
fn the_practice_bank_takes_ed25519_and_ecdsa_keys() {
    if !has_keygen() {
        println!("skipped: no ssh-keygen on this machine");
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    for kind in ["ed25519", "ecdsa"] {
        let path = keys.path().join(kind);
        keygen(&["-t", kind, "-N", "", "-f", &path.display().to_string()]);
        let line = fs::read_to_string(path.with_extension("pub")).unwrap();
        let bed = SandboxBed::with(|settings| {
            settings.users[0].password = None;
            settings.users[0].keys.push(line);
        });
        let mut settings = bed.settings();
        (settings.password_file, settings.key_file) = (None, Some(path));
        enters(settings);
        assert!(bed.server.log().contains(&"login acme accepted".to_owned()));
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let bed = SandboxBed::new();
    let mut settings = bed.settings();
    settings.password_file = Some(bed.secret("wrong", "battery staple"));
    assert!(fails(settings).contains("password was not accepted"));
    assert_eq!(bed.server.log(), ["login acme refused"]);
}

#[test]
fn questions_are_answered_with_the_password() {
    let bed = SandboxBed::with(|settings| settings.users[0].asks = true);
    let mut settings = bed.settings();
    assert_eq!(kind(Sftp::connect(settings.clone()).list("", 1)), ErrorKind::Login);
    settings.keyboard_interactive = true;
    enters(settings);
}

#[test]
fn a_carrier_without_a_way_to_log_in_says_so() {
    let bed = SandboxBed::new();
    let mut settings = bed.settings();
    settings.password_file = None;
    assert!(fails(settings).contains("no way to log in"));
    assert!(bed.server.log().is_empty());
}

#[test]
fn algorithms_can_be_narrowed_to_what_a_bank_prescribes() {
    let Some(server) = OpenSsh::start("KexAlgorithms diffie-hellman-group-exchange-sha256\nCiphers aes256-ctr") else {
        return;
    };
    let mut settings = server.settings();
    settings.algorithms.kex = vec!["diffie-hellman-group-exchange-sha256".to_owned()];
    settings.algorithms.macs = vec!["hmac-sha2-512".to_owned()];
    let mut carrier = Sftp::connect(settings.clone());
    let algorithms = carrier.abilities().unwrap().algorithms;
    let told = |what: &str| algorithms.iter().find(|(name, _)| name == what).map(|(_, algorithm)| algorithm.as_str());
    assert_eq!(told("kex"), Some("diffie-hellman-group-exchange-sha256"));
    assert_eq!((told("cipher-out"), told("mac-out")), (Some("aes256-ctr"), Some("hmac-sha2-512")));

    let offer = Offer::ask(&settings).unwrap();
    assert_eq!(offer.ciphers, ["aes256-ctr"]);
    assert!(offer.software.contains("OpenSSH") && offer.host_key.contains(&"ssh-ed25519".to_owned()), "{offer:?}");

    settings.algorithms.ciphers = vec!["aes128-gcm@openssh.com".to_owned()];
    assert_eq!(kind(Sftp::connect(settings.clone()).list("", 1)), ErrorKind::Unsupported);
    settings.algorithms.ciphers = vec!["rot13".to_owned()];
    assert_eq!(kind(Sftp::connect(settings).list("", 1)), ErrorKind::Unsupported);
}

#[test]
fn the_offer_of_the_practice_bank_can_be_asked_for() {
    let bed = SandboxBed::new();
    let offer = Offer::ask(&bed.settings()).unwrap();
    assert_eq!(offer.host_key, ["ssh-ed25519"]);
    assert!(bed.server.log().is_empty());
    let mut settings = bed.settings();
    settings.port = 9;
    assert_eq!(kind(Offer::ask(&settings)), ErrorKind::Connect);
}
