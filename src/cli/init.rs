//! `bankferry init`: a new installation.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, Context, Exit, Run};
use crate::config::{Config, FILE};
use crate::disk;
use crate::seal::{Algorithm, Keys, Role};
use crate::template::built_in;
use crate::text;

/// What a new installation says: one ERP that drops CSV files, and a bank to be filled in.
const SAMPLE: &str = include_str!("init/bankferry.toml");

/// Makes a new installation: `bankferry.toml`, folders, and keys where asked for
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry init /srv/bankferry
  bankferry init --keys --name acme-treasury /srv/bankferry")]
pub struct Init {
    /// Name of the installation; it begins every message id
    #[arg(long, value_name = "NAME", default_value = "ferry")]
    name: String,
    /// Make our OpenPGP keys too: for signing, decrypting and checkpoints
    #[arg(long)]
    keys: bool,
    /// The folder; made where it is missing
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Run for Init {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let root = self.folder.as_deref().unwrap_or(context.dir());
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            let name = &self.name;
            return Err(CliError::usage(text!(
                "`{name}` cannot be the installation's name: letters, digits and `-` only",
                "`{name}` 不能作为安装名称：仅限字母、数字和 `-`"
            )));
        }
        make(root, &SAMPLE.replace("@NAME@", &self.name)).map_err(|e| CliError::explained(&e))?;
        let config = Config::load(root).map_err(|e| CliError::explained(&e))?;
        make_folders(&config).map_err(|e| CliError::explained(&e))?;
        if self.keys {
            make_keys(&config, context.clock().system_time()).map_err(|e| CliError::explained(&e))?;
        }
        let shown = root.display();
        let talk = context.talk();
        talk.say(&text!("a new installation is in `{shown}`", "已在 `{shown}` 建立新的安装"));
        talk.hint(&text!(
            "fill in `{shown}/bankferry.toml`, then run `bankferry check --dir {shown}`",
            "请填写 `{shown}/bankferry.toml`，然后运行 `bankferry check --dir {shown}`"
        ));
        Ok(Exit::Done)
    }
}

/// Makes the folder and its configuration; a configuration that is there stays as it is.
pub(super) fn make(root: &Path, config: &str) -> Result<(), disk::DiskError> {
    disk::ensure_folder(root, 0o750)?;
    disk::write_new_with(root, FILE, 0o640, |out| out.write_all(config.as_bytes()))?;
    let templates = root.join("templates");
    disk::ensure_folder(&templates, 0o750)?;
    for (name, source) in built_in() {
        disk::write_new_with(&templates, &format!("{name}.toml"), 0o640, |out| out.write_all(source.as_bytes()))?;
    }
    Ok(())
}

/// Makes the folders of a configuration's parties.
pub(super) fn make_folders(config: &Config) -> Result<(), disk::DiskError> {
    for party in &config.parties {
        if matches!(party.carrier, crate::config::CarrierSettings::Folder) {
            disk::ensure_folder(&config.inbox(&party.name), 0o770)?;
            disk::ensure_folder(&config.outbox(&party.name), 0o770)?;
        }
    }
    disk::ensure_folder(&config.archive(), 0o750)?;
    for private in [config.state(), config.keys()] {
        disk::ensure_folder(&private, 0o700)?;
    }
    Ok(())
}

/// Makes our own keys: one that signs and decrypts for banks, one that signs checkpoints.
pub(super) fn make_keys(config: &Config, at: std::time::SystemTime) -> Result<(), crate::seal::KeyError> {
    let mut keys = Keys::open(&config.keys())?;
    for role in [Role::Both, Role::Audit] {
        let user_id = format!("{} ({})", config.name, config.environment.word());
        keys.generate(role, &user_id, Algorithm::default(), 730, at)?;
    }
    Ok(())
}
