//! Logging in: key, password, or the server's questions; each failure in words that name the cause.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh2::{KeyboardInteractivePrompt, Prompt, Session};

use super::super::{CarrierError, ErrorKind};
use super::link::Link;
use super::settings::SftpSettings;
use crate::text;
use crate::words::Text;

/// Logs in by the ways that are set, in the order key, password, questions, until the server is satisfied.
///
/// Some servers want two of them. A refusal is [`ErrorKind::Login`] and is not repeated here.
pub(super) fn log_in(link: &Link, settings: &SftpSettings) -> Result<(), CarrierError> {
    let ways: [(bool, Way); 3] = [
        (settings.key_file.is_some(), by_key),
        (settings.password_file.is_some(), by_password),
        (settings.keyboard_interactive, by_answers),
    ];
    let mut refusals = Vec::new();
    for (_, way) in ways.iter().filter(|(set, _)| *set) {
        if let Some(refusal) = way(link, settings)? {
            refusals.push(refusal);
        }
        if link.session().authenticated() {
            return Ok(());
        }
    }
    Err(refused(settings, &refusals))
}

/// One way to log in: `Ok(None)` is accepted, `Ok(Some(_))` the refusal in words.
type Way = fn(&Link, &SftpSettings) -> Result<Option<Text>, CarrierError>;

fn refused(settings: &SftpSettings, refusals: &[Text]) -> CarrierError {
    let address = settings.address();
    let join = |pick: fn(&Text) -> &str, between| refusals.iter().map(pick).collect::<Vec<_>>().join(between);
    let (en, zh) = (join(|t| &t.en, "; "), join(|t| &t.zh, "；"));
    let what = match refusals {
        [] => text!(
            "no way to log in to `{address}`: neither `key_file` nor `password_file` is enough",
            "无法登录 `{address}`：未设置足够的 `key_file` 或 `password_file`"
        ),
        _ => text!("`{address}` refused the login: {en}", "`{address}` 拒绝登录：{zh}"),
    };
    CarrierError::new(ErrorKind::Login, what).hint(text!(
        "not repeated by itself, because banks lock accounts: check user, key and password with the bank",
        "程序不会自动重试，以免账户被锁定：请与银行核对用户名、密钥和密码"
    ))
}

fn by_key(link: &Link, settings: &SftpSettings) -> Result<Option<Text>, CarrierError> {
    let Some(path) = &settings.key_file else { return Ok(None) };
    let key = secret(path)?;
    let passphrase = settings.key_passphrase_file.as_deref().map(first_line).transpose()?;
    if passphrase.is_none() && is_protected(&key) {
        return Err(key_trouble(
            path,
            text!(
                "it is protected by a passphrase and no `key_passphrase_file` is set",
                "私钥有口令保护，但未设置 `key_passphrase_file`"
            ),
        ));
    }
    let tried = link.ask(|| link.session().userauth_pubkey_memory(&settings.user, None, &key, passphrase.as_deref()));
    match tried {
        Ok(()) => Ok(None),
        Err(trouble) if trouble.is_key_file() => Err(key_trouble(
            path,
            if is_protected(&key) {
                text!("the passphrase does not open it", "口令不正确")
            } else {
                text!("its format is not understood or it is damaged", "私钥格式无法识别或已损坏")
            },
        )),
        Err(trouble) if trouble.is_refusal() => {
            let file = path.display();
            Ok(Some(text!("the key `{file}` was not accepted", "密钥 `{file}` 未被接受")))
        }
        Err(trouble) => Err(trouble.connecting(settings)),
    }
}

fn by_password(link: &Link, settings: &SftpSettings) -> Result<Option<Text>, CarrierError> {
    let Some(path) = &settings.password_file else { return Ok(None) };
    let password = first_line(path)?;
    match link.ask(|| link.session().userauth_password(&settings.user, &password)) {
        Ok(()) => Ok(None),
        Err(trouble) if trouble.is_refusal() => Ok(Some(text!("the password was not accepted", "密码未被接受"))),
        Err(trouble) => Err(trouble.connecting(settings)),
    }
}

fn by_answers(link: &Link, settings: &SftpSettings) -> Result<Option<Text>, CarrierError> {
    let Some(path) = &settings.password_file else {
        return Ok(Some(text!(
            "`keyboard_interactive` needs a `password_file`",
            "`keyboard_interactive` 需要 `password_file`"
        )));
    };
    let mut answers = Answers { password: first_line(path)? };
    let session: &Session = link.session();
    match link.ask(|| session.userauth_keyboard_interactive(&settings.user, &mut answers)) {
        Ok(()) => Ok(None),
        Err(trouble) if trouble.is_refusal() => {
            Ok(Some(text!("the answers to the server's questions were not accepted", "服务器提问的应答未被接受")))
        }
        Err(trouble) => Err(trouble.connecting(settings)),
    }
}

/// Answers every hidden question with the password, and every other with nothing.
struct Answers {
    password: String,
}

impl KeyboardInteractivePrompt for Answers {
    fn prompt<'a>(&mut self, _user: &str, _instructions: &str, prompts: &[Prompt<'a>]) -> Vec<String> {
        prompts.iter().map(|prompt| if prompt.echo { String::new() } else { self.password.clone() }).collect()
    }
}

fn key_trouble(path: &Path, why: Text) -> CarrierError {
    let (file, en, zh) = (path.display(), why.en, why.zh);
    CarrierError::new(
        ErrorKind::Login,
        text!("the SSH key `{file}` cannot be used: {en}", "SSH 密钥 `{file}` 无法使用：{zh}"),
    )
}

fn secret(path: &PathBuf) -> Result<String, CarrierError> {
    fs::read_to_string(path).map_err(|error| {
        let file = path.display();
        CarrierError::new(ErrorKind::Login, text!("`{file}` cannot be read", "无法读取 `{file}`").because(&error))
    })
}

fn first_line(path: impl AsRef<Path>) -> Result<String, CarrierError> {
    Ok(secret(&path.as_ref().to_path_buf())?.lines().next().unwrap_or_default().to_owned())
}

/// Whether a private key is encrypted: said in the header of PEM and PKCS#8 files, and by the cipher's name that
/// follows the magic word `openssh-key-v1` in OpenSSH's own format (PROTOCOL.key).
fn is_protected(key: &str) -> bool {
    if key.contains("BEGIN ENCRYPTED PRIVATE KEY") || key.contains("Proc-Type: 4,ENCRYPTED") {
        return true;
    }
    let body: String = key.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let head = body.get(..64).and_then(|head| STANDARD.decode(head).ok()).unwrap_or_default();
    head.strip_prefix(b"openssh-key-v1\0").is_some_and(|rest| !rest.starts_with(b"\0\0\0\x04none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openssh(cipher: &str) -> String {
        let mut bytes = b"openssh-key-v1\0".to_vec();
        bytes.extend((cipher.len() as u32).to_be_bytes());
        bytes.extend(cipher.as_bytes());
        bytes.extend([0; 64]);
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", STANDARD.encode(bytes))
    }

    #[test]
    fn a_protected_key_is_known_by_its_header() {
        assert!(is_protected(&openssh("aes256-ctr")));
        assert!(!is_protected(&openssh("none")));
        assert!(is_protected("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n"));
        assert!(is_protected("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"));
        assert!(!is_protected("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n"));
        assert!(!is_protected(""));
    }
}
