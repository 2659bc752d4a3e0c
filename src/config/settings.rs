//! What a configuration says, setting by setting, for people who compare two of them.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::carrier::name::harmless;
use crate::disk::Sha256Hash;

/// What each setting says, by its path: `party erp.release.always` says `true`. Of what may be a secret, a digest.
pub type Settings = BTreeMap<String, String>;

/// Digits of a digest that stands for what is not shown.
const SHORT: usize = 12;

/// Adds what a table says, with its path before each setting.
pub(super) fn add(all: &mut Settings, path: &str, table: &Table) {
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        add_value(all, &path, value);
    }
}

fn add_value(all: &mut Settings, path: &str, value: &Value) {
    match value {
        Value::Table(table) if !table.is_empty() => add(all, path, table),
        Value::Array(list) if list.iter().any(Value::is_table) => {
            let mut names = BTreeSet::new();
            for (at, value) in list.iter().enumerate() {
                let name = value.get("name").and_then(Value::as_str).filter(|name| names.insert(name.to_string()));
                let name = name.map_or_else(|| (at + 1).to_string(), str::to_string);
                add_value(all, &format!("{path} {name}"), value);
            }
        }
        said => {
            let said = said.to_string();
            let said = if may_be_secret(path) { format!("(not shown, {})", short(&said)) } else { shown(&said) };
            all.insert(shown(path), said);
        }
    }
}

/// The beginning of the digest of something.
pub(super) fn short(what: &str) -> String {
    let digest = Sha256Hash::of(what.as_bytes()).to_string();
    format!("SHA-256 {}", digest.get(..SHORT).unwrap_or_default())
}

/// As it can stand on a screen: what would move the cursor, or hide, is named.
pub(super) fn shown(text: &str) -> String {
    let mut all = String::new();
    for c in text.chars() {
        match harmless(c) {
            true => all.push(c),
            false => all.extend(c.escape_unicode()),
        }
    }
    all
}

/// Addresses and programs of alarms may hold a password of theirs.
fn may_be_secret(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    let names_a_file = last.ends_with("_file");
    matches!(last, "webhook" | "command") || !names_a_file && (last.contains("password") || last.contains("passphrase"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Settings {
        let mut all = Settings::new();
        add(&mut all, "", &toml::from_str(source).expect("TOML"));
        all
    }

    #[test]
    fn each_setting_has_its_path_and_secrets_are_not_shown() {
        let all =
            of("[[party]]\nname = \"erp\"\naccounts = [\"1\", \"2\"]\nrelease = { two_over = { EUR = \"50\" } }\n\
                      [alarms]\nroute = [{ name = \"pager\", webhook = \"https://x/token\" }]\n");
        assert_eq!(all["party erp.release.two_over.EUR"], "\"50\"");
        assert_eq!(all["party erp.accounts"], "[\"1\", \"2\"]");
        let secret = &all["alarms.route pager.webhook"];
        assert!(secret.starts_with("(not shown, SHA-256 ") && !secret.contains("token"), "{secret}");
    }

    #[test]
    fn two_of_one_name_are_two_and_nothing_moves_the_cursor() {
        let all = of("[[a]]\nname = \"x\"\nsays = 1\n[[a]]\nname = \"x\"\nsays = \"\u{202e}2\"\n");
        assert_eq!(all["a x.says"], "1");
        assert_eq!(all["a 2.says"], "\"\\u{202e}2\"");
    }
}
