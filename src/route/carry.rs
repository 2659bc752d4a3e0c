//! One thread per party that moves files: a party that hangs holds up nobody else.
//!
//! A thread does what it is told, one job at a time, and says what came of it. It decides nothing
//! and appends nothing: intents are on disk before a job is given to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use jiff::{SignedDuration, Timestamp};

use super::authenticity::{self, CONTROL, LateControl};
use super::backoff::FIRST_SECONDS;
use super::broken::survived;
use super::doubt::Seen;
use super::engine::{Message, is_contact};
use super::{Shared, Trouble, own_folder, places};
use crate::carrier::folder::Folder;
use crate::carrier::{Carrier, Claimed, ErrorKind, Kind, PublishMode, RemoteFile, Rename};
use crate::config::{CarrierSettings, Party};
use crate::disk::{self, DiskError};
use crate::document::Date;
use crate::journal::{Arrival, Evidence, Inbound, Kept, Outbound, event::SideFile};
use crate::seal;
use crate::template::{Clear, Out, folders};
use crate::text;
use crate::words::Remedy;

/// The most entries of a folder that are looked at in one go.
const MOST_LISTED: usize = 10_000;
/// The largest side file, such as control totals or a detached signature, in bytes.
const MOST_SIDE_BYTES: u64 = 64 << 10;

/// Something for a party's thread to do.
#[derive(Debug)]
pub enum Job {
    /// List the party's folders.
    Look,
    /// Bring a file into the archive.
    Take(Box<Take>),
    /// Remove or move an original.
    Clear(Box<Inbound>),
    /// Put all bytes under the temporary name of this attempt.
    Upload(Box<Outbound>),
    /// Give the temporary file its final name.
    Publish(Box<Outbound>),
    /// Look at both names.
    Probe(Box<Outbound>),
    /// Remove the temporary name that a server left beside the final one.
    Sweep(Box<Outbound>),
}

impl Job {
    /// What is done.
    fn word(&self) -> &'static str {
        match self {
            Job::Look => "look",
            Job::Take(_) => "take",
            Job::Clear(_) => "clear",
            Job::Upload(_) => "upload",
            Job::Publish(_) => "publish",
            Job::Probe(_) => "probe",
            Job::Sweep(_) => "sweep",
        }
    }
}

/// A file to be taken.
#[derive(Clone, Debug)]
pub struct Take {
    /// Id of the inbound file that it becomes.
    pub id: String,
    /// Folder at the party.
    pub folder: String,
    /// The party's name for it.
    pub name: String,
    /// What makes this taking unique.
    pub claim: String,
    /// Names of its side files.
    pub side: Vec<String>,
    /// Where it lies already, when a crash left it claimed.
    pub claimed: Option<String>,
}

/// What a folder holds.
#[derive(Debug)]
pub struct Listing {
    /// The folder.
    pub folder: String,
    /// Its files.
    pub files: Vec<RemoteFile>,
    /// What a crash left claimed.
    pub claimed: Vec<Claimed>,
    /// Names of the files that a control file speaks of.
    pub controls: BTreeSet<String>,
}

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// The party's folders, and what came late by the other path.
    Listed(Vec<Listing>, Vec<LateControl>),
    /// The file is in the archive.
    Taken(Box<Arrival>),
    /// The original is gone.
    Cleared,
    /// All bytes are under the temporary name; their number as the party tells it.
    Uploaded(u64),
    /// Under its final name; what proves it.
    Published(Evidence),
    /// The leftover is gone.
    Swept,
    /// What lies under the temporary and the final name.
    Seen {
        /// Under the temporary name.
        temporary: Seen,
        /// Under the final name.
        final_name: Seen,
    },
}

/// The result of a job.
#[derive(Debug)]
pub struct Done {
    /// The party.
    pub party: String,
    /// The file that the job was about; empty for a look.
    pub subject: String,
    /// What came of it.
    pub outcome: Result<Outcome, Trouble>,
    /// Whether it was the upload of an attempt: only this can say that nothing of the attempt has begun.
    pub upload: bool,
    /// Whether the party was asked at all: a job that stood in line behind one that could not reach it is not tried.
    pub asked: bool,
}

/// A party's thread.
pub struct Porter {
    jobs: Option<Sender<(String, Job)>>,
    thread: Option<JoinHandle<()>>,
}

impl Porter {
    /// Starts the thread of a party; results go to `done`.
    pub fn start(shared: Arc<Shared>, party: Party, done: Sender<Message>) -> std::io::Result<Porter> {
        let (jobs, inbox) = channel();
        let name = format!("porter {}", party.name);
        let thread =
            std::thread::Builder::new().name(name).spawn(move || Desk::new(shared, party).work(&inbox, &done))?;
        Ok(Porter { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Gives the thread a job about `subject`.
    pub fn give(&self, subject: String, job: Job) {
        if let Some(jobs) = &self.jobs {
            // The thread ends only when this sender is dropped, so the send cannot fail before that.
            let _ = jobs.send((subject, job));
        }
    }

    /// Ends the thread after its present job; does not wait longer than that job does.
    pub fn stop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Desk {
    shared: Arc<Shared>,
    party: Party,
    /// What the party gives us; for a remote party also what we give it.
    take: Box<dyn Carrier>,
    /// What we give a folder party.
    give: Option<Box<dyn Carrier>>,
    /// The day whose host keys count for the connection.
    day: Date,
    /// Why the party could not be reached, and when that was.
    unreachable: Option<(Trouble, Timestamp)>,
}

impl Desk {
    fn new(shared: Arc<Shared>, party: Party) -> Desk {
        let (take, give) = shared.carriers(&party);
        Desk { day: shared.today(), shared, party, take, give, unreachable: None }
    }

    fn work(mut self, jobs: &Receiver<(String, Job)>, done: &Sender<Message>) {
        while let Ok((subject, job)) = jobs.recv() {
            let (outcome, asked) = match self.still_unreachable() {
                Some(trouble) => (Err(trouble), false),
                None => (self.survived(&job, &subject), true),
            };
            if let (Err(trouble), true) = (&outcome, asked) {
                self.unreachable = is_contact(trouble.kind).then(|| (trouble.clone(), self.shared.clock.now()));
            }
            let upload = matches!(job, Job::Upload(_));
            let finished = Done { party: self.party.name.clone(), subject, outcome, upload, asked };
            if done.send(Message::Carried(Box::new(finished))).is_err() {
                break;
            }
        }
        self.take.close();
    }

    /// The trouble that ended the latest try, as long as nobody can have decided to try again: what stands in line
    /// behind a refused login must not become as many refused logins, because banks lock accounts.
    fn still_unreachable(&self) -> Option<Trouble> {
        let (trouble, at) = self.unreachable.as_ref()?;
        let again = at.saturating_add(SignedDuration::from_secs(FIRST_SECONDS)).unwrap_or(Timestamp::MAX);
        let now = self.shared.clock.now();
        // A clock that was set back since makes no longer wait of it.
        (now >= *at && now < again).then(|| Trouble { happened: false, ..trouble.clone() })
    }

    /// Another day may have other host keys: what is open was opened under those of the day before.
    fn turn_the_day(&mut self) {
        let today = self.shared.today();
        let dated = matches!(&self.party.carrier, CarrierSettings::Sftp(settings) if settings.has_days());
        if dated && today != self.day {
            self.connect_anew();
            self.day = today;
        }
    }

    /// Does a job. Where the program breaks in it, a person decides when it is tried again, over a new connection: the
    /// table says what became of a file that was on its way.
    fn survived(&mut self, job: &Job, subject: &str) -> Result<Outcome, Trouble> {
        let done = survived(Remedy::Person, || {
            disk::fragile(job.word(), subject);
            self.job(job)
        });
        if done.as_ref().is_err_and(|trouble| trouble.kind.is_none() && trouble.happened) {
            self.connect_anew();
        }
        done
    }

    fn connect_anew(&mut self) {
        self.take.close();
        (self.take, self.give) = self.shared.carriers(&self.party);
    }

    fn job(&mut self, job: &Job) -> Result<Outcome, Trouble> {
        self.turn_the_day();
        places::are_there(&self.shared.config, &self.party)?;
        match job {
            Job::Look => self.look(),
            Job::Take(take) => self.take(take),
            Job::Clear(file) => self.clear(file),
            Job::Upload(file) => self.upload(file),
            Job::Publish(file) => self.publish(file),
            Job::Probe(file) => self.probe(file),
            Job::Sweep(file) => self.sweep(file),
        }
    }

    fn giver(&mut self) -> &mut dyn Carrier {
        match &mut self.give {
            Some(give) => give.as_mut(),
            None => self.take.as_mut(),
        }
    }

    fn look(&mut self) -> Result<Outcome, Trouble> {
        let inward = &self.party.template.inward;
        let today = self.party.window.local(self.shared.clock.now()).date();
        let folders = folders::of_days(&inward.folders, today, inward.days_before);
        let lasting: Vec<String> = inward.folders.iter().filter(|folder| !folders::is_dated(folder)).cloned().collect();
        let mut listings = Vec::with_capacity(folders.len());
        for folder in folders {
            // The folder of a day is made by whoever puts the first file into it.
            if !lasting.contains(&folder) && self.is_absent(&folder)? {
                continue;
            }
            own_folder::is_ours(&self.shared, &self.party, &folder)?;
            let claimed = self.take.claimed(&folder)?;
            let files = self.take.list(&folder, MOST_LISTED)?;
            let controls = self.controls(&files)?;
            listings.push(Listing { folder, files, claimed, controls });
        }
        Ok(Outcome::Listed(listings, authenticity::late(&self.shared, &self.party)?))
    }

    /// Whether there is no such folder.
    fn is_absent(&mut self, folder: &str) -> Result<bool, Trouble> {
        match self.take.list(folder, 1) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(false),
        }
    }

    /// The files that the other path speaks of, where the party has one. It may keep its control files for ever, so
    /// that folder is never listed; one that is absent speaks of nothing.
    fn controls(&self, files: &[RemoteFile]) -> Result<BTreeSet<String>, Trouble> {
        let folder = self.party.authenticity.as_ref().and_then(|policy| policy.control_folder.as_ref());
        let Some(folder) = folder else { return Ok(BTreeSet::new()) };
        if !disk::is_folder(folder)? {
            return Ok(BTreeSet::new());
        }
        let mut folder = Folder::open(folder);
        let mut spoken_of = BTreeSet::new();
        for file in files.iter().filter(|file| file.acceptable()) {
            if folder.look("", &format!("{}{CONTROL}", file.name))?.is_some() {
                spoken_of.insert(file.name.clone());
            }
        }
        Ok(spoken_of)
    }

    fn take(&mut self, take: &Take) -> Result<Outcome, Trouble> {
        let cap = self.party.template.inward.max_bytes;
        let mut side = BTreeMap::new();
        for name in &take.side {
            let lies_at = self.take.claim(&take.folder, name, &take.id)?;
            let bytes = self.read_side(&take.folder, &lies_at)?;
            side.insert(name.clone(), SideFile::new(lies_at, bytes));
        }
        let lies_at = match &take.claimed {
            Some(name) => name.clone(),
            None => self.take.claim(&take.folder, &take.name, &take.id)?,
        };
        let owner = self.take.owner(&take.folder, &lies_at)?;
        let mut private = disk::private_file(&self.shared.config.work())?;
        self.take.fetch(&take.folder, &lies_at, &mut private, cap)?;
        let kept = self.keep(&take.id, &take.name, &mut private)?;
        Ok(Outcome::Taken(Box::new(Arrival {
            party: self.party.name.clone(),
            folder: take.folder.clone(),
            name: take.name.clone(),
            claim: take.claim.clone(),
            lies_at,
            kept,
            side,
            stays: self.party.template.inward.clear == Clear::Leave,
            owner,
        })))
    }

    fn read_side(&mut self, folder: &str, name: &str) -> Result<Vec<u8>, Trouble> {
        let mut private = disk::private_file(&self.shared.config.work())?;
        self.take.fetch(folder, name, &mut private, MOST_SIDE_BYTES)?;
        private.rewind()?;
        let mut bytes = Vec::new();
        private.take(MOST_SIDE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn keep(&self, id: &str, name: &str, private: &mut File) -> Result<Kept, Trouble> {
        private.rewind()?;
        self.shared.keep(id, "received", name, private)
    }

    fn clear(&mut self, file: &Inbound) -> Result<Outcome, Trouble> {
        let names = std::iter::once(&file.lies_at).chain(file.side.values().map(|s| &s.lies_at));
        match self.party.template.inward.clear.clone() {
            Clear::Leave => {}
            Clear::Remove => {
                for name in names {
                    self.take.remove(&file.folder, name)?;
                }
            }
            Clear::MoveTo(other) => {
                for name in names {
                    self.move_away(&file.folder, name, &other)?;
                }
            }
        }
        Ok(Outcome::Cleared)
    }

    /// Moves a file that may have been moved before a crash.
    fn move_away(&mut self, folder: &str, name: &str, other: &str) -> Result<(), Trouble> {
        match self.take.move_to(folder, name, other) {
            Err(e) if e.kind() == ErrorKind::NotFound && self.take.look(folder, name)?.is_none() => Ok(()),
            other => Ok(other?),
        }
    }

    /// The folder of a day in a party's outbox, which nobody but us makes; at a server the bank does.
    fn make_own_folder(&self, folder: &str) -> Result<(), Trouble> {
        let ours = matches!(self.party.carrier, CarrierSettings::Folder);
        if ours && folders::is_dated(&self.party.template.out.folder) {
            disk::ensure_folder(&self.shared.config.outbox(&self.party.name).join(folder), 0o750)?;
        }
        Ok(())
    }

    /// Whether a server has the folder of the file's day, before the first byte leaves: the bank makes it in its own
    /// time, so that the file waits, and a person is told.
    fn has_folder(&mut self, folder: &str) -> Result<(), Trouble> {
        if !folders::is_dated(&self.party.template.out.folder) {
            return Ok(());
        }
        match self.giver().list(folder, 1) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = &self.party.name;
                let what = text!(
                    "`{name}` has no folder `{folder}` yet: the bank makes it, and the file goes once it is there",
                    "`{name}` 尚无目录 `{folder}`：由银行建立，建立后即发送该文件"
                );
                Err(Trouble::new(what, Remedy::Wait).hint(text!(
                    "ask the bank when it makes the folder of the day; a folder that is always there stands in `[out] \
                     folder`",
                    "请向银行询问当日目录的建立时间；固定目录写在 `[out] folder`"
                )))
            }
            // What cannot be listed may still take a file.
            _ => Ok(()),
        }
    }

    /// The final bytes are parsed once more before the first of them leaves.
    fn upload(&mut self, file: &Outbound) -> Result<Outcome, Trouble> {
        let payload = file.payload().ok_or_else(|| missing(file))?;
        let path = self.shared.verified_path(&payload.sha256)?;
        let mut source = File::open(&path)?;
        if self.party.template.seal.seals() {
            seal::is_sealed(&self.party.template.seal, &mut File::open(&path)?)?;
        }
        let temporary = file.temporary.clone().ok_or_else(|| missing(file))?;
        let stale = stale_names(&self.party, file);
        let mode = self.party.template.out.publish;
        let (folder, size) = (file.folder.clone(), payload.size);
        let final_name = self.final_name(file);
        self.make_own_folder(&folder)?;
        self.has_folder(&folder)?;
        let carrier = self.giver();
        // The final name must be free before the first byte leaves: what lies there is somebody else's.
        let there = seen(carrier.look(&folder, &final_name)?);
        if there != Seen::Absent {
            return Ok(Outcome::Seen { temporary: Seen::Absent, final_name: there });
        }
        for name in stale {
            carrier.remove(&folder, &name)?;
        }
        disk::point("carrier upload");
        if mode == PublishMode::Direct {
            upload_once(carrier, &folder, &temporary, &mut source, size)?;
        } else {
            carrier.upload(&folder, &temporary, &mut source, size)?;
        }
        disk::point("carrier uploaded");
        Ok(Outcome::Uploaded(size))
    }

    fn publish(&mut self, file: &Outbound) -> Result<Outcome, Trouble> {
        let temporary = file.temporary.clone().ok_or_else(|| missing(file))?;
        let (out, work) = (self.party.template.out.clone(), self.shared.config.work());
        disk::point("carrier publish");
        let empty = || disk::private_file(&work);
        publish_as(self.giver(), &out, &file.folder, [&temporary, &file.name], empty)?;
        disk::point("carrier published");
        if self.give.is_some() {
            let name = &file.name;
            return Ok(Outcome::Published(text!("`{name}` is in its folder", "`{name}` 已在其目录中").into()));
        }
        self.seen_after(file)
    }

    /// A server that confirms a rename may not have done it: what still lies under the temporary name was not
    /// published. A final name that is absent was taken by the party meanwhile; a look that fails takes nothing away
    /// from the server's own answer.
    fn seen_after(&mut self, file: &Outbound) -> Result<Outcome, Trouble> {
        let (folder, final_name) = (file.folder.clone(), self.final_name(file));
        let temporary = file.temporary.clone().filter(|name| *name != file.name);
        let carrier = self.giver();
        let name = &final_name;
        let mut shows = |name: &str| carrier.look(&folder, name).map(seen);
        match (shows(&final_name), temporary) {
            (Ok(Seen::Bytes(size)), _) => Ok(Outcome::Published(
                text!(
                    "the server confirmed `{name}` and shows it with {size} bytes",
                    "服务器已确认 `{name}`，并显示其为 {size} 字节"
                )
                .into(),
            )),
            (Ok(Seen::Absent), Some(name)) if matches!(shows(&name), Ok(Seen::Bytes(_))) => {
                Err(confirmed_and_not_done(file))
            }
            _ => Ok(Outcome::Published(text!("the server confirmed `{name}`", "服务器已确认 `{name}`").into())),
        }
    }

    /// The name whose appearance publishes the file.
    fn final_name(&self, file: &Outbound) -> String {
        match self.party.template.out.publish {
            PublishMode::Marker => trigger_name(&self.party.template.out, &file.name),
            _ => file.name.clone(),
        }
    }

    fn sweep(&mut self, file: &Outbound) -> Result<Outcome, Trouble> {
        if let Some(temporary) = file.temporary.as_deref().filter(|name| *name != file.name) {
            self.giver().remove(&file.folder, temporary)?;
        }
        Ok(Outcome::Swept)
    }

    fn probe(&mut self, file: &Outbound) -> Result<Outcome, Trouble> {
        let temporary = file.temporary.clone().unwrap_or_default();
        let final_name = self.final_name(file);
        let folder = file.folder.clone();
        let carrier = self.giver();
        // A new connection: the old session must be dead before its traces are judged.
        carrier.close();
        let temporary = if temporary.is_empty() { Seen::Absent } else { seen(carrier.look(&folder, &temporary)?) };
        Ok(Outcome::Seen { temporary, final_name: seen(carrier.look(&folder, &final_name)?) })
    }
}

/// Writes under the final name. Once the party has answered a look, the first byte may be there: from then on every
/// error is one after which nobody can say what the party has, and which no second attempt may follow.
fn upload_once(
    carrier: &mut dyn Carrier,
    folder: &str,
    name: &str,
    source: &mut File,
    size: u64,
) -> Result<(), Trouble> {
    carrier.look(folder, name)?;
    let done = carrier.upload(folder, name, source, size);
    done.map_err(|error| Trouble { happened: true, ..error.into() })
}

/// The temporary name of an attempt. Every attempt has its own.
pub fn temporary_name(party: &Party, name: &str, attempt: u64) -> String {
    let out = &party.template.out;
    // What replaces the ending stands behind the rest of the name.
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let base = if out.temporary_replaces { stem } else { name };
    match (out.publish, attempt) {
        (PublishMode::Marker | PublishMode::Direct, _) => name.to_string(),
        (_, 1) => format!("{}{base}{}", out.temporary_prefix, out.temporary_suffix),
        (_, n) => format!("{}{base}.{n}{}", out.temporary_prefix, out.temporary_suffix),
    }
}

/// Temporary names of earlier attempts of this file: ours alone, and never published.
fn stale_names(party: &Party, file: &Outbound) -> Vec<String> {
    match party.template.out.publish {
        PublishMode::Atomic | PublishMode::NoOverwrite => {
            (1..file.attempt).map(|n| temporary_name(party, &file.name, n)).collect()
        }
        // Their temporary name is the data file's own: an earlier attempt of this very file.
        PublishMode::Marker if file.attempt > 1 => vec![file.name.clone()],
        PublishMode::Marker | PublishMode::Direct => Vec::new(),
    }
}

fn trigger_name(out: &Out, name: &str) -> String {
    format!("{name}{}", out.marker_suffix)
}

/// Publishes what lies complete under its temporary name; `empty` makes what a trigger file holds.
///
/// # Errors
/// [`Trouble`].
pub(super) fn publish_as(
    carrier: &mut dyn Carrier,
    out: &Out,
    folder: &str,
    [temporary, name]: [&str; 2],
    empty: impl FnOnce() -> Result<File, DiskError>,
) -> Result<(), Trouble> {
    match out.publish {
        PublishMode::Atomic => carrier.rename(folder, temporary, name, Rename::Atomic)?,
        PublishMode::NoOverwrite => carrier.rename(folder, temporary, name, Rename::NoOverwrite)?,
        PublishMode::Marker => carrier.upload(folder, &trigger_name(out, name), &mut empty()?, 0)?,
        PublishMode::Direct => {}
    }
    Ok(())
}

fn seen(file: Option<RemoteFile>) -> Seen {
    match file {
        None => Seen::Absent,
        Some(file) if file.kind == Kind::File => Seen::Bytes(file.size),
        Some(_) => Seen::Other,
    }
}

/// What the server says and what it shows are not the same; the next look decides by the table.
fn confirmed_and_not_done(file: &Outbound) -> Trouble {
    let name = &file.name;
    let what = text!(
        "the server confirmed the renaming to `{name}`, but the file still lies under its temporary name; whether \
         the party has it is not known yet",
        "服务器确认已改名为 `{name}`，但文件仍在临时文件名下；对方是否已收到尚不可知"
    );
    Trouble { happened: true, ..Trouble::new(what, Remedy::Wait) }
}

fn missing(file: &Outbound) -> Trouble {
    let id = &file.id;
    Trouble::new(
        text!("the journal has no bytes or name for `{id}`", "日志中没有 `{id}` 的内容或文件名"),
        Remedy::Person,
    )
}
