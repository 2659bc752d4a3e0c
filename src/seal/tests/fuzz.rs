//! Bytes that nobody should have written: never a panic, never another plaintext.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

const PLAIN: &[u8] = b"pay 100 to somebody, and 200 to somebody else";

/// Two installations, and a message under each policy.
type World = (Pair, Vec<(Policy, Vec<u8>)>);

/// Keys are made once; a case is then a few thousand bytes of work.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let pair = pair();
        let zip = Policy { compression: Compression::Zip, ..policy() };
        let aead = Policy { aead: true, ..policy() };
        let armored = Policy { armor: true, ..policy() };
        let policies = [policy(), zip, aead, armored, signed_only()];
        let messages = policies.map(|policy| (policy.clone(), sealed(&policy, &pair.we, "bank", PLAIN)));
        (pair, messages.to_vec())
    })
}

fn judge(policy: &Policy, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let _ = is_sealed(policy, &mut &bytes[..]);
    let mut out = Vec::new();
    open(policy, &world().0.bank, "we", at(), &mut &bytes[..], &mut out, 1 << 20).map(|_| out)
}

/// One act of damage: where, what, and how much.
fn damage(bytes: &mut Vec<u8>, (kind, place, value): (u8, usize, u8)) {
    let place = place % bytes.len().max(1);
    match kind % 5 {
        _ if bytes.is_empty() => bytes.push(value),
        0 => bytes[place] ^= value.max(1),
        1 => bytes.truncate(place),
        2 => bytes.insert(place, value),
        3 => drop(bytes.drain(place..(place + usize::from(value)).min(bytes.len()))),
        _ => {
            let again = bytes[place..].to_vec();
            bytes.extend(again);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_message_gives_its_plaintext_or_nothing(
        which in 0..5_usize,
        damages in prop::collection::vec((any::<u8>(), any::<usize>(), any::<u8>()), 1..4),
    ) {
        let (policy, message) = &world().1[which];
        let mut bytes = message.clone();
        damages.into_iter().for_each(|one| damage(&mut bytes, one));
        if let Ok(plain) = judge(policy, &bytes) {
            prop_assert_eq!(plain, PLAIN);
        }
    }

    #[test]
    fn random_bytes_give_nothing(bytes in prop::collection::vec(any::<u8>(), 0..400), which in 0..5_usize) {
        prop_assert!(judge(&world().1[which].0, &bytes).is_err());
    }

    #[test]
    fn random_bytes_behind_a_packet_tag_give_nothing(
        tag in prop::sample::select(vec![1_u8, 2, 3, 4, 8, 9, 10, 11, 18, 20, 21]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        which in 0..5_usize,
    ) {
        let bytes = [&[0xc0 | tag][..], &bytes].concat();
        prop_assert!(judge(&world().1[which].0, &bytes).is_err());
    }

    #[test]
    fn random_certificates_are_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        flip in any::<(usize, u8)>(),
    ) {
        prop_assert!(Certificates::parse(&bytes).is_err());
        let mut certificate = world().0.we.export(Role::Sign, at()).unwrap().into_bytes();
        damage(&mut certificate, (0, flip.0, flip.1));
        // Whatever it is read as, it is no panic.
        let _ = Certificates::parse(&certificate);
    }
}

#[test]
fn junk_before_armor_is_noticed_even_if_it_looks_binary() {
    let (_, messages) = world();
    let armored = &messages[3].1;
    for first in 0..=255_u8 {
        for gap in ["\n", "", "\0\0\n", "\u{1}x\n\n"] {
            let bytes = [&[first][..], gap.as_bytes(), armored, b"surplus"].concat();
            assert!(judge(&messages[3].0, &bytes).is_err(), "{first:#x} {gap:?}");
            let bytes = [&[first][..], gap.as_bytes(), armored].concat();
            let white = first.is_ascii_whitespace() && !gap.contains(['\0', 'x']);
            assert!(judge(&messages[3].0, &bytes).is_err() || white, "{first:#x} {gap:?}");
        }
    }
}

#[test]
fn junk_inside_armor_is_noticed() {
    let (_, messages) = world();
    let armored = String::from_utf8(messages[3].1.clone()).unwrap();
    let crc = armored.lines().rev().nth(1).unwrap();
    assert!(crc.starts_with('='), "{crc}");
    for junk in ["surplus\n", "!!\n", "-----BEGIN PGP MESSAGE-----\n", "-----END PGP SIGNATURE-----\n"] {
        let behind = armored.replace("-----END", &format!("{junk}-----END"));
        let before = armored.replace(crc, &format!("{junk}{crc}"));
        for text in [behind, before] {
            assert!(judge(&messages[3].0, text.as_bytes()).is_err(), "{text}");
        }
    }
}
