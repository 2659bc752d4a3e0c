//! A party whose template, calendar or settings cannot be understood stands aside: nothing is sent to it or taken from
//! it, and all others work. What stands aside is never guessed at: where it may be the one that is meant, that waits.

use std::sync::Arc;

use toml::Table;

use super::{Config, ConfigError};
use crate::document::Account;
use crate::text;
use crate::words::{Explain, Text};

/// A party that stands aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// Its name.
    pub name: String,
    /// Its accounts, as far as they can be read.
    pub accounts: Vec<Account>,
    /// What is wrong with it.
    pub error: Arc<ConfigError>,
}

impl SetAside {
    /// The party of a table that could not be understood.
    ///
    /// # Errors
    /// The mistake itself, where all must stop for it: the environments would meet, or nobody can say who it is.
    pub(super) fn of(table: &Table, error: ConfigError) -> Result<SetAside, ConfigError> {
        let name = table.get("name").and_then(|name| name.as_str()).filter(|name| is_name(name));
        match (name, &error) {
            (None, _) | (_, ConfigError::Wall(_)) => Err(error),
            (Some(name), _) => {
                let listed = table.get("accounts").and_then(|list| list.as_array()).into_iter().flatten();
                let accounts = listed.filter_map(|one| Account::parse(one.as_str()?)).collect();
                Ok(SetAside { name: name.to_string(), accounts, error: Arc::new(error) })
            }
        }
    }

    /// That it stands aside, and why.
    pub fn what(&self) -> Text {
        let (name, Text { en, zh }) = (&self.name, self.error.what());
        text!(
            "party `{name}` is set aside: nothing is sent to it or taken from it: {en}",
            "往来方 `{name}` 已搁置：不向其发送，也不收取：{zh}"
        )
    }
}

/// Whether a name is one that a party may have: it is also a folder's.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(plain)
}

impl Config {
    /// The party of this name that stands aside.
    pub fn aside(&self, name: &str) -> Option<&SetAside> {
        self.set_aside.iter().find(|aside| aside.name == name)
    }

    /// Whether the configuration names this party, also where it stands aside.
    pub fn names(&self, name: &str) -> bool {
        self.party(name).is_some() || self.aside(name).is_some()
    }

    /// The party standing aside that may be meant by an account that no other has: the one that lists it, else the
    /// first, since nobody can say which.
    pub fn aside_for(&self, account: Option<&Account>) -> Option<&SetAside> {
        let lists = |aside: &&SetAside| account.is_some_and(|a| aside.accounts.iter().any(|own| own.agrees(a)));
        self.set_aside.iter().find(lists).or(self.set_aside.first())
    }
}
