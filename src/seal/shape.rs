//! The last look at a sealed file before it leaves.

use std::io::{self, Read};

use anyhow::anyhow;
use sequoia_openpgp::packet::{SEIP, Tag};
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::{Packet, Result as PgpResult};

use super::error::SealError;
use super::policy::Policy;
use super::watch::{Place, Shared, Watched, guarded};

/// Parses the final bytes as the message that the policy demands, streaming, without any key: plaintext, a
/// signed-only file where encryption is agreed, a torn file and a wrong form cannot leave.
///
/// Where the policy neither signs nor encrypts, there is nothing to prove.
pub fn is_sealed(policy: &Policy, input: &mut (dyn Read + Send + Sync)) -> Result<(), SealError> {
    if !policy.seals() {
        return Ok(());
    }
    let notes = Shared::default();
    let mut watched = Watched::new(input, &notes);
    let parsed = guarded(|| walk(policy, &mut watched, &notes)).unwrap_or_else(|| Err(anyhow!("panic")));
    let rest = io::copy(&mut watched, &mut io::sink());
    let (broken, fault, place) = notes.with(|n| (n.broken.take(), n.fault.take(), n.frame.finish()));
    if let Some(broken) = broken {
        return Err(SealError::Input(broken));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    match (place, parsed.is_ok() && rest.is_ok()) {
        (Place::Start | Place::Text, _) => Err(SealError::Plain),
        (Place::ClearSigned, _) => Err(SealError::ClearSigned),
        (Place::Surplus, _) => Err(SealError::Surplus),
        (Place::Armor, _) => Err(SealError::Truncated),
        (Place::Binary | Place::After, false) => Err(SealError::Damaged),
        (place, true) if (place == Place::After) != policy.armor => Err(SealError::Armor),
        (Place::Binary | Place::After, true) => Ok(()),
    }
}

/// Walks the packets to the last byte; what is encrypted stays so.
fn walk(policy: &Policy, input: &mut Watched<'_>, notes: &Shared) -> PgpResult<()> {
    let mut next = PacketParser::from_reader(input)?;
    let (mut containers, mut signatures) = (0, 0);
    while let PacketParserResult::Some(parser) = next {
        match &parser.packet {
            Packet::SEIP(SEIP::V1(_)) if !policy.aead => containers += 1,
            Packet::SEIP(SEIP::V2(_)) if policy.aead => containers += 1,
            Packet::Signature(_) => signatures += 1,
            Packet::Marker(_) => {}
            packet => check(policy, packet.tag(), notes)?,
        }
        next = parser.recurse()?.1;
    }
    let PacketParserResult::EOF(end) = next else { return Err(anyhow!("no end")) };
    end.is_message()?;
    let wanted = if policy.encrypt { containers == 1 && signatures == 0 } else { containers == 0 && signatures == 1 };
    if !wanted {
        notes.fault(SealError::Shape);
    }
    Ok(())
}

fn check(policy: &Policy, tag: Tag, notes: &Shared) -> PgpResult<()> {
    let fault = match (policy.encrypt, tag) {
        (true, Tag::PKESK) => return Ok(()),
        (false, Tag::OnePassSig | Tag::Literal | Tag::CompressedData) => return Ok(()),
        (true, Tag::OnePassSig | Tag::Literal | Tag::CompressedData) => SealError::NotEncrypted,
        (false, Tag::PKESK | Tag::SEIP) => SealError::Encrypted,
        (_, Tag::SED) => SealError::NoIntegrity,
        _ => SealError::Shape,
    };
    notes.fault(fault);
    Err(anyhow!("refused"))
}
