//! A mistake in a template: in which file, where, what, and what to write instead.

use crate::text;
use crate::words::Text;
use crate::words::library::Said;

/// A mistake in a file below `templates/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file without `.toml`: that of the template, or of one that it extends.
    pub file: String,
    /// Line and column, from 1, where the mistake has a place.
    pub place: Option<(usize, usize)>,
    /// File, line and column in a template that it extends, which says something else than it.
    pub beside: Option<(String, (usize, usize))>,
    /// What is wrong and what to write instead.
    pub said: Said,
}

impl Mistake {
    /// A mistake of one file alone.
    pub fn at(file: &str, place: Option<(usize, usize)>, said: Said) -> Mistake {
        Mistake { file: file.to_string(), place, beside: None, said }
    }

    /// File, place and what is wrong.
    pub fn what(&self) -> Text {
        let (file, Text { en, zh }) = (&self.file, self.together());
        match self.place {
            Some((line, column)) => text!(
                "`templates/{file}.toml`, line {line}, column {column}: {en}",
                "`templates/{file}.toml` 第 {line} 行第 {column} 列：{zh}"
            ),
            None => text!("`templates/{file}.toml`: {en}", "模板文件 `templates/{file}.toml`：{zh}"),
        }
    }

    /// What is wrong, and with what of the template that it extends.
    fn together(&self) -> Text {
        let Text { en, zh } = &self.said.what;
        match &self.beside {
            Some((file, (line, column))) => text!(
                "with line {line}, column {column} of `{file}`, which it extends: {en}",
                "与其继承的 `{file}` 第 {line} 行第 {column} 列合并后：{zh}"
            ),
            None => self.said.what.clone(),
        }
    }

    /// The word that was meant, where one is near.
    pub(super) fn meant(&self) -> Option<String> {
        let near = self.said.hint.as_ref()?.en.strip_prefix("did you mean `")?.strip_suffix("`?")?;
        Some(near.to_string())
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<Text> {
        self.said.hint.clone()
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what().en)?;
        self.hint().map_or(Ok(()), |hint| write!(f, "; {}", hint.en))
    }
}
