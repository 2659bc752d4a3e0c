//! Test cases about what a payment file may hold.

use super::Case;
use crate::check::{Field as Checked, Unit};
use crate::cli::spec::block::{codes, marked};
use crate::cli::spec::elements;
use crate::cli::spec::layout::{form_of, unit};
use crate::cli::spec::limits::{currencies, most_payments, one_group};
use crate::document::{Amount, Currency};
use crate::format::layout::declare::{Field, Fold, LengthUnit, RecordKind, TextEncoding, WidthUnit};
use crate::format::layout::item::{Binding, Form, Item};
use crate::format::layout::{Carries, Plan};
use crate::format::{AddressShape, Charset};
use crate::template::Template;
use crate::text;
use crate::words::Text;

/// What every case ends in that we stop ourselves.
fn stopped() -> Text {
    text!("nothing leaves; the field and the reason are told", "不发送；提示字段和原因")
}

/// Payments as they come every day.
pub(super) fn ordinary(template: &Template) -> Vec<Case> {
    let road = if template.collects() {
        text!("the file is taken, the debit is collected and booked", "文件被接收，扣款成功并入账")
    } else {
        text!("the file is taken, the payment is carried out and booked", "文件被接收，付款执行并入账")
    };
    let required = required(template);
    let Text { en, zh } = &required;
    let mut cases = vec![
        Case::new(
            text!("one payment with nothing but what is required: {en}", "单笔付款，仅填必填项：{zh}"),
            road.clone(),
        ),
        Case::new(text!("one payment with every field filled", "单笔付款，填写全部字段"), road),
        Case::new(
            text!("two equal payments in one file, with ids of their own", "同一文件两笔完全相同、编号不同的付款"),
            text!("both are paid; the statement has two entries", "两笔均支付；对账单有两条明细"),
        ),
    ];
    cases.extend(words(template));
    cases.extend(conditions(template));
    if template.layout.get(Carries::Payments).is_some_and(balanced) {
        cases.push(Case::new(
            text!("two payments: their sum is the balancing record", "两笔付款：合计写入平衡记录"),
            text!("one debit of the sum on our account", "本方账户按合计借记一笔"),
        ));
    }
    cases
}

fn balanced(plan: &std::sync::Arc<Plan>) -> bool {
    plan.layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Balancing)
}

/// The fields of the details of a payment file.
fn details(template: &Template) -> Vec<&Field> {
    let Some(plan) = template.layout.get(Carries::Payments) else { return Vec::new() };
    let details = plan.layout.record.0.iter();
    let details = details.filter(|(_, r)| matches!(r.kind, RecordKind::Detail | RecordKind::More));
    details.flat_map(|(_, record)| &record.fields).collect()
}

/// The names of what must be there.
fn required(template: &Template) -> Text {
    let fields = details(template);
    let names: Vec<String> = match fields.is_empty() {
        false => fields
            .iter()
            .filter(|f| f.required && f.when.is_none() && f.item.is_some())
            .map(|f| marked(&f.name))
            .collect(),
        true => elements::demanded(template).iter().map(|(field, _)| marked(field.name())).collect(),
    };
    if names.is_empty() { text!("as the standard says", "按标准") } else { Text::same(names.join(", ")) }
}

/// One payment without each thing that must be there, where it must.
pub(super) fn missing(template: &Template) -> Vec<Case> {
    let case = |(name, place): (String, Option<Text>)| {
        let Text { en, zh } =
            place.map_or_else(|| Text::same(""), |Text { en, zh }| text!(", where {en}", "（{zh} 时）"));
        Case::new(text!("a payment without {name}{en}", "缺少 {name} 的付款{zh}"), stopped())
    };
    let Some(plan) = template.layout.get(Carries::Payments) else {
        return elements::demanded(template).into_iter().map(|element| case((with_path(element), None))).collect();
    };
    let details = plan.layout.record.0.iter();
    let details = details.filter(|(_, r)| matches!(r.kind, RecordKind::Detail | RecordKind::More));
    let fields = details.flat_map(|(record, of)| of.fields.iter().enumerate().map(move |(at, f)| (record, at, f)));
    let demanded = fields.filter(|(.., field)| field.required && field.item.is_some());
    demanded.map(|(record, at, field)| case((marked(&field.name), plan.when_of_field(record, at).cloned()))).collect()
}

/// A field and the element that carries it, where it is one.
fn with_path((field, path): (Checked, Option<String>)) -> String {
    let element = path.map(|path| format!(" ({})", marked(path))).unwrap_or_default();
    format!("{}{element}", marked(field.name()))
}

/// Every word of fields that have words of their own.
fn words(template: &Template) -> Vec<Case> {
    let mapped = details(template).into_iter().filter(|field| field.map.0.len() > 1);
    let case = |field: &Field| {
        let name = marked(&field.name);
        let words = codes(field.map.0.iter().map(|(file, document)| format!("{file} ({document})"))).en;
        Case::new(
            text!("a payment for each word of {name}: {words}", "{name} 的每个取值各一笔：{words}"),
            text!("each is carried out as its word says", "均按其取值执行"),
        )
    };
    mapped.map(case).collect()
}

/// A payment on each side of every condition.
fn conditions(template: &Template) -> Vec<Case> {
    let Some(plan) = template.layout.get(Carries::Payments) else { return Vec::new() };
    let mut cases = Vec::new();
    for (name, record) in &plan.layout.record.0 {
        if let Some(Text { en, zh }) = plan.when_of_record(name) {
            cases.push(Case::new(
                text!("a payment where {en}", "一笔付款，{zh}"),
                text!("it stands in the record `{name}`, and is carried out", "写入记录 `{name}` 并执行"),
            ));
        }
        for (at, field) in record.fields.iter().enumerate() {
            let (Some(Text { en, zh }), name) = (plan.when_of_field(name, at), marked(&field.name)) else { continue };
            cases.push(Case::new(
                text!("two payments: one where {en}, one where not", "两笔付款：一笔 {zh}，另一笔不符"),
                text!(
                    "{name} is filled in the first and empty in the second; both are carried out",
                    "第一笔填写 {name}，第二笔留空；均执行"
                ),
            ));
        }
    }
    cases
}

/// The longest value of every text that has a limit, and one more.
pub(super) fn longest(template: &Template) -> Vec<Case> {
    let fields = details(template);
    if fields.is_empty() {
        return longest_checked(template);
    }
    let Some(plan) = template.layout.get(Carries::Payments) else { return Vec::new() };
    let bytes = plan.layout.width.is_some() && plan.layout.unit == WidthUnit::Bytes;
    let limited = fields.into_iter().filter(|field| matches!(form_of(field), Form::Text | Form::Exact));
    limited
        .filter(|field| field.item.is_some() && field.map.0.is_empty())
        .filter_map(|field| {
            let counted = match (field.len, bytes) {
                (Some(_), true) => width_bytes(plan.layout.encoding),
                _ => (unit(field.max_unit), field.max_unit),
            };
            Some(one_more(field, field.max.or(field.len)?, counted, plan.layout.encoding))
        })
        .collect()
}

/// What a length in bytes of an encoding is called, and by which of our units a sample is made.
fn width_bytes(encoding: TextEncoding) -> (Text, LengthUnit) {
    if encoding == TextEncoding::Zengin {
        return (text!("bytes", "字节"), LengthUnit::Chars);
    }
    let name = encoding.name();
    let unit = match encoding {
        TextEncoding::Gbk | TextEncoding::Gb18030 => LengthUnit::GbkBytes,
        TextEncoding::Utf8 | TextEncoding::Utf8Bom => LengthUnit::Utf8Bytes,
        _ => LengthUnit::Chars,
    };
    (text!("{name} bytes", "{name} 字节"), unit)
}

fn one_more(field: &Field, most: usize, (unit, counted): (Text, LengthUnit), encoding: TextEncoding) -> Case {
    let name = marked(&field.name);
    let Text { en, zh } = unit;
    let en = if most == 1 { en.trim_end_matches('s') } else { &en };
    let digits = matches!(
        field.item,
        Some(
            Binding::Extra(_)
                | Binding::Known(
                    Item::Account | Item::GroupAccount | Item::Agent | Item::GroupAgent | Item::GroupBranch
                )
        )
    );
    let sample = sample(most, counted, digits, encoding);
    let act = text!("{name} of {most} {en}{sample}", "{name} 取 {most} {zh}{sample}");
    let seen = match field.cut {
        true => {
            text!("carried whole; a longer one is cut at a character and told", "完整写出；更长时在字符边界截断并提示")
        }
        false => text!(
            "carried whole, and so at the bank; one more: nothing leaves",
            "完整写出，银行侧一致；多一个单位则不发送"
        ),
    };
    Case::new(act, seen)
}

/// A value of just this length, where it is short enough to be printed.
fn sample(most: usize, unit: LengthUnit, digits: bool, encoding: TextEncoding) -> String {
    const LONGEST: usize = 40;
    if most > LONGEST {
        return String::new();
    }
    let wide = encoding.has('测') && !digits;
    let weight = match unit {
        LengthUnit::Chars => 1,
        LengthUnit::GbkBytes | LengthUnit::Columns => 2,
        LengthUnit::Utf8Bytes => 3,
    };
    let latin = if digits { "1234567890" } else { "ABCDEFGHIJ" };
    let chinese = if wide { most / weight } else { 0 };
    let mut text: String = "测试长度".chars().cycle().take(chinese).collect();
    text.extend(latin.chars().cycle().take(most - chinese * weight));
    format!(": {}", marked(text))
}

/// The longest texts of a standard format, as the checks know them.
fn longest_checked(template: &Template) -> Vec<Case> {
    let other = if template.collects() { Checked::DebtorName } else { Checked::CreditorName };
    let mut fields = vec![other, Checked::EndToEndId, Checked::Remittance];
    if template.payments.address != AddressShape::None {
        fields.extend([Checked::Street, Checked::Town]);
    }
    let case = |field: Checked| {
        let mut limit = template.checks.max_lengths.get(&field).copied().unwrap_or_else(|| field.iso_length());
        if let Some(most) = template.payments.scheme.name_length.filter(|_| field == other) {
            limit.most = limit.most.min(most);
        }
        let (name, most) = (marked(field.name()), limit.most);
        let Text { en, zh } = match limit.unit {
            Unit::Chars => text!("characters", "字符"),
            Unit::Utf8Bytes => text!("UTF-8 bytes", "UTF-8 字节"),
            Unit::GbkBytes => text!("GBK bytes", "GBK 字节"),
        };
        Case::new(
            text!("{name} of {most} {en}", "{name} 取 {most} {zh}"),
            text!(
                "carried whole, and so at the bank; one more: nothing leaves (`too-long`)",
                "完整写出，银行侧一致；多一个单位则不发送（`too-long`）"
            ),
        )
    };
    fields.into_iter().map(case).collect()
}

/// Characters at the edge of what the file carries.
const NEAR: [char; 4] = ['镕', 'é', 'ﾊ', '𠮷'];
const BEYOND: [char; 4] = ['㐀', '𠮷', '中', 'é'];

pub(super) fn characters(template: &Template) -> Vec<Case> {
    let Some(plan) = template.layout.get(Carries::Payments) else { return of_charset(template) };
    let encoding = plan.layout.encoding;
    let mut cases = Vec::new();
    if let Some(c) = NEAR.iter().rev().find(|c| encoding.has(**c)) {
        cases.push(carried(*c));
    }
    if let Some(c) = NEAR.iter().find(|c| encoding.has(**c)) {
        cases.push(carried(*c));
    }
    if let Some(c) = BEYOND.iter().find(|c| !encoding.has(**c)) {
        let shown = shown(*c);
        let act =
            text!("the other side's name with {shown}, which the encoding lacks", "对方户名含 {shown}，编码中没有");
        let seen = match (plan.layout.fold, *c) {
            (Fold::No, _) | (_, '㐀' | '𠮷' | '中') => stopped(),
            _ => folded(),
        };
        cases.push(Case::new(act, seen));
    }
    if plan.layout.fold == Fold::HalfWidthKana {
        cases.push(Case::new(
            text!("the other side's name `トヨタ`, in full-width kana", "对方户名为全角假名 `トヨタ`"),
            text!("written as `ﾄﾖﾀ`, and told", "写作 `ﾄﾖﾀ` 并提示"),
        ));
    }
    if let (Some(delimiter), quote) = (&plan.layout.delimiter, plan.layout.quote) {
        let delimiter = marked(delimiter);
        let seen = match quote {
            Some(quote) => {
                let quote = marked(quote);
                text!("in quotes {quote}, and so at the bank", "以引号 {quote} 括起，银行侧一致")
            }
            None => stopped(),
        };
        cases.push(Case::new(text!("a name that holds {delimiter}", "户名含分隔符 {delimiter}"), seen));
    }
    cases.dedup_by(|one, two| one.act == two.act);
    cases
}

fn carried(c: char) -> Case {
    let shown = shown(c);
    Case::new(
        text!("the other side's name with {shown}", "对方户名含 {shown}"),
        text!("carried as it is, and so on the statement", "原样写出，对账单一致"),
    )
}

fn folded() -> Text {
    text!("written as a near letter, and told", "改写为相近字符并提示")
}

/// A character and its number.
fn shown(c: char) -> String {
    format!("{} (U+{:04X})", marked(c), u32::from(c))
}

/// The same for a standard format.
fn of_charset(template: &Template) -> Vec<Case> {
    let payments = &template.payments;
    let beyond = |c: char| {
        let shown = shown(c);
        let act = text!("the other side's name with {shown}, which is not allowed", "对方户名含不允许的 {shown}");
        let near = payments.fold && matches!(c, 'é' | 'ä' | '&');
        Case::new(act, if near { folded() } else { stopped() })
    };
    match payments.charset {
        Charset::Unicode => vec![carried('&'), carried('é'), carried('𠮷')],
        Charset::Latin => vec![carried('+'), beyond('ä'), beyond('&'), beyond('中')],
        Charset::Latin1 => vec![carried('é'), beyond('中')],
    }
}

/// Limits of files and payments, just kept and just broken.
pub(super) fn limits(template: &Template) -> Vec<Case> {
    let rules = &template.checks;
    let over = match template.out.split {
        true => text!(
            "several files, each within the limit; every payment in one of them",
            "拆成多个文件，各在限制之内；每笔只在其中一个"
        ),
        false => text!("refused as a whole, and the ERP is told", "整批拒绝并通知 ERP"),
    };
    let mut cases = Vec::new();
    if let Some(most) = most_payments(template) {
        cases.push(kept(text!("{most} payments in one file", "一个文件 {most} 笔付款")));
        let more = most.saturating_add(1);
        cases.push(Case::new(text!("{more} payments in one batch", "一个批次 {more} 笔付款"), over.clone()));
    }
    cases.extend(rules.max_sum.iter().flat_map(|(currency, most)| {
        let next = next(*currency, *most);
        [
            kept(text!("a file with a sum of {currency} {most}", "总金额为 {currency} {most} 的文件")),
            Case::new(
                text!("a batch with a sum of {currency} {next}", "总金额为 {currency} {next} 的批次"),
                over.clone(),
            ),
        ]
    }));
    cases.extend(rules.max_amount.iter().flat_map(|(currency, most)| {
        let next = next(*currency, *most);
        let refused =
            text!("refused (`amount-too-large`), and the ERP is told", "拒绝（`amount-too-large`）并通知 ERP");
        [
            kept(text!("a payment of {currency} {most}", "单笔 {currency} {most}")),
            Case::new(text!("a payment of {currency} {next}", "单笔 {currency} {next}"), refused),
        ]
    }));
    if let Some(most) = template.out.max_bytes {
        cases.push(Case::new(
            text!("a batch whose file has more than {most} bytes", "文件超过 {most} 字节的批次"),
            text!("nothing leaves; a person is told", "不发送；提示人工处理"),
        ));
    }
    if one_group(template) {
        cases.push(Case::new(text!("a batch with two accounts or two days", "含两个账号或两个日期的批次"), over));
    }
    cases.extend(other_currency(template));
    cases.extend(days(template));
    cases
}

fn kept(act: Text) -> Case {
    Case::new(act, text!("taken and carried out", "接收并执行"))
}

/// The smallest amount of a currency more.
fn next(currency: Currency, most: Amount) -> Amount {
    let decimals = currency.minor_units();
    most + Amount::new(1, decimals)
}

fn other_currency(template: &Template) -> Option<Case> {
    let taken = currencies(template);
    if taken.is_empty() {
        return None;
    }
    let other = ["EUR", "USD"].into_iter().find(|other| taken.iter().all(|code| code != other))?;
    Some(Case::new(text!("a payment in {other}", "一笔 {other} 付款"), stopped()))
}

fn days(template: &Template) -> Vec<Case> {
    let refused = |rule: &str| text!("refused (`{rule}`), and the ERP is told", "拒绝（`{rule}`）并通知 ERP");
    if !template.carries_execution_dates() {
        return vec![Case::new(
            text!("a batch that asks for a later day than today", "要求今天以后执行的批次"),
            text!(
                "it waits for a person: the file has no place for the day, and sent now it is paid now",
                "等待人工处理：文件没有执行日期栏，现在发送即立即付款"
            ),
        )];
    }
    let before = match template.checks.max_days_past {
        0 => text!("an execution day before today", "期望日期早于今天"),
        past => text!("an execution day more than {past} days before today", "期望日期早于今天超过 {past} 天"),
    };
    let mut cases = vec![Case::new(before, refused("execution-date-past"))];
    cases.extend(template.checks.max_days_ahead.map(|days| {
        Case::new(
            text!("an execution day more than {days} days ahead", "期望日期晚于今天超过 {days} 天"),
            refused("execution-date-far"),
        )
    }));
    cases.push(Case::new(
        text!("an execution day that is no banking day", "期望日期为非银行工作日"),
        text!(
            "see what the bank does: pays on the next banking day, or refuses; write it into the template",
            "确认银行做法：顺延或拒绝；并写入模板"
        ),
    ));
    cases
}

/// Fields by which answers are matched, in one line.
pub(super) fn ids(template: &Template) -> Text {
    match template.carries_ids() {
        true => text!("the payment is found by its end-to-end id", "按业务编号找到付款"),
        false => text!(
            "the file has no room for ids: the payment is found by account, amount and name",
            "文件没有业务编号：按账号、金额和户名找到付款"
        ),
    }
}
