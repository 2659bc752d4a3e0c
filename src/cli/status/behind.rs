//! Files that wait because their bank takes one at a time and has one.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::CliError;
use crate::config::Config;
use crate::journal::{Outbound, OutboundState, SqliteJournal};
use crate::route::in_flight;

/// The files that wait at one bank, and for which other.
#[derive(Serialize)]
pub(super) struct Behind {
    /// The bank.
    pub party: String,
    /// The file about which the bank has to say more before.
    pub ahead: String,
    /// The state of that file.
    pub state: OutboundState,
    /// Since when it has that state, RFC 3339.
    pub since: String,
    /// The files that wait, in the order in which they go.
    pub waits: Vec<String>,
    /// What lets the next file go without the bank's answer, where a person alone can say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip)]
    pub file: Outbound,
}

impl Behind {
    /// All of them.
    pub fn all(config: &Config, records: &SqliteJournal, now: Timestamp) -> Result<Vec<Behind>, CliError> {
        let mut all = Vec::new();
        for bank in &config.parties {
            let Some(file) = in_flight::ahead(records, bank, now)? else { continue };
            let waits: Vec<String> = in_flight::behind(records, bank)?.into_iter().map(|file| file.id).collect();
            if waits.is_empty() {
                continue;
            }
            let (party, ahead, state, since) = (bank.name.clone(), file.id.clone(), file.state, file.since.clone());
            let command = in_flight::may_be_passed(&file).then(|| format!("bankferry release {ahead} --reason TEXT"));
            all.push(Behind { party, ahead, state, since, waits, command, file });
        }
        Ok(all)
    }
}
