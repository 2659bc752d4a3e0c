//! A throw-away installation with a practice bank on this machine: for the demo and for tests.

mod script;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::init;
use crate::config::{Config, ConfigError};
use crate::disk::{self, DiskError};
use crate::sandbox::bank::{Bank, BankError, BankEvent, Settings};
use crate::sandbox::server::{Running, SandboxServer, SandboxUser, ServerError, ServerSettings};
use crate::seal::{Algorithm, KeyError, Keys, Role, generate_ssh};
use crate::text;
use crate::words::library::sentence;
use crate::words::{Explain, Remedy, Text};

pub use script::Script;

/// The account that the practice ERP pays from.
pub const ACCOUNT: &str = "DE89370400440532013000";

/// The configuration of the practice installation.
const CONFIG: &str = include_str!("demo/bankferry.toml");

/// An installation and its bank.
pub struct Practice {
    /// The installation's folder.
    pub root: PathBuf,
    /// The bank's brain.
    pub bank: Bank,
    /// The bank's server.
    pub server: Running,
}

/// Why a practice installation cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The configuration that was written.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bank's template has no payments.
    #[error("the template `{0}` takes no payments")]
    NoPayments(String),
    /// There is no example to play.
    #[error("the template `{0}` has no example of payments")]
    NoExample(String),
    /// The bank.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The bank's server.
    #[error(transparent)]
    Server(#[from] ServerError),
}

impl PracticeError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            PracticeError::Disk(e) => Some(e),
            PracticeError::Key(e) => Some(e),
            PracticeError::Config(e) => Some(e),
            PracticeError::Bank(e) => Some(e),
            PracticeError::Server(e) => Some(e),
            PracticeError::NoPayments(_) | PracticeError::NoExample(_) => None,
        }
    }
}

impl Explain for PracticeError {
    fn what(&self) -> Text {
        match self {
            PracticeError::NoPayments(name) => {
                text!("the template `{name}` takes no payments", "模板 `{name}` 不接收付款文件")
            }
            PracticeError::NoExample(name) => {
                text!("the template `{name}` has no example of payments", "模板 `{name}` 没有付款示例")
            }
            other => other.inner().map(Explain::what).unwrap_or_default(),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            PracticeError::NoPayments(_) => vec![text!(
                "`bankferry spec BANK` shows what a bank's template has",
                "可用 `bankferry spec BANK` 查看该银行模板的内容"
            )],
            PracticeError::NoExample(name) => vec![text!(
                "put one into `templates/examples/{name}/payments.txt`",
                "请放入 `templates/examples/{name}/payments.txt`"
            )],
            other => other.inner().map(Explain::hints).unwrap_or_default(),
        }
    }

    fn remedy(&self) -> Remedy {
        self.inner().map_or(Remedy::Person, Explain::remedy)
    }
}

/// What may differ between practice installations.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// More lines for the ERP's party in `bankferry.toml`.
    pub erp: String,
    /// More lines for the bank's party.
    pub bank: String,
    /// Settings of the bank, TOML; what they do not say is the demo's.
    pub settings: Option<String>,
    /// What is played, with which bank; without it, the demo's own with a bank of ISO 20022.
    pub script: Option<Script>,
    /// Whether the server offers `posix-rename@openssh.com`.
    pub plain_rename: bool,
}

impl Options {
    fn bank_settings(&self) -> Result<Settings, PracticeError> {
        if let (Some(script), None) = (&self.script, &self.settings) {
            return Ok(script.settings.clone());
        }
        let text = self.settings.as_deref().unwrap_or(include_str!("demo/bank.toml"));
        Ok(Settings::parse(text).map_err(|e| ConfigError::Wrong(sentence(&e, text)))?)
    }

    /// The bank's template, the account that is paid from, and when a second person must look.
    fn party(&self) -> (&str, &str, &str) {
        match &self.script {
            Some(script) => (&script.template.name, &script.account, "always = true"),
            None => ("iso20022-bank", ACCOUNT, "always = false, over = { EUR = \"5000.00\" }"),
        }
    }
}

impl Practice {
    /// Makes installation, bank, keys of both sides and server below `dir`, as of `now`.
    ///
    /// # Errors
    /// [`PracticeError`].
    pub fn make(dir: &Path, now: Timestamp, options: &Options) -> Result<Practice, PracticeError> {
        let root = dir.join("installation");
        let at_bank = dir.join("bank");
        disk::ensure_folder(&at_bank, 0o700)?;
        let settings = options.bank_settings()?;
        let mut bank = Bank::new(settings.under(&at_bank))?;
        disk::ensure_folder(&root.join("state/keys"), 0o700)?;
        let keys = root.join("state/keys");
        let ssh = generate_ssh(&keys, "practice-bank", "test", Algorithm::Curve25519)?;
        let server = start_server(&at_bank, &bank, ssh.public, options)?;
        let (template, account, release) = options.party();
        let config = CONFIG
            .replace("@TEMPLATE@", template)
            .replace("@ACCOUNT@", account)
            .replace("@RELEASE@", release)
            .replace("@PORT@", &server.port().to_string())
            .replace("@HOST_KEY@", &server.host_key_fingerprint())
            .replace("# @ERP@", &options.erp)
            .replace("# @BANK@", &options.bank);
        init::make(&root, &config)?;
        if let Some(script) = &options.script {
            Script::bring_templates(&script.settings.templates, &root.join("templates"))?;
            script.keep_open(&root.join("templates"))?;
        }
        let config = Config::load(&root)?;
        init::make_folders(&config)?;
        let at = crate::clock::Clock::fixed(now).system_time();
        init::make_keys(&config, at)?;
        let mut keys = Keys::open(&keys)?;
        keys.import_party("practice-bank", bank.certificate(now)?.as_bytes(), at)?;
        bank.import_customer(keys.export(Role::Both, at)?.as_bytes(), now)?;
        Ok(Practice { root, bank, server })
    }

    /// Drops a file into the ERP's inbox, whole at once.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn drop_file(&self, name: &str, content: &[u8]) -> Result<(), DiskError> {
        disk::write_new(&self.root.join("inbox/erp"), name, |out| out.write_all(content)).map(drop)
    }

    /// Lets the bank do what is due.
    pub fn tick(&mut self, now: Timestamp) -> Vec<BankEvent> {
        self.bank.tick(now)
    }
}

fn start_server(at_bank: &Path, bank: &Bank, public: String, options: &Options) -> Result<Running, PracticeError> {
    let user = SandboxUser { name: "ferry".into(), keys: vec![public], ..SandboxUser::default() };
    let settings = ServerSettings {
        users: vec![user],
        host_key_file: Some(at_bank.join("host_key")),
        posix_rename: !options.plain_rename,
        ..ServerSettings::new(&bank.settings().files)
    };
    Ok(SandboxServer::start(settings)?)
}
