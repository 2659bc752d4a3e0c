//! Sentences for people, always in both languages.
//!
//! A sentence is written once in English and once in Simplified Chinese, side by side, where the
//! thing it speaks of happens. Who prints it chooses the language. Scripts rely on rule names,
//! codes and JSON fields, never on a sentence.

pub mod library;
pub mod system;

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The most names that a sentence lists.
const MOST_NAMED: usize = 5;

/// The language that a person reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// The language of a locale name such as `zh_CN.UTF-8`; English for all that is not Chinese.
    pub fn of_locale(locale: &str) -> Lang {
        if locale.to_ascii_lowercase().starts_with("zh") { Lang::Zh } else { Lang::En }
    }
}

/// One sentence in both languages. Made with [`text!`](crate::text).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// The English sentence: lower-case start, no full stop, names in backticks.
    pub en: String,
    /// 简体中文。
    pub zh: String,
}

impl Text {
    /// The sentence in the reader's language.
    pub fn to(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// Words that are the same in both languages: a file name, a bank's own message.
    pub fn same(words: impl Into<String>) -> Text {
        let en = words.into();
        Text { zh: en.clone(), en }
    }
}

/// The first few names of a list, and whether there are more.
pub fn first_few<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Text {
    let mut names = names.into_iter();
    let named: Vec<S> = names.by_ref().take(MOST_NAMED).collect();
    let joined = |between: &str| named.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(between);
    let (en, zh) = (joined(", "), joined("、"));
    match names.next() {
        Some(_) => crate::text!("{en}, …", "{zh}等"),
        None => Text { en, zh },
    }
}

/// Reads a sentence of a settings file: one for all readers, or `{ en = "…", zh = "…" }`.
///
/// # Errors
/// It is neither.
pub fn one_or_both<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    /// A sentence in both languages.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Both {
        en: String,
        zh: String,
    }

    struct OneOrBoth;
    impl<'de> Visitor<'de> for OneOrBoth {
        type Value = Text;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, words: &str) -> Result<Text, E> {
            Ok(Text::same(words))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
            let Both { en, zh } = Both::deserialize(MapAccessDeserializer::new(map))?;
            Ok(Text { en, zh })
        }
    }
    deserializer.deserialize_any(OneOrBoth)
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// Writes one sentence in both languages; both formats see the same names in scope.
///
/// ```
/// let count = 3;
/// let t = bankferry::text!("{count} payments are held", "{count} 笔付款待复核");
/// assert_eq!(t.en, "3 payments are held");
/// assert_eq!(t.zh, "3 笔付款待复核");
/// ```
#[macro_export]
macro_rules! text {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::words::Text { en: format!($en), zh: format!($zh) }
    };
}

/// What has to happen before trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Time may heal it: network, a busy disk, a bank's window. Retried with back-off.
    Wait,
    /// A person must change something first: a key, a right, a setting. Not retried.
    Person,
    /// We cannot know whether it happened. Never repeated by the program.
    Unknown,
}

impl Remedy {
    /// What the system's refusal of a file asks for: time where the disk is full, busy or failing, or read-only until
    /// it is mounted anew; a person for rights and wrong paths.
    pub fn of_io(error: &std::io::Error) -> Remedy {
        use std::io::ErrorKind::*;
        match error.kind() {
            PermissionDenied | NotFound | CrossesDevices | NotADirectory | IsADirectory | InvalidInput
            | InvalidFilename | Unsupported | FileTooLarge => Remedy::Person,
            _ => Remedy::Wait,
        }
    }
}

/// An error that can explain itself to a person.
pub trait Explain: std::error::Error {
    /// What happened, and where.
    fn what(&self) -> Text;
    /// The next step, where there is one to name.
    fn hints(&self) -> Vec<Text> {
        Vec::new()
    }
    /// What has to happen before trying again can help.
    fn remedy(&self) -> Remedy;
}
