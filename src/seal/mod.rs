//! Seal: OpenPGP signing, encrypting, verifying, decrypting; keys by role.
//!
//! How a file is protected for one party is that party's [`Policy`]. [`seal`] makes the one message
//! that leaves, [`is_sealed`] parses its final bytes before they do, [`open`] verifies and decrypts
//! what comes in. All of them stream: memory stays constant whatever the file's size.
//!
//! # What is written
//!
//! One message, signed then encrypted (RFC 9580 section 5.13): OpenPGP version 4 keys, AES-256 in an
//! integrity-protected container of version 1, which GnuPG 2.2 and the banks' products read. Version 2
//! (OCB) is written only where the policy says `aead`; what a certificate advertises is never obeyed
//! silently, because keys advertise what the software behind them cannot read. The literal packet
//! carries neither file name nor date.
//!
//! # What is read
//!
//! Exactly the agreed shape and nothing around it: one encryption layer where the policy encrypts, one
//! group of signatures where it signs, at least one of them good and by a key of that party, none of
//! that party's bad. Everything else has an error of its own, [`SealError`].
//!
//! A large message streams before its last byte proves it whole. What [`open`] writes is therefore
//! worthless until it has returned `Ok`: give it a private file and publish that afterwards.
//!
//! # Keys on disk
//!
//! ```text
//! <keys>/own/<role>-<fingerprint>.pgp        our secret keys, mode 0400 or 0600
//! <keys>/party/<party>/<fingerprint>.asc     certificates of a party; several may be valid at once
//! <keys>/retired/<fingerprint>               taken out of use, and when
//! <keys>/passphrase                          optional: unlocks our keys, mode 0400 or 0600
//! <keys>/mac/<party>/<id>                    a key shared with an ERP: 64 hexadecimal digits or more, perhaps
//!                                            a second line `until 2027-03-31`; mode 0400
//! <keys>/ssh/<party>                         SSH key pair for one party, and `<party>.pub`
//! ```
//!
//! No file is ever overwritten: an update of a certificate (a later expiry, a revocation) is one more
//! file, and the files of one fingerprint are merged when they are read.

mod beside;
mod detached;
mod error;
mod generate;
mod keys;
mod mac;
mod message;
mod open;
mod policy;
mod rehearse;
mod shape;
mod ssh;
mod state;
mod store;
mod watch;

pub use beside::verify_beside;
pub use detached::{Certificates, sign_detached, verify_detached};
pub use error::{KeyError, SealError};
pub use generate::Algorithm;
pub use keys::{Keys, Role, names_in};
pub use mac::{MacKey, MacKeyInfo, mac_keys};
pub use message::{Sealed, seal};
pub use open::{Opened, open};
pub use policy::{Compression, Digest, Policy};
pub use rehearse::Rehearsed;
pub use shape::is_sealed;
pub use ssh::{SshKey, generate_ssh, ssh_keys};
pub use state::{Alarm, KeyInfo, Owner, State, Use};

#[cfg(test)]
mod tests;
