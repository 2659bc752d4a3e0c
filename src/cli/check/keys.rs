//! Whether every key that the parties' seal policies and logins need is there and usable.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Notes;
use crate::cli::CliError;
use crate::cli::desk::Desk;
use crate::config::{CarrierSettings, Environment, Party};
use crate::route::inventory::{Ending, credentials, endings};
use crate::route::{renewal, wall};
use crate::seal::{Alarm, KeyInfo, Keys, Owner, Role, Use};
use crate::text;
use crate::words::Text;

const AREA: &str = "keys";

pub(super) fn check(desk: &Desk<'_>, notes: &mut Notes) -> Result<(), CliError> {
    let keys = match Keys::open(&desk.config.keys()) {
        Ok(keys) => keys,
        Err(error) => {
            notes.explained(AREA, &error);
            return Ok(());
        }
    };
    let at = desk.context.clock().system_time();
    let all = keys.list(at);
    for party in &desk.config.parties {
        sealed(&all, party, notes);
        renewed(party, notes);
        plain(desk.config.environment, party, notes);
        if let CarrierSettings::Sftp(settings) = &party.carrier {
            login(party, settings, notes);
        }
    }
    foreign(desk, &keys, notes)?;
    audit(&all, notes);
    let mut ends: Vec<Text> = keys.alarms(at).iter().filter(|a| !a.replaced).map(Alarm::words).collect();
    let day = desk.day(desk.now());
    match credentials(&desk.config, day) {
        Ok(all) => ends.extend(endings(&all, day).iter().filter(|ending| !ending.replaced).map(Ending::words)),
        Err(error) => notes.explained(AREA, &error),
    }
    for what in ends {
        let hint = text!(
            "make or ask for the next one in time: `bankferry keys --help`",
            "请及时制作或索取新密钥：`bankferry keys --help`"
        );
        notes.warning(AREA, what, hint);
    }
    Ok(())
}

/// In production a bank's files that nothing protects on their way are worth a word.
fn plain(environment: Environment, party: &Party, notes: &mut Notes) {
    if environment != Environment::Production || !party.is_bank() || party.template.seal.seals() {
        return;
    }
    let name = &party.name;
    notes.warning(
        AREA,
        text!(
            "files for `{name}` leave neither signed nor encrypted, and its own are taken unsigned: who can write \
             into a folder on the way can change a payee or forge an answer",
            "发往 `{name}` 的文件既不签名也不加密，其文件也不验签：途中目录的任何写入者均可篡改收款人或伪造应答"
        ),
        text!(
            "agree on OpenPGP with `{name}` and set `seal = {{ sign = true, encrypt = true }}`; else guard the folders",
            "请与 `{name}` 商定 OpenPGP 并设置 `seal = {{ sign = true, encrypt = true }}`；否则须严控相关目录"
        ),
    );
}

/// A journal, and keys whose names say that they are, of the other environment.
fn foreign(desk: &Desk<'_>, keys: &Keys, notes: &mut Notes) -> Result<(), CliError> {
    let ours = desk.config.environment;
    // Whether there is a journal that can be read is said elsewhere in the report.
    let known = desk.records_so_far().unwrap_or_default();
    if let Some(Err(trouble)) = known.map(|records| wall::is_of(&records, ours)) {
        let hint = trouble.hints.into_iter().next().unwrap_or_default();
        notes.error(AREA, trouble.what, hint);
    }
    for what in wall::foreign_logins(&desk.config.keys(), ours).unwrap_or_default() {
        let hint = text!("put the key away and make one of this environment", "请移走该密钥，并生成属于本环境的密钥");
        notes.error(AREA, what, hint);
    }
    for key in wall::foreign_keys(keys, ours, desk.context.clock().system_time()) {
        let (fingerprint, name, ours) = (&key.fingerprint, &key.user_id, ours.word());
        notes.error(
            AREA,
            text!(
                "key `{fingerprint}` of `{name}` is not for the {ours} environment",
                "密钥 `{fingerprint}`（`{name}`）不属于 {ours} 环境"
            ),
            text!(
                "take it out of use: `bankferry keys expire {fingerprint}`",
                "请停用：`bankferry keys expire {fingerprint}`"
            ),
        );
    }
    Ok(())
}

/// What files to and from a party need.
fn sealed(all: &[KeyInfo], party: &Party, notes: &mut Notes) {
    let (policy, name) = (&party.template.seal, &party.name);
    let own = |role: Role, for_use: Use| {
        let fits = |key: &&KeyInfo| matches!(key.owner, Owner::Own(r) if r == role || r == Role::Both);
        all.iter().filter(fits).any(|key| key.state.is_usable() && key.uses.contains(&for_use))
    };
    let theirs = |for_use: Use| {
        let fits = |key: &&KeyInfo| key.owner == Owner::Party(name.clone());
        all.iter().filter(fits).any(|key| key.state.is_usable() && key.uses.contains(&for_use))
    };
    let generate = |role: &str| {
        text!(
            "make one with `bankferry keys generate {role}` and give the certificate to `{name}`",
            "用 `bankferry keys generate {role}` 生成，并将证书交给 `{name}`"
        )
    };
    let import =
        || text!("take it in with `bankferry keys import {name} FILE`", "用 `bankferry keys import {name} FILE` 导入");
    let before = notes.0.len();
    if policy.sign && !own(Role::Sign, Use::Sign) {
        let what =
            text!("there is no usable key of ours to sign files for `{name}`", "没有可用于为 `{name}` 签名的本方密钥");
        notes.error(AREA, what, generate("sign"));
    }
    if policy.encrypt && !own(Role::Decrypt, Use::Encrypt) {
        let what = text!(
            "there is no usable key of ours to decrypt files of `{name}`",
            "没有可用于解密 `{name}` 文件的本方密钥"
        );
        notes.error(AREA, what, generate("decrypt"));
    }
    if policy.sign && !theirs(Use::Sign) {
        let what = text!(
            "there is no usable certificate of `{name}` to verify its signatures",
            "没有可用于验证 `{name}` 签名的对方证书"
        );
        notes.error(AREA, what, import());
    }
    if policy.encrypt && !theirs(Use::Encrypt) {
        let what = text!(
            "there is no usable certificate to encrypt files for `{name}`",
            "没有可用于为 `{name}` 加密的对方证书"
        );
        notes.error(AREA, what, import());
    }
    for pinned in [&policy.own_key, &policy.party_key].into_iter().flatten() {
        let wanted: String = pinned.chars().filter(|c| !c.is_whitespace()).collect();
        let known = all.iter().find(|key| key.fingerprint.eq_ignore_ascii_case(&wanted));
        if !known.is_some_and(|key| key.state.is_usable()) {
            let what = text!(
                "the key `{pinned}` that the policy for `{name}` names is not usable",
                "`{name}` 策略指定的密钥 `{pinned}` 不可用"
            );
            notes.error(
                AREA,
                what,
                text!("`bankferry keys list` shows what there is", "`bankferry keys list` 可查看现有密钥"),
            );
        }
    }
    if policy.seals() && notes.0.len() == before {
        notes.fine(AREA, text!("all keys for `{name}` are there", "`{name}` 所需密钥齐备"));
    }
}

/// What the files about our next keys lack.
fn renewed(party: &Party, notes: &mut Notes) {
    let name = &party.name;
    if let Some(Text { en, zh }) = renewal::gap(&party.template.renewal) {
        notes.warning(
            AREA,
            text!("`{name}`: {en}", "`{name}`：{zh}"),
            text!(
                "its words are in the bank's paper; `bankferry keys renew` needs them",
                "内容见银行文档；`bankferry keys renew` 需要它"
            ),
        );
    }
}

/// What the login at a party's server needs.
fn login(party: &Party, settings: &crate::carrier::sftp::SftpSettings, notes: &mut Notes) {
    let name = &party.name;
    let secrets = [&settings.key_file, &settings.key_passphrase_file, &settings.password_file];
    for file in secrets.into_iter().flatten() {
        secret(name, file, notes);
    }
    if settings.key_file.is_none() && settings.password_file.is_none() {
        notes.error(
            AREA,
            text!("there is neither a key nor a password for the login at `{name}`", "登录 `{name}` 既无密钥也无密码"),
            text!(
                "make a key with `bankferry keys generate --ssh {name}` and name it as `key_file`",
                "用 `bankferry keys generate --ssh {name}` 生成密钥，并在 `key_file` 中指定"
            ),
        );
    }
    if settings.host_keys.is_empty() && settings.known_hosts.is_none() {
        notes.error(
            AREA,
            text!(
                "no host key of `{name}` is pinned, so nothing connects to it",
                "未固定 `{name}` 的主机密钥，因此无法连接"
            ),
            text!(
                "write the fingerprint from the bank's paper into `host_keys`",
                "请将银行文件中的指纹写入 `host_keys`"
            ),
        );
    }
}

/// A file that nobody else may read.
fn secret(party: &str, file: &Path, notes: &mut Notes) {
    let shown = file.display();
    match std::fs::metadata(file) {
        Err(error) => notes.error(
            AREA,
            text!("`{shown}` for `{party}` cannot be read", "无法读取 `{party}` 的 `{shown}`").because(&error),
            text!(
                "put the file there, or correct its path in `bankferry.toml`",
                "请放置该文件，或更正 `bankferry.toml` 中的路径"
            ),
        ),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            let mode = found.permissions().mode() & 0o7777;
            notes.error(
                AREA,
                text!(
                    "others may read the secret `{shown}` (rights {mode:o})",
                    "他人可读取机密文件 `{shown}`（权限 {mode:o}）"
                ),
                text!("`chmod 600 {shown}`", "`chmod 600 {shown}`"),
            );
        }
        Ok(_) => {}
    }
}

/// The key that signs checkpoints.
fn audit(all: &[KeyInfo], notes: &mut Notes) {
    let is_usable = |key: &&KeyInfo| key.owner == Owner::Own(Role::Audit) && key.state.is_usable();
    if all.iter().find(is_usable).is_some() {
        return notes.fine(AREA, text!("checkpoints of the journal are signed", "日志检查点有签名"));
    }
    notes.warning(
        AREA,
        text!(
            "there is no usable audit key: no checkpoint of the journal is signed, and a cut-off end would not be seen",
            "没有可用的审计密钥：日志检查点不会签名，末尾被截断时无法发现"
        ),
        text!(
            "make one with `bankferry keys generate audit` and keep its certificate elsewhere",
            "用 `bankferry keys generate audit` 生成，并将证书另行保管"
        ),
    );
}
