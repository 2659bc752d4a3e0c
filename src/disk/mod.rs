//! Disk: the only place that renames, flushes and locks.
//!
//! A file gets its name only after all of its bytes are on the disk, and a name counts only after
//! its folder is on the disk too. Left out, a power cut gives a file of 0 bytes, or no file:
//!
//! ```text
//! open .tmp-<random> (O_CREAT|O_EXCL|O_NOFOLLOW, 0600) ─▶ write ─▶ fsync ─▶ rename, never over another ─▶ fsync folder
//! ```
//!
//! An `fsync` that failed is never asked again on the same file: the second one would say yes while
//! the bytes are gone. The temporary file is dropped and the caller starts again from the source.
//!
//! Every call with an effect on the disk passes a [`point`], so that a test can stop the process
//! exactly there.

mod error;
mod folder;
mod hash;
mod lease;
mod link;
mod lock;
mod look;
mod open;
mod point;
mod publish;
mod space;
mod user;
mod write;

pub use error::{DiskError, Doing, NotPlain};
pub use folder::{ensure_folder, refuse_network_file_system, same_file_system, sweep, sync_folder};
pub use hash::{HashingReader, HashingWriter, NotAHash, Sha256Hash};
pub use lease::is_open_for_writing;
pub use link::set_link;
pub use lock::{FolderLock, InstanceLock, SoleWriter};
pub use look::{at, entries, is_file, is_folder, is_taken};
pub use open::{open_plain, private_file};
pub use point::{fragile, point};
pub use publish::{publish, remove, rename_new};
pub use space::{Space, space};
pub use user::user_name;
pub use write::{Draft, Written, append_lines, replace, write_new, write_new_with};

/// How a temporary file of ours begins. Nobody else's file may begin so in our folders.
pub const TEMPORARY: &str = ".tmp-";
