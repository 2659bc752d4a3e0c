//! What lies beside `bankferry.toml` and decides as it does: calendars of the installation's own, keys of parties. A
//! change of these is a change of the configuration.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::settings::{short, shown};
use super::{ConfigError, Settings, digest};
use crate::disk::Sha256Hash;
use crate::seal;

/// The digest of each calendar and of each party's keys, by name: `calendar own`, `keys of acme`. What there is of them
/// is added to the settings.
///
/// # Errors
/// [`ConfigError::Io`] where the disk fails: what it does not show for a moment is no change.
pub(super) fn parts<'a>(
    root: &Path,
    parties: impl Iterator<Item = &'a str>,
    said: &mut Settings,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut parts = BTreeMap::new();
    for path in files(&root.join("templates/calendars"))? {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let digest = of_file(&path)?;
        said.insert(shown(&format!("calendar {name}")), short(&digest));
        parts.insert(format!("calendar {name}"), digest);
    }
    for party in parties {
        parts.extend(keys_of(root, party)?.map(|digest| (name_of_keys(party), digest)));
        for (kind, path) in key_files(root, party)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let what = if kind == MAC { "shared key" } else { "OpenPGP key" };
            said.insert(shown(&format!("{what} of {party} {name}")), shown(&described(kind, &path)?));
        }
    }
    Ok(parts)
}

/// The name of the digest of a party's keys.
pub(super) fn name_of_keys(party: &str) -> String {
    format!("keys of {party}")
}

/// The digest of a party's keys as they lie there now; `None` where it has none.
///
/// # Errors
/// As [`parts`].
pub(super) fn keys_of(root: &Path, party: &str) -> Result<Option<String>, ConfigError> {
    let all = key_files(root, party)?.iter().map(|(_, path)| of_file(path)).collect::<Result<Vec<_>, _>>()?;
    Ok((!all.is_empty()).then(|| digest::of_all(all.iter().map(String::as_str))))
}

/// Folders below `state/keys` of what parties give us, and of what we share with them.
const PARTY: &str = "party";
const MAC: &str = "mac";

fn key_files(root: &Path, party: &str) -> Result<Vec<(&'static str, PathBuf)>, ConfigError> {
    let mut all = Vec::new();
    for kind in [PARTY, MAC] {
        all.extend(files(&root.join("state/keys").join(kind).join(party))?.into_iter().map(|path| (kind, path)));
    }
    Ok(all)
}

/// Which key it is, for people: the fingerprints and names of certificates, of a shared key a digest.
fn described(kind: &str, path: &Path) -> Result<String, ConfigError> {
    let digest = short(&of_file(path)?);
    let bytes = if kind == MAC { Vec::new() } else { std::fs::read(path).unwrap_or_default() };
    let certificates = seal::names_in(&bytes).unwrap_or_default().into_iter();
    let named = certificates.map(|(fingerprint, names)| format!("{fingerprint} ({})", names.join(", ")));
    Ok(named.chain([digest]).collect::<Vec<_>>().join(", "))
}

/// The files of a folder in the order of their names; none where there is no such folder. One that may not be looked
/// into stands for what is in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => return Ok(vec![folder.to_path_buf()]),
        Err(cause) => return Err(ConfigError::Io { path: folder.to_path_buf(), cause }),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| ConfigError::Io { path: folder.to_path_buf(), cause })?.path();
        match std::fs::metadata(&path) {
            Ok(found) if !found.is_file() => {}
            Err(cause) if cause.kind() == ErrorKind::NotFound => {}
            Ok(_) => files.push(path),
            Err(cause) if cause.kind() == ErrorKind::PermissionDenied => files.push(path),
            Err(cause) => return Err(ConfigError::Io { path, cause }),
        }
    }
    files.sort();
    Ok(files)
}

/// What may not be read says so where it is used; here it is something else than what was confirmed.
fn of_file(path: &Path) -> Result<String, ConfigError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => cause.to_string().into_bytes(),
        Err(cause) => return Err(ConfigError::Io { path: path.to_path_buf(), cause }),
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(format!("{name} {}", Sha256Hash::of(&bytes)))
}
