//! The wall between test and production, at work: keys and batches of the other environment go nowhere.

use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use super::{Trouble, marks};
use crate::config::{CarrierSettings, Environment, Party};
use crate::finding::{Finding, Place};
use crate::journal::{Event, Records};
use crate::seal::{KeyInfo, Keys, MacKeyInfo, SshKey, mac_keys, ssh_keys};
use crate::text;
use crate::words::{Remedy, Text};

/// Usable keys whose names say that they are of the other environment.
pub fn foreign_keys(keys: &Keys, ours: Environment, at: SystemTime) -> Vec<KeyInfo> {
    let foreign = |key: &KeyInfo| Environment::of_key(&key.user_id).is_some_and(|named| named != ours);
    keys.list(at).into_iter().filter(|key| key.state.is_usable() && foreign(key)).collect()
}

/// Refuses to work with keys of the other environment.
///
/// # Errors
/// [`Trouble`] names the first of them.
pub fn refuse_foreign_keys(keys: &Keys, ours: Environment, at: SystemTime) -> Result<(), Trouble> {
    let Some(key) = foreign_keys(keys, ours, at).into_iter().next() else { return Ok(()) };
    let (fingerprint, name, ours) = (&key.fingerprint, &key.user_id, ours.word());
    let what = text!(
        "key `{fingerprint}` of `{name}` is not for the {ours} environment of this installation; no money has moved",
        "密钥 `{fingerprint}`（`{name}`）不属于本安装的 {ours} 环境；资金未划转"
    );
    Err(Trouble::new(what, Remedy::Person).hint(text!(
        "take it out of use: `bankferry keys expire {fingerprint}`",
        "请停用该密钥：`bankferry keys expire {fingerprint}`"
    )))
}

/// What is said of a key with a name of the other environment, before it is taken in.
pub fn foreign_name(fingerprint: &str, names: &[String], ours: Environment) -> Option<Trouble> {
    let name = names.iter().find(|name| Environment::of_key(name).is_some_and(|named| named != ours))?;
    let ours = ours.word();
    let what = text!(
        "key `{fingerprint}` of `{name}` is not for the {ours} environment of this installation; it was not taken in",
        "密钥 `{fingerprint}`（`{name}`）不属于本安装的 {ours} 环境；未导入"
    );
    Some(
        Trouble::new(what, Remedy::Person)
            .hint(text!("ask its owner for the key of the {ours} environment", "请向对方索取 {ours} 环境的密钥")),
    )
}

/// SSH keys and shared keys of ours that say that they are of the other environment: a sentence for each.
///
/// # Errors
/// [`Trouble`] when the keys cannot be read.
pub fn foreign_logins(keys: &Path, ours: Environment) -> Result<Vec<Text>, Trouble> {
    let is_foreign = |named: Option<Environment>| named.is_some_and(|named| named != ours);
    let word = ours.word();
    let ssh = ssh_keys(keys)?.into_iter().filter(|key| is_foreign(Environment::of_key(&key.comment)));
    let ssh = ssh.map(|SshKey { party, comment, .. }| {
        text!(
            "the SSH key for `{party}` is named `{comment}`: not for the {word} environment of this installation",
            "用于 `{party}` 的 SSH 密钥名为 `{comment}`，不属于本安装的 {word} 环境"
        )
    });
    let shared = mac_keys(keys)?.into_iter().filter(|key| is_foreign(Environment::named_in(&key.id)));
    let shared = shared.map(|MacKeyInfo { party, id, .. }| {
        text!(
            "the shared key `{id}` of `{party}` is not for the {word} environment of this installation",
            "`{party}` 的共享密钥 `{id}` 不属于本安装的 {word} 环境"
        )
    });
    Ok(ssh.chain(shared).collect())
}

/// Refuses to work with SSH keys and shared keys of the other environment.
///
/// # Errors
/// [`Trouble`] says the first of them.
pub fn refuse_foreign_logins(keys: &Path, ours: Environment) -> Result<(), Trouble> {
    let Some(what) = foreign_logins(keys, ours)?.into_iter().next() else { return Ok(()) };
    Err(Trouble::new(what, Remedy::Person).hint(text!(
        "no money has moved; put the key away and make one of this environment",
        "资金未划转；请移走该密钥，并生成属于本环境的密钥"
    )))
}

/// Whether the journal says that it is of this environment: it does from its first start with a configuration, for
/// ever. One from before that was stated says nothing.
///
/// # Errors
/// [`Trouble`] when it is the journal of the other environment.
pub fn is_of(records: &dyn Records, ours: Environment) -> Result<bool, Trouble> {
    let stated = records.facts_of(super::officers::CONFIG)?.into_iter().find_map(|fact| match fact.event {
        Event::ConfigChanged { environment, .. } => environment,
        _ => None,
    });
    let Some(other) = stated.as_deref().filter(|stated| *stated != ours.word()) else { return Ok(stated.is_some()) };
    let ours = ours.word();
    let what = text!(
        "the journal is of a {other} installation, and `bankferry.toml` says {ours}: its batches are not for \
         {ours}; no money has moved",
        "日志属于 {other} 环境的安装，而 `bankferry.toml` 声明为 {ours} 环境：其中的批次不得用于 {ours}；资金未划转"
    );
    Err(Trouble::new(what, Remedy::Person).hint(text!(
        "write `environment = \"{other}\"` again, and set the other up with `bankferry init` in a folder of its own: \
         test and production are two installations",
        "请改回 `environment = \"{other}\"`，并在另一目录以 `bankferry init` 建立另一环境：测试与生产应为两个独立的安装"
    )))
}

/// Where a party's server is entered, as one word: user, host, port, folders.
pub fn endpoint(party: &Party) -> Option<String> {
    let CarrierSettings::Sftp(sftp) = &party.carrier else { return None };
    let (out, inward) = (&party.template.out.folder, party.template.inward.folders.join(","));
    Some(format!("{}@{}:{} {}/{out} {}/{inward}", sftp.user, sftp.host, sftp.port, sftp.root, sftp.root))
}

/// Whether the journal knows that a party's server is entered at this place in this environment: it is stated at the
/// first contact, and stands for ever.
///
/// # Errors
/// [`Trouble`] when the place was entered in the other environment.
pub fn is_pinned(records: &dyn Records, party: &Party, ours: Environment) -> Result<bool, Trouble> {
    let Some(here) = endpoint(party) else { return Ok(true) };
    let pins = records.facts_of(&party.name)?.into_iter().filter_map(|fact| match fact.event {
        Event::Entered { endpoint, environment } if endpoint == here => Some(environment),
        _ => None,
    });
    let pins: Vec<String> = pins.collect();
    let Some(other) = pins.iter().find(|pinned| *pinned != ours.word()) else { return Ok(!pins.is_empty()) };
    let (name, ours) = (&party.name, ours.word());
    let what = text!(
        "the server of `{name}` (`{here}`) was entered as {other} before, this installation is {ours}; \
         no money has moved",
        "`{name}` 的服务器（`{here}`）此前以 {other} 环境登录，而本安装为 {ours} 环境；资金未划转"
    );
    Err(Trouble::new(what, Remedy::Person).hint(text!(
        "give the party the host, user or folders of this environment; test and production are two installations",
        "请改用本环境的主机、用户或目录；测试与生产应为两个独立的安装"
    )))
}

/// What is said of a batch whose file or message names the other environment.
pub(super) fn look(ours: Environment, file: &str, message_id: Option<&str>) -> Option<Finding> {
    let marks = [Some(file), message_id].into_iter().flatten();
    let mark = marks.into_iter().find(|mark| Environment::named_in(mark).is_some_and(|named| named != ours))?;
    let ours = ours.word();
    let message =
        text!("`{mark}` is not for the {ours} environment of this installation", "`{mark}` 不属于本安装的 {ours} 环境");
    Some(Finding::error("environment", Place::default(), message).hint(text!(
        "drop it at the installation that it is for; if it is for this one, name it without the other's word",
        "请投放到对应环境的安装；若确属本环境，请改用不含另一环境字样的名称"
    )))
}

/// What is said of content that marks itself as the other environment's; see [`marks::environment_of`].
pub(super) fn look_inside(ours: Environment, content: &mut dyn Read) -> std::io::Result<Option<Finding>> {
    let Some((named, mark)) = marks::environment_of(content)?.filter(|(named, _)| *named != ours) else {
        return Ok(None);
    };
    let (named, ours) = (named.word(), ours.word());
    let message = text!(
        "the file marks itself as {named} (`{mark}`), and this installation is {ours}",
        "文件自身标明为 {named} 环境（`{mark}`），而本安装为 {ours} 环境"
    );
    Ok(Some(
        Finding::error("environment", Place::default(), message)
            .hint(text!("give it to the installation that it is for", "请提交到对应环境的安装")),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_the_other_environment_is_refused_both_ways() {
        for (ours, file, id, refused) in [
            (Environment::Production, "pay-test.csv", None, true),
            (Environment::Production, "pay.csv", Some("TEST-0001"), true),
            (Environment::Production, "pay-prod.csv", Some("P-1"), false),
            (Environment::Test, "pay_PROD.xml", None, true),
            (Environment::Test, "pay.xml", Some("PRD/1"), true),
            (Environment::Test, "pay-test.csv", Some("M-1"), false),
        ] {
            assert_eq!(look(ours, file, id).is_some(), refused, "{file}");
        }
    }
}
