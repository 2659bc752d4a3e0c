//! When the daily control report of each bank is made, and where auditors find it.

use std::path::PathBuf;

use serde::Deserialize;

use crate::calendar::Hour;

/// The daily control report of each bank.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reports {
    /// The hour, on the bank's clock, from which the report of the day before is made.
    pub at: Hour,
    /// Where auditors find reports and signatures, relative to the installation.
    pub folder: PathBuf,
}

impl Default for Reports {
    fn default() -> Reports {
        Reports { at: Hour(jiff::civil::time(6, 0, 0, 0)), folder: "outbox/auditors".into() }
    }
}
