//! Digests over what the configuration says, part by part, so that a change is noticed and an approval falls with it.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::disk::Sha256Hash;

/// The digest of a table as it was written, comments and layout aside.
pub(super) fn of_table(table: &Table) -> String {
    Sha256Hash::of(Value::Table(table.clone()).to_string().as_bytes()).to_string()
}

/// The digest of several digests in order.
pub(super) fn of_all<'a>(digests: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = digests.into_iter().collect();
    Sha256Hash::of(all.join("\n").as_bytes()).to_string()
}

/// Each part of a `bankferry.toml` by name: `installation`, `security`, `party acme`, `user anna`.
pub(super) fn parts(source: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    let whole: Table = toml::from_str(source).unwrap_or_default();
    for (key, value) in whole {
        match value {
            Value::Array(list) => {
                for table in list.iter().filter_map(Value::as_table) {
                    let name = table.get("name").and_then(Value::as_str).unwrap_or("?");
                    parts.insert(format!("{key} {name}"), of_table(table));
                }
            }
            Value::Table(table) => drop(parts.insert(key, of_table(&table))),
            other => drop(parts.insert(key, Sha256Hash::of(other.to_string().as_bytes()).to_string())),
        }
    }
    parts
}

/// Names of the parts that are new, gone or different.
pub fn changed_parts(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let different = now.iter().filter(|(name, digest)| before.get(*name) != Some(digest)).map(|(name, _)| name);
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let mut names: Vec<String> = different.chain(gone).cloned().collect();
    names.sort();
    names
}
