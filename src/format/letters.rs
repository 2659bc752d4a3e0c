//! Text for files that take only some characters: carried as it is, folded to near letters, or refused.

use std::borrow::Cow;

use super::fold::{fold, is_swift};
use super::{Charset, WriteError};
use crate::finding::{Finding, Findings, Place};
use crate::text;

/// Carries text into a line of a file.
pub(crate) struct Letters {
    charset: Charset,
    fold: bool,
    findings: Findings,
}

impl Letters {
    /// Text in this charset; other characters are folded where `fold` says so, else refused.
    pub fn new(charset: Charset, fold: bool) -> Letters {
        Letters { charset, fold, findings: Findings::default() }
    }

    /// Words: folded where that is allowed, and then reported.
    ///
    /// # Errors
    /// A character that the target cannot carry.
    pub fn words<'a>(&mut self, words: &'a str, place: impl FnOnce() -> Place) -> Result<Cow<'a, str>, WriteError> {
        let Some(strange) = words.chars().find(|c| !self.takes(*c)) else { return Ok(Cow::Borrowed(words)) };
        if !self.fold && !words.chars().all(|c| self.takes(c) || c.is_control()) {
            return Err(refused(strange, place()));
        }
        let mut out = String::with_capacity(words.len());
        for c in words.chars() {
            match fold(c) {
                _ if self.takes(c) => out.push(c),
                // Nobody means a control character within a line.
                _ if c.is_control() => out.push(' '),
                Some(near) => out.push_str(near),
                None => return Err(refused(c, place())),
            }
        }
        let message = text!("`{words}` is written as `{out}`", "`{words}` 写作 `{out}`");
        self.findings.push(Finding::warning("folded", place(), message));
        Ok(Cow::Owned(out))
    }

    /// An id, an account, a code: at most `most` characters, as they are.
    ///
    /// # Errors
    /// A character that the target cannot carry, or more characters than it takes.
    pub fn id<'a>(&self, id: &'a str, most: usize, place: impl FnOnce() -> Place) -> Result<&'a str, WriteError> {
        if let Some(strange) = id.chars().find(|c| !self.takes(*c)) {
            return Err(refused(strange, place()));
        }
        let length = id.chars().count();
        if length > most {
            let message =
                text!("`{id}` has {length} characters, {most} fit", "`{id}` 有 {length} 个字符，最多容纳 {most} 个");
            return Err(Finding::error("too-long", place(), message).into());
        }
        Ok(id)
    }

    /// Notes something that the reader of the file will miss.
    pub fn note(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What was folded or left out.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.findings.take()
    }

    fn takes(&self, c: char) -> bool {
        match self.charset {
            Charset::Latin => is_swift(c),
            Charset::Latin1 => !c.is_control() && u32::from(c) < 0x100,
            Charset::Unicode => !c.is_control(),
        }
    }
}

fn refused(c: char, place: Place) -> WriteError {
    let code = u32::from(c);
    let message = text!("the file cannot carry `{c}` (U+{code:04X})", "文件无法承载字符 `{c}`（U+{code:04X}）");
    let hint = text!(
        "allow near letters with `fold = true`, or change the text",
        "可设置 `fold = true` 允许替换为相近字母，或修改文本"
    );
    Finding::error("charset", place, message).hint(hint).into()
}
