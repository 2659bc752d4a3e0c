//! The document as Markdown.

use super::block::{Block, headline, sentence};
use crate::words::{Lang, Text};

/// The whole page.
pub(super) fn page(title: &Text, blocks: &[Block], lang: Lang) -> String {
    let mut out = format!("# {}\n\n", headline(title.to(lang)));
    for block in blocks {
        match block {
            Block::Heading(depth, text) => {
                out.push_str(&format!("{} {}\n\n", "#".repeat(*depth), headline(text.to(lang))));
            }
            Block::Words(text) => out.push_str(&format!("{}\n\n", sentence(text.to(lang), lang == Lang::Zh))),
            Block::List(list) => {
                list.iter()
                    .for_each(|text| out.push_str(&format!("* {}\n", sentence(text.to(lang), lang == Lang::Zh))));
                out.push('\n');
            }
            Block::Table(names, rows) => table(&mut out, names, rows, lang),
            Block::File(text) => out.push_str(&fenced(text.trim_end_matches(['\r', '\n']))),
        }
    }
    out
}

fn table(out: &mut String, names: &[Text], rows: &[Vec<Text>], lang: Lang) {
    let line = |cells: &[Text]| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text.to(lang))).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    out.push_str(&line(names));
    out.push_str(&format!("|{}\n", "---|".repeat(names.len())));
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out.push('\n');
}

/// A cell stands in one line, and a bar in it is no border.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

/// A file between fences longer than any in it.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_string();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}text\n{text}\n{fence}\n\n")
}
