//! Keys that an ERP and we share, for message authentication codes beside files.

use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use sha2::Sha256;

use super::error::KeyError;
use super::store::{check_name, files, folders, secret};

/// The least length of a shared key, in bytes.
const LEAST: usize = 32;

/// A key that an ERP and we share. Shows nothing of itself.
pub struct MacKey {
    key: Vec<u8>,
    until: Option<Date>,
}

/// What a list shows of a shared key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacKeyInfo {
    /// The ERP.
    pub party: String,
    /// The id that its code files name.
    pub id: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
}

/// The shared keys of this installation, by party and id.
///
/// # Errors
/// [`KeyError`] when one of them is none, or others may read it.
pub fn mac_keys(dir: &Path) -> Result<Vec<MacKeyInfo>, KeyError> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut keys = Vec::new();
    for folder in folders(&dir.join("mac"))? {
        let party = name(&folder);
        for id in files(&folder)?.iter().map(|file| name(file)) {
            let key = MacKey::open(dir, &party, &id)?;
            keys.extend(key.map(|key| MacKeyInfo { party: party.clone(), id, until: key.until }));
        }
    }
    Ok(keys)
}

impl MacKey {
    /// The key `id` of `party`: the file `mac/<party>/<id>` below `dir`, readable by its owner only, at least 64
    /// hexadecimal digits in its first line, and in a second one `until 2027-03-31` where it ends. `None` where there
    /// is no such file.
    ///
    /// # Errors
    /// [`KeyError`] when others may read it, or it is no such key.
    pub fn open(dir: &Path, party: &str, id: &str) -> Result<Option<MacKey>, KeyError> {
        check_name(party)?;
        check_name(id)?;
        let path = dir.join("mac").join(party).join(id);
        let bytes = match secret(&path) {
            Ok(bytes) => bytes,
            Err(KeyError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        std::str::from_utf8(&bytes).ok().and_then(MacKey::parse).map(Some).ok_or(KeyError::Foreign { path })
    }

    fn parse(text: &str) -> Option<MacKey> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let key = digits_of(lines.next()?).filter(|key| key.len() >= LEAST)?;
        let until = match lines.next() {
            Some(line) => Some(line.strip_prefix("until ")?.trim().parse().ok()?),
            None => None,
        };
        lines.next().is_none().then_some(MacKey { key, until })
    }

    /// Whether it counts on a day.
    pub fn counts_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| day <= until)
    }

    /// Whether the HMAC-SHA256 of `bytes` under this key is `code`; a wrong code takes as long as the right one.
    pub fn agrees(&self, bytes: &[u8], code: &[u8]) -> bool {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return false };
        mac.update(bytes);
        mac.verify_slice(code).is_ok()
    }
}

fn digits_of(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk;
    use std::os::unix::fs::PermissionsExt;

    fn kept(digits: &str, mode: u32) -> Result<Option<MacKey>, KeyError> {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mac/erp");
        disk::ensure_folder(&folder, 0o700).unwrap();
        disk::write_new(&folder, "2026a", |file| file.write_all(digits.as_bytes())).unwrap();
        std::fs::set_permissions(folder.join("2026a"), std::fs::Permissions::from_mode(mode)).unwrap();
        MacKey::open(dir.path(), "erp", "2026a")
    }

    #[test]
    fn the_code_is_hmac_sha256() {
        // RFC 4231, test case 6: a key of 131 bytes of 0xaa.
        let key = kept(&"aa".repeat(131), 0o400).unwrap().unwrap();
        let code = digits_of("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54").unwrap();
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert!(key.agrees(text, &code));
        assert!(!key.agrees(&text[1..], &code) && !key.agrees(text, &code[1..]) && !key.agrees(text, &[]));
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_short_is_refused() {
        assert!(matches!(kept(&"aa".repeat(32), 0o440), Err(KeyError::Mode { .. })));
        assert!(matches!(kept(&"aa".repeat(31), 0o400), Err(KeyError::Foreign { .. })));
        assert!(matches!(kept("secret", 0o400), Err(KeyError::Foreign { .. })));
        assert!(matches!(kept(&format!("{}\nsoon", "aa".repeat(32)), 0o400), Err(KeyError::Foreign { .. })));
        let dated = kept(&format!("{}\nuntil 2027-03-31\n", "aa".repeat(32)), 0o400).unwrap().unwrap();
        let day = |day: &str| day.parse::<Date>().unwrap();
        assert!(dated.counts_on(day("2027-03-31")) && !dated.counts_on(day("2027-04-01")));
        let nowhere = Path::new("/nonexistent");
        assert!(MacKey::open(nowhere, "erp", "2026a").unwrap().is_none());
        assert!(matches!(MacKey::open(nowhere, "erp", "../own/x"), Err(KeyError::Name { .. })));
    }
}
