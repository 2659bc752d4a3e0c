//! What lies beside `bankferry.toml` and decides as it does: calendars of the installation's own, keys of parties. A
//! change of these is a change of the configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::digest;
use crate::disk::Sha256Hash;

/// The digest of each calendar and of each party's keys, by name: `calendar own`, `keys of acme`.
pub(super) fn parts<'a>(root: &Path, parties: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    for path in files(&root.join("templates/calendars")) {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        parts.insert(format!("calendar {name}"), of_file(&path));
    }
    for party in parties {
        let keys = ["party", "mac"].map(|kind| files(&root.join("state/keys").join(kind).join(party)));
        let all: Vec<String> = keys.concat().iter().map(|path| of_file(path)).collect();
        if !all.is_empty() {
            parts.insert(format!("keys of {party}"), digest::of_all(all.iter().map(String::as_str)));
        }
    }
    parts
}

/// The files of a folder in the order of their names; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// What cannot be read says so where it is used; here it is something else than what was confirmed.
fn of_file(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|cause| cause.to_string().into_bytes());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{name} {}", Sha256Hash::of(&bytes))
}
