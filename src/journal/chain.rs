//! The hash chain over the facts.
//!
//! `hash = SHA-256("bankferry journal 1" ‖ seq ‖ prev ‖ length-prefixed at, actor, case, subject, event)`.
//! Where rows were added with the fact, `‖ "added" ‖ the SHA-256 of them` follows.
//! The fields are covered as the very bytes that are stored, so no re-serialisation can hide a change.

use sha2::{Digest, Sha256};

/// A link: SHA-256.
pub type Link = [u8; 32];

/// What comes before the first fact.
pub const GENESIS: Link = [0; 32];

/// The stored fields of a fact, in the order in which the chain covers them.
#[derive(Clone, Copy, Debug)]
pub struct Covered<'a> {
    /// Number of the fact, from 1.
    pub seq: u64,
    /// When, RFC 3339.
    pub at: &'a str,
    /// Who.
    pub actor: &'a str,
    /// The case.
    pub case: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// What happened, as JSON.
    pub event: &'a str,
    /// Digest of the rows that were added with it; none with most facts, and in journals from before it was stated.
    pub added: Option<&'a Link>,
}

/// The link of a fact that follows `prev`.
pub fn link(prev: &Link, fact: &Covered<'_>) -> Link {
    let mut hash = Sha256::new();
    hash.update(b"bankferry journal 1");
    hash.update(fact.seq.to_be_bytes());
    hash.update(prev);
    for field in [fact.at, fact.actor, fact.case, fact.subject, fact.event] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    if let Some(added) = fact.added {
        hash.update(b"added");
        hash.update(added);
    }
    hash.finalize().into()
}

/// A link in hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The link of 64 hexadecimal digits, else `None`.
pub fn unhex(text: &str) -> Option<Link> {
    let mut link = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in link.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(link)
}

/// What recomputing the chain showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// Facts read.
    pub facts: u64,
    /// The last link in hex.
    pub head: String,
    /// The first fact whose link is not what it must be, or that is missing.
    pub broken_at: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts_and_none_can_flow_into_the_next() {
        let base = Covered { seq: 1, at: "t", actor: "ab", case: "c", subject: "s", event: "{}", added: None };
        let one = link(&GENESIS, &base);
        assert_ne!(one, link(&GENESIS, &Covered { seq: 2, ..base }));
        assert_ne!(one, link(&one, &base));
        assert_ne!(one, link(&GENESIS, &Covered { added: Some(&GENESIS), ..base }));
        assert_ne!(one, link(&GENESIS, &Covered { actor: "a", case: "bc", ..base }));
    }
}
