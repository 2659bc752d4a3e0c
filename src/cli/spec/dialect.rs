//! A dialect of a standard format: what is said beyond the standard, and its fields one by one.

use super::block::{Block, code, codes, facts, joined, table, yes};
use super::elements;
use crate::format::layout::Carries;
use crate::format::nacha::{self, NachaDialect, RecordEnd};
use crate::format::scheme::{BesideReference, IdSlashes, PaymentTypes, ReferenceForm, Scheme};
use crate::format::xml;
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
    let list = elements::told(template);
    if !list.is_empty() {
        blocks.push(Block::Heading(3, text!("elements, below the message's root", "元素（自报文根元素以下）")));
        blocks.push(elements::element_table(&list, template));
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
    if let Some(root) = xml::root(&payments.format) {
        let format = &payments.format;
        let space = code(format!("urn:iso:std:iso:20022:tech:xsd:{format}"));
        rows.insert(0, (text!("namespace", "命名空间"), space));
        rows.insert(1, (text!("message's root", "报文根元素"), code(format!("Document/{root}"))));
        let words = text!("UTF-8, as the XML declaration says", "UTF-8，与 XML 声明一致");
        rows.insert(2, (text!("encoding of the file", "文件编码"), words));
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
    rows.extend(scheme(&payments.scheme));
    blocks.push(facts(rows));
}

/// What the payment scheme allows of what ISO 20022 has room for.
fn scheme(scheme: &Scheme) -> Vec<(Text, Text)> {
    let needs = scheme.address_needs.iter().map(|part| part.names().0);
    let needs = if scheme.address_needs.is_empty() { text!("nothing", "无") } else { codes(needs) };
    let texts = match (scheme.remittance_lines, scheme.remittance_join) {
        (None, _) => text!("as many as there are", "不限"),
        (Some(most), false) => {
            text!("at most {most}; a payment with more is refused", "最多 {most} 行；超出则拒绝该付款")
        }
        (Some(most), true) => text!(
            "at most {most}; more are joined with a blank as far as they fit, and told",
            "最多 {most} 行；超出者在长度允许时以空格合并并提示"
        ),
    };
    let beside = match scheme.remittance_beside_reference {
        BesideReference::Apart => text!("as `Ustrd`", "写入 `Ustrd`"),
        BesideReference::Within => text!("in `Strd/AddtlRmtInf`", "写入 `Strd/AddtlRmtInf`"),
        BesideReference::Refused => text!("nowhere: the payment is refused", "不允许：拒绝该付款"),
    };
    let form = |form: &ReferenceForm| match form {
        ReferenceForm::Iso11649 => {
            text!("ISO 11649 with right check digits (`SCOR`)", "ISO 11649，校验位正确（`SCOR`）")
        }
        ReferenceForm::Qr => text!(
            "27 digits with a right check digit (`QRR`), to a QR-IBAN and to nothing else",
            "27 位数字且校验位正确（`QRR`），仅用于 QR-IBAN"
        ),
        ReferenceForm::Other => text!("any other (`SCOR`)", "其他编号（`SCOR`）"),
    };
    let references = match scheme.references.is_empty() {
        true => text!("any", "不限"),
        false => joined(scheme.references.iter().map(form), ("; ", "；")),
    };
    let slashes = match scheme.id_slashes {
        IdSlashes::Anywhere => text!("anywhere", "不限"),
        IdSlashes::Within => {
            text!("not at the beginning or the end, nor two in a row", "不得在开头或结尾，不得连续两个")
        }
    };
    let types = match scheme.payment_types {
        PaymentTypes::Own => {
            text!("of the group, or of the payment where it differs", "付款组一级；单笔不同时写入单笔")
        }
        PaymentTypes::Group => {
            text!("of the group only: a payment that differs is refused", "仅付款组一级：单笔不同时拒绝")
        }
    };
    vec![
        (text!("an address that is there has", "地址存在时必须含有"), needs),
        (text!("texts of a payment (`Ustrd`)", "每笔附言（`Ustrd`）行数"), texts),
        (text!("text beside a creditor's reference", "与收款方编号并存的附言"), beside),
        (text!("creditor's references that are taken", "接受的收款方编号"), references),
        (text!("slashes in ids", "编号中的斜杠"), slashes),
        (text!("type of payment and charge bearer", "付款类型和费用承担方"), types),
    ]
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
