//! One connection to the practice bank: login, then the SFTP subsystem.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};

use super::files::Files;
use super::server::{SandboxUser, Shared};

/// One SSH connection.
pub(super) struct Connection {
    shared: Arc<Shared>,
    line: Line,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

/// The socket of a connection, to cut it.
#[derive(Clone)]
pub(super) struct Line(Arc<TcpStream>);

impl Line {
    /// Cuts the connection: what was answered before still arrives, nothing after.
    pub fn cut(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Connection {
    /// A new connection; `socket` is a second handle on it.
    pub fn new(shared: Arc<Shared>, socket: TcpStream) -> Connection {
        Connection { shared, line: Line(Arc::new(socket)), channels: HashMap::new() }
    }

    fn user(&self, name: &str) -> Option<&(SandboxUser, Vec<PublicKey>)> {
        self.shared.users.iter().find(|(user, _)| user.name == name)
    }

    fn knows(&self, name: &str, key: &PublicKey) -> bool {
        self.user(name).is_some_and(|(_, keys)| keys.iter().any(|k| k.key_data() == key.key_data()))
    }

    fn has_password(&self, name: &str, password: &str, asks: bool) -> bool {
        self.user(name).is_some_and(|(user, _)| user.asks == asks && user.password.as_deref() == Some(password))
    }

    fn judged(&self, user: &str, accepted: bool) -> Auth {
        let verdict = if accepted { "accepted" } else { "refused" };
        self.shared.script.note(format!("login {user} {verdict}"));
        if accepted { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.judged(user, self.has_password(user, password, false)))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        let known = self.knows(user, offer.public_key);
        Ok(if known { Auth::Accept } else { self.judged(user, false) })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judged(user, self.knows(user, key.public_key)))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(answers) = response else {
            let prompts = Cow::Borrowed(&[(Cow::Borrowed("Password: "), false)][..]);
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts });
        };
        let answers: Vec<_> = answers.collect();
        let accepted = match answers.as_slice() {
            [one] => std::str::from_utf8(one).is_ok_and(|answer| self.has_password(user, answer, true)),
            _ => false,
        };
        Ok(self.judged(user, accepted))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.close(channel)
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, session: &mut Session) -> Result<(), Self::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let files = Files::new(Arc::clone(&self.shared), self.line.clone());
                russh_sftp::server::run(channel.into_stream(), files).await;
                Ok(())
            }
            _ => session.channel_failure(id),
        }
    }
}
