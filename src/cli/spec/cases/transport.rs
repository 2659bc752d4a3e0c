//! Test cases about files, connection, seal and hours.

use super::Case;
use crate::carrier::PublishMode;
use crate::carrier::readiness::Complete;
use crate::cli::spec::block::{codes, marked};
use crate::format::layout::Carries;
use crate::template::{Clear, Template};
use crate::text;

pub(super) fn files(template: &Template) -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            text!("the same payment file twice, under another name", "同一付款文件换名再次发送"),
            text!("the bank refuses it as a double: agree on how it tells", "银行按重复拒绝：确认其告知方式"),
        ),
        wrong_total(template),
        cut(template.out.publish),
        Case::new(
            text!("the final name is there before we begin", "正式文件名事先已存在"),
            text!("nothing is written over; a person decides", "绝不覆盖；由人工决定"),
        ),
        fetched(template),
    ];
    cases.push(half(&template.inward.complete));
    if !template.inward.names.is_empty() {
        let names = codes(&template.inward.names).en;
        cases.push(Case::new(
            text!("a file that is not named {names}", "文件名不符合 {names} 的文件"),
            text!("it stays where it is", "留在原处"),
        ));
    }
    cases.push(Case::new(
        text!("a file of the party's that nobody understands", "无法识别的对方文件"),
        text!("kept in the archive and told, with line and reason; never guessed", "归档并提示行号和原因；绝不猜测"),
    ));
    cases.extend([
        Case::new(
            text!("another host key at the server", "服务器主机密钥改变"),
            text!("the connection stops before any log-in; nothing is sent", "登录之前即停止连接；不发送"),
        ),
        Case::new(
            text!("a test file at the production server, and the other way round", "测试文件发往生产，或相反"),
            text!("refused: environments never mix", "拒绝：测试与生产绝不混用"),
        ),
    ]);
    cases
}

/// A file whose totals are wrong, made by hand; where it has totals.
fn wrong_total(template: &Template) -> Case {
    let has_totals = template.layout.get(Carries::Payments).is_none_or(|plan| {
        use crate::format::layout::item::Item;
        [Item::Count, Item::Sum].into_iter().any(|item| crate::cli::spec::statements::carries(plan, item))
    });
    match has_totals {
        true => Case::new(
            text!("a file with a wrong count or sum, made by hand", "手工改错笔数或总金额的文件"),
            text!("the bank refuses the whole file", "银行整体拒绝该文件"),
        ),
        false => Case::new(
            text!("a file that ends in the middle of a payment, made by hand", "手工截断、末笔不完整的文件"),
            text!(
                "the bank refuses the whole file: it has no totals to tell by",
                "银行整体拒绝：该文件没有合计可供核对"
            ),
        ),
    }
}

/// The line is cut while a file is written.
fn cut(mode: PublishMode) -> Case {
    let act = text!("the line is cut while a file is being written", "写入文件时线路中断");
    let seen = match mode {
        PublishMode::Atomic | PublishMode::NoOverwrite => text!(
            "nothing under the final name; the temporary file is removed and the file goes once more",
            "正式名下没有文件；删除临时文件后重新发送"
        ),
        PublishMode::Marker => {
            text!("no trigger file: the bank does not take the data file", "没有触发文件：银行不会取走数据文件")
        }
        PublishMode::Direct => text!(
            "UNKNOWN: the program never sends it again; a person asks the bank",
            "状态未知：程序绝不重发；由人工向银行确认"
        ),
    };
    Case::new(act, seen)
}

/// What becomes of a file of the party's that was taken.
fn fetched(template: &Template) -> Case {
    let act = text!("the party lays down a file for us", "对方放置一个文件");
    let seen = match &template.inward.clear {
        Clear::Leave => text!("taken once; it stays, and is not taken again", "只取一次；保留原处，不会再取"),
        Clear::Remove => text!("taken, and removed once it is in our archive", "取走；归档之后删除"),
        Clear::MoveTo(folder) => {
            let folder = marked(folder);
            text!("taken, and moved to {folder} once it is in our archive", "取走；归档之后移至 {folder}")
        }
    };
    Case::new(act, seen)
}

/// A file that is half there.
pub(super) fn half(complete: &Complete) -> Case {
    let act = match complete {
        Complete::Stable { seconds } => text!(
            "a file that grows, with pauses shorter than {seconds} seconds",
            "持续写入、停顿短于 {seconds} 秒的文件"
        ),
        Complete::Marker { suffix } => {
            let suffix = marked(suffix);
            text!("a data file without its {suffix}", "没有 {suffix} 标记的数据文件")
        }
        Complete::Rename => text!("a file under a temporary name", "临时文件名的文件"),
    };
    Case::new(act, text!("not taken until it is complete", "完整之前不会取走"))
}

pub(super) fn seal(template: &Template) -> Vec<Case> {
    let seal = &template.seal;
    let mut cases = Vec::new();
    if seal.sign {
        cases.push(Case::new(
            text!("a file signed with a strange key, each way", "陌生密钥签名的文件（双向）"),
            text!("refused by both sides; not a byte of it is used", "双方均拒绝；内容一概不用"),
        ));
        cases.push(Case::new(
            text!("a file with one byte changed after it was signed", "签名之后改动一个字节的文件"),
            text!("refused by both sides", "双方均拒绝"),
        ));
    }
    if seal.encrypt {
        cases.push(Case::new(
            text!("a file that is not encrypted, each way", "未加密的文件（双向）"),
            text!("ours never leaves; theirs is refused", "我方绝不发出；对方的予以拒绝"),
        ));
        cases.push(Case::new(
            text!("a file encrypted to another key", "以其他密钥加密的文件"),
            text!("refused and told", "拒绝并提示"),
        ));
    }
    if seal.seals() {
        cases.push(Case::new(
            text!("a new key on each side, beside the old one", "双方各启用新密钥，与旧密钥并存"),
            text!("files under either are taken until the old one ends", "旧密钥到期之前两者均可用"),
        ));
        cases.push(Case::new(
            text!("a key that has expired", "已过期的密钥"),
            text!("refused by name; told 90, 30 and 7 days before", "指明并拒绝；到期前 90、30、7 天提示"),
        ));
    }
    cases
}

pub(super) fn windows(template: &Template) -> Vec<Case> {
    let hours = &template.calendar;
    let mut cases = Vec::new();
    if let Some(hour) = hours.cut_off {
        cases.push(Case::new(
            text!("a batch released just before {hour}", "{hour} 之前放行的批次"),
            text!("sent the same day, and carried out with it", "当天发送并执行"),
        ));
        cases.push(Case::new(
            text!("a batch released just after {hour}", "{hour} 之后放行的批次"),
            text!("waits for the next banking day", "等到下一银行工作日"),
        ));
    }
    if let Some(hour) = hours.send_from {
        cases.push(Case::new(
            text!("a batch released before {hour}", "{hour} 之前放行的批次"),
            text!("sent at {hour}", "{hour} 发送"),
        ));
    }
    if let Some(hour) = hours.send_until {
        cases.push(Case::new(
            text!("a batch released after {hour}", "{hour} 之后放行的批次"),
            text!("waits for the next day", "等到次日"),
        ));
    }
    if !hours.banking_days.is_empty() {
        let names = codes(&hours.banking_days).en;
        cases.push(Case::new(
            text!("a batch released on a holiday of {names}", "{names} 日历节假日放行的批次"),
            text!("waits for the next banking day", "等到下一银行工作日"),
        ));
    }
    cases.extend(hours.currency.iter().map(|(currency, own)| {
        let calendars = codes(&own.banking_days).en;
        let cut_off = own.cut_off.or(hours.cut_off).map_or_else(String::new, |hour| format!(", {hour}"));
        Case::new(
            text!("a batch in {currency}: {calendars}{cut_off}", "{currency} 批次：{calendars}{cut_off}"),
            text!("sent by its own calendars and cut-off", "按其自身日历和截止时间发送"),
        )
    }));
    cases.extend(hours.maintenance.iter().map(|rest| {
        let (from, until) = (rest.from, rest.until);
        Case::new(
            text!("a batch released between {from} and {until}", "{from} 至 {until} 之间放行的批次"),
            text!("waits for the end of the maintenance", "等到维护结束"),
        )
    }));
    cases
}
