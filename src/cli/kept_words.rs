//! What the journal keeps of the program's own words in English alone, in both languages.
//!
//! Evidence and notes are kept as they were said, in one language. Most stand in a fact beside their Chinese; the
//! others are sentences that are known here, names and figures aside.

use crate::journal::{Event, Fact};
use crate::text;
use crate::words::Text;

/// A note of a file or a party: in the words of the fact that it comes from, else as evidence.
pub(super) fn noted(facts: &[Fact], said: &str) -> Text {
    facts.iter().rev().find_map(|fact| of_fact(&fact.event, said)).unwrap_or_else(|| seen(said))
}

fn of_fact(event: &Event, said: &str) -> Option<Text> {
    let both = |en: &str, zh: &str| (en == said && !zh.is_empty()).then(|| Text { en: en.into(), zh: zh.into() });
    match event {
        Event::Failed { error, error_zh, .. } => both(error, error_zh),
        Event::Incident { what, what_zh, .. } => both(what, what_zh),
        Event::Refused { findings, .. } => findings.iter().find_map(|f| both(&f.message.en, &f.message.zh)),
        _ => None,
    }
}

/// Sentences with `{}` for each name or figure.
const KNOWN: &[(&str, &str)] = &[
    ("`{}` is in its folder", "`{}` 已在其目录中"),
    ("the server confirmed `{}` and shows it with {} bytes", "服务器已确认 `{}`，并显示其为 {} 字节"),
    ("the server confirmed `{}`", "服务器已确认 `{}`"),
    ("found at the party as `{}`", "已在对方处找到 `{}`"),
    ("the party can be reached again", "已可再次连接对方"),
    ("{} bytes under `{}`", "{} 字节，文件名 `{}`"),
    ("`{}` lies at the bank with {} bytes", "`{}` 已在银行处，{} 字节"),
    (
        "the final name is taken although we never asked for it: it is somebody else's file",
        "我们尚未发布，最终文件名却已存在：该文件不是我们放置的",
    ),
    (
        "the temporary file is still there and the final name is not: the party may have taken it in between",
        "临时文件仍在而最终文件名不存在：对方可能已在此期间取走文件",
    ),
    (
        "neither name is there: the party took the file, or somebody removed it; its answer will tell",
        "两个文件名均不存在：对方已取走，或文件被删除；以对方回执为准",
    ),
    (
        "the file was complete and is gone: the party took it, or somebody removed it",
        "文件曾完整上传，现已不在：对方已取走，或文件被删除",
    ),
    ("the connection was lost while the file was being written under its final name", "以最终文件名写入时连接中断"),
    (
        "under the final name lies a file of the same {} bytes: by all signs the one that was sent before the \
         resend, and the party has not taken it yet; nothing of the resend was published",
        "最终文件名下已有同为 {} 字节的文件：应为重发之前发送的那个，对方尚未取走；重发的内容未发布",
    ),
    (
        "under the final name lies another file ({}, ours has {} bytes): a part of what was sent before \
         the resend, or somebody else's; nothing of the resend was published",
        "最终文件名下已有另一文件（{}，我方为 {} 字节）：重发之前的残余或他人文件；重发的内容未发布",
    ),
    ("{} bytes were expected; temporary name: {}; final name: {}", "应为 {} 字节；临时文件名：{}；最终文件名：{}"),
];

/// Evidence as the program wrote it; a person's words, and a bank's, stay as they are.
pub(super) fn seen(said: &str) -> Text {
    let known = KNOWN.iter().find_map(|(en, zh)| Some(filled(zh, &held(en, said)?)));
    Text { zh: known.unwrap_or_else(|| said.to_string()), en: said.to_string() }
}

/// What stands in the places of a sentence; `None` where it is another one.
fn held<'a>(sentence: &str, said: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = sentence.split("{}");
    let mut rest = said.strip_prefix(pieces.next()?)?;
    let mut held = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = if pieces.peek().is_none() { rest.len().checked_sub(piece.len())? } else { rest.find(piece)? };
        held.push(rest.get(..at)?);
        rest = rest.get(at..)?.strip_prefix(piece)?;
    }
    rest.is_empty().then_some(held)
}

fn filled(sentence: &str, held: &[&str]) -> String {
    let mut held = held.iter();
    let mut pieces = sentence.split("{}");
    let first = pieces.next().unwrap_or_default().to_string();
    pieces.fold(first, |text, piece| text + &place(held.next().copied().unwrap_or_default()) + piece)
}

/// A name or a figure; what a name at the party was seen as has words of its own.
fn place(held: &str) -> String {
    let said = match held.strip_suffix(" bytes") {
        Some(bytes) => text!("{bytes} bytes", "{bytes} 字节"),
        None if held == "absent" => text!("absent", "不存在"),
        None if held == "not a file" => text!("not a file", "不是普通文件"),
        None => Text::same(held),
    };
    said.zh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::PublishMode;
    use crate::route::doubt::{Decision, Last, Seen, before_a_resend, decide};

    #[test]
    fn every_doubt_is_known_in_chinese() {
        let kinds = [Seen::Absent, Seen::Bytes(10), Seen::Bytes(7), Seen::Other];
        let modes = [PublishMode::Atomic, PublishMode::NoOverwrite, PublishMode::Marker, PublishMode::Direct];
        let mut said: Vec<Text> = kinds.iter().filter_map(|seen| before_a_resend(10, *seen)).collect();
        for (last, mode) in
            [Last::Sending, Last::Publishing].into_iter().flat_map(|last| modes.map(|mode| (last, mode)))
        {
            for (temporary, final_name) in kinds.into_iter().flat_map(|one| kinds.map(|other| (one, other))) {
                if let Decision::Unknown(text) | Decision::Unconfirmed(text) =
                    decide(last, mode, 10, temporary, final_name)
                {
                    said.push(text);
                }
            }
        }
        assert!(said.len() > 20);
        said.iter().for_each(|text| assert_eq!(seen(&text.en), *text));
    }

    #[test]
    fn names_and_figures_stand_where_they_stood() {
        let said = seen("the server confirmed `a b.xml` and shows it with 12 bytes");
        assert_eq!(said.zh, "服务器已确认 `a b.xml`，并显示其为 12 字节");
        assert_eq!(seen("the server confirmed `a`").zh, "服务器已确认 `a`");
        assert_eq!(seen("called the bank").zh, "called the bank", "a person's own words");
        assert_eq!(seen("").zh, "");
    }
}
