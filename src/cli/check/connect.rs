//! What the parties' sides say when they are asked: host key, login, folders, abilities.

use super::Notes;
use crate::carrier::{Abilities, Carrier, CarrierError, ErrorKind, PublishMode};
use crate::cli::CliError;
use crate::cli::desk::Desk;
use crate::cli::person::Person;
use crate::config::{CarrierSettings, Config, Party};
use crate::journal::{Event, Journal, NewFact, Records, Rows};
use crate::route::{Shared, wall};
use crate::template::folders;
use crate::text;
use crate::words::{Explain, Text};

const AREA: &str = "connect";
/// The most names of a folder that are listed: it is only asked whether it can be.
const MOST_LISTED: usize = 1_000;

pub(super) fn check(desk: &Desk<'_>, party: Option<&str>, notes: &mut Notes) -> Result<(), CliError> {
    if let Some(name) = party.filter(|name| desk.config.party(name).is_none()) {
        return Err(CliError::usage(text!("there is no party `{name}`", "没有名为 `{name}` 的往来方")));
    }
    let shared = desk.shared()?;
    let wanted = |one: &&Party| party.is_none_or(|name| one.name == name);
    for one in desk.config.parties.iter().filter(wanted) {
        let pinned = match desk.records_so_far()? {
            Some(records) => wall::is_pinned(&records, one, desk.config.environment),
            None => Ok(false),
        };
        if let Err(trouble) = pinned {
            let hint = trouble.hints.into_iter().next().unwrap_or_default();
            notes.error(AREA, trouble.what, hint);
            continue;
        }
        match reach(&shared, one, notes) {
            Ok(()) => recovered(desk, one)?,
            Err(error) => cannot(one, &error, notes),
        }
    }
    Ok(())
}

/// What a call without `--connect` has not looked at.
pub(super) fn not_asked(config: &Config, notes: &mut Notes) {
    let remote = config.parties.iter().filter(|party| matches!(party.carrier, CarrierSettings::Sftp(_)));
    let names = remote.map(|party| format!("`{}`", party.name)).collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        notes.fine(
            AREA,
            text!(
                "the servers of {names} were not asked: `bankferry check --connect` looks at keys, login and folders",
                "未连接 {names} 的服务器：`bankferry check --connect` 检查主机密钥、登录和目录"
            ),
        );
    }
}

/// A party that cannot be looked at, by its name, with a next step.
fn cannot(party: &Party, error: &CarrierError, notes: &mut Notes) {
    let (name, Text { en, zh }) = (&party.name, error.what());
    let what = text!("`{name}` cannot be looked at: {en}", "无法查看 `{name}`：{zh}");
    let hint = error.hints().into_iter().next().unwrap_or_else(|| match party.carrier {
        CarrierSettings::Folder => text!(
            "`bankferry run` makes the folders that are missing; look for their disk where they were there before",
            "`bankferry run` 会创建缺少的目录；如此前存在，请检查其磁盘是否已挂载"
        ),
        CarrierSettings::Sftp(_) => text!(
            "hold `host`, `port` and the bank's allow-list against its paper",
            "请对照银行资料核对 `host`、`port` 及银行侧的白名单"
        ),
    });
    notes.error(AREA, what, hint);
}

/// Connects and looks; sends nothing.
fn reach(shared: &Shared, party: &Party, notes: &mut Notes) -> Result<(), CarrierError> {
    let (mut take, give) = shared.carriers(party);
    let abilities = take.abilities()?;
    let mut listed = 0;
    let day = party.window.local(shared.clock.now()).date();
    // The folder of a day may not be there yet.
    let look = |carrier: &mut dyn Carrier, folder: &str| match carrier.list(&folders::on_day(folder, day), MOST_LISTED)
    {
        Err(error) if folders::is_dated(folder) && error.kind() == ErrorKind::NotFound => Ok(0),
        found => found.map(|names| names.len()),
    };
    for folder in &party.template.inward.folders {
        listed += look(take.as_mut(), folder)?;
    }
    let out = &party.template.out.folder;
    match give {
        Some(mut give) => look(give.as_mut(), out)?,
        None => look(take.as_mut(), out)?,
    };
    take.close();
    let name = &party.name;
    notes.fine(
        AREA,
        text!("`{name}` can be reached; {listed} names in its folders", "`{name}` 可达；其文件夹中有 {listed} 个条目"),
    );
    if matches!(party.carrier, CarrierSettings::Sftp(_)) {
        server(name, &abilities, notes);
    }
    mode(party, &abilities, notes);
    Ok(())
}

/// What the server said of itself.
fn server(name: &str, abilities: &Abilities, notes: &mut Notes) {
    let software = abilities.software.as_deref().unwrap_or("?");
    let key = abilities.host_key.as_deref().unwrap_or("?");
    notes.fine(AREA, text!("`{name}` is {software}, host key {key}", "`{name}` 为 {software}，主机密钥 {key}"));
    let algorithms: Vec<String> = abilities.algorithms.iter().map(|(what, which)| format!("{what} {which}")).collect();
    let algorithms = algorithms.join(", ");
    notes.fine(AREA, text!("`{name}` agreed on {algorithms}", "与 `{name}` 协商的算法：{algorithms}"));
    if !abilities.fsync {
        notes.warning(
            AREA,
            text!("`{name}` cannot flush a file to its disk on our word", "`{name}` 不能应我方要求将文件落盘"),
            text!(
                "a power cut at the party may lose a file that was sent: watch for its answer",
                "对方断电可能丢失已送达的文件：请留意其回执"
            ),
        );
    }
}

/// The publish mode against what the party's side can do.
fn mode(party: &Party, abilities: &Abilities, notes: &mut Notes) {
    let name = &party.name;
    match party.template.out.publish {
        PublishMode::Atomic if !abilities.posix_rename => notes.error(
            AREA,
            text!(
                "`publish = \"atomic\"` is asked for `{name}`, whose server cannot rename in one step",
                "`{name}` 配置为 `publish = \"atomic\"`，但其服务器不支持原子重命名"
            ),
            text!(
                "use `no-overwrite`, or `marker` where the bank reads trigger files",
                "请改用 `no-overwrite`；若银行读取触发文件则用 `marker`"
            ),
        ),
        PublishMode::NoOverwrite if abilities.posix_rename => notes.fine(
            AREA,
            text!(
                "`{name}` could publish in one step: `publish = \"atomic\"` leaves fewer unknowns after a cut",
                "`{name}` 支持原子发布：`publish = \"atomic\"` 在中断后更少出现未知状态"
            ),
        ),
        PublishMode::Direct => notes.warning(
            AREA,
            text!(
                "files for `{name}` are written under their final name: every cut leaves an unknown",
                "发往 `{name}` 的文件直接以最终文件名写入：每次中断都会留下未知状态"
            ),
            text!("ask `{name}` to allow a rename", "请与 `{name}` 商定允许重命名"),
        ),
        _ => {}
    }
}

/// A party that had failed and answers now is taken up again at once.
fn recovered(desk: &Desk<'_>, party: &Party) -> Result<(), CliError> {
    let Some(records) = desk.records_so_far()? else { return Ok(()) };
    if !records.contacts()?.iter().any(|contact| contact.party == party.name) {
        return Ok(());
    }
    let person = Person::system();
    let Text { en: reason, zh: reason_zh } = text!("`check --connect` reached it", "`check --connect` 已连接成功");
    let event = Event::Recovered { reason, reason_zh };
    let fact = NewFact { actor: person.name, case: String::new(), subject: party.name.clone(), event };
    desk.journal()?.append(desk.now(), vec![(fact, Rows::None)])?;
    let name = &party.name;
    desk.context.talk().say(&text!("`{name}` is taken up again", "已恢复与 `{name}` 的往来"));
    Ok(())
}
