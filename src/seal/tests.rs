//! Every refusal, and the shape of what is written.

use std::io::Cursor;
use std::time::{Duration, SystemTime};

use super::*;

const CAP: u64 = 100 << 20;

/// Two installations that know each other: `we` and `bank`.
struct Pair {
    we: Keys,
    bank: Keys,
    _dirs: [tempfile::TempDir; 2],
}

fn at() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

fn days(n: u64) -> Duration {
    Duration::from_secs(n * 24 * 60 * 60)
}

fn keys() -> (Keys, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Keys::open(&dir.path().join("keys")).unwrap(), dir)
}

fn pair() -> Pair {
    let (mut we, one) = keys();
    let (mut bank, two) = keys();
    let born = at() - days(100);
    for (keys, name) in [(&mut we, "we"), (&mut bank, "bank")] {
        keys.generate(Role::Sign, name, Algorithm::Curve25519, 730, born).unwrap();
        keys.generate(Role::Decrypt, name, Algorithm::Curve25519, 730, born).unwrap();
    }
    introduce(&bank, &mut we, "bank", born);
    introduce(&we, &mut bank, "we", born);
    Pair { we, bank, _dirs: [one, two] }
}

fn introduce(from: &Keys, to: &mut Keys, name: &str, when: SystemTime) {
    for role in [Role::Sign, Role::Decrypt] {
        to.import_party(name, from.export(role, when).unwrap().as_bytes(), when).unwrap();
    }
}

fn sealed(policy: &Policy, keys: &Keys, party: &str, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(policy, keys, party, at(), &mut Cursor::new(plain), &mut out).unwrap();
    out
}

fn opened(policy: &Policy, keys: &Keys, party: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut out = Vec::new();
    open(policy, keys, party, at(), &mut Cursor::new(bytes), &mut out, CAP).map(|_| out)
}

#[test]
fn every_policy_goes_round() {
    let p = pair();
    for (sign, encrypt) in [(true, true), (true, false), (false, true), (false, false)] {
        for armor in [false, true] {
            for compression in [Compression::None, Compression::Zip, Compression::Zlib] {
                for aead in [false, true] {
                    let policy = Policy { sign, encrypt, armor, compression, aead, ..Policy::default() };
                    let bytes = sealed(&policy, &p.we, "bank", b"pay 100");
                    is_sealed(&policy, &mut Cursor::new(&bytes)).unwrap_or_else(|e| panic!("{policy:?}: {e:?}"));
                    let plain = opened(&policy, &p.bank, "we", &bytes).unwrap_or_else(|e| panic!("{policy:?}: {e:?}"));
                    assert_eq!(plain, b"pay 100");
                }
            }
        }
    }
}
