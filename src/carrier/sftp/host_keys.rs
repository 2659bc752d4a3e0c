//! Which server is the right one: pinned host keys, never trust on first use.
//!
//! A pin is what a bank publishes: a fingerprint, or the whole public key line. Several pins stand beside each other
//! so that a key can change without a stop: the current one and the next. An OpenSSH `known_hosts` file can be used
//! as well; it is read here and not by libssh2, which overlooks `@revoked` lines and wildcards.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A host key that is the right one: its type where known, and its fingerprint.
///
/// Read from `SHA256:…`, `ssh-ed25519 SHA256:…`, or a public key line `ssh-ed25519 AAAA… comment`; with days, from
/// `{ pin = "…", from = "2027-01-01", until = "2027-03-31" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct HostPin {
    /// The key's type, such as `ssh-ed25519`; lets us ask the server for this very key.
    pub kind: Option<String>,
    /// `SHA256:` and the digest in base64 without padding, as `ssh-keygen -lf` prints it.
    pub fingerprint: String,
    /// The first day on which it counts.
    pub from: Option<Date>,
    /// The last day on which it counts.
    pub until: Option<Date>,
}

/// A pin as settings write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Dated(Dated),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dated {
    pin: String,
    #[serde(default)]
    from: Option<Date>,
    #[serde(default)]
    until: Option<Date>,
}

/// A pin that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadPin {
    /// It cannot be read.
    #[error("`{0}` is neither a fingerprint `SHA256:…` nor a public key line such as `ssh-ed25519 AAAA…`")]
    Unread(String),
    /// It is of a key that is too weak.
    #[error("`{0}` is too weak: DSA, or RSA under 2048 bits; ask the bank for another host key")]
    Weak(String),
}

impl FromStr for HostPin {
    type Err = BadPin;

    fn from_str(line: &str) -> Result<HostPin, BadPin> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let bad = || BadPin::Unread(line.to_owned());
        if words.len() > 1 && is_weak(&words) {
            return Err(BadPin::Weak(line.to_owned()));
        }
        match words.as_slice() {
            [print] => Ok(HostPin::new(None, whole_print(print).ok_or_else(bad)?)),
            [kind, print, ..] if print.starts_with("SHA256:") => {
                Ok(HostPin::new(Some(kind), whole_print(print).ok_or_else(bad)?))
            }
            [kind, blob, ..] => HostPin::of_blob(kind, blob).ok_or_else(bad),
            [] => Err(bad()),
        }
    }
}

impl TryFrom<Written> for HostPin {
    type Error = BadPin;

    fn try_from(written: Written) -> Result<HostPin, BadPin> {
        match written {
            Written::Plain(line) => line.parse(),
            Written::Dated(Dated { pin, from, until }) => Ok(HostPin { from, until, ..pin.parse()? }),
        }
    }
}

impl fmt::Display for HostPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{kind} {}", self.fingerprint),
            None => f.write_str(&self.fingerprint),
        }
    }
}

impl HostPin {
    fn new(kind: Option<&str>, fingerprint: String) -> HostPin {
        HostPin { kind: kind.map(str::to_owned), fingerprint, from: None, until: None }
    }

    /// Whether it counts on a day.
    pub fn counts_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The pin of a public key in base64; `None` when the blob is not a key of that type.
    fn of_blob(kind: &str, blob: &str) -> Option<HostPin> {
        let bytes = STANDARD.decode(blob).ok()?;
        let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let inner = bytes.get(4..length.checked_add(4)?)?;
        (inner == kind.as_bytes()).then(|| HostPin::new(Some(kind), fingerprint(&bytes)))
    }
}

/// Whether a key of this type, and of this blob where it is there, must not be relied on.
fn is_weak(words: &[&str]) -> bool {
    let blob = words.get(1).and_then(|blob| STANDARD.decode(blob).ok()).unwrap_or_default();
    match words {
        ["ssh-dss", ..] => true,
        ["ssh-rsa", ..] => rsa_bits(&blob).is_some_and(|bits| bits < 2048),
        _ => false,
    }
}

/// The length of an RSA key's modulus: the third part of its blob (RFC 4253, section 6.6).
fn rsa_bits(blob: &[u8]) -> Option<usize> {
    let mut rest = blob;
    let mut part = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (part, left) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = left;
        Some(part)
    };
    part()?;
    part()?;
    let modulus = part()?;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    Some((modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize)
}

/// `SHA256:…` of a host key's public part, as `ssh-keygen -lf` prints it.
pub fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)))
}

fn whole_print(print: &str) -> Option<String> {
    let digest = print.strip_prefix("SHA256:")?.trim_end_matches('=');
    let whole = STANDARD_NO_PAD.decode(digest).is_ok_and(|bytes| bytes.len() == 32);
    whole.then(|| format!("SHA256:{digest}"))
}

/// The keys that count for one host: pinned, and expressly revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// The right ones.
    pub pins: Vec<HostPin>,
    /// Fingerprints that must never be accepted, even when pinned.
    pub revoked: Vec<String>,
}

impl Trust {
    /// Adds what a `known_hosts` file says about a host. Lines that cannot be read, and certificate authorities,
    /// add nothing.
    pub fn add_known_hosts(&mut self, file: &str, host: &str, port: u16) {
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (mark, words) = match words.as_slice() {
                [mark, rest @ ..] if mark.starts_with('@') => (*mark, rest),
                rest => ("", rest),
            };
            let [hosts, kind, blob, ..] = words else { continue };
            let strong = !is_weak(&[*kind, *blob]) || mark == "@revoked";
            let Some(pin) = HostPin::of_blob(kind, blob).filter(|_| strong) else { continue };
            match mark {
                "" if names_host(hosts, host, port) => self.pins.push(pin),
                "@revoked" if names_host(hosts, host, port) => self.revoked.push(pin.fingerprint),
                _ => {}
            }
        }
    }

    /// Whether a key with this fingerprint is the right one.
    pub fn accepts(&self, fingerprint: &str) -> bool {
        !self.revoked.iter().any(|r| r == fingerprint) && self.pins.iter().any(|p| p.fingerprint == fingerprint)
    }

    /// The host-key algorithms to ask for: those of the pinned keys, when the type of every pin is known.
    ///
    /// A server with several keys otherwise shows the one that we did not pin.
    pub fn algorithms(&self) -> Option<String> {
        let kinds: Option<Vec<&str>> = self.pins.iter().map(|pin| pin.kind.as_deref()).collect();
        let mut list: Vec<&str> = Vec::new();
        for algorithm in kinds?.into_iter().flat_map(algorithms_of) {
            if !list.contains(&algorithm) {
                list.push(algorithm);
            }
        }
        (!list.is_empty()).then(|| list.join(","))
    }
}

/// The signature algorithms that a host key of a type can make.
fn algorithms_of(kind: &str) -> Vec<&str> {
    match kind {
        "ssh-rsa" => vec!["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
        other => vec![other],
    }
}

/// Whether the first field of a `known_hosts` line speaks of this host (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
fn names_host(patterns: &str, host: &str, port: u16) -> bool {
    let host = host.to_ascii_lowercase();
    let wanted = if port == 22 { host } else { format!("[{host}]:{port}") };
    let mut named = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if matches(not, &wanted) => return false,
            Some(_) => {}
            None => named |= matches(pattern, &wanted),
        }
    }
    named
}

fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("|1|") {
        Some(hashed) => hashed.split_once('|').is_some_and(|(salt, hash)| hash_matches(salt, hash, host)),
        None => glob(pattern.to_ascii_lowercase().as_bytes(), host.as_bytes()),
    }
}

/// A hashed host name: HMAC-SHA1 of the name under a salt, both in base64.
fn hash_matches(salt: &str, hash: &str, host: &str) -> bool {
    let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&salt) else { return false };
    mac.update(host.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

/// `*` for any characters, `?` for one; linear in time but for one step back to the last star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made for this test with `ssh-keygen -t ed25519`; the private half was thrown away.
    const BLOB: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIG0Yk1nJf6dfWLmQ4H3mY1JHq2dKTsJc4Zw2O0nBq1Xv";

    fn print() -> String {
        fingerprint(&STANDARD.decode(BLOB).unwrap())
    }

    fn trust(file: &str, host: &str, port: u16) -> Trust {
        let mut trust = Trust::default();
        trust.add_known_hosts(file, host, port);
        trust
    }

    #[test]
    fn a_pin_is_a_fingerprint_or_a_public_key_line() {
        let pins: Vec<HostPin> =
            [print(), format!("ssh-ed25519 {}", print()), format!("ssh-ed25519 {BLOB} bank production")]
                .iter()
                .map(|line| line.parse().unwrap())
                .collect();
        assert!(pins.iter().all(|pin| pin.fingerprint == print()));
        assert_eq!(pins[0].kind, None);
        assert_eq!(pins[2].to_string(), format!("ssh-ed25519 {}", print()));
    }

    #[test]
    fn a_weak_host_key_is_refused_when_it_is_read() {
        let blob = |bits: usize| {
            let part = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
            let modulus = [&[0][..], &vec![0xff; bits / 8]].concat();
            STANDARD.encode([part(b"ssh-rsa"), part(&[1, 0, 1]), part(&modulus)].concat())
        };
        let read = |line: String| line.parse::<HostPin>();
        assert!(matches!(read(format!("ssh-rsa {} old", blob(1024))), Err(BadPin::Weak(_))));
        assert!(read(format!("ssh-rsa {}", blob(2048))).is_ok());
        assert!(read(format!("ssh-rsa {}", print())).is_ok(), "a fingerprint says nothing of the length");
        assert!(matches!(read(format!("ssh-dss {}", print())), Err(BadPin::Weak(_))));
        assert_eq!(trust(&format!("h ssh-rsa {}\n", blob(1024)), "h", 22).pins, []);
    }

    #[test]
    fn a_mistyped_pin_is_refused_instead_of_never_matching() {
        let cut = &print()[..20];
        for wrong in ["", "MD5:aa:bb", cut, "ssh-rsa AAAA", &format!("ssh-rsa {BLOB}"), "ssh-ed25519 !!"] {
            assert!(wrong.parse::<HostPin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn known_hosts_lines_count_for_their_host_and_port_only() {
        let plain = format!("# bank\nsftp.bank.example,10.0.0.7 ssh-ed25519 {BLOB}\n");
        assert!(trust(&plain, "SFTP.bank.example", 22).accepts(&print()));
        assert!(trust(&plain, "10.0.0.7", 22).accepts(&print()));
        assert!(!trust(&plain, "sftp.bank.example", 2022).accepts(&print()));
        let port = format!("[sftp.bank.example]:2022 ssh-ed25519 {BLOB}");
        assert!(trust(&port, "sftp.bank.example", 2022).accepts(&print()));
        assert!(!trust(&port, "sftp.bank.example", 22).accepts(&print()));
    }

    #[test]
    fn wildcards_and_exclusions_are_understood() {
        let file = format!("*.bank.example,!test.bank.example ssh-ed25519 {BLOB}");
        assert!(trust(&file, "sftp.bank.example", 22).accepts(&print()));
        assert!(!trust(&file, "test.bank.example", 22).accepts(&print()));
        assert!(!trust(&file, "bank.example.evil", 22).accepts(&print()));
    }

    #[test]
    fn hashed_entries_are_understood() {
        let salt = [7u8; 20];
        let mut mac = Hmac::<Sha1>::new_from_slice(&salt).unwrap();
        mac.update(b"[sftp.bank.example]:2022");
        let hash = STANDARD.encode(mac.finalize().into_bytes());
        let file = format!("|1|{}|{hash} ssh-ed25519 {BLOB}", STANDARD.encode(salt));
        assert!(trust(&file, "sftp.bank.example", 2022).accepts(&print()));
        assert!(!trust(&file, "other.bank.example", 2022).accepts(&print()));
    }

    #[test]
    fn a_revoked_key_is_refused_even_when_pinned() {
        let file = format!("h ssh-ed25519 {BLOB}\n@revoked * ssh-ed25519 {BLOB}\n@cert-authority * ssh-ed25519 {BLOB}");
        let trust = trust(&file, "h", 22);
        assert_eq!(trust.pins.len(), 1);
        assert!(!trust.accepts(&print()));
    }

    #[test]
    fn the_types_of_the_pins_decide_what_is_asked_for() {
        let pin = |line: &str| line.parse::<HostPin>().unwrap();
        let rsa = pin(&format!("ssh-rsa {}", print()));
        let ed = pin(&format!("ssh-ed25519 {}", print()));
        let all = Trust { pins: vec![ed, rsa], revoked: vec![] };
        assert_eq!(all.algorithms().unwrap(), "ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa");
        let untyped = Trust { pins: vec![pin(&print())], revoked: vec![] };
        assert_eq!(untyped.algorithms(), None);
    }
}
