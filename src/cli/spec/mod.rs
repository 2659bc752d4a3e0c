//! `bankferry spec`: the interface specification (接口规范) of a template, a document to agree on with the party.
//!
//! Everything in it is made from the template, so that it cannot say something else than the program does.

mod answers;
mod block;
mod cases;
mod dialect;
mod elements;
mod files;
mod html;
mod layout;
mod limits;
mod markdown;
mod open;
mod statements;
mod windows;

use clap::Args;

use super::print::print;
use super::{CliError, Context, Exit, Run};
use crate::format::layout::Carries;
use crate::template::{PartyKind, Template};
use crate::text;
use crate::words::Text;
use block::Block;

/// Prints the interface specification (接口规范) of a bank or ERP template
///
/// Every field with position, type, length, whether it is required, and what it carries; files and folders, security,
/// limits, answers and what each of the bank's codes means, statements, windows, the test cases to run with the party,
/// and what the template leaves open. In English or, with `--lang zh`, in Chinese.
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
        let page = if self.html {
            html::page(&title(&template), &blocks, lang)
        } else {
            markdown::page(&title(&template), &blocks, lang)
        };
        print(&page)?;
        Ok(Exit::Done)
    }
}

fn title(template: &Template) -> Text {
    let name = &template.name;
    text!("interface specification: {name}", "接口规范：{name}")
}

/// The document below its title; `example` gives an example by its file name.
fn specification(template: &Template, example: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<Block> {
    let mut blocks = Vec::new();
    head(template, &mut blocks);
    files::write(template, &mut blocks);
    files::security(template, &mut blocks);
    let pays = template.speaks_of_payments();
    if pays {
        limits::write(template, &mut blocks);
    } else if template.kind == PartyKind::Bank {
        no_payments(&mut blocks);
    }
    if pays && (template.layout.is_empty() || !template.is_own(&template.payments.format)) {
        dialect::write(template, example, &mut blocks);
    }
    for plan in &template.layout.plans {
        let theirs = (template.kind == PartyKind::Bank) != (plan.carries == Carries::Payments);
        layout::write(plan, theirs, example, &mut blocks);
    }
    if pays || template.kind == PartyKind::Erp {
        answers::write(template, &mut blocks);
    }
    statements::write(template, &mut blocks);
    windows::write(template, &mut blocks);
    cases::write(template, &mut blocks);
    open::write(template, &mut blocks);
    agreed(&mut blocks);
    blocks
}

/// A bank of which only the statements are described.
fn no_payments(blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("payments", "付款")));
    blocks.push(Block::Words(text!(
        "this document is about statements: the template says nothing of payment files and their answers. Before \
         anything is paid, describe them in `[payments]` or `[layout.payments]` and print this document again",
        "本文件只涉及对账单：模板未说明付款文件及其回执。付款之前，请先在 `[payments]` 或 `[layout.payments]` 中说明，\
         并重新生成本文件"
    )));
}

fn head(template: &Template, blocks: &mut Vec<Block>) {
    let words = |lang: &str| template.summary.get(lang).cloned().unwrap_or_default();
    blocks.push(Block::Words(Text { en: words("en"), zh: words("zh") }));
    let (source, date) = (&template.provenance.source, &template.provenance.date);
    let kind = match template.kind {
        PartyKind::Bank => {
            text!("bank: takes payments, gives answers and statements", "银行：接收付款，返回回执和对账单")
        }
        PartyKind::Erp => text!("ERP: gives payments, takes answers and statements", "ERP：提交付款，接收回执和对账单"),
    };
    let verified = match template.provenance.verified {
        true => text!("yes: files made with it were taken", "是：据此生成的文件已被对方接受"),
        false => text!("no: check every line of this document with the party", "否：请与对方逐项核对本文件"),
    };
    let version = env!("CARGO_PKG_VERSION");
    blocks.push(block::facts(vec![
        (text!("party", "对方"), kind),
        (text!("source", "来源"), source.clone()),
        (text!("as of", "日期"), Text::same(date)),
        (text!("verified with the party", "是否经对方验证"), verified),
        (text!("printed by", "生成程序"), Text::same(format!("bankferry {version}"))),
    ]));
}

/// Room for the two sides to sign.
fn agreed(blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("agreed by", "双方确认")));
    let empty = || Text::same("");
    blocks.push(block::table(
        [("side", "一方"), ("name", "姓名"), ("date", "日期"), ("signature", "签字")],
        vec![
            vec![text!("the party", "对方"), empty(), empty(), empty()],
            vec![text!("us", "本方"), empty(), empty(), empty()],
        ],
    ));
}
