//! Which listed files are complete: pure, told only what a listing shows and when.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::RemoteFile;

/// When a party's file is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Complete {
    /// Size and time did not change for so many seconds by our own clock, between looks.
    Stable {
        /// How long.
        seconds: u64,
    },
    /// A marker file lies beside it, such as `batch.csv.ok` or `batch.ok`.
    Marker {
        /// What the marker's name ends in, such as `.ok`.
        suffix: String,
    },
    /// The party writes under a temporary name and renames: whatever has another name is complete.
    Rename,
}

/// Endings of temporary names that parties use; never taken, whatever the rule.
const TEMPORARY: &[&str] = &[".tmp", ".part", ".filepart", ".inprocess", ".temp", ".uploading", ".partial", ".writing"];
/// Endings of side files, which belong to a data file and never come alone.
const SIDE: &[&str] = &[".ctl", ".sig", ".asc.sig", ".hmac"];

/// A complete file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub name: String,
    /// Its marker file.
    pub marker: Option<String>,
    /// Its side files.
    pub side: Vec<String>,
}

/// What was seen of a folder so far.
#[derive(Clone, Debug)]
pub struct Readiness {
    rule: Complete,
    /// Size, time, and since when both are so.
    seen: BTreeMap<String, (u64, Option<i64>, Timestamp)>,
    waiting: bool,
}

impl Readiness {
    /// Nothing was seen yet.
    pub fn new(rule: Complete) -> Readiness {
        Readiness { rule, seen: BTreeMap::new(), waiting: false }
    }

    /// The complete files of a listing made at `now`.
    pub fn look(&mut self, now: Timestamp, files: &[RemoteFile]) -> Vec<Ready> {
        let marker_suffix = match &self.rule {
            Complete::Marker { suffix } => Some(suffix.clone()),
            _ => None,
        };
        let is_data = |f: &&RemoteFile| {
            let marker = marker_suffix.as_deref().is_some_and(|s| ends(&f.name, s));
            f.acceptable() && !marker && !is_temporary(&f.name) && !SIDE.iter().any(|s| ends(&f.name, s))
        };
        let data: Vec<&RemoteFile> = files.iter().filter(is_data).collect();
        self.remember(now, files);
        self.waiting = false;
        let mut ready = Vec::new();
        for file in data {
            let side: Vec<String> = side_files(&file.name, files);
            let marker = marker_suffix.as_deref().and_then(|s| beside(&file.name, s, files));
            let complete = match &self.rule {
                Complete::Rename => true,
                Complete::Marker { .. } => marker.is_some(),
                Complete::Stable { seconds } => {
                    let wait = SignedDuration::from_secs(*seconds as i64);
                    side.iter().chain([&file.name]).all(|name| self.is_still(name, now, wait))
                }
            };
            self.waiting |= !complete && matches!(self.rule, Complete::Stable { .. });
            if complete {
                ready.push(Ready { name: file.name.clone(), marker, side });
            }
        }
        ready
    }

    /// Whether files are there that may become complete by waiting alone.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    fn remember(&mut self, now: Timestamp, files: &[RemoteFile]) {
        let mut seen = BTreeMap::new();
        for file in files {
            let before =
                self.seen.get(&file.name).filter(|(size, time, _)| (*size, *time) == (file.size, file.modified));
            let since = before.map_or(now, |(_, _, since)| *since);
            seen.insert(file.name.clone(), (file.size, file.modified, since));
        }
        self.seen = seen;
    }

    fn is_still(&self, name: &str, now: Timestamp, wait: SignedDuration) -> bool {
        self.seen.get(name).is_some_and(|(_, _, since)| now.duration_since(*since) >= wait)
    }
}

fn is_temporary(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || TEMPORARY.iter().any(|s| ends(name, s))
}

/// Whether a name ends so, whatever the case of its letters.
fn ends(name: &str, suffix: &str) -> bool {
    name.len() > suffix.len() && name.to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
}

/// The name of a file beside `name`: `name` and the suffix, or the suffix in the place of the extension.
fn beside(name: &str, suffix: &str, files: &[RemoteFile]) -> Option<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let wanted = [format!("{name}{suffix}"), format!("{stem}{suffix}")];
    files
        .iter()
        .find(|f| f.acceptable() && wanted.iter().any(|w| w.eq_ignore_ascii_case(&f.name)))
        .map(|f| f.name.clone())
}

fn side_files(name: &str, files: &[RemoteFile]) -> Vec<String> {
    SIDE.iter().filter_map(|suffix| beside(name, suffix, files)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::Kind;

    fn file(name: &str, size: u64) -> RemoteFile {
        RemoteFile { name: name.into(), size, modified: Some(1), kind: Kind::File, fault: None }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment")
    }

    fn names(ready: Vec<Ready>) -> Vec<String> {
        ready.into_iter().map(|r| r.name).collect()
    }

    #[test]
    fn a_growing_file_is_not_stable() {
        let mut r = Readiness::new(Complete::Stable { seconds: 2 });
        assert!(r.look(at(0), &[file("a.csv", 1)]).is_empty());
        assert!(r.is_waiting());
        assert!(r.look(at(2), &[file("a.csv", 2)]).is_empty());
        assert!(r.look(at(3), &[file("a.csv", 2)]).is_empty());
        assert_eq!(names(r.look(at(4), &[file("a.csv", 2)])), ["a.csv"]);
    }

    #[test]
    fn an_old_time_stamp_does_not_make_a_copy_complete() {
        let mut r = Readiness::new(Complete::Stable { seconds: 2 });
        assert!(r.look(at(0), &[file("copied.csv", 10)]).is_empty());
        assert!(r.look(at(1), &[file("copied.csv", 20)]).is_empty());
        assert!(r.look(at(2), &[file("copied.csv", 30)]).is_empty());
    }

    #[test]
    fn a_marker_completes_its_file_and_goes_with_it() {
        let mut r = Readiness::new(Complete::Marker { suffix: ".ok".into() });
        assert!(r.look(at(0), &[file("a.csv", 1)]).is_empty());
        let ready = r.look(at(1), &[file("a.csv", 1), file("a.csv.ok", 0), file("b.csv", 1)]);
        assert_eq!(ready, [Ready { name: "a.csv".into(), marker: Some("a.csv.ok".into()), side: Vec::new() }]);
        assert_eq!(names(r.look(at(2), &[file("b.csv", 1), file("b.OK", 0)])), ["b.csv"]);
    }

    #[test]
    fn temporary_names_are_never_complete() {
        let mut r = Readiness::new(Complete::Rename);
        let files = [file("a.xml", 1), file("b.xml.tmp", 1), file(".c.xml", 1), file("d.FILEPART", 1)];
        assert_eq!(names(r.look(at(0), &files)), ["a.xml"]);
    }

    #[test]
    fn side_files_belong_to_their_data_file() {
        let mut r = Readiness::new(Complete::Rename);
        let ready = r.look(at(0), &[file("a.csv", 1), file("a.ctl", 1), file("z.ctl", 1)]);
        assert_eq!(ready, [Ready { name: "a.csv".into(), marker: None, side: vec!["a.ctl".into()] }]);
    }
}
