//! Entries that wait for the balances: a statement ends with its balances, and the messages have them
//! in front.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::super::xml::emit::Emit;
use crate::format::Scratch;
use crate::format::ScratchMaker;

/// Bytes that wait in memory before they go to a scratch file.
const IN_MEMORY: usize = 8 << 20;
/// Bytes that wait in memory at most where there is no scratch file.
const WITHOUT_SCRATCH: u64 = 256 << 20;

/// Bytes that wait: in memory, and beyond that in a scratch file.
pub(super) struct Held {
    make: Option<ScratchMaker>,
    scratch: Option<Box<dyn Scratch + Send>>,
    waiting: Vec<u8>,
    written: u64,
}

impl Held {
    /// Nothing waits; `make` gives a scratch file when there is too much for memory.
    pub fn new(make: Option<ScratchMaker>) -> Held {
        Held { make, scratch: None, waiting: Vec::new(), written: 0 }
    }

    /// Takes what `emit` has gathered.
    pub fn gather(&mut self, emit: &mut Emit) -> io::Result<()> {
        emit.pass_on(&mut self.waiting)?;
        if self.waiting.len() < IN_MEMORY {
            return Ok(());
        }
        match (&mut self.scratch, self.make) {
            (Some(scratch), _) => {
                scratch.write_all(&self.waiting)?;
                self.written += self.waiting.len() as u64;
                self.waiting.clear();
                Ok(())
            }
            (None, Some(make)) => {
                self.scratch = Some(make()?);
                self.gather(emit)
            }
            (None, None) if self.waiting.len() as u64 > WITHOUT_SCRATCH => {
                Err(io::Error::other("the statement is too large to be held in memory"))
            }
            (None, None) => Ok(()),
        }
    }

    /// Gives all that waited to `output`; nothing waits any more.
    pub fn give(&mut self, output: &mut dyn Write) -> io::Result<()> {
        if let Some(scratch) = self.scratch.as_mut().filter(|_| self.written > 0) {
            scratch.seek(SeekFrom::Start(0))?;
            let copied = io::copy(&mut Read::take(&mut **scratch, self.written), output)?;
            if copied != self.written {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            scratch.seek(SeekFrom::Start(0))?;
            self.written = 0;
        }
        output.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}
