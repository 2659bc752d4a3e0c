//! New key pairs of ours.

use std::time::SystemTime;

use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::crypto::Password;
use sequoia_openpgp::types::{Features, KeyFlags};
use serde::{Deserialize, Serialize};

use super::error::KeyError;
use super::keys::Role;
use super::state::DAY;

/// Algorithm of a new key pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Ed25519 to sign, Cv25519 to decrypt: small and quick.
    #[default]
    Curve25519,
    /// RSA with 3072 bits, for parties that take no curves. Takes seconds to make.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA with 4096 bits, for parties that ask for it. Takes many seconds to make.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl Algorithm {
    fn suite(self) -> CipherSuite {
        match self {
            Algorithm::Curve25519 => CipherSuite::Cv25519,
            Algorithm::Rsa3072 => CipherSuite::RSA3k,
            Algorithm::Rsa4096 => CipherSuite::RSA4k,
        }
    }
}

/// The longest validity that can be asked for: ten years.
const MOST_DAYS: u32 = 3660;

/// Makes a version 4 key pair that advertises only what GnuPG 2.2 reads, too.
pub(super) fn generate(
    role: Role,
    user_id: &str,
    algorithm: Algorithm,
    valid_days: u32,
    at: SystemTime,
    passphrase: Option<&Password>,
) -> Result<Cert, KeyError> {
    if user_id.trim().is_empty() || user_id.chars().any(char::is_control) {
        return Err(KeyError::Name { name: user_id.to_owned() });
    }
    if valid_days == 0 || valid_days > MOST_DAYS {
        return Err(KeyError::Validity { days: valid_days });
    }
    let made = build(role, user_id, algorithm, valid_days, at, passphrase);
    made.map_err(KeyError::library)
}

fn build(
    role: Role,
    user_id: &str,
    algorithm: Algorithm,
    valid_days: u32,
    at: SystemTime,
    passphrase: Option<&Password>,
) -> sequoia_openpgp::Result<Cert> {
    let certify = KeyFlags::empty().set_certification();
    let primary = match role {
        Role::Decrypt => certify,
        Role::Sign | Role::Both | Role::Audit => certify.set_signing(),
    };
    let mut builder = CertBuilder::new()
        .set_cipher_suite(algorithm.suite())
        .set_creation_time(at)
        .set_validity_period(DAY * valid_days)
        .set_features(Features::empty().set_seipdv1())?
        .set_primary_key_flags(primary)
        .set_password(passphrase.cloned())
        .add_userid(user_id);
    if matches!(role, Role::Decrypt | Role::Both) {
        let encrypt = KeyFlags::empty().set_transport_encryption().set_storage_encryption();
        builder = builder.add_subkey(encrypt, None, None);
    }
    Ok(builder.generate()?.0)
}
