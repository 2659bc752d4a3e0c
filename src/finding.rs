//! Something noticed in somebody's data: which rule, how grave, where, what to do.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::{Lang, Text};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Read or accepted all the same.
    Warning,
    /// The file or payment is refused.
    Error,
}

/// Where in the data. Lines and columns count from 1; a column counts characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line of the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// Character within the line, or the number of the field in a delimited file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<u64>,
    /// Path of elements in an XML file, tag or record in others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The field in the document's own words, such as `creditor_account`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
}

impl Place {
    /// A place known only by its line.
    pub fn line(line: u64) -> Place {
        Place { line: Some(line), ..Place::default() }
    }

    /// A place known by line and column.
    pub fn at(line: u64, column: u64) -> Place {
        Place { line: Some(line), column: Some(column), ..Place::default() }
    }

    /// A place known by the path of its element or the name of its record.
    pub fn path(path: impl Into<String>) -> Place {
        Place { path: Some(path.into()), ..Place::default() }
    }

    /// The same place, naming the field.
    pub fn field(mut self, field: impl Into<String>) -> Place {
        self.field = Some(field.into());
        self
    }

    /// The place in words: `line 12, column 3, field amount`.
    pub fn words(&self) -> Text {
        let mut en = Vec::new();
        let mut zh = Vec::new();
        if let Some(line) = self.line {
            en.push(format!("line {line}"));
            zh.push(format!("第 {line} 行"));
        }
        if let Some(column) = self.column {
            en.push(format!("column {column}"));
            zh.push(format!("第 {column} 列"));
        }
        if let Some(path) = &self.path {
            en.push(path.clone());
            zh.push(path.clone());
        }
        if let Some(field) = &self.field {
            en.push(format!("field {field}"));
            zh.push(format!("字段 {field}"));
        }
        Text { en: en.join(", "), zh: zh.join("，") }
    }
}

/// Something noticed in somebody's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name in kebab-case; stable, scripts and templates refer to it.
    pub rule: Cow<'static, str>,
    /// How grave it is.
    pub level: Level,
    /// Where it was noticed.
    pub place: Place,
    /// What is wrong, in one sentence.
    pub message: Text,
    /// What to do, where that can be said.
    pub hint: Option<Text>,
}

impl Finding {
    /// A finding that refuses the file or payment.
    pub fn error(rule: &'static str, place: Place, message: Text) -> Finding {
        Finding { rule: Cow::Borrowed(rule), level: Level::Error, place, message, hint: None }
    }

    /// A finding that lets the file pass.
    pub fn warning(rule: &'static str, place: Place, message: Text) -> Finding {
        Finding { level: Level::Warning, ..Finding::error(rule, place, message) }
    }

    /// A finding that only informs.
    pub fn info(rule: &'static str, place: Place, message: Text) -> Finding {
        Finding { level: Level::Info, ..Finding::error(rule, place, message) }
    }

    /// The same finding with advice.
    pub fn hint(mut self, hint: Text) -> Finding {
        self.hint = Some(hint);
        self
    }

    /// Whether it refuses.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// One line for a person: place, sentence, rule.
    pub fn line(&self, lang: Lang) -> String {
        let place = self.place.words();
        let (place, message) = (place.to(lang), self.message.to(lang));
        let colon = if place.is_empty() { "" } else { ": " };
        format!("{place}{colon}{message} [{}]", self.rule)
    }
}

/// The contract's shape: `message` and `hint` in English, `message_zh` and `hint_zh` beside them.
#[derive(Deserialize)]
struct Shape {
    rule: String,
    level: Level,
    #[serde(default)]
    place: Place,
    message: String,
    #[serde(default)]
    message_zh: Option<String>,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    hint_zh: Option<String>,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Finding", 7)?;
        s.serialize_field("rule", &self.rule)?;
        s.serialize_field("level", &self.level)?;
        s.serialize_field("place", &self.place)?;
        s.serialize_field("message", &self.message.en)?;
        if let Some(hint) = &self.hint {
            s.serialize_field("hint", &hint.en)?;
        }
        s.serialize_field("message_zh", &self.message.zh)?;
        if let Some(hint) = &self.hint {
            s.serialize_field("hint_zh", &hint.zh)?;
        }
        s.end()
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Finding, D::Error> {
        let s = Shape::deserialize(deserializer)?;
        let both = |en: String, zh: Option<String>| Text { zh: zh.unwrap_or_else(|| en.clone()), en };
        Ok(Finding {
            rule: Cow::Owned(s.rule),
            level: s.level,
            place: s.place,
            message: both(s.message, s.message_zh),
            hint: s.hint.map(|h| both(h, s.hint_zh)),
        })
    }
}

/// A bounded list of findings: a hostile file cannot make us remember a million of them.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    errors: u64,
    left_out: u64,
}

impl Findings {
    /// The most findings kept for one document; the rest are counted.
    pub const MOST: usize = 1_000;

    /// Adds a finding, or counts it when the list is full.
    pub fn push(&mut self, finding: Finding) {
        self.errors += u64::from(finding.is_error());
        if self.kept.len() < Self::MOST {
            self.kept.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether any finding, kept or counted, refuses.
    pub fn refuses(&self) -> bool {
        self.errors > 0
    }

    /// How many were noticed, the counted ones included.
    pub fn len(&self) -> u64 {
        self.kept.len() as u64 + self.left_out
    }

    /// Whether nothing was noticed.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The kept ones.
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// All that was kept, closed by a sentence about what was left out; the list is empty again.
    pub fn take(&mut self) -> Vec<Finding> {
        let mut list = std::mem::take(&mut self.kept);
        if self.left_out > 0 {
            let n = self.left_out;
            let level = if self.errors > 0 { Level::Error } else { Level::Warning };
            let message = crate::text!("{n} more findings are not listed", "另有 {n} 条发现未列出");
            list.push(Finding { level, ..Finding::warning("findings-left-out", Place::default(), message) });
        }
        self.left_out = 0;
        self.errors = 0;
        list
    }
}
