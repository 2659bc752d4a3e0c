//! The interface specification (接口规范) of a template: a document to agree on with the bank.

use super::prove::example_file;
use super::{Clear, Template};
use crate::carrier::PublishMode;
use crate::document::NamedBy;
use crate::format::layout::declare::{Align, Field, LengthUnit, Record, RecordKind, WidthUnit};
use crate::format::layout::item::{Binding, Form};
use crate::format::layout::{Carries, Plan};
use crate::text;
use crate::words::Text;

/// A piece of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading of this depth, from 1.
    Heading(usize, Text),
    /// A paragraph.
    Words(Text),
    /// A list.
    List(Vec<Text>),
    /// A table: names of columns, rows.
    Table(Vec<Text>, Vec<Vec<Text>>),
    /// Text of a file as it is.
    File(String),
}

/// The specification of a template; `example` gives an example by its file name.
pub fn specification(template: &Template, example: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<Block> {
    let mut blocks = Vec::new();
    head(template, &mut blocks);
    files(template, &mut blocks);
    security(template, &mut blocks);
    if template.layout.is_empty() {
        dialect(template, &mut blocks);
    }
    for plan in &template.layout.plans {
        layout(plan, example, &mut blocks);
    }
    states(template.inward.answers_by, &mut blocks);
    tests(template, &mut blocks);
    blocks
}

fn plain(text: impl Into<String>) -> Text {
    let en = text.into();
    Text { zh: en.clone(), en }
}

fn row(name: Text, value: impl Into<String>) -> Vec<Text> {
    vec![name, plain(value)]
}

fn subject_and_value() -> Vec<Text> {
    vec![text!("subject", "项目"), text!("value", "取值")]
}

fn head(template: &Template, blocks: &mut Vec<Block>) {
    let name = &template.name;
    blocks.push(Block::Heading(1, text!("interface specification: {name}", "接口规范：{name}")));
    let words = |lang: &str| template.summary.get(lang).cloned().unwrap_or_default();
    blocks.push(Block::Words(Text { en: words("en"), zh: words("zh") }));
    let (source, date) = (&template.provenance.source, &template.provenance.date);
    let verified = if template.provenance.verified { "yes" } else { "no" };
    blocks.push(Block::Table(
        subject_and_value(),
        vec![
            row(text!("source", "来源"), source),
            row(text!("as of", "日期"), date),
            row(text!("verified with the party", "是否经对方验证"), verified),
        ],
    ));
}

fn files(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("files and folders", "文件与目录")));
    let out = &template.out;
    let clear = match &template.inward.clear {
        Clear::Leave => text!("they stay; the party clears them", "保留，由对方清理"),
        Clear::Remove => text!("we remove them once they are archived", "归档后由我方删除"),
        Clear::MoveTo(folder) => text!("we move them to `{folder}`", "由我方移至 `{folder}`"),
    };
    let publish = match out.publish {
        PublishMode::Atomic => "atomic",
        PublishMode::NoOverwrite => "no-overwrite",
        PublishMode::Marker => "marker",
        PublishMode::Direct => "direct",
    };
    let most = out.max_bytes.map_or_else(|| "-".to_string(), |bytes| bytes.to_string());
    let merge = out.merge.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let every = template.inward.every_seconds;
    blocks.push(Block::Table(
        subject_and_value(),
        vec![
            row(text!("folder for our files", "我方文件目录"), &out.folder),
            row(text!("name of our files", "我方文件名"), out.name.to_string()),
            row(text!("published by", "发布方式"), publish),
            row(
                text!("while it is written", "写入期间的名称"),
                format!("{}…{}", out.temporary_prefix, out.temporary_suffix),
            ),
            row(text!("largest file, bytes", "文件上限（字节）"), most),
            row(text!("batches are merged at", "批次合并时间"), if merge.is_empty() { "-".into() } else { merge }),
            row(text!("folders of the party's files", "对方文件目录"), template.inward.folders.join(", ")),
            vec![text!("after we have taken them", "取走之后"), clear],
            row(text!("we look every, seconds", "轮询间隔（秒）"), every.to_string()),
        ],
    ));
}

fn security(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("security", "安全")));
    let seal = &template.seal;
    let mut list = Vec::new();
    if seal.sign {
        list.push(text!("files are signed with OpenPGP, both ways", "双向文件均以 OpenPGP 签名"));
    }
    if seal.encrypt {
        list.push(text!("files are encrypted with OpenPGP, both ways", "双向文件均以 OpenPGP 加密"));
    }
    if !seal.sign && !seal.encrypt {
        list.push(text!(
            "files are neither signed nor encrypted: the connection protects them",
            "文件本身不签名、不加密，由传输通道保护"
        ));
    }
    if let Some(suffix) = &seal.suffix {
        list.push(text!("sealed files end with `{suffix}`", "封装后的文件以 `{suffix}` 结尾"));
    }
    list.push(text!(
        "host keys are pinned, current and next; keys are told to the other side before they expire",
        "主机密钥固定（当前与下一把）；密钥到期前须告知对方"
    ));
    blocks.push(Block::List(list));
}

fn dialect(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("messages", "报文")));
    let payments = &template.payments;
    blocks.push(Block::Table(
        subject_and_value(),
        vec![
            row(text!("payments", "付款"), &payments.format),
            row(text!("characters", "字符集"), format!("{:?}", payments.charset).to_lowercase()),
            row(text!("addresses", "地址"), format!("{:?}", payments.address).to_lowercase()),
            row(text!("service level", "服务级别"), payments.service_level.clone().unwrap_or_default()),
            row(text!("charge bearer", "费用承担"), payments.charge_bearer.clone().unwrap_or_default()),
            row(text!("answers and statements", "回执与对账单"), &template.inward.format),
        ],
    ));
}

fn layout(plan: &Plan, example: &dyn Fn(&str) -> Option<Vec<u8>>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(
        2,
        match plan.carries {
            Carries::Payments => text!("payments file", "付款文件"),
            Carries::Status => text!("result file", "结果文件"),
            Carries::Statement => text!("statement file", "对账单文件"),
            Carries::Receipts => text!("index of a receipt bundle", "电子回单索引文件"),
        },
    ));
    let layout = &plan.layout;
    let mut facts = vec![row(text!("encoding", "编码"), layout.encoding.name())];
    facts.push(row(text!("line end", "换行"), format!("{:?}", layout.line_end).to_uppercase()));
    if let Some(delimiter) = &layout.delimiter {
        facts.push(row(text!("fields are parted by", "字段分隔符"), format!("`{delimiter}`")));
    }
    if let Some(width) = layout.width {
        let unit =
            if layout.unit == WidthUnit::Bytes { text!("bytes", "字节") } else { text!("characters", "字符") };
        let (en, zh) = (unit.en, unit.zh);
        facts.push(vec![text!("length of a record", "记录长度"), text!("{width} {en}", "{width} {zh}")]);
    }
    if let Some(currency) = &layout.currency {
        facts.push(row(text!("currency where none is said", "默认币种"), currency));
    }
    blocks.push(Block::Table(subject_and_value(), facts));
    for (name, declared) in &layout.record.0 {
        record(name, declared, plan, blocks);
    }
    if let Some(bytes) = example(example_file(plan.carries)) {
        blocks.push(Block::Words(text!("an example:", "示例：")));
        blocks.push(Block::File(layout.encoding.decode(&bytes)));
    }
}

fn record(name: &str, record: &Record, plan: &Plan, blocks: &mut Vec<Block>) {
    let kind = match record.kind {
        RecordKind::Lines => text!("literal lines", "固定文本"),
        RecordKind::Header => text!("header", "文件头"),
        RecordKind::Columns => text!("row of column names", "列名行"),
        RecordKind::Detail => text!("detail", "明细"),
        RecordKind::More => text!("goes on with the detail", "明细续行"),
        RecordKind::Balancing => text!("balancing record", "平衡记录"),
        RecordKind::Section => text!("section that decides the status", "决定状态的分段"),
        RecordKind::Trailer => text!("trailer", "文件尾"),
    };
    let (en, zh) = (kind.en, kind.zh);
    blocks.push(Block::Heading(3, text!("record `{name}`: {en}", "记录 `{name}`：{zh}")));
    if !record.text.is_empty() {
        blocks.push(Block::File(record.text.join("\n")));
    }
    if record.fields.is_empty() || record.kind == RecordKind::Columns {
        return;
    }
    let names = [
        ("#", "序号"),
        ("field", "字段"),
        ("position", "位置"),
        ("length", "长度"),
        ("type", "类型"),
        ("required", "必填"),
        ("content", "内容"),
        ("note", "说明"),
    ];
    let names = names.iter().map(|(en, zh)| Text { en: (*en).into(), zh: (*zh).into() }).collect();
    let mut next = 1;
    let mut rows = Vec::new();
    for (at, field) in record.fields.iter().enumerate() {
        let from = field.at.unwrap_or(next);
        let len = field.len.unwrap_or_default();
        let fixed = plan.layout.width.is_some();
        let position = if fixed { format!("{from}-{}", from + len.max(1) - 1) } else { (at + 1).to_string() };
        next = from + len;
        rows.push(vec![
            plain((at + 1).to_string()),
            plain(&field.name),
            plain(position),
            length(field, fixed),
            kind_of(field),
            if field.required { text!("yes", "是") } else { text!("no", "否") },
            content(field),
            plain(&field.note),
        ]);
    }
    blocks.push(Block::Table(names, rows));
}

fn length(field: &Field, fixed: bool) -> Text {
    if fixed {
        return plain(field.len.unwrap_or_default().to_string());
    }
    let Some(most) = field.max else { return plain("") };
    let unit = match field.max_unit {
        LengthUnit::Chars => text!("characters", "字符"),
        LengthUnit::GbkBytes => text!("GBK bytes", "GBK 字节"),
        LengthUnit::Utf8Bytes => text!("UTF-8 bytes", "UTF-8 字节"),
        LengthUnit::Columns => text!("columns", "列"),
    };
    let (en, zh) = (unit.en, unit.zh);
    text!("≤ {most} {en}", "≤ {most} {zh}")
}

fn kind_of(field: &Field) -> Text {
    if field.is.is_some() {
        return text!("constant", "固定值");
    }
    let form = match &field.item {
        None => return text!("not used", "不使用"),
        Some(Binding::Extra(_)) => Form::Text,
        Some(Binding::Known(item)) => item.describe().0,
    };
    let pattern = field.date.as_ref().map(|pattern| pattern.as_str().to_string()).unwrap_or_default();
    let decimals = field.decimals.unwrap_or(2);
    let side = match field.align {
        Some(Align::Right) => text!(", right", "，右对齐"),
        _ => plain(""),
    };
    let (en, zh) = (side.en, side.zh);
    match form {
        Form::Amount if field.minor => {
            text!("amount, minor units ({decimals}){en}", "金额，最小单位（{decimals} 位小数）{zh}")
        }
        Form::Amount => text!("amount, {decimals} decimals{en}", "金额，{decimals} 位小数{zh}"),
        Form::Date | Form::Moment => text!("date {pattern}", "日期 {pattern}"),
        Form::Number => text!("number{en}", "整数{zh}"),
        Form::Code => text!("code{en}", "代码{zh}"),
        Form::Text | Form::Exact => text!("text{en}", "文本{zh}"),
    }
}

fn content(field: &Field) -> Text {
    if let Some(constant) = &field.is {
        return plain(format!("`{constant}`"));
    }
    let mut words = match &field.item {
        None => plain(""),
        Some(Binding::Extra(name)) => plain(format!("`{name}`")),
        Some(binding @ Binding::Known(item)) => {
            let ((en, zh), name) = (item.describe().2, binding.name());
            text!("{en} (`{name}`)", "{zh}（`{name}`）")
        }
    };
    if !field.map.0.is_empty() {
        let pairs: Vec<String> = field.map.0.iter().map(|(file, document)| format!("`{file}` = {document}")).collect();
        let pairs = pairs.join("; ");
        words.en.push_str(&format!(": {pairs}"));
        words.zh.push_str(&format!("：{pairs}"));
    }
    if let Some(default) = &field.default {
        words.en.push_str(&format!("; else `{default}`"));
        words.zh.push_str(&format!("；默认 `{default}`"));
    }
    words
}

fn states(by: NamedBy, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("answers and states", "回执与状态")));
    blocks.push(Block::List(vec![
        match by {
            NamedBy::Id => text!(
                "each line repeats the end-to-end id of its payment; a line without one changes nothing",
                "每行须返回付款的业务编号；无编号的行不改变任何状态"
            ),
            NamedBy::Row => text!(
                "a line without an end-to-end id gives back the row number of our file, with the same account and \
                 amount; the name of the result holds our message id or the id in our file's name",
                "无业务编号的行返回上传文件的序号，账号与金额须一致；结果文件名须含原报文标识或原文件名中的编号"
            ),
            NamedBy::Payee => text!(
                "a line without an end-to-end id is matched by the payee's account, name and amount; equal payments \
                 are counted, and told unknown where their answers differ; the name of the result holds our message \
                 id or the id in our file's name",
                "无业务编号的行按收款账号、户名、金额对应；相同付款按笔数，结果不一时均为未知；结果文件名须含原报文标识或原文件名中的编号"
            ),
        },
        text!(
            "a word of status that the tables above do not list is UNKNOWN: never success, never failure",
            "上表未列出的状态一律为“未知”：既不算成功，也不算失败"
        ),
        text!(
            "a payment that is unknown is never sent again by the program; an answer, a statement or a person ends it",
            "未知的付款绝不由程序重发；由回执、对账单或人工确认"
        ),
        text!(
            "a success may still become a return (a later result, a reversal on the statement)",
            "成功之后仍可能退回（后续结果或对账单冲正）"
        ),
    ]));
}

fn tests(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("test cases to run with the party", "与对方联调的测试用例")));
    let mut list = vec![
        text!("one payment, accepted and booked", "单笔付款：受理并入账"),
        text!("two equal payments in one file: both are paid", "同一文件两笔完全相同的付款：均应支付"),
        text!("a payment to an account that does not exist: rejected with a reason", "收款账号不存在：退回并说明原因"),
        text!("a file with a wrong total: refused as a whole", "总金额错误的文件：整体拒绝"),
        text!("the same file twice: refused the second time", "同一文件发送两次：第二次应被拒绝"),
        text!("longest name, reference and text", "最长的户名、编号和附言"),
        text!(
            "a statement with entries on both sides; a statement without entries",
            "借贷双向明细的对账单；无明细的对账单"
        ),
    ];
    if template.seal.seals() {
        list.push(text!("a file signed with a strange key: refused by both sides", "陌生密钥签名的文件：双方均应拒绝"));
    }
    blocks.push(Block::List(list));
}
