//! The keys of an installation: ours by role, the parties' by name.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::anyhow;
use sequoia_openpgp::Cert;
use sequoia_openpgp::Fingerprint;
use sequoia_openpgp::cert::CertParser;
use sequoia_openpgp::crypto::{KeyPair, Password};
use sequoia_openpgp::packet::Key;
use sequoia_openpgp::packet::key::{SecretParts, UnspecifiedRole};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::Policy as Rules;
use sequoia_openpgp::serialize::SerializeInto;
use serde::{Deserialize, Serialize};

use super::error::KeyError;
use super::generate::{self, Algorithm};
use super::policy::{Policy, rules};
use super::state::{Alarm, Judged, KeyInfo, Owner, PublicKey, State, Use, describe, judge};
use super::store;
use super::watch::guarded;

/// What one of our own keys is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Signs what we send.
    Sign,
    /// Decrypts what we receive.
    Decrypt,
    /// Both, for banks that take one key only.
    Both,
    /// Signs checkpoints of the journal and reports; never a file for a party.
    Audit,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Sign, Role::Decrypt, Role::Both, Role::Audit];

    /// The role of this name.
    pub fn of_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The role's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Role::Sign => "sign",
            Role::Decrypt => "decrypt",
            Role::Both => "both",
            Role::Audit => "audit",
        }
    }

    pub(super) fn uses(self) -> &'static [Use] {
        match self {
            Role::Sign | Role::Audit => &[Use::Sign],
            Role::Decrypt => &[Use::Encrypt],
            Role::Both => &[Use::Sign, Use::Encrypt],
        }
    }

    fn signs_files(self) -> bool {
        matches!(self, Role::Sign | Role::Both)
    }

    fn decrypts(self) -> bool {
        matches!(self, Role::Decrypt | Role::Both)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of our own keys, with its secret.
pub(super) struct Own {
    pub role: Role,
    pub cert: Cert,
}

impl Own {
    fn order(&self) -> (Role, SystemTime, Fingerprint) {
        (self.role, self.cert.primary_key().key().creation_time(), self.cert.fingerprint())
    }
}

/// The keys of an installation, read once. Shows no secret in `Debug`.
///
/// Opened again after keys were changed by another process.
pub struct Keys {
    dir: PathBuf,
    own: Vec<Own>,
    party: BTreeMap<String, Vec<Cert>>,
    retired: HashMap<String, SystemTime>,
    passphrase: Option<Password>,
    unlocked: Mutex<HashMap<Fingerprint, KeyPair>>,
}

impl Keys {
    /// Reads the keys in `dir`; a folder that does not exist yet has none.
    pub fn open(dir: &Path) -> Result<Keys, KeyError> {
        let mut own = store::own(dir)?;
        own.sort_by_cached_key(Own::order);
        Ok(Keys {
            own,
            party: store::parties(dir)?,
            retired: store::retired(dir)?,
            passphrase: store::passphrase(&dir.join("passphrase"))?,
            unlocked: Mutex::default(),
            dir: dir.to_owned(),
        })
    }

    /// The same keys, unlocked by the passphrase in the first line of `file` (mode 0400 or 0600), such as a
    /// credential that the service manager hands over.
    pub fn unlock_with(mut self, file: &Path) -> Result<Keys, KeyError> {
        self.passphrase = store::passphrase(file)?;
        if self.passphrase.is_none() {
            return Err(KeyError::disk(file)(std::io::ErrorKind::NotFound.into()));
        }
        Ok(self)
    }

    /// The folder of these keys.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes a key pair of ours, valid from `at` for `valid_days`, locked by the passphrase if there is one.
    pub fn generate(
        &mut self,
        role: Role,
        user_id: &str,
        algorithm: Algorithm,
        valid_days: u32,
        at: SystemTime,
    ) -> Result<KeyInfo, KeyError> {
        let cert = generate::generate(role, user_id, algorithm, valid_days, at, self.passphrase.as_ref())?;
        self.keep_own(role, cert, at)
    }

    /// Takes over a secret key that a party knows already, such as one exported from GnuPG.
    pub fn import_own(&mut self, role: Role, bytes: &[u8], at: SystemTime) -> Result<KeyInfo, KeyError> {
        let mut certs = parse(bytes)?;
        if certs.len() != 1 {
            return Err(KeyError::NotACertificate { why: "one key is expected".to_owned() });
        }
        let cert = certs.remove(0);
        let fingerprint = cert.fingerprint().to_hex();
        if !cert.is_tsk() {
            return Err(KeyError::NoSecret { fingerprint });
        }
        for purpose in role.uses() {
            let state = judge(&cert, *purpose, &rules(at), at).state;
            if !is_takeable(state) {
                let keys = vec![(fingerprint, state)];
                return Err(KeyError::NotUsable { owner: Owner::Own(role), purpose: *purpose, keys });
            }
        }
        self.keep_own(role, cert, at)
    }

    fn keep_own(&mut self, role: Role, cert: Cert, at: SystemTime) -> Result<KeyInfo, KeyError> {
        store::keep_own(&self.dir, role, &cert)?;
        let info = self.info(&cert, Owner::Own(role), at);
        self.own.push(Own { role, cert });
        self.own.sort_by_cached_key(Own::order);
        Ok(info)
    }

    /// Takes in the certificates of a party. A certificate that is known already is merged with what is new in it:
    /// a later expiry, a revocation. A new one that is expired, revoked or too weak is refused, and all with it.
    pub fn import_party(&mut self, party: &str, bytes: &[u8], at: SystemTime) -> Result<Vec<KeyInfo>, KeyError> {
        self.import_party_under(&Policy::default(), party, bytes, at)
    }

    /// The same under the rules of the party's policy, which may allow certificates that are bound with SHA-1.
    pub fn import_party_under(
        &mut self,
        policy: &Policy,
        party: &str,
        bytes: &[u8],
        at: SystemTime,
    ) -> Result<Vec<KeyInfo>, KeyError> {
        store::check_name(party)?;
        let certs = parse(bytes)?;
        if let Some(secret) = certs.iter().find(|cert| cert.is_tsk()) {
            return Err(KeyError::Secret { fingerprint: secret.fingerprint().to_hex() });
        }
        let known = self.party.get(party).map(Vec::as_slice).unwrap_or_default();
        let is_known = |cert: &Cert| known.iter().any(|known| known.fingerprint() == cert.fingerprint());
        for cert in certs.iter().filter(|cert| !is_known(cert)) {
            let states = [Use::Encrypt, Use::Sign].map(|u| judge(cert, u, &policy.rules(at), at).state);
            if !states.into_iter().any(is_takeable) {
                let state = states.into_iter().find(|state| *state != State::Unfit).unwrap_or(State::Unfit);
                let (owner, keys) = (Owner::Party(party.to_owned()), vec![(cert.fingerprint().to_hex(), state)]);
                return Err(KeyError::NotUsable { owner, purpose: Use::Encrypt, keys });
            }
        }
        let mut infos = Vec::new();
        for cert in certs {
            store::keep_party(&self.dir, party, &cert)?;
            let fingerprint = cert.fingerprint();
            let known = self.party.entry(party.to_owned()).or_default();
            store::merge(known, cert)?;
            infos.extend(known.iter().find(|c| c.fingerprint() == fingerprint).cloned());
        }
        Ok(infos.iter().map(|cert| self.info(cert, Owner::Party(party.to_owned()), at)).collect())
    }

    /// Our certificate in a role, armored, to give to a party: the newest usable one.
    pub fn export(&self, role: Role, at: SystemTime) -> Result<String, KeyError> {
        let mut usable: Vec<_> = self.own_usable(role.uses()[0], at, |own| own.role == role)?;
        usable.sort_by_key(|(own, _)| std::cmp::Reverse(own.cert.primary_key().key().creation_time()));
        armored(&usable.first().ok_or(KeyError::Missing { owner: Owner::Own(role) })?.0.cert)
    }

    /// A certificate by fingerprint, ours or a party's, armored and without any secret.
    pub fn export_fingerprint(&self, fingerprint: &str) -> Result<String, KeyError> {
        armored(self.find(fingerprint)?)
    }

    /// Takes a key out of use from `at` on. Our own still decrypts what was encrypted to it; a party's signatures are
    /// still accepted for some days if they were made before.
    pub fn retire(&mut self, fingerprint: &str, at: SystemTime) -> Result<(), KeyError> {
        let fingerprint = self.find(fingerprint)?.fingerprint().to_hex();
        store::retire(&self.dir, &fingerprint, at)?;
        self.retired.insert(fingerprint, at);
        Ok(())
    }

    /// All keys: ours by role and age, then the parties' by name and age.
    pub fn list(&self, at: SystemTime) -> Vec<KeyInfo> {
        let own = self.own.iter().map(|own| self.info(&own.cert, Owner::Own(own.role), at));
        let party = self.party.iter();
        let party = party.flat_map(|(name, certs)| certs.iter().map(move |cert| (name, cert)));
        own.chain(party.map(|(name, cert)| self.info(cert, Owner::Party(name.clone()), at))).collect()
    }

    /// The keys whose end is near or past, each at the mark it has passed.
    pub fn alarms(&self, at: SystemTime) -> Vec<Alarm> {
        let all = self.list(at);
        all.iter().filter_map(|key| Alarm::of(key, &all)).collect()
    }

    fn info(&self, cert: &Cert, owner: Owner, at: SystemTime) -> KeyInfo {
        let rules = rules(at);
        let wanted = match &owner {
            Owner::Own(role) => role.uses(),
            Owner::Party(_) => &[Use::Sign, Use::Encrypt],
        };
        let judged = wanted.iter().map(|u| (*u, self.judge(cert, *u, &rules, at)));
        let fits: Vec<_> = judged.filter(|(_, judged)| judged.state != State::Unfit).collect();
        let uses = fits.iter().map(|(u, _)| *u).collect();
        match fits.into_iter().map(|(_, judged)| judged).min_by_key(|j| (j.state.is_usable(), j.expires)) {
            Some(worst) => describe(cert, owner, uses, &worst),
            None => describe(cert, owner, uses, &judge(cert, wanted[0], &rules, at)),
        }
    }

    /// What a certificate is good for, a person's decision to retire it included.
    pub(super) fn judge(&self, cert: &Cert, for_use: Use, rules: &dyn Rules, at: SystemTime) -> Judged {
        let mut judged = judge(cert, for_use, rules, at);
        if judged.state.is_usable() && self.retired_at(cert).is_some_and(|since| since <= at) {
            judged.state = State::Retired;
            judged.key = None;
        }
        judged
    }

    /// When a person took the certificate out of use.
    pub(super) fn retired_at(&self, cert: &Cert) -> Option<SystemTime> {
        self.retired.get(&cert.fingerprint().to_hex()).copied()
    }

    /// The certificates of a party, whatever their state.
    pub(super) fn party(&self, party: &str) -> Result<&[Cert], KeyError> {
        let certs = self.party.get(party).filter(|certs| !certs.is_empty());
        certs.map(Vec::as_slice).ok_or_else(|| KeyError::Missing { owner: Owner::Party(party.to_owned()) })
    }

    /// Our own keys, whatever their state.
    pub(super) fn own(&self) -> &[Own] {
        &self.own
    }

    /// The names of the parties with certificates.
    pub fn parties(&self) -> impl Iterator<Item = &str> {
        self.party.keys().map(String::as_str)
    }

    /// The certificate and key to encrypt to: the one the policy names, or the newest usable one.
    pub(super) fn recipient(
        &self,
        party: &str,
        policy: &Policy,
        at: SystemTime,
    ) -> Result<(&Cert, PublicKey), KeyError> {
        let owner = || Owner::Party(party.to_owned());
        let mut certs: Vec<&Cert> = self.party(party)?.iter().collect();
        if let Some(pin) = &policy.party_key {
            certs.retain(|cert| carries(cert, pin));
            if certs.is_empty() {
                return Err(KeyError::PinNotFound { owner: owner(), fingerprint: pin.clone() });
            }
        }
        let rules = policy.rules(at);
        let mut refused = Vec::new();
        let mut best: Option<(&Cert, PublicKey)> = None;
        for cert in certs {
            let judged = self.judge(cert, Use::Encrypt, &rules, at);
            match judged.key {
                Some(key) if best.as_ref().is_none_or(|(_, k)| k.creation_time() < key.creation_time()) => {
                    best = Some((cert, key));
                }
                Some(_) => {}
                None => refused.push((cert.fingerprint().to_hex(), judged.state)),
            }
        }
        best.ok_or_else(|| KeyError::NotUsable { owner: owner(), purpose: Use::Encrypt, keys: refused })
    }

    /// Our key to sign files with: the one the policy names, or the oldest usable one.
    pub(super) fn signer(&self, policy: &Policy, at: SystemTime) -> Result<(String, KeyPair), KeyError> {
        let owner = Owner::Own(Role::Sign);
        let pin = policy.own_key.as_deref();
        let chosen = |own: &Own| own.role.signs_files() && pin.is_none_or(|pin| carries(&own.cert, pin));
        if let Some(pin) = pin
            && !self.own.iter().any(&chosen)
        {
            return Err(KeyError::PinNotFound { owner, fingerprint: pin.to_owned() });
        }
        self.oldest(owner, at, chosen)
    }

    /// Our key to sign checkpoints with: the oldest usable one.
    pub(super) fn auditor(&self, role: Role, at: SystemTime) -> Result<(String, KeyPair), KeyError> {
        self.oldest(Owner::Own(role), at, |own| own.role == role)
    }

    fn oldest(
        &self,
        owner: Owner,
        at: SystemTime,
        chosen: impl Fn(&Own) -> bool,
    ) -> Result<(String, KeyPair), KeyError> {
        let usable = self.own_usable(Use::Sign, at, chosen)?;
        let oldest = usable.into_iter().min_by_key(|(_, key)| key.creation_time());
        let (own, key) = oldest.ok_or(KeyError::Missing { owner })?;
        Ok((own.cert.fingerprint().to_hex(), self.pair(&own.cert, &key)?))
    }

    fn own_usable(
        &self,
        for_use: Use,
        at: SystemTime,
        chosen: impl Fn(&Own) -> bool,
    ) -> Result<Vec<(&Own, PublicKey)>, KeyError> {
        let rules = rules(at);
        let (mut usable, mut refused, mut role) = (Vec::new(), Vec::new(), None);
        for own in self.own.iter().filter(|own| chosen(own)) {
            let judged = self.judge(&own.cert, for_use, &rules, at);
            role = Some(own.role);
            match judged.key {
                Some(key) => usable.push((own, key)),
                None => refused.push((own.cert.fingerprint().to_hex(), judged.state)),
            }
        }
        match role {
            Some(role) if usable.is_empty() => {
                Err(KeyError::NotUsable { owner: Owner::Own(role), purpose: for_use, keys: refused })
            }
            _ => Ok(usable),
        }
    }

    /// Our certificates in a role, whatever their state.
    pub(super) fn own_certs(&self, role: Role) -> Vec<Cert> {
        let own = self.own.iter().filter(|own| own.role == role);
        own.map(|own| own.cert.clone().strip_secret_key_material()).collect()
    }

    /// Our keys that can decrypt, whatever their state: old files stay readable.
    pub(super) fn decryptors(&self) -> impl Iterator<Item = (&Cert, Key<SecretParts, UnspecifiedRole>)> {
        let own = self.own.iter().filter(|own| own.role.decrypts());
        own.flat_map(|own| own.cert.keys().secret().map(move |key| (&own.cert, key.key().clone())))
    }

    /// The unlocked pair of one of our keys. Unlocking costs a good part of a second, so it is done once.
    pub(super) fn pair(&self, cert: &Cert, key: &PublicKey) -> Result<KeyPair, KeyError> {
        let fingerprint = key.fingerprint();
        let mut secrets = cert.keys().secret();
        let secret = secrets.find(|k| k.key().fingerprint() == fingerprint);
        let secret = secret.ok_or_else(|| KeyError::NoSecret { fingerprint: fingerprint.to_hex() })?;
        self.unlock(secret.key())
    }

    /// Unlocks one secret key.
    pub(super) fn unlock(&self, key: &Key<SecretParts, UnspecifiedRole>) -> Result<KeyPair, KeyError> {
        let mut unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = unlocked.get(&key.fingerprint()) {
            return Ok(pair.clone());
        }
        let fingerprint = || key.fingerprint().to_hex();
        let mut open = key.clone();
        if open.secret().is_encrypted() {
            let Some(passphrase) = &self.passphrase else {
                return Err(KeyError::Locked { fingerprint: fingerprint() });
            };
            open = open.decrypt_secret(passphrase).map_err(|_| KeyError::Passphrase { fingerprint: fingerprint() })?;
        }
        let pair = open.into_keypair().map_err(KeyError::library)?;
        unlocked.insert(key.fingerprint(), pair.clone());
        Ok(pair)
    }

    fn find(&self, fingerprint: &str) -> Result<&Cert, KeyError> {
        let mut all = self.own.iter().map(|own| &own.cert).chain(self.party.values().flatten());
        let found = all.find(|cert| carries(cert, fingerprint));
        found.ok_or_else(|| KeyError::Unknown { fingerprint: fingerprint.to_owned() })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("dir", &self.dir)
            .field("own", &self.own.len())
            .field("parties", &self.party.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Whether a new key in this state is worth having: what begins later is the next one.
fn is_takeable(state: State) -> bool {
    state.is_usable() || state == State::NotYetValid
}

/// Whether the certificate or one of its keys has this full fingerprint; spaces and case do not count.
fn carries(cert: &Cert, fingerprint: &str) -> bool {
    let wanted: String = fingerprint.chars().filter(|c| !c.is_whitespace()).collect();
    cert.keys().any(|key| key.key().fingerprint().to_hex().eq_ignore_ascii_case(&wanted))
}

/// All certificates in `bytes`, armored or binary; at least one.
/// Fingerprints and names of the certificates in a file, before it is taken in: every name, also of old ones.
///
/// # Errors
/// [`KeyError`] when it holds none.
pub fn names_in(bytes: &[u8]) -> Result<Vec<(String, Vec<String>)>, KeyError> {
    let names = |cert: &Cert| {
        let ids = cert.userids().map(|id| String::from_utf8_lossy(id.userid().value()).into_owned());
        (cert.fingerprint().to_hex(), ids.collect())
    };
    Ok(parse(bytes)?.iter().map(names).collect())
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Cert>, KeyError> {
    let bad = |error: anyhow::Error| KeyError::NotACertificate { why: format!("{error:#}") };
    let certs = guarded(|| CertParser::from_bytes(bytes)?.collect::<Result<Vec<_>, _>>());
    let certs = certs.unwrap_or_else(|| Err(anyhow!("malformed"))).map_err(bad)?;
    if certs.is_empty() {
        return Err(KeyError::NotACertificate { why: "it is empty".to_owned() });
    }
    Ok(certs)
}

fn armored(cert: &Cert) -> Result<String, KeyError> {
    let bytes = cert.armored().to_vec().map_err(KeyError::library)?;
    String::from_utf8(bytes).map_err(|error| KeyError::Library { why: error.to_string() })
}
