//! Why a request to a server failed, and what that means.

use libssh2_sys as raw;
use ssh2::{ErrorCode, MethodType, Session};

use super::super::error::Act;
use super::super::{CarrierError, ErrorKind};
use super::settings::SftpSettings;
use crate::text;
use crate::words::Text;

/// Why one request failed.
#[derive(Debug)]
pub(super) struct Trouble {
    code: ErrorCode,
    words: String,
    timed_out: bool,
}

impl Trouble {
    /// What libssh2 reported; `fired` when the watchdog has ended the connection.
    pub fn of(error: &ssh2::Error, fired: bool) -> Trouble {
        let slow =
            matches!(error.code(), ErrorCode::Session(raw::LIBSSH2_ERROR_TIMEOUT | raw::LIBSSH2_ERROR_SOCKET_TIMEOUT));
        Trouble { code: error.code(), words: error.message().to_owned(), timed_out: fired || slow }
    }

    /// The connection is gone.
    pub fn lost() -> Trouble {
        Trouble::of(&ssh2::Error::from_errno(ErrorCode::Session(raw::LIBSSH2_ERROR_SOCKET_DISCONNECT)), false)
    }

    /// The status with which the SFTP server answered, if it did.
    pub fn status(&self) -> Option<i32> {
        match self.code {
            ErrorCode::SFTP(raw::LIBSSH2_FX_NO_CONNECTION | raw::LIBSSH2_FX_CONNECTION_LOST) => None,
            ErrorCode::SFTP(status) => Some(status),
            ErrorCode::Session(_) => None,
        }
    }

    /// Whether the server said that there is no such file.
    pub fn is_absent(&self) -> bool {
        matches!(self.status(), Some(raw::LIBSSH2_FX_NO_SUCH_FILE | raw::LIBSSH2_FX_NO_SUCH_PATH))
    }

    /// Whether the server said something that may mean several things.
    pub fn is_vague(&self) -> bool {
        matches!(self.status(), Some(0 | raw::LIBSSH2_FX_FAILURE))
    }

    /// Whether the server cannot do what was asked.
    pub fn is_unsupported(&self) -> bool {
        self.status() == Some(raw::LIBSSH2_FX_OP_UNSUPPORTED)
    }

    /// Whether the connection is of no more use: all but an answer, and but what login code handles itself.
    pub fn is_fatal(&self) -> bool {
        let harmless = self.is_refusal() || self.is_key_file() || self.is_channel_refused();
        self.timed_out || (self.status().is_none() && !harmless)
    }

    /// Whether a login was refused.
    pub fn is_refusal(&self) -> bool {
        use raw::{LIBSSH2_ERROR_AUTHENTICATION_FAILED as FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED as UNVERIFIED};
        use raw::{LIBSSH2_ERROR_METHOD_NONE as NONE, LIBSSH2_ERROR_PASSWORD_EXPIRED as EXPIRED};
        matches!(self.code, ErrorCode::Session(FAILED | UNVERIFIED | NONE | EXPIRED))
    }

    /// Whether a private key could not be read. Also the mark of a folder's end: both are `LIBSSH2_ERROR_FILE`.
    pub fn is_key_file(&self) -> bool {
        matches!(self.code, ErrorCode::Session(raw::LIBSSH2_ERROR_FILE | raw::LIBSSH2_ERROR_KEYFILE_AUTH_FAILED))
    }

    /// Whether a listing is at its end.
    pub fn is_end(&self) -> bool {
        self.code == ErrorCode::Session(raw::LIBSSH2_ERROR_FILE)
    }

    /// Whether the server did not open another channel.
    pub fn is_channel_refused(&self) -> bool {
        use raw::{LIBSSH2_ERROR_CHANNEL_FAILURE as FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED as DENIED};
        matches!(self.code, ErrorCode::Session(FAILURE | DENIED))
    }

    /// The error of a request whose meaning is plain.
    pub fn failed(&self, act: Act, place: &str) -> CarrierError {
        let (kind, why) = self.meaning();
        CarrierError::failed(kind, act, place, &why)
    }

    /// The error while connecting.
    pub fn connecting(&self, settings: &SftpSettings) -> CarrierError {
        let (kind, why) = self.meaning();
        let (address, en, zh) = (settings.address(), why.en, why.zh);
        CarrierError::new(kind, text!("no connection to `{address}`: {en}", "无法连接 `{address}`：{zh}"))
    }

    /// The error of the first exchange: mostly no algorithm in common.
    pub fn greeting(&self, settings: &SftpSettings, session: &Session) -> CarrierError {
        use raw::{LIBSSH2_ERROR_KEX_FAILURE as KEX, LIBSSH2_ERROR_METHOD_NOT_SUPPORTED as METHOD};
        if !matches!(self.code, ErrorCode::Session(KEX | METHOD)) || self.timed_out {
            return self.connecting(settings);
        }
        let (address, words) = (settings.address(), &self.words);
        let ours = session.supported_algs(MethodType::Kex).map(|list| list.join(", ")).unwrap_or_default();
        CarrierError::new(
            ErrorKind::Unsupported,
            text!(
                "no algorithm in common with `{address}` (libssh2: \"{words}\")",
                "与 `{address}` 没有共同支持的算法（libssh2 原文：“{words}”）"
            ),
        )
        .hint(text!(
            "we can exchange keys by {ours}; SHA-1 and MD5 algorithms are left out on purpose",
            "本程序支持的密钥交换算法：{ours}；有意不支持 SHA-1 和 MD5 算法"
        ))
    }

    fn meaning(&self) -> (ErrorKind, Text) {
        if self.timed_out {
            return (ErrorKind::TimedOut, text!("the server stopped answering", "服务器停止响应"));
        }
        let words = &self.words;
        if self.is_channel_refused() {
            return (
                ErrorKind::Unsupported,
                text!(
                    "the server opens no SFTP channel (libssh2: \"{words}\")",
                    "服务器未开放 SFTP 通道（libssh2 原文：“{words}”）"
                ),
            );
        }
        match self.status() {
            None => (
                ErrorKind::Connect,
                text!("the connection was lost (libssh2: \"{words}\")", "连接中断（libssh2 原文：“{words}”）"),
            ),
            Some(status) => meaning_of(status, words),
        }
    }
}

/// The status codes of draft-ietf-secsh-filexfer; version 3 knows 0 to 8 only, some servers send more.
fn meaning_of(status: i32, words: &str) -> (ErrorKind, Text) {
    match status {
        raw::LIBSSH2_FX_NO_SUCH_FILE | raw::LIBSSH2_FX_NO_SUCH_PATH => {
            (ErrorKind::NotFound, text!("it does not exist", "不存在"))
        }
        raw::LIBSSH2_FX_PERMISSION_DENIED | raw::LIBSSH2_FX_WRITE_PROTECT => {
            (ErrorKind::Denied, text!("permission denied", "权限不足"))
        }
        raw::LIBSSH2_FX_OP_UNSUPPORTED => {
            (ErrorKind::Unsupported, text!("the server cannot do this", "服务器不支持该操作"))
        }
        raw::LIBSSH2_FX_FILE_ALREADY_EXISTS => (ErrorKind::Exists, text!("the name is taken", "同名文件已存在")),
        raw::LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM | raw::LIBSSH2_FX_QUOTA_EXCEEDED => {
            (ErrorKind::NoSpace, text!("the disk or quota there is full", "对方磁盘或配额已满"))
        }
        raw::LIBSSH2_FX_INVALID_FILENAME => {
            (ErrorKind::BadName, text!("the server does not take the name", "服务器不接受该文件名"))
        }
        raw::LIBSSH2_FX_LINK_LOOP | raw::LIBSSH2_FX_NOT_A_DIRECTORY => (
            ErrorKind::NotAFile,
            text!("it is not what was expected (libssh2: \"{words}\")", "对象类型不符（libssh2 原文：“{words}”）"),
        ),
        _ => (
            ErrorKind::Failure,
            text!(
                "the server refused without a reason (libssh2: \"{words}\")",
                "服务器拒绝，未说明原因（libssh2 原文：“{words}”）"
            ),
        ),
    }
}

/// An answer of the SFTP server as an error.
pub(super) fn sftp_status(status: i32) -> ssh2::Error {
    ssh2::Error::from_errno(ErrorCode::SFTP(status))
}
