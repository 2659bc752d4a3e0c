//! Control files that come by the other path after the file that they speak of was opened.

use jiff::SignedDuration;

use super::{WRONG_CONTROL, against_control, read_control};
use crate::config::Party;
use crate::finding::{Finding, Place};
use crate::journal::{Event, Inbound, JournalError, Records, moment};
use crate::route::elsewhere::CONTRADICTED;
use crate::route::{Shared, Trouble};
use crate::text;

/// How long after its file a control file may come: what comes later speaks of a file that is yet to come.
pub(in crate::route) const LATE: SignedDuration = SignedDuration::from_hours(1);
/// The rule of the note that one came and agrees.
const AGREES: &str = "late-control";

/// A control file that came late.
#[derive(Debug)]
pub struct LateControl {
    /// Its name.
    pub name: String,
    /// The file that it speaks of.
    pub of: Inbound,
    /// The batch in that.
    pub batch: String,
    /// What of it contradicts the file.
    pub against: Option<Finding>,
}

impl LateControl {
    /// What people are told of one that agrees.
    pub fn agrees(&self) -> Finding {
        let name = &self.name;
        let message = text!(
            "the control file `{name}` came after the file was opened, and agrees with it: it lets nothing go by \
             itself",
            "控制文件 `{name}` 在文件打开之后到达，且与之一致：不因此自动放行"
        );
        Finding::info(AGREES, Place::default(), message)
    }
}

/// The control files in the other folder that speak of files which were opened without one shortly before, and that
/// were not looked at yet. That folder may keep its files for ever, so it is asked for single names.
///
/// # Errors
/// [`Trouble`] for the journal and the folder.
pub(in crate::route) fn late(shared: &Shared, party: &Party) -> Result<Vec<LateControl>, Trouble> {
    let policy = party.authenticity.as_ref().filter(|policy| policy.control_folder.is_some());
    let Some(policy) = policy else { return Ok(Vec::new()) };
    let (records, now) = (shared.records()?, shared.clock.now());
    let since = now.saturating_sub(LATE).unwrap_or(now);
    let mut found = Vec::new();
    for of in records.came_since(&party.name, shared.day(since), &moment(since))? {
        if of.vouched.control.is_some() {
            continue;
        }
        let Some(batch) = records.batch_of(&of.id)?.map(|batch| batch.id) else { continue };
        if was_looked_at(&records, &batch)? {
            continue;
        }
        let name = format!("{}{}", of.name, super::CONTROL);
        let against = match read_control(policy, &of) {
            Ok(None) => continue,
            Ok(Some(control)) => totals_differ(&records, &of, control)?,
            Err(trouble) if trouble.refusal.is_empty() => return Err(trouble),
            Err(trouble) => trouble.refusal.into_iter().next(),
        };
        found.push(LateControl { name, of, batch, against });
    }
    Ok(found)
}

/// What of count and sums differs from the batch. Without what was left out the batch is not what the file holds.
fn totals_differ(
    records: &dyn Records,
    of: &Inbound,
    control: crate::journal::Control,
) -> Result<Option<Finding>, JournalError> {
    let facts = records.facts_of(&of.id)?;
    let checked = facts.iter().find_map(|fact| match &fact.event {
        Event::Checked { totals, left_out, .. } if left_out.is_empty() => Some(totals),
        _ => None,
    });
    let Some(totals) = checked else { return Ok(None) };
    let mut of = of.clone();
    of.vouched.control = Some(control);
    Ok(against_control(&of, totals.count, &totals.sums))
}

/// Whether a late control file of the batch was told already.
fn was_looked_at(records: &dyn Records, batch: &str) -> Result<bool, JournalError> {
    let is_it = |finding: &Finding| [AGREES, CONTRADICTED, WRONG_CONTROL].contains(&finding.rule.as_ref());
    let facts = records.facts_of(batch)?;
    let mut noticed = facts.iter().filter_map(|fact| match &fact.event {
        Event::Noticed { findings } => Some(findings),
        _ => None,
    });
    Ok(noticed.any(|findings| findings.iter().any(is_it)))
}
