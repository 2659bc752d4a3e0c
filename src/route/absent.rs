//! Parties that the journal knows and the configuration does not have: taken out or renamed while something of theirs
//! is under way, or [set aside](SetAside) because nobody can say what was meant. What is under way for them stays where
//! it is, and that is said: it is neither sent nor lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Shared, Trouble, officers};
use crate::config::{Config, SetAside};
use crate::document::Account;
use crate::journal::{
    Batch, BatchState, Event, InboundState, IncidentKind, JournalError, Outbound, OutboundState, PaymentFilter,
    PaymentState, Purpose, Records,
};
use crate::route::paper::Incident;
use crate::text;
use crate::words::{Explain, Remedy, Text, first_few};

/// How a part of the configuration is called that is a party.
const PART: &str = "party ";
/// Days after which a payment of which nobody said more is a matter for reconciliation.
const DAYS_BACK: i64 = 40;

/// A party without a usable place in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// Its name.
    pub party: String,
    /// What is wrong with it, where it is set aside; `None` where the configuration does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<Text>,
    /// Batches and files of it, or for it, that go no further meanwhile, by id.
    pub waits: BTreeSet<String>,
    /// Payments of it that are at their bank, and whose end nobody has told.
    pub open: u64,
}

/// All of them: every party that is set aside, and each other of which something is under way.
///
/// # Errors
/// [`JournalError`].
pub fn absent(config: &Config, records: &dyn Records, now: Timestamp) -> Result<Vec<Absent>, JournalError> {
    let mut found: BTreeMap<String, Absent> = BTreeMap::new();
    let mut see = |party: &str, waits: Option<&str>| {
        if config.party(party).is_none() {
            let absent = found.entry(party.to_string()).or_default();
            absent.waits.extend(waits.map(str::to_string));
        }
    };
    use BatchState::{Checked, Held, Released};
    for batch in records.batches(&[Checked, Held, Released])? {
        see(&batch.party, Some(&batch.id));
        see(&batch.bank, Some(&batch.id));
    }
    use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Unconfirmed, Unknown, Written};
    for file in records.outbounds(&[Numbered, Written, Sealed, Queued, Sending, Publishing, Unconfirmed, Unknown])? {
        see(&file.party, Some(&file.id));
        // What one of its ERPs asked for is not looked at any more.
        let is_here = file.purpose == Purpose::Payments && file.state.is_before_sending();
        for batch in if is_here { records.carried_by(&file.id)? } else { Vec::new() } {
            see(&batch.party, Some(&file.id));
        }
    }
    use InboundState::{Duplicate, Held as HeldFile, Opened, Received};
    for file in records.inbounds(&[Received, Opened, Duplicate, HeldFile])? {
        see(&file.party, Some(&file.id));
    }
    for file in records.untold()? {
        see(&file.party, Some(&file.id));
    }
    for party in known_before(records)?.iter().chain(config.set_aside.iter().map(|aside| &aside.name)) {
        see(party, None);
    }
    for (party, absent) in &mut found {
        absent.party.clone_from(party);
        absent.aside = config.aside(party).map(SetAside::what);
        absent.open = open(records, party, now)?;
    }
    found.retain(|_, absent| absent.aside.is_some() || !absent.waits.is_empty() || absent.open > 0);
    Ok(found.into_values().collect())
}

/// The parties of every configuration that ever was in force.
fn known_before(records: &dyn Records) -> Result<BTreeSet<String>, JournalError> {
    let mut names = BTreeSet::new();
    for fact in records.facts_of(officers::CONFIG)? {
        let Event::ConfigChanged { parts, .. } = fact.event else { continue };
        names.extend(parts.keys().filter_map(|part| part.strip_prefix(PART)).map(str::to_string));
    }
    Ok(names)
}

/// Payments of the party that are at their bank.
fn open(records: &dyn Records, party: &str, now: Timestamp) -> Result<u64, JournalError> {
    let since = now.saturating_sub(SignedDuration::from_hours(24 * DAYS_BACK)).unwrap_or(Timestamp::MIN);
    let from = Some(jiff::tz::TimeZone::UTC.to_datetime(since).date());
    let states = vec![PaymentState::Sent, PaymentState::Accepted, PaymentState::Unknown];
    let filter = PaymentFilter { party: Some(party.into()), states, from, ..PaymentFilter::default() };
    Ok(records.payment_states(&filter)?.values().sum())
}

/// Whether the journal speaks of this party although the configuration does not have it.
///
/// # Errors
/// [`JournalError`].
pub fn was_known(records: &dyn Records, party: &str) -> Result<bool, JournalError> {
    Ok(records.was_in_contact(party)? || known_before(records)?.contains(party))
}

/// The ERP of a file of payments that is absent: nothing says any more by which rules it may go.
///
/// # Errors
/// [`JournalError`].
pub fn erp_of(config: &Config, records: &dyn Records, file: &Outbound) -> Result<Option<String>, JournalError> {
    let mut batches = records.carried_by(&file.id)?.into_iter();
    Ok(batches.find(|batch| config.party(&batch.party).is_none()).map(|batch| batch.party))
}

impl From<&SetAside> for Absent {
    fn from(aside: &SetAside) -> Absent {
        Absent { party: aside.name.clone(), aside: Some(aside.what()), ..Absent::default() }
    }
}

impl Absent {
    /// That it is absent, and what lies there.
    pub fn what(&self) -> Text {
        let Text { en: lies_en, zh: lies_zh } = self.lies();
        match &self.aside {
            Some(Text { en, zh }) => text!("{en}{lies_en}", "{zh}{lies_zh}"),
            None => {
                let party = &self.party;
                text!(
                    "`{party}` is no party of `bankferry.toml` any more{lies_en}",
                    "`bankferry.toml` 中已没有往来方 `{party}`{lies_zh}"
                )
            }
        }
    }

    fn lies(&self) -> Text {
        let (count, open) = (self.waits.len(), self.open);
        let Text { en: named, zh: named_zh } = first_few(&self.waits);
        let waits = match count {
            0 => Text::default(),
            _ => text!("; {count} wait: {named}", "；{count} 项停留：{named_zh}"),
        };
        let open = match open {
            0 => Text::default(),
            _ => text!("; {open} payments are at their bank", "；{open} 笔付款已在银行"),
        };
        Text { en: waits.en + &open.en, zh: waits.zh + &open.zh }
    }

    /// Whether money has moved.
    pub fn money(&self) -> Text {
        match self.open {
            0 => text!("no money moves: nothing is sent to it or for it", "资金不会划转：不向其发送，也不代其发送"),
            _ => text!(
                "money may move at the bank, and its answers reach nobody; nothing more is sent",
                "银行可能划转资金，而其应答无人接收；不再发送"
            ),
        }
    }

    /// What to do.
    pub fn hint(&self) -> Text {
        let party = &self.party;
        match self.aside {
            Some(_) => text!(
                "`bankferry check` says what is wrong; put it right, then start again or send SIGHUP",
                "`bankferry check` 说明问题所在；修正后重新启动或发送 SIGHUP"
            ),
            None => text!(
                "put `{party}` back into `bankferry.toml` until all of it is through, or `bankferry cancel` what waits",
                "请将 `{party}` 写回 `bankferry.toml` 直至全部处理完毕，或用 `bankferry cancel` 撤回停留项"
            ),
        }
    }
}

impl Shared {
    /// What may be for a party that stands aside waits until that is put right: neither refused nor given to another.
    ///
    /// # Errors
    /// [`Trouble`] that time heals.
    pub(super) fn waits_for_aside(&self, account: Option<&Account>) -> Result<(), Trouble> {
        self.config.aside_for(account).map_or(Ok(()), |aside| Err(waits_for(aside)))
    }
}

/// Something cannot be dealt with before the party is put right.
pub(super) fn waits_for(aside: &SetAside) -> Trouble {
    let (name, Text { en, zh }) = (&aside.name, aside.error.what());
    let what = text!(
        "it may be for `{name}`, which is set aside: {en}; nothing is done with it before that is put right",
        "可能属于已搁置的 `{name}`：{zh}；修正之前不作处理"
    );
    Trouble::new(what, Remedy::Wait)
}

/// A bank's answer about payments whose ERP is not there any more.
pub(super) fn nobody_is_told(batch: &Batch) -> Incident {
    let (id, erp) = (&batch.id, &batch.party);
    let what = text!(
        "the bank answers about batch `{id}` of `{erp}`, which is no party any more: no ERP is told",
        "银行应答了 `{erp}` 的批次 `{id}`，而 `{erp}` 已不是往来方：未转告任何 ERP"
    );
    Incident { kind: IncidentKind::Untold, what }
}
