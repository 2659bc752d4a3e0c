//! Bytes to and from a server: fast over long distances, complete or an error.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use ssh2::{FileStat, OpenFlags, OpenType};

use super::super::error::{Act, changed, not_a_file, too_large};
use super::super::{CarrierError, ErrorKind, Kind};
use super::link::Link;
use super::trouble::Trouble;
use super::{kind_of, lstat, remove, taken};
use crate::disk::point;
use crate::text;

/// Bytes on their way that are not yet acknowledged: as many as a server's SSH window takes.
const WINDOW: usize = 2 << 20;

/// Bytes asked for at once; libssh2 splits them into requests that are all on their way together.
const CHUNK: usize = 1 << 20;

/// The slowest transfer that is still one: a server that drips bytes would otherwise hold us for ever.
const SLOWEST_BYTES_PER_SECOND: u64 = 1 << 10;

/// What every transfer may take besides.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a transfer stopped.
enum Stop {
    /// An answer of the server, or none.
    Theirs(Trouble),
    /// An error that is complete.
    Said(CarrierError),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Stop {
        Stop::Theirs(trouble)
    }
}

impl Stop {
    fn ours(error: &io::Error) -> Stop {
        Stop::Said(CarrierError::local(error))
    }

    fn error(self, act: Act, place: &str) -> CarrierError {
        match self {
            Stop::Theirs(trouble) => trouble.failed(act, place),
            Stop::Said(error) => error,
        }
    }
}

/// See [`Carrier::fetch`](crate::carrier::Carrier::fetch).
pub(super) fn fetch(link: &mut Link, place: &str, path: &str, into: &mut File, cap: u64) -> Result<u64, CarrierError> {
    fetch_inner(link, place, path, into, cap).map_err(|stop| stop.error(Act::Fetch, place))
}

fn fetch_inner(link: &mut Link, place: &str, path: &str, into: &mut File, cap: u64) -> Result<u64, Stop> {
    let wrong = |kind, why| Stop::Said(CarrierError::failed(kind, Act::Fetch, place, &why));
    point("sftp fetch: look");
    let Some(seen) = lstat(link, path)? else {
        return Err(wrong(ErrorKind::NotFound, text!("it does not exist", "不存在")));
    };
    if kind_of(&seen) != Kind::File {
        return Err(wrong(ErrorKind::NotAFile, not_a_file()));
    }
    let Some(size) = seen.size else {
        return Err(wrong(ErrorKind::Unsupported, text!("the server tells no size", "服务器未提供文件大小")));
    };
    if size > cap {
        return Err(wrong(ErrorKind::TooLarge, too_large(size, cap)));
    }
    into.set_len(0).and_then(|()| into.seek(SeekFrom::Start(0))).map_err(|e| Stop::ours(&e))?;
    let sftp = link.sftp()?;
    let mut remote = link.ask(|| sftp.open(Path::new(path)))?;
    let before = link.ask(|| remote.stat())?;
    let same = before.size == Some(size) && receive(link, &mut remote, into, size, place)? == size;
    if !same || !unchanged(link, &mut remote, &before, path)? {
        return Err(wrong(ErrorKind::Changed, changed()));
    }
    point("sftp fetch: done");
    Ok(size)
}

/// Whether the file that was read is still the same, by its open handle and by its name. A server that takes a
/// file away once it was read to its end has not changed it.
fn unchanged(link: &mut Link, remote: &mut ssh2::File, before: &FileStat, path: &str) -> Result<bool, Trouble> {
    let same = |now: &FileStat| now.size == before.size && now.mtime == before.mtime;
    let by_handle = match link.ask(|| remote.stat()) {
        Ok(now) => same(&now),
        Err(trouble) if trouble.is_absent() => true,
        Err(trouble) => return Err(trouble),
    };
    link.ask(|| remote.close())?;
    Ok(by_handle && lstat(link, path)?.is_none_or(|now| same(&now)))
}

/// Reads to the end, but never more than one chunk over the stated size.
fn receive(link: &Link, remote: &mut ssh2::File, into: &mut File, size: u64, place: &str) -> Result<u64, Stop> {
    let mut chunk = vec![0; CHUNK];
    let mut received = 0u64;
    let pace = Pace::of(size);
    loop {
        let n = link.ask_io(|| remote.read(&mut chunk))?;
        received = received.saturating_add(n as u64);
        if n == 0 || received > size {
            return Ok(received);
        }
        into.write_all(&chunk[..n]).map_err(|e| Stop::ours(&e))?;
        pace.check(link, Act::Fetch, place)?;
    }
}

/// See [`Carrier::upload`](crate::carrier::Carrier::upload).
pub(super) fn upload(
    link: &mut Link,
    place: &str,
    path: &str,
    mode: u32,
    source: &mut File,
    size: u64,
) -> Result<(), CarrierError> {
    source.seek(SeekFrom::Start(0)).map_err(|e| CarrierError::local(&e))?;
    let mut remote = create(link, place, path, mode)?;
    let filled = fill(link, &mut remote, source, size, place);
    let filled = filled.map_err(|stop| explain(link, &mut remote, stop, size, place));
    drop(remote);
    let measured = filled.and_then(|by_handle| measure(link, path, size, by_handle, place));
    measured.inspect_err(|error| {
        // Our own file, which the server has just let us make: the next attempt starts anew. What cannot be
        // removed now is removed by the caller, under the same name.
        if !link.is_broken() && error.kind() != ErrorKind::Exists {
            let _ = remove(link, path);
        }
    })
}

/// Makes the file, which must not exist. Some servers overlook "exclusive": then it is not empty.
fn create(link: &mut Link, place: &str, path: &str, mode: u32) -> Result<ssh2::File, CarrierError> {
    let failed = |trouble: Trouble| trouble.failed(Act::Upload, place);
    let sftp = link.sftp().map_err(failed)?;
    let flags = OpenFlags::WRITE | OpenFlags::EXCLUSIVE;
    let mode = i32::try_from(mode & 0o777).unwrap_or(0o644);
    point("sftp upload: create");
    let opened = link.ask(|| sftp.open_mode(Path::new(path), flags, mode, OpenType::File));
    let mut remote = match opened {
        Err(trouble) if trouble.is_vague() => {
            let there = lstat(link, path).map_err(failed)?.is_some();
            return Err(if there { taken(Act::Upload, place) } else { failed(trouble) });
        }
        opened => opened.map_err(failed)?,
    };
    match link.ask(|| remote.stat()) {
        Ok(stat) if stat.size.is_some_and(|size| size > 0) => Err(taken(Act::Upload, place)),
        Err(trouble) if trouble.status().is_none() => Err(failed(trouble)),
        _ => Ok(remote),
    }
}

/// Writes, measures by the handle, flushes where that is offered, closes. Says whether the handle showed the size.
fn fill(link: &Link, remote: &mut ssh2::File, source: &mut File, size: u64, place: &str) -> Result<bool, Stop> {
    point("sftp upload: created, still empty");
    send(link, remote, source, size, place)?;
    point("sftp upload: sent, not flushed");
    let measured = match link.ask(|| remote.stat()) {
        Ok(stat) if stat.size.is_some_and(|there| there != size) => return Err(wrong_size(stat.size, size, place)),
        Ok(stat) => stat.size.is_some(),
        Err(trouble) if trouble.status().is_none() => return Err(trouble.into()),
        Err(_) => false,
    };
    match link.ask(|| remote.fsync()) {
        Err(trouble) if trouble.is_unsupported() => {}
        flushed => flushed?,
    }
    point("sftp upload: flushed, not closed");
    link.ask(|| remote.close())?;
    point("sftp upload: closed");
    Ok(measured)
}

/// Sends with a sliding window: `write` returns what the server has acknowledged, the rest is offered again together
/// with new bytes, so that the line is never idle.
fn send(link: &Link, remote: &mut ssh2::File, source: &mut File, size: u64, place: &str) -> Result<(), Stop> {
    let mut source = source.take(size);
    let mut window = vec![0; 2 * WINDOW];
    let (mut low, mut high, mut read, mut ended) = (0, 0, 0u64, false);
    let pace = Pace::of(size);
    while !ended || low < high {
        if low >= WINDOW {
            window.copy_within(low..high, 0);
            (low, high) = (0, high - low);
        }
        while !ended && high - low < WINDOW {
            let n = source.read(&mut window[high..low + WINDOW]).map_err(|e| Stop::ours(&e))?;
            high += n;
            read = read.saturating_add(n as u64);
            ended = n == 0;
        }
        if low < high {
            point("sftp upload: between two writes");
            low += link.ask_io(|| remote.write(&window[low..high]))?;
        }
        pace.check(link, Act::Upload, place)?;
    }
    if read == size { Ok(()) } else { Err(Stop::ours(&io::Error::from(io::ErrorKind::UnexpectedEof))) }
}

/// A write that was refused without a reason, while the disk there has less room than is missing: the disk is full.
fn explain(link: &Link, remote: &mut ssh2::File, stop: Stop, size: u64, place: &str) -> CarrierError {
    let full = match &stop {
        Stop::Theirs(trouble) if trouble.is_vague() => {
            let free = link.ask(|| remote.statvfs()).ok().map(|vfs| vfs.f_bavail.saturating_mul(vfs.f_frsize));
            free.is_some_and(|free| free < size)
        }
        _ => false,
    };
    if full {
        let why = text!("the disk or quota there is full", "对方磁盘或配额已满");
        return CarrierError::failed(ErrorKind::NoSpace, Act::Upload, place, &why);
    }
    stop.error(Act::Upload, place)
}

/// Compares the size by name. Where the folder may not be looked into, or the file is already taken, what the open
/// handle showed counts.
fn measure(link: &mut Link, path: &str, size: u64, by_handle: bool, place: &str) -> Result<(), CarrierError> {
    match lstat(link, path) {
        Ok(Some(stat)) if stat.size == Some(size) => Ok(()),
        Ok(None) if by_handle => Ok(()),
        Err(trouble) if by_handle && trouble.status().is_some() => Ok(()),
        Ok(found) => Err(wrong_size(found.and_then(|stat| stat.size), size, place).error(Act::Upload, place)),
        Err(trouble) => Err(trouble.failed(Act::Upload, place)),
    }
}

fn wrong_size(there: Option<u64>, size: u64, place: &str) -> Stop {
    let there = there.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let why = text!("{there} bytes arrived, {size} were sent", "对方收到 {there} 字节，已发送 {size} 字节");
    Stop::Said(CarrierError::failed(ErrorKind::Changed, Act::Upload, place, &why))
}

/// How long a transfer may take in all.
struct Pace {
    until: Option<Instant>,
}

impl Pace {
    fn of(size: u64) -> Pace {
        let limit = PATIENCE + Duration::from_secs(size / SLOWEST_BYTES_PER_SECOND);
        Pace { until: Instant::now().checked_add(limit) }
    }

    fn check(&self, link: &Link, act: Act, place: &str) -> Result<(), Stop> {
        if self.until.is_none_or(|until| Instant::now() < until) {
            return Ok(());
        }
        link.cut();
        let why = text!("the server is too slow", "服务器传输过慢");
        Err(Stop::Said(CarrierError::failed(ErrorKind::TimedOut, act, place, &why)))
    }
}
