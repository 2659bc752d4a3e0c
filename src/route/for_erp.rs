//! Numbering files for ERPs: the one place where such a file gets its id and its name, whoever makes it necessary.

use jiff::Timestamp;

use super::number::{self, numbering_of};
use super::paper::Output;
use crate::config::Config;
use crate::document::Date;
use crate::journal::{Event, IdKind, Journal, JournalError, NewFact, Outbound, Purpose, Records};

/// Who numbers files for ERPs, and when.
#[derive(Clone, Copy, Debug)]
pub struct ForErp<'a> {
    /// The installation's settings.
    pub config: &'a Config,
    /// The person, or the program.
    pub actor: &'a str,
    /// The moment.
    pub now: Timestamp,
    /// Its day at the installation's place.
    pub day: Date,
}

impl ForErp<'_> {
    /// Numbers a file for an ERP that follows from the inbound file `source`: its id, and the fact. `None` where the
    /// ERP is not configured.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn number(
        &self,
        journal: &mut impl Journal,
        output: &Output,
        source: &str,
    ) -> Result<Option<(String, NewFact)>, JournalError> {
        let Some(erp) = self.config.party(&output.party) else { return Ok(None) };
        let id = journal.next_id(IdKind::Outbound, self.day)?;
        let numbering = number::for_erp(self.config, erp, output, source, &id, self.now);
        let (actor, case) = (self.actor.to_string(), source.to_string());
        Ok(Some((id.clone(), NewFact { actor, case, subject: id, event: Event::Numbered(numbering) })))
    }

    /// Numbers the status files that tell the ERPs of a file for a bank, payment by payment and in our own words, what
    /// this fact about it says; to be stated right behind it. None where the fact is told otherwise, or to nobody.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn own_word(
        &self,
        journal: &mut impl Journal,
        file: &Outbound,
        event: &Event,
    ) -> Result<Vec<NewFact>, JournalError> {
        let mut facts = Vec::new();
        if file.purpose != Purpose::Payments || !is_told(journal, file, event)? {
            return Ok(facts);
        }
        for batch in journal.carried_by(&file.id)? {
            let formats = self.config.party(&batch.party).map(|erp| erp.template.outputs.status.clone());
            for format in formats.unwrap_or_default() {
                let output = Output {
                    party: batch.party.clone(),
                    purpose: Purpose::Status,
                    document: 0,
                    format,
                    account: String::new(),
                    about: batch.id.clone(),
                };
                let Some((_, mut numbered)) = self.number(journal, &output, &batch.inbound)? else { continue };
                if let Event::Numbered(numbering) = &mut numbered.event {
                    numbering.bank_file = Some(file.id.clone());
                }
                facts.push(numbered);
            }
        }
        Ok(facts)
    }
}

/// Whether an ERP reads of this in a status file: whether its bank has the file is in doubt, or is so no longer, or one
/// part of a batch goes no further while the others do.
fn is_told(records: &dyn Records, file: &Outbound, event: &Event) -> Result<bool, JournalError> {
    match event {
        Event::Cancelled { .. } => Ok(numbering_of(records, &file.id)?.is_some_and(|n| n.part.is_some())),
        _ => Ok(is_own_word(event)),
    }
}

/// Whether a fact about a file for a bank may be told in our own words.
pub(super) fn is_own_word(event: &Event) -> bool {
    matches!(event, Event::Unknown(_) | Event::Resent { .. } | Event::Resolved { .. } | Event::Cancelled { .. })
}
