//! The pieces of the document, before anybody decides how they look.

use crate::text;
use crate::words::Text;

/// A piece of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading of this depth, from 2.
    Heading(usize, Text),
    /// A paragraph.
    Words(Text),
    /// A list.
    List(Vec<Text>),
    /// A table: names of columns, rows.
    Table(Vec<Text>, Vec<Vec<Text>>),
    /// Text of a file as it is.
    File(String),
}

/// A table with columns of these names.
pub(super) fn table<const N: usize>(names: [(&str, &str); N], rows: Vec<Vec<Text>>) -> Block {
    let names = names.iter().map(|(en, zh)| Text { en: (*en).into(), zh: (*zh).into() }).collect();
    Block::Table(names, rows)
}

/// A table of subjects, each with what is said of it.
pub(super) fn facts(rows: Vec<(Text, Text)>) -> Block {
    table([("subject", "项目"), ("value", "取值")], rows.into_iter().map(|(name, value)| vec![name, value]).collect())
}

/// Yes or no.
pub(super) fn yes(yes: bool) -> Text {
    if yes { text!("yes", "是") } else { text!("no", "否") }
}

/// Words of the file's own, marked as such; the mark itself is spelled out.
pub(super) fn code(words: impl std::fmt::Display) -> Text {
    Text::same(marked(words))
}

/// The same, within a sentence.
pub(super) fn marked(words: impl std::fmt::Display) -> String {
    format!("`{}`", words.to_string().replace('`', "U+0060"))
}

/// Several texts in one, between them `between` in each language.
pub(super) fn joined(texts: impl IntoIterator<Item = Text>, between: (&str, &str)) -> Text {
    let (en, zh): (Vec<String>, Vec<String>) = texts.into_iter().map(|Text { en, zh }| (en, zh)).unzip();
    Text { en: en.join(between.0), zh: zh.join(between.1) }
}

/// Words of the file's own, one behind the other; a dash for none.
pub(super) fn codes<W: std::fmt::Display>(words: impl IntoIterator<Item = W>) -> Text {
    let words: Vec<String> = words.into_iter().map(marked).collect();
    match words.is_empty() {
        true => Text::same("-"),
        false => Text { en: words.join(", "), zh: words.join("、") },
    }
}

/// A sentence for a page: it begins with a capital and ends with a full stop.
pub(super) fn sentence(text: &str, chinese: bool) -> String {
    let text = headline(text);
    let ends = text.ends_with(['.', ':', '?', '。', '：', '？']);
    let stop = if chinese { "。" } else { "." };
    if text.is_empty() || ends { text } else { text + stop }
}

/// A heading begins with a capital.
pub(super) fn headline(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
