//! What a key is good for at a given hour.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use sequoia_openpgp::cert::amalgamation::key::ErasedKeyAmalgamation;
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::packet::{Key, Signature};
use sequoia_openpgp::policy::{HashAlgoSecurity, Policy as Rules};
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, Result as PgpResult};
use serde::Serialize;

use super::keys::Role;
use crate::text;
use crate::words::Text;

/// A public key or subkey of any certificate.
pub(super) type PublicKey = Key<PublicParts, UnspecifiedRole>;

/// What a key is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// Make or check signatures.
    Sign,
    /// Encrypt to it, or decrypt with it.
    Encrypt,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Ours, in this role.
    Own(Role),
    /// The party's of this name.
    Party(String),
}

impl Owner {
    /// Whose key it is, in words.
    pub fn words(&self) -> Text {
        match self {
            Owner::Own(Role::Sign) => text!("ours, signing", "本方签名"),
            Owner::Own(Role::Decrypt) => text!("ours, decryption", "本方解密"),
            Owner::Own(Role::Both) => text!("ours, both", "本方签名及解密"),
            Owner::Own(Role::Audit) => text!("ours, audit", "本方审计"),
            Owner::Party(party) => Text::same(party.clone()),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

/// What a key is good for at the hour it was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Usable; its end is far away or unknown.
    Valid,
    /// Usable, for this many whole days more.
    Expiring(u32),
    /// Its validity has ended.
    Expired,
    /// Its owner has revoked it.
    Revoked,
    /// Its validity has not begun.
    NotYetValid,
    /// Its algorithm, length or binding is no longer safe.
    Weak,
    /// A person of this installation has taken it out of use.
    Retired,
    /// It was not made for this use: it has no key to sign or to encrypt with.
    Unfit,
}

impl State {
    /// Whether the key may be used for something new.
    pub fn is_usable(self) -> bool {
        matches!(self, State::Valid | State::Expiring(_))
    }

    /// The state's name in kebab-case, for scripts.
    pub fn name(self) -> &'static str {
        match self {
            State::Valid => "valid",
            State::Expiring(_) => "expiring",
            State::Expired => "expired",
            State::Revoked => "revoked",
            State::NotYetValid => "not-yet-valid",
            State::Weak => "weak",
            State::Retired => "retired",
            State::Unfit => "unfit",
        }
    }

    /// The state in words.
    pub fn words(self) -> Text {
        match self {
            State::Valid => text!("valid", "有效"),
            State::Expiring(days) => text!("expires in {days} days", "{days} 天后到期"),
            State::Expired => text!("expired", "已过期"),
            State::Revoked => text!("revoked", "已吊销"),
            State::NotYetValid => text!("not valid yet", "尚未生效"),
            State::Weak => text!("too weak", "强度不足"),
            State::Retired => text!("retired", "已停用"),
            State::Unfit => text!("not made for this use", "不适用于此用途"),
        }
    }
}

/// One key as a person or a script sees it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// Whose it is.
    pub owner: Owner,
    /// What it can do.
    pub uses: Vec<Use>,
    /// Fingerprint of the certificate in upper-case hexadecimal digits.
    pub fingerprint: String,
    /// The name inside the certificate.
    pub user_id: String,
    /// Such as `Ed25519` or `RSA-3072`.
    pub algorithm: String,
    /// Since when it exists.
    pub created: Timestamp,
    /// When its validity ends, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What it is good for.
    pub state: State,
}

/// A key whose end is near or past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// The key.
    pub key: KeyInfo,
    /// Whole days left; 0 on the last day and afterwards.
    pub days: u32,
    /// The mark that was passed: 90, 30, 7 or 1 days before, or 0 when it has ended. One warning per mark is enough.
    pub mark: u32,
    /// Whether another key of the same owner and use outlives it.
    pub replaced: bool,
}

impl Alarm {
    /// Days before the end at which a key is named.
    pub const MARKS: [u32; 4] = [1, 7, 30, 90];

    /// The alarm for a key, if it is within 90 days of its end or past it.
    pub(super) fn of(key: &KeyInfo, all: &[KeyInfo]) -> Option<Alarm> {
        let days = match key.state {
            State::Expiring(days) => days,
            State::Expired => 0,
            _ => return None,
        };
        let mark = match key.state {
            State::Expired => 0,
            _ => Alarm::MARKS.into_iter().find(|mark| days <= *mark)?,
        };
        let replaced = all.iter().any(|other| replaces(other, key));
        Some(Alarm { key: key.clone(), days, mark, replaced })
    }

    /// The sentence for the person who has to renew it.
    pub fn words(&self) -> Text {
        let (fingerprint, Text { en, zh }, days) = (&self.key.fingerprint, self.key.owner.words(), self.days);
        if self.mark == 0 {
            return text!("key `{fingerprint}` ({en}) has expired", "密钥 `{fingerprint}`（{zh}）已过期");
        }
        if days == 0 {
            return text!(
                "key `{fingerprint}` ({en}) expires within a day",
                "密钥 `{fingerprint}`（{zh}）将在一天内到期"
            );
        }
        text!("key `{fingerprint}` ({en}) expires in {days} days", "密钥 `{fingerprint}`（{zh}）将在 {days} 天后到期")
    }
}

fn replaces(other: &KeyInfo, key: &KeyInfo) -> bool {
    let outlives = match (other.expires, key.expires) {
        (None, Some(_)) => true,
        (Some(other), Some(key)) => other > key,
        _ => false,
    };
    other.owner == key.owner && other.state.is_usable() && outlives && key.uses.iter().all(|u| other.uses.contains(u))
}

/// What was found about one certificate for one use.
pub(super) struct Judged {
    pub state: State,
    pub expires: Option<SystemTime>,
    /// The key to use, where the state is usable: the newest of the certificate's.
    pub key: Option<PublicKey>,
}

impl Judged {
    fn no(state: State) -> Judged {
        Judged { state, expires: None, key: None }
    }
}

/// Judges a certificate for one use at one hour.
pub(super) fn judge(cert: &Cert, for_use: Use, rules: &dyn Rules, at: SystemTime) -> Judged {
    let valid = match cert.with_policy(rules, at) {
        Ok(valid) => valid,
        Err(_) if cert.primary_key().key().creation_time() > at => return Judged::no(State::NotYetValid),
        Err(_) => return Judged::no(missing(cert, for_use, at)),
    };
    if matches!(valid.revocation_status(), RevocationStatus::Revoked(_)) {
        return Judged::no(State::Revoked);
    }
    let primary_end = valid.primary_key().key_expiration_time();
    if let Some(state) = time_state(valid.primary_key().key().creation_time(), primary_end, at) {
        return Judged { expires: primary_end, ..Judged::no(state) };
    }
    let keys = valid.keys().supported();
    let keys = match for_use {
        Use::Sign => keys.for_signing(),
        Use::Encrypt => keys.for_transport_encryption().for_storage_encryption(),
    };
    let mut best = Judged::no(missing(cert, for_use, at));
    for key in keys {
        let judged = judge_key(&key, primary_end, at);
        if rank(&judged) > rank(&best) {
            best = judged;
        }
    }
    best
}

fn judge_key(
    key: &ValidErasedKeyAmalgamation<'_, PublicParts>,
    primary_end: Option<SystemTime>,
    at: SystemTime,
) -> Judged {
    let end = [primary_end, key.key_expiration_time()].into_iter().flatten().min();
    if matches!(key.revocation_status(), RevocationStatus::Revoked(_)) {
        return Judged { expires: end, ..Judged::no(State::Revoked) };
    }
    if let Some(state) = time_state(key.key().creation_time(), end, at) {
        return Judged { expires: end, ..Judged::no(state) };
    }
    Judged { state: usable_state(end, at), expires: end, key: Some(key.key().clone()) }
}

/// Usable before unusable, then the newer one.
fn rank(judged: &Judged) -> (bool, bool, Option<SystemTime>) {
    let fits = judged.state != State::Unfit && judged.state != State::Weak;
    (judged.state.is_usable(), fits, judged.key.as_ref().map(Key::creation_time))
}

/// Why no key of the certificate serves: it has one that the rules refuse, or none at all.
fn missing(cert: &Cert, for_use: Use, at: SystemTime) -> State {
    let Ok(valid) = cert.with_policy(&Anything, at) else { return State::Unfit };
    let keys = valid.keys();
    let mut keys = match for_use {
        Use::Sign => keys.for_signing(),
        Use::Encrypt => keys.for_transport_encryption().for_storage_encryption(),
    };
    if keys.next().is_some() { State::Weak } else { State::Unfit }
}

/// Rules that refuse nothing. Only asked to name the reason of a refusal; no key is ever used through them.
#[derive(Debug)]
struct Anything;

impl Rules for Anything {
    // The library's own answers to these two are a refusal.
    fn signature(&self, _: &Signature, _: HashAlgoSecurity) -> PgpResult<()> {
        Ok(())
    }

    fn key(&self, _: &ValidErasedKeyAmalgamation<'_, PublicParts>) -> PgpResult<()> {
        Ok(())
    }
}

fn time_state(created: SystemTime, end: Option<SystemTime>, at: SystemTime) -> Option<State> {
    if created > at {
        return Some(State::NotYetValid);
    }
    end.filter(|end| *end <= at).map(|_| State::Expired)
}

fn usable_state(end: Option<SystemTime>, at: SystemTime) -> State {
    let Some(left) = end.and_then(|end| end.duration_since(at).ok()) else { return State::Valid };
    let days = left.as_secs() / DAY.as_secs();
    match u32::try_from(days) {
        Ok(days) if days <= 90 => State::Expiring(days),
        _ => State::Valid,
    }
}

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a person sees of a certificate.
pub(super) fn describe(cert: &Cert, owner: Owner, uses: Vec<Use>, judged: &Judged) -> KeyInfo {
    let user_id = cert.userids().next().map(|id| String::from_utf8_lossy(id.userid().value()).into_owned());
    KeyInfo {
        owner,
        uses,
        fingerprint: cert.fingerprint().to_hex(),
        user_id: user_id.unwrap_or_default(),
        algorithm: algorithm(cert),
        created: moment(cert.primary_key().key().creation_time()),
        expires: judged.expires.map(moment),
        state: judged.state,
    }
}

/// The algorithm of the primary key, as people call it.
fn algorithm(cert: &Cert) -> String {
    use sequoia_openpgp::types::PublicKeyAlgorithm as A;
    let primary: ErasedKeyAmalgamation<'_, PublicParts> = cert.primary_key().into();
    let (key, bits) = (primary.key(), primary.key().mpis().bits());
    match (key.pk_algo(), bits) {
        (A::EdDSA | A::Ed25519, _) => "Ed25519".to_owned(),
        #[allow(deprecated, reason = "old certificates still carry these numbers")]
        (A::RSAEncryptSign | A::RSASign | A::RSAEncrypt, Some(bits)) => format!("RSA-{bits}"),
        (other, Some(bits)) => format!("{other} {bits}"),
        (other, None) => other.to_string(),
    }
}

/// A moment for people; the epoch's ends stand for what lies beyond them.
pub(super) fn moment(at: SystemTime) -> Timestamp {
    Timestamp::try_from(at).unwrap_or(if at < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX })
}

/// The other way round.
pub(super) fn system_time(at: Timestamp) -> SystemTime {
    let since = at.as_duration();
    let length = since.unsigned_abs();
    if since.is_negative() { SystemTime::UNIX_EPOCH - length } else { SystemTime::UNIX_EPOCH + length }
}
