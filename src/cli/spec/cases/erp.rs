//! Test cases to run with an ERP.

use super::Case;
use super::payments::{characters, longest, ordinary};
use super::transport::{half, seal};
use crate::cli::spec::block::{codes, marked};
use crate::format::layout::Carries;
use crate::format::layout::declare::RecordKind;
use crate::template::Template;
use crate::text;
use crate::words::Text;

pub(super) fn groups(template: &Template) -> Vec<(Text, Vec<Case>)> {
    let own = template.layout.get(Carries::Payments).is_some();
    let payments = match own {
        true => ordinary(template).into_iter().chain(longest(template)).collect(),
        false => Vec::new(),
    };
    vec![
        (text!("payments", "付款"), payments),
        (text!("characters", "字符"), if own { characters(template) } else { Vec::new() }),
        (text!("files", "文件"), files(template)),
        (text!("what the ERP is told", "ERP 收到的内容"), told(template)),
        (text!("seal", "签名与加密"), seal(template)),
    ]
}

fn files(template: &Template) -> Vec<Case> {
    let hold = || text!("held: a second person says whether it is new", "暂停：由第二人判断是否为新文件");
    let mut cases = vec![
        half(&template.inward.complete),
        Case::new(text!("the same file again, under another name", "同一文件换名再次提交"), hold()),
        Case::new(text!("the same name with another content", "同名但内容不同的文件"), hold()),
        Case::new(text!("a payment that was made in an earlier file", "此前文件已付过的付款"), hold()),
        Case::new(
            text!("a file with a wrong account number", "账号有误的文件"),
            text!("refused, with line and column in the refusal file", "拒绝；拒绝文件指明行和列"),
        ),
        Case::new(
            text!("a file cut in the middle", "被截断的文件"),
            text!(
                "refused as a whole where it has totals or an end; agree on one of them",
                "有合计或结束标志时整体拒绝；请约定其一"
            ),
        ),
    ];
    cases.extend(columns(template));
    cases
}

/// Columns in another order, unknown ones, and those that are missing.
fn columns(template: &Template) -> Vec<Case> {
    let Some(plan) = template.layout.get(Carries::Payments) else { return Vec::new() };
    let row = plan.layout.record.0.iter().find(|(_, record)| record.kind == RecordKind::Columns);
    let Some((_, row)) = row else { return Vec::new() };
    let required = row.fields.iter().filter(|field| field.required);
    let mut cases = vec![Case::new(
        text!("the columns in another order, and one more", "列序不同并多一列"),
        text!("read by their names; the unknown one is told", "按列名读取；未知列给出提示"),
    )];
    cases.extend(required.map(|field| {
        let name = marked(&field.name);
        Case::new(
            text!("a file without the column {name}", "缺少列 {name} 的文件"),
            text!("refused, and the column is named", "拒绝并指出该列"),
        )
    }));
    cases
}

fn told(template: &Template) -> Vec<Case> {
    let outputs = &template.outputs;
    let lists = [
        (text!("an answer of the bank about a payment", "银行对付款的回执"), &outputs.status),
        (text!("a statement of the bank", "银行对账单"), &outputs.statement),
        (text!("a file of the ERP's that is refused", "被拒绝的 ERP 文件"), &outputs.refusal),
        (text!("a reconciled statement", "对账结果"), &outputs.reconciliation),
        (text!("electronic receipts", "电子回单"), &outputs.receipts),
    ];
    let mut cases: Vec<Case> = lists
        .into_iter()
        .filter(|(_, formats)| !formats.is_empty())
        .map(|(act, formats)| {
            let formats = codes(formats).en;
            Case::new(
                act,
                text!("a file in each of {formats}, which the ERP takes in", "生成 {formats} 格式的文件，ERP 可导入"),
            )
        })
        .collect();
    cases.push(Case::new(
        text!("a payment that is `unknown`", "状态为 `unknown` 的付款"),
        text!("the ERP shows it as open and does not pay it again", "ERP 显示为未决，不会重付"),
    ));
    cases.push(Case::new(
        text!("a payment that comes back after it was booked", "入账之后退票的付款"),
        text!("the ERP reopens the invoice", "ERP 重新打开对应单据"),
    ));
    cases
}
