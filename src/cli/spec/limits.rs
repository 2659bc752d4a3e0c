//! Limits: what a file may hold, and the rules that are looked at before anything is sent.

use super::block::{Block, code, codes, facts, table, yes};
use super::windows::at_once;
use crate::check::{Alphabet, Grade, RULES, Rules, Unit};
use crate::document::{Amount, Currency};
use crate::format::layout::Carries;
use crate::format::layout::declare::Field;
use crate::format::layout::item::{Binding, Item};
use crate::template::{PartyKind, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    if template.kind == PartyKind::Erp {
        return;
    }
    blocks.push(Block::Heading(2, text!("limits", "限制")));
    files(template, blocks);
    fields(&template.checks, blocks);
    texts(&template.checks, blocks);
    levels(&template.checks, blocks);
}

fn files(template: &Template, blocks: &mut Vec<Block>) {
    let rules = &template.checks;
    let none = || text!("none said", "未规定");
    let number = |most: Option<u64>| most.map_or_else(none, |most| Text::same(most.to_string()));
    let money = |limits: &std::collections::BTreeMap<Currency, Amount>| {
        let said: Vec<String> = limits.iter().map(|(currency, most)| format!("{currency} {most}")).collect();
        if said.is_empty() { none() } else { Text::same(said.join(", ")) }
    };
    let currencies = match currencies(template) {
        list if list.is_empty() => text!("all", "全部"),
        list => codes(list),
    };
    let days = |days: u64| match days {
        0 => text!("not at all", "不可"),
        1 => text!("1 day", "1 天"),
        days => text!("{days} days", "{days} 天"),
    };
    let mut dates = vec![
        (
            text!("execution day ahead, at most", "期望日期最多提前"),
            rules.max_days_ahead.map_or_else(none, |most| days(most.into())),
        ),
        (text!("execution day behind, at most", "期望日期最多滞后"), days(rules.max_days_past.into())),
    ];
    if !template.carries_execution_dates() {
        dates = vec![(text!("execution dates", "执行日期"), at_once())];
    }
    let over = match template.out.split {
        true => text!("the batch goes in several files", "拆成多个文件"),
        false => text!("the batch is refused", "拒绝该批次"),
    };
    let groups = match one_group(template) {
        true => text!("one: one account, one day, one currency", "一个：同一账号、日期、币种"),
        false => text!("several", "多个"),
    };
    let mut rows = vec![
        (text!("payments in a file, at most", "每个文件最多笔数"), number(most_payments(template))),
        (text!("sum of a file, at most", "每个文件最高总金额"), money(&rules.max_sum)),
        (text!("single payment, at most", "单笔最高金额"), money(&rules.max_amount)),
        (text!("bytes in a file, at most", "每个文件最多字节数"), number(template.out.max_bytes)),
        (text!("groups in a file", "每个文件的付款组"), groups),
        (text!("a batch over these limits", "超出上述限制的批次"), over),
        (text!("currencies", "币种"), currencies),
        (
            text!("an end-to-end id of the ERP's is demanded", "必须有 ERP 的业务编号"),
            yes(rules.end_to_end_id_required),
        ),
    ];
    // Where the characters of the file are fewer, its own table says so.
    if rules.charset != Alphabet::Unicode || !template.payments.format.starts_with("pain.") {
        rows.push((text!("characters that are checked", "检查的字符集"), alphabet(rules.charset)));
    }
    rows.extend(accounts(rules));
    rows.extend(dates);
    blocks.push(facts(rows));
}

/// What is demanded of accounts and of those who collect, where something is.
fn accounts(rules: &Rules) -> Vec<(Text, Text)> {
    let mut rows = Vec::new();
    if rules.iban_required {
        rows.push((text!("accounts", "账号"), text!("IBANs only, ours and theirs", "双方账号均须为 IBAN")));
    }
    if !rules.iban_countries.is_empty() {
        rows.push((text!("countries of IBANs", "IBAN 国家"), codes(&rules.iban_countries)));
    }
    if rules.creditor_id_check_digits {
        let words = text!("right check digits (ISO 7064)", "校验位正确（ISO 7064）");
        rows.push((text!("creditor identifier", "收款人标识"), words));
    }
    rows
}

/// Fields that must be there, and those with a list of values.
fn fields(rules: &Rules, blocks: &mut Vec<Block>) {
    let mut rows: Vec<Vec<Text>> =
        rules.required.iter().map(|field| vec![code(field.name()), text!("must be there", "必填")]).collect();
    rows.extend(rules.values.iter().map(|(field, values)| {
        let Text { en, zh } = codes(values);
        vec![code(field.name()), text!("{en}, or empty", "{zh}，或为空")]
    }));
    if !rows.is_empty() {
        let words =
            text!("what is demanded of single fields, checked before a file is made:", "生成文件前检查的字段要求：");
        blocks.push(Block::Words(words));
        blocks.push(table([("field", "字段"), ("demanded", "要求")], rows));
    }
}

/// The currencies that are paid: those that the checks allow, else those that the file has a word for, else its only
/// one; empty for all.
pub(super) fn currencies(template: &Template) -> Vec<String> {
    let named: Vec<String> = template.checks.currencies.iter().map(Currency::to_string).collect();
    let Some(plan) = template.layout.get(Carries::Payments).filter(|_| named.is_empty()) else { return named };
    let currency = Some(Binding::Known(Item::Currency));
    let fields = plan.layout.record.0.iter().flat_map(|(_, record)| &record.fields);
    let fields: Vec<&Field> = fields.filter(|field| field.item == currency).collect();
    let mut words: Vec<String> = fields.iter().flat_map(|f| &f.map.0).map(|(_, code)| code.clone()).collect();
    words.dedup();
    if fields.is_empty() { plan.layout.currency.clone().into_iter().collect() } else { words }
}

/// Whether a file holds one account and day only.
pub(super) fn one_group(template: &Template) -> bool {
    let layout = template.layout.get(Carries::Payments).map(|plan| plan.layout.one_group);
    layout.unwrap_or_default() || template.payments.one_group
}

/// The most payments in a file, by the layout and the checks.
pub(super) fn most_payments(template: &Template) -> Option<u64> {
    let layout = template.layout.get(Carries::Payments).and_then(|plan| plan.layout.most);
    layout.into_iter().chain(template.checks.max_count).min()
}

fn alphabet(alphabet: Alphabet) -> Text {
    match alphabet {
        Alphabet::Unicode => text!("all of Unicode", "全部 Unicode"),
        Alphabet::Latin => {
            text!("letters without accents, digits, blank and `/-?:().,'+`", "无重音字母、数字、空格和 `/-?:().,'+`")
        }
        Alphabet::Ascii => text!("printable ASCII", "可见 ASCII"),
        Alphabet::Latin1 => Text::same("ISO 8859-1"),
        Alphabet::Gbk => Text::same("GBK"),
    }
}

/// Longest texts that are not those of the standard.
fn texts(rules: &Rules, blocks: &mut Vec<Block>) {
    let rows: Vec<Vec<Text>> = rules
        .max_lengths
        .iter()
        .map(|(field, length)| {
            let most = length.most;
            let unit = match length.unit {
                Unit::Chars => text!("{most} characters", "{most} 个字符"),
                Unit::Utf8Bytes => text!("{most} bytes in UTF-8", "{most} 字节（UTF-8）"),
                Unit::GbkBytes => text!("{most} bytes in GBK", "{most} 字节（GBK）"),
            };
            vec![code(field.name()), unit]
        })
        .collect();
    if !rows.is_empty() {
        blocks.push(Block::Words(text!("longest texts, checked before a file is made:", "生成文件前检查的最长文本：")));
        blocks.push(table([("field", "字段"), ("at most", "上限")], rows));
    }
}

/// Rules whose level is not the usual one.
fn levels(rules: &Rules, blocks: &mut Vec<Block>) {
    let changed = RULES.iter().filter(|rule| rules.levels.of(rule) != rule.grade);
    let rows: Vec<Vec<Text>> = changed
        .map(|rule| {
            let level = match rules.levels.of(rule) {
                Grade::Off => text!("not looked at", "不检查"),
                Grade::Info => text!("worth knowing", "仅提示"),
                Grade::Warning => text!("a warning", "警告"),
                Grade::Error => text!("refuses the payment", "拒绝该付款"),
            };
            let (en, zh) = rule.demands;
            vec![code(rule.name), Text { en: en.into(), zh: zh.into() }, level]
        })
        .collect();
    if !rows.is_empty() {
        let names = [("rule", "规则"), ("demands", "要求"), ("level here", "此处级别")];
        blocks.push(Block::Words(text!("rules that count otherwise than usual:", "与通常处理不同的规则：")));
        blocks.push(table(names, rows));
    }
}
