//! The document as a page of HTML: readable on a narrow screen, printable, and nothing is fetched from anywhere.

use super::block::{Block, headline, sentence};
use crate::words::{Lang, Text};

/// What the page looks like.
const STYLE: &str = "\
:root{color-scheme:light}\
body{font:15px/1.55 system-ui,\"Noto Sans CJK SC\",\"PingFang SC\",\"Microsoft YaHei\",sans-serif;color:#1b1b1b;\
background:#fff;max-width:76em;margin:2em auto;padding:0 1.2em}\
h1{font-size:1.7em;margin:0 0 .6em}\
h2{font-size:1.3em;margin:2em 0 .6em;padding-bottom:.2em;border-bottom:2px solid #d4d4d4}\
h3{font-size:1.05em;margin:1.6em 0 .4em}\
nav ol{columns:16em;padding-left:1.6em}\
.wide{overflow-x:auto;margin:.8em 0}\
table{border-collapse:collapse;min-width:50%}\
th,td{border:1px solid #c4c4c4;padding:.3em .6em;text-align:left;vertical-align:top}\
th{background:#f1f3f5;white-space:nowrap}\
td{min-width:4.2em;overflow-wrap:break-word}\
td:first-child{min-width:2em}\
code{background:#f4f4f4;padding:0 .2em;border-radius:2px;white-space:pre-wrap}\
pre{background:#f4f4f4;padding:.8em;overflow-x:auto}\
@media(max-width:40em){body{margin:1em auto;padding:0 .7em}h1{font-size:1.35em}th,td{padding:.25em .4em}}\
@media print{body{max-width:none;margin:0}h2,h3{break-after:avoid}tr{break-inside:avoid}\
.wide,pre{overflow:visible}pre{white-space:pre-wrap}nav{display:none}}";

/// The whole page.
pub(super) fn page(title: &Text, blocks: &[Block], lang: Lang) -> String {
    let code = if lang == Lang::Zh { "zh-CN" } else { "en" };
    let title = escaped(&headline(title.to(lang)));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    contents(&mut out, blocks, lang);
    let mut chapter = 0;
    for block in blocks {
        if matches!(block, Block::Heading(2, _)) {
            chapter += 1;
        }
        out.push_str(&written(block, chapter, lang));
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// The chapters, to jump to.
fn contents(out: &mut String, blocks: &[Block], lang: Lang) {
    out.push_str("<nav>\n<ol>\n");
    let chapters = blocks.iter().filter_map(|block| match block {
        Block::Heading(2, text) => Some(text),
        _ => None,
    });
    for (at, text) in chapters.enumerate() {
        let name = inline(&headline(text.to(lang)));
        out.push_str(&format!("<li><a href=\"#c{}\">{name}</a></li>\n", at + 1));
    }
    out.push_str("</ol>\n</nav>\n");
}

fn written(block: &Block, chapter: usize, lang: Lang) -> String {
    match block {
        Block::Heading(2, text) => format!("<h2 id=\"c{chapter}\">{}</h2>\n", inline(&headline(text.to(lang)))),
        Block::Heading(depth, text) => format!("<h{depth}>{}</h{depth}>\n", inline(&headline(text.to(lang)))),
        Block::Words(text) => format!("<p>{}</p>\n", inline(&sentence(text.to(lang), lang == Lang::Zh))),
        Block::List(list) => {
            let item = |text: &Text| format!("<li>{}</li>\n", inline(&sentence(text.to(lang), lang == Lang::Zh)));
            format!("<ul>\n{}</ul>\n", list.iter().map(item).collect::<String>())
        }
        Block::Table(names, rows) => {
            let line = |cells: &[Text], tag: &str| {
                let cell = |text: &Text| format!("<{tag}>{}</{tag}>", inline(text.to(lang)));
                format!("<tr>{}</tr>\n", cells.iter().map(cell).collect::<String>())
            };
            let body: String = rows.iter().map(|row| line(row, "td")).collect();
            let head = line(names, "th");
            format!("<div class=\"wide\"><table>\n<thead>{head}</thead>\n<tbody>\n{body}</tbody></table></div>\n")
        }
        Block::File(text) => format!("<pre>{}</pre>\n", escaped(text.trim_end_matches(['\r', '\n']))),
    }
}

/// Text with its code marks as elements; a long path may break behind a slash, so that a table keeps to its page.
fn inline(text: &str) -> String {
    let code = |piece: &str| format!("<code>{}</code>", escaped(piece).replace('/', "/<wbr />"));
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { code(piece) } else { escaped(piece) }).collect()
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
