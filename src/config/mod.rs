//! `bankferry.toml`: this installation: its parties, accounts and people.

mod alarms;
mod authenticity;
mod beside;
mod digest;
mod duplicates;
mod people;
mod hours;
mod keys;
mod own_files;
mod release;
mod reports;
mod set_aside;
mod settings;
mod wall;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::calendar::Window;
use crate::carrier::sftp::SftpSettings;
use crate::document::Account;
use crate::template::{PartyKind, Template, TemplateError, mistakes, read_template, template_source, whole_table};
use crate::text;
use crate::words::library::sentence;
use crate::words::{Explain, Lang, Remedy, Text};

pub use alarms::{AUDITORS, AlarmRoute, Alarms, DiskRoom, Mail, Way};
pub use authenticity::AuthenticityPolicy;
pub use digest::changed_parts;
pub use duplicates::{DuplicatePolicy, Verdict};
pub use people::{Identity, Right, Role, Roles, Security, User};
pub use release::{Approvers, Beyond, Limit, PayeesBy, Per, ReleasePolicy};
pub use reports::Reports;
pub use set_aside::SetAside;
pub use settings::Settings;

/// Name of the configuration file.
pub const FILE: &str = "bankferry.toml";

/// Test money or real money; part of the identity of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Practice.
    Test,
    /// Real money.
    Production,
}

impl Environment {
    /// The word in names and checkpoints.
    pub fn word(self) -> &'static str {
        match self {
            Environment::Test => "test",
            Environment::Production => "production",
        }
    }

    /// The same for people who read Chinese.
    pub fn word_zh(self) -> &'static str {
        match self {
            Environment::Test => "测试环境",
            Environment::Production => "生产环境",
        }
    }
}

/// An installation: its folder and what `bankferry.toml` and the templates say.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds `bankferry.toml`.
    pub root: PathBuf,
    /// Name of the installation.
    pub name: String,
    /// Test or production.
    pub environment: Environment,
    /// Language of screens where nobody asked for another.
    pub language: Lang,
    /// Time zone of the installation, an IANA name; banking days of parties without their own count in it.
    pub time_zone: String,
    /// The parties, in the order of the file.
    pub parties: Vec<Party>,
    /// Those that cannot be understood and stand aside.
    pub set_aside: Vec<SetAside>,
    /// The people who may decide.
    pub users: Vec<User>,
    /// A folder that this machine cannot rewrite, where signed checkpoints are kept too.
    pub checkpoints_elsewhere: Option<PathBuf>,
    /// Who is told when something has to be known.
    pub alarms: Alarms,
    /// The daily control report of each bank.
    pub reports: Reports,
    /// How people are known, how long their word counts, and what needs officers.
    pub security: Security,
    /// Digest of each part of it and of each party's template, by name.
    pub parts: BTreeMap<String, String>,
    /// What all of it says, setting by setting: templates and keys of parties too.
    pub settings: Settings,
}

/// A party: a template with what this installation says beyond it.
#[derive(Clone, Debug)]
pub struct Party {
    /// Name; also the name of its folders.
    pub name: String,
    /// The template, overridden.
    pub template: Template,
    /// When it takes files.
    pub window: Window,
    /// How files move.
    pub carrier: CarrierSettings,
    /// Accounts: of an ERP, those that it may pay from; of a bank, those that it keeps.
    pub accounts: Vec<Account>,
    /// When a second person must look.
    pub release: ReleasePolicy,
    /// What happens to a batch of which some payments are refused by a rule.
    pub refusal: RefusalPolicy,
    /// What is done about what came before, where the party is an ERP.
    pub duplicates: DuplicatePolicy,
    /// What must speak for its files, where the party is an ERP.
    pub authenticity: Option<AuthenticityPolicy>,
    /// Digest over its settings and its template.
    pub digest: String,
}

impl Party {
    /// Whether it is a bank.
    pub fn is_bank(&self) -> bool {
        self.template.kind == PartyKind::Bank
    }

    /// Whether the account is one of this party's.
    pub fn has_account(&self, account: &Account) -> bool {
        self.accounts.contains(account)
    }

    /// The account of ours that a bank means by this number, as it is written in our configuration; `None` where that
    /// cannot be told.
    pub fn own_account(&self, told: &Account) -> Option<&Account> {
        let exact = self.accounts.iter().find(|own| own.compact() == told.compact());
        let mut alike = self.accounts.iter().filter(|own| own.agrees(told));
        exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))
    }

    /// The same, also where it is written as banks may: in its own part, or with zeros before it.
    pub fn may_have_account(&self, account: &Account) -> bool {
        self.accounts.iter().any(|own| own.agrees(account))
    }
}

/// How files move between us and a party.
#[derive(Clone, Debug)]
pub enum CarrierSettings {
    /// The party reads and writes `inbox/<party>` and `outbox/<party>` itself.
    Folder,
    /// We connect to the party's server.
    Sftp(Box<SftpSettings>),
}

/// What happens to a batch with a payment that a rule refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalPolicy {
    /// The whole batch is refused.
    #[default]
    WholeBatch,
    /// The payments that a rule refuses are left out and told to the ERP; the others go on. What is wrong with
    /// the file itself (control totals, format) still refuses all of it.
    Payments,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no installation in the folder.
    #[error("there is no `bankferry.toml` in `{0}`")]
    Missing(PathBuf),
    /// It cannot be read from disk.
    #[error("`{path}` cannot be read: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        cause: std::io::Error,
    },
    /// It cannot be understood, or says things that cannot be together.
    #[error("`bankferry.toml`: {0}")]
    Wrong(Text),
    /// Test and production would meet: nothing works before that is put right.
    #[error("`bankferry.toml`: {0}")]
    Wall(Text),
    /// A template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl Explain for ConfigError {
    fn what(&self) -> Text {
        match self {
            ConfigError::Missing(path) => {
                let path = path.display();
                text!("there is no `bankferry.toml` in `{path}`", "`{path}` 中没有 `bankferry.toml`")
            }
            ConfigError::Io { path, cause } => {
                let path = path.display();
                text!("`{path}` cannot be read", "无法读取 `{path}`").because(cause)
            }
            ConfigError::Wrong(Text { en, zh }) | ConfigError::Wall(Text { en, zh }) => {
                text!("`bankferry.toml` is wrong: {en}", "`bankferry.toml` 有误：{zh}")
            }
            ConfigError::Template(e) => e.what(),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            ConfigError::Missing(_) => vec![text!(
                "make an installation with `bankferry init DIR`, or name one with `--dir DIR`",
                "用 `bankferry init DIR` 新建安装目录，或用 `--dir DIR` 指定"
            )],
            ConfigError::Wrong(_) | ConfigError::Wall(_) => {
                vec![text!("`bankferry check` shows all mistakes", "`bankferry check` 可列出全部错误")]
            }
            ConfigError::Io { .. } => Vec::new(),
            ConfigError::Template(e) => e.hints(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            ConfigError::Io { cause, .. } => Remedy::of_io(cause),
            ConfigError::Template(e) => e.remedy(),
            ConfigError::Missing(_) | ConfigError::Wrong(_) | ConfigError::Wall(_) => Remedy::Person,
        }
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    installation: Installation,
    #[serde(default)]
    alarms: Alarms,
    #[serde(default)]
    reports: Reports,
    #[serde(default, rename = "party")]
    parties: Vec<Table>,
    #[serde(default, rename = "user")]
    users: Vec<User>,
    #[serde(default)]
    security: Security,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Installation {
    name: String,
    environment: Environment,
    #[serde(default)]
    language: Lang,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default)]
    checkpoints_elsewhere: Option<PathBuf>,
}

fn utc() -> String {
    "UTC".into()
}

/// The keys of a party that are not its template's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnKeys {
    name: String,
    template: String,
    #[serde(default)]
    environment: Option<Environment>,
    #[serde(default)]
    accounts: Vec<Account>,
    #[serde(default)]
    release: ReleasePolicy,
    #[serde(default)]
    refusal: RefusalPolicy,
    #[serde(default)]
    duplicates: DuplicatePolicy,
    #[serde(default)]
    authenticity: Option<AuthenticityPolicy>,
}

impl Config {
    /// Reads the installation in `root`; a party that cannot be understood is [set aside](SetAside).
    ///
    /// # Errors
    /// [`ConfigError`]; mistakes are told with line and column.
    pub fn load(root: &Path) -> Result<Config, ConfigError> {
        let path = root.join(FILE);
        let source = std::fs::read_to_string(&path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing(root.to_path_buf()),
            _ => ConfigError::Io { path, cause },
        })?;
        Config::understand(root, &source)
    }

    /// Understands the text of a `bankferry.toml` for an installation in `root`, every party of it.
    ///
    /// # Errors
    /// As [`Config::load`], and for the first party that cannot be understood.
    pub fn read(root: &Path, source: &str) -> Result<Config, ConfigError> {
        let mut config = Config::understand(root, source)?;
        let first = (!config.set_aside.is_empty()).then(|| config.set_aside.swap_remove(0));
        // Proof: nobody else has the error of a configuration that was just read.
        first.and_then(|aside| Arc::into_inner(aside.error)).map_or(Ok(config), Err)
    }

    /// Understands all that can be.
    fn understand(root: &Path, source: &str) -> Result<Config, ConfigError> {
        let written: Written = toml::from_str(source).map_err(|e| ConfigError::Wrong(sentence(&e, source)))?;
        if let Some(wrong) = keys::unknown(source) {
            return Err(ConfigError::Wrong(wrong));
        }
        let templates = root.join("templates");
        let of = &written.installation;
        let (mut parties, mut set_aside, mut settings) = (Vec::new(), Vec::new(), Settings::new());
        for table in &written.parties {
            match party(root, &templates, of, table.clone(), &mut settings) {
                Ok(party) => parties.push(party),
                Err(error) => set_aside.push(SetAside::of(table, error)?),
            }
        }
        let mut parts = digest::parts(source);
        parts.extend(parties.iter().map(|p| (format!("template of {}", p.name), p.digest.clone())));
        let names = parties.iter().map(|p| &p.name).chain(set_aside.iter().map(|aside: &SetAside| &aside.name));
        parts.extend(beside::parts(root, names.map(String::as_str), &mut settings)?);
        settings::add(&mut settings, "", &toml::from_str(source).unwrap_or_default());
        let config = Config {
            root: root.to_path_buf(),
            name: written.installation.name,
            environment: written.installation.environment,
            language: written.installation.language,
            time_zone: written.installation.time_zone,
            parties,
            set_aside,
            users: written.users,
            alarms: written.alarms,
            reports: written.reports,
            checkpoints_elsewhere: written.installation.checkpoints_elsewhere.map(|path| root.join(path)),
            security: written.security,
            parts,
            settings,
        };
        config.agrees()?;
        Ok(config)
    }

    /// The party of this name.
    pub fn party(&self, name: &str) -> Option<&Party> {
        self.parties.iter().find(|p| p.name == name)
    }

    /// The parties that are banks.
    pub fn banks(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.is_bank())
    }

    /// The bank that keeps this account; the only bank where none lists accounts and none stands aside.
    pub fn bank_of(&self, account: &Account) -> Option<&Party> {
        let (mut banks, all_are_known) = (self.banks(), self.set_aside.is_empty());
        self.parties
            .iter()
            .find(|p| p.is_bank() && p.has_account(account))
            .or_else(|| banks.next().filter(|bank| bank.accounts.is_empty() && banks.next().is_none() && all_are_known))
    }

    /// The ERP that is told about this account, also where a bank writes it its own way; the only ERP where none lists
    /// accounts. Where one stands aside, only an ERP that lists the very account.
    pub fn erp_of(&self, account: &Account) -> Option<&Party> {
        let only = |is_it: &dyn Fn(&Party) -> bool| {
            let mut found = self.parties.iter().filter(|p| !p.is_bank() && is_it(p));
            found.next().filter(|_| self.set_aside.is_empty() && found.next().is_none())
        };
        self.parties
            .iter()
            .find(|p| !p.is_bank() && p.has_account(account))
            .or_else(|| only(&|erp| erp.may_have_account(account)))
            .or_else(|| only(&|_| true).filter(|erp| erp.accounts.is_empty()))
    }

    /// The ERP whose account this is by its `accounts`, where that is another than this ERP and not shared with it:
    /// then this one may not pay from it.
    pub fn others_account(&self, erp: &Party, account: &Account) -> Option<&str> {
        if erp.may_have_account(account) {
            return None;
        }
        let named = self.parties.iter().filter(|p| !p.is_bank() && p.may_have_account(account)).map(|p| &p.name);
        named.map(String::as_str).next()
    }

    /// Whether a person may do this: every name may where nobody is listed in a test installation.
    pub fn allows(&self, name: &str, right: Right) -> bool {
        if self.users.is_empty() {
            return self.environment == Environment::Test;
        }
        self.users.iter().any(|u| u.name == name && u.has(right))
    }

    /// Whether two officers must confirm the configuration before anything is sent to a bank under it.
    pub fn needs_officers(&self) -> bool {
        let officers = || self.users.iter().filter(|user| user.has(Right::Configure)).count();
        let unsaid = || self.environment == Environment::Production && officers() >= 2;
        self.security.config_needs_officers.unwrap_or_else(unsaid)
    }

    /// The person whom the operating system's user is: a listed one, else its own name.
    pub fn person_of<'a>(&'a self, system: &'a str) -> &'a str {
        self.users.iter().find(|u| u.system() == system).map_or(system, |u| &u.name)
    }

    /// Digest over all of it.
    pub fn digest(&self) -> String {
        digest::of_all(self.parts.iter().flat_map(|(name, digest)| [name.as_str(), digest]))
    }

    /// Whether the keys of a party are those of which the digest was made.
    pub fn has_keys_as_read(&self, party: &str) -> bool {
        let now = beside::keys_of(&self.root, party);
        now.is_ok_and(|now| now.as_ref() == self.parts.get(&beside::name_of_keys(party)))
    }

    /// Digest over what the settings and templates of an ERP and a bank say: an approval falls when it changes.
    pub fn policy_digest(erp: &Party, bank: &Party) -> String {
        digest::of_all([erp.digest.as_str(), &bank.digest])
    }

    /// The folder of private things: journal, keys, work in progress.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.state().join("journal.db")
    }

    /// The keys.
    pub fn keys(&self) -> PathBuf {
        self.state().join("keys")
    }

    /// Private files of work in progress; emptied at start.
    pub fn work(&self) -> PathBuf {
        self.state().join("work")
    }

    /// Signed checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.state().join("checkpoints")
    }

    /// The archive.
    pub fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    /// Where auditors find control reports.
    pub fn reports(&self) -> PathBuf {
        self.root.join(&self.reports.folder)
    }

    /// What a party gives us.
    pub fn inbox(&self, party: &str) -> PathBuf {
        self.root.join("inbox").join(party)
    }

    /// What we give a party.
    pub fn outbox(&self, party: &str) -> PathBuf {
        self.root.join("outbox").join(party)
    }

    /// Refuses what cannot be together.
    fn agrees(&self) -> Result<(), ConfigError> {
        if let Some(mistake) = self.alarms.mistake() {
            return Err(ConfigError::Wrong(mistake));
        }
        let mut names = BTreeSet::new();
        for name in self.parties.iter().map(|p| &p.name).chain(self.set_aside.iter().map(|aside| &aside.name)) {
            if !names.insert(name.as_str()) {
                return Err(ConfigError::Wrong(text!("there are two parties `{name}`", "有两个往来方 `{name}`")));
            }
            if self.outbox(name) == self.reports() {
                return Err(ConfigError::Wrong(text!(
                    "`reports.folder` is the folder of the party `{name}`",
                    "`reports.folder` 是往来方 `{name}` 的目录"
                )));
            }
        }
        let by_one_path = |party: &&Party| {
            let control = party.authenticity.as_ref().and_then(|policy| policy.control_folder.as_ref());
            control.is_some_and(|folder| folder.starts_with(self.inbox(&party.name)))
        };
        if let Some(Party { name, .. }) = self.parties.iter().find(by_one_path) {
            return Err(ConfigError::Wrong(text!(
                "`authenticity.control_folder` of `{name}` lies in the folder where its files are dropped: whoever \
                 drops a file could drop its control file too, so it proves nothing",
                "`{name}` 的 `authenticity.control_folder` 位于其投放文件夹内：能投放文件者也能投放控制文件，\
                 不能证明任何事"
            )));
        }
        let unnamed =
            |party: &&Party| party.template.out.name.names_the_sender() && party.template.out.sender.is_empty();
        if let Some(Party { name, .. }) = self.parties.iter().find(unnamed) {
            return Err(ConfigError::Wrong(text!(
                "names of files for `{name}` hold our number there, `{{sender}}`, which nobody says: write \
                 `out = {{ sender = \"…\" }}` in its `[[party]]`",
                "发往 `{name}` 的文件名含我方在该方的编号 `{{sender}}`，但尚未给出：请在其 `[[party]]` 中写 \
                 `out = {{ sender = \"…\" }}`"
            )));
        }
        if let Some(wrong) = own_files::mistake(&self.parties) {
            return Err(ConfigError::Wrong(wrong));
        }
        if let Some(wrong) = people::wrong_people(&self.users, self.environment) {
            return Err(ConfigError::Wrong(wrong));
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            return Err(ConfigError::Wrong(hours::no_zone(&self.time_zone)));
        }
        let mut kept = BTreeMap::new();
        for bank in self.parties.iter().filter(|p| p.is_bank()) {
            for account in &bank.accounts {
                if let Some(other) = kept.insert(account, &bank.name) {
                    let name = &bank.name;
                    return Err(ConfigError::Wrong(text!(
                        "account {account} is kept by `{other}` and by `{name}`",
                        "账户 {account} 同时属于 `{other}` 和 `{name}`"
                    )));
                }
            }
            // A number that is written wrong would watch over nothing.
            let watched = &bank.template.statements.only_ours;
            if let Some(account) = watched.iter().find(|account| !bank.may_have_account(account)) {
                let name = &bank.name;
                return Err(ConfigError::Wrong(text!(
                    "`{name}`: account {account} in `statements.only_ours` is none of its `accounts`",
                    "`{name}`：`statements.only_ours` 中的账户 {account} 不在其 `accounts` 之中"
                )));
            }
        }
        Ok(())
    }
}

fn party(
    root: &Path,
    templates: &Path,
    of: &Installation,
    table: Table,
    said: &mut Settings,
) -> Result<Party, ConfigError> {
    let environment = of.environment;
    let settings = digest::of_table(&table);
    let (mut own, mut above): (Table, Table) =
        table.into_iter().partition(|(key, _)| keys::OWN.contains(&key.as_str()));
    let label = own.get("name").and_then(|n| n.as_str()).unwrap_or("?").to_string();
    let wrong = |cause: Text| ConfigError::Wrong(hours::of_party(&label, cause));
    let wall = |cause: Text| ConfigError::Wall(hours::of_party(&label, cause));
    let sftp = own.remove("sftp").and_then(|table| table.as_table().cloned()).unwrap_or_default();
    let mut own: OwnKeys = own.try_into().map_err(|e: toml::de::Error| wrong(sentence(&e, "")))?;
    if !set_aside::is_name(&own.name) {
        return Err(wrong(text!(
            "a party's name is small letters, digits and `-`: it is also a folder's name",
            "往来方名称只能用小写字母、数字和 `-`：它也是目录名"
        )));
    }
    if let Some(other) = own.environment.filter(|of| *of != environment) {
        let (other, ours) = (other.word(), environment.word());
        return Err(wall(text!(
            "it is of the {other} environment, this installation of {ours}: never in one",
            "该往来方属于 {other} 环境，而本安装属于 {ours}：不能混用"
        )));
    }
    let source = template_source(templates, &own.template)?;
    // The template alone first, so that its own mistakes are told with their own lines.
    read_template(templates, &own.template, &source)?;
    let mut base = whole_table(templates, &own.template, &source)?;
    let digest_of_template = digest::of_table(&base);
    settings::add(said, &format!("template of {label}"), &base);
    let sides = self::wall::Sides { of_template: self::wall::take(&mut base), of_party: self::wall::take(&mut above) };
    let settle = |environment: Environment| sides.settle(environment, &base, &above, &sftp).map_err(wrong);
    let (template, sftp) = settle(environment)?;
    if sides.say_where() {
        let other = settle(environment.other())?;
        if self::wall::is_one_place((&template, &sftp), (&other.0, &other.1)) {
            return Err(wall(text!(
                "test and production have one host, user and folder: they must not meet",
                "测试与生产的主机、用户和目录相同：两者不得混用"
            )));
        }
    }
    let mut sftp = sftp;
    if let Some(sftp) = &mut sftp {
        for file in [&mut sftp.key_file, &mut sftp.key_passphrase_file, &mut sftp.password_file, &mut sftp.known_hosts]
        {
            *file = file.take().map(|path| root.join(path));
        }
        sftp.algorithms = std::mem::take(&mut sftp.algorithms).or(&template.ssh);
    }
    if let Some(mistake) = own.release.mistake() {
        return Err(wrong(mistake));
    }
    let window = hours::window(templates, &own.name, &template.calendar, &of.time_zone)?;
    if let Some(said) = mistakes(&template, templates).into_iter().next() {
        return Err(wrong(said.in_one()));
    }
    if let Some(policy) = &mut own.authenticity {
        if template.kind == PartyKind::Bank {
            return Err(wrong(text!(
                "`authenticity` is about an ERP's files; a bank's are told by its `seal`",
                "`authenticity` 只针对 ERP 文件；银行文件由其 `seal` 决定"
            )));
        }
        policy.control_folder = policy.control_folder.take().map(|path| root.join(path));
    }
    Ok(Party {
        name: own.name,
        template,
        window,
        carrier: sftp.map_or(CarrierSettings::Folder, CarrierSettings::Sftp),
        accounts: own.accounts,
        release: own.release,
        refusal: own.refusal,
        duplicates: own.duplicates,
        authenticity: own.authenticity,
        digest: digest::of_all([settings.as_str(), &digest_of_template]),
    })
}
