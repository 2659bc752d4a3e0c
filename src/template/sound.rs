//! What a template cannot mean, beyond the words that its keys take: each mistake with the keys that lead to it.

use std::path::Path;

use jiff::tz::TimeZone;

use super::layers::Layers;
use super::load::{TemplateError, names};
use super::mistake::Mistake;
use super::pattern::allowed;
use super::{Clear, PartyKind, Scope, Template, calendar, folders, scheme};
use crate::calendar::{Hour, Hours};
use crate::carrier::PublishMode;
use crate::document::{CHARGE_BEARERS, Currency, NamedBy, SEQUENCE_TYPES, STATUS_CODES, parse_date};
use crate::finding::Level;
use crate::format::layout::item::{Binding, Item};
use crate::format::{self, WriteOptions, layout, registry};
use crate::text;
use crate::words::library::{Said, did_you_mean, near_or};
use crate::words::{Explain, Text};

/// Whether the template calls itself what its file is called: parties name the file, formats the template.
pub(super) fn named(template: &Template, file: &str, layers: &Layers<'_>) -> Option<Mistake> {
    let inner = &template.name;
    if inner == file {
        return None;
    }
    let what = text!("the file `{file}.toml` calls itself `{inner}`", "文件 `{file}.toml` 自称 `{inner}`");
    let hint = text!("write `name = \"{file}\"`, or rename the file", "请写 `name = \"{file}\"`，或为文件改名");
    let said = Said::new(what).or_write(hint).at(&["name"]);
    // A name that only the extended template says stands in another file.
    Some(if layers.own_says("name") { layers.mistake(said) } else { layers.mistake_of_all(said) })
}

/// Everything that a template says and cannot mean. `folder` holds the installation's templates and calendars.
pub fn mistakes(template: &Template, folder: &Path) -> Vec<Said> {
    let mut said = template.layout.mistakes.clone();
    said.extend(provenance(template));
    said.extend(summary(template));
    said.extend(folders(template));
    said.extend(out(template));
    said.extend(inward(template, folder));
    said.extend(outputs(template, folder));
    said.extend(payments(template, folder));
    said.extend(scheme::mistakes(template));
    said.extend(scheme::of_fields(template));
    said.extend(status(template));
    said.extend(calendars(template, folder));
    said.extend(hours(&template.calendar));
    said.extend(template.dates.mistake().map(|(key, what)| {
        Said::new(what).or_write(text!("write `next` or `hold`", "请写 `next` 或 `hold`")).at(&["dates", key])
    }));
    said.extend(merge(template));
    said.extend(one_in_flight(template));
    said.extend(currencies(template));
    said.extend(rows(template));
    said.extend(file_answered(template));
    said.extend(ids(template));
    said
}

fn provenance(template: &Template) -> Option<Said> {
    let date = &template.provenance.date;
    if parse_date(date).is_none() || date.len() != "2026-11-25".len() {
        let what = text!("`{date}` is not a date", "`{date}` 不是日期");
        let hint = text!("write the day as `\"2026-11-25\"`", "日期写作 `\"2026-11-25\"`");
        return Some(Said::new(what).or_write(hint).at(&["provenance", "date"]));
    }
    let source = &template.provenance.source;
    [&source.en, &source.zh].iter().any(|words| words.trim().is_empty()).then(|| {
        let what = text!("`source` is empty", "`source` 为空");
        let hint = text!("write the document or page where it is said", "请写出处的文件或网页");
        Said::new(what).or_write(hint).at(&["provenance", "source"])
    })
}

fn summary(template: &Template) -> Option<Said> {
    let language = template.summary.keys().find(|language| !matches!(language.as_str(), "en" | "zh"))?;
    let what = text!("`{language}` is no language of summaries", "摘要没有 `{language}` 这种语言");
    Some(Said::new(what).or_write(did_you_mean(language, &["en", "zh"])).at(&["summary", language]))
}

/// Folders stay below the party's root.
fn folders(template: &Template) -> Vec<Said> {
    let mut all = vec![(vec!["out", "folder"], &template.out.folder)];
    let numbers: Vec<String> = (0..template.inward.folders.len()).map(|at| at.to_string()).collect();
    all.extend(numbers.iter().zip(&template.inward.folders).map(|(at, path)| (vec!["in", "folders", at], path)));
    if let Clear::MoveTo(path) = &template.inward.clear {
        all.push((vec!["in", "clear", "move-to"], path));
        if template.inward.folders.contains(path) {
            let what = text!("`{path}` is a folder that files are fetched from", "`{path}` 正是取文件的目录");
            let hint = text!("move them elsewhere, or they come again", "请移到别处，否则会再次取回");
            return vec![Said::new(what).or_write(hint).at(&["in", "clear", "move-to"])];
        }
    }
    all.into_iter().filter_map(|(keys, path)| Some(wrong_path(path, keys[1] != "clear")?.at(&keys))).collect()
}

/// What is wrong with a path; one that is `dated` may name the day.
fn wrong_path(path: &str, dated: bool) -> Option<Said> {
    let named = if dated { path.replace("{date}", "") } else { path.to_string() };
    let hint =
        || text!("write a folder below the party's root, such as `upload`", "请写对方根目录之下的目录，如 `upload`");
    let what = if path.split('/').any(|part| part == "..") {
        text!("the folder `{path}` climbs out with `..`", "目录 `{path}` 用 `..` 越出")
    } else if path.contains('\\') {
        text!("the folder `{path}` has a backslash", "目录 `{path}` 含反斜杠")
    } else if path.trim() != path || path.chars().any(char::is_control) {
        text!(
            "the folder `{path}` has blanks at its end, or control characters",
            "目录 `{path}` 首尾有空白或含控制字符"
        )
    } else if named.contains(['{', '}', '*']) {
        text!("the folder `{path}` has `{{`, `}}` or `*`", "目录 `{path}` 含 `{{`、`}}` 或 `*`")
    } else {
        return None;
    };
    Some(Said::new(what).or_write(hint()))
}

fn out(template: &Template) -> Option<Said> {
    let out = &template.out;
    let texts = [
        ("temporary_suffix", &out.temporary_suffix),
        ("temporary_prefix", &out.temporary_prefix),
        ("marker_suffix", &out.marker_suffix),
    ];
    if let Some((key, value)) = texts.into_iter().find(|(_, value)| !value.chars().all(allowed)) {
        let what = text!("`{value}` cannot stand in a file name", "`{value}` 不能出现在文件名中");
        let hint = text!("write letters, digits, `.`, `_` and `-`", "只用字母、数字、`.`、`_` 和 `-`");
        return Some(Said::new(what).or_write(hint).at(&["out", key]));
    }
    let renames = matches!(out.publish, PublishMode::Atomic | PublishMode::NoOverwrite);
    if renames && out.temporary_suffix.is_empty() && out.temporary_prefix.is_empty() {
        let what = text!("the temporary name would be the final one", "临时文件名会与最终文件名相同");
        let hint = text!(
            "write `temporary_suffix`, or `publish = \"direct\"` where the bank forbids renaming",
            "请写 `temporary_suffix`；银行不允许改名时写 `publish = \"direct\"`"
        );
        return Some(Said::new(what).or_write(hint).at(&["out", "temporary_suffix"]));
    }
    if out.temporary_replaces && !(renames && out.name.has_ending() && out.temporary_suffix.starts_with('.')) {
        let what = text!(
            "`temporary_replaces` is for names with an ending, a `temporary_suffix` with its dot, and a rename",
            "`temporary_replaces` 只用于有后缀的文件名、带点号的 `temporary_suffix` 和改名发布"
        );
        return Some(Said::new(what).or_write(text!("leave it out", "请删除")).at(&["out", "temporary_replaces"]));
    }
    if let Some(said) = sequence(template) {
        return Some(said);
    }
    if out.publish == PublishMode::Marker && out.marker_suffix.is_empty() {
        let what = text!("the trigger file would have the data file's name", "触发文件会与数据文件同名");
        let hint = text!("write `marker_suffix = \".ok\"`", "请写 `marker_suffix = \".ok\"`");
        return Some(Said::new(what).or_write(hint).at(&["out", "marker_suffix"]));
    }
    let suffix = template.seal.suffix.as_deref().unwrap_or_default();
    if !suffix.chars().all(allowed) || suffix.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let what = text!("`{suffix}` is no suffix of a file name", "`{suffix}` 不是文件名后缀");
        let hint = text!("write it with its dot, such as `.pgp`", "请连同点号书写，如 `.pgp`");
        return Some(Said::new(what).or_write(hint).at(&["seal", "suffix"]));
    }
    (out.max_bytes == Some(0)).then(|| none_fits(&["out", "max_bytes"]))
}

/// Numbers of files: a bank's, each of another name than all before it.
fn sequence(template: &Template) -> Option<Said> {
    let out = &template.out;
    let sender = &out.sender;
    if !sender.chars().all(allowed) {
        let what = text!("`{sender}` cannot stand in a file name", "`{sender}` 不能出现在文件名中");
        let hint = text!("write letters, digits, `.`, `_` and `-`", "只用字母、数字、`.`、`_` 和 `-`");
        return Some(Said::new(what).or_write(hint).at(&["out", "sender"]));
    }
    let highest = out.name.highest()?;
    if template.kind == PartyKind::Erp {
        let what = text!(
            "only files for a bank are numbered by `{{sequence:N}}`",
            "只有发往银行的文件才用 `{{sequence:N}}` 编号"
        );
        return Some(Said::new(what).or_write(text!("write `{{id}}`", "请写 `{{id}}`")).at(&["out", "name"]));
    }
    if out.sequence_from == 0 || out.sequence_from > highest {
        let what = text!("the sequence has numbers from 1 to {highest}", "顺序号的范围为 1 至 {highest}");
        let hint = text!("write one of them, or more digits in `name`", "请写其中之一，或在 `name` 中增加位数");
        return Some(Said::new(what).or_write(hint).at(&["out", "sequence_from"]));
    }
    let is_of_the_day = out.name.names_the_day() || folders::is_dated(&out.folder);
    (out.sequence == Scope::Day && !is_of_the_day).then(|| {
        let what = text!(
            "the sequence begins anew every day, and neither name nor folder has the day: names would come again",
            "顺序号每天重新开始，而文件名和目录都不含日期：文件名会重复"
        );
        let hint = text!(
            "put `{{date}}` into the name, or write `sequence = \"ever\"`",
            "请在文件名中加入 `{{date}}`，或写 `sequence = \"ever\"`"
        );
        Said::new(what).or_write(hint).at(&["out", "sequence"])
    })
}

fn none_fits(path: &[&str]) -> Said {
    let what = text!("no file has 0 bytes or payments", "没有 0 字节或 0 笔付款的文件");
    Said::new(what).or_write(text!("write a number from 1, or leave it out", "请写 1 以上的数字，或删除")).at(path)
}

fn inward(template: &Template, folder: &Path) -> Vec<Said> {
    let inward = &template.inward;
    let mut said = Vec::new();
    for (at, name) in inward.names.iter().enumerate() {
        if name.contains(['{', '}', '/', '?', '\\']) {
            let what = text!("`{name}` is no pattern of file names", "`{name}` 不是文件名模式");
            let hint =
                text!("`*` stands for anything; folders stand in `folders`", "`*` 代表任意字符；目录写在 `folders`");
            said.push(Said::new(what).or_write(hint).at(&["in", "names", &at.to_string()]));
        }
    }
    if inward.max_bytes == 0 {
        said.push(none_fits(&["in", "max_bytes"]));
    }
    if inward.every_seconds == 0 {
        let what = text!("folders cannot be looked at every 0 seconds", "不能每 0 秒查看一次目录");
        said.push(
            Said::new(what).or_write(text!("write a number from 1", "请写 1 以上的数字")).at(&["in", "every_seconds"]),
        );
    }
    if let Some(label) = inward.encoding.as_deref().filter(|label| !format::is_encoding(label)) {
        let what = text!("`{label}` is not an encoding", "没有 `{label}` 这种编码");
        let known = ["utf-8", "gbk", "gb18030", "shift_jis", "windows-1252", "iso-8859-1"];
        said.push(Said::new(what).or_write(did_you_mean(label, &known)).at(&["in", "encoding"]));
    }
    if !is_format(&inward.format, Use::Reading, template, folder) {
        said.push(no_format(&inward.format, folder).at(&["in", "format"]));
    }
    said.extend(inward.levels.iter().find_map(|(rule, level)| lowered(rule, *level)));
    said
}

/// A rule of readers that does not exist, or that is about money and would be lowered.
fn lowered(rule: &str, level: Level) -> Option<Said> {
    let path = ["in", "levels", rule];
    if !format::READERS_RULES.contains(&rule) {
        let what = text!("no reader notices `{rule}`", "没有读取规则 `{rule}`");
        return Some(Said::new(what).or_write(rule_hint(rule)).at(&path));
    }
    (format::FIRM_RULES.contains(&rule) && level != Level::Error).then(|| {
        let what = text!(
            "the rule `{rule}` stands firm: money would go where nobody meant it",
            "规则 `{rule}` 不可降级：否则资金可能付错"
        );
        let hint = text!("leave it out; `error` is the only level for it", "请删除；该规则只能为 `error`");
        Said::new(what).or_write(hint).at(&path)
    })
}

fn rule_hint(rule: &str) -> Text {
    near_or(rule, format::READERS_RULES.iter().copied(), || {
        text!(
            "write the name that stands in brackets behind a finding, such as `closing-balance-missing`",
            "请写发现项方括号中的规则名，如 `closing-balance-missing`"
        )
    })
}

/// What a format's name is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Reading,
    Writing,
}

/// Whether a format has this name: a standard one, or the layouts of a template.
fn is_format(name: &str, of: Use, template: &Template, folder: &Path) -> bool {
    let known = match of {
        Use::Reading => registry::verify(name, "jsonl").is_ok(),
        // A name may be a message's without the version that writing needs.
        Use::Writing => format::create(name, Box::new(std::io::sink()), &WriteOptions::default()).is_ok(),
    };
    let of_template = name.split('.').next().unwrap_or(name);
    known || template.is_own(name) || names(folder).iter().any(|known| known == of_template)
}

fn no_format(name: &str, folder: &Path) -> Said {
    let known = names(folder);
    let formats = registry::FORMATS.iter().map(|format| format.name);
    let hint = near_or(name, formats.chain(known.iter().map(String::as_str)), || {
        text!(
            "write a format such as `csv`, `camt.053`, `pain.001.001.09`, or the name of a template",
            "请写格式名，如 `csv`、`camt.053`、`pain.001.001.09`，或模板名"
        )
    });
    Said::new(text!("there is no format `{name}` for this", "没有可用于此处的格式 `{name}`")).or_write(hint)
}

/// What an ERP is told has formats that can be written.
fn outputs(template: &Template, folder: &Path) -> Vec<Said> {
    let outputs = &template.outputs;
    let of_ours = |name: &str| matches!(name, "csv" | "jsonl");
    let lists = [
        ("status", &outputs.status),
        ("statement", &outputs.statement),
        ("refusal", &outputs.refusal),
        ("receipts", &outputs.receipts),
    ];
    let wrong =
        lists.into_iter().flat_map(|(key, list)| list.iter().enumerate().map(move |(at, name)| (key, at, name)));
    let wrong = wrong.filter(|(_, _, name)| !is_format(name, Use::Writing, template, folder));
    let mut said: Vec<Said> =
        wrong.map(|(key, at, name)| no_format(name, folder).at(&["outputs", key, &at.to_string()])).collect();
    let ours = [("acceptance", &outputs.acceptance), ("reconciliation", &outputs.reconciliation)];
    for (key, list) in ours {
        if let Some(at) = list.iter().position(|name| !of_ours(name)) {
            let what = text!("`{key}` is told in `csv` or `jsonl` only", "`{key}` 只有 `csv` 或 `jsonl` 格式");
            let hint = text!("write one of them, or both", "请写其中之一或两者");
            said.push(Said::new(what).or_write(hint).at(&["outputs", key, &at.to_string()]));
        }
    }
    said
}

/// The dialect in which payments are written.
fn payments(template: &Template, folder: &Path) -> Vec<Said> {
    let payments = &template.payments;
    let mut said = Vec::new();
    let of_bank = template.kind == PartyKind::Bank;
    if of_bank && !is_format(&payments.format, Use::Writing, template, folder) {
        let name = &payments.format;
        let full = |name: &str| text!("write its full name, such as `{name}`", "请写完整名称，如 `{name}`");
        let hint = match name.as_str() {
            "pain.001" => full("pain.001.001.09"),
            "pain.008" => full("pain.008.001.08"),
            _ => no_format(name, folder).hint.unwrap_or_default(),
        };
        let what = text!("payments cannot be written as `{name}`", "不能按 `{name}` 写付款文件");
        said.push(Said::new(what).or_write(hint).at(&["payments", "format"]));
    }
    let closed: [(&str, &Option<String>, &[&str]); 2] = [
        ("charge_bearer", &payments.charge_bearer, &CHARGE_BEARERS),
        ("sequence_type", &payments.sequence_type, &SEQUENCE_TYPES),
    ];
    for (key, value, known) in closed {
        if let Some(value) = value.as_deref().filter(|value| !known.contains(value)) {
            let what = text!("`{value}` is no code of ISO 20022 for it", "`{value}` 不是 ISO 20022 代码");
            said.push(Said::new(what).or_write(did_you_mean(value, known)).at(&["payments", key]));
        }
    }
    for (key, most, value) in
        [("service_level", 4, &payments.service_level), ("local_instrument", 35, &payments.local_instrument)]
    {
        let code = |code: &&str| {
            let length = code.chars().count();
            length == 0 || length > most || !code.chars().all(|c| c.is_ascii_alphanumeric() || "-_/ ".contains(c))
        };
        if let Some(value) = value.as_deref().filter(code) {
            let what = text!(
                "`{value}` is no code: at most {most} letters and digits",
                "`{value}` 不是代码：至多 {most} 位字母和数字"
            );
            let hint = text!("write the bank's code, such as `SEPA`", "请写银行的代码，如 `SEPA`");
            said.push(Said::new(what).or_write(hint).at(&["payments", key]));
        }
    }
    if template.checks.max_count == Some(0) {
        said.push(none_fits(&["checks", "max_count"]));
    }
    said
}

/// The bank's own codes stand for codes of ISO 20022, not for their opposite, and for what a layout says of them.
fn status(template: &Template) -> Vec<Said> {
    let wrong = template.status.iter().filter_map(|(own, iso)| {
        let unknown = || {
            let what = text!("`{iso}` is no status code of ISO 20022", "`{iso}` 不是 ISO 20022 状态代码");
            Said::new(what).or_write(did_you_mean(iso, &STATUS_CODES))
        };
        let said = match STATUS_CODES.contains(&iso) {
            false => unknown(),
            true => layout::opposite(own, iso).or_else(|| said_otherwise(template, own, iso))?,
        };
        Some(said.at(&["status", own]))
    });
    wrong.collect()
}

/// A word that the map of a layout explains in another way: `[status]` would have the last word.
fn said_otherwise(template: &Template, own: &str, iso: &str) -> Option<Said> {
    let plan = template.layout.get(layout::Carries::Status)?;
    let status = Binding::Known(Item::Status);
    let fields = plan.layout.record.0.iter().flat_map(|(_, record)| &record.fields);
    let words = fields.filter(|field| field.item.as_ref() == Some(&status)).flat_map(|field| &field.map.0);
    let (_, other) = words.into_iter().find(|(word, code)| word == own && code != iso)?;
    let what = text!(
        "`{own}` stands for `{other}` in the layout, and for `{iso}` here",
        "`{own}` 在格式映射中为 `{other}`，此处为 `{iso}`"
    );
    Some(Said::new(what).or_write(text!("leave one of them out", "请删除其中一个")))
}

/// Calendars and the zone are there.
fn calendars(template: &Template, folder: &Path) -> Vec<Said> {
    let hours = &template.calendar;
    let mut said = Vec::new();
    let own = hours.banking_days.iter().enumerate();
    let mut named: Vec<(Vec<String>, &String)> =
        own.map(|(at, name)| (vec!["calendar".into(), "banking_days".into(), at.to_string()], name)).collect();
    for (currency, more) in &hours.currency {
        let path = |at: usize| {
            let at = at.to_string();
            ["calendar", "currency", currency.as_str(), "banking_days", &at].map(str::to_string).to_vec()
        };
        named.extend(more.banking_days.iter().enumerate().map(|(at, name)| (path(at), name)));
    }
    for (path, name) in named {
        match calendar(folder, name) {
            Ok(_) => {}
            Err(TemplateError::NoCalendar(_)) => {
                let known = super::calendars::known(folder);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let what = text!("there is no calendar `{name}`", "没有名为 `{name}` 的日历");
                said.push(Said::new(what).or_write(did_you_mean(name, &known)).at(&path));
            }
            Err(error) => said.push(Said { what: error.what(), hint: error.hints().into_iter().next(), path }),
        }
    }
    if let Some(zone) = hours.time_zone.as_deref().filter(|zone| TimeZone::get(zone).is_err()) {
        let what = text!("there is no time zone `{zone}`", "没有时区 `{zone}`");
        said.push(Said::new(what).or_write(zone_hint(zone)).at(&["calendar", "time_zone"]));
    }
    said
}

fn zone_hint(zone: &str) -> Text {
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    near_or(zone, known.iter().map(String::as_str), || {
        text!("write an IANA name such as `Asia/Shanghai`", "请写 IANA 名称，如 `Asia/Shanghai`")
    })
}

fn hours(hours: &Hours) -> Vec<Said> {
    let mut said = Vec::new();
    if let Some(what) = hours.contradiction() {
        let key = if hours.cut_off.is_some() { "cut_off" } else { "send_from" };
        said.push(
            Said::new(what).or_write(text!("correct one of the hours", "请修正其中一个时刻")).at(&["calendar", key]),
        );
    }
    for (at, rest) in hours.maintenance.iter().enumerate() {
        // A whole day of the week may be meant, all days cannot.
        if rest.from == rest.until && rest.day.is_none() {
            let from = rest.from;
            let what = text!("maintenance from {from} until {from} never ends", "{from} 至 {from} 的维护没有尽头");
            let hint = text!("write the hour at which the server is back", "请写服务器恢复的时刻");
            said.push(Said::new(what).or_write(hint).at(&["calendar", "maintenance", &at.to_string(), "until"]));
        }
    }
    said
}

/// Batches can be merged only where answers tell them apart, and before the day ends.
fn merge(template: &Template) -> Option<Said> {
    let last: Hour = *template.out.merge.iter().max()?;
    let said = |what: Text, hint: Text| Some(Said::new(what).or_write(hint).at(&["out", "merge"]));
    let leave_out = || text!("leave it out", "请删除");
    if template.kind == PartyKind::Erp {
        return said(
            text!("`out.merge` is about payment files for a bank", "`out.merge` 只针对银行付款文件"),
            leave_out(),
        );
    }
    if template.payments.one_group {
        let what = text!(
            "`out.merge` puts several groups into one file, and `payments.one_group` allows one",
            "`out.merge` 会把多个组放入一个文件，而 `payments.one_group` 只允许一个"
        );
        return said(what, leave_out());
    }
    if template.inward.answers_by != NamedBy::Id {
        let what = text!(
            "`out.merge` needs answers that repeat an id: a row or a payee does not tell the batches apart",
            "`out.merge` 要求回执带回标识：行号或收款人无法区分批次"
        );
        return said(what, leave_out());
    }
    let hours = &template.calendar;
    let ends = hours.cut_off.into_iter().chain(hours.send_until);
    let end = ends.chain(hours.currency.values().filter_map(|currency| currency.cut_off)).min()?;
    if last < end {
        return None;
    }
    let what =
        text!("`out.merge` at {last} is too late: the day ends at {end}", "`out.merge` 的 {last} 太晚：日终为 {end}");
    said(what, text!("write an earlier hour", "请写更早的时刻"))
}

/// Files go one at a time to banks only.
fn one_in_flight(template: &Template) -> Option<Said> {
    (template.out.one_in_flight.is_some() && template.kind == PartyKind::Erp).then(|| {
        let what =
            text!("`out.one_in_flight` is about payment files for a bank", "`out.one_in_flight` 只针对银行付款文件");
        Said::new(what).or_write(text!("leave it out", "请删除")).at(&["out", "one_in_flight"])
    })
}

/// Currencies that exist.
fn currencies(template: &Template) -> Vec<Said> {
    let checks = &template.checks;
    let mut named: Vec<(Vec<String>, Currency)> = Vec::new();
    let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_string()).collect::<Vec<_>>();
    let own = checks.currencies.iter().enumerate();
    named.extend(own.map(|(at, code)| (path(&["checks", "currencies", &at.to_string()]), *code)));
    for (key, table) in [("max_sum", &checks.max_sum), ("max_amount", &checks.max_amount)] {
        named.extend(table.keys().map(|code| (path(&["checks", key, code.as_str()]), *code)));
    }
    named.extend(template.calendar.currency.keys().map(|code| (path(&["calendar", "currency", code.as_str()]), *code)));
    let wrong = named.into_iter().filter(|(_, code)| !code.is_listed());
    wrong
        .map(|(path, code)| {
            let what = text!("`{code}` is not a currency of ISO 4217", "`{code}` 不是 ISO 4217 币种代码");
            let hint = text!("write a code such as `CNY`, `EUR`, `USD`", "请写代码，如 `CNY`、`EUR`、`USD`");
            Said::new(what).or_write(hint).at(&path)
        })
        .collect()
}

/// Row numbers come back only where they are written and read.
fn rows(template: &Template) -> Option<Said> {
    let known = template.layout.mistakes.is_empty();
    if template.inward.answers_by != NamedBy::Row || template.numbers_rows() || !known {
        return None;
    }
    let what = text!(
        "`answers_by = \"row\"` needs a field of `seq` in `[layout.payments]` and one of `original_seq` in \
         `[layout.status]`: without them no row number comes back",
        "`answers_by = \"row\"` 要求 `[layout.payments]` 有 `seq` 字段、`[layout.status]` 有 `original_seq` 字段：\
         否则行号不会返回"
    );
    Some(
        Said::new(what)
            .or_write(text!("add both, or write `id` or `payee`", "请加上两者，或写 `id` 或 `payee`"))
            .at(&["in", "answers_by"]),
    )
}

/// Payments are found by their ids only where a result has a field for one.
fn ids(template: &Template) -> Option<Said> {
    let status = template.layout.get(layout::Carries::Status)?;
    let of_ids = template.kind == PartyKind::Bank && template.inward.answers_by == NamedBy::Id;
    let fields = || status.layout.record.0.iter().flat_map(|(_, record)| &record.fields);
    let has = |items: &[Item]| {
        fields().any(|field| matches!(&field.item, Some(Binding::Known(item)) if items.contains(item)))
    };
    // A file that speaks of our whole file needs no payment's id.
    let found = [Item::EndToEndId, Item::InstructionId, Item::GroupStatus, Item::OriginalGroup];
    if !of_ids || has(&found) {
        return None;
    }
    let what = text!(
        "`answers_by = \"id\"` needs a field of `end_to_end_id` or `instruction_id` in `[layout.status]`: without one \
         no answer finds its payment",
        "`answers_by = \"id\"` 要求 `[layout.status]` 有 `end_to_end_id` 或 `instruction_id` 字段：否则回执对应不到付款"
    );
    let hint = text!(
        "add one, or write `answers_by = \"payee\"` or `\"row\"`",
        "请添加该字段，或写 `answers_by = \"payee\"` 或 `\"row\"`"
    );
    Some(Said::new(what).or_write(hint).at(&["in", "answers_by"]))
}

/// A result names the file that it answers only where that file carried the id which comes back: else a number of the
/// bank's own would make every answer one to a file that is not ours.
fn file_answered(template: &Template) -> Option<Said> {
    let payments = template.layout.get(layout::Carries::Payments)?;
    let status = template.layout.get(layout::Carries::Status)?;
    let ours = Binding::Known(Item::MessageId);
    let carried = |field: &layout::declare::Field| [&field.item, &field.or].contains(&&Some(ours.clone()));
    let mut sent = payments.layout.record.0.iter().flat_map(|(_, record)| &record.fields);
    if template.out.name.names_the_message() || sent.any(carried) {
        return None;
    }
    let answered = Some(Binding::Known(Item::OriginalMessageId));
    let (record, at) = status
        .layout
        .record
        .0
        .iter()
        .find_map(|(name, record)| Some((name, record.fields.iter().position(|field| field.item == answered)?)))?;
    let what = text!(
        "`original_message_id` is the id of our file, and no field of `[layout.payments]` carries `message_id`: a \
         number of the bank's own here would leave every answer without a payment",
        "`original_message_id` 是本系统文件的标识号，而 `[layout.payments]` 没有字段承载 `message_id`：此处若为银行自有编号，\
         所有回执都将对应不到付款"
    );
    let hint = text!(
        "write `item = \"message_id\"`, which is the bank's own number, or leave `item` out",
        "请写 `item = \"message_id\"`（银行自有编号），或删除 `item`"
    );
    let path = ["layout", "status", "record", record, "fields", &at.to_string(), "item"];
    Some(Said::new(what).or_write(hint).at(&path))
}
