//! A call that is wrong, in our words: the library that reads the command line speaks English alone.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{CliError, language};
use crate::text;
use crate::words::library::{Said, meant};
use crate::words::{Lang, Text};

/// The language of a call that may be too wrong to be read: what `--lang` says, where it says anything.
pub(super) fn lang_of(arguments: &[OsString], otherwise: Lang) -> Lang {
    let words: Vec<&str> = arguments.iter().map_while(|word| word.to_str()).take_while(|word| *word != "--").collect();
    let named = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--lang") {
        Some("") => words.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    named.and_then(|name| language(name).ok()).unwrap_or(otherwise)
}

/// What is wrong with the call, what may have been meant, and how it is called.
pub(super) fn explained(error: &clap::Error) -> CliError {
    let said = what(error);
    let failed = CliError::usage(said.what);
    let failed =
        if error.kind() == ErrorKind::MissingSubcommand { first_steps().fold(failed, CliError::hint) } else { failed };
    let failed = said.hint.into_iter().chain(suggested(error)).fold(failed, CliError::hint);
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    match usage.trim().trim_start_matches("Usage:").split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "" => failed.hint(text!("`--help` tells how it is called", "用法见 `--help`")),
        usage => failed.hint(text!("call it as `{usage}`; `--help` tells more", "用法：`{usage}`；详见 `--help`")),
    }
}

/// What somebody does who does not know the commands yet.
fn first_steps() -> impl Iterator<Item = Text> {
    [
        text!(
            "`bankferry demo` shows the whole road on this machine; `bankferry init DIR` makes an installation",
            "先看演示：`bankferry demo`；新建安装：`bankferry init DIR`"
        ),
        text!(
            "in an installation: `bankferry check`, then `bankferry run`; `bankferry status` shows what waits",
            "在安装目录中：先 `bankferry check`，再 `bankferry run`；`bankferry status` 显示等待处理的事项"
        ),
    ]
    .into_iter()
}

fn what(error: &clap::Error) -> Said {
    let of = |kind| words_of(error, kind);
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let number = |kind| match error.get(kind) {
        Some(ContextValue::Number(number)) => *number,
        _ => 0,
    };
    Said::new(match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let command = of(ContextKind::InvalidSubcommand);
            text!("there is no command `{command}`", "没有命令 `{command}`")
        }
        ErrorKind::UnknownArgument => text!("`{argument}` says nothing here", "此处没有参数 `{argument}`"),
        ErrorKind::MissingRequiredArgument => text!("`{argument}` is missing", "缺少 `{argument}`"),
        ErrorKind::MissingSubcommand => {
            let all = of(ContextKind::ValidSubcommand);
            return Said::new(text!("a command is missing", "缺少命令"))
                .or_write(text!("one of `{all}`", "可用的有 `{all}`"));
        }
        ErrorKind::ArgumentConflict => {
            let prior = of(ContextKind::PriorArg);
            match prior.is_empty() || prior == argument {
                true => text!("`{argument}` stands there twice", "`{argument}` 重复出现"),
                false => text!("`{argument}` cannot stand with `{prior}`", "`{argument}` 不能与 `{prior}` 同时使用"),
            }
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            text!("`{argument}` needs a value", "`{argument}` 需要一个值")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => return value_of(error, &argument, &value),
        ErrorKind::TooManyValues => {
            text!("`{value}` is too much for `{argument}`", "`{argument}` 不能再有值 `{value}`")
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let wanted = number(ContextKind::MinValues).max(number(ContextKind::ExpectedNumValues));
            text!("`{argument}` needs {wanted} values", "`{argument}` 需要 {wanted} 个值")
        }
        ErrorKind::NoEquals => text!("`{argument}` needs `=` before its value", "`{argument}` 的值前需要 `=`"),
        ErrorKind::InvalidUtf8 => text!("an argument is not UTF-8", "参数不是 UTF-8 文本"),
        _ => Text::same(error.to_string()),
    })
}

/// A value that is not taken, and what may stand there.
fn value_of(error: &clap::Error, argument: &str, value: &str) -> Said {
    let what = text!("`{value}` cannot stand for `{argument}`", "`{argument}` 不能为 `{value}`");
    let listed = words_of(error, ContextKind::ValidValue);
    match error.source().map(|source| of_number(&source.to_string())) {
        Some(said) => Said::new(what).or_write(said.in_one()),
        None if listed.is_empty() => Said::new(what),
        None => Said::new(what).or_write(text!("write one of `{listed}`", "可用的有 `{listed}`")),
    }
}

/// What a value must be: said by ourselves, or by the library of a number.
fn of_number(message: &str) -> Said {
    match message.rsplit_once(" is not in ") {
        Some((_, range)) => Said::new(text!("write a number of {range}", "应为 {range} 之间的数")),
        None if message.contains("digit") => Said::new(text!("write a whole number", "应为整数")),
        None => Said::of(message),
    }
}

/// What may have been meant.
fn suggested(error: &clap::Error) -> Option<Text> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let near = kinds.into_iter().map(|kind| words_of(error, kind)).find(|near| !near.is_empty())?;
    Some(meant(&near))
}

/// What the library knows of the mistake, as words.
fn words_of(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join("`, `"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_found_in_a_call_that_cannot_be_read() {
        let of = |call: &[&str]| lang_of(&call.iter().map(OsString::from).collect::<Vec<_>>(), Lang::En);
        for call in [&["bankferry", "--lang", "zh", "nope"][..], &["bankferry", "nope", "--lang=zh"]] {
            assert_eq!(of(call), Lang::Zh, "{call:?}");
        }
        for call in [&["bankferry", "nope"][..], &["bankferry", "--lang"], &["bankferry", "--", "--lang=zh"]] {
            assert_eq!(of(call), Lang::En, "{call:?}");
        }
    }
}
