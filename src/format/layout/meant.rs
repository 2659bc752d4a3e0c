//! What a layout can say and nobody can mean: words that stand for their opposite, currencies that stand for others,
//! two columns of one name, accounts in the place of names, payers in the place of payees.

use super::declare::{Field, Layout, Ordered, Record, RecordKind};
use super::item::{Binding, Carries, Item};
use super::mistakes::Mistakes;
use super::outcome::{opposite, opposite_of_state, plain};
use super::plan::plain_name;
use crate::document::{Currency, Method};
use crate::text;
use crate::words::library::Said;

/// What is said of a layout whose keys are right one by one, with the keys that lead to it.
pub(super) fn check(layout: &Layout, carries: Carries, mistakes: &mut Mistakes) {
    let mut lines: Vec<&str> = Vec::new();
    for (name, record) in &layout.record.0 {
        if record.kind == RecordKind::Columns
            && let Some((at, key, said)) = names_twice(record)
        {
            mistakes.tell(said.at(&["record", name, "fields", &at.to_string(), key]));
        }
        if let Some(said) = section(record, &mut lines) {
            mistakes.tell(said.at(&["record", name, "status"]));
        }
        for (at, field) in record.fields.iter().enumerate() {
            let labels = labels(layout, field);
            let wrong = words(field)
                .or_else(|| states(field))
                .or_else(|| direction(field))
                .or_else(|| currency(field))
                .or_else(|| answer(field, &labels))
                .or_else(|| swapped(field, &labels))
                .or_else(|| sides(layout, carries, field, &labels));
            if let Some(said) = wrong {
                let mut path = ["record", name, "fields", &at.to_string()].map(str::to_string).to_vec();
                path.extend(said.path.iter().cloned());
                mistakes.tell(said.at(&path));
            }
        }
    }
}

/// Words of a status that stand for their opposite, or for two things.
fn words(field: &Field) -> Option<Said> {
    let status = matches!(field.item, Some(Binding::Known(Item::Status | Item::GroupStatus)));
    let none = Ordered::default();
    let says = field.says.as_ref().unwrap_or(&none);
    let map = if status { &field.map } else { &none };
    for (key, table) in [("map", map), ("says", says)] {
        for (at, (word, code)) in table.0.iter().enumerate() {
            let twice = table.0[..at].iter().find(|(other, of)| plain(other) == plain(word) && of != code);
            let twice = twice.map(|(other, _)| {
                let what = text!("`{word}` is the same word as `{other}`", "`{word}` 与 `{other}` 是同一用语");
                Said::new(what).or_write(text!("leave one of them out", "请删除其中一个"))
            });
            if let Some(said) = opposite(word, code).or(twice) {
                return Some(said.at(&[key, word]));
            }
        }
    }
    None
}

/// Words of an ERP's file that stand for another state than they say.
fn states(field: &Field) -> Option<Said> {
    (field.item == Some(Binding::Known(Item::PaymentState))).then_some(())?;
    let (word, said) = field.map.0.iter().find_map(|(word, state)| Some((word, opposite_of_state(word, state)?)))?;
    Some(said.at(&["map", word]))
}

/// Words for money that goes out, and for money that comes in, of the account that a statement is of.
const OUT: [&str; 10] = ["借", "借方", "支出", "付", "转出", "d", "dr", "debit", "dbit", "出金"];
const IN: [&str; 10] = ["贷", "贷方", "收入", "收", "转入", "c", "cr", "credit", "crdt", "入金"];

/// Words of a direction that stand for the other one: what was paid would be taken for what was received.
fn direction(field: &Field) -> Option<Said> {
    let sides = [Item::Indicator, Item::OpeningSide, Item::ClosingSide].map(|item| Some(Binding::Known(item)));
    sides.contains(&field.item).then_some(())?;
    let is_other = |(word, code): &&(String, String)| {
        let plain = plain(word);
        code == "CRDT" && OUT.contains(&plain.as_str()) || code == "DBIT" && IN.contains(&plain.as_str())
    };
    let (word, code) = field.map.0.iter().find(is_other)?;
    let other = if code == "CRDT" { "DBIT" } else { "CRDT" };
    let what = text!("`{word}` says the opposite of `{code}`", "`{word}` 与 `{code}` 方向相反");
    Some(Said::new(what).or_write(text!("write `{other}`", "请写 `{other}`")).at(&["map", word]))
}

/// A section whose line says the opposite of its status, or that stands twice.
fn section<'a>(record: &'a Record, lines: &mut Vec<&'a str>) -> Option<Said> {
    let code = record.status.as_deref()?;
    for line in &record.text {
        if let Some(said) = opposite(line, code) {
            return Some(said);
        }
        if lines.contains(&line.as_str()) {
            let what = text!("the section `{line}` stands twice", "分段 `{line}` 重复出现");
            return Some(Said::new(what).or_write(text!("leave one of them out", "请删除其中一个")));
        }
        lines.push(line);
    }
    None
}

/// A currency that is made another one: money would change its worth.
fn currency(field: &Field) -> Option<Said> {
    if !matches!(field.item, Some(Binding::Known(Item::Currency | Item::OwnCurrency))) {
        return None;
    }
    let means = |word: &str| Currency::parse(word).filter(|word| word.is_listed()).or_else(|| Currency::named(word));
    let (word, code, own) = field.map.0.iter().find_map(|(word, code)| {
        let own = means(word).filter(|own| own.as_str() != code)?;
        Some((word, code, own))
    })?;
    let what = text!("`{word}` stands for {own}, and not for {code}", "`{word}` 表示 {own}，而非 {code}");
    let hint = text!("write `{word} = \"{own}\"`, or leave it out", "请写 `{word} = \"{own}\"`，或删除");
    Some(Said::new(what).or_write(hint).at(&["map", word]))
}

/// Words that say yes or no whatever the column asks, and what they can stand for.
const CLEAR: [(&str, &str); 6] =
    [("是", "yes"), ("yes", "yes"), ("true", "yes"), ("否", "no"), ("no", "no"), ("false", "no")];
/// Words in the names of columns that may ask for the opposite of their item, such as 是否他行 of whether it is ours.
const OTHERWISE: [&str; 14] =
    ["他行", "跨行", "行外", "其他", "异地", "普通", "正常", "非", "不", "other", "inter", "extern", "no", "normal"];

/// A clear yes that stands for no, or the other way round.
fn answer(field: &Field, labels: &[String]) -> Option<Said> {
    let asks =
        |item: &Option<Binding>| matches!(item, Some(Binding::Known(Item::SameBank | Item::Urgent | Item::Reversal)));
    let is_plain = (asks(&field.item) || asks(&field.or)) && !labels.iter().any(|label| has(label, &OTHERWISE));
    let says = |word: &str| CLEAR.iter().find(|(clear, _)| plain(word) == *clear).map(|(_, says)| *says);
    let (word, code, own) = field.map.0.iter().filter(|_| is_plain).find_map(|(word, code)| {
        let own = says(word).filter(|own| own != code && ["yes", "no"].contains(&code.as_str()))?;
        Some((word, code, own))
    })?;
    let what = text!("`{word}` says the opposite of `{code}`", "`{word}` 与 `{code}` 含义相反");
    let hint = text!("write `{word} = \"{own}\"`", "请写 `{word} = \"{own}\"`");
    Some(Said::new(what).or_write(hint).at(&["map", word]))
}

/// Two columns that one name means: which of them is read would depend on their order. A column's own name goes before
/// a synonym of another one.
fn names_twice(record: &Record) -> Option<(usize, &'static str, Said)> {
    let own: Vec<String> = record.fields.iter().map(|field| plain_name(&field.name)).collect();
    let mut known: Vec<(String, &str)> = Vec::new();
    for (at, field) in record.fields.iter().enumerate() {
        let others = field.also.iter().filter(|label| !own.contains(&plain_name(label)));
        for label in std::iter::once(&field.name).chain(others) {
            let plain = plain_name(label);
            if let Some((_, other)) = known.iter().find(|(name, other)| *name == plain && *other != field.name) {
                let what = text!("`{label}` means the column `{other}` already", "`{label}` 已经表示列 `{other}`");
                let key = if *label == field.name { "name" } else { "also" };
                return Some((at, key, Said::new(what).or_write(text!("leave one of them out", "请删除其中一个"))));
            }
            known.push((plain, &field.name));
        }
    }
    None
}

/// All names of a field's column.
fn labels<'a>(layout: &'a Layout, field: &'a Field) -> Vec<String> {
    let columns = layout.record.0.iter().filter(|(_, record)| record.kind == RecordKind::Columns);
    let same = columns.flat_map(|(_, record)| &record.fields).filter(|column| column.name == field.name);
    let also = same.flat_map(|column| &column.also).chain(&field.also);
    let all = std::iter::once(&field.name).chain(also.filter(|_| field.is.is_none()));
    all.map(|label| label.to_lowercase()).collect()
}

fn has(label: &str, words: &[&str]) -> bool {
    words.iter().any(|word| label.contains(word))
}

/// Words in the names of columns that hold an account, and of those that hold a name.
const ACCOUNTS: [&str; 6] = ["账号", "帐号", "卡号", "account", "iban", "口座番号"];
const NAMES: [&str; 9] = ["户名", "名称", "姓名", "name", "title", "owner", "holder", "名義", "口座名"];

/// An account where a name is said to be, or the other way round.
fn swapped(field: &Field, labels: &[String]) -> Option<Said> {
    use Item::{Account, GroupAccount, GroupName, Name, OwnAccount, OwnName};
    use Item::{PayeeAccount, PayeeName, PayerAccount, PayerName};
    let Some(Binding::Known(item)) = field.item else { return None };
    let (wrong, right) = match item {
        Account | GroupAccount | OwnAccount | PayerAccount | PayeeAccount => (&NAMES[..], &ACCOUNTS[..]),
        Name | GroupName | OwnName | PayerName | PayeeName => (&ACCOUNTS[..], &NAMES[..]),
        _ => return None,
    };
    let label = labels.iter().find(|label| has(label, wrong) && !has(label, right))?;
    Some(not_meant(label, item))
}

/// Words in the names of columns of who pays, and of who is paid.
const PAYERS: [&str; 6] = ["付款", "付方", "扣款", "debtor", "payer", "originat"];
const PAYEES: [&str; 7] = ["收款", "收方", "creditor", "payee", "beneficiary", "receiving", "recipient"];

/// Who pays where who is paid is said to be, or the other way round.
fn sides(layout: &Layout, carries: Carries, field: &Field, labels: &[String]) -> Option<Said> {
    use Item::{Account, Agent, AgentName, GroupAccount, GroupAgent, GroupAgentName, GroupName, Name};
    use Item::{
        PayeeAccount, PayeeAgent, PayeeAgentName, PayeeName, PayerAccount, PayerAgent, PayerAgentName, PayerName,
    };
    let Some(Binding::Known(item)) = field.item else { return None };
    let ordered = matches!(carries, Carries::Payments | Carries::Status) && layout.method == Method::Transfer;
    let pays = match item {
        PayerAccount | PayerAgent | PayerAgentName | PayerName => true,
        PayeeAccount | PayeeAgent | PayeeAgentName | PayeeName => false,
        GroupAccount | GroupAgent | GroupAgentName | GroupName if ordered => true,
        Account | Agent | AgentName | Name if ordered => false,
        _ => return None,
    };
    let (wrong, right) = if pays { (&PAYEES[..], &PAYERS[..]) } else { (&PAYERS[..], &PAYEES[..]) };
    let label = labels.iter().find(|label| has(label, wrong) && !has(label, right))?;
    Some(not_meant(label, item))
}

fn not_meant(label: &str, item: Item) -> Said {
    let (name, (_, _, (en, zh))) = (item.name(), item.describe());
    let what = text!("the column `{label}` is bound to `{name}`: {en}", "列 `{label}` 绑定到 `{name}`（{zh}）");
    let hint = text!("correct `item`: two columns may have been swapped", "请修正 `item`：可能有两列互换");
    Said::new(what).or_write(hint).at(&["item"])
}
