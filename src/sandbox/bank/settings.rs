//! What the practice bank is told: a TOML file, or values from a test.

use std::path::{Path, PathBuf};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::rules::Rules;
use crate::document::{Account, Amount, Currency, Date};
use crate::seal::Policy;
use crate::template::folders;

/// The practice bank's settings. Every one has a default that works; folders are relative to the
/// folder that [`Settings::under`] is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// Name of the bank.
    pub name: String,
    /// The template of the bank that it plays: it reads and answers in the formats of that template. Without it,
    /// it reads every standard format and answers in `status-format`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The folder of templates of one's own; those that are built in are known anyway.
    pub templates: PathBuf,
    /// Its BIC.
    pub bic: String,
    /// The folder that the customer sees as `/`.
    pub files: PathBuf,
    /// Where in it the customer puts files.
    pub inbox: PathBuf,
    /// Where in it the customer fetches files.
    pub outbox: PathBuf,
    /// The bank's own memory; the customer never sees it.
    pub state: PathBuf,
    /// The bank's keys, and the customer's certificates under the name of `customer`.
    pub keys: PathBuf,
    /// Under which name the customer's certificates are kept.
    pub customer: String,
    /// How files are protected, both ways.
    pub seal: Policy,
    /// The most bytes of a file, as it arrives and unpacked.
    pub largest_file: u64,
    /// A file is taken only after it looked the same twice: for customers that cannot rename.
    pub wait_until_stable: bool,
    /// A file is taken only when a second one of the same name and this ending is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// What the bank puts beside its own files when they are whole: an empty file of the same name and this ending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_marker: Option<String>,
    /// Format of status reports: `pain.002.001.10`, `pain.002.001.03`, `jsonl` …
    pub status_format: String,
    /// Format of statements: `camt.053.001.08`, `camt.053.001.02`, `jsonl` …
    pub statement_format: String,
    /// Status of what is accepted, one status report for each, in this order: `["ACCP"]`, or
    /// `["ACTC", "ACSP", "ACSC"]` for a bank that answers in steps.
    pub levels: Vec<String>,
    /// Seconds from one answer to the next, the first from the moment the file was taken.
    pub answer_after: u64,
    /// Whether a status report names every payment, or only those that were not accepted.
    pub report_every_payment: bool,
    /// Name of a status report; `{message_id}`, `{file}` (what is different in the name of the payment file) and
    /// `{n}` (its level, from 1) are put in.
    pub status_name: String,
    /// Name of a statement; `{account}`, `{date}` and `{number}` are put in.
    pub statement_name: String,
    /// The bank's time zone, by its IANA name.
    pub zone: String,
    /// When statements are made each day, by the bank's clock; `None` makes none at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_at: Option<Time>,
    /// Seconds after the last file until statements are made; `None` makes none so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_after: Option<u64>,
    /// The customer's accounts.
    #[serde(rename = "account", skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Opening>,
    /// What the bank refuses.
    pub rules: Rules,
    /// What goes wrong, on purpose.
    #[serde(rename = "fault", skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// An account of the customer as the bank opened it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Opening {
    /// Its number: IBAN or any other.
    pub id: Account,
    /// Its currency.
    pub currency: Currency,
    /// What is on it at first; negative when it is overdrawn.
    #[serde(default)]
    pub balance: Amount,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: "Practice Bank".to_string(),
            template: None,
            templates: "templates".into(),
            bic: "PRACDEFFXXX".to_string(),
            files: "files".into(),
            inbox: "inbox".into(),
            outbox: "outbox".into(),
            state: "state".into(),
            keys: "keys".into(),
            customer: "customer".to_string(),
            seal: Policy::default(),
            largest_file: 1 << 30,
            wait_until_stable: false,
            marker: None,
            own_marker: None,
            status_format: "pain.002.001.10".to_string(),
            statement_format: "camt.053.001.08".to_string(),
            levels: vec!["ACCP".to_string()],
            answer_after: 0,
            report_every_payment: false,
            status_name: "PSR_{message_id}_{n}.xml.pgp".to_string(),
            statement_name: "STMT_{account}_{date}.xml.pgp".to_string(),
            zone: "UTC".to_string(),
            statement_at: None,
            statement_after: None,
            accounts: Vec::new(),
            rules: Rules::default(),
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// The settings in a TOML text.
    ///
    /// # Errors
    /// The TOML library's error, with line and column.
    pub fn parse(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str(text)
    }

    /// The same settings with their folders below `root`; absolute ones stay.
    pub fn under(mut self, root: &Path) -> Settings {
        for folder in [&mut self.templates, &mut self.files, &mut self.state, &mut self.keys] {
            *folder = root.join(&*folder);
        }
        self
    }

    /// The folder where the customer puts files on a day: `{date}` in its name stands for the day.
    pub fn inbox_folder(&self, day: Date) -> PathBuf {
        self.files.join(folders::on_day(&self.inbox.to_string_lossy(), day))
    }

    /// The folder where the customer fetches files of a day.
    pub fn outbox_folder(&self, day: Date) -> PathBuf {
        self.files.join(folders::on_day(&self.outbox.to_string_lossy(), day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::FaultKind;

    #[test]
    fn settings_are_read_from_toml_and_unknown_keys_are_refused() {
        let text = r#"
            levels = ["ACTC", "ACSC"]
            statement-at = "18:30:00"
            seal = { armor = true }
            [rules]
            amount-over = "5000.00"
            [[account]]
            id = "DE89 3704 0044 0532 0130 00"
            currency = "EUR"
            balance = "1000.00"
            [[fault]]
            kind = "late"
            file = 2
            seconds = 60
        "#;
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.accounts[0].id.as_str(), "DE89370400440532013000");
        assert_eq!(settings.faults[0].kind, FaultKind::Late);
        assert_eq!(settings.statement_at, Some(jiff::civil::time(18, 30, 0, 0)));
        assert!(Settings::parse("ammount = 1").is_err());
        let again = toml::to_string(&settings).unwrap();
        assert_eq!(Settings::parse(&again).unwrap().accounts, settings.accounts);
    }
}
