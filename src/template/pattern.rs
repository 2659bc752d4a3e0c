//! Names of outbound files: text with fields, filled once and then kept in the journal.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::text;
use crate::words::library::{Said, did_you_mean};

/// What a name can be made of. All of it is recorded, none is asked of a clock or a counter again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// Id of the outbound file.
    pub id: String,
    /// Message id.
    pub message_id: String,
    /// Creation day on the party's clock, `YYYYMMDD`.
    pub date: String,
    /// Creation time on the party's clock, `HHMMSS`.
    pub time: String,
    /// What it is for: `payments`, `status`, `statement` …
    pub purpose: String,
    /// The batch or inbound file that it comes from.
    pub batch: String,
    /// The account of a statement.
    pub account: String,
    /// `test` or `production`.
    pub environment: String,
    /// `T` or `P`.
    pub environment_letter: String,
    /// `xml`, `csv`, `jsonl`.
    pub extension: String,
}

const FIELDS: [&str; 10] = [
    "id",
    "message_id",
    "date",
    "time",
    "purpose",
    "batch",
    "account",
    "environment",
    "environment_letter",
    "extension",
];

/// A file name with `{field}`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Default for Pattern {
    fn default() -> Pattern {
        Pattern("{purpose}-{id}.{extension}".into())
    }
}

/// Why a text is not a name pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A field that does not exist.
    #[error(
        "there is no field `{{{0}}}`; the fields are {fields}",
        fields = FIELDS.map(|f| format!("{{{f}}}")).join(" ")
    )]
    Field(String),
    /// A brace without its partner.
    #[error("a `{{` has no `}}`")]
    Brace,
    /// A character that must not stand in a file name.
    #[error("a file name cannot hold {0:?}")]
    Character(char),
    /// Nothing in it is different for every file.
    #[error("the name would be the same for every file: use {{id}} or {{message_id}}")]
    NotUnique,
}

impl PatternError {
    /// In both languages, with what to write instead.
    fn said(&self) -> Said {
        match self {
            PatternError::Field(name) => {
                let what = text!("file names have no `{{{name}}}`", "文件名中没有 `{{{name}}}`");
                Said::new(what).or_write(did_you_mean(name, &FIELDS))
            }
            PatternError::Brace => Said::new(text!("a `{{` has no `}}`", "`{{` 没有对应的 `}}`"))
                .or_write(text!("write `{{id}}`", "写作 `{{id}}`")),
            PatternError::Character(c) => Said::new(text!("a file name cannot hold `{c}`", "文件名不能含有 `{c}`"))
                .or_write(text!(
                    "write letters, digits, `.`, `_` and `-`; the folder stands in `folder`",
                    "只用字母、数字、`.`、`_` 和 `-`；目录写在 `folder`"
                )),
            PatternError::NotUnique => {
                Said::new(text!("the name would be the same for every file", "每个文件的名称都会相同"))
                    .or_write(text!("put `{{id}}` or `{{message_id}}` into it", "请加入 `{{id}}` 或 `{{message_id}}`"))
            }
        }
    }
}

impl Pattern {
    /// The pattern in `text`.
    ///
    /// # Errors
    /// [`PatternError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let pattern = Pattern(text.to_string());
        let mut unique = false;
        pattern.walk(|piece| match piece {
            Piece::Text(text) => {
                text.chars().find(|c| !allowed(*c)).map_or(Ok(()), |c| Err(PatternError::Character(c)))
            }
            Piece::Field(name) if FIELDS.contains(&name) => {
                unique |= matches!(name, "id" | "message_id");
                Ok(())
            }
            Piece::Field(name) => Err(PatternError::Field(name.to_string())),
        })?;
        if unique { Ok(pattern) } else { Err(PatternError::NotUnique) }
    }

    /// The name made of these parts; characters that must not stand in a file name become `_`.
    pub fn fill(&self, parts: &NameParts) -> String {
        let mut name = String::new();
        // Proof: `parse` walked the same text without an error, and the visitor gives none.
        let _ = self.walk(|piece| {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Field(field) => {
                    name.extend(parts.get(field).chars().map(|c| if allowed(c) { c } else { '_' }));
                }
            }
            Ok(())
        });
        name
    }

    /// The name with `*` in the place of every field.
    pub fn with_stars(&self) -> String {
        let mut name = String::new();
        // Proof: as in `fill`.
        let _ = self.walk(|piece| {
            name.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Field(_) => "*",
            });
            Ok(())
        });
        name
    }

    fn walk<'a>(&'a self, mut each: impl FnMut(Piece<'a>) -> Result<(), PatternError>) -> Result<(), PatternError> {
        let mut rest = self.0.as_str();
        while let Some((text, after)) = rest.split_once('{') {
            let (field, after) = after.split_once('}').ok_or(PatternError::Brace)?;
            each(Piece::Text(text))?;
            each(Piece::Field(field))?;
            rest = after;
        }
        each(Piece::Text(rest))
    }
}

/// Whether a name is like a pattern in which `*` stands for anything.
pub(super) fn is_like(name: &str, pattern: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut left) = name.strip_prefix(begin) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    // What stands between two stars is looked for from the left: the earliest place leaves most for the rest.
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    left.ends_with(end)
}

enum Piece<'a> {
    Text(&'a str),
    Field(&'a str),
}

impl NameParts {
    fn get(&self, field: &str) -> &str {
        match field {
            "id" => &self.id,
            "message_id" => &self.message_id,
            "date" => &self.date,
            "time" => &self.time,
            "purpose" => &self.purpose,
            "batch" => &self.batch,
            "account" => &self.account,
            "environment" => &self.environment,
            "environment_letter" => &self.environment_letter,
            _ => &self.extension,
        }
    }
}

/// Letters, digits and `._-`: what every server and every file system takes.
pub(super) fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let pattern = Pattern::parse(&String::deserialize(deserializer)?);
        pattern.map_err(|error| serde::de::Error::custom(error.said().carried()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_and_cleaned() {
        let parts = NameParts { id: "O1".into(), purpose: "../x".into(), ..NameParts::default() };
        assert_eq!(Pattern::parse("{purpose}_{id}.xml").map(|p| p.fill(&parts)), Ok(".._x_O1.xml".into()));
    }

    #[test]
    fn stars_stand_for_anything() {
        for (name, pattern, like) in [
            ("RESP_105_1.ok", "RESP_*", true),
            ("REQ_105_1.ok", "RESP_*", false),
            ("a.txt", "a.txt", true),
            ("a.txt.ok", "a.txt", false),
            ("out-2026-pay.txt", "out-*-pay*.txt", true),
            ("ab", "ab*b", false),
            ("", "*", true),
        ] {
            assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(Pattern::parse("{nope}{id}"), Err(PatternError::Field("nope".into())));
        assert_eq!(Pattern::parse("a/{id}"), Err(PatternError::Character('/')));
        assert_eq!(Pattern::parse("{id"), Err(PatternError::Brace));
        assert_eq!(Pattern::parse("payments.xml"), Err(PatternError::NotUnique));
    }
}
