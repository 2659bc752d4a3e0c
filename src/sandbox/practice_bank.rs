//! The practice bank as a whole in one folder: its brain, its server, its keys.
//!
//! ```text
//! bank.toml        its settings, written at the first start; change and start again
//! bank.asc         its certificate, for the customer
//! customer.asc     the customer's certificate: put it there at any time
//! customer.pub     optional: the customer's own SSH key, one line
//! customer/ssh/…   an SSH key made for the customer, to have one at once
//! host-key         the server's key
//! files/           what the customer sees: inbox, outbox
//! state/  keys/    the bank's memory and secret keys
//! ```

use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::bank::{Bank, BankError, BankEvent, Settings};
use super::server::{Running, SandboxServer, SandboxUser, ServerError, ServerSettings};
use crate::disk::{self, DiskError, Doing, InstanceLock, Sha256Hash};
use crate::seal::{self, Algorithm, KeyError, SshKey};
use crate::text;
use crate::words::library::sentence;
use crate::words::{Explain, Remedy, Text};

/// The name of the settings in the practice bank's folder.
pub const SETTINGS: &str = "bank.toml";
/// The customer's login name, and the name of the bank in the customer's configuration.
const USER: &str = "customer";
const PARTY: &str = "practice-bank";
/// The most bytes of a small file in the folder: settings, certificates, keys.
const SMALL: u64 = 1 << 20;

/// A running practice bank.
#[derive(Debug)]
pub struct PracticeBank {
    dir: PathBuf,
    bank: Bank,
    server: Running,
    login: SshKey,
    /// The customer's certificate as it was last taken in.
    customer: Option<Sha256Hash>,
    _lock: InstanceLock,
}

/// The bank that it plays.
#[derive(Clone, Copy, Debug)]
pub struct Play<'a> {
    /// Its template.
    pub template: &'a str,
    /// The folder of templates of one's own.
    pub templates: &'a Path,
}

/// Why the practice bank does not open.
#[derive(Debug, thiserror::Error)]
pub enum PracticeBankError {
    /// Its folder cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Its brain does not start.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its server does not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Its settings are wrong.
    #[error("`{}`: {cause}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        cause: Text,
    },
}

impl Explain for PracticeBankError {
    fn what(&self) -> Text {
        match self {
            PracticeBankError::Disk(e) => e.what(),
            PracticeBankError::Bank(e) => e.what(),
            PracticeBankError::Key(e) => e.what(),
            PracticeBankError::Server(e) => e.what(),
            PracticeBankError::Settings { path, cause: Text { en, zh } } => {
                let path = path.display();
                text!("`{path}` is wrong: {en}", "`{path}` 有误：{zh}")
            }
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            PracticeBankError::Disk(e) => e.hints(),
            PracticeBankError::Bank(e) => e.hints(),
            PracticeBankError::Key(e) => e.hints(),
            PracticeBankError::Server(e) => e.hints(),
            PracticeBankError::Settings { .. } => vec![text!(
                "correct it, or remove it: a new one is written at the next start",
                "请更正，或将其删除：下次启动时会重新生成"
            )],
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            PracticeBankError::Disk(e) => e.remedy(),
            PracticeBankError::Bank(e) => e.remedy(),
            PracticeBankError::Key(e) => e.remedy(),
            PracticeBankError::Server(e) => e.remedy(),
            PracticeBankError::Settings { .. } => Remedy::Person,
        }
    }
}

impl PracticeBank {
    /// Opens the practice bank in `dir`, on `port` of this machine (0 takes a free one). The first
    /// time, its folder, settings and keys are made, of the bank that it shall play; `change` has the last word on
    /// the settings.
    ///
    /// # Errors
    /// [`PracticeBankError`].
    pub fn open(
        dir: &Path,
        port: u16,
        now: Timestamp,
        play: Option<Play<'_>>,
        change: impl FnOnce(&mut Settings),
    ) -> Result<PracticeBank, PracticeBankError> {
        disk::ensure_folder(dir, 0o700)?;
        // Key files are named in the customer's configuration, which has a folder of its own.
        let dir = &dir.canonicalize().map_err(|e| DiskError::io(Doing::Open, dir, e))?;
        let lock = InstanceLock::take(dir, "bankferry sandbox")?;
        let mut settings = settings(dir, play)?.under(dir);
        change(&mut settings);
        let mut bank = Bank::new(settings)?;
        disk::replace(dir, "bank.asc", bank.certificate(now)?.as_bytes())?;
        let login = login(&dir.join(USER))?;
        let mut keys = vec![login.public.clone()];
        keys.extend(small_file(&dir.join("customer.pub"))?.map(|key| String::from_utf8_lossy(&key).into_owned()));
        let user = SandboxUser { name: USER.to_string(), keys, ..SandboxUser::default() };
        let server = SandboxServer::start(ServerSettings {
            port,
            users: vec![user],
            host_key_file: Some(dir.join("host-key")),
            ..ServerSettings::new(&bank.settings().files)
        })?;
        Ok(PracticeBank { dir: dir.clone(), bank, server, login, customer: None, _lock: lock })
    }

    /// Its brain.
    pub fn bank(&mut self) -> &mut Bank {
        &mut self.bank
    }

    /// Its server.
    pub fn server(&self) -> &Running {
        &self.server
    }

    /// The bank's certificate, which the customer takes in.
    pub fn certificate_file(&self) -> PathBuf {
        self.dir.join("bank.asc")
    }

    /// Where the customer's certificate is looked for.
    pub fn customer_file(&self) -> PathBuf {
        self.dir.join("customer.asc")
    }

    /// Whether files are signed or encrypted.
    pub fn seals(&self) -> bool {
        self.bank.settings().seal.seals()
    }

    /// Whether the customer's certificate was taken in since the start.
    pub fn knows_customer(&self) -> bool {
        self.customer.is_some()
    }

    /// What the customer puts into `bankferry.toml`.
    pub fn party(&self) -> String {
        let (port, key, host) = (self.server.port(), &self.login.file, self.server.host_key_fingerprint());
        let template = self.bank.settings().template.as_deref().unwrap_or("iso20022-bank");
        format!(
            "[[party]]\nname = \"{PARTY}\"\ntemplate = \"{template}\"\n\n[party.sftp]\nhost = \"127.0.0.1\"\n\
             port = {port}\nuser = \"{USER}\"\nkey_file = {}\nhost_keys = [\"ssh-ed25519 {host}\"]\n",
            toml::Value::from(key.display().to_string())
        )
    }

    /// Takes in the customer's certificate where it is new, and does all that is due at the bank.
    pub fn tick(&mut self, now: Timestamp) -> Vec<BankEvent> {
        match self.meet_customer(now) {
            Ok(()) => self.bank.tick(now),
            Err(error) => vec![BankEvent::Trouble { why: error.what() }],
        }
    }

    fn meet_customer(&mut self, now: Timestamp) -> Result<(), PracticeBankError> {
        let certificate = small_file(&self.customer_file())?;
        // A shell makes the file before the command that fills it has begun.
        let Some(certificate) = certificate.filter(|c| !c.is_empty()) else { return Ok(()) };
        let hash = Some(Sha256Hash::of(&certificate));
        if self.customer != hash {
            self.bank.import_customer(&certificate, now)?;
            self.customer = hash;
        }
        Ok(())
    }
}

/// The settings in the folder; the first time, written there as a practice bank starts best.
fn settings(dir: &Path, play: Option<Play<'_>>) -> Result<Settings, PracticeBankError> {
    let path = dir.join(SETTINGS);
    let wrong = |cause: Text| PracticeBankError::Settings { path: path.clone(), cause };
    if let Some(text) = small_file(&path)? {
        let text = String::from_utf8(text).map_err(|_| wrong(text!("the file is not UTF-8", "文件不是 UTF-8 编码")))?;
        let settings = Settings::parse(&text).map_err(|e| wrong(sentence(&e, &text)))?;
        let other = play.filter(|play| settings.template.as_deref() != Some(play.template));
        return played(settings, other);
    }
    let mut settings = played(Settings { statement_after: Some(10), ..Settings::default() }, play)?;
    settings.rules.open_accounts_with = Some(1_000_000.into());
    let text = toml::to_string(&settings).map_err(|e| wrong(Text::same(e.to_string())))?;
    disk::write_new(dir, SETTINGS, |w| w.write_all(text.as_bytes()))?;
    Ok(settings)
}

fn played(mut settings: Settings, play: Option<Play<'_>>) -> Result<Settings, PracticeBankError> {
    let Some(play) = play else { return Ok(settings) };
    settings.templates = play.templates.to_path_buf();
    Ok(settings.played_by(play.template)?)
}

/// The SSH key that the customer may use at once.
fn login(dir: &Path) -> Result<SshKey, KeyError> {
    let known = seal::ssh_keys(dir)?.into_iter().find(|key| key.party == PARTY);
    known.map_or_else(|| seal::generate_ssh(dir, PARTY, "test", Algorithm::default()), Ok)
}

/// The content of a small file; `None` when there is none.
fn small_file(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    let file = match disk::open_plain(path, SMALL) {
        Err(e) if e.is_absent() => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(SMALL).read_to_end(&mut bytes).map_err(|e| DiskError::io(Doing::Read, path, e))?;
    Ok(Some(bytes))
}
