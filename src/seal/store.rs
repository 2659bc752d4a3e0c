//! The files that keys live in. Nothing is ever overwritten.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use sequoia_openpgp::Cert;
use sequoia_openpgp::crypto::Password;
use sequoia_openpgp::serialize::SerializeInto;

use super::error::KeyError;
use super::keys::{Own, Role, parse};
use super::state::{moment, system_time};
use crate::disk::{self, DiskError};

/// The most bytes of one key file; certificates of real parties have a few thousand.
const MOST: u64 = 4 << 20;

/// Our keys, in the order of their files' names.
pub(super) fn own(dir: &Path) -> Result<Vec<Own>, KeyError> {
    let mut keys = Vec::new();
    for path in files(&dir.join("own"))? {
        let foreign = || KeyError::Foreign { path: path.clone() };
        let stem = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".pgp"));
        let (role, fingerprint) = stem.and_then(|stem| stem.split_once('-')).ok_or_else(foreign)?;
        let role = Role::of_name(role).ok_or_else(foreign)?;
        let mut certs = parse(&secret(&path)?).map_err(|_| foreign())?;
        match (certs.pop(), certs.is_empty()) {
            (Some(cert), true) if cert.is_tsk() && cert.fingerprint().to_hex() == fingerprint => {
                keys.push(Own { role, cert });
            }
            _ => return Err(foreign()),
        }
    }
    Ok(keys)
}

/// The certificates by party, those of one fingerprint merged.
pub(super) fn parties(dir: &Path) -> Result<BTreeMap<String, Vec<Cert>>, KeyError> {
    let mut parties = BTreeMap::new();
    for folder in visible(&dir.join("party"))? {
        let Some(party) = folder.file_name().and_then(|name| name.to_str()) else {
            return Err(KeyError::Foreign { path: folder });
        };
        let mut certs = Vec::new();
        for path in files(&folder)? {
            let bytes = read(&path)?;
            let found = parse(&bytes).map_err(|_| KeyError::Foreign { path: path.clone() })?;
            for cert in found {
                merge(&mut certs, cert.strip_secret_key_material())?;
            }
        }
        parties.insert(party.to_owned(), certs);
    }
    Ok(parties)
}

/// Adds a certificate, or what is new in it.
pub(super) fn merge(certs: &mut Vec<Cert>, cert: Cert) -> Result<(), KeyError> {
    match certs.iter_mut().find(|known| known.fingerprint() == cert.fingerprint()) {
        Some(known) => *known = known.clone().merge_public(cert).map_err(KeyError::library)?,
        None => certs.push(cert),
    }
    certs.sort_by_cached_key(|cert| (cert.primary_key().key().creation_time(), cert.fingerprint()));
    Ok(())
}

/// Which keys were taken out of use, and when.
pub(super) fn retired(dir: &Path) -> Result<HashMap<String, SystemTime>, KeyError> {
    let mut retired = HashMap::new();
    for path in files(&dir.join("retired"))? {
        let foreign = || KeyError::Foreign { path: path.clone() };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(foreign)?;
        let text = String::from_utf8(read(&path)?).map_err(|_| foreign())?;
        let since: Timestamp = text.trim().parse().map_err(|_| foreign())?;
        retired.insert(name.to_owned(), system_time(since));
    }
    Ok(retired)
}

/// The first line of the file, where there is one.
pub(super) fn passphrase(path: &Path) -> Result<Option<Password>, KeyError> {
    match secret(path) {
        Ok(bytes) => {
            let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
            Ok(Some(Password::from(line.strip_suffix(b"\r").unwrap_or(line))))
        }
        Err(KeyError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes one of our keys, readable by its owner only.
pub(super) fn keep_own(dir: &Path, role: Role, cert: &Cert) -> Result<(), KeyError> {
    let bytes = cert.as_tsk().to_vec().map_err(KeyError::library)?;
    let name = format!("{role}-{}.pgp", cert.fingerprint().to_hex());
    let folder = dir.join("own");
    match create(&folder, &name, &bytes)? {
        true => Err(KeyError::Exists { path: folder.join(name) }),
        false => Ok(()),
    }
}

/// Writes a certificate of a party; what is known already is written beside, not over it.
pub(super) fn keep_party(dir: &Path, party: &str, cert: &Cert) -> Result<(), KeyError> {
    let bytes = cert.armored().to_vec().map_err(KeyError::library)?;
    let (folder, fingerprint) = (dir.join("party").join(party), cert.fingerprint().to_hex());
    for count in 1..1000 {
        let name = if count == 1 { format!("{fingerprint}.asc") } else { format!("{fingerprint}-{count}.asc") };
        match create(&folder, &name, &bytes) {
            Err(KeyError::Exists { .. }) => {}
            other => return other.map(drop),
        }
    }
    Err(KeyError::Exists { path: folder.join(format!("{fingerprint}.asc")) })
}

/// Writes down since when a key is out of use; the first moment stays.
pub(super) fn retire(dir: &Path, fingerprint: &str, at: SystemTime) -> Result<(), KeyError> {
    match create(&dir.join("retired"), fingerprint, format!("{}\n", moment(at)).as_bytes()) {
        Err(KeyError::Exists { .. }) => Ok(()),
        other => other.map(drop),
    }
}

/// Refuses a name that would lead out of its folder or hide in it.
pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(fine) {
        return Err(KeyError::Name { name: name.to_owned() });
    }
    Ok(())
}

/// Creates a file of mode 0600; says whether it was there already with these bytes.
pub(super) fn create(folder: &Path, name: &str, bytes: &[u8]) -> Result<bool, KeyError> {
    disk::ensure_folder(folder, 0o700)?;
    match disk::write_new(folder, name, |file| file.write_all(bytes)) {
        Ok(written) => Ok(written.already),
        Err(DiskError::Exists { path }) => Err(KeyError::Exists { path }),
        Err(error) => Err(error.into()),
    }
}

/// Reads a file that nobody but its owner may read.
pub(super) fn secret(path: &Path) -> Result<Vec<u8>, KeyError> {
    let mode = fs::metadata(path).map_err(KeyError::disk(path))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Mode { path: path.to_owned(), mode });
    }
    read(path)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(KeyError::disk(path))?;
    file.take(MOST).read_to_end(&mut bytes).map_err(KeyError::disk(path))?;
    Ok(bytes)
}

/// The visible files of a folder, sorted; none if the folder is not there.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    those(folder, disk::is_file)
}

/// The folders in a folder; none where there is no such folder.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    those(folder, disk::is_folder)
}

fn those(folder: &Path, is_one: fn(&Path) -> Result<bool, DiskError>) -> Result<Vec<PathBuf>, KeyError> {
    let mut found = Vec::new();
    for path in visible(folder)? {
        if is_one(&path)? {
            found.push(path);
        }
    }
    Ok(found)
}

fn visible(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let mut paths = disk::entries(folder)?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    Ok(paths)
}
