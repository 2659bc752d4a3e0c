//! Sealing: the one message that leaves.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use sequoia_openpgp::Cert;
use sequoia_openpgp::KeyHandle;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::serialize::stream::{Armorer, Compressor, Encryptor, LiteralWriter, Message, Recipient, Signer};
use sequoia_openpgp::types::{AEADAlgorithm, Features, SymmetricAlgorithm};

use super::error::SealError;
use super::keys::Keys;
use super::policy::Policy;
use super::state::PublicKey;

/// Who can read what was sealed, and who signed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Fingerprint of our certificate that signed.
    pub signer: Option<String>,
    /// Fingerprints of the certificates it was encrypted to.
    pub recipients: Vec<String>,
}

/// Seals `input` for `party` into `output`, streaming, as `policy` says.
///
/// Refuses, before the first byte, to encrypt to a key that is expired, revoked, not valid yet, weak or retired, and
/// names it. The result differs every time: seal once and keep it.
pub fn seal(
    policy: &Policy,
    keys: &Keys,
    party: &str,
    at: SystemTime,
    input: &mut dyn Read,
    output: &mut (dyn Write + Send + Sync),
) -> Result<Sealed, SealError> {
    let recipient = policy.encrypt.then(|| keys.recipient(party, policy, at)).transpose()?;
    let signer = policy.sign.then(|| keys.signer(policy, at)).transpose()?;
    let sealed = Sealed {
        signer: signer.as_ref().map(|(fingerprint, _)| fingerprint.clone()),
        recipients: recipient.iter().map(|(cert, _)| cert.fingerprint().to_hex()).collect(),
    };
    write(policy, recipient, signer.map(|(_, pair)| pair), at, input, output)?;
    Ok(sealed)
}

/// Writes one message for a recipient, signed by a pair.
pub(super) fn write(
    policy: &Policy,
    recipient: Option<(&Cert, PublicKey)>,
    signer: Option<KeyPair>,
    at: SystemTime,
    input: &mut dyn Read,
    output: &mut (dyn Write + Send + Sync),
) -> Result<(), SealError> {
    if !policy.seals() {
        copy(input, output)?;
        return output.flush().map_err(SealError::Output);
    }
    let broken = Mutex::default();
    let sink = Sink { inner: output, broken: &broken };
    let written = stack(policy, recipient.as_ref(), signer, at, sink).and_then(|mut message| {
        copy(input, &mut message)?;
        message.finalize().map_err(|error| SealError::library(&error))
    });
    // The library wraps what the system said in words of its own; the system's error says whether waiting helps.
    match (written, broken.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        (Err(SealError::Input(error)), _) => Err(SealError::Input(error)),
        (_, Some(error)) => Err(SealError::Output(error)),
        (written, None) => written.and_then(|()| output.flush().map_err(SealError::Output)),
    }
}

fn stack<'a>(
    policy: &Policy,
    recipient: Option<&'a (&Cert, PublicKey)>,
    signer: Option<KeyPair>,
    at: SystemTime,
    sink: Sink<'a>,
) -> Result<Message<'a>, SealError> {
    layers(policy, recipient, signer, at, sink).map_err(|error| SealError::library(&error))
}

/// Armor around encryption around compression around the signed content, each where the policy wants it.
fn layers<'a>(
    policy: &Policy,
    recipient: Option<&'a (&Cert, PublicKey)>,
    signer: Option<KeyPair>,
    at: SystemTime,
    sink: Sink<'a>,
) -> sequoia_openpgp::Result<Message<'a>> {
    let mut message = Message::new(sink);
    if policy.armor {
        message = Armorer::new(message).kind(Kind::Message).build()?;
    }
    if let Some((_, key)) = recipient {
        message = encrypt(policy, key, message)?;
    }
    if let Some(algorithm) = policy.compression.algorithm() {
        message = Compressor::new(message).algo(algorithm).build()?;
    }
    if let Some(pair) = signer {
        let mut signer = Signer::new(message, pair)?.hash_algo(policy.digest.algorithm())?.creation_time(at);
        if let Some((cert, _)) = recipient {
            signer = signer.add_intended_recipient(cert);
        }
        message = signer.build()?;
    }
    LiteralWriter::new(message).build()
}

/// The container is what the policy says, whatever the certificate advertises.
pub(super) fn encrypt<'a>(
    policy: &Policy,
    key: &'a PublicKey,
    message: Message<'a>,
) -> sequoia_openpgp::Result<Message<'a>> {
    let version_1 = Features::empty().set_seipdv1();
    let recipient = match policy.aead {
        true => Recipient::new(version_1.set_seipdv2(), KeyHandle::from(key.fingerprint()), key),
        false => Recipient::new(version_1, KeyHandle::from(key.keyid()), key),
    };
    let encryptor = Encryptor::for_recipients(message, [recipient]).symmetric_algo(SymmetricAlgorithm::AES256);
    match policy.aead {
        true => encryptor.aead_algo(AEADAlgorithm::OCB).build(),
        false => encryptor.build(),
    }
}

fn copy(input: &mut dyn Read, output: &mut dyn Write) -> Result<(), SealError> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => output.write_all(&buffer[..n]).map_err(SealError::Output)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(SealError::Input(error)),
        }
    }
}

/// The output, remembering the system's error.
struct Sink<'a> {
    inner: &'a mut (dyn Write + Send + Sync),
    broken: &'a Mutex<Option<io::Error>>,
}

impl Sink<'_> {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                let copy = io::Error::new(error.kind(), error.to_string());
                self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(copy);
            }
        })
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.note(result)
    }
}
