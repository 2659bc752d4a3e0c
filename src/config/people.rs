//! The people of an installation and what each of them may do.

use std::collections::BTreeSet;

use serde::Deserialize;

/// A person who may decide.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Name, as given to `--as` or as the operating system knows it.
    pub name: String,
    /// What the person may do.
    pub may: BTreeSet<Right>,
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Hold, refuse, cancel.
    Operate,
    /// Release what is held.
    Release,
    /// End an unknown.
    Resolve,
}

impl Right {
    /// The word in `bankferry.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Right::Operate => "operate",
            Right::Release => "release",
            Right::Resolve => "resolve",
        }
    }
}
