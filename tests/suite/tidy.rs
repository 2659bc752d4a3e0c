//! The house is in order: arrows between modules, words that must not stand in the code, sizes, sentences
//! in both languages, and what may lie at the top of the repository.
//!
//! Test code (`#[cfg(test)]`, `tests.rs`) may import any module and name any bank.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest line, in characters.
const COLUMNS: usize = 120;
/// Longest file, in lines: beyond it a second subject has certainly appeared.
const LINES: usize = 900;
/// Lines above an `unwrap` or `expect` in which its proof must begin.
const PROOF_WITHIN: usize = 6;
/// What the top level of the repository holds, hidden files and licences aside.
const TOP_LEVEL: &[&str] =
    &["Cargo.toml", "Cargo.lock", "README.md", "archive", "benches", "inbox", "outbox", "src", "templates", "tests"];
/// The formats; what else is under `src/format` they may share.
const FORMATS: &[&str] = &[
    "bai2", "camt", "camt055", "camt060", "csv", "jsonl", "layout", "mt101", "mt940", "nacha", "pain001", "pain002",
    "pain008", "receipts",
];
/// Macros at the root of the crate, and the module that each belongs to.
const MACROS: &[(&str, &str)] = &[("text", "words")];

/// Names and abbreviations that belong into `templates/`.
const BANKS: &[&str] = &[
    "ABN AMRO",
    "ANZ",
    "Bank of America",
    "Bank of China",
    "Barclays",
    "BBVA",
    "BNP",
    "BNP Paribas",
    "BOCOM",
    "CCB",
    "Chinabank",
    "CITIC",
    "Citi",
    "Citibank",
    "CMB",
    "CMBC",
    "Commerzbank",
    "Danske",
    "DBS",
    "Deutsche Bank",
    "Handelsbanken",
    "HDFC",
    "HSBC",
    "ICBC",
    "ICICI",
    "J.P. Morgan",
    "JPMorgan",
    "KBC",
    "Kotak",
    "Lloyds",
    "Mizuho",
    "MUFG",
    "NatWest",
    "Nordea",
    "OCBC",
    "Postbank",
    "PSBC",
    "Rabobank",
    "Raiffeisen",
    "Santander",
    "SMBC",
    "SPDB",
    "Standard Chartered",
    "Swedbank",
    "UBS",
    "UniCredit",
    "UOB",
    "Wells Fargo",
    "工商银行",
    "工行",
    "建设银行",
    "建行",
    "农业银行",
    "农行",
    "中国银行",
    "交通银行",
    "交行",
    "招商银行",
    "招行",
    "浦发",
    "中信银行",
    "光大银行",
    "兴业银行",
    "民生银行",
    "广发银行",
    "邮储",
    "平安银行",
    "华夏银行",
];

/// A source file of ours.
struct Source {
    path: PathBuf,
    text: String,
    /// The text with comments, strings and characters blanked: what the compiler acts on.
    code: String,
    /// Whether each line is test code.
    tests: Vec<bool>,
}

impl Source {
    fn read(path: &Path, shown: PathBuf) -> Source {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let code = blank(&text);
        let all_tests = shown.ends_with("tests.rs") || shown.starts_with("tests") || shown.iter().any(|p| p == "tests");
        let tests = if all_tests { vec![true; text.lines().count()] } else { test_lines(&code) };
        Source { path: shown, text, code, tests }
    }

    /// Lines that are not test code, with their numbers from 1.
    fn work_lines<'s>(&'s self, of: &'s str) -> impl Iterator<Item = (usize, &'s str)> {
        of.lines().enumerate().filter(|(at, _)| !self.is_test(*at)).map(|(at, line)| (at + 1, line))
    }

    fn is_test(&self, at: usize) -> bool {
        self.tests.get(at).copied().unwrap_or(false)
    }

    /// The module directly under the crate that the file belongs to; `None` for the map itself.
    fn module(&self) -> Option<String> {
        let inside = self.path.strip_prefix("src").ok()?;
        let first = Path::new(inside.iter().next()?).file_stem()?.to_str()?;
        match first {
            "lib" => None,
            "main" => Some("cli".to_string()),
            name => Some(name.to_string()),
        }
    }

    /// How many `super::` lead from the file to the root of the crate.
    fn depth(&self) -> usize {
        let parts = self.path.iter().count() - 1;
        if self.path.ends_with("mod.rs") { parts - 1 } else { parts }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `folder`, in order.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension().and_then(|e| e.to_str()) {
                // What fuzzing builds is nobody's source.
                _ if path.is_dir() && path.ends_with("target") => {}
                _ if path.is_dir() => folders.push(path),
                Some("rs") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    let shown = |path: &Path| path.strip_prefix(root()).map_or_else(|_| path.to_path_buf(), Path::to_path_buf);
    found.iter().map(|path| Source::read(path, shown(path))).collect()
}

/// The text with comments, strings and character literals as blanks, line for line.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = token_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` itself where none begins.
fn token_end(chars: &[char], at: usize) -> usize {
    let after = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if after(1) == '/' => position(chars, at, |w| w[0] == '\n').unwrap_or(chars.len()),
        '/' if after(1) == '*' => comment_end(chars, at),
        '"' => string_end(chars, at + 1),
        'r' if !in_word && matches!(after(1), '"' | '#') => raw_string_end(chars, at).unwrap_or(at),
        '\'' if after(1) == '\\' => position(chars, at + 3, |w| w[0] == '\'').map_or(chars.len(), |p| p + 1),
        '\'' if after(2) == '\'' => at + 3,
        _ => at,
    }
}

fn position(chars: &[char], from: usize, is: impl Fn(&[char]) -> bool) -> Option<usize> {
    (from..chars.len()).find(|&p| is(&chars[p..]))
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut p = at;
    while p + 1 < chars.len() {
        match (chars[p], chars[p + 1]) {
            ('/', '*') => (depth, p) = (depth + 1, p + 2),
            ('*', '/') if depth == 1 => return p + 2,
            ('*', '/') => (depth, p) = (depth - 1, p + 2),
            _ => p += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut p: usize) -> usize {
    while p < chars.len() {
        match chars[p] {
            '\\' => p += 2,
            '"' => return p + 1,
            _ => p += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"` or `r#"…"#`; `None` for a raw name such as `r#type`.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return None;
    }
    let close = |w: &[char]| w[0] == '"' && w[1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    Some(position(chars, at + 2 + hashes, close).map_or(chars.len(), |p| p + 1 + hashes))
}

/// Which lines belong to an item under `#[cfg(test)]` or `#[test]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    let lines: Vec<&str> = code.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let begins =
            ["#[cfg(test)]", "#[cfg(all(test", "#[test]"].iter().any(|mark| lines[at].trim_start().starts_with(mark));
        let end = if begins { item_end(&lines, at) } else { at };
        if begins {
            marks[at..=end].fill(true);
        }
        at = end + 1;
    }
    marks
}

/// The last line of the item that begins at `at`: where its braces close, or its first `;`.
fn item_end(lines: &[&str], at: usize) -> usize {
    let mut depth = 0;
    for (number, line) in lines.iter().enumerate().skip(at) {
        for c in line.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return number,
                '}' => depth -= 1,
                ';' if depth == 0 => return number,
                _ => {}
            }
        }
    }
    lines.len().saturating_sub(1)
}

/// Fails with all that is wrong at once.
fn expect_none(what: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{what}:\n  {}\n", wrong.join("\n  "));
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The map of `src/lib.rs`: each module and those that it may use.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let block = text.split("# Which module may use which").nth(1).expect("the map has its heading");
    let block = block.split("```text").nth(1).and_then(|b| b.split("```").next()).expect("the map is a text block");
    let row = |line: &str| {
        let (module, uses) = line.trim_start_matches("//!").split_once("->")?;
        Some((module.trim().to_string(), uses.split_whitespace().map(str::to_string).collect()))
    };
    block.lines().filter_map(row).collect()
}

/// First names after the root of the crate, with their lines: `crate::a::b` and `crate::{a::b, c}` alike.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let up = "super::".repeat(source.depth());
    after(source, &["crate::", "bankferry::", &up])
}

/// First names after any of these paths, test code left out.
fn after(source: &Source, paths: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for path in paths.iter().filter(|p| !p.is_empty()) {
        for (at, _) in source.code.match_indices(path) {
            let before = source.code[..at].chars().next_back().unwrap_or(' ');
            // `$crate` is a macro's, and a longer chain of `super` leads elsewhere.
            if is_name(before) || before == '$' || source.code[..at].ends_with("super::") {
                continue;
            }
            let line = source.code[..at].matches('\n').count();
            if !source.is_test(line) {
                let names = heads(&source.code[at + path.len()..]);
                found.extend(names.into_iter().map(|name| (line + 1, name)));
            }
        }
    }
    found
}

/// The first names of a path or of a braced list of paths.
fn heads(rest: &str) -> Vec<String> {
    let Some(list) = rest.strip_prefix('{') else {
        return vec![rest.chars().take_while(|c| is_name(*c)).collect()];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut name = String::new();
    let mut wants = true;
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => wants = true,
            c if depth == 0 && wants && is_name(c) => name.push(c),
            _ => {}
        }
        if !name.is_empty() && !is_name(c) {
            names.push(std::mem::take(&mut name));
            wants = false;
        }
    }
    names.extend(Some(name).filter(|name| !name.is_empty()));
    names
}

#[test]
fn modules_use_only_what_the_map_allows() {
    let map = map();
    let mut wrong = Vec::new();
    for source in sources("src") {
        let Some(module) = source.module() else { continue };
        let Some(allowed) = map.get(&module) else {
            wrong.push(format!("{}: module `{module}` is not on the map", source.path.display()));
            continue;
        };
        for (line, used) in imports(&source) {
            let used = MACROS.iter().find(|(name, _)| *name == used).map_or(used, |(_, home)| home.to_string());
            let known = map.contains_key(&used);
            if known && used != module && !allowed.contains(&used) {
                wrong.push(format!("{}:{line}: `{module}` must not use `{used}`", source.path.display()));
            }
        }
    }
    expect_none("arrows that are not on the map in src/lib.rs", wrong);
}

#[test]
fn formats_never_see_each_other() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let Ok(inside) = source.path.strip_prefix("src/format") else { continue };
        let own = inside.iter().next().and_then(|name| Path::new(name).file_stem()).and_then(|name| name.to_str());
        let Some(own) = own.filter(|own| FORMATS.contains(own)) else { continue };
        let up = "super::".repeat(source.depth() - 1);
        for (line, used) in after(&source, &["crate::format::", &up]) {
            if used != own && FORMATS.contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: `{own}` must not see `{used}`", source.path.display()));
            }
        }
    }
    expect_none("formats that see each other", wrong);
}

#[test]
fn the_map_names_every_module_and_has_no_circle() {
    let map = map();
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules =
        lib.lines().filter_map(|l| l.trim().trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let missing: Vec<_> = modules.filter(|m| !map.contains_key(*m)).map(str::to_string).collect();
    expect_none("modules that are not on the map", missing);

    let unknown = map.values().flatten().filter(|m| !map.contains_key(*m)).cloned().collect();
    expect_none("modules on the right of the map that are not on its left", unknown);

    let mut left = map.clone();
    while let Some(leaf) =
        left.iter().find(|(_, uses)| uses.iter().all(|u| !left.contains_key(u))).map(|(m, _)| m.clone())
    {
        left.remove(&leaf);
    }
    expect_none("modules that use one another in a circle", left.into_keys().collect());
}

#[test]
fn no_bank_has_its_name_in_the_code() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (line, text) in source.work_lines(&source.text) {
            for bank in BANKS.iter().filter(|bank| holds_word(text, bank)) {
                wrong.push(format!("{}:{line}: `{bank}` belongs into templates/", source.path.display()));
            }
        }
    }
    expect_none("banks' names in src/", wrong);
}

/// Whether `word` stands in `text` with no letter or digit of its own script on either side.
fn holds_word(text: &str, word: &str) -> bool {
    let bounded = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric()) || !word.is_ascii();
    text.match_indices(word)
        .any(|(at, _)| bounded(text[..at].chars().next_back()) && bounded(text[at + word.len()..].chars().next()))
}

#[test]
fn nothing_is_left_lying_about() {
    // Written in two pieces, so that this list does not find itself.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("#[allow(", "dead_code"),
        concat!("/wo", "rk/"),
    ];
    let mut wrong = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        for (at, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{}: `{word}`", source.path.display(), at + 1));
            }
        }
    }
    expect_none("left lying about", wrong);
}

#[test]
fn files_and_lines_are_of_readable_size() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        let lines = source.text.lines().count();
        if lines > LINES {
            wrong.push(format!("{}: {lines} lines, at most {LINES}", source.path.display()));
        }
        for (at, line) in source.text.lines().enumerate() {
            let columns = line.chars().count();
            // A sample in a test is one string, and a row of the map is one row.
            let whole = (source.is_test(at) && line.contains('"')) || (line.starts_with("//! ") && line.contains("->"));
            if columns > COLUMNS && !whole {
                wrong.push(format!("{}:{}: {columns} columns, at most {COLUMNS}", source.path.display(), at + 1));
            }
        }
    }
    expect_none("too long", wrong);
}

#[test]
fn every_file_begins_with_what_it_is_about() {
    let about = |source: &Source| {
        let first = source.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
        // An empty file waits for its subject.
        first.is_none_or(|line| line.starts_with("//!"))
    };
    let all = sources("src").into_iter().chain(sources("tests"));
    let wrong = all.filter(|source| !about(source)).map(|source| source.path.display().to_string()).collect();
    expect_none("files that do not begin with a `//!` line", wrong);
}

#[test]
fn what_may_panic_has_its_proof_beside_it() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let lines: Vec<&str> = source.text.lines().collect();
        for (line, code) in source.work_lines(&source.code) {
            let near = &lines[line.saturating_sub(PROOF_WITHIN)..line];
            let panics = code.contains(".unwrap()") || code.contains(".expect(");
            if panics && !near.iter().any(|l| l.contains("Proof:")) {
                wrong.push(format!("{}:{line}: `unwrap` or `expect` without `Proof:`", source.path.display()));
            }
        }
    }
    expect_none("what may panic", wrong);
}

/// A sentence of `text!` with its line.
struct Sentence {
    line: usize,
    en: String,
    zh: String,
}

/// Every sentence of the file that is not test code.
fn sentences(source: &Source) -> Vec<Sentence> {
    let chars: Vec<char> = source.text.chars().collect();
    let code: Vec<char> = source.code.chars().collect();
    let call: Vec<char> = "text!(".chars().collect();
    let mut found = Vec::new();
    for at in 0..code.len().saturating_sub(call.len()) {
        let before = at.checked_sub(1).map_or(' ', |b| code[b]);
        if code[at..].starts_with(&call) && !is_name(before) {
            let line = code[..at].iter().filter(|c| **c == '\n').count();
            let literals = literals(&chars, at + call.len());
            if let ([en, zh], false) = (literals.as_slice(), source.is_test(line)) {
                found.push(Sentence { line: line + 1, en: en.clone(), zh: zh.clone() });
            }
        }
    }
    found
}

/// The two string literals that follow `at`, as they are written between their quotes.
fn literals(chars: &[char], mut at: usize) -> Vec<String> {
    let mut found = Vec::new();
    while found.len() < 2 && at < chars.len() {
        match chars[at] {
            '"' => {
                let end = string_end(chars, at + 1);
                found.push(chars[at + 1..end - 1].iter().collect());
                at = end;
            }
            c if c.is_whitespace() || c == ',' => at += 1,
            _ => break,
        }
    }
    found
}

/// The names in braces, such as `count` in `{count} payments`. Each language may have names of its own, such
/// as `{en}` and `{zh}`, so that only their number can be compared.
fn placeholders(text: &str) -> BTreeSet<String> {
    let plain = text.replace("{{", "").replace("}}", "");
    let name = |piece: &str| piece.split(['}', ':']).next().unwrap_or_default().to_string();
    plain.split('{').skip(1).map(name).collect()
}

/// Whether letters stand outside braces.
fn has_words(text: &str) -> bool {
    let mut depth = 0;
    text.chars().any(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0 && c.is_alphabetic()
    })
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let mut wrong = Vec::new();
    let mut count = 0;
    for source in sources("src") {
        for Sentence { line, en, zh } in sentences(&source) {
            count += 1;
            let place = format!("{}:{line}", source.path.display());
            if !chinese(&zh) && en != zh && has_words(&zh) {
                wrong.push(format!("{place}: no Chinese in `{zh}`"));
            }
            if chinese(&en) && en != zh {
                wrong.push(format!("{place}: Chinese in the English `{en}`"));
            }
            if placeholders(&en).len() > placeholders(&zh).len() {
                wrong.push(format!("{place}: the Chinese leaves something out: `{en}` / `{zh}`"));
            }
            if en.ends_with('.') || zh.ends_with('。') {
                wrong.push(format!("{place}: a final stop"));
            }
            let capitals = en.split(' ').next().unwrap_or_default().chars().filter(|c| c.is_uppercase()).count();
            // One capital letter is the start of a sentence; several are an abbreviation or a name.
            if capitals == 1 && en.starts_with(|c: char| c.is_ascii_uppercase()) {
                wrong.push(format!("{place}: begins with a capital: `{en}`"));
            }
        }
    }
    assert!(count > 50, "the sentences are found");
    expect_none("sentences", wrong);
}

#[test]
fn the_top_level_holds_what_it_should() {
    let output = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output();
    let Some(output) = output.ok().filter(|o| o.status.success() && !o.stdout.is_empty()) else {
        println!("skipped: this is no git repository, or git is not installed");
        return;
    };
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let top: BTreeSet<&str> = files.split('\0').filter_map(|f| f.split('/').next()).filter(|f| !f.is_empty()).collect();
    let fits = |name: &str| name.starts_with('.') || name.starts_with("LICENSE") || TOP_LEVEL.contains(&name);
    expect_none("not at the top level", top.into_iter().filter(|name| !fits(name)).map(str::to_string).collect());
}

#[test]
fn the_eye_of_this_test_sees() {
    let text = "use crate::{a::{x, y}, b};\nlet s = \"crate::c // no\"; // crate::d\n#[cfg(test)]\nmod t {\n  use crate::e;\n}\nlet c = '\"'; crate::f();\nlet r = r#\"crate::g\"#;\n";
    let code = blank(text);
    let source = Source { path: "src/m.rs".into(), tests: test_lines(&code), code, text: text.to_string() };
    let names: Vec<_> = imports(&source).into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(names, ["1 a", "1 b", "7 f"]);
    assert!(holds_word("the HSBC file", "HSBC") && !holds_word("HSBCS", "HSBC") && holds_word("在工行开户", "工行"));
    assert_eq!(placeholders("{a} {{b}} {c:?}"), BTreeSet::from(["a".to_string(), "c".to_string()]));
}
