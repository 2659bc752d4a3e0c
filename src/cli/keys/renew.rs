//! `bankferry keys renew`: our next key reaches a bank in the file that the bank prescribes.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use crate::cli::desk::Desk;
use crate::cli::person::Person;
use crate::cli::{CliError, Context, Exit, run};
use crate::config::{Environment, Party, Right};
use crate::disk::Sha256Hash;
use crate::journal::{Brings, RenewalStep};
use crate::route::renewal::{KeyFile, NextKey, give, has_reached, key_file};
use crate::route::{Shared, Trouble, wall};
use crate::seal::{Owner, ssh_keys};
use crate::text;
use crate::words::{Remedy, Text};

/// Makes the file that brings a key of ours to a bank, and sends it where that is said
///
/// What the file is called and how it is sealed stands in the bank's template (`[renewal]`). Without `--send` the file
/// goes to standard output and nothing else happens. The present key signs it, unless the template leaves it unsealed;
/// it stays in use until `keys expire`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry keys generate sign                     make the next key
  bankferry keys renew acme 3FA9… > new-key.asc    look at the file that brings it to the bank
  bankferry keys renew acme 3FA9… --send           give it to the bank
  bankferry keys renew acme 3FA9… --activate --send
                                                   tell the bank to use it from now on")]
pub(super) struct Renew {
    /// The bank
    #[arg(value_name = "PARTY")]
    party: String,
    /// Fingerprint of our next OpenPGP key, or the name of our next SSH key
    #[arg(value_name = "KEY")]
    key: String,
    /// The file that says that the bank is to use the key from now on
    #[arg(long)]
    activate: bool,
    /// Give the file to the bank now
    #[arg(long)]
    send: bool,
    /// Send it although it was, or may have been, sent before
    #[arg(long, requires = "send")]
    again: bool,
    /// Who says so [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
}

/// The result as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    party: &'a str,
    brings: Brings,
    fingerprint: &'a str,
    folder: &'a str,
    name: &'a str,
    size: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<RenewalStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a str>,
}

pub(super) fn renew(context: &Context, wanted: &Renew) -> Result<Exit, CliError> {
    let desk = Desk::open(context)?;
    let name = &wanted.party;
    let no_party = || CliError::usage(text!("there is no party `{name}`", "没有名为 `{name}` 的往来方"));
    let party = desk.config.party(name).ok_or_else(no_party)?;
    let shared = desk.shared()?;
    let key = next_key(&desk, &shared, &wanted.key)?;
    let file = key_file(&shared, party, &key, wanted.activate).map_err(|t| run::trouble(&t))?;
    match wanted.send {
        true => send(&desk, &shared, party, &file, wanted),
        false => show(&desk, party, &file),
    }
}

/// The key of ours that a word names; one that may not be used is refused here.
fn next_key(desk: &Desk<'_>, shared: &Shared, word: &str) -> Result<NextKey, CliError> {
    let ours = desk.config.environment;
    let own = shared.keys.list(desk.context.clock().system_time());
    let own = own.into_iter().filter(|key| matches!(key.owner, Owner::Own(_)));
    if let Some(key) = own.into_iter().find(|key| key.fingerprint.eq_ignore_ascii_case(word)) {
        if !key.state.is_usable() {
            let Text { en, zh } = key.state.words();
            return Err(CliError::no(text!("key `{word}` is {en}", "密钥 `{word}` {zh}")));
        }
        of_ours(&key.fingerprint, &key.user_id, ours)?;
        return Ok(NextKey::Certificate(key));
    }
    if let Some(key) = ssh_keys(&desk.config.keys())?.into_iter().find(|key| key.party == word) {
        of_ours(&key.fingerprint, &key.comment, ours)?;
        return Ok(NextKey::Ssh(key));
    }
    Err(CliError::usage(text!(
        "we have neither an OpenPGP key with fingerprint `{word}` nor an SSH key of that name",
        "没有指纹为 `{word}` 的 OpenPGP 密钥，也没有同名的 SSH 密钥"
    ))
    .hint(text!("`bankferry keys list` shows ours", "`bankferry keys list` 可列出我方密钥")))
}

fn of_ours(fingerprint: &str, name: &str, ours: Environment) -> Result<(), CliError> {
    match wall::foreign_name(fingerprint, &[name.to_string()], ours) {
        Some(trouble) => Err(run::trouble(&trouble)),
        None => Ok(()),
    }
}

fn show(desk: &Desk<'_>, party: &Party, file: &KeyFile) -> Result<Exit, CliError> {
    if desk.context.json() {
        tell(party, file, None)?;
        return Ok(Exit::Done);
    }
    let mut out = io::stdout().lock();
    let written = out.write_all(&file.bytes).and_then(|()| out.flush());
    written.map_err(|error| CliError::file(std::path::Path::new("-"), &error))?;
    let (name, folder) = (&file.name, place(file));
    desk.context.talk().say(&text!(
        "`{name}`, for the folder {folder} of the bank; nothing was sent",
        "`{name}`，应放入银行的文件夹 {folder}；未发送"
    ));
    desk.context.talk().hint(&text!("`--send` gives it to the bank", "`--send` 将其发送给银行"));
    Ok(Exit::Done)
}

fn send(desk: &Desk<'_>, shared: &Shared, party: &Party, file: &KeyFile, wanted: &Renew) -> Result<Exit, CliError> {
    let person = Person::of(&desk.config, wanted.who.as_deref())?;
    person.may(&desk.config, Right::Operate)?;
    let mut journal = desk.journal()?;
    let reached = has_reached(&journal, &party.name, &file.fingerprint).map_err(|t| run::trouble(&t))?;
    if file.brings == Brings::Activation && !reached {
        desk.context.talk().warning(&text!(
            "the journal knows of no file that brought this key to the bank",
            "日志中没有将该密钥送达银行的文件"
        ));
    }
    let fact = give(shared, &mut journal, party, file, &person.name, wanted.again).map_err(refused)?;
    if desk.context.json() {
        tell(party, file, Some((fact.step, &fact.seen.evidence)))?;
    }
    let (name, Text { en, zh }) = (&fact.name, fact.seen.text());
    desk.context.talk().say(&text!("the bank has `{name}`: {en}", "银行已有 `{name}`：{zh}"));
    desk.context.talk().hint(&next_step(file));
    Ok(Exit::Done)
}

/// The bank has it already, or may not get it now: the answer is no, and the call was right.
fn refused(trouble: Trouble) -> CliError {
    match trouble.remedy {
        Remedy::Person => trouble.hints.into_iter().fold(CliError::no(trouble.what), CliError::hint),
        Remedy::Wait | Remedy::Unknown => run::trouble(&trouble),
    }
}

/// What a person does once the bank has the file.
fn next_step(file: &KeyFile) -> Text {
    match file.brings {
        Brings::Certificate => text!(
            "wait for the bank's word; then `--activate` where it asks for that, and `bankferry keys expire OLD`",
            "等待银行确认；如银行要求则执行 `--activate`，然后 `bankferry keys expire 旧指纹`"
        ),
        Brings::SshKey => text!(
            "wait for the bank's word; then name the new key as `key_file` in `bankferry.toml`",
            "等待银行确认；然后在 `bankferry.toml` 的 `key_file` 中指定新密钥"
        ),
        Brings::Activation => text!(
            "once the bank says that the key is in use: `bankferry keys expire OLD`, so that the new one signs",
            "银行确认启用后：`bankferry keys expire 旧指纹`，此后由新密钥签名"
        ),
    }
}

fn place(file: &KeyFile) -> String {
    if file.folder.is_empty() { "/".to_string() } else { format!("`{}`", file.folder) }
}

fn tell(party: &Party, file: &KeyFile, known: Option<(RenewalStep, &str)>) -> Result<(), CliError> {
    super::json_line(&Told {
        party: &party.name,
        brings: file.brings,
        fingerprint: &file.fingerprint,
        folder: &file.folder,
        name: &file.name,
        size: file.bytes.len(),
        sha256: Sha256Hash::of(&file.bytes).to_string(),
        signer: file.signer.as_deref(),
        step: known.map(|(step, _)| step),
        evidence: known.map(|(_, evidence)| evidence),
    })
}
