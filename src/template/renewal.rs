//! How a bank takes in our next keys: by files under names that it prescribes.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::pattern::allowed;
use crate::text;
use crate::words::library::Said;

/// `[renewal]`: the files by which our next keys reach a bank, and by which it is told to use them from now on. None
/// of them is sent without a person's word: `bankferry keys renew`.
///
/// Names and the text of the activation may hold `{partner}`, `{fingerprint}` (of the key that the file is about) and
/// `{date}` (`YYYYMMDD`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Renewal {
    /// What the bank knows us by; `bankferry.toml` says it where the template is for all of the bank's customers.
    pub partner: String,
    /// Folder at the bank; that of `[out]` where it is absent.
    pub folder: Option<String>,
    /// Name of the file that brings our next OpenPGP certificate, armored.
    pub certificate: Option<RenewalText>,
    /// Name of the file that brings the public half of our next SSH key, as one line of OpenSSH.
    pub ssh: Option<RenewalText>,
    /// Name of the file that says that the bank is to use the key from now on.
    pub activate: Option<RenewalText>,
    /// What stands in that file, in the bank's own form.
    pub activation: Option<RenewalText>,
    /// Whether these files are signed by our present key and encrypted as `[seal]` says of all files.
    pub sealed: bool,
    /// Whether what is sealed is armored, whatever `[seal]` says of other files.
    pub armor: bool,
}

impl Default for Renewal {
    fn default() -> Renewal {
        Renewal {
            partner: String::new(),
            folder: None,
            certificate: None,
            ssh: None,
            activate: None,
            activation: None,
            sealed: true,
            armor: true,
        }
    }
}

/// What a name or a text of `[renewal]` is filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalParts {
    /// What the bank knows us by.
    pub partner: String,
    /// The key's fingerprint: hex of an OpenPGP certificate, `SHA256:…` of an SSH key.
    pub fingerprint: String,
    /// The day, `YYYYMMDD`.
    pub date: String,
}

impl RenewalParts {
    fn get(&self, field: &str) -> Option<&str> {
        match field {
            "partner" => Some(&self.partner),
            "fingerprint" => Some(&self.fingerprint),
            "date" => Some(&self.date),
            _ => None,
        }
    }
}

/// A text with `{field}`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalText(String);

impl RenewalText {
    /// The text in `text`.
    ///
    /// # Errors
    /// The first field that does not exist.
    pub fn parse(text: &str) -> Result<RenewalText, Said> {
        let unknown = |field: &str| RenewalParts::default().get(field).is_none();
        match fields(text).into_iter().find(|field| unknown(field)) {
            Some(field) => {
                let what = text!("there is no field `{{{field}}}`", "没有字段 `{{{field}}}`");
                let hint = text!(
                    "the fields are `{{partner}}`, `{{fingerprint}}` and `{{date}}`",
                    "可用字段为 `{{partner}}`、`{{fingerprint}}`、`{{date}}`"
                );
                Err(Said::new(what).or_write(hint))
            }
            None => Ok(RenewalText(text.to_string())),
        }
    }

    /// The text made of these parts.
    pub fn fill(&self, parts: &RenewalParts) -> String {
        let (mut filled, mut rest) = (String::new(), self.0.as_str());
        // In one pass: what a value holds is no field.
        while let Some((text, after)) = rest.split_once('{') {
            filled.push_str(text);
            match after.split_once('}') {
                Some((field, after)) => {
                    filled.push_str(parts.get(field).unwrap_or_default());
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled + rest
    }

    /// The file name made of these parts; characters that must not stand in a file name become `_`.
    pub fn file_name(&self, parts: &RenewalParts) -> String {
        self.fill(parts).chars().map(|c| if allowed(c) { c } else { '_' }).collect()
    }

    /// Whether the text has this field.
    pub fn has(&self, field: &str) -> bool {
        fields(&self.0).contains(&field)
    }
}

/// What stands between braces.
fn fields(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|after| after.split_once('}')).map(|(field, _)| field).collect()
}

impl fmt::Display for RenewalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RenewalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RenewalText, D::Error> {
        RenewalText::parse(&String::deserialize(deserializer)?).map_err(|said| serde::de::Error::custom(said.carried()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_names_are_cleaned() {
        let parts =
            RenewalParts { partner: "ACME/1".into(), fingerprint: "SHA256:a+b".into(), date: "20261128".into() };
        let text = RenewalText::parse("<key>{fingerprint}</key><for>{partner}</for> on {date}").expect("a text");
        assert_eq!(text.fill(&parts), "<key>SHA256:a+b</key><for>ACME/1</for> on 20261128");
        let name = RenewalText::parse("{partner}.KEY.DAT").expect("a name");
        assert_eq!(name.file_name(&parts), "ACME_1.KEY.DAT");
        assert!(name.has("partner") && !name.has("date"));
        assert!(RenewalText::parse("{partnr}.DAT").expect_err("a mistake").what.en.contains("{partnr}"));
    }
}
