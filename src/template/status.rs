//! What a bank's status codes mean where they differ from ISO 20022.

use std::collections::BTreeMap;

use serde::Deserialize;

/// From a bank's code, matched exactly, to the ISO 20022 code that it stands for.
///
/// A code that is neither here nor in ISO 20022's list is `unknown`: never failed, never success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct StatusMap(BTreeMap<String, String>);

impl StatusMap {
    /// The ISO code for the bank's `code`; the code itself where the map is silent.
    pub fn iso<'a>(&'a self, code: &'a str) -> &'a str {
        self.0.get(code).map_or(code, String::as_str)
    }

    /// Every code of the bank's with the ISO code that it stands for.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(own, iso)| (own.as_str(), iso.as_str()))
    }
}
