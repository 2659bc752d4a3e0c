//! Which settings a configuration changes, for the people who confirm it: against the one that was confirmed last, and
//! against the one that somebody has proposed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::{Config, changed_parts};
use crate::journal::{Act, Event, JournalError, NewFact, Proposal, Records};
use crate::route::officers::{self, CONFIG};
use crate::text;
use crate::words::Text;

/// The subject of what configurations say that somebody has proposed.
pub const SETTINGS: &str = "config-settings";

/// A setting that another configuration says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its path, such as `party erp.release.always`; of a configuration of which only digests are known, the part.
    pub setting: String,
    /// What the other configuration says; `None` where it says nothing, or where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What the configuration says now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

impl Changed {
    /// In a line.
    pub fn words(&self) -> Text {
        let Changed { setting, before, now } = self;
        match (before, now) {
            (Some(before), Some(now)) => Text::same(format!("{setting}: {before} → {now}")),
            (None, Some(now)) => text!("{setting}: new: {now}", "{setting}：新增：{now}"),
            (Some(before), None) => text!("{setting}: gone; it was {before}", "{setting}：已删除，原为 {before}"),
            (None, None) => text!("{setting}: changed", "{setting}：已变更"),
        }
    }
}

/// What differs from the configuration that was confirmed last; `None` where none ever was, or nothing is known of it.
///
/// # Errors
/// [`JournalError`].
pub fn since_confirmed(config: &Config, records: &dyn Records) -> Result<Option<Vec<Changed>>, JournalError> {
    match officers::confirmed(records)? {
        Some(confirmed) => since(config, records, &confirmed.digest),
        None => Ok(None),
    }
}

/// What differs from the configuration of this digest; `None` where nothing is known of it.
///
/// # Errors
/// [`JournalError`].
pub fn since(config: &Config, records: &dyn Records, digest: &str) -> Result<Option<Vec<Changed>>, JournalError> {
    let by_setting = stated(records, digest)?.map(|before| compared(&before, &config.settings));
    // Journals from before settings were stated know the digests of parts.
    if by_setting.as_ref().is_some_and(|changed| !changed.is_empty()) || config.digest() == digest {
        return Ok(Some(by_setting.unwrap_or_default()));
    }
    let parts = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::ConfigChanged { digest: of, parts, .. } if of == digest => Some(parts),
        _ => None,
    });
    let named = |setting: String| Changed { setting, before: None, now: None };
    let by_part = parts.map(|parts| changed_parts(&parts, &config.parts).into_iter().map(named).collect());
    Ok(by_part.or(by_setting))
}

/// What states the settings of the configuration, for whoever compares the next one with it; `None` where the journal
/// has them.
///
/// # Errors
/// [`JournalError`].
pub fn statement(config: &Config, records: &dyn Records, who: &str) -> Result<Option<NewFact>, JournalError> {
    let digest = config.digest();
    if stated(records, &digest)?.is_some() {
        return Ok(None);
    }
    let event = Event::ConfigSettings { digest, settings: config.settings.clone() };
    let (case, subject) = (SETTINGS.to_string(), SETTINGS.to_string());
    Ok(Some(NewFact { actor: who.into(), case, subject, event }))
}

/// The last proposal of a configuration, since one was confirmed, that is not this one: it has fallen with the change.
///
/// # Errors
/// [`JournalError`].
pub fn fallen(config: &Config, records: &dyn Records) -> Result<Option<Proposal>, JournalError> {
    let confirmed =
        |event: &Event| matches!(event, Event::ConfigConfirmed(_) | Event::Approved { what: Act::Config, .. });
    let last = records.facts_of(CONFIG)?.into_iter().rev().find(|fact| confirmed(&fact.event));
    let (since, digest) = (last.map_or(0, |fact| fact.seq), config.digest());
    let mut proposals = records.proposals_of(CONFIG)?.into_iter().rev();
    Ok(proposals.find(|p| p.what == Act::Config && p.fact > since && p.digest != digest))
}

fn stated(records: &dyn Records, digest: &str) -> Result<Option<BTreeMap<String, String>>, JournalError> {
    Ok(records.facts_of(SETTINGS)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::ConfigSettings { digest: of, settings } if of == digest => Some(settings),
        _ => None,
    }))
}

fn compared(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Changed> {
    let mut settings: Vec<&String> =
        before.keys().chain(now.keys().filter(|name| !before.contains_key(*name))).collect();
    settings.sort();
    let of = |setting: &String| {
        let (before, now) = (before.get(setting), now.get(setting));
        (before != now).then(|| Changed { setting: setting.clone(), before: before.cloned(), now: now.cloned() })
    };
    settings.into_iter().filter_map(of).collect()
}
