//! `bankferry spec`: the interface specification of a template, to agree on with the bank.

use clap::Args;

use super::print::print;
use super::{CliError, Context, Exit, Run};
use crate::template::specification::{Block, specification};
use crate::words::{Lang, Text};

/// Prints the interface specification (接口规范) of a bank or ERP template
///
/// Every field with position, type, length, whether it is required, and what it carries; files and folders, security,
/// answers, states, and the test cases to run with the bank. In English or, with `--lang zh`, in Chinese.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry spec icbc --lang zh > 接口规范.md
  bankferry spec zengin-transfer --html > spec.html")]
pub struct Spec {
    /// Name of the template
    #[arg(value_name = "BANK")]
    template: String,
    /// Print a page of HTML instead of Markdown
    #[arg(long)]
    html: bool,
}

impl Run for Spec {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let folder = context.dir().join("templates");
        let template = crate::template::find(&folder, &self.template).map_err(|error| CliError::explained(&error))?;
        let find = |file: &str| {
            let own = std::fs::read(folder.join("examples").join(&template.name).join(file)).ok();
            own.or_else(|| crate::template::example(&template.name, file).map(<[u8]>::to_vec))
        };
        let blocks = specification(&template, &find);
        let lang = context.lang();
        let page = if self.html { html(&template.name, &blocks, lang) } else { markdown(&blocks, lang) };
        print(&page)?;
        Ok(Exit::Done)
    }
}

fn markdown(blocks: &[Block], lang: Lang) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(depth, text) => {
                out.push_str(&format!("{} {}\n\n", "#".repeat(*depth), headline(text.to(lang))));
            }
            Block::Words(text) => out.push_str(&format!("{}\n\n", text.to(lang))),
            Block::List(list) => {
                list.iter().for_each(|text| out.push_str(&format!("* {}\n", text.to(lang))));
                out.push('\n');
            }
            Block::Table(names, rows) => {
                let line = |cells: &[Text]| {
                    let cell = |text: &Text| text.to(lang).replace('|', "\\|");
                    let cells: Vec<String> = cells.iter().map(cell).collect();
                    format!("| {} |\n", cells.join(" | "))
                };
                out.push_str(&line(names));
                out.push_str(&format!("|{}\n", "---|".repeat(names.len())));
                rows.iter().for_each(|row| out.push_str(&line(row)));
                out.push('\n');
            }
            Block::File(text) => out.push_str(&format!("```text\n{}\n```\n\n", text.trim_end())),
        }
    }
    out
}

fn html(title: &str, blocks: &[Block], lang: Lang) -> String {
    let code = if lang == Lang::Zh { "zh-CN" } else { "en" };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{code}\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n",
        escaped(title)
    );
    for block in blocks {
        match block {
            Block::Heading(depth, text) => {
                out.push_str(&format!("<h{depth}>{}</h{depth}>\n", inline(&headline(text.to(lang)))));
            }
            Block::Words(text) => out.push_str(&format!("<p>{}</p>\n", inline(text.to(lang)))),
            Block::List(list) => {
                out.push_str("<ul>\n");
                list.iter().for_each(|text| out.push_str(&format!("<li>{}</li>\n", inline(text.to(lang)))));
                out.push_str("</ul>\n");
            }
            Block::Table(names, rows) => {
                let line = |cells: &[Text], tag: &str| {
                    let cells: Vec<String> =
                        cells.iter().map(|text| format!("<{tag}>{}</{tag}>", inline(text.to(lang)))).collect();
                    format!("<tr>{}</tr>\n", cells.concat())
                };
                out.push_str("<table>\n");
                out.push_str(&line(names, "th"));
                rows.iter().for_each(|row| out.push_str(&line(row, "td")));
                out.push_str("</table>\n");
            }
            Block::File(text) => out.push_str(&format!("<pre>{}</pre>\n", escaped(text.trim_end()))),
        }
    }
    out.push_str("</html>\n");
    out
}

/// What the page looks like; nothing is fetched from anywhere.
const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:72em;margin:2em auto;padding:0 1em}\
table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left;\
vertical-align:top}th{background:#f2f2f2}pre,code{background:#f6f6f6}pre{padding:.8em;overflow-x:auto}";

/// A heading begins with a capital.
fn headline(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Text with its code marks as elements.
fn inline(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(at, piece)| if at % 2 == 1 { format!("<code>{}</code>", escaped(piece)) } else { escaped(piece) })
        .collect()
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
