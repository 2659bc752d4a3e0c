//! Receipt bundles (电子回单): PDF or OFD files, alone or in a ZIP, with or without an index.
//!
//! A bundle comes from outside and may be made to do harm, so nothing that it says of itself is believed: types are
//! found by content, sizes are counted while unpacking, and a ZIP that two programs could read differently is
//! refused; see `unpack`. Receipts are not rendered: what is known of them comes from the index.

mod bundle;
mod choose;
mod file_type;
mod index;
#[cfg(test)]
mod tests;
mod unpack;

use std::io::{self, BufRead, Read};
use std::sync::Arc;

pub use bundle::BundleReader;

use super::registry::OpenError;
use super::{ReadOptions, Reader};

/// Whether `head`, the beginning of a file, bears the mark of a PDF or a ZIP (an OFD is one; an empty one holds no
/// receipt, and is told so by the reader).
pub fn looks_like_receipts(head: &[u8]) -> bool {
    [file_type::PDF, file_type::ZIP, file_type::EMPTY_ZIP].iter().any(|mark| head.starts_with(mark))
}

/// Opens the index of a bundle: what a template's layout of receipts does.
#[derive(Clone)]
pub struct IndexOpener(Arc<Open>);

type Open = dyn Fn(Box<dyn BufRead + Send>, &ReadOptions) -> Result<Box<dyn Reader + Send>, OpenError> + Send + Sync;

impl IndexOpener {
    /// Indexes opened by `open`.
    pub fn new(
        open: impl Fn(Box<dyn BufRead + Send>, &ReadOptions) -> Result<Box<dyn Reader + Send>, OpenError>
        + Send
        + Sync
        + 'static,
    ) -> IndexOpener {
        IndexOpener(Arc::new(open))
    }

    /// A reader of an index; it gives receipts with what the index says of them.
    fn open(&self, input: Box<dyn BufRead + Send>, options: &ReadOptions) -> Result<Box<dyn Reader + Send>, OpenError> {
        (self.0)(input, options)
    }
}

impl std::fmt::Debug for IndexOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexOpener")
    }
}

/// Takes name and bytes of every receipt file of a bundle, once its type is known and before its part is handed out.
#[derive(Clone)]
pub struct Keeper(Arc<Keep>);

type Keep = dyn Fn(&str, &mut dyn Read) -> io::Result<()> + Send + Sync;

impl Keeper {
    /// Files kept by `keep`.
    pub fn new(keep: impl Fn(&str, &mut dyn Read) -> io::Result<()> + Send + Sync + 'static) -> Keeper {
        Keeper(Arc::new(keep))
    }

    fn keep(&self, name: &str, bytes: &mut dyn Read) -> io::Result<()> {
        (self.0)(name, bytes)
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}
