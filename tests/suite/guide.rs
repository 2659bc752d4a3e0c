//! The pages about formats list the findings that the source really has: rule and sentence.
//!
//! `UPDATE=1` writes the lists anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bankferry::format::FORMATS;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(root().join("src/guide/formats")).expect("the pages");
    let mut pages: Vec<_> = entries.map(|entry| entry.expect("a page").path()).collect();
    pages.sort();
    pages.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("text"))).collect()
}

/// The source of a room of `src/format`, without its tests.
fn source(room: &str) -> String {
    let room = root().join("src/format").join(room);
    let mut whole = String::new();
    gather(&room, &mut whole);
    gather(&room.with_extension("rs"), &mut whole);
    assert!(!whole.is_empty(), "{} is no room", room.display());
    whole
}

fn gather(path: &Path, whole: &mut String) {
    if path.is_dir() {
        let mut inside: Vec<_> =
            fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
        inside.sort();
        inside.iter().for_each(|path| gather(path, whole));
    } else if !path.exists() {
        // A room is a folder or a file.
    } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
        let text = fs::read_to_string(path).expect("text");
        whole.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
    }
}

/// Rules and the sentence that stands nearest to each, by the calls that make findings.
fn findings(source: &str) -> BTreeMap<String, String> {
    const CALLS: &[&str] = &[
        "Finding::error(",
        "Finding::warning(",
        "Finding::info(",
        "refused(",
        "refused_with(",
        "refused_field(",
        ".warn(",
        ".error(",
        "Err((",
        "return Some((",
    ];
    let mut rules = BTreeMap::new();
    for call in CALLS {
        for (at, _) in source.match_indices(call) {
            let inside = source[at + call.len()..].trim_start();
            let Some(rule) = inside.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if rule.is_empty() || !rule.chars().all(plain) {
                continue;
            }
            if let Some(sentence) = sentence(source, at) {
                rules.entry(rule.to_string()).or_insert(sentence);
            }
        }
    }
    rules
}

/// The English sentence of the `text!` just before or just behind a call.
fn sentence(source: &str, at: usize) -> Option<String> {
    let end = source[at..].find(';').map_or(source.len(), |end| at + end);
    let behind = source[at..end].find("text!(").map(|found| at + found);
    let before = source[..at].rfind("text!(");
    let start = behind.or(before)? + "text!(".len();
    let inside = source[start..].trim_start().strip_prefix('"')?;
    let mut sentence = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(sentence),
            '\\' => sentence.extend(chars.next()),
            c => sentence.push(c),
        }
    }
    None
}

fn list(rooms: &str) -> String {
    let whole: String = rooms.split(", ").map(source).collect();
    let mut out = String::from("\n| rule | said |\n|---|---|\n");
    for (rule, sentence) in findings(&whole) {
        // Placeholders are words in capitals for the reader.
        let sentence = sentence.replace(['{', '}'], "").replace('|', "\\|").replace("``", "`");
        let sentence = sentence.replace('<', "&lt;").replace(['[', ']'], "");
        out.push_str(&format!("| `{rule}` | {sentence} |\n"));
    }
    out
}

#[test]
#[allow(clippy::disallowed_methods)]
fn every_page_lists_the_findings_of_its_formats() {
    let update = std::env::var_os("UPDATE").is_some();
    for (path, text) in pages() {
        let mark = "<!-- findings of ";
        let at = text.find(mark).unwrap_or_else(|| panic!("{} has no list", path.display()));
        let rooms = text[at + mark.len()..].split(':').next().expect("rooms");
        let line = at + text[at..].find('\n').expect("a line") + 1;
        let wanted = format!("{}{}", &text[..line], list(rooms));
        if update {
            fs::write(&path, &wanted).expect("written");
        } else {
            assert!(text == wanted, "{} is behind the source: run the tests with UPDATE=1", path.display());
        }
    }
}

#[test]
fn every_format_is_on_a_page() {
    let all: String = pages().into_iter().map(|(_, text)| text.to_lowercase()).collect();
    for format in FORMATS.iter().filter(|format| !matches!(format.name, "csv" | "jsonl")) {
        assert!(all.contains(format.name), "{} is on no page", format.name);
    }
}

/// Names of all test functions and of the steps of the conformance suite.
fn functions() -> BTreeSet<String> {
    let mut whole = String::new();
    gather_all(&root().join("src"), &mut whole);
    gather_all(&root().join("tests/suite"), &mut whole);
    let names = whole.match_indices("fn ").map(|(at, _)| {
        let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        whole[at + 3..].chars().take_while(|c| name(*c)).collect()
    });
    names.collect()
}

fn gather_all(folder: &Path, whole: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            gather_all(&path, whole);
        } else if path.extension().is_some_and(|e| e == "rs") {
            whole.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn every_fault_names_tests_that_exist_or_says_that_there_are_none() {
    let functions = functions();
    let page = |name: &str| fs::read_to_string(root().join("src/guide/security").join(name)).expect("the page");
    let pages = ["faults.md", "two_people.md"].map(page).concat();
    let mut wrong = Vec::new();
    let is_head = |line: &&str| line.starts_with("| what happens") || line.starts_with("| act |");
    for row in pages.lines().filter(|line| line.starts_with("| ") && !is_head(line)) {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().expect("a last column");
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let missing = named.iter().filter(|name| !functions.contains(**name));
        wrong.extend(missing.map(|name| format!("there is no test `{name}`")));
        if named.is_empty() && !tests.starts_with("not covered") {
            wrong.push(format!("neither a test nor `not covered`: {row}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
