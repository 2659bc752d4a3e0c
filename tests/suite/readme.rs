//! What README and guide claim: commands exist, links lead somewhere, keys are keys.

use std::path::Path;
use std::process::Command;

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![("README.md".to_string(), root.join("README.md"))];
    for entry in std::fs::read_dir(root.join("src/guide")).expect("the guide").filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "md") {
            pages.push((format!("src/guide/{}", entry.file_name().to_string_lossy()), path));
        }
    }
    pages.into_iter().map(|(name, path)| (name, std::fs::read_to_string(path).expect("a page"))).collect()
}

#[test]
fn every_command_that_is_named_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("--help").output().expect("help");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let commands: Vec<&str> = help.lines().filter_map(|l| l.strip_prefix("  ")?.split_whitespace().next()).collect();
    for (page, text) in pages() {
        for piece in text.split("`bankferry ").skip(1) {
            let word: String = piece.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            assert!(
                word.is_empty() || commands.contains(&word.as_str()),
                "{page} names `bankferry {word}`, which does not exist"
            );
        }
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, text) in pages() {
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap_or_default();
            if !target.starts_with("http") {
                let beside = Path::new(&page).parent().unwrap_or(Path::new(""));
                let there = root.join(target).exists() || root.join(beside).join(target).exists();
                assert!(there, "{page} links to {target}, which does not exist");
            }
        }
    }
}
