//! Which key is used when, what is refused, and what lies on the disk.

#![allow(clippy::disallowed_methods, reason = "tests arrange files as they need them")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use sequoia_openpgp::Cert;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::ReasonForRevocation;

use super::*;

fn state(keys: &Keys, when: SystemTime) -> State {
    keys.list(when)[0].state
}

fn seal_with(policy: &Policy, keys: &Keys, when: SystemTime) -> Result<Sealed, SealError> {
    seal(policy, keys, "bank", when, &mut &b"x"[..], &mut Vec::new())
}

#[test]
fn a_key_lives_from_its_first_to_its_last_second() {
    let (mut ours, _dir) = keys();
    ours.generate(Role::Sign, "we", Algorithm::Curve25519, 365, at()).unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(state(&ours, at() - second), State::NotYetValid);
    assert_eq!(state(&ours, at()), State::Valid);
    assert_eq!(state(&ours, at() + days(275)), State::Expiring(90));
    assert_eq!(state(&ours, at() + days(365) - second), State::Expiring(0));
    assert_eq!(state(&ours, at() + days(365)), State::Expired);
}

#[test]
fn alarms_name_a_key_at_ninety_thirty_seven_and_one_days() {
    let (mut ours, _dir) = keys();
    ours.generate(Role::Sign, "we", Algorithm::Curve25519, 365, at()).unwrap();
    let mark = |left: u64| ours.alarms(at() + days(365 - left)).first().map(|alarm| alarm.mark);
    let marks: Vec<_> = [91, 90, 31, 30, 8, 7, 2, 1].map(mark).to_vec();
    assert_eq!(marks, [None, Some(90), Some(90), Some(30), Some(30), Some(7), Some(7), Some(1)]);
    assert_eq!(ours.alarms(at() + days(365))[0].mark, 0);
    assert!(!ours.alarms(at() + days(365))[0].replaced);
    ours.generate(Role::Sign, "we", Algorithm::Curve25519, 365, at() + days(300)).unwrap();
    assert!(ours.alarms(at() + days(364))[0].replaced);
}

#[test]
fn dead_keys_of_the_party_are_refused_by_name() {
    let p = pair_for(120);
    assert!(seal_with(&policy(), &p.we, at() + days(19)).is_ok());
    let error = seal_with(&encrypted_only(), &p.we, at() + days(20)).unwrap_err();
    let SealError::Key(KeyError::NotUsable { owner, purpose: Use::Encrypt, keys }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*owner, Owner::Party("bank".to_owned()));
    assert!(keys.iter().any(|(_, state)| *state == State::Expired));
    assert!(error.what().en.contains(&keys[0].0), "{}", error.what());
    assert!(error.hints()[0].en.contains("keys import bank FILE"));
    refused!(seal_with(&signed_only(), &p.we, at() + days(20)), SealError::Key(KeyError::NotUsable { .. }));
    refused!(seal_with(&policy(), &p.we, at() - days(101)), SealError::Key(KeyError::NotUsable { .. }));
}

#[test]
fn without_keys_nothing_is_sealed_or_believed() {
    let (nothing, _dir) = keys();
    refused!(seal_with(&policy(), &nothing, at()), SealError::Key(KeyError::Missing { .. }));
    refused!(seal_with(&signed_only(), &nothing, at()), SealError::Key(KeyError::Missing { .. }));
    let p = pair();
    let bytes = sealed(&policy(), &p.we, "bank", b"x");
    refused!(opened(&policy(), &nothing, "we", &bytes), SealError::Key(KeyError::Missing { .. }));
    refused!(opened(&encrypted_only(), &nothing, "we", &bytes), SealError::WrongRecipient { .. });
}

fn revoked(cert: &Cert, reason: ReasonForRevocation) -> Vec<u8> {
    let mut signer = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let builder = sequoia_openpgp::cert::CertRevocationBuilder::new();
    let builder = builder.set_reason_for_revocation(reason, b"").unwrap();
    let signature = builder.set_signature_creation_time(at()).unwrap().build(&mut signer, cert, None).unwrap();
    cert.clone().insert_packets(signature).unwrap().0.armored().to_vec().unwrap()
}

fn secret_cert(keys: &Keys, role: Role) -> Cert {
    let folder = keys.dir().join("own");
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let file = files.find(|file| file.file_name().to_string_lossy().starts_with(role.name())).unwrap();
    Cert::from_bytes(&fs::read(file.path()).unwrap()).unwrap()
}

#[test]
fn a_revocation_that_comes_later_counts() {
    let mut p = pair();
    let bytes = sealed_at(&policy(), &p.we, "bank", b"x", at() - days(1));
    assert!(opened(&policy(), &p.bank, "we", &bytes).is_ok());
    let stolen = revoked(&secret_cert(&p.we, Role::Sign), ReasonForRevocation::KeyCompromised);
    p.bank.import_party("we", &stolen, at()).unwrap();
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Signer { state: State::Revoked, .. });
    let gone = revoked(&secret_cert(&p.bank, Role::Decrypt), ReasonForRevocation::KeyRetired);
    p.we.import_party("bank", &gone, at()).unwrap();
    refused!(seal_with(&policy(), &p.we, at()), SealError::Key(KeyError::NotUsable { .. }));
    // Read again from the disk, it is the same: the update lies beside the first file.
    let again = Keys::open(p.we.dir()).unwrap();
    refused!(seal_with(&policy(), &again, at()), SealError::Key(KeyError::NotUsable { .. }));
}

#[test]
fn the_newest_valid_key_of_the_party_is_used_and_a_pin_overrides() {
    let mut p = pair();
    let first = seal_with(&policy(), &p.we, at()).unwrap().recipients;
    let next = p.bank.generate(Role::Decrypt, "bank", Algorithm::Curve25519, 730, at()).unwrap();
    let cert = p.bank.export_fingerprint(&next.fingerprint).unwrap();
    p.we.import_party("bank", cert.as_bytes(), at()).unwrap();
    assert_eq!(seal_with(&policy(), &p.we, at()).unwrap().recipients, std::slice::from_ref(&next.fingerprint));
    let pinned = Policy { party_key: Some(first[0].to_lowercase()), ..policy() };
    assert_eq!(seal_with(&pinned, &p.we, at()).unwrap().recipients, first);
    // Both are read.
    for policy in [policy(), pinned] {
        let bytes = sealed(&policy, &p.we, "bank", b"x");
        assert!(opened(&policy, &p.bank, "we", &bytes).is_ok());
    }
    p.we.retire(&next.fingerprint, at()).unwrap();
    assert_eq!(seal_with(&policy(), &p.we, at()).unwrap().recipients, first);
    let nowhere = Policy { party_key: Some("00".repeat(20)), ..policy() };
    refused!(seal_with(&nowhere, &p.we, at()), SealError::Key(KeyError::PinNotFound { .. }));
}

#[test]
fn a_new_key_of_ours_waits_until_the_old_one_is_retired() {
    let mut p = pair();
    let old = seal_with(&policy(), &p.we, at()).unwrap().signer.unwrap();
    let new = p.we.generate(Role::Sign, "we", Algorithm::Curve25519, 730, at()).unwrap().fingerprint;
    assert_eq!(seal_with(&policy(), &p.we, at()).unwrap().signer.unwrap(), old);
    let pinned = Policy { own_key: Some(new.clone()), ..policy() };
    assert_eq!(seal_with(&pinned, &p.we, at()).unwrap().signer.unwrap(), new);
    p.we.retire(&old, at()).unwrap();
    assert_eq!(seal_with(&policy(), &p.we, at()).unwrap().signer.unwrap(), new);
    assert_eq!(p.we.export(Role::Sign, at()).unwrap(), p.we.export_fingerprint(&new).unwrap());
}

#[test]
fn our_retired_and_expired_keys_still_read_old_files() {
    let mut p = pair_for(120);
    let bytes = sealed(&policy(), &p.we, "bank", b"old file");
    let mine: Vec<_> = p.bank.list(at()).into_iter().filter(|k| matches!(k.owner, Owner::Own(_))).collect();
    for key in mine {
        p.bank.retire(&key.fingerprint, at()).unwrap();
    }
    assert!(opened_at(&policy(), &p.bank, "we", &bytes, at() + days(5)).is_ok());
    assert!(opened_at(&encrypted_only(), &p.bank, "we", &bytes, at() + days(500)).is_ok());
}

#[test]
fn a_retired_key_of_the_party_is_believed_only_for_what_was_on_its_way() {
    let mut p = pair();
    let before = sealed_at(&policy(), &p.we, "bank", b"x", at() - days(1));
    let after = sealed_at(&policy(), &p.we, "bank", b"x", at() + days(1));
    let signer = p.we.list(at()).into_iter().find(|k| k.owner == Owner::Own(Role::Sign)).unwrap();
    p.bank.retire(&signer.fingerprint, at()).unwrap();
    let open_on = |bytes: &[u8], day| opened_at(&policy(), &p.bank, "we", bytes, at() + days(day));
    assert!(open_on(&before, 2).is_ok());
    refused!(open_on(&before, 20), SealError::Signer { state: State::Retired, .. });
    refused!(open_on(&after, 2), SealError::Signer { state: State::Retired, .. });
}

#[test]
fn one_key_for_both_uses() {
    let mut p = pair();
    let both = p.bank.generate(Role::Both, "bank", Algorithm::Curve25519, 730, at()).unwrap();
    assert_eq!(both.uses, [Use::Sign, Use::Encrypt]);
    p.we.import_party("one", p.bank.export(Role::Both, at()).unwrap().as_bytes(), at()).unwrap();
    let out = sealed(&policy(), &p.we, "one", b"x");
    assert!(opened(&policy(), &p.bank, "we", &out).is_ok());
    let pinned = Policy { own_key: Some(both.fingerprint), ..policy() };
    let back = sealed(&pinned, &p.bank, "we", b"y");
    assert_eq!(opened(&policy(), &p.we, "one", &back).unwrap(), b"y");
}

#[test]
fn secret_files_are_ours_alone() {
    let p = pair();
    let folder = p.we.dir().join("own");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "no part is left behind: {files:?}");
    for file in &files {
        assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    assert_eq!(Keys::open(p.we.dir()).unwrap().list(at()), p.we.list(at()));
    fs::set_permissions(&files[0], fs::Permissions::from_mode(0o640)).unwrap();
    refused!(Keys::open(p.we.dir()), KeyError::Mode { mode: 0o640, .. });
    fs::set_permissions(&files[0], fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Keys::open(p.we.dir()).is_ok());
    let elsewhere = folder.join(format!("sign-{}.pgp", "0".repeat(40)));
    fs::copy(&files[1], &elsewhere).unwrap();
    refused!(Keys::open(p.we.dir()), KeyError::Foreign { .. });
}

#[test]
fn a_key_that_the_disk_does_not_show_is_not_one_that_we_do_not_have() {
    let p = pair();
    let file = fs::read_dir(p.we.dir().join("own")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(file.file_name().unwrap(), &file).unwrap();
    let error = Keys::open(p.we.dir()).expect_err("a link that leads to itself");
    assert!(error.what().en.starts_with(&format!("`{}` cannot be looked at", file.display())), "{error}");
}

#[test]
fn nothing_is_overwritten() {
    let mut p = pair();
    let secret = secret_cert(&p.we, Role::Sign).as_tsk().to_vec().unwrap();
    refused!(p.we.import_own(Role::Sign, &secret, at()), KeyError::Exists { .. });
    let cert = p.bank.export(Role::Sign, at()).unwrap();
    let folder = p.we.dir().join("party/bank");
    let count = || fs::read_dir(&folder).unwrap().count();
    assert_eq!(count(), 2);
    p.we.import_party("bank", cert.as_bytes(), at()).unwrap();
    assert_eq!(count(), 2, "the same bytes are not kept twice");
}

#[test]
fn imports_are_looked_at() {
    let mut p = pair();
    let secret = secret_cert(&p.bank, Role::Sign);
    let tsk = secret.as_tsk().armored().to_vec().unwrap();
    refused!(p.we.import_party("bank", &tsk, at()), KeyError::Secret { .. });
    for junk in [&b""[..], b"junk", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", &noise(100)] {
        refused!(p.we.import_party("bank", junk, at()), KeyError::NotACertificate { .. });
    }
    let cert = secret.armored().to_vec().unwrap();
    for name in ["", "..", ".hidden", "a/b", "a b", "a\n"] {
        refused!(p.we.import_party(name, &cert, at()), KeyError::Name { .. });
    }
    p.we.import_party("招商银行", &cert, at()).unwrap();
    refused!(p.we.import_own(Role::Sign, &cert, at()), KeyError::NoSecret { .. });
    refused!(p.we.import_own(Role::Decrypt, &tsk, at()), KeyError::NotUsable { .. });
    p.we.import_own(Role::Sign, &tsk, at()).unwrap();
    refused!(p.we.generate(Role::Sign, "we", Algorithm::Curve25519, 0, at()), KeyError::Validity { days: 0 });
    refused!(p.we.generate(Role::Sign, " ", Algorithm::Curve25519, 1, at()), KeyError::Name { .. });
}

#[test]
fn a_passphrase_locks_our_keys_and_opens_them_once() {
    let (ours, dir) = keys();
    let file = dir.path().join("keys/passphrase");
    fs::create_dir_all(ours.dir()).unwrap();
    fs::write(&file, "correct horse\r\nsecond line\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    refused!(Keys::open(ours.dir()), KeyError::Mode { .. });
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let mut ours = Keys::open(ours.dir()).unwrap();
    ours.generate(Role::Audit, "we", Algorithm::Curve25519, 10, at()).unwrap();
    assert!(
        secret_cert(&ours, Role::Audit)
            .primary_key()
            .key()
            .clone()
            .parts_into_secret()
            .unwrap()
            .secret()
            .is_encrypted()
    );
    assert!(sign_detached(&ours, Role::Audit, at(), b"x").is_ok());
    let elsewhere = dir.path().join("credential");
    fs::rename(&file, &elsewhere).unwrap();
    let locked = Keys::open(ours.dir()).unwrap();
    refused!(sign_detached(&locked, Role::Audit, at(), b"x"), SealError::Key(KeyError::Locked { .. }));
    assert!(sign_detached(&locked.unlock_with(&elsewhere).unwrap(), Role::Audit, at(), b"x").is_ok());
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&elsewhere, "wrong").unwrap();
    let wrong = Keys::open(ours.dir()).unwrap().unlock_with(&elsewhere).unwrap();
    refused!(sign_detached(&wrong, Role::Audit, at(), b"x"), SealError::Key(KeyError::Passphrase { .. }));
    assert!(!format!("{ours:?} {wrong:?}").contains("horse"));
}

#[test]
fn every_error_about_keys_speaks_both_languages() {
    let path = || "/keys/x".into();
    let fingerprint = || "AB".repeat(20);
    let owner = || Owner::Party("bank".to_owned());
    let keys = vec![(fingerprint(), State::Expired), (fingerprint(), State::Weak)];
    let all = [
        KeyError::Disk { path: path(), source: io::ErrorKind::PermissionDenied.into() },
        KeyError::Mode { path: path(), mode: 0o644 },
        KeyError::Foreign { path: path() },
        KeyError::Exists { path: path() },
        KeyError::NotACertificate { why: "no".to_owned() },
        KeyError::Secret { fingerprint: fingerprint() },
        KeyError::NoSecret { fingerprint: fingerprint() },
        KeyError::Name { name: "/".to_owned() },
        KeyError::Validity { days: 0 },
        KeyError::Missing { owner: owner() },
        KeyError::NotUsable { owner: owner(), purpose: Use::Encrypt, keys },
        KeyError::PinNotFound { owner: owner(), fingerprint: fingerprint() },
        KeyError::Locked { fingerprint: fingerprint() },
        KeyError::Passphrase { fingerprint: fingerprint() },
        KeyError::Unknown { fingerprint: fingerprint() },
    ];
    for error in all {
        let what = error.what();
        assert!(what.zh.chars().any(|c| c as u32 > 0x4e00), "{what:?}");
        assert!(!what.en.ends_with('.') && what.en.starts_with(|c: char| !c.is_uppercase()), "{what:?}");
        assert_eq!(error.remedy(), Remedy::Person);
    }
}

#[test]
fn a_policy_is_read_strictly() {
    let read = toml::from_str::<Policy>;
    assert_eq!(read("").unwrap(), Policy::default());
    let text = "encrypt = false\narmor = true\ncompression = 'zlib'\ndigest = 'sha512'\nsuffix = '.pgp'\naccept-sha1-keys = true";
    let policy = read(text).unwrap();
    assert!(policy.armor && !policy.encrypt && policy.sign && policy.accept_sha1_keys);
    assert_eq!((policy.compression, policy.digest), (Compression::Zlib, Digest::Sha512));
    for wrong in ["encript = true", "compression = 'bzip'", "digest = 'sha1'", "sign = 'yes'"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_rehearsal_tries_every_usable_key_and_only_those() {
    let mut p = pair_for(120);
    let next = p.bank.generate(Role::Decrypt, "bank", Algorithm::Curve25519, 730, at()).unwrap();
    let cert = p.bank.export_fingerprint(&next.fingerprint).unwrap();
    p.we.import_party("bank", cert.as_bytes(), at()).unwrap();
    let tried = |when| {
        let tried = p.we.rehearse(&policy(), "bank", when);
        assert!(tried.iter().all(|one| one.failure.is_none()), "{tried:?}");
        tried.len()
    };
    // The bank's two to encrypt to, our one to sign and our one to decrypt.
    assert_eq!(tried(at()), 4);
    assert_eq!(tried(at() + days(30)), 1);
    assert_eq!(tried(at() + days(1000)), 0);
}

#[test]
fn ssh_keys_are_made_once_and_listed() {
    let (ours, _dir) = keys();
    let made = generate_ssh(ours.dir(), "bank", "test", Algorithm::Curve25519).unwrap();
    assert!(made.public.starts_with("ssh-ed25519 AAAA") && made.public.ends_with(" bankferry-bank (test)"), "{made:?}");
    assert!(made.fingerprint.starts_with("SHA256:"));
    assert_eq!(fs::metadata(&made.file).unwrap().mode() & 0o777, 0o600);
    assert_eq!(ssh_keys(ours.dir()).unwrap(), std::slice::from_ref(&made));
    refused!(generate_ssh(ours.dir(), "bank", "test", Algorithm::Curve25519), KeyError::Exists { .. });
    refused!(generate_ssh(ours.dir(), "../bank", "test", Algorithm::Curve25519), KeyError::Name { .. });
    refused!(generate_ssh(ours.dir(), "bank.pub", "test", Algorithm::Curve25519), KeyError::Name { .. });
    fs::set_permissions(&made.file, fs::Permissions::from_mode(0o644)).unwrap();
    refused!(ssh_keys(ours.dir()), KeyError::Mode { .. });
}
