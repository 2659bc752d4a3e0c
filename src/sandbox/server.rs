//! The practice bank's SFTP server: on loopback, in this process, with faults on request.
//!
//! It behaves like OpenSSH's where that matters: a plain rename is a link and an unlink and never overwrites,
//! `posix-rename@openssh.com` is one step and overwrites, a name that is taken is `SSH_FX_FAILURE`. Async code stays
//! behind [`SandboxServer::start`]: one thread, one runtime.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::ssh_key::{HashAlg, LineEnding};
use russh::keys::{PrivateKey, PublicKey};
use russh::server::Config;
use tokio::sync::watch;

use super::connection::Connection;
pub use super::faults::{Fault, Operation, Refusal, Script, What, When};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// Settings of the practice bank's server.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The folder that users see as `/`. Nothing outside it can be reached.
    pub root: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Who may log in.
    pub users: Vec<SandboxUser>,
    /// Where the host key is kept between runs; without it there is a new one at every start.
    pub host_key_file: Option<PathBuf>,
    /// Whether `posix-rename@openssh.com` is offered.
    pub posix_rename: bool,
    /// Whether `fsync@openssh.com` is offered.
    pub fsync: bool,
}

impl ServerSettings {
    /// A server for one folder, with both extensions, on a free port, without users yet.
    pub fn new(root: impl Into<PathBuf>) -> ServerSettings {
        let (users, host_key_file) = (Vec::new(), None);
        ServerSettings { root: root.into(), port: 0, users, host_key_file, posix_rename: true, fsync: true }
    }
}

/// A user of the practice bank.
#[derive(Clone, Debug, Default)]
pub struct SandboxUser {
    /// Login name.
    pub name: String,
    /// Password, where one is accepted.
    pub password: Option<String>,
    /// Whether the password is asked for by a question (keyboard-interactive) instead of taken as such.
    pub asks: bool,
    /// Public keys in OpenSSH's form, ed25519 or ECDSA.
    pub keys: Vec<String>,
}

/// Why the practice bank's server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port or the folder cannot be used.
    #[error("the practice bank's server does not start: {0}")]
    Io(#[from] io::Error),
    /// A key cannot be read or written.
    #[error("a key of the practice bank cannot be used: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
}

impl Explain for ServerError {
    fn what(&self) -> Text {
        match self {
            ServerError::Io(e) => {
                text!("the practice bank's server does not start", "模拟银行服务器无法启动").because(e)
            }
            ServerError::Key(e) => {
                text!("a key of the practice bank cannot be used: {e}", "模拟银行的密钥无法使用：{e}")
            }
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::Person
    }
}

/// Starts practice banks' servers.
#[derive(Debug)]
pub struct SandboxServer;

impl SandboxServer {
    /// Starts a server; it runs until the returned value is dropped.
    pub fn start(settings: ServerSettings) -> Result<Running, ServerError> {
        std::fs::create_dir_all(&settings.root)?;
        let root = settings.root.canonicalize()?;
        let shared = Arc::new(Shared {
            users: read_users(&settings.users)?,
            root,
            posix_rename: settings.posix_rename,
            fsync: settings.fsync,
            script: Script::default(),
            config: Mutex::new(Arc::new(config(host_key(settings.host_key_file.as_deref())?))),
        });
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port)))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("sandbox-server".to_owned()).spawn(move || {
            runtime.block_on(serve(listener, serving, stopped));
            // Frozen connections have tasks that never end.
            runtime.shutdown_timeout(Duration::from_millis(100));
        })?;
        Ok(Running { port, shared, stop, thread: Some(thread) })
    }
}

/// A running server; dropping it stops it and cuts its connections.
#[derive(Debug)]
pub struct Running {
    port: u16,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Fingerprint of the host key, `SHA256:…`.
    pub fn host_key_fingerprint(&self) -> String {
        let config = Arc::clone(&self.shared.config());
        config.keys.first().map(|key| key.fingerprint(HashAlg::Sha256).to_string()).unwrap_or_default()
    }

    /// The folder that users see as `/`.
    pub fn root(&self) -> &std::path::Path {
        &self.shared.root
    }

    /// From the next connection on the server shows another host key; returns its fingerprint.
    pub fn change_host_key(&self) -> Result<String, ServerError> {
        *self.shared.config() = Arc::new(config(new_key()?));
        Ok(self.host_key_fingerprint())
    }

    /// Adds a fault to the script.
    pub fn inject(&self, fault: Fault) {
        self.shared.script.inject(fault);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.shared.script.heal();
    }

    /// What was asked of the server, in order.
    pub fn log(&self) -> Vec<String> {
        self.shared.script.log()
    }

    /// How many SFTP requests there were.
    pub fn requests(&self) -> u64 {
        self.shared.script.requests()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread was already reported by that thread.
            let _ = thread.join();
        }
    }
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Users with their keys read.
    pub users: Vec<(SandboxUser, Vec<PublicKey>)>,
    /// The jail, without links.
    pub root: PathBuf,
    /// Whether `posix-rename@openssh.com` is offered.
    pub posix_rename: bool,
    /// Whether `fsync@openssh.com` is offered.
    pub fsync: bool,
    /// Faults and log.
    pub script: Script,
    config: Mutex<Arc<Config>>,
}

impl Shared {
    fn config(&self) -> MutexGuard<'_, Arc<Config>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => {
                // One connection that cannot be taken does not end the server.
                if let Ok((stream, _)) = accepted {
                    let _ = welcome(stream, &shared, stopped.clone());
                }
            }
        }
    }
}

/// Starts one connection's task. A second handle on the socket lets a fault cut it.
fn welcome(stream: tokio::net::TcpStream, shared: &Arc<Shared>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    let stream = stream.into_std()?;
    stream.set_nodelay(true)?;
    let cutter = stream.try_clone()?;
    let at_the_end = stream.try_clone()?;
    let stream = tokio::net::TcpStream::from_std(stream)?;
    let config = Arc::clone(&shared.config());
    let connection = Connection::new(Arc::clone(shared), cutter);
    tokio::spawn(async move {
        tokio::select! {
            _ = stopped.changed() => {}
            () = async {
                if let Ok(session) = russh::server::run_stream(config, stream, connection).await {
                    let _ = session.await;
                }
            } => {}
        }
        let _ = at_the_end.shutdown(std::net::Shutdown::Both);
    });
    Ok(())
}

fn config(key: PrivateKey) -> Config {
    Config {
        keys: vec![key],
        auth_rejection_time: Duration::from_millis(10),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    }
}

fn read_users(users: &[SandboxUser]) -> Result<Vec<(SandboxUser, Vec<PublicKey>)>, ServerError> {
    let read = |user: &SandboxUser| {
        let keys = user.keys.iter().map(|line| PublicKey::from_openssh(line.trim())).collect::<Result<Vec<_>, _>>()?;
        Ok((user.clone(), keys))
    };
    users.iter().map(read).collect()
}

/// The host key from its file, or a new one, kept in that file.
fn host_key(file: Option<&std::path::Path>) -> Result<PrivateKey, ServerError> {
    let Some(path) = file else { return new_key() };
    match std::fs::File::open(path) {
        Ok(opened) => {
            let mut pem = String::new();
            opened.take(64 << 10).read_to_string(&mut pem)?;
            Ok(PrivateKey::from_openssh(pem)?)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let key = new_key()?;
            key.write_openssh_file(path, LineEnding::LF)?;
            Ok(key)
        }
        Err(e) => Err(e.into()),
    }
}

fn new_key() -> Result<PrivateKey, ServerError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| ServerError::Io(io::Error::other(e.to_string())))?;
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed)))
}
