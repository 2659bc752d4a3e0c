//! What has to be known to reach a party's SFTP server.

use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use super::host_keys::HostPin;

/// How to reach and enter one SFTP server.
///
/// ```
/// let settings: bankferry::carrier::sftp::SftpSettings = toml::from_str(r#"
///     host = "sftp.bank.example"
///     user = "ACME01"
///     key_file = "keys/bank-ssh"
///     host_keys = ["ssh-ed25519 SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"]
/// "#).unwrap();
/// assert_eq!(settings.port, 22);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpSettings {
    /// Name or address of the server.
    pub host: String,
    /// TCP port.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// Login name.
    pub user: String,
    /// Private key for the login: OpenSSH, PEM or PKCS#8.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The last day on which the bank takes the key.
    #[serde(default)]
    pub key_until: Option<Date>,
    /// File whose first line is the key's passphrase.
    #[serde(default)]
    pub key_passphrase_file: Option<PathBuf>,
    /// File whose first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Whether the password also answers the server's questions (keyboard-interactive).
    #[serde(default)]
    pub keyboard_interactive: bool,
    /// The server's host keys, current and next.
    #[serde(default)]
    pub host_keys: Vec<HostPin>,
    /// A file in OpenSSH's `known_hosts` form whose keys for this host count as pinned.
    #[serde(default)]
    pub known_hosts: Option<PathBuf>,
    /// How long the server may stay silent within one request, in seconds.
    #[serde(default = "half_a_minute")]
    pub timeout_seconds: u32,
    /// The folder on the server that counts as this party's root; empty is where the login lands.
    #[serde(default)]
    pub root: String,
    /// Permission bits asked for when a file is made; the server may take away from them.
    #[serde(default = "readable")]
    pub mode: u32,
    /// Which algorithms may be used; what is not named stays at the library's choice.
    #[serde(default)]
    pub algorithms: Algorithms,
}

/// Algorithms allowed in this party's connection, best first, by their SSH names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Algorithms {
    /// Key exchange, such as `diffie-hellman-group-exchange-sha256`.
    #[serde(default)]
    pub kex: Vec<String>,
    /// Host keys, such as `ssh-ed25519`, `rsa-sha2-512`.
    #[serde(default)]
    pub host_key: Vec<String>,
    /// Ciphers, both ways.
    #[serde(default)]
    pub ciphers: Vec<String>,
    /// Message authentication, both ways.
    #[serde(default)]
    pub macs: Vec<String>,
    /// Signatures made with our RSA key: some servers take only `rsa-sha2-256`.
    #[serde(default)]
    pub sign: Vec<String>,
}

impl Algorithms {
    /// These, and those of `below` for what these do not name.
    pub fn or(self, below: &Algorithms) -> Algorithms {
        let first = |own: Vec<String>, below: &Vec<String>| if own.is_empty() { below.clone() } else { own };
        Algorithms {
            kex: first(self.kex, &below.kex),
            host_key: first(self.host_key, &below.host_key),
            ciphers: first(self.ciphers, &below.ciphers),
            macs: first(self.macs, &below.macs),
            sign: first(self.sign, &below.sign),
        }
    }
}

impl SftpSettings {
    /// Settings with the usual values: port 22, 30 seconds, nothing pinned and no way to log in yet.
    pub fn new(host: impl Into<String>, user: impl Into<String>) -> SftpSettings {
        SftpSettings {
            host: host.into(),
            port: ssh_port(),
            user: user.into(),
            key_file: None,
            key_until: None,
            key_passphrase_file: None,
            password_file: None,
            keyboard_interactive: false,
            host_keys: Vec::new(),
            known_hosts: None,
            timeout_seconds: half_a_minute(),
            root: String::new(),
            mode: readable(),
            algorithms: Algorithms::default(),
        }
    }

    /// The server in the form `user@host:port`.
    pub fn address(&self) -> String {
        format!("{}@{}:{}", self.user, self.host, self.port)
    }

    /// The same with the host keys that count on a day; where all have ended none is left, and nothing connects.
    pub fn on(mut self, day: Date) -> SftpSettings {
        self.host_keys.retain(|pin| pin.counts_on(day));
        self
    }

    /// Whether the host keys that count are others on another day.
    pub fn has_days(&self) -> bool {
        self.host_keys.iter().any(|pin| pin.from.is_some() || pin.until.is_some())
    }

    /// The path of a name on the server. A folder that begins with `/` is taken as it is, without the root.
    pub(super) fn path(&self, folder: &str, name: &str) -> String {
        let root = if folder.starts_with('/') { "" } else { self.root.as_str() };
        let mut path = String::new();
        for part in [root, folder, name].into_iter().filter(|part| !part.is_empty()) {
            if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(part);
        }
        if path.is_empty() { ".".to_owned() } else { path }
    }
}

fn ssh_port() -> u16 {
    22
}

fn half_a_minute() -> u32 {
    30
}

fn readable() -> u32 {
    0o644
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_root_unless_the_folder_is_absolute() {
        let mut settings = SftpSettings::new("h", "u");
        assert_eq!(settings.path("", ""), ".");
        assert_eq!(settings.path("", "a"), "a");
        assert_eq!(settings.path("out", "a"), "out/a");
        settings.root = "/home/acme/".to_owned();
        assert_eq!(settings.path("out", "a"), "/home/acme/out/a");
        assert_eq!(settings.path("/Inbox", "a"), "/Inbox/a");
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let wrong = toml::from_str::<SftpSettings>("host='h'\nuser='u'\nstrict_host_key=false");
        assert!(wrong.is_err());
    }
}
