//! Which of a party's listed files are to be taken.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::authenticity;
use super::carry::{Listing, Take};
use crate::carrier::readiness::{Readiness, Ready};
use crate::carrier::{Claimed, Kind, RemoteFile};
use crate::config::{CarrierSettings, Party};
use crate::text;
use crate::words::{Lang, Text};

/// How long a side file may lie alone before somebody is told.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// What was learned of a party's folders so far.
pub struct Intake {
    readiness: BTreeMap<String, Readiness>,
    /// Complete files that wait for what speaks for them, by folder and name, and since when.
    waiting: BTreeMap<(String, String), Timestamp>,
    /// Files that nobody can take, so that each is told once.
    told: std::collections::BTreeSet<String>,
}

/// A file that is complete, before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Folder at the party.
    pub folder: String,
    /// Name at the party.
    pub name: String,
    /// Names of side files.
    pub side: Vec<String>,
    /// What makes it unique at a remote party; a folder party's file gets its id as claim.
    pub identity: Option<String>,
}

impl Intake {
    /// Nothing is known yet.
    pub fn new() -> Intake {
        Intake { readiness: BTreeMap::new(), waiting: BTreeMap::new(), told: std::collections::BTreeSet::new() }
    }

    /// The complete files of a listing, and what cannot be taken at all, told once.
    pub fn look(&mut self, party: &Party, listing: &Listing, now: Timestamp) -> (Vec<Candidate>, Vec<Text>) {
        let ready = self.readiness(party, &listing.folder).look(now, &listing.files);
        let mut candidates = Vec::new();
        self.forget(listing, &ready);
        for file in ready.into_iter().filter(|file| party.template.inward.takes(&file.name)) {
            if self.waits(party, listing, &file, now) {
                continue;
            }
            let Some(listed) = listing.files.iter().find(|f| f.name == file.name) else { continue };
            let side = file.side.into_iter().chain(file.marker).collect();
            candidates.push(Candidate {
                folder: listing.folder.clone(),
                name: file.name,
                side,
                identity: identity(party, &listing.folder, listed),
            });
        }
        (candidates, self.troubles(party, listing, now))
    }

    /// What is not there any more, or was not complete, does not wait.
    fn forget(&mut self, listing: &Listing, ready: &[Ready]) {
        let there = |name: &String| ready.iter().any(|file| file.name == *name);
        self.waiting.retain(|(folder, name), _| *folder != listing.folder || there(name));
    }

    /// Whether what must speak for a file may still come.
    fn waits(&mut self, party: &Party, listing: &Listing, file: &Ready, now: Timestamp) -> bool {
        let key = (listing.folder.clone(), file.name.clone());
        // Who signs the file itself needs nothing beside it.
        let asked = party.authenticity.as_ref().filter(|_| !(party.template.seal.sign && party.template.seal.seals()));
        let enough = asked.is_none_or(|asked| {
            authenticity::promised(&file.side, listing.controls.contains(&file.name)) >= asked.required
        });
        let Some(asked) = asked.filter(|_| !enough) else {
            self.waiting.remove(&key);
            return false;
        };
        let since = *self.waiting.entry(key).or_insert(now);
        let most = SignedDuration::from_secs(i64::try_from(asked.wait_seconds).unwrap_or(i64::MAX));
        now.duration_since(since) < most
    }

    /// What a crash left half claimed, to be taken under the claims that were begun: each data file with all that
    /// belongs to it. Side files are claimed before their data file, so where that is claimed nothing of it lies in
    /// the folder any more; where it is not, it does. What belongs to nothing is told once.
    pub fn recover(&mut self, party: &Party, listing: &Listing, begun: &[Claimed]) -> (Vec<Take>, Vec<Text>) {
        let mut claims: BTreeMap<&str, Vec<&Claimed>> = BTreeMap::new();
        for claimed in begun {
            claims.entry(&claimed.claim).or_default().push(claimed);
        }
        let (mut takes, mut troubles) = (Vec::new(), Vec::new());
        for (claim, held) in claims {
            let readiness = self.readiness(party, &listing.folder);
            let alone: Vec<RemoteFile> = held.iter().map(|c| was_listed(c)).collect();
            let all: Vec<RemoteFile> = alone.iter().chain(&listing.files).cloned().collect();
            let ours = |file: &Ready| held.iter().any(|c| file.parts().any(|name| *name == c.original));
            let found = readiness.assemble(&alone).into_iter().next();
            match found.or_else(|| readiness.assemble(&all).into_iter().find(ours)) {
                Some(file) => takes.push(again(listing, claim, file, &held)),
                None => troubles.extend(held.iter().map(|c| orphan(party, c)).filter(|t| self.is_new(t))),
            }
        }
        (takes, troubles)
    }

    /// Whether this has not been told since the start.
    pub fn is_new(&mut self, what: &Text) -> bool {
        self.told.insert(what.en.clone())
    }

    fn readiness(&mut self, party: &Party, folder: &str) -> &mut Readiness {
        let rule = &party.template.inward.complete;
        let signed_beside = party.authenticity.is_some() && !party.template.seal.seals();
        self.readiness.entry(folder.to_string()).or_insert_with(|| {
            let readiness = Readiness::new(rule.clone());
            if signed_beside { readiness.with_side(".asc") } else { readiness }
        })
    }

    /// Whether files are there that may become complete by waiting alone.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || self.readiness.values().any(Readiness::is_waiting)
    }

    /// The side files of an ERP that lie alone.
    pub fn alone(&mut self, party: &Party, listing: &Listing, now: Timestamp) -> Vec<String> {
        if party.is_bank() {
            return Vec::new();
        }
        let alone = self.readiness(party, &listing.folder).alone(now, &listing.files);
        alone.into_iter().map(|file| file.name.clone()).collect()
    }

    fn troubles(&mut self, party: &Party, listing: &Listing, now: Timestamp) -> Vec<Text> {
        let mut troubles = Vec::new();
        let alone = self.alone(party, listing, now);
        let forgotten = |file: &RemoteFile| {
            let modified = file.modified.and_then(|second| Timestamp::from_second(second).ok());
            let long = modified.is_some_and(|modified| now.duration_since(modified) > FORGOTTEN);
            (long && alone.contains(&file.name))
                .then(|| text!("the file that it belongs to has not come for a day", "其所属文件一天内未到"))
        };
        for file in &listing.files {
            let Some(why) = cannot_be_taken(party, file).or_else(|| forgotten(file)) else { continue };
            let shown = file.name.escape_debug().to_string();
            let name = &party.name;
            let what = Text {
                en: format!("`{shown}` from `{name}` is not taken: {}", why.to(Lang::En)),
                zh: format!("未收取 `{name}` 的 `{shown}`：{}", why.to(Lang::Zh)),
            };
            if self.is_new(&what) {
                troubles.push(what);
            }
        }
        troubles
    }
}

impl Default for Intake {
    fn default() -> Intake {
        Intake::new()
    }
}

/// Why a listed name is never taken; folders are simply not ours.
fn cannot_be_taken(party: &Party, file: &RemoteFile) -> Option<Text> {
    match file.kind {
        Kind::Folder => return None,
        Kind::Link => return Some(text!("it is a link", "它是一个链接")),
        Kind::Other => return Some(text!("it is not a regular file", "它不是普通文件")),
        Kind::File => {}
    }
    if let Some(fault) = &file.fault {
        return Some(fault.text());
    }
    let (size, most) = (file.size, party.template.inward.max_bytes);
    (size > most)
        .then(|| text!("its {size} bytes are more than the {most} allowed", "大小 {size} 字节，超过上限 {most}"))
}

/// Folder, name, size and time: what a remote file is known by until its content is.
fn identity(party: &Party, folder: &str, file: &RemoteFile) -> Option<String> {
    match party.carrier {
        CarrierSettings::Folder => None,
        CarrierSettings::Sftp(_) => {
            Some(format!("{folder}/{}|{}|{}", file.name, file.size, file.modified.unwrap_or_default()))
        }
    }
}

/// A claimed file as its folder had listed it.
fn was_listed(claimed: &Claimed) -> RemoteFile {
    RemoteFile { name: claimed.original.clone(), size: 0, modified: None, kind: Kind::File, fault: None }
}

/// The order to take what was begun to be taken.
fn again(listing: &Listing, claim: &str, file: Ready, held: &[&Claimed]) -> Take {
    Take {
        id: claim.to_string(),
        folder: listing.folder.clone(),
        claim: claim.to_string(),
        claimed: held.iter().find(|c| c.original == file.name).map(|c| c.name.clone()),
        side: file.side.into_iter().chain(file.marker).collect(),
        name: file.name,
    }
}

fn orphan(party: &Party, claimed: &Claimed) -> Text {
    let (name, party) = (&claimed.name, &party.name);
    text!(
        "`{name}` from `{party}` was left by a crash and the file that it belongs to is gone",
        "`{party}` 的 `{name}` 为异常中断遗留，其所属文件已不存在"
    )
}

/// A side file that is taken by itself.
pub fn by_itself(party: &Party, listing: &Listing, name: &str) -> Option<Candidate> {
    let listed = listing.files.iter().find(|file| file.name == name)?;
    let identity = identity(party, &listing.folder, listed);
    Some(Candidate { folder: listing.folder.clone(), name: name.to_string(), side: Vec::new(), identity })
}

/// The order to take a file.
pub fn take(candidate: Candidate, id: String) -> Take {
    Take {
        claim: candidate.identity.unwrap_or_else(|| id.clone()),
        id,
        folder: candidate.folder,
        name: candidate.name,
        side: candidate.side,
        claimed: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{AuthenticityPolicy, Config};
    use crate::document::Authenticity;

    fn erp() -> Party {
        let installation = "[installation]\nname = \"x\"\nenvironment = \"test\"\n";
        let party = "[[party]]\nname = \"erp\"\ntemplate = \"csv-erp\"\n";
        let config = Config::read(Path::new("/nowhere"), &format!("{installation}{party}")).unwrap();
        config.parties[0].clone()
    }

    fn claimed(claim: &str, original: &str) -> Claimed {
        let name = format!(".claimed/{claim}__{original}");
        Claimed { claim: claim.into(), original: original.into(), name }
    }

    /// What is taken again when a crash left these claims and these files, and how many troubles are told.
    fn recovered(begun: &[Claimed], there: &[&str]) -> (Vec<Take>, usize) {
        let files = there.iter().map(|name| was_listed(&claimed("", name))).collect();
        let listing = Listing { folder: String::new(), files, claimed: Vec::new(), controls: Default::default() };
        let (takes, troubles) = Intake::new().recover(&erp(), &listing, begun);
        (takes, troubles.len())
    }

    #[test]
    fn a_data_file_is_taken_again_with_its_side_files() {
        let begun = [claimed("I1", "pay.csv.ctl"), claimed("I1", "pay.csv"), claimed("I2", "other.csv")];
        // A new file of the same name came meanwhile: its control totals are not those of the old one.
        for there in [&[][..], &["pay.csv", "pay.ctl"][..]] {
            let (takes, troubles) = recovered(&begun, there);
            let told: Vec<_> = takes.iter().map(|t| (t.id.as_str(), t.name.as_str(), t.side.as_slice())).collect();
            let side = ["pay.csv.ctl".to_string()];
            assert_eq!(told, [("I1", "pay.csv", &side[..]), ("I2", "other.csv", &[][..])]);
            assert!(takes.iter().all(|t| t.claim == t.id && t.claimed.is_some()));
            assert_eq!(troubles, 0);
        }
    }

    #[test]
    fn a_claimed_side_file_waits_for_its_data_file_and_never_becomes_one() {
        let begun = [claimed("I1", "pay.csv.ctl")];
        let (takes, troubles) = recovered(&begun, &["pay.csv", "pay.sig", "b.csv"]);
        assert_eq!((takes.len(), troubles), (1, 0));
        assert_eq!((takes[0].id.as_str(), takes[0].name.as_str(), &takes[0].claimed), ("I1", "pay.csv", &None));
        assert_eq!(takes[0].side, ["pay.csv.ctl", "pay.sig"]);
        let (takes, troubles) = recovered(&begun, &["b.csv"]);
        assert_eq!((takes.len(), troubles), (0, 1));
    }

    #[test]
    fn a_trouble_is_told_once() {
        let mut intake = Intake::new();
        let what = text!("it is a link", "它是一个链接");
        assert!(intake.is_new(&what) && !intake.is_new(&what));
    }

    #[test]
    fn a_file_waits_for_what_must_speak_for_it_and_then_goes_on_alone() {
        let mut party = erp();
        let asked =
            AuthenticityPolicy { required: Authenticity::L2, wait_seconds: 60, ..AuthenticityPolicy::default() };
        party.authenticity = Some(asked);
        party.template.inward.complete = crate::carrier::readiness::Complete::Rename;
        let listing = |names: &[&str], controlled: &[&str]| Listing {
            folder: String::new(),
            files: names.iter().map(|name| was_listed(&claimed("", name))).collect(),
            claimed: Vec::new(),
            controls: controlled.iter().map(|name| name.to_string()).collect(),
        };
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let mut intake = Intake::new();
        let mut look = |names: &[&str], controlled: &[&str], second: i64| {
            let (found, _) = intake.look(&party, &listing(names, controlled), at(second));
            (found.into_iter().map(|c| (c.name, c.side)).collect::<Vec<_>>(), intake.is_waiting())
        };
        assert_eq!(look(&["pay.csv"], &["pay.csv"], 0), (vec![], true), "a control file is not enough");
        let with = |side: &str| (vec![("pay.csv".to_string(), vec![side.to_string()])], false);
        assert_eq!(look(&["pay.csv", "pay.csv.hmac"], &[], 59), with("pay.csv.hmac"), "it came late");
        assert_eq!(look(&["pay.csv"], &[], 60), (vec![], true), "a new file of that name");
        assert_eq!(look(&["pay.csv", "pay.csv.asc"], &[], 61), with("pay.csv.asc"), "more than is asked");
        assert_eq!(look(&["pay.csv"], &[], 70), (vec![], true));
        let (alone, _) = look(&["pay.csv"], &[], 130);
        assert_eq!(alone, [("pay.csv".to_string(), vec![])], "nothing came");
        assert_eq!(look(&[], &[], 131), (vec![], false));
    }
}
