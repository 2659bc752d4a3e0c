//! Opening: what comes in, verified and decrypted.

use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::packet::key::{SecretParts, UnspecifiedRole};
use sequoia_openpgp::packet::{Key, PKESK, SKESK, Signature, Tag};
use sequoia_openpgp::parse::stream::{
    DecryptionHelper, Decryptor, DecryptorBuilder, MessageLayer, MessageStructure, VerificationError,
    VerificationHelper, VerificationResult,
};
use sequoia_openpgp::parse::{PacketParser, Parse};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Error as PgpError, KeyHandle, Packet, Result as PgpResult};

use super::error::SealError;
use super::keys::Keys;
use super::policy::Policy;
use super::state::{DAY, State, Use, judge, moment};
use super::watch::{Place, Shared, Watched, guarded};

/// Who signed what was opened, and how large it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Fingerprint of the party's certificate whose signature is good.
    pub signer: Option<String>,
    /// Bytes of plaintext.
    pub bytes: u64,
}

/// How far ahead of ours a party's clock may be.
pub(super) const SKEW: Duration = Duration::from_secs(15 * 60);

/// How long after the end of a key a signature is accepted that was made before it: files wait over weekends and
/// holidays. It bounds how far back a stolen old key can date its signatures.
const LATE: Duration = Duration::from_secs(7 * DAY.as_secs());

/// How much is held back until the signature is judged; what is larger streams.
const BUFFER: usize = 1 << 20;

/// How many times its size a message may unpack to, once it is larger than [`SMALL`].
const RATIO: u64 = 100;
const SMALL: u64 = 16 << 20;

/// The most packets around the content: real messages have less than ten.
const PACKETS: u32 = 100;

/// Opens a file of `party` into `output`, streaming, as `policy` says, and stops at `cap` bytes of plaintext.
///
/// Until this has returned `Ok`, nothing of `output` may be used: a large message is only known to be whole and
/// signed after its last byte.
pub fn open(
    policy: &Policy,
    keys: &Keys,
    party: &str,
    at: SystemTime,
    input: &mut (dyn Read + Send + Sync),
    output: &mut dyn Write,
    cap: u64,
) -> Result<Opened, SealError> {
    let notes = Shared::default();
    if !policy.seals() {
        let bytes = drain(&mut Watched::verbatim(input, &notes), output, cap, &notes, false)?;
        return Ok(Opened { signer: None, bytes });
    }
    let mut watched = Watched::new(input, &notes);
    if policy.sign {
        keys.party(party)?;
    }
    let rules = policy.rules(at);
    let helper = Helper { policy, keys, party, at, rules: &rules, notes: &notes, packets: 0, compressed: false };
    let run = guarded(|| run(&mut watched, helper, &rules, at, output, cap));
    let bytes = run.unwrap_or_else(|| Err(explain(&anyhow!("panic"), &notes)))?;
    finish(&mut watched, &notes)?;
    let (judged, signer) = notes.with(|n| (n.judged, n.signer.take()));
    match judged {
        true => Ok(Opened { signer, bytes }),
        false => Err(SealError::Damaged),
    }
}

fn run<'a>(
    input: &'a mut Watched<'_>,
    helper: Helper<'a>,
    rules: &'a StandardPolicy<'static>,
    at: SystemTime,
    output: &mut dyn Write,
    cap: u64,
) -> Result<u64, SealError> {
    let notes = helper.notes;
    let build = || -> PgpResult<Decryptor<'a, Helper<'a>>> {
        DecryptorBuilder::from_reader(input)?.buffer_size(BUFFER).with_policy(rules, at + SKEW, helper)
    };
    let mut decryptor = build().map_err(|error| explain(&error, notes))?;
    let bytes = drain(&mut decryptor, output, cap, notes, true)?;
    match decryptor.message_processed() {
        true => Ok(bytes),
        false => Err(SealError::Damaged),
    }
}

/// Copies the plaintext, within the cap and the ratio.
fn drain(
    plain: &mut dyn Read,
    output: &mut dyn Write,
    cap: u64,
    notes: &Shared,
    sealed: bool,
) -> Result<u64, SealError> {
    let mut buffer = vec![0; 64 << 10];
    let mut bytes: u64 = 0;
    loop {
        let n = match plain.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(explain(&anyhow::Error::from(error), notes)),
        };
        bytes += n as u64;
        if bytes > cap {
            return Err(SealError::TooBig { cap });
        }
        if sealed && bytes > SMALL && bytes / RATIO > notes.with(|notes| notes.read) {
            return Err(SealError::Bomb);
        }
        output.write_all(&buffer[..n]).map_err(SealError::Output)?;
    }
    output.flush().map_err(SealError::Output)?;
    Ok(bytes)
}

/// Reads what the parser left of the file, and judges the frame.
fn finish(watched: &mut Watched<'_>, notes: &Shared) -> Result<(), SealError> {
    let mut buffer = [0; 4096];
    loop {
        match watched.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(SealError::Input(error)),
        }
    }
    match notes.with(|notes| notes.frame.finish()) {
        Place::Binary | Place::After => Ok(()),
        Place::Armor => Err(SealError::Truncated),
        _ => Err(SealError::Surplus),
    }
}

/// The error for people: what was noticed first, or what the library's error means at this point of the message.
fn explain(error: &anyhow::Error, notes: &Shared) -> SealError {
    let (broken, fault, entered, place) =
        notes.with(|n| (n.broken.take(), n.fault.take(), n.entered, n.frame.finish()));
    if let Some(broken) = broken {
        return SealError::Input(broken);
    }
    if let Some(fault) = fault {
        return fault;
    }
    match place {
        Place::Text | Place::Start if !entered => return SealError::Plain,
        Place::ClearSigned => return SealError::ClearSigned,
        _ => {}
    }
    if is_end(error) { SealError::Truncated } else { SealError::Damaged }
}

/// Whether the library ran out of bytes.
fn is_end(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::UnexpectedEof)
    })
}

/// Answers the parser's questions: which keys, and whether the message is what was agreed.
struct Helper<'a> {
    policy: &'a Policy,
    keys: &'a Keys,
    party: &'a str,
    at: SystemTime,
    rules: &'a StandardPolicy<'static>,
    notes: &'a Shared,
    packets: u32,
    compressed: bool,
}

impl Helper<'_> {
    /// Writes the fault down and stops the parser.
    fn stop<T>(&self, fault: SealError) -> PgpResult<T> {
        self.notes.fault(fault);
        Err(anyhow!("refused"))
    }

    /// What a packet says about the shape of the message; `None` where it fits.
    fn misfit(&mut self, packet: &Packet, depth: isize) -> Option<SealError> {
        self.packets += 1;
        if self.packets > PACKETS {
            return Some(SealError::Shape);
        }
        let entered = self.notes.with(|notes| notes.entered);
        match packet.tag() {
            Tag::SED => Some(SealError::NoIntegrity),
            Tag::AED | Tag::Unknown(20) => Some(SealError::GnuPgContainer),
            Tag::PKESK | Tag::SKESK | Tag::SEIP if !self.policy.encrypt => Some(SealError::Encrypted),
            Tag::SEIP if entered && depth == 0 => Some(SealError::Surplus),
            Tag::SEIP if entered => Some(SealError::Shape),
            Tag::SEIP => {
                self.notes.with(|notes| notes.entered = true);
                None
            }
            Tag::PKESK | Tag::SKESK | Tag::Marker => (entered && depth == 0).then_some(SealError::Surplus),
            _ if entered && depth == 0 => Some(SealError::Surplus),
            Tag::CompressedData if self.compressed => Some(SealError::Shape),
            Tag::CompressedData if !self.policy.reads_compressed() => Some(SealError::Compressed),
            Tag::CompressedData => {
                self.compressed = true;
                None
            }
            Tag::OnePassSig | Tag::Signature | Tag::Literal | Tag::MDC => None,
            _ => Some(SealError::Shape),
        }
    }

    /// Judges the layers, outermost first.
    fn judge(&self, structure: MessageStructure<'_>) -> Result<Option<String>, SealError> {
        let layers: Vec<MessageLayer<'_>> = structure.into_iter().collect();
        let mut layers = layers.into_iter().peekable();
        let encrypted = layers.next_if(|layer| matches!(layer, MessageLayer::Encryption { .. })).is_some();
        if self.policy.encrypt && !encrypted {
            return Err(SealError::NotEncrypted);
        }
        layers.next_if(|layer| matches!(layer, MessageLayer::Compression { .. }));
        let results = match (layers.next(), layers.next()) {
            (None, _) => Vec::new(),
            (Some(MessageLayer::SignatureGroup { results }), None) => results,
            _ => return Err(SealError::Shape),
        };
        self.judge_signatures(results)
    }

    /// At least one good signature by the party where the policy signs, and never a false one in its name.
    fn judge_signatures(&self, results: Vec<VerificationResult<'_>>) -> Result<Option<String>, SealError> {
        let (mut good, mut faults, mut strangers) = (None, Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(checked) => match late(self.keys, self.rules, self.at, checked.ka.cert(), checked.sig) {
                    Some(fault) => faults.push(fault),
                    None => good = good.or_else(|| Some(checked.ka.cert().fingerprint().to_hex())),
                },
                Err(VerificationError::MissingKey { sig }) => strangers.extend(issuer(sig)),
                Err(error) => faults.extend(signature_fault(&error, self.rules)),
            }
        }
        if let Some(false_one) = faults.iter().position(|f| matches!(f, SealError::BadSignature { .. })) {
            return Err(faults.swap_remove(false_one));
        }
        match (good, faults.pop()) {
            (Some(good), _) => Ok(Some(good)),
            (None, Some(fault)) if self.policy.sign => Err(fault),
            (None, _) if !self.policy.sign => Ok(None),
            (None, _) if strangers.is_empty() => Err(SealError::Unsigned),
            (None, _) => Err(SealError::Stranger { signers: strangers }),
        }
    }
}

/// The key was good when it signed; whether it still is, or its end is so recent that the file was on its way.
pub(super) fn late(
    keys: &Keys,
    rules: &StandardPolicy<'_>,
    at: SystemTime,
    cert: &Cert,
    signature: &Signature,
) -> Option<SealError> {
    let state = keys.judge(cert, Use::Sign, rules, at).state;
    let made = signature.signature_creation_time()?;
    let recent = at.duration_since(made).unwrap_or_default() <= LATE;
    let before_retirement = keys.retired_at(cert).is_none_or(|since| made <= since);
    let fits = state.is_usable() || (recent && before_retirement && state != State::Weak);
    (!fits).then(|| SealError::Signer { fingerprint: cert.fingerprint().to_hex(), state })
}

/// What a failed verification means, judged at the moment of signing; `None` for a signature that nobody we know made.
pub(super) fn signature_fault(error: &VerificationError<'_>, rules: &StandardPolicy<'_>) -> Option<SealError> {
    let unusable = |cert: &Cert, sig: &Signature| {
        let made = sig.signature_creation_time().unwrap_or(SystemTime::UNIX_EPOCH);
        let then = judge(cert, Use::Sign, rules, made).state;
        let state = if then.is_usable() { State::Unfit } else { then };
        SealError::Signer { fingerprint: cert.fingerprint().to_hex(), state }
    };
    match error {
        VerificationError::UnboundKey { sig, cert, .. } => Some(unusable(cert, sig)),
        VerificationError::BadKey { sig, ka, .. } => Some(unusable(ka.cert(), sig)),
        VerificationError::BadSignature { sig, ka, error } => Some(bad_signature(sig, ka.cert(), error)),
        _ => None,
    }
}

fn bad_signature(sig: &Signature, cert: &Cert, error: &anyhow::Error) -> SealError {
    let fingerprint = cert.fingerprint().to_hex();
    match error.downcast_ref::<PgpError>() {
        Some(PgpError::NotYetLive(_) | PgpError::Expired(_)) => {
            let made = sig.signature_creation_time().map(moment).unwrap_or_default();
            SealError::SignatureTime { fingerprint, made: made.to_string() }
        }
        Some(PgpError::PolicyViolation(what, _)) => SealError::WeakSignature { fingerprint, why: what.clone() },
        Some(PgpError::BadSignature(why)) if why.starts_with("Not an intended") => SealError::NotForUs,
        _ => SealError::BadSignature { fingerprint },
    }
}

pub(super) fn issuer(sig: &Signature) -> Option<String> {
    sig.get_issuers().into_iter().next().map(|handle| handle.to_hex())
}

impl VerificationHelper for Helper<'_> {
    fn inspect(&mut self, parser: &PacketParser<'_>) -> PgpResult<()> {
        match self.misfit(&parser.packet, parser.recursion_depth()) {
            Some(fault) => self.stop(fault),
            None => Ok(()),
        }
    }

    fn get_certs(&mut self, _: &[KeyHandle]) -> PgpResult<Vec<Cert>> {
        Ok(self.keys.party(self.party).map(<[Cert]>::to_vec).unwrap_or_default())
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> PgpResult<()> {
        match self.judge(structure) {
            Ok(signer) => {
                self.notes.with(|notes| (notes.judged, notes.signer) = (true, signer));
                Ok(())
            }
            Err(fault) => self.stop(fault),
        }
    }
}

impl DecryptionHelper for Helper<'_> {
    fn decrypt(
        &mut self,
        pkesks: &[PKESK],
        _: &[SKESK],
        algorithm: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> PgpResult<Option<Cert>> {
        let mut addressed = false;
        for pkesk in pkesks {
            for (cert, key) in self.keys.decryptors() {
                if !is_for(pkesk, &key) {
                    continue;
                }
                // A message may hide its recipients: then having tried our keys does not mean that it is for us.
                addressed |= pkesk.recipient().is_some();
                let mut pair = match self.keys.unlock(&key) {
                    Ok(pair) => pair,
                    Err(error) => return self.stop(error.into()),
                };
                let Some((cipher, session)) = pkesk.decrypt(&mut pair, algorithm) else { continue };
                if let Some(cipher) = cipher.or(algorithm)
                    && let Some(fault) = self.refused_cipher(cipher)
                {
                    return self.stop(fault);
                }
                if decrypt(cipher, &session) {
                    return Ok(Some(cert.clone()));
                }
            }
        }
        let keys = pkesks.iter().filter_map(|p| p.recipient().map(|handle| handle.to_hex())).collect();
        match (pkesks.is_empty(), addressed) {
            (true, _) => self.stop(SealError::PassphraseOnly),
            (_, true) => self.stop(SealError::Damaged),
            (_, false) => self.stop(SealError::WrongRecipient { keys }),
        }
    }
}

impl Helper<'_> {
    fn refused_cipher(&self, cipher: SymmetricAlgorithm) -> Option<SealError> {
        use sequoia_openpgp::policy::Policy as _;
        let fine = cipher.is_supported() && self.rules.symmetric_algorithm(cipher).is_ok();
        (!fine).then(|| SealError::Cipher { cipher: cipher.to_string() })
    }
}

fn is_for(pkesk: &PKESK, key: &Key<SecretParts, UnspecifiedRole>) -> bool {
    match pkesk.recipient() {
        Some(handle) => handle.aliases(KeyHandle::from(key.fingerprint())),
        None => key.pk_algo().for_encryption(),
    }
}
