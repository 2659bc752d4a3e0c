//! How files are protected for one party.

use std::time::SystemTime;

use sequoia_openpgp::policy::{AsymmetricAlgorithm, HashAlgoSecurity, StandardPolicy};
use sequoia_openpgp::types::{CompressionAlgorithm, HashAlgorithm};
use serde::{Deserialize, Serialize};

/// How files to and from one party are protected. Part of that party's template.
///
/// A template without this table neither signs nor encrypts. Where it stands, what it leaves out is: signed and
/// encrypted, binary, uncompressed, SHA-256, which every product reads that a bank may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Policy {
    /// Outbound files carry our signature; inbound files need one by the party.
    pub sign: bool,
    /// Outbound files are encrypted to the party; inbound files must be encrypted to us.
    pub encrypt: bool,
    /// Outbound files are ASCII-armored. Inbound, both forms are read.
    pub armor: bool,
    /// Compression of outbound files; other than `none`, inbound files may be compressed too.
    pub compression: Compression,
    /// Inbound files may be compressed although ours are not.
    #[serde(alias = "accept_compressed")]
    pub accept_compressed: bool,
    /// Outbound files use the version 2 container with OCB. GnuPG 2.2 and 2.4 cannot read it.
    pub aead: bool,
    /// Digest of our signatures.
    pub digest: Digest,
    /// What is appended to the name of a sealed file, such as `.pgp`.
    pub suffix: Option<String>,
    /// The party's certificates may bind their keys with SHA-1. Signatures over files never may.
    #[serde(alias = "accept_sha1_keys")]
    pub accept_sha1_keys: bool,
    /// Fingerprint of the party's key to encrypt to; without it, the newest valid one.
    #[serde(alias = "party_key")]
    pub party_key: Option<String>,
    /// Fingerprint of our key to sign with; without it, the oldest valid one, so that a new key is used only once
    /// the old one is retired or has expired, and the party has had time to install it.
    #[serde(alias = "own_key")]
    pub own_key: Option<String>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            sign: true,
            encrypt: true,
            armor: false,
            compression: Compression::None,
            accept_compressed: false,
            aead: false,
            digest: Digest::Sha256,
            suffix: None,
            accept_sha1_keys: false,
            party_key: None,
            own_key: None,
        }
    }
}

impl Policy {
    /// Neither signed nor encrypted: [`seal`](super::seal) and [`open`](super::open) copy.
    pub fn none() -> Policy {
        Policy { sign: false, encrypt: false, ..Policy::default() }
    }

    /// Whether files are OpenPGP messages at all.
    pub fn seals(&self) -> bool {
        self.sign || self.encrypt
    }

    /// Whether an inbound message may hold a compression layer.
    pub fn reads_compressed(&self) -> bool {
        self.accept_compressed || self.compression != Compression::None
    }

    /// The cryptographic rules of the hour `at` for this party's certificates and messages.
    pub(super) fn rules(&self, at: SystemTime) -> StandardPolicy<'static> {
        let mut rules = rules(at);
        if self.accept_sha1_keys {
            rules.accept_hash_property(HashAlgorithm::SHA1, HashAlgoSecurity::SecondPreImageResistance);
        }
        rules
    }
}

/// The cryptographic rules of the hour `at`, without any exception: the library's, and stricter where it still takes
/// what nobody should rely on any more.
pub(super) fn rules(at: SystemTime) -> StandardPolicy<'static> {
    use AsymmetricAlgorithm::{
        DSA1024, DSA2048, DSA3072, DSA4096, ElGamal1024, ElGamal2048, ElGamal3072, ElGamal4096, RSA1024,
    };
    let mut rules = StandardPolicy::at(at);
    for weak in [DSA1024, DSA2048, DSA3072, DSA4096, ElGamal1024, ElGamal2048, ElGamal3072, ElGamal4096, RSA1024] {
        rules.reject_asymmetric_algo(weak);
    }
    // Whatever the hour: a clock that was set back makes no old digest good.
    rules.reject_hash(HashAlgorithm::SHA1);
    rules.reject_hash(HashAlgorithm::MD5);
    rules
}

/// Compression of outbound files (RFC 9580 section 9.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As it is.
    #[default]
    None,
    /// Deflate without a header, what GnuPG uses.
    Zip,
    /// Deflate with a header and a checksum.
    Zlib,
}

impl Compression {
    /// The standard's number for it, where there is compression.
    pub(super) fn algorithm(self) -> Option<CompressionAlgorithm> {
        match self {
            Compression::None => None,
            Compression::Zip => Some(CompressionAlgorithm::Zip),
            Compression::Zlib => Some(CompressionAlgorithm::Zlib),
        }
    }
}

/// Digest of our signatures (RFC 9580 section 9.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The standard's number for it.
    pub(super) fn algorithm(self) -> HashAlgorithm {
        match self {
            Digest::Sha256 => HashAlgorithm::SHA256,
            Digest::Sha512 => HashAlgorithm::SHA512,
        }
    }
}
