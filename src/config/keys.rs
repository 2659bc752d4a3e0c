//! The keys of a party: its own, and those of the template that it lies over.

use toml::de::{DeTable, DeValue};

use crate::text;
use crate::words::Text;
use crate::words::library::{did_you_mean, line_and_column};

/// The keys of a party that are not its template's.
pub(super) const OWN: [&str; 9] =
    ["name", "template", "environment", "accounts", "release", "refusal", "duplicates", "authenticity", "sftp"];

/// The keys of a template that a party may say otherwise.
const OF_TEMPLATE: [&str; 19] = [
    "kind",
    "summary",
    "provenance",
    "out",
    "in",
    "outputs",
    "payments",
    "calendar",
    "dates",
    "answers",
    "statements",
    "checks",
    "seal",
    "renewal",
    "ssh",
    "test",
    "production",
    "status",
    "layout",
];

/// The first key of a party that none has, with its place in the text of `bankferry.toml`.
pub(super) fn unknown(source: &str) -> Option<Text> {
    let table = DeTable::parse(source).ok()?;
    let (_, parties) = table.get_ref().iter().find(|(key, _)| key.get_ref() == "party")?;
    let DeValue::Array(parties) = parties.get_ref() else { return None };
    let known: Vec<&str> = OWN.into_iter().chain(OF_TEMPLATE).collect();
    for party in parties.iter() {
        let DeValue::Table(party) = party.get_ref() else { continue };
        if let Some((key, _)) = party.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            let (line, column) = line_and_column(source, key.span().start);
            let Text { en, zh } = did_you_mean(key.get_ref(), &known);
            let key = key.get_ref();
            return Some(text!(
                "line {line}, column {column}: a party has no key `{key}`; {en}",
                "第 {line} 行第 {column} 列：往来方没有键 `{key}`；{zh}"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_template_is_one_that_a_party_may_have() {
        // What a template says of a key that it has not lists those that it has.
        let error = toml::from_str::<crate::template::Template>("zzz = 1").expect_err("no such key");
        let said = error.to_string();
        let listed: Vec<&str> = said.split('`').skip(1).step_by(2).filter(|key| *key != "zzz").collect();
        assert!(listed.len() > 10, "{said}");
        for key in &listed {
            assert!(OWN.contains(key) || OF_TEMPLATE.contains(key), "{key}");
        }
        assert!(OF_TEMPLATE.iter().all(|key| listed.contains(key)), "{said}");
    }
}
