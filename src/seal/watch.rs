//! What is known of a message while it streams by: its bytes, its frame, the first thing found wrong.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::error::SealError;

/// What was noticed so far. Shared by the reader below the OpenPGP parser and the helper above it.
#[derive(Default)]
pub(super) struct Notes {
    /// Bytes read of the sealed file.
    pub read: u64,
    /// The system's error, if the sealed file could not be read on.
    pub broken: Option<io::Error>,
    /// The first thing found wrong.
    pub fault: Option<SealError>,
    /// The frame around the message.
    pub frame: Frame,
    /// Whether the encrypted container was entered.
    pub entered: bool,
    /// Fingerprint of the party's key whose signature is good.
    pub signer: Option<String>,
    /// Whether the message was judged to its end.
    pub judged: bool,
}

/// [`Notes`] behind a lock, because the parser asks for readers that may change threads.
#[derive(Default)]
pub(super) struct Shared(Mutex<Notes>);

impl Shared {
    /// Looks at or changes the notes.
    pub fn with<T>(&self, look: impl FnOnce(&mut Notes) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes down what is wrong, unless something was found before.
    pub fn fault(&self, fault: SealError) {
        self.with(|notes| {
            notes.fault.get_or_insert(fault);
        });
    }
}

/// Runs the parser on bytes that anybody may have written, and survives its panics: it has some, such as for a
/// container that ends within its first block. What the parser held is dropped with it.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// A sealed file being read, watched.
pub(super) struct Watched<'a> {
    inner: &'a mut (dyn Read + Send + Sync),
    notes: &'a Shared,
    /// The first bytes, read to look for a byte order mark and not handed on yet.
    head: Option<Vec<u8>>,
}

impl<'a> Watched<'a> {
    pub fn new(inner: &'a mut (dyn Read + Send + Sync), notes: &'a Shared) -> Watched<'a> {
        Watched { inner, notes, head: None }
    }

    /// Watches a file that is no message: not a byte of it is touched.
    pub fn verbatim(inner: &'a mut (dyn Read + Send + Sync), notes: &'a Shared) -> Watched<'a> {
        Watched { inner, notes, head: Some(Vec::new()) }
    }

    /// The first bytes without the byte order mark that some editors put before armor.
    ///
    /// What begins as a binary message gets a marker packet in front, which readers ignore (RFC 9580 section 5.8):
    /// otherwise the parser would look for armor behind a first packet that is not valid, and read on from there.
    fn read_head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        (&mut *self.inner).take(BOM.len() as u64).read_to_end(&mut head)?;
        match head.first() {
            _ if head == BOM => head.clear(),
            Some(0x80..) => drop(head.splice(0..0, MARKER.iter().copied())),
            _ => {}
        }
        Ok(head)
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_none() {
            self.head = Some(self.read_head()?);
        }
        let head = self.head.get_or_insert_default();
        if head.is_empty() {
            return self.inner.read(buffer);
        }
        let n = head.len().min(buffer.len());
        buffer[..n].copy_from_slice(&head[..n]);
        head.drain(..n);
        Ok(n)
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.read_on(buffer) {
            Ok(n) => {
                self.notes.with(|notes| {
                    notes.read = notes.read.saturating_add(n as u64);
                    notes.frame.see(&buffer[..n]);
                });
                Ok(n)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let copy = io::Error::new(error.kind(), error.to_string());
                self.notes.with(|notes| notes.broken = Some(error));
                Err(copy)
            }
        }
    }
}

/// The frame of an ASCII-armored message (RFC 9580 section 6): nothing but white space may stand around it.
/// The decoder stops at the last line of the armor and would never look at what follows.
#[derive(Default)]
pub(super) struct Frame {
    place: Place,
    line: Vec<u8>,
    long: bool,
}

/// Where in the frame the reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing but white space was seen.
    #[default]
    Start,
    /// A binary message: it has no frame.
    Binary,
    /// Inside the armor of a message.
    Armor,
    /// Behind the last line of the armor.
    After,
    /// Behind the armor, where something else stands.
    Surplus,
    /// Text that does not begin as an armored message does.
    Text,
    /// Clear-signed text.
    ClearSigned,
}

const BEGIN: &[u8] = b"-----BEGIN PGP MESSAGE-----";
const BEGIN_CLEAR: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const END: &[u8] = b"-----END PGP MESSAGE-----";
const BOM: &[u8] = b"\xef\xbb\xbf";
const MARKER: &[u8] = b"\xca\x03PGP";

impl Frame {
    /// The longest part of a line that is kept for comparison.
    const LINE: usize = 256;

    /// Takes the next bytes of the file.
    pub fn see(&mut self, mut bytes: &[u8]) {
        while let Some(&first) = bytes.first() {
            match self.place {
                Place::Binary | Place::Surplus | Place::Text | Place::ClearSigned => return,
                Place::Start if self.line.is_empty() && first >= 0x80 => {
                    self.place = Place::Binary;
                    return;
                }
                _ => {}
            }
            let end = memchr::memchr(b'\n', bytes);
            let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            let room = Self::LINE.saturating_sub(self.line.len());
            self.long |= line.len() > room;
            self.line.extend_from_slice(&line[..line.len().min(room)]);
            if end.is_some() {
                self.end_line();
            }
            bytes = rest;
        }
    }

    /// The place at the end of the file: a last line may lack its line end.
    pub fn finish(&mut self) -> Place {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.place
    }

    fn end_line(&mut self) {
        let line = self.line.trim_ascii();
        self.place = match self.place {
            Place::Start | Place::After if line.is_empty() && !self.long => self.place,
            Place::Start if line == BEGIN => Place::Armor,
            Place::Start if line == BEGIN_CLEAR => Place::ClearSigned,
            Place::Start => Place::Text,
            Place::Armor if line == END => Place::After,
            Place::After => Place::Surplus,
            other => other,
        };
        self.line.clear();
        self.long = false;
    }
}
