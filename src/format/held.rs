//! Bytes that wait for what stands in front of them: a statement ends with its balances and totals,
//! and most files have them before the entries.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::finding::{Finding, Place};
use crate::format::{Scratch, ScratchMaker, WriteError};
use crate::text;

/// Bytes that wait in memory before they go to a scratch file.
const IN_MEMORY: usize = 8 << 20;
/// Bytes that wait in memory at most where there is no scratch file.
const WITHOUT_SCRATCH: usize = 256 << 20;

/// Bytes that wait: in memory, and beyond that in a scratch file.
pub(crate) struct Held {
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

    /// Where more bytes are added; [`settle`](Held::settle) after each piece.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.waiting
    }

    /// Moves what is too much for memory to the scratch file.
    ///
    /// # Errors
    /// Those of the scratch file, and a refusal where there is none and the bytes are too many.
    pub fn settle(&mut self) -> Result<(), WriteError> {
        if self.waiting.len() < IN_MEMORY {
            return Ok(());
        }
        if let (None, Some(make)) = (&self.scratch, &self.make) {
            self.scratch = Some(make.make()?);
        }
        match &mut self.scratch {
            Some(scratch) => {
                scratch.write_all(&self.waiting)?;
                self.written += self.waiting.len() as u64;
                self.waiting.clear();
                Ok(())
            }
            None if self.waiting.len() > WITHOUT_SCRATCH => {
                let message = text!("the file is too large to be held in memory", "文件过大，无法在内存中处理");
                Err(Finding::error("too-large", Place::default(), message).into())
            }
            None => Ok(()),
        }
    }

    /// Reads all that waited, from its beginning.
    ///
    /// # Errors
    /// Those of the scratch file.
    pub fn read(&mut self) -> io::Result<impl Read + '_> {
        let written = self.written;
        if let Some(scratch) = &mut self.scratch {
            scratch.seek(SeekFrom::Start(0))?;
        }
        let scratch = self.scratch.as_mut().map(|scratch| Read::take(&mut **scratch, written));
        Ok(Waited { scratch, rest: &self.waiting })
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

/// What waited: the scratch file, then memory.
struct Waited<'a, R> {
    scratch: Option<R>,
    rest: &'a [u8],
}

impl<R: Read> Read for Waited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(scratch) = &mut self.scratch {
            let count = scratch.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.scratch = None;
        }
        self.rest.read(buffer)
    }
}
