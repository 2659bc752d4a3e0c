//! Sealing an outbound file: once. The ciphertext is kept and never made again.

use std::fs::File;
use std::io::{Seek, Write};

use super::Stated;
use crate::disk;
use crate::journal::{Event, JournalError, Kept, Outbound, Records};
use crate::route::{Shared, Trouble};
use crate::seal;
use crate::text;
use crate::words::Remedy;

/// Signs and encrypts the written file as its party's policy says, and looks at the result.
pub(super) fn seal(shared: &Shared, file: &Outbound) -> Result<Stated, Trouble> {
    let party = shared.party(&file.party)?;
    let written = written(&shared.records()?, &file.id)?.ok_or_else(|| {
        let id = &file.id;
        Trouble::new(text!("`{id}` has not been written", "`{id}` 尚未生成"), Remedy::Person)
    })?;
    let policy = &party.template.seal;
    let mut plain = shared.verified_file(&written.sha256)?;
    let mut private = disk::private_file(&shared.config.work())?;
    let at = shared.clock.system_time();
    let sealed = seal::seal(policy, &shared.keys, &party.name, at, &mut plain, &mut private)?;
    private.flush()?;
    private.rewind()?;
    seal::is_sealed(policy, &mut private)?;
    private.rewind()?;
    let content = shared.keep(&file.case, "sealed", &file.name, &mut private as &mut File)?;
    let recipients = sealed.recipients.iter().map(|r| r.to_string()).collect();
    Ok(Stated::Sealed { content, recipients, signer: sealed.signer.map(|s| s.to_string()) })
}

/// What was written by the word of the chain, and not what a table says now.
fn written(records: &dyn Records, id: &str) -> Result<Option<Kept>, JournalError> {
    let facts = records.facts_of(id)?.into_iter().rev().filter(|fact| fact.subject == id);
    Ok(facts.map(|fact| fact.event).find_map(|event| match event {
        Event::Written { content } => Some(content),
        _ => None,
    }))
}
