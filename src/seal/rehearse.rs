//! A rehearsal: proves that every key which may be used today works, before a payment depends on it.

use std::time::SystemTime;

use sequoia_openpgp::Cert;
use serde::Serialize;

use super::detached::{Certificates, sign_with, verify_detached};
use super::error::SealError;
use super::keys::Keys;
use super::message::write;
use super::open::open;
use super::policy::Policy;
use super::shape::is_sealed;
use super::state::{Owner, Use};
use crate::words::{Explain, Text};

/// One key that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    /// Whose key.
    pub owner: Owner,
    /// Fingerprint of its certificate.
    pub fingerprint: String,
    /// What was tried with it.
    pub purpose: Use,
    /// Why it does not work; absent where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Text>,
}

const PROBE: &[u8] = b"rehearsal";

impl Keys {
    /// Tries every usable key of `party` and of ours, the next ones too: encrypts a probe to each of the party's,
    /// signs and verifies with each of ours, encrypts to and decrypts with each of ours. Nothing is sent.
    ///
    /// What only the party can show, that it holds the secret half, stays to be shown by a test file.
    pub fn rehearse(&self, policy: &Policy, party: &str, at: SystemTime) -> Vec<Rehearsed> {
        let theirs = self.party(party).unwrap_or_default();
        let theirs = theirs.iter().map(|cert| (Owner::Party(party.to_owned()), cert, Use::Encrypt));
        let ours =
            self.own().iter().flat_map(|own| own.role.uses().iter().map(|u| (Owner::Own(own.role), &own.cert, *u)));
        let all = theirs.chain(ours);
        let usable = all.filter(|(_, cert, u)| self.judge(cert, *u, &policy.rules(at), at).state.is_usable());
        let rehearse = |(owner, cert, purpose): (Owner, &Cert, Use)| Rehearsed {
            failure: self.try_key(policy, &owner, cert, purpose, at).err().map(|error| error.what()),
            fingerprint: cert.fingerprint().to_hex(),
            owner,
            purpose,
        };
        usable.map(rehearse).collect()
    }

    fn try_key(
        &self,
        policy: &Policy,
        owner: &Owner,
        cert: &Cert,
        purpose: Use,
        at: SystemTime,
    ) -> Result<(), SealError> {
        let Some(key) = self.judge(cert, purpose, &policy.rules(at), at).key else { return Err(SealError::Damaged) };
        if purpose == Use::Sign {
            let signature = sign_with(self.pair(cert, &key)?, at, PROBE)?;
            let certificates = Certificates(vec![cert.clone().strip_secret_key_material()]);
            return verify_detached(&certificates, PROBE, signature.as_bytes(), at).map(drop);
        }
        let probe = Policy { sign: false, encrypt: true, ..policy.clone() };
        let mut sealed = Vec::new();
        write(&probe, Some((cert, key)), None, at, &mut &PROBE[..], &mut sealed)?;
        is_sealed(&probe, &mut &sealed[..])?;
        let mut plain = Vec::new();
        match owner {
            Owner::Party(_) => return Ok(()),
            Owner::Own(_) => open(&probe, self, "", at, &mut &sealed[..], &mut plain, PROBE.len() as u64)?,
        };
        if plain == PROBE { Ok(()) } else { Err(SealError::Damaged) }
    }
}
