//! The test cases to run with the party, made from what the template says: each limit with its next value, each code,
//! each window.

mod answers;
mod erp;
mod payments;
mod scheme;
mod transport;

use super::block::{Block, table};
use crate::template::{PartyKind, Template};
use crate::text;
use crate::words::Text;

/// One test case: what is done, and what must be seen.
pub(super) struct Case {
    act: Text,
    seen: Text,
}

impl Case {
    fn new(act: Text, seen: Text) -> Case {
        Case { act, seen }
    }
}

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("test cases to run with the party", "与对方联调的测试用例")));
    blocks.push(Block::Words(text!(
        "made from the template: where a line below is not what the party does, the template is wrong. Write \
         the date and \
         the file beside each line that was run",
        "根据模板生成：若与对方实际不符，即为模板有误。请在每项旁记录执行日期和文件名"
    )));
    let groups = match template.kind {
        PartyKind::Bank => bank(template),
        PartyKind::Erp => erp::groups(template),
    };
    let mut number = 0;
    for (name, cases) in groups.into_iter().filter(|(_, cases)| !cases.is_empty()) {
        blocks.push(Block::Heading(3, name));
        let rows = cases.into_iter().map(|case| {
            number += 1;
            vec![Text::same(number.to_string()), case.act, case.seen, Text::same("")]
        });
        let names = [("#", "序号"), ("do", "操作"), ("must be seen", "预期结果"), ("run on", "执行记录")];
        blocks.push(table(names, rows.collect()));
    }
}

fn bank(template: &Template) -> Vec<(Text, Vec<Case>)> {
    let mut groups = Vec::new();
    if template.speaks_of_payments() {
        groups.extend([
            (text!("payments", "付款"), payments::ordinary(template)),
            (text!("required values that are missing", "缺少必填内容"), payments::missing(template)),
            (text!("what the payment scheme forbids", "支付体系不允许的内容"), scheme::forbidden(template)),
            (text!("longest values", "最长取值"), payments::longest(template)),
            (text!("characters", "字符"), payments::characters(template)),
            (text!("limits", "限制"), payments::limits(template)),
            (text!("answers", "回执"), answers::answers(template)),
        ]);
    }
    groups.extend([
        (text!("statements and returns", "对账单与退票"), answers::statements(template)),
        (text!("files and connection", "文件与连接"), transport::files(template)),
        (text!("seal", "签名与加密"), transport::seal(template)),
        (text!("windows", "时间窗口"), transport::windows(template)),
    ]);
    groups
}
