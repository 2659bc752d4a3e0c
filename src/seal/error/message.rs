//! What can be wrong with a sealed file.

use std::io;

use super::super::state::State;
use super::KeyError;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What can be wrong with a sealed file. Nothing that was written before the error may be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A key is missing or cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file to be sealed or opened cannot be read on.
    #[error("input: {0}")]
    Input(#[source] io::Error),
    /// The result cannot be written.
    #[error("output: {0}")]
    Output(#[source] io::Error),
    /// The cryptographic library refused.
    #[error("{why}")]
    Library {
        /// In its words.
        why: String,
    },
    /// The file is no OpenPGP message at all: plaintext where a sealed file must be.
    #[error("not an OpenPGP message")]
    Plain,
    /// The file is an OpenPGP text signature around readable text.
    #[error("clear-signed text")]
    ClearSigned,
    /// Signed, but readable by anyone.
    #[error("not encrypted")]
    NotEncrypted,
    /// Encrypted although the policy says it is not.
    #[error("encrypted")]
    Encrypted,
    /// Nobody signed it.
    #[error("not signed")]
    Unsigned,
    /// Signed, but by no key of this party.
    #[error("signed by unknown keys {signers:?}")]
    Stranger {
        /// Who signed, as far as the file says.
        signers: Vec<String>,
    },
    /// Signed by a key of this party that was or is not usable.
    #[error("signed by unusable key {fingerprint}")]
    Signer {
        /// The key.
        fingerprint: String,
        /// Why not.
        state: State,
    },
    /// The signature does not belong to these bytes.
    #[error("bad signature by {fingerprint}")]
    BadSignature {
        /// The key that is said to have made it.
        fingerprint: String,
    },
    /// The signature rests on an algorithm that is no longer safe.
    #[error("weak signature by {fingerprint}: {why}")]
    WeakSignature {
        /// The key.
        fingerprint: String,
        /// The library's reason.
        why: String,
    },
    /// The signature was made at a moment that has not come yet, or has ended.
    #[error("signature by {fingerprint} not valid now")]
    SignatureTime {
        /// The key.
        fingerprint: String,
        /// When it was made, RFC 3339.
        made: String,
    },
    /// Made for somebody else and passed on to us.
    #[error("signed for somebody else")]
    NotForUs,
    /// Encrypted to keys that are not ours.
    #[error("encrypted to {keys:?}")]
    WrongRecipient {
        /// Identifiers of the keys that can read it.
        keys: Vec<String>,
    },
    /// Encrypted with a passphrase only.
    #[error("encrypted with a passphrase")]
    PassphraseOnly,
    /// Damaged on the way or changed by somebody.
    #[error("damaged or manipulated")]
    Damaged,
    /// The end is missing.
    #[error("truncated")]
    Truncated,
    /// There is something before or after the message.
    #[error("more than one message")]
    Surplus,
    /// Compressed, which the policy does not allow.
    #[error("compressed")]
    Compressed,
    /// Layers in another order or number than agreed.
    #[error("unexpected layers")]
    Shape,
    /// Encrypted without protection against change: a container of 1998.
    #[error("no integrity protection")]
    NoIntegrity,
    /// GnuPG's own authenticated container (packet 20), which only GnuPG reads.
    #[error("GnuPG's own container")]
    GnuPgContainer,
    /// Encrypted with a cipher that is unsafe or unknown.
    #[error("cipher {cipher}")]
    Cipher {
        /// Its name.
        cipher: String,
    },
    /// More plaintext than the cap.
    #[error("more than {cap} bytes")]
    TooBig {
        /// The cap in bytes.
        cap: u64,
    },
    /// So much plaintext from so few bytes that it is made to harm.
    #[error("compression bomb")]
    Bomb,
    /// An outbound file has another form than the policy says.
    #[error("armor")]
    Armor,
}

impl Explain for SealError {
    fn what(&self) -> Text {
        match self {
            SealError::Key(error) => error.what(),
            SealError::Input(error) => text!("the file cannot be read on", "无法继续读取文件").because(error),
            SealError::Output(error) => text!("the result cannot be written", "结果无法写入").because(error),
            SealError::Library { why } => text!("the OpenPGP library refused: {why}", "OpenPGP 库拒绝执行：{why}"),
            SealError::Signer { .. }
            | SealError::Stranger { .. }
            | SealError::BadSignature { .. }
            | SealError::WeakSignature { .. }
            | SealError::SignatureTime { .. }
            | SealError::NotForUs
            | SealError::Unsigned => self.about_signature(),
            _ => self.about_message(),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            SealError::Key(error) => error.hints(),
            _ => self.advice().into_iter().collect(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            SealError::Key(error) => error.remedy(),
            SealError::Input(_) | SealError::Output(_) => Remedy::Wait,
            _ => Remedy::Person,
        }
    }
}

impl SealError {
    /// An error of the library in its own words: the chain of causes, never the dump of a signature.
    pub(in crate::seal) fn library(error: &anyhow::Error) -> SealError {
        SealError::Library { why: format!("{error:#}") }
    }

    fn about_signature(&self) -> Text {
        match self {
            SealError::Unsigned => text!("the file is not signed", "文件未签名"),
            SealError::Stranger { signers } => {
                let signers = signers.join(", ");
                text!(
                    "the file is signed by `{signers}`, which is no key of this party",
                    "文件由 `{signers}` 签名，该密钥不属于此交易方"
                )
            }
            SealError::Signer { fingerprint, state } => {
                let state = state.words();
                let (en, zh) = (state.en, state.zh);
                text!(
                    "the file is signed by key `{fingerprint}`, which is {en}",
                    "文件由密钥 `{fingerprint}` 签名，该密钥{zh}"
                )
            }
            SealError::BadSignature { fingerprint } => text!(
                "the signature of key `{fingerprint}` does not belong to this content",
                "密钥 `{fingerprint}` 的签名与文件内容不符"
            ),
            SealError::WeakSignature { fingerprint, why } => text!(
                "the signature of key `{fingerprint}` is too weak: {why}",
                "密钥 `{fingerprint}` 的签名算法强度不足：{why}"
            ),
            SealError::SignatureTime { fingerprint, made } => text!(
                "the signature of key `{fingerprint}`, made at {made}, is not valid at this hour",
                "密钥 `{fingerprint}` 于 {made} 所作的签名在当前时刻无效"
            ),
            _ => text!("the signer made this file for somebody else", "签名方并非为我方制作此文件"),
        }
    }

    fn about_message(&self) -> Text {
        match self {
            SealError::Plain => text!("the file is not an OpenPGP message", "文件不是 OpenPGP 报文"),
            SealError::ClearSigned => text!("the file is clear-signed text", "文件是明文签名文本"),
            SealError::NotEncrypted => text!("the file is not encrypted", "文件未加密"),
            SealError::Encrypted => text!("the file is encrypted, which is not agreed", "文件已加密，与约定不符"),
            SealError::WrongRecipient { keys } => {
                let keys = keys.join(", ");
                text!("the file is encrypted to `{keys}`, none of which is ours", "文件加密给 `{keys}`，均不是本方密钥")
            }
            SealError::PassphraseOnly => text!("the file is encrypted with a passphrase", "文件使用口令加密"),
            SealError::Truncated => text!("the end of the file is missing", "文件不完整，缺少结尾"),
            SealError::Surplus => {
                text!("there is something before or after the sealed message", "加密报文前后还有其他内容")
            }
            SealError::Compressed => {
                text!("the message is compressed, which is not agreed", "报文经过压缩，与约定不符")
            }
            SealError::Shape => {
                text!("the message has other layers than agreed", "报文的加密、签名层次与约定不符")
            }
            SealError::NoIntegrity => {
                text!("the message is not protected against changes", "报文没有完整性保护")
            }
            SealError::GnuPgContainer => {
                text!("the message uses GnuPG's own OCB container", "报文使用 GnuPG 专有的 OCB 格式")
            }
            SealError::Cipher { cipher } => {
                text!(
                    "the message uses the cipher {cipher}, which is not accepted",
                    "报文使用的加密算法 {cipher} 不被接受"
                )
            }
            SealError::TooBig { cap } => text!("the content is larger than {cap} bytes", "内容超过 {cap} 字节"),
            SealError::Bomb => {
                text!("the content unpacks to more than 100 times its size", "内容解压后超过原大小的 100 倍")
            }
            SealError::Armor => {
                text!("the sealed file is not in the form that the policy says", "密文格式与策略（文本或二进制）不符")
            }
            _ => text!("the message was damaged or manipulated", "报文已损坏或被篡改"),
        }
    }

    fn advice(&self) -> Option<Text> {
        Some(match self {
            SealError::Plain | SealError::NotEncrypted => text!(
                "nothing of it was used; ask the party to encrypt and sign, or change its seal policy",
                "未使用其中任何内容；请要求对方加密并签名，或修改其加密策略"
            ),
            SealError::ClearSigned => text!(
                "ask the party for a signed OpenPGP message (`gpg --sign`, not `--clear-sign`)",
                "请要求对方发送签名报文（`gpg --sign`，而非 `--clear-sign`）"
            ),
            SealError::Encrypted => {
                text!(
                    "set `encrypt = true` in the party's seal policy if this is wanted",
                    "如确需加密，请在该方策略中设置 `encrypt = true`"
                )
            }
            SealError::Unsigned => {
                text!("nothing of it was used; ask the party to sign its files", "未使用其中任何内容；请要求对方签名")
            }
            SealError::Stranger { .. } => text!(
                "call the party on a known number; if it has a new key, run `bankferry keys import`",
                "请通过已知电话联系对方；如对方更换了密钥，请执行 `bankferry keys import`"
            ),
            SealError::Signer { .. } => {
                text!(
                    "ask the party to sign with its current key, and import that key",
                    "请对方使用当前有效的密钥签名，并导入该密钥"
                )
            }
            SealError::BadSignature { .. } | SealError::Damaged | SealError::Truncated | SealError::Surplus => text!(
                "nothing of it was used; fetch it again or ask the party to send it again",
                "未使用其中任何内容；请重新获取，或请对方重发"
            ),
            SealError::WeakSignature { .. } => {
                text!("ask the party to sign with SHA-256 or better", "请对方使用 SHA-256 或更强的摘要算法签名")
            }
            SealError::SignatureTime { .. } => {
                text!("compare our clock and the party's", "请核对双方的系统时间")
            }
            SealError::NotForUs | SealError::WrongRecipient { .. } => text!(
                "give the party our certificate again: `bankferry keys export decrypt`",
                "请重新向对方提供我方证书：`bankferry keys export decrypt`"
            ),
            SealError::PassphraseOnly => {
                text!("ask the party to encrypt to our certificate", "请对方使用我方证书加密")
            }
            SealError::Compressed => text!(
                "set `accept-compressed = true` in the party's seal policy, or ask it not to compress (`gpg -z 0`)",
                "请在该方策略中设置 `accept-compressed = true`，或请对方不压缩（`gpg -z 0`）"
            ),
            SealError::Shape => {
                text!("ask the party to sign and encrypt once, in one message", "请对方在同一报文中签名并加密一次")
            }
            SealError::NoIntegrity | SealError::Cipher { .. } => {
                text!("ask the party to encrypt with AES and integrity protection", "请对方使用 AES 并启用完整性保护")
            }
            SealError::GnuPgContainer => {
                text!("ask the party to encrypt with `gpg --rfc4880`", "请对方使用 `gpg --rfc4880` 加密")
            }
            SealError::TooBig { .. } => {
                text!("raise the size limit if files of this size are expected", "如预期有此大小的文件，请提高大小上限")
            }
            SealError::Bomb => {
                text!("keep the file and ask the party where it comes from", "请保留该文件并向对方查证来源")
            }
            _ => return None,
        })
    }
}
