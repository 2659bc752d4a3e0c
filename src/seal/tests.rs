//! Every refusal, and the shape of what is written.

use std::io::{self, Cursor, Read, Write};
use std::time::{Duration, SystemTime};

use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::serialize::stream::{Compressor, LiteralWriter, Message, Signer};
use sequoia_openpgp::types::{CompressionAlgorithm, HashAlgorithm};
use sequoia_openpgp::{Packet, packet::SEIP};

use super::*;
use crate::words::{Explain, Remedy};

macro_rules! refused {
    ($result:expr, $pattern:pat) => {
        match $result {
            Err($pattern) => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern)),
        }
    };
}

mod fuzz;
mod keys;

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
    pair_for(730)
}

/// Keys that are a hundred days old and were made for so many days.
fn pair_for(valid_days: u32) -> Pair {
    let (mut we, one) = keys();
    let (mut bank, two) = keys();
    let born = at() - days(100);
    for (keys, name) in [(&mut we, "we"), (&mut bank, "bank")] {
        keys.generate(Role::Sign, name, Algorithm::Curve25519, valid_days, born).unwrap();
        keys.generate(Role::Decrypt, name, Algorithm::Curve25519, valid_days, born).unwrap();
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

fn sealed_at(policy: &Policy, keys: &Keys, party: &str, plain: &[u8], at: SystemTime) -> Vec<u8> {
    let mut out = Vec::new();
    seal(policy, keys, party, at, &mut Cursor::new(plain), &mut out).unwrap();
    out
}

fn sealed(policy: &Policy, keys: &Keys, party: &str, plain: &[u8]) -> Vec<u8> {
    sealed_at(policy, keys, party, plain, at())
}

fn opened_at(policy: &Policy, keys: &Keys, party: &str, bytes: &[u8], at: SystemTime) -> Result<Vec<u8>, SealError> {
    let mut out = Vec::new();
    let result = open(policy, keys, party, at, &mut Cursor::new(bytes), &mut out, CAP);
    if let Err(error) = &result {
        speaks(error);
    }
    result.map(|opened| {
        assert_eq!(opened.bytes, out.len() as u64);
        out
    })
}

fn opened(policy: &Policy, keys: &Keys, party: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    opened_at(policy, keys, party, bytes, at())
}

/// Both languages, no dump of a signature, and a person to act.
fn speaks(error: &SealError) {
    let what = error.what();
    assert!(!what.en.is_empty() && !what.en.ends_with('.') && what.en.len() < 300, "{what:?}");
    assert!(what.zh.chars().any(|c| c as u32 > 0x4e00), "{what:?}");
    assert_eq!(error.remedy(), Remedy::Person, "{error:?}");
    assert!(!error.hints().is_empty(), "{error:?}");
}

fn policy() -> Policy {
    Policy::default()
}

fn signed_only() -> Policy {
    Policy { encrypt: false, ..policy() }
}

fn encrypted_only() -> Policy {
    Policy { sign: false, ..policy() }
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state: u64 = 42;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// The tags of the packets that can be seen without a key.
fn containers(bytes: &[u8]) -> Vec<u8> {
    let mut versions = Vec::new();
    let mut next = PacketParser::from_bytes(bytes).unwrap();
    while let PacketParserResult::Some(parser) = next {
        if let Packet::SEIP(seip) = &parser.packet {
            versions.push(if matches!(seip, SEIP::V1(_)) { 1 } else { 2 });
        }
        next = parser.recurse().unwrap().1;
    }
    versions
}

#[test]
fn every_policy_goes_round() {
    let p = pair();
    for (sign, encrypt) in [(true, true), (true, false), (false, true), (false, false)] {
        for armor in [false, true] {
            for compression in [Compression::None, Compression::Zip, Compression::Zlib] {
                for (aead, digest) in [(false, Digest::Sha256), (true, Digest::Sha512)] {
                    let policy = Policy { sign, encrypt, armor, compression, aead, digest, ..policy() };
                    for len in [0, 8, 1 << 20] {
                        let plain = noise(len);
                        let bytes = sealed(&policy, &p.we, "bank", &plain);
                        is_sealed(&policy, &mut &bytes[..]).unwrap_or_else(|e| panic!("{policy:?} {len}: {e:?}"));
                        let back = opened(&policy, &p.bank, "we", &bytes);
                        assert!(back.unwrap_or_else(|e| panic!("{policy:?} {len}: {e:?}")) == plain);
                    }
                }
            }
        }
    }
}

#[test]
fn without_a_seal_not_a_byte_is_touched() {
    let p = pair();
    for plain in [&b"\xef\xbb\xbfa;b\n"[..], b"\xca\x03PGP", b"\xff\xfe", b""] {
        assert_eq!(sealed(&Policy::none(), &p.we, "bank", plain), plain);
        assert_eq!(opened(&Policy::none(), &p.bank, "we", plain).unwrap(), plain);
    }
}

#[test]
fn the_container_is_what_the_policy_says_and_not_what_the_key_advertises() {
    use sequoia_openpgp::cert::CertBuilder;
    use sequoia_openpgp::serialize::SerializeInto;
    let mut p = pair();
    // The library's own defaults advertise the version 2 container.
    let (cert, _) = CertBuilder::general_purpose(Some("modern")).set_creation_time(at()).generate().unwrap();
    p.we.import_party("modern", &cert.armored().to_vec().unwrap(), at()).unwrap();
    assert_eq!(containers(&sealed(&policy(), &p.we, "modern", b"x")), [1]);
    let aead = Policy { aead: true, ..policy() };
    assert_eq!(containers(&sealed(&aead, &p.we, "modern", b"x")), [2]);
    assert_eq!(containers(&sealed(&aead, &p.we, "bank", b"x")), [2]);
}

#[test]
fn who_signed_and_who_can_read_is_told() {
    let p = pair();
    let mut out = Vec::new();
    let told = seal(&policy(), &p.we, "bank", at(), &mut &b"x"[..], &mut out).unwrap();
    let list = p.bank.list(at());
    assert_eq!(
        told.recipients,
        [list.iter().find(|k| k.owner == Owner::Own(Role::Decrypt)).unwrap().fingerprint.clone()]
    );
    let seen = open(&policy(), &p.bank, "we", at(), &mut &out[..], &mut Vec::new(), CAP).unwrap();
    assert_eq!(seen.signer, told.signer);
}

#[test]
fn plaintext_is_no_message() {
    let p = pair();
    for plain in [&b"a;b;c\n1;2;3\n"[..], b"", b"\n\n", b"<?xml version=\"1.0\"?>", b"\xef\xbb\xbfa;b\n", b"x"] {
        for policy in [policy(), signed_only(), encrypted_only()] {
            refused!(opened(&policy, &p.bank, "we", plain), SealError::Plain);
            refused!(is_sealed(&policy, &mut &plain[..]), SealError::Plain);
        }
    }
    for binary in [&noise(5000)[..], "付款文件\n".as_bytes(), &[0xff; 40], &[0x80], &[0xc0; 64], &[0xd2, 0xff]] {
        assert!(opened(&policy(), &p.bank, "we", binary).is_err());
        assert!(is_sealed(&policy(), &mut &binary[..]).is_err());
    }
    let clear = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\npay\n-----BEGIN PGP SIGNATURE-----\n";
    refused!(opened(&policy(), &p.bank, "we", clear), SealError::ClearSigned);
}

#[test]
fn a_message_must_have_the_agreed_layers() {
    let p = pair();
    let open_as = |policy: &Policy, bytes: &[u8]| opened(policy, &p.bank, "we", bytes);
    let both = sealed(&policy(), &p.we, "bank", b"pay");
    let only_signed = sealed(&signed_only(), &p.we, "bank", b"pay");
    let only_encrypted = sealed(&encrypted_only(), &p.we, "bank", b"pay");
    refused!(open_as(&policy(), &only_signed), SealError::NotEncrypted);
    refused!(open_as(&encrypted_only(), &only_signed), SealError::NotEncrypted);
    refused!(open_as(&policy(), &only_encrypted), SealError::Unsigned);
    refused!(open_as(&signed_only(), &both), SealError::Encrypted);
    refused!(open_as(&signed_only(), &only_encrypted), SealError::Encrypted);
    assert_eq!(open_as(&encrypted_only(), &both).unwrap(), b"pay");
    // The last look before leaving knows the same shapes.
    refused!(is_sealed(&policy(), &mut &only_signed[..]), SealError::NotEncrypted);
    refused!(is_sealed(&signed_only(), &mut &both[..]), SealError::Encrypted);
    refused!(is_sealed(&Policy { armor: true, ..policy() }, &mut &both[..]), SealError::Armor);
    refused!(is_sealed(&Policy { aead: true, ..policy() }, &mut &both[..]), SealError::Shape);
    is_sealed(&policy(), &mut &both[..]).unwrap();
}

#[test]
fn layers_inside_layers_are_refused() {
    let p = pair();
    // Sealed twice: the inner message is content for the outer one, so the payload would be OpenPGP again.
    let twice = nested(&p, |message| {
        let inner = sealed(&policy(), &p.we, "bank", b"pay");
        let mut message = message;
        message.write_all(&inner).unwrap();
        message
    });
    refused!(opened(&policy(), &p.bank, "we", &twice), SealError::Shape);
}

/// An encrypted container whose content the caller writes packet by packet.
fn nested<'a>(p: &'a Pair, content: impl FnOnce(Message<'a>) -> Message<'a>) -> Vec<u8> {
    let bytes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (_, key) = p.we.recipient("bank", &policy(), at()).unwrap();
    let key = Box::leak(Box::new(key));
    let message = message::encrypt(&policy(), key, Message::new(Collect(bytes.clone()))).unwrap();
    content(message).finalize().unwrap();
    let bytes = bytes.lock().unwrap();
    bytes.clone()
}

struct Collect(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Write for Collect {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn our_pair(keys: &Keys) -> KeyPair {
    keys.signer(&policy(), at()).unwrap().1
}

#[test]
fn compression_is_read_only_where_agreed() {
    let p = pair();
    let zip = Policy { compression: Compression::Zip, ..policy() };
    let bytes = sealed(&zip, &p.we, "bank", b"pay pay pay pay");
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Compressed);
    let accepting = Policy { accept_compressed: true, ..policy() };
    assert_eq!(opened(&accepting, &p.bank, "we", &bytes).unwrap(), b"pay pay pay pay");
    assert_eq!(opened(&zip, &p.bank, "we", &bytes).unwrap(), b"pay pay pay pay");
}

#[test]
fn compression_inside_compression_is_refused() {
    let p = pair();
    let accepting = Policy { accept_compressed: true, ..policy() };
    let bytes = nested(&p, |message| {
        let message = Compressor::new(message).algo(CompressionAlgorithm::Zip).build().unwrap();
        let message = Compressor::new(message).algo(CompressionAlgorithm::Zip).build().unwrap();
        let message = Signer::new(message, our_pair(&p.we)).unwrap().creation_time(at()).build().unwrap();
        LiteralWriter::new(message).build().unwrap()
    });
    refused!(opened(&accepting, &p.bank, "we", &bytes), SealError::Shape);
}

#[test]
fn a_bomb_is_stopped_at_the_cap_and_at_the_ratio() {
    let p = pair();
    let zip = Policy { compression: Compression::Zip, ..policy() };
    let mut bytes = Vec::new();
    seal(&zip, &p.we, "bank", at(), &mut io::repeat(0).take(60 << 20), &mut bytes).unwrap();
    assert!(bytes.len() < 100 << 10);
    let mut out = Count(0);
    refused!(open(&zip, &p.bank, "we", at(), &mut &bytes[..], &mut out, 1 << 20), SealError::TooBig { cap: 1_048_576 });
    assert!(out.0 <= 1 << 20, "{}", out.0);
    refused!(open(&zip, &p.bank, "we", at(), &mut &bytes[..], &mut Count(0), CAP), SealError::Bomb);
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_cap_is_exact() {
    let p = pair();
    let bytes = sealed(&policy(), &p.we, "bank", &[7; 1000]);
    let with_cap = |cap| open(&policy(), &p.bank, "we", at(), &mut &bytes[..], &mut Vec::new(), cap);
    assert_eq!(with_cap(1000).unwrap().bytes, 1000);
    refused!(with_cap(999), SealError::TooBig { cap: 999 });
}

#[test]
fn a_message_for_somebody_else_is_not_ours() {
    let mut p = pair();
    let (mut other, _dir) = keys();
    other.generate(Role::Decrypt, "other", Algorithm::Curve25519, 730, at()).unwrap();
    let theirs = other.export(Role::Decrypt, at()).unwrap();
    p.we.import_party("other", theirs.as_bytes(), at()).unwrap();
    let bytes = sealed(&policy(), &p.we, "other", b"pay");
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::WrongRecipient { .. });
}

#[test]
fn what_was_signed_for_somebody_else_cannot_be_passed_on_to_us() {
    let mut p = pair();
    let (mut other, _dir) = keys();
    other.generate(Role::Decrypt, "other", Algorithm::Curve25519, 730, at()).unwrap();
    let theirs = other.export(Role::Decrypt, at()).unwrap();
    p.we.import_party("other", theirs.as_bytes(), at()).unwrap();
    let (for_other, _) = p.we.recipient("other", &policy(), at()).unwrap();
    let bytes = nested(&p, |message| {
        let signer = Signer::new(message, our_pair(&p.we)).unwrap().creation_time(at());
        let message = signer.add_intended_recipient(for_other).build().unwrap();
        LiteralWriter::new(message).build().unwrap()
    });
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::NotForUs);
}

#[test]
fn a_strangers_signature_does_not_count() {
    let p = pair();
    let mut stranger = pair();
    let theirs = p.bank.export(Role::Decrypt, at()).unwrap();
    stranger.we.import_party("real-bank", theirs.as_bytes(), at()).unwrap();
    let bytes = sealed(&policy(), &stranger.we, "real-bank", b"pay the thief");
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Stranger { .. });
    // Where no signature is agreed, a stranger's neither helps nor harms.
    let read = open(&encrypted_only(), &p.bank, "we", at(), &mut &bytes[..], &mut Vec::new(), CAP).unwrap();
    assert_eq!(read.signer, None);
}

#[test]
fn another_partys_signature_does_not_count() {
    let mut p = pair();
    let mut second = pair();
    introduce(&p.bank, &mut second.we, "first-bank", at());
    introduce(&second.we, &mut p.bank, "second", at());
    let bytes = sealed(&policy(), &second.we, "first-bank", b"pay");
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Stranger { .. });
    assert_eq!(opened(&policy(), &p.bank, "second", &bytes).unwrap(), b"pay");
}

#[test]
fn one_good_signature_among_strangers_is_enough() {
    let p = pair();
    let stranger = pair();
    let bytes = nested(&p, |message| {
        let signer = Signer::new(message, our_pair(&stranger.we)).unwrap().creation_time(at());
        let message = signer.add_signer(our_pair(&p.we)).unwrap().build().unwrap();
        let mut message = LiteralWriter::new(message).build().unwrap();
        message.write_all(b"pay").unwrap();
        message
    });
    assert_eq!(opened(&policy(), &p.bank, "we", &bytes).unwrap(), b"pay");
}

#[test]
fn every_digest_that_is_not_weak_is_taken() {
    let p = pair();
    let by = |digest| {
        nested(&p, |message| {
            let signer = Signer::new(message, our_pair(&p.we)).unwrap().creation_time(at());
            let message = signer.hash_algo(digest).unwrap().build().unwrap();
            LiteralWriter::new(message).build().unwrap()
        })
    };
    // The library does not write SHA-1 signatures: those that GnuPG writes are refused in the suite.
    assert!(opened(&policy(), &p.bank, "we", &by(HashAlgorithm::SHA384)).is_ok());
}

#[test]
fn a_signature_from_the_future_or_by_a_dead_key_is_refused() {
    let p = pair_for(120);
    let hour = Duration::from_secs(3600);
    let bytes = sealed_at(&policy(), &p.we, "bank", b"pay", at() + hour);
    refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::SignatureTime { .. });
    let slightly = sealed_at(&policy(), &p.we, "bank", b"pay", at() + hour / 6);
    assert!(opened(&policy(), &p.bank, "we", &slightly).is_ok());
    // The keys end 20 days from now. A file that was on its way at that moment is read, an older one is not.
    let end = at() + days(20);
    let last = sealed_at(&policy(), &p.we, "bank", b"pay", end - hour);
    assert!(opened_at(&policy(), &p.bank, "we", &last, end + days(6)).is_ok());
    let late = opened_at(&policy(), &p.bank, "we", &last, end + days(8));
    refused!(late, SealError::Signer { state: State::Expired, .. });
}

#[test]
fn every_cut_is_noticed() {
    let p = pair();
    for armor in [false, true] {
        let policy = Policy { armor, ..policy() };
        let bytes = sealed(&policy, &p.we, "bank", b"pay 100 to somebody");
        // The last line end of the armor is not missed.
        for len in 0..bytes.len() - usize::from(armor) {
            let result = opened(&policy, &p.bank, "we", &bytes[..len]);
            assert!(result.is_err(), "armor {armor}: {len} of {} bytes", bytes.len());
            assert!(is_sealed(&policy, &mut &bytes[..len]).is_err(), "armor {armor}: {len} of {} bytes", bytes.len());
        }
        let cut = &bytes[..bytes.len() - 30];
        refused!(opened(&policy, &p.bank, "we", cut), SealError::Truncated | SealError::Damaged);
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let p = pair();
    let bytes = sealed(&policy(), &p.we, "bank", b"pay 100 to somebody");
    for position in 0..bytes.len() {
        for bit in [0x01, 0x10, 0x80] {
            let mut flipped = bytes.clone();
            flipped[position] ^= bit;
            if let Ok(plain) = opened(&policy(), &p.bank, "we", &flipped) {
                // Some bits carry no meaning; then nothing else may come out.
                assert_eq!(plain, b"pay 100 to somebody", "byte {position} bit {bit:#x}");
            }
        }
    }
    let mut flipped = bytes.clone();
    let middle = bytes.len() / 2;
    flipped[middle] ^= 1;
    refused!(opened(&policy(), &p.bank, "we", &flipped), SealError::Damaged);
}

#[test]
fn every_flipped_bit_of_a_signed_message_is_noticed() {
    let p = pair();
    let bytes = sealed(&signed_only(), &p.we, "bank", b"pay 100");
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            if let Ok(plain) = opened(&signed_only(), &p.bank, "we", &flipped) {
                assert_eq!(plain, b"pay 100", "byte {position} bit {bit}");
            }
        }
    }
    let start = bytes.windows(7).position(|w| w == b"pay 100").unwrap();
    let mut changed = bytes.clone();
    changed[start + 4] = b'9';
    refused!(opened(&signed_only(), &p.bank, "we", &changed), SealError::BadSignature { .. });
}

#[test]
fn nothing_may_stand_around_the_message() {
    let p = pair();
    let binary = sealed(&policy(), &p.we, "bank", b"pay");
    let tails = [&b"x"[..], b"\n", b"trailing words", b"\0\0\0\0", &[0xff; 20], &binary, b"\xcb\x03t\0\0"];
    for tail in tails {
        let bytes = [&binary[..], tail].concat();
        refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Surplus);
        assert!(is_sealed(&policy(), &mut &bytes[..]).is_err(), "{tail:?}");
    }
    let armored = sealed(&Policy { armor: true, ..policy() }, &p.we, "bank", b"pay");
    for (head, tail) in [("", "x"), ("", "\n\nmore"), ("Dear bank,\n\n", ""), ("", "-----BEGIN PGP MESSAGE-----\n")] {
        let bytes = [head.as_bytes(), &armored, tail.as_bytes()].concat();
        refused!(opened(&policy(), &p.bank, "we", &bytes), SealError::Surplus);
    }
    let twice = [&armored[..], &armored].concat();
    refused!(opened(&policy(), &p.bank, "we", &twice), SealError::Surplus);
}

#[test]
fn white_space_around_armor_and_windows_line_ends_are_read() {
    let p = pair();
    let armored = sealed(&Policy { armor: true, ..policy() }, &p.we, "bank", b"pay");
    let text = String::from_utf8(armored).unwrap();
    let crlf = text.replace('\n', "\r\n");
    let trimmed = text.trim_end().to_owned();
    for bytes in [format!("\r\n\n{crlf}\r\n \n"), trimmed, format!("\u{feff}{text}")] {
        let plain = opened(&policy(), &p.bank, "we", bytes.as_bytes());
        assert_eq!(plain.unwrap_or_else(|e| panic!("{e:?}: {bytes:?}")), b"pay");
    }
}

#[test]
fn a_large_message_tampered_at_its_end_is_refused() {
    let p = pair();
    let plain = noise(30 << 20);
    let mut bytes = sealed(&policy(), &p.we, "bank", &plain);
    let near_the_end = bytes.len() - 200;
    bytes[near_the_end] ^= 0x40;
    let mut out = Count(0);
    let result = open(&policy(), &p.bank, "we", at(), &mut &bytes[..], &mut out, CAP);
    // The plaintext has streamed by: exactly why it goes to a private file.
    assert!(out.0 > 20 << 20);
    refused!(result, SealError::Damaged);
    bytes[near_the_end] ^= 0x40;
    bytes.truncate(bytes.len() - 100_000);
    let cut = open(&policy(), &p.bank, "we", at(), &mut &bytes[..], &mut Count(0), CAP);
    refused!(cut, SealError::Truncated | SealError::Damaged);
}

#[test]
fn a_broken_disk_is_not_a_broken_message() {
    struct Broken<'a>(&'a [u8]);
    impl Read for Broken<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::Error::other("no such device"));
            }
            self.0.read(buffer)
        }
    }
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let p = pair();
    let bytes = sealed(&policy(), &p.we, "bank", &noise(100_000));
    for len in [0, 10, 200, 50_000] {
        let error = open(&policy(), &p.bank, "we", at(), &mut Broken(&bytes[..len]), &mut Vec::new(), CAP).unwrap_err();
        assert!(matches!(error, SealError::Input(_)), "{len}: {error:?}");
        assert_eq!(error.remedy(), Remedy::Wait);
        refused!(is_sealed(&policy(), &mut Broken(&bytes[..len])), SealError::Input(_));
    }
    let error = open(&policy(), &p.bank, "we", at(), &mut &bytes[..], &mut Full(1000), CAP).unwrap_err();
    assert!(matches!(error, SealError::Output(_)), "{error:?}");
    for room in [0, 300, 50_000] {
        let error = seal(&policy(), &p.we, "bank", at(), &mut &bytes[..], &mut Full(room)).unwrap_err();
        assert!(matches!(&error, SealError::Output(e) if e.kind() == io::ErrorKind::StorageFull), "{error:?}");
    }
    let error = seal(&policy(), &p.we, "bank", at(), &mut Broken(b"abc"), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, SealError::Input(_)), "{error:?}");
}

#[test]
fn detached_signatures() {
    let (mut ours, _dir) = keys();
    ours.generate(Role::Audit, "audit", Algorithm::Curve25519, 30, at()).unwrap();
    let signature = sign_detached(&ours, Role::Audit, at(), b"checkpoint").unwrap();
    assert!(signature.starts_with("-----BEGIN PGP SIGNATURE-----"));
    let certificates = ours.certificates(Role::Audit);
    let check = |bytes: &[u8], when| verify_detached(&certificates, bytes, signature.as_bytes(), when);
    let years_later = at() + days(3650);
    assert_eq!(check(b"checkpoint", years_later).unwrap(), ours.list(at())[0].fingerprint);
    refused!(check(b"checkpoinT", at()), SealError::BadSignature { .. });
    let (mut other, _dir) = keys();
    other.generate(Role::Audit, "other", Algorithm::Curve25519, 30, at()).unwrap();
    let exported = Certificates::parse(other.export(Role::Audit, at()).unwrap().as_bytes()).unwrap();
    let stranger = verify_detached(&exported, b"checkpoint", signature.as_bytes(), at());
    refused!(stranger, SealError::Stranger { .. });
    for junk in [&b""[..], b"junk", &noise(200), &signature.as_bytes()[..80]] {
        assert!(verify_detached(&certificates, b"checkpoint", junk, at()).is_err());
    }
    refused!(sign_detached(&ours, Role::Audit, years_later, b"x"), SealError::Key(KeyError::NotUsable { .. }));
    refused!(sign_detached(&ours, Role::Sign, at(), b"x"), SealError::Key(KeyError::Missing { .. }));
}
