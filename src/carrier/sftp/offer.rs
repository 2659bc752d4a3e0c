//! What a server offers before anybody logs in: its algorithms, read from its first message.
//!
//! libssh2 tells what was agreed, not what was offered; when nothing could be agreed, the offer is what a person
//! needs to see.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::super::{CarrierError, ErrorKind};
use super::link::reach;
use super::settings::SftpSettings;
use crate::text;

/// What a server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Offer {
    /// The server's software, as it names itself.
    pub software: String,
    /// Key exchange.
    pub kex: Vec<String>,
    /// Host keys.
    pub host_key: Vec<String>,
    /// Ciphers, from us to the server.
    pub ciphers: Vec<String>,
    /// Message authentication, from us to the server.
    pub macs: Vec<String>,
}

/// The first packet of a server that is still one: RFC 4253 asks for 35,000 bytes to be taken.
const LONGEST_PACKET: usize = 35_000;

/// The most a server may say before its version line (RFC 4253, section 4.2).
const LONGEST_GREETING: u64 = 64 << 10;

/// SSH_MSG_KEXINIT (RFC 4253, section 7.1).
const KEXINIT: u8 = 20;

impl Offer {
    /// Asks a server. Nothing secret is sent and nothing is agreed.
    ///
    /// # Errors
    /// `Connect` and `TimedOut` as for any connection; `Unsupported` when it is no SSH server.
    pub fn ask(settings: &SftpSettings) -> Result<Offer, CarrierError> {
        let limit = Duration::from_secs(u64::from(settings.timeout_seconds.max(1)));
        let stream = reach(settings, limit)?;
        let until = Instant::now() + limit;
        read_offer(Bounded { stream, until }).map_err(|error| {
            let address = settings.address();
            let kind = match error.kind() {
                io::ErrorKind::InvalidData => ErrorKind::Unsupported,
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ErrorKind::TimedOut,
                _ => ErrorKind::Connect,
            };
            CarrierError::new(kind, text!("`{address}` made no offer", "`{address}` 未给出算法列表").because(&error))
        })
    }
}

/// A stream that is over at a moment, however slowly it drips.
struct Bounded {
    stream: TcpStream,
    until: Instant,
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buf)
    }
}

fn read_offer(mut stream: Bounded) -> io::Result<Offer> {
    stream.stream.write_all(b"SSH-2.0-bankferry\r\n")?;
    let mut reader = BufReader::new(stream);
    let software = read_version(&mut (&mut reader).take(LONGEST_GREETING))?;
    parse(software, &read_packet(&mut reader)?).ok_or_else(|| not_ssh("its first message is not an offer"))
}

/// The version line; a server may say other things before it.
fn read_version(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(not_ssh("it does not speak SSH"));
        }
        if line.starts_with(b"SSH-") {
            return Ok(String::from_utf8_lossy(&line).trim().to_owned());
        }
    }
}

/// The payload of an unencrypted packet (RFC 4253, section 6).
fn read_packet(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = [0; 5];
    reader.read_exact(&mut head)?;
    let [a, b, c, d, padding] = head;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    let payload = length.checked_sub(1 + usize::from(padding)).filter(|_| length <= LONGEST_PACKET);
    let mut bytes = vec![0; payload.ok_or_else(|| not_ssh("its first packet has no sensible length"))?];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn not_ssh(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// KEXINIT: one byte, a cookie of 16, then lists of names.
fn parse(software: String, payload: &[u8]) -> Option<Offer> {
    let mut rest = payload.strip_prefix(&[KEXINIT])?.get(16..)?;
    let mut next = || -> Option<Vec<String>> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (names, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = after;
        let names = std::str::from_utf8(names).ok()?;
        Some(names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    };
    let (kex, host_key, ciphers) = (next()?, next()?, next()?);
    let _from_the_server = next()?;
    Some(Offer { software, kex, host_key, ciphers, macs: next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kexinit(lists: &[&str]) -> Vec<u8> {
        let mut bytes = vec![KEXINIT];
        bytes.extend([0; 16]);
        for list in lists {
            bytes.extend((list.len() as u32).to_be_bytes());
            bytes.extend(list.as_bytes());
        }
        bytes
    }

    #[test]
    fn an_offer_is_read_list_by_list() {
        let offer = parse("s".into(), &kexinit(&["k1,k2", "h", "c-in,c2", "c-out", "m", "m2"])).unwrap();
        assert_eq!((offer.kex, offer.host_key), (vec!["k1".to_owned(), "k2".to_owned()], vec!["h".to_owned()]));
        assert_eq!((offer.ciphers.len(), offer.macs), (2, vec!["m".to_owned()]));
    }

    #[test]
    fn a_lie_about_a_length_is_no_offer() {
        let mut bytes = kexinit(&["k1", "h"]);
        bytes.extend(u32::MAX.to_be_bytes());
        assert_eq!(parse("s".into(), &bytes), None);
        assert!(read_packet(&mut &[0xff, 0xff, 0xff, 0xff, 0][..]).is_err());
        assert!(read_packet(&mut &[0, 0, 0, 1, 9, 0][..]).is_err());
    }
}
