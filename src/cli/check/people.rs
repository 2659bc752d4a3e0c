//! Who may decide, and whether there are enough of them for four eyes.

use std::collections::BTreeSet;

use super::Notes;
use crate::config::{Approvers, Config, Environment, Identity, Right};
use crate::document::Currency;
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
    named(config, notes);
    enough(config, notes);
    if production {
        makers(config, notes);
        identity(config, notes);
        currencies(config, notes);
    }
    let count = config.users.len();
    notes.fine(AREA, text!("{count} people are listed", "已列出 {count} 名人员"));
}

/// Names that nobody can take for another's.
fn named(config: &Config, notes: &mut Notes) {
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
}

/// Whether four eyes are possible, and possible on a holiday.
fn enough(config: &Config, notes: &mut Notes) {
    let production = config.environment == Environment::Production;
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
}

/// Who makes and checks, and who changes the rules.
fn makers(config: &Config, notes: &mut Notes) {
    for user in config.users.iter().filter(|u| u.has(Right::Operate) && u.has(Right::Release)) {
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
    let officers = config.users.iter().filter(|user| user.has(Right::Configure)).count();
    if config.needs_officers() && officers < 2 {
        notes.warning(
            AREA,
            text!(
                "two officers must confirm a changed configuration, and {officers} is named: once this one is \
                 confirmed, approvers have to stand in",
                "配置变更须两名安全员确认，而仅列出 {officers} 名：此配置确认后，须由复核员代为确认"
            ),
            text!("name two people with the role `officer`", "请列出两名 `officer` 角色的人员"),
        );
    }
    if !config.needs_officers() {
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
}

/// Whoever may name another person with `--as` is two people.
fn identity(config: &Config, notes: &mut Notes) {
    if config.security.identity == Identity::Os {
        return;
    }
    notes.warning(
        AREA,
        text!(
            "people are who they say they are (`--as`): whoever may call the program can be two of them",
            "人员身份由其自述（`--as`）：能运行本程序的一个人可以充当两人"
        ),
        text!(
            "let each person call it as a user of the system, with `identity = \"os\"` under `[security]`, or let a \
             program that knows who is asking call it",
            "请让每个人以各自的系统用户运行，并在 `[security]` 下设置 `identity = \"os\"`；或由能识别操作人的程序代为调用"
        ),
    );
}

/// Thresholds look at the currencies that they name.
fn currencies(config: &Config, notes: &mut Notes) {
    for party in config.parties.iter().filter(|party| !party.release.always) {
        let release = &party.release;
        let sums = [&release.over, &release.two_over, &release.payment_over, &release.two_payment_over];
        let mut looked_at: BTreeSet<Currency> = sums.into_iter().flat_map(|sums| sums.keys().copied()).collect();
        looked_at.extend(release.limits.iter().map(|limit| limit.currency));
        if looked_at.is_empty() || release.other_currencies != Approvers::None {
            continue;
        }
        let (name, known) = (&party.name, looked_at.iter().map(Currency::as_str).collect::<Vec<_>>().join(", "));
        notes.warning(
            AREA,
            text!(
                "thresholds and limits of `{name}` look at {known} only: a payment of any size in another currency \
                 goes by itself",
                "`{name}` 的阈值和限额只涉及 {known}：其他币种的付款不论金额均自动放行"
            ),
            text!(
                "set `other_currencies = \"one\"` (or `\"two\"`) under its `release`, or say so for each currency in \
                 `currencies`",
                "请在其 `release` 下设置 `other_currencies = \"one\"`（或 `\"two\"`），或在 `currencies` 中逐一说明"
            ),
        );
    }
}
