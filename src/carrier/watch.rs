//! Watching folders: a hint to look now, never the truth.
//!
//! Events get lost, network folders send none, a folder that is moved away falls silent. So a watch
//! only ever says «look now», and everybody looks from time to time without being told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

/// How often a folder is polled where the system sends no events.
const POLL: Duration = Duration::from_secs(2);

/// A running watch; it ends when it is dropped.
pub struct Watch {
    _watcher: Box<dyn Watcher + Send>,
    /// Folders that could not be watched: they are looked at from time to time only.
    pub unwatched: Vec<PathBuf>,
}

impl Watch {
    /// Watches `folders` and calls `look_now` whenever something may have changed in one of them.
    ///
    /// # Errors
    /// When neither events nor polling can be had; looking from time to time is enough then.
    pub fn start(folders: Vec<PathBuf>, look_now: impl Fn() + Send + Clone + 'static) -> notify::Result<Watch> {
        let tell = move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, may_matter) {
                look_now();
            }
        };
        let mut watcher: Box<dyn Watcher + Send> = match RecommendedWatcher::new(tell.clone(), Config::default()) {
            Ok(watcher) => Box::new(watcher),
            Err(_) => Box::new(PollWatcher::new(tell, Config::default().with_poll_interval(POLL))?),
        };
        let unwatched = folders.into_iter().filter(|f| !watch(watcher.as_mut(), f)).collect();
        Ok(Watch { _watcher: watcher, unwatched })
    }
}

fn watch(watcher: &mut dyn Watcher, folder: &Path) -> bool {
    watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
}

/// Our own reading sends events too: only what can make a file appear or complete counts.
fn may_matter(event: &Event) -> bool {
    use notify::event::{AccessKind, AccessMode};
    event.need_rescan()
        || matches!(
            event.kind,
            EventKind::Create(_)
                | EventKind::Modify(_)
                | EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Any
                | EventKind::Other
        )
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_new_file_is_a_hint() {
        let dir = tempfile::tempdir().expect("a folder");
        let (sender, hints) = channel();
        let watch = Watch::start(vec![dir.path().to_path_buf(), dir.path().join("absent")], move || {
            let _ = sender.send(());
        });
        let watch = watch.expect("a watch");
        assert_eq!(watch.unwatched, [dir.path().join("absent")]);
        std::fs::File::create(dir.path().join("a.csv")).expect("a file");
        assert!(hints.recv_timeout(Duration::from_secs(10)).is_ok(), "no hint came");
    }
}
