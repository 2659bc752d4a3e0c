//! `bankferry keys`: the OpenPGP and SSH keys of this installation.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{CliError, Context, Exit, Run};
use crate::config::{Config, ConfigError, Environment};
use crate::document::Date;
use crate::route::inventory::{Credential, credentials_in, endings};
use crate::route::wall;
use crate::seal::{
    Algorithm, KeyError, KeyInfo, Keys, Owner, Policy, Rehearsed, Role, SshKey, generate_ssh, names_in, ssh_keys,
};
use crate::text;
use crate::words::Text;
use crate::words::library::carried;

mod renew;
mod row;

use renew::{Renew, renew};
use row::{Row, table};

/// Lists, makes, takes in and gives out the keys of this installation
///
/// Our own keys have a role: `sign` signs what we send, `decrypt` reads what we receive, `both` does both for
/// banks that take one key only, `audit` signs the journal's checkpoints.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry keys generate sign > ours.asc         make a key; the certificate is for the bank
  bankferry keys generate --ssh acme              make the SSH key for the bank's server
  bankferry keys import acme acme-2027.asc        take in the bank's next certificate
  bankferry keys import --own both company.pgp    take over a key that the bank knows already
  bankferry keys expire                           what ends within 90 days
  bankferry keys renew acme FINGERPRINT --send    give the bank our next key, in the file that it prescribes")]
pub struct KeysCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows all keys: whose, what for, fingerprint, until when
    List {
        /// Only the keys of this party
        #[arg(value_name = "PARTY")]
        party: Option<String>,
    },
    /// Makes a key pair of ours and prints its public half
    Generate(Generate),
    /// Takes in a party's certificates, or a secret key of ours
    Import(Import),
    /// Prints a certificate, or the public half of an SSH key
    Export(Export),
    /// Shows what ends within 90 days, or takes a key out of use now
    Expire {
        /// The key to take out of use; ours still reads old files
        #[arg(value_name = "FINGERPRINT")]
        fingerprint: Option<String>,
    },
    /// Tries every usable key of a party and ours, the next ones too; sends nothing
    Rehearse {
        /// The party
        #[arg(value_name = "PARTY")]
        party: String,
    },
    Renew(Renew),
}

#[derive(Debug, Args)]
struct Generate {
    /// What the key is for: `sign`, `decrypt`, `both` or `audit`
    #[arg(value_name = "ROLE", value_parser = role, required_unless_present = "ssh", conflicts_with = "ssh")]
    role: Option<Role>,
    /// Make the SSH key pair for this party instead
    #[arg(long, value_name = "PARTY")]
    ssh: Option<String>,
    /// Algorithm: `curve25519`, `rsa-3072` or `rsa-4096`
    #[arg(long, value_name = "NAME", value_parser = algorithm, default_value = "curve25519")]
    algorithm: Algorithm,
    /// Days until it expires; banks usually accept up to two years
    #[arg(long, value_name = "DAYS", default_value_t = 730, conflicts_with = "ssh")]
    days: u32,
    /// The name inside the certificate, such as your company's
    #[arg(long, value_name = "TEXT", default_value = "bankferry", conflicts_with = "ssh")]
    user_id: String,
}

#[derive(Debug, Args)]
struct Import {
    /// Take in a secret key of ours for this role; then only FILE is given
    #[arg(long, value_name = "ROLE", value_parser = role)]
    own: Option<Role>,
    /// Whose certificates they are, and the file, armored or binary; `-` is standard input
    #[arg(value_names = ["PARTY", "FILE"], num_args = 1..=2, required = true)]
    operands: Vec<String>,
}

#[derive(Debug, Args)]
struct Export {
    /// A role of ours, for its newest usable key, or any key's fingerprint
    #[arg(value_name = "ROLE|FINGERPRINT", required_unless_present = "ssh", conflicts_with = "ssh")]
    which: Option<String>,
    /// The SSH key for this party
    #[arg(long, value_name = "PARTY")]
    ssh: Option<String>,
}

impl Run for KeysCommand {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let room = Room { context, dir: context.dir().join("state").join("keys"), at: context.clock().system_time() };
        match &self.action {
            Action::List { party } => room.list(party.as_deref()),
            Action::Generate(generate) => room.generate(generate),
            Action::Import(import) => room.import(import),
            Action::Export(export) => room.export(export),
            Action::Expire { fingerprint: None } => room.ending(),
            Action::Expire { fingerprint: Some(fingerprint) } => room.retire(fingerprint),
            Action::Rehearse { party } => room.rehearse(party),
            Action::Renew(wanted) => renew(context, wanted),
        }
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> CliError {
        CliError::explained(&error)
    }
}

/// Where the keys are, and the hour.
struct Room<'a> {
    context: &'a Context,
    dir: PathBuf,
    at: SystemTime,
}

impl Room<'_> {
    fn keys(&self) -> Result<Keys, CliError> {
        Ok(Keys::open(&self.dir)?)
    }

    /// The configuration; keys may be made before there is one.
    fn config(&self) -> Option<Config> {
        Config::load(self.context.dir()).ok()
    }

    /// How files are protected for a party: by its template, else as most banks want it.
    fn policy(&self, party: &str) -> Policy {
        let policy = self.config().and_then(|config| config.party(party).map(|party| party.template.seal.clone()));
        policy.filter(Policy::seals).unwrap_or_default()
    }

    /// Today, at the installation's place.
    fn day(&self) -> Date {
        let zone = self.config().and_then(|config| jiff::tz::TimeZone::get(&config.time_zone).ok());
        zone.unwrap_or(jiff::tz::TimeZone::UTC).to_datetime(self.context.clock().now()).date()
    }

    fn credentials(&self) -> Result<Vec<Credential>, CliError> {
        Ok(credentials_in(&self.dir, self.config().as_ref(), self.day())?)
    }

    fn list(&self, party: Option<&str>) -> Result<Exit, CliError> {
        let keys = self.keys()?.list(self.at);
        let others = self.credentials()?;
        let pgp = keys.iter().map(|key| Row::of_pgp(key, &keys));
        let all: Vec<Row> = pgp.chain(others.iter().map(Row::of_credential)).collect();
        let rows: Vec<Row> = all.into_iter().filter(|row| party.is_none_or(|party| row.party == Some(party))).collect();
        self.show(&rows)?;
        if rows.is_empty() {
            self.say(text!("there are no keys yet", "还没有密钥"));
            self.context.talk().hint(&text!(
                "`bankferry keys generate sign` makes the first one",
                "`bankferry keys generate sign` 可生成第一个密钥"
            ));
        }
        Ok(Exit::Done)
    }

    fn generate(&self, wanted: &Generate) -> Result<Exit, CliError> {
        match (&wanted.ssh, wanted.role) {
            (Some(party), _) => self.generate_ssh(party, wanted.algorithm),
            (None, Some(role)) => self.generate_pgp(role, wanted),
            (None, None) => Err(nothing_named()),
        }
    }

    fn generate_ssh(&self, party: &str, algorithm: Algorithm) -> Result<Exit, CliError> {
        // Keys may be made before there is a configuration; then they are for practice.
        let environment = self.environment()?.unwrap_or(Environment::Test);
        let key = generate_ssh(&self.dir, party, environment.word(), algorithm)?;
        let fingerprint = &key.fingerprint;
        self.say(text!("SSH key `{fingerprint}` for `{party}`", "用于 `{party}` 的 SSH 密钥 `{fingerprint}`"));
        self.context.talk().hint(&text!(
            "give the printed line to `{party}` as the public key of your user there",
            "请将输出的这一行作为登录公钥交给 `{party}`"
        ));
        self.public_ssh(&key)
    }

    fn generate_pgp(&self, role: Role, wanted: &Generate) -> Result<Exit, CliError> {
        let mut keys = self.keys()?;
        let made = keys.generate(role, &wanted.user_id, wanted.algorithm, wanted.days, self.at)?;
        self.made(&made);
        if self.context.json() {
            self.show(&[Row::of_pgp(&made, &[])])?;
        } else {
            print(&keys.export_fingerprint(&made.fingerprint)?)?;
        }
        Ok(Exit::Done)
    }

    fn public_ssh(&self, key: &SshKey) -> Result<Exit, CliError> {
        if self.context.json() {
            let all = self.credentials()?;
            let made: Vec<Row> =
                all.iter().filter(|one| one.fingerprint == key.fingerprint).map(Row::of_credential).collect();
            self.show(&made)?;
        } else {
            print(&format!("{}\n", key.public))?;
        }
        Ok(Exit::Done)
    }

    /// Says what was made and what a person has to do before it may be used.
    fn made(&self, key: &KeyInfo) {
        let (owner, fingerprint) = (key.owner.words(), &key.fingerprint);
        let (en, zh) = (owner.en, owner.zh);
        self.say(text!("key `{fingerprint}` ({en})", "密钥 `{fingerprint}`（{zh}）"));
        if !matches!(key.owner, Owner::Own(Role::Audit)) {
            self.context.talk().hint(&text!(
                "send the certificate to the bank, and read the fingerprint to it by telephone",
                "请将证书发送给银行，并通过电话与银行核对指纹"
            ));
        }
    }

    fn import(&self, wanted: &Import) -> Result<Exit, CliError> {
        let mut keys = self.keys()?;
        let taken = match (wanted.operands.as_slice(), wanted.own) {
            ([party, file], None) => {
                let certificate = self.of_ours(read(Path::new(file))?)?;
                keys.import_party_under(&self.policy(party), party, &certificate, self.at)?
            }
            ([file], Some(role)) => vec![keys.import_own(role, &self.of_ours(read(Path::new(file))?)?, self.at)?],
            _ => return Err(CliError::usage(import_usage())),
        };
        let all = keys.list(self.at);
        self.show(&taken.iter().map(|key| Row::of_pgp(key, &all)).collect::<Vec<_>>())?;
        for key in taken.iter().filter(|key| !key.state.is_usable()) {
            let (fingerprint, state) = (&key.fingerprint, key.state.words());
            let (en, zh) = (state.en, state.zh);
            self.context.talk().warning(&text!("key `{fingerprint}` is {en}", "密钥 `{fingerprint}` {zh}"));
        }
        self.context.talk().hint(&text!(
            "compare the fingerprint with its owner by telephone before you rely on it",
            "使用前请通过电话与对方核对指纹"
        ));
        Ok(Exit::Done)
    }

    /// The installation's environment, where there is a configuration.
    fn environment(&self) -> Result<Option<Environment>, CliError> {
        match Config::load(self.context.dir()) {
            Ok(config) => Ok(Some(config.environment)),
            Err(ConfigError::Missing(_)) => Ok(None),
            Err(error) => Err(CliError::explained(&error)),
        }
    }

    /// A key's bytes, unless a name in it says that it is of the other environment.
    fn of_ours(&self, bytes: Vec<u8>) -> Result<Vec<u8>, CliError> {
        let Some(ours) = self.environment()? else { return Ok(bytes) };
        for (fingerprint, names) in names_in(&bytes)? {
            if let Some(trouble) = wall::foreign_name(&fingerprint, &names, ours) {
                let refused = CliError::no(trouble.what);
                return Err(trouble.hints.into_iter().fold(refused, CliError::hint));
            }
        }
        Ok(bytes)
    }

    fn export(&self, wanted: &Export) -> Result<Exit, CliError> {
        if let Some(party) = &wanted.ssh {
            let missing = || text!("there is no SSH key for `{party}`", "没有用于 `{party}` 的 SSH 密钥");
            let key = ssh_keys(&self.dir)?.into_iter().find(|key| key.party == *party);
            return self.public_ssh(&key.ok_or_else(|| CliError::usage(missing()))?);
        }
        let Some(which) = &wanted.which else { return Err(nothing_named()) };
        let keys = self.keys()?;
        print(&match Role::of_name(which) {
            Some(role) => keys.export(role, self.at)?,
            None => keys.export_fingerprint(which)?,
        })?;
        Ok(Exit::Done)
    }

    /// What ends soon; the answer is no where something that has ended was not replaced.
    fn ending(&self) -> Result<Exit, CliError> {
        let (keys, others, day) = (self.keys()?, self.credentials()?, self.day());
        let (all, alarms, endings) = (keys.list(self.at), keys.alarms(self.at), endings(&others, day));
        let pgp = alarms.iter().map(|alarm| Row::of_pgp(&alarm.key, &all));
        let rows: Vec<Row> = pgp.chain(endings.iter().map(|ending| Row::of_credential(&ending.credential))).collect();
        self.show(&rows)?;
        if rows.is_empty() {
            self.say(text!("no key ends within 90 days", "90 天内没有密钥到期"));
        }
        for alarm in alarms.iter().filter(|alarm| !alarm.replaced) {
            self.context.talk().warning(&alarm.words());
        }
        for ending in endings.iter().filter(|ending| !ending.replaced) {
            self.context.talk().warning(&ending.words());
        }
        let ended = alarms.iter().any(|alarm| alarm.mark == 0 && !alarm.replaced)
            || endings.iter().any(|ending| ending.mark == 0 && !ending.replaced);
        Ok(if ended { Exit::No } else { Exit::Done })
    }

    fn retire(&self, fingerprint: &str) -> Result<Exit, CliError> {
        self.keys()?.retire(fingerprint, self.at)?;
        self.say(text!("key `{fingerprint}` is out of use from now on", "密钥 `{fingerprint}` 即刻停用"));
        Ok(Exit::Done)
    }

    fn rehearse(&self, party: &str) -> Result<Exit, CliError> {
        let keys = self.keys()?;
        if !keys.parties().any(|known| known == party) {
            return Err(KeyError::Missing { owner: Owner::Party(party.to_owned()) }.into());
        }
        let tried = keys.rehearse(&self.policy(party), party, self.at);
        if self.context.json() {
            tried.iter().try_for_each(json_line)?;
        }
        tried.iter().for_each(|one| self.rehearsed(one));
        let theirs = tried.iter().any(|one| matches!(one.owner, Owner::Party(_)));
        let all = tried.iter().all(|one| one.failure.is_none());
        Ok(if all && theirs { Exit::Done } else { Exit::No })
    }

    fn rehearsed(&self, one: &Rehearsed) {
        let (whose, fingerprint) = (one.owner.words(), &one.fingerprint);
        match &one.failure {
            None => {
                let Text { en, zh } = whose;
                self.say(text!("key `{fingerprint}` ({en}) works", "密钥 `{fingerprint}`（{zh}）可用"));
            }
            Some(why) => {
                let (en, zh) =
                    (format!("({}) fails: {}", whose.en, why.en), format!("（{}）不可用：{}", whose.zh, why.zh));
                self.context.talk().error(&text!("key `{fingerprint}` {en}", "密钥 `{fingerprint}`{zh}"));
            }
        }
    }

    fn say(&self, words: Text) {
        self.context.talk().say(&words);
    }

    /// Prints rows as a table, or one JSON object a line.
    fn show(&self, rows: &[Row<'_>]) -> Result<(), CliError> {
        if self.context.json() {
            return rows.iter().try_for_each(json_line);
        }
        if rows.is_empty() {
            return Ok(());
        }
        print(&table(rows, self.context.lang()))
    }
}

/// All bytes of a key file; standard input for `-`. Certificates are small.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    const MOST: u64 = 4 << 20;
    let mut bytes = Vec::new();
    let result = match path == Path::new("-") {
        true => io::stdin().lock().take(MOST).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)),
    };
    result.map(|_| bytes).map_err(|error| CliError::file(path, &error))
}

fn print(data: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let written = out.write_all(data.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| CliError::file(Path::new("-"), &error))
}

fn json_line(value: &impl Serialize) -> Result<(), CliError> {
    let line = serde_json::to_string(value).map_err(|e| CliError::outside(Text::same(e.to_string())))?;
    print(&format!("{line}\n"))
}

/// The command line's definition asks for one of them already.
fn nothing_named() -> CliError {
    CliError::usage(text!("name a role, a fingerprint or `--ssh PARTY`", "请指定角色、指纹或 `--ssh PARTY`"))
}

fn import_usage() -> Text {
    text!(
        "say `bankferry keys import PARTY FILE`, or `bankferry keys import --own ROLE FILE`",
        "用法：`bankferry keys import PARTY FILE`，或 `bankferry keys import --own ROLE FILE`"
    )
}

fn role(name: &str) -> Result<Role, String> {
    Role::of_name(name).ok_or_else(|| {
        carried(text!("use `sign`, `decrypt`, `both` or `audit`", "可用的有 `sign`、`decrypt`、`both`、`audit`"))
    })
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    match name.to_ascii_lowercase().as_str() {
        "curve25519" | "ed25519" => Ok(Algorithm::Curve25519),
        "rsa-3072" | "rsa3072" => Ok(Algorithm::Rsa3072),
        "rsa-4096" | "rsa4096" => Ok(Algorithm::Rsa4096),
        _ => Err(carried(text!(
            "use `curve25519`, `rsa-3072` or `rsa-4096`",
            "可用的有 `curve25519`、`rsa-3072`、`rsa-4096`"
        ))),
    }
}
