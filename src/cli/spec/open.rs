//! What the template leaves open: the questions to ask before the first file.

use super::block::Block;
use super::limits::most_payments;
use crate::format::layout::Carries;
use crate::template::{Clear, PartyKind, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    let open = questions(template);
    if open.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, text!("what is still to be asked", "尚待确认的事项")));
    blocks.push(Block::Words(text!(
        "the template says nothing about these, or nobody has confirmed it:",
        "模板未说明或尚未确认的事项："
    )));
    blocks.push(Block::List(open));
}

fn questions(template: &Template) -> Vec<Text> {
    let bank = template.kind == PartyKind::Bank;
    let own = !template.layout.is_empty();
    let pays = bank && template.speaks_of_payments();
    let asked = [
        (
            !template.provenance.verified,
            text!("is every field above as the party has it in its own paper", "以上每个字段是否与对方自己的文档一致"),
        ),
        (
            pays && most_payments(template).is_none(),
            text!("how many payments may one file hold", "一个文件最多多少笔付款"),
        ),
        (
            pays && template.checks.max_sum.is_empty(),
            text!("is there a limit for the sum of a file", "文件总金额是否有上限"),
        ),
        (
            pays && template.checks.max_amount.is_empty(),
            text!("is there a limit for a single payment", "单笔金额是否有上限"),
        ),
        (pays && template.out.max_bytes.is_none(), text!("how large may a file be", "文件大小是否有上限")),
        (
            bank && template.calendar.banking_days.is_empty(),
            text!("on which days are files worked on", "哪些日期处理文件"),
        ),
        (
            pays && template.calendar.cut_off.is_none(),
            text!("until which hour is a file worked on the same day", "当天处理的截止时间"),
        ),
        (bank && template.calendar.maintenance.is_empty(), text!("when does the server rest", "服务器维护时段")),
        (
            pays && template.answers.received_within.is_none(),
            text!("how soon does the bank answer", "银行多久给出回执"),
        ),
        (
            pays && own && template.layout.get(Carries::Status).is_none(),
            text!("how does the bank tell what became of a payment", "银行如何告知付款结果"),
        ),
        (
            bank && own && template.layout.get(Carries::Statement).is_none(),
            text!("which statement does the bank give", "银行提供何种对账单"),
        ),
        (bank && template.statements.by.is_none(), text!("by which hour is the statement there", "对账单最迟何时提供")),
        (
            pays && !template.carries_ids(),
            text!(
                "by what does an answer name a payment, as the file has no room for our id",
                "文件没有我方编号，回执以何标识付款"
            ),
        ),
        (
            template.ssh.kex.is_empty(),
            text!("which SSH algorithms does the server offer, if it is one", "如采用 SFTP，服务器支持哪些 SSH 算法"),
        ),
        (
            !template.seal.seals(),
            text!("is it right that files are neither signed nor encrypted", "文件不签名、不加密是否正确"),
        ),
        (
            template.inward.clear == Clear::Remove,
            text!("may we delete files once we have archived them", "归档之后可否由我方删除文件"),
        ),
        (
            template.test.is_empty(),
            text!("what differs between the test and the production server", "测试与生产环境有何差异"),
        ),
        (
            true,
            text!(
                "from which addresses do we connect, and which does the party allow",
                "我方从哪些地址连接，对方允许哪些地址"
            ),
        ),
    ];
    let question = |Text { en, zh }: Text| Text { en: format!("{en}?"), zh: format!("{zh}？") };
    asked.into_iter().filter(|(open, _)| *open).map(|(_, text)| question(text)).collect()
}
