//! Carriers: move files between our folders and a party.
//!
//! [`Carrier`] is a written contract with one conformance suite (`tests/suite/carrier.rs`); every
//! carrier passes all of it. [`folder`] is for a party that reads and writes a folder we can reach;
//! [`sftp`] connects to the party's server. [`watch`] says when to look, [`readiness`] says which
//! of the listed files are complete.
//!
//! # The contract
//!
//! **Who retries.** The caller, never the carrier: one call is one attempt. A carrier connects when
//! it is first needed and connects anew after a failure, so that the caller may simply call again.
//! It does not repeat a request whose answer was lost.
//!
//! **Which errors are permanent.** [`words::Explain::remedy`](crate::words::Explain::remedy) says so:
//! `Wait` is worth another attempt later; `Person` is not, before somebody has changed something;
//! `Unknown` means that the request may have been carried out, and that the next step is to look, not
//! to ask again. [`CarrierError::may_have_happened`] says the same of the single request.
//!
//! **What is idempotent.** `list`, `look`, `claimed`, `abilities` change nothing. `fetch` starts its
//! target file anew. `remove` takes an absent file for removed. `claim` repeated with the same claim
//! finds its own work. `upload` is not: it creates exclusively, and a name that exists is
//! [`ErrorKind::Exists`]. `rename` and `move_to` are not: the caller looks at both names before it
//! asks again (the restart table of `route` decides).
//!
//! **What a failed upload leaves.** When the server answered with a refusal, the carrier removes what
//! it created. When the connection or the answer was lost, or the process died, a file of any length
//! may remain under the given name; the caller removes it under that name, which is its own.
//!
//! **Names are data.** A remote name is never used as a local path. A name that is not plain (see
//! [`name::judge`]) is listed with the fault it has and is refused as an argument. Links are never
//! followed in a party's folder: they are listed as what they are and refused.
//!
//! **Everything ends.** No call blocks for ever: a peer that stops answering ends in
//! [`ErrorKind::TimedOut`] within the carrier's deadline, and dropping a carrier does not block.

pub mod error;
pub mod folder;
pub mod name;
pub mod readiness;
pub mod watch;
pub mod sftp;

use std::fs::File;

use serde::{Deserialize, Serialize};

pub use error::{CarrierError, ErrorKind};
pub use name::NameFault;

/// Moves files between us and one party. One carrier is used by one thread at a time.
///
/// A `folder` argument is empty (the party's root) or a relative sub-folder such as `out/camt053`.
pub trait Carrier: Send {
    /// What lies in a folder, at most `most` entries, in no order; without `.`, `..` and `.claimed`.
    ///
    /// Exactly `most` entries mean that there may be more: the caller says so. Only [`Kind::File`] can be
    /// fetched; other kinds are listed so that the caller can name them. Errors: `NotFound` and `Denied`
    /// for the folder.
    fn list(&mut self, folder: &str, most: usize) -> Result<Vec<RemoteFile>, CarrierError>;

    /// One name in a folder, itself and not what a link points at; `None` when it does not exist.
    fn look(&mut self, folder: &str, name: &str) -> Result<Option<RemoteFile>, CarrierError>;

    /// Brings one file into `into`, which is emptied first; returns its length in bytes.
    ///
    /// All or an error: the file is read to its end and to its stated size, and size and time are the
    /// same before and after. `TooLarge` over `cap`, before or while reading; `Changed` when it grew,
    /// shrank or was replaced meanwhile; `NotAFile` for links and folders. Flushing `into` is the caller's.
    fn fetch(&mut self, folder: &str, name: &str, into: &mut File, cap: u64) -> Result<u64, CarrierError>;

    /// Makes a new file of exactly the first `size` bytes of `source`, flushed where the party can flush.
    ///
    /// Exclusive: `Exists` when the name is taken, and nothing is changed then. Afterwards the size has
    /// been compared. `NoSpace` and `Denied` where the server can tell, else `Failure`.
    fn upload(&mut self, folder: &str, name: &str, source: &mut File, size: u64) -> Result<(), CarrierError>;

    /// Gives a file in `folder` its final name: the moment at which the party may take it.
    ///
    /// `Exists` when `to` is taken; `NotFound` when `from` is absent. When the answer was lost the error's
    /// remedy is `Unknown`.
    fn rename(&mut self, folder: &str, from: &str, to: &str, how: Rename) -> Result<(), CarrierError>;

    /// Removes a file; one that is absent counts as removed.
    fn remove(&mut self, folder: &str, name: &str) -> Result<(), CarrierError>;

    /// Moves a file into the folder `other` under the same name, never over another file (`Exists`).
    fn move_to(&mut self, folder: &str, name: &str, other: &str) -> Result<(), CarrierError>;

    /// Takes a file out of the party's hands under our own id, and returns the name to fetch it by.
    ///
    /// The folder carrier renames it to `.claimed/<claim>__<name>` below `folder`: mutual exclusion and
    /// identity in one step. Only a regular file with one link and an acceptable name and size is taken.
    /// Repeated with the same claim and name it succeeds. Carriers whose party must not see files move
    /// (`sftp`) return `name` unchanged.
    fn claim(&mut self, folder: &str, name: &str, claim: &str) -> Result<String, CarrierError>;

    /// The operating system's user who owns a file, by name or as `uid-1000`; `None` where that is not known here, as
    /// of a file on a server.
    fn owner(&mut self, _folder: &str, _name: &str) -> Result<Option<String>, CarrierError> {
        Ok(None)
    }

    /// What was claimed and is still there: after a crash, the caller's first look.
    fn claimed(&mut self, folder: &str) -> Result<Vec<Claimed>, CarrierError>;

    /// What this party's side can do; connects where that is needed, changes nothing.
    fn abilities(&mut self) -> Result<Abilities, CarrierError>;

    /// Ends the connection, if there is one. The next call connects anew.
    fn close(&mut self);
}

/// One name in a party's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// The name as the party wrote it. Bytes that are not UTF-8 are shown as `\xNN`, with [`NameFault::NotUtf8`].
    pub name: String,
    /// Length in bytes; 0 when the server did not say, and always 0 for what is not a file.
    pub size: u64,
    /// When it was last written, in seconds since 1970 by the party's clock.
    pub modified: Option<i64>,
    /// What it is.
    pub kind: Kind,
    /// Why the name cannot be used, where it cannot.
    pub fault: Option<NameFault>,
}

impl RemoteFile {
    /// Whether it can be fetched: a plain file with a plain name.
    pub fn acceptable(&self) -> bool {
        self.kind == Kind::File && self.fault.is_none()
    }
}

/// What a name in a party's folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; never followed.
    Link,
    /// A pipe, a device, a socket, or a server that did not say.
    Other,
}

/// How a temporary name becomes the final one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rename {
    /// One step: afterwards either only the old name exists or only the new one.
    ///
    /// `posix-rename@openssh.com` over SFTP, which would overwrite: the carrier looks first and answers
    /// `Exists`, and the caller's final names are unique. `renameat2` with `RENAME_NOREPLACE` in a folder.
    Atomic,
    /// Never over another file, but a server may do it in two steps (OpenSSH: link, then unlink).
    NoOverwrite,
}

/// How a file is published at a party: probed at onboarding, pinned in its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublishMode {
    /// Temporary name, then [`Rename::Atomic`]; every final name is unique.
    Atomic,
    /// Temporary name, then [`Rename::NoOverwrite`].
    NoOverwrite,
    /// The data file, then a trigger file beside it.
    Marker,
    /// Written under its final name, one attempt.
    Direct,
}

/// A file that was claimed and is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The claim's id.
    pub claim: String,
    /// The name under which the party had left it.
    pub original: String,
    /// The name to fetch and remove it by, in the same folder.
    pub name: String,
}

/// What a party's side can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// Whether [`Rename::Atomic`] works.
    pub posix_rename: bool,
    /// Whether an upload can be flushed to the party's disk.
    pub fsync: bool,
    /// Free bytes at the party, where it tells.
    pub free: Option<u64>,
    /// Fingerprint of the server's host key, `SHA256:…`.
    pub host_key: Option<String>,
    /// The server's software, as it names itself.
    pub software: Option<String>,
    /// What was negotiated, as `(what, algorithm)`: `kex`, `host-key`, `cipher-out`, `mac-out`, …
    pub algorithms: Vec<(String, String)>,
}
