//! Statements: what they must hold, what is looked at, and how money that came back is told.

use super::block::{Block, code, facts, joined, yes};
use crate::format::layout::item::{Binding, Item};
use crate::format::layout::{Carries, Plan};
use crate::template::{PartyKind, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    if template.kind == PartyKind::Erp {
        return;
    }
    blocks.push(Block::Heading(2, text!("statements", "对账单")));
    let own = template.layout.get(Carries::Statement);
    let format = match own {
        Some(_) => text!("the statement file of this document", "本文件所列对账单文件"),
        None if !template.layout.is_empty() => text!(
            "this template knows no statement file of the bank's own; camt.053, MT940 and BAI2 are read where the bank \
             gives them, others are described as `[layout.statement]`",
            "本模板没有银行自有的对账单文件；银行提供的 camt.053、MT940、BAI2 可直接读取，其他格式以 `[layout.statement]` 描述"
        ),
        None => text!(
            "camt.053 (camt.052 intraday, camt.054 notifications), MT940 (MT942 intraday) or BAI2, \
             found out by the content",
            "camt.053（日间 camt.052、通知 camt.054）、MT940（日间 MT942）或 BAI2，按内容自动识别"
        ),
    };
    let accounts = &template.statements.accounts;
    let which = match accounts.is_empty() {
        true => text!("every account that the bank keeps for us", "银行为我方保管的全部账户"),
        false => joined(accounts.iter().map(code), (", ", "、")),
    };
    let by = template.statements.by.map_or_else(
        || text!("no hour is agreed: a missing statement is not missed", "未约定时间：缺少对账单时不会提示"),
        |hour| text!("{hour} on the next banking day", "下一银行工作日 {hour}"),
    );
    let mut rows = vec![
        (text!("format", "格式"), format),
        (text!("accounts", "账户"), which),
        (text!("expected by", "最迟时间"), by),
    ];
    if let Some(plan) = own {
        rows.extend(held(plan));
    }
    blocks.push(facts(rows));
    blocks.push(Block::List(rules(own.is_none_or(|plan| carries(plan, Item::EndToEndId)))));
}

/// What a statement file of the bank's own holds.
fn held(plan: &Plan) -> Vec<(Text, Text)> {
    let has = |items: &[Item]| yes(items.iter().any(|item| carries(plan, *item)));
    vec![
        (text!("opening and closing balance", "期初、期末余额"), has(&[Item::Opening, Item::Closing])),
        (text!("balance after each entry", "逐笔余额"), has(&[Item::BalanceAfter])),
        (text!("our end-to-end id", "我方业务编号"), has(&[Item::EndToEndId])),
        (text!("the other side's account", "对方账号"), has(&[Item::Account, Item::PayeeAccount, Item::PayerAccount])),
        (text!("mark of reversals", "冲正标志"), has(&[Item::Reversal])),
        (text!("reason of a return", "退回原因"), has(&[Item::ReturnReason])),
    ]
}

/// Whether a layout has a field for an item.
pub(super) fn carries(plan: &Plan, item: Item) -> bool {
    let wanted = Some(Binding::Known(item));
    plan.layout.record.0.iter().flat_map(|(_, record)| &record.fields).any(|field| field.item == wanted)
}

fn rules(with_id: bool) -> Vec<Text> {
    let mut rules = vec![
        text!(
            "a payment is `booked` when an entry of a statement shows it; \
             an intraday report or a notification announces only",
            "对账单明细列示后付款才成为 `booked`（已入账）；日间报告和通知仅作预告"
        ),
        text!(
            "opening balance and entries must give the closing balance; a gap in the numbers or an opening \
             balance that \
             is not the closing one before it is told",
            "期初余额加明细须等于期末余额；编号不连续，或期初余额与上期期末余额不符，均会提示"
        ),
        text!(
            "money that came back makes the payment `returned`, also after it was booked",
            "退票使付款成为 `returned`（已退票），入账之后亦然"
        ),
        text!(
            "a statement without entries is a statement; a file in which nothing is understood is an error",
            "无明细的对账单有效；无法识别任何内容的文件视为错误"
        ),
    ];
    if !with_id {
        rules.push(text!(
            "this file has no room for our end-to-end id: entries are matched by account, amount, name and day, and \
             what fits more than one payment is left to a person",
            "该文件没有我方业务编号：按账号、金额、户名和日期匹配，匹配到多笔时由人工处理"
        ));
    }
    rules
}
