//! Who lets a changed configuration send: the officers of the configuration that was confirmed last, never those whom
//! the changed file names.
//!
//! | confirmed before | who confirms |
//! |---|---|
//! | nothing | the officers whom the configuration itself names: the first word is believed, there is no other |
//! | a configuration | the officers whom it names; an approver whom it names stands in for one that has left, aloud |
//! | one in a journal that does not yet say whom it names | the two who confirmed it |
//!
//! Only the configuration that was confirmed last is confirmed: whoever puts an earlier one back changes it.

use std::collections::BTreeMap;

use crate::config::{Config, Identity, Right, User};
use crate::journal::{Act, Confirmed, Event, JournalError, Proposal, Records};
use crate::text;
use crate::words::Text;

/// The subject of what is decided about the configuration.
pub const CONFIG: &str = "config";

/// The configuration that was confirmed last, and whose word counts for the next; `None` where none ever was.
///
/// # Errors
/// [`JournalError`].
pub fn confirmed(records: &dyn Records) -> Result<Option<Confirmed>, JournalError> {
    let stated = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::ConfigConfirmed(confirmed) => Some(*confirmed),
        _ => None,
    });
    match stated {
        Some(confirmed) => Ok(Some(confirmed)),
        None => Ok(approved(records)?.pop().map(by_its_confirmers)),
    }
}

/// Number of the fact by which a configuration was confirmed last; 0 where none was stated to be. What was proposed
/// before it was proposed by the word of others.
///
/// # Errors
/// [`JournalError`].
pub fn confirmed_at(records: &dyn Records) -> Result<u64, JournalError> {
    let facts = records.facts_of(CONFIG)?.into_iter().rev();
    let mut stated = facts.filter(|fact| matches!(fact.event, Event::ConfigConfirmed(_)));
    Ok(stated.next().map_or(0, |fact| fact.seq))
}

/// What people of this configuration confirm when it is confirmed.
pub fn named_by(config: &Config) -> Confirmed {
    let having = |right: Right| {
        let people = config.users.iter().filter(|user| user.has(right));
        people.map(|user: &User| (user.name.clone(), user.system().to_string())).collect::<BTreeMap<_, _>>()
    };
    Confirmed {
        digest: config.digest(),
        needs_officers: config.needs_officers(),
        by_system: config.security.identity == Identity::Os,
        officers: having(Right::Configure),
        approvers: having(Right::Resolve),
    }
}

/// Whether two officers have let this configuration send, and none since.
///
/// # Errors
/// [`JournalError`].
pub fn is_confirmed(records: &dyn Records, digest: &str) -> Result<bool, JournalError> {
    Ok(confirmed(records)?.is_some_and(|confirmed| confirmed.digest == digest))
}

/// Whether nothing is sent to banks because the configuration wants two officers' word and has not got it.
///
/// # Errors
/// [`JournalError`].
pub fn waits_for_officers(config: &Config, records: &dyn Records) -> Result<bool, JournalError> {
    let needs = config.needs_officers() || needed_before(records, config)?;
    Ok(needs && !is_confirmed(records, &config.digest())?)
}

/// Whether a configuration that ran before needed officers, and none that they confirmed has let go of that since: who
/// changes the configuration alone cannot take away that changes are confirmed.
fn needed_before(records: &dyn Records, config: &Config) -> Result<bool, JournalError> {
    let (now, facts) = (config.digest(), records.facts_of(CONFIG)?);
    let is_stated = facts.iter().any(|fact| matches!(fact.event, Event::ConfigConfirmed(_)));
    let approved = if is_stated { Vec::new() } else { approved(records)? };
    for fact in facts.into_iter().rev() {
        match fact.event {
            Event::ConfigConfirmed(confirmed) => return Ok(confirmed.needs_officers),
            Event::ConfigChanged { digest, .. } if digest == now => {}
            Event::ConfigChanged { needs_officers: Some(true), .. } => return Ok(true),
            // What officers confirmed before this was stated, they were needed for.
            Event::ConfigChanged { digest, needs_officers, .. } if approved.iter().any(|p| p.digest == digest) => {
                return Ok(needs_officers.is_none());
            }
            _ => {}
        }
    }
    Ok(false)
}

/// The configurations that two people ever confirmed, in order.
fn approved(records: &dyn Records) -> Result<Vec<Proposal>, JournalError> {
    let proposals = records.proposals_of(CONFIG)?.into_iter();
    Ok(proposals.filter(|p| p.what == Act::Config && p.approved_by.is_some()).collect())
}

/// Journals from before it was stated whom a configuration names know two who were its officers.
fn by_its_confirmers(proposal: Proposal) -> Confirmed {
    let both = [Some(proposal.proposed_by), proposal.approved_by].into_iter().flatten();
    let officers = both.map(|name| (name.clone(), name)).collect();
    Confirmed { digest: proposal.digest, needs_officers: true, officers, ..Confirmed::default() }
}

/// What stops every file for a bank while the configuration waits for its officers.
pub fn words() -> Text {
    text!(
        "nothing is sent to banks: the configuration waits until two officers confirm it",
        "不向银行发送：配置等待两名安全员确认"
    )
}

/// What the officers do.
pub fn hint() -> Text {
    text!(
        "two officers of the configuration that was confirmed last run `bankferry config --confirm --reason TEXT`",
        "由上次确认的配置中的两名安全员运行 `bankferry config --confirm --reason 文字`"
    )
}
