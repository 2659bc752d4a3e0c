//! Opening an inbound file: verified and decrypted into a private file, used only when all is well.

use std::io::Seek;

use super::Stated;
use super::control::is_control;
use crate::disk;
use crate::journal::{Inbound, Vouched};
use crate::route::{Shared, Trouble, authenticity};
use crate::seal;

/// The largest content of an inbound file, as a multiple of the party's largest file.
const MOST_EXPANSION: u64 = 20;

/// Verifies and decrypts, or takes the file as it is where the party's policy says so.
pub(super) fn open(shared: &Shared, file: &Inbound) -> Result<Stated, Trouble> {
    let party = shared.party(&file.party)?;
    if is_control(party, &file.name) {
        // Beside its file it would not be sealed either, and it lets nothing go.
        let (signer, vouched) = (None, Vouched::default());
        return Ok(Stated::Opened { content: file.kept.clone(), signer, vouched });
    }
    if !party.template.seal.seals() {
        let (vouched, signer) = authenticity::vouch(shared, party, file, None)?;
        return Ok(Stated::Opened { content: file.kept.clone(), signer, vouched });
    }
    let mut sealed = shared.verified_file(&file.kept.sha256)?;
    let mut private = disk::private_file(&shared.config.work())?;
    let cap = party.template.inward.max_bytes.saturating_mul(MOST_EXPANSION);
    let at = shared.clock.system_time();
    let opened = seal::open(&party.template.seal, &shared.keys, &party.name, at, &mut sealed, &mut private, cap)?;
    private.rewind()?;
    let content = shared.keep(&file.id, "opened", plain_name(&file.name), &mut private)?;
    let (vouched, signer) = authenticity::vouch(shared, party, file, opened.signer)?;
    Ok(Stated::Opened { content, signer, vouched })
}

/// The name without the suffix of its seal.
pub(super) fn plain_name(name: &str) -> &str {
    [".pgp", ".gpg", ".asc"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}
