//! What the outside has kept from being done: parties that cannot be reached, files whose sending or reading failed and
//! is tried again.
//!
//! What waits for a person's word (a held batch, a file whose approval fell, an UNKNOWN), and a file that was refused,
//! is not here; a file that cannot be made, such as from a batch that was altered in the archive, is: trying again does
//! not help there, and whoever has to decide is told by status and alarm.

use jiff::Timestamp;

use super::absent::{Absent, absent};
use crate::config::Config;
use crate::journal::{
    Contact, Inbound, InboundState, JournalError, Outbound, OutboundState, Records, WAITS_FOR_A_PERSON, noted,
};
use crate::text;
use crate::words::Text;

/// Something that is not done because of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The party.
    pub party: String,
    /// What is not done, why, and whether anything has left.
    pub what: Text,
    /// When it is tried again, RFC 3339, or [`WAITS_FOR_A_PERSON`].
    pub retry_at: String,
    /// What a person does, where it is not about reaching the party.
    pub hint: Option<Text>,
}

/// All of it, as the journal knows it now.
///
/// # Errors
/// [`JournalError`].
pub fn unfinished(config: &Config, records: &dyn Records, now: Timestamp) -> Result<Vec<Unfinished>, JournalError> {
    use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Written};
    let contacts = records.contacts()?;
    let away = |party: &str| contacts.iter().any(|contact| contact.party == party);
    let said = |subject: &str, note: &str| Ok::<_, JournalError>(noted(&records.facts_of(subject)?, note));
    let mut all: Vec<Unfinished> = absent(config, records, now)?.into_iter().filter_map(of_absent).collect();
    for contact in &contacts {
        all.push(of_contact(contact, said(&contact.party, &contact.note)?));
    }
    let outbounds = records.outbounds(&[Numbered, Written, Sealed, Queued, Sending, Publishing])?;
    for file in outbounds.iter().filter(|file| file.retry_at.is_some()) {
        all.extend(of_outbound(file, away(&file.party), said(&file.id, file.evidence.as_deref().unwrap_or_default())?));
    }
    let mut inbounds = records.inbounds(&[InboundState::Received, InboundState::Opened])?;
    inbounds.extend(records.uncleared()?);
    inbounds.sort_by(|one, other| one.id.cmp(&other.id));
    inbounds.dedup_by(|one, other| one.id == other.id);
    for file in inbounds.iter().filter(|file| !away(&file.party) && file.retry_at.is_some()) {
        all.extend(of_inbound(file, said(&file.id, file.note.as_deref().unwrap_or_default())?));
    }
    Ok(all)
}

/// A party that is set aside, or not configured any more while something waits there.
fn of_absent(absent: Absent) -> Option<Unfinished> {
    let (party, retry_at) = (absent.party.clone(), WAITS_FOR_A_PERSON.to_string());
    let waits = absent.aside.is_some() || !absent.waits.is_empty();
    waits.then(|| Unfinished { party, what: absent.what(), retry_at, hint: Some(absent.hint()) })
}

fn of_contact(contact: &Contact, Text { en, zh }: Text) -> Unfinished {
    let Contact { party, retry_at, .. } = contact;
    let what = text!(
        "`{party}` cannot be reached: {en}; nothing is sent to it and nothing fetched until it can",
        "无法连接 `{party}`：{zh}；恢复之前不向其发送，也不收取"
    );
    Unfinished { party: party.clone(), what, retry_at: retry_at.clone(), hint: None }
}

/// A file that is under way, or that time lets be tried again.
fn of_outbound(file: &Outbound, away: bool, Text { en, zh }: Text) -> Option<Unfinished> {
    let retry_at = file.retry_at.clone()?;
    let under_way = matches!(file.state, OutboundState::Sending | OutboundState::Publishing);
    // What cannot be made is no decision that is waited for: somebody has to mend the archive or the template.
    let unmade = matches!(file.state, OutboundState::Numbered | OutboundState::Written);
    if !under_way && !unmade && (away || retry_at == WAITS_FOR_A_PERSON) {
        return None;
    }
    let (id, party) = (&file.id, &file.party);
    let what = match under_way {
        true => text!(
            "`{id}` is not with `{party}` for certain: {en}; it is looked at again, and nothing is sent twice",
            "尚不能确定 `{party}` 已收到 `{id}`：{zh}；将再次查看，不会重复发送"
        ),
        false => text!(
            "`{id}` for `{party}` has not left: {en}; no money has moved",
            "发往 `{party}` 的 `{id}` 尚未发出：{zh}；资金未划转"
        ),
    };
    Some(Unfinished { party: party.clone(), what, retry_at, hint: None })
}

fn of_inbound(file: &Inbound, Text { en, zh }: Text) -> Option<Unfinished> {
    let retry_at = file.retry_at.clone().filter(|at| file.failures > 0 && at != WAITS_FOR_A_PERSON)?;
    let (id, party) = (&file.id, &file.party);
    let what = text!(
        "`{id}` of `{party}` is in the archive and not dealt with: {en}; no money has moved because of it",
        "`{party}` 的 `{id}` 已归档但尚未处理：{zh}；资金未因此划转"
    );
    Some(Unfinished { party: party.clone(), what, retry_at, hint: None })
}
