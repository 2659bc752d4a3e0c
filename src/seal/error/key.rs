//! What can be wrong with keys.

use std::io;
use std::path::PathBuf;

use super::super::state::{Owner, State, Use};
use crate::disk::DiskError;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What can be wrong with the keys of this installation.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file of keys cannot be written.
    #[error(transparent)]
    Write(#[from] DiskError),
    /// A file of keys cannot be read.
    #[error("{path}: {source}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read a secret.
    #[error("{path}: mode {mode:04o}")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file is there that is not named `<role>-<fingerprint>.pgp` or does not hold that key.
    #[error("{path}: not a key file of ours")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file of a key or certificate exists already.
    #[error("{path}: exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are not an OpenPGP certificate.
    #[error("not a certificate: {why}")]
    NotACertificate {
        /// What is wrong with them.
        why: String,
    },
    /// The bytes hold a secret key where a certificate was expected.
    #[error("a secret key, not a certificate: {fingerprint}")]
    Secret {
        /// The key.
        fingerprint: String,
    },
    /// The bytes hold a certificate where a secret key was expected.
    #[error("no secret key: {fingerprint}")]
    NoSecret {
        /// The certificate.
        fingerprint: String,
    },
    /// A name that cannot be the name of a file, or is empty.
    #[error("bad name: {name:?}")]
    Name {
        /// The name.
        name: String,
    },
    /// The keys asked for would end at once or beyond what can be written.
    #[error("bad validity: {days} days")]
    Validity {
        /// Days asked for.
        days: u32,
    },
    /// No certificate of the party was imported, or no key of ours in a role exists.
    #[error("no key: {owner}")]
    Missing {
        /// Whose key.
        owner: Owner,
    },
    /// There are keys, none of which can be used now.
    #[error("no usable key: {owner}")]
    NotUsable {
        /// Whose keys.
        owner: Owner,
        /// What for.
        purpose: Use,
        /// Each one's fingerprint and why not.
        keys: Vec<(String, State)>,
    },
    /// The policy names a key that is not there.
    #[error("no key {fingerprint}: {owner}")]
    PinNotFound {
        /// Whose key.
        owner: Owner,
        /// The fingerprint in the policy.
        fingerprint: String,
    },
    /// The key has a passphrase and none was given.
    #[error("locked: {fingerprint}")]
    Locked {
        /// The key.
        fingerprint: String,
    },
    /// The passphrase does not open the key.
    #[error("wrong passphrase: {fingerprint}")]
    Passphrase {
        /// The key.
        fingerprint: String,
    },
    /// No key has this fingerprint.
    #[error("unknown fingerprint: {fingerprint}")]
    Unknown {
        /// What was asked for.
        fingerprint: String,
    },
    /// The cryptographic library refused.
    #[error("{why}")]
    Library {
        /// In its words.
        why: String,
    },
}

impl KeyError {
    pub(in crate::seal) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> KeyError {
        move |source| KeyError::Disk { path: path.into(), source }
    }

    /// An error of the library in its own words: the chain of causes, never the dump of a signature.
    pub(in crate::seal) fn library(error: anyhow::Error) -> KeyError {
        KeyError::Library { why: format!("{error:#}") }
    }
}

impl Explain for KeyError {
    fn what(&self) -> Text {
        match self {
            KeyError::Write(error) => error.what(),
            KeyError::Disk { path, source } => {
                let path = path.display();
                text!("key file `{path}` cannot be read", "密钥文件 `{path}` 无法读取").because(source)
            }
            KeyError::Mode { path, mode } => {
                let path = path.display();
                text!(
                    "other users may read the secret file `{path}` (mode {mode:04o})",
                    "其他用户可以读取机密文件 `{path}`（权限 {mode:04o}）"
                )
            }
            KeyError::Foreign { path } => {
                let path = path.display();
                text!("`{path}` is not one of our key files", "`{path}` 不是本系统的密钥文件")
            }
            KeyError::Exists { path } => {
                let path = path.display();
                text!("`{path}` exists already and is not overwritten", "`{path}` 已存在，不会被覆盖")
            }
            KeyError::NotACertificate { why } => {
                text!("this is not an OpenPGP certificate: {why}", "这不是 OpenPGP 证书：{why}")
            }
            KeyError::Secret { fingerprint } => text!(
                "this file holds the secret key `{fingerprint}`, not only a certificate; nothing was imported",
                "该文件含有私钥 `{fingerprint}`，而不只是证书；未导入任何内容"
            ),
            KeyError::NoSecret { fingerprint } => {
                text!("`{fingerprint}` comes without its secret key", "`{fingerprint}` 不含私钥")
            }
            KeyError::Name { name } => text!("`{name}` cannot be a name here", "`{name}` 不能用作名称"),
            KeyError::Validity { days } => text!("a key cannot be valid for {days} days", "密钥有效期不能为 {days} 天"),
            KeyError::Missing { owner } => no_key(owner),
            KeyError::NotUsable { owner, purpose, keys } => not_usable(owner, *purpose, keys),
            KeyError::PinNotFound { owner, fingerprint } => {
                let Text { en, zh } = owner.words();
                text!(
                    "the policy names the key `{fingerprint}` ({en}), which is not there",
                    "策略指定的密钥 `{fingerprint}`（{zh}）不存在"
                )
            }
            KeyError::Locked { fingerprint } => {
                text!("key `{fingerprint}` is locked by a passphrase", "密钥 `{fingerprint}` 有口令保护")
            }
            KeyError::Passphrase { fingerprint } => {
                text!("the passphrase does not open key `{fingerprint}`", "口令无法解锁密钥 `{fingerprint}`")
            }
            KeyError::Unknown { fingerprint } => {
                text!("no key has the fingerprint `{fingerprint}`", "没有指纹为 `{fingerprint}` 的密钥")
            }
            KeyError::Library { why } => text!("the OpenPGP library refused: {why}", "OpenPGP 库拒绝执行：{why}"),
        }
    }

    fn hints(&self) -> Vec<Text> {
        let hint = match self {
            KeyError::Write(error) => return error.hints(),
            KeyError::Disk { .. } | KeyError::Exists { .. } | KeyError::Library { .. } => return Vec::new(),
            KeyError::Mode { path, .. } => {
                let path = path.display();
                text!("run `chmod 600 {path}` as its owner", "请以文件所有者身份执行 `chmod 600 {path}`")
            }
            KeyError::Foreign { path } => {
                let path = path.display();
                text!(
                    "move `{path}` away, or bring the key in with `bankferry keys import`",
                    "请移走 `{path}`，或用 `bankferry keys import` 导入该密钥"
                )
            }
            KeyError::NotACertificate { .. } => text!(
                "ask the party for its OpenPGP public key, armored or binary",
                "请向对方索取其 OpenPGP 公钥（文本或二进制均可）"
            ),
            KeyError::Secret { .. } => text!(
                "ask the party for its public key only, and tell it that its secret key has been sent around",
                "请只向对方索取公钥，并告知其私钥已外泄"
            ),
            KeyError::NoSecret { .. } => {
                text!(
                    "export the secret key as well, such as with `gpg --export-secret-keys`",
                    "请连同私钥一起导出，例如 `gpg --export-secret-keys`"
                )
            }
            KeyError::Name { .. } => text!(
                "use letters, digits, `-`, `_` and `.`, not starting with a dot",
                "请使用字母、数字、`-`、`_`、`.`，且不以点开头"
            ),
            KeyError::Validity { .. } => {
                text!("banks usually accept up to two years: 730 days", "银行通常接受最长两年：730 天")
            }
            KeyError::Missing { owner } => renew(owner),
            KeyError::NotUsable { owner, .. } => renew(owner),
            KeyError::PinNotFound { .. } | KeyError::Unknown { .. } => {
                text!("`bankferry keys list` shows all fingerprints", "`bankferry keys list` 可列出全部指纹")
            }
            KeyError::Locked { .. } => text!(
                "put the passphrase into the file `passphrase` beside the keys, mode 0400",
                "请将口令写入密钥目录下的 `passphrase` 文件，权限 0400"
            ),
            KeyError::Passphrase { .. } => text!(
                "compare the file `passphrase` with the passphrase given when the key was made",
                "请核对 `passphrase` 文件与生成密钥时设置的口令"
            ),
        };
        vec![hint]
    }

    fn remedy(&self) -> Remedy {
        match self {
            KeyError::Write(error) => error.remedy(),
            KeyError::Disk { source, .. } => Remedy::of_io(source),
            _ => Remedy::Person,
        }
    }
}

fn no_key(owner: &Owner) -> Text {
    match owner {
        Owner::Own(role) => text!("we have no key in the role `{role}`", "本方没有角色为 `{role}` 的密钥"),
        Owner::Party(party) => text!("no certificate of `{party}` was imported", "尚未导入 `{party}` 的证书"),
    }
}

fn renew(owner: &Owner) -> Text {
    match owner {
        Owner::Own(role) => text!(
            "run `bankferry keys generate {role}`, give the certificate to the bank, and wait for its confirmation",
            "请执行 `bankferry keys generate {role}`，将证书交给银行并等待其确认"
        ),
        Owner::Party(party) => text!(
            "ask `{party}` for its current key and run `bankferry keys import {party} FILE`",
            "请向 `{party}` 索取当前有效的公钥，并执行 `bankferry keys import {party} FILE`"
        ),
    }
}

fn not_usable(owner: &Owner, purpose: Use, keys: &[(String, State)]) -> Text {
    let list = |chinese: bool| {
        let one = |(fingerprint, state): &(String, State)| {
            let words = state.words();
            if chinese { format!("`{fingerprint}` {}", words.zh) } else { format!("`{fingerprint}` is {}", words.en) }
        };
        keys.iter().map(one).collect::<Vec<_>>().join(if chinese { "；" } else { "; " })
    };
    let whose = owner.words();
    let (en, zh) = (format!("({}): {}", whose.en, list(false)), format!("（{}）：{}", whose.zh, list(true)));
    match purpose {
        Use::Sign => text!("no key can sign {en}", "没有可用于签名的密钥{zh}"),
        Use::Encrypt => text!("no key can encrypt {en}", "没有可用于加密的密钥{zh}"),
    }
}
