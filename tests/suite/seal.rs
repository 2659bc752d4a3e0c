//! GnuPG reads what we seal, and we read what GnuPG seals.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use bankferry::clock::Clock;
use bankferry::seal::{
    Algorithm, Compression, Digest, KeyError, Keys, Owner, Policy, Role, SealError, State, Use, generate_ssh,
    is_sealed, open, seal, sign_detached,
};

/// A GnuPG home under a short path: its agent's socket has no room for a long one.
struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    /// `None`, said aloud, where there is no GnuPG.
    fn start() -> Option<Gpg> {
        if Command::new("gpg").arg("--version").output().is_err() {
            println!("skipped: `gpg` is not installed");
            return None;
        }
        let home = tempfile::Builder::new().prefix("bf").rand_bytes(4).tempdir_in("/tmp").unwrap();
        Some(Gpg { home })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(self.home.path());
        command.args(["--batch", "--yes", "--quiet", "--no-tty", "--status-fd", "2", "--trust-model", "always"]);
        command.args(["--pinentry-mode", "loopback", "--passphrase", ""]).args(arguments);
        command.env_remove("GNUPGHOME").env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs gpg on `input`; gives what it wrote and what it said.
    fn run(&self, arguments: &[&str], input: &[u8]) -> (Vec<u8>, String) {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                let _ = stdin.write_all(input);
            });
            child.wait_with_output().unwrap()
        });
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpg {arguments:?}: {said}");
        (output.stdout, said)
    }

    /// Makes a key that signs and decrypts, and exports its certificate.
    fn key(&self, name: &str, primary: &str, subkey: &str) -> Vec<u8> {
        self.run(&["--quick-gen-key", name, primary, "sign", "1y"], b"");
        let (_, listed) = self.run(&["--list-keys", name], b"");
        drop(listed);
        let (colons, _) = self.run(&["--with-colons", "--fingerprint", "--list-keys", name], b"");
        let colons = String::from_utf8(colons).unwrap();
        let fingerprint = colons.lines().find_map(|l| l.strip_prefix("fpr:::::::::")).unwrap().trim_end_matches(':');
        self.run(&["--quick-add-key", fingerprint, subkey, "encr", "1y"], b"");
        self.run(&["--export", name], b"").0
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.home.path()).args(["--kill", "all"]).output();
    }
}

/// A new key for signatures that GnuPG makes under these wishes, and its certificate.
fn weak(gpg: &Gpg, name: &str, kind: &str, wishes: &[&str]) -> Vec<u8> {
    let call = [wishes, &["--quick-gen-key", name, kind, "sign", "1y"]].concat();
    gpg.run(&call, b"");
    gpg.run(&["--export", name], b"").0
}

#[test]
fn weak_expired_and_revoked_keys_are_refused_at_import() {
    let Some(gpg) = Gpg::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut keys = Keys::open(dir.path()).unwrap();
    let state = |keys: &mut Keys, cert: &[u8]| match keys.import_party("bank", cert, now()) {
        Err(KeyError::NotUsable { keys, .. }) => keys[0].1,
        other => panic!("{other:?}"),
    };
    let wishes = ["--cert-digest-algo", "SHA1", "--allow-weak-digest-algos"];
    for (name, cert) in [
        ("dsa", weak(&gpg, "dsa", "dsa2048", &[])),
        ("rsa", weak(&gpg, "rsa", "rsa1024", &[])),
        ("sha1", weak(&gpg, "sha1", "ed25519", &wishes)),
    ] {
        assert_eq!(state(&mut keys, &cert), State::Weak, "{name}");
    }
    gpg.run(&["--quick-gen-key", "elg", "ed25519", "sign", "1y"], b"");
    let (colons, _) = gpg.run(&["--with-colons", "--fingerprint", "--list-keys", "elg"], b"");
    let colons = String::from_utf8(colons).unwrap();
    let fingerprint = colons.lines().find_map(|l| l.strip_prefix("fpr:::::::::")).unwrap().trim_end_matches(':');
    gpg.run(&["--quick-add-key", fingerprint, "elg2048", "encr", "1y"], b"");
    let taken = keys.import_party("elg", &gpg.run(&["--export", "elg"], b"").0, now()).unwrap();
    assert_eq!((taken[0].state, taken[0].uses.as_slice()), (State::Weak, &[Use::Sign, Use::Encrypt][..]));
    let sealed = seal(&policy(), &keys, "elg", now(), &mut &b"x"[..], &mut Vec::new());
    assert!(matches!(sealed, Err(SealError::Key(KeyError::NotUsable { .. }))), "its encryption key is never used");

    let good = gpg.key("good", "ed25519", "cv25519");
    let later = now() + std::time::Duration::from_secs(400 * 86_400);
    assert!(matches!(keys.import_party("bank", &good, later), Err(KeyError::NotUsable { .. })), "expired");
    assert!(Keys::open(dir.path()).unwrap().list(now()).iter().all(|key| key.owner == Owner::Party("elg".into())));
    keys.import_party("bank", &good, now()).unwrap();
    let revocations = gpg.home.path().join("openpgp-revocs.d");
    let revoked = gpg.key("gone", "ed25519", "cv25519");
    let fingerprint = keys.import_party("gone", &revoked, now()).unwrap()[0].fingerprint.clone();
    let revocation = std::fs::read_to_string(revocations.join(format!("{fingerprint}.rev"))).unwrap();
    gpg.run(&["--import"], revocation.replace(":-----BEGIN", "-----BEGIN").as_bytes());
    let revoked = gpg.run(&["--export", "gone"], b"").0;
    assert_eq!(state(&mut keys, &revoked), State::Revoked);
    assert_eq!(keys.import_party("gone", &revoked, now()).unwrap()[0].state, State::Revoked, "a known one is revoked");
    // What is known already is merged whatever its state: a revocation must come in.
    keys.import_party("bank", &good, later).unwrap();
}

fn policy() -> Policy {
    Policy { sign: false, ..Policy::default() }
}

fn now() -> SystemTime {
    // GnuPG judges by the machine's clock, so this test must, too.
    Clock::system().system_time()
}

fn ours(dir: &Path, gpg: &Gpg, algorithm: Algorithm) -> Keys {
    let mut keys = Keys::open(dir).unwrap();
    for role in [Role::Sign, Role::Decrypt] {
        keys.generate(role, &format!("our {role}"), algorithm, 30, now()).unwrap();
        gpg.run(&["--import"], keys.export(role, now()).unwrap().as_bytes());
    }
    keys
}

fn sealed(policy: &Policy, keys: &Keys, party: &str, plain: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    seal(policy, keys, party, now(), &mut Cursor::new(plain), &mut bytes).unwrap();
    is_sealed(policy, &mut &bytes[..]).unwrap();
    bytes
}

fn opened(policy: &Policy, keys: &Keys, party: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut plain = Vec::new();
    // GnuPG's signature may be of this very second.
    open(policy, keys, party, now(), &mut &bytes[..], &mut plain, 100 << 20).map(|_| plain)
}

const PLAIN: &[u8] = "付款 100.00 CNY\r\nto somebody\n".as_bytes();

fn both_ways(primary: &str, subkey: &str, algorithm: Algorithm) {
    let Some(gpg) = Gpg::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut keys = ours(&dir.path().join("keys"), &gpg, algorithm);
    let certificate = gpg.key("bank", primary, subkey);
    keys.import_party("bank", &certificate, now()).unwrap();
    gpg_reads_ours(&gpg, &keys);
    we_read_gpgs(&gpg, &keys);
}

fn gpg_reads_ours(gpg: &Gpg, keys: &Keys) {
    for armor in [false, true] {
        for (compression, digest) in [(Compression::None, Digest::Sha256), (Compression::Zlib, Digest::Sha512)] {
            for (sign, encrypt) in [(true, true), (true, false), (false, true)] {
                let policy = Policy { sign, encrypt, armor, compression, digest, ..Policy::default() };
                let (plain, said) = gpg.run(&["--decrypt"], &sealed(&policy, keys, "bank", PLAIN));
                assert_eq!(plain, PLAIN, "{policy:?}");
                assert_eq!(said.contains("GOODSIG"), sign, "{policy:?}: {said}");
                assert_eq!(said.contains("GOODMDC"), encrypt, "{policy:?}: {said}");
                let file = "PLAINTEXT 62 0 \n";
                assert!(said.contains(file), "no file name and no date leave the house: {said}");
            }
        }
    }
}

fn we_read_gpgs(gpg: &Gpg, keys: &Keys) {
    let compressed = Policy { accept_compressed: true, ..Policy::default() };
    let (to_us, by_bank) = (["--recipient", "our decrypt", "--encrypt"], ["--local-user", "bank", "--sign"]);
    let both = [&by_bank[..], &to_us[..]].concat();
    let run = |more: &[&str], arguments: &[&str]| gpg.run(&[more, arguments].concat(), PLAIN).0;
    for form in [&["--armor"][..], &["--no-armor"]] {
        let plain = run(&[form, &["-z", "0"]].concat(), &both);
        assert_eq!(opened(&Policy::default(), keys, "bank", &plain).unwrap(), PLAIN);
        let packed = run(form, &both);
        assert_eq!(opened(&compressed, keys, "bank", &packed).unwrap(), PLAIN);
        assert!(matches!(opened(&Policy::default(), keys, "bank", &packed), Err(SealError::Compressed)));
        for algorithm in ["zip", "zlib", "bzip2"] {
            let packed = run(&[form, &["--compress-algo", algorithm]].concat(), &both);
            assert_eq!(opened(&compressed, keys, "bank", &packed).unwrap(), PLAIN, "{algorithm}");
        }
    }
    let unsigned = run(&[], &to_us);
    assert!(matches!(opened(&compressed, keys, "bank", &unsigned), Err(SealError::Unsigned)));
    let readable = run(&[], &by_bank);
    assert!(matches!(opened(&compressed, keys, "bank", &readable), Err(SealError::NotEncrypted)));
    assert_eq!(opened(&Policy { encrypt: false, ..compressed.clone() }, keys, "bank", &readable).unwrap(), PLAIN);
    let clear = run(&[], &["--local-user", "bank", "--clear-sign"]);
    assert!(matches!(opened(&compressed, keys, "bank", &clear), Err(SealError::ClearSigned)));
    let hidden = run(&["--throw-keyids"], &both);
    assert_eq!(opened(&compressed, keys, "bank", &hidden).unwrap(), PLAIN);
    let old_cipher = run(&["--cipher-algo", "CAST5"], &both);
    assert!(matches!(opened(&compressed, keys, "bank", &old_cipher), Err(SealError::Cipher { .. })));
    let old_digest = run(&["--digest-algo", "SHA1"], &both);
    assert!(matches!(opened(&compressed, keys, "bank", &old_digest), Err(SealError::WeakSignature { .. })));
    let without_mdc = run(&["--rfc2440"], &both);
    assert!(opened(&compressed, keys, "bank", &without_mdc).is_err());
    let passphrase = run(&["--passphrase", "x", "--symmetric"], &[]);
    assert!(matches!(opened(&compressed, keys, "bank", &passphrase), Err(SealError::PassphraseOnly)));
}

#[test]
fn gnupg_with_curves_both_ways() {
    both_ways("ed25519", "cv25519", Algorithm::Curve25519);
}

#[test]
fn gnupg_with_rsa_both_ways() {
    both_ways("rsa2048", "rsa2048", Algorithm::Curve25519);
}

/// Making RSA keys of ours takes many seconds: `cargo test --test suite -- --ignored rsa`.
#[test]
#[ignore = "takes many seconds"]
fn our_own_rsa_keys_both_ways() {
    both_ways("rsa4096", "rsa4096", Algorithm::Rsa4096);
}

#[test]
fn gnupg_checks_our_detached_signature() {
    let Some(gpg) = Gpg::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut keys = Keys::open(dir.path()).unwrap();
    keys.generate(Role::Audit, "audit", Algorithm::Curve25519, 30, now()).unwrap();
    gpg.run(&["--import"], keys.export(Role::Audit, now()).unwrap().as_bytes());
    let signature = dir.path().join("checkpoint.asc");
    let text = sign_detached(&keys, Role::Audit, now(), b"checkpoint").unwrap();
    std::fs::File::create(&signature).unwrap().write_all(text.as_bytes()).unwrap();
    let (_, said) = gpg.run(&["--verify", signature.to_str().unwrap(), "-"], b"checkpoint");
    assert!(said.contains("GOODSIG"), "{said}");
}

#[test]
fn a_key_from_gnupg_becomes_ours() {
    let Some(gpg) = Gpg::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    gpg.key("company", "ed25519", "cv25519");
    let (secret, _) = gpg.run(&["--export-secret-keys", "company"], b"");
    let mut keys = Keys::open(&dir.path().join("keys")).unwrap();
    keys.import_own(Role::Both, &secret, now()).unwrap();
    let (to_us, _) = gpg.run(&["-z", "0", "--recipient", "company", "--encrypt"], PLAIN);
    let encrypted = Policy { sign: false, ..Policy::default() };
    assert_eq!(opened(&encrypted, &keys, "bank", &to_us).unwrap(), PLAIN);
    let signed = Policy { encrypt: false, ..Policy::default() };
    let (_, said) = gpg.run(&["--verify"], &sealed(&signed, &keys, "bank", PLAIN));
    assert!(said.contains("GOODSIG"), "{said}");
}

fn openssh_signs_with(algorithm: Algorithm) {
    let dir = tempfile::tempdir().unwrap();
    let made = generate_ssh(dir.path(), "bank", "test", algorithm).unwrap();
    let (secret, data) = (made.file.to_str().unwrap(), dir.path().join("data"));
    std::fs::File::create(&data).unwrap().write_all(b"data").unwrap();
    let ran = |arguments: &[&str]| Command::new("ssh-keygen").args(arguments).stdin(Stdio::null()).output();
    let Ok(listed) = ran(&["-l", "-f", secret]) else {
        println!("skipped: `ssh-keygen` is not installed");
        return;
    };
    assert!(String::from_utf8_lossy(&listed.stdout).contains(&made.fingerprint), "{listed:?}");
    let public = ran(&["-y", "-f", secret]).unwrap();
    assert_eq!(String::from_utf8_lossy(&public.stdout).trim(), made.public);
    // Signing uses every number of the key, the primes too.
    let signed = ran(&["-Y", "sign", "-n", "test", "-f", secret, data.to_str().unwrap()]).unwrap();
    assert!(signed.status.success(), "{signed:?}");
    let signature = dir.path().join("data.sig");
    let mut check = Command::new("ssh-keygen");
    check.args(["-Y", "check-novalidate", "-n", "test", "-s", signature.to_str().unwrap()]);
    let checked = check.stdin(std::fs::File::open(&data).unwrap()).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn openssh_takes_our_ssh_keys() {
    openssh_signs_with(Algorithm::Curve25519);
}

/// Making an RSA key takes seconds.
#[test]
#[ignore = "takes seconds"]
fn openssh_takes_our_rsa_keys() {
    openssh_signs_with(Algorithm::Rsa3072);
}

/// The largest resident size this process ever had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Alone, because it looks at the whole process: `cargo test --test suite -- --ignored --nocapture constant_memory`.
#[test]
#[ignore = "large; looks at the whole process"]
fn sealing_and_opening_need_constant_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut keys = Keys::open(dir.path()).unwrap();
    for role in [Role::Sign, Role::Decrypt] {
        keys.generate(role, "us", Algorithm::Curve25519, 30, now()).unwrap();
        let certificate = keys.export(role, now()).unwrap();
        keys.import_party("us", certificate.as_bytes(), now()).unwrap();
    }
    let before = peak();
    let size: u64 = 200 << 20;
    for armor in [false, true] {
        let policy = Policy { armor, ..Policy::default() };
        let mut file = tempfile::tempfile().unwrap();
        let start = std::time::Instant::now();
        seal(&policy, &keys, "us", now(), &mut io::repeat(b'x').take(size), &mut file).unwrap();
        let after_seal = (peak(), start.elapsed());
        io::Seek::rewind(&mut file).unwrap();
        is_sealed(&policy, &mut file).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let start = std::time::Instant::now();
        let opened = open(&policy, &keys, "us", now(), &mut file, &mut io::sink(), size).unwrap();
        assert_eq!(opened.bytes, size);
        println!(
            "armor {armor}: peak {before} MiB before, seal {after_seal:?}, open {} MiB {:?}",
            peak(),
            start.elapsed()
        );
        assert!(peak() < before + 64, "{} MiB", peak());
    }
}
