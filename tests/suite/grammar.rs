//! The pages of the guide about templates say what the source says: every key with the words that stand beside the code
//! that it sets, every item that a field can carry, every template that is shipped.
//!
//! `UPDATE=1` writes the pages anew. A key without a documented meaning fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bankferry::format::layout::declare::TextEncoding;
use bankferry::format::layout::item::ITEMS;
use bankferry::template::{self, PartyKind};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A struct or an enum of the source.
#[derive(Clone, Debug, Default)]
struct Declared {
    file: String,
    name: String,
    is_enum: bool,
    docs: String,
    attributes: String,
    members: Vec<Member>,
}

/// A field or a variant.
#[derive(Clone, Debug, Default)]
struct Member {
    name: String,
    docs: String,
    attributes: String,
    /// Type of a field; what is inside a variant.
    kind: String,
}

/// The source of the library, by path.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    gather(&root().join("src"), &mut found);
    found
}

fn gather(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let shown = path.strip_prefix(root()).expect("inside").display().to_string();
            found.insert(shown, fs::read_to_string(&path).expect("text"));
        }
    }
}

/// Every struct and enum with named members.
fn declarations(sources: &BTreeMap<String, String>) -> Vec<Declared> {
    let mut all = Vec::new();
    for (file, text) in sources {
        let (mut docs, mut attributes) = (String::new(), String::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(words) = line.strip_prefix("///") {
                docs.push_str(words);
            } else if line.starts_with("#[") {
                attributes.push_str(line);
            } else {
                let head = line.strip_prefix("pub ").unwrap_or(line);
                let is_enum = head.starts_with("enum ");
                let name = head.strip_prefix("struct ").or(head.strip_prefix("enum "));
                if let Some(name) = name.filter(|_| line.ends_with('{')).map(|name| name.trim_end_matches([' ', '{'])) {
                    let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
                    let (docs, attributes) = (docs.trim().to_string(), attributes.clone());
                    let members = members(&body);
                    all.push(Declared { file: file.clone(), name: name.into(), is_enum, docs, attributes, members });
                }
                (docs, attributes) = (String::new(), String::new());
            }
        }
    }
    all
}

fn members(body: &[&str]) -> Vec<Member> {
    let mut all: Vec<Member> = Vec::new();
    let mut member = Member::default();
    let mut inside = false;
    for line in body {
        let text = line.trim();
        if inside {
            inside = text != "},";
            let key = text.split_once(": ").filter(|_| !text.starts_with("//")).map(|(key, _)| key);
            if let (Some(key), Some(last)) = (key, all.last_mut()) {
                last.kind = format!("{{ {key} = … }}");
            }
            continue;
        }
        if let Some(words) = text.strip_prefix("///") {
            member.docs.push_str(words);
        } else if text.starts_with("#[") {
            member.attributes.push_str(text);
        } else if !text.is_empty() && !text.starts_with("//") {
            let text = text.strip_prefix("pub ").unwrap_or(text).trim_end_matches(',');
            inside = text.ends_with('{');
            let (name, kind) = text.split_once(": ").or(text.split_once('(')).unwrap_or((text, ""));
            member.name = name.trim_end_matches([' ', '{']).to_string();
            member.kind = kind.trim_end_matches(')').to_string();
            member.docs = member.docs.trim().to_string();
            all.push(std::mem::take(&mut member));
        }
    }
    all
}

/// The value of a key in `#[serde(…)]`.
fn serde<'a>(attributes: &'a str, key: &str) -> Option<&'a str> {
    let at = attributes.find(&format!("{key} = \""))? + key.len() + 4;
    attributes[at..].split('"').next()
}

/// The name of a member as a template writes it.
fn written(of: &Declared, member: &Member) -> String {
    if let Some(name) = serde(&member.attributes, "rename") {
        return name.to_string();
    }
    let mut words = Vec::<String>::new();
    for c in member.name.chars() {
        match c {
            '_' => words.push(String::new()),
            c if c.is_ascii_uppercase() => words.push(c.to_ascii_lowercase().to_string()),
            c => match words.last_mut() {
                Some(word) => word.push(c),
                None => words.push(c.to_string()),
            },
        }
    }
    match serde(&of.attributes, "rename_all") {
        Some("kebab-case") => words.join("-"),
        Some("lowercase") => words.concat(),
        _ if of.is_enum && serde(&of.attributes, "rename_all").is_none() => member.name.clone(),
        _ => words.join("_"),
    }
}

/// The walk from `Template` through every table below it.
struct Walk {
    sources: BTreeMap<String, String>,
    all: Vec<Declared>,
    queue: Vec<(String, Declared)>,
    seen: Vec<(String, String)>,
    wrong: Vec<String>,
}

impl Walk {
    /// The declaration that a name means in a file: of the file itself, its room, or a room that it imports from.
    fn find(&self, name: &str, file: &str) -> Option<Declared> {
        let room = |file: &str| file.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs").to_string();
        let named = |of: &&Declared| of.name == name;
        if let Some(rest) = name.strip_prefix("crate::") {
            let (of, name) = rest.rsplit_once("::")?;
            let of = of.split("::").next().unwrap_or(of);
            return self.all.iter().find(|found| found.name == name && room(&found.file) == of).cloned();
        }
        let text = &self.sources[file];
        let imported = |of: &&Declared| {
            let from = format!("use crate::{}", room(&of.file));
            let uses = text.split("use ").map(|rest| format!("use {}", rest.split(';').next().unwrap_or_default()));
            let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
            uses.into_iter().any(|line| line.starts_with(&from) && words(&line)) || text.contains(&format!("{from}::"))
        };
        let mut found = self.all.iter().filter(named).filter(|of| of.file == file);
        let mut near = self.all.iter().filter(named).filter(|of| room(&of.file) == room(file));
        let mut other = self.all.iter().filter(named).filter(imported);
        found.next().or_else(|| near.next()).or_else(|| other.next()).cloned()
    }

    /// What may be written for a value of a type, in words; tables are put in line.
    fn value(&mut self, kind: &str, file: &str, heading: &str) -> String {
        let inside = |outer: &str| kind.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
        if let Some(inner) = inside("Option<") {
            return self.value(inner, file, heading);
        }
        if let Some(inner) = inside("Vec<") {
            return format!("list of: {}", self.value(inner, file, heading));
        }
        if let Some(inner) = inside("Ordered<") {
            return format!("table of names, each: {}", self.value(inner, file, &format!("{heading}.NAME")));
        }
        if let Some((key, inner)) = inside("BTreeMap<").and_then(|inner| inner.split_once(", ")) {
            let key = self.value(key, file, heading);
            return format!("table, for each {key}: {}", self.value(inner, file, &format!("{heading}.NAME")));
        }
        let name = kind.rsplit("::").next().unwrap_or(kind);
        match name {
            "String" => return "text".into(),
            "bool" => return "`true` or `false`".into(),
            "char" => return "one character".into(),
            "u16" | "u32" | "u64" | "usize" => return "number".into(),
            "Amount" => return "amount as text, `\"1000000\"`".into(),
            "Date" => return "day, `YYYY-MM-DD`".into(),
            "Account" => return "account number".into(),
            "Currency" => return "currency, ISO 4217".into(),
            "Table" => return "table of keys of this page".into(),
            "StatusMap" => return "table: `\"the bank's code\" = \"ISO 20022 code\"`".into(),
            "TextEncoding" => {
                return TextEncoding::ALL.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            }
            "Hour" => return "hour, `16:30`".into(),
            "Length" if file.contains("template") => return "length of time, `30m`, `2h`, `1d`".into(),
            "Pattern" | "RenewalText" => return "text with fields in braces".into(),
            "Text" => return "text, or both languages: `{ en = \"…\", zh = \"…\" }`".into(),
            "DatePatterns" => {
                let one = "text of `yyyy`, `yy`, `MM`, `dd`, `HH`, `mm`, `ss` and signs between them";
                return format!("{one}, or a list of such texts");
            }
            "Binding" => return "one of [the items](items.md)".into(),
            "Levels" => return "table: `rule = \"off\"`, `\"info\"`, `\"warning\"` or `\"error\"`".into(),
            "Field" if file.contains("check") => return "field of our CSV".into(),
            "Layouts" => {
                let tables = self.find("Tables", "src/template/layouts.rs").expect("the tables of layouts");
                return self.table("layout", tables);
            }
            _ => {}
        }
        let Some(of) = self.find(kind, file) else {
            self.wrong.push(format!("{file}: the type `{kind}` has no words"));
            return kind.to_string();
        };
        if of.is_enum {
            let words: Vec<String> = of.members.iter().map(|member| variant(&of, member)).collect();
            return words.join("; ");
        }
        self.table(heading, of)
    }

    fn table(&mut self, heading: &str, of: Declared) -> String {
        let key = (of.file.clone(), of.name.clone());
        let known = self.queue.iter().find(|(_, queued)| (queued.file.clone(), queued.name.clone()) == key);
        let shown = known.map_or(heading, |(known, _)| known).to_string();
        if !self.seen.contains(&key) {
            self.seen.push(key);
            self.queue.push((heading.to_string(), of));
        }
        format!("table `[{shown}]`")
    }
}

/// A word of an enum with what it means.
fn variant(of: &Declared, member: &Member) -> String {
    let name = written(of, member);
    let word = match member.kind.is_empty() {
        true => format!("`{name}`"),
        false if member.kind.starts_with('{') => format!("`{{ {name} = {} }}`", member.kind),
        false => format!("`{{ {name} = … }}`"),
    };
    if member.docs.is_empty() { word } else { format!("{word}: {}", plain(&member.docs).trim_end_matches('.')) }
}

/// Doc words as they may stand in a cell: links become names.
fn plain(docs: &str) -> String {
    let mut out = String::new();
    let mut rest = docs;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, behind)) = link.split_once("`]") else { break };
        out.push_str(before);
        out.push_str(&format!("`{}`", name.rsplit("::").next().unwrap_or(name)));
        rest = match behind.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((_, behind)) => behind,
            None => behind,
        };
    }
    out.push_str(rest);
    out.replace('|', "\\|").replace("[[", "`[[").replace("]]", "]]`")
}

/// The tables of keys, one behind the other.
fn keys() -> (String, Vec<String>) {
    let sources = sources();
    let all = declarations(&sources);
    let mut walk = Walk { sources, all, queue: Vec::new(), seen: Vec::new(), wrong: Vec::new() };
    let template = walk.find("Template", "src/template/mod.rs").expect("the template");
    walk.queue.push((String::new(), template));
    let mut out = String::new();
    let mut at = 0;
    while let Some((heading, of)) = walk.queue.get(at).cloned() {
        at += 1;
        if !of.attributes.contains("deny_unknown_fields") {
            walk.wrong.push(format!("`{}` takes keys that it does not know", of.name));
        }
        let shown = if heading.is_empty() { "At the top".to_string() } else { format!("`[{heading}]`") };
        out.push_str(&format!("\n## {shown}\n\n{}\n\n| key | value | meaning |\n|---|---|---|\n", plain(&of.docs)));
        for member in &of.members {
            let key = written(&of, member);
            if member.docs.is_empty() {
                walk.wrong.push(format!("the key `{key}` of `{}` has no meaning", of.name));
            }
            let below = match heading.as_str() {
                "" => key.clone(),
                heading => format!("{heading}.{key}"),
            };
            let below = if of.name == "Tables" { "layout.KIND".to_string() } else { below };
            let value = walk.value(&member.kind, &of.file, &below);
            let optional = [&of.attributes, &member.attributes].iter().any(|a| a.contains("default"))
                || member.kind.starts_with("Option<");
            let required = if optional { "" } else { "*required*. " };
            out.push_str(&format!("| `{key}` | {value} | {required}{} |\n", plain(&member.docs)));
        }
    }
    (out, walk.wrong)
}

/// Compares a page from its mark on with what it must say, or writes it.
#[allow(clippy::disallowed_methods)]
fn hold(page: &str, mark: &str, wanted: &str) {
    let path = root().join("src/guide").join(page);
    let text = fs::read_to_string(&path).expect("the page");
    let at = text.find(&format!("<!-- {mark}")).unwrap_or_else(|| panic!("{page} has no mark `{mark}`"));
    let line = at + text[at..].find('\n').expect("a line") + 1;
    let wanted = format!("{}{wanted}", &text[..line]);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).expect("written");
    } else {
        assert!(text == wanted, "{page} is behind the source: run the tests with UPDATE=1");
    }
}

#[test]
fn every_key_of_a_template_is_on_the_page_with_the_words_beside_its_code() {
    let (wanted, wrong) = keys();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    hold("templates/keys.md", "keys", &wanted);
}

/// The page is of use only where it knows what templates really say.
#[test]
fn every_key_of_the_shipped_templates_is_on_the_page() {
    let (page, _) = keys();
    for (name, source) in template::built_in() {
        let table: toml::Table = toml::from_str(source).expect("TOML");
        for (key, value) in &table {
            assert!(key == "extends" || page.contains(&format!("| `{key}` |")), "{name}: {key}");
            let inside = value.as_table().filter(|_| !matches!(key.as_str(), "status" | "summary" | "layout"));
            for key in inside.into_iter().flat_map(|table| table.keys()) {
                assert!(page.contains(&format!("| `{key}` |")), "{name}: {key}");
            }
        }
        let layouts = table.get("layout").and_then(|layout| layout.as_table());
        for layout in layouts.into_iter().flat_map(|table| table.values()).filter_map(|value| value.as_table()) {
            for key in layout.keys() {
                assert!(page.contains(&format!("| `{key}` |")), "{name}: {key}");
            }
        }
    }
}

#[test]
fn every_item_is_on_the_page() {
    let mut wanted = String::from("\n| item | is | 含义 | in files of |\n|---|---|---|---|\n");
    for (name, _, form, carries, (en, zh)) in ITEMS {
        let form = format!("{form:?}").to_lowercase();
        let carries: Vec<String> = carries.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
        wanted.push_str(&format!("| `{name}` ({form}) | {en} | {zh} | {} |\n", carries.join(", ")));
    }
    hold("templates/items.md", "items", &wanted);
}

/// The index of all templates: what each is for, whether it was tried, where its knowledge comes from, its examples.
#[test]
fn every_template_is_in_the_index() {
    let mut wanted = String::new();
    for (kind, title) in [(PartyKind::Bank, "Banks"), (PartyKind::Erp, "ERPs")] {
        wanted.push_str(&format!(
            "\n## {title}\n\n| template | for | 用途 | files | examples | verified | source |\n|---|---|---|---|---|---|---|\n"
        ));
        for (name, _) in template::built_in() {
            let found = template::find(Path::new("/nonexistent"), name).expect("a template");
            if found.kind != kind {
                continue;
            }
            let cell = |text: &str| text.replace('|', "\\|").replace('[', "\\[").replace(']', "\\]");
            let words = |lang: &str| found.summary.get(lang).map(|text| cell(text)).unwrap_or_default();
            assert!(!words("en").is_empty() && !words("zh").is_empty(), "{name} has no summary");
            let carried = found.layout.plans.iter().map(|plan| format!("{:?}", plan.carries).to_lowercase());
            let mut files: Vec<String> = carried.collect();
            if found.layout.is_empty() && kind == PartyKind::Bank {
                files.push(found.payments.format.clone());
            }
            let kinds = ["payments", "status", "statement", "receipts"];
            let examples: Vec<String> = kinds
                .iter()
                .map(|kind| format!("{kind}.txt"))
                .filter(|file| template::example(name, file).is_some())
                .collect();
            let examples = if examples.is_empty() { "-".to_string() } else { examples.join(", ") };
            let verified = if found.provenance.verified { "yes" } else { "no" };
            let (source, date) = (cell(&found.provenance.source.en), &found.provenance.date);
            wanted.push_str(&format!(
                "| `{name}` | {} | {} | {} | {examples} | {verified} | {source} ({date}) |\n",
                words("en"),
                words("zh"),
                files.join(", "),
            ));
        }
    }
    hold("templates.md", "templates", &wanted);
}
