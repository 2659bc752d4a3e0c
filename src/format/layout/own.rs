//! What a bank calls its own: numbers and names that no other bank has.

use super::declare::Own;
use crate::text;
use crate::words::library::Said;

/// Words in the names of all banks.
const EVERY_BANK: [&str; 16] = [
    "中国",
    "银行",
    "商业银行",
    "分行",
    "支行",
    "营业部",
    "股份",
    "有限公司",
    "信用社",
    "农村",
    "城市",
    "bank",
    "china",
    "branch",
    "the",
    "of",
];

/// A name or number of this bank's own that others have as well: their payees would be taken for its own.
pub(super) fn check(own: &Own) -> Option<Said> {
    let code = |agent: &&String| {
        let agent = agent.trim();
        let least = if agent.bytes().all(|b| b.is_ascii_digit()) { 3 } else { 4 };
        agent.len() < least || !agent.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let name = |name: &&String| {
        let name = name.trim().to_lowercase();
        name.chars().count() < 2 || EVERY_BANK.contains(&name.as_str())
    };
    let agents = own.agents.iter().position(|agent| code(&agent)).map(|at| ("agents", at, &own.agents[at]));
    let names = || own.names.iter().position(|word| name(&word)).map(|at| ("names", at, &own.names[at]));
    let (key, at, word) = agents.or_else(names)?;
    let what = text!("`{word}` names other banks as well as this one", "`{word}` 也会指其他银行");
    let hint = match key {
        "agents" => text!(
            "write the beginning of its numbers, at least three digits, or of its BICs, at least four letters",
            "请写其行号开头（至少三位数字）或 BIC 开头（至少四个字母）"
        ),
        _ => text!("write the bank's own name or short name", "请写该银行自己的名称或简称"),
    };
    Some(Said::new(what).or_write(hint).at(&["own", key, &at.to_string()]))
}
