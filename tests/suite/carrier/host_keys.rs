//! The server's identity: pinned, never learned by looking.

use bankferry::carrier::sftp::{Sftp, SftpSettings};
use bankferry::carrier::{Carrier, CarrierError, ErrorKind};
use bankferry::words::Explain;

use super::beds::{OpenSsh, SandboxBed, keygen};

const OTHER: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The refusal of a server whose key is not right; nothing secret was sent to it.
fn refused(bed: &SandboxBed, settings: SftpSettings) -> CarrierError {
    let before = bed.server.log().len();
    let error = Sftp::connect(settings).list("", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostKey);
    assert_eq!(bed.server.log().len(), before, "no login was tried");
    error
}

#[test]
fn without_a_pin_nothing_is_sent_and_the_fingerprint_is_shown_for_comparison() {
    let bed = SandboxBed::new();
    let mut settings = bed.settings();
    settings.host_keys.clear();
    let error = refused(&bed, settings);
    assert!(error.to_string().contains(&bed.server.host_key_fingerprint()));
    assert!(error.hints()[0].en.contains("compare"));
}

#[test]
fn a_changed_key_stops_the_connection_and_names_both() {
    let bed = SandboxBed::new();
    let settings = bed.settings();
    let pinned = bed.server.host_key_fingerprint();
    let mut carrier = Sftp::connect(settings.clone());
    carrier.list("", 1).unwrap();
    let shown = bed.server.change_host_key().unwrap();
    assert_ne!(pinned, shown);
    let said = refused(&bed, settings).to_string();
    assert!(said.contains(&pinned) && said.contains(&shown), "{said}");
    // The connection that was made before goes on; a new one is refused.
    carrier.list("", 1).unwrap();
    carrier.close();
    assert_eq!(carrier.list("", 1).unwrap_err().kind(), ErrorKind::HostKey);
}

#[test]
fn the_next_key_may_be_pinned_beside_the_current_one() {
    let bed = SandboxBed::new();
    let mut settings = bed.settings();
    let next = bed.server.change_host_key().unwrap();
    settings.host_keys.push(next.parse().unwrap());
    Sftp::connect(settings.clone()).list("", 1).unwrap();
    settings.host_keys.insert(0, OTHER.parse().unwrap());
    Sftp::connect(settings).list("", 1).unwrap();
}

#[test]
fn the_host_key_is_kept_between_runs_of_the_practice_bank() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("host_key");
    let first = SandboxBed::with(|settings| settings.host_key_file = Some(file.clone()));
    let second = SandboxBed::with(|settings| settings.host_key_file = Some(file.clone()));
    assert_eq!(first.server.host_key_fingerprint(), second.server.host_key_fingerprint());
}

#[test]
fn a_known_hosts_file_pins_hashed_or_not() {
    let Some(server) = OpenSsh::start("") else { return };
    let mut settings = server.settings();
    settings.host_keys.clear();
    let known = server.path("known_hosts");
    settings.known_hosts = Some(known.clone());
    let line = format!("[127.0.0.1]:{} {}", settings.port, server.host_key_line("ed25519"));

    super::beds::put_file(&known, line.as_bytes());
    Sftp::connect(settings.clone()).list("", 1).unwrap();

    keygen(&["-H", "-f", &known.display().to_string()]);
    assert!(std::fs::read_to_string(&known).unwrap().starts_with("|1|"));
    Sftp::connect(settings.clone()).list("", 1).unwrap();

    super::beds::put_file(&known, format!("{line}@revoked * {}", server.host_key_line("ed25519")).as_bytes());
    let error = Sftp::connect(settings.clone()).list("", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostKey);
    assert!(error.to_string().contains("revoked"));

    super::beds::put_file(
        &known,
        server.host_key_line("ed25519").replace("ssh-ed25519", "[127.0.0.1]:1 ssh-ed25519").as_bytes(),
    );
    assert_eq!(Sftp::connect(settings.clone()).list("", 1).unwrap_err().kind(), ErrorKind::HostKey);

    settings.known_hosts = Some(server.path("nothing"));
    assert_eq!(Sftp::connect(settings).list("", 1).unwrap_err().kind(), ErrorKind::HostKey);
}

#[test]
fn the_type_of_the_pin_decides_which_of_the_servers_keys_is_asked_for() {
    let Some(server) = OpenSsh::start("") else { return };
    for kind in ["ed25519", "rsa"] {
        let mut settings = server.settings();
        settings.host_keys = vec![server.host_key_line(kind).parse().unwrap()];
        let abilities = Sftp::connect(settings).abilities().unwrap();
        let host_key = abilities.algorithms.iter().find(|(what, _)| what == "host-key").unwrap();
        assert!(host_key.1.contains(kind), "{abilities:?}");
    }
}
