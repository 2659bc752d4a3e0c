//! The inventory of what expires besides OpenPGP keys: our login keys, the banks' host keys, keys shared with ERPs.
//!
//! Their ends are days that papers name: in the settings of a party, or beside a shared key. Like OpenPGP keys they are
//! named 90, 30, 7 and 1 days before, unless the next one is there.

use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;

use crate::carrier::sftp::{HostPin, SftpSettings};
use crate::config::{CarrierSettings, Config};
use crate::disk::{self, DiskError};
use crate::document::Date;
use crate::journal::ReportRecord;
use crate::seal::{Alarm, KeyError, KeyInfo, Keys, MacKeyInfo, Owner, Role, SshKey, mac_keys, ssh_keys};
use crate::text;
use crate::words::Text;

/// Since there were signed checkpoints or control reports and no key is there that can sign another one: that nothing
/// is signed any more. `None` also where nothing ever was: `bankferry check` tells of that. Whoever removes the key
/// with the checkpoints cannot take from the journal that its `reports` were signed.
///
/// # Errors
/// [`DiskError`] where the checkpoints cannot be looked at.
pub fn unsigned(
    config: &Config,
    keys: &Keys,
    reports: impl FnOnce() -> Vec<ReportRecord>,
    at: SystemTime,
) -> Result<Option<Text>, DiskError> {
    let signs = |key: &KeyInfo| key.owner == Owner::Own(Role::Audit) && key.state.is_usable();
    if keys.list(at).iter().any(signs) {
        return Ok(None);
    }
    let is_signature = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "asc");
    let was_signed = disk::entries(&config.checkpoints())?.iter().any(is_signature)
        || reports().iter().any(|report| report.signature.is_some());
    Ok(was_signed.then(|| {
        text!(
            "no audit key can be used any more: checkpoints of the journal and control reports are not signed",
            "已没有可用的审计密钥：日志检查点和控制日报不再签名"
        )
    }))
}

/// What is done about it.
pub fn unsigned_hint() -> Text {
    text!(
        "find out why its key is gone, then `bankferry keys generate audit`, and give auditors its certificate",
        "请查明密钥缺失原因，再运行 `bankferry keys generate audit`，并将证书交给审计人员"
    )
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Our SSH key for the login at a party's server.
    Ssh,
    /// A host key of a party's server.
    HostKey,
    /// A key shared with an ERP for the codes beside its files.
    Mac,
}

/// Where a credential stands among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Counts today.
    Current,
    /// Counts from a later day on.
    Next,
    /// Counts no more.
    Ended,
}

/// One credential. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// What it is.
    pub kind: Kind,
    /// The party that it is for.
    pub party: String,
    /// Its fingerprint; of a shared key, its id.
    pub fingerprint: String,
    /// Such as `ssh-ed25519`, where known.
    pub algorithm: String,
    /// The first day on which it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day on which it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Current, next or ended.
    pub place: Place,
    /// The public half of our own SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<String>,
}

/// A credential whose end is near or past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// The credential.
    pub credential: Credential,
    /// Whole days left after today; 0 on the last day and afterwards.
    pub days: u32,
    /// The mark that was passed: 90, 30, 7 or 1 days before, or 0 when it has ended.
    pub mark: u32,
    /// Whether another one of the same kind and party outlives it.
    pub replaced: bool,
}

impl Credential {
    fn new(kind: Kind, party: &str, fingerprint: &str, [from, until]: [Option<Date>; 2], day: Date) -> Credential {
        let place = match (from, until) {
            (_, Some(until)) if until < day => Place::Ended,
            (Some(from), _) if from > day => Place::Next,
            _ => Place::Current,
        };
        let (party, fingerprint) = (party.to_string(), fingerprint.to_string());
        Credential { kind, party, fingerprint, algorithm: String::new(), from, until, place, public: None }
    }

    fn of_ssh(key: SshKey, until: Option<Date>, day: Date) -> Credential {
        let mut credential = Credential::new(Kind::Ssh, &key.party, &key.fingerprint, [None, until], day);
        (credential.algorithm, credential.public) = (key.algorithm, Some(key.public));
        credential
    }

    fn of_pin(party: &str, pin: &HostPin, day: Date) -> Credential {
        let days = [pin.from, pin.until];
        let algorithm = pin.kind.clone().unwrap_or_default();
        Credential { algorithm, ..Credential::new(Kind::HostKey, party, &pin.fingerprint, days, day) }
    }

    fn of_mac(key: &MacKeyInfo, day: Date) -> Credential {
        let algorithm = "hmac-sha256".to_string();
        Credential { algorithm, ..Credential::new(Kind::Mac, &key.party, &key.id, [None, key.until], day) }
    }

    /// Whose it is and what for, in words.
    pub fn owner(&self) -> Text {
        let party = &self.party;
        match self.kind {
            Kind::Ssh => text!("ours, SSH to {party}", "本方，SSH 至 {party}"),
            Kind::HostKey => text!("{party}, its server", "{party} 的服务器"),
            Kind::Mac => text!("shared with {party}", "与 {party} 共享"),
        }
    }
}

impl Place {
    /// In words.
    pub fn words(self) -> Text {
        match self {
            Place::Current => text!("current", "当前"),
            Place::Next => text!("next", "下一把"),
            Place::Ended => text!("expired", "已过期"),
        }
    }
}

impl Ending {
    fn of(credential: &Credential, all: &[Credential], day: Date) -> Option<Ending> {
        let until = credential.until?;
        let left = day.until(until).ok()?.get_days();
        let days = u32::try_from(left).unwrap_or(0);
        let mark = if left < 0 { 0 } else { Alarm::MARKS.into_iter().find(|mark| days <= *mark)? };
        let outlives = |other: &&Credential| {
            other.kind == credential.kind && other.party == credential.party && other.until.is_none_or(|o| o > until)
        };
        let replaced = all.iter().filter(|other| *other != credential).any(|other| outlives(&other));
        Some(Ending { credential: credential.clone(), days, mark, replaced })
    }

    /// The sentence for the person who has to renew it.
    pub fn words(&self) -> Text {
        let (fingerprint, Text { en, zh }, days) = (&self.credential.fingerprint, self.credential.owner(), self.days);
        if self.mark == 0 {
            return text!("key `{fingerprint}` ({en}) has expired", "密钥 `{fingerprint}`（{zh}）已过期");
        }
        if days == 0 {
            return text!("key `{fingerprint}` ({en}) expires today", "密钥 `{fingerprint}`（{zh}）今日到期");
        }
        text!("key `{fingerprint}` ({en}) expires in {days} days", "密钥 `{fingerprint}`（{zh}）将在 {days} 天后到期")
    }
}

/// Everything that may expire besides OpenPGP keys.
///
/// # Errors
/// [`KeyError`] when a key cannot be read, or others may read it.
pub fn credentials(config: &Config, day: Date) -> Result<Vec<Credential>, KeyError> {
    credentials_in(&config.keys(), Some(config), day)
}

/// The same for a folder of keys that may have no configuration yet.
///
/// # Errors
/// As [`credentials`].
pub fn credentials_in(keys: &Path, config: Option<&Config>, day: Date) -> Result<Vec<Credential>, KeyError> {
    let settings = |party: &str| sftp(config).find(|(name, _)| *name == party).map(|(_, settings)| settings);
    let mut all = Vec::new();
    for key in ssh_keys(keys)? {
        // Another key file than ours may be in use; then its end is not this one's.
        let used = settings(&key.party).filter(|s| s.key_file.as_deref().is_none_or(|file| same(file, &key)));
        let until = used.and_then(|settings| settings.key_until);
        all.push(Credential::of_ssh(key, until, day));
    }
    for (party, settings) in sftp(config) {
        all.extend(settings.host_keys.iter().map(|pin| Credential::of_pin(party, pin, day)));
    }
    all.extend(mac_keys(keys)?.iter().map(|key| Credential::of_mac(key, day)));
    Ok(all)
}

/// What ends within 90 days, or has ended.
pub fn endings(credentials: &[Credential], day: Date) -> Vec<Ending> {
    credentials.iter().filter_map(|one| Ending::of(one, credentials, day)).collect()
}

fn sftp(config: Option<&Config>) -> impl Iterator<Item = (&str, &SftpSettings)> {
    config.into_iter().flat_map(|config| &config.parties).filter_map(|party| match &party.carrier {
        CarrierSettings::Sftp(settings) => Some((party.name.as_str(), settings.as_ref())),
        CarrierSettings::Folder => None,
    })
}

fn same(file: &Path, key: &SshKey) -> bool {
    file == key.file || file.canonicalize().ok().zip(key.file.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_host_key_is_named_before_its_end_unless_the_next_one_is_there() {
        let today = day("2026-11-28");
        let pin = |from: Option<&str>, until: Option<&str>| {
            let days = [from.map(day), until.map(day)];
            Credential::new(Kind::HostKey, "acme", from.or(until).unwrap_or("x"), days, today)
        };
        let marks = |until: &str| endings(&[pin(None, Some(until))], today).first().map(|e| (e.mark, e.replaced));
        let at = ["2027-03-01", "2027-02-26", "2026-12-28", "2026-12-05", "2026-11-29", "2026-11-28", "2026-11-27"];
        let wanted = [None, Some(90), Some(30), Some(7), Some(1), Some(1), Some(0)];
        assert_eq!(at.map(|until| marks(until).map(|(mark, _)| mark)), wanted);
        let both = [pin(None, Some("2026-12-05")), pin(Some("2026-12-01"), None)];
        assert_eq!(both.clone().map(|one| one.place), [Place::Current, Place::Next]);
        let endings = endings(&both, today);
        assert_eq!(endings.iter().map(|e| e.replaced).collect::<Vec<_>>(), [true]);
    }
}
