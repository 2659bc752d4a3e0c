//! A watchdog for one connection: libssh2 can wait where its own timeout does not reach.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Shuts a connection down when one call takes too long. Every blocked read or write on it then ends at once.
#[derive(Debug)]
pub(super) struct Watchdog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
    stream: TcpStream,
}

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    fired: bool,
    over: bool,
}

impl Watchdog {
    /// Starts watching; the thread ends when the watchdog is dropped.
    pub fn start(stream: TcpStream) -> std::io::Result<Watchdog> {
        let shared = Arc::new(Shared { state: Mutex::default(), bell: Condvar::new(), stream });
        let watched = Arc::clone(&shared);
        thread::Builder::new().name("sftp-watchdog".to_owned()).spawn(move || watched.watch())?;
        Ok(Watchdog { shared })
    }

    /// From now on the call may take this long.
    pub fn arm(&self, limit: Duration) {
        self.shared.lock().until = Instant::now().checked_add(limit);
        self.shared.bell.notify_all();
    }

    /// The call is over; says whether the connection has been shut down for taking too long.
    pub fn disarm(&self) -> bool {
        let mut state = self.shared.lock();
        state.until = None;
        state.fired
    }

    /// Shuts the connection down now.
    pub fn cut(&self) {
        // An error means that it is already down.
        let _ = self.shared.stream.shutdown(Shutdown::Both);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.bell.notify_all();
    }
}

impl Shared {
    /// The state stays usable when a thread has panicked: it is three plain values.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut state = self.lock();
        while !state.over {
            let left = state.until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                None => self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => {
                    let _ = self.stream.shutdown(Shutdown::Both);
                    state.fired = true;
                    state.until = None;
                    state
                }
                Some(left) => self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_read_that_never_ends_is_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let dog = Watchdog::start(stream.try_clone().unwrap()).unwrap();
        dog.arm(Duration::from_millis(20));
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
        assert!(dog.disarm());
    }

    #[test]
    fn a_call_that_ends_in_time_is_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let dog = Watchdog::start(stream.try_clone().unwrap()).unwrap();
        dog.arm(Duration::from_secs(60));
        assert!(!dog.disarm());
    }
}
