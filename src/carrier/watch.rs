//! Says when it is worth looking into a folder. A hint only: what is there, a listing says.
//!
//! The kernel's notices (inotify) lose files in folders that were just made, know nothing of other machines' writes
//! on network file systems, and fall silent when a watched folder is removed and made again. So the caller looks
//! every so often anyway, and every notice means no more than "look now".

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::disk;
use crate::text;
use crate::words::Text;

/// Quiet for this long after a notice, then the hint: files come in groups.
const QUIET: Duration = Duration::from_millis(50);

/// A hint is not held back longer than this, however busy the folder is.
const LONGEST: Duration = Duration::from_millis(500);

/// How often vanished folders are looked for, and how often a folder that cannot be watched is called worth a look.
const ROUND: Duration = Duration::from_secs(2);

/// Watches folders until it is dropped.
#[derive(Debug)]
pub struct Watch {
    trouble: Arc<Mutex<Option<Text>>>,
    notices: Sender<Notice>,
}

#[derive(Debug)]
enum Notice {
    /// Something happened that is worth a look.
    Look,
    /// The watch is over.
    Over,
}

impl Watch {
    /// Watches these folders, not what lies below them, and calls `look_now` when a look is worth while: once for
    /// many notices, from a thread of its own. A folder that does not exist yet is watched once it does.
    ///
    /// # Errors
    /// When no thread can be made; looking from time to time is enough then. Where the system cannot watch a
    /// folder, that is not an error: see [`trouble`](Watch::trouble).
    pub fn start(
        folders: impl IntoIterator<Item = PathBuf>,
        look_now: impl Fn() + Send + 'static,
    ) -> std::io::Result<Watch> {
        let (notices, received) = channel();
        let trouble = Arc::new(Mutex::new(None));
        let mut folders = Folders::new(folders, notices.clone(), Arc::clone(&trouble));
        folders.review();
        thread::Builder::new().name("watch".to_owned()).spawn(move || folders.run(&received, &look_now))?;
        Ok(Watch { trouble, notices })
    }

    /// Why some folder is only looked at from time to time instead of watched, if that is so.
    pub fn trouble(&self) -> Option<Text> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.notices.send(Notice::Over);
    }
}

/// The watched folders, on the watch's own thread.
struct Folders {
    /// Each folder, and which one it was when the watch was set: a folder made anew has another number.
    folders: HashMap<PathBuf, State>,
    watcher: Option<RecommendedWatcher>,
    trouble: Arc<Mutex<Option<Text>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not there, or not yet looked for.
    Absent,
    /// Watched: device and number of the folder.
    Watched(u64, u64),
    /// There, but not watchable: device and number of the folder.
    Unwatchable(u64, u64),
}

impl Folders {
    fn new(
        paths: impl IntoIterator<Item = PathBuf>,
        notices: Sender<Notice>,
        trouble: Arc<Mutex<Option<Text>>>,
    ) -> Folders {
        let tell = move |event: notify::Result<Event>| {
            if event.map_or(true, |event| is_worth_a_look(&event)) {
                // The watch is over when nobody receives any more.
                let _ = notices.send(Notice::Look);
            }
        };
        let watcher = notify::recommended_watcher(tell).map_err(|error| say(&trouble, cannot(&error.to_string()))).ok();
        Folders { folders: paths.into_iter().map(|path| (path, State::Absent)).collect(), watcher, trouble }
    }

    fn run(mut self, notices: &Receiver<Notice>, look_now: &dyn Fn()) {
        let mut next_round = Instant::now() + ROUND;
        loop {
            let left = next_round.saturating_duration_since(Instant::now());
            match notices.recv_timeout(left) {
                Ok(Notice::Look) => {
                    if !settle(notices) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    next_round = Instant::now() + ROUND;
                    if !self.review() {
                        continue;
                    }
                }
                Ok(Notice::Over) | Err(RecvTimeoutError::Disconnected) => return,
            }
            look_now();
        }
    }

    /// Sets the watches that are missing. Whether a look is worth while: a folder is new, gone, or not watchable.
    fn review(&mut self) -> bool {
        let mut look = false;
        let paths: Vec<(PathBuf, State)> = self.folders.iter().map(|(path, state)| (path.clone(), *state)).collect();
        for (path, before) in paths {
            let now = self.set(&path, before);
            look |= now != before || matches!(now, State::Unwatchable(..));
            self.folders.insert(path, now);
        }
        look
    }

    fn set(&mut self, path: &Path, before: State) -> State {
        let Ok(meta) = std::fs::metadata(path) else { return State::Absent };
        let here = (meta.dev(), meta.ino());
        if before == State::Watched(here.0, here.1) || before == State::Unwatchable(here.0, here.1) {
            return before;
        }
        let watched = match (&mut self.watcher, disk::refuse_network_file_system(path)) {
            (None, _) => false,
            (Some(_), Err(_)) => {
                let folder = path.display();
                say(
                    &self.trouble,
                    text!(
                        "`{folder}` is on a network file system: it is looked at from time to time",
                        "`{folder}` 位于网络文件系统，改为定时查看"
                    ),
                );
                false
            }
            (Some(watcher), Ok(())) => {
                // A watch on a folder that has gone is forgotten by the kernel, not by the library.
                let _ = watcher.unwatch(path);
                watcher
                    .watch(path, RecursiveMode::NonRecursive)
                    .map_err(|error| say(&self.trouble, cannot(&error.to_string())))
                    .is_ok()
            }
        };
        if watched { State::Watched(here.0, here.1) } else { State::Unwatchable(here.0, here.1) }
    }
}

/// Waits until the folder is quiet; `false` when the watch is over.
fn settle(notices: &Receiver<Notice>) -> bool {
    let end = Instant::now() + LONGEST;
    while Instant::now() < end {
        match notices.recv_timeout(QUIET) {
            Ok(Notice::Look) => {}
            Ok(Notice::Over) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
        }
    }
    true
}

/// A file was closed after writing, came by rename or link, or notices were lost. Our own reading is none of these.
fn is_worth_a_look(event: &Event) -> bool {
    let arrived = matches!(
        event.kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both | RenameMode::Any))
            | EventKind::Create(_)
    );
    arrived || event.need_rescan()
}

fn cannot(error: &str) -> Text {
    text!(
        "folders cannot be watched ({error}): they are looked at from time to time",
        "无法监视目录（{error}），改为定时查看"
    )
}

/// Keeps the first reason: it is the one that others follow from.
fn say(trouble: &Mutex<Option<Text>>, reason: Text) {
    trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use std::fs;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    /// A watch whose hints can be waited for.
    fn watch(folder: &Path) -> (Watch, Receiver<()>) {
        let (tell, hints) = channel();
        let watch = Watch::start([folder.to_path_buf()], move || tell.send(()).unwrap_or(())).unwrap();
        (watch, hints)
    }

    fn comes(hints: &Receiver<()>, most: Duration) -> bool {
        hints.recv_timeout(most).is_ok()
    }

    #[test]
    fn a_file_that_arrives_is_a_hint() {
        let dir = tempfile::tempdir().unwrap();
        let (watch, hints) = watch(dir.path());
        fs::write(dir.path().join("a"), b"x").unwrap();
        assert!(comes(&hints, SOON));
        fs::rename(dir.path().join("a"), dir.path().join("b")).unwrap();
        assert!(comes(&hints, SOON));
        assert_eq!(watch.trouble(), None);
    }

    #[test]
    fn many_files_are_few_hints() {
        let dir = tempfile::tempdir().unwrap();
        let (_watch, hints) = watch(dir.path());
        for n in 0..500 {
            fs::write(dir.path().join(n.to_string()), b"x").unwrap();
        }
        assert!(comes(&hints, SOON));
        let mut more = 0;
        while comes(&hints, Duration::from_millis(200)) {
            more += 1;
        }
        assert!(more < 20, "{more}");
    }

    #[test]
    fn reading_and_removing_are_no_hints() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), b"x").unwrap();
        let (_watch, hints) = watch(dir.path());
        fs::read(dir.path().join("a")).unwrap();
        fs::remove_file(dir.path().join("a")).unwrap();
        assert!(!comes(&hints, Duration::from_millis(200)));
    }

    #[test]
    fn a_folder_that_was_removed_and_made_again_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = dir.path().join("inbox");
        let (_watch, hints) = watch(&inbox);
        for _ in 0..2 {
            fs::create_dir(&inbox).unwrap();
            assert!(comes(&hints, SOON), "the folder is there");
            fs::write(inbox.join("a"), b"x").unwrap();
            assert!(comes(&hints, SOON), "a file is there");
            fs::remove_dir_all(&inbox).unwrap();
            assert!(comes(&hints, SOON), "the folder is gone");
        }
    }

    #[test]
    fn what_cannot_be_watched_is_looked_at_from_time_to_time() {
        let dir = tempfile::tempdir().unwrap();
        let (notices, received) = channel();
        let (tell, hints) = channel();
        let trouble = Arc::default();
        let mut folders = Folders::new([dir.path().to_path_buf()], notices.clone(), Arc::clone(&trouble));
        folders.watcher = None;
        let thread = thread::spawn(move || folders.run(&received, &|| tell.send(()).unwrap_or(())));
        assert!(hints.recv_timeout(SOON).is_ok());
        assert!(hints.recv_timeout(SOON).is_ok());
        notices.send(Notice::Over).unwrap();
        thread.join().unwrap();
    }
}
