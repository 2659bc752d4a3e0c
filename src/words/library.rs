//! What the libraries that read settings say of a mistake, in our words: what is wrong, where, what to write instead.
//!
//! Those libraries speak English only and pass on one string. A sentence of our own crosses them as
//! [`Said::carried`]; what they say themselves is told anew by [`Said::of`].

use serde::{Deserialize, Serialize};

use super::Text;
use crate::text;

/// What is wrong with a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What is wrong.
    pub what: Text,
    /// What to write instead.
    #[serde(default)]
    pub hint: Option<Text>,
    /// The keys that lead to the setting, and the numbers of elements from 0; empty where the library knows the place.
    #[serde(default)]
    pub path: Vec<String>,
}

/// What a sentence of ours begins with on its way through a library; no settings file can hold it.
const MARK: char = '\u{1f}';

impl Said {
    /// A sentence without more.
    pub fn new(what: Text) -> Said {
        Said { what, hint: None, path: Vec::new() }
    }

    /// The same with what to write instead.
    pub fn or_write(mut self, hint: Text) -> Said {
        self.hint = Some(hint);
        self
    }

    /// The same about the setting at a path.
    pub fn at<S: ToString>(mut self, path: &[S]) -> Said {
        self.path = path.iter().map(S::to_string).collect();
        self
    }

    /// As one string, for a library's error.
    pub fn carried(&self) -> String {
        // Proof: strings alone, which JSON always takes.
        format!("{MARK}{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// What a library's message says: ours unpacked, its own in our words.
    pub fn of(message: &str) -> Said {
        if let Some(said) = message.strip_prefix(MARK).and_then(|json| serde_json::from_str(json).ok()) {
            return said;
        }
        of_serde(message)
            .or_else(|| of_value(message))
            .or_else(|| of_toml(message))
            .unwrap_or_else(|| Said::new(Text { en: message.to_string(), zh: format!("写法有误（{message}）") }))
    }

    /// What the JSON reader says of a line; its place is the line's own.
    pub fn of_json(error: &serde_json::Error) -> Said {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        match error.classify() {
            serde_json::error::Category::Data => Said::of(message),
            serde_json::error::Category::Eof => Said::new(text!("it ends too early", "该行不完整")),
            _ => Said::new(text!("it is not JSON", "不是 JSON")),
        }
    }

    /// Both in one sentence, for where there is no second line.
    pub fn in_one(&self) -> Text {
        match &self.hint {
            None => self.what.clone(),
            Some(hint) => {
                Text { en: format!("{}; {}", self.what.en, hint.en), zh: format!("{}；{}", self.what.zh, hint.zh) }
            }
        }
    }
}

impl From<Text> for Said {
    fn from(what: Text) -> Said {
        Said::new(what)
    }
}

/// A sentence of ours, packed for a library's error.
pub fn carried(what: Text) -> String {
    Said::new(what).carried()
}

/// What is wrong with a file of settings, with line and column from 1 where the place is known.
pub fn of_file(error: &toml::de::Error, source: &str) -> (Option<(usize, usize)>, Said) {
    let mut said = Said::of(error.message());
    let Some(span) = error.span() else { return (None, said) };
    let syntax = of_toml(error.message()).is_some() || said.hint.is_none() && error.message().contains("expected");
    let (line, mut column) = line_and_column(source, span.start);
    let text = source.lines().nth(line - 1).unwrap_or_default();
    if error.message().starts_with("string values must be quoted") && source[..span.start].trim_end().ends_with('=') {
        let rest = source[span.start..].trim_start_matches([' ', '\t', '\r']);
        if rest.is_empty() || rest.starts_with('\n') {
            return (Some((line, column)), Said::of("missing value"));
        }
    }
    let word = source[span.start..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if syntax && ANSWERS.contains(&word.to_lowercase().as_str()) {
        said = Said::new(text!("`{word}` is no word of TOML", "`{word}` 不是 TOML 的写法"))
            .or_write(text!("write `true` or `false`", "请写 `true` 或 `false`"));
    } else if let Some((at, wide, narrow)) = wide_sign(text).filter(|_| syntax) {
        column = at;
        said = Said::new(text!("the full-width sign `{wide}` says nothing here", "此处不能使用全角符号 `{wide}`"))
            .or_write(text!("write the half-width `{narrow}`", "请改为半角 `{narrow}`"));
    }
    (Some((line, column)), said)
}

/// `bankferry.toml`'s mistakes as one sentence.
pub fn sentence(error: &toml::de::Error, source: &str) -> Text {
    let (place, said) = of_file(error, source);
    let Text { en, zh } = said.in_one();
    match place {
        None => Text { en, zh },
        Some((line, column)) => text!("line {line}, column {column}: {en}", "第 {line} 行第 {column} 列：{zh}"),
    }
}

/// Line and column, from 1, of a byte of a text.
pub fn line_and_column(source: &str, at: usize) -> (usize, usize) {
    let at = (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or_default();
    let before = &source[..at];
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    // A byte order mark is no column.
    let columns = before[begin..].chars().filter(|c| *c != '\u{feff}').count();
    (before.matches('\n').count() + 1, columns + 1)
}

/// The known word that a wrong one is nearest to, where it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |word: &str| word.to_lowercase().replace(['_', ' ', '.'], "-");
    let word = folded(word);
    let length = word.chars().count();
    let near = |known: &str| {
        let known = folded(known);
        // The beginning of a word is as good as the word.
        if length > 2 && known.starts_with(&word) { 1 } else { distance(&known, &word) }
    };
    let (changes, nearest) = known.into_iter().map(|known| (near(known), known)).min()?;
    let most = if length < 3 { 0 } else { length.div_ceil(3).min(4) };
    (changes <= most).then_some(nearest)
}

/// The fewest single-character changes that make `b` of `a` (Levenshtein distance).
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The hint where a word is not one of the known ones: the nearest of them, else all.
pub fn did_you_mean(word: &str, known: &[&str]) -> Text {
    near_or(word, known.iter().copied(), || all_of(known))
}

/// The hint where a word is not one of the known ones: the nearest of them, else what is said otherwise.
pub fn near_or<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: impl FnOnce() -> Text) -> Text {
    nearest(word, known).map_or_else(otherwise, meant)
}

/// Asks whether a word was meant.
pub fn meant(near: &str) -> Text {
    text!("did you mean `{near}`?", "是否应为 `{near}`？")
}

fn all_of(known: &[&str]) -> Text {
    let listed = |between: &str| known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(between);
    let (en, zh) = (listed(", "), listed("、"));
    match known {
        [] => text!("leave it out", "请删除"),
        [_] => text!("write {en}", "应为 {zh}"),
        _ => text!("write one of {en}", "可用的有 {zh}"),
    }
}

/// What people write for `true` and `false`.
const ANSWERS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "ja", "nein", "是", "否"];

/// Full-width signs that input methods for Chinese and Japanese give, and those that are meant.
const WIDE: [(char, char); 22] = [
    ('＝', '='),
    ('“', '"'),
    ('”', '"'),
    ('＂', '"'),
    ('‘', '\''),
    ('’', '\''),
    ('「', '"'),
    ('」', '"'),
    ('，', ','),
    ('、', ','),
    ('．', '.'),
    ('。', '.'),
    ('［', '['),
    ('］', ']'),
    ('【', '['),
    ('】', ']'),
    ('｛', '{'),
    ('｝', '}'),
    ('＃', '#'),
    ('＿', '_'),
    ('－', '-'),
    ('\u{3000}', ' '),
];

/// The first full-width sign of a line that stands for TOML's own: its column from 1, it, and what is meant. Within
/// quotation marks it is a text's; where those do not end, the last one was meant to end them.
fn wide_sign(line: &str) -> Option<(usize, char, char)> {
    let (mut quoted, mut escaped, mut inner) = (false, false, None);
    for (at, c) in line.chars().filter(|c| *c != '\u{feff}').enumerate() {
        let wide = WIDE.iter().find(|(wide, _)| *wide == c).map(|(wide, narrow)| (at + 1, *wide, *narrow));
        match c {
            '"' if !escaped => {
                quoted = !quoted;
                inner = None;
            }
            '#' if !quoted => return None,
            _ if !quoted && wide.is_some() => return wide,
            _ if quoted && wide.is_some_and(|(.., narrow)| narrow == '"') => inner = wide,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    inner.filter(|_| quoted)
}

/// The words in backticks of a message.
fn ticked(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// What serde says of keys and kinds of values.
fn of_serde(message: &str) -> Option<Said> {
    let words = ticked(message);
    if message.starts_with("unknown field `") {
        let (key, known) = words.split_first()?;
        let what = text!("there is no key `{key}` here", "此处没有 `{key}` 这个键");
        return Some(Said::new(what).or_write(did_you_mean(key, known)));
    }
    if message.starts_with("unknown variant `") {
        let (value, known) = words.split_first()?;
        let what = text!("`{value}` is none of the words that can stand here", "`{value}` 不是此处可用的值");
        return Some(Said::new(what).or_write(did_you_mean(value, known)));
    }
    if message.starts_with("missing field `") {
        let key = words.first()?;
        let what = text!("the key `{key}` is missing here", "此处缺少 `{key}` 这个键");
        return Some(Said::new(what).or_write(text!("add `{key} = …`", "请添加 `{key} = …`")));
    }
    if message.starts_with("duplicate field `") {
        let key = words.first()?;
        return Some(Said::new(text!("the key `{key}` stands here twice", "`{key}` 这个键重复出现")));
    }
    let (found, expected) = message
        .strip_prefix("invalid type: ")
        .or(message.strip_prefix("invalid value: "))?
        .rsplit_once(", expected ")?;
    let (Text { en, zh }, expected) = (kind_of(found), kind_of(expected));
    let what = text!("{en} cannot stand here", "此处不能是{zh}");
    let Text { en, zh } = expected;
    Some(Said::new(what).or_write(text!("write {en}", "应为{zh}")))
}

/// A kind of value as serde names it.
fn kind_of(named: &str) -> Text {
    let (kind, value) = named.split_once(' ').unwrap_or((named, ""));
    let value = value.trim_matches('`');
    match kind {
        "string" if value.starts_with('"') => text!("the text {value}", "文本 {value}"),
        "character" => text!("the character {value}", "字符 {value}"),
        "integer" => text!("the number `{value}`", "数字 `{value}`"),
        "boolean" => text!("`{value}`", " `{value}`"),
        "floating" => {
            let number = value.trim_start_matches("point `");
            text!("the decimal number `{number}`", "小数 `{number}`")
        }
        "sequence" => text!("a list", "列表"),
        "map" | "struct" | "table" => text!("a table of keys and values", "表"),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
            text!("a whole number without quotation marks", "不加引号的整数")
        }
        _ => match named {
            "a string" | "a borrowed string" | "string" | "str" => {
                text!("a text in quotation marks", "加引号的文本")
            }
            "a character" => text!("one character in quotation marks", "加引号的单个字符"),
            "a boolean" => text!("`true` or `false`, without quotation marks", " `true` 或 `false`（不加引号）"),
            "unit variant" => text!("the word alone", "单独一个词"),
            "a sequence" => text!("a list such as `[\"a\", \"b\"]`", "列表，如 `[\"a\", \"b\"]`"),
            "a map" | "a table" => text!("a table of keys and values", "表"),
            _ if named.contains("fixed-point number") => {
                text!("an amount as text, such as `\"1000000\"`", "文本形式的金额，如 `\"1000000\"`")
            }
            "datetime" => text!("a date without quotation marks", "不加引号的日期"),
            _ => text!("something else: {named}", "其他写法：{named}"),
        },
    }
}

/// What our own types say of a value that they do not take.
fn of_value(message: &str) -> Option<Said> {
    let value = ticked(message).first().copied().unwrap_or_default();
    if message.ends_with("is not a currency: three capital letters") {
        let what = text!("`{value}` is not a currency", "`{value}` 不是币种代码");
        let hint = text!(
            "write an ISO 4217 code of three capital letters, such as `CNY`",
            "应为 ISO 4217 三位大写字母代码，如 `CNY`"
        );
        return Some(Said::new(what).or_write(hint));
    }
    if message == "an account number is empty" {
        return Some(Said::new(text!("an account number is empty", "账号为空")));
    }
    if message.contains("the amount is empty") || message.contains("an amount ") {
        let what = text!("`{value}` is not an amount", "`{value}` 不是金额");
        let hint = text!(
            "write digits with at most one decimal point, such as `\"1000000\"`",
            "应为数字，至多一个小数点，如 `\"1000000\"`"
        );
        return Some(Said::new(what).or_write(hint));
    }
    if message.starts_with("wanted string or table") {
        let what = text!("neither a text nor a table stands here", "此处既不是文本也不是表");
        let hint = text!(
            "write one of the key's words in quotation marks; the guide on the keys of a template lists them",
            "请以引号写该键的可用值之一；模板键的指南中列有全部取值"
        );
        return Some(Said::new(what).or_write(hint));
    }
    if message.starts_with("wanted exactly 1 element") {
        let what = text!("the table in braces must hold exactly one key", "花括号内的表必须恰有一个键");
        return Some(Said::new(what));
    }
    None
}

/// A sentence in English and Chinese.
type Pair = (&'static str, &'static str);

/// What TOML's own grammar says: how it begins, what is wrong, what to write instead.
const GRAMMAR: &[(&str, Pair, Pair)] = &[
    (
        "duplicate key",
        ("this key or table stands twice", "该键或表重复出现"),
        ("leave one of them out", "请删除其中一个"),
    ),
    (
        "string values must be quoted",
        ("a text without quotation marks", "文本未加引号"),
        ("put it between `\"` and `\"`", "请用 `\"` 括起来"),
    ),
    (
        "key with no value",
        ("a key without `=` and a value", "键后缺少 `=` 和值"),
        ("write `key = value`; `#` begins a comment", "写作 `键 = 值`；注释以 `#` 开头"),
    ),
    (
        "missing value for key",
        ("a key without `=` and a value", "键后缺少 `=` 和值"),
        ("write `key = value`", "写作 `键 = 值`"),
    ),
    (
        "missing value",
        ("nothing stands behind `=`", "`=` 之后没有值"),
        ("write the value, or leave the key out", "请写上值，或删除该键"),
    ),
    ("extra `=`", ("one `=` too many", "多了一个 `=`"), ("leave it out", "请删除")),
    (
        "missing comma between array elements",
        ("a comma is missing before this", "此前缺少逗号"),
        ("put `,` between the elements, or `]` behind the last", "元素之间用 `,` 分隔，最后一个之后写 `]`"),
    ),
    (
        "missing comma between key-value pairs",
        ("a comma is missing before this", "此前缺少逗号"),
        ("put `,` between the keys", "各键之间用 `,` 分隔"),
    ),
    ("extra comma", ("one comma too many", "多了一个逗号"), ("leave it out", "请删除")),
    (
        "unclosed array",
        ("a list is not closed", "列表未结束"),
        ("write `]` behind its last element", "请在最后一个元素之后写 `]`"),
    ),
    (
        "unclosed inline table",
        ("a table in braces is not closed", "花括号内的表未结束"),
        ("write `}` behind its last key", "请在最后一个键之后写 `}`"),
    ),
    ("unclosed table", ("a table's name is not closed", "表名未结束"), ("write it as `[name]`", "写作 `[表名]`")),
    (
        "invalid basic string",
        ("a text is not closed on its line", "文本在本行内未结束"),
        ("write `\"` at its end", "请在末尾写 `\"`"),
    ),
    (
        "invalid literal string",
        ("a text is not closed on its line", "文本在本行内未结束"),
        ("write `'` at its end", "请在末尾写 `'`"),
    ),
    (
        "missing escaped value",
        ("a backslash begins a special sign", "反斜杠会引出特殊字符"),
        ("write `\\\\` for a backslash", "反斜杠写作 `\\\\`"),
    ),
    (
        "unexpected leading zero",
        ("a number does not begin with 0", "数字不能以 0 开头"),
        ("put a code between quotation marks", "代码请加引号"),
    ),
    (
        "invalid unquoted key",
        ("this sign cannot stand in a key", "键中不能有此字符"),
        (
            "put the key between quotation marks, or write letters, digits, `-` and `_`",
            "请给键加引号，或只用字母、数字、`-` 和 `_`",
        ),
    ),
    (
        "recursion limit",
        ("lists and tables stand in each other too deeply", "列表和表嵌套过深"),
        ("write tables with a heading of their own", "请改用单独的表头"),
    ),
    (
        "carriage return must be followed by newline",
        ("a line ends with CR alone", "行尾只有 CR"),
        ("end lines with LF or CR LF", "行尾应为 LF 或 CR LF"),
    ),
];

fn of_toml(message: &str) -> Option<Said> {
    let grammar = GRAMMAR.iter().find(|(begin, ..)| message.starts_with(begin));
    if let Some((_, what, hint)) = grammar {
        let pair = |(en, zh): &Pair| Text { en: (*en).to_string(), zh: (*zh).to_string() };
        return Some(Said::new(pair(what)).or_write(pair(hint)));
    }
    let cannot =
        message.contains(", expected ") || message.starts_with("unexpected ") || message.starts_with("invalid ");
    cannot.then(|| {
        Said::new(text!("this is not TOML as it is written", "此处不符合 TOML 写法")).or_write(text!(
            "write `key = value`, texts in quotation marks, lists in `[` and `]`",
            "写作 `键 = 值`，文本加引号，列表用 `[` 和 `]`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_sentence_crosses_a_library() {
        let said = Said::new(text!("wrong", "有误")).or_write(text!("right", "正确")).at(&["a", "0"]);
        assert_eq!(Said::of(&said.carried()), said);
    }

    #[test]
    fn a_wide_sign_is_found_outside_texts_only() {
        assert_eq!(wide_sign("name ＝ \"a\""), Some((6, '＝', '=')));
        assert_eq!(wide_sign("name = “a”"), Some((8, '“', '"')));
        assert_eq!(wide_sign("name = \"a”"), Some((10, '”', '"')));
        assert_eq!(wide_sign("name = \"甲，乙（丙）\" also"), None);
        assert_eq!(wide_sign("# 注释，全角"), None);
    }

    #[test]
    fn what_a_library_says_is_told_in_both_languages() {
        for (message, en, zh) in [
            ("unknown field `amout`, expected one of `amount`, `sum`", "did you mean `amount`?", "是否应为 `amount`？"),
            ("missing field `source`", "the key `source` is missing here", "此处缺少 `source` 这个键"),
            ("invalid type: string \"9\", expected usize", "the text \"9\" cannot stand here", "不加引号的整数"),
            ("duplicate key", "stands twice", "重复出现"),
        ] {
            let said = Said::of(message).in_one();
            assert!(said.en.contains(en) && said.zh.contains(zh), "{said:?}");
        }
    }
}
