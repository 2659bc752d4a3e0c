//! Which of the listed files are complete: the rule that a party and we have agreed on.
//!
//! A half-written file looks like a file. Pure: what was listed and the hour go in, names come out; the only memory
//! is what the last look saw. A complete file is named again at every look until it is gone.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::RemoteFile;

/// How a party shows that a file is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Complete {
    /// Size and time have not changed for so many seconds of our own clock. The weakest rule: a writer that pauses
    /// longer fools it.
    Stable {
        /// Seconds between the first look that saw this size and time and the look that believes it.
        seconds: u64,
    },
    /// A second file beside it says so: `pay.xml.ok` or `pay.ok` for `pay.xml`.
    Marker {
        /// The marker's suffix, such as `.ok` or `.done`.
        suffix: String,
    },
    /// It is written under a temporary name and renamed: all that has no temporary name is complete.
    Rename,
}

/// Suffixes of files that are still being written, whatever the rule. Names that begin with a dot are, too.
pub const TEMPORARY: [&str; 9] =
    [".tmp", ".part", ".partial", ".filepart", ".inprocess", ".temp", ".uploading", ".writing", "~"];

/// Suffixes of files that belong to a data file of the same name: control totals, detached signatures and codes.
pub const SIDE: [&str; 3] = [".ctl", ".sig", ".hmac"];

/// Whether a name is none of a data file, whatever the rule: it is still being written, or belongs to another file.
pub fn is_beside(name: &str) -> bool {
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| ends_with(name, suffix));
    name.starts_with('.') || ends(&TEMPORARY) || ends(&SIDE)
}

/// A file that is complete, with the files that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The data file.
    pub name: String,
    /// The marker that said so.
    pub marker: Option<String>,
    /// Its side files, complete by the same rule.
    pub side: Vec<String>,
}

impl Ready {
    /// Its own name and the names of all that belongs to it.
    pub fn parts(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.name).chain(&self.side).chain(&self.marker)
    }
}

/// Says which files are complete, from look to look.
#[derive(Clone, Debug)]
pub struct Readiness {
    rule: Complete,
    /// Suffixes of side files beyond [`SIDE`].
    side: Vec<&'static str>,
    seen: HashMap<String, Seen>,
    waiting: bool,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    size: u64,
    modified: Option<i64>,
    since: Timestamp,
}

/// What a listed name is.
enum Role<'a> {
    Data(&'a str),
    Marker(&'a str),
    Side(&'a str),
}

impl Readiness {
    /// Nothing seen yet.
    pub fn new(rule: Complete) -> Readiness {
        Readiness { rule, side: Vec::new(), seen: HashMap::new(), waiting: false }
    }

    /// The same where names with this suffix are side files, too: `.asc` is a signature for one party and a sealed file
    /// for another.
    pub fn with_side(mut self, suffix: &'static str) -> Readiness {
        self.side.push(suffix);
        self
    }

    /// The complete files of a listing, by name. A data file waits for its side files; a side file or marker whose
    /// data file is absent waits for that.
    pub fn look(&mut self, now: Timestamp, listed: &[RemoteFile]) -> Vec<Ready> {
        self.remember(now, listed);
        let mut ready = self.assemble(listed);
        let listed = ready.len();
        ready.retain(|file| self.is_complete(now, file));
        self.waiting = ready.len() < listed && matches!(self.rule, Complete::Stable { .. });
        ready.iter_mut().for_each(|file| file.side.sort());
        ready
    }

    /// The data files of a listing, by name, each with what belongs to it, whether they are complete or not.
    pub fn assemble(&self, listed: &[RemoteFile]) -> Vec<Ready> {
        let roles: Vec<Role<'_>> =
            listed.iter().filter(|f| f.acceptable()).filter_map(|f| self.role(&f.name)).collect();
        let mut ready: Vec<Ready> = roles.iter().filter_map(|role| as_data(role)).map(alone).collect();
        ready.sort_by(|a, b| a.name.cmp(&b.name));
        for role in &roles {
            match *role {
                Role::Marker(name) => give(&mut ready, name, |file| file.marker = Some(name.to_owned())),
                Role::Side(name) => give(&mut ready, name, |file| file.side.push(name.to_owned())),
                Role::Data(_) => {}
            }
        }
        ready
    }

    /// Side files of a listing that have come to rest and whose data file is not there, as of the last look.
    pub fn alone<'a>(&self, now: Timestamp, listed: &'a [RemoteFile]) -> Vec<&'a RemoteFile> {
        let given: Vec<String> = self.assemble(listed).into_iter().flat_map(|file| file.side).collect();
        let is_side = |file: &&RemoteFile| file.acceptable() && matches!(self.role(&file.name), Some(Role::Side(_)));
        let rests = |name: &str| match &self.rule {
            Complete::Stable { seconds } => self.has_rested(now, name, *seconds),
            Complete::Marker { .. } | Complete::Rename => true,
        };
        listed.iter().filter(is_side).filter(|file| !given.contains(&file.name) && rests(&file.name)).collect()
    }

    fn has_rested(&self, now: Timestamp, name: &str, seconds: u64) -> bool {
        let long = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.seen.get(name).is_some_and(|seen| now.duration_since(seen.since) >= long)
    }

    /// Whether the last look saw files that may become complete by waiting alone: nothing tells when they have.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Keeps what was listed now and forgets what was not: memory is bounded by one listing.
    fn remember(&mut self, now: Timestamp, listed: &[RemoteFile]) {
        let mut before = std::mem::take(&mut self.seen);
        if !matches!(self.rule, Complete::Stable { .. }) {
            return;
        }
        for file in listed.iter().filter(|file| file.acceptable()) {
            let (size, modified) = (file.size, file.modified);
            let same = |old: &Seen| (old.size, old.modified) == (size, modified) && old.since <= now;
            let since = before.remove(&file.name).filter(same).map_or(now, |old| old.since);
            self.seen.insert(file.name.clone(), Seen { size, modified, since });
        }
    }

    fn role<'a>(&self, name: &'a str) -> Option<Role<'a>> {
        match &self.rule {
            _ if name.starts_with('.') || TEMPORARY.iter().any(|suffix| ends_with(name, suffix)) => None,
            Complete::Marker { suffix } if ends_with(name, suffix) => Some(Role::Marker(name)),
            _ if SIDE.iter().chain(&self.side).any(|suffix| ends_with(name, suffix)) => Some(Role::Side(name)),
            _ => Some(Role::Data(name)),
        }
    }

    fn is_complete(&self, now: Timestamp, file: &Ready) -> bool {
        match &self.rule {
            Complete::Rename => true,
            Complete::Marker { .. } => file.marker.is_some(),
            Complete::Stable { seconds } => {
                let rests = |name: &String| self.has_rested(now, name, *seconds);
                rests(&file.name) && file.side.iter().all(rests)
            }
        }
    }
}

fn as_data<'a>(role: &Role<'a>) -> Option<&'a str> {
    if let Role::Data(name) = role { Some(name) } else { None }
}

fn alone(name: &str) -> Ready {
    Ready { name: name.to_owned(), marker: None, side: Vec::new() }
}

/// Gives a marker or side file to its data file: the one with the whole name before the suffix, else the first one
/// that differs in its own suffix only.
fn give(ready: &mut [Ready], name: &str, change: impl FnOnce(&mut Ready)) {
    let stem = name.rfind('.').map_or(name, |dot| &name[..dot]);
    let by_stem = |data: &str| data.rsplit_once('.').is_some_and(|(before, _)| before == stem);
    let whole = ready.iter().position(|file| file.name == stem);
    let found = whole.or_else(|| ready.iter().position(|file| by_stem(&file.name)));
    if let Some(file) = found.and_then(|at| ready.get_mut(at)) {
        change(file);
    }
}

/// Suffixes are compared without case: some ERPs write `PAY.OK`. A name that is nothing but the suffix has none.
fn ends_with(name: &str, suffix: &str) -> bool {
    let at = name.len().saturating_sub(suffix.len());
    at > 0 && name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, NameFault};
    use super::*;

    fn file(name: &str, size: u64, modified: i64) -> RemoteFile {
        RemoteFile { name: name.to_owned(), size, modified: Some(modified), kind: Kind::File, fault: None }
    }

    fn files(names: &[&str]) -> Vec<RemoteFile> {
        names.iter().map(|name| file(name, 1, 0)).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn names(ready: Vec<Ready>) -> Vec<String> {
        ready.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_stable_file_is_one_that_rested_between_two_looks() {
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        assert!(readiness.look(at(0), &[file("a", 1, 0)]).is_empty());
        assert!(readiness.look(at(9), &[file("a", 1, 0)]).is_empty());
        assert!(readiness.is_waiting());
        assert_eq!(names(readiness.look(at(10), &[file("a", 1, 0)])), ["a"]);
        assert!(!readiness.is_waiting());
        assert_eq!(names(readiness.look(at(11), &[file("a", 1, 0)])), ["a"], "until it is taken");
    }

    #[test]
    fn a_copy_that_preserves_an_old_time_is_not_taken_before_it_has_rested() {
        // Of 2001 by its own time, and still growing while it is copied.
        let growing = |size| file("a", size, 1_000_000_000);
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        assert!(readiness.look(at(0), &[growing(1)]).is_empty());
        assert!(readiness.look(at(9), &[growing(2)]).is_empty());
        assert!(readiness.look(at(18), &[growing(2)]).is_empty());
        assert_eq!(names(readiness.look(at(19), &[growing(2)])), ["a"]);
    }

    #[test]
    fn growth_or_a_new_time_begins_the_rest_anew() {
        for changed in [file("a", 2, 0), file("a", 1, 1)] {
            let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
            readiness.look(at(0), &[file("a", 1, 0)]);
            assert!(readiness.look(at(10), std::slice::from_ref(&changed)).is_empty());
            assert!(readiness.look(at(19), std::slice::from_ref(&changed)).is_empty());
            assert_eq!(names(readiness.look(at(20), &[changed])), ["a"]);
        }
    }

    #[test]
    fn a_name_that_went_and_came_back_is_new() {
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        readiness.look(at(0), &[file("a", 1, 0)]);
        readiness.look(at(5), &[]);
        assert!(readiness.look(at(10), &[file("a", 1, 0)]).is_empty());
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_a_file_waiting_for_ever() {
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        readiness.look(at(1_000_000), &[file("a", 1, 0)]);
        readiness.look(at(0), &[file("a", 1, 0)]);
        assert_eq!(names(readiness.look(at(10), &[file("a", 1, 0)])), ["a"]);
    }

    #[test]
    fn the_partys_own_clock_is_of_no_account() {
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        let from_the_future = [file("a", 1, 9_999_999_999)];
        readiness.look(at(0), &from_the_future);
        assert_eq!(names(readiness.look(at(10), &from_the_future)), ["a"]);
    }

    #[test]
    fn a_data_file_waits_until_its_side_file_rests_too() {
        let mut readiness = Readiness::new(Complete::Stable { seconds: 10 });
        readiness.look(at(0), &files(&["pay.csv"]));
        assert!(readiness.look(at(10), &files(&["pay.csv", "pay.csv.ctl"])).is_empty());
        let ready = readiness.look(at(20), &files(&["pay.csv", "pay.csv.ctl"]));
        assert_eq!(ready[0].side, ["pay.csv.ctl"]);
    }

    #[test]
    fn a_marker_makes_its_data_file_complete() {
        let mut readiness = Readiness::new(Complete::Marker { suffix: ".ok".to_owned() });
        assert!(readiness.look(at(0), &files(&["a.xml", "b.ok", "c.xml"])).is_empty());
        let ready = readiness.look(at(0), &files(&["a.xml", "a.xml.ok", "b.xml", "b.OK", "c.xml", "d.ok"]));
        let pairs: Vec<_> = ready.iter().map(|file| (file.name.as_str(), file.marker.as_deref().unwrap())).collect();
        assert_eq!(pairs, [("a.xml", "a.xml.ok"), ("b.xml", "b.OK")]);
    }

    #[test]
    fn a_file_that_has_its_final_name_is_complete() {
        let mut readiness = Readiness::new(Complete::Rename);
        let listed = ["a.xml", "b.xml.tmp", "c.FILEPART", ".d.xml", "e.part", "f.inprocess", "g.uploading", "h~"];
        assert_eq!(names(readiness.look(at(0), &files(&listed))), ["a.xml"]);
    }

    #[test]
    fn side_files_belong_to_their_data_file_by_whole_name_or_stem() {
        let mut readiness = Readiness::new(Complete::Rename);
        let ready = readiness.look(at(0), &files(&["pay.sig", "pay.csv", "pay.csv.ctl", "lone.ctl", "pay.xml"]));
        assert_eq!(names(ready.clone()), ["pay.csv", "pay.xml"]);
        assert_eq!(ready[0].side, ["pay.csv.ctl", "pay.sig"]);
        assert!(ready[1].side.is_empty());
    }

    #[test]
    fn what_cannot_be_fetched_is_never_ready() {
        let mut readiness = Readiness::new(Complete::Rename);
        let link = RemoteFile { kind: Kind::Link, ..file("link", 1, 0) };
        let bad = RemoteFile { fault: Some(NameFault::Control), ..file("a\nb", 1, 0) };
        assert!(readiness.look(at(0), &[link, bad]).is_empty());
    }

    #[test]
    fn the_rule_is_written_as_in_a_template() {
        #[derive(Deserialize)]
        struct Channel {
            complete: Complete,
        }
        let read = |text: &str| toml::from_str::<Channel>(text).map(|channel| channel.complete);
        assert_eq!(read("complete = 'rename'").unwrap(), Complete::Rename);
        assert_eq!(read("complete = { stable = { seconds = 5 } }").unwrap(), Complete::Stable { seconds: 5 });
        assert!(read("complete = { marker = { sufix = '.ok' } }").is_err());
    }
}
