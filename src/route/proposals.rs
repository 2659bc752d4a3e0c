//! What one person proposed and nobody has confirmed yet: whether it still stands.
//!
//! A proposal is bound to what its person saw. It falls when that has changed, when the same person proposes the same
//! thing otherwise, and when it happened on another way; nothing is stated for it, since it follows from the facts.

use jiff::Timestamp;

use super::decide::{self, Matter};
use super::{by_hand, fence, in_flight};
use crate::config::Config;
use crate::journal::{
    Act, BatchState, InboundState, JournalError, OutboundState, Oversight, PaymentState, Proposal, Records,
    WAITS_FOR_A_PERSON, moment,
};
use crate::text;
use crate::words::{Explain, Text};

/// A proposal that nobody has confirmed, and why it has fallen, if it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// What was proposed.
    pub proposal: Proposal,
    /// Why it counts no longer; `None` while it stands.
    pub fallen: Option<Text>,
}

/// The proposals that were not confirmed and have not expired, the oldest first.
///
/// # Errors
/// [`JournalError`].
pub fn waiting<R: Records + Oversight>(
    records: &R,
    config: &Config,
    now: Timestamp,
) -> Result<Vec<Weighed>, JournalError> {
    let open = records.open_proposals(&moment(now))?;
    open.into_iter().map(|proposal| weighed(records, config, proposal)).collect()
}

/// What else was proposed about the subject of a matter, of the same kind or its opposite, and not confirmed.
///
/// # Errors
/// [`JournalError`].
pub fn beside<R: Records + Oversight>(
    records: &R,
    config: &Config,
    matter: &Matter,
    now: Timestamp,
) -> Result<Vec<Weighed>, JournalError> {
    let at = moment(now);
    let alike = |p: &Proposal| p.what == matter.what || opposite(p.what) == Some(matter.what);
    let mut open = records.proposals_of(&matter.subject)?;
    open.retain(|p| alike(p) && p.approved_by.is_none() && p.expires > at);
    open.retain(|p| p.what != matter.what || p.digest != matter.digest);
    open.into_iter().map(|proposal| weighed(records, config, proposal)).collect()
}

/// What two people can say instead of an act.
fn opposite(what: Act) -> Option<Act> {
    match what {
        Act::ResolveSent => Some(Act::ResolveNotSent),
        Act::ResolveNotSent => Some(Act::ResolveSent),
        Act::Release
        | Act::TakeBack
        | Act::Resend
        | Act::LetIn
        | Act::PassOver
        | Act::Match
        | Act::Unmatch
        | Act::Unfence
        | Act::Config => None,
    }
}

fn weighed<R: Records + Oversight>(records: &R, config: &Config, proposal: Proposal) -> Result<Weighed, JournalError> {
    let fallen = match decide::proposed_otherwise_since(records, &proposal)? {
        true => {
            let who = &proposal.proposed_by;
            Some(text!("`{who}` has proposed it otherwise since", "`{who}` 之后已另行提议"))
        }
        false => changed(records, config, &proposal)?,
    };
    Ok(Weighed { proposal, fallen })
}

/// What has changed since of what the proposer saw.
fn changed<R: Records + Oversight>(
    records: &R,
    config: &Config,
    proposal: &Proposal,
) -> Result<Option<Text>, JournalError> {
    let id = proposal.subject.as_str();
    Ok(match proposal.what {
        Act::Release | Act::TakeBack | Act::ResolveSent if records.batch(id)?.is_some() => {
            batch(records, config, proposal)?
        }
        Act::ResolveSent | Act::ResolveNotSent if id.contains('/') => payment(records, proposal)?,
        Act::Release | Act::TakeBack | Act::ResolveSent | Act::ResolveNotSent | Act::Resend | Act::PassOver => {
            file(records, proposal)?
        }
        Act::LetIn => inbound(records, proposal)?,
        Act::Match | Act::Unmatch => by_hand::changed(records, proposal)?,
        Act::Unfence => {
            let standing = records.standing()?.filter(|standing| standing.fenced.is_some());
            let machine = fence::machine_id()
                .map_err(|error| JournalError::Rows { why: error.what(), remedy: error.remedy() })?;
            match standing.map(|standing| fence::digest(&standing, &machine)) {
                None => Some(text!("this installation is not fenced any more", "本安装已不在恢复模式")),
                Some(digest) => (digest != proposal.digest)
                    .then(|| text!("it was fenced anew, or runs on another machine", "已重新隔离，或换了机器")),
            }
        }
        Act::Config => (config.digest() != proposal.digest)
            .then(|| text!("the configuration has changed since", "此后配置又有变更")),
    })
}

fn batch(records: &dyn Records, config: &Config, proposal: &Proposal) -> Result<Option<Text>, JournalError> {
    let id = &proposal.subject;
    let Some(batch) = records.batch(id)? else { return Ok(None) };
    let may_go = matches!(batch.state, BatchState::Held | BatchState::Checked);
    if !may_go && (proposal.what == Act::Release || batch.state != BatchState::Released) {
        return Ok(Some(is_now(id, batch.state.word(), batch.state.word_zh())));
    }
    Ok((decide::batch_digest(config, &batch) != proposal.digest).then(|| otherwise(id)))
}

fn file(records: &dyn Records, proposal: &Proposal) -> Result<Option<Text>, JournalError> {
    let id = &proposal.subject;
    let Some(file) = records.outbound(id)? else { return Ok(None) };
    let may = match proposal.what {
        Act::Release => file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON),
        Act::Resend => file.state.leads_to_by_resend().contains(&OutboundState::Queued),
        Act::PassOver => in_flight::may_be_passed(&file),
        _ => !file.state.leads_to_by_word().is_empty(),
    };
    if !may {
        return Ok(Some(is_now(id, file.state.word(), file.state.word_zh())));
    }
    let said = proposal.reference.as_deref().unwrap_or_default();
    Ok((decide::outbound_digest(&file, said) != proposal.digest).then(|| otherwise(id)))
}

fn inbound(records: &dyn Records, proposal: &Proposal) -> Result<Option<Text>, JournalError> {
    let id = &proposal.subject;
    let Some(file) = records.inbound(id)? else { return Ok(None) };
    if file.state != InboundState::Held {
        return Ok(Some(is_now(id, file.state.word(), file.state.word_zh())));
    }
    Ok((decide::inbound_digest(&file) != proposal.digest).then(|| otherwise(id)))
}

/// A payment that is named by batch and place.
fn payment(records: &dyn Records, proposal: &Proposal) -> Result<Option<Text>, JournalError> {
    let id = proposal.subject.as_str();
    let Some((batch, place)) = id.rsplit_once('/') else { return Ok(None) };
    let Ok(place) = place.parse() else { return Ok(None) };
    let Some(payment) = records.payment_at(batch, place)? else { return Ok(None) };
    if payment.state != PaymentState::Unknown {
        return Ok(Some(is_now(id, payment.state.word(), payment.state.word_zh())));
    }
    let moved = records.payment_steps(payment.row)?.last().map(|step| step.seq);
    Ok((decide::payment_digest(&payment, moved) != proposal.digest).then(|| otherwise(id)))
}

fn is_now(id: &str, state: &str, state_zh: &str) -> Text {
    text!("`{id}` is {state} by now", "`{id}` 现为 {state_zh}")
}

fn otherwise(id: &str) -> Text {
    text!("`{id}` is not as the proposer saw it", "`{id}` 已与提议人所见不同")
}
