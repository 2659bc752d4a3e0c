//! SSH key pairs of this installation, one per party: made here, so that the secret half never travels.

use std::path::{Path, PathBuf};

use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData, RsaKeypair, RsaPrivateKey};
use russh::keys::ssh_key::public::RsaPublicKey;
use russh::keys::ssh_key::{self, LineEnding, Mpint};
use russh::keys::{HashAlg, PrivateKey};
use sequoia_openpgp::crypto::mpi::{PublicKey, SecretKeyMaterial};
use sequoia_openpgp::packet::key::{Key4, SecretKeyMaterial as Secret, UnspecifiedRole};
use serde::Serialize;

use super::error::KeyError;
use super::generate::Algorithm;
use super::store;

/// One SSH key pair of ours. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SshKey {
    /// The party whose server it is for.
    pub party: String,
    /// Such as `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:…`, as `ssh-keygen -l` and banks show it.
    pub fingerprint: String,
    /// The line of `authorized_keys` to give to the party.
    pub public: String,
    /// The name inside the key: ours say party and environment, `bankferry-acme (test)`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// The file of the secret half, in OpenSSH's format.
    #[serde(skip)]
    pub file: PathBuf,
}

/// Makes the SSH key pair for a party: Ed25519, or RSA for servers that take nothing else.
///
/// The secret half is not locked by a passphrase; its file has mode 0600. The key carries the word of its environment.
pub fn generate_ssh(dir: &Path, party: &str, environment: &str, algorithm: Algorithm) -> Result<SshKey, KeyError> {
    store::check_name(party)?;
    let folder = dir.join("ssh");
    let file = folder.join(party);
    if party.ends_with(".pub") {
        return Err(KeyError::Name { name: party.to_owned() });
    }
    if crate::disk::is_taken(&file)? {
        return Err(KeyError::Exists { path: file });
    }
    let data = match algorithm {
        Algorithm::Curve25519 => ed25519()?,
        Algorithm::Rsa3072 => rsa(3072)?,
        Algorithm::Rsa4096 => rsa(4096)?,
    };
    let key = PrivateKey::new(data, format!("bankferry-{party} ({environment})")).map_err(refused)?;
    let secret = key.to_openssh(LineEnding::LF).map_err(refused)?;
    let described = describe(party, &file, &key)?;
    store::create(&folder, party, secret.as_bytes())?;
    store::create(&folder, &format!("{party}.pub"), format!("{}\n", described.public).as_bytes())?;
    Ok(described)
}

/// The SSH key pairs of this installation, by party.
pub fn ssh_keys(dir: &Path) -> Result<Vec<SshKey>, KeyError> {
    let files = store::files(&dir.join("ssh"))?;
    let secrets = files.into_iter().filter(|file| file.extension().is_none_or(|extension| extension != "pub"));
    secrets.map(|file| read(&file)).collect()
}

fn read(file: &Path) -> Result<SshKey, KeyError> {
    let foreign = || KeyError::Foreign { path: file.to_owned() };
    let party = file.file_name().and_then(|name| name.to_str()).ok_or_else(foreign)?;
    let key = PrivateKey::from_openssh(store::secret(file)?).map_err(|_| foreign())?;
    describe(party, file, &key)
}

fn describe(party: &str, file: &Path, key: &PrivateKey) -> Result<SshKey, KeyError> {
    Ok(SshKey {
        party: party.to_owned(),
        algorithm: key.algorithm().to_string(),
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        public: key.public_key().to_openssh().map_err(refused)?,
        comment: String::from_utf8_lossy(key.comment().as_bytes()).into_owned(),
        file: file.to_owned(),
    })
}

fn ed25519() -> Result<KeypairData, KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| KeyError::Library { why: error.to_string() })?;
    Ok(Ed25519Keypair::from_seed(&seed).into())
}

/// The OpenPGP library makes the numbers; both formats hold the same ones, with the two primes swapped, because
/// OpenPGP keeps the inverse of `p` modulo `q` and SSH that of `q` modulo `p`.
fn rsa(bits: usize) -> Result<KeypairData, KeyError> {
    let made = Key4::<_, UnspecifiedRole>::generate_rsa(bits).map_err(KeyError::library)?;
    let (PublicKey::RSA { e, n }, Secret::Unencrypted(secret)) = (made.mpis(), made.secret()) else {
        return Err(KeyError::Library { why: "not an RSA key".to_owned() });
    };
    let public = RsaPublicKey::new(Mpint::from_positive_bytes(e.value()), Mpint::from_positive_bytes(n.value()))
        .map_err(refused)?;
    secret.map(|numbers| match numbers {
        SecretKeyMaterial::RSA { d, p, q, u } => {
            let [d, p, q, u] = [d, p, q, u].map(|n| Mpint::from_positive_bytes(n.value()));
            let private = RsaPrivateKey::new(d, u, q, p).map_err(refused)?;
            RsaKeypair::new(public, private).map(Into::into).map_err(refused)
        }
        _ => Err(KeyError::Library { why: "not an RSA key".to_owned() }),
    })
}

fn refused(error: ssh_key::Error) -> KeyError {
    KeyError::Library { why: error.to_string() }
}
