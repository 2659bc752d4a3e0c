//! Where carriers are tested: a folder, the practice bank, a real OpenSSH.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bankferry::carrier::Carrier;
use bankferry::carrier::folder::Folder;
use bankferry::carrier::sftp::{Sftp, SftpSettings};
use bankferry::sandbox::server::{Running, SandboxServer, SandboxUser, ServerSettings};

/// A party to carry to, and its folder as the party itself sees it.
pub trait Bed {
    fn carrier(&self) -> Box<dyn Carrier>;
    fn root(&self) -> &Path;
}

/// A party's folder.
pub struct FolderBed {
    dir: tempfile::TempDir,
}

impl FolderBed {
    pub fn new() -> FolderBed {
        FolderBed { dir: tempfile::tempdir().unwrap() }
    }
}

impl Bed for FolderBed {
    fn carrier(&self) -> Box<dyn Carrier> {
        Box::new(Folder::open(self.dir.path()))
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }
}

/// The practice bank with one user, who has a password.
pub struct SandboxBed {
    pub server: Running,
    pub dir: tempfile::TempDir,
}

impl SandboxBed {
    pub fn new() -> SandboxBed {
        SandboxBed::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut ServerSettings)) -> SandboxBed {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bank")).unwrap();
        let mut settings = ServerSettings::new(dir.path().join("bank"));
        let password = Some("correct horse".to_owned());
        settings.users.push(SandboxUser { name: "acme".to_owned(), password, ..SandboxUser::default() });
        change(&mut settings);
        SandboxBed { server: SandboxServer::start(settings).unwrap(), dir }
    }

    /// A file of ours with these words in it.
    pub fn secret(&self, name: &str, words: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        put_file(&path, words.as_bytes());
        path
    }

    pub fn settings(&self) -> SftpSettings {
        let mut settings = SftpSettings::new("127.0.0.1", "acme");
        settings.port = self.server.port();
        settings.password_file = Some(self.secret("password", "correct horse\n"));
        settings.host_keys = vec![self.server.host_key_fingerprint().parse().unwrap()];
        settings.timeout_seconds = 10;
        settings
    }

    pub fn sftp(&self) -> Sftp {
        Sftp::connect(self.settings())
    }

    /// A carrier that waits for one second at most.
    pub fn impatient(&self) -> Sftp {
        let mut settings = self.settings();
        settings.timeout_seconds = 1;
        Sftp::connect(settings)
    }
}

impl Bed for SandboxBed {
    fn carrier(&self) -> Box<dyn Carrier> {
        Box::new(self.sftp())
    }

    fn root(&self) -> &Path {
        self.server.root()
    }
}

/// A real OpenSSH server, run by us on a high port with a configuration of its own.
pub struct OpenSsh {
    dir: tempfile::TempDir,
    child: Child,
    port: u16,
}

impl OpenSsh {
    /// `None`, and a word about it, where there is no OpenSSH server.
    pub fn start(more: &str) -> Option<OpenSsh> {
        let found = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].iter().find(|path| Path::new(path).exists());
        let Some(sshd) = found.filter(|_| has_keygen()) else {
            println!("skipped: no OpenSSH server on this machine");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bank")).unwrap();
        for kind in ["ed25519", "rsa"] {
            keygen(&["-t", kind, "-N", "", "-f", &at(&dir, &format!("host_{kind}"))]);
        }
        keygen(&["-t", "ed25519", "-N", "", "-f", &at(&dir, "user_ed25519")]);
        fs::copy(dir.path().join("user_ed25519.pub"), dir.path().join("authorized_keys")).unwrap();
        for _ in 0..5 {
            if let Some((child, port)) = spawn(sshd, &dir, more) {
                return Some(OpenSsh { dir, child, port });
            }
        }
        println!("skipped: the OpenSSH server does not start here");
        None
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a user key that the server takes.
    pub fn user_key(&self, name: &str, more: &[&str], passphrase: &str) -> PathBuf {
        let path = self.path(&format!("user_{name}"));
        if !path.exists() {
            let path = path.display().to_string();
            keygen(&[&["-N", passphrase, "-f", path.as_str()], more].concat());
            let mut keys = fs::read(self.path("authorized_keys")).unwrap();
            keys.extend(fs::read(self.path(&format!("user_{name}.pub"))).unwrap());
            put_file(&self.path("authorized_keys"), &keys);
        }
        path
    }

    pub fn host_key_line(&self, kind: &str) -> String {
        fs::read_to_string(self.path(&format!("host_{kind}.pub"))).unwrap()
    }

    pub fn settings(&self) -> SftpSettings {
        let mut settings = SftpSettings::new("127.0.0.1", user_name());
        settings.port = self.port;
        settings.key_file = Some(self.path("user_ed25519"));
        settings.host_keys = vec![self.host_key_line("ed25519").parse().unwrap()];
        settings.root = self.root().display().to_string();
        settings
    }
}

impl Bed for OpenSsh {
    fn carrier(&self) -> Box<dyn Carrier> {
        Box::new(Sftp::connect(self.settings()))
    }

    fn root(&self) -> &Path {
        Box::leak(self.path("bank").into_boxed_path())
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(sshd: &str, dir: &tempfile::TempDir, more: &str) -> Option<(Child, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let config = format!(
        "{more}\nListenAddress 127.0.0.1\nPort {port}\nHostKey {0}\nHostKey {1}\nAuthorizedKeysFile {2}\nPidFile none\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
         Subsystem sftp internal-sftp\n",
        at(dir, "host_ed25519"),
        at(dir, "host_rsa"),
        at(dir, "authorized_keys"),
    );
    put_file(&dir.path().join("sshd_config"), config.as_bytes());
    if user_name() == "root" {
        // The privilege separation folder that the distribution's start script makes.
        let _ = fs::create_dir_all("/run/sshd");
    }
    let mut command = Command::new(sshd);
    command.args(["-D", "-e", "-f", &at(dir, "sshd_config")]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(fs::File::create(dir.path().join("sshd.log")).unwrap()).spawn().ok()?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(5) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some((child, port));
        }
        if child.try_wait().ok()?.is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    None
}

pub fn has_keygen() -> bool {
    Command::new("ssh-keygen").arg("-?").output().is_ok()
}

pub fn keygen(args: &[&str]) {
    let output = Command::new("ssh-keygen").arg("-q").args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub fn put_file(path: &Path, bytes: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

fn at(dir: &tempfile::TempDir, name: &str) -> String {
    dir.path().join(name).display().to_string()
}

pub fn user_name() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned()
}
