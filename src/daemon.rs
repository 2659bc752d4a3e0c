//! The daemon: look, decide, do, sleep.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::alarm;
use crate::archive::Archive;
use crate::carrier::watch::Watch;
use crate::clock::Clock;
use crate::config::{CarrierSettings, Config};
use crate::disk::{self, InstanceLock};
use crate::journal::{Records, SqliteJournal};
use crate::route::engine::{Message, Round};
use crate::route::unfinished::{Unfinished, unfinished};
use crate::route::{Engine, Shared, Trouble, fence, officers, places, wall};
use crate::seal::Keys;

mod checkpoints;

/// How long a round waits for results at most.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often a daemon that waits for officers looks whether they have confirmed another configuration.
const LOOK_FOR_CONFIRMED: Duration = Duration::from_secs(2);
/// Facts after which a checkpoint is signed.
const FACTS_PER_CHECKPOINT: u64 = 1_000;

/// What the world may ask of a running daemon.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// End in good order.
    pub stop: Arc<AtomicBool>,
    /// Read the configuration again.
    pub reload: Arc<AtomicBool>,
}

/// An installation at work: its lock, its engine.
pub struct Daemon {
    engine: Engine,
    watch: alarm::Watch,
    shared: Arc<Shared>,
    last_checkpoint: u64,
    _lock: InstanceLock,
}

impl Daemon {
    /// Takes the installation in hand: the lock first, then everything that a crash left.
    ///
    /// # Errors
    /// [`Trouble`] with what a person must do.
    pub fn start(config: Config, clock: Clock) -> Result<Daemon, Trouble> {
        Daemon::start_on(config, clock, &fence::machine_id()?)
    }

    /// The same on a machine with this id.
    ///
    /// # Errors
    /// As [`Daemon::start`].
    pub fn start_on(config: Config, clock: Clock, machine: &str) -> Result<Daemon, Trouble> {
        disk::ensure_folder(&config.archive(), 0o750)?;
        for folder in [config.state(), config.work(), config.checkpoints()] {
            disk::ensure_folder(&folder, 0o700)?;
        }
        let lock = InstanceLock::take(&config.state(), "bankferry")?;
        disk::refuse_network_file_system(&config.state())?;
        disk::sweep(&config.work(), &lock)?;
        disk::sweep(&config.archive(), &lock)?;
        let archive = Archive::open(&config.archive())?;
        archive.mend(None)?;
        let keys = Keys::open(&config.keys())?;
        wall::refuse_foreign_keys(&keys, config.environment, clock.system_time())?;
        wall::refuse_foreign_logins(&config.keys(), config.environment)?;
        let mut journal = SqliteJournal::open(&config.journal())?;
        places::make(&config, &journal)?;
        let shared = Arc::new(Shared { config, archive, keys, clock });
        fence::settle(&shared, &mut journal, machine)?;
        checkpoints::mend(&shared, &journal)?;
        let engine = Engine::start(Arc::clone(&shared), journal)?;
        let watch = alarm::Watch::start(&shared)?;
        let last_checkpoint = engine.journal().head()?.0;
        Ok(Daemon { engine, watch, shared, last_checkpoint, _lock: lock })
    }

    /// The engine, for looking things up.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The configuration that it works under.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// One round; signs a checkpoint when enough has happened since the last.
    ///
    /// # Errors
    /// [`Trouble`]: the daemon must end.
    pub fn round(&mut self, patience: Duration) -> Result<Round, Trouble> {
        let round = self.engine.round(patience)?;
        let idle = !round.busy && round.out == 0 && !self.engine.is_waiting_for_files();
        let quiet = idle && self.engine.looked_at_all();
        self.watch.round(quiet)?;
        let head = self.engine.journal().head()?.0;
        // Another copy that works beside this one must see at once that a file leaves here.
        let is_told = round.leaves && self.shared.config.checkpoints_elsewhere.is_some();
        if is_told || head >= self.last_checkpoint + FACTS_PER_CHECKPOINT {
            self.checkpoint()?;
        }
        Ok(round)
    }

    /// Works until it is asked to stop; `true` when it is to start again with a new configuration.
    ///
    /// # Errors
    /// As [`Daemon::round`].
    pub fn work(&mut self, wishes: &Wishes) -> Result<bool, Trouble> {
        let hints = self.hints();
        let mut looked = Instant::now();
        while !wishes.stop.load(Ordering::Relaxed) && !wishes.reload.load(Ordering::Relaxed) {
            self.round(PATIENCE)?;
            if looked.elapsed() >= LOOK_FOR_CONFIRMED {
                looked = Instant::now();
                if self.is_another_confirmed()? {
                    wishes.reload.store(true, Ordering::Relaxed);
                }
            }
        }
        drop(hints);
        self.stop()?;
        Ok(wishes.reload.swap(false, Ordering::Relaxed) && !wishes.stop.load(Ordering::Relaxed))
    }

    /// Whether officers have confirmed the configuration that lies there now, and this one works under another that
    /// waits for their word: it would wait for ever.
    fn is_another_confirmed(&self) -> Result<bool, Trouble> {
        let journal = self.engine.journal();
        if !officers::waits_for_officers(self.config(), journal)? {
            return Ok(false);
        }
        // One that cannot be read is told to whoever changes it.
        let Ok(now) = Config::load(&self.config().root) else { return Ok(false) };
        Ok(now.digest() != self.config().digest() && officers::is_confirmed(journal, &now.digest())?)
    }

    /// Does everything that is due now, until nothing is out and nothing more comes of it.
    ///
    /// A folder whose files must be stable for some seconds is waited for; a retry that is due later is not. Says what
    /// the outside has kept from being done.
    ///
    /// # Errors
    /// As [`Daemon::round`].
    pub fn once(&mut self, wishes: &Wishes) -> Result<Vec<Unfinished>, Trouble> {
        let started = Instant::now();
        let most = self.longest_wait() + Duration::from_secs(600);
        let mut looks_when_busy = self.engine.looks();
        let mut out = 0;
        while !wishes.stop.load(Ordering::Relaxed) && started.elapsed() < most {
            // Where nothing is out nothing can come, except by time.
            let waits = out > 0 || self.engine.is_waiting_for_files();
            let round = self.round(if waits { Duration::from_millis(50) } else { Duration::ZERO })?;
            out = round.out;
            if round.busy || out > 0 || self.engine.is_waiting_for_files() {
                looks_when_busy = self.engine.looks();
                continue;
            }
            // Quiet since: every party was looked at once more and brought nothing, or cannot be looked at.
            if self.engine.looks() > looks_when_busy || self.engine.looked_at_all() {
                break;
            }
        }
        self.watch.look_at_the_end()?;
        self.stop()?;
        Ok(unfinished(&self.shared.config, self.engine.journal(), self.shared.clock.now())?)
    }

    /// Ends in good order, with a checkpoint.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn stop(&mut self) -> Result<(), Trouble> {
        self.watch.stop()?;
        self.engine.stop()?;
        self.checkpoint()
    }

    fn checkpoint(&mut self) -> Result<(), Trouble> {
        self.last_checkpoint = checkpoints::keep(&self.shared, self.engine.journal())?;
        Ok(())
    }

    /// Hints of the operating system that something changed in a folder.
    fn hints(&self) -> Option<Watch> {
        let config = &self.shared.config;
        let folder_parties = config.parties.iter().filter(|p| matches!(p.carrier, CarrierSettings::Folder));
        let paths: Vec<PathBuf> = folder_parties.map(|p| config.inbox(&p.name)).collect();
        let sender = self.engine.sender();
        Watch::start(paths, move || {
            let _ = sender.send(Message::LookNow);
        })
        .ok()
    }

    fn longest_wait(&self) -> Duration {
        use crate::carrier::readiness::Complete;
        let seconds = self.shared.config.parties.iter().map(|p| match p.template.inward.complete {
            Complete::Stable { seconds } => seconds,
            _ => 0,
        });
        Duration::from_secs(seconds.max().unwrap_or(0))
    }
}
