//! Signatures beside what they sign: checkpoints of the journal, reports.

use std::time::SystemTime;

use anyhow::anyhow;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{
    DetachedVerifierBuilder, MessageLayer, MessageStructure, VerificationError, VerificationHelper,
};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::stream::{Armorer, Message, Signer};
use sequoia_openpgp::{Cert, KeyHandle, Result as PgpResult};

use super::error::{KeyError, SealError};
use super::keys::{Keys, Role, parse};
use super::open::{SKEW, issuer, signature_fault};
use super::policy::{Policy, rules};

/// Certificates that a detached signature is checked against.
#[derive(Clone)]
pub struct Certificates(pub(super) Vec<Cert>);

impl Certificates {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads certificates, armored or binary, such as an auditor keeps apart from the installation.
    pub fn parse(bytes: &[u8]) -> Result<Certificates, KeyError> {
        parse(bytes).map(Certificates)
    }
}

impl Keys {
    /// Our own certificates in a role, past ones too: old signatures stay verifiable.
    pub fn certificates(&self, role: Role) -> Certificates {
        Certificates(self.own_certs(role))
    }
}

/// Signs `bytes` with our key in a role and returns the armored signature.
pub fn sign_detached(keys: &Keys, role: Role, at: SystemTime, bytes: &[u8]) -> Result<String, SealError> {
    let (_, pair) = keys.auditor(role, at)?;
    sign_with(pair, at, bytes)
}

/// Signs `bytes` with a pair.
pub(super) fn sign_with(pair: KeyPair, at: SystemTime, bytes: &[u8]) -> Result<String, SealError> {
    let mut armored = Vec::new();
    let sign = || -> PgpResult<()> {
        let message = Armorer::new(Message::new(&mut armored)).kind(Kind::Signature).build()?;
        let digest = Policy::default().digest.algorithm();
        let mut message = Signer::new(message, pair)?.hash_algo(digest)?.creation_time(at).detached().build()?;
        std::io::Write::write_all(&mut message, bytes)?;
        message.finalize()
    };
    sign().map_err(|error| SealError::library(&error))?;
    String::from_utf8(armored).map_err(|error| SealError::Library { why: error.to_string() })
}

/// Checks a detached signature and returns the fingerprint of the certificate that made it. A key that was valid when
/// it signed is good, however long ago that is.
pub fn verify_detached(
    certificates: &Certificates,
    bytes: &[u8],
    signature: &[u8],
    at: SystemTime,
) -> Result<String, SealError> {
    let mut found = None;
    let rules = rules(at);
    let mut verify = || -> PgpResult<()> {
        let helper = Detached { certs: &certificates.0, rules: &rules, found: &mut found };
        DetachedVerifierBuilder::from_bytes(signature)?.with_policy(&rules, at + SKEW, helper)?.verify_bytes(bytes)
    };
    let verified = verify();
    match found {
        Some(result) => result,
        None if verified.is_ok() => Err(SealError::Unsigned),
        None => Err(SealError::Damaged),
    }
}

struct Detached<'a> {
    certs: &'a [Cert],
    rules: &'a StandardPolicy<'static>,
    found: &'a mut Option<Result<String, SealError>>,
}

impl VerificationHelper for Detached<'_> {
    fn get_certs(&mut self, _: &[KeyHandle]) -> PgpResult<Vec<Cert>> {
        Ok(self.certs.to_vec())
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> PgpResult<()> {
        for layer in structure {
            let MessageLayer::SignatureGroup { results } = layer else { return Err(anyhow!("unexpected layer")) };
            for result in results {
                let judged = match result {
                    Ok(good) => Ok(good.ka.cert().fingerprint().to_hex()),
                    Err(VerificationError::MissingKey { sig }) => {
                        Err(SealError::Stranger { signers: issuer(sig).into_iter().collect() })
                    }
                    Err(error) => Err(signature_fault(&error, self.rules).unwrap_or(SealError::Damaged)),
                };
                if judged.is_ok() || self.found.is_none() {
                    *self.found = Some(judged);
                }
            }
        }
        Ok(())
    }
}
