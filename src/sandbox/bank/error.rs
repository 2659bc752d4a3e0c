//! What stops the practice bank itself; a customer's bad file does not.

use crate::disk::DiskError;
use crate::format::{OpenError, WriteError};
use crate::seal::{KeyError, SealError};
use crate::template::TemplateError;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What stops the practice bank itself; a customer's bad file does not.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// Its disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Its keys, or the customer's certificates, cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An answer cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The format of answers or statements is none that can be written.
    #[error(transparent)]
    Format(#[from] OpenError),
    /// An answer or statement cannot be written in its format.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The template of the bank that it plays cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template is not one of a bank.
    #[error("`{0}` is no bank")]
    NoBank(String),
    /// The time zone is not known.
    #[error("`{0}` is not a time zone")]
    Zone(String),
}

impl Explain for BankError {
    fn what(&self) -> Text {
        match self {
            BankError::Disk(e) => e.what(),
            BankError::Key(e) => e.what(),
            BankError::Seal(e) => e.what(),
            BankError::Format(e) => e.what(),
            BankError::Template(e) => e.what(),
            BankError::NoBank(name) => {
                text!("the template `{name}` is not one of a bank", "模板 `{name}` 不是银行模板")
            }
            BankError::Write(WriteError::Refused(finding)) => finding.message.clone(),
            BankError::Write(WriteError::Io(e)) => text!("writing failed", "写入失败").because(e),
            BankError::Zone(name) => text!("`{name}` is not a time zone", "`{name}` 不是有效的时区"),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            BankError::Disk(e) => e.hints(),
            BankError::Key(e) => e.hints(),
            BankError::Seal(e) => e.hints(),
            BankError::Format(e) => e.hints(),
            BankError::Template(e) => e.hints(),
            BankError::Write(_) => Vec::new(),
            BankError::NoBank(_) => {
                vec![text!("name a template of `kind = \"bank\"`", "请指定 `kind = \"bank\"` 的模板")]
            }
            BankError::Zone(_) => {
                vec![text!("use an IANA name such as `Asia/Shanghai`", "请使用 IANA 时区名称，例如 `Asia/Shanghai`")]
            }
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            BankError::Disk(e) => e.remedy(),
            BankError::Key(e) => e.remedy(),
            BankError::Seal(e) => e.remedy(),
            BankError::Format(e) => e.remedy(),
            BankError::Template(e) => e.remedy(),
            BankError::Write(WriteError::Io(_)) => Remedy::Wait,
            BankError::Write(_) | BankError::NoBank(_) | BankError::Zone(_) => Remedy::Person,
        }
    }
}
