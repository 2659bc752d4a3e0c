//! Names of outbound files: text with fields, filled once and then kept in the journal.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::document::{Date, Moment};
use crate::format::layout::pattern::DatePattern;
use crate::text;
use crate::words::Text;
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
    /// Our number at the party.
    pub sender: String,
    /// The file's number in its sequence.
    pub sequence: u64,
}

/// Over which files of a party the numbers of `{sequence:N}` run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Those of one day on the party's clock: each day begins anew.
    #[default]
    Day,
    /// All for ever.
    Ever,
}

impl Scope {
    /// The day that a file of `today` is counted with; none where all are.
    pub fn day(self, today: Date) -> Option<Date> {
        (self == Scope::Day).then_some(today)
    }
}

/// The most digits of a sequence.
const MOST_DIGITS: usize = 9;

const FIELDS: [&str; 12] = [
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
    "sender",
    "sequence",
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
    #[error("the name would be the same for every file: use {{id}}, {{message_id}} or {{sequence:6}}")]
    NotUnique,
    /// A sequence without the number of its digits, or two of them.
    #[error("a sequence stands once, with its digits: {{sequence:6}}")]
    Sequence,
    /// What stands behind the colon is no pattern of a date.
    #[error("`{0}` has no such form")]
    Form(String, Text),
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
                Said::new(text!("the name would be the same for every file", "每个文件的名称都会相同")).or_write(text!(
                    "put `{{id}}`, `{{message_id}}` or `{{sequence:6}}` into it",
                    "请加入 `{{id}}`、`{{message_id}}` 或 `{{sequence:6}}`"
                ))
            }
            PatternError::Sequence => Said::new(text!(
                "a sequence stands once, with the number of its digits, from 1 to {MOST_DIGITS}",
                "顺序号只能出现一次，并须写明位数（1 至 {MOST_DIGITS}）"
            ))
            .or_write(text!("write for example `{{sequence:6}}`", "请写例如 `{{sequence:6}}`")),
            PatternError::Form(_, why) => Said::new(why.clone()).or_write(text!(
                "write for example `{{date:ddMM}}` or `{{time:HHmm}}`",
                "请写例如 `{{date:ddMM}}` 或 `{{time:HHmm}}`"
            )),
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
        let (mut unique, mut sequences) = (false, 0);
        pattern.walk(|piece| match piece {
            Piece::Text(text) => {
                text.chars().find(|c| !allowed(*c)).map_or(Ok(()), |c| Err(PatternError::Character(c)))
            }
            Piece::Field(name) => {
                unique |= matches!(name, "id" | "message_id");
                sequences += usize::from(name.starts_with(SEQUENCE));
                formed(name)
            }
        })?;
        match sequences {
            0 if !unique => Err(PatternError::NotUnique),
            0 | 1 => Ok(pattern),
            _ => Err(PatternError::Sequence),
        }
    }

    /// The highest number that `{sequence:N}` has room for; none where the name has no sequence.
    pub fn highest(&self) -> Option<u64> {
        let digits = self.0.split_once("{sequence:")?.1.split('}').next()?.parse().ok()?;
        Some(10_u64.pow(digits) - 1)
    }

    /// Whether files of one day have another name than those of the next.
    pub fn names_the_day(&self) -> bool {
        self.0.contains("{date")
    }

    /// Whether files have our message id in their names.
    pub fn names_the_message(&self) -> bool {
        self.0.contains("{message_id}")
    }

    /// Whether our number at the party stands in it.
    pub fn names_the_sender(&self) -> bool {
        self.0.contains("{sender}")
    }

    /// Whether every name ends with a dot and the same letters.
    pub fn has_ending(&self) -> bool {
        self.0.rsplit('}').next().is_some_and(|last| last.contains('.')) || self.0.ends_with(".{extension}")
    }

    /// The name made of these parts; characters that must not stand in a file name become `_`.
    pub fn fill(&self, parts: &NameParts) -> String {
        let mut name = String::new();
        // Proof: `parse` walked the same text without an error, and the visitor gives none.
        let _ = self.walk(|piece| {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Field(field) => {
                    name.extend(parts.filled(field).chars().map(|c| if allowed(c) { c } else { '_' }));
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

/// The field that is a number of its own for each file.
const SEQUENCE: &str = "sequence";

/// Whether there is such a field, in such a form: `date:ddMM`, `time:HHmm`, `sequence:6`.
fn formed(field: &str) -> Result<(), PatternError> {
    let unknown = || Err(PatternError::Field(field.to_string()));
    match field.split_once(':') {
        None if field == SEQUENCE => Err(PatternError::Sequence),
        None if FIELDS.contains(&field) => Ok(()),
        Some((SEQUENCE, digits)) => match digits.parse::<usize>() {
            Ok(1..=MOST_DIGITS) if digits.len() == 1 => Ok(()),
            _ => Err(PatternError::Sequence),
        },
        Some((_, form)) if form.chars().any(|c| !allowed(c)) => unknown(),
        Some(("date" | "time", form)) => match DatePattern::parse(form) {
            Ok(_) => Ok(()),
            Err(why) => Err(PatternError::Form(field.to_string(), why)),
        },
        _ => unknown(),
    }
}

impl NameParts {
    /// What stands for a field that [`formed`] lets pass.
    fn filled(&self, field: &str) -> String {
        match field.split_once(':') {
            None => self.get(field).to_string(),
            Some((SEQUENCE, digits)) => {
                let (number, digits) = (self.sequence, digits.parse().unwrap_or_default());
                format!("{number:0digits$}")
            }
            Some((_, form)) => {
                let form = DatePattern::parse(form).ok();
                form.zip(self.moment()).map(|(form, moment)| form.write(moment)).unwrap_or_default()
            }
        }
    }

    /// Day and time of creation.
    fn moment(&self) -> Option<Moment> {
        let form = DatePattern::parse("yyyyMMddHHmmss").ok()?;
        form.read(&format!("{}{}", self.date, self.time), None)
    }

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
            "sender" => &self.sender,
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
    fn a_sequence_has_its_digits_and_a_day_its_form() {
        let parts = NameParts {
            date: "20261201".into(),
            time: "103059".into(),
            sender: "P17".into(),
            sequence: 42,
            ..NameParts::default()
        };
        for (pattern, name, highest) in [
            ("REQ_105_{sender}_{date}_{sequence:6}.ok", "REQ_105_P17_20261201_000042.ok", 999_999),
            ("PAIDE{date:ddMM}{sequence:3}.txt", "PAIDE0112042.txt", 999),
            ("{date:yyMMdd}-{time:HHmm}-{sequence:1}", "261201-1030-42", 9),
        ] {
            let pattern = Pattern::parse(pattern).expect("a pattern");
            assert_eq!((pattern.fill(&parts).as_str(), pattern.highest()), (name, Some(highest)));
        }
        for wrong in ["{sequence}", "{sequence:0}", "{sequence:10}", "{sequence:six}", "{sequence:3}{sequence:3}"] {
            assert_eq!(Pattern::parse(wrong), Err(PatternError::Sequence), "{wrong}");
        }
        assert!(matches!(Pattern::parse("{id}{date:dd:MM}"), Err(PatternError::Field(_))));
        assert!(matches!(Pattern::parse("{id}{date:QQ}"), Err(PatternError::Form(..))));
        assert!(matches!(Pattern::parse("{id:3}"), Err(PatternError::Field(_))));
        let ends = |text: &str| Pattern::parse(text).expect("a pattern").has_ending();
        assert!(ends("{id}.ok") && ends("{id}.{extension}") && !ends("a.b{id}"));
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
