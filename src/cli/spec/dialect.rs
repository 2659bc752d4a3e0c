//! A dialect of a standard format: what is said beyond the standard, and its fields one by one.

use super::block::{Block, code, codes, facts, table, yes};
use crate::format::layout::Carries;
use crate::format::nacha::{self, NachaDialect, RecordEnd};
use crate::format::xml::{Element, ElementKind, Presence, elements};
use crate::format::{AddressShape, Charset};
use crate::template::prove::example_file;
use crate::template::{PartyKind, PaymentsOut, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, example: &dyn Fn(&str) -> Option<Vec<u8>>, blocks: &mut Vec<Block>) {
    if template.kind == PartyKind::Erp {
        erp(template, blocks);
        return;
    }
    let payments = &template.payments;
    let format = &payments.format;
    blocks.push(Block::Heading(2, text!("payments: {format}", "付款报文：{format}")));
    dialect(payments, blocks);
    let list = elements(format, payments.address, &payments.scheme);
    if !list.is_empty() {
        blocks.push(Block::Heading(3, text!("elements, below the message's root", "元素（自报文根元素以下）")));
        blocks.push(element_table(&list, payments));
    } else if format == "nacha" {
        records(blocks);
    } else {
        blocks.push(Block::Words(text!("the fields are those of the standard", "字段按标准")));
    }
    if let Some(bytes) = example(example_file(Carries::Payments)) {
        blocks.push(Block::Words(text!("an example:", "示例：")));
        blocks.push(Block::File(String::from_utf8_lossy(&bytes).into_owned()));
    }
}

fn dialect(payments: &PaymentsOut, blocks: &mut Vec<Block>) {
    let charset = match payments.charset {
        _ if payments.format == "nacha" => text!("printable ASCII", "可见 ASCII 字符"),
        Charset::Unicode => text!("all that XML allows, UTF-8", "XML 允许的全部字符，UTF-8"),
        Charset::Latin => {
            text!("letters without accents, digits, blank and `/-?:().,'+`", "无重音字母、数字、空格和 `/-?:().,'+`")
        }
        Charset::Latin1 => Text::same("ISO 8859-1"),
    };
    let others = match payments.fold {
        true => text!(
            "written as near ones (ä as ae) and told; never in ids and accounts",
            "改写为相近字符（ä 写作 ae）并提示；编号和账号除外"
        ),
        false => text!("refused, with their place", "拒绝并指出位置"),
    };
    let address = match payments.address {
        AddressShape::Structured => text!("structured: an element for each part", "结构化：各部分独立元素"),
        AddressShape::Hybrid => {
            text!("hybrid: town and country as elements, the rest in lines", "混合式：城市和国家独立，其余为地址行")
        }
        AddressShape::Lines => text!("at most two lines and the country", "最多两行加国家"),
        AddressShape::None => text!("none", "不写地址"),
    };
    let or_none = |value: &Option<String>| value.as_ref().map_or(text!("none", "无"), code);
    let mut rows = vec![(text!("characters", "字符集"), charset), (text!("other characters", "其他字符"), others)];
    let instrument = or_none(&payments.local_instrument);
    let instrument = (text!("local instrument where the payment has none", "默认本地工具"), instrument);
    let asks = or_none(&payments.initiating_party);
    let asks = (text!("who asks, where the payment does not say", "默认请求方名称"), asks);
    if payments.format == "nacha" {
        rows.extend([instrument, asks]);
        blocks.push(facts(rows));
        return particular(&payments.nacha, blocks);
    }
    if payments.format.starts_with("pain.") {
        let words = text!("UTF-8, as the XML declaration says", "UTF-8，与 XML 声明一致");
        rows.insert(0, (text!("encoding of the file", "文件编码"), words));
    }
    rows.extend([
        (text!("addresses", "地址"), address),
        (text!("one group (PmtInf) in a file", "每个文件仅一个付款组（PmtInf）"), yes(payments.one_group)),
        (text!("service level where the payment has none", "默认服务级别"), or_none(&payments.service_level)),
        instrument,
        (text!("sequence type where the payment has none", "默认扣款序列类型"), or_none(&payments.sequence_type)),
        (text!("charge bearer where the payment has none", "默认费用承担方"), or_none(&payments.charge_bearer)),
        (
            text!("batch booking where the payment has none", "默认是否合并记账"),
            payments.batch_booking.map_or(text!("left out", "不写"), code),
        ),
        asks,
    ]);
    blocks.push(facts(rows));
}

/// What is particular to NACHA files.
fn particular(nacha: &NachaDialect, blocks: &mut Vec<Block>) {
    let end = match nacha.line_end {
        RecordEnd::Lf => Text::same("LF"),
        RecordEnd::Crlf => Text::same("CR LF"),
        RecordEnd::None => text!("nothing: one record behind the other", "无：记录首尾相接"),
    };
    let given = |value: &Option<String>, usual: Text| value.as_ref().map_or(usual, code);
    let company = || text!("the payer's number", "付款人编号");
    let purpose = text!("`PAYROLL` for salaries, else `PAYMENT`", "工资为 `PAYROLL`，否则 `PAYMENT`");
    blocks.push(facts(vec![
        (text!("behind every record", "每条记录之后"), end),
        (text!("immediate origin", "发送方编号（immediate origin）"), given(&nacha.immediate_origin, company())),
        (text!("company identification", "企业编号（company identification）"), given(&nacha.company_id, company())),
        (
            text!("immediate destination name", "付款行名称（immediate destination name）"),
            given(&nacha.destination_name, text!("blank", "空")),
        ),
        (
            text!("company entry description", "款项说明（company entry description）"),
            given(&nacha.entry_description, purpose),
        ),
    ]));
}

fn element_table(list: &[Element], payments: &PaymentsOut) -> Block {
    let rows = list.iter().enumerate().map(|(at, element)| {
        let there = match element.presence {
            Presence::Always => text!("yes", "是"),
            Presence::Choice => text!("one of these", "择一"),
            Presence::Optional => text!("no", "否"),
        };
        vec![
            Text::same((at + 1).to_string()),
            code(&element.path),
            element_kind(element.kind),
            element.most.map_or(Text::same("-"), |most| text!("≤ {most} characters", "≤ {most} 字符")),
            there,
            content(element, payments),
        ]
    });
    let names = [
        ("#", "序号"),
        ("element", "元素"),
        ("type", "类型"),
        ("length", "长度"),
        ("required", "必填"),
        ("content", "内容"),
    ];
    table(names, rows.collect())
}

fn element_kind(kind: ElementKind) -> Text {
    match kind {
        ElementKind::Id => text!("text, as it is", "文本，原样"),
        ElementKind::Words => text!("text", "文本"),
        ElementKind::Code(list) => {
            let list = codes(list).en;
            text!("one of {list}", "取值 {list}")
        }
        ElementKind::Amount => text!("amount, 18 digits, currency in `Ccy`", "金额，18 位数字，币种在 `Ccy`"),
        ElementKind::Sum => text!("sum over all currencies", "合计（不分币种）"),
        ElementKind::Number => text!("number", "整数"),
        ElementKind::Day => text!("date `YYYY-MM-DD`", "日期 `YYYY-MM-DD`"),
        ElementKind::Moment => text!("moment with offset", "带时区的时间"),
        ElementKind::Truth => Text::same("`true` / `false`"),
    }
}

/// What an element carries, and what the dialect puts there where the payment has nothing.
fn content(element: &Element, payments: &PaymentsOut) -> Text {
    let Text { en, zh } = &element.about;
    let of_group = !element.path.contains("TxInf");
    let default = match element.path.rsplit_once("PmtInf/").map_or("", |(_, rest)| rest) {
        "PmtTpInf/SvcLvl/Cd" => payments.service_level.clone(),
        "PmtTpInf/LclInstrm/Cd" => payments.local_instrument.clone(),
        "PmtTpInf/SeqTp" => payments.sequence_type.clone(),
        "ChrgBr" => payments.charge_bearer.clone(),
        "BtchBookg" => payments.batch_booking.map(|batch| batch.to_string()),
        _ => None,
    };
    match default.filter(|_| of_group) {
        Some(default) => text!("{en}; else `{default}`", "{zh}；默认 `{default}`"),
        None => element.about.clone(),
    }
}

/// The records of NACHA.
fn records(blocks: &mut Vec<Block>) {
    for record in nacha::records() {
        let kind = record.kind;
        let Text { en, zh } = record.name;
        blocks.push(Block::Heading(3, text!("record `{kind}`: {en}", "记录 `{kind}`：{zh}")));
        let row = |name: &str, (from, to): (usize, usize), required: bool, about: Text| {
            let length = match to + 1 - from {
                1 => text!("1 character", "1 字符"),
                length => text!("{length} characters", "{length} 字符"),
            };
            let position = if from == to { from.to_string() } else { format!("{from}-{to}") };
            vec![Text::same(name), Text::same(position), length, yes(required), about]
        };
        let rows = record.fields.into_iter().map(|field| row(field.name, field.position, field.required, field.about));
        let rows = std::iter::once(row("record type code", (1, 1), true, code(kind))).chain(rows);
        let names =
            [("field", "字段"), ("position", "位置"), ("length", "长度"), ("required", "必填"), ("content", "内容")];
        blocks.push(table(names, rows.collect()));
    }
}

/// An ERP that gives a standard format.
fn erp(template: &Template, blocks: &mut Vec<Block>) {
    if !template.layout.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, text!("payments", "付款文件")));
    let format = &template.inward.format;
    let words = match format.as_str() {
        "auto" => text!(
            "found out by the content: our own CSV, pain.001, pain.008, MT101, NACHA, JSON lines; the columns \
             of our CSV \
             are in the guide on formats",
            "按内容自动识别：本系统 CSV、pain.001、pain.008、MT101、NACHA、JSON lines；CSV 各列见格式指南"
        ),
        named => Text::same(format!("`{named}`")),
    };
    blocks.push(Block::Words(words));
}
