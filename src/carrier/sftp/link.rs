//! One connection to one server: made, checked, watched, and cut without waiting.

use std::cell::Cell;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libssh2_sys as raw;
use ssh2::{DisconnectCode, ErrorCode, MethodType, Session, Sftp};

use super::super::{CarrierError, ErrorKind};
use super::extensions::Extensions;
use super::host_keys::{Trust, fingerprint};
use super::login::log_in;
use super::settings::SftpSettings;
use super::trouble::{Trouble, sftp_status};
use super::watchdog::Watchdog;
use crate::text;
use crate::words::{Text, system};

/// A connection that was idle longer than this is made anew: firewalls forget connections without a word.
const STALE: Duration = Duration::from_secs(60);

/// What the server is given to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often a channel is asked for in the place of one that was just closed.
const FREE_TRIES: u32 = 40;
/// The wait between two of these.
const FREE_WAIT: Duration = Duration::from_millis(50);

/// A live connection with its SFTP channels.
pub(super) struct Link {
    // The channels go before the session, the session before the watchdog that guards it.
    extensions: Option<Extensions>,
    sftp: Option<Arc<Sftp>>,
    session: Session,
    stream: TcpStream,
    dog: Watchdog,
    limit: Duration,
    used: Cell<Instant>,
    broken: Cell<bool>,
    /// Fingerprint of the server's host key.
    pub host_key: String,
}

impl Link {
    /// Connects, checks the host key, logs in. Nothing secret is sent before the host key was found right.
    pub fn make(settings: &SftpSettings) -> Result<Link, CarrierError> {
        let trust = trust(settings)?;
        let limit = Duration::from_secs(u64::from(settings.timeout_seconds.max(1)));
        let stream = reach(settings, limit)?;
        let mut link =
            Link::over(stream, limit).map_err(|error| unreachable(settings, &Text::same(error.to_string())))?;
        prefer(&link.session, settings, &trust)?;
        let mut session = link.session.clone();
        link.ask(|| session.handshake()).map_err(|trouble| trouble.greeting(settings, &link.session))?;
        link.host_key = link.session.host_key().map(|(key, _)| fingerprint(key)).unwrap_or_default();
        check_host_key(settings, &trust, &link)?;
        log_in(&link, settings)?;
        Ok(link)
    }

    fn over(stream: TcpStream, limit: Duration) -> std::io::Result<Link> {
        stream.set_nodelay(true)?;
        let dog = Watchdog::start(stream.try_clone()?)?;
        let mut session = Session::new()?;
        session.set_timeout(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX));
        session.set_tcp_stream(stream.try_clone()?);
        let (used, broken) = (Cell::new(Instant::now()), Cell::new(false));
        Ok(Link { extensions: None, sftp: None, session, stream, dog, limit, used, broken, host_key: String::new() })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Makes one request under the watchdog. When the connection failed it is cut at once, so that nothing that is
    /// dropped afterwards waits for a dead peer.
    pub fn ask<T>(&self, request: impl FnOnce() -> Result<T, ssh2::Error>) -> Result<T, Trouble> {
        // libssh2's own timeout comes first; the watchdog is for where it does not reach.
        self.dog.arm(self.limit + Duration::from_secs(1));
        let answer = request();
        let fired = self.dog.disarm();
        self.used.set(Instant::now());
        answer.map_err(|error| {
            let trouble = Trouble::of(&error, fired);
            if trouble.is_fatal() {
                self.cut();
            }
            trouble
        })
    }

    /// The same for the standard library's reads and writes, whose errors lose libssh2's code.
    pub fn ask_io<T>(&self, request: impl FnOnce() -> std::io::Result<T>) -> Result<T, Trouble> {
        self.ask(|| request().map_err(|error| self.code_of(&error)))
    }

    /// The session remembers the code. A status of the SFTP server is only known to be one; what it was, nobody says.
    fn code_of(&self, error: &std::io::Error) -> ssh2::Error {
        match (ssh2::Error::last_session_error(&self.session), error.kind()) {
            (_, std::io::ErrorKind::NotFound) => sftp_status(raw::LIBSSH2_FX_NO_SUCH_FILE),
            (Some(last), _) if last.code() == ErrorCode::Session(raw::LIBSSH2_ERROR_SFTP_PROTOCOL) => {
                sftp_status(raw::LIBSSH2_FX_FAILURE)
            }
            (Some(last), _) => last,
            (None, _) => ssh2::Error::unknown(),
        }
    }

    /// The SFTP channel, opened when first needed.
    pub fn sftp(&mut self) -> Result<Arc<Sftp>, Trouble> {
        match &self.sftp {
            Some(sftp) => Ok(Arc::clone(sftp)),
            None => {
                let opened = match self.ask(|| self.session.sftp()) {
                    Err(trouble) if trouble.is_channel_refused() && self.extensions.take().is_some() => {
                        self.once_free(|| self.session.sftp())
                    }
                    opened => opened,
                };
                Ok(Arc::clone(self.sftp.insert(Arc::new(opened?))))
            }
        }
    }

    /// Opens the channel for extensions, when first needed. On a server that allows one channel only, each of the
    /// two closes the other.
    pub fn open_extensions(&mut self) -> Result<(), Trouble> {
        if self.extensions.is_none() {
            let opened = match self.ask(|| Extensions::open(&self.session)) {
                Err(trouble) if trouble.is_channel_refused() && self.sftp.take().is_some() => {
                    self.once_free(|| Extensions::open(&self.session))
                }
                opened => opened,
            };
            self.extensions = Some(opened?);
        }
        Ok(())
    }

    /// Opens a channel in the place of one that was just closed: the server may take a moment to see it go.
    fn once_free<T>(&self, open: impl Fn() -> Result<T, ssh2::Error>) -> Result<T, Trouble> {
        for _ in 1..FREE_TRIES {
            match self.ask(&open) {
                Err(trouble) if trouble.is_channel_refused() => std::thread::sleep(FREE_WAIT),
                opened => return opened,
            }
        }
        self.ask(&open)
    }

    /// Renames in one step, over an existing file too.
    pub fn posix_rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        let extensions = self.extensions.as_ref().ok_or_else(Trouble::lost)?;
        self.ask(|| extensions.rename(from, to))
    }

    /// Free bytes of the disk that holds a path.
    pub fn free(&self, path: &str) -> Result<u64, Trouble> {
        let extensions = self.extensions.as_ref().ok_or_else(Trouble::lost)?;
        self.ask(|| extensions.free(path))
    }

    /// Whether the next request may use this connection: not broken, not idle for long, not closed by the server.
    pub fn is_fresh(&self) -> bool {
        // libssh2 has made the socket non-blocking: looking does not wait.
        let closed = matches!(self.stream.peek(&mut [0; 1]), Ok(0));
        !self.broken.get() && !closed && self.used.get().elapsed() < STALE
    }

    /// Whether the connection has failed.
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Shuts the connection down; every later request on it fails at once.
    pub fn cut(&self) {
        self.broken.set(true);
        self.dog.cut();
    }

    /// What was negotiated.
    pub fn algorithms(&self) -> Vec<(String, String)> {
        let asked = [
            ("kex", MethodType::Kex),
            ("host-key", MethodType::HostKey),
            ("cipher-out", MethodType::CryptCs),
            ("cipher-in", MethodType::CryptSc),
            ("mac-out", MethodType::MacCs),
            ("mac-in", MethodType::MacSc),
        ];
        let told = |(name, kind): (&str, MethodType)| {
            self.session.methods(kind).map(|algorithm| (name.to_owned(), algorithm.to_owned()))
        };
        asked.into_iter().filter_map(told).collect()
    }
}

impl Drop for Link {
    /// Says goodbye within [`GOODBYE`] to a server that still answers; a broken connection is already cut.
    fn drop(&mut self) {
        self.session.set_timeout(u32::try_from(GOODBYE.as_millis()).unwrap_or(u32::MAX));
        self.dog.arm(GOODBYE);
        self.extensions = None;
        self.sftp = None;
        if !self.broken.get() {
            let _ = self.session.disconnect(Some(DisconnectCode::ByApplication), "done", None);
        }
        self.cut();
    }
}

/// The keys that count, from the settings and from the `known_hosts` file.
fn trust(settings: &SftpSettings) -> Result<Trust, CarrierError> {
    let mut trust = Trust { pins: settings.host_keys.clone(), revoked: Vec::new() };
    if let Some(path) = &settings.known_hosts {
        let file = fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            CarrierError::new(ErrorKind::HostKey, text!("`{path}` cannot be read", "无法读取 `{path}`").because(&error))
        })?;
        trust.add_known_hosts(&file, &settings.host, settings.port);
    }
    Ok(trust)
}

/// A TCP connection to the first address that answers.
pub(super) fn reach(settings: &SftpSettings, limit: Duration) -> Result<TcpStream, CarrierError> {
    let unknown = |error| text!("the name cannot be looked up ({error})", "无法解析主机名（{error}）");
    let addresses = (settings.host.as_str(), settings.port)
        .to_socket_addrs()
        .map_err(|error: std::io::Error| unreachable(settings, &unknown(error)))?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    let Some(error) = last else {
        return Err(unreachable(settings, &text!("the name has no address", "主机名没有对应地址")));
    };
    let kind = if error.kind() == std::io::ErrorKind::TimedOut { ErrorKind::TimedOut } else { ErrorKind::Connect };
    Err(unreachable_as(kind, settings, &system::answer(&error)))
}

fn unreachable(settings: &SftpSettings, words: &Text) -> CarrierError {
    unreachable_as(ErrorKind::Connect, settings, words)
}

fn unreachable_as(kind: ErrorKind, settings: &SftpSettings, words: &Text) -> CarrierError {
    let (address, Text { en, zh }) = (settings.address(), words);
    CarrierError::new(kind, text!("no connection to `{address}`: {en}", "无法连接 `{address}`：{zh}"))
}

/// Tells libssh2 which algorithms may be used.
fn prefer(session: &Session, settings: &SftpSettings, trust: &Trust) -> Result<(), CarrierError> {
    let wanted = &settings.algorithms;
    let host_key = match wanted.host_key.as_slice() {
        [] => trust.algorithms().unwrap_or_default(),
        named => named.join(","),
    };
    let lists = [
        (MethodType::Kex, wanted.kex.join(",")),
        (MethodType::HostKey, host_key),
        (MethodType::CryptCs, wanted.ciphers.join(",")),
        (MethodType::CryptSc, wanted.ciphers.join(",")),
        (MethodType::MacCs, wanted.macs.join(",")),
        (MethodType::MacSc, wanted.macs.join(",")),
        (MethodType::SignAlgo, wanted.sign.join(",")),
    ];
    for (kind, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        session.method_pref(kind, &list).map_err(|_| {
            CarrierError::new(
                ErrorKind::Unsupported,
                text!("none of the algorithms `{list}` is known here", "所列算法 `{list}` 均不受支持"),
            )
        })?;
    }
    Ok(())
}

/// Refuses a server whose key is not one of the pinned ones, and tells the key that was seen.
fn check_host_key(settings: &SftpSettings, trust: &Trust, link: &Link) -> Result<(), CarrierError> {
    let seen = &link.host_key;
    if trust.accepts(seen) {
        return Ok(());
    }
    let address = settings.address();
    let refuse = |what| Err(CarrierError::new(ErrorKind::HostKey, what));
    if trust.revoked.contains(seen) {
        return refuse(text!(
            "the host key {seen} of `{address}` is revoked",
            "`{address}` 的主机密钥 {seen} 已被吊销"
        ));
    }
    if trust.pins.is_empty() {
        return Err(CarrierError::new(
            ErrorKind::HostKey,
            text!(
                "no host key is pinned for `{address}`; it shows {seen}",
                "尚未指定 `{address}` 的主机密钥；服务器出示 {seen}"
            ),
        )
        .hint(text!(
            "compare it with the fingerprint from the bank's papers, then put it into `host_keys`",
            "请与银行书面提供的指纹核对，一致后写入 `host_keys`"
        )));
    }
    let pinned = trust.pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(CarrierError::new(
        ErrorKind::HostKey,
        text!(
            "`{address}` shows the host key {seen}, pinned is {pinned}",
            "`{address}` 出示的主机密钥为 {seen}，与指定的 {pinned} 不符"
        ),
    )
    .hint(text!(
        "ask the bank by telephone whether the key was changed; nothing is sent until it is pinned",
        "请致电银行确认主机密钥是否更换；确认并更新前不会发送任何文件"
    )))
}
