//! Whose word counts for the configuration that comes after one that two people confirmed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The people of a configuration that two of them have confirmed. Whoever changes the configuration file names people
/// in it; so it is these who confirm the change, and not those whom the changed file names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Digest of all of it.
    pub digest: String,
    /// Whether two officers must confirm the next one.
    pub needs_officers: bool,
    /// Whether people are known by the operating system's user alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_system: bool,
    /// Who confirms the next one: the operating system's user of each, by name.
    pub officers: BTreeMap<String, String>,
    /// Who stands in for an officer that has left: the operating system's user of each, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approvers: BTreeMap<String, String>,
}

impl Confirmed {
    /// The name, in this configuration, of the operating system's user.
    pub fn name_of(&self, system: &str) -> Option<&str> {
        let all = self.officers.iter().chain(&self.approvers);
        all.filter(|(_, user)| *user == system).map(|(name, _)| name.as_str()).next()
    }
}
