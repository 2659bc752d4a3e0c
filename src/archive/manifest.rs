//! `MANIFEST`: the list of a case's files, in the form of `sha256sum`.
//!
//! ```text
//! # {"size":1234,"what":"received","name":"工资.csv"}
//! 4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945  01-received-工资.csv
//! ```

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::{self, DiskError, Doing, Sha256Hash};

/// The file's name, in every case's folder.
pub(super) const MANIFEST: &str = "MANIFEST";
/// Rights of the file: its owner appends.
const MODE: u32 = 0o600;
/// The most bytes of a manifest that are read: some 300,000 files in one case.
const CAP: u64 = 64 << 20;

/// What the comment before a line tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// Bytes.
    pub size: u64,
    /// The kind of file; not known for one that was found after a crash.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub what: Option<String>,
    /// The name it came with, as it was; not known for one that was found after a crash.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// One file of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub sha256: Sha256Hash,
    pub name: String,
    pub about: Option<About>,
}

/// The list, and what of it could not be understood.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub lines: Vec<Line>,
    /// Numbers, from 1, of lines that are neither list nor comment.
    pub bad: Vec<u64>,
    /// Whether the last line does not end.
    pub torn: bool,
}

impl Manifest {
    /// The manifest of the folder `dir`; empty when there is none.
    pub(super) fn read(dir: &Path) -> Result<Manifest, DiskError> {
        use std::io::Read;
        let path = dir.join(MANIFEST);
        let file = match disk::open_plain(&path, CAP) {
            Err(e) if e.is_absent() => return Ok(Manifest::default()),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(CAP).read_to_end(&mut bytes).map_err(|e| DiskError::io(Doing::Read, path, e))?;
        Ok(Manifest::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Manifest {
        let mut manifest = Manifest::default();
        let mut about = None;
        for (n, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
            let Some(line) = line.strip_suffix(b"\n") else {
                manifest.torn = true;
                break;
            };
            if let Some(comment) = line.strip_prefix(b"#") {
                about = serde_json::from_slice(comment).ok();
                continue;
            }
            match list_line(line) {
                Some((sha256, name)) => manifest.lines.push(Line { sha256, name, about: about.take() }),
                None => manifest.bad.push(n as u64 + 1),
            }
        }
        manifest
    }

    /// The line of the file `name`.
    pub(super) fn of(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// Appends the file `name` to the manifest of `dir`, flushed.
pub(super) fn list(dir: &Path, sha256: Sha256Hash, name: &str, about: &About) -> Result<(), DiskError> {
    // JSON escapes line ends and control characters, whatever name the file came with.
    let about = serde_json::to_string(about).map_err(|e| DiskError::io(Doing::Write, dir.join(MANIFEST), e))?;
    disk::append_lines(dir, MANIFEST, MODE, &format!("# {about}\n{sha256}  {name}\n"))
}

/// Hash and name of one line, else `None`: exactly what we write, or the `*` of binary mode.
fn list_line(line: &[u8]) -> Option<(Sha256Hash, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let (hash, name) = line.split_at_checked(64)?;
    let name = name.strip_prefix("  ").or_else(|| name.strip_prefix(" *"))?;
    let is_name = !name.is_empty() && !name.contains('/') && !name.starts_with('.');
    is_name.then_some((hash.parse().ok()?, name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_comments_and_what_is_neither() {
        let hash = Sha256Hash::of(b"x");
        let text = format!(
            "# {{\"size\":1,\"what\":\"received\",\"name\":\"a\\nb\"}}\n{hash}  01-received-a_b\n{hash} *02-x-y\nhello\n{hash}  ../x\n{hash}  torn"
        );
        let m = Manifest::parse(text.as_bytes());
        assert_eq!(m.lines.len(), 2);
        assert_eq!(m.lines[0].about.as_ref().unwrap().name.as_deref(), Some("a\nb"));
        assert_eq!(m.of("02-x-y").unwrap().about, None);
        assert_eq!((m.bad, m.torn), (vec![4, 5], true));
    }
}
