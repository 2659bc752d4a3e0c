//! A party's signature beside its file.

use std::io::Read;
use std::time::SystemTime;

use anyhow::anyhow;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{
    DetachedVerifierBuilder, MessageLayer, MessageStructure, VerificationError, VerificationHelper,
};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::{Cert, KeyHandle, Result as PgpResult};

use super::error::SealError;
use super::keys::Keys;
use super::open::{SKEW, issuer, late, signature_fault};
use super::policy::rules;
use super::watch::guarded;

/// Checks a signature beside a file of `party`, armored or binary, and returns the fingerprint of the certificate that
/// made it. The file streams.
///
/// # Errors
/// [`SealError`]: no good signature by a key of that party, or one that is false.
pub fn verify_beside(
    keys: &Keys,
    party: &str,
    at: SystemTime,
    signed: &mut (dyn Read + Send + Sync),
    signature: &[u8],
) -> Result<String, SealError> {
    let certs = keys.party(party)?;
    let rules = rules(at);
    let mut judged = None;
    let helper = Beside { keys, certs, rules: &rules, at, judged: &mut judged };
    let verified = guarded(|| -> PgpResult<()> {
        DetachedVerifierBuilder::from_bytes(signature)?.with_policy(&rules, at + SKEW, helper)?.verify_reader(signed)
    });
    match (judged, verified) {
        (Some(judged), _) => judged,
        (None, Some(Ok(()))) => Err(SealError::Unsigned),
        (None, _) => Err(SealError::Damaged),
    }
}

struct Beside<'a> {
    keys: &'a Keys,
    certs: &'a [Cert],
    rules: &'a StandardPolicy<'static>,
    at: SystemTime,
    judged: &'a mut Option<Result<String, SealError>>,
}

impl VerificationHelper for Beside<'_> {
    fn get_certs(&mut self, _: &[KeyHandle]) -> PgpResult<Vec<Cert>> {
        Ok(self.certs.to_vec())
    }

    /// At least one good signature by the party, and never a false one in its name.
    fn check(&mut self, structure: MessageStructure<'_>) -> PgpResult<()> {
        let (mut good, mut faults) = (None, Vec::new());
        for layer in structure {
            let MessageLayer::SignatureGroup { results } = layer else { return Err(anyhow!("unexpected layer")) };
            for result in results {
                match result {
                    Ok(checked) => match late(self.keys, self.rules, self.at, checked.ka.cert(), checked.sig) {
                        Some(fault) => faults.push(fault),
                        None => good = good.or_else(|| Some(checked.ka.cert().fingerprint().to_hex())),
                    },
                    Err(VerificationError::MissingKey { sig }) => {
                        faults.push(SealError::Stranger { signers: issuer(sig).into_iter().collect() });
                    }
                    Err(error) => faults.push(signature_fault(&error, self.rules).unwrap_or(SealError::Damaged)),
                }
            }
        }
        let false_one = faults.iter().position(|fault| matches!(fault, SealError::BadSignature { .. }));
        *self.judged = match (false_one, good) {
            (Some(at), _) => Some(Err(faults.swap_remove(at))),
            (None, Some(good)) => Some(Ok(good)),
            (None, None) => faults.pop().map(Err),
        };
        Ok(())
    }
}
