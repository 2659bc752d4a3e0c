//! The carriers: one conformance suite for all, then what is special to SFTP.

mod beds;
mod conformance;
mod faults;
mod host_keys;
mod login;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use bankferry::carrier::{Carrier, CarrierError, ErrorKind};
use bankferry::words::Explain;

/// A private file with these bytes, as the route hands one to a carrier.
fn source(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Uploads bytes under a name.
fn put(carrier: &mut dyn Carrier, folder: &str, name: &str, bytes: &[u8]) -> Result<(), CarrierError> {
    carrier.upload(folder, name, &mut source(bytes), bytes.len() as u64)
}

/// Fetches a file's bytes.
fn get(carrier: &mut dyn Carrier, folder: &str, name: &str) -> Result<Vec<u8>, CarrierError> {
    let mut into = tempfile::tempfile().unwrap();
    let n = carrier.fetch(folder, name, &mut into, 64 << 20)?;
    let mut bytes = Vec::new();
    into.seek(SeekFrom::Start(0)).unwrap();
    into.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, n);
    Ok(bytes)
}

/// The error's kind, after a look at whether it can explain itself in both languages.
fn kind<T: std::fmt::Debug>(answer: Result<T, CarrierError>) -> ErrorKind {
    let error = answer.unwrap_err();
    let what = error.what();
    assert!(!what.en.is_empty() && !what.zh.is_empty() && !what.en.ends_with('.'), "{what:?}");
    assert!(what.en.starts_with(|c: char| !c.is_uppercase()), "{what:?}");
    error.kind()
}

/// Bytes that show any piece out of its place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}
