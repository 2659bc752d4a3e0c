//! Who may decide, and whether there are enough of them for four eyes.

use std::collections::BTreeSet;

use super::Notes;
use crate::config::{Config, Environment, Right};
use crate::route::PROGRAM;
use crate::text;

const AREA: &str = "people";

pub(super) fn check(config: &Config, notes: &mut Notes) {
    let production = config.environment == Environment::Production;
    if config.users.is_empty() {
        if production {
            notes.error(
                AREA,
                text!("nobody is listed: no held batch can be released", "未列出任何人员：待复核的批次无法放行"),
                text!("list people as `[[user]]` with `name` and `may`", "请以 `[[user]]` 列出人员的 `name` 和 `may`"),
            );
        } else {
            notes.fine(
                AREA,
                text!("nobody is listed: in test everybody may decide", "未列出人员：测试环境中任何人均可决定"),
            );
        }
        return;
    }
    let mut names = BTreeSet::new();
    for user in &config.users {
        let name = &user.name;
        if !names.insert(name) {
            notes.error(
                AREA,
                text!("`{name}` is listed twice", "`{name}` 重复列出"),
                text!("write all rights of one person into one `[[user]]`", "请将同一人的全部权限写入一个 `[[user]]`"),
            );
        }
        if name == PROGRAM || config.names(name) {
            notes.error(
                AREA,
                text!(
                    "`{name}` is the program or a party, not a person: it cannot decide",
                    "`{name}` 是程序或往来方而非人员，不能作决定"
                ),
                text!("give people names of their own", "请使用人员自己的名称"),
            );
        }
    }
    let having = |right: Right| config.users.iter().filter(|user| user.has(right)).count();
    let wanted = [(Right::Operate, 1), (Right::Release, 2), (Right::Resolve, 2)];
    for (right, least) in wanted {
        let (word, count) = (right.word(), having(right));
        if count < least {
            let only = config.users.iter().find(|user| user.has(right)).map(|user| &user.name);
            let what = match only {
                None => text!("nobody has the right `{word}`", "没有人拥有 `{word}` 权限"),
                Some(name) => text!(
                    "only `{name}` has the right `{word}`: what `{name}` made or proposed nobody can confirm",
                    "仅 `{name}` 拥有 `{word}` 权限：`{name}` 经办或提议的事项无人可确认"
                ),
            };
            let hint =
                text!("{least} are needed for four eyes and for holidays", "为满足双人复核和休假需要，应有 {least} 名");
            match right {
                // Whoever held a batch cannot release it, and an unknown in production takes two.
                Right::Release | Right::Resolve if production => notes.error(AREA, what, hint),
                _ => notes.warning(AREA, what, hint),
            }
        }
    }
    for user in config.users.iter().filter(|u| production && u.has(Right::Operate) && u.has(Right::Release)) {
        let name = &user.name;
        notes.warning(
            AREA,
            text!("`{name}` both makes and checks", "`{name}` 兼任经办与复核"),
            text!(
                "give roles: `role = \"operator\"` or `role = \"approver\"`",
                "请改用角色：`role = \"operator\"` 或 `role = \"approver\"`"
            ),
        );
    }
    if production && !config.needs_officers() {
        notes.warning(
            AREA,
            text!(
                "whoever can write `bankferry.toml` changes limits, people, keys and endpoints alone",
                "能改写 `bankferry.toml` 的人可独自更改限额、人员、密钥和端点"
            ),
            text!(
                "give two people the role `officer`: then nothing is sent under a changed configuration before both \
                 confirm it",
                "请为两人设置 `officer` 角色：此后配置变更在两人确认之前不发送任何内容"
            ),
        );
    }
    let count = config.users.len();
    notes.fine(AREA, text!("{count} people are listed", "已列出 {count} 名人员"));
}
